//! Nagios: recorded answers of a real one, and what a daemon that stopped looks like.

use bsmtop::domain::facts::Signal;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::domain::span::Instant;
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::Settings;

use crate::support::{Reply, Request, Server, clock, settings, table};

/// When the answers were recorded.
fn recorded_at() -> Instant {
    "2026-11-24T10:46:00Z".parse().expect("an instant")
}

pub fn recorded(request: &Request) -> Reply {
    Reply::recorded(&format!("nagios/{}", request.pair("query").expect("every call has a query")))
}

async fn read(settings: &Settings) -> StateReport {
    build(settings, clock).expect("it is built in").state(recorded_at()).await.expect("the server answers")
}

fn find<'a>(report: &'a StateReport, id: &str) -> &'a Signal {
    report.signals.iter().find(|signal| &*signal.id == id).unwrap_or_else(|| panic!("{id} is there"))
}

#[tokio::test]
async fn hosts_and_services_with_what_is_done_about_them() {
    let server = Server::start(recorded).await;
    let report = read(&settings("nagios", &server.url())).await;
    assert_eq!((report.signals.len(), report.notes.len()), (12, 0), "{:?}", report.notes);

    let http = find(&report, "web-02!http");
    assert_eq!((http.severity, http.unknown, http.handling), (Severity::Critical, false, Handling::None));
    assert_eq!(&*http.summary, "http on web-02: HTTP CRITICAL: 503 Service Unavailable");
    let labels = [("host", "web-02"), ("service", "http"), ("hostgroup", "shop")];
    assert!(labels.iter().all(|(name, value)| label(&http.labels, name) == Some(*value)), "{:?}", http.labels);
    assert!(http.since.is_some());

    let disk = find(&report, "db-01!disk");
    assert_eq!((disk.severity, disk.handling), (Severity::Critical, Handling::Acknowledged));
    assert_eq!(disk.handled_by.as_deref(), Some("alice: INC0012: purging old WAL"));

    let mail = find(&report, "mail-01");
    assert_eq!((mail.severity, mail.handling), (Severity::Critical, Handling::Maintenance));
    assert!(mail.handled_by.as_deref().is_some_and(|by| by.starts_with("bob: CHG-1042: mail migration (until 2026-")));
    assert_eq!(label(&mail.labels, "service"), None, "a host's own check");
    assert!(label(&mail.labels, "hostgroup").is_none() && mail.link.is_some());

    // Never checked, and checked without a result: neither is fine.
    assert!(find(&report, "db-01!replication").unknown && find(&report, "mail-01!smtp").unknown);
    assert_eq!(find(&report, "web-01!http").severity, Severity::Ok);
}

#[tokio::test]
async fn soft_states_count_as_what_was_hard_before() {
    let server = Server::start(recorded).await;
    let mut settings = settings("nagios", &server.url());
    assert_eq!(find(&read(&settings).await, "web-02!disk").severity, Severity::Ok);
    settings.soft = true;
    assert_eq!(find(&read(&settings).await, "web-02!disk").severity, Severity::Warning);
}

#[tokio::test]
async fn only_and_never_hold() {
    let server = Server::start(recorded).await;
    let mut settings = settings("nagios", &server.url());
    settings.only = table(&[("hostgroup", "shop")]);
    settings.never = table(&[("service", "disk")]);
    let report = read(&settings).await;
    assert!(report.signals.iter().all(|signal| !signal.id.starts_with("mail-01") && !signal.id.ends_with("!disk")));
    assert_eq!(report.signals.len(), 6);
}

#[tokio::test]
async fn a_daemon_that_stopped_is_unknown_not_fine() {
    let server = Server::start(|request| {
        let Reply::Bytes(bytes) = recorded(request) else { return Reply::Hang };
        let text = String::from_utf8(bytes).expect("JSON is UTF-8");
        let (_, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let mut call: serde_json::Value = serde_json::from_str(body).expect("JSON");
        let wrote = call["result"]["last_data_update"].as_i64().expect("it says when it wrote");
        call["result"]["query_time"] = (wrote + 3_600_000).into();
        Reply::json(call.to_string())
    })
    .await;
    let report = read(&settings("nagios", &server.url())).await;
    assert!(report.signals.iter().all(|signal| signal.unknown && signal.severity == Severity::Ok));
    assert!(report.notes.iter().any(|note| note.contains("60 min") && note.contains("daemon")), "{:?}", report.notes);
}

#[tokio::test]
async fn what_nagios_refuses_is_said_in_its_words() {
    for (fixture, wanted) in [("nagios/bad", "says:"), ("nagios/unauth", "401")] {
        let server = Server::always(Reply::recorded(fixture)).await;
        let source = build(&settings("nagios", &server.url()), clock).expect("it is built in");
        let error = source.state(recorded_at()).await.expect_err("refused").to_string();
        assert!(error.contains(wanted), "{error}");
    }
}
