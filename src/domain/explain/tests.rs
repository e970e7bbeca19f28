//! An explanation is enough: whoever has the rule and what is listed comes to the same state.

use std::sync::Arc;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::map::Need;
use crate::domain::testing::at;
use crate::domain::testing::random::{edges, intervals, maps, node, severities};
use crate::domain::world::NodeState;

/// A rule over what a node sees of its children, as the table of rules says it: no compiled graph, no intervals.
fn by_hand(rule: &Rule, children: &[(Severity, &Edge)]) -> Severity {
    let count = |is: &dyn Fn(Severity) -> bool| children.iter().filter(|(seen, _)| is(*seen)).count() as u64;
    let mut sorted: Vec<Severity> = children.iter().map(|(seen, _)| *seen).collect();
    sorted.sort_unstable();
    let (all, worst) = (sorted.len() as u64, sorted.last().copied().unwrap_or_default());
    let nth = |from_best: usize| sorted.get(from_best).copied().unwrap_or_default();
    let least = |quantity: Quantity| match quantity {
        Quantity::Count(count) => u64::from(count),
        Quantity::Percent(percent) => {
            (0..=all).find(|up| Decimal::from(100 * up) >= percent * Decimal::from(all)).unwrap_or(u64::MAX)
        }
    };
    match rule {
        Rule::Worst => worst,
        Rule::NthWorst(n) => nth(sorted.len().saturating_sub(*n as usize)),
        Rule::NthBest(n) => nth((*n as usize).min(sorted.len()).saturating_sub(1)),
        Rule::AtLeast { need, warn, down } => {
            let up = count(&|seen| seen < *down);
            match warn {
                _ if up >= least(*need) => Severity::Ok,
                None => worst,
                Some(warn) if up >= least(*warn) => Severity::Warning,
                Some(_) => Severity::Critical,
            }
        }
        Rule::Share(rows) => {
            let weight = |is: &dyn Fn(Severity) -> bool| -> Decimal {
                children.iter().filter(|(seen, _)| is(*seen)).map(|(_, edge)| edge.weight).sum()
            };
            let whole = weight(&|_| true);
            let reached = |row: &&crate::domain::rule::ShareRow| match row.reach {
                Reach::Percent(percent) => {
                    whole > Decimal::ZERO && weight(&|seen| seen >= row.at) * Decimal::ONE_HUNDRED >= percent * whole
                }
                Reach::Count(reach) => count(&|seen| seen >= row.at) >= u64::from(reach),
                Reach::Weight(reach) => weight(&|seen| seen >= row.at) >= reach,
            };
            rows.iter().filter(reached).map(|row| row.gives).max().unwrap_or_default()
        }
        Rule::Exponential(base) => {
            let base = u64::from(*base);
            let power = |level: u8| base.pow(u32::from(level - Severity::Warning.level()));
            let sum: u64 = sorted.iter().filter(|seen| seen.is_problem()).map(|seen| power(seen.level())).sum();
            let reached = Severity::ALL.into_iter().filter(|level| level.is_problem() && sum >= power(level.level()));
            reached.max().unwrap_or_default()
        }
        Rule::Points(bounds) => {
            let cost: Decimal = children.iter().map(|(seen, edge)| edge.points[usize::from(seen.level())]).sum();
            let health = Decimal::ONE_HUNDRED - cost;
            bounds.iter().filter(|(_, bound)| health <= *bound).map(|(gives, _)| *gives).max().unwrap_or_default()
        }
        Rule::Not => Severity::from_level(Severity::Critical.level() - worst.level()),
        Rule::Exactly(n) => {
            let up = count(&|seen: Severity| seen.is_up());
            if up == u64::from(*n) { Severity::Ok } else { Severity::Critical }
        }
    }
}

/// The world of a map whose leaves are in these states.
fn world(map: Map, leaves: &[Interval]) -> World {
    let graph = Graph::of(&map);
    let mut states = States::all_well(&graph);
    for (leaf, state) in leaves.iter().enumerate() {
        states.set_own(graph.pos(leaf), *state);
    }
    states.propagate(&graph);
    let state = |node| Arc::new(NodeState { interval: states.state(graph.pos(node)), ..NodeState::default() });
    let nodes = (0..map.nodes.len()).map(state).collect();
    World { nodes, graph: Arc::new(graph), map: Arc::new(map), ..World::empty(at("2026-11-24T10:00:00Z")) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// The rule over all that is listed gives the state; and over what decides, with all else well, it still does.
    #[test]
    fn an_explanation_comes_to_the_same_state(map in maps(6, true), leaves in prop::collection::vec(intervals(), 6)) {
        let world = world(map, &leaves);
        for (index, node) in world.map.nodes.iter().enumerate().filter(|(_, node)| !node.needs.is_empty()) {
            let state = world.nodes[index].interval;
            let listed: Vec<ExplainedChild> =
                explain(&world, index).children.into_iter().filter(|child| child.depth == 0).collect();
            prop_assert_eq!(listed.len(), node.needs.len());
            let over = |seen: &dyn Fn(&ExplainedChild, Interval) -> Severity| {
                let pairs = listed.iter().zip(&node.needs);
                let counted: Vec<(Severity, &Edge)> =
                    pairs.filter_map(|(child, need)| Some((seen(child, child.seen?), &need.edge))).collect();
                by_hand(&node.rule, &counted)
            };
            let is_monotone = !matches!(node.rule, Rule::Not | Rule::Exactly(_));
            if is_monotone || listed.iter().all(|child| child.seen.is_none_or(Interval::is_known)) {
                prop_assert_eq!((over(&|_, seen| seen.low), over(&|_, seen| seen.high)), (state.low, state.high), "{}", node.id);
            }
            let (end, shown): (fn(Interval) -> Severity, Severity) = match state.shown() {
                Shown::Unknown => (|seen| seen.high, state.high),
                Shown::Severity(severity) => (|seen| seen.low, severity),
            };
            // A rule that is a problem even when all is well has nobody to name.
            let is_so_anyway = over(&|_, _| Severity::Ok) >= shown;
            if is_bad(state) && is_monotone && !is_so_anyway {
                let only = over(&|child, seen| if child.decides { end(seen) } else { Severity::Ok });
                prop_assert_eq!(only, shown, "{}: {:?}", &node.id, &listed);
            }
        }
    }

    /// One node over leaves: what is not listed as deciding could be anything better.
    #[test]
    fn what_decides_is_enough(
        rule in crate::domain::testing::random::monotone_rules(),
        edges in prop::collection::vec(edges(), 2..7),
        leaves in prop::collection::vec(severities(), 7),
    ) {
        let count = edges.len();
        let mut nodes: Vec<_> = (0..count).map(|id| node(id, Vec::new(), Rule::Worst)).collect();
        let needs = edges.into_iter().enumerate().map(|(leaf, edge)| Need { node: leaf, edge }).collect();
        nodes.push(node(count, needs, rule));
        let map = Map { named: nodes.len(), nodes, ..Map::empty() };
        let leaves: Vec<Interval> = leaves[..count].iter().copied().map(Interval::exactly).collect();
        let whole = world(map.clone(), &leaves);
        let deciding: Vec<usize> =
            explain(&whole, count).children.iter().filter(|child| child.decides).map(|child| child.node).collect();
        let result = whole.nodes[count].interval.low;
        prop_assume!(result.is_problem() && !deciding.is_empty());
        let kept = |(leaf, state): (usize, &Interval)| if deciding.contains(&leaf) { *state } else { Interval::default() };
        let rest: Vec<Interval> = leaves.iter().enumerate().map(kept).collect();
        prop_assert_eq!(world(map, &rest).nodes[count].interval.low, result);
    }
}
