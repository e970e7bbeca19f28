//! The keys of an open form. They go into its fields; Enter looks again or sends, Esc leaves.

use super::form::{Field, Form, Purpose};
use crate::app::key::{Key, KeyCode};
use crate::app::message::Effect;
use crate::app::model::Model;

/// What a key did.
pub enum Taken {
    /// The form took it.
    Yes(Vec<Effect>),
    /// It closed the form, which was over; the key has its usual meaning.
    Passed,
}

/// Takes a key while a form is open.
pub fn press(model: &mut Model, key: Key) -> Taken {
    let Some(form) = &mut model.writing.form else { return Taken::Passed };
    let is_over = form.is_over();
    match (key.ctrl, key.code) {
        (true, KeyCode::Char('l')) => return Taken::Yes(vec![Effect::Repaint]),
        (true, KeyCode::Char('z')) => return Taken::Yes(vec![Effect::Suspend]),
        (_, KeyCode::Esc) | (true, KeyCode::Char('c' | 'g')) => model.writing.form = None,
        (_, KeyCode::Enter) if is_over => model.writing.form = None,
        (_, KeyCode::Enter) => return Taken::Yes(confirm(model)),
        (_, KeyCode::Up) => show(form, -1),
        (_, KeyCode::Down) => show(form, 1),
        (_, KeyCode::PageUp) => form.scroll = form.scroll.saturating_sub(5),
        (_, KeyCode::PageDown) => form.scroll += 5,
        (_, KeyCode::Tab) => {
            let count = form.fields.len().max(1);
            form.focus = (form.focus + if key.shift { count - 1 } else { 1 }) % count;
        }
        _ if is_over && form.all_done() => {
            model.writing.form = None;
            return Taken::Passed;
        }
        _ if is_over => model.say("Enter or Esc closes this"),
        _ if form.is_sent => {}
        _ => return Taken::Yes(edit(model, key)),
    }
    Taken::Yes(Vec::new())
}

/// Shows the job before or after the one that is shown.
fn show(form: &mut Form, by: isize) {
    form.shown = form.shown.saturating_add_signed(by).min(form.jobs.len().saturating_sub(1));
    form.scroll = 0;
}

/// Enter: sends what was looked at; what was changed since is looked at first.
fn confirm(model: &mut Model) -> Vec<Effect> {
    let Some(form) = &model.writing.form else { return Vec::new() };
    if form.is_sent {
        model.say("it is on its way: an answer or a time-out comes");
        Vec::new()
    } else if form.is_edited || form.wrong.is_some() {
        super::prepare(model)
    } else if form.is_waiting() {
        model.say("still looking at it: nothing was sent");
        Vec::new()
    } else if form.ready() == 0 {
        model.say("there is nothing that could be sent");
        Vec::new()
    } else {
        super::send(model)
    }
}

/// Changes the field with the focus.
fn edit(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(form) = &mut model.writing.form else { return Vec::new() };
    let Some(field) = form.fields.get_mut(form.focus) else { return Vec::new() };
    if field.purpose == Purpose::Choice {
        let by = match key.code {
            KeyCode::Left => -1,
            KeyCode::Right | KeyCode::Char(' ') => 1,
            _ => return Vec::new(),
        };
        form.choose(by);
        // What is chosen is another object: it is looked at at once.
        return super::prepare(model);
    }
    if typed(field, key) {
        form.is_edited = true;
        form.wrong = None;
    }
    Vec::new()
}

/// Takes a key into a line of text; returns whether it changed the text.
fn typed(field: &mut Field, key: Key) -> bool {
    let line = &mut field.line;
    let before = line.text.clone();
    match (key.ctrl, key.code) {
        (true, KeyCode::Char('u')) => line.clear(),
        (true, KeyCode::Char('w')) => line.delete_word(),
        (true, KeyCode::Char('a')) | (_, KeyCode::Home) => line.step(isize::MIN),
        (true, KeyCode::Char('e')) | (_, KeyCode::End) => line.step(isize::MAX),
        (_, KeyCode::Left) => line.step(-1),
        (_, KeyCode::Right) => line.step(1),
        (_, KeyCode::Backspace) => line.backspace(),
        (_, KeyCode::Delete) => line.delete(),
        (false, KeyCode::Char(char)) if !key.alt => line.insert(char.encode_utf8(&mut [0; 4])),
        _ => {}
    }
    line.text != before
}

/// Takes pasted text into the field with the focus, its first line; returns whether a form is open.
pub fn paste(model: &mut Model, text: &str) -> bool {
    let Some(form) = &mut model.writing.form else { return false };
    if form.is_sent {
        return true;
    }
    if let Some(field) = form.fields.get_mut(form.focus).filter(|field| field.purpose != Purpose::Choice) {
        field.line.insert(text.lines().next().unwrap_or_default());
        form.is_edited = true;
        form.wrong = None;
    }
    true
}
