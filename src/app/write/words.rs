//! The words that a form begins with: what it is about, a reason, and the text of a ticket, with what the business
//! loses, which promise is in danger, since when, and where to look.

use std::collections::BTreeSet;

use rust_decimal::{Decimal, RoundingStrategy};

use super::plan::{is_process, signal_at, signal_of, ticket_of};
use crate::app::model::Model;
use crate::app::place::Item;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::money::{CostRange, grouped};
use crate::domain::severity::Severity;
use crate::domain::span::Instant;
use crate::domain::world::{Cause, World};

/// The most causes, processes and links that a ticket names each.
const MOST_NAMED: usize = 10;

/// What a new ticket says.
#[derive(Default)]
pub(super) struct Report {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) severity: Option<Severity>,
}

/// The node that something is about, and the causes to name; `None` where it is about no state.
pub(super) fn node_and_causes<'a>(model: &'a Model, item: &Item) -> Option<(Option<NodeIndex>, Vec<&'a Cause>)> {
    let world = &*model.world;
    match item {
        Item::Node(id) => {
            let node = model.atlas.index_of(id)?;
            let causes = world.nodes.get(node)?.causes.iter().filter_map(|id| world.cause(id));
            Some((Some(node), causes.collect()))
        }
        Item::Cause(id) => world.cause(id).map(|cause| (cause.node, vec![cause])),
        Item::Signal(id) => {
            let at = signal_at(model, id)?;
            let cause = world.causes.iter().find(|cause| cause.id.as_str() == id.as_ref());
            Some((world.signals[at].nodes.first().copied(), cause.map(|cause| &**cause).into_iter().collect()))
        }
        Item::Objective(id) => {
            let node = world.map.objectives.iter().find(|objective| objective.id == *id)?.node;
            let causes = world.nodes.get(node)?.causes.iter().filter_map(|id| world.cause(id));
            Some((Some(node), causes.collect()))
        }
        Item::Clock(..)
        | Item::Ticket(_)
        | Item::Source(_)
        | Item::Spend(_)
        | Item::Event(_)
        | Item::Gap(_)
        | Item::Note(_) => None,
    }
}

/// The nodes that something is about: its own, and those where its causes are.
pub(super) fn nodes_below(model: &Model, item: &Item) -> BTreeSet<NodeIndex> {
    let Some((node, causes)) = node_and_causes(model, item) else { return BTreeSet::new() };
    node.into_iter().chain(causes.into_iter().filter_map(|cause| cause.node)).collect()
}

/// What a form is about, in a few words.
pub(super) fn about(model: &Model, item: &Item) -> String {
    let world = &*model.world;
    match item {
        Item::Node(id) => {
            let node = model.atlas.index_of(id).map(|at| &world.map.nodes[at]);
            node.map_or_else(|| id.to_string(), |node| node.name.clone())
        }
        Item::Cause(id) => world.cause(id).map_or_else(|| id.to_string(), |cause| cause.summary.to_string()),
        Item::Signal(id) => {
            signal_at(model, id).map_or_else(|| id.to_string(), |at| world.signals[at].item.summary.to_string())
        }
        Item::Ticket(id) | Item::Clock(id, _) => {
            let summary = ticket_of(world, id).map(|at| world.tickets[at].item.summary.to_string());
            format!("{id} {}", summary.unwrap_or_default())
        }
        other => other.to_string(),
    }
}

/// A reason to begin with: the ticket that is open for it, or that somebody looks at it.
pub(super) fn reason(model: &Model, item: &Item, about: &str) -> String {
    if let Some((made_about, made)) = &model.writing.made
        && made_about == about
    {
        return made.id.to_string();
    }
    let causes = node_and_causes(model, item).map(|(_, causes)| causes).unwrap_or_default();
    let ticket = causes.iter().find_map(|cause| cause.tickets.first());
    ticket.map_or_else(|| "looking at it".to_owned(), ToString::to_string)
}

/// The text of a ticket about something.
pub(super) fn report(model: &Model, item: &Item) -> Report {
    let world = &*model.world;
    let Some((node, causes)) = node_and_causes(model, item) else { return Report::default() };
    let mut processes: Vec<NodeIndex> = causes.iter().flat_map(|cause| cause.processes.iter().copied()).collect();
    processes.extend(node.filter(|node| is_process(world, *node)));
    let mut seen = BTreeSet::new();
    processes.retain(|process| seen.insert(*process));
    let mut lines = Vec::new();
    for process in processes.iter().take(MOST_NAMED) {
        impact(world, *process, &mut lines);
    }
    for process in processes.iter().take(MOST_NAMED) {
        promises(world, *process, &mut lines);
    }
    for cause in causes.iter().take(MOST_NAMED) {
        lines.push(format!("Cause: {} ({}){}", cause.summary, cause.id, since(world, cause.since)));
    }
    for address in links(model, item).into_iter().take(MOST_NAMED).map(|(name, address)| format!("{name}: {address}")) {
        lines.push(address);
    }
    lines.push(format!("Seen by bsmtop at {}.", clock(world, model.as_of())));
    let own = node.and_then(|node| world.nodes.get(node)).map(|state| state.interval.low);
    let severity = causes.iter().filter_map(|cause| cause.severity).chain(own).max();
    Report { title: title(model, item, &causes), text: lines.join("\n"), severity }
}

fn title(model: &Model, item: &Item, causes: &[&Cause]) -> String {
    let world = &*model.world;
    let about = about(model, item);
    match (item, causes) {
        (Item::Node(id), causes) => {
            let node = model.atlas.index_of(id);
            let state = node.and_then(|node| world.nodes.get(node)).map(|state| state.interval.shown());
            let word = state.map_or_else(String::new, |state| format!(" is {state}"));
            let why = causes.first().map_or_else(String::new, |cause| format!(": {}", cause.summary));
            format!("{about}{word}{why}")
        }
        (_, [cause, ..]) => {
            let names: Vec<&str> =
                cause.processes.iter().take(3).map(|process| world.map.nodes[*process].name.as_str()).collect();
            if names.is_empty() { about } else { format!("{about} (hits {})", names.join(", ")) }
        }
        _ => about,
    }
}

/// What the business feels of a process, and what it costs.
fn impact(world: &World, process: NodeIndex, lines: &mut Vec<String>) {
    let (node, state) = (&world.map.nodes[process], &world.nodes[process]);
    let word = state.interval.shown();
    lines.push(format!("Impact: {} is {word}{}", node.name, since(world, state.since)));
    let customers: Vec<&str> = state
        .impacts
        .iter()
        .filter(|above| world.map.nodes[**above].kind == Kind::Customer)
        .map(|above| world.map.nodes[*above].name.as_str())
        .collect();
    if !customers.is_empty() {
        lines.push(format!("Customers: {}", customers.join(", ")));
    }
    let Some(money) = &state.money else { return };
    if !money.rate.high.is_zero() {
        let incident = money.incident.map_or_else(String::new, |sum| {
            let at_least = if sum.coverage < Decimal::ONE { "at least " } else { "" };
            format!(", {at_least}{} in this incident", amount(world, sum.cost))
        });
        lines.push(format!("Cost: {} an hour{incident}", amount(world, money.rate)));
    }
}

/// The promises of a process that are in danger.
fn promises(world: &World, process: NodeIndex, lines: &mut Vec<String>) {
    for (objective, state) in world.map.objectives.iter().zip(&world.objectives) {
        let at_risk = state.credit.as_ref().map(|credit| credit.at_risk).unwrap_or_default();
        if objective.node != process || (state.alert.is_none() && at_risk.is_zero()) {
            continue;
        }
        let left = state.budget_remaining.map_or_else(
            || "no figure".to_owned(),
            |left| format!("{} % of its budget left", (left * Decimal::ONE_HUNDRED).floor().normalize()),
        );
        let risk = if at_risk.is_zero() {
            String::new()
        } else {
            format!(", credit at risk {}", amount(world, CostRange { low: at_risk, high: at_risk }))
        };
        lines.push(format!("SLA: {}: {left}{risk}", objective.id));
    }
}

/// Addresses that say more: of the signals, the runbook, the dashboards; each once, with its name.
pub fn links(model: &Model, item: &Item) -> Vec<(String, String)> {
    let world = &*model.world;
    let mut found: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, address: Option<&str>| {
        if let Some(address) = address.filter(|address| is_web(address))
            && !found.iter().any(|(_, known)| known == address)
        {
            found.push((name.to_owned(), address.to_owned()));
        }
    };
    if let Item::Ticket(id) | Item::Clock(id, _) = item
        && let Some(at) = ticket_of(world, id)
    {
        add("Ticket", world.tickets[at].item.link.as_deref());
    }
    if let Item::Signal(id) = item
        && let Some(at) = signal_at(model, id)
    {
        add("Alert", world.signals[at].item.link.as_deref());
    }
    let (node, causes) = node_and_causes(model, item).unwrap_or_default();
    for cause in causes.iter().take(MOST_NAMED) {
        add("Alert", signal_of(world, cause).and_then(|signal| signal.link.as_deref()));
    }
    let own = crate::app::navigate::node_of(model, item);
    let nodes = causes.iter().filter_map(|cause| cause.node).chain(node).chain(own);
    for node in nodes.filter_map(|node| world.map.nodes.get(node)) {
        add("Runbook", node.runbook.as_deref());
        for (name, address) in &node.links {
            add(name, Some(address));
        }
    }
    for id in causes.iter().flat_map(|cause| &cause.tickets) {
        let link = ticket_of(world, id).and_then(|at| world.tickets[at].item.link.as_deref());
        add(&format!("Ticket {id}"), link);
    }
    found
}

/// Whether an address may be given to a browser: `http` or `https`, and nothing that could be taken for more.
pub fn is_web(address: &str) -> bool {
    (address.starts_with("https://") || address.starts_with("http://"))
        && address.len() <= 2000
        && address.bytes().all(|byte| (0x21..0x7f).contains(&byte))
}

fn since(world: &World, at: Option<Instant>) -> String {
    at.map_or_else(String::new, |at| format!(", since {}", clock(world, at)))
}

/// An instant for a reader who may sit anywhere.
fn clock(world: &World, at: Instant) -> String {
    at.with_timezone(&world.map.tz).format("%Y-%m-%d %H:%M %Z").to_string()
}

fn amount(world: &World, cost: CostRange) -> String {
    let currency = world.map.currency;
    // As on screen: no cents from 100 up, none on nothing.
    let one = |amount: Decimal| {
        let digits = if amount.abs() >= Decimal::ONE_HUNDRED || amount.is_zero() { 0 } else { currency.minor_digits() };
        let rounded = amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        grouped(&format!("{rounded:.*}", digits as usize))
    };
    let text = if cost.low == cost.high { one(cost.low) } else { format!("{} to {}", one(cost.low), one(cost.high)) };
    format!("{text} {}", currency.code())
}
