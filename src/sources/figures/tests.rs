use std::sync::Arc;
use std::sync::Mutex as StdMutex;

use chrono::{DateTime, Weekday};
use chrono_tz::Tz;

use super::*;
use crate::domain::id::NodeId;
use crate::domain::map::{Calendar, Indicator, Maintenance, Map, Method, Objective, Repeat, Window};
use crate::sources::plan::MeasuredQuery;

/// 2026-11-24 10:02:40 UTC, in the middle of a slice.
const NOW: i64 = 1_795_514_560;

/// 2026-11-23 00:00:00 UTC.
const MONDAY: i64 = 1_795_392_000;

fn at(second: i64) -> Instant {
    DateTime::from_timestamp(second, 0).expect("in range")
}

/// A store in which things happen at steady rates, and that writes down what it was asked.
#[derive(Default)]
struct Store {
    /// From when on it has anything.
    since: i64,
    /// A stretch in which one in two requests fails; else one in a thousand.
    outage: Option<(i64, i64)>,
    down: bool,
    refuses: Option<&'static str>,
    asked: StdMutex<Vec<String>>,
}

impl Store {
    /// Ten requests a second.
    fn count(&self, query: &str, start: i64, end: i64) -> Option<f64> {
        let start = start.max(self.since);
        if end <= start {
            return None;
        }
        let all = 10.0 * (end - start) as f64;
        let bad = match self.outage {
            Some((from, to)) => {
                let hit = 10.0 * (end.min(to) - start.max(from)).max(0) as f64;
                hit / 2.0 + (all - hit) / 1000.0
            }
            None => all / 1000.0,
        };
        match query {
            query if query.starts_with("errors") => (bad > 0.0).then_some(bad),
            query if query.starts_with("good") => Some(all - bad),
            query if query.starts_with("none") => None,
            _ => Some(all),
        }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("no test panics with it"))
    }

    fn answer(&self, query: &str, what: String, samples: Vec<(f64, f64)>) -> Result<Rows, SourceError> {
        self.asked.lock().expect("no test panics with it").push(what);
        let place = "http://store".to_owned();
        if self.down {
            return Err(SourceError::Unreachable { place, why: "connection refused".to_owned() });
        }
        if self.refuses.is_some_and(|word| query.contains(word)) {
            return Err(SourceError::Says { place, says: "parse error".to_owned() });
        }
        let rows = if samples.is_empty() { Vec::new() } else { vec![Row { labels: [].into(), samples }] };
        Ok(Rows { rows, notes: Vec::new() })
    }
}

fn window_of(query: &str) -> i64 {
    let (_, rest) = query.rsplit_once('[').expect("a range");
    rest.split_once("s]").expect("seconds").0.parse().expect("a number")
}

#[async_trait]
impl Metrics for Store {
    async fn instant(&self, query: &str, at: Instant) -> Result<Rows, SourceError> {
        let end = at.timestamp();
        let sample = match query {
            "vector(7)" => Some(7.0),
            "nan" => Some(f64::NAN),
            "nothing" => None,
            query if query.starts_with("slo:") => None,
            query => self.count(query, end - window_of(query), end),
        };
        self.answer(query, format!("{query} @{end}"), sample.map(|value| (end as f64, value)).into_iter().collect())
    }

    async fn range(&self, query: &str, span: Span, step: TimeDelta) -> Result<Rows, SourceError> {
        let window = window_of(query);
        assert_eq!(window, step.num_seconds(), "a slice's window is its length");
        let ends = (span.start.timestamp()..=span.end.timestamp()).step_by(window as usize);
        let samples = ends.filter_map(|end| Some((end as f64, self.count(query, end - window, end)?)));
        let what = format!("{query} {}..{}", span.start.timestamp(), span.end.timestamp());
        self.answer(query, what, samples.collect())
    }
}

fn objective(window: Window, indicator: Indicator) -> Objective {
    Objective {
        id: "slo".into(),
        node: 0,
        target: Decimal::new(999, 3),
        window,
        tz: Tz::UTC,
        week_starts: Weekday::Mon,
        calendar: None,
        indicator,
        source: Some("prom".into()),
        method: Method::Events,
        resolution: TimeDelta::minutes(5),
        alerts: None,
        min_events: None,
        credit: None,
    }
}

fn errors() -> Indicator {
    Indicator::Errors { errors: "errors[$window]".into(), total: "total[{{.window}}]".into() }
}

fn plan_of(objective: Objective) -> Plan {
    let map = Map { objectives: vec![objective], ..Map::empty() };
    Plan::of(&Arc::new(map), &"prom".into())
}

async fn complete(figures: &Figures, store: &Store, plan: &Plan, now: Instant) -> ObjectiveFacts {
    let report = figures.report(store, plan, now).await.expect("the store answers");
    assert_eq!(report.failures, Vec::<String>::new());
    let mut facts = report.objectives.into_values().next().expect("one objective");
    for _ in 0..200 {
        match figures.backfill(store, plan, now).await.expect("the store answers") {
            Some(found) => facts = found.into_values().next().unwrap_or(facts),
            None => return facts,
        }
    }
    panic!("the backfill does not end");
}

fn near(found: Option<Decimal>, expected: f64) {
    let found: f64 = found.expect("a figure").try_into().expect("a number");
    assert!((found - expected).abs() <= expected.abs() * 1e-9 + 1e-9, "{found} is not {expected}");
}

#[tokio::test]
async fn thirty_days_of_slices_are_what_the_store_counts_in_one_query() {
    let store = Store { outage: Some((NOW - 86_400 * 10, NOW - 86_400 * 10 + 3000)), ..Store::default() };
    let (figures, plan) = (Figures::unpaced(), plan_of(objective(Window::Rolling(TimeDelta::days(30)), errors())));
    let facts = complete(&figures, &store, &plan, at(NOW)).await;
    near(facts.total, 10.0 * 30.0 * 86_400.0);
    near(facts.errors, 15_000.0 + (10.0 * 30.0 * 86_400.0 - 30_000.0) / 1000.0);
    assert_eq!(facts.coverage, Some(Decimal::ONE));
    assert_eq!(facts.windows.len(), 7);
    near(facts.windows.get(&TimeDelta::hours(1)).copied(), 0.001);
    near(facts.window_totals.get(&TimeDelta::minutes(5)).copied(), 3000.0);
    // Today, and what is left of thirty days by the week; each is one request a query.
    let asked = store.asked();
    assert_eq!(asked.iter().filter(|query| query.contains("..")).count(), 12);
    assert!(asked.len() <= 14, "{}", asked.len());
}

#[tokio::test]
async fn a_poll_asks_only_the_part_since_the_last_boundary() {
    let store = Store::default();
    let (figures, plan) = (Figures::unpaced(), plan_of(objective(Window::Rolling(TimeDelta::days(7)), errors())));
    complete(&figures, &store, &plan, at(NOW)).await;
    store.asked();
    // 160 s into the slice: just the running part.
    figures.report(&store, &plan, at(NOW + 15)).await.expect("the store answers");
    let mut asked = store.asked();
    asked.sort();
    assert_eq!(asked, [format!("errors[175s] @{}", NOW + 15), format!("total[175s] @{}", NOW + 15)]);
    // The slice has closed and settled: one slice a query, and the new running part.
    figures.report(&store, &plan, at(NOW + 180)).await.expect("the store answers");
    let asked = store.asked();
    assert!(asked.contains(&format!("errors[300s] {0}..{0}", NOW + 140)), "{asked:?}");
    assert!(asked.contains(&format!("total[40s] @{}", NOW + 180)), "{asked:?}");
    assert_eq!(asked.len(), 4);
}

#[tokio::test]
async fn an_outage_burns_the_short_window_at_once() {
    let store = Store { outage: Some((NOW - 150, NOW + 1000)), ..Store::default() };
    let (figures, plan) = (Figures::unpaced(), plan_of(objective(Window::Month, errors())));
    let report = figures.report(&store, &plan, at(NOW)).await.expect("the store answers");
    let facts = &report.objectives[&ObjectiveId::from("slo")];
    // Half of the last five minutes fails by half.
    near(facts.windows.get(&TimeDelta::minutes(5)).copied(), 0.2505);
    // Today alone is known yet: the month is covered by a little, the three days by less than half.
    assert!(facts.coverage.expect("known") < Decimal::new(5, 2));
    assert!(!facts.windows.contains_key(&TimeDelta::days(3)));
}

#[tokio::test]
async fn what_the_store_does_not_have_is_not_covered() {
    let store = Store { since: NOW - 86_400 * 15, ..Store::default() };
    let (figures, plan) = (Figures::unpaced(), plan_of(objective(Window::Rolling(TimeDelta::days(30)), errors())));
    let facts = complete(&figures, &store, &plan, at(NOW)).await;
    near(facts.coverage.map(|share| share.round_dp(3)), 0.5);
    assert!(facts.total.expect("known") > Decimal::from(10 * 14 * 86_400));
    assert!(figures.backfill(&store, &plan, at(NOW)).await.expect("the store answers").is_none());
}

#[tokio::test]
async fn no_errors_is_zero_and_no_total_is_nothing() {
    let figures = Figures::unpaced();
    let good = Indicator::Good { good: "none[$window]".into(), total: "total[$window]".into() };
    let facts = complete(&figures, &Store::default(), &plan_of(objective(Window::Week, good)), at(NOW)).await;
    assert_eq!(facts.good, Some(Decimal::ZERO));
    let none = Indicator::Errors { errors: "errors[$window]".into(), total: "none[$window]".into() };
    let facts = complete(&figures, &Store::default(), &plan_of(objective(Window::Week, none)), at(NOW)).await;
    assert_eq!((facts.total, facts.coverage), (None, Some(Decimal::ZERO)));
    assert!(facts.windows.is_empty());
}

#[tokio::test]
async fn closed_hours_and_excluded_maintenance_are_counted_apart() {
    // Monday 23 November, 08:02:30 to 08:30:00, on the objective's node.
    let start = DateTime::from_timestamp(MONDAY + 8 * 3600 + 150, 0).expect("in range").naive_utc();
    let maintenance = Maintenance {
        nodes: vec![0],
        start,
        tz: Tz::UTC,
        duration: TimeDelta::seconds(1650),
        repeat: Repeat::Never,
        until: None,
        excluded: true,
        summary: None,
    };
    let office = Calendar {
        id: "office".into(),
        tz: Tz::UTC,
        hours: std::array::from_fn(|_| vec![(6 * 60, 22 * 60)]),
        holidays: Vec::new(),
    };
    let objective = Objective { calendar: Some(0), ..objective(Window::Week, errors()) };
    let map =
        Map { objectives: vec![objective], maintenance: vec![maintenance], calendars: vec![office], ..Map::empty() };
    let plan = Plan::of(&Arc::new(map), &"prom".into());
    let (store, figures) = (Store::default(), Figures::unpaced());
    complete(&figures, &store, &plan, at(NOW)).await;
    assert!(
        store.asked().iter().any(|query| query.starts_with("total[150s]")),
        "the edge is asked with its own window"
    );
    let facts = complete(&figures, &store, &plan, at(NOW + 1)).await;
    let lengths: Vec<i64> = facts.excluded.iter().map(|out| out.span.length().num_seconds()).collect();
    assert_eq!(lengths, [6 * 3600, 1650, 8 * 3600]);
    near(Some(facts.excluded[1].total), 16_500.0);
    near(Some(facts.excluded[2].errors), 288.0);
}

#[tokio::test]
async fn slices_of_time_are_reported_one_by_one() {
    let store = Store { outage: Some((NOW - 3000, NOW - 1000)), ..Store::default() };
    let method = Method::Slices { target: Decimal::new(95, 2) };
    let objective = Objective { method, ..objective(Window::Week, errors()) };
    let (figures, plan) = (Figures::unpaced(), plan_of(objective));
    let facts = complete(&figures, &store, &plan, at(NOW)).await;
    assert_eq!(facts.slices.len(), (NOW - MONDAY) as usize / 300);
    let bad = facts.slices.iter().filter(|(errors, total)| *errors / *total > Decimal::new(5, 2)).count();
    // 2000 s of outage fill six slices and touch two more at more than a tenth.
    assert!((7..=8).contains(&bad), "{bad}");
}

#[tokio::test]
async fn a_failing_query_is_named_and_harms_no_other() {
    let store = Store { refuses: Some("errors"), ..Store::default() };
    let mut plan = plan_of(objective(Window::Week, errors()));
    plan.checks.push(CheckQuery { node: "edge".into(), query: "vector(7)".into(), each: None });
    plan.checks.push(CheckQuery { node: "idle".into(), query: "nothing".into(), each: None });
    plan.measured.push(MeasuredQuery { node: "shop".into(), actual: "vector(7)".into(), expected: "nan".into() });
    let report = Figures::unpaced().report(&store, &plan, at(NOW)).await.expect("the store answers");
    assert_eq!(report.checks[&NodeId::from("edge")], [Series { key: "".into(), value: 7.0 }]);
    assert_eq!(report.checks[&NodeId::from("idle")], []);
    assert!(report.measured.is_empty());
    assert_eq!(report.failures.len(), 2, "{:?}", report.failures);
    assert!(report.failures.iter().any(|text| text.contains("slo") && text.contains("parse error")));
    assert!(report.failures.iter().any(|text| text.contains("measured.expected of shop")));
}

#[tokio::test]
async fn a_store_that_is_down_fails_the_report_after_a_few_queries() {
    let store = Store { down: true, ..Store::default() };
    let mut plan = plan_of(objective(Window::Week, errors()));
    for number in 0..50 {
        let node = NodeId::from(format!("n{number}"));
        plan.checks.push(CheckQuery { node, query: format!("q{number}[5s]"), each: None });
    }
    let figures = Figures::unpaced();
    assert!(figures.report(&store, &plan, at(NOW)).await.is_err());
    assert!(store.asked().len() <= 8);
    assert!(figures.backfill(&store, &plan, at(NOW)).await.is_err() || store.asked().len() <= 8);
}
