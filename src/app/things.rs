//! Everything that can be gone to by name: screens, nodes, sources, tickets, objectives, spend.
//!
//! Found one by one without copying, as a map has ten thousand of them and each is looked at with every key.

use super::place::{Item, Place, Screen};
use super::rows::ticket_id;
use crate::app::Model;
use crate::domain::world::World;

/// A thing, by where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Thing {
    /// A screen.
    Screen(Screen),
    /// A named node, by index.
    Node(usize),
    /// An objective, by index.
    Objective(usize),
    /// A source, by index.
    Source(usize),
    /// A ticket, by index.
    Ticket(usize),
    /// A spend record, by index.
    Spend(usize),
}

/// All things of a world.
pub fn all(world: &World) -> impl Iterator<Item = Thing> {
    let screens = Screen::ALL.into_iter().map(Thing::Screen);
    let nodes = (0..world.map.named.min(world.map.nodes.len())).map(Thing::Node);
    let objectives = (0..world.map.objectives.len()).map(Thing::Objective);
    let sources = (0..world.sources.len()).map(Thing::Source);
    let tickets = (0..world.tickets.len()).map(Thing::Ticket);
    let spends = (0..world.map.spends.len()).map(Thing::Spend);
    screens.chain(nodes).chain(objectives).chain(sources).chain(tickets).chain(spends)
}

/// The place whose id, or name where no id is so called, is this.
pub fn named(model: &Model, name: &str) -> Option<Place> {
    let world = &*model.world;
    let by_id = all(world).find(|thing| thing.id(world) == name);
    let by_name = || all(world).find(|thing| thing.name(world).eq_ignore_ascii_case(name));
    by_id.or_else(by_name).map(|thing| thing.place(world))
}

impl Thing {
    /// What it is typed as.
    pub fn id(self, world: &World) -> String {
        self.id_ref(world).map_or_else(|| self.owned_id(world), str::to_owned)
    }

    /// The same where it need not be put together.
    pub fn id_ref(self, world: &World) -> Option<&str> {
        Some(match self {
            Self::Node(at) => world.map.nodes[at].id.as_str(),
            Self::Objective(at) => world.map.objectives[at].id.as_str(),
            Self::Source(at) => world.sources[at].name.as_str(),
            Self::Spend(at) => world.map.spends[at].id.as_str(),
            Self::Screen(_) | Self::Ticket(_) => return None,
        })
    }

    fn owned_id(self, world: &World) -> String {
        match self {
            Self::Screen(screen) => screen.title().to_lowercase(),
            Self::Ticket(at) => ticket_id(world, at).to_string(),
            _ => String::new(),
        }
    }

    /// What people call it.
    pub fn name(self, world: &World) -> &str {
        match self {
            Self::Screen(screen) => screen.title(),
            Self::Node(at) => &world.map.nodes[at].name,
            Self::Objective(at) => world.map.nodes.get(world.map.objectives[at].node).map_or("", |node| &node.name),
            Self::Source(at) => world.map.source(world.sources[at].name.as_str()).map_or("", |info| &info.type_word),
            Self::Ticket(at) => &world.tickets[at].item.summary,
            Self::Spend(at) => world.map.nodes.get(world.map.spends[at].node).map_or("", |node| &node.name),
        }
    }

    /// What it is.
    pub fn kind(self, world: &World) -> &'static str {
        match self {
            Self::Screen(_) => "screen",
            Self::Node(at) => world.map.nodes[at].kind.word(),
            Self::Objective(_) => "objective",
            Self::Source(_) => "source",
            Self::Ticket(_) => "ticket",
            Self::Spend(_) => "spend",
        }
    }

    /// Where it is.
    pub fn place(self, world: &World) -> Place {
        match self {
            Self::Screen(screen) => Place::Screen(screen),
            Self::Node(at) => Place::Item(Item::Node(world.map.nodes[at].id.clone())),
            Self::Objective(at) => Place::Item(Item::Objective(world.map.objectives[at].id.clone())),
            Self::Source(at) => Place::Item(Item::Source(world.sources[at].name.clone())),
            Self::Ticket(at) => Place::Item(Item::Ticket(ticket_id(world, at))),
            Self::Spend(at) => Place::Item(Item::Spend(world.map.spends[at].id.clone())),
        }
    }
}
