//! Asking sources now.

use super::action::Enabled;
use super::message::Effect;
use super::model::Model;
use super::place::Item;

/// Whether there is a source to ask.
pub(super) fn can_poll(model: &Model) -> Enabled {
    if model.world.sources.is_empty() { Err("no source is configured") } else { Ok(()) }
}

/// Asks the selected source, or all.
pub(super) fn now(model: &mut Model) -> Vec<Effect> {
    let source = match super::navigate::subject(model) {
        Some(Item::Source(name)) => Some(name),
        _ => None,
    };
    let whom = source.as_ref().map_or_else(|| "all sources".to_owned(), ToString::to_string);
    model.say(format!("asking {whom}"));
    vec![Effect::Poll(source)]
}
