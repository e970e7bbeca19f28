//! Bars over time, of any height, in eighths of a cell. What is not known is no bar: a light dot on the ground line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::view::look::{Look, put};
use crate::view::theme::Meaning;

/// Draws bars, one a column from the left; `None` is not known. The tallest fills the height.
pub fn bars(buffer: &mut Buffer, look: &Look, area: Rect, values: &[Option<f64>]) {
    let top = values.iter().flatten().copied().fold(0.0, f64::max);
    draw(buffer, look, area, values, top, Meaning::Chart);
}

/// Draws shares of a whole, which fills the height, one a column from the left.
pub fn level(buffer: &mut Buffer, look: &Look, area: Rect, values: &[Option<f64>], meaning: Meaning) {
    draw(buffer, look, area, values, 1.0, meaning);
}

fn draw(buffer: &mut Buffer, look: &Look, area: Rect, values: &[Option<f64>], top: f64, full: Meaning) {
    let area = area.intersection(buffer.area);
    for (column, value) in (0..area.width).zip(values) {
        for row in 0..area.height {
            let position = (area.x + column, area.bottom() - 1 - row);
            let (sign, meaning) = match value {
                None if row == 0 => (look.glyphs.dot.trim(), Meaning::MeterEmpty),
                None => continue,
                Some(value) => {
                    let eighths = if top > 0.0 { value / top * f64::from(area.height) * 8.0 } else { 0.0 };
                    // A little that is lost is still a line; nothing lost is a ground line, quiet.
                    let eighths = if row == 0 { eighths.max(1.0) } else { eighths };
                    let level = (eighths - f64::from(row) * 8.0).clamp(0.0, 8.0).round() as usize;
                    (look.glyphs.levels[level], if *value > 0.0 { full } else { Meaning::MeterEmpty })
                }
            };
            put(buffer, position, sign, Style::new().fg(look.style(meaning).fg.unwrap_or_default()));
        }
    }
}
