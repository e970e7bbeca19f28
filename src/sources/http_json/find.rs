//! Finding what pointers and templates name in an answer, and saying what is there instead where they find nothing.

use serde_json::Value;

use super::super::settings::template::{Flag, Part, Pointer, Step, Template};
use crate::domain::clean::clean_line;

/// The most of an answer that is shown as a sample, in characters.
const SAMPLE: usize = 160;
/// The most entries that are listed.
const LISTED: usize = 16;

/// An item: a value, and the name or number under which it stands.
#[derive(Clone, Debug)]
pub(super) struct Entry<'v> {
    pub key: String,
    pub value: &'v Value,
}

/// The entry of a value under a step.
fn under<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(fields) => fields.get(name),
        Value::Array(items) => {
            let number: isize = name.parse().ok()?;
            let index = if number < 0 { items.len().checked_add_signed(number)? } else { number.unsigned_abs() };
            items.get(index)
        }
        _ => None,
    }
}

fn entries(value: &Value) -> Vec<Entry<'_>> {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().map(|(key, value)| Entry { key: key.to_string(), value }).collect()
        }
        Value::Object(fields) => fields.iter().map(|(key, value)| Entry { key: key.clone(), value }).collect(),
        _ => Vec::new(),
    }
}

/// Everything that a pointer names; more than one only with `*`.
fn all<'v>(value: &'v Value, steps: &[Step]) -> Vec<&'v Value> {
    let mut found = vec![value];
    for step in steps {
        found = match step {
            Step::Name(name) => found.into_iter().filter_map(|value| under(value, name)).collect(),
            Step::Each => found.into_iter().flat_map(entries).map(|entry| entry.value).collect(),
        };
    }
    found
}

/// The items at a pointer.
///
/// # Errors
/// Why there are none: what is missing, what is there instead, and how the answer begins.
pub(super) fn items<'v>(answer: &'v Value, pointer: &Pointer) -> Result<Vec<Entry<'v>>, String> {
    let found = all(answer, &pointer.0);
    let many = pointer.0.contains(&Step::Each);
    if found.is_empty() && !many {
        return Err(format!("`items`: {}", nothing(answer, pointer)));
    }
    let mut list = Vec::new();
    for value in found {
        match value {
            Value::Array(_) | Value::Object(_) => list.extend(entries(value)),
            other => {
                let text = format!("`items`: `{pointer}` is {}, not a list or an object", kind(other));
                return Err(format!("{text}; the answer begins with `{}`", sample(answer)));
            }
        }
    }
    Ok(list)
}

/// The text at one place, for cursors and links.
pub(super) fn single(answer: &Value, pointer: &Pointer) -> Option<String> {
    all(answer, &pointer.0).first().and_then(|value| plain(value)).filter(|text| !text.is_empty())
}

/// What a template is for an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A text; may be empty where only nulls stand there.
    Text(String),
    /// None of its pointers leads anywhere.
    Nothing,
}

pub(super) fn value(entry: &Entry<'_>, template: &Template) -> Found {
    let (mut text, mut any) = (String::new(), template.is_constant());
    for part in &template.0 {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Key => {
                text.push_str(&entry.key);
                any = true;
            }
            Part::At(pointer) => {
                let found = all(entry.value, &pointer.0);
                any |= !found.is_empty();
                let texts: Vec<String> = found.into_iter().filter_map(plain).filter(|text| !text.is_empty()).collect();
                text.push_str(&texts.join(", "));
            }
        }
    }
    if any { Found::Text(text) } else { Found::Nothing }
}

/// Whether a flag says yes of an item; what is nowhere says no.
pub(super) fn flag(entry: &Entry<'_>, flag: &Flag) -> bool {
    matches!(value(entry, &flag.value), Found::Text(text) if flag.says(&text))
}

/// A value as text: lists joined, objects not at all.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            Some(items.iter().filter_map(plain).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "))
        }
        Value::Object(_) => None,
    }
}

/// That a pointer leads nowhere: how far it led, and what is there.
pub(super) fn nothing(value: &Value, pointer: &Pointer) -> String {
    let (mut at, mut led) = (value, Pointer::default());
    for step in &pointer.0 {
        let next = match step {
            Step::Name(name) => under(at, name),
            Step::Each => entries(at).first().map(|entry| entry.value),
        };
        let Some(next) = next else { break };
        at = next;
        led.0.push(step.clone());
    }
    let place = if led.0.is_empty() { "there".to_owned() } else { format!("at `{led}`") };
    let here = match at {
        Value::Object(fields) if !fields.is_empty() => {
            let mut names: Vec<String> =
                fields.iter().take(LISTED).map(|(name, value)| format!("{name} ({})", kind(value))).collect();
            if fields.len() > LISTED {
                names.push(format!("and {} more", fields.len() - LISTED));
            }
            format!("{place} is an object with {}", names.join(", "))
        }
        other => format!("{place} is {}", kind(other)),
    };
    clean_line(&format!("nothing stands at `{pointer}`; {here}; it begins with `{}`", sample(value)), 900).into_owned()
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(_) => "a text".to_owned(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(fields) => format!("an object of {}", fields.len()),
    }
}

/// How a value begins.
pub(super) fn sample(value: &Value) -> String {
    clean_line(&value.to_string(), SAMPLE).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).expect("a pointer")
    }

    fn text(value_: &Value, template: &str) -> Found {
        let entry = Entry { key: "7".into(), value: value_ };
        value(&entry, &Template::parse(template).expect("a template"))
    }

    #[test]
    fn items_are_found_in_lists_objects_and_groups() {
        let answer =
            json!({ "list": [1, 2], "map": { "a": {}, "b": {} }, "groups": [{ "of": [1] }, { "of": [2, 3] }] });
        let keys = |at: &str| -> Vec<String> {
            items(&answer, &pointer(at)).expect("items").into_iter().map(|entry| entry.key).collect()
        };
        assert_eq!(keys("/list"), ["0", "1"]);
        assert_eq!(keys("/map"), ["a", "b"]);
        assert_eq!(keys("/groups/*/of"), ["0", "0", "1"]);
        assert!(items(&answer, &pointer("/list/0")).expect_err("a number").contains("a number, not a list"));
    }

    #[test]
    fn a_wrong_pointer_says_how_far_it_led_and_what_is_there() {
        let answer = json!({ "data": { "components": [{}, {}], "page": "x" } });
        let text = items(&answer, &pointer("/data/component")).expect_err("nothing");
        assert!(text.contains("nothing stands at `/data/component`"), "{text}");
        assert!(text.contains("at `/data` is an object with components (a list of 2), page (a text)"), "{text}");
        assert!(text.contains(r#"it begins with `{"data":{"components":[{},{}]"#), "{text}");
        assert!(items(&json!("\u{1b}[2J"), &pointer("/x")).expect_err("nothing").contains("is a text"));
    }

    #[test]
    fn templates_find_texts_of_every_kind() {
        let item = json!({ "name": "web", "n": 3, "ok": true, "nil": null, "tags": ["a", "b"],
            "results": [{ "ok": false }, { "ok": true }], "of": [{ "x": "p" }, { "x": "q" }] });
        let is =
            |template: &str, wanted: &str| assert_eq!(text(&item, template), Found::Text(wanted.into()), "{template}");
        is("{/name} {/n} {@key}", "web 3 7");
        is("/tags", "a, b");
        is("/of/*/x", "p, q");
        is("/results/-1/ok", "true");
        is("/nil", "");
        is("constant", "constant");
        is("{/name}{/gone}", "web");
        assert_eq!(text(&item, "/gone"), Found::Nothing);
        assert_eq!(text(&item, "/results/-9/ok"), Found::Nothing);
    }
}
