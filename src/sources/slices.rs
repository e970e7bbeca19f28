//! Counts over closed slices of time, as the metrics store itself answered them: asked once, kept, and summed to any
//! window. Nothing here asks or reads a clock; [`super::figures`] does the asking.
//!
//! A slice is `[start, start + step)`, aligned to UTC. Each is *unasked*, *absent* (asked; the store has nothing) or
//! a count. Kept by day in flat arrays, by the hour once they are 40 days old, so that a year of one query is 75 KB.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use chrono::{DateTime, TimeDelta};

use crate::domain::id::SourceName;
use crate::domain::span::{Instant, Span};

const DAY: i64 = 86_400;
/// The longest stretch of one request: 2,016 slices of five minutes, where Prometheus answers at most 11,000 points a
/// series, and a few of these fill a month before an operator has read the screen.
const LONGEST: TimeDelta = TimeDelta::days(7);
const HOUR: i64 = 3600;
/// How long after its end a slice is asked: scrapes of its last moment are in the store by then.
pub const SETTLE: TimeDelta = TimeDelta::seconds(30);
/// Slices older than this are kept by the hour.
const FINE_DAYS: i64 = 40;

/// Where slices survive a restart, so that the store is asked for each of them once.
pub trait Shelf: Send + Sync + Debug {
    /// The days of a query with slices of a length in seconds.
    fn load(&self, source: &SourceName, query: &str, step: i64) -> Vec<DayOfSlices>;

    /// Keeps days of a query in the place of what was kept of them.
    fn keep(&self, source: &SourceName, query: &str, step: i64, days: Vec<DayOfSlices>);
}

/// The slices of a query over a day.
#[derive(Clone, PartialEq, Debug)]
pub struct DayOfSlices {
    /// Days since 1970.
    pub day: i64,
    /// The length of a slice, in seconds.
    pub step: i64,
    /// A count, NaN where the store has nothing, minus infinity where it was not asked.
    pub cells: Box<[f64]>,
}

/// What is known of a slice.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Cell {
    /// Not asked yet.
    Unasked,
    /// Asked, and the store has nothing.
    Absent,
    /// The count.
    Count(f64),
}

impl Cell {
    // A flat f64 keeps a day of cells in 2.3 KB; the two states without a number are two numbers no count can be.
    const UNASKED: f64 = f64::NEG_INFINITY;

    fn packed(self) -> f64 {
        match self {
            Self::Unasked => Self::UNASKED,
            Self::Absent => f64::NAN,
            Self::Count(count) => count,
        }
    }

    fn unpacked(packed: f64) -> Self {
        if packed.is_nan() {
            Self::Absent
        } else if packed == Self::UNASKED {
            Self::Unasked
        } else {
            Self::Count(packed)
        }
    }
}

/// The slices of one query.
#[derive(Clone, Debug)]
pub struct Slices {
    step: i64,
    days: BTreeMap<i64, Day>,
    /// Days that are otherwise than they were taken or kept last.
    changed: BTreeSet<i64>,
}

#[derive(Clone, Debug)]
struct Day {
    step: i64,
    cells: Box<[f64]>,
}

impl Day {
    fn new(step: i64) -> Self {
        Self { step, cells: vec![Cell::UNASKED; (DAY / step) as usize].into_boxed_slice() }
    }

    fn cell(&self, second: i64) -> Cell {
        Cell::unpacked(self.cells[(second / self.step) as usize])
    }

    /// The same day by the hour. An hour with an unasked slice is unasked, one with any count is their sum.
    fn by_hour(&self) -> Self {
        let mut hours = Self::new(HOUR);
        for (hour, cells) in self.cells.chunks((HOUR / self.step) as usize).enumerate() {
            let cells = cells.iter().map(|cell| Cell::unpacked(*cell));
            let folded = cells.reduce(|sum, cell| match (sum, cell) {
                (Cell::Unasked, _) | (_, Cell::Unasked) => Cell::Unasked,
                (Cell::Count(a), Cell::Count(b)) => Cell::Count(a + b),
                (Cell::Absent, other) | (other, Cell::Absent) => other,
            });
            hours.cells[hour] = folded.unwrap_or(Cell::Unasked).packed();
        }
        hours
    }
}

/// The length of slices for a wished one: the next that divides a day, and at least a minute.
pub fn step_of(resolution: TimeDelta) -> TimeDelta {
    let wished = resolution.num_seconds().clamp(60, DAY);
    let step = (wished..=DAY).find(|step| DAY % step == 0).unwrap_or(DAY);
    TimeDelta::seconds(step)
}

/// The end of the last slice that is closed, and settled, at an instant.
pub fn closed_until(now: Instant, step: TimeDelta) -> Instant {
    let settled = (now - SETTLE).timestamp();
    at(settled - settled.rem_euclid(step.num_seconds()))
}

fn at(second: i64) -> Instant {
    DateTime::from_timestamp(second, 0).unwrap_or(DateTime::UNIX_EPOCH)
}

impl Slices {
    /// Slices of a length of [`step_of`], none asked.
    pub fn new(step: TimeDelta) -> Self {
        Self { step: step.num_seconds(), days: BTreeMap::new(), changed: BTreeSet::new() }
    }

    /// Slices as they were kept. Days of another form are left out, and asked again.
    pub fn restored(step: TimeDelta, days: Vec<DayOfSlices>) -> Self {
        let step = step.num_seconds();
        let fits = |day: &DayOfSlices| {
            (day.step == step || day.step == HOUR && HOUR % step == 0) && day.cells.len() as i64 * day.step == DAY
        };
        let days = days.into_iter().filter(fits).map(|day| (day.day, Day { step: day.step, cells: day.cells }));
        Self { step, days: days.collect(), changed: BTreeSet::new() }
    }

    /// The days that changed since this was asked last.
    pub fn take_changed(&mut self) -> Vec<DayOfSlices> {
        let changed = std::mem::take(&mut self.changed);
        let known = changed.into_iter().filter_map(|day| Some((day, self.days.get(&day)?)));
        known.map(|(day, known)| DayOfSlices { day, step: known.step, cells: known.cells.clone() }).collect()
    }

    /// The newest stretch of unasked slices within a span: at most a week, whole slices, contiguous.
    pub fn missing(&self, within: Span) -> Option<Span> {
        let start = within.start.timestamp();
        let (first, last) = (start.div_euclid(self.step) * self.step, within.end.timestamp());
        let mut found: Option<Span> = None;
        let mut day = (last - 1).div_euclid(DAY);
        while day >= first.div_euclid(DAY) {
            let (from, to) = (first.max(day * DAY), last.min((day + 1) * DAY));
            found = match (found, self.missing_of_day(day, from, to)) {
                (None, part) => part,
                (Some(rest), Some(part)) if part.end == rest.start && rest.end - part.start <= LONGEST => {
                    Some(Span::new(part.start, rest.end))
                }
                (Some(rest), _) => return Some(rest),
            };
            day -= 1;
        }
        found
    }

    fn missing_of_day(&self, day: i64, from: i64, to: i64) -> Option<Span> {
        let Some(known) = self.days.get(&day) else { return (from < to).then(|| Span::new(at(from), at(to))) };
        let unasked = |slice: i64| known.cell(slice - day * DAY) == Cell::Unasked;
        let mut end = to - (to.rem_euclid(known.step));
        while end > from && !unasked(end - known.step) {
            end -= known.step;
        }
        let mut start = end;
        while start > from && unasked(start - known.step) {
            start -= known.step;
        }
        (start < end).then(|| Span::new(at(start), at(end)))
    }

    /// Takes the answer for a span of [`Slices::missing`]: a sample at `t` counts the slice that ends at `t`. Slices
    /// without a sample, and samples that are no count, are absent.
    pub fn fill(&mut self, span: Span, samples: impl IntoIterator<Item = (f64, f64)>) {
        let mut second = span.start.timestamp();
        while second < span.end.timestamp() {
            self.set(second, Cell::Absent);
            second += self.step;
        }
        for (time, value) in samples {
            let start = time.round() as i64 - self.step;
            if value.is_finite() && span.contains(at(start)) && start.rem_euclid(self.step) == 0 {
                self.set(start, Cell::Count(value.max(0.0)));
            }
        }
    }

    fn set(&mut self, second: i64, cell: Cell) {
        let day = self.days.entry(second.div_euclid(DAY)).or_insert_with(|| Day::new(self.step));
        if day.step == self.step {
            day.cells[(second.rem_euclid(DAY) / self.step) as usize] = cell.packed();
            self.changed.insert(second.div_euclid(DAY));
        }
    }

    fn cell(&self, second: i64) -> Cell {
        self.days.get(&second.div_euclid(DAY)).map_or(Cell::Unasked, |day| day.cell(second.rem_euclid(DAY)))
    }

    /// The known slices within a span: their part within it, with what is known. Unasked days are left out.
    pub fn cells(&self, within: Span) -> impl Iterator<Item = (Span, Span, Cell)> + '_ {
        let (start, end) = (within.start.timestamp(), within.end.timestamp());
        let first_day = start.div_euclid(DAY);
        let day_after = ((end - 1).div_euclid(DAY) + 1).max(first_day);
        self.days.range(first_day..day_after).flat_map(move |(day, cells)| {
            let begin = day * DAY;
            let first = (start - begin).max(0) / cells.step;
            let last = ((end - begin).min(DAY) + cells.step - 1) / cells.step;
            (first..last).filter_map(move |index| {
                let whole = Span::new(at(begin + index * cells.step), at(begin + (index + 1) * cells.step));
                let part = whole.intersection(within)?;
                Some((whole, part, Cell::unpacked(cells.cells[index as usize])))
            })
        })
    }

    /// Keeps memory bounded: days before `keep_from` go, days older than 40 days are kept by the hour.
    pub fn compact(&mut self, keep_from: Instant, now: Instant) {
        self.days = self.days.split_off(&keep_from.timestamp().div_euclid(DAY));
        let fine_from = now.timestamp().div_euclid(DAY) - FINE_DAYS;
        for (date, day) in self.days.range_mut(..fine_from).filter(|(_, day)| day.step < HOUR) {
            if HOUR % day.step == 0 {
                *day = day.by_hour();
                self.changed.insert(*date);
            }
        }
    }
}

/// Two counts over the same time: what is counted apart (bad or good), and all.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Pair {
    /// Bad or good events.
    pub part: f64,
    /// All events.
    pub all: f64,
    /// The seconds that both are known for.
    pub covered: f64,
}

impl Pair {
    /// Adds both.
    pub fn add(&mut self, other: Self) {
        self.part += other.part;
        self.all += other.all;
        self.covered += other.covered;
    }

    /// The share that lies in a span, as if events were spread evenly.
    #[must_use]
    pub fn within(self, whole: Span, part: Span) -> Self {
        let share = part.length().as_seconds_f64() / whole.length().as_seconds_f64();
        Self { part: self.part * share, all: self.all * share, covered: self.covered * share }
    }
}

/// The slices of two queries within a span, pairwise, oldest first. A slice counts where `all` has a count and
/// `part` was asked; a part without data beside a whole with data is zero (no series of errors before the first).
pub fn pairs<'a>(part: &'a Slices, all: &'a Slices, within: Span) -> impl Iterator<Item = (Span, Span, Pair)> + 'a {
    all.cells(within).filter_map(|(whole, clipped, cell)| {
        let Cell::Count(count) = cell else { return None };
        let apart = match part.cell(whole.start.timestamp()) {
            Cell::Unasked => return None,
            Cell::Absent => 0.0,
            Cell::Count(count) => count,
        };
        let pair = Pair { part: apart, all: count, covered: whole.length().as_seconds_f64() };
        Some((whole, clipped, pair))
    })
}

/// The sum over a span; a slice that the span cuts counts by the share of its time.
pub fn sum(part: &Slices, all: &Slices, within: Span) -> Pair {
    pairs(part, all, within).fold(Pair::default(), |mut sum, (whole, clipped, pair)| {
        sum.add(pair.within(whole, clipped));
        sum
    })
}

#[cfg(test)]
mod tests;
