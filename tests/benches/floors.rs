//! What each row is held against: the least work that gives the same answers, written out by hand.

use std::sync::Arc;

use bsmtop::domain::facts::Signal;
use bsmtop::domain::map::Map;
use bsmtop::domain::rule::{Quantity, Rule};
use rustc_hash::FxHashMap;

use crate::company::Company;

/// The propagation as one would write it for just these rules: the floor.
pub struct ByHand {
    starts: Vec<u32>,
    children: Vec<u32>,
    parents: Vec<Vec<u32>>,
    kinds: Vec<(u8, u32)>,
    low: Vec<u8>,
    high: Vec<u8>,
    leaves: usize,
}

impl ByHand {
    pub fn of(map: &Map) -> Self {
        let (mut starts, mut children, mut kinds) = (vec![0], Vec::new(), Vec::new());
        for node in &map.nodes {
            children.extend(node.needs.iter().map(|need| need.node as u32));
            starts.push(children.len() as u32);
            kinds.push(match &node.rule {
                Rule::AtLeast { need: Quantity::Count(count), .. } => (1, *count),
                Rule::Share(_) => (2, (node.needs.len() as u32).div_ceil(2)),
                Rule::Exponential(_) => (3, 2),
                _ => (0, 0),
            });
        }
        let leaves = map.nodes.iter().filter(|node| node.needs.is_empty()).count();
        let mut parents = vec![Vec::new(); map.nodes.len()];
        for (number, node) in map.nodes.iter().enumerate() {
            node.needs.iter().for_each(|need| parents[need.node].push(number as u32));
        }
        let (mut low, mut high) = (vec![0; map.nodes.len()], vec![0; map.nodes.len()]);
        for leaf in (0..leaves).step_by(17) {
            (low[leaf], high[leaf]) = (4, 6);
        }
        Self { starts, children, parents, kinds, low, high, leaves }
    }

    /// Makes each leaf critical alone; how many nodes that changes.
    pub fn fail_each(&mut self) -> usize {
        (0..self.leaves).map(|leaf| self.ask(leaf, 6)).sum()
    }

    /// How many nodes change if one leaf is as bad as that.
    fn ask(&mut self, leaf: usize, level: u8) -> usize {
        let mut undo = self.set(leaf, level);
        let changed = undo.len() - 1;
        while let Some((place, was)) = undo.pop() {
            self.low[place] = was;
        }
        changed
    }

    /// Makes a leaf as bad as that, felt by all above it; what was before.
    fn set(&mut self, leaf: usize, level: u8) -> Vec<(usize, u8)> {
        let (mut left, mut undo) = (vec![leaf as u32], vec![(leaf, self.low[leaf])]);
        self.low[leaf] = level;
        let mut next = 0;
        while let Some(pos) = left.get(next).copied() {
            next += 1;
            for parent in &self.parents[pos as usize] {
                let place = *parent as usize;
                let children = &self.children[self.starts[place] as usize..self.starts[place + 1] as usize];
                let now = reduce(self.kinds[place], children, &self.low);
                if now != self.low[place] {
                    undo.push((place, self.low[place]));
                    self.low[place] = now;
                    left.push(*parent);
                }
            }
        }
        undo
    }

    pub fn propagate(&mut self) -> u8 {
        for pos in self.leaves..self.kinds.len() {
            let children = &self.children[self.starts[pos] as usize..self.starts[pos + 1] as usize];
            self.low[pos] = reduce(self.kinds[pos], children, &self.low);
            self.high[pos] = reduce(self.kinds[pos], children, &self.high);
        }
        self.low[self.low.len() - 1]
    }
}

fn reduce((kind, number): (u8, u32), children: &[u32], states: &[u8]) -> u8 {
    let seen = children.iter().map(|child| states[*child as usize]);
    match kind {
        1 => {
            let up = seen.clone().filter(|state| *state < 3).count() as u32;
            if up >= number { 0 } else { seen.max().unwrap_or(0) }
        }
        2 => {
            if seen.filter(|state| *state >= 5).count() as u32 >= number {
                6
            } else {
                0
            }
        }
        3 => {
            let sum: u32 = seen.filter(|state| *state >= 3).map(|state| 1 << (state - 3)).sum();
            if sum == 0 { 0 } else { (3 + sum.ilog2() as u8).min(6) }
        }
        _ => seen.max().unwrap_or(0),
    }
}

/// The least that has to be done when every signal is another: the floor.
pub struct Least {
    by_hand: ByHand,
    hosts: FxHashMap<String, u32>,
    places: FxHashMap<Arc<str>, u32>,
    severities: Vec<(u32, u8)>,
    /// Places of the signals of each host, where one alone is looked at.
    mine: Vec<Vec<u32>>,
}

impl Least {
    pub fn of(company: &Company) -> Self {
        let hosts = company.map.nodes.iter().zip(0..).filter(|(node, _)| node.needs.is_empty());
        Self {
            by_hand: ByHand::of(&company.map),
            hosts: hosts.map(|(node, place)| (node.id.as_str().to_owned(), place)).collect(),
            places: company.signals.iter().zip(0..).map(|(signal, place)| (signal.id.clone(), place)).collect(),
            severities: vec![(0, 0); company.signals.len()],
            mine: Vec::new(),
        }
    }

    pub fn evaluate(&mut self, signals: &[Arc<Signal>]) -> u8 {
        let leaves = self.by_hand.leaves;
        self.by_hand.low[..leaves].fill(0);
        for signal in signals {
            let host = signal.labels.iter().find(|(key, _)| &**key == "host").map(|(_, value)| &**value);
            let (Some(place), Some(host)) = (self.places.get(&signal.id), host.and_then(|host| self.hosts.get(host)))
            else {
                continue;
            };
            self.severities[*place as usize] = (*host, signal.severity.level());
        }
        for (host, level) in &self.severities {
            let low = &mut self.by_hand.low[*host as usize];
            *low = (*low).max(*level);
        }
        self.by_hand.high.clone_from(&self.by_hand.low);
        self.by_hand.propagate()
    }

    /// Lists the signals of each host, which stay there.
    pub fn list(&mut self) {
        self.mine = vec![Vec::new(); self.by_hand.leaves];
        for ((host, _), place) in self.severities.iter().zip(0..) {
            self.mine[*host as usize].push(place);
        }
    }

    /// What differs between two reports in one order; how many nodes that changes.
    pub fn evaluate_others(&mut self, before: &[Arc<Signal>], now: &[Arc<Signal>]) -> usize {
        let others = before.iter().zip(now).zip(0..).filter(|((was, is), _)| !Arc::ptr_eq(was, is));
        let places: Vec<(usize, u8)> = others.map(|((_, is), place)| (place, is.severity.level())).collect();
        let mut changed = 0;
        for (place, level) in places {
            self.severities[place].1 = level;
            let host = self.severities[place].0;
            let mine = self.mine[host as usize].iter().map(|place| self.severities[*place as usize].1);
            changed += self.by_hand.set(host as usize, mine.max().unwrap_or(0)).len();
        }
        changed
    }

    /// Makes each of so many leaves that are a problem well alone; how many nodes that changes.
    pub fn clear_each(&mut self, count: usize) -> usize {
        let bad = (0..self.by_hand.leaves).filter(|leaf| self.by_hand.low[*leaf] >= 3).take(count);
        let bad: Vec<usize> = bad.collect();
        bad.into_iter().map(|leaf| self.by_hand.ask(leaf, 0)).sum()
    }
}
