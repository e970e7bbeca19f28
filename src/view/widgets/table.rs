//! The list of a pane: a title that is also the head of the columns, rows of one or two lines, the selected row.
//!
//! Widths depend on the room alone, never on what the cells hold, so that no column moves from frame to frame.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::layout::Panel;
use crate::app::list::{List, Row};
use crate::app::place::Item;
use crate::domain::facts::Freshness;
use crate::view::look::{Align, Look, Words, fill, ground, indent, line};
use crate::view::theme::Meaning;
use crate::view::tone::BADGE;

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What stands above it; empty for none.
    pub title: &'static str,
    /// Its least cells.
    pub width: u16,
    /// Its part of the room that is left; 0 for a fixed width.
    pub grow: u16,
    /// Where its words stand.
    pub align: Align,
    /// Where room lacks, the columns of the highest rank go first; those of rank 0 stay.
    pub rank: u8,
}

impl Column {
    /// A column of fixed width, words at the left.
    pub const fn left(title: &'static str, width: u16, rank: u8) -> Self {
        Self { title, width, grow: 0, align: Align::Left, rank }
    }

    /// A column of fixed width, words at the right.
    pub const fn right(title: &'static str, width: u16, rank: u8) -> Self {
        Self { title, width, grow: 0, align: Align::Right, rank }
    }

    /// The same for sentences.
    pub const fn sentence(title: &'static str, width: u16, grow: u16, rank: u8) -> Self {
        Self { align: Align::Line, ..Self::flex(title, width, grow, rank) }
    }

    /// A column that takes a part of the room that is left.
    pub const fn flex(title: &'static str, width: u16, grow: u16, rank: u8) -> Self {
        Self { title, width, grow, align: Align::Left, rank }
    }

    /// The same on a narrow screen: of a badge the sign, of what takes the rest a little at least.
    fn narrowed(&self) -> Self {
        let width = match self {
            Self { title: "", grow: 0, width: BADGE, .. } => SIGN,
            Self { grow: 0, width: BADGE, align: Align::Left, .. } => SIGN + 1,
            Self { grow: 1.., width, .. } => (*width).min(8),
            Self { width, .. } => *width,
        };
        Self { width, ..*self }
    }

    /// Cells between it and the column before it.
    const fn gap(&self) -> u16 {
        if self.title.is_empty() { 1 } else { 2 }
    }
}

/// What a row shows.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// One for each column.
    pub cells: Vec<Words>,
    /// The sentences under it, as many as there is room for; the first take what the others leave.
    pub below: Vec<Words>,
    /// What stands in their place where there is one line; empty for the first of them.
    pub brief: Words,
    /// The cell that goes on under the row where it has no room for all of it.
    pub goes_on: Option<usize>,
}

/// Cells of the sign of a badge.
const SIGN: u16 = 3;

/// Cells of a list from which on sentences stand under the name.
const UNDER_NAME: u16 = 80;

impl Entry {
    /// Moves what a cell has no room for to the start of the first sentence under the row.
    fn go_on(&mut self, look: &Look, room: &[Option<(u16, u16)>]) {
        let place = self.goes_on.and_then(|at| Some((at, (*room.get(at)?)?.1)));
        let Some((cell, width)) = place.and_then(|(at, width)| Some((self.cells.get_mut(at)?, width))) else { return };
        let mut lines = cell.wrapped(look, width, 2).into_iter();
        let (Some(first), Some(rest)) = (lines.next(), lines.next()) else { return };
        *cell = first;
        let with = |words: &mut Words| {
            let after = std::mem::take(words);
            let dot = if after.is_empty() { Words::new() } else { look.say(look.glyphs.dot, Meaning::Dim) };
            *words = rest.clone().then(dot).then(after);
        };
        if !self.brief.is_empty() {
            with(&mut self.brief);
        }
        match self.below.first_mut() {
            Some(words) => with(words),
            None => self.below.push(rest),
        }
    }

    /// The lines under the row: every sentence as far as there are lines, then the lines that the first need more.
    /// In the first all parts matter; the others have theirs in order of weight.
    fn lines(&self, look: &Look, cells: u16, room: usize) -> Vec<(Words, Align)> {
        if room == 1 && !self.brief.is_empty() {
            return vec![(self.brief.clone(), Align::Brief)];
        }
        let sentences: Vec<&Words> = self.below.iter().filter(|words| !words.is_empty()).take(room).collect();
        let mut spare = room - sentences.len();
        let mut lines = Vec::new();
        for words in sentences {
            let wrapped = words.wrapped(look, cells, 1 + spare);
            spare -= wrapped.len() - 1;
            let align = if lines.is_empty() { Align::Brief } else { Align::Line };
            lines.extend(wrapped.into_iter().map(|words| (words, align)));
        }
        lines
    }
}

/// Where each column of a pane stands; those that the operator left out have no place.
pub fn places(look: &Look, panel: &Panel, columns: &[Column]) -> Vec<Option<(u16, u16)>> {
    let hidden = |title: &str| look.model.hidden.iter().any(|(pane, known)| *pane == panel.pane && *known == title);
    let narrow = is_narrow(look).then(|| columns.iter().map(Column::narrowed).collect::<Vec<_>>());
    fit(narrow.as_deref().unwrap_or(columns), panel.list.width, hidden)
}

/// Whether a screen is too narrow for words of states: their sign is enough there, and leaves room for a figure.
pub const fn is_narrow(look: &Look) -> bool {
    look.model.size.width < 50
}

/// The titles of the columns of a pane that have room: what stands in one need not be said again under the row.
pub fn shown(look: &Look, panel: &Panel, columns: &[Column]) -> Vec<&'static str> {
    let places = places(look, panel, columns);
    columns.iter().zip(places).filter(|(_, place)| place.is_some()).map(|(column, _)| column.title).collect()
}

/// Where each column stands: start and width; `None` for one that has no room.
fn fit(columns: &[Column], room: u16, hidden: impl Fn(&str) -> bool) -> Vec<Option<(u16, u16)>> {
    let mut shown: Vec<bool> = columns.iter().map(|column| column.title.is_empty() || !hidden(column.title)).collect();
    let need = |shown: &[bool]| {
        let widths =
            columns.iter().zip(shown).filter(|(_, shown)| **shown).map(|(column, _)| column.width + column.gap());
        widths.sum::<u16>().saturating_sub(columns.first().map_or(0, Column::gap))
    };
    while need(&shown) > room {
        let last =
            (0..columns.len()).filter(|at| shown[*at] && columns[*at].rank > 0).max_by_key(|at| columns[*at].rank);
        let Some(last) = last else { break };
        shown[last] = false;
    }
    let spare = room.saturating_sub(need(&shown));
    let parts: u16 = columns.iter().zip(&shown).filter(|(_, shown)| **shown).map(|(column, _)| column.grow).sum();
    let mut x: u16 = 0;
    let mut given = 0;
    let mut seen = 0;
    let mut places = Vec::with_capacity(columns.len());
    for (column, shown) in columns.iter().zip(shown) {
        if !shown {
            places.push(None);
            continue;
        }
        // Shares are cut from the running total, so that they add up to the room exactly.
        seen += column.grow;
        let upto = (u32::from(spare) * u32::from(seen)).checked_div(u32::from(parts)).unwrap_or(0) as u16;
        if !places.iter().all(Option::is_none) {
            x += column.gap();
        }
        let width = (column.width + upto - given).min(room.saturating_sub(x));
        given = upto;
        places.push(Some((x, width)));
        x += width;
    }
    places
}

/// Draws the list of a pane. `title` stands where the first columns have no titles of their own.
pub fn draw(
    buffer: &mut Buffer,
    look: &Look,
    panel: &Panel,
    columns: &[Column],
    title: &Words,
    entry: impl Fn(&Row) -> Entry,
) {
    let Some(list) = look.model.list(panel.pane) else { return };
    let places = places(look, panel, columns);
    if panel.list.y > panel.area.y {
        head(buffer, look, panel, columns, &places, title);
    }
    // Under the name where there is room, else under the state.
    let is_named_first = columns.first().is_some_and(|column| column.grow > 0);
    let under = places.iter().flatten().nth(1).map_or(0, |(x, _)| *x);
    let below = if panel.list.width < UNDER_NAME || is_named_first { 2 } else { under };
    for (at, row) in list.rows.iter().enumerate().skip(list.offset).take(panel.view()) {
        let area = panel.row(at - list.offset);
        let mut entry = entry(row);
        let below = indent(area, below);
        for (column, cell) in columns.iter().zip(&mut entry.cells).filter(|_| is_narrow(look)) {
            if column.width == BADGE && column.narrowed().width < BADGE {
                cell.clip(SIGN.into());
            }
        }
        if area.height > 1 {
            entry.go_on(look, &room(columns, &places, &entry.cells));
        }
        let sentences = entry.lines(look, below.width, usize::from(area.height.saturating_sub(1)));
        let whole = Rect { x: panel.area.x, width: panel.area.width, height: 1 + sentences.len() as u16, ..area };
        mark(buffer, look, panel, whole, list, at);
        news(buffer, look, whole, row);
        let room = room(columns, &places, &entry.cells);
        for ((column, place), words) in columns.iter().zip(room).zip(&entry.cells) {
            if let Some((x, width)) = place {
                let cell = Rect { x: area.x + x, width, y: area.y, height: 1 };
                words.draw(buffer, look, cell, column.align);
            }
        }
        for (row, (words, align)) in (1..).zip(&sentences) {
            words.draw(buffer, look, line(below, row), *align);
        }
    }
}

/// The cells of each column in one row: one that takes what is left has the blank cells after it too.
fn room(columns: &[Column], places: &[Option<(u16, u16)>], cells: &[Words]) -> Vec<Option<(u16, u16)>> {
    let mut room = places.to_vec();
    for at in (0..columns.len()).filter(|at| columns[*at].grow > 0) {
        let (Some(Some((x, width))), Some(words)) = (places.get(at), cells.get(at)) else { continue };
        if words.width() <= *width {
            continue;
        }
        let mut end = x + width;
        for (next, place) in places.iter().enumerate().skip(at + 1) {
            let Some((start, cell)) = *place else { continue };
            let used = cells.get(next).map_or(0, |words| words.width().min(cell));
            if used == 0 {
                end = start + cell;
                continue;
            }
            if columns[next].align == Align::Right {
                end = end.max((start + cell - used).saturating_sub(columns[next].gap()));
            } else {
                end = end.max(start.saturating_sub(columns[next].gap()));
            }
            break;
        }
        room[at] = Some((*x, end - x));
    }
    room
}

/// Shows the selected row of the pane with the focus, and the marked ones.
fn mark(buffer: &mut Buffer, look: &Look, panel: &Panel, area: Rect, list: &List, at: usize) {
    let first = line(area, 0);
    let bar = Rect { width: 1.min(area.width), ..first };
    let is_marked = list.rows.get(at).is_some_and(|row| list.is_marked(&row.id));
    if at == list.cursor && look.model.here().pane() == panel.pane {
        // The first line alone: the lines under it are many bytes, and it is plain which row they belong to.
        ground(buffer, first, look.style(Meaning::Selection));
        look.say(look.glyphs.cursor, Meaning::Cursor).draw(buffer, look, bar, Align::Left);
    }
    if is_marked {
        look.say(look.glyphs.mark, Meaning::Cursor).draw(buffer, look, bar, Align::Left);
    }
}

/// Marks a row that began since somebody looked.
fn news(buffer: &mut Buffer, look: &Look, area: Rect, row: &Row) {
    let began = crate::app::rows::sort::since(look.world(), row);
    // That something is well again is no news.
    let state = look.world().nodes.get(row.index).filter(|_| matches!(row.id.item, Item::Node(_)));
    let is_well = state.is_some_and(|state| !state.interval.high.is_problem());
    if !is_well && look.model.attention.is_new(&row.id.item, began) {
        let cell = Rect { width: 1.min(area.width), ..line(area, 0) };
        look.say(look.glyphs.new, Meaning::New).draw(buffer, look, cell, Align::Line);
    }
}

/// The title, and the titles of the columns over them.
fn head(
    buffer: &mut Buffer,
    look: &Look,
    panel: &Panel,
    columns: &[Column],
    places: &[Option<(u16, u16)>],
    title: &Words,
) {
    let row = Rect { y: panel.area.y, height: 1.min(panel.area.height), ..panel.list };
    fill(buffer, line(panel.area, 0), " ", look.style(Meaning::Head));
    let titled = columns.iter().zip(places).filter(|(column, _)| !column.title.is_empty());
    let mut room = row.width;
    for (column, place) in titled {
        let Some((x, width)) = place else { continue };
        room = room.min(x.saturating_sub(2));
        let cell = Rect { x: row.x + x, width: *width, ..row };
        look.say(column.title, Meaning::Dim).draw(buffer, look, cell, column.align);
    }
    title.draw(buffer, look, Rect { width: room, ..row }, Align::Line);
}

/// The title of a pane: its name, how many of how many, its order.
pub fn title(look: &Look, panel: &Panel, name: &str, count: &str) -> Words {
    let focused = look.model.here().pane() == panel.pane && look.model.here().place.panes().len() > 1;
    let mut words = look.say(name, if focused { Meaning::TitleFocus } else { Meaning::Title });
    if !count.is_empty() {
        words.push(look, format!(" {count}"), Meaning::Strong);
    }
    if let Some(marks) = look.model.list(panel.pane).map(List::marks).filter(|marks| *marks > 0) {
        words.push(look, format!("{}{marks} marked", look.glyphs.dot), Meaning::TitleFocus);
    }
    let sort = look.model.list(panel.pane).and_then(|list| crate::app::rows::sort::of(panel.pane).get(list.sort));
    if let Some(sort) = sort {
        words.push(look, format!("{}{}", look.glyphs.dot, sort.title()), Meaning::Dim);
    }
    words
}

/// `12`, or `3 of 12` while a filter holds.
pub fn count(look: &Look, panel: &Panel) -> String {
    let Some(list) = look.model.list(panel.pane) else { return String::new() };
    let (shown, all) = (list.rows.len(), list.unfiltered);
    if shown == all { crate::view::text::grouped(&all.to_string()) } else { format!("{shown} of {all}") }
}

/// What a list says when it has no rows: that the filter hides them, or its own sentence.
pub fn empty(buffer: &mut Buffer, look: &Look, panel: &Panel, sentence: &str) {
    let Some(list) = look.model.list(panel.pane) else { return };
    if list.rows.is_empty() {
        let filter = &look.model.filter.text;
        let text = match list.unfiltered {
            0 => sentence.to_owned(),
            hidden => format!("Nothing passes the filter \"{filter}\" ({hidden} hidden). Esc clears it."),
        };
        paragraph(buffer, look, panel.list, &text, Meaning::Dim);
    }
}

/// The same of what sources report: where some are lost, that nothing is listed does not say that nothing is.
pub fn unreported(buffer: &mut Buffer, look: &Look, panel: &Panel, sentence: &str) {
    let lost = look.world().sources.iter().filter(|source| source.freshness == Freshness::Lost);
    let names: Vec<&str> = lost.map(|source| source.name.as_str()).collect();
    if look.model.is_waiting() {
        empty(buffer, look, panel, "Nothing is known yet.");
    } else if names.is_empty() {
        empty(buffer, look, panel, sentence);
    } else {
        let verb = if names.len() == 1 { "does" } else { "do" };
        let text = format!("Nothing is known here: {} {verb} not answer.", names.join(", "));
        empty(buffer, look, panel, &text);
    }
}

/// Draws a text over as many lines as it needs and the area has.
pub fn paragraph(buffer: &mut Buffer, look: &Look, area: Rect, text: &str, meaning: Meaning) -> u16 {
    let mut rows = 0;
    for row in wrap(text, area.width as usize) {
        if rows == area.height {
            break;
        }
        look.say(row, meaning).draw(buffer, look, line(area, rows), Align::Line);
        rows += 1;
    }
    rows
}

/// Breaks a text at spaces into lines of at most so many cells; longer words are cut when drawn.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if crate::view::text::width(line) + 1 + crate::view::text::width(word) <= cells => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column::left("", 9, 0),
        Column::flex("", 10, 2, 0),
        Column::right("since", 6, 2),
        Column::flex("owner", 4, 1, 3),
    ];

    #[test]
    fn columns_go_by_rank_and_the_rest_share_the_room() {
        let widths =
            |room| fit(&COLUMNS, room, |_| false).iter().map(|place| place.map(|(_, width)| width)).collect::<Vec<_>>();
        assert_eq!(widths(34), [Some(9), Some(10), Some(6), Some(4)]);
        assert_eq!(widths(64), [Some(9), Some(30), Some(6), Some(14)]);
        assert_eq!(widths(33), [Some(9), Some(15), Some(6), None]);
        assert_eq!(widths(20), [Some(9), Some(10), None, None]);
        for room in 0..200 {
            let ends = fit(&COLUMNS, room, |_| false).into_iter().flatten().map(|(x, width)| x + width);
            assert!(ends.max().unwrap_or(0) <= room.max(20));
        }
    }

    #[test]
    fn text_wraps_at_spaces() {
        assert_eq!(wrap("a bb  ccc dddd", 4), ["a bb", "ccc", "dddd"]);
        assert_eq!(wrap("", 4), Vec::<String>::new());
    }
}
