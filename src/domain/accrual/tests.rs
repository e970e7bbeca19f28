//! Money over time: numbers of published templates, what does not count, and that any split adds up.

use chrono::NaiveDate;
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::domain::id::ProfileId;
use crate::domain::map::{Kind, Profile, Value};
use crate::domain::money::Amount;
use crate::domain::severity::Severity;
use crate::domain::testing::{at, dec, map, node, span, timeline};

fn worth(per_hour: &str, major: &str, critical: &str) -> Map {
    let mut process = node("p", Kind::Process);
    let loss = ["0", "0", "0", "0", "0", major, critical].map(dec);
    process.value = Some(Value { per_hour: Amount::stated(dec(per_hour)), profile: None, loss });
    map(vec![process])
}

fn lost(map: &Map, steps: &[(&str, &str)], from: &str, to: &str) -> (Decimal, Decimal, Decimal) {
    let within = span(from, to);
    let accrued = accrue(map, 0, &timeline(steps), within, &Spans::from(within));
    (accrued.cost.low, accrued.cost.high, accrued.coverage)
}

const MONTH: (&str, &str) = ("2024-01-01T00:00:00Z", "2024-01-15T12:00:00Z");

#[test]
fn numbers_of_published_templates() {
    for (rate, critical, from, to, wanted) in [
        ("10000", "0.75", "2024-01-15T08:00:00Z", "2024-01-15T11:00:00Z", "22500"),
        ("3000", "0.3", "2024-01-15T09:00:00Z", "2024-01-15T11:00:00Z", "1800"),
        ("100", "1", "2024-01-15T09:00:00Z", "2024-01-15T11:00:00Z", "200"),
        ("100", "0.1", "2024-01-15T09:00:00Z", "2024-01-15T11:00:00Z", "20"),
        ("833.33333333", "0.75", "2024-01-11T11:00:00Z", "2024-01-15T11:00:00Z", "60000"),
        ("1200", "1", "2024-01-15T09:00:00Z", "2024-01-15T11:00:00Z", "2400"),
    ] {
        let steps = [("2024-01-01T00:00:00Z", "ok"), (from, "critical"), (to, "ok")];
        let (low, high, coverage) = lost(&worth(rate, "0", critical), &steps, MONTH.0, MONTH.1);
        assert_eq!((low.round_dp(2), high, coverage), (dec(wanted), low, dec("1")));
    }
}

#[test]
fn a_degraded_stretch_costs_its_own_share() {
    let steps = [
        ("2024-01-01T00:00:00Z", "ok"),
        ("2024-01-15T08:00:00Z", "critical"),
        ("2024-01-15T09:00:00Z", "major"),
        ("2024-01-15T11:00:00Z", "ok"),
    ];
    assert_eq!(lost(&worth("1200", "0.25", "1"), &steps, MONTH.0, MONTH.1).0, dec("1800"));
}

#[test]
fn what_is_unknown_or_uncovered_adds_nothing_and_lowers_the_coverage() {
    let process = worth("1200", "0.5", "1");
    let day = ("2024-01-15T00:00:00Z", "2024-01-15T10:00:00Z");
    let unknown = [("2024-01-15T00:00:00Z", "critical"), ("2024-01-15T01:00:00Z", "unknown")];
    assert_eq!(lost(&process, &unknown, day.0, day.1), (dec("1200"), dec("1200"), dec("0.1")));
    let gap = [("2024-01-15T02:00:00Z", "ok"), ("2024-01-15T05:00:00Z", "-"), ("2024-01-15T09:00:00Z", "critical")];
    assert_eq!(lost(&process, &gap, day.0, day.1), (dec("1200"), dec("1200"), dec("0.4")));
    let covered = Spans::from(span("2024-01-15T09:30:00Z", "2024-01-15T23:00:00Z"));
    let accrued = accrue(&process, 0, &timeline(&gap), span(day.0, day.1), &covered);
    assert_eq!((accrued.cost.low, accrued.coverage), (dec("600"), dec("0.05")));
    let nothing = span(day.0, day.0);
    assert_eq!(accrue(&process, 0, &timeline(&gap), nothing, &Spans::from(nothing)).coverage, dec("1"));
}

#[test]
fn a_certain_problem_that_may_be_worse_has_two_ends() {
    let doubt = Interval { low: Severity::Major, high: Severity::Critical };
    let states = Timeline { steps: vec![(at("2024-01-15T00:00:00Z"), Some(doubt))] };
    let hour = span("2024-01-15T00:00:00Z", "2024-01-15T01:00:00Z");
    let accrued = accrue(&worth("1200", "0.5", "1"), 0, &states, hour, &Spans::from(hour));
    assert_eq!((accrued.cost.low, accrued.cost.high, accrued.coverage), (dec("600"), dec("1200"), dec("1")));
}

/// Berlin, 08:00 to 20:00 at 1, else 0.2; one date counts three times.
fn with_profile() -> Map {
    let mut map = worth("1000", "0.5", "1");
    map.profiles.push(Profile {
        id: ProfileId::from("week"),
        tz: Tz::Europe__Berlin,
        hours: std::array::from_fn(|_| vec![(480, 1200, dec("1")), (1200, 1920, dec("0.2"))]),
        dates: vec![(NaiveDate::from_ymd_opt(2026, 11, 27).expect("a date"), dec("3"))],
    });
    map.nodes[0].value.as_mut().expect("it was given one").profile = Some(0);
    map
}

#[test]
fn edges_of_the_profile_and_changes_of_clock_are_exact() {
    let down = [("2026-01-01T00:00:00Z", "critical")];
    let of = |from, to| lost(&with_profile(), &down, from, to).0;
    assert_eq!(of("2026-11-23T23:00:00Z", "2026-11-24T23:00:00Z"), dec("14400"));
    assert_eq!(of("2026-11-26T23:00:00Z", "2026-11-27T23:00:00Z"), dec("43200"));
    assert_eq!(of("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), dec("14200"));
    assert_eq!(of("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"), dec("14600"));
    assert_eq!(of("2026-11-24T18:30:00Z", "2026-11-24T19:30:00Z"), dec("600"));
}

#[test]
fn an_incident_lasts_until_there_was_no_problem_for_five_minutes() {
    let steps = [
        ("2026-11-24T08:00:00Z", "ok"),
        ("2026-11-24T09:00:00Z", "warning"),
        ("2026-11-24T09:10:00Z", "ok"),
        ("2026-11-24T09:14:59Z", "critical"),
        ("2026-11-24T09:20:00Z", "ok"),
    ];
    let on = |now: &str| incident(&timeline(&steps), at(now)).map(|span| span.start);
    assert_eq!(on("2026-11-24T08:59:59Z"), None);
    assert_eq!(on("2026-11-24T09:00:00Z"), Some(at("2026-11-24T09:00:00Z")));
    assert_eq!(on("2026-11-24T09:12:00Z"), Some(at("2026-11-24T09:00:00Z")));
    assert_eq!(on("2026-11-24T09:24:59Z"), Some(at("2026-11-24T09:00:00Z")));
    assert_eq!(on("2026-11-24T09:25:00Z"), None);
}

#[test]
fn five_minutes_of_calm_part_two_incidents() {
    let steps = [("2026-11-24T09:00:00Z", "major"), ("2026-11-24T09:10:00Z", "ok"), ("2026-11-24T09:15:00Z", "major")];
    let now = at("2026-11-24T09:16:00Z");
    assert_eq!(incident(&timeline(&steps), now), Some(Span::new(at("2026-11-24T09:15:00Z"), now)));
}

#[test]
fn time_without_knowledge_neither_ends_nor_begins_an_incident() {
    let steps = [
        ("2026-11-24T08:00:00Z", "unknown"),
        ("2026-11-24T09:00:00Z", "major"),
        ("2026-11-24T09:10:00Z", "-"),
        ("2026-11-24T11:00:00Z", "ok"),
    ];
    let on = |now: &str| incident(&timeline(&steps), at(now)).map(|span| span.start);
    assert_eq!(on("2026-11-24T08:30:00Z"), None);
    assert_eq!(on("2026-11-24T11:04:59Z"), Some(at("2026-11-24T09:00:00Z")));
    assert_eq!(on("2026-11-24T11:05:00Z"), None);
    assert_eq!(incident(&Timeline::default(), at("2026-11-24T08:30:00Z")), None);
}

fn states() -> impl Strategy<Value = Timeline> {
    let state = prop_oneof![
        Just(None),
        (0_u8..7, 0_u8..7).prop_map(|(a, b)| Some(Interval {
            low: Severity::from_level(a.min(b)),
            high: Severity::from_level(a.max(b)),
        })),
    ];
    prop::collection::vec((0_i64..2_000_000, state), 0..12).prop_map(|mut steps| {
        steps.sort_by_key(|(second, _)| *second);
        steps.dedup_by_key(|(second, _)| *second);
        let instant = |second: i64| Instant::from_timestamp(1_774_000_000 + second, 0).expect("in range");
        Timeline { steps: steps.into_iter().map(|(second, state)| (instant(second), state)).collect() }
    })
}

proptest! {
    #[test]
    fn accrual_is_additive_over_any_split(states in states(), cuts in prop::collection::vec(0_i64..2_000_000, 1..6), hole in 0_i64..2_000_000) {
        let map = with_profile();
        let instant = |second: i64| Instant::from_timestamp(1_774_000_000 + second, 0).expect("in range");
        let whole = Span::new(instant(0), instant(2_000_000));
        let covered = Spans::from(whole).subtract(&Spans::from(Span::new(instant(hole), instant(hole + 100_000))));
        let mut edges = cuts;
        edges.extend([0, 2_000_000]);
        edges.sort_unstable();
        let (mut cost, mut time) = (CostRange::default(), Decimal::ZERO);
        for pair in edges.windows(2) {
            let part = Span::new(instant(pair[0]), instant(pair[1]));
            let accrued = accrue(&map, 0, &states, part, &covered);
            cost.add(accrued.cost);
            time += accrued.coverage * seconds(part.length());
        }
        let accrued = accrue(&map, 0, &states, whole, &covered);
        let close = |a: Decimal, b: Decimal| (a - b).abs() < dec("0.000000000000001");
        prop_assert!(close(cost.low, accrued.cost.low) && close(cost.high, accrued.cost.high));
        prop_assert!(close(time / seconds(whole.length()), accrued.coverage));
        prop_assert!(accrued.cost.low <= accrued.cost.high);
    }

    /// Minute by minute, by the definition.
    #[test]
    fn an_incident_is_as_defined(levels in prop::collection::vec(prop_oneof![Just("ok"), Just("info"), Just("major")], 1..40)) {
        let start = at("2026-11-24T00:00:00Z");
        let minute = |index: usize| start + TimeDelta::minutes(i64::try_from(index).expect("small"));
        let state = |word: &str| Some(Interval::exactly(Severity::parse(word).expect("a severity")));
        let steps = levels.iter().enumerate().map(|(index, word)| (minute(index), state(word))).collect();
        let found = incident(&Timeline { steps }, minute(levels.len()));
        let (mut begun, mut calm) = (None, 0);
        for (index, word) in levels.iter().enumerate() {
            if *word == "major" {
                begun = begun.or(Some(minute(index)));
                calm = 0;
            } else {
                calm += 1;
                if calm == 5 {
                    begun = None;
                }
            }
        }
        prop_assert_eq!(found.map(|span| span.start), begun);
    }
}
