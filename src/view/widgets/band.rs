//! The band over the whole width that says why what is shown is not how things are: a lens, or a configuration that
//! was refused.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::lens::Lens;
use crate::app::place::{Place, Screen};
use crate::app::whatif;
use crate::view::look::{Align, Look, Words, fill};
use crate::view::screens;
use crate::view::text;
use crate::view::theme::Meaning;

/// Draws the band into a row of cells; false where there is nothing to say.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect) -> bool {
    let Some((text, meaning)) = sentence(look) else { return false };
    fill(buffer, area, " ", look.style(meaning));
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    look.say(text, meaning).draw(buffer, look, inner, Align::Line);
    true
}

/// The same where there is room for a word.
pub fn chip(look: &Look) -> Words {
    look.say(format!(" {} ", look.model.lens.word()), meaning(&look.model.lens))
}

const fn meaning(lens: &Lens) -> Meaning {
    match lens {
        Lens::Live | Lens::Frozen { .. } => Meaning::Frozen,
        Lens::Past { .. } | Lens::Remembered { .. } => Meaning::Past,
        Lens::WhatIf(_) => Meaning::WhatIf,
    }
}

fn sentence(look: &Look) -> Option<(String, Meaning)> {
    let model = look.model;
    let dot = look.glyphs.dot;
    let missed = text::count(model.missed, "change", "changes");
    let text = match &model.lens {
        Lens::Live => {
            let Some(trouble) = model.trouble.as_deref() else {
                return Some((model.history.unread()?.to_owned(), Meaning::Trouble));
            };
            let first = trouble.lines().find(|line| !line.trim().is_empty()).unwrap_or(trouble);
            return Some((format!("The new configuration was refused, the old one holds: {first}"), Meaning::Trouble));
        }
        Lens::Frozen { since } => {
            format!(
                "FROZEN at {}{dot}{missed} missed{dot}{} lets it run again",
                look.clock(*since, "%H:%M:%S"),
                model.keymap.first("freeze")
            )
        }
        Lens::Past { at } => {
            let ago = text::age(model.now - *at);
            let otherwise = model.past.otherwise.len();
            let otherwise = if otherwise > 0 {
                format!("{dot}the map is another now: {} would be otherwise", text::count(otherwise, "node", "nodes"))
            } else {
                String::new()
            };
            let at = look.clock(*at, "%a %-d %b %Y %H:%M:%S");
            format!("PAST {at}{dot}{ago} ago{otherwise}{dot}[ ] step{dot}Esc leads back to now")
        }
        Lens::Remembered { at } => {
            let ago = text::age(model.now - *at);
            let when = look.clock(*at, "%a %-d %b %H:%M:%S");
            format!("FROM MEMORY {when}{dot}{ago} ago{dot}no source has answered yet")
        }
        Lens::WhatIf(assumed) => {
            let what = screens::assumed(look, assumed);
            let brief = if whatif::is_answered(model) { screens::what_if_in_brief(look) } else { String::new() };
            // Objectives are counted from what was: what is assumed has no past.
            let is_sla = model.here().place == Place::Screen(Screen::Sla);
            let measured = if is_sla { format!("{dot}SLA as measured") } else { String::new() };
            format!("Esc leaves{measured}{dot}WHAT IF {what}{brief}")
        }
    };
    Some((text, meaning(&model.lens)))
}
