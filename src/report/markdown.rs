//! A report as Markdown: for a mail, a wiki or a ticket.
//!
//! Words of other systems are data: what Markdown would take for its own signs is escaped.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::document::{Cell, Document, Part, when};
use super::words;

/// A share of so much of the whole is as good as one of all of it; of less it is marked.
const NEARLY_ALL: Decimal = Decimal::from_parts(99, 0, 0, false, 2);

/// A report as Markdown.
pub fn markdown(document: &Document) -> String {
    let mut out = String::new();
    // Writing to a string can't fail.
    let _ = write(document, &mut out);
    out
}

fn write(document: &Document, out: &mut String) -> std::fmt::Result {
    writeln!(out, "# {}\n", escaped(&document.title))?;
    for sentence in &document.summary {
        writeln!(out, "{}\n", escaped(sentence))?;
    }
    for part in &document.parts {
        write_part(document, part, out)?;
    }
    let made = document.made.with_timezone(&document.tz);
    writeln!(out, "---\n\nMade {}, by bsmtop {}.", made.format("%Y-%m-%d %H:%M %Z"), env!("CARGO_PKG_VERSION"))
}

fn write_part(document: &Document, part: &Part, out: &mut String) -> std::fmt::Result {
    if part.rows.is_empty() && part.sentences.is_empty() && part.notes.is_empty() {
        return Ok(());
    }
    writeln!(out, "## {}\n", part.title)?;
    for sentence in &part.sentences {
        writeln!(out, "* {}", escaped(sentence))?;
    }
    if !part.sentences.is_empty() {
        writeln!(out)?;
    } else if !part.rows.is_empty() {
        write_table(document, part, out)?;
    }
    for note in &part.notes {
        writeln!(out, "{}\n", escaped(note))?;
    }
    Ok(())
}

fn write_table(document: &Document, part: &Part, out: &mut String) -> std::fmt::Result {
    let shown: Vec<usize> = (0..part.columns.len()).filter(|at| !part.columns[*at].title.is_empty()).collect();
    let is_number =
        |column: usize| part.rows.iter().any(|row| !matches!(row[column], Cell::None | Cell::Text(_) | Cell::At(_)));
    let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |", cells.collect::<Vec<_>>().join(" | "));
    writeln!(out, "{}", line(&mut shown.iter().map(|at| part.columns[*at].title.to_owned())))?;
    let rule = |at: &usize| if is_number(*at) { "---:" } else { "---" }.to_owned();
    writeln!(out, "{}", line(&mut shown.iter().map(rule)))?;
    for row in &part.rows {
        writeln!(out, "{}", line(&mut shown.iter().map(|at| cell(document, &row[*at]))))?;
    }
    writeln!(out)
}

fn cell(document: &Document, cell: &Cell) -> String {
    match cell {
        Cell::None => "–".to_owned(),
        Cell::Text(text) => escaped(text),
        Cell::Count(count) => count.to_string(),
        Cell::Money(amount) => words::amount(*amount),
        Cell::Cost(range) => words::range(*range),
        Cell::Known(ratio, coverage) if *coverage < NEARLY_ALL => format!("~{}", words::percent(*ratio, 3)),
        Cell::Ratio(ratio) | Cell::Known(ratio, _) => words::percent(*ratio, 3),
        Cell::Lasted(time) => words::age(*time),
        Cell::At(at) => when(document.tz, *at),
    }
}

/// Words in which Markdown finds none of its own signs.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(char);
            }
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_stay_words() {
        assert_eq!(escaped("a|b <script> [x](y)\n# z"), "a\\|b \\<script\\> \\[x\\](y) \\# z");
    }
}
