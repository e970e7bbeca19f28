//! The greeting of somebody who has no configuration yet.
//!
//! ```text
//!    bsmtop
//!    Which business process is hit, which SLA is in danger, what it costs per hour.
//!
//!    There is no configuration in ~/.config/bsmtop yet. Two ways to begin:
//!
//!    d  the demo          an embedded company and its incidents; no network, no configuration
//!    i  a first map       asks for a Prometheus, looks at its labels, writes a commented folder
//!    q  quit
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::scene::Scene;
use super::text;
use super::theme::{Meaning, Theme};
use crate::app::welcome::Welcome;

/// The longest line, in cells.
const WIDEST: u16 = 88;

/// Draws the greeting.
pub fn draw(welcome: &Welcome, theme: &Theme, area: Rect) -> Scene {
    let mut buffer = Buffer::empty(area);
    buffer.set_style(area, theme.style(Meaning::Text));
    let cut = if welcome.ascii { "~" } else { "…" };
    let width = area.width.saturating_sub(2).min(WIDEST);
    let rows = rows(welcome, usize::from(width));
    let left = area.x + (area.width.saturating_sub(width)) / 2;
    let top = area.y + area.height.saturating_sub(rows.len() as u16) / 3;
    for (row, parts) in (top..area.bottom()).zip(&rows) {
        let mut x = left;
        for (part, meaning) in parts {
            let room = (left + width).min(area.right()).saturating_sub(x);
            let part = text::head(part, usize::from(room), cut);
            x = buffer.set_stringn(x, row, &part, usize::from(room), theme.style(*meaning)).0;
        }
    }
    Scene { buffer, links: Vec::new(), cursor: None }
}

type Parts = Vec<(String, Meaning)>;

fn rows(welcome: &Welcome, cells: usize) -> Vec<Parts> {
    let paragraph = |text: &str, meaning: Meaning| -> Vec<Parts> {
        super::widgets::table::wrap(text, cells).into_iter().map(|line| vec![(line, meaning)]).collect()
    };
    let mut rows = vec![vec![("bsmtop".to_owned(), Meaning::TitleFocus)]];
    rows.extend(paragraph(
        "Which business process is hit and why, which SLA is in danger, what it costs per hour: your monitoring and \
         ticketing, under your own map of the business.",
        Meaning::Text,
    ));
    rows.push(Vec::new());
    rows.extend(paragraph(&format!("There is no configuration in {} yet.", welcome.folder), Meaning::Dim));
    rows.push(Vec::new());
    for (key, name, words) in [
        ("d", "the demo", "an embedded company on a day full of incidents; no network, no configuration: bsmtop demo"),
        ("i", "a first map", "asks for a Prometheus, looks at its labels, writes a commented folder: bsmtop init"),
        ("q", "quit", ""),
    ] {
        rows.push(vec![(format!(" {key} "), Meaning::Toast), (format!("  {name}"), Meaning::Strong)]);
        for line in super::widgets::table::wrap(words, cells.saturating_sub(5)) {
            rows.push(vec![(format!("     {line}"), Meaning::Dim)]);
        }
        rows.push(Vec::new());
    }
    rows
}
