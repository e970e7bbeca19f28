//! From observations to a world: matching, propagation, and every question asked of it.
//!
//! [`evaluate`] is the whole of it for one instant, and the reference; [`live`] keeps what need not be done again and
//! publishes worlds from its own thread. Nothing here computes a parent's state: that is
//! [`crate::domain::propagate`] alone, asked again with other leaves.

mod absorbed;
mod again;
mod assemble;
mod cause;
mod counted;
mod dirty;
mod evaluation;
mod index;
mod labelled;
mod ledger;
pub mod live;
mod losses;
mod margin;
mod money;
mod objectives;
mod observed;
mod own;
mod past;
mod planned;
mod ranking;
mod rates;
mod recall;
mod records;
mod replay;
mod roll;
mod standing;
pub mod whatif;
mod worth;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use chrono::Weekday;
use rustc_hash::FxHashMap;

use crate::domain::facts::Facts;
use crate::domain::graph::Graph;
use crate::domain::history::Memory;
use crate::domain::id::{NodeId, SourceName};
use crate::domain::map::{Kind, Map, Node, NodeIndex, Window};
use crate::domain::span::Instant;
use crate::domain::window;
use crate::domain::world::World;

pub use again::concluded_again;
use counted::Lost;
use evaluation::{Depth, Evaluation};
use index::Index;
use observed::Observed;
use past::{priced, timed};

/// A map with everything that follows from it alone.
#[derive(Debug)]
pub struct Model {
    /// The map.
    pub map: Arc<Map>,
    /// The map as flat arrays.
    pub graph: Arc<Graph>,
    signal_index: Index,
    ticket_index: Index,
    by_id: FxHashMap<String, NodeIndex>,
    source_places: FxHashMap<SourceName, u16>,
    /// Customers that need each node, directly or not, by index.
    customers: Vec<Vec<NodeIndex>>,
    /// Processes, in map order.
    processes: Vec<NodeIndex>,
    /// Nodes with matchers, in map order.
    matched: Vec<NodeIndex>,
    /// Nodes that rest on each source, by place in the map's list.
    resting: Vec<Vec<NodeIndex>>,
    single_points: OnceLock<Vec<Arc<[NodeIndex]>>>,
}

impl Model {
    /// Compiles a map.
    pub fn of(map: Arc<Map>) -> Self {
        let graph = Arc::new(Graph::of(&map));
        let by_id = map.named_nodes().map(|(index, node)| (node.id.as_str().to_owned(), index)).collect();
        let source_places = map.sources.iter().zip(0..).map(|(source, place)| (source.name.clone(), place)).collect();
        let customers = customers(&map, &graph);
        let processes = map.named_nodes().filter(|(_, node)| node.kind == Kind::Process).map(|(index, _)| index);
        let resting = map.sources.iter().map(|source| resting(&map, &source.name)).collect();
        let matched = map.named_nodes().filter(|(_, node)| !node.matches.is_empty()).map(|(index, _)| index);
        Self {
            processes: processes.collect(),
            matched: matched.collect(),
            resting,
            signal_index: Index::of(&map, |node| &node.matches),
            ticket_index: Index::of(&map, |node| &node.tickets),
            by_id,
            source_places,
            customers,
            single_points: OnceLock::new(),
            graph,
            map,
        }
    }

    /// The index of a named node.
    pub fn index_of(&self, id: &str) -> Option<NodeIndex> {
        self.by_id.get(id).copied()
    }

    fn source_place(&self, name: &SourceName) -> Option<u16> {
        self.source_places.get(name).copied()
    }

    fn single_points(&self) -> &[Arc<[NodeIndex]>] {
        self.single_points.get_or_init(|| margin::single_points(&self.graph))
    }
}

/// The nodes that a source is matched in or asked for, ascending.
fn resting(map: &Map, source: &SourceName) -> Vec<NodeIndex> {
    let rests = |node: &Node| {
        node.matches.iter().any(|matcher| matcher.source == *source)
            || node.check.as_ref().is_some_and(|check| check.source == *source)
    };
    map.nodes.iter().enumerate().filter(|(_, node)| rests(node)).map(|(index, _)| index).collect()
}

/// The customers above every node, parents before children.
fn customers(map: &Map, graph: &Graph) -> Vec<Vec<NodeIndex>> {
    let mut above: Vec<Vec<NodeIndex>> = vec![Vec::new(); map.nodes.len()];
    for pos in (0..graph.len() as u32).rev() {
        let node = graph.node(pos);
        let mut found: Vec<NodeIndex> =
            graph.parents(pos).iter().flat_map(|parent| above[graph.node(*parent)].iter().copied()).collect();
        if map.nodes[node].kind == Kind::Customer {
            found.push(node);
        }
        found.sort_unstable();
        found.dedup();
        above[node] = found;
    }
    above
}

/// A list that worlds share; an empty one takes no memory.
fn shared<T>(list: Vec<T>) -> Arc<[T]> {
    if list.is_empty() { Arc::default() } else { list.into() }
}

/// The world that follows from facts: matching, propagation, causes, money, objectives, clocks.
pub fn evaluate(model: &Model, facts: Facts) -> World {
    let observed = Observed::of(model, facts);
    let past = replay::replay(
        model,
        &observed.facts.history,
        observed.signals.iter(),
        &Lost::of(model, &observed.facts),
        observed.facts.covered.as_deref(),
        observed.facts.at,
    );
    whole(model, &observed, &past)
}

/// The world as it was: what was observed at an instant, and what was concluded up to it.
pub fn recalled(model: &Model, facts: Facts, memory: &Memory) -> World {
    let observed = Observed::of(model, facts);
    let past = past::Past::of(model, memory);
    whole(model, &observed, &past)
}

/// The full pass, every question asked.
fn whole(model: &Model, observed: &Observed, past: &past::Past) -> World {
    Evaluation::nothing(model).whole(model, observed, Depth::Full, past)
}

/// What must be remembered for a map: which nodes over time, which with their money, and since when at an instant:
/// for windows and for the month.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Nodes whose states over time are needed.
    pub timed: Vec<NodeId>,
    /// Processes whose money is.
    pub priced: Vec<NodeId>,
    /// How far back states are needed.
    pub windows: Instant,
    /// How far back money is.
    pub month: Instant,
}

impl Reach {
    /// What a map needs at an instant.
    pub fn of(map: &Map, at: Instant) -> Self {
        let ids = |nodes: BTreeSet<NodeIndex>| nodes.into_iter().map(|node| map.nodes[node].id.clone()).collect();
        let month = window::bounds(Window::Month, map.tz, Weekday::Mon, at).start;
        let starts = map.objectives.iter().map(|it| window::bounds(it.window, it.tz, it.week_starts, at).start);
        // Burn windows reach back before a calendar window that has just begun.
        let windows = starts.chain([month, at - objectives::LONGEST_BURN]).min().unwrap_or(month);
        // An incident may have begun in the month before.
        Self { timed: ids(timed(map)), priced: ids(priced(map)), windows, month: month - chrono::TimeDelta::days(7) }
    }
}
