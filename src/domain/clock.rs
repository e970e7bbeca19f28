//! Clocks of tickets: how long a response, an update or a resolution took so far, what is left, when it is due.
//!
//! Elapsed = open hours − pauses, over half open stretches. Due is the first instant at which elapsed equals the
//! target; a goal is met if it was reached at or before due, and breached if it is not met and nothing is left. What
//! a ticketing system's own clock says wins over a local one of the same goal and is labelled with its source.

use std::fmt::Write as _;

use chrono::TimeDelta;

use super::facts::{NativeClock, Ticket};
use super::id::SourceName;
use super::map::{Clock, Goal, Map};
use super::span::{Instant, Span, Spans};
use super::world::{ClockOrigin, ClockState, Mapped};
use open_time::OpenTime;

mod open_time;

/// How far ahead a due date is looked for.
const HORIZON: TimeDelta = TimeDelta::days(3653);

const GOALS: [Goal; 3] = [Goal::Respond, Goal::Update, Goal::Resolve];

/// The clocks of all tickets at an instant: open before paused before done, time to breach first. And, in words,
/// tickets for which two declared clocks claim to be the one, with their source (these have no local clock).
pub fn evaluate(map: &Map, tickets: &[Mapped<Ticket>], at: Instant) -> (Vec<ClockState>, Vec<(SourceName, String)>) {
    let (mut clocks, mut problems) = (Vec::new(), Vec::new());
    let earliest = tickets.iter().filter_map(|ticket| ticket.item.created).min().unwrap_or(at);
    let open: Vec<OpenTime> = map
        .clocks
        .iter()
        .map(|clock| OpenTime::near(clock.calendar.map(|index| &map.calendars[index]), earliest, at))
        .collect();
    for (index, ticket) in tickets.iter().enumerate() {
        let ticket = &*ticket.item;
        let declared = declared(map, ticket).unwrap_or_else(|problem| {
            problems.push((ticket.source.clone(), problem));
            None
        });
        for goal in GOALS {
            let native = ticket.native.iter().find(|(of, _)| *of == goal);
            let state = match (native, declared) {
                (Some((_, clock)), _) => Some(native_state(ticket, goal, *clock, at)),
                (None, Some(index)) => local_state(&map.clocks[index], &open[index], ticket, goal, at),
                (None, None) => None,
            };
            clocks.extend(state.map(|state| ClockState { ticket: index, ..state }));
        }
    }
    clocks.sort_by_key(|clock| order(clock, at));
    (clocks, problems)
}

/// Running, paused, done; then the time until the breach, at the earliest pace; then the ticket.
fn order(clock: &ClockState, at: Instant) -> (u8, bool, TimeDelta, usize, Goal) {
    let group = if clock.done.is_some() { 2 } else { u8::from(clock.paused) };
    let left = clock.due.map_or(clock.remaining, |due| due - at);
    (group, group == 0 && clock.due.is_none(), left, clock.ticket, clock.goal)
}

/// The declared clock of a ticket, by its place in the map: of several that match, the one with most keys; in words
/// why there is none where several claim to be it.
pub fn declared(map: &Map, ticket: &Ticket) -> Result<Option<usize>, String> {
    let matching = map
        .clocks
        .iter()
        .enumerate()
        .filter(|(_, clock)| clock.source == ticket.source)
        .filter(|(_, clock)| clock.filter.iter().all(|test| test.holds(&ticket.labels)));
    let mut best: Vec<(usize, &Clock)> = Vec::new();
    for (index, clock) in matching {
        let keys = best.first().map_or(0, |(_, best)| best.filter.len());
        if clock.filter.len() > keys {
            best.clear();
        }
        if clock.filter.len() >= keys {
            best.push((index, clock));
        }
    }
    match best[..] {
        [] => Ok(None),
        [(index, _)] => Ok(Some(index)),
        _ => Err(tie(ticket, &best)),
    }
}

fn tie(ticket: &Ticket, clocks: &[(usize, &Clock)]) -> String {
    let mut text = format!("ticket {}:{}: {} clocks match it equally well (", ticket.source, ticket.id, clocks.len());
    for (index, (_, clock)) in clocks.iter().enumerate() {
        let keys: Vec<&str> = clock.filter.iter().map(|test| test.key.as_str()).collect();
        let separator = if index == 0 { "" } else { "; " };
        let _ = write!(text, "{separator}where = {{ {} }}", keys.join(", "));
    }
    text.push_str("): give one of them a further key in `where`");
    text
}

/// When a goal was reached, as far as is known at an instant. A resolved ticket has been answered.
fn done(ticket: &Ticket, goal: Goal, at: Instant) -> Option<Instant> {
    let reached = match goal {
        Goal::Respond => ticket.responded.or(ticket.resolved),
        Goal::Update => None,
        Goal::Resolve => ticket.resolved,
    };
    reached.filter(|reached| *reached <= at)
}

/// What the ticketing system's own clock says. Its target is elapsed + remaining. Of its hours no more is known than
/// it says: while they are closed, the time left does not tell when it is due.
fn native_state(ticket: &Ticket, goal: Goal, clock: NativeClock, at: Instant) -> ClockState {
    let theirs = clock.due.or_else(|| ticket.due.filter(|_| goal == Goal::Resolve));
    let due = theirs.or_else(|| at.checked_add_signed(clock.remaining).filter(|_| clock.open));
    let stopped = clock.stopped.filter(|stopped| *stopped <= at);
    let done = stopped.or_else(|| done(ticket, goal, at));
    ClockState {
        ticket: 0,
        goal,
        target: clock.elapsed.checked_add(&clock.remaining).unwrap_or(TimeDelta::MAX),
        elapsed: clock.elapsed,
        remaining: clock.remaining,
        due: due.filter(|_| !clock.paused && done.is_none()),
        paused: clock.paused,
        open: clock.open,
        breached: clock.breached,
        done,
        origin: ClockOrigin::Native(ticket.source.clone()),
    }
}

/// A declared clock on a ticket; `None` where it has no such goal, or nothing to count from or towards.
fn local_state(clock: &Clock, hours: &OpenTime<'_>, ticket: &Ticket, goal: Goal, at: Instant) -> Option<ClockState> {
    let target = match goal {
        Goal::Respond => clock.respond,
        Goal::Update => clock.update,
        Goal::Resolve => clock.resolve,
    }?;
    let resolved = ticket.resolved.is_some_and(|resolved| resolved <= at);
    let start = match goal {
        Goal::Update if resolved => return None,
        Goal::Update => ticket.updated.filter(|updated| *updated <= at).or(ticket.created)?,
        Goal::Respond | Goal::Resolve => ticket.created?,
    };
    let done = done(ticket, goal, at);
    if done.is_none() && !ticket.open && !resolved {
        return None;
    }
    let waiting = clock.paused_while.iter().any(|status| **status == *ticket.status);
    let pauses = pauses(ticket, waiting && done.is_none(), at);
    let stop = done.unwrap_or(at);
    let elapsed = hours.length(Span::new(start, stop), &pauses);
    let horizon = start.max(at).checked_add_signed(HORIZON).unwrap_or(Instant::MAX_UTC);
    let due = hours.reached(start, target, &pauses, horizon);
    let remaining = target - elapsed;
    let met = done.is_some_and(|done| due.is_some_and(|due| done <= due));
    Some(ClockState {
        ticket: 0,
        goal,
        target,
        elapsed,
        remaining,
        due,
        paused: done.is_none() && pauses.contains(at),
        open: hours.is_open(at),
        breached: !met && remaining <= TimeDelta::zero(),
        done,
        origin: ClockOrigin::Local,
    })
}

/// The pauses of a ticket that began by an instant. One without an end is on for good; so is one that only the
/// ticket's state tells of, from now on.
fn pauses(ticket: &Ticket, waiting: bool, at: Instant) -> Spans {
    let known = ticket.paused.iter().filter(|(start, _)| *start <= at);
    let mut spans: Vec<Span> = known.map(|(start, end)| Span::new(*start, end.unwrap_or(Instant::MAX_UTC))).collect();
    if waiting {
        spans.push(Span::new(at, Instant::MAX_UTC));
    }
    Spans::of(spans)
}

#[cfg(test)]
mod tests;
