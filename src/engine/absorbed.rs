//! Problems below a node that do not reach it, and why.

use crate::domain::graph::Pos;
use crate::domain::id::CauseId;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::propagate::{End, contributing, failures_to_worse};
use crate::domain::rule::Rule;
use crate::domain::severity::Severity;
use crate::domain::world::{Absorbed, AbsorbedWhat, AbsorbedWhy};

use super::assemble::Picture;
use super::cause::Key;
use super::labelled::cause_id;

/// What a node absorbs: children with problems that contribute nothing, and signals of its own that are outweighed.
/// What an unnamed group absorbs, the node does.
pub fn of(picture: &Picture<'_>, node: NodeIndex) -> Vec<Absorbed> {
    let mut found = Vec::new();
    children(picture, node, &mut found);
    let level = picture.states.state(picture.model.graph.pos(node)).low;
    let outweighed = |number: &&u32| {
        let severity = picture.owns.briefs[**number as usize].severity;
        severity.is_problem() && severity < level
    };
    let outweighed = picture.owns.signals[node].iter().filter(outweighed);
    let mut signals: Vec<CauseId> = outweighed.map(|number| cause_id(picture, Key::Signal(*number))).collect();
    signals.sort_unstable();
    let why = AbsorbedWhy::Outweighed;
    found.extend(signals.into_iter().map(|signal| Absorbed { what: AbsorbedWhat::Signal(signal), why }));
    found
}

fn children(picture: &Picture<'_>, node: NodeIndex, found: &mut Vec<Absorbed>) {
    let (map, graph, states) = (&picture.model.map, &picture.model.graph, &picture.states);
    let pos = graph.pos(node);
    let may_be = |child: Pos| states.state(child).low.is_problem() || map.nodes[graph.node(child)].kind == Kind::Group;
    if !graph.children(pos).any(may_be) {
        return;
    }
    let (state, needed) = (states.state(pos).low, states.needed(graph, pos).low);
    let reaches =
        if state.is_problem() && needed == state { contributing(graph, states, pos, End::Low) } else { Vec::new() };
    let seen: Vec<Option<Severity>> = states.seen(graph, pos, End::Low).map(|(_, seen)| seen).collect();
    let mut why = None;
    for (edge, child) in graph.children(pos).enumerate() {
        let index = graph.node(child);
        let is_problem = states.state(child).low.is_problem();
        if map.nodes[index].kind == Kind::Group {
            if is_problem && !reaches.contains(&edge) {
                found.extend(members(picture, index).map(|what| Absorbed { what, why: AbsorbedWhy::Outweighed }));
            } else {
                children(picture, index, found);
            }
        } else if is_problem && !reaches.contains(&edge) {
            // What is ignored, nobody stands in for.
            let why = if state.is_problem() || seen[edge].is_none() {
                AbsorbedWhy::Outweighed
            } else {
                *why.get_or_insert_with(|| redundancy(picture, node, &seen))
            };
            found.push(Absorbed { what: AbsorbedWhat::Child(index), why });
        }
    }
}

/// The named children with problems of a group.
fn members<'a>(picture: &'a Picture<'_>, group: NodeIndex) -> impl Iterator<Item = AbsorbedWhat> + 'a {
    let graph = &picture.model.graph;
    let bad = graph.children(graph.pos(group)).filter(|child| picture.states.state(*child).low.is_problem());
    bad.map(|child| AbsorbedWhat::Child(graph.node(child)))
}

/// How much redundancy a node that is no problem has left, by what it sees of its children.
fn redundancy(picture: &Picture<'_>, node: NodeIndex, seen: &[Option<Severity>]) -> AbsorbedWhy {
    let (graph, pos) = (&picture.model.graph, picture.model.graph.pos(node));
    let down = match picture.model.map.nodes[node].rule {
        Rule::Worst | Rule::Points(_) | Rule::Exponential(_) | Rule::Not => return AbsorbedWhy::Outweighed,
        Rule::AtLeast { down, .. } => down,
        _ => Severity::Warning,
    };
    let Some(failures) = failures_to_worse(graph, &picture.states, pos) else { return AbsorbedWhy::Outweighed };
    let counted = || seen.iter().flatten();
    let up = counted().filter(|seen| **seen < down).count();
    AbsorbedWhy::Redundancy { up: up as u32, of: counted().count() as u32, left: failures - 1 }
}
