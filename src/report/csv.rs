//! A report as CSV for a spreadsheet: one table after another, each under a line of its own with the names of its
//! columns; the first column says which table a line belongs to.
//!
//! Invariant: no cell is taken for a formula: words that begin like one get an apostrophe before them (OWASP, CSV
//! injection). Numbers are plain, times are local and begin with their date.

use chrono_tz::Tz;

use super::document::{Cell, Document, Part};
use crate::domain::money::Currency;
use crate::domain::span::Instant;

/// How times are written.
const AT: &str = "%Y-%m-%d %H:%M:%S";

/// A report as CSV.
///
/// # Errors
/// None that can happen while it is written to memory.
pub fn csv(document: &Document) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(["part", "from", "until", "made", "tz", "currency", "coverage"])?;
    writer.write_record(about(document))?;
    for part in document.parts.iter().filter(|part| !part.rows.is_empty()) {
        writer.write_record(head(part))?;
        for row in &part.rows {
            writer.write_record(line(document.tz, document.currency, part, row))?;
        }
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What the report is about, as the first table.
fn about(document: &Document) -> [String; 7] {
    let at = |at: Instant| at.with_timezone(&document.tz).format(AT).to_string();
    [
        "report".to_owned(),
        at(document.span.start),
        at(document.span.end),
        at(document.made),
        document.tz.name().to_owned(),
        document.currency.to_string(),
        document.coverage.round_dp(6).normalize().to_string(),
    ]
}

fn head(part: &Part) -> Vec<String> {
    let mut names = vec!["part".to_owned()];
    for column in &part.columns {
        names.push(column.key.to_owned());
        if column.is_cost {
            names.push(format!("{}_possible", column.key));
        }
    }
    names
}

fn line(tz: Tz, currency: Currency, part: &Part, row: &[Cell]) -> Vec<String> {
    let mut cells = vec![part.key.to_owned()];
    let money = |amount| currency.rounded(amount).to_string();
    for (column, cell) in part.columns.iter().zip(row) {
        cells.push(match cell {
            Cell::None => String::new(),
            Cell::Text(text) => safe(text),
            Cell::Count(count) => count.to_string(),
            Cell::Money(amount) => money(*amount),
            Cell::Cost(range) => money(range.low),
            Cell::Ratio(ratio) | Cell::Known(ratio, _) => ratio.round_dp(6).normalize().to_string(),
            Cell::Lasted(time) => time.num_seconds().to_string(),
            Cell::At(at) => at.with_timezone(&tz).format(AT).to_string(),
        });
        if column.is_cost {
            cells.push(if let Cell::Cost(range) = cell { money(range.high) } else { String::new() });
        }
    }
    cells
}

/// Words that no spreadsheet takes for a formula.
fn safe(text: &str) -> String {
    let text = text.replace(['\r', '\n', '\t'], " ").replace(';', ",");
    // Where a semicolon ends a cell, what follows it would begin one. Full-width forms count too: some programs take them for the same.
    if text.trim_start().starts_with(['=', '+', '-', '@', '|', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_begins_like_a_formula() {
        for text in ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1"] {
            assert!(safe(text).starts_with('\''), "{text:?} became {:?}", safe(text));
        }
        assert_eq!(safe("pay-db = slow"), "pay-db = slow");
        assert_eq!(safe("a;=1"), "a,=1", "a semicolon ends a cell in half of Europe");
    }
}
