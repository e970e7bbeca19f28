//! Event counts as a tally: good or bad of all, sums or slices, with what the contract leaves out.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Inputs, Measure, Tally, contract_hours};
use crate::domain::exact::times;
use crate::domain::facts::ObjectiveFacts;
use crate::domain::map::{Indicator, Method};
use crate::domain::span::{Span, Spans};

/// The tally of the counts, felt as they come, the contract's without the excluded ones.
pub(super) fn measure(input: &Inputs<'_>, window: Span) -> Measure {
    let word = match (&input.objective.indicator, input.objective.method) {
        (_, Method::Slices { .. }) => "slices",
        (Indicator::Up(_), _) => "time",
        _ => "events",
    };
    let mut measure = Measure { method: word.to_owned(), ..Measure::default() };
    let Some(counts) = input.counts else {
        measure.counted = contract_hours(input, window);
        return measure;
    };
    let felt = tally(counts, input.objective.method).map(|felt| plausible(felt, &mut measure.notes));
    let (left_out, spans) = exclusions(input, counts, window, word, &mut measure);
    measure.counted = contract_hours(input, window).subtract(&Spans::of(spans));
    measure.felt = felt;
    measure.contract = felt.map(|felt| Tally {
        bad: felt.bad.saturating_sub(left_out.bad).max(Decimal::ZERO),
        total: felt.total.saturating_sub(left_out.total).max(Decimal::ZERO),
    });
    measure.coverage = counts.coverage.unwrap_or(if felt.is_some() { Decimal::ONE } else { Decimal::ZERO });
    measure.course.clone_from(&counts.course);
    measure.totals.clone_from(&counts.window_totals);
    for (window, ratio) in &counts.windows {
        measure.ratios.insert(*window, (*ratio).max(Decimal::ZERO));
    }
    if counts.windows.values().any(|ratio| ratio.is_sign_negative() && !ratio.is_zero()) {
        measure.notes.push("more good than total events in a burn window: counted as no error".to_owned());
    }
    measure
}

/// Errors and total, from sums or from slices; `None` where the facts do not say.
fn tally(counts: &ObjectiveFacts, method: Method) -> Option<Tally> {
    if counts.slices.is_empty() {
        let total = counts.total?;
        let bad = counts.errors.or_else(|| counts.good.map(|good| total.saturating_sub(good)))?;
        return Some(Tally { bad, total });
    }
    let add = |sum: Tally, (bad, total): (Decimal, Decimal)| Tally {
        bad: sum.bad.saturating_add(bad),
        total: sum.total.saturating_add(total),
    };
    let counted = |(errors, total): &(Decimal, Decimal)| match method {
        Method::Events => Some((*errors, *total)),
        Method::Slices { target } => {
            let is_good = total.saturating_sub(*errors) >= times(target, *total);
            (*total > Decimal::ZERO).then_some((Decimal::from(u8::from(!is_good)), Decimal::ONE))
        }
    };
    Some(counts.slices.iter().filter_map(counted).fold(Tally::default(), add))
}

/// More good than there were is no error; more bad than there were stays, and is said.
fn plausible(tally: Tally, notes: &mut Vec<String>) -> Tally {
    if tally.bad < Decimal::ZERO {
        notes.push("more good than total events: counted as no error".to_owned());
    } else if tally.bad > tally.total {
        notes.push("more bad than total events: check that both queries count the same".to_owned());
    }
    Tally { bad: tally.bad.max(Decimal::ZERO), total: tally.total.max(Decimal::ZERO) }
}

/// What the contract leaves out: the events, and the stretches that do not count. Of maintenance whose events the
/// facts do not give, only what is to come is left out, so that numerator and denominator stay of one piece.
fn exclusions(
    input: &Inputs<'_>,
    counts: &ObjectiveFacts,
    window: Span,
    word: &str,
    measure: &mut Measure,
) -> (Tally, Vec<Span>) {
    let (mut left_out, mut spans) = (Tally::default(), Vec::new());
    let mut rows: Vec<LeftOut> = Vec::new();
    let so_far = Span::new(window.start, input.at);
    for excluded in counts.excluded.iter().filter(|excluded| excluded.span.intersection(so_far).is_some()) {
        left_out.bad = left_out.bad.saturating_add(excluded.errors);
        left_out.total = left_out.total.saturating_add(excluded.total);
        spans.push(excluded.span);
        let declared = input.excluded.iter().find(|(span, _)| span.intersection(excluded.span).is_some());
        let tally = Tally { bad: excluded.errors, total: excluded.total };
        let row = LeftOut { who: declared.map(|(_, who)| who.as_str()), span: excluded.span, times: 1, tally };
        match rows.last_mut() {
            // Night after night is one thing to tell.
            Some(last) if row.who.is_none() && last.who.is_none() => last.add(&row),
            _ => rows.push(row),
        }
    }
    let unit = if word == "time" { "samples" } else { word };
    measure.exclusions.extend(rows.iter().map(|row| row.words(input, unit)));
    for (span, who) in input.excluded {
        let is_known = counts.excluded.iter().any(|excluded| excluded.span.intersection(*span).is_some());
        if !is_known && span.intersection(so_far).is_some() {
            measure.notes.push(format!("{who}: what happened in it is not known apart, so it is not left out"));
        }
        spans.push(Span::new(span.start.max(input.at), span.end));
    }
    (left_out, spans)
}

/// What one maintenance takes away from the contract, or a row of closed hours.
struct LeftOut<'a> {
    /// The maintenance; `None`: hours that the contract does not count.
    who: Option<&'a str>,
    /// From the first of them to the last.
    span: Span,
    times: usize,
    tally: Tally,
}

impl LeftOut<'_> {
    fn add(&mut self, next: &Self) {
        self.span.end = next.span.end;
        self.times += next.times;
        self.tally.bad = self.tally.bad.saturating_add(next.tally.bad);
        self.tally.total = self.tally.total.saturating_add(next.tally.total);
    }

    /// In the zone of the objective. A store's counts may have fractions.
    fn words(&self, input: &Inputs<'_>, unit: &str) -> String {
        let calendar = input.objective.calendar.and_then(|index| input.map.calendars.get(index));
        let what = match (self.who, calendar) {
            (Some(who), _) => format!("{who}, "),
            (None, Some(calendar)) => format!("closed hours of {}, ", calendar.id),
            (None, None) => String::new(),
        };
        let times = if self.times > 1 { format!("{} times from ", self.times) } else { String::new() };
        let [start, end] = [self.span.start, self.span.end].map(|at| at.with_timezone(&input.objective.tz));
        let until = if start.date_naive() == end.date_naive() { "%H:%M" } else { "%a %-d %b %H:%M" };
        let whole = |number: Decimal| number.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        format!(
            "{what}{times}{} to {}: {} of {} {unit} left out",
            start.format("%a %-d %b %H:%M"),
            end.format(until),
            whole(self.tally.bad),
            whole(self.tally.total),
        )
    }
}
