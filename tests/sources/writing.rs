//! Writing to the hosted ones: what is previewed, what goes out, what the answer is taken for.

use std::sync::Arc;

use bsmtop::domain::facts::Signal;
use bsmtop::domain::severity::Severity;
use bsmtop::domain::write::{Intent, Outcome, Preview, Reference, Target, WriteKind};
use bsmtop::sources::error::SourceError;
use bsmtop::sources::gate::Gate;
use bsmtop::sources::settings::Settings;
use serde_json::{Value, json};

use crate::support::{Reply, Request, Server, clock, settings, ticket};

/// A hosted system that is written to.
pub struct Hosted {
    /// Its `type` word.
    pub word: &'static str,
    /// Keys of the type's own.
    pub own: &'static str,
    /// The id of a ticket.
    pub id: &'static str,
    /// What it answers to what is asked while a write is prepared.
    pub asked: fn(&Request) -> Reply,
    /// What it answers to a write that succeeds.
    pub done: fn(&Request) -> Reply,
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply::of(status, "Content-Type: application/json\r\n", body.to_string())
}

/// All of them.
pub const HOSTED: [Hosted; 4] = [
    Hosted {
        word: "jira",
        own: "cloud = true\ncreate = { project = 'OPS', type = 'Incident', priority = 'High', components = ['Payments DB'] }",
        id: "OPS-41",
        asked: |request| {
            match request.path() {
            "/rest/api/3/myself" => Reply::recorded("jira/myself"),
            _ => Reply::json(
                json!({ "key": "OPS-41", "fields": { "summary": "Card payments fail", "status": { "name": "In progress" },
                    "assignee": { "displayName": "Bob Buyer" } } })
                .to_string(),
            ),
        }
        },
        done: |request| match request.path() {
            "/rest/api/3/issue" => {
                json_reply(201, &json!({ "id": "10000", "key": "OPS-60", "self": "https://x/10000" }))
            }
            path if path.ends_with("/comment") => json_reply(201, &json!({ "id": "10000" })),
            path if path.ends_with("/remotelink") => json_reply(201, &json!({ "id": 10000 })),
            _ => Reply::of(204, "", ""),
        },
    },
    Hosted {
        word: "servicenow",
        own: "create = { assignment_group = 'Service Operations', urgency = '1' }",
        id: "INC0010001",
        asked: |request| match request.path() {
            "/api/now/table/sys_user" => Reply::json(
                json!({ "result": [{ "sys_id": { "value": "me01", "display_value": "me01" },
                    "name": { "value": "BSM", "display_value": "BSM" } }] })
                .to_string(),
            ),
            _ => Reply::json(
                json!({ "result": [{ "sys_id": { "value": "inc01", "display_value": "inc01" },
                    "short_description": { "value": "Card payments fail", "display_value": "Card payments fail" },
                    "state": { "value": "2", "display_value": "In Progress" },
                    "assigned_to": { "value": "u1", "display_value": "Bob Buyer" } }] })
                .to_string(),
            ),
        },
        done: |request| match request.text.split(' ').next() {
            Some("POST") => json_reply(201, &json!({ "result": { "number": "INC0010060", "sys_id": "inc60" } })),
            _ => json_reply(200, &json!({ "result": { "number": "INC0010001", "sys_id": "inc01" } })),
        },
    },
    Hosted {
        word: "pagerduty",
        own: "from = 'noc@example.com'\ncreate = { service = 'PIJ90N7' }",
        id: "PAY0001",
        asked: |_| {
            let incident = json!({ "id": "PAY0001", "title": "Card payments fail", "status": "triggered",
                "service": { "summary": "Payments" } });
            Reply::json(json!({ "incident": incident }).to_string())
        },
        done: |request| match request.path() {
            "/incidents" => json_reply(
                201,
                &json!({ "incident": { "id": "PAY0060", "html_url": "https://acme.pagerduty.com/incidents/PAY0060" } }),
            ),
            path if path.ends_with("/notes") => json_reply(200, &json!({ "note": { "id": "PWL7QXS" } })),
            _ => json_reply(200, &json!({ "incident": { "id": "PAY0001", "status": "acknowledged" } })),
        },
    },
    Hosted {
        word: "github",
        own: "repositories = ['acme/shop']\ncreate = { labels = ['incident'] }",
        id: "1347",
        asked: |request| {
            match request.path() {
            "/user" => Reply::json(json!({ "login": "bsm-bot", "id": 1 }).to_string()),
            _ => Reply::json(
                json!({ "number": 1347, "title": "Card payments fail", "state": "open", "assignees": [{ "login": "bob" }] })
                    .to_string(),
            ),
        }
        },
        done: |request| match request.path() {
            "/repos/acme/shop/issues" => json_reply(
                201,
                &json!({ "number": 1360, "html_url": "https://github.com/acme/shop/issues/1360",
                    "repository_url": "https://api.github.com/repos/acme/shop" }),
            ),
            path if path.ends_with("/assignees") => {
                json_reply(201, &json!({ "number": 1347, "assignees": [{ "login": "bob" }, { "login": "bsm-bot" }] }))
            }
            _ => json_reply(201, &json!({ "id": 1 })),
        },
    },
];

impl Hosted {
    pub fn settings(&self, url: &str) -> Settings {
        Settings { own: self.own.parse().expect("TOML"), write: true, ..settings(self.word, url) }
    }
}

pub fn intent(kind: WriteKind, id: &str) -> Intent {
    Intent {
        kind,
        source: "src".into(),
        target: if kind == WriteKind::Create { Target::New } else { ticket(id) },
        author: "ann".into(),
        title: "Online checkout is critical".into(),
        text: "First seen 09:41.\n\n42,000 EUR an hour.".into(),
        until: None,
        scope: Vec::new(),
        severity: Some(Severity::Critical),
        references: vec![Reference {
            id: "am:6ea1".into(),
            title: "ServiceDown".into(),
            link: Some("https://alerts.example/6ea1".into()),
        }],
    }
}

/// What came of a write, what was previewed, and every request that was made.
async fn write(hosted: &Hosted, kind: WriteKind, done: fn(&Request) -> Reply) -> (Outcome, Preview, Vec<Request>) {
    write_intent(hosted, &intent(kind, hosted.id), done).await
}

async fn write_intent(
    hosted: &Hosted,
    intent: &Intent,
    done: fn(&Request) -> Reply,
) -> (Outcome, Preview, Vec<Request>) {
    let (asked, kind) = (hosted.asked, intent.kind);
    let server =
        Server::start(move |request| if request.text.starts_with("GET ") { asked(request) } else { done(request) });
    let server = server.await;
    let gate = Gate::new(&[hosted.settings(&server.url())], Box::new(|_, _, _| Ok(())), clock);
    let (number, preview) =
        gate.prepare(intent).await.unwrap_or_else(|error| panic!("{} {kind:?}: {error}", hosted.word));
    assert!(server.requests().iter().all(|request| request.text.starts_with("GET ")), "preparing only reads");
    let outcome = gate.send(number).await;
    (outcome, preview, server.requests())
}

/// Every request of every write, for the contracts.
pub async fn all_requests(word: &str) -> Vec<Request> {
    let hosted = HOSTED.iter().find(|hosted| hosted.word == word).expect("it is hosted");
    let mut all = Vec::new();
    for kind in [WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Create, WriteKind::Link] {
        let (outcome, _, requests) = write(hosted, kind, hosted.done).await;
        assert!(outcome.is_done(), "{word} {kind:?}: {outcome:?}");
        all.extend(requests);
    }
    all
}

fn body(requests: &[Request]) -> Value {
    let last = requests.last().expect("a request");
    serde_json::from_str(last.body()).expect("a JSON body")
}

fn line(requests: &[Request]) -> &str {
    requests.last().expect("a request").text.split(" HTTP").next().unwrap_or_default()
}

fn hosted(word: &str) -> &'static Hosted {
    static ALL: [Hosted; 4] = HOSTED;
    ALL.iter().find(|hosted| hosted.word == word).expect("it is hosted")
}

async fn sent(word: &str, kind: WriteKind) -> (Preview, String, Value) {
    let it = hosted(word);
    let (outcome, preview, requests) = write(it, kind, it.done).await;
    assert!(outcome.is_done(), "{word} {kind:?}: {outcome:?}");
    let value = body(&requests);
    let shown: Value = match &preview.request.body {
        bsmtop::domain::write::Body::Json(text) => serde_json::from_str(text).expect("JSON"),
        other => panic!("{other:?}"),
    };
    assert_eq!(shown, value, "what was previewed is what was sent");
    (preview, line(&requests).to_owned(), value)
}

#[tokio::test]
async fn acknowledging_takes_the_ticket() {
    let (preview, line, body) = sent("jira", WriteKind::Acknowledge).await;
    assert_eq!(line, "PUT /rest/api/3/issue/OPS-41/assignee", "whoever may assign need not be allowed to edit");
    assert_eq!(body, json!({ "accountId": "5b10a2844c20165700ede21g" }));
    assert_eq!(preview.object, "OPS-41 Card payments fail · In progress · Bob Buyer");
    assert!(preview.remarks.iter().any(|remark| remark.contains("taken from them")), "{:?}", preview.remarks);

    let (_, line, body) = sent("servicenow", WriteKind::Acknowledge).await;
    assert_eq!(line, "PATCH /api/now/table/incident/inc01");
    assert_eq!(body["assigned_to"], "me01");
    assert!(body["state"].is_null(), "only a new one is moved on");

    let (preview, line, body) = sent("pagerduty", WriteKind::Acknowledge).await;
    assert_eq!(line, "PUT /incidents/PAY0001");
    assert_eq!(body, json!({ "incident": { "type": "incident_reference", "status": "acknowledged" } }));
    assert!(preview.request.headers.contains(&("from", "noc@example.com".to_owned())));

    let (_, line, body) = sent("github", WriteKind::Acknowledge).await;
    assert_eq!(line, "POST /repos/acme/shop/issues/1347/assignees");
    assert_eq!(body, json!({ "assignees": ["bsm-bot"] }), "who has it keeps it");
}

#[tokio::test]
async fn comments_are_for_colleagues_where_that_can_be_said() {
    let (preview, line, body) = sent("jira", WriteKind::Comment).await;
    assert_eq!(line, "POST /rest/api/3/issue/OPS-41/comment");
    assert_eq!(body["properties"][0]["value"]["internal"], true);
    assert_eq!(body["body"]["content"][0]["content"][0]["text"], "First seen 09:41.");
    assert_eq!(body["body"]["content"][1]["content"], json!([]), "an empty line is an empty paragraph");
    assert!(preview.remarks.iter().any(|remark| remark.contains("internal")));
    let (_, _, body) = sent("servicenow", WriteKind::Comment).await;
    assert_eq!(body, json!({ "work_notes": "First seen 09:41.\n\n42,000 EUR an hour." }));
    let (_, line, body) = sent("pagerduty", WriteKind::Comment).await;
    assert_eq!(
        (line.as_str(), &body["note"]["content"]),
        ("POST /incidents/PAY0001/notes", &json!("First seen 09:41.\n\n42,000 EUR an hour."))
    );
    let (_, line, _) = sent("github", WriteKind::Comment).await;
    assert_eq!(line, "POST /repos/acme/shop/issues/1347/comments");
}

#[tokio::test]
async fn a_new_ticket_has_the_fields_of_the_configuration_and_what_it_is_about() {
    let (_, line, body) = sent("jira", WriteKind::Create).await;
    assert_eq!(line, "POST /rest/api/3/issue");
    let fields = &body["fields"];
    assert_eq!((&fields["project"]["key"], &fields["issuetype"]["name"]), (&json!("OPS"), &json!("Incident")));
    assert_eq!(
        (&fields["priority"]["name"], &fields["components"][0]["name"]),
        (&json!("High"), &json!("Payments DB"))
    );
    assert!(fields["description"].to_string().contains("ServiceDown: https://alerts.example/6ea1"));
    let (_, line, body) = sent("servicenow", WriteKind::Create).await;
    assert_eq!(line, "POST /api/now/table/incident");
    assert_eq!((&body["urgency"], &body["assignment_group"]), (&json!("1"), &json!("Service Operations")));
    let (_, line, body) = sent("pagerduty", WriteKind::Create).await;
    assert_eq!(line, "POST /incidents");
    assert_eq!((&body["incident"]["service"]["id"], &body["incident"]["urgency"]), (&json!("PIJ90N7"), &json!("high")));
    let (_, line, body) = sent("github", WriteKind::Create).await;
    assert_eq!((line.as_str(), &body["labels"]), ("POST /repos/acme/shop/issues", &json!(["incident"])));
}

#[tokio::test]
async fn a_new_ticket_belongs_to_its_node_or_the_preview_says_that_it_will_not() {
    let created = async |word: &str, scope: &[(&str, &str)]| {
        let scope = scope.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (it, wanted) = (hosted(word), Intent { scope, ..intent(WriteKind::Create, "") });
        let (outcome, preview, requests) = write_intent(it, &wanted, it.done).await;
        assert!(outcome.is_done(), "{word}: {outcome:?}");
        (body(&requests), preview.remarks.join("\n"), line(&requests).to_owned())
    };
    let scope = [("component", "Shop"), ("label", "web"), ("priority", "P1"), ("Affected", "x"), ("status", "Open")];
    let (body, remarks, _) = created("jira", &scope).await;
    let fields = &body["fields"];
    assert_eq!((&fields["components"], &fields["labels"]), (&json!([{ "name": "Shop" }]), &json!(["web"])));
    assert_eq!(fields["priority"]["name"], "P1", "the node's own wins");
    assert!(remarks.contains("Affected = \"x\" can't be set") && !remarks.contains("status"), "{remarks}");

    let scope = [("cmdb_ci", "pay-db"), ("impact", "1 - High"), ("caller", "Bob")];
    let (body, remarks, _) = created("servicenow", &scope).await;
    assert_eq!((&body["cmdb_ci"], &body["impact"]), (&json!("inc01"), &json!("1")), "looked up by name");
    assert!(remarks.contains("caller = \"Bob\" can't be set"), "{remarks}");

    let scope = [("service", "Payments"), ("team", "web"), ("urgency", "low")];
    let (body, remarks, _) = created("pagerduty", &scope).await;
    assert_eq!(body["incident"]["urgency"], "low");
    assert!(remarks.contains("called \"Payments\"") && remarks.contains("team = \"web\" can't be set"), "{remarks}");

    let scope = [("area", "web"), ("label", "bug"), ("milestone", "7.0")];
    let (body, remarks, _) = created("github", &scope).await;
    assert_eq!(body["labels"], json!(["incident", "area: web", "bug"]));
    assert!(remarks.contains("milestone = \"7.0\" can't be set"), "{remarks}");
}

#[tokio::test]
async fn what_is_over_is_not_opened_again() {
    let it = hosted("servicenow");
    for (state, moved) in [("1", Some(json!("2"))), ("3", Some(Value::Null)), ("6", None), ("7", None), ("8", None)] {
        let server = Server::start(move |request| match request.path() {
            "/api/now/table/sys_user" => (it.asked)(request),
            _ => Reply::json(
                json!({ "result": [{ "sys_id": { "value": "inc01" }, "state": { "value": state } }] }).to_string(),
            ),
        })
        .await;
        let gate = Gate::new(&[it.settings(&server.url())], Box::new(|_, _, _| Ok(())), clock);
        let prepared = gate.prepare(&intent(WriteKind::Acknowledge, it.id)).await;
        let sent = prepared.as_ref().ok().map(|(_, preview)| match &preview.request.body {
            bsmtop::domain::write::Body::Json(text) => {
                serde_json::from_str::<Value>(text).expect("JSON")["state"].clone()
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(sent, moved, "{state}");
        if moved.is_none() {
            let error = prepared.expect_err("it is over").to_string();
            assert!(error.contains("open it again"), "{error}");
        }
    }
}

#[tokio::test]
async fn what_was_made_is_told() {
    let ids = [
        ("jira", "src:OPS-60"),
        ("servicenow", "src:INC0010060"),
        ("pagerduty", "src:PAY0060"),
        ("github", "src:1360"),
    ];
    for (word, id) in ids {
        let it = hosted(word);
        let (outcome, ..) = write(it, WriteKind::Create, it.done).await;
        let Outcome::Done { made: Some(made), .. } = outcome else { panic!("{word}: {outcome:?}") };
        assert_eq!(&*made.id, id);
        assert!(made.link.is_some(), "{word}");
        let (outcome, ..) = write(it, WriteKind::Create, |_| Reply::json("{}")).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{word}: {outcome:?}");
    }
}

#[tokio::test]
async fn links_point_at_what_it_is_about() {
    let (_, line, body) = sent("jira", WriteKind::Link).await;
    assert_eq!(line, "POST /rest/api/3/issue/OPS-41/remotelink");
    assert_eq!(body, json!({ "object": { "url": "https://alerts.example/6ea1", "title": "ServiceDown" } }));
    for word in ["servicenow", "pagerduty", "github"] {
        let (_, _, body) = sent(word, WriteKind::Link).await;
        assert!(body.to_string().contains("ServiceDown: https://alerts.example/6ea1"), "{word}: {body}");
    }
}

#[tokio::test]
async fn refusals_are_told_and_what_nobody_answered_is_unknown() {
    for it in &HOSTED {
        let (outcome, ..) = write(it, WriteKind::Comment, |_| Reply::of(403, "", r#"{"message":"not you"}"#)).await;
        assert!(matches!(&outcome, Outcome::Refused { says } if says.contains("not you")), "{}: {outcome:?}", it.word);
        let (outcome, _, requests) = write(it, WriteKind::Comment, |_| Reply::Bytes(Vec::new())).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{}: {outcome:?}", it.word);
        let count = requests.iter().filter(|request| !request.text.starts_with("GET ")).count();
        assert_eq!(count, 1, "{}: nothing is sent twice", it.word);
    }
    // Success that is none.
    let resolved = |_: &Request| Reply::json(r#"{"incident":{"id":"PAY0001","status":"resolved"}}"#);
    let (outcome, ..) = write(hosted("pagerduty"), WriteKind::Acknowledge, resolved).await;
    assert!(matches!(&outcome, Outcome::Refused { says } if says.contains("resolved")), "{outcome:?}");
    let left_out = |_: &Request| json_reply(201, &json!({ "number": 1347, "assignees": [{ "login": "bob" }] }));
    let (outcome, ..) = write(hosted("github"), WriteKind::Acknowledge, left_out).await;
    assert!(matches!(&outcome, Outcome::Refused { says } if says.contains("can't be assigned")), "{outcome:?}");
}

#[tokio::test]
async fn what_lacks_is_said_before_anything_is_sent() {
    let server = Server::always(Reply::json("{}")).await;
    for (it, own, text) in [
        (hosted("jira"), "cloud = true", "create = { project"),
        (hosted("pagerduty"), "from = 'a@b.example'", "create = { service"),
        (hosted("pagerduty"), "create = { service = 'P1' }", "mail address"),
        (hosted("github"), "repositories = ['a/b', 'c/d']", "create = { repository"),
    ] {
        let settings = Settings { own: own.parse().expect("TOML"), ..it.settings(&server.url()) };
        let gate = Gate::new(&[settings], Box::new(|_, _, _| Ok(())), clock);
        let error = gate.prepare(&intent(WriteKind::Create, it.id)).await.expect_err(text);
        assert!(matches!(&error, SourceError::Settings(why) if why.contains(text)), "{error}");
    }
    for it in &HOSTED {
        let gate = Gate::new(&[it.settings(&server.url())], Box::new(|_, _, _| Ok(())), clock);
        let error = gate.prepare(&intent(WriteKind::Comment, "../../x?y")).await.expect_err("no id").to_string();
        assert!(error.contains("../../x?y"), "{}: {error}", it.word);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_incident_is_acknowledged_by_its_signal_too() {
    let it = hosted("pagerduty");
    let server = Server::start(
        |request| if request.text.starts_with("GET ") { (it.asked)(request) } else { (it.done)(request) },
    );
    let server = server.await;
    let gate = Gate::new(&[it.settings(&server.url())], Box::new(|_, _, _| Ok(())), clock);
    let signal = Signal {
        source: "src".into(),
        id: "PAY0001".into(),
        labels: [].into(),
        severity: Severity::Critical,
        unknown: false,
        handling: bsmtop::domain::severity::Handling::None,
        handled_by: None,
        since: None,
        summary: "x".into(),
        link: None,
    };
    let wanted = Intent { target: Target::Signal(Arc::new(signal)), ..intent(WriteKind::Acknowledge, "") };
    let (number, _) = gate.prepare(&wanted).await.expect("it is there");
    assert!(gate.send(number).await.is_done());
}
