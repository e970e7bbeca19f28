//! Keeps the file bounded: what is too old goes, figures thin out, and room that was freed goes back to the disk.

use chrono::TimeDelta;
use rusqlite::{Connection, params};

use super::times::stored;
use crate::domain::span::Instant;

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// How long what was observed is kept.
    pub observed: TimeDelta,
    /// How long what was concluded is kept, with the audit.
    pub concluded: TimeDelta,
    /// How large the file may become, in bytes; then the oldest goes, whatever its age.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { observed: TimeDelta::days(90), concluded: TimeDelta::days(400), bytes: 1 << 30 }
    }
}

/// Figures change with every poll. So old they are kept one in so long, but for those with which a state changed.
const THIN: [(TimeDelta, TimeDelta); 2] =
    [(TimeDelta::hours(6), TimeDelta::minutes(5)), (TimeDelta::days(7), TimeDelta::hours(1))];

/// Pages that are given back to the disk at once (8 MiB).
const PAGES_AT_ONCE: u32 = 2048;

/// How much goes at once where the file is too large: a tenth of what it reaches back.
const PARTS: i32 = 10;

/// Brings the file within its limits; says how far back it had to be cut for its size. The first time in a run all
/// figures are looked through, later those that have come of age since the time before, however long ago that was.
pub fn prune(
    db: &Connection,
    limits: Limits,
    now: Instant,
    before: Option<Instant>,
) -> rusqlite::Result<Option<TimeDelta>> {
    cut_observed(db, now - limits.observed)?;
    cut_concluded(db, now - limits.concluded)?;
    for (age, every) in THIN {
        // From the beginning of a part on: of one that was thinned in part, the same row stays.
        let every = every.num_nanoseconds().unwrap_or(i64::MAX);
        let from = before.map_or(i64::MIN, |before| stored(before.min(now) - age).div_euclid(every) * every);
        thin(db, from, stored(now - age), every)?;
    }
    let mut kept = None;
    for _ in 0..PARTS {
        if size(db)? <= limits.bytes {
            break;
        }
        let sql = "SELECT min(began) FROM (SELECT min(began) AS began FROM observed UNION ALL SELECT min(at) FROM figures \
                   UNION ALL SELECT min(at) FROM step UNION ALL SELECT min(began) FROM run)";
        let oldest = db.query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?.unwrap_or(stored(now));
        let reach = TimeDelta::nanoseconds(stored(now).saturating_sub(oldest).max(0));
        let keep = reach - reach / PARTS;
        cut_observed(db, now - keep)?;
        cut_concluded(db, now - keep)?;
        kept = Some(keep);
    }
    give_back(db)?;
    Ok(kept)
}

fn cut_observed(db: &Connection, before: Instant) -> rusqlite::Result<()> {
    let before = stored(before);
    db.execute("DELETE FROM observed WHERE until < ?1", params![before])?;
    // The newest of each source stands for what held when the rest begins.
    let figures = "DELETE FROM figures WHERE at < ?1 AND (source, at) NOT IN \
                   (SELECT source, max(at) FROM figures WHERE at < ?1 GROUP BY source)";
    db.execute(figures, params![before])?;
    cut_steps(db, before, "(flags & 8) != 0")
}

fn cut_concluded(db: &Connection, before: Instant) -> rusqlite::Result<()> {
    let day = before.timestamp().div_euclid(86_400);
    let before = stored(before);
    cut_steps(db, before, "1")?;
    db.execute("DELETE FROM accrual WHERE until < ?1", params![before])?;
    db.execute(
        "DELETE FROM incident_cause WHERE incident IN (SELECT id FROM incident WHERE ended < ?1)",
        params![before],
    )?;
    db.execute("DELETE FROM incident WHERE ended < ?1", params![before])?;
    db.execute("DELETE FROM run WHERE until < ?1", params![before])?;
    db.execute("DELETE FROM audit WHERE at < ?1", params![before])?;
    db.execute("DELETE FROM slice WHERE day < ?1", params![day])?;
    Ok(())
}

/// Of each node the newest old step stays: it holds when the rest begins.
fn cut_steps(db: &Connection, before: i64, which: &str) -> rusqlite::Result<()> {
    let sql = format!(
        "DELETE FROM step WHERE at < ?1 AND {which} AND (node, at) NOT IN \
         (SELECT node, max(at) FROM step WHERE at < ?1 AND gone IS NULL GROUP BY node)"
    );
    db.execute(&sql, params![before])?;
    Ok(())
}

fn thin(db: &Connection, from: i64, until: i64, every: i64) -> rusqlite::Result<()> {
    let sql = "DELETE FROM figures WHERE edge = 0 AND at >= ?1 AND at < ?2 AND (source, at) NOT IN \
               (SELECT source, min(at) FROM figures WHERE at >= ?1 AND at < ?2 GROUP BY source, at / ?3)";
    db.execute(sql, params![from, until, every])?;
    Ok(())
}

/// Gives free pages back to the disk, and cuts the write-ahead log.
fn give_back(db: &Connection) -> rusqlite::Result<()> {
    let run = |sql: &str| -> rusqlite::Result<()> {
        let mut statement = db.prepare(sql)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    };
    run(&format!("PRAGMA incremental_vacuum({PAGES_AT_ONCE})"))?;
    // While somebody reads it can't be cut; then the next time.
    run("PRAGMA wal_checkpoint(TRUNCATE)")
}

/// The size of what is in use, in bytes.
pub fn size(db: &Connection) -> rusqlite::Result<u64> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let bytes = (number("page_count")? - number("freelist_count")?) * number("page_size")?;
    Ok(bytes.max(0).cast_unsigned())
}
