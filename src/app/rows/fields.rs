//! What the filter looks at in a row: the texts of its thing, by field, and what can be compared.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::sort;
use crate::app::filter::{Field, Quantity, Thing};
use crate::app::list::Row;
use crate::app::model::Model;
use crate::app::past;
use crate::app::place::Item;
use crate::domain::map::NodeIndex;
use crate::domain::order::Left;
use crate::domain::severity::{Severity, Shown};
use crate::domain::world::World;

/// A row as the filter sees it.
pub(super) struct Seen<'a> {
    pub model: &'a Model,
    pub row: &'a Row,
}

impl Thing for Seen<'_> {
    fn texts(&self, field: &mut dyn FnMut(Field, &str)) {
        match &self.row.id.item {
            Item::Event(id) => past::fields(self.model, id, field),
            item => each(&self.model.world, item, self.row.index, field),
        }
    }

    fn severity(&self) -> Option<Severity> {
        let (world, index) = (&*self.model.world, self.row.index);
        match self.row.id.item {
            Item::Signal(_) => Some(world.signals.get(index)?.item.severity),
            Item::Cause(_) => world.causes.get(index)?.severity,
            _ => match world.nodes.get(self.node()?)?.interval.shown() {
                Shown::Severity(severity) => Some(severity),
                Shown::Unknown => None,
            },
        }
    }

    fn span(&self, quantity: Quantity) -> Option<TimeDelta> {
        let world = &*self.model.world;
        match quantity {
            Quantity::Left => match sort::deadline(world, self.row)?.left {
                Left::Time(left) => Some(left),
                Left::Never => None,
            },
            _ => Some(self.model.as_of() - sort::since(world, self.row)?),
        }
    }

    fn money(&self, quantity: Quantity) -> Option<Decimal> {
        let world = &*self.model.world;
        match (quantity, &self.row.id.item) {
            (Quantity::Cost, Item::Cause(_)) => Some(world.causes.get(self.row.index)?.share.high),
            (Quantity::Cost, _) => Some(world.nodes.get(self.node()?)?.money?.rate.high),
            _ => Some(world.nodes.get(self.node()?)?.money?.value_at_risk),
        }
    }
}

impl Seen<'_> {
    /// The node that the row is, or belongs to.
    fn node(&self) -> Option<NodeIndex> {
        let (world, index) = (&*self.model.world, self.row.index);
        match self.row.id.item {
            Item::Node(_) => Some(index),
            Item::Cause(_) => world.causes.get(index)?.node,
            Item::Objective(_) => Some(world.map.objectives.get(index)?.node),
            Item::Clock(..) => world.tickets.get(world.clocks.get(index)?.ticket)?.nodes.first().copied(),
            Item::Signal(_) => world.signals.get(index)?.nodes.first().copied(),
            Item::Ticket(_) => world.tickets.get(index)?.nodes.first().copied(),
            Item::Spend(_) => Some(world.map.spends.get(index)?.node),
            Item::Source(_) | Item::Event(_) => None,
        }
    }
}

/// What a thing is called by itself.
pub(in crate::app) const ID: Field = Field::Known("id");
/// What people call it.
pub(in crate::app) const NAME: Field = Field::Known("name");
/// Everything else that is told of it.
pub(in crate::app) const SUMMARY: Field = Field::Known("summary");
const OWNER: Field = Field::Known("owner");
const KIND: Field = Field::Known("kind");
const STATE: Field = Field::Known("state");
const SOURCE: Field = Field::Known("source");
const TAG: Field = Field::Known("tag");
const TICKET: Field = Field::Known("ticket");

/// Calls `field` with every text of a thing that counts for the filter.
pub fn each(world: &World, item: &Item, index: usize, field: &mut dyn FnMut(Field, &str)) {
    match item {
        Item::Node(_) => node(world, index, field),
        Item::Cause(id) => {
            field(ID, id.as_str());
            let Some(cause) = world.causes.get(index) else { return };
            field(SUMMARY, &cause.summary);
            field(STATE, cause.handling.word());
            field(STATE, cause.severity.map_or("unknown", |severity| severity.word()));
            cause.tickets.iter().for_each(|ticket| field(TICKET, ticket));
            cause.node.iter().chain(&cause.processes).for_each(|index| node(world, *index, field));
        }
        Item::Objective(id) => {
            field(ID, id.as_str());
            if let Some(objective) = world.map.objectives.get(index) {
                node(world, objective.node, field);
            }
        }
        Item::Clock(id, goal) => {
            field(ID, id);
            field(KIND, goal.word());
            if let Some(clock) = world.clocks.get(index) {
                ticket(world, clock.ticket, field);
            }
        }
        Item::Signal(id) => {
            field(ID, id);
            let Some(mapped) = world.signals.get(index) else { return };
            let signal = &mapped.item;
            field(STATE, signal.severity.word());
            field(STATE, signal.handling.word());
            field(SUMMARY, &signal.summary);
            field(SOURCE, signal.source.as_str());
            signal.labels.iter().for_each(|(name, value)| field(Field::Label(name), value));
            mapped.nodes.iter().for_each(|index| names(world, *index, field));
            if mapped.nodes.is_empty() {
                field(STATE, "unmapped");
            }
        }
        Item::Ticket(id) => {
            field(ID, id);
            ticket(world, index, field);
        }
        Item::Source(name) => {
            field(SOURCE, name.as_str());
            let Some(source) = world.sources.get(index) else { return };
            field(STATE, source.freshness.word());
            source.error.iter().chain(&source.notes).for_each(|text| field(SUMMARY, text));
            if let Some(info) = world.map.source(name.as_str()) {
                field(KIND, &info.type_word);
            }
        }
        // What happened is not in the world: `past::fields`.
        Item::Event(_) => {}
        Item::Spend(id) => {
            field(ID, id.as_str());
            if let Some(spend) = world.map.spends.get(index) {
                names(world, spend.node, field);
            }
        }
    }
}

fn ticket(world: &World, index: usize, field: &mut dyn FnMut(Field, &str)) {
    let Some(mapped) = world.tickets.get(index) else { return };
    let ticket = &mapped.item;
    field(SUMMARY, &ticket.summary);
    field(STATE, &ticket.status);
    field(SOURCE, ticket.source.as_str());
    ticket.owner.iter().for_each(|owner| field(OWNER, owner));
    ticket.labels.iter().for_each(|(name, value)| field(Field::Label(name), value));
    mapped.nodes.iter().for_each(|index| names(world, *index, field));
}

fn node(world: &World, index: NodeIndex, field: &mut dyn FnMut(Field, &str)) {
    names(world, index, field);
    let (Some(node), Some(state)) = (world.map.nodes.get(index), world.nodes.get(index)) else { return };
    field(KIND, node.kind.word());
    field(STATE, state.interval.shown().word());
    if state.handled {
        field(STATE, "handled");
    }
    if state.planned {
        field(STATE, "planned");
    }
    node.owner.iter().for_each(|owner| field(OWNER, owner));
    node.tier.iter().chain(&node.tags).for_each(|text| field(TAG, text));
}

fn names(world: &World, index: NodeIndex, field: &mut dyn FnMut(Field, &str)) {
    if let Some(node) = world.map.nodes.get(index) {
        field(ID, node.id.as_str());
        field(NAME, &node.name);
    }
}
