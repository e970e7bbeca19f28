//! What sources say, as intervals: a row begins when a thing is first seen so, and ends when it is not any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use rusqlite::{Connection, params};
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::body::{Body, SourceBody};
use super::super::figures::Figures;
use super::super::names::Names;
use super::super::schema::kind;
use super::super::times::{instant, stored};
use super::Pen;
use crate::domain::blocks::Blocks;
use crate::domain::facts::{Change, MaintenanceFact, NativeClock, Signal, Ticket};
use crate::domain::history::Moment;
use crate::domain::id::SourceName;
use crate::domain::map::Goal;
use crate::domain::span::Instant;
use crate::domain::world::Mapped;

/// Wording and running clocks are written anew at most so often: some sources put the present value into every text.
const REWORD_EVERY: TimeDelta = TimeDelta::minutes(5);

/// What the open rows say.
#[derive(Debug)]
pub struct Observed {
    signals: Kept<Signal>,
    tickets: Kept<Ticket>,
    changes: Kept<Change>,
    maintenance: Kept<MaintenanceFact>,
    sources: Kept<SourceBody>,
    figures: BTreeMap<SourceName, Figures>,
    heard: FxHashSet<String>,
}

/// Something that a source reports again and again.
trait Observable: Body {
    const KIND: i64;

    /// Whether two of them say the same, and if not, whether they differ in more than words.
    fn compare(&self, other: &Self) -> Difference;
}

#[derive(PartialEq, Eq)]
enum Difference {
    Nothing,
    /// In what changes by itself: wording, clocks that run.
    Words,
    Much,
}

impl Difference {
    fn of(is_same: bool, is_like: bool) -> Self {
        match (is_same, is_like) {
            (true, _) => Self::Nothing,
            (false, true) => Self::Words,
            (false, false) => Self::Much,
        }
    }
}

impl Observable for Signal {
    const KIND: i64 = kind::SIGNAL;

    fn compare(&self, other: &Self) -> Difference {
        let like = |signal: &Self| (signal.severity, signal.unknown, signal.handling, signal.since);
        let is_like = || {
            like(self) == like(other)
                && self.labels == other.labels
                && self.handled_by == other.handled_by
                && self.link == other.link
        };
        Difference::of(self == other, is_like())
    }
}

impl Observable for Ticket {
    const KIND: i64 = kind::TICKET;

    fn compare(&self, other: &Self) -> Difference {
        if self == other {
            return Difference::Nothing;
        }
        let still = |(goal, clock): &(Goal, NativeClock)| {
            let still = NativeClock { elapsed: TimeDelta::zero(), remaining: TimeDelta::zero(), ..*clock };
            (*goal, still)
        };
        let reworded =
            Self { summary: self.summary.clone(), updated: self.updated, native: self.native.clone(), ..other.clone() };
        let clocks = self.native.iter().map(still).eq(other.native.iter().map(still));
        Difference::of(false, clocks && *self == reworded)
    }
}

impl Observable for Change {
    const KIND: i64 = kind::CHANGE;

    fn compare(&self, other: &Self) -> Difference {
        Difference::of(self == other, false)
    }
}

impl Observable for MaintenanceFact {
    const KIND: i64 = kind::MAINTENANCE;

    fn compare(&self, other: &Self) -> Difference {
        Difference::of(self == other, false)
    }
}

impl Observable for SourceBody {
    const KIND: i64 = kind::SOURCE;

    fn compare(&self, other: &Self) -> Difference {
        let is_like = self.fact.freshness == other.fact.freshness && self.answered == other.answered;
        Difference::of(self == other, is_like && self.fact.error == other.fact.error)
    }
}

/// The name of a row: source and key.
type Key = (SourceName, Arc<str>);

#[derive(Debug)]
struct Open<T> {
    row: i64,
    item: Arc<T>,
    written: Instant,
}

/// The open rows of one kind.
#[derive(Debug)]
struct Kept<T> {
    open: FxHashMap<Key, Open<T>>,
    /// What was there at the last moment, as far as it needs no second look while it is the very same.
    before: Blocks<Mapped<T>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { open: FxHashMap::default(), before: Blocks::default() }
    }
}

impl<T: Observable> Kept<T> {
    /// Reads the open rows.
    fn load(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let sql = "SELECT o.id, n.text, o.key, o.body, o.began FROM observed o JOIN name n ON n.id = o.source \
                   WHERE o.until IS NULL AND o.kind = ?1";
        let mut statement = db.prepare_cached(sql)?;
        let mut rows = statement.query(params![T::KIND])?;
        while let Some(row) = rows.next()? {
            let source = SourceName::from(row.get::<_, String>(1)?);
            let key: Arc<str> = row.get::<_, String>(2)?.into();
            let body: String = row.get(3)?;
            if let Ok(item) = T::read(&source, &key, &body) {
                let open = Open { row: row.get(0)?, item: Arc::new(item), written: instant(row.get(4)?) };
                self.open.insert((source, key), open);
            }
        }
        Ok(())
    }

    /// Takes a list in which most things are the very same as the last time.
    fn note_list(
        &mut self,
        pen: &Pen<'_>,
        names: &mut Names,
        list: Blocks<Mapped<T>>,
        key: impl Fn(&T) -> Key,
        at: Instant,
    ) -> rusqlite::Result<()> {
        let before = std::mem::replace(&mut self.before, list);
        let after = self.before.clone();
        let others = after.since(&before).filter_map(|(_, was, is)| match (was, is) {
            (Some(was), Some(is)) if Arc::ptr_eq(&was.item, &is.item) => None,
            _ => Some((was, is)),
        });
        let (gone, fresh): (Vec<_>, Vec<_>) = others.unzip();
        let mut seen = FxHashSet::default();
        for mapped in fresh.into_iter().flatten() {
            let key = key(&mapped.item);
            if seen.insert(key.clone()) {
                self.note(pen, names, key, &mapped.item, at)?;
            }
        }
        if before.is_empty() {
            return self.end_others(pen, &seen, at);
        }
        for mapped in gone.into_iter().flatten() {
            let key = key(&mapped.item);
            if !seen.contains(&key) {
                self.end(pen, &key, at)?;
            }
        }
        Ok(())
    }

    /// Takes all there is of a kind.
    fn note_all(
        &mut self,
        pen: &Pen<'_>,
        names: &mut Names,
        all: impl Iterator<Item = (Key, T)>,
        at: Instant,
    ) -> rusqlite::Result<()> {
        let mut seen = FxHashSet::default();
        for (key, item) in all {
            if seen.insert(key.clone()) {
                self.note(pen, names, key, &Arc::new(item), at)?;
            }
        }
        self.end_others(pen, &seen, at)
    }

    fn note(&mut self, pen: &Pen<'_>, names: &mut Names, key: Key, item: &Arc<T>, at: Instant) -> rusqlite::Result<()> {
        if let Some(open) = self.open.get(&key) {
            match item.compare(&open.item) {
                Difference::Nothing => return Ok(()),
                Difference::Words if at - open.written < REWORD_EVERY => return Ok(()),
                _ => {}
            }
            pen.write("UPDATE observed SET until = ?2 WHERE id = ?1", params![open.row, stored(at)])?;
        }
        let source = names.id(pen, key.0.as_str())?;
        let sql = "INSERT INTO observed (kind, source, key, began, body) VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = pen.insert(sql, params![T::KIND, source, &*key.1, stored(at), item.text()])?;
        self.open.insert(key, Open { row, item: item.clone(), written: at });
        Ok(())
    }

    fn end(&mut self, pen: &Pen<'_>, key: &Key, at: Instant) -> rusqlite::Result<()> {
        if let Some(open) = self.open.remove(key) {
            pen.write("UPDATE observed SET until = ?2 WHERE id = ?1", params![open.row, stored(at)])?;
        }
        Ok(())
    }

    /// Ends whatever is not among those seen.
    fn end_others(&mut self, pen: &Pen<'_>, seen: &FxHashSet<Key>, at: Instant) -> rusqlite::Result<()> {
        let gone: Vec<Key> = self.open.keys().filter(|key| !seen.contains(key)).cloned().collect();
        gone.iter().try_for_each(|key| self.end(pen, key, at))
    }
}

impl Observed {
    /// Nothing is open. The last figures stand until the first moment has others, or none.
    pub fn of(db: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT n.text FROM heard h JOIN name n ON n.id = h.node";
        let heard = db.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(Self {
            signals: Kept::default(),
            tickets: Kept::default(),
            changes: Kept::default(),
            maintenance: Kept::default(),
            sources: Kept::default(),
            figures: last_figures(db)?,
            heard,
        })
    }

    /// Reads the open rows, to go on with them.
    pub fn load(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.signals.load(db)?;
        self.tickets.load(db)?;
        self.changes.load(db)?;
        self.maintenance.load(db)?;
        self.sources.load(db)
    }

    /// Writes what changed, but for figures.
    pub fn note(&mut self, pen: &Pen<'_>, names: &mut Names, moment: &Moment, at: Instant) -> rusqlite::Result<()> {
        let (world, facts) = (&moment.world, &moment.facts);
        self.note_heard(pen, names, moment, at)?;
        self.signals.note_list(pen, names, world.signals.clone(), |it| (it.source.clone(), it.id.clone()), at)?;
        self.tickets.note_list(
            pen,
            names,
            world.tickets.iter().cloned().collect(),
            |it| (it.source.clone(), it.id.clone()),
            at,
        )?;
        self.changes.note_list(
            pen,
            names,
            world.changes.iter().cloned().collect(),
            |it| (it.source.clone(), it.id.clone()),
            at,
        )?;
        let maintenance = facts.maintenance.iter().map(|it| {
            let nodes: Vec<&str> = it.nodes.iter().map(crate::domain::id::NodeId::as_str).collect();
            let key = format!("{} {}", nodes.join(","), it.span.start.timestamp());
            ((SourceName::from(""), key.into()), it.clone())
        });
        self.maintenance.note_all(pen, names, maintenance, at)?;
        let nothing: Arc<str> = "".into();
        let sources = facts.sources.iter();
        let sources = sources.map(|(name, fact)| ((name.clone(), nothing.clone()), SourceBody::of(fact, at)));
        self.sources.note_all(pen, names, sources, at)
    }

    fn note_heard(&mut self, pen: &Pen<'_>, names: &mut Names, moment: &Moment, at: Instant) -> rusqlite::Result<()> {
        let world = &moment.world;
        // Only lists that changed can bring a node that was never heard of.
        let fresh = world.signals.since(&self.signals.before).filter_map(|(_, was, is)| {
            let is_known = was.zip(is).is_some_and(|(was, is)| Arc::ptr_eq(&was.item, &is.item));
            is.filter(|_| !is_known)
        });
        let nodes: FxHashSet<usize> = fresh.flat_map(|mapped| mapped.nodes.iter().copied()).collect();
        for node in nodes.into_iter().filter_map(|node| world.map.nodes.get(node)) {
            if !self.heard.contains(node.id.as_str()) {
                let id = names.id(pen, node.id.as_str())?;
                pen.write("INSERT OR IGNORE INTO heard (node, began) VALUES (?1, ?2)", params![id, stored(at)])?;
                self.heard.insert(node.id.to_string());
            }
        }
        Ok(())
    }

    /// Writes the numbers of the sources that have others than before. An edge is a row that later thinning keeps.
    pub fn note_figures(
        &mut self,
        pen: &Pen<'_>,
        names: &mut Names,
        moment: &Moment,
        at: Instant,
        is_edge: bool,
    ) -> rusqlite::Result<()> {
        let mut found = Figures::by_source(&moment.world.map, &moment.facts);
        for source in self.figures.keys() {
            found.entry(source.clone()).or_default();
        }
        for (source, figures) in found {
            if self.figures.get(&source).is_some_and(|before| before.is_same(&figures)) {
                continue;
            }
            let id = names.id(pen, source.as_str())?;
            let packed = figures.packed().map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            let sql = "INSERT OR REPLACE INTO figures (source, at, edge, body) VALUES (?1, ?2, ?3, ?4)";
            pen.write(sql, params![id, stored(at), is_edge, packed])?;
            self.figures.insert(source, figures);
        }
        Ok(())
    }
}

fn last_figures(db: &Connection) -> rusqlite::Result<BTreeMap<SourceName, Figures>> {
    let sql = "SELECT n.text, (SELECT body FROM figures WHERE source = n.id ORDER BY at DESC LIMIT 1) \
               FROM name n WHERE EXISTS (SELECT 1 FROM figures WHERE source = n.id)";
    let mut statement = db.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let mut found = BTreeMap::new();
    for row in rows {
        let (source, packed) = row?;
        found.insert(SourceName::from(source), Figures::unpacked(&packed).unwrap_or_default());
    }
    Ok(found)
}
