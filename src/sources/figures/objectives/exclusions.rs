//! What the contract figure leaves out, with its effect: closed calendar hours and excluded maintenance on the
//! objective's own node. Whole slices are summed; where an exclusion begins or ends inside a slice, the store is
//! asked once for just that stretch, with its own `$window`.

use chrono::TimeDelta;
use rustc_hash::FxHashMap;

use super::super::super::plan::Plan;
use super::super::super::slices::{Pair, SETTLE};
use super::super::asking::Asker;
use super::super::exact;
use super::{Key, Question, View, render};
use crate::domain::calendar;
use crate::domain::facts::Exclusion;
use crate::domain::maintenance::occurrences;
use crate::domain::span::{Instant, Span, Spans};

/// Edges asked in one report.
const MOST_EDGES: usize = 8;

/// Counts of stretches inside slices, as the store answered.
#[derive(Default)]
pub(super) struct Edges(FxHashMap<(Key, Span), Option<f64>>);

impl Edges {
    /// Asks for edges that are not known yet, newest first, and forgets those that no window holds any more.
    pub(super) async fn ask(&mut self, asker: &Asker<'_>, plan: &Plan, questions: &[Question<'_>], now: Instant) {
        let mut wanted = Vec::new();
        for question in questions {
            let counted = Span::new(question.window.start, question.window.end.min(now - SETTLE));
            for span in excluded(plan, question, counted).iter().flat_map(|span| edges(span, question.step)) {
                wanted.extend([(question.part.clone(), span), (question.all.clone(), span)]);
            }
        }
        wanted.sort_unstable_by_key(|(_, span)| std::cmp::Reverse(span.end));
        wanted.dedup();
        let known: rustc_hash::FxHashSet<&(Key, Span)> = wanted.iter().collect();
        self.0.retain(|edge, _| known.contains(edge));
        let unknown = wanted.iter().filter(|edge| !self.0.contains_key(edge)).take(MOST_EDGES);
        let queries = unknown.map(|(key, span)| ((key.clone(), *span), render(&key.0, span.length()), span.end));
        for (edge, answer) in asker.keyed(queries.collect()).await {
            if let Ok(rows) = answer {
                self.0.insert(edge, rows.sum());
            }
        }
    }

    /// The exclusions within the counted window, with what they leave out.
    pub(super) fn exclusions(&self, plan: &Plan, view: &View<'_>, counted: Span) -> Vec<Exclusion> {
        let spans = excluded(plan, view.question, counted);
        let effect = |span: Span| {
            let pair = self.sum(view, span);
            Some(Exclusion { span, errors: exact(view.bad(pair))?, total: exact(pair.all)? })
        };
        spans.iter().filter_map(effect).collect()
    }

    fn sum(&self, view: &View<'_>, span: Span) -> Pair {
        let (mut total, mut inner) = (Pair::default(), Spans::from(span));
        for edge in edges(span, view.question.step) {
            let count = |key: &Key| self.0.get(&(key.clone(), edge)).copied();
            // Until the store was asked, the edge counts by its share of the slice.
            let (Some(part), Some(all)) = (count(&view.question.part), count(&view.question.all)) else { continue };
            let covered = edge.length().as_seconds_f64();
            total.add(Pair { part: part.unwrap_or(0.0), all: all.unwrap_or(0.0), covered });
            inner = inner.subtract(&Spans::from(edge));
        }
        for rest in inner.iter() {
            total.add(view.sum(rest));
        }
        total
    }
}

/// The stretches of an objective's window that the contract does not count.
fn excluded(plan: &Plan, question: &Question<'_>, counted: Span) -> Spans {
    if counted.is_empty() {
        return Spans::default();
    }
    let objective = question.objective;
    let mut spans = Vec::new();
    if let Some(hours) = objective.calendar.and_then(|index| plan.map.calendars.get(index)) {
        spans.extend(Spans::from(counted).subtract(&calendar::open(hours, counted)).iter());
    }
    for maintenance in plan.map.maintenance.iter().filter(|maintenance| maintenance.excluded) {
        if maintenance.nodes.contains(&objective.node) {
            spans.extend(occurrences(maintenance, counted).into_iter().filter_map(|span| span.intersection(counted)));
        }
    }
    Spans::of(spans)
}

/// The stretches of a span that lie in slices which the span cuts.
fn edges(span: Span, step: TimeDelta) -> impl Iterator<Item = Span> {
    let seconds = step.num_seconds();
    let into = |at: Instant| TimeDelta::seconds(at.timestamp().rem_euclid(seconds));
    let (start_into, end_into) = (into(span.start), into(span.end));
    let head = (!start_into.is_zero()).then(|| Span::new(span.start, span.end.min(span.start - start_into + step)));
    let tail = (!end_into.is_zero()).then(|| Span::new(span.start.max(span.end - end_into), span.end));
    // A span within one slice is both; it is asked once.
    let tail = tail.filter(|tail| head.is_none_or(|head| head != *tail));
    head.into_iter().chain(tail)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn edges_are_the_cut_parts_of_slices() {
        let at = |second| DateTime::from_timestamp(second, 0).expect("in range");
        let cut = |start, end| {
            let spans = edges(Span::new(at(start), at(end)), TimeDelta::minutes(5));
            spans.map(|span| (span.start.timestamp(), span.end.timestamp())).collect::<Vec<_>>()
        };
        assert_eq!(cut(300, 900), []);
        assert_eq!(cut(310, 900), [(310, 600)]);
        assert_eq!(cut(300, 950), [(900, 950)]);
        assert_eq!(cut(310, 950), [(310, 600), (900, 950)]);
        assert_eq!(cut(310, 350), [(310, 350)]);
    }
}
