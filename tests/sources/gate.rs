//! Writing: nothing goes out that was not allowed, previewed and confirmed, and nothing goes out twice.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bsmtop::domain::facts::Signal;
use bsmtop::domain::matcher::label;
use bsmtop::domain::write::{Body, Intent, Outcome, Preview, Reference, Target, WriteKind};
use bsmtop::sources::error::SourceError;
use bsmtop::sources::gate::{Gate, Number};
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::Settings;
use serde_json::{Value, json};

use crate::support::{Reply, Request, Server, clock, settings, table, ticket};

/// What was recorded: word of the kind, and the word of the outcome where there is one.
type Audit = Arc<Mutex<Vec<(&'static str, Option<&'static str>)>>>;

fn gate(settings: &Settings) -> (Gate, Audit) {
    let audit: Audit = Arc::default();
    let kept = Arc::clone(&audit);
    let record = move |_, preview: &Preview, outcome: Option<&Outcome>| {
        let line = (preview.intent.kind.word(), outcome.map(Outcome::word));
        kept.lock().expect("no test panics with it").push(line);
        Ok(())
    };
    (Gate::new(std::slice::from_ref(settings), Box::new(record), clock), audit)
}

fn writable(type_word: &str, url: &str) -> Settings {
    Settings { write: true, timeout: Duration::from_millis(400), ..settings(type_word, url) }
}

fn intent(kind: WriteKind, target: Target) -> Intent {
    Intent {
        kind,
        source: "src".into(),
        target,
        author: "anja".into(),
        title: "Payments fail".into(),
        text: "looking at it".into(),
        until: None,
        scope: Vec::new(),
        severity: None,
        references: Vec::new(),
    }
}

/// The signal of the recorded alerts with a name and a service.
async fn signal(url: &str, name: &str, service: &str) -> Target {
    let adapter = build(&settings("alertmanager", url), clock).expect("it is built in");
    let report = adapter.state(clock()).await.expect("the server answers");
    let is = |signal: &&Arc<Signal>| {
        label(&signal.labels, "alertname") == Some(name) && label(&signal.labels, "service") == Some(service)
    };
    Target::Signal(report.signals.iter().find(is).expect("it is recorded").clone())
}

fn alertmanager(post: impl Fn() -> Reply + Send + Sync + 'static) -> impl Fn(&Request) -> Reply {
    move |request| match (is_write(request), request.path()) {
        (true, _) => post(),
        (_, "/api/v2/alerts") => Reply::recorded("alertmanager/alerts"),
        _ => Reply::recorded("alertmanager/silences"),
    }
}

fn is_write(request: &Request) -> bool {
    !request.text.starts_with("GET ")
}

fn writes(server: &Server) -> Vec<Request> {
    server.requests().into_iter().filter(is_write).collect()
}

fn body(request: &Request) -> Value {
    let text = request.text.split_once("\r\n\r\n").expect("a head and a body").1;
    serde_json::from_str(text).expect("a JSON body")
}

/// Prepares and sends an acknowledgement to a server that answers it so.
async fn acknowledged(post: impl Fn() -> Reply + Send + Sync + 'static) -> (Outcome, Server, Audit) {
    let server = Server::start(alertmanager(post)).await;
    let target = signal(&server.url(), "ErrorBudgetBurn", "payments").await;
    let (gate, audit) = gate(&writable("alertmanager", &server.url()));
    let (number, _) = gate.prepare(&intent(WriteKind::Acknowledge, target)).await.expect("it is there");
    let outcome = gate.send(number).await;
    (outcome, server, audit)
}

#[tokio::test]
async fn an_acknowledgement_is_a_silence_of_two_hours_on_all_labels() {
    let server = Server::start(alertmanager(|| Reply::recorded("alertmanager/silence-create"))).await;
    let target = signal(&server.url(), "ErrorBudgetBurn", "payments").await;
    let (gate, audit) = gate(&writable("alertmanager", &server.url()));
    let (number, preview) = gate.prepare(&intent(WriteKind::Acknowledge, target)).await.expect("it is there");
    assert!(writes(&server).is_empty(), "a preview changes nothing");
    assert_eq!(preview.object, "ErrorBudgetBurn service=payments severity=warning site=lab team=pay active");
    assert_eq!(
        (preview.covers_count, preview.remarks.as_slice()),
        (0, &["it ends by itself at 2026-11-24 12:00 UTC".to_owned()][..])
    );

    let outcome = gate.send(number).await;
    assert!(matches!(&outcome, Outcome::Done { says, .. } if says == "silence ed8e2ba4-56d8-4228-bfa0-2065670d033d"));
    let sent = writes(&server);
    let [request] = sent.as_slice() else { panic!("one request, not {}", sent.len()) };
    let Body::Json(shown) = &preview.request.body else { panic!("JSON was previewed") };
    assert!(request.text.ends_with(shown), "what was previewed is what was sent");
    assert_eq!(format!("{}{}", server.url(), request.path()), preview.request.place);
    assert_eq!(
        (body(request)["startsAt"].as_str(), body(request)["endsAt"].as_str()),
        (Some("2026-11-24T10:00:00Z"), Some("2026-11-24T12:00:00Z"))
    );
    assert_eq!(body(request)["matchers"].as_array().map(Vec::len), Some(5));
    assert_eq!(
        (body(request)["createdBy"].as_str(), body(request)["comment"].as_str()),
        (Some("anja"), Some("looking at it"))
    );

    // The number is used up.
    assert!(matches!(gate.send(number).await, Outcome::NotSent { .. }));
    assert!(matches!(gate.send(Number(77)).await, Outcome::NotSent { .. }));
    assert_eq!(writes(&server).len(), 1);
    assert_eq!(*audit.lock().expect("whole"), [("acknowledge", None), ("acknowledge", Some("done"))]);
}

#[tokio::test]
async fn a_wider_silence_names_what_else_it_hits() {
    let server = Server::start(alertmanager(|| Reply::recorded("alertmanager/silence-create"))).await;
    let target = signal(&server.url(), "ServiceDown", "email").await;
    let (gate, _) = gate(&writable("alertmanager", &server.url()));
    let scope = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    let wide = Intent { scope: scope(&[("service", "email")]), ..intent(WriteKind::Silence, target.clone()) };
    let (_, preview) = gate.prepare(&wide).await.expect("it is there");
    assert_eq!(preview.covers_count, 1);
    assert_eq!(
        &*preview.covers[0].summary,
        "ErrorBudgetBurn service=email severity=warning site=lab team=core suppressed"
    );
    // Every label is asked of the server, too.
    let asked = server.requests().last().and_then(|request| request.pair("filter"));
    assert_eq!(asked.as_deref(), Some("service=\"email\""));
}

#[tokio::test]
async fn what_is_gone_is_not_silenced() {
    let server = Server::start(alertmanager(|| Reply::Hang)).await;
    let target = signal(&server.url(), "ServiceDown", "email").await;
    let Target::Signal(other) = &target else { unreachable!("it is a signal") };
    let gone = Target::Signal(Arc::new(Signal { id: "0000000000000000".into(), ..(**other).clone() }));
    let (gate, _) = gate(&writable("alertmanager", &server.url()));
    let error = gate.prepare(&intent(WriteKind::Acknowledge, gone)).await.expect_err("it is not there");
    assert_eq!(error.to_string(), "Alertmanager does not have this alert any more: it may be resolved");
}

#[tokio::test]
async fn a_read_only_source_is_not_even_asked() {
    let server = Server::start(alertmanager(|| Reply::Hang)).await;
    let target = signal(&server.url(), "ServiceDown", "email").await;
    let before = server.requests().len();
    let (gate, audit) = gate(&settings("alertmanager", &server.url()));
    let error = gate.prepare(&intent(WriteKind::Acknowledge, target.clone())).await.expect_err("it is read-only");
    assert_eq!(error, SourceError::ReadOnly("src".into()));
    assert_eq!(server.requests().len(), before);
    assert!(audit.lock().expect("whole").is_empty());
}

#[tokio::test]
async fn a_type_that_has_no_such_write_says_so() {
    let server = Server::start(alertmanager(|| Reply::Hang)).await;
    let target = signal(&server.url(), "ServiceDown", "email").await;
    let (gate, _) = gate(&writable("alertmanager", &server.url()));
    let error = gate.prepare(&intent(WriteKind::Comment, target)).await.expect_err("it has no comments");
    assert_eq!(error.to_string(), "sources of type \"alertmanager\" can't comment");
}

#[tokio::test]
async fn a_time_out_after_sending_is_unknown_and_never_sent_again() {
    let (outcome, server, audit) = acknowledged(|| Reply::Hang).await;
    assert_eq!(outcome.word(), "unknown: check");
    assert!(outcome.text().contains("no complete answer"), "{}", outcome.text());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(writes(&server).len(), 1);
    assert_eq!(*audit.lock().expect("whole"), [("acknowledge", None), ("acknowledge", Some("unknown: check"))]);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_unknown_and_never_sent_again() {
    // None at all, half a head, half a body.
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"sil".to_vec();
    for bytes in [Vec::new(), b"HTTP/1.1 20".to_vec(), head] {
        let (outcome, server, _) = acknowledged(move || Reply::Bytes(bytes.clone())).await;
        assert_eq!(outcome.word(), "unknown: check", "{}", outcome.text());
        assert_eq!(writes(&server).len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_server() {
    let cases = [
        (
            Reply::recorded("alertmanager/silence-bad-nocomment"),
            "refused",
            "422 Unprocessable Entity: comment in body is required",
        ),
        (Reply::of(409, "", "\"acknowledged by bob\""), "refused", "409 Conflict: acknowledged by bob"),
        (Reply::of(403, "", "{\"message\":\"read-only key\"}"), "refused", "403 Forbidden: read-only key"),
        (Reply::of(401, "", ""), "refused", "401 Unauthorized"),
        (Reply::of(429, "Retry-After: 5\r\n", ""), "refused", "429 Too Many Requests"),
        (Reply::of(503, "", "busy"), "refused", "503 Service Unavailable: busy"),
        (Reply::of(502, "", "<html>"), "unknown: check", "502 Bad Gateway"),
        (Reply::of(500, "", "oops"), "unknown: check", "500 Internal Server Error: oops"),
        (Reply::json("{\"status\":\"ok\"}"), "unknown: check", "200 OK: ok, without the id of a silence"),
    ];
    for (reply, word, text) in cases {
        let (outcome, server, _) = acknowledged(move || reply.clone()).await;
        assert_eq!((outcome.word(), outcome.text()), (word, text));
        assert_eq!(writes(&server).len(), 1, "{text}");
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_not_followed() {
    let other = Server::always(Reply::json("{}")).await;
    let place = format!("Location: {}/elsewhere\r\n", other.url());
    let (outcome, server, _) = acknowledged(move || Reply::of(307, &place, "")).await;
    assert_eq!(outcome.word(), "refused");
    assert!(outcome.text().contains("redirects are not followed"), "{}", outcome.text());
    assert_eq!((writes(&server).len(), other.requests().len()), (1, 0));
}

#[tokio::test]
async fn where_nothing_listens_nothing_was_sent() {
    let server = Server::start(alertmanager(|| Reply::Hang)).await;
    let target = signal(&server.url(), "ServiceDown", "email").await;
    let (gate, _) = gate(&writable("alertmanager", &server.url()));
    let (number, _) = gate.prepare(&intent(WriteKind::Acknowledge, target)).await.expect("it is there");
    drop(server);
    // The listener goes with its task.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let outcome = gate.send(number).await;
    assert_eq!(outcome.word(), "not sent");
    assert!(outcome.text().contains("connection refused"), "{}", outcome.text());
}

fn tracker(post: &'static str) -> impl Fn(&Request) -> Reply {
    move |request| Reply::recorded(if is_write(request) { post } else { "rt/ticket" })
}

#[tokio::test]
async fn a_ticket_is_opened_in_the_queue_that_was_configured() {
    let server = Server::start(tracker("rt/ticket-create")).await;
    let mut settings = writable("rt", &server.url());
    settings.only = table(&[("queue", "Operations")]);
    settings.own = toml::from_str("create = { Service = \"search\", priority = 50 }").expect("TOML");
    let alert = Reference { id: "am:1".into(), title: "x".into(), link: Some("https://g.example/1".into()) };
    let (gate, _) = gate(&settings);
    let wanted = Intent { references: vec![alert], ..intent(WriteKind::Create, Target::New) };
    let (number, preview) = gate.prepare(&wanted).await.expect("it can be made");
    assert_eq!(preview.object, "a new ticket in Operations");
    let outcome = gate.send(number).await;
    let Outcome::Done { says, made: Some(made) } = outcome else { panic!("{outcome:?}") };
    assert_eq!((says.as_str(), &*made.id), ("ticket 8", "src:8"));
    assert_eq!(made.link.as_deref(), Some(format!("{}/Ticket/Display.html?id=8", server.url()).as_str()));
    let expected = json!({
        "Queue": "Operations", "Subject": "Payments fail", "Content": "looking at it", "ContentType": "text/plain",
        "Priority": 50, "CustomFields": { "Service": "search" }, "RefersTo": ["https://g.example/1"],
    });
    assert_eq!(body(&writes(&server)[0]), expected);
}

#[tokio::test]
async fn without_a_queue_no_ticket_is_opened() {
    let (gate, _) = gate(&writable("rt", "http://127.0.0.1:9"));
    let error = gate.prepare(&intent(WriteKind::Create, Target::New)).await.expect_err("no queue is known");
    assert!(error.to_string().contains("create = { queue = \"NAME\" }"), "{error}");
}

#[tokio::test]
async fn a_comment_is_shown_as_request_tracker_said_it() {
    let server = Server::start(tracker("rt/comment-json")).await;
    let (gate, _) = gate(&writable("rt", &server.url()));
    let (number, preview) = gate.prepare(&intent(WriteKind::Comment, ticket("2"))).await.expect("it is there");
    assert!(preview.object.starts_with("#2 "), "{}", preview.object);
    let outcome = gate.send(number).await;
    assert_eq!((outcome.word(), outcome.text()), ("done", "Comments added"));
    assert_eq!(body(&writes(&server)[0])["Content"], json!("looking at it"));
}

#[tokio::test]
async fn a_success_of_request_tracker_that_changed_nothing_is_a_refusal() {
    // 200 and "Permission Denied": the ticket, read again, does not refer to the alert.
    let server = Server::start(tracker("rt/update-forbidden")).await;
    let (gate, _) = gate(&writable("rt", &server.url()));
    let alert = Reference { id: "am:1".into(), title: "x".into(), link: Some("https://g.example/1".into()) };
    let wanted = Intent { references: vec![alert], ..intent(WriteKind::Link, ticket("2")) };
    let (number, _) = gate.prepare(&wanted).await.expect("it is there");
    let outcome = gate.send(number).await;
    assert_eq!((outcome.word(), outcome.text()), ("refused", "Ticket 3: Permission Denied"));
    assert_eq!(writes(&server).len(), 1);
}

#[tokio::test]
async fn no_id_leads_out_of_its_path() {
    let server = Server::start(tracker("rt/ticket")).await;
    let (gate, _) = gate(&writable("rt", &server.url()));
    for id in ["../user/1", "2?x", "", "2/take"] {
        gate.prepare(&intent(WriteKind::Comment, ticket(id))).await.expect_err("no number");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn what_can_not_be_recorded_is_not_sent() {
    let server = Server::start(alertmanager(|| Reply::json(r#"{"silenceID":"x"}"#))).await;
    let record = |_, _: &Preview, _: Option<&Outcome>| Err("audit.log can't be written: the disk is full".to_owned());
    let gate = Gate::new(&[writable("alertmanager", &server.url())], Box::new(record), clock);
    let target = signal(&server.url(), "ServiceDown", "email").await;
    let (number, _) = gate.prepare(&intent(WriteKind::Acknowledge, target)).await.expect("it is there");
    let outcome = gate.send(number).await;
    assert!(matches!(&outcome, Outcome::NotSent { why } if why.contains("the disk is full")), "{outcome:?}");
    assert!(writes(&server).is_empty());
}
