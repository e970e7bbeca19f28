//! The orders that each list offers, by name: `s` goes through them, the list says which one it has.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use crate::app::list::Row;
use crate::app::model::Model;
use crate::app::place::{Item, Pane};
use crate::domain::map::{Alert, NodeIndex};
use crate::domain::order;
use crate::domain::span::Instant;
use crate::domain::world::{ObjectiveStatus, SourceState, World};

/// One order of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// By what a person should look at first.
    Attention,
    /// What was and will be missed first.
    Breach,
    /// Dearest first.
    Cost,
    /// Most valuable first.
    Value,
    /// Newest first.
    Newest,
    /// By name.
    Name,
    /// As configured.
    Configured,
    /// What can be trusted least first.
    Freshness,
}

impl Sort {
    /// Its name on the list.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Attention => "by attention",
            Self::Breach => "first breach",
            Self::Cost => "dearest",
            Self::Value => "value at risk",
            Self::Newest => "newest",
            Self::Name => "by name",
            Self::Configured => "as configured",
            Self::Freshness => "least trusted",
        }
    }

    /// Brings rows of a pane, all of one kind but for promises, into this order.
    pub(super) fn apply(self, model: &Model, pane: Pane, rows: &mut [Row]) {
        let world = &*model.world;
        match self {
            Self::Configured => rows.sort_by_key(|row| row.index),
            Self::Attention => attention(model, pane, rows),
            Self::Breach => {
                rows.sort_by_cached_key(|row| (urgency(world, row), deadline(world, row), row.id.item.to_string()));
            }
            Self::Cost => rows.sort_by_cached_key(|row| (Reverse(cost(world, row)), row.id.item.clone())),
            Self::Value => rows.sort_by_cached_key(|row| (Reverse(value(world, row)), row.id.item.clone())),
            Self::Newest => rows.sort_by_cached_key(|row| (Reverse(since(world, row)), row.id.item.clone())),
            Self::Name => rows.sort_by_cached_key(|row| name(world, row).to_lowercase()),
            Self::Freshness => {
                let trust = |source: &SourceState| (source.freshness, source.is_troubled());
                rows.sort_by_key(|row| (Reverse(world.sources.get(row.index).map(trust)), row.index));
            }
        }
    }
}

/// The orders of a pane; the first is the one it has at first.
pub const fn of(pane: Pane) -> &'static [Sort] {
    match pane {
        Pane::Impacted | Pane::Processes => &[Sort::Attention, Sort::Cost, Sort::Value, Sort::Newest, Sort::Name],
        Pane::Fix => &[Sort::Attention, Sort::Cost, Sort::Newest, Sort::Name],
        Pane::CostByProcess => &[Sort::Cost, Sort::Value, Sort::Name],
        Pane::CostByCause => &[Sort::Cost, Sort::Attention, Sort::Newest],
        Pane::Promises => &[Sort::Breach, Sort::Name],
        Pane::Customers | Pane::Signals => &[Sort::Attention, Sort::Newest, Sort::Name],
        Pane::Tickets => &[Sort::Breach, Sort::Newest, Sort::Name],
        Pane::Spend => &[Sort::Configured, Sort::Name],
        Pane::Sources => &[Sort::Freshness, Sort::Configured, Sort::Name],
        Pane::Compared => &[Sort::Attention, Sort::Cost, Sort::Name],
        Pane::Fragile => &[Sort::Attention, Sort::Value, Sort::Name],
        Pane::Unmapped
        | Pane::Singles
        | Pane::Silent
        | Pane::Log
        | Pane::Events
        | Pane::Axis
        | Pane::Links
        | Pane::Tree => &[],
    }
}

fn attention(model: &Model, pane: Pane, rows: &mut [Row]) {
    let world = &*model.world;
    match pane {
        Pane::Fix | Pane::CostByCause => {
            let rank = |row: &Row| Some(order::cause(world, world.causes.get(row.index)?, &model.reading.breaches));
            by(rows, rank);
        }
        // The roster has them in this order.
        Pane::Signals => {}
        _ => by(rows, |row| {
            Some(order::node(world, row.index, model.reading.breaches.get(row.index).copied().flatten()))
        }),
    }
}

fn by<'a>(rows: &mut [Row], rank: impl Fn(&Row) -> Option<order::Rank<'a>>) {
    let mut ranked: Vec<(Option<order::Rank>, Row)> = rows.iter().map(|row| (rank(row), row.clone())).collect();
    ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
    rows.iter_mut().zip(ranked).for_each(|(slot, (_, row))| *slot = row);
}

/// What comes before time left: an objective that pages is first whatever its budget says, one without figures is
/// after all that have some.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Page,
    Figures,
    NoFigures,
}

fn urgency(world: &World, row: &Row) -> Urgency {
    let Item::Objective(_) = row.id.item else { return Urgency::Figures };
    match world.objectives.get(row.index) {
        Some(state) if state.alert == Some(Alert::Page) => Urgency::Page,
        Some(state) if state.budget_remaining.is_some_and(|left| left <= Decimal::ZERO) => Urgency::Page,
        Some(state) if state.state == ObjectiveStatus::NotCovered && state.alert.is_none() => Urgency::NoFigures,
        _ => Urgency::Figures,
    }
}

/// The promise of a row: an objective, a clock, or the soonest clock of a ticket.
pub fn deadline(world: &World, row: &Row) -> Option<order::Deadline> {
    match row.id.item {
        Item::Objective(_) => world.objectives.get(row.index).map(order::objective),
        Item::Clock(..) => world.clocks.get(row.index).map(order::clock),
        Item::Ticket(_) => {
            let clocks = world.clocks.iter().filter(|clock| clock.ticket == row.index).map(order::clock);
            let never = order::Deadline { phase: order::Phase::Open, left: order::Left::Never, budget: 0 };
            let done = order::Deadline { phase: order::Phase::Done, ..never };
            let open = world.tickets.get(row.index).is_some_and(|ticket| ticket.item.open);
            clocks.min().or(Some(if open { never } else { done }))
        }
        _ => None,
    }
}

fn money(world: &World, index: NodeIndex) -> Option<crate::domain::world::ProcessMoney> {
    world.nodes.get(index)?.money
}

fn cost(world: &World, row: &Row) -> (Decimal, Decimal) {
    let rate = match row.id.item {
        Item::Cause(_) => world.causes.get(row.index).map(|cause| cause.share),
        _ => money(world, row.index).map(|money| money.rate),
    };
    rate.map_or_else(Default::default, |rate| (rate.low, rate.high))
}

fn value(world: &World, row: &Row) -> Decimal {
    money(world, row.index).map_or(Decimal::ZERO, |money| money.value_at_risk)
}

/// When the thing of a row began.
pub fn since(world: &World, row: &Row) -> Option<Instant> {
    match row.id.item {
        Item::Node(_) => world.nodes.get(row.index)?.since,
        Item::Cause(_) => world.causes.get(row.index)?.since,
        Item::Signal(_) => world.signals.get(row.index)?.item.since,
        Item::Ticket(_) => world.tickets.get(row.index)?.item.created,
        _ => None,
    }
}

fn name(world: &World, row: &Row) -> String {
    match row.id.item {
        Item::Node(_) => world.map.nodes.get(row.index).map(|node| node.name.clone()),
        Item::Cause(_) => world.causes.get(row.index).map(|cause| cause.summary.to_string()),
        Item::Signal(_) => world.signals.get(row.index).map(|signal| signal.item.summary.to_string()),
        _ => None,
    }
    .unwrap_or_else(|| row.id.item.to_string())
}
