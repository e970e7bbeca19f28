//! How far from failing: for every leaf, what one more failure would make worse.

use std::sync::Arc;

use crate::domain::graph::{Graph, Pos};
use crate::domain::map::NodeIndex;
use crate::domain::propagate::{Scratch, States};
use crate::domain::severity::{Interval, Severity};

use super::shared;

/// How far from failing the nodes are, by index.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Margins {
    /// Leaves of which one more failure makes the node worse.
    pub worse: Vec<Arc<[NodeIndex]>>,
    /// Nodes that are no problem now, major or worse with one more leaf critical, and not so when all is well.
    pub near: Vec<bool>,
}

impl Margins {
    /// The leaves of which one more failure makes a node worse.
    pub fn worse(&self, node: NodeIndex) -> Arc<[NodeIndex]> {
        self.worse.get(node).cloned().unwrap_or_default()
    }

    /// Whether a node is one failure away.
    pub fn near(&self, node: NodeIndex) -> bool {
        self.near.get(node).copied().unwrap_or(false)
    }
}

/// The margins of all nodes as they are now; `single_points` as from [`single_points`].
pub fn margins(graph: &Graph, states: &States, single_points: &[Arc<[NodeIndex]>]) -> Margins {
    let mut worse = vec![Vec::new(); graph.len()];
    let mut near = vec![false; graph.len()];
    let mut well = States::all_well(graph);
    well.propagate(graph);
    fail_each(graph, states, |leaf, pos, before, after| {
        let node = graph.node(pos);
        if after > before {
            worse[node].push(leaf);
            let when_well = || well.state(pos).low >= Severity::Major || single_points[node].contains(&leaf);
            near[node] |= before.is_up() && after >= Severity::Major && !when_well();
        }
    });
    Margins { worse: worse.into_iter().map(shared).collect(), near }
}

/// Leaves that alone make a node major or worse when all else is well: a property of the map.
pub fn single_points(graph: &Graph) -> Vec<Arc<[NodeIndex]>> {
    let mut points = vec![Vec::new(); graph.len()];
    let mut well = States::all_well(graph);
    well.propagate(graph);
    fail_each(graph, &well, |leaf, pos, before, after| {
        if after > before && after >= Severity::Major {
            points[graph.node(pos)].push(leaf);
        }
    });
    points.into_iter().map(shared).collect()
}

/// Fails each leaf alone and tells each other node whose certain state changes: leaf, node, before, after.
fn fail_each(graph: &Graph, states: &States, mut tell: impl FnMut(NodeIndex, Pos, Severity, Severity)) {
    let mut scratch = Scratch::new(graph, states);
    for leaf in graph.leaves() {
        // Over an assumption too: in what is assumed, a leaf can fail like any other.
        scratch.assume(*leaf, Some(Interval::exactly(Severity::Critical)));
        scratch.settle();
        for (pos, before) in scratch.changed() {
            if pos != *leaf {
                tell(graph.node(*leaf), pos, before.low, scratch.states().state(pos).low);
            }
        }
        scratch.undo();
    }
}

#[cfg(test)]
mod tests;
