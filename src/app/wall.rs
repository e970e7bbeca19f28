//! The wall: how the business is, on a screen across the room, for months, without a hand on a keyboard.
//!
//! Invariants: what is shown changes at most every two seconds, and is all of one instant; nothing grows with time.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;

use super::action::Enabled;
use super::layout;
use super::message::Effect;
use super::model::Model;
use super::place::Pane;
use super::rows;
use crate::domain::map::{Alert, NodeIndex};
use crate::domain::order;
use crate::domain::severity::Severity;
use crate::domain::span::Instant;
use crate::domain::world::World;

/// How often a wall changes at most: digital figures that change faster can't be read from afar.
pub const PACE: TimeDelta = TimeDelta::seconds(2);
/// How long a page stays.
pub const TURN: TimeDelta = TimeDelta::seconds(20);
/// How long a page with a new breach stays.
pub const HOLD: TimeDelta = TimeDelta::seconds(60);
/// Without a new world for so long, what is shown is said to be old.
pub const STALLED: TimeDelta = TimeDelta::seconds(20);

/// Which pages a wall goes through.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum View {
    /// All of them.
    #[default]
    All,
    /// Processes alone.
    Processes,
    /// Promises alone.
    Sla,
    /// Money alone.
    Cost,
    /// The processes of an owner or with a tag.
    Of(String),
}

impl View {
    /// The view of a name: a page, or an owner or a tag.
    pub fn named(name: &str) -> Self {
        match name {
            "all" => Self::All,
            "processes" => Self::Processes,
            "sla" => Self::Sla,
            "cost" => Self::Cost,
            other => Self::Of(other.to_owned()),
        }
    }
}

/// How the console was started, as far as the wall goes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Begin {
    /// The view to start with; `None` starts without a wall.
    pub view: Option<View>,
    /// Only the keys of the wall work.
    pub kiosk: bool,
    /// Names and money are hidden.
    pub private: bool,
}

/// One page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Page {
    /// Processes in trouble, from that one on; all is well where there is none.
    Processes(usize),
    /// What will be missed first.
    Sla,
    /// The cost rate over time, and what makes it.
    Cost,
}

/// The wall while it is on.
#[derive(Clone, Debug)]
pub struct Wall {
    /// Which pages it goes through.
    pub view: View,
    /// Only the keys of the wall work.
    pub kiosk: bool,
    /// Names and money are hidden.
    pub private: bool,
    /// An operator holds the page.
    pub held: bool,
    /// Which page is shown, of [`pages`].
    pub page: usize,
    /// The breach that the wall jumped to, and until when it stays there.
    pub breach: Option<(String, Instant)>,
    /// The instant of what is shown.
    pub at: Instant,
    turned: Instant,
    /// Breaches that were seen; `None` before the first look, at which none is new.
    seen: Option<BTreeSet<String>>,
}

impl Wall {
    fn new(begin: &Begin, now: Instant) -> Self {
        Self {
            view: begin.view.clone().unwrap_or_default(),
            kiosk: begin.kiosk,
            private: begin.private,
            held: false,
            page: 0,
            breach: None,
            at: now,
            turned: now,
            seen: None,
        }
    }

    /// Whether a name or an amount may be shown.
    pub const fn tells(&self) -> bool {
        !self.private
    }
}

impl Model {
    /// Puts the wall up, as the command line says.
    pub fn begin_wall(&mut self, begin: &Begin) {
        if begin.view.is_some() || begin.kiosk {
            self.wall = Some(Wall::new(begin, self.now));
            look(self);
        }
    }
}

/// When the wall changes by itself.
pub(super) fn deadline(wall: &Wall, now: Instant) -> Instant {
    (wall.at + PACE).max(now)
}

/// Takes time and world into account: what is shown goes on at its pace, the page turns, a new breach is jumped to.
pub(super) fn settle(model: &mut Model) {
    let Some(wall) = &model.wall else { return };
    if model.now - wall.at >= PACE || model.now < wall.at {
        let live = Arc::clone(&model.live);
        if let Some(wall) = &mut model.wall {
            wall.at = model.now;
        }
        if !Arc::ptr_eq(&live, &model.world) && model.lens.is_live() {
            model.show(live);
        }
        look(model);
    }
}

fn look(model: &mut Model) {
    let breaches = breaches(model);
    let pages = pages(model);
    let Some(wall) = &mut model.wall else { return };
    let now = wall.at;
    let new = wall.seen.as_ref().and_then(|seen| breaches.iter().find(|(id, _)| !seen.contains(id)).cloned());
    // What a lost source hides is not over: it would be new again when the source comes back.
    let hidden = |id: &String| model.world.unknown > 0 && wall.seen.as_ref().is_some_and(|seen| seen.contains(id));
    let kept: Vec<String> = wall.seen.iter().flatten().filter(|id| hidden(id)).cloned().collect();
    wall.seen = Some(breaches.into_iter().map(|(id, _)| id).chain(kept).collect());
    wall.page = wall.page.min(pages.len().saturating_sub(1));
    if wall.breach.as_ref().is_some_and(|(_, until)| *until <= now) {
        wall.breach = None;
        wall.turned = now;
    }
    if let Some((id, page)) = new {
        wall.page = pages.iter().rposition(|known| holds(*known, page)).unwrap_or(wall.page);
        wall.breach = Some((id, now + HOLD));
        wall.turned = now;
    } else if !wall.held && wall.breach.is_none() && now - wall.turned >= TURN {
        wall.page = (wall.page + 1) % pages.len().max(1);
        wall.turned = now;
    }
}

/// Whether a page shows what another would begin with.
const fn holds(page: Page, wanted: Page) -> bool {
    match (page, wanted) {
        (Page::Processes(from), Page::Processes(at)) => from <= at,
        (Page::Sla, Page::Sla) | (Page::Cost, Page::Cost) => true,
        _ => false,
    }
}

/// What a wall jumps to when it is new: processes that are major or worse and that nobody is on, promises that are
/// missed or page; with the page on which it stands.
fn breaches(model: &Model) -> Vec<(String, Page)> {
    let world = &*model.world;
    let troubled = troubled(model);
    let grave = |index: &NodeIndex| {
        world.nodes.get(*index).is_some_and(|state| state.interval.low >= Severity::Major && !state.handled)
    };
    let processes = troubled.iter().enumerate().filter(|(_, index)| grave(index));
    let mut found: Vec<(String, Page)> =
        processes.map(|(at, index)| (world.map.nodes[*index].id.to_string(), Page::Processes(at))).collect();
    let objectives = world.map.objectives.iter().zip(&world.objectives);
    let missed = objectives.filter(|(_, state)| {
        state.alert == Some(Alert::Page)
            || state.budget_remaining.is_some_and(|left| left <= rust_decimal::Decimal::ZERO)
    });
    found.extend(missed.map(|(objective, _)| (format!("SLA {}", objective.id), Page::Sla)));
    let clocks = world.clocks.iter().filter(|clock| clock.breached && clock.done.is_none());
    found.extend(clocks.map(|clock| {
        let id = rows::ticket_id(world, clock.ticket);
        (format!("{id} {}", clock.goal.word()), Page::Sla)
    }));
    found
}

/// The next theme.
pub(super) fn theme(model: &mut Model) -> Vec<Effect> {
    model.theme = (model.theme + 1) % model.themes.len().max(1);
    Vec::new()
}

/// The processes of the view, in order of the map.
pub fn processes(model: &Model) -> Vec<NodeIndex> {
    let all = model.atlas.processes.iter().copied();
    match model.wall.as_ref().map(|wall| &wall.view) {
        Some(View::Of(name)) => all.filter(|index| belongs(&model.world, *index, name)).collect(),
        _ => all.collect(),
    }
}

fn belongs(world: &World, index: NodeIndex, name: &str) -> bool {
    let node = &world.map.nodes[index];
    node.owner.as_deref() == Some(name) || node.tags.iter().any(|tag| tag == name)
}

/// Those of them that are, or may be, a problem, in the order of attention; none before the first answer.
pub fn troubled(model: &Model) -> Vec<NodeIndex> {
    if model.is_waiting() {
        return Vec::new();
    }
    let world = &*model.world;
    let bad = |index: &NodeIndex| {
        world.nodes.get(*index).is_some_and(|state| order::Certainty::of(state.interval) != order::Certainty::Fine)
    };
    let bad = processes(model).into_iter().filter(bad);
    let rank = |index: NodeIndex| order::node(world, index, model.reading.breaches.get(index).copied().flatten());
    let mut bad: Vec<NodeIndex> = bad.collect();
    bad.sort_by(|a, b| rank(*a).cmp(&rank(*b)));
    bad
}

/// The pages of the wall as things are; at least one.
pub fn pages(model: &Model) -> Vec<Page> {
    let world = &*model.world;
    let view = model.wall.as_ref().map_or(&View::All, |wall| &wall.view);
    let capacity = layout::tiles(model.size).max(1);
    let tiles = troubled(model).len().div_ceil(capacity).max(1);
    let mut pages: Vec<Page> = Vec::new();
    if !matches!(view, View::Sla | View::Cost) {
        pages.extend((0..tiles).map(|page| Page::Processes(page * capacity)));
    }
    let has_promises = !world.objectives.is_empty() || !world.clocks.is_empty();
    if *view == View::Sla || *view == View::All && has_promises {
        pages.push(Page::Sla);
    }
    let tells = model.wall.as_ref().is_none_or(Wall::tells);
    if *view == View::Cost || *view == View::All && tells && world.nodes.iter().any(|state| state.money.is_some()) {
        pages.push(Page::Cost);
    }
    pages
}

/// The promises of the wall, what will be missed first on top.
pub fn promises(model: &Model) -> Vec<super::list::Row> {
    let visit = super::model::Visit::new(super::place::Place::Screen(super::place::Screen::Overview));
    rows::of(model, &visit, Pane::Promises, 0).1
}

/// Puts the wall up.
pub(super) fn up(model: &mut Model) -> Vec<Effect> {
    model.help = None;
    model.wall = Some(Wall::new(&Begin::default(), model.now));
    look(model);
    Vec::new()
}

/// Whether the wall may be left.
pub(super) fn can_leave(model: &Model) -> Enabled {
    match &model.wall {
        Some(wall) if wall.kiosk => Err("this is a kiosk: only the keys of the wall work"),
        _ => Ok(()),
    }
}

/// Takes the wall down.
pub(super) fn down(model: &mut Model) -> Vec<Effect> {
    model.wall = None;
    let live = Arc::clone(&model.live);
    if model.lens.is_live() {
        model.show(live);
    }
    Vec::new()
}

/// Ends the console from the wall.
pub(super) fn quit(_: &mut Model) -> Vec<Effect> {
    vec![Effect::Quit]
}

/// Another page.
pub(super) fn turn(model: &mut Model, by: isize) -> Vec<Effect> {
    let count = pages(model).len().max(1).cast_signed();
    if let Some(wall) = &mut model.wall {
        wall.page = (wall.page.cast_signed() + by).rem_euclid(count).cast_unsigned();
        wall.turned = wall.at;
        wall.breach = None;
    }
    Vec::new()
}

/// Holds the page, or lets the wall go on.
pub(super) fn hold(model: &mut Model) -> Vec<Effect> {
    if let Some(wall) = &mut model.wall {
        wall.held = !wall.held;
        wall.turned = wall.at;
    }
    Vec::new()
}

/// Hides names and money, or shows them.
pub(super) fn hide(model: &mut Model) -> Vec<Effect> {
    if let Some(wall) = &mut model.wall {
        wall.private = !wall.private;
    }
    look(model);
    Vec::new()
}
