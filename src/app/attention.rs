//! When the console makes itself heard, and what is new since somebody looked.
//!
//! It is heard only when the business is newly hit and nobody is on it: a process becomes major or worse, an objective
//! pages or has used up its budget, a clock is breached. What was so at the start is not news; what comes and goes is
//! told once; what comes together is told together, and at most every half minute. Quiet hours and a snooze hold it
//! back; what is still so afterwards is told then.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use rustc_hash::FxHashSet;

use super::message::Effect;
use super::model::Model;
use super::place::Item;
use super::rows;
use crate::domain::calendar;
use crate::domain::facts::Freshness;
use crate::domain::id::ObjectiveId;
use crate::domain::map::{Alert, Calendar, Kind, NodeIndex};
use crate::domain::money::grouped;
use crate::domain::severity::{Severity, Shown};
use crate::domain::span::Instant;
use crate::domain::world::World;

/// The least time between two times of being heard.
const PACE: TimeDelta = TimeDelta::seconds(30);
/// What was hit and is well for so long is news when it is hit again.
const CALM: TimeDelta = TimeDelta::minutes(5);
/// Sources that have not answered after so long will not make the start any clearer.
const START: TimeDelta = TimeDelta::minutes(2);
/// Of an objective that is covered so far, nothing comes any more that was so before.
const COUNTED: Decimal = Decimal::from_parts(99, 0, 0, false, 2);
/// Who presses no key for so long is away.
const AWAY: TimeDelta = TimeDelta::minutes(2);
/// So many things are remembered as seen; beyond, all count as seen.
const SEEN: usize = 10_000;

/// What the operator wants to hear.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wishes {
    /// Whether the bell rings beside the notification.
    pub bell: bool,
    /// The hours in which nothing is heard.
    pub quiet: Option<Calendar>,
    /// How long a snooze is.
    pub snooze: TimeDelta,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { bell: true, quiet: None, snooze: TimeDelta::minutes(15) }
    }
}

/// What was told and what was seen.
#[derive(Clone, Debug)]
pub struct Attention {
    /// What the operator wants to hear.
    pub wishes: Wishes,
    /// Until when nothing is heard.
    pub snoozed: Option<Instant>,
    /// What is hit, or was until lately, and when it last was; `None` before the start is over.
    hit: Option<BTreeMap<Item, Instant>>,
    /// What is newly hit and was not told yet.
    untold: Vec<Item>,
    /// When something was last told.
    told: Option<Instant>,
    /// What began after this is new.
    new_since: Instant,
    /// When a key was last pressed.
    active: Instant,
    /// What began after that and was looked at.
    seen: FxHashSet<Item>,
    /// Objectives of which all is known that can be: figures come bit by bit after the start.
    counted: FxHashSet<ObjectiveId>,
}

impl Attention {
    /// Nothing is new, and nothing was told.
    pub fn new(now: Instant) -> Self {
        Self {
            wishes: Wishes::default(),
            snoozed: None,
            hit: None,
            untold: Vec::new(),
            told: None,
            new_since: now,
            active: now,
            seen: FxHashSet::default(),
            counted: FxHashSet::default(),
        }
    }

    /// Whether a thing that began at an instant was not seen yet.
    pub fn is_new(&self, item: &Item, began: Option<Instant>) -> bool {
        began.is_some_and(|began| began > self.new_since) && !self.seen.contains(item)
    }

    /// Somebody is there. Whoever was away finds marked what began in the meantime.
    pub(super) fn returned(&mut self, now: Instant) {
        if now - self.active >= AWAY {
            self.new_since = self.active;
            self.seen.clear();
        }
        self.active = now;
    }

    /// A thing was looked at.
    pub(super) fn saw(&mut self, item: &Item) {
        if self.seen.len() < SEEN {
            self.seen.insert(item.clone());
        } else {
            self.saw_all(self.active);
        }
    }

    fn saw_all(&mut self, now: Instant) {
        self.new_since = now;
        self.seen.clear();
    }

    /// Takes a world as it is published, also one that is not shown.
    pub(super) fn take(&mut self, world: &World, now: Instant, started: Instant) -> Vec<Effect> {
        let hit_now = hit(world);
        let Some(hit) = &mut self.hit else {
            let is_pending = world.sources.iter().any(|source| source.freshness == Freshness::Pending);
            if !is_pending || now - started >= START {
                self.hit = Some(hit_now.into_iter().map(|item| (item, now)).collect());
            }
            return Vec::new();
        };
        self.untold.retain(|item| hit_now.contains(item));
        for item in hit_now {
            // What the first figures of an objective say was so before the start.
            let is_first = matches!(&item, Item::Objective(id) if !self.counted.contains(id)) && now - started < START;
            if hit.insert(item.clone(), now).is_none() && !is_first {
                self.untold.push(item);
            }
        }
        let objectives = world.map.objectives.iter().zip(&world.objectives);
        let whole = objectives.filter(|(_, state)| state.coverage >= COUNTED);
        self.counted.extend(whole.map(|(objective, _)| objective.id.clone()));
        hit.retain(|_, last| now - *last < CALM);
        if self.untold.is_empty() || self.is_silent(now) || self.told.is_some_and(|told| now - told < PACE) {
            return Vec::new();
        }
        self.told = Some(now);
        let text = words(world, &std::mem::take(&mut self.untold));
        vec![Effect::Notify { text, bell: self.wishes.bell }]
    }

    /// Whether nothing is to be heard.
    pub fn is_silent(&self, now: Instant) -> bool {
        let is_quiet = |quiet: &Calendar| calendar::is_open(quiet, now);
        self.snoozed.is_some_and(|until| now < until) || self.wishes.quiet.as_ref().is_some_and(is_quiet)
    }
}

/// Keeps the bell away for a while, or lets it ring again.
pub(super) fn snooze(model: &mut Model) -> Vec<Effect> {
    let attention = &mut model.attention;
    let text = if attention.snoozed.take().is_some_and(|until| model.now < until) {
        "the bell may ring again".to_owned()
    } else {
        let until = model.now + attention.wishes.snooze;
        attention.snoozed = Some(until);
        format!("no bell until {}", until.with_timezone(&model.world.map.tz).format("%H:%M"))
    };
    model.say(text);
    Vec::new()
}

/// Counts everything as seen.
pub(super) fn seen(model: &mut Model) -> Vec<Effect> {
    model.attention.saw_all(model.now);
    model.say("nothing is marked as new any more");
    Vec::new()
}

/// Things of the business that are hit, and that nobody is on.
fn hit(world: &World) -> Vec<Item> {
    let is_handled = |node: NodeIndex| world.nodes.get(node).is_some_and(|state| state.handled || state.planned);
    let process = |(index, node): (NodeIndex, &crate::domain::map::Node)| {
        let state = world.nodes.get(index)?;
        let is_hit = matches!(state.interval.shown(), Shown::Severity(it) if it >= Severity::Major);
        (node.kind == Kind::Process && is_hit && !is_handled(index)).then(|| Item::Node(node.id.clone()))
    };
    let objectives = world.map.objectives.iter().zip(&world.objectives).filter(|(objective, state)| {
        let is_gone = state.budget_remaining.is_some_and(|left| left <= Decimal::ZERO);
        (state.alert == Some(Alert::Page) || is_gone) && !is_handled(objective.node)
    });
    let clocks = world.clocks.iter().filter(|clock| clock.breached && clock.done.is_none());
    let clock = |clock: &crate::domain::world::ClockState| {
        world.tickets.get(clock.ticket)?;
        Some(Item::Clock(rows::ticket_id(world, clock.ticket), clock.goal))
    };
    let mut all: Vec<Item> = world.map.named_nodes().filter_map(process).collect();
    all.extend(objectives.map(|(objective, _)| Item::Objective(objective.id.clone())));
    all.extend(clocks.filter_map(clock));
    all
}

/// What is newly hit, in one line: the first by name, how many more, what it costs.
fn words(world: &World, items: &[Item]) -> String {
    let one = |item: &Item| match item {
        Item::Node(id) => {
            let index = world.map.index_of(id.as_str());
            let name = index.and_then(|at| world.map.nodes.get(at)).map_or(id.as_str(), |node| &node.name);
            let state = index.and_then(|at| world.nodes.get(at));
            let word = state.map_or("", |state| state.interval.shown().word());
            let cause = state.and_then(|state| world.cause(state.causes.first()?));
            cause.map_or_else(|| format!("{name} {word}"), |cause| format!("{name} {word}: {}", cause.summary))
        }
        Item::Objective(id) => format!("objective {id} is in danger"),
        Item::Clock(id, goal) => format!("{id} {} is breached", goal.word()),
        other => other.to_string(),
    };
    let mut text = items.first().map(one).unwrap_or_default();
    if items.len() > 1 {
        text = format!("{} newly hit: {text}, and {} more", items.len(), items.len() - 1);
    }
    let cost = world.cost_per_hour.low;
    if !cost.is_zero() {
        text = format!("{text}; {} {}/h in all", grouped(&cost.round().to_string()), world.map.currency.code());
    }
    text
}
