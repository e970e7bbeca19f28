//! The past, from history and from the `since` of signals: propagated at every transition.
//!
//! A leaf with entries is unknown before its first one; a leaf without any is as its signals say, and ok before them.
//! A node with needs follows from its leaves, unless it has entries of its own: those count up to the last of them, and
//! after it the worse of it and of what the leaves say, as at the instant of the evaluation.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::facts::{HistoryEntry, Signal};
use crate::domain::graph::Pos;
use crate::domain::map::NodeIndex;
use crate::domain::propagate::{Scratch, States};
use crate::domain::severity::{Interval, Severity};
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::timeline::Timeline;
use crate::domain::world::Mapped;

use super::Model;
use super::counted::Lost;
use super::own::UNKNOWN;
use super::past::{Past, timed};

/// The state at `at` that history alone gives to nodes.
pub fn last_entries(model: &Model, history: &[HistoryEntry], at: Instant) -> Vec<(NodeIndex, Interval)> {
    let mut last: BTreeMap<NodeIndex, (Instant, Interval)> = BTreeMap::new();
    for entry in history.iter().filter(|entry| entry.at <= at) {
        let Some(node) = model.index_of(entry.node.as_str()) else { continue };
        let state = entry.severity.map_or(UNKNOWN, Interval::exactly);
        let slot = last.entry(node).or_insert((entry.at, state));
        if entry.at >= slot.0 {
            *slot = (entry.at, state);
        }
    }
    last.into_iter().map(|(node, (_, state))| (node, state)).collect()
}

/// One thing that happened.
enum Event {
    /// History says so of a node.
    Entry(Option<Interval>),
    /// A signal began; of which source, if that is lost.
    Began { severity: Severity, unknown: bool, source: Option<u16> },
    /// A source that the node rests on gave its last answer.
    Lost(u16),
}

/// Plays the past up to `at`.
pub fn replay<'s>(
    model: &Model,
    history: &[HistoryEntry],
    signals: impl Iterator<Item = &'s Mapped<Signal>>,
    lost: &Lost,
    covered: Option<&[Span]>,
    at: Instant,
) -> Past {
    let graph = &model.graph;
    let count = graph.len();
    let (mut events, mut has_entries): (BTreeMap<Instant, Vec<(NodeIndex, Event)>>, _) =
        (BTreeMap::new(), vec![false; count]);
    for entry in history {
        let Some(node) = model.index_of(entry.node.as_str()) else { continue };
        has_entries[node] = true;
        if entry.at <= at {
            events.entry(entry.at).or_default().push((node, Event::Entry(entry.severity.map(Interval::exactly))));
        }
    }
    let mut began = BTreeSet::new();
    let mut is_doubted = false;
    for signal in signals {
        let source = model.source_place(&signal.item.source).filter(|place| lost.has(*place));
        is_doubted |= source.is_some() && signal.item.severity > Severity::Ok;
        // A clock that runs ahead, or none, makes it begin now, not never.
        let since = signal.item.since.map_or(at, |since| since.min(at));
        if signal.item.since.is_some() {
            began.insert(since);
        }
        for node in signal.nodes.iter() {
            let (severity, unknown) = (signal.item.severity, signal.item.unknown);
            events.entry(since).or_default().push((*node, Event::Began { severity, unknown, source }));
        }
    }
    for (place, last) in lost.last_answers() {
        let resting = model.resting[usize::from(place)].iter().map(|node| (*node, Event::Lost(place)));
        events.entry(last.min(at)).or_default().extend(resting);
    }
    // What no answer is known of was never known, but for what history says.
    let mut unheard = vec![false; count];
    let last_entry = latest_entries(model, history, at);
    for place in lost.never_answered() {
        for node in &model.resting[usize::from(place)] {
            match last_entry.get(node) {
                Some(last) => events.entry(*last).or_default().push((*node, Event::Lost(place))),
                None => unheard[*node] = true,
            }
        }
    }
    let everything = Span::new(Instant::MIN_UTC, at);
    let covered = Spans::of(covered.map_or_else(|| vec![everything], <[Span]>::to_vec));
    let mut player = Player::new(model, last_entry, &has_entries, &unheard, began);
    // What a source said whose last answer nobody knows was never certain.
    player.gone = lost.without_an_answer();
    player.counted = is_doubted.then(|| player.scratch.clone());
    for (when, events) in events {
        player.step(when, events, &has_entries);
    }
    player.finish(covered)
}

/// When the last entry of each node is that has any, up to `at`.
fn latest_entries(model: &Model, history: &[HistoryEntry], at: Instant) -> FxHashMap<NodeIndex, Instant> {
    let mut latest = FxHashMap::default();
    for entry in history.iter().filter(|entry| entry.at <= at) {
        if let Some(node) = model.index_of(entry.node.as_str()) {
            let last = latest.entry(node).or_insert(entry.at);
            *last = entry.at.max(*last);
        }
    }
    latest
}

struct Player<'a> {
    model: &'a Model,
    scratch: Scratch<'a>,
    /// The states that count, where a lost source said anything.
    counted: Option<Scratch<'a>>,
    /// Of each node: what history says and what its signals say.
    entry: Vec<Option<Interval>>,
    said: Vec<Said>,
    /// When the last entry is, of nodes with needs.
    last_entry: FxHashMap<NodeIndex, Instant>,
    /// Whether a source has given its last answer, by place in the map's list.
    gone: Vec<bool>,
    past: Past,
    wanted: Vec<bool>,
}

/// What its signals say of a node.
#[derive(Clone, Debug, Default)]
struct Said {
    shown: Interval,
    /// What of it counts, but for what sources said that are about to be lost.
    counted: Interval,
    passing: Vec<(u16, Severity)>,
}

impl Said {
    /// What is said before anything is; of what no answer is known, that nobody knows.
    fn first(unheard: bool) -> Self {
        let own = if unheard { UNKNOWN } else { Interval::default() };
        Self { shown: own, counted: own, passing: Vec::new() }
    }

    fn counted(&self) -> Interval {
        let passing = self.passing.iter().map(|(_, severity)| Interval::exactly(*severity));
        passing.fold(self.counted, Interval::worse)
    }
}

impl<'a> Player<'a> {
    fn new(
        model: &'a Model,
        last_entry: FxHashMap<NodeIndex, Instant>,
        has_entries: &[bool],
        unheard: &[bool],
        began: BTreeSet<Instant>,
    ) -> Self {
        let graph = &model.graph;
        let mut states = States::all_well(graph);
        for pos in 0..graph.len() as Pos {
            if has_entries[graph.node(pos)] {
                if model.map.nodes[graph.node(pos)].needs.is_empty() {
                    states.set_own(pos, UNKNOWN);
                } else {
                    states.assume(pos, Some(UNKNOWN));
                }
            }
            if unheard[graph.node(pos)] {
                states.set_own(pos, UNKNOWN);
            }
        }
        states.propagate(graph);
        let mut wanted = vec![false; graph.len()];
        for node in timed(&model.map) {
            wanted[node] = true;
        }
        let first = |node: &NodeIndex| {
            let state = states.state(graph.pos(*node));
            (*node, Timeline { steps: vec![(Instant::MIN_UTC, Some(state))] })
        };
        let timelines = (0..graph.len()).filter(|node| wanted[*node]).map(|node| first(&node)).collect();
        let mut touched: Vec<bool> = has_entries.iter().zip(unheard).map(|(entry, lost)| *entry || *lost).collect();
        for pos in 0..graph.len() as Pos {
            let node = graph.node(pos);
            touched[node] |= graph.children(pos).any(|child| touched[graph.node(child)]);
        }
        let past = Past {
            timelines,
            doubted: FxHashMap::default(),
            since: vec![None; graph.len()],
            covered: Spans::default(),
            touched,
            heard: FxHashSet::default(),
            began,
            ledgers: FxHashMap::default(),
        };
        let scratch = Scratch::new(graph, &states);
        Self {
            model,
            scratch,
            counted: None,
            entry: vec![None; graph.len()],
            said: unheard.iter().map(|unheard| Said::first(*unheard)).collect(),
            last_entry,
            gone: Vec::new(),
            past,
            wanted,
        }
    }

    fn step(&mut self, when: Instant, events: Vec<(NodeIndex, Event)>, has_entries: &[bool]) {
        for (node, event) in events {
            let pos = self.model.graph.pos(node);
            let said = &mut self.said[node];
            let mut assumed = None;
            match event {
                Event::Entry(state) => {
                    let state = state.unwrap_or(UNKNOWN);
                    self.entry[node] = Some(state);
                    if !self.model.map.nodes[node].needs.is_empty() {
                        let is_last = self.last_entry.get(&node).is_none_or(|last| *last <= when);
                        assumed = Some((!is_last).then_some(state));
                    }
                }
                Event::Began { severity, unknown, source } => {
                    if unknown {
                        said.shown = said.shown.worse(UNKNOWN);
                        said.counted = said.counted.worse(UNKNOWN);
                    }
                    let exactly = Interval::exactly(severity);
                    said.shown = said.shown.worse(exactly);
                    match source {
                        None => said.counted = said.counted.worse(exactly),
                        Some(place) if self.gone[usize::from(place)] => {
                            said.counted.high = said.counted.high.max(severity);
                        }
                        Some(place) => said.passing.push((place, severity)),
                    }
                    self.touch(pos);
                }
                Event::Lost(place) => {
                    said.shown = said.shown.worse(UNKNOWN);
                    said.counted = said.counted.worse(UNKNOWN);
                    said.passing.retain(|(source, _)| *source != place);
                    self.gone[usize::from(place)] = true;
                    self.touch(pos);
                }
            }
            let known = if has_entries[node] { self.entry[node].unwrap_or(UNKNOWN) } else { Interval::default() };
            let said = &self.said[node];
            let each = [(Some(&mut self.scratch), said.shown), (self.counted.as_mut(), said.counted())];
            for (scratch, said) in each.into_iter().filter_map(|(scratch, said)| Some((scratch?, said))) {
                if let Some(assumed) = assumed {
                    scratch.assume(pos, assumed);
                }
                scratch.set_own(pos, known.worse(said));
            }
        }
        self.scratch.settle();
        for (pos, before) in self.scratch.changed() {
            let (node, state) = (self.model.graph.node(pos), self.scratch.states().state(pos));
            if state.shown() != before.shown() {
                self.past.since[node] = Some((when, state.shown()));
            }
            if self.wanted[node]
                && let Some(timeline) = self.past.timelines.get_mut(&node)
            {
                timeline.steps.push((when, Some(state)));
            }
        }
        if let Some(counted) = &mut self.counted {
            counted.settle();
            for (pos, _) in self.scratch.changed().chain(counted.changed()) {
                let (node, counts) = (self.model.graph.node(pos), counted.states().state(pos));
                if self.wanted[node] {
                    let is_other = counts != self.scratch.states().state(pos);
                    self.past.doubt(node, when, is_other.then_some(counts));
                }
            }
            counted.keep();
        }
        self.scratch.keep();
    }

    /// Marks a node and all above it as having a past.
    fn touch(&mut self, pos: Pos) {
        if !std::mem::replace(&mut self.past.touched[self.model.graph.node(pos)], true) {
            for parent in self.model.graph.parents(pos) {
                self.touch(*parent);
            }
        }
    }

    fn finish(mut self, covered: Spans) -> Past {
        self.past.covered = covered;
        self.past
    }
}

/// What of the time is covered for one node: what the engine saw, and of each gap the end through which a problem
/// lasted that its signals say began before the engine was back. Such a problem counts from its own beginning, not
/// before the last covered instant.
pub fn covered_for(past: &Past, timeline: &Timeline) -> Spans {
    // Before the first span nothing was ever covered.
    let never = Span::new(Instant::MIN_UTC, Instant::MIN_UTC);
    let spans: Vec<Span> = std::iter::once(never).chain(past.covered.iter()).collect();
    let mut more = spans.clone();
    for pair in spans.windows(2) {
        let (gap_start, back) = (pair[0].end, pair[1].start);
        let Some(mut place) = timeline.steps.partition_point(|(from, _)| *from <= back).checked_sub(1) else {
            continue;
        };
        let is_problem = |place: usize| timeline.steps[place].1.is_some_and(|state| state.low.is_problem());
        // What was only noticed at the end of the gap may be another shade of a problem that was told of before.
        let is_told = |place: usize| past.began.contains(&timeline.steps[place].0) || timeline.steps[place].0 == back;
        let mut from = back;
        while is_problem(place) && is_told(place) {
            from = timeline.steps[place].0.max(gap_start);
            if from == gap_start || place == 0 {
                break;
            }
            place -= 1;
        }
        more.push(Span::new(from, back));
    }
    Spans::of(more)
}

/// A timeline in which nothing is known of what is not covered.
pub fn masked(timeline: &Timeline, covered: &Spans, within: Span) -> Timeline {
    let mut steps = Vec::new();
    let mut end = None;
    for span in covered.intersect(&Spans::from(within)).iter() {
        if let Some(end) = end {
            steps.push((end, None));
        }
        steps.extend(timeline.pieces(span).map(|(piece, state)| (piece.start, state)));
        end = Some(span.end);
    }
    steps.extend(end.map(|end| (end, None)));
    Timeline { steps }
}
