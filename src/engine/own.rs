//! What each node's own observations say: its signals, its check, its history; and how much of that is handled.
//!
//! A leaf's low end is its worst known signal; its high end is critical if a source it is matched in is lost, a
//! mapped check is absent, or a signal says that it does not know.

use std::sync::Arc;

use crate::domain::facts::{Facts, Freshness, Signal};
use crate::domain::id::SourceName;
use crate::domain::map::{NodeIndex, Silence};
use crate::domain::propagate::{Scratch, States, fold_series};
use crate::domain::severity::{Handling, Interval, Severity};
use crate::domain::world::Signals;

use super::Model;
use super::dirty::Dirty;
use super::planned::in_maintenance;
use super::replay::last_entries;

/// Everything in doubt.
pub const UNKNOWN: Interval = Interval { low: Severity::Ok, high: Severity::Critical };

/// What the nodes' own observations say, by index in the map.
#[derive(Clone, Debug)]
pub struct Owns {
    /// Signals of each node: indices into the observed signals.
    pub signals: Vec<Vec<u32>>,
    /// What is asked most of the signals, by number.
    pub briefs: Vec<Brief>,
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

/// What is asked of a signal at every turn: kept side by side, as a walk over a hundred thousand signals that lie all
/// over the memory takes longer than all that is made of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Brief {
    /// How bad it is.
    pub severity: Severity,
    handling: Handling,
    unknown: bool,
}

impl Brief {
    fn of(signal: &Signal) -> Self {
        Self { severity: signal.severity, handling: signal.handling, unknown: signal.unknown }
    }
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
    /// Each of them.
    pub const EACH: [Self; 3] = [Self::All, Self::Unhandled, Self::Unplanned];

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
    /// Nothing was observed.
    pub fn nothing(model: &Model) -> Self {
        let (count, sources) = (model.map.nodes.len(), model.map.sources.len());
        Self {
            signals: vec![Vec::new(); count],
            briefs: Vec::new(),
            in_maintenance: vec![false; count],
            rest: vec![Interval::default(); count],
            lost: vec![Vec::new(); count],
            lacking: vec![false; count],
            lost_sources: vec![false; sources],
            pending_sources: vec![false; sources],
        }
    }

    /// What was observed of all nodes.
    pub fn of(model: &Model, facts: &Facts, signals: &Signals) -> Self {
        let mut owns = Self::nothing(model);
        owns.list(signals);
        owns.look_around(model, facts, &mut Dirty::nothing(model.map.nodes.len()));
        (0..model.map.nodes.len()).for_each(|node| owns.renew(model, facts, signals, node));
        owns.recollect(model, facts, signals);
        owns
    }

    /// Takes signals for all that there are.
    pub fn list(&mut self, signals: &Signals) {
        self.briefs.clear();
        self.briefs.extend(signals.iter().map(|signal| Brief::of(&signal.item)));
        self.list_by_node(signals);
    }

    /// Takes a signal for what it is now; the next number is a new one's.
    pub fn note(&mut self, number: u32, signal: &Signal) {
        let brief = Brief::of(signal);
        match self.briefs.get_mut(number as usize) {
            Some(slot) => *slot = brief,
            None => self.briefs.push(brief),
        }
    }

    /// A signal is gone; the last one has its number now.
    pub fn forget(&mut self, number: u32) {
        self.briefs.swap_remove(number as usize);
    }

    /// Lists the signals of every node anew.
    pub fn list_by_node(&mut self, signals: &Signals) {
        self.signals.iter_mut().for_each(Vec::clear);
        for (number, signal) in signals.iter().enumerate() {
            for node in signal.nodes.iter() {
                self.signals[*node].push(number as u32);
            }
        }
    }

    /// A node has one signal more.
    pub fn add(&mut self, node: NodeIndex, number: u32) {
        let list = &mut self.signals[node];
        if let Err(place) = list.binary_search(&number) {
            list.insert(place, number);
        }
    }

    /// A node has a signal no longer.
    pub fn remove(&mut self, node: NodeIndex, number: u32) {
        let list = &mut self.signals[node];
        if let Ok(place) = list.binary_search(&number) {
            list.remove(place);
        }
    }

    /// Looks which sources are lost, and which nodes are in maintenance; marks the nodes to which that matters.
    pub fn look_around(&mut self, model: &Model, facts: &Facts, dirty: &mut Dirty) {
        for (place, source) in model.map.sources.iter().enumerate() {
            let freshness = facts.sources.get(&source.name).map_or(Freshness::Fresh, |source| source.freshness);
            let (is_lost, is_pending) = (freshness.is_unknown(), freshness == Freshness::Pending);
            if (is_lost, is_pending) != (self.lost_sources[place], self.pending_sources[place]) {
                (self.lost_sources[place], self.pending_sources[place]) = (is_lost, is_pending);
                dirty.mark(&model.resting[place]);
            }
        }
        let within = in_maintenance(model, facts);
        for (node, (now, before)) in within.iter().zip(&self.in_maintenance).enumerate() {
            if now != before {
                dirty.nodes.set(node as u32);
            }
        }
        self.in_maintenance = within;
    }

    /// What the observations say of a node.
    pub fn renew(&mut self, model: &Model, facts: &Facts, signals: &Signals, node: NodeIndex) {
        self.rest[node] = Interval::default();
        self.lost[node].clear();
        self.lacking[node] = false;
        self.add_doubts(model, node, signals);
        self.add_check(model, node, facts);
    }

    /// Adds what the facts remember of nodes.
    pub fn recollect(&mut self, model: &Model, facts: &Facts, signals: &Signals) {
        let history = &last_entries(model, &facts.history, facts.at);
        for (node, state) in history.iter().filter(|(node, _)| model.map.nodes[*node].needs.is_empty()) {
            // What is remembered of a leaf is knowledge of it, where nothing newer was reported.
            self.lacking[*node] &=
                !self.signals[*node].is_empty() || facts.checks.contains_key(&model.map.nodes[*node].id);
            self.remember(*node, *state);
        }
        self.remember_concluded(model, facts, signals, history);
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
        signals: &Signals,
        history: &[(NodeIndex, Interval)],
    ) {
        let has_needs = |(node, _): &&(NodeIndex, Interval)| !model.map.nodes[*node].needs.is_empty();
        let mut concluded: Vec<(NodeIndex, Interval)> = history.iter().filter(has_needs).copied().collect();
        if concluded.is_empty() {
            return;
        }
        concluded.sort_unstable_by_key(|(node, _)| model.graph.pos(*node));
        let states = self.states(model, facts, signals);
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
    fn add_doubts(&mut self, model: &Model, index: NodeIndex, signals: &Signals) {
        let (node, mine) = (&model.map.nodes[index], &self.signals[index]);
        let is_lost =
            |source: &SourceName| model.source_place(source).is_some_and(|place| self.lost_sources[usize::from(place)]);
        let says_so = |signal: &Signal| signal.unknown && !is_lost(&signal.source);
        let is_unknown = |number: &&u32| self.briefs[**number as usize].unknown;
        self.lacking[index] |= mine.iter().filter(is_unknown).any(|number| says_so(&signals[*number as usize].item));
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

    fn add_check(&mut self, model: &Model, index: NodeIndex, facts: &Facts) {
        let node = &model.map.nodes[index];
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
    pub fn interval(&self, node: NodeIndex, signals: &Signals, keep: impl Fn(u32, &Arc<Signal>) -> bool) -> Interval {
        let kept = self.signals[node].iter().filter(|number| keep(**number, &signals[**number as usize].item));
        self.with_rest(node, kept.map(|number| signals[*number as usize].item.severity).max().unwrap_or_default())
    }

    /// A node's own state from all its signals, from those that nobody takes care of, and from those that are not in
    /// maintenance.
    pub fn intervals(&self, node: NodeIndex) -> [Interval; 3] {
        let mut worst = [Severity::Ok; 3];
        for brief in self.signals[node].iter().map(|number| self.briefs[*number as usize]) {
            let handling = if self.in_maintenance[node] { Handling::Maintenance } else { brief.handling };
            for (which, worst) in Which::EACH.into_iter().zip(&mut worst) {
                if which.takes(handling) {
                    *worst = (*worst).max(brief.severity);
                }
            }
        }
        worst.map(|worst| self.with_rest(node, worst))
    }

    fn with_rest(&self, node: NodeIndex, worst: Severity) -> Interval {
        let known = Interval::exactly(worst).worse(self.rest[node]);
        if self.lost[node].is_empty() && !self.lacking[node] {
            known
        } else {
            Interval { low: known.low, high: Severity::Critical }
        }
    }

    /// The states that follow from all signals.
    pub fn states(&self, model: &Model, facts: &Facts, signals: &Signals) -> States {
        let mut states = States::all_well(&model.graph);
        for index in 0..self.signals.len() {
            states.set_own(model.graph.pos(index), self.interval(index, signals, |_, _| true));
        }
        assume(model, facts, &mut states);
        states.propagate(&model.graph);
        states
    }
}

/// Puts assumptions over states that are yet to be propagated.
pub fn assume(model: &Model, facts: &Facts, states: &mut States) {
    for (id, severity) in &facts.assume {
        if let Some(index) = model.index_of(id.as_str()) {
            states.assume(model.graph.pos(index), Some(severity.map_or(UNKNOWN, Interval::exactly)));
        }
    }
}
