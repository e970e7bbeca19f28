//! Money lost over time: the exact integral of the cost rate between transitions.
//!
//! Only time that is covered, and over which the state is known to be good or bad, adds anything; the rest lowers
//! the coverage, and the figure reads `≥`. Seconds are summed first and divided once, so that no split of the time
//! changes the sum. The method is the model; a measured rate is remembered by history, segment by segment.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::exact::{over, seconds, times};
use super::history::CALM;
use super::map::{Map, NodeIndex};
use super::money::{Accrued, CostRange};
use super::profile;
use super::severity::{Interval, Shown};
use super::span::{Instant, Span, Spans};
use super::timeline::Timeline;

/// The money that a node lost within a span, by the states of its timeline, over the covered instants.
pub fn accrue(map: &Map, node: NodeIndex, timeline: &Timeline, within: Span, covered: &Spans) -> Accrued {
    let known = |state: Option<Interval>| state.filter(|interval| interval.shown() != Shown::Unknown);
    let value = map.nodes.get(node).and_then(|node| node.value.as_ref());
    let (mut low, mut high, mut length) = (Decimal::ZERO, Decimal::ZERO, TimeDelta::zero());
    for (piece, interval) in timeline.pieces(within).filter_map(|(span, state)| Some((span, known(state)?))) {
        let counted = Spans::from(piece).intersect(covered);
        length += counted.length();
        let Some(value) = value else { continue };
        let lost = |severity: super::severity::Severity| value.loss[usize::from(severity.level())];
        let (certain, possible) = (lost(interval.low), lost(interval.high));
        if possible.is_zero() && certain.is_zero() {
            continue;
        }
        let weighted = counted.iter().fold(Decimal::ZERO, |sum, span| sum + weighted_seconds(map, value.profile, span));
        low = low.saturating_add(times(weighted, certain));
        high = high.saturating_add(times(weighted, possible));
    }
    let per_hour = value.map_or(Decimal::ZERO, |value| value.per_hour.value);
    let money = |weighted| over(times(per_hour, weighted), Decimal::from(3600)).unwrap_or_default();
    let coverage = over(seconds(length), seconds(within.length())).unwrap_or(Decimal::ONE);
    Accrued { cost: CostRange { low: money(low), high: money(high) }, coverage }
}

/// The money per hour that a node lost within a span, by the states of its timeline: the stretches over which it is
/// one and the same and not nothing.
pub fn rates(map: &Map, node: NodeIndex, timeline: &Timeline, within: Span) -> Vec<(Span, CostRange)> {
    let Some(value) = map.nodes.get(node).and_then(|node| node.value.as_ref()) else { return Vec::new() };
    let mut found = Vec::new();
    for (piece, state) in timeline.pieces(within) {
        let Some(interval) = state.filter(|interval| interval.shown() != Shown::Unknown) else { continue };
        let lost = |severity: super::severity::Severity| value.loss[usize::from(severity.level())];
        let (certain, possible) = (lost(interval.low), lost(interval.high));
        if certain.is_zero() && possible.is_zero() {
            continue;
        }
        let weights = value
            .profile
            .map_or_else(|| vec![(piece, Decimal::ONE)], |profile| profile::pieces(&map.profiles[profile], piece));
        let weighted = weights.into_iter().filter(|(_, weight)| !weight.is_zero());
        found.extend(weighted.map(|(span, weight)| {
            let full = times(value.per_hour.value, weight);
            (span, CostRange { low: times(full, certain), high: times(full, possible) })
        }));
    }
    found
}

/// How long a timeline knows the state within a span, of what is covered.
pub fn known(timeline: &Timeline, within: Span, covered: &Spans) -> TimeDelta {
    let is_known = |state: Option<Interval>| state.is_some_and(|interval| interval.shown() != Shown::Unknown);
    let known = timeline.pieces(within).filter(|(_, state)| is_known(*state)).map(|(span, _)| span);
    Spans::of(known.collect()).intersect(covered).length()
}

/// The share of a span over which a timeline knows the state, within what is covered.
pub fn coverage(timeline: &Timeline, within: Span, covered: &Spans) -> Decimal {
    over(seconds(known(timeline, within, covered)), seconds(within.length())).unwrap_or(Decimal::ONE)
}

/// Seconds times the weight of each.
fn weighted_seconds(map: &Map, profile: Option<usize>, span: Span) -> Decimal {
    let Some(profile) = profile else { return seconds(span.length()) };
    let pieces = profile::pieces(&map.profiles[profile], span);
    pieces
        .iter()
        .fold(Decimal::ZERO, |sum, (piece, weight)| sum.saturating_add(times(seconds(piece.length()), *weight)))
}

/// The incident that is on at an instant, up to it: from its first certain problem until there was none for five
/// minutes. Time without knowledge neither ends nor begins one, so it survives a restart.
pub fn incident(timeline: &Timeline, at: Instant) -> Option<Span> {
    let first = timeline.steps.first().map(|(from, _)| *from)?;
    let (mut begun, mut calm) = (None, TimeDelta::zero());
    for (piece, state) in timeline.pieces(Span::new(first, at.max(first) + TimeDelta::nanoseconds(1))) {
        match state {
            Some(interval) if interval.low.is_problem() => {
                begun = begun.or(Some(piece.start));
                calm = TimeDelta::zero();
            }
            Some(interval) if interval.shown() != Shown::Unknown => {
                calm += piece.end.min(at) - piece.start;
                if calm >= CALM {
                    begun = None;
                }
            }
            _ => {}
        }
    }
    begun.filter(|start| *start <= at).map(|start| Span::new(start, at))
}

#[cfg(test)]
mod tests;
