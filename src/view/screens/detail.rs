//! One thing with its details: what is known of it, and what it is connected with.
//!
//! ```text
//!  Online checkout   process checkout              │ CONNECTED WITH 12
//!  state     ✖ CRIT  for 41m                       │ cause   ✖ CRIT  Payments DB replication broken
//!  cost      42,000 EUR/h by the model               │ needs   ✖ CRIT  Payments
//!  owner     Commerce                              │ SLA     ✖ PAGE  checkout-availability 99.9%
//! ```

mod facts;

pub use facts::why_absorbed;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{causes, coverage, log, observed, processes, promises, sources};
use crate::app::layout::{self, Panel, form};
use crate::app::list::Row;
use crate::app::place::Item;
use crate::view::look::{Align, Look, Words, fill, indent, line};
use crate::view::scene::Link;
use crate::view::theme::Meaning;
use crate::view::tone::BADGE;
use crate::view::widgets::table::{self, Column, Entry};

/// Cells of a fact's name.
const NAMES: u16 = 14;

/// Draws one thing.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect, item: &Item, panels: &[Panel], links: &mut Vec<Link>) {
    let form = form(area.as_size());
    let (left, right) = layout::detail_split(form, layout::body(area));
    let inner = Rect { x: left.x + 1.min(left.width), width: left.width.saturating_sub(2), ..left };
    let facts = facts::of(look, item);
    let (title, values) = heights(look, &facts, inner);
    for (row, words) in (0..).zip(facts.title.wrapped(look, inner.width, title.into())) {
        fill(buffer, line(left, row), " ", look.style(Meaning::Head));
        words.draw(buffer, look, line(inner, row), Align::Line);
    }
    let mut row = title;
    for (fact, rows) in facts.facts.iter().zip(values) {
        if row >= inner.height {
            break;
        }
        let value = indent(line(inner, row), NAMES);
        look.say(fact.name, Meaning::Dim).draw(buffer, look, line(inner, row), Align::Left);
        row += if fact.wraps {
            let area = Rect { height: inner.height - row, ..value };
            table::paragraph(buffer, look, area, &fact.text, Meaning::Text).max(1)
        } else {
            for (at, words) in (0..).zip(fact.words.wrapped(look, value.width, rows.into())) {
                let part = Rect { y: value.y + at, ..value };
                words.draw(buffer, look, part, Align::Left);
                if let Some(address) = &fact.link {
                    let width = words.width().min(part.width);
                    links.push(Link { area: Rect { width, ..part }, address: address.clone() });
                }
            }
            rows
        };
    }
    if right.x > left.x {
        let style = look.style(Meaning::Border);
        fill(buffer, Rect { x: left.right(), width: 1, ..left }, look.glyphs.bar, style);
    }
    for panel in panels {
        self::links(buffer, look, panel);
    }
}

/// The rows of the title and of each fact: what all values need on one line each, then as many more as are free, from
/// the top.
fn heights(look: &Look, facts: &facts::Facts, area: Rect) -> (u16, Vec<u16>) {
    let cells = area.width.saturating_sub(NAMES);
    let wrapped = |fact: &facts::Fact| table::wrap(&fact.text, cells.into()).len().max(1) as u16;
    let mut values: Vec<u16> = facts.facts.iter().map(|fact| if fact.wraps { wrapped(fact) } else { 1 }).collect();
    let mut free = area.height.saturating_sub(1 + values.iter().sum::<u16>());
    let mut more = |words: &Words, cells: u16, most: u16| {
        let wanted = words.wrapped(look, cells, most.into()).len() as u16 - 1;
        let given = wanted.min(free);
        free -= given;
        given
    };
    let title = 1 + more(&facts.title, area.width, 3);
    for (fact, rows) in facts.facts.iter().zip(&mut values).filter(|(fact, _)| !fact.wraps) {
        *rows += more(&fact.words, cells, 6);
    }
    (title, values)
}

const COLUMNS: [Column; 6] = [
    Column::left("", 8, 0),
    Column::left("", BADGE, 0),
    Column::left("", 1, 0),
    Column::sentence("", 14, 3, 0),
    Column::right("", 9, 1),
    Column::right("per hour", 13, 2),
];

/// What it is connected with.
pub fn links(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let title = table::title(look, panel, "CONNECTED WITH", &table::count(look, panel));
    let rows = look.model.list(panel.pane).map_or(&[][..], |list| &list.rows);
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| {
        let at = rows.iter().position(|other| other.id == row.id && other.relation == row.relation).unwrap_or(0);
        let again = at > 0 && rows[at - 1].relation == row.relation;
        link_entry(look, row, if again { "" } else { row.relation })
    });
    table::empty(buffer, look, panel, "Nothing hangs together with it.");
}

fn link_entry(look: &Look, row: &Row, relation: &str) -> Entry {
    let mut cells = vec![look.say(relation, Meaning::Dim)];
    let pick = |entry: Entry, places: [Option<usize>; 5]| {
        let cell = move |place: Option<usize>| place.and_then(|at| entry.cells.get(at).cloned()).unwrap_or_default();
        places.map(cell).to_vec()
    };
    cells.extend(match &row.id.item {
        Item::Node(_) => pick(processes::entry(look, row), [Some(0), Some(1), Some(2), Some(3), Some(4)]),
        Item::Cause(_) => pick(causes::entry(look, row), [Some(0), Some(1), Some(2), Some(4), Some(5)]),
        Item::Objective(_) | Item::Clock(..) => {
            pick(promises::entry(look, row), [Some(0), None, Some(1), Some(5), Some(4)])
        }
        Item::Signal(_) => pick(observed::signal_entry(look, row), [Some(0), Some(1), Some(2), Some(5), None]),
        Item::Ticket(_) => {
            let mut cells = pick(observed::ticket_entry(look, row), [Some(0), None, Some(1), Some(6), Some(7)]);
            let summary = look.world().tickets.get(row.index).map(|ticket| ticket.item.summary.to_string());
            cells[2] = cells[2].clone().and(look, format!(" {}", summary.unwrap_or_default()), Meaning::Text);
            cells
        }
        Item::Source(_) => pick(sources::entry(look, row), [Some(0), None, Some(1), Some(3), None]),
        Item::Spend(id) => vec![Words::new(), Words::new(), look.say(id.to_string(), Meaning::Text)],
        Item::Gap(_) => pick(coverage::gap_entry(look, row), [Some(0), None, Some(1), Some(3), None]),
        Item::Note(_) => pick(log::entry(look, row), [Some(1), None, Some(4), Some(0), None]),
        Item::Event(_) => Vec::new(),
    });
    Entry { cells, ..Entry::default() }
}
