//! One FOCUS file: opened, decompressed and read row by row, so that its size costs time and no memory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use chrono::TimeDelta;
use csv::ByteRecord;
use flate2::read::MultiGzDecoder;
use rust_decimal::Decimal;

use super::column::Names;
use super::value::{amount, tag, time};
use super::{Asked, Cost};
use crate::domain::clean::clean_line;
use crate::domain::matcher::Pattern;

/// The most bytes of one file, decompressed.
const MOST_BYTES: u64 = 16 << 30;

/// The cost of what was wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    /// By currency.
    pub(super) costs: BTreeMap<String, Decimal>,
    /// What was left out, and what stands for what is missing.
    pub(super) remarks: Vec<String>,
}

/// Columns by their place.
struct Columns {
    cost: usize,
    currency: usize,
    start: usize,
    end: Option<usize>,
    tags: Option<usize>,
    /// What must hold: of a column, or of a tag.
    tests: Vec<(Place, Pattern)>,
}

enum Place {
    Column(usize),
    Tag(String),
}

/// Sums the cost of what is selected and began within a month.
///
/// # Errors
/// It is no such file, ends too early, or lacks a column.
pub(super) fn read(path: &Path, select: &[(String, String)], asked: Asked) -> Result<Found, String> {
    let mut file = BufReader::new(File::open(path).map_err(|error| error.to_string())?);
    let bytes: Box<dyn Read> = match file.fill_buf().map_err(|error| error.to_string())? {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(file)),
        [b'P', b'A', b'R', b'1', ..] => return Err("it is a Parquet file: have it exported as CSV".to_owned()),
        [b'P', b'K', 3, 4, ..] => return Err("it is a zip archive: unpack it, or use gzip".to_owned()),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err("it is UTF-16: save it as UTF-8".to_owned()),
        [] => return Err("it is empty".to_owned()),
        _ => Box::new(file),
    };
    sums(bytes.take(MOST_BYTES), select, asked)
}

fn sums(bytes: impl Read, select: &[(String, String)], asked: Asked) -> Result<Found, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.byte_headers().map_err(|error| error.to_string())?.clone();
    let mut found = Found::default();
    let columns = Columns::of(&header, select, asked.cost, &mut found.remarks)?;
    let (mut odd, mut first, mut row) = (0_usize, None, ByteRecord::new());
    loop {
        match reader.read_byte_record(&mut row) {
            Ok(false) => break,
            Ok(true) => {}
            // A broken end of a file is a file that lacks rows.
            Err(error) => return Err(clean_line(&error.to_string(), 200).into_owned()),
        }
        match columns.cost(&row, asked) {
            Ok(Some((currency, cost))) => *found.costs.entry(currency).or_default() += cost,
            Ok(None) => {}
            Err(why) => {
                odd += 1;
                let line = row.position().map_or(0, csv::Position::line);
                first.get_or_insert_with(|| format!("line {line}: {why}"));
            }
        }
    }
    if let Some(first) = first {
        found.remarks.push(format!("{odd} rows can't be read and are left out, the first: {first}"));
    }
    Ok(found)
}

impl Columns {
    fn of(
        header: &ByteRecord,
        select: &[(String, String)],
        cost: Cost,
        remarks: &mut Vec<String>,
    ) -> Result<Self, String> {
        let header: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        if header.first().is_some_and(|name| name.trim_start_matches('\u{feff}').trim_start().starts_with('<')) {
            return Err("it is a web page, not CSV: was it fetched without a login?".to_owned());
        }
        let names = Names::of(header.iter().map(String::as_str));
        let need = |name: &str| {
            names.find(name).ok_or_else(|| {
                let has = clean_line(&header.join(", "), 200).into_owned();
                format!("it has no column {name}, so it is no FOCUS file; its columns are: {has}")
            })
        };
        let (wanted, other) = match cost {
            Cost::Billed => ("BilledCost", "EffectiveCost"),
            Cost::Effective => ("EffectiveCost", "BilledCost"),
        };
        let cost = match (names.find(wanted), names.find(other)) {
            (Some(place), _) => place,
            (None, Some(place)) => {
                remarks.push(format!("it has no column {wanted}: {other} counts"));
                place
            }
            (None, None) => need(wanted)?,
        };
        let tags = names.find("Tags");
        let test = |(key, value): &(String, String)| {
            let is_tag = ["tag:", "tags:"].into_iter().find_map(|prefix| key.strip_prefix(prefix));
            let column = names.find(key).filter(|_| is_tag.is_none());
            let place = column.map_or_else(|| Place::Tag(is_tag.unwrap_or(key).to_owned()), Place::Column);
            if column.is_none() && tags.is_none() {
                return Err(format!("`select.{key}` is none of its columns, and it has no column Tags"));
            }
            let pattern = Pattern::parse(value).map_err(|why| format!("`select.{key}` is not a pattern: {why}"))?;
            Ok((place, pattern))
        };
        Ok(Self {
            cost,
            currency: need("BillingCurrency")?,
            start: need("ChargePeriodStart")?,
            end: names.find("ChargePeriodEnd"),
            tags,
            tests: select.iter().map(test).collect::<Result<_, String>>()?,
        })
    }

    /// Currency and cost of a row, if it is wanted.
    fn cost(&self, row: &ByteRecord, asked: Asked) -> Result<Option<(String, Decimal)>, String> {
        let shown = |column: usize| format!("`{}`", clean_line(&text(row, column), 60));
        let start = time(&text(row, self.start));
        let start = start.ok_or_else(|| format!("ChargePeriodStart is {}, no date", shown(self.start)))?;
        let (first, end) = asked.month;
        if start < first || start >= end || !self.holds(row) {
            return Ok(None);
        }
        let cost = amount(&text(row, self.cost));
        let Some(cost) = cost.map_err(|()| format!("the cost is {}, no amount", shown(self.cost)))? else {
            return Ok(None);
        };
        let currency = text(row, self.currency).trim().to_uppercase();
        if currency.is_empty() || currency == "NULL" {
            return Err("BillingCurrency is empty".to_owned());
        }
        let end = self.end.and_then(|column| time(&text(row, column)));
        let cost = match (asked.cost, end) {
            // Of a period that is not over, only the passed part has been used.
            (Cost::Effective, Some(end)) if end > asked.until && end > start => {
                part_of(cost, (asked.until - start).max(TimeDelta::zero()), end - start)
            }
            _ => cost,
        };
        Ok(Some((currency, cost)))
    }

    fn holds(&self, row: &ByteRecord) -> bool {
        self.tests.iter().all(|(place, pattern)| match place {
            Place::Column(column) => pattern.holds(Some(text(row, *column).trim())),
            Place::Tag(name) => {
                let value = self.tags.and_then(|column| tag(&text(row, column), name));
                pattern.holds(value.as_deref())
            }
        })
    }
}

fn text(row: &ByteRecord, column: usize) -> Cow<'_, str> {
    String::from_utf8_lossy(row.get(column).unwrap_or_default())
}

fn part_of(cost: Decimal, passed: TimeDelta, whole: TimeDelta) -> Decimal {
    let seconds = |span: TimeDelta| Decimal::from(span.num_seconds());
    cost.checked_mul(seconds(passed)).and_then(|spent| spent.checked_div(seconds(whole))).unwrap_or(cost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::span::Instant;

    fn found(text: &str, select: &[(&str, &str)], cost: Cost) -> Result<Found, String> {
        let at = |text: &str| text.parse::<Instant>().expect("an instant");
        let select: Vec<_> = select.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let month = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
        sums(text.as_bytes(), &select, Asked { cost, month, until: at("2026-11-16T00:00:00Z") })
    }

    fn billed(text: &str, select: &[(&str, &str)]) -> Result<Found, String> {
        found(text, select, Cost::Billed)
    }

    const FILE: &str = "\u{feff}BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,SubAccountId,Tags\n\
        \"$10,000.00 \",1,USD,2026-11-03T00:00:00Z,shop,\"{\"\"team\"\":\"\"a\"\"}\"\n\
        2.5,1,usd,2026-11-04 05:00:00,shop,null\n\
        (0.5),1,EUR,11/5/2026 30:00,other,{}\n\
        7,1,USD,2026-10-31T23:59:59Z,shop,\n\
        null,1,USD,2026-11-03,shop,\n";

    #[test]
    fn what_vendors_write_is_read() {
        let all = billed(FILE, &[]).expect("a FOCUS file");
        let wanted = [("EUR", "-0.5"), ("USD", "10002.50")];
        let costs: Vec<_> = all.costs.iter().map(|(code, cost)| (code.as_str(), cost.to_string())).collect();
        assert_eq!(costs, wanted.map(|(code, cost)| (code, cost.to_owned())));
        assert!(all.remarks.is_empty());
        let of = |select: &[(&str, &str)]| billed(FILE, select).expect("a FOCUS file").costs;
        assert_eq!(of(&[("subaccountid", "shop")])["USD"].to_string(), "10002.50");
        assert_eq!(of(&[("account", "/s.*/")])["USD"].to_string(), "10002.50");
        assert_eq!(of(&[("team", "a")])["USD"].to_string(), "10000.00");
        assert!(of(&[("SubAccountId", "nobody")]).is_empty());
        let effective = found(FILE, &[], Cost::Effective).expect("a FOCUS file");
        assert_eq!(effective.costs["USD"].to_string(), "3");
    }

    #[test]
    fn of_a_period_that_is_not_over_the_passed_part_is_used_and_the_whole_is_billed() {
        let text = "billed_cost,effective_cost,billing_currency,charge_period_start,charge_period_end\n\
            300,300,EUR,2026-11-01,2026-12-01\n";
        assert_eq!(billed(text, &[]).expect("a file").costs["EUR"].to_string(), "300");
        assert_eq!(found(text, &[], Cost::Effective).expect("a file").costs["EUR"].to_string(), "150");
    }

    #[test]
    fn what_cannot_be_read_is_counted_and_named() {
        let text = "BilledCost,BillingCurrency,ChargePeriodStart\nmuch,USD,2026-11-03\n1,USD,soon\n2,USD,2026-11-03\n";
        let found = billed(text, &[]).expect("its columns are there");
        assert_eq!(found.costs["USD"].to_string(), "2");
        let odd = &found.remarks[0];
        assert!(odd.contains("2 rows") && odd.contains("line 2") && odd.contains("`much`"), "{odd}");
    }

    #[test]
    fn another_file_is_refused_by_what_it_lacks() {
        let why = billed("Costs,Day\n1,2026-11-03\n", &[]).expect_err("no FOCUS file");
        assert!(why.contains("BilledCost") && why.contains("Costs, Day"), "{why}");
        let text = "BilledCost,BillingCurrency,ChargePeriodStart\n";
        assert!(billed(text, &[("team", "a")]).expect_err("no such column").contains("select.team"));
        assert!(billed("<!DOCTYPE html>\n", &[]).expect_err("a page").contains("web page"));
    }
}
