//! Reads facts: strict, so that a misspelt field is an error and not a silent nothing.

use std::collections::HashSet;

use chrono::Datelike as _;

use crate::domain::facts::{Facts, Ticket};
use crate::domain::id::{NodeId, SourceName};
use crate::domain::map::{Map, Node};
use crate::domain::span::{Instant, Span};

mod shape;
mod value;

use shape::FactsWire;
pub use value::duration;

/// Why facts can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// It is no JSON of this shape.
    #[error(transparent)]
    Shape(#[from] serde_json::Error),
    /// A signal says neither how bad it is nor that it does not know.
    #[error("signals: number {0} has no severity; give one, or `unknown: true`")]
    NoSeverity(usize),
    /// Two things cannot be told apart.
    #[error("{place}: {id:?} comes twice; an id is one thing of its source")]
    Twice {
        /// Which field.
        place: &'static str,
        /// The name of both, as `source:id`.
        id: String,
    },
    /// A stretch of time that ends before it begins.
    #[error("{place}: it ends at {end}, before it begins at {start}: swap the two, or correct one")]
    Reversed {
        /// Which field, of which thing.
        place: String,
        /// Its first instant, as given.
        start: Instant,
        /// Its end, as given.
        end: Instant,
    },
    /// An instant that no calendar of ours holds.
    #[error("{place}: the year {year} is out of range: from 0 to 9999")]
    Year {
        /// Which field, of which thing.
        place: String,
        /// The year.
        year: i32,
    },
    /// It answers what nothing asks.
    #[error("{place}: node {id:?} has no `{key}` in the map: give it one, or take the entry out of the facts")]
    NotAsked {
        /// Which field.
        place: &'static str,
        /// The node.
        id: String,
        /// What would ask.
        key: &'static str,
    },
    /// It names something that the map does not have.
    #[error("{place}: the map has no {kind} {id:?}{hint}")]
    NoSuch {
        /// Which field.
        place: &'static str,
        /// What is missing.
        kind: &'static str,
        /// The name given.
        id: String,
        /// The nearest name that exists, if one is near.
        hint: String,
    },
}

/// Reads facts from JSON text and checks the names in them against a map.
pub fn read(text: &str, map: &Map) -> Result<Facts, FactsError> {
    checked(serde_json::from_str(text)?, map)
}

/// Reads facts from a JSON value and checks the names in them against a map.
pub fn from_value(value: serde_json::Value, map: &Map) -> Result<Facts, FactsError> {
    checked(serde_json::from_value(value)?, map)
}

fn checked(wire: FactsWire, map: &Map) -> Result<Facts, FactsError> {
    if let Some(number) = wire.signals.iter().position(|signal| signal.severity.is_none() && !signal.unknown) {
        return Err(FactsError::NoSeverity(number + 1));
    }
    let facts = Facts::from(wire);
    let node =
        |place, id: &NodeId| known(place, "node", id.as_str(), map.named_nodes().map(|(_, node)| node.id.as_str()));
    facts.history.iter().try_for_each(|entry| node("history", &entry.node))?;
    facts.measured.keys().try_for_each(|id| node("measured", id))?;
    facts.checks.keys().try_for_each(|id| node("checks", id))?;
    let asks = |place, key, id: &NodeId, has: fn(&Node) -> bool| match map.index_of(id.as_str()) {
        Some(index) if !has(&map.nodes[index]) => Err(FactsError::NotAsked { place, id: id.to_string(), key }),
        _ => Ok(()),
    };
    facts.measured.keys().try_for_each(|id| asks("measured", "measured", id, |node| node.measured.is_some()))?;
    facts.checks.keys().try_for_each(|id| asks("checks", "check", id, |node| node.check.is_some()))?;
    facts.assume.keys().try_for_each(|id| node("assume", id))?;
    facts.maintenance.iter().flat_map(|it| &it.nodes).try_for_each(|id| node("maintenance", id))?;
    facts.changes.iter().flat_map(|it| &it.nodes).try_for_each(|id| node("changes", id))?;
    let source = |place, name: &SourceName| {
        known(place, "source", name.as_str(), map.sources.iter().map(|source| source.name.as_str()))
    };
    facts.sources.keys().try_for_each(|name| source("sources", name))?;
    facts.signals.iter().try_for_each(|signal| source("signals", &signal.source))?;
    facts.tickets.iter().try_for_each(|ticket| source("tickets", &ticket.source))?;
    facts.changes.iter().try_for_each(|change| source("changes", &change.source))?;
    once("signals", facts.signals.iter().map(|signal| (&signal.source, &*signal.id)))?;
    once("tickets", facts.tickets.iter().map(|ticket| (&ticket.source, &*ticket.id)))?;
    once("changes", facts.changes.iter().map(|change| (&change.source, &*change.id)))?;
    times(&facts)?;
    let objectives = || map.objectives.iter().map(|objective| objective.id.as_str());
    facts.objectives.keys().try_for_each(|id| known("objectives", "objective", id.as_str(), objectives()))?;
    let spends = || map.spends.iter().map(|spend| spend.id.as_str());
    facts.spend.keys().try_for_each(|id| known("spend", "spend", id.as_str(), spends()))?;
    Ok(facts)
}

/// Each thing is there once: two of one name would be two causes that nobody can tell apart.
fn once<'a>(place: &'static str, names: impl Iterator<Item = (&'a SourceName, &'a str)>) -> Result<(), FactsError> {
    let mut seen = HashSet::new();
    for (source, id) in names {
        if !seen.insert((source, id)) {
            return Err(FactsError::Twice { place, id: format!("{source}:{id}") });
        }
    }
    Ok(())
}

/// Every instant is one that a calendar has, and every stretch begins before it ends.
fn times(facts: &Facts) -> Result<(), FactsError> {
    instant(facts.at, || "at".to_owned())?;
    for signal in &facts.signals {
        let place = || format!("signals: {}:{} since", signal.source, signal.id);
        signal.since.map_or(Ok(()), |since| instant(since, place))?;
    }
    facts.tickets.iter().try_for_each(|ticket| ticket_times(ticket))?;
    for change in &facts.changes {
        span(change.window, || format!("changes: {}:{}", change.source, change.id))?;
    }
    for (number, maintenance) in facts.maintenance.iter().enumerate() {
        span(maintenance.span, || format!("maintenance: number {}", number + 1))?;
    }
    for (id, objective) in &facts.objectives {
        objective.excluded.iter().try_for_each(|it| span(it.span, || format!("objectives: {id} excluded")))?;
    }
    for (id, sample) in &facts.measured {
        instant(sample.at, || format!("measured: {id} at"))?;
    }
    for entry in &facts.history {
        instant(entry.at, || format!("history: {} at", entry.node))?;
    }
    let covered = facts.covered.iter().flatten().enumerate();
    covered.into_iter().try_for_each(|(number, it)| span(*it, || format!("covered: number {}", number + 1)))
}

fn ticket_times(ticket: &Ticket) -> Result<(), FactsError> {
    let place = |field: &str| format!("tickets: {}:{} {field}", ticket.source, ticket.id);
    let fields = [
        ("created", ticket.created),
        ("responded", ticket.responded),
        ("updated", ticket.updated),
        ("resolved", ticket.resolved),
        ("due", ticket.due),
    ];
    for (field, at) in fields {
        at.map_or(Ok(()), |at| instant(at, || place(field)))?;
    }
    let pauses = ticket.paused.iter().map(|(start, end)| Span::new(*start, end.unwrap_or(*start)));
    pauses.into_iter().try_for_each(|pause| span(pause, || place("paused")))
}

fn instant(at: Instant, place: impl Fn() -> String) -> Result<(), FactsError> {
    let year = at.year();
    if (0..=9999).contains(&year) { Ok(()) } else { Err(FactsError::Year { place: place(), year }) }
}

fn span(span: Span, place: impl Fn() -> String) -> Result<(), FactsError> {
    let Span { start, end } = span;
    instant(start, &place)?;
    instant(end, &place)?;
    if end < start { Err(FactsError::Reversed { place: place(), start, end }) } else { Ok(()) }
}

fn known<'a>(
    place: &'static str,
    kind: &'static str,
    id: &str,
    mut names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), FactsError> {
    if names.clone().any(|name| name == id) {
        return Ok(());
    }
    let hint =
        names.find(|name| name.starts_with(id) || id.starts_with(name)).map(|name| format!("; did you mean {name:?}?"));
    Err(FactsError::NoSuch { place, kind, id: id.to_owned(), hint: hint.unwrap_or_default() })
}
