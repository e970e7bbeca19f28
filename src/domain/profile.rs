//! How much of a process's value each hour has: a weight by local hour of the week, with factors of single dates.
//!
//! A weight is constant over each piece, so that cost over time is a sum and not an approximation. Hours that are
//! not listed have weight 0.

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use rust_decimal::Decimal;

use super::calendar::{DAY, tail};
use super::map::Profile;
use super::span::{Instant, Span};
use super::zone;

/// The weight at an instant.
pub fn weight_at(profile: &Profile, at: Instant) -> Decimal {
    let now = Span::new(at, at + TimeDelta::nanoseconds(1));
    pieces(profile, now).first().map_or(Decimal::ZERO, |(_, weight)| *weight)
}

/// The stretches within a span over which the weight is one and the same, in order and without gaps.
pub fn pieces(profile: &Profile, within: Span) -> Vec<(Span, Decimal)> {
    let mut found: Vec<(Span, Decimal)> = Vec::new();
    let mut hours = Vec::new();
    for day in zone::days(profile.tz, within) {
        weights(profile, day.date, &mut hours);
        for (start, end, weight) in &hours {
            let Some(span) = day.minutes(*start, *end) else { continue };
            match found.last_mut() {
                Some((last, same)) if same == weight && last.end == span.start => last.end = span.end,
                _ => found.push((span, *weight)),
            }
        }
    }
    found
}

/// The weights of a date from midnight to midnight, without gaps. The day's own hours win over what the day before
/// left over. A week's nights are listed as `mon-fri = { "20:00-08:00" = 0.2 }` beside a Sunday that ends at midnight:
/// where the day before is listed and leaves nothing, the day's own night reaches back to its midnight.
fn weights(profile: &Profile, date: NaiveDate, hours: &mut Vec<(u32, u32, Decimal)>) {
    let today = date.weekday().num_days_from_monday() as usize;
    let (own, before) = (&profile.hours[today], &profile.hours[(today + 6) % 7]);
    let factors = profile.dates.iter().filter(|(special, _)| *special == date);
    let factor = factors.fold(Decimal::ONE, |product, (_, factor)| product.saturating_mul(*factor));
    let back = if before.is_empty() { &[][..] } else { own };
    let nights = before.iter().chain(back).filter_map(|(s, e, weight)| tail(*s, *e).map(|(s, e)| (s, e, *weight)));
    let listed: Vec<_> = own.iter().map(|(s, e, weight)| (*s, (*e).min(DAY), *weight)).chain(nights).collect();
    let mut edges: Vec<u32> = listed.iter().flat_map(|(start, end, _)| [*start, *end]).chain([0, DAY]).collect();
    edges.sort_unstable();
    edges.dedup();
    hours.clear();
    hours.extend(edges.windows(2).map(|edge| {
        let found = listed.iter().find(|(start, end, _)| *start <= edge[0] && edge[1] <= *end);
        (edge[0], edge[1], found.map_or(Decimal::ZERO, |(.., weight)| weight.saturating_mul(factor)))
    }));
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::id::ProfileId;
    use crate::domain::testing::{at, dec};

    /// Monday to Friday 08:00-20:00 at 1, the nights between at 0.2, Saturday and Sunday at 0.5.
    fn retail() -> Profile {
        let weekday = vec![(480, 1200, dec("1")), (1200, 1920, dec("0.2"))];
        let mut hours: [Vec<_>; 7] = std::array::from_fn(|_| weekday.clone());
        hours[5] = vec![(0, 1440, dec("0.5"))];
        hours[6] = vec![(0, 1440, dec("0.5"))];
        let black_friday = NaiveDate::from_ymd_opt(2026, 11, 27).expect("a date");
        Profile { id: ProfileId::from("retail"), tz: Tz::Europe__Berlin, hours, dates: vec![(black_friday, dec("3"))] }
    }

    #[test]
    fn the_weight_is_that_of_the_local_hour() {
        let weight = |text| weight_at(&retail(), at(text));
        assert_eq!(weight("2026-11-24T07:00:00Z"), dec("1"));
        assert_eq!(weight("2026-11-24T06:59:59Z"), dec("0.2"));
        assert_eq!(weight("2026-11-24T19:00:00Z"), dec("0.2"));
        assert_eq!(weight("2026-11-28T12:00:00Z"), dec("0.5"));
        assert_eq!(weight("2026-07-14T06:00:00Z"), dec("1"));
    }

    #[test]
    fn a_factor_belongs_to_the_local_date_also_in_a_night_that_began_before() {
        let weight = |text| weight_at(&retail(), at(text));
        assert_eq!(weight("2026-11-26T22:59:59Z"), dec("0.2"));
        assert_eq!(weight("2026-11-26T23:00:00Z"), dec("0.6"));
        assert_eq!(weight("2026-11-27T12:00:00Z"), dec("3"));
        assert_eq!(weight("2026-11-27T23:00:00Z"), dec("0.5"));
    }

    #[test]
    fn hours_that_are_not_listed_weigh_nothing() {
        let mut profile = retail();
        profile.hours[2].clear();
        assert_eq!(weight_at(&profile, at("2026-11-25T12:00:00Z")), dec("0"));
        assert_eq!(weight_at(&profile, at("2026-11-25T05:00:00Z")), dec("0.2"));
    }

    #[test]
    fn nights_of_a_run_of_days_begin_with_its_first_day_and_yield_to_a_day_of_its_own() {
        let weight = |text| weight_at(&retail(), at(text));
        assert_eq!(weight("2026-11-23T05:00:00Z"), dec("0.2"));
        assert_eq!(weight("2026-11-28T05:00:00Z"), dec("0.5"));
        let mut saturday = retail();
        saturday.hours = std::array::from_fn(|_| Vec::new());
        saturday.hours[5] = vec![(22 * 60, 30 * 60, dec("1"))];
        let weight = |text| weight_at(&saturday, at(text));
        assert_eq!((weight("2026-11-28T04:00:00Z"), weight("2026-11-29T04:00:00Z")), (dec("0"), dec("1")));
    }

    #[test]
    fn a_sunday_of_25_hours_is_one_piece_of_25_hours() {
        let within = Span::new(at("2026-10-24T22:00:00Z"), at("2026-10-25T23:00:00Z"));
        assert_eq!(pieces(&retail(), within), vec![(within, dec("0.5"))]);
    }

    proptest! {
        #[test]
        fn pieces_have_no_gaps_and_the_weight_of_each_instant(start in 1_770_000_000_i64..1_800_000_000, length in 1_i64..2_000_000, part in 0.0..1.0_f64) {
            let within = Span::new(
                Instant::from_timestamp(start, 0).expect("in range"),
                Instant::from_timestamp(start + length, 0).expect("in range"),
            );
            let pieces = pieces(&retail(), within);
            prop_assert_eq!(pieces.first().map(|piece| piece.0.start), Some(within.start));
            prop_assert_eq!(pieces.last().map(|piece| piece.0.end), Some(within.end));
            prop_assert!(pieces.windows(2).all(|pair| pair[0].0.end == pair[1].0.start && pair[0].1 != pair[1].1));
            let probe = within.start + TimeDelta::seconds((part * length as f64) as i64);
            let piece = pieces.iter().find(|(span, _)| span.contains(probe)).expect("no gaps");
            prop_assert_eq!(piece.1, weight_at(&retail(), probe));
        }
    }
}
