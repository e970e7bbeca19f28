//! Stretches of time, half open: the start belongs to them, the end does not.

use chrono::{DateTime, TimeDelta, Utc};

/// An instant in UTC. Zones exist only where days and hours begin.
pub type Instant = DateTime<Utc>;

/// A stretch of time, half open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The first instant that belongs to it.
    pub start: Instant,
    /// The first instant after it.
    pub end: Instant,
}

impl Span {
    /// A stretch; empty where `end` is not after `start`.
    pub const fn new(start: Instant, end: Instant) -> Self {
        Self { start, end }
    }

    /// Its length, never negative.
    pub fn length(self) -> TimeDelta {
        (self.end - self.start).max(TimeDelta::zero())
    }

    /// Whether nothing belongs to it.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether an instant belongs to it.
    pub fn contains(self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }

    /// What belongs to both, if anything does.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let both = Self::new(self.start.max(other.start), self.end.min(other.end));
        (!both.is_empty()).then_some(both)
    }
}

/// A set of instants as sorted stretches that neither touch nor overlap.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Spans(Vec<Span>);

impl Spans {
    /// The union of stretches in any order.
    pub fn of(mut spans: Vec<Span>) -> Self {
        spans.retain(|span| !span.is_empty());
        spans.sort_unstable();
        let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => merged.push(span),
            }
        }
        Self(merged)
    }

    /// The stretches, sorted.
    pub fn iter(&self) -> impl Iterator<Item = Span> + '_ {
        self.0.iter().copied()
    }

    /// The length of all together.
    pub fn length(&self) -> TimeDelta {
        self.0.iter().fold(TimeDelta::zero(), |sum, span| sum + span.length())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an instant belongs to one of them.
    pub fn contains(&self, at: Instant) -> bool {
        let after = self.0.partition_point(|span| span.start <= at);
        after > 0 && self.0[after - 1].contains(at)
    }

    /// The instants that belong to both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let (mut left, mut right, mut both) = (0, 0, Vec::new());
        while let (Some(a), Some(b)) = (self.0.get(left), other.0.get(right)) {
            both.extend(a.intersection(*b));
            if a.end <= b.end {
                left += 1;
            } else {
                right += 1;
            }
        }
        Self(both)
    }

    /// The instants that belong to these and not to others.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        let mut holes = other.0.iter().peekable();
        for span in &self.0 {
            let mut start = span.start;
            while holes.peek().is_some_and(|hole| hole.end <= start) {
                holes.next();
            }
            let mut ahead = holes.clone();
            while let Some(hole) = ahead.next_if(|hole| hole.start < span.end) {
                if hole.start > start {
                    rest.push(Span::new(start, hole.start));
                }
                start = start.max(hole.end);
            }
            if start < span.end {
                rest.push(Span::new(start, span.end));
            }
        }
        Self(rest)
    }
}

impl From<Span> for Spans {
    fn from(span: Span) -> Self {
        Self::of(vec![span])
    }
}

/// A length of time in its largest whole unit, as windows are known by: `5m`, `1h`, `3d`.
pub fn short(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = units.into_iter().find(|(size, _)| seconds != 0 && seconds % size == 0);
    unit.map_or_else(|| format!("{seconds}s"), |(size, unit)| format!("{}{unit}", seconds / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Instant {
        DateTime::from_timestamp(second, 0).expect("in range")
    }

    fn spans(list: &[(i64, i64)]) -> Spans {
        Spans::of(list.iter().map(|(start, end)| Span::new(at(*start), at(*end))).collect())
    }

    #[test]
    fn union_merges_what_touches() {
        assert_eq!(spans(&[(5, 7), (0, 2), (2, 3), (9, 9)]), spans(&[(0, 3), (5, 7)]));
    }

    #[test]
    fn subtract_cuts_holes_that_cross_several_stretches() {
        assert_eq!(
            spans(&[(0, 10), (20, 30)]).subtract(&spans(&[(2, 3), (8, 22), (29, 40)])),
            spans(&[(0, 2), (3, 8), (22, 29)])
        );
        assert_eq!(spans(&[(0, 10), (12, 14)]).subtract(&spans(&[(1, 20)])), spans(&[(0, 1)]));
    }

    #[test]
    fn intersect_keeps_what_both_have() {
        assert_eq!(spans(&[(0, 10), (20, 30)]).intersect(&spans(&[(5, 25)])), spans(&[(5, 10), (20, 25)]));
        assert!(spans(&[(0, 10)]).contains(at(0)) && !spans(&[(0, 10)]).contains(at(10)));
    }
}
