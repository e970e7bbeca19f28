//! How every node stands: its own observations, the three propagated states, the causes, whom it hurts.
//!
//! It is kept from one evaluation to the next. What is dirty is looked at again, and all that stands above it; the
//! first evaluation is the one in which everything is dirty, so that there is one way to a result and not two.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::domain::id::CauseId;
use crate::domain::map::NodeIndex;
use crate::domain::marks::Marks;
use crate::domain::propagate::States;

use super::cause::{Causes, Key, impacts};
use super::dirty::Dirty;
use super::observed::Observed;
use super::own::{Owns, assume};
use super::{Model, shared};

/// How every node stands.
#[derive(Debug)]
pub struct Standing {
    /// What the nodes' own observations say.
    pub owns: Owns,
    /// The states by all signals.
    pub states: States,
    /// The states without what somebody takes care of.
    pub unhandled: States,
    /// The states without what is in maintenance.
    pub unplanned: States,
    /// The states that count over time, where these are not those by all signals.
    pub counted: Option<States>,
    /// Why.
    pub causes: Causes,
    /// The named nodes above each that are worse because of it, by position.
    pub impacts: Vec<Arc<[NodeIndex]>>,
    /// Names of causes, each made once.
    pub ids: RefCell<FxHashMap<Key, CauseId>>,
}

/// The positions that an evaluation has to make anew.
#[derive(Debug)]
pub struct Touched {
    /// Those at or above what is dirty: everything of them may be another.
    pub above: Marks,
    /// Those whose impacts are others.
    pub impacts: Marks,
}

impl Standing {
    /// All is well, and nothing was observed.
    pub fn nothing(model: &Model) -> Self {
        let mut well = States::all_well(&model.graph);
        well.propagate(&model.graph);
        Self {
            owns: Owns::nothing(model),
            states: well.clone(),
            unhandled: well.clone(),
            unplanned: well,
            counted: None,
            causes: Causes::nothing(model),
            impacts: vec![Arc::default(); model.graph.len()],
            ids: RefCell::default(),
        }
    }

    /// Looks again at what is dirty. The lists of signals by node are already those of `observed`.
    pub fn renew(&mut self, model: &Model, observed: &Observed, dirty: &mut Dirty) -> Touched {
        let (facts, signals, graph) = (&observed.facts, &observed.signals, &model.graph);
        self.owns.look_around(model, facts, dirty);
        for node in dirty.nodes.iter() {
            self.owns.renew(model, facts, signals, node as NodeIndex);
        }
        if !facts.history.is_empty() {
            self.owns.recollect(model, facts, signals);
        }
        for number in dirty.signals.drain(..) {
            self.ids.get_mut().remove(&Key::Signal(number));
        }
        self.propagate(model, observed, &dirty.nodes);
        let mut above = Marks::none(graph.len());
        dirty.nodes.iter().for_each(|node| above.set(graph.pos(node as NodeIndex)));
        let (mut left, mut from) = (above.clone(), 0);
        while let Some(pos) = left.take_next(&mut from) {
            above.set(pos);
            self.causes.renew(model, &self.owns, &self.states, pos);
            graph.parents(pos).iter().for_each(|parent| left.set(*parent));
        }
        if !above.is_empty() {
            self.counted = self.owns.counted(model, signals, &self.states);
        }
        let impacts = self.renew_impacts(model, &above);
        Touched { above, impacts }
    }

    fn propagate(&mut self, model: &Model, observed: &Observed, nodes: &Marks) {
        let graph = &model.graph;
        let owns: Vec<_> =
            nodes.iter().map(|node| (graph.pos(node as NodeIndex), self.owns.intervals(node as NodeIndex))).collect();
        let each = [&mut self.states, &mut self.unhandled, &mut self.unplanned];
        for (which, states) in each.into_iter().enumerate() {
            let owns = owns.iter().map(|(pos, owns)| (*pos, owns[which]));
            if observed.facts.assume.is_empty() {
                states.update(graph, owns);
            } else {
                owns.for_each(|(pos, own)| states.set_own(pos, own));
                assume(model, &observed.facts, states);
                states.propagate(graph);
            }
        }
    }

    /// Follows contributing edges downwards from the nodes whose own may be others.
    fn renew_impacts(&mut self, model: &Model, above: &Marks) -> Marks {
        let graph = &model.graph;
        let (mut left, mut others) = (above.clone(), Marks::none(graph.len()));
        above.iter().for_each(|pos| graph.children(pos).for_each(|child| left.set(child)));
        while let Some(pos) = left.take_last() {
            let found = impacts(model, &self.causes, &self.states, &self.impacts, pos);
            let slot = &mut self.impacts[pos as usize];
            if **slot != *found {
                *slot = shared(found);
                others.set(pos);
                graph.children(pos).for_each(|child| left.set(child));
            }
        }
        others
    }
}
