//! Which formulas stand behind a thing on screen: those of its money, of its promise, of its clocks.

use crate::app::place::Item;
use crate::app::rows::ticket_id;
use crate::domain::explain::figures::{self, Formula};
use crate::domain::world::ClockState;
use crate::view::look::Look;

/// The formulas of a thing; none where it has no figures.
pub fn of(look: &Look, item: &Item) -> Vec<Formula> {
    let world = look.world();
    let place_of = |found: Option<usize>, formulas: fn(&_, usize) -> Vec<Formula>| {
        found.map_or_else(Vec::new, |place| formulas(world, place))
    };
    match item {
        Item::Objective(id) => {
            place_of(world.map.objectives.iter().position(|objective| objective.id == *id), figures::objective)
        }
        Item::Spend(id) => place_of(world.map.spends.iter().position(|spend| spend.id == *id), figures::spend),
        Item::Node(id) => {
            let node = world.map.nodes.iter().position(|node| node.id == *id);
            let mut formulas = place_of(node, figures::process);
            formulas.extend(node.and_then(|node| figures::customer(world, node)));
            formulas
        }
        Item::Cause(id) => world.cause(id).map_or_else(Vec::new, |cause| figures::cause(world, cause)),
        Item::Clock(id, goal) => {
            let mut clocks = world.clocks.iter().filter(|clock| clock.goal == *goal);
            let clock = clocks.find(|clock| ticket_id(world, clock.ticket) == *id);
            clock.map_or_else(Vec::new, |clock| figures::clock(world, clock))
        }
        Item::Ticket(id) => {
            let clocks = world.clocks.iter().filter(|clock| ticket_id(world, clock.ticket) == *id);
            let named = |clock: &ClockState| {
                let goal = clock.goal.word();
                let formulas = figures::clock(world, clock).into_iter();
                formulas.map(move |it| Formula { text: format!("{goal}: {}", it.text), ..it })
            };
            clocks.flat_map(named).collect()
        }
        _ => Vec::new(),
    }
}
