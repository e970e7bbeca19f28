//! `bsmtop check`: all that is wrong with configuration and map, before anybody relies on them.

mod online;

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::{Folder, print};
use crate::config::{self, Config};
use crate::domain::map::Kind;
use crate::runtime::personal::{self, Themes};

/// The exit code where the configuration can't be used.
const WRONG: u8 = 1;

#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    folder: Folder,
    /// Ask the sources, too, once each, and show what they yield
    #[arg(long)]
    online: bool,
    /// Ask this source alone
    #[arg(long, value_name = "NAME", requires = "online")]
    source: Option<String>,
    /// How long sources may take to answer
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = super::status::patience, requires = "online")]
    wait: Duration,
}

pub(super) fn run(options: &Options) -> Result<u8> {
    let folder = options.folder.path();
    let (_, mut own) = Themes::load(Some(&folder), false);
    own.extend(personal::keymap(&folder).err().map(|wrong| wrong.to_string()));
    for wrong in &own {
        eprintln!("{wrong}");
    }
    match config::load(&folder) {
        Ok(config) => {
            if !config.warnings.is_empty() {
                eprintln!("{}", config::rendered(&config.warnings));
            }
            if !own.is_empty() {
                return Ok(WRONG);
            }
            print(&summary(&config))?;
            if options.online { online::run(config, options.source.as_deref(), options.wait) } else { Ok(0) }
        }
        Err(wrong) => {
            eprintln!("{wrong}");
            Ok(WRONG)
        }
    }
}

fn summary(config: &Config) -> String {
    let map = &config.map;
    let nodes = |kind: Kind| map.named_nodes().filter(|(_, node)| node.kind == kind).count();
    let counts = [
        (nodes(Kind::Process), "process", "processes"),
        (nodes(Kind::Service), "service", "services"),
        (nodes(Kind::Component), "component", "components"),
        (nodes(Kind::Customer), "customer", "customers"),
        (map.objectives.len(), "objective", "objectives"),
        (config.sources.len(), "source", "sources"),
    ];
    let counted = |(count, one, many): (usize, &str, &str)| format!("{count} {}", if count == 1 { one } else { many });
    format!("ok: {}", counts.map(counted).join(", "))
}
