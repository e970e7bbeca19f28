//! `[[source]]`: what is polled, and how it lets us in. Secrets stay references: loading needs none of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use toml::de::DeValue;

use super::reader::{Entry, Findings, Item, Place, Table};
use super::{http_json, keys, scalar};
use crate::domain::id::SourceName;
use crate::domain::map::{Silence, SourceInfo};
use crate::domain::write::{WriteKinds, Writes};
use crate::sources::kind::find;
use crate::sources::settings::{Auth, FILES, SecretRef, Settings};

/// Names that causes begin with, beside those of sources.
const RESERVED: [&str; 3] = ["node", "source", "unexplained"];

/// Reads all sources; errors for names that are not unique.
pub(super) fn read_all(tables: &[Table<'_>], base: &Path, findings: &Findings<'_>) -> Vec<Settings> {
    let mut known: BTreeMap<&str, Place> = BTreeMap::new();
    let mut list = Vec::new();
    for table in tables {
        let name = table.get("name").and_then(|item| Some((item.read(scalar::id)?, item.at)));
        if let Some((name, at)) = name {
            if RESERVED.contains(&name) {
                findings.error(
                    at,
                    format!("`{name}` cannot be a source's name"),
                    "causes are named so: give it another",
                );
            }
            if known.insert(name, at).is_some() {
                findings.error(at, format!("there are two sources called `{name}`"), "names of sources are unique");
            }
        }
        list.push(read(*table, base, findings));
    }
    list
}

/// Adds the source that reads the files which spend records name, unless one is called so already.
pub(super) fn add_files(sources: &mut Vec<Settings>) {
    if sources.iter().all(|source| source.name.as_str() != FILES) {
        sources.push(Settings::plain(SourceName::from(FILES), FILES));
    }
}

/// What the arithmetic needs to know of a source.
pub(super) fn essence(settings: &Settings) -> SourceInfo {
    let capabilities = find(&settings.type_word).map(|kind| kind.capabilities);
    let signals = capabilities.and_then(|can| can.signals);
    let span = |duration: Duration| chrono::TimeDelta::from_std(duration).unwrap_or(chrono::TimeDelta::MAX);
    let gives = |what: &str| settings.own.get("gives").and_then(toml::Value::as_str) == Some(what);
    SourceInfo {
        name: settings.name.clone(),
        type_word: settings.type_word.clone(),
        silence: if gives("checks") { Silence::Unknown } else { signals.unwrap_or(Silence::Ok) },
        has_heartbeat: !settings.heartbeat.is_empty(),
        has_signals: signals.is_some() && !gives("tickets") && !gives("changes"),
        every: span(settings.every),
        timeout: span(settings.timeout),
        writes: Writes { allowed: settings.write, kinds: kinds(settings) },
    }
}

/// What can be written to a source of these settings.
fn kinds(settings: &Settings) -> WriteKinds {
    // Alerts of Prometheus are silenced at their Alertmanager, which it has to know.
    if settings.type_word == "prometheus" && !settings.own.contains_key("alertmanager") {
        return WriteKinds::NONE;
    }
    find(&settings.type_word).map_or(WriteKinds::NONE, |kind| kind.capabilities.writes)
}

fn read(table: Table<'_>, base: &Path, findings: &Findings<'_>) -> Settings {
    let type_word = table.text("type").unwrap_or_default();
    let duration = |key: &str, default| {
        table.read(key, scalar::duration).and_then(|span| span.to_std().ok()).unwrap_or(Duration::from_secs(default))
    };
    let path = |key: &str| table.text(key).map(|text| base.join(text));
    let urls = table.get("url").map(Item::one_or_many).unwrap_or_default();
    let kind = find(type_word);
    if kind.is_some_and(|kind| kind.needs_url) && urls.is_empty() {
        findings.error(
            table.at_key("url"),
            "`url` is missing in this source",
            "url = \"https://…\", or a list for a cluster",
        );
    }
    if table.flag("write") && kind.is_some_and(|kind| kind.capabilities.writes.iter().next().is_none()) {
        findings.warning(
            table.at_key("write"),
            format!("nothing can be written to a source of type {type_word}"),
            "leave `write` out",
        );
    }
    if type_word == "http-json" {
        http_json::check(table, findings);
    }
    for (one, other) in [("cert", "key"), ("key", "cert")] {
        if let (Some(item), false) = (table.get(one), table.has(other)) {
            findings.error(item.at, format!("`{one}` without `{other}`"), "a client certificate is both");
        }
    }
    let severity = table.table("severity").into_iter().flat_map(Table::entries);
    Settings {
        name: SourceName::from(table.text("name").unwrap_or_default()),
        type_word: type_word.to_owned(),
        urls: urls.into_iter().filter_map(|item| item.read(scalar::address)).collect(),
        every: duration("every", kind.map_or(60, |kind| kind.every)),
        timeout: duration("timeout", kind.map_or(10, |kind| kind.timeout)),
        auth: table.table("auth").and_then(|table| auth(table, base, findings)),
        ca: path("ca"),
        cert: path("cert"),
        key: path("key"),
        severity: severity
            .filter_map(|entry| Some((entry.key.to_owned(), entry.item.read(scalar::severity)?)))
            .collect(),
        only: table.labels("only").into_iter().collect(),
        never: table.labels("never").into_iter().collect(),
        heartbeat: table.tables("heartbeat").map(|labels| labels.pairs().into_iter().collect()).collect(),
        soft: table.flag("soft"),
        write: table.flag("write"),
        own: own(table, type_word, base),
    }
}

fn auth(table: Table<'_>, base: &Path, findings: &Findings<'_>) -> Option<Auth> {
    let ways: Vec<&str> = ["bearer", "basic", "header", "headers"].into_iter().filter(|key| table.has(key)).collect();
    let secret = |table: Table<'_>, key: &str| secret(table.table(key)?, base, findings);
    match ways.as_slice() {
        ["bearer"] if !table.has("value") => secret(table, "bearer").map(Auth::Bearer),
        ["basic"] if !table.has("value") => {
            let basic = table.table("basic")?;
            Some(Auth::Basic { user: basic.string("user")?, password: secret(basic, "password")? })
        }
        ["header"] if table.has("value") => {
            Some(Auth::Headers(vec![(table.string("header")?, secret(table, "value")?)]))
        }
        ["headers"] if !table.has("value") => {
            let headers = table.table("headers")?;
            let entries = headers.entries().into_iter();
            entries
                .map(|entry| Some((entry.key.to_owned(), secret(headers, entry.key)?)))
                .collect::<Option<_>>()
                .map(Auth::Headers)
        }
        _ => {
            let hint = "auth = { bearer = … }, { basic = { user = …, password = … } }, { header = \"X-…\", value = … } or \
                 { headers = { X-… = …, Y-… = … } }";
            findings.error(table.at, "`auth` is exactly one of bearer, basic, header with value, and headers", hint);
            None
        }
    }
}

fn secret(table: Table<'_>, base: &Path, findings: &Findings<'_>) -> Option<SecretRef> {
    let places: Vec<&str> = ["env", "file", "cmd"].into_iter().filter(|key| table.has(key)).collect();
    match places.as_slice() {
        ["env"] => table.string("env").map(SecretRef::Env),
        ["file"] => table.text("file").map(|path| SecretRef::File(base.join(path))),
        ["cmd"] => {
            let words = table.strings("cmd");
            if words.is_empty() {
                findings.error(table.at_key("cmd"), "this command is empty", "cmd = [\"pass\", \"show\", \"NAME\"]");
            }
            Some(SecretRef::Command(words))
        }
        _ => {
            let hint = "{ env = \"NAME\" }, { file = \"PATH\" } or { cmd = [\"pass\", \"show\", \"NAME\"] }";
            findings.error(table.at, "a secret is exactly one of env, file and cmd", hint);
            None
        }
    }
}

/// The keys of the type's own, and what its new tickets are made with, as they are; paths below the folder.
fn own(table: Table<'_>, type_word: &str, base: &Path) -> toml::Table {
    let own = keys::own_keys(type_word);
    let entries = table
        .entries()
        .into_iter()
        .filter(|entry| entry.key == "create" || own.iter().any(|key| key.name == entry.key));
    let value = |entry: Entry<'_>| {
        let value = match plain(entry.item.value)? {
            toml::Value::String(path) if entry.key == "files" => base.join(path).to_string_lossy().into_owned().into(),
            other => other,
        };
        Some((entry.key.to_owned(), value))
    };
    entries.filter_map(value).collect()
}

/// A value without its places.
fn plain(value: &DeValue<'_>) -> Option<toml::Value> {
    Some(match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => toml::Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()?),
        DeValue::Float(number) => toml::Value::Float(number.as_str().parse().ok()?),
        DeValue::Boolean(flag) => toml::Value::Boolean(*flag),
        DeValue::Datetime(datetime) => toml::Value::Datetime(*datetime),
        DeValue::Array(items) => toml::Value::Array(items.iter().filter_map(|item| plain(item.get_ref())).collect()),
        DeValue::Table(table) => {
            let entries =
                table.iter().filter_map(|(key, value)| Some((key.get_ref().to_string(), plain(value.get_ref())?)));
            toml::Value::Table(entries.collect())
        }
    })
}
