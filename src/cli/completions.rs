//! `bsmtop completions`: what a shell needs to complete the command line.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Line, print};

#[derive(Args, Debug)]
pub(super) struct Options {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Line::command(), "bsmtop", &mut script);
    print(&String::from_utf8(script)?)?;
    Ok(0)
}
