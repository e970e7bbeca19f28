//! A report as JSON: the same tables, with exact figures, times in UTC, lengths in seconds.

use serde_json::{Map, Value, json};

use super::document::{Cell, Document, Part};
use crate::domain::money::Currency;
use crate::domain::span::Instant;

/// The version of the shape; fields are only ever added.
pub const VERSION: u32 = 1;

/// A report as JSON.
pub fn json(document: &Document) -> Value {
    let mut out = json!({
        "version": VERSION,
        "title": document.title,
        "from": instant(document.span.start),
        "until": instant(document.span.end),
        "made": instant(document.made),
        "tz": document.tz.name(),
        "currency": document.currency.code(),
        "summary": document.summary,
    });
    for part in &document.parts {
        let rows: Vec<Value> = part.rows.iter().map(|row| self::row(document.currency, part, row)).collect();
        out[part.key] = Value::Array(rows);
    }
    out
}

fn row(currency: Currency, part: &Part, row: &[Cell]) -> Value {
    let mut fields = Map::new();
    let money = |amount| Value::String(currency.rounded(amount).normalize().to_string());
    for (column, cell) in part.columns.iter().zip(row) {
        let value = match cell {
            Cell::None => Value::Null,
            Cell::Text(text) => json!(text),
            Cell::Count(count) => json!(count),
            Cell::Money(amount) => money(*amount),
            Cell::Cost(range) => money(range.low),
            Cell::Ratio(ratio) | Cell::Known(ratio, _) => Value::String(ratio.normalize().to_string()),
            Cell::Lasted(time) => json!(time.num_seconds()),
            Cell::At(at) => instant(*at),
        };
        if column.is_cost {
            let possible = if let Cell::Cost(range) = cell { money(range.high) } else { Value::Null };
            fields.insert(format!("{}_possible", column.key), possible);
        }
        fields.insert(column.key.to_owned(), value);
    }
    Value::Object(fields)
}

fn instant(at: Instant) -> Value {
    Value::String(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}
