//! `bsmtop status --prometheus` and `record --listen`: a world as metrics.
//!
//! For a textfile collector, or to be scraped. Names are stable: fields are only ever added. What is not known has
//! no sample, and is told by a metric of its own (`bsmtop_node_unknown`, `bsmtop_objective_measured`): a severity of
//! 0 always means that the node is well. Labels are ids of the map, so that the number of series is that of the
//! configuration; names stand in `bsmtop_node_info` alone.
//! Money is only added up where somebody looked for a while: without history there is no sample of it.

mod exposition;

use std::collections::BTreeMap;

use crate::domain::facts::Freshness;
use crate::domain::map::{Alert, Goal, Kind};
use crate::domain::money::{Accrued, CostRange};
use crate::domain::severity::{Handling, Shown};
use crate::domain::span::short;
use crate::domain::world::{NodeState, ObjectiveStatus, World};

use exposition::{Exposition, Family};

/// The media type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A world as text in the exposition format.
pub fn prometheus_text(world: &World) -> String {
    let mut out = Exposition::default();
    whole(world, &mut out);
    nodes(world, &mut out);
    processes(world, &mut out);
    objectives(world, &mut out);
    burn(world, &mut out);
    credits(world, &mut out);
    clocks(world, &mut out);
    spend(world, &mut out);
    observations(world, &mut out);
    sources(world, &mut out);
    out.text()
}

fn whole(world: &World, out: &mut Exposition) {
    let currency = &world.map.currency;
    out.gauge("bsmtop_build_info", "Version of bsmtop; always 1.")
        .add(&[("version", &env!("CARGO_PKG_VERSION"))], true);
    out.gauge("bsmtop_evaluated_timestamp_seconds", "Instant that all these figures are of.").add(&[], world.at);
    out.gauge("bsmtop_worst_severity", "Worst certain severity of a process, 0 (ok) to 6 (critical).")
        .add(&[], world.worst.level());
    out.gauge("bsmtop_processes_unknown", "Processes of which it is not known whether they are well.")
        .add(&[], world.unknown);
    let mut rate = out.gauge("bsmtop_cost_rate", "Money lost per hour now: bound low is certain, high is possible.");
    both(&mut rate, &[("currency", currency)], world.cost_per_hour);
    let mut cost =
        out.gauge("bsmtop_cost_accrued", "Money lost since the day or the month began; none without history.");
    for (period, accrued) in [("day", &world.cost_today), ("month", &world.cost_month)] {
        if world.cost_since.is_some() {
            both(&mut cost, &[("currency", currency), ("period", &period)], rounded(world, accrued));
        }
    }
    out.gauge("bsmtop_cost_since_timestamp_seconds", "From when on the money lost this month is added up.")
        .add_known(&[], world.cost_since);
    let mut coverage =
        out.gauge("bsmtop_cost_coverage_ratio", "Share of that time that is covered; what is not adds nothing.");
    coverage.add(&[("period", &"day")], world.cost_today.coverage);
    coverage.add(&[("period", &"month")], world.cost_month.coverage);
}

fn nodes(world: &World, out: &mut Exposition) {
    let all = || world.map.named_nodes().map(|(index, node)| (node, &world.nodes[index]));
    let mut info = out.gauge("bsmtop_node_info", "Nodes of the map by id, with kind, name and owner; always 1.");
    for (node, _) in all() {
        let owner = node.owner.as_deref().unwrap_or_default();
        info.add(&[("node", &node.id), ("kind", &node.kind.word()), ("name", &node.name), ("owner", &owner)], true);
    }
    let mut each = |name, help, of: &dyn Fn(&NodeState) -> Option<exposition::Number>| {
        let mut family = out.gauge(name, help);
        for (node, state) in all() {
            family.add_known(&[("node", &node.id), ("kind", &node.kind.word())], of(state));
        }
    };
    each(
        "bsmtop_node_severity",
        "Severity of a node, 0 (ok) to 6 (critical); without a sample while it is unknown.",
        &|state| match state.interval.shown() {
            Shown::Severity(severity) => Some(severity.level().into()),
            Shown::Unknown => None,
        },
    );
    each("bsmtop_node_severity_possible", "Worst severity that what is not known allows, 0 to 6.", &|state| {
        Some(state.interval.high.level().into())
    });
    each("bsmtop_node_unknown", "Whether it is not known if the node is well.", &|state| {
        Some((state.interval.shown() == Shown::Unknown).into())
    });
    each("bsmtop_node_handled", "Whether the node has a problem that somebody takes care of, all of it.", &|state| {
        Some(state.handled.into())
    });
    each("bsmtop_node_planned", "Whether the node has a problem that is all planned.", &|state| {
        Some(state.planned.into())
    });
    each("bsmtop_node_since_timestamp_seconds", "Since when the node is as it is.", &|state| {
        state.since.map(Into::into)
    });
    each(
        "bsmtop_node_one_failure_away",
        "Whether the node is well and major or worse with one more leaf critical.",
        &|state| Some(state.one_failure_away.into()),
    );
}

fn processes(world: &World, out: &mut Exposition) {
    let (map, currency) = (&*world.map, &world.map.currency);
    let all =
        || map.named_nodes().filter_map(|(index, node)| Some((node, &world.nodes[index], world.nodes[index].money?)));
    let mut rate = out.gauge("bsmtop_process_cost_rate", "Money that a process loses per hour now.");
    for (node, _, money) in all() {
        both(&mut rate, &[("process", &node.id), ("currency", currency)], money.rate);
    }
    let mut cost = out.gauge(
        "bsmtop_process_cost_accrued",
        "Money that a process lost since the day, the month or its incident began.",
    );
    for (node, _, money) in all().filter(|_| world.cost_since.is_some()) {
        for (period, accrued) in
            [("day", Some(money.today)), ("month", Some(money.month)), ("incident", money.incident)]
        {
            if let Some(accrued) = accrued {
                let labels: [(&str, &dyn std::fmt::Display); 3] =
                    [("process", &node.id), ("currency", currency), ("period", &period)];
                both(&mut cost, &labels, rounded(world, &accrued));
            }
        }
    }
    let mut risk =
        out.gauge("bsmtop_process_value_at_risk", "Money that a process would lose per hour if it were down.");
    for (node, _, money) in all() {
        risk.add(&[("process", &node.id), ("currency", currency)], money.value_at_risk);
    }
    let mut left = out.gauge("bsmtop_process_tolerable_seconds", "Time until the business no longer bears it.");
    for (index, node) in map.named_nodes().filter(|(_, node)| node.kind == Kind::Process) {
        left.add_known(&[("process", &node.id)], world.nodes[index].tolerable_left);
    }
}

fn objectives(world: &World, out: &mut Exposition) {
    let map = &*world.map;
    let all = || map.objectives.iter().zip(&world.objectives);
    let mut target = out.gauge("bsmtop_objective_target_ratio", "What was promised.");
    for (objective, _) in all() {
        target.add(&[("objective", &objective.id), ("node", &map.nodes[objective.node].id)], objective.target);
    }
    let mut each = |name, help, of: &dyn Fn(&crate::domain::world::ObjectiveState) -> Option<exposition::Number>| {
        let mut family = out.gauge(name, help);
        for (objective, state) in all() {
            family.add_known(&[("objective", &objective.id)], of(state));
        }
    };
    each("bsmtop_objective_measured", "Whether there are figures: not without traffic or coverage.", &|state| {
        Some((state.state == ObjectiveStatus::Measured).into())
    });
    each("bsmtop_objective_attained_ratio", "The contract figure of the window so far.", &|state| {
        state.attained.map(Into::into)
    });
    each("bsmtop_objective_felt_ratio", "The same without any exclusion.", &|state| state.felt.map(Into::into));
    each("bsmtop_objective_coverage_ratio", "Share of the counted window that is covered.", &|state| {
        Some(state.coverage.into())
    });
    each("bsmtop_objective_budget_remaining_ratio", "Error budget left, 1 to minus infinity.", &|state| {
        state.budget_remaining.map(Into::into)
    });
    each("bsmtop_objective_exhausted_seconds", "Time until the budget is used up at this burn.", &|state| {
        state.exhausted_in.map(Into::into)
    });
}

fn burn(world: &World, out: &mut Exposition) {
    let all = || world.map.objectives.iter().zip(&world.objectives);
    let mut family = out.gauge("bsmtop_objective_burn_rate", "Error ratio of a window, divided by the budget.");
    for (objective, state) in all() {
        for (length, rate) in &state.burn {
            family.add_known(&[("objective", &objective.id), ("window", &short(*length))], *rate);
        }
    }
    let mut alerts = out.gauge("bsmtop_objective_alert", "Whether an alert on the burn rate holds; a page is louder.");
    for (objective, state) in all() {
        for alert in [Alert::Page, Alert::Ticket] {
            alerts.add(&[("objective", &objective.id), ("alert", &alert.word())], state.alert == Some(alert));
        }
    }
}

fn credits(world: &World, out: &mut Exposition) {
    let (map, currency) = (&*world.map, &world.map.currency);
    let all = || {
        map.objectives
            .iter()
            .zip(&world.objectives)
            .filter_map(|(objective, it)| Some((objective, it.credit.as_ref()?)))
    };
    let mut share = out.gauge(
        "bsmtop_credit_share_ratio",
        "Share of a month's charge that is due: certain, now (if the window ended), projected.",
    );
    for (objective, credit) in all() {
        for (estimate, ratio) in [("certain", credit.certain), ("now", credit.now), ("projected", credit.projected)] {
            share.add(&[("objective", &objective.id), ("estimate", &estimate)], ratio);
        }
    }
    let mut risk = out.gauge("bsmtop_credit_at_risk", "Projected less certain credit, in money.");
    for (objective, credit) in all() {
        risk.add(&[("objective", &objective.id), ("currency", currency)], credit.at_risk);
    }
    let mut customers = out.gauge("bsmtop_customer_credit_at_risk", "Credit at risk by customer, in money.");
    for customer in &world.customers {
        customers.add(&[("customer", &map.nodes[customer.node].id), ("currency", currency)], customer.at_risk);
    }
}

/// Clocks come and go with tickets: they are counted, and of those that run the next breach is told.
fn clocks(world: &World, out: &mut Exposition) {
    let mut counts: BTreeMap<(&str, Goal, &str), usize> = BTreeMap::new();
    let mut next: BTreeMap<(&str, Goal), chrono::TimeDelta> = BTreeMap::new();
    for clock in &world.clocks {
        let source = world.tickets[clock.ticket].item.source.as_str();
        let state = match clock {
            it if it.breached => "breached",
            it if it.done.is_some() => "met",
            it if it.paused => "paused",
            _ => "running",
        };
        *counts.entry((source, clock.goal, state)).or_default() += 1;
        if state == "running" {
            let least = next.entry((source, clock.goal)).or_insert(clock.remaining);
            *least = clock.remaining.min(*least);
        }
    }
    let mut family = out.gauge("bsmtop_ticket_clocks", "Clocks of tickets by state: running, paused, met, breached.");
    for ((source, goal, state), count) in counts {
        family.add(&[("source", &source), ("goal", &goal.word()), ("state", &state)], count);
    }
    let mut family =
        out.gauge("bsmtop_ticket_clock_next_breach_seconds", "Time left on the running clock with the least.");
    for ((source, goal), left) in next {
        family.add(&[("source", &source), ("goal", &goal.word())], left);
    }
}

fn spend(world: &World, out: &mut Exposition) {
    let (map, currency) = (&*world.map, &world.map.currency);
    let all = || map.spends.iter().zip(&world.spend);
    let mut family = out.gauge("bsmtop_spend", "What IT costs to run this month: to date, projected, and its limit.");
    for (spend, state) in all() {
        let projected = state.projected.map(|money| currency.rounded(money));
        let limit = spend.limit.map(|limit| limit.value);
        for (figure, money) in [("to_date", state.to_date), ("projected", projected), ("limit", limit)] {
            family.add_known(&[("spend", &spend.id), ("currency", currency), ("figure", &figure)], money);
        }
    }
}

fn observations(world: &World, out: &mut Exposition) {
    let mut causes = out.gauge("bsmtop_causes", "Causes of problems of processes, by handling.");
    for handling in [Handling::None, Handling::Acknowledged, Handling::Maintenance] {
        let count = world.causes.iter().filter(|cause| cause.handling == handling).count();
        causes.add(&[("handling", &handling.word())], count);
    }
    out.gauge("bsmtop_signals_unmapped", "Signals that belong to no node.").add(&[], world.unmapped().count());
    out.gauge("bsmtop_leaves_silent", "Leaves that no signal has ever matched.").add(&[], world.silent.len());
}

fn sources(world: &World, out: &mut Exposition) {
    let mut family =
        out.gauge("bsmtop_source_freshness", "Whether a source is fresh, pending, late or lost: 1 for what it is.");
    for source in &world.sources {
        for freshness in [Freshness::Fresh, Freshness::Pending, Freshness::Late, Freshness::Lost] {
            let labels: [(&str, &dyn std::fmt::Display); 2] =
                [("source", &source.name), ("freshness", &freshness.word())];
            family.add(&labels, source.freshness == freshness);
        }
    }
    let mut family = out.gauge("bsmtop_source_age_seconds", "Time since the last good answer of a source.");
    for source in &world.sources {
        family.add_known(&[("source", &source.name)], source.age);
    }
    let mut family = out.gauge("bsmtop_source_signals", "Signals that a source has now.");
    for source in &world.sources {
        family.add(&[("source", &source.name)], source.signals);
    }
    let mut family = out.gauge("bsmtop_source_tickets", "Tickets that a source has now.");
    for source in &world.sources {
        family.add(&[("source", &source.name)], source.tickets);
    }
}

fn both(family: &mut Family<'_>, labels: &[(&str, &dyn std::fmt::Display)], range: CostRange) {
    for (bound, money) in [("low", range.low), ("high", range.high)] {
        let labels: Vec<(&str, &dyn std::fmt::Display)> =
            labels.iter().copied().chain([("bound", &bound as &dyn std::fmt::Display)]).collect();
        family.add(&labels, money);
    }
}

fn rounded(world: &World, accrued: &Accrued) -> CostRange {
    let currency = world.map.currency;
    CostRange { low: currency.rounded(accrued.cost.low), high: currency.rounded(accrued.cost.high) }
}
