//! What counts and what does not: in sums, in accruals, among causes, towards the next failure.

use serde_json::{Value, json};

use crate::world_of;

const PAIR: &str = r#"
[[process]]
id = "whole"
needs = ["part"]
includes = ["part"]
value = { per_hour = "10 EUR" }
[[process]]
id = "part"
needs = ["db"]
value = { per_hour = "1 EUR" }
[[component]]
id = "db"
match = [{ source = "prom", labels = { pod = "db" } }]
"#;

fn fails(pod: &str, since: &str) -> Value {
    json!({ "source": "prom", "labels": { "pod": pod }, "severity": "critical", "since": since })
}

#[test]
fn a_value_that_includes_another_is_lost_once() {
    let world = world_of(PAIR, json!({ "signals": [fails("db", "2026-11-24T09:00:00Z")] }));
    assert_eq!(world["cost_per_hour"]["low"], "10");
    assert_eq!(world["nodes"]["whole"]["cost_per_hour"]["low"], "9");
    assert_eq!(world["causes"][0]["share_per_hour"], "10");
    assert_eq!(world["causes"][0]["fix_value_per_hour"], "10");
    assert_eq!(world["cost"]["today"]["low"], "10");
}

const MEASURED: &str = r#"
[[process]]
id = "shop"
needs = ["db"]
value = { per_hour = "1000 EUR" }
[process.measured]
source = "prom"
actual = "a"
expected = "e"
per = "hour"
unit_value = "5 EUR"
tolerance = "0%"
[[component]]
id = "db"
match = [{ source = "prom", labels = { pod = "db" } }]
"#;

#[test]
fn while_a_sample_is_believed_it_is_what_was_lost() {
    // 100 of 200 at 5 EUR an hour; it is believed for two intervals.
    let sample = json!({ "shop": { "actual": "100", "expected": "200", "at": "2026-11-24T09:59:40Z" } });
    let world = world_of(MEASURED, json!({ "measured": sample, "signals": [fails("db", "2026-11-24T08:59:40Z")] }));
    let shop = &world["nodes"]["shop"];
    assert_eq!((&shop["cost_per_hour"]["low"], &shop["cost_per_hour"]["method"]), (&json!("500"), &json!("measured")));
    // An hour by the model, and twenty seconds as measured.
    let cost: f64 = shop["cost"]["incident"]["low"].as_str().expect("a decimal").parse().expect("a number");
    assert!((cost - (1000.0 + 500.0 / 180.0)).abs() < 0.01, "{cost}");
}

#[test]
fn a_sample_of_the_future_is_not_known_yet() {
    let sample = json!({ "shop": { "actual": "0", "expected": "200", "at": "2026-11-24T10:00:10Z" } });
    let world = world_of(MEASURED, json!({ "measured": sample }));
    assert_eq!(world["nodes"]["shop"]["cost_per_hour"]["method"], "model");
    assert_eq!(world["cost_per_hour"]["low"], "0");
}

#[test]
fn a_child_that_is_capped_is_no_failure_that_counts() {
    let map = r#"
[[service]]
id = "pool"
needs = [{ id = "a", cap = "minor" }, "b", "c"]
rule = { at_least = 2, down = "major" }
[[component]]
id = "a"
match = [{ source = "prom", labels = { pod = "a" } }]
[[component]]
id = "b"
match = [{ source = "prom", labels = { pod = "b" } }]
[[component]]
id = "c"
match = [{ source = "prom", labels = { pod = "c" } }]
"#;
    let world = world_of(map, json!({ "signals": [fails("c", "2026-11-24T09:00:00Z")] }));
    let pool = &world["nodes"]["pool"];
    assert_eq!((&pool["absorbed"][0]["left"], &pool["margin"]), (&json!(0), &json!(["b"])));
}

#[test]
fn what_asks_for_more_than_there_is_is_its_own_cause() {
    let map = r#"
[[process]]
id = "shop"
needs = ["db"]
rule = { at_least = 2, warn = 1 }
value = { per_hour = "1000 EUR", loss = { warning = 0.1 } }
[[component]]
id = "db"
match = [{ source = "prom", labels = { pod = "db" } }]
"#;
    let world = world_of(map, json!({}));
    assert_eq!(world["nodes"]["shop"]["severity"], "warning");
    assert_eq!(
        (&world["causes"][0]["id"], &world["causes"][0]["share_per_hour"]),
        (&json!("node:shop"), &json!("100"))
    );
}

#[test]
fn a_ticket_resolved_later_is_open_until_then_and_a_tie_is_a_note_of_its_source() {
    let map = r#"
[[clock]]
source = "rt"
where = { priority = "P1" }
resolve = "4h"
[[clock]]
source = "rt"
where = { team = "web" }
resolve = "2h"
[[component]]
id = "db"
match = [{ source = "prom", labels = { pod = "db" } }]
"#;
    let ticket = |labels: Value| json!({ "source": "rt", "id": "1", "labels": labels, "created": "2026-11-24T08:00:00Z", "resolved": "2026-11-24T11:00:00Z" });
    let world = world_of(map, json!({ "tickets": [ticket(json!({ "priority": "P1" }))] }));
    let clock = &world["clocks"][0];
    assert_eq!((&clock["elapsed_s"], &clock["due"]), (&json!(7200), &json!("2026-11-24T12:00:00Z")));
    let world = world_of(map, json!({ "tickets": [ticket(json!({ "priority": "P1", "team": "web" }))] }));
    assert_eq!(world["clocks"], json!([]));
    let notes = world["sources"]["rt"]["notes"].to_string();
    assert!(notes.contains("2 clocks match it equally well"), "{notes}");
}

#[test]
fn the_systems_own_clock_is_breached_when_nothing_remains_and_not_due_once_done() {
    let map = "[[component]]\nid = \"db\"\nmatch = [{ source = \"prom\", labels = { pod = \"db\" } }]\n";
    let ticket = |resolved: Value| {
        json!({ "source": "rt", "id": "1", "created": "2026-11-24T08:00:00Z", "resolved": resolved,
                "native": { "resolve": { "elapsed_s": 7210, "remaining_s": -10 } } })
    };
    let world = world_of(map, json!({ "tickets": [ticket(Value::Null)] }));
    assert_eq!(world["clocks"][0]["breached"], true);
    let world = world_of(map, json!({ "tickets": [ticket(json!("2026-11-24T09:00:00Z"))] }));
    assert_eq!(world["clocks"][0]["due"], Value::Null);
}

/// A loss may begin below warning: the cost has causes all the same, though nothing is a problem.
#[test]
fn what_costs_below_warning_has_causes() {
    let map = r#"
[[process]]
id = "shop"
needs = ["db", "web", "cdn"]
value = { per_hour = "1000 EUR", loss = { info = 0.01, warning = 0.01 } }
[[process]]
id = "idle"
needs = ["spare"]
value = { per_hour = "10 EUR", loss = { ok = 0.1, unclassified = 0.1, info = 0.1, warning = 0.1 } }
[[component]]
id = "db"
match = [{ source = "prom", labels = { pod = "db" } }]
[[component]]
id = "web"
match = [{ source = "prom", labels = { pod = "web" } }]
[[component]]
id = "cdn"
match = [{ source = "prom", labels = { pod = "cdn" } }]
[[component]]
id = "spare"
match = [{ source = "prom", labels = { pod = "spare" } }]
"#;
    let says = |pod: &str, severity: &str| json!({ "source": "prom", "id": pod, "labels": { "pod": pod }, "severity": severity, "since": "2026-11-24T09:00:00Z" });
    let world =
        world_of(map, json!({ "signals": [says("db", "info"), says("web", "info"), says("cdn", "unclassified")] }));
    assert_eq!((&world["nodes"]["shop"]["severity"], &world["cost_per_hour"]["low"]), (&json!("info"), &json!("11")));
    let causes: Vec<(&str, &str, &str)> = world["causes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|cause| {
            ["id", "share_per_hour", "fix_value_per_hour"].map(|key| cause[key].as_str().expect("text")).into()
        })
        .collect();
    // What is lost while all is well, the map does not explain.
    assert_eq!(causes, [("prom:db", "5", "0"), ("prom:web", "5", "0"), ("unexplained:idle", "1", "1")]);
    assert_eq!(world["causes"][0]["together_with"], json!(["prom:web"]));
    assert_eq!(world["nodes"]["shop"]["causes"], json!([]), "it is no problem");
}

/// What begins in the future, by a clock that runs ahead, begins now, everywhere; and it is said.
#[test]
fn what_begins_in_the_future_begins_now() {
    let world = world_of(PAIR, json!({ "signals": [fails("db", "2026-11-24T10:05:00Z")] }));
    assert_eq!(world["causes"][0]["since"], "2026-11-24T10:00:00Z");
    assert_eq!(world["nodes"]["whole"]["since"], "2026-11-24T10:00:00Z");
    let notes = world["sources"]["prom"]["notes"].to_string();
    assert!(notes.contains("1 signals begin in the future"), "{notes}");
}
