//! What the command line offers, over the rows above it: name, what it does, its key; the best at the bottom line's
//! side is first.
//!
//! ```text
//! ────────────────────────────────────────────────────────────────
//! ▌ sort ORDER        give the list another order               s
//!   store-tills       Store tills                          process
//! :sto█                                                     2 of 131
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::offers::Offer;
use crate::app::palette::Palette;
use crate::view::look::{Align, Look, Words, clear, fill, ground, indent, line};
use crate::view::text;
use crate::view::theme::Meaning;

/// The most offers that are shown at once.
const MOST: u16 = 12;
/// Cells of the name, and of the key.
const NAME: u16 = 26;
const TAG: u16 = 10;
/// Narrower than this, only names are shown.
const NARROW: u16 = 50;

/// Draws the command line and what it offers, while it is open. Returns where the cursor is.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect) -> Option<Position> {
    let palette = look.model.palette.as_ref()?;
    let row = line(area, area.height.checked_sub(1)?);
    let above = Rect { height: area.height - 1, ..area };
    let room = above.height.saturating_sub(1).min(MOST).min((area.height / 2).max(2));
    let shown = (palette.offers.len() as u16).min(room);
    if shown > 0 {
        let panel = Rect { y: above.bottom() - shown - 1, height: shown + 1, ..above };
        clear(buffer, panel, look.style(Meaning::Text));
        fill(buffer, line(panel, 0), look.glyphs.line, look.style(Meaning::TitleFocus));
        let list = Rect { y: panel.y + 1, height: shown, ..panel };
        offers(buffer, look, list, palette);
    }
    Some(prompt(buffer, look, row, palette))
}

fn prompt(buffer: &mut Buffer, look: &Look, row: Rect, palette: &Palette) -> Position {
    let right = match &palette.error {
        Some(error) => look.say(format!(" {error} "), Meaning::Trouble),
        None if palette.found > 0 => {
            let found = text::grouped(&palette.found.to_string());
            look.say(format!("{found} found{}Tab completes", look.glyphs.dot), Meaning::Dim)
        }
        None => Words::new(),
    };
    crate::view::frame::typed(buffer, look, row, ":", &palette.line, &right)
}

fn offers(buffer: &mut Buffer, look: &Look, area: Rect, palette: &Palette) {
    let chosen = palette.chosen.unwrap_or(0);
    let rows = usize::from(area.height);
    let first = (chosen + 1).saturating_sub(rows);
    for (at, offer) in palette.offers.iter().enumerate().skip(first).take(rows) {
        let row = line(area, (at - first) as u16);
        draw_offer(buffer, look, row, offer);
        if palette.chosen == Some(at) {
            ground(buffer, row, look.style(Meaning::Selection));
            let bar = Rect { width: 1.min(row.width), ..row };
            look.say(look.glyphs.cursor, Meaning::Cursor).draw(buffer, look, bar, Align::Left);
        }
    }
}

fn draw_offer(buffer: &mut Buffer, look: &Look, row: Rect, offer: &Offer) {
    let inner = Rect { width: row.width.saturating_sub(3), ..indent(row, 2) };
    let name = name(look, offer);
    if row.width < NARROW {
        name.draw(buffer, look, inner, Align::Line);
        return;
    }
    name.draw(buffer, look, Rect { width: NAME.min(inner.width), ..inner }, Align::Line);
    let tag = look.say(offer.tag.clone(), Meaning::Key);
    tag.draw(buffer, look, inner, Align::Right);
    let note = indent(inner, NAME + 1);
    let note = Rect { width: note.width.saturating_sub(tag.width().max(TAG) + 1), ..note };
    let words = match offer.refused {
        Some(reason) => look.say(reason, Meaning::Dim),
        None => look.say(offer.note.clone(), Meaning::Dim),
    };
    words.draw(buffer, look, note, Align::Line);
}

/// The name, with what was typed of it marked.
fn name(look: &Look, offer: &Offer) -> Words {
    let plain = if offer.refused.is_some() { Meaning::Dim } else { Meaning::Text };
    let mut words = Words::new();
    let mut part = String::new();
    let mut is_marked = false;
    for (char, at) in offer.name.chars().zip(0_u32..) {
        let marked = offer.marks.binary_search(&at).is_ok();
        if marked != is_marked && !part.is_empty() {
            words.push(look, std::mem::take(&mut part), if is_marked { Meaning::TitleFocus } else { plain });
        }
        is_marked = marked;
        part.push(char);
    }
    words.and(look, part, if is_marked { Meaning::TitleFocus } else { plain })
}
