//! The README's worked example is a configuration that the program accepts, and what it says of it is so.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The fenced blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("there is a README");
    let opening = format!("\n```{language}\n");
    let fenced = readme.split(&opening).skip(1);
    fenced.map(|rest| rest.split("\n```").next().unwrap_or_default().to_owned() + "\n").collect()
}

fn bsmtop(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bsmtop"));
    command.args(arguments).env("HOME", folder).env_remove("BSMTOP_CONFIG").current_dir(folder).stdin(Stdio::null());
    command.output().expect("the program starts")
}

#[test]
fn the_worked_example_is_accepted_and_true() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    fs::create_dir(folder.join("map")).expect("a folder can be made in it");
    let mut files = Vec::new();
    for block in blocks("toml") {
        // "# map/shop.toml", or "# config.toml, continued".
        let name =
            block.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a block opens with its file's name");
        let file = name.split(',').next().unwrap_or(name).to_owned();
        let before = fs::read_to_string(folder.join(&file)).unwrap_or_default();
        fs::write(folder.join(&file), before + &block).expect("a file can be written");
        files.push(file);
    }
    assert_eq!(files, ["config.toml", "map/shop.toml", "config.toml", "config.toml"]);

    let check = bsmtop(folder, &["check", "--config", "."]);
    assert!(
        check.status.success(),
        "{}{}",
        String::from_utf8_lossy(&check.stdout),
        String::from_utf8_lossy(&check.stderr)
    );

    let facts = blocks("json");
    fs::write(folder.join("facts.json"), facts.first().expect("the README has facts")).expect("a file can be written");
    let eval = bsmtop(folder, &["eval", "--config", ".", "--facts", "facts.json", "--json"]);
    assert!(eval.status.success(), "{}", String::from_utf8_lossy(&eval.stderr));
    let world: Value = serde_json::from_slice(&eval.stdout).expect("eval --json prints JSON");
    assert_eq!(world["nodes"]["payments"]["severity"], "ok", "one of two is left");
    assert_eq!(world["nodes"]["checkout"]["severity"], "minor", "capped");
}
