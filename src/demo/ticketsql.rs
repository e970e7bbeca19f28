//! The part of Request Tracker's query language that finds tickets: comparisons, AND, OR, parentheses.
//!
//! A field that does not exist and a query that does not end are refused, as by the real one.

use std::cmp::Ordering;

use chrono::{SecondsFormat, TimeDelta};

use crate::domain::span::Instant;

/// A query that was understood.
#[derive(Debug)]
pub(super) enum Condition {
    /// Both.
    And(Box<Condition>, Box<Condition>),
    /// Either.
    Or(Box<Condition>, Box<Condition>),
    /// Field, operator, value.
    Compare(String, String, String),
}

const FIELDS: [&str; 6] = ["id", "Queue", "Status", "Subject", "Owner", "Priority"];
const TIMES: [&str; 7] = ["Created", "LastUpdated", "Resolved", "Started", "Starts", "Due", "Told"];
const OPERATORS: [&str; 8] = ["=", "!=", "<", ">", "<=", ">=", "LIKE", "NOT LIKE"];

impl Condition {
    /// Reads a query; `7 days ago` is counted from `now`.
    ///
    /// # Errors
    /// What the real one would say of it.
    pub fn parse(text: &str, now: Instant) -> Result<Self, String> {
        let words = words(text);
        let mut rest = words.as_slice();
        let mut condition = Self::either(&mut rest).ok_or_else(|| format!("Incomplete query in '{text}'"))?;
        if !rest.is_empty() {
            return Err(format!("Wrong query, expecting an AND or OR in '{text}'"));
        }
        condition.resolve(now)?;
        Ok(condition)
    }

    fn either(rest: &mut &[String]) -> Option<Self> {
        let mut left = Self::both(rest)?;
        while take(rest, "OR") {
            left = Self::Or(Box::new(left), Box::new(Self::both(rest)?));
        }
        Some(left)
    }

    fn both(rest: &mut &[String]) -> Option<Self> {
        let mut left = Self::one(rest)?;
        while take(rest, "AND") {
            left = Self::And(Box::new(left), Box::new(Self::one(rest)?));
        }
        Some(left)
    }

    fn one(rest: &mut &[String]) -> Option<Self> {
        if take(rest, "(") {
            let inside = Self::either(rest)?;
            return take(rest, ")").then_some(inside);
        }
        let [field, operator, more @ ..] = *rest else { return None };
        let (operator, more) = match more {
            [like, more @ ..] if operator.eq_ignore_ascii_case("NOT") => (format!("NOT {like}"), more),
            _ => (operator.clone(), more),
        };
        let operator = operator.to_ascii_uppercase();
        let [value, more @ ..] = more else { return None };
        if !OPERATORS.contains(&operator.as_str()) || matches!(value.as_str(), "(" | ")") {
            return None;
        }
        *rest = more;
        let value = value.trim_matches(['\'', '"']).to_owned();
        Some(Self::Compare(field.clone(), operator, value))
    }

    /// Refuses fields that there are not, and makes relative times absolute.
    fn resolve(&mut self, now: Instant) -> Result<(), String> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.resolve(now)?;
                right.resolve(now)
            }
            Self::Compare(field, _, value) => {
                if TIMES.contains(&field.as_str()) {
                    *value = ago(value, now).unwrap_or_else(|| std::mem::take(value));
                } else if !FIELDS.contains(&field.as_str()) && !field.starts_with("CF.{") {
                    return Err(format!("Unknown field: {field}"));
                }
                Ok(())
            }
        }
    }

    /// Whether it holds for a ticket, whose fields are asked for by name.
    pub fn holds(&self, field: &dyn Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::And(left, right) => left.holds(field) && right.holds(field),
            Self::Or(left, right) => left.holds(field) || right.holds(field),
            Self::Compare(name, operator, value) => {
                let Some(found) = field(name) else { return false };
                let found = match (name.as_str(), value.as_str()) {
                    ("Status", "__Active__" | "__Inactive__") => {
                        let active = matches!(found.as_str(), "new" | "open" | "stalled");
                        (if active { "__Active__" } else { "__Inactive__" }).to_owned()
                    }
                    _ => found,
                };
                let order = compare(&found, value);
                let like = || found.to_lowercase().contains(&value.to_lowercase());
                match operator.as_str() {
                    "=" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<" => order.is_lt(),
                    ">" => order.is_gt(),
                    "<=" => order.is_le(),
                    ">=" => order.is_ge(),
                    "LIKE" => like(),
                    _ => !like(),
                }
            }
        }
    }
}

/// Numbers as numbers; else text, which for ISO times of any precision is their order once the separators agree.
fn compare(found: &str, wanted: &str) -> Ordering {
    match (found.parse::<u64>(), wanted.parse::<u64>()) {
        (Ok(found), Ok(wanted)) => found.cmp(&wanted),
        _ if found.ends_with('Z') && found.contains('T') => {
            let plain = |text: &str| text.trim_end_matches('Z').replace('T', " ");
            plain(found).cmp(&plain(wanted))
        }
        _ => found.cmp(wanted),
    }
}

/// The time that `7 days ago` is.
fn ago(text: &str, now: Instant) -> Option<String> {
    let (number, unit) = text.strip_suffix(" ago")?.split_once(' ')?;
    let seconds = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 7 * 86_400,
        _ => return None,
    };
    let since = TimeDelta::try_seconds(number.parse::<i64>().ok()?.checked_mul(seconds)?)?;
    Some(now.checked_sub_signed(since)?.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Takes a keyword or a parenthesis if it is next.
fn take(rest: &mut &[String], word: &str) -> bool {
    match *rest {
        [first, more @ ..] if first.eq_ignore_ascii_case(word) => {
            *rest = more;
            true
        }
        _ => false,
    }
}

/// Names, operators, parentheses, and values with their quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            '(' | ')' => 1,
            '=' | '!' | '<' | '>' => rest.find(|c| !"=!<>".contains(c)).unwrap_or(rest.len()),
            _ if rest.starts_with("CF.{") => rest.find('}').map_or(rest.len(), |end| end + 1),
            _ => rest.find(|c: char| c.is_whitespace() || "=!<>()'\"".contains(c)).unwrap_or(rest.len()),
        };
        words.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    // A custom field may be quoted as a whole.
    for word in &mut words {
        if word.starts_with("'CF.{") {
            *word = word.trim_matches('\'').to_owned();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        chrono::DateTime::parse_from_rfc3339("2026-11-25T04:00:00Z").expect("a time").to_utc()
    }

    fn holds(query: &str) -> bool {
        let ticket = |field: &str| {
            let value = match field {
                "id" => "42",
                "Queue" => "Operations",
                "Status" => "open",
                "Resolved" => "1970-01-01T00:00:00Z",
                "LastUpdated" => "2026-11-24T04:01:20Z",
                "CF.{Service}" => "pay-db",
                _ => return None,
            };
            Some(value.to_owned())
        };
        Condition::parse(query, now()).expect(query).holds(&ticket)
    }

    #[test]
    fn comparisons_and_their_combinations() {
        assert!(holds("Queue='Operations' AND Status = '__Active__'"));
        assert!(holds("Status='__Inactive__' OR id > 9"));
        assert!(!holds("(Status='__Inactive__' OR id > 9) AND 'CF.{Service}' = 'search'"));
        assert!(holds("LastUpdated > '2026-11-24' AND LastUpdated<='2026-11-24 04:01:20' AND CF.{Service} LIKE 'PAY'"));
        assert!(holds("LastUpdated > '1 day ago'") && !holds("LastUpdated > '23 hours ago'"));
        assert!(holds("Resolved < '2000-01-01' and Queue NOT LIKE 'x'"));
    }

    #[test]
    fn what_is_incomplete_or_unknown_is_refused() {
        for text in ["Queue = 'Operations' AND AND", "(id = 1", "Nosuch = 'x'", "id = 1 id = 2", "id", "id ~ 3"] {
            assert!(Condition::parse(text, now()).is_err(), "{text}");
        }
    }
}
