//! Which nodes are in maintenance, and what the contract figures leave out for it.

use crate::domain::facts::Facts;
use crate::domain::graph::Pos;
use crate::domain::maintenance::occurrences;
use crate::domain::map::NodeIndex;
use crate::domain::span::Span;

use super::Model;

/// Nodes in maintenance at an instant, by index. What only such nodes need is in maintenance with them.
pub fn in_maintenance(model: &Model, facts: &Facts) -> Vec<bool> {
    let (map, graph, at) = (&model.map, &model.graph, facts.at);
    let mut within = vec![false; map.nodes.len()];
    let now = Span::new(at, at + chrono::TimeDelta::nanoseconds(1));
    let declared = map.maintenance.iter().filter(|it| occurrences(it, now).iter().any(|span| span.contains(at)));
    for node in declared.flat_map(|maintenance| &maintenance.nodes) {
        within[*node] = true;
    }
    for reported in facts.maintenance.iter().filter(|maintenance| maintenance.span.contains(at)) {
        for node in reported.nodes.iter().filter_map(|id| model.index_of(id.as_str())) {
            within[node] = true;
        }
    }
    if within.contains(&true) {
        for pos in (0..graph.len() as Pos).rev() {
            let parents = graph.parents(pos);
            if !parents.is_empty() && parents.iter().all(|parent| within[graph.node(*parent)]) {
                within[graph.node(pos)] = true;
            }
        }
    }
    within
}

/// What leaves the contract figure of objectives on exactly this node, with what for.
pub fn excluded(model: &Model, facts: &Facts, node: NodeIndex, within: Span) -> Vec<(Span, String)> {
    let id = &model.map.nodes[node].id;
    let named = |summary: &Option<String>| summary.clone().unwrap_or_else(|| format!("maintenance of {id}"));
    let mut found = Vec::new();
    for declared in model.map.maintenance.iter().filter(|it| it.excluded && it.nodes.contains(&node)) {
        found.extend(occurrences(declared, within).into_iter().map(|span| (span, named(&declared.summary))));
    }
    for reported in facts.maintenance.iter().filter(|it| it.excluded && it.nodes.contains(id)) {
        found.extend(reported.span.intersection(within).map(|span| (span, named(&reported.summary))));
    }
    found
}
