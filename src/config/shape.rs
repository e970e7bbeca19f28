//! Checks a document against the key tables: unknown keys, missing keys, wrong types, malformed values.
//!
//! All of a document is checked, whatever was found before. What passes here has the form that the builders expect.

use toml::de::DeValue;

use super::keys::{Key, Keys, Kind, MAP_FILE};
use super::nearest;
use super::reader::{Entry, Findings, Item, Place, Table};
use super::scalar::{self, Scalar};

/// Checks a table against its keys.
pub(super) fn check_table(table: Table<'_>, keys: &'static Keys, findings: &Findings<'_>) {
    let own = keys.of_type(table.text("type").unwrap_or_default());
    let known: Vec<&'static Key> = keys.common().chain(own).collect();
    for entry in table.entries() {
        match known.iter().find(|key| key.name == entry.key) {
            Some(key) => check_item(entry.item, key.kind, entry.key, findings),
            None => unknown_key(entry, keys, &known, findings),
        }
    }
    let broken = findings.documents[table.at.document].broken;
    for key in known.iter().filter(|key| key.needed && !broken && !table.has(key.name)) {
        findings.error(table.at, format!("`{}` is missing in {}", key.name, keys.here()), key.doc);
    }
}

fn unknown_key(entry: Entry<'_>, keys: &Keys, known: &[&Key], findings: &Findings<'_>) {
    let elsewhere = || {
        if keys.name == "config" && MAP_FILE.common().any(|key| key.name == entry.key) {
            return Some(format!("`{}` belongs in a file of the folder map/", entry.key));
        }
        if keys.name == "map" && ["tz", "money", "source", "console"].contains(&entry.key) {
            return Some(format!("`{}` belongs in config.toml", entry.key));
        }
        let has = |key: &&Key| matches!(key.kind, Kind::List(Kind::Table(keys)) if keys.common().any(|key| key.name == entry.key));
        let is_map_table = MAP_FILE.common().any(|key| key.name == keys.name);
        MAP_FILE
            .common()
            .filter(|_| is_map_table)
            .find(has)
            .map(|key| format!("`{}` is a key of [[{}]]", entry.key, key.name))
    };
    let words: Vec<&str> = known.iter().map(|key| key.name).collect();
    let near = nearest::nearest(entry.key, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    let hint = near.or_else(elsewhere).or_else(|| nearest::hint(entry.key, words.iter().copied()));
    findings.error(entry.key_at, format!("unknown key `{}` in {}", entry.key, keys.here()), hint.unwrap_or_default());
}

/// Checks a value against a form.
fn check_item(item: Item<'_>, kind: Kind, name: &str, findings: &Findings<'_>) {
    if is_lost(item) {
        return;
    }
    if !kind.fits(item.value.type_str()) {
        return wrong_type(item, kind, name, findings);
    }
    match kind {
        Kind::One(Scalar::Word(words)) => {
            if let Err(fault) = scalar::word(item.value, words) {
                findings.error(item.at, format!("`{name}`: {}", fault.message), fault.hint.unwrap_or_default());
            }
        }
        Kind::One(scalar) => check_scalar(item.value, scalar, item.at, findings),
        Kind::Table(keys) => {
            if let Some(table) = item.table() {
                check_table(table, keys, findings);
            }
        }
        Kind::Free(key_form, kind) => {
            for entry in item.table().into_iter().flat_map(Table::entries) {
                check_scalar(&DeValue::String(entry.key.into()), key_form, entry.key_at, findings);
                check_item(entry.item, *kind, entry.key, findings);
            }
        }
        Kind::List(kind) => item.list().for_each(|item| check_item(item, *kind, name, findings)),
        Kind::Either(forms) => {
            if let Some(form) = forms.iter().find(|form| form.fits(item.value.type_str())) {
                check_item(item, *form, name, findings);
            }
        }
        Kind::Any => {}
    }
}

/// Whether this stands for a value that the parser could not read, and has reported.
fn is_lost(item: Item<'_>) -> bool {
    let empty_date = matches!(item.value, DeValue::Datetime(date) if date.date.is_none() && date.time.is_none());
    item.at.start == item.at.end && item.at.end == 0 || empty_date
}

fn check_scalar(value: &DeValue<'_>, scalar: Scalar, at: Place, findings: &Findings<'_>) {
    if let Err(fault) = scalar.check(value) {
        findings.error(at, fault.message, fault.hint.unwrap_or_default());
    }
}

fn wrong_type(item: Item<'_>, kind: Kind, name: &str, findings: &Findings<'_>) {
    let found = match item.value {
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date".into(),
        DeValue::String(_) => "a text".into(),
        DeValue::Table(_) => "a table".into(),
    };
    let hint = match kind {
        Kind::Table(keys) if !keys.instead.is_empty() => keys.instead.to_owned(),
        Kind::List(Kind::Table(_)) if item.value.is_table() => {
            format!("write {name} = [{{ … }}], or double brackets in the header")
        }
        Kind::List(_) if !item.value.is_array() => format!("write {name} = [ … ]"),
        _ => String::new(),
    };
    let hint = if hint.is_empty() { quoted(item, kind).unwrap_or_default() } else { hint };
    findings.error(item.at, format!("`{name}`: expected {}, found {found}", kind.what()), hint);
}

/// What a number without quotes and unit may have meant.
fn quoted(item: Item<'_>, kind: Kind) -> Option<String> {
    let number = item.value.as_integer()?;
    match kind {
        Kind::One(Scalar::Duration) => Some(format!("write \"{number}s\", or another unit of s m h d w")),
        Kind::One(Scalar::Window) => Some(format!("write \"{number}d\"")),
        Kind::One(Scalar::Amount) => Some(format!("write \"{number} EUR\", with the currency")),
        Kind::One(Scalar::Text | Scalar::Pattern | Scalar::Id) => Some(format!("write \"{number}\"")),
        _ => None,
    }
}
