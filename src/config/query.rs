//! What a query of an objective must be: a count over the window, not a rate per second.

use std::sync::LazyLock;

use regex::Regex;

use super::reader::{Findings, Item, Place};

/// How a query names the window.
const WINDOWS: [&str; 2] = ["$window", "{{.window}}"];

/// Checks a query that counts events.
pub(super) fn check_count(item: Item<'_>, findings: &Findings<'_>) {
    let Some(query) = item.text().filter(|query| !query.trim().is_empty()) else { return };
    if let Some((start, function)) = per_second(query) {
        let message = format!("`{function}(` is a rate per second; an objective counts the events of its window");
        let hint = format!("write increase(…[$window]) in place of {function}(…)");
        findings.error(place_of(item, start, function.len() + 1, findings), message, hint);
    }
    if !WINDOWS.iter().any(|window| query.contains(window)) {
        findings.error(
            item.at,
            "this query has no `$window`, so it cannot be asked for a slice of time",
            "sum(increase(…[$window]))",
        );
    }
}

/// The place of a part of a text, or the whole value where it is written with escapes.
fn place_of(item: Item<'_>, start: usize, length: usize, findings: &Findings<'_>) -> Place {
    let text = findings.documents[item.at.document].text;
    let whole = text.get(item.at.start..item.at.end).unwrap_or_default();
    let part = item.text().and_then(|query| query.get(start..start + length)).unwrap_or_default();
    match whole.find(part) {
        Some(at) if !part.is_empty() && !whole.contains('\n') => {
            let start = item.at.start + at;
            Place { start, end: start + length, ..item.at }
        }
        _ => item.at,
    }
}

/// The first call of `rate` or `irate` outside quotes, with its offset.
fn per_second(query: &str) -> Option<(usize, &str)> {
    static CALL: LazyLock<Regex> = LazyLock::new(|| {
        let quoted = r#""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`"#;
        Regex::new(&format!(r"{quoted}|[\w:]+\s*\(")).expect("this pattern is tested below")
    });
    let calls = CALL.find_iter(query).map(|found| (found.start(), found.as_str().trim_end_matches('(').trim_end()));
    calls.into_iter().find(|(_, name)| matches!(*name, "rate" | "irate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_found_wherever_it_is_called_and_nowhere_else() {
        assert_eq!(per_second("sum(rate(x[5m]))"), Some((4, "rate")));
        assert_eq!(per_second("sum by (job) (irate (x[5m]))"), Some((14, "irate")));
        assert_eq!(per_second("1 - rate(x[5m])"), Some((4, "rate")));
        assert_eq!(per_second("rate(x[5m])"), Some((0, "rate")));
        assert_eq!(per_second("sum(increase(error_rate_total[$window]))"), None);
        assert_eq!(per_second(r#"sum(increase(x{path="rate(1)"}[$window]))"#), None);
        assert_eq!(per_second("increase(job:rate{a='b'}[$window]) / (2)"), None);
        assert_eq!(per_second("increase(rate[$window]) + (1)"), None);
    }
}
