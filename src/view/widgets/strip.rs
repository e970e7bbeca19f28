//! A strip: how one node was over a time, a cell for each part of it, the worst of a part in its cell.
//!
//! The height of a bar says the same as its colour. Time that nobody covered is empty, never a bar: a gap is a gap.

use chrono::TimeDelta;

use crate::domain::history::Step;
use crate::domain::severity::{Severity, Shown};
use crate::domain::span::{Instant, Span};
use crate::view::look::{Look, Words};
use crate::view::theme::Meaning;
use crate::view::tone::Tone;

/// What a cell shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Bar {
    /// Nobody looked.
    Gap,
    /// No problem.
    Well,
    /// Not known.
    Unknown,
    /// A problem.
    Problem(Severity),
}

/// The parts of a time that cells stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scale {
    /// The time.
    pub span: Span,
    /// How many cells it has.
    pub cells: u16,
}

impl Scale {
    /// The part of a cell.
    pub fn part(self, cell: u16) -> Span {
        Span::new(self.edge(cell), self.edge(cell + 1))
    }

    /// The cell that an instant lies in; `None`: it lies outside.
    pub fn cell(self, at: Instant) -> Option<u16> {
        if !self.span.contains(at) {
            return None;
        }
        let (passed, whole) = ((at - self.span.start).num_milliseconds(), self.span.length().num_milliseconds());
        let cell = i128::from(passed) * i128::from(self.cells) / i128::from(whole.max(1));
        u16::try_from(cell).ok().map(|cell| cell.min(self.cells.saturating_sub(1)))
    }

    fn edge(self, cell: u16) -> Instant {
        let whole = i128::from(self.span.length().num_milliseconds());
        let millis = whole * i128::from(cell) / i128::from(self.cells.max(1));
        self.span.start + TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(0))
    }
}

/// A strip of the states of a node, each with how long it lasted, in order; what lies after `now` is left empty.
/// Marks stand over it.
pub fn strip(
    look: &Look,
    pieces: &[(Span, Option<Step>)],
    scale: Scale,
    now: Instant,
    marks: &[(u16, &'static str, Meaning)],
) -> Words {
    let mut bars = vec![Bar::Gap; usize::from(scale.cells)];
    let past = Span::new(scale.span.start, now.min(scale.span.end));
    for (span, step) in pieces {
        let (Some(span), Some(state)) = (span.intersection(past), step.as_ref().and_then(|step| step.state)) else {
            continue;
        };
        let bar = match state.interval.shown() {
            Shown::Severity(severity) if severity.is_problem() => Bar::Problem(severity),
            Shown::Severity(_) => Bar::Well,
            Shown::Unknown => Bar::Unknown,
        };
        let first = scale.cell(span.start).unwrap_or(0);
        let last = scale.cell(span.end - TimeDelta::milliseconds(1)).unwrap_or(first);
        for cell in first..=last.max(first) {
            if let Some(slot) = bars.get_mut(usize::from(cell)) {
                *slot = bar.max(*slot);
            }
        }
    }
    let mut cells: Vec<(&'static str, Meaning)> = bars.into_iter().map(|bar| sign(look, bar)).collect();
    for (cell, sign, meaning) in marks {
        if let Some(slot) = cells.get_mut(usize::from(*cell)) {
            *slot = (*sign, *meaning);
        }
    }
    let mut words = Words::new();
    for same in cells.chunk_by(|a, b| a == b) {
        words.push(look, same[0].0.repeat(same.len()), same[0].1);
    }
    words
}

fn sign(look: &Look, bar: Bar) -> (&'static str, Meaning) {
    let levels = &look.glyphs.levels;
    match bar {
        Bar::Gap => (" ", Meaning::Dim),
        Bar::Well => (levels[1], Meaning::MeterEmpty),
        Bar::Unknown => (look.glyphs.unknown, Meaning::Unknown),
        Bar::Problem(severity) => {
            let level = match severity {
                Severity::Critical => 8,
                Severity::Major => 6,
                Severity::Minor => 4,
                _ => 3,
            };
            (levels[level], Tone::of(severity).meaning())
        }
    }
}

/// The times of day over a scale: as many as there is room for, each where its cell begins.
pub fn hours(look: &Look, scale: Scale) -> Vec<(u16, String)> {
    let hour = 3_600;
    let steps = [hour / 4, hour / 2, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour, 48 * hour];
    let whole = scale.span.length().num_seconds().max(1);
    let room = i64::from(scale.cells) / 8;
    let step = steps.into_iter().find(|step| whole / step <= room.max(1)).unwrap_or(7 * 24 * hour);
    let format = if step >= 24 * hour { "%a %-d" } else { "%H:%M" };
    let offset = i64::from(look.clock(scale.span.start, "%z").parse::<i32>().unwrap_or(0));
    let offset = (offset / 100) * hour + (offset % 100) * 60;
    let first = (scale.span.start.timestamp() + offset).div_euclid(step) + 1;
    let edges = (first..).map(|number| number * step - offset).take_while(|at| *at < scale.span.end.timestamp());
    let edges = edges.filter_map(|at| Instant::from_timestamp(at, 0));
    edges.filter_map(|at| Some((scale.cell(at)?, look.clock(at, format)))).collect()
}
