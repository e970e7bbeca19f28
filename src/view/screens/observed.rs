//! What was observed: signals of monitoring and records of ticketing, each with the node it belongs to.

use ratatui::buffer::Buffer;

use rustc_hash::FxHashMap;

use super::causes::{self, ticket_name};
use super::promises;
use crate::app::flood;
use crate::app::layout::Panel;
use crate::app::list::{Branch, Row};
use crate::app::place::Item;
use crate::app::rows::ticket_id;
use crate::domain::facts::Freshness;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::severity::Handling;
use crate::view::look::{Align, Look, Words};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, BADGE, Tone};
use crate::view::widgets::table::{self, Column, Entry};

const SIGNALS: [Column; 7] = [
    Column::left("", BADGE, 0),
    Column::left("", 1, 0),
    Column::sentence("", 30, 4, 0),
    Column::flex("on", 16, 1, 2),
    Column::left("source", 10, 3),
    Column::right("since", 6, 1),
    Column::sentence("handled by", 16, 1, 4),
];

/// All signals.
pub fn signals(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let unmapped = look.world().unmapped().count();
    let grouped = look.model.flood.is_grouped();
    let count = match look.model.list(panel.pane) {
        Some(list) if grouped => {
            let groups = list.rows.iter().filter(|row| row.branch != Branch::Leaf).count();
            let all = text::grouped(&list.unfiltered.to_string());
            format!("{all} on {}", text::count(groups, "process", "processes"))
        }
        _ => table::count(look, panel),
    };
    let mut title = table::title(look, panel, "SIGNALS", &count);
    if unmapped > 0 {
        title.push(look, format!("{}{unmapped} on no node", look.glyphs.dot), Meaning::Warning);
    }
    if look.model.flood.is_on {
        title.push(look, format!("{}FLOOD", look.glyphs.dot), Meaning::Critical);
    }
    let counts = if grouped { flood::counts(look.world()) } else { FxHashMap::default() };
    let shown = table::shown(look, panel, &SIGNALS);
    table::draw(buffer, look, panel, &SIGNALS, &title, |row| {
        if let Item::Node(_) = row.id.item {
            return group_entry(look, row, counts.get(&row.index).copied().unwrap_or(0));
        }
        let mut entry = signal_entry(look, row);
        tell(look, &mut entry, &SIGNALS, &shown, &["on", "source", "handled by"]);
        if row.depth > 0
            && let Some(summary) = entry.cells.get_mut(2)
        {
            *summary = look.say("  ", Meaning::Text).then(std::mem::take(summary));
        }
        entry
    });
    table::unreported(buffer, look, panel, "No signal: no source reports anything wrong.");
}

/// Under a row, where there is room: the rest of its summary, and the columns that have no room.
fn tell(look: &Look, entry: &mut Entry, columns: &[Column], shown: &[&str], wanted: &[&str]) {
    let mut below = Words::new();
    for title in wanted.iter().filter(|title| !shown.contains(*title)) {
        let cell = columns.iter().position(|column| column.title == *title).and_then(|at| entry.cells.get(at));
        if let Some(cell) = cell.filter(|cell| !cell.is_empty()) {
            if !below.is_empty() {
                below.push(look, look.glyphs.dot, Meaning::Dim);
            }
            let lead = if *title == "handled by" { String::new() } else { format!("{title} ") };
            below = below.and(look, lead, Meaning::Dim).then(cell.clone());
        }
    }
    entry.below = if below.is_empty() { Vec::new() } else { vec![below] };
    entry.goes_on = Some(2);
}

/// What the row of a process shows that signals stand under.
fn group_entry(look: &Look, row: &Row, count: usize) -> Entry {
    let world = look.world();
    let (Some(node), Some(state)) = (world.map.nodes.get(row.index), world.nodes.get(row.index)) else {
        return Entry::default();
    };
    let sign = if row.branch == Branch::Open { look.glyphs.open } else { look.glyphs.closed };
    let signals = text::count(count, "signal", "signals");
    let rate = state.money.map(|money| look.money(money.rate, false));
    let rate = rate.map_or_else(String::new, |rate| format!("{rate} {}/h", look.currency()));
    let cells = vec![
        tone::node_badge(look, row.index),
        look.say(sign, Meaning::Key),
        look.say(node.name.clone(), Meaning::Strong).and(look, format!("  {signals}"), Meaning::Text),
        look.say(rate, Meaning::Money),
        Words::new(),
        look.say(look.since(state.since), Meaning::Text),
        look.say(node.owner.clone().unwrap_or_default(), Meaning::Dim),
    ];
    let cause = state.causes.first().and_then(|id| world.cause(id));
    let below = cause.map(|cause| look.say(causes::sentence(look, cause), Meaning::Dim));
    Entry { cells, below: below.into_iter().collect(), ..Entry::default() }
}

/// What a signal's row shows.
pub fn signal_entry(look: &Look, row: &Row) -> Entry {
    let world = look.world();
    let Some(mapped) = world.signals.get(row.index) else { return Entry::default() };
    let signal = &mapped.item;
    // Filled is what hurts and nobody is on: what redundancy absorbs is not.
    let hurts = |node: &NodeIndex| {
        let is_process = world.map.nodes.get(*node).is_some_and(|node| node.kind == Kind::Process);
        is_process || world.nodes.get(*node).is_some_and(|state| !state.impacts.is_empty())
    };
    let is_absorbed = !mapped.nodes.is_empty() && !mapped.nodes.iter().any(hurts);
    let handled = signal.handling != Handling::None || mapped.nodes.is_empty() || is_absorbed;
    let by = match &signal.handled_by {
        Some(who) => look.say(look.said(who), Meaning::Ack),
        None if is_absorbed && signal.severity.is_problem() => look.say("absorbed, hurts no process", Meaning::Dim),
        None => Words::new(),
    };
    let badge = if signal.unknown && !signal.severity.is_problem() {
        tone::badge(look, Tone::Unknown, "UNKNOWN", handled)
    } else {
        tone::badge(look, Tone::of(signal.severity), tone::word(signal.severity), handled)
    };
    let since = match crate::app::atlas::source_freshness(world, &signal.source) {
        Freshness::Lost | Freshness::Pending => {
            let source = world.sources.iter().find(|source| source.name == signal.source);
            let age = source.and_then(|source| source.age).map_or_else(|| "lost".to_owned(), text::age);
            look.say(format!("?{age}"), Meaning::Unknown)
        }
        Freshness::Late => look.say(format!("{}{}", look.glyphs.stale, look.since(signal.since)), Meaning::Stale),
        Freshness::Fresh => look.say(look.since(signal.since), Meaning::Text),
    };
    let cells = vec![
        badge,
        tone::care(look, signal.handling == Handling::Acknowledged, signal.handling == Handling::Maintenance),
        look.say(signal.summary.to_string(), Meaning::Text),
        on(look, &mapped.nodes),
        look.say(signal.source.to_string(), Meaning::Dim),
        since,
        by,
    ];
    Entry { cells, ..Entry::default() }
}

/// The nodes that something belongs to.
fn on(look: &Look, nodes: &[NodeIndex]) -> Words {
    match nodes {
        [] => look.say("no node", Meaning::Warning),
        [first, rest @ ..] => {
            let name = look.world().map.nodes.get(*first).map_or("", |node| node.name.as_str());
            let more = if rest.is_empty() { String::new() } else { format!(" +{}", rest.len()) };
            look.say(format!("{name}{more}"), Meaning::Dim)
        }
    }
}

const TICKETS: [Column; 8] = [
    Column::left("", BADGE, 0),
    Column::left("", 10, 0),
    Column::sentence("", 26, 4, 0),
    Column::flex("on", 18, 1, 3),
    Column { align: Align::Line, ..Column::left("status", 12, 4) },
    Column { align: Align::Line, ..Column::left("owner", 12, 5) },
    Column::right("age", 6, 2),
    Column::right("time left", 11, 1),
];

/// All tickets.
pub fn tickets(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let title = table::title(look, panel, "TICKETS", &table::count(look, panel));
    let shown = table::shown(look, panel, &TICKETS);
    table::draw(buffer, look, panel, &TICKETS, &title, |row| {
        let mut entry = ticket_entry(look, row);
        tell(look, &mut entry, &TICKETS, &shown, &["on", "status", "owner"]);
        entry
    });
    table::unreported(buffer, look, panel, "No ticket: no ticketing source has one that was asked for.");
}

/// What a ticket's row shows.
pub fn ticket_entry(look: &Look, row: &Row) -> Entry {
    let world = look.world();
    let Some(mapped) = world.tickets.get(row.index) else { return Entry::default() };
    let ticket = &mapped.item;
    let clock = world.clocks.iter().find(|clock| clock.ticket == row.index && clock.done.is_none());
    let (tone, word) = match clock {
        Some(clock) => promises::clock_tone(clock),
        None if ticket.open => (Tone::Ok, "OPEN"),
        None => (Tone::Ok, "DONE"),
    };
    let left = match clock {
        Some(clock) if clock.remaining < chrono::TimeDelta::zero() => {
            look.say(format!("{} over", text::age(-clock.remaining)), Meaning::Critical)
        }
        Some(clock) => {
            look.say(text::age(clock.remaining), if tone == Tone::Ok { Meaning::Text } else { tone.meaning() })
        }
        None => look.say(look.glyphs.none, Meaning::Dim),
    };
    let cells = vec![
        tone::badge(look, tone, word, false),
        look.say(ticket_name(&ticket_id(world, row.index)), Meaning::Strong),
        look.say(ticket.summary.to_string(), Meaning::Text),
        on(look, &mapped.nodes),
        look.say(ticket.status.to_string(), Meaning::Dim),
        match &ticket.owner {
            Some(owner) => look.say(owner.to_string(), Meaning::Dim),
            None => look.say("nobody", Meaning::Warning),
        },
        look.say(look.since(ticket.created), Meaning::Dim),
        left,
    ];
    Entry { cells, ..Entry::default() }
}
