//! Numbers from the tests and documents of other tools, run through the engine.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bsmtop::engine::{Model, evaluate};
use bsmtop::{config, wire};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;

/// How many cases there are: one that gets lost is noticed.
const CASES: usize = 264;

fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).expect("the cases stand beside this test");
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a readable folder").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn world_of(folder: &Path) -> Value {
    let config = config::load(folder).unwrap_or_else(|diagnostics| panic!("{}: {diagnostics}", folder.display()));
    let map = Arc::new(config.map);
    let facts = fs::read_to_string(folder.join("facts.json")).expect("facts stand in every folder");
    let facts = wire::facts::read(&facts, &map).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut world = wire::world::to_json(&evaluate(&Model::of(map), facts));
    let clocks = world["clocks"].take();
    let named = clocks.as_array().expect("clocks are a list").iter().map(|clock| {
        let text = |key: &str| clock[key].as_str().expect("a clock has a ticket and a goal").to_owned();
        (format!("{}/{}", text("ticket"), text("goal")), clock.clone())
    });
    world["clocks"] = Value::Object(named.collect());
    world
}

fn at<'a>(world: &'a Value, path: &Value) -> &'a Value {
    let keys = path.as_array().expect("a path is a list");
    keys.iter().fold(world, |value, key| &value[key.as_str().expect("a key is text")])
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

fn holds(check: &Value, world: &Value) -> bool {
    if let Some(paths) = check["sum"].as_array() {
        return paths.iter().filter_map(|path| number(at(world, path))).sum::<Decimal>()
            == number(&check["is"]).expect("a sum is a number");
    }
    let got = at(world, &check["path"]);
    if let Some(wanted) = check["set"].as_array() {
        let mut got = got.as_array().cloned().unwrap_or_default();
        got.sort_by_key(ToString::to_string);
        let mut wanted = wanted.clone();
        wanted.sort_by_key(ToString::to_string);
        return got == wanted;
    }
    if let Some(wanted) = check["instant"].as_str() {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().ok();
        return got.as_str().and_then(instant) == instant(wanted);
    }
    match (number(&check["near"]), number(&check["within"])) {
        (Some(near), Some(within)) => number(got).is_some_and(|got| (got - near).abs() <= within),
        _ => *got == check["is"],
    }
}

#[test]
fn every_number_holds() {
    let (mut cases, mut failures) = (0, Vec::new());
    for file in folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")) {
        for folder in folders(&file) {
            let world = world_of(&folder);
            let expected =
                fs::read_to_string(folder.join("expected.json")).expect("expectations stand in every folder");
            let expected: Vec<Value> = serde_json::from_str(&expected).expect("expectations are a list");
            for case in &expected {
                cases += 1;
                let checks = case["checks"].as_array().expect("every case has checks");
                for check in checks.iter().filter(|check| !holds(check, &world)) {
                    let place = folder.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&folder).display();
                    failures.push(format!("{place} {}: {check}, got {}", case["id"], at(&world, &check["path"])));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} checks do not hold:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(cases, CASES);
}
