//! The money that a process lost, as stretches over which the rate was one and the same.
//!
//! Sums are kept beside the stretches, so that a month costs no more to add up than a minute. Invariant: stretches
//! are sorted, don't overlap, and end at or before the mark; what a map that was replaced said of the past stays.

use std::sync::Arc;

use chrono::TimeDelta;
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::domain::accrual;
use crate::domain::cost;
use crate::domain::exact::{over, seconds};
use crate::domain::facts::MeasuredSample;
use crate::domain::history::{Accrual, Accruing};
use crate::domain::id::CauseId;
use crate::domain::map::{Map, Measured, NodeIndex};
use crate::domain::money::CostRange;
use crate::domain::severity::Interval;
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::timeline::Timeline;
use crate::domain::world::CostMethod;

/// The money that a process lost.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Measured ones also where nothing was lost: there the model has nothing to say.
    stretches: Vec<Accrual>,
    /// Money times seconds before each stretch.
    sums: Vec<CostRange>,
    /// Up to when it is accounted.
    mark: Option<Instant>,
    sample: Option<MeasuredSample>,
    /// So many stretches ended with a gap: what comes after is another one, even at the same rate.
    ended: usize,
    /// What the present rate divides among.
    causes: Arc<[CauseId]>,
}

/// What is known at an instant.
pub struct Entry<'a> {
    pub map: &'a Map,
    pub process: NodeIndex,
    pub timeline: &'a Timeline,
    pub covered: &'a Spans,
    /// From when on the timeline is another than at the mark.
    pub turned: Option<Instant>,
    /// What was measured last, and how often it is.
    pub sample: Option<(&'a Measured, MeasuredSample, TimeDelta)>,
    pub causes: Arc<[CauseId]>,
    pub now: Instant,
    /// So many stretches are kept; of older ones, those of one hour become one.
    pub most: usize,
}

/// The last stretch before an accounting.
struct Tail {
    count: usize,
    /// Whether it went on at the mark.
    is_open: bool,
    costs: bool,
}

impl Ledger {
    /// A ledger that goes on with what was lost before.
    pub fn of(stretches: Vec<Accrual>) -> Self {
        let mut ledger = Self::default();
        for stretch in stretches {
            ledger.push(stretch);
        }
        ledger.end();
        ledger
    }

    /// It goes on from an instant up to which it is accounted.
    pub fn resume(&mut self, mark: Instant) {
        self.mark = Some(mark);
        if let Some(last) = self.stretches.last().filter(|last| last.span.end == mark) {
            self.causes = last.causes.clone();
            self.ended = self.stretches.len() - 1;
        }
    }

    /// Nobody looks for a while: no stretch goes on.
    pub fn end(&mut self) {
        self.ended = self.stretches.len();
    }

    /// The stretches.
    pub fn stretches(&self) -> &[Accrual] {
        &self.stretches
    }

    /// The money lost within a span.
    pub fn lost(&self, within: Span) -> CostRange {
        let first = self.stretches.partition_point(|stretch| stretch.span.end <= within.start);
        let after = self.stretches.partition_point(|stretch| stretch.span.start < within.end);
        if first >= after {
            return CostRange::default();
        }
        let before = self.stretches[first].second_money(Span::new(Instant::MIN_UTC, within.start));
        let beyond = self.stretches[after - 1].second_money(Span::new(within.end, Instant::MAX_UTC));
        let whole = minus(self.sum_before(after), self.sum_before(first));
        let total = minus(minus(whole, before), beyond);
        let money = |sum| over(sum, Decimal::from(3600)).unwrap_or_default();
        CostRange { low: money(total.low), high: money(total.high) }
    }

    /// Accounts up to now; what is other than that it goes on as before is returned.
    pub fn account(&mut self, entry: &Entry<'_>) -> Option<Accruing> {
        let now = entry.now;
        // What is seen for the first time is accounted from the beginning of what is covered.
        let first = || entry.turned.or(entry.covered.iter().next().map(|span| span.start)).unwrap_or(now);
        let mark = self.mark.unwrap_or_else(first).min(now);
        let from = entry.turned.map_or(mark, |turned| turned.min(mark));
        let last = self.stretches.last();
        let tail = Tail {
            count: self.stretches.len(),
            is_open: last.is_some_and(|last| last.span.end == mark) && self.stretches.len() > self.ended,
            costs: last.is_some_and(costs),
        };
        // What was measured does not depend on states.
        let mut fresh = self.take_from(from);
        fresh.retain(|stretch| stretch.method == CostMethod::Measured);
        self.measure(entry, Span::new(mark, now), &mut fresh);
        self.model(entry, Span::new(from, now), &mut fresh);
        fresh.sort_by_key(|stretch| stretch.span.start);
        for stretch in fresh {
            self.push(stretch);
        }
        self.mark = Some(now);
        self.sample = entry.sample.map(|(_, sample, _)| sample);
        self.causes = entry.causes.clone();
        let accruing = if from < mark { Some(self.since(from)) } else { self.told(&tail, now) };
        self.bound(entry.most, entry.map.tz);
        accruing.map(|(from, stretches)| Accruing { process: entry.process, from, stretches })
    }

    /// Accounts up to now, where nothing turned since the mark and the model says what is lost per hour. False where
    /// the last stretch is not one that goes on: then nothing was done.
    pub fn go_on(&mut self, per_hour: CostRange, now: Instant) -> bool {
        let Some(mark) = self.mark else { return false };
        let goes_on = self.stretches.len() > self.ended;
        if per_hour != CostRange::default() {
            let Some(last) = self.stretches.last_mut() else { return false };
            let is_it = goes_on
                && last.span.end == mark
                && last.per_hour == per_hour
                && last.method == CostMethod::Model
                && last.causes == self.causes;
            if !is_it {
                return false;
            }
            last.span.end = now;
        } else if goes_on && self.stretches.last().is_some_and(|last| last.span.end == mark && costs(last)) {
            // It has ended, which has to be told.
            return false;
        }
        self.mark = Some(now);
        true
    }

    /// What to say after time was added: nothing, if the last stretch goes on.
    fn told(&self, tail: &Tail, now: Instant) -> Option<(Instant, Vec<Accrual>)> {
        let end = tail.count.checked_sub(1).filter(|_| tail.is_open).map(|last| self.stretches[last].span.end);
        let more: Vec<Accrual> = self.stretches[tail.count..].iter().filter(|it| costs(it)).cloned().collect();
        match (end, more.first()) {
            (Some(end), _) if tail.costs && (end < now || !more.is_empty()) => Some((end, more)),
            (_, Some(first)) => Some((first.span.start, more)),
            _ => None,
        }
    }

    /// Everything from an instant on.
    fn since(&self, from: Instant) -> (Instant, Vec<Accrual>) {
        let first = self.stretches.partition_point(|stretch| stretch.span.end <= from);
        let stretches: Vec<Accrual> = self.stretches[first..].iter().filter(|it| costs(it)).cloned().collect();
        (stretches.first().map_or(from, |stretch| stretch.span.start.min(from)), stretches)
    }

    /// Takes what lies at or after an instant out of it.
    fn take_from(&mut self, from: Instant) -> Vec<Accrual> {
        let keep = self.stretches.partition_point(|stretch| stretch.span.end <= from);
        let mut taken = self.stretches.split_off(keep);
        self.sums.truncate(keep);
        self.ended = self.ended.min(keep);
        if let Some(cut) = taken.first_mut().filter(|cut| cut.span.start < from) {
            let kept = Accrual { span: Span::new(cut.span.start, from), ..cut.clone() };
            cut.span.start = from;
            self.push(kept);
        }
        taken
    }

    /// Adds what samples say of a span: each holds until the next, at most for two intervals.
    fn measure(&self, entry: &Entry<'_>, span: Span, fresh: &mut Vec<Accrual>) {
        let Some((measured, sample, every)) = entry.sample else { return };
        let earlier = self.sample.filter(|earlier| earlier.at < sample.at);
        let ends = [(earlier, sample.at), (Some(sample), entry.now)];
        for (sample, until) in ends.into_iter().filter_map(|(sample, until)| Some((sample?, until))) {
            let holds = Span::new(sample.at, until.min(sample.at + every * 2));
            let Some(span) = holds.intersection(span) else { continue };
            for span in Spans::from(span).intersect(entry.covered).iter() {
                let sample = Some((measured, &sample, every));
                let (per_hour, method) = cost::rate(entry.map, entry.process, Interval::default(), sample, span.start);
                fresh.push(Accrual { span, per_hour, method, causes: self.causes_at(entry, span.start) });
            }
        }
    }

    /// Adds what the model says of the rest of a span.
    fn model(&self, entry: &Entry<'_>, span: Span, fresh: &mut Vec<Accrual>) {
        let measured = Spans::of(fresh.iter().map(|stretch| stretch.span).collect());
        let rest = Spans::from(span).intersect(entry.covered).subtract(&measured);
        for span in rest.iter() {
            for (span, per_hour) in accrual::rates(entry.map, entry.process, entry.timeline, span) {
                let causes = self.causes_at(entry, span.start);
                fresh.push(Accrual { span, per_hour, method: CostMethod::Model, causes });
            }
        }
    }

    /// What the rate at an instant divides among: before the last turn, what it did at the mark.
    fn causes_at(&self, entry: &Entry<'_>, at: Instant) -> Arc<[CauseId]> {
        let has_turned = entry.turned.is_some_and(|turned| at >= turned);
        if has_turned || self.mark.is_none() { entry.causes.clone() } else { self.causes.clone() }
    }

    fn push(&mut self, stretch: Accrual) {
        if self.stretches.len() > self.ended
            && let Some(last) = self.stretches.last_mut()
            && last.span.end == stretch.span.start
            && last.per_hour == stretch.per_hour
            && last.method == stretch.method
            && last.causes == stretch.causes
        {
            last.span.end = stretch.span.end;
            return;
        }
        self.sums.push(self.sum_before(self.stretches.len()));
        self.stretches.push(stretch);
    }

    /// Money times seconds of the stretches before one, or of all.
    fn sum_before(&self, place: usize) -> CostRange {
        if let Some(sum) = self.sums.get(place) {
            return *sum;
        }
        let Some(last) = self.stretches.last() else { return CostRange::default() };
        let (sum, more) = (self.sums[self.stretches.len() - 1], last.second_money(last.span));
        CostRange { low: sum.low.saturating_add(more.low), high: sum.high.saturating_add(more.high) }
    }

    /// Keeps as much as is allowed. The older half becomes one stretch an hour of the wall clock, so that days and months add
    /// up as before; if that is not enough, the oldest go.
    fn bound(&mut self, most: usize, tz: Tz) {
        if self.stretches.len() <= most {
            return;
        }
        let recent = self.stretches.split_off(self.stretches.len() - most / 2);
        let old = self.stretches.len();
        let mut hours: Vec<Accrual> = Vec::new();
        for stretch in std::mem::take(&mut self.stretches) {
            match hours.last_mut().and_then(|last| united(last, &stretch, tz)) {
                Some(both) => *hours.last_mut().expect("there is one to unite with") = both,
                None => hours.push(Accrual { causes: Arc::default(), ..stretch }),
            }
        }
        // Room for many turns, or each would unite anew.
        hours.drain(..hours.len().saturating_sub(most * 2 / 5));
        let ended = (self.ended + hours.len()).saturating_sub(old);
        (self.sums, self.ended) = (Vec::new(), usize::MAX);
        for stretch in hours.into_iter().chain(recent) {
            self.push(stretch);
        }
        self.ended = ended;
    }
}

/// Two stretches as one, if both lie within one hour: the same money over the time of both.
fn united(first: &Accrual, second: &Accrual, tz: Tz) -> Option<Accrual> {
    let hour = |at: Instant| at.with_timezone(&tz).naive_local().and_utc().timestamp().div_euclid(3600);
    let span = Span::new(first.span.start, second.span.end);
    if first.method != second.method || hour(span.start) != hour(span.end - TimeDelta::nanoseconds(1)) {
        return None;
    }
    let [a, b] = [first, second].map(|stretch| stretch.second_money(stretch.span));
    let per_hour = |money: Decimal| over(money, seconds(span.length())).unwrap_or_default();
    let per_hour =
        CostRange { low: per_hour(a.low.saturating_add(b.low)), high: per_hour(a.high.saturating_add(b.high)) };
    Some(Accrual { span, per_hour, method: first.method, causes: Arc::default() })
}

fn costs(stretch: &Accrual) -> bool {
    stretch.per_hour != CostRange::default()
}

fn minus(whole: CostRange, part: CostRange) -> CostRange {
    CostRange { low: whole.low.saturating_sub(part.low), high: whole.high.saturating_sub(part.high) }
}

#[cfg(test)]
mod tests;
