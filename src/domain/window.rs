//! The bounds of an objective's window: the stretch of time that a promise is counted over.
//!
//! A rolling window ends now. A calendar window is the whole week, month, quarter or year that now lies in, from
//! local midnight to local midnight, so that its length follows the zone's changes of clock.

use chrono::{Datelike as _, NaiveDate, Weekday};
use chrono_tz::Tz;

use super::map::Window;
use super::span::{Instant, Span};
use super::zone;

/// The window that an instant lies in; the end is exclusive.
pub fn bounds(window: Window, tz: Tz, week_starts: Weekday, at: Instant) -> Span {
    let today = zone::date(tz, at);
    let (first, next) = match window {
        Window::Rolling(period) => return Span::new(at - period, at),
        Window::Week => {
            let first = today.week(week_starts).first_day();
            (first, first.checked_add_days(chrono::Days::new(7)).unwrap_or(NaiveDate::MAX))
        }
        Window::Month => months(today, 1),
        Window::Quarter => months(today, 3),
        Window::Year => months(today, 12),
    };
    Span::new(zone::start_of(tz, first), zone::start_of(tz, next))
}

/// Whether a window is of the calendar, so that it has an end to come.
pub fn is_calendar(window: Window) -> bool {
    !matches!(window, Window::Rolling(_))
}

/// The first days of the so many months that a date lies in, and of the next ones.
fn months(date: NaiveDate, count: u32) -> (NaiveDate, NaiveDate) {
    let first = date.month0() / count * count;
    let begin = NaiveDate::from_ymd_opt(date.year(), first + 1, 1).unwrap_or(NaiveDate::MIN);
    (begin, begin.checked_add_months(chrono::Months::new(count)).unwrap_or(NaiveDate::MAX))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::testing::at;

    fn check(window: Window, tz: Tz, now: &str, start: &str, end: &str) {
        assert_eq!(bounds(window, tz, Weekday::Mon, at(now)), Span::new(at(start), at(end)), "{window:?} in {tz}");
    }

    #[test]
    fn windows_as_other_tools_print_them() {
        let now = "2022-08-11T08:31:00Z";
        check(Window::Week, Tz::UTC, now, "2022-08-08T00:00:00Z", "2022-08-15T00:00:00Z");
        check(Window::Month, Tz::UTC, now, "2022-08-01T00:00:00Z", "2022-09-01T00:00:00Z");
        check(Window::Quarter, Tz::UTC, now, "2022-07-01T00:00:00Z", "2022-10-01T00:00:00Z");
        check(Window::Year, Tz::UTC, now, "2022-01-01T00:00:00Z", "2023-01-01T00:00:00Z");
        let rolling = Window::Rolling(TimeDelta::days(90));
        check(rolling, Tz::UTC, now, "2022-05-13T08:31:00Z", now);
    }

    #[test]
    fn a_month_of_a_zone_follows_its_changes_of_clock() {
        let now = "2026-03-31T22:30:00Z";
        check(Window::Month, Tz::Europe__Berlin, now, "2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z");
        let now = "2026-10-31T22:59:59Z";
        check(Window::Month, Tz::Europe__Berlin, now, "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z");
        check(Window::Quarter, Tz::Europe__Berlin, now, "2026-09-30T22:00:00Z", "2026-12-31T23:00:00Z");
    }

    #[test]
    fn the_end_of_a_window_belongs_to_the_next_one() {
        check(Window::Month, Tz::UTC, "2024-02-29T23:59:59Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z");
        check(Window::Month, Tz::UTC, "2024-03-01T00:00:00Z", "2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z");
        check(Window::Week, Tz::UTC, "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2024-01-08T00:00:00Z");
        let sunday = bounds(Window::Week, Tz::UTC, Weekday::Sun, at("2021-10-04T12:00:00Z"));
        assert_eq!(sunday, Span::new(at("2021-10-03T00:00:00Z"), at("2021-10-10T00:00:00Z")));
    }
}
