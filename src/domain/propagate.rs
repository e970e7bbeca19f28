//! The only place where the states of children become the state of a node.
//!
//! [`States::propagate`] walks the whole graph once, both ends of the interval together, without allocating.
//! [`Scratch`] asks the same `reduce` again for the ancestors of what changes, and takes the change back afterwards:
//! every "what if" of the console is this function on another vector of leaves.

mod contributing;
mod scratch;

pub use contributing::{contributing, failures_to_worse};
pub use scratch::Scratch;

use super::graph::{FlatEdge, Graph, Points, Pos, Reducer, Row, Shares, compile_series, severity};
use super::map::Node;
use super::marks::Marks;
use super::severity::{Interval, Severity};

/// Both ends of one node in a byte: low in the bits 0 to 2, high in 3 to 5.
type Packed = u8;

const fn pack(low: u8, high: u8) -> Packed {
    low | high << 3
}

const fn packed(interval: Interval) -> Packed {
    pack(interval.low.level(), interval.high.level())
}

const fn low(state: Packed) -> u8 {
    state & 7
}

const fn high(state: Packed) -> u8 {
    state >> 3 & 7
}

const fn interval(state: Packed) -> Interval {
    Interval { low: severity(low(state)), high: severity(high(state)) }
}

/// Which end of an interval is looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum End {
    /// What is certain.
    Low,
    /// What is possible.
    High,
}

impl End {
    const fn of(self, state: Packed) -> u8 {
        match self {
            Self::Low => low(state),
            Self::High => high(state),
        }
    }
}

/// The states of all nodes, by position.
#[derive(Clone, Debug)]
pub struct States {
    /// What each node's own signals, checks and history say.
    own: Vec<Packed>,
    /// States that are assumed, whatever the children say.
    assumed: Vec<Option<Packed>>,
    /// The result.
    results: Vec<Packed>,
}

impl States {
    /// All is well and known.
    pub fn all_well(graph: &Graph) -> Self {
        Self { own: vec![0; graph.len()], assumed: vec![None; graph.len()], results: vec![0; graph.len()] }
    }

    /// Sets what a node's own observations say. [`States::propagate`] makes it felt.
    pub fn set_own(&mut self, pos: Pos, own: Interval) {
        self.own[pos as usize] = packed(own);
    }

    /// What a node's own observations say.
    pub fn own(&self, pos: Pos) -> Interval {
        interval(self.own[pos as usize])
    }

    /// Assumes a state of a node, over everything else; `None` takes the assumption back.
    pub fn assume(&mut self, pos: Pos, state: Option<Interval>) {
        self.assumed[pos as usize] = state.map(packed);
    }

    /// Whether a node's state is assumed.
    pub fn is_assumed(&self, pos: Pos) -> bool {
        self.assumed[pos as usize].is_some()
    }

    /// The state of a node, as of the last propagation.
    pub fn state(&self, pos: Pos) -> Interval {
        interval(self.results[pos as usize])
    }

    /// One end of the state of a node.
    pub fn level(&self, pos: Pos, end: End) -> Severity {
        severity(end.of(self.results[pos as usize]))
    }

    /// The full pass: every node from its children, in topological order.
    pub fn propagate(&mut self, graph: &Graph) {
        for pos in 0..self.results.len() as Pos {
            self.results[pos as usize] = self.reduce(graph, pos);
        }
    }

    /// Evaluates what is marked and the ancestors of what changes, children first; a node that comes out the same ends
    /// its branch. Calls `changed` with each that does not, and what it was; takes the marks away.
    fn settle(&mut self, graph: &Graph, dirty: &mut Marks, mut changed: impl FnMut(Pos, Packed)) {
        let mut from = 0;
        while let Some(pos) = dirty.take_next(&mut from) {
            let state = self.reduce(graph, pos);
            let slot = &mut self.results[pos as usize];
            if *slot != state {
                changed(pos, *slot);
                *slot = state;
                graph.parents(pos).iter().for_each(|parent| dirty.set(*parent));
            }
        }
    }

    /// The pass over part of the graph: other own states of some nodes, felt by all above them.
    pub fn update(&mut self, graph: &Graph, owns: impl Iterator<Item = (Pos, Interval)>) {
        let mut dirty = Marks::none(graph.len());
        for (pos, own) in owns {
            if self.own[pos as usize] != packed(own) {
                self.set_own(pos, own);
                dirty.set(pos);
            }
        }
        self.settle(graph, &mut dirty, |_, _| {});
    }

    /// The state of one node from its children and its own observations.
    #[inline]
    fn reduce(&self, graph: &Graph, pos: Pos) -> Packed {
        if let Some(assumed) = self.assumed[pos as usize] {
            return assumed;
        }
        let own = self.own[pos as usize];
        let needed = match graph.reducer(pos) {
            Reducer::Leaf => return own,
            reducer => reduce(reducer, graph.edges(pos), &self.results),
        };
        pack(low(needed).max(low(own)), high(needed).max(high(own)))
    }

    /// What the needs alone make of a node, without its own observations.
    pub fn needed(&self, graph: &Graph, pos: Pos) -> Interval {
        match graph.reducer(pos) {
            Reducer::Leaf => Interval::default(),
            reducer => interval(reduce(reducer, graph.edges(pos), &self.results)),
        }
    }

    /// What a node sees of its children at one end, in the order of the map; `None` where the edge is ignored.
    pub fn seen(&self, graph: &Graph, pos: Pos, end: End) -> impl Iterator<Item = (Pos, Option<Severity>)> {
        graph.edges(pos).iter().map(move |edge| {
            let level = edge.seen(end.of(self.results[edge.child as usize]));
            (edge.child, (!edge.is_ignored()).then(|| severity(level)))
        })
    }

    /// The number of a points rule at the certain end, and what it is scaled by.
    pub fn points(&self, graph: &Graph, pos: Pos) -> Option<(i64, i64)> {
        let Reducer::Points(points) = graph.reducer(pos) else { return None };
        Some((100 * points.scale - costs(points, graph.edges(pos), &self.results).0, points.scale))
    }
}

/// What a rule makes of children.
#[inline]
fn reduce(reducer: &Reducer, edges: &[FlatEdge], states: &[Packed]) -> Packed {
    match reducer {
        Reducer::Leaf => 0,
        Reducer::Worst => worst(edges, states),
        Reducer::NthWorst(n) => nth(edges, states, *n, true),
        Reducer::NthBest(n) => nth(edges, states, *n, false),
        Reducer::AtLeast { need, down } => at_least(edges, states, *need, None, *down),
        Reducer::AtLeastOrWarn { need, warn, down } => at_least(edges, states, *need, Some(*warn), *down),
        Reducer::Share(share) => shares(share, edges, states),
        Reducer::Exponential(base) => exponential(edges, states, *base),
        Reducer::Points(rule) => points(rule, edges, states),
        Reducer::Not => {
            let worst = worst(edges, states);
            let top = Severity::Critical.level();
            pack(top - high(worst), top - low(worst))
        }
        Reducer::Exactly(n) => exactly(edges, states, *n),
    }
}

/// The edges that count, by number.
#[inline]
fn counted(edges: &[FlatEdge]) -> impl Iterator<Item = (usize, FlatEdge)> + '_ {
    edges.iter().copied().enumerate().filter(|(_, edge)| !edge.is_ignored())
}

/// The edges whose child is seen at or above a level, by number.
#[inline]
fn hits<'a>(edges: &'a [FlatEdge], states: &'a [Packed], end: End, at: u8) -> impl Iterator<Item = usize> + 'a {
    counted(edges)
        .filter(move |(_, edge)| edge.seen(end.of(states[edge.child as usize])) >= at)
        .map(|(number, _)| number)
}

#[inline]
fn worst(edges: &[FlatEdge], states: &[Packed]) -> Packed {
    let (mut lows, mut highs) = (0, 0);
    for edge in edges {
        if !edge.is_ignored() {
            let state = states[edge.child as usize];
            lows = edge.seen(low(state)).max(lows);
            highs = edge.seen(high(state)).max(highs);
        }
    }
    pack(lows, highs)
}

/// How many children are seen at each level, at both ends.
#[inline]
fn histogram(edges: &[FlatEdge], states: &[Packed]) -> ([u32; 8], [u32; 8], u32) {
    let (mut lows, mut highs, mut count) = ([0; 8], [0; 8], 0);
    for edge in edges {
        if !edge.is_ignored() {
            let state = states[edge.child as usize];
            lows[usize::from(edge.seen(low(state)))] += 1;
            highs[usize::from(edge.seen(high(state)))] += 1;
            count += 1;
        }
    }
    (lows, highs, count)
}

fn nth(edges: &[FlatEdge], states: &[Packed], n: u32, from_worst: bool) -> Packed {
    let (lows, highs, count) = histogram(edges, states);
    if count == 0 {
        return 0;
    }
    let rank = n.clamp(1, count);
    let find = |levels: &[u32; 8]| {
        let mut left = rank;
        let mut walk = |level: u8| {
            let here = levels[usize::from(level)];
            let found = here >= left;
            left = left.saturating_sub(here);
            found
        };
        let found =
            if from_worst { (0..7).rev().find(|level| walk(*level)) } else { (0..7).find(|level| walk(*level)) };
        found.unwrap_or(0)
    };
    pack(find(&lows), find(&highs))
}

fn at_least(edges: &[FlatEdge], states: &[Packed], need: u32, warn: Option<u32>, down: u8) -> Packed {
    let (lows, highs, _) = histogram(edges, states);
    let end = |levels: &[u32; 8]| {
        let up: u32 = levels[..usize::from(down)].iter().sum();
        match warn {
            _ if up >= need => 0,
            Some(warn) if up >= warn => Severity::Warning.level(),
            Some(_) => Severity::Critical.level(),
            None => (0..7_u8).rev().find(|level| levels[usize::from(*level)] > 0).unwrap_or(0),
        }
    };
    pack(end(&lows), end(&highs))
}

/// The worst that a row which is reached gives.
#[inline]
fn shares(share: &Shares, edges: &[FlatEdge], states: &[Packed]) -> Packed {
    let (mut lows, mut highs) = (0, 0);
    for row in &share.rows {
        let (low, high) = reached(row, &share.weights, edges, states);
        lows = if low >= row.need { row.gives.max(lows) } else { lows };
        highs = if high >= row.need { row.gives.max(highs) } else { highs };
    }
    pack(lows, highs)
}

/// How many children, or how much of their weight, a row finds, at both ends.
#[inline]
fn reached(row: &Row, weights: &[u64], edges: &[FlatEdge], states: &[Packed]) -> (u64, u64) {
    let (mut lows, mut highs) = (0, 0);
    for (number, edge) in counted(edges) {
        let state = states[edge.child as usize];
        let part = if row.of_weight { weights[number] } else { 1 };
        lows += if edge.seen(low(state)) >= row.at { part } else { 0 };
        highs += if edge.seen(high(state)) >= row.at { part } else { 0 };
    }
    (lows, highs)
}

/// ⌊`log_b` Σ b^(level − warning)⌋ above warning, by comparing integers: a logarithm in floating point takes nine
/// warnings to the base of three for less than two levels.
#[inline]
fn exponential(edges: &[FlatEdge], states: &[Packed], base: u32) -> Packed {
    const WARNING: u8 = Severity::Warning.level();
    let (lows, highs, _) = histogram(edges, states);
    let base = u128::from(base);
    let powers = [1, base, base * base, base * base * base];
    let end = |levels: &[u32; 8]| {
        let sum: u128 =
            powers.iter().zip(&levels[usize::from(WARNING)..]).map(|(power, count)| power * u128::from(*count)).sum();
        match powers.iter().rposition(|power| sum >= *power) {
            Some(above) => WARNING + above as u8,
            None => 0,
        }
    };
    pack(end(&lows), end(&highs))
}

/// The severity of the worst bound that the points left are at or below.
#[inline]
fn points(rule: &Points, edges: &[FlatEdge], states: &[Packed]) -> Packed {
    let (lows, highs) = costs(rule, edges, states);
    let end = |cost: i64| {
        let health = 100 * rule.scale - cost;
        rule.bounds.iter().find(|(_, bound)| health <= *bound).map_or(0, |(level, _)| *level)
    };
    pack(end(lows), end(highs))
}

/// What the children cost in points, at both ends.
#[inline]
fn costs(rule: &Points, edges: &[FlatEdge], states: &[Packed]) -> (i64, i64) {
    let (mut lows, mut highs) = (0, 0);
    for (number, edge) in counted(edges) {
        let state = states[edge.child as usize];
        lows += rule.costs[number][usize::from(edge.seen(low(state)))];
        highs += rule.costs[number][usize::from(edge.seen(high(state)))];
    }
    (lows, highs)
}

/// Not monotone: with some children in doubt both ends are possible unless no completion can reach `n`, or none can
/// miss it. Sound, and wide where only some numbers between can be reached.
fn exactly(edges: &[FlatEdge], states: &[Packed], n: u32) -> Packed {
    let (lows, highs, _) = histogram(edges, states);
    let up = |levels: &[u32; 8]| levels[..usize::from(Severity::Warning.level())].iter().sum::<u32>();
    let (surely, possibly) = (up(&highs), up(&lows));
    let critical = Severity::Critical.level();
    // Edges that map a worse state to a better one do not exist (`map` must not fall), so surely ≤ possibly.
    if surely == n && possibly == n {
        0
    } else if n < surely || n > possibly {
        pack(critical, critical)
    } else {
        pack(0, critical)
    }
}

/// What a leaf that is a query makes of its series, by the node's own rule. Series without a number are in doubt.
pub fn fold_series(node: &Node, series: &[Interval]) -> Interval {
    let states: Vec<Packed> = series.iter().copied().map(packed).collect();
    let edge = super::rule::Edge::default();
    let edges: Vec<FlatEdge> = (0..states.len() as Pos).map(|child| FlatEdge::new(child, &edge)).collect();
    interval(reduce(&compile_series(node, states.len()), &edges, &states))
}

#[cfg(test)]
mod tests;
