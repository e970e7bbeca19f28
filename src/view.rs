//! `(&Model, &Theme, area) → Scene`. Pure: no state, no IO, no clock.
//!
//! [`draw`] puts the frame ([`frame`]) around the place where the operator is ([`screens`]), overlays help and
//! reasons, and makes sure of what must hold for every cell: no control character, and only ASCII where asked for.

pub mod frame;
pub mod glyphs;
pub mod look;
pub mod scene;
pub mod screens;
pub mod text;
pub mod theme;
pub mod tone;
mod wall;
pub mod welcome;
pub mod widgets;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use look::Look;
use scene::Scene;
use theme::{Meaning, Theme};

/// Draws one frame.
pub fn draw(model: &Model, theme: &Theme, area: Rect) -> Scene {
    let mut buffer = Buffer::empty(area);
    let look = Look::new(model, theme);
    let mut links = Vec::new();
    let mut cursor = None;
    if !area.is_empty() {
        buffer.set_style(area, look.style(Meaning::Text));
        if model.wall.is_some() {
            wall::draw(&mut buffer, &look, area);
        } else {
            screens::draw(&mut buffer, &look, area, &mut links);
            frame::header(&mut buffer, &look, area);
            screens::why(&mut buffer, &look, area);
            cursor = frame::status(&mut buffer, &look, area);
        }
        cursor = screens::menu(&mut buffer, &look, area).or(cursor);
        if screens::help(&mut buffer, &look, area) {
            cursor = None;
            links.clear();
        }
        if model.writing.form.is_some() {
            cursor = screens::write(&mut buffer, &look, area);
            links.clear();
        }
        screens::pick(&mut buffer, &look, area, &mut links);
        cursor = screens::palette(&mut buffer, &look, area).or(cursor);
    }
    if model.ascii {
        to_ascii(&mut buffer);
    }
    // A screen may be smaller than the box that something is typed into.
    let cursor = cursor.filter(|cursor| area.contains(*cursor));
    Scene { buffer, links, cursor }
}

/// Puts a question mark for whatever a name holds that is not ASCII.
fn to_ascii(buffer: &mut Buffer) {
    for position in buffer.area.positions() {
        if !buffer[position].symbol().is_ascii() {
            let style = buffer[position].style();
            look::put(buffer, position, "?", style);
        }
    }
}
