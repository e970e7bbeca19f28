//! What a cause costs, and what fixing it is worth.
//!
//! Each process's cost rate is divided equally among its causes, to the last digit: shares add up to the total. What
//! is only possible is divided among what makes it possible.
//! Fix values are the same propagation on leaves from which the cause is cleared.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::domain::facts::Signal;
use crate::domain::graph::Pos;
use crate::domain::map::NodeIndex;
use crate::domain::money::CostRange;
use crate::domain::propagate::{Scratch, States};
use crate::domain::severity::{Interval, Severity};
use crate::domain::world::Mapped;

use super::Model;
use super::cause::{CauseSet, Key};
use super::own::Owns;

/// Digits that a share is cut to; the rest goes to the first cause, so that nothing is lost.
const SHARE_DIGITS: u32 = 6;

/// The money of a process at this instant.
#[derive(Clone, Debug)]
pub struct ProcessRate {
    /// Which.
    pub node: NodeIndex,
    /// Money lost per hour.
    pub rate: CostRange,
    /// Whether it was measured.
    pub measured: bool,
    /// Money per hour if it were down.
    pub value_at_risk: Decimal,
    /// The share lost at each level.
    pub loss: [Decimal; 7],
    /// What its certain cost is due to.
    pub causes: CauseSet,
    /// What the rest of its possible cost is due to.
    pub possible: CauseSet,
}

/// What the causes of all processes cost and are worth.
pub struct Worth<'a> {
    model: &'a Model,
    owns: &'a Owns,
    signals: &'a [Mapped<Signal>],
    rates: &'a [ProcessRate],
    /// Processes by position.
    at: FxHashMap<Pos, usize>,
    scratch: Scratch<'a>,
    /// Each cause's share and processes.
    pub shares: FxHashMap<Key, (CostRange, Vec<NodeIndex>)>,
}

impl<'a> Worth<'a> {
    /// Divides the cost rates among the causes.
    pub fn of(
        model: &'a Model,
        owns: &'a Owns,
        signals: &'a [Mapped<Signal>],
        states: &States,
        rates: &'a [ProcessRate],
    ) -> Self {
        let mut shares: FxHashMap<Key, (CostRange, Vec<NodeIndex>)> = FxHashMap::default();
        for process in rates {
            let certain = process.rate.low;
            let parts = [
                (&process.causes, CostRange { low: certain, high: certain }),
                (&process.possible, CostRange { low: Decimal::ZERO, high: process.rate.high - certain }),
            ];
            for (causes, cost) in parts {
                let (low, high) = (divided(cost.low, causes.len()), divided(cost.high, causes.len()));
                for (number, key) in causes.iter().enumerate() {
                    let (share, processes) = shares.entry(*key).or_default();
                    let pick = |(each, first): (Decimal, Decimal)| if number == 0 { first } else { each };
                    share.add(CostRange { low: pick(low), high: pick(high) });
                    if processes.last() != Some(&process.node) {
                        processes.push(process.node);
                    }
                }
            }
        }
        let at = rates.iter().enumerate().map(|(number, process)| (model.graph.pos(process.node), number)).collect();
        Self { model, owns, signals, rates, at, scratch: Scratch::new(&model.graph, states), shares }
    }

    /// What clearing some causes returns per hour, of the certain cost.
    pub fn returns(&mut self, cleared: &[Key]) -> Decimal {
        let mut returned = Decimal::ZERO;
        for key in cleared {
            match *key {
                Key::Signal(number) => {
                    for node in self.signals[number as usize].nodes.iter() {
                        self.clear(*node, cleared);
                    }
                }
                Key::Node(node) => self.clear_node(node, cleared),
                Key::Source(place) => {
                    let resting = (0..self.owns.lost.len()).filter(|node| self.owns.lost[*node].contains(&place));
                    for node in resting.collect::<Vec<_>>() {
                        self.clear(node, cleared);
                    }
                }
                Key::Unexplained(node) => {
                    returned +=
                        self.at.get(&self.model.graph.pos(node)).map_or(Decimal::ZERO, |at| self.rates[*at].rate.low);
                }
            }
        }
        self.scratch.settle();
        let better: Vec<(Pos, Interval)> = self.scratch.changed().collect();
        for (pos, _) in better {
            if let Some(process) = self.at.get(&pos).map(|at| &self.rates[*at]) {
                returned += process.rate.low - process.rate_at(self.scratch.states().state(pos).low);
            }
        }
        self.scratch.undo();
        returned
    }

    /// A node's own state without the causes that are cleared.
    fn clear(&mut self, node: NodeIndex, cleared: &[Key]) {
        let mut own = self.owns.interval(node, self.signals, |number, _| !cleared.contains(&Key::Signal(number)));
        let lost = self.owns.lost[node].iter().any(|place| !cleared.contains(&Key::Source(*place)));
        if !lost && !self.owns.lacking[node] {
            own.high = own.low;
        }
        self.scratch.set_own(self.model.graph.pos(node), own);
    }

    fn clear_node(&mut self, node: NodeIndex, cleared: &[Key]) {
        let pos = self.model.graph.pos(node);
        if self.scratch.states().is_assumed(pos) {
            self.scratch.assume(pos, None);
        } else if self.scratch.states().state(pos).low == Severity::Ok && self.scratch.states().own(pos).is_known() {
            // Its good state is the problem (`not`, `map`): clearing it means that it is bad.
            self.scratch.assume(pos, Some(Interval::exactly(Severity::Critical)));
        } else {
            let signals = self.owns.interval(node, self.signals, |number, _| !cleared.contains(&Key::Signal(number)));
            let low = if self.owns.rest[node].low >= signals.low { Severity::Ok } else { signals.low };
            self.scratch.set_own(pos, Interval::exactly(low));
        }
    }

    /// The further causes that must go with one whose fix alone returns less than its share, and what all of them
    /// return: greedily, by share, then without those that turn out not to be needed.
    pub fn together(&mut self, key: Key, ranked: &[Key]) -> (Vec<Key>, Decimal) {
        const MOST: usize = 64;
        let Some((share, processes)) = self.shares.get(&key).cloned() else { return (Vec::new(), Decimal::ZERO) };
        let mut value = self.returns(&[key]);
        if value >= share.low {
            return (Vec::new(), value);
        }
        let beside = |other: &Key| {
            *other != key
                && self.shares.get(other).is_some_and(|(_, others)| others.iter().any(|it| processes.contains(it)))
        };
        let candidates: Vec<Key> = ranked.iter().copied().filter(beside).take(MOST).collect();
        let mut chosen = vec![key];
        for other in candidates {
            chosen.push(other);
            value = self.returns(&chosen);
            if value >= share.low {
                break;
            }
        }
        let mut place = 1;
        while place < chosen.len() {
            let removed = chosen.remove(place);
            let without = self.returns(&chosen);
            if without < value {
                chosen.insert(place, removed);
                place += 1;
            }
        }
        chosen.remove(0);
        (chosen, value)
    }
}

impl ProcessRate {
    /// The cost rate that would remain at a better state. What was measured shrinks as the model says.
    fn rate_at(&self, severity: Severity) -> Decimal {
        let modelled = self.value_at_risk * self.loss[usize::from(severity.level())];
        if self.measured { self.rate.low.min(modelled) } else { modelled }
    }
}

/// A sum in equal parts: what each gets, and what the first gets, which takes what does not divide.
fn divided(total: Decimal, parts: usize) -> (Decimal, Decimal) {
    if parts == 0 {
        return (Decimal::ZERO, Decimal::ZERO);
    }
    let count = Decimal::from(parts);
    let exact = total / count;
    let each = if exact * count == total { exact } else { exact.trunc_with_scale(SHARE_DIGITS) };
    (each, total - each * (count - Decimal::ONE))
}
