//! Names of nodes and sources as numbers, so that a row takes a few bytes.

use rusqlite::{Connection, OptionalExtension as _, params};
use rustc_hash::FxHashMap;

use super::recorder::Pen;

/// The numbers of names, for one connection that writes.
#[derive(Debug, Default)]
pub struct Names {
    known: FxHashMap<String, i64>,
}

impl Names {
    /// The number of a name; made where there is none.
    pub fn id(&mut self, pen: &Pen<'_>, text: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.known.get(text) {
            return Ok(*id);
        }
        let id = match find(pen.db(), text)? {
            Some(id) => id,
            None => pen.insert("INSERT INTO name (text) VALUES (?1)", params![text])?,
        };
        self.known.insert(text.to_owned(), id);
        Ok(id)
    }
}

/// The number of a name, where there is one.
pub fn find(db: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT id FROM name WHERE text = ?1")?.query_row(params![text], |row| row.get(0)).optional()
}
