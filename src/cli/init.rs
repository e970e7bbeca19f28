//! `bsmtop init`: a first configuration, from what a Prometheus knows of itself. It asks, looks, proposes, writes a
//! commented folder, and checks it. It never touches a file that is already there.

mod draft;
mod found;

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use url::Url;

use self::draft::Draft;
use super::{Folder, print};
use crate::config;
use crate::runtime::{clock, start};
use crate::sources::settings::{Auth, SecretRef, Settings};

/// Where a Prometheus usually is.
const USUAL: &str = "http://127.0.0.1:9090";

#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    folder: Folder,
    /// The address of a Prometheus; without it, it is asked for
    #[arg(long, value_name = "URL")]
    prometheus: Option<Url>,
    /// The environment variable that holds a bearer token for it
    #[arg(long, value_name = "NAME")]
    token_env: Option<String>,
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let folder = options.folder.path();
    for taken in [folder.join("config.toml"), folder.join("map")] {
        ensure!(
            !taken.exists(),
            "{} is already there, and init changes no file: --config DIR names another folder",
            taken.display()
        );
    }
    let url = options.prometheus.clone().map_or_else(ask, Ok)?;
    let settings = settings(&url, options.token_env.as_deref());
    let found = start::network()?
        .block_on(found::look(&settings, clock::now))
        .with_context(|| format!("nothing was written: {url} did not answer as a Prometheus does"))?;
    let draft = Draft { url: &url, token_env: options.token_env.as_deref(), tz: &zone(), found: &found };
    for (name, text) in draft.files() {
        write_new(&folder.join(&name), &text)?;
    }
    let config = config::load(&folder).map_err(|wrong| {
        anyhow::anyhow!("{wrong}\nThe draft in {} does not hold: please report this.", folder.display())
    })?;
    let named = options.folder.folder.as_ref();
    let where_it_is = named.map_or_else(String::new, |folder| format!(" --config {}", folder.display()));
    print(&format!(
        "{}\nwritten to {}\n\nNext: name your business processes in map/, give them a value per hour, then\n  \
         bsmtop check{where_it_is}\n  bsmtop{where_it_is}",
        found.summary(&config.map),
        folder.display(),
    ))?;
    Ok(0)
}

/// Asks for the address on the terminal.
fn ask() -> Result<Url> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        bail!("nobody can be asked for the address of a Prometheus here: give it with --prometheus URL");
    }
    let mut err = io::stderr();
    loop {
        write!(err, "Prometheus URL [{USUAL}]: ")?;
        err.flush()?;
        let mut line = String::new();
        ensure!(stdin.lock().read_line(&mut line)? > 0, "no address was given, nothing was written");
        let text = Some(line.trim()).filter(|text| !text.is_empty()).unwrap_or(USUAL);
        let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        match Url::parse(&text) {
            Ok(url) if url.has_host() => return Ok(url),
            _ => writeln!(err, "{text:?} is no address: write it like {USUAL}")?,
        }
    }
}

fn settings(url: &Url, token_env: Option<&str>) -> Settings {
    Settings {
        urls: vec![url.clone()],
        auth: token_env.map(|name| Auth::Bearer(SecretRef::Env(name.to_owned()))),
        ..Settings::plain("prom".into(), "prometheus")
    }
}

/// The zone of this machine, where it says so; days and months begin in it.
fn zone() -> String {
    let link = fs::read_link("/etc/localtime").unwrap_or_default();
    let name = link.to_str().and_then(|path| path.split_once("zoneinfo/")).map_or("UTC", |(_, name)| name);
    if name.parse::<chrono_tz::Tz>().is_ok() { name.to_owned() } else { "UTC".to_owned() }
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    let write = || {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::File::create_new(path)?.write_all(text.as_bytes())
    };
    write().with_context(|| format!("{} could not be written", path.display()))
}
