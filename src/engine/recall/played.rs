//! How a problem that is seen for the first time came about: played as an evaluation of one instant plays it.

use crate::domain::facts::Signal;
use crate::domain::graph::Pos;
use crate::domain::map::NodeIndex;
use crate::domain::severity::{Interval, Shown};
use crate::domain::span::Instant;
use crate::domain::timeline::Timeline;
use crate::domain::world::Mapped;

use super::super::assemble::Picture;
use super::super::counted::Lost;
use super::super::past::Past;
use super::super::replay::replay;
use super::Turn;

/// Puts the steps of a problem that is first seen into a timeline that knows nothing of it: each from its own
/// beginning, and not before the last instant that was covered. Gives the instants.
pub fn came_about(timeline: &mut Timeline, node: NodeIndex, turn: &Turn<'_>) -> Vec<Instant> {
    let Some((played, past)) = turn.played.as_ref().and_then(|past| Some((past.timelines.get(&node)?, past))) else {
        return Vec::new();
    };
    let is_problem = |(from, state): &&(Instant, Option<Interval>)| {
        past.began.contains(from) && state.is_some_and(|state| state.low.is_problem())
    };
    let count = played.steps.iter().rev().take_while(is_problem).count();
    let known = |(_, state): &(Instant, Option<Interval>)| state.is_some_and(|state| state.shown() != Shown::Unknown);
    let covered_until = match timeline.steps.iter().rposition(known) {
        Some(place) => timeline.steps.get(place + 1).map_or(turn.now, |(end, _)| *end),
        None => Instant::MIN_UTC,
    };
    let mut steps: Vec<(Instant, Option<Interval>)> = Vec::with_capacity(count);
    for (from, state) in &played.steps[played.steps.len() - count..] {
        if steps.last().is_some_and(|(last, _)| *last >= (*from).max(covered_until)) {
            steps.pop();
        }
        steps.push(((*from).max(covered_until), *state));
    }
    if let Some((first, _)) = steps.first() {
        timeline.steps.truncate(timeline.steps.partition_point(|(from, _)| from < first));
    }
    timeline.steps.extend_from_slice(&steps);
    steps.into_iter().map(|(from, _)| from).collect()
}

/// What the signals below some nodes say of how these became as they are.
pub fn play(picture: &Picture<'_>, nodes: &[Pos]) -> Past {
    let (model, graph) = (picture.model, &picture.model.graph);
    let mut below = vec![false; graph.len()];
    for pos in nodes {
        below[*pos as usize] = true;
    }
    for pos in (0..graph.len() as Pos).rev() {
        if below[pos as usize] {
            graph.children(pos).for_each(|child| below[child as usize] = true);
        }
    }
    let is_below = |signal: &&Mapped<Signal>| signal.nodes.iter().any(|node| below[graph.pos(*node) as usize]);
    let (signals, facts) = (picture.observed.signals.iter().filter(is_below), &picture.observed.facts);
    replay(model, &[], signals, &Lost::of(model, facts).at_first_sight(), None, facts.at)
}
