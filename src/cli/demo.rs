//! `bsmtop demo`: the console on an embedded company.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::console::Screen;
use super::history::History;
use super::record::{Metrics, say};
use crate::config;
use crate::demo;
use crate::runtime::clock;
use crate::runtime::record::{self, Record};
use crate::runtime::start::{self, Start};

#[derive(Args, Debug)]
pub(super) struct Options {
    /// Which story is told
    #[arg(long, value_name = "NUMBER", default_value_t = demo::Options::default().seed)]
    seed: u64,
    /// How many times faster than the clock it is told
    #[arg(long, value_name = "FACTOR", default_value_t = demo::Options::default().speed)]
    speed: f64,
    /// Keep its history without a screen, in the ordinary place
    #[arg(long)]
    record: bool,
    #[command(flatten)]
    metrics: Metrics,
    #[command(flatten)]
    history: History,
    #[command(flatten)]
    screen: Screen,
}

pub(super) fn run(options: Options) -> Result<u8> {
    let Options { seed, speed, record, metrics, history, screen } = options;
    let listen = metrics.address()?;
    if listen.is_some() && !record {
        bail!("--listen goes with --record");
    }
    let usual = config::Console::default();
    let capabilities = if record { None } else { Some(screen.capabilities(&usual)?) };
    let network = start::network()?;
    let company = network.block_on(demo::start(demo::Options { seed, speed }, clock::now))?;
    let config = config::load_texts(&company.config_texts(), Path::new("."))?;
    let Some(capabilities) = capabilities else {
        let record = Record { config, folder: None, demo: Some(company), place: history.needed()?, listen };
        return record::record(network, record, say);
    };
    // The story of an afternoon does not belong among what happened to the real company.
    let passing = history.given().is_none().then(Passing::new).transpose()?;
    let place = passing.as_ref().map(Passing::place).or_else(|| history.place());
    let theme = screen.theme();
    let start = Start { config, folder: None, demo: Some(company), history: place, theme, capabilities };
    start::console(network, start)
}

/// A folder for the history of one run, that goes with it.
struct Passing(PathBuf);

impl Passing {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("bsmtop-demo-{}", std::process::id()));
        // Not even a link may stand there already: the folder for temporary files is everybody's.
        fs::DirBuilder::new().mode(0o700).create(&folder).with_context(|| format!("{}", folder.display()))?;
        Ok(Self(folder))
    }

    fn place(&self) -> PathBuf {
        self.0.join("history.db")
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // What is left is little, and in a place that is swept.
        let _ = fs::remove_dir_all(&self.0);
    }
}
