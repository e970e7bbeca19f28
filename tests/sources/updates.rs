//! Writing to Icinga, Zabbix, Nagios, Alerta and Redmine: what is sent, and what is made of the answers. That real
//! servers keep it is tested live.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bsmtop::domain::facts::Signal;
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::domain::write::{Body, Intent, Outcome, Preview, Reference, Target, WriteKind};
use bsmtop::sources::Source;
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::{Auth, SecretRef, Settings};
use serde_json::{Value, json};

use crate::support::{Reply, Request, Server, clock, settings, ticket};

fn labels(pairs: &[(&str, &str)]) -> Arc<[(Arc<str>, Arc<str>)]> {
    pairs.iter().map(|(name, value)| (Arc::from(*name), Arc::from(*value))).collect()
}

fn signal(id: &str, pairs: &[(&str, &str)]) -> Target {
    Target::Signal(Arc::new(Signal {
        source: "src".into(),
        id: id.into(),
        labels: labels(pairs),
        severity: Severity::Critical,
        unknown: false,
        handling: Handling::None,
        handled_by: None,
        since: None,
        summary: "it is down".into(),
        link: None,
    }))
}

fn intent(kind: WriteKind, target: Target) -> Intent {
    Intent {
        kind,
        source: "src".into(),
        target,
        author: "anja".into(),
        title: "Payments fail".into(),
        text: "looking\nat \"it\"".into(),
        until: None,
        scope: Vec::new(),
        severity: None,
        references: Vec::new(),
    }
}

fn source(settings: &Settings) -> Box<dyn Source> {
    build(&Settings { write: true, timeout: Duration::from_secs(5), ..settings.clone() }, clock)
        .expect("it is built in")
}

async fn write(source: &dyn Source, intent: &Intent) -> (Preview, Outcome) {
    let preview = source.prepare(intent, clock()).await.expect("it can be prepared");
    let outcome = source.send(&preview).await;
    (preview, outcome)
}

fn body(request: &Request) -> Value {
    let text = request.text.split_once("\r\n\r\n").expect("a head and a body").1;
    serde_json::from_str(text).unwrap_or_else(|error| panic!("JSON, not {text:?}: {error}"))
}

fn json_of(preview: &Preview) -> Value {
    let Body::Json(text) = &preview.request.body else { panic!("JSON, not {:?}", preview.request.body) };
    serde_json::from_str(text).expect("JSON")
}

const CHECK: &str =
    r#"{"results":[{"attrs":{"name":"http","state":2,"acknowledgement":0,"last_check_result":{"output":"503"}}}]}"#;

#[tokio::test]
async fn icinga_is_sent_what_was_shown_and_says_how_it_went() {
    for (answer, word, says) in [
        ("icinga2/ack", "done", "Successfully acknowledged problem for object 'web-02!http'."),
        ("icinga2/ack-again", "refused", "409 Service web-02!http is already acknowledged."),
        (
            "icinga2/forbidden",
            "refused",
            "404 Not Found: No objects found. (or the account lacks actions/acknowledge-problem)",
        ),
    ] {
        let server =
            Server::start(
                move |request| {
                    if request.text.starts_with("GET ") { Reply::json(CHECK) } else { Reply::recorded(answer) }
                },
            )
            .await;
        let source = source(&settings("icinga2", &server.url()));
        let target = signal("web-02!http", &[("host", "web-02"), ("service", "http")]);
        let (preview, outcome) = write(&*source, &intent(WriteKind::Acknowledge, target)).await;
        assert_eq!((outcome.word(), outcome.text()), (word, says));
        assert_eq!(preview.object, "web-02!http · critical · 503");
        let sent: Vec<Request> = server.requests();
        let [look, act] = sent.as_slice() else { panic!("two requests, not {sent:?}") };
        assert_eq!(look.pair("service").as_deref(), Some("web-02!http"));
        assert_eq!(act.path(), "/v1/actions/acknowledge-problem");
        assert_eq!(body(act), json_of(&preview), "what is sent is what was shown");
        let in_two_hours = clock().timestamp() + 7200;
        let wanted = json!({
            "type": "Service", "service": "web-02!http", "author": "anja", "comment": "looking\nat \"it\"",
            "expiry": in_two_hours, "sticky": false, "notify": true,
        });
        assert_eq!(body(act), wanted);
    }
    let server = Server::always(Reply::recorded("icinga2/forbidden")).await;
    let gone = source(&settings("icinga2", &server.url()));
    let error = gone.prepare(&intent(WriteKind::Comment, signal("a", &[("host", "a")])), clock()).await;
    assert!(error.expect_err("it is not there").to_string().contains("objects/query/Host"));
}

const TOKEN: &str = "a-token-that-nobody-may-see";

#[tokio::test]
async fn zabbix_gets_its_token_only_when_it_is_sent() {
    for (version, in_header) in [("6.0.14", false), ("7.0.0", true)] {
        let server = Server::start(move |request| {
            let result = match body(request)["method"].as_str().expect("a method") {
                "apiinfo.version" => json!(version),
                "problem.get" => {
                    json!([{ "eventid": "15", "objectid": "7", "name": "down", "severity": "5", "acknowledged": "0" }])
                }
                _ => json!({ "eventids": [15] }),
            };
            Reply::json(json!({ "jsonrpc": "2.0", "id": 1, "result": result }).to_string())
        })
        .await;
        let mut settings = settings("zabbix", &server.url());
        settings.auth = Some(Auth::Bearer(SecretRef::Command(vec!["echo".to_owned(), TOKEN.to_owned()])));
        let (preview, outcome) = write(&*source(&settings), &intent(WriteKind::Acknowledge, signal("15", &[]))).await;
        assert_eq!((outcome.word(), outcome.text()), ("done", "problem 15 updated"));
        assert!(!format!("{preview:?}").contains(TOKEN) && format!("{preview:?}").contains("•••"));
        let requests = server.requests();
        let sent = requests.iter().find(|request| body(request)["method"] == "event.acknowledge").expect("it is sent");
        assert_eq!(sent.header("authorization").map(str::to_owned), in_header.then(|| format!("Bearer {TOKEN}")));
        assert_eq!(body(sent)["auth"].as_str().map(str::to_owned), (!in_header).then(|| TOKEN.to_owned()));
        assert_eq!(body(sent)["params"], json!({ "eventids": ["15"], "action": 6, "message": "looking\nat \"it\"" }));
    }
}

#[tokio::test]
async fn zabbix_refuses_with_200_and_never_shows_the_token() {
    let server = Server::start(|request| match body(request)["method"].as_str().expect("a method") {
        "apiinfo.version" => Reply::json(r#"{"result":"6.0.14"}"#),
        "problem.get" => Reply::json(r#"{"result":[{"eventid":"15","name":"down"}]}"#),
        _ => Reply::json(
            json!({ "error": { "message": "Invalid params.", "data": format!("not with {TOKEN}") } }).to_string(),
        ),
    })
    .await;
    let mut settings = settings("zabbix", &server.url());
    settings.auth = Some(Auth::Bearer(SecretRef::Command(vec!["echo".to_owned(), TOKEN.to_owned()])));
    let (_, outcome) = write(&*source(&settings), &intent(WriteKind::Comment, signal("15", &[]))).await;
    assert_eq!((outcome.word(), outcome.text()), ("refused", "Invalid params. not with •••"));
}

/// A Nagios whose forms carry a number that is another each time.
async fn nagios(answer: &'static str) -> Server {
    let forms = AtomicUsize::new(0);
    Server::start(move |request| match (request.path(), request.text.starts_with("POST ")) {
        (_, true) => Reply::recorded(answer),
        ("/cmd.cgi", _) => {
            let number = forms.fetch_add(1, Ordering::Relaxed);
            let html = format!(
                "<html><form method='post'><INPUT TYPE='hidden' NAME='nagFormId' VALUE='f{number}'\n<TR>\
                 <INPUT TYPE='TEXT' NAME='start_time' VALUE='11-24-2026 11:00:03'></form></html>"
            );
            Reply::of(200, &format!("Content-Type: text/html\r\nSet-Cookie: NagFormId=c{number}; path=/\r\n"), html)
        }
        _ => Reply::json(
            r#"{"result":{"type_code":0},"data":{"service":{"status":"critical","has_been_checked":true,"plugin_output":"503"}}}"#,
        ),
    })
    .await
}

#[tokio::test]
async fn nagios_is_sent_a_form_with_the_number_of_that_moment() {
    for (answer, word, says) in [
        ("nagios/cmd-ack", "done", "Your command request was successfully submitted to Nagios for processing."),
        ("nagios/cmd-ack-nocsrf", "refused", "Error: Invalid or missing CSRF cookie!"),
    ] {
        let server = nagios(answer).await;
        let source = source(&settings("nagios", &server.url()));
        let target = signal("web-02!http", &[("host", "web-02"), ("service", "http")]);
        let (preview, outcome) = write(&*source, &intent(WriteKind::Silence, target)).await;
        assert_eq!((outcome.word(), outcome.text()), (word, says));
        let requests = server.requests();
        let posts: Vec<&Request> = requests.iter().filter(|request| request.text.starts_with("POST ")).collect();
        let [sent] = posts.as_slice() else { panic!("it is sent once, not {posts:?}") };
        // The first form told how times are written: an hour ahead of UTC.
        let pairs = [
            ("cmd_typ", "56"),
            ("cmd_mod", "2"),
            ("host", "web-02"),
            ("service", "http"),
            ("com_data", "anja: looking at \"it\""),
            ("start_time", "11-24-2026 11:00:00"),
            ("end_time", "11-24-2026 13:00:00"),
            ("nagFormId", "f1"),
        ];
        for (name, value) in pairs {
            assert_eq!(sent.pair(name).as_deref(), Some(value), "{name}");
        }
        assert_eq!(sent.header("cookie"), Some("NagFormId=c1"));
        let Body::Form(shown) = &preview.request.body else { panic!("a form") };
        assert!(shown.contains(&("nagFormId".to_owned(), "•••".to_owned())));
    }
}

#[tokio::test]
async fn redmine_is_not_believed_that_it_did_what_it_ignored() {
    let issue = |owner: &str, notes: &str| {
        format!(
            r#"{{"issue":{{"subject":"mail","status":{{"name":"New"}}{owner},"journals":[{{"notes":"{notes}"}},{{"notes":null}}]}}}}"#
        )
    };
    let mine = r#","assigned_to":{"id":3,"name":"Anja"}"#;
    for (owner, notes, word) in [
        (mine, "looking\\r\\nat \\\"it\\\"", "done"),
        ("", "looking\\nat \\\"it\\\"", "refused"),
        (mine, "", "refused"),
    ] {
        let looked = AtomicUsize::new(0);
        let (before, after) = (issue("", ""), issue(owner, notes));
        let server = Server::start(move |request| match (request.path(), request.text.starts_with("PUT ")) {
            (_, true) => Reply::of(204, "", ""),
            ("/users/current.json", _) => Reply::json(r#"{"user":{"id":3,"login":"anja"}}"#),
            _ if looked.fetch_add(1, Ordering::Relaxed) == 0 => Reply::json(&before),
            _ => Reply::json(&after),
        })
        .await;
        let (preview, outcome) =
            write(&*source(&settings("redmine", &server.url())), &intent(WriteKind::Acknowledge, ticket("2"))).await;
        assert_eq!(outcome.word(), word, "{owner:?} {notes:?}: {outcome:?}");
        assert_eq!(preview.object, "#2 mail · New · nobody");
        assert_eq!(json_of(&preview)["issue"]["assigned_to_id"], 3);
    }
}

#[tokio::test]
async fn redmine_opens_an_issue_with_names_made_to_numbers() {
    let server = Server::start(|request| match (request.path(), request.text.starts_with("POST ")) {
        (_, true) => Reply::of(201, "Content-Type: application/json\r\n", r#"{"issue":{"id":42}}"#),
        ("/trackers.json", _) => Reply::json(r#"{"trackers":[{"id":1,"name":"Bug"},{"id":3,"name":"Support"}]}"#),
        ("/issues.json", _) => {
            Reply::json(r#"{"issues":[{"id":1,"custom_fields":[{"id":9,"name":"Service","value":"x"}]}]}"#)
        }
        other => panic!("{other:?} is not asked for"),
    })
    .await;
    let mut settings = settings("redmine", &server.url());
    settings.own = toml::toml! { create = { project = "ops", tracker = "Support", category_id = 5 } };
    let source = source(&settings);
    let mut wanted = intent(WriteKind::Create, Target::New);
    wanted.scope = vec![("Service".to_owned(), "payments".to_owned()), ("status".to_owned(), "New".to_owned())];
    wanted.references =
        vec![Reference { id: "prom:a".into(), title: "alert".into(), link: Some("https://p.example/a".into()) }];
    let (preview, outcome) = write(&*source, &wanted).await;
    let Outcome::Done { says, made: Some(made) } = outcome else { panic!("{outcome:?}") };
    assert_eq!((says.as_str(), &*made.id), ("issue 42", "src:42"));
    assert_eq!(made.link.as_deref(), Some(format!("{}/issues/42", server.url()).as_str()));
    let wanted_body = json!({ "issue": {
        "project_id": "ops", "tracker_id": 3, "category_id": 5, "subject": "Payments fail",
        "description": "looking\nat \"it\"\nprom:a alert https://p.example/a", "custom_fields": [{ "id": 9, "value": "payments" }],
    } });
    assert_eq!(json_of(&preview), wanted_body);
    wanted.scope = vec![("Colour".to_owned(), "red".to_owned())];
    assert!(source.prepare(&wanted, clock()).await.expect_err("no such field").to_string().contains("Colour"));
    settings.own = toml::Table::new();
    let homeless = self::source(&settings).prepare(&intent(WriteKind::Create, Target::New), clock()).await;
    assert!(homeless.expect_err("nowhere to go").to_string().contains("create = { project"));
}

#[tokio::test]
async fn alerta_is_believed_only_its_ok() {
    let alert = r#"{"alert":{"event":"DiskFull","resource":"db-01","severity":"major","status":"open"},"status":"ok"}"#;
    for (status, answer, word) in [
        (200, r#"{"status":"ok"}"#, "done"),
        (200, r#"{"message":"what?"}"#, "unknown: check"),
        (409, r#"{"status":"error","message":"alert is already in ack status"}"#, "refused"),
    ] {
        let server = Server::start(move |request| {
            if request.text.starts_with("GET ") {
                Reply::json(alert)
            } else {
                Reply::of(status, "Content-Type: application/json\r\n", answer)
            }
        })
        .await;
        let source = source(&settings("alerta", &server.url()));
        let (preview, outcome) = write(&*source, &intent(WriteKind::Acknowledge, signal("a-1", &[]))).await;
        assert_eq!(outcome.word(), word, "{outcome:?}");
        assert_eq!(preview.object, "DiskFull on db-01 · major · open");
        let wanted = json!({ "action": "ack", "text": "anja: looking at \"it\"", "timeout": 7200 });
        assert_eq!(json_of(&preview), wanted);
        assert_eq!(server.requests()[1].path(), "/alert/a-1/action");
    }
}
