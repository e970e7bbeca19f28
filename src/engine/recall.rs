//! What the running engine remembers: since when each node is as it is, and the states of what costs money.
//!
//! Worse counts at once, from the instant at which its signals say that it began; better counts for `since` only
//! after it has lasted a while, so that a flapping check does not look new at every turn. What is first seen as a
//! problem, with nothing known of it just before, is played as an evaluation plays it: from its own beginning, and
//! not from before the last instant that was covered. What rests on a lost source is unknown since its last answer.

mod played;

use chrono::{NaiveDate, TimeDelta};
use rustc_hash::FxHashMap;

use crate::domain::graph::Pos;
use crate::domain::history::{A_LOOK, Accruing, GAP, Memory, Turned, last_look};
use crate::domain::id::CauseId;
use crate::domain::map::{Map, NodeIndex};
use crate::domain::marks::Marks;
use crate::domain::money::CostRange;
use crate::domain::severity::{Interval, Shown};
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::timeline::Timeline;

use super::assemble::Picture;
use super::cause::Key;
use super::evaluation::Renewed;
use super::labelled::cause_id;
use super::ledger::{Entry, Ledger};
use super::past::Past;
use super::replay::covered_for;
use super::{Model, Reach};

use played::{came_about, play};

/// How long better must last before it counts.
const SETTLE: TimeDelta = TimeDelta::seconds(60);

/// Steps of one node that are kept; the oldest go first.
pub const MOST_STEPS: usize = 20_000;

/// Steps of all nodes, and stretches of money of all processes, for which there is room; each has its part of it, and
/// no less than a thousand.
const STEPS_IN_ALL: usize = 2_000_000;
const STRETCHES_IN_ALL: usize = 400_000;

/// What the running engine remembers.
#[derive(Debug)]
pub struct Recall {
    /// Timelines hold what is known; a step of `None` ends what was covered before this run.
    past: Past,
    /// What was covered before this run, and since when this one covers.
    earlier: Spans,
    started: Option<Instant>,
    /// The last turn.
    last: Instant,
    /// What the turns since the last look changed.
    turned: Vec<Turned>,
    accruals: Vec<Accruing>,
    /// Of each node that got better: what it was, since when, and when it got better.
    before: Vec<Option<(Shown, Instant, Instant)>>,
    /// Sources that were lost at the last turn, by place in the map's list.
    lost: Vec<bool>,
    /// What lies before this instant is no longer asked for, as of a date.
    reach: (NaiveDate, Instant),
}

/// What is asked of one turn for many nodes.
struct Turn<'a> {
    picture: &'a Picture<'a>,
    now: Instant,
    /// The last answers of sources that were lost since the turn before.
    last_answers: Vec<Option<Instant>>,
    /// How the signals say that the problems came about that are seen for the first time.
    played: Option<Past>,
}

impl Recall {
    /// What another one remembered. Between the end of that and the first turn nobody looked, unless it ends now.
    pub fn of(model: &Model, memory: &Memory, now: Instant) -> Self {
        let last = memory.covered.iter().last();
        let goes_on = last.filter(|span| span.end == now);
        let mut recall = Self {
            past: Past::of(model, memory),
            earlier: memory.covered.clone(),
            started: goes_on.map(|span| span.start),
            last: now,
            turned: Vec::new(),
            accruals: Vec::new(),
            before: vec![None; model.map.nodes.len()],
            lost: vec![false; model.map.sources.len()],
            reach: (NaiveDate::MIN, Instant::MIN_UTC),
        };
        if goes_on.is_some() {
            recall.past.ledgers.values_mut().for_each(|ledger| ledger.resume(now));
        } else if let Some(last) = last {
            recall.end_known(last_look(last));
        }
        recall
    }

    /// What it remembers, for one that goes on with another map.
    pub fn memory(&self, model: &Model) -> Memory {
        let id = |node: &NodeIndex| model.map.nodes[*node].id.clone();
        let (past, since) = (&self.past, self.past.since.iter().enumerate());
        Memory {
            covered: past.covered.clone(),
            since: since.filter_map(|(node, since)| Some((id(&node), (*since)?))).collect(),
            doubted: past.doubted.iter().map(|(node, doubted)| (id(node), doubted.clone())).collect(),
            timelines: past.timelines.iter().map(|(node, timeline)| (id(node), timeline.clone())).collect(),
            accruals: past.ledgers.iter().map(|(node, ledger)| (id(node), ledger.stretches().to_vec())).collect(),
            heard: past.heard.iter().map(id).collect(),
            told: past.began.clone(),
        }
    }

    /// What is known of the past, as of the last turn.
    pub fn past(&self) -> &Past {
        &self.past
    }

    /// What changed since the last look.
    pub fn take_changes(&mut self) -> (Vec<Turned>, Vec<Accruing>) {
        (std::mem::take(&mut self.turned), std::mem::take(&mut self.accruals))
    }

    /// Lets go, once a day, of what no window reaches any more.
    fn forget(&mut self, map: &Map, now: Instant) {
        if self.reach.0 == now.date_naive() {
            return;
        }
        self.reach = (now.date_naive(), Reach::of(map, now).windows);
        let from = self.reach.1;
        self.earlier = self.earlier.intersect(&Spans::from(Span::new(from, Instant::MAX_UTC)));
        self.past.began = self.past.began.split_off(&from);
        for timeline in self.past.timelines.values_mut().chain(self.past.doubted.values_mut()) {
            // The last step before it says how it was then.
            let before = timeline.steps.partition_point(|(at, _)| *at <= from);
            timeline.steps.drain(..before.saturating_sub(1));
        }
    }

    /// From an instant on nothing is known.
    fn end_known(&mut self, end: Instant) {
        for timeline in self.past.timelines.values_mut() {
            if timeline.steps.last().is_some_and(|(_, last)| last.is_some()) {
                timeline.steps.push((end, None));
            }
        }
        self.past.ledgers.values_mut().for_each(Ledger::end);
    }

    /// Takes what is other in the states of this instant into memory, and gives what is known of the past.
    pub fn note(&mut self, picture: &Picture<'_>, renewed: &Renewed<'_>) -> &Past {
        let (graph, now) = (&picture.model.graph, picture.at());
        let is_gap = self.started.is_some() && now - self.last > GAP;
        if is_gap {
            // Nobody looked in between, as if it had been started anew.
            self.earlier = self.past.covered.clone();
            self.started = None;
            self.end_known(self.last);
        }
        self.last = now;
        self.forget(&picture.model.map, now);
        let started = *self.started.get_or_insert(now);
        // The first instant of a run ends the gap before it, although no time is covered yet.
        let run = Span::new(started, now.max(started + A_LOOK));
        self.past.covered = Spans::of(self.earlier.iter().chain([run]).collect());
        let every = if is_gap { Marks::all(graph.len()) } else { renewed.touched.clone() };
        let heard = every.iter().map(|pos| graph.node(pos)).filter(|node| !picture.owns.signals[*node].is_empty());
        self.past.heard.extend(heard);
        let first_seen: Vec<Pos> = every.iter().filter(|pos| self.is_first_seen(picture, *pos)).collect();
        let turn = Turn {
            picture,
            now,
            last_answers: self.note_lost(picture),
            played: (!first_seen.is_empty()).then(|| play(picture, &first_seen)),
        };
        let mut turned = Vec::new();
        for pos in every.iter() {
            let node = graph.node(pos);
            self.note_since(&turn, pos, node);
            if let Some(from) = self.note_step(&turn, pos, node) {
                let steps = self.past.timelines.get(&node).map_or(&[][..], |timeline| timeline.steps.as_slice());
                let steps = steps[steps.partition_point(|(at, _)| *at < from)..].to_vec();
                turned.push(Turned { node, from, steps });
            }
        }
        self.past.note_doubts(picture, &every);
        self.account(picture, renewed, &every, &turned);
        self.turned.append(&mut turned);
        &self.past
    }

    /// Accounts for the money of every process up to now.
    fn account(&mut self, picture: &Picture<'_>, renewed: &Renewed<'_>, every: &Marks, turned: &[Turned]) {
        let (map, now) = (&*picture.model.map, picture.at());
        let most = (STRETCHES_IN_ALL / renewed.rates.len().max(1)).clamp(1_000, MOST_STEPS);
        let turned: FxHashMap<NodeIndex, Instant> = turned.iter().map(|turned| (turned.node, turned.from)).collect();
        for rate in renewed.rates {
            let (node, pos) = (&map.nodes[rate.node], picture.model.graph.pos(rate.node));
            let is_as_before = !every.has(pos) && !renewed.repriced.has(pos) && !self.past.is_doubted(rate.node);
            if is_as_before && node.measured.is_none() {
                let is_unknown = is_unknown(picture.states.state(pos));
                let per_hour = if is_unknown { CostRange::default() } else { rate.rate };
                if self.past.ledgers.get_mut(&rate.node).is_some_and(|ledger| ledger.go_on(per_hour, now)) {
                    continue;
                }
            }
            let Some(mut ledger) = self.past.ledgers.remove(&rate.node) else { continue };
            let Some(timeline) = self.past.counted(rate.node) else { continue };
            let turned = turned.get(&rate.node).copied();
            let sample = node.measured.as_ref().and_then(|measured| {
                let every = map.source(measured.source.as_str()).map_or(TimeDelta::seconds(60), |source| source.every);
                Some((measured, *picture.observed.facts.measured.get(&node.id)?, every))
            });
            let mut causes: Vec<CauseId> = rate.causes.iter().map(|key| cause_id(picture, *key)).collect();
            causes.sort_unstable();
            let covered = if turned.is_some() {
                covered_for(&self.past, &timeline)
            } else {
                Spans::from(Span::new(self.started.unwrap_or(now), now))
            };
            let entry = Entry {
                map,
                process: rate.node,
                timeline: &timeline,
                covered: &covered,
                turned,
                sample,
                causes: causes.into(),
                now,
                most,
            };
            self.accruals.extend(ledger.account(&entry));
            self.past.ledgers.insert(rate.node, ledger);
        }
    }

    /// Whether a node is a problem of which nothing was known just before.
    fn is_first_seen(&self, picture: &Picture<'_>, pos: Pos) -> bool {
        let node = picture.model.graph.node(pos);
        let nothing_known = |shown: Option<Shown>| shown.is_none_or(|shown| shown == Shown::Unknown);
        picture.states.state(pos).low.is_problem()
            && (nothing_known(self.past.since[node].map(|(_, shown)| shown))
                || self.past.timelines.get(&node).is_some_and(|timeline| nothing_known(last_shown(timeline))))
    }

    /// Remembers which sources are lost; the last answers of those that were not.
    fn note_lost(&mut self, picture: &Picture<'_>) -> Vec<Option<Instant>> {
        let is_lost = picture.owns.lost_sources.iter().zip(&picture.owns.pending_sources);
        let lost: Vec<bool> = is_lost.map(|(lost, pending)| *lost && !pending).collect();
        let last_answer = |place: usize| {
            let source = &picture.model.map.sources[place];
            Some(picture.at() - picture.observed.facts.sources.get(&source.name)?.age?)
        };
        let answers = (0..lost.len()).map(|place| (lost[place] && !self.lost[place]).then(|| last_answer(place))?);
        let answers = answers.collect();
        self.lost = lost;
        answers
    }

    /// Takes a state into the timeline of its node; the instant from which on that is another one now.
    fn note_step(&mut self, turn: &Turn<'_>, pos: Pos, node: NodeIndex) -> Option<Instant> {
        let state = turn.picture.states.state(pos);
        let room = self.past.timelines.len();
        let timeline = self.past.timelines.get_mut(&node)?;
        let last = timeline.steps.last().copied();
        if last.is_some_and(|(_, last)| last == Some(state)) {
            return None;
        }
        let most = (STEPS_IN_ALL / room).clamp(1_000, MOST_STEPS);
        let mut from = None;
        if state.low.is_problem() && last_shown(timeline).is_none_or(|shown| shown == Shown::Unknown) {
            let came_about = came_about(timeline, node, turn);
            from = came_about.first().copied();
            // Only what began before this run reaches into a gap between runs.
            self.past
                .began
                .extend(came_about.into_iter().filter(|began| self.started.is_none_or(|started| *began < started)));
        }
        let has_come = from.is_some() && timeline.steps.last().is_some_and(|(_, last)| *last == Some(state));
        if !has_come {
            let when = match last {
                _ if state.low.is_problem() && last.and_then(|(_, last)| last).is_none_or(is_unknown) => turn.now,
                Some((from, Some(last))) => turn.changed_at(pos, last, state, from),
                Some((end, None)) => turn.last_answer(pos).unwrap_or(turn.now).max(end),
                None => turn.last_answer(pos).unwrap_or(turn.now),
            };
            // What lasted for no time was not.
            timeline.steps.pop_if(|(at, _)| *at == when);
            if timeline.steps.last().is_none_or(|(_, last)| *last != Some(state)) {
                timeline.steps.push((when, Some(state)));
            }
            from = Some(from.map_or(when, |from: Instant| from.min(when)));
        }
        if timeline.steps.len() > most {
            timeline.steps.drain(..most / 10);
        }
        from
    }

    fn note_since(&mut self, turn: &Turn<'_>, pos: Pos, node: NodeIndex) {
        let shown = turn.picture.states.state(pos).shown();
        let Some((since, was)) = self.past.since[node] else {
            self.past.since[node] = Some((turn.first_seen(pos, node, shown), shown));
            return;
        };
        if was == shown {
            return;
        }
        let is_worse = rank(shown) > rank(was);
        let back = self.before[node].filter(|(_, _, better_at)| is_worse && turn.now - *better_at < SETTLE);
        self.past.since[node] = Some(match back {
            // It only seemed to get better.
            Some((before, before_since, _)) if rank(shown) >= rank(before) => (before_since, shown),
            _ if was == Shown::Unknown && is_worse => (turn.first_seen(pos, node, shown), shown),
            _ if shown == Shown::Unknown => {
                let lost = turn.last_answer(pos).filter(|lost| is_worse || *lost >= since);
                (lost.unwrap_or(turn.now), shown)
            }
            _ if is_worse => (turn.began(pos), shown),
            _ => (turn.now, shown),
        });
        // What was not known has nothing to come back to.
        self.before[node] = (!is_worse && was != Shown::Unknown).then_some((was, since, turn.now));
    }
}

impl Turn<'_> {
    /// When a node of which something was known became as it is, at or after its step before.
    fn changed_at(&self, pos: Pos, last: Interval, state: Interval, from: Instant) -> Instant {
        if state.low > last.low && state.low.is_problem() {
            self.began(pos).max(from)
        } else if state.high > last.high || (state.low < last.low && !state.is_known()) {
            // What a source said that is lost now was certain up to its last answer.
            self.last_answer(pos).map_or(self.now, |lost| lost.max(from))
        } else {
            self.now
        }
    }

    /// Since when a node is so that was not known before.
    fn first_seen(&self, pos: Pos, node: NodeIndex, shown: Shown) -> Instant {
        let played = self.played.as_ref().and_then(|past| past.since[node]);
        match played {
            Some((since, then)) if then == shown => since,
            _ if shown == Shown::Unknown => self.last_answer(pos).unwrap_or(self.now),
            _ => self.began(pos),
        }
    }

    /// The last answer of the first source that was just lost and makes a node unknown.
    fn last_answer(&self, pos: Pos) -> Option<Instant> {
        let causes = self.picture.causes.possible(pos);
        let answers = causes.iter().filter_map(|key| match key {
            Key::Source(place) => self.last_answers[usize::from(*place)],
            _ => None,
        });
        answers.min()
    }

    /// When the present problem of a node began, as far as its signals say.
    fn began(&self, pos: Pos) -> Instant {
        let causes = self.picture.causes.shown(&self.picture.states, pos);
        let sinces = causes.iter().map(|key| match key {
            Key::Signal(number) => self.picture.observed.signals[*number as usize].item.since,
            _ => None,
        });
        // Several causes of which each alone is enough began with the first; which is which the rule knows. The first
        // is right wherever the worst decides, which is the common rule, and never claims that a problem is newer.
        sinces.flatten().min().map_or(self.now, |since| since.min(self.now))
    }
}

fn is_unknown(state: Interval) -> bool {
    state.shown() == Shown::Unknown
}

/// What the last step of a timeline shows, if it is one of which anything is known.
fn last_shown(timeline: &Timeline) -> Option<Shown> {
    timeline.steps.last()?.1.map(Interval::shown)
}

/// How bad what is shown is: unknown stands between what is up and what is a problem.
fn rank(shown: Shown) -> u8 {
    match shown {
        Shown::Severity(severity) if severity.is_problem() => severity.level() + 1,
        Shown::Severity(_) => 0,
        Shown::Unknown => 1,
    }
}
