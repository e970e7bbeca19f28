//! Customers: who is hurt, and what may be owed to them.

use ratatui::buffer::Buffer;

use crate::app::layout::Panel;
use crate::domain::id::NodeId;
use crate::view::look::Look;
use crate::view::theme::Meaning;
use crate::view::tone::{self, BADGE};
use crate::view::widgets::table::{self, Column, Entry};

const COLUMNS: [Column; 7] = [
    Column::left("", BADGE, 0),
    Column::left("", 1, 0),
    Column::flex("", 20, 3, 0),
    Column::left("tier", 8, 4),
    Column::right("since", 6, 2),
    Column::right("credits at risk", 15, 1),
    Column::flex("because of", 12, 3, 5),
];

/// Draws all customers.
pub fn draw(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let title = table::title(look, panel, "CUSTOMERS", &table::count(look, panel));
    let world = look.world();
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| {
        let (Some(node), Some(state)) = (world.map.nodes.get(row.index), world.nodes.get(row.index)) else {
            return Entry::default();
        };
        let at_risk = world.customers.iter().find(|customer| customer.node == row.index);
        let at_risk = at_risk.filter(|customer| !customer.at_risk.is_zero());
        let because: Option<&NodeId> = node
            .needs
            .iter()
            .map(|need| need.node)
            .filter(|need| world.nodes.get(*need).is_some_and(|need| need.interval.high.is_problem()))
            .max_by_key(|need| world.nodes[*need].interval.low)
            .map(|need| &world.map.nodes[need].id);
        let cells = vec![
            tone::node_badge(look, row.index),
            tone::care(look, state.handled, state.planned),
            look.say(node.name.clone(), Meaning::Strong),
            look.say(node.tier.clone().unwrap_or_default(), Meaning::Dim),
            look.say(look.since(state.since), Meaning::Text),
            match at_risk {
                Some(customer) => {
                    look.say(format!("{} {}", look.amount(customer.at_risk), look.currency()), Meaning::Money)
                }
                None => look.say(look.glyphs.none, Meaning::MoneyNone),
            },
            look.say(because.map_or("", NodeId::as_str), Meaning::Dim),
        ];
        Entry { cells, ..Entry::default() }
    });
    table::empty(buffer, look, panel, "The map has no customer: [[customer]] with an id and what they need.");
}
