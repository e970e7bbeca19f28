//! A short list over the screen to choose from: orders, columns, what to assume. One widget, one way to move.
//!
//! Invariant: while a menu is open every key is the menu's.

use super::action::Enabled;
use super::columns;
use super::filter::{Field, Filter, Quantity, Thing};
use super::key::{Key, KeyCode};
use super::line::Line;
use super::message::Effect;
use super::model::Model;
use super::place::Pane;
use super::rows::fields::{NAME, SUMMARY};
use super::rows::sort;
use super::whatif;
use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::domain::id::NodeId;
use crate::domain::severity::Severity;

/// So many choices are shown of those that pass what is typed.
const MOST: usize = 100;

/// What is chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Topic {
    /// The order of the list with the focus.
    Sort,
    /// Which of its columns are shown.
    Columns,
    /// What to assume, and which state; `None` assumes unknown.
    WhatIf(Option<Severity>),
}

/// One thing to choose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// What it is called.
    pub label: String,
    /// What is beside the point.
    pub note: String,
    /// Whether it holds already.
    pub holds: bool,
    /// What choosing it does.
    pub pick: Pick,
}

/// What choosing does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pick {
    /// The list has the order of that number.
    Sort(usize),
    /// The column is shown, or no longer.
    Column(Pane, &'static str),
    /// These nodes are assumed to have the state of the menu.
    Assume(Vec<NodeId>),
    /// These nodes are assumed to be unknown.
    Lose(Vec<NodeId>),
    /// The node is no longer assumed to be anything.
    Withdraw(NodeId),
}

/// A short list over the screen.
#[derive(Clone, Debug)]
pub struct Menu {
    /// What is chosen.
    pub topic: Topic,
    /// What is typed, where typing looks for something.
    pub line: Line,
    /// The choices that pass what is typed.
    pub choices: Vec<Choice>,
    /// Where the cursor is; below the number of choices, or 0.
    pub cursor: usize,
    all: Vec<Choice>,
}

impl Thing for Choice {
    fn texts(&self, field: &mut dyn FnMut(Field, &str)) {
        field(NAME, &self.label);
        field(SUMMARY, &self.note);
    }

    fn severity(&self) -> Option<Severity> {
        None
    }

    fn span(&self, _: Quantity) -> Option<TimeDelta> {
        None
    }

    fn money(&self, _: Quantity) -> Option<Decimal> {
        None
    }
}

impl Menu {
    /// A menu with the cursor on what holds already.
    pub fn new(topic: Topic, all: Vec<Choice>) -> Self {
        let mut menu = Self { topic, line: Line::default(), choices: Vec::new(), cursor: 0, all };
        menu.sift();
        if menu.topic == Topic::Sort {
            menu.cursor = menu.choices.iter().position(|choice| choice.holds).unwrap_or(0);
        }
        menu
    }

    /// Whether letters look for something, instead of moving.
    pub const fn is_typed(&self) -> bool {
        matches!(self.topic, Topic::WhatIf(_))
    }

    fn sift(&mut self) {
        let filter = Filter::parse(&self.line.text);
        self.choices = self.all.iter().filter(|choice| filter.passes(*choice)).take(MOST).cloned().collect();
        self.cursor = self.cursor.min(self.choices.len().saturating_sub(1));
    }

    fn step(&mut self, by: isize) {
        let last = self.choices.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    fn typed(&mut self, change: impl FnOnce(&mut Line)) {
        change(&mut self.line);
        self.cursor = 0;
        self.sift();
    }
}

/// Whether the list has more than one order.
pub(super) fn can_sort(model: &Model) -> Enabled {
    if sort::of(model.here().pane()).len() > 1 { Ok(()) } else { Err("this list has one order") }
}

/// Lets the operator choose the order of the list.
pub(super) fn sort(model: &mut Model) -> Vec<Effect> {
    let visit = model.here();
    let now = visit.list().sort;
    let choice = |(at, sort): (usize, &sort::Sort)| Choice {
        label: sort.title().to_owned(),
        note: String::new(),
        holds: at == now,
        pick: Pick::Sort(at),
    };
    let choices = sort::of(visit.pane()).iter().enumerate().map(choice).collect();
    model.menu = Some(Menu::new(Topic::Sort, choices));
    Vec::new()
}

/// Whether the list has columns that may be left out.
pub(super) fn has_columns(model: &Model) -> Enabled {
    if columns::of(model.here().pane()).is_empty() { Err("this list has no columns to choose") } else { Ok(()) }
}

/// Lets the operator choose the columns of the list.
pub(super) fn columns(model: &mut Model) -> Vec<Effect> {
    let pane = model.here().pane();
    let choice = |title: &&'static str| Choice {
        label: (*title).to_owned(),
        note: String::new(),
        holds: !model.hidden.contains(&(pane, *title)),
        pick: Pick::Column(pane, title),
    };
    let choices = columns::of(pane).iter().map(choice).collect();
    model.menu = Some(Menu::new(Topic::Columns, choices));
    Vec::new()
}

/// Takes a key while a menu is open.
pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(menu) = &mut model.menu else { return Vec::new() };
    let typed = menu.is_typed();
    match (key.ctrl, key.code) {
        (_, KeyCode::Esc) | (true, KeyCode::Char('c' | 'g')) => model.menu = None,
        (true, KeyCode::Char('l')) => return vec![Effect::Repaint],
        (true, KeyCode::Char('z')) => return vec![Effect::Suspend],
        (_, KeyCode::Up) | (true, KeyCode::Char('p')) => menu.step(-1),
        (_, KeyCode::Down) | (true, KeyCode::Char('n')) => menu.step(1),
        (_, KeyCode::PageUp) => menu.step(-8),
        (_, KeyCode::PageDown) => menu.step(8),
        (_, KeyCode::Home) => menu.step(isize::MIN),
        (_, KeyCode::End) => menu.step(isize::MAX),
        (_, KeyCode::Enter) => return pick(model),
        (_, KeyCode::Left) => turn(menu, -1),
        (_, KeyCode::Right) => turn(menu, 1),
        (false, KeyCode::Char('j')) if !typed => menu.step(1),
        (false, KeyCode::Char('k')) if !typed => menu.step(-1),
        (false, KeyCode::Char('q' | 's' | 'C')) if !typed => model.menu = None,
        (false, KeyCode::Char(' ')) if !typed => return pick(model),
        (true, KeyCode::Char('u')) if typed => menu.typed(Line::clear),
        (true, KeyCode::Char('w')) if typed => menu.typed(Line::delete_word),
        (_, KeyCode::Backspace) if typed => menu.typed(Line::backspace),
        (false, KeyCode::Char(char)) if typed && !key.alt => {
            menu.typed(|line| line.insert(char.encode_utf8(&mut [0; 4])));
        }
        _ => {}
    }
    Vec::new()
}

/// Takes pasted text, where something is typed.
pub(super) fn paste(menu: &mut Menu, text: &str) {
    if menu.is_typed() {
        menu.typed(|line| line.insert(text.lines().next().unwrap_or_default()));
    }
}

/// Another state to assume.
fn turn(menu: &mut Menu, by: isize) {
    if let Topic::WhatIf(state) = &mut menu.topic {
        let now = whatif::STATES.iter().position(|known| known == state).unwrap_or(0).cast_signed();
        let next = (now + by).rem_euclid(whatif::STATES.len().cast_signed());
        *state = whatif::STATES[next.cast_unsigned()];
    }
}

/// Does what is chosen. The menu stays open where more may be chosen.
fn pick(model: &mut Model) -> Vec<Effect> {
    let Some(menu) = &mut model.menu else { return Vec::new() };
    let Some(choice) = menu.choices.get(menu.cursor).cloned() else { return Vec::new() };
    let topic = menu.topic.clone();
    match (choice.pick, topic) {
        (Pick::Column(pane, title), _) => {
            if !model.hidden.remove(&(pane, title)) {
                model.hidden.insert((pane, title));
            }
            let shown = !model.hidden.contains(&(pane, title));
            for choice in menu.all.iter_mut().chain(&mut menu.choices) {
                if choice.pick == Pick::Column(pane, title) {
                    choice.holds = shown;
                }
            }
            Vec::new()
        }
        (Pick::Sort(number), _) => {
            model.menu = None;
            let visit = model.here_mut();
            let focus = visit.focus;
            visit.lists[focus].sort = number;
            // Whoever asks for an order wants it now, with the cursor where it was on screen.
            model.touched = None;
            model.refresh();
            model.say(format!("order: {}", choice.label));
            Vec::new()
        }
        (Pick::Assume(nodes), Topic::WhatIf(state)) => whatif::assume(model, &nodes, state),
        (Pick::Lose(nodes), _) => whatif::assume(model, &nodes, None),
        (Pick::Withdraw(node), _) => whatif::withdraw(model, &node),
        (Pick::Assume(_), _) => Vec::new(),
    }
}
