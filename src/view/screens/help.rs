//! The keys, from the action table: what works here, what does not and why not.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app;
use crate::app::action::{ACTIONS, Action, Context};
use crate::app::layout::{Form, form};
use crate::view::look::{Align, Look, Words, clear, fill, line};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::widgets::table::wrap;

/// Cells of the keys.
const KEYS: usize = 16;
/// Cells of a column.
const COLUMN: u16 = 72;

/// Draws the keys over everything, while they are asked for. Returns whether they are.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect) -> bool {
    let Some(first) = look.model.help else { return false };
    // Where there is no status line, the keys have its row too.
    let status = u16::from(form(area.as_size()) > Form::Glance);
    let area = Rect { height: area.height.saturating_sub(status).max(1), ..area };
    let columns = usize::from((area.width / COLUMN).clamp(1, 3));
    let lines = lines(look, (usize::from(area.width.saturating_sub(2)) / columns).saturating_sub(1));
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    let rows = lines.len().div_ceil(columns).max(room.min(lines.len()));
    let rows = if columns > 1 { lines.len().div_ceil(columns) } else { rows };
    let height = (rows as u16 + 2).min(area.height);
    let panel = Rect { height, ..area };
    clear(buffer, if status == 0 { area } else { panel }, look.style(Meaning::Text));
    let inner = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..panel };
    let title = look.say("KEYS", Meaning::TitleFocus).and(
        look,
        "   what does not work now is dim, with the reason",
        Meaning::Dim,
    );
    let closes = look.say("Esc closes", Meaning::Dim);
    closes.draw(buffer, look, line(inner, 0), Align::Right);
    let beside = Rect { width: inner.width.saturating_sub(closes.width() + 2), ..line(inner, 0) };
    title.draw(buffer, look, beside, Align::Line);
    let first = first.min(rows.saturating_sub(room));
    let width = inner.width / columns as u16;
    for (at, words) in lines.iter().enumerate() {
        let (column, row) = (at / rows, at % rows);
        if row < first || row - first >= room {
            continue;
        }
        let x = inner.x + width * column as u16;
        let cell = Rect { x, y: inner.y + 1 + (row - first) as u16, width: width.saturating_sub(1), height: 1 };
        words.draw(buffer, look, cell, Align::Left);
    }
    if rows > room {
        let more = format!(" {} j k for more ", look.glyphs.down);
        look.say(more, Meaning::Key).draw(buffer, look, line(inner, height.saturating_sub(1)), Align::Right);
    } else if height > 1 {
        fill(buffer, line(panel, height - 1), look.glyphs.line, look.style(Meaning::Border));
    }
    true
}

fn lines(look: &Look, cells: usize) -> Vec<Words> {
    let contexts = app::contexts(look.model);
    let mut lines = Vec::new();
    for context in Context::ALL.into_iter().filter(|context| contexts.contains(context)) {
        if !lines.is_empty() {
            lines.push(Words::new());
        }
        lines.push(look.say(context.title(), Meaning::Title));
        let actions = ACTIONS.iter().filter(|action| action.context == context);
        lines.extend(actions.flat_map(|action| action_lines(look, action, cells)));
    }
    lines
}

/// The keys of an action and what it does, over as many lines as that needs; why it is not possible below it.
fn action_lines(look: &Look, action: &Action, cells: usize) -> Vec<Words> {
    let keys = look.model.keymap.keys(action).iter().map(ToString::to_string).collect::<Vec<_>>().join("  ");
    let keys = if keys.is_empty() { format!(":{}", action.name) } else { keys };
    // On a narrow screen the keys leave half of it.
    let indent = KEYS.min(cells / 2);
    let room = cells.saturating_sub(indent).max(1);
    let reason = (action.enabled)(look.model).err();
    let (strong, plain) =
        if reason.is_some() { (Meaning::Dim, Meaning::Dim) } else { (Meaning::Strong, Meaning::Text) };
    let mut texts = wrap(action.title, room);
    if let Some(reason) = reason {
        let one = format!("{} ({reason})", action.title);
        if text::width(&one) <= room {
            texts = vec![one];
        } else {
            texts.extend(wrap(&format!("({reason})"), room));
        }
    }
    let line = |(at, text): (usize, String)| {
        let keys = if at == 0 { text::head(&keys, indent, look.glyphs.cut) } else { String::new() };
        look.say(format!("{keys:<indent$}"), strong).and(look, text, plain)
    };
    texts.into_iter().enumerate().map(line).collect()
}
