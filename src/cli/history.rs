//! Where history is, for every command that has to do with it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::store;

#[derive(Args, Clone, Debug)]
pub(super) struct History {
    /// The file of history; `none` keeps none [default: history.db in the folder of the user's state]
    #[arg(long = "history", value_name = "FILE", env = "BSMTOP_HISTORY")]
    file: Option<PathBuf>,
}

impl History {
    /// What was asked for.
    pub(super) fn given(&self) -> Option<&Path> {
        self.file.as_deref().filter(|file| *file != Path::new(""))
    }

    /// The file; `None`: no history is wanted, or there is no place for it.
    pub(super) fn place(&self) -> Option<PathBuf> {
        match self.given() {
            Some(file) if file == Path::new("none") => None,
            Some(file) => Some(file.to_owned()),
            None => store::place::usual(),
        }
    }

    /// The file, for a command that makes no sense without.
    ///
    /// # Errors
    /// None is wanted, or there is no place for it.
    pub(super) fn needed(&self) -> Result<PathBuf> {
        self.place().context("history has no file: give --history FILE, or set HOME or XDG_STATE_HOME")
    }
}
