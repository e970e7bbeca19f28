//! "What if": the same `reduce`, asked again for the ancestors of what changes, and taken back.

use super::{Packed, States, interval, packed};
use crate::domain::graph::{Graph, Pos};
use crate::domain::marks::Marks;
use crate::domain::severity::Interval;

/// Asks again for the ancestors of what is changed, and takes it all back.
///
/// Works on a copy of the states made once; each question costs only the nodes it touches.
#[derive(Clone, Debug)]
pub struct Scratch<'a> {
    graph: &'a Graph,
    states: States,
    /// Positions that are to be evaluated again.
    dirty: Marks,
    /// What to put back: position and former own and former result.
    own_before: Vec<(Pos, Packed)>,
    assumed_before: Vec<(Pos, Option<Packed>)>,
    before: Vec<(Pos, Packed)>,
}

impl<'a> Scratch<'a> {
    /// A scratch copy of propagated states.
    pub fn new(graph: &'a Graph, states: &States) -> Self {
        Self {
            graph,
            states: states.clone(),
            dirty: Marks::none(graph.len()),
            own_before: Vec::new(),
            assumed_before: Vec::new(),
            before: Vec::new(),
        }
    }

    /// The states as they are now.
    pub fn states(&self) -> &States {
        &self.states
    }

    /// Sets what a node's own observations say; [`Scratch::settle`] makes it felt.
    pub fn set_own(&mut self, pos: Pos, own: Interval) {
        let slot = &mut self.states.own[pos as usize];
        if *slot != packed(own) {
            self.own_before.push((pos, *slot));
            *slot = packed(own);
            self.dirty.set(pos);
        }
    }

    /// Assumes a state of a node, or takes the assumption back; [`Scratch::settle`] makes it felt.
    pub fn assume(&mut self, pos: Pos, state: Option<Interval>) {
        let slot = &mut self.states.assumed[pos as usize];
        self.assumed_before.push((pos, *slot));
        *slot = state.map(packed);
        self.dirty.set(pos);
    }

    /// Evaluates what changed and its ancestors, children first; a node that comes out the same ends its branch.
    pub fn settle(&mut self) {
        let Self { graph, states, dirty, before, .. } = self;
        states.settle(graph, dirty, |pos, state| before.push((pos, state)));
    }

    /// The nodes whose state differs since the last [`Scratch::undo`] or [`Scratch::keep`], with what it was.
    pub fn changed(&self) -> impl Iterator<Item = (Pos, Interval)> + '_ {
        self.before.iter().map(|(pos, state)| (*pos, interval(*state)))
    }

    /// Takes back everything since the last undo or keep.
    pub fn undo(&mut self) {
        while let Some((pos, state)) = self.before.pop() {
            self.states.results[pos as usize] = state;
        }
        while let Some((pos, own)) = self.own_before.pop() {
            self.states.own[pos as usize] = own;
        }
        while let Some((pos, assumed)) = self.assumed_before.pop() {
            self.states.assumed[pos as usize] = assumed;
        }
    }

    /// Lets everything since the last undo or keep stand.
    pub fn keep(&mut self) {
        self.before.clear();
        self.own_before.clear();
        self.assumed_before.clear();
    }
}
