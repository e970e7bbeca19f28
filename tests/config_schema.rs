//! The JSON Schema says what the loader accepts: every valid folder satisfies it, and keys that are refused fail it.

use std::path::Path;

use regex::Regex;
use serde_json::{Map, Value, json};

/// A file of TOML as JSON, dates as their text.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(datetime) => datetime.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, as_json(value))).collect(),
    }
}

/// What of a value a schema forbids, for the words that the schema uses; nothing if it is valid.
fn faults(value: &Value, schema: &Value, root: &Value) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        return faults(value, root.pointer(&name[1..]).expect("a reference to a definition"), root);
    }
    let mut found = Vec::new();
    if let Some(forms) = schema["anyOf"].as_array()
        && forms.iter().all(|form| !faults(value, form, root).is_empty())
    {
        found.push(format!("{value} has none of the forms"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{value} is none of {words:?}"));
    }
    if let Some(word) = schema["type"].as_str() {
        let fits = match word {
            "string" => value.is_string(),
            "integer" => value.is_i64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            _ => value.is_object(),
        };
        if !fits {
            return vec![format!("{value} is no {word}")];
        }
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        && !Regex::new(pattern).expect("a pattern").is_match(text)
    {
        found.push(format!("`{text}` does not match {pattern}"));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
        && number < least
    {
        found.push(format!("{number} is less than {least}"));
    }
    for item in value.as_array().into_iter().flatten() {
        found.extend(faults(item, &schema["items"], root));
    }
    if let Some(table) = value.as_object() {
        found.extend(table_faults(table, schema, root));
    }
    found
}

fn table_faults(table: &Map<String, Value>, schema: &Value, root: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in table {
        match schema["properties"].get(key) {
            Some(property) => found.extend(faults(value, property, root)),
            None if schema["additionalProperties"] == json!(false) => found.push(format!("unknown key {key}")),
            None => {
                found.extend(faults(value, &schema["additionalProperties"], root));
                found.extend(faults(&json!(key), &schema["propertyNames"], root));
            }
        }
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if !table.contains_key(name.as_str().unwrap_or_default()) {
            found.push(format!("{name} is missing"));
        }
    }
    for rule in schema["allOf"].as_array().into_iter().flatten() {
        if table_faults(table, &rule["if"], root).is_empty() {
            found.extend(table_faults(table, &rule["then"], root));
        }
    }
    found
}

/// What the schema forbids in a folder.
fn folder_faults(folder: &Path) -> Vec<String> {
    let schema = bsmtop::config::schema();
    let mut found = Vec::new();
    let files =
        std::fs::read_dir(folder.join("map")).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    for file in files.chain([folder.join("config.toml")]).filter(|path| path.exists()) {
        let kind = if file.ends_with("config.toml") { "config" } else { "map" };
        let text = std::fs::read_to_string(&file).expect("a text");
        let value = as_json(toml::Value::Table(text.parse().expect("a file of TOML")));
        found.extend(faults(&value, &schema["$defs"][kind], &schema));
    }
    found
}

fn fixtures(kind: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(kind)
}

#[test]
fn what_the_loader_accepts_satisfies_the_schema() {
    for entry in std::fs::read_dir(fixtures("valid")).expect("the folder of fixtures") {
        let folder = entry.expect("an entry").path();
        assert_eq!(folder_faults(&folder), Vec::<String>::new(), "{}", folder.display());
    }
}

#[test]
fn what_is_malformed_fails_the_schema() {
    let malformed = [
        "unknown-keys",
        "missing-keys",
        "malformed-ids",
        "literal-secrets",
        "severities",
        "durations",
        "rule-numbers",
        "checks",
        "own-keys-of-types",
    ];
    for name in malformed {
        assert_ne!(folder_faults(&fixtures("invalid").join(name)), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_key_has_a_sentence() {
    let schema = bsmtop::config::schema();
    let tables = schema["$defs"].as_object().expect("definitions");
    for (name, table) in tables {
        for (key, property) in table["properties"].as_object().expect("keys") {
            let sentence = property["description"].as_str().unwrap_or_default();
            assert!(sentence.ends_with('.'), "{name}.{key}: `{sentence}`");
        }
    }
}
