//! Time in which nobody looked, and of which signals told later: a problem that was there when somebody looked again
//! counts from its own beginning, not before the gap, as in the running engine.
//!
//! Invariant: only nodes whose states over time are remembered exactly are told of, as by the running engine.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::domain::map::NodeIndex;
use crate::domain::severity::Interval;
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::timeline::Timeline;

use super::super::Model;
use super::super::counted::Lost;
use super::super::observed::Observed;
use super::super::replay::{masked, replay};

/// What signals told at the ends of gaps: as it was shown, and as it counts.
#[derive(Default)]
pub struct Told([BTreeMap<NodeIndex, Vec<Gap>>; 2]);

/// The states that are shown, or those that count.
#[derive(Clone, Copy)]
pub enum View {
    /// As people saw it, or would have.
    Shown,
    /// Without what a lost source said last.
    Counted,
}

impl View {
    /// Each of them.
    pub const EACH: [Self; 2] = [Self::Shown, Self::Counted];
}

/// What they told of a node in a gap.
struct Gap {
    /// From the first problem on, until somebody looked again.
    span: Span,
    /// How it was in that time, and is at its end.
    steps: Vec<(Instant, Option<Interval>)>,
}

impl Gap {
    /// What a timeline says of a problem that lasts until the end of a gap, from its first step that is told of.
    fn told(timeline: &Timeline, gap: Span, is_told: impl Fn(&Instant) -> bool) -> Option<Self> {
        let is_problem = |(from, state): &&(Instant, Option<Interval>)| {
            is_told(from) && state.is_some_and(|state| state.low.is_problem())
        };
        let count = timeline.steps.iter().rev().take_while(is_problem).count();
        let mut steps: Vec<(Instant, Option<Interval>)> = Vec::with_capacity(count + 1);
        for (from, state) in &timeline.steps[timeline.steps.len() - count..] {
            // What lasted for no time within the gap was not in it.
            steps.pop_if(|(last, _)| *last >= (*from).max(gap.start));
            steps.push(((*from).max(gap.start), *state));
        }
        let ((first, _), (_, last)) = (*steps.first()?, *steps.last()?);
        if first >= gap.end {
            return None;
        }
        steps.push((gap.end, last));
        Some(Self { span: Span::new(first, gap.end), steps })
    }
}

impl Told {
    /// Takes in what was observed at the end of a gap.
    pub fn note(&mut self, model: &Model, observed: &Observed, gap: Span) {
        if !observed.signals.iter().any(|signal| signal.item.since.is_some_and(|since| since < gap.end)) {
            return;
        }
        let lost = Lost::of(model, &observed.facts).at_first_sight();
        let past = replay(model, &[], observed.signals.iter(), &lost, None, gap.end);
        for (node, shown) in &past.timelines {
            let counted = past.counted(*node).unwrap_or(Cow::Borrowed(shown));
            let turned = past.doubted.get(node).map_or(&[][..], |doubted| doubted.steps.as_slice());
            // The last answer of a source turns what counts, and begins nothing.
            let is_told = |from: &Instant| past.began.contains(from) || turned.iter().any(|(at, _)| at == from);
            for (view, timeline) in View::EACH.into_iter().zip([shown, &*counted]) {
                if let Some(told) = Gap::told(timeline, gap, is_told) {
                    self.0[view as usize].entry(*node).or_default().push(told);
                }
            }
        }
    }

    /// The timeline of a node in which nothing is known of what is neither covered nor told.
    pub fn masked(&self, view: View, node: NodeIndex, timeline: &Timeline, covered: &Spans, within: Span) -> Timeline {
        let gaps = self.0[view as usize].get(&node).map_or(&[][..], Vec::as_slice);
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
