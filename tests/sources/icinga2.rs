//! Icinga 2: recorded answers of a real one, and what is made of odd ones.

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
    "2026-11-24T11:17:00Z".parse().expect("an instant")
}

const KINDS: [&str; 4] = ["hosts", "services", "comments", "downtimes"];

fn kind(request: &Request) -> &'static str {
    KINDS.into_iter().find(|kind| request.text.contains(&format!("/v1/objects/{kind}?"))).expect("a kind that we know")
}

fn recorded(request: &Request) -> Reply {
    Reply::recorded(&format!("icinga2/{}", kind(request)))
}

async fn read(settings: &Settings) -> StateReport {
    let source = build(settings, clock).expect("it is built in");
    source.state(recorded_at()).await.expect("the server answers")
}

fn find<'a>(report: &'a StateReport, id: &str) -> &'a Signal {
    report.signals.iter().find(|signal| &*signal.id == id).unwrap_or_else(|| panic!("{id} is not there"))
}

#[tokio::test]
async fn every_state_is_read() {
    let server = Server::start(recorded).await;
    let report = read(&settings("icinga2", &server.url())).await;
    assert_eq!((report.signals.len(), report.notes.as_slice()), (14, [].as_slice()));
    let is = |id: &str| {
        let signal = find(&report, id);
        (signal.severity, signal.unknown, signal.handling)
    };
    assert_eq!(is("web-01!http"), (Severity::Ok, false, Handling::None));
    assert_eq!(is("web-02!disk"), (Severity::Warning, false, Handling::None));
    assert_eq!(is("web-02!http"), (Severity::Critical, false, Handling::None));
    assert_eq!(is("db-01!disk"), (Severity::Critical, false, Handling::Acknowledged));
    assert_eq!(is("router"), (Severity::Critical, false, Handling::None));
    assert_eq!(is("mail-01"), (Severity::Critical, false, Handling::Maintenance));
    assert_eq!(is("db-01!replication"), (Severity::Ok, false, Handling::None), "soft: what was hard before");
    // No knowledge: an UNKNOWN, a check that never ran, a host behind a router that is down.
    assert_eq!(is("mail-01!smtp"), (Severity::Ok, true, Handling::Maintenance));
    assert_eq!(is("mail-01!disk"), (Severity::Ok, true, Handling::Maintenance));
    assert_eq!(is("till"), (Severity::Ok, true, Handling::None));

    let http = find(&report, "web-02!http");
    assert_eq!(&*http.summary, "http on web-02: HTTP CRITICAL: 503 Service Unavailable");
    let labels = [("host", "web-02"), ("service", "http"), ("hostgroup", "shop"), ("servicegroup", "customer-facing")];
    assert!(labels.iter().all(|(name, value)| label(&http.labels, name) == Some(*value)), "{:?}", http.labels);
    assert_eq!(http.labels.len(), 4, "no custom variable unless it is named");
    assert!(http.since.is_some());
    assert_eq!(find(&report, "db-01!disk").handled_by.as_deref(), Some("alice: INC0012: purging old WAL"));
    let mail = find(&report, "mail-01");
    assert!(mail.handled_by.as_deref().is_some_and(|by| by.starts_with("bob: CHG-1042: mail migration (until 2026-")));
    assert_eq!((label(&mail.labels, "service"), mail.link.as_deref()), (None, Some("https://wiki.invalid/mail-01")));
    assert_eq!(&*find(&report, "mail-01!disk").summary, "disk on mail-01 was never checked");
    assert_eq!(&*find(&report, "till").summary, "till is out of reach: PING CRITICAL - 100% loss");
}

#[tokio::test]
async fn downtimes_are_changes_now_and_to_come() {
    let server = Server::start(recorded).await;
    let report = read(&settings("icinga2", &server.url())).await;
    let of = |host: &str, service: Option<&str>| {
        let mut found = report.changes.iter();
        let change =
            found.find(|it| label(&it.labels, "host") == Some(host) && label(&it.labels, "service") == service);
        change.expect("a change")
    };
    assert_eq!(report.changes.len(), 4, "a host, its two services, and a service");
    let (mail, http) = (of("mail-01", None), of("web-01", Some("http")));
    assert!(mail.window.contains(recorded_at()) && http.window.start > recorded_at());
    assert_eq!(&*http.summary, "bob: CHG-1043: new certificate");
    assert_eq!(find(&report, "web-01!http").handling, Handling::None, "not before it begins");
}

#[tokio::test]
async fn settings_decide_on_soft_states_variables_words_and_links() {
    let server = Server::start(recorded).await;
    let mut settings = settings("icinga2", &server.url());
    settings.soft = true;
    settings.severity = [("Warning".to_owned(), Severity::Minor), ("unreachable".to_owned(), Severity::Major)].into();
    settings.own = toml::toml! {
        vars = ["team", "tier", "none"]
        web = "https://icinga.example/icingaweb2/"
    };
    let report = read(&settings).await;
    assert_eq!(find(&report, "db-01!replication").severity, Severity::Critical);
    assert_eq!(find(&report, "web-02!disk").severity, Severity::Minor);
    let till = find(&report, "till");
    assert_eq!((till.severity, till.unknown), (Severity::Major, false), "whoever gives the word a severity knows it");
    let http = find(&report, "web-02!http");
    assert_eq!(
        (label(&http.labels, "team"), label(&http.labels, "tier")),
        (Some("web"), Some("1")),
        "of host, of service"
    );
    let link = "https://icinga.example/icingaweb2/icingadb/service?name=http&host.name=web-02";
    assert_eq!(http.link.as_deref(), Some(link));
    let labels = report.signals.iter().flat_map(|signal| signal.labels.iter());
    assert!(labels.into_iter().all(|(name, value)| !name.contains("password") && !value.contains("never-shown")));
}

#[tokio::test]
async fn only_is_sent_as_a_filter_and_held_to_here() {
    let server = Server::start(recorded).await;
    let mut settings = settings("icinga2", &server.url());
    settings.only = table(&[("host", "web-*"), ("service", "/http|disk/")]);
    settings.never = table(&[("service", "disk")]);
    let report = read(&settings).await;
    let ids: Vec<&str> = report.signals.iter().map(|signal| &*signal.id).collect();
    assert_eq!(ids, ["web-01!http", "web-02!http"]);
    let requests = server.requests();
    let filters: Vec<_> = requests.iter().map(|request| (kind(request), request.pair("filter"))).collect();
    assert!(filters.contains(&("services", Some(r#"match("web-*", host.name)"#.to_owned()))), "{filters:?}");
}

/// The recorded answers, with an attribute of one object changed.
async fn altered(object: &'static str, attribute: &'static str, value: serde_json::Value) -> StateReport {
    let server = Server::start(move |request| {
        let Reply::Bytes(bytes) = recorded(request) else { return Reply::Hang };
        let text = String::from_utf8(bytes).expect("JSON is UTF-8");
        let (_, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let mut body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        for result in body["results"].as_array_mut().expect("a list") {
            if result["name"] == object {
                result["attrs"][attribute] = value.clone();
            }
        }
        Reply::json(body.to_string())
    });
    read(&settings("icinga2", &server.await.url())).await
}

#[tokio::test]
async fn a_check_that_is_overdue_is_unknown() {
    let report = altered("web-01!http", "enable_active_checks", true.into()).await;
    assert_eq!(find(&report, "web-01!http").severity, Severity::Ok);
    assert!(!find(&report, "web-01!http").unknown, "its next result is not due yet");
    let source = {
        let server = Server::start(|request| {
            let body = match kind(request) {
                "hosts" => {
                    r#"{"results":[{"attrs":{"name":"a","state":0,"state_type":1,"last_check_result":{"output":"fine"},
                    "enable_active_checks":true,"check_interval":60,"next_update":1795513400}},
                    {"attrs":{"name":"b","state":0,"state_type":1,"last_check_result":{"output":"fine"},"enable_active_checks":true,
                    "check_interval":60,"next_update":1795513400,"check_period":"office"}}]}"#
                }
                _ => r#"{"results":[]}"#,
            };
            Reply::json(body)
        });
        read(&settings("icinga2", &server.await.url())).await
    };
    assert!(find(&source, "a").unknown && !find(&source, "b").unknown, "hours of its own excuse");
    assert_eq!(&*find(&source, "a").summary, "a was not checked in time; it said: fine");
    assert!(source.notes.iter().any(|note| note.contains("1 checks did not run")), "{:?}", source.notes);
}

#[tokio::test]
async fn a_service_behind_what_is_out_of_reach_is_unknown_and_one_on_a_host_that_is_down_is_not() {
    let report = altered("web-02!http", "last_reachable", false.into()).await;
    assert!(find(&report, "web-02!http").unknown, "its host is up: what it depends on itself is down");
    let report = altered("mail-01!smtp", "state", 2.into()).await;
    let smtp = find(&report, "mail-01!smtp");
    assert_eq!((smtp.severity, smtp.unknown), (Severity::Critical, false), "its host is down");
}

#[tokio::test]
async fn an_account_that_may_not_see_something_is_told_what_it_lacks() {
    let server = Server::always(Reply::recorded("icinga2/forbidden")).await;
    let source = build(&settings("icinga2", &server.url()), clock).expect("it is built in");
    let error = source.state(clock()).await.expect_err("it may see nothing").to_string();
    assert!(error.contains("objects/query/Host"), "{error}");

    let server = Server::start(|request| match kind(request) {
        "comments" | "downtimes" => Reply::recorded("icinga2/forbidden"),
        _ => recorded(request),
    });
    let report = read(&settings("icinga2", &server.await.url())).await;
    assert_eq!(report.signals.len(), 14);
    assert_eq!(find(&report, "mail-01").handling, Handling::Maintenance, "the host itself says so");
    for wanted in ["objects/query/Comment", "objects/query/Downtime"] {
        assert!(report.notes.iter().any(|note| note.contains(wanted)), "{:?}", report.notes);
    }
}

#[tokio::test]
async fn a_heartbeat_that_is_unknown_does_not_beat() {
    let server = Server::start(recorded).await;
    let mut settings = settings("icinga2", &server.url());
    settings.heartbeat = vec![table(&[("host", "web-01"), ("service", "http")])];
    let report = read(&settings).await;
    assert!(report.missing_heartbeats.is_empty() && report.signals.len() == 13, "it is no signal");
    settings.heartbeat = vec![table(&[("host", "mail-01"), ("service", "disk")])];
    assert_eq!(read(&settings).await.missing_heartbeats, ["host=mail-01, service=disk"]);
}
