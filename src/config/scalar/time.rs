//! Durations, windows, zones, weekdays, hours, dates.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use toml::de::DeValue;

use super::number::decimal_of;
use super::{Fault, text};
use crate::config::nearest;
use crate::domain::map::{Holiday, Repeat, Window};

/// Minutes of a day.
const DAY: u32 = 24 * 60;
/// Seconds of a unit of time.
const UNITS: [(char, i64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86400), ('w', 7 * 86400)];
/// Nothing here takes longer than a century, in milliseconds.
const LONGEST: i64 = 100 * 366 * 86400 * 1000;
/// The weekdays from Monday, as written.
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

/// A stretch of a day in minutes from midnight, half open; an end beyond 1440 crosses midnight.
pub(in super::super) type Hours = (u32, u32);

/// A duration above zero: `15s`, `1h30m`.
pub(in super::super) fn duration(value: &DeValue<'_>) -> Result<TimeDelta, Fault> {
    duration_of(text(value)?)
}

fn duration_of(text: &str) -> Result<TimeDelta, Fault> {
    let wrong =
        || Fault::new(format!("`{text}` is no duration"), "numbers with the units s m h d w, such as \"1h30m\"");
    let (mut total, mut rest) = (Decimal::ZERO, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number = decimal_of(&rest[..digits]).ok_or_else(wrong)?;
        let unit = rest[digits..].chars().next().ok_or_else(wrong)?;
        let (_, size) = UNITS.into_iter().find(|(letter, _)| *letter == unit).ok_or_else(wrong)?;
        let part = number.checked_mul(Decimal::from(size * 1000));
        total = part.and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    let milliseconds = total.trunc().to_i64().ok_or_else(wrong)?;
    match milliseconds {
        0 => Err(Fault::new(format!("`{text}` is no time at all"), "a duration above zero, such as \"15s\"")),
        1..=LONGEST => Ok(TimeDelta::milliseconds(milliseconds)),
        _ => Err(Fault::new(format!("`{text}` is longer than a century"), "a shorter duration")),
    }
}

/// A window of an objective.
pub(in super::super) fn window(value: &DeValue<'_>) -> Result<Window, Fault> {
    let text = text(value)?;
    match text {
        "week" => Ok(Window::Week),
        "month" => Ok(Window::Month),
        "quarter" => Ok(Window::Quarter),
        "year" => Ok(Window::Year),
        _ => duration_of(text).map(Window::Rolling).map_err(|fault| {
            let near = nearest::nearest(text, ["week", "month", "quarter", "year"]);
            let hint = near.map_or("\"30d\" rolls; week, month, quarter and year are of the calendar".into(), |near| {
                format!("did you mean `{near}`?")
            });
            let starts_with_digit = text.starts_with(|c: char| c.is_ascii_digit());
            if starts_with_digit { fault } else { Fault::new(format!("`{text}` is no window"), hint) }
        }),
    }
}

/// A time zone.
pub(in super::super) fn zone(value: &DeValue<'_>) -> Result<Tz, Fault> {
    let text = text(value)?;
    text.parse().map_err(|_| Fault {
        message: format!("unknown time zone `{text}`"),
        hint: nearest::nearest(text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()))
            .map(|near| format!("did you mean `{near}`?"))
            .or_else(|| Some("a name of the IANA database, such as Europe/Berlin or UTC".into())),
    })
}

fn weekday_of(word: &str) -> Option<Weekday> {
    WEEKDAYS.into_iter().find(|(name, _)| *name == word).map(|(_, day)| day)
}

fn no_weekday(text: &str) -> Fault {
    let hint = nearest::nearest(text, WEEKDAYS.map(|(name, _)| name))
        .map_or("mon tue wed thu fri sat sun, a range such as mon-fri, or daily".to_owned(), |near| {
            format!("did you mean `{near}`?")
        });
    Fault::new(format!("`{text}` is no weekday"), hint)
}

/// One weekday.
pub(in super::super) fn weekday(value: &DeValue<'_>) -> Result<Weekday, Fault> {
    let text = text(value)?;
    weekday_of(text).ok_or_else(|| no_weekday(text))
}

/// A set of weekdays: `mon`, `mon-fri`, `fri-mon`, `sat,sun`, `daily`.
pub(in super::super) fn weekdays(value: &DeValue<'_>) -> Result<Vec<Weekday>, Fault> {
    let text = text(value)?;
    if text == "daily" {
        return Ok(WEEKDAYS.map(|(_, day)| day).to_vec());
    }
    let mut days = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let mut day = weekday_of(first).ok_or_else(|| no_weekday(first))?;
        let last = weekday_of(last).ok_or_else(|| no_weekday(last))?;
        days.push(day);
        while day != last {
            day = day.succ();
            days.push(day);
        }
    }
    Ok(days)
}

/// `HH:MM` as minutes from midnight, up to 24:00.
fn minutes(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let two =
        |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u32>().ok());
    let (hour, minute) = (two(hour)??, two(minute)??);
    (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
}

/// A stretch of a day. An end that is not after the start is on the next day, so that `00:00-00:00` is a whole day.
pub(in super::super) fn hours(value: &DeValue<'_>) -> Result<Hours, Fault> {
    let text = text(value)?;
    let wrong =
        || Fault::new(format!("`{text}` are no hours"), "HH:MM-HH:MM, such as \"08:00-18:00\" or \"22:00-06:00\"");
    let (start, end) = text.split_once('-').ok_or_else(wrong)?;
    let (start, end) = (minutes(start.trim()).ok_or_else(wrong)?, minutes(end.trim()).ok_or_else(wrong)?);
    if start == DAY {
        return Err(Fault::new("24:00 is the end of a day", "begin at 00:00 of the next day"));
    }
    Ok((start, if end > start { end } else { end + DAY }))
}

/// The text of a date or time, whether it was quoted or not.
fn date_text(value: &DeValue<'_>) -> Result<String, Fault> {
    match value {
        DeValue::Datetime(datetime) => Ok(datetime.to_string()),
        _ => text(value).map(str::to_owned),
    }
}

/// A date.
pub(in super::super) fn date(value: &DeValue<'_>) -> Result<NaiveDate, Fault> {
    let text = date_text(value)?;
    date_of(&text).ok_or_else(|| Fault::new(format!("`{text}` is no date"), "year, month and day, such as 2026-11-27"))
}

fn date_of(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?
}

/// A day that is closed: a date, or month and day of every year.
pub(in super::super) fn holiday(value: &DeValue<'_>) -> Result<Holiday, Fault> {
    let text = date_text(value)?;
    if text.len() == 5 {
        // 2000 is a leap year: 02-29 is a day of every year that has it.
        if let Some(date) = date_of(&format!("2000-{text}")) {
            return Ok(Holiday::Yearly(chrono::Datelike::month(&date), chrono::Datelike::day(&date)));
        }
    }
    let wrong =
        || Fault::new(format!("`{text}` is no day"), "\"12-25\" for every year, or a date such as \"2026-05-01\"");
    date_of(&text).map(Holiday::Date).ok_or_else(wrong)
}

/// A local date and time.
pub(in super::super) fn local_time(value: &DeValue<'_>) -> Result<NaiveDateTime, Fault> {
    let text = date_text(value)?;
    let zoned = chrono::DateTime::parse_from_rfc3339(&text).is_ok();
    if zoned {
        return Err(Fault::new("this time has a zone of its own", "write the local time, and the zone as tz = \"…\""));
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    formats.iter().find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok()).ok_or_else(|| {
        Fault::new(format!("`{text}` is no date and time"), "a local date and time such as 2026-11-28T22:00:00")
    })
}

/// When something comes again: `daily`, `weekly sat`, `monthly 1st sat`.
pub(in super::super) fn repeat(value: &DeValue<'_>) -> Result<Repeat, Fault> {
    let text = text(value)?;
    let ordinals = ["1st", "2nd", "3rd", "4th", "5th"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let read = match words.as_slice() {
        ["daily"] => Some(Repeat::Daily),
        ["weekly", day] => weekday_of(day).map(Repeat::Weekly),
        ["monthly", nth, day] => weekday_of(day).and_then(|day| {
            let nth = (1..).zip(ordinals).find(|(_, word)| word == nth).map(|(number, _)| number)?;
            Some(Repeat::Monthly(nth, day))
        }),
        _ => None,
    };
    read.ok_or_else(|| Fault::new(format!("`{text}` is no repetition"), "daily, weekly sat, or monthly 1st sat"))
}
