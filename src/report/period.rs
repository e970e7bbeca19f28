//! `bsmtop report`: what happened in a shift or a month, what it cost, what is still open and what is planned.
//!
//! For whoever was not there: sentences first, then tables. Availability is the share of the known time in which a
//! process was neither major nor critical.

mod happened;
mod promises;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::account::{Account, count, money};
use super::document::{Cell, Column, Document, Part, from_to};
use super::words::{age, percent};
use crate::domain::history::{AuditOutcome, IncidentCause};
use crate::domain::money::CostRange;
use crate::domain::severity::Severity;

/// The ends of looks, which as spans lack their last instant.
const LOOKS: TimeDelta = TimeDelta::milliseconds(1);

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
        coverage: remembered.coverage(),
        tz: map.tz,
        currency: map.currency,
        summary: summary(account),
        parts: [
            Some(happened::incidents(account)),
            Some(happened::still_open(account)),
            Some(happened::planned(account)),
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
    let hit: BTreeSet<_> = remembered.incidents.iter().map(|incident| &incident.process).collect();
    told.push(match remembered.incidents.len() {
        0 => without_incidents(account),
        all => format!(
            "{} of {}; {}. Problems cost {}{}.",
            count(all, "incident", "incidents"),
            count(hit.len(), "process", "processes"),
            match open {
                0 => "none is still open".to_owned(),
                1 => "1 is still open".to_owned(),
                _ => format!("{open} are still open"),
            },
            at_least(account),
            money(map, remembered.lost_in_all()),
        ),
    });
    told.extend(gaps(account));
    if account.month.is_some() {
        told.extend(promises::summary(account));
    }
    told
}

/// Problems that were told of only afterwards have no incident, and are problems all the same.
fn without_incidents(account: &Account) -> String {
    let hit = account.processes().iter().filter(|(id, _)| !account.dwelt(id).from(Severity::Warning).is_zero()).count();
    let lost = account.remembered.lost_in_all();
    if hit == 0 && lost == CostRange::default() {
        return "No process had a problem that is known of.".to_owned();
    }
    format!(
        "No incident was recorded, and yet {} a problem for a while. Problems cost {}{}.",
        count(hit, "process had", "processes had"),
        at_least(account),
        money(&account.world.map, lost)
    )
}

/// Where nobody looked all the time, a cost is what is known of it; what signals told is of some nodes alone.
fn at_least(account: &Account) -> &'static str {
    if account.remembered.unseen().length() > LOOKS { "at least " } else { "" }
}

/// What nobody saw, and how much of that signals told later.
fn gaps(account: &Account) -> Option<String> {
    let (remembered, tz) = (&account.remembered, account.world.map.tz);
    let unseen = remembered.unseen();
    let longest = unseen.iter().max_by_key(|gap| gap.length()).filter(|gap| gap.length() >= TimeDelta::minutes(1))?;
    let told = remembered.told().length();
    let (all, nothing, longest) = (age(unseen.length()), age(unseen.length() - told), from_to(tz, longest));
    let covered = format!("History covers {} of this time", percent(remembered.coverage(), 1));
    Some(if told < TimeDelta::seconds(1) {
        format!(
            "{covered}: nothing is known of {nothing}, the longest stretch being {longest}. It counts as neither good nor \
             bad, and adds no cost."
        )
    } else {
        format!(
            "{covered}: nobody looked for {all}, the longest stretch being {longest}. Signals told later of problems in \
             {} of it, which count for what they hit; nothing is known of the other {nothing}, which counts as neither \
             good nor bad, and adds no cost.",
            age(told)
        )
    })
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
            Cell::known(dwelt.available(), dwelt.coverage()),
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
         covered is not known: with less than 99 % known it is marked ~, with less than half of it there is none."
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
    let mut known: BTreeMap<_, (&IncidentCause, usize)> = BTreeMap::new();
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
            cause.map_or_else(|| Cell::Text(unnamed(account, id.as_str())), |cause| Cell::text(&cause.title)),
            Cell::maybe(cause.and_then(|cause| cause.owner.clone()), Cell::Text),
            Cell::Count(known.map_or(0, |(_, count)| *count)),
            Cell::Cost(cost),
        ]);
    }
    part
}

/// A cause that no incident has the words of.
fn unnamed(account: &Account, id: &str) -> String {
    let map = &account.world.map;
    match id.strip_prefix("unexplained:") {
        Some(process) => {
            let name = map.index_of(process).map_or(process, |index| map.nodes[index].name.as_str());
            format!("measured shortfall that no signal explains, on {name}")
        }
        None => id.to_owned(),
    }
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
        let round = |range: CostRange| {
            let currency = account.world.map.currency;
            (currency.rounded(range.low), currency.rounded(range.high))
        };
        let differs = then.at != now.at || round(lost) != round(lost_now);
        part.rows.push(vec![
            Cell::text(id.as_str()),
            Cell::Text(name),
            Cell::known(then.available(), then.coverage()),
            Cell::known(now.available(), now.coverage()),
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
