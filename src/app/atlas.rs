//! What the screens need to know of a map and of a world in more than one place, found once instead of a row.

use std::sync::Arc;
use std::sync::OnceLock;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};

use super::coverage::{Gap, Single};
use crate::domain::facts::Freshness;
use crate::domain::id::{NodeId, SourceName};
use crate::domain::map::{Kind, Map, Node, NodeIndex};
use crate::domain::order;
use crate::domain::severity::{Severity, Shown};
use crate::domain::span::Instant;
use crate::domain::world::{Absorbed, AbsorbedWhy, NodeState, World};

/// What a map says about itself.
#[derive(Clone, Debug, Default)]
pub struct Atlas {
    /// The named nodes of each kind, in file order.
    pub processes: Vec<NodeIndex>,
    /// Customers, in file order.
    pub customers: Vec<NodeIndex>,
    /// By node: the customers that need it, directly or not.
    pub customers_of: Vec<Vec<NodeIndex>>,
    /// By node: the objectives that are its own.
    pub objectives_of: Vec<Vec<usize>>,
    /// By node: the nodes that need it directly.
    pub parents: Vec<Vec<NodeIndex>>,
    /// By node: the sources that it rests on itself, by place in the map's list.
    rests_on: Vec<Vec<u16>>,
    /// Whether an amount was converted by a rate, so that totals are marked.
    pub converted: bool,
    /// All nodes, each after all that it needs.
    upward: Vec<NodeIndex>,
    /// The index of every node, groups included.
    places: FxHashMap<NodeId, NodeIndex>,
}

impl Atlas {
    /// Reads a map.
    pub fn of(map: &Map) -> Self {
        let count = map.nodes.len();
        let of_kind = |kind: Kind| {
            map.named_nodes().filter(move |(_, node)| node.kind == kind).map(|(index, _)| index).collect::<Vec<_>>()
        };
        let mut atlas = Self {
            processes: of_kind(Kind::Process),
            customers: of_kind(Kind::Customer),
            customers_of: vec![Vec::new(); count],
            objectives_of: vec![Vec::new(); count],
            rests_on: map.nodes.iter().map(|node| rests_on(map, node)).collect(),
            parents: vec![Vec::new(); count],
            converted: map.nodes.iter().any(|node| node.value.as_ref().is_some_and(|value| value.per_hour.converted)),
            upward: upward(map),
            places: map.nodes.iter().enumerate().map(|(index, node)| (node.id.clone(), index)).collect(),
        };
        for (index, node) in map.nodes.iter().enumerate() {
            for need in &node.needs {
                atlas.parents[need.node].push(index);
            }
        }
        for (index, objective) in map.objectives.iter().enumerate() {
            atlas.objectives_of[objective.node].push(index);
        }
        for customer in &atlas.customers {
            let mut todo = vec![*customer];
            while let Some(index) = todo.pop() {
                for need in &map.nodes[index].needs {
                    let known = &mut atlas.customers_of[need.node];
                    if known.last() != Some(customer) {
                        known.push(*customer);
                        todo.push(need.node);
                    }
                }
            }
        }
        atlas
    }

    /// The index of a node by its id, of a group too.
    pub fn index_of(&self, id: &NodeId) -> Option<NodeIndex> {
        self.places.get(id).copied()
    }
}

/// The sources that a node is matched in or that are asked for it.
fn rests_on(map: &Map, node: &Node) -> Vec<u16> {
    let named = node.matches.iter().map(|matcher| &matcher.source);
    let named = named.chain(node.check.iter().map(|check| &check.source));
    let place = |name: &SourceName| map.sources.iter().position(|source| source.name == *name);
    let mut places: Vec<u16> = named.filter_map(place).map(|place| place as u16).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// All nodes, each after all that it needs.
fn upward(map: &Map) -> Vec<NodeIndex> {
    let mut done = vec![false; map.nodes.len()];
    let mut order = Vec::with_capacity(done.len());
    for root in 0..done.len() {
        let mut todo = vec![(root, 0)];
        while let Some((index, next)) = todo.pop() {
            if done[index] {
                continue;
            }
            if let Some(need) = map.nodes[index].needs.get(next) {
                todo.push((index, next + 1));
                todo.push((need.node, 0));
            } else {
                done[index] = true;
                order.push(index);
            }
        }
    }
    order
}

/// How processes stand, in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Certain states, by level of severity.
    pub by_level: [usize; 7],
    /// Shown as unknown.
    pub unknown: usize,
}

impl Counts {
    /// Of one severity.
    pub const fn of(&self, severity: Severity) -> usize {
        self.by_level[severity as usize]
    }

    /// Neither a problem nor unknown.
    pub fn fine(&self) -> usize {
        Severity::ALL.iter().filter(|severity| severity.is_up()).map(|severity| self.of(*severity)).sum()
    }
}

/// What the screens need to know of a world in more than one place.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// How the processes stand.
    pub counts: Counts,
    /// By node: the worst freshness of a source that it rests on, and that source's age; empty while all are fresh.
    pub trust: Vec<(Freshness, Option<TimeDelta>)>,
    /// The sources that are not fresh, worst first.
    pub bad_sources: Vec<usize>,
    /// The last change of a named node.
    pub last_change: Option<Instant>,
    /// Problems of named nodes that redundancy absorbs, by the node that absorbs them.
    pub absorbed: Vec<(NodeIndex, Absorbed)>,
    /// Processes that one more failure makes major or worse.
    pub fragile: Vec<NodeIndex>,
    /// Time to breach by node.
    pub breaches: Vec<Option<TimeDelta>>,
    /// No source has answered yet, and there is one.
    pub waiting: bool,
    /// The gaps of the map, once somebody looks.
    pub gaps: OnceLock<Vec<Gap>>,
    /// The single points of failure, once somebody looks.
    pub singles: OnceLock<Vec<Single>>,
    /// Figures over all nodes and causes, once somebody looks.
    sums: OnceLock<Sums>,
}

/// Figures over all nodes and causes of a world.
#[derive(Clone, Debug)]
pub struct Sums {
    /// What all processes are worth per hour now.
    pub value: Decimal,
    /// The causes of at least a hundredth of the certain loss and their parts of it, greatest first.
    pub dearest: Vec<(usize, Decimal)>,
}

impl Sums {
    fn of(world: &World) -> Self {
        // Shares add up to the rate.
        let total = world.cost_per_hour.low;
        let shares = world.causes.iter().map(|cause| cause.share.low).enumerate();
        let is_dear = |share: &Decimal| !share.is_zero() && share.saturating_mul(Decimal::ONE_HUNDRED) >= total;
        let dear = shares.filter(|(_, share)| total > Decimal::ZERO && is_dear(share));
        let mut dearest: Vec<(usize, Decimal)> = dear.map(|(at, share)| (at, share / total)).collect();
        dearest.sort_by_key(|(_, part)| std::cmp::Reverse(*part));
        let values = world.nodes.iter().filter_map(|state| Some(state.money.as_ref()?.value_at_risk));
        Self { value: values.fold(Decimal::ZERO, Decimal::saturating_add), dearest }
    }
}

/// Whether no source has answered yet, and there is one.
pub fn is_waiting(world: &World) -> bool {
    !world.sources.is_empty() && world.sources.iter().all(|source| source.freshness == Freshness::Pending)
}

impl Reading {
    /// Reads a world.
    pub fn of(world: &World, atlas: &Atlas) -> Self {
        let states = Self {
            counts: counts(world, atlas),
            absorbed: absorbed(world),
            fragile: fragile(world, atlas),
            last_change: world.nodes.iter().take(world.map.named).filter_map(|state| state.since).max(),
            ..Self::default()
        };
        states.with_sources(world, atlas)
    }

    #[must_use]
    /// Reads a world after another one, of which most nodes mostly are as they were.
    pub fn after(&self, before: &World, world: &World, atlas: &Atlas) -> Self {
        let is_as_before = |(was, is): (&Arc<NodeState>, &Arc<NodeState>)| {
            Arc::ptr_eq(was, is)
                || was.interval == is.interval
                    && was.since == is.since
                    && was.one_failure_away == is.one_failure_away
                    && was.absorbed == is.absorbed
        };
        let is_same_map = Arc::ptr_eq(&before.map, &world.map) && before.nodes.len() == world.nodes.len();
        if !is_same_map || !before.nodes.iter().zip(&world.nodes).all(is_as_before) {
            return Self::of(world, atlas);
        }
        let states = Self {
            counts: self.counts,
            absorbed: self.absorbed.clone(),
            fragile: self.fragile.clone(),
            last_change: self.last_change,
            ..Self::default()
        };
        states.with_sources(world, atlas)
    }

    /// The same with what sources and objectives say.
    fn with_sources(self, world: &World, atlas: &Atlas) -> Self {
        let mut bad_sources: Vec<usize> =
            (0..world.sources.len()).filter(|at| world.sources[*at].freshness != Freshness::Fresh).collect();
        bad_sources.sort_by_key(|at| std::cmp::Reverse(world.sources[*at].freshness));
        Self {
            trust: if bad_sources.is_empty() { Vec::new() } else { trust(world, atlas) },
            bad_sources,
            breaches: order::breaches(&world.map, &world.objectives),
            waiting: is_waiting(world),
            ..self
        }
    }

    /// Figures over all nodes and causes of the world that was read.
    pub fn sums(&self, world: &World) -> &Sums {
        self.sums.get_or_init(|| Sums::of(world))
    }

    /// How far what is shown of a node can be trusted to be still so.
    pub fn trust(&self, node: NodeIndex) -> Freshness {
        self.trust.get(node).map_or(Freshness::Fresh, |(freshness, _)| *freshness)
    }

    /// How long the lost source that a node rests on has been silent; `None` while none is lost.
    pub fn lost_for(&self, node: NodeIndex) -> Option<TimeDelta> {
        self.trust.get(node).filter(|(freshness, _)| *freshness == Freshness::Lost)?.1
    }
}

/// How the processes of a world stand.
pub fn counts(world: &World, atlas: &Atlas) -> Counts {
    let mut counts = Counts::default();
    for state in atlas.processes.iter().filter_map(|index| world.nodes.get(*index)) {
        match state.interval.shown() {
            Shown::Severity(severity) => counts.by_level[usize::from(severity.level())] += 1,
            Shown::Unknown => counts.unknown += 1,
        }
    }
    counts
}

fn absorbed(world: &World) -> Vec<(NodeIndex, Absorbed)> {
    let redundant = |absorbed: &&Absorbed| matches!(absorbed.why, AbsorbedWhy::Redundancy { .. });
    let (mut found, mut known): (Vec<(NodeIndex, Absorbed)>, _) = (Vec::new(), FxHashSet::default());
    for (index, state) in world.nodes.iter().enumerate() {
        for absorbed in state.absorbed.iter().filter(redundant) {
            // The same child may be absorbed on several paths; the first that says so is enough.
            if known.insert(&absorbed.what) {
                found.push((index, absorbed.clone()));
            }
        }
    }
    found
}

fn fragile(world: &World, atlas: &Atlas) -> Vec<NodeIndex> {
    let is_fragile = |index: &NodeIndex| world.nodes.get(*index).is_some_and(|state| state.one_failure_away);
    atlas.processes.iter().copied().filter(is_fragile).collect()
}

fn trust(world: &World, atlas: &Atlas) -> Vec<(Freshness, Option<TimeDelta>)> {
    let mut trust = vec![(Freshness::Fresh, None); world.map.nodes.len()];
    for index in &atlas.upward {
        let sources = atlas.rests_on[*index].iter().filter_map(|place| world.sources.get(usize::from(*place)));
        let own = sources.map(|source| (source.freshness, source.age));
        let below = world.map.nodes[*index].needs.iter().map(|need| trust[need.node]);
        trust[*index] = own.chain(below).max().unwrap_or((Freshness::Fresh, None));
    }
    trust
}

/// The freshness of a source by name; one that is not listed is fresh.
pub fn source_freshness(world: &World, name: &SourceName) -> Freshness {
    world.sources.iter().find(|source| source.name == *name).map_or(Freshness::Fresh, |source| source.freshness)
}
