//! Processes: what the business feels, in business words, with what makes it so.

mod well;

use chrono::TimeDelta;
use ratatui::buffer::Buffer;
use rust_decimal::Decimal;

pub use self::well::{healthy, waiting};
use self::well::{indent_rows, rest, well};

use super::causes;
use crate::app::layout::{Form, Panel, form};
use crate::app::list::Row;
use crate::app::past;
use crate::domain::facts::Freshness;
use crate::domain::map::NodeIndex;
use crate::domain::severity::Handling;
use crate::domain::span::Span;
use crate::domain::world::CauseWhat;
use crate::view::look::{Look, Words};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, BADGE};
use crate::view::widgets::strip::{Scale, strip};
use crate::view::widgets::table::{self, Column, Entry};

const COLUMNS: [Column; 10] = [
    Column::left("", BADGE, 0),
    Column::left("", 1, 0),
    Column::flex("", 16, 4, 0),
    Column::right("since", 6, 1),
    Column::right("per hour", 12, 2),
    Column::right("SLA left", 8, 3),
    Column::right("today", 11, 5),
    Column::right("customers", 9, 6),
    Column::right("at risk/h", 11, 7),
    Column::flex("owner", 12, 1, 4),
];

/// The last 24 hours as a strip.
const DAY: Column = Column::flex("last 24 h", 12, 3, 4);

/// How a process was over the last 24 hours before the instant that is looked at.
fn day(look: &Look, index: NodeIndex, cells: u16) -> Words {
    let (Some(remembered), Some(node)) = (&look.model.past.remembered, look.world().map.nodes.get(index)) else {
        return Words::new();
    };
    let now = look.model.as_of();
    strip(look, &remembered.pieces(&node.id), Scale { span: Span::new(now - past::DAY, now), cells }, now, &[])
}

/// Processes that are, or may be, a problem; below, how the others are.
pub fn impacted(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let all = look.model.atlas.processes.len();
    let shown = look.model.list(panel.pane).map_or(0, |list| list.rows.len());
    let waiting = look.model.is_waiting();
    let count = if waiting { all.to_string() } else { format!("{shown} of {all}") };
    let title = table::title(look, panel, if waiting { "PROCESSES" } else { "IMPACTED" }, &count);
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| entry(look, row));
    if shown == 0 {
        table::empty(buffer, look, panel, &well(look));
        let lines = table::wrap(&well(look), usize::from(panel.list.width)).len() as u16 + 1;
        healthy(buffer, look, indent_rows(panel.list, lines));
    } else if form(look.model.size) > Form::Glance {
        rest(buffer, look, panel);
    }
}

/// All processes.
pub fn all(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let title = table::title(look, panel, "PROCESSES", &table::count(look, panel));
    let mut columns = COLUMNS.to_vec();
    columns.insert(3, DAY);
    let cells = table::places(look, panel, &columns)[3].map_or(0, |(_, cells)| cells);
    table::draw(buffer, look, panel, &columns, &title, |row| {
        let mut entry = entry(look, row);
        if entry.cells.len() == COLUMNS.len() {
            entry.cells.insert(3, day(look, row.index, cells));
        }
        entry
    });
    table::empty(
        buffer,
        look,
        panel,
        "The map has no process. Add one to a file in map/: [[process]] with id and needs.",
    );
}

/// All processes with what they cost.
pub fn cost(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    const MONEY: [Column; 8] = [
        Column::left("", BADGE, 0),
        Column::left("", 1, 0),
        Column::flex("", 18, 4, 0),
        Column::right("per hour", 12, 1),
        Column::right("today", 13, 2),
        Column::right("month", 14, 3),
        Column::right("at risk/h", 13, 4),
        Column::right("method", 8, 5),
    ];
    let count = format!("{} in {}", table::count(look, panel), look.currency());
    let title = table::title(look, panel, "COST BY PROCESS", &count);
    table::draw(buffer, look, panel, &MONEY, &title, |row| {
        let Some(state) = look.world().nodes.get(row.index) else { return Entry::default() };
        let mut cells = entry(look, row).cells;
        cells.truncate(3);
        let money = state.money.as_ref();
        let plain = |text: Option<String>| look.say(text.unwrap_or_else(|| look.glyphs.none.to_owned()), Meaning::Text);
        cells.push(rate(look, row.index));
        cells.push(plain(money.map(|money| look.accrued(money.today))));
        cells.push(plain(money.map(|money| look.accrued(money.month))));
        cells.push(plain(money.map(|money| look.amount(money.value_at_risk))));
        cells.push(look.say(money.map_or("", |money| money.method.word()), Meaning::Dim));
        Entry { cells, ..Entry::default() }
    });
    table::empty(buffer, look, panel, "The map has no process, so nothing has a price.");
}

/// What a process's row shows.
pub fn entry(look: &Look, row: &Row) -> Entry {
    let world = look.world();
    let (Some(node), Some(state)) = (world.map.nodes.get(row.index), world.nodes.get(row.index)) else {
        return Entry::default();
    };
    let money = state.money.as_ref();
    let customers = look.model.atlas.customers_of.get(row.index).map_or(0, Vec::len);
    let few = |number: usize| if number == 0 { look.glyphs.none.to_owned() } else { number.to_string() };
    let late = look.model.reading.trust(row.index) == Freshness::Late;
    let lost = look.model.reading.lost_for(row.index).filter(|_| !state.interval.is_known());
    let since = match (late, state.since) {
        _ if lost.is_some() => look.say(format!("?{}", lost.map_or_else(String::new, text::age)), Meaning::Unknown),
        _ if is_waiting(look, row.index) => look.say(look.glyphs.none, Meaning::Dim),
        (true, Some(_)) => look.say(format!("{}{}", look.glyphs.stale, look.since(state.since)), Meaning::Stale),
        _ => look.say(look.since(state.since), Meaning::Text),
    };
    let cells = vec![
        tone::node_badge(look, row.index),
        tone::care(look, state.handled, state.planned),
        look.say(node.name.clone(), Meaning::Strong),
        since,
        rate(look, row.index),
        sla_left(look, row.index),
        look.say(money.map_or_else(|| look.glyphs.none.to_owned(), |money| look.accrued(money.today)), Meaning::Dim),
        look.say(few(customers), Meaning::Dim),
        look.say(
            money.map_or_else(|| look.glyphs.none.to_owned(), |money| look.amount(money.value_at_risk)),
            Meaning::Dim,
        ),
        look.say(node.owner.clone().unwrap_or_default(), Meaning::Dim),
    ];
    Entry {
        cells,
        below: vec![why(look, row.index), help(look, row.index)],
        brief: brief(look, row.index),
        goes_on: None,
    }
}

/// The cost rate of a process, without its unit.
pub fn rate(look: &Look, index: NodeIndex) -> Words {
    let Some(money) = look.world().nodes.get(index).and_then(|state| state.money.as_ref()) else {
        return look.say(look.glyphs.none, Meaning::MoneyNone);
    };
    let trust = look.model.reading.trust(index);
    if trust == Freshness::Pending && money.rate.low != money.rate.high {
        return look.say(look.glyphs.none, Meaning::MoneyNone);
    }
    let late = trust == Freshness::Late;
    let meaning = match (late, money.rate.high.is_zero()) {
        (true, _) => Meaning::Stale,
        (_, true) => Meaning::MoneyNone,
        _ => Meaning::Money,
    };
    look.say(look.money(money.rate, late), meaning)
}

/// What is left of the budget of the node's objective that has least.
fn sla_left(look: &Look, index: NodeIndex) -> Words {
    let objectives = look.model.atlas.objectives_of.get(index).into_iter().flatten();
    let left = objectives.filter_map(|at| look.world().objectives.get(*at)?.budget_remaining).min();
    match left {
        None => look.say(look.glyphs.none, Meaning::Dim),
        Some(left) => look.say(text::percent(left, 0), promise_meaning(left)),
    }
}

fn promise_meaning(left: Decimal) -> Meaning {
    match left {
        left if left <= Decimal::ZERO => Meaning::Critical,
        left if left < Decimal::new(25, 2) => Meaning::Warning,
        _ => Meaning::Text,
    }
}

/// Whether nothing is known yet of a node, and it is too early to make a noise about that.
fn is_waiting(look: &Look, index: NodeIndex) -> bool {
    look.model.reading.trust(index) == Freshness::Pending
        && look.world().nodes.get(index).is_some_and(|state| !state.interval.is_known())
}

/// Why a process is as it is, who has it and how long that is bearable, as one sentence.
pub fn why(look: &Look, index: NodeIndex) -> Words {
    let world = look.world();
    let Some(state) = world.nodes.get(index) else { return Words::new() };
    if is_waiting(look, index) {
        return look.say("waiting for the first answer", Meaning::Dim);
    }
    let mut words = Words::new();
    let first = state.causes.first().and_then(|id| world.cause(id));
    if let Some(cause) = first {
        words.join(look, causes::sentence(look, cause), Meaning::Text);
        if state.causes.len() > 1 {
            words.push(look, format!(" +{} more", state.causes.len() - 1), Meaning::Dim);
        }
    }
    if let Some((text, meaning)) = bearable(look, index, false) {
        words.join(look, text, meaning);
    }
    if let Some(ticket) = first.and_then(|cause| cause.tickets.first()) {
        words.join(look, causes::ticket_name(ticket), Meaning::Link);
    }
    if let Some(cause) = first.filter(|cause| cause.handling != Handling::None) {
        words.join(look, handled_by(look, &cause.what, cause.handling), Meaning::Ack);
    }
    if let Some(otherwise) = look.model.past.otherwise.get(&index) {
        let (tone, word) = tone::shown(*otherwise);
        words.join(look, format!("the present map would say {} {word}", tone.glyph(look)), tone.meaning());
    }
    if words.is_empty() && !state.absorbed.is_empty() {
        words.join(look, format!("absorbs {}", text::count(state.absorbed.len(), "fault", "faults")), Meaning::Dim);
    }
    words
}

/// What is wrong, whose ticket it is, whom it hurts and how long that is bearable, for where there is one line; that
/// somebody has it stands in the row itself.
fn brief(look: &Look, index: NodeIndex) -> Words {
    let world = look.world();
    let cause = world.nodes.get(index).and_then(|state| world.cause(state.causes.first()?));
    let Some(cause) = cause.filter(|_| !is_waiting(look, index)) else { return why(look, index) };
    let mut words = look.say(causes::sentence(look, cause), Meaning::Text);
    if let Some(ticket) = cause.tickets.first() {
        words.join(look, causes::ticket_name(ticket), Meaning::Link);
    }
    match names_of_customers(look, index).as_slice() {
        [] => {}
        [only] => words.join(look, format!("hurts {only}"), Meaning::Text),
        [one, rest @ ..] => words.join(look, format!("hurts {one} +{}", rest.len()), Meaning::Text),
    }
    if let Some((text, meaning)) = bearable(look, index, true) {
        words.join(look, text, meaning);
    }
    words
}

/// How long a process as it is can be borne, or since when it can not; in few words, or in plain ones.
fn bearable(look: &Look, index: NodeIndex, few: bool) -> Option<(String, Meaning)> {
    let left = look.world().nodes.get(index)?.tolerable_left?;
    let is_left = left > TimeDelta::zero();
    let age = text::age(left.abs());
    let text = match (is_left, few) {
        (true, false) => format!("bearable for {age}"),
        (true, true) => format!("bears {age}"),
        (false, false) => format!("past what is bearable by {age}"),
        (false, true) => format!("unbearable for {age}"),
    };
    Some((text, if is_left { Meaning::Warning } else { Meaning::Critical }))
}

fn names_of_customers<'a>(look: &Look<'a>, index: NodeIndex) -> Vec<&'a str> {
    let world = look.world();
    let customers = look.model.atlas.customers_of.get(index).into_iter().flatten();
    customers.filter_map(|at| Some(world.map.nodes.get(*at)?.name.as_str())).collect()
}

/// Whom a process hurts, who answers for it and where it says what to do, as one sentence.
fn help(look: &Look, index: NodeIndex) -> Words {
    let world = look.world();
    let Some(node) = world.map.nodes.get(index) else { return Words::new() };
    let mut words = Words::new();
    let names = names_of_customers(look, index);
    if !names.is_empty() {
        words.join(look, "hurts ", Meaning::Dim);
        words.push(look, names.join(", "), Meaning::Text);
    }
    match (&node.contact, &node.owner) {
        (Some(contact), _) => words.join(look, contact.as_str(), Meaning::Text),
        (None, Some(owner)) => words.join(look, format!("owner {owner}"), Meaning::Dim),
        (None, None) => {}
    }
    if let Some(runbook) = &node.runbook {
        words.join(look, text::address(runbook), Meaning::Link);
    }
    words
}

/// Who takes care of a cause, as far as is known.
pub fn handled_by(look: &Look, what: &CauseWhat, handling: Handling) -> String {
    let signal = match what {
        CauseWhat::Signal(at) => look.world().signals.get(*at),
        _ => None,
    };
    let word = if handling == Handling::Maintenance { "in maintenance" } else { "acknowledged" };
    match signal.and_then(|signal| signal.item.handled_by.as_deref()) {
        Some(who) => format!("{word}: {}", look.said(who)),
        None => word.to_owned(),
    }
}
