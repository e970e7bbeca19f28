//! Where an objective stands.

use super::facts::ObjectiveFacts;
use super::map::{Map, Objective};
use super::span::{Instant, Span};
use super::timeline::Timeline;
use super::window;
use super::world::{ClockState, ObjectiveState, ObjectiveStatus};

/// What an objective is evaluated from.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The map.
    pub map: &'a Map,
    /// Which objective.
    pub objective: &'a Objective,
    /// Its counts.
    pub counts: Option<&'a ObjectiveFacts>,
    /// The states of its node.
    pub timeline: Option<&'a Timeline>,
    /// What the contract figure leaves out.
    pub excluded: &'a [(Span, String)],
    /// Clocks of the node's tickets.
    pub clocks: &'a [ClockState],
    /// Customers that need the node.
    pub customers: &'a [usize],
    /// Now.
    pub at: Instant,
}

/// Where it stands.
pub fn evaluate(input: &Inputs<'_>) -> ObjectiveState {
    let objective = input.objective;
    ObjectiveState {
        state: ObjectiveStatus::NotCovered,
        method: String::new(),
        attained: None,
        felt: None,
        coverage: rust_decimal::Decimal::ZERO,
        budget_remaining: None,
        burn: Vec::new(),
        exhausted_in: None,
        alert: None,
        credit: None,
        window: window::bounds(objective.window, objective.tz, objective.week_starts, input.at),
        exclusions: Vec::new(),
        notes: Vec::new(),
    }
}
