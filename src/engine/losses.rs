//! The latest stretches over which a process lost money at one rate: what its sums follow from, for people to read.
//!
//! Live they are the tail of the ledger, offline they follow from the timeline as the sums do.

use chrono::Weekday;
use rust_decimal::Decimal;

use crate::domain::accrual;
use crate::domain::cost;
use crate::domain::map::{NodeIndex, Window};
use crate::domain::money::CostRange;
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::window;
use crate::domain::world::{CostMethod, Loss, ProcessMoney};

use super::assemble::View;
use super::rates::sample_of;
use super::replay::covered_for;

/// More than a line or two say nobody reads.
const MOST: usize = 4;

type Stretch = (Span, CostRange, CostMethod);

/// The latest stretches, newest first; none where this month and the incident that is on cost nothing.
pub fn latest(view: &View<'_>, process: NodeIndex, money: &ProcessMoney) -> Vec<Loss> {
    let sums = [Some(money.month), money.incident];
    if sums.into_iter().flatten().all(|sum| sum.cost.high.is_zero()) {
        return Vec::new();
    }
    match view.past.ledgers.get(&process) {
        Some(ledger) => {
            let stretches = ledger.stretches().iter().rev();
            newest(stretches.map(|stretch| (stretch.span, stretch.per_hour, stretch.method)), view.at())
        }
        None => newest(replayed(view, process).into_iter().rev(), view.at()),
    }
}

/// The stretches that the timeline of a process tells of, since the month began or the incident did.
fn replayed(view: &View<'_>, process: NodeIndex) -> Vec<Stretch> {
    let (map, past, at) = (&view.model.map, view.past, view.at());
    let Some(timeline) = past.timelines.get(&process) else { return Vec::new() };
    let month = window::bounds(Window::Month, map.tz, Weekday::Mon, at).start;
    let since = accrual::incident(timeline, at).map_or(month, |incident| incident.start.min(month));
    let sample = sample_of(map, &view.picture.observed.facts, process).filter(|(_, sample, _)| sample.at <= at);
    let believed = sample.map(|sample| Spans::from(cost::believed(sample, at))).unwrap_or_default();
    let covered = covered_for(past, timeline);
    let modelled = covered.subtract(&believed);
    let mut found: Vec<Stretch> = Vec::new();
    for (span, per_hour) in accrual::rates(map, process, timeline, Span::new(since, at)) {
        found.extend(modelled.intersect(&Spans::from(span)).iter().map(|span| (span, per_hour, CostMethod::Model)));
    }
    if let Some((measured, sample, _)) = sample {
        let lost = cost::measured_rate(measured, sample);
        let per_hour = CostRange { low: lost, high: lost };
        found.extend(believed.intersect(&covered).iter().map(|span| (span, per_hour, CostMethod::Measured)));
    }
    found.sort_by_key(|(span, ..)| *span);
    found
}

/// As many as are read, from stretches newest first; what goes on at the same rate is one.
fn newest(stretches: impl Iterator<Item = Stretch>, at: Instant) -> Vec<Loss> {
    let mut found: Vec<Loss> = Vec::new();
    for (span, per_hour, method) in stretches.filter(|(_, per_hour, _)| per_hour.high > Decimal::ZERO) {
        if let Some(next) = found.last_mut()
            && next.from == span.end
            && (next.per_hour, next.method) == (per_hour, method)
        {
            next.from = span.start;
        } else if found.len() == MOST {
            break;
        } else {
            found.push(Loss { from: span.start, until: Some(span.end).filter(|end| *end < at), per_hour, method });
        }
    }
    found
}
