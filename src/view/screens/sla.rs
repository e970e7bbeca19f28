//! Below the promises: how the budget of the selected objective was used up over its window, what it burns, what it
//! would cost; or how far the selected clock has run.
//!
//! ```text
//!  checkout-availability 99.9%   month                 │ burn       5m  20.0   1h  16.0   6h   8.2
//!  100 % ███████████▆▆▆▆▆▅▅▅▄▃▃··················      │ attained   99.912 % by contract
//!    0 %                       ·······                 │ credits    now 10 %, next tier in 39m
//! ```

use chrono::TimeDelta;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::causes::ticket_name;
use super::promises;
use crate::app::layout;
use crate::app::place::Item;
use crate::app::rows::ticket_id;
use crate::domain::map::Objective;
use crate::domain::span::Instant;
use crate::domain::world::{ClockState, ObjectiveState};
use crate::view::look::{Align, Look, Words, fill, line};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::Tone;
use crate::view::widgets::chart;
use crate::view::widgets::meter::meter;

/// Cells of the axis at the left of the chart.
const AXIS: u16 = 6;
/// Cells of a fact's name.
const NAMES: u16 = 12;

/// Draws what is known of the selected promise.
pub fn beside(buffer: &mut Buffer, look: &Look, area: Rect) {
    let form = layout::form(area.as_size());
    let (_, below) = layout::sla_split(form, layout::body(area));
    if below.height < 4 {
        return;
    }
    fill(buffer, line(below, 0), " ", look.style(Meaning::Head));
    let inner = Rect { x: below.x + 1, width: below.width.saturating_sub(2), ..below };
    let Some(row) = look.model.selected() else { return };
    let world = look.world();
    match row.id.item {
        Item::Objective(_) => {
            if let (Some(objective), Some(state)) =
                (world.map.objectives.get(row.index), world.objectives.get(row.index))
            {
                let facts = facts(look, objective, state);
                let wide = below.width >= 100;
                let right = if wide { 50.min(inner.width / 2) } else { 0 };
                title(look, objective).draw(buffer, look, line(inner, 0), Align::Left);
                let body = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
                let rows = if wide { 0 } else { 2.min(facts.len() as u16) };
                let chart =
                    Rect { width: inner.width - right - u16::from(wide) * 3, height: body.height - rows, ..body };
                course(buffer, look, chart, state);
                let beside = if wide {
                    Rect { x: chart.right() + 3, width: right, ..body }
                } else {
                    Rect { y: chart.bottom(), height: rows, ..body }
                };
                list(buffer, look, beside, &facts);
            }
        }
        _ => {
            if let Some(clock) = world.clocks.get(row.index) {
                self::clock(buffer, look, inner, clock);
            }
        }
    }
}

fn title(look: &Look, objective: &Objective) -> Words {
    let of = look.world().map.nodes.get(objective.node).map_or("", |node| node.name.as_str());
    let what = format!(" {} of {of}, {}", text::target(objective.target), promises::window(objective.window));
    look.say(objective.id.to_string(), Meaning::TitleFocus).and(look, what, Meaning::Dim)
}

/// The budget that was left over the window so far, and how it goes on if it burns as in the last hour.
fn course(buffer: &mut Buffer, look: &Look, area: Rect, state: &ObjectiveState) {
    if area.height < 3 || area.width < AXIS + 10 {
        return;
    }
    let (tone, _) = promises::objective_tone(state);
    let bars = Rect { x: area.x + AXIS, width: area.width - AXIS, height: area.height - 1, ..area };
    if state.course.is_empty() {
        let text = match state.budget_remaining {
            None => "Its window was not observed long enough for a figure.",
            Some(_) => "How its budget was used up is not known: only what is left.",
        };
        look.say(text, Meaning::Dim).draw(buffer, look, line(area, 0), Align::Line);
        return;
    }
    let label = |row: u16, text: &str, buffer: &mut Buffer| {
        let cell = Rect { width: AXIS - 1, ..line(area, row) };
        look.say(text, Meaning::Dim).draw(buffer, look, cell, Align::Right);
    };
    label(0, "100 %", buffer);
    if bars.height > 4 {
        label(bars.height / 2, "50 %", buffer);
    }
    label(bars.height - 1, "0", buffer);
    let values = values(look, state, bars.width);
    let meaning = if tone == Tone::Ok { Meaning::Meter } else { tone.meaning() };
    chart::level(buffer, look, bars, &values.known, meaning);
    for (column, value) in values.ahead.iter().enumerate() {
        let Some(value) = value else { continue };
        let row = ((1.0 - value) * f64::from(bars.height)).floor().clamp(0.0, f64::from(bars.height - 1)) as u16;
        let at = (bars.x + column as u16, bars.y + row);
        let meaning = if *value <= 0.0 { Meaning::Critical } else { Meaning::Dim };
        crate::view::look::put(buffer, at, look.glyphs.dot.trim(), look.style(meaning));
    }
    let axis = Rect { x: bars.x, width: bars.width, ..line(area, area.height - 1) };
    let format = if state.window.length() > TimeDelta::days(2) { "%a %-d %b" } else { "%H:%M" };
    look.say(look.clock(state.window.start, format), Meaning::Dim).draw(buffer, look, axis, Align::Left);
    look.say(look.clock(state.window.end, format), Meaning::Dim).draw(buffer, look, axis, Align::Right);
    let now = values.now.min(axis.width.saturating_sub(3));
    if now > 12 && now + 16 < axis.width {
        let cell = Rect { x: axis.x + now.saturating_sub(1), width: 3, ..axis };
        look.say("now", Meaning::Strong).draw(buffer, look, cell, Align::Left);
    }
}

/// What is drawn of a budget, by column.
struct Columns {
    known: Vec<Option<f64>>,
    ahead: Vec<Option<f64>>,
    now: u16,
}

fn values(look: &Look, state: &ObjectiveState, width: u16) -> Columns {
    let window = state.window;
    let at = |column: u16| {
        let part = window.length().num_seconds() * i64::from(column) / i64::from(width.max(1));
        window.start + TimeDelta::seconds(part)
    };
    let ratio = |left: Decimal| left.to_f64().unwrap_or(0.0);
    let now = look.model.as_of().min(window.end);
    let left = state.budget_remaining.map_or(0.0, ratio);
    let level = |instant: Instant| {
        let next = state.course.iter().find(|(end, _)| *end >= instant).or(state.course.last())?;
        Some(ratio(next.1).clamp(0.0, 1.0))
    };
    let later = |instant: Instant| {
        let ahead = (instant - now).num_seconds() as f64;
        match state.exhausted_in {
            Some(out) if out > TimeDelta::zero() => left * (1.0 - ahead / out.num_seconds() as f64),
            Some(_) => 0.0,
            None => left,
        }
    };
    let mut columns = Columns { known: Vec::new(), ahead: Vec::new(), now: width };
    for column in 0..width {
        let (start, end) = (at(column), at(column + 1));
        let is_past = start < now;
        if !is_past && columns.now == width {
            columns.now = column;
        }
        columns.known.push(if is_past { level(end.min(now)) } else { None });
        columns.ahead.push((!is_past).then(|| later(start).max(0.0)));
    }
    columns
}

fn facts(look: &Look, objective: &Objective, state: &ObjectiveState) -> Vec<(&'static str, Words)> {
    let mut facts: Vec<(&'static str, Words)> = Vec::new();
    let mut burn = Words::new();
    for (window, rate) in &state.burn {
        let Some(rate) = rate else { continue };
        let length = text::age(*window);
        let length = length.trim_end_matches("00m").trim_end_matches("00h");
        let meaning = if *rate > Decimal::ONE { Meaning::Strong } else { Meaning::Text };
        burn.push(look, format!("{length} "), Meaning::Dim);
        burn.push(look, format!("{:.1}  ", rate.round_dp(1)), meaning);
    }
    facts.push(("burn", if burn.is_empty() { look.say("not known", Meaning::Dim) } else { burn }));
    let left = state.budget_remaining.map_or_else(|| look.glyphs.none.to_owned(), |left| text::percent(left, 1));
    let mut budget = look.say(format!("{left} left"), Meaning::Strong);
    match state.exhausted_in {
        Some(left) if left > TimeDelta::zero() => {
            budget.join(look, format!("used up in {} as it burns", text::age(left)), Meaning::Warning);
        }
        _ => {}
    }
    if let Some(left) = state.outage_left.filter(|left| *left > TimeDelta::zero()) {
        budget.join(look, format!("{} of outage", text::age(left)), Meaning::Text);
    }
    facts.push(("budget", budget));
    let figure =
        |ratio: Option<Decimal>| ratio.map_or_else(|| look.glyphs.none.to_owned(), |ratio| text::percent(ratio, 4));
    let attained = format!("{} by contract, {} felt", figure(state.attained), figure(state.felt));
    facts.push(("attained", look.say(attained, Meaning::Text)));
    let covered = format!("{} of it, counted by {}", text::percent(state.coverage, 1), state.method);
    facts.push(("observed", look.say(covered, Meaning::Dim)));
    if let Some(credit) = &state.credit {
        let share = |share: Decimal| text::percent(share, 0);
        let mut words = look.say(format!("now {}", share(credit.now)), Meaning::Text);
        words.join(look, format!("projected {}", share(credit.projected)), Meaning::Text);
        if let Some(left) = credit.next_tier_in {
            words.join(look, format!("next tier after {} of outage", text::age(left)), Meaning::Dim);
        }
        facts.push(("credit", words));
        if !credit.at_risk.is_zero() {
            let mut words = look.say(format!("{} {}", look.amount(credit.at_risk), look.currency()), Meaning::Money);
            for (node, amount) in credit.by_customer.iter().filter(|(_, amount)| !amount.is_zero()) {
                let name = look.world().map.nodes.get(*node).map_or("", |node| node.name.as_str());
                words.join(look, format!("{name} {}", look.amount(*amount)), Meaning::Dim);
            }
            facts.push(("at risk", words));
        }
    }
    let node = look.world().map.nodes.get(objective.node);
    if let Some(owner) = node.and_then(|node| node.owner.clone()) {
        facts.push(("owner", look.say(owner, Meaning::Dim)));
    }
    for note in state.notes.iter().chain(&state.exclusions) {
        facts.push(("note", look.say(note.clone(), Meaning::Dim)));
    }
    facts
}

fn list(buffer: &mut Buffer, look: &Look, area: Rect, facts: &[(&'static str, Words)]) {
    let mut row = 0;
    for (name, words) in facts {
        let room = area.width.saturating_sub(NAMES);
        let lines = words.wrapped(look, room, usize::from(area.height.saturating_sub(row)).clamp(1, 2));
        for (at, words) in lines.iter().enumerate() {
            let line = line(area, row);
            if line.is_empty() {
                return;
            }
            if at == 0 {
                look.say(*name, Meaning::Dim).draw(buffer, look, line, Align::Left);
            }
            let value = Rect { x: line.x + NAMES, width: room, ..line };
            words.draw(buffer, look, value, Align::Line);
            row += 1;
        }
    }
}

/// How far a clock has run.
fn clock(buffer: &mut Buffer, look: &Look, area: Rect, clock: &ClockState) {
    let world = look.world();
    let Some(ticket) = world.tickets.get(clock.ticket) else { return };
    let (tone, _) = promises::clock_tone(clock);
    let name = ticket_name(&ticket_id(world, clock.ticket));
    let title = look.say(format!("{name} {}", clock.goal.word()), Meaning::TitleFocus);
    title.and(look, format!(" {}", ticket.item.summary), Meaning::Dim).draw(buffer, look, line(area, 0), Align::Line);
    let total = clock.target.num_seconds().max(1);
    let left = Decimal::from(clock.remaining.num_seconds()) / Decimal::from(total);
    let meaning = if tone == Tone::Ok { Meaning::Meter } else { tone.meaning() };
    let cells = area.width.saturating_sub(4).min(100);
    meter(look, left, cells, meaning).draw(buffer, look, line(area, 2), Align::Left);
    let mut facts: Vec<(&'static str, Words)> = Vec::new();
    let remaining = if clock.remaining < TimeDelta::zero() {
        format!("missed by {}", text::age(-clock.remaining))
    } else {
        format!("{} of {} left", text::age(clock.remaining), text::age(clock.target))
    };
    let runs = match (clock.paused, clock.open) {
        (true, _) => "stands still while the ticket waits",
        (_, false) => "stands still while its calendar is closed",
        _ => "runs",
    };
    let left = look.say(remaining, if tone == Tone::Ok { Meaning::Strong } else { meaning });
    facts.push(("clock", left.and(look, format!(", {runs}"), Meaning::Text)));
    if let Some(due) = clock.due {
        facts.push(("due", look.say(look.clock(due, "%a %-d %b %H:%M"), Meaning::Text)));
    }
    let owner = ticket
        .item
        .owner
        .as_deref()
        .map_or_else(|| look.say("nobody has it", Meaning::Warning), |owner| look.say(owner.to_owned(), Meaning::Text));
    facts.push(("owner", owner));
    facts.push(("status", look.say(ticket.item.status.to_string(), Meaning::Text)));
    let below = Rect { y: area.y + 4.min(area.height), height: area.height.saturating_sub(4), ..area };
    list(buffer, look, below, &facts);
}
