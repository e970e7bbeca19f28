//! The Alertmanager behind a Prometheus: its silences acknowledge the alerts of the Prometheus, and can be made.
//!
//! A silence is held to the labels that the Prometheus itself reports. What is added on the way to the Alertmanager
//! (external labels) is not known here, so a silence that tests such a label acknowledges nothing.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::super::alertmanager::said;
use super::super::client::Answer;
use super::super::error::SourceError;
use super::super::gather::json_error;
use super::super::text::{Text, TextPairs};

/// The largest compiled pattern: what is larger was not meant for this.
const MOST_PATTERN: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(expecting = "a silence", rename_all = "camelCase")]
struct Silence<'a> {
    #[serde(borrow, default)]
    created_by: Text<'a>,
    #[serde(borrow, default)]
    comment: Text<'a>,
    #[serde(borrow, default)]
    ends_at: Text<'a>,
    #[serde(borrow, default)]
    matchers: Vec<Matcher<'a>>,
    #[serde(borrow, default)]
    status: Option<Status<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "the status of a silence")]
struct Status<'a> {
    #[serde(borrow, default)]
    state: Text<'a>,
}

#[derive(Deserialize)]
#[serde(expecting = "a matcher", rename_all = "camelCase")]
struct Matcher<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    value: Text<'a>,
    #[serde(default)]
    is_regex: bool,
    #[serde(default = "yes")]
    is_equal: bool,
}

const fn yes() -> bool {
    true
}

/// The silences that are active.
#[derive(Debug, Default)]
pub struct Muted(Vec<(Vec<Check>, Arc<str>)>);

/// A test of one label; an absent one is empty.
#[derive(Debug)]
struct Check {
    name: String,
    wanted: bool,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Whole(String),
    /// `None`: no pattern that could be read, which nothing matches.
    Pattern(Option<Regex>),
}

impl Muted {
    /// The active silences of an answer.
    ///
    /// # Errors
    /// The answer is not what was expected.
    pub fn of(answer: &Answer) -> Result<Self, SourceError> {
        let text = answer.text()?;
        let list: Vec<Silence> = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        let is_active = |silence: &&Silence| silence.status.as_ref().is_none_or(|it| it.state.as_str() == "active");
        // A silence without matchers would acknowledge all; no Alertmanager has one.
        let active = list.iter().filter(is_active).filter(|silence| !silence.matchers.is_empty());
        let one = |silence: &Silence| {
            let who = said(&silence.created_by, silence.comment.as_str(), silence.ends_at.as_str());
            (silence.matchers.iter().map(Check::of).collect(), who)
        };
        Ok(Self(active.map(one).collect()))
    }

    /// Who silenced an alert of these labels, and why.
    pub(super) fn by(&self, labels: &TextPairs<'_>) -> Option<Arc<str>> {
        let silence = self.0.iter().find(|(checks, _)| checks.iter().all(|check| check.holds(labels)))?;
        Some(Arc::clone(&silence.1))
    }
}

impl Check {
    fn of(matcher: &Matcher<'_>) -> Self {
        let text = matcher.value.as_str();
        let value = if matcher.is_regex {
            let pattern = RegexBuilder::new(&format!("^(?:{text})$")).size_limit(MOST_PATTERN).build();
            Value::Pattern(pattern.ok())
        } else {
            Value::Whole(text.to_owned())
        };
        Self { name: matcher.name.as_str().to_owned(), wanted: matcher.is_equal, value }
    }

    fn holds(&self, labels: &TextPairs<'_>) -> bool {
        let label = labels.get(&self.name).unwrap_or_default();
        match &self.value {
            Value::Whole(value) => (value == label) == self.wanted,
            Value::Pattern(Some(pattern)) => pattern.is_match(label) == self.wanted,
            Value::Pattern(None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn muted(silences: &str) -> Muted {
        Muted::of(&Answer { place: String::new(), body: silences.into(), ahead: None, next: None, total: None })
            .expect("silences")
    }

    fn by(muted: &Muted, labels: &str) -> Option<String> {
        let labels: TextPairs = serde_json::from_str(labels).expect("labels");
        muted.by(&labels).map(|who| who.to_string())
    }

    #[test]
    fn every_matcher_of_an_active_silence_must_hold() {
        let one = |state: &str, matchers: &str| {
            muted(&format!(
                r#"[{{ "status": {{ "state": "{state}" }}, "createdBy": "anja", "comment": "rt:42", "endsAt": "2026-11-24T12:00:00Z", "matchers": [{matchers}] }}]"#
            ))
        };
        let service = r#"{ "name": "service", "value": "pay", "isRegex": false }"#;
        let pod = r#"{ "name": "pod", "value": "api-.*", "isRegex": true, "isEqual": true }"#;
        let not = r#"{ "name": "env", "value": "test", "isRegex": false, "isEqual": false }"#;
        let all = one("active", &[service, pod, not].join(","));
        let said = Some("anja: rt:42 (until 2026-11-24 12:00 UTC)".to_owned());
        assert_eq!(by(&all, r#"{ "service": "pay", "pod": "api-1" }"#), said);
        assert_eq!(by(&all, r#"{ "service": "pay", "pod": "api-1", "env": "test" }"#), None);
        assert_eq!(by(&all, r#"{ "service": "pay", "pod": "x-api-1" }"#), None, "the whole value");
        assert_eq!(by(&all, r#"{ "pod": "api-1" }"#), None);
        assert_eq!(by(&one("expired", service), r#"{ "service": "pay" }"#), None);
        assert_eq!(by(&one("active", ""), r#"{ "service": "pay" }"#), None);
        let bad = r#"{ "name": "service", "value": "(", "isRegex": true, "isEqual": false }"#;
        assert_eq!(by(&one("active", bad), r#"{ "service": "pay" }"#), None);
    }
}
