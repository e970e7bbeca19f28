//! What is typed into fields of a form: how long, and which labels.

use chrono::TimeDelta;

/// The longest silence: what must last longer is a change of the rules.
const LONGEST: TimeDelta = TimeDelta::days(30);

/// A length of time such as `30m`, `2h`, `1h30m` or `1d`: at least a minute, at most 30 days.
pub(super) fn parse(text: &str) -> Option<TimeDelta> {
    let mut total = TimeDelta::zero();
    let mut digits = String::new();
    for char in text.chars().filter(|char| !char.is_whitespace()) {
        if char.is_ascii_digit() {
            digits.push(char);
            continue;
        }
        let number: i64 = digits.parse().ok().filter(|number| *number <= 100_000)?;
        total += match char {
            'm' => TimeDelta::minutes(number),
            'h' => TimeDelta::hours(number),
            'd' => TimeDelta::days(number),
            'w' => TimeDelta::weeks(number),
            _ => return None,
        };
        digits.clear();
    }
    (digits.is_empty() && total >= TimeDelta::minutes(1) && total <= LONGEST).then_some(total)
}

/// Labels as they are typed: `service="payments" role=db`; quotes where a value has spaces or quotes.
pub(super) fn show(labels: &[(String, String)]) -> String {
    let quoted = |value: &str| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={}", quoted(value))).collect();
    pairs.join(" ")
}

/// The labels of what was typed; none for an empty text.
pub(super) fn labels(text: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        if key.is_empty() || key.contains([' ', '"', '!', '~']) {
            return None;
        }
        let mut value = String::new();
        if let Some(quoted) = after.strip_prefix('"') {
            let mut characters = quoted.char_indices();
            let end = loop {
                match characters.next()? {
                    (at, '"') => break at,
                    (_, '\\') => value.push(characters.next()?.1),
                    (_, char) => value.push(char),
                }
            };
            rest = quoted[end + 1..].trim_start();
        } else {
            let end = after.find(' ').unwrap_or(after.len());
            value.push_str(&after[..end]);
            rest = after[end..].trim_start();
        }
        found.push((key.to_owned(), value));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_bounded() {
        assert_eq!(parse("2h"), Some(TimeDelta::hours(2)));
        assert_eq!(parse("1h 30m"), Some(TimeDelta::minutes(90)));
        assert_eq!(parse("30d"), Some(TimeDelta::days(30)));
        for wrong in ["", "2", "0m", "31d", "2x", "h", "-1h", "99999999999999999999h", "2h30"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn labels_come_back_as_they_were_shown() {
        let pairs = [("a", "b"), ("path", r#"C:\x "y" z=1"#), ("empty", "")];
        let pairs: Vec<(String, String)> = pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        assert_eq!(labels(&show(&pairs)), Some(pairs));
        assert_eq!(labels("a=b c=d"), Some(vec![("a".into(), "b".into()), ("c".into(), "d".into())]));
        assert_eq!(labels("  "), Some(Vec::new()));
        for wrong in ["a", "=b", "a=\"b", "a!=b", "a b=c"] {
            assert_eq!(labels(wrong), None, "{wrong}");
        }
    }
}
