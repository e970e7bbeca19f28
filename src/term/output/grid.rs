//! A frame as the terminal will hold it: cleaned, in colours that it has, with links as numbers.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};

use ratatui::style::Modifier;
use rustc_hash::FxHasher;
use unicode_width::UnicodeWidthStr;

use super::super::capabilities::Capabilities;
use super::super::color::Palette;
use super::pen::Pen;
use crate::view::scene::Scene;

/// Longer addresses are no links: terminals cut or drop them.
const LONGEST_ADDRESS: usize = 2000;

/// What stands where a character must not be sent.
const STAND_IN: &str = "\u{fffd}";

/// What is in a cell, as the bytes to send: at most one character with its marks. Packed into one number (the bytes from
/// the lowest up, their count in the highest), as ten thousand are made and compared for every frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Glyph(u128);

impl Glyph {
    const LARGEST: usize = 15;

    /// An empty cell.
    pub(super) const BLANK: Self = Self::ascii(b' ');

    /// The right half of the cell before; nothing is sent for it.
    pub(super) const TAIL: Self = Self(0);

    const fn ascii(byte: u8) -> Self {
        Self(1 << 120 | byte as u128)
    }

    /// A text that is not too long.
    fn of(text: &str) -> Option<Self> {
        let mut bytes = [0; Self::LARGEST + 1];
        bytes[..Self::LARGEST].get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        bytes[Self::LARGEST] = text.len() as u8;
        Some(Self(u128::from_le_bytes(bytes)))
    }

    /// How many bytes to send.
    pub(super) const fn length(self) -> usize {
        (self.0 >> 120) as usize
    }

    /// Sends it.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes()[..self.length()]);
    }

    /// Whether terminals may disagree about its width: it is more than one plain character.
    pub(super) fn is_cluster(self) -> bool {
        // Bytes that begin a character.
        self.0.to_le_bytes()[..self.length()].iter().filter(|byte| **byte & 0xc0 != 0x80).count() > 1
    }
}

/// One cell.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Cell {
    pub(super) glyph: Glyph,
    pub(super) pen: Pen,
    /// The hash of the address that it leads to; 0: none.
    pub(super) link: u32,
}

impl Cell {
    /// An empty cell.
    pub(super) const fn blank(pen: Pen) -> Self {
        Self { glyph: Glyph::BLANK, pen, link: 0 }
    }

    /// Whether erasing makes it.
    pub(super) fn is_blank(&self) -> bool {
        self.glyph == Glyph::BLANK && self.pen.modifier.is_empty() && self.link == 0
    }
}

/// All cells.
#[derive(Default, Debug)]
pub(super) struct Grid {
    width: u16,
    height: u16,
    cells: Vec<Cell>,
    /// Addresses by their hash.
    addresses: HashMap<u32, String>,
}

impl Grid {
    pub(super) fn height(&self) -> u16 {
        self.height
    }

    pub(super) fn has_size_of(&self, other: &Self) -> bool {
        (self.width, self.height) == (other.width, other.height)
    }

    pub(super) fn row(&self, y: u16) -> &[Cell] {
        let start = usize::from(y) * usize::from(self.width);
        &self.cells[start..start + usize::from(self.width)]
    }

    pub(super) fn row_mut(&mut self, y: u16) -> &mut [Cell] {
        let start = usize::from(y) * usize::from(self.width);
        &mut self.cells[start..start + usize::from(self.width)]
    }

    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The address behind a link.
    pub(super) fn address(&self, link: u32) -> &str {
        self.addresses.get(&link).map_or("", String::as_str)
    }

    /// Makes all cells the same, in the size of another grid.
    pub(super) fn fill_like(&mut self, other: &Self, cell: &Cell) {
        (self.width, self.height) = (other.width, other.height);
        self.cells.clear();
        self.cells.resize(other.cells.len(), *cell);
    }

    /// Moves rows within `top..=bottom` up by `by` (down if negative); rows that come free are blank.
    pub(super) fn shift_rows(&mut self, top: u16, bottom: u16, by: i32) {
        let width = usize::from(self.width);
        let region = &mut self.cells[usize::from(top) * width..(usize::from(bottom) + 1) * width];
        let step = by.unsigned_abs() as usize * width;
        let free = if by > 0 {
            region.rotate_left(step);
            region.len() - step..region.len()
        } else {
            region.rotate_right(step);
            0..step
        };
        region[free].fill(Cell::blank(Pen::DEFAULT));
    }

    /// Takes over a scene.
    pub(super) fn paint(&mut self, scene: &Scene, capabilities: Capabilities, palette: &mut Palette) {
        let area = scene.buffer.area;
        (self.width, self.height) = (area.width, area.height);
        self.cells.clear();
        let left_out = if capabilities.italics { Modifier::empty() } else { Modifier::ITALIC };
        for row in scene.buffer.content.chunks_exact(usize::from(area.width.max(1))) {
            let mut tails = 0;
            for (x, cell) in row.iter().enumerate() {
                let pen =
                    Pen { fg: palette.shade(cell.fg), bg: palette.shade(cell.bg), modifier: cell.modifier - left_out };
                if tails > 0 {
                    tails -= 1;
                    let head = self.cells.last().map_or(pen, |head| head.pen);
                    self.cells.push(Cell { glyph: Glyph::TAIL, pen: head, link: 0 });
                    continue;
                }
                let (glyph, width) = glyph(cell.symbol(), capabilities.ascii, row.len() - x);
                tails = width - 1;
                let pen = if glyph == Glyph::BLANK { pen.of_blank() } else { pen };
                self.cells.push(Cell { glyph, pen, link: 0 });
            }
        }
        self.addresses.clear();
        if capabilities.links {
            self.paint_links(scene);
        }
    }

    fn paint_links(&mut self, scene: &Scene) {
        let area = scene.buffer.area;
        for link in &scene.links {
            let Some(address) = address(&link.address) else { continue };
            let mut hasher = FxHasher::default();
            address.hash(&mut hasher);
            let number = (hasher.finish() >> 32) as u32 | 1;
            let linked = link.area.intersection(area);
            for y in linked.top()..linked.bottom() {
                let row = self.row_mut(y - area.y);
                for cell in &mut row[usize::from(linked.left() - area.x)..usize::from(linked.right() - area.x)] {
                    cell.link = number;
                }
            }
            self.addresses.insert(number, address);
        }
        // Blanks at the ends of rows must stay erasable, and the halves of a character belong together.
        for index in 1..self.cells.len() {
            if self.cells[index].glyph == Glyph::TAIL {
                self.cells[index].link = self.cells[index - 1].link;
            }
        }
    }
}

/// What to send for a symbol, and how many cells that takes of the `left` that there are.
fn glyph(symbol: &str, ascii: bool, left: usize) -> (Glyph, usize) {
    if let [byte @ 0x20..=0x7e] = symbol.as_bytes() {
        return (Glyph::ascii(*byte), 1);
    }
    let Some(first) = symbol.chars().next() else { return (Glyph::BLANK, 1) };
    let stand_in = if ascii { "?" } else { STAND_IN };
    if ascii || symbol.chars().any(is_forbidden) {
        return (Glyph::of(stand_in).unwrap_or(Glyph::BLANK), 1);
    }
    // Of more marks than anybody reads, the character alone is shown.
    let text = if symbol.len() <= Glyph::LARGEST { symbol } else { &symbol[..first.len_utf8()] };
    match text.width() {
        0 => (Glyph::of(stand_in).unwrap_or(Glyph::BLANK), 1),
        width if width > left => (Glyph::BLANK, 1),
        width => (Glyph::of(text).unwrap_or(Glyph::BLANK), width),
    }
}

/// Whether a character would do something to a terminal rather than stand in it: controls (C0, DEL, C1), and those that
/// turn the direction of what follows or break lines.
fn is_forbidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An address that can't end its own escape sequence; `None` where it leads nowhere safe.
fn address(text: &str) -> Option<String> {
    let is_known = ["https://", "http://", "mailto:"].iter().any(|scheme| text.starts_with(scheme));
    if !is_known || text.len() > LONGEST_ADDRESS {
        return None;
    }
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            0x21..=0x7e => safe.push(char::from(byte)),
            // Writing to a string can't fail.
            _ => drop(write!(safe, "%{byte:02X}")),
        }
    }
    Some(safe)
}

/// Modifiers that show on an empty cell.
pub(super) const SHOWS_ON_BLANK: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);
