//! The tree under a node: process, service, component, signal. The worst path is open at first.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::app::list::{Branch, Row, RowId};
use crate::app::model::{Model, Visit};
use crate::app::place::{Item, Place};
use crate::app::rows::fields;
use crate::domain::map::NodeIndex;
use crate::domain::order::{self, Certainty};

/// Deeper than any map that a person would draw; a bound all the same.
const DEEPEST: u16 = 64;

/// What a tree needs to know while it is built.
struct Growth<'a> {
    model: &'a Model,
    visit: &'a Visit,
    signals: Vec<Vec<usize>>,
    rows: Vec<Row>,
}

/// The rows of a tree; with a filter those that pass it and all above them.
pub(super) fn rows(model: &Model, visit: &Visit) -> (usize, Vec<Row>) {
    let Place::Tree(root) = &visit.place else { return (0, Vec::new()) };
    let world = &*model.world;
    let roots = match root {
        Some(id) => world.map.index_of(id.as_str()).into_iter().collect(),
        None => order::nodes(world, model.atlas.processes.iter().copied()),
    };
    let mut signals = vec![Vec::new(); world.map.nodes.len()];
    for (at, mapped) in world.signals.iter().enumerate() {
        mapped.nodes.iter().for_each(|node| signals[*node].push(at));
    }
    let mut growth = Growth { model, visit, signals, rows: Vec::new() };
    let worst = roots.iter().map(|index| order::node(world, *index, None).certainty).min();
    for (at, index) in roots.iter().enumerate() {
        growth.grow(*index, 0, 0, at == 0 && (root.is_some() || worst != Some(Certainty::Fine)));
    }
    let unfiltered = growth.rows.len();
    (unfiltered, sift(model, growth.rows))
}

impl Growth<'_> {
    fn grow(&mut self, index: NodeIndex, depth: u16, above: u64, open_at_first: bool) {
        let world = &*self.model.world;
        let node = &world.map.nodes[index];
        let path = hang(above, index);
        let is_branch = !node.needs.is_empty() || !self.signals[index].is_empty();
        let open = self.visit.toggled.get(&path).copied().unwrap_or(open_at_first);
        let branch = match (is_branch && depth < DEEPEST, open) {
            (false, _) => Branch::Leaf,
            (true, false) => Branch::Closed,
            (true, true) => Branch::Open,
        };
        let id = RowId { item: Item::Node(node.id.clone()), path };
        self.rows.push(Row { id, index, depth, branch, relation: "" });
        if branch != Branch::Open {
            return;
        }
        let children = order::nodes(world, node.needs.iter().map(|need| need.node));
        let first_is_bad =
            children.first().is_some_and(|first| order::node(world, *first, None).certainty != Certainty::Fine);
        for (at, child) in children.into_iter().enumerate() {
            self.grow(child, depth + 1, path, at == 0 && first_is_bad && open_at_first);
        }
        for at in self.signals[index].clone() {
            let row = super::signal(world, at);
            self.rows.push(Row { id: RowId { path, ..row.id }, depth: depth + 1, ..row });
        }
    }
}

/// The path of a node under a path.
pub fn hang(above: u64, index: NodeIndex) -> u64 {
    let mut hasher = FxHasher::default();
    (above, index).hash(&mut hasher);
    hasher.finish().max(1)
}

/// Those that pass the filter, and all above them.
fn sift(model: &Model, rows: Vec<Row>) -> Vec<Row> {
    if model.filter.is_empty() {
        return rows;
    }
    let mut kept: Vec<Row> = Vec::new();
    let mut wanted = 0;
    for row in rows.into_iter().rev() {
        let passes = model.filter.passes(&fields::Seen { model, row: &row });
        if passes || row.depth < wanted {
            wanted = row.depth;
            kept.push(row);
        }
    }
    kept.reverse();
    kept
}
