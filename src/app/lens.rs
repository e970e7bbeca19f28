//! Through what the operator looks at the company: as it is, as it stood, as it was, as it would be.
//!
//! One type for all that is not live, so that every screen, band and write treats them alike. Invariant: through
//! every lens but [`Lens::Live`] nothing is written ([`can_write`]), a band over the whole width says so, and `Esc`
//! leads back ([`leave`]).

use std::sync::Arc;

use super::action::Enabled;
use super::message::Effect;
use super::model::Model;
use crate::domain::facts::Assumptions;
use crate::domain::span::Instant;
use crate::domain::world::World;

/// Through what the operator looks at the company.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Lens {
    /// As it is.
    #[default]
    Live,
    /// As it stood when the screen was frozen.
    Frozen {
        /// Since when.
        since: Instant,
    },
    /// As it was, from history.
    Past {
        /// When.
        at: Instant,
    },
    /// As it was known last, until a source answers.
    Remembered {
        /// When.
        at: Instant,
    },
    /// As it would be; goes on with the live world.
    WhatIf(Assumptions),
}

impl Lens {
    /// What stands where there is room for little; empty while live.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Live => "",
            Self::Frozen { .. } => "FROZEN",
            Self::Past { .. } => "PAST",
            Self::Remembered { .. } => "MEMORY",
            Self::WhatIf(_) => "WHAT IF",
        }
    }

    /// Whether what is shown is how things are.
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// The instant at which time stands still; `None` where it goes on.
    pub const fn instant(&self) -> Option<Instant> {
        match self {
            Self::Live | Self::WhatIf(_) => None,
            Self::Frozen { since: at } | Self::Past { at } | Self::Remembered { at } => Some(*at),
        }
    }
}

impl Model {
    /// Looks through another lens, at a world that belongs to it; what must be done outside is returned.
    pub fn look_through(&mut self, lens: Lens, world: Arc<World>) -> Vec<Effect> {
        if self.lens.is_live() || lens.is_live() {
            self.missed = 0;
        }
        if !matches!(lens, Lens::Past { .. }) {
            self.past.leave();
        }
        let before = std::mem::replace(&mut self.lens, lens);
        // Another world has its own order: no eye rests on that of the one before.
        self.touched = None;
        self.show(world);
        match (&before, &self.lens) {
            (_, Lens::WhatIf(assumed)) => vec![Effect::Assume(assumed.clone())],
            (Lens::WhatIf(_), _) => vec![Effect::Assume(Assumptions::new())],
            _ => Vec::new(),
        }
    }

    /// Shows what history knew last, if there is a source to wait for.
    pub fn remember(&mut self, world: Arc<World>) {
        if self.lens.is_live() && self.is_waiting() {
            // Nothing was assumed yet, so nothing has to be told to anybody.
            self.look_through(Lens::Remembered { at: world.at }, world);
        }
    }

    /// Takes the newest world of all: shown while live, else kept and counted. One under assumptions is shown while
    /// they are what is assumed.
    pub(super) fn publish(&mut self, world: Arc<World>) {
        if !world.assumed.is_empty() {
            if matches!(&self.lens, Lens::WhatIf(assumed) if *assumed == world.assumed) {
                self.show(world);
            }
            return;
        }
        self.live = world;
        self.sample();
        if matches!(self.lens, Lens::Remembered { .. }) && !super::atlas::is_waiting(&self.live) {
            let live = Arc::clone(&self.live);
            self.look_through(Lens::Live, live);
        } else if self.lens.is_live() && self.wall.is_none() {
            self.show(Arc::clone(&self.live));
        } else if self.lens.is_live() {
            // The wall takes it at its own pace.
        } else {
            self.missed += 1;
        }
    }
}

/// Whether something real may be changed: only where what is shown is how things are.
///
/// # Errors
/// The reason why not, for the operator.
pub fn can_write(model: &Model) -> Enabled {
    match model.lens {
        Lens::Live => Ok(()),
        Lens::Frozen { .. } => Err("the screen is frozen, nothing is written from it: Esc lets it run again"),
        Lens::Past { .. } => Err("this is the past, nothing is written from it: Esc leads back to now"),
        Lens::Remembered { .. } => Err("no source has answered yet, nothing is written from memory"),
        Lens::WhatIf(_) => Err("this is assumed, nothing is written from it: Esc leads back to how it is"),
    }
}

/// Back to how things are.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    let live = Arc::clone(&model.live);
    model.look_through(Lens::Live, live)
}

/// Freezes what is shown, or leads back to how things are.
pub(super) fn freeze(model: &mut Model) -> Vec<Effect> {
    if !model.lens.is_live() {
        return leave(model);
    }
    let world = Arc::clone(&model.world);
    model.look_through(Lens::Frozen { since: model.now }, world)
}
