//! `bsmtop` without a configuration: what it is, and the two ways to begin. A first look needs neither network nor
//! configuration, so one key shows it.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Folder;
use super::console::Screen;
use crate::app::welcome::Choice;
use crate::config;
use crate::runtime::greeting;
use crate::term::tty;

/// Greets; goes on with what was chosen.
pub(super) fn run(folder: &Folder, screen: &Screen) -> Result<u8> {
    let path = folder.path().display().to_string();
    if !tty::is_output_terminal() {
        bail!(
            "there is no configuration in {path}\n\n  bsmtop init    writes a first one, from what a Prometheus knows\n  \
             bsmtop demo    shows the console over an embedded company; it needs neither\n\n\
             --config DIR or BSMTOP_CONFIG names another folder"
        );
    }
    let capabilities = screen.capabilities(&config::Console::default())?;
    match greeting::show(&path, capabilities)? {
        Choice::Quit => Ok(0),
        Choice::Demo => become_other(screen.again("demo")),
        Choice::Init => {
            let words = ["init".into(), "--config".into(), folder.path().into_os_string()];
            become_other(words.to_vec())
        }
    }
}

/// Goes on as another command of this program, with threads and terminal as a new process has them.
fn become_other(words: Vec<std::ffi::OsString>) -> Result<u8> {
    let program = std::env::current_exe().context("this program's own file could not be found")?;
    let error = Command::new(program).args(words).exec();
    Err(error).context("this program's own file could not be started")
}
