//! What was promised, what was kept, what it costs by contract, and what was left out for whom.

use rust_decimal::Decimal;

use super::super::account::{Account, count, credits as due};
use super::super::document::{Cell, Column, Part};
use super::super::words::amount;
use crate::domain::world::{ObjectiveState, ObjectiveStatus};

/// What matters most, in sentences.
pub(super) fn summary(account: &Account) -> Vec<String> {
    let map = &account.world.map;
    let measured = account.objectives().filter(|(_, state)| state.state == ObjectiveStatus::Measured).count();
    let missed = account.objectives().filter(|(objective, state)| is_missed(objective.target, state)).count();
    let mut told = Vec::new();
    if measured > 0 {
        told.push(format!("{} of {} missed.", missed, count(measured, "objective was", "objectives were")));
    }
    let due: Decimal =
        account.objectives().flat_map(|(objective, state)| due(map, objective, state).into_values()).sum();
    if due > Decimal::ZERO {
        let verb = if account.is_over() { "are due" } else { "would be due if the month ended now" };
        told.push(format!("Credits of {} {} {verb}, by estimate.", amount(due), map.currency));
    }
    told
}

fn is_missed(target: Decimal, state: &ObjectiveState) -> bool {
    state.attained.is_some_and(|attained| attained < target)
}

pub(super) fn objectives(account: &Account) -> Part {
    let mut part = Part::new(
        "objectives",
        "Objectives",
        vec![
            Column::of("objective", "Objective"),
            Column::of("node", ""),
            Column::of("name", "Of"),
            Column::of("from", "Window from"),
            Column::of("target", "Target"),
            Column::of("attained", "Contract"),
            Column::of("felt", "Felt"),
            Column::of("kept", "Kept"),
            Column::of("budget_remaining", "Budget left"),
            Column::of("coverage", "Covered"),
            Column::of("credit_share", "Credit"),
            Column::of("method", "Counted by"),
        ],
    );
    for (objective, state) in account.objectives() {
        let node = &account.world.map.nodes[objective.node];
        let kept = match state.state {
            ObjectiveStatus::Measured if is_missed(objective.target, state) => "missed",
            ObjectiveStatus::Measured => "yes",
            ObjectiveStatus::NoTraffic => "no traffic",
            ObjectiveStatus::NotCovered => "too little is covered",
        };
        part.rows.push(vec![
            Cell::text(objective.id.as_str()),
            Cell::text(node.id.as_str()),
            Cell::text(&node.name),
            Cell::At(state.window.start),
            Cell::Ratio(objective.target),
            Cell::known(state.attained, state.coverage),
            Cell::known(state.felt, state.coverage),
            Cell::text(kept),
            Cell::maybe(state.budget_remaining, Cell::Ratio),
            Cell::Ratio(state.coverage),
            Cell::maybe(state.credit.as_ref(), |credit| Cell::Ratio(credit.now)),
            Cell::text(&state.method),
        ]);
    }
    part
}

pub(super) fn credits(account: &Account) -> Part {
    let columns = vec![
        Column::of("objective", "Objective"),
        Column::of("customer", ""),
        Column::of("name", "Customer"),
        Column::of("share", "Share of the charge"),
        Column::of("due", "Due"),
    ];
    let mut part = Part::new("credits", "Credits", columns);
    let map = &account.world.map;
    for (objective, state) in account.objectives() {
        let share = state.credit.as_ref().map_or(Decimal::ZERO, |credit| credit.now);
        for (customer, due) in due(map, objective, state) {
            let customer = customer.map(|index| &map.nodes[index]);
            part.rows.push(vec![
                Cell::text(objective.id.as_str()),
                Cell::maybe(customer, |node| Cell::text(node.id.as_str())),
                Cell::text(customer.map_or("all", |node| node.name.as_str())),
                Cell::Ratio(share),
                Cell::Money(due),
            ]);
        }
    }
    if !part.rows.is_empty() {
        let end = if account.is_over() { "as the window ended" } else { "as if the window ended now" };
        part.notes.push(format!("By contract, {end}; an estimate in {}.", map.currency));
    }
    part
}

/// What the contract figures leave out, for whom and with what effect.
pub(super) fn exclusions(account: &Account) -> Part {
    let columns = vec![
        Column::of("objective", "Objective"),
        Column::of("what", "Left out, by whom, and what that was"),
        Column::of("attained", "Contract"),
        Column::of("felt", "Without any exclusion"),
    ];
    let mut part = Part::new("exclusions", "Left out of contract figures", columns);
    for (objective, state) in account.objectives() {
        for what in &state.exclusions {
            part.rows.push(vec![
                Cell::text(objective.id.as_str()),
                Cell::text(what),
                Cell::known(state.attained, state.coverage),
                Cell::known(state.felt, state.coverage),
            ]);
        }
    }
    part
}
