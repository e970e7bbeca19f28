//! What fixing a cause is worth: the same propagation on leaves from which the cause is cleared.

use std::cmp::Reverse;

use rust_decimal::Decimal;
use rustc_hash::FxHashSet;

use crate::domain::map::NodeIndex;
use crate::domain::propagate::Scratch;
use crate::domain::severity::{Interval, Severity};

use super::assemble::Picture;
use super::cause::{Key, beneath};
use super::labelled::cause_id;
use super::rates::Rates;
use super::records::severity;

/// The most further causes that are tried beside one.
const MOST_BESIDE: usize = 64;

/// What the causes of processes are worth.
pub struct Worth<'a> {
    picture: &'a Picture<'a>,
    rates: &'a Rates,
    scratch: Scratch<'a>,
}

impl<'a> Worth<'a> {
    /// Over the states as they are.
    pub fn of(picture: &'a Picture<'a>, rates: &'a Rates) -> Self {
        Self { picture, rates, scratch: Scratch::new(&picture.model.graph, &picture.states) }
    }

    /// What clearing some causes returns per hour, of the certain cost.
    pub fn returns(&mut self, cleared: &[Key]) -> Decimal {
        let returned = self.cleared(cleared);
        self.scratch.undo();
        returned
    }

    /// The same, without taking it back.
    fn cleared(&mut self, cleared: &[Key]) -> Decimal {
        let mut returned = Decimal::ZERO;
        let keys = cleared.iter().copied().collect::<FxHashSet<Key>>();
        // A node has many signals: each is asked once, whatever of it is cleared.
        let mut nodes: FxHashSet<NodeIndex> = FxHashSet::default();
        for key in cleared {
            match *key {
                Key::Signal(number) => nodes.extend(self.picture.observed.signals[number as usize].nodes.iter()),
                Key::Source(place) => {
                    let resting = self.picture.model.resting[usize::from(place)].iter();
                    nodes.extend(resting.filter(|node| self.picture.owns.lost[**node].contains(&place)));
                }
                Key::Unexplained(node) => {
                    let lost = self.rates.of(node).map_or(Decimal::ZERO, |process| process.rate.low);
                    returned = returned.saturating_add(lost);
                }
                Key::Node(_) => {}
            }
        }
        for node in nodes {
            self.clear(node, &keys);
        }
        for key in cleared {
            if let Key::Node(node) = *key {
                self.clear_node(node, &keys);
            }
        }
        self.scratch.settle();
        for (pos, _) in self.scratch.changed() {
            if let Some(process) = self.rates.of(self.picture.model.graph.node(pos)) {
                let left = process.rate_at(self.scratch.states().state(pos).low);
                returned = returned.saturating_add(process.rate.low - left);
            }
        }
        returned
    }

    /// What some processes would still lose money to without the causes that are cleared, the worst first: what was
    /// absorbed while these were there.
    fn come_to_the_fore(&mut self, cleared: &[Key], processes: &[NodeIndex]) -> Vec<Key> {
        let Picture { model, standing, .. } = *self.picture;
        self.cleared(cleared);
        let states = self.scratch.states();
        let still = processes.iter().map(|node| (*node, model.graph.pos(*node))).filter(|(node, pos)| {
            let state = states.state(*pos).low;
            state > Severity::Ok && self.rates.of(*node).is_some_and(|it| it.rate_at(state) > Decimal::ZERO)
        });
        let mut found = beneath((model, &standing.owns), states, still.map(|(_, pos)| pos));
        self.scratch.undo();
        found.retain(|key| !cleared.contains(key));
        found.sort_by_cached_key(|key| (Reverse(severity(self.picture, *key)), cause_id(self.picture, *key)));
        found
    }

    /// A node's own state without the causes that are cleared.
    fn clear(&mut self, node: NodeIndex, cleared: &FxHashSet<Key>) {
        let owns = &self.picture.owns;
        let mut own = self.without(node, cleared);
        let lost = owns.lost[node].iter().any(|place| !cleared.contains(&Key::Source(*place)));
        if !lost && !owns.lacking[node] {
            own.high = own.low;
        }
        self.scratch.set_own(self.picture.model.graph.pos(node), own);
    }

    fn without(&self, node: NodeIndex, cleared: &FxHashSet<Key>) -> Interval {
        let signals = &self.picture.observed.signals;
        self.picture.owns.interval(node, signals, |number, _| !cleared.contains(&Key::Signal(number)))
    }

    fn clear_node(&mut self, node: NodeIndex, cleared: &FxHashSet<Key>) {
        let pos = self.picture.model.graph.pos(node);
        if self.scratch.states().is_assumed(pos) {
            self.scratch.assume(pos, None);
        } else if self.scratch.states().state(pos).low == Severity::Ok && self.scratch.states().own(pos).is_known() {
            // Its good state is the problem (`not`, `map`): clearing it means that it is bad.
            self.scratch.assume(pos, Some(Interval::exactly(Severity::Critical)));
        } else {
            let signals = self.without(node, cleared);
            let low = if self.picture.owns.rest[node].low >= signals.low { Severity::Ok } else { signals.low };
            self.scratch.set_own(pos, Interval::exactly(low));
        }
    }

    /// The further causes that must go with one whose fix alone returns less than its share of what processes lose, and
    /// what all of them return: greedily, in the order of `beside`, then what comes to the fore once those are
    /// cleared, then without those that turn out not to be needed. Third, all that were tried: on them it depends.
    pub fn together(
        &mut self,
        key: Key,
        share: Decimal,
        beside: &[Key],
        processes: &[NodeIndex],
    ) -> (Vec<Key>, Decimal, FxHashSet<Key>) {
        let alone = self.returns(&[key]);
        if alone >= share {
            return (Vec::new(), alone, FxHashSet::default());
        }
        let mut value = alone;
        let (mut chosen, mut tried) = (vec![key], FxHashSet::from_iter([key]));
        let mut next: Vec<Key> = beside.iter().take(MOST_BESIDE).copied().collect();
        while value < share {
            if next.is_empty() {
                next = self.come_to_the_fore(&chosen, processes);
                next.retain(|other| !tried.contains(other));
                next.truncate((2 * MOST_BESIDE).saturating_sub(tried.len()));
            }
            if next.is_empty() {
                break;
            }
            tried.extend(&next);
            let all = [&chosen[..], &next[..]].concat();
            if self.returns(&all) == value {
                // A flood on one node: as many again would have to go.
                (chosen, next) = (all, Vec::new());
                continue;
            }
            for other in std::mem::take(&mut next) {
                chosen.push(other);
                let with = self.returns(&chosen);
                if with < value {
                    chosen.pop();
                    continue;
                }
                value = with;
                if value >= share {
                    break;
                }
            }
        }
        if value == alone {
            return (Vec::new(), alone, tried);
        }
        let mut place = 1;
        while place < chosen.len() {
            let removed = chosen.remove(place);
            let without = self.returns(&chosen);
            if without < value {
                chosen.insert(place, removed);
                place += 1;
            } else {
                value = without;
            }
        }
        chosen.remove(0);
        (chosen, value, tried)
    }
}
