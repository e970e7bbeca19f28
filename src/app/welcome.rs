//! The greeting of somebody who has no configuration yet.

use super::key::{Key, KeyCode};

/// What the greeting leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// The embedded company.
    Demo,
    /// A first configuration.
    Init,
    /// Nothing.
    Quit,
}

/// What is greeted with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Welcome {
    /// The folder in which there is no configuration.
    pub folder: String,
    /// Only ASCII can be shown.
    pub ascii: bool,
    /// What was chosen.
    pub choice: Option<Choice>,
}

impl Welcome {
    /// Takes a key; any that means nothing here does nothing.
    pub fn press(&mut self, key: Key) {
        self.choice = match (key.ctrl, key.code) {
            (false, KeyCode::Char('d') | KeyCode::Enter) => Some(Choice::Demo),
            (false, KeyCode::Char('i')) => Some(Choice::Init),
            (false, KeyCode::Char('q')) | (_, KeyCode::Esc) | (true, KeyCode::Char('c' | 'd')) => Some(Choice::Quit),
            _ => None,
        };
    }
}
