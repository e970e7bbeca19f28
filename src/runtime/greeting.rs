//! Greets somebody who has no configuration yet, and waits for their choice.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant as Monotonic;

use anyhow::{Context as _, Result};
use ratatui::layout::Rect;

use super::console::{Console, Outside, Program};
use super::inbox::Inbox;
use super::{clock, start};
use crate::app::message::{Effect, Message};
use crate::app::welcome::{Choice, Welcome};
use crate::domain::span::Instant;
use crate::term::capabilities::Capabilities;
use crate::term::output::Output;
use crate::term::session::Session;
use crate::term::tty;
use crate::view;
use crate::view::scene::Scene;
use crate::view::theme::Theme;

/// Shows the greeting until something is chosen.
///
/// # Errors
/// The terminal could not be taken over, or is gone.
pub fn show(folder: &str, capabilities: Capabilities) -> Result<Choice> {
    let inbox = Inbox::default();
    start::watch_signals(&inbox)?;
    let session = Session::start(false).context("the terminal could not be taken over")?;
    start::listen(&inbox)?;
    let name = start::standard(capabilities.color);
    let chosen = Rc::default();
    let greeting = Greeting {
        welcome: Welcome { folder: folder.to_owned(), ascii: capabilities.ascii, choice: None },
        theme: Theme::named(name)?,
        chosen: Rc::clone(&chosen),
    };
    let output = Output::new(tty::Screen::open()?, capabilities);
    Console::new(greeting, Alone, output, Some(session), inbox, capabilities.frame_time).run()?;
    Ok(chosen.get().unwrap_or(Choice::Quit))
}

struct Greeting {
    welcome: Welcome,
    theme: Theme,
    /// What was chosen, for who waits.
    chosen: Rc<Cell<Option<Choice>>>,
}

impl Program for Greeting {
    fn update(&mut self, message: Message, _: Instant) -> Vec<Effect> {
        if let Message::Key(key) = message {
            self.welcome.press(key);
            self.chosen.set(self.welcome.choice);
        }
        if self.welcome.choice.is_some() { vec![Effect::Quit] } else { Vec::new() }
    }

    fn deadline(&self, _: Instant) -> Option<Instant> {
        None
    }

    fn draw(&self, area: Rect) -> Scene {
        view::welcome::draw(&self.welcome, &self.theme, area)
    }
}

/// Nothing is asked and nothing is read.
struct Alone;

impl Outside for Alone {
    fn now(&self) -> Instant {
        clock::now()
    }

    fn monotonic(&self) -> Monotonic {
        clock::monotonic()
    }

    fn size(&self) -> (u16, u16) {
        tty::size()
    }

    fn run(&mut self, _: Effect) {}
}
