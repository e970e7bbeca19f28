//! One tile of the wall: a name and a state word in letters of four rows, a figure, and what to know in one line.
//!
//! From five metres the letters and the figure are read; who walks up reads the rest.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::{fill_tile, tile_of};
use crate::view::look::{Align, Look, Words, fill, line};
use crate::view::theme::Meaning;
use crate::view::tone::Tone;
use crate::view::widgets::big;

/// What a tile shows.
pub struct Tile {
    /// What it is called, the best name first; the first that has room is drawn in big letters.
    pub names: Vec<String>,
    /// How bad.
    pub tone: Tone,
    /// The word of that.
    pub word: &'static str,
    /// Whether somebody is on it.
    pub handled: bool,
    /// The figure, and its unit.
    pub figure: Option<(String, String)>,
    /// Lines in ordinary letters, as many as there is room for.
    pub lines: Vec<String>,
    /// Whether it is what the wall jumped to.
    pub is_new: bool,
}

/// Cells between a name and a state word.
const GAP: u16 = 4;
/// Cells that a tile has beside its words: the gap and an edge at either side.
const EDGES: u16 = 5;

/// How many times as large the letters of tiles of a size can be, so that all have their state word and their figure
/// in them: large enough beside the names, which may stand in smaller ones.
pub fn scale(tiles: &[Tile], size: Size) -> u16 {
    let (width, height) = (size.width.saturating_sub(EDGES), size.height.saturating_sub(2));
    let fits = |tile: &Tile, scale: u16| {
        let word = big::width(tile.word) * scale;
        let figure =
            tile.figure.as_ref().map_or(0, |(figure, unit)| big::width(figure) * scale + unit.len() as u16 + 1);
        width.saturating_sub(word + GAP) >= width / 3 && figure <= width
    };
    let scales = [4, 3, 2].into_iter().filter(|scale| height >= 2 * big::rows(*scale) + 5);
    scales.into_iter().find(|scale| tiles.iter().all(|tile| fits(tile, *scale))).unwrap_or(1)
}

/// Draws a tile into an area, with a gap at its right and below; its letters so many times as large.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect, tile: &Tile, scale: u16) {
    let area = Rect { width: area.width.saturating_sub(1), height: area.height.saturating_sub(1), ..area };
    if area.is_empty() {
        return;
    }
    let (filled, meaning) = tile_of(tile.tone, tile.handled);
    if filled {
        fill_tile(buffer, look, area, meaning);
    } else {
        frame(buffer, look, area, meaning);
    }
    // The edge of one that is not filled is no place for words.
    let height = area.height - u16::from(!filled && area.height > 3);
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), height, ..area };
    if area.height >= 10 && big::width(tile.word) <= inner.width && !look.model.ascii {
        large(buffer, look, inner, tile, meaning, scale);
    } else {
        small(buffer, look, inner, tile, meaning);
    }
}

/// The edge of a tile that somebody is on: in its colour, but not filled.
fn frame(buffer: &mut Buffer, look: &Look, area: Rect, meaning: Meaning) {
    let style = look.style(meaning);
    fill(buffer, line(area, 0), look.glyphs.heavy, style);
    fill(buffer, line(area, area.height - 1), look.glyphs.line, style);
    for row in 1..area.height.saturating_sub(1) {
        let row = line(area, row);
        fill(buffer, Rect { width: 1, ..row }, look.glyphs.cursor, style);
    }
}

fn large(buffer: &mut Buffer, look: &Look, area: Rect, tile: &Tile, meaning: Meaning, scale: u16) {
    let rows = big::rows(scale);
    let spare = area.height.saturating_sub(2 * rows + 2);
    let top = area.y + 1 + u16::from(spare > 4);
    let word = format!("{}{}", tile.word, if tile.is_new { " NEW" } else { "" });
    let word = if big::width(&word) * scale <= area.width { word } else { tile.word.to_owned() };
    let word_width = big::width(&word) * scale;
    let name_room = area.width.saturating_sub(word_width + GAP);
    let at = |y: u16, x: u16, width: u16| Rect { x: area.x + x, y, width, height: rows };
    // A name that is too long for letters of this size has smaller ones, on the same ground.
    let sizes = (1..=scale).rev().filter_map(|scale| Some((name(tile, name_room, scale)?, scale)));
    let is_whole = |(name, _): &(String, u16)| tile.names.iter().any(|whole| whole.to_uppercase() == *name);
    let named = sizes.clone().find(is_whole).or_else(|| sizes.clone().next());
    // Without a figure the second row is free for the word, and the first for the whole of a long name.
    let alone = (1..=scale).rev().filter_map(|scale| Some((name(tile, area.width, scale)?, scale))).find(is_whole);
    let apart = tile.figure.is_none() && !named.as_ref().is_some_and(is_whole) && alone.is_some();
    let (named, name_room) = if apart { (alone, area.width) } else { (named, name_room) };
    let name = named.as_ref().map(|(name, _)| name.clone());
    if let Some((name, small)) = &named {
        let lower = rows - big::rows(*small);
        big::scaled(buffer, look, at(top + lower, 0, name_room), name, meaning, *small);
    } else {
        let plain = at(top, 0, name_room);
        look.say(first(tile), meaning).draw(buffer, look, line(plain, rows / 2), Align::Left);
    }
    let second = top + rows + 1;
    let word_row = if apart { second } else { top };
    big::scaled(buffer, look, at(word_row, area.width - word_width, word_width), &word, meaning, scale);
    let mut below = if apart { second + rows + u16::from(spare > 5) } else { second };
    if let Some((figure, unit)) = &tile.figure {
        let fits = second + rows <= area.bottom();
        if fits {
            big::scaled(buffer, look, at(second, 0, area.width), figure, meaning, scale);
            let x = (big::width(figure) * scale + 1).min(area.width);
            let unit_at = Rect { height: 1, ..at(second + rows - 1, x, area.width - x) };
            look.say(unit.clone(), meaning).draw(buffer, look, unit_at, Align::Left);
            below = second + rows + u16::from(spare > 5);
        }
    }
    let mut lines = tile.lines.clone();
    if name.is_none_or(|name| name != first(tile).to_uppercase()) {
        // In the same line: there is none to give away.
        match lines.first_mut() {
            Some(line) => *line = format!("{}{}{line}", first(tile), look.glyphs.dot),
            None => lines.push(first(tile)),
        }
    }
    let mut rest = Rect { y: below, height: area.bottom().saturating_sub(below), ..area };
    // The last row of a tile is air, where there is any.
    if usize::from(rest.height) > lines.len().max(1) {
        rest.height -= 1;
    }
    for (row, text) in (0..rest.height).zip(&lines) {
        look.say(text.clone(), meaning).draw(buffer, look, line(rest, row), Align::Line);
    }
}

fn small(buffer: &mut Buffer, look: &Look, area: Rect, tile: &Tile, meaning: Meaning) {
    let sign = tile.tone.glyph(look);
    let word = look.say(format!("{sign} {}", tile.word), meaning);
    let head = line(area, 0);
    word.draw(buffer, look, head, Align::Right);
    let room = Rect { width: area.width.saturating_sub(word.width() + 1), ..head };
    look.say(first(tile), meaning).draw(buffer, look, room, Align::Left);
    let mut lines: Vec<Words> = Vec::new();
    if let Some((figure, unit)) = &tile.figure {
        lines.push(look.say(format!("{figure} {unit}"), meaning));
    }
    lines.extend(tile.lines.iter().map(|text| look.say(text.clone(), meaning)));
    for (row, words) in (1..area.height).zip(&lines) {
        words.draw(buffer, look, line(area, row), Align::Line);
    }
}

fn first(tile: &Tile) -> String {
    tile.names.first().cloned().unwrap_or_default()
}

/// The first name that has room in big letters; else as many words of one as have. In capitals: some small letters
/// have a form of their own, as units of figures, and would stand among them.
fn name(tile: &Tile, room: u16, scale: u16) -> Option<String> {
    let fits = |text: &str| !text.is_empty() && big::has_all(text) && big::width(text) * scale <= room;
    let names: Vec<String> = tile.names.iter().map(|name| name.to_uppercase()).collect();
    let whole = names.iter().find(|name| fits(name)).cloned();
    whole.or_else(|| {
        let mut shorter: Option<String> = None;
        for name in &names {
            let words: Vec<&str> = name.split([' ', '-']).collect();
            let start = (1..words.len()).rev().map(|count| words[..count].join(" ")).find(|start| fits(start));
            shorter = shorter.or(start);
        }
        shorter
    })
}
