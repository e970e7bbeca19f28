//! Incidents while they last: from the first certain problem of a process until there was none for five minutes of
//! known time. Time without knowledge neither ends nor begins one, so it survives a restart.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rusqlite::{Connection, params};

use super::super::names::Names;
use super::super::times::{instant, stored};
use super::Pen;
use crate::domain::history::{CALM, Moment, Revision};
use crate::domain::id::CauseId;
use crate::domain::map::{Kind, Map, NodeIndex};
use crate::domain::severity::{Severity, Shown};
use crate::domain::span::Instant;
use crate::domain::world::{Cause, World};

/// Causes of one incident that are kept; a flood of alerts has a few that say it all.
const MOST_CAUSES: usize = 200;

/// The incidents that are on, by process.
#[derive(Debug, Default)]
pub struct Incidents {
    on: BTreeMap<String, Incident>,
    /// The last moment, if it was covered.
    last: Option<Instant>,
}

#[derive(Debug)]
struct Incident {
    row: i64,
    peak: Severity,
    is_acknowledged: bool,
    /// Since when there is no problem.
    quiet: Option<Instant>,
    /// How long it has been calm, as far as is known.
    calm: TimeDelta,
    /// Causes, and whether each still is one.
    causes: BTreeMap<CauseId, bool>,
}

impl Incidents {
    /// Those that the file says to be on.
    pub fn of(db: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT n.text, i.id, i.peak, i.acknowledged, i.quiet FROM incident i \
                   JOIN name n ON n.id = i.process WHERE i.ended IS NULL";
        let mut found = Self::default();
        let mut statement = db.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let peak = Severity::from_level(row.get(2)?);
            let is_acknowledged = row.get::<_, Option<i64>>(3)?.is_some();
            let (id, quiet) = (row.get(1)?, row.get::<_, Option<i64>>(4)?.map(instant));
            let causes = causes(db, id)?;
            let incident = Incident { row: id, peak, is_acknowledged, quiet, calm: TimeDelta::zero(), causes };
            found.on.insert(row.get(0)?, incident);
        }
        Ok(found)
    }

    /// There was a gap: it adds nothing to the calm.
    pub fn pause(&mut self) {
        self.last = None;
    }

    /// Processes that left the map have no incident any more.
    pub fn remap(&mut self, map: &Map) {
        let is_process = |id: &str| map.index_of(id).is_some_and(|index| map.nodes[index].kind == Kind::Process);
        for (_, incident) in self.on.iter_mut().filter(|(id, _)| !is_process(id)) {
            incident.calm = CALM;
        }
    }

    /// Writes what changed.
    pub fn note(
        &mut self,
        pen: &Pen<'_>,
        names: &mut Names,
        moment: &Moment,
        at: Instant,
        revision: Revision,
    ) -> rusqlite::Result<()> {
        let passed = self.last.map_or(TimeDelta::zero(), |last| at - last);
        self.last = Some(at);
        let world = &moment.world;
        for (index, node) in world.map.named_nodes().filter(|(_, node)| node.kind == Kind::Process) {
            let interval = world.nodes[index].interval;
            if interval.low.is_problem() {
                if !self.on.contains_key(node.id.as_str()) {
                    let incident = begin(pen, names, moment, index, at, revision)?;
                    self.on.insert(node.id.to_string(), incident);
                }
                if let Some(incident) = self.on.get_mut(node.id.as_str()) {
                    incident.go_on(pen, names, world, index, at)?;
                }
            } else if let Some(incident) = self.on.get_mut(node.id.as_str())
                && interval.shown() != Shown::Unknown
            {
                incident.rest(pen, at, passed)?;
            }
        }
        let over: Vec<String> =
            self.on.iter().filter(|(_, incident)| incident.calm >= CALM).map(|(id, _)| id.clone()).collect();
        for incident in over.iter().filter_map(|id| self.on.remove(id)) {
            let ended = incident.quiet.unwrap_or(at);
            pen.write("UPDATE incident SET ended = ?2 WHERE id = ?1", params![incident.row, stored(ended)])?;
        }
        Ok(())
    }
}

fn causes(db: &Connection, incident: i64) -> rusqlite::Result<BTreeMap<CauseId, bool>> {
    let mut statement = db.prepare("SELECT cause, until IS NULL FROM incident_cause WHERE incident = ?1")?;
    let rows =
        statement.query_map(params![incident], |row| Ok((CauseId::from(row.get::<_, String>(0)?), row.get(1)?)))?;
    rows.collect()
}

/// Begins an incident, with the instant at which its process first was a problem.
fn begin(
    pen: &Pen<'_>,
    names: &mut Names,
    moment: &Moment,
    index: NodeIndex,
    at: Instant,
    revision: Revision,
) -> rusqlite::Result<Incident> {
    let (node, state) = (&moment.world.map.nodes[index], &moment.world.nodes[index]);
    let turned = moment.turned.iter().find(|turned| turned.node == index);
    let first = turned.and_then(|turned| {
        let is_problem = |(_, interval): &&(Instant, Option<_>)| {
            interval.is_some_and(|interval: crate::domain::severity::Interval| interval.low.is_problem())
        };
        turned.steps.iter().rev().take_while(is_problem).last().map(|(when, _)| *when)
    });
    let began = first.or(state.since).unwrap_or(at).min(at);
    let id = names.id(pen, node.id.as_str())?;
    let sql = "INSERT INTO incident (process, name, began, peak, peaked, revision) VALUES (?1, ?2, ?3, 0, ?3, ?4)";
    let row = pen.insert(sql, params![id, node.name, stored(began), revision.0])?;
    let causes = BTreeMap::new();
    Ok(Incident { row, peak: Severity::Ok, is_acknowledged: false, quiet: None, calm: TimeDelta::zero(), causes })
}

impl Incident {
    /// It is a problem at this moment.
    fn go_on(
        &mut self,
        pen: &Pen<'_>,
        names: &mut Names,
        world: &World,
        index: NodeIndex,
        at: Instant,
    ) -> rusqlite::Result<()> {
        let state = &world.nodes[index];
        self.calm = TimeDelta::zero();
        if self.quiet.take().is_some() {
            pen.write("UPDATE incident SET quiet = NULL WHERE id = ?1", params![self.row])?;
        }
        if state.interval.low > self.peak {
            let when = state.since.filter(|_| self.peak == Severity::Ok).unwrap_or(at);
            self.peak = state.interval.low;
            let sql = "UPDATE incident SET peak = ?2, peaked = max(began, ?3) WHERE id = ?1";
            pen.write(sql, params![self.row, self.peak.level(), stored(when)])?;
        }
        if state.handled && !self.is_acknowledged {
            self.is_acknowledged = true;
            pen.write("UPDATE incident SET acknowledged = ?2 WHERE id = ?1", params![self.row, stored(at)])?;
        }
        self.note_causes(pen, names, world, &state.causes, at)
    }

    fn note_causes(
        &mut self,
        pen: &Pen<'_>,
        names: &mut Names,
        world: &World,
        now: &[CauseId],
        at: Instant,
    ) -> rusqlite::Result<()> {
        let gone: Vec<CauseId> =
            self.causes.iter().filter(|(id, is_on)| **is_on && !now.contains(id)).map(|(id, _)| id.clone()).collect();
        for id in gone {
            let sql = "UPDATE incident_cause SET until = ?3 WHERE incident = ?1 AND cause = ?2";
            pen.write(sql, params![self.row, id.as_str(), stored(at)])?;
            self.causes.insert(id, false);
        }
        for id in now.iter().take(MOST_CAUSES) {
            if self.causes.get(id) == Some(&true) || !self.causes.contains_key(id) && self.causes.len() >= MOST_CAUSES {
                continue;
            }
            if let Some(cause) = world.cause(id) {
                self.write_cause(pen, names, world, cause, at)?;
            }
            self.causes.insert(id.clone(), true);
        }
        Ok(())
    }

    fn write_cause(
        &self,
        pen: &Pen<'_>,
        names: &mut Names,
        world: &World,
        cause: &Cause,
        at: Instant,
    ) -> rusqlite::Result<()> {
        let node = cause.node.map(|node| &world.map.nodes[node]);
        let id = node.map(|node| names.id(pen, node.id.as_str())).transpose()?;
        let name = node.map_or("", |node| node.name.as_str());
        let owner = node.and_then(|node| node.owner.as_deref());
        let severity = cause.severity.map(Severity::level);
        let began = cause.since.unwrap_or(at).min(at);
        let sql = "INSERT INTO incident_cause (incident, cause, title, node, name, owner, severity, began) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
                   ON CONFLICT DO UPDATE SET until = NULL, severity = max(severity, excluded.severity)";
        let row = params![self.row, cause.id.as_str(), &*cause.summary, id, name, owner, severity, stored(began)];
        pen.write(sql, row)?;
        Ok(())
    }

    /// There is no problem at this moment.
    fn rest(&mut self, pen: &Pen<'_>, at: Instant, passed: TimeDelta) -> rusqlite::Result<()> {
        if self.quiet.is_some() {
            self.calm += passed;
            return Ok(());
        }
        self.quiet = Some(at);
        pen.write("UPDATE incident SET quiet = ?2 WHERE id = ?1", params![self.row, stored(at)])?;
        for (id, is_on) in self.causes.iter_mut().filter(|(_, is_on)| **is_on) {
            let sql = "UPDATE incident_cause SET until = ?3 WHERE incident = ?1 AND cause = ?2";
            pen.write(sql, params![self.row, id.as_str(), stored(at)])?;
            *is_on = false;
        }
        Ok(())
    }
}
