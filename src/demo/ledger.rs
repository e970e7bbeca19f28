//! What operators wrote: silences, tickets, comments. The only thing of the company that is not a function of time.
//!
//! Invariant: it is bounded; the oldest entries go, and with them only what an operator did long ago.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use crate::domain::span::Instant;

/// The most silences, and the most tickets, that are kept.
const MOST: usize = 500;
/// Numbers of written tickets begin here: those of the story stay below for years.
const FIRST_TICKET: u32 = 20_001;

/// What was written so far.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Written>);

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Silences, oldest first.
    pub silences: Vec<WrittenSilence>,
    /// Tickets, oldest first.
    pub tickets: Vec<WrittenTicket>,
    /// Who took a ticket of the story, and when.
    pub taken: BTreeMap<u32, Instant>,
    /// What tickets refer to, by their number.
    pub links: BTreeMap<u32, Vec<String>>,
    /// When tickets were remarked on, by their number: as in RT, what was said is not in the history itself.
    pub comments: BTreeMap<u32, Vec<Instant>>,
    count: u32,
}

/// A silence that was posted.
#[derive(Debug)]
pub(super) struct WrittenSilence {
    /// Its id.
    pub id: String,
    /// Tests of labels, all of which must hold.
    pub matchers: Vec<Matcher>,
    /// From when.
    pub starts: Instant,
    /// Until when.
    pub ends: Instant,
    /// Who.
    pub author: String,
    /// Why.
    pub comment: String,
}

/// A test of a label.
#[derive(Debug)]
pub(super) struct Matcher {
    /// Which label.
    pub name: String,
    /// As it was posted.
    pub value: String,
    /// Whether the value is a pattern.
    pub pattern: Option<Regex>,
    /// Whether it must hold, or must not.
    pub is_equal: bool,
}

/// A ticket that was posted.
#[derive(Debug)]
pub(super) struct WrittenTicket {
    /// Its number.
    pub id: u32,
    /// One line.
    pub subject: String,
    /// What it is about, as a custom field.
    pub service: String,
    /// When.
    pub created: Instant,
}

impl Ledger {
    /// Looks at, or adds to, what was written.
    pub fn open(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Written {
    /// Adds a silence; its id is returned.
    pub fn silence(&mut self, silence: impl FnOnce(String) -> WrittenSilence) -> String {
        self.count += 1;
        let id = format!("00000000-0000-4000-8000-{:012x}", self.count);
        self.silences.push(silence(id.clone()));
        if self.silences.len() > MOST {
            self.silences.remove(0);
        }
        id
    }

    /// Adds a ticket; its number is returned.
    pub fn ticket(&mut self, ticket: impl FnOnce(u32) -> WrittenTicket) -> u32 {
        let id = self.tickets.last().map_or(FIRST_TICKET, |last| last.id + 1);
        self.tickets.push(ticket(id));
        if self.tickets.len() > MOST {
            let gone = self.tickets.remove(0);
            self.links.remove(&gone.id);
            self.comments.remove(&gone.id);
            self.taken.remove(&gone.id);
        }
        id
    }

    /// The silences that hold for labels at an instant.
    pub fn hitting(&self, labels: &Map<String, Value>, now: Instant) -> impl Iterator<Item = &WrittenSilence> {
        let holds = move |silence: &&WrittenSilence| {
            silence.starts <= now && now < silence.ends && silence.matchers.iter().all(|matcher| matcher.holds(labels))
        };
        self.silences.iter().filter(holds)
    }

    /// Forgets what ended long ago.
    pub fn forget(&mut self, now: Instant) {
        self.silences.retain(|silence| silence.ends + TimeDelta::minutes(30) > now);
    }
}

impl Matcher {
    /// A test as it was posted; `None` where its pattern is none.
    pub fn of(name: &str, value: &str, is_regex: bool, is_equal: bool) -> Option<Self> {
        let pattern = if is_regex {
            Some(RegexBuilder::new(&format!("^(?:{value})$")).size_limit(1 << 20).build().ok()?)
        } else {
            None
        };
        Some(Self { name: name.to_owned(), value: value.to_owned(), pattern, is_equal })
    }

    fn holds(&self, labels: &Map<String, Value>) -> bool {
        let label = labels.get(&self.name).and_then(Value::as_str).unwrap_or_default();
        let is = match &self.pattern {
            Some(pattern) => pattern.is_match(label),
            None => self.value == label,
        };
        is == self.is_equal
    }
}
