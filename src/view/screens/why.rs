//! Why a thing is as it is, beside the list: the rule, the children that decide, the margin, the money, and why the
//! row stands where it stands.

mod figures;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::detail::why_absorbed;
use super::{causes, tree};
use crate::app::layout::{self, Form, form};
use crate::app::navigate;
use crate::app::place::{Item, Pane};
use crate::app::rows::sort::{self, Sort};
use crate::domain::explain::figures::Formula;
use crate::domain::explain::{ExplainedChild, explain};
use crate::domain::map::Kind;
use crate::domain::order;
use crate::view::look::{Align, Look, Words, clear, fill, line};
use crate::view::theme::Meaning;
use crate::view::tone;
use crate::view::widgets::table;

/// Cells of a name.
const NAMES: u16 = 10;

/// Draws the reason over the half of the screen that the list with the focus leaves, while it is asked for.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect) {
    if !look.model.why {
        return;
    }
    let Some(item) = navigate::subject(look.model) else { return };
    let panel = place(look, area);
    clear(buffer, panel, look.style(Meaning::Text));
    let edge = look.style(Meaning::TitleFocus);
    let inner = if panel.x > area.x {
        fill(buffer, Rect { width: 1, ..panel }, look.glyphs.bar, edge);
        Rect { x: panel.x + 2, width: panel.width.saturating_sub(3), ..panel }
    } else if panel.width < area.width {
        fill(buffer, Rect { x: panel.right() - 1, width: 1, ..panel }, look.glyphs.bar, edge);
        Rect { x: panel.x + 1, width: panel.width.saturating_sub(3), ..panel }
    } else {
        fill(buffer, line(panel, 0), look.glyphs.line, edge);
        Rect {
            x: panel.x + 1,
            y: panel.y + 1,
            width: panel.width.saturating_sub(2),
            height: panel.height.saturating_sub(1),
        }
    };
    Page { buffer, look, area: inner, row: 0 }.write(&item);
}

/// Where the reason goes: beside the list with the focus where there is room, else below.
fn place(look: &Look, area: Rect) -> Rect {
    let body = layout::body(area);
    if form(area.as_size()) < Form::Board {
        // The row itself stays above; what it comes from is what has been asked for.
        let height = body.height.saturating_sub(4).max(body.height.min(6));
        return Rect { y: body.bottom() - height, height, ..body };
    }
    let panels = layout::panels(look.model, area.as_size());
    // Big digits over the lists stay whole: a figure that is cut is another figure.
    let top = panels.iter().map(|panel| panel.area.y).min().unwrap_or(body.y);
    let body = Rect { y: top, height: body.bottom() - top, ..body };
    let focus = panels.iter().find(|panel| panel.pane == look.model.here().pane());
    let half = body.width / 2;
    match focus.map(|panel| panel.area) {
        Some(list) if list.x > area.x => Rect { width: list.x - area.x, ..body },
        Some(list) if list.right() + half / 2 < body.right() => {
            Rect { x: list.right(), width: body.right() - list.right(), ..body }
        }
        _ => Rect { x: body.right() - half, width: half, ..body },
    }
}

/// Lines from top to bottom.
struct Page<'a, 'b> {
    buffer: &'a mut Buffer,
    look: &'a Look<'b>,
    area: Rect,
    row: u16,
}

impl Page<'_, '_> {
    fn line(&mut self, name: &str, words: &Words) {
        let row = line(self.area, self.row);
        self.look.say(name, Meaning::Dim).draw(self.buffer, self.look, row, Align::Left);
        let room = crate::view::look::indent(row, NAMES);
        // What does not fit goes on below.
        for (at, words) in (0..).zip(words.wrapped(self.look, room.width, 2)) {
            let row = crate::view::look::indent(line(self.area, self.row + at), NAMES);
            words.draw(self.buffer, self.look, row, Align::Left);
            self.row += u16::from(at > 0);
        }
        self.row += 1;
    }

    fn text(&mut self, name: &str, text: &str, meaning: Meaning) {
        if text.is_empty() || self.row >= self.area.height {
            return;
        }
        self.look.say(name, Meaning::Dim).draw(self.buffer, self.look, line(self.area, self.row), Align::Left);
        let rest = crate::view::look::indent(self.area, NAMES);
        let rest = Rect { y: rest.y + self.row, height: rest.height - self.row, ..rest };
        self.row += table::paragraph(self.buffer, self.look, rest, text, meaning).max(1);
    }

    fn write(&mut self, item: &Item) {
        let look = self.look;
        let title = look.say("WHY ", Meaning::TitleFocus).and(look, called(look, item), Meaning::Strong);
        fill(self.buffer, line(self.area, 0), " ", look.style(Meaning::Head));
        title.draw(self.buffer, look, line(self.area, 0), Align::Left);
        self.row = 1;
        if let Item::Cause(id) = item
            && let Some(cause) = look.world().cause(id)
        {
            self.text("cause", &causes::sentence(look, cause), Meaning::Text);
            self.text("id", id.as_str(), Meaning::Dim);
        }
        let formulas = figures::of(look, item);
        // Where the list is about something else, a node's sums come last.
        let of_node = matches!(item, Item::Node(_));
        let (sums, last): (&[Formula], &[Formula]) = match (of_node, look.model.here().pane()) {
            (false, _) => (&[], &[]),
            (true, Pane::CostByProcess) => (&formulas, &[]),
            (true, _) => (&[], &formulas),
        };
        if !of_node {
            self.figures(&formulas);
        }
        match navigate::node_of(look.model, item) {
            Some(node) if node < look.world().nodes.len() => self.node(node, sums),
            _ => self.text("", "It belongs to no node of the map, so it decides nothing.", Meaning::Dim),
        }
        self.place_in_list();
        self.figures(last);
    }

    fn figures(&mut self, formulas: &[Formula]) {
        for (at, formula) in formulas.iter().enumerate() {
            let again = at > 0 && formulas[at - 1].name == formula.name;
            self.text(if again { "" } else { formula.name }, &formula.text, Meaning::Text);
        }
    }

    fn node(&mut self, node: usize, sums: &[Formula]) {
        let look = self.look;
        let world = look.world();
        let explanation = explain(world, node);
        let name = format!(" {}", world.map.nodes[node].name);
        self.line("state", &tone::node_badge(look, node).and(look, name, Meaning::Strong));
        self.text("rule", &explanation.rule, Meaning::Text);
        self.text("verdict", &explanation.verdict, Meaning::Text);
        self.text("margin", &explanation.margin, Meaning::Text);
        // A small screen has first what it comes from; how the figure is made comes after it.
        let is_small = form(look.model.size) < Form::Board;
        let cost = explanation.cost.as_deref().unwrap_or_default();
        if !is_small {
            self.text("cost", cost, Meaning::Text);
        }
        self.figures(sums);
        let mut children: Vec<&ExplainedChild> = explanation.children.iter().collect();
        if children.iter().all(|child| child.depth == 0) {
            children.sort_by_key(|child| !child.decides);
        }
        let room = usize::from(self.area.height.saturating_sub(self.row + 6)).max(2);
        for (at, child) in children.iter().take(room).enumerate() {
            self.line(if at == 0 { "needs" } else { "" }, &child_words(look, child));
        }
        if children.len() > room {
            self.line("", &look.say(format!("{} more: x shows all as a tree", children.len() - room), Meaning::Dim));
        }
        self.chain(node, &explanation.children);
        for absorbed in world.nodes[node].absorbed.iter().take(3) {
            let words = causes::absorbed_line(look, node, &absorbed.what, absorbed.why);
            self.line("absorbed", &words);
            self.text("", &why_absorbed(absorbed.why), Meaning::Dim);
        }
        if is_small {
            self.text("cost", cost, Meaning::Text);
        }
    }

    /// The way down from the node to what began it: each node that decides, with its rule, and the signals at the end.
    fn chain(&mut self, node: usize, children: &[ExplainedChild]) {
        let look = self.look;
        let world = look.world();
        let deciding = |children: &[ExplainedChild]| {
            let child = children.iter().find(|child| child.decides)?;
            Some((child.node, child.through.clone()))
        };
        let mut next = deciding(children);
        let mut end = node;
        let mut depth = 0;
        while let Some((at, through)) = next.filter(|_| depth < 12 && self.row + 3 < self.area.height) {
            let explanation = explain(world, at);
            let (tone, word) = tone::shown(world.nodes[at].interval);
            let name = if world.map.nodes[at].kind == Kind::Group { "group" } else { &world.map.nodes[at].name };
            let words = look.say(format!("{name} "), Meaning::Strong).and(look, word, tone.meaning());
            let through = if through.is_empty() { String::new() } else { format!(", {}", look.arrows(&through)) };
            let words = words.and(look, through, Meaning::Text);
            let words = words.and(look, format!(": {}", explanation.rule), Meaning::Dim);
            self.line(if depth == 0 { "down to" } else { "" }, &words);
            next = deciding(&explanation.children);
            (end, depth) = (at, depth + 1);
        }
        let its = world.signals.iter().filter(|signal| signal.nodes.contains(&end));
        let its = its.filter(|signal| signal.item.severity.is_problem() || signal.item.unknown);
        for signal in its.take(3).map(|signal| &signal.item) {
            let (tone, word) = if signal.unknown {
                (tone::Tone::Unknown, "UNKNOWN")
            } else {
                (tone::Tone::of(signal.severity), tone::word(signal.severity))
            };
            let words = look.say(format!("{} ", signal.source), Meaning::Dim).and(look, word, tone.meaning());
            self.line("signal", &words.and(look, format!(" {}", signal.summary), Meaning::Text));
        }
    }

    /// Why the selected row stands where it stands: against the one above it and the one below.
    fn place_in_list(&mut self) {
        let look = self.look;
        let model = look.model;
        let visit = model.here();
        let (pane, list) = (visit.pane(), visit.list());
        if sort::of(pane).get(list.sort) != Some(&Sort::Attention) || self.row >= self.area.height {
            return;
        }
        let against = |other: Option<usize>| {
            let (row, other) = (list.rows.get(list.cursor)?, list.rows.get(other?)?);
            let (mine, its) = (rank(look, pane, row.index)?, rank(look, pane, other.index)?);
            Some((other.id.item.to_string(), mine.why_against(&its, look.currency())?))
        };
        self.row += 1;
        if let Some((other, why)) = against(list.cursor.checked_sub(1)) {
            self.text("below", &format!("{other}, by {why}"), Meaning::Text);
        }
        if let Some((other, why)) = against(Some(list.cursor + 1)) {
            self.text("above", &format!("{other}, by {why}"), Meaning::Text);
        }
    }
}

fn rank<'a>(look: &Look<'a>, pane: Pane, index: usize) -> Option<order::Rank<'a>> {
    let world = look.world();
    let breaches = &look.model.reading.breaches;
    match pane {
        Pane::Impacted | Pane::Processes | Pane::Customers => {
            Some(order::node(world, index, breaches.get(index).copied().flatten()))
        }
        Pane::Fix | Pane::CostByCause => Some(order::cause(world, world.causes.get(index)?, breaches)),
        _ => None,
    }
}

fn child_words(look: &Look, child: &ExplainedChild) -> Words {
    let world = look.world();
    let node = &world.map.nodes[child.node];
    let (tone_of, word) = tone::shown(child.state);
    let name = if node.kind == Kind::Group { tree::rule(node) } else { node.name.clone() };
    let mark = if child.decides { look.glyphs.cursor } else { " " };
    let mut words = look.say(format!("{mark} {}", "  ".repeat(child.depth)), Meaning::TitleFocus);
    words = words.then(tone::badge(look, tone_of, word, !child.decides));
    words.push(look, format!(" {name}"), if child.decides { Meaning::Strong } else { Meaning::Text });
    if !child.through.is_empty() {
        words.join(look, look.arrows(&child.through), Meaning::Dim);
    } else if child.decides {
        words.join(look, "decides", Meaning::Dim);
    }
    words
}

/// What people call a thing: of what a source numbers, what it says.
fn called(look: &Look, item: &Item) -> String {
    let world = look.world();
    let found = match item {
        Item::Cause(id) => world.cause(id).map(|cause| causes::short(look, cause)),
        Item::Signal(id) => {
            let signal = world.signals.iter().find(|signal| signal.name == *id);
            signal.map(|signal| signal.item.summary.to_string())
        }
        Item::Event(id) => {
            let event = look.model.past.event(id);
            event.map(|event| format!("{} {}", event.what.word(), look.clock(event.began, "%F %H:%M:%S")))
        }
        _ => None,
    };
    found.unwrap_or_else(|| item.to_string())
}
