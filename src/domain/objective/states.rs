//! The states of a node as a tally of seconds: bad while it is certainly at or above a severity.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{Inputs, Measure, Tally, contract_hours};
use crate::domain::burn;
use crate::domain::exact::{over, seconds};
use crate::domain::severity::Severity;
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::timeline::Timeline;

/// Seconds at or above `severity` of the seconds whose state is known in that respect.
pub(super) fn measure(input: &Inputs<'_>, window: Span, severity: Severity) -> Measure {
    let excluded = Spans::of(input.excluded.iter().map(|(span, _)| *span).collect());
    let mut measure = Measure {
        counts_seconds: true,
        method: "time".to_owned(),
        counted: contract_hours(input, window).subtract(&excluded),
        ..Measure::default()
    };
    let Some(timeline) = input.timeline else { return measure };
    let windows = burn::windows(input.objective);
    let longest = windows.last().map_or(input.at, |longest| input.at - *longest);
    let known = Known::of(timeline, severity, Span::new(window.start.min(longest), input.at));
    let so_far = Spans::from(Span::new(window.start, input.at));
    let counted = measure.counted.intersect(&so_far);
    let contract = known.tally(&counted);
    measure.felt = Some(known.tally(&so_far));
    measure.contract = Some(contract);
    measure.coverage = over(contract.total, seconds(counted.length())).unwrap_or(Decimal::ONE);
    for window in windows {
        let within = contract_hours(input, Span::new(input.at - window, input.at)).subtract(&excluded);
        let tally = known.tally(&within);
        let is_known = tally.total * Decimal::TWO >= seconds(within.length());
        if let (Some(ratio), true) = (tally.bad_ratio(), is_known) {
            measure.ratios.insert(window, ratio);
        }
    }
    measure.course = course(&known, &counted, Span::new(window.start, input.at));
    measure.exclusions = exclusions(input, &so_far, &known);
    measure
}

/// Parts of the course of a budget: as many as a screen has columns for.
const PARTS: i32 = 96;

/// Bad seconds of the counted time from the start of a span up to the end of each of its parts.
fn course(known: &Known, counted: &Spans, span: Span) -> Vec<(Instant, Decimal)> {
    let bad = known.bad.intersect(counted);
    let ends = (1..=PARTS).map(|part| span.start + span.length() / PARTS * part);
    ends.map(|end| (end, seconds(bad.intersect(&Spans::from(Span::new(span.start, end))).length()))).collect()
}

/// What is known of a timeline with respect to one severity.
struct Known {
    /// Certainly at or above it.
    bad: Spans,
    /// Certainly at or above it, or certainly below.
    known: Spans,
}

impl Known {
    fn of(timeline: &Timeline, severity: Severity, within: Span) -> Self {
        let (mut bad, mut known) = (Vec::new(), Vec::new());
        for (span, state) in timeline.pieces(within) {
            let Some(interval) = state else { continue };
            if interval.low >= severity {
                bad.push(span);
                known.push(span);
            } else if interval.high < severity {
                known.push(span);
            }
        }
        Self { bad: Spans::of(bad), known: Spans::of(known) }
    }

    fn tally(&self, within: &Spans) -> Tally {
        let length = |spans: &Spans| seconds(spans.intersect(within).length());
        Tally { bad: length(&self.bad), total: length(&self.known) }
    }
}

/// What the contract leaves out of the window so far, each with its effect.
fn exclusions(input: &Inputs<'_>, so_far: &Spans, known: &Known) -> Vec<String> {
    let text = |what: &str, spans: &Spans| {
        let left_out: TimeDelta = spans.length();
        let bad = spans.intersect(&known.bad).length();
        (!spans.is_empty())
            .then(|| format!("{what}: {} s left out, {} s of them bad", left_out.num_seconds(), bad.num_seconds()))
    };
    let maintenance = input.excluded.iter().filter_map(|(span, who)| text(who, &Spans::from(*span).intersect(so_far)));
    let closed = input.objective.calendar.and_then(|index| {
        let open = so_far.iter().flat_map(|span| contract_hours(input, span).iter().collect::<Vec<_>>()).collect();
        text(&format!("closed hours of {}", input.map.calendars[index].id), &so_far.subtract(&Spans::of(open)))
    });
    maintenance.chain(closed).collect()
}
