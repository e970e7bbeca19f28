//! The money of processes: what was lost in the incident, today and this month.
//!
//! What is known of the time so far only grows by the time that passes while nothing turns: it is kept, and counted
//! anew where a process was touched, a day or month began, or nobody looked for a while.

use std::borrow::Cow;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::domain::accrual;
use crate::domain::cost;
use crate::domain::exact::{over, seconds, times};
use crate::domain::facts::Facts;
use crate::domain::history::A_LOOK;
use crate::domain::map::{Map, NodeIndex, Window};
use crate::domain::marks::Marks;
use crate::domain::money::{Accrued, CostRange};
use crate::domain::severity::Shown;
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::timeline::Timeline;
use crate::domain::window;
use crate::domain::world::{CostMethod, ProcessMoney};
use crate::domain::zone;

use super::assemble::View;
use super::past::Past;
use super::rates::{ProcessRate, Rates, sample_of};
use super::replay::covered_for;

/// What is known of the time of every process, in the order of the rates.
#[derive(Debug)]
pub struct Meters {
    list: Vec<Meter>,
    /// The stretches for which the meters stand.
    frame: Option<Frame>,
}

/// The stretches that money is counted over, and what was covered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Frame {
    today: Instant,
    month: Instant,
    /// How many covered spans there are, and when the last one began.
    covered: Option<(usize, Instant)>,
}

/// What is known of the time of one process.
#[derive(Clone, Copy, Debug, Default)]
struct Meter {
    /// Up to when it counts.
    until: Instant,
    today: TimeDelta,
    month: TimeDelta,
    /// Since when there is an incident, and what is known of its time.
    incident: Option<(Instant, TimeDelta)>,
}

impl Frame {
    fn of(map: &Map, past: &Past, at: Instant) -> Self {
        let last = past.covered.iter().last();
        Self {
            today: zone::start_of(map.tz, zone::date(map.tz, at)),
            month: window::bounds(Window::Month, map.tz, chrono::Weekday::Mon, at).start,
            covered: last.map(|last| (past.covered.iter().count(), last.start)),
        }
    }
}

impl Meters {
    /// Nothing is known.
    pub fn of(rates: &Rates) -> Self {
        Self { list: vec![Meter::default(); rates.list.len()], frame: None }
    }

    /// The money of every process at this instant.
    pub fn read(&mut self, view: &View<'_>, rates: &Rates, touched: &Marks) -> Vec<(NodeIndex, ProcessMoney)> {
        let (model, past, at) = (view.model, view.past, view.at());
        let frame = Frame::of(&model.map, past, at);
        let is_other = self.frame.replace(frame) != Some(frame);
        let nothing = Timeline::default();
        let mut ratio = Ratio::default();
        let money = |(process, meter): (&ProcessRate, &mut Meter)| {
            let shown = past.timelines.get(&process.node).unwrap_or(&nothing);
            let counted = past.counted(process.node).unwrap_or(Cow::Borrowed(&nothing));
            if is_other || touched.has(model.graph.pos(process.node)) {
                *meter = Meter::of(past, [shown, &counted], frame, at);
            } else {
                meter.go_on([shown, &counted], at);
            }
            let lost = lost(
                (&model.map, &view.picture.observed.facts),
                process,
                past,
                &counted,
                [Some(frame.month), Some(frame.today), meter.incident.map(|it| it.0)],
                at,
            );
            let accrued = |cost: CostRange, start: Instant, known: TimeDelta, ratio: &mut Ratio| Accrued {
                cost,
                coverage: ratio.of(known, Span::new(start, at).length()),
            };
            let money = ProcessMoney {
                value_at_risk: process.value_at_risk,
                rate: process.rate,
                method: if process.measured { CostMethod::Measured } else { CostMethod::Model },
                sample: sample_of(&model.map, &view.picture.observed.facts, process.node)
                    .filter(|_| process.measured)
                    .map(|(_, sample, _)| *sample),
                began: meter.incident.map(|(start, _)| start),
                month: accrued(lost[0], frame.month, meter.month, &mut ratio),
                today: accrued(lost[1], frame.today, meter.today, &mut ratio),
                incident: meter.incident.map(|(start, known)| accrued(lost[2], start, known, &mut ratio)),
            };
            (process.node, money)
        };
        rates.list.iter().zip(&mut self.list).map(money).collect()
    }
}

impl Meter {
    /// From the states of a process over time: those that were shown, and those that count.
    fn of(past: &Past, [shown, counted]: [&Timeline; 2], frame: Frame, at: Instant) -> Self {
        let covered = covered_for(past, shown);
        let known = |start| accrual::known(counted, Span::new(start, at), &covered);
        let incident = accrual::incident(shown, at).map(|span| (span.start, known(span.start)));
        Self { until: at, today: known(frame.today), month: known(frame.month), incident }
    }

    /// Counts the time since the last reading, in which nothing turned and somebody looked.
    fn go_on(&mut self, [shown, counted]: [&Timeline; 2], at: Instant) {
        let passed = at - self.until;
        self.until = at;
        let Some(state) = counted.steps.last().and_then(|(_, state)| *state) else { return };
        if state.shown() == Shown::Unknown {
            return;
        }
        self.today += passed;
        self.month += passed;
        if let Some((start, known)) = &mut self.incident {
            *known += passed;
            if !state.low.is_problem() && accrual::incident(shown, at).map(|span| span.start) != Some(*start) {
                self.incident = None;
            }
        }
    }
}

/// The money that a process lost since each of some instants.
fn lost(
    (map, facts): (&Map, &Facts),
    process: &ProcessRate,
    past: &Past,
    timeline: &Timeline,
    since: [Option<Instant>; 3],
    at: Instant,
) -> [CostRange; 3] {
    let mut found: [CostRange; 3] = [CostRange::default(); 3];
    let Some(ledger) = past.ledgers.get(&process.node) else {
        // While a sample is believed it beats the model.
        let sample = sample_of(map, facts, process.node).filter(|(_, sample, _)| sample.at <= at);
        let believed = sample.map(|sample| Spans::from(cost::believed(sample, at))).unwrap_or_default();
        let per_hour = sample.map_or(Decimal::ZERO, |(measured, sample, _)| cost::measured_rate(measured, sample));
        let covered = covered_for(past, timeline);
        let modelled = covered.subtract(&believed);
        for (found, start) in found.iter_mut().zip(since) {
            let Some(span) = start.map(|start| Span::new(start, at)) else { continue };
            *found = accrual::accrue(map, process.node, timeline, span, &modelled).cost;
            let measured = believed.intersect(&covered).intersect(&Spans::from(span)).length();
            let lost = over(times(per_hour, seconds(measured)), Decimal::from(3600)).unwrap_or_default();
            found.add(CostRange { low: lost, high: lost });
        }
        return found;
    };
    // What began after the beginning of all of them is the same for all.
    let first = ledger.stretches().first().map(|stretch| stretch.span.start);
    let (mut whole, Some(first)) = (None, first) else { return found };
    for (found, start) in found.iter_mut().zip(since) {
        *found = match start {
            None => CostRange::default(),
            Some(start) if start <= first => *whole.get_or_insert_with(|| ledger.lost(Span::new(start, at))),
            Some(start) => ledger.lost(Span::new(start, at)),
        };
    }
    found
}

/// A division of times that remembers the last one: most processes know as much as the next.
#[derive(Default)]
struct Ratio(Option<(TimeDelta, TimeDelta, Decimal)>, Option<(TimeDelta, TimeDelta, Decimal)>);

impl Ratio {
    fn of(&mut self, part: TimeDelta, whole: TimeDelta) -> Decimal {
        if part == whole {
            return Decimal::ONE;
        }
        for (known, of, ratio) in [self.0, self.1].into_iter().flatten() {
            if (known, of) == (part, whole) {
                return ratio;
            }
        }
        let ratio = over(seconds(part), seconds(whole)).unwrap_or(Decimal::ONE);
        (self.0, self.1) = (Some((part, whole, ratio)), self.0);
        ratio
    }
}

/// From when on the money of a month is added up; `None` where nobody looked for longer than a moment.
pub fn since(map: &Map, past: &Past, at: Instant) -> Option<Instant> {
    let first = past.covered.iter().next().filter(|_| past.covered.length() > A_LOOK)?;
    Some(first.start.max(window::bounds(Window::Month, map.tz, chrono::Weekday::Mon, at).start))
}

/// The sum over processes; covered as far as the least covered one.
pub fn total<'a>(parts: impl Iterator<Item = &'a Accrued>) -> Accrued {
    parts.fold(Accrued { cost: CostRange::default(), coverage: Decimal::ONE }, |mut sum, part| {
        sum.cost.add(part.cost);
        sum.coverage = sum.coverage.min(part.coverage);
        sum
    })
}
