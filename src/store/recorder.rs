//! Turns moments into rows: only what differs from the moment before is written.
//!
//! It remembers what the open rows of the file say. After a transaction that failed it must be made anew from the
//! file, as it may remember what was never written.

mod backwards;
mod concluded;
mod incidents;
mod observed;

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::names::Names;
use super::slices::{self, Asked, Cells};
use super::times::{instant, stored};
use crate::domain::history::{AuditEntry, AuditOutcome, GAP, Moment, Revision};
use crate::domain::map::Map;
use crate::domain::span::Instant;

/// How far apart the marks are that say how far history reaches, while nothing changes: half a minute, as stored.
pub const MARK_EVERY: i64 = 30_000_000_000;

/// What the file's open rows say.
#[derive(Debug)]
pub struct Recorder {
    names: Names,
    /// The stretch of time that is being covered.
    run: Option<Run>,
    /// The map of the last moment.
    map: Option<(Arc<Map>, Revision)>,
    observed: observed::Observed,
    concluded: concluded::Concluded,
    incidents: incidents::Incidents,
    /// What is to be said of a clock that was set back.
    remark: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    id: i64,
    /// How far the file says that it reaches.
    marked: Instant,
    /// The last moment.
    last: Instant,
}

/// A transaction that begins with the first thing to write.
pub struct Pen<'a> {
    db: &'a Connection,
    has_begun: std::cell::Cell<bool>,
}

impl<'a> Pen<'a> {
    pub fn new(db: &'a Connection) -> Self {
        Self { db, has_begun: std::cell::Cell::new(false) }
    }

    /// The connection, to read.
    pub fn db(&self) -> &'a Connection {
        self.db
    }

    /// Writes one statement.
    pub fn write(&self, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<usize> {
        self.begin()?;
        self.db.prepare_cached(sql)?.execute(params)
    }

    /// Writes one row; returns its number.
    pub fn insert(&self, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<i64> {
        self.begin()?;
        self.db.prepare_cached(sql)?.insert(params)
    }

    fn begin(&self) -> rusqlite::Result<()> {
        if !self.has_begun.get() {
            self.db.execute_batch("BEGIN IMMEDIATE")?;
            self.has_begun.set(true);
        }
        Ok(())
    }

    /// Whether anything was written.
    pub fn is_used(&self) -> bool {
        self.has_begun.get()
    }

    /// Makes what was written last.
    pub fn commit(self) -> rusqlite::Result<()> {
        if self.has_begun.replace(false) { self.db.execute_batch("COMMIT") } else { Ok(()) }
    }
}

impl Drop for Pen<'_> {
    fn drop(&mut self) {
        if self.has_begun.get() {
            // What went wrong is known already.
            let _ = self.db.execute_batch("ROLLBACK");
        }
    }
}

impl Recorder {
    /// A recorder that goes on where the file ends. Whatever the file says to be still so ended when it was last
    /// looked at.
    pub fn of(db: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            names: Names::default(),
            run: None,
            map: None,
            observed: observed::Observed::of(db)?,
            concluded: concluded::Concluded::default(),
            incidents: incidents::Incidents::of(db)?,
            remark: None,
        })
    }

    /// What came up that an operator has to know, once.
    pub fn remark(&mut self) -> Option<String> {
        self.remark.take()
    }

    /// A recorder in the place of one whose transaction failed: it goes on with the same stretch of time.
    pub fn again(&self, db: &Connection) -> rusqlite::Result<Self> {
        let mut again = Self::of(db)?;
        again.run = self.run.filter(|run| {
            let exists = db.query_row("SELECT 1 FROM run WHERE id = ?1", params![run.id], |_| Ok(())).optional();
            matches!(exists, Ok(Some(())))
        });
        if again.run.is_some() {
            again.observed.load(db)?;
        }
        Ok(again)
    }

    /// Writes what a moment changed.
    pub fn note(&mut self, pen: &Pen<'_>, moment: &Moment) -> rusqlite::Result<()> {
        let world = &moment.world;
        // A clock that is only corrected goes on; one that is set back begins anew.
        let last = self.run.map(|run| run.last).filter(|last| world.at >= *last - GAP);
        let at = last.map_or(world.at, |last| world.at.max(last));
        let run = self.cover(pen, moment.since.min(at), at)?;
        let revision = self.revision(pen, &world.map, at)?;
        self.observed.note(pen, &mut self.names, moment, at)?;
        let turned = self.concluded.note(pen, &mut self.names, moment, at, revision)?;
        self.observed.note_figures(pen, &mut self.names, moment, at, turned)?;
        self.incidents.note(pen, &mut self.names, moment, at, revision)?;
        if pen.is_used() || at - run.marked >= TimeDelta::nanoseconds(MARK_EVERY) {
            pen.write("UPDATE run SET until = ?2 WHERE id = ?1", params![run.id, stored(at)])?;
            self.run = Some(Run { marked: at, ..run });
        }
        Ok(())
    }

    /// The stretch of time that goes on, or a new one after a gap. Between the two instants there is none.
    fn cover(&mut self, pen: &Pen<'_>, from: Instant, at: Instant) -> rusqlite::Result<Run> {
        let reach = self.run.map_or_else(|| latest(pen.db()), |run| Ok(Some(run.last)))?;
        if let Some(reach) = reach.filter(|reach| at < *reach - GAP) {
            self.set_back(pen, reach, from)?;
        }
        let run = if let Some(run) = self.run.filter(|run| from - run.last <= GAP) {
            Run { last: at, ..run }
        } else {
            self.end_all(pen, self.run.map(|run| run.last))?;
            let id = pen.insert("INSERT INTO run (began, until) VALUES (?1, ?2)", params![stored(from), stored(at)])?;
            self.incidents.pause();
            Run { id, marked: at, last: at }
        };
        self.run = Some(run);
        Ok(run)
    }

    /// Ends what is still open, as of when anybody last looked.
    fn end_all(&mut self, pen: &Pen<'_>, last: Option<Instant>) -> rusqlite::Result<()> {
        let marked = latest(pen.db())?.map(stored);
        if let Some(last) = last {
            pen.write(
                "UPDATE run SET until = max(until, ?1) WHERE id = (SELECT max(id) FROM run)",
                params![stored(last)],
            )?;
        }
        if let Some(end) = last.map(stored).max(marked) {
            // What was seen at the last look was so then; nothing ends before it begins, as a mark may be older than
            // the last thing written.
            pen.write("UPDATE observed SET until = max(began, ?1) + 1 WHERE until IS NULL", params![end])?;
            pen.write("UPDATE accrual SET until = max(began, ?1) WHERE until IS NULL", params![end])?;
        }
        self.observed = observed::Observed::of(pen.db())?;
        self.concluded = concluded::Concluded::default();
        Ok(())
    }

    /// The clock had been ahead: what it said of the time from an instant on is no part of history.
    fn set_back(&mut self, pen: &Pen<'_>, reach: Instant, from: Instant) -> rusqlite::Result<()> {
        backwards::cut(pen, from)?;
        self.run = None;
        // Its incidents are to be looked at with the map again.
        self.map = None;
        self.incidents = incidents::Incidents::of(pen.db())?;
        let when = |at: Instant| at.format("%Y-%m-%d %H:%M:%S UTC").to_string();
        self.remark = Some(format!(
            "the clock went back from {} to {}: what was remembered of the time between is left out",
            when(reach),
            when(from)
        ));
        Ok(())
    }

    fn revision(&mut self, pen: &Pen<'_>, map: &Arc<Map>, at: Instant) -> rusqlite::Result<Revision> {
        if let Some((known, revision)) = &self.map
            && Arc::ptr_eq(known, map)
        {
            return Ok(*revision);
        }
        let mark = fingerprint(map);
        let find = "SELECT revision FROM map WHERE mark = ?1";
        let revision = match pen.db().query_row(find, params![mark], |row| row.get(0)).optional()? {
            Some(revision) => revision,
            None => pen.insert("INSERT INTO map (mark, began) VALUES (?1, ?2)", params![mark, stored(at)])? as u32,
        };
        let revision = Revision(revision);
        self.map = Some((map.clone(), revision));
        self.concluded.remap();
        self.incidents.remap(map);
        Ok(revision)
    }

    /// Says at the end how far history reaches.
    pub fn close(&mut self, pen: &Pen<'_>) -> rusqlite::Result<()> {
        if let Some(run) = self.run {
            pen.write("UPDATE run SET until = ?2 WHERE id = ?1", params![run.id, stored(run.last)])?;
        }
        Ok(())
    }

    /// Writes what was done, or what came of it.
    pub fn audit(&mut self, pen: &Pen<'_>, entry: &AuditEntry) -> rusqlite::Result<()> {
        audit(pen, &mut self.names, entry)
    }

    /// Writes the slices of a day.
    pub fn keep_slices(&mut self, pen: &Pen<'_>, asked: &Asked, day: i64, cells: &Cells) -> rusqlite::Result<()> {
        slices::write(pen, &mut self.names, asked, day, cells)
    }
}

/// How far the last stretch of time in a file reaches.
fn latest(db: &Connection) -> rusqlite::Result<Option<Instant>> {
    let until = db.query_row("SELECT until FROM run ORDER BY id DESC LIMIT 1", [], |row| row.get(0)).optional()?;
    Ok(until.map(instant))
}

/// Writes what was done, or what came of it: the later one of the same thing takes the place of the earlier.
pub fn audit(pen: &Pen<'_>, names: &mut Names, entry: &AuditEntry) -> rusqlite::Result<()> {
    let (outcome, answer) = match &entry.outcome {
        AuditOutcome::Begun => (0, ""),
        AuditOutcome::Done(answer) => (1, answer.as_str()),
        AuditOutcome::Failed(answer) => (2, answer.as_str()),
        AuditOutcome::Unknown(answer) => (3, answer.as_str()),
    };
    let source = names.id(pen, entry.source.as_str())?;
    let row = params![stored(entry.at), entry.who, source, entry.action, entry.target, entry.request, outcome, answer];
    let update = "UPDATE audit SET outcome = ?7, answer = ?8 WHERE at = ?1 AND who = ?2 AND source = ?3 \
                  AND action = ?4 AND target = ?5 AND request = ?6";
    if outcome == 0 || pen.write(update, row)? == 0 {
        let insert = "INSERT INTO audit (at, who, source, action, target, request, outcome, answer) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        pen.write(insert, row)?;
    }
    Ok(())
}

/// What tells one map from another: FNV-1a over its text, the same in every run of one version of the program.
pub fn fingerprint(map: &Map) -> i64 {
    struct Hash(u64);
    impl std::fmt::Write for Hash {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            for byte in text.bytes() {
                self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            Ok(())
        }
    }
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    // A hash takes any text.
    let _ = write!(hash, "{map:?}");
    hash.0.cast_signed()
}
