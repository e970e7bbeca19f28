//! What the map wants to know from a source's queries: checks, measured figures, objectives, spend.

use std::sync::Arc;

use super::settings::FILES;
use super::slices::Shelf;
use crate::domain::id::{NodeId, SourceName, SpendId};
use crate::domain::map::{Indicator, Map, SpendFrom};

/// The questions for one source. Objectives are indices into the map's.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The source.
    pub source: SourceName,
    /// The map that the questions come from.
    pub map: Arc<Map>,
    /// Checks: node, query, and the label that tells series apart.
    pub checks: Vec<CheckQuery>,
    /// Measured processes: node, and the queries for actual and expected.
    pub measured: Vec<MeasuredQuery>,
    /// Objectives whose indicator this source counts.
    pub objectives: Vec<usize>,
    /// Spend records with a query.
    pub spends: Vec<(SpendId, String)>,
    /// Spend records that are a part of what the source bills: indices into the map's.
    pub bills: Vec<usize>,
    /// Where counts survive a restart, if anywhere.
    pub shelf: Option<Arc<dyn Shelf>>,
}

/// A check's question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckQuery {
    /// The leaf.
    pub node: NodeId,
    /// What is asked.
    pub query: String,
    /// The label that tells series apart; without it the answer is one number.
    pub each: Option<String>,
}

/// A measured process's questions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MeasuredQuery {
    /// The process.
    pub node: NodeId,
    /// The query for what happens.
    pub actual: String,
    /// The query for what was expected.
    pub expected: String,
}

impl Plan {
    /// The questions that a map has for a source.
    pub fn of(map: &Arc<Map>, source: &SourceName) -> Self {
        let mut plan = Self {
            source: source.clone(),
            map: Arc::clone(map),
            checks: Vec::new(),
            measured: Vec::new(),
            objectives: Vec::new(),
            spends: Vec::new(),
            bills: Vec::new(),
            shelf: None,
        };
        for (_, node) in map.named_nodes() {
            if let Some(check) = node.check.as_ref().filter(|check| check.source == *source) {
                plan.checks.push(CheckQuery {
                    node: node.id.clone(),
                    query: check.query.clone(),
                    each: check.each.clone(),
                });
            }
            if let Some(measured) = node.measured.as_ref().filter(|measured| measured.source == *source) {
                plan.measured.push(MeasuredQuery {
                    node: node.id.clone(),
                    actual: measured.actual.clone(),
                    expected: measured.expected.clone(),
                });
            }
        }
        for (index, objective) in map.objectives.iter().enumerate() {
            let asked = match objective.indicator {
                Indicator::State(_) | Indicator::Tickets(_) => false,
                Indicator::Good { .. }
                | Indicator::Errors { .. }
                | Indicator::Up(_)
                | Indicator::Sloth(_)
                | Indicator::Pyrra(_) => true,
            };
            if asked && objective.source.as_ref() == Some(source) {
                plan.objectives.push(index);
            }
        }
        for (index, spend) in map.spends.iter().enumerate() {
            match &spend.from {
                SpendFrom::Query(name, query) if name == source => plan.spends.push((spend.id.clone(), query.clone())),
                SpendFrom::Source(name) if name == source => plan.bills.push(index),
                SpendFrom::Files(_) if source.as_str() == FILES => plan.bills.push(index),
                SpendFrom::Query(..) | SpendFrom::Source(_) | SpendFrom::Files(_) => {}
            }
        }
        plan
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty()
            && self.measured.is_empty()
            && self.objectives.is_empty()
            && self.spends.is_empty()
            && self.bills.is_empty()
    }
}
