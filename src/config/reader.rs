//! Reads the spanned TOML tree: typed access, every value with its place, and the list of what is wrong.
//!
//! A value of the wrong type is reported once, by [`super::shape`]; here it reads as absent.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::{Diagnostic, Level, cleaned};
use super::nearest;
use super::scalar::Fault;

/// A text with its name.
pub(super) struct Document<'a> {
    /// What diagnostics call it.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Whether it could not be read wholly, so that what is absent may only be lost.
    pub broken: bool,
    /// The byte from which on nothing of it means anything, because something was left open there.
    pub lost_from: usize,
}

/// A stretch of a document, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place {
    /// Index of the document.
    pub document: usize,
    /// First byte.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
}

impl Place {
    fn new(document: usize, span: Range<usize>) -> Self {
        Self { document, start: span.start, end: span.end }
    }
}

/// What was found wrong so far.
pub(super) struct Findings<'a> {
    /// The documents that places point into.
    pub documents: &'a [Document<'a>],
    list: RefCell<Vec<(Place, Diagnostic)>>,
}

impl<'a> Findings<'a> {
    /// Nothing yet.
    pub fn new(documents: &'a [Document<'a>]) -> Self {
        Self { documents, list: RefCell::new(Vec::new()) }
    }

    /// Reports an error; an empty hint is none.
    pub fn error(&self, at: Place, message: impl AsRef<str>, hint: impl Into<String>) {
        self.add(at, Level::Error, message.as_ref(), &hint.into());
    }

    /// Reports a warning; an empty hint is none.
    pub fn warning(&self, at: Place, message: impl AsRef<str>, hint: impl Into<String>) {
        self.add(at, Level::Warning, message.as_ref(), &hint.into());
    }

    /// Reports a word that is not among the valid ones, with the nearest of them.
    pub fn unknown<'w>(&self, at: Place, what: &str, word: &str, valid: impl IntoIterator<Item = &'w str> + Clone) {
        let quoted = format!("\"{word}\"");
        let lost = self.documents.iter().any(|document| document.broken && document.text.contains(&quoted));
        if !lost {
            self.error(at, format!("unknown {what} `{word}`"), nearest::hint(word, valid).unwrap_or_default());
        }
    }

    fn add(&self, at: Place, level: Level, message: &str, hint: &str) {
        let document = &self.documents[at.document];
        let (line, column, length, source_line) = locate(document.text, at.start, at.end);
        let hint = (!hint.is_empty()).then(|| cleaned(hint));
        let (file, message) = (cleaned(document.name), cleaned(message));
        let diagnostic = Diagnostic { file, line, column, length, level, message, hint, source_line };
        let mut list = self.list.borrow_mut();
        let lost = |place: Place| place.document == at.document && place.start >= document.lost_from;
        let is_new = |(place, known): &(Place, Diagnostic)| *known != diagnostic && !(lost(at) && lost(*place));
        if list.iter().all(is_new) {
            list.push((at, diagnostic));
        }
    }

    /// All of them, in the order of files and lines.
    pub fn sorted(self) -> Vec<Diagnostic> {
        let mut list = self.list.into_inner();
        list.sort_by_key(|(place, diagnostic)| (place.document, place.start, diagnostic.level));
        list.into_iter().map(|(_, diagnostic)| diagnostic).collect()
    }
}

/// Line and column from 1, the number of characters meant within the line, and the line, cleaned.
fn locate(text: &str, start: usize, end: usize) -> (usize, usize, usize, String) {
    let border = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (border(start), border(end));
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = text[line_start..line_end].trim_end_matches('\r');
    let number = text[..start].matches('\n').count() + 1;
    let column = text[line_start..start].chars().count() + 1;
    let length = text[start..end.clamp(start, line_end.max(start))].trim_end().chars().count();
    (number, column, length, cleaned(line))
}

/// A value and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    /// The value.
    pub value: &'a DeValue<'a>,
    /// Where it stands.
    pub at: Place,
}

impl<'a> Item<'a> {
    fn new(document: usize, spanned: &'a Spanned<DeValue<'a>>) -> Self {
        Self { value: spanned.get_ref(), at: Place::new(document, spanned.span()) }
    }

    /// The value as a reader of [`super::scalar`] takes it.
    pub fn read<T>(self, reader: impl FnOnce(&'a DeValue<'a>) -> Result<T, Fault>) -> Option<T> {
        reader(self.value).ok()
    }

    /// The text.
    pub fn text(self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// The table.
    pub fn table(self) -> Option<Table<'a>> {
        self.value.as_table().map(|entries| Table { entries, at: self.at })
    }

    /// The entries of a list; none for another value.
    pub fn list(self) -> impl Iterator<Item = Self> + 'a {
        let document = self.at.document;
        self.value.as_array().into_iter().flat_map(|array| array.iter()).map(move |item| Item::new(document, item))
    }

    /// The entries of a list, or the value itself where it is none.
    pub fn one_or_many(self) -> Vec<Self> {
        if self.value.is_array() { self.list().collect() } else { vec![self] }
    }
}

/// A table and where it (or its header) stands.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    entries: &'a DeTable<'a>,
    /// Where it stands.
    pub at: Place,
}

/// A key of a table with its value.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    /// The key.
    pub key: &'a str,
    /// Where the key stands.
    pub key_at: Place,
    /// The value.
    pub item: Item<'a>,
}

impl<'a> Table<'a> {
    /// The whole document.
    pub fn root(document: usize, entries: &'a DeTable<'a>) -> Self {
        Self { entries, at: Place { document, start: 0, end: 0 } }
    }

    /// The value of a key.
    pub fn get(self, key: &str) -> Option<Item<'a>> {
        self.entries.get(key).map(|spanned| Item::new(self.at.document, spanned))
    }

    /// Whether a key is there.
    pub fn has(self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Keys and values, in the order of the file.
    pub fn entries(self) -> Vec<Entry<'a>> {
        let document = self.at.document;
        let entry = |(key, value): (&'a Spanned<_>, &'a Spanned<_>)| {
            let text: &'a std::borrow::Cow<'a, str> = key.get_ref();
            Entry { key: text, key_at: Place::new(document, key.span()), item: Item::new(document, value) }
        };
        let mut entries: Vec<Entry<'a>> = self.entries.iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.key_at);
        entries
    }

    /// The value of a key as a reader of [`super::scalar`] takes it.
    pub fn read<T>(self, key: &str, reader: impl FnOnce(&'a DeValue<'a>) -> Result<T, Fault>) -> Option<T> {
        self.get(key)?.read(reader)
    }

    /// The text of a key.
    pub fn text(self, key: &str) -> Option<&'a str> {
        self.get(key)?.text()
    }

    /// The text of a key, owned.
    pub fn string(self, key: &str) -> Option<String> {
        self.text(key).map(str::to_owned)
    }

    /// The flag of a key; false where it is absent.
    pub fn flag(self, key: &str) -> bool {
        self.get(key).and_then(|item| item.value.as_bool()).unwrap_or(false)
    }

    /// The table of a key.
    pub fn table(self, key: &str) -> Option<Self> {
        self.get(key)?.table()
    }

    /// The entries of a list; none where it is absent.
    pub fn list(self, key: &str) -> impl Iterator<Item = Item<'a>> + 'a {
        self.get(key).into_iter().flat_map(Item::list)
    }

    /// The tables of a list.
    pub fn tables(self, key: &str) -> impl Iterator<Item = Self> + 'a {
        self.list(key).filter_map(Item::table)
    }

    /// The texts of a list.
    pub fn strings(self, key: &str) -> Vec<String> {
        self.list(key).filter_map(|item| item.text().map(str::to_owned)).collect()
    }

    /// Keys and texts of a table of texts; none where it is absent.
    pub fn labels(self, key: &str) -> Vec<(String, String)> {
        self.table(key).map(Self::pairs).unwrap_or_default()
    }

    /// This table's keys and texts, in the order of the file.
    pub fn pairs(self) -> Vec<(String, String)> {
        let pair = |entry: Entry<'a>| entry.item.text().map(|text| (entry.key.to_owned(), text.to_owned()));
        self.entries().into_iter().filter_map(pair).collect()
    }

    /// Where a key's value stands, or the table where it is absent.
    pub fn at_key(self, key: &str) -> Place {
        self.get(key).map_or(self.at, |item| item.at)
    }
}
