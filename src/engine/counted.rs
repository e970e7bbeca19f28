//! How things stand as far as it counts over time: without what a lost source said last.
//!
//! What a source said stays in sight when it is lost, as bad as it was; the time is not covered all the same. So what
//! money and objectives are summed over comes from the same propagation on leaves without the lost sources' own
//! signals. What other sources say for certain still counts.

use std::borrow::Cow;

use crate::domain::facts::{Facts, Signal};
use crate::domain::graph::Pos;
use crate::domain::map::NodeIndex;
use crate::domain::marks::Marks;
use crate::domain::propagate::States;
use crate::domain::severity::{Interval, Severity};
use crate::domain::span::Instant;
use crate::domain::timeline::Timeline;
use crate::domain::world::Signals;

use super::Model;
use super::assemble::Picture;
use super::own::Owns;
use super::past::Past;
use super::recall::MOST_STEPS;

/// The sources that are lost, by place in the map's list.
pub struct Lost {
    losses: Vec<Loss>,
    /// Whether a source of which no answer is known makes all of the time before unknown.
    ever: bool,
}

/// Whether a source is lost, and since when.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// It is not.
    Not,
    /// Since its last answer.
    Since(Instant),
    /// No answer is known.
    Always,
}

impl Lost {
    /// Those of an instant.
    pub fn of(model: &Model, facts: &Facts) -> Self {
        let lost = model.map.sources.iter().map(|source| {
            let fact = facts.sources.get(&source.name).filter(|fact| fact.freshness.is_unknown());
            fact.map_or(Loss::Not, |fact| fact.age.map_or(Loss::Always, |age| Loss::Since(facts.at - age)))
        });
        Self { losses: lost.collect(), ever: true }
    }

    /// The same for the problems that are first seen at an instant: what signals tell of the time before counts, though
    /// other sources have yet to answer.
    #[must_use]
    pub fn at_first_sight(self) -> Self {
        Self { ever: false, ..self }
    }

    /// Whether a source is lost.
    pub fn has(&self, place: u16) -> bool {
        self.losses[usize::from(place)] != Loss::Not
    }

    /// The last answers that are known.
    pub fn last_answers(&self) -> impl Iterator<Item = (u16, Instant)> {
        (0..).zip(&self.losses).filter_map(|(place, loss)| match loss {
            Loss::Since(last) => Some((place, *last)),
            _ => None,
        })
    }

    /// Whether a source is lost and nobody knows since when, by place.
    pub fn without_an_answer(&self) -> Vec<bool> {
        self.losses.iter().map(|loss| *loss == Loss::Always).collect()
    }

    /// The sources without a known answer that make what rests on them unknown from the beginning on.
    pub fn never_answered(&self) -> impl Iterator<Item = u16> {
        (0..).zip(&self.losses).filter(|(_, loss)| self.ever && **loss == Loss::Always).map(|(place, _)| place)
    }
}

impl Owns {
    /// The states that count; `None` where they are those that are shown.
    pub fn counted(&self, model: &Model, signals: &Signals, shown: &States) -> Option<States> {
        if !self.lost_sources.contains(&true) {
            return None;
        }
        let mut owns: Vec<(Pos, Interval)> = Vec::new();
        for (node, lost) in self.lost.iter().enumerate().filter(|(_, lost)| !lost.is_empty()) {
            let is_doubted = |signal: &Signal| {
                signal.severity > Severity::Ok
                    && model.source_place(&signal.source).is_some_and(|place| lost.contains(&place))
            };
            if self.signals[node].iter().any(|number| is_doubted(&signals[*number as usize].item)) {
                let own = self.interval(node, signals, |_, signal| !is_doubted(signal));
                owns.push((model.graph.pos(node), own));
            }
        }
        (!owns.is_empty()).then(|| {
            let mut counted = shown.clone();
            counted.update(&model.graph, owns.into_iter());
            counted
        })
    }
}

impl Past {
    /// The states of a node over time that count.
    pub fn counted(&self, node: NodeIndex) -> Option<Cow<'_, Timeline>> {
        let shown = self.timelines.get(&node)?;
        let Some(doubted) = self.doubted.get(&node) else { return Some(Cow::Borrowed(shown)) };
        let steps = shown.steps.iter().chain(&doubted.steps);
        let mut turns: Vec<Instant> = steps.map(|(at, _)| *at).collect();
        turns.sort_unstable();
        turns.dedup();
        let state = |at: Instant| shown.at(at).map(|shown| doubted.at(at).unwrap_or(shown));
        Some(Cow::Owned(Timeline { steps: turns.into_iter().map(|at| (at, state(at))).collect() }))
    }

    /// Whether what counts of a node is now another than what is shown.
    pub fn is_doubted(&self, node: NodeIndex) -> bool {
        self.doubted.get(&node).and_then(|doubted| doubted.steps.last()).is_some_and(|(_, state)| state.is_some())
    }

    /// Notes what counts of nodes from the instant of a picture on.
    pub fn note_doubts(&mut self, picture: &Picture<'_>, every: &Marks) {
        if picture.counted.is_none() && self.doubted.is_empty() {
            return;
        }
        for pos in every.iter() {
            let node = picture.model.graph.node(pos);
            if self.timelines.contains_key(&node) {
                let counted = picture.counted.as_ref().map(|counted| counted.state(pos));
                self.doubt(node, picture.at(), counted.filter(|counted| *counted != picture.states.state(pos)));
            }
        }
    }

    /// Notes what counts of a node from an instant on, where that is another than what is shown.
    pub fn doubt(&mut self, node: NodeIndex, at: Instant, counted: Option<Interval>) {
        if counted.is_none() && !self.is_doubted(node) {
            return;
        }
        let steps = &mut self.doubted.entry(node).or_default().steps;
        steps.pop_if(|(from, _)| *from >= at);
        if steps.last().map(|(_, last)| *last) != Some(counted) {
            steps.push((at, counted));
        }
        if steps.len() > MOST_STEPS {
            steps.drain(..MOST_STEPS / 10);
        }
    }
}
