//! Causes: what to mend first, who is on it, what it returns; and what redundancy absorbs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rust_decimal::Decimal;

use super::processes;
use crate::app::layout::Panel;
use crate::app::list::Row;
use crate::domain::severity::Handling;
use crate::domain::world::{AbsorbedWhat, AbsorbedWhy, Cause, CauseWhat};
use crate::view::look::{Align, Look, Words};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, BADGE, Tone};
use crate::view::widgets::table::{self, Column, Entry};

const COLUMNS: [Column; 9] = [
    Column::left("", BADGE, 0),
    Column::left("", 1, 0),
    Column::sentence("", 22, 4, 0),
    Column::left("source", 8, 6),
    Column::right("since", 6, 2),
    Column::right("share/h", 11, 1),
    Column::right("returns/h", 11, 3),
    Column::left("tickets", 9, 4),
    Column::flex("owner", 10, 1, 5),
];

/// Which column says what broke.
const SENTENCE: usize = 2;
/// Cells of a list from which on there are figures beside a whole sentence.
const ROOMY: u16 = 70;

/// The columns with room for what broke: who answers for it, and what mending it returns, may stand below.
const fn columns(panel: &Panel) -> [Column; 9] {
    let mut columns = COLUMNS;
    if panel.list.width >= ROOMY {
        columns[SENTENCE].width = 36;
    }
    columns
}

/// Causes in the order of attention; below, what is absorbed.
pub fn fix(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let title = table::title(look, panel, "FIX FIRST", &table::count(look, panel));
    let columns = columns(panel);
    let shown = table::shown(look, panel, &columns);
    table::draw(buffer, look, panel, &columns, &title, |row| entry_beside(look, row, &shown));
    table::unreported(buffer, look, panel, "Nothing to fix.");
    absorbed(buffer, look, panel);
}

/// Causes with their share, dearest first.
pub fn cost(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let title = table::title(look, panel, "COST BY CAUSE", &table::count(look, panel));
    let columns = columns(panel);
    let shown = table::shown(look, panel, &columns);
    table::draw(buffer, look, panel, &columns, &title, |row| entry_beside(look, row, &shown));
    table::empty(buffer, look, panel, "Nothing costs anything.");
}

/// What a cause's row shows.
pub fn entry(look: &Look, row: &Row) -> Entry {
    entry_beside(look, row, &[])
}

/// The same; what stands in the columns that are shown is not said again under the row.
fn entry_beside(look: &Look, row: &Row, shown: &[&str]) -> Entry {
    let world = look.world();
    let Some(cause) = world.causes.get(row.index) else { return Entry::default() };
    let node = cause.node.and_then(|index| world.map.nodes.get(index));
    let source = match &cause.what {
        CauseWhat::Signal(at) => world.signals.get(*at).map_or("", |signal| signal.item.source.as_str()),
        CauseWhat::Source(name) => name.as_str(),
        CauseWhat::Unexplained => "measured",
        CauseWhat::Node => "map",
    };
    let share = if cause.share.high.is_zero() { Meaning::MoneyNone } else { Meaning::Money };
    let tickets: Vec<String> = cause.tickets.iter().map(|ticket| ticket_name(ticket)).collect();
    let cells = vec![
        badge(look, cause),
        tone::care(look, cause.handling == Handling::Acknowledged, cause.handling == Handling::Maintenance),
        named(look, cause),
        look.say(source, Meaning::Dim),
        look.say(look.since(cause.since), Meaning::Text),
        look.say(look.money(cause.share, false), share),
        match cause.severity {
            Some(_) => look.say(look.amount(cause.fix_value), Meaning::Text),
            None => look.say(look.glyphs.none, Meaning::Dim),
        },
        look.say(tickets.join(" "), Meaning::Link),
        look.say(node.and_then(|node| node.owner.clone()).unwrap_or_default(), Meaning::Dim),
    ];
    Entry {
        cells,
        below: vec![worth(look, cause, shown), help(look, cause)],
        goes_on: Some(SENTENCE),
        ..Entry::default()
    }
}

/// The badge of a cause.
pub fn badge(look: &Look, cause: &Cause) -> Words {
    let handled = cause.handling != Handling::None;
    match cause.severity {
        Some(severity) => tone::badge(look, Tone::of(severity), tone::word(severity), handled),
        None => tone::badge(look, Tone::Unknown, "UNKNOWN", handled),
    }
}

/// Where and what: the name of the node, strong, and the line of the source.
fn named(look: &Look, cause: &Cause) -> Words {
    match place(look, cause) {
        Some((name, rest)) => {
            look.say(format!("{name}:"), Meaning::Strong).and(look, format!(" {rest}"), Meaning::Text)
        }
        None => look.say(cause.summary.to_string(), Meaning::Text),
    }
}

/// The same as one sentence.
pub fn sentence(look: &Look, cause: &Cause) -> String {
    match place(look, cause) {
        Some((name, rest)) => format!("{name}: {rest}"),
        None => cause.summary.to_string(),
    }
}

/// The name of the node, and what the line of the source adds to it; `None` where that names the node in its midst.
fn place<'a>(look: &Look<'a>, cause: &'a Cause) -> Option<(&'a str, &'a str)> {
    let name = look.world().map.nodes.get(cause.node?)?.name.as_str();
    let summary = &*cause.summary;
    match summary.split_at_checked(name.len()) {
        Some((start, rest)) if rest.starts_with(' ') && start.to_lowercase() == name.to_lowercase() => {
            Some((name, rest.trim_start()))
        }
        _ if summary.contains(name) => None,
        _ => Some((name, summary)),
    }
}

/// What mending it returns, and who is on it, as far as no column shows it.
fn worth(look: &Look, cause: &Cause, shown: &[&str]) -> Words {
    let is_shown = |title: &str| shown.contains(&title);
    let mut words = Words::new();
    if !cause.share.low.is_zero() || !cause.fix_value.is_zero() {
        let all = cause.fix_value >= cause.share.low && !cause.fix_value.is_zero();
        let is_known = is_shown("returns/h") || all && is_shown("share/h");
        if !is_known {
            words.join(look, if all { "returns " } else { "alone returns " }, Meaning::Dim);
            words.push(look, look.amount(cause.fix_value), Meaning::Strong);
        }
        if let Some(other) = cause.together_with.first() {
            let others = cause.together_with.len() - 1;
            let more = if others > 0 { format!(" and {others} more") } else { String::new() };
            let other = look.world().cause(other).map_or_else(|| other.to_string(), |other| short(look, other));
            words.join(look, format!("with {other}{more} "), Meaning::Dim);
            words.push(look, look.amount(cause.together_value), Meaning::Strong);
        }
    }
    if cause.handling != Handling::None {
        words.join(look, processes::handled_by(look, &cause.what, cause.handling), Meaning::Ack);
    }
    match cause.tickets.first() {
        Some(_) if is_shown("tickets") => {}
        Some(ticket) => words.join(look, ticket_name(ticket), Meaning::Link),
        None if cause.severity.is_some() => words.join(look, "no ticket", Meaning::Dim),
        None => {}
    }
    if let Some(change) = cause.recent_changes.first() {
        words.join(look, format!("after change {}", ticket_name(change)), Meaning::Warning);
    }
    let node = cause.node.and_then(|index| look.world().map.nodes.get(index));
    if let Some(owner) = node.and_then(|node| node.owner.as_deref()).filter(|_| !is_shown("owner")) {
        words.join(look, owner, Meaning::Dim);
    }
    words
}

/// Whom it hits and where it says what to do, in one line.
fn help(look: &Look, cause: &Cause) -> Words {
    let world = look.world();
    let mut words = Words::new();
    let hit: Vec<&str> =
        cause.processes.iter().filter_map(|at| Some(world.map.nodes.get(*at)?.name.as_str())).collect();
    if !hit.is_empty() {
        words.join(look, format!("hits {}", hit.join(", ")), Meaning::Dim);
    }
    let node = cause.node.and_then(|index| world.map.nodes.get(index));
    if let Some(contact) = node.and_then(|node| node.contact.as_deref()) {
        words.join(look, contact, Meaning::Dim);
    }
    if let Some(runbook) = node.and_then(|node| node.runbook.as_deref()) {
        words.join(look, text::address(runbook), Meaning::Link);
    }
    words
}

/// The name of the node of a cause, or its id.
pub fn short(look: &Look, cause: &Cause) -> String {
    let node = cause.node.and_then(|index| look.world().map.nodes.get(index));
    node.map_or_else(|| cause.id.to_string(), |node| node.name.clone())
}

/// A ticket as people call it: the id of one that has letters, `source #42` of one that is a number.
pub fn ticket_name(id: &str) -> String {
    match id.split_once(':') {
        Some((source, number)) if number.chars().all(|char| char.is_ascii_digit()) => format!("{source} #{number}"),
        Some((_, name)) => name.to_owned(),
        None => id.to_owned(),
    }
}

/// What redundancy absorbs, and how much of it is left.
fn absorbed(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let room = panel.area.bottom().saturating_sub(panel.list.bottom());
    let absorbed = look.model.reading.absorbed.iter();
    let absorbed =
        absorbed.map(|(node, absorbed)| absorbed_in(look, *node, &absorbed.what, absorbed.why, panel.list.width));
    let fragile = look.model.reading.fragile.iter().map(|process| fragile_line(look, *process));
    // The first of these rows keeps the list apart.
    let top = panel.list.bottom() + 1;
    for (words, y) in absorbed.chain(fragile).take(usize::from(room.saturating_sub(1))).zip(top..) {
        words.draw(buffer, look, Rect { y, height: 1, ..panel.list }, Align::Brief);
    }
}

/// A process that one more failure makes major or worse, and which one.
fn fragile_line(look: &Look, process: usize) -> Words {
    let world = look.world();
    let name = |index: &usize| world.map.nodes.get(*index).map_or("", |node| node.name.as_str()).to_owned();
    let names: Vec<String> = world.nodes[process].margin.iter().take(3).map(name).collect();
    let words =
        look.say(" ONE AWAY  ", Meaning::Dim).and(look, " ", Meaning::Text).and(look, name(&process), Meaning::Text);
    words.and(look, format!(": {}", names.join(" or ")), Meaning::Dim)
}

/// What is absorbed, by what, and what one failure more would do.
pub fn absorbed_line(look: &Look, node: usize, what: &AbsorbedWhat, why: AbsorbedWhy) -> Words {
    absorbed_in(look, node, what, why, u16::MAX)
}

/// The same in so many cells: where there is no room for both, not by what, which the thing itself mostly tells.
pub fn absorbed_in(look: &Look, node: usize, what: &AbsorbedWhat, why: AbsorbedWhy, cells: u16) -> Words {
    let world = look.world();
    let name = |index: usize| world.map.nodes.get(index).map_or("", |node| node.name.as_str()).to_owned();
    let what = match what {
        AbsorbedWhat::Child(child) => name(*child),
        AbsorbedWhat::Signal(id) => id.to_string(),
    };
    let start = look.say(" ABSORBED  ", Meaning::Dim).and(look, " ", Meaning::Text).and(look, what, Meaning::Text);
    let (parent, rest) = match why {
        AbsorbedWhy::Redundancy { up, of, left } => {
            let more = match left {
                0 => look.say("none to spare", Meaning::Warning),
                left => look.say(format!("{left} to spare"), Meaning::Dim),
            };
            (parent_name(look, node), look.say(format!(": {up} of {of} up, "), Meaning::Dim).then(more))
        }
        AbsorbedWhy::Outweighed => (node, look.say(": outweighed", Meaning::Dim)),
    };
    let whole = start.clone().and(look, format!(" in {}", name(parent)), Meaning::Dim).then(rest.clone());
    if whole.width() <= cells { whole } else { start.then(rest) }
}

/// The nearest named node at or above an unnamed group.
fn parent_name(look: &Look, node: usize) -> usize {
    let mut node = node;
    while node >= look.world().map.named {
        let Some(parent) = look.model.atlas.parents.get(node).and_then(|parents| parents.first()) else { break };
        node = *parent;
    }
    node
}

/// The causes' shares of the certain loss, greatest first, as percentages: for the strip under the chart.
pub fn shares(look: &Look) -> Vec<(String, Decimal)> {
    let world = look.world();
    let dearest = &look.model.reading.sums(world).dearest;
    dearest.iter().filter_map(|(at, part)| Some((short(look, world.causes.get(*at)?), *part))).collect()
}
