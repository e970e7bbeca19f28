//! Each rule by hand, the traps that peers fell into, and what must hold whatever the map.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::map::{Map, Need};
use crate::domain::rule::{Edge, Quantity, Reach, Rule, ShareRow};
use crate::domain::testing;
use crate::domain::testing::random::{edges, intervals, maps, monotone_rules, node, severities};

/// A map of leaves and one node over them.
fn star(edges: Vec<Edge>, rule: Rule) -> Map {
    let count = edges.len();
    let mut nodes: Vec<Node> = (0..count).map(|id| node(id, Vec::new(), Rule::Worst)).collect();
    let needs = edges.into_iter().enumerate().map(|(leaf, edge)| Need { node: leaf, edge }).collect();
    nodes.push(node(count, needs, rule));
    Map { named: nodes.len(), nodes, ..Map::empty() }
}

fn evaluate(map: &Map, leaves: &[Interval]) -> (Graph, States) {
    let graph = Graph::of(map);
    let mut states = States::all_well(&graph);
    for (leaf, state) in leaves.iter().enumerate() {
        states.set_own(graph.pos(leaf), *state);
    }
    states.propagate(&graph);
    (graph, states)
}

fn result(rule: Rule, leaves: &[Severity]) -> Severity {
    let map = star(vec![Edge::default(); leaves.len()], rule);
    let leaves: Vec<Interval> = leaves.iter().copied().map(Interval::exactly).collect();
    let (graph, states) = evaluate(&map, &leaves);
    states.state(graph.pos(map.nodes.len() - 1)).low
}

use Severity::{Critical, Info, Major, Minor, Ok as Fine, Unclassified, Warning};

#[test]
fn nth_is_clamped_to_the_last() {
    assert_eq!(result(Rule::NthWorst(2), &[Critical, Minor, Fine]), Minor);
    assert_eq!(result(Rule::NthWorst(9), &[Critical, Minor, Fine]), Fine);
    assert_eq!(result(Rule::NthBest(1), &[Critical, Minor]), Minor);
    assert_eq!(result(Rule::NthBest(9), &[Critical, Minor]), Critical);
}

#[test]
fn up_is_not_a_problem_and_not_the_same_as_ok() {
    let need = |need, down| Rule::AtLeast { need: Quantity::Count(need), warn: None, down };
    assert_eq!(result(need(2, Warning), &[Info, Unclassified, Critical]), Fine);
    assert_eq!(result(need(3, Warning), &[Info, Unclassified, Critical]), Critical);
    assert_eq!(result(need(2, Major), &[Minor, Warning, Critical]), Fine);
}

#[test]
fn percentages_of_children_are_compared_as_whole_numbers() {
    let need = |percent: &str| Rule::AtLeast {
        need: Quantity::Percent(percent.parse().expect("a decimal")),
        warn: None,
        down: Warning,
    };
    assert_eq!(result(need("60"), &[Fine, Fine, Fine, Major, Major]), Fine);
    assert_eq!(result(need("60.01"), &[Fine, Fine, Fine, Major, Major]), Major);
    assert_eq!(result(need("33.3"), &[Fine, Major, Major]), Fine);
}

#[test]
fn warn_is_the_step_between_ok_and_critical() {
    let rule = Rule::AtLeast { need: Quantity::Count(3), warn: Some(Quantity::Count(2)), down: Warning };
    assert_eq!(result(rule.clone(), &[Fine, Fine, Minor]), Warning);
    assert_eq!(result(rule, &[Fine, Minor, Minor]), Critical);
}

#[test]
fn a_count_in_a_share_is_of_children_whatever_they_weigh() {
    let weighed = |weight: i64| Edge { weight: Decimal::from(weight), ..Edge::default() };
    let row = |reach, gives| ShareRow { reach, at: Major, gives };
    let state = |rows: Vec<ShareRow>, bad: &[usize]| {
        let map = star(vec![weighed(100), weighed(1), weighed(1)], Rule::Share(rows));
        let leaves: Vec<Interval> =
            (0..3).map(|leaf| Interval::exactly(if bad.contains(&leaf) { Major } else { Fine })).collect();
        let (graph, states) = evaluate(&map, &leaves);
        states.state(graph.pos(3)).low
    };
    assert_eq!(state(vec![row(Reach::Count(2), Critical)], &[0]), Fine);
    assert_eq!(state(vec![row(Reach::Count(2), Critical)], &[1, 2]), Critical);
    assert_eq!(state(vec![row(Reach::Percent(50.into()), Critical)], &[1, 2]), Fine);
    assert_eq!(state(vec![row(Reach::Percent(50.into()), Critical)], &[0]), Critical);
    assert_eq!(state(vec![row(Reach::Weight(2.into()), Warning)], &[1, 2]), Warning);
}

/// Beside a hair of weight a heap of it still counts, and so many of them that no whole number holds all.
#[test]
fn fine_and_heavy_weights_add_up_without_overflow() {
    let weights = |list: &[&str]| -> Vec<Edge> {
        list.iter().map(|weight| Edge { weight: testing::dec(weight), ..Edge::default() }).collect()
    };
    let row =
        |percent: i64| Rule::Share(vec![ShareRow { reach: Reach::Percent(percent.into()), at: Major, gives: Major }]);
    let state = |edges: Vec<Edge>, rule: Rule, bad: &[usize]| {
        let count = edges.len();
        let state = |leaf: usize| Interval::exactly(if bad.contains(&leaf) { Major } else { Fine });
        let leaves: Vec<Interval> = (0..count).map(state).collect();
        let (graph, states) = evaluate(&star(edges, rule), &leaves);
        states.state(graph.pos(count)).low
    };
    let thirds = || weights(&["0.333333333", "0.333333333", "0.333333334"]);
    assert_eq!(state(thirds(), row(34), &[0]), Fine);
    assert_eq!(state(thirds(), row(33), &[0]), Major);
    let mut many = weights(&vec!["100000000"; 2000]);
    many[0].weight = testing::dec("0.000000001");
    assert_eq!(state(many.clone(), row(50), &(1000..2000).collect::<Vec<_>>()), Major);
    assert_eq!(state(many, row(50), &(1001..2000).collect::<Vec<_>>()), Fine);
    let costs = Edge::points_of(&[(Warning, testing::dec("100000000")), (Critical, testing::dec("100000000"))]);
    let mut edges = vec![Edge { points: costs, ..Edge::default() }; 2000];
    edges[0].points = Edge::points_of(&[(Warning, testing::dec("0.000000001"))]);
    let rule = Rule::Points(vec![(Major, testing::dec("-100000000"))]);
    assert_eq!(state(edges.clone(), rule.clone(), &[0, 1]), Fine);
    assert_eq!(state(edges, rule, &(0..2000).collect::<Vec<_>>()), Major);
}

#[test]
fn exponents_are_compared_as_integers() {
    assert_eq!(result(Rule::Exponential(3), &[Warning; 9]), Major);
    assert_eq!(result(Rule::Exponential(3), &[Warning; 8]), Minor);
    assert_eq!(result(Rule::Exponential(2), &[Critical, Critical, Critical]), Critical);
    assert_eq!(result(Rule::Exponential(2), &[Info, Info]), Fine);
}

#[test]
fn exactly_is_in_doubt_only_where_a_completion_can_reach_or_miss_it() {
    let unknown = Interval { low: Fine, high: Critical };
    let state = |n, leaves: &[Interval]| {
        let map = star(vec![Edge::default(); leaves.len()], Rule::Exactly(n));
        let (graph, states) = evaluate(&map, leaves);
        states.state(graph.pos(leaves.len()))
    };
    assert_eq!(state(1, &[Interval::exactly(Fine), Interval::exactly(Major)]), Interval::exactly(Fine));
    assert_eq!(state(2, &[Interval::exactly(Fine), unknown]), unknown);
    assert_eq!(state(3, &[Interval::exactly(Fine), unknown]), Interval::exactly(Critical));
    assert_eq!(state(0, &[Interval::exactly(Fine), unknown]), Interval::exactly(Critical));
}

#[test]
fn failures_to_worse_counts_what_redundancy_is_left() {
    let map = star(vec![Edge::default(); 3], Rule::AtLeast { need: Quantity::Count(1), warn: None, down: Warning });
    let (graph, states) = evaluate(&map, &[Interval::exactly(Critical), Interval::default(), Interval::default()]);
    assert_eq!(failures_to_worse(&graph, &states, graph.pos(3)), Some(2));
}

fn all_states(graph: &Graph, states: &States) -> Vec<Interval> {
    (0..graph.len()).map(|node| states.state(graph.pos(node))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// A leaf that gets worse, by a step or by all of them, never makes a node better, under monotone rules.
    #[test]
    fn worse_leaves_never_improve_a_node(
        map in maps(5, false),
        leaves in prop::collection::vec(intervals(), 5),
        which in 0_usize..5,
        worse in intervals(),
    ) {
        let (graph, before) = evaluate(&map, &leaves);
        let mut leaves = leaves;
        leaves[which] = leaves[which].worse(worse);
        let (_, after) = evaluate(&map, &leaves);
        for (before, after) in all_states(&graph, &before).iter().zip(all_states(&graph, &after)) {
            prop_assert!(before.low <= after.low && before.high <= after.high);
        }
    }

    /// Asking again for the ancestors alone gives what the full pass gives, and undo restores every byte.
    #[test]
    fn incremental_equals_full(map in maps(6, true), leaves in prop::collection::vec(intervals(), 6), changes in prop::collection::vec((0_usize..6, intervals()), 1..4)) {
        let (graph, states) = evaluate(&map, &leaves);
        let mut scratch = Scratch::new(&graph, &states);
        let mut changed = leaves.clone();
        for (leaf, state) in changes {
            scratch.set_own(graph.pos(leaf), state);
            changed[leaf] = state;
            scratch.settle();
        }
        let (_, full) = evaluate(&map, &changed);
        prop_assert_eq!(all_states(&graph, scratch.states()), all_states(&graph, &full));
        scratch.undo();
        prop_assert_eq!(all_states(&graph, scratch.states()), all_states(&graph, &states));
        prop_assert_eq!(&scratch.states().own, &states.own);
    }

    /// The interval holds every completion of what is not known; under monotone rules both ends are reached.
    #[test]
    fn the_interval_holds_every_completion(
        map in prop_oneof![maps(8, true), maps(8, false)],
        leaves in prop::collection::vec(intervals(), 8),
        between in prop::collection::vec(prop::collection::vec(0_u8..7, 8), 24),
    ) {
        let (graph, states) = evaluate(&map, &leaves);
        let monotone = map.nodes.iter().all(|node| !matches!(node.rule, Rule::Not | Rule::Exactly(_)));
        let (mut least, mut most) = (vec![Critical; graph.len()], vec![Fine; graph.len()]);
        let mut completed = States::all_well(&graph);
        let mut complete = |pick: &dyn Fn(usize, Interval) -> Severity| {
            for (leaf, state) in leaves.iter().enumerate() {
                completed.set_own(graph.pos(leaf), Interval::exactly(pick(leaf, *state)));
            }
            completed.propagate(&graph);
            for (node, state) in all_states(&graph, &completed).iter().enumerate() {
                least[node] = least[node].min(state.low);
                most[node] = most[node].max(state.high);
            }
        };
        // Every choice of ends, and some of what lies between them, which is all that a rule that is not monotone needs.
        for choice in 0_u32..1 << leaves.len() {
            complete(&|leaf, state| if choice >> leaf & 1 == 0 { state.low } else { state.high });
        }
        for levels in &between {
            complete(&|leaf, state| Severity::from_level(levels[leaf]).clamp(state.low, state.high));
        }
        for (node, state) in all_states(&graph, &states).iter().enumerate() {
            prop_assert!(state.low <= least[node] && most[node] <= state.high, "{node}: {state:?} against {:?}..{:?}", least[node], most[node]);
            prop_assert!(!monotone || (state.low, state.high) == (least[node], most[node]));
        }
    }

    /// Repairing all contributing children lowers the result, and repairing any one other child does not change it.
    #[test]
    fn contributing_children_are_those_that_matter(rule in monotone_rules(), edges in prop::collection::vec(edges(), 2..6), leaves in prop::collection::vec(severities(), 6)) {
        let count = edges.len();
        let map = star(edges, rule);
        let leaves: Vec<Interval> = leaves[..count].iter().copied().map(Interval::exactly).collect();
        let (graph, states) = evaluate(&map, &leaves);
        let top = graph.pos(count);
        let result = states.state(top).low;
        prop_assume!(result.is_problem());
        let found = contributing(&graph, &states, top, End::Low);
        let repaired = |which: &dyn Fn(usize) -> bool| {
            let leaves: Vec<Interval> = leaves.iter().enumerate().map(|(leaf, state)| if which(leaf) { Interval::default() } else { *state }).collect();
            evaluate(&map, &leaves).1.state(top).low
        };
        // Bounds that all children well already meet can't be repaired.
        if repaired(&|_| true) < result {
            prop_assert!(repaired(&|leaf| found.contains(&leaf)) < result, "{found:?}");
        }
        for other in (0..count).filter(|leaf| !found.contains(leaf)) {
            prop_assert_eq!(repaired(&|leaf| leaf == other), result);
        }
    }
}
