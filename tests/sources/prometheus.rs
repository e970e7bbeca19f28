//! Prometheus: recorded answers, and what its values may be.

use std::sync::Arc;

use bsmtop::domain::facts::{Series, Signal};
use bsmtop::domain::id::NodeId;
use bsmtop::domain::map::Map;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::{FiguresReport, StateReport};
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::sources::error::SourceError;
use bsmtop::sources::kind::build;
use bsmtop::sources::plan::{CheckQuery, MeasuredQuery, Plan};
use bsmtop::sources::settings::Settings;

use crate::support::{Reply, Request, Server, clock, settings, table};

pub fn recorded(_: &Request) -> Reply {
    Reply::recorded("prometheus/alerts")
}

async fn state(reply: Reply, change: impl FnOnce(&mut Settings)) -> Result<StateReport, SourceError> {
    let server = Server::always(reply).await;
    let mut settings = settings("prometheus", &server.url());
    change(&mut settings);
    build(&settings, clock).expect("it is built in").state(clock()).await
}

fn names(report: &StateReport) -> Vec<String> {
    let name = |signal: &Arc<Signal>| {
        let of = |key| label(&signal.labels, key).unwrap_or("-");
        format!("{} {} {}", of("alertname"), of("service"), signal.severity)
    };
    report.signals.iter().map(name).collect()
}

#[tokio::test]
async fn firing_alerts_are_signals_and_the_watchdog_is_a_heartbeat() {
    let report = state(Reply::recorded("prometheus/alerts"), |settings| {
        settings.heartbeat = vec![table(&[("alertname", "Watchdog")])];
    });
    let report = report.await.expect("a recorded success");
    assert_eq!(
        names(&report),
        [
            "ServiceDown email critical",
            "ErrorBudgetBurn email warning",
            "ErrorBudgetBurn payments warning",
            "TargetDown legacy warning",
            "ProbeFailed legacy critical",
        ]
    );
    assert!(report.missing_heartbeats.is_empty() && report.unknown_words.is_empty() && report.notes.is_empty());
    let down = &report.signals[0];
    assert_eq!(&*down.summary, "email is down");
    assert_eq!(down.since.map(|since| since.to_rfc3339()).as_deref(), Some("2026-11-24T03:51:36.363753489+00:00"));
    assert_eq!((down.handling, down.unknown, &down.link), (Handling::None, false, &None));
    assert_eq!(down.id.len(), 16);
}

#[tokio::test]
async fn settings_change_what_counts() {
    let recorded = || Reply::recorded("prometheus/alerts");
    let soft = state(recorded(), |settings| settings.soft = true).await.expect("a success");
    assert!(names(&soft).contains(&"HighLatency search warning".to_owned()));
    assert!(names(&soft).contains(&"Watchdog - info".to_owned()), "without a heartbeat it is a signal like others");
    let only = state(recorded(), |settings| {
        settings.only = table(&[("team", "core")]);
        settings.never = table(&[("service", "leg*")]);
        settings.severity.insert("warning".to_owned(), Severity::Minor);
        settings.heartbeat =
            vec![table(&[("alertname", "Watchdog")]), table(&[("alertname", "Other"), ("env", "prod")])];
    });
    let only = only.await.expect("a success");
    assert_eq!(names(&only), ["ServiceDown email critical", "ErrorBudgetBurn email minor"]);
    assert_eq!(only.missing_heartbeats, ["alertname=Other, env=prod"]);
}

#[tokio::test]
async fn an_id_stays_the_same_and_duplicates_are_one() {
    let alert = |labels: &str| format!(r#"{{"labels":{labels},"state":"firing"}}"#);
    let body = |alerts: &[String]| format!(r#"{{"status":"success","data":{{"alerts":[{}]}}}}"#, alerts.join(","));
    let (one, other) = (alert(r#"{"a":"1","alertname":"X"}"#), alert(r#"{"alertname":"X","a":"1"}"#));
    let first = state(Reply::json(body(&[one.clone(), other.clone()])), |_| ()).await.expect("a success");
    let second = state(Reply::json(body(&[other])), |_| ()).await.expect("a success");
    assert_eq!(first.signals.len(), 1);
    assert_eq!(first.signals[0].id, second.signals[0].id);
    assert!(first.notes[0].contains("came twice"), "{:?}", first.notes);
    assert_eq!(first.signals[0].severity, Severity::Warning);
    assert_eq!(first.unknown_words, ["(none given)"]);
}

#[tokio::test]
async fn hostile_and_odd_alerts_are_taken_with_care() {
    let body = r#"{"status":"success","warnings":["one store\u001b[2J is gone"],"data":{"alerts":[
        {"labels":{"alertname":"A\u009b","se\u0007v":"x","severity":"sev\u001b1"},"state":"firing","activeAt":"2031-01-01T00:00:00Z",
         "annotations":{"summary":"","description":"line\r\none \u202etwo","other":"y"}},
        {"labels":{"alertname":"B","severity":"page"},"state":"exploding","activeAt":"0001-01-01T00:00:00Z","annotations":null},
        {"labels":null,"state":"inactive"}]}}"#;
    let report = state(Reply::json(body), |_| ()).await.expect("a success");
    assert_eq!(report.signals.len(), 2);
    assert_eq!(&*report.signals[0].summary, "line one ·two");
    assert_eq!(label(&report.signals[0].labels, "alertname"), Some("A·"));
    assert_eq!(label(&report.signals[0].labels, "se␇v"), Some("x"));
    assert_eq!(report.signals[0].since, Some(clock()));
    assert_eq!(report.signals[1].since, None);
    assert_eq!(&*report.signals[1].summary, "B");
    assert_eq!(report.unknown_words, ["sev␛1"]);
    let notes = report.notes.join("\n");
    for part in ["one store␛[2J is gone", "\"exploding\"", "begin in the future"] {
        assert!(notes.contains(part), "{notes}");
    }
}

#[tokio::test]
async fn replicas_are_united_and_one_is_enough() {
    let good = Server::always(Reply::recorded("prometheus/alerts")).await;
    let twin = Server::always(Reply::recorded("prometheus/alerts")).await;
    let gone = Server::always(Reply::of(503, "", "")).await;
    let mut settings = settings("prometheus", &good.url());
    for url in [twin.url(), gone.url()] {
        settings.urls.push(url.parse().expect("an address"));
    }
    let report = build(&settings, clock).expect("built in").state(clock()).await.expect("two answer");
    assert_eq!(report.signals.len(), 6);
    assert_eq!(report.notes.len(), 1);
    assert!(report.notes[0].contains("one of the cluster does not answer") && report.notes[0].contains("503"));
}

#[tokio::test]
async fn an_error_in_the_envelope_is_said() {
    let error = state(Reply::recorded("prometheus/query-bad"), |_| ()).await.expect_err("400");
    assert!(error.to_string().contains("unclosed left parenthesis"), "{error}");
    let body = r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#;
    let error = state(Reply::json(body), |_| ()).await.expect_err("an error with 200");
    assert!(error.to_string().contains("says: query timed out"), "{error}");
    let error = state(Reply::recorded("prometheus/unauth"), |_| ()).await.expect_err("401");
    assert!(error.is_unauthorized());
}

async fn figures(reply: Reply, each: Option<&str>) -> FiguresReport {
    let server = Server::always(reply).await;
    let mut plan = Plan::of(&Arc::new(Map::empty()), &"src".into());
    plan.checks.push(CheckQuery { node: "leaf".into(), query: "q".into(), each: each.map(str::to_owned) });
    plan.measured.push(MeasuredQuery { node: "shop".into(), actual: "q".into(), expected: "q".into() });
    let source = build(&settings("prometheus", &server.url()), clock).expect("built in");
    let report = source.figures(&plan, clock()).await.expect("the server answers");
    let asked = server.requests();
    assert_eq!(asked.len(), 1, "the same query is asked once");
    assert_eq!(asked[0].path(), "/api/v1/query");
    assert_eq!(asked[0].pair("time").as_deref(), Some("1795514400"));
    report
}

fn check(report: &FiguresReport) -> Vec<(String, f64)> {
    let series = report.checks.get(&NodeId::from("leaf"));
    series.into_iter().flatten().map(|Series { key, value }| (key.to_string(), *value)).collect()
}

#[tokio::test]
async fn queries_become_checks_and_measured_figures() {
    let report = figures(Reply::recorded("prometheus/query-instant"), Some("service")).await;
    let expected = [("catalog", 0.9998), ("checkout", 0.9998), ("email", 0.0), ("login", 0.9998)];
    assert_eq!(check(&report), expected.map(|(key, value)| (key.to_owned(), value)));
    // Four series are not one number.
    assert!(report.measured.is_empty());
    assert!(report.failures.iter().all(|text| text.contains("4 series")), "{:?}", report.failures);

    let report = figures(Reply::recorded("prometheus/query-scalar"), None).await;
    assert_eq!(check(&report), [(String::new(), 6.0)]);
    assert_eq!(report.measured[&NodeId::from("shop")].actual, 6.into());
    assert_eq!(report.measured[&NodeId::from("shop")].at, clock());
}

#[tokio::test]
async fn nan_infinity_and_nothing_are_what_they_are() {
    let report = figures(Reply::recorded("prometheus/query-nan"), None).await;
    assert!(check(&report)[0].1.is_nan());
    assert!(report.measured.is_empty() && report.failures[0].contains("NaN"));
    let vector = |value: &str| {
        let series = format!(r#"{{"metric":{{"i":"a"}},"value":[1795492366.6,"{value}"]}}"#);
        Reply::json(format!(
            r#"{{"status":"success","warnings":["partial"],"data":{{"resultType":"vector","result":[{series}]}}}}"#
        ))
    };
    let report = figures(vector("+Inf"), Some("i")).await;
    assert_eq!(check(&report), [("a".to_owned(), f64::INFINITY)]);
    assert!(report.failures.iter().any(|text| text.contains("partial")));
    assert_eq!(check(&figures(vector("-Inf"), Some("none")).await), [(String::new(), f64::NEG_INFINITY)]);
    let report = figures(Reply::recorded("prometheus/query-empty"), Some("i")).await;
    assert_eq!(report.checks[&NodeId::from("leaf")], []);
    let report = figures(vector("many"), Some("i")).await;
    assert!(report.checks.is_empty() && report.failures[0].contains("is no number"), "{:?}", report.failures);
}

#[tokio::test]
async fn a_query_that_the_server_refuses_is_named() {
    for (recorded, says) in [("query-bad", "unclosed left"), ("query-many-to-many", "duplicate series")] {
        let report = figures(Reply::recorded(&format!("prometheus/{recorded}")), None).await;
        assert!(report.checks.is_empty());
        assert!(report.failures[0].contains("check of leaf") && report.failures[0].contains(says));
    }
}
