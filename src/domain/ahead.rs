//! What is planned, and what it would break: the leaves of a planned window critical, asked of the same propagation.

use chrono::TimeDelta;

use super::facts::MaintenanceFact;
use super::history::Recorded;
use super::maintenance::occurrences;
use super::map::NodeIndex;
use super::propagate::{Scratch, States};
use super::severity::{Interval, Severity};
use super::span::Span;
use super::world::World;

/// How far ahead a person on duty looks: their shift and a little more.
pub const AHEAD: TimeDelta = TimeDelta::hours(12);

/// Something planned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planned {
    /// When.
    pub span: Span,
    /// What the record of it is called: `source:id` of a change; `None` for maintenance.
    pub change: Option<String>,
    /// What for.
    pub summary: String,
    /// The nodes it touches.
    pub nodes: Vec<NodeIndex>,
    /// Processes that would be worse than they are with those nodes down, and how bad.
    pub breaks: Vec<(NodeIndex, Severity)>,
}

/// What lies within or reaches into a stretch: changes that the world has, maintenance of its map, and what sources
/// reported; by time.
pub fn planned(world: &World, reported: &[Recorded<MaintenanceFact>], within: Span) -> Vec<Planned> {
    let map = &*world.map;
    let reaches = |span: Span| span.intersection(within).is_some();
    let mut found: Vec<Planned> = Vec::new();
    let mut add = |span: Span, change: Option<String>, summary: String, nodes: Vec<NodeIndex>| {
        let breaks = breaks(world, &nodes);
        found.push(Planned { span, change, summary, nodes, breaks });
    };
    for change in world.changes.iter().filter(|change| reaches(change.item.window)) {
        let id = format!("{}:{}", change.item.source, change.item.id);
        add(change.item.window, Some(id), change.item.summary.to_string(), change.nodes.to_vec());
    }
    for declared in &map.maintenance {
        for span in occurrences(declared, within).into_iter().filter(|span| reaches(*span)) {
            add(span, None, declared.summary.clone().unwrap_or_default(), declared.nodes.clone());
        }
    }
    for reported in reported.iter().filter(|reported| reported.until.is_none() && reaches(reported.item.span)) {
        let nodes = reported.item.nodes.iter().filter_map(|id| map.index_of(id.as_str())).collect();
        add(reported.item.span, None, reported.item.summary.clone().unwrap_or_default(), nodes);
    }
    found.sort_by(|a, b| (a.span, &a.change).cmp(&(b.span, &b.change)));
    found
}

/// Named processes that would be worse than they are if some nodes were critical, worst first.
pub fn breaks(world: &World, nodes: &[NodeIndex]) -> Vec<(NodeIndex, Severity)> {
    let graph = &world.graph;
    if nodes.is_empty() || world.nodes.len() != graph.len() {
        return Vec::new();
    }
    let states = as_shown(world);
    let mut scratch = Scratch::new(graph, &states);
    for node in nodes.iter().filter(|node| **node < graph.len()) {
        scratch.assume(graph.pos(*node), Some(Interval::exactly(Severity::Critical)));
    }
    scratch.settle();
    let processes = world.map.named_nodes().filter(|(_, node)| node.kind == super::map::Kind::Process);
    let mut found: Vec<(NodeIndex, Severity)> = processes
        .map(|(index, _)| (index, scratch.states().state(graph.pos(index)).low))
        .filter(|(index, then)| then.is_problem() && *then > world.nodes[*index].interval.low)
        .collect();
    found.sort_by_key(|(index, severity)| (std::cmp::Reverse(*severity), *index));
    found
}

/// The states of a world as a vector that questions can be asked of: what a node shows and its needs do not explain
/// is its own.
fn as_shown(world: &World) -> States {
    let graph = &world.graph;
    let mut states = States::all_well(graph);
    for leaf in graph.leaves() {
        states.set_own(*leaf, world.nodes[graph.node(*leaf)].interval);
    }
    states.propagate(graph);
    for (index, node) in world.map.nodes.iter().enumerate() {
        let (pos, shown) = (graph.pos(index), world.nodes[index].interval);
        if !node.needs.is_empty() && !node.matches.is_empty() && states.state(pos) != shown {
            states.set_own(pos, shown);
        }
    }
    states.propagate(graph);
    states
}
