//! One file: opened, decompressed and read row by row, so that its size costs time and no memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use chrono::TimeDelta;
use flate2::read::MultiGzDecoder;
use rust_decimal::Decimal;
use thiserror::Error;

use super::super::plan::SpendPart;
use super::Cost;
use super::column::Columns;
use super::value::{amount, instant, tag};
use crate::domain::clean::clean_line;
use crate::domain::matcher::glob_matches;
use crate::domain::span::{Instant, Span};

/// The most bytes of one file, decompressed.
const MOST_BYTES: u64 = 16 << 30;
/// What a file that names no currency counts in.
const CURRENCY: &str = "USD";

/// Why a file was not read.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub(super) enum FileError {
    /// The system refuses it, or it ends too early.
    #[error("can't be read: {0}")]
    Io(String),
    /// It is of another kind.
    #[error("{0}")]
    Kind(String),
    /// A column is missing.
    #[error("has no column {missing}; it begins with {found}")]
    Column {
        /// Which.
        missing: &'static str,
        /// What it has.
        found: String,
    },
}

/// What a file says of a month.
#[derive(Debug, Default)]
pub(super) struct Costs {
    /// For each part, sums by currency.
    pub sums: Vec<BTreeMap<String, Decimal>>,
    /// Rows of the month, of any part.
    pub rows: usize,
    /// What could not be read of it.
    pub remarks: Vec<String>,
}

/// Where in a row what is needed stands.
struct Places {
    cost: usize,
    currency: Option<usize>,
    start: usize,
    end: Option<usize>,
    tags: Option<usize>,
    /// For each part, the columns that are tested.
    tests: Vec<Vec<Test>>,
}

struct Test {
    from: From,
    glob: String,
}

enum From {
    Column(usize),
    Tag(String),
}

/// Reads a file.
pub(super) fn read(
    path: &Path,
    parts: &[SpendPart],
    cost: Cost,
    month: Span,
    now: Instant,
) -> Result<Costs, FileError> {
    let io = |error: std::io::Error| FileError::Io(clean_line(&error.to_string(), 200).into_owned());
    let mut file = BufReader::new(File::open(path).map_err(io)?);
    let start = file.fill_buf().map_err(io)?;
    let plain: Box<dyn Read> = match start {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(file)),
        [b'P', b'A', b'R', b'1', ..] => {
            return Err(FileError::Kind("is a Parquet file: have it exported as CSV".to_owned()));
        }
        [b'P', b'K', 3, 4, ..] => return Err(FileError::Kind("is a zip archive: unpack it, or use gzip".to_owned())),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            return Err(FileError::Kind("is UTF-16: save it as UTF-8".to_owned()));
        }
        [] => return Err(FileError::Kind("is empty".to_owned())),
        _ => Box::new(file),
    };
    rows(plain.take(MOST_BYTES), parts, cost, month, now)
}

fn rows(file: impl Read, parts: &[SpendPart], cost: Cost, month: Span, now: Instant) -> Result<Costs, FileError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(BufReader::new(file));
    let bad = |error: &csv::Error| FileError::Io(clean_line(&error.to_string(), 200).into_owned());
    let header = reader.byte_headers().map_err(|error| bad(&error))?.clone();
    let header: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    if header.first().is_some_and(|first| first.trim_start_matches('\u{feff}').trim_start().starts_with('<')) {
        return Err(FileError::Kind("is a web page, not CSV: was it downloaded without a login?".to_owned()));
    }
    let columns = Columns::of(header.iter().map(String::as_str));
    let mut costs = Costs { sums: vec![BTreeMap::new(); parts.len()], ..Costs::default() };
    let places = Places::of(&columns, parts, cost, &mut costs.remarks)?;
    let mut row = csv::ByteRecord::new();
    let (mut unread, mut first_unread) = (0_usize, None);
    loop {
        match reader.read_byte_record(&mut row) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => return Err(bad(&error)),
        }
        let row_of = Row(&row);
        if let Err(why) = places.take(&row_of, cost, month, now, &mut costs) {
            unread += 1;
            let line = row.position().map_or(0, csv::Position::line);
            first_unread.get_or_insert_with(|| format!("line {line}: {why}"));
        }
    }
    if let Some(first) = first_unread {
        costs.remarks.push(format!("{unread} rows can't be read and are left out ({first})"));
    }
    Ok(costs)
}

struct Row<'r>(&'r csv::ByteRecord);

impl Row<'_> {
    fn text(&self, column: usize) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.0.get(column).unwrap_or_default())
    }
}

impl Places {
    fn of(columns: &Columns, parts: &[SpendPart], cost: Cost, remarks: &mut Vec<String>) -> Result<Self, FileError> {
        let need = |name: &'static str| {
            columns.find(name).ok_or_else(|| FileError::Column { missing: name, found: clean_line(&columns.names(), 300).into_owned() })
        };
        let (wanted, other) = match cost {
            Cost::Effective => ("EffectiveCost", "BilledCost"),
            Cost::Billed => ("BilledCost", "EffectiveCost"),
        };
        let cost = if let Some(place) = columns.find(wanted) {
            place
        } else {
            let place = need(other)?;
            remarks.push(format!("has no {wanted}: {other} is counted"));
            place
        };
        let tags = columns.find("Tags");
        let mut tests = Vec::new();
        for part in parts {
            let mut list = Vec::new();
            for (key, glob) in &part.select {
                let tag = ["tag:", "tags.", "tag."].into_iter().find_map(|prefix| key.strip_prefix(prefix));
                let from = match (tag, columns.find(key)) {
                    (Some(name), _) => From::Tag(name.to_owned()),
                    (None, Some(column)) => From::Column(column),
                    (None, None) => {
                        let name = clean_line(key, 60);
                        remarks.push(format!("has no column {name} for spend {}: nothing of it counts", part.id));
                        From::Tag(String::new())
                    }
                };
                list.push(Test { from, glob: glob.clone() });
            }
            tests.push(list);
        }
        let currency = columns.find("BillingCurrency");
        if currency.is_none() {
            remarks.push(format!("has no BillingCurrency: {CURRENCY} is assumed"));
        }
        let (start, end) = (need("ChargePeriodStart")?, columns.find("ChargePeriodEnd"));
        Ok(Self { cost, currency, start, end, tags, tests })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// What of it can't be read.
    fn take(&self, row: &Row<'_>, cost: Cost, month: Span, now: Instant, costs: &mut Costs) -> Result<(), String> {
        let unreadable = |column: usize, what: &str| format!("{what} is `{}`", clean_line(&row.text(column), 60));
        let Some(amount) =
            amount(&row.text(self.cost)).map_err(|()| unreadable(self.cost, "the cost"))?
        else {
            return Ok(());
        };
        let start = instant(&row.text(self.start)).ok_or_else(|| unreadable(self.start, "ChargePeriodStart"))?;
        if !month.contains(start) || start > now {
            return Ok(());
        }
        costs.rows += 1;
        let end = self.end.and_then(|column| instant(&row.text(column))).filter(|end| *end > start);
        let amount = match end {
            // What is used over a time that is not over has been used in part.
            Some(end) if cost == Cost::Effective && end > now => part_of(amount, now - start, end - start),
            _ => amount,
        };
        let currency = self.currency.map(|column| row.text(column).trim().to_uppercase());
        let currency = currency.filter(|code| !code.is_empty()).unwrap_or_else(|| CURRENCY.to_owned());
        for (index, tests) in self.tests.iter().enumerate() {
            if tests.iter().all(|test| self.holds(test, row)) {
                let sum = costs.sums[index].entry(currency.clone()).or_default();
                *sum = sum.checked_add(amount).ok_or("the sum is beyond all bounds")?;
            }
        }
        Ok(())
    }

    fn holds(&self, test: &Test, row: &Row<'_>) -> bool {
        match &test.from {
            From::Column(column) => glob_matches(&test.glob, row.text(*column).trim()),
            From::Tag(name) => {
                let value = self.tags.filter(|_| !name.is_empty()).and_then(|column| tag(&row.text(column), name));
                value.is_some_and(|value| glob_matches(&test.glob, &value))
            }
        }
    }
}

fn part_of(amount: Decimal, passed: TimeDelta, whole: TimeDelta) -> Decimal {
    let seconds = |span: TimeDelta| Decimal::from(span.num_seconds());
    amount.checked_mul(seconds(passed)).and_then(|spent| spent.checked_div(seconds(whole))).unwrap_or(amount)
}
