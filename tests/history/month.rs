//! Days of the embedded company on a clock of their own: the file, the memory, threads and descriptors stay bounded.
//!
//! A day runs with every test run; thirty with `cargo test --release --test history -- --ignored thirty_days`.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bsmtop::config;
use bsmtop::demo::{self, Demo};
use bsmtop::domain::facts::{MeasuredSample, ObjectiveFacts};
use bsmtop::domain::id::SourceName;
use bsmtop::domain::map::Map;
use bsmtop::domain::observation::{FiguresReport, Observation, Update};
use bsmtop::domain::span::{Instant, Span};
use bsmtop::engine::live::Live;
use bsmtop::sources::plan::Plan;
use bsmtop::sources::{Source, kind};
use bsmtop::store::Reader;
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::replay::writer;

/// How far apart polls are.
const EVERY: i64 = 30;

static NOW: AtomicI64 = AtomicI64::new(1_795_514_400);

fn clock() -> Instant {
    Instant::from_timestamp(NOW.load(Ordering::Relaxed), 0).expect("in range")
}

/// What the process holds: resident memory in KiB, threads, descriptors.
fn held() -> (u64, u64, u64) {
    let status = fs::read_to_string("/proc/self/status").expect("a process");
    let number = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).expect(name);
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    };
    let descriptors = fs::read_dir("/proc/self/fd").expect("a process").count() as u64;
    (number("VmRSS:"), number("Threads:"), descriptors)
}

/// What a metrics store would count: it is not asked, as it is asked at five queries a real second at most.
fn counts(plan: &Plan, at: Instant) -> FiguresReport {
    let mut report = FiguresReport::default();
    for asked in &plan.measured {
        let sample =
            MeasuredSample { actual: Decimal::from(90 + at.timestamp() % 20), expected: Decimal::from(100), at };
        report.measured.insert(asked.node.clone(), sample);
    }
    for objective in plan.objectives.iter().map(|index| &plan.map.objectives[*index]) {
        let events = Decimal::from(at.timestamp() % 2_592_000 * 40);
        let ratio = Decimal::new(at.timestamp() % 977, 6);
        let windows: BTreeMap<TimeDelta, Decimal> =
            [5, 30, 60, 120, 360, 1440, 4320].map(|minutes| (TimeDelta::minutes(minutes), ratio)).into();
        let window_totals = windows.keys().map(|window| (*window, Decimal::from(window.num_seconds() * 40))).collect();
        let facts = ObjectiveFacts {
            errors: Some((events * ratio).round_dp(3)),
            total: Some(events),
            windows,
            window_totals,
            coverage: Some(Decimal::ONE),
            ..ObjectiveFacts::default()
        };
        report.objectives.insert(objective.id.clone(), facts);
    }
    report
}

/// One poll of every source, as far as it would be due.
async fn poll(live: &mut Live, map: &Arc<Map>, sources: &BTreeMap<SourceName, Box<dyn Source>>) {
    for (name, source) in sources {
        let told = |observation| Update { source: name.clone(), at: clock(), observation };
        live.take(told(match source.state(clock()).await {
            Ok(report) => Observation::State(report),
            Err(error) => Observation::Failed(error.to_string()),
        }));
        let plan = Plan::of(map, name);
        if !plan.is_empty() {
            live.take(told(Observation::Figures(counts(&plan, clock()))));
        }
    }
}

async fn days(days: i64) {
    let company: Demo = demo::start(demo::Options::default(), clock).await.expect("ports");
    let config = config::load_texts(&company.config_texts(), std::path::Path::new(".")).expect("a company");
    let map = Arc::new(config.map);
    let sources: BTreeMap<SourceName, Box<dyn Source>> = config
        .sources
        .iter()
        .map(|settings| (settings.name.clone(), kind::build(settings, clock).expect("an adapter")))
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let (start, mut live, writer) = (clock(), Live::new(map.clone(), clock()), writer(&place));
    let size = || fs::metadata(&place).map_or(0, |file| file.len());
    let mut samples = Vec::new();
    for day in 0..days {
        for _ in 0..86_400 / EVERY {
            NOW.fetch_add(EVERY, Ordering::Relaxed);
            poll(&mut live, &map, &sources).await;
            writer.note(live.moment(clock()));
            writer.flush();
        }
        let (memory, threads, descriptors) = held();
        println!(
            "day {}: file {} KiB, memory {memory} KiB, {threads} threads, {descriptors} descriptors",
            day + 1,
            size() >> 10
        );
        samples.push((size() >> 10, memory, threads, descriptors));
    }
    writer.close();
    let reader = Reader::open(&place).expect("opens");
    let within = Span::new(start, clock());
    assert!(reader.coverage(within).expect("readable").length() >= within.length() - TimeDelta::seconds(2 * EVERY));
    assert!(reader.incidents(within).expect("readable").len() as i64 >= days * 10, "a day full of incidents");
    let (first, last) = (samples[0], samples[samples.len() - 1]);
    // A day is up to three megabytes; thinned out, a later one adds less than half of one.
    assert!(first.0 < 4 << 10, "{samples:?}");
    assert!(last.0 < (4 << 10) + days.unsigned_abs() * 1024, "{samples:?}");
    let settled = samples[samples.len() / 3];
    assert!(last.1 < settled.1 + (24 << 10), "memory grows: {samples:?}");
    assert!(last.2 <= settled.2 + 1 && last.3 <= settled.3 + 4, "threads or descriptors grow: {samples:?}");
}

#[tokio::test]
async fn one_day() {
    days(1).await;
}

#[tokio::test]
#[ignore = "takes minutes: the figures of the README"]
async fn thirty_days() {
    days(30).await;
}
