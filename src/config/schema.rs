//! The key tables as JSON Schema (draft 2020-12), so that editors complete and check as the program does.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::keys::{CONFIG_FILE, Key, Keys, Kind, MAP_FILE};
use super::scalar::Scalar;
use crate::domain::severity::Severity;

/// The schema of both kinds of file: `#/$defs/config` of config.toml, `#/$defs/map` of the files of `map/`.
pub fn schema() -> Value {
    let mut tables = BTreeMap::new();
    for file in [&CONFIG_FILE, &MAP_FILE] {
        define(file, &mut tables);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bsmtop",
        "description": "The configuration of bsmtop: config.toml and the files of map/.",
        "anyOf": [{ "$ref": "#/$defs/config" }, { "$ref": "#/$defs/map" }],
        "$defs": tables,
    })
}

/// Adds a table and all that it refers to.
fn define(keys: &'static Keys, tables: &mut BTreeMap<&'static str, Value>) {
    if tables.contains_key(keys.name) {
        return;
    }
    tables.insert(keys.name, Value::Null); // a table may refer to itself
    let of_types = keys.by_type.iter().flat_map(|(_, keys)| keys.iter());
    let mut properties = serde_json::Map::new();
    for key in keys.common().chain(of_types) {
        properties.entry(key.name).or_insert_with(|| property(key, tables));
    }
    let mut schema = json!({
        "type": "object",
        "description": keys.doc,
        "properties": properties,
        "required": keys.common().filter(|key| key.needed).map(|key| key.name).collect::<Vec<_>>(),
        "additionalProperties": false,
    });
    if !keys.by_type.is_empty() {
        schema["allOf"] = keys.by_type.iter().flat_map(|row| only_of_type(row.0, row.1, keys)).collect();
    }
    tables.insert(keys.name, schema);
}

/// A key of some types only: the table has one of those types, or has not the key.
fn only_of_type(word: &str, own: &[Key], keys: &Keys) -> Vec<Value> {
    let shared = |name: &str| -> Vec<&str> {
        let has = |row: &&(&str, &[Key])| row.1.iter().any(|key| key.name == name);
        keys.by_type.iter().filter(has).map(|row| row.0).collect()
    };
    let own = own.iter().map(|key| (key.name, shared(key.name)));
    own.filter(|(_, types)| types.first() == Some(&word))
        .map(|(name, types)| json!({ "if": { "required": [name] }, "then": { "properties": { "type": { "enum": types } } } }))
        .collect()
}

fn property(key: &Key, tables: &mut BTreeMap<&'static str, Value>) -> Value {
    let mut schema = form(key.kind, tables);
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("description".into(), key.doc.into());
    }
    schema
}

fn form(kind: Kind, tables: &mut BTreeMap<&'static str, Value>) -> Value {
    match kind {
        Kind::One(scalar) => scalar_form(scalar),
        Kind::Table(keys) => {
            define(keys, tables);
            json!({ "$ref": format!("#/$defs/{}", keys.name) })
        }
        Kind::Free(key, kind) => {
            json!({ "type": "object", "propertyNames": scalar_form(key), "additionalProperties": form(*kind, tables) })
        }
        Kind::List(kind) => json!({ "type": "array", "items": form(*kind, tables) }),
        Kind::Either(forms) => json!({ "anyOf": forms.iter().map(|kind| form(*kind, tables)).collect::<Vec<_>>() }),
        Kind::Any => json!({}),
    }
}

/// What a decimal looks like as text.
const DECIMAL: &str = r"[+-]?[0-9]+(\.[0-9]+)?";

fn scalar_form(scalar: Scalar) -> Value {
    let pattern = |pattern: String| json!({ "type": "string", "pattern": format!("^{pattern}$") });
    let number_or = |text: String| json!({ "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": format!("^{text}$") }] });
    match scalar {
        Scalar::Text | Scalar::Value | Scalar::Test => json!({ "type": "string", "minLength": 1 }),
        Scalar::Id => pattern("[a-z0-9][a-z0-9_-]*".into()),
        Scalar::IdOrGlob => pattern("[a-z0-9*][a-z0-9_*-]*".into()),
        Scalar::Word(words) => json!({ "enum": words }),
        Scalar::Flag => json!({ "type": "boolean" }),
        Scalar::Severity => json!({ "enum": Severity::ALL.map(Severity::word) }),
        Scalar::Count(least) => json!({ "type": "integer", "minimum": least }),
        Scalar::Shift => json!({ "type": "integer", "minimum": i8::MIN, "maximum": i8::MAX }),
        Scalar::Number | Scalar::Weight | Scalar::Rate => number_or(DECIMAL.into()),
        Scalar::Share | Scalar::Target | Scalar::Tolerance => number_or(format!("{DECIMAL} *%?")),
        Scalar::Quantity => json!({ "anyOf": [
            { "type": "integer", "minimum": 0 }, { "type": "string", "pattern": format!("^{DECIMAL} *%$") } ] }),
        Scalar::Duration => pattern(r"([0-9]+(\.[0-9]+)?[smhdw])+".into()),
        Scalar::Window => pattern(r"(([0-9]+(\.[0-9]+)?[smhdw])+|week|month|quarter|year)".into()),
        Scalar::Weekday => json!({ "enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] }),
        Scalar::Weekdays => {
            let day = "(mon|tue|wed|thu|fri|sat|sun)";
            pattern(format!("(daily|{day}(-{day})?( *, *{day}(-{day})?)*)"))
        }
        Scalar::Hours => pattern("[0-2][0-9]:[0-5][0-9] *- *[0-2][0-9]:[0-5][0-9]".into()),
        Scalar::Date => pattern("[0-9]{4}-[0-9]{2}-[0-9]{2}".into()),
        Scalar::Holiday => pattern("([0-9]{4}-)?[0-9]{2}-[0-9]{2}".into()),
        Scalar::LocalTime => pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?".into()),
        Scalar::Repeat => {
            let day = "(mon|tue|wed|thu|fri|sat|sun)";
            pattern(format!("(daily|weekly {day}|monthly (1st|2nd|3rd|4th|5th) {day})"))
        }
        Scalar::Amount => pattern(r"[0-9]+(\.[0-9]+)?\s+[A-Z]{3}".into()),
        Scalar::Currency => pattern("[A-Z]{3}".into()),
        Scalar::Bound => pattern(r"\s*(<=|>=|==|!=|<|>)\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*".into()),
        Scalar::Zone | Scalar::Pattern => json!({ "type": "string" }),
        Scalar::Address => pattern("https?://.+".into()),
        Scalar::Pointer => pattern("/.+".into()),
    }
}
