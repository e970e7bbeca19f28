//! The list of causes, in the order of attention, with what fixing each is worth.

use std::cmp::Reverse;
use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::map::NodeIndex;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::Instant;
use crate::domain::world::{Cause, CauseWhat};

use super::assemble::{Picture, View};
use super::cause::Key;
use super::labelled::{cause_id, summary};
use super::worth::{ProcessRate, Worth};

/// How long before a cause a change may have begun to be worth a look.
const RECENT: TimeDelta = TimeDelta::hours(24);

/// The causes of processes, and of what nobody needs, best-ranked first.
pub struct Ranking(Vec<Key>);

impl Ranking {
    /// Collects and ranks.
    pub fn of(picture: &View<'_>, rates: &[ProcessRate], worth: &Worth<'_>) -> Self {
        let (model, mut keys) = (picture.model, FxHashSet::default());
        for (index, node) in model.map.named_nodes() {
            let pos = model.graph.pos(index);
            if node.kind == crate::domain::map::Kind::Process || model.graph.parents(pos).is_empty() {
                keys.extend(picture.causes.shown(&picture.states, pos).iter().copied());
            }
        }
        keys.extend(rates.iter().flat_map(|rate| rate.causes.iter().chain(rate.possible.iter()).copied()));
        let mut ranked: Vec<Key> = keys.into_iter().collect();
        ranked.sort_by_cached_key(|key| {
            let (certain, handled) = (severity(picture, *key).is_some(), handling(picture, *key) != Handling::None);
            let share = worth.shares.get(key).map_or(Decimal::ZERO, |(share, _)| share.low);
            (
                !certain,
                handled,
                Reverse(share),
                Reverse(severity(picture, *key)),
                since(picture, *key),
                cause_id(picture, *key),
            )
        });
        Self(ranked)
    }

    /// The causes; fix values are found for the first `most` of them.
    pub fn causes(&self, picture: &View<'_>, worth: &mut Worth<'_>, most: usize) -> Vec<Cause> {
        let hit = processes_hit(picture);
        let cause = |(number, key): (usize, &Key)| {
            let (share, mut processes) = worth.shares.get(key).cloned().unwrap_or_default();
            let others = hit.get(key).map_or(&[][..], Vec::as_slice);
            let priced = processes.len();
            processes.extend(
                others.iter().filter(|other| !processes[..priced].contains(other)).copied().collect::<Vec<_>>(),
            );
            let (further, together_value, fix_value) = if number < most && share.low > Decimal::ZERO {
                let (further, value) = worth.together(*key, &self.0);
                let alone = if further.is_empty() { value } else { worth.returns(&[*key]) };
                (further, value, alone)
            } else {
                (Vec::new(), Decimal::ZERO, Decimal::ZERO)
            };
            let node = node(picture, *key);
            let since = since(picture, *key);
            Cause {
                id: cause_id(picture, *key),
                what: what(picture, *key),
                node,
                severity: severity(picture, *key),
                handling: handling(picture, *key),
                since,
                summary: summary(picture, *key),
                processes,
                share,
                fix_value,
                together_with: further.into_iter().map(|key| cause_id(picture, key)).collect(),
                together_value,
                tickets: node.map_or_else(Vec::new, |node| tickets(picture, node)),
                recent_changes: node.map_or_else(Vec::new, |node| recent_changes(picture, node, since)),
            }
        };
        self.0.iter().enumerate().map(cause).collect()
    }
}

/// The processes, also those without a value, that each cause contributes to.
fn processes_hit(picture: &Picture<'_>) -> FxHashMap<Key, Vec<NodeIndex>> {
    let mut hit: FxHashMap<Key, Vec<NodeIndex>> = FxHashMap::default();
    for (index, node) in picture.model.map.named_nodes() {
        if node.kind == crate::domain::map::Kind::Process {
            for key in picture.causes.shown(&picture.states, picture.model.graph.pos(index)).iter() {
                hit.entry(*key).or_default().push(index);
            }
        }
    }
    hit
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

fn severity(picture: &Picture<'_>, key: Key) -> Option<Severity> {
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
        Key::Signal(number) => picture.observed.signals[number as usize].item.since,
        Key::Node(node) | Key::Unexplained(node) => {
            picture.past.since.get(node).copied().flatten().map(|(since, _)| since)
        }
        Key::Source(place) => {
            let name = &picture.model.map.sources[usize::from(place)].name;
            let age = picture.observed.facts.sources.get(name).and_then(|fact| fact.age);
            age.map(|age| picture.at() - age)
        }
    }
}

fn tickets(picture: &Picture<'_>, node: NodeIndex) -> Vec<Arc<str>> {
    let of_node = picture.observed.tickets.iter().filter(|ticket| ticket.item.open && ticket.nodes.contains(&node));
    of_node.map(|ticket| format!("{}:{}", ticket.item.source, ticket.item.id).into()).collect()
}

fn recent_changes(picture: &Picture<'_>, node: NodeIndex, since: Option<Instant>) -> Vec<Arc<str>> {
    let since = since.unwrap_or(picture.at());
    let recent = picture.observed.changes.iter().filter(|change| {
        let start = change.item.window.start;
        change.nodes.contains(&node)
            && start <= since
            && (since - start <= RECENT || change.item.window.contains(since))
    });
    recent.map(|change| format!("{}:{}", change.item.source, change.item.id).into()).collect()
}
