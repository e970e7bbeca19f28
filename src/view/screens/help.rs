//! The keys, from the action table: what works here, what does not and why not.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app;
use crate::app::action::{ACTIONS, Action, Context};
use crate::view::look::{Align, Look, Words, clear, fill, line};
use crate::view::theme::Meaning;

/// Cells of the keys.
const KEYS: usize = 16;
/// Cells of a column.
const COLUMN: u16 = 72;

/// Draws the keys over everything, while they are asked for. Returns whether they are.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect) -> bool {
    let Some(first) = look.model.help else { return false };
    let area = Rect { height: area.height.saturating_sub(1).max(1), ..area };
    let lines = lines(look);
    let columns = usize::from((area.width / COLUMN).clamp(1, 3));
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    let rows = lines.len().div_ceil(columns).max(room.min(lines.len()));
    let rows = if columns > 1 { lines.len().div_ceil(columns) } else { rows };
    let height = (rows as u16 + 2).min(area.height);
    let panel = Rect { height, ..area };
    clear(buffer, panel, look.style(Meaning::Text));
    let inner = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..panel };
    let title = look.say("KEYS", Meaning::TitleFocus).and(
        look,
        "   what does not work now is dim, with the reason",
        Meaning::Dim,
    );
    title.draw(buffer, look, line(inner, 0), Align::Left);
    look.say("Esc closes", Meaning::Dim).draw(buffer, look, line(inner, 0), Align::Right);
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

fn lines(look: &Look) -> Vec<Words> {
    let contexts = app::contexts(look.model);
    let mut lines = Vec::new();
    for context in Context::ALL.into_iter().filter(|context| contexts.contains(context)) {
        if !lines.is_empty() {
            lines.push(Words::new());
        }
        lines.push(look.say(context.title(), Meaning::Title));
        lines.extend(ACTIONS.iter().filter(|action| action.context == context).map(|action| action_line(look, action)));
    }
    lines
}

fn action_line(look: &Look, action: &Action) -> Words {
    let keys = look.model.keymap.keys(action).iter().map(ToString::to_string).collect::<Vec<_>>().join("  ");
    let keys = if keys.is_empty() { format!(":{}", action.name) } else { keys };
    let keys = format!("{keys:<KEYS$}");
    match (action.enabled)(look.model) {
        Ok(()) => look.say(keys, Meaning::Strong).and(look, action.title, Meaning::Text),
        Err(reason) => look.say(keys, Meaning::Dim).and(look, format!("{} ({reason})", action.title), Meaning::Dim),
    }
}
