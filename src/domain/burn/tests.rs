//! Alert rows: the thresholds of the SRE Workbook and of Sloth, just above, at and below each.

use super::*;
use crate::domain::testing::{dec, objective, time};

/// Period, budget in a thousand, share in percent, long and short window, burn that is the threshold.
const THRESHOLDS: &[(&str, &str, &str, &str, &str, &str)] = &[
    ("30d", "0.001", "0.02", "1h", "5m", "14.4"),
    ("30d", "0.001", "0.05", "6h", "30m", "6"),
    ("30d", "0.001", "0.1", "1d", "2h", "3"),
    ("30d", "0.001", "0.1", "3d", "6h", "1"),
    ("28d", "0.001", "0.02", "1h", "5m", "13.44"),
    ("28d", "0.001", "0.05", "6h", "30m", "5.6"),
    ("28d", "0.001", "0.1", "1d", "2h", "2.8"),
    ("7d", "0.001", "0.08", "1h", "5m", "13.44"),
    ("7d", "0.001", "0.125", "6h", "30m", "3.5"),
    ("7d", "0.001", "0.2", "1d", "2h", "1.4"),
    ("7d", "0.001", "0.42", "3d", "6h", "0.98"),
    ("30d", "0.05", "0.05", "1h", "5m", "36"),
];

fn fires(row: AlertRow, ratios: &[(&str, Decimal)], period: &str, budget: &str) -> Option<Alert> {
    let ratios = ratios.iter().map(|(window, ratio)| (time(window), *ratio)).collect();
    alert(&[row], &ratios, time(period), dec(budget), |_| false)
}

#[test]
fn a_row_fires_above_its_threshold_and_not_at_it() {
    for (period, budget, share, long, short, factor) in THRESHOLDS {
        let row = AlertRow { share: dec(share), long: time(long), short: time(short), alert: Alert::Page };
        let limit = dec(factor) * dec(budget);
        for (ratio, wanted) in
            [(limit * dec("1.000000001"), Some(Alert::Page)), (limit, None), (limit * dec("0.9999"), None)]
        {
            let found = fires(row, &[(long, ratio), (short, ratio)], period, budget);
            assert_eq!(found, wanted, "{period} {long} at {ratio}");
        }
    }
}

#[test]
fn both_windows_must_burn_and_be_known() {
    let row = AlertRow { share: dec("0.02"), long: time("1h"), short: time("5m"), alert: Alert::Page };
    let of = |ratios: &[(&str, Decimal)]| fires(row, ratios, "30d", "0.001");
    assert_eq!(of(&[("1h", dec("0.5")), ("5m", dec("0.5"))]), Some(Alert::Page));
    assert_eq!(of(&[("1h", dec("0.5")), ("5m", dec("0.0144"))]), None);
    assert_eq!(of(&[("1h", dec("0.0144")), ("5m", dec("0.5"))]), None);
    assert_eq!(of(&[("1h", dec("0.5"))]), None);
    assert_eq!(of(&[("5m", dec("0.5"))]), None);
}

#[test]
fn a_page_is_louder_than_a_ticket_and_too_few_events_silence_a_row() {
    let rows = rows(&objective("0.999"));
    let ratios: Ratios = windows(&objective("0.999")).into_iter().map(|window| (window, dec("0.5"))).collect();
    let of = |silent: &[&str]| {
        alert(&rows, &ratios, time("30d"), dec("0.001"), |window| silent.iter().any(|text| time(text) == window))
    };
    assert_eq!(of(&[]), Some(Alert::Page));
    assert_eq!(of(&["1h"]), Some(Alert::Page));
    assert_eq!(of(&["1h", "6h"]), Some(Alert::Ticket));
    assert_eq!(of(&["1h", "6h", "1d", "3d"]), None);
}

#[test]
fn a_target_of_all_has_no_burn_to_alert_on() {
    let ratios: Ratios = [(time("1h"), dec("0.5")), (time("5m"), dec("0.5"))].into();
    assert_eq!(alert(&rows(&objective("1")), &ratios, time("30d"), Decimal::ZERO, |_| false), None);
    assert_eq!(rate(dec("0"), dec("0")), Some(dec("0")));
    assert_eq!(rate(dec("0.1"), dec("0")), None);
    assert_eq!(rate(dec("0.016"), dec("0.001")), Some(dec("16")));
}

#[test]
fn a_row_above_the_highest_possible_burn_is_named() {
    let rows = rows(&objective("0.9"));
    let found = never_firing(&rows, time("30d"), dec("0.1"));
    assert_eq!(
        found,
        ["the page alert over 60 min can never fire: it needs a burn above 14.4, and the target allows 10 at most"]
    );
    assert!(never_firing(&rows, time("30d"), dec("0.001")).is_empty());
}
