//! The engine through its public surface: facts in, world out, on maps written as an operator writes them.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use bsmtop::config;
use bsmtop::domain::facts::Facts;
use bsmtop::domain::map::Map;
use bsmtop::domain::observation::{Observation, StateReport, Update};
use bsmtop::domain::world::World;
use bsmtop::engine::live::Live;
use bsmtop::engine::{Model, evaluate};
use bsmtop::wire;
use rust_decimal::Decimal;
use serde_json::{Value, json};

#[path = "engine/ahead.rs"]
mod ahead;
#[path = "engine/causes.rs"]
mod causes;
#[path = "engine/counted.rs"]
mod counted;
#[path = "engine/figures.rs"]
mod figures;
#[path = "engine/live.rs"]
mod live;
#[path = "engine/lost.rs"]
mod lost;
#[path = "engine/remembered.rs"]
mod remembered;
#[path = "engine/strict.rs"]
mod strict;
#[path = "engine/together.rs"]
mod together;
#[path = "engine/told.rs"]
mod told;
#[path = "engine/turns.rs"]
mod turns;

const CONFIG: &str = r#"
tz = "Europe/Berlin"
[money]
currency = "EUR"
[[source]]
name = "prom"
type = "prometheus"
url = "http://127.0.0.1:9"
heartbeat = [{ alertname = "Watchdog" }]
[[source]]
name = "icinga"
type = "icinga2"
url = "https://127.0.0.1:9"
[[source]]
name = "rt"
type = "rt"
url = "http://127.0.0.1:9"
"#;

const SHOP: &str = r#"
[[process]]
id = "checkout"
needs = ["payments"]
tolerable = "4h"
[process.value]
per_hour = "42000 EUR"

[[process]]
id = "returns"
needs = ["scanner"]
[process.value]
per_hour = "900 EUR"

[[service]]
id = "payments"
needs = ["pay-db", { of = ["pay-api-1", "pay-api-2"], at_least = 1 }]

[[component]]
id = "pay-db"
match = [{ source = "prom", labels = { role = "db" } }]
tickets = [{ source = "rt", labels = { service = "db" } }]

[[component]]
id = "pay-api-1"
match = [{ source = "prom", labels = { pod = "1" } }]

[[component]]
id = "pay-api-2"
match = [{ source = "prom", labels = { pod = "2" } }]

[[component]]
id = "scanner"
match = [{ source = "icinga", labels = { host = "scan*" } }]

[[customer]]
id = "acme"
needs = ["checkout"]
"#;

fn map_of(text: &str) -> Arc<Map> {
    let files = [("config.toml".to_owned(), CONFIG.to_owned()), ("map/shop.toml".to_owned(), text.to_owned())];
    match config::load_texts(&files, Path::new(".")) {
        Ok(config) => Arc::new(config.map),
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

fn facts_of(map: &Map, mut facts: Value) -> Facts {
    facts["at"] = json!("2026-11-24T10:00:00Z");
    wire::facts::from_value(facts, map).expect("facts in the shape of the wire")
}

fn world_of(text: &str, facts: Value) -> Value {
    let map = map_of(text);
    let facts = facts_of(&map, facts);
    wire::world::to_json(&evaluate(&Model::of(map), facts))
}

fn signal(id: &str, labels: &Value, severity: &str, handling: &str) -> Value {
    json!({ "source": "prom", "id": id, "labels": labels, "severity": severity, "handling": handling, "since": "2026-11-24T09:41:00Z" })
}

fn scanner_works() -> Value {
    json!({ "source": "icinga", "id": "scan1", "labels": { "host": "scan1" }, "severity": "ok" })
}

#[test]
fn redundancy_absorbs_one_failure_and_says_how_much_is_left() {
    let signals = json!([signal("a", &json!({ "pod": "1" }), "critical", "none"), scanner_works()]);
    let world = world_of(SHOP, json!({ "signals": signals }));
    assert_eq!(world["nodes"]["payments"]["severity"], "ok");
    let absorbed = json!([{ "id": "pay-api-1", "why": "redundancy", "up": 1, "of": 2, "left": 0 }]);
    assert_eq!(world["nodes"]["payments"]["absorbed"], absorbed);
    assert_eq!(world["nodes"]["checkout"]["one_failure_away"], true);
    assert_eq!(world["nodes"]["checkout"]["margin"], json!(["pay-db", "pay-api-2"]));
    assert_eq!(world["nodes"]["checkout"]["single_points"], json!(["pay-db"]));
    assert_eq!(world["causes"], json!([]));
}

#[test]
fn where_both_are_needed_neither_cause_alone_returns_anything() {
    let both = SHOP.replace("at_least = 1", "at_least = 2");
    let signals = json!([
        signal("a", &json!({ "pod": "1" }), "critical", "none"),
        signal("b", &json!({ "pod": "2" }), "critical", "none"),
        scanner_works(),
    ]);
    let world = world_of(&both, json!({ "signals": signals }));
    assert_eq!(world["cost_per_hour"]["low"], "42000");
    let causes = world["causes"].as_array().expect("a list");
    assert_eq!(causes.len(), 2);
    for (cause, other) in causes.iter().zip(["prom:b", "prom:a"]) {
        assert_eq!(cause["share_per_hour"], "21000");
        assert_eq!(cause["fix_value_per_hour"], "0");
        assert_eq!(cause["together_with"], json!([other]));
        assert_eq!(cause["together_value_per_hour"], "42000");
    }
    // Where one of two is enough, repairing either returns all.
    let world = world_of(SHOP, json!({ "signals": signals }));
    for cause in world["causes"].as_array().expect("a list") {
        assert_eq!((&cause["share_per_hour"], &cause["fix_value_per_hour"]), (&json!("21000"), &json!("42000")));
        assert_eq!(cause["together_with"], json!([]));
    }
}

#[test]
fn maintenance_of_one_and_failure_of_the_other_is_neither_planned_nor_handled() {
    let signals = json!([
        signal("a", &json!({ "pod": "1" }), "critical", "maintenance"),
        signal("b", &json!({ "pod": "2" }), "critical", "none"),
        scanner_works(),
    ]);
    let world = world_of(SHOP, json!({ "signals": signals }));
    let payments = &world["nodes"]["payments"];
    assert_eq!(
        (&payments["severity"], &payments["planned"], &payments["handled"]),
        (&json!("critical"), &json!(false), &json!(false))
    );
    let both = json!([
        signal("a", &json!({ "pod": "1" }), "critical", "maintenance"),
        signal("b", &json!({ "pod": "2" }), "critical", "acknowledged"),
        scanner_works(),
    ]);
    let world = world_of(SHOP, json!({ "signals": both }));
    assert_eq!(
        (&world["nodes"]["payments"]["planned"], &world["nodes"]["payments"]["handled"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn declared_maintenance_covers_what_only_its_nodes_need() {
    let declared = format!(
        "{SHOP}\n[[maintenance]]\nnodes = [\"payments\"]\nstart = 2026-11-24T10:00:00\ntz = \"Europe/Berlin\"\nduration = \"2h\"\n"
    );
    let signals = json!([signal("db", &json!({ "role": "db" }), "critical", "none"), scanner_works()]);
    let world = world_of(&declared, json!({ "signals": signals }));
    assert_eq!(world["nodes"]["checkout"]["planned"], true);
    assert_eq!(world["causes"][0]["handling"], "maintenance");
}

#[test]
fn a_lost_source_and_an_absent_check_are_unknown_and_never_green() {
    let world = world_of(SHOP, json!({ "sources": { "prom": { "freshness": "lost" } } }));
    assert_eq!(world["nodes"]["checkout"]["severity"], "unknown");
    assert_eq!(
        world["nodes"]["checkout"]["causes"],
        json!(["source:prom"]),
        "one cause for all that only it makes unknown"
    );
    assert_eq!(world["nodes"]["returns"]["severity"], "unknown", "its check is not reported");
    assert_eq!(world["nodes"]["returns"]["causes"], json!(["node:scanner"]));
    assert_eq!((&world["cost_per_hour"]["low"], &world["cost_per_hour"]["high"]), (&json!("0"), &json!("42900")));
    assert_eq!(world["unknown"], 2);
    assert_eq!(world["worst"], "ok");
}

#[test]
fn what_a_lost_source_said_last_stands_where_it_is_bad() {
    let signals = json!([signal("db", &json!({ "role": "db" }), "major", "none"), scanner_works()]);
    let world = world_of(SHOP, json!({ "sources": { "prom": { "freshness": "lost" } }, "signals": signals }));
    let node = &world["nodes"]["checkout"];
    assert_eq!(
        (&node["severity"], &node["low"], &node["high"], &node["known"]),
        (&json!("major"), &json!("major"), &json!("critical"), &json!(false))
    );
}

#[test]
fn money_counts_from_the_beginning_of_the_problem_and_stops_at_what_is_not_covered() {
    let signals = json!([signal("db", &json!({ "role": "db" }), "critical", "none"), scanner_works()]);
    let world = world_of(SHOP, json!({ "signals": signals }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!(checkout["since"], "2026-11-24T09:41:00Z");
    assert_eq!(checkout["cost"]["incident"], json!({ "low": "13300", "high": "13300", "coverage": "1" }));
    assert_eq!(checkout["tolerable_left_s"], 13_260);
    // The engine was down from half past nine until it saw the problem at 09:50: it counts from its own beginning.
    let covered =
        json!([["2026-11-01T00:00:00Z", "2026-11-24T09:30:00Z"], ["2026-11-24T09:50:00Z", "2026-11-24T10:00:00Z"]]);
    let world = world_of(SHOP, json!({ "signals": signals, "covered": covered }));
    assert_eq!(world["nodes"]["checkout"]["cost"]["today"]["low"], "13300");
    assert_ne!(world["nodes"]["checkout"]["cost"]["today"]["coverage"], "1");
}

#[test]
fn tickets_and_changes_stand_beside_the_cause_of_their_node() {
    let facts = json!({
        "signals": [signal("db", &json!({ "role": "db" }), "critical", "none"), scanner_works()],
        "tickets": [{ "source": "rt", "id": "42", "labels": { "service": "db" }, "status": "open", "created": "2026-11-24T09:45:00Z" }],
        "changes": [{ "source": "rt", "id": "CHG-1", "nodes": ["pay-db"], "start": "2026-11-24T08:00:00Z", "end": "2026-11-24T09:00:00Z" },
                    // A downtime has the labels of what it is about.
                    { "source": "prom", "id": "D-1", "labels": { "role": "db" }, "start": "2026-11-24T09:30:00Z", "end": "2026-11-24T11:00:00Z" },
                    { "source": "prom", "id": "D-2", "labels": { "pod": "1" }, "start": "2026-11-24T09:30:00Z", "end": "2026-11-24T11:00:00Z" }],
    });
    let world = world_of(SHOP, facts);
    assert_eq!(world["causes"][0]["tickets"], json!(["rt:42"]));
    assert_eq!(world["causes"][0]["recent_changes"], json!(["rt:CHG-1", "prom:D-1"]));
}

#[test]
fn a_measured_shortfall_that_the_map_does_not_explain_is_a_cause() {
    let measured = SHOP.replace("[process.value]\nper_hour = \"42000 EUR\"", "[process.value]\nper_hour = \"42000 EUR\"\n[process.measured]\nsource = \"prom\"\nactual = \"a\"\nexpected = \"e\"\nper = \"minute\"\nunit_value = \"61.40 EUR\"\ntolerance = \"10%\"\n");
    let facts = json!({ "signals": [scanner_works()], "measured": { "checkout": { "actual": "4.9", "expected": "11.4", "at": "2026-11-24T09:59:50Z" } } });
    let world = world_of(&measured, facts);
    let checkout = &world["nodes"]["checkout"];
    assert_eq!((&checkout["severity"], &checkout["causes"]), (&json!("ok"), &json!(["unexplained:checkout"])));
    assert_eq!(checkout["cost_per_hour"], json!({ "low": "23946", "high": "23946", "method": "measured" }));
    assert_eq!(world["causes"][0]["share_per_hour"], "23946");
}

#[test]
fn an_assumption_stands_over_what_is_observed() {
    let signals = json!([signal("db", &json!({ "role": "db" }), "critical", "none"), scanner_works()]);
    let world = world_of(SHOP, json!({ "signals": signals, "assume": { "pay-db": "ok", "payments": "minor" } }));
    assert_eq!(world["nodes"]["pay-db"]["severity"], "ok");
    assert_eq!(world["nodes"]["checkout"]["severity"], "minor");
    assert_eq!(world["nodes"]["checkout"]["causes"], json!(["node:payments"]));
}

#[test]
fn facts_are_read_strictly() {
    let map = map_of(SHOP);
    let read = |facts: Value| wire::facts::from_value(facts, &map).expect_err("wrong facts").to_string();
    assert!(read(json!({ "at": "2026-11-24T10:00:00Z", "signal": [] })).contains("unknown field `signal`"));
    assert!(read(json!({ "at": "2026-11-24T10:00:00Z", "assume": { "pay-db": "bad" } })).contains("severities are ok"));
    assert!(read(json!({ "at": "2026-11-24T10:00:00Z", "history": [{ "node": "pay-d", "at": "2026-11-24T09:00:00Z", "severity": null }] })).contains("did you mean \"pay-db\""));
    assert!(
        read(json!({ "at": "2026-11-24T10:00:00Z", "signals": [{ "source": "prom", "labels": {} }] }))
            .contains("number 1 has no severity")
    );
}

/// Names that nobody has would be taken for silence, and two things of one name could not be told apart.
#[test]
fn facts_name_what_there_is_and_each_thing_once() {
    let map = map_of(SHOP);
    let read = |facts: Value| wire::facts::from_value(facts, &map).expect_err("wrong facts").to_string();
    let at = "2026-11-24T10:00:00Z";
    let said = read(json!({ "at": at, "signals": [{ "source": "pro", "labels": {}, "severity": "ok" }] }));
    assert_eq!(said, "signals: the map has no source \"pro\"; did you mean \"prom\"?");
    assert!(read(json!({ "at": at, "sources": { "icing": { "freshness": "lost" } } })).contains("no source \"icing\""));
    let twice = signal("a", &json!({ "pod": "1" }), "critical", "none");
    let said = read(json!({ "at": at, "signals": [twice, twice] }));
    assert_eq!(said, "signals: \"prom:a\" comes twice; an id is one thing of its source");
}

/// A problem of which nobody says since when is there since it was looked at.
#[test]
fn a_problem_without_a_beginning_is_an_incident_all_the_same() {
    let mut signal = signal("a", &json!({ "role": "db" }), "critical", "none");
    signal["since"] = Value::Null;
    let world = world_of(SHOP, json!({ "signals": [signal, scanner_works()] }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!(checkout["cost"]["incident"], json!({ "low": "0", "high": "0", "coverage": "1" }));
    assert_eq!(checkout["since"], "2026-11-24T10:00:00Z");
}

/// The running engine, fed what the facts hold, says what the evaluation of one instant says.
#[test]
fn live_equals_eval() {
    let map = map_of(SHOP);
    for (one, two, db) in [
        ("critical", "ok", "ok"),
        ("critical", "critical", "ok"),
        ("ok", "ok", "major"),
        ("critical", "warning", "minor"),
    ] {
        let signals = json!([
            signal("a", &json!({ "pod": "1" }), one, "acknowledged"),
            signal("b", &json!({ "pod": "2" }), two, "none"),
            signal("c", &json!({ "role": "db" }), db, "none"),
            scanner_works(),
        ]);
        let facts = facts_of(&map, json!({ "signals": signals }));
        let mut live = Live::new(map.clone(), facts.at);
        for source in &map.sources {
            let mine = facts.signals.iter().filter(|signal| signal.source == source.name).cloned().collect();
            let report = StateReport { signals: mine, ..StateReport::default() };
            live.take(Update { source: source.name.clone(), at: facts.at, observation: Observation::State(report) });
        }
        let at = facts.at;
        let (live, eval) = (live.world(at), evaluate(&Model::of(map.clone()), facts));
        let answers = |world: &World| {
            let json = wire::world::to_json(world);
            let nodes = json["nodes"].as_object().expect("nodes").iter().map(|(id, node)| {
                let pick =
                    ["severity", "low", "high", "handled", "planned", "causes", "absorbed", "margin", "cost_per_hour"];
                (id.clone(), pick.map(|key| node[key].clone()))
            });
            (nodes.collect::<Vec<_>>(), json["causes"].clone(), json["cost_per_hour"].clone())
        };
        assert_eq!(answers(&live), answers(&eval));
    }
}

/// Shares add up to the cost rate to the last digit, whatever does not divide.
#[test]
fn shares_add_up() {
    let mut text = String::new();
    for number in 0..7 {
        let _ = write!(
            text,
            "[[component]]\nid = \"c{number}\"\nmatch = [{{ source = \"prom\", labels = {{ pod = \"{number}\" }} }}]\n"
        );
    }
    for (id, needs, value) in [
        ("p1", "[\"c0\", \"c1\", \"c2\"]", "100"),
        ("p2", "[\"c1\", \"c2\", \"c3\", \"c4\", \"c5\", \"c6\", \"c0\"]", "0.01"),
        ("p3", "[\"c6\"]", "7.77"),
    ] {
        let _ =
            write!(text, "[[process]]\nid = \"{id}\"\nneeds = {needs}\n[process.value]\nper_hour = \"{value} EUR\"\n");
    }
    let signals: Vec<Value> =
        (0..7).map(|pod| signal(&format!("s{pod}"), &json!({ "pod": pod.to_string() }), "critical", "none")).collect();
    let world = world_of(&text, json!({ "signals": signals }));
    let sum: Decimal = world["causes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|cause| cause["share_per_hour"].as_str().expect("text").parse::<Decimal>().expect("a decimal"))
        .sum();
    assert_eq!(sum, "107.78".parse().expect("a decimal"));
}
