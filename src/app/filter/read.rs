//! Reading what was typed as terms.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{Comparison, FIELDS, Quantity, Term, Test};
use crate::domain::severity::Severity;

/// What can be compared, as it is typed.
const QUANTITIES: [(&str, Quantity); 6] = [
    ("sev", Quantity::Severity),
    ("severity", Quantity::Severity),
    ("age", Quantity::Age),
    ("cost", Quantity::Cost),
    ("value", Quantity::Value),
    ("left", Quantity::Left),
];

/// Signs between a name and a value, the longer ones first.
const SIGNS: [(&str, Sign); 6] = [
    (">=", Sign::Compare(Comparison::AtLeast)),
    ("<=", Sign::Compare(Comparison::AtMost)),
    (">", Sign::Compare(Comparison::More)),
    ("<", Sign::Compare(Comparison::Less)),
    ("=", Sign::Compare(Comparison::Equal)),
    (":", Sign::Contains),
];

#[derive(Clone, Copy)]
enum Sign {
    Contains,
    Compare(Comparison),
}

/// What stands between blanks; quotes keep blanks, and are dropped.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = vec![Token::default()];
    let mut is_quoted = false;
    for char in text.chars() {
        match char {
            '"' => is_quoted = !is_quoted,
            blank if blank.is_whitespace() && !is_quoted => tokens.push(Token::default()),
            _ => {
                if let Some(token) = tokens.last_mut() {
                    token.plain += usize::from(!is_quoted && token.plain == token.text.len()) * char.len_utf8();
                    token.text.push(char);
                }
            }
        }
    }
    tokens.retain(|token| !token.text.is_empty());
    tokens
}

/// What stands between blanks.
#[derive(Default)]
pub(super) struct Token {
    text: String,
    /// How many of its first bytes stand outside of quotes, where signs mean something.
    plain: usize,
}

/// The term of a token; none where it is not finished.
pub(super) fn term(token: &Token) -> Result<Option<Term>, String> {
    let negated = token.plain > 0 && token.text.starts_with('!');
    let from = usize::from(negated);
    let (text, plain) = (&token.text[from..], &token.text[from..token.plain.max(from)]);
    let sign = plain.char_indices().find_map(|(at, _)| {
        SIGNS.iter().find(|(sign, _)| plain[at..].starts_with(sign)).map(|(word, sign)| (at, *word, *sign))
    });
    let test = match sign {
        Some((at, word, sign)) if at > 0 => {
            let (name, value) = (text[..at].to_lowercase(), &text[at + word.len()..]);
            if value.is_empty() {
                return Ok(None);
            }
            test(name, word, sign, value)?
        }
        _ if text.is_empty() => return Ok(None),
        _ => Test::Word(text.to_lowercase()),
    };
    Ok(Some(Term { test, negated }))
}

fn test(name: String, word: &str, sign: Sign, value: &str) -> Result<Test, String> {
    let quantity = QUANTITIES.iter().find(|(known, _)| *known == name).map(|(_, quantity)| *quantity);
    let comparison = match (quantity, sign) {
        (None, Sign::Contains) => return Ok(Test::Field { name, lower: value.to_lowercase(), whole: false }),
        (None, Sign::Compare(Comparison::Equal)) => {
            return Ok(Test::Field { name, lower: value.to_lowercase(), whole: true });
        }
        (None, Sign::Compare(_)) => {
            let what = if FIELDS.contains(&name.as_str()) { "is text: use : or =" } else { "can't be compared" };
            return Err(format!("{name} {what}; sev, age, cost, value and left can"));
        }
        (Some(_), Sign::Contains) => Comparison::Equal,
        (Some(_), Sign::Compare(comparison)) => comparison,
    };
    let Some(quantity) = quantity else { return Err(format!("{word} needs a field before it")) };
    match quantity {
        Quantity::Severity => Ok(Test::Severity(comparison, severity(value)?)),
        Quantity::Age | Quantity::Left => Ok(Test::Span(quantity, comparison, span(&name, value)?)),
        Quantity::Cost | Quantity::Value => Ok(Test::Money(quantity, comparison, money(&name, value)?)),
    }
}

/// A severity by its word, or by the beginning of one.
fn severity(value: &str) -> Result<Severity, String> {
    let lower = value.to_lowercase();
    let mut fitting = Severity::ALL.into_iter().filter(|severity| severity.word().starts_with(&lower));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (Some(one), Some(other)) => Err(format!("sev: {} or {}?", one.word(), other.word())),
        _ => Err(format!("{value:?} is no severity: ok, info, warning, minor, major or critical")),
    }
}

/// `90s`, `2h`, `1h30m`, `3d`, `2w`.
fn span(name: &str, value: &str) -> Result<TimeDelta, String> {
    let wrong = || format!("{name}: {value:?} is no time: write it like 90s, 2h, 1h30m or 3d");
    let mut total = TimeDelta::zero();
    let mut rest = value;
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit()).ok_or_else(wrong)?;
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = rest[digits..].chars().next().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return Err(wrong()),
        };
        let part = number.checked_mul(seconds).and_then(TimeDelta::try_seconds).ok_or_else(wrong)?;
        total = total.checked_add(&part).ok_or_else(wrong)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    Ok(total)
}

/// `1000`, `1,000`, `2.5k`, `3M`.
fn money(name: &str, value: &str) -> Result<Decimal, String> {
    let plain = value.replace([',', '_'], "");
    let (number, factor) = match plain.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1_000),
        None => plain.strip_suffix('M').map_or((plain.as_str(), 1), |number| (number, 1_000_000)),
    };
    let number: Option<Decimal> = number.parse().ok();
    let amount = number.and_then(|number| number.checked_mul(Decimal::from(factor)));
    amount.ok_or_else(|| format!("{name}: {value:?} is no amount: write it like 1000, 2.5k or 3M"))
}
