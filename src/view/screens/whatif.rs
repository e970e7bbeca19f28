//! What would be otherwise under what is assumed: in all, and by process; before and after, side by side.
//!
//! ```text
//!  WHAT IF Payments DB is critical               now         then
//!  worst        ▲ WARN      ✖ CRIT
//!  cost        310 EUR/h    42,310 EUR/h    +42,000
//! ```

use chrono::TimeDelta;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rust_decimal::Decimal;

use super::promises;
use crate::app::layout::{self, Panel};
use crate::app::lens::Lens;
use crate::app::list::Row;
use crate::app::whatif;
use crate::domain::facts::Assumptions;
use crate::domain::id::NodeId;
use crate::domain::severity::{Interval, Severity};
use crate::domain::world::{ObjectiveState, World};
use crate::view::look::{Align, Look, Words, fill, line};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, BADGE};
use crate::view::widgets::table::{self, Column, Entry};

const COLUMNS: [Column; 6] = [
    Column::flex("", 16, 4, 0),
    Column::left("now", BADGE, 0),
    Column::left("then", BADGE, 0),
    Column::right("before", 13, 1),
    Column::right("after", 13, 1),
    Column::right("difference", 13, 0),
];

/// Cells of a name and of a figure over the list.
const NAME: u16 = 20;
const FIGURE: u16 = 18;

/// Draws the sums, and the processes.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect, panels: &[Panel]) {
    let (top, _) = layout::whatif_split(layout::body(area));
    sums(buffer, look, Rect { x: top.x + 1, width: top.width.saturating_sub(2), ..top });
    for panel in panels {
        list(buffer, look, panel);
    }
}

/// A figure before and after, and what to think of it.
struct Sum {
    name: &'static str,
    before: Words,
    after: Words,
    note: Words,
}

fn sums(buffer: &mut Buffer, look: &Look, area: Rect) {
    let Lens::WhatIf(assumed) = &look.model.lens else {
        look.say("Nothing is assumed: ! assumes a state.", Meaning::Dim).draw(buffer, look, line(area, 0), Align::Left);
        return;
    };
    let head = line(area, 0);
    fill(buffer, Rect { x: head.x.saturating_sub(1), width: head.width + 2, ..head }, " ", look.style(Meaning::Head));
    let cell = |row: Rect, at: u16| {
        let x = row.x + (NAME + at * FIGURE).min(row.width);
        Rect { x, width: FIGURE.min(row.right().saturating_sub(x)), ..row }
    };
    if whatif::is_answered(look.model) {
        look.say("now", Meaning::Dim).draw(buffer, look, cell(head, 0), Align::Right);
        look.say("then", Meaning::Dim).draw(buffer, look, cell(head, 1), Align::Right);
    }
    look.say("IN ALL", Meaning::Title).draw(buffer, look, head, Align::Left);
    if !whatif::is_answered(look.model) {
        let text = format!("Working out what follows if {}…", super::menu::assumed(look, assumed));
        look.say(text, Meaning::Dim).draw(buffer, look, line(area, 1), Align::Left);
        return;
    }
    for (row, sum) in (1..).zip(figures(look)) {
        let row = line(area, row);
        look.say(sum.name, Meaning::Dim).draw(buffer, look, row, Align::Left);
        sum.before.draw(buffer, look, cell(row, 0), Align::Right);
        sum.after.draw(buffer, look, cell(row, 1), Align::Right);
        let x = cell(row, 1).right() + 2;
        let rest = Rect { x, width: row.right().saturating_sub(x), ..row };
        sum.note.draw(buffer, look, rest, Align::Line);
    }
}

fn figures(look: &Look) -> Vec<Sum> {
    let (before, after) = (&*look.model.live, look.world());
    let money = |world: &World| look.say(look.money(world.cost_per_hour, false), Meaning::Money);
    let differs = after.cost_per_hour.low - before.cost_per_hour.low;
    let number = |number: usize, other: usize| {
        look.say(number.to_string(), if number > other { Meaning::Strong } else { Meaning::Text })
    };
    let (processes, customers) = (&look.model.atlas.processes, &look.model.atlas.customers);
    let names = |nodes: &[usize]| {
        let newly = nodes.iter().filter(|at| hit(after, &[**at]) > hit(before, &[**at]));
        let names: Vec<&str> = newly.map(|at| after.map.nodes[*at].name.as_str()).collect();
        look.say(names.join(", "), Meaning::Text)
    };
    let of = |world: &World, nodes: &[usize], other: &World| number(hit(world, nodes), hit(other, nodes));
    let worst = |world: &World| {
        let (tone, word) = tone::shown(Interval::exactly(world.worst));
        look.say(format!("{} {word}", tone.glyph(look)), tone.meaning())
    };
    vec![
        Sum { name: "worst process", before: worst(before), after: worst(after), note: Words::new() },
        Sum {
            name: "lost per hour",
            before: money(before),
            after: money(after),
            note: look.say(format!("{} {}/h", signed(look, differs), look.currency()), change(differs)),
        },
        Sum {
            name: "processes hit",
            before: of(before, processes, after),
            after: of(after, processes, before),
            note: names(processes),
        },
        Sum {
            name: "customers hit",
            before: of(before, customers, after),
            after: of(after, customers, before),
            note: names(customers),
        },
    ]
}

/// How many of some nodes have, or may have, a problem.
fn hit(world: &World, nodes: &[usize]) -> usize {
    let bad = |at: &&usize| world.nodes.get(**at).is_some_and(|state| state.interval.high.is_problem());
    nodes.iter().filter(bad).count()
}

fn change(differs: Decimal) -> Meaning {
    if differs > Decimal::ZERO { Meaning::Critical } else { Meaning::Text }
}

fn signed(look: &Look, amount: Decimal) -> String {
    let sign = if amount > Decimal::ZERO { "+" } else { "" };
    format!("{sign}{}", look.amount(amount))
}

fn list(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let title = table::title(look, panel, "PROCESSES THAT CHANGE", &table::count(look, panel));
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| entry(look, row));
    let sentence = match (whatif::is_answered(look.model), &look.model.lens) {
        (true, Lens::WhatIf(assumed)) => unchanged(look, assumed),
        _ => String::new(),
    };
    table::empty(buffer, look, panel, &sentence);
}

/// Why nothing would be otherwise: what is assumed is so already, or the map takes it.
fn unchanged(look: &Look, assumed: &Assumptions) -> String {
    let live = &*look.model.live;
    let already = |(id, state): (&NodeId, &Option<Severity>)| {
        let at = live.map.index_of(id.as_str())?;
        let interval = live.nodes.get(at)?.interval;
        let same = match state {
            Some(severity) => interval == Interval::exactly(*severity),
            None => !interval.is_known(),
        };
        let word = state.map_or("unknown", Severity::word);
        same.then(|| format!("{} is {word} already", live.map.nodes[at].name))
    };
    match assumed.iter().map(already).collect::<Option<Vec<String>>>() {
        Some(all) if !all.is_empty() => format!("{}: nothing changes.", all.join(", ")),
        _ => "No process would notice. Redundancy, or the rules of the map, take it.".to_owned(),
    }
}

fn entry(look: &Look, row: &Row) -> Entry {
    let (before, after) = (&*look.model.live, look.world());
    let Some(difference) = whatif::difference(before, after, row.index) else { return Entry::default() };
    let badge = |state: Interval| {
        let (tone, word) = tone::shown(state);
        tone::badge(look, tone, word, false)
    };
    let rate = |state: &crate::domain::world::NodeState| {
        let none = || look.glyphs.none.to_owned();
        look.say(state.money.map_or_else(none, |money| look.money(money.rate, false)), Meaning::Text)
    };
    let cost = difference.cost();
    let name = after.map.nodes.get(row.index).map_or("", |node| node.name.as_str());
    let cells = vec![
        look.say(name, Meaning::Strong),
        badge(difference.before.interval),
        badge(difference.after.interval),
        rate(difference.before),
        rate(difference.after),
        look.say(signed(look, cost), change(cost)),
    ];
    let mut below: Vec<Words> = Vec::new();
    let causes = super::processes::why(look, row.index);
    below.push(causes);
    below.extend(promise(look, row.index));
    below.extend(tolerable(look, row.index));
    Entry { cells, below, ..Entry::default() }
}

/// What is left of the node's objectives, and how long that lasts if it is as assumed.
fn promise(look: &Look, node: usize) -> Option<Words> {
    let (before, after) = (&*look.model.live, look.world());
    let mut words = Words::new();
    for at in look.model.atlas.objectives_of.get(node)? {
        let (Some(objective), Some(now), Some(then)) =
            (after.map.objectives.get(*at), before.objectives.get(*at), after.objectives.get(*at))
        else {
            continue;
        };
        let left = now.budget_remaining.map_or_else(|| look.glyphs.none.to_owned(), |left| text::percent(left, 0));
        let window = promises::window(objective.window);
        words.join(look, format!("{} {window} ", objective.id), Meaning::Dim);
        words.push(look, format!("{left} left"), Meaning::Text);
        words.push(look, format!(", used up {}", used_up(now.exhausted_in)), Meaning::Dim);
        let is_out = after.nodes.get(node).is_some_and(|state| state.interval.high >= Severity::Major);
        if is_out && let Some(left) = then.outage_left {
            words.push(look, format!(", then {}", used_up(Some(left))), Meaning::Warning);
        }
        if is_out && let Some(tier) = next_tier(then) {
            words.push(look, format!(", next credit {tier}"), Meaning::Warning);
        }
    }
    (!words.is_empty()).then_some(words)
}

fn used_up(left: Option<TimeDelta>) -> String {
    match left {
        None => "not in sight".to_owned(),
        Some(left) if left <= TimeDelta::zero() => "already".to_owned(),
        Some(left) => format!("in {}", text::age(left)),
    }
}

fn next_tier(state: &ObjectiveState) -> Option<String> {
    Some(used_up(Some(state.credit.as_ref()?.next_tier_in?)))
}

/// How long the business bears it as assumed.
fn tolerable(look: &Look, node: usize) -> Option<Words> {
    let left = look.world().nodes.get(node)?.tolerable_left?;
    Some(look.say(format!("bearable for {}", text::age(left.max(TimeDelta::zero()))), Meaning::Warning))
}

/// What the band says of the sums.
pub fn brief(look: &Look) -> String {
    let (before, after) = (&*look.model.live, look.world());
    let processes = &look.model.atlas.processes;
    let dot = look.glyphs.dot;
    let money = |world: &World| look.money(world.cost_per_hour, false);
    format!(
        "{dot}{} to {} {}/h{dot}{} to {} processes hit",
        money(before),
        money(after),
        look.currency(),
        hit(before, processes),
        hit(after, processes)
    )
}
