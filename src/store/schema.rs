//! The form of the file, and how older forms become it: `user_version` counts the steps.

use rusqlite::Connection;

/// The form that this program writes.
pub const VERSION: i64 = 1;

/// What tells the file from those of other programs, in its head: "bsmt".
pub const APPLICATION: i32 = 0x6273_6d74;

/// An interval longer than this (6 h) is found by its end, a shorter one by its beginning: so an instant is looked up
/// among few rows, however long history is.
pub const LONG: i64 = 6 * 3600 * 1_000_000_000;

/// What each step does.
const STEPS: [&str; VERSION as usize] = [FIRST];

/// Kinds of what is observed, as numbers that stay.
pub mod kind {
    pub const SIGNAL: i64 = 1;
    pub const TICKET: i64 = 2;
    pub const CHANGE: i64 = 3;
    pub const MAINTENANCE: i64 = 4;
    pub const SOURCE: i64 = 5;
}

/// Flags of a step.
pub mod flag {
    /// Somebody takes care of it.
    pub const HANDLED: i64 = 1;
    /// It is planned.
    pub const PLANNED: i64 = 2;
    /// Signals told the instant.
    pub const TOLD: i64 = 4;
    /// It belongs to a leaf: observed rather than concluded, and kept so long.
    pub const LEAF: i64 = 8;
}

const FIRST: &str = "
-- When somebody looked. The last row grows while history is written.
CREATE TABLE run (id INTEGER PRIMARY KEY, began INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;
-- Every map that was in force, by its fingerprint.
CREATE TABLE map (revision INTEGER PRIMARY KEY, mark INTEGER NOT NULL UNIQUE, began INTEGER NOT NULL) STRICT;
-- Names of nodes and sources, each once.
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

-- Observed: what a source said, from when until when. An open row has no end.
CREATE TABLE observed (
    id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, source INTEGER NOT NULL, key TEXT NOT NULL,
    began INTEGER NOT NULL, until INTEGER, body TEXT NOT NULL) STRICT;
CREATE INDEX observed_open ON observed (began) WHERE until IS NULL;
CREATE INDEX observed_short ON observed (began) WHERE until - began <= 21600000000000;
CREATE INDEX observed_long ON observed (until) WHERE until - began > 21600000000000;
CREATE INDEX observed_windows ON observed (kind, began) WHERE kind IN (3, 4);
-- Observed: the numbers of a source's queries, as one compressed text a change.
CREATE TABLE figures (
    source INTEGER NOT NULL, at INTEGER NOT NULL, edge INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (source, at)) STRICT, WITHOUT ROWID;
-- Observed: nodes that a signal has matched.
CREATE TABLE heard (node INTEGER PRIMARY KEY, began INTEGER NOT NULL) STRICT;
-- Observed: the metrics store's own counts over closed slices, a day a row.
CREATE TABLE query (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, step INTEGER NOT NULL, text TEXT NOT NULL,
    UNIQUE (source, step, text)) STRICT;
CREATE TABLE slice (query INTEGER NOT NULL, day INTEGER NOT NULL, step INTEGER NOT NULL, cells BLOB NOT NULL,
    PRIMARY KEY (query, day)) STRICT, WITHOUT ROWID;

-- Concluded: from when on a node was how, and since when it showed that. Signals may tell later how it was: then what
-- was noted first is gone from then on, and still is what was on the screen before.
CREATE TABLE step (
    node INTEGER NOT NULL, at INTEGER NOT NULL, noted INTEGER NOT NULL, gone INTEGER, low INTEGER NOT NULL,
    high INTEGER NOT NULL, flags INTEGER NOT NULL, revision INTEGER NOT NULL, since INTEGER,
    PRIMARY KEY (node, at, noted)) STRICT, WITHOUT ROWID;
CREATE INDEX step_at ON step (at);
-- Concluded: money lost, a row for each rate. An open row has no end.
CREATE TABLE accrual (
    process INTEGER NOT NULL, began INTEGER NOT NULL, noted INTEGER NOT NULL, gone INTEGER, until INTEGER,
    low TEXT NOT NULL, high TEXT NOT NULL, method INTEGER NOT NULL, causes TEXT NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (process, began, noted)) STRICT, WITHOUT ROWID;
-- Concluded: incidents and what made them, in the words of then; quiet is when there was no problem any more, until
-- that has lasted long enough to be the end.
CREATE TABLE incident (
    id INTEGER PRIMARY KEY, process INTEGER NOT NULL, name TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER,
    peak INTEGER NOT NULL, peaked INTEGER NOT NULL, acknowledged INTEGER, quiet INTEGER, revision INTEGER NOT NULL)
    STRICT;
CREATE INDEX incident_open ON incident (process) WHERE ended IS NULL;
CREATE INDEX incident_ended ON incident (ended);
CREATE TABLE incident_cause (
    incident INTEGER NOT NULL, cause TEXT NOT NULL, title TEXT NOT NULL, node INTEGER, name TEXT NOT NULL, owner TEXT,
    severity INTEGER, began INTEGER NOT NULL, until INTEGER, PRIMARY KEY (incident, cause)) STRICT, WITHOUT ROWID;

-- What was done through the console.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, source INTEGER NOT NULL, action TEXT NOT NULL,
    target TEXT NOT NULL, request TEXT NOT NULL, outcome INTEGER NOT NULL, answer TEXT NOT NULL) STRICT;
CREATE INDEX audit_at ON audit (at);
";

/// Whether a file is another program's: its head says so, or says nothing and it has tables that are not history's.
pub fn is_foreign(db: &Connection) -> rusqlite::Result<bool> {
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != 0 {
        return Ok(application != APPLICATION);
    }
    let count = |which: &str| {
        let sql = format!("SELECT count(*) FROM sqlite_schema WHERE type = 'table' {which}");
        db.query_row(&sql, [], |row| row.get::<_, i64>(0))
    };
    Ok(count("")? > 0 && count("AND name IN ('run', 'step', 'accrual', 'incident_cause')")? < 4)
}

/// The form of a file.
pub fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings a file to the present form, all or nothing.
pub fn migrate(db: &mut Connection, from: i64) -> rusqlite::Result<()> {
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for step in STEPS.iter().skip(usize::try_from(from).unwrap_or_default()) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
