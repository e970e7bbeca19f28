//! Credits: public schedules at their borders, minimum, rounding, customers, the next tier.

use proptest::prelude::*;

use super::*;
use crate::domain::map::Kind;
use crate::domain::money::Amount;
use crate::domain::testing::{dec, map, node, time};

const AWS: &[(&str, &str)] = &[("0.9999", "0.1"), ("0.99", "0.3"), ("0.95", "1")];
const COMMON: &[(&str, &str)] = &[("0.999", "0.1"), ("0.99", "0.25"), ("0.95", "1")];
const GOOGLE: &[(&str, &str)] = &[("0.999", "0.1"), ("0.99", "0.25"), ("0.95", "0.5")];
const VERTEX: &[(&str, &str)] = &[("0.995", "0.1"), ("0.99", "0.25"), ("0.95", "0.5")];
const DNS: &[(&str, &str)] = &[("1", "0.1"), ("0.9999", "0.25"), ("0.995", "1")];
const SUPABASE: &[(&str, &str)] = &[("0.999", "0.1"), ("0.99", "0.15"), ("0.98", "0.2"), ("0.96", "0.3")];
const ZITADEL: &[(&str, &str)] = &[("0.999", "0"), ("0.995", "0.1"), ("0.99", "0.25"), ("0.95", "0.5")];

fn terms(tiers: &[(&str, &str)], of: Option<&str>, minimum: Option<&str>) -> Credit {
    let amount = |text: &str| Amount::stated(dec(text));
    Credit {
        of: of.map(amount),
        tiers: tiers.iter().map(|(below, share)| (dec(below), dec(share))).collect(),
        minimum: minimum.map(amount),
    }
}

/// Seconds of outage in the first half of a month of 30 days.
fn half_a_month(bad: &str, hour: Option<&str>) -> Outlook {
    Outlook {
        so_far: Tally { bad: dec(bad), total: dec("1296000") },
        unit: Decimal::ONE,
        pace: Decimal::ONE,
        whole: dec("2592000"),
        rest: dec("1296000"),
        soon: dec("14400"),
        hour: hour.map(dec),
    }
}

#[test]
fn tiers_of_public_schedules_at_their_borders() {
    for (tiers, figure, wanted) in [
        (AWS, "99.99", "0"),
        (AWS, "99.989999", "0.1"),
        (AWS, "99", "0.1"),
        (AWS, "95", "0.3"),
        (AWS, "94.9999", "1"),
        (COMMON, "99.5", "0.1"),
        (COMMON, "99", "0.1"),
        (COMMON, "98.999999", "0.25"),
        (COMMON, "94.99", "1"),
        (GOOGLE, "99.89", "0.1"),
        (GOOGLE, "94", "0.5"),
        (VERTEX, "99.5", "0"),
        (VERTEX, "99.2", "0.1"),
        (VERTEX, "95", "0.25"),
        (DNS, "100", "0"),
        (DNS, "99.999999", "0.1"),
        (SUPABASE, "99.9", "0"),
        (SUPABASE, "99.4", "0.1"),
        (SUPABASE, "98.5", "0.15"),
        (ZITADEL, "99.7", "0"),
        (ZITADEL, "99.2", "0.1"),
        (ZITADEL, "97", "0.25"),
    ] {
        let total = dec("100000000");
        let so_far = Tally { bad: total - dec(figure) * dec("1000000"), total };
        let outlook = Outlook { so_far, unit: total, pace: dec("1296000"), ..half_a_month("0", None) };
        let credit = evaluate(&map(Vec::new()), &terms(tiers, Some("100"), None), &outlook, &[]);
        assert_eq!(credit.now, dec(wanted), "{figure}");
    }
}

#[test]
fn a_figure_that_a_floor_would_put_below_the_tier_pays_nothing() {
    let figure = Tally { bad: dec("1"), total: dec("3000") };
    assert!(!figure.is_below(dec("0.9996")) && figure.is_below(dec("0.99967")));
    // 99.89999…: shown as 99.89 or rounded to 99.90, it is below 99.9.
    let just_below = Tally { bad: dec("1000000000001"), total: dec("1000000000000000") };
    assert!(just_below.is_below(dec("0.999")));
    let exactly = Tally { bad: dec("1000000000000"), total: dec("1000000000000000") };
    assert!(!exactly.is_below(dec("0.999")));
}

#[test]
fn the_next_tier_is_so_much_outage_away() {
    for (bad, certain, left) in
        [("1800", "0", Some("792s")), ("2592", "0", Some("0s")), ("6000", "0.1", Some("19920s")), ("200000", "1", None)]
    {
        let credit = evaluate(&map(Vec::new()), &terms(COMMON, Some("100"), None), &half_a_month(bad, None), &[]);
        assert_eq!((credit.certain, credit.next_tier_in), (dec(certain), left.map(time)), "{bad}");
    }
    let few = Outlook { rest: dec("600"), ..half_a_month("1800", None) };
    let credit = evaluate(&map(Vec::new()), &terms(COMMON, Some("100"), None), &few, &[]);
    assert_eq!(credit.next_tier_in, None);
    let credit = evaluate(&map(Vec::new()), &terms(ZITADEL, Some("100"), None), &half_a_month("0", None), &[]);
    assert_eq!(credit.next_tier_in, Some(time("12960s")));
}

#[test]
fn the_burn_of_the_hour_goes_on_for_four_hours_and_no_longer() {
    let of = |hour, soon: &str| {
        let outlook = Outlook { soon: dec(soon), ..half_a_month("1800", hour) };
        let credit = evaluate(&map(Vec::new()), &terms(COMMON, Some("9000"), None), &outlook, &[]);
        (credit.certain, credit.now, credit.projected, credit.at_risk)
    };
    assert_eq!(of(Some("1"), "14400"), (dec("0"), dec("0.1"), dec("0.1"), dec("900")));
    assert_eq!(of(Some("0.055"), "14400"), (dec("0"), dec("0.1"), dec("0"), dec("0")));
    assert_eq!(of(Some("0.0551"), "14400"), (dec("0"), dec("0.1"), dec("0.1"), dec("900")));
    assert_eq!(of(Some("1"), "792"), (dec("0"), dec("0.1"), dec("0"), dec("0")));
    assert_eq!(of(None, "14400"), (dec("0"), dec("0.1"), dec("0"), dec("0")));
}

#[test]
fn money_at_risk_is_by_customer_half_up_and_minds_the_minimum() {
    let customer = |id: &str, monthly: Option<&str>| {
        let mut customer = node(id, Kind::Customer);
        customer.monthly = monthly.map(|text| Amount::stated(dec(text)));
        customer
    };
    let map = map(vec![customer("acme", Some("18000")), customer("zeta", Some("9.95")), customer("free", None)]);
    let burning = half_a_month("1800", Some("1"));
    let credit = evaluate(&map, &terms(COMMON, None, None), &burning, &[0, 1, 2]);
    assert_eq!(credit.by_customer, [(0, dec("1800")), (1, dec("1"))]);
    assert_eq!(credit.at_risk, dec("1801"));
    let credit = evaluate(&map, &terms(COMMON, None, Some("1")), &burning, &[0, 1, 2]);
    assert_eq!(credit.by_customer, [(0, dec("1800")), (1, dec("0"))]);
    let credit = evaluate(&map, &terms(COMMON, Some("9.99"), Some("1")), &burning, &[0]);
    assert_eq!((credit.at_risk, credit.projected, credit.by_customer.len()), (dec("0"), dec("0.1"), 0));
    // From 10 % (less than the minimum, so none) to 25 % of the charge: the whole of the new credit is at risk.
    let worse = half_a_month("25000", Some("1"));
    let credit = evaluate(&map, &terms(COMMON, Some("9.99"), Some("1")), &worse, &[]);
    assert_eq!((credit.certain, credit.projected, credit.at_risk), (dec("0.1"), dec("0.25"), dec("2.50")));
}

proptest! {
    /// What goes on burning never ends better, and the next tier is as far away as its own figure says.
    #[test]
    fn projections_agree(bad in 0_i64..300_000, hour in 0_i64..=1000, rest in 0_i64..1_296_000) {
        let outlook = Outlook {
            rest: Decimal::from(rest),
            soon: Decimal::from(rest.min(14_400)),
            hour: Some(Decimal::new(hour, 3)),
            ..half_a_month(&bad.to_string(), None)
        };
        let terms = terms(COMMON, Some("9000"), None);
        let credit = evaluate(&map(Vec::new()), &terms, &outlook, &[]);
        prop_assert!(credit.certain <= credit.projected && credit.certain <= credit.now);
        prop_assert_eq!(credit.at_risk, (credit.projected - credit.certain) * dec("9000"));
        if let Some(left) = credit.next_tier_in {
            let after = |more: i64| {
                let bad = (Decimal::from(bad + left.num_seconds() + more)).to_string();
                evaluate(&map(Vec::new()), &terms, &half_a_month(&bad, None), &[]).certain
            };
            prop_assert!(after(0) == credit.certain && after(1) > credit.certain);
        }
    }
}
