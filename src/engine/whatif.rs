//! The world as it would be: states that an operator assumes, laid over what is observed now.
//!
//! The same evaluation as ever, with other leaves. Nothing of it is remembered, and nothing real is touched.

use crate::domain::facts::Assumptions;
use crate::domain::span::Instant;
use crate::domain::world::World;

use super::evaluation::Evaluation;
use super::live::Live;

impl Live {
    /// The world of this instant under assumptions; nodes that the map does not know are left out. How far a large map
    /// is from failing is left open.
    pub fn what_if(&self, assumed: &Assumptions, now: Instant) -> World {
        let mut observed = self.observed(now);
        observed.facts.assume.clone_from(assumed);
        Evaluation::nothing(&self.model).whole(&self.model, &observed, self.depth(), self.recall.past())
    }
}
