//! `bsmtop test`: scenarios of the map, as one reads them in a review.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;

use super::{Folder, print};
use crate::engine::{self, Model};
use crate::wire::scenario::{self, Difference, Scenario};
use crate::wire::{facts, world};

/// The exit code where a scenario is otherwise than expected.
const FAILED: u8 = 1;

#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    folder: Folder,
    /// Scenario files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let model = Model::of(Arc::new(options.folder.load()?.map));
    let (mut passed, mut failed) = (0, 0);
    let mut report = String::new();
    for file in &options.files {
        for scenario in read(file)? {
            let outcome = outcome(&model, &scenario);
            *(if outcome.is_empty() { &mut passed } else { &mut failed }) += 1;
            let word = if outcome.is_empty() { "ok" } else { "FAILED" };
            writeln!(report, "{word:6} {}: {}", file.display(), scenario.name)?;
            outcome.iter().try_for_each(|line| writeln!(report, "       {line}"))?;
        }
    }
    writeln!(report, "{passed} passed, {failed} failed")?;
    print(&report)?;
    Ok(if failed > 0 { FAILED } else { 0 })
}

fn read(file: &Path) -> Result<Vec<Scenario>> {
    let place = || file.display().to_string();
    scenario::read(&std::fs::read_to_string(file).with_context(place)?).with_context(place)
}

/// What is otherwise than expected.
fn outcome(model: &Model, scenario: &Scenario) -> Vec<String> {
    let facts = match facts::from_value(scenario.facts.clone(), &model.map) {
        Ok(facts) => facts,
        Err(error) => return vec![error.to_string()],
    };
    let world = world::to_json(&engine::evaluate(model, facts));
    let differences = scenario::differences(&scenario.expect, &world);
    let line =
        |it: &Difference| format!("{}: expected {}, got {}{}", it.path, it.expected, it.got, why(&it.path, &world));
    differences.iter().map(line).collect()
}

/// What makes a node what it is, where its severity is not as expected.
fn why(path: &str, world: &Value) -> String {
    let node = path.strip_prefix("nodes.").and_then(|rest| rest.strip_suffix(".severity"));
    let causes = node.and_then(|node| world["nodes"][node]["causes"].as_array()).map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> = causes.iter().filter_map(Value::as_str).collect();
    if names.is_empty() { String::new() } else { format!(" because of {}", names.join(", ")) }
}
