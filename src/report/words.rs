//! How numbers, money and time read: one style for every place that shows them as text.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::domain::money::{Accrued, CostRange};

/// A length of time in its two largest units: `41s`, `12m`, `2h04m`, `6d02h`.
pub fn age(age: TimeDelta) -> String {
    let seconds = age.num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// An amount with thousands separated, without a fraction from 100 on.
pub fn amount(amount: Decimal) -> String {
    let digits = if amount.abs() >= Decimal::ONE_HUNDRED || amount.is_zero() { 0 } else { 2 };
    let rounded = amount.round_dp_with_strategy(digits, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    let text = format!("{:.*}", digits as usize, rounded.abs());
    let (whole, fraction) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
    fraction.map_or_else(|| format!("{sign}{grouped}"), |fraction| format!("{sign}{grouped}.{fraction}"))
}

/// Both ends of a cost: `1,200`, or `0..900` where it is not certain.
pub fn range(range: CostRange) -> String {
    if range.low == range.high { amount(range.low) } else { format!("{}..{}", amount(range.low), amount(range.high)) }
}

/// Money lost over a stretch; `≥` where not all of it is covered.
pub fn accrued(accrued: &Accrued) -> String {
    let mark = if accrued.coverage < Decimal::ONE { "≥ " } else { "" };
    format!("{mark}{}", range(accrued.cost))
}

/// A ratio as a percentage with so many digits, floored: what is shown is never better than what is.
pub fn percent(ratio: Decimal, digits: u32) -> String {
    let scale = Decimal::from(10_u64.pow(digits));
    let floored = ratio.saturating_mul(Decimal::ONE_HUNDRED).saturating_mul(scale).floor() / scale;
    format!("{floored:.*} %", digits as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_lose_cents_from_a_hundred() {
        let show = |text: &str| amount(text.parse().expect("a decimal"));
        assert_eq!(show("42310.4"), "42,310");
        assert_eq!(show("99.995"), "100.00");
        assert_eq!(show("1234567"), "1,234,567");
        assert_eq!(show("-1500"), "-1,500");
        assert_eq!(show("0.5"), "0.50");
        assert_eq!(show("0"), "0");
    }

    #[test]
    fn percentages_are_floored() {
        assert_eq!(percent("0.9989999".parse().expect("a decimal"), 2), "99.89 %");
        assert_eq!(percent("-0.001".parse().expect("a decimal"), 0), "-1 %");
    }

    #[test]
    fn ages_have_two_units() {
        let show = |seconds| age(TimeDelta::seconds(seconds));
        assert_eq!([show(41), show(720), show(7_440), show(525_600)], ["41s", "12m", "2h04m", "6d02h"]);
    }
}
