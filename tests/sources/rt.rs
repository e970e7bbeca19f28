//! Request Tracker: recorded answers, pages, and servers that repeat them.

use bsmtop::domain::facts::Ticket;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::Settings;

use crate::support::{Reply, Request, Server, clock, settings, table};

async fn read(settings: &Settings) -> StateReport {
    build(settings, clock).expect("it is built in").state(clock()).await.expect("the server answers")
}

fn is_active(request: &Request) -> bool {
    request.pair("query").is_some_and(|query| query.contains("'__Active__'"))
}

pub fn recorded(request: &Request) -> Reply {
    Reply::recorded(if is_active(request) { "rt/tickets-active" } else { "rt/tickets-recent" })
}

fn find<'a>(report: &'a StateReport, id: &str) -> &'a Ticket {
    report.tickets.iter().find(|ticket| &*ticket.id == id).expect("it is there")
}

#[tokio::test]
async fn active_and_recent_tickets_with_their_labels() {
    let server = Server::start(recorded).await;
    let report = read(&settings("rt", &server.url())).await;
    assert_eq!((report.tickets.len(), report.notes.len()), (7, 0));
    let payments = find(&report, "2");
    assert_eq!(&*payments.summary, "Card payments fail for 6% of customers");
    let labels = [
        ("queue", "Operations"),
        ("status", "open"),
        ("owner", "alice"),
        ("requestor", "bob"),
        ("Service", "payments"),
        ("Severity", "critical"),
    ];
    for (key, value) in labels {
        assert_eq!(label(&payments.labels, key), Some(value), "{key}");
    }
    assert_eq!(label(&payments.labels, "Alert"), None, "a field without a value is none");
    assert!(payments.open && payments.resolved.is_none() && payments.due.is_none() && payments.created.is_some());
    assert_eq!(payments.owner.as_deref(), Some("alice"));
    assert_eq!(payments.link.as_deref(), Some(format!("{}/Ticket/Display.html?id=2", server.url()).as_str()));
    // New and owned by nobody: not started.
    let email = find(&report, "1");
    assert!(email.owner.is_none() && email.responded.is_none() && label(&email.labels, "owner").is_none());
    let checkout = find(&report, "5");
    assert!(!checkout.open && checkout.resolved.is_some() && &*checkout.status == "resolved");
}

#[tokio::test]
async fn only_is_sent_as_ticket_sql_and_held_to_here() {
    let server = Server::start(recorded).await;
    let mut settings = settings("rt", &server.url());
    settings.only = table(&[("queue", "Operations"), ("Service", "p*"), ("owner", "alice")]);
    let report = read(&settings).await;
    let ids: Vec<&str> = report.tickets.iter().map(|ticket| &*ticket.id).collect();
    assert_eq!(ids, ["2"]);
    let query = server.requests()[0].pair("query");
    assert_eq!(query.as_deref(), Some("Status = '__Active__' AND Queue = 'Operations'"));
}

fn page(number: usize, pages: usize, ids: std::ops::Range<usize>) -> String {
    let items: Vec<String> = ids.map(|id| format!(r#"{{"id":"{id}","Subject":"t","Status":"open"}}"#)).collect();
    format!(r#"{{"page":{number},"pages":{pages},"items":[{}]}}"#, items.join(","))
}

fn number(request: &Request) -> usize {
    request.pair("page").and_then(|page| page.parse().ok()).expect("a page")
}

#[tokio::test]
async fn all_pages_are_read() {
    let server = Server::start(|request| match (is_active(request), number(request)) {
        (true, number) => Reply::json(page(number, 3, number * 100..number * 100 + 100)),
        (false, _) => Reply::json(page(1, 0, 0..0)),
    });
    let server = server.await;
    let report = read(&settings("rt", &server.url())).await;
    assert_eq!((report.tickets.len(), report.notes.len()), (300, 0));
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_server_that_repeats_pages_or_has_no_last_one_is_bounded() {
    let server = Server::start(|request| Reply::json(page(number(request), 1_000_000, 1..101))).await;
    let report = read(&settings("rt", &server.url())).await;
    assert_eq!(report.tickets.len(), 100);
    assert!(report.notes.iter().any(|note| note.contains("page 2 only repeats")), "{:?}", report.notes);
    assert_eq!(server.requests().len(), 4);

    let server =
        Server::start(|request| Reply::json(page(number(request), 1_000_000, number(request)..number(request) + 1)));
    let server = server.await;
    let report = read(&settings("rt", &server.url())).await;
    assert!(report.notes.iter().any(|note| note.contains("more than 20000 tickets")), "{:?}", report.notes);
    assert_eq!(server.requests().len(), 400);
}

#[tokio::test]
async fn odd_tickets_do_no_harm() {
    let body = r#"{"page":1,"pages":0.0,"items":[
        {"id":7,"Subject":"a\u001b[2Jb","Status":"waiting on \u202ethem","Due":"2026-12-01T00:00:00Z","Owner":null,"Requestor":null,
         "CustomFields":[{"name":"Tag\u0007","values":["x","y"]},{"name":null,"values":null}],"Priority":null,"Resolved":"1970-01-01T00:00:00Z"},
        {"id":"7","Status":"open"}]}"#;
    let server =
        Server::start(move |request| Reply::json(if is_active(request) { body } else { r#"{"items":[]}"# })).await;
    let report = read(&settings("rt", &server.url())).await;
    assert_eq!(report.tickets.len(), 1);
    let ticket = &report.tickets[0];
    assert_eq!((&*ticket.summary, &*ticket.status), ("a␛[2Jb", "waiting on ·them"));
    assert_eq!(label(&ticket.labels, "Tag␇"), Some("x, y"));
    assert!(ticket.due.is_some());
}

#[tokio::test]
async fn a_ticket_resolved_between_both_questions_is_one() {
    let server = Server::start(|_| Reply::json(page(1, 1, 1..3))).await;
    let report = read(&settings("rt", &server.url())).await;
    assert_eq!(report.tickets.len(), 2);
    assert!(report.tickets.iter().all(|ticket| !ticket.open));
}

#[tokio::test]
async fn refusals_say_what_the_server_says() {
    for (name, text) in
        [("unauth", "credentials"), ("notfound", "path of `url`"), ("tickets-badquery", "Incomplete query")]
    {
        let server = Server::always(Reply::recorded(&format!("rt/{name}"))).await;
        let source = build(&settings("rt", &server.url()), clock).expect("built in");
        let error = source.state(clock()).await.expect_err(name).to_string();
        assert!(error.contains(text) && !error.contains(".pm line"), "{error}");
    }
    let server = Server::always(Reply::recorded("rt/tickets-noquery")).await;
    assert!(read(&settings("rt", &server.url())).await.tickets.is_empty());
}
