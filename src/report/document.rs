//! A report before it is text: sentences for a reader who was not there, and tables whose keys other programs rely on.
//!
//! Invariant: every row of a table has a cell for each of its columns.

use chrono::TimeDelta;
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::domain::money::{CostRange, Currency};
use crate::domain::span::{Instant, Span};

/// A report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub span: Span,
    /// When it was made.
    pub made: Instant,
    /// The share of the stretch in which anybody looked, 0 to 1.
    pub coverage: Decimal,
    /// The zone of its times of day.
    pub tz: Tz,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What matters most, in sentences.
    pub summary: Vec<String>,
    /// The rest, part by part.
    pub parts: Vec<Part>,
}

/// One part of a report: a table, and where sentences say it better, those.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// What JSON and CSV call it.
    pub key: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// In place of the table for a reader; empty: the table is shown.
    pub sentences: Vec<String>,
    /// Remarks below.
    pub notes: Vec<String>,
    /// What its cells are.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

/// What the cells of a column are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// What JSON and CSV call it.
    pub key: &'static str,
    /// Its heading for a reader; empty: it is shown to programs alone.
    pub title: &'static str,
    /// Whether its cells are [`Cell::Cost`], which become two figures for programs.
    pub is_cost: bool,
}

impl Column {
    /// A column of anything but costs.
    pub const fn of(key: &'static str, title: &'static str) -> Self {
        Self { key, title, is_cost: false }
    }

    /// A column of costs.
    pub const fn cost(key: &'static str, title: &'static str) -> Self {
        Self { key, title, is_cost: true }
    }
}

/// One cell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cell {
    /// Nothing that is known.
    None,
    /// Words.
    Text(String),
    /// A number of things.
    Count(usize),
    /// An amount.
    Money(Decimal),
    /// An amount that is certain, and one that is possible.
    Cost(CostRange),
    /// A share, 0 to 1.
    Ratio(Decimal),
    /// A share of what is known, and how much that is of the whole: of less than half of it nothing is said.
    Known(Decimal, Decimal),
    /// How long.
    Lasted(TimeDelta),
    /// When.
    At(Instant),
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A share, and how much of the whole it is known of: where that is less than half, there is none.
    pub fn known(share: Option<Decimal>, coverage: Decimal) -> Self {
        let least = Decimal::new(5, 1);
        share.filter(|_| coverage >= least).map_or(Self::None, |share| Self::Known(share, coverage))
    }

    /// What there is of something that may be missing.
    pub fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::None, cell)
    }
}

impl Part {
    /// A part without rows.
    pub fn new(key: &'static str, title: &'static str, columns: Vec<Column>) -> Self {
        Self { key, title, sentences: Vec::new(), notes: Vec::new(), columns, rows: Vec::new() }
    }
}

impl Document {
    /// A day and a time of day, for a sentence: `Tue 24 Nov 02:14`.
    pub fn when(&self, at: Instant) -> String {
        when(self.tz, at)
    }
}

/// A day and a time of day, for a sentence: `Tue 24 Nov 02:14`.
pub fn when(tz: Tz, at: Instant) -> String {
    at.with_timezone(&tz).format("%a %-d %b %H:%M").to_string()
}

/// Two instants for a sentence: the day once where it is the same.
pub fn from_to(tz: Tz, span: Span) -> String {
    let (start, end) = (span.start.with_timezone(&tz), span.end.with_timezone(&tz));
    if start.date_naive() == end.date_naive() {
        format!("{} to {}", start.format("%a %-d %b %H:%M"), end.format("%H:%M"))
    } else {
        format!("{} to {}", start.format("%a %-d %b %H:%M"), end.format("%a %-d %b %H:%M"))
    }
}
