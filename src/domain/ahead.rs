//! What is planned, and what it would break: the leaves of a planned window critical, asked of the same propagation.
//!
//! Plans that overlap are asked for together: a pair of which each half is worked on in the same night is down. What a
//! plan breaks and costs is what it adds to how things are and to what else is planned then.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::accrual;
use super::facts::MaintenanceFact;
use super::history::Recorded;
use super::maintenance::occurrences;
use super::map::{Kind, NodeIndex};
use super::propagate::{Scratch, States};
use super::severity::{Interval, Severity};
use super::span::{Instant, Span, Spans};
use super::timeline::Timeline;
use super::world::World;

/// How far ahead a person on duty looks: their shift and a little more.
pub const AHEAD: TimeDelta = TimeDelta::hours(12);

/// Money is counted no further ahead: what is planned without an end would cost without one.
const FORESEEN: TimeDelta = TimeDelta::days(31);

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
    /// Processes that would be worse with those nodes down than without, and how bad.
    pub breaks: Vec<(NodeIndex, Severity)>,
    /// Money that processes would lose for it in what is still to come of it, within a month, by the model.
    pub loss: Decimal,
}

/// What lies within or reaches into a stretch: changes that the world has, maintenance of its map, and what sources
/// reported; by time.
pub fn planned(world: &World, reported: &[Recorded<MaintenanceFact>], within: Span) -> Vec<Planned> {
    let map = &*world.map;
    let reaches = |span: Span| span.intersection(within).is_some();
    let mut found: Vec<Planned> = Vec::new();
    let mut add = |span: Span, change: Option<String>, summary: String, nodes: Vec<NodeIndex>| {
        found.push(Planned { span, change, summary, nodes, breaks: Vec::new(), loss: Decimal::ZERO });
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
    if world.nodes.len() == world.graph.len() {
        let states = as_shown(world);
        let mut outage = Outage { world, scratch: Scratch::new(&world.graph, &states) };
        for place in 0..found.len() {
            let (breaks, loss) = outage.adds(&found, place);
            (found[place].breaks, found[place].loss) = (breaks, loss);
        }
    }
    found
}

/// The most plans that are looked at beside one: each cuts its time once more.
const MOST_BESIDE: usize = 32;

/// How it would be with some nodes down.
struct Outage<'a> {
    world: &'a World,
    scratch: Scratch<'a>,
}

impl Outage<'_> {
    /// What a plan adds to how things are and to what else is planned for its time: processes that it makes worse, worst
    /// first, and the money that these lose more.
    fn adds(&mut self, plans: &[Planned], place: usize) -> (Vec<(NodeIndex, Severity)>, Decimal) {
        let plan = &plans[place];
        let meets = |other: &Planned| other.span.start < plan.span.end && plan.span.start < other.span.end;
        let others = plans.iter().enumerate().filter(|(at, other)| *at != place && meets(other));
        let others: Vec<&Planned> = others.map(|(_, other)| other).take(MOST_BESIDE).collect();
        let mut edges: Vec<Instant> = vec![plan.span.start, plan.span.end];
        edges.extend(
            others.iter().flat_map(|other| [other.span.start, other.span.end]).filter(|at| plan.span.contains(*at)),
        );
        edges.sort_unstable();
        edges.dedup();
        let (mut breaks, mut loss): (BTreeMap<NodeIndex, Severity>, _) = (BTreeMap::new(), Decimal::ZERO);
        for piece in edges.windows(2).map(|edge| Span::new(edge[0], edge[1])) {
            let beside = others.iter().filter(|other| other.span.contains(piece.start)).flat_map(|other| &other.nodes);
            let beside: Vec<NodeIndex> = beside.copied().collect();
            let without = self.worse(&beside);
            for (process, then) in self.worse(&[beside, plan.nodes.clone()].concat()) {
                let before = without.get(&process).copied().unwrap_or(self.world.nodes[process].interval.low);
                if then > before {
                    let worst = breaks.entry(process).or_insert(then);
                    *worst = then.max(*worst);
                    let more = self.lost(process, then, piece).saturating_sub(self.lost(process, before, piece));
                    loss = loss.saturating_add(more);
                }
            }
        }
        let mut breaks: Vec<(NodeIndex, Severity)> = breaks.into_iter().collect();
        breaks.sort_by_key(|(index, severity)| (Reverse(*severity), *index));
        (breaks, loss)
    }

    /// Named processes that are worse than they are with some nodes critical, and how bad.
    fn worse(&mut self, down: &[NodeIndex]) -> BTreeMap<NodeIndex, Severity> {
        let (graph, map) = (&self.world.graph, &self.world.map);
        for node in down.iter().filter(|node| **node < graph.len()) {
            self.scratch.assume(graph.pos(*node), Some(Interval::exactly(Severity::Critical)));
        }
        self.scratch.settle();
        let states = self.scratch.states();
        let then = self.scratch.changed().map(|(pos, _)| (graph.node(pos), states.state(pos).low));
        let is_hit = |(node, then): &(NodeIndex, Severity)| {
            map.nodes[*node].kind == Kind::Process && then.is_problem() && *then > self.world.nodes[*node].interval.low
        };
        let found = then.filter(is_hit).collect();
        self.scratch.undo();
        found
    }

    /// What a process loses at a severity in what is to come of a stretch; its profile weighs each hour.
    fn lost(&self, process: NodeIndex, severity: Severity, span: Span) -> Decimal {
        let now = self.world.at;
        let to_come = Span::new(span.start.max(now), span.end.clamp(now, now + FORESEEN));
        let timeline = Timeline { steps: vec![(to_come.start, Some(Interval::exactly(severity)))] };
        accrual::accrue(&self.world.map, process, &timeline, to_come, &Spans::from(to_come)).cost.low
    }
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
