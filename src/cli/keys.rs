//! `bsmtop keys`: which key does what, in the form of the file that changes it.

use anyhow::{Result, anyhow};
use clap::Args;

use super::{Folder, print};
use crate::runtime::personal;

#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn run(options: &Options) -> Result<u8> {
    print(&personal::keymap(&options.folder.path()).map_err(|wrong| anyhow!("{wrong}"))?.text())?;
    Ok(0)
}
