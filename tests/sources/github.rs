//! GitHub: the answers of its own documents.

use std::time::Duration;

use bsmtop::domain::facts::Ticket;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::Settings;

use crate::support::{Reply, Request, Server, clock, settings};

pub fn recorded(request: &Request) -> Reply {
    let open = request.pair("state").as_deref() == Some("open");
    Reply::recorded(if open { "github/open" } else { "github/closed" })
}

fn of(url: &str, repositories: &str) -> Settings {
    Settings { own: format!("repositories = {repositories}").parse().expect("TOML"), ..settings("github", url) }
}

async fn read(settings: &Settings) -> StateReport {
    build(settings, clock).expect("it is built in").state(clock()).await.expect("the server answers")
}

fn find<'a>(report: &'a StateReport, id: &str) -> &'a Ticket {
    report.tickets.iter().find(|ticket| &*ticket.id == id).expect("it is there")
}

#[tokio::test]
async fn issues_are_tickets_and_pull_requests_are_none() {
    let server = Server::start(recorded).await;
    let report = read(&of(&server.url(), "[\"acme/shop\"]")).await;
    let ids: Vec<&str> = report.tickets.iter().map(|ticket| &*ticket.id).collect();
    assert_eq!(ids, ["1300", "1347", "1348"]);
    let payments = find(&report, "1347");
    let labels = [
        ("repository", "acme/shop"),
        ("label", "bug, priority: P1, service/payments"),
        ("priority", "P1"),
        ("service", "payments"),
        ("status", "open"),
        ("owner", "octocat"),
        ("milestone", "v1.0"),
    ];
    assert!(labels.iter().all(|(name, value)| label(&payments.labels, name) == Some(*value)), "{:?}", payments.labels);
    assert_eq!(payments.link.as_deref(), Some("https://github.com/acme/shop/issues/1347"));
    let done = find(&report, "1300");
    assert!(!done.open && done.resolved == "2026-11-23T19:15:00Z".parse().ok());
    let request = &server.requests()[0];
    assert_eq!(request.path(), "/repos/acme/shop/issues");
    assert_eq!(request.header("x-github-api-version"), Some("2022-11-28"));
}

#[tokio::test]
async fn issues_of_several_repositories_are_told_apart() {
    let server = Server::start(recorded).await;
    let report = read(&of(&server.url(), "[\"acme/shop\", \"acme/search\"]")).await;
    assert_eq!(report.tickets.len(), 6);
    assert!(find(&report, "acme/search#1347").open);
}

#[tokio::test]
async fn a_share_that_is_used_up_is_waited_for() {
    // 1795515000 is ten minutes later.
    let headers = "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1795515000\r\n";
    let server = Server::always(Reply::of(403, headers, r#"{"message":"API rate limit exceeded"}"#)).await;
    let source = build(&of(&server.url(), "[\"acme/shop\"]"), clock).expect("built in");
    let error = source.state(clock()).await.expect_err("403");
    assert_eq!(error.wait(), Some(Duration::from_mins(10)));
    assert!(error.to_string().contains("too many requests") && error.to_string().contains("rate limit"), "{error}");
}

#[tokio::test]
async fn what_is_no_repository_is_refused_before_anything_is_asked() {
    let server = Server::start(recorded).await;
    for bad in ["[]", "[\"acme\"]", "[\"acme/../x\"]"] {
        let source = build(&of(&server.url(), bad), clock).expect("built in");
        let error = source.state(clock()).await.expect_err(bad).to_string();
        assert!(error.contains("repositories"), "{error}");
    }
    assert!(server.requests().is_empty());
}
