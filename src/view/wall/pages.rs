//! The pages of the wall: processes in trouble, promises, money.

use chrono::TimeDelta;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use super::tile::{self, Tile};
use super::{split, word};
use crate::app::layout;
use crate::app::place::Item;
use crate::app::wall::{self, Wall};
use crate::domain::map::NodeIndex;
use crate::domain::severity::Handling;
use crate::view::frame;
use crate::view::look::{Align, Look, Words, line};
use crate::view::screens;
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::Tone;
use crate::view::widgets::big;

/// Tiles of processes in trouble, and a line of those that are well; where none is in trouble, that.
pub fn processes(buffer: &mut Buffer, look: &Look, wall: &Wall, area: Rect, from: usize) {
    let troubled = wall::troubled(look.model);
    if troubled.is_empty() {
        well(buffer, look, wall, area);
        return;
    }
    let capacity = layout::tiles(look.model.size).max(1);
    let page: Vec<NodeIndex> = troubled.iter().copied().skip(from).take(capacity).collect();
    let (area, below) = split(area, area.height.saturating_sub(2));
    let tiles: Vec<Tile> = page.iter().map(|node| process(look, wall, *node)).collect();
    grid(buffer, look, area, &tiles);
    healthy(buffer, look, wall, Rect { x: below.x + 1, width: below.width.saturating_sub(2), ..below });
}

/// Draws tiles over an area, in as few columns as give the largest tiles that still hold their letters.
fn grid(buffer: &mut Buffer, look: &Look, area: Rect, tiles: &[Tile]) {
    let count = tiles.len().max(1) as u16;
    let least = layout::least_tile(look.model.size);
    let columns = columns(area.as_size(), count, least);
    let rows = count.div_ceil(columns);
    let (width, height) = (area.width / columns, area.height / rows.max(1));
    // One size of letters for all: the same state is not less grave beside another.
    let scale = tile::scale(tiles, Size { width, height });
    for (at, tile) in tiles.iter().enumerate() {
        let (row, column) = (at as u16 / columns, at as u16 % columns);
        // The last column and row take what division leaves.
        let right = if column + 1 == columns { area.right() + 1 } else { area.x + (column + 1) * width };
        let x = area.x + column * width;
        let cell = Rect { x, y: area.y + row * height, width: right - x, height };
        tile::draw(buffer, look, cell, tile, scale);
    }
}

/// The fewest columns at which all tiles have their least height.
fn columns(area: Size, count: u16, least: Size) -> u16 {
    let most = (area.width / least.width).clamp(1, count);
    (1..=most).find(|columns| area.height / count.div_ceil(*columns) >= least.height).unwrap_or(most)
}

fn process(look: &Look, wall: &Wall, node: NodeIndex) -> Tile {
    let world = look.world();
    let (tone, word) = word(look, node);
    let its = &world.map.nodes[node];
    let state = &world.nodes[node];
    let names = if wall.tells() {
        vec![its.name.clone(), its.id.to_string()]
    } else {
        vec![format!("PROCESS {}", node + 1), format!("P {}", node + 1)]
    };
    let rate = state.money.map(|money| money.rate).filter(|rate| wall.tells() && !rate.high.is_zero());
    let figure = rate.map(|rate| {
        if rate.low == rate.high {
            (look.amount(rate.low), format!("{}/h", look.currency()))
        } else {
            let more = format!("{}/h, perhaps {}", look.currency(), look.amount(rate.high));
            (frame::at_least(look, rate.low), more)
        }
    });
    let lines = if wall.tells() { told(look, node) } else { vec![format!("for {}", look.since(state.since))] };
    let id = its.id.as_str();
    let is_new = wall.breach.as_ref().is_some_and(|(breach, _)| breach == id);
    Tile { names, tone, word, handled: state.handled, figure, lines, is_new }
}

/// What to know of a process in trouble: since when and why, whom it hurts, who is on it, what it means.
fn told(look: &Look, node: NodeIndex) -> Vec<String> {
    let world = look.world();
    let state = &world.nodes[node];
    let cause = state.causes.first().and_then(|id| world.cause(id));
    let dot = look.glyphs.dot;
    let mut lines = Vec::new();
    let since = match look.model.reading.lost_for(node).filter(|_| !state.interval.is_known()) {
        Some(lost) => format!("not known for {}", text::age(lost)),
        None => format!("for {}", look.since(state.since)),
    };
    lines.push(match cause {
        Some(cause) => format!("{since}{dot}{}", screens::cause_in_words(look, cause)),
        None => since,
    });
    let mut next: Vec<String> = Vec::new();
    if let Some(cause) = cause {
        match cause.tickets.first() {
            Some(ticket) => next.push(screens::ticket_name(ticket)),
            None if cause.handling == Handling::None && cause.severity.is_some() => next.push("no ticket".to_owned()),
            None => {}
        }
        if cause.handling != Handling::None {
            next.push(screens::handled_by(look, &cause.what, cause.handling));
        }
    }
    if let Some(left) = state.tolerable_left {
        next.push(if left > TimeDelta::zero() {
            format!("bearable for {}", text::age(left))
        } else {
            format!("past what is bearable by {}", text::age(-left))
        });
    }
    let customers = look.model.atlas.customers_of.get(node).into_iter().flatten();
    let names: Vec<&str> = customers.map(|at| world.map.nodes[*at].name.as_str()).collect();
    if !names.is_empty() {
        next.push(format!("hurts {}", names.join(", ")));
    }
    if !next.is_empty() {
        lines.push(next.join(dot));
    }
    let node = &world.map.nodes[node];
    let whom = node.contact.as_deref().or(node.owner.as_deref());
    let who: Vec<&str> = whom.into_iter().chain(node.runbook.as_deref().map(text::address)).collect();
    if !who.is_empty() {
        lines.push(who.join(dot));
    }
    lines
}

/// How many are well, and which, dearest first, as far as there is room.
fn healthy(buffer: &mut Buffer, look: &Look, wall: &Wall, area: Rect) {
    let world = look.world();
    let mut fine: Vec<NodeIndex> = wall::processes(look.model);
    fine.retain(|index| world.nodes.get(*index).is_some_and(|state| !state.interval.high.is_problem()));
    if fine.is_empty() {
        return;
    }
    fine.sort_by_key(|index| std::cmp::Reverse(world.nodes[*index].money.map(|money| money.value_at_risk)));
    let more = if fine.len() == 1 { "1 more is".to_owned() } else { format!("{} more are", fine.len()) };
    let mut words = look.say(format!("{} {} well", look.glyphs.ok, more), Meaning::Ok);
    if wall.tells() {
        for (at, index) in fine.iter().enumerate() {
            let name = world.map.nodes[*index].name.as_str();
            if words.width() + text::width(name) as u16 + 12 > area.width {
                if at > 0 {
                    words.push(look, format!("  and {}", fine.len() - at), Meaning::Dim);
                }
                break;
            }
            words.push(look, format!("  {name}"), Meaning::Dim);
        }
    }
    words.draw(buffer, look, line(area, 0), Align::Line);
}

/// Nothing is wrong: said large, and quiet.
fn well(buffer: &mut Buffer, look: &Look, wall: &Wall, area: Rect) {
    let all = wall::processes(look.model);
    let waiting = look.model.is_waiting();
    let (title, meaning) = match (waiting, all.is_empty()) {
        (true, _) => ("WAITING", Meaning::Dim),
        (_, true) => ("NO MAP", Meaning::Dim),
        _ => ("ALL WELL", Meaning::Ok),
    };
    let sentence = match (waiting, all.is_empty()) {
        (true, _) if !wall.tells() => "for the first answers of the sources".to_owned(),
        (true, _) => screens::waited_for(look),
        (_, true) => "no process is described yet, or none of this name".to_owned(),
        _ => {
            let change = look.model.reading.last_change;
            let since =
                change.map_or_else(String::new, |change| format!(", last change {} ago", look.since(Some(change))));
            format!("{}{since}", text::count(all.len(), "process", "processes"))
        }
    };
    let scale = [4, 3, 2, 1]
        .into_iter()
        .find(|scale| big::width(title) * scale + 8 <= area.width && big::rows(*scale) * 3 <= area.height);
    let rows = scale.map_or(1, big::rows);
    let top = area.y + area.height.saturating_sub(rows + 4) / 3;
    let inner = Rect { x: area.x + 4, width: area.width.saturating_sub(8), y: top, height: rows };
    match scale {
        Some(scale) => big::scaled(buffer, look, inner, title, meaning, scale),
        None => look.say(title, meaning).draw(buffer, look, inner, Align::Left),
    }
    let under = Rect { y: top + rows + 1, height: area.bottom().saturating_sub(top + rows + 1), ..inner };
    look.say(sentence, Meaning::Text).draw(buffer, look, line(under, 0), Align::Line);
    if wall.tells() && !waiting {
        let names = Rect { y: under.y + 2, height: under.height.saturating_sub(2), ..under };
        screens::names_of_the_well(buffer, look, names);
    }
}

/// Tiles of promises, what will be missed first on top.
pub fn promises(buffer: &mut Buffer, look: &Look, wall: &Wall, area: Rect) {
    let rows = wall::promises(look.model);
    let tiles: Vec<Tile> = rows
        .iter()
        .take(layout::tiles(look.model.size))
        .enumerate()
        .filter_map(|(at, row)| {
            let promise = screens::promise(look, row)?;
            let names =
                if wall.tells() { promise.names } else { vec![format!("PROMISE {}", at + 1), format!("P {}", at + 1)] };
            let lines = if wall.tells() { promise.lines } else { Vec::new() };
            let breach = wall.breach.as_ref().map(|(id, _)| id.as_str());
            let is_new = match &row.id.item {
                Item::Objective(id) => breach.and_then(|breach| breach.strip_prefix("SLA ")) == Some(id.as_str()),
                Item::Clock(id, goal) => breach == Some(format!("{id} {}", goal.word()).as_str()),
                _ => false,
            };
            // What is calm stays quiet: an edge, no filled tile.
            let handled = promise.tone < Tone::Warning;
            let figure = Some(promise.figure);
            Some(Tile { names, tone: promise.tone, word: promise.word, handled, figure, lines, is_new })
        })
        .collect();
    if tiles.is_empty() {
        look.say("No objective and no clock is configured.", Meaning::Dim).draw(buffer, look, area, Align::Left);
        return;
    }
    grid(buffer, look, area, &tiles);
}

/// The rate in the largest digits that there is room for, its day, and what makes it.
pub fn cost(buffer: &mut Buffer, look: &Look, wall: &Wall, area: Rect) {
    if !wall.tells() {
        look.say("Money is hidden.", Meaning::Dim).draw(buffer, look, area, Align::Left);
        return;
    }
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let rate = crate::view::frame::rate(look);
    let zero = look.world().cost_per_hour.high.is_zero();
    let meaning = if zero { Meaning::MoneyNone } else { Meaning::Money };
    let unit = format!("{} per hour", look.currency());
    let scale = [3, 2, 1].into_iter().find(|scale| {
        big::width(&rate) * scale + unit.len() as u16 + 2 <= inner.width && big::rows(*scale) * 3 <= inner.height
    });
    let rows = scale.map_or(1, big::rows);
    let top = Rect { y: inner.y + 1, height: rows.min(inner.height), ..inner };
    if let Some(scale) = scale {
        big::scaled(buffer, look, top, &rate, meaning, scale);
        let x = top.x + big::width(&rate) * scale + 2;
        let after = Rect { x, width: top.right().saturating_sub(x), ..top };
        look.say(unit, Meaning::Dim).draw(buffer, look, line(after, rows - 1), Align::Left);
    } else {
        look.say(format!("{rate} {unit}"), meaning).draw(buffer, look, top, Align::Left);
    }
    let below = Rect { y: top.bottom() + 1, height: inner.bottom().saturating_sub(top.bottom() + 1), ..inner };
    let shares = sums(look);
    shares.draw(buffer, look, line(below, 0), Align::Line);
    let chart = Rect { y: below.y + 2, height: below.height.saturating_sub(4), ..below };
    screens::cost_over_time(buffer, look, chart);
    let last = line(below, below.height.saturating_sub(1));
    screens::shares_of_causes(look).draw(buffer, look, last, Align::Items);
}

/// What the day, the month and missed objectives cost.
fn sums(look: &Look) -> Words {
    let world = look.world();
    let unit = format!(" {}", look.currency());
    let mut words = Words::new();
    for (name, sum) in [("today ", world.cost_today), ("this month ", world.cost_month)] {
        words.join(look, name, Meaning::Dim);
        words.push(look, look.accrued(sum), Meaning::Strong);
        words.push(look, unit.clone(), Meaning::Dim);
    }
    let at_risk = world.objectives.iter().filter_map(|state| Some(state.credit.as_ref()?.at_risk)).sum();
    words.join(look, "credits at risk ", Meaning::Dim);
    words.push(look, look.amount(at_risk), Meaning::Strong);
    words.and(look, unit, Meaning::Dim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_as_large_as_they_can_be() {
        let wall = Size { width: 200, height: 40 };
        let of = |count| columns(wall, count, layout::BIG_TILE);
        assert_eq!([1, 2, 3, 4, 6, 9, 12].map(of), [1, 1, 1, 2, 2, 3, 3]);
    }
}
