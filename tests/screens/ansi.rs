//! Buffers as ANSI text, and as a description of their styles.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write;

fn colour(out: &mut String, layer: u8, colour: Color) {
    match colour {
        Color::Rgb(red, green, blue) => write!(out, "\x1b[{layer}8;2;{red};{green};{blue}m"),
        Color::Indexed(index) => write!(out, "\x1b[{layer}8;5;{index}m"),
        _ => write!(out, "\x1b[{layer}9m"),
    }
    .expect("a string takes all");
}

/// The cells with escapes, as a terminal takes them.
pub fn escaped(buffer: &Buffer) -> String {
    let mut out = "\x1b[?25l\x1b[2J\x1b[H".to_owned();
    for (row, cells) in buffer.content.chunks(usize::from(buffer.area.width).max(1)).enumerate() {
        write!(out, "\x1b[{};1H", row + 1).expect("a string takes all");
        let mut skip = 0;
        for cell in cells {
            if skip == 0 {
                out.push_str("\x1b[0m");
                colour(&mut out, 3, cell.fg);
                colour(&mut out, 4, cell.bg);
                for (modifier, code) in [
                    (Modifier::BOLD, 1),
                    (Modifier::DIM, 2),
                    (Modifier::ITALIC, 3),
                    (Modifier::UNDERLINED, 4),
                    (Modifier::REVERSED, 7),
                ] {
                    if cell.modifier.contains(modifier) {
                        write!(out, "\x1b[{code}m").expect("a string takes all");
                    }
                }
                out.push_str(cell.symbol());
                skip = bsmtop::view::text::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
    }
    out.push_str("\x1b[0m");
    out
}

/// Every run of cells of one style, line by line.
pub fn described(buffer: &Buffer) -> String {
    let style = |cell: &Cell| (cell.fg, cell.bg, cell.modifier);
    let mut out = String::new();
    for cells in buffer.content.chunks(usize::from(buffer.area.width).max(1)) {
        for run in cells.chunk_by(|a, b| style(a) == style(b)) {
            let text: String = run.iter().map(Cell::symbol).collect();
            if !text.trim().is_empty() {
                let cell = &run[0];
                write!(out, "[{:?}|{:?}|{:?}]{}", cell.fg, cell.bg, cell.modifier, text.trim())
                    .expect("a string takes all");
            }
        }
        out.push('\n');
    }
    out
}
