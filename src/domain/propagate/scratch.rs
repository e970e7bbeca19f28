//! "What if": the same `reduce`, asked again for the ancestors of what changes, and taken back.

use super::{Packed, States, interval, packed};
use crate::domain::graph::{Graph, Pos};
use crate::domain::severity::Interval;

/// Asks again for the ancestors of what is changed, and takes it all back.
///
/// Works on a copy of the states made once; each question costs only the nodes it touches.
#[derive(Clone, Debug)]
pub struct Scratch<'a> {
    graph: &'a Graph,
    states: States,
    /// Positions whose children changed, a bit each.
    dirty: Vec<u64>,
    /// What to put back: position and former own and former result.
    own_before: Vec<(Pos, Packed)>,
    assumed_before: Vec<(Pos, Option<Packed>)>,
    before: Vec<(Pos, Packed)>,
}

impl<'a> Scratch<'a> {
    /// A scratch copy of propagated states.
    pub fn new(graph: &'a Graph, states: &States) -> Self {
        let dirty = vec![0; graph.len().div_ceil(64)];
        Self {
            graph,
            states: states.clone(),
            dirty,
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
            self.mark(pos);
        }
    }

    /// Assumes a state of a node, or takes the assumption back; [`Scratch::settle`] makes it felt.
    pub fn assume(&mut self, pos: Pos, state: Option<Interval>) {
        let slot = &mut self.states.assumed[pos as usize];
        self.assumed_before.push((pos, *slot));
        *slot = state.map(packed);
        self.mark(pos);
    }

    fn mark(&mut self, pos: Pos) {
        self.dirty[pos as usize / 64] |= 1 << (pos % 64);
    }

    /// Evaluates what changed and its ancestors, children first; a node that comes out the same ends its branch.
    pub fn settle(&mut self) {
        let mut word = 0;
        while word < self.dirty.len() {
            let bits = self.dirty[word];
            if bits == 0 {
                word += 1;
                continue;
            }
            let pos = (word * 64) as Pos + bits.trailing_zeros();
            self.dirty[word] &= bits - 1;
            let state = self.states.reduce(self.graph, pos);
            let slot = &mut self.states.results[pos as usize];
            if *slot != state {
                self.before.push((pos, *slot));
                *slot = state;
                for parent in self.graph.parents(pos) {
                    self.dirty[*parent as usize / 64] |= 1 << (*parent % 64);
                }
            }
        }
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
