//! One FOCUS file, read row by row: amounts, dates and columns in the forms that vendors write.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use csv::StringRecord;
use flate2::read::MultiGzDecoder;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::clean::clean_line;
use crate::domain::matcher::Pattern;
use crate::domain::span::{Instant, Span};

/// The cost of what was wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    /// By currency.
    pub(super) costs: BTreeMap<String, Decimal>,
    /// How many rows could not be read, and an example.
    pub(super) odd: Option<String>,
}

/// Columns by their place.
struct Columns {
    cost: usize,
    currency: usize,
    start: usize,
    tags: Option<usize>,
    /// What must hold: of a column, or of a tag.
    tests: Vec<(Place, Pattern)>,
}

enum Place {
    Column(usize),
    Tag(String),
}

/// Sums the billed cost of what is selected and began within a month.
pub(super) fn read(path: &Path, select: &[(String, String)], month: Span) -> Result<Found, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let is_packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let bytes: Box<dyn Read> =
        if is_packed { Box::new(MultiGzDecoder::new(BufReader::new(file))) } else { Box::new(file) };
    sums(bytes, select, month)
}

fn sums(bytes: impl Read, select: &[(String, String)], month: Span) -> Result<Found, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let columns = Columns::of(reader.headers().map_err(|error| error.to_string())?, select)?;
    let (mut found, mut odd, mut row) = (Found::default(), 0_usize, StringRecord::new());
    loop {
        match reader.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) => {}
            // A broken end of a file is a file that lacks rows.
            Err(error) if error.is_io_error() => return Err(error.to_string()),
            Err(error) => {
                odd += 1;
                found.odd.get_or_insert(error.to_string());
                continue;
            }
        }
        match columns.cost(&row, month) {
            Ok(Some((currency, cost))) => *found.costs.entry(currency).or_default() += cost,
            Ok(None) => {}
            Err(why) => {
                odd += 1;
                let line = row.position().map_or(0, csv::Position::line);
                found.odd.get_or_insert(format!("line {line}: {why}"));
            }
        }
    }
    found.odd = found.odd.map(|first| format!("{odd} rows can't be read and are left out, the first: {first}"));
    Ok(found)
}

impl Columns {
    fn of(header: &StringRecord, select: &[(String, String)]) -> Result<Self, String> {
        let plain = |name: &str| name.trim_start_matches('\u{feff}').trim().to_lowercase();
        let names: Vec<String> = header.iter().map(plain).collect();
        let find = |name: &str| names.iter().position(|known| *known == name.to_lowercase());
        let need = |name: &str| {
            find(name).ok_or_else(|| {
                let has = clean_line(&header.iter().collect::<Vec<_>>().join(", "), 200).into_owned();
                format!("it has no column {name}, so it is no FOCUS file; its columns are: {has}")
            })
        };
        let test = |(key, value): &(String, String)| {
            let place = find(key).map_or_else(|| Place::Tag(key.clone()), Place::Column);
            let pattern = Pattern::parse(value).map_err(|why| format!("`select.{key}` is not a pattern: {why}"))?;
            Ok((place, pattern))
        };
        let tags = find("Tags");
        let tests = select.iter().map(test).collect::<Result<Vec<_>, String>>()?;
        if let Some((Place::Tag(key), _)) =
            tests.iter().find(|(place, _)| matches!(place, Place::Tag(_)) && tags.is_none())
        {
            return Err(format!("`select.{key}` is none of its columns, and it has no column Tags"));
        }
        Ok(Self {
            cost: need("BilledCost")?,
            currency: need("BillingCurrency")?,
            start: need("ChargePeriodStart")?,
            tags,
            tests,
        })
    }

    /// Currency and billed cost of a row, if it is wanted.
    fn cost(&self, row: &StringRecord, month: Span) -> Result<Option<(String, Decimal)>, String> {
        let cell = |place: usize| row.get(place).map(str::trim).filter(|text| !text.eq_ignore_ascii_case("null"));
        let given = |place: usize| cell(place).filter(|text| !text.is_empty());
        let start = given(self.start).ok_or("ChargePeriodStart is empty")?;
        let start = time(start).ok_or_else(|| format!("ChargePeriodStart {start:?} is no date"))?;
        if !month.contains(start) || !self.holds(row) {
            return Ok(None);
        }
        let Some(text) = given(self.cost) else { return Ok(None) };
        let cost = amount(text).ok_or_else(|| format!("BilledCost {text:?} is no amount"))?;
        let currency = given(self.currency).ok_or("BillingCurrency is empty")?;
        Ok(Some((currency.to_uppercase(), cost)))
    }

    fn holds(&self, row: &StringRecord) -> bool {
        let tags = self.tags.and_then(|place| row.get(place)).and_then(|text| serde_json::from_str::<Value>(text).ok());
        self.tests.iter().all(|(place, pattern)| match place {
            Place::Column(place) => pattern.holds(row.get(*place).map(str::trim)),
            Place::Tag(key) => pattern.holds(tags.as_ref().and_then(|tags| tags.get(key)).and_then(Value::as_str)),
        })
    }
}

/// An amount: `1234.5`, `$10,000.00`, `-3`, `(3.20)`, `1.2e-7`.
fn amount(text: &str) -> Option<Decimal> {
    let is_owed = text.starts_with('(') && text.ends_with(')');
    let digits: String = text.chars().filter(|char| char.is_ascii_digit() || ".-+eE".contains(*char)).collect();
    let others = text.chars().filter(|char| !char.is_ascii_digit() && !".-+eE,$€£ ()".contains(*char)).count();
    if others > 0 || !digits.contains(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let amount = Decimal::from_str_exact(&digits).or_else(|_| Decimal::from_scientific(&digits)).ok()?;
    Some(if is_owed { -amount } else { amount })
}

/// The start of a charge: RFC 3339, with a blank for the `T`, without a zone (UTC), a date alone, or as US vendors write
/// it. An hour 24 or more, which some files have, is counted on from midnight.
fn time(text: &str) -> Option<Instant> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let text = text.trim_end_matches("UTC").trim_end_matches('Z').trim();
    let (day, clock) = text.split_once(['T', ' ']).unwrap_or((text, "0:00"));
    let day = ["%Y-%m-%d", "%m/%d/%Y"].iter().find_map(|form| NaiveDate::parse_from_str(day, form).ok())?;
    let parts: Vec<i64> =
        clock.split(':').map(|part| part.split('.').next().unwrap_or(part).parse().ok()).collect::<Option<_>>()?;
    let seconds = parts.iter().zip([3600, 60, 1]).map(|(part, unit)| part * unit).sum();
    let midnight: NaiveDateTime = day.and_hms_opt(0, 0, 0)?;
    Some(midnight.checked_add_signed(chrono::TimeDelta::try_seconds(seconds)?)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn november() -> Span {
        let at = |text: &str| text.parse::<Instant>().expect("an instant");
        Span::new(at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"))
    }

    fn found(text: &str, select: &[(&str, &str)]) -> Result<Found, String> {
        let select: Vec<_> = select.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        sums(text.as_bytes(), &select, november())
    }

    const FILE: &str = "\u{feff}BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,SubAccountId,Tags\n\
        \"$10,000.00 \",1,USD,2026-11-03T00:00:00Z,shop,\"{\"\"team\"\":\"\"a\"\"}\"\n\
        2.5,1,usd,2026-11-04 05:00:00,shop,null\n\
        (0.5),1,EUR,11/5/2026 30:00,other,{}\n\
        7,1,USD,2026-10-31T23:59:59Z,shop,\n\
        null,1,USD,2026-11-03,shop,\n";

    #[test]
    fn what_vendors_write_is_read() {
        let all = found(FILE, &[]).expect("a FOCUS file");
        let wanted = [("EUR", "-0.5"), ("USD", "10002.50")];
        let costs: Vec<_> = all.costs.iter().map(|(code, cost)| (code.as_str(), cost.to_string())).collect();
        assert_eq!(costs, wanted.map(|(code, cost)| (code, cost.to_owned())));
        assert_eq!(all.odd, None);
        let of = |select: &[(&str, &str)]| found(FILE, select).expect("a FOCUS file").costs;
        assert_eq!(of(&[("subaccountid", "shop")])["USD"].to_string(), "10002.50");
        assert_eq!(of(&[("team", "a")])["USD"].to_string(), "10000.00");
        assert!(of(&[("SubAccountId", "nobody")]).is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_counted_and_named() {
        let text = "BilledCost,BillingCurrency,ChargePeriodStart\nmuch,USD,2026-11-03\n1,USD,soon\n2,USD,2026-11-03\n";
        let found = found(text, &[]).expect("its columns are there");
        assert_eq!(found.costs["USD"].to_string(), "2");
        let odd = found.odd.expect("two rows are odd");
        assert!(odd.contains("2 rows") && odd.contains("line 2") && odd.contains("\"much\""), "{odd}");
    }

    #[test]
    fn another_file_is_refused_by_what_it_lacks() {
        let why = found("Cost,Day\n1,2026-11-03\n", &[]).expect_err("no FOCUS file");
        assert!(why.contains("BilledCost") && why.contains("Cost, Day"), "{why}");
        let text = "BilledCost,BillingCurrency,ChargePeriodStart\n";
        assert!(found(text, &[("team", "a")]).expect_err("no such column").contains("select.team"));
    }

    #[test]
    fn hours_beyond_the_day_count_on() {
        assert_eq!(time("11/5/2026 30:00"), time("2026-11-06T06:00:00Z"));
        assert_eq!(time("tomorrow"), None);
        assert_eq!(
            (amount("1.2e-3"), amount("12 apples"), amount("")),
            (Decimal::from_str_exact("0.0012").ok(), None, None)
        );
    }
}
