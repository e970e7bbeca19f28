//! `bsmtop record`: poller, engine and history without a screen.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use anyhow::{Result, bail};
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
    #[command(flatten)]
    metrics: Metrics,
}

/// Where metrics are served.
#[derive(Args, Debug)]
pub(super) struct Metrics {
    /// Serve metrics for Prometheus at /metrics, such as on 127.0.0.1:9876
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Allow an address that other machines reach: whoever asks is told all, without a password
    #[arg(long, requires = "listen")]
    listen_to_all: bool,
}

impl Metrics {
    /// The address.
    ///
    /// # Errors
    /// Others reach it, and nobody said that they may.
    pub(super) fn address(&self) -> Result<Option<SocketAddr>> {
        match self.listen {
            Some(address) if !address.ip().is_loopback() && !self.listen_to_all => {
                bail!(
                    "other machines reach {address}, and metrics tell all without a password: say so with --listen-to-all"
                )
            }
            listen => Ok(listen),
        }
    }
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let config = options.folder.load()?;
    let record = Record {
        config,
        folder: Some(options.folder.path()),
        demo: None,
        place: options.history.needed()?,
        listen: options.metrics.address()?,
    };
    record::record(start::network()?, record, say)
}

/// One line for a journal.
pub(super) fn say(line: &str) {
    // Where nobody reads it, nothing can be done about that.
    let _ = writeln!(io::stderr(), "bsmtop: {line}");
}
