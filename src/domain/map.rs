//! The company's map as it was configured and checked: what needs what, what it is worth, what was promised.
//!
//! `config` builds it; nothing here reads a file. References between parts are indices into the vectors of [`Map`],
//! so that a checked map has no dangling name. A group inside `needs` is an unnamed node of kind [`Kind::Group`];
//! groups stand after all named nodes.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::id::{CalendarId, NodeId, ObjectiveId, ProfileId, SourceName, SpendId};
use super::matcher::{LabelTest, Matcher};
use super::money::{Amount, Currency};
use super::rule::{Edge, Rule};
use super::severity::Severity;
use super::write::Writes;

/// An index into [`Map::nodes`].
pub type NodeIndex = usize;

/// The checked map.
#[derive(Clone, Debug)]
pub struct Map {
    /// Where days and months begin.
    pub tz: Tz,
    /// The currency of every total.
    pub currency: Currency,
    /// What one unit of another currency is worth in it.
    pub rates: BTreeMap<Currency, Decimal>,
    /// The configured sources, as far as the arithmetic needs them.
    pub sources: Vec<SourceInfo>,
    /// All nodes: the named ones in file order, then the groups.
    pub nodes: Vec<Node>,
    /// How many of `nodes` are named.
    pub named: usize,
    /// Objectives in file order.
    pub objectives: Vec<Objective>,
    /// Clocks in file order.
    pub clocks: Vec<Clock>,
    /// Calendars of open hours.
    pub calendars: Vec<Calendar>,
    /// Profiles of value over the week.
    pub profiles: Vec<Profile>,
    /// Declared maintenance.
    pub maintenance: Vec<Maintenance>,
    /// Spend records.
    pub spends: Vec<Spend>,
}

impl Map {
    /// A map of nothing, in UTC and euros: what the console shows before it has one.
    pub fn empty() -> Self {
        Self {
            tz: Tz::UTC,
            currency: Currency::EURO,
            rates: BTreeMap::new(),
            sources: Vec::new(),
            nodes: Vec::new(),
            named: 0,
            objectives: Vec::new(),
            clocks: Vec::new(),
            calendars: Vec::new(),
            profiles: Vec::new(),
            maintenance: Vec::new(),
            spends: Vec::new(),
        }
    }

    /// The named nodes, with their indices.
    pub fn named_nodes(&self) -> impl Iterator<Item = (NodeIndex, &Node)> + Clone {
        self.nodes.iter().take(self.named).enumerate()
    }

    /// The index of a named node.
    pub fn index_of(&self, id: &str) -> Option<NodeIndex> {
        self.nodes.iter().take(self.named).position(|node| node.id.as_str() == id)
    }

    /// What is known of a configured source.
    pub fn source(&self, name: &str) -> Option<&SourceInfo> {
        self.sources.iter().find(|source| source.name.as_str() == name)
    }
}

/// What the arithmetic needs to know of a source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceInfo {
    /// What matchers and screens call it.
    pub name: SourceName,
    /// The `type` word of the configuration.
    pub type_word: String,
    /// What a mapped leaf without any signal of this source is.
    pub silence: Silence,
    /// Whether it has signals that could prove it alive: an alert source without a heartbeat is "unproven".
    pub has_heartbeat: bool,
    /// Whether it delivers alerts or checks at all (tickets and figures alone make no leaf unknown).
    pub has_signals: bool,
    /// The polling interval, which freshness is counted in.
    pub every: TimeDelta,
    /// The time-out of one request.
    pub timeout: TimeDelta,
    /// What may be written to it.
    pub writes: Writes,
}

/// What no signal means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Silence {
    /// An alert source reports only what is wrong: silence is `ok` while it is fresh.
    Ok,
    /// A check source reports every check: a mapped check that is not there is unknown.
    Unknown,
}

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// Who depends on a process or service.
    Customer,
    /// A business process.
    Process,
    /// An IT service.
    Service,
    /// An asset or configuration item.
    Component,
    /// An unnamed group inside `needs`.
    Group,
}

impl Kind {
    /// The word used in configuration and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Process => "process",
            Self::Service => "service",
            Self::Component => "component",
            Self::Group => "group",
        }
    }
}

/// A node of the map.
#[derive(Clone, Debug)]
pub struct Node {
    /// Unique over all files and kinds; a group's is `PARENT/N`, which no named node can have.
    pub id: NodeId,
    /// What it is.
    pub kind: Kind,
    /// What screens call it; the id where none is given.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How to reach them.
    pub contact: Option<String>,
    /// Where it says what to do.
    pub runbook: Option<String>,
    /// Further links: name and address.
    pub links: Vec<(String, String)>,
    /// Free words for filters.
    pub tags: Vec<String>,
    /// What it needs, in the order given, globs resolved.
    pub needs: Vec<Need>,
    /// How the states of what it needs become its own.
    pub rule: Rule,
    /// Which signals are its own.
    pub matches: Vec<Matcher>,
    /// Which tickets and changes are its own.
    pub tickets: Vec<Matcher>,
    /// A query as a leaf.
    pub check: Option<Check>,
    /// `manual = "ok"`: ok until somebody says otherwise.
    pub manual: bool,
    /// What it is worth (processes).
    pub value: Option<Value>,
    /// A measured figure that beats the model while fresh (processes).
    pub measured: Option<Measured>,
    /// How long the business bears it; counts down from major.
    pub tolerable: Option<TimeDelta>,
    /// Valued processes below it whose value this one's already included; it was taken out when the map was read, so that
    /// sums over processes count it once.
    pub includes: Vec<NodeIndex>,
    /// A customer's tier.
    pub tier: Option<String>,
    /// A customer's charge a month.
    pub monthly: Option<Amount>,
}

/// One thing a node needs.
#[derive(Clone, Debug)]
pub struct Need {
    /// What is needed.
    pub node: NodeIndex,
    /// How its state reaches the node that needs it.
    pub edge: Edge,
}

/// A query of a metrics source as a leaf: every series is a child, folded by the node's rule.
#[derive(Clone, Debug)]
pub struct Check {
    /// Which source is asked.
    pub source: SourceName,
    /// The query.
    pub query: String,
    /// The label that tells the series apart; without it the answer is one number.
    pub each: Option<String>,
    /// Conditions from worst to mildest; the first that holds gives the severity.
    pub bounds: Vec<(Severity, Bound)>,
}

/// `< 1`: a comparison with a number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bound {
    /// The comparison.
    pub op: Comparison,
    /// What is compared with. A query's values are floating point, so this is too.
    pub value: f64,
}

impl Bound {
    /// Whether the condition holds for a sample; never for NaN.
    pub fn holds(self, sample: f64) -> bool {
        match self.op {
            Comparison::Less => sample < self.value,
            Comparison::LessOrEqual => sample <= self.value,
            Comparison::Greater => sample > self.value,
            Comparison::GreaterOrEqual => sample >= self.value,
            #[expect(clippy::float_cmp, reason = "an operator who writes == means exactly that number")]
            Comparison::Equal => sample == self.value,
            #[expect(clippy::float_cmp, reason = "an operator who writes != means exactly that number")]
            Comparison::NotEqual => !sample.is_nan() && sample != self.value,
        }
    }
}

/// A comparison of a [`Bound`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

/// What a process is worth while it runs.
#[derive(Clone, Debug)]
pub struct Value {
    /// Money per hour at profile weight 1.
    pub per_hour: Amount,
    /// Index into [`Map::profiles`]; without one the weight is always 1.
    pub profile: Option<usize>,
    /// The share lost at each severity, 0 to 1, by level.
    pub loss: [Decimal; 7],
}

/// A measured figure of business, with what was expected.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Which source is asked.
    pub source: SourceName,
    /// The query for what happens.
    pub actual: String,
    /// The query for what was expected.
    pub expected: String,
    /// The unit of time of both queries.
    pub per: TimeDelta,
    /// What one unit is worth.
    pub unit_value: Amount,
    /// The shortfall, as a share of what was expected, that counts as none.
    pub tolerance: Decimal,
}

/// A promise: target, window, indicator.
#[derive(Clone, Debug)]
pub struct Objective {
    /// Unique over all files and kinds.
    pub id: ObjectiveId,
    /// Whose promise it is.
    pub node: NodeIndex,
    /// The target as a ratio, above 0 and at most 1.
    pub target: Decimal,
    /// The stretch of time it is counted over.
    pub window: Window,
    /// Where calendar windows begin.
    pub tz: Tz,
    /// The first day of a calendar week.
    pub week_starts: Weekday,
    /// Contract hours: index into [`Map::calendars`]; without one all hours count.
    pub calendar: Option<usize>,
    /// What is counted.
    pub indicator: Indicator,
    /// Which source the indicator's queries go to.
    pub source: Option<SourceName>,
    /// Events, or good slices of time.
    pub method: Method,
    /// How long a slice is (5 minutes unless scrapes are rare).
    pub resolution: TimeDelta,
    /// Alert rows that replace the standard ones.
    pub alerts: Option<Vec<AlertRow>>,
    /// No alert on fewer events in the long window.
    pub min_events: Option<Decimal>,
    /// What missing it costs by contract.
    pub credit: Option<Credit>,
}

/// The stretch of time an objective is counted over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Window {
    /// The last so much.
    Rolling(TimeDelta),
    /// The current week.
    Week,
    /// The current month.
    Month,
    /// The current quarter.
    Quarter,
    /// The current year.
    Year,
}

/// What an objective counts. Queries hold `$window` or `{{.window}}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Indicator {
    /// Good events of all events.
    Good {
        /// The query for good events.
        good: String,
        /// The query for all events.
        total: String,
    },
    /// Bad events of all events.
    Errors {
        /// The query for bad events.
        errors: String,
        /// The query for all events.
        total: String,
    },
    /// A series that is 1 while up.
    Up(String),
    /// Bad while the node is at or above this severity.
    State(Severity),
    /// A recorded objective of Sloth, by its id.
    Sloth(String),
    /// A recorded objective of Pyrra, by its name.
    Pyrra(String),
    /// Tickets whose clock of this goal was met.
    Tickets(Goal),
}

/// How an objective with event counts is budgeted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// Good events over all events (`OpenSLO` Occurrences).
    Events,
    /// Good slices over all slices (`OpenSLO` Timeslices): a slice is good at or above this ratio.
    Slices {
        /// The ratio of good events that makes a slice good.
        target: Decimal,
    },
}

/// One row of a multi-window, multi-burn-rate alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlertRow {
    /// The share of the budget that the long window may use up.
    pub share: Decimal,
    /// The long window.
    pub long: TimeDelta,
    /// The short window, which ends the alert soon after the burn ends.
    pub short: TimeDelta,
    /// How loud it is.
    pub alert: Alert,
}

/// How loud an objective's alert is; a page is louder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Alert {
    /// Work for the day.
    Ticket,
    /// Somebody gets up.
    Page,
}

impl Alert {
    /// The word used in configuration and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Page => "page",
        }
    }
}

/// What a missed objective costs by contract.
#[derive(Clone, Debug)]
pub struct Credit {
    /// The charge a month that shares refer to; `None` takes each customer's monthly.
    pub of: Option<Amount>,
    /// Ratio below which (strictly) which share (0 to 1) is due.
    pub tiers: Vec<(Decimal, Decimal)>,
    /// A smaller credit is none.
    pub minimum: Option<Amount>,
}

/// A ticket's clock, where the ticketing system has none of its own.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Whose tickets.
    pub source: SourceName,
    /// Which tickets: all of these labels.
    pub filter: Vec<LabelTest>,
    /// Until the first response.
    pub respond: Option<TimeDelta>,
    /// Between updates.
    pub update: Option<TimeDelta>,
    /// Until resolution.
    pub resolve: Option<TimeDelta>,
    /// Index into [`Map::calendars`]; without one all hours are open.
    pub calendar: Option<usize>,
    /// Ticket states that stop the clock.
    pub paused_while: Vec<String>,
}

/// What a clock runs towards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Goal {
    /// The first response.
    Respond,
    /// The next update.
    Update,
    /// Resolution.
    Resolve,
}

impl Goal {
    /// The word used in configuration and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Respond => "respond",
            Self::Update => "update",
            Self::Resolve => "resolve",
        }
    }
}

/// Open hours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calendar {
    /// Unique over all files and kinds.
    pub id: CalendarId,
    /// The zone of its hours.
    pub tz: Tz,
    /// Open stretches by weekday from Monday, in minutes from that day's midnight, half open, sorted; an end beyond
    /// 1440 crosses midnight.
    pub hours: [Vec<(u32, u32)>; 7],
    /// Days that are closed.
    pub holidays: Vec<Holiday>,
}

/// A closed day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holiday {
    /// Month and day of every year.
    Yearly(u32, u32),
    /// One date.
    Date(NaiveDate),
}

/// How much of a process's value each hour of the week has.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Unique over all files and kinds.
    pub id: ProfileId,
    /// The zone of its hours.
    pub tz: Tz,
    /// By weekday from Monday: start and end in minutes from midnight (an end beyond 1440 crosses midnight), weight.
    /// Hours that are not listed have weight 0.
    pub hours: [Vec<(u32, u32, Decimal)>; 7],
    /// Factors of single dates, on top of the hours.
    pub dates: Vec<(NaiveDate, Decimal)>,
}

/// Declared maintenance.
#[derive(Clone, Debug)]
pub struct Maintenance {
    /// The nodes named.
    pub nodes: Vec<NodeIndex>,
    /// The first start, local.
    pub start: NaiveDateTime,
    /// The zone of `start`.
    pub tz: Tz,
    /// How long each lasts.
    pub duration: TimeDelta,
    /// When it comes again.
    pub repeat: Repeat,
    /// The last day on which one may start, in `tz`.
    pub until: Option<NaiveDate>,
    /// Whether it also leaves the contract figure of objectives on exactly these nodes.
    pub excluded: bool,
    /// What for.
    pub summary: Option<String>,
}

/// When a maintenance comes again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Repeat {
    /// Once only.
    Never,
    /// Every day at the same local time.
    Daily,
    /// Every week on a day.
    Weekly(Weekday),
    /// Every month on the n-th (1 to 5) such weekday.
    Monthly(u8, Weekday),
}

/// What IT costs to run.
#[derive(Clone, Debug)]
pub struct Spend {
    /// Unique over all files and kinds.
    pub id: SpendId,
    /// For what.
    pub node: NodeIndex,
    /// Where the figure comes from.
    pub from: SpendFrom,
    /// Which part of it.
    pub select: Vec<(String, String)>,
    /// The limit a month.
    pub limit: Option<Amount>,
}

/// Where a spend figure comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SpendFrom {
    /// A source.
    Source(SourceName),
    /// A source, asked by a query.
    Query(SourceName, String),
    /// FOCUS files.
    Files(String),
}
