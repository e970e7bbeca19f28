//! The matching index: which nodes an observation belongs to.
//!
//! Every matcher with a label that must be exactly so is found by hash of its most telling such label; only those
//! with nothing but globs, regular expressions and negations are tried on every observation of their source.

use rustc_hash::FxHashMap;

use crate::domain::id::SourceName;
use crate::domain::map::{Map, Node, NodeIndex};
use crate::domain::matcher::{Labels, Matcher, Test};
use crate::domain::severity::Severity;

/// An index over the matchers of a map.
#[derive(Clone, Debug, Default)]
pub struct Index {
    sources: FxHashMap<SourceName, SourceIndex>,
}

#[derive(Clone, Debug, Default)]
struct SourceIndex {
    /// By label, by value.
    exact: FxHashMap<String, FxHashMap<String, Vec<Entry>>>,
    /// Tried on every observation.
    scanned: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    node: NodeIndex,
    matcher: Matcher,
    /// Whether it asks for nothing but the label that it is found by.
    is_found: bool,
}

impl Index {
    /// The index of what `matchers` says of each node: its `match` or its `tickets`.
    pub fn of(map: &Map, matchers: impl Fn(&Node) -> &[Matcher]) -> Self {
        // How many matchers ask for a label to be exactly so: the rarer, the more telling.
        let mut asked: FxHashMap<(&SourceName, &str, &str), usize> = FxHashMap::default();
        for matcher in map.nodes.iter().flat_map(&matchers) {
            for (key, value) in exact_tests(matcher) {
                *asked.entry((&matcher.source, key, value)).or_default() += 1;
            }
        }
        let mut index = Self::default();
        for (node, matcher) in
            map.nodes.iter().enumerate().flat_map(|(node, it)| matchers(it).iter().map(move |matcher| (node, matcher)))
        {
            let best =
                exact_tests(matcher).min_by_key(|(key, value)| asked.get(&(&matcher.source, *key, *value)).copied());
            let is_found = best.is_some() && matcher.labels.len() == 1 && matcher.severity.is_none();
            let entry = Entry { node, matcher: matcher.clone(), is_found };
            let source = index.sources.entry(matcher.source.clone()).or_default();
            match best {
                Some((key, value)) => {
                    source.exact.entry(key.to_owned()).or_default().entry(value.to_owned()).or_default().push(entry);
                }
                None => source.scanned.push(entry),
            }
        }
        index
    }

    /// The nodes an observation belongs to, sorted, each once; appended to `found`, which is cleared first.
    pub fn nodes_into(&self, source: &SourceName, labels: &Labels, severity: Severity, found: &mut Vec<NodeIndex>) {
        found.clear();
        let Some(index) = self.sources.get(source) else { return };
        // Few labels are asked for, most often one.
        let value = |asked: &str| labels.iter().find(|(key, _)| **key == *asked).map(|(_, value)| value);
        let by_hash = index.exact.iter().filter_map(|(key, values)| values.get(&**value(key)?)).flatten();
        for entry in by_hash.chain(&index.scanned) {
            if entry.is_found || entry.matcher.takes(labels, severity) {
                found.push(entry.node);
            }
        }
        found.sort_unstable();
        found.dedup();
    }
}

/// The labels that must be exactly so.
fn exact_tests(matcher: &Matcher) -> impl Iterator<Item = (&str, &str)> {
    matcher.labels.iter().filter_map(|test| match &test.pattern.test {
        Test::Exact(value) if !test.pattern.negated => Some((test.key.as_str(), value.as_str())),
        _ => None,
    })
}
