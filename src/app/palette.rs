//! The command line with its palette: what is typed, what is offered for it, what happens when one is taken.

use super::action::Enabled;
use super::command::Choices;
use super::key::{Key, KeyCode};
use super::line::Line;
use super::message::Effect;
use super::model::Model;
use super::offers::{self, Offer, What};
use super::{command, navigate};

/// The command line while it is open.
#[derive(Clone, Debug)]
pub struct Palette {
    /// What is typed.
    pub line: Line,
    /// What is offered for that, the best first.
    pub offers: Vec<Offer>,
    /// How many there would be.
    pub found: usize,
    /// Which of them is taken with Enter; `None`: none was chosen.
    pub chosen: Option<usize>,
    /// What was wrong with what was typed.
    pub error: Option<String>,
    /// The theme to go back to.
    theme: usize,
}

/// Opens the command line.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    open_with(model, "")
}

/// Opens it with the beginning of a line, such as `theme `, whose arguments are then offered.
pub(super) fn open_with(model: &mut Model, text: &str) -> Vec<Effect> {
    model.help = None;
    model.past_commands.leave();
    let theme = model.theme;
    let line = Line::of(text);
    model.palette = Some(Palette { line, offers: Vec::new(), found: 0, chosen: None, error: None, theme });
    refresh(model);
    let on = model.theme_name().to_owned();
    if let Some(palette) = &mut model.palette {
        // Whoever chooses a theme begins where they are.
        palette.chosen = palette.offers.iter().position(|offer| offer.name == on).or(palette.chosen);
    }
    Vec::new()
}

/// Whether there is another theme.
pub(super) fn has_themes(model: &Model) -> Enabled {
    if model.themes.len() > 1 { Ok(()) } else { Err("there is one theme") }
}

/// Takes a key while the command line is open.
pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(palette) = &mut model.palette else { return Vec::new() };
    palette.error = None;
    match (key.ctrl, key.code) {
        (_, KeyCode::Enter) => return enter(model),
        (_, KeyCode::Esc) | (true, KeyCode::Char('c' | 'g')) => close(model),
        (_, KeyCode::Backspace) if palette.line.text.is_empty() => close(model),
        (true, KeyCode::Char('l')) => return vec![Effect::Repaint],
        (true, KeyCode::Char('z')) => return vec![Effect::Suspend],
        (_, KeyCode::Tab) => complete(model),
        (true, KeyCode::Char('p')) => recall(model, true),
        (true, KeyCode::Char('n')) => recall(model, false),
        (_, KeyCode::Up) if palette.chosen.unwrap_or(0) == 0 => recall(model, true),
        (_, KeyCode::Up) => choose(model, -1),
        (_, KeyCode::Down) => choose(model, 1),
        (_, KeyCode::PageUp) => choose(model, -5),
        (_, KeyCode::PageDown) => choose(model, 5),
        _ => {
            let before = palette.line.text.clone();
            if palette.line.edit(key) && palette.line.text != before {
                model.past_commands.leave();
                refresh(model);
            }
        }
    }
    Vec::new()
}

/// Takes the first line of pasted text. It is only typed: nothing of it runs.
pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(palette) = &mut model.palette {
        palette.line.insert(text.lines().next().unwrap_or_default());
        palette.error = None;
        refresh(model);
    }
}

/// Leaves without doing anything.
pub(super) fn close(model: &mut Model) {
    if let Some(palette) = model.palette.take() {
        model.theme = palette.theme;
    }
}

/// Looks up anew what to offer for what is typed.
fn refresh(model: &mut Model) {
    let Some(palette) = &model.palette else { return };
    let text = palette.line.text.clone();
    let (found, offers) = offers::of(model, &text);
    // Of examples none is chosen by itself: Enter takes what is typed.
    let is_free = offers::command_of(&text).is_some_and(|(command, _)| matches!(command.choices, Choices::Any(_)));
    if let Some(palette) = &mut model.palette {
        palette.chosen = (!offers.is_empty() && !text.trim().is_empty() && !is_free).then_some(0);
        (palette.found, palette.offers) = (found, offers);
    }
    preview(model);
}

fn choose(model: &mut Model, by: isize) {
    if let Some(palette) = &mut model.palette {
        let last = palette.offers.len().checked_sub(1);
        let next = palette.chosen.map_or(0, |at| at.saturating_add_signed(by));
        palette.chosen = last.map(|last| next.min(last));
    }
    preview(model);
}

/// Shows what the chosen argument would do.
fn preview(model: &mut Model) {
    let Some(palette) = &model.palette else { return };
    model.theme = palette.theme;
    let chosen = palette.chosen.and_then(|at| palette.offers.get(at)).map(|offer| offer.what.clone());
    if let Some(What::Argument(command, argument)) = chosen {
        (command.preview)(model, &argument);
    }
}

/// A line that was typed before, or after that.
fn recall(model: &mut Model, older: bool) {
    let Some(palette) = &mut model.palette else { return };
    let past = &mut model.past_commands;
    let line = if older { past.older(&palette.line.text) } else { past.newer() };
    if let Some(line) = line {
        palette.line = Line::of(line);
        refresh(model);
    }
}

/// Types what is chosen as far as it is known.
fn complete(model: &mut Model) {
    let Some(palette) = &mut model.palette else { return };
    let Some(offer) = palette.offers.get(palette.chosen.unwrap_or(0)) else { return };
    let text = match &offer.what {
        What::Action(action) => action.name.to_owned(),
        What::Command(command) => format!("{} ", command.name),
        What::Thing(_) => format!("go {}", offer.name),
        What::Argument(command, argument) => format!("{} {argument}", command.name),
        What::Line(line) => line.clone(),
    };
    palette.line = Line::of(&text);
    model.past_commands.leave();
    refresh(model);
}

/// Does what is chosen, or what is typed where it is a command whose argument may be anything.
fn enter(model: &mut Model) -> Vec<Effect> {
    let Some(palette) = &model.palette else { return Vec::new() };
    let chosen = palette.chosen.and_then(|at| palette.offers.get(at)).map(|offer| (offer.what.clone(), offer.refused));
    let text = palette.line.text.trim().to_owned();
    match chosen {
        Some((What::Action(action), None)) => {
            model.past_commands.keep(action.name);
            close(model);
            super::perform(model, action, action.name)
        }
        Some((_, Some(reason))) => refuse(model, reason.to_owned()),
        Some((What::Command(_), None)) => {
            complete(model);
            Vec::new()
        }
        Some((What::Line(line), None)) => {
            if let Some(palette) = &mut model.palette {
                palette.line = Line::of(&line);
            }
            refresh(model);
            Vec::new()
        }
        Some((What::Thing(place), None)) => {
            let id = model
                .palette
                .as_ref()
                .and_then(|palette| palette.offers.get(palette.chosen?))
                .map(|it| it.name.clone());
            model.past_commands.keep(&format!("go {}", id.unwrap_or_default()));
            close(model);
            navigate::go_to(model, place)
        }
        Some((What::Argument(command, argument), None)) => run(model, command, &argument),
        None => match offers::command_of(&format!("{text} ")) {
            Some((command, argument)) => run(model, command, argument),
            None if text.is_empty() => {
                close(model);
                Vec::new()
            }
            None => refuse(model, format!("nothing is called {text:?}")),
        },
    }
}

/// Runs a command; where its argument is wrong, the line stays open with the reason.
fn run(model: &mut Model, command: &'static command::Command, argument: &str) -> Vec<Effect> {
    let palette = model.palette.take();
    match (command.run)(model, argument) {
        Ok(effects) => {
            model.past_commands.keep(&format!("{} {argument}", command.name));
            effects
        }
        Err(error) => {
            model.palette = palette;
            refuse(model, error)
        }
    }
}

fn refuse(model: &mut Model, reason: String) -> Vec<Effect> {
    if let Some(palette) = &mut model.palette {
        palette.error = Some(reason);
    }
    Vec::new()
}
