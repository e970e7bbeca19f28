//! What is known of something that happened or is planned.

use super::Facts;
use crate::app::past::{Event, What};
use crate::domain::ahead::Planned;
use crate::domain::history::Incident;
use crate::domain::money::CostRange;
use crate::domain::span::Span;
use crate::view::look::Look;
use crate::view::screens::timeline::{self, name};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, Tone};

/// Causes of an incident that are told one by one.
const TOLD: usize = 8;

/// What is known of an event.
pub(super) fn of(look: &Look, id: &str) -> Option<Facts> {
    let event = look.model.past.event(id)?;
    let remembered = look.model.past.remembered.as_deref()?;
    Some(match &event.what {
        What::Incident(at) => incident(look, remembered.incidents.get(*at)?),
        What::Turn { was, is } => {
            let node = name(look, event.nodes.first()?);
            let mut facts = Facts::new(look, format!("{node} became {is}"), "turn");
            when(look, &mut facts, event);
            facts.plain(look, "before", was.map_or("nobody looked", |was| was.word()));
            facts
        }
        What::Change(at) => {
            let change = &remembered.changes.get(*at)?.item;
            let mut facts =
                Facts::new(look, change.summary.to_string(), format!("change {}:{}", change.source, change.id));
            when(look, &mut facts, event);
            facts
        }
        What::Maintenance(summary) => {
            let title = if summary.is_empty() { "maintenance" } else { summary };
            let mut facts = Facts::new(look, title, "maintenance");
            when(look, &mut facts, event);
            facts
        }
        What::Planned(at) => planned(look, look.model.past.planned.get(*at)?),
        What::Done(at) => {
            let entry = remembered.audit.get(*at)?;
            let mut facts = Facts::new(look, format!("{} {}", entry.action, entry.target), format!("by {}", entry.who));
            facts.plain(look, "at", stamp(look, event.began));
            facts.plain(look, "in", entry.source.to_string());
            facts.long("sent", entry.request.clone());
            facts
        }
        What::Gap => {
            let mut facts = Facts::new(look, "Nobody looked", "gap");
            when(look, &mut facts, event);
            facts.long(
                "",
                "No console and no recorder ran. What happened then is not known; it counts as neither good nor bad.",
            );
            facts
        }
    })
}

fn stamp(look: &Look, at: crate::domain::span::Instant) -> String {
    look.clock(at, "%a %-d %b %H:%M:%S")
}

fn when(look: &Look, facts: &mut Facts, event: &Event) {
    facts.plain(look, "from", stamp(look, event.began));
    if let Some(ended) = event.ended {
        facts.plain(look, "until", format!("{}, {}", stamp(look, ended), text::age(ended - event.began)));
    }
}

fn incident(look: &Look, incident: &Incident) -> Facts {
    let mut facts = Facts::new(look, incident.name.clone(), format!("incident of {}", incident.process));
    let (tone, word) = (Tone::of(incident.peak), tone::word(incident.peak));
    let peak = tone::badge(look, tone, word, incident.ended.is_some());
    facts.words("worst", peak.and(look, format!(" from {}", timeline::time(look, incident.peaked)), Meaning::Dim));
    facts.plain(look, "began", stamp(look, incident.began));
    match incident.ended {
        Some(ended) => {
            facts.plain(look, "ended", format!("{}, after {}", stamp(look, ended), text::age(ended - incident.began)));
        }
        None => facts
            .words("ended", look.say(format!("it is on for {}", look.since(Some(incident.began))), Meaning::Warning)),
    }
    match incident.acknowledged {
        Some(at) => {
            facts.plain(look, "taken", format!("{}, after {}", stamp(look, at), text::age(at - incident.began)));
        }
        None => facts.words("taken", look.say("nobody took all of it", Meaning::Warning)),
    }
    let cost = look.say(look.money(incident.cost, false), Meaning::Money);
    facts.words("cost", cost.and(look, format!(" {}", look.currency()), Meaning::Dim));
    let mut causes: Vec<_> = incident.causes.iter().collect();
    causes.sort_by_key(|cause| std::cmp::Reverse((cause.cost.low, cause.severity)));
    for (at, cause) in causes.iter().take(TOLD).enumerate() {
        let title = if cause.title.contains(&cause.name) {
            cause.title.clone()
        } else {
            format!("{}: {}", cause.name, cause.title)
        };
        let until = cause
            .until
            .map_or_else(|| "still on".to_owned(), |until| format!("for {}", text::age(until - cause.began)));
        let severity = cause.severity.map_or("unknown", |severity| severity.word());
        let money = if cause.cost == CostRange::default() {
            String::new()
        } else {
            format!(", {} {}", look.money(cause.cost, false), look.currency())
        };
        let owner = cause.owner.as_ref().map(|owner| format!(", owner {owner}")).unwrap_or_default();
        facts.long(
            if at == 0 { "because" } else { "" },
            format!("{title} ({severity}, from {}, {until}{money}{owner})", timeline::time(look, cause.began)),
        );
    }
    if causes.len() > TOLD {
        facts.plain(look, "", format!("and {} more", causes.len() - TOLD));
    }
    facts
}

fn planned(look: &Look, planned: &Planned) -> Facts {
    let what = planned.change.as_deref().map_or_else(|| "maintenance".to_owned(), |id| format!("change {id}"));
    let title = if planned.summary.is_empty() { what.clone() } else { planned.summary.clone() };
    let mut facts = Facts::new(look, title, what);
    let Span { start, end } = planned.span;
    facts.plain(look, "from", format!("{}, in {}", stamp(look, start), text::age(start - look.model.as_of())));
    facts.plain(look, "until", format!("{}, {}", stamp(look, end), text::age(end - start)));
    let names = &look.world().map.nodes;
    for (at, (process, severity)) in planned.breaks.iter().enumerate() {
        let (tone, word) = (Tone::of(*severity), tone::word(*severity));
        let name = names.get(*process).map_or("", |node| node.name.as_str());
        let words = tone::badge(look, tone, word, true).and(look, format!(" {name}"), Meaning::Text);
        facts.words(if at == 0 { "would break" } else { "" }, words);
    }
    if planned.breaks.is_empty() {
        facts.plain(look, "would break", "no process, as things stand");
    }
    facts
}
