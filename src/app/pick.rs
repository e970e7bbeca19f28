//! Choosing one of several texts: which link to open, which text to copy. Where no browser can be opened, the link is
//! shown here, to be copied or clicked.

use super::action::Enabled;
use super::key::{Key, KeyCode};
use super::message::Effect;
use super::model::Model;
use super::navigate;
use super::rows::fields;
use super::write::links;

/// What is done with what is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Opened in the browser.
    Open,
    /// Put on the clipboard.
    Copy,
}

/// The choice while it is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picker {
    /// What is done with what is chosen.
    pub purpose: Purpose,
    /// Name and text.
    pub entries: Vec<(String, String)>,
    /// Which is selected.
    pub cursor: usize,
    /// Something to know about it.
    pub note: Option<String>,
}

fn addresses(model: &Model) -> Vec<(String, String)> {
    navigate::subject(model).map(|item| links(model, &item)).unwrap_or_default()
}

/// Whether there is something to open.
pub(super) fn can_open(model: &Model) -> Enabled {
    if navigate::subject(model).is_none() {
        return Err("nothing is selected");
    }
    if addresses(model).is_empty() { Err("no link is known: signals, tickets and `runbook` have them") } else { Ok(()) }
}

/// Opens the one link there is, or asks which.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let entries = addresses(model);
    match entries.as_slice() {
        [] => Vec::new(),
        [(_, address)] => vec![Effect::Open(address.clone())],
        _ => {
            model.picker = Some(Picker { purpose: Purpose::Open, entries, cursor: 0, note: None });
            Vec::new()
        }
    }
}

/// Asks what of the selected thing is to be copied: its id, what it says, its links.
pub(super) fn copy(model: &mut Model) -> Vec<Effect> {
    let Some(item) = navigate::subject(model) else { return Vec::new() };
    let mut entries = vec![("Id".to_owned(), item.to_string())];
    let index = model.selected().filter(|row| row.id.item == item).map(|row| row.index);
    if let Some(index) = index {
        let mut texts: Vec<String> = Vec::new();
        fields::each(&model.world, &item, index, &mut |_, text| {
            if !text.is_empty() && !texts.iter().any(|known| known == text) {
                texts.push(text.to_owned());
            }
        });
        entries.push(("Text".to_owned(), texts.join(" ")));
    }
    entries.extend(links(model, &item));
    model.picker = Some(Picker { purpose: Purpose::Copy, entries, cursor: 0, note: None });
    Vec::new()
}

/// Shows a link that could not be opened here.
pub(super) fn show(model: &mut Model, address: String, why: String) {
    let entries = vec![("Link".to_owned(), address)];
    model.picker = Some(Picker { purpose: Purpose::Copy, entries, cursor: 0, note: Some(why) });
}

/// Takes a key while something is chosen.
pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(picker) = &mut model.picker else { return Vec::new() };
    let last = picker.entries.len().saturating_sub(1);
    let chosen = match (key.ctrl, key.code) {
        (true, KeyCode::Char('l')) => return vec![Effect::Repaint],
        (true, KeyCode::Char('z')) => return vec![Effect::Suspend],
        (_, KeyCode::Esc) | (true, KeyCode::Char('c' | 'g')) | (false, KeyCode::Char('q')) => {
            model.picker = None;
            return Vec::new();
        }
        (_, KeyCode::Up) | (false, KeyCode::Char('k')) => {
            picker.cursor = picker.cursor.saturating_sub(1);
            return Vec::new();
        }
        (_, KeyCode::Down) | (false, KeyCode::Char('j')) => {
            picker.cursor = (picker.cursor + 1).min(last);
            return Vec::new();
        }
        (_, KeyCode::Enter) => (picker.cursor, picker.purpose),
        (false, KeyCode::Char('y')) => (picker.cursor, Purpose::Copy),
        (false, KeyCode::Char(digit @ '1'..='9')) => {
            let at = digit as usize - '1' as usize;
            if at > last {
                return Vec::new();
            }
            (at, picker.purpose)
        }
        _ => return Vec::new(),
    };
    let (at, purpose) = chosen;
    let Some((_, text)) = picker.entries.get(at).cloned() else { return Vec::new() };
    model.picker = None;
    vec![match purpose {
        Purpose::Open => Effect::Open(text),
        Purpose::Copy => Effect::Copy(text),
    }]
}
