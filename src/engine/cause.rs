//! Why a node is as it is: the causes that reach it through contributing edges.
//!
//! Sets are made once a node from the sets of its children, children first, and shared where one child alone
//! contributes; they stand until something below the node changes. Each node has two: what makes its certain state, and what makes its possible one.

use std::sync::Arc;

use crate::domain::graph::Pos;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::marks::Marks;
use crate::domain::propagate::{End, States, contributing};
use crate::domain::severity::{Severity, Shown};

use super::Model;
use super::own::Owns;

/// A cause, in a word: what it is and which.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Key {
    /// A signal: index into the observed signals.
    Signal(u32),
    /// A node without knowledge, or one whose good state is the problem.
    Node(NodeIndex),
    /// A lost source, by place in the map's list.
    Source(u16),
    /// A measured shortfall of a process that the map does not explain.
    Unexplained(NodeIndex),
}

/// Causes, sorted, each once.
pub type CauseSet = Arc<[Key]>;

/// The causes of every node, by position.
#[derive(Debug)]
pub struct Causes {
    certain: Vec<CauseSet>,
    possible: Vec<CauseSet>,
    nothing: CauseSet,
    /// Contributing children of every node that is no ok, at the end that is shown; by position.
    pub contributing: Vec<Vec<Pos>>,
}

impl Causes {
    /// None.
    pub fn nothing(model: &Model) -> Self {
        let (count, nothing): (usize, CauseSet) = (model.graph.len(), Arc::from([]));
        Self {
            certain: vec![nothing.clone(); count],
            possible: vec![nothing.clone(); count],
            nothing,
            contributing: vec![Vec::new(); count],
        }
    }

    /// Follows the contributing edges of a node whose children are done.
    pub fn renew(&mut self, model: &Model, owns: &Owns, states: &States, pos: Pos) {
        let (walk, state, place) = (Walk { model, owns, states }, states.state(pos), pos as usize);
        let mut children = Vec::new();
        self.certain[place] = if state.low > Severity::Ok {
            walk.set(pos, End::Low, &self.certain, &mut children)
        } else {
            self.nothing.clone()
        };
        self.possible[place] = if state.is_known() {
            self.certain[place].clone()
        } else {
            let mut possibly = Vec::new();
            let set = walk.set(pos, End::High, &self.possible, &mut possibly);
            if state.shown() == Shown::Unknown {
                children = possibly;
            }
            set
        };
        self.contributing[place] = children;
    }

    /// Why a node is certainly a problem; nothing where it is not.
    pub fn certain(&self, states: &States, pos: Pos) -> CauseSet {
        if states.state(pos).low.is_problem() { self.certain[pos as usize].clone() } else { self.nothing.clone() }
    }

    /// Why a node certainly has the severity that it has, problem or not; nothing where it is ok.
    pub fn of_severity(&self, pos: Pos) -> CauseSet {
        self.certain[pos as usize].clone()
    }

    /// Why a node may be as bad as it may be.
    pub fn possible(&self, pos: Pos) -> CauseSet {
        self.possible[pos as usize].clone()
    }

    /// Why a node is shown as it is; nothing where it is no problem.
    pub fn shown(&self, states: &States, pos: Pos) -> &CauseSet {
        match states.state(pos).shown() {
            Shown::Unknown => &self.possible[pos as usize],
            Shown::Severity(severity) if severity.is_problem() => &self.certain[pos as usize],
            Shown::Severity(_) => &self.nothing,
        }
    }
}

/// Why some nodes certainly are as they are in states that nobody follows from one instant to the next.
pub fn beneath((model, owns): (&Model, &Owns), states: &States, nodes: impl IntoIterator<Item = Pos>) -> Vec<Key> {
    let walk = Walk { model, owns, states };
    let (mut left, mut seen, mut found) = (Vec::from_iter(nodes), Marks::none(model.graph.len()), Vec::new());
    while let Some(pos) = left.pop() {
        if seen.has(pos) {
            continue;
        }
        seen.set(pos);
        if states.level(pos, End::Low) == Severity::Ok {
            walk.good_child(pos, &mut found);
        } else {
            walk.made_of(pos, End::Low, &mut left, &mut found);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

struct Walk<'a> {
    model: &'a Model,
    owns: &'a Owns,
    states: &'a States,
}

impl Walk<'_> {
    fn set(&self, pos: Pos, end: End, sets: &[CauseSet], children: &mut Vec<Pos>) -> CauseSet {
        let graph = &self.model.graph;
        let mut found = Vec::new();
        self.made_of(pos, end, children, &mut found);
        if let ([child], true) = (children.as_slice(), found.is_empty())
            && self.states.level(*child, end) > Severity::Ok
        {
            return sets[*child as usize].clone();
        }
        for child in children.iter() {
            if self.states.level(*child, end) > Severity::Ok {
                found.extend(sets[*child as usize].iter());
            } else {
                self.good_child(*child, &mut found);
            }
        }
        if end == End::Low && found.is_empty() {
            // Its rule asks for more than it rests on: the node is what is wrong.
            found.push(Key::Node(graph.node(pos)));
        }
        found.sort_unstable();
        found.dedup();
        found.into()
    }

    /// What a node's state is made of: causes of its own, and contributing children.
    fn made_of(&self, pos: Pos, end: End, children: &mut Vec<Pos>, found: &mut Vec<Key>) {
        let (graph, level) = (&self.model.graph, self.states.level(pos, end));
        if self.states.is_assumed(pos) {
            found.push(Key::Node(graph.node(pos)));
            return;
        }
        let own = self.states.own(pos);
        if (if end == End::Low { own.low } else { own.high }) == level {
            self.own_causes(graph.node(pos), end, level, found);
        }
        let needed = self.states.needed(graph, pos);
        if (if end == End::Low { needed.low } else { needed.high }) == level {
            let edges: Vec<Pos> = graph.children(pos).collect();
            children.extend(contributing(graph, self.states, pos, end).into_iter().map(|edge| edges[edge]));
        }
    }

    /// A child whose good state is the problem; of an unnamed group, those it is made of.
    fn good_child(&self, child: Pos, found: &mut Vec<Key>) {
        let node = self.model.graph.node(child);
        if self.model.map.nodes[node].kind == Kind::Group {
            for member in self.model.graph.children(child) {
                self.good_child(member, found);
            }
        } else {
            found.push(Key::Node(node));
        }
    }

    fn own_causes(&self, node: NodeIndex, end: End, level: Severity, found: &mut Vec<Key>) {
        let owns = self.owns;
        let own = self.states.own(self.model.graph.pos(node));
        if end == End::High && !own.is_known() {
            // A source that has yet to answer makes unknown in silence.
            let lost = owns.lost[node].iter().filter(|place| !owns.pending_sources[usize::from(**place)]);
            found.extend(lost.map(|place| Key::Source(*place)));
            if owns.lacking[node] {
                found.push(Key::Node(node));
            }
        }
        let mine = owns.signals[node].iter().filter(|number| owns.briefs[**number as usize].severity == level);
        let before = found.len();
        found.extend(mine.map(|number| Key::Signal(*number)));
        let none_of_mine = found.len() == before && (end == End::Low || own.is_known());
        if none_of_mine || owns.rest[node].low == level {
            found.push(Key::Node(node));
        }
    }
}

/// The named nodes above a node that are worse because of it, at the end that is shown, from what is above its
/// parents: the contributing edges followed the other way.
pub fn impacts(
    model: &Model,
    causes: &Causes,
    states: &States,
    above: &[Arc<[NodeIndex]>],
    pos: Pos,
) -> Vec<NodeIndex> {
    let mut found = Vec::new();
    for parent in model.graph.parents(pos) {
        if !is_bad(states, *parent) || !causes.contributing[*parent as usize].contains(&pos) {
            continue;
        }
        let node = model.graph.node(*parent);
        if model.map.nodes[node].kind != Kind::Group {
            found.push(node);
        }
        found.extend(above[*parent as usize].iter());
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a node shows a problem or shows that it may be one.
pub fn is_bad(states: &States, pos: Pos) -> bool {
    match states.state(pos).shown() {
        Shown::Unknown => true,
        Shown::Severity(severity) => severity.is_problem(),
    }
}
