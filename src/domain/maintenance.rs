//! When declared maintenance takes place: a local start that comes again, each time for the same length of time.
//!
//! Starts follow the wall clock of the declared zone, also across changes of clock; the length is real time.

use chrono::{Datelike as _, NaiveDate};

use super::map::{Maintenance, Repeat};
use super::span::Span;
use super::zone;

/// The occurrences that have an instant within a span, whole and in order.
pub fn occurrences(maintenance: &Maintenance, within: Span) -> Vec<Span> {
    let first = maintenance.start.date();
    let earliest = zone::date(maintenance.tz, within.start - maintenance.duration);
    let latest = zone::date(maintenance.tz, within.end).min(maintenance.until.unwrap_or(NaiveDate::MAX));
    let from = earliest.pred_opt().unwrap_or(earliest).max(first);
    from.iter_days()
        .take_while(|date| *date <= latest)
        .filter(|date| is_day(maintenance.repeat, first, *date))
        .map(|date| {
            let start = zone::instant(maintenance.tz, date.and_time(maintenance.start.time()));
            Span::new(start, start + maintenance.duration)
        })
        .filter(|span| span.intersection(within).is_some())
        .collect()
}

/// Whether one starts on a date, which is not before the first.
fn is_day(repeat: Repeat, first: NaiveDate, date: NaiveDate) -> bool {
    match repeat {
        Repeat::Never => date == first,
        Repeat::Daily => true,
        Repeat::Weekly(day) => date.weekday() == day,
        Repeat::Monthly(number, day) => date.weekday() == day && date.day0() / 7 + 1 == u32::from(number),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, Weekday};
    use chrono_tz::Tz;

    use super::*;
    use crate::domain::testing::at;

    fn declared(start: &str, repeat: Repeat, until: Option<&str>) -> Maintenance {
        Maintenance {
            nodes: vec![0],
            start: start.parse().expect("a local time"),
            tz: Tz::Europe__Berlin,
            duration: TimeDelta::hours(2),
            repeat,
            until: until.map(|date| date.parse().expect("a date")),
            excluded: false,
            summary: None,
        }
    }

    fn starts(maintenance: &Maintenance, from: &str, to: &str) -> Vec<String> {
        let within = Span::new(at(from), at(to));
        occurrences(maintenance, within).iter().map(|span| span.start.format("%m-%d %H:%M").to_string()).collect()
    }

    #[test]
    fn it_comes_every_week_on_its_day_until_the_last_one() {
        let weekly = declared("2026-11-28T22:00:00", Repeat::Weekly(Weekday::Sat), Some("2026-12-12"));
        let found = starts(&weekly, "2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z");
        assert_eq!(found, ["11-28 21:00", "12-05 21:00", "12-12 21:00"]);
        assert_eq!(starts(&weekly, "2026-12-05T22:59:59Z", "2026-12-06T00:00:00Z"), ["12-05 21:00"]);
        assert!(starts(&weekly, "2026-12-05T23:00:00Z", "2026-12-06T00:00:00Z").is_empty());
    }

    #[test]
    fn a_single_one_does_not_come_again() {
        let once = declared("2026-11-28T22:00:00", Repeat::Never, None);
        assert_eq!(starts(&once, "2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z"), ["11-28 21:00"]);
    }

    #[test]
    fn the_nth_weekday_of_a_month_may_be_missing() {
        let fifth = declared("2026-01-01T01:00:00", Repeat::Monthly(5, Weekday::Sat), None);
        let found = starts(&fifth, "2026-01-01T00:00:00Z", "2026-06-15T00:00:00Z");
        assert_eq!(found, ["01-31 00:00", "05-29 23:00"]);
        let first = declared("2026-02-01T01:00:00", Repeat::Monthly(1, Weekday::Sun), None);
        let found = starts(&first, "2026-01-01T00:00:00Z", "2026-04-15T00:00:00Z");
        assert_eq!(found, ["02-01 00:00", "03-01 00:00", "04-04 23:00"]);
    }

    #[test]
    fn the_wall_clock_decides_when_and_real_time_how_long() {
        let daily = declared("2026-03-28T02:30:00", Repeat::Daily, None);
        let within = Span::new(at("2026-03-28T00:00:00Z"), at("2026-03-31T00:00:00Z"));
        let found = occurrences(&daily, within);
        let starts: Vec<_> = found.iter().map(|span| span.start).collect();
        assert_eq!(starts, [at("2026-03-28T01:30:00Z"), at("2026-03-29T01:00:00Z"), at("2026-03-30T00:30:00Z")]);
        assert!(found.iter().all(|span| span.length() == TimeDelta::hours(2)));
    }
}
