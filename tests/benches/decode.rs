//! The speed of reading an alert list, beside the floor of `serde_json` into borrowed fields.
//!
//! `cargo bench --bench decode`. Figures mean something only as ratios: the machine is shared and noisy.

use std::fmt::Write as _;
use std::path::Path;

use bsmtop::config;
use bsmtop::domain::span::Instant;
use bsmtop::sources::alertmanager::{Poll, Reader};
use bsmtop::sources::client::Answer;
use divan::{Bencher, black_box};
use serde::Deserialize;

const ALERTS: usize = 10_000;

fn main() {
    divan::main();
}

/// Ten thousand alerts as Alertmanager sends them: a hundred rules, labels of a cluster, an address each.
fn body(one_other: bool) -> Vec<u8> {
    let mut text = String::from("[");
    for number in 0..ALERTS {
        let (rule, pod) = (number % 100, number / 3);
        let severity = if one_other && number == ALERTS / 2 { "critical" } else { "warning" };
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(
            text,
            r#"{comma}{{"annotations":{{"description":"The pod pod-{pod} of rule {rule} is not as it should be.","summary":"Rule {rule} on pod-{pod}"}},"endsAt":"2026-11-24T10:05:00.000Z","fingerprint":"{number:016x}","receivers":[{{"name":"noc"}}],"startsAt":"2026-11-24T09:{:02}:{:02}.123Z","status":{{"inhibitedBy":[],"silencedBy":[],"state":"active"}},"updatedAt":"2026-11-24T10:01:00.000Z","generatorURL":"http://prometheus.example/graph?g0.expr=rule{rule}&g0.tab=1","labels":{{"alertname":"Rule{rule}","cluster":"eu-1","container":"app","job":"kubelet","namespace":"team-{}","pod":"pod-{pod}","severity":"{severity}"}}}}"#,
            number / 60 % 60,
            number % 60,
            rule % 20,
        );
    }
    text.push(']');
    text.into_bytes()
}

fn poll(one_other: bool) -> Poll {
    let answer = Answer { place: "am".to_owned(), body: body(one_other), ahead: None, next: None, total: None };
    Poll { alerts: vec![answer], failed: Vec::new(), beats: Vec::new(), silences: Ok(None) }
}

fn reader() -> Reader {
    let text = "[[source]]\nname = \"am\"\ntype = \"alertmanager\"\nurl = \"http://127.0.0.1:9\"\n".to_owned();
    let config = config::load_texts(&[("config.toml".to_owned(), text)], Path::new(".")).expect("a configuration");
    Reader::new(&config.sources[0])
}

fn now() -> Instant {
    "2026-11-24T10:02:00Z".parse().expect("an instant")
}

/// Nothing is known yet.
#[divan::bench(sample_count = 40)]
fn first_poll(bencher: Bencher<'_, '_>) {
    let poll = poll(false);
    bencher.with_inputs(reader).bench_local_refs(|reader| reader.report(&poll, now()).expect("an answer"));
}

/// The same again, but for one alert.
#[divan::bench(sample_count = 40)]
fn next_poll(bencher: Bencher<'_, '_>) {
    let (polls, reader, mut turn) = ([poll(false), poll(true)], reader(), 0);
    reader.report(&polls[1], now()).expect("an answer");
    bencher.bench_local(|| {
        turn += 1;
        reader.report(&polls[turn % 2], now()).expect("an answer")
    });
}

/// The fields that the model needs, borrowed from the body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lean<'a> {
    #[serde(borrow)]
    fingerprint: &'a str,
    #[serde(borrow)]
    starts_at: &'a str,
    #[serde(borrow, rename = "generatorURL")]
    link: &'a str,
    #[serde(borrow)]
    labels: LeanLabels<'a>,
    #[serde(borrow)]
    annotations: LeanAnnotations<'a>,
    #[serde(borrow)]
    status: LeanStatus<'a>,
}

#[derive(Deserialize)]
struct LeanLabels<'a> {
    #[serde(borrow)]
    alertname: &'a str,
    #[serde(borrow)]
    cluster: &'a str,
    #[serde(borrow)]
    container: &'a str,
    #[serde(borrow)]
    job: &'a str,
    #[serde(borrow)]
    namespace: &'a str,
    #[serde(borrow)]
    pod: &'a str,
    #[serde(borrow)]
    severity: &'a str,
}

#[derive(Deserialize)]
struct LeanAnnotations<'a> {
    #[serde(borrow)]
    description: &'a str,
    #[serde(borrow)]
    summary: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LeanStatus<'a> {
    #[serde(borrow)]
    state: &'a str,
    #[serde(borrow)]
    silenced_by: Vec<&'a str>,
    #[serde(borrow)]
    inhibited_by: Vec<&'a str>,
}

impl Lean<'_> {
    fn length(&self) -> usize {
        let labels = &self.labels;
        let texts = [
            self.fingerprint,
            self.starts_at,
            self.link,
            labels.alertname,
            labels.cluster,
            labels.container,
            labels.job,
            labels.namespace,
            labels.pod,
            labels.severity,
            self.annotations.description,
            self.annotations.summary,
            self.status.state,
        ];
        texts.iter().map(|text| text.len()).sum::<usize>()
            + self.status.silenced_by.len()
            + self.status.inhibited_by.len()
    }
}

/// The floor: parsing alone, into known fields, nothing kept.
#[divan::bench(sample_count = 40)]
fn floor(bencher: Bencher<'_, '_>) {
    let body = body(false);
    bencher.bench_local(|| {
        let text = std::str::from_utf8(black_box(&body)).expect("text");
        let alerts: Vec<Lean<'_>> = serde_json::from_str(text).expect("alerts");
        alerts.iter().map(Lean::length).sum::<usize>()
    });
}
