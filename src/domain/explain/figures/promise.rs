//! Promises as formulas: the budget of an objective, its burn, its credits; the clock of a ticket.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{Formula, length, long, number, percent, when};
use crate::domain::burn::{self, HOUR};
use crate::domain::calendar;
use crate::domain::clock::declared;
use crate::domain::credit::{self, Outlook};
use crate::domain::exact::{over, seconds, times};
use crate::domain::map::{Credit, Goal, Indicator, Objective};
use crate::domain::span::Span;
use crate::domain::window;
use crate::domain::world::{ClockOrigin, ClockState, CreditState, ObjectiveState, World};

/// An objective with what its figures follow from.
struct Promise<'a> {
    objective: &'a Objective,
    state: &'a ObjectiveState,
    basis: Outlook,
    budget: Decimal,
}

/// The figures of an objective, by its place in the map; none where it has no figures.
pub fn objective(world: &World, place: usize) -> Vec<Formula> {
    let (Some(objective), Some(state)) = (world.map.objectives.get(place), world.objectives.get(place)) else {
        return Vec::new();
    };
    let Some(basis) = state.basis else { return Vec::new() };
    let it = Promise { objective, state, basis, budget: Decimal::ONE - objective.target };
    let figures = [
        ("attained", it.attained()),
        ("remaining", it.remaining()),
        ("outage", it.outage()),
        ("burn", it.burn()),
        ("used up", it.used_up()),
        ("alert", it.alert()),
    ];
    let mut found: Vec<Formula> =
        figures.into_iter().filter_map(|(name, text)| Some(Formula::new(name, text?))).collect();
    if let (Some(terms), Some(credit)) = (&objective.credit, &state.credit) {
        it.add_credits(terms, credit, &mut found);
        add_at_risk(world, terms, credit, &mut found);
        found.extend(it.next_tier(terms, credit).map(|text| Formula::new("next tier", text)));
    }
    found
}

impl Promise<'_> {
    /// What was counted, in words: the bad ones, and all.
    fn units(&self) -> (&'static str, &'static str) {
        match (&self.objective.indicator, self.state.method.as_str()) {
            (Indicator::State(_), _) => ("s bad", "s"),
            (Indicator::Tickets(_), _) => ("missed", "tickets"),
            (_, "slices") => ("bad slices", "slices"),
            (_, "time") => ("samples down", "samples"),
            _ => ("errors", "events"),
        }
    }

    fn is_calendar(&self) -> bool {
        window::is_calendar(self.objective.window)
    }

    /// Whether seconds are counted, so that the number of the whole window is known.
    fn counts_seconds(&self) -> bool {
        matches!(self.objective.indicator, Indicator::State(_))
    }

    fn attained(&self) -> Option<String> {
        let ((bad, all), tally) = (self.units(), self.basis.so_far);
        let attained = percent(self.state.attained?);
        Some(format!("1 - {} {bad} / {} {all} = {attained} by contract", number(tally.bad), number(tally.total)))
    }

    /// Rolling: 1 − e/B. Calendar, against the whole window: time: 1 − bad/(B·W); events: 1 − errors/(B·total·W/elapsed).
    fn remaining(&self) -> Option<String> {
        let left = percent(self.state.budget_remaining?);
        if self.state.is_recorded {
            return Some(format!("{left}, {}: read as it is", self.state.method));
        }
        let ((bad, all), basis) = (self.units(), &self.basis);
        let whole = if !self.is_calendar() {
            format!("{} {all}", number(basis.so_far.total))
        } else if self.counts_seconds() {
            format!("{} of the whole window", long(basis.whole))
        } else {
            let (whole, pace) = (long(basis.whole), long(basis.pace));
            format!("{} {all} x {whole} of the whole window / {pace} so far", number(basis.unit))
        };
        Some(format!("1 - {} {bad} / ({} budget x {whole}) = {left}", number(basis.so_far.bad), number(self.budget)))
    }

    fn outage(&self) -> Option<String> {
        let (remaining, whole) = (percent(self.state.budget_remaining?), long(self.basis.whole));
        let left = length(self.state.outage_left?);
        Some(format!("{remaining} remaining x {whole} x {} budget = {left} of full outage", number(self.budget)))
    }

    fn rate(&self, window: TimeDelta) -> Option<Decimal> {
        self.state.burn.iter().find(|(of, _)| *of == window)?.1
    }

    fn burn(&self) -> Option<String> {
        let rate = number(self.rate(HOUR)?);
        Some(format!("{} bad in the last hour / {} budget = {rate}", percent(self.basis.hour?), number(self.budget)))
    }

    /// max(0, remaining)·W/b.
    fn used_up(&self) -> Option<String> {
        let remaining = self.state.budget_remaining?.max(Decimal::ZERO);
        let rate = burn::rate(self.basis.hour?, self.budget).filter(|rate| *rate > Decimal::ZERO)?;
        let whole = long(self.basis.whole);
        let formula = format!("{} remaining x {whole} / burn {}", percent(remaining), number(rate));
        match self.state.exhausted_in {
            Some(left) => Some(format!("{formula} = in {}", length(left))),
            None if self.is_calendar() => {
                let after = over(times(times(remaining, self.basis.whole), self.budget), self.basis.hour?)?;
                let rest = long(self.basis.rest);
                Some(format!("{formula} = in {}, more than the {rest} that the window has left", long(after.floor())))
            }
            None => None,
        }
    }

    /// The row that holds: both windows burn faster than f·P/w.
    fn alert(&self) -> Option<String> {
        let (loudest, period) = (self.state.alert?, self.state.window.length());
        burn::rows(self.objective).iter().filter(|row| row.alert == loudest).find_map(|row| {
            let threshold = over(times(row.share, seconds(period)), seconds(row.long))?;
            let (long, short) = (self.rate(row.long)?, self.rate(row.short)?);
            (long > threshold && short > threshold).then(|| {
                format!(
                    "{}: burn {} over {} and {} over {} are above {} of the budget x {} / {} = {}",
                    loudest.word(),
                    number(long),
                    length(row.long),
                    number(short),
                    length(row.short),
                    percent(row.share),
                    length(period),
                    length(row.long),
                    number(threshold),
                )
            })
        })
    }

    /// Where the window ends, if so many seconds to come are bad and the rest is perfect.
    fn ends_at(&self, bad_seconds: Decimal) -> Option<Decimal> {
        let basis = &self.basis;
        let bad = times(basis.so_far.bad, basis.pace).saturating_add(times(bad_seconds, basis.unit));
        Some(Decimal::ONE - over(bad, times(basis.unit, basis.whole))?)
    }

    fn add_credits(&self, terms: &Credit, credit: &CreditState, found: &mut Vec<Formula>) {
        let tier = |share: Decimal| {
            let below = terms.tiers.iter().filter(|(_, of)| *of == share).map(|(below, _)| *below).max();
            below.filter(|_| !share.is_zero()).map_or_else(
                || "below no tier: no credit".to_owned(),
                |below| format!("below {}: {} of the charge", percent(below), percent(share)),
            )
        };
        let hour = self.basis.hour.unwrap_or_default().min(Decimal::ONE);
        let figure = |ratio: Option<Decimal>| ratio.map_or_else(|| "no figure".to_owned(), percent);
        let certain = figure(self.ends_at(Decimal::ZERO));
        let projected = figure(self.ends_at(times(hour, self.basis.soon)));
        found.push(Formula::new(
            "certain",
            format!("with a perfect rest the window ends at {certain}, {}", tier(credit.certain)),
        ));
        found.push(Formula::new("now", format!("{} so far, {}", figure(self.state.attained), tier(credit.now))));
        found.push(Formula::new(
            "projected",
            format!(
                "with {} bad for {} more and a perfect rest it ends at {projected}, {}",
                percent(hour),
                long(self.basis.soon),
                tier(credit.projected)
            ),
        ));
    }

    /// (1 − tier)·W less what was bad.
    fn next_tier(&self, terms: &Credit, credit: &CreditState) -> Option<String> {
        let left = length(credit.next_tier_in?);
        let ends = self.ends_at(Decimal::ZERO)?;
        let dearer = terms.tiers.iter().filter(|(below, share)| *share > credit.certain && ends >= *below);
        let (next, share) = dearer.max_by_key(|(below, _)| *below)?;
        let ((bad, all), basis) = (self.units(), &self.basis);
        let used = if self.counts_seconds() {
            format!("{} {bad}", number(basis.so_far.bad))
        } else {
            format!("{} {bad} / {} {all} x {}", number(basis.so_far.bad), number(basis.unit), long(basis.pace))
        };
        Some(format!(
            "(1 - {}) x {} - {used} = {left} of full outage until {} is due",
            percent(*next),
            long(basis.whole),
            percent(*share)
        ))
    }
}

/// Projected less certain, in money, of each charge.
fn add_at_risk(world: &World, terms: &Credit, credit: &CreditState, found: &mut Vec<Formula>) {
    let (nodes, currency) = (&world.map.nodes, world.map.currency);
    let charges: Vec<(String, Decimal, Decimal)> = if let Some(charge) = terms.of {
        vec![(String::new(), charge.value, credit.at_risk)]
    } else {
        let monthly = |node: usize| nodes[node].monthly.map_or(Decimal::ZERO, |monthly| monthly.value);
        let by_customer = credit.by_customer.iter();
        by_customer.map(|(node, money)| (format!("{}: ", nodes[*node].name), monthly(*node), *money)).collect()
    };
    for (whom, charge, money) in charges {
        let due = |share: Decimal| {
            let least = credit::owed(terms, charge, share).is_zero() && !share.is_zero();
            let note = if least { ", less than is paid" } else { "" };
            format!("{} {currency} x {}{note}", number(charge), percent(share))
        };
        let (projected, certain) = (due(credit.projected), due(credit.certain));
        let text = format!("{whom}{projected} (projected) - {certain} (certain) = {} {currency}", number(money));
        found.push(Formula::new("at risk", text));
    }
}

/// The clock of a ticket.
pub fn clock(world: &World, clock: &ClockState) -> Vec<Formula> {
    let Some(ticket) = world.tickets.get(clock.ticket).map(|ticket| &*ticket.item) else { return Vec::new() };
    let (map, at) = (&*world.map, world.at);
    let mut found = Vec::new();
    let [target, elapsed, left] = [clock.target, clock.elapsed, clock.remaining].map(length);
    if let ClockOrigin::Native(source) = &clock.origin {
        found.push(Formula::new("elapsed", format!("{elapsed}, as {source} has it")));
        found.push(Formula::new("remaining", format!("{left}, as {source} has it")));
        found.push(Formula::new("target", format!("{elapsed} elapsed + {left} remaining = {target}")));
    } else if let Ok(Some(declared)) = declared(map, ticket) {
        let calendar = map.clocks[declared].calendar.map(|index| &map.calendars[index]);
        let begun = match clock.goal {
            Goal::Update => ticket.updated.filter(|updated| *updated <= at).or(ticket.created),
            Goal::Respond | Goal::Resolve => ticket.created,
        };
        if let Some(start) = begun {
            let hours = calendar::hours(calendar, Span::new(start, clock.done.unwrap_or(at))).length();
            let of = calendar.map_or_else(String::new, |calendar| format!(" open of {}", calendar.id));
            let until = clock.done.map_or_else(String::new, |done| format!(" to {}", when(map.tz, done, at)));
            let (from, paused) = (when(map.tz, start, at), hours - clock.elapsed);
            let paused = length(paused);
            let text = format!("{}{of} since {from}{until} - {paused} of pauses = {elapsed}", length(hours));
            found.push(Formula::new("elapsed", text));
        }
        found.push(Formula::new("remaining", format!("{target} target - {elapsed} elapsed = {left}")));
    }
    let text = match (clock.due, clock.done) {
        (Some(due), done) => {
            let first = format!("{}, the first instant at which elapsed is {target}", when(map.tz, due, at));
            match done {
                Some(done) if done <= due => format!("{first}; reached in time at {}", when(map.tz, done, at)),
                Some(done) => format!("{first}; reached too late at {}", when(map.tz, done, at)),
                None => first,
            }
        }
        (None, None) if clock.paused => "not while it is paused".to_owned(),
        _ => return found,
    };
    found.push(Formula::new("due", text));
    found
}
