//! `bsmtop status`: how the business is, for pipes, scripts and mails.

use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;

use super::history::History;
use super::record::say;
use super::{Folder, Form};
use crate::domain::map::Kind;
use crate::domain::severity::{Severity, Shown};
use crate::domain::world::World;
use crate::runtime::once::{self, Look};
use crate::wire;

#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    history: History,
    #[command(flatten)]
    form: Form,
    /// Say it by the exit code too: 2 a process is major or critical, else 3 one is unknown, else 1 warning or minor
    #[arg(long)]
    exit_code: bool,
    /// How long sources may take to answer
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = patience)]
    wait: Duration,
}

pub(super) fn patience(text: &str) -> Result<Duration> {
    let time = wire::facts::duration(text).and_then(|time| time.to_std().ok());
    time.with_context(|| format!("{text:?} is no time: write it like 10s or 2m"))
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let history = options.history.place();
    let Look { world, trouble, .. } = once::look(options.folder.load()?, options.wait, history.as_deref(), |_| ())?;
    if let Some(trouble) = trouble {
        say(&format!("{trouble}; what it knows of money and of the time before is left out"));
    }
    options.form.print(&world)?;
    Ok(if options.exit_code { exit_code(&world) } else { 0 })
}

/// What monitoring systems make of exit codes: 0 ok, 1 warning, 2 critical, 3 unknown.
fn exit_code(world: &World) -> u8 {
    let processes = world.map.named_nodes().filter(|(_, node)| node.kind == Kind::Process);
    let shown: Vec<Shown> = processes.map(|(index, _)| world.nodes[index].interval.shown()).collect();
    let any = |least: Severity| shown.iter().any(|shown| matches!(shown, Shown::Severity(it) if *it >= least));
    if any(Severity::Major) {
        2
    } else if shown.contains(&Shown::Unknown) {
        3
    } else {
        u8::from(any(Severity::Warning))
    }
}
