//! What the company's counters count, as a closed form of time: any stretch of any length is answered at once.
//!
//! A stream has a volume that follows the day and the week, and a share of it that is bad: a base, and what the story
//! adds. Its volume has an antiderivative, so an increase over any window is a difference of two values, and the sum
//! over slices is the increase over the whole.

use std::f64::consts::TAU;

use crate::domain::span::{Instant, Span};

const DAY: f64 = 86_400.0;
const WEEK: f64 = 7.0 * DAY;
/// Busiest at 13:00 UTC, which is early afternoon where the customers are.
const DAY_PHASE: f64 = 7.0 * 3600.0;
const DAY_SWING: f64 = 0.75;
/// Busiest on Saturday at noon (the epoch was a Thursday).
const WEEK_PHASE: f64 = 2.5 * DAY;
const WEEK_SWING: f64 = 0.15;

/// Something that is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stream {
    /// Requests to the shop; bad ones fail.
    Shop,
    /// Requests to the search; bad ones are slow.
    Search,
    /// Log-ins; bad ones fail.
    Login,
    /// Parcel tracking requests; bad ones fail.
    Tracking,
    /// Payroll jobs; bad ones fail.
    Payroll,
    /// Orders; bad ones are not placed.
    Orders,
}

/// Which part of a stream is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// What went well.
    Good,
    /// What did not.
    Bad,
    /// Both.
    All,
}

impl Stream {
    /// The mean volume a second, whether it follows the clock, and the share that is bad on a good day.
    const fn habit(self) -> (f64, bool, f64) {
        match self {
            Self::Shop => (120.0, true, 0.0002),
            Self::Search => (45.0, true, 0.0035),
            Self::Login => (9.0, true, 0.0001),
            Self::Tracking => (15.0, true, 0.002),
            Self::Payroll => (0.04, false, 0.00015),
            // 11.4 a minute in the early afternoon.
            Self::Orders => (6.5 / 60.0, true, 0.0),
        }
    }

    /// The volume of a stretch.
    pub fn volume(self, span: Span) -> f64 {
        let (per_second, follows_clock, _) = self.habit();
        let antiderivative = if follows_clock { busy_seconds } else { |second: f64| second };
        per_second * (antiderivative(seconds(span.end)) - antiderivative(seconds(span.start)))
    }

    /// The bad part of a stretch, given what the story adds: spans, each with the share of the volume that is bad.
    pub fn bad(self, span: Span, story: impl Iterator<Item = (Span, f64)>) -> f64 {
        let (_, _, base) = self.habit();
        let added: f64 =
            story.filter_map(|(bad, share)| bad.intersection(span).map(|both| share * self.volume(both))).sum();
        let volume = self.volume(span);
        (base * volume + added).min(volume)
    }
}

/// The antiderivative of 1 + daily swing + weekly swing.
fn busy_seconds(second: f64) -> f64 {
    let daily = -DAY_SWING * (DAY / TAU) * (TAU * (second - DAY_PHASE) / DAY).cos();
    let weekly = WEEK_SWING * (WEEK / TAU) * (TAU * (second - WEEK_PHASE) / WEEK).sin();
    second + daily + weekly
}

/// Seconds since an instant of our century, so that a float keeps the microseconds.
fn seconds(at: Instant) -> f64 {
    /// 2,800 weeks after the epoch: the same weekday, at midnight.
    const NEAR: i64 = 2_800 * 7 * 86_400;
    (at.timestamp_micros() - NEAR * 1_000_000) as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn span(start: i64, end: i64) -> Span {
        let at = |second| DateTime::from_timestamp(1_795_000_000 + second, 0).expect("in range");
        Span::new(at(start), at(end))
    }

    #[test]
    fn volume_is_positive_everywhere_and_adds_up() {
        let hours: f64 = (0..24 * 14).map(|hour| Stream::Shop.volume(span(hour * 3600, (hour + 1) * 3600))).sum();
        let whole = Stream::Shop.volume(span(0, 14 * 86_400));
        assert!((hours - whole).abs() < whole * 1e-9);
        assert!((0..24 * 14).all(|hour| Stream::Shop.volume(span(hour * 3600, (hour + 1) * 3600)) > 0.0));
    }

    #[test]
    fn afternoon_is_busier_than_night() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).expect("a time").to_utc();
        let hour = |from: &str| Span::new(at(from), at(from) + chrono::TimeDelta::hours(1));
        let (day, night) = (hour("2026-11-24T12:30:00Z"), hour("2026-11-24T00:30:00Z"));
        assert!(Stream::Orders.volume(day) > 5.0 * Stream::Orders.volume(night));
        let per_minute = Stream::Orders.volume(day) / 60.0;
        assert!((10.0..13.0).contains(&per_minute), "{per_minute}");
    }

    #[test]
    fn the_story_adds_to_the_base_and_never_beyond_all() {
        let hour = span(0, 3600);
        let burn = Stream::Shop.bad(hour, std::iter::once((span(-60, 7200), 0.0158)));
        assert!((burn / Stream::Shop.volume(hour) - 0.016).abs() < 1e-9);
        let all = Stream::Shop.bad(hour, [(hour, 0.7), (hour, 0.7)].into_iter());
        assert!(all <= Stream::Shop.volume(hour));
    }
}
