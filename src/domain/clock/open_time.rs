//! Open time of one calendar, summed up once for all the clocks that count by it.
//!
//! A clock asks how much open time lies in a stretch, and when so much of it is used up. Both are looked up in
//! running sums for the time near now, where nearly all tickets live, and computed afresh for what lies beyond.

use chrono::TimeDelta;

use crate::domain::calendar;
use crate::domain::map::Calendar;
use crate::domain::span::{Instant, Span, Spans};

/// How far back and ahead of now the sums reach, at most.
const BACK: TimeDelta = TimeDelta::days(400);
const AHEAD: TimeDelta = TimeDelta::days(60);

/// The first stretch beyond the sums that is searched; each further one is twice as long.
const FIRST_STRIDE: TimeDelta = TimeDelta::days(60);

/// The open time of a calendar, or all time.
pub(super) struct OpenTime<'a> {
    calendar: Option<&'a Calendar>,
    near: Span,
    spans: Vec<Span>,
    /// The open time of `near` before each of `spans`, and of all of them.
    sums: Vec<TimeDelta>,
}

impl<'a> OpenTime<'a> {
    /// Open time near an instant, for clocks that began at `earliest` or later.
    pub(super) fn near(calendar: Option<&'a Calendar>, earliest: Instant, at: Instant) -> Self {
        let start = earliest.clamp(at.checked_sub_signed(BACK).unwrap_or(at), at);
        let near = Span::new(start, at.checked_add_signed(AHEAD).unwrap_or(at));
        let spans: Vec<Span> = calendar::hours(calendar, near).iter().collect();
        let mut sums = vec![TimeDelta::zero()];
        for span in &spans {
            sums.push(sums[sums.len() - 1] + span.length());
        }
        Self { calendar, near, spans, sums }
    }

    /// Whether an instant of `near` is open.
    pub(super) fn is_open(&self, at: Instant) -> bool {
        let begun = self.spans.partition_point(|span| span.start <= at);
        begun > 0 && self.spans[begun - 1].contains(at)
    }

    /// How much open time lies in a stretch, apart from pauses.
    pub(super) fn length(&self, within: Span, pauses: &Spans) -> TimeDelta {
        let all = self.all(within);
        pauses.iter().filter_map(|pause| pause.intersection(within)).fold(all, |left, pause| left - self.all(pause))
    }

    /// The first instant, up to a horizon, at which the open time since `start`, apart from pauses, equals a target.
    pub(super) fn reached(
        &self,
        start: Instant,
        target: TimeDelta,
        pauses: &Spans,
        horizon: Instant,
    ) -> Option<Instant> {
        if target <= TimeDelta::zero() {
            return Some(start);
        }
        let (mut from, mut left) = (start, target);
        for pause in pauses.iter().filter(|pause| pause.end > start) {
            let gap = Span::new(from, pause.start);
            let open = if gap.is_empty() { TimeDelta::zero() } else { self.all(gap) };
            if open >= left {
                break;
            }
            (from, left) = (pause.end, left - open);
        }
        if from >= horizon { None } else { self.after(from, left, horizon) }
    }

    /// Open time in a stretch.
    fn all(&self, within: Span) -> TimeDelta {
        if within.is_empty() {
            TimeDelta::zero()
        } else if self.near.start <= within.start && within.end <= self.near.end {
            self.before(within.end) - self.before(within.start)
        } else {
            calendar::hours(self.calendar, within).length()
        }
    }

    /// Open time from the start of `near` to an instant of it.
    fn before(&self, at: Instant) -> TimeDelta {
        let begun = self.spans.partition_point(|span| span.start < at);
        begun
            .checked_sub(1)
            .map_or(TimeDelta::zero(), |last| self.sums[last] + (at.min(self.spans[last].end) - self.spans[last].start))
    }

    /// The first instant at which so much open time, more than none, has passed since another.
    fn after(&self, from: Instant, target: TimeDelta, horizon: Instant) -> Option<Instant> {
        let (mut from, mut left) = (from, target);
        if self.near.contains(from) {
            let wanted = self.before(from) + left;
            let index = self.sums.partition_point(|sum| *sum < wanted);
            if index < self.sums.len() {
                return Some(self.spans[index - 1].start + (wanted - self.sums[index - 1]));
            }
            (from, left) = (self.near.end, wanted - self.sums[self.sums.len() - 1]);
        }
        let mut stride = FIRST_STRIDE;
        while from < horizon {
            let to = from.checked_add_signed(stride).unwrap_or(horizon).min(horizon);
            for span in calendar::hours(self.calendar, Span::new(from, to)).iter() {
                if span.length() >= left {
                    return Some(span.start + left);
                }
                left -= span.length();
            }
            (from, stride) = (to, stride.checked_mul(2).unwrap_or(stride));
        }
        None
    }
}
