//! The objectives of a world: each from its counts or from the past of its node.

use crate::domain::map::{Indicator, Objective};
use crate::domain::objective::{self, Inputs};
use crate::domain::span::Span;
use crate::domain::window;
use crate::domain::world::{ClockState, ObjectiveState};

use super::assemble::View;
use super::planned::excluded;
use super::replay::masked;

/// No burn window is longer.
pub const LONGEST_BURN: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// Where every objective stands, in map order.
pub fn states(picture: &View<'_>, clocks: &[ClockState]) -> Vec<ObjectiveState> {
    picture.model.map.objectives.iter().map(|objective| state(picture, objective, clocks)).collect()
}

fn state(picture: &View<'_>, objective: &Objective, clocks: &[ClockState]) -> ObjectiveState {
    let (model, facts, at) = (picture.model, &picture.observed.facts, picture.at());
    let bounds = window::bounds(objective.window, objective.tz, objective.week_starts, at);
    // Burn windows reach back before a calendar window that has just begun.
    let seen = Span::new(bounds.start.min(at - LONGEST_BURN), at);
    let timeline = match objective.indicator {
        // Of a node of whose past nothing is known, nothing was seen to be good either.
        Indicator::State(_) if picture.past.touched.get(objective.node) == Some(&true) => {
            picture.past.counted(objective.node).map(|timeline| masked(&timeline, &picture.past.covered, seen))
        }
        _ => None,
    };
    let mine: Vec<ClockState> = match objective.indicator {
        Indicator::Tickets(_) => {
            let is_mine = |clock: &&ClockState| picture.observed.tickets[clock.ticket].nodes.contains(&objective.node);
            clocks.iter().filter(is_mine).cloned().collect()
        }
        _ => Vec::new(),
    };
    objective::evaluate(&Inputs {
        map: &model.map,
        objective,
        counts: facts.objectives.get(&objective.id),
        timeline: timeline.as_ref(),
        excluded: &excluded(model, facts, objective.node, bounds),
        clocks: &mine,
        customers: &model.customers[objective.node],
        at,
    })
}
