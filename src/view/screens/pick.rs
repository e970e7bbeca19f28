//! The choice of a link to open or a text to copy, over the lower part of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::menu::edge;
use crate::app::pick::Purpose;
use crate::app::write::is_web;
use crate::view::look::{Align, Look, clear, fill, ground, indent, line};
use crate::view::scene::Link;
use crate::view::theme::Meaning;

/// Cells of a number and a name.
const NAMES: u16 = 22;

/// Draws the choice, while it is open. Addresses are links where the terminal has them.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect, links: &mut Vec<Link>) {
    let Some(picker) = &look.model.picker else { return };
    let body = Rect { height: area.height.saturating_sub(1), ..area };
    let notes = u16::from(picker.note.is_some());
    let wanted = picker.entries.len() as u16 + 2 + notes;
    let height = wanted.min(body.height);
    let panel = Rect { y: body.y + body.height - height, height, ..body };
    links.retain(|link| link.area.intersection(panel).is_empty());
    clear(buffer, panel, look.style(Meaning::Text));
    fill(buffer, line(panel, 0), look.glyphs.line, look.style(Meaning::TitleFocus));
    let inner = Rect { x: panel.x + 1.min(panel.width), width: panel.width.saturating_sub(2), ..panel };
    let (title, keys) = match (picker.purpose, &picker.note) {
        (_, Some(_)) => (" LINK ", " Enter copies, Esc closes "),
        (Purpose::Open, None) => (" OPEN ", " Enter opens, y copies, Esc closes "),
        (Purpose::Copy, None) => (" COPY ", " Enter copies, Esc closes "),
    };
    look.say(title, Meaning::TitleFocus).draw(buffer, look, line(inner, 0), Align::Left);
    look.say(keys, Meaning::Dim).draw(buffer, look, line(inner, 0), Align::Right);
    edge(buffer, look, Rect { y: panel.y + 1, height: panel.height.saturating_sub(1), ..panel });
    if let Some(note) = &picker.note {
        look.say(note.clone(), Meaning::Warning).draw(buffer, look, line(inner, 1), Align::Line);
    }
    let room = usize::from(height.saturating_sub(2 + notes)).max(1);
    let first = (picker.cursor + 1).saturating_sub(room);
    for (at, (name, text)) in picker.entries.iter().enumerate().skip(first).take(room) {
        let row = line(inner, 1 + notes + (at - first) as u16);
        let name = look.say(format!("{} ", at + 1), Meaning::Key).and(look, name.clone(), Meaning::Text);
        name.draw(buffer, look, Rect { width: row.width.min(NAMES - 1), ..row }, Align::Left);
        let value = indent(row, NAMES.min(row.width / 2));
        let (meaning, is_link) = if is_web(text) { (Meaning::Link, true) } else { (Meaning::Text, false) };
        let words = look.say(text.clone(), meaning);
        words.draw(buffer, look, value, Align::Left);
        if at == picker.cursor {
            ground(buffer, row, look.style(Meaning::Selection));
        }
        if is_link && value.height > 0 {
            let area = Rect { width: words.width().min(value.width), ..value };
            links.push(Link { area, address: text.clone() });
        }
    }
}
