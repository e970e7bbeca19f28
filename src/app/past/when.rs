//! Instants as an operator types them: `-2h`, `02:14`, `2026-11-24 02:14`, `2026-11-24`, `now`.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::domain::span::Instant;
use crate::domain::zone;

/// What may be typed, with what it means.
pub const EXAMPLES: [(&str, &str); 4] = [
    ("-2h", "two hours before now; also s, m, d, w"),
    ("02:14", "the last time that clocks showed it"),
    ("2026-11-24 02:14", "a day and a time of day, local"),
    ("now", "back to how things are"),
];

/// The instant that is meant, in the zone of the map.
///
/// # Errors
/// What can be typed instead.
pub fn read(text: &str, now: Instant, tz: Tz) -> Result<Instant, String> {
    let text = text.trim();
    let unclear = || format!("{text:?} is no instant: type one like -2h, 02:14 or 2026-11-24 02:14");
    if text.eq_ignore_ascii_case("now") {
        return Ok(now);
    }
    if let Some(ago) = text.strip_prefix('-') {
        return length(ago).and_then(|ago| now.checked_sub_signed(ago)).ok_or_else(unclear);
    }
    if let Ok(at) = text.parse::<Instant>() {
        return Ok(at);
    }
    let time =
        |text: &str| ["%H:%M:%S", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok());
    if let Some(time) = time(text) {
        let today = zone::date(tz, now);
        let at = zone::instant(tz, today.and_time(time));
        let yesterday = today.pred_opt().unwrap_or(today);
        return Ok(if at <= now { at } else { zone::instant(tz, yesterday.and_time(time)) });
    }
    let (date, rest) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|_| unclear())?;
    let time = time(rest.trim()).ok_or_else(unclear)?;
    Ok(zone::instant(tz, NaiveDateTime::new(date, time)))
}

fn length(text: &str) -> Option<TimeDelta> {
    let mut sum = TimeDelta::zero();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        sum = sum.checked_add(&TimeDelta::try_seconds(number.checked_mul(seconds)?)?)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    (sum > TimeDelta::zero()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::at;

    fn check(text: &str, expected: &str) {
        let found = read(text, at("2026-11-24T10:00:00Z"), Tz::Europe__Berlin);
        assert_eq!(found, Ok(at(expected)), "{text}");
    }

    #[test]
    fn instants_are_read_as_people_type_them() {
        check("-2h", "2026-11-24T08:00:00Z");
        check("-1d2h30m", "2026-11-23T07:30:00Z");
        check("02:14", "2026-11-24T01:14:00Z");
        check("23:30", "2026-11-23T22:30:00Z");
        check("2026-10-25 02:30", "2026-10-25T00:30:00Z");
        check(" 2026-11-01 ", "2026-10-31T23:00:00Z");
        check("2026-11-01T02:14:09Z", "2026-11-01T02:14:09Z");
        check("now", "2026-11-24T10:00:00Z");
    }

    #[test]
    fn what_is_no_instant_is_said() {
        for text in ["", "-", "-2x", "yesterday", "25:00", "2026-13-01", "-99999999999999999w"] {
            let wrong = read(text, at("2026-11-24T10:00:00Z"), Tz::UTC).expect_err(text);
            assert!(wrong.contains("-2h"), "{wrong}");
        }
    }
}
