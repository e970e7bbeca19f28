//! Alertmanager: recorded answers, silences, inhibition, clusters, filters.

use std::sync::Arc;

use bsmtop::domain::facts::Signal;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::Settings;

use crate::support::{Reply, Request, Server, clock, settings, table};

pub fn recorded(request: &Request) -> Reply {
    match request.path() {
        "/api/v2/alerts" => Reply::recorded("alertmanager/alerts"),
        "/api/v2/silences" => Reply::recorded("alertmanager/silences"),
        _ => Reply::of(404, "", ""),
    }
}

async fn read(settings: &Settings) -> StateReport {
    build(settings, clock).expect("it is built in").state(clock()).await.expect("the server answers")
}

fn find<'a>(report: &'a StateReport, name: &str, service: &str) -> &'a Arc<Signal> {
    let is = |signal: &&Arc<Signal>| {
        label(&signal.labels, "alertname") == Some(name) && label(&signal.labels, "service").unwrap_or("") == service
    };
    report.signals.iter().find(is).expect("it is there")
}

#[tokio::test]
async fn silences_and_inhibition_acknowledge() {
    let server = Server::start(recorded).await;
    let mut settings = settings("alertmanager", &server.url());
    settings.heartbeat = vec![table(&[("alertname", "Watchdog")])];
    let report = read(&settings).await;
    assert_eq!(report.signals.len(), 5);
    assert!(report.missing_heartbeats.is_empty() && report.unknown_words.is_empty() && report.notes.is_empty());

    let down = find(&report, "ServiceDown", "email");
    assert_eq!((down.severity, down.handling, &*down.id), (Severity::Critical, Handling::None, "6ea11c53b322b8b2"));
    assert_eq!(&*down.summary, "email is down");
    assert!(down.link.as_ref().is_some_and(|link| link.starts_with("http://")));

    let inhibited = find(&report, "ErrorBudgetBurn", "email");
    assert_eq!(inhibited.handling, Handling::Acknowledged);
    assert_eq!(inhibited.handled_by.as_deref(), Some("inhibited by ServiceDown"));

    let silenced = find(&report, "ProbeFailed", "legacy");
    assert_eq!(silenced.handling, Handling::Acknowledged);
    assert_eq!(
        silenced.handled_by.as_deref(),
        Some("seed: legacy is being retired, CHG-1042 (until 2026-11-24 11:50 UTC)")
    );
    // Both silenced and inhibited: the person counts.
    assert!(find(&report, "TargetDown", "legacy").handled_by.as_ref().is_some_and(|by| by.starts_with("seed")));
    assert_eq!(find(&report, "ErrorBudgetBurn", "payments").handling, Handling::None);
}

#[tokio::test]
async fn silences_are_not_asked_without_need_and_may_fail() {
    let quiet = Server::always(Reply::json("[]")).await;
    read(&settings("alertmanager", &quiet.url())).await;
    assert_eq!(quiet.requests().len(), 1);
    let server = Server::start(|request| match request.path() {
        "/api/v2/silences" => Reply::of(500, "", ""),
        _ => recorded(request),
    });
    let server = server.await;
    let report = read(&settings("alertmanager", &server.url())).await;
    let silenced = find(&report, "ProbeFailed", "legacy");
    assert_eq!(silenced.handling, Handling::Acknowledged);
    assert_eq!(silenced.handled_by.as_deref(), Some("silenced by dbfab551-28fa-4396-a7e2-a9494b98b4d6"));
    assert!(report.notes[0].contains("who silenced what is not known"));
}

#[tokio::test]
async fn only_is_sent_and_does_not_hide_the_heartbeat() {
    let server = Server::start(|request| {
        let filters: Vec<String> = request.pairs().into_iter().map(|(_, value)| value).collect();
        match filters.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [r#"alertname="Watchdog""#] => {
                Reply::json(r#"[{"fingerprint":"f","labels":{"alertname":"Watchdog"},"status":{"state":"active"}}]"#)
            }
            _ => Reply::json("[]"),
        }
    });
    let server = server.await;
    let mut settings = settings("alertmanager", &server.url());
    settings.only = table(&[("env", "prod"), ("team", "!/a|b/")]);
    settings.heartbeat = vec![table(&[("alertname", "Watchdog")]), table(&[("alertname", "Gone")])];
    let report = read(&settings).await;
    assert_eq!(report.missing_heartbeats, ["alertname=Gone"]);
    let sent = server.requests()[0].pairs();
    let filter = |text: &str| ("filter".to_owned(), text.to_owned());
    assert_eq!(sent, [filter(r#"env="prod""#), filter(r#"team!~"a|b""#)]);
}

#[tokio::test]
async fn a_cluster_is_united_by_fingerprint_and_the_handled_one_counts() {
    let alert = |state: &str, by: &str| {
        Reply::json(format!(
            r#"[{{"fingerprint":"aa","labels":{{"alertname":"X"}},"status":{{"state":"{state}","silencedBy":[{by}],"inhibitedBy":null}}}}]"#
        ))
    };
    let (behind, ahead) = (alert("active", ""), alert("suppressed", "\"s1\""));
    let first = Server::start(move |_| behind.clone()).await;
    let second = Server::start(move |request| match request.path() {
        "/api/v2/silences" => Reply::json(r#"[{"id":"s1","createdBy":"ann","comment":"on it","endsAt":"never"}]"#),
        _ => ahead.clone(),
    });
    let second = second.await;
    let gone = Server::always(Reply::of(500, "", "")).await;
    let mut settings = settings("alertmanager", &second.url());
    settings.urls.extend([first.url(), gone.url()].map(|url| url.parse().expect("an address")));
    let report = read(&settings).await;
    assert_eq!(report.signals.len(), 1);
    assert_eq!(report.signals[0].handled_by.as_deref(), Some("ann: on it"));
    assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
}

#[tokio::test]
async fn what_did_not_change_is_the_very_same_signal() {
    let alert = |id: u32, summary: &str| {
        let labels = format!(r#"{{"alertname":"A{id}","severity":"page"}}"#);
        format!(
            r#"{{"fingerprint":"{id}","labels":{labels},"annotations":{{"summary":"{summary}"}},"startsAt":"2026-11-24T09:00:00Z"}}"#
        )
    };
    let polls = [
        vec![alert(1, "a"), alert(2, "b"), alert(3, "c"), alert(4, "d")],
        // Two is gone, three is different, five is new, four came twice and before its time.
        vec![alert(1, "a"), alert(4, "d"), alert(3, "other"), alert(5, "e"), alert(4, "d")],
        vec![alert(5, "e"), alert(4, "d"), alert(3, "other"), alert(1, "a")],
    ];
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let poll = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Reply::json(format!("[{}]", polls[poll].join(",")))
    });
    let server = server.await;
    let source = build(&settings("alertmanager", &server.url()), clock).expect("built in");
    let mut reports = Vec::new();
    for _ in 0..3 {
        reports.push(source.state(clock()).await.expect("the server answers"));
    }
    let of = |poll: usize, id: &str| reports[poll].signals.iter().find(|signal| &*signal.id == id);
    let ids =
        |poll: usize| reports[poll].signals.iter().map(|signal| signal.id.to_string()).collect::<Vec<_>>().join(" ");
    assert_eq!([ids(0), ids(1), ids(2)], ["1 2 3 4", "1 4 3 5", "5 4 3 1"]);
    let same = |id, first, second| match (of(first, id), of(second, id)) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        _ => false,
    };
    assert!(same("1", 0, 1) && same("4", 0, 1) && !same("3", 0, 1));
    assert!(["1", "3", "4", "5"].into_iter().all(|id| same(id, 1, 2)));
    assert_eq!(of(1, "3").map(|signal| &*signal.summary), Some("other"));
    assert!(reports[1].notes[0].contains("1 alerts came twice"));
}

#[tokio::test]
async fn unknown_states_and_null_fields_do_no_harm() {
    let body = r#"[{"fingerprint":"","labels":{"alertname":"A"},"annotations":null,"status":null,"startsAt":"never"},
        {"fingerprint":"b","labels":{"alertname":"B"},"status":{"state":"suppressed","silencedBy":[],"inhibitedBy":[],"mutedBy":["weekend"]}},
        {"fingerprint":"c","labels":{"alertname":"C"},"status":{"state":"exploding"},"generatorURL":"javascript:alert(1)"}]"#;
    let server = Server::always(Reply::json(body)).await;
    let report = read(&settings("alertmanager", &server.url())).await;
    let handling: Vec<_> = report.signals.iter().map(|signal| signal.handling).collect();
    assert_eq!(handling, [Handling::None, Handling::Acknowledged, Handling::None]);
    assert_eq!(report.signals[0].id.len(), 16);
    assert!(report.signals.iter().all(|signal| signal.link.is_none() && signal.since.is_none()));
}

#[tokio::test]
async fn refusals_say_what_the_server_says() {
    for (name, text) in [("unauth", "credentials"), ("alerts-bad-filter", "unescaped double quote")] {
        let server = Server::always(Reply::recorded(&format!("alertmanager/{name}"))).await;
        let source = build(&settings("alertmanager", &server.url()), clock).expect("built in");
        let error = source.state(clock()).await.expect_err(name).to_string();
        assert!(error.contains(text), "{error}");
    }
}
