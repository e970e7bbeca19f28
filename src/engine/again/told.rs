//! Time in which nobody looked, and of which signals told later: a problem that was there when somebody looked again
//! counts from its own beginning, not before the gap, as in the running engine.
//!
//! Invariant: only nodes whose states over time are remembered exactly are told of, as by the running engine.

use std::collections::BTreeMap;

use crate::domain::map::NodeIndex;
use crate::domain::severity::Interval;
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::timeline::Timeline;

use super::super::Model;
use super::super::counted::Lost;
use super::super::observed::Observed;
use super::super::replay::{masked, replay};

/// What signals told at the ends of gaps.
#[derive(Default)]
pub struct Told(BTreeMap<NodeIndex, Vec<Gap>>);

/// What they told of a node in a gap.
struct Gap {
    /// From the first problem on, until somebody looked again.
    span: Span,
    /// How it was in that time, and is at its end.
    steps: Vec<(Instant, Option<Interval>)>,
}

impl Told {
    /// Takes in what was observed at the end of a gap.
    pub fn note(&mut self, model: &Model, observed: &Observed, gap: Span) {
        if !observed.signals.iter().any(|signal| signal.item.since.is_some_and(|since| since < gap.end)) {
            return;
        }
        let past = replay(model, &[], observed.signals.iter(), &Lost::of(model, &observed.facts), None, gap.end);
        for (node, timeline) in past.timelines {
            // What a source that is lost said last does not count.
            let timeline = past.doubted.get(&node).unwrap_or(&timeline);
            let is_told = |(from, state): &&(Instant, Option<Interval>)| {
                past.began.contains(from) && state.is_some_and(|state| state.low.is_problem())
            };
            let count = timeline.steps.iter().rev().take_while(is_told).count();
            let mut steps: Vec<(Instant, Option<Interval>)> = Vec::with_capacity(count + 1);
            for (from, state) in &timeline.steps[timeline.steps.len() - count..] {
                // What lasted for no time within the gap was not in it.
                steps.pop_if(|(last, _)| *last >= (*from).max(gap.start));
                steps.push(((*from).max(gap.start), *state));
            }
            let (Some((first, _)), Some((_, last))) = (steps.first().copied(), steps.last().copied()) else { continue };
            if first < gap.end {
                steps.push((gap.end, last));
                self.0.entry(node).or_default().push(Gap { span: Span::new(first, gap.end), steps });
            }
        }
    }

    /// The timeline of a node in which nothing is known of what is neither covered nor told.
    pub fn masked(&self, node: NodeIndex, timeline: &Timeline, covered: &Spans, within: Span) -> Timeline {
        let gaps = self.0.get(&node).map_or(&[][..], Vec::as_slice);
        if gaps.is_empty() {
            return masked(timeline, covered, within);
        }
        let mut steps: BTreeMap<Instant, Option<Interval>> = BTreeMap::new();
        steps.extend(gaps.iter().flat_map(|gap| gap.steps.iter().copied()));
        steps.extend(timeline.steps.iter().copied());
        let known = Spans::of(covered.iter().chain(gaps.iter().map(|gap| gap.span)).collect());
        masked(&Timeline { steps: steps.into_iter().collect() }, &known, within)
    }
}
