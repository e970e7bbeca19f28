//! Numbers, ages and names as words: thousands separated, ages in two units, names cut where it hurts least.

use chrono::TimeDelta;
use rust_decimal::{Decimal, RoundingStrategy};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::money::{CostRange, Currency};

pub use crate::domain::money::grouped;

/// Cells that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// An amount without its unit: no cents from 100 up, none on nothing.
pub fn money(amount: Decimal, currency: Currency) -> String {
    let digits = if amount.abs() >= Decimal::ONE_HUNDRED || amount.is_zero() { 0 } else { currency.minor_digits() };
    let rounded = amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    grouped(&format!("{rounded:.*}", digits as usize))
}

/// A range of money without its unit; one figure where both ends read the same.
pub fn range(cost: CostRange, currency: Currency) -> String {
    let (low, high) = (money(cost.low, currency), money(cost.high, currency));
    if low == high { low } else { format!("{low}..{high}") }
}

/// A stretch of time in its two largest units (one below an hour): `48s`, `41m`, `2h04m`, `6d02h`, `212d`.
pub fn age(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    if seconds < 0 {
        return format!("-{}", age(-length));
    }
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{minutes}m"),
        3_600..86_400 => format!("{hours}h{:02}m", minutes % 60),
        _ if days < 100 => format!("{days}d{:02}h", hours % 24),
        _ => format!("{days}d"),
    }
}

/// A ratio as a percentage, cut off rather than rounded: 99.99 never reads 100, and a hair below nothing never reads 0.
pub fn percent(ratio: Decimal, digits: u32) -> String {
    let floored =
        ratio.saturating_mul(Decimal::ONE_HUNDRED).round_dp_with_strategy(digits, RoundingStrategy::ToNegativeInfinity);
    format!("{} %", grouped(&format!("{floored:.*}", digits as usize)))
}

/// A target as it was configured: all its digits.
pub fn target(ratio: Decimal) -> String {
    format!("{}%", (ratio * Decimal::ONE_HUNDRED).normalize())
}

/// A size in its unit: `812 KiB`, `4.2 MiB`.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let (mut size, mut unit) = (size as f64 / 1024.0, 0);
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if size < 10.0 && unit > 0 { format!("{size:.1} {}", UNITS[unit]) } else { format!("{size:.0} {}", UNITS[unit]) }
}

/// `1 customer`, `3 customers`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(&number.to_string()), if number == 1 { one } else { many })
}

/// A text in at most so many cells, cut in its middle.
pub fn middle(text: &str, cells: usize, cut: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(width(cut));
    if room == 0 {
        return start(text, cells).to_owned();
    }
    let head = start(text, room.div_ceil(2));
    let tail = end(text, room - width(head));
    format!("{head}{cut}{tail}")
}

/// A text in at most so many cells, cut at its end.
pub fn head(text: &str, cells: usize, cut: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    match cells.checked_sub(width(cut)) {
        None => start(text, cells).to_owned(),
        Some(room) => format!("{}{cut}", start(text, room).trim_end()),
    }
}

/// A text in at most so many cells: a sentence says most at its start, of a long id both ends matter.
pub fn brief(text: &str, cells: usize, cut: &str) -> String {
    if text.trim().contains(' ') { head(text, cells, cut) } else { middle(text, cells, cut) }
}

/// A web address as it is said in a list, without how it is fetched: whole, it is where it is opened and copied.
pub fn address(link: &str) -> &str {
    let bare = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link);
    bare.strip_suffix('/').unwrap_or(bare)
}

/// A text without what its first so many cells hold.
pub fn skip(text: &str, cells: usize) -> &str {
    &text[start(text, cells).len()..]
}

/// A text in parts of at most so many cells.
pub fn pieces(text: &str, cells: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while width(rest.trim_end()) > cells {
        let part = start(rest, cells);
        if part.is_empty() {
            break;
        }
        parts.push(part);
        rest = &rest[part.len()..];
    }
    parts.push(rest);
    parts
}

/// The longest start of a text that fits.
fn start(text: &str, cells: usize) -> &str {
    let mut used = 0;
    let end = text.grapheme_indices(true).find(|(_, grapheme)| {
        used += width(grapheme);
        used > cells
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// The longest end of a text that fits.
fn end(text: &str, cells: usize) -> &str {
    let mut used = 0;
    let mut from = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += width(grapheme);
        if used > cells {
            break;
        }
        from = at;
    }
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn money_has_separators_and_cents_only_where_they_matter() {
        let euros = Currency::parse("EUR").expect("a code");
        let texts =
            ["0", "0.5", "99.994", "99.999", "100.49", "42310", "-1234567.8"].map(|text| money(decimal(text), euros));
        assert_eq!(texts, ["0", "0.50", "99.99", "100.00", "100", "42,310", "-1,234,568"]);
        let yen = Currency::parse("JPY").expect("a code");
        assert_eq!(money(decimal("12.6"), yen), "13");
        let range_of = |low, high| range(CostRange { low: decimal(low), high: decimal(high) }, euros);
        assert_eq!(range_of("0", "900"), "0..900");
        assert_eq!(range_of("310.1", "310.2"), "310");
    }

    #[test]
    fn ages_have_two_units_at_most() {
        let ages = [0, 59, 60, 2_460, 7_440, 86_399, 86_400, 525_600, 100 * 86_400, -120];
        let texts = ages.map(|seconds| age(TimeDelta::seconds(seconds)));
        assert_eq!(texts, ["0s", "59s", "1m", "41m", "2h04m", "23h59m", "1d00h", "6d02h", "100d", "-2m"]);
    }

    #[test]
    fn percentages_are_cut_off() {
        assert_eq!(percent(decimal("0.99999"), 2), "99.99 %");
        assert_eq!(percent(decimal("-0.001"), 0), "-1 %");
        assert_eq!(percent(decimal("0.199"), 0), "19 %");
        assert_eq!(percent(decimal("-12.34"), 0), "-1,234 %");
        assert_eq!(target(decimal("0.9990")), "99.9%");
    }

    #[test]
    fn names_are_cut_by_cells_not_bytes() {
        assert_eq!(middle("payments-db-replica-7", 11, "…"), "payme…ica-7");
        assert_eq!(middle("short", 5, "…"), "short");
        assert_eq!(middle("日本語の名前です", 7, "…"), "日…です");
        assert_eq!(middle("abc", 1, ".."), "a");
        assert_eq!(head("a long summary", 7, "…"), "a long…");
        for cells in 0..30 {
            for text in ["日本語の名前です", "e\u{301}e\u{301}e\u{301}e\u{301}", "مرحبا بالعالم", "plain"]
            {
                assert!(width(&middle(text, cells, "…")) <= cells && width(&head(text, cells, "..")) <= cells);
            }
        }
    }
}
