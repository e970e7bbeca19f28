//! Names of nodes and sources as numbers, so that a row takes a few bytes.
#![allow(dead_code, reason = "the writer follows")]

use rusqlite::{Connection, OptionalExtension as _, params};
use rustc_hash::FxHashMap;

/// The numbers of names, for one connection that writes.
#[derive(Debug, Default)]
pub struct Names {
    known: FxHashMap<String, i64>,
}

impl Names {
    /// The number of a name; made where there is none.
    pub fn id(&mut self, db: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.known.get(text) {
            return Ok(*id);
        }
        let id = match find(db, text)? {
            Some(id) => id,
            None => db
                .prepare_cached("INSERT INTO name (text) VALUES (?1) RETURNING id")?
                .query_row(params![text], |row| row.get(0))?,
        };
        self.known.insert(text.to_owned(), id);
        Ok(id)
    }

    /// Forgets what a transaction that failed may have made.
    pub fn forget(&mut self) {
        self.known.clear();
    }
}

/// The number of a name, where there is one.
pub fn find(db: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT id FROM name WHERE text = ?1")?.query_row(params![text], |row| row.get(0)).optional()
}
