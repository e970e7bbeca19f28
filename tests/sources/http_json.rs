//! Any API from configuration alone: the worked examples of the README over documented answers, paging, and what is
//! said of descriptions that are wrong.

use bsmtop::domain::facts::Signal;
use bsmtop::domain::matcher::label;
use bsmtop::domain::observation::StateReport;
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::sources::error::SourceError;
use bsmtop::sources::kind::build;
use bsmtop::sources::settings::Settings;
use chrono::TimeDelta;
use serde_json::json;

use crate::support::{Reply, Request, Server, clock, settings};

/// The description that the shared tests of faults use.
pub const OWN: &str = r#"
gives = "checks"
request = { path = "api/v2/components.json" }
items = "/components"
[fields]
id = "/id"
summary = "{/name}: {/status}"
severity = "/status"
since = "/updated_at"
maintenance = "/status = under_maintenance"
labels = { component = "/name" }
"#;

pub fn recorded(_: &Request) -> Reply {
    Reply::recorded("http-json/statuspage")
}

/// A source of the README, at an address of ours.
fn example(name: &str, url: &str) -> Settings {
    let readme = include_str!("../../README.md");
    let block =
        readme.split("\n```toml\n").find(|block| block.contains(&format!("name = \"{name}\"\ntype = \"http-json\"")));
    let text = block.expect("the README has it").split("\n```").next().unwrap_or_default();
    let start = text.find(&format!("[[source]]\nname = \"{name}\"")).expect("the source");
    let text = text[start..].split("\n[[source]]\n").next().unwrap_or_default();
    let lines: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("url =") && !line.starts_with("auth =")).collect();
    let text = lines.join("\n").replacen("[[source]]", &format!("[[source]]\nurl = \"{url}\""), 1);
    let files = [("config.toml".to_owned(), text)];
    let config =
        bsmtop::config::load_texts(&files, std::path::Path::new("/")).unwrap_or_else(|wrong| panic!("{wrong}"));
    config.sources.into_iter().next().expect("one source")
}

fn described(own: &str, url: &str) -> Settings {
    Settings { own: own.parse().expect("TOML"), ..settings("http-json", url) }
}

async fn poll(settings: &Settings) -> Result<StateReport, SourceError> {
    build(settings, clock).expect("it is built in").state(clock()).await
}

fn find<'a>(report: &'a StateReport, id: &str) -> &'a Signal {
    report.signals.iter().find(|signal| &*signal.id == id).unwrap_or_else(|| panic!("{id} is there"))
}

#[tokio::test]
async fn a_status_page() {
    let server = Server::start(recorded).await;
    let report = poll(&example("vendor-status", &server.url())).await.expect("an answer");
    assert!(
        report.notes.is_empty() && report.unknown_words.is_empty(),
        "{:?} {:?}",
        report.notes,
        report.unknown_words
    );
    let api = find(&report, "b13yz5g2cw10");
    assert_eq!((api.severity, api.handling, &*api.summary), (Severity::Major, Handling::None, "API: partial_outage"));
    assert_eq!(label(&api.labels, "component"), Some("API"));
    assert_eq!(api.since, "2026-11-24T09:41:00Z".parse().ok());
    assert_eq!(find(&report, "9397cnvk62zn").severity, Severity::Ok);
    assert_eq!(find(&report, "kctbh9vrtdwd").handling, Handling::Maintenance);
    assert_eq!(server.requests()[0].path(), "/api/v2/components.json");
}

#[tokio::test]
async fn checkmk() {
    let server = Server::always(Reply::recorded("http-json/checkmk")).await;
    let report = poll(&example("checkmk", &server.url())).await.expect("an answer");
    assert!(
        report.notes.is_empty() && report.unknown_words.is_empty(),
        "{:?} {:?}",
        report.notes,
        report.unknown_words
    );
    let state = |id: &str| {
        let signal = find(&report, id);
        (signal.severity, signal.unknown, signal.handling)
    };
    assert_eq!(state("pay-db:MySQL"), (Severity::Critical, false, Handling::None));
    assert_eq!(state("web-1:CPU load"), (Severity::Warning, false, Handling::Acknowledged));
    assert_eq!(state("web-1:Disk"), (Severity::Ok, true, Handling::None));
    assert_eq!(state("web-2:CPU load"), (Severity::Critical, false, Handling::Maintenance));
    assert_eq!(state("web-2:Disk"), (Severity::Ok, false, Handling::None));
    let database = find(&report, "pay-db:MySQL");
    assert_eq!(&*database.summary, "MySQL on pay-db: CRIT - replication broken");
    assert_eq!([label(&database.labels, "host"), label(&database.labels, "service")], [Some("pay-db"), Some("MySQL")]);
    assert_eq!(database.since, "2026-11-24T09:41:00Z".parse().ok());
    let columns = server.requests()[0].pairs().into_iter().filter(|(name, _)| name == "columns").count();
    assert!(columns > 3, "a list repeats the key");
}

#[tokio::test]
async fn gatus() {
    let server = Server::always(Reply::recorded("http-json/gatus")).await;
    let report = poll(&example("gatus", &server.url())).await.expect("an answer");
    assert!(
        report.notes.is_empty() && report.unknown_words.is_empty(),
        "{:?} {:?}",
        report.notes,
        report.unknown_words
    );
    assert_eq!(find(&report, "core_frontend").severity, Severity::Ok);
    let checkout = find(&report, "core_checkout");
    assert_eq!((checkout.severity, &*checkout.summary), (Severity::Critical, "core/checkout answers with 500"));
}

#[tokio::test]
async fn tickets_and_changes() {
    let body = json!({ "rows": { "T-1": { "t": "Broken", "s": "open", "at": 1_795_514_400, "who": { "name": "ann" } },
        "T-2": { "t": "Mended", "s": "Closed", "at": 1_795_514_400, "who": null } } });
    let server = Server::always(Reply::json(body.to_string())).await;
    let own = r#"
gives = "tickets"
request = { path = "/x" }
items = "/rows"
fields = { id = "@key", summary = "/t", status = "/s", closed = "/s = closed | done", created = "/at", owner = "/who/name",
    link = "https://desk.example/{@key}", labels = { queue = "desk" } }
"#;
    let report = poll(&described(own, &server.url())).await.expect("an answer");
    let tickets: Vec<_> =
        report.tickets.iter().map(|it| (&*it.id, &*it.summary, it.open, it.owner.as_deref())).collect();
    assert_eq!(tickets, [("T-1", "Broken", true, Some("ann")), ("T-2", "Mended", false, None)]);
    assert_eq!(report.tickets[0].link.as_deref(), Some("https://desk.example/T-1"));
    assert_eq!(report.tickets[0].created, Some(clock()));

    let body = json!([{ "id": 7, "what": "Upgrade", "from": "2026-11-24 22:00:00", "to": "2026-11-24 23:00:00" },
        { "id": 8, "what": "Someday", "from": null }, { "id": 9, "what": "Long ago", "from": "2026-01-01" }]);
    let server = Server::always(Reply::json(body.to_string())).await;
    let own = r#"
gives = "changes"
request = { path = "/x", query = { after = "{now-7d}" } }
fields = { id = "/id", summary = "/what", start = "/from", end = "/to", labels = { kind = "change" } }
"#;
    let report = poll(&described(own, &server.url())).await.expect("an answer");
    assert_eq!((report.changes.len(), report.changes[0].window.length()), (1, TimeDelta::hours(1)));
    assert!(report.notes.iter().any(|note| note.contains("1 changes have no `start`")), "{:?}", report.notes);
    assert_eq!(server.requests()[0].pair("after").as_deref(), Some("2026-11-17T10:00:00Z"));
}

/// A server of 25 items, ten a page, that pages in every way at once.
fn paged(request: &Request) -> Reply {
    let number = |name: &str| request.pair(name).and_then(|text| text.parse::<usize>().ok());
    let start =
        number("offset").or_else(|| number("page").map(|page| (page - 1) * 10)).or(number("cursor")).unwrap_or(0);
    let items: Vec<_> = (start..25.min(start + 10)).map(|id| json!({ "id": id, "s": "down" })).collect();
    let next = (start + 10 < 25).then_some(start + 10);
    let link = next.map(|next| format!("Link: </x?cursor={next}>; rel=\"next\"\r\n")).unwrap_or_default();
    let body = json!({ "items": items, "next": next, "link": next.map(|next| format!("?cursor={next}")) });
    Reply::of(200, &format!("Content-Type: application/json\r\n{link}"), body.to_string())
}

fn with_paging(paging: &str) -> String {
    format!(
        "request = {{ path = \"x\" }}\npaging = {paging}\nitems = \"/items\"\n\
         fields = {{ id = \"/id\", severity = \"critical\" }}\n"
    )
}

#[tokio::test]
async fn every_way_to_page() {
    for (paging, requests) in [
        ("{ link = \"header\" }", 3),
        ("{ link = \"/link\" }", 3),
        ("{ page = \"page\", size = 10 }", 3),
        ("{ page = \"page\" }", 4),
        ("{ offset = \"offset\", size = 10 }", 3),
        ("{ offset = \"offset\" }", 4),
        ("{ cursor = \"cursor\", at = \"/next\" }", 3),
    ] {
        let server = Server::start(paged).await;
        let report = poll(&described(&with_paging(paging), &server.url())).await.expect(paging);
        assert_eq!((report.signals.len(), server.requests().len()), (25, requests), "{paging}");
        assert!(report.notes.is_empty(), "{paging}: {:?}", report.notes);
    }
    let server = Server::start(paged).await;
    let report = poll(&described(&with_paging("{ page = \"page\", most = 2 }"), &server.url())).await.expect("pages");
    assert_eq!((report.signals.len(), server.requests().len()), (20, 2));
    assert!(report.notes[0].contains("more than 20 records on 2 pages"), "{:?}", report.notes);
}

#[tokio::test]
async fn pages_that_are_empty_or_lack_ids_do_not_end_the_list() {
    // The second of three pages is empty, and on the first one item has no id.
    let server = Server::start(|request| {
        let (items, next) = match request.pair("cursor").as_deref() {
            None => (json!([{ "id": 1, "s": "x" }, { "s": "x" }]), Some("b")),
            Some("b") => (json!([]), Some("c")),
            _ => (json!([{ "id": 2, "s": "x" }]), None),
        };
        Reply::json(json!({ "items": items, "next": next }).to_string())
    });
    let server = server.await;
    let paging = "{ cursor = \"cursor\", at = \"/next\" }";
    let report = poll(&described(&with_paging(paging), &server.url())).await.expect(paging);
    assert_eq!((report.signals.len(), server.requests().len()), (2, 3), "{:?}", report.notes);

    let server = Server::start(|request| {
        let start: usize = request.pair("offset").and_then(|text| text.parse().ok()).expect("an offset");
        let item = |at: usize| if at == 1 { json!({ "s": "x" }) } else { json!({ "id": at, "s": "x" }) };
        let items: Vec<_> = (start..5.min(start + 2)).map(item).collect();
        Reply::json(json!({ "items": items }).to_string())
    });
    let server = server.await;
    let paging = "{ offset = \"offset\", size = 2 }";
    let report = poll(&described(&with_paging(paging), &server.url())).await.expect(paging);
    assert_eq!((report.signals.len(), server.requests().len()), (4, 3), "items count, not ids: {:?}", report.notes);
}

#[tokio::test]
async fn a_link_to_elsewhere_is_not_followed() {
    let other = Server::always(Reply::json(r#"{"items":[]}"#)).await;
    let url = other.url();
    let server = Server::start(move |_| {
        let body = json!({ "items": [{ "id": 1 }], "link": format!("{url}/x") });
        Reply::json(body.to_string())
    });
    let server = server.await;
    let mut settings = described(&with_paging("{ link = \"/link\" }"), &server.url());
    settings.auth = Some(bsmtop::sources::settings::Auth::Bearer(bsmtop::sources::settings::SecretRef::Command(
        ["echo", "hunter2"].map(str::to_owned).to_vec(),
    )));
    let error = poll(&settings).await.expect_err("another server").to_string();
    assert!(error.contains("redirects are not followed"), "{error}");
    assert!(other.requests().is_empty(), "nobody is told the token");
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer hunter2"));
}

#[tokio::test]
async fn a_wrong_pointer_is_an_error_with_the_place_and_a_sample() {
    let server = Server::start(recorded).await;
    let wrong = |from: &str, to: &str| described(&OWN.replace(from, to), &server.url());
    let error = poll(&wrong("\"/components\"", "\"/component\"")).await.expect_err("nothing there").to_string();
    for text in
        ["/api/v2/components.json", "nothing stands at `/component`", "components (a list of 3)", "it begins with `{"]
    {
        assert!(error.contains(text), "{text}: {error}");
    }
    let error = poll(&wrong("id = \"/id\"", "id = \"/ident\"")).await.expect_err("no id").to_string();
    assert!(error.contains("`fields.id` of item `0` below `/components`"), "{error}");
    assert!(error.contains("b13yz5g2cw10"), "a sample of the item: {error}");
    let error = poll(&wrong("severity = \"/status\"", "severity = \"/state\"")).await.expect_err("no word").to_string();
    assert!(error.contains("`fields.severity`") && error.contains("status (a text)"), "{error}");
    // Of what is not needed it is a remark.
    let report = poll(&wrong("since = \"/updated_at\"", "since = \"/changed\"")).await.expect("all else is there");
    assert!(report.notes[0].contains("in no item: `fields.since`"), "{:?}", report.notes);
    // No items are no mistake.
    let none = Server::always(Reply::json(r#"{"components":[]}"#)).await;
    let report = poll(&described(OWN, &none.url())).await.expect("an empty list");
    assert!(report.signals.is_empty() && report.notes.is_empty());
}

#[tokio::test]
async fn a_body_makes_it_a_post() {
    let server = Server::always(Reply::json(r#"[{"id":1}]"#)).await;
    let own = r#"
request = { path = "q", body = '{"query":"{ alerts(after: \"{now-1h}\") { id } }"}', headers = { X-Tenant = "a" } }
fields = { id = "/id", severity = "warning" }
"#;
    poll(&described(own, &server.url())).await.expect("an answer");
    let request = &server.requests()[0];
    assert!(request.text.starts_with("POST /q "), "{}", request.text);
    assert_eq!(request.body(), r#"{"query":"{ alerts(after: \"2026-11-24T09:00:00Z\") { id } }"}"#);
    assert_eq!(request.header("x-tenant"), Some("a"));
    assert_eq!(request.header("content-type"), Some("application/json"));
}
