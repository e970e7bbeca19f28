//! Moving: within a list, between panes, in a tree, in the help.

use super::action::Enabled;
use super::layout::{self, Form};
use super::list::Branch;
use super::message::Effect;
use super::model::Model;
use super::place::{Pane, Place, Screen};

/// Moves the cursor by so many rows, or the help by so many lines.
pub(super) fn step(model: &mut Model, by: isize) -> Vec<Effect> {
    if let Some(line) = &mut model.help {
        // How far the help can go is known where it is drawn; a bound keeps the way back short.
        *line = line.saturating_add_signed(by).min(super::action::ACTIONS.len());
        return Vec::new();
    }
    let visit = model.here_mut();
    let focus = visit.focus;
    let list = &mut visit.lists[focus];
    let last = list.rows.len().saturating_sub(1);
    list.select(list.cursor.saturating_add_signed(by).min(last));
    Vec::new()
}

/// Marks the selected row, or takes its mark away, and goes on to the next.
pub(super) fn mark(model: &mut Model) -> Vec<Effect> {
    let visit = model.here_mut();
    let focus = visit.focus;
    visit.lists[focus].toggle_mark();
    step(model, 1)
}

/// Whether there is a mark to take away.
pub(super) fn has_marks(model: &Model) -> Enabled {
    if model.here().list().marks() > 0 { Ok(()) } else { Err("no row is marked") }
}

/// Takes all marks of the list away.
pub(super) fn unmark(model: &mut Model) -> Vec<Effect> {
    let visit = model.here_mut();
    let focus = visit.focus;
    visit.lists[focus].clear_marks();
    Vec::new()
}

/// Moves by half a view.
pub(super) fn page(model: &mut Model, direction: isize) -> Vec<Effect> {
    let pane = model.here().pane();
    let view =
        layout::panels(model, model.size).into_iter().find(|panel| panel.pane == pane).map_or(2, |panel| panel.view());
    step(model, direction * (view / 2).max(1).cast_signed())
}

/// Whether there is more than one pane in view.
pub(super) fn has_panes(model: &Model) -> Enabled {
    if shown(model).len() > 1 { Ok(()) } else { Err("there is one pane here") }
}

/// The panes that can have the focus: those in view, or, where there is room for one, all of them in turn.
fn shown(model: &Model) -> Vec<Pane> {
    let place = &model.here().place;
    match layout::form(model.size) {
        Form::Glance => Vec::new(),
        Form::Column => place.panes().to_vec(),
        _ => layout::panels(model, model.size).into_iter().map(|panel| panel.pane).collect(),
    }
}

/// Gives the focus to the next pane in view, or the one before.
pub(super) fn pane(model: &mut Model, direction: isize) -> Vec<Effect> {
    let shown = shown(model);
    let visit = model.here_mut();
    let now = shown.iter().position(|pane| *pane == visit.pane()).unwrap_or(0);
    let next = shown[(now.cast_signed() + direction).rem_euclid(shown.len().cast_signed()).cast_unsigned()];
    visit.focus = visit.place.panes().iter().position(|pane| *pane == next).unwrap_or(0);
    Vec::new()
}

/// Closes the selected branch, or goes to what is above it.
pub(super) fn close(model: &mut Model) -> Vec<Effect> {
    let Some(row) = model.selected().cloned() else { return Vec::new() };
    if row.branch == Branch::Open {
        toggle(model, row.id.path, false);
        return Vec::new();
    }
    let visit = model.here_mut();
    let focus = visit.focus;
    let list = &mut visit.lists[focus];
    let above = list.rows[..list.cursor].iter().rposition(|other| other.depth < row.depth);
    list.select(above.unwrap_or(list.cursor));
    Vec::new()
}

/// Shows what is under the selected branch, or goes into it.
pub(super) fn unfold(model: &mut Model) -> Vec<Effect> {
    match model.selected().map(|row| (row.branch, row.id.path)) {
        Some((Branch::Closed, path)) => toggle(model, path, true),
        Some((Branch::Open, _)) => {
            step(model, 1);
        }
        _ => {}
    }
    Vec::new()
}

fn toggle(model: &mut Model, path: u64, open: bool) {
    let visit = model.here_mut();
    if matches!(visit.place, Place::Tree(_) | Place::Screen(Screen::Signals)) {
        visit.toggled.insert(path, open);
    }
    model.refresh();
}
