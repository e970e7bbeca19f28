//! `bsmtop record`: poller, engine and history without a screen.

use std::io::{self, Write as _};

use anyhow::Result;
use clap::Args;

use super::Folder;
use super::history::History;
use crate::runtime::record::{self, Record};
use crate::runtime::start;

#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    history: History,
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let config = options.folder.load()?;
    let record = Record { config, folder: Some(options.folder.path()), demo: None, place: options.history.needed()? };
    record::record(start::network()?, record, say)
}

/// One line for a journal.
pub(super) fn say(line: &str) {
    // Where nobody reads it, nothing can be done about that.
    let _ = writeln!(io::stderr(), "bsmtop: {line}");
}
