//! From the conditions of an answer to signals, for sources that report checks or problems in their own words:
//! filtered, heartbeats taken out, cleaned, duplicates united (the handled one stands), instants of the future cut.
//! A signal that is as it was in the last poll is the very same one, so that nothing downstream takes it for new.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::TimeDelta;
use rustc_hash::FxHashMap;

use super::filter::{Filter, Pulse};
use super::text::{Interner, link, summary};
use super::words::Table;
use crate::domain::clean::clean_line;
use crate::domain::facts::{Change, LabelList, Signal};
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::{Instant, Span};

/// How far ahead a condition may begin before it is worth a remark.
const FUTURE_SLACK: TimeDelta = TimeDelta::seconds(60);

/// The most planned downtimes of one answer.
const MOST_PLANNED: usize = 5000;

/// States of checks. Those that are in no table (unknown, pending, unreachable) are no knowledge.
pub const CHECK_WORDS: Table = &[
    ("ok", Severity::Ok),
    ("up", Severity::Ok),
    ("warning", Severity::Warning),
    ("critical", Severity::Critical),
    ("down", Severity::Critical),
];

/// A condition as a source tells it.
#[derive(Debug, Default)]
pub struct Condition<'a> {
    /// Its id within the source.
    pub id: Cow<'a, str>,
    /// What matchers look at; pairs without a value are left out.
    pub labels: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it says that it does not know.
    pub unknown: bool,
    /// Whether somebody takes care of it.
    pub handling: Handling,
    /// Who and why.
    pub handled_by: Option<String>,
    /// Since when.
    pub since: Option<Instant>,
    /// One line for an operator.
    pub summary: Cow<'a, str>,
    /// Where to look at it.
    pub link: Cow<'a, str>,
}

/// A downtime or a maintenance as a source tells it.
#[derive(Debug)]
pub struct Planned<'a> {
    /// Its id within the source.
    pub id: Cow<'a, str>,
    /// What matchers look at; pairs without a value are left out.
    pub labels: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Its window.
    pub window: Span,
    /// One line.
    pub summary: Cow<'a, str>,
}

/// What outlives a poll.
#[derive(Debug, Default)]
pub struct Memory {
    interner: Interner,
    signals: FxHashMap<Arc<str>, Arc<Signal>>,
}

/// Gathers the signals of one poll.
pub struct Conditions<'a> {
    source: &'a SourceName,
    filter: &'a Filter,
    memory: &'a mut Memory,
    now: Instant,
    pulse: Pulse,
    signals: Vec<Arc<Signal>>,
    places: FxHashMap<Arc<str>, usize>,
    changes: Vec<Arc<Change>>,
    unplanned: usize,
    notes: Vec<String>,
    twice: usize,
    future: usize,
}

impl<'a> Conditions<'a> {
    /// None yet.
    pub fn new(source: &'a SourceName, filter: &'a Filter, memory: &'a mut Memory, now: Instant) -> Self {
        Self {
            source,
            filter,
            memory,
            now,
            pulse: Pulse::new(filter),
            signals: Vec::new(),
            places: FxHashMap::default(),
            changes: Vec::new(),
            unplanned: 0,
            notes: Vec::new(),
            twice: 0,
            future: 0,
        }
    }

    /// Takes one.
    pub fn add(&mut self, condition: Condition<'_>) {
        let labels = self.labels(&condition.labels);
        // A heartbeat that is not known to be there does not beat, and is no signal either.
        if self.filter.heartbeat(&labels).is_some() {
            if !condition.unknown {
                self.pulse.take(self.filter, &labels);
            }
            return;
        }
        if !self.filter.wants(&labels) {
            return;
        }
        let id = self.memory.interner.share(&condition.id);
        if condition.since.is_some_and(|since| since > self.now + FUTURE_SLACK) {
            self.future += 1;
        }
        let handled_by = condition.handled_by.filter(|_| condition.handling != Handling::None);
        let signal = Signal {
            source: self.source.clone(),
            labels,
            severity: condition.severity,
            unknown: condition.unknown,
            handling: condition.handling,
            handled_by: handled_by.map(|text| Arc::from(clean_line(&text, 300))),
            since: condition.since.map(|since| since.min(self.now)),
            summary: summary(&condition.summary),
            link: link(&condition.link),
            id: Arc::clone(&id),
        };
        let known = self.memory.signals.get(&id).filter(|known| ***known == signal);
        let signal = known.cloned().unwrap_or_else(|| Arc::new(signal));
        if let Some(place) = self.places.get(&id) {
            self.twice += 1;
            if self.signals[*place].handling < signal.handling {
                self.signals[*place] = signal;
            }
            return;
        }
        self.places.insert(id, self.signals.len());
        self.signals.push(signal);
    }

    fn labels(&mut self, labels: &[(Cow<'_, str>, Cow<'_, str>)]) -> LabelList {
        let interner = &mut self.memory.interner;
        let given = labels.iter().filter(|(name, value)| !name.is_empty() && !value.is_empty());
        given.map(|(name, value)| (interner.share(name), interner.share(value))).collect()
    }

    /// Takes a downtime or a maintenance, as a change.
    pub fn plan(&mut self, planned: Planned<'_>) {
        let labels = self.labels(&planned.labels);
        if planned.window.is_empty() || !self.filter.wants(&labels) {
            return;
        }
        if self.changes.len() == MOST_PLANNED {
            self.unplanned += 1;
            return;
        }
        self.changes.push(Arc::new(Change {
            source: self.source.clone(),
            id: self.memory.interner.share(&planned.id),
            labels,
            nodes: Vec::new(),
            window: planned.window,
            summary: summary(&planned.summary),
        }));
    }

    /// Adds a remark, once.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// The report.
    pub fn finish(mut self) -> StateReport {
        if self.twice > 0 {
            self.notes.push(format!("{} conditions came twice under the same id; the handled one counts", self.twice));
        }
        if self.future > 0 {
            let text = "conditions begin in the future: is its clock right? They count from now";
            self.notes.push(format!("{} {text}", self.future));
        }
        if self.unplanned > 0 {
            let text = "more downtimes are planned: they are not read, ask for less with `only`";
            self.notes.push(format!("{} {text}", self.unplanned));
        }
        self.memory.signals = self.signals.iter().map(|signal| (Arc::clone(&signal.id), Arc::clone(signal))).collect();
        self.memory.interner.forget_unused();
        StateReport {
            signals: self.signals,
            changes: self.changes,
            missing_heartbeats: self.pulse.missing(self.filter),
            notes: self.notes,
            ..StateReport::default()
        }
    }
}
