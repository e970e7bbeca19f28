//! Jira: documented answers, SLA cycles, changes, pages, both versions.

use bsmtop::domain::facts::{NativeClock, Ticket};
use bsmtop::domain::map::Goal;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::Settings;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Reply, Request, Server, clock, settings, table};

pub fn recorded(request: &Request) -> Reply {
    match request.path().rsplit('/').next() {
        Some("myself") => Reply::recorded("jira/myself"),
        Some("field") => Reply::recorded("jira/field"),
        _ if request.text.contains("issuetype = Change") => Reply::recorded("jira/changes"),
        _ => Reply::recorded("jira/search"),
    }
}

fn of(url: &str, own: &str) -> Settings {
    let cloud = if own.contains("cloud") { "" } else { "cloud = true\n" };
    let own = format!("{cloud}{own}").parse().expect("TOML");
    Settings { own, ..settings("jira", url) }
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
async fn issues_with_their_labels_and_the_clocks_of_their_slas() {
    let server = Server::start(recorded).await;
    let report = read(&of(&server.url(), "custom = [\"Affected services\", \"Nothing\"]")).await;
    assert_eq!(report.tickets.len(), 4);
    let payments = find(&report, "OPS-41");
    let labels = [
        ("project", "OPS"),
        ("type", "[System] Incident"),
        ("status", "In progress"),
        ("priority", "P1"),
        ("component", "Payments DB, Checkout"),
        ("label", "major-incident"),
        ("owner", "Ann Admin"),
        ("reporter", "Bob Buyer"),
        ("Affected services", "Payments"),
    ];
    assert!(labels.iter().all(|(name, value)| label(&payments.labels, name) == Some(*value)), "{:?}", payments.labels);
    assert!(payments.open && payments.resolved.is_none());
    assert_eq!(payments.created, "2026-11-24T07:00:00Z".parse().ok());
    assert_eq!(payments.due, "2026-11-24T11:00:00Z".parse().ok(), "when its SLA is breached");
    assert_eq!(payments.responded, "2026-11-24T07:09:00Z".parse().ok());
    assert_eq!(payments.link.as_deref(), Some(format!("{}/browse/OPS-41", server.url()).as_str()));
    let minutes = |clock: NativeClock| (clock.elapsed.num_minutes(), clock.remaining.num_minutes(), clock.paused);
    assert_eq!(native(payments, Goal::Resolve).map(minutes), Some((180, 60, false)));
    assert_eq!(native(payments, Goal::Respond).map(minutes), Some((9, 6, false)));

    let search = find(&report, "OPS-42");
    let clock = native(search, Goal::Resolve).expect("an SLA");
    assert!(clock.paused && clock.breached && clock.remaining == TimeDelta::minutes(-20));
    let printer = find(&report, "OPS-43");
    assert_eq!((printer.native.len(), printer.due), (0, "2026-12-01T00:00:00Z".parse().ok()), "the end of the day");
    let done = find(&report, "OPS-40");
    assert!(!done.open && done.resolved == "2026-11-23T19:15:00Z".parse().ok());
    assert!(native(done, Goal::Resolve).is_some_and(|clock| clock.breached));

    let notes = report.notes.join("\n");
    assert!(notes.contains("no field called \"Nothing\""), "{notes}");
    assert!(notes.contains("Time to approve normal change"), "{notes}");
    let told = read(&of(&server.url(), "sla = { \"time to approve normal change\" = \"update\" }")).await;
    assert!(told.notes.is_empty(), "{:?}", told.notes);
    assert!(native(find(&told, "OPS-42"), Goal::Update).is_some());
}

#[tokio::test]
async fn changes_have_their_windows() {
    let server = Server::start(recorded).await;
    let report = read(&of(&server.url(), "changes = \"issuetype = Change\"")).await;
    let changes: Vec<_> = report.changes.iter().map(|change| (&*change.id, change.window.length())).collect();
    assert_eq!(changes, [("OPS-50", TimeDelta::minutes(90)), ("OPS-51", TimeDelta::hours(1))]);
    assert_eq!(label(&report.changes[0].labels, "component"), Some("Payments DB"));
    assert!(report.notes.iter().any(|note| note.contains("1 changes have no \"Planned start\"")), "{:?}", report.notes);
    let mut wanted = of(&server.url(), "changes = \"issuetype = Change\"");
    wanted.only = table(&[("component", "Payments DB")]);
    let changes = read(&wanted).await.changes;
    assert!(changes.iter().all(|change| label(&change.labels, "component") == Some("Payments DB")), "{changes:?}");
}

#[tokio::test]
async fn only_is_sent_as_jql_and_held_to_here() {
    let server = Server::start(recorded).await;
    let mut settings = of(&server.url(), "query = \"project = OPS\"");
    settings.only = table(&[("priority", "P1"), ("owner", "Ann*")]);
    let report = read(&settings).await;
    assert_eq!(report.tickets.len(), 1);
    let search = server.requests().into_iter().find(|request| request.path().ends_with("jql")).expect("a search");
    let body: Value = serde_json::from_str(search.body()).expect("JSON");
    let jql = body["jql"].as_str().expect("a query");
    assert!(jql.starts_with("(project = OPS) AND (") && jql.contains(" AND priority = \"P1\" ORDER BY"), "{jql}");
    assert_eq!(search.header("content-type"), Some("application/json"));
}

fn page(ids: std::ops::Range<usize>, more: &Value) -> Reply {
    let issues: Vec<Value> =
        ids.map(|id| json!({ "key": format!("OPS-{id}"), "fields": { "summary": "t" } })).collect();
    let mut page = json!({ "issues": issues });
    for (key, value) in more.as_object().into_iter().flatten() {
        page[key] = value.clone();
    }
    Reply::json(page.to_string())
}

#[tokio::test]
async fn pages_go_by_token_in_the_cloud_and_by_number_elsewhere() {
    let server = Server::start(|request| match request.body() {
        "" => recorded(request),
        body if body.contains("\"nextPageToken\":\"b\"") => page(100..110, &json!({ "isLast": true })),
        _ => page(0..100, &json!({ "nextPageToken": "b" })),
    });
    let server = server.await;
    assert_eq!(read(&of(&server.url(), "")).await.tickets.len(), 110);

    let server = Server::start(|request| match request.body() {
        "" => recorded(request),
        body if body.contains("\"startAt\":100") => page(100..110, &json!({ "total": 110 })),
        _ => page(0..100, &json!({ "total": 110 })),
    });
    let server = server.await;
    assert_eq!(read(&of(&server.url(), "cloud = false")).await.tickets.len(), 110);
    assert!(server.requests().iter().all(|request| request.path().starts_with("/rest/api/2/")));
}

#[tokio::test]
async fn an_empty_list_is_believed_only_of_somebody() {
    let server = Server::start(|request| match request.path() {
        "/rest/api/3/myself" => Reply::of(401, "", ""),
        _ => recorded(request),
    });
    let server = server.await;
    let source = build(&of(&server.url(), ""), clock).expect("built in");
    assert!(source.state(clock()).await.expect_err("nobody").is_unauthorized());
    assert_eq!(server.requests().len(), 1, "nothing else is asked");
}
