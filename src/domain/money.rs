//! Money: exact decimals in the one currency that every total is in.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

/// An ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro.
    pub const EURO: Self = Self(*b"EUR");

    /// The currency of a code of three upper-case letters; `None` for other text.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Digits of the minor unit (ISO 4217; those that differ from 2).
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"VND" | b"CLP" | b"ISK" | b"PYG" | b"UGX" | b"XAF" | b"XOF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// An amount at the precision of the minor unit, half up (away from zero).
    pub fn rounded(self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.minor_digits(), RoundingStrategy::MidpointAwayFromZero)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in the currency of the totals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Amount {
    /// The amount, in the currency of the totals.
    pub value: Decimal,
    /// Whether it was stated in another currency and converted by the configured rate (shown as `≈`).
    pub converted: bool,
}

impl Amount {
    /// An amount stated in the currency of the totals.
    pub const fn stated(value: Decimal) -> Self {
        Self { value, converted: false }
    }
}

/// Money that is certain and money that is possible, given what is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CostRange {
    /// Certain.
    pub low: Decimal,
    /// Possible.
    pub high: Decimal,
}

impl CostRange {
    /// Adds each end to its own.
    pub fn add(&mut self, other: Self) {
        self.low = self.low.saturating_add(other.low);
        self.high = self.high.saturating_add(other.high);
    }
}

/// Money lost over a stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accrued {
    /// The money, both ends.
    pub cost: CostRange,
    /// The share of the stretch that is covered, 0 to 1; below 1 the figure reads `≥`.
    pub coverage: Decimal,
}

/// Digits with a comma between thousands; the sign and a fraction stay.
pub fn grouped(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}
