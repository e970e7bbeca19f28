//! Numbers: counts, shares, amounts. All exact: a float is read from its text, never through binary.

use std::str::FromStr;

use rust_decimal::Decimal;
use toml::de::DeValue;

use super::Fault;
use crate::domain::money::Currency;
use crate::domain::rule::Quantity;
use crate::domain::severity::Severity;

/// Nothing here is larger, so that sums and products of what is configured stay within what a decimal can hold.
const LARGEST: Decimal = Decimal::from_parts(0xa4c6_8000, 0x3_8d7e, 0, false, 0); // 10^15

/// A number: an integer, a float or a text that is one.
pub(in super::super) fn decimal(value: &DeValue<'_>) -> Result<Decimal, Fault> {
    let text = match value {
        DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
        DeValue::Integer(_) => return whole(value).map(Decimal::from),
        DeValue::Float(float) => float.as_str(),
        DeValue::String(text) => text,
        _ => return Err(Fault { message: format!("expected a number, found {}", value.type_str()), hint: None }),
    };
    decimal_of(text).ok_or_else(|| no_number(text, "write a decimal such as 0.4"))
}

/// The decimal of a text such as `0.40`, `-3` or `1e-7`.
pub(super) fn decimal_of(text: &str) -> Option<Decimal> {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    if !text.chars().all(plain) {
        return None;
    }
    let parsed = if text.contains(['e', 'E']) { Decimal::from_scientific(text) } else { Decimal::from_str(text) };
    parsed.ok().filter(|number| number.abs() <= LARGEST)
}

fn no_number(text: &str, hint: &str) -> Fault {
    let large = text.parse::<f64>().is_ok_and(f64::is_finite);
    let (message, hint) = if large { ("too large", "at most 10^15") } else { ("no number", hint) };
    Fault::new(format!("`{text}` is {message}"), hint)
}

fn whole(value: &DeValue<'_>) -> Result<i64, Fault> {
    let Some(integer) = value.as_integer() else {
        return Err(Fault { message: format!("expected a whole number, found {}", value.type_str()), hint: None });
    };
    i64::from_str_radix(integer.as_str(), integer.radix())
        .map_err(|_| Fault { message: format!("{integer} is too large"), hint: None })
}

/// A whole number of at least `least`.
pub(in super::super) fn count(value: &DeValue<'_>, least: u32) -> Result<u32, Fault> {
    let number = whole(value)?;
    u32::try_from(number)
        .ok()
        .filter(|count| *count >= least)
        .ok_or_else(|| Fault::new(format!("{number} is out of range"), format!("a whole number from {least} on")))
}

/// A whole number, also negative, of levels on the scale of severities.
pub(in super::super) fn shift(value: &DeValue<'_>) -> Result<i8, Fault> {
    let number = whole(value)?;
    i8::try_from(number).map_err(|_| Fault::new(format!("{number} is out of range"), "severities are 7 levels"))
}

/// A number that is not negative.
pub(super) fn not_negative(value: &DeValue<'_>) -> Result<Decimal, Fault> {
    let number = decimal(value)?;
    if number.is_sign_negative() && !number.is_zero() {
        return Err(Fault::new(format!("{number} is negative"), "a number from 0 on"));
    }
    Ok(number)
}

/// Digits after the point of a weight or of points: rules add up whole numbers of the smallest of these.
const FINEST: u32 = crate::domain::graph::FINEST;
/// The largest weight, or points, so that as many as a map has still add up.
const HEAVIEST: Decimal = Decimal::from_parts(100_000_000, 0, 0, false, 0);

/// A weight or points: not negative, rounded to what adds up exactly, and no larger than that.
pub(in super::super) fn weight(value: &DeValue<'_>) -> Result<Decimal, Fault> {
    let number = not_negative(value)?.round_dp(FINEST).normalize();
    if number > HEAVIEST {
        return Err(Fault::new(format!("{number} is too large"), "at most 100000000: divide all of this rule alike"));
    }
    Ok(number)
}

/// A number above 0.
pub(super) fn above_zero(value: &DeValue<'_>) -> Result<Decimal, Fault> {
    let number = decimal(value)?;
    if number > Decimal::ZERO {
        Ok(number)
    } else {
        Err(Fault::new(format!("{number} is not above 0"), "a number above 0"))
    }
}

/// `"60%"` as hundredths, if the text ends with `%`.
fn percent(text: &str) -> Option<Result<Decimal, Fault>> {
    let number = text.strip_suffix('%')?.trim_end();
    Some(decimal_of(number).ok_or_else(|| Fault::new(format!("`{text}` is no percentage"), "write \"99.9%\"")))
}

/// A ratio that is not negative: `"10%"`, or the plain number.
pub(in super::super) fn ratio(value: &DeValue<'_>) -> Result<Decimal, Fault> {
    let number = match value.as_str().and_then(percent) {
        Some(percent) => percent? / Decimal::ONE_HUNDRED,
        None => decimal(value)?,
    };
    if number.is_sign_negative() && !number.is_zero() {
        return Err(Fault::new("a share is not negative", "from 0 % on"));
    }
    Ok(number)
}

/// A ratio from 0 to 1.
pub(in super::super) fn share(value: &DeValue<'_>) -> Result<Decimal, Fault> {
    let number = ratio(value)?;
    if number > Decimal::ONE {
        return Err(Fault::new("a share is at most 100 %", percent_hint(value)));
    }
    Ok(number)
}

/// A target: above 0 and at most 1.
pub(in super::super) fn target(value: &DeValue<'_>) -> Result<Decimal, Fault> {
    let number = ratio(value)?;
    if number.is_zero() || number > Decimal::ONE {
        return Err(Fault::new("a target is above 0 % and at most 100 %", percent_hint(value)));
    }
    Ok(number)
}

/// What somebody meant who wrote 99.9 for 99.9 %.
fn percent_hint(value: &DeValue<'_>) -> String {
    match decimal(value) {
        Ok(number) if number > Decimal::ONE && number <= Decimal::ONE_HUNDRED => format!("write \"{number}%\""),
        _ => "write a percentage such as \"99.9%\"".into(),
    }
}

/// A number of children, or a share of them.
pub(in super::super) fn quantity(value: &DeValue<'_>) -> Result<Quantity, Fault> {
    match value.as_str() {
        None => count(value, 0).map(Quantity::Count),
        Some(text) => match percent(text) {
            Some(Ok(number)) if number >= Decimal::ZERO => Ok(Quantity::Percent(number)),
            Some(Err(fault)) => Err(fault),
            Some(Ok(_)) => Err(Fault::new("a share is not negative", "from \"0%\" on")),
            None => Err(Fault::new(
                format!("`{text}` is neither a number nor a share"),
                "write 2 for a number of children, or \"60%\" for a share of them",
            )),
        },
    }
}

/// A currency.
pub(in super::super) fn currency(value: &DeValue<'_>) -> Result<Currency, Fault> {
    let text = super::text(value)?;
    Currency::parse(text).ok_or_else(|| no_currency(text))
}

fn no_currency(text: &str) -> Fault {
    Fault::new(format!("`{text}` is no currency"), "three capital letters of ISO 4217, such as EUR")
}

/// An amount as written, with the currency it is written in.
pub(in super::super) fn amount(value: &DeValue<'_>) -> Result<(Decimal, Currency), Fault> {
    let text = super::text(value)?.trim();
    let Some((number, code)) = text.split_once(char::is_whitespace) else {
        let message = format!("`{text}` is an amount without a currency");
        return Err(Fault::new(message, "write number and currency, such as \"42000 EUR\""));
    };
    let code = code.trim();
    let currency = Currency::parse(code).ok_or_else(|| no_currency(code))?;
    let number = decimal_of(number).ok_or_else(|| no_number(number, "write \"42000.50 EUR\", without separators"))?;
    if number.is_sign_negative() && !number.is_zero() {
        return Err(Fault::new("an amount is not negative", "write what it costs as a number from 0 on"));
    }
    Ok((number, currency))
}

/// Points or bounds by severity, in the order of the scale.
pub(in super::super) fn severity_points(value: &DeValue<'_>) -> Result<Vec<(Severity, Decimal)>, Fault> {
    let table = value.as_table().ok_or_else(|| Fault { message: "expected a table".into(), hint: None })?;
    let mut rows = Vec::new();
    for (key, value) in table {
        if let (Some(severity), Ok(number)) = (Severity::parse(key.get_ref()), weight(value.get_ref())) {
            rows.push((severity, number));
        }
    }
    rows.sort_by_key(|(severity, _)| *severity);
    Ok(rows)
}
