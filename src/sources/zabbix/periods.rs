//! When a maintenance of Zabbix takes place: once, or again every few days, weeks or months, by the clock of the server.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::answers::{Maintenance, Period, time};
use crate::domain::span::{Instant, Span};
use crate::domain::zone;

/// How far ahead those that come again are told.
const AHEAD: TimeDelta = TimeDelta::days(7);

/// The stretches of a maintenance that are on now or come within a week; one that is on once, however far ahead.
pub fn windows(maintenance: &Maintenance, tz: Tz, now: Instant) -> Vec<Span> {
    let (Some(since), Some(till)) = (time(&maintenance.active_since), time(&maintenance.active_till)) else {
        return Vec::new();
    };
    let active = Span::new(since, till);
    let mut found: Vec<Span> = maintenance
        .timeperiods
        .iter()
        .flat_map(|period| match number(&period.timeperiod_type) {
            0 => once(period).into_iter().collect(),
            kind => again(period, kind, active, tz, now),
        })
        .filter_map(|span| span.intersection(active))
        .filter(|span| span.end > now)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn once(period: &Period) -> Option<Span> {
    let start = time(&period.start_date)?;
    Some(Span::new(start, start + length(period)?))
}

fn again(period: &Period, kind: i64, active: Span, tz: Tz, now: Instant) -> Vec<Span> {
    let Some(length) = length(period) else { return Vec::new() };
    let seconds = number(&period.start_time).clamp(0, 86_399);
    let Some(at) = NaiveTime::from_num_seconds_from_midnight_opt(seconds as u32, 0) else { return Vec::new() };
    let first = zone::date(tz, active.start);
    let earliest = zone::date(tz, now - length);
    let last = zone::date(tz, (now + AHEAD).min(active.end));
    let days = earliest.pred_opt().unwrap_or(earliest).max(first).iter_days().take_while(|day| *day <= last);
    days.filter(|day| is_day(period, kind, first, *day))
        .map(|day| zone::instant(tz, day.and_time(at)))
        .map(|start| Span::new(start, start + length))
        .collect()
}

fn is_day(period: &Period, kind: i64, first: NaiveDate, day: NaiveDate) -> bool {
    let every = number(&period.every).max(1);
    let on_weekday = number(&period.dayofweek) >> day.weekday().num_days_from_monday() & 1 == 1;
    match kind {
        2 => (day - first).num_days() % every == 0,
        3 => {
            let monday = |day: NaiveDate| day - Days::new(u64::from(day.weekday().num_days_from_monday()));
            on_weekday && (monday(day) - monday(first)).num_days() / 7 % every == 0
        }
        4 => {
            let in_month = number(&period.month) >> day.month0() & 1 == 1;
            let on_day = match number(&period.day) {
                // The fifth week is the last one.
                0 if every >= 5 => on_weekday && (day + Days::new(7)).month() != day.month(),
                0 => on_weekday && i64::from(day.day0() / 7 + 1) == every,
                date => i64::from(day.day()) == date,
            };
            in_month && on_day
        }
        _ => false,
    }
}

fn length(period: &Period) -> Option<TimeDelta> {
    // No maintenance that comes again lasts longer than a year.
    let seconds = number(&period.period);
    (seconds > 0).then(|| TimeDelta::seconds(seconds.min(366 * 86_400)))
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::at;

    fn maintenance(since: &str, till: &str, period: Period) -> Maintenance {
        let seconds = |text: &str| at(text).timestamp().to_string();
        Maintenance {
            active_since: seconds(since),
            active_till: seconds(till),
            timeperiods: vec![period],
            ..Maintenance::default()
        }
    }

    fn period(kind: &str, every: &str, start: i64, length: i64) -> Period {
        Period {
            timeperiod_type: kind.to_owned(),
            every: every.to_owned(),
            start_time: start.to_string(),
            period: length.to_string(),
            ..Period::default()
        }
    }

    fn starts(maintenance: &Maintenance, now: &str) -> Vec<String> {
        let found = windows(maintenance, Tz::Europe__Berlin, at(now));
        found.iter().map(|span| span.start.format("%m-%d %H:%M").to_string()).collect()
    }

    #[test]
    fn one_that_is_once_is_cut_by_when_it_is_active() {
        let start_date = at("2026-12-24T20:00:00Z").timestamp().to_string();
        let period = Period { start_date, ..period("0", "1", 0, 7200) };
        let once = maintenance("2026-12-24T20:30:00Z", "2026-12-31T00:00:00Z", period);
        assert_eq!(starts(&once, "2026-11-24T00:00:00Z"), ["12-24 20:30"]);
        assert!(starts(&once, "2026-12-24T22:00:00Z").is_empty());
    }

    #[test]
    fn every_second_day_and_every_second_week_count_from_the_first() {
        let daily = maintenance("2026-11-23T10:00:00Z", "2027-01-01T00:00:00Z", period("2", "2", 7200, 3600));
        assert_eq!(
            starts(&daily, "2026-11-24T10:00:00Z"),
            ["11-25 01:00", "11-27 01:00", "11-29 01:00", "12-01 01:00"]
        );
        // Wednesdays and Sundays.
        let weekly = Period { dayofweek: "68".to_owned(), ..period("3", "2", 7200, 3600) };
        let weekly = maintenance("2026-11-17T10:00:00Z", "2027-01-01T00:00:00Z", weekly);
        assert!(starts(&weekly, "2026-11-24T10:00:00Z").is_empty());
        assert_eq!(starts(&weekly, "2026-11-28T10:00:00Z"), ["12-02 01:00"]);
    }

    #[test]
    fn months_have_days_and_weekdays() {
        let monthly = |every: &str, month: &str, day: &str, dayofweek: &str| {
            let [month, day, dayofweek] = [month, day, dayofweek].map(str::to_owned);
            let period = Period { month, day, dayofweek, ..period("4", every, 7200, 3600) };
            maintenance("2026-11-17T10:00:00Z", "2027-06-01T00:00:00Z", period)
        };
        assert_eq!(starts(&monthly("1", "4095", "0", "32"), "2026-12-01T10:00:00Z"), ["12-05 01:00"], "first Saturday");
        assert_eq!(starts(&monthly("5", "4095", "0", "64"), "2026-12-22T10:00:00Z"), ["12-27 01:00"], "last Sunday");
        assert_eq!(starts(&monthly("1", "2048", "24", "0"), "2026-12-22T10:00:00Z"), ["12-24 01:00"]);
        assert!(starts(&monthly("1", "1024", "24", "0"), "2026-12-22T10:00:00Z").is_empty(), "in November alone");
    }

    #[test]
    fn nonsense_is_no_window() {
        for (kind, start, length) in [("7", 0, 60), ("2", -5, 0), ("3", i64::MAX, i64::MAX)] {
            let odd = maintenance("2026-11-17T10:00:00Z", "2027-06-01T00:00:00Z", period(kind, "-1", start, length));
            assert!(starts(&odd, "2026-12-22T10:00:00Z").is_empty(), "{kind}");
        }
    }
}
