//! A ledger against the integral over the whole timeline, and what it tells against what it holds.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::accrual::accrue;
use crate::domain::id::SourceName;
use crate::domain::map::{Kind, Value};
use crate::domain::money::Amount;
use crate::domain::severity::Severity;
use crate::domain::testing::{at, dec, map, node, time};

fn shop() -> Map {
    let mut checkout = node("checkout", Kind::Process);
    let loss = ["0", "0", "0", "0.1", "0.1", "0.4", "1"].map(dec);
    checkout.value = Some(Value { per_hour: Amount::stated(dec("42000")), profile: None, loss });
    map(vec![checkout])
}

fn orders() -> Measured {
    Measured {
        source: SourceName::from("prom"),
        actual: String::new(),
        expected: String::new(),
        per: time("1m"),
        unit_value: Amount::stated(dec("61.40")),
        tolerance: dec("0.1"),
    }
}

fn start() -> Instant {
    at("2026-11-24T10:00:00Z")
}

/// What a file would hold after it was told.
fn tell(held: &mut Vec<Accrual>, accruing: Accruing, now: Instant) {
    held.retain(|stretch| stretch.span.start < accruing.from);
    if let Some(last) = held.last_mut() {
        last.span.end = last.span.end.min(accruing.from);
    }
    held.extend(accruing.stretches);
    for stretch in held.iter_mut().filter(|stretch| stretch.span.end == now) {
        stretch.span.end = Instant::MAX_UTC;
    }
}

proptest! {
    /// Turns forward and back in time: the sums are those of the whole timeline, over any span, and a file that was
    /// only told what changed holds the same.
    #[test]
    fn the_ledger_is_the_integral(
        turns in prop::collection::vec((1_i64..400, 0_u8..8, 0_i64..600, 0_u8..3), 1..40),
        cut in (0_i64..4000, 0_i64..4000),
    ) {
        let (map, covered) = (shop(), Spans::from(Span::new(start(), Instant::MAX_UTC)));
        let (mut timeline, mut ledger, mut held) = (Timeline::default(), Ledger::default(), Vec::new());
        let mut now = start();
        for (pause, level, back, causes) in turns {
            now += TimeDelta::seconds(pause);
            let state = if level == 7 {
                Interval { low: Severity::Ok, high: Severity::Critical }
            } else {
                Interval::exactly(Severity::from_level(level))
            };
            let from = (now - TimeDelta::seconds(back)).max(start());
            let turned = (timeline.at(now) != Some(state)).then(|| {
                timeline.steps.retain(|(when, _)| *when < from);
                timeline.steps.push((from, Some(state)));
                from
            });
            let causes = (0..causes).map(|cause| CauseId::from(cause.to_string())).collect::<Vec<_>>().into();
            let entry = Entry { map: &map, process: 0, timeline: &timeline, covered: &covered, turned, sample: None, causes, now, most: 10_000 };
            if let Some(accruing) = ledger.account(&entry) {
                tell(&mut held, accruing, now);
            }
            let all = Span::new(start(), now);
            let part = Span::new(start() + TimeDelta::seconds(cut.0.min(cut.1)), (start() + TimeDelta::seconds(cut.0.max(cut.1))).min(now));
            for within in [all, part] {
                let expected = accrue(&map, 0, &timeline, within, &Spans::from(within)).cost;
                prop_assert_eq!(ledger.lost(within), expected);
                prop_assert_eq!(Accrual::sum(&held, within), expected);
            }
        }
    }
}

#[test]
fn a_sample_holds_until_the_next_and_two_intervals_at_most() {
    let (map, orders) = (shop(), orders());
    let covered = Spans::from(Span::new(start(), Instant::MAX_UTC));
    let timeline = Timeline { steps: vec![(start(), Some(Interval::exactly(Severity::Critical)))] };
    let mut ledger = Ledger::default();
    let second = |second: i64| start() + TimeDelta::seconds(second);
    let account = |ledger: &mut Ledger, now: i64, sampled: i64, actual: &str, turned: Option<Instant>| {
        let sample = MeasuredSample { actual: dec(actual), expected: dec("10"), at: second(sampled) };
        let sample = Some((&orders, sample, time("15s")));
        let causes = Arc::from([]);
        ledger.account(&Entry {
            map: &map,
            process: 0,
            timeline: &timeline,
            covered: &covered,
            turned,
            sample,
            causes,
            now: second(now),
            most: 10_000,
        })
    };
    account(&mut ledger, 0, 0, "10", Some(start()));
    // Within tolerance nothing is lost, whatever the map says.
    account(&mut ledger, 15, 15, "5", None);
    assert_eq!(ledger.lost(Span::new(start(), second(15))), CostRange::default());
    // Five orders a minute of 61.40 are missing: 18,420 an hour, for half a minute and not longer.
    account(&mut ledger, 60, 15, "5", None);
    let lost = ledger.lost(Span::new(start(), second(60)));
    let hours = |seconds: i64| Decimal::from(seconds) / Decimal::from(3600);
    assert_eq!((lost.low * dec("3600")).round_dp(6), (dec("18420") * dec("30") + dec("42000") * dec("15")).round_dp(6));
    assert!(lost.low > hours(44) * dec("18420"));
    let methods: Vec<_> = ledger.stretches().iter().map(|stretch| stretch.method).collect();
    assert_eq!(methods, [CostMethod::Measured, CostMethod::Measured, CostMethod::Model]);
    // A turn in the past leaves what was measured.
    account(&mut ledger, 61, 60, "10", Some(second(20)));
    assert_eq!(
        ledger.lost(Span::new(start(), second(45))),
        Accrual::sum(&ledger.stretches()[..2], Span::new(start(), second(45)))
    );
}

/// A process that turns at every poll for days: what is kept stays small, and days and months add up as before.
#[test]
fn a_ledger_of_many_turns_stays_small_and_adds_up() {
    let (map, covered) = (shop(), Spans::from(Span::new(start(), Instant::MAX_UTC)));
    let (mut timeline, mut ledger) = (Timeline::default(), Ledger::default());
    let turn = |number: i32| start() + TimeDelta::seconds(30) * number;
    let pass = |timeline: &mut Timeline, ledger: &mut Ledger, number: i32, most: usize| {
        let level = [0, 6, 4, 6, 3][number as usize % 5];
        timeline.steps.push((turn(number), Some(Interval::exactly(Severity::from_level(level)))));
        let causes = Arc::from([CauseId::from(number.to_string())]);
        let (turned, now) = (Some(turn(number)), turn(number + 1));
        let covered = &covered;
        ledger.account(&Entry { map: &map, process: 0, timeline, covered, turned, sample: None, causes, now, most });
        assert!(ledger.stretches().len() <= most, "{}", ledger.stretches().len());
    };
    (0..6_000).for_each(|number| pass(&mut timeline, &mut ledger, number, 500));
    let now = turn(6_000);
    let exact = |within: Span| accrue(&map, 0, &timeline, within, &Spans::from(within)).cost.low;
    for hours in [0, 1, 14, 24, 49] {
        let within = Span::new(start() + TimeDelta::hours(hours), now);
        let (lost, exact) = (ledger.lost(within).low, exact(within));
        assert!((lost - exact).abs() < Decimal::new(1, 9), "since {hours} h: {lost} against {exact}");
    }
    let recent = Span::new(turn(5_950), now);
    assert_eq!(ledger.lost(recent).low.round_dp(9), exact(recent).round_dp(9), "what is recent is kept as it was");
    // Where hours are too many the oldest go.
    (6_000..7_000).for_each(|number| pass(&mut timeline, &mut ledger, number, 40));
}
