//! Values as vendors write them: amounts with signs of currency and thousands, dates of several forms, tags as JSON.

use chrono::{DateTime, NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::span::Instant;

/// Whether a value says nothing.
fn is_nothing(text: &str) -> bool {
    ["", "null", "none", "n/a", "nan", "-"].iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
}

/// An amount: `12.5`, `1.2E-7`, `$10,000.00 `, `(5.00)`, `1.234,56`; `None` where it says nothing.
///
/// # Errors
/// It says something else.
pub(super) fn amount(text: &str) -> Result<Option<Decimal>, ()> {
    let text = text.trim();
    if is_nothing(text) {
        return Ok(None);
    }
    if let Ok(plain) = text.parse() {
        return Ok(Some(plain));
    }
    if let Ok(scientific) = Decimal::from_scientific(text) {
        return Ok(Some(scientific));
    }
    let is_negative = text.starts_with('(') && text.ends_with(')') || text.contains('-');
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let others = text.chars().filter(|c| c.is_alphabetic()).count();
    if digits.is_empty() || others > 3 {
        return Err(());
    }
    let point = match (digits.rfind('.'), digits.rfind(',')) {
        (Some(dot), Some(comma)) => Some(dot.max(comma)),
        // One comma alone parts thousands where three digits follow it, but never after a zero.
        (None, Some(comma))
            if digits.matches(',').count() == 1 && (digits.len() - comma - 1 != 3 || digits.starts_with("0,")) =>
        {
            Some(comma)
        }
        (Some(dot), None) if digits.matches('.').count() == 1 => Some(dot),
        _ => None,
    };
    let whole = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    let plain = match point {
        Some(at) => format!("{}.{}", whole(&digits[..at]), whole(&digits[at..])),
        None => whole(&digits),
    };
    let value: Decimal = plain.parse().map_err(|_| ())?;
    Ok(Some(if is_negative { -value } else { value }))
}

/// An instant: RFC 3339, with a blank for the `T`, without a zone (UTC), a date alone, or as US vendors write it. An
/// hour 24 or more, which some files have, is counted on from midnight.
pub(super) fn time(text: &str) -> Option<Instant> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let text = text.trim_end_matches("UTC").trim_end_matches('Z').trim().trim_end_matches("+0000").trim();
    let (day, clock) = text.split_once(['T', ' ']).unwrap_or((text, "0:00"));
    let forms = ["%Y-%m-%d", "%m/%d/%Y", "%Y%m%d"];
    let day = forms.into_iter().find_map(|form| NaiveDate::parse_from_str(day, form).ok())?;
    let parts = clock.split(':').map(|part| part.split('.').next().unwrap_or(part).parse().ok());
    let parts: Vec<i64> = parts.collect::<Option<_>>()?;
    let seconds = parts.iter().zip([3600, 60, 1]).map(|(part, unit)| part.saturating_mul(unit)).sum();
    let midnight = day.and_hms_opt(0, 0, 0)?;
    Some(midnight.checked_add_signed(TimeDelta::try_seconds(seconds)?)?.and_utc())
}

/// The value of a tag: `{"team":"web"}`, `[{"key":"team","value":"web"}]`, or `team=web;…`; names may have a prefix that
/// ends with a colon or slash (`user:team`).
pub(super) fn tag(tags: &str, name: &str) -> Option<String> {
    let is = |key: &str| {
        let bare = key.rsplit([':', '/']).next().unwrap_or(key);
        key.eq_ignore_ascii_case(name) || bare.eq_ignore_ascii_case(name)
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match serde_json::from_str(tags.trim()) {
        Ok(Value::Object(fields)) => fields.iter().find(|(key, _)| is(key)).map(|(_, value)| text(value)),
        Ok(Value::Array(items)) => {
            let field = |item: &Value, names: [&str; 2]| names.into_iter().find_map(|name| item.get(name).map(text));
            let found = items.iter().find(|item| field(item, ["key", "Key"]).is_some_and(|key| is(&key)));
            found.and_then(|item| field(item, ["value", "Value"]))
        }
        _ => {
            let bare = tags.trim().trim_start_matches('{').trim_end_matches('}');
            let pair =
                |pair: &str| pair.split_once('=').map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
            bare.split([';', ',']).filter_map(pair).find(|(key, _)| is(key)).map(|(_, value)| value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_vendors_write_them() {
        let is = |text: &str, value: &str| {
            assert_eq!(amount(text), Ok(Some(value.parse().expect("a decimal"))), "{text}");
        };
        for (text, value) in [
            ("12.5", "12.5"),
            ("-3", "-3"),
            ("1.2E-7", "0.00000012"),
            ("$10,000.00 ", "10000.00"),
            ("10,000", "10000"),
            ("1.234,56 €", "1234.56"),
            ("12,5", "12.5"),
            ("0,125", "0.125"),
            ("-0,125 €", "-0.125"),
            ("(5.00)", "-5.00"),
            ("-$0.25", "-0.25"),
            ("USD 7", "7"),
        ] {
            is(text, value);
        }
        assert_eq!([amount(""), amount("null"), amount(" N/A ")], [Ok(None), Ok(None), Ok(None)]);
        assert_eq!([amount("much"), amount("see invoice 7")], [Err(()), Err(())]);
    }

    #[test]
    fn dates_as_vendors_write_them() {
        let at = |text: &str| time(text).map(|at| at.format("%F %H:%M").to_string());
        for text in [
            "2026-11-01T00:00:00Z",
            "2026-11-01T00:00Z",
            "2026-11-01 00:00:00",
            "2026-11-01 00:00:00 UTC",
            "2026-11-01 00:00:00 +0000 UTC",
            "2026-11-01",
            "11/1/2026",
            "11/01/2026 0:00",
            "2026-11-01T01:00:00+01:00",
        ] {
            assert_eq!(at(text).as_deref(), Some("2026-11-01 00:00"), "{text}");
        }
        assert_eq!(at("11/5/2026 30:00").as_deref(), Some("2026-11-06 06:00"), "hours beyond the day count on");
        assert_eq!([at(""), at("soon"), at("2026-11-01 x:00")], [None, None, None]);
    }

    #[test]
    fn tags_of_every_form() {
        for tags in [
            r#"{"team":"web","x":1}"#,
            r#"{"user:team":"web"}"#,
            r#"[{"key":"Team","value":"web"}]"#,
            "{env=prod, team=web}",
            "env=prod;team=web",
        ] {
            assert_eq!(tag(tags, "team").as_deref(), Some("web"), "{tags}");
        }
        assert_eq!([tag("", "team"), tag("null", "team"), tag("{}", "team")], [None, None, None]);
    }
}
