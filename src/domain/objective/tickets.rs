//! Tickets whose clock was met as a tally: completed in the window, and those still open that are breached already.

use rust_decimal::Decimal;

use super::{Inputs, Measure, Tally, contract_hours};
use crate::domain::burn;
use crate::domain::map::Goal;
use crate::domain::span::{Instant, Span};
use crate::domain::world::ClockState;

/// Missed clocks of completed ones. A ticket has no exclusion, so contract and felt are one figure.
pub(super) fn measure(input: &Inputs<'_>, window: Span, goal: Goal) -> Measure {
    let clocks = || input.clocks.iter().filter(|clock| clock.goal == goal);
    let so_far = Span::new(window.start, input.at);
    let mut measure = Measure {
        method: "tickets".to_owned(),
        coverage: Decimal::ONE,
        counted: contract_hours(input, window),
        ..Measure::default()
    };
    let missed = clocks().filter(|clock| clock.done.is_none());
    let tally = add(tally(clocks().filter(|clock| clock.done.is_some()), so_far, input.at), missed);
    (measure.contract, measure.felt) = (Some(tally), Some(tally));
    for window in burn::windows(input.objective) {
        let tally = self::tally(clocks(), Span::new(input.at - window, input.at), input.at);
        if let Some(ratio) = tally.bad_ratio() {
            measure.ratios.insert(window, ratio);
            measure.totals.insert(window, tally.total);
        }
    }
    measure
}

/// The clocks that were decided within a span, its last instant included: when done, or when breached.
fn tally<'a>(clocks: impl Iterator<Item = &'a ClockState>, within: Span, at: Instant) -> Tally {
    let decided = |clock: &&ClockState| {
        let breach = clock.due.or_else(|| at.checked_add_signed(clock.remaining));
        let when = clock.done.or(breach.filter(|_| clock.breached));
        when.is_some_and(|when| within.start <= when && when <= within.end)
    };
    clocks.filter(decided).fold(Tally::default(), one)
}

/// Those that are breached and still open count as missed, whenever that was.
fn add<'a>(tally: Tally, open: impl Iterator<Item = &'a ClockState>) -> Tally {
    open.filter(|clock| clock.breached).fold(tally, one)
}

fn one(sum: Tally, clock: &ClockState) -> Tally {
    Tally { bad: sum.bad + Decimal::from(u8::from(clock.breached)), total: sum.total + Decimal::ONE }
}
