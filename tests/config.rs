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
    if config.console != config::Console::default() {
        let _ = writeln!(text, "{:?}", config.console);
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

/// The example: config.toml, and the files of its map as one.
fn example() -> (String, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs/valid/example");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file of the example");
    (read("config.toml"), read("map/shop.toml") + &read("map/rest.toml"))
}

/// Pieces that configurations are made of, to put where they do not belong.
const PIECES: [&str; 16] = [
    "[[",
    "]",
    "{ ",
    " }",
    "\"",
    "'''",
    " = ",
    ",",
    "\n",
    "é",
    "\u{202e}",
    "99999999999999999999",
    "-1e28",
    "[[process]]",
    "id",
    "*",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    /// Whatever somebody's slip of the hand leaves behind is loaded, or refused with places that exist.
    #[test]
    fn a_garbled_file_is_refused_with_places_that_exist(
        edits in proptest::collection::vec((0.0..1.0_f64, 0..40_usize, 0..PIECES.len(), 0..2_u8), 1..6),
    ) {
        let (config_text, map_text) = example();
        let garbled = |text: &str, file: u8| {
            let mut text: Vec<char> = text.chars().collect();
            for (at, length, piece, _) in edits.iter().filter(|(.., which)| *which == file) {
                let start = ((text.len() as f64) * at) as usize;
                let end = (start + length).min(text.len());
                text.splice(start..end, PIECES[*piece].chars());
            }
            text.into_iter().collect::<String>()
        };
        let files = [
            ("config.toml".to_owned(), garbled(&config_text, 0)),
            ("map/shop.toml".to_owned(), garbled(&map_text, 1)),
        ];
        if let Err(found) = config::load_texts(&files, Path::new("/base")) {
            for diagnostic in &found.0 {
                let (_, text) = files.iter().find(|(name, _)| *name == diagnostic.file).expect("a file that was given");
                let lines = text.split('\n').count();
                proptest::prop_assert!((1..=lines).contains(&diagnostic.line), "{diagnostic}");
                proptest::prop_assert!(diagnostic.column <= diagnostic.source_line.chars().count() + 1, "{diagnostic}");
            }
        }
    }
}
