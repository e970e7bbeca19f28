//! `keys.toml`: the operator's own keys by action, with the place of each, for those who know what an action is.
//!
//! This layer knows neither actions nor keys: it reads the form, and says at its place what others find wrong.

use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

use super::diagnostic::{Diagnostic, Diagnostics, Level};
use super::reader::{Document, Findings, Place, Table};
use super::{nearest, not_utf8};

/// The file of the operator's own keys.
pub const KEYS_FILE: &str = "keys.toml";

/// The keys of one action, as the file has them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// The action.
    pub action: String,
    /// Its keys.
    pub keys: Vec<String>,
    at: Range<usize>,
    keys_at: Vec<Range<usize>>,
}

/// Something that is wrong with a binding, as others found it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// The number of the binding, and of the key in it; none where the file as a whole is meant.
    pub at: Option<(usize, Option<usize>)>,
    /// What is wrong.
    pub message: String,
    /// The word that is none of the valid ones, where that is what is wrong.
    pub word: Option<String>,
}

/// A file of keys.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bindings {
    /// What it says, in its order.
    pub list: Vec<Binding>,
    text: String,
}

impl Bindings {
    /// Reads the file of a configuration folder; nothing where there is none.
    ///
    /// # Errors
    /// All that is wrong with its form.
    pub fn load(folder: &Path) -> Result<Self, Diagnostics> {
        match std::fs::read(folder.join(KEYS_FILE)).map(String::from_utf8) {
            Ok(Ok(text)) => Self::parse(text),
            Ok(Err(error)) => Err(Diagnostics(vec![not_utf8(KEYS_FILE, &error)])),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => {
                let message = format!("cannot be read: {error}");
                Err(Diagnostics(vec![Diagnostic::of_file(KEYS_FILE, Level::Error, message, None)]))
            }
        }
    }

    /// Reads a text.
    ///
    /// # Errors
    /// All that is wrong with its form.
    pub fn parse(text: String) -> Result<Self, Diagnostics> {
        let (tree, errors) = DeTable::parse_recoverable(&text);
        let documents = [document(&text)];
        let findings = Findings::new(&documents);
        for error in errors {
            findings.error(place(error.span().unwrap_or(0..0)), error.message().trim(), "");
        }
        let mut list = Vec::new();
        for entry in Table::root(0, tree.get_ref()).entries() {
            let items = entry.item.one_or_many();
            for item in items.iter().filter(|item| item.text().is_none()) {
                findings.error(item.at, format!("the keys of `{}` are texts", entry.key), "such as [\"w\", \"F5\"]");
            }
            let keys = items.iter().filter_map(|item| Some((item.text()?.to_owned(), item.at.start..item.at.end)));
            let (keys, keys_at) = keys.unzip();
            let at = entry.key_at.start..entry.key_at.end;
            list.push(Binding { action: entry.key.to_owned(), keys, at, keys_at });
        }
        let found = findings.sorted();
        if found.is_empty() { Ok(Self { list, text }) } else { Err(Diagnostics(found)) }
    }

    /// What others found wrong, each at its place; `valid` are the words that actions go by.
    pub fn diagnostics(&self, wrong: &[Wrong], valid: &[&str]) -> Diagnostics {
        let documents = [document(&self.text)];
        let findings = Findings::new(&documents);
        for it in wrong {
            let binding = it.at.and_then(|(number, key)| Some((self.list.get(number)?, key)));
            let at = binding.map_or(0..0, |(binding, key)| {
                key.and_then(|key| binding.keys_at.get(key)).unwrap_or(&binding.at).clone()
            });
            let hint = it.word.as_ref().and_then(|word| nearest::hint(word, valid.iter().copied()));
            let hint = hint.or_else(|| it.word.as_ref().map(|_| "`bsmtop keys` lists all of them".to_owned()));
            findings.error(place(at), &it.message, hint.unwrap_or_default());
        }
        Diagnostics(findings.sorted())
    }
}

fn document(text: &str) -> Document<'_> {
    Document { name: KEYS_FILE, text, broken: false, lost_from: usize::MAX }
}

fn place(at: Range<usize>) -> Place {
    Place { document: 0, start: at.start, end: at.end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_one_or_many() {
        let read = Bindings::parse("why = \"W\"\nfreeze = [\"F\", \"space\"]\nquit = []\n".to_owned()).expect("keys");
        let list: Vec<_> = read.list.iter().map(|it| (it.action.as_str(), it.keys.join(" "))).collect();
        assert_eq!(list, [("why", "W".to_owned()), ("freeze", "F space".to_owned()), ("quit", String::new())]);
    }

    #[test]
    fn what_is_wrong_stands_at_its_place() {
        let found = Bindings::parse("why = 3\n".to_owned()).expect_err("no text").to_string();
        assert!(found.contains("keys.toml:1:7"), "{found}");
        let read = Bindings::parse("sort = \"s\"\nwhy = [\"W\", \"s\"]\nwyh = []\n".to_owned()).expect("keys");
        let wrong = [
            Wrong { at: Some((1, Some(1))), message: "taken".to_owned(), word: None },
            Wrong { at: Some((2, None)), message: "no such".to_owned(), word: Some("wyh".to_owned()) },
        ];
        let text = read.diagnostics(&wrong, &["why", "sort"]).to_string();
        assert!(text.contains("keys.toml:2:13") && text.contains("2 | why = [\"W\", \"s\"]"), "{text}");
        assert!(text.contains("keys.toml:3:1") && text.contains("did you mean `why`?"), "{text}");
    }
}
