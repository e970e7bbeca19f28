//! The tree under a node: every state on the way from a process down to its signals.

use ratatui::buffer::Buffer;

use super::{observed, processes};
use crate::app::layout::Panel;
use crate::app::list::{Branch, Row};
use crate::app::place::Item;
use crate::domain::map::{Kind, Node};
use crate::domain::rule::{Quantity, Rule};
use crate::domain::severity::Shown;
use crate::view::look::{Align, Look, Words};
use crate::view::theme::Meaning;
use crate::view::tone;
use crate::view::widgets::table::{self, Column, Entry};

const COLUMNS: [Column; 6] = [
    // Of a name and what it counts as, both matter.
    Column { align: Align::Brief, ..Column::flex("", 44, 4, 0) },
    Column::left("", 1, 0),
    Column::left("kind", 9, 3),
    Column::right("since", 6, 1),
    Column::right("per hour", 13, 2),
    Column::flex("rule", 12, 1, 4),
];

/// Draws the tree.
pub fn draw(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let title = table::title(look, panel, "TREE", &table::count(look, panel));
    let rows = look.model.list(panel.pane).map_or(&[][..], |list| &list.rows);
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| entry(look, row, &through(look, rows, row)));
    table::empty(buffer, look, panel, "There is nothing here: the map does not know this node.");
}

/// What the node above a row makes of its state, where that is not the state itself: in few words, `why` has them all.
fn through(look: &Look, rows: &[Row], row: &Row) -> String {
    let world = look.world();
    let at = rows.iter().position(|other| other.id == row.id);
    let above = at.and_then(|at| rows[..at].iter().rfind(|other| other.depth < row.depth));
    let (Some(above), Item::Node(_)) = (above, &row.id.item) else { return String::new() };
    let words = || {
        let node = world.map.nodes.get(above.index)?;
        let edge = &node.needs.iter().find(|need| need.node == row.index)?.edge;
        let Shown::Severity(own) = world.nodes.get(row.index)?.interval.shown() else { return None };
        let seen = edge.seen[usize::from(own.level())];
        if edge.ignore { Some("counts nowhere".to_owned()) } else { (seen != own).then(|| format!("as {seen}")) }
    };
    words().unwrap_or_default()
}

fn entry(look: &Look, row: &Row, through: &str) -> Entry {
    let sign = match row.branch {
        Branch::Leaf => " ",
        Branch::Closed => look.glyphs.closed,
        Branch::Open => look.glyphs.open,
    };
    let lead = look.say(format!("{}{sign}", "  ".repeat(row.depth.into())), Meaning::Dim);
    match row.id.item {
        Item::Signal(_) => {
            let mut entry = observed::signal_entry(look, row);
            let Some(signal) = look.world().signals.get(row.index) else { return entry };
            let mut cells = std::mem::take(&mut entry.cells).into_iter();
            let (badge, care, summary) = (cells.next(), cells.next(), cells.next());
            let badge = badge.map(|badge| narrowed(look, badge));
            let name =
                lead.then(badge.unwrap_or_default()).and(look, " ", Meaning::Text).then(summary.unwrap_or_default());
            let source = look.say(signal.item.source.to_string(), Meaning::Dim);
            let since = look.say(look.since(signal.item.since), Meaning::Text);
            let kind = look.say("signal", Meaning::Dim);
            Entry { cells: vec![name, care.unwrap_or_default(), kind, since, Words::new(), source], ..Entry::default() }
        }
        _ => node(look, row, lead, through),
    }
}

fn node(look: &Look, row: &Row, lead: Words, through: &str) -> Entry {
    let (Some(node), Some(state)) = (look.world().map.nodes.get(row.index), look.world().nodes.get(row.index)) else {
        return Entry::default();
    };
    let name = if node.kind == Kind::Group { rule(node) } else { node.name.clone() };
    let meaning = if node.kind == Kind::Process { Meaning::Strong } else { Meaning::Text };
    let rule = if node.kind == Kind::Group || node.needs.is_empty() { String::new() } else { rule(node) };
    let mut named = lead.then(narrowed(look, tone::node_badge(look, row.index))).and(look, format!(" {name}"), meaning);
    if !through.is_empty() {
        named.join(look, through, Meaning::Dim);
    }
    let cells = vec![
        named,
        tone::care(look, state.handled, state.planned),
        look.say(node.kind.word(), Meaning::Dim),
        look.say(look.since(state.since), Meaning::Text),
        if node.value.is_some() { processes::rate(look, row.index) } else { Words::new() },
        look.say(rule, Meaning::Dim),
    ];
    Entry { cells, ..Entry::default() }
}

/// A badge without its word on a narrow screen: the name needs the cells.
fn narrowed(look: &Look, mut badge: Words) -> Words {
    if table::is_narrow(look) {
        badge.clip(3);
    }
    badge
}

/// A node's rule in words.
pub fn rule(node: &Node) -> String {
    let of = node.needs.len();
    let quantity = |quantity: Quantity| match quantity {
        Quantity::Count(number) => format!("{number} of {of}"),
        Quantity::Percent(percent) => format!("{} % of {of}", percent.normalize()),
    };
    match &node.rule {
        Rule::Worst if of == 1 => "what it needs".to_owned(),
        Rule::Worst => format!("worst of {of}"),
        Rule::NthWorst(n) => format!("{n}. worst of {of}"),
        Rule::NthBest(1) => format!("best of {of}"),
        Rule::NthBest(n) => format!("{n}. best of {of}"),
        Rule::AtLeast { need, .. } => format!("at least {} up", quantity(*need)),
        Rule::Share(rows) => format!("share of {of}, {} rows", rows.len()),
        Rule::Exponential(base) => format!("{base} of one level make the next"),
        Rule::Points(_) => "points".to_owned(),
        Rule::Not => "the contrary of the worst".to_owned(),
        Rule::Exactly(n) => format!("exactly {n} of {of} up"),
    }
}
