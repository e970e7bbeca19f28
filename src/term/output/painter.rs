//! Writes cells, knowing where the terminal's cursor is and how its pen is set.

use std::io::Write;

use super::grid::{Cell, Glyph, Grid};
use super::pen::Pen;
use super::shift::Shift;

/// A run of blanks within a row is erased from this length on: erasing and stepping over it takes up to 11 bytes.
const WORTH_ERASING: usize = 12;

/// Unchanged cells up to this many are written again where that is shorter than stepping over them.
const WORTH_REPEATING: u16 = 6;

/// The bytes of a frame, and the state in which they leave the terminal.
#[derive(Debug)]
pub(super) struct Painter {
    /// What was not sent yet.
    pub(super) bytes: Vec<u8>,
    pen: Pen,
    /// Where the cursor is; `None`: unknown.
    at: Option<At>,
    /// The link that is open.
    link: u32,
    erases_with_background: bool,
}

/// A place of the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct At {
    x: u16,
    y: u16,
    /// It wrote the last column and hangs there or behind it, as terminals differ: only a carriage return or an
    /// absolute move leads away for sure.
    hangs: bool,
}

impl Painter {
    pub(super) fn new(erases_with_background: bool) -> Self {
        Self { bytes: Vec::new(), pen: Pen::DEFAULT, at: None, link: 0, erases_with_background }
    }

    /// Starts from an empty screen, in the background that most of the frame has.
    pub(super) fn clear(&mut self, front: &mut Grid, back: &Grid) {
        self.bytes.clear();
        self.bytes.extend_from_slice(b"\x1b[m");
        self.pen = Pen::DEFAULT;
        self.link = 0;
        let blank = self.usual_blank(back);
        self.set_pen(blank.pen);
        self.bytes.extend_from_slice(b"\x1b[2J\x1b[H");
        self.at = Some(At { x: 0, y: 0, hangs: false });
        front.fill_like(back, &blank);
    }

    /// Lets the terminal move rows.
    pub(super) fn shift(&mut self, shift: Shift) {
        self.set_pen(Pen::DEFAULT);
        let Shift { top, bottom, by } = shift;
        let (rows, letter) = (by.unsigned_abs(), if by > 0 { 'M' } else { 'L' });
        // Deleting and inserting lines within a region is what every terminal has had since the VT102.
        self.write(format_args!("\x1b[{};{}r\x1b[{}H\x1b[{rows}{letter}\x1b[r", top + 1, bottom + 1, top + 1));
        // Taking the region back sends the cursor home on most terminals, and leaves it where it is on others.
        self.at = None;
    }

    /// Turns one row into another.
    pub(super) fn row(&mut self, y: u16, front: &[Cell], back: &Grid) {
        let cells = back.row(y);
        if front == cells {
            return;
        }
        let end = cells.len();
        let rest = self.blank_rest(cells);
        let mut x = 0;
        while x < end {
            if front[x] == cells[x] || cells[x].glyph == Glyph::TAIL {
                x += 1;
                continue;
            }
            if x >= rest && end - x > 3 {
                self.erase(x as u16, y, cells[x].pen, format_args!("\x1b[K"));
                return;
            }
            let run = self.blank_run(&front[x..], &cells[x..]);
            if run >= WORTH_ERASING {
                self.erase(x as u16, y, cells[x].pen, format_args!("\x1b[{run}X"));
                x += run;
                continue;
            }
            self.approach(x as u16, y, back);
            self.put(x as u16, y, back);
            x += 1;
        }
    }

    /// Ends a frame: what others write is not to be taken for a link.
    pub(super) fn finish(&mut self) {
        self.set_link(0, "");
    }

    /// Moves the cursor by the shortest way.
    pub(super) fn move_to(&mut self, x: u16, y: u16) {
        let to = At { x, y, hangs: false };
        if self.at == Some(to) {
            return;
        }
        let mut best = match (x, y) {
            (0, 0) => "\x1b[H".to_owned(),
            (0, _) => format!("\x1b[{}H", y + 1),
            _ => format!("\x1b[{};{}H", y + 1, x + 1),
        };
        if let Some(from) = self.at
            && let Some(down) = y.checked_sub(from.y).filter(|down| *down <= 3)
        {
            let down = "\n".repeat(usize::from(down));
            let mut shorten = |way: String| {
                if way.len() < best.len() {
                    best = way;
                }
            };
            shorten(format!("\r{down}{}", forward(x)));
            if !from.hangs {
                shorten(match x.checked_sub(from.x) {
                    Some(right) => format!("{down}{}", forward(right)),
                    None if from.x - x <= 4 => format!("{down}{}", "\x08".repeat(usize::from(from.x - x))),
                    None => format!("{down}\x1b[{}D", from.x - x),
                });
            }
        }
        self.bytes.extend_from_slice(best.as_bytes());
        self.at = Some(to);
    }

    /// Gets the cursor to a cell that is to be written. Over few cells in between it is shortest to write them again.
    fn approach(&mut self, x: u16, y: u16, back: &Grid) {
        if let Some(At { x: from, y: row, hangs: false }) = self.at
            && row == y
            && from < x
            && x - from <= WORTH_REPEATING
        {
            let between = &back.row(y)[usize::from(from)..usize::from(x)];
            let length: usize = between.iter().map(|cell| self.length_as_is(cell)).sum();
            if length <= forward(x - from).len() {
                for again in from..x {
                    self.put(again, y, back);
                }
            }
        }
        self.move_to(x, y);
    }

    /// How many bytes a cell takes if it can be written without changing the pen; else many.
    fn length_as_is(&self, cell: &Cell) -> usize {
        const MANY: usize = 100;
        let is_plain = cell.glyph != Glyph::TAIL && !cell.glyph.is_cluster();
        let is_as_is = cell.link == self.link && self.pen_for(cell) == self.pen;
        if is_plain && is_as_is { cell.glyph.length() } else { MANY }
    }

    fn pen_for(&self, cell: &Cell) -> Pen {
        if cell.glyph == Glyph::BLANK { self.pen.for_blank(cell.pen) } else { cell.pen }
    }

    fn put(&mut self, x: u16, y: u16, back: &Grid) {
        let row = back.row(y);
        let cell = &row[usize::from(x)];
        self.set_link(cell.link, back.address(cell.link));
        self.set_pen(self.pen_for(cell));
        cell.glyph.write(&mut self.bytes);
        let is_wide = row.get(usize::from(x) + 1).is_some_and(|next| next.glyph == Glyph::TAIL);
        // Terminals disagree about the width of what is more than one plain character: the next move is absolute, so
        // that only that cell is off and not the rest of the row.
        let last = row.len() as u16 - 1;
        let is_certain = !is_wide && !cell.glyph.is_cluster();
        self.at = is_certain.then(|| At { x: (x + 1).min(last), y, hangs: x == last });
    }

    fn erase(&mut self, x: u16, y: u16, pen: Pen, how: std::fmt::Arguments<'_>) {
        self.set_link(0, "");
        self.move_to(x, y);
        self.set_pen(self.pen.for_blank(pen));
        self.write(how);
    }

    /// From where on a row can be erased to its end.
    fn blank_rest(&self, row: &[Cell]) -> usize {
        let Some(last) = row.last().filter(|last| self.can_erase(last)) else { return row.len() };
        row.iter().rposition(|cell| cell != last).map_or(0, |at| at + 1)
    }

    /// How many cells from the first on can be erased in one go, up to the last one that has to be.
    fn blank_run(&self, front: &[Cell], back: &[Cell]) -> usize {
        if !self.can_erase(&back[0]) {
            return 0;
        }
        let run = back.iter().take_while(|cell| **cell == back[0]).count();
        (0..run).rev().find(|at| front[*at] != back[*at]).map_or(0, |at| at + 1)
    }

    fn can_erase(&self, cell: &Cell) -> bool {
        cell.is_blank() && (self.erases_with_background || cell.pen == Pen::DEFAULT)
    }

    /// The empty cell that there are most of.
    fn usual_blank(&self, grid: &Grid) -> Cell {
        let mut counted: Vec<(&Cell, usize)> = Vec::new();
        for cell in grid.cells().iter().filter(|cell| self.can_erase(cell)) {
            match counted.iter_mut().find(|(known, _)| *known == cell) {
                Some((_, count)) => *count += 1,
                None => counted.push((cell, 1)),
            }
        }
        counted.into_iter().max_by_key(|(_, count)| *count).map_or(Cell::blank(Pen::DEFAULT), |(cell, _)| *cell)
    }

    fn set_pen(&mut self, pen: Pen) {
        self.pen.change(pen, &mut self.bytes);
        self.pen = pen;
    }

    fn set_link(&mut self, link: u32, address: &str) {
        if self.link != link {
            self.write(format_args!("\x1b]8;;{address}\x1b\\"));
            self.link = link;
        }
    }

    fn write(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing to memory can't fail.
        let _ = self.bytes.write_fmt(what);
    }
}

fn forward(columns: u16) -> String {
    match columns {
        0 => String::new(),
        1 => "\x1b[C".to_owned(),
        _ => format!("\x1b[{columns}C"),
    }
}
