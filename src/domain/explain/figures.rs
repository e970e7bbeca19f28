//! Figures of money and of promises as formulas: what each comes to, and the inputs that it follows from.
//!
//! Every formula is written from the same inputs as the figure, and can be worked out again from what it says: numbers
//! stand exactly, or rounded where they have no end. Nothing here computes a figure that the world does not have.

use std::fmt::{self, Write as _};

use chrono::TimeDelta;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::domain::exact::duration;
use crate::domain::money::grouped;
use crate::domain::span::Instant;

mod money;
mod promise;

pub use money::{cause, cost_rate, customer, process, spend};
pub use promise::{clock, objective};

/// A figure and how it comes about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Formula {
    /// Which figure.
    pub name: &'static str,
    /// The formula with its inputs, and what it comes to.
    pub text: String,
}

impl Formula {
    fn new(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, text: text.into() }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.text)
    }
}

/// A number, thousands apart, at six digits after the point, or at two where it is large: more nobody works out again.
fn number(number: Decimal) -> String {
    let digits = if number.abs() < Decimal::ONE_THOUSAND { 6 } else { 2 };
    grouped(&number.round_dp(digits).normalize().to_string())
}

/// A ratio as a percentage, cut off rather than rounded, as everywhere else.
fn percent(ratio: Decimal) -> String {
    let percent = ratio.saturating_mul(Decimal::ONE_HUNDRED);
    let floored = percent.round_dp_with_strategy(4, RoundingStrategy::ToNegativeInfinity);
    format!("{} %", grouped(&floored.normalize().to_string()))
}

/// A length of time with all its units: `2d03h`, `1h30m`, `19m40s`, `0s`.
fn length(length: TimeDelta) -> String {
    let whole = length.num_seconds();
    let sign = if whole < 0 { "-" } else { "" };
    let mut rest = whole.unsigned_abs();
    let mut text = String::new();
    for (size, unit) in [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")] {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            let width = if text.is_empty() { 1 } else { 2 };
            // Writing to a text cannot fail.
            let _ = write!(text, "{count:0width$}{unit}");
        }
    }
    if text.is_empty() { "0s".to_owned() } else { format!("{sign}{text}") }
}

/// So many seconds as a length of time, without the fraction of a second that is left over; as a number below one.
fn long(of: Decimal) -> String {
    let whole = duration(of.floor()).filter(|whole| !whole.is_zero() || of.is_zero());
    whole.map_or_else(|| format!("{} s", number(of)), length)
}

/// An instant where days begin, with its date where that is not today's.
fn when(tz: chrono_tz::Tz, at: Instant, now: Instant) -> String {
    let (at, now) = (at.with_timezone(&tz), now.with_timezone(&tz));
    let format = if at.date_naive() == now.date_naive() { "%H:%M:%S" } else { "%F %H:%M:%S" };
    at.format(format).to_string()
}

#[cfg(test)]
mod tests;
