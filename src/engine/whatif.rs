//! The world as it would be: states that an operator assumes, laid over what is observed now.
//!
//! The same evaluation as ever, with other leaves. Nothing of it is remembered, and nothing real is touched.

use crate::domain::facts::{Assumptions, Facts};
use crate::domain::marks::Marks;
use crate::domain::severity::Interval;
use crate::domain::span::Instant;
use crate::domain::world::World;

use super::evaluation::Evaluation;
use super::live::Live;
use super::own::UNKNOWN;

impl Live {
    /// The world of this instant under assumptions; nodes that the map does not know are left out. How far a large map
    /// is from failing is left open.
    pub fn what_if(&self, assumed: &Assumptions, now: Instant) -> World {
        let mut observed = self.observed(now);
        observed.facts.assume.clone_from(assumed);
        self.unmeasured(&mut observed.facts);
        Evaluation::nothing(&self.model).whole(&self.model, &observed, self.depth(), self.recall.past())
    }

    /// What is measured is measured of the company as it is: above a node that is assumed to be otherwise, the model
    /// says what would be lost.
    fn unmeasured(&self, facts: &mut Facts) {
        let (graph, states) = (&self.model.graph, self.states());
        let mut todo = Vec::new();
        for (id, severity) in &facts.assume {
            let state = severity.map_or(UNKNOWN, Interval::exactly);
            let pos = self.model.index_of(id.as_str()).map(|node| graph.pos(node));
            todo.extend(pos.filter(|pos| states.state(*pos) != state));
        }
        let mut above = Marks::none(graph.len());
        while let Some(pos) = todo.pop() {
            if !above.has(pos) {
                above.set(pos);
                todo.extend(graph.parents(pos));
                facts.measured.remove(&self.model.map.nodes[graph.node(pos)].id);
            }
        }
    }
}
