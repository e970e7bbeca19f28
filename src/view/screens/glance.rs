//! The smallest form: worst state, counts, money, and names as far as there is room.
//!
//! ```text
//!  ✖ CRIT
//!  ✖1 ◆1 ▲1 ?1
//!  42,310 EUR/h
//!  ✖ Online checkout        41m
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::layout::Panel;
use crate::view::frame;
use crate::view::look::{Align, Look, Words, fill, ground, line};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, Tone};
use crate::view::widgets::band;

/// Draws worst state, counts, money and names.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect, panels: &[Panel]) {
    let (tone, word) = frame::worst(look);
    let inner = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(1), ..area };
    let top = line(inner, 0);
    let is_empty = look.model.atlas.processes.is_empty();
    let state = if look.model.is_waiting() || is_empty {
        frame::counts(look, true)
    } else {
        fill(buffer, line(area, 0), " ", look.style(tone.tile()));
        look.say(format!("{} {word}", tone.glyph(look)), tone.tile())
    };
    state.draw(buffer, look, top, Align::Left);
    if !look.model.lens.is_live() {
        band::chip(look).draw(buffer, look, top, Align::Right);
    }
    let second = match tone {
        _ if look.model.is_waiting() || is_empty => Words::new(),
        Tone::Ok => look.say(text::count(look.model.atlas.processes.len(), "process", "processes"), Meaning::Text),
        _ => frame::counts(look, false),
    };
    second.draw(buffer, look, line(inner, 1), Align::Left);
    let money = look.say(frame::rate(look), Meaning::Money).and(look, format!(" {}/h", look.currency()), Meaning::Dim);
    money.draw(buffer, look, line(inner, 2), Align::Left);
    for panel in panels {
        let Some(list) = look.model.list(panel.pane) else { continue };
        for (at, row) in list.rows.iter().enumerate().skip(list.offset).take(panel.view()) {
            let area = line(panel.list, (at - list.offset) as u16);
            let (Some(node), Some(state)) = (look.world().map.nodes.get(row.index), look.world().nodes.get(row.index))
            else {
                continue;
            };
            if at == list.cursor {
                ground(buffer, area, look.style(Meaning::Selection));
            }
            let lost = look.model.reading.lost_for(row.index).filter(|_| !state.interval.is_known());
            let age = match lost {
                Some(lost) => look.say(format!("?{}", text::age(lost)), Meaning::Unknown),
                None => look.say(look.since(state.since), Meaning::Dim),
            };
            age.draw(buffer, look, area, Align::Right);
            let (tone, _) = tone::shown(state.interval);
            let sign = if look.model.is_waiting() { look.glyphs.pending } else { tone.glyph(look) };
            look.say(sign, tone.meaning()).draw(buffer, look, area, Align::Left);
            let name = Rect { x: area.x + 2, width: area.width.saturating_sub(3 + age.width()), ..area };
            look.say(node.name.clone(), Meaning::Text).draw(buffer, look, name, Align::Left);
        }
    }
}
