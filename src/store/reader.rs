//! Questions over history. A reader has a connection of its own, which cannot write.
//!
//! Invariant: what is answered is one state of the file, and time that nobody covered is unknown in it.

mod concluded;
mod observed;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, params};
use rustc_hash::FxHashMap;

use super::recorder::MARK_EVERY;
use super::times::{instant, stored};
use super::{StoreError, file, names, schema};
use crate::domain::history::{AuditEntry, AuditOutcome, Revision};
use crate::domain::id::{NodeId, SourceName};
use crate::domain::map::Map;
use crate::domain::span::{Span, Spans};

/// Answers questions over history.
#[derive(Debug)]
pub struct Reader {
    db: Connection,
    place: PathBuf,
    /// It was opened as a file that never changes.
    is_still: bool,
    texts: RefCell<FxHashMap<i64, String>>,
}

impl Reader {
    /// Opens the history in a file.
    ///
    /// # Errors
    /// There is none, it is a newer program's or another one's, or it can't be read.
    pub fn open(place: &Path) -> Result<Self, StoreError> {
        file::access(place, rustix::fs::Access::READ_OK)?;
        if file::is_foreign(place) {
            return Err(StoreError::Foreign(place.to_owned()));
        }
        let wrong = |error| StoreError::Sqlite { place: place.to_owned(), error };
        let (db, is_still) = open(place).map_err(wrong)?;
        let found = schema::version(&db).map_err(wrong)?;
        if found > schema::VERSION {
            return Err(StoreError::Newer { place: place.to_owned(), found });
        }
        if found < schema::VERSION {
            // Whoever writes it brings it to the present form first.
            return Err(StoreError::None(place.to_owned()));
        }
        Ok(Self { db, place: place.to_owned(), is_still, texts: RefCell::default() })
    }

    /// Whether it was opened as a file that never changes, as nothing can be made beside it: it is to be opened anew for
    /// what is asked later.
    pub fn is_still(&self) -> bool {
        self.is_still
    }

    /// Whether a process writes it at this moment: then it reaches up to now, although it says so only twice a minute.
    pub fn is_written(&self) -> bool {
        file::is_claimed(&self.place)
    }

    /// Asks several things of one state of the file, whatever is written meanwhile.
    ///
    /// # Errors
    /// The file can't be read, or what the question says.
    pub fn in_one_state<T, E: From<StoreError>>(&self, question: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        // Within another question it is that one's state already.
        let transaction = self.db.is_autocommit().then(|| self.db.unchecked_transaction());
        let transaction = transaction.transpose().map_err(|error| self.wrong(error))?;
        let answer = question(self);
        // It only read.
        drop(transaction);
        answer
    }

    /// When anybody looked, within a span. Whoever writes says so twice a minute: while he does, the next half minute is
    /// taken to be covered; once he is gone, nothing beyond what he said.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn coverage(&self, within: Span) -> Result<Spans, StoreError> {
        let beyond = if self.is_written() { MARK_EVERY } else { 0 };
        // A single look covers no time, and yet ends the gap before it.
        let until =
            format!("max(began + 1, CASE id WHEN (SELECT max(id) FROM run) THEN until + {beyond} ELSE until END)");
        let sql = &format!("SELECT began, {until} AS until FROM run WHERE {until} > ?1 AND began < ?2");
        let run = |row: &Row<'_>| Ok(Span::new(instant(row.get(0)?), instant(row.get(1)?)));
        let runs = self.rows(sql, params![stored(within.start), stored(within.end)], run)?;
        Ok(Spans::of(runs).intersect(&Spans::from(within)))
    }

    /// The first and the last covered instant; `None`: nothing was ever covered.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn reach(&self) -> Result<Option<Span>, StoreError> {
        let ends = self.rows("SELECT min(began), max(until) FROM run", [], |row| {
            Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?))
        })?;
        let reach = ends.first().and_then(|(began, until)| Some(Span::new(instant((*began)?), instant((*until)?))));
        Ok(reach)
    }

    /// Every node of which anything was ever concluded, by the id it had then.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn nodes(&self) -> Result<BTreeSet<NodeId>, StoreError> {
        let sql = "SELECT text FROM name n WHERE EXISTS (SELECT 1 FROM step WHERE node = n.id)";
        let found = self.rows(sql, [], |row| row.get::<_, String>(0))?;
        Ok(found.into_iter().map(NodeId::from).collect())
    }

    /// The number that a map has in history; `None`: nothing was concluded with it yet.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn revision(&self, map: &Map) -> Result<Option<Revision>, StoreError> {
        let mark = super::recorder::fingerprint(map);
        let found = self.rows("SELECT revision FROM map WHERE mark = ?1", params![mark], |row| row.get(0))?;
        Ok(found.first().copied().map(Revision))
    }

    /// What was done through the console within a span, the newest last.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn audit(&self, within: Span) -> Result<Vec<AuditEntry>, StoreError> {
        let sql = "SELECT at, who, source, action, target, request, outcome, answer FROM audit \
                   WHERE at >= ?1 AND at < ?2 ORDER BY at, id";
        let found = self.rows(sql, params![stored(within.start), stored(within.end)], |row| {
            let answer: String = row.get(7)?;
            let outcome = match row.get::<_, i64>(6)? {
                0 => AuditOutcome::Begun,
                1 => AuditOutcome::Done(answer),
                2 => AuditOutcome::Failed(answer),
                _ => AuditOutcome::Unknown(answer),
            };
            let entry = AuditEntry {
                at: instant(row.get(0)?),
                who: row.get(1)?,
                source: SourceName::from(""),
                action: row.get(3)?,
                target: row.get(4)?,
                request: row.get(5)?,
                outcome,
            };
            Ok((entry, row.get::<_, i64>(2)?))
        })?;
        found.into_iter().map(|(entry, source)| Ok(AuditEntry { source: self.name(source)?.into(), ..entry })).collect()
    }

    /// Every row of a question.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.db.prepare_cached(sql).map_err(|error| self.wrong(error))?;
        let rows = statement.query_map(params, read).map_err(|error| self.wrong(error))?;
        rows.collect::<rusqlite::Result<_>>().map_err(|error| self.wrong(error))
    }

    /// The text of a name's number.
    fn name(&self, id: i64) -> Result<String, StoreError> {
        if let Some(text) = self.texts.borrow().get(&id) {
            return Ok(text.clone());
        }
        let found = self
            .db
            .prepare_cached("SELECT text FROM name WHERE id = ?1")
            .and_then(|mut name| name.query_row(params![id], |row| row.get::<_, String>(0)).optional());
        let text = found.map_err(|error| self.wrong(error))?.unwrap_or_default();
        self.texts.borrow_mut().insert(id, text.clone());
        Ok(text)
    }

    /// The number of a name, where it occurs.
    pub(super) fn number(&self, text: &str) -> Result<Option<i64>, StoreError> {
        names::find(&self.db, text).map_err(|error| self.wrong(error))
    }

    fn wrong(&self, error: rusqlite::Error) -> StoreError {
        StoreError::Sqlite { place: self.place.clone(), error }
    }

    pub(super) fn nonsense(&self, what: impl std::fmt::Display) -> StoreError {
        StoreError::Nonsense { place: self.place.clone(), what: what.to_string() }
    }
}

/// Opens a file to read it. Where not even SQLite's own files beside it can be made, it is taken as it stands, and
/// true is returned with it.
fn open(place: &Path) -> rusqlite::Result<(Connection, bool)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let ask = |db: Connection| {
        db.busy_timeout(std::time::Duration::from_secs(2))?;
        schema::version(&db).map(|_| db)
    };
    Connection::open_with_flags(place, flags).and_then(ask).map(|db| (db, false)).or_else(|error| {
        if !matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) {
            return Err(error);
        }
        let url = url::Url::from_file_path(place).map_err(|()| error)?;
        Connection::open_with_flags(format!("{url}?immutable=1"), flags).and_then(ask).map(|db| (db, true))
    })
}
