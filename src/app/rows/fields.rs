//! The texts of a thing that the filter looks at.

use crate::app::place::Item;
use crate::domain::map::NodeIndex;
use crate::domain::world::World;

/// Calls `field` with every text of a thing that counts for the filter.
pub fn each(world: &World, item: &Item, index: usize, field: &mut dyn FnMut(&str)) {
    match item {
        Item::Node(_) => node(world, index, field),
        Item::Cause(id) => {
            field(id.as_str());
            let Some(cause) = world.causes.get(index) else { return };
            field(&cause.summary);
            field(cause.handling.word());
            field(cause.severity.map_or("unknown", |severity| severity.word()));
            cause.tickets.iter().for_each(|ticket| field(ticket));
            cause.node.iter().chain(&cause.processes).for_each(|index| node(world, *index, field));
        }
        Item::Objective(id) => {
            field(id.as_str());
            if let Some(objective) = world.map.objectives.get(index) {
                node(world, objective.node, field);
            }
        }
        Item::Clock(id, goal) => {
            field(id);
            field(goal.word());
            if let Some(clock) = world.clocks.get(index) {
                ticket(world, clock.ticket, field);
            }
        }
        Item::Signal(id) => {
            field(id);
            let Some(mapped) = world.signals.get(index) else { return };
            let signal = &mapped.item;
            field(signal.severity.word());
            field(signal.handling.word());
            field(&signal.summary);
            signal.labels.iter().for_each(|(_, value)| field(value));
            mapped.nodes.iter().for_each(|index| names(world, *index, field));
            if mapped.nodes.is_empty() {
                field("unmapped");
            }
        }
        Item::Ticket(id) => {
            field(id);
            ticket(world, index, field);
        }
        Item::Source(name) => {
            field(name.as_str());
            let Some(source) = world.sources.get(index) else { return };
            field(source.freshness.word());
            source.error.iter().chain(&source.notes).for_each(|text| field(text));
            if let Some(info) = world.map.source(name.as_str()) {
                field(&info.type_word);
            }
        }
        Item::Gap(id) => field(id),
        // What happened and what was noted is not in the world: `past::fields`, `log`.
        Item::Event(_) | Item::Note(_) => {}
        Item::Spend(id) => {
            field(id.as_str());
            if let Some(spend) = world.map.spends.get(index) {
                names(world, spend.node, field);
            }
        }
    }
}

fn ticket(world: &World, index: usize, field: &mut dyn FnMut(&str)) {
    let Some(mapped) = world.tickets.get(index) else { return };
    let ticket = &mapped.item;
    field(&ticket.summary);
    field(&ticket.status);
    ticket.owner.iter().for_each(|owner| field(owner));
    ticket.labels.iter().for_each(|(_, value)| field(value));
    mapped.nodes.iter().for_each(|index| names(world, *index, field));
}

fn node(world: &World, index: NodeIndex, field: &mut dyn FnMut(&str)) {
    names(world, index, field);
    let (Some(node), Some(state)) = (world.map.nodes.get(index), world.nodes.get(index)) else { return };
    field(node.kind.word());
    field(state.interval.shown().word());
    if state.handled {
        field("handled");
    }
    if state.planned {
        field("planned");
    }
    node.owner.iter().chain(&node.tier).chain(&node.tags).for_each(|text| field(text));
}

fn names(world: &World, index: NodeIndex, field: &mut dyn FnMut(&str)) {
    if let Some(node) = world.map.nodes.get(index) {
        field(node.id.as_str());
        field(&node.name);
    }
}
