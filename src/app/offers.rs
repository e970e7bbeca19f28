//! What the palette offers for what is typed: actions, commands, things, arguments, by fuzzy name, the best first.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::action::{ACTIONS, Action};
use super::command::{self, COMMANDS, Choices, Command};
use super::model::Model;
use super::place::Place;
use super::things::{self, Thing};
use crate::domain::map::Kind;

/// So many offers are kept to choose from; who wants a later one types more.
const MOST: usize = 50;

/// Scores of what is called so, or begins so, go before all that only looks like it.
const SAME: u32 = 1_000_000;
const BEGINS: u32 = 100_000;

/// One offer.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What happens when it is taken.
    pub what: What,
    /// What it is called.
    pub name: String,
    /// Which characters of the name were typed, ascending.
    pub marks: Vec<u32>,
    /// What it is or does.
    pub note: String,
    /// Its key, or what kind of thing it is.
    pub tag: String,
    /// Why it is not possible now.
    pub refused: Option<&'static str>,
}

/// What an offer is.
#[derive(Clone, Debug)]
pub enum What {
    /// An action.
    Action(&'static Action),
    /// A command that still needs its argument.
    Command(&'static Command),
    /// A thing to go to.
    Thing(Place),
    /// A command with this argument.
    Argument(&'static Command, String),
    /// A line that was typed before.
    Line(String),
}

/// What is typed, read as a command and its argument, where its first word is one.
pub fn command_of(text: &str) -> Option<(&'static Command, &str)> {
    let (word, rest) = text.trim_start().split_once(char::is_whitespace)?;
    Some((command::named(word)?, rest.trim()))
}

/// What to offer for what is typed, and how many there are in all.
pub fn of(model: &Model, text: &str) -> (usize, Vec<Offer>) {
    if let Some((command, argument)) = command_of(text) {
        return arguments(model, command, argument);
    }
    let text = text.trim();
    let mut search = Search::new(text);
    let mut found = Vec::new();
    if text.is_empty() {
        found.extend(model.past_commands.newest().map(|line| (0, Candidate::Line(line))));
    }
    for command in COMMANDS {
        let score = search.either(command.name, command.title);
        found.extend(score.map(|score| (score, Candidate::Command(command))));
    }
    let contexts = super::contexts(model);
    // An action that a command of the same name stands for is that command without its argument.
    let offered = |action: &&Action| contexts.contains(&action.context) && command::named(action.name).is_none();
    for action in ACTIONS.iter().filter(offered) {
        let score = search.either(action.name, action.title);
        found.extend(score.map(|score| (score, Candidate::Action(action))));
    }
    if !text.is_empty() {
        found.extend(search.things(model, true));
    }
    best(model, &mut search, found)
}

fn arguments(model: &Model, command: &'static Command, argument: &str) -> (usize, Vec<Offer>) {
    let mut search = Search::new(argument);
    match command.choices {
        Choices::Things => {
            let found = search.things(model, false);
            best(model, &mut search, found)
        }
        Choices::Of(choices) => {
            let choices = choices(model);
            let mut found: Vec<_> =
                choices.iter().filter_map(|it| Some((search.either(&it.text, &it.note)?, it))).collect();
            found.sort_by_key(|(score, _)| Reverse(*score));
            let offers = found.iter().map(|(_, it)| search.argument(command, &it.text, &it.note)).collect();
            (found.len(), offers)
        }
        Choices::Any(examples) => {
            let shown = examples.iter().filter(|_| argument.is_empty());
            let offers: Vec<Offer> = shown.map(|it| search.argument(command, it.text, it.note)).collect();
            (offers.len(), offers)
        }
    }
}

/// What may be offered, before it is known whether it is among the best.
#[derive(Clone, Copy)]
enum Candidate<'a> {
    Action(&'static Action),
    Command(&'static Command),
    Thing(Thing),
    Line(&'a str),
}

fn best(model: &Model, search: &mut Search, mut found: Vec<(u32, Candidate)>) -> (usize, Vec<Offer>) {
    let count = found.len();
    found.sort_by_key(|(score, _)| Reverse(*score));
    found.truncate(MOST);
    (count, found.into_iter().map(|(_, candidate)| search.offer(model, candidate)).collect())
}

/// The matcher with what is searched for.
struct Search {
    text: String,
    pattern: Pattern,
    matcher: Matcher,
    chars: Vec<char>,
}

impl Search {
    fn new(text: &str) -> Self {
        let pattern = Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
        Self { text: text.to_lowercase(), pattern, matcher: Matcher::new(Config::DEFAULT), chars: Vec::new() }
    }

    fn score(&mut self, name: &str) -> Option<u32> {
        let score = self.pattern.score(Utf32Str::new(name, &mut self.chars), &mut self.matcher)?;
        let begins = name.get(..self.text.len()).is_some_and(|start| start.eq_ignore_ascii_case(&self.text));
        Some(match begins {
            true if self.text.is_empty() => 0,
            true if name.len() == self.text.len() => SAME,
            true => BEGINS + score,
            false => score,
        })
    }

    /// The score of a name, or of what it is called beside that, which counts for less.
    fn either(&mut self, name: &str, other: &str) -> Option<u32> {
        let named = self.score(name);
        let called = self.score(other).map(|score| score / 2);
        named.max(called)
    }

    fn things(&mut self, model: &Model, but_screens: bool) -> Vec<(u32, Candidate<'static>)> {
        let world = &*model.world;
        let mut found = Vec::new();
        for thing in things::all(world) {
            // Screens are actions of their own.
            if but_screens && matches!(thing, Thing::Screen(_)) {
                continue;
            }
            let score = match thing.id_ref(world) {
                Some(id) => self.either(id, thing.name(world)),
                None => self.either(&thing.id(world), thing.name(world)),
            };
            // Of things that fit alike, what the business knows comes first.
            let known = match thing {
                Thing::Node(at) if world.map.nodes[at].kind == Kind::Process => 3,
                Thing::Node(at) if world.map.nodes[at].kind == Kind::Service => 2,
                Thing::Node(_) => 1,
                _ => 0,
            };
            found.extend(score.map(|score| (score + known, Candidate::Thing(thing))));
        }
        found
    }

    fn marks(&mut self, name: &str) -> Vec<u32> {
        let mut marks = Vec::new();
        if !self.text.is_empty() {
            self.pattern.indices(Utf32Str::new(name, &mut self.chars), &mut self.matcher, &mut marks);
            marks.sort_unstable();
            marks.dedup();
        }
        marks
    }

    fn argument(&mut self, command: &'static Command, text: &str, note: &str) -> Offer {
        Offer {
            what: What::Argument(command, text.to_owned()),
            marks: self.marks(text),
            name: text.to_owned(),
            note: note.to_owned(),
            tag: String::new(),
            refused: None,
        }
    }

    fn offer(&mut self, model: &Model, candidate: Candidate) -> Offer {
        let world = &*model.world;
        match candidate {
            Candidate::Action(action) => Offer {
                what: What::Action(action),
                marks: self.marks(action.name),
                name: action.name.to_owned(),
                note: action.title.to_owned(),
                tag: model.keymap.shown(action),
                refused: (action.enabled)(model).err(),
            },
            Candidate::Command(command) => Offer {
                what: What::Command(command),
                marks: self.marks(command.name),
                name: format!("{} {}", command.name, command.argument),
                note: command.title.to_owned(),
                tag: ACTIONS
                    .iter()
                    .find(|action| action.name == command.name)
                    .map_or_else(String::new, |action| model.keymap.shown(action)),
                refused: None,
            },
            Candidate::Thing(thing) => {
                let id = thing.id(world);
                Offer {
                    what: What::Thing(thing.place(world)),
                    marks: self.marks(&id),
                    name: id,
                    note: thing.name(world).to_owned(),
                    tag: thing.kind(world).to_owned(),
                    refused: None,
                }
            }
            Candidate::Line(line) => Offer {
                what: What::Line(line.to_owned()),
                marks: Vec::new(),
                name: line.to_owned(),
                note: "typed before".to_owned(),
                tag: String::new(),
                refused: None,
            },
        }
    }
}
