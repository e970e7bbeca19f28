//! How the wall divides a screen: letters and tiles grow with it, for large screens are looked at from farther away.

use ratatui::layout::Size;

/// The least cells of a tile of the wall with letters of four rows, and of one without.
pub const BIG_TILE: Size = Size { width: 64, height: 11 };
/// The least cells of a tile in ordinary letters.
pub const PLAIN_TILE: Size = Size { width: 30, height: 5 };
/// Most tiles on a page: more can't be taken in at a glance.
const TILES: u16 = 12;

/// Rows of the strip at the bottom of the wall.
pub const fn strip(size: Size) -> u16 {
    match size.height {
        0..12 => 1,
        12..36 => 3,
        36..80 => 7,
        _ => 10,
    }
}

/// How many times as large letters are on a wall of a size: large screens are looked at from farther away.
pub const fn scale(size: Size) -> u16 {
    match size {
        Size { width: 480.., height: 132.. } => 3,
        Size { width: 280.., height: 80.. } => 2,
        _ => 1,
    }
}

/// The least cells of a tile of the wall.
pub const fn least_tile(size: Size) -> Size {
    let scale = scale(size);
    if is_big(size) { Size { width: BIG_TILE.width * scale, height: BIG_TILE.height * scale } } else { PLAIN_TILE }
}

/// Whether the tiles of a wall have letters of four rows.
pub const fn is_big(size: Size) -> bool {
    size.width >= BIG_TILE.width && size.height >= BIG_TILE.height + strip(size) + 4
}

/// How many tiles the wall has on a page.
pub fn tiles(size: Size) -> usize {
    let least = least_tile(size);
    // Two rows for those that are well.
    let rows = size.height.saturating_sub(strip(size) + 2) / least.height;
    usize::from(((size.width / least.width).max(1) * rows.max(1)).min(TILES))
}
