//! `bsmtop report`: what happened in a shift or a month, what it cost, what is still open and what is planned.
//!
//! For whoever was not there: sentences first, then tables. Availability is the share of the known time in which a
//! process was neither major nor critical.

mod promises;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::account::{Account, cause_words, chief, count, money};
use super::document::{Cell, Column, Document, Part, from_to, when};
use super::words::{age, percent};
use crate::domain::history::{AuditOutcome, Incident};
use crate::domain::severity::{Severity, Shown};

/// Incidents that are told in sentences; of more there is a table.
const TOLD: usize = 25;

/// Causes that are listed.
const WORST: usize = 15;

/// The report of a stretch.
pub fn period(account: &Account) -> Document {
    let (remembered, map) = (&account.remembered, &account.world.map);
    let title = match &account.month {
        Some(month) => format!("Business services in {month}"),
        None => format!("Handover: the last {}", age(remembered.span.length())),
    };
    Document {
        title,
        span: remembered.span,
        made: account.made,
        tz: map.tz,
        currency: map.currency,
        summary: summary(account),
        parts: [
            Some(incidents(account)),
            Some(still_open(account)),
            Some(planned(account)),
            Some(processes(account)),
            Some(causes(account)),
            Some(promises::objectives(account)),
            Some(promises::credits(account)),
            Some(promises::exclusions(account)),
            Some(changes(account)),
            Some(actions(account)),
            account.present.as_ref().map(|_| recomputed(account)),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

fn summary(account: &Account) -> Vec<String> {
    let (remembered, map) = (&account.remembered, &account.world.map);
    let mut told = vec![format!("{}, {}.", from_to(map.tz, remembered.span), map.tz.name())];
    let open = remembered.incidents.iter().filter(|incident| incident.ended.is_none()).count();
    let hit: std::collections::BTreeSet<_> = remembered.incidents.iter().map(|incident| &incident.process).collect();
    told.push(match remembered.incidents.len() {
        0 => "No process had a problem that is known of.".to_owned(),
        all => format!(
            "{} of {}; {}. Problems cost {}{}.",
            count(all, "incident", "incidents"),
            count(hit.len(), "process", "processes"),
            match open {
                0 => "none is still open".to_owned(),
                1 => "1 is still open".to_owned(),
                _ => format!("{open} are still open"),
            },
            if remembered.coverage() < Decimal::ONE { "at least " } else { "" },
            money(map, remembered.lost_in_all()),
        ),
    });
    told.extend(gaps(account));
    if account.month.is_some() {
        told.extend(promises::summary(account));
    }
    told
}

/// What nobody saw.
fn gaps(account: &Account) -> Option<String> {
    let (remembered, tz) = (&account.remembered, account.world.map.tz);
    let span = crate::domain::span::Span::new(remembered.span.start, remembered.span.end.min(account.made));
    let gaps = crate::domain::span::Spans::from(span).subtract(&remembered.covered);
    let longest = gaps.iter().max_by_key(|gap| gap.length()).filter(|gap| gap.length() >= TimeDelta::minutes(1))?;
    Some(format!(
        "History covers {} of this time: nothing is known of {}, the longest stretch being {}. It counts as neither \
         good nor bad, and adds no cost.",
        percent(remembered.coverage(), 1),
        age(gaps.length()),
        from_to(tz, longest)
    ))
}

fn incidents(account: &Account) -> Part {
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
    match incident.ended {
        Some(ended) => {
            text += &format!(
                " for {} ({})",
                age(ended - incident.began),
                from_to(map.tz, crate::domain::span::Span::new(incident.began, ended))
            )
        }
        None => text += &format!(" since {} and still has", when(map.tz, incident.began)),
    }
    text += &format!(", at its worst {}", incident.peak);
    if incident.peaked > incident.began + TimeDelta::minutes(1) {
        text += &format!(" from {} on", when(map.tz, incident.peaked));
    }
    text.push('.');
    if let Some((cause, more)) = chief(incident) {
        text += &format!(" Cause: {}", cause_words(cause));
        if more > 0 {
            text += &format!(", and {more} more");
        }
        if let Some(owner) = &cause.owner {
            text += &format!(" (owner {owner})");
        }
        text.push('.');
    }
    text += &match incident.acknowledged {
        Some(at) => format!(" Somebody had it after {}.", age(at - incident.began)),
        None => " Nobody acknowledged it.".to_owned(),
    };
    if incident.cost != Default::default() {
        text += &format!(" It cost {}.", money(map, incident.cost));
    }
    text
}

/// What whoever comes next has to know: processes that are not well, and clocks that run out.
fn still_open(account: &Account) -> Part {
    let world = &account.world;
    let mut part = Part::new(
        "open",
        "Still open",
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
    for (index, node) in world.map.named_nodes().filter(|(_, node)| node.kind == crate::domain::map::Kind::Process) {
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
            "nobody is on it"
        };
        let since = state.since.map(|since| format!(" since {}", when(world.map.tz, since))).unwrap_or_default();
        let cost = rate.filter(|rate| *rate != Default::default());
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
    for clock in world.clocks.iter().filter(|clock| clock.done.is_none()) {
        let ticket = &world.tickets[clock.ticket].item;
        let id = format!("{}:{}", ticket.source, ticket.id);
        let state = match clock {
            clock if clock.breached => "breached",
            clock if clock.paused => "paused",
            _ => "running",
        };
        if clock.breached || (!clock.paused && clock.remaining < crate::domain::ahead::AHEAD) {
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
    if part.sentences.is_empty() {
        part.sentences.push("Nothing.".to_owned());
    }
    part
}

fn planned(account: &Account) -> Part {
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
                format!("With that down, these would be hit: {}.", breaks.join(", "))
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

fn processes(account: &Account) -> Part {
    let mut part = Part::new(
        "processes",
        "Processes",
        vec![
            Column::of("process", ""),
            Column::of("name", "Process"),
            Column::of("available", "Available"),
            Column::of("down_s", "Major or critical"),
            Column::of("problem_s", "Any problem"),
            Column::of("unknown_s", "Not known"),
            Column::of("worst", "Worst"),
            Column::of("incidents", "Incidents"),
            Column::cost("cost", "Cost"),
        ],
    );
    for (id, name) in account.processes() {
        let dwelt = account.dwelt(&id);
        let incidents = account.remembered.incidents.iter().filter(|incident| incident.process == id).count();
        part.rows.push(vec![
            Cell::text(id.as_str()),
            Cell::Text(name),
            Cell::maybe(dwelt.available(), Cell::Ratio),
            Cell::Lasted(dwelt.from(Severity::Major)),
            Cell::Lasted(dwelt.from(Severity::Warning)),
            Cell::Lasted(dwelt.unknown),
            Cell::maybe(dwelt.worst(), |worst| Cell::text(worst.word())),
            Cell::Count(incidents),
            Cell::Cost(account.remembered.lost(&id)),
        ]);
    }
    part.notes.push(
        "Available: the share of the known time in which the process was neither major nor critical. Time that nobody \
         covered is not known."
            .to_owned(),
    );
    part
}

fn causes(account: &Account) -> Part {
    let mut part = Part::new(
        "causes",
        "Worst causes",
        vec![
            Column::of("cause", ""),
            Column::of("node", ""),
            Column::of("name", "On"),
            Column::of("title", "What"),
            Column::of("owner", "Owner"),
            Column::of("incidents", "Incidents"),
            Column::cost("cost", "Its part of the cost"),
        ],
    );
    let mut known: BTreeMap<_, (&crate::domain::history::IncidentCause, usize)> = BTreeMap::new();
    for incident in &account.remembered.incidents {
        for cause in &incident.causes {
            known.entry(&cause.id).or_insert((cause, 0)).1 += 1;
        }
    }
    for (id, cost) in account.remembered.by_cause().into_iter().take(WORST) {
        let known = known.get(&id);
        let cause = known.map(|(cause, _)| *cause);
        part.rows.push(vec![
            Cell::text(id.as_str()),
            Cell::maybe(cause.and_then(|cause| cause.node.as_ref()), |node| Cell::text(node.as_str())),
            Cell::maybe(cause, |cause| Cell::text(&cause.name)),
            Cell::text(cause.map_or(id.as_str(), |cause| cause.title.as_str())),
            Cell::maybe(cause.and_then(|cause| cause.owner.clone()), Cell::Text),
            Cell::Count(known.map_or(0, |(_, count)| *count)),
            Cell::Cost(cost),
        ]);
    }
    part
}

fn changes(account: &Account) -> Part {
    let columns = vec![
        Column::of("begins", "From"),
        Column::of("ends", "Until"),
        Column::of("change", "Change"),
        Column::of("summary", "What"),
        Column::of("nodes", "Touches"),
    ];
    let mut part = Part::new("changes", "Changes", columns);
    let world = &account.world;
    for change in account.remembered.changes.iter().filter(|it| it.item.window.start < account.made) {
        let id = format!("{}:{}", change.item.source, change.item.id);
        let mapped = world
            .changes
            .iter()
            .find(|mapped| mapped.item.id == change.item.id && mapped.item.source == change.item.source);
        let nodes = match mapped {
            Some(mapped) => mapped.nodes.iter().map(|node| world.map.nodes[*node].name.clone()).collect::<Vec<_>>(),
            None => change.item.nodes.iter().map(ToString::to_string).collect(),
        };
        part.rows.push(vec![
            Cell::At(change.item.window.start),
            Cell::At(change.item.window.end),
            Cell::Text(id),
            Cell::text(change.item.summary.as_ref()),
            Cell::Text(nodes.join(", ")),
        ]);
    }
    part
}

fn actions(account: &Account) -> Part {
    let columns = vec![
        Column::of("at", "When"),
        Column::of("who", "Who"),
        Column::of("action", "Did"),
        Column::of("source", "In"),
        Column::of("target", "To"),
        Column::of("outcome", "What came of it"),
    ];
    let mut part = Part::new("actions", "Done through the console", columns);
    for entry in account.remembered.audit.iter().filter(|entry| entry.outcome != AuditOutcome::Begun) {
        let outcome = match &entry.outcome {
            AuditOutcome::Begun => "begun".to_owned(),
            AuditOutcome::Done(_) => "done".to_owned(),
            AuditOutcome::Failed(why) => format!("failed: {why}"),
            AuditOutcome::Unknown(why) => format!("unknown: {why}"),
        };
        part.rows.push(vec![
            Cell::At(entry.at),
            Cell::text(&entry.who),
            Cell::text(&entry.action),
            Cell::text(entry.source.as_str()),
            Cell::text(&entry.target),
            Cell::Text(outcome),
        ]);
    }
    part
}

/// Both numbers: what was concluded then, and what the present map says of the same observations.
fn recomputed(account: &Account) -> Part {
    let mut part = Part::new(
        "recomputed",
        "As the present map would say",
        vec![
            Column::of("process", ""),
            Column::of("name", "Process"),
            Column::of("available", "Available, concluded"),
            Column::of("available_present", "by the present map"),
            Column::of("down_s", "Major or critical, concluded"),
            Column::of("down_present_s", "by the present map"),
            Column::cost("cost", "Cost, concluded"),
            Column::cost("cost_present", "by the present map"),
            Column::of("differs", "Differs"),
        ],
    );
    let Some(present) = &account.present else { return part };
    for (id, name) in account.processes() {
        let (then, now) = (account.dwelt(&id), present.dwelt(&id));
        let (lost, lost_now) = (account.remembered.lost(&id), present.lost(&id));
        let round = |range: crate::domain::money::CostRange| {
            let currency = account.world.map.currency;
            (currency.rounded(range.low), currency.rounded(range.high))
        };
        let differs = then.at != now.at || round(lost) != round(lost_now);
        part.rows.push(vec![
            Cell::text(id.as_str()),
            Cell::Text(name),
            Cell::maybe(then.available(), Cell::Ratio),
            Cell::maybe(now.available(), Cell::Ratio),
            Cell::Lasted(then.from(Severity::Major)),
            Cell::Lasted(now.from(Severity::Major)),
            Cell::Cost(lost),
            Cell::Cost(lost_now),
            Cell::text(if differs { "yes" } else { "" }),
        ]);
    }
    part.notes.push(
        "Contract figures use what was concluded. The present map is asked of the same observations; its cost follows \
         the model, without measured figures."
            .to_owned(),
    );
    part
}
