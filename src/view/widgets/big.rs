//! Letters and digits of four rows, for reading across a room: a font of 5x7 dots, drawn with half blocks and
//! thickened by one dot, so that strokes are as wide as they are high.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::view::look::{Align, Look, line, put};
use crate::view::theme::Meaning;

/// Rows that a letter takes.
pub const ROWS: u16 = 4;

/// Dots by row from the top, the highest of five bits at the left; `m` has seven, or its legs would run together.
const FONT: [(char, [u8; 7]); 54] = [
    ('0', [14, 17, 17, 17, 17, 17, 14]),
    ('1', [4, 12, 4, 4, 4, 4, 14]),
    ('2', [14, 17, 1, 2, 4, 8, 31]),
    ('3', [31, 2, 4, 2, 1, 17, 14]),
    ('4', [2, 6, 10, 18, 31, 2, 2]),
    ('5', [31, 16, 30, 1, 1, 17, 14]),
    ('6', [6, 8, 16, 30, 17, 17, 14]),
    ('7', [31, 1, 2, 4, 8, 8, 8]),
    ('8', [14, 17, 17, 14, 17, 17, 14]),
    ('9', [14, 17, 17, 15, 1, 2, 12]),
    ('A', [14, 17, 17, 31, 17, 17, 17]),
    ('B', [30, 17, 17, 30, 17, 17, 30]),
    ('C', [14, 17, 16, 16, 16, 17, 14]),
    ('D', [28, 18, 17, 17, 17, 18, 28]),
    ('E', [31, 16, 16, 30, 16, 16, 31]),
    ('F', [31, 16, 16, 30, 16, 16, 16]),
    ('G', [14, 17, 16, 23, 17, 17, 15]),
    ('H', [17, 17, 17, 31, 17, 17, 17]),
    ('I', [14, 4, 4, 4, 4, 4, 14]),
    ('J', [7, 2, 2, 2, 2, 18, 12]),
    ('K', [17, 18, 20, 24, 20, 18, 17]),
    ('L', [16, 16, 16, 16, 16, 16, 31]),
    ('M', [17, 27, 21, 21, 17, 17, 17]),
    ('N', [17, 17, 25, 21, 19, 17, 17]),
    ('O', [14, 17, 17, 17, 17, 17, 14]),
    ('P', [30, 17, 17, 30, 16, 16, 16]),
    ('Q', [14, 17, 17, 17, 21, 18, 13]),
    ('R', [30, 17, 17, 30, 20, 18, 17]),
    ('S', [15, 16, 16, 14, 1, 1, 30]),
    ('T', [31, 4, 4, 4, 4, 4, 4]),
    ('U', [17, 17, 17, 17, 17, 17, 14]),
    ('V', [17, 17, 17, 17, 17, 10, 4]),
    ('W', [17, 17, 17, 21, 21, 21, 10]),
    ('X', [17, 17, 10, 4, 10, 17, 17]),
    ('Y', [17, 17, 17, 10, 4, 4, 4]),
    ('Z', [31, 1, 2, 4, 8, 16, 31]),
    ('d', [1, 1, 15, 17, 17, 17, 15]),
    ('h', [16, 16, 30, 17, 17, 17, 17]),
    ('m', [0, 0, 118, 73, 73, 73, 73]),
    ('s', [0, 0, 15, 16, 14, 1, 30]),
    (',', [0, 0, 0, 0, 12, 4, 8]),
    ('.', [0, 0, 0, 0, 0, 12, 12]),
    ('-', [0, 0, 0, 31, 0, 0, 0]),
    ('_', [0, 0, 0, 0, 0, 0, 31]),
    (':', [0, 12, 12, 0, 12, 12, 0]),
    ('/', [1, 1, 2, 4, 8, 16, 16]),
    ('&', [12, 18, 20, 8, 21, 18, 13]),
    ('#', [10, 10, 31, 10, 31, 10, 10]),
    ('+', [0, 4, 4, 31, 4, 4, 0]),
    ('~', [0, 0, 8, 21, 2, 0, 0]),
    ('≥', [8, 4, 2, 4, 8, 0, 31]),
    ('%', [24, 25, 2, 4, 8, 19, 3]),
    ('?', [14, 17, 1, 2, 4, 0, 4]),
    ('!', [4, 4, 4, 4, 4, 0, 4]),
];

/// The dots of a letter and how many columns they take, without the empty ones at either side.
fn dots(letter: char) -> ([u8; 7], u16) {
    let find = |letter: char| FONT.iter().find(|(known, _)| *known == letter);
    let Some((_, rows)) = find(letter).or_else(|| find(letter.to_ascii_uppercase())) else {
        return ([0; 7], 3);
    };
    let used = rows.iter().fold(0, |all, row| all | row);
    let right = used.trailing_zeros() as u16;
    let left = (u8::BITS - used.leading_zeros()) as u16;
    // A sixth column for the thickening.
    (rows.map(|row| (row >> right) << 1 | (row >> right)), left - right + 1)
}

/// Cells that a text takes.
pub fn width(text: &str) -> u16 {
    text.chars().map(|letter| dots(letter).1 + 1).sum::<u16>().saturating_sub(1)
}

/// Whether every letter of a text has a form of its own.
pub fn has_all(text: &str) -> bool {
    let known = |letter: char| FONT.iter().any(|(known, _)| *known == letter);
    text.chars().all(|letter| letter == ' ' || known(letter) || known(letter.to_ascii_uppercase()))
}

/// Rows that letters of a scale take.
pub const fn rows(scale: u16) -> u16 {
    (7 * scale).div_ceil(2)
}

/// Draws a text from the top left of an area; where it does not fit, or in ASCII, in ordinary letters.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect, text: &str, meaning: Meaning) {
    scaled(buffer, look, area, text, meaning, 1);
}

/// The same in letters so many times as large.
pub fn scaled(buffer: &mut Buffer, look: &Look, area: Rect, text: &str, meaning: Meaning, scale: u16) {
    let area = area.intersection(buffer.area);
    if look.model.ascii || area.height < rows(scale) || area.width < width(text) * scale {
        let middle = line(area, area.height.saturating_sub(1) / 2);
        look.say(text, meaning).draw(buffer, look, middle, Align::Left);
        return;
    }
    // The ground of what is below stays.
    let ink = Style::new().fg(look.style(meaning).fg.unwrap_or_default());
    let mut x = area.x;
    for letter in text.chars() {
        let (letter_rows, columns) = dots(letter);
        for column in 0..columns * scale {
            let lit = |dot: u16| {
                let row = letter_rows.get(usize::from(dot / scale));
                row.is_some_and(|row| row >> (columns - 1 - column / scale) & 1 == 1)
            };
            for row in 0..rows(scale) {
                let sign = match (lit(row * 2), lit(row * 2 + 1)) {
                    (true, true) => "█",
                    (true, false) => "▀",
                    (false, true) => "▄",
                    (false, false) => continue,
                };
                put(buffer, (x + column, area.y + row), sign, ink);
            }
        }
        x += (columns + 1) * scale;
    }
}
