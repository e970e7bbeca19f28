//! Calendars of open hours: what other tools' tests say of them, and the days on which clocks change.

use chrono::NaiveDate;
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::domain::id::CalendarId;
use crate::domain::testing::{at, daily};

fn calendar(tz: Tz, hours: [Vec<(u32, u32)>; 7], holidays: Vec<Holiday>) -> Calendar {
    Calendar { id: CalendarId::from("hours"), tz, hours, holidays }
}

fn open_minutes(calendar: &Calendar, from: &str, to: &str) -> i64 {
    open(calendar, Span::new(at(from), at(to))).length().num_minutes()
}

#[test]
fn glpi_open_hours() {
    let mut hours: [Vec<_>; 7] = std::array::from_fn(|_| vec![(480, 1200)]);
    hours[5].clear();
    hours[6].clear();
    let office = calendar(Tz::UTC, hours, Vec::new());
    for (instant, wanted) in [
        ("2019-01-01T00:00:00Z", false),
        ("2019-01-02T08:30:00Z", true),
        ("2019-01-04T21:00:00Z", false),
        ("2019-01-05T08:30:00Z", false),
        ("2019-01-06T00:00:00Z", false),
    ] {
        assert_eq!(is_open(&office, at(instant)), wanted, "{instant}");
    }
}

#[test]
fn hours_are_half_open() {
    let office = daily(Tz::Europe__Berlin, 9 * 60, 17 * 60);
    assert!(is_open(&office, at("2024-01-08T08:00:00Z")));
    assert!(!is_open(&office, at("2024-01-08T16:00:00Z")));
    assert!(!is_open(&office, at("2024-01-08T07:59:59.999Z")));
}

#[test]
fn a_repeated_hour_counts_twice_and_a_skipped_one_not_at_all() {
    let night = daily(Tz::Europe__Berlin, 60, 4 * 60);
    assert_eq!(open_minutes(&night, "2026-03-28T22:00:00Z", "2026-03-29T12:00:00Z"), 120);
    assert_eq!(open_minutes(&night, "2026-10-24T20:00:00Z", "2026-10-25T12:00:00Z"), 240);
    assert_eq!(open_minutes(&night, "2026-10-25T20:00:00Z", "2026-10-26T12:00:00Z"), 180);
}

#[test]
fn what_begins_in_the_skipped_hour_begins_at_the_next_valid_instant() {
    let night = daily(Tz::Europe__Berlin, 150, 4 * 60);
    let spans: Vec<_> =
        open(&night, Span::new(at("2026-03-29T00:00:00Z"), at("2026-03-29T12:00:00Z"))).iter().collect();
    assert_eq!(spans, [Span::new(at("2026-03-29T01:00:00Z"), at("2026-03-29T02:00:00Z"))]);
}

#[test]
fn half_of_a_repeated_hour_counts_twice() {
    let half = daily(Tz::Europe__Berlin, 120, 150);
    let spans: Vec<_> = open(&half, Span::new(at("2026-10-24T22:00:00Z"), at("2026-10-25T12:00:00Z"))).iter().collect();
    let wanted = [
        Span::new(at("2026-10-25T00:00:00Z"), at("2026-10-25T00:30:00Z")),
        Span::new(at("2026-10-25T01:00:00Z"), at("2026-10-25T01:30:00Z")),
    ];
    assert_eq!(spans, wanted);
}

/// Saturday 22:00 to Sunday 06:00.
fn night_shift(holidays: Vec<Holiday>) -> Calendar {
    let mut hours: [Vec<_>; 7] = std::array::from_fn(|_| Vec::new());
    hours[5] = vec![(22 * 60, 30 * 60)];
    calendar(Tz::UTC, hours, holidays)
}

#[test]
fn a_stretch_may_cross_midnight() {
    assert_eq!(open_minutes(&night_shift(Vec::new()), "2026-11-26T00:00:00Z", "2026-12-01T00:00:00Z"), 480);
    assert!(is_open(&night_shift(Vec::new()), at("2026-11-29T05:59:00Z")));
    assert!(!is_open(&night_shift(Vec::new()), at("2026-11-28T05:59:00Z")));
}

#[test]
fn a_holiday_closes_its_local_day_and_no_other() {
    let sunday = NaiveDate::from_ymd_opt(2026, 11, 29).expect("a date");
    let cut = night_shift(vec![Holiday::Date(sunday)]);
    assert_eq!(open_minutes(&cut, "2026-11-26T00:00:00Z", "2026-12-01T00:00:00Z"), 120);
    let saturday = night_shift(vec![Holiday::Yearly(11, 28)]);
    assert_eq!(open_minutes(&saturday, "2026-11-26T00:00:00Z", "2026-12-01T00:00:00Z"), 360);
    assert_eq!(open_minutes(&saturday, "2026-12-01T00:00:00Z", "2026-12-08T00:00:00Z"), 480);
}

#[test]
fn all_hours_of_all_days_have_no_seams() {
    let always = daily(Tz::America__New_York, 0, 24 * 60);
    let year = Span::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    assert_eq!(open(&always, year), Spans::from(year));
}

proptest! {
    /// Open time is additive, and an instant is open exactly where its wall clock is within hours.
    #[test]
    fn open_time_is_additive(start in 1_770_000_000_i64..1_800_000_000, first in 0_i64..5_000_000, second in 0_i64..5_000_000) {
        let instant = |second: i64| Instant::from_timestamp(second, 0).expect("in range");
        let mut hours: [Vec<_>; 7] = std::array::from_fn(|_| vec![(90, 150), (480, 1020)]);
        hours[6] = vec![(1380, 1560)];
        let office = calendar(Tz::Europe__Berlin, hours, vec![Holiday::Yearly(12, 25), Holiday::Yearly(10, 25)]);
        let (a, b, c) = (instant(start), instant(start + first), instant(start + first + second));
        let whole = open(&office, Span::new(a, c));
        let parts = open(&office, Span::new(a, b)).length() + open(&office, Span::new(b, c)).length();
        prop_assert_eq!(whole.length(), parts);
        prop_assert_eq!(whole.contains(b), is_open(&office, b) && b < c);
        let local = b.with_timezone(&Tz::Europe__Berlin).naive_local();
        let minute = chrono::Timelike::num_seconds_from_midnight(&local) / 60;
        let own = office.hours[local.weekday().num_days_from_monday() as usize].iter().any(|(s, e)| *s <= minute && minute < *e);
        let late = local.weekday() == chrono::Weekday::Mon && minute < 120;
        let closed = is_holiday(&office, local.date());
        prop_assert_eq!(is_open(&office, b), (own || late) && !closed);
    }
}
