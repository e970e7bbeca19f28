//! Typing the filter: what is typed holds at once.

use super::filter::Filter;
use super::key::{Key, KeyCode};
use super::line::Line;
use super::message::Effect;
use super::model::{Model, Prompt};

/// Begins to type, with what the filter is: the first letter replaces it, any other key goes on with it.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.help = None;
    model.past_filters.leave();
    model.prompt =
        Some(Prompt { line: Line::of(&model.filter.text), before: model.filter.clone(), note: None, is_old: true });
    Vec::new()
}

/// Takes a key while the filter is typed. Enter keeps it, Esc gives back what was before; up and down go through the
/// filters typed before.
pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(prompt) = &mut model.prompt else { return Vec::new() };
    if std::mem::take(&mut prompt.is_old) && !key.ctrl && !key.alt && matches!(key.code, KeyCode::Char(_)) {
        prompt.line = Line::default();
    }
    match (key.ctrl, key.code) {
        (_, KeyCode::Enter) => {
            model.past_filters.keep(&prompt.line.text);
            model.prompt = None;
            return Vec::new();
        }
        (_, KeyCode::Esc) | (true, KeyCode::Char('c' | 'g')) => {
            model.filter = prompt.before.clone();
            model.prompt = None;
            model.refresh();
            return Vec::new();
        }
        (true, KeyCode::Char('l')) => return vec![Effect::Repaint],
        (true, KeyCode::Char('z')) => return vec![Effect::Suspend],
        (true, KeyCode::Char('p')) => return super::motion::step(model, -1),
        (true, KeyCode::Char('n')) => return super::motion::step(model, 1),
        (_, KeyCode::Up | KeyCode::Down) => {
            let past = &mut model.past_filters;
            let line = if key.code == KeyCode::Up { past.older(&prompt.line.text) } else { past.newer() };
            let Some(line) = line.map(Line::of) else { return Vec::new() };
            prompt.line = line;
        }
        _ => {
            if !prompt.line.edit(key) {
                return Vec::new();
            }
            model.past_filters.leave();
        }
    }
    apply(model);
    Vec::new()
}

/// Takes pasted text: into the filter while one is typed, else nowhere, since it may hold anything.
pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(prompt) = &mut model.prompt {
        if std::mem::take(&mut prompt.is_old) {
            prompt.line = Line::default();
        }
        prompt.line.insert(text.lines().next().unwrap_or_default());
        apply(model);
    } else {
        let (filter, command) = (model.keymap.first("filter"), model.keymap.first("command"));
        model.say(format!("pasted text goes into filter and command line only: press {filter} or {command} first"));
    }
}

fn apply(model: &mut Model) {
    if let Some(prompt) = &model.prompt {
        model.filter = Filter::parse(&prompt.line.text);
        // While typing what is found comes in order, from the top.
        model.touched = None;
        model.refresh();
        let note = nothing_called(model);
        if let Some(prompt) = &mut model.prompt {
            prompt.note = note;
        }
    }
}

/// Where nothing is found: the first field of the filter that is neither a field nor a label of anything.
fn nothing_called(model: &Model) -> Option<String> {
    if !model.here().list().rows.is_empty() {
        return None;
    }
    let world = &*model.world;
    let labels = || {
        let signals = world.signals.iter().flat_map(|signal| signal.item.labels.iter());
        signals.chain(world.tickets.iter().flat_map(|ticket| ticket.item.labels.iter())).map(|(name, _)| name)
    };
    let is_label = |name: &str| labels().any(|label| label.eq_ignore_ascii_case(name));
    let is_source = |name: &str| world.sources.iter().any(|source| source.name.as_str() == name);
    let unknown = model.filter.labels().find(|name| !is_label(name) && !is_source(name))?;
    Some(format!("no field or label is called {unknown}"))
}
