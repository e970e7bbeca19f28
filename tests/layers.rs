//! The rules of the house that are about files: who may import whom, how long a file may be, where the clock is read.
//!
//! It reads the sources, without their tests and comments, so that a rule broken is a test failed with file and line.

use std::fs;
use std::path::{Path, PathBuf};

/// Which layers a layer may name. `runtime` and `cli` join them all.
const LAYERS: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("engine", &["domain"]),
    ("wire", &["domain"]),
    ("config", &["domain", "sources"]),
    ("sources", &["domain"]),
    ("store", &["domain"]),
    ("app", &["domain"]),
    ("view", &["app", "domain"]),
    ("term", &["app", "view"]),
    ("report", &["domain"]),
    ("demo", &["domain"]),
    ("runtime", &["app", "config", "demo", "domain", "engine", "report", "sources", "store", "term", "view", "wire"]),
];

/// Which layers alone may name a crate.
const CRATES: [(&str, &[&str]); 6] = [
    ("crossterm", &["term"]),
    ("tokio", &["sources", "runtime", "demo"]),
    ("reqwest", &["sources"]),
    ("rusqlite", &["store"]),
    ("clap", &["cli"]),
    ("ratatui", &["app", "view", "term", "runtime"]),
];

/// What may stand only in certain files.
const ONLY_IN: [(&str, &[&str], &str); 8] = [
    ("Utc::now", &["src/runtime/clock.rs"], "take `now` as an argument"),
    ("Local::now", &[], "take `now` as an argument"),
    ("Instant::now", &["src/runtime/clock.rs"], "take `now` as an argument"),
    ("SystemTime::now", &[], "take `now` as an argument"),
    (".unwrap()", &[], "say why it can't fail with `expect`, or handle it"),
    ("process::exit", &[], "return an exit code, so that guards run"),
    ("println!", &["src/cli/"], "print through cli::print; nothing else writes to the terminal"),
    ("set_symbol", &["src/view/look.rs", "src/view.rs"], "it passes control characters; use set_string or look::fill"),
];

/// Longer files are hard to hold in the head; the ones listed say why they are.
const SOFT: usize = 400;
const HARD: usize = 600;
const LONG: [(&str, &str); 2] = [
    ("src/domain/world.rs", "the one output: plain types with a line of documentation each"),
    ("src/domain/map.rs", "the compiled map: plain types with a line of documentation each"),
];

/// A source file without its tests and comments.
struct Source {
    path: String,
    text: String,
    /// Lines of code, comments included, tests not.
    length: usize,
    lines: Vec<(usize, String)>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    assert!(files.len() > 50, "only {} files were found", files.len());
    files.iter().map(|file| read(root, file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(root: &Path, file: &Path) -> Source {
    let path = file.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
    let text = fs::read_to_string(file).expect("UTF-8");
    let is_test = path.ends_with("/tests.rs") || path.contains("/tests/") || path.ends_with("/testing.rs");
    let end = text.find("#[cfg(test)]\nmod ").filter(|at| text[*at..].contains('{')).unwrap_or(text.len());
    let code = if is_test { "" } else { &text[..end] };
    let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let lines = lines.map(|(at, line)| (at + 1, line.split(" // ").next().unwrap_or(line).to_owned())).collect();
    Source { path, length: code.lines().count(), lines, text }
}

impl Source {
    /// `domain` for `src/domain.rs` and `src/domain/…`.
    fn layer(&self) -> &str {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inner.split(['/', '.']).next().unwrap_or_default()
    }

    fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

/// The layers that a line names: `crate::a::…`, `crate::{a, b}` in one line.
fn named(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        if line[..at].ends_with('$') {
            continue;
        }
        let rest = &line[at + "crate::".len()..];
        let inner = rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap_or(list));
        let parts: Vec<&str> = if rest.starts_with('{') { inner.split(',').collect() } else { vec![inner] };
        found.extend(parts.into_iter().map(|part| {
            part.trim().chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect::<String>()
        }));
    }
    found.retain(|name| !name.is_empty());
    found
}

fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn layers_name_only_those_below_them() {
    let mut broken = Vec::new();
    for source in sources() {
        let layer = source.layer().to_owned();
        if matches!(layer.as_str(), "lib" | "main" | "cli") {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            broken.push(format!("{}: {layer} is no layer; add it to the table and to DESIGN", source.path));
            continue;
        };
        for (number, line) in &source.lines {
            for other in named(line) {
                if other != layer && !allowed.contains(&other.as_str()) {
                    broken.push(format!("{}: {layer} must not name {other}: {}", source.place(*number), line.trim()));
                }
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn configuration_knows_only_the_settings_of_sources() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.layer() == "config") {
        for (number, line) in &source.lines {
            let is_edge = ["crate::sources::settings", "crate::sources::kind"].iter().any(|edge| line.contains(edge));
            if line.contains("crate::sources") && !is_edge {
                broken.push(format!("{}: {}", source.place(*number), line.trim()));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn crates_stay_in_their_layers() {
    let mut broken = Vec::new();
    for source in sources() {
        for (name, layers) in CRATES {
            if layers.contains(&source.layer()) {
                continue;
            }
            for (number, line) in &source.lines {
                if line.contains(&format!("{name}::")) || line.contains(&format!("use {name};")) {
                    broken.push(format!("{}: {name} belongs in {}", source.place(*number), layers.join(", ")));
                }
            }
        }
        if source.layer() == "domain" {
            let uses = source.lines.iter().filter(|(_, line)| line.contains("serde") || line.contains("async "));
            broken
                .extend(uses.map(|(number, _)| format!("{}: domain is plain and synchronous", source.place(*number))));
        }
    }
    assert_none(&broken);
}

#[test]
fn some_things_stand_in_one_place() {
    let mut broken = Vec::new();
    for source in sources() {
        for (what, places, instead) in ONLY_IN {
            if places.iter().any(|place| source.path.starts_with(place)) {
                continue;
            }
            for (number, line) in source.lines.iter().filter(|(_, line)| line.contains(what)) {
                broken.push(format!("{}: {what}: {instead}: {}", source.place(*number), line.trim()));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn files_stay_short() {
    let mut broken = Vec::new();
    for source in sources() {
        let is_listed = LONG.iter().any(|(path, _)| *path == source.path);
        if source.length > HARD {
            broken.push(format!("{}: {} lines, {HARD} at most", source.path, source.length));
        } else if source.length > SOFT && !is_listed {
            broken.push(format!("{}: {} lines; split it, or say why not in this test", source.path, source.length));
        } else if is_listed && source.length <= SOFT {
            broken.push(format!("{}: no longer long, take it off the list", source.path));
        }
    }
    assert_none(&broken);
}

#[test]
fn a_module_opens_with_what_it_is() {
    let mut broken = Vec::new();
    for source in sources() {
        let is_test = source.path.ends_with("/tests.rs") || source.path.contains("/tests/");
        if !is_test && !source.text.starts_with("//!") {
            broken.push(source.path.clone());
        }
        if source.path.ends_with("/mod.rs") {
            broken.push(format!("{}: modules are foo.rs with foo/", source.path));
        }
    }
    assert_none(&broken);
}

#[test]
fn the_reader_of_sources_sees_what_it_should() {
    assert_eq!(named("use crate::domain::map::Map;"), ["domain"]);
    assert_eq!(named("use crate::{app, view::scene};"), ["app", "view"]);
    assert_eq!(named("fn f(world: &crate::domain::world::World, c: crate::config::Config)"), ["domain", "config"]);
    assert_eq!(named("$crate::x"), Vec::<String>::new());
}
