//! The states of one node over time, as steps: what accrual and state objectives are summed over.

use super::severity::Interval;
use super::span::{Instant, Span};

/// The states of one node over time. Before its first step nothing is known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Timeline {
    /// From when it is how, sorted by time; `None` is not covered: neither good nor bad, and without cost.
    pub steps: Vec<(Instant, Option<Interval>)>,
}

impl Timeline {
    /// The state at an instant.
    pub fn at(&self, at: Instant) -> Option<Interval> {
        let after = self.steps.partition_point(|(from, _)| *from <= at);
        after.checked_sub(1).and_then(|index| self.steps[index].1)
    }

    /// The stretches within a span over which the state is one and the same, with the state.
    pub fn pieces(&self, within: Span) -> impl Iterator<Item = (Span, Option<Interval>)> + '_ {
        let first = self.steps.first().map_or(within.end, |(from, _)| *from);
        let before = (Span::new(within.start, first.min(within.end)), None);
        let ends = self.steps.iter().skip(1).map(|(from, _)| *from).chain([within.end]);
        let steps = self.steps.iter().zip(ends).map(|((from, state), end)| (Span::new(*from, end), *state));
        std::iter::once(before)
            .chain(steps)
            .filter_map(move |(span, state)| span.intersection(within).map(|span| (span, state)))
    }
}
