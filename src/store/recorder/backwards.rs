//! A clock that was ahead and is set back: what it said of a time that has not come yet leaves history.
//!
//! Invariant: afterwards no row begins after the instant at which the clock stands, so the last stretch of time is the
//! one that reaches furthest, and what comes next takes nobody's place.

use rusqlite::params;

use super::super::times::stored;
use super::Pen;
use crate::domain::span::Instant;

/// What is done, each with the instant.
const CUTS: [&str; 10] = [
    "UPDATE run SET began = min(began, ?1), until = ?1 WHERE until > ?1",
    // What was noted then of a time before stays, as if it were noted now.
    "UPDATE step SET gone = ?1 WHERE gone > ?1 OR (at > ?1 AND gone IS NULL)",
    "UPDATE OR REPLACE step SET noted = ?1 WHERE noted > ?1 AND at <= ?1",
    "UPDATE accrual SET gone = ?1 WHERE gone > ?1 OR (began > ?1 AND gone IS NULL)",
    "UPDATE OR REPLACE accrual SET noted = ?1 WHERE noted > ?1 AND began <= ?1",
    "UPDATE accrual SET until = ?1 WHERE began <= ?1 AND until > ?1",
    "DELETE FROM observed WHERE began > ?1",
    "UPDATE observed SET until = ?1 WHERE until > ?1",
    "DELETE FROM figures WHERE at > ?1",
    "UPDATE heard SET began = ?1 WHERE began > ?1",
];

/// Incidents happened all the same, though nobody knows when: they are kept, up to the instant.
const CLAMPS: [&str; 2] = [
    "UPDATE incident SET began = min(began, ?1), ended = min(ended, ?1), peaked = min(peaked, ?1), \
     acknowledged = min(acknowledged, ?1), quiet = min(quiet, ?1) WHERE ended IS NULL OR ended > ?1",
    "UPDATE incident_cause SET began = min(began, ?1), until = min(until, ?1) WHERE began > ?1 OR until > ?1",
];

/// Cuts what lies after an instant.
pub fn cut(pen: &Pen<'_>, from: Instant) -> rusqlite::Result<()> {
    for sql in CUTS.iter().chain(&CLAMPS) {
        pen.write(sql, params![stored(from)])?;
    }
    Ok(())
}
