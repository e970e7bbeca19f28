//! The example company of the formats' description: its configuration, its facts, the world that follows from them and
//! its scenario. What the configuration leaves open is completed in `tests/configs/valid/example/map/rest.toml`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bsmtop::domain::facts::Facts;
use bsmtop::engine::{Model, evaluate};
use bsmtop::wire::scenario;
use bsmtop::{config, wire};
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn block(name: &str) -> String {
    std::fs::read_to_string(root().join("fixtures/design").join(name)).expect("a block of the description")
}

fn company() -> Model {
    let config = config::load(&root().join("configs/valid/example")).unwrap_or_else(|found| panic!("{found}"));
    Model::of(Arc::new(config.map))
}

fn world_of(model: &Model, facts: Facts) -> Value {
    wire::world::to_json(&evaluate(model, facts))
}

/// Where a world lacks what an example shows. `…`, and what is empty, stands for more.
fn lacks(path: &str, example: &Value, world: &Value, found: &mut Vec<String>) {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<Decimal>().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    };
    match example {
        Value::Object(table) => {
            for (key, value) in table {
                match world.get(key) {
                    Some(got) => lacks(&format!("{path}.{key}"), value, got, found),
                    None => found.push(format!("{path}.{key}: missing")),
                }
            }
        }
        Value::Array(list) if list.is_empty() && world.is_array() => {}
        // What is listed is among what there is.
        Value::Array(list) => {
            let fits = |value: &Value, got: &Value| {
                let mut other = Vec::new();
                lacks("", value, got, &mut other);
                other.is_empty()
            };
            let got = world.as_array().map_or(&[][..], Vec::as_slice);
            for value in list.iter().filter(|value| !got.iter().any(|got| fits(value, got))) {
                found.push(format!("{path}: {value} is not in {world}"));
            }
        }
        Value::String(text) if text == "…" => {
            if !world.is_string() {
                found.push(format!("{path}: a text was to be there, not {world}"));
            }
        }
        _ if example == world => {}
        _ if number(example).zip(number(world)).is_some_and(|(shown, got)| is_rounded(shown, got)) => {}
        _ => found.push(format!("{path}: {example} against {world}")),
    }
}

/// Figures of the example are rounded to two or three digits.
fn is_rounded(shown: Decimal, got: Decimal) -> bool {
    (shown - got).abs() <= got.abs() * Decimal::new(5, 3)
}

#[test]
fn the_facts_make_the_world_that_is_shown() {
    let model = company();
    let facts = wire::facts::read(&block("facts.json"), &model.map).expect("the facts of the description");
    let shown: Value = serde_json::from_str(&block("world.json")).expect("the world of the description");
    let world = world_of(&model, facts);
    let mut found = Vec::new();
    lacks("", &shown, &world, &mut found);
    // The one figure that the facts do not give: how old the last answer of a source is.
    assert_eq!(found, [".sources.prom.age_s: 3 against null"]);
    assert_eq!(world["objectives"]["checkout-availability"]["exhausted_in_s"], 147_859);
    assert_eq!(world["nodes"]["checkout"]["cost_per_hour"]["low"], "23946");
    assert_eq!(world["nodes"]["checkout"]["tolerable_left_s"], 13_260);
}

/// The scenario, completed by what it leaves open: both sources of checks have to report, or what rests on them is
/// unknown.
#[test]
fn the_scenario_holds() {
    let model = company();
    let scenarios = scenario::read(&block("scenario.toml")).expect("the scenario of the description");
    assert_eq!(scenarios.len(), 1);
    let run = |facts: &Value| {
        let facts = wire::facts::from_value(facts.clone(), &model.map).expect("facts in the shape of the wire");
        scenario::differences(&scenarios[0].expect, &world_of(&model, facts))
    };
    let mut facts = scenarios[0].facts.clone();
    let open: Vec<String> = run(&facts).into_iter().map(|it| format!("{} is {}", it.path, it.got)).collect();
    assert_eq!(open, ["nodes.checkout.severity is unknown", "nodes.payments.severity is unknown"]);
    let database = json!({ "source": "icinga", "labels": { "host": "db1", "service": "mysqld" }, "severity": "ok" });
    facts["signals"].as_array_mut().expect("signals").push(database);
    facts["checks"] = json!({ "edge": [{ "key": "edge-1:80", "value": 1 }] });
    assert_eq!(run(&facts), []);
}

/// The configuration and the map are those of the description, whole.
#[test]
fn the_company_is_as_described() {
    let model = company();
    let map = &model.map;
    let ids: Vec<&str> = map.named_nodes().map(|(_, node)| node.id.as_str()).collect();
    for id in ["checkout", "payments", "pay-db", "pay-api-1", "edge", "acme"] {
        assert!(ids.contains(&id), "{id}");
    }
    let parts = [map.objectives.len(), map.clocks.len(), map.calendars.len(), map.profiles.len(), map.spends.len()];
    assert_eq!((parts, map.maintenance.len()), ([1, 1, 1, 1, 1], 1));
}
