//! The filter: words that must all be found, in any field, in any case; `!word` must not be found.

use unicode_segmentation::UnicodeSegmentation;

/// Longest filter that is kept, in characters: a paste is no filter.
const LONGEST: usize = 200;

/// What was typed, and the words of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// As typed.
    pub text: String,
    words: Vec<Word>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Word {
    lower: String,
    negated: bool,
}

impl Filter {
    /// Reads a filter. A lone `!` is the beginning of a word that is still being typed, and means nothing.
    pub fn parse(text: &str) -> Self {
        let text: String = text.chars().filter(|char| !char.is_control()).take(LONGEST).collect();
        let words = text
            .split_whitespace()
            .map(|word| word.strip_prefix('!').map_or((word, false), |rest| (rest, true)))
            .filter(|(word, _)| !word.is_empty())
            .map(|(word, negated)| Word { lower: word.to_lowercase(), negated })
            .collect();
        Self { text, words }
    }

    /// Whether everything passes.
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a thing passes; `fields` calls its argument with each text that counts.
    pub fn passes(&self, fields: impl Fn(&mut dyn FnMut(&str))) -> bool {
        self.words.iter().all(|word| {
            let mut found = false;
            fields(&mut |text| found = found || contains(text, &word.lower));
            found != word.negated
        })
    }
}

/// Whether a lower-case word occurs in a text of any case, without allocating for plain ASCII.
fn contains(text: &str, lower: &str) -> bool {
    if lower.is_ascii() && text.is_ascii() {
        let (text, lower) = (text.as_bytes(), lower.as_bytes());
        return text.windows(lower.len()).any(|window| window.eq_ignore_ascii_case(lower));
    }
    text.to_lowercase().contains(lower)
}

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

    fn byte_at(&self, grapheme: usize) -> usize {
        self.text.grapheme_indices(true).nth(grapheme).map_or(self.text.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(filter: &str, fields: &[&str]) -> bool {
        Filter::parse(filter).passes(|field| fields.iter().for_each(|text| field(text)))
    }

    #[test]
    fn all_words_must_be_found_in_any_field_and_any_case() {
        let fields = ["Online Checkout", "commerce", "Zürich"];
        assert!(passes("check COMM", &fields));
        assert!(passes("ZÜR", &fields));
        assert!(!passes("check payroll", &fields));
        assert!(!passes("check !commerce", &fields));
        assert!(passes("check !payroll", &fields));
        assert!(passes("  ! ", &fields));
    }

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
}
