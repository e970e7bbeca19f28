//! Spend of the month against its limit: what it will be at this pace, and when the limit is used up.
//!
//! Projection = spent so far ÷ elapsed time × length of the month, where months are those of the map's zone. Spend is
//! what IT costs to run; it never mixes with the cost of problems.

use rust_decimal::Decimal;

use super::exact::{duration, over, seconds, times};
use super::map::{Map, Spend, Window};
use super::span::{Instant, Span};
use super::window;
use super::world::SpendState;

/// Where a spend record stands, given the money spent since the month began.
pub fn evaluate(map: &Map, spend: &Spend, to_date: Option<Decimal>, at: Instant) -> SpendState {
    let month = window::bounds(Window::Month, map.tz, chrono::Weekday::Mon, at);
    let elapsed = seconds(Span::new(month.start, at).length());
    let limit = spend.limit.map(|limit| limit.value);
    let whole = seconds(month.length());
    let projected =
        to_date.and_then(|spent| over(times(spent, whole), elapsed)).map(|money| map.currency.rounded(money));
    let used = to_date.zip(limit).and_then(|(spent, limit)| over(spent, limit));
    let exhausted_on = to_date
        .zip(limit)
        .filter(|(spent, _)| *spent > Decimal::ZERO)
        .and_then(|(spent, limit)| over(times(elapsed, limit), spent))
        .and_then(duration)
        .and_then(|after| month.start.checked_add_signed(after))
        .filter(|on| month.contains(*on));
    SpendState { to_date, projected, used, exhausted_on }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{SourceName, SpendId};
    use crate::domain::map::SpendFrom;
    use crate::domain::money::Amount;
    use crate::domain::testing::{at, dec, map};

    fn cloud(to_date: &str, limit: &str, now: &str) -> SpendState {
        let spend = Spend {
            id: SpendId::from("cloud"),
            node: 0,
            from: SpendFrom::Source(SourceName::from("bill")),
            select: Vec::new(),
            limit: Some(Amount::stated(dec(limit))),
        };
        evaluate(&map(Vec::new()), &spend, Some(dec(to_date)), at(now))
    }

    #[test]
    fn ten_days_of_thirty() {
        let state = cloud("4500", "15000", "2024-04-11T00:00:00Z");
        assert_eq!((state.projected, state.used), (Some(dec("13500")), Some(dec("0.3"))));
        assert_eq!(state.exhausted_on, None);
        let over = cloud("9000", "15000", "2024-04-11T00:00:00Z");
        assert_eq!((over.projected, over.used), (Some(dec("27000")), Some(dec("0.6"))));
        assert_eq!(over.exhausted_on, Some(at("2024-04-17T16:00:00Z")));
    }

    #[test]
    fn at_the_first_instant_there_is_no_pace() {
        let state = cloud("0", "15000", "2024-04-01T00:00:00Z");
        assert_eq!((state.projected, state.used, state.exhausted_on), (None, Some(dec("0")), None));
    }

    #[test]
    fn what_ends_with_the_month_is_not_exhausted_in_it() {
        assert_eq!(cloud("5000", "15000", "2024-04-11T00:00:00Z").exhausted_on, None);
        assert!(cloud("5000.01", "15000", "2024-04-11T00:00:00Z").exhausted_on.is_some());
    }
}
