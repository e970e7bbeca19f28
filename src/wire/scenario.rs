//! Scenario files: facts in TOML, and what is expected of the world that follows.

use rust_decimal::Decimal;
use serde_json::{Map as JsonMap, Value};

/// One scenario of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Scenario {
    /// What it shows.
    pub name: String,
    /// Facts, in the shape of [`super::facts`].
    pub facts: Value,
    /// A part of a world, in the shape of [`super::world`].
    pub expect: Value,
}

/// Why a scenario file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// It is no TOML.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// A scenario lacks something, or a key at the top is none.
    #[error("{0}")]
    Shape(String),
}

/// Something that was expected and is otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Where in the world.
    pub path: String,
    /// What was expected.
    pub expected: String,
    /// What is there.
    pub got: String,
}

/// Reads a scenario file.
pub fn read(text: &str) -> Result<Vec<Scenario>, ScenarioError> {
    let mut table: toml::Table = toml::from_str(text)?;
    let list = table.remove("scenario");
    if let Some(key) = table.keys().next() {
        return Err(ScenarioError::Shape(format!(
            "{key:?} is no key of a scenario file; it holds [[scenario]] tables only"
        )));
    }
    let Some(toml::Value::Array(list)) = list else {
        return Err(ScenarioError::Shape("no [[scenario]] in the file".to_owned()));
    };
    list.into_iter().enumerate().map(|(number, value)| scenario(number, value)).collect()
}

fn scenario(number: usize, value: toml::Value) -> Result<Scenario, ScenarioError> {
    let lacks = |what: &str| ScenarioError::Shape(format!("scenario {}: {what}", number + 1));
    let Value::Object(mut facts) = to_json(value) else { return Err(lacks("is no table")) };
    let Some(Value::String(name)) = facts.remove("name") else { return Err(lacks("has no name")) };
    let Some(Value::Object(expect)) = facts.remove("expect") else {
        return Err(lacks("expects nothing: `expect = { checkout = \"ok\" }`"));
    };
    Ok(Scenario { name, facts: Value::Object(facts), expect: Value::Object(spelled_out(expect)) })
}

/// `checkout = "ok"` is short for `nodes.checkout.severity = "ok"`; all else is a part of the world.
fn spelled_out(expect: JsonMap<String, Value>) -> JsonMap<String, Value> {
    let (mut whole, mut nodes) = (JsonMap::new(), JsonMap::new());
    for (key, value) in expect {
        match value {
            Value::String(word) if key != "worst" && key != "at" => {
                nodes.insert(key, serde_json::json!({ "severity": word }));
            }
            Value::Object(table) if key == "nodes" => nodes.extend(table),
            value => {
                whole.insert(key, value);
            }
        }
    }
    if !nodes.is_empty() {
        whole.insert("nodes".to_owned(), Value::Object(nodes));
    }
    whole
}

fn to_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(when) => Value::String(when.to_string()),
        toml::Value::Array(list) => Value::Array(list.into_iter().map(to_json).collect()),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(key, value)| (key, to_json(value))).collect())
        }
    }
}

/// Where a world is not as expected. Tables are compared key by key, in lists too, and what is not expected may be anything;
/// numbers are compared as numbers, whether they stand as text or not; `"null"` expects what TOML cannot say.
pub fn differences(expect: &Value, world: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", expect, world, &mut found);
    found
}

fn compare(path: &str, expect: &Value, got: &Value, found: &mut Vec<Difference>) {
    if let Value::Object(table) = expect {
        for (key, value) in table {
            let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match got.get(key) {
                Some(got) => compare(&inner, value, got, found),
                None => found.push(Difference {
                    path: inner,
                    expected: shown(value),
                    got: "nothing: no such part".to_owned(),
                }),
            }
        }
    } else if let (Value::Array(wanted), Value::Array(list)) = (expect, got)
        && wanted.len() == list.len()
    {
        for (number, (value, got)) in wanted.iter().zip(list).enumerate() {
            compare(&format!("{path}[{number}]"), value, got, found);
        }
    } else if !equal(expect, got) {
        found.push(Difference { path: path.to_owned(), expected: shown(expect), got: shown(got) });
    }
}

fn equal(expect: &Value, got: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<Decimal>().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    };
    let is_nothing = got.is_null() && expect == "null";
    expect == got || is_nothing || matches!((number(expect), number(got)), (Some(left), Some(right)) if left == right)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_stands_for_severities_of_nodes() {
        let text =
            "[[scenario]]\nname = \"x\"\nat = 2026-11-24T10:00:00Z\nexpect = { a = \"ok\", worst = \"major\" }\n";
        let scenarios = read(text).expect("a scenario file");
        assert_eq!(
            scenarios[0].expect,
            serde_json::json!({ "nodes": { "a": { "severity": "ok" } }, "worst": "major" })
        );
        assert_eq!(scenarios[0].facts, serde_json::json!({ "at": "2026-11-24T10:00:00Z" }));
    }

    #[test]
    fn differences_name_the_place_and_both_values() {
        let world = serde_json::json!({ "nodes": { "a": { "severity": "critical", "cost": "1.50" } } });
        let expect =
            serde_json::json!({ "nodes": { "a": { "severity": "ok", "cost": 1.5 }, "b": { "severity": "ok" } } });
        let found = differences(&expect, &world);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].path.as_str(), found[0].got.as_str()), ("nodes.a.severity", "critical"));
        assert_eq!(found[1].path, "nodes.b");
    }
}
