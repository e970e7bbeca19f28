//! The past as the operator sees it: what history holds of the time in view, and looking at the company as of another
//! instant.
//!
//! History is asked for, never waited for: what is known is drawn, and an answer replaces it. Invariants: at most one
//! question of each kind is on its way; [`Past::events`] belong to [`Past::remembered`]; nothing later than the
//! instant that is looked at is shown as if it had happened.

mod events;
pub(super) mod fields;
pub mod when;

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use chrono::TimeDelta;

use super::action::Enabled;
use super::lens::{self, Lens};
use super::list::Row;
use super::message::Effect;
use super::model::Model;
use super::place::{Item, Place, Screen};
use crate::domain::ahead::{AHEAD, Planned, planned};
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::remembered::Remembered;
use crate::domain::severity::Interval;
use crate::domain::span::{Instant, Span};
use crate::domain::world::World;

pub use events::{Event, What};

/// How much of the past an axis shows.
const ZOOMS: [TimeDelta; 5] =
    [TimeDelta::minutes(15), TimeDelta::hours(2), TimeDelta::hours(8), TimeDelta::hours(24), TimeDelta::days(7)];

/// The one it has at first, unless history is shorter.
const USUAL: usize = 3;

/// A day: what strips in rows of processes show.
pub const DAY: TimeDelta = TimeDelta::hours(24);

/// What is known is asked again after so long at the latest.
const AGAIN: TimeDelta = TimeDelta::seconds(15);

/// And not before so long, however much happens.
const PACE: TimeDelta = TimeDelta::seconds(2);

/// An answer that has not come by then is not waited for.
const PATIENCE: TimeDelta = TimeDelta::seconds(30);

/// Where nothing is known to have happened, a step is so long.
const STEP: TimeDelta = TimeDelta::hours(1);

/// The past as the operator sees it.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// What history holds of the time in view; `None`: it has not answered yet.
    pub remembered: Option<Arc<Remembered>>,
    /// What happened in it up to the instant that is looked at, and what is planned after it; the newest first.
    pub events: Vec<Event>,
    /// What is planned, and what it would break.
    pub planned: Vec<Planned>,
    /// Which of [`ZOOMS`] the operator chose.
    zoom: Option<usize>,
    /// Why history does not answer.
    pub trouble: Option<String>,
    /// While another instant is looked at: nodes of which the present map would say something else than was concluded
    /// then, and what.
    pub otherwise: BTreeMap<NodeIndex, Interval>,
    /// The instant that was asked for and has not come yet.
    pub awaited: Option<Instant>,
    /// Whether a step back waits for the answer.
    steps_back: bool,
    /// When the question on its way was asked.
    asked: Option<Instant>,
    /// The last question.
    answered: Option<Question>,
}

/// A question to history.
#[derive(Clone, Copy, Debug)]
struct Question {
    at: Instant,
    span: Span,
    /// How the world stood.
    stood: u64,
    /// Whether it had stood so for some time.
    is_settled: bool,
}

/// The company as it was.
#[derive(Clone, Debug)]
pub struct Then {
    /// As it was concluded then; what was not concluded, as the present map has it.
    pub world: Arc<World>,
    /// Nodes of which the present map would say something else, and what.
    pub otherwise: BTreeMap<NodeIndex, Interval>,
}

impl Past {
    /// An event by its id.
    pub fn event(&self, id: &str) -> Option<&Event> {
        self.events.iter().find(|event| *event.id == *id)
    }

    /// Forgets what belongs to an instant that is looked at no more.
    pub(super) fn leave(&mut self) {
        self.otherwise.clear();
        self.awaited = None;
    }
}

impl Model {
    /// The axis of the timeline: the past in view, and what is planned after it.
    pub fn axis(&self) -> Span {
        let (at, zoom) = (self.as_of(), self.zoom());
        Span::new(at - zoom, at + AHEAD.min(zoom / 2))
    }

    /// How much of the past the axis shows: what the operator chose, else a day, or less where history is shorter.
    pub fn zoom(&self) -> TimeDelta {
        ZOOMS[self.past.zoom.unwrap_or_else(|| self.usual_zoom())]
    }

    fn usual_zoom(&self) -> usize {
        let first = self.past.remembered.as_ref().and_then(|remembered| remembered.covered.iter().next());
        let Some(first) = first else { return USUAL };
        let reaches = self.as_of() - first.start;
        ZOOMS.iter().position(|zoom| *zoom >= reaches).map_or(USUAL, |zoom| zoom.min(USUAL))
    }
}

/// Asks history for what is in view, where that is not known or may have changed.
pub(super) fn want(model: &mut Model) -> Option<Effect> {
    let is_in_view = match &model.here().place {
        Place::Screen(Screen::Timeline | Screen::Processes) | Place::Item(Item::Event(_)) => true,
        _ => matches!(model.lens, Lens::Past { .. }),
    };
    if is_in_view { ask(model) } else { None }
}

/// Asks, unless an answer is on its way or the last one still holds.
fn ask(model: &mut Model) -> Option<Effect> {
    if model.past.asked.is_some_and(|asked| model.now - asked < PATIENCE) {
        return None;
    }
    let span = stretch(model);
    let stands = mark(&model.world);
    let before = model.past.answered;
    if let Some(before) = before {
        let is_covered = before.span.start <= span.start + AGAIN && span.end <= before.span.end + AGAIN;
        let since = model.now - before.at;
        let holds = since < AGAIN && before.stood == stands && before.is_settled;
        if is_covered && (since < PACE || holds) {
            return None;
        }
    }
    model.past.asked = Some(model.now);
    // What has just happened may not be written yet: it is asked once more.
    let is_settled = before.is_some_and(|before| before.stood == stands);
    model.past.answered = Some(Question { at: model.now, span, stood: stands, is_settled });
    Some(Effect::Recall(span))
}

/// The stretch that screens may show: the zoom and a day before the instant that is looked at, and what comes soon
/// after it, to step forward to.
fn stretch(model: &Model) -> Span {
    let at = model.as_of();
    Span::new(at - model.zoom().max(DAY), model.now.min(at + DAY))
}

/// Another number where something happened that history would tell.
fn mark(world: &World) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    for state in &world.nodes {
        (state.interval, state.handled, state.planned).hash(&mut hasher);
    }
    (world.changes.len(), world.causes.len()).hash(&mut hasher);
    hasher.finish()
}

/// Takes what history answered.
pub(super) fn recalled(model: &mut Model, answer: Result<Arc<Remembered>, String>) -> Vec<Effect> {
    model.past.asked = None;
    match answer {
        Ok(remembered) => {
            model.past.trouble = None;
            model.past.remembered = Some(remembered);
        }
        Err(trouble) => model.past.trouble = Some(trouble),
    }
    model.refresh();
    if std::mem::take(&mut model.past.steps_back) { step_back(model) } else { Vec::new() }
}

/// Makes the events anew where they are in view: for another answer, or another instant that is looked at.
pub(super) fn refresh(model: &mut Model) {
    if !matches!(model.here().place, Place::Screen(Screen::Timeline) | Place::Item(Item::Event(_))) {
        return;
    }
    let Some(remembered) = model.past.remembered.clone() else { return };
    let at = model.as_of();
    let ahead = Span::new(at, at + AHEAD);
    model.past.planned = planned(&model.world, &remembered.maintenance, ahead);
    model.past.events = events::of(&model.world, &remembered, &model.past.planned, model.axis());
}

/// Takes the company as it was. An answer to an older question is not shown.
pub(super) fn looked_back(model: &mut Model, at: Instant, answer: Result<Then, String>) -> Vec<Effect> {
    if model.past.awaited.take_if(|awaited| *awaited == at).is_none() {
        return Vec::new();
    }
    match answer {
        Ok(then) => {
            model.past.otherwise = then.otherwise;
            model.look_through(Lens::Past { at }, then.world)
        }
        Err(trouble) => {
            model.say(trouble);
            Vec::new()
        }
    }
}

/// Looks at the company as of an instant; one that is not over leads back to now.
pub(super) fn look_at(model: &mut Model, at: Instant) -> Vec<Effect> {
    if at >= model.now {
        return lens::leave(model);
    }
    model.past.awaited = Some(at);
    vec![Effect::LookBack(at)]
}

/// One step back: to what happened before.
pub(super) fn earlier(model: &mut Model) -> Vec<Effect> {
    // From now on back: what just happened may not be known yet.
    if model.lens.is_live()
        && model.past.awaited.is_none()
        && let Some(effect) = ask(model)
    {
        model.past.steps_back = true;
        return vec![effect];
    }
    step_back(model)
}

fn step_back(model: &mut Model) -> Vec<Effect> {
    let from = model.past.awaited.unwrap_or_else(|| model.as_of());
    let before = turns(model).filter(|turn| *turn < from).max();
    look_at(model, before.unwrap_or(from - STEP))
}

/// One step forward, at last to now.
pub(super) fn later(model: &mut Model) -> Vec<Effect> {
    let from = model.past.awaited.unwrap_or_else(|| model.as_of());
    let after = turns(model).filter(|turn| *turn > from).min();
    look_at(model, after.unwrap_or(from + STEP))
}

/// Looks at the company as of an instant as it is typed.
///
/// # Errors
/// It is none.
pub(super) fn at(model: &mut Model, text: &str) -> Result<Vec<Effect>, String> {
    let at = when::read(text, model.now, model.world.map.tz)?;
    if at > model.now {
        return Err("that is still to come".to_owned());
    }
    Ok(look_at(model, at))
}

/// Whether there is a way forward.
pub(super) fn is_back(model: &Model) -> Enabled {
    let is_back = model.past.awaited.is_some() || matches!(model.lens, Lens::Past { .. });
    if is_back { Ok(()) } else { Err("this is now; [ goes back") }
}

/// Instants at which something happened that an operator would see.
fn turns(model: &Model) -> impl Iterator<Item = Instant> {
    let remembered = model.past.remembered.as_deref();
    remembered.into_iter().flat_map(|remembered| remembered.turns.iter().copied())
}

/// The rows of what happened.
pub(super) fn rows(model: &Model) -> Vec<Row> {
    let events = model.past.events.iter().enumerate();
    events.map(|(at, event)| Row::flat(Item::Event(event.id.clone()), at)).collect()
}

/// Whether an event is selected.
pub(super) fn can_look(model: &Model) -> Enabled {
    selected(model).map(|_| ()).ok_or("select something that happened, on Timeline")
}

fn selected(model: &Model) -> Option<&Event> {
    let around = (model.selected().map(|row| &row.id.item), &model.here().place);
    let ((Some(Item::Event(id)), _) | (_, Place::Item(Item::Event(id)))) = around else { return None };
    model.past.event(id)
}

/// Looks at the company as of the beginning of the selected event.
pub(super) fn look(model: &mut Model) -> Vec<Effect> {
    let Some(at) = selected(model).map(|event| event.seen) else { return Vec::new() };
    if at >= model.now {
        model.say("that is still to come");
        return Vec::new();
    }
    look_at(model, at)
}

/// Whether there is an axis.
pub(super) fn has_axis(model: &Model) -> Enabled {
    let is_here = matches!(model.here().place, Place::Screen(Screen::Timeline));
    if is_here { Ok(()) } else { Err("only Timeline has an axis") }
}

/// More or less of the past on the axis.
pub(super) fn zoom(model: &mut Model, by: isize) -> Vec<Effect> {
    let zoom = model.past.zoom.unwrap_or_else(|| model.usual_zoom());
    model.past.zoom = Some(zoom.saturating_add_signed(by).min(ZOOMS.len() - 1));
    model.refresh();
    Vec::new()
}

/// The nodes that the axis has a line for: processes, then services that had a problem in view.
pub(super) fn on_axis(model: &Model) -> Vec<NodeIndex> {
    let (map, axis) = (&model.world.map, model.axis());
    let worst = |index: NodeIndex| {
        let remembered = model.past.remembered.as_deref()?;
        let pieces =
            remembered.pieces(&map.nodes[index].id).into_iter().filter(|(span, _)| span.intersection(axis).is_some());
        pieces.filter_map(|(_, step)| Some(step?.state?.interval.low)).max()
    };
    let mut found: Vec<(NodeIndex, Option<crate::domain::severity::Severity>)> =
        model.atlas.processes.iter().map(|index| (*index, worst(*index))).collect();
    found.sort_by_key(|(index, worst)| (std::cmp::Reverse(*worst), *index));
    let services = map.named_nodes().filter(|(_, node)| node.kind == Kind::Service);
    let services = services.map(|(index, _)| (index, worst(index)));
    let mut hit: Vec<_> =
        services.filter(|(_, worst)| worst.is_some_and(super::super::domain::severity::Severity::is_problem)).collect();
    hit.sort_by_key(|(index, worst)| (std::cmp::Reverse(*worst), *index));
    found.into_iter().chain(hit).map(|(index, _)| index).collect()
}
