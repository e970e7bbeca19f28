//! Zabbix: recorded answers of a real 6.0, the ways in of every version, and what is made of odd answers.

use bsmtop::domain::facts::Signal;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::domain::span::Instant;
use bsmtop::sources::Source;
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::{Auth, SecretRef, Settings};
use serde_json::{Value, json};

use crate::support::{Reply, Request, Server, clock, settings, table};

/// When the answers were recorded.
fn recorded_at() -> Instant {
    "2026-11-24T11:26:00Z".parse().expect("an instant")
}

/// The call in a request.
fn call(request: &Request) -> Value {
    let body = request.text.split_once("\r\n\r\n").expect("a head and a body").1;
    serde_json::from_str(body).expect("a call is JSON")
}

fn method(request: &Request) -> String {
    call(request)["method"].as_str().expect("a method").to_owned()
}

/// What the real server answered.
pub fn recorded(request: &Request) -> Reply {
    Reply::recorded(match method(request).as_str() {
        "apiinfo.version" => "zabbix/version",
        "user.login" => "zabbix/login",
        "problem.get" => "zabbix/problems",
        "trigger.get" => "zabbix/triggers",
        "maintenance.get" => "zabbix/maintenances",
        "host.get" => "zabbix/hosts",
        "user.get" => "zabbix/users",
        "hanode.get" => "zabbix/nodes",
        other => panic!("{other} is not asked for"),
    })
}

fn result(value: &Value) -> Reply {
    Reply::json(json!({ "jsonrpc": "2.0", "id": 1, "result": value }).to_string())
}

fn refusal(data: &str) -> Reply {
    let error = json!({ "code": -32602, "message": "Invalid params.", "data": data });
    Reply::json(json!({ "jsonrpc": "2.0", "id": 1, "error": error }).to_string())
}

fn source(settings: &Settings) -> Box<dyn Source> {
    build(settings, clock).expect("it is built in")
}

/// Settings with a secret that is one line of a private file.
fn with_secret(url: &str, auth: fn(SecretRef) -> Auth) -> Settings {
    let secret = SecretRef::Command(vec!["echo".to_owned(), SECRET.to_owned()]);
    Settings { auth: Some(auth(secret)), ..settings("zabbix", url) }
}

const SECRET: &str = "a-token-that-nobody-may-see";

fn find<'a>(report: &'a StateReport, id: &str) -> &'a Signal {
    report.signals.iter().find(|signal| &*signal.id == id).unwrap_or_else(|| panic!("{id} is not there"))
}

#[tokio::test]
async fn problems_with_labels_handling_and_what_hides_them() {
    let server = Server::start(recorded).await;
    let report = source(&settings("zabbix", &server.url())).state(recorded_at()).await.expect("it answers");
    assert_eq!((report.notes.as_slice(), report.unknown_words.len()), ([].as_slice(), 0));
    let named = |service: &str| {
        let mut found = report.signals.iter().filter(|signal| label(&signal.labels, "service") == Some(service));
        found.next().unwrap_or_else(|| panic!("{service} has no problem"))
    };
    assert_eq!(report.signals.len(), 5);
    let payments = named("payments");
    assert_eq!((payments.severity, payments.unknown, payments.handling), (Severity::Critical, false, Handling::None));
    assert_eq!(&*payments.summary, "Shop payments: payments is down");
    let labels = [
        ("host", "payments"),
        ("name", "Shop payments"),
        ("hostgroup", "Web shop"),
        ("team", "pay"),
        ("severity", "disaster"),
    ];
    assert!(labels.iter().all(|(name, value)| label(&payments.labels, name) == Some(*value)), "{:?}", payments.labels);
    assert!(payments.since.is_some_and(|since| since < recorded_at()));
    let link = format!("{}/tr_events.php?triggerid=", server.url());
    assert!(payments.link.as_deref().is_some_and(|it| it.starts_with(&link)), "{:?}", payments.link);

    let email = named("email");
    assert_eq!((email.severity, email.handling), (Severity::Major, Handling::Acknowledged));
    assert_eq!(email.handled_by.as_deref(), Some("Admin: INC0012: mail team is on it"));
    let catalog = named("catalog");
    assert_eq!((catalog.severity, catalog.handling), (Severity::Warning, Handling::Maintenance));
    assert!(catalog.handled_by.as_deref().is_some_and(|by| by.starts_with("CHG-1042 (until 2026-11-25 ")));
    // It was down before its uplink was; now nobody can see whether it still is.
    let till = named("till");
    assert!(till.unknown && till.severity == Severity::Ok);
    assert_eq!(&*till.summary, "Shop till: till is down (behind: uplink is down)");
    assert_eq!(named("uplink").severity, Severity::Major);
}

#[tokio::test]
async fn maintenance_is_a_change_now_and_every_day() {
    let server = Server::start(recorded).await;
    let mut settings = settings("zabbix", &server.url());
    settings.own = toml::toml! { tz = "Asia/Tokyo" };
    let report = source(&settings).state(recorded_at()).await.expect("it answers");
    let of = |host: &str| {
        let changes = report.changes.iter().filter(|change| label(&change.labels, "host") == Some(host));
        changes.map(|change| (&*change.summary, change.window)).collect::<Vec<_>>()
    };
    let [(name, window)] = of("catalog")[..] else { panic!("one maintenance, not {:?}", of("catalog")) };
    assert!(name == "CHG-1042" && window.contains(recorded_at()));
    let daily = of("search");
    assert_eq!(daily.len(), 7, "a week ahead: {daily:?}");
    assert!(daily.iter().all(|(name, window)| *name == "Backup" && window.length().num_minutes() == 60));
    assert_eq!(daily[0].1.start, "2026-11-24T19:00:00Z".parse::<Instant>().expect("an instant"), "four in Tokyo");
    assert_eq!(label(&report.changes[0].labels, "team"), Some("web"));
}

#[tokio::test]
async fn before_6_4_a_token_is_in_the_body_and_since_then_in_the_header() {
    for (version, in_header, groups) in [
        ("6.0.14", false, "selectGroups"),
        ("6.2.1", false, "selectHostGroups"),
        ("6.4.0", true, "selectHostGroups"),
        ("7.4.1", true, "selectHostGroups"),
    ] {
        let server = Server::start(move |request| match method(request).as_str() {
            "apiinfo.version" => result(&json!(version)),
            _ => recorded(request),
        })
        .await;
        let report = source(&with_secret(&server.url(), Auth::Bearer)).state(recorded_at()).await.expect("it answers");
        assert_eq!(report.signals.len(), 5, "{version}");
        let requests = server.requests();
        let asked: Vec<String> = requests.iter().map(method).collect();
        assert_eq!(asked.iter().filter(|method| *method == "apiinfo.version").count(), 1, "{asked:?}");
        for request in &requests {
            assert!(request.text.starts_with("POST /api_jsonrpc.php "), "{}", request.text);
            let is_version = method(request) == "apiinfo.version";
            let header = request.header("authorization").map(str::to_owned);
            assert_eq!(header, (in_header && !is_version).then(|| format!("Bearer {SECRET}")), "{version}");
            let auth = call(request)["auth"].as_str().map(str::to_owned);
            assert_eq!(auth, (!in_header && !is_version).then(|| SECRET.to_owned()), "{version}");
        }
        let triggers = requests.iter().find(|request| method(request) == "trigger.get").expect("it is asked");
        assert!(call(triggers)["params"].get(groups).is_some(), "{version}");
    }
}

#[tokio::test]
async fn a_session_that_ended_is_begun_anew_once() {
    let server = Server::start(|request| match method(request).as_str() {
        "problem.get" => Reply::recorded("zabbix/session-ended"),
        _ => recorded(request),
    })
    .await;
    let settings = with_secret(&server.url(), |password| Auth::Basic { user: "Admin".to_owned(), password });
    let error = source(&settings).state(recorded_at()).await.expect_err("it never lets us in").to_string();
    assert!(error.contains("re-login") && error.contains("check `auth`"), "{error}");
    let logins: Vec<Value> = server.requests().iter().map(call).filter(|call| call["method"] == "user.login").collect();
    assert_eq!(logins.len(), 2);
    assert_eq!(logins[0]["params"], json!({ "username": "Admin", "password": SECRET }));
}

#[tokio::test]
async fn refusals_are_told_without_the_secret() {
    for (fixture, wanted) in [("zabbix/unauthorized", "Not authorized"), ("zabbix/login-bad", "Incorrect user name")] {
        let server = Server::start(move |request| match method(request).as_str() {
            "apiinfo.version" => recorded(request),
            _ => Reply::recorded(fixture),
        })
        .await;
        let settings = with_secret(&server.url(), |password| Auth::Basic { user: "Admin".to_owned(), password });
        let error = source(&settings).state(recorded_at()).await.expect_err("it is refused").to_string();
        assert!(error.contains(wanted) && error.contains("check `auth`"), "{error}");
    }
    let server = Server::start(|request| match method(request).as_str() {
        "apiinfo.version" => recorded(request),
        _ => refusal(&format!("you sent {SECRET}, did you not")),
    })
    .await;
    let error = source(&with_secret(&server.url(), Auth::Bearer)).state(recorded_at()).await.expect_err("refused");
    assert!(error.to_string().contains("you sent •••") && !format!("{error:?}").contains(SECRET), "{error}");
    let mut settings = with_secret(&server.url(), Auth::Bearer);
    settings.auth = Some(Auth::Headers(vec![("X".to_owned(), SecretRef::Env("HOME".to_owned()))]));
    let error = source(&settings).state(recorded_at()).await.expect_err("no way in").to_string();
    assert!(error.contains("bearer"), "{error}");
}

/// Recorded answers, but for one method.
async fn with(replaced: &'static str, reply: Reply) -> StateReport {
    let server =
        Server::start(move |request| if method(request) == replaced { reply.clone() } else { recorded(request) });
    source(&settings("zabbix", &server.await.url())).state(recorded_at()).await.expect("it answers")
}

#[tokio::test]
async fn a_server_that_stopped_behind_a_living_frontend_is_lost() {
    let stopped = json!([{ "status": "3", "lastaccess": "1795518000" }, { "status": "1", "lastaccess": "0" }]);
    let report = with("hanode.get", result(&stopped)).await;
    assert!(report.missing_heartbeats[0].contains("a running Zabbix server"), "{:?}", report.missing_heartbeats);
    assert!(report.missing_heartbeats[0].contains("2026-11-24 11:00"));
    // An account that may not know has no opinion on it.
    let report = with("hanode.get", refusal("No permissions to call \"hanode.get\".")).await;
    assert!(report.missing_heartbeats.is_empty());
    let told = report.notes.iter().any(|note| note.contains("whether the Zabbix server runs is not known"));
    assert!(told && report.notes.iter().any(|note| note.contains("heartbeat")), "{:?}", report.notes);
}

#[tokio::test]
async fn a_clock_that_differs_is_told_and_makes_no_server_stale() {
    let ahead = |request: &Request, lastaccess: &str| match method(request).as_str() {
        "problem.get" => {
            let body = json!({ "jsonrpc": "2.0", "id": 1, "result": [] }).to_string();
            Reply::of(200, "Content-Type: application/json\r\nDate: Tue, 24 Nov 2026 10:10:00 GMT\r\n", body)
        }
        "hanode.get" => result(&json!([{ "status": "3", "lastaccess": lastaccess }])),
        _ => recorded(request),
    };
    // Ten minutes ahead of ours: a sign of its last minute is fresh, one of five minutes ago is not.
    for (lastaccess, missing) in [("1795514970", 0), ("1795514700", 1)] {
        let server = Server::start(move |request| ahead(request, lastaccess)).await;
        let report = source(&settings("zabbix", &server.url())).state(clock()).await.expect("it answers");
        assert_eq!(report.missing_heartbeats.len(), missing, "{:?}", report.missing_heartbeats);
        assert!(report.notes.iter().any(|note| note.contains("600 s ahead of")), "{:?}", report.notes);
    }
}

#[tokio::test]
async fn the_version_is_found_out_anew_after_a_refusal() {
    let server = Server::start(|request| match method(request).as_str() {
        "problem.get" => refusal("unexpected parameter \"auth\""),
        _ => recorded(request),
    })
    .await;
    let source = source(&with_secret(&server.url(), Auth::Bearer));
    for _ in 0..2 {
        source.state(recorded_at()).await.expect_err("it is refused");
    }
    let asked = server.requests().iter().filter(|request| method(request) == "apiinfo.version").count();
    assert_eq!(asked, 2, "it may have been upgraded");
}

#[tokio::test]
async fn a_maintenance_for_some_tags_is_no_change_of_the_whole_host() {
    let of = |tags: Value| {
        json!([{ "maintenanceid": "1", "name": "CHG", "active_since": "1795510000", "active_till": "1795599999",
            "hosts": [{ "hostid": "10640" }], "tags": tags,
            "timeperiods": [{ "timeperiod_type": "0", "start_date": "1795510000", "period": "89999" }] }])
    };
    let tagged = with("maintenance.get", result(&of(json!([{ "tag": "service", "value": "x" }])))).await;
    assert!(tagged.changes.is_empty(), "{:?}", tagged.changes);
}

#[tokio::test]
async fn what_an_account_may_not_know_is_a_remark() {
    let report = with("maintenance.get", refusal("No permissions to call \"maintenance.get\".")).await;
    assert_eq!((report.signals.len(), report.changes.len()), (5, 0));
    assert!(report.notes.iter().any(|note| note.contains("maintenance is not known")), "{:?}", report.notes);
    let report = with("user.get", result(&json!([]))).await;
    let acknowledged = report.signals.iter().find(|signal| signal.handling == Handling::Acknowledged);
    assert!(acknowledged.and_then(|it| it.handled_by.as_deref()).is_some_and(|by| by.starts_with("user 1: ")));
}

#[tokio::test]
async fn what_nobody_watches_any_more_is_no_problem_and_odd_ones_do_no_harm() {
    let report = with("trigger.get", result(&json!([]))).await;
    assert!(report.signals.is_empty(), "triggers that are not monitored");

    let problems = json!([
        { "eventid": 7, "objectid": 23134, "clock": 1_795_519_000, "name": "a\u{1b}[2Jb", "severity": 9, "acknowledged": 1,
          "suppressed": 1, "suppression_data": [{ "maintenanceid": "0", "suppress_until": "0", "userid": "1" }],
          "tags": [{ "tag": "service", "value": "x" }, { "tag": "service", "value": "y" }, { "tag": "host", "value": "fake" }, { "tag": "bare", "value": "" }] },
        { "eventid": "7", "objectid": "23134", "name": "again", "severity": "5" },
        { "eventid": "8", "objectid": "23134", "name": "ended", "severity": "5", "r_eventid": "9" },
    ]);
    let report = with("problem.get", result(&problems)).await;
    assert_eq!(report.signals.len(), 1);
    let odd = find(&report, "7");
    assert_eq!((odd.severity, odd.handling), (Severity::Warning, Handling::Acknowledged), "suppressed by hand");
    assert_eq!(odd.handled_by.as_deref(), Some("Admin: suppressed"));
    assert_eq!(report.unknown_words, ["9"]);
    assert_eq!(&*odd.summary, "Shop payments: a␛[2Jb");
    assert_eq!((label(&odd.labels, "service"), label(&odd.labels, "host")), (Some("x, y"), Some("payments")));
    assert_eq!(label(&odd.labels, "bare"), Some("true"), "a tag without a value is so");
    assert!(report.notes.iter().any(|note| note.contains("twice")), "{:?}", report.notes);
}

#[tokio::test]
async fn the_address_of_the_api_is_taken_for_that_of_the_frontend() {
    let server = Server::start(recorded).await;
    let mut settings = settings("zabbix", &format!("{}/zabbix/api_jsonrpc.php", server.url()));
    settings.only = table(&[("team", "pay")]);
    settings.severity = [("disaster".to_owned(), Severity::Minor)].into();
    let report = source(&settings).state(recorded_at()).await.expect("it answers");
    assert_eq!(report.signals.len(), 1);
    assert_eq!(report.signals[0].severity, Severity::Minor);
    assert!(report.signals[0].link.as_deref().is_some_and(|link| link.contains("/zabbix/tr_events.php")));
    assert!(server.requests().iter().all(|request| request.text.starts_with("POST /zabbix/api_jsonrpc.php ")));
}
