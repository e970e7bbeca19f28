//! The wall: filled tiles and big figures, for a screen across the room. No frame, no cursor, no motion.
//!
//! ```text
//!  ?  SOURCE ZABBIX LOST 4m: what rests on it is unknown
//! ┌──────────────────────┐ ┌──────────────────────┐
//! │ CHECKOUT       CRIT  │ │ RETURNS     UNKNOWN  │
//! │ 42,000 EUR/h         │ │                      │
//! │ replication broken · │ │ source zabbix lost   │
//! └──────────────────────┘ └──────────────────────┘
//!  ● 19 more: Payroll  Store tills  …
//! ────────────────────────────────────────────────
//!  42,310 EUR/h    2h10 checkout     10:42 ● 1/3
//! ```

mod pages;
mod tile;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::frame;
use super::look::{Align, Look, Words, fill, ground, line};
use super::screens;
use super::text;
use super::theme::Meaning;
use super::tone::{self, Tone};
use super::widgets::{band, big};
use crate::app::layout;
use crate::app::wall::{self, Page, Wall};
use crate::domain::facts::Freshness;

/// Draws the wall.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect) {
    let Some(wall) = &look.model.wall else { return };
    let strip_rows = layout::strip(area.as_size()).min(area.height);
    let (body, strip) = split(area, area.height - strip_rows);
    let body = alarms(buffer, look, wall, body);
    let pages = wall::pages(look.model);
    match pages.get(wall.page).or(pages.first()) {
        Some(Page::Processes(from)) => pages::processes(buffer, look, wall, body, *from),
        Some(Page::Sla) => pages::promises(buffer, look, wall, body),
        Some(Page::Cost) => pages::cost(buffer, look, wall, body),
        None => {}
    }
    foot(buffer, look, wall, strip, pages.len());
}

fn split(area: Rect, top: u16) -> (Rect, Rect) {
    let top = top.min(area.height);
    (Rect { height: top, ..area }, Rect { y: area.y + top, height: area.height - top, ..area })
}

/// What must not be missed, over everything: a lens, a lost source, figures that no longer come. Returns what is left.
fn alarms(buffer: &mut Buffer, look: &Look, wall: &Wall, area: Rect) -> Rect {
    let mut area = area;
    if !look.model.lens.is_live() {
        let (top, rest) = split(area, 1);
        band::draw(buffer, look, top);
        area = rest;
    }
    let is_big = !look.model.ascii && layout::is_big(buffer.area.as_size()) && area.height > 2 * big::ROWS + 8;
    for texts in sentences(look, wall) {
        let tall = texts.iter().find(|text| is_big && big::width(text) + 4 <= area.width);
        let rows = if tall.is_some() { big::ROWS + 2 } else { 1 };
        let (top, rest) = split(area, rows);
        let meaning = Tone::Unknown.tile();
        for row in 0..top.height {
            fill(buffer, line(top, row), " ", look.style(meaning));
        }
        let inner = Rect { x: top.x + 2, width: top.width.saturating_sub(4), ..top };
        if let Some(text) = tall {
            big::draw(buffer, look, Rect { y: inner.y + 1, height: big::ROWS, ..inner }, text, meaning);
        } else if let Some(text) = texts.first() {
            look.say(format!("? {text}"), meaning).draw(buffer, look, inner, Align::Line);
        }
        area = rest;
    }
    area
}

/// What is said over everything, each the longest form first.
fn sentences(look: &Look, wall: &Wall) -> Vec<Vec<String>> {
    let world = look.world();
    let mut sentences = Vec::new();
    let silent = look.model.now - look.model.live.at;
    if silent >= wall::STALLED {
        let age = text::age(silent);
        sentences.push(vec![format!("NO NEW FIGURES FOR {age}"), format!("NO FIGURES {age}")]);
    }
    let lost: Vec<_> = world.sources.iter().filter(|source| source.freshness == Freshness::Lost).collect();
    match lost.as_slice() {
        [] => {}
        all if all.len() == world.sources.len() && all.len() > 1 => {
            sentences.push(vec!["ALL SOURCES LOST".to_owned(), "ALL LOST".to_owned()]);
        }
        [only] => {
            let age = only.age.map_or_else(String::new, |age| format!(" {}", text::age(age)));
            let name = only.name.as_str().to_uppercase();
            let short = vec![format!("SOURCE LOST{age}"), format!("LOST{age}")];
            let named = [format!("SOURCE {name} LOST{age}"), format!("{name} LOST{age}")];
            sentences.push(if wall.tells() { named.into_iter().chain(short).collect() } else { short });
        }
        several => {
            let count = several.len();
            sentences.push(vec![format!("{count} SOURCES LOST"), format!("{count} LOST")]);
        }
    }
    sentences
}

/// One figure of the strip at the bottom: in big letters, and what it is.
struct Figure {
    text: String,
    meaning: Meaning,
    /// The longest first.
    labels: Vec<String>,
}

/// The strip at the bottom: what it costs, what is missed next, whom it is known from, the time.
fn foot(buffer: &mut Buffer, look: &Look, wall: &Wall, area: Rect, pages: usize) {
    if area.is_empty() {
        return;
    }
    // Three of them stand beside the clock, or two.
    let figures = figures(look, wall, if area.width < ROOMY { 46 } else { area.width.saturating_sub(40) * 2 / 5 });
    if area.height < 3 {
        let mut words = Words::new();
        for figure in figures.iter().filter(|figure| !figure.text.is_empty()) {
            words.join(look, figure.text.clone(), figure.meaning);
        }
        fill(buffer, line(area, 0), " ", look.style(Meaning::Header));
        // Behind the time there is a cell, and two before it.
        let room = area.width.saturating_sub(time(look, wall).width() + 4);
        words.draw(buffer, look, Rect { x: area.x + 1, width: room, ..area }, Align::Items);
        time(look, wall).draw(buffer, look, Rect { width: area.width - 1, ..area }, Align::Right);
        return;
    }
    fill(buffer, line(area, 0), look.glyphs.line, look.style(Meaning::Border));
    let inner = Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(4), height: area.height - 1 };
    let is_big = inner.height > big::ROWS;
    let clock = look.clock(wall.at, "%H:%M");
    let clock_scale = if is_big { fitting(&clock, inner.height, inner.width / 4) } else { None };
    // Where there is no room for all in large letters, the time is the first to have ordinary ones.
    let large_clock = clock_scale.filter(|_| inner.width >= ROOMY);
    let right_width = match large_clock {
        Some(scale) => big::width(&clock) * scale,
        None if inner.width >= 60 => BESIDE,
        None => (doing(look, wall, pages).width().max(time(look, wall).width()) + 2).min(inner.width),
    };
    let room = inner.width - right_width.min(inner.width);
    let large = if is_big && large_clock.is_none() { narrow_slots(room, figures.len()) } else { Vec::new() };
    let slots = if large.is_empty() { slots(room.saturating_sub(2), figures.len()) } else { large };
    // One size of letters for all that have room for the same.
    let scales = figures.iter().zip(&slots);
    let scale = scales.filter_map(|(figure, cells)| fitting(&figure.text, inner.height, cells.saturating_sub(2))).min();
    let mut x = inner.x;
    for (figure, cells) in figures.iter().zip(&slots) {
        slot(buffer, look, Rect { x, width: cells.saturating_sub(2), ..inner }, figure, scale.filter(|_| is_big));
        x += cells;
    }
    let right = Rect { x: inner.right() - right_width.min(inner.width), width: right_width.min(inner.width), ..inner };
    let under = inner.height.saturating_sub(1);
    if let Some(scale) = large_clock {
        big::scaled(buffer, look, Rect { height: big::rows(scale), ..right }, &clock, Meaning::Text, scale);
        doing(look, wall, pages).then(time(look, wall)).draw(buffer, look, line(inner, under), Align::Right);
    } else if is_big {
        for (row, figure) in (0..).zip(figures.iter().skip(slots.len())) {
            let label = figure.labels.last().map_or("", String::as_str);
            let words = look.say(figure.text.clone(), figure.meaning).and(look, format!(" {label}"), Meaning::Dim);
            words.draw(buffer, look, line(right, row), Align::Right);
        }
        doing(look, wall, pages).draw(buffer, look, line(right, under.saturating_sub(1)), Align::Right);
        time(look, wall).draw(buffer, look, line(right, under), Align::Right);
    } else {
        time(look, wall).draw(buffer, look, line(inner, 0), Align::Right);
        doing(look, wall, pages).draw(buffer, look, line(inner, 1), Align::Right);
    }
}

/// Cells of a strip in which everything stands in large letters, and those of what stands in ordinary ones beside.
const ROOMY: u16 = 150;
const BESIDE: u16 = 24;

/// Cells for the first figures in large letters, as many as a narrow strip has room for: money of five digits, a time
/// of two units.
fn narrow_slots(room: u16, figures: usize) -> Vec<u16> {
    const MONEY: u16 = 48;
    const TIME: u16 = 44;
    match (figures, room) {
        (3.., 92..) => vec![room - TIME, TIME],
        (2, 92..) => vec![TIME, room - TIME],
        (3.., MONEY..) | (2, TIME..) => vec![room],
        _ => Vec::new(),
    }
}

/// Cells for figures side by side: money takes more than a time, and that more than a count.
fn slots(room: u16, figures: usize) -> Vec<u16> {
    let parts: &[u16] = match figures {
        3 => &[40, 35, 25],
        2 => &[60, 40],
        _ => &[100],
    };
    parts.iter().map(|part| (u32::from(room) * u32::from(*part) / 100) as u16).collect()
}

/// The largest scale at which a text stands in so many rows and cells, with a line below.
fn fitting(text: &str, rows: u16, cells: u16) -> Option<u16> {
    [2, 1].into_iter().find(|scale| rows > big::rows(*scale) && big::width(text) * scale <= cells)
}

/// A figure of the strip and what it is; in letters of a size where there is room for them.
fn slot(buffer: &mut Buffer, look: &Look, area: Rect, figure: &Figure, scale: Option<u16>) {
    if let Some(scale) = scale.filter(|scale| big::width(&figure.text) * scale <= area.width) {
        let area = Rect { height: big::rows(scale), ..area };
        big::scaled(buffer, look, area, &figure.text, figure.meaning, scale);
    } else {
        look.say(figure.text.clone(), figure.meaning).draw(buffer, look, line(area, area.height / 3), Align::Left);
    }
    let label = line(area, if area.height > big::ROWS { area.height - 1 } else { 1 });
    let fits = figure.labels.iter().find(|label| text::width(label) <= usize::from(area.width));
    let text = fits.or(figure.labels.last()).cloned().unwrap_or_default();
    look.say(text, Meaning::Dim).draw(buffer, look, label, Align::Line);
}

fn figures(look: &Look, wall: &Wall, cells: u16) -> Vec<Figure> {
    let waiting = look.model.is_waiting();
    let mut figures = Vec::new();
    if wall.tells() {
        let (rate, more) = frame::short_rate(look, |text| big::width(text) <= cells);
        let zero = look.world().cost_per_hour.high.is_zero();
        let more = more.map_or_else(String::new, |high| format!(", perhaps {high}"));
        let today = look.accrued(look.world().cost_today);
        figures.push(Figure {
            text: if waiting { look.glyphs.none.to_owned() } else { rate },
            meaning: if zero { Meaning::MoneyNone } else { Meaning::Money },
            labels: vec![
                format!("{} per hour{more}{}today {today}", look.currency(), look.glyphs.dot),
                format!("{}/h{}today {today}", look.currency(), look.glyphs.dot),
                format!("{}/h", look.currency()),
            ],
        });
    }
    let breach = screens::first_promise(look).filter(|_| !waiting);
    figures.push(match breach {
        Some((left, name, tone)) => Figure {
            text: left,
            meaning: if tone == Tone::Ok { Meaning::Text } else { tone.meaning() },
            labels: if wall.tells() {
                vec![format!("until the first breach{}{name}", look.glyphs.dot), format!("to {name}"), name]
            } else {
                vec!["until the first breach".into(), "first breach".into()]
            },
        },
        None => Figure { text: "-".into(), meaning: Meaning::Dim, labels: vec![screens::no_promise(look).into()] },
    });
    let sources = &look.world().sources;
    let fresh = sources.iter().filter(|source| source.freshness == Freshness::Fresh).count();
    let worst = sources.iter().map(|source| source.freshness).max().unwrap_or(Freshness::Fresh);
    figures.push(Figure {
        text: format!("{fresh}/{}", sources.len()),
        meaning: match worst {
            Freshness::Fresh => Meaning::Ok,
            Freshness::Pending => Meaning::Dim,
            Freshness::Late => Meaning::Warning,
            Freshness::Lost => Meaning::Unknown,
        },
        labels: vec!["sources answer".to_owned(), "sources".to_owned()],
    });
    figures
}

/// The clock with a mark that changes every two seconds, so that a screen that stands still is seen to.
fn time(look: &Look, wall: &Wall) -> Words {
    let beat = if wall.at.timestamp().div_euclid(2) % 2 == 0 { look.glyphs.ok } else { look.glyphs.pending };
    look.say(look.clock(wall.at, "%H:%M:%S "), Meaning::Strong).and(look, beat, Meaning::Ok)
}

/// Which page is shown, and why it stays.
fn doing(look: &Look, wall: &Wall, pages: usize) -> Words {
    let mut words = Words::new();
    if wall.breach.is_some() {
        words.push(look, "NEW BREACH  ", Meaning::Critical);
    } else if wall.held {
        words.push(look, "HELD  ", Meaning::Ack);
    }
    if wall.private {
        words.push(look, "PRIVATE  ", Meaning::Dim);
    }
    if pages > 1 {
        words.push(look, format!("page {} of {pages}  ", wall.page + 1), Meaning::Dim);
    }
    words
}

/// Fills a tile.
fn fill_tile(buffer: &mut Buffer, look: &Look, area: Rect, meaning: Meaning) {
    ground(buffer, area, look.style(meaning));
    for row in 0..area.height {
        fill(buffer, line(area, row), " ", look.style(meaning));
    }
}

/// Tone, word and look of a tile of a state: filled where it is grave and nobody is on it, as badges are. A warning is
/// bright enough as letters; as a tile it would outshine what is critical.
fn tile_of(tone: Tone, handled: bool) -> (bool, Meaning) {
    let filled = !handled && tone >= Tone::Risk || tone == Tone::Unknown;
    (filled, if filled { tone.tile() } else { tone.meaning() })
}

/// The state word of a node, long enough to be read by who does not know ours.
fn word(look: &Look, node: usize) -> (Tone, &'static str) {
    let Some(state) = look.world().nodes.get(node) else { return (Tone::Unknown, "UNKNOWN") };
    tone::shown(state.interval)
}
