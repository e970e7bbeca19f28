//! The embedded company over plain TCP: the shapes of real answers, what its story must have, and its arithmetic.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bsmtop::config;
use bsmtop::demo::{self, Demo, DemoError, Options};
use bsmtop::domain::facts::{Freshness, Ticket};
use bsmtop::domain::id::SourceName;
use bsmtop::domain::map::{Indicator, Kind};
use bsmtop::domain::observation::{Observation, StateReport, Update};
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::domain::span::Instant;
use bsmtop::domain::world::World;
use bsmtop::engine::live::Live;
use bsmtop::sources::plan::Plan;
use bsmtop::sources::{self, Source, kind};
use chrono::{DateTime, TimeDelta};
use rust_decimal::Decimal;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::form_urlencoded;

thread_local! {
    /// Each test has a thread of its own, and its servers run on it.
    static SECOND: Cell<f64> = const { Cell::new(0.0) };
}

fn start_of_the_story() -> Instant {
    DateTime::parse_from_rfc3339("2026-11-24T10:00:00Z").expect("a time").to_utc()
}

fn clock() -> Instant {
    start_of_the_story() + TimeDelta::microseconds((SECOND.get() * 1e6) as i64)
}

async fn company(options: Options) -> Demo {
    SECOND.set(0.0);
    demo::start(options, clock).await.expect("loopback is up")
}

/// What came back: status, type, body.
struct Answered(u16, String, String);

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_str(&self.2).expect("a JSON document")
    }
}

/// Sends bytes to a source's server and reads until it closes; `None` if it closes without an answer.
async fn send(company: &Demo, source: &str, request: &str) -> Option<Answered> {
    let url = company.url(source).expect("a source of the company");
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("a request is taken");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("an answer or an end");
    let text = String::from_utf8(bytes).expect("text");
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(name)).expect(name);
        line.split_once(": ").expect("name and value").1.to_owned()
    };
    assert_eq!(header("content-length"), body.len().to_string());
    Some(Answered(status, header("content-type"), body.to_owned()))
}

async fn try_get(company: &Demo, source: &str, path: &str) -> Option<Answered> {
    send(company, source, &format!("GET {path} HTTP/1.1\r\nHost: demo:1\r\nConnection: close\r\n\r\n")).await
}

async fn get(company: &Demo, source: &str, path: &str) -> Answered {
    try_get(company, source, path).await.expect("an answer")
}

fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish())
}

/// The number that a query gives at the second of the clock.
async fn number(company: &Demo, source: &str, query: &str) -> f64 {
    let answer = get(company, source, &address("/api/v1/query", &[("query", query)])).await.json();
    let value = answer["data"]["result"][0]["value"][1].as_str().expect("a sample").to_owned();
    value.parse().expect("a number")
}

fn texts<'a>(list: &'a Value, pointer: &str) -> Vec<&'a str> {
    let list = list.as_array().expect("a list");
    list.iter().filter_map(|item| item.pointer(pointer)?.as_str()).collect()
}

async fn alert_names(company: &Demo, source: &str) -> Vec<String> {
    let answer = get(company, source, "/api/v1/alerts").await.json();
    texts(&answer["data"]["alerts"], "/labels/alertname").into_iter().map(str::to_owned).collect()
}

/// Whether two documents have the same keys and types throughout; of lists the first items are compared.
fn same_shape(path: &str, recorded: &Value, answered: &Value) {
    match (recorded, answered) {
        (Value::Object(recorded), Value::Object(answered)) => {
            // What stands in these is free.
            if ["labels", "annotations", "metric"].iter().any(|free| path.ends_with(free)) {
                assert!(answered.values().all(Value::is_string), "{path}");
                return;
            }
            let keys = |map: &serde_json::Map<String, Value>| {
                let mut keys: Vec<String> = map.keys().cloned().collect();
                keys.sort_unstable();
                keys
            };
            assert_eq!(keys(recorded), keys(answered), "keys of {path}");
            for (key, value) in recorded {
                same_shape(&format!("{path}/{key}"), value, &answered[key]);
            }
        }
        (Value::Array(recorded), Value::Array(answered)) => {
            for (recorded, answered) in recorded.iter().zip(answered) {
                same_shape(&format!("{path}/0"), recorded, answered);
            }
        }
        _ => assert_eq!(std::mem::discriminant(recorded), std::mem::discriminant(answered), "type of {path}"),
    }
}

#[tokio::test]
async fn answers_have_the_shape_of_recorded_ones() {
    let recorded: Value = serde_json::from_str(include_str!("demo/recorded.json")).expect("recorded answers");
    let company = company(Options::default()).await;
    SECOND.set(541.0);
    let fields = "Subject,Status,Owner,LastUpdated,Created,Priority,CustomFields,Queue";
    let tickets = [
        ("query", "Queue='Operations' AND Status='__Active__'"),
        ("fields", fields),
        ("fields[Owner]", "Name"),
        ("fields[Queue]", "Name"),
        ("per_page", "3"),
        ("orderby", "LastUpdated"),
        ("order", "DESC"),
    ];
    let history = [("fields", "Type,Created,Creator,Field,OldValue,NewValue,Description")];
    let range = [("query", "up{instance=\"edge-1\"}"), ("start", "1795514400"), ("end", "1795514460"), ("step", "60")];
    let status = |text: &str| text.parse::<u16>().expect("a status");
    let table = [
        ("prometheus_alerts", "prom", "200", "/api/v1/alerts".to_owned()),
        ("prometheus_query", "prom-edge", "200", address("/api/v1/query", &[("query", "up"), ("time", "1795514401")])),
        ("prometheus_range", "prom-edge", "200", address("/api/v1/query_range", &range)),
        ("prometheus_bad", "prom", "400", "/api/v1/query".to_owned()),
        ("prometheus_buildinfo", "prom", "200", "/api/v1/status/buildinfo".to_owned()),
        ("alertmanager_alerts", "am", "200", "/api/v2/alerts?active=false".to_owned()),
        ("alertmanager_silences", "am", "200", "/api/v2/silences".to_owned()),
        ("alertmanager_status", "am", "200", "/api/v2/status".to_owned()),
        ("alertmanager_bad_filter", "am", "400", address("/api/v2/alerts", &[("filter", "service==\"x")])),
        ("rt_tickets", "rt", "200", address("/REST/2.0/tickets", &tickets)),
        ("rt_rt", "rt", "200", "/REST/2.0/rt".to_owned()),
        ("rt_bad", "rt", "400", address("/REST/2.0/tickets", &[("query", "Nosuch = 'x'")])),
        ("rt_history", "rt", "200", address("/REST/2.0/ticket/57/history", &history)),
    ];
    for (name, source, expected, path) in table {
        let answer = get(&company, source, &path).await;
        assert_eq!(answer.0, status(expected), "{name}: {}", answer.2);
        assert!(answer.1.starts_with("application/json"), "{name}: {}", answer.1);
        same_shape(name, &recorded[name], &answer.json());
    }
    assert_eq!(get(&company, "prom", "/-/ready").await.0, 200);
    let missing = get(&company, "prom", "/api/v1/nosuch").await;
    assert_eq!((missing.0, missing.1.as_str()), (404, "text/plain; charset=utf-8"));
}

#[tokio::test]
async fn the_shift_is_under_way_when_the_console_starts() {
    let company = company(Options::default()).await;
    let alerts = alert_names(&company, "prom").await;
    for name in ["Watchdog", "PodDown", "SearchSlow", "ReplicaRebuilding"] {
        assert!(alerts.contains(&name.to_owned()), "{name}: {alerts:?}");
    }
    let suppressed = get(&company, "am", "/api/v2/alerts?active=false").await.json();
    assert_eq!(texts(&suppressed, "/labels/alertname"), ["QueueLag"]);
    assert_eq!(texts(&suppressed, "/startsAt"), ["2026-11-24T07:56:00.000Z"]);
    let silences = get(&company, "am", "/api/v2/silences").await.json();
    assert_eq!(suppressed[0]["status"]["silencedBy"][0], silences[0]["id"]);
    let recent = "Status = '__Inactive__' AND Resolved > '7 days ago' AND Queue = 'Operations'";
    let recent = get(&company, "rt", &address("/REST/2.0/tickets", &[("query", recent)])).await.json();
    assert_eq!(texts(&recent["items"], "/id"), ["53"]);
    let open = address("/REST/2.0/tickets", &[("query", "Status='__Active__'")]);
    let tickets = get(&company, "rt", &open).await.json();
    assert_eq!(texts(&tickets["items"], "/id"), ["49", "51", "55", "57"]);
    let shop = |code: &str| format!("sum(increase(http_requests_total{{job=\"shop\"{code}}}[1h]))");
    let errors = number(&company, "prom", &shop(",code=~\"5..\"")).await / number(&company, "prom", &shop("")).await;
    assert!((15.5..16.5).contains(&(errors / 0.001)), "{errors}");
}

#[tokio::test]
async fn the_story_brings_every_kind_of_trouble() {
    let company = company(Options::default()).await;
    let orders = "sum(rate(orders_total{job=\"shop\"}[1m])) * 60";
    let expected = number(&company, "prom", &orders.replace("[1m]", "[1m] offset 1w")).await;

    SECOND.set(20.0);
    assert!(alert_names(&company, "prom").await.contains(&"ReplicationBroken".to_owned()));
    SECOND.set(120.0);
    let ticket = get(&company, "rt", "/REST/2.0/ticket/42").await.json();
    assert_eq!((ticket["id"].as_u64(), ticket["Status"].as_str()), (Some(42), Some("open")));
    assert!(number(&company, "prom", orders).await < expected * 0.1);
    assert!(try_get(&company, "prom-edge", "/api/v1/alerts").await.is_none(), "gone, and the others are not");

    SECOND.set(300.0);
    assert_eq!(number(&company, "prom-edge", "sum(up{job=\"edge\"})").await.to_string(), "5");
    SECOND.set(400.0);
    let filter = address("/api/v2/alerts", &[("filter", "alertname=\"Watchdog\"")]);
    assert_eq!(get(&company, "am", &filter).await.json(), serde_json::json!([]));
    SECOND.set(485.0);
    assert!(!alert_names(&company, "prom").await.contains(&"ReplicationBroken".to_owned()));
    assert!(number(&company, "prom", orders).await > expected * 0.9, "orders are back before the alert ends");
    SECOND.set(545.0);
    assert_eq!(get(&company, "am", &filter).await.json().as_array().map(Vec::len), Some(1));
    let flood = address("/api/v2/alerts", &[("filter", "component=~\"scan.*\""), ("filter", "severity!=\"none\"")]);
    let flood = get(&company, "am", &flood).await.json();
    let mut instances = texts(&flood, "/labels/instance");
    instances.sort_unstable();
    instances.dedup();
    assert_eq!(instances.len(), 30);
    let resolved = get(&company, "rt", "/REST/2.0/ticket/42").await.json();
    assert_eq!(resolved["Resolved"], "2026-11-24T10:08:30Z");
}

#[tokio::test]
async fn slices_of_thirty_days_add_up() {
    let company = company(Options::default()).await;
    SECOND.set(3600.0);
    let query = "sum(increase(http_requests_total{job=\"shop\",code=~\"5..\"}[300s]))";
    let (end, day) = (1_795_518_000_i64, 86_400);
    let (mut sum, mut slices) = (0.0, 0);
    for days_back in 0..30 {
        let (start, end) = ((end - day * (days_back + 1) + 300).to_string(), (end - day * days_back).to_string());
        let range = [("query", query), ("start", &start), ("end", &end), ("step", "300")];
        let answer = get(&company, "prom", &address("/api/v1/query_range", &range)).await.json();
        let values = answer["data"]["result"][0]["values"].as_array().expect("values");
        slices += values.len();
        let number = |value: &Value| value[1].as_str().expect("text").parse::<f64>().expect("a number");
        sum += values.iter().map(number).sum::<f64>();
    }
    assert_eq!(slices, 30 * 288);
    let whole = number(&company, "prom", &query.replace("300s", "30d")).await;
    assert!((sum - whole).abs() < whole * 1e-4, "{sum} {whole}");
}

#[tokio::test]
async fn the_seed_decides_and_nothing_else_does() {
    let seeded = |seed| company(Options { seed, speed: 60.0 });
    let (one, same, other) = (seeded(3).await, seeded(3).await, seeded(4).await);
    let mut different = 0;
    for minute in 1..40 {
        SECOND.set(f64::from(minute) * 60.0);
        let mut answers = Vec::new();
        for company in [&one, &same, &other] {
            let prom = get(company, "prom", "/api/v1/alerts").await.json();
            let am = try_get(company, "am", "/api/v2/alerts").await.map(|answer| answer.json());
            answers.push((prom, am, try_get(company, "prom-edge", "/-/ready").await.is_some()));
        }
        assert_eq!(answers[0], answers[1]);
        different += u32::from(answers[0] != answers[2]);
    }
    assert!(different > 10, "{different}");
}

#[tokio::test]
async fn tickets_come_in_pages() {
    let company = company(Options::default()).await;
    SECOND.set(60.0);
    let page = |page: &str| {
        address("/REST/2.0/tickets", &[("query", "id > 0"), ("per_page", "2"), ("page", page), ("orderby", "id")])
    };
    let first = get(&company, "rt", &page("1")).await.json();
    assert_eq!((first["total"].as_u64(), first["pages"].as_u64()), (Some(6), Some(3)));
    let next = first["next_page"].as_str().expect("a next page");
    let (_, path) = next.split_once("demo:1").expect("the host that was asked");
    let second = get(&company, "rt", path).await.json();
    assert_eq!(texts(&second["items"], "/id"), ["51", "53"]);
    let last = get(&company, "rt", &page("3")).await.json();
    assert_eq!((last.get("next_page"), texts(&last["items"], "/id")), (None, vec!["55", "57"]));
}

#[tokio::test]
async fn a_connection_is_kept_and_a_form_is_read() {
    let company = company(Options::default()).await;
    let form = "query=sum%28up%29&time=1795514400";
    let request = format!(
        "GET /-/ready HTTP/1.1\r\nHost: demo\r\n\r\nPOST /api/v1/query HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let url = company.url("prom-edge").expect("a source");
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("taken");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("two answers");
    assert!(text.contains("Server is Ready") && text.contains(r#""value":[1795514400,"5"]"#));
}

#[tokio::test]
async fn what_is_no_request_ends_only_its_connection() {
    let company = company(Options::default()).await;
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000));
    let rows =
        [("nonsense\r\n\r\n", 400), (long.as_str(), 431), ("POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n", 413)];
    for (request, status) in rows {
        // Refused while more is on its way, the connection may also be reset.
        let url = company.url("prom").expect("a source");
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.expect("a connection");
        let _ = stream.write_all(request.as_bytes()).await;
        let mut bytes = Vec::new();
        let end = stream.read_to_end(&mut bytes).await;
        let text = String::from_utf8_lossy(&bytes);
        assert!(end.is_err() || text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
    }
    assert_eq!(get(&company, "prom", "/-/ready").await.0, 200);
}

#[tokio::test]
async fn dropping_the_company_ends_its_servers_and_connections() {
    let company = company(Options::default()).await;
    let address = company.url("prom").expect("a source").trim_start_matches("http://").to_owned();
    let mut open = TcpStream::connect(&address).await.expect("a connection");
    open.write_all(b"GET /-/ready HTTP/1.1\r\n\r\n").await.expect("taken");
    let mut bytes = [0; 512];
    assert!(open.read(&mut bytes).await.expect("an answer") > 0);
    drop(company);
    assert_eq!(open.read(&mut bytes).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn a_speed_that_makes_no_sense_is_refused() {
    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = demo::start(Options { seed: 7, speed }, clock).await;
        assert!(matches!(refused, Err(DemoError::Speed(_))), "{speed}");
    }
}

#[tokio::test]
async fn the_configuration_names_the_servers_that_run() {
    let company = company(Options::default()).await;
    let texts = company.config_texts();
    assert!(texts.iter().all(|(_, text)| !text.contains("demo.invalid") && !text.contains("1970-01-01T")));
    for source in ["prom", "prom-edge", "am", "rt"] {
        let url = company.url(source).expect("a source");
        assert!(texts[0].1.contains(&format!("name = \"{source}\"")) && texts[0].1.contains(&format!("\"{url}\"")));
    }
    assert!(texts.iter().any(|(_, text)| text.contains("start = 2026-11-24T10:35:00\n")), "25 minutes ago, local");
}

#[tokio::test]
async fn the_configuration_is_accepted_without_a_word() {
    let company = company(Options::default()).await;
    let config = config::load_texts(&company.config_texts(), Path::new("."));
    let config = config.unwrap_or_else(|found| panic!("{found}"));
    assert!(config.warnings.is_empty(), "{:#?}", config.warnings);
    let count = |kind| config.map.named_nodes().filter(|(_, node)| node.kind == kind).count();
    assert!(count(Kind::Process) >= 8 && count(Kind::Service) >= 6 && count(Kind::Component) >= 12);
    assert!((4..=6).contains(&count(Kind::Customer)));
}

/// Every query of the map is one that its server understands and has data for.
#[tokio::test]
async fn every_query_of_the_map_is_answered() {
    let company = company(Options::default()).await;
    let config = config::load_texts(&company.config_texts(), Path::new("."));
    let map = config.unwrap_or_else(|found| panic!("{found}")).map;
    let mut queries = Vec::new();
    for (_, node) in map.named_nodes() {
        queries.extend(node.check.iter().map(|check| (check.source.clone(), check.query.clone())));
        if let Some(measured) = &node.measured {
            queries
                .extend([&measured.actual, &measured.expected].map(|query| (measured.source.clone(), query.clone())));
        }
    }
    for objective in &map.objectives {
        let source = objective.source.clone().expect("a source");
        let both = match &objective.indicator {
            Indicator::Good { good, total } => [good, total],
            Indicator::Errors { errors, total } => [errors, total],
            other => panic!("{other:?}"),
        };
        queries.extend(both.map(|query| (source.clone(), query.replace("$window", "300s"))));
    }
    assert!(queries.len() > 12);
    for (source, query) in queries {
        assert!(number(&company, source.as_str(), &query).await > 0.0, "{query}");
    }
}

/// Every alert and ticket of the story belongs to a node: nothing is unmapped.
#[tokio::test]
async fn whatever_happens_is_on_the_map() {
    let company = company(Options { seed: 7, speed: 600.0 }).await;
    let config = config::load_texts(&company.config_texts(), Path::new("."));
    let map = config.unwrap_or_else(|found| panic!("{found}")).map;
    let taken = |source: &str, labels: &Value, tickets: bool| {
        let pairs = labels.as_object().expect("labels").iter();
        let labels: Vec<(Arc<str>, Arc<str>)> =
            pairs.map(|(key, value)| (key.as_str().into(), value.as_str().unwrap_or_default().into())).collect();
        map.named_nodes().any(|(_, node)| {
            let matchers = if tickets { &node.tickets } else { &node.matches };
            matchers.iter().any(|matcher| {
                matcher.source.as_str() == source && matcher.labels.iter().all(|test| test.holds(&labels))
            })
        })
    };
    let mut seen = std::collections::BTreeSet::new();
    for tick in 0..700 {
        SECOND.set(f64::from(tick) * 0.05);
        for source in ["prom", "prom-edge", "am"] {
            let path = if source == "am" { "/api/v2/alerts" } else { "/api/v1/alerts" };
            let Some(answer) = try_get(&company, source, path).await else { continue };
            let answer = answer.json();
            for alert in answer.pointer("/data/alerts").unwrap_or(&answer).as_array().expect("alerts") {
                let name = alert["labels"]["alertname"].as_str().expect("a name").to_owned();
                let firing = alert.get("state").is_none_or(|state| state == "firing");
                assert!(!firing || name == "Watchdog" || taken(source, &alert["labels"], false), "{alert}");
                seen.insert(name);
            }
        }
        if tick % 10 == 0 {
            let query = [("query", "id > 0"), ("fields", "CustomFields"), ("per_page", "100")];
            let tickets = get(&company, "rt", &address("/REST/2.0/tickets", &query)).await.json();
            for ticket in tickets["items"].as_array().expect("tickets") {
                let service = &ticket["CustomFields"][0]["values"][0];
                assert!(taken("rt", &serde_json::json!({ "service": service }), true), "{ticket}");
            }
        }
    }
    assert_eq!(seen.len(), 11, "{seen:?}");
}

/// The ordinary adapters, made from the company's own configuration.
struct Adapters {
    config: config::Config,
    sources: BTreeMap<String, Box<dyn Source>>,
}

impl Adapters {
    fn of(company: &Demo) -> Self {
        let config = config::load_texts(&company.config_texts(), Path::new("."));
        let config = config.unwrap_or_else(|found| panic!("{found}"));
        let built = |settings: &sources::settings::Settings| {
            (settings.name.as_str().to_owned(), kind::build(settings, clock).expect("an adapter"))
        };
        Self { sources: config.sources.iter().map(built).collect(), config }
    }

    async fn state(&self, source: &str) -> StateReport {
        self.sources[source].state(clock()).await.unwrap_or_else(|error| panic!("{source}: {error}"))
    }
}

#[tokio::test]
async fn the_ordinary_adapters_read_the_company_without_a_remark() {
    let company = company(Options::default()).await;
    let adapters = Adapters::of(&company);
    for second in [0.0, 60.0, 330.0, 560.0] {
        SECOND.set(second);
        for source in adapters.sources.keys() {
            let report = adapters.state(source).await;
            assert!(report.missing_heartbeats.is_empty(), "{source}: {:?}", report.missing_heartbeats);
            assert!(report.unknown_words.is_empty() && report.notes.is_empty(), "{source}: {report:?}");
        }
    }
    SECOND.set(60.0);
    let logistics = adapters.state("am").await;
    let handling: Vec<_> = logistics.signals.iter().map(|signal| (signal.severity, signal.handling)).collect();
    assert_eq!(handling, [(Severity::Major, Handling::Acknowledged)]);
    assert!(logistics.signals[0].handled_by.as_ref().is_some_and(|by| by.contains("RT-57")));
    let tickets = adapters.state("rt").await.tickets;
    let open: Vec<_> = tickets.iter().filter(|ticket| ticket.open).map(|ticket| &*ticket.id).collect();
    assert_eq!(open, ["42", "49", "51", "55", "57"]);
    let clocked = |ticket: &Ticket| {
        let clocks = &adapters.config.map.clocks;
        clocks.iter().filter(|clock| clock.filter.iter().all(|test| test.holds(&ticket.labels))).count()
    };
    assert!(tickets.iter().all(|ticket| clocked(ticket) == 1), "each ticket has its clock");
}

#[tokio::test]
async fn the_ordinary_adapters_see_what_is_lost() {
    let company = company(Options::default()).await;
    let adapters = Adapters::of(&company);
    SECOND.set(150.0);
    assert!(adapters.sources["prom-edge"].state(clock()).await.is_err());
    SECOND.set(400.0);
    assert_eq!(adapters.state("am").await.missing_heartbeats.len(), 1);
    assert!(adapters.state("prom-edge").await.missing_heartbeats.is_empty());
}

#[tokio::test]
async fn the_ordinary_adapters_have_figures_for_the_map() {
    let company = company(Options::default()).await;
    let adapters = Adapters::of(&company);
    let map = Arc::new(adapters.config.map.clone());
    SECOND.set(120.0);
    for (source, checks, measured, objectives) in [("prom", 0, 1, 5), ("prom-edge", 1, 0, 0)] {
        SECOND.set(if source == "prom" { 120.0 } else { 310.0 });
        let plan = Plan::of(&map, &source.into());
        let report = adapters.sources[source].figures(&plan, clock()).await.expect("figures");
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        let found = (report.checks.len(), report.measured.len(), report.objectives.len());
        assert_eq!(found, (checks, measured, objectives), "{source}");
        if let Some(sample) = report.measured.values().next() {
            assert!(sample.actual * Decimal::TEN < sample.expected, "{sample:?}");
        }
    }
}

/// Polls the company as the console does and shows the engine's world.
struct Console {
    adapters: Adapters,
    live: Live,
}

impl Console {
    fn of(company: &Demo) -> Self {
        let adapters = Adapters::of(company);
        let live = Live::new(Arc::new(adapters.config.map.clone()), clock());
        Self { adapters, live }
    }

    /// Asks every source at a second of the story, then evaluates.
    async fn world(&mut self, second: f64) -> World {
        SECOND.set(second);
        let map = Arc::new(self.adapters.config.map.clone());
        for (name, source) in &self.adapters.sources {
            let name = SourceName::from(name.as_str());
            let told = |observation| Update { source: name.clone(), at: clock(), observation };
            self.live.take(told(match source.state(clock()).await {
                Ok(report) => Observation::State(report),
                Err(error) => Observation::Failed(error.to_string()),
            }));
            // The shop's objectives would take their time; its orders are asked for on their own.
            let mut plan = Plan::of(&map, &name);
            plan.objectives.clear();
            if let Ok(report) = source.figures(&plan, clock()).await {
                self.live.take(told(Observation::Figures(report)));
            }
        }
        self.live.world(clock())
    }
}

#[tokio::test]
async fn the_console_shows_every_part_of_the_story() {
    let company = company(Options::default()).await;
    let mut console = Console::of(&company);
    let map = Arc::new(console.adapters.config.map.clone());
    let index = |id: &str| map.index_of(id).expect(id);
    let severity = |world: &World, id: &str| world.nodes[index(id)].interval.shown().word();
    let freshness = |world: &World, name: &str| {
        world.sources.iter().find(|source| source.name.as_str() == name).map(|source| source.freshness)
    };

    let world = console.world(0.0).await;
    let node = |id: &str| &world.nodes[index(id)];
    assert_eq!(severity(&world, "dispatch"), "major");
    assert!(node("dispatch").handled && !node("dispatch").planned);
    assert_eq!(node("dispatch").since, Some(start_of_the_story() - TimeDelta::minutes(124)));
    assert_eq!(severity(&world, "payments"), "ok");
    assert_eq!(node("payments").absorbed.len(), 1);
    assert_eq!(severity(&world, "customer-search"), "warning");
    assert_eq!(severity(&world, "invoicing"), "major");
    assert!(node("invoicing").planned);
    assert_eq!(severity(&world, "checkout"), "ok");
    assert!(world.unmapped().next().is_none());

    console.world(60.0).await;
    console.world(85.0).await;
    let world = console.world(120.0).await;
    assert_eq!(severity(&world, "checkout"), "critical");
    let money = world.nodes[index("checkout")].money.as_ref().expect("a valued process");
    assert!(money.rate.low > Decimal::from(30_000), "{:?}", money.rate);
    let first = world.causes.first().expect("a cause");
    assert_eq!((first.node, first.tickets.first().map(|id| &**id)), (Some(index("pay-db")), Some("rt:42")));
    for second in [150.0, 200.0] {
        assert_ne!(freshness(&console.world(second).await, "prom-edge"), Some(Freshness::Lost), "{second}");
    }
    let world = console.world(210.0).await;
    assert_eq!(freshness(&world, "prom-edge"), Some(Freshness::Lost));
    assert_eq!(severity(&world, "returns"), "unknown");
    let world = console.world(310.0).await;
    assert_eq!(freshness(&world, "prom-edge"), Some(Freshness::Fresh));
    assert_eq!(severity(&world, "returns"), "ok");

    let world = console.world(365.0).await;
    assert_eq!(freshness(&world, "am"), Some(Freshness::Lost));
    let world = console.world(545.0).await;
    assert_eq!(freshness(&world, "am"), Some(Freshness::Fresh));
    assert_eq!(severity(&world, "scanners"), "minor");
    assert_eq!(severity(&world, "checkout"), "ok");
    assert!(world.signals.iter().filter(|signal| signal.nodes.contains(&index("scanners"))).count() == 30);
}
