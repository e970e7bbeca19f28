//! What the console noted: sources that come and go, the configuration, what came of what was done.
//!
//! Bounded: the oldest goes. It says what happened to the console; what happened to the business is on Timeline.

use std::collections::VecDeque;

use super::list::Row;
use super::message::Message;
use super::model::Model;
use super::place::Item;
use crate::domain::facts::Freshness;
use crate::domain::span::Instant;
use crate::domain::world::{SourceState, World};
use crate::domain::write::Outcome;

/// So many notes are kept.
const MOST: usize = 1_000;

/// How grave a note is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Grade {
    /// Good to know.
    Note,
    /// Something is not as it should be.
    Warning,
    /// Something does not work.
    Error,
}

impl Grade {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Its number, counted from the start of the console.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// How grave.
    pub grade: Grade,
    /// Of whom: a source, or a part of the console.
    pub of: String,
    /// What.
    pub text: String,
    /// How often the same was noted in a row.
    pub times: usize,
}

/// The newest notes.
#[derive(Clone, Debug, Default)]
pub struct Log {
    notes: VecDeque<Note>,
    next: u64,
}

impl Log {
    /// The notes, the oldest first.
    pub fn notes(&self) -> &VecDeque<Note> {
        &self.notes
    }

    /// A note by its number.
    pub fn note(&self, number: u64) -> Option<&Note> {
        self.notes.iter().find(|note| note.number == number)
    }

    /// Notes something. The same again is counted instead.
    pub fn add(&mut self, at: Instant, grade: Grade, of: &str, text: impl Into<String>) {
        let text = text.into();
        if let Some(last) = self.notes.back_mut()
            && (last.grade, last.of.as_str(), last.text.as_str()) == (grade, of, text.as_str())
        {
            last.at = at;
            last.times += 1;
            return;
        }
        if self.notes.len() >= MOST {
            self.notes.pop_front();
        }
        let number = self.next;
        self.next += 1;
        self.notes.push_back(Note { number, at, grade, of: of.to_owned(), text, times: 1 });
    }
}

/// Notes what a message says of the console itself, before it is taken.
pub(super) fn note(model: &mut Model, message: &Message) {
    let now = model.now;
    match message {
        Message::World(world) if world.assumed.is_empty() => sources(model, world),
        Message::Reloaded(Ok(())) => {
            model.log.add(now, Grade::Note, "configuration", "configuration and map were read again");
        }
        Message::Reloaded(Err(error)) => {
            model.log.add(now, Grade::Error, "configuration", format!("refused, the old one holds: {error}"));
        }
        Message::Remembered(Err(error)) | Message::LookedBack(_, Err(error)) => {
            model.log.add(now, Grade::Warning, "history", error.clone());
        }
        Message::Notice(text) => model.log.add(now, Grade::Note, "console", text.clone()),
        Message::NoBrowser(address, why) => {
            model.log.add(now, Grade::Warning, "browser", format!("{address} could not be opened: {why}"));
        }
        Message::Prepared { answer: Err(why), .. } => model.log.add(now, Grade::Warning, "write", why.clone()),
        Message::Sent { what, outcome, .. } => {
            let (grade, text) = match outcome {
                Outcome::Done { says, .. } => (Grade::Note, format!("done. {says}")),
                Outcome::Refused { says } => (Grade::Error, format!("refused. {says}")),
                Outcome::NotSent { why } => (Grade::Error, format!("not sent: {why}")),
                Outcome::Unknown { why } => (Grade::Error, format!("unknown, check it there: {why}")),
            };
            model.log.add(now, grade, "write", format!("{what}: {}", text.trim_end()));
        }
        _ => {}
    }
}

/// Notes which sources came, went, or say something else is wrong.
fn sources(model: &mut Model, world: &World) {
    let before = std::sync::Arc::clone(&model.live);
    for source in &world.sources {
        let known = before.sources.iter().find(|known| known.name == source.name);
        let (was, said) = known.map_or((Freshness::Pending, None), |known| (known.freshness, known.error.as_deref()));
        let error = source.error.as_deref();
        let turned = was != source.freshness;
        if !turned && (error == said || error.is_none()) {
            continue;
        }
        let (grade, text) = words(source, was);
        model.log.add(model.now, grade, source.name.as_str(), text);
    }
}

fn words(source: &SourceState, was: Freshness) -> (Grade, String) {
    let error = source.error.as_deref();
    match (source.freshness, error) {
        (Freshness::Fresh, None) if was == Freshness::Pending => {
            (Grade::Note, "answered for the first time".to_owned())
        }
        (Freshness::Fresh, None) => (Grade::Note, "answers again".to_owned()),
        (Freshness::Lost, error) => {
            let why = error.map_or_else(String::new, |error| format!(": {error}"));
            (Grade::Error, format!("lost, what rests on it is unknown{why}"))
        }
        (Freshness::Late, error) => {
            let why = error.map_or_else(String::new, |error| format!(": {error}"));
            (Grade::Warning, format!("late{why}"))
        }
        (_, Some(error)) => (Grade::Warning, error.to_owned()),
        (Freshness::Pending, None) => (Grade::Note, "is asked for the first time".to_owned()),
    }
}

/// The rows of the log, the newest first.
pub(super) fn rows(model: &Model) -> Vec<Row> {
    let notes = model.log.notes().iter().enumerate().rev();
    notes.map(|(at, note)| Row::flat(Item::Note(note.number), at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_bounded_and_counts_what_repeats() {
        let mut log = Log::default();
        let at = Instant::from_timestamp(0, 0).expect("in range");
        for _ in 0..5 {
            log.add(at, Grade::Error, "prom", "refused");
        }
        assert_eq!((log.notes().len(), log.notes()[0].times), (1, 5));
        for number in 0..3 * MOST {
            log.add(at, Grade::Note, "prom", format!("{number}"));
        }
        assert_eq!(log.notes().len(), MOST);
        assert_eq!(log.note(0), None);
        assert_eq!(log.notes().back().map(|note| note.number), Some(3 * MOST as u64));
    }
}
