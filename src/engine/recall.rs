//! What the running engine remembers: since when each node is as it is, and the states of what costs money.
//!
//! Worse counts at once, from the instant at which its signals say that it began; better counts for `since` only
//! after it has lasted a while, so that a flapping check does not look new at every turn.

use chrono::TimeDelta;

use crate::domain::graph::Pos;
use crate::domain::map::NodeIndex;
use crate::domain::severity::{Interval, Shown};
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::timeline::Timeline;

use super::Model;
use super::assemble::Picture;
use super::cause::Key;
use super::replay::Past;

/// How long better must last before it counts.
const SETTLE: TimeDelta = TimeDelta::seconds(60);

/// Steps of one node that are kept; the oldest go first.
const MOST_STEPS: usize = 20_000;

/// What the running engine remembers.
#[derive(Debug)]
pub struct Recall {
    past: Past,
    started: Instant,
    /// Of each node that got better: what it was, since when, and when it got better.
    before: Vec<Option<(Shown, Instant, Instant)>>,
}

impl Recall {
    /// Nothing yet.
    pub fn new(model: &Model, now: Instant) -> Self {
        let count = model.map.nodes.len();
        let mut past = Past { since: vec![None; count], touched: vec![false; count], ..Past::default() };
        let objectives = model.map.objectives.iter().map(|objective| objective.node);
        let priced = model
            .map
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.value.is_some() || node.measured.is_some() || node.tolerable.is_some());
        for node in objectives.chain(priced.map(|(index, _)| index)) {
            past.timelines.insert(node, Timeline::default());
            past.touched[node] = true;
        }
        Self { past, started: now, before: vec![None; count] }
    }

    /// Takes the states of this instant into memory, and gives what is known of the past.
    pub fn note(&mut self, picture: &Picture<'_>) -> &Past {
        let now = picture.at();
        self.past.covered = Spans::from(Span::new(self.started, now));
        for signals in &picture.observed.signals {
            self.past.heard.extend(signals.nodes.iter().copied());
        }
        for pos in 0..picture.model.graph.len() as Pos {
            self.note_node(picture, pos, now);
        }
        &self.past
    }

    fn note_node(&mut self, picture: &Picture<'_>, pos: Pos, now: Instant) {
        let node = picture.model.graph.node(pos);
        let state = picture.states.state(pos);
        let began = began(picture, pos, now);
        self.note_since(node, state, began, now);
        let Some(timeline) = self.past.timelines.get_mut(&node) else { return };
        match timeline.steps.last() {
            Some((_, Some(last))) if *last == state => {}
            last => {
                let worse =
                    last.is_none_or(|(_, last)| last.is_none_or(|last| last.low < state.low || !last.is_known()));
                let earliest = last.map_or(Instant::MIN_UTC, |(from, _)| *from);
                let when = if worse && state.low.is_problem() { began.max(earliest) } else { now };
                timeline.steps.push((when, Some(state)));
                if timeline.steps.len() > MOST_STEPS {
                    timeline.steps.drain(..MOST_STEPS / 10);
                }
            }
        }
    }

    fn note_since(&mut self, node: NodeIndex, state: Interval, began: Instant, now: Instant) {
        let shown = state.shown();
        let Some((since, was)) = self.past.since[node] else {
            self.past.since[node] = Some((began, shown));
            return;
        };
        if was == shown {
            return;
        }
        let is_worse = rank(shown) > rank(was);
        let back = self.before[node].filter(|(_, _, better_at)| is_worse && now - *better_at < SETTLE);
        match back {
            // It only seemed to get better.
            Some((before, before_since, _)) if rank(shown) >= rank(before) => {
                self.past.since[node] = Some((before_since, shown));
            }
            _ => self.past.since[node] = Some((if is_worse { began } else { now }, shown)),
        }
        self.before[node] = (!is_worse).then_some((was, since, now));
    }
}

/// How bad what is shown is: unknown stands between what is up and what is a problem.
fn rank(shown: Shown) -> u8 {
    match shown {
        Shown::Severity(severity) if severity.is_problem() => severity.level() + 1,
        Shown::Severity(_) => 0,
        Shown::Unknown => 1,
    }
}

/// When the present state of a node began, as far as its signals say.
fn began(picture: &Picture<'_>, pos: Pos, now: Instant) -> Instant {
    let causes = picture.causes.shown(&picture.states, pos);
    let sinces = causes.iter().map(|key| match key {
        Key::Signal(number) => picture.observed.signals[*number as usize].item.since,
        _ => None,
    });
    // Several causes of which each alone is enough began with the first; which is which the rule knows. The first
    // is right wherever the worst decides, which is the common rule, and never claims that a problem is newer.
    sinces.flatten().min().map_or(now, |since| since.min(now))
}
