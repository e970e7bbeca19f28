//! Questions over history for those that show it: a stretch of it, a world of then, the same asked anew.
//!
//! Invariant: nothing is written, and a world of then is made by the same evaluation as the live one.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use super::inbox::Inbox;
use crate::app::message::Message;
use crate::app::past::Then;
use crate::domain::facts::{Freshness, SourceFact};
use crate::domain::history::{GAP, Memory, Recorded, Step};
use crate::domain::id::NodeId;
use crate::domain::map::{Kind, Map, NodeIndex};
use crate::domain::money::CostRange;
use crate::domain::remembered::Remembered;
use crate::domain::severity::{Interval, Severity, Shown};
use crate::domain::span::{Instant, Span};
use crate::domain::world::World;
use crate::engine::{Model, Reach, concluded_again, recalled};
use crate::store::{Reader, StoreError};

/// Everything that history holds of a stretch. States are those of processes and services, of the map and of all
/// that had an incident.
///
/// # Errors
/// History can't be read.
pub fn remembered(reader: &Reader, map: &Map, span: Span) -> Result<Remembered, StoreError> {
    reader.in_one_state(|reader| all_of(reader, map, span))
}

fn all_of(reader: &Reader, map: &Map, span: Span) -> Result<Remembered, StoreError> {
    let incidents = reader.incidents(span)?;
    let mut nodes: Vec<NodeId> = map
        .named_nodes()
        .filter(|(_, node)| matches!(node.kind, Kind::Process | Kind::Service))
        .map(|(_, node)| node.id.clone())
        .collect();
    nodes.extend(incidents.iter().map(|incident| incident.process.clone()));
    nodes.sort();
    nodes.dedup();
    let mut remembered = Remembered {
        covered: reader.coverage(span)?,
        changes: in_force(reader.changes(span)?, span, |change| &mut change.window),
        maintenance: in_force(
            reader.maintenance(Span::new(span.start, span.end + crate::domain::ahead::AHEAD))?,
            Span::new(span.start, Instant::MAX_UTC),
            |maintenance| &mut maintenance.span,
        ),
        audit: reader.audit(span)?,
        incidents,
        ..Remembered::nothing(span)
    };
    if !nodes.is_empty() {
        for step in reader.steps(&nodes, span)? {
            remembered.steps.entry(step.node.clone()).or_default().push(step);
        }
    }
    for node in nodes {
        let accruals = reader.accruals(&node, span)?;
        if !accruals.is_empty() {
            remembered.accruals.insert(node, accruals);
        }
    }
    remembered.seen = seen(reader, span)?;
    remembered.turns = turns(&remembered);
    Ok(remembered)
}

/// What was withdrawn before it began never happened; what was withdrawn later ended then.
fn in_force<T>(records: Vec<Recorded<T>>, within: Span, window: impl Fn(&mut T) -> &mut Span) -> Vec<Recorded<T>> {
    let mut found = Vec::new();
    for mut record in records {
        let window = window(&mut record.item);
        window.end = record.until.map_or(window.end, |until| window.end.min(until));
        if window.start < window.end && window.intersection(within).is_some() {
            found.push(record);
        }
    }
    found
}

/// When signals were seen first that say that they began before.
fn seen(reader: &Reader, span: Span) -> Result<BTreeMap<Instant, Instant>, StoreError> {
    let mut seen: BTreeMap<Instant, Instant> = BTreeMap::new();
    for signal in reader.signals(span)? {
        if let Some(since) = signal.item.since {
            let first = seen.entry(since).or_insert(signal.began);
            *first = signal.began.min(*first);
        }
    }
    seen.retain(|since, first| since < first);
    Ok(seen)
}

/// Instants at which an operator would have seen something happen: a node turned, a change began.
fn turns(remembered: &Remembered) -> Vec<Instant> {
    let mut turns: Vec<Instant> = Vec::new();
    for steps in remembered.steps.values() {
        let shown = |step: &Step| step.state.map(|state| state.interval.shown());
        let turned = steps.windows(2).filter(|pair| shown(&pair[0]) != shown(&pair[1]));
        turns.extend(turned.map(|pair| remembered.seen(pair[1].at)));
    }
    turns.extend(remembered.changes.iter().map(|change| change.item.window.start));
    turns.retain(|at| remembered.span.contains(*at));
    turns.sort_unstable();
    turns.dedup();
    turns
}

/// What an engine knew at an instant.
///
/// # Errors
/// History can't be read.
pub fn memory(reader: &Reader, map: &Map, at: Instant) -> Result<Memory, StoreError> {
    reader.in_one_state(|reader| known_at(reader, map, at))
}

fn known_at(reader: &Reader, map: &Map, at: Instant) -> Result<Memory, StoreError> {
    let Reach { timed, priced, windows, month } = Reach::of(map, at);
    reader.memory_at(at, &timed, &priced, windows, month)
}

/// The world of an instant, as the present map has it. Where nobody looked, nothing is known: every source is lost.
///
/// # Errors
/// History can't be read.
pub fn world(reader: &Reader, model: &Model, at: Instant) -> Result<World, StoreError> {
    reader.in_one_state(|reader| world_of(reader, model, at))
}

fn world_of(reader: &Reader, model: &Model, at: Instant) -> Result<World, StoreError> {
    let mut facts = reader.facts_at(at)?;
    // How far history reaches is written every half a minute.
    let around = Span::new(at - GAP, at + TimeDelta::nanoseconds(1));
    if reader.coverage(around)?.is_empty() {
        let before = reader.coverage(Span::new(Instant::MIN_UTC, at))?.iter().last().map(|span| span.end);
        for source in &model.map.sources {
            let lost = SourceFact { age: before.map(|before| at - before), ..SourceFact::of(Freshness::Lost) };
            facts.sources.insert(source.name.clone(), lost);
        }
    }
    Ok(recalled(model, facts, &memory(reader, &model.map, at)?))
}

/// What the present map says of what was observed over a stretch.
///
/// # Errors
/// History can't be read.
pub fn again(reader: &Reader, model: &Model, span: Span) -> Result<Remembered, StoreError> {
    reader.in_one_state(|reader| asked_again(reader, model, span))
}

fn asked_again(reader: &Reader, model: &Model, span: Span) -> Result<Remembered, StoreError> {
    let leaves: Vec<NodeId> =
        model.map.named_nodes().filter(|(_, node)| node.needs.is_empty()).map(|(_, node)| node.id.clone()).collect();
    let mut turns: Vec<Instant> = Vec::new();
    if !leaves.is_empty() {
        turns.extend(reader.steps(&leaves, span)?.into_iter().map(|step| step.at));
    }
    for signal in reader.signals(span)? {
        turns.extend([Some(signal.began), signal.until].into_iter().flatten());
    }
    concluded_again(model, span, &reader.coverage(span)?, turns, |at| reader.facts_at(at))
}

/// Whether history knows any process of a map.
///
/// # Errors
/// History can't be read.
pub fn knows(reader: &Reader, map: &Map) -> Result<bool, StoreError> {
    let known = reader.nodes()?;
    let mut processes = map.named_nodes().filter(|(_, node)| node.kind == Kind::Process);
    Ok(processes.any(|(_, node)| known.contains(&node.id)))
}

/// The last instant of a stretch of which anything is known; `None`: of none.
///
/// # Errors
/// History can't be read.
pub fn last_known(reader: &Reader, span: Span) -> Result<Option<Instant>, StoreError> {
    // The end is exclusive: the window of a month is over at its end.
    let before_end = span.end - TimeDelta::nanoseconds(1);
    let reach = reader.reach()?.filter(|reach| reach.start < span.end);
    Ok(reach.map(|reach| reach.end.min(before_end)).filter(|at| *at >= span.start))
}

/// The company as it was: what was concluded then stays, also where the present map would say something else.
///
/// # Errors
/// History can't be read.
pub fn look_back(reader: &Reader, model: &Model, at: Instant) -> Result<Then, StoreError> {
    reader.in_one_state(|reader| as_it_was(reader, model, at))
}

fn as_it_was(reader: &Reader, model: &Model, at: Instant) -> Result<Then, StoreError> {
    let mut world = self::world(reader, model, at)?;
    let present = reader.revision(&model.map)?;
    let mut otherwise = BTreeMap::new();
    for (id, (step, since)) in reader.states_at(at)? {
        // What the present map concluded needs nothing beside it.
        let (Some(index), Some(concluded)) = (model.index_of(id.as_str()), step.state) else { continue };
        if Some(step.revision) == present {
            continue;
        }
        let state = Arc::make_mut(&mut world.nodes[index]);
        if state.interval != concluded.interval {
            otherwise.insert(index, state.interval);
            state.interval = concluded.interval;
            (state.handled, state.planned, state.since) = (concluded.handled, concluded.planned, since);
        }
    }
    if !otherwise.is_empty() {
        stand(&mut world, &otherwise, |process| {
            let moment = Span::new(at, at + TimeDelta::nanoseconds(1));
            Ok(reader.accruals(process, moment)?.first().map(|accrual| accrual.per_hour).unwrap_or_default())
        })?;
    }
    Ok(Then { world: Arc::new(world), otherwise })
}

/// The same, or that history does not reach so far back.
fn reached(reader: &Reader, model: &Model, at: Instant) -> Result<Result<Then, String>, StoreError> {
    match reader.reach()? {
        Some(reach) if reach.start <= at => look_back(reader, model, at).map(Ok),
        Some(reach) => {
            let begins = reach.start.with_timezone(&model.map.tz).format("%a %-d %b %Y %H:%M:%S");
            Ok(Err(format!("history begins {begins}: nothing is known of the time before")))
        }
        None => Ok(Err("history knows nothing yet".to_owned())),
    }
}

/// Brings the figures of a world in line with states that were concluded by another map.
fn stand(
    world: &mut World,
    otherwise: &BTreeMap<NodeIndex, Interval>,
    rate: impl Fn(&NodeId) -> Result<CostRange, StoreError>,
) -> Result<(), StoreError> {
    let map = Arc::clone(&world.map);
    let processes = map.named_nodes().filter(|(_, node)| node.kind == Kind::Process);
    let (mut total, mut worst, mut unknown) = (CostRange::default(), Severity::Ok, 0);
    for (index, node) in processes {
        let state = Arc::make_mut(&mut world.nodes[index]);
        if let Some(money) = &mut state.money {
            if otherwise.contains_key(&index) {
                money.rate = rate(&node.id)?;
            }
            total.add(money.rate);
        }
        worst = worst.max(state.interval.low);
        unknown += usize::from(state.interval.shown() == Shown::Unknown);
    }
    (world.cost_per_hour, world.worst, world.unknown) = (total, worst, unknown);
    Ok(())
}

/// Answers the console's questions on a thread of its own, the newest of each kind.
#[derive(Debug)]
pub struct Historian {
    wanted: Arc<Mutex<Wanted>>,
    bell: SyncSender<()>,
}

/// What is asked and not answered yet.
#[derive(Debug)]
struct Wanted {
    map: Arc<Map>,
    stretch: Option<Span>,
    instant: Option<Instant>,
}

impl Historian {
    /// Starts the thread. Without a file it answers that there is none.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn start(place: Option<PathBuf>, map: Arc<Map>, inbox: Inbox) -> std::io::Result<Self> {
        let wanted = Arc::new(Mutex::new(Wanted { map, stretch: None, instant: None }));
        // One ring is enough for all that is wanted by then.
        let (bell, rings) = sync_channel(1);
        std::thread::Builder::new().name("past".into()).spawn({
            let wanted = Arc::clone(&wanted);
            move || {
                let mut desk = Desk { place, reader: None, model: None };
                while rings.recv().is_ok() {
                    let (map, stretch, instant) = {
                        let mut wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
                        (Arc::clone(&wanted.map), wanted.stretch.take(), wanted.instant.take())
                    };
                    if let Some(at) = instant {
                        let answer = desk.ask(&map, |reader, model| reached(reader, model, at)).flatten();
                        inbox.noticed(Message::LookedBack(at, answer.map(Box::new)));
                    }
                    if let Some(span) = stretch {
                        let answer = desk.ask(&map, |reader, _| remembered(reader, &map, span)).map(Arc::new);
                        inbox.noticed(Message::Remembered(answer));
                    }
                }
            }
        })?;
        Ok(Self { wanted, bell })
    }

    /// Another map is in force.
    pub fn remap(&self, map: Arc<Map>) {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).map = map;
    }

    /// Asks for a stretch.
    pub fn recall(&self, span: Span) {
        self.ask(|wanted| wanted.stretch = Some(span));
    }

    /// Asks for an instant.
    pub fn look_back(&self, at: Instant) {
        self.ask(|wanted| wanted.instant = Some(at));
    }

    fn ask(&self, put: impl FnOnce(&mut Wanted)) {
        put(&mut self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        match self.bell.try_send(()) {
            // It will look anyway, or the program ends.
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }
}

/// What the thread holds between questions.
struct Desk {
    place: Option<PathBuf>,
    reader: Option<Reader>,
    model: Option<Model>,
}

impl Desk {
    fn ask<T>(
        &mut self,
        map: &Arc<Map>,
        question: impl FnOnce(&Reader, &Model) -> Result<T, StoreError>,
    ) -> Result<T, String> {
        let Some(place) = &self.place else {
            return Err("no history is kept: it was started with --history none".to_owned());
        };
        let model = match self.model.take() {
            Some(model) if Arc::ptr_eq(&model.map, map) => model,
            _ => Model::of(Arc::clone(map)),
        };
        let model = self.model.insert(model);
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => Reader::open(place).map_err(|error| error.to_string())?,
        };
        // A question that breaks is answered too; whoever asks would wait for ever.
        let Ok(answer) = catch_unwind(AssertUnwindSafe(|| question(&reader, model))) else {
            return Err("history could not be asked, over an error in the program; the log has more".to_owned());
        };
        // What failed may be another file by now.
        self.reader = (answer.is_ok() && !reader.is_still()).then_some(reader);
        answer.map_err(|error| error.to_string())
    }
}
