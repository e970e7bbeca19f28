//! What a source reports to the engine: one answer, or why there is none.
//!
//! A report replaces what the source said before in the same lane; a failure leaves it standing, to age.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::facts::{Change, MaintenanceFact, MeasuredSample, ObjectiveFacts, Series, Signal, Ticket};
use super::id::{NodeId, ObjectiveId, SourceName, SpendId};
use super::span::Instant;

/// One message of a source's poller.
#[derive(Clone, Debug)]
pub struct Update {
    /// Whose.
    pub source: SourceName,
    /// When the answer, or the failure, was complete.
    pub at: Instant,
    /// What it said.
    pub observation: Observation,
}

/// One answer of a source.
#[derive(Clone, Debug)]
pub enum Observation {
    /// All that is so now: signals, tickets, changes.
    State(StateReport),
    /// Numbers of queries.
    Figures(FiguresReport),
    /// No answer, and why, in words that tell an operator what to do. It holds no secret.
    Failed(String),
}

/// All that is so now, as one source sees it.
#[derive(Clone, Debug, Default)]
pub struct StateReport {
    /// Conditions.
    pub signals: Vec<Arc<Signal>>,
    /// Records.
    pub tickets: Vec<Arc<Ticket>>,
    /// Changes.
    pub changes: Vec<Arc<Change>>,
    /// Maintenance that the source knows of.
    pub maintenance: Vec<MaintenanceFact>,
    /// Heartbeats that should be firing and are not; any makes the source lost.
    pub missing_heartbeats: Vec<String>,
    /// Words of severity that no table knows.
    pub unknown_words: Vec<String>,
    /// Remarks: partial answers, a clock that differs.
    pub notes: Vec<String>,
}

/// Numbers of queries; what a query could not answer is left out and named in `failures`.
#[derive(Clone, Debug, Default)]
pub struct FiguresReport {
    /// Counts of objectives.
    pub objectives: BTreeMap<ObjectiveId, ObjectiveFacts>,
    /// Answers of checks.
    pub checks: BTreeMap<NodeId, Vec<Series>>,
    /// Measured processes.
    pub measured: BTreeMap<NodeId, MeasuredSample>,
    /// Spend to date.
    pub spend: BTreeMap<SpendId, Decimal>,
    /// Queries that failed: which, and why.
    pub failures: Vec<String>,
}
