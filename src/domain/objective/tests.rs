//! Objectives: numbers of the SRE Workbook, of Sloth, Pyrra, Kibana and Zabbix, and what no other tool's numbers catch.

use chrono_tz::Tz;

use super::*;
use crate::domain::facts::Exclusion;
use crate::domain::map::{Alert, Credit, Goal, Method, Window};
use crate::domain::money::Amount;
use crate::domain::severity::Severity;
use crate::domain::testing::{at, daily, dec, map, objective, span, time, timeline};
use crate::domain::world::ClockOrigin;

const NOON: &str = "2024-01-15T12:00:00Z";

fn counts(errors: &str, total: &str, windows: &[(&str, &str)]) -> ObjectiveFacts {
    ObjectiveFacts {
        errors: Some(dec(errors)),
        total: Some(dec(total)),
        windows: windows.iter().map(|(window, ratio)| (time(window), dec(ratio))).collect(),
        ..ObjectiveFacts::default()
    }
}

fn run(map: &Map, objective: &Objective, counts: Option<&ObjectiveFacts>, now: &str) -> ObjectiveState {
    let (excluded, clocks, customers) = (&[], &[], &[]);
    evaluate(&Inputs { map, objective, counts, timeline: None, excluded, clocks, customers, at: at(now) })
}

/// An objective over events, rolling for 30 days.
fn events(target: &str, errors: &str, total: &str, windows: &[(&str, &str)]) -> ObjectiveState {
    run(&map(Vec::new()), &objective(target), Some(&counts(errors, total, windows)), NOON)
}

/// An objective over the states of node 0, and what is excluded.
fn states(objective: &Objective, steps: &[(&str, &str)], excluded: &[(Span, String)], now: &str) -> ObjectiveState {
    over_states(&map(Vec::new()), objective, steps, excluded, now)
}

fn over_states(
    map: &Map,
    objective: &Objective,
    steps: &[(&str, &str)],
    excluded: &[(Span, String)],
    now: &str,
) -> ObjectiveState {
    let timeline = timeline(steps);
    let (clocks, customers) = (&[], &[]);
    let timeline = Some(&timeline);
    evaluate(&Inputs { map, objective, counts: None, timeline, excluded, clocks, customers, at: at(now) })
}

fn of_state(target: &str, severity: Severity, window: Window) -> Objective {
    Objective { indicator: Indicator::State(severity), window, ..objective(target) }
}

#[track_caller]
fn close(got: Option<Decimal>, wanted: &str) {
    let got = got.expect("a figure");
    assert!((got - dec(wanted)).abs() < dec("0.000001"), "{got} is not {wanted}");
}

#[test]
fn budgets_of_the_workbook_and_the_tools() {
    for (target, errors, total, remaining) in [
        ("0.97", "109897", "3663253", "0.0000054"),
        ("0.999", "3000", "3000000", "0"),
        ("0.99", "10", "1000", "0"),
        ("0.999", "444", "777", "-570.428571"),
        ("0.95", "7", "118", "-0.186441"),
        ("0.999", "2592", "2592000", "0"),
        ("0.99999", "25.92", "2592000", "0"),
        ("0.999", "3600", "2592000", "-0.388889"),
        ("0.9", "3600", "2592000", "0.986111"),
    ] {
        close(events(target, errors, total, &[]).budget_remaining, remaining);
    }
    let spent = events("0.999", "3000", "3000000", &[]).budget_remaining;
    assert!(spent.is_some_and(|left| left >= dec("0")));
    let over = events("0.999", "3001", "3000000", &[]).budget_remaining;
    assert!(over.is_some_and(|left| left < dec("0")));
    close(events("0.95", "7", "118", &[]).attained, "0.940678");
}

#[test]
fn burn_and_exhaustion_of_the_workbook() {
    for (target, errors, ratio, burn, seconds) in [
        ("0.999", "0", "0.002", "2", Some(1_296_000)),
        ("0.999", "0", "0.01", "10", Some(259_200)),
        ("0.999", "0", "0.035", "35", Some(74_057)),
        ("0.999", "500", "0.002", "2", Some(648_000)),
        ("0.999", "2000", "0.002", "2", Some(0)),
        ("0.999", "0", "0", "0", None),
        ("0.99", "0", "0.1", "10", Some(259_200)),
        ("0.999", "0", "-0.21", "0", None),
    ] {
        let state = events(target, errors, "1000000", &[("1h", ratio)]);
        assert_eq!(state.burn, [(time("1h"), Some(dec(burn)))]);
        assert_eq!(state.exhausted_in.map(|left| left.num_seconds()), seconds, "{ratio} after {errors}");
    }
    assert_eq!(events("0.999", "0", "10", &[("5m", "0.5")]).exhausted_in, None);
}

#[test]
fn no_traffic_is_a_state_without_figures() {
    let state = events("0.999", "0", "0", &[("1h", "0.5"), ("5m", "0.5")]);
    assert_eq!(state.state, ObjectiveStatus::NoTraffic);
    assert_eq!((state.attained, state.felt, state.budget_remaining), (None, None, None));
    assert_eq!((state.exhausted_in, state.alert), (None, None));
    assert_eq!(state.burn, [(time("5m"), None), (time("1h"), None)]);
}

#[test]
fn without_facts_nothing_is_covered() {
    let state = run(&map(Vec::new()), &objective("0.999"), None, NOON);
    assert_eq!((state.state, state.coverage, state.attained), (ObjectiveStatus::NotCovered, dec("0"), None));
    let only_burn = ObjectiveFacts { total: None, ..counts("0", "0", &[("1h", "0.5"), ("5m", "0.5")]) };
    let state = run(&map(Vec::new()), &objective("0.999"), Some(&only_burn), NOON);
    assert_eq!((state.state, state.attained, state.burn.len()), (ObjectiveStatus::NotCovered, None, 2));
    // How far the whole is covered is not known; that of the windows is.
    assert_eq!(state.alert, Some(Alert::Page));
}

#[test]
fn below_half_a_coverage_there_is_no_percentage() {
    let of = |coverage| {
        let counts =
            ObjectiveFacts { coverage: Some(dec(coverage)), ..counts("10", "1000", &[("1h", "0.5"), ("5m", "0.5")]) };
        run(&map(Vec::new()), &objective("0.999"), Some(&counts), NOON)
    };
    let state = of("0.49");
    assert_eq!((state.state, state.attained, state.felt), (ObjectiveStatus::NotCovered, None, None));
    assert_eq!((state.budget_remaining, state.alert, state.exhausted_in), (None, None, None));
    let state = of("0.5");
    assert_eq!((state.state, state.attained), (ObjectiveStatus::Measured, Some(dec("0.99"))));
    assert_eq!(state.alert, Some(Alert::Page));
}

#[test]
fn good_stands_for_errors_and_more_good_than_total_is_no_error() {
    let of = |good| {
        let counts = ObjectiveFacts { errors: None, good: Some(dec(good)), ..counts("0", "1000", &[]) };
        run(&map(Vec::new()), &objective("0.999"), Some(&counts), NOON)
    };
    assert_eq!((of("990").attained, of("990").notes.len()), (Some(dec("0.99")), 0));
    let state = of("1200");
    assert_eq!((state.attained, state.budget_remaining), (Some(dec("1")), Some(dec("1"))));
    assert_eq!(state.notes, ["more good than total events: counted as no error"]);
}

#[test]
fn slices_stand_for_sums_or_are_counted() {
    let good = [2, 10, 12, 13, 13, 12, 13, 13, 12, 11];
    let total = [4, 10, 12, 13, 14, 15, 14, 13, 12, 11];
    let slices = good.iter().zip(total).map(|(good, total)| (Decimal::from(total - good), Decimal::from(total)));
    let mut facts = ObjectiveFacts { slices: slices.collect(), ..ObjectiveFacts::default() };
    let events = objective("0.95");
    let state = run(&map(Vec::new()), &events, Some(&facts), NOON);
    close(state.attained, "0.940678");
    close(state.budget_remaining, "-0.186441");
    assert_eq!(state.method, "events");
    let slices = Objective { method: Method::Slices { target: dec("0.95") }, ..events };
    facts.slices.push((dec("0"), dec("0")));
    let state = run(&map(Vec::new()), &slices, Some(&facts), NOON);
    assert_eq!((state.attained, state.budget_remaining), (Some(dec("0.6")), Some(dec("-7"))));
    assert_eq!(state.method, "slices");
}

#[test]
fn a_slice_exactly_at_its_target_is_good() {
    let slices = Objective { method: Method::Slices { target: dec("0.95") }, ..objective("0.95") };
    let of = |errors| {
        let facts = ObjectiveFacts { slices: vec![(dec(errors), dec("100"))], ..ObjectiveFacts::default() };
        run(&map(Vec::new()), &slices, Some(&facts), NOON).attained
    };
    assert_eq!((of("5"), of("5.000001")), (Some(dec("1")), Some(dec("0"))));
}

#[test]
fn a_target_of_all_has_no_budget() {
    let state = events("1", "0", "1000000", &[("1h", "0")]);
    assert_eq!((state.budget_remaining, state.burn[0].1), (None, Some(dec("0"))));
    let state = events("1", "5", "1000000", &[("1h", "0.5"), ("5m", "0.5")]);
    assert_eq!((state.budget_remaining, state.burn[0].1, state.alert), (None, None, None));
    assert_eq!(state.attained, Some(dec("0.999995")));
}

#[test]
fn the_short_window_ends_an_alert_and_few_events_begin_none() {
    let burning = [("1h", "0.5"), ("5m", "0.5")];
    assert_eq!(events("0.999", "0", "1000000", &burning).alert, Some(Alert::Page));
    assert_eq!(events("0.999", "0", "1000000", &[("1h", "0.5"), ("5m", "0.001")]).alert, None);
    let guarded = Objective { min_events: Some(dec("100")), ..objective("0.999") };
    let of = |total, hour: Option<&str>| {
        let mut facts = counts("0", total, &burning);
        facts.window_totals = hour.map(|total| (time("1h"), dec(total))).into_iter().collect();
        run(&map(Vec::new()), &guarded, Some(&facts), NOON).alert
    };
    assert_eq!((of("1000000", Some("99")), of("1000000", Some("100"))), (None, Some(Alert::Page)));
    assert_eq!((of("71999", None), of("72000", None)), (None, Some(Alert::Page)));
}

/// The example of the design: 120 errors of a million, an hour excluded, November in Berlin.
fn november() -> (Objective, ObjectiveFacts) {
    let tiers = vec![(dec("0.999"), dec("0.1")), (dec("0.99"), dec("0.25")), (dec("0.95"), dec("1"))];
    let objective = Objective {
        window: Window::Month,
        tz: Tz::Europe__Berlin,
        credit: Some(Credit { of: Some(Amount::stated(dec("9000"))), tiers, minimum: None }),
        ..objective("0.999")
    };
    let excluded =
        Exclusion { span: span("2026-11-08T22:00:00Z", "2026-11-08T23:00:00Z"), errors: dec("10"), total: dec("400") };
    let counts = counts("120", "1000000", &[("5m", "0.0200"), ("1h", "0.0160")]);
    (objective, ObjectiveFacts { excluded: vec![excluded], ..counts })
}

#[test]
fn a_month_of_events_with_an_exclusion() {
    let (objective, counts) = november();
    let state = run(&map(Vec::new()), &objective, Some(&counts), "2026-11-24T10:00:00Z");
    assert_eq!(state.window, span("2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"));
    close(state.attained, "0.99988996");
    assert_eq!(state.felt, Some(dec("0.99988")));
    close(state.budget_remaining, "0.913985");
    assert_eq!(state.burn, [(time("5m"), Some(dec("20"))), (time("1h"), Some(dec("16")))]);
    assert_eq!(state.exhausted_in.map(|left| left.num_seconds()), Some(147_859));
    assert_eq!((state.alert, state.coverage), (Some(Alert::Page), dec("1")));
    let credit = state.credit.expect("it has one");
    assert_eq!((credit.certain, credit.now, credit.projected), (dec("0"), dec("0"), dec("0")));
    assert_eq!((credit.at_risk, credit.by_customer.len()), (dec("0"), 0));
    assert_eq!(credit.next_tier_in.map(|left| left.num_seconds()), Some(2365));
    assert_eq!(state.exclusions, ["Sun 8 Nov 23:00 to Mon 9 Nov 00:00: 10 of 400 events left out"]);
}

#[test]
fn in_a_calendar_window_exhaustion_beyond_its_end_is_none() {
    let (objective, mut counts) = november();
    counts.windows = [(time("1h"), dec("0.004"))].into();
    assert_eq!(
        run(&map(Vec::new()), &objective, Some(&counts), "2026-11-24T10:00:00Z")
            .exhausted_in
            .map(|left| left.num_days()),
        None
    );
    counts.windows = [(time("1h"), dec("0.0045"))].into();
    assert!(run(&map(Vec::new()), &objective, Some(&counts), "2026-11-24T10:00:00Z").exhausted_in.is_some());
}

#[test]
fn maintenance_without_known_events_is_said_and_that_to_come_shortens_the_window() {
    let (objective, counts) = november();
    let now = at("2026-11-24T10:00:00Z");
    let (map, clocks, customers) = (map(Vec::new()), &[], &[]);
    let with = |excluded: &[(Span, String)]| {
        let counts = Some(&counts);
        let objective = &objective;
        evaluate(&Inputs { map: &map, objective, counts, timeline: None, excluded, clocks, customers, at: now })
    };
    let past = with(&[(span("2026-11-20T22:00:00Z", "2026-11-21T00:00:00Z"), "upgrade".to_owned())]);
    assert_eq!(past.notes, ["upgrade: what happened in it is not known apart, so it is not left out"]);
    assert_eq!(past.budget_remaining, with(&[]).budget_remaining);
    let future = with(&[(span("2026-11-28T22:00:00Z", "2026-11-29T22:00:00Z"), "move".to_owned())]);
    assert!(future.budget_remaining < with(&[]).budget_remaining && future.notes.is_empty());
    let named = with(&[(span("2026-11-08T22:00:00Z", "2026-11-08T23:00:00Z"), "patch day".to_owned())]);
    assert_eq!(named.exclusions, ["patch day, Sun 8 Nov 23:00 to Mon 9 Nov 00:00: 10 of 400 events left out"]);
}

#[test]
fn closed_nights_are_one_row_until_something_else_is_left_out() {
    let map = Map { calendars: vec![daily(Tz::UTC, 8 * 60, 18 * 60)], ..map(Vec::new()) };
    let (objective, mut counts) = november();
    let objective = Objective { calendar: Some(0), tz: Tz::Europe__Berlin, ..objective };
    counts.excluded = (2..22)
        .map(|day| Exclusion {
            span: span(&format!("2026-11-{day:02}T18:00:00Z"), &format!("2026-11-{:02}T08:00:00Z", day + 1)),
            errors: dec("0.3"),
            total: dec("20.25"),
        })
        .collect();
    let patched = [(span("2026-11-10T20:00:00Z", "2026-11-10T21:00:00Z"), "patch day".to_owned())];
    let state = evaluate(&Inputs {
        map: &map,
        objective: &objective,
        counts: Some(&counts),
        timeline: None,
        excluded: &patched,
        clocks: &[],
        customers: &[],
        at: at("2026-11-24T10:00:00Z"),
    });
    assert_eq!(
        state.exclusions,
        [
            "closed hours of hours, 8 times from Mon 2 Nov 19:00 to Tue 10 Nov 09:00: 2 of 162 events left out",
            "patch day, Tue 10 Nov 19:00 to Wed 11 Nov 09:00: 0 of 20 events left out",
            "closed hours of hours, 11 times from Wed 11 Nov 19:00 to Sun 22 Nov 09:00: 3 of 223 events left out",
        ]
    );
}

#[test]
fn thresholds_scale_with_the_length_of_the_window() {
    let quarter = Objective { window: Window::Quarter, ..objective("0.999") };
    // 91 days of the second quarter: 2 % in an hour is a burn of 43.68.
    let of = |ratio| {
        let counts = counts("0", "1000000", &[("1h", ratio), ("5m", ratio)]);
        run(&map(Vec::new()), &quarter, Some(&counts), "2024-05-15T12:00:00Z").alert
    };
    assert_eq!((of("0.04368"), of("0.0436801")), (None, Some(Alert::Page)));
}

#[test]
fn a_calendar_window_counts_time_to_come_as_good() {
    let week = of_state("0.99", Severity::Major, Window::Week);
    let steps = [("2024-01-15T00:00:00Z", "critical"), ("2024-01-15T00:10:00Z", "ok")];
    let state = states(&week, &steps, &[], "2024-01-15T01:40:00Z");
    close(state.budget_remaining, "0.900794");
    assert_eq!((state.attained, state.coverage), (Some(dec("0.9")), dec("1")));
    assert_eq!(state.method, "time");
}

#[test]
fn an_outage_of_thirty_minutes_leaves_thirteen_until_the_first_credit() {
    let tiers = vec![(dec("0.999"), dec("0.1")), (dec("0.99"), dec("0.25")), (dec("0.95"), dec("1"))];
    let credit = Credit { of: Some(Amount::stated(dec("100"))), tiers, minimum: None };
    let month = Objective { credit: Some(credit), ..of_state("0.999", Severity::Major, Window::Month) };
    for (end, certain, left) in [("2024-06-01T01:30:00Z", "0", 792), ("2024-06-01T02:40:00Z", "0.1", 19_920)] {
        let steps = [("2024-06-01T00:00:00Z", "ok"), ("2024-06-01T01:00:00Z", "critical"), (end, "ok")];
        let credit = states(&month, &steps, &[], "2024-06-15T00:00:00Z").credit.expect("it has one");
        assert_eq!((credit.certain, credit.next_tier_in), (dec(certain), Some(TimeDelta::seconds(left))));
    }
}

#[test]
fn rolling_windows_have_no_credit() {
    let (november, counts) = november();
    let rolling = Objective { window: Window::Rolling(time("30d")), ..november };
    assert_eq!(run(&map(Vec::new()), &rolling, Some(&counts), "2026-11-24T10:00:00Z").credit, None);
}

#[test]
fn zabbix_excluded_downtimes() {
    let day = of_state("0.999", Severity::Unclassified, Window::Rolling(time("1d")));
    let at_midnight = "2023-11-20T00:00:00Z";
    let maintenance = |from, to| (span(from, to), "upgrade by ops".to_owned());
    let outage = [("2023-11-19T00:00:00Z", "ok"), ("2023-11-19T10:00:00Z", "major"), ("2023-11-19T11:00:00Z", "ok")];
    let partial = [maintenance("2023-11-19T10:00:00Z", "2023-11-19T10:30:00Z")];
    let state = states(&day, &outage, &partial, at_midnight);
    close(state.attained, "0.9787234");
    close(state.felt, "0.9583333");
    assert_eq!(state.exclusions, ["upgrade by ops: 1800 s left out, 1800 s of them bad"]);
    let longer = [("2023-11-19T00:00:00Z", "ok"), ("2023-11-19T09:00:00Z", "major"), ("2023-11-19T13:00:00Z", "ok")];
    let overlapping = [
        maintenance("2023-11-19T10:00:00Z", "2023-11-19T11:00:00Z"),
        maintenance("2023-11-19T10:30:00Z", "2023-11-19T12:00:00Z"),
    ];
    close(states(&day, &longer, &overlapping, at_midnight).attained, "0.90909091");
}

#[test]
fn zabbix_levels_of_service() {
    let day = of_state("0.999", Severity::Unclassified, Window::Rolling(time("1d")));
    let down_at_start = [("2023-11-19T00:00:00Z", "minor"), ("2023-11-19T00:30:00Z", "ok")];
    close(states(&day, &down_at_start, &[], "2023-11-20T00:00:00Z").attained, "0.97916667");
    let half_day = of_state("0.999", Severity::Unclassified, Window::Rolling(time("12h")));
    let open = [("2023-11-19T00:00:00Z", "ok"), ("2023-11-19T11:00:00Z", "critical")];
    close(states(&half_day, &open, &[], "2023-11-19T12:00:00Z").attained, "0.9166667");
    let all = of_state("1", Severity::Unclassified, Window::Rolling(time("1d")));
    let minute = [("2023-11-19T00:00:00Z", "ok"), ("2023-11-19T01:00:00Z", "major"), ("2023-11-19T01:01:00Z", "ok")];
    close(states(&all, &minute, &[], "2023-11-20T00:00:00Z").attained, "0.9993056");
}

#[test]
fn a_calendar_that_was_closed_all_along_gives_no_figure() {
    let mut week = daily(Tz::UTC, 8 * 60, 18 * 60);
    week.hours[6].clear();
    let map = Map { calendars: vec![week], ..map(Vec::new()) };
    let sunday =
        Objective { calendar: Some(0), ..of_state("0.999", Severity::Unclassified, Window::Rolling(time("1d"))) };
    let steps = [("2023-11-19T00:00:00Z", "ok")];
    let state = over_states(&map, &sunday, &steps, &[], "2023-11-20T00:00:00Z");
    assert_eq!((state.state, state.attained, state.budget_remaining), (ObjectiveStatus::NoTraffic, None, None));
}

#[test]
fn closed_hours_leave_the_contract_and_not_what_is_felt() {
    let map = Map { calendars: vec![daily(Tz::UTC, 8 * 60, 18 * 60)], ..map(Vec::new()) };
    let day = Objective { calendar: Some(0), ..of_state("0.9", Severity::Major, Window::Rolling(time("1d"))) };
    let steps = [("2024-01-14T00:00:00Z", "ok"), ("2024-01-14T17:00:00Z", "critical"), ("2024-01-14T20:00:00Z", "ok")];
    let state = over_states(&map, &day, &steps, &[], "2024-01-15T00:00:00Z");
    assert_eq!((state.attained, state.felt), (Some(dec("0.9")), Some(dec("0.875"))));
    assert_eq!(state.budget_remaining, Some(dec("0")));
    assert_eq!(state.exclusions, ["closed hours of hours: 50400 s left out, 7200 s of them bad"]);
}

#[test]
fn what_is_not_known_is_neither_good_nor_bad() {
    let day = of_state("0.9", Severity::Major, Window::Rolling(time("1d")));
    let steps = [
        ("2024-01-14T00:00:00Z", "-"),
        ("2024-01-14T04:00:00Z", "critical"),
        ("2024-01-14T05:00:00Z", "unknown"),
        ("2024-01-14T12:00:00Z", "warning"),
        ("2024-01-14T14:00:00Z", "ok"),
    ];
    let state = states(&day, &steps, &[], "2024-01-15T00:00:00Z");
    close(state.attained, "0.9230769");
    close(Some(state.coverage), "0.5416667");
    let state = states(&day, &steps, &[], "2024-01-14T20:00:00Z");
    assert_eq!((state.state, state.attained, state.felt), (ObjectiveStatus::NotCovered, None, None));
    assert_eq!(state.alert, None);
}

#[test]
fn the_burn_of_states_comes_from_their_history() {
    let month = of_state("0.999", Severity::Major, Window::Rolling(time("30d")));
    let steps = [("2023-12-01T00:00:00Z", "ok"), ("2024-01-15T11:57:00Z", "critical")];
    let state = states(&month, &steps, &[], NOON);
    assert_eq!(state.burn[0], (time("5m"), Some(dec("600"))));
    assert_eq!(state.burn[2], (time("1h"), Some(dec("50"))));
    assert_eq!(state.burn.len(), 7);
    assert_eq!(state.alert, Some(Alert::Page));
    let young = [("2024-01-15T11:00:00Z", "ok")];
    let state = states(&month, &young, &[], NOON);
    assert_eq!(state.burn.iter().map(|(window, _)| *window).collect::<Vec<_>>(), ["5m", "30m", "1h", "2h"].map(time));
}

#[test]
fn a_month_with_a_change_of_clock_has_its_real_length() {
    let march = Objective { tz: Tz::Europe__Berlin, ..of_state("0.99", Severity::Major, Window::Month) };
    let steps = [("2026-02-01T00:00:00Z", "ok"), ("2026-03-29T00:30:00Z", "critical"), ("2026-03-29T01:30:00Z", "ok")];
    let state = states(&march, &steps, &[], "2026-03-30T12:00:00Z");
    assert_eq!(state.window.length(), time("31d") - time("1h"));
    // One real hour of 743, whatever the wall clock showed.
    let wanted = Decimal::ONE - Decimal::from(3600) / (dec("0.01") * Decimal::from(743 * 3600));
    close(state.budget_remaining, &wanted.to_string());
    let october = Objective { window: Window::Month, ..march };
    let steps = [("2026-09-01T00:00:00Z", "ok")];
    assert_eq!(states(&october, &steps, &[], "2026-10-25T12:00:00Z").window.length(), time("31d") + time("1h"));
}

#[test]
fn recorded_figures_are_read_as_they_are() {
    let facts = ObjectiveFacts {
        windows: [(time("1h"), dec("0.02")), (time("5m"), dec("0.02"))].into(),
        recorded: Some(Recorded {
            attained: Some(dec("0.9995")),
            remaining: Some(dec("0.5")),
            method: "mean of 5 min ratios".to_owned(),
        }),
        ..ObjectiveFacts::default()
    };
    let sloth = Objective { indicator: Indicator::Sloth("api".to_owned()), ..objective("0.999") };
    let state = run(&map(Vec::new()), &sloth, Some(&facts), NOON);
    assert_eq!((state.attained, state.felt), (None, Some(dec("0.9995"))));
    assert_eq!((state.budget_remaining, state.alert), (Some(dec("0.5")), Some(Alert::Page)));
    assert_eq!(state.exhausted_in, Some(time("64800s")));
    assert_eq!((state.state, state.method.as_str()), (ObjectiveStatus::Measured, "recorded (mean of 5 min ratios)"));
    assert_eq!(state.notes.len(), 1);
}

#[test]
fn tickets_count_what_is_completed_and_what_is_late_already() {
    let clock = |ticket, done: Option<&str>, breached, due| ClockState {
        ticket,
        goal: Goal::Resolve,
        target: time("4h"),
        elapsed: time("1h"),
        remaining: time("3h"),
        due: Some(at(due)),
        paused: false,
        open: true,
        breached,
        done: done.map(at),
        origin: ClockOrigin::Local,
    };
    let clocks = [
        clock(0, Some("2024-01-10T00:00:00Z"), false, "2024-01-10T01:00:00Z"),
        clock(1, Some("2024-01-11T00:00:00Z"), true, "2024-01-10T01:00:00Z"),
        clock(2, Some("2024-01-12T00:00:00Z"), false, "2024-01-13T00:00:00Z"),
        clock(3, None, true, "2024-01-15T11:58:00Z"),
        clock(4, None, false, "2024-01-15T13:00:00Z"),
        clock(5, Some("2023-11-01T00:00:00Z"), true, "2023-11-01T00:00:00Z"),
        ClockState { goal: Goal::Respond, ..clock(6, None, true, NOON) },
    ];
    let objective = Objective { indicator: Indicator::Tickets(Goal::Resolve), ..objective("0.9") };
    let map = map(Vec::new());
    let inputs = |clocks| Inputs {
        map: &map,
        objective: &objective,
        counts: None,
        timeline: None,
        excluded: &[],
        clocks,
        customers: &[],
        at: at(NOON),
    };
    let state = evaluate(&inputs(&clocks[..]));
    assert_eq!((state.attained, state.felt), (Some(dec("0.5")), Some(dec("0.5"))));
    assert_eq!((state.budget_remaining, state.method.as_str()), (Some(dec("-4")), "tickets"));
    assert_eq!(state.burn[0], (time("5m"), Some(dec("10"))));
    assert_eq!(evaluate(&inputs(&[])).state, ObjectiveStatus::NoTraffic);
}

#[test]
fn numbers_of_any_size_do_not_end_the_program() {
    for errors in ["0", "1", "79228162514264337593543950335", "-79228162514264337593543950335"] {
        for total in ["0.0000000000000000000000000001", "79228162514264337593543950335"] {
            let windows = [("1h", "79228162514264337593543950335"), ("5m", "0.0000000000000000000000000001")];
            let (mut month, mut facts) = november();
            facts.errors = Some(dec(errors));
            facts.total = Some(dec(total));
            facts.windows = windows.iter().map(|(window, ratio)| (time(window), dec(ratio))).collect();
            run(&map(Vec::new()), &month, Some(&facts), "2026-11-24T10:00:00Z");
            month.window = Window::Rolling(time("30d"));
            run(&map(Vec::new()), &month, Some(&facts), "2026-11-24T10:00:00Z");
        }
    }
}

/// A window of which nothing is known can't fire, and that is no sign that all is well.
#[test]
fn windows_without_anything_counted_are_named() {
    let mut counts = counts("1", "1000000", &[("1h", "0.05"), ("5m", "0.05")]);
    let state = |counts: &ObjectiveFacts| run(&map(Vec::new()), &objective("0.999"), Some(counts), NOON);
    assert_eq!(state(&counts).notes, Vec::<String>::new(), "facts may leave out what nobody asked");
    counts.window_totals = [(time("1h"), dec("100")), (time("5m"), dec("10"))].into();
    let some = state(&counts);
    assert_eq!(some.alert, Some(Alert::Page));
    assert_eq!(some.notes, ["nothing is covered over 30, 120, 360, 1440, 4320 min: no alert can fire on that"]);
    counts.windows.clear();
    (counts.window_totals, counts.coverage) = (BTreeMap::new(), Some(Decimal::ONE));
    assert_eq!(state(&counts).notes.len(), 1, "not one window has a slice");
    // A window that was empty is covered all the same.
    counts.window_totals =
        ["5m", "30m", "1h", "2h", "6h", "1d", "3d"].map(|window| (time(window), Decimal::ZERO)).into();
    assert_eq!(state(&counts).notes, Vec::<String>::new());
    // Since noon the states of two hours are known: no more than that can be told of.
    let hours = states(
        &of_state("0.999", Severity::Major, Window::Rolling(time("30d"))),
        &[("2024-01-15T10:00:00Z", "ok")],
        &[],
        NOON,
    );
    assert!(
        hours.notes.iter().any(|note| note.starts_with("nothing is covered over 360, 1440, 4320 min")),
        "{:?}",
        hours.notes
    );
}

/// Without the counts of the whole window there is no figure; who is to be told, the burn windows say.
#[test]
fn windows_alone_make_an_alert_and_no_figure() {
    let windows = |coverage: Option<&str>| ObjectiveFacts {
        windows: [("1h", "0.05"), ("5m", "0.05")].map(|(window, ratio)| (time(window), dec(ratio))).into(),
        coverage: coverage.map(dec),
        ..ObjectiveFacts::default()
    };
    let state = |facts: &ObjectiveFacts| run(&map(Vec::new()), &objective("0.999"), Some(facts), NOON);
    let told = state(&windows(None));
    assert_eq!((told.state, told.alert, told.attained), (ObjectiveStatus::NotCovered, Some(Alert::Page), None));
    assert_eq!(told.budget_remaining, None);
    assert_eq!(state(&windows(Some("0.4"))).alert, None, "below half of the cover there is no alert");
}
