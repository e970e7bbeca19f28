//! A flood of signals: more than a person can read, so they stand together under the process they hit.
//!
//! EEMUA 191 calls more than ten alarms in ten minutes a flood for one operator. A list shows more than that at a
//! glance, so here it begins where no screen holds them any more, and ends well below, so that the list does not turn
//! to and fro.

use std::sync::Arc;

use chrono::TimeDelta;
use rustc_hash::FxHashMap;

use super::action::Enabled;
use super::list::{Branch, Row, RowId};
use super::message::Effect;
use super::model::{Model, Visit};
use super::place::{Item, Pane, Place, Screen};
use super::rows::hang;
use crate::domain::map::NodeIndex;
use crate::domain::severity::Handling;
use crate::domain::span::Instant;
use crate::domain::world::{Cause, CauseWhat, World};

/// Signals within [`SPAN`] that begin a flood, and below which it is over.
const BEGINS: usize = 50;
const ENDS: usize = 20;
/// How far back signals count.
const SPAN: TimeDelta = TimeDelta::minutes(10);

/// Whether signals stand together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flood {
    /// There is a flood.
    pub is_on: bool,
    /// What the operator chose against it.
    pub chosen: Option<bool>,
}

impl Flood {
    /// Whether signals stand together under the process they hit.
    pub fn is_grouped(self) -> bool {
        self.chosen.unwrap_or(self.is_on)
    }

    /// Looks at a world. What the operator chose holds until a flood begins or ends.
    pub(super) fn take(&mut self, world: &World, now: Instant) {
        let is_new = |since: Option<Instant>| since.is_some_and(|since| now - since <= SPAN);
        let signals = world.signals.iter().map(|signal| &signal.item);
        let new = signals
            .filter(|signal| signal.severity.is_problem() && signal.handling == Handling::None && is_new(signal.since));
        let is_on = new.count() > if self.is_on { ENDS } else { BEGINS };
        if is_on != self.is_on {
            *self = Self { is_on, chosen: None };
        }
    }
}

/// Whether there are signals that could stand together.
pub(super) fn can_group(model: &Model) -> Enabled {
    if matches!(model.here().place, Place::Screen(Screen::Signals)) { Ok(()) } else { Err("only signals are grouped") }
}

/// Lets signals stand together, or apart.
pub(super) fn group(model: &mut Model) -> Vec<Effect> {
    model.flood.chosen = Some(!model.flood.is_grouped());
    model.touched = None;
    model.refresh();
    Vec::new()
}

/// Signals under the process they hit, both in the order they came in. Those that hit none are last.
pub(super) fn grouped(model: &Model, visit: &Visit, pane: Pane, rows: Vec<Row>) -> Vec<Row> {
    if pane != Pane::Signals || !model.flood.is_grouped() {
        return rows;
    }
    let world = &*model.world;
    let hits = hits(world);
    let mut groups: Vec<(Option<NodeIndex>, Vec<Row>)> = Vec::new();
    let mut places: FxHashMap<Option<NodeIndex>, usize> = FxHashMap::default();
    for row in rows {
        let hit = hits.get(&row.index).copied();
        let place = *places.entry(hit).or_insert_with(|| {
            groups.push((hit, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row);
    }
    groups.sort_by_key(|(hit, _)| hit.is_none());
    let mut shown = Vec::new();
    for (hit, members) in groups {
        let Some(index) = hit else {
            shown.extend(members);
            continue;
        };
        let path = hang(0, index);
        let is_open = visit.toggled.get(&path).copied().unwrap_or(false);
        let branch = if is_open { Branch::Open } else { Branch::Closed };
        let id = RowId { item: Item::Node(world.map.nodes[index].id.clone()), path };
        shown.push(Row { id, index, depth: 0, branch, relation: "" });
        if is_open {
            shown.extend(members.into_iter().map(|row| Row { depth: 1, ..row }));
        }
    }
    shown
}

/// How many signals hit each process first of all.
pub fn counts(world: &World) -> FxHashMap<NodeIndex, usize> {
    let mut counts = FxHashMap::default();
    for process in hits(world).into_values() {
        *counts.entry(process).or_insert(0) += 1;
    }
    counts
}

/// The process that each signal hits first of all, by the signal's index.
fn hits(world: &World) -> FxHashMap<usize, NodeIndex> {
    let hit = |cause: &Arc<Cause>| match cause.what {
        CauseWhat::Signal(signal) => Some((signal, *cause.processes.first()?)),
        _ => None,
    };
    world.causes.iter().filter_map(hit).collect()
}
