//! Writing to real servers through the gate, read back by the servers' own tools: `amtool` and `rt`.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bsmtop::domain::facts::{Signal, Ticket};
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::domain::severity::Handling;
use bsmtop::domain::span::Instant;
use bsmtop::domain::write::{Intent, Outcome, Preview, Reference, Target, WriteKind};
use bsmtop::sources::gate::Gate;
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::{Auth, SecretRef, Settings};
use serde_json::{Value, json};
use url::Url;

use crate::SOON;
use crate::servers::{address, can_run, get, get_with, post};

pub fn now() -> Instant {
    bsmtop::runtime::clock::now()
}

pub fn settings(name: &str, type_word: &str, url: &str) -> Settings {
    Settings {
        urls: vec![Url::parse(url).expect("an address")],
        every: Duration::from_secs(15),
        timeout: Duration::from_secs(20),
        write: true,
        ..Settings::plain(name.into(), type_word)
    }
}

pub fn intent(source: &str, kind: WriteKind, target: Target) -> Intent {
    Intent {
        kind,
        source: source.into(),
        target,
        author: "live-test".into(),
        title: "Live: parcels wait".into(),
        text: "being looked at".into(),
        until: None,
        scope: Vec::new(),
        severity: None,
        references: Vec::new(),
    }
}

/// A secret in a file of this process, that only its owner can read.
pub fn secret(name: &str, value: &str) -> SecretRef {
    let file = std::env::temp_dir().join(format!("bsmtop-live-{name}-{}", std::process::id()));
    std::fs::write(&file, value).expect("a file can be written");
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("it is ours");
    SecretRef::File(file)
}

/// A source, and the gate to it.
pub struct Door {
    settings: Settings,
    pub gate: Gate,
    pub runtime: tokio::runtime::Runtime,
}

impl Door {
    pub fn new(settings: Settings) -> Self {
        let gate = Gate::new(std::slice::from_ref(&settings), Box::new(|_, _, _| Ok(())), now);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { settings, gate, runtime }
    }

    pub fn state(&self) -> StateReport {
        let adapter = build(&self.settings, now).expect("it is built in");
        self.runtime.block_on(adapter.state(now())).expect("the server answers")
    }

    pub fn prepare(&self, intent: &Intent) -> Result<(bsmtop::domain::write::Number, Preview), String> {
        self.runtime.block_on(self.gate.prepare(intent)).map_err(|error| error.to_string())
    }

    pub fn write(&self, intent: &Intent) -> Outcome {
        let (number, _) = self.prepare(intent).expect("it can be prepared");
        self.runtime.block_on(self.gate.send(number))
    }
}

/// What a program of the server says.
pub fn run(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap_or_else(|error| panic!("{program} can be run: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn amtool(url: &str, arguments: &[&str]) -> String {
    let flag = format!("--alertmanager.url={url}");
    let mut all = vec![flag.as_str()];
    all.extend(arguments);
    run("amtool", &all, &[])
}

fn signal(report: &StateReport, instance: &str) -> Arc<Signal> {
    let is = |signal: &&Arc<Signal>| label(&signal.labels, "instance") == Some(instance);
    report.signals.iter().find(is).expect("the alert is there").clone()
}

#[test]
fn an_acknowledgement_is_a_silence_that_amtool_lists_and_ends() {
    if !can_run("an_acknowledgement_is_a_silence_that_amtool_lists_and_ends", &["ALERTMANAGER_URL"]) {
        return;
    }
    let url = address("ALERTMANAGER_URL");
    // Two alerts of our own, which no map of another test matches; the labels of one are in the other.
    let alert = |instance: &str, more: &str| {
        let mut labels = json!({ "alertname": "WritingTest", "severity": "ticket", "instance": instance });
        if !more.is_empty() {
            labels["zone"] = json!(more);
        }
        json!({ "labels": labels, "annotations": { "summary": "a \"quoted\" \\ text" } })
    };
    let same = "w-1 \"x\" \\ y";
    post(&format!("{url}/api/v2/alerts"), &json!([alert(same, ""), alert(same, "b"), alert("w-2", "")]));

    let door = Door::new(settings("am", "alertmanager", &url));
    let report = door.state();
    let target = report
        .signals
        .iter()
        .find(|signal| label(&signal.labels, "instance") == Some(same) && label(&signal.labels, "zone").is_none())
        .expect("it is there")
        .clone();
    let wanted = intent("am", WriteKind::Acknowledge, Target::Signal(Arc::clone(&target)));
    let (number, preview) = door.prepare(&wanted).expect("it can be prepared");
    assert_eq!(preview.covers_count, 1, "the alert that has all of its labels: {:?}", preview.covers);
    let outcome = door.runtime.block_on(door.gate.send(number));
    let Outcome::Done { made: Some(made), .. } = outcome else { panic!("{outcome:?}") };

    // Read back by another program.
    let listed: Value = serde_json::from_str(&amtool(&url, &["silence", "query", "-o", "json"])).expect("JSON");
    let silence =
        listed.as_array().expect("a list").iter().find(|silence| silence["id"] == *made.id).expect("it is listed");
    assert_eq!((&silence["createdBy"], &silence["comment"]), (&json!("live-test"), &json!("being looked at")));
    let time = |name: &str| silence[name].as_str().expect("a time").parse::<Instant>().expect("a time");
    let lasts = time("endsAt") - time("startsAt");
    assert!((lasts - chrono::TimeDelta::hours(2)).abs() < chrono::TimeDelta::seconds(30), "{lasts}");
    let active =
        get_with(&format!("{url}/api/v2/alerts"), &[("filter", "alertname=\"WritingTest\""), ("silenced", "false")]);
    assert_eq!(active.as_array().map(Vec::len), Some(1), "w-2 alone is not silenced: {active}");
    assert_eq!(active[0]["labels"]["instance"], "w-2");

    // And by the adapter's next poll; until amtool ends it.
    let after = door.state();
    let seen = after.signals.iter().find(|signal| signal.id == target.id).expect("it is there");
    assert_eq!(seen.handling, Handling::Acknowledged);
    assert!(seen.handled_by.as_ref().is_some_and(|by| by.starts_with("live-test: being looked at")));
    amtool(&url, &["silence", "expire", &made.id]);
    assert_eq!(signal(&door.state(), "w-2").handling, Handling::None);
    let again = door.state();
    let seen = again.signals.iter().find(|signal| signal.id == target.id).expect("it is there");
    assert_eq!(seen.handling, Handling::None);
    let _ = SOON;
}

#[test]
fn what_alertmanager_refuses_is_told_in_its_words() {
    if !can_run("what_alertmanager_refuses_is_told_in_its_words", &["ALERTMANAGER_URL"]) {
        return;
    }
    let url = address("ALERTMANAGER_URL");
    let labels = json!({ "alertname": "WritingTest", "severity": "ticket", "instance": "w-3" });
    post(&format!("{url}/api/v2/alerts"), &json!([{ "labels": labels }]));
    let door = Door::new(settings("am", "alertmanager", &url));
    let target = signal(&door.state(), "w-3");
    let wanted = intent("am", WriteKind::Silence, Target::Signal(target));
    // It ended before it began.
    let outcome = door.write(&Intent { until: Some(now() - chrono::TimeDelta::hours(1)), ..wanted });
    assert_eq!(outcome.word(), "refused");
    assert!(outcome.text().contains("end time") || outcome.text().contains("in the past"), "{}", outcome.text());
    let listed = get(&format!("{url}/api/v2/silences"));
    let ours = listed.as_array().expect("a list").iter().filter(|silence| {
        silence["matchers"].as_array().is_some_and(|all| all.iter().any(|matcher| matcher["value"] == "w-3"))
    });
    assert_eq!(ours.count(), 0);
}

/// What the command-line client of Request Tracker says, as a person who may read tickets.
fn rt(arguments: &[&str]) -> String {
    let url = address("RT_URL");
    run(
        "rt",
        arguments,
        &[("RTSERVER", &url), ("RTUSER", "alice"), ("RTPASSWD", "alice-lab-only"), ("HOME", "/nonexistent")],
    )
}

fn tracker() -> Door {
    let mut settings = settings("rt", "rt", &address("RT_URL"));
    let token = secret("rt", &format!("token {}", address("RT_TOKEN")));
    settings.auth = Some(Auth::Headers(vec![("Authorization".into(), token)]));
    settings.only = [("queue".to_owned(), "Operations".to_owned())].into();
    settings.own = toml::from_str("create = { priority = 50, Priority = \"P2\" }").expect("TOML");
    Door::new(settings)
}

#[test]
fn a_ticket_is_opened_taken_commented_on_and_linked() {
    if !can_run("a_ticket_is_opened_taken_commented_on_and_linked", &["RT_URL", "RT_TOKEN"]) {
        return;
    }
    let door = tracker();
    let alert = Reference {
        id: "am:1".into(),
        title: "parcels wait".into(),
        link: Some("https://alertmanager.example/alert?id=1&x=y".into()),
    };
    let wanted = Intent {
        scope: vec![("Service".to_owned(), "warehouse".to_owned())],
        references: vec![alert],
        text: "Impact: Order dispatch is critical\nCost: 6,000 EUR an hour".into(),
        ..intent("rt", WriteKind::Create, Target::New)
    };
    let outcome = door.write(&wanted);
    let Outcome::Done { made: Some(made), .. } = outcome else { panic!("{outcome:?}") };
    let id = made.id.strip_prefix("rt:").expect("source and number").to_owned();

    // Read back by the other API (REST 1) that the command-line client speaks.
    let shown = rt(&["show", "-l", &format!("ticket/{id}")]);
    for line in [
        "Queue: Operations",
        "Subject: Live: parcels wait",
        "Status: new",
        "CF.{Service}: warehouse",
        "CF.{Priority}: P2",
        "Owner: Nobody",
    ] {
        assert!(shown.contains(line), "{line:?} in\n{shown}");
    }
    let links = rt(&["show", &format!("ticket/{id}/links")]);
    assert!(links.contains("RefersTo: https://alertmanager.example/alert?id=1&x=y"), "{links}");

    let find = || {
        let report = door.state();
        let is = |ticket: &&Arc<Ticket>| *ticket.id == *id;
        report.tickets.iter().find(is).expect("the next poll has it").clone()
    };
    let ticket = Target::Ticket(find());
    let taken = door.write(&intent("rt", WriteKind::Acknowledge, ticket.clone()));
    assert!(taken.is_done(), "{taken:?}");
    assert!(rt(&["show", "-l", &format!("ticket/{id}")]).contains("Owner: root"));
    // Who has it has it.
    let error = door.prepare(&intent("rt", WriteKind::Acknowledge, ticket.clone())).expect_err("it is taken");
    assert!(error.contains("root has this ticket already"), "{error}");

    let said = door.write(&intent("rt", WriteKind::Comment, ticket.clone()));
    assert_eq!((said.word(), said.text()), ("done", "Comments added"));
    let history = rt(&["show", "-l", &format!("ticket/{id}/history")]);
    assert!(history.contains("being looked at") && history.contains("Cost: 6,000 EUR an hour"), "{history}");

    let other = Reference { id: "prom:9".into(), title: "x".into(), link: Some("https://prometheus.example/9".into()) };
    let linked = door.write(&Intent { references: vec![other], ..intent("rt", WriteKind::Link, ticket) });
    assert!(linked.is_done(), "{linked:?}");
    let links = rt(&["show", &format!("ticket/{id}/links")]);
    assert!(links.contains("https://prometheus.example/9"), "{links}");
    crate::servers::resolve_ticket(&id);
}

#[test]
fn what_request_tracker_refuses_is_told_in_its_words() {
    if !can_run("what_request_tracker_refuses_is_told_in_its_words", &["RT_URL", "RT_TOKEN"]) {
        return;
    }
    let door = tracker();
    let wanted = Intent {
        scope: vec![("queue".to_owned(), "Nowhere".to_owned())],
        ..intent("rt", WriteKind::Create, Target::New)
    };
    let outcome = door.write(&wanted);
    assert_eq!(outcome.word(), "refused");
    assert!(outcome.text().contains("No permission to create tickets in the queue 'Nowhere'"), "{}", outcome.text());
}
