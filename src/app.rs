//! Model, message, update: what the console is doing, without a terminal, a network or a wall clock.
//!
//! A key becomes an [`action::Action`] by the [`keymap::Keymap`], and that changes the [`model::Model`] through the
//! module of its family: [`motion`], [`navigate`], [`prompt`], [`poll`], [`mod@write`], [`pick`]. Everything else that
//! happens comes as a [`message::Message`]. What must be done outside comes back as [`message::Effect`]s.

pub mod action;
pub mod atlas;
pub mod attention;
pub mod columns;
pub mod command;
pub mod coverage;
pub mod filter;
pub mod flood;
pub mod keeping;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod lens;
pub mod line;
pub mod list;
pub mod log;
pub mod menu;
pub mod message;
pub mod model;
mod motion;
pub mod mouse;
pub mod navigate;
pub mod offers;
pub mod palette;
pub mod past;
pub mod pick;
pub mod place;
mod poll;
mod prompt;
pub mod roster;
pub mod rows;
pub mod things;
pub mod wall;
pub mod welcome;
pub mod whatif;
pub mod write;

use ratatui::layout::Size;

use crate::domain::span::Instant;
use action::{Action, Context};
use key::Key;
use message::{Effect, Message};
pub use model::Model;
use place::{Place, Screen};

/// Takes one message; what must be done outside is returned.
pub fn update(model: &mut Model, message: Message, now: Instant) -> Vec<Effect> {
    model.now = now;
    log::note(model, &message);
    let mut effects = match message {
        Message::Key(key) => press(model, key),
        Message::Mouse(mouse) => mouse::take(model, mouse),
        Message::Paste(text) => {
            if model.palette.is_some() {
                palette::paste(model, &text);
            } else if let Some(menu) = &mut model.menu {
                menu::paste(menu, &text);
            } else if !write::paste(model, &text) {
                prompt::paste(model, &text);
            }
            Vec::new()
        }
        Message::Resize(width, height) => {
            model.size = Size::new(width, height);
            Vec::new()
        }
        Message::Focus(focused) => {
            model.focused = focused;
            Vec::new()
        }
        Message::World(world) => {
            // Nobody is called for what is only assumed.
            let is_real = world.assumed.is_empty();
            let effects = if is_real { model.attention.take(&world, now, model.started) } else { Vec::new() };
            model.publish(world);
            effects
        }
        Message::Tick => Vec::new(),
        Message::Arranged(arranged) => {
            model.arrange(arranged);
            Vec::new()
        }
        Message::Reloaded(outcome) => {
            match outcome {
                Ok(()) => {
                    model.trouble = None;
                    model.say("configuration and map were read again");
                }
                Err(error) => model.trouble = Some(error),
            }
            Vec::new()
        }
        Message::FilesChanged => vec![Effect::Reload],
        Message::Keeping(keeping) => {
            model.history.take(keeping);
            Vec::new()
        }
        Message::Remembered(answer) => past::recalled(model, answer),
        Message::LookedBack(at, answer) => past::looked_back(model, at, answer.map(|then| *then)),
        Message::Notice(text) => {
            model.say(text);
            Vec::new()
        }
        Message::Prepared { round, job, answer } => {
            write::prepared(model, round, job, answer);
            Vec::new()
        }
        Message::Sent { round, job, what, outcome } => write::sent(model, round, job, &what, outcome),
        Message::NoBrowser(address, why) => {
            pick::show(model, address, why);
            Vec::new()
        }
    };
    model.settle();
    effects.extend(past::want(model));
    effects
}

/// The contexts that apply, the innermost first.
pub fn contexts(model: &Model) -> &'static [Context] {
    if model.wall.is_some() {
        return &[Context::Wall];
    }
    match model.here().place {
        Place::Screen(Screen::Signals) if model.flood.is_grouped() => &[Context::Tree, Context::List, Context::Global],
        Place::Tree(_) => &[Context::Tree, Context::List, Context::Global],
        _ => &[Context::List, Context::Global],
    }
}

fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    model.attention.returned(model.now);
    let effects = typed(model, key);
    let visit = model.here();
    if let Some(item) = visit.list().chosen() {
        let item = item.clone();
        model.attention.saw(&item);
    }
    effects
}

fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    if model.menu.is_some() {
        return menu::press(model, key);
    }
    if model.palette.is_some() {
        return palette::press(model, key);
    }
    if model.prompt.is_some() {
        return prompt::press(model, key);
    }
    model.touched = Some(model.now);
    model.toast = None;
    if model.picker.is_some() {
        return pick::press(model, key);
    }
    if model.writing.form.is_some()
        && let write::Taken::Yes(effects) = write::press(model, key)
    {
        return effects;
    }
    let Some(action) = model.keymap.action(contexts(model), key) else { return Vec::new() };
    perform(model, action, &key.to_string())
}

/// Does an action, or says why it is not possible; `how` is what the operator asked for it by.
fn perform(model: &mut Model, action: &Action, how: &str) -> Vec<Effect> {
    match (action.enabled)(model) {
        Ok(()) => {
            // Whatever is done to the selected row makes it the operator's: nothing may slip under the cursor then.
            if action.context != Context::Global {
                let visit = model.here_mut();
                visit.lists[visit.focus].choose();
            }
            (action.run)(model)
        }
        Err(reason) => {
            model.say(format!("{how}: {reason}"));
            Vec::new()
        }
    }
}
