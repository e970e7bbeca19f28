//! Alerta: recorded answers of a real one.

use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::sources::kind::build;

use crate::support::{Reply, Server, clock, settings};

async fn read(reply: Reply) -> StateReport {
    let server = Server::always(reply).await;
    let source = build(&settings("alerta", &server.url()), clock).expect("it is built in");
    let report = source.state(clock()).await.expect("the server answers");
    let request = &server.requests()[0];
    assert!(request.pairs().contains(&("status".to_owned(), "open".to_owned())), "closed ones are not asked for");
    assert!(!request.text.contains("closed"));
    report
}

#[tokio::test]
async fn alerts_with_their_labels() {
    let report = read(Reply::recorded("alerta/alerts")).await;
    assert_eq!((report.signals.len(), report.unknown_words.len(), report.notes.len()), (3, 0, 0));
    let email = &report.signals[0];
    assert_eq!(
        (email.severity, email.handling, &*email.summary),
        (Severity::Critical, Handling::None, "mail-01: email is down")
    );
    let labels = [
        ("environment", "Production"),
        ("resource", "mail-01"),
        ("event", "ServiceDown"),
        ("service", "email"),
        ("team", "ops"),
        ("site", "lab"),
    ];
    assert!(labels.iter().all(|(name, value)| label(&email.labels, name) == Some(*value)), "{:?}", email.labels);
    assert!(email.since.is_some() && email.link.is_some());
    let shelved = &report.signals[2];
    assert_eq!((shelved.severity, shelved.handling), (Severity::Minor, Handling::Acknowledged));
}

#[tokio::test]
async fn who_acknowledged_is_told_and_odd_attributes_harm_nothing() {
    let body = r#"{"alerts":[{"id":"a","resource":"r","event":"e","severity":"fatal","status":"ack","service":["x","y"],
        "attributes":{"n":1,"o":{"deep":true},"t":"text","severity":"ok"},"tags":["plain","k=v"],
        "history":[{"status":"open","user":"bot","text":"came"},{"status":"ack","user":"alice","text":"on it"}]},
        {"id":"b","severity":"minor","status":"blackout"},{"id":"a","severity":"minor","status":"open"}],"more":false}"#;
    let report = read(Reply::json(body)).await;
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
    let report = read(Reply::json(body)).await;
    assert_eq!(report.signals.len(), 1);
    assert!(report.notes.iter().any(|note| note.contains("repeats")), "{:?}", report.notes);
}
