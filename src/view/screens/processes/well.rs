//! Processes that are well, and what is said where none is a problem: quiet, as nobody is needed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rust_decimal::Decimal;

use crate::app::layout::Panel;
use crate::domain::map::NodeIndex;
use crate::domain::money::CostRange;
use crate::domain::world::SourceState;
use crate::view::look::{Align, Look, Words, line};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, Tone};

/// How those are that are no problem, with what they are worth.
pub(super) fn rest(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let foot = line(panel.area, panel.area.height.saturating_sub(1));
    if foot.y < panel.list.bottom() {
        return;
    }
    let list = look.model.list(panel.pane);
    let hidden = list.map_or(0, |list| list.rows.len().saturating_sub(list.offset + panel.view()));
    let states = look.model.atlas.processes.iter().filter_map(|index| look.world().nodes.get(*index));
    let fine = states.filter(|state| !state.interval.high.is_problem());
    let at_risk: Decimal = fine.filter_map(|state| Some(state.money?.value_at_risk)).sum();
    let mut words = Words::new();
    let fine = look.model.reading.counts.fine();
    if hidden > 0 {
        words.push(look, format!(" {} {hidden} more below  ", look.glyphs.down), Meaning::Warning);
    }
    if fine > 0 {
        words = words.then(tone::badge(look, Tone::Ok, "OK", false));
        words.push(look, format!("  {fine} more"), Meaning::Text);
    }
    if at_risk > Decimal::ZERO {
        let at_risk = look.money(CostRange { low: at_risk, high: at_risk }, false);
        words.join(look, format!("worth {at_risk} {}/h", look.currency()), Meaning::Dim);
    }
    words.draw(buffer, look, Rect { x: panel.list.x, width: panel.list.width, ..foot }, Align::Left);
    let used = list.map_or(0, |list| panel.rows(list.rows.len()));
    let free = indent_rows(panel.list, used);
    // With a line of air above.
    if hidden == 0 && free.height > 1 {
        healthy(buffer, look, Rect { y: free.y + 1, height: free.height - 1, ..free });
    }
}

/// What is left of an area below so many rows.
pub(super) fn indent_rows(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// The names of the processes that are well, dearest first, small and quiet, in the room that is left.
pub fn healthy(buffer: &mut Buffer, look: &Look, area: Rect) {
    const CELLS: u16 = 26;
    let world = look.world();
    let is_fine = |index: &&NodeIndex| world.nodes.get(**index).is_some_and(|state| !state.interval.high.is_problem());
    let mut fine: Vec<NodeIndex> = look.model.atlas.processes.iter().filter(is_fine).copied().collect();
    fine.sort_by_key(|index| std::cmp::Reverse(world.nodes[*index].money.map(|money| money.value_at_risk)));
    let columns = (area.width / CELLS).max(1);
    let room = usize::from(columns * area.height);
    let shown = if fine.len() > room { room.saturating_sub(1) } else { fine.len() };
    let cell = |at: usize| {
        let (row, column) = (at as u16 / columns, at as u16 % columns);
        let width = (area.width / columns).saturating_sub(1);
        Rect { x: area.x + column * (area.width / columns), width, ..line(area, row) }
    };
    for (at, index) in fine.iter().take(shown).enumerate() {
        let words = look.say(format!(" {} ", look.glyphs.ok), Meaning::Ok);
        words.and(look, world.map.nodes[*index].name.as_str(), Meaning::Dim).draw(buffer, look, cell(at), Align::Left);
    }
    if shown < fine.len() && room > 0 {
        let more = format!("   +{} more", fine.len() - shown);
        look.say(more, Meaning::Dim).draw(buffer, look, cell(shown), Align::Left);
    }
}

/// What keeps the first answers away: errors that were met, else whom is waited for.
pub fn waiting(look: &Look) -> String {
    let sources = &look.world().sources;
    let error = |source: &SourceState| Some(format!("{}: {}", source.name, source.error.as_deref()?));
    let errors: Vec<String> = sources.iter().filter_map(error).collect();
    if !errors.is_empty() {
        let (dot, key) = (look.glyphs.dot, look.model.keymap.first("sources"));
        return format!("Nothing is known yet. {}{dot}{key} Sources", errors.join(dot));
    }
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    format!("Nothing is known yet: waiting for the first answer of {}.", names.join(", "))
}

/// The sentence where no process is, or may be, a problem.
pub fn well(look: &Look) -> String {
    let world = look.world();
    let model = look.model;
    if model.atlas.processes.is_empty() {
        return "The map has no process yet. Describe one in map/: [[process]] with an id and what it needs; \
                `bsmtop check` says what is missing."
            .to_owned();
    }
    if model.is_waiting() {
        return waiting(look);
    }
    let processes = text::count(model.atlas.processes.len(), "process", "processes");
    let objectives = match world.objectives.len() {
        0 => String::new(),
        count => format!(", {}", text::count(count, "objective", "objectives")),
    };
    let last = model.reading.last_change.map(|last| format!(", last change {} ago", look.since(Some(last))));
    format!("Nothing is wrong. {processes}{objectives}{}.", last.unwrap_or_default())
}
