//! What reaches the console, and what it wants done.

use std::sync::Arc;

use super::key::Key;
use crate::domain::facts::Assumptions;
use crate::domain::id::SourceName;
use crate::domain::world::World;

/// What reaches the console.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed.
    Key(Key),
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
    /// The configuration was read again: what is wrong with it, or nothing.
    Reloaded(Result<(), String>),
    /// One line for the operator from outside, such as what came of an effect.
    Notice(String),
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
    /// Ring the bell.
    Bell,
    /// Ask a source now, or all of them.
    Poll(Option<SourceName>),
    /// Put text on the clipboard.
    Copy(String),
    /// Read configuration and map again.
    Reload,
    /// Evaluate what is assumed beside how things are; nothing ends it.
    Assume(Assumptions),
}
