//! A line that is typed: its text, its cursor, the keys that edit it, and the lines typed before.

use unicode_segmentation::UnicodeSegmentation;

use super::key::{Key, KeyCode};

/// Longest line that is kept, in characters: a paste of a file is no line.
pub const LONGEST: usize = 200;

/// So many lines typed before are kept.
const KEPT: usize = 100;

/// A line of text with a cursor, counted in graphemes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// What was typed.
    pub text: String,
    /// How many graphemes stand before the cursor.
    pub cursor: usize,
}

impl Line {
    /// A line with the cursor at its end.
    pub fn of(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.graphemes(true).count() }
    }

    /// The text before the cursor.
    pub fn before(&self) -> &str {
        &self.text[..self.byte_at(self.cursor)]
    }

    /// Puts text at the cursor; control characters are dropped.
    pub fn insert(&mut self, text: &str) {
        let at = self.byte_at(self.cursor);
        let clean: String = text.chars().filter(|char| !char.is_control()).collect();
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let clean: String = clean.chars().take(room).collect();
        self.text.insert_str(at, &clean);
        self.cursor = self.text[..at + clean.len()].graphemes(true).count();
    }

    /// Deletes the grapheme before the cursor.
    pub fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.delete();
        }
    }

    /// Deletes the grapheme at the cursor.
    pub fn delete(&mut self) {
        self.text.replace_range(self.byte_at(self.cursor)..self.byte_at(self.cursor + 1), "");
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        let before = self.before().trim_end();
        let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let end = self.byte_at(self.cursor);
        self.text.replace_range(start..end, "");
        self.cursor = self.text[..start].graphemes(true).count();
    }

    /// Deletes everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Moves the cursor by so many graphemes, within the text.
    pub fn step(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.text.graphemes(true).count());
    }

    /// Takes a key that edits a line, as shells have it. Returns whether it is one.
    pub fn edit(&mut self, key: Key) -> bool {
        match (key.ctrl, key.code) {
            (true, KeyCode::Char('u')) => self.clear(),
            (true, KeyCode::Char('w')) => self.delete_word(),
            (true, KeyCode::Char('a')) | (_, KeyCode::Home) => self.step(isize::MIN),
            (true, KeyCode::Char('e')) | (_, KeyCode::End) => self.step(isize::MAX),
            (_, KeyCode::Left) => self.step(-1),
            (_, KeyCode::Right) => self.step(1),
            (_, KeyCode::Backspace) => self.backspace(),
            (_, KeyCode::Delete) => self.delete(),
            (false, KeyCode::Char(char)) if !key.alt => self.insert(char.encode_utf8(&mut [0; 4])),
            _ => return false,
        }
        true
    }

    fn byte_at(&self, grapheme: usize) -> usize {
        self.text.grapheme_indices(true).nth(grapheme).map_or(self.text.len(), |(at, _)| at)
    }
}

/// The lines typed before, oldest first, and which of them is recalled.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Typed {
    lines: Vec<String>,
    recalled: Option<usize>,
    /// What was typed before the first was recalled.
    typed: String,
}

impl Typed {
    /// Keeps a line as the newest; the same line is kept once.
    pub fn keep(&mut self, line: &str) {
        let line = line.trim();
        self.recalled = None;
        if line.is_empty() {
            return;
        }
        self.lines.retain(|known| known != line);
        self.lines.push(line.to_owned());
        if self.lines.len() > KEPT {
            self.lines.remove(0);
        }
    }

    /// The lines, newest first.
    pub fn newest(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().rev().map(String::as_str)
    }

    /// The line before the one that is recalled, or the newest; `typed` is what to come back to.
    pub fn older(&mut self, typed: &str) -> Option<&str> {
        let at = match self.recalled {
            None => {
                typed.clone_into(&mut self.typed);
                self.lines.len().checked_sub(1)?
            }
            Some(at) => at.saturating_sub(1),
        };
        self.recalled = Some(at);
        self.lines.get(at).map(String::as_str)
    }

    /// The line after the one that is recalled; after the newest, what was typed.
    pub fn newer(&mut self) -> Option<&str> {
        let at = self.recalled? + 1;
        self.recalled = Some(at).filter(|at| *at < self.lines.len());
        Some(self.lines.get(at).map_or(self.typed.as_str(), String::as_str))
    }

    /// What is typed now is no recalled line any more.
    pub fn leave(&mut self) {
        self.recalled = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_goes_by_graphemes() {
        let mut line = Line::default();
        line.insert("pay e\u{301}\u{7}x");
        assert_eq!(line.cursor, 6);
        line.step(-1);
        line.backspace();
        assert_eq!((line.text.as_str(), line.before()), ("pay x", "pay "));
        line.step(9);
        line.delete_word();
        assert_eq!((line.text.as_str(), line.cursor), ("pay ", 4));
        line.delete_word();
        assert_eq!((line.text.as_str(), line.cursor), ("", 0));
        line.backspace();
        line.delete();
        assert_eq!(line, Line::default());
    }

    #[test]
    fn lines_typed_before_come_back_and_what_was_typed_after_them() {
        let mut history = Typed::default();
        assert_eq!(history.older("x"), None);
        for line in ["a", "b", " ", "a"] {
            history.keep(line);
        }
        assert_eq!(history.newest().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(history.older("typ"), Some("a"));
        assert_eq!(history.older("a"), Some("b"));
        assert_eq!(history.older("b"), Some("b"), "the oldest stays");
        assert_eq!(history.newer(), Some("a"));
        assert_eq!(history.newer(), Some("typ"));
        assert_eq!(history.newer(), None);
    }
}
