//! Which panes a place shows at a size, and where: known to the keys (what is a page?) and to the screens alike.
//!
//! Invariant: every panel lies within the body; panels of a form never overlap.

mod tiles;

use ratatui::layout::{Rect, Size};

use super::model::Model;
use super::place::{Pane, Place, Screen};
use crate::domain::world::SourceState;

pub use tiles::{BIG_TILE, PLAIN_TILE, is_big, least_tile, scale, strip, tiles};

/// How much a screen can show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Form {
    /// The worst state, counts and money; names as far as there is room.
    Glance,
    /// One column: what needs attention most.
    Column,
    /// One column of several panes: 80x24.
    Page,
    /// Four panes: 120x40.
    Board,
    /// Four panes under big digits: 200x50 and up.
    Wall,
}

/// The form of a size.
pub const fn form(size: Size) -> Form {
    match (size.width, size.height) {
        (0..40, _) | (_, 0..10) => Form::Glance,
        (40..60, _) | (_, 10..16) => Form::Column,
        (180.., 44..) => Form::Wall,
        (100.., 28..) => Form::Board,
        _ => Form::Page,
    }
}

/// Whether the header has its clock at a size.
pub fn shows_seconds(size: Size) -> bool {
    form(size) >= Form::Page
}

/// Rows of the header: the line itself and the rule under it.
pub const HEADER: u16 = 2;

/// What is between header and status line.
pub fn body(area: Rect) -> Rect {
    let form = form(area.as_size());
    let header = match form {
        Form::Glance => 0,
        Form::Column => 1,
        _ => HEADER,
    };
    let status = u16::from(form >= Form::Column);
    Rect {
        x: area.x,
        y: area.y + header.min(area.height),
        width: area.width,
        height: area.height.saturating_sub(header + status),
    }
}

/// Rows of the band with big digits.
pub const HERO: u16 = 7;

/// A pane and its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Panel {
    /// Which.
    pub pane: Pane,
    /// All of it: one row of title, then the list, then what the pane adds below.
    pub area: Rect,
    /// Where the rows of the list go.
    pub list: Rect,
    /// How many lines a row takes at least.
    pub row_height: u16,
    /// How many of the first rows take one line more: what is left over goes to what needs attention most.
    pub taller: u16,
    /// How many lines more the first row of all takes.
    pub first: u16,
}

/// Rows of so many lines need not have their last, which mostly keeps them apart.
const AIRY: u16 = 4;

impl Panel {
    /// How many rows are in view.
    pub const fn view(&self) -> usize {
        ((self.list.height + (self.row_height >= AIRY) as u16) / self.row_height) as usize
    }

    /// The first so many rows in view, all of their lines.
    pub fn rows(&self, rows: usize) -> u16 {
        let first = if rows > 0 { self.first } else { 0 };
        (rows as u16).saturating_mul(self.row_height).saturating_add(self.taller.min(rows as u16) + first)
    }

    /// The lines of the row that has so many above it in view.
    pub fn row(&self, above: usize) -> Rect {
        let (top, end) = (self.rows(above).min(self.list.height), self.rows(above + 1).min(self.list.height));
        Rect { y: self.list.y + top, height: end - top, ..self.list }
    }
}

/// The panels of the place where the operator is, at a size.
pub fn panels(model: &Model, size: Size) -> Vec<Panel> {
    let area = Rect::new(0, 0, size.width, size.height);
    areas(model, area).into_iter().map(|(pane, area)| panel(model, pane, area)).collect()
}

fn panel(model: &Model, pane: Pane, area: Rect) -> Panel {
    let title = u16::from(form(model.size) > Form::Glance || pane != Pane::Impacted);
    let below = foot(model, pane, area);
    let mut list = area;
    list.y += title.min(area.height);
    list.height = area.height.saturating_sub(title + below);
    list.x += 1.min(area.width);
    list.width = area.width.saturating_sub(2);
    let rows = model.list(pane).map_or(0, |list| list.rows.len()) as u16;
    let form = form(model.size);
    let is_observed = matches!(pane, Pane::Signals | Pane::Tickets);
    let is_rich =
        matches!(pane, Pane::Impacted | Pane::Promises | Pane::Fix | Pane::Unmapped | Pane::Compared | Pane::Events)
            || is_observed;
    let rich = is_rich && list.width >= 44 && form >= Form::Column;
    // With few rows each gets more lines; with many each gets one.
    let most = if form >= Form::Board && pane != Pane::Events && !is_observed { AIRY } else { 2 };
    let fits = |height: &u16| rows.saturating_mul(*height) <= list.height + u16::from(*height >= AIRY);
    let row_height = (2..=most).rev().find(fits).filter(|_| rich).unwrap_or(1);
    let tall = rich
        && pane != Pane::Events
        && row_height < AIRY
        && if is_observed { row_height == 1 } else { row_height > 1 || matches!(pane, Pane::Impacted | Pane::Fix) };
    // The worst of all has a line from the last, where none is left over.
    let is_ranked = matches!(pane, Pane::Impacted | Pane::Fix) && form < Form::Board;
    let row_height = if is_ranked && row_height == 2 && rows > 1 && rows * 2 == list.height { 1 } else { row_height };
    let spare = list.height.saturating_sub(rows.saturating_mul(row_height)).min(rows);
    let taller = match pane {
        // Calm sources need one line; those that say something stand first.
        Pane::Sources => troubled(model).min(spare),
        _ if tall => spare,
        _ => 0,
    };
    // Where rows have a line or two, the worst of all has three: what it is, why, and whom to call about it.
    let first = u16::from(is_ranked && row_height == 1 && taller >= 2);
    Panel { pane, area, list, row_height, taller: taller - first, first }
}

/// How many of the first sources in the list have something to say.
fn troubled(model: &Model) -> u16 {
    let rows = model.list(Pane::Sources).map_or(&[][..], |list| &list.rows);
    let says = |row: &&super::list::Row| model.world.sources.get(row.index).is_some_and(SourceState::is_troubled);
    rows.iter().take_while(says).count() as u16
}

/// How many lines a pane keeps below its list.
pub fn foot(model: &Model, pane: Pane, area: Rect) -> u16 {
    let wanted = match pane {
        Pane::Impacted if form(model.size) > Form::Glance => 1,
        Pane::Axis => MARKS,
        Pane::Sources if form(model.size) > Form::Glance => u16::from(model.history.keeping.is_some()),
        Pane::Promises if form(model.size) >= Form::Board => 1,
        Pane::Fix if form(model.size) >= Form::Board => {
            let lines = model.reading.absorbed.len() + model.reading.fragile.len();
            (lines as u16 + 1).min(4).min(area.height / 4) * u16::from(lines > 0)
        }
        _ => 0,
    };
    wanted.min(area.height.saturating_sub(3))
}

/// The areas of the panes of a place.
fn areas(model: &Model, area: Rect) -> Vec<(Pane, Rect)> {
    let form = form(area.as_size());
    let body = body(area);
    match &model.here().place {
        Place::Screen(Screen::Overview) => overview(form, body, model.here().pane()),
        Place::Item(_) => vec![(Pane::Links, detail_split(form, body).1)],
        Place::Tree(_) => vec![(Pane::Tree, body)],
        Place::Screen(Screen::Timeline) => timeline(model, form, body),
        Place::Screen(Screen::Sla) => vec![(Pane::Promises, sla_split(form, body).0)],
        Place::Screen(Screen::Cost) if form >= Form::Page => cost(model, form, body),
        Place::Screen(Screen::Map) if form >= Form::Page => coverage(model, form, body),
        Place::WhatIf => vec![(Pane::Compared, whatif_split(body).1)],
        Place::Screen(screen) => stacked(model, screen.panes(), form, body),
    }
}

/// The facts of one thing, and the list of what it is connected with.
pub fn detail_split(form: Form, body: Rect) -> (Rect, Rect) {
    if form >= Form::Board {
        let (facts, links) = split_columns(body, body.width * 2 / 5);
        (facts, links)
    } else {
        split_rows(body, (body.height / 2).min(11))
    }
}

/// Rows that say what would be otherwise in all, over the processes that would be.
const WHAT_IF: u16 = 6;

/// What would be otherwise in all, and the list of processes.
pub fn whatif_split(body: Rect) -> (Rect, Rect) {
    split_rows(body, WHAT_IF.min(body.height / 2))
}

fn overview(form: Form, body: Rect, focus: Pane) -> Vec<(Pane, Rect)> {
    match form {
        Form::Glance => vec![(Pane::Impacted, split_rows(body, 3.min(body.height)).1)],
        Form::Column => vec![(focus, body)],
        Form::Page => {
            // At 80x24: five processes with their reason, three causes, three promises, a line of cost.
            let (panes, _) = split_rows(body, body.height.saturating_sub(1));
            let (top, rest) = split_rows(panes, panes.height * 3 / 5);
            let (fix, promises) = split_rows(rest, rest.height / 2);
            vec![(Pane::Impacted, top), (Pane::Fix, fix), (Pane::Promises, promises)]
        }
        Form::Board | Form::Wall => {
            let quarters = quarters(form, body);
            vec![(Pane::Impacted, quarters[0]), (Pane::Promises, quarters[1]), (Pane::Fix, quarters[2])]
        }
    }
}

/// Lines below the axis of the timeline: changes and maintenance.
pub const MARKS: u16 = 2;

/// The axis above, as high as its rows need and at most half, and what happened below it.
fn timeline(model: &Model, form: Form, body: Rect) -> Vec<(Pane, Rect)> {
    if form < Form::Page {
        return vec![(model.here().pane(), body)];
    }
    let rows = model.list(Pane::Axis).map_or(0, |list| list.rows.len()) as u16;
    let wanted = rows.saturating_add(1 + MARKS).min(body.height * 9 / 20);
    let (axis, rest) = split_rows(body, wanted);
    let (_, events) = split_rows(rest, 1);
    vec![(Pane::Events, events), (Pane::Axis, axis)]
}

/// The four areas of the overview's board: impacted, promises, fix first, cost; each without the lines between.
pub fn quarters(form: Form, body: Rect) -> [Rect; 4] {
    let body = if form == Form::Wall { split_rows(body, HERO).1 } else { body };
    let left = body.width * if form == Form::Wall { 50 } else { 46 } / 100;
    let (top, bottom) = split_rows(body, (body.height * 11 / 20).max(1));
    let below = Rect { y: bottom.y + 1.min(bottom.height), height: bottom.height.saturating_sub(1), ..bottom };
    let (impacted, promises) = split_columns(top, left);
    let (fix, cost) = split_columns(below, left);
    [impacted, promises, fix, cost]
}

/// The list of promises, and below it what is known of the selected one.
pub fn sla_split(form: Form, body: Rect) -> (Rect, Rect) {
    let below = match form {
        Form::Glance | Form::Column => 0,
        Form::Page => 8,
        Form::Board => 14,
        Form::Wall => 18,
    };
    split_rows(body, body.height.saturating_sub(below))
}

/// The rate and its day above the lists of the cost screen.
pub fn cost_split(form: Form, body: Rect) -> (Rect, Rect) {
    let above = match form {
        Form::Glance | Form::Column => 0,
        Form::Page => 6,
        Form::Board => 12,
        Form::Wall => 18,
    };
    split_rows(body, above.min(body.height / 2))
}

/// Cells up to which lists stand below each other: the half of more has at least the columns of 80.
const NARROW: u16 = 160;

/// What costs, by process and by cause; what is owed, and what is spent.
fn cost(model: &Model, form: Form, body: Rect) -> Vec<(Pane, Rect)> {
    let (_, lists) = cost_split(form, body);
    if form == Form::Page || body.width <= NARROW {
        return piled(model, &[Pane::CostByProcess, Pane::CostByCause, Pane::Customers, Pane::Spend], lists);
    }
    let longest = |pane: Pane| model.list(pane).map_or(0, |list| list.rows.len()) as u16;
    let wanted = longest(Pane::Customers).max(longest(Pane::Spend)).saturating_add(2).clamp(4, lists.height / 3);
    let (top, bottom) = split_rows(lists, lists.height.saturating_sub(wanted));
    let (_, bottom) = split_rows(bottom, 1);
    let (processes, causes) = split_columns(top, top.width / 2);
    let (customers, spend) = split_columns(bottom, bottom.width / 2);
    vec![
        (Pane::CostByProcess, processes),
        (Pane::CostByCause, causes),
        (Pane::Customers, customers),
        (Pane::Spend, spend),
    ]
}

/// The gaps of the map at the left, what rests on one thing alone at the right.
fn coverage(model: &Model, form: Form, body: Rect) -> Vec<(Pane, Rect)> {
    let right = [Pane::Singles, Pane::Fragile, Pane::Silent];
    let has_gaps = model.list(Pane::Unmapped).is_some_and(|list| list.unfiltered > 0);
    if form == Form::Page || body.width <= NARROW || !has_gaps {
        return piled(model, &[Pane::Unmapped, Pane::Singles, Pane::Fragile, Pane::Silent], body);
    }
    let (left, rest) = split_columns(body, body.width / 2);
    let mut areas = vec![(Pane::Unmapped, left)];
    areas.extend(piled(model, &right, rest));
    areas
}

/// Panes one below the other: each has the rows that it needs, and what lacks is taken from the longest; what is left
/// is shared out.
fn piled(model: &Model, panes: &[Pane], area: Rect) -> Vec<(Pane, Rect)> {
    const LEAST: u16 = 3;
    let count = panes.len() as u16;
    let rows = |pane: &Pane| model.list(*pane).map_or(0, |list| list.rows.len()) as u16;
    let mut heights: Vec<u16> = panes.iter().map(|pane| rows(pane).saturating_add(2).max(LEAST)).collect();
    let longest = |heights: &[u16]| (0..heights.len()).rev().max_by_key(|at| heights[*at]).unwrap_or(0);
    while heights.iter().sum::<u16>() > area.height {
        let at = longest(&heights);
        if heights[at] == 0 {
            break;
        }
        let over = heights.iter().sum::<u16>() - area.height;
        let next = heights.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, height)| *height).max();
        let step = (heights[at] - next.unwrap_or(0).min(heights[at])).clamp(1, over);
        heights[at] -= step;
    }
    // A pane without rows has its sentence, and no more.
    let spare = area.height.saturating_sub(heights.iter().sum());
    let filled = panes.iter().filter(|pane| rows(pane) > 0).count() as u16;
    for (height, pane) in heights.iter_mut().zip(panes) {
        if filled == 0 || rows(pane) > 0 {
            *height += spare / if filled == 0 { count.max(1) } else { filled };
        }
    }
    let mut y = area.y;
    let mut areas = Vec::new();
    for (pane, height) in panes.iter().zip(heights) {
        let height = height.min(area.bottom().saturating_sub(y));
        areas.push((*pane, Rect { y, height, ..area }));
        y += height;
    }
    areas
}

/// Panes of a screen of lists: the first gets the room that the others leave, which take what their rows need, two
/// fifths at most.
fn stacked(model: &Model, panes: &[Pane], form: Form, body: Rect) -> Vec<(Pane, Rect)> {
    let (first, rest) = match panes {
        [] => return Vec::new(),
        [only] => return vec![(*only, body)],
        [first, rest @ ..] => (*first, rest),
    };
    if form < Form::Page {
        // There is room for one: the one with the focus.
        return vec![(model.here().pane(), body)];
    }
    let longest = rest.iter().filter_map(|pane| model.list(*pane)).map(|list| list.rows.len()).max().unwrap_or(0);
    let wanted = (longest as u16).saturating_add(2).max(6).min(body.height * 2 / 5);
    let (top, bottom) = split_rows(body, body.height - wanted);
    let (_, bottom) = split_rows(bottom, 1);
    let mut areas = vec![(first, top)];
    let width = bottom.width / rest.len() as u16;
    for (at, pane) in rest.iter().enumerate() {
        let x = bottom.x + width * at as u16;
        let width = if at + 1 == rest.len() { bottom.right() - x } else { width.saturating_sub(1) };
        areas.push((*pane, Rect { x, width, ..bottom }));
    }
    areas
}

fn split_rows(area: Rect, top: u16) -> (Rect, Rect) {
    let top = top.min(area.height);
    (Rect { height: top, ..area }, Rect { y: area.y + top, height: area.height - top, ..area })
}

/// Two columns with one column between them for a line.
fn split_columns(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    let right = (left + 1).min(area.width);
    (Rect { width: left, ..area }, Rect { x: area.x + right, width: area.width - right, ..area })
}
