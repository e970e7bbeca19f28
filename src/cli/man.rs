//! `bsmtop man`: the manual page, made from the command line's definition and the action table, so that it can't
//! fall behind them.

use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::{Line, print};
use crate::app::action::{ACTIONS, Context};
use crate::app::command::COMMANDS;
use crate::app::filter::EXAMPLES;

#[derive(Args, Debug)]
pub(super) struct Options {
    /// The page of a command [default: that of bsmtop itself, with keys and files]
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// Files and variables: what it is, and what it is for.
const FILES: &[(&str, &str)] = &[
    (
        "~/.config/bsmtop/config.toml",
        "sources, money, the console itself; --config DIR or BSMTOP_CONFIG name another folder",
    ),
    ("~/.config/bsmtop/map/*.toml", "the map: processes, services, components, customers, objectives"),
    ("~/.config/bsmtop/keys.toml", "keys that differ, by action; bsmtop keys prints all of them"),
    ("~/.config/bsmtop/themes/*.toml", "themes of your own"),
    ("NO_COLOR", "set: no colours; states are told apart by glyph and word"),
    ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "the proxy that sources are asked through"),
];

/// Exit codes and what they say.
const CODES: &[(&str, &str)] = &[
    ("0", "all is well, or the command did what was asked"),
    ("1, 2, 3", "answers of status --exit-code, check and test, as their pages say"),
    (
        "64",
        "no answer: the command line, the configuration or the surroundings are in the way; the reason is on standard error",
    ),
    ("128 and more", "ended by a signal, whose number is added"),
];

pub(super) fn run(options: &Options) -> Result<u8> {
    let mut line = Line::command();
    line.build();
    let mut page = Vec::new();
    if let Some(name) = &options.command {
        let command = line.find_subcommand(name).with_context(|| format!("there is no command {name:?}"))?;
        Man::new(command.clone()).render(&mut page)?;
    } else {
        let man = Man::new(line);
        man.render_title(&mut page)?;
        man.render_name_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
        man.render_subcommands_section(&mut page)?;
        keys().to_writer(&mut page)?;
        terms("FILES AND VARIABLES", FILES).to_writer(&mut page)?;
        terms("EXIT STATUS", CODES).to_writer(&mut page)?;
        man.render_version_section(&mut page)?;
    }
    print(&String::from_utf8(page)?)?;
    Ok(0)
}

/// The action table: the same as the help and the README show.
fn keys() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["KEYS"]);
    for context in Context::ALL {
        roff.control("SS", [context.title().to_lowercase().as_str()]);
        for action in ACTIONS.iter().filter(|action| action.context == context) {
            roff.control("TP", []);
            let keys = if action.keys.is_empty() { format!(":{}", action.name) } else { action.keys.join("  ") };
            roff.text([bold(keys)]);
            roff.text([roman(action.title)]);
        }
    }
    roff.control("SH", ["COMMAND LINE"]);
    roff.text([roman("After : any action by its name, and these:")]);
    for command in COMMANDS {
        roff.control("TP", []);
        roff.text([bold(format!(":{} {}", command.name, command.argument))]);
        roff.text([roman(command.title)]);
    }
    roff.control("SH", ["FILTER"]);
    roff.text([roman("After / words that must all be found, and:")]);
    for example in EXAMPLES {
        roff.control("TP", []);
        roff.text([bold(example.text)]);
        roff.text([roman(example.note)]);
    }
    roff
}

fn terms(heading: &str, terms: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    for (term, meaning) in terms {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*meaning)]);
    }
    roff
}
