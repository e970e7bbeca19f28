//! What a cause looks like in a world, with the tickets and changes that stand beside it.

use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::domain::map::NodeIndex;
use crate::domain::money::CostRange;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::{Instant, Span};
use crate::domain::world::{Cause, CauseWhat};

use super::assemble::{Picture, View};
use super::cause::Key;
use super::labelled::{cause_id, summary};
use super::observed::Observed;

/// How long before a cause a change may have begun to be worth a look.
const RECENT: TimeDelta = TimeDelta::hours(24);

/// Open tickets and changes by node, by their names as `source:id`.
#[derive(Debug, Default)]
pub struct Records {
    tickets: FxHashMap<NodeIndex, Vec<Arc<str>>>,
    changes: FxHashMap<NodeIndex, Vec<(Span, Arc<str>)>>,
}

impl Records {
    /// Those that were observed.
    pub fn of(observed: &Observed) -> Self {
        let mut records = Self::default();
        for ticket in observed.tickets.iter().filter(|ticket| ticket.item.open) {
            for node in ticket.nodes.iter() {
                records.tickets.entry(*node).or_default().push(ticket.name.clone());
            }
        }
        for change in observed.changes.iter() {
            for node in change.nodes.iter() {
                records.changes.entry(*node).or_default().push((change.item.window, change.name.clone()));
            }
        }
        records
    }

    /// A cause as it stands in a world, its fix value blank.
    pub fn cause(&self, view: &View<'_>, key: Key, processes: Vec<NodeIndex>, share: CostRange) -> Cause {
        let (node, since) = (node(view, key), since(view, key));
        Cause {
            id: cause_id(view, key),
            what: what(view, key),
            node,
            severity: severity(view, key),
            handling: handling(view, key),
            since,
            summary: summary(view, key),
            processes,
            share,
            fix_value: Decimal::ZERO,
            together_with: Vec::new(),
            together_value: Decimal::ZERO,
            tickets: node.and_then(|node| self.tickets.get(&node)).cloned().unwrap_or_default(),
            recent_changes: node.map_or_else(Vec::new, |node| self.recent_changes(node, since.unwrap_or(view.at()))),
        }
    }

    fn recent_changes(&self, node: NodeIndex, since: Instant) -> Vec<Arc<str>> {
        let changes = self.changes.get(&node).map_or(&[][..], Vec::as_slice);
        let recent = changes
            .iter()
            .filter(|(window, _)| window.start <= since && (since - window.start <= RECENT || window.contains(since)));
        recent.map(|(_, name)| name.clone()).collect()
    }
}

fn node(picture: &Picture<'_>, key: Key) -> Option<NodeIndex> {
    match key {
        Key::Signal(number) => picture.observed.signals[number as usize].nodes.first().copied(),
        Key::Node(node) | Key::Unexplained(node) => Some(node),
        Key::Source(_) => None,
    }
}

fn what(picture: &Picture<'_>, key: Key) -> CauseWhat {
    match key {
        Key::Signal(number) => CauseWhat::Signal(number as usize),
        Key::Node(_) => CauseWhat::Node,
        Key::Source(place) => CauseWhat::Source(picture.model.map.sources[usize::from(place)].name.clone()),
        Key::Unexplained(_) => CauseWhat::Unexplained,
    }
}

/// How bad a cause is; `None`: it is absence of knowledge.
pub fn severity(picture: &Picture<'_>, key: Key) -> Option<Severity> {
    match key {
        Key::Signal(number) => Some(picture.observed.signals[number as usize].item.severity),
        Key::Node(node) => {
            let state = picture.states.state(picture.model.graph.pos(node));
            state.is_known().then_some(state.low)
        }
        Key::Source(_) => None,
        Key::Unexplained(_) => Some(Severity::Warning),
    }
}

/// Never handled: a node, a source.
fn handling(picture: &Picture<'_>, key: Key) -> Handling {
    let Key::Signal(number) = key else { return Handling::None };
    let signal = &picture.observed.signals[number as usize];
    signal.nodes.iter().map(|node| picture.owns.handling(*node, &signal.item)).max().unwrap_or(signal.item.handling)
}

fn since(picture: &View<'_>, key: Key) -> Option<Instant> {
    match key {
        // A clock that runs ahead makes it begin now.
        Key::Signal(number) => {
            picture.observed.signals[number as usize].item.since.map(|since| since.min(picture.at()))
        }
        // A sample says what is missing, not since when; the state of the process says nothing about it.
        Key::Unexplained(_) => None,
        Key::Node(node) => picture.past.since.get(node).copied().flatten().map(|(since, _)| since),
        Key::Source(place) => {
            let name = &picture.model.map.sources[usize::from(place)].name;
            let age = picture.observed.facts.sources.get(name).and_then(|fact| fact.age);
            age.map(|age| picture.at() - age)
        }
    }
}
