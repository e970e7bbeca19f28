//! PagerDuty: the answers of its own documents.

use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::Settings;
use serde_json::json;

use crate::support::{Reply, Request, Server, clock, settings};

pub fn recorded(request: &Request) -> Reply {
    let resolved = request.pairs().iter().any(|(_, value)| value == "resolved");
    Reply::recorded(if resolved { "pagerduty/resolved" } else { "pagerduty/open" })
}

async fn read(settings: &Settings) -> StateReport {
    build(settings, clock).expect("it is built in").state(clock()).await.expect("the server answers")
}

#[tokio::test]
async fn open_incidents_are_signals_and_all_are_tickets() {
    let server = Server::start(recorded).await;
    let report = read(&settings("pagerduty", &server.url())).await;
    assert!(report.notes.is_empty() && report.unknown_words.is_empty(), "{:?}", report.notes);
    let found: Vec<_> = report.signals.iter().map(|it| (&*it.id, it.severity, it.handling)).collect();
    assert_eq!(
        found,
        [
            ("PAY0001", Severity::Critical, Handling::None),
            ("PAY0002", Severity::Major, Handling::Acknowledged),
            ("PAY0003", Severity::Warning, Handling::None),
        ]
    );
    let search = &report.signals[1];
    assert_eq!(search.handled_by.as_deref(), Some("Ann Admin"));
    let labels = [("service", "Search"), ("urgency", "high"), ("team", "Engineering"), ("owner", "Ann Admin")];
    assert!(labels.iter().all(|(name, value)| label(&search.labels, name) == Some(*value)), "{:?}", search.labels);
    assert_eq!(search.link.as_deref(), Some("https://acme.pagerduty.com/incidents/PAY0002"));

    assert_eq!(report.tickets.len(), 4);
    let done = &report.tickets[0];
    assert!(!done.open && done.resolved == "2026-11-23T19:15:00Z".parse().ok() && &*done.id == "PAY0004");
    let acknowledged = report.tickets.iter().find(|ticket| &*ticket.id == "PAY0002").expect("it is there");
    assert_eq!(acknowledged.responded, "2026-11-24T09:14:00Z".parse().ok());
    assert_eq!(acknowledged.owner.as_deref(), Some("Ann Admin"));

    let request = &server.requests()[0];
    assert_eq!(request.header("accept"), Some("application/vnd.pagerduty+json;version=2"));
    assert_eq!(request.header("content-type"), Some("application/json"), "also without a body");
    assert_eq!(request.pair("date_range").as_deref(), Some("all"), "without it what is older than a month is left out");
    let resolved = &server.requests()[1];
    assert_eq!(resolved.pair("since").as_deref(), Some("2026-05-28T10:00:00Z"), "it is about creation");
    assert_eq!(resolved.pair("sort_by").as_deref(), Some("resolved_at:desc"));
}

#[tokio::test]
async fn all_pages_are_read() {
    let server = Server::start(|request| {
        let offset: usize = request.pair("offset").and_then(|text| text.parse().ok()).expect("an offset");
        let open = request.pairs().iter().any(|(_, value)| value == "triggered");
        let ids = offset..offset + if open { 100 } else { 0 };
        let list: Vec<_> =
            ids.map(|id| json!({ "id": id.to_string(), "status": "triggered", "urgency": "low" })).collect();
        Reply::json(json!({ "incidents": list, "more": offset < 200 }).to_string())
    });
    let server = server.await;
    let report = read(&settings("pagerduty", &server.url())).await;
    assert_eq!((report.signals.len(), report.notes.len()), (300, 0), "{:?}", report.notes);
}

#[tokio::test]
async fn an_incident_resolved_between_both_questions_is_resolved() {
    let server = Server::start(|request| {
        let resolved = request.pairs().iter().any(|(_, value)| value == "resolved");
        let status = if resolved { "resolved" } else { "triggered" };
        Reply::json(json!({ "incidents": [{ "id": "A", "status": status, "urgency": "high" }] }).to_string())
    });
    let server = server.await;
    let report = read(&settings("pagerduty", &server.url())).await;
    assert_eq!((report.signals.len(), report.tickets.len()), (0, 1));
}

#[tokio::test]
async fn what_was_resolved_lately_is_shown_however_old_and_nothing_older_is_read() {
    let server = Server::start(|request| {
        if request.pairs().iter().all(|(_, value)| value != "resolved") {
            return Reply::json(r#"{"incidents":[]}"#);
        }
        let of = |id: &str, created: &str, resolved: &str| json!({ "id": id, "status": "resolved", "urgency": "high", "created_at": created, "resolved_at": resolved });
        let list = [
            of("OLD", "2026-10-01T00:00:00Z", "2026-11-24T09:00:00Z"),
            of("PAST", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"),
        ];
        Reply::json(json!({ "incidents": list, "more": true }).to_string())
    });
    let server = server.await;
    let report = read(&settings("pagerduty", &server.url())).await;
    let ids: Vec<_> = report.tickets.iter().map(|ticket| &*ticket.id).collect();
    assert_eq!((ids, server.requests().len()), (vec!["OLD"], 2));
    assert!(report.notes.is_empty(), "{:?}", report.notes);
}

#[tokio::test]
async fn refusals_say_what_the_server_says() {
    let server = Server::always(Reply::recorded("pagerduty/unauth")).await;
    let source = build(&settings("pagerduty", &server.url()), clock).expect("built in");
    let error = source.state(clock()).await.expect_err("401").to_string();
    assert!(error.contains("credentials") && error.contains("Invalid credentials"), "{error}");
}
