//! What every part of a screen draws with: theme, signs, model; and words with their styles.
//!
//! Invariant: nothing is ever drawn outside the area that is passed, whatever the text.

use chrono::TimeDelta;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use rust_decimal::Decimal;

use super::glyphs::{ASCII, Glyphs, UNICODE};
use super::text;
use super::theme::{Meaning, Theme};
use crate::app::model::Model;
use crate::domain::money::{Accrued, CostRange};
use crate::domain::span::Instant;
use crate::domain::world::World;

/// What every part of a screen draws with.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// What is shown.
    pub model: &'a Model,
    /// How meanings look.
    pub theme: &'a Theme,
    /// The signs.
    pub glyphs: &'static Glyphs,
}

/// Words with their styles, in a row.
#[derive(Clone, Debug, Default)]
pub struct Words {
    parts: Vec<(String, Style)>,
}

/// Where words stand in the cells that they have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// At the left; what does not fit is cut in the middle of the longest part.
    Left,
    /// At the left, as a sentence: what does not fit is cut at its end.
    Line,
    /// At the left, as items between dots: those that do not fit whole are left out.
    Items,
    /// At the left, as parts that all matter: what does not fit is cut at the end of the longest part.
    Brief,
    /// At the right.
    Right,
}

/// Cells of a part up to which it is not broken over lines: a ticket, an age, a count.
const UNBROKEN: usize = 20;

impl<'a> Look<'a> {
    /// The look of a model under a theme.
    pub const fn new(model: &'a Model, theme: &'a Theme) -> Self {
        Self { model, theme, glyphs: if model.ascii { &ASCII } else { &UNICODE } }
    }

    /// The world that is shown.
    pub fn world(&self) -> &'a World {
        &self.model.world
    }

    /// How a meaning looks.
    pub fn style(&self, meaning: Meaning) -> Style {
        self.theme.style(meaning)
    }

    /// One part of words.
    pub fn say(&self, text: impl Into<String>, meaning: Meaning) -> Words {
        Words { parts: vec![(text.into(), self.style(meaning))] }
    }

    /// Money per hour or in all, without its unit; `stale` marks figures that rest on a late source.
    pub fn money(&self, cost: CostRange, stale: bool) -> String {
        let mark = if stale { self.glyphs.stale } else { "" };
        format!("{mark}{}", text::range(cost, self.world().map.currency))
    }

    /// An amount without its unit.
    pub fn amount(&self, amount: Decimal) -> String {
        text::money(amount, self.world().map.currency)
    }

    /// Money lost over a time, without its unit: `≥` where part of the time is not covered.
    pub fn accrued(&self, accrued: Accrued) -> String {
        let mark = if accrued.coverage < Decimal::ONE { format!("{} ", self.glyphs.at_least) } else { String::new() };
        let about = if self.model.atlas.converted { self.glyphs.about } else { "" };
        format!("{mark}{about}{}", text::range(accrued.cost, self.world().map.currency))
    }

    /// The code of the currency.
    pub fn currency(&self) -> &'a str {
        self.model.world.map.currency.code()
    }

    /// A text of the domain whose arrows this terminal may not know.
    pub fn arrows(&self, text: &str) -> String {
        text.replace('→', self.glyphs.becomes)
    }

    /// How long ago an instant was; a sign for none where it is not known.
    pub fn since(&self, since: Option<Instant>) -> String {
        let age = since.map(|since| (self.model.as_of() - since).max(TimeDelta::zero()));
        age.map_or_else(|| self.glyphs.none.to_owned(), text::age)
    }

    /// A text of a source, with the instants that it says in UTC on the clock of the map's zone: with their day where
    /// that is not today's.
    pub fn said(&self, text: &str) -> String {
        const FORM: &str = "%Y-%m-%d %H:%M";
        const CELLS: usize = "2026-11-24 10:42".len();
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(" UTC") {
            let (before, after) = (&rest[..at], &rest[at + " UTC".len()..]);
            let start = before.len().checked_sub(CELLS).filter(|start| before.is_char_boundary(*start));
            let instant = start.and_then(|start| {
                Some((start, chrono::NaiveDateTime::parse_from_str(&before[start..], FORM).ok()?.and_utc()))
            });
            match instant {
                Some((start, instant)) => {
                    let day = |at: Instant| self.clock(at, "%F");
                    let format = if day(instant) == day(self.model.as_of()) { "%H:%M" } else { "%a %-d %b %H:%M" };
                    out += &before[..start];
                    out += &self.clock(instant, format);
                }
                None => out += &rest[..at + " UTC".len()],
            }
            rest = after;
        }
        out + rest
    }

    /// An instant on the clock of the map's zone.
    pub fn clock(&self, at: Instant, format: &str) -> String {
        at.with_timezone(&self.model.world.map.tz).format(format).to_string()
    }
}

impl Words {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { parts: Vec::new() }
    }

    /// Adds a part.
    pub fn push(&mut self, look: &Look, text: impl Into<String>, meaning: Meaning) {
        self.parts.push((text.into(), look.style(meaning)));
    }

    /// With a part more.
    #[must_use]
    pub fn and(mut self, look: &Look, text: impl Into<String>, meaning: Meaning) -> Self {
        self.push(look, text, meaning);
        self
    }

    /// With other words after it.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// Adds a part of a sentence, with a dot before it where it is not the first.
    pub fn join(&mut self, look: &Look, text: impl Into<String>, meaning: Meaning) {
        if !self.parts.is_empty() {
            self.push(look, look.glyphs.dot, Meaning::Dim);
        }
        self.push(look, text, meaning);
    }

    /// Keeps the first parts.
    pub fn truncate(&mut self, parts: usize) {
        self.parts.truncate(parts);
    }

    /// Keeps so many cells of the first part, and nothing else.
    pub fn clip(&mut self, cells: usize) {
        self.parts.truncate(1);
        if let Some((text, _)) = self.parts.first_mut() {
            *text = text::head(text, cells, "");
        }
    }

    /// The words alone.
    pub fn text(&self) -> String {
        self.parts.iter().map(|(text, _)| text.as_str()).collect()
    }

    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|(text, _)| text.is_empty())
    }

    /// Cells that all of it takes.
    pub fn width(&self) -> u16 {
        self.parts.iter().map(|(text, _)| text::width(text)).sum::<usize>() as u16
    }

    /// The same over at most so many lines of so many cells, broken at spaces; dots at a break go. The last line has
    /// all of the rest.
    pub fn wrapped(&self, look: &Look, cells: u16, most: usize) -> Vec<Self> {
        if self.width() <= cells {
            return vec![self.clone()];
        }
        let (dot, cells) = (look.glyphs.dot, usize::from(cells));
        let mut lines = vec![Self::new()];
        let mut used = 0;
        for (part, style) in &self.parts {
            let whole = part == dot || text::width(part) <= UNBROKEN;
            let mut pieces: Vec<&str> = if whole { vec![part] } else { part.split_inclusive(' ').collect() };
            if most > 1 {
                // A word that is longer than a line, as addresses are, goes on in the next.
                pieces = pieces.into_iter().flat_map(|piece| text::pieces(piece, cells)).collect();
            }
            for piece in pieces {
                let count = lines.len();
                let Some(last) = lines.last_mut() else { break };
                let fits = used + text::width(piece.trim_end()) <= cells;
                if !fits && used > 0 && count < most {
                    if last.parts.last().is_some_and(|(part, _)| part == dot) {
                        last.parts.pop();
                    }
                    if let Some((text, _)) = last.parts.last_mut() {
                        text.truncate(text.trim_end().len());
                    }
                    lines.push(Self::new());
                    used = 0;
                }
                if used == 0 && (piece == dot || piece.trim().is_empty()) {
                    continue;
                }
                used += text::width(piece);
                let Some(last) = lines.last_mut() else { break };
                match last.parts.last_mut() {
                    // Pieces of one part stay one part, unless that is a dot.
                    Some((text, its)) if its == style && text != dot && piece != dot => text.push_str(piece),
                    _ => last.parts.push((piece.to_owned(), *style)),
                }
            }
        }
        lines
    }

    /// The first items between dots that fit whole; the first always.
    fn fitting(&self, look: &Look, room: u16) -> Self {
        let mut kept = Self::new();
        for item in self.parts.split_inclusive(|(part, _)| part == look.glyphs.dot) {
            let (item, dot) = match item {
                [item @ .., dot] if dot.0 == look.glyphs.dot => (item, Some(dot)),
                item => (item, None),
            };
            let width = |parts: &[(String, Style)]| parts.iter().map(|(text, _)| text::width(text)).sum::<usize>();
            let used = width(&kept.parts);
            if used > 0 && used + width(item) > usize::from(room) {
                break;
            }
            kept.parts.extend(item.iter().cloned().chain(dot.cloned()));
        }
        if kept.parts.last().is_some_and(|(part, _)| part == look.glyphs.dot) {
            kept.parts.pop();
        }
        kept
    }

    /// The same in at most so many cells: the longest part is cut, where enough of it is left.
    fn squeezed(&self, room: u16, cut: &str, shorten: fn(&str, usize, &str) -> String) -> Option<Self> {
        let over = usize::from(self.width().checked_sub(room)?);
        let width = |at: &usize| text::width(&self.parts[*at].0);
        let longest = (0..self.parts.len()).max_by_key(|at| (width(at), usize::MAX - at))?;
        let left = width(&longest).checked_sub(over).filter(|left| *left >= 6 || self.parts.len() == 1)?;
        let mut squeezed = self.clone();
        squeezed.parts[longest].0 = shorten(&self.parts[longest].0, left, cut);
        Some(squeezed)
    }

    /// Draws into a row of cells.
    pub fn draw(&self, buffer: &mut Buffer, look: &Look, area: Rect, align: Align) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let mut x = area.x;
        if align == Align::Right {
            x += area.width.saturating_sub(self.width());
        }
        let squeezed = match align {
            Align::Items => Some(self.fitting(look, area.width)),
            Align::Line => None,
            Align::Brief => self.squeezed(area.width, look.glyphs.cut, text::brief),
            Align::Left | Align::Right => self.squeezed(area.width, look.glyphs.cut, text::middle),
        };
        for (part, style) in &squeezed.as_ref().unwrap_or(self).parts {
            let left = area.right().saturating_sub(x) as usize;
            if left == 0 {
                return;
            }
            if matches!(align, Align::Line | Align::Brief) && part == look.glyphs.dot && left < text::width(part) + 4 {
                return;
            }
            let is_cut = text::width(part) > left;
            let part = text::head(part, left, look.glyphs.cut);
            // The ground of what is below (a selected row, a band) stays, unless the words bring their own.
            let mut style = *style;
            if style.bg == look.style(Meaning::Text).bg {
                style.bg = None;
            }
            x = buffer.set_stringn(x, area.y, &part, left, style).0;
            if is_cut {
                return;
            }
        }
    }
}

/// Fills a row of cells with a sign.
pub fn fill(buffer: &mut Buffer, area: Rect, sign: &str, style: Style) {
    for position in area.intersection(buffer.area).positions() {
        put(buffer, position, sign, style);
    }
}

/// Puts a sign into one cell, where that is on the screen.
pub fn put(buffer: &mut Buffer, at: impl Into<Position>, sign: &str, style: Style) {
    let at = at.into();
    if buffer.area.contains(at) {
        buffer.set_stringn(at.x, at.y, sign, 1, style);
    }
}

/// Gives an area a ground, and keeps what is written on it.
pub fn ground(buffer: &mut Buffer, area: Rect, style: Style) {
    buffer.set_style(area.intersection(buffer.area), Style { fg: None, ..style });
}

/// Empties an area.
pub fn clear(buffer: &mut Buffer, area: Rect, style: Style) {
    for position in area.intersection(buffer.area).positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
            cell.set_style(style);
        }
    }
}

/// One line of an area.
pub const fn line(area: Rect, row: u16) -> Rect {
    if row < area.height {
        Rect { y: area.y + row, height: 1, ..area }
    } else {
        Rect { y: area.y + area.height, height: 0, ..area }
    }
}

/// An area without so many columns at its left.
pub fn indent(area: Rect, by: u16) -> Rect {
    let by = by.min(area.width);
    Rect { x: area.x + by, width: area.width - by, ..area }
}
