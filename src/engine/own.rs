//! What each node's own observations say: its signals, its check, its history; and how much of that is handled.
//!
//! A leaf's low end is its worst known signal; its high end is critical if a source it is matched in is lost, a
//! mapped check is absent, or a signal says that it does not know.

use std::sync::Arc;

use crate::domain::facts::{Facts, Freshness, Signal};
use crate::domain::graph::Graph;
use crate::domain::id::SourceName;
use crate::domain::map::{Node, NodeIndex, Silence, SourceInfo};
use crate::domain::propagate::{Scratch, States, fold_series};
use crate::domain::severity::{Handling, Interval, Severity};
use crate::domain::world::Mapped;

use super::Model;

/// Everything in doubt.
pub const UNKNOWN: Interval = Interval { low: Severity::Ok, high: Severity::Critical };

/// What the nodes' own observations say, by index in the map.
#[derive(Clone, Debug)]
pub struct Owns {
    /// Signals of each node: indices into the observed signals.
    pub signals: Vec<Vec<u32>>,
    /// Nodes that are in maintenance now.
    pub in_maintenance: Vec<bool>,
    /// What does not come from signals: checks, history.
    pub rest: Vec<Interval>,
    /// Sources without which a node knows nothing, as places in the map's list.
    pub lost: Vec<Vec<u16>>,
    /// Nodes that lack knowledge although their sources answer.
    pub lacking: Vec<bool>,
    /// Whether a source's values are missing, by place in the map's list.
    pub lost_sources: Vec<bool>,
    /// Whether a source has yet to answer, by place in the map's list: no knowledge, and nothing to do about it.
    pub pending_sources: Vec<bool>,
}

/// Which signals are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// All.
    All,
    /// Those that nobody takes care of.
    Unhandled,
    /// Those that are not in maintenance.
    Unplanned,
}

impl Which {
    /// Whether a signal so handled is looked at.
    pub fn takes(self, handling: Handling) -> bool {
        match self {
            Self::All => true,
            Self::Unhandled => handling == Handling::None,
            Self::Unplanned => handling != Handling::Maintenance,
        }
    }
}

impl Owns {
    /// What the observations say.
    pub fn of(
        model: &Model,
        facts: &Facts,
        signals: &[Mapped<Signal>],
        in_maintenance: Vec<bool>,
        history: &[(NodeIndex, Interval)],
    ) -> Self {
        let count = model.map.nodes.len();
        let mut by_node = vec![Vec::new(); count];
        for (number, signal) in signals.iter().enumerate() {
            for node in signal.nodes.iter() {
                by_node[*node].push(number as u32);
            }
        }
        let freshness = |name: &SourceName| facts.sources.get(name).map_or(Freshness::Fresh, |source| source.freshness);
        let lost_sources: Vec<bool> =
            model.map.sources.iter().map(|source| freshness(&source.name).is_unknown()).collect();
        let is_pending = |source: &SourceInfo| freshness(&source.name) == Freshness::Pending;
        let pending_sources = model.map.sources.iter().map(is_pending).collect();
        let mut owns = Self {
            signals: by_node,
            in_maintenance,
            rest: vec![Interval::default(); count],
            lost: vec![Vec::new(); count],
            lacking: vec![false; count],
            lost_sources,
            pending_sources,
        };
        for (index, node) in model.map.nodes.iter().enumerate() {
            owns.add_doubts(model, index, node, signals);
            owns.add_check(model, index, node, facts);
        }
        for (node, state) in history.iter().filter(|(node, _)| model.map.nodes[*node].needs.is_empty()) {
            // What is remembered of a leaf is knowledge of it, where nothing newer was reported.
            owns.lacking[*node] &=
                !owns.signals[*node].is_empty() || facts.checks.contains_key(&model.map.nodes[*node].id);
            owns.remember(*node, *state);
        }
        owns.remember_concluded(model, facts, signals, history);
        owns
    }

    fn remember(&mut self, node: NodeIndex, state: Interval) {
        self.rest[node] = self.rest[node].worse(state);
        self.lacking[node] |= !state.is_known();
    }

    /// What is remembered of nodes with needs counts where their leaves do not say as much: where they do, the leaves
    /// are why, and an entry is only the record of it.
    fn remember_concluded(
        &mut self,
        model: &Model,
        facts: &Facts,
        signals: &[Mapped<Signal>],
        history: &[(NodeIndex, Interval)],
    ) {
        let has_needs = |(node, _): &&(NodeIndex, Interval)| !model.map.nodes[*node].needs.is_empty();
        let mut concluded: Vec<(NodeIndex, Interval)> = history.iter().filter(has_needs).copied().collect();
        if concluded.is_empty() {
            return;
        }
        concluded.sort_unstable_by_key(|(node, _)| model.graph.pos(*node));
        let states = self.states(model, facts, signals, Which::All);
        let mut scratch = Scratch::new(&model.graph, &states);
        for (node, state) in concluded {
            let pos = model.graph.pos(node);
            let follows = scratch.states().state(pos);
            if state.low > follows.low || state.high > follows.high {
                self.remember(node, state);
                scratch.set_own(pos, self.interval(node, signals, |_, _| true));
                scratch.settle();
                scratch.keep();
            }
        }
    }

    /// What a node cannot know: lost sources, absent checks, signals that say so.
    fn add_doubts(&mut self, model: &Model, index: NodeIndex, node: &Node, signals: &[Mapped<Signal>]) {
        let mine = &self.signals[index];
        let says_so = |signal: &Signal| {
            let lost = model.source_place(&signal.source).is_some_and(|place| self.lost_sources[usize::from(place)]);
            signal.unknown && !lost
        };
        self.lacking[index] |= mine.iter().any(|number| says_so(&signals[*number as usize].item));
        for matcher in &node.matches {
            let Some(place) = model.source_place(&matcher.source) else { continue };
            if self.lost_sources[usize::from(place)] {
                if !self.lost[index].contains(&place) {
                    self.lost[index].push(place);
                }
            } else if model.map.sources[usize::from(place)].silence == Silence::Unknown {
                let seen = mine.iter().any(|number| signals[*number as usize].item.source == matcher.source);
                self.lacking[index] |= !seen;
            }
        }
    }

    fn add_check(&mut self, model: &Model, index: NodeIndex, node: &Node, facts: &Facts) {
        let Some(check) = &node.check else { return };
        if let Some(place) = model.source_place(&check.source)
            && self.lost_sources[usize::from(place)]
        {
            self.lost[index].push(place);
            return;
        }
        let series: &[_] = facts.checks.get(&node.id).map_or(&[], Vec::as_slice);
        if series.is_empty() {
            self.lacking[index] = true;
            return;
        }
        let state = |value: f64| match check.bounds.iter().find(|(_, bound)| bound.holds(value)) {
            _ if value.is_nan() => UNKNOWN,
            Some((severity, _)) => Interval::exactly(*severity),
            None => Interval::default(),
        };
        let states: Vec<Interval> = series.iter().map(|series| state(series.value)).collect();
        let folded = fold_series(node, &states);
        self.rest[index] = self.rest[index].worse(folded);
        self.lacking[index] |= !folded.is_known();
    }

    /// How a signal is handled as far as a node is concerned.
    pub fn handling(&self, node: NodeIndex, signal: &Signal) -> Handling {
        if self.in_maintenance[node] { Handling::Maintenance } else { signal.handling }
    }

    /// A node's own state from its signals that `keep` keeps, and from the rest.
    pub fn interval(
        &self,
        node: NodeIndex,
        signals: &[Mapped<Signal>],
        keep: impl Fn(u32, &Arc<Signal>) -> bool,
    ) -> Interval {
        let kept = self.signals[node].iter().filter(|number| keep(**number, &signals[**number as usize].item));
        let worst = kept.map(|number| signals[*number as usize].item.severity).max().unwrap_or_default();
        let known = Interval::exactly(worst).worse(self.rest[node]);
        if self.lost[node].is_empty() && !self.lacking[node] {
            known
        } else {
            Interval { low: known.low, high: Severity::Critical }
        }
    }

    /// The states that follow from some of the signals.
    pub fn states(&self, model: &Model, facts: &Facts, signals: &[Mapped<Signal>], which: Which) -> States {
        let graph: &Graph = &model.graph;
        let mut states = States::all_well(graph);
        for index in 0..self.signals.len() {
            if self.is_quiet(index) {
                continue;
            }
            let own = self.interval(index, signals, |_, signal| which.takes(self.handling(index, signal)));
            states.set_own(graph.pos(index), own);
        }
        for (id, severity) in &facts.assume {
            if let Some(index) = model.index_of(id.as_str()) {
                states.assume(graph.pos(index), Some(severity.map_or(UNKNOWN, Interval::exactly)));
            }
        }
        states.propagate(graph);
        states
    }

    /// Whether a node's own observations say nothing at all.
    fn is_quiet(&self, node: NodeIndex) -> bool {
        self.signals[node].is_empty()
            && self.rest[node] == Interval::default()
            && self.lost[node].is_empty()
            && !self.lacking[node]
    }
}
