//! What each list shows: the things, in which order, past the filter.
//!
//! Invariant: indices belong to the world of the model that is passed in.

pub mod fields;
mod links;
pub mod sort;
mod tree;

use std::sync::Arc;

use super::list::Row;
use super::model::{Model, Visit};
use super::past;
use super::place::{Item, Pane};
use crate::domain::order::Certainty;
use crate::domain::world::World;

pub use tree::hang;

/// How many rows a pane has without the filter, and those that pass it, in the pane's order number `sort`.
pub fn of(model: &Model, visit: &Visit, pane: Pane, sort: usize) -> (usize, Vec<Row>) {
    if pane == Pane::Tree {
        return tree::rows(model, visit);
    }
    let rows = match pane {
        Pane::Compared => super::whatif::rows(model),
        Pane::Links => links::rows(model, &visit.place),
        _ => all(model, pane),
    };
    let unfiltered = rows.len();
    let passes = |row: &Row| model.filter.passes(&fields::Seen { model, row });
    let mut rows = if model.filter.is_empty() { rows } else { rows.into_iter().filter(passes).collect() };
    if let Some(order) = sort::of(pane).get(sort) {
        order.apply(model, pane, &mut rows);
    }
    (unfiltered, super::flood::grouped(model, visit, pane, rows))
}

/// All rows of a flat pane, in order of the world.
fn all(model: &Model, pane: Pane) -> Vec<Row> {
    let world = &*model.world;
    match pane {
        Pane::Impacted => {
            let impacted = |index: &usize| {
                world.nodes.get(*index).is_some_and(|state| Certainty::of(state.interval) != Certainty::Fine)
            };
            model.atlas.processes.iter().copied().filter(impacted).map(|index| node(world, index)).collect()
        }
        Pane::Processes | Pane::CostByProcess => {
            model.atlas.processes.iter().map(|index| node(world, *index)).collect()
        }
        Pane::Customers => model.atlas.customers.iter().map(|index| node(world, *index)).collect(),
        // Before the first answers nothing is a cause yet: sources that are still expected make no noise.
        Pane::Fix | Pane::CostByCause if model.is_waiting() => Vec::new(),
        Pane::Fix | Pane::CostByCause => causes(world),
        Pane::Promises => {
            let mut rows = clocks(world);
            rows.retain(|row| world.clocks[row.index].done.is_none());
            rows.extend(objectives(world));
            rows
        }
        Pane::Spend => (0..world.spend.len().min(world.map.spends.len()))
            .map(|at| Row::flat(Item::Spend(world.map.spends[at].id.clone()), at))
            .collect(),
        Pane::Signals => model.roster.rows(),
        Pane::Tickets => (0..world.tickets.len()).map(|at| ticket(world, at)).collect(),
        Pane::Sources => world
            .sources
            .iter()
            .enumerate()
            .map(|(at, source)| Row::flat(Item::Source(source.name.clone()), at))
            .collect(),
        Pane::Unmapped => super::coverage::gap_rows(model),
        Pane::Singles => super::coverage::single_rows(model),
        Pane::Fragile => model.reading.fragile.iter().map(|index| node(world, *index)).collect(),
        Pane::Silent => world.silent.iter().map(|index| node(world, *index)).collect(),
        Pane::Log => super::log::rows(model),
        Pane::Events => past::rows(model),
        Pane::Axis => past::on_axis(model).into_iter().map(|index| node(world, index)).collect(),
        Pane::Links | Pane::Tree | Pane::Compared => Vec::new(),
    }
}

fn causes(world: &World) -> Vec<Row> {
    world.causes.iter().enumerate().map(|(at, cause)| Row::flat(Item::Cause(cause.id.clone()), at)).collect()
}

fn objectives(world: &World) -> Vec<Row> {
    let count = world.objectives.len().min(world.map.objectives.len());
    (0..count).map(|at| Row::flat(Item::Objective(world.map.objectives[at].id.clone()), at)).collect()
}

fn clocks(world: &World) -> Vec<Row> {
    (0..world.clocks.len()).filter_map(|at| clock(world, at)).collect()
}

pub(super) fn node(world: &World, index: usize) -> Row {
    Row::flat(Item::Node(world.map.nodes[index].id.clone()), index)
}

pub(super) fn signal(world: &World, index: usize) -> Row {
    Row::flat(Item::Signal(signal_id(world, index)), index)
}

pub(super) fn ticket(world: &World, index: usize) -> Row {
    Row::flat(Item::Ticket(ticket_id(world, index)), index)
}

pub(super) fn clock(world: &World, index: usize) -> Option<Row> {
    let clock = &world.clocks[index];
    world.tickets.get(clock.ticket)?;
    Some(Row::flat(Item::Clock(ticket_id(world, clock.ticket), clock.goal), index))
}

fn signal_id(world: &World, index: usize) -> Arc<str> {
    world.signals.get(index).map_or_else(|| "".into(), |signal| signal.name.clone())
}

/// The id of a ticket in the world: `source:id`.
pub fn ticket_id(world: &World, index: usize) -> Arc<str> {
    world.tickets[index].name.clone()
}
