//! The map as flat arrays in topological order: children stand before parents, so that one walk evaluates all.
//!
//! A node's place here is its *position* ([`Pos`]), not its index in the map. Everything a rule needs (shares of a
//! weight, percentages of a count) is turned into whole numbers once, so that evaluation compares integers and is
//! exact. Built once a map; never changed.

use rust_decimal::Decimal;

use super::exact::times;
use super::map::{Map, Node, NodeIndex};
use super::rule::{Edge, Quantity, Reach, Rule};
use super::severity::Severity;

/// Digits after the point that weights and points are counted with; configuration takes no finer ones.
pub const FINEST: u32 = 9;

/// A place in topological order.
pub type Pos = u32;

/// The compiled map.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Position → index in the map.
    node_at: Vec<NodeIndex>,
    /// Index in the map → position.
    pos_of: Vec<Pos>,
    /// Where the edges of each position start; one more entry than there are positions.
    starts: Vec<u32>,
    /// Edges to children, by position of the parent.
    edges: Vec<FlatEdge>,
    /// The same edges the other way: where each child's parents start.
    parent_starts: Vec<u32>,
    /// Parents by position of the child.
    parents: Vec<Pos>,
    /// The rule of each position.
    reducers: Vec<Reducer>,
    /// Leaves, by position, ascending.
    leaves: Vec<Pos>,
}

/// An edge in eight bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlatEdge {
    /// The child.
    pub(super) child: Pos,
    /// What the parent sees of each severity, three bits a level; bit 31 is set where the edge is ignored.
    pub(super) table: u32,
}

const IGNORED: u32 = 1 << 31;

impl FlatEdge {
    pub(super) fn new(child: Pos, edge: &Edge) -> Self {
        let packed = edge.seen.iter().rev().fold(0, |table, seen| table << 3 | u32::from(seen.level()));
        Self { child, table: if edge.ignore { packed | IGNORED } else { packed } }
    }

    /// The level that the parent sees of a child's level.
    #[inline]
    pub(super) const fn seen(self, level: u8) -> u8 {
        (self.table >> (3 * level)) as u8 & 7
    }

    /// Whether the child is shown only.
    pub(super) const fn is_ignored(self) -> bool {
        self.table & IGNORED != 0
    }
}

/// A rule over a known list of children, in whole numbers: sixteen bytes, as every node's is read in every pass.
#[derive(Clone, Debug)]
pub(super) enum Reducer {
    /// A leaf: only its own state.
    Leaf,
    /// The worst child.
    Worst,
    /// The n-th worst, clamped.
    NthWorst(u32),
    /// The n-th best, clamped.
    NthBest(u32),
    /// Counts of children that are up; the worst child where there are too few.
    AtLeast { need: u32, down: u8 },
    /// The same with a bound for a warning, and critical below it.
    AtLeastOrWarn { need: u32, warn: u32, down: u8 },
    /// Rows over counts and weights.
    Share(Box<Shares>),
    /// Base, from 2.
    Exponential(u32),
    /// Points.
    Points(Box<Points>),
    /// The worst child mirrored.
    Not,
    /// Exactly so many up.
    Exactly(u32),
}

/// A share rule.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    /// Any of them may give.
    pub(super) rows: Box<[Row]>,
    /// By edge.
    pub(super) weights: Box<[u64]>,
}

/// A points rule; all numbers times `scale`.
#[derive(Clone, Debug)]
pub(super) struct Points {
    /// By edge and level.
    pub(super) costs: Box<[[i64; 7]]>,
    /// From the worst severity.
    pub(super) bounds: Box<[(u8, i64)]>,
    pub(super) scale: i64,
}

/// A row of a share rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// At least so much of it.
    pub(super) need: u64,
    /// Of the weight, or of the number of children.
    pub(super) of_weight: bool,
    /// At or above this level.
    pub(super) at: u8,
    /// Gives this level.
    pub(super) gives: u8,
}

impl Graph {
    /// Compiles a map. A map that `config` checked has no cycle; of one that has, the nodes on it come last and in
    /// map order, and evaluate as if the edges that close it were not there yet.
    pub fn of(map: &Map) -> Self {
        let node_at = topological(map);
        let mut pos_of = vec![0; node_at.len()];
        for (pos, node) in node_at.iter().enumerate() {
            pos_of[*node] = pos as Pos;
        }
        let (mut starts, mut edges, mut reducers, mut leaves) = (vec![0], Vec::new(), Vec::new(), Vec::new());
        for (pos, index) in node_at.iter().enumerate() {
            let node = &map.nodes[*index];
            edges.extend(node.needs.iter().map(|need| FlatEdge::new(pos_of[need.node], &need.edge)));
            starts.push(edges.len() as u32);
            let counted: Vec<&Edge> = node.needs.iter().map(|need| &need.edge).collect();
            reducers.push(if counted.is_empty() { Reducer::Leaf } else { compile(&node.rule, &counted) });
            if node.needs.is_empty() {
                leaves.push(pos as Pos);
            }
        }
        let (parent_starts, parents) = reversed(&starts, &edges, node_at.len());
        Self { node_at, pos_of, starts, edges, parent_starts, parents, reducers, leaves }
    }

    /// How many nodes there are, groups included.
    pub fn len(&self) -> usize {
        self.node_at.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.node_at.is_empty()
    }

    /// The index in the map of a position.
    pub fn node(&self, pos: Pos) -> NodeIndex {
        self.node_at[pos as usize]
    }

    /// The position of an index in the map.
    pub fn pos(&self, node: NodeIndex) -> Pos {
        self.pos_of[node]
    }

    /// Nodes without needs, ascending.
    pub fn leaves(&self) -> &[Pos] {
        &self.leaves
    }

    /// Who needs a node; one entry an edge.
    pub fn parents(&self, pos: Pos) -> &[Pos] {
        &self.parents[self.parent_starts[pos as usize] as usize..self.parent_starts[pos as usize + 1] as usize]
    }

    /// What a node needs, in the order of the map.
    pub fn children(&self, pos: Pos) -> impl Iterator<Item = Pos> + '_ {
        self.edges(pos).iter().map(|edge| edge.child)
    }

    #[inline]
    pub(super) fn edges(&self, pos: Pos) -> &[FlatEdge] {
        &self.edges[self.starts[pos as usize] as usize..self.starts[pos as usize + 1] as usize]
    }

    #[inline]
    pub(super) fn reducer(&self, pos: Pos) -> &Reducer {
        &self.reducers[pos as usize]
    }
}

/// Kahn's algorithm, children first; ties keep map order, so that the walk is the same every time.
fn topological(map: &Map) -> Vec<NodeIndex> {
    let mut waiting: Vec<usize> = map.nodes.iter().map(|node| node.needs.len()).collect();
    let mut needed_by: Vec<Vec<NodeIndex>> = vec![Vec::new(); map.nodes.len()];
    for (index, node) in map.nodes.iter().enumerate() {
        for need in &node.needs {
            needed_by[need.node].push(index);
        }
    }
    let mut order: Vec<NodeIndex> = (0..map.nodes.len()).filter(|index| waiting[*index] == 0).collect();
    let mut next = 0;
    while let Some(index) = order.get(next).copied() {
        next += 1;
        for parent in &needed_by[index] {
            waiting[*parent] -= 1;
            if waiting[*parent] == 0 {
                order.push(*parent);
            }
        }
    }
    order.extend((0..map.nodes.len()).filter(|index| waiting[*index] > 0));
    order
}

fn reversed(starts: &[u32], edges: &[FlatEdge], count: usize) -> (Vec<u32>, Vec<Pos>) {
    let mut parent_starts = vec![0_u32; count + 1];
    for edge in edges {
        parent_starts[edge.child as usize + 1] += 1;
    }
    for pos in 0..count {
        parent_starts[pos + 1] += parent_starts[pos];
    }
    let (mut fill, mut parents) = (parent_starts.clone(), vec![0; edges.len()]);
    for parent in 0..count {
        for edge in &edges[starts[parent] as usize..starts[parent + 1] as usize] {
            let slot = &mut fill[edge.child as usize];
            parents[*slot as usize] = parent as Pos;
            *slot += 1;
        }
    }
    (parent_starts, parents)
}

/// A rule over children by the given edges.
pub(super) fn compile(rule: &Rule, edges: &[&Edge]) -> Reducer {
    let counted = edges.iter().filter(|edge| !edge.ignore).count() as u32;
    match rule {
        Rule::Worst => Reducer::Worst,
        Rule::NthWorst(n) => Reducer::NthWorst(*n),
        Rule::NthBest(n) => Reducer::NthBest(*n),
        Rule::AtLeast { need, warn, down } => {
            let (need, down) = (count_of(*need, counted), down.level());
            match warn.map(|warn| count_of(warn, counted)) {
                None => Reducer::AtLeast { need, down },
                Some(warn) => Reducer::AtLeastOrWarn { need, warn, down },
            }
        }
        Rule::Share(rows) => {
            let scale = digits(edges.iter().map(|edge| edge.weight));
            let weigh = |edge: &&Edge| if edge.ignore { 0 } else { scaled(edge.weight, scale).max(0) as u64 };
            let weights: Box<[u64]> = edges.iter().map(weigh).collect();
            let whole = weights.iter().fold(0_u64, |sum, weight| sum.saturating_add(*weight));
            let rows = rows.iter().map(|row| Row {
                need: match row.reach {
                    // A share of no weight at all is never reached.
                    Reach::Percent(_) if whole == 0 => u64::MAX,
                    Reach::Percent(percent) => least_part(percent, whole),
                    Reach::Count(count) => count.into(),
                    Reach::Weight(weight) => ceiling(times(weight, Decimal::from(10_u64.pow(scale)))),
                },
                of_weight: !matches!(row.reach, Reach::Count(_)),
                at: row.at.level(),
                gives: row.gives.level(),
            });
            Reducer::Share(Box::new(Shares { rows: rows.collect(), weights }))
        }
        Rule::Exponential(base) => Reducer::Exponential(*base),
        Rule::Points(bounds) => {
            let numbers = edges.iter().flat_map(|edge| edge.points).chain(bounds.iter().map(|(_, bound)| *bound));
            let scale = digits(numbers);
            let cost =
                |edge: &&Edge| if edge.ignore { [0; 7] } else { edge.points.map(|points| scaled(points, scale)) };
            let mut bounds: Vec<(u8, i64)> =
                bounds.iter().map(|(severity, bound)| (severity.level(), scaled(*bound, scale))).collect();
            bounds.sort_unstable_by_key(|(level, _)| std::cmp::Reverse(*level));
            let costs = edges.iter().map(cost).collect();
            Reducer::Points(Box::new(Points { costs, bounds: bounds.into(), scale: 10_i64.pow(scale) }))
        }
        Rule::Not => Reducer::Not,
        Rule::Exactly(n) => Reducer::Exactly(*n),
    }
}

/// The least number of children that is so many in a hundred of all: the least k with 100·k ≥ p·n.
fn count_of(quantity: Quantity, children: u32) -> u32 {
    match quantity {
        Quantity::Count(count) => count,
        Quantity::Percent(percent) => least_part(percent, children.into()).try_into().unwrap_or(u32::MAX),
    }
}

/// The least whole k with 100·k ≥ percent·whole.
fn least_part(percent: Decimal, whole: u64) -> u64 {
    ceiling(times(percent, Decimal::from(whole)) / Decimal::ONE_HUNDRED)
}

fn ceiling(number: Decimal) -> u64 {
    number.ceil().try_into().unwrap_or(if number.is_sign_negative() { 0 } else { u64::MAX })
}

/// Digits after the point that numbers have, fewer where their sum would leave no room for so many.
fn digits(numbers: impl Iterator<Item = Decimal>) -> u32 {
    let (mut digits, mut sum) = (0, Decimal::ZERO);
    for number in numbers {
        digits = number.normalize().scale().clamp(digits, FINEST);
        sum = sum.saturating_add(number.abs());
    }
    let fits = |digits: &u32| times(sum, Decimal::from(10_u64.pow(*digits))) < Decimal::from(i64::MAX / 4);
    (0..=digits).rev().find(fits).unwrap_or(0)
}

fn scaled(number: Decimal, scale: u32) -> i64 {
    times(number, Decimal::from(10_u64.pow(scale))).round().try_into().unwrap_or(i64::MAX / 4096)
}

/// A leaf that is a query: its series are children of the node's own rule.
pub(super) fn compile_series(node: &Node, series: usize) -> Reducer {
    let edge = Edge::default();
    compile(&node.rule, &vec![&edge; series])
}

/// A level as a severity.
pub(super) const fn severity(level: u8) -> Severity {
    Severity::from_level(level)
}
