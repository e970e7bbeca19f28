//! Which children a node's state is due to, and how many more failures it bears: read from what `reduce` did.

use super::{End, Packed, States, counted, hits, low, pack, packed, reached, reduce};
use crate::domain::graph::{FlatEdge, Graph, Pos, Reducer, Row};
use crate::domain::severity::Severity;

/// How many more children must fail, at the least, before the needs make a node worse than they make it now; `None`
/// where no number of failures does.
pub fn failures_to_worse(graph: &Graph, states: &States, pos: Pos) -> Option<u32> {
    let (edges, reducer) = (graph.edges(pos), graph.reducer(pos));
    let now = low(packed(states.needed(graph, pos)));
    let critical = pack(Severity::Critical.level(), Severity::Critical.level());
    let local: Vec<Packed> = edges.iter().map(|edge| states.results[edge.child as usize]).collect();
    let renumbered: Vec<FlatEdge> =
        edges.iter().enumerate().map(|(number, edge)| FlatEdge { child: number as Pos, ..*edge }).collect();
    let weight = |number: usize| match reducer {
        Reducer::Share(share) => share.weights[number].cast_signed(),
        Reducer::Points(rule) => rule.costs[number][usize::from(Severity::Critical.level())],
        _ => 1,
    };
    // Every rule asks how many, or how much, is at least so bad: only those help whose failure takes them there, and of
    // those the heaviest first.
    let enough = |level: u8| {
        let crosses = |(number, edge): &(usize, FlatEdge)| {
            edge.seen(low(local[*number])) < level && edge.seen(low(critical)) >= level
        };
        let mut failing: Vec<usize> = counted(edges).filter(crosses).map(|(number, _)| number).collect();
        failing.sort_by_key(|number| std::cmp::Reverse(weight(*number)));
        let mut failed = local.clone();
        failing.into_iter().zip(1..).find_map(|(number, count)| {
            failed[number] = critical;
            (low(reduce(reducer, &renumbered, &failed)) > now).then_some(count)
        })
    };
    (1..=Severity::Critical.level()).filter_map(enough).min()
}

/// Which children make a node as bad as its needs make it, at one end; by number of the edge. Empty where what the
/// needs make of it is ok.
pub fn contributing(graph: &Graph, states: &States, pos: Pos, end: End) -> Vec<usize> {
    let edges = graph.edges(pos);
    let reducer = graph.reducer(pos);
    let result = end.of(packed(states.needed(graph, pos)));
    if result == 0 {
        return Vec::new();
    }
    let at_or_above = |at: u8| hits(edges, &states.results, end, at).collect::<Vec<_>>();
    match reducer {
        Reducer::Leaf => Vec::new(),
        Reducer::Worst | Reducer::NthWorst(_) | Reducer::NthBest(_) => at_or_above(result),
        Reducer::AtLeast { down, .. } | Reducer::AtLeastOrWarn { down, .. } => {
            let failed = at_or_above(*down);
            // Nobody is down where the count asks for more children than there are: then the worst decide.
            if failed.is_empty() { at_or_above(result) } else { failed }
        }
        Reducer::Share(share) => {
            let (rows, weights) = (&share.rows, &share.weights);
            let is_reached = |row: &&Row| {
                let (low, high) = reached(row, weights, edges, &states.results);
                (if end == End::Low { low } else { high }) >= row.need
            };
            let giving = rows.iter().filter(|row| row.gives == result).filter(is_reached);
            let Some(lowest) = giving.clone().min_by_key(|row| row.at) else { return Vec::new() };
            let by_weight = giving.clone().all(|row| row.of_weight);
            let mut found = at_or_above(lowest.at);
            found.retain(|number| !by_weight || weights[*number] > 0);
            found
        }
        Reducer::Exponential(_) => at_or_above(Severity::Warning.level()),
        Reducer::Points(rule) => counted(edges)
            .filter(|(number, edge)| {
                rule.costs[*number][usize::from(edge.seen(end.of(states.results[edge.child as usize])))] > 0
            })
            .map(|(number, _)| number)
            .collect(),
        Reducer::Not | Reducer::Exactly(_) => counted(edges).map(|(number, _)| number).collect(),
    }
}
