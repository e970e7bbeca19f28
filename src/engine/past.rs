//! What is known of the past: states over time, since when, the time in which anybody looked, the money of that time.
//!
//! Invariant: nodes whose past matters have a timeline each, whatever is known of them.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::history::Memory;
use crate::domain::map::{Map, NodeIndex};
use crate::domain::severity::Shown;
use crate::domain::span::{Instant, Spans};
use crate::domain::timeline::Timeline;

use super::Model;
use super::ledger::Ledger;

/// What is known of the past.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The states of nodes whose past matters (processes, nodes of objectives), by index.
    pub timelines: FxHashMap<NodeIndex, Timeline>,
    /// Of those, what counts for money and objectives where it is another state; `None` is as shown.
    pub doubted: FxHashMap<NodeIndex, Timeline>,
    /// Since when each node shows what it shows, by index; `None` where that is not known.
    pub since: Vec<Option<(Instant, Shown)>>,
    /// When the engine ran.
    pub covered: Spans,
    /// Nodes of whose past anything is known.
    pub touched: Vec<bool>,
    /// Nodes that some signal has matched before.
    pub heard: FxHashSet<NodeIndex>,
    /// Instants at which a signal says that it began.
    pub began: BTreeSet<Instant>,
    /// The money that processes lost, where it was accounted as it went; elsewhere it follows from the timelines.
    pub ledgers: FxHashMap<NodeIndex, Ledger>,
}

impl Past {
    /// What a memory says, in the words of a map.
    pub fn of(model: &Model, memory: &Memory) -> Self {
        let mut past = Self { since: vec![None; model.map.nodes.len()], ..Self::default() };
        past.touched = vec![false; model.map.nodes.len()];
        for node in timed(&model.map) {
            let timeline = memory.timelines.get(&model.map.nodes[node].id).cloned().unwrap_or_default();
            past.timelines.insert(node, timeline);
            past.touched[node] = true;
            if let Some(doubted) = memory.doubted.get(&model.map.nodes[node].id) {
                past.doubted.insert(node, doubted.clone());
            }
        }
        for node in priced(&model.map) {
            let stretches = memory.accruals.get(&model.map.nodes[node].id).cloned().unwrap_or_default();
            past.ledgers.insert(node, Ledger::of(stretches));
        }
        for (id, since) in &memory.since {
            if let Some(node) = model.index_of(id.as_str()) {
                past.since[node] = Some(*since);
            }
        }
        past.heard = memory.heard.iter().filter_map(|id| model.index_of(id.as_str())).collect();
        past.covered = memory.covered.clone();
        past.began.clone_from(&memory.told);
        past
    }
}

/// The nodes whose states over time are remembered exactly: what is worth something, and what objectives are about.
pub fn timed(map: &Map) -> BTreeSet<NodeIndex> {
    let tolerated = map.named_nodes().filter(|(_, node)| node.tolerable.is_some()).map(|(index, _)| index);
    map.objectives.iter().map(|objective| objective.node).chain(tolerated).chain(priced(map)).collect()
}

/// The nodes that are worth something or are measured.
pub fn priced(map: &Map) -> BTreeSet<NodeIndex> {
    let nodes = map.named_nodes().filter(|(_, node)| node.value.is_some() || node.measured.is_some());
    nodes.map(|(index, _)| index).collect()
}
