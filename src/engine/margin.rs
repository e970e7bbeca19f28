//! How far from failing: for every leaf, what one more failure would make worse.

use crate::domain::graph::{Graph, Pos};
use crate::domain::map::NodeIndex;
use crate::domain::propagate::{Scratch, States};
use crate::domain::severity::{Interval, Severity};

/// Leaves that matter, by index of the node they matter to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Margins {
    /// Leaves of which one more failure makes the node worse.
    pub worse: Vec<Vec<NodeIndex>>,
    /// Nodes that are no problem now, and major or worse with one of those leaves critical.
    pub near: Vec<Vec<NodeIndex>>,
}

/// The margins of all nodes as they are now.
pub fn margins(graph: &Graph, states: &States) -> Margins {
    let mut margins = Margins { worse: vec![Vec::new(); graph.len()], near: vec![Vec::new(); graph.len()] };
    fail_each(graph, states, |leaf, pos, before, after| {
        let node = graph.node(pos);
        if after > before {
            margins.worse[node].push(leaf);
            if before.is_up() && after >= Severity::Major {
                margins.near[node].push(leaf);
            }
        }
    });
    margins
}

/// Leaves that alone make a node major or worse when all else is well: a property of the map.
pub fn single_points(graph: &Graph) -> Vec<Vec<NodeIndex>> {
    let mut points = vec![Vec::new(); graph.len()];
    let mut well = States::all_well(graph);
    well.propagate(graph);
    fail_each(graph, &well, |leaf, pos, before, after| {
        if after > before && after >= Severity::Major {
            points[graph.node(pos)].push(leaf);
        }
    });
    points
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
