//! What happened, as rows: incidents, turns of states, changes, maintenance, what was done, time that nobody covered.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::domain::ahead::Planned;
use crate::domain::history::AuditOutcome;
use crate::domain::id::NodeId;
use crate::domain::maintenance::occurrences;
use crate::domain::map::{Kind, Map};
use crate::domain::remembered::Remembered;
use crate::domain::severity::Shown;
use crate::domain::span::{Instant, Span};
use crate::domain::world::World;

/// More rows than anybody scrolls through; the oldest go.
const MOST: usize = 2_000;

/// Gaps that are shorter are no event.
const GAP: TimeDelta = TimeDelta::minutes(1);

/// Something that happened, or is planned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// What it is known by from answer to answer.
    pub id: Arc<str>,
    /// What it is.
    pub what: What,
    /// When it began.
    pub began: Instant,
    /// When it was seen first: as of then it can be looked at.
    pub seen: Instant,
    /// When it ended; `None`: it is still on, or it is an instant.
    pub ended: Option<Instant>,
    /// The nodes it is about.
    pub nodes: Vec<NodeId>,
}

impl Event {
    /// The time it takes on an axis; what is still on goes on until now.
    pub fn span(&self, now: Instant) -> Span {
        let end = self.ended.unwrap_or(now).max(self.began + TimeDelta::milliseconds(1));
        Span::new(self.began, end)
    }
}

/// What an event is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// A process had a problem: index into [`Remembered::incidents`].
    Incident(usize),
    /// A node became what it was not before; `None`: nobody looked.
    Turn {
        /// What it was.
        was: Option<Shown>,
        /// What it became.
        is: Shown,
    },
    /// A change: index into [`Remembered::changes`].
    Change(usize),
    /// Maintenance, and what for.
    Maintenance(String),
    /// Still to come: index into [`super::Past::planned`].
    Planned(usize),
    /// Done through the console: index into [`Remembered::audit`].
    Done(usize),
    /// Nobody looked.
    Gap,
}

/// What happened on an axis up to the instant of a world, and what is planned after it; the newest first.
pub(super) fn of(world: &World, remembered: &Remembered, planned: &[Planned], axis: Span) -> Vec<Event> {
    let past = Span::new(axis.start, world.at.min(axis.end));
    let mut found = Vec::new();
    found.extend(incidents(remembered, past));
    found.extend(turns(&world.map, remembered, past));
    found.extend(changes(world, remembered, past));
    found.extend(maintenance(&world.map, remembered, past));
    found.extend(done(remembered, past));
    found.extend(gaps(remembered, past));
    found.extend(to_come(world, planned, past.end));
    found.sort_by(|a, b| {
        b.began.cmp(&a.began).then_with(|| rank(&a.what).cmp(&rank(&b.what))).then_with(|| a.id.cmp(&b.id))
    });
    found.truncate(MOST);
    found
}

/// Of what began at the same instant, what says most is first.
const fn rank(what: &What) -> u8 {
    match what {
        What::Incident(_) => 0,
        What::Change(_) | What::Planned(_) => 1,
        What::Maintenance(_) => 2,
        What::Turn { .. } => 3,
        What::Done(_) => 4,
        What::Gap => 5,
    }
}

fn event(kind: &str, name: &str, began: Instant, what: What, nodes: Vec<NodeId>) -> Event {
    Event { id: format!("{kind}:{name}@{}", began.timestamp()).into(), what, began, seen: began, ended: None, nodes }
}

fn incidents(remembered: &Remembered, past: Span) -> impl Iterator<Item = Event> {
    let all = remembered.incidents.iter().enumerate();
    let all = all.filter(move |(_, it)| it.began < past.end && it.ended.is_none_or(|ended| ended > past.start));
    all.map(move |(at, incident)| {
        let nodes = incident.causes.iter().filter_map(|cause| cause.node.clone());
        let nodes = std::iter::once(incident.process.clone()).chain(nodes).collect();
        let it = event("incident", incident.process.as_str(), incident.began, What::Incident(at), nodes);
        let ended = incident.ended.filter(|ended| *ended <= past.end);
        Event { ended, seen: remembered.seen(incident.began), ..it }
    })
}

/// Turns of processes and services. A process's turn into a problem and out of it are its incident's.
fn turns(map: &Map, remembered: &Remembered, past: Span) -> Vec<Event> {
    let mut found = Vec::new();
    for (id, steps) in &remembered.steps {
        let is_process = map.index_of(id.as_str()).is_some_and(|index| map.nodes[index].kind == Kind::Process);
        let mut was: Option<Shown> = None;
        for (place, step) in steps.iter().enumerate() {
            let is = step.state.map(|state| state.interval.shown());
            let turned = place > 0 && is != was;
            if let Some(is) = is.filter(|_| turned && past.contains(step.at)) {
                let of_incident = is_process
                    && remembered.incidents.iter().any(|incident| {
                        incident.process == *id && (incident.began == step.at || incident.ended == Some(step.at))
                    });
                let back_as_it_was =
                    was.is_none() && place > 1 && steps[place - 2].state.map(|it| it.interval.shown()) == Some(is);
                if !of_incident && !back_as_it_was {
                    let turn = event("turn", id.as_str(), step.at, What::Turn { was, is }, vec![id.clone()]);
                    let ended = steps.get(place + 1).map(|next| next.at).filter(|end| *end <= past.end);
                    found.push(Event { ended, seen: remembered.seen(step.at), ..turn });
                }
            }
            was = is;
        }
    }
    found
}

fn changes<'a>(world: &'a World, remembered: &'a Remembered, past: Span) -> impl Iterator<Item = Event> + 'a {
    let all = remembered.changes.iter().enumerate();
    let all = all.filter(move |(_, change)| change.item.window.start < past.end && change.item.window.end > past.start);
    all.map(move |(at, change)| {
        let change = &change.item;
        let mapped = world.changes.iter().find(|it| it.item.id == change.id && it.item.source == change.source);
        let nodes = match mapped {
            Some(mapped) => mapped.nodes.iter().map(|node| world.map.nodes[*node].id.clone()).collect(),
            None => change.nodes.clone(),
        };
        let name = format!("{}:{}", change.source, change.id);
        let it = event("change", &name, change.window.start, What::Change(at), nodes);
        Event { ended: Some(change.window.end), ..it }
    })
}

fn maintenance(map: &Map, remembered: &Remembered, past: Span) -> Vec<Event> {
    let mut found = Vec::new();
    let mut add = |name: &str, span: Span, summary: Option<&String>, nodes: Vec<NodeId>| {
        if span.start < past.end && span.end > past.start {
            let what = What::Maintenance(summary.cloned().unwrap_or_default());
            found.push(Event { ended: Some(span.end), ..event("maintenance", name, span.start, what, nodes) });
        }
    };
    for (place, declared) in map.maintenance.iter().enumerate() {
        let nodes: Vec<NodeId> = declared.nodes.iter().map(|node| map.nodes[*node].id.clone()).collect();
        for span in occurrences(declared, past) {
            add(&place.to_string(), span, declared.summary.as_ref(), nodes.clone());
        }
    }
    for reported in &remembered.maintenance {
        let item = &reported.item;
        let name = item.nodes.first().map_or("", NodeId::as_str);
        add(name, item.span, item.summary.as_ref(), item.nodes.clone());
    }
    found
}

fn done(remembered: &Remembered, past: Span) -> impl Iterator<Item = Event> {
    let all = remembered.audit.iter().enumerate();
    let all = all.filter(move |(_, entry)| past.contains(entry.at) && entry.outcome != AuditOutcome::Begun);
    all.map(|(at, entry)| event("done", &at.to_string(), entry.at, What::Done(at), Vec::new()))
}

fn gaps(remembered: &Remembered, past: Span) -> Vec<Event> {
    let first = remembered.covered.iter().next().map_or(past.end, |span| span.start);
    let seen = Span::new(past.start.max(first), past.end);
    let gaps = crate::domain::span::Spans::from(seen).subtract(&remembered.covered);
    // The last half minute may not be written yet.
    let gaps = gaps.iter().filter(|gap| gap.length() >= GAP && gap.end < seen.end);
    gaps.map(|gap| Event { ended: Some(gap.end), ..event("gap", "", gap.start, What::Gap, Vec::new()) }).collect()
}

fn to_come<'a>(world: &'a World, planned: &'a [Planned], now: Instant) -> impl Iterator<Item = Event> + 'a {
    let ahead = planned.iter().enumerate().filter(move |(_, planned)| planned.span.start >= now);
    ahead.map(|(at, planned)| {
        let nodes = planned.nodes.iter().chain(planned.breaks.iter().map(|(node, _)| node));
        let nodes = nodes.map(|node| world.map.nodes[*node].id.clone()).collect();
        let name = planned.change.as_deref().unwrap_or("maintenance");
        Event { ended: Some(planned.span.end), ..event("planned", name, planned.span.start, What::Planned(at), nodes) }
    })
}
