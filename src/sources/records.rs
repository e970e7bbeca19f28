//! What adapters of tickets and changes share: bounded lists over pages, and the labels of a record.
//!
//! Invariant: however a server pages, reading ends: a page that brings nothing new is the last one, and there is a
//! most of pages. What is left out so is a remark.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::filter::Filter;
use super::text::{Interner, Text};
use crate::domain::facts::{LabelList, Ticket};

/// The pages of one list.
#[derive(Debug)]
pub struct Pages {
    number: usize,
    most: usize,
    seen: FxHashSet<String>,
    before: usize,
    twice: usize,
    /// What was left out.
    pub notes: Vec<String>,
}

impl Pages {
    /// A list of at most so many pages.
    pub fn of(most: usize) -> Self {
        Self { number: 1, most, seen: FxHashSet::default(), before: 0, twice: 0, notes: Vec::new() }
    }

    /// The number of the page to ask for, from 1.
    pub const fn number(&self) -> usize {
        self.number
    }

    /// Whether the id of a record is new.
    pub fn is_new(&mut self, id: &str) -> bool {
        let new = self.seen.insert(id.to_owned());
        self.twice += usize::from(!new);
        new
    }

    /// Counts the id of a record.
    pub fn saw(&mut self, id: &str) {
        self.is_new(id);
    }

    /// How many records there are so far.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Ends a page of so many records, after which the server has more. Whether to ask for it.
    pub fn more(&mut self, count: usize) -> bool {
        if count == 0 {
            return false;
        }
        if self.seen.len() == self.before {
            let text = format!("page {} only repeats what came before: the list may be incomplete", self.number);
            self.notes.push(text);
            self.twice = 0;
            return false;
        }
        if self.number >= self.most {
            let text = "the rest is not read, ask for less with `only` or a query";
            self.notes.push(format!("more than {} records on {} pages: {text}", self.seen.len(), self.most));
            return false;
        }
        self.before = self.seen.len();
        self.number += 1;
        true
    }

    /// As [`Pages::more`] for a server that leaves out what the account may not see, and says apart that there is more:
    /// after an empty page, too, the list goes on.
    pub fn more_after_gaps(&mut self, count: usize) -> bool {
        if count > 0 || self.number >= self.most {
            return self.more(count.max(1));
        }
        self.number += 1;
        true
    }

    /// Adds a remark to `notes` where a server sent an id twice on pages that were otherwise new.
    pub fn into_notes(mut self) -> Vec<String> {
        if self.twice > 0 {
            self.notes.push(format!("{} records came twice under the same id; the first counts", self.twice));
        }
        self.notes
    }
}

/// The tickets of all lists of one poll. One that is in several lists changed between the questions: the answer that
/// came last counts, also where it says that the ticket is not wanted any more.
#[derive(Debug, Default)]
pub struct Tickets(BTreeMap<Arc<str>, Option<Arc<Ticket>>>);

impl Tickets {
    /// Takes a page of one list. Whether to ask for the next one, of which the server says that there is `more`.
    pub fn take(&mut self, page: Vec<Ticket>, filter: &Filter, pages: &mut Pages, more: bool) -> bool {
        let count = page.len();
        for ticket in page.into_iter().filter(|ticket| pages.is_new(&ticket.id)) {
            let id = Arc::clone(&ticket.id);
            self.0.insert(id, filter.wants(&ticket.labels).then(|| Arc::new(ticket)));
        }
        more && pages.more(count)
    }

    /// Those that are wanted.
    pub fn finish(self) -> Vec<Arc<Ticket>> {
        self.0.into_values().flatten().collect()
    }
}

/// The labels of a record on their way into the model.
#[derive(Debug)]
pub struct Labels<'a> {
    interner: &'a mut Interner,
    pairs: Vec<(Arc<str>, Arc<str>)>,
}

impl<'a> Labels<'a> {
    /// None yet.
    pub fn new(interner: &'a mut Interner) -> Self {
        Self { interner, pairs: Vec::with_capacity(8) }
    }

    /// Adds one, unless it says nothing.
    pub fn add(&mut self, key: &str, value: &str) {
        if !key.is_empty() && !value.is_empty() {
            self.pairs.push((self.interner.share(key), self.interner.share(value)));
        }
    }

    /// Adds several values as one, joined by `, `.
    pub fn add_all<'v>(&mut self, key: &str, values: impl IntoIterator<Item = &'v str>) {
        let values: Vec<&str> = values.into_iter().filter(|value| !value.is_empty()).collect();
        self.add(key, &values.join(", "));
    }

    /// All of them.
    pub fn finish(self) -> LabelList {
        self.pairs.into()
    }
}

/// A text of an answer that may be missing or null.
pub type Maybe<'a> = Option<Text<'a>>;

/// The text of it; empty where there is none.
pub fn text<'t>(maybe: &'t Maybe<'_>) -> &'t str {
    maybe.as_ref().map(Text::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_ends_however_a_server_pages() {
        let mut pages = Pages::of(3);
        assert!(pages.is_new("a") && pages.more(1));
        assert!(!pages.is_new("a"));
        assert!(!pages.more(1));
        assert!(pages.into_notes()[0].contains("page 2 only repeats"));
        let mut pages = Pages::of(2);
        assert!(pages.is_new("a") && pages.more(1) && pages.is_new("b") && !pages.is_new("b") && !pages.more(2));
        let notes = pages.into_notes();
        assert!(notes[0].contains("more than 2 records on 2 pages") && notes[1].contains("1 records came twice"));
        assert!(!Pages::of(9).more(0));
    }

    #[test]
    fn a_label_that_says_nothing_is_none() {
        let mut interner = Interner::default();
        let mut labels = Labels::new(&mut interner);
        labels.add("a", "");
        labels.add_all("b", ["x", "", "y"]);
        let labels = labels.finish();
        assert_eq!(labels.len(), 1);
        assert_eq!(&*labels[0].1, "x, y");
    }
}
