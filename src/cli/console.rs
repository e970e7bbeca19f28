//! `bsmtop`: the console.

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use super::Folder;
use super::history::History;
use crate::app::wall::{Begin, View};
use crate::runtime::start::{self, Start};
use crate::term::capabilities::{Capabilities, ColorDepth, Wishes};
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
    /// The theme to start with: noc-dark, noc-light, high-contrast, mono
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// How many colours the terminal has
    #[arg(long, value_name = "DEPTH", value_enum, default_value = "auto")]
    color: Color,
    /// Draw with ASCII only
    #[arg(long)]
    ascii: bool,
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
    /// What the terminal can do.
    ///
    /// # Errors
    /// Standard output is no terminal, or one that can't move its cursor.
    pub(super) fn capabilities(&self) -> Result<Capabilities> {
        if !tty::is_output_terminal() {
            bail!("the console needs a terminal, and standard output is none; `bsmtop status` prints the same as text");
        }
        Capabilities::of_environment(self.wishes())
            .context("TERM says that this terminal can't move its cursor; `bsmtop status` prints the same as text")
    }

    fn wishes(&self) -> Wishes {
        let color = match self.color {
            Color::Auto => None,
            Color::None => Some(ColorDepth::None),
            Color::Sixteen => Some(ColorDepth::Ansi16),
            Color::Palette => Some(ColorDepth::Ansi256),
            Color::Rgb => Some(ColorDepth::Rgb),
        };
        Wishes { color, ascii: self.ascii, no_links: self.no_links }
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
    let capabilities = screen.capabilities()?;
    let config = folder.load()?;
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
