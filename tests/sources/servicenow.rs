//! ServiceNow: documented answers; incidents, their SLAs, changes, and tables that the account may not read.

use bsmtop::domain::facts::{NativeClock, Ticket};
use bsmtop::domain::map::Goal;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::Settings;
use chrono::TimeDelta;
use serde_json::json;

use crate::support::{Reply, Request, Server, clock, settings, table};

pub fn recorded(request: &Request) -> Reply {
    let table = request.path().rsplit('/').next().unwrap_or_default();
    Reply::recorded(&format!("servicenow/{table}"))
}

async fn read(settings: &Settings) -> StateReport {
    build(settings, clock).expect("it is built in").state(clock()).await.expect("the server answers")
}

fn find<'a>(report: &'a StateReport, id: &str) -> &'a Ticket {
    report.tickets.iter().find(|ticket| &*ticket.id == id).expect("it is there")
}

fn native(ticket: &Ticket, goal: Goal) -> Option<NativeClock> {
    ticket.native.iter().find(|(of, _)| *of == goal).map(|(_, clock)| *clock)
}

#[tokio::test]
async fn incidents_with_the_clocks_of_their_slas() {
    let server = Server::start(recorded).await;
    let report = read(&settings("servicenow", &server.url())).await;
    assert_eq!(report.tickets.len(), 4);
    let payments = find(&report, "INC0010001");
    let labels = [
        ("priority", "1 - Critical"),
        ("status", "In Progress"),
        ("cmdb_ci", "pay-db"),
        ("business_service", "Payments"),
        ("assignment_group", "Service Operations"),
        ("owner", "Ann Admin"),
        ("caller", "Bob Buyer"),
    ];
    assert!(labels.iter().all(|(name, value)| label(&payments.labels, name) == Some(*value)), "{:?}", payments.labels);
    assert_eq!(payments.created, "2026-11-24T07:00:00Z".parse().ok(), "the raw time, not the one displayed");
    assert_eq!(payments.responded, "2026-11-24T07:09:00Z".parse().ok());
    assert_eq!(payments.due, "2026-11-24T11:00:00Z".parse().ok());
    assert!(
        payments.link.as_ref().is_some_and(|link| link.ends_with("/incident.do?sys_id=inc0010001aaaaaaaaaaaaaaaaaaaa"))
    );
    // Stored were three hours, two hours ago.
    let clock = native(payments, Goal::Resolve).expect("an SLA");
    assert_eq!((clock.remaining, clock.elapsed), (TimeDelta::hours(1), TimeDelta::hours(3)));
    assert!(native(payments, Goal::Respond).is_some_and(|clock| clock.remaining == TimeDelta::minutes(6)));

    let clock = native(find(&report, "INC0010002"), Goal::Resolve).expect("an SLA");
    assert!(clock.paused && !clock.breached && clock.remaining == TimeDelta::hours(20));
    let laptop = find(&report, "INC0010003");
    assert_eq!((laptop.native.len(), laptop.due), (0, "2026-11-27T16:00:00Z".parse().ok()));
    assert!(report.notes.iter().any(|note| note.contains("Walk-in promise")), "{:?}", report.notes);
    let done = find(&report, "INC0009990");
    assert!(!done.open && done.resolved == "2026-11-23T19:15:00Z".parse().ok(), "resolved, though still active");
    assert!(native(done, Goal::Resolve).is_some_and(|clock| clock.breached));
}

#[tokio::test]
async fn changes_have_the_time_of_the_work_or_of_the_plan() {
    let server = Server::start(recorded).await;
    let report = read(&settings("servicenow", &server.url())).await;
    let window = |index: usize| {
        let window = report.changes[index].window;
        format!("{}-{}", window.start.format("%H:%M"), window.end.format("%H:%M"))
    };
    assert_eq!([window(0), window(1)], ["21:00-22:30", "09:30-10:00"]);
    assert_eq!(label(&report.changes[0].labels, "cmdb_ci"), Some("pay-db"));
    let wanted = Settings { only: table(&[("cmdb_ci", "pay-db")]), ..settings("servicenow", &server.url()) };
    let report = read(&wanted).await;
    assert!(report.changes.iter().all(|change| label(&change.labels, "cmdb_ci") == Some("pay-db")));
    assert_eq!(report.changes.len(), 1, "`only` holds for changes, too");
}

#[tokio::test]
async fn what_the_account_may_not_read_is_told_and_the_rest_is_read() {
    let server = Server::start(|request| match request.path() {
        "/api/now/table/incident" => recorded(request),
        _ => Reply::recorded("servicenow/forbidden"),
    });
    let server = server.await;
    let report = read(&settings("servicenow", &server.url())).await;
    assert_eq!((report.tickets.len(), report.changes.len()), (4, 0));
    let notes = report.notes.join("\n");
    assert!(notes.contains("task SLAs can't be read") && notes.contains("changes can't be read"), "{notes}");

    let server = Server::always(Reply::recorded("servicenow/unauth")).await;
    let error = build(&settings("servicenow", &server.url()), clock).expect("built in").state(clock()).await;
    let error = error.expect_err("401").to_string();
    assert!(error.contains("Required to provide Auth information"), "{error}");
}

#[tokio::test]
async fn only_is_sent_as_an_encoded_query_and_held_to_here() {
    let server = Server::start(recorded).await;
    let mut settings = settings("servicenow", &server.url());
    settings.only = table(&[("business_service", "Payments"), ("priority", "1*")]);
    settings.own = "query = \"category=software\"".parse().expect("TOML");
    let report = read(&settings).await;
    assert_eq!(report.tickets.len(), 1);
    let query = server.requests()[0].pair("sysparm_query").expect("a query");
    assert!(query.starts_with("category=software^business_service.name=Payments^active=true^NQcategory="), "{query}");
}

#[tokio::test]
async fn an_empty_page_does_not_end_the_list_and_hidden_records_are_counted() {
    let server = Server::start(|request| {
        let offset: usize = request.pair("sysparm_offset").and_then(|text| text.parse().ok()).expect("an offset");
        if !request.path().ends_with("/incident") {
            return Reply::json(r#"{"result":[]}"#);
        }
        let list: Vec<_> = (0..usize::from(offset == 1000))
            .map(|_| json!({ "number": { "value": "INC7", "display_value": "x" }, "active": { "value": "true" } }))
            .collect();
        let link = if offset < 1000 { "Link: <https://x/api?page=2>;rel=\"next\"\r\n" } else { "" };
        let head = format!("Content-Type: application/json\r\nX-Total-Count: 1001\r\n{link}");
        Reply::of(200, &head, json!({ "result": list }).to_string())
    });
    let server = server.await;
    let report = read(&settings("servicenow", &server.url())).await;
    assert_eq!(report.tickets.len(), 1);
    assert_eq!(report.notes, ["1000 of 1001 records of incident are hidden from this account"]);
}

#[tokio::test]
async fn all_pages_are_read_also_where_some_are_short() {
    let server = Server::start(|request| {
        let offset: usize = request.pair("sysparm_offset").and_then(|text| text.parse().ok()).expect("an offset");
        if !request.path().ends_with("/incident") {
            return Reply::json(r#"{"result":[]}"#);
        }
        let list: Vec<_> = (offset..offset + 20)
            .map(|id| json!({ "number": { "value": format!("INC{id}"), "display_value": "x" }, "active": { "value": "true" } }))
            .collect();
        let link = if offset < 1000 { "Link: <https://x/api?page=2>;rel=\"next\"\r\n" } else { "" };
        Reply::of(200, &format!("Content-Type: application/json\r\n{link}"), json!({ "result": list }).to_string())
    });
    let server = server.await;
    let report = read(&settings("servicenow", &server.url())).await;
    assert_eq!((report.tickets.len(), report.notes.len()), (60, 0), "{:?}", report.notes);
}
