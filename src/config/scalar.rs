//! Single values: what forms each may have, and how it is read. One list, for the checks and for the schema.
//!
//! The readers take a TOML value and give the checked value or what is wrong with it; they know of no other value.

use toml::de::DeValue;

use super::nearest;
use crate::domain::severity::Severity;
use crate::sources::settings::template::{Flag, Pointer, Template};

mod number;
mod query;
mod time;

pub(super) use number::{amount, count, currency, decimal, quantity, ratio, severity_points, shift, weight};
pub(super) use query::{bound, pattern};
pub(super) use time::{Hours, date, duration, holiday, hours, local_time, repeat, weekday, weekdays, window, zone};

/// What is wrong with a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    /// What is wrong.
    pub message: String,
    /// What would be right, if that is known.
    pub hint: Option<String>,
}

impl Fault {
    /// A fault with a hint.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }
}

/// The form of a single value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scalar {
    /// Any text that is not empty.
    Text,
    /// An id of the map.
    Id,
    /// An id, or a glob over ids.
    IdOrGlob,
    /// One of some words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A severity.
    Severity,
    /// A whole number of at least this.
    Count(u32),
    /// A whole number, also negative.
    Shift,
    /// A number that is not negative.
    Number,
    /// A weight or points: a number that adds up exactly.
    Weight,
    /// A factor above 0.
    Rate,
    /// `"60%"`, or a ratio from 0 to 1.
    Share,
    /// `"99.9%"`: above 0 % and at most 100 %.
    Target,
    /// `"10%"`, or a ratio that is not negative.
    Tolerance,
    /// A number of children, or `"60%"` of them.
    Quantity,
    /// `"15s"`, `"1h30m"`.
    Duration,
    /// `"30d"`, or a calendar window.
    Window,
    /// An IANA zone.
    Zone,
    /// `mon` to `sun`.
    Weekday,
    /// `mon`, `mon-fri`, `daily`.
    Weekdays,
    /// `"08:00-18:00"`.
    Hours,
    /// A date.
    Date,
    /// A date, or month and day of every year.
    Holiday,
    /// A local date and time.
    LocalTime,
    /// `"weekly sat"`.
    Repeat,
    /// `"42000 EUR"`.
    Amount,
    /// `EUR`.
    Currency,
    /// `"< 1"`.
    Bound,
    /// A label's value in a matcher.
    Pattern,
    /// An address of a server.
    Address,
    /// A JSON pointer into an answer.
    Pointer,
    /// A JSON pointer into an item, a text with pointers in braces, or a text.
    Value,
    /// A value that says yes or no, or that is compared with words.
    Test,
}

/// The types of TOML, as `DeValue` names them.
const STRING: &[&str] = &["string"];
const WHOLE: &[&str] = &["integer"];
const NUMBER: &[&str] = &["integer", "float", "string"];
const DATE: &[&str] = &["datetime", "string"];

impl Scalar {
    /// The types of TOML that it may have.
    pub const fn types(self) -> &'static [&'static str] {
        match self {
            Self::Flag => &["boolean"],
            Self::Count(_) | Self::Shift => WHOLE,
            Self::Quantity => &["integer", "string"],
            Self::Number | Self::Weight | Self::Rate | Self::Share | Self::Target | Self::Tolerance => NUMBER,
            Self::Date | Self::Holiday | Self::LocalTime => DATE,
            _ => STRING,
        }
    }

    /// What it is, for "expected …".
    pub const fn what(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Id => "an id such as \"pay-db\"",
            Self::IdOrGlob => "an id or a glob such as \"pay-api-*\"",
            Self::Word(_) => "a word",
            Self::Flag => "true or false",
            Self::Severity => "a severity such as \"major\"",
            Self::Count(_) | Self::Shift => "a whole number",
            Self::Number | Self::Weight | Self::Rate => "a number",
            Self::Share => "a share such as \"10%\" or 0.1",
            Self::Target => "a target such as \"99.9%\"",
            Self::Tolerance => "a share such as \"10%\"",
            Self::Quantity => "a whole number or a share such as \"60%\"",
            Self::Duration => "a duration such as \"15s\" or \"1h30m\"",
            Self::Window => "a window: \"30d\", \"week\", \"month\", \"quarter\" or \"year\"",
            Self::Zone => "a time zone such as \"Europe/Berlin\"",
            Self::Weekday => "a weekday such as \"mon\"",
            Self::Weekdays => "weekdays such as mon, mon-fri or daily",
            Self::Hours => "hours such as \"08:00-18:00\"",
            Self::Date => "a date such as 2026-11-27",
            Self::Holiday => "a date such as \"2026-05-01\", or \"12-25\" for every year",
            Self::LocalTime => "a local date and time such as 2026-11-28T22:00:00",
            Self::Repeat => "\"daily\", \"weekly sat\" or \"monthly 1st sat\"",
            Self::Amount => "an amount such as \"42000 EUR\"",
            Self::Currency => "a currency such as \"EUR\"",
            Self::Bound => "a condition such as \"< 1\"",
            Self::Pattern => "a text such as \"db1\", \"db*\" or \"/db[0-9]+/\"",
            Self::Address => "an address such as \"https://prometheus.example\"",
            Self::Pointer => "a JSON pointer such as \"/data/items\"",
            Self::Value => "a JSON pointer such as \"/name\", or a text such as \"{/group}: {/name}\"",
            Self::Test => "a JSON pointer such as \"/acknowledged\", or \"/status = closed | resolved\"",
        }
    }

    /// Whether a value is well formed.
    pub fn check(self, value: &DeValue<'_>) -> Result<(), Fault> {
        match self {
            Self::Flag => Ok(()),
            Self::Text => text(value).map(drop),
            Self::Id => id(value).map(drop),
            Self::IdOrGlob => id_or_glob(value).map(drop),
            Self::Word(words) => word(value, words).map(drop),
            Self::Severity => severity(value).map(drop),
            Self::Count(least) => count(value, least).map(drop),
            Self::Shift => shift(value).map(drop),
            Self::Number => number::not_negative(value).map(drop),
            Self::Weight => weight(value).map(drop),
            Self::Rate => number::above_zero(value).map(drop),
            Self::Share => number::share(value).map(drop),
            Self::Target => number::target(value).map(drop),
            Self::Tolerance => ratio(value).map(drop),
            Self::Quantity => quantity(value).map(drop),
            Self::Duration => duration(value).map(drop),
            Self::Window => window(value).map(drop),
            Self::Zone => zone(value).map(drop),
            Self::Weekday => weekday(value).map(drop),
            Self::Weekdays => weekdays(value).map(drop),
            Self::Hours => hours(value).map(drop),
            Self::Date => date(value).map(drop),
            Self::Holiday => holiday(value).map(drop),
            Self::LocalTime => local_time(value).map(drop),
            Self::Repeat => repeat(value).map(drop),
            Self::Amount => amount(value).map(drop),
            Self::Currency => currency(value).map(drop),
            Self::Bound => bound(value).map(drop),
            Self::Pattern => pattern(value).map(drop),
            Self::Address => query::address(value).map(drop),
            Self::Pointer => query::place(value, |text| Pointer::parse(text).map(drop)),
            Self::Value => query::place(value, |text| Template::parse(text).map(drop)),
            Self::Test => query::place(value, |text| Flag::parse(text).map(drop)),
        }
    }
}

pub(super) use number::{share, target};
pub(super) use query::address;

/// A text that is not empty.
pub(super) fn text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Fault> {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text),
        Some(_) => Err(Fault::new("this text is empty", "say something here, or leave the key out")),
        None => Err(Fault { message: format!("expected a text, found {}", value.type_str()), hint: None }),
    }
}

/// An id: `[a-z0-9][a-z0-9_-]*`.
pub(super) fn id<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Fault> {
    let text = text(value)?;
    if is_id(text, false) { Ok(text) } else { Err(no_id(text)) }
}

/// An id, or a glob over ids.
pub(super) fn id_or_glob<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Fault> {
    let text = text(value)?;
    if is_id(text, true) { Ok(text) } else { Err(no_id(text)) }
}

fn is_id(text: &str, glob: bool) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || glob && c == '*';
    text.starts_with(plain) && text.chars().all(|c| plain(c) || c == '_' || c == '-')
}

fn no_id(text: &str) -> Fault {
    let message = format!("`{text}` is no id: lower-case letters, digits, - and _, beginning with a letter or digit");
    let parts: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let near = parts.join("-");
    Fault { message, hint: is_id(&near, false).then(|| format!("write \"{near}\"")) }
}

/// One of some words.
pub(super) fn word<'w>(value: &DeValue<'_>, words: &[&'w str]) -> Result<&'w str, Fault> {
    let text = text(value)?;
    words.iter().find(|word| **word == text).copied().ok_or_else(|| Fault {
        message: format!("unknown word `{text}`"),
        hint: nearest::hint(text, words.iter().copied()),
    })
}

/// A severity.
pub(super) fn severity(value: &DeValue<'_>) -> Result<Severity, Fault> {
    let text = text(value)?;
    Severity::parse(text).ok_or_else(|| Fault {
        message: format!("unknown severity `{text}`"),
        hint: nearest::hint(text, Severity::ALL.map(Severity::word)),
    })
}

#[cfg(test)]
mod tests;
