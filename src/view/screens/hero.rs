//! The band of big letters on a wall: how bad, what it costs, what breaks first; readable across a room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::promises;
use crate::domain::severity::Severity;
use crate::view::frame;
use crate::view::look::{Align, Look, fill, ground, line};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::Tone;
use crate::view::widgets::big;

/// Draws the band.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect) {
    let third = area.width / 3;
    let tile = Rect { width: third, height: area.height.saturating_sub(1), ..area };
    state(buffer, look, tile);
    let money = Rect { x: area.x + third + 3, width: third.saturating_sub(4), ..tile };
    let (rate, up_to) = frame::short_rate(look, |text| big::width(text) <= money.width);
    let meaning = if look.world().cost_per_hour.high.is_zero() { Meaning::MoneyNone } else { Meaning::Money };
    let known = !look.model.is_waiting();
    let up_to = up_to.map_or_else(String::new, |high| format!(", perhaps {high}"));
    let unit = format!("{} per hour{up_to}", look.currency());
    let label =
        if known { format!("{unit}{}today {}", look.glyphs.dot, look.accrued(look.world().cost_today)) } else { unit };
    figure(buffer, look, money, if known { &rate } else { "-" }, meaning, &label);
    let breach = Rect { x: area.x + 2 * third + 3, width: area.width.saturating_sub(2 * third + 4), ..tile };
    match promises::first(look).filter(|_| known) {
        Some((left, name, tone)) => {
            let meaning = if tone == Tone::Ok { Meaning::Text } else { tone.meaning() };
            figure(buffer, look, breach, &left, meaning, &format!("until the first breach{}{name}", look.glyphs.dot));
        }
        None => figure(buffer, look, breach, "-", Meaning::Dim, promises::none_in_sight(look)),
    }
    let under = line(area, area.height.saturating_sub(1));
    fill(buffer, under, look.glyphs.line, look.style(Meaning::Border));
}

/// The tile of the worst state, filled with its colour.
fn state(buffer: &mut Buffer, look: &Look, area: Rect) {
    let (tone, _) = frame::worst(look);
    let counts = &look.model.reading.counts;
    let waiting = look.model.is_waiting();
    let empty = look.model.atlas.processes.is_empty();
    if waiting || empty {
        let words =
            if waiting { ("WAITING", "for the first answers") } else { ("NO MAP", "no process is described yet") };
        figure(buffer, look, indent(area), words.0, Meaning::Dim, words.1);
        return;
    }
    let worst = look.world().worst;
    let (word, number) = match tone {
        Tone::Ok => ("ALL WELL", counts.fine()),
        Tone::Unknown => ("UNKNOWN", counts.unknown),
        _ => (capital(worst), counts.of(worst)),
    };
    // All well is quiet: only what needs a person is a filled tile.
    let meaning = if tone == Tone::Ok { tone.meaning() } else { tone.tile() };
    if tone != Tone::Ok {
        ground(buffer, area, look.style(meaning));
        for row in 0..area.height {
            fill(buffer, line(area, row), " ", look.style(meaning));
        }
    }
    let others = look.model.atlas.processes.len();
    let label = match tone {
        Tone::Ok => text::count(others, "process", "processes"),
        _ => format!("{} of {}", number, text::count(others, "process", "processes")),
    };
    figure(buffer, look, indent(area), word, meaning, &label);
}

const fn capital(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::Major => "MAJOR",
        Severity::Minor => "MINOR",
        _ => "WARNING",
    }
}

fn indent(area: Rect) -> Rect {
    Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area }
}

/// Big letters, and one plain line under them.
fn figure(buffer: &mut Buffer, look: &Look, area: Rect, big_text: &str, meaning: Meaning, label: &str) {
    big::draw(buffer, look, Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area }, big_text, meaning);
    let on_tile =
        buffer.cell((area.x, area.y)).is_some_and(|cell| cell.bg != look.style(Meaning::Text).bg.unwrap_or_default());
    let label_meaning = if on_tile { meaning } else { Meaning::Dim };
    look.say(label, label_meaning).draw(buffer, look, line(area, area.height.saturating_sub(1)), Align::Left);
}
