//! Questions over history for those that show it: a stretch of it, a world of then, the same asked anew.
//!
//! Invariant: nothing is written, and a world of then is made by the same evaluation as the live one.

use chrono::TimeDelta;

use crate::domain::history::Memory;
use crate::domain::id::NodeId;
use crate::domain::map::{Kind, Map};
use crate::domain::remembered::Remembered;
use crate::domain::span::{Instant, Span};
use crate::domain::world::World;
use crate::engine::{Model, Reach, concluded_again, recalled};
use crate::store::{Reader, StoreError};

/// Everything that history holds of a stretch. States are those of processes and services, of the map and of all
/// that had an incident.
///
/// # Errors
/// History can't be read.
pub fn remembered(reader: &Reader, map: &Map, span: Span) -> Result<Remembered, StoreError> {
    let incidents = reader.incidents(span)?;
    let mut nodes: Vec<NodeId> = map
        .named_nodes()
        .filter(|(_, node)| matches!(node.kind, Kind::Process | Kind::Service))
        .map(|(_, node)| node.id.clone())
        .collect();
    nodes.extend(incidents.iter().map(|incident| incident.process.clone()));
    nodes.sort();
    nodes.dedup();
    let mut remembered = Remembered {
        covered: reader.coverage(span)?,
        changes: reader.changes(span)?,
        maintenance: reader.maintenance(Span::new(span.start, span.end + crate::domain::ahead::AHEAD))?,
        audit: reader.audit(span)?,
        incidents,
        ..Remembered::nothing(span)
    };
    if !nodes.is_empty() {
        for step in reader.steps(&nodes, span)? {
            remembered.steps.entry(step.node.clone()).or_default().push(step);
        }
    }
    for node in nodes {
        let accruals = reader.accruals(&node, span)?;
        if !accruals.is_empty() {
            remembered.accruals.insert(node, accruals);
        }
    }
    Ok(remembered)
}

/// What an engine knew at an instant.
///
/// # Errors
/// History can't be read.
pub fn memory(reader: &Reader, map: &Map, at: Instant) -> Result<Memory, StoreError> {
    let Reach { timed, priced, windows, month } = Reach::of(map, at);
    reader.memory_at(at, &timed, &priced, windows, month)
}

/// The world of an instant, as the present map has it.
///
/// # Errors
/// History can't be read.
pub fn world(reader: &Reader, model: &Model, at: Instant) -> Result<World, StoreError> {
    Ok(recalled(model, reader.facts_at(at)?, &memory(reader, &model.map, at)?))
}

/// What the present map says of what was observed over a stretch.
///
/// # Errors
/// History can't be read.
pub fn again(reader: &Reader, model: &Model, span: Span) -> Result<Remembered, StoreError> {
    let leaves: Vec<NodeId> =
        model.map.named_nodes().filter(|(_, node)| node.needs.is_empty()).map(|(_, node)| node.id.clone()).collect();
    let mut turns: Vec<Instant> = Vec::new();
    if !leaves.is_empty() {
        turns.extend(reader.steps(&leaves, span)?.into_iter().map(|step| step.at));
    }
    for signal in reader.signals(span)? {
        turns.extend([Some(signal.began), signal.until].into_iter().flatten());
    }
    concluded_again(model, span, &reader.coverage(span)?, turns, |at| reader.facts_at(at))
}

/// The last instant of a stretch of which anything is known; `None`: of none.
///
/// # Errors
/// History can't be read.
pub fn last_known(reader: &Reader, span: Span) -> Result<Option<Instant>, StoreError> {
    // The end is exclusive: the window of a month is over at its end.
    let before_end = span.end - TimeDelta::nanoseconds(1);
    Ok(reader.reach()?.map(|reach| reach.end.min(before_end)).filter(|at| *at >= span.start))
}
