//! What happened, what is still open and what is planned: sentences for whoever comes next.

use std::fmt::Write as _;

use chrono::TimeDelta;

use super::super::account::{Account, cause_words, chief, money};
use super::super::document::{Cell, Column, Part, from_to, when};
use super::super::words::age;
use crate::domain::ahead::AHEAD;
use crate::domain::history::Incident;
use crate::domain::map::Kind;
use crate::domain::money::CostRange;
use crate::domain::severity::Shown;
use crate::domain::span::Span;

/// Incidents that are told in sentences; of more there is a table.
const TOLD: usize = 25;

pub(super) fn incidents(account: &Account) -> Part {
    let mut part = Part::new(
        "incidents",
        "What happened",
        vec![
            Column::of("process", ""),
            Column::of("name", "Process"),
            Column::of("began", "From"),
            Column::of("ended", "Until"),
            Column::of("lasted_s", "Lasted"),
            Column::of("peak", "Worst"),
            Column::of("peaked", ""),
            Column::of("acknowledged", "Acknowledged"),
            Column::cost("cost", "Cost"),
            Column::of("cause", "Cause"),
            Column::of("causes", ""),
            Column::of("owner", "Owner"),
        ],
    );
    let all = &account.remembered.incidents;
    for incident in all {
        let chief = chief(incident);
        part.rows.push(vec![
            Cell::text(incident.process.as_str()),
            Cell::text(&incident.name),
            Cell::At(incident.began),
            Cell::maybe(incident.ended, Cell::At),
            Cell::Lasted(account.lasted(incident)),
            Cell::text(incident.peak.word()),
            Cell::At(incident.peaked),
            Cell::maybe(incident.acknowledged, Cell::At),
            Cell::Cost(incident.cost),
            Cell::maybe(chief, |(cause, _)| Cell::text(cause_words(cause))),
            Cell::Count(incident.causes.len()),
            Cell::maybe(chief.and_then(|(cause, _)| cause.owner.clone()), Cell::Text),
        ]);
    }
    if all.len() <= TOLD {
        part.sentences = all.iter().map(|incident| told(account, incident)).collect();
    }
    part
}

/// An incident in a sentence or three.
fn told(account: &Account, incident: &Incident) -> String {
    let map = &account.world.map;
    let mut text = format!("{} had a problem", incident.name);
    // Nothing that is written into a text fails.
    let _ = match incident.ended {
        Some(ended) => {
            let lasted = age(ended - incident.began);
            write!(text, " for {lasted} ({})", from_to(map.tz, Span::new(incident.began, ended)))
        }
        None => match incident.quiet {
            Some(quiet) => {
                write!(text, " from {} on, well since {}", when(map.tz, incident.began), when(map.tz, quiet))
            }
            None if account.is_over() => {
                write!(text, " since {}, at the end of this time too", when(map.tz, incident.began))
            }
            None => write!(text, " since {} and still has", when(map.tz, incident.began)),
        },
    };
    let _ = write!(text, ", at its worst {}", incident.peak);
    if incident.peaked > incident.began + TimeDelta::minutes(1) {
        let _ = write!(text, " from {} on", when(map.tz, incident.peaked));
    }
    text.push('.');
    if let Some((cause, more)) = chief(incident) {
        let _ = write!(text, " Cause: {}", cause_words(cause));
        if more > 0 {
            let _ = write!(text, ", and {more} more");
        }
        if let Some(owner) = &cause.owner {
            let _ = write!(text, " (owner {owner})");
        }
        text.push('.');
    }
    let is_first_look = |at| account.remembered.covered.iter().any(|look| look.start == at);
    let _ = match incident.acknowledged {
        Some(at) if is_first_look(at) => write!(text, " Somebody had it when it was first seen."),
        Some(at) => write!(text, " Somebody had it after {}.", age(at - incident.began)),
        None => write!(text, " Nobody acknowledged it."),
    };
    if incident.cost != CostRange::default() {
        let _ = write!(text, " It cost {}.", money(map, incident.cost));
    }
    text
}

/// What whoever comes next has to know: processes that are not well, and clocks that run out.
pub(super) fn still_open(account: &Account) -> Part {
    let world = &account.world;
    let mut part = Part::new(
        "open",
        if account.is_over() { "Open at the end of the month" } else { "Still open" },
        vec![
            Column::of("what", "What"),
            Column::of("id", ""),
            Column::of("state", "State"),
            Column::of("since", "Since"),
            Column::of("handled", "Handled"),
            Column::of("detail", "Why"),
            Column::cost("cost_per_hour", "Cost per hour"),
            Column::of("left_s", "Time left"),
        ],
    );
    let unseen = account.remembered.unseen();
    let last = unseen.iter().last().filter(|gap| gap.end == account.remembered.span.end);
    if let Some(gap) = last.filter(|gap| gap.length() >= TimeDelta::minutes(1) && !account.is_over()) {
        let then = when(world.map.tz, gap.start);
        part.sentences.push(format!("Nobody has looked since {then}: this is how it was then."));
    }
    for (index, node) in world.map.named_nodes().filter(|(_, node)| node.kind == Kind::Process) {
        let state = &world.nodes[index];
        let shown = state.interval.shown();
        if matches!(shown, Shown::Severity(severity) if severity.is_up()) {
            continue;
        }
        let cause = state.causes.first().and_then(|id| world.cause(id));
        let why = cause.map(|cause| {
            let on = cause.node.map(|node| format!("{}: ", world.map.nodes[node].name)).unwrap_or_default();
            format!("{on}{}", cause.summary)
        });
        let rate = state.money.map(|money| money.rate);
        let care = if state.planned {
            "planned"
        } else if state.handled {
            "handled"
        } else {
            "not acknowledged"
        };
        let since = state.since.map(|since| format!(" since {}", when(world.map.tz, since))).unwrap_or_default();
        let cost = rate.filter(|rate| *rate != CostRange::default());
        part.sentences.push(format!(
            "{} is {shown}{since}, {care}{}{}.",
            node.name,
            why.as_ref().map(|why| format!(": {why}")).unwrap_or_default(),
            cost.map(|rate| format!("; it costs {} an hour", money(&world.map, rate))).unwrap_or_default()
        ));
        part.rows.push(vec![
            Cell::text(&node.name),
            Cell::text(node.id.as_str()),
            Cell::text(shown.word()),
            Cell::maybe(state.since, Cell::At),
            Cell::text(care),
            Cell::maybe(why, Cell::Text),
            Cell::maybe(rate, Cell::Cost),
            Cell::maybe(state.tolerable_left, Cell::Lasted),
        ]);
    }
    clocks(account, &mut part);
    if part.sentences.is_empty() {
        part.sentences.push("Nothing.".to_owned());
    }
    part
}

/// Tickets whose clocks run, or ran out.
fn clocks(account: &Account, part: &mut Part) {
    let world = &account.world;
    for clock in world.clocks.iter().filter(|clock| clock.done.is_none()) {
        let ticket = &world.tickets[clock.ticket].item;
        let id = format!("{}:{}", ticket.source, ticket.id);
        let state = match clock {
            clock if clock.breached => "breached",
            clock if clock.paused => "paused",
            _ => "running",
        };
        if clock.breached || (!clock.paused && clock.remaining < AHEAD) {
            part.sentences.push(format!(
                "Ticket {id}, “{}”: {} {}.",
                ticket.summary,
                clock.goal.word(),
                if clock.breached {
                    format!("was due {} ago", age(-clock.remaining))
                } else {
                    format!("is due within {} of open hours", age(clock.remaining))
                }
            ));
        }
        part.rows.push(vec![
            Cell::text(ticket.summary.as_ref()),
            Cell::Text(id),
            Cell::text(format!("{} {state}", clock.goal.word())),
            Cell::maybe(ticket.created, Cell::At),
            Cell::maybe(ticket.owner.as_deref(), Cell::text),
            Cell::None,
            Cell::None,
            Cell::Lasted(clock.remaining),
        ]);
    }
}

pub(super) fn planned(account: &Account) -> Part {
    let world = &account.world;
    let mut part = Part::new(
        "planned",
        "Planned for the next 12 hours",
        vec![
            Column::of("begins", "From"),
            Column::of("ends", "Until"),
            Column::of("change", "Change"),
            Column::of("summary", "What"),
            Column::of("nodes", "Touches"),
            Column::of("breaks", "Would break"),
        ],
    );
    for planned in account.planned() {
        let names = |nodes: &[usize]| {
            nodes.iter().map(|node| world.map.nodes[*node].name.as_str()).collect::<Vec<_>>().join(", ")
        };
        let breaks: Vec<String> = planned
            .breaks
            .iter()
            .map(|(process, severity)| format!("{} ({severity})", world.map.nodes[*process].name))
            .collect();
        let what = match (&planned.change, planned.summary.as_str()) {
            (Some(change), summary) => format!("change {change}, “{summary}”"),
            (None, "") => "maintenance".to_owned(),
            (None, summary) => format!("maintenance, “{summary}”"),
        };
        part.sentences.push(format!(
            "{}: {what}{}. {}",
            from_to(world.map.tz, planned.span),
            if planned.nodes.is_empty() { String::new() } else { format!(", on {}", names(&planned.nodes)) },
            if breaks.is_empty() {
                "It breaks no process as things stand.".to_owned()
            } else {
                let hit = breaks.join(", ");
                if planned.loss.is_zero() {
                    format!("With that down, these would be hit: {hit}.")
                } else {
                    let loss = CostRange { low: planned.loss, high: planned.loss };
                    format!("With that down, these would be hit: {hit}; it would cost {}.", money(&world.map, loss))
                }
            }
        ));
        part.rows.push(vec![
            Cell::At(planned.span.start),
            Cell::At(planned.span.end),
            Cell::maybe(planned.change, Cell::Text),
            Cell::Text(planned.summary),
            Cell::Text(names(&planned.nodes)),
            Cell::Text(breaks.join(", ")),
        ]);
    }
    part
}
