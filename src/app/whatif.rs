//! What if: states that are assumed for nodes, looked at on any screen. Nothing real is touched.
//!
//! The engine evaluates them beside the live world and goes on doing so; what is shown is always of one instant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rust_decimal::Decimal;

use super::action::Enabled;
use super::lens::Lens;
use super::list::Row;
use super::menu::{Choice, Menu, Pick, Topic};
use super::message::Effect;
use super::model::Model;
use super::navigate;
use super::place::{Item, Place};
use crate::domain::facts::Assumptions;
use crate::domain::id::NodeId;
use crate::domain::map::{Kind, Map, NodeIndex};
use crate::domain::matcher::Test;
use crate::domain::severity::Severity;
use crate::domain::world::{NodeState, World};

/// States that can be assumed, the likeliest first.
pub const STATES: [Option<Severity>; 6] = [
    Some(Severity::Critical),
    Some(Severity::Major),
    Some(Severity::Minor),
    Some(Severity::Warning),
    Some(Severity::Ok),
    None,
];

/// The word of a state that is assumed.
pub fn word(state: Option<Severity>) -> &'static str {
    state.map_or("unknown", Severity::word)
}

/// Whether something can be assumed: over how things are.
pub(super) fn can_ask(model: &Model) -> Enabled {
    match model.lens {
        Lens::Live | Lens::WhatIf(_) if model.live.map.named == 0 => Err("the map has no node"),
        Lens::Live | Lens::WhatIf(_) => Ok(()),
        Lens::Frozen { .. } | Lens::Past { .. } | Lens::Remembered { .. } => {
            Err("only over how things are now: Esc leads there")
        }
    }
}

/// Lets the operator choose what to assume, what belongs to the selected rows first.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    model.help = None;
    model.menu = Some(Menu::new(Topic::WhatIf(STATES[0]), choices(model)));
    Vec::new()
}

/// Assumes a state of nodes, on top of what is assumed already.
pub(super) fn assume(model: &mut Model, nodes: &[NodeId], state: Option<Severity>) -> Vec<Effect> {
    let mut assumed = assumptions(model);
    assumed.extend(nodes.iter().map(|node| (node.clone(), state)));
    look(model, assumed)
}

/// Assumes nothing of a node any more.
pub(super) fn withdraw(model: &mut Model, node: &NodeId) -> Vec<Effect> {
    let mut assumed = assumptions(model);
    assumed.remove(node);
    look(model, assumed)
}

fn assumptions(model: &Model) -> Assumptions {
    match &model.lens {
        Lens::WhatIf(assumed) => assumed.clone(),
        _ => Assumptions::new(),
    }
}

fn look(model: &mut Model, assumed: Assumptions) -> Vec<Effect> {
    model.menu = None;
    if assumed.is_empty() {
        return super::lens::leave(model);
    }
    // Until the engine has answered, what is shown stays.
    let world = Arc::clone(if matches!(model.lens, Lens::WhatIf(_)) { &model.world } else { &model.live });
    let effects = model.look_through(Lens::WhatIf(assumed), world);
    navigate::visit(model, Place::WhatIf);
    effects
}

/// A process that would be otherwise.
#[derive(Clone, Debug)]
pub struct Difference<'a> {
    /// How it is.
    pub before: &'a NodeState,
    /// How it would be.
    pub after: &'a NodeState,
}

impl Difference<'_> {
    /// How much more it would cost per hour, for certain.
    pub fn cost(&self) -> Decimal {
        let rate = |state: &NodeState| state.money.map_or(Decimal::ZERO, |money| money.rate.low);
        rate(self.after) - rate(self.before)
    }
}

/// How a node is and would be; `None` where there is no difference, or where the two worlds have other maps.
pub fn difference<'a>(before: &'a World, after: &'a World, index: NodeIndex) -> Option<Difference<'a>> {
    if !Arc::ptr_eq(&before.map, &after.map) {
        return None;
    }
    let difference = Difference { before: before.nodes.get(index)?, after: after.nodes.get(index)? };
    let rate = |state: &NodeState| state.money.map(|money| money.rate);
    let same =
        difference.before.interval == difference.after.interval && rate(difference.before) == rate(difference.after);
    (!same).then_some(difference)
}

/// Whether what is shown is what is assumed, and not still what was before.
pub fn is_answered(model: &Model) -> bool {
    matches!(&model.lens, Lens::WhatIf(assumed) if *assumed == model.world.assumed)
}

/// The processes that would be otherwise, in order of the map.
pub(super) fn rows(model: &Model) -> Vec<Row> {
    let (before, after) = (&model.live, &model.world);
    let differs = |index: &NodeIndex| difference(before, after, *index).is_some();
    model.atlas.processes.iter().copied().filter(differs).map(|index| super::rows::node(after, index)).collect()
}

/// Everything that can be assumed: what is assumed already, what is selected, changes, what lies together, all nodes.
fn choices(model: &Model) -> Vec<Choice> {
    let world = &*model.live;
    let map = &*world.map;
    let name = |id: &NodeId| map.index_of(id.as_str()).map_or_else(|| id.to_string(), |at| map.nodes[at].name.clone());
    let mut choices: Vec<Choice> = assumptions(model)
        .into_iter()
        .map(|(id, state)| Choice {
            label: format!("{} {}", name(&id), word(state)),
            note: "assumed now, Enter takes it back".to_owned(),
            holds: true,
            pick: Pick::Withdraw(id),
        })
        .collect();
    let subjects = navigate::subjects(model);
    let sources = subjects.iter().filter_map(|item| match item {
        Item::Source(name) => Some(name),
        _ => None,
    });
    for source in sources {
        let rests = map.nodes.iter().filter(|node| node.matches.iter().any(|matcher| matcher.source == *source));
        let nodes: Vec<NodeId> = rests.map(|node| node.id.clone()).collect();
        choices.push(several(format!("source {source} falls silent"), Pick::Lose(nodes.clone()), nodes.len()));
    }
    let near = nodes_of(model, &subjects);
    if near.len() > 1 {
        let ids: Vec<NodeId> = near.iter().map(|at| map.nodes[*at].id.clone()).collect();
        choices.push(several("all that is selected".to_owned(), Pick::Assume(ids.clone()), ids.len()));
    }
    choices.extend(near.iter().map(|at| of_node(map, *at)));
    choices.extend(changes(model, &near));
    choices.extend(groups(map, &near));
    let others = map.named_nodes().map(|(at, _)| at).filter(|at| !near.contains(at));
    choices.extend(others.map(|at| of_node(map, at)));
    choices
}

fn several(label: String, pick: Pick, count: usize) -> Choice {
    let note = if count == 1 { "1 node".to_owned() } else { format!("{count} nodes") };
    Choice { label, note, holds: false, pick }
}

fn of_node(map: &Map, at: NodeIndex) -> Choice {
    let node = &map.nodes[at];
    Choice {
        label: node.name.clone(),
        note: format!("{} {}", node.kind.word(), node.id),
        holds: false,
        pick: Pick::Assume(vec![node.id.clone()]),
    }
}

/// The nodes that things are, or are on.
fn nodes_of(model: &Model, items: &[Item]) -> Vec<NodeIndex> {
    let world = &*model.world;
    let mut nodes: Vec<NodeIndex> = Vec::new();
    for item in items {
        let found = match item {
            Item::Cause(id) => world.cause(id).and_then(|cause| cause.node),
            _ => navigate::node_of(model, item),
        };
        nodes.extend(found.filter(|at| *at < world.map.named && !nodes.contains(at)));
    }
    nodes
}

/// Changes that are on or to come, those of the selected nodes first.
fn changes(model: &Model, near: &[NodeIndex]) -> Vec<Choice> {
    let world = &*model.live;
    let mut open: Vec<_> =
        world.changes.iter().filter(|change| change.item.window.end > model.now && !change.nodes.is_empty()).collect();
    open.sort_by_key(|change| (!change.nodes.iter().any(|node| near.contains(node)), change.item.window.start));
    let choice = |change: &&crate::domain::world::Mapped<crate::domain::facts::Change>| {
        let nodes: Vec<NodeId> = change.nodes.iter().map(|at| world.map.nodes[*at].id.clone()).collect();
        let label = format!("change {} goes wrong: {}", change.item.id, change.item.summary);
        several(label, Pick::Assume(nodes), change.nodes.len())
    };
    open.iter().map(choice).collect()
}

/// What lies together by a tag or a label of its matchers, such as a site; what the selected nodes have first.
fn groups(map: &Map, near: &[NodeIndex]) -> Vec<Choice> {
    let mut groups: BTreeMap<String, BTreeSet<NodeIndex>> = BTreeMap::new();
    for (at, node) in map.named_nodes().filter(|(_, node)| node.kind != Kind::Customer) {
        for tag in &node.tags {
            groups.entry(format!("tag {tag}")).or_default().insert(at);
        }
        for test in node.matches.iter().flat_map(|matcher| &matcher.labels) {
            if let (Test::Exact(value), false) = (&test.pattern.test, test.pattern.negated) {
                groups.entry(format!("{}={value}", test.key)).or_default().insert(at);
            }
        }
    }
    groups.retain(|_, nodes| nodes.len() > 1);
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, nodes)| (!near.iter().any(|at| nodes.contains(at)), std::cmp::Reverse(nodes.len())));
    let choice = |(label, nodes): (String, BTreeSet<NodeIndex>)| {
        let ids = nodes.iter().map(|at| map.nodes[*at].id.clone()).collect();
        several(format!("all of {label}"), Pick::Assume(ids), nodes.len())
    };
    groups.into_iter().map(choice).collect()
}
