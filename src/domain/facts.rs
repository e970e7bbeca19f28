//! What was observed: the one input of an evaluation. Live it is filled by the sources, offline by a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::id::{NodeId, ObjectiveId, SourceName, SpendId};
use super::map::Goal;
use super::severity::{Handling, Severity};
use super::span::{Instant, Span};

/// Labels of an observation.
pub type LabelList = Arc<[(Arc<str>, Arc<str>)]>;

/// States that are assumed for nodes; `None` assumes unknown.
pub type Assumptions = BTreeMap<NodeId, Option<Severity>>;

/// Everything observed, as of one instant.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The instant of the evaluation.
    pub at: Instant,
    /// State of the sources; one that is not listed is fresh.
    pub sources: BTreeMap<SourceName, SourceFact>,
    /// Conditions from monitoring.
    pub signals: Vec<Arc<Signal>>,
    /// Records of ticketing sources.
    pub tickets: Vec<Arc<Ticket>>,
    /// Planned and executed changes.
    pub changes: Vec<Arc<Change>>,
    /// What the queries of checks answered, by node. A check that is not listed is absent: unknown.
    pub checks: BTreeMap<NodeId, Vec<Series>>,
    /// Counts of objectives.
    pub objectives: BTreeMap<ObjectiveId, ObjectiveFacts>,
    /// Measured figures of processes.
    pub measured: BTreeMap<NodeId, MeasuredSample>,
    /// States of nodes from an instant on.
    pub history: Vec<HistoryEntry>,
    /// When the engine ran; `None` is always.
    pub covered: Option<Vec<Span>>,
    /// Maintenance known beside the declared one.
    pub maintenance: Vec<MaintenanceFact>,
    /// Spend of the current month.
    pub spend: BTreeMap<SpendId, Decimal>,
    /// The operator's assumptions over the observed states; `None` assumes unknown.
    pub assume: Assumptions,
}

impl Facts {
    /// Nothing observed at an instant.
    pub fn none(at: Instant) -> Self {
        Self {
            at,
            sources: BTreeMap::new(),
            signals: Vec::new(),
            tickets: Vec::new(),
            changes: Vec::new(),
            checks: BTreeMap::new(),
            objectives: BTreeMap::new(),
            measured: BTreeMap::new(),
            history: Vec::new(),
            covered: None,
            maintenance: Vec::new(),
            spend: BTreeMap::new(),
            assume: BTreeMap::new(),
        }
    }
}

/// How far what a source said can be trusted to be still so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Freshness {
    /// It answered in time.
    Fresh,
    /// It has not answered yet: unknown, without a noise.
    Pending,
    /// It is overdue: what it said stands, marked.
    Late,
    /// It is gone, or its heartbeat is: what rests on it is unknown.
    Lost,
}

impl Freshness {
    /// The word used in facts and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Pending => "pending",
            Self::Late => "late",
            Self::Lost => "lost",
        }
    }

    /// The freshness of a word of [`Freshness::word`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Fresh, Self::Pending, Self::Late, Self::Lost].into_iter().find(|freshness| freshness.word() == word)
    }

    /// Whether what rests on the source is unknown.
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Pending | Self::Lost)
    }
}

/// The state of a source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFact {
    /// Whether its values stand.
    pub freshness: Freshness,
    /// Time since its last good answer.
    pub age: Option<TimeDelta>,
    /// What went wrong last, for an operator.
    pub error: Option<String>,
    /// Words of severity it used that no table knows (they count as warning).
    pub unknown_words: Vec<String>,
    /// Remarks that harm nothing: partial answers, a clock that differs, "unproven".
    pub notes: Vec<String>,
}

impl SourceFact {
    /// A source about which nothing but its freshness is known.
    pub const fn of(freshness: Freshness) -> Self {
        Self { freshness, age: None, error: None, unknown_words: Vec::new(), notes: Vec::new() }
    }
}

/// One current condition from monitoring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signal {
    /// Who says so.
    pub source: SourceName,
    /// Its id within the source.
    pub id: Arc<str>,
    /// What matchers look at.
    pub labels: LabelList,
    /// How bad it is; ok where it says only that it does not know.
    pub severity: Severity,
    /// Whether it says that it does not know (a check that could not run).
    pub unknown: bool,
    /// Whether somebody takes care of it.
    pub handling: Handling,
    /// Who takes care of it and why: author, comment, until when.
    pub handled_by: Option<Arc<str>>,
    /// Since when.
    pub since: Option<Instant>,
    /// One line for an operator, cleaned of control characters.
    pub summary: Arc<str>,
    /// Where to look at it.
    pub link: Option<Arc<str>>,
}

/// One record of a ticketing source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// Whose record.
    pub source: SourceName,
    /// Its id within the source.
    pub id: Arc<str>,
    /// What matchers and clocks look at.
    pub labels: LabelList,
    /// One line.
    pub summary: Arc<str>,
    /// The source's own word for its state.
    pub status: Arc<str>,
    /// Whether it is still to be worked on.
    pub open: bool,
    /// Who works on it.
    pub owner: Option<Arc<str>>,
    /// When it was opened.
    pub created: Option<Instant>,
    /// When somebody first answered.
    pub responded: Option<Instant>,
    /// When it was last updated for the requestor.
    pub updated: Option<Instant>,
    /// When it was resolved.
    pub resolved: Option<Instant>,
    /// The source's own due date, where it has no engine that says more.
    pub due: Option<Instant>,
    /// Pauses; one without an end is still on.
    pub paused: Vec<(Instant, Option<Instant>)>,
    /// What the source's own clocks say.
    pub native: Vec<(Goal, NativeClock)>,
    /// Where to look at it.
    pub link: Option<Arc<str>>,
}

/// What a ticketing system's own clock said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NativeClock {
    /// Time spent, within its hours.
    pub elapsed: TimeDelta,
    /// Time left, negative after the breach.
    pub remaining: TimeDelta,
    /// Whether it stands still.
    pub paused: bool,
    /// Whether it says that it was breached.
    pub breached: bool,
    /// When it will be, or was, breached by its own hours, where it says so.
    pub due: Option<Instant>,
    /// When it was met or given up.
    pub stopped: Option<Instant>,
    /// Whether its hours were open.
    pub open: bool,
}

impl Default for NativeClock {
    fn default() -> Self {
        let nothing = TimeDelta::zero();
        let (due, stopped) = (None, None);
        Self { elapsed: nothing, remaining: nothing, paused: false, breached: false, due, stopped, open: true }
    }
}

/// A planned or executed change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Whose record.
    pub source: SourceName,
    /// Its id within the source.
    pub id: Arc<str>,
    /// What ticket matchers look at.
    pub labels: LabelList,
    /// Nodes it names itself.
    pub nodes: Vec<NodeId>,
    /// Its window.
    pub window: Span,
    /// One line.
    pub summary: Arc<str>,
}

/// One series of a check's answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// The value of the label that tells series apart; empty for a single number.
    pub key: Arc<str>,
    /// The sample; NaN is no knowledge.
    pub value: f64,
}

/// Counts of an objective.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ObjectiveFacts {
    /// Bad events of the window so far.
    pub errors: Option<Decimal>,
    /// Good events, where the source counts those.
    pub good: Option<Decimal>,
    /// All events of the window so far.
    pub total: Option<Decimal>,
    /// Error ratios of the burn windows.
    pub windows: BTreeMap<TimeDelta, Decimal>,
    /// Events of the burn windows, where known: for `min_events`.
    pub window_totals: BTreeMap<TimeDelta, Decimal>,
    /// What the contract figure leaves out.
    pub excluded: Vec<Exclusion>,
    /// Errors and total of each slice, in place of the sums.
    pub slices: Vec<(Decimal, Decimal)>,
    /// The share of the counted window that slices cover, where the source knows it.
    pub coverage: Option<Decimal>,
    /// Bad events from the start of the window up to an instant, oldest first: how the budget was used up.
    pub course: Vec<(Instant, Decimal)>,
    /// Figures of a recorded series, read as they are.
    pub recorded: Option<Recorded>,
}

/// An exclusion with its effect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exclusion {
    /// When.
    pub span: Span,
    /// Bad events in it.
    pub errors: Decimal,
    /// All events in it.
    pub total: Decimal,
}

/// What a recorded objective of Sloth or Pyrra says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// Attained ratio over its window.
    pub attained: Option<Decimal>,
    /// Budget remaining, signed.
    pub remaining: Option<Decimal>,
    /// How it counts: named on screen.
    pub method: String,
}

/// A sample of a measured process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MeasuredSample {
    /// What happens, a `per`.
    pub actual: Decimal,
    /// What was expected, a `per`.
    pub expected: Decimal,
    /// When it was taken.
    pub at: Instant,
}

/// The state of a node from an instant on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HistoryEntry {
    /// Whose.
    pub node: NodeId,
    /// From when.
    pub at: Instant,
    /// What; `None` is unknown.
    pub severity: Option<Severity>,
}

/// Maintenance reported by a source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MaintenanceFact {
    /// The nodes named.
    pub nodes: Vec<NodeId>,
    /// When.
    pub span: Span,
    /// Whether it leaves the contract figure of objectives on exactly these nodes.
    pub excluded: bool,
    /// What for.
    pub summary: Option<String>,
}
