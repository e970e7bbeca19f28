//! The command line: one file a command, one row of [`Command`] each.
//!
//! Answers go to standard output, everything else to standard error. Exit codes: 0 and those that a command documents
//! (1 to 3) are answers; [`REFUSED`] means that there is none, because of the command line, the configuration or the
//! surroundings; 128 and a signal's number follow from a signal.

mod check;
mod completions;
mod console;
mod demo;
mod eval;
mod history;
mod init;
mod keys;
mod man;
mod record;
mod report;
mod schema;
mod status;
mod test;
mod welcome;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::config::{self, Config};
use crate::domain::world::World;
use crate::{report as texts, wire};

/// The exit code where there is no answer (`EX_USAGE`); the small ones are answers of `status`.
pub const REFUSED: u8 = 64;

/// A terminal console for Business Service Management: which process is hit, which SLA is in danger, what it costs.
///
/// Without a command it opens the console on the configuration; `bsmtop demo` needs none.
#[derive(Parser, Debug)]
#[command(name = "bsmtop", version, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Line {
    #[command(flatten)]
    console: console::Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Open the console on an embedded company: no network, no configuration
    Demo(demo::Options),
    /// Write a first configuration and map from what a Prometheus knows
    Init(init::Options),
    /// Check configuration and map, and print all that is wrong with them
    Check(check::Options),
    /// Ask all sources once and print how the business is
    Status(status::Options),
    /// Keep history without a screen: for a server that never sleeps
    Record(record::Options),
    /// Tell what happened in a shift or a month, what it cost, what is open and what is planned
    Report(report::Options),
    /// Evaluate one instant from a file of facts, without network or clock
    Eval(eval::Options),
    /// Run scenario files against the map
    Test(test::Options),
    /// Print the keys in effect, as keys.toml has them
    Keys(keys::Options),
    /// Print the JSON Schema of configuration and map, for editors
    Schema,
    /// Print the completions of a shell
    Completions(completions::Options),
    /// Print the manual page
    Man(man::Options),
}

/// Where the configuration is.
#[derive(Args, Clone, Debug)]
struct Folder {
    /// The configuration folder: config.toml and map/*.toml [default: the user's own]
    #[arg(long = "config", value_name = "DIR", env = "BSMTOP_CONFIG")]
    folder: Option<PathBuf>,
}

impl Folder {
    fn path(&self) -> PathBuf {
        config::folder(self.folder.as_deref().filter(|folder| *folder != Path::new("")), None)
    }

    /// Whether there is something to load: the file that every configuration has.
    fn is_there(&self) -> bool {
        self.path().join(config::CONFIG_FILE).exists()
    }

    /// Loads it.
    ///
    /// # Errors
    /// All that is wrong with it.
    fn load(&self) -> Result<Config> {
        let folder = self.path();
        config::load(&folder).map_err(|wrong| {
            anyhow::anyhow!("{wrong}\nThe configuration in {} can't be used as it is.", folder.display())
        })
    }
}

/// Runs the program with the words of its command line; returns its exit code.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let outcome = match Line::try_parse_from(words) {
        Ok(line) => execute(line),
        Err(usage) => {
            // Where nobody reads it any more, nothing can be done about that.
            let _ = usage.print();
            let is_wrong = !matches!(usage.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if is_wrong { REFUSED } else { 0 });
        }
    };
    outcome.map_or_else(
        |error| {
            let _ = writeln!(io::stderr(), "bsmtop: {error:#}");
            ExitCode::from(REFUSED)
        },
        ExitCode::from,
    )
}

fn execute(line: Line) -> Result<u8> {
    match line.command {
        None => console::run(line.console),
        Some(Command::Demo(options)) => demo::run(options),
        Some(Command::Check(options)) => check::run(&options),
        Some(Command::Status(options)) => status::run(&options),
        Some(Command::Record(options)) => record::run(&options),
        Some(Command::Report(options)) => report::run(&options),
        Some(Command::Eval(options)) => eval::run(&options),
        Some(Command::Test(options)) => test::run(&options),
        Some(Command::Keys(options)) => keys::run(&options),
        Some(Command::Schema) => schema::run(),
        Some(Command::Completions(options)) => completions::run(&options),
        Some(Command::Man(options)) => man::run(&options),
        Some(Command::Init(options)) => init::run(&options),
    }
}

/// Prints an answer. A reader that has gone away, as `head` does, is none of our business.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    let line_end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    match write!(out, "{text}{line_end}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// How a world is printed.
#[derive(Args, Clone, Copy, Debug)]
struct Form {
    /// Print the whole world as JSON
    #[arg(long)]
    json: bool,
    /// Print it as metrics in the text format of Prometheus, for a textfile collector
    #[arg(long, conflicts_with = "json")]
    prometheus: bool,
}

impl Form {
    fn print(self, world: &World) -> Result<()> {
        match self {
            Self { json: true, .. } => print(&serde_json::to_string_pretty(&wire::world::to_json(world))?),
            Self { prometheus: true, .. } => print(&texts::prometheus_text(world)),
            _ => print(&texts::status_text(world)),
        }
    }
}
