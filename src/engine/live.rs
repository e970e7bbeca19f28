//! The running engine: keeps what the sources said, and publishes a world whenever something changed.
//!
//! It owns everything it needs on a thread of its own; worlds leave it as `Arc`, at most four a second, the newest
//! winning. What comes in is compared with what was there, and only what differs is evaluated again, by the same
//! [`super::evaluation`] as offline.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::TimeDelta;

use crate::domain::facts::{Assumptions, Change, Facts, Freshness, MaintenanceFact, Signal, SourceFact, Ticket};
use crate::domain::history::{Memory, Moment};
use crate::domain::map::{Map, SourceInfo};
use crate::domain::observation::{FiguresReport, Observation, StateReport, Update};
use crate::domain::propagate::States;
use crate::domain::severity::Severity;
use crate::domain::span::Instant;
use crate::domain::world::{Mapped, World};

use super::Model;
use super::dirty::Dirty;
use super::evaluation::{Depth, Evaluation};
use super::observed::{Observed, map_changes, map_tickets};
use super::recall::Recall;
use super::roll::{Changes, Roll};

/// The least time between two worlds.
const PACE: Duration = Duration::from_millis(250);

/// With the pace, a world is made at least every five seconds, as ages, money and freshness change by themselves.
const HEARTBEAT: Duration = Duration::from_millis(4_750);

/// Up to so many nodes the margins are asked with every world; beyond, while nothing else is to do.
const SMALL_MAP: usize = 2_000;

/// What reaches the engine.
#[derive(Debug)]
pub enum Input {
    /// A source has something to say.
    Update(Update),
    /// Another map.
    Map(Arc<Map>),
    /// What is assumed from now on, beside how things are; nothing ends it.
    Assume(Assumptions),
}

/// What the engine publishes.
#[derive(Clone, Debug)]
pub enum Published {
    /// What is so, with what history needs to know of it.
    Moment(Moment),
    /// What would be so under the operator's assumptions.
    Assumed(Arc<World>),
}

/// The engine without its thread.
#[derive(Debug)]
pub struct Live {
    pub(super) model: Model,
    /// By place in the map's list.
    sources: Vec<Kept>,
    roll: Roll,
    tickets: Arc<[Mapped<Ticket>]>,
    changes: Arc<[Mapped<Change>]>,
    dirty: Dirty,
    evaluation: Evaluation,
    pub(super) recall: Recall,
}

/// What a source said last, but for its signals.
#[derive(Debug)]
struct Kept {
    since: Instant,
    answered: Option<Instant>,
    /// Whether its signals were taken for no knowledge any more.
    is_forgotten: bool,
    error: Option<String>,
    tickets: Vec<Mapped<Ticket>>,
    changes: Vec<Mapped<Change>>,
    maintenance: Vec<MaintenanceFact>,
    missing_heartbeats: Vec<String>,
    unknown_words: Vec<String>,
    notes: Vec<String>,
    figures: FiguresReport,
    figures_at: Option<Instant>,
    /// Whether the answers of checks are new enough to count.
    are_checks_believed: bool,
}

impl Kept {
    fn new(since: Instant) -> Self {
        Self {
            since,
            answered: None,
            is_forgotten: false,
            error: None,
            tickets: Vec::new(),
            changes: Vec::new(),
            maintenance: Vec::new(),
            missing_heartbeats: Vec::new(),
            unknown_words: Vec::new(),
            notes: Vec::new(),
            figures: FiguresReport::default(),
            figures_at: None,
            are_checks_believed: false,
        }
    }
}

impl Live {
    /// An engine that has heard nothing yet.
    pub fn new(map: Arc<Map>, now: Instant) -> Self {
        Self::remembering(map, &Memory::default(), now)
    }

    /// An engine that has heard nothing yet, and goes on where another one ended.
    pub fn remembering(map: Arc<Map>, memory: &Memory, now: Instant) -> Self {
        let model = Model::of(map);
        Self {
            sources: model.map.sources.iter().map(|_| Kept::new(now)).collect(),
            roll: Roll::of(model.map.sources.len()),
            tickets: Arc::default(),
            changes: Arc::default(),
            dirty: Dirty::everything(model.map.nodes.len()),
            evaluation: Evaluation::nothing(&model),
            recall: Recall::of(&model, memory, now),
            model,
        }
    }

    /// Another map over the same observations. What was concluded with the map before stays.
    pub fn remap(&mut self, map: Arc<Map>, now: Instant) {
        let memory = self.recall.memory(&self.model);
        // It goes on from the last look, without a gap.
        let last = memory.covered.iter().last().map_or(now, |span| span.end);
        let mut next = Self::remembering(map, &memory, last);
        for (before, mut kept) in std::mem::take(&mut self.sources).into_iter().enumerate() {
            let Some(place) = next.model.source_place(&self.model.map.sources[before].name) else { continue };
            let place = usize::from(place);
            next.take_signals(place, self.roll.report(before).to_vec());
            kept.tickets = map_tickets(&next.model, kept.tickets.into_iter().map(|it| it.item).collect());
            kept.changes = map_changes(&next.model, kept.changes.into_iter().map(|it| it.item).collect());
            next.sources[place] = kept;
        }
        next.collect_records();
        *self = next;
    }

    /// Takes what a source said. What an unknown source says is dropped: it left the configuration.
    pub fn take(&mut self, update: Update) {
        let Some(place) = self.model.source_place(&update.source).map(usize::from) else { return };
        match update.observation {
            Observation::State(report) => self.take_state(place, report, update.at),
            Observation::Figures(report) => self.take_figures(place, report, update.at),
            Observation::Failed(error) => self.sources[place].error = Some(error),
        }
    }

    fn take_state(&mut self, place: usize, report: StateReport, at: Instant) {
        let twice = self.take_signals(place, report.signals);
        let kept = &mut self.sources[place];
        let is_as_before = is_same(&kept.tickets, &report.tickets) && is_same(&kept.changes, &report.changes);
        if !is_as_before {
            kept.tickets = map_tickets(&self.model, report.tickets);
            kept.changes = map_changes(&self.model, report.changes);
        }
        kept.maintenance = report.maintenance;
        kept.missing_heartbeats = report.missing_heartbeats;
        kept.unknown_words = report.unknown_words;
        kept.notes = report.notes;
        if twice > 0 {
            kept.notes.push(format!("{twice} signals came twice under the same id; the worst of each counts"));
        }
        kept.answered = Some(at);
        kept.is_forgotten = false;
        kept.error = None;
        if !is_as_before {
            self.collect_records();
        }
    }

    /// Takes the signals that a source has now; how many were left out because their id came twice.
    fn take_signals(&mut self, place: usize, signals: Vec<Arc<Signal>>) -> usize {
        let mut to = Changes { model: &self.model, owns: self.evaluation.owns(), dirty: &mut self.dirty };
        self.roll.take(place, signals, &mut to)
    }

    fn take_figures(&mut self, place: usize, report: FiguresReport, at: Instant) {
        let Self { model, sources, dirty, .. } = self;
        let kept = &mut sources[place];
        for node in &model.resting[place] {
            let id = &model.map.nodes[*node].id;
            if kept.figures.checks.get(id) != report.checks.get(id) {
                dirty.mark(&[*node]);
            }
        }
        kept.figures = report;
        kept.figures_at = Some(at);
    }

    /// Tickets and changes of all sources, in their order.
    fn collect_records(&mut self) {
        self.tickets = self.sources.iter().flat_map(|kept| kept.tickets.iter().cloned()).collect();
        self.changes = self.sources.iter().flat_map(|kept| kept.changes.iter().cloned()).collect();
        self.dirty.records = true;
    }

    /// What a source said last is no knowledge any more once it has been silent for too long: it stays in sight, and
    /// is neither a certain problem nor a good sign. A source that still answers and lacks its heartbeat is another
    /// matter: what it says is so, and only its silence proves nothing.
    fn forget_the_silent(&mut self, now: Instant) {
        for place in 0..self.sources.len() {
            let (source, kept) = (&self.model.map.sources[place], &mut self.sources[place]);
            let is_believed = kept.figures_at.is_some_and(|at| now - at < lost_after(source));
            if std::mem::replace(&mut kept.are_checks_believed, is_believed) != is_believed {
                self.dirty.mark(&self.model.resting[place]);
            }
            let is_silent = kept.answered.is_some_and(|answered| now - answered >= lost_after(source));
            if is_silent && !std::mem::replace(&mut kept.is_forgotten, true) {
                let forgotten = self.roll.report(place).iter().map(forgotten).collect();
                self.take_signals(place, forgotten);
            }
        }
    }

    /// How everything stood in the last evaluation.
    pub(super) fn states(&self) -> &States {
        self.evaluation.states()
    }

    /// The world of this instant. With a large map, margins are those of the last [`Live::look_ahead`].
    pub fn world(&mut self, now: Instant) -> World {
        let world = self.evaluate(now).0;
        self.recall.take_changes();
        world
    }

    /// The world of this instant, with what history needs to know of it.
    pub fn moment(&mut self, now: Instant) -> Moment {
        let (world, facts) = self.evaluate(now);
        let (turned, accruals) = self.recall.take_changes();
        Moment { since: now, world: Arc::new(world), facts: Arc::new(facts), turned, accruals }
    }

    fn evaluate(&mut self, now: Instant) -> (World, Facts) {
        self.forget_the_silent(now);
        let observed = self.observed(now);
        let (nodes, depth) = (self.model.map.nodes.len(), self.depth());
        let Self { model, recall, evaluation, dirty, .. } = self;
        let dirty = std::mem::replace(dirty, Dirty::nothing(nodes));
        let world = evaluation.turn(model, &observed, dirty, depth, |picture, renewed| recall.note(picture, renewed));
        (world, observed.facts)
    }

    /// The full pass over the same facts and the same past: what the last world, of the same instant, is held against.
    pub fn full_pass(&self, now: Instant) -> World {
        let evaluation = self.evaluation.anew(&self.model);
        evaluation.whole(&self.model, &self.observed(now), self.depth(), self.recall.past())
    }

    /// Has the fix values of all causes in view found anew with the next world.
    pub fn forget_values(&mut self) {
        self.evaluation.forget_values();
    }

    /// Asks how far everything is from failing, as of the last world; a large map's answers stand until the next
    /// time. True if any answer is another than before.
    pub fn look_ahead(&mut self) -> bool {
        self.model.map.nodes.len() > SMALL_MAP && self.evaluation.look_ahead(&self.model)
    }

    pub(super) fn depth(&self) -> Depth {
        if self.model.map.nodes.len() <= SMALL_MAP { Depth::Full } else { Depth::Screen }
    }

    pub(super) fn observed(&self, now: Instant) -> Observed {
        let mut facts = Facts::none(now);
        let mut counts = Vec::with_capacity(self.sources.len());
        for (place, (source, kept)) in self.model.map.sources.iter().zip(&self.sources).enumerate() {
            facts.maintenance.extend(kept.maintenance.iter().cloned());
            if kept.are_checks_believed {
                facts.checks.extend(kept.figures.checks.clone());
            }
            facts.measured.extend(kept.figures.measured.clone());
            facts.objectives.extend(kept.figures.objectives.clone());
            facts.spend.extend(kept.figures.spend.clone());
            facts.sources.insert(source.name.clone(), source_fact(source, kept, now));
            counts.push((self.roll.count(place), kept.tickets.len()));
        }
        let signals = self.roll.signals().clone();
        Observed { facts, signals, tickets: self.tickets.clone(), changes: self.changes.clone(), counts }
    }
}

/// Whether records are those that were there before.
fn is_same<T: PartialEq>(before: &[Mapped<T>], now: &[Arc<T>]) -> bool {
    before.len() == now.len()
        && before.iter().zip(now).all(|(before, now)| Arc::ptr_eq(&before.item, now) || before.item == *now)
}

/// A signal of a source that has been silent for too long.
fn forgotten(signal: &Arc<Signal>) -> Arc<Signal> {
    if signal.unknown && signal.severity == Severity::Ok {
        return signal.clone();
    }
    Arc::new(Signal { unknown: true, severity: Severity::Ok, ..(**signal).clone() })
}

/// Late after two intervals and a time-out, and at least half a minute.
fn late_after(source: &SourceInfo) -> TimeDelta {
    (source.every * 2 + source.timeout).max(TimeDelta::seconds(30))
}

/// Lost after five intervals, and at least two minutes.
fn lost_after(source: &SourceInfo) -> TimeDelta {
    (source.every * 5).max(TimeDelta::minutes(2))
}

fn source_fact(source: &SourceInfo, kept: &Kept, now: Instant) -> SourceFact {
    let age = kept.answered.map(|answered| now - answered);
    let silent_for = age.unwrap_or(now - kept.since);
    let freshness = match kept.answered {
        _ if silent_for >= lost_after(source) || !kept.missing_heartbeats.is_empty() => Freshness::Lost,
        None => Freshness::Pending,
        Some(_) if silent_for >= late_after(source) => Freshness::Late,
        Some(_) => Freshness::Fresh,
    };
    let heartbeat = (!kept.missing_heartbeats.is_empty())
        .then(|| format!("heartbeat missing: {}", kept.missing_heartbeats.join(", ")));
    let mut notes = kept.notes.clone();
    notes.extend(kept.figures.failures.iter().cloned());
    SourceFact {
        freshness,
        age,
        error: kept.error.clone().or(heartbeat),
        unknown_words: kept.unknown_words.clone(),
        notes,
    }
}

/// Starts the engine's thread. It ends when all senders of `inputs` are gone.
///
/// # Errors
/// The thread could not be started.
pub fn spawn(
    map: Arc<Map>,
    memory: Memory,
    inputs: Receiver<Input>,
    publish: Box<dyn Fn(Published) + Send>,
    clock: fn() -> Instant,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name("engine".to_owned())
        .spawn(move || run(Live::remembering(map, &memory, clock()), &inputs, &*publish, clock))
}

fn run(mut live: Live, inputs: &Receiver<Input>, publish: &dyn Fn(Published), clock: fn() -> Instant) {
    let mut assumed = Assumptions::new();
    loop {
        publish(Published::Moment(live.moment(clock())));
        if !assumed.is_empty() {
            publish(Published::Assumed(Arc::new(live.what_if(&assumed, clock()))));
        }
        // Whatever comes while the pace is kept goes into the next world together.
        std::thread::sleep(PACE);
        if is_idle(inputs, &mut live, &mut assumed, clock) && live.look_ahead() {
            publish(Published::Moment(live.moment(clock())));
        }
        match inputs.recv_timeout(HEARTBEAT) {
            Ok(input) => take(&mut live, &mut assumed, input, clock),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while let Ok(input) = inputs.try_recv() {
            take(&mut live, &mut assumed, input, clock);
        }
    }
}

/// Takes what waits; true if nothing did.
fn is_idle(inputs: &Receiver<Input>, live: &mut Live, assumed: &mut Assumptions, clock: fn() -> Instant) -> bool {
    let mut idle = true;
    while let Ok(input) = inputs.try_recv() {
        take(live, assumed, input, clock);
        idle = false;
    }
    idle
}

fn take(live: &mut Live, assumed: &mut Assumptions, input: Input, clock: fn() -> Instant) {
    match input {
        Input::Update(update) => live.take(update),
        Input::Map(map) => live.remap(map, clock()),
        Input::Assume(assumptions) => *assumed = assumptions,
    }
}
