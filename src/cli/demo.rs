//! `bsmtop demo`: the console on an embedded company.

use std::path::Path;

use anyhow::Result;
use clap::Args;

use super::console::Screen;
use crate::config;
use crate::demo;
use crate::runtime::clock;
use crate::runtime::start::{self, Start};

#[derive(Args, Debug)]
pub(super) struct Options {
    /// Which story is told
    #[arg(long, value_name = "NUMBER", default_value_t = demo::Options::default().seed)]
    seed: u64,
    /// How many times faster than the clock it is told
    #[arg(long, value_name = "FACTOR", default_value_t = demo::Options::default().speed)]
    speed: f64,
    #[command(flatten)]
    screen: Screen,
}

pub(super) fn run(options: Options) -> Result<u8> {
    let Options { seed, speed, screen } = options;
    let capabilities = screen.capabilities(&config::Console::default())?;
    let network = start::network()?;
    let company = network.block_on(demo::start(demo::Options { seed, speed }, clock::now))?;
    let config = config::load_texts(&company.config_texts(), Path::new("."))?;
    let start = Start { config, folder: None, demo: Some(company), theme: screen.theme(), capabilities };
    start::console(network, start)
}
