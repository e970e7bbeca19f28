//! What was concluded, as steps and stretches of money.

use rusqlite::params;

use super::super::names::Names;
use super::super::schema::flag;
use super::super::times::stored;
use super::Pen;
use crate::domain::history::{Accruing, Concluded as State, Moment, Revision, Turned};
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::span::Instant;
use crate::domain::world::{CostMethod, World};

/// What the last steps say, by index in the map.
#[derive(Debug, Default)]
pub struct Concluded {
    last: Vec<Option<(State, Instant)>>,
}

/// What is the same for all that a moment writes.
struct Page<'a> {
    pen: &'a Pen<'a>,
    world: &'a World,
    at: Instant,
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
        let page = Page { pen, world: &moment.world, at, revision };
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
        Ok(has_leaf)
    }

    fn note_turned(&mut self, page: &Page<'_>, names: &mut Names, turned: &Turned) -> rusqlite::Result<()> {
        let Some(node) = page.world.map.nodes.get(turned.node).filter(|node| node.kind != Kind::Group) else {
            return Ok(());
        };
        let id = names.id(page.pen, node.id.as_str())?;
        page.pen.write("DELETE FROM step WHERE node = ?1 AND at >= ?2", params![id, stored(turned.from)])?;
        let present = &page.world.nodes[turned.node];
        let known = turned.steps.iter().filter_map(|(when, interval)| Some((*when, (*interval)?)));
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
        let sql = "INSERT OR REPLACE INTO step (node, at, low, high, flags, revision, since) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.pen.write(sql, params![id, stored(when), low, high, flags, self.revision.0, since])?;
        Ok(())
    }

    fn accrue(&self, names: &mut Names, accruing: &Accruing) -> rusqlite::Result<()> {
        let Some(node) = self.world.map.nodes.get(accruing.process) else { return Ok(()) };
        let (id, from) = (names.id(self.pen, node.id.as_str())?, stored(accruing.from));
        self.pen.write("DELETE FROM accrual WHERE process = ?1 AND began >= ?2", params![id, from])?;
        let cut = "UPDATE accrual SET until = ?2 WHERE process = ?1 AND began < ?2 AND (until IS NULL OR until > ?2)";
        self.pen.write(cut, params![id, from])?;
        let sql = "INSERT INTO accrual (process, began, until, low, high, method, causes, revision) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        for stretch in &accruing.stretches {
            let until = (stretch.span.end < self.at).then(|| stored(stretch.span.end));
            let causes: Vec<&str> = stretch.causes.iter().map(|cause| cause.as_str()).collect();
            let causes = serde_json::Value::from(causes).to_string();
            let money = [stretch.per_hour.low, stretch.per_hour.high].map(|money| money.normalize().to_string());
            let method = i64::from(stretch.method == CostMethod::Measured);
            let [low, high] = money;
            let began = stored(stretch.span.start);
            self.pen.write(sql, params![id, began, until, low, high, method, causes, self.revision.0])?;
        }
        Ok(())
    }
}
