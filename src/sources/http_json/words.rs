//! What the configuration says of a request, and reading its tables.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{SecondsFormat, TimeDelta};
use regex::Regex;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::client::{Ask, Content, Pairs};
use super::super::error::SourceError;
use super::super::settings::template::Pointer;
use crate::domain::span::Instant;

/// A table of the type's own keys. The configuration's reader has checked it; a mistake here is still an error.
pub(super) fn own<T: DeserializeOwned + Default>(table: &toml::Table, key: &str) -> Result<T, SourceError> {
    let Some(value) = table.get(key) else { return Ok(T::default()) };
    value
        .clone()
        .try_into()
        .map_err(|error: toml::de::Error| SourceError::Settings(format!("`{key}`: {}", error.message())))
}

/// A pointer of a key.
pub(super) fn pointer(key: &str, text: &str) -> Result<Pointer, SourceError> {
    Pointer::parse(text).map_err(|why| SourceError::Settings(format!("`{key}`: {why}")))
}

/// What is asked.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Request {
    method: Option<Method>,
    path: String,
    headers: BTreeMap<String, String>,
    query: BTreeMap<String, OneOrMany>,
    body: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Get,
    Post,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

impl Request {
    pub fn of(table: &toml::Table) -> Result<Self, SourceError> {
        own(table, "request")
    }

    /// The pairs of the query, the one of paging last and in place of one of the same name.
    pub fn pairs<'a>(&'a self, page: Option<(&'a str, &'a str)>, now: Instant) -> Vec<(&'a str, Cow<'a, str>)> {
        let mut pairs = Vec::new();
        for (name, values) in &self.query {
            if page.is_none_or(|(page, _)| page != name) {
                pairs.extend(values.texts().iter().map(|text| (name.as_str(), at_now(text, now))));
            }
        }
        pairs.extend(page.map(|(name, value)| (name, Cow::Borrowed(value))));
        pairs
    }

    pub fn headers(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    pub fn body(&self, now: Instant) -> Option<Cow<'_, str>> {
        let body = self.body.as_deref().map(|body| at_now(body, now));
        body.or_else(|| (self.method == Some(Method::Post)).then_some(Cow::Borrowed("{}")))
    }

    pub fn ask<'a>(
        &'a self,
        query: &'a Pairs<'a>,
        headers: &'a [(&'a str, &'a str)],
        body: Option<&'a str>,
    ) -> Ask<'a> {
        let content = body.map_or(Content::None, Content::Json);
        Ask { path: self.path.trim_start_matches('/'), query, headers, content }
    }
}

/// A text with `{now}`, `{now-7d}` and the like as instants.
fn at_now(text: &str, now: Instant) -> Cow<'_, str> {
    static NOW: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\{now(?:([+-])([0-9]{1,6})([smhdw]))?\}").expect("a constant that a test compiles")
    });
    NOW.replace_all(text, |found: &regex::Captures<'_>| {
        let number: i64 = found.get(2).and_then(|number| number.as_str().parse().ok()).unwrap_or(0);
        let unit = match found.get(3).map(|unit| unit.as_str()) {
            Some("w") => 604_800,
            Some("d") => 86_400,
            Some("h") => 3600,
            Some("m") => 60,
            _ => 1,
        };
        let sign = if found.get(1).is_some_and(|sign| sign.as_str() == "-") { -1 } else { 1 };
        let at = now.checked_add_signed(TimeDelta::seconds(sign * number * unit)).unwrap_or(now);
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_stand_in_texts() {
        let now = "2026-11-24T10:00:00Z".parse().expect("an instant");
        assert_eq!(at_now("{now}", now), "2026-11-24T10:00:00Z");
        assert_eq!(at_now("since={now-7d}&x={y}", now), "since=2026-11-17T10:00:00Z&x={y}");
        assert_eq!(at_now(r#"{"op":"{now+2h}"}"#, now), r#"{"op":"2026-11-24T12:00:00Z"}"#);
    }

    #[test]
    fn a_page_stands_in_place_of_a_pair_of_its_name() {
        let table: toml::Table =
            "[request]\npath = \"x\"\nquery = { page = \"9\", columns = [\"a\", \"b\"] }\n".parse().expect("TOML");
        let request = Request::of(&table).expect("a request");
        let now = "2026-11-24T10:00:00Z".parse().expect("an instant");
        let pairs = request.pairs(Some(("page", "2")), now);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, &**value)).collect();
        assert_eq!(pairs, [("columns", "a"), ("columns", "b"), ("page", "2")]);
    }
}
