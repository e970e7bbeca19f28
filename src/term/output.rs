//! Frames: a scene becomes the fewest bytes that turn what the terminal shows into it, in one `write`.
//!
//! Beyond a plain comparison of cells: rows that only moved are moved by the terminal (a table that scrolls costs a
//! tenth), blanks are erased rather than written, colours and moves that change nothing are left out. Invariants: what
//! [`Output`] takes for the content of the terminal is its content; no control character of a cell gets out; a frame
//! equal to the one before is no bytes at all.

mod grid;
mod painter;
mod pen;
mod shift;

use std::io::{self, Write};

use ratatui::layout::Position;

use self::grid::Grid;
use self::painter::Painter;
use super::capabilities::Capabilities;
use super::clipboard;
use super::color::Palette;
use super::notify;
use crate::view::scene::Scene;

/// Frames shorter than this arrive whole anyway: no need to announce them (synchronized update, mode 2026).
const SHORT: usize = 40;

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// The screen of the terminal, and the way there.
#[derive(Debug)]
pub struct Output<W> {
    sink: W,
    capabilities: Capabilities,
    palette: Palette,
    /// What the terminal shows.
    front: Grid,
    /// What it shall show.
    back: Grid,
    painter: Painter,
    /// Where the cursor is shown.
    caret: Option<Position>,
    /// Nothing is known of what the terminal shows.
    is_stale: bool,
}

impl<W: Write> Output<W> {
    /// A screen of which nothing is known yet.
    pub fn new(sink: W, capabilities: Capabilities) -> Self {
        Self {
            sink,
            capabilities,
            palette: Palette::new(capabilities.color),
            front: Grid::default(),
            back: Grid::default(),
            painter: Painter::new(capabilities.erases_with_background),
            caret: None,
            is_stale: true,
        }
    }

    /// Forgets what the terminal shows: the next frame paints every cell.
    pub fn forget(&mut self) {
        self.is_stale = true;
    }

    /// Shows a scene. Returns how many bytes that took.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn show(&mut self, scene: &Scene) -> io::Result<usize> {
        self.back.paint(scene, self.capabilities, &mut self.palette);
        if self.is_stale || !self.front.has_size_of(&self.back) {
            self.painter.clear(&mut self.front, &self.back);
            self.caret = None;
        } else if let Some(shift) = shift::find(&self.front, &self.back) {
            self.painter.shift(shift);
            shift.apply(&mut self.front);
        }
        for y in 0..self.back.height() {
            self.painter.row(y, self.front.row(y), &self.back);
        }
        self.painter.finish();
        self.place_caret(scene.cursor);
        let sent = self.send()?;
        std::mem::swap(&mut self.front, &mut self.back);
        self.is_stale = false;
        Ok(sent)
    }

    /// Asks the terminal to notify, and rings the bell where wanted.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn notify(&mut self, text: &str, bell: bool) -> io::Result<()> {
        let mut bytes = notify::bytes(self.capabilities.notify, text, self.capabilities.in_tmux);
        if bell {
            bytes.push(0x07);
        }
        self.sink.write_all(&bytes)
    }

    /// Puts a text on the clipboard of the operator's machine. `false`: it is too long for that.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<bool> {
        let Some(bytes) = clipboard::copy(text)? else { return Ok(false) };
        self.sink.write_all(&bytes)?;
        Ok(true)
    }

    fn place_caret(&mut self, wanted: Option<Position>) {
        match (self.caret, wanted) {
            (None, None) => {}
            (Some(_), None) => self.painter.bytes.extend_from_slice(b"\x1b[?25l"),
            (shown, Some(at)) => {
                if shown != wanted || !self.painter.bytes.is_empty() {
                    self.painter.move_to(at.x, at.y);
                }
                if shown.is_none() {
                    self.painter.bytes.extend_from_slice(b"\x1b[?25h");
                }
            }
        }
        self.caret = wanted;
    }

    /// One frame, one write.
    fn send(&mut self) -> io::Result<usize> {
        let frame = &mut self.painter.bytes;
        if frame.len() > SHORT {
            frame.splice(0..0, BEGIN.iter().copied());
            frame.extend_from_slice(END);
        }
        let length = frame.len();
        if length > 0 {
            self.sink.write_all(frame)?;
            self.sink.flush()?;
            frame.clear();
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
