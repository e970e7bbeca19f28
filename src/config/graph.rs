//! What only the whole map shows: cycles, counts that cannot be reached, value that would count twice.

use rust_decimal::Decimal;

use super::names::Scope;
use super::needs::Graph;
use super::reader::Place;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::rule::{Quantity, Reach, Rule};

/// Runs all checks.
pub(super) fn check(graph: &Graph, scope: &Scope<'_>) {
    cycles(graph, scope);
    for node in 0..graph.nodes.len() {
        unreachable_counts(graph, node, scope);
    }
    counted_twice(graph, scope);
}

/// Reports one path for every way back that a walk in depth finds. Without recursion: a chain may be long.
fn cycles(graph: &Graph, scope: &Scope<'_>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Never,
        OnPath,
        Done,
    }
    let mut seen = vec![Seen::Never; graph.nodes.len()];
    for root in 0..graph.nodes.len() {
        if seen[root] != Seen::Never {
            continue;
        }
        let mut path = vec![(root, 0)];
        seen[root] = Seen::OnPath;
        while let Some((node, next)) = path.last_mut() {
            let (at, index) = (*node, *next);
            *next += 1;
            let Some(need) = graph.nodes[at].needs.get(index) else {
                seen[at] = Seen::Done;
                path.pop();
                continue;
            };
            match seen[need.node] {
                Seen::Never => {
                    seen[need.node] = Seen::OnPath;
                    path.push((need.node, 0));
                }
                Seen::OnPath => {
                    let nodes: Vec<NodeIndex> = path.iter().map(|(node, _)| *node).collect();
                    report_cycle(graph, &nodes, need.node, graph.places[at][index], scope);
                }
                Seen::Done => {}
            }
        }
    }
}

fn report_cycle(graph: &Graph, path: &[NodeIndex], back_to: NodeIndex, at: Place, scope: &Scope<'_>) {
    let start = path.iter().position(|node| *node == back_to).unwrap_or(0);
    let round = path[start..].iter().chain([&back_to]);
    let named = round.filter(|node| graph.nodes[**node].kind != Kind::Group);
    let names: Vec<&str> = named.map(|node| graph.nodes[*node].id.as_str()).collect();
    let hint = "a node cannot need itself: take one of these needs out";
    scope.findings.error(at, format!("a cycle: {}", names.join(" → ")), hint);
}

/// Warns of a rule that asks for more children than there are, and refuses a warn that is not less.
fn unreachable_counts(graph: &Graph, index: NodeIndex, scope: &Scope<'_>) {
    let node = &graph.nodes[index];
    let counted = node.needs.iter().filter(|need| !need.edge.ignore);
    let (children, weight) = counted.fold((0_u32, Decimal::ZERO), |(n, w), need| (n + 1, w + need.edge.weight));
    if node.needs.is_empty() {
        return; // the series of a check: nobody knows how many
    }
    let warn = |what: String| {
        let counted = if children == 1 { "1 child counts".into() } else { format!("{children} children count") };
        let message = format!("{what} can't be reached: {counted}, with a weight of {}", weight.normalize());
        scope.findings.warning(graph.rule_at[index], message, "lower it, or mind what globs match");
    };
    let over = |quantity: Quantity| match quantity {
        Quantity::Count(count) => count > children,
        Quantity::Percent(percent) => percent > Decimal::ONE_HUNDRED,
    };
    let needed = |quantity: Quantity| match quantity {
        Quantity::Count(count) => Decimal::from(count),
        Quantity::Percent(percent) => percent * Decimal::from(children) / Decimal::ONE_HUNDRED,
    };
    match &node.rule {
        Rule::AtLeast { need, warn: least, .. } => {
            if over(*need) {
                warn("`at_least`".into());
            }
            let mixed = |a: Quantity, b: Quantity| std::mem::discriminant(&a) != std::mem::discriminant(&b);
            if let Some(least) = least.filter(|least| mixed(*need, *least) && needed(*least) >= needed(*need)) {
                let message = format!(
                    "`warn` must be less than `at_least`: of {children} children, {} and {}",
                    needed(least),
                    needed(*need)
                );
                scope.findings.error(graph.rule_at[index], message, "warn says how many fewer are only a warning");
            }
        }
        Rule::Exactly(count) if *count > children => warn("`exactly`".into()),
        Rule::Share(rows) => {
            for (number, row) in (1..).zip(rows) {
                let over = match row.reach {
                    Reach::Count(count) => count > children,
                    Reach::Percent(percent) => percent > Decimal::ONE_HUNDRED,
                    Reach::Weight(sum) => sum > weight,
                };
                if over {
                    warn(format!("row {number} of `share`"));
                }
            }
        }
        _ => {}
    }
}

/// Warns of a valued process that needs another: one problem would cost both values.
fn counted_twice(graph: &Graph, scope: &Scope<'_>) {
    let valued = |node: NodeIndex| graph.nodes[node].value.is_some();
    for top in (0..scope.nodes.len()).filter(|node| valued(*node)) {
        let included = reached(graph, top, |node| graph.nodes[node].includes.clone());
        let below = reached(graph, top, |node| graph.nodes[node].needs.iter().map(|need| need.node).collect());
        for node in
            (0..scope.nodes.len()).filter(|node| below[*node] && *node != top && valued(*node) && !included[*node])
        {
            let (above, id) = (&graph.nodes[top].id, &graph.nodes[node].id);
            let message = format!("`{above}` and `{id}` below it both have a value, so one problem would count twice");
            let hint =
                format!("includes = [\"{id}\"] at `{above}`, if its value is part of this one, or take one value out");
            let (_, table) = scope.nodes[top];
            scope.findings.warning(table.at_key("value"), message, hint);
        }
    }
}

/// Takes out of a value what it includes of others, so that a problem of both costs the whole once.
pub(super) fn without_included(graph: &mut Graph, scope: &Scope<'_>) {
    let whole: Vec<Option<Decimal>> =
        graph.nodes.iter().map(|node| node.value.as_ref().map(|value| value.per_hour.value)).collect();
    for (node, (_, table)) in scope.nodes.iter().enumerate() {
        let included: Decimal = graph.nodes[node].includes.iter().filter_map(|below| whole[*below]).sum();
        let Some(value) = graph.nodes[node].value.as_mut().filter(|_| !included.is_zero()) else { continue };
        if included > value.per_hour.value {
            let message = format!("what it includes is worth more than its own value: {included} an hour");
            scope.findings.error(table.at_key("includes"), message, "raise `value`, or include less");
        } else {
            value.per_hour.value -= included;
        }
    }
}

/// By node, whether it is reached from one.
fn reached(graph: &Graph, from: NodeIndex, next: impl Fn(NodeIndex) -> Vec<NodeIndex>) -> Vec<bool> {
    let mut seen = vec![false; graph.nodes.len()];
    let mut todo = next(from);
    while let Some(node) = todo.pop() {
        if !std::mem::replace(&mut seen[node], true) {
            todo.extend(next(node));
        }
    }
    seen
}
