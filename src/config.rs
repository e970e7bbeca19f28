//! Text → checked values: `config.toml` and the files of `map/`, merged.
//!
//! Why a reader of its own: a configuration is edited by many teams, so all errors of all files are said at once, each
//! with its place and the nearest valid word. `keys` lists every key with its form; `shape` checks documents against it
//! and [`schema()`] prints it; the builders then take what is well formed, and `graph` looks at the whole.
//!
//! Invariant: a [`Config`] exists only if there was no error, so that its map has no dangling index and no cycle.
//! Loading needs no secret and no network.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use toml::de::DeTable;

mod bindings;
mod clock;
mod console;
mod diagnostic;
mod graph;
mod hours;
mod http_json;
mod keys;
mod money;
mod names;
mod nearest;
mod needs;
mod node;
mod objective;
mod query;
mod reader;
mod rule;
mod scalar;
mod schema;
mod shape;
mod source;

pub use bindings::{Bindings, KEYS_FILE, Wrong};
pub use console::{Console, Notify};
pub use diagnostic::{Diagnostic, Diagnostics, Level, rendered};
pub use money::Money;
pub use schema::schema;

use crate::domain::map::Map;
use crate::sources::settings::Settings;
use names::{Scope, tables};
use needs::Graph;
use reader::{Document, Findings, Place, Table};

/// The file of zone, money and sources.
pub const CONFIG_FILE: &str = "config.toml";
/// The folder of map files.
const MAP_FOLDER: &str = "map";

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The company's map.
    pub map: Map,
    /// The sources, in the order of the file; [`Map::sources`] has the same order.
    pub sources: Vec<Settings>,
    /// How the console looks, and when it makes itself heard.
    pub console: Console,
    /// The currency of the totals, and the rates that other currencies were converted by.
    pub money: Money,
    /// What is allowed and probably not meant.
    pub warnings: Vec<Diagnostic>,
    /// The files read, to watch for changes; empty for texts.
    pub files: Vec<PathBuf>,
}

/// The configuration folder: the one given, else the one of the environment variable, else the user's own.
pub fn folder(explicit: Option<&Path>, env: Option<&OsStr>) -> PathBuf {
    let named = explicit.map(Path::to_owned).or_else(|| env.filter(|value| !value.is_empty()).map(PathBuf::from));
    let own = || directories::ProjectDirs::from("", "", "bsmtop").map(|dirs| dirs.config_dir().to_owned());
    named.or_else(own).unwrap_or_else(|| PathBuf::from("."))
}

/// Loads a configuration folder: `config.toml` and `map/*.toml`, in the order of their names.
///
/// # Errors
/// All that is wrong, of all files; also files that cannot be read.
pub fn load(folder: &Path) -> Result<Config, Diagnostics> {
    let mut names = vec![CONFIG_FILE.to_owned()];
    let mut unread = Vec::new();
    match std::fs::read_dir(folder.join(MAP_FOLDER)) {
        Ok(entries) => {
            let files = entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned());
            let mut files: Vec<String> = files.filter(|name| is_map_file(name)).collect();
            files.sort();
            names.extend(files.into_iter().map(|name| format!("{MAP_FOLDER}/{name}")));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            unread.push(Diagnostic::of_file(MAP_FOLDER, Level::Error, format!("cannot be listed: {error}"), None));
        }
    }
    let mut files = Vec::new();
    for name in &names {
        match std::fs::read(folder.join(name)).map(String::from_utf8) {
            Ok(Ok(text)) => files.push((name.clone(), text)),
            Ok(Err(error)) => unread.push(not_utf8(name, &error)),
            Err(error) => unread.push(unreadable(folder, name, &error)),
        }
    }
    match check_texts(&files, folder) {
        Ok(config) if unread.is_empty() => {
            Ok(Config { files: names.iter().map(|name| folder.join(name)).collect(), ..config })
        }
        Ok(config) => Err(Diagnostics(unread.into_iter().chain(config.warnings).collect())),
        Err(found) => Err(Diagnostics(unread.into_iter().chain(found.0).collect())),
    }
}

fn is_map_file(name: &str) -> bool {
    !name.starts_with('.') && Path::new(name).extension().is_some_and(|extension| extension == "toml")
}

fn unreadable(folder: &Path, name: &str, error: &std::io::Error) -> Diagnostic {
    let missing = error.kind() == std::io::ErrorKind::NotFound && name == CONFIG_FILE;
    let message =
        if missing { format!("there is none in {}", folder.display()) } else { format!("cannot be read: {error}") };
    let hint =
        missing.then(|| "`bsmtop init` writes a first one, --config DIR or BSMTOP_CONFIG names another folder".into());
    Diagnostic::of_file(name, Level::Error, message, hint)
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Diagnostic {
    let valid = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
    let line = valid.matches('\n').count() + 1;
    let hint = Some("save the file as UTF-8".into());
    Diagnostic::of_file(name, Level::Error, format!("line {line} is not UTF-8"), hint)
}

/// Loads a configuration from texts: name and text of `config.toml` and of `map/….toml` files. Paths in it are
/// relative to `base`.
///
/// # Errors
/// All that is wrong, of all texts.
pub fn load_texts(files: &[(String, String)], base: &Path) -> Result<Config, Diagnostics> {
    let checked = check_texts(files, base);
    if files.iter().any(|(name, _)| name == CONFIG_FILE) {
        return checked;
    }
    let missing = Diagnostic::of_file(CONFIG_FILE, Level::Error, "there is none".into(), None);
    let found = checked.map_or_else(|found| found.0, |config| config.warnings);
    Err(Diagnostics(std::iter::once(missing).chain(found).collect()))
}

/// Checks the texts; a missing `config.toml` is the caller's to report, and makes no source unknown.
fn check_texts(files: &[(String, String)], base: &Path) -> Result<Config, Diagnostics> {
    let parsed: Vec<_> = files.iter().map(|(_, text)| DeTable::parse_recoverable(text)).collect();
    let mut documents = Vec::new();
    for ((name, text), (_, errors)) in files.iter().zip(&parsed) {
        let left_open = errors.iter().any(|error| error.message().starts_with("unclosed"));
        let first = errors.iter().filter_map(toml::de::Error::span).map(|span| span.start).min();
        let lost_from = first.filter(|_| left_open).unwrap_or(usize::MAX);
        documents.push(Document { name, text, broken: !errors.is_empty(), lost_from });
    }
    let findings = Findings::new(&documents);
    let mut config_roots = Vec::new();
    let mut map_roots = Vec::new();
    for (index, (tree, errors)) in parsed.iter().enumerate() {
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let at = Place { document: index, start: span.start, end: span.end };
            let open = documents[index].lost_from == span.start;
            let hint = if open {
                "a bracket before this was left open, so the rest of the file could not be read"
            } else {
                ""
            };
            findings.error(at, error.message().trim(), hint);
        }
        let root = Table::root(index, tree.get_ref());
        let is_config = documents[index].name == CONFIG_FILE;
        shape::check_table(root, if is_config { &keys::CONFIG_FILE } else { &keys::MAP_FILE }, &findings);
        if is_config { &mut config_roots } else { &mut map_roots }.push(root);
    }
    let config = build(&config_roots, &map_roots, base, &findings);
    let found = findings.sorted();
    if found.iter().any(|diagnostic| diagnostic.level == Level::Error) {
        return Err(Diagnostics(found));
    }
    Ok(Config { warnings: found, ..config })
}

/// Builds all that is well formed, and reports what does not fit together.
fn build<'a>(config: &[Table<'a>], map: &[Table<'a>], base: &Path, findings: &'a Findings<'a>) -> Config {
    let money = config.iter().find_map(|root| root.table("money")).map(Money::read).unwrap_or_default();
    let tz = config.iter().find_map(|root| root.read("tz", scalar::zone)).unwrap_or(Tz::UTC);
    let mut sources = source::read_all(&tables(config, "source").collect::<Vec<_>>(), base, findings);
    if tables(map, "spend").any(|spend| spend.has("files")) {
        source::add_files(&mut sources);
    }
    let names = sources.iter().map(|settings| settings.name.clone()).collect();
    let names = (!config.is_empty()).then_some(names);
    let scope = Scope::new(findings, money, tz, names, map);

    let calendars = tables(map, "calendar").map(|table| hours::read_calendar(table, &scope)).collect();
    let profiles: Vec<_> = tables(map, "profile").map(|table| hours::read_profile(table, &scope)).collect();
    let nodes = scope.nodes.iter().map(|(kind, table)| node::read(*kind, *table, &profiles, &scope)).collect();
    let rule_at = scope.nodes.iter().map(|(_, table)| table.at_key("rule")).collect();
    let mut graph = Graph { nodes, places: vec![Vec::new(); scope.nodes.len()], rule_at };
    graph.link(&scope);
    graph::check(&graph, &scope);
    graph::without_included(&mut graph, &scope);

    let map = Map {
        tz,
        currency: scope.money.currency,
        rates: scope.money.rates.clone(),
        sources: sources.iter().map(source::essence).collect(),
        named: scope.nodes.len(),
        nodes: graph.nodes,
        objectives: tables(map, "objective").filter_map(|table| objective::read(table, &scope)).collect(),
        clocks: tables(map, "clock").filter_map(|table| clock::clock(table, &scope)).collect(),
        calendars,
        profiles,
        maintenance: tables(map, "maintenance").filter_map(|table| clock::maintenance(table, &scope)).collect(),
        spends: tables(map, "spend").filter_map(|table| clock::spend(table, base, &scope)).collect(),
    };
    let console = config.iter().find_map(|root| root.table("console"));
    let console = console.map(|table| console::read(table, &scope)).unwrap_or_default();
    Config { map, sources, console, money: scope.money, warnings: Vec::new(), files: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_one_given_then_the_variable_then_the_users_own() {
        let (given, variable) = (Path::new("/given"), OsStr::new("/variable"));
        assert_eq!(folder(Some(given), Some(variable)), given);
        assert_eq!(folder(None, Some(variable)), Path::new("/variable"));
        assert_ne!(folder(None, Some(OsStr::new(""))), Path::new(""));
    }

    #[test]
    fn texts_without_a_config_file_are_refused_once() {
        let map = ("map/a.toml".to_owned(), "[[component]]\nid = \"a\"\nmatch = [{ source = \"x\" }]\n".to_owned());
        let found = load_texts(&[map], Path::new("/base")).expect_err("there is no config.toml");
        assert_eq!(found.0.len(), 1, "{found}");
    }

    #[test]
    fn a_long_chain_of_needs_is_no_deep_recursion() {
        let link = |n: usize| format!("[[service]]\nid = \"s{n}\"\nneeds = [\"s{}\"]\n", n + 1);
        let mut map: String = (0..20_000).map(link).collect();
        map += "[[component]]\nid = \"s20000\"\nmanual = \"ok\"\n";
        let files = [(CONFIG_FILE.to_owned(), String::new()), ("map/a.toml".to_owned(), map)];
        let config = load_texts(&files, Path::new("/base")).expect("a chain is no cycle");
        assert_eq!(config.map.nodes.len(), 20_001);
    }
}
