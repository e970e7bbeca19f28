//! What a report is made from, and the words that its kinds share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::words;
use crate::domain::ahead::{AHEAD, Planned, planned};
use crate::domain::credit;
use crate::domain::history::{Incident, IncidentCause};
use crate::domain::id::NodeId;
use crate::domain::map::{Kind, Map, NodeIndex, Objective};
use crate::domain::money::CostRange;
use crate::domain::remembered::{Dwelt, Remembered};
use crate::domain::span::{Instant, Span};
use crate::domain::world::{ObjectiveState, World};

/// What a report is made from.
#[derive(Clone, Debug)]
pub struct Account {
    /// What history holds of the stretch.
    pub remembered: Remembered,
    /// The company at the end of it, as far as it is over.
    pub world: Arc<World>,
    /// The whole month that it is about, if it is one.
    pub month: Option<String>,
    /// When the report is made.
    pub made: Instant,
    /// What the present map says of the same observations, where that was asked for.
    pub present: Option<Remembered>,
}

impl Account {
    /// The processes that there is something to say of: those of the map, then those that have left it.
    pub(super) fn processes(&self) -> Vec<(NodeId, String)> {
        let map = &self.world.map;
        let mut found: Vec<(NodeId, String)> = of_kind(map, Kind::Process)
            .map(|index| (map.nodes[index].id.clone(), map.nodes[index].name.clone()))
            .collect();
        for incident in &self.remembered.incidents {
            if !found.iter().any(|(id, _)| *id == incident.process) {
                found.push((incident.process.clone(), incident.name.clone()));
            }
        }
        found
    }

    /// Whether the stretch lies in the past, all of it.
    pub(super) fn is_over(&self) -> bool {
        self.remembered.span.end < self.made
    }

    /// What is planned from the end of the stretch on, if that is now.
    pub(super) fn planned(&self) -> Vec<Planned> {
        if self.is_over() {
            return Vec::new();
        }
        let from = self.made;
        planned(&self.world, &self.remembered.maintenance, Span::new(from, from + AHEAD))
    }

    /// Objectives with their states at the end, by index.
    pub(super) fn objectives(&self) -> impl Iterator<Item = (&Objective, &ObjectiveState)> {
        self.world.map.objectives.iter().zip(&self.world.objectives)
    }

    /// How long the incident was on, as far as is known.
    pub(super) fn lasted(&self, incident: &Incident) -> TimeDelta {
        incident.ended.unwrap_or(self.remembered.span.end) - incident.began
    }

    /// How long a process was how.
    pub(super) fn dwelt(&self, process: &NodeId) -> Dwelt {
        self.remembered.dwelt(process)
    }
}

/// The named nodes of a kind.
pub(super) fn of_kind(map: &Map, kind: Kind) -> impl Iterator<Item = NodeIndex> {
    map.named_nodes().filter(move |(_, node)| node.kind == kind).map(|(index, _)| index)
}

/// Everything that a node needs, directly or not, itself too.
pub(super) fn below(map: &Map, node: NodeIndex) -> BTreeSet<NodeIndex> {
    let mut found = BTreeSet::new();
    let mut todo = vec![node];
    while let Some(index) = todo.pop() {
        if found.insert(index) {
            todo.extend(map.nodes[index].needs.iter().map(|need| need.node));
        }
    }
    found
}

/// The credit of an objective if its window ended where it stands, by customer; `None`: a charge that is nobody's in
/// particular.
pub(super) fn credits(
    map: &Map,
    objective: &Objective,
    state: &ObjectiveState,
) -> BTreeMap<Option<NodeIndex>, Decimal> {
    let (Some(terms), Some(stands)) = (&objective.credit, &state.credit) else { return BTreeMap::new() };
    let owed = |charge| map.currency.rounded(credit::owed(terms, charge, stands.now));
    if let Some(charge) = terms.of {
        return [(None, owed(charge.value))].into();
    }
    let customers = of_kind(map, Kind::Customer).filter(|customer| below(map, *customer).contains(&objective.node));
    customers.filter_map(|index| Some((Some(index), owed(map.nodes[index].monthly?.value)))).collect()
}

/// The cause that cost most of an incident, with how many more there were.
pub(super) fn chief(incident: &Incident) -> Option<(&IncidentCause, usize)> {
    let dearest = incident.causes.iter().max_by_key(|cause| (cause.cost.low, cause.cost.high, cause.severity));
    dearest.map(|cause| (cause, incident.causes.len() - 1))
}

/// A cause in words: the node's name and the line that an operator saw.
pub(super) fn cause_words(cause: &IncidentCause) -> String {
    match (cause.name.as_str(), cause.title.as_str()) {
        ("", title) => title.to_owned(),
        (name, "") => name.to_owned(),
        (name, title) => format!("{name}: {title}"),
    }
}

/// Money in a sentence, with its unit.
pub(super) fn money(map: &Map, range: CostRange) -> String {
    format!("{} {}", words::range(range), map.currency)
}

/// `1 incident`, `3 incidents`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
