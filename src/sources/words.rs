//! A source's words of severity, on our scale. A word in no table is `warning` and is remembered, so that an
//! operator sees which words wait for a decision; nothing that fires is ever taken for harmless by accident.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::clean::clean_line;
use crate::domain::severity::Severity;

/// The most unknown words that are remembered of one answer.
const MOST_UNKNOWN: usize = 50;
/// What an absent word is called where it is listed.
const ABSENT: &str = "(none given)";

/// Pairs of word and severity of one type of source, in lower case.
pub type Table = &'static [(&'static str, Severity)];

/// Words of the Prometheus world, where `severity` is a label that everybody fills as they like.
pub const PROMETHEUS: Table = &[
    ("critical", Severity::Critical),
    ("page", Severity::Critical),
    ("major", Severity::Major),
    ("error", Severity::Major),
    ("minor", Severity::Minor),
    ("warning", Severity::Warning),
    ("warn", Severity::Warning),
    ("ticket", Severity::Warning),
    ("info", Severity::Info),
    ("information", Severity::Info),
    ("none", Severity::Info),
    ("ok", Severity::Ok),
    ("unclassified", Severity::Unclassified),
];

/// The words of one source: the type's table with the configured ones on top.
#[derive(Debug)]
pub struct Words {
    table: Table,
    own: BTreeMap<String, Severity>,
}

impl Words {
    /// A type's table under the configured words.
    pub fn new(table: Table, own: &BTreeMap<String, Severity>) -> Self {
        Self { table, own: own.iter().map(|(word, severity)| (word.to_lowercase(), *severity)).collect() }
    }

    /// The severity of a word that a table has; words are compared without case.
    pub fn known(&self, word: &str) -> Option<Severity> {
        let find = |word: &str| {
            let own = self.own.get(word).copied();
            own.or_else(|| self.table.iter().find(|(name, _)| *name == word).map(|(_, severity)| *severity))
        };
        find(word).or_else(|| find(&word.to_lowercase()))
    }

    /// The severity of a word (`None`: the source gave none); words are compared without case.
    pub fn severity(&self, word: Option<&str>, unknown: &mut BTreeSet<String>) -> Severity {
        let given = word.unwrap_or_default();
        if let Some(severity) = self.known(given) {
            return severity;
        }
        if unknown.len() < MOST_UNKNOWN {
            unknown.insert(if given.is_empty() { ABSENT.to_owned() } else { clean_line(given, 60).into_owned() });
        }
        Severity::Warning
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_words_win_and_unknown_ones_are_warnings_that_are_listed() {
        let own = BTreeMap::from([("Ticket".to_owned(), Severity::Minor), ("sev1".to_owned(), Severity::Critical)]);
        let words = Words::new(PROMETHEUS, &own);
        let mut unknown = BTreeSet::new();
        assert_eq!(words.severity(Some("ticket"), &mut unknown), Severity::Minor);
        assert_eq!(words.severity(Some("SEV1"), &mut unknown), Severity::Critical);
        assert_eq!(words.severity(Some("Page"), &mut unknown), Severity::Critical);
        assert!(unknown.is_empty());
        assert_eq!(words.severity(Some("p\u{1b}3"), &mut unknown), Severity::Warning);
        assert_eq!(words.severity(None, &mut unknown), Severity::Warning);
        assert_eq!(unknown.into_iter().collect::<Vec<_>>(), ["(none given)", "p␛3"]);
    }
}
