//! Random maps: leaves, and nodes and groups over them under every rule, through edges with every key.

use proptest::prelude::*;

use super::node as named;
use crate::domain::map::{Kind, Map, Need, Node};
use crate::domain::rule::{Edge, Quantity, Reach, Rule, ShareRow};
use crate::domain::severity::Interval;
use crate::domain::severity::Severity::{self, Critical, Major, Unclassified, Warning};

/// A node by number.
pub(crate) fn node(id: usize, needs: Vec<Need>, rule: Rule) -> Node {
    Node { needs, rule, ..named(&format!("n{id}"), Kind::Service) }
}

pub(crate) fn severities() -> impl Strategy<Value = Severity> {
    (0_u8..7).prop_map(Severity::from_level)
}

pub(crate) fn intervals() -> impl Strategy<Value = Interval> {
    prop_oneof![3 => severities().prop_map(Interval::exactly), 1 => severities().prop_map(|low| Interval { low, high: Critical })]
}

pub(crate) fn monotone_rules() -> impl Strategy<Value = Rule> {
    prop_oneof![
        Just(Rule::Worst),
        (1_u32..5).prop_map(Rule::NthWorst),
        (1_u32..5).prop_map(Rule::NthBest),
        (1_u32..5, severities()).prop_map(|(need, down)| Rule::AtLeast {
            need: Quantity::Count(need),
            warn: None,
            down: down.max(Unclassified)
        }),
        (2_u32..5).prop_map(|need| Rule::AtLeast {
            need: Quantity::Count(need),
            warn: Some(Quantity::Count(need - 1)),
            down: Warning
        }),
        (1_u32..100, severities(), severities()).prop_map(|(percent, at, gives)| Rule::Share(vec![
            ShareRow { reach: Reach::Percent(percent.into()), at: at.max(Unclassified), gives },
            ShareRow { reach: Reach::Count(2), at: Major, gives: Critical },
        ])),
        (2_u32..4).prop_map(Rule::Exponential),
        Just(Rule::Points(vec![(Warning, 80.into()), (Critical, 40.into())])),
    ]
}

/// What `map` makes of every severity: it never falls.
fn severity_maps() -> impl Strategy<Value = [Severity; 7]> {
    prop::array::uniform7(severities()).prop_map(|mut map| {
        map.sort_unstable();
        map
    })
}

/// Edges with every key that an edge has.
pub(crate) fn edges() -> impl Strategy<Value = Edge> {
    let keys = (
        -2_i8..3,
        prop::option::weighted(0.2, severities()),
        prop::option::weighted(0.1, severities()),
        prop::option::weighted(0.15, severity_maps()),
    );
    (0_i64..4, prop::bool::weighted(0.1), keys).prop_map(|(weight, ignore, (shift, cap, set, map))| Edge {
        weight: weight.into(),
        ignore,
        seen: Edge::table(shift, cap, set, map),
        points: Edge::points_of(&[(Warning, 10.into()), (Major, 30.into())]),
    })
}

/// Leaves `0..leaves`, then inner nodes, each over some of what stands before it.
pub(crate) fn maps(leaves: usize, any_rule: bool) -> impl Strategy<Value = Map> {
    let rule = if any_rule {
        prop_oneof![6 => monotone_rules(), 1 => Just(Rule::Not), 1 => (0_u32..3).prop_map(Rule::Exactly)].boxed()
    } else {
        monotone_rules().boxed()
    };
    let needs = prop::collection::vec((any::<prop::sample::Index>(), edges()), 1..5);
    let inner = (needs, rule, prop::bool::weighted(0.3));
    prop::collection::vec(inner, 1..7).prop_map(move |inner| {
        let mut nodes: Vec<Node> = (0..leaves).map(|id| node(id, Vec::new(), Rule::Worst)).collect();
        for (picks, rule, is_group) in inner {
            let mut needs: Vec<Need> = Vec::new();
            for (pick, edge) in picks {
                let child = pick.index(nodes.len());
                if needs.iter().all(|need| need.node != child) {
                    needs.push(Need { node: child, edge });
                }
            }
            let kind = if is_group { Kind::Group } else { Kind::Service };
            nodes.push(Node { kind, ..node(nodes.len(), needs, rule) });
        }
        Map { named: nodes.len(), nodes, ..Map::empty() }
    })
}
