//! Redmine: recorded answers of a real one, pages, and keys that are wrong.

use bsmtop::domain::facts::Ticket;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::{Auth, SecretRef, Settings};

use crate::support::{Reply, Request, Server, clock, settings, table};

pub fn recorded(request: &Request) -> Reply {
    Reply::recorded(match request.pair("status_id").as_deref() {
        Some("open") => "redmine/issues-open",
        Some("closed") => "redmine/issues-closed",
        _ => "redmine/users-current",
    })
}

async fn read(settings: &Settings) -> StateReport {
    build(settings, clock).expect("it is built in").state(clock()).await.expect("the server answers")
}

fn find<'a>(report: &'a StateReport, id: &str) -> &'a Ticket {
    report.tickets.iter().find(|ticket| &*ticket.id == id).expect("it is there")
}

#[tokio::test]
async fn open_and_recent_issues_with_their_labels() {
    let server = Server::start(recorded).await;
    let report = read(&settings("redmine", &server.url())).await;
    assert_eq!((report.tickets.len(), report.notes.len()), (4, 0), "{:?}", report.notes);
    let payments = find(&report, "2");
    assert_eq!(&*payments.summary, "Card payments fail for 6% of customers");
    let labels = [
        ("project", "Operations"),
        ("tracker", "Bug"),
        ("status", "In Progress"),
        ("priority", "Urgent"),
        ("owner", "Redmine Admin"),
        ("Service", "payments"),
    ];
    assert!(labels.iter().all(|(name, value)| label(&payments.labels, name) == Some(*value)), "{:?}", payments.labels);
    assert!(payments.open && payments.resolved.is_none() && payments.created.is_some());
    assert_eq!(payments.link.as_deref(), Some(format!("{}/issues/2", server.url()).as_str()));
    let checkout = find(&report, "3");
    assert!(!checkout.open && checkout.resolved.is_some());
    assert!(find(&report, "1").owner.is_none(), "nobody has it");
    let asked = server.requests();
    assert!(asked.iter().any(|request| request.pair("closed_on").as_deref() == Some(">=2026-11-17")));
}

#[tokio::test]
async fn only_holds() {
    let server = Server::start(recorded).await;
    let mut settings = settings("redmine", &server.url());
    settings.only = table(&[("Service", "p*")]);
    let report = read(&settings).await;
    assert_eq!(report.tickets.iter().map(|ticket| &*ticket.id).collect::<Vec<_>>(), ["2"]);
}

/// A wrong key reads what the public may: every list answers, only the account itself does not.
#[tokio::test]
async fn a_wrong_key_is_found_out_on_a_public_site() {
    let server = Server::start(|request| match request.path() {
        "/users/current.json" => Reply::recorded("redmine/unauth"),
        _ => recorded(request),
    })
    .await;
    let mut settings = settings("redmine", &server.url());
    // PATH is always set, and no secret.
    let value = SecretRef::Env("PATH".to_owned());
    settings.auth = Some(Auth::Headers(vec![("X-Redmine-API-Key".to_owned(), value)]));
    let source = build(&settings, clock).expect("it is built in");
    let error = source.state(clock()).await.expect_err("the key is wrong").to_string();
    assert!(error.contains("401") && error.contains("auth"), "{error}");
}

fn page(ids: std::ops::Range<usize>, total: usize) -> String {
    let issues: Vec<String> = ids.map(|id| format!(r#"{{"id":{id},"subject":"t"}}"#)).collect();
    format!(r#"{{"issues":[{}],"total_count":{total}}}"#, issues.join(","))
}

#[tokio::test]
async fn all_pages_are_read_and_one_that_brings_nothing_ends_them() {
    let server = Server::start(|request| {
        let offset: usize = request.pair("offset").and_then(|offset| offset.parse().ok()).expect("an offset");
        match request.pair("status_id").as_deref() {
            Some("open") => Reply::json(page(offset..(offset + 100).min(250), 250)),
            // Says that there are more, and sends the same ones for ever.
            _ => Reply::json(page(1000..1100, 5000)),
        }
    })
    .await;
    let report = read(&settings("redmine", &server.url())).await;
    assert_eq!(report.tickets.len(), 350);
    assert!(report.notes.iter().any(|note| note.contains("incomplete")), "{:?}", report.notes);
    assert_eq!(server.requests().len(), 5);
}
