//! What was concluded, as steps and stretches of money.

use std::sync::Arc;

use rusqlite::params;

use super::super::names::Names;
use super::super::schema::flag;
use super::super::times::stored;
use super::Pen;
use crate::domain::history::{Accrual, Accruing, Concluded as State, Moment, Revision, Turned};
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::money::CostRange;
use crate::domain::severity::Shown;
use crate::domain::span::{Instant, Span};
use crate::domain::world::{CostMethod, World};

/// What the last steps say, by index in the map.
#[derive(Debug, Default)]
pub struct Concluded {
    last: Vec<Option<(State, Instant)>>,
    /// The moment before; `None`: this is the first one of a run.
    before: Option<Instant>,
}

/// What is the same for all that a moment writes.
struct Page<'a> {
    pen: &'a Pen<'a>,
    world: &'a World,
    at: Instant,
    /// The moment before.
    before: Instant,
    revision: Revision,
}

impl Concluded {
    /// Nodes have other indices now.
    pub fn remap(&mut self) {
        self.last.clear();
    }

    /// Writes what changed; true if the state of any leaf did.
    pub fn note(
        &mut self,
        pen: &Pen<'_>,
        names: &mut Names,
        moment: &Moment,
        at: Instant,
        revision: Revision,
    ) -> rusqlite::Result<bool> {
        let page = Page { pen, world: &moment.world, at, before: self.before.unwrap_or(Instant::MIN_UTC), revision };
        self.last.resize(page.world.map.nodes.len(), None);
        for turned in &moment.turned {
            self.note_turned(&page, names, turned)?;
        }
        let mut has_leaf = false;
        for (index, node) in page.world.map.named_nodes() {
            let state = &page.world.nodes[index];
            let now = State { interval: state.interval, handled: state.handled, planned: state.planned };
            if self.last[index].is_some_and(|(last, _)| last == now) {
                continue;
            }
            has_leaf |= node.needs.is_empty();
            let before = self.last[index].map(|(_, when)| when);
            // It shows so since then, unless that is an older story: a flap, or another axis that changed.
            let since = state.since.filter(|since| before.is_some_and(|before| *since > before) && *since <= at);
            let turns = self.last[index].is_none_or(|(last, _)| last.interval.shown() != now.interval.shown());
            let when = since.filter(|_| turns).unwrap_or(at);
            page.step(names, index, now, when)?;
            self.last[index] = Some((now, when));
        }
        for accruing in &moment.accruals {
            page.accrue(names, accruing)?;
        }
        if self.before.replace(at).is_none() {
            // The engine tells what changes; what it went on with before somebody wrote it has to begin.
            for accruing in going_on(page.world, at) {
                if !moment.accruals.iter().any(|it| it.process == accruing.process) {
                    page.accrue(names, &accruing)?;
                }
            }
        }
        Ok(has_leaf)
    }

    fn note_turned(&mut self, page: &Page<'_>, names: &mut Names, turned: &Turned) -> rusqlite::Result<()> {
        let Some(node) = page.world.map.nodes.get(turned.node).filter(|node| node.kind != Kind::Group) else {
            return Ok(());
        };
        let id = names.id(page.pen, node.id.as_str())?;
        page.supersede("step", "node", "at", id, stored(turned.from))?;
        let present = &page.world.nodes[turned.node];
        if turned.steps.is_empty() {
            // It goes on as it was before what has now been taken back, and may show so since another instant.
            let state = State { interval: present.interval, handled: present.handled, planned: present.planned };
            page.step(names, turned.node, state, turned.from)?;
            self.last[turned.node] = Some((state, turned.from));
        }
        // What the engine remembers of a clock that was ahead is left out.
        let steps = turned.steps.iter().filter(|(when, _)| *when <= page.at);
        let known = steps.filter_map(|(when, interval)| Some((*when, (*interval)?)));
        for (when, interval) in known {
            let is_last = interval == present.interval;
            let (handled, planned) = (is_last && present.handled, is_last && present.planned);
            let state = State { interval, handled, planned };
            page.step(names, turned.node, state, when)?;
            self.last[turned.node] = Some((state, when));
        }
        Ok(())
    }
}

impl Page<'_> {
    fn step(&self, names: &mut Names, index: NodeIndex, state: State, when: Instant) -> rusqlite::Result<()> {
        let node = &self.world.map.nodes[index];
        let is_told = when < self.at && state.interval.low.is_problem();
        let flags = [
            (state.handled, flag::HANDLED),
            (state.planned, flag::PLANNED),
            (is_told, flag::TOLD),
            (node.needs.is_empty(), flag::LEAF),
        ];
        let flags: i64 = flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum();
        let id = names.id(self.pen, node.id.as_str())?;
        let since = self.world.nodes[index].since.map(stored);
        let (low, high) = (state.interval.low.level(), state.interval.high.level());
        let sql = "INSERT OR REPLACE INTO step (node, at, noted, low, high, flags, revision, since) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let row = params![id, stored(when), stored(self.at), low, high, flags, self.revision.0, since];
        self.pen.write(sql, row)?;
        Ok(())
    }

    fn accrue(&self, names: &mut Names, accruing: &Accruing) -> rusqlite::Result<()> {
        let Some(node) = self.world.map.nodes.get(accruing.process) else { return Ok(()) };
        let (id, from) = (names.id(self.pen, node.id.as_str())?, stored(accruing.from));
        self.supersede("accrual", "process", "began", id, from)?;
        self.cut(id, from)?;
        let sql = "INSERT INTO accrual (process, began, noted, until, low, high, method, causes, revision) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        for stretch in accruing.stretches.iter().filter(|stretch| stretch.span.start <= self.at) {
            let until = (stretch.span.end < self.at).then(|| stored(stretch.span.end));
            let causes: Vec<&str> = stretch.causes.iter().map(crate::domain::id::CauseId::as_str).collect();
            let causes = serde_json::Value::from(causes).to_string();
            let money = [stretch.per_hour.low, stretch.per_hour.high].map(|money| money.normalize().to_string());
            let method = i64::from(stretch.method == CostMethod::Measured);
            let [low, high] = money;
            let (began, noted) = (stored(stretch.span.start), stored(self.at));
            self.pen.write(sql, params![id, began, noted, until, low, high, method, causes, self.revision.0])?;
        }
        Ok(())
    }

    /// What was said of a node from an instant on holds no longer.
    fn supersede(&self, table: &str, whose: &str, when: &str, id: i64, from: i64) -> rusqlite::Result<()> {
        let now = stored(self.at);
        let same = format!("DELETE FROM {table} WHERE {whose} = ?1 AND {when} >= ?2 AND noted = ?3");
        self.pen.write(&same, params![id, from, now])?;
        let earlier = format!("UPDATE {table} SET gone = ?3 WHERE {whose} = ?1 AND {when} >= ?2 AND gone IS NULL");
        self.pen.write(&earlier, params![id, from, now])?;
        Ok(())
    }

    /// Ends the stretch of money that reaches over an instant. Where that is news only since the last moment, the
    /// stretch itself ends; where it was told of earlier, another takes its place.
    fn cut(&self, process: i64, from: i64) -> rusqlite::Result<()> {
        let which = "process = ?1 AND began < ?2 AND gone IS NULL AND (until IS NULL OR until > ?2)";
        if from < stored(self.before) {
            let copy = format!(
                "INSERT INTO accrual SELECT process, began, ?3, NULL, ?2, low, high, method, causes, revision \
                 FROM accrual WHERE {which} AND noted < ?3"
            );
            self.pen.write(&copy, params![process, from, stored(self.at)])?;
            let gone = format!("UPDATE accrual SET gone = ?3 WHERE {which} AND noted < ?3");
            self.pen.write(&gone, params![process, from, stored(self.at)])?;
        }
        self.pen.write(&format!("UPDATE accrual SET until = ?2 WHERE {which}"), params![process, from])?;
        Ok(())
    }
}

/// The rates at which processes lose money now, as stretches that begin.
fn going_on(world: &World, at: Instant) -> Vec<Accruing> {
    let lost = world.nodes.iter().enumerate().filter_map(|(process, state)| Some((process, state, state.money?)));
    let lost =
        lost.filter(|(_, state, money)| money.rate != CostRange::default() && state.interval.shown() != Shown::Unknown);
    let accruing = lost.map(|(process, state, money)| {
        let (span, causes) = (Span::new(at, at), Arc::from(&*state.causes));
        let stretch = Accrual { span, per_hour: money.rate, method: money.method, causes };
        Accruing { process, from: at, stretches: vec![stretch] }
    });
    accruing.collect()
}
