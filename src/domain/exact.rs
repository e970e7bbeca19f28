//! Exact decimals where the numbers come from outside: durations as seconds, and products that do not panic.
//!
//! Invariant: no figure passes through binary floating point, and no number that a source sends, however large, ends
//! the program. A product beyond the 96 bits of a decimal stays at the largest one.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// A duration in seconds.
pub fn seconds(duration: TimeDelta) -> Decimal {
    let whole = Decimal::from(duration.num_seconds());
    match duration.subsec_nanos() {
        0 => whole,
        nanos => whole + Decimal::new(i64::from(nanos), 9),
    }
}

/// The duration of so many seconds, at millisecond precision, rounded down; `None` beyond what a duration can hold.
pub fn duration(seconds: Decimal) -> Option<TimeDelta> {
    let millis = seconds.checked_mul(Decimal::ONE_THOUSAND)?.floor().to_i64()?;
    TimeDelta::try_milliseconds(millis)
}

/// A product; the largest decimal where it has no room.
pub fn times(left: Decimal, right: Decimal) -> Decimal {
    left.saturating_mul(right)
}

/// A quotient; `None` for nothing by nothing or a quotient without room.
pub fn over(part: Decimal, whole: Decimal) -> Option<Decimal> {
    part.checked_div(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_keep_their_fraction() {
        assert_eq!(seconds(TimeDelta::milliseconds(1500)), Decimal::new(15, 1));
        assert_eq!(seconds(TimeDelta::milliseconds(-1500)), Decimal::new(-15, 1));
        assert_eq!(duration(Decimal::new(15, 1)), Some(TimeDelta::milliseconds(1500)));
    }

    #[test]
    fn numbers_without_room_do_not_panic() {
        assert_eq!(times(Decimal::MAX, Decimal::TEN), Decimal::MAX);
        assert_eq!(over(Decimal::ONE, Decimal::ZERO), None);
        assert_eq!(duration(Decimal::MAX), None);
    }
}
