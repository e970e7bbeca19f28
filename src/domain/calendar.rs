//! Open hours: which instants of a span a calendar is open for.
//!
//! Contracts and clocks count only these. Hours are local, half open, and may cross midnight; a holiday closes its
//! local day, also for a stretch that came over midnight into it, and no other day.

use chrono::{Datelike as _, NaiveDate, TimeDelta};

use super::map::{Calendar, Holiday};
use super::span::{Instant, Span, Spans};
use super::zone;

/// Minutes of a whole day.
pub(super) const DAY: u32 = 24 * 60;

/// The instants within a span at which the calendar is open.
pub fn open(calendar: &Calendar, within: Span) -> Spans {
    let mut open = Vec::new();
    if calendar.hours.iter().any(|day| !day.is_empty()) {
        for day in zone::days(calendar.tz, within) {
            if !is_holiday(calendar, day.date) {
                open.extend(stretches(calendar, day.date).filter_map(|(start, end)| day.minutes(start, end)));
            }
        }
    }
    Spans::of(open)
}

/// Whether the calendar is open at an instant.
pub fn is_open(calendar: &Calendar, at: Instant) -> bool {
    !open(calendar, Span::new(at, at + TimeDelta::nanoseconds(1))).is_empty()
}

/// The open hours within a span of a calendar, or all of it where there is none.
pub(super) fn hours(calendar: Option<&Calendar>, within: Span) -> Spans {
    calendar.map_or_else(|| Spans::from(within), |calendar| open(calendar, within))
}

/// The open minutes of a date, holidays apart: its own stretches up to midnight, and what the day before left over.
fn stretches(calendar: &Calendar, date: NaiveDate) -> impl Iterator<Item = (u32, u32)> + '_ {
    let today = date.weekday().num_days_from_monday() as usize;
    let left = calendar.hours[(today + 6) % 7].iter().filter_map(|(start, end)| tail(*start, *end));
    left.chain(calendar.hours[today].iter().map(|(start, end)| (*start, (*end).min(DAY))))
}

/// What a stretch leaves over to the next day.
pub(super) fn tail(start: u32, end: u32) -> Option<(u32, u32)> {
    (end > DAY).then(|| (start.saturating_sub(DAY), (end - DAY).min(DAY)))
}

fn is_holiday(calendar: &Calendar, date: NaiveDate) -> bool {
    calendar.holidays.iter().any(|holiday| match holiday {
        Holiday::Yearly(month, day) => date.month() == *month && date.day() == *day,
        Holiday::Date(closed) => *closed == date,
    })
}

#[cfg(test)]
mod tests;
