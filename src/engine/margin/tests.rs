//! Margins against brute force: each leaf failed alone, by full passes.

use proptest::prelude::*;

use super::*;
use crate::domain::map::{Kind, Map, Need};
use crate::domain::rule::{Edge, Quantity, Rule};
use crate::domain::testing::{map, node};

const LEAVES: usize = 5;
const INNER: usize = 4;

fn rules() -> impl Strategy<Value = Rule> {
    prop_oneof![
        Just(Rule::Worst),
        (1_u32..4).prop_map(Rule::NthWorst),
        (1_u32..4).prop_map(Rule::NthBest),
        (1_u32..4).prop_map(|need| Rule::AtLeast { need: Quantity::Count(need), warn: None, down: Severity::Warning }),
        (2_u32..4).prop_map(Rule::Exponential),
        Just(Rule::Not),
        (0_u32..4).prop_map(Rule::Exactly),
    ]
}

/// Five leaves, and four nodes that each need some of what comes before them.
fn maps() -> impl Strategy<Value = Map> {
    prop::collection::vec((rules(), prop::collection::vec(any::<bool>(), LEAVES + INNER)), INNER).prop_map(|inner| {
        let mut nodes: Vec<_> = (0..LEAVES).map(|leaf| node(&format!("l{leaf}"), Kind::Component)).collect();
        for (number, (rule, wanted)) in inner.into_iter().enumerate() {
            let before = LEAVES + number;
            let mut needs: Vec<usize> = (0..before).filter(|place| wanted[*place]).collect();
            if needs.is_empty() {
                needs.push(before - 1);
            }
            let mut service = node(&format!("s{number}"), Kind::Service);
            service.rule = rule;
            service.needs = needs.into_iter().map(|node| Need { node, edge: Edge::default() }).collect();
            nodes.push(service);
        }
        map(nodes)
    })
}

fn leaf_states() -> impl Strategy<Value = Vec<(Interval, bool)>> {
    let severities = || prop::sample::select(Severity::ALL.to_vec());
    let state = (severities(), severities(), any::<bool>());
    let state = state.prop_map(|(a, b, assumed)| (Interval { low: a.min(b), high: a.max(b) }, assumed));
    prop::collection::vec(state, LEAVES)
}

fn pass(graph: &Graph, leaves: &[(Interval, bool)]) -> States {
    let mut states = States::all_well(graph);
    for (leaf, (state, assumed)) in leaves.iter().enumerate() {
        if *assumed {
            states.assume(graph.pos(leaf), Some(*state));
        } else {
            states.set_own(graph.pos(leaf), *state);
        }
    }
    states.propagate(graph);
    states
}

proptest! {
    #[test]
    fn margins_equal_brute_force(map in maps(), leaves in leaf_states()) {
        let graph = Graph::of(&map);
        let well = pass(&graph, &[]);
        let now = pass(&graph, &leaves);
        let points = single_points(&graph);
        let found = margins(&graph, &now, &points);
        for (node, single) in points.iter().enumerate().skip(LEAVES) {
            let low = |states: &States| states.state(graph.pos(node)).low;
            let (mut worse, mut near, mut alone) = (Vec::new(), Vec::new(), Vec::new());
            for leaf in 0..LEAVES {
                let fail = |mut leaves: Vec<(Interval, bool)>| {
                    leaves[leaf] = (Interval::exactly(Severity::Critical), false);
                    low(&pass(&graph, &leaves))
                };
                let (after, from_well) = (fail(leaves.clone()), fail(vec![(Interval::default(), false); LEAVES]));
                if after > low(&now) {
                    worse.push(leaf);
                    if low(&now).is_up() && after >= Severity::Major && low(&well) < Severity::Major {
                        near.push(leaf);
                    }
                }
                if from_well > low(&well) && from_well >= Severity::Major {
                    alone.push(leaf);
                }
            }
            let sorted = |list: &[NodeIndex]| {
                let mut list = list.to_vec();
                list.sort_unstable();
                list
            };
            prop_assert_eq!(sorted(&found.worse[node]), worse);
            prop_assert_eq!(found.near[node], near.iter().any(|leaf| !alone.contains(leaf)));
            prop_assert_eq!(sorted(single), alone);
        }
    }
}
