//! What reaches the console, and what it wants done.

use std::sync::Arc;

use super::attention::Wishes;
use super::key::Key;
use super::keymap::Keymap;
use super::mouse::Mouse;
use super::past::Then;
use crate::domain::facts::Assumptions;
use crate::domain::history::Keeping;
use crate::domain::id::SourceName;
use crate::domain::remembered::Remembered;
use crate::domain::span::{Instant, Span};
use crate::domain::world::World;
use crate::domain::write::{Intent, Number, Outcome, Preview};

/// What reaches the console.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed.
    Key(Key),
    /// A button of the mouse, or its wheel.
    Mouse(Mouse),
    /// Text was pasted: data, never keys.
    Paste(String),
    /// The screen has a new size, in columns and rows.
    Resize(u16, u16),
    /// The terminal got or lost the focus.
    Focus(bool),
    /// A world was published.
    World(Arc<World>),
    /// A deadline of the model passed.
    Tick,
    /// Something in the configuration folder changed.
    FilesChanged,
    /// Keys, themes and wishes were read again.
    Arranged(Arranged),
    /// The configuration was read again: what is wrong with it, or nothing.
    Reloaded(Result<(), String>),
    /// How history is kept changed.
    Keeping(Keeping),
    /// What history holds of the stretch that was asked for, or why it does not answer.
    Remembered(Result<Arc<Remembered>, String>),
    /// The company as of an instant that was asked for, or why that is not known.
    LookedBack(Instant, Result<Box<Then>, String>),
    /// One line for the operator from outside, such as what came of an effect.
    Notice(String),
    /// What a write would send, or why it can't be sent.
    Prepared {
        /// Which preview.
        round: u64,
        /// Which job of the form.
        job: usize,
        /// The request, under the number that sends it.
        answer: Result<(Number, Box<Preview>), String>,
    },
    /// What came of a write.
    Sent {
        /// Which preview.
        round: u64,
        /// Which job of the form.
        job: usize,
        /// What it was, for people.
        what: String,
        /// What came of it.
        outcome: Outcome,
    },
    /// A link could not be opened here: it, and why.
    NoBrowser(String, String),
}

/// What the operator arranged for themselves, as it was read again; `None` where that was refused.
#[derive(Clone, Debug, Default)]
pub struct Arranged {
    /// Which key does what.
    pub keymap: Option<Arc<Keymap>>,
    /// The names of the themes.
    pub themes: Option<Vec<String>>,
    /// What they want to hear.
    pub wishes: Option<Wishes>,
}

/// What the console wants done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// End.
    Quit,
    /// Give the terminal back and stop, as Ctrl-Z does.
    Suspend,
    /// Paint all cells anew.
    Repaint,
    /// Tell the operator, who may not be looking: ask the terminal to notify, and ring the bell where wanted.
    Notify {
        /// One line.
        text: String,
        /// Whether the bell rings too.
        bell: bool,
    },
    /// Ask a source now, or all of them.
    Poll(Option<SourceName>),
    /// Put text on the clipboard.
    Copy(String),
    /// Read configuration and map again.
    Reload,
    /// Ask history what it holds of a stretch.
    Recall(Span),
    /// Ask history how the company stood at an instant.
    LookBack(Instant),
    /// Open an address in the browser.
    Open(String),
    /// Look at what a write is about, and make its request. Changes nothing.
    Prepare {
        /// Which preview.
        round: u64,
        /// Which job of the form.
        job: usize,
        /// What is wanted.
        intent: Box<Intent>,
    },
    /// Send what was previewed, once.
    Send {
        /// Which preview.
        round: u64,
        /// Which job of the form.
        job: usize,
        /// The number of the preview.
        number: Number,
        /// What it is, for people.
        what: String,
    },
    /// Evaluate what is assumed beside how things are; nothing ends it.
    Assume(Assumptions),
}
