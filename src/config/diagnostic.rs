//! What is wrong with a configuration, and where: the error of this layer.
//!
//! One diagnostic reads like a compiler's: file, line and column, the line itself, a caret under the place, a hint.
//! Text that comes from files is cleaned of control characters before it gets here, so that it can be printed as it is.

use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How bad a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// The configuration cannot be used.
    Error,
    /// The configuration can be used, and probably does not do what was meant.
    Warning,
}

impl Level {
    /// The word printed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong, at one place.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Diagnostic {
    /// The file, as named to the loader.
    pub file: String,
    /// The line from 1; 0 where the whole file is meant.
    pub line: usize,
    /// The column from 1, in characters; 0 where the whole file is meant.
    pub column: usize,
    /// How many characters are meant, from `column` on, within the line.
    pub length: usize,
    /// How bad it is.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What to do about it, if that is known.
    pub hint: Option<String>,
    /// The line, cleaned; empty where the whole file is meant.
    pub source_line: String,
}

/// Longest part of a source line that is printed, in characters.
const WIDEST: usize = 120;
/// How much of a cut line is printed before the place.
const BEFORE: usize = 40;

impl Diagnostic {
    /// A diagnostic about a file as a whole.
    pub fn of_file(file: &str, level: Level, message: String, hint: Option<String>) -> Self {
        let file = cleaned(file);
        Self { file, line: 0, column: 0, length: 0, level, message, hint, source_line: String::new() }
    }

    /// The part of the source line to print, and how many cells stand before the caret.
    fn excerpt(&self) -> (String, usize) {
        let before = self.column.saturating_sub(1);
        let count = self.source_line.chars().count();
        let skip = if count > WIDEST { before.saturating_sub(BEFORE) } else { 0 };
        let (start, end) = (if skip > 0 { "…" } else { "" }, if count > skip + WIDEST { "…" } else { "" });
        let part: String = self.source_line.chars().skip(skip).take(WIDEST).collect();
        let cells: usize = part.chars().take(before - skip).filter_map(UnicodeWidthChar::width).sum();
        (format!("{start}{part}{end}"), start.width() + cells)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.level.word(), self.message)?;
        let gutter = self.line.to_string().len();
        if self.line == 0 {
            writeln!(f, "{:gutter$}--> {}", "", self.file)?;
        } else {
            let (line, before) = self.excerpt();
            let marked: String =
                self.source_line.chars().skip(self.column.saturating_sub(1)).take(self.length.min(WIDEST)).collect();
            writeln!(f, "{:gutter$}--> {}:{}:{}", "", self.file, self.line, self.column)?;
            writeln!(f, "{:gutter$} |", "")?;
            writeln!(f, "{} | {line}", self.line)?;
            writeln!(f, "{:gutter$} | {:before$}{}", "", "", "^".repeat(marked.width().max(1)))?;
        }
        match &self.hint {
            Some(hint) => writeln!(f, "{:gutter$} = help: {hint}", ""),
            None => Ok(()),
        }
    }
}

/// All that is wrong with a configuration, in the order of files and lines.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", rendered(.0))]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// The first of them in one line, and how many more there are: `map/shop.toml:12: unknown key …`.
    pub fn brief(&self) -> String {
        let errors = self.0.iter().filter(|it| it.level == Level::Error);
        let Some(first) = errors.clone().next() else { return String::new() };
        let line = if first.line == 0 { String::new() } else { format!(":{}", first.line) };
        let more = match errors.count() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more, see bsmtop check)"),
        };
        format!("{}{line}: {}{more}", first.file, first.message)
    }
}

/// Diagnostics as text, with a last line that counts them; empty for none.
pub fn rendered(list: &[Diagnostic]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for diagnostic in list {
        let _ = writeln!(text, "{diagnostic}"); // writing to a String cannot fail
    }
    let count = |level| list.iter().filter(|diagnostic| diagnostic.level == level).count();
    let counted = |level: Level| match count(level) {
        0 => None,
        1 => Some(format!("1 {}", level.word())),
        more => Some(format!("{more} {}s", level.word())),
    };
    let counts: Vec<String> = [Level::Error, Level::Warning].into_iter().filter_map(counted).collect();
    text + &counts.join(", ")
}

/// Text without control characters and without characters that reorder what is around them.
pub(super) fn cleaned(text: &str) -> String {
    let stand_in = |c: char| match c {
        '\t' => ' ',
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{61c}'
        | '\u{feff}' => '\u{fffd}',
        _ => c,
    };
    text.chars().map(stand_in).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str, column: usize, length: usize) -> Diagnostic {
        Diagnostic {
            file: "map/shop.toml".into(),
            line: 12,
            column,
            length,
            level: Level::Error,
            message: "wrong".into(),
            hint: Some("right".into()),
            source_line: cleaned(line),
        }
    }

    #[test]
    fn the_caret_stands_under_the_place_also_after_wide_characters() {
        let text = at("名 = x\u{1b}", 5, 2).to_string();
        assert_eq!(
            text,
            "error: wrong\n  --> map/shop.toml:12:5\n   |\n12 | 名 = x␛\n   |      ^^\n   = help: right\n"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = at(&format!("{}bad{}", "a".repeat(500), "b".repeat(500)), 501, 3).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[3].chars().count() < 140);
        let caret = lines[4].find('^').expect("a caret");
        assert_eq!(lines[3].chars().skip(caret).take(3).collect::<String>(), "bad");
    }

    #[test]
    fn the_brief_form_is_one_line() {
        let warning = Diagnostic { level: Level::Warning, ..at("x", 1, 1) };
        assert_eq!(Diagnostics(vec![warning, at("x", 1, 1)]).brief(), "map/shop.toml:12: wrong");
        let two = Diagnostics(vec![at("x", 1, 1), at("y", 1, 1)]).brief();
        assert_eq!(two, "map/shop.toml:12: wrong (and 1 more, see bsmtop check)");
    }

    #[test]
    fn counts_are_the_last_line() {
        let warning = Diagnostic { level: Level::Warning, ..at("x", 1, 1) };
        let text = rendered(&[at("x", 1, 1), at("x", 1, 1), warning]);
        assert_eq!(text.lines().last(), Some("2 errors, 1 warning"));
        assert_eq!(rendered(&[]), "");
    }
}
