//! The running engine: keeps what the sources said, and publishes a world whenever something changed.
//!
//! It owns everything it needs on a thread of its own; worlds leave it as `Arc`, at most four a second, the newest
//! winning. Evaluation is [`super::assemble`], the same as offline.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::TimeDelta;

use crate::domain::facts::{Assumptions, Change, Facts, Freshness, MaintenanceFact, Signal, SourceFact, Ticket};
use crate::domain::history::{Memory, Moment};
use crate::domain::id::SourceName;
use crate::domain::map::{Map, SourceInfo};
use crate::domain::observation::{FiguresReport, Observation, StateReport, Update};
use crate::domain::severity::Severity;
use crate::domain::span::Instant;
use crate::domain::world::{Mapped, World};

use super::Model;
use super::assemble::{Depth, assemble};
use super::margin::{Margins, margins};
use super::observed::{Observed, map_changes, map_signals, map_tickets};
use super::recall::Recall;

/// The least time between two worlds.
const PACE: Duration = Duration::from_millis(250);

/// With the pace, a world is made at least every five seconds, as ages, money and freshness change by themselves.
const HEARTBEAT: Duration = Duration::from_millis(4_750);

/// Up to so many nodes the margins are asked with every world; beyond, while nothing else is to do.
pub(super) const SMALL_MAP: usize = 2_000;

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
    sources: BTreeMap<SourceName, Kept>,
    pub(super) recall: Recall,
    margins: Margins,
}

/// What a source said last.
#[derive(Debug)]
struct Kept {
    since: Instant,
    answered: Option<Instant>,
    error: Option<String>,
    signals: Vec<Mapped<Signal>>,
    tickets: Vec<Mapped<Ticket>>,
    changes: Vec<Mapped<Change>>,
    maintenance: Vec<MaintenanceFact>,
    missing_heartbeats: Vec<String>,
    unknown_words: Vec<String>,
    notes: Vec<String>,
    figures: FiguresReport,
    figures_at: Option<Instant>,
}

impl Kept {
    fn new(since: Instant) -> Self {
        Self {
            since,
            answered: None,
            error: None,
            signals: Vec::new(),
            tickets: Vec::new(),
            changes: Vec::new(),
            maintenance: Vec::new(),
            missing_heartbeats: Vec::new(),
            unknown_words: Vec::new(),
            notes: Vec::new(),
            figures: FiguresReport::default(),
            figures_at: None,
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
        let sources = model.map.sources.iter().map(|source| (source.name.clone(), Kept::new(now))).collect();
        let recall = Recall::of(&model, memory, now);
        Self { model, sources, recall, margins: Margins::default() }
    }

    /// Another map over the same observations. What was concluded with the map before stays.
    pub fn remap(&mut self, map: Arc<Map>, now: Instant) {
        let mut next = Self::remembering(map, &self.recall.memory(&self.model), now);
        for (name, mut kept) in std::mem::take(&mut self.sources) {
            if next.sources.contains_key(&name) {
                kept.signals = map_signals(&next.model, kept.signals.into_iter().map(|it| it.item).collect());
                kept.tickets = map_tickets(&next.model, kept.tickets.into_iter().map(|it| it.item).collect());
                kept.changes = map_changes(&next.model, kept.changes.into_iter().map(|it| it.item).collect());
                next.sources.insert(name, kept);
            }
        }
        *self = next;
    }

    /// Takes what a source said. What an unknown source says is dropped: it left the configuration.
    pub fn take(&mut self, update: Update) {
        let Some(kept) = self.sources.get_mut(&update.source) else { return };
        match update.observation {
            Observation::State(report) => Self::take_state(&self.model, kept, report, update.at),
            Observation::Figures(report) => {
                kept.figures = report;
                kept.figures_at = Some(update.at);
            }
            Observation::Failed(error) => kept.error = Some(error),
        }
    }

    fn take_state(model: &Model, kept: &mut Kept, report: StateReport, at: Instant) {
        kept.signals = map_signals(model, report.signals);
        kept.tickets = map_tickets(model, report.tickets);
        kept.changes = map_changes(model, report.changes);
        kept.maintenance = report.maintenance;
        kept.missing_heartbeats = report.missing_heartbeats;
        kept.unknown_words = report.unknown_words;
        kept.notes = report.notes;
        kept.answered = Some(at);
        kept.error = None;
    }

    /// What a source said last is no knowledge any more once it has been silent for too long: it stays in sight, and
    /// is neither a certain problem nor a good sign. A source that still answers and lacks its heartbeat is another
    /// matter: what it says is so, and only its silence proves nothing.
    fn forget_the_silent(&mut self, now: Instant) {
        for source in &self.model.map.sources {
            let Some(kept) = self.sources.get_mut(&source.name) else { continue };
            if kept.answered.is_some_and(|answered| now - answered >= lost_after(source)) {
                for signal in kept.signals.iter_mut().filter(|signal| !signal.item.unknown) {
                    signal.item = Arc::new(Signal { unknown: true, severity: Severity::Ok, ..(*signal.item).clone() });
                }
            }
        }
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
        Moment { world: Arc::new(world), facts: Arc::new(facts), turned, accruals }
    }

    fn evaluate(&mut self, now: Instant) -> (World, Facts) {
        self.forget_the_silent(now);
        let observed = self.observed(now);
        let Self { model, recall, margins, .. } = self;
        let depth = if model.map.nodes.len() <= SMALL_MAP { Depth::Full } else { Depth::Screen(margins) };
        let world = assemble(model, &observed, depth, |picture, rates| recall.note(picture, rates));
        (world, observed.facts)
    }

    /// Asks how far everything is from failing; a large map's answers stand until the next time. True if any
    /// answer is another than before.
    pub fn look_ahead(&mut self, now: Instant) -> bool {
        if self.model.map.nodes.len() <= SMALL_MAP {
            return false;
        }
        let observed = self.observed(now);
        let states = super::states(&self.model, &observed);
        let fresh = margins(&self.model.graph, &states);
        let differs = fresh != self.margins;
        self.margins = fresh;
        differs
    }

    pub(super) fn observed(&self, now: Instant) -> Observed {
        let mut facts = Facts::none(now);
        let (mut signals, mut tickets, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        for source in &self.model.map.sources {
            let Some(kept) = self.sources.get(&source.name) else { continue };
            let fact = source_fact(source, kept, now);
            signals.extend_from_slice(&kept.signals);
            tickets.extend_from_slice(&kept.tickets);
            changes.extend_from_slice(&kept.changes);
            facts.maintenance.extend(kept.maintenance.iter().cloned());
            if kept.figures_at.is_some_and(|at| now - at < lost_after(source)) {
                facts.checks.extend(kept.figures.checks.clone());
            }
            facts.measured.extend(kept.figures.measured.clone());
            facts.objectives.extend(kept.figures.objectives.clone());
            facts.spend.extend(kept.figures.spend.clone());
            facts.sources.insert(source.name.clone(), fact);
        }
        Observed { facts, signals, tickets, changes }
    }
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
        if is_idle(inputs, &mut live, &mut assumed, clock) && live.look_ahead(clock()) {
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
