//! Ids: declared once over all files and kinds, and looked up by everything that refers to them.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::money::Money;
use super::reader::{Findings, Item, Place, Table};
use super::scalar;
use crate::domain::id::SourceName;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::matcher::glob_matches;
use crate::domain::money::Amount;

/// The kinds of table that have an id.
const KINDS: [(&str, Option<Kind>); 8] = [
    ("customer", Some(Kind::Customer)),
    ("process", Some(Kind::Process)),
    ("service", Some(Kind::Service)),
    ("component", Some(Kind::Component)),
    ("objective", None),
    ("calendar", None),
    ("profile", None),
    ("spend", None),
];

/// The id of hours that are always open, which needs no declaration.
pub(super) const ALWAYS: &str = "24x7";

/// What builders need to know of the whole configuration.
pub(super) struct Scope<'a> {
    /// What is wrong so far.
    pub findings: &'a Findings<'a>,
    /// The currency and the rates.
    pub money: Money,
    /// The zone of what names none.
    pub tz: Tz,
    /// The names of the sources; `None` where config.toml is missing, so that any name may be one.
    pub sources: Option<Vec<SourceName>>,
    /// The named nodes in the order of the files: kind and table.
    pub nodes: Vec<(Kind, Table<'a>)>,
    ids: HashMap<&'a str, (&'static str, usize, Place)>,
    node_ids: Vec<&'a str>,
}

impl<'a> Scope<'a> {
    /// Declares all ids of the map files.
    pub fn new(
        findings: &'a Findings<'a>,
        money: Money,
        tz: Tz,
        sources: Option<Vec<SourceName>>,
        roots: &[Table<'a>],
    ) -> Self {
        let (nodes, ids, node_ids) = (Vec::new(), HashMap::new(), Vec::new());
        let mut scope = Self { findings, money, tz, sources, nodes, ids, node_ids };
        let of_kinds =
            KINDS.iter().flat_map(|(word, kind)| tables(roots, word).map(move |table| (*word, *kind, table)));
        let mut declared: Vec<_> = of_kinds.collect();
        declared.sort_by_key(|(.., table)| table.at);
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for (word, kind, table) in declared {
            let index = if let Some(kind) = kind {
                scope.nodes.push((kind, table));
                scope.node_ids.push(table.read("id", scalar::id).unwrap_or_default());
                scope.nodes.len() - 1
            } else {
                let count = counts.entry(word).or_insert(0);
                *count += 1;
                *count - 1
            };
            scope.declare(word, index, table);
        }
        scope
    }

    fn declare(&mut self, word: &'static str, index: usize, table: Table<'a>) {
        let Some((id, at)) = table.get("id").and_then(|item| Some((item.read(scalar::id)?, item.at))) else { return };
        let Some((kind, _, first)) = self.ids.get(id) else {
            self.ids.insert(id, (word, index, at));
            return;
        };
        let document = &self.findings.documents[first.document];
        let line = document.text[..first.start.min(document.text.len())].matches('\n').count() + 1;
        let message = format!("the id `{id}` is taken by the {kind} at {}:{line}", document.name);
        self.findings.error(at, message, "ids are unique over all files and kinds");
    }

    /// The index of an id of one of some kinds; an error where there is none.
    fn find(&self, item: Item<'a>, what: &str, is_kind: impl Fn(&str) -> bool) -> Option<usize> {
        let id = item.read(scalar::id)?;
        match self.ids.get(id) {
            Some((kind, index, _)) if is_kind(kind) => Some(*index),
            Some((kind, ..)) => {
                let article = if kind.starts_with('o') { "an" } else { "a" };
                self.findings.error(item.at, format!("`{id}` is {article} {kind}, not a {what}"), "");
                None
            }
            None => {
                let valid = self.ids.iter().filter(|(_, (kind, ..))| is_kind(kind)).map(|(id, _)| *id);
                let mut valid: Vec<&str> = valid.collect();
                valid.sort_unstable();
                self.findings.unknown(item.at, what, id, valid.iter().copied());
                None
            }
        }
    }

    /// The node of an id.
    pub fn node(&self, item: Item<'a>) -> Option<NodeIndex> {
        self.find(item, "node", |kind| KINDS.iter().any(|(word, node)| *word == kind && node.is_some()))
    }

    /// The node of an id that must be a process.
    pub fn process(&self, item: Item<'a>) -> Option<NodeIndex> {
        self.find(item, "process", |kind| kind == "process")
    }

    /// The nodes of an id or glob, except one; an error where there is none.
    pub fn nodes(&self, item: Item<'a>, except: Option<NodeIndex>) -> Vec<NodeIndex> {
        let Some(glob) = item.read(scalar::id_or_glob) else { return Vec::new() };
        if !glob.contains('*') {
            return self.node(item).into_iter().collect();
        }
        let matching = self.node_ids.iter().enumerate().filter(|(_, id)| !id.is_empty() && glob_matches(glob, id));
        let found: Vec<usize> = matching.map(|(index, _)| index).filter(|index| Some(*index) != except).collect();
        if found.is_empty() {
            let stem = glob.trim_matches('*').trim_end_matches('-');
            let near = super::nearest::nearest(stem, self.node_ids.iter().copied());
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            let hint = hint.unwrap_or_else(|| "a glob takes the ids of nodes".into());
            self.findings.error(item.at, format!("no node matches `{glob}`"), hint);
        }
        found
    }

    /// The index of a calendar; none, without an error, for hours that are always open.
    pub fn calendar(&self, table: Table<'a>) -> Option<usize> {
        let item = table.get("calendar")?;
        if item.text() == Some(ALWAYS) && !self.ids.contains_key(ALWAYS) {
            return None;
        }
        self.find(item, "calendar", |kind| kind == "calendar")
    }

    /// The index of a profile.
    pub fn profile(&self, table: Table<'a>) -> Option<usize> {
        self.find(table.get("profile")?, "profile", |kind| kind == "profile")
    }

    /// The source that a table names; an error where there is none of that name.
    pub fn source(&self, table: Table<'a>) -> Option<SourceName> {
        let item = table.get("source")?;
        let name = item.text().filter(|name| !name.trim().is_empty())?;
        let Some(sources) = &self.sources else { return Some(SourceName::from(name)) };
        let found = sources.iter().find(|source| source.as_str() == name).cloned();
        if found.is_none() {
            self.findings.unknown(item.at, "source", name, sources.iter().map(SourceName::as_str));
        }
        found
    }

    /// The amount of a key, in the currency of the totals.
    pub fn amount(&self, table: Table<'_>, key: &str) -> Option<Amount> {
        self.money.amount_of(table, key, self.findings)
    }

    /// The zone of a table, or the one of the configuration.
    pub fn zone(&self, table: Table<'_>) -> Tz {
        table.read("tz", scalar::zone).unwrap_or(self.tz)
    }
}

/// The tables of a kind over all files, in their order.
pub(super) fn tables<'a>(roots: &[Table<'a>], word: &str) -> impl Iterator<Item = Table<'a>> {
    let lists: Vec<Table<'a>> = roots.iter().flat_map(|root| root.tables(word)).collect();
    lists.into_iter()
}
