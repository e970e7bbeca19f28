use super::*;

fn rank(id: &str) -> Rank<'_> {
    Rank {
        certainty: Certainty::Certain,
        handled: false,
        rate: Decimal::ZERO,
        severity: Severity::Major,
        value_at_risk: Decimal::ZERO,
        breach: None,
        since: None,
        id,
    }
}

#[test]
fn bands_are_one_two_five_a_decade() {
    let band_of = |rate: &str| band(rate.parse().expect("a decimal"));
    assert_eq!(
        ["0", "0.99", "1", "1.99", "2", "5", "10", "19", "20", "50", "100"].map(band_of),
        [0, 0, 1, 1, 2, 3, 4, 4, 5, 6, 7]
    );
    assert_eq!(band_of("42000"), band_of("49999"));
    assert!(band_of("42000") < band_of("50000"));
    assert_eq!(band(Decimal::MAX), 87, "ends for any rate: 7.9e28");
    assert_eq!(band(-Decimal::ONE), 0);
}

#[test]
fn each_criterion_decides_only_where_those_before_it_are_equal() {
    let day = |day: i64| Some(Instant::from_timestamp(day * 86_400, 0).expect("in range"));
    let dear = Rank { rate: 1_000.into(), ..rank("z") };
    let in_order = [
        Rank { rate: 5_000.into(), severity: Severity::Warning, ..rank("z") },
        Rank { severity: Severity::Critical, ..dear.clone() },
        Rank { value_at_risk: 9.into(), ..dear.clone() },
        Rank { breach: Some(TimeDelta::hours(1)), ..dear.clone() },
        Rank { breach: Some(TimeDelta::hours(2)), ..dear.clone() },
        Rank { since: day(1), ..dear.clone() },
        Rank { since: day(2), ..dear.clone() },
        Rank { id: "a", ..dear.clone() },
        Rank { id: "b", ..dear.clone() },
        Rank { handled: true, rate: 90_000.into(), ..rank("a") },
        Rank { certainty: Certainty::Possible, rate: 90_000.into(), ..rank("a") },
        Rank { certainty: Certainty::Fine, ..rank("a") },
    ];
    for (first, second) in in_order.iter().zip(&in_order[1..]) {
        assert!(first < second, "{first:?}\nshould stand before\n{second:?}");
    }
}

#[test]
fn cents_do_not_change_places() {
    let a = Rank { rate: "310.40".parse().expect("a decimal"), ..rank("b") };
    let b = Rank { rate: "310.90".parse().expect("a decimal"), ..rank("a") };
    assert!(b < a, "the id decides within a band");
}

#[test]
fn the_reason_is_the_criterion_that_decided() {
    let busy = Rank { handled: true, ..rank("a") };
    assert_eq!(
        rank("b").why_against(&busy, "EUR").as_deref(),
        Some("unhandled before handled: nobody is on it against handled")
    );
    let dear = Rank { rate: 42_000.into(), ..rank("c") };
    assert_eq!(dear.why_against(&rank("d"), "EUR").as_deref(), Some("cost rate: 42,000 EUR/h against 0 EUR/h"));
    assert_eq!(rank("a").why_against(&rank("a"), "EUR"), None);
}

#[test]
fn running_clocks_stand_before_paused_ones_and_soonest_first() {
    let clock_with = |remaining: i64, paused, done: bool| {
        clock(&ClockState {
            ticket: 0,
            goal: crate::domain::map::Goal::Resolve,
            target: TimeDelta::hours(4),
            elapsed: TimeDelta::zero(),
            remaining: TimeDelta::minutes(remaining),
            due: None,
            paused,
            open: true,
            breached: remaining <= 0,
            done: done.then_some(Instant::UNIX_EPOCH),
            origin: crate::domain::world::ClockOrigin::Local,
        })
    };
    let in_order = [
        clock_with(-5, false, false),
        clock_with(10, false, false),
        clock_with(1, true, false),
        clock_with(0, false, true),
    ];
    assert!(in_order.is_sorted());
}
