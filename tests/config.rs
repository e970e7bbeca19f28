//! Folders of valid and of invalid configurations through the loader: what is built, and what is said of what is wrong.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use bsmtop::config::{self, Config, Level, rendered};
use bsmtop::domain::map::{Map, Node};
use bsmtop::domain::rule::Edge;

/// The folders of `tests/configs/…`, sorted.
fn folders(kind: &str) -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(kind);
    let entries = std::fs::read_dir(root).expect("the folder of fixtures");
    let mut folders: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), path))
        .collect();
    folders.sort();
    folders
}

fn load_valid(name: &str) -> Config {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs/valid").join(name);
    config::load(&folder).unwrap_or_else(|found| panic!("{name} is refused:\n{found}"))
}

#[test]
fn every_valid_folder_loads_as_it_did() {
    for (name, folder) in folders("valid") {
        let config = load_valid(&name);
        let text = described(&config).replace(&folder.display().to_string(), "DIR");
        insta::assert_snapshot!(format!("valid_{name}"), text);
    }
}

#[test]
fn every_invalid_folder_is_refused_with_all_that_is_wrong() {
    let folders = folders("invalid");
    assert!(folders.len() >= 30);
    for (name, folder) in folders {
        let Err(found) = config::load(&folder) else { panic!("{name} is not refused") };
        assert!(found.0.iter().any(|diagnostic| diagnostic.level == Level::Error));
        let text = found.to_string().replace(&folder.display().to_string(), "DIR");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{name} prints control characters");
        insta::assert_snapshot!(format!("invalid_{name}"), text);
    }
}

/// What was built, one line a part.
fn described(config: &Config) -> String {
    let map = &config.map;
    let mut text = String::new();
    let _ = writeln!(text, "tz {} currency {} {:?}", map.tz, map.currency, config.money);
    for (info, settings) in map.sources.iter().zip(&config.sources) {
        let _ = writeln!(text, "{info:?}\n  {settings:?}");
    }
    for node in &map.nodes {
        let _ = writeln!(text, "{}", of_node(node, map));
    }
    for objective in &map.objectives {
        let _ = writeln!(text, "{objective:?}");
    }
    for clock in &map.clocks {
        let _ = writeln!(text, "{clock:?}");
    }
    for calendar in &map.calendars {
        let _ = writeln!(text, "{calendar:?}");
    }
    for profile in &map.profiles {
        let _ = writeln!(text, "{profile:?}");
    }
    for maintenance in &map.maintenance {
        let _ = writeln!(text, "{maintenance:?}");
    }
    for spend in &map.spends {
        let _ = writeln!(text, "{spend:?}");
    }
    text + &rendered(&config.warnings)
}

fn of_node(node: &Node, map: &Map) -> String {
    let mut text = format!("{} {} \"{}\" {:?}", node.kind.word(), node.id, node.name, node.rule);
    for need in &node.needs {
        let _ = write!(text, "\n  needs {}", map.nodes[need.node].id);
        if need.edge != Edge::default() {
            let _ = write!(text, " {:?}", need.edge);
        }
    }
    for matcher in node.matches.iter().chain(&node.tickets) {
        let _ = write!(text, "\n  {matcher:?}");
    }
    if let Some(check) = &node.check {
        let _ = write!(text, "\n  {check:?}");
    }
    if let Some(value) = &node.value {
        let _ = write!(text, "\n  {value:?}");
    }
    if let Some(measured) = &node.measured {
        let _ = write!(text, "\n  {measured:?}");
    }
    let rest = (&node.owner, &node.contact, &node.runbook, &node.links, &node.tags, node.manual);
    let _ = write!(text, "\n  {rest:?} {:?} {:?}", node.tolerable.map(|span| span.num_seconds()), node.includes);
    if node.tier.is_some() || node.monthly.is_some() {
        let _ = write!(text, "\n  {:?} {:?}", node.tier, node.monthly);
    }
    text
}
