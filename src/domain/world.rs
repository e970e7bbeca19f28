//! What follows from the facts: the one output, which every screen, report and answer shows.
//!
//! What does not change from one world to the next is shared between them: a node or a cause that is the very same
//! (`Arc::ptr_eq`) is as it was.
//!
//! Indices refer to [`Map::nodes`] of [`World::map`]; `nodes` has one entry for each of them, groups included.

use std::sync::{Arc, OnceLock};

use chrono::TimeDelta;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::blocks::Blocks;
use super::credit::Outlook;
use super::facts::{Assumptions, Change, Freshness, MeasuredSample, Signal, Ticket};
use super::graph::Graph;
use super::id::{CauseId, SourceName};
use super::map::{Alert, Goal, Map, NodeIndex};
use super::money::{Accrued, CostRange};
use super::severity::{Handling, Interval, Severity};
use super::span::{Instant, Span};

/// The company as of one instant.
#[derive(Clone, Debug)]
pub struct World {
    /// The map it was evaluated with.
    pub map: Arc<Map>,
    /// The same map as flat arrays, for questions about the world.
    pub graph: Arc<Graph>,
    /// The instant.
    pub at: Instant,
    /// States that were assumed for nodes, over what was observed; `None` assumes unknown. Empty: this is how it is.
    pub assumed: Assumptions,
    /// The worst certain severity of a process.
    pub worst: Severity,
    /// How many processes show as unknown.
    pub unknown: usize,
    /// Money lost per hour now, over all processes.
    pub cost_per_hour: CostRange,
    /// Money lost since the day began (in the map's zone).
    pub cost_today: Accrued,
    /// Money lost since the month began.
    pub cost_month: Accrued,
    /// From when on that is added up: when the month began, or when somebody first looked; `None`: nobody has looked for
    /// longer than a moment, so that there is nothing to add up.
    pub cost_since: Option<Instant>,
    /// The state of every node, by index.
    pub nodes: Vec<Arc<NodeState>>,
    /// What makes processes bad, in the order of attention.
    pub causes: Vec<Arc<Cause>>,
    /// Objectives, by index into [`Map::objectives`].
    pub objectives: Vec<ObjectiveState>,
    /// Clocks of tickets: open before paused, time to breach first.
    pub clocks: Vec<ClockState>,
    /// Customers, in map order.
    pub customers: Vec<CustomerState>,
    /// Spend, by index into [`Map::spends`].
    pub spend: Vec<SpendState>,
    /// Signals, with the nodes they belong to (none: unmapped).
    pub signals: Signals,
    /// Tickets, with the nodes they belong to.
    pub tickets: Arc<[Mapped<Ticket>]>,
    /// Changes, with the nodes they touch.
    pub changes: Arc<[Mapped<Change>]>,
    /// Leaves with matchers that no signal has ever matched.
    pub silent: Arc<[NodeIndex]>,
    /// Sources, in configuration order.
    pub sources: Vec<SourceState>,
    /// Where causes stand in their list.
    pub places: Places,
}

/// Where causes stand in their list, found when somebody asks first: in a flood there are many thousand.
#[derive(Clone, Debug, Default)]
pub struct Places(OnceLock<FxHashMap<CauseId, usize>>);

impl World {
    /// A world of an empty map in which nothing was observed.
    pub fn empty(at: Instant) -> Self {
        let nothing = Accrued { cost: CostRange::default(), coverage: Decimal::ONE };
        let map = Arc::new(Map::empty());
        Self {
            graph: Arc::new(Graph::of(&map)),
            map,
            at,
            assumed: Assumptions::new(),
            worst: Severity::Ok,
            unknown: 0,
            cost_per_hour: CostRange::default(),
            cost_today: nothing,
            cost_month: nothing,
            cost_since: None,
            nodes: Vec::new(),
            causes: Vec::new(),
            objectives: Vec::new(),
            clocks: Vec::new(),
            customers: Vec::new(),
            spend: Vec::new(),
            signals: Signals::default(),
            tickets: Arc::default(),
            changes: Arc::default(),
            silent: Arc::default(),
            sources: Vec::new(),
            places: Places::default(),
        }
    }

    /// A cause by its id.
    pub fn cause(&self, id: &CauseId) -> Option<&Cause> {
        self.cause_at(id).map(|at| &*self.causes[at])
    }

    /// Where a cause stands in [`World::causes`].
    pub fn cause_at(&self, id: &CauseId) -> Option<usize> {
        let places = || self.causes.iter().enumerate().map(|(at, cause)| (cause.id.clone(), at)).collect();
        self.places.0.get_or_init(places).get(id).copied()
    }

    /// The signals that belong to no node.
    pub fn unmapped(&self) -> impl Iterator<Item = &Signal> {
        self.signals.iter().filter(|signal| signal.nodes.is_empty()).map(|signal| &*signal.item)
    }

    /// The tickets of a node.
    pub fn tickets_of(&self, node: NodeIndex) -> impl Iterator<Item = &Ticket> {
        self.tickets.iter().filter(move |ticket| ticket.nodes.contains(&node)).map(|ticket| &*ticket.item)
    }
}

/// All signals, with the nodes they belong to.
pub type Signals = Blocks<Mapped<Signal>>;

/// An observation and the nodes it belongs to.
#[derive(Debug)]
pub struct Mapped<T> {
    /// The observation.
    pub item: Arc<T>,
    /// What it is called in worlds: `source:id`.
    pub name: Arc<str>,
    /// The nodes whose matchers take it, sorted.
    pub nodes: Arc<[NodeIndex]>,
}

impl<T> Clone for Mapped<T> {
    fn clone(&self) -> Self {
        Self { item: self.item.clone(), name: self.name.clone(), nodes: self.nodes.clone() }
    }
}

/// The state of a node.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NodeState {
    /// What is certain and what is possible.
    pub interval: Interval,
    /// A problem that somebody takes care of, all of it.
    pub handled: bool,
    /// A problem that is all planned.
    pub planned: bool,
    /// Since when it is as it is.
    pub since: Option<Instant>,
    /// Why, best-ranked first.
    pub causes: Arc<[CauseId]>,
    /// Problems below it that do not reach it.
    pub absorbed: Arc<[Absorbed]>,
    /// Named nodes above that are worse because of it.
    pub impacts: Arc<[NodeIndex]>,
    /// Leaves of which one more failure makes it worse.
    pub margin: Arc<[NodeIndex]>,
    /// No problem now, major or worse with one more leaf critical, and not so when all is well.
    pub one_failure_away: bool,
    /// Leaves that alone make it major or worse even when all else is well.
    pub single_points: Arc<[NodeIndex]>,
    /// The number of a points rule.
    pub health: Option<Decimal>,
    /// Money (processes only).
    pub money: Option<ProcessMoney>,
    /// The latest stretches over which it lost money at one rate, newest first: what its sums follow from.
    pub losses: Arc<[Loss]>,
    /// Time left until the business no longer bears it; only while it counts down.
    pub tolerable_left: Option<TimeDelta>,
}

/// A problem that does not reach the node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Absorbed {
    /// The child with the problem, or, of the node's own, the signal (`source:id`).
    pub what: AbsorbedWhat,
    /// Why it does not reach the node.
    pub why: AbsorbedWhy,
}

/// What is absorbed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum AbsorbedWhat {
    /// A child node.
    Child(NodeIndex),
    /// One of the node's own signals.
    Signal(CauseId),
}

/// Why a problem does not reach the node above.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AbsorbedWhy {
    /// Others do the work; so many more may fail before the node is worse.
    Redundancy {
        /// How many children are up.
        up: u32,
        /// How many there are.
        of: u32,
        /// How many more may fail.
        left: u32,
    },
    /// Something else is worse, or it counts too little.
    Outweighed,
}

/// The money of a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProcessMoney {
    /// Money per hour if it were down now.
    pub value_at_risk: Decimal,
    /// Money lost per hour now.
    pub rate: CostRange,
    /// How the rate was found.
    pub method: CostMethod,
    /// What was measured, where the rate follows from that.
    pub sample: Option<MeasuredSample>,
    /// When the incident that is on began.
    pub began: Option<Instant>,
    /// Money lost in the incident that is on; `None` while there is none.
    pub incident: Option<Accrued>,
    /// Money lost today.
    pub today: Accrued,
    /// Money lost this month.
    pub month: Accrued,
}

/// A stretch over which a process lost money at one rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loss {
    /// From when on.
    pub from: Instant,
    /// Until when; `None` while it goes on.
    pub until: Option<Instant>,
    /// Money lost per hour.
    pub per_hour: CostRange,
    /// How the rate was found.
    pub method: CostMethod,
}

/// How a cost rate was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CostMethod {
    /// Value times profile times share lost.
    Model,
    /// From what was measured against what was expected.
    Measured,
}

impl CostMethod {
    /// The word used in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Measured => "measured",
        }
    }
}

/// What makes a process bad.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// Its id.
    pub id: CauseId,
    /// What it is.
    pub what: CauseWhat,
    /// The node it acts on first.
    pub node: Option<NodeIndex>,
    /// How bad it is; `None` where it is absence of knowledge.
    pub severity: Option<Severity>,
    /// Whether somebody takes care of it.
    pub handling: Handling,
    /// Since when.
    pub since: Option<Instant>,
    /// One line for an operator.
    pub summary: Arc<str>,
    /// The processes it contributes to, by index.
    pub processes: Vec<NodeIndex>,
    /// Its share of the cost rate.
    pub share: CostRange,
    /// What clearing it alone returns per hour.
    pub fix_value: Decimal,
    /// The causes that must go with it, where it alone returns less than its share.
    pub together_with: Vec<CauseId>,
    /// What clearing all those together returns per hour.
    pub together_value: Decimal,
    /// Tickets of its node, as `source:id`.
    pub tickets: Vec<Arc<str>>,
    /// Changes that touched its node in the last 24 hours before it began, as `source:id`.
    pub recent_changes: Vec<Arc<str>>,
}

/// What a cause is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CauseWhat {
    /// A signal: index into [`World::signals`].
    Signal(usize),
    /// A node without knowledge, or one whose good state is the problem.
    Node,
    /// A lost source.
    Source(SourceName),
    /// A measured shortfall that the map does not explain.
    Unexplained,
}

/// Where an objective stands.
#[derive(Clone, Debug)]
pub struct ObjectiveState {
    /// Whether there are figures, and why not.
    pub state: ObjectiveStatus,
    /// How it was counted, as named on screen.
    pub method: String,
    /// The contract figure, 0 to 1.
    pub attained: Option<Decimal>,
    /// The same without any exclusion.
    pub felt: Option<Decimal>,
    /// The share of the counted window that is covered.
    pub coverage: Decimal,
    /// The budget left, 1 to minus infinity.
    pub budget_remaining: Option<Decimal>,
    /// Burn rates by window, shortest first; `None` where a rate has no meaning.
    pub burn: Vec<(TimeDelta, Option<Decimal>)>,
    /// Time until the budget is used up at the burn of the last hour; `None`: never, or not in this window.
    pub exhausted_in: Option<TimeDelta>,
    /// The budget that was left after each part of the window so far, oldest first; empty where that is not known.
    pub course: Vec<(Instant, Decimal)>,
    /// Full outage that is left until the budget is used up; `None` where there is no budget or no figure.
    pub outage_left: Option<TimeDelta>,
    /// The loudest alert that holds.
    pub alert: Option<Alert>,
    /// What it costs by contract.
    pub credit: Option<CreditState>,
    /// What all its figures follow from; `None` where there are none. Of a recorded series nothing was counted here.
    pub basis: Option<Outlook>,
    /// Whether the figures are those of a recorded series.
    pub is_recorded: bool,
    /// The window it is counted over.
    pub window: Span,
    /// What the contract figure leaves out, by what.
    pub exclusions: Vec<String>,
    /// Remarks: more good than total events, an alert row that can never fire.
    pub notes: Vec<String>,
}

/// Whether an objective has figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjectiveStatus {
    /// It was measured.
    Measured,
    /// Nothing happened that could be counted.
    NoTraffic,
    /// Too little of the window is covered, or nothing was observed yet.
    NotCovered,
}

impl ObjectiveStatus {
    /// The word used in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::NoTraffic => "no-traffic",
            Self::NotCovered => "not-covered",
        }
    }
}

/// What an objective costs by contract, an estimate until the window ends. Shares are 0 to 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreditState {
    /// If the rest of the window is perfect.
    pub certain: Decimal,
    /// If the window ended now.
    pub now: Decimal,
    /// If the burn of the last hour goes on for four hours, and the rest is perfect.
    pub projected: Decimal,
    /// Projected less certain, in money, over all customers.
    pub at_risk: Decimal,
    /// The same by customer.
    pub by_customer: Vec<(NodeIndex, Decimal)>,
    /// Full outage that is left until the next tier.
    pub next_tier_in: Option<TimeDelta>,
}

/// Where a ticket's clock stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClockState {
    /// The ticket, index into [`World::tickets`].
    pub ticket: usize,
    /// What it runs towards.
    pub goal: Goal,
    /// How long it may take.
    pub target: TimeDelta,
    /// How long it took so far, within open hours and without pauses.
    pub elapsed: TimeDelta,
    /// What is left, negative after the breach.
    pub remaining: TimeDelta,
    /// When elapsed reaches the target; `None` where no open hour is left within ten years, or a pause is on.
    pub due: Option<Instant>,
    /// Whether it stands still.
    pub paused: bool,
    /// Whether its calendar is open now.
    pub open: bool,
    /// Not met, and nothing left.
    pub breached: bool,
    /// When the goal was reached.
    pub done: Option<Instant>,
    /// `local`, or the source whose own clock it is.
    pub origin: ClockOrigin,
}

/// Who counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClockOrigin {
    /// We do.
    Local,
    /// The ticketing system does.
    Native(SourceName),
}

/// Where a customer stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerState {
    /// The customer's node.
    pub node: NodeIndex,
    /// Credits at risk, in money.
    pub at_risk: Decimal,
}

/// Where a spend record stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpendState {
    /// Money spent this month; `None` until it is known.
    pub to_date: Option<Decimal>,
    /// The whole month at the pace so far.
    pub projected: Option<Decimal>,
    /// Spent, as a share of the limit.
    pub used: Option<Decimal>,
    /// When the limit is used up at this pace; only within the month.
    pub exhausted_on: Option<Instant>,
}

/// Where a source stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceState {
    /// Which.
    pub name: SourceName,
    /// Whether its values stand.
    pub freshness: Freshness,
    /// Time since its last good answer.
    pub age: Option<TimeDelta>,
    /// What went wrong last.
    pub error: Option<String>,
    /// Remarks that harm nothing.
    pub notes: Vec<String>,
    /// How many signals it has now.
    pub signals: usize,
    /// How many tickets it has now.
    pub tickets: usize,
    /// How many leaves rest on it.
    pub leaves: usize,
}

impl SourceState {
    /// Whether there is something to know that its figures do not say.
    pub fn is_troubled(&self) -> bool {
        self.error.is_some() || !self.notes.is_empty() || matches!(self.freshness, Freshness::Late | Freshness::Lost)
    }
}
