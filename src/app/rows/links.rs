//! What one thing is connected with: its causes, what it needs, its promises, its tickets, whom it hurts.

use crate::app::list::Row;
use crate::app::model::Model;
use crate::app::place::{Item, Place};
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::world::World;

/// The rows of a place that is one thing.
pub(super) fn rows(model: &Model, place: &Place) -> Vec<Row> {
    let Place::Item(item) = place else { return Vec::new() };
    let world = &*model.world;
    match item {
        Item::Node(id) => model.atlas.index_of(id).map_or(Vec::new(), |at| node(model, at)),
        Item::Cause(id) => world.cause_at(id).map_or(Vec::new(), |at| cause(model, at)),
        Item::Objective(id) => {
            let objective = world.map.objectives.iter().find(|objective| objective.id == *id);
            objective.map_or(Vec::new(), |objective| named(world, "of", [objective.node]))
        }
        Item::Clock(id, _) | Item::Ticket(id) => ticket(world, id),
        Item::Signal(id) => {
            let found = (0..world.signals.len()).find(|at| world.signals[*at].name == *id);
            found.map_or(Vec::new(), |at| signal(world, at))
        }
        Item::Source(name) => {
            let signals = (0..world.signals.len()).filter(|at| world.signals[*at].item.source == *name);
            let tickets = (0..world.tickets.len()).filter(|at| world.tickets[*at].item.source == *name);
            let signals = signals.map(|at| Row { relation: "signal", ..super::signal(world, at) });
            signals.chain(tickets.map(|at| Row { relation: "ticket", ..super::ticket(world, at) })).collect()
        }
        Item::Event(id) => event(model, id),
        Item::Gap(id) => {
            let signals = model.gap(id).map_or(&[][..], |gap| &gap.signals);
            let signals = signals.iter().filter(|at| **at < world.signals.len());
            signals.map(|at| Row { relation: "signal", ..super::signal(world, *at) }).collect()
        }
        Item::Note(number) => {
            let of = model.log.note(*number).map_or("", |note| note.of.as_str());
            let source = world.sources.iter().position(|source| source.name.as_str() == of);
            let row = |at: usize| Row { relation: "source", ..Row::flat(Item::Source(of.into()), at) };
            source.map(row).into_iter().collect()
        }
        Item::Spend(id) => {
            let spend = world.map.spends.iter().find(|spend| spend.id == *id);
            spend.map_or(Vec::new(), |spend| named(world, "for", [spend.node]))
        }
    }
}

fn event(model: &Model, id: &str) -> Vec<Row> {
    let Some(event) = model.past.event(id) else { return Vec::new() };
    let nodes = event.nodes.iter().filter_map(|id| model.world.map.index_of(id.as_str()));
    let mut seen = std::collections::BTreeSet::new();
    named(&model.world, "about", nodes.filter(|index| seen.insert(*index)))
}

fn named(world: &World, relation: &'static str, nodes: impl IntoIterator<Item = NodeIndex>) -> Vec<Row> {
    nodes.into_iter().map(|index| Row { relation, ..super::node(world, index) }).collect()
}

fn node(model: &Model, index: NodeIndex) -> Vec<Row> {
    let world = &*model.world;
    let (map, Some(state)) = (&world.map, world.nodes.get(index)) else { return Vec::new() };
    let mut rows = Vec::new();
    for id in state.causes.iter() {
        if let Some(at) = world.cause_at(id) {
            rows.push(Row { relation: "cause", ..Row::flat(Item::Cause(id.clone()), at) });
        }
    }
    rows.extend(named(world, "needs", map.nodes[index].needs.iter().map(|need| need.node)));
    let own = |nodes: &[NodeIndex]| nodes.contains(&index);
    let signals = (0..world.signals.len()).filter(|at| own(&world.signals[*at].nodes));
    rows.extend(signals.map(|at| Row { relation: "signal", ..super::signal(world, at) }));
    for at in &model.atlas.objectives_of[index] {
        if *at < world.objectives.len() {
            let item = Item::Objective(map.objectives[*at].id.clone());
            rows.push(Row { relation: "SLA", ..Row::flat(item, *at) });
        }
    }
    let tickets = (0..world.tickets.len()).filter(|at| own(&world.tickets[*at].nodes));
    rows.extend(tickets.map(|at| Row { relation: "ticket", ..super::ticket(world, at) }));
    let is_customer = |index: &NodeIndex| map.nodes[*index].kind == Kind::Customer;
    rows.extend(named(world, "customer", model.atlas.customers_of[index].iter().copied()));
    rows.extend(named(world, "used by", above(model, index).filter(|index| !is_customer(index))));
    rows
}

/// The named nodes that need a node, directly or through unnamed groups.
fn above(model: &Model, index: NodeIndex) -> impl Iterator<Item = NodeIndex> + use<> {
    let mut found = Vec::new();
    let mut todo = vec![index];
    while let Some(index) = todo.pop() {
        for parent in &model.atlas.parents[index] {
            if *parent >= model.world.map.named {
                todo.push(*parent);
            } else if !found.contains(parent) {
                found.push(*parent);
            }
        }
    }
    found.into_iter()
}

fn cause(model: &Model, at: usize) -> Vec<Row> {
    let world = &*model.world;
    let cause = &world.causes[at];
    let mut rows = named(world, "hits", cause.processes.iter().copied());
    rows.extend(named(world, "on", cause.node));
    if let crate::domain::world::CauseWhat::Signal(at) = cause.what
        && at < world.signals.len()
    {
        rows.push(Row { relation: "signal", ..super::signal(world, at) });
    }
    if let crate::domain::world::CauseWhat::Source(name) = &cause.what
        && let Some(at) = world.sources.iter().position(|source| source.name == *name)
    {
        rows.push(Row { relation: "source", ..Row::flat(Item::Source(name.clone()), at) });
    }
    for id in &cause.together_with {
        if let Some(at) = world.cause_at(id) {
            rows.push(Row { relation: "together", ..Row::flat(Item::Cause(id.clone()), at) });
        }
    }
    let its = |at: &usize| cause.tickets.contains(&super::ticket_id(world, *at));
    let tickets = (0..world.tickets.len()).filter(its);
    rows.extend(tickets.map(|at| Row { relation: "ticket", ..super::ticket(world, at) }));
    rows
}

fn ticket(world: &World, id: &str) -> Vec<Row> {
    let Some(at) = (0..world.tickets.len()).find(|at| *super::ticket_id(world, *at) == *id) else {
        return Vec::new();
    };
    let mut rows = named(world, "on", world.tickets[at].nodes.iter().copied());
    let clocks = (0..world.clocks.len()).filter(|clock| world.clocks[*clock].ticket == at);
    rows.extend(clocks.filter_map(|clock| Some(Row { relation: "clock", ..super::clock(world, clock)? })));
    rows
}

fn signal(world: &World, at: usize) -> Vec<Row> {
    let mapped = &world.signals[at];
    let mut rows = named(world, "on", mapped.nodes.iter().copied());
    let mut hit: Vec<NodeIndex> = mapped.nodes.iter().flat_map(|node| world.nodes[*node].impacts.to_vec()).collect();
    hit.sort_unstable();
    hit.dedup();
    rows.extend(named(world, "hits", hit));
    if let Some(source) = world.sources.iter().position(|source| source.name == mapped.item.source) {
        rows.push(Row { relation: "source", ..Row::flat(Item::Source(mapped.item.source.clone()), source) });
    }
    rows
}
