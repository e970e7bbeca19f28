//! What is around every screen: the line on top, the rule or band under it, the status line.
//!
//! ```text
//!  ✖ 1 CRIT  ◆ 1 MAJOR  ? 1 UNKNOWN    42,310 EUR/h   today 61,204 EUR    ●●●~ zabbix late 48s   10:42:17
//! ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
//!  …
//!  Enter open  w why  x tree  / filter  s sort  ? keys                            Overview ▸ checkout
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use rust_decimal::Decimal;

use super::look::{Align, Look, Words, fill, indent, line};
use super::screens;
use super::text;
use super::theme::Meaning;
use super::tone::{self, Tone};
use super::widgets::band;
use crate::app;
use crate::app::layout::{Form, form};
use crate::app::line::Line;
use crate::app::navigate;
use crate::domain::facts::Freshness;
use crate::domain::severity::Severity;

/// The tone of all processes together: what is certain, or unknown where only that is to be said.
pub fn worst(look: &Look) -> (Tone, &'static str) {
    let world = look.world();
    match world.worst {
        severity if severity.is_problem() => (Tone::of(severity), tone::word(severity)),
        _ if world.unknown > 0 => (Tone::Unknown, "UNKNOWN"),
        severity => (Tone::of(severity), tone::word(severity)),
    }
}

/// Draws the line on top and what is under it.
pub fn header(buffer: &mut Buffer, look: &Look, area: Rect) {
    let form = form(area.as_size());
    if form == Form::Glance {
        return;
    }
    let top = line(area, 0);
    fill(buffer, top, " ", look.style(Meaning::Header));
    let inner = Rect { x: top.x + 1, width: top.width.saturating_sub(2), ..top };
    if form == Form::Column {
        narrow(buffer, look, inner);
        return;
    }
    let clock = look.say(look.clock(look.model.now, "%H:%M:%S"), Meaning::Strong);
    clock.draw(buffer, look, inner, Align::Right);
    let left = Rect { width: inner.width.saturating_sub(clock.width() + 2), ..inner };
    let wide = inner.width >= 110;
    // The middle stands at fixed columns, so that it does not move when counts change.
    let money_at = if wide { 47 } else { 18 };
    let sources_at = if wide { money_at + 41 } else { money_at + 36 };
    let mut tally = counts(look, wide);
    if tally.width() >= money_at {
        tally = counts(look, false);
    }
    tally.draw(buffer, look, Rect { width: money_at - 1, ..left }, Align::Left);
    let at = |from: u16, to: u16| Rect {
        x: left.x + from.min(left.width),
        width: to.min(left.width).saturating_sub(from),
        ..left
    };
    // A figure that is cut is another figure: units go first.
    let room = at(money_at, sources_at - 1);
    let forms = [(wide, true), (false, true), (false, false)].map(|(wide, units)| money(look, wide, units, room.width));
    let fits = forms.iter().find(|words| words.width() <= room.width).unwrap_or(&forms[2]);
    fits.draw(buffer, look, room, Align::Left);
    sources(look, left.width.saturating_sub(sources_at)).draw(buffer, look, at(sources_at, left.width), Align::Right);
    under(buffer, look, line(area, 1));
}

/// One line for narrow screens: counts, money, and a mark where sources are not fresh.
fn narrow(buffer: &mut Buffer, look: &Look, area: Rect) {
    let mut right = look.say(format!("{}/h", rate(look)), Meaning::Money);
    if let Some(worst) = look.model.reading.bad_sources.first() {
        let source = &look.world().sources[*worst];
        let (_, meaning) = tone::freshness(look, source.freshness);
        let words = look.say(format!("{} {}  ", source.name, source.freshness.word()), meaning);
        if words.width() + right.width() + 18 < area.width {
            right = words.then(right);
        }
    }
    if !look.model.lens.is_live() {
        right = band::chip(look).and(look, " ", Meaning::Header).then(right);
    }
    right.draw(buffer, look, area, Align::Right);
    let left = Rect { width: area.width.saturating_sub(right.width() + 1), ..area };
    let tally = if look.model.filter.text.is_empty() {
        counts(look, false)
    } else {
        look.say(format!("/{}", look.model.filter.text), Meaning::Prompt)
    };
    tally.draw(buffer, look, left, Align::Left);
}

/// How many processes are how bad, worst first; one sentence where nothing is wrong.
pub fn counts(look: &Look, words: bool) -> Words {
    let counts = &look.model.reading.counts;
    let mut tally = Words::new();
    if look.model.is_waiting() {
        let waiting = text::count(look.world().sources.len(), "source", "sources");
        let text = if words { format!("waiting for {waiting}") } else { "waiting".to_owned() };
        return look.say(format!("{} {text}", look.glyphs.pending), Meaning::Dim);
    }
    let mut add = |tone: Tone, number: usize, word: &str| {
        if number == 0 {
            return;
        }
        let meaning = if tone == Tone::Critical { tone.tile() } else { tone.meaning() };
        let number = text::grouped(&number.to_string());
        let text = match (words, tone) {
            (true, Tone::Critical) => format!(" {} {number} {word} ", tone.glyph(look)),
            (true, _) => format!("{} {number} {word} ", tone.glyph(look)),
            _ => format!("{}{number}", tone.glyph(look)),
        };
        tally.push(look, text, meaning);
        tally.push(look, " ", Meaning::Header);
    };
    if words {
        for severity in Severity::ALL.into_iter().rev().filter(|severity| severity.is_problem()) {
            add(Tone::of(severity), counts.of(severity), tone::word(severity));
        }
    } else {
        // Without words a sign stands once, for all that it stands for.
        add(Tone::Critical, counts.of(Severity::Critical), "");
        add(Tone::Risk, counts.of(Severity::Major), "");
        add(Tone::Warning, counts.of(Severity::Minor) + counts.of(Severity::Warning), "");
    }
    add(Tone::Unknown, counts.unknown, "UNKNOWN");
    if tally.is_empty() && counts.fine() > 0 {
        let all = text::count(counts.fine(), "process", "processes");
        let text = if words { format!(" {} ALL WELL ", look.glyphs.ok) } else { format!("{} OK", look.glyphs.ok) };
        tally.push(look, text, Meaning::Ok);
        if words {
            tally.push(look, format!(" {all}"), Meaning::Dim);
        }
    } else if tally.is_empty() {
        tally.push(look, if words { "no process in the map" } else { "no map" }, Meaning::Dim);
    }
    tally
}

/// The cost rate without its unit, marked where it is estimated or not fresh.
pub fn rate(look: &Look) -> String {
    if look.model.is_waiting() {
        return look.glyphs.none.to_owned();
    }
    let about = if look.model.atlas.converted { look.glyphs.about } else { "" };
    let late = look.model.atlas.processes.iter().any(|index| look.model.reading.trust(*index) == Freshness::Late);
    format!("{about}{}", look.money(look.world().cost_per_hour, late))
}

/// The cost rate in few cells: where a range is too long for them, what is certain, and what is possible apart.
pub fn short_rate(look: &Look, fits: impl Fn(&str) -> bool) -> (String, Option<String>) {
    let full = rate(look);
    let cost = look.world().cost_per_hour;
    if fits(&full) || cost.low == cost.high {
        return (full, None);
    }
    (at_least(look, cost.low), Some(look.amount(cost.high)))
}

/// What is certain of a rate of which more is possible; at least nothing is not a figure.
pub fn at_least(look: &Look, low: Decimal) -> String {
    if low.is_zero() { look.glyphs.unknown.to_owned() } else { format!("{}{}", look.glyphs.at_least, look.amount(low)) }
}

fn money(look: &Look, wide: bool, units: bool, room: u16) -> Words {
    let world = look.world();
    if look.model.is_waiting() {
        return Words::new();
    }
    let high = world.cost_per_hour.high;
    let meaning = if high.is_zero() { Meaning::MoneyNone } else { Meaning::Money };
    let unit = look.currency();
    let per_hour = if units { format!(" {unit}/h") } else { "/h".to_owned() };
    let now = look.say(rate(look), meaning).and(look, per_hour, Meaning::Dim);
    let today = look.say("today ", Meaning::Dim).and(look, look.accrued(world.cost_today), Meaning::Strong);
    let today = if wide { today.and(look, format!(" {unit}"), Meaning::Dim) } else { today };
    // Today stands at a fixed column too, where there is room for that.
    let gap = (if wide { 21_u16 } else { 20 }).saturating_sub(now.width());
    let gap = gap.min(room.saturating_sub(now.width() + today.width())).max(2);
    now.and(look, " ".repeat(gap.into()), Meaning::Header).then(today)
}

/// A dot for each source, and the first that is not fresh by name and age.
fn sources(look: &Look, room: u16) -> Words {
    let world = look.world();
    if world.sources.is_empty() {
        return look.say("no sources", Meaning::Dim);
    }
    let bad = look.model.reading.bad_sources.first().map(|at| &world.sources[*at]);
    let mut dots = Words::new();
    if world.sources.len() <= 16 {
        for source in &world.sources {
            let (sign, meaning) = tone::freshness(look, source.freshness);
            dots.push(look, sign, meaning);
        }
    } else {
        for freshness in [Freshness::Fresh, Freshness::Pending, Freshness::Late, Freshness::Lost] {
            let number = world.sources.iter().filter(|source| source.freshness == freshness).count();
            if number > 0 {
                let (sign, meaning) = tone::freshness(look, freshness);
                dots.push(look, format!("{sign}{number} "), meaning);
            }
        }
    }
    let Some(bad) = bad.filter(|source| source.freshness != Freshness::Pending) else { return dots };
    let (sign, meaning) = tone::freshness(look, bad.freshness);
    let age = bad.age.map_or_else(String::new, |age| format!(" {}", text::age(age)));
    let name = bad.name.as_str();
    let full = dots.clone().and(look, format!(" {name} {}{age}", bad.freshness.word()), meaning);
    let short = dots.and(look, format!(" {name}{age}"), meaning);
    // The name tells more than how the others are, its start more than its end.
    let left = room.saturating_sub(text::width(&format!("{sign} {age}")) as u16);
    let least = look.say(format!("{sign} {}{age}", text::head(name, left.into(), look.glyphs.cut)), meaning);
    [full, short].into_iter().find(|words| words.width() <= room).unwrap_or(least)
}

/// The rule under the header; in its place the band of what is no live screen, or the filter.
fn under(buffer: &mut Buffer, look: &Look, area: Rect) {
    let model = look.model;
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    if band::draw(buffer, look, area) {
        return;
    }
    let (tone, _) = worst(look);
    let meaning = if tone == Tone::Ok || model.is_waiting() { Meaning::Border } else { tone.meaning() };
    fill(buffer, area, look.glyphs.heavy, look.style(meaning));
    if !model.filter.text.is_empty() && model.prompt.is_none() {
        let list = model.here().list();
        let text =
            format!(" filter: {}{}{} of {} ", model.filter.text, look.glyphs.dot, list.rows.len(), list.unfiltered);
        look.say(text, Meaning::Prompt).draw(buffer, look, inner, Align::Left);
    }
}

/// Draws the status line: what is typed, or what was said, or the keys that work here; the way here at the right.
/// Returns where the cursor is, while something is typed.
pub fn status(buffer: &mut Buffer, look: &Look, area: Rect) -> Option<Position> {
    let row = line(area, area.height - 1);
    if let Some(prompt) = &look.model.prompt {
        let list = look.model.here().list();
        let wrong = look.model.filter.error.as_ref().or(prompt.note.as_ref());
        let found = match wrong {
            Some(wrong) => look.say(format!(" {wrong} "), Meaning::Trouble),
            None => look.say(format!("{} of {}", list.rows.len(), list.unfiltered), Meaning::Dim),
        };
        return Some(typed(buffer, look, row, "/", &prompt.line, &found));
    }
    let writes = look.model.writing.form.as_ref();
    if form(area.as_size()) == Form::Glance && writes.is_none() {
        return None;
    }
    fill(buffer, row, " ", look.style(Meaning::Status));
    let inner = Rect { x: row.x + 1, width: row.width.saturating_sub(2), ..row };
    if let Some(form) = writes.filter(|_| look.model.toast.is_none()) {
        screens::write_keys(look, form).draw(buffer, look, inner, Align::Line);
        return None;
    }
    let steps = navigate::crumbs(look.model);
    // On a small screen the keys need the room of a way of one step, which the screen tells by itself.
    let is_told = steps.len() == 1 && form(area.as_size()) < Form::Board;
    let crumbs = if is_told { String::new() } else { steps.join(look.glyphs.step) };
    let crumbs = look.say(text::middle(&crumbs, usize::from(inner.width) * 2 / 5, look.glyphs.cut), Meaning::Status);
    let keys = match &look.model.toast {
        Some((toast, _)) => look.say(format!(" {toast} "), Meaning::Toast).and(look, "", Meaning::Status),
        None => keys(look, inner.width.saturating_sub(crumbs.width() + 2)),
    };
    crumbs.draw(buffer, look, inner, Align::Right);
    let room = inner.width.saturating_sub(crumbs.width() + 2);
    keys.draw(buffer, look, Rect { width: room, ..inner }, Align::Brief);
    None
}

/// Draws a line that is typed, after a sign, with words about it at the right. Of a line that is too long, the part
/// around the cursor is shown. Returns where the cursor is.
pub fn typed(buffer: &mut Buffer, look: &Look, row: Rect, sign: &str, typed: &Line, right: &Words) -> Position {
    fill(buffer, row, " ", look.style(Meaning::Prompt));
    let inner = Rect { x: row.x + 1.min(row.width), width: row.width.saturating_sub(2), ..row };
    // What is typed has half of the row at least.
    let beside = right.width().min(inner.width / 2);
    right.draw(buffer, look, indent(inner, inner.width - beside), Align::Line);
    let room = inner.width.saturating_sub(beside + 1);
    look.say(sign, Meaning::Key).draw(buffer, look, inner, Align::Line);
    let area = Rect { width: room.saturating_sub(1), ..indent(inner, 1) };
    let before = text::width(typed.before());
    let skip = before.saturating_sub(usize::from(area.width.saturating_sub(1)));
    let shown = text::skip(&typed.text, skip);
    look.say(shown, Meaning::Prompt).draw(buffer, look, area, Align::Line);
    let x = ((before - skip) as u16).min(area.width.saturating_sub(1));
    Position { x: (area.x + x).min(row.right().saturating_sub(1)), y: row.y }
}

/// The keys that work here, as many as there is room for; the last, `?`, always.
fn keys(look: &Look, room: u16) -> Words {
    let word = |action: &app::action::Action| {
        let key = look.model.keymap.keys(action).first()?.to_string();
        Some(look.say(key, Meaning::Key).and(look, format!(" {}  ", action.hint), Meaning::Status))
    };
    let mut all: Vec<Words> = app::action::hinted(look.model).into_iter().filter_map(word).collect();
    let last = all.pop().unwrap_or_default();
    let mut words = Words::new();
    for next in all {
        if words.width() + next.width() + last.width() <= room {
            words = words.then(next);
        }
    }
    words.then(last)
}
