//! Incidents while they last: from the first certain problem of a process until there was none for five minutes of
//! known time. Time without knowledge neither ends nor begins one, so it survives a restart.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::names::Names;
use super::super::times::{instant, stored};
use super::Pen;
use crate::domain::history::{CALM, Moment, Revision, Turned};
use crate::domain::id::CauseId;
use crate::domain::map::{Kind, Map, NodeIndex};
use crate::domain::severity::{Interval, Severity, Shown};
use crate::domain::span::{Instant, Span};
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
        let last = self.last.replace(at);
        let passed = last.map_or(TimeDelta::zero(), |last| at - last);
        let world = &moment.world;
        let mut page = Page { pen, names, moment, at, revision };
        let mut walked = BTreeSet::new();
        for turned in &moment.turned {
            if self.walk(&mut page, turned, last.unwrap_or(moment.since))? {
                walked.insert(turned.node);
            }
        }
        for (index, node) in world.map.named_nodes().filter(|(_, node)| node.kind == Kind::Process) {
            let interval = world.nodes[index].interval;
            if interval.low.is_problem() {
                if !self.on.contains_key(node.id.as_str()) {
                    let incident = page.begin(index, first_seen(moment, index, at))?;
                    self.on.insert(node.id.to_string(), incident);
                }
                if let Some(incident) = self.on.get_mut(node.id.as_str()) {
                    incident.go_on(pen, page.names, world, index, at)?;
                }
            } else if let Some(incident) = self.on.get_mut(node.id.as_str())
                && interval.shown() != Shown::Unknown
                && !walked.contains(&index)
            {
                incident.rest(pen, at, passed)?;
            }
        }
        let over: Vec<String> =
            self.on.iter().filter(|(_, incident)| incident.calm >= CALM).map(|(id, _)| id.clone()).collect();
        for incident in over.iter().filter_map(|id| self.on.remove(id)) {
            incident.end(pen, at)?;
        }
        Ok(())
    }

    /// Goes through the states that a process had since the last moment: what waited for the disk may have begun and
    /// ended meanwhile. True if an incident was touched, which then is as of the last of them.
    fn walk(&mut self, page: &mut Page<'_, '_>, turned: &Turned, last: Instant) -> rusqlite::Result<bool> {
        let world = &page.moment.world;
        let Some(node) = world.map.nodes.get(turned.node).filter(|node| node.kind == Kind::Process) else {
            return Ok(false);
        };
        let steps: Vec<_> = turned.steps.iter().filter(|(when, _)| *when <= page.at).collect();
        if steps.len() < 2 {
            return Ok(false);
        }
        // What is on was told up to the last moment; what is over is not told again.
        let told = if self.on.contains_key(node.id.as_str()) { Some(last) } else { page.over(turned.node)? };
        let mut is_touched = false;
        for (place, (when, interval)) in steps.iter().enumerate() {
            let next = steps.get(place + 1).map(|(next, _)| *next);
            let (Some(interval), true) = (interval, is_touched || next.is_some()) else { continue };
            if told.is_some_and(|told| *when <= told) {
                continue;
            }
            let span = Span::new(*when, next.unwrap_or(page.at));
            if interval.low.is_problem() {
                if !self.on.contains_key(node.id.as_str()) {
                    self.on.insert(node.id.to_string(), page.begin(turned.node, *when)?);
                }
                if let Some(incident) = self.on.get_mut(node.id.as_str()) {
                    incident.was(page, turned.node, *interval, span)?;
                    is_touched = true;
                }
            } else if interval.shown() != Shown::Unknown
                && let Some(incident) = self.on.get_mut(node.id.as_str())
            {
                incident.rest(page.pen, span.start, TimeDelta::zero())?;
                incident.calm += span.length();
                is_touched = true;
                if incident.calm >= CALM {
                    incident.end(page.pen, span.start)?;
                    self.on.remove(node.id.as_str());
                }
            }
        }
        Ok(is_touched)
    }
}

/// What is the same for all that a moment writes.
struct Page<'a, 'names> {
    pen: &'a Pen<'a>,
    names: &'names mut Names,
    moment: &'a Moment,
    at: Instant,
    revision: Revision,
}

impl Page<'_, '_> {
    /// Until when the last incident of a process was on; `None`: it had none.
    fn over(&mut self, process: NodeIndex) -> rusqlite::Result<Option<Instant>> {
        let id = self.names.id(self.pen, self.moment.world.map.nodes[process].id.as_str())?;
        let sql = "SELECT ended FROM incident WHERE process = ?1 AND ended IS NOT NULL ORDER BY id DESC LIMIT 1";
        let ended = self.pen.db().prepare_cached(sql)?.query_row(params![id], |row| row.get(0)).optional()?;
        Ok(ended.map(instant))
    }

    fn begin(&mut self, process: NodeIndex, began: Instant) -> rusqlite::Result<Incident> {
        let node = &self.moment.world.map.nodes[process];
        let id = self.names.id(self.pen, node.id.as_str())?;
        let sql = "INSERT INTO incident (process, name, began, peak, peaked, revision) VALUES (?1, ?2, ?3, 0, ?3, ?4)";
        let row = self.pen.insert(sql, params![id, node.name, stored(began), self.revision.0])?;
        let (calm, causes) = (TimeDelta::zero(), BTreeMap::new());
        Ok(Incident { row, peak: Severity::Ok, is_acknowledged: false, quiet: None, calm, causes })
    }
}

fn causes(db: &Connection, incident: i64) -> rusqlite::Result<BTreeMap<CauseId, bool>> {
    let mut statement = db.prepare("SELECT cause, until IS NULL FROM incident_cause WHERE incident = ?1")?;
    let rows =
        statement.query_map(params![incident], |row| Ok((CauseId::from(row.get::<_, String>(0)?), row.get(1)?)))?;
    rows.collect()
}

/// The instant at which a process first was the problem that it is.
fn first_seen(moment: &Moment, index: NodeIndex, at: Instant) -> Instant {
    let turned = moment.turned.iter().find(|turned| turned.node == index);
    let first = turned.and_then(|turned| {
        let is_problem =
            |(_, interval): &&(Instant, Option<Interval>)| interval.is_some_and(|interval| interval.low.is_problem());
        turned.steps.iter().rev().take_while(is_problem).last().map(|(when, _)| *when)
    });
    first.or(moment.world.nodes[index].since).unwrap_or(at).min(at)
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
        let when = state.since.filter(|_| self.peak == Severity::Ok).unwrap_or(at);
        self.disturb(pen, state.interval.low, when)?;
        if state.handled && !self.is_acknowledged {
            self.is_acknowledged = true;
            pen.write("UPDATE incident SET acknowledged = ?2 WHERE id = ?1", params![self.row, stored(at)])?;
        }
        self.note_causes(pen, names, world, &state.causes, at)
    }

    /// It was a problem over a span that is past.
    fn was(
        &mut self,
        page: &mut Page<'_, '_>,
        process: NodeIndex,
        interval: Interval,
        span: Span,
    ) -> rusqlite::Result<()> {
        self.disturb(page.pen, interval.low, span.start)?;
        let moment = page.moment;
        for accruing in moment.accruals.iter().filter(|accruing| accruing.process == process) {
            for stretch in accruing.stretches.iter().filter(|stretch| stretch.span.intersection(span).is_some()) {
                let at = stretch.span.start.max(span.start);
                self.note_causes(page.pen, page.names, &moment.world, &stretch.causes, at)?;
            }
        }
        Ok(())
    }

    /// There is a problem, or there was.
    fn disturb(&mut self, pen: &Pen<'_>, severity: Severity, when: Instant) -> rusqlite::Result<()> {
        self.calm = TimeDelta::zero();
        if self.quiet.take().is_some() {
            pen.write("UPDATE incident SET quiet = NULL WHERE id = ?1", params![self.row])?;
        }
        if severity > self.peak {
            self.peak = severity;
            let sql = "UPDATE incident SET peak = ?2, peaked = max(began, ?3) WHERE id = ?1";
            pen.write(sql, params![self.row, severity.level(), stored(when)])?;
        }
        Ok(())
    }

    fn end(&self, pen: &Pen<'_>, at: Instant) -> rusqlite::Result<()> {
        let ended = self.quiet.unwrap_or(at);
        pen.write("UPDATE incident SET ended = ?2 WHERE id = ?1", params![self.row, stored(ended)])?;
        Ok(())
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
            match world.cause(id) {
                Some(cause) => self.write_cause(pen, names, world, cause, at)?,
                None => self.write_past_cause(pen, id, at)?,
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

    /// A cause that is gone by now: its words are, too.
    fn write_past_cause(&self, pen: &Pen<'_>, id: &CauseId, at: Instant) -> rusqlite::Result<()> {
        let sql = "INSERT INTO incident_cause (incident, cause, title, name, began) VALUES (?1, ?2, ?2, '', ?3) \
                   ON CONFLICT DO UPDATE SET until = NULL";
        pen.write(sql, params![self.row, id.as_str(), stored(at)])?;
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
