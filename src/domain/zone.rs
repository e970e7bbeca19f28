//! Local time: which instants belong to which local day, and to which minutes of it.
//!
//! Everything that is written in local hours (calendars, profiles, windows, maintenance) goes through here, so that
//! the days on which clocks change are right in one place. The rule is one: an instant belongs to the local time that
//! a clock on the wall shows then. So a skipped local time has no instant (what begins there begins at the next
//! valid one), and a repeated hour counts twice.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use super::span::{Instant, Span};

/// How far apart offsets are compared: no zone changed its clocks and back again within so little.
const STRIDE: TimeDelta = TimeDelta::days(7);

/// A part of a local day over which the offset from UTC is one and the same; nearly always the whole day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LocalDay {
    /// The local date.
    pub date: NaiveDate,
    /// The instants of it.
    pub span: Span,
    /// Where local midnight is, or would be, at this offset: minutes of the day count from it.
    midnight: Instant,
}

impl LocalDay {
    /// The instants at which the local time is within minutes of the day, half open.
    pub fn minutes(&self, start: u32, end: u32) -> Option<Span> {
        let at = |minutes: u32| self.midnight + TimeDelta::minutes(i64::from(minutes));
        Span::new(at(start), at(end)).intersection(self.span)
    }
}

/// How far local time is ahead of UTC.
fn ahead(tz: Tz, at: Instant) -> TimeDelta {
    TimeDelta::seconds(i64::from(tz.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()))
}

/// The stretches within a span over which local time is one and the same distance ahead of UTC.
fn offsets(tz: Tz, within: Span) -> Vec<(Span, TimeDelta)> {
    let mut found: Vec<(Span, TimeDelta)> = Vec::new();
    let (mut from, mut offset) = (within.start, ahead(tz, within.start));
    let mut checked = from;
    while checked < within.end {
        let next = (checked + STRIDE).min(within.end);
        if ahead(tz, next) == offset {
            checked = next;
        } else {
            let change = first_change(tz, checked, next, offset);
            found.push((Span::new(from, change), offset));
            (from, offset, checked) = (change, ahead(tz, change), change);
        }
    }
    found.push((Span::new(from, within.end), offset));
    found.retain(|(span, _)| !span.is_empty());
    found
}

/// The first instant after `before` at which the offset is another; at `after` it is. Zones change on whole seconds.
fn first_change(tz: Tz, before: Instant, after: Instant, offset: TimeDelta) -> Instant {
    let (mut same, mut other) = (before.timestamp(), after.timestamp());
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        let at = Instant::from_timestamp(middle, 0).expect("it lies between two instants");
        if ahead(tz, at) == offset {
            same = middle;
        } else {
            other = middle;
        }
    }
    Instant::from_timestamp(other, 0).expect("it lies between two instants")
}

/// The local days of a span, in order; a day on which clocks change comes in two parts.
pub fn days(tz: Tz, within: Span) -> Vec<LocalDay> {
    let mut found = Vec::new();
    for (span, offset) in offsets(tz, within) {
        let mut date = (span.start + offset).naive_utc().date();
        loop {
            let midnight = date.and_time(NaiveTime::MIN).and_utc() - offset;
            if midnight >= span.end {
                break;
            }
            let Some(next) = date.succ_opt() else { break };
            let day = Span::new(midnight, next.and_time(NaiveTime::MIN).and_utc() - offset);
            found.extend(day.intersection(span).map(|span| LocalDay { date, span, midnight }));
            date = next;
        }
    }
    found
}

/// The first instant at which a wall clock shows a local time; where it is skipped, the next valid instant.
pub fn instant(tz: Tz, local: NaiveDateTime) -> Instant {
    let guess = local.and_utc();
    let around = Span::new(guess - TimeDelta::days(2), guess + TimeDelta::days(2));
    offsets(tz, around)
        .into_iter()
        .find(|(span, offset)| guess - *offset < span.end)
        .map_or(guess, |(span, offset)| (guess - offset).max(span.start))
}

/// The first instant of a local date.
pub fn start_of(tz: Tz, date: NaiveDate) -> Instant {
    instant(tz, date.and_time(NaiveTime::MIN))
}

/// The local date of an instant.
pub fn date(tz: Tz, at: Instant) -> NaiveDate {
    (at + ahead(tz, at)).naive_utc().date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::at;

    fn local(text: &str) -> NaiveDateTime {
        text.parse().expect("a local time")
    }

    #[test]
    fn a_skipped_local_time_is_the_next_valid_instant() {
        assert_eq!(instant(Tz::Europe__Berlin, local("2026-03-29T02:30:00")), at("2026-03-29T01:00:00Z"));
        assert_eq!(instant(Tz::Europe__Berlin, local("2026-03-29T03:30:00")), at("2026-03-29T01:30:00Z"));
    }

    #[test]
    fn a_repeated_local_time_is_its_first_instant() {
        assert_eq!(instant(Tz::Europe__Berlin, local("2026-10-25T02:30:00")), at("2026-10-25T00:30:00Z"));
        assert_eq!(instant(Tz::Europe__Berlin, local("2026-10-25T03:00:00")), at("2026-10-25T02:00:00Z"));
    }

    #[test]
    fn days_of_a_change_have_23_and_25_hours() {
        let length = |from: &str, to: &str, day: &str| {
            let day: NaiveDate = day.parse().expect("a date");
            days(Tz::Europe__Berlin, Span::new(at(from), at(to)))
                .iter()
                .filter(|part| part.date == day)
                .fold(TimeDelta::zero(), |sum, part| sum + part.span.length())
        };
        assert_eq!(length("2026-03-27T00:00:00Z", "2026-03-31T00:00:00Z", "2026-03-29"), TimeDelta::hours(23));
        assert_eq!(length("2026-10-20T00:00:00Z", "2026-10-28T00:00:00Z", "2026-10-25"), TimeDelta::hours(25));
        assert_eq!(length("2026-10-20T00:00:00Z", "2026-10-28T00:00:00Z", "2026-10-26"), TimeDelta::hours(24));
    }

    #[test]
    fn a_date_that_a_zone_skipped_has_no_instant() {
        let within = Span::new(at("2011-12-28T00:00:00Z"), at("2012-01-02T00:00:00Z"));
        let skipped = NaiveDate::from_ymd_opt(2011, 12, 30).expect("a date");
        assert!(days(Tz::Pacific__Apia, within).iter().all(|day| day.date != skipped));
        assert_eq!(start_of(Tz::Pacific__Apia, skipped), at("2011-12-30T10:00:00Z"));
    }

    #[test]
    fn a_midnight_that_is_skipped_begins_the_day_at_one() {
        let date = NaiveDate::from_ymd_opt(2018, 11, 4).expect("a date");
        assert_eq!(start_of(Tz::America__Sao_Paulo, date), at("2018-11-04T03:00:00Z"));
    }
}
