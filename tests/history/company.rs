//! A company on paper: a map with every kind of observation, and a story of random updates for it.

use std::path::Path;
use std::sync::Arc;

use bsmtop::config;
use bsmtop::domain::facts::{
    Change, LabelList, MaintenanceFact, MeasuredSample, ObjectiveFacts, Series, Signal, Ticket,
};
use bsmtop::domain::map::Map;
use bsmtop::domain::observation::{FiguresReport, Observation, StateReport, Update};
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::domain::span::{Instant, Span};
use chrono::TimeDelta;
use proptest::prelude::*;
use rust_decimal::Decimal;

pub const CONFIG: &str = r#"
tz = "Europe/Berlin"
[money]
currency = "EUR"
[[source]]
name = "prom"
type = "prometheus"
url = "http://127.0.0.1:9"
[[source]]
name = "icinga"
type = "icinga2"
url = "https://127.0.0.1:9"
[[source]]
name = "rt"
type = "rt"
url = "http://127.0.0.1:9"
"#;

pub const MAP: &str = r#"
[[process]]
id = "checkout"
name = "Online checkout"
needs = ["pair", "c2", "edge"]
tolerable = "4h"
value = { per_hour = "42000 EUR", profile = "day" }
[[process]]
id = "orders"
needs = ["c3", "c4"]
rule = { at_least = 1 }
value = { per_hour = "700 EUR" }
[process.measured]
source = "prom"
actual = "a"
expected = "b"
per = "minute"
unit_value = "61.40 EUR"
[[process]]
id = "unpriced"
needs = ["c0", "scanner"]
[[service]]
id = "pair"
needs = [{ of = ["c0", "c1"], at_least = 1 }]
[[component]]
id = "c0"
owner = "Payments"
match = [{ source = "prom", labels = { pod = "0" } }]
tickets = [{ source = "rt", labels = { queue = "0" } }]
[[component]]
id = "c1"
match = [{ source = "prom", labels = { pod = "1" } }]
[[component]]
id = "c2"
match = [{ source = "prom", labels = { pod = "2" } }]
[[component]]
id = "c3"
match = [{ source = "prom", labels = { pod = "3" } }]
[[component]]
id = "c4"
match = [{ source = "prom", labels = { pod = "4" } }]
[[component]]
id = "edge"
check = { source = "prom", query = "up", each = "instance", critical = "< 1" }
[[component]]
id = "scanner"
match = [{ source = "icinga", labels = { host = "scan" } }]
[[objective]]
id = "steady"
node = "checkout"
target = "99%"
window = "7d"
state = "major"
[[objective]]
id = "counted"
node = "orders"
target = "99%"
window = "month"
errors = "sum(increase(e[$window]))"
total = "sum(increase(t[$window]))"
source = "prom"
[[clock]]
source = "rt"
resolve = "4h"
[[profile]]
id = "day"
tz = "Europe/Berlin"
hours = { mon-sun = { "08:00-20:00" = 1.0, "20:00-08:00" = 0.2 } }
"#;

/// A map of some files.
pub fn map_of(map: &str) -> Arc<Map> {
    let files = [("config.toml".to_owned(), CONFIG.to_owned()), ("map/m.toml".to_owned(), map.to_owned())];
    Arc::new(config::load_texts(&files, Path::new(".")).expect("a map").map)
}

/// All of the edge is up, so that nothing of the checkout is unknown.
pub fn edge_is_up(at: Instant) -> Update {
    let up = Series { key: "a".into(), value: 1.0 };
    let report = FiguresReport { checks: [("edge".into(), vec![up])].into(), ..FiguresReport::default() };
    Update { source: "prom".into(), at, observation: Observation::Figures(report) }
}

/// What happens next.
#[derive(Clone, Debug)]
pub enum Event {
    /// Signals of Prometheus: pod, severity, handling, whether it does not know, seconds since it began.
    Signals(Vec<(usize, usize, usize, bool, i64)>),
    /// Whether the scanner is well; `None`: it is not reported.
    Scanner(Option<bool>),
    /// Tickets: number, open, responded.
    Tickets(Vec<(usize, bool, bool)>),
    /// Figures: whether an edge node is up, actual orders, errors.
    Figures(bool, i64, i64),
    /// A source fails.
    Failed(usize),
    /// Nothing but time.
    Nothing,
    /// The program ends, and another begins.
    Restart,
}

pub fn event() -> impl Strategy<Value = Event> {
    let signal = (0..6_usize, 0..7_usize, 0..3_usize, prop::bool::weighted(0.1), 0..900_i64);
    prop_oneof![
        6 => prop::collection::vec(signal, 0..6).prop_map(Event::Signals),
        2 => prop::option::of(any::<bool>()).prop_map(Event::Scanner),
        2 => prop::collection::vec((0..4_usize, any::<bool>(), any::<bool>()), 0..4).prop_map(Event::Tickets),
        4 => (any::<bool>(), 0..12_i64, 0..500_i64).prop_map(|(up, actual, errors)| Event::Figures(up, actual, errors)),
        1 => (0..3_usize).prop_map(Event::Failed),
        2 => Just(Event::Nothing),
        1 => Just(Event::Restart),
    ]
}

/// Seconds until something happens: mostly a few, sometimes so many that a source is late, or that nobody looked.
pub fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![12 => 1..20_i64, 3 => 20..59_i64, 1 => 61..4000_i64]
}

fn labels(all: &[(&str, &str)]) -> LabelList {
    all.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect()
}

impl Event {
    /// What a source says then.
    pub fn update(&self, at: Instant) -> Option<Update> {
        let ago = |seconds: i64| at - TimeDelta::seconds(seconds);
        let (source, observation) = match self {
            Self::Signals(all) => {
                let signal =
                    |(number, (pod, severity, handling, unknown, age)): (usize, &(usize, usize, usize, bool, i64))| {
                        Arc::new(Signal {
                            source: "prom".into(),
                            id: format!("s{number}").into(),
                            labels: labels(&[("pod", &pod.to_string())]),
                            severity: Severity::ALL[*severity],
                            unknown: *unknown,
                            handling: [Handling::None, Handling::Acknowledged, Handling::Maintenance][*handling],
                            handled_by: None,
                            since: Some(ago(*age)),
                            summary: format!("pod {pod} is not well").into(),
                            link: None,
                        })
                    };
                let signals = all.iter().enumerate().map(signal).collect();
                let maintenance = all.first().map(|(pod, ..)| MaintenanceFact {
                    nodes: vec![format!("c{}", pod % 5).into()],
                    span: Span::new(ago(60), ago(-600)),
                    excluded: *pod == 0,
                    summary: None,
                });
                let report =
                    StateReport { signals, maintenance: maintenance.into_iter().collect(), ..StateReport::default() };
                ("prom", Observation::State(report))
            }
            Self::Scanner(state) => {
                let signal = |well: bool| {
                    Arc::new(Signal {
                        source: "icinga".into(),
                        id: "scan".into(),
                        labels: labels(&[("host", "scan")]),
                        severity: if well { Severity::Ok } else { Severity::Critical },
                        unknown: false,
                        handling: Handling::None,
                        handled_by: None,
                        since: Some(ago(30)),
                        summary: "scan".into(),
                        link: None,
                    })
                };
                let signals = state.iter().map(|well| signal(*well)).collect();
                ("icinga", Observation::State(StateReport { signals, ..StateReport::default() }))
            }
            Self::Tickets(all) => ("rt", Observation::State(tickets(all, at))),
            Self::Figures(up, actual, errors) => {
                let series = |key: &str, value: f64| Series { key: key.into(), value };
                let counts = ObjectiveFacts {
                    errors: Some(Decimal::from(*errors)),
                    total: Some(Decimal::from(10_000)),
                    windows: [(TimeDelta::hours(1), Decimal::new(*errors, 4))].into(),
                    coverage: Some(Decimal::new(75, 2)),
                    ..ObjectiveFacts::default()
                };
                let sample = MeasuredSample { actual: Decimal::from(*actual), expected: Decimal::from(10), at };
                let checks = vec![series("a", f64::from(u8::from(*up))), series("b", f64::NAN)];
                let report = FiguresReport {
                    objectives: [("counted".into(), counts)].into(),
                    checks: [("edge".into(), checks)].into(),
                    measured: [("orders".into(), sample)].into(),
                    ..FiguresReport::default()
                };
                ("prom", Observation::Figures(report))
            }
            Self::Failed(source) => {
                (["prom", "icinga", "rt"][*source], Observation::Failed("no route to host".to_owned()))
            }
            Self::Nothing | Self::Restart => return None,
        };
        Some(Update { source: source.into(), at, observation })
    }
}

/// What the desk says: tickets with a number, whether open, whether answered.
fn tickets(all: &[(usize, bool, bool)], at: Instant) -> StateReport {
    let ago = |seconds: i64| at - TimeDelta::seconds(seconds);
    let ticket = |(number, open, responded): &(usize, bool, bool)| {
        Arc::new(Ticket {
            source: "rt".into(),
            id: number.to_string().into(),
            labels: labels(&[("queue", &number.to_string())]),
            summary: "down".into(),
            status: if *open { "open" } else { "resolved" }.into(),
            open: *open,
            owner: None,
            created: Some(ago(3600)),
            responded: responded.then(|| ago(1800)),
            updated: None,
            resolved: (!open).then(|| ago(10)),
            due: None,
            paused: Vec::new(),
            native: Vec::new(),
            link: None,
        })
    };
    let mut tickets: Vec<Arc<Ticket>> = all.iter().map(ticket).collect();
    tickets.sort_by(|a, b| a.id.cmp(&b.id));
    tickets.dedup_by(|a, b| a.id == b.id);
    let change = all.first().map(|(number, ..)| {
        Arc::new(Change {
            source: "rt".into(),
            id: format!("c{number}").into(),
            labels: labels(&[]),
            nodes: vec!["c0".into()],
            window: Span::new(ago(900), ago(300)),
            summary: "new release".into(),
        })
    });
    StateReport { tickets, changes: change.into_iter().collect(), ..StateReport::default() }
}
