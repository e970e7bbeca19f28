//! Alerta: recorded answers of a real one.

use bsmtop::domain::facts::Signal;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::domain::span::Instant;
use bsmtop::sources::kind::build;

use crate::support::{Reply, Request, Server, clock, settings};

fn is_about(request: &Request, status: &str) -> bool {
    request.pairs().contains(&("status".to_owned(), status.to_owned()))
}

/// What the real server answered.
pub fn recorded(request: &Request) -> Reply {
    Reply::recorded(match request.path() {
        "/blackouts" => "alerta/blackouts",
        _ if is_about(request, "open") => "alerta/alerts-open",
        _ => "alerta/alerts-handled",
    })
}

/// A server with this page of alerts, whoever takes care of them.
async fn of(body: &'static str) -> Server {
    Server::start(move |request| match request.path() {
        "/blackouts" => Reply::json(r#"{"blackouts":[]}"#),
        _ if is_about(request, "open") => Reply::json(body),
        _ => Reply::json(r#"{"alerts":[]}"#),
    })
    .await
}

async fn read(server: &Server) -> StateReport {
    let source = build(&settings("alerta", &server.url()), clock).expect("it is built in");
    let report = source.state(recorded_at()).await.expect("the server answers");
    assert!(server.requests().iter().all(|request| !request.text.contains("closed")), "closed ones are not asked for");
    report
}

/// When the answers were recorded.
fn recorded_at() -> Instant {
    "2026-11-24T11:40:00Z".parse().expect("an instant")
}

fn find<'a>(report: &'a StateReport, event: &str) -> &'a Signal {
    let found = report.signals.iter().find(|signal| label(&signal.labels, "event") == Some(event));
    found.unwrap_or_else(|| panic!("{event} is not there"))
}

#[tokio::test]
async fn alerts_with_their_labels() {
    let report = read(&Server::start(recorded).await).await;
    assert_eq!((report.signals.len(), report.unknown_words.len(), report.notes.as_slice()), (7, 0, [].as_slice()));
    let email = find(&report, "ServiceDown");
    let is = (email.severity, email.handling, &*email.summary);
    assert_eq!(is, (Severity::Critical, Handling::None, "mail-01: email is down"));
    let labels = [
        ("environment", "Production"),
        ("resource", "mail-01"),
        ("service", "email"),
        ("team", "ops"),
        ("site", "lab"),
    ];
    assert!(labels.iter().all(|(name, value)| label(&email.labels, name) == Some(*value)), "{:?}", email.labels);
    assert!(email.since.is_some() && email.link.is_some());
    assert_eq!(find(&report, "Purge").severity, Severity::Info);

    let payments = find(&report, "ErrorBudgetBurn");
    assert_eq!((payments.severity, payments.handling), (Severity::Major, Handling::Acknowledged));
    assert_eq!(payments.handled_by.as_deref(), Some("admin@lab.invalid: INC0012: seen to"));
    let shelved = find(&report, "TargetDown");
    assert_eq!((shelved.severity, shelved.handling), (Severity::Minor, Handling::Acknowledged));
    assert_eq!(find(&report, "Unreachable").handling, Handling::Maintenance);
}

#[tokio::test]
async fn pages_have_an_order_and_the_other_alarm_model_is_asked_for() {
    let body = r#"{"alerts":[{"id":"a","severity":"High","status":"UNACK"},{"id":"b","severity":"Low","status":"ACKED"},
        {"id":"c","severity":"Medium","status":"OOSRV"}]}"#;
    let server = of(body).await;
    let report = read(&server).await;
    let handling: Vec<_> = report.signals.iter().map(|signal| signal.handling).collect();
    assert_eq!(handling, [Handling::None, Handling::Acknowledged, Handling::Maintenance]);
    let severities: Vec<_> = report.signals.iter().map(|signal| signal.severity).collect();
    assert_eq!(severities, [Severity::Major, Severity::Warning, Severity::Minor]);
    assert!(report.unknown_words.is_empty());
    let requests = server.requests();
    let alerts: Vec<_> = requests.iter().filter(|request| request.path() == "/alerts").collect();
    assert!(alerts.iter().all(|request| request.pair("sort-by").as_deref() == Some("createTime")));
    let asked = |status: &str| alerts.iter().any(|request| is_about(request, status));
    assert!(["UNACK", "ACKED", "SHLVD", "DSUPR", "OOSRV"].into_iter().all(asked));
}

#[tokio::test]
async fn blackouts_are_changes() {
    let server = Server::start(recorded).await;
    let report = read(&server).await;
    let [blackout] = report.changes.as_slice() else { panic!("one blackout, not {:?}", report.changes) };
    assert!(blackout.window.contains(recorded_at()));
    assert_eq!(&*blackout.summary, "admin@lab.invalid: CHG-1042: login moves");
    assert_eq!(label(&blackout.labels, "service"), Some("login"));
    let unknown = |request: &Request| {
        if request.path() == "/blackouts" { Reply::recorded("alerta/unauth") } else { recorded(request) }
    };
    let report = read(&Server::start(unknown).await).await;
    assert_eq!((report.signals.len(), report.changes.len()), (7, 0));
    assert!(report.notes[0].contains("blackouts are not known"), "{:?}", report.notes);
}

#[tokio::test]
async fn who_acknowledged_is_told_and_odd_attributes_harm_nothing() {
    let body = r#"{"alerts":[{"id":"a","resource":"r","event":"e","severity":"fatal","status":"ack","service":["x","y"],
        "attributes":{"n":1,"o":{"deep":true},"t":"text","severity":"ok"},"tags":["plain","k=v"],
        "history":[{"status":"open","user":"bot","text":"came"},{"status":"ack","user":"alice","text":"on it"}]},
        {"id":"b","severity":"minor","status":"blackout"},{"id":"a","severity":"minor","status":"open"}],"more":false}"#;
    let report = read(&of(body).await).await;
    let [first, second] = report.signals.as_slice() else { panic!("two alerts, not {:?}", report.signals) };
    assert_eq!((first.severity, first.handling), (Severity::Warning, Handling::Acknowledged));
    assert_eq!(first.handled_by.as_deref(), Some("alice: on it"));
    assert_eq!(report.unknown_words, ["fatal"]);
    assert_eq!((label(&first.labels, "service"), label(&first.labels, "t")), (Some("x, y"), Some("text")));
    assert_eq!((label(&first.labels, "k"), label(&first.labels, "severity")), (Some("v"), Some("fatal")));
    assert_eq!(second.handling, Handling::Maintenance);
    assert!(report.notes[0].contains("twice"), "{:?}", report.notes);
}

#[tokio::test]
async fn a_server_that_always_has_more_is_found_out() {
    let body = r#"{"alerts":[{"id":"a","severity":"minor","status":"open"}],"more":true}"#;
    let report = read(&of(body).await).await;
    assert_eq!(report.signals.len(), 1);
    assert!(report.notes.iter().any(|note| note.contains("repeats")), "{:?}", report.notes);
}
