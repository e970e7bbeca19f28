//! `bsmtop eval`: one instant, from facts in a file.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;

use super::{Folder, Form};
use crate::engine::{self, Model};
use crate::wire;

#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    folder: Folder,
    /// The facts, as JSON; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    facts: PathBuf,
    #[command(flatten)]
    form: Form,
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let map = Arc::new(options.folder.load()?.map);
    let place = || options.facts.display().to_string();
    let facts = wire::facts::read(&read(&options.facts).with_context(place)?, &map).with_context(place)?;
    options.form.print(&engine::evaluate(&Model::of(map), facts))?;
    Ok(0)
}

fn read(path: &Path) -> std::io::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(path)
}
