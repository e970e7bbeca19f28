//! Everything the console remembers while it runs, apart from the terminal itself.
//!
//! Invariant: after every [`super::update`] the rows of the lists in view belong to [`Model::world`], and each
//! selection is in view.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chrono::TimeDelta;
use ratatui::layout::Size;

use super::atlas::{Atlas, Reading};
use super::attention::Attention;
use super::filter::Filter;
use super::flood::Flood;
use super::keeping::History;
use super::keymap::Keymap;
use super::layout;
use super::lens::Lens;
use super::line::{Line, Typed};
use super::list::{List, Row};
use super::log::Log;
use super::menu::Menu;
use super::message::Arranged;
use super::palette::{self, Palette};
use super::past::{self, Past};
use super::pick::Picker;
use super::place::{Pane, Place, Screen};
use super::roster::Roster;
use super::rows;
use super::wall::{self, Wall};
use super::write::Writing;
use crate::domain::facts::Freshness;
use crate::domain::money::CostRange;
use crate::domain::span::Instant;
use crate::domain::world::World;

/// How long the order of lists rests after a key.
const REST: TimeDelta = TimeDelta::seconds(2);
/// How long a toast stays.
const TOAST: TimeDelta = TimeDelta::seconds(4);
/// How far apart samples of the cost rate are kept, and how many: a day.
const SAMPLE_EVERY: TimeDelta = TimeDelta::seconds(30);
const SAMPLES: usize = 2_880;

/// What the console is doing.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, none excludes another")]
pub struct Model {
    /// The instant of the last update.
    pub now: Instant,
    /// When the console started.
    pub started: Instant,
    /// Columns and rows of the screen.
    pub size: Size,
    /// Whether the terminal has the focus.
    pub focused: bool,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Names of the themes that `T` goes through.
    pub themes: Vec<String>,
    /// Which of them is on.
    pub theme: usize,
    /// What is shown.
    pub world: Arc<World>,
    /// What the map of that world says about itself.
    pub atlas: Arc<Atlas>,
    /// What the screens need to know of that world in more than one place.
    pub reading: Reading,
    /// Through what the world is looked at.
    pub lens: Lens,
    /// The newest world that was published, whatever is shown.
    pub live: Arc<World>,
    /// How many worlds were published since something else than the newest is shown.
    pub missed: usize,
    /// Where the operator is, and how they came there; never empty.
    pub visits: Vec<Visit>,
    /// The screens as they were left.
    pub parked: BTreeMap<Screen, Visit>,
    /// What lists show.
    pub filter: Filter,
    /// What the console noted.
    pub log: Log,
    /// The wall, while it is up.
    pub wall: Option<Wall>,
    /// A short list over the screen to choose from.
    pub menu: Option<Menu>,
    /// Columns that the operator left out.
    pub hidden: BTreeSet<(Pane, &'static str)>,
    /// The filter while it is typed.
    pub prompt: Option<Prompt>,
    /// Filters that were typed before.
    pub past_filters: Typed,
    /// The command line, while it is open.
    pub palette: Option<Palette>,
    /// Command lines that were typed before.
    pub past_commands: Typed,
    /// The first line in view of the help, while it is open.
    pub help: Option<usize>,
    /// Whether the reason of the selected thing's state is shown beside the list.
    pub why: bool,
    /// Whether signals stand together.
    pub flood: Flood,
    /// What was told and what was seen.
    pub attention: Attention,
    /// One line for the operator, until when.
    pub toast: Option<(String, Instant)>,
    /// What is wrong with the configuration that was read last.
    pub trouble: Option<String>,
    /// How history is kept.
    pub history: History,
    /// The cost rate since the console started.
    pub rates: VecDeque<(Instant, CostRange)>,
    /// The past in view.
    pub past: Past,
    /// The signals in the order of attention, as of when they were last in view.
    pub roster: Roster,
    /// Which key does what.
    pub keymap: Arc<Keymap>,
    /// When a key was last pressed, while the order of lists rests.
    pub touched: Option<Instant>,
    /// Whether an order that rests differs from the order that would be shown.
    pub unsorted: bool,
    /// Which link to open or text to copy, while that is asked.
    pub picker: Option<Picker>,
    /// Writing to other systems.
    pub writing: Writing,
}

/// One place on the way of the operator.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Where.
    pub place: Place,
    /// Which of the place's panes has the focus.
    pub focus: usize,
    /// The lists of the panes.
    pub lists: Vec<List>,
    /// What the operator opened or closed in a tree, by path.
    pub toggled: BTreeMap<u64, bool>,
    /// The filter of the place it was opened from, which holds again when it is left.
    pub outer: Option<Filter>,
}

impl Visit {
    /// A place that was not looked at yet.
    pub fn new(place: Place) -> Self {
        let lists = vec![List::default(); place.panes().len()];
        Self { place, focus: 0, lists, toggled: BTreeMap::new(), outer: None }
    }

    /// The pane with the focus.
    pub fn pane(&self) -> Pane {
        self.place.panes()[self.focus]
    }

    /// The list with the focus.
    pub fn list(&self) -> &List {
        &self.lists[self.focus]
    }
}

/// The filter while it is typed.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What is typed.
    pub line: Line,
    /// What the filter was before.
    pub before: Filter,
    /// Why nothing is found, where that is known.
    pub note: Option<String>,
    /// Whether nothing was typed yet: the line is what was typed before.
    pub is_old: bool,
}

impl Model {
    /// The console as it starts, showing a world.
    pub fn new(world: Arc<World>, themes: Vec<String>, size: (u16, u16), now: Instant) -> Self {
        let atlas = Arc::new(Atlas::of(&world.map));
        let reading = Reading::of(&world, &atlas);
        let mut model = Self {
            now,
            started: now,
            size: Size::new(size.0, size.1),
            focused: true,
            ascii: false,
            themes,
            theme: 0,
            live: Arc::clone(&world),
            world,
            atlas,
            reading,
            lens: Lens::Live,
            missed: 0,
            visits: vec![Visit::new(Place::Screen(Screen::Overview))],
            parked: BTreeMap::new(),
            filter: Filter::default(),
            log: Log::default(),
            wall: None,
            menu: None,
            hidden: BTreeSet::new(),
            prompt: None,
            past_filters: Typed::default(),
            palette: None,
            past_commands: Typed::default(),
            help: None,
            why: false,
            flood: Flood::default(),
            attention: Attention::new(now),
            toast: None,
            trouble: None,
            history: History::default(),
            rates: VecDeque::new(),
            past: Past::default(),
            roster: Roster::default(),
            keymap: Arc::new(Keymap::default()),
            touched: None,
            unsorted: false,
            picker: None,
            writing: Writing::default(),
        };
        model.sample();
        model.refresh();
        model
    }

    /// The name of the theme that is on; empty where there is none.
    pub fn theme_name(&self) -> &str {
        self.themes.get(self.theme).map_or("", String::as_str)
    }

    /// Takes what the operator arranged for themselves. The theme that is on stays on, if there still is one.
    pub(super) fn arrange(&mut self, arranged: Arranged) {
        if let Some(themes) = arranged.themes {
            // What is offered may be gone.
            palette::close(self);
            self.theme = themes.iter().position(|known| known == self.theme_name()).unwrap_or(0);
            self.themes = themes;
        }
        self.keymap = arranged.keymap.unwrap_or_else(|| Arc::clone(&self.keymap));
        if let Some(wishes) = arranged.wishes {
            self.attention.wishes = wishes;
        }
    }

    /// The instant that ages on screen refer to: it stands still while frozen and in the past.
    pub fn as_of(&self) -> Instant {
        self.lens.instant().or(self.wall.as_ref().map(|wall| wall.at)).unwrap_or(self.now)
    }

    /// Where the operator is.
    ///
    /// # Panics
    /// Never: the first visit is never taken away.
    pub fn here(&self) -> &Visit {
        self.visits.last().expect("the first visit is never taken away")
    }

    /// Where the operator is, to change it.
    ///
    /// # Panics
    /// Never: the first visit is never taken away.
    pub fn here_mut(&mut self) -> &mut Visit {
        self.visits.last_mut().expect("the first visit is never taken away")
    }

    /// The selected row of the list with the focus.
    pub fn selected(&self) -> Option<&Row> {
        self.here().list().selected()
    }

    /// The list of a pane of the place where the operator is.
    pub fn list(&self, pane: Pane) -> Option<&List> {
        let visit = self.here();
        visit.place.panes().iter().position(|other| *other == pane).map(|at| &visit.lists[at])
    }

    /// Whether every configured source still has to answer for the first time.
    pub fn is_waiting(&self) -> bool {
        self.reading.waiting
    }

    /// When the console should be woken without a message, if ever: at the next second while a clock shows them, at
    /// the next minute for ages, and when something ends by itself.
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        if let Some(wall) = &self.wall {
            return Some(wall::deadline(wall, now));
        }
        let second = layout::shows_seconds(self.size).then(|| next_edge(now, 1));
        let minute = Some(next_edge(now, 60));
        let sorted = self.touched.filter(|_| self.unsorted).map(|touched| touched + REST);
        let toast = self.toast.as_ref().map(|(_, until)| *until);
        [second, minute, sorted, toast].into_iter().flatten().min()
    }

    /// Shows one line for a few seconds.
    pub fn say(&mut self, text: impl Into<String>) {
        self.toast = Some((text.into(), self.now + TOAST));
    }

    /// Shows another world.
    pub(super) fn show(&mut self, world: Arc<World>) {
        if !Arc::ptr_eq(&world.map, &self.world.map) {
            self.atlas = Arc::new(Atlas::of(&world.map));
        }
        self.reading = Reading::after(&self.reading, &self.world, &world, &self.atlas);
        self.world = world;
        self.refresh();
    }

    /// Builds the rows of the lists in view anew.
    pub(super) fn refresh(&mut self) {
        past::refresh(self);
        self.flood.take(&self.world, self.as_of());
        let hold = self.touched.is_some();
        let mut visit = self.visits.pop().expect("the first visit is never taken away");
        if visit.place.panes().contains(&Pane::Signals) {
            self.roster.update(&self.world);
        }
        let mut unsorted = false;
        for (pane, at) in visit.place.panes().iter().zip(0..) {
            let (all, rows) = rows::of(self, &visit, *pane, visit.lists[at].sort);
            let list = &mut visit.lists[at];
            list.unfiltered = all;
            // A tree has the order of the map's hierarchy, which must not be torn apart.
            let is_tree = *pane == Pane::Tree || *pane == Pane::Signals && self.flood.is_grouped();
            unsorted |= list.replace(rows, hold && !is_tree);
        }
        self.unsorted = unsorted;
        self.visits.push(visit);
    }

    /// Brings selections into view and drops what has had its time.
    pub(super) fn settle(&mut self) {
        if self.toast.as_ref().is_some_and(|(_, until)| *until <= self.now) {
            self.toast = None;
        }
        if self.touched.is_some_and(|touched| touched + REST <= self.now) {
            self.touched = None;
            if self.unsorted {
                self.refresh();
            }
        }
        wall::settle(self);
        let panels = layout::panels(self, self.size);
        let visit = self.here_mut();
        for (pane, list) in visit.place.panes().iter().zip(&mut visit.lists) {
            let panel = panels.iter().find(|panel| panel.pane == *pane);
            list.settle(panel.map_or(1, layout::Panel::view));
        }
    }

    /// Keeps the cost rate of the newest world for the chart.
    pub(super) fn sample(&mut self) {
        // What a source that is still expected makes possible is no rate yet.
        if self.live.sources.iter().any(|source| source.freshness == Freshness::Pending) {
            return;
        }
        let rate = self.live.cost_per_hour;
        let slot = |at: Instant| at.timestamp() / SAMPLE_EVERY.num_seconds();
        match self.rates.back_mut() {
            Some((at, last)) if slot(*at) >= slot(self.now) => {
                *last = CostRange { low: last.low.max(rate.low), high: last.high.max(rate.high) };
            }
            _ => self.rates.push_back((self.now, rate)),
        }
        if self.rates.len() > SAMPLES {
            self.rates.pop_front();
        }
    }
}

/// The next instant whose seconds since the epoch are a multiple.
fn next_edge(now: Instant, seconds: i64) -> Instant {
    let next = (now.timestamp().div_euclid(seconds) + 1) * seconds;
    Instant::from_timestamp(next, 0).unwrap_or(now + TimeDelta::seconds(seconds))
}
