//! The mouse, where the operator wants it: a click selects and gives the focus, one on the selected row opens it, the
//! wheel scrolls what is under it.

use ratatui::layout::Position;

use super::layout::{self, Panel};
use super::message::Effect;
use super::model::Model;
use super::{motion, navigate};

/// Rows that one turn of the wheel moves.
const TURN: isize = 3;

/// What was done with the mouse, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mouse {
    /// What was done.
    pub press: Press,
    /// The column, from 0.
    pub x: u16,
    /// The row, from 0.
    pub y: u16,
}

/// What was done with the mouse.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Press {
    /// The first button was pressed.
    Click,
    /// The wheel turned away.
    WheelUp,
    /// The wheel turned near.
    WheelDown,
}

/// Takes a report of the mouse. While something is typed or chosen, and on the wall, it means nothing.
pub(super) fn take(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    let is_typing = model.palette.is_some() || model.prompt.is_some();
    if is_typing
        || model.menu.is_some()
        || model.wall.is_some()
        || model.picker.is_some()
        || model.writing.form.is_some()
    {
        return Vec::new();
    }
    model.attention.returned(model.now);
    model.touched = Some(model.now);
    model.toast = None;
    let by = match mouse.press {
        Press::Click => return click(model, mouse),
        Press::WheelUp => -TURN,
        Press::WheelDown => TURN,
    };
    if model.help.is_none() {
        focus(model, mouse);
    }
    motion::step(model, by)
}

fn click(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    if model.help.take().is_some() {
        return Vec::new();
    }
    let before = model.here().focus;
    let Some(panel) = focus(model, mouse) else { return Vec::new() };
    let visit = model.here_mut();
    let list = &mut visit.lists[visit.focus];
    let row = (0..panel.view()).find(|above| panel.row(*above).contains(Position { x: mouse.x, y: mouse.y }));
    let Some(row) = row.map(|above| list.offset + above).filter(|row| *row < list.rows.len()) else {
        return Vec::new();
    };
    let is_again = before == visit.focus && list.cursor == row && list.chosen().is_some();
    list.select(row);
    if is_again && navigate::can_open(model).is_ok() { navigate::open(model) } else { Vec::new() }
}

/// Gives the focus to the pane under the mouse.
fn focus(model: &mut Model, mouse: Mouse) -> Option<Panel> {
    let panels = layout::panels(model, model.size);
    let panel = panels.into_iter().find(|panel| panel.area.contains(Position { x: mouse.x, y: mouse.y }))?;
    let visit = model.here_mut();
    visit.focus = visit.place.panes().iter().position(|pane| *pane == panel.pane)?;
    Some(panel)
}
