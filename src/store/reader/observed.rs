//! What was observed: at an instant, and over a span.

use std::sync::Arc;

use rusqlite::{Row, params};

use super::super::StoreError;
use super::super::body::{Body, SourceBody};
use super::super::figures::Figures;
use super::super::schema::{LONG, kind};
use super::super::times::{instant, stored};
use super::Reader;
use crate::domain::facts::{Change, Facts, MaintenanceFact, Signal, Ticket};
use crate::domain::history::Recorded;
use crate::domain::id::SourceName;
use crate::domain::span::{Instant, Span};

/// A row of an observation.
struct Raw {
    kind: i64,
    source: i64,
    key: String,
    body: String,
    began: i64,
    until: Option<i64>,
}

impl Raw {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            source: row.get(1)?,
            key: row.get(2)?,
            body: row.get(3)?,
            began: row.get(4)?,
            until: row.get(5)?,
        })
    }
}

const COLUMNS: &str = "SELECT kind, source, key, body, began, until FROM observed";

impl Reader {
    /// Everything observed at an instant, but for the past: [`Facts::history`] is empty, and [`Facts::covered`] says
    /// nothing. Where nobody looked at that instant, it is what was last known before it.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn facts_at(&self, at: Instant) -> Result<Facts, StoreError> {
        let mut facts = Facts::none(at);
        for raw in self.observed_at(self.looked_at(at)?)? {
            let source = SourceName::from(self.name(raw.source)?);
            match raw.kind {
                kind::SIGNAL => facts.signals.push(Arc::new(self.item(&source, &raw)?)),
                kind::TICKET => facts.tickets.push(Arc::new(self.item(&source, &raw)?)),
                kind::CHANGE => facts.changes.push(Arc::new(self.item(&source, &raw)?)),
                kind::MAINTENANCE => facts.maintenance.push(self.item(&source, &raw)?),
                kind::SOURCE => {
                    let state: SourceBody = self.item(&source, &raw)?;
                    facts.sources.insert(source, state.at(at));
                }
                _ => {}
            }
        }
        let sql = "SELECT (SELECT body FROM figures WHERE source = n.id AND at <= ?1 ORDER BY at DESC LIMIT 1) \
                   FROM name n WHERE EXISTS (SELECT 1 FROM figures WHERE source = n.id)";
        for packed in self.rows(sql, params![stored(at)], |row| row.get::<_, Option<Vec<u8>>>(0))?.into_iter().flatten()
        {
            Figures::unpacked(&packed).map_err(|error| self.nonsense(error))?.add_to(&mut facts);
        }
        Ok(facts)
    }

    /// The last instant at which somebody looked, where that was not this one: what ended with a gap held just
    /// before it. After the last time anybody looked, what held then is still open.
    fn looked_at(&self, at: Instant) -> Result<Instant, StoreError> {
        let sql = "SELECT until, id = (SELECT max(id) FROM run) FROM run WHERE began <= ?1 ORDER BY id DESC LIMIT 1";
        let runs = self.rows(sql, params![stored(at)], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?)))?;
        Ok(match runs.first() {
            Some((until, false)) if *until < stored(at) => instant(*until),
            _ => at,
        })
    }

    /// The rows that held at an instant.
    fn observed_at(&self, at: Instant) -> Result<Vec<Raw>, StoreError> {
        // Three questions, each answered by an index of its own: what still holds, what held shortly, what held long.
        let open = format!("{COLUMNS} WHERE until IS NULL AND began <= ?1");
        let short =
            format!("{COLUMNS} WHERE until - began <= {LONG} AND began > ?1 - {LONG} AND began <= ?1 AND until > ?1");
        let long = format!("{COLUMNS} WHERE until - began > {LONG} AND until > ?1 AND began <= ?1");
        let mut found = Vec::new();
        for sql in [open, short, long] {
            found.extend(self.rows(&sql, params![stored(at)], Raw::read)?);
        }
        // As they came, whichever question found them.
        found.sort_by(|a, b| (a.began, &a.key).cmp(&(b.began, &b.key)));
        Ok(found)
    }

    /// The signals that were seen within a span: each as often as it changed.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn signals(&self, within: Span) -> Result<Vec<Recorded<Signal>>, StoreError> {
        self.recorded(kind::SIGNAL, within)
    }

    /// The tickets that were seen within a span: each as often as it changed.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn tickets(&self, within: Span) -> Result<Vec<Recorded<Ticket>>, StoreError> {
        self.recorded(kind::TICKET, within)
    }

    /// The changes whose window lies within or reaches into a span, each as it was last known, by window.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn changes(&self, within: Span) -> Result<Vec<Recorded<Change>>, StoreError> {
        let mut found = self.windows(kind::CHANGE, within, |change: &Change| change.window)?;
        found.sort_by_key(|change| change.item.window);
        Ok(found)
    }

    /// The maintenance that sources reported and whose window lies within or reaches into a span, each as it was
    /// last known, by window. What the map declares is not in it.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn maintenance(&self, within: Span) -> Result<Vec<Recorded<MaintenanceFact>>, StoreError> {
        let mut found = self.windows(kind::MAINTENANCE, within, |maintenance: &MaintenanceFact| maintenance.span)?;
        found.sort_by_key(|maintenance| maintenance.item.span);
        Ok(found)
    }

    fn recorded<T: Body>(&self, kind: i64, within: Span) -> Result<Vec<Recorded<T>>, StoreError> {
        let open = format!("{COLUMNS} WHERE until IS NULL AND began < ?2 AND kind = ?3 AND ?1 < ?2");
        let short = format!(
            "{COLUMNS} WHERE until - began <= {LONG} AND began > ?1 - {LONG} AND began < ?2 AND until > ?1 AND kind = ?3"
        );
        let long = format!("{COLUMNS} WHERE until - began > {LONG} AND until > ?1 AND began < ?2 AND kind = ?3");
        let mut found: Vec<Recorded<T>> = Vec::new();
        for sql in [open, short, long] {
            for raw in self.rows(&sql, params![stored(within.start), stored(within.end), kind], Raw::read)? {
                found.push(self.record(&raw)?);
            }
        }
        found.sort_by_key(|record| record.began);
        Ok(found)
    }

    /// The last row of each key of which a window reaches into a span.
    fn windows<T: Body>(
        &self,
        kind: i64,
        within: Span,
        window: impl Fn(&T) -> Span,
    ) -> Result<Vec<Recorded<T>>, StoreError> {
        let sql = format!("{COLUMNS} WHERE kind = ?1 AND kind IN (3, 4) ORDER BY began");
        let mut last = std::collections::BTreeMap::new();
        for raw in self.rows(&sql, params![kind], Raw::read)? {
            last.insert((raw.source, raw.key.clone()), raw);
        }
        let mut found = Vec::new();
        for raw in last.values() {
            let record: Recorded<T> = self.record(raw)?;
            let span = window(&record.item);
            if span.start < within.end && span.end > within.start {
                found.push(record);
            }
        }
        Ok(found)
    }

    fn record<T: Body>(&self, raw: &Raw) -> Result<Recorded<T>, StoreError> {
        let source = SourceName::from(self.name(raw.source)?);
        let item = self.item(&source, raw)?;
        Ok(Recorded { item, began: instant(raw.began), until: raw.until.map(instant) })
    }

    fn item<T: Body>(&self, source: &SourceName, raw: &Raw) -> Result<T, StoreError> {
        T::read(source, &raw.key, &raw.body).map_err(|error| self.nonsense(error))
    }
}
