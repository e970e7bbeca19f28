//! Typing the filter: what is typed holds at once.

use super::filter::{Filter, Line};
use super::key::{Key, KeyCode};
use super::message::Effect;
use super::model::{Model, Prompt};

/// Begins to type, with what the filter is.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.help = None;
    model.prompt = Some(Prompt { line: Line::of(&model.filter.text), before: model.filter.clone() });
    Vec::new()
}

/// Takes a key while the filter is typed. Enter keeps it, Esc gives back what was before.
pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(prompt) = &mut model.prompt else { return Vec::new() };
    let line = &mut prompt.line;
    match (key.ctrl, key.code) {
        (_, KeyCode::Enter) => {
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
        (true, KeyCode::Char('u')) => line.clear(),
        (true, KeyCode::Char('w')) => line.delete_word(),
        (true, KeyCode::Char('a')) | (_, KeyCode::Home) => line.step(isize::MIN),
        (true, KeyCode::Char('e')) | (_, KeyCode::End) => line.step(isize::MAX),
        (_, KeyCode::Left) => line.step(-1),
        (_, KeyCode::Right) => line.step(1),
        (_, KeyCode::Backspace) => line.backspace(),
        (_, KeyCode::Delete) => line.delete(),
        (_, KeyCode::Up) => return super::motion::step(model, -1),
        (_, KeyCode::Down) => return super::motion::step(model, 1),
        (false, KeyCode::Char(char)) if !key.alt => line.insert(char.encode_utf8(&mut [0; 4])),
        _ => return Vec::new(),
    }
    apply(model);
    Vec::new()
}

/// Takes pasted text: into the filter while one is typed, else nowhere, since it may hold anything.
pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(prompt) = &mut model.prompt {
        prompt.line.insert(text.lines().next().unwrap_or_default());
        apply(model);
    } else {
        model.say("pasted text goes into the filter only: press / first");
    }
}

fn apply(model: &mut Model) {
    if let Some(prompt) = &model.prompt {
        model.filter = Filter::parse(&prompt.line.text);
        // While typing what is found comes in order, from the top.
        model.touched = None;
        model.refresh();
    }
}
