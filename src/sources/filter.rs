//! What of a source is wanted (`only`), what is dropped (`never`), and which signals are heartbeats. Values are
//! patterns as in matchers. `only` wants all of its labels; `never` drops what has all of its labels.

use std::collections::BTreeMap;

use super::error::SourceError;
use super::settings::Settings;
use crate::domain::matcher::{LabelTest, Labels, Pattern};

/// The filters of a source.
#[derive(Clone, Debug)]
pub struct Filter {
    /// All must hold.
    pub only: Vec<LabelTest>,
    never: Vec<LabelTest>,
    /// Signals that must be there.
    pub heartbeats: Vec<Vec<LabelTest>>,
}

impl Filter {
    /// The filters that the settings name.
    ///
    /// # Errors
    /// [`SourceError::Settings`] for a `/regex/` that is none.
    pub fn of(settings: &Settings) -> Result<Self, SourceError> {
        Ok(Self {
            only: tests("only", &settings.only)?,
            never: tests("never", &settings.never)?,
            heartbeats: settings.heartbeat.iter().map(|labels| tests("heartbeat", labels)).collect::<Result<_, _>>()?,
        })
    }

    /// Whether an observation is wanted.
    pub fn wants(&self, labels: &Labels) -> bool {
        hold(&self.only, labels) && (self.never.is_empty() || !hold(&self.never, labels))
    }

    /// The heartbeat that these labels are, if any.
    pub fn heartbeat(&self, labels: &Labels) -> Option<usize> {
        self.heartbeats.iter().position(|tests| hold(tests, labels))
    }
}

/// Whether all tests hold.
pub fn hold(tests: &[LabelTest], labels: &Labels) -> bool {
    tests.iter().all(|test| test.holds(labels))
}

fn tests(key: &str, labels: &BTreeMap<String, String>) -> Result<Vec<LabelTest>, SourceError> {
    let test = |(label, value): (&String, &String)| match Pattern::parse(value) {
        Ok(pattern) => Ok(LabelTest { key: label.clone(), pattern }),
        Err(why) => Err(SourceError::Settings(format!("`{key}.{label}` is not a pattern: {why}"))),
    };
    labels.iter().map(test).collect()
}

/// Heartbeats as seen in one answer.
#[derive(Debug)]
pub struct Pulse {
    seen: Vec<bool>,
}

impl Pulse {
    /// None seen yet.
    pub fn new(filter: &Filter) -> Self {
        Self { seen: vec![false; filter.heartbeats.len()] }
    }

    /// Takes a firing signal; whether it is a heartbeat, which is no signal.
    pub fn take(&mut self, filter: &Filter, labels: &Labels) -> bool {
        let found = filter.heartbeat(labels);
        if let Some(index) = found {
            self.seen[index] = true;
        }
        found.is_some()
    }

    /// The heartbeats that were not seen, for an operator.
    pub fn missing(self, filter: &Filter) -> Vec<String> {
        let missing = filter.heartbeats.iter().zip(self.seen).filter(|(_, seen)| !seen);
        missing.map(|(tests, _)| describe(tests)).collect()
    }
}

/// Tests as they are written: `alertname=Watchdog, env!=dev`.
pub fn describe(tests: &[LabelTest]) -> String {
    let words: Vec<String> = tests
        .iter()
        .map(|test| {
            let negated = if test.pattern.negated { "!" } else { "" };
            format!("{}{negated}={}", test.key, value_text(&test.pattern))
        })
        .collect();
    words.join(", ")
}

fn value_text(pattern: &Pattern) -> String {
    use crate::domain::matcher::Test;
    match &pattern.test {
        Test::Exact(text) | Test::Glob(text) => text.clone(),
        Test::Regex(regex) => regex_text(regex.as_str()).to_owned(),
    }
}

/// A regular expression without the anchors that a matcher puts around it.
pub fn regex_text(whole: &str) -> &str {
    whole.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$")).unwrap_or(whole)
}
