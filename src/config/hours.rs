//! `[[calendar]]` and `[[profile]]`: stretches of the week.

use rust_decimal::Decimal;

use super::names::Scope;
use super::reader::{Entry, Place, Table};
use super::scalar::{self, Hours};
use crate::domain::id::{CalendarId, ProfileId};
use crate::domain::map::{Calendar, Profile};

/// Minutes of a week.
const WEEK: u32 = 7 * 24 * 60;
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Reads a calendar; stretches of one day that touch or overlap become one.
pub(super) fn calendar(table: Table<'_>, scope: &Scope<'_>) -> Calendar {
    let mut hours: [Vec<Hours>; 7] = Default::default();
    for (day, entry) in days(table) {
        let ranges = entry.item.one_or_many().into_iter().filter_map(|item| item.read(scalar::hours));
        hours[day].extend(ranges);
    }
    Calendar {
        id: CalendarId::from(table.text("id").unwrap_or_default()),
        tz: scope.zone(table),
        hours: hours.map(merged),
        holidays: table.list("holidays").filter_map(|item| item.read(scalar::holiday)).collect(),
    }
}

/// Reads a profile; an error where two weights hold at once on a day.
pub(super) fn profile(table: Table<'_>, scope: &Scope<'_>) -> Profile {
    let mut hours: [Vec<(u32, u32, Decimal)>; 7] = Default::default();
    let mut places: [Vec<(u32, u32, Place)>; 7] = Default::default();
    for (day, entry) in days(table) {
        for range in entry.item.table().into_iter().flat_map(Table::entries) {
            let text = toml::de::DeValue::String(range.key.into());
            let (Ok((start, end)), Some(weight)) = (scalar::hours(&text), range.item.read(scalar::decimal)) else {
                continue;
            };
            hours[day].push((start, end, weight));
            places[day].push((start, end, range.key_at));
        }
    }
    for (day, places) in places.iter_mut().enumerate() {
        places.sort_unstable();
        if let Some(pair) = places.windows(2).find(|pair| pair[1].0 < pair[0].1) {
            let message = format!("these hours of {} have two weights", WEEKDAYS[day]);
            scope.findings.error(pair[1].2, message, "stretches of one day must not overlap");
        }
    }
    hours.iter_mut().for_each(|day| day.sort_unstable());
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

/// The mean weight over a week. Where a night that began the day before meets a stretch of the day itself, the
/// latter holds.
pub(super) fn mean_weight(profile: &Profile) -> Decimal {
    let mut week = vec![Decimal::ZERO; WEEK as usize];
    let mut paint = |from: u32, to: u32, weight: Decimal| {
        for minute in from..to {
            week[(minute % WEEK) as usize] = weight;
        }
    };
    for after_midnight in [true, false] {
        for (day, stretches) in (0..).zip(&profile.hours) {
            let (midnight, next) = (day * 1440, (day + 1) * 1440);
            for (start, end, weight) in stretches {
                let (start, end) = (midnight + start, midnight + end);
                if after_midnight {
                    paint(start.max(next), end.max(next), *weight);
                } else {
                    paint(start, end.min(next), *weight);
                }
            }
        }
    }
    week.iter().sum::<Decimal>() / Decimal::from(WEEK)
}

/// Every weekday (from Monday, 0) that a key of `hours` names, with the entry.
fn days(table: Table<'_>) -> Vec<(usize, Entry<'_>)> {
    let mut days = Vec::new();
    for entry in table.table("hours").into_iter().flat_map(Table::entries) {
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
