//! `[[calendar]]` and `[[profile]]`: stretches of the week.

use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::names::Scope;
use super::reader::{Entry, Place, Table};
use super::scalar::{self, Hours};
use crate::domain::id::{CalendarId, ProfileId};
use crate::domain::map::{Calendar, Profile};
use crate::domain::profile;
use crate::domain::span::Span;

/// Reads a calendar; stretches of one day that touch or overlap become one.
pub(super) fn read_calendar(table: Table<'_>, scope: &Scope<'_>) -> Calendar {
    Calendar {
        id: CalendarId::from(table.text("id").unwrap_or_default()),
        tz: scope.zone(table),
        holidays: table.list("holidays").filter_map(|item| item.read(scalar::holiday)).collect(),
        ..read_week(table, "hours", scope)
    }
}

/// Reads the hours by weekday of a key, in the zone of the configuration.
pub(super) fn read_week(table: Table<'_>, key: &str, scope: &Scope<'_>) -> Calendar {
    let mut hours: [Vec<Hours>; 7] = Default::default();
    for (day, entry) in days(table, key) {
        let ranges = entry.item.one_or_many().into_iter().filter_map(|item| item.read(scalar::hours));
        hours[day].extend(ranges);
    }
    Calendar { id: CalendarId::from(key), tz: scope.tz, hours: hours.map(merged), holidays: Vec::new() }
}

/// Reads a profile; an error where two weights hold at once on a day.
pub(super) fn read_profile(table: Table<'_>, scope: &Scope<'_>) -> Profile {
    let mut hours: [Vec<(u32, u32, Decimal)>; 7] = Default::default();
    let mut places: [Vec<(u32, u32, Place)>; 7] = Default::default();
    for (day, entry) in days(table, "hours") {
        for range in entry.item.table().into_iter().flat_map(Table::entries) {
            let text = toml::de::DeValue::String(range.key.into());
            let (Ok((start, end)), Some(weight)) = (scalar::hours(&text), range.item.read(scalar::decimal)) else {
                continue;
            };
            hours[day].push((start, end, weight));
            places[day].push((start, end, range.key_at));
        }
    }
    for places in &mut places {
        places.sort_unstable();
        if let Some(pair) = places.windows(2).find(|pair| pair[1].0 < pair[0].1) {
            scope.findings.error(
                pair[1].2,
                "these hours have a second weight",
                "stretches of one day must not overlap",
            );
        }
    }
    for day in &mut hours {
        day.sort_unstable();
    }
    let date = |entry: Entry<'_>| {
        let date = scalar::date(&toml::de::DeValue::String(entry.key.into())).ok()?;
        Some((date, entry.item.read(scalar::decimal)?))
    };
    let dates = table.table("dates").into_iter().flat_map(Table::entries).filter_map(date);
    Profile {
        id: ProfileId::from(table.text("id").unwrap_or_default()),
        tz: scope.zone(table),
        hours,
        dates: dates.collect(),
    }
}

/// The mean weight over a week without special dates and changes of the clock.
pub(super) fn mean_weight(configured: &Profile) -> Decimal {
    let plain = Profile { tz: Tz::UTC, dates: Vec::new(), ..configured.clone() };
    let monday = DateTime::UNIX_EPOCH + TimeDelta::days(4); // the first of 1970 was a Thursday
    let week = Span::new(monday, monday + TimeDelta::weeks(1));
    let seconds = |span: Span| Decimal::from(span.length().num_seconds());
    let weighted: Decimal =
        profile::pieces(&plain, week).into_iter().map(|(span, weight)| seconds(span) * weight).sum();
    weighted / seconds(week)
}

/// Every weekday (from Monday, 0) that a key of such a table names, with the entry.
fn days<'a>(table: Table<'a>, key: &str) -> Vec<(usize, Entry<'a>)> {
    let mut days = Vec::new();
    for entry in table.table(key).into_iter().flat_map(Table::entries) {
        let text = toml::de::DeValue::String(entry.key.into());
        for day in scalar::weekdays(&text).unwrap_or_default() {
            days.push((day.num_days_from_monday() as usize, entry));
        }
    }
    days
}

fn merged(mut day: Vec<Hours>) -> Vec<Hours> {
    day.sort_unstable();
    let mut merged: Vec<Hours> = Vec::with_capacity(day.len());
    for (start, end) in day {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_takes_each_minute_once() {
        let weekday = vec![(480, 1200, Decimal::ONE), (1200, 1920, Decimal::new(2, 1))];
        let mut hours: [Vec<_>; 7] = std::array::from_fn(|_| weekday.clone());
        hours[5] = vec![(0, 1440, Decimal::new(5, 1))];
        hours[6] = hours[5].clone();
        let (id, tz, dates) = (ProfileId::from("week"), chrono_tz::Tz::UTC, Vec::new());
        // 5 days of 12 h at 1 and 12 h at 0.2, 2 days at 0.5.
        assert_eq!(mean_weight(&Profile { id, tz, hours, dates }), Decimal::new(96, 0) / Decimal::from(168));
    }
}
