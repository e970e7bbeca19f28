//! Why a node is as it is, in words: the rule, the children that decide, how far it is to the next worse state.
//!
//! It reads a finished world and computes no state: what it says is what the propagation did.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::graph::Graph;
use super::map::{Kind, Map, NodeIndex};
use super::propagate::{End, States, contributing, failures_to_worse};
use super::rule::{Edge, Quantity, Reach, Rule};
use super::severity::{Interval, Severity, Shown};
use super::world::World;

pub mod figures;

/// Why a node is as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// The rule, in words.
    pub rule: String,
    /// What it comes to, with the numbers that decided.
    pub verdict: String,
    /// The children, in map order, those of unnamed groups indented below them.
    pub children: Vec<ExplainedChild>,
    /// How far it is to the next worse state.
    pub margin: String,
    /// How the cost rate follows; of processes with a cost only.
    pub cost: Option<String>,
}

/// A child as the node sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExplainedChild {
    /// Which.
    pub node: NodeIndex,
    /// How deep it is below unnamed groups.
    pub depth: usize,
    /// Its own state.
    pub state: Interval,
    /// What the node sees of it, through the edge; `None` where the edge is ignored.
    pub seen: Option<Interval>,
    /// What the edge makes of its state, in words; empty where it takes it as it is.
    pub through: String,
    /// Whether it makes the node what it is.
    pub decides: bool,
}

/// Explains a node of a world. Rebuilds the states from the world's own intervals, so that nothing is evaluated anew.
pub fn explain(world: &World, node: NodeIndex) -> Explanation {
    let (map, graph) = (&*world.map, &*world.graph);
    let states = states_of(world, graph);
    let mut children = Vec::new();
    add_children(map, graph, &states, node, 0, &mut children);
    let state = world.nodes[node].interval;
    Explanation {
        rule: rule_words(map, node),
        verdict: verdict(map, graph, &states, node, state),
        children,
        margin: margin(map, graph, &states, node, state),
        cost: figures::cost_rate(world, node),
    }
}

/// The states of a world, as the propagation left them.
fn states_of(world: &World, graph: &Graph) -> States {
    let mut states = States::all_well(graph);
    for (node, state) in world.nodes.iter().enumerate() {
        states.assume(graph.pos(node), Some(state.interval));
    }
    states.propagate(graph);
    states
}

fn add_children(
    map: &Map,
    graph: &Graph,
    states: &States,
    node: NodeIndex,
    depth: usize,
    found: &mut Vec<ExplainedChild>,
) {
    let pos = graph.pos(node);
    let end = if states.state(pos).shown() == Shown::Unknown { End::High } else { End::Low };
    let deciding = contributing(graph, states, pos, end);
    let bad = is_bad(states.state(pos));
    let lows: Vec<_> = states.seen(graph, pos, End::Low).collect();
    let highs: Vec<_> = states.seen(graph, pos, End::High).collect();
    for (edge, (child, low)) in lows.into_iter().enumerate() {
        let index = graph.node(child);
        let seen = low.zip(highs[edge].1).map(|(low, high)| Interval { low, high });
        found.push(ExplainedChild {
            node: index,
            depth,
            state: states.state(child),
            seen,
            through: map.nodes[node]
                .needs
                .get(edge)
                .map_or_else(String::new, |need| edge_words(&map.nodes[node].rule, &need.edge, states.state(child))),
            decides: bad && deciding.contains(&edge),
        });
        if map.nodes[index].kind == Kind::Group {
            add_children(map, graph, states, index, depth + 1, found);
        }
    }
}

fn is_bad(state: Interval) -> bool {
    match state.shown() {
        Shown::Unknown => true,
        Shown::Severity(severity) => severity.is_problem(),
    }
}

/// What an edge makes of the state of a child, in words; empty where the node takes it as it is.
pub fn edge_words(rule: &Rule, edge: &Edge, state: Interval) -> String {
    if edge.ignore {
        return "ignored".to_owned();
    }
    let mut words = Vec::new();
    if let Shown::Severity(own) = state.shown() {
        let seen = edge.seen[usize::from(own.level())];
        let most = edge.seen[usize::from(Severity::Critical.level())];
        let levels = own.level().abs_diff(seen.level());
        let levels = if levels == 1 { "one level".to_owned() } else { format!("{levels} levels") };
        match seen.cmp(&own) {
            Ordering::Equal => {}
            Ordering::Greater => words.push(format!("counts {levels} worse here ({own} → {seen})")),
            Ordering::Less if seen == most => words.push(format!("capped at {seen} here")),
            Ordering::Less => words.push(format!("counts {levels} milder here ({own} → {seen})")),
        }
    }
    // Under other rules a weight decides nothing.
    let weighs = matches!(rule, Rule::Share(_) | Rule::Points(_));
    if weighs && edge.weight != Decimal::ONE {
        words.push(format!("weight {}", edge.weight.normalize()));
    }
    words.join(", ")
}

/// A rule in words.
pub fn rule_words(map: &Map, node: NodeIndex) -> String {
    let it = &map.nodes[node];
    let of = it.needs.iter().filter(|need| !need.edge.ignore).count();
    match &it.rule {
        _ if it.needs.is_empty() => match (&it.check, it.manual) {
            (Some(check), _) => format!("the query {}", check.query),
            (None, true) => "ok by hand".to_owned(),
            (None, false) => "the worst of its own signals".to_owned(),
        },
        Rule::Worst => "the worst of what it needs".to_owned(),
        Rule::NthWorst(n) => format!("the {n}. worst of {of}"),
        Rule::NthBest(1) => format!("the best of {of}"),
        Rule::NthBest(n) => format!("the {n}. best of {of}"),
        Rule::AtLeast { need, warn: None, .. } => {
            format!("ok while at least {} of {of} are up, else the worst", quantity(*need))
        }
        Rule::AtLeast { need, warn: Some(warn), .. } => {
            format!(
                "ok while at least {} of {of} are up, warning while {}, else critical",
                quantity(*need),
                quantity(*warn)
            )
        }
        Rule::Share(rows) => {
            let row = |row: &super::rule::ShareRow| {
                let reach = match row.reach {
                    Reach::Percent(percent) => format!("{percent} % of the weight"),
                    Reach::Count(count) => format!("{count} of {of}"),
                    Reach::Weight(weight) => format!("weight {weight}"),
                };
                format!("{} at {reach} {} or worse", row.gives, row.at)
            };
            rows.iter().map(row).collect::<Vec<_>>().join(", ")
        }
        Rule::Exponential(base) => format!("{base} of one severity make one of the next"),
        Rule::Points(bounds) => {
            let bound = |(severity, bound): &(Severity, Decimal)| format!("{severity} at {bound}");
            format!("100 less points: {}", bounds.iter().map(bound).collect::<Vec<_>>().join(", "))
        }
        Rule::Not => "the mirror of the worst".to_owned(),
        Rule::Exactly(n) => format!("ok while exactly {n} of {of} are up, else critical"),
    }
}

fn quantity(quantity: Quantity) -> String {
    match quantity {
        Quantity::Count(count) => count.to_string(),
        Quantity::Percent(percent) => format!("{} %", percent.normalize()),
    }
}

fn verdict(map: &Map, graph: &Graph, states: &States, node: NodeIndex, state: Interval) -> String {
    let pos = graph.pos(node);
    let seen: Vec<Severity> = states.seen(graph, pos, End::Low).filter_map(|(_, seen)| seen).collect();
    let shown = match state.shown() {
        Shown::Unknown => "unknown: ok at best, critical at worst".replace("critical", state.high.word()),
        Shown::Severity(severity) => severity.to_string(),
    };
    if seen.is_empty() {
        return shown;
    }
    let numbers = match &map.nodes[node].rule {
        Rule::Points(_) => states.points(graph, pos).map(|(points, scale)| {
            format!("100 - points = {}", (Decimal::from(points) / Decimal::from(scale)).normalize())
        }),
        Rule::Share(_) => {
            let count = |at: Severity| seen.iter().filter(|seen| **seen >= at).count();
            let levels = [Severity::Critical, Severity::Major, Severity::Minor, Severity::Warning];
            let counts =
                levels.into_iter().filter(|at| count(*at) > 0).map(|at| format!("{} {at} or worse", count(at)));
            Some(counts.collect::<Vec<_>>().join(", "))
        }
        _ => Some(format!("{} of {} up", seen.iter().filter(|seen| seen.is_up()).count(), seen.len())),
    };
    match numbers.filter(|numbers| !numbers.is_empty()) {
        Some(numbers) => format!("{shown} ({numbers})"),
        None => shown,
    }
}

fn margin(map: &Map, graph: &Graph, states: &States, node: NodeIndex, state: Interval) -> String {
    if map.nodes[node].needs.is_empty() || state.low == Severity::Critical {
        return String::new();
    }
    match failures_to_worse(graph, states, graph.pos(node)) {
        Some(1) => "one more failure makes it worse".to_owned(),
        Some(count) => format!("{} more failures change nothing, the next makes it worse", count - 1),
        None => "no failure of what it needs makes it worse".to_owned(),
    }
}

#[cfg(test)]
mod tests;
