//! Objectives by slices: which queries count them, which slices are still to be asked, and the facts that follow.
//!
//! Per query the store is asked once for each closed slice (a day in one request), and at each poll for the running
//! part since the last slice. An objective's window and its burn windows are sums over both.

mod exclusions;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use self::exclusions::Edges;
use super::super::plan::Plan;
use super::super::slices::{Pair, Slices, closed_until, pairs, step_of, sum};
use super::asking::Asker;
use super::{exact, recorded};
use crate::domain::facts::ObjectiveFacts;
use crate::domain::id::ObjectiveId;
use crate::domain::map::{Indicator, Method, Objective};
use crate::domain::observation::FiguresReport;
use crate::domain::span::{Instant, Span};
use crate::domain::window::bounds;

/// The burn windows of the standard alert rows, in minutes (SRE Workbook, chapter 5, table 5-8).
const BURN_MINUTES: [i64; 7] = [5, 30, 60, 120, 360, 1440, 4320];
/// Requests of one step of a backfill.
const STEP_REQUESTS: usize = 8;
/// How long a query that failed is not asked for older slices.
const REST: TimeDelta = TimeDelta::minutes(5);
/// The share of the allowed queries that running parts may use: a second of rest for so many queries.
const RUNNING_A_SECOND: f64 = 2.5;

/// A query of counts, with the length of its slices in seconds.
type Key = (String, i64);

/// What was counted so far.
#[derive(Default)]
pub(super) struct Counts {
    slices: FxHashMap<Key, Slices>,
    running: FxHashMap<Key, Running>,
    resting: FxHashMap<Key, Instant>,
    asked: Option<Instant>,
    edges: Edges,
}

/// The part since the last closed slice.
#[derive(Clone, Copy)]
struct Running {
    span: Span,
    count: Option<f64>,
}

/// How an objective is asked.
struct Question<'a> {
    objective: &'a Objective,
    part: Key,
    all: Key,
    part_is_good: bool,
    step: TimeDelta,
    window: Span,
}

impl<'a> Question<'a> {
    fn of(objective: &'a Objective, now: Instant) -> Option<Self> {
        let (part, all, part_is_good) = match &objective.indicator {
            Indicator::Good { good, total } => (good.clone(), total.clone(), true),
            Indicator::Errors { errors, total } => (errors.clone(), total.clone(), false),
            Indicator::Up(query) => {
                let over = over_time(query);
                (format!("sum(sum_over_time({over}))"), format!("sum(count_over_time({over}))"), true)
            }
            Indicator::State(_) | Indicator::Sloth(_) | Indicator::Pyrra(_) | Indicator::Tickets(_) => return None,
        };
        let step = step_of(objective.resolution);
        let seconds = step.num_seconds();
        let window = bounds(objective.window, objective.tz, objective.week_starts, now);
        Some(Self { objective, part: (part, seconds), all: (all, seconds), part_is_good, step, window })
    }

    /// All burn windows that alerts look at, shortest first.
    fn burn_windows(&self) -> Vec<TimeDelta> {
        let mut windows: Vec<TimeDelta> = BURN_MINUTES.into_iter().map(TimeDelta::minutes).collect();
        windows.extend(self.objective.alerts.iter().flatten().flat_map(|row| [row.long, row.short]));
        windows.sort_unstable();
        windows.dedup();
        windows
    }

    /// From when on slices are needed.
    fn needed_from(&self, now: Instant) -> Instant {
        let longest = self.burn_windows().last().copied().unwrap_or_default();
        self.window.start.min(now - longest)
    }
}

/// `up{…}` as the argument of an `…_over_time` function: a plain selector takes a range, an expression a subquery.
fn over_time(query: &str) -> String {
    let name_end = query.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(query.len());
    let rest = query[name_end..].trim();
    let plain = rest.is_empty() || rest.starts_with('{') && rest.find('}') == Some(rest.len() - 1);
    if plain { format!("{query}[$window]") } else { format!("({query})[$window:]") }
}

/// A query with its window filled in.
fn render(query: &str, window: TimeDelta) -> String {
    let text = format!("{}s", window.num_seconds());
    ["$window", "{{.window}}", "{{ .window }}"].iter().fold(query.to_owned(), |query, word| query.replace(word, &text))
}

impl Counts {
    /// Asks what closed since the last report and the running part, and adds the facts of every objective.
    pub(super) async fn update(&mut self, asker: &Asker<'_>, plan: &Plan, now: Instant, report: &mut FiguresReport) {
        recorded::report(asker, plan, now, report).await;
        let questions = questions(plan, now);
        let needed = needed(&questions, now);
        self.slices.retain(|key, _| needed.contains_key(key));
        self.restore(plan, &needed);
        self.running.retain(|key, _| needed.contains_key(key));
        self.resting.retain(|_, until| *until > now);
        let today = needed.keys().filter_map(|key| {
            let closed = closed_until(now, TimeDelta::seconds(key.1));
            let first = closed - TimeDelta::seconds((closed.timestamp() - 1).rem_euclid(86_400) + 1);
            self.gap(key, Span::new(first, closed))
        });
        let today = today.collect();
        let mut failures = self.fill(asker, today, now).await;
        failures.extend(self.ask_running(asker, &needed, now).await);
        self.edges.ask(asker, plan, &questions, now).await;
        for question in &questions {
            let id = &question.objective.id;
            for key in [&question.part, &question.all] {
                if let Some(why) = failures.get(key) {
                    report.failures.push(format!("objective {id}: {why}"));
                    break;
                }
            }
            report.objectives.insert(id.clone(), self.facts(plan, question, now));
        }
        for (key, slices) in &mut self.slices {
            if let Some(from) = needed.get(key) {
                slices.compact(*from, now);
            }
        }
        self.keep(plan);
    }

    /// Takes from the shelf what was asked before the program was started.
    fn restore(&mut self, plan: &Plan, needed: &BTreeMap<Key, Instant>) {
        let Some(shelf) = &plan.shelf else { return };
        for key in needed.keys().filter(|key| !self.slices.contains_key(*key)).collect::<Vec<_>>() {
            let days = shelf.load(&plan.source, &key.0, key.1);
            self.slices.insert(key.clone(), Slices::restored(TimeDelta::seconds(key.1), days));
        }
    }

    /// Puts on the shelf what was asked since the last time.
    fn keep(&mut self, plan: &Plan) {
        let Some(shelf) = &plan.shelf else { return };
        for (key, slices) in &mut self.slices {
            let days = slices.take_changed();
            if !days.is_empty() {
                shelf.keep(&plan.source, &key.0, key.1, days);
            }
        }
    }

    /// One step towards the oldest slice that is needed; the objectives that it touched.
    pub(super) async fn backfill(
        &mut self,
        asker: &Asker<'_>,
        plan: &Plan,
        now: Instant,
    ) -> Option<BTreeMap<ObjectiveId, ObjectiveFacts>> {
        let questions = questions(plan, now);
        let needed = needed(&questions, now);
        let gaps = needed
            .iter()
            .filter_map(|(key, from)| self.gap(key, Span::new(*from, closed_until(now, TimeDelta::seconds(key.1)))));
        let mut gaps: Vec<(Key, Span)> = gaps.collect();
        if gaps.is_empty() {
            return None;
        }
        gaps.sort_by_key(|(_, span)| std::cmp::Reverse(span.end));
        gaps.truncate(STEP_REQUESTS);
        let touched: Vec<Key> = gaps.iter().map(|(key, _)| key.clone()).collect();
        self.fill(asker, gaps, now).await;
        self.keep(plan);
        let touched =
            questions.iter().filter(|question| touched.iter().any(|key| *key == question.part || *key == question.all));
        Some(touched.map(|question| (question.objective.id.clone(), self.facts(plan, question, now))).collect())
    }

    /// The newest slices of a query that are missing, unless it rests after a failure.
    fn gap(&self, key: &Key, within: Span) -> Option<(Key, Span)> {
        if self.resting.contains_key(key) || within.is_empty() {
            return None;
        }
        let gap = match self.slices.get(key) {
            Some(slices) => slices.missing(within),
            None => Slices::new(TimeDelta::seconds(key.1)).missing(within),
        };
        gap.map(|gap| (key.clone(), gap))
    }

    async fn fill(&mut self, asker: &Asker<'_>, gaps: Vec<(Key, Span)>, now: Instant) -> BTreeMap<Key, String> {
        let ask = gaps.into_iter().map(|(key, span)| {
            let step = TimeDelta::seconds(key.1);
            let query = render(&key.0, step);
            (key, query, span, step)
        });
        let mut failures = BTreeMap::new();
        for (key, (span, answer)) in asker.ranges(ask.collect()).await {
            match answer {
                Ok(rows) => {
                    let sums = rows.sums().into_iter().map(|(time, sum)| (time as f64, sum));
                    let step = TimeDelta::seconds(key.1);
                    self.slices.entry(key).or_insert_with(|| Slices::new(step)).fill(span, sums);
                }
                Err(error) => {
                    self.resting.insert(key.clone(), now + REST);
                    failures.insert(key, error.to_string());
                }
            }
        }
        failures
    }

    async fn ask_running(
        &mut self,
        asker: &Asker<'_>,
        needed: &BTreeMap<Key, Instant>,
        now: Instant,
    ) -> BTreeMap<Key, String> {
        let rest = TimeDelta::milliseconds((needed.len() as f64 / RUNNING_A_SECOND * 1000.0) as i64);
        let fresh = self.asked.is_some_and(|asked| now - asked < rest && asked <= now);
        let current = |key: &Key| {
            let closed = closed_until(now, TimeDelta::seconds(key.1));
            self.running.get(key).is_some_and(|running| running.span.start == closed)
        };
        let due: Vec<&Key> = needed.keys().filter(|key| !fresh || !current(key)).collect();
        if due.is_empty() {
            return BTreeMap::new();
        }
        self.asked = Some(now);
        let ask = due.into_iter().map(|key| {
            let since = now - closed_until(now, TimeDelta::seconds(key.1));
            (key.clone(), render(&key.0, since), now)
        });
        let mut failures = BTreeMap::new();
        for (key, answer) in asker.keyed(ask.collect()).await {
            let span = Span::new(closed_until(now, TimeDelta::seconds(key.1)), now);
            match answer {
                Ok(rows) => drop(self.running.insert(key, Running { span, count: rows.sum() })),
                Err(error) => {
                    self.running.remove(&key);
                    failures.insert(key, error.to_string());
                }
            }
        }
        failures
    }

    /// The running part of an objective, if the store has any of it.
    fn running(&self, question: &Question<'_>, closed: Instant) -> Option<(Span, Pair)> {
        let all = self.running.get(&question.all).filter(|running| running.span.start == closed)?;
        let part = self.running.get(&question.part).filter(|running| running.span == all.span)?;
        let covered = all.span.length().as_seconds_f64();
        Some((all.span, Pair { part: part.count.unwrap_or(0.0).max(0.0), all: all.count?.max(0.0), covered }))
    }

    fn facts(&self, plan: &Plan, question: &Question<'_>, now: Instant) -> ObjectiveFacts {
        let mut facts = ObjectiveFacts { coverage: Some(Decimal::ZERO), ..ObjectiveFacts::default() };
        let closed = closed_until(now, question.step);
        let (Some(part), Some(all)) = (self.slices.get(&question.part), self.slices.get(&question.all)) else {
            return facts;
        };
        let view = View { part, all, running: self.running(question, closed), question, closed };
        let counted = Span::new(question.window.start, view.end().min(question.window.end));
        let total = view.sum(counted);
        if total.covered > 0.0 {
            let share = (total.covered / counted.length().as_seconds_f64()).clamp(0.0, 1.0);
            facts.coverage = exact((share * 1e9).round() / 1e9);
            facts.total = exact(total.all);
            let part = exact(total.part);
            if question.part_is_good { facts.good = part } else { facts.errors = part }
        }
        for length in question.burn_windows() {
            view.burn(length, &mut facts);
        }
        if let Method::Slices { .. } = question.objective.method {
            let known = pairs(part, all, counted).filter(|(whole, clipped, _)| whole == clipped);
            facts.slices = known.filter_map(|(_, _, pair)| Some((exact(view.bad(pair))?, exact(pair.all)?))).collect();
        }
        facts.course = view.course(counted);
        facts.excluded = self.edges.exclusions(plan, &view, counted);
        facts
    }
}

/// Parts of the course of a budget: as many as a screen has columns for.
const PARTS: i32 = 96;

/// The slices of one objective with its running part, as of now.
struct View<'a> {
    part: &'a Slices,
    all: &'a Slices,
    running: Option<(Span, Pair)>,
    question: &'a Question<'a>,
    closed: Instant,
}

impl View<'_> {
    /// Up to when anything is known.
    fn end(&self) -> Instant {
        self.running.map_or(self.closed, |(span, _)| span.end)
    }

    fn sum(&self, span: Span) -> Pair {
        let mut total = sum(self.part, self.all, Span::new(span.start, span.end.min(self.closed)));
        if let Some((whole, pair)) = self.running
            && let Some(part) = whole.intersection(span)
        {
            total.add(pair.within(whole, part));
        }
        total
    }

    fn bad(&self, pair: Pair) -> f64 {
        if self.question.part_is_good { (pair.all - pair.part).max(0.0) } else { pair.part }
    }

    /// Bad events from the start of a span up to the end of each of its parts.
    fn course(&self, span: Span) -> Vec<(Instant, Decimal)> {
        let length = span.length() / PARTS;
        let mut bad = Decimal::ZERO;
        let ends = (1..=PARTS).map(|part| span.start + length * part);
        let part = |end: Instant| {
            let part = Span::new(end - length, end);
            let more = match self.question.objective.method {
                Method::Events => exact(self.bad(self.sum(part))),
                Method::Slices { target } => self.bad_slices(part, target).0,
            };
            bad = bad.checked_add(more?)?;
            Some((end, bad))
        };
        ends.filter_map(part).collect()
    }

    /// Adds the error ratio of a burn window, where at least half of it is known.
    fn burn(&self, length: TimeDelta, facts: &mut ObjectiveFacts) {
        let span = Span::new(self.end() - length, self.end());
        let total = self.sum(span);
        if total.covered * 2.0 < length.as_seconds_f64() {
            return;
        }
        let (bad, all) = match self.question.objective.method {
            Method::Events => (exact(self.bad(total)), exact(total.all)),
            Method::Slices { target } => self.bad_slices(span, target),
        };
        let (Some(bad), Some(all)) = (bad, all) else { return };
        facts.window_totals.insert(length, all);
        if !all.is_zero() {
            facts.windows.insert(length, (bad / all).normalize());
        }
    }

    /// Bad slices and slices with traffic, of those that end within a span.
    fn bad_slices(&self, span: Span, target: Decimal) -> (Option<Decimal>, Option<Decimal>) {
        let mut count = (0_u32, 0_u32);
        for (whole, _, pair) in pairs(self.part, self.all, Span::new(span.start, span.end.min(self.closed))) {
            if pair.all > 0.0 && span.start <= whole.start {
                let good = exact((pair.all - self.bad(pair)) / pair.all);
                count.0 += u32::from(good.is_none_or(|good| good < target));
                count.1 += 1;
            }
        }
        (Some(Decimal::from(count.0)), Some(Decimal::from(count.1)))
    }
}

fn questions(plan: &Plan, now: Instant) -> Vec<Question<'_>> {
    plan.objectives.iter().filter_map(|index| Question::of(&plan.map.objectives[*index], now)).collect()
}

/// Every query with the earliest instant that an objective needs of it.
fn needed(questions: &[Question<'_>], now: Instant) -> BTreeMap<Key, Instant> {
    let mut needed: BTreeMap<Key, Instant> = BTreeMap::new();
    for question in questions {
        let from = question.needed_from(now);
        for key in [&question.part, &question.all] {
            let earliest = needed.entry(key.clone()).or_insert(from);
            *earliest = (*earliest).min(from);
        }
    }
    needed
}
