//! A short list over the screen to choose from.
//!
//! ```text
//!  ORDER BY                         Enter takes it
//!  ▌● by attention
//!   ○ dearest
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::layout;
use crate::app::menu::{Choice, Menu, Pick, Topic};
use crate::app::whatif;
use crate::domain::severity::Severity;
use crate::view::look::{Align, Look, clear, fill, ground, line, put};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, Tone};

/// Cells of a menu in which something is looked for, and of one in which it is not.
const WIDE: u16 = 76;
const NARROW: u16 = 36;
/// Most rows of choices.
const ROWS: u16 = 14;

/// Draws the menu over everything, while one is open. Returns where the cursor is, while something is typed.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect) -> Option<Position> {
    let menu = look.model.menu.as_ref()?;
    let typed = menu.is_typed();
    let body = layout::body(area);
    let width = if typed { WIDE } else { NARROW }.min(body.width);
    let heads = 1 + u16::from(typed);
    let wanted = (menu.choices.len() as u16).clamp(1, ROWS) + heads + 1;
    let frame = Rect {
        x: body.x + (body.width - width) / 2,
        y: body.y + (body.height / 6).min(4),
        width,
        height: wanted.min(body.height.saturating_sub((body.height / 6).min(4))),
    };
    clear(buffer, frame, look.style(Meaning::Header));
    fill(buffer, line(frame, 0), " ", look.style(Meaning::Head));
    let inner = Rect { x: frame.x + 1, width: frame.width.saturating_sub(2), ..frame };
    let title = look.say(title(&menu.topic), Meaning::TitleFocus);
    title.draw(buffer, look, line(inner, 0), Align::Left);
    let hint = look.say(hint(&menu.topic), Meaning::Dim);
    let room = inner.width.saturating_sub(title.width() + 2);
    if hint.width() <= room {
        hint.draw(buffer, look, line(inner, 0), Align::Right);
    }
    let cursor = typed.then(|| search(buffer, look, menu, line(inner, 1)));
    let list = Rect { y: frame.y + heads, height: frame.height.saturating_sub(heads + 1), ..inner };
    choices(buffer, look, menu, list);
    edge(buffer, look, Rect { y: frame.y + 1, height: frame.height.saturating_sub(1), ..frame });
    cursor
}

/// The line around what is open, but for its head: what is under it must not look like its end.
pub(super) fn edge(buffer: &mut Buffer, look: &Look, area: Rect) {
    if area.is_empty() {
        return;
    }
    let style = look.style(Meaning::Border);
    let bottom = line(area, area.height.saturating_sub(1));
    fill(buffer, bottom, look.glyphs.line, style);
    let right = area.right().saturating_sub(1);
    for (x, corner) in [(area.x, look.glyphs.corners[0]), (right, look.glyphs.corners[1])] {
        fill(buffer, Rect { x, width: 1, ..area }, look.glyphs.bar, style);
        put(buffer, (x, bottom.y), corner, style);
    }
}

const fn title(topic: &Topic) -> &'static str {
    match topic {
        Topic::Sort => "ORDER",
        Topic::Columns => "COLUMNS",
        Topic::WhatIf(_) => "WHAT IF",
    }
}

const fn hint(topic: &Topic) -> &'static str {
    match topic {
        Topic::Sort => "Enter takes it",
        Topic::Columns => "space shows or hides",
        Topic::WhatIf(_) => "nothing real is touched  Esc closes",
    }
}

/// The line in which something is looked for, and the state that would be assumed.
fn search(buffer: &mut Buffer, look: &Look, menu: &Menu, area: Rect) -> Position {
    if let Topic::WhatIf(state) = menu.topic {
        let words = look.say("< ", Meaning::Key).then(badge(look, state)).and(look, " >", Meaning::Key);
        words.draw(buffer, look, area, Align::Right);
    }
    let prompt = look.say("> ", Meaning::Key);
    let typed = if menu.line.text.is_empty() {
        let long = "type a name, a tag, a change, site=berlin";
        let hint = if usize::from(area.width) < text::width(long) + 22 { "type a name" } else { long };
        prompt.and(look, hint, Meaning::Dim)
    } else {
        prompt.and(look, menu.line.text.clone(), Meaning::Strong)
    };
    typed.draw(buffer, look, Rect { width: area.width.saturating_sub(18), ..area }, Align::Left);
    let x = area.x + 2 + (text::width(menu.line.before()) as u16).min(area.width.saturating_sub(3));
    Position { x, y: area.y }
}

fn badge(look: &Look, state: Option<Severity>) -> crate::view::look::Words {
    match state {
        Some(severity) => tone::badge(look, Tone::of(severity), tone::word(severity), false),
        None => tone::badge(look, Tone::Unknown, "UNKNOWN", false),
    }
}

fn choices(buffer: &mut Buffer, look: &Look, menu: &Menu, area: Rect) {
    if menu.choices.is_empty() {
        look.say("nothing of that name", Meaning::Dim).draw(buffer, look, line(area, 0), Align::Left);
    }
    // The cursor stays in view.
    let first = menu.cursor.saturating_sub(usize::from(area.height.saturating_sub(1)));
    for (at, choice) in menu.choices.iter().enumerate().skip(first).take(area.height.into()) {
        let row = line(area, (at - first) as u16);
        if at == menu.cursor {
            ground(buffer, row, look.style(Meaning::Selection));
            look.say(look.glyphs.cursor, Meaning::Cursor).draw(buffer, look, row, Align::Left);
        }
        let inner = Rect { x: row.x + 1.min(row.width), width: row.width.saturating_sub(2), ..row };
        // A name says more than what kind of thing it is.
        let fits = text::width(&choice.label) + text::width(&choice.note) + 4 <= inner.width.into();
        let note = if fits { look.say(choice.note.clone(), Meaning::Dim) } else { crate::view::look::Words::new() };
        note.draw(buffer, look, Rect { width: inner.width, ..inner }, Align::Right);
        let room = inner.width.saturating_sub(if note.is_empty() { 0 } else { note.width() + 2 });
        let meaning = if choice.holds || at == menu.cursor { Meaning::Strong } else { Meaning::Text };
        let words = look.say(sign(look, choice), Meaning::Key).and(look, choice.label.clone(), meaning);
        words.draw(buffer, look, Rect { width: room, ..inner }, Align::Left);
    }
}

fn sign(look: &Look, choice: &Choice) -> String {
    match (&choice.pick, choice.holds) {
        (Pick::Sort(_) | Pick::Column(..), true) => format!("{} ", look.glyphs.ok),
        (Pick::Sort(_) | Pick::Column(..), false) => format!("{} ", look.glyphs.pending),
        (Pick::Withdraw(_), _) => format!("{} ", look.glyphs.ack),
        _ => "  ".to_owned(),
    }
}

/// What is assumed, as one sentence.
pub fn assumed(look: &Look, assumed: &crate::domain::facts::Assumptions) -> String {
    let map = &look.world().map;
    let name = |id: &crate::domain::id::NodeId| match map.index_of(id.as_str()) {
        Some(at) => map.nodes[at].name.clone(),
        None => id.to_string(),
    };
    let first = assumed.iter().next().map_or_else(String::new, |(id, state)| {
        let (name, word) = (name(id), whatif::word(*state));
        if assumed.values().all(|other| other == state) && assumed.len() > 1 {
            format!("{name} +{} are {word}", assumed.len() - 1)
        } else {
            format!("{name} is {word}")
        }
    });
    let mixed = assumed.len() > 1 && assumed.values().collect::<std::collections::BTreeSet<_>>().len() > 1;
    if mixed { format!("{first}, and {} more", assumed.len() - 1) } else { first }
}
