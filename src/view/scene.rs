//! What a frame is: cells, links over them, and a cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// One frame.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The cells.
    pub buffer: Buffer,
    /// Links over cells, for terminals that have them.
    pub links: Vec<Link>,
    /// Where the cursor is, while something is typed.
    pub cursor: Option<Position>,
}

/// Cells of one row that lead to an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Which cells.
    pub area: Rect,
    /// Where to.
    pub address: String,
}
