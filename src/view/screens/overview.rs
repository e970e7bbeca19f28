//! The Overview: what the business feels, what breaks first, what to mend first, what it costs.
//!
//! ```text
//!  IMPACTED 4 of 23 · by attention   since  EUR/h │ SLA 3 of 31 in danger · first breach     left   in
//!  ✖ CRIT  Online checkout             41m 42,000 │ ✖ PAGE  checkout 99.9%  month  ━━━╸───  19 % 2h10m
//! ────────────────────────────────────────────────┼───────────────────────────────────────────────────
//!  FIX FIRST 3 · by attention              EUR/h  │ COST NOW                              since 10:41
//!  ✖ CRIT  pay-db replication broken      42,000  │ 42,310 EUR/h         ▂▂▇█    today      61,204 EUR
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{burn, hero, pane};
use crate::app::layout::{self, Form, Panel, form};
use crate::view::look::{Align, Look, fill, line};
use crate::view::theme::Meaning;

/// Draws the Overview in the form of its size.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect, panels: &[Panel]) {
    let form = form(area.as_size());
    let body = layout::body(area);
    match form {
        Form::Glance | Form::Column => {}
        Form::Page => {
            let foot = line(body, body.height.saturating_sub(1));
            burn::line_of_cost(buffer, look, foot);
        }
        Form::Board | Form::Wall => {
            if form == Form::Wall {
                hero::draw(buffer, look, Rect { height: layout::HERO.min(body.height), ..body });
            }
            let quarters = layout::quarters(form, body);
            lines(buffer, look, &quarters);
            burn::draw(buffer, look, quarters[3]);
        }
    }
    for panel in panels {
        pane(buffer, look, panel);
    }
}

/// The lines between the four panes.
fn lines(buffer: &mut Buffer, look: &Look, quarters: &[Rect; 4]) {
    let style = look.style(Meaning::Border);
    let [top, _, below, _] = quarters;
    let x = top.right();
    fill(buffer, Rect { x, y: top.y, width: 1, height: below.bottom().saturating_sub(top.y) }, look.glyphs.bar, style);
    let across = Rect { x: top.x, y: top.bottom(), width: buffer.area.width, height: 1 };
    fill(buffer, across, look.glyphs.line, style);
    let cross = Rect { x, y: top.bottom(), width: 1, height: 1 };
    look.say(look.glyphs.cross, Meaning::Border).draw(buffer, look, cross, Align::Left);
}
