//! Money: the rate now and over the time that is known, what today and the month have cost, what may be owed.
//!
//! The chart shows only what this console saw itself: the ground before it started is marked as not known.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{causes, promises};
use crate::app::layout::{self, Panel};
use crate::domain::span::{Instant, Span};
use crate::view::frame;
use crate::view::look::{Align, Look, Words, fill, line};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::widgets::meter::meter;
use crate::view::widgets::table::{self, Column, Entry};
use crate::view::widgets::{big, chart};

/// The spans that the chart may have: the shortest that holds all that is known.
const SPANS: [(i64, &str); 5] =
    [(5, "last 5 min"), (15, "last 15 min"), (60, "last hour"), (360, "last 6 h"), (1_440, "last 24 h")];

/// Draws the pane of money.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect) {
    let inner = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area };
    let (length, span) = span(look);
    fill(buffer, line(area, 0), " ", look.style(Meaning::Head));
    look.say("COST", Meaning::Title).draw(buffer, look, line(inner, 0), Align::Left);
    look.say(span, Meaning::Dim).draw(buffer, look, line(inner, 0), Align::Right);
    let figures_width = 31.min(inner.width / 2);
    let left = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
        width: inner.width - figures_width - 2,
        ..inner
    };
    let right = Rect { x: left.right() + 2, width: figures_width, ..left };
    if look.model.is_waiting() {
        look.say("Nothing is known yet.", Meaning::Dim).draw(buffer, look, line(left, 0), Align::Left);
        return;
    }
    let rows = figures(buffer, look, right);
    let top = rate_now(buffer, look, left);
    let by_cause = u16::from(left.height > top + 3);
    let chart_area = Rect { y: left.y + top, height: left.height.saturating_sub(top + 1 + by_cause), ..left };
    let wide = Rect { width: if left.height > rows + 9 { inner.width } else { left.width }, ..chart_area };
    let chart_area = if wide.width > left.width {
        // Below the figures there is room for the whole width.
        let skip = (rows + 1).saturating_sub(top);
        Rect { y: wide.y + skip, height: wide.height.saturating_sub(skip), ..wide }
    } else {
        chart_area
    };
    history(buffer, look, chart_area, length);
    if by_cause == 1 {
        shares(look).draw(buffer, look, line(inner, inner.height - 1), Align::Items);
    }
}

/// The pane of money above the lists of the cost screen, where there is room for it.
pub fn above(buffer: &mut Buffer, look: &Look, area: Rect) {
    let form = layout::form(area.as_size());
    let (area, _) = layout::cost_split(form, layout::body(area));
    if area.height > 3 {
        draw(buffer, look, area);
    }
}

/// The rate now: in big digits where there is room. Returns the rows that it took.
fn rate_now(buffer: &mut Buffer, look: &Look, area: Rect) -> u16 {
    let (rate, up_to) = frame::short_rate(look, |text| big::width(text) + 7 < area.width);
    let up_to = up_to.map_or_else(String::new, |high| format!("..{high}"));
    let unit = format!("{}/h", look.currency());
    let wall = look.model.size.width >= 180;
    let meaning = if look.world().cost_per_hour.high.is_zero() { Meaning::MoneyNone } else { Meaning::Money };
    let wide = frame::rate(look);
    let fits = area.height >= 12 && big::width(&rate) + 7 < area.width && !look.model.ascii && !wall;
    if fits {
        let digits = Rect { y: area.y + 1, height: big::ROWS, ..area };
        big::draw(buffer, look, digits, &rate, meaning);
        let x = area.x + big::width(&rate) + 1;
        let after = Rect { x, y: digits.y + big::ROWS - 1, width: area.right().saturating_sub(x), height: 1 };
        look.say(unit, Meaning::Dim).draw(buffer, look, after, Align::Left);
        let over = Rect { y: after.y.saturating_sub(1), ..after };
        look.say(up_to, Meaning::Dim).draw(buffer, look, over, Align::Left);
        return big::ROWS + 2;
    }
    let words = look.say(wide, meaning).and(look, format!(" {unit} now"), Meaning::Dim);
    words.draw(buffer, look, line(area, 0), Align::Left);
    1
}

/// The figures at the right: name, amount, unit once. Returns the rows that they took.
fn figures(buffer: &mut Buffer, look: &Look, area: Rect) -> u16 {
    let world = look.world();
    let at_risk: Decimal = world.objectives.iter().filter_map(|state| Some(state.credit.as_ref()?.at_risk)).sum();
    let value = look.model.reading.sums(world).value;
    let mut rows = vec![
        ("today", look.accrued(world.cost_today)),
        ("month", look.accrued(world.cost_month)),
        ("credits at risk", look.amount(at_risk)),
        ("value per hour", look.amount(value)),
    ];
    let limits = world.map.spends.iter().zip(&world.spend);
    let used = limits.filter_map(|(spend, state)| Some((state.used?, spend.id.as_str()))).max();
    if let Some((used, _)) = used {
        rows.push(("spend of limit", text::percent(used, 0)));
    }
    let mut taken = 0;
    for (name, amount) in rows {
        let row = line(area, taken);
        if row.is_empty() {
            break;
        }
        look.say(name, Meaning::Dim).draw(buffer, look, row, Align::Left);
        let unit = if amount.ends_with('%') { String::new() } else { format!(" {}", look.currency()) };
        let meaning = if amount == "0" { Meaning::MoneyNone } else { Meaning::Strong };
        look.say(amount, meaning).and(look, format!("{unit:<4}"), Meaning::Dim).draw(buffer, look, row, Align::Right);
        taken += 1;
    }
    taken
}

/// Which share of the loss which cause has.
pub fn shares(look: &Look) -> Words {
    let mut words = Words::new();
    for (name, share) in causes::shares(look).into_iter().take(4) {
        words.join(look, format!("{name} "), Meaning::Text);
        words.push(look, text::percent(share, 0), Meaning::Strong);
    }
    if words.is_empty() { words } else { look.say("by cause  ", Meaning::Dim).then(words) }
}

/// The rate over the time that is known.
pub fn over_time(buffer: &mut Buffer, look: &Look, area: Rect) {
    history(buffer, look, area, span(look).0);
}

/// Bars of the rate, and the axis under them.
fn history(buffer: &mut Buffer, look: &Look, area: Rect, length: TimeDelta) {
    if area.height < 2 || area.width < 8 {
        return;
    }
    let bars = Rect { height: area.height - 1, ..area };
    chart::bars(buffer, look, bars, &buckets(look, length, usize::from(area.width)));
    let axis = line(area, area.height - 1);
    let format = if length > TimeDelta::hours(24) { "%a %H:%M" } else { "%H:%M" };
    let start = look.clock(look.model.as_of() - length, format);
    look.say(start, Meaning::Dim).draw(buffer, look, axis, Align::Left);
    if area.width > 24 {
        let middle = look.clock(look.model.as_of() - length / 2, format);
        let place = Rect { x: axis.x + axis.width / 2 - 2, width: axis.width / 2, ..axis };
        look.say(middle, Meaning::Dim).draw(buffer, look, place, Align::Left);
    }
    let end = match look.model.lens.instant() {
        Some(at) => look.clock(at, format),
        None => "now".to_owned(),
    };
    look.say(end, Meaning::Dim).draw(buffer, look, axis, Align::Right);
}

/// Since when the rate is known: from history, or since the console began.
fn begin(look: &Look) -> Instant {
    let remembered = look.model.past.remembered.as_ref().and_then(|past| past.covered.iter().next());
    remembered.map_or(look.model.started, |first| first.start.min(look.model.started))
}

/// The span of the chart: the shortest that holds all that is known.
fn span(look: &Look) -> (TimeDelta, &'static str) {
    let began = begin(look);
    let known = look.model.as_of() - began;
    let fits =
        SPANS.iter().find(|(minutes, _)| TimeDelta::minutes(*minutes) >= known).unwrap_or(&SPANS[SPANS.len() - 1]);
    (TimeDelta::minutes(fits.0), fits.1)
}

/// The greatest rate that was possible in each of so many parts of a span; `None` where nothing is known.
fn buckets(look: &Look, length: TimeDelta, count: usize) -> Vec<Option<f64>> {
    let end = look.model.as_of();
    let start = end - length;
    let mut buckets = vec![None; count];
    let place = |at: Instant| {
        let share = (at - start).num_milliseconds() as f64 / length.num_milliseconds().max(1) as f64;
        ((share * count as f64) as usize).min(count.saturating_sub(1))
    };
    remembered(look, start, &mut buckets, &place);
    let samples = &look.model.rates;
    let ends = samples.iter().skip(1).map(|(at, _)| *at).chain([end]);
    for ((from, rate), until) in samples.iter().zip(ends) {
        if until < start {
            continue;
        }
        let value = rate.high.to_f64().unwrap_or(0.0);
        // A sample holds until the next one.
        for bucket in &mut buckets[place((*from).max(start))..=place(until)] {
            *bucket = Some(bucket.map_or(value, |known: f64| known.max(value)));
        }
    }
    buckets
}

/// What history holds of the time before the console began: in each part the greatest rate of all processes together,
/// where somebody looked.
fn remembered(look: &Look, start: Instant, buckets: &mut [Option<f64>], place: &impl Fn(Instant) -> usize) {
    let Some(past) = &look.model.past.remembered else { return };
    let end = look.model.rates.front().map_or(look.model.started, |(at, _)| *at).min(look.model.as_of());
    let before = Span::new(start, end.max(start));
    for covered in past.covered.iter().filter_map(|span| span.intersection(before)) {
        for bucket in &mut buckets[place(covered.start)..=place(covered.end)] {
            bucket.get_or_insert(0.0);
        }
    }
    // Each process counts in a part once, with its greatest rate there.
    for accruals in past.accruals.values() {
        let mut greatest: BTreeMap<usize, f64> = BTreeMap::new();
        for accrual in accruals {
            let Some(span) = accrual.span.intersection(before) else { continue };
            let rate = accrual.per_hour.high.to_f64().unwrap_or(0.0);
            for at in place(span.start)..=place(span.end) {
                let known = greatest.entry(at).or_default();
                *known = known.max(rate);
            }
        }
        for (at, rate) in greatest {
            *buckets[at].get_or_insert(0.0) += rate;
        }
    }
}

/// All of it in one line, for small screens.
pub fn line_of_cost(buffer: &mut Buffer, look: &Look, area: Rect) {
    let inner = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area };
    let world = look.world();
    let cells = 12;
    let (length, span) = span(look);
    look.say(format!("{span} "), Meaning::Dim).draw(buffer, look, inner, Align::Left);
    let x = inner.x + span.len() as u16 + 1;
    let bars = Rect { x, y: inner.y, width: cells.min(inner.right().saturating_sub(x)), height: inner.height.min(1) };
    chart::bars(buffer, look, bars, &buckets(look, length, usize::from(cells)));
    let x = bars.right() + 2;
    let rest = Rect { x, width: inner.right().saturating_sub(x), ..inner };
    if let Some((node, absorbed)) = look.model.reading.absorbed.first() {
        let words = causes::absorbed_in(look, *node, &absorbed.what, absorbed.why, rest.width);
        words.draw(buffer, look, rest, Align::Left);
    } else {
        let month = look.say("month ", Meaning::Dim).and(look, look.accrued(world.cost_month), Meaning::Text);
        let month = month.and(look, format!(" {}", look.currency()), Meaning::Dim);
        month.draw(buffer, look, rest, Align::Right);
        let room = Rect { width: rest.width.saturating_sub(month.width() + 2), ..rest };
        promises::first_line(buffer, look, room);
    }
}

/// Spend against its limit.
pub fn spend(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    const COLUMNS: [Column; 6] = [
        Column::flex("", 10, 2, 0),
        Column::left("", 10, 3),
        Column::right("used", 7, 0),
        Column::right("to date", 12, 1),
        Column::right("projected", 12, 2),
        Column::right("limit", 12, 4),
    ];
    let world = look.world();
    let title = table::title(look, panel, "SPEND", &table::count(look, panel));
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| {
        let (Some(spend), Some(state)) = (world.map.spends.get(row.index), world.spend.get(row.index)) else {
            return Entry::default();
        };
        let amount = |amount: Option<Decimal>| {
            look.say(amount.map_or_else(|| look.glyphs.none.to_owned(), |amount| look.amount(amount)), Meaning::Text)
        };
        let meaning = match state.used {
            Some(used) if used >= Decimal::ONE => Meaning::Critical,
            Some(used) if used >= Decimal::new(8, 1) => Meaning::Warning,
            _ => Meaning::Text,
        };
        let cells = vec![
            look.say(spend.id.to_string(), Meaning::Strong),
            state.used.map_or_else(Words::new, |used| meter(look, used, 10, meaning)),
            look.say(state.used.map_or_else(|| look.glyphs.none.to_owned(), |used| text::percent(used, 0)), meaning),
            amount(state.to_date),
            amount(state.projected),
            amount(spend.limit.map(|limit| limit.value)),
        ];
        Entry { cells, ..Entry::default() }
    });
    table::empty(buffer, look, panel, "No spend is configured: [[spend]] in map/ with a source and a limit.");
}
