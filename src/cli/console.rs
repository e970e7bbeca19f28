//! `bsmtop`: the console.

use std::ffi::OsString;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use super::history::History;
use super::{Folder, welcome};
use crate::app::wall::{Begin, View};
use crate::config::{self, Notify};
use crate::runtime::start::{self, Start};
use crate::term::capabilities::{Capabilities, ColorDepth, Wishes};
use crate::term::notify::Notification;
use crate::term::tty;

#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    history: History,
    #[command(flatten)]
    screen: Screen,
}

/// How the console looks.
#[derive(Args, Debug)]
pub(super) struct Screen {
    /// The theme to start with: one that comes with bsmtop, or a file of themes/ in the configuration folder
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// How many colours the terminal has
    #[arg(long, value_name = "DEPTH", value_enum, default_value = "auto")]
    color: Color,
    /// Draw with ASCII only
    #[arg(long)]
    ascii: bool,
    /// Clicks select and the wheel scrolls; selecting text then needs Shift
    #[arg(long)]
    mouse: bool,
    /// Don't make names clickable (OSC 8)
    #[arg(long)]
    no_links: bool,
    /// Start with the wall: all, processes, sla, cost, or an owner or a tag whose processes it shows
    #[arg(long, value_name = "NAME")]
    wall: Option<String>,
    /// Only the keys of the wall work; nothing but a signal ends it
    #[arg(long)]
    kiosk: bool,
    /// Hide names and money on the wall
    #[arg(long)]
    private: bool,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum Color {
    /// As the environment says (`NO_COLOR`, `COLORTERM`, `TERM`)
    Auto,
    /// None: states by glyph and word
    None,
    /// The terminal's own sixteen
    #[value(name = "16")]
    Sixteen,
    /// The 256 of xterm
    #[value(name = "256")]
    Palette,
    /// All
    Rgb,
}

impl Screen {
    /// What the terminal can do, and what of it is wanted.
    ///
    /// # Errors
    /// Standard output is no terminal, or one that can't move its cursor.
    pub(super) fn capabilities(&self, console: &config::Console) -> Result<Capabilities> {
        if !tty::is_output_terminal() {
            bail!("the console needs a terminal, and standard output is none; `bsmtop status` prints the same as text");
        }
        Capabilities::of_environment(self.wishes(console))
            .context("TERM says that this terminal can't move its cursor; `bsmtop status` prints the same as text")
    }

    fn wishes(&self, console: &config::Console) -> Wishes {
        let color = match self.color {
            Color::Auto => None,
            Color::None => Some(ColorDepth::None),
            Color::Sixteen => Some(ColorDepth::Ansi16),
            Color::Palette => Some(ColorDepth::Ansi256),
            Color::Rgb => Some(ColorDepth::Rgb),
        };
        let notify = match console.notify {
            Notify::Auto => None,
            Notify::Osc9 => Some(Notification::Osc9),
            Notify::Osc99 => Some(Notification::Osc99),
            Notify::Osc777 => Some(Notification::Osc777),
            Notify::None => Some(Notification::None),
        };
        Wishes {
            color,
            ascii: self.ascii || console.ascii,
            no_links: self.no_links,
            notify,
            mouse: self.mouse || console.mouse,
        }
    }

    /// The words of a command line that asks for the same, of another command.
    pub(super) fn again(&self, command: &str) -> Vec<OsString> {
        let mut words = vec![command.to_owned()];
        words.extend(self.theme.iter().map(|theme| format!("--theme={theme}")));
        let color = self.color.to_possible_value().map(|value| format!("--color={}", value.get_name()));
        words.extend(color);
        let flags = [("--ascii", self.ascii), ("--mouse", self.mouse), ("--no-links", self.no_links)];
        words.extend(flags.into_iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag.to_owned()));
        words.into_iter().map(OsString::from).collect()
    }

    /// How the wall begins.
    pub(super) fn wall(&self) -> Begin {
        Begin { view: self.wall.as_deref().map(View::named), kiosk: self.kiosk, private: self.private }
    }

    pub(super) fn theme(&self) -> Option<String> {
        self.theme.clone()
    }
}

pub(super) fn run(options: Options) -> Result<u8> {
    let Options { folder, history, screen } = options;
    if !folder.is_there() {
        return welcome::run(&folder, &screen);
    }
    let config = folder.load()?;
    let capabilities = screen.capabilities(&config.console)?;
    let start = Start {
        config,
        folder: Some(folder.path()),
        demo: None,
        history: history.place(),
        theme: screen.theme(),
        wall: screen.wall(),
        capabilities,
    };
    start::console(start::network()?, start)
}
