//! What was concluded: states, money and incidents, at an instant and over a span.

use std::collections::BTreeMap;

use rusqlite::{Row, params};
use rust_decimal::Decimal;

use super::super::StoreError;
use super::super::schema::flag;
use super::super::times::{instant, stored};
use super::Reader;
use crate::domain::accrual;
use crate::domain::exact::over;
use crate::domain::history::{A_LOOK, Accrual, Concluded, Incident, IncidentCause, Memory, Revision, Step, last_look};
use crate::domain::id::{CauseId, NodeId};
use crate::domain::money::{Accrued, CostRange};
use crate::domain::severity::{Interval, Severity};
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::timeline::Timeline;
use crate::domain::world::CostMethod;

/// A step, and when it was noted.
type Noted = (Step, Instant);

/// What was known at an instant, as a condition on rows.
const KNOWN: &str = "noted <= ?4 AND (gone IS NULL OR gone > ?4)";

/// All that is known now.
const NOW: Instant = Instant::MAX_UTC;

impl Reader {
    /// The states of nodes over a span: of each, the step that held when the span began, with the instant at which
    /// it began, and every later one; a step without a state where nobody looked. By node, then by time.
    /// Without nodes: of all.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn steps(&self, nodes: &[NodeId], within: Span) -> Result<Vec<Step>, StoreError> {
        self.in_one_state(|reader| reader.steps_known(nodes, within, NOW))
    }

    fn steps_known(&self, nodes: &[NodeId], within: Span, known: Instant) -> Result<Vec<Step>, StoreError> {
        let covered = self.coverage(Span::new(Instant::MIN_UTC, within.end))?;
        let mut found = Vec::new();
        for steps in self.raw_steps(nodes, within, known)?.into_values() {
            found.extend(with_gaps(&steps, &covered, within));
        }
        Ok(found)
    }

    /// The step of each node that held at an instant, as it was on the screen then; none without a state.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn states_at(&self, at: Instant) -> Result<BTreeMap<NodeId, (Step, Option<Instant>)>, StoreError> {
        Ok(self.last_steps(at)?.into_iter().map(|(step, since)| (step.node.clone(), (step, since))).collect())
    }

    /// The last step of each node at an instant, and since when it showed that, as it was known then.
    fn last_steps(&self, at: Instant) -> Result<Vec<(Step, Option<Instant>)>, StoreError> {
        let known = "noted <= ?1 AND (gone IS NULL OR gone > ?1)";
        let sql = format!(
            "SELECT n.text, s.at, s.low, s.high, s.flags, s.revision, s.since FROM name n JOIN step s ON s.node = n.id \
             AND {known} AND s.at = (SELECT at FROM step WHERE node = n.id AND at <= ?1 AND {known} ORDER BY at DESC LIMIT 1) ORDER BY noted"
        );
        self.rows(&sql, params![stored(at)], |row| {
            let step = step(NodeId::from(row.get::<_, String>(0)?), row, 1)?;
            Ok((step, row.get::<_, Option<i64>>(6)?.map(instant)))
        })
    }

    /// The steps as they are in the file, by node: the last one at or before the beginning of a span, and all in it.
    fn raw_steps(
        &self,
        nodes: &[NodeId],
        within: Span,
        known: Instant,
    ) -> Result<BTreeMap<NodeId, Vec<Noted>>, StoreError> {
        let numbers: Vec<i64> = if nodes.is_empty() {
            self.rows("SELECT id FROM name n WHERE EXISTS (SELECT 1 FROM step WHERE node = n.id)", [], |row| {
                row.get(0)
            })?
        } else {
            let mut numbers = Vec::new();
            for node in nodes {
                numbers.extend(self.number(node.as_str())?);
            }
            numbers
        };
        let mut found: BTreeMap<NodeId, Vec<Noted>> = BTreeMap::new();
        let sql = format!(
            "SELECT at, low, high, flags, revision, noted FROM step WHERE node = ?1 AND at < ?3 AND {KNOWN} AND at >= \
             coalesce((SELECT at FROM step WHERE node = ?1 AND at <= ?2 AND {KNOWN} ORDER BY at DESC LIMIT 1), ?2) \
             ORDER BY at, noted"
        );
        for number in numbers {
            let node = NodeId::from(self.name(number)?);
            let read = |row: &Row<'_>| Ok((step(node.clone(), row, 0)?, instant(row.get(5)?)));
            let params = params![number, stored(within.start), stored(within.end), stored(known)];
            let mut steps = self.rows(&sql, params, read)?;
            // Where two were noted for one instant, the later one holds.
            steps.dedup_by(|later, earlier| {
                let is_same = later.0.at == earlier.0.at;
                if is_same {
                    *earlier = later.clone();
                }
                is_same
            });
            if !steps.is_empty() {
                found.insert(node, steps);
            }
        }
        Ok(found)
    }

    /// The incidents of processes that were on within a span, by their beginning.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn incidents(&self, within: Span) -> Result<Vec<Incident>, StoreError> {
        self.in_one_state(|reader| reader.incidents_of(within))
    }

    fn incidents_of(&self, within: Span) -> Result<Vec<Incident>, StoreError> {
        let sql = "SELECT id, process, name, began, ended, peak, peaked, acknowledged, revision, quiet FROM incident \
                   WHERE began < ?2 AND (ended IS NULL OR ended > ?1) ORDER BY began, id";
        let found = self.rows(sql, params![stored(within.start), stored(within.end)], |row| {
            let incident = Incident {
                process: NodeId::from(""),
                name: row.get(2)?,
                began: instant(row.get(3)?),
                ended: row.get::<_, Option<i64>>(4)?.map(instant),
                peak: severity(row.get(5)?),
                peaked: instant(row.get(6)?),
                acknowledged: row.get::<_, Option<i64>>(7)?.map(instant),
                cost: CostRange::default(),
                causes: Vec::new(),
                revision: Revision(row.get(8)?),
                quiet: row.get::<_, Option<i64>>(9)?.map(instant),
            };
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, incident))
        })?;
        // What is still on is told up to the end of the span.
        let reach = self.reach()?.map_or(within.end, |reach| reach.end.min(within.end));
        let mut incidents = Vec::new();
        for (id, process, mut incident) in found {
            incident.process = NodeId::from(self.name(process)?);
            let span = Span::new(incident.began, incident.ended.unwrap_or(reach).max(incident.began));
            let accruals = self.accruals(&incident.process, span)?;
            incident.cost = Accrual::sum(&accruals, span);
            incident.causes = self.causes_of(id, &accruals, span)?;
            incidents.push(incident);
        }
        Ok(incidents)
    }

    fn causes_of(&self, incident: i64, accruals: &[Accrual], span: Span) -> Result<Vec<IncidentCause>, StoreError> {
        let sql = "SELECT cause, title, node, name, owner, severity, began, until FROM incident_cause \
                   WHERE incident = ?1 ORDER BY began, cause";
        let found = self.rows(sql, params![incident], |row| {
            let cause = IncidentCause {
                id: CauseId::from(row.get::<_, String>(0)?),
                title: row.get(1)?,
                node: None,
                name: row.get(3)?,
                owner: row.get(4)?,
                severity: row.get::<_, Option<i64>>(5)?.map(severity),
                began: instant(row.get(6)?),
                until: row.get::<_, Option<i64>>(7)?.map(instant),
                cost: CostRange::default(),
            };
            Ok((row.get::<_, Option<i64>>(2)?, cause))
        })?;
        let mut causes = Vec::new();
        for (node, mut cause) in found {
            cause.node = node.map(|node| self.name(node)).transpose()?.map(NodeId::from);
            cause.cost = share(&cause.id, accruals, span);
            causes.push(cause);
        }
        Ok(causes)
    }

    /// The stretches over which a process lost money within a span, cut at its ends.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn accruals(&self, process: &NodeId, within: Span) -> Result<Vec<Accrual>, StoreError> {
        self.accruals_known(process, within, NOW)
    }

    fn accruals_known(&self, process: &NodeId, within: Span, known: Instant) -> Result<Vec<Accrual>, StoreError> {
        let Some(number) = self.number(process.as_str())? else { return Ok(Vec::new()) };
        // A row without an end goes on as far as anybody looked.
        let reach = self.coverage(Span::new(Instant::MIN_UTC, Instant::MAX_UTC))?;
        let reach = reach.iter().last().map_or(i64::MIN, |last| stored(last.end));
        let sql = &format!(
            "SELECT began, coalesce(until, ?5), low, high, method, causes FROM accrual WHERE process = ?1 AND began < ?3 \
             AND {KNOWN} AND began >= \
             coalesce((SELECT began FROM accrual WHERE process = ?1 AND began <= ?2 AND {KNOWN} ORDER BY began DESC LIMIT 1), \
             ?2) ORDER BY began"
        );
        let params = params![number, stored(within.start), stored(within.end), stored(known), reach];
        let found = self.rows(sql, params, |row| {
            let span = Span::new(instant(row.get(0)?), instant(row.get(1)?));
            let texts: (String, String) = (row.get(2)?, row.get(3)?);
            Ok((span, texts, row.get::<_, i64>(4)?, row.get::<_, String>(5)?))
        })?;
        let mut accruals = Vec::new();
        for (span, (low, high), method, causes) in found {
            let Some(span) = span.intersection(within) else { continue };
            let money = |text: &str| text.parse::<Decimal>().map_err(|error| self.nonsense(error));
            let causes: Vec<String> = serde_json::from_str(&causes).map_err(|error| self.nonsense(error))?;
            accruals.push(Accrual {
                span,
                per_hour: CostRange { low: money(&low)?, high: money(&high)? },
                method: if method == 1 { CostMethod::Measured } else { CostMethod::Model },
                causes: causes.into_iter().map(CauseId::from).collect::<Vec<_>>().into(),
            });
        }
        Ok(accruals)
    }

    /// The money that a process lost within a span, and how much of the span is covered.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn accrued(&self, process: &NodeId, within: Span) -> Result<Accrued, StoreError> {
        let (accruals, steps) = self.in_one_state(|reader| {
            Ok((reader.accruals(process, within)?, reader.steps(std::slice::from_ref(process), within)?))
        })?;
        let cost = Accrual::sum(&accruals, within);
        let timeline =
            Timeline { steps: steps.iter().map(|step| (step.at, step.state.map(|it| it.interval))).collect() };
        let coverage = accrual::coverage(&timeline, within, &Spans::from(within));
        Ok(Accrued { cost, coverage })
    }

    /// What an engine needs to be as it was at an instant, or to go on from there: the timelines of some nodes since
    /// `windows`, the money of processes since `month`.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn memory_at(
        &self,
        at: Instant,
        timed: &[NodeId],
        priced: &[NodeId],
        windows: Instant,
        month: Instant,
    ) -> Result<Memory, StoreError> {
        let end = at + A_LOOK;
        let mut covered: Vec<Span> = self.coverage(Span::new(windows, end))?.iter().collect();
        if let Some(last) = covered.last_mut().filter(|last| last.start < at) {
            last.end = last.end.min(at);
        }
        let mut memory = Memory { covered: Spans::of(covered), ..Memory::default() };
        let timed = if timed.is_empty() { Vec::new() } else { self.steps_known(timed, Span::new(windows, end), at)? };
        for step in timed {
            if step.told {
                memory.told.insert(step.at);
            }
            let timeline = memory.timelines.entry(step.node).or_default();
            timeline.steps.push((step.at, step.state.map(|it| it.interval)));
        }
        for process in priced {
            let accruals = self.accruals_known(process, Span::new(month, at), at)?;
            memory.accruals.insert(process.clone(), accruals);
        }
        let sql = "SELECT n.text FROM heard h JOIN name n ON n.id = h.node WHERE h.began <= ?1";
        let heard = self.rows(sql, params![stored(at)], |row| row.get::<_, String>(0))?;
        memory.heard = heard.into_iter().map(NodeId::from).collect();
        for (step, since) in self.last_steps(at)? {
            if let Some((since, state)) = since.zip(step.state) {
                memory.since.insert(step.node, (since, state.interval.shown()));
            }
        }
        Ok(memory)
    }
}

fn severity(level: i64) -> Severity {
    Severity::from_level(u8::try_from(level).unwrap_or(u8::MAX))
}

/// A step out of a row: instant, low, high, flags, revision from a column on.
fn step(node: NodeId, row: &Row<'_>, first: usize) -> rusqlite::Result<Step> {
    let flags: i64 = row.get(first + 3)?;
    let interval = Interval { low: severity(row.get(first + 1)?), high: severity(row.get(first + 2)?) };
    let has = |flag: i64| flags & flag != 0;
    let state = Concluded { interval, handled: has(flag::HANDLED), planned: has(flag::PLANNED) };
    let (at, revision) = (instant(row.get(first)?), Revision(row.get(first + 4)?));
    Ok(Step { node, at, state: Some(state), told: has(flag::TOLD), revision })
}

/// The steps of one node within a span, with a step without a state for each gap, and the state again after it. A
/// problem that signals told to have begun within a gap lasts from then on.
fn with_gaps(steps: &[Noted], covered: &Spans, within: Span) -> Vec<Step> {
    let Some((first, _)) = steps.first() else { return Vec::new() };
    // Before the first look there is only what signals told at it.
    let first_look = covered.iter().next().map_or(within.end, |span| span.start);
    let gaps = Spans::from(Span::new(first.at.max(within.start).max(first_look), within.end)).subtract(covered);
    // The last look belongs to what is covered, which as a span it does not.
    let gaps = gaps.iter().filter(|gap| gap.length() > A_LOOK);
    let gaps = Spans::of(gaps.map(|gap| Span::new(gap.start, told_until(steps, gap, within))).collect());
    let at = |instant: Instant| {
        let after = steps.partition_point(|(step, _)| step.at <= instant);
        steps[after.saturating_sub(1)].0.clone()
    };
    let mut found: Vec<Step> = steps.iter().map(|(step, _)| step).filter(|it| !gaps.contains(it.at)).cloned().collect();
    for gap in gaps.iter() {
        let before = covered.iter().find(|span| span.end == gap.start);
        let end = before.map_or(gap.start, last_look);
        found.push(Step { at: end, state: None, told: false, ..at(gap.start) });
        let then = at(gap.end);
        if gap.end < within.end && then.at != gap.end {
            found.push(Step { at: gap.end, told: false, ..then });
        }
    }
    found.sort_by_key(|step| step.at);
    found
}

/// The end of a gap, or the instant within it from which on signals told after it of the problem that was there then.
fn told_until(steps: &[Noted], gap: Span, within: Span) -> Instant {
    // What was only noticed at the end of the gap may be another shade of a problem that was told of before.
    let problem = |(step, noted): &&Noted| {
        (step.told || step.at == gap.end)
            && *noted >= gap.end
            && step.state.is_some_and(|state| state.interval.low.is_problem())
    };
    if gap.end >= within.end {
        // Nobody has looked since.
        return gap.end;
    }
    let before = steps.partition_point(|(step, _)| step.at <= gap.end);
    // What a later look took back of the one that ended the gap says nothing of the gap.
    let taken_back = |(step, noted): &&Noted| step.at == gap.end && *noted > gap.end;
    let told = steps[..before].iter().rev().skip_while(taken_back).take_while(problem);
    told.last().map_or(gap.end, |(step, _)| step.at.clamp(gap.start, gap.end))
}

/// A cause's part of the money: an equal one among the causes of each stretch.
fn share(cause: &CauseId, accruals: &[Accrual], within: Span) -> CostRange {
    let mine = accruals.iter().filter(|accrual| accrual.causes.contains(cause));
    let parts = mine.map(|accrual| {
        let (money, count) = (accrual.second_money(within), Decimal::from(accrual.causes.len()));
        CostRange { low: money.low / count, high: money.high / count }
    });
    let total = parts.fold(CostRange::default(), |mut sum, part| {
        sum.add(part);
        sum
    });
    let money = |sum| over(sum, Decimal::from(3600)).unwrap_or_default();
    CostRange { low: money(total.low), high: money(total.high) }
}
