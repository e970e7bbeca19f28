//! Objectives: what was promised, what was attained, and how much of the error budget is left.
//!
//! Every indicator comes down to a [`Tally`], bad of all, for the contract (without closed hours and excluded
//! maintenance) and as felt (without any exclusion), and to error ratios of the burn windows; the figures follow from
//! these in one place. Nothing is divided before it is compared, and nothing is a number where nothing was counted:
//! figures are then absent, never 0 or 100 %.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::burn::{self, HOUR, Ratios};
use super::calendar;
use super::credit::{self, Outlook};
use super::exact::{duration, over, seconds, times};
use super::facts::{ObjectiveFacts, Recorded};
use super::map::{Indicator, Map, NodeIndex, Objective};
use super::span::{Instant, Span, Spans};
use super::timeline::Timeline;
use super::window;
use super::world::{ClockState, ObjectiveState, ObjectiveStatus};

mod counts;
mod states;
mod tickets;

/// How long the burn of the last hour is taken to go on.
const SOON: TimeDelta = TimeDelta::hours(4);

/// What an objective is evaluated from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The map: calendars, customers, currency.
    pub map: &'a Map,
    /// The objective.
    pub objective: &'a Objective,
    /// What its queries answered.
    pub counts: Option<&'a ObjectiveFacts>,
    /// The states of its node, back to the start of the window and of the longest burn window.
    pub timeline: Option<&'a Timeline>,
    /// Excluded maintenance on exactly its node, past and to come within the window, with who and why.
    pub excluded: &'a [(Span, String)],
    /// The clocks of its node's tickets.
    pub clocks: &'a [ClockState],
    /// The customers that need its node.
    pub customers: &'a [NodeIndex],
    /// The instant.
    pub at: Instant,
}

/// Bad of all: events, slices, tickets or seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// How many were bad.
    pub bad: Decimal,
    /// How many there were.
    pub total: Decimal,
}

impl Tally {
    /// The share that was good, never below 0; `None` where there was nothing.
    fn good_ratio(self) -> Option<Decimal> {
        over(self.total.saturating_sub(self.bad), self.total).map(|ratio| ratio.max(Decimal::ZERO))
    }

    /// The share that was bad; `None` where there was nothing.
    fn bad_ratio(self) -> Option<Decimal> {
        over(self.bad, self.total)
    }

    /// Whether the share that was good is below a figure, strictly.
    pub(super) fn is_below(self, figure: Decimal) -> bool {
        self.bad > times(Decimal::ONE - figure, self.total)
    }
}

/// What an indicator found.
#[derive(Debug, Default)]
struct Measure {
    /// Without closed hours and exclusions; `None` where nothing was observed.
    contract: Option<Tally>,
    /// Without any exclusion.
    felt: Option<Tally>,
    /// Whether seconds are counted, so that the whole window's number is known beforehand.
    counts_seconds: bool,
    /// The share of the counted window so far that is covered.
    coverage: Decimal,
    /// The instants of the window that count, those to come too.
    counted: Spans,
    /// Error ratios of the burn windows that are known.
    ratios: Ratios,
    /// Events of the burn windows, where known.
    totals: BTreeMap<TimeDelta, Decimal>,
    /// How it was counted.
    method: String,
    /// What was bad from the start of the window up to an instant, oldest first.
    course: Vec<(Instant, Decimal)>,
    /// What was left out, by what, with its effect.
    exclusions: Vec<String>,
    /// Remarks.
    notes: Vec<String>,
}

/// Counted seconds of a window.
#[derive(Clone, Copy, Debug)]
struct Counted {
    whole: Decimal,
    elapsed: Decimal,
    rest: Decimal,
    soon: Decimal,
}

impl Counted {
    fn of(counted: &Spans, window: Span, at: Instant) -> Self {
        let within = |start: Instant, end: Instant| {
            seconds(counted.intersect(&Spans::from(Span::new(start, end.min(window.end)))).length())
        };
        Self {
            whole: seconds(counted.length()),
            elapsed: within(window.start, at),
            rest: within(at, window.end),
            soon: within(at, at + SOON),
        }
    }

    /// How the window goes on, after what was counted so far.
    fn outlook(self, so_far: Tally, unit: Decimal, pace: Decimal, ratios: &Ratios) -> Outlook {
        let Self { whole, rest, soon, .. } = self;
        Outlook { so_far, unit, pace, whole, rest, soon, hour: ratios.get(&HOUR).copied() }
    }
}

/// Where an objective stands at an instant.
pub fn evaluate(input: &Inputs<'_>) -> ObjectiveState {
    let objective = input.objective;
    let window = window::bounds(objective.window, objective.tz, objective.week_starts, input.at);
    let measure = match objective.indicator {
        Indicator::State(severity) => states::measure(input, window, severity),
        Indicator::Tickets(goal) => tickets::measure(input, window, goal),
        _ => counts::measure(input, window),
    };
    match recorded(input, &measure) {
        Some(recorded) => as_recorded(input, window, measure, &recorded),
        None => counted(input, window, measure),
    }
}

/// The figures of a recorded objective: what its series say, or, where only its counts are told, what its tool makes
/// of them, 1 − e/B over its own window.
fn recorded(input: &Inputs<'_>, measure: &Measure) -> Option<Recorded> {
    let tool = match input.objective.indicator {
        Indicator::Sloth(_) => "Sloth",
        Indicator::Pyrra(_) => "Pyrra",
        _ => return None,
    };
    if let Some(recorded) = input.counts.and_then(|counts| counts.recorded.clone()) {
        return Some(recorded);
    }
    let tally = measure.felt.unwrap_or_default();
    let used = over(tally.bad, times(Decimal::ONE - input.objective.target, tally.total));
    let attained = tally.good_ratio();
    let remaining = used.map(|used| Decimal::ONE - used).filter(|_| attained.is_some());
    Some(Recorded { attained, remaining, method: tool.to_owned() })
}

/// The figures of what was counted.
fn counted(input: &Inputs<'_>, window: Span, measure: Measure) -> ObjectiveState {
    let status = match measure.contract {
        None => ObjectiveStatus::NotCovered,
        Some(_) if measure.coverage < Decimal::new(5, 1) => ObjectiveStatus::NotCovered,
        Some(tally) if tally.total <= Decimal::ZERO => ObjectiveStatus::NoTraffic,
        Some(_) => ObjectiveStatus::Measured,
    };
    let felt = measure.felt.and_then(Tally::good_ratio).filter(|_| status != ObjectiveStatus::NotCovered);
    let tally = measure.contract.unwrap_or_default();
    let counted = Counted::of(&measure.counted, window, input.at);
    let is_calendar = window::is_calendar(input.objective.window);
    // Events that were counted came over the covered time: what is not covered is neither good nor bad, nor empty.
    let seen = times(counted.elapsed, measure.coverage);
    let (unit, pace) = if measure.counts_seconds { (Decimal::ONE, Decimal::ONE) } else { (tally.total, seen) };
    let outlook = counted.outlook(tally, unit, pace, &measure.ratios);
    let budget = Decimal::ONE - input.objective.target;
    let used = if is_calendar {
        over(times(tally.bad, pace), times(budget, times(unit, counted.whole)))
    } else {
        over(tally.bad, times(budget, tally.total))
    };
    let mut state = conclude(input, window, measure, status, used.map(|used| Decimal::ONE - used));
    if status == ObjectiveStatus::Measured {
        state.attained = tally.good_ratio();
        let credit = input.objective.credit.as_ref().filter(|_| is_calendar && pace > Decimal::ZERO);
        state.credit = credit.map(|credit| credit::evaluate(input.map, credit, &outlook, input.customers));
        state.basis = Some(outlook);
    }
    state.felt = felt;
    state
}

/// The figures of a recorded objective, as its own tool has them. It leaves nothing out, so it has no contract figure.
fn as_recorded(input: &Inputs<'_>, window: Span, mut measure: Measure, recorded: &Recorded) -> ObjectiveState {
    measure.coverage = input.counts.and_then(|counts| counts.coverage).unwrap_or(Decimal::ONE);
    let is_known = recorded.attained.is_some() || recorded.remaining.is_some();
    let status = match measure.felt {
        _ if measure.coverage < Decimal::new(5, 1) => ObjectiveStatus::NotCovered,
        _ if is_known => ObjectiveStatus::Measured,
        Some(tally) if tally.total.is_zero() => ObjectiveStatus::NoTraffic,
        _ => ObjectiveStatus::NotCovered,
    };
    measure.method = format!("recorded ({})", recorded.method);
    measure.exclusions.clear();
    measure.notes.push("the contract figure is not available: a recorded series leaves nothing out".to_owned());
    let counted = Counted::of(&measure.counted, window, input.at);
    let basis = counted.outlook(Tally::default(), Decimal::ZERO, Decimal::ZERO, &measure.ratios);
    let mut state = conclude(input, window, measure, status, recorded.remaining);
    (state.basis, state.is_recorded) = (Some(basis).filter(|_| status == ObjectiveStatus::Measured), true);
    state.felt = recorded.attained.filter(|_| status == ObjectiveStatus::Measured);
    state
}

/// What follows from the budget that remains and from the ratios of the burn windows.
fn conclude(
    input: &Inputs<'_>,
    window: Span,
    measure: Measure,
    status: ObjectiveStatus,
    remaining: Option<Decimal>,
) -> ObjectiveState {
    let objective = input.objective;
    let budget = Decimal::ONE - objective.target;
    let has_figures = status == ObjectiveStatus::Measured;
    let remaining = remaining.filter(|_| has_figures);
    let counted = Counted::of(&measure.counted, window, input.at);
    let rows = burn::rows(objective);
    let few = |long: TimeDelta| {
        objective.min_events.is_some_and(|least| match measure.totals.get(&long) {
            Some(total) => *total < least,
            None => measure.contract.is_some_and(|tally| {
                !measure.counts_seconds && times(tally.total, seconds(long)) < times(least, counted.elapsed)
            }),
        })
    };
    let alert = burn::alert(&rows, &measure.ratios, window.length(), budget, few);
    let burn = measure.ratios.iter().map(|(window, ratio)| {
        let rate = burn::rate(*ratio, budget).filter(|_| status != ObjectiveStatus::NoTraffic);
        (*window, rate)
    });
    let is_told_apart = measure.contract.is_none() && input.counts.is_some_and(|counts| counts.coverage.is_none());
    let course = remaining.map_or_else(Vec::new, |left| course(&measure.course, left));
    let mut notes = measure.notes;
    notes.extend(burn::never_firing(&rows, window.length(), budget));
    // Where it is known window by window what is covered: facts may leave out what nobody asked.
    let has_coverage = input.counts.is_some_and(|counts| counts.coverage.is_some()) || !measure.totals.is_empty();
    if has_coverage || (measure.counts_seconds && measure.contract.is_some()) {
        let is_covered = |window| measure.ratios.contains_key(&window) || measure.totals.contains_key(&window);
        notes.extend(burn::uncovered(&rows, is_covered));
    }
    ObjectiveState {
        state: status,
        method: measure.method,
        attained: None,
        felt: None,
        coverage: measure.coverage,
        budget_remaining: remaining,
        burn: burn.collect(),
        course,
        outage_left: remaining.and_then(|left| duration(times(times(left, counted.whole), budget))),
        exhausted_in: remaining.and_then(|remaining| exhausted_in(objective, &counted, remaining, &measure.ratios)),
        // Windows may be given without the counts of the whole: then there are no figures, and who is to be told is known.
        alert: alert.filter(|_| has_figures || is_told_apart),
        credit: None,
        basis: None,
        is_recorded: false,
        window,
        exclusions: measure.exclusions,
        notes,
    }
}

/// What was left after each part of a window, where what is left now is known: what was used up is spread as what was
/// bad.
fn course(bad: &[(Instant, Decimal)], left: Decimal) -> Vec<(Instant, Decimal)> {
    let used = Decimal::ONE - left;
    let all = bad.last().map_or(Decimal::ZERO, |(_, all)| *all);
    let share = |so_far: Decimal| over(so_far, all).unwrap_or(Decimal::ZERO);
    bad.iter().map(|(at, so_far)| (*at, Decimal::ONE - times(used, share(*so_far)))).collect()
}

/// max(0, remaining)·W/b, with b of the last hour; in a calendar window only if that is within it.
fn exhausted_in(objective: &Objective, counted: &Counted, remaining: Decimal, ratios: &Ratios) -> Option<TimeDelta> {
    let ratio = ratios.get(&HOUR).copied().filter(|ratio| *ratio > Decimal::ZERO)?;
    let budget = Some(Decimal::ONE - objective.target).filter(|budget| *budget > Decimal::ZERO)?;
    let left = over(times(times(remaining.max(Decimal::ZERO), counted.whole), budget), ratio)?;
    if window::is_calendar(objective.window) && left > counted.rest { None } else { duration(left) }
}

/// The hours of an objective's contract within a span.
fn contract_hours(input: &Inputs<'_>, within: Span) -> Spans {
    calendar::hours(input.objective.calendar.map(|index| &input.map.calendars[index]), within)
}

#[cfg(test)]
mod tests;
