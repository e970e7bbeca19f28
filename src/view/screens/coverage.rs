//! How true the map is: signals it knows nothing of, with what to paste; what the business rests on alone.
//!
//! ```text
//!  UNMAPPED 3                                     │ SINGLE POINTS 2
//!  ✖ CRIT  12 of zabbix   host=db9                │ Payments DB      3 processes   42,000
//!          match = [{ source = "zabbix", …        │ ONE FAILURE AWAY 1
//! ```

use ratatui::buffer::Buffer;

use crate::app::layout::Panel;
use crate::app::list::Row;
use crate::domain::matcher::{Matcher, Test};
use crate::view::look::{Look, Words};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, BADGE, Tone};
use crate::view::widgets::table::{self, Column, Entry};

const UNMAPPED: [Column; 5] = [
    Column::left("", BADGE, 0),
    Column::flex("", 14, 3, 0),
    Column::left("source", 10, 3),
    Column::right("signals", 7, 1),
    Column::sentence("matcher to paste", 30, 5, 2),
];

/// Signals on no node, by what one matcher would take.
pub fn unmapped(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let signals: usize = look.model.gaps().iter().map(|gap| gap.signals.len()).sum();
    let count = format!("{} for {}", table::count(look, panel), text::count(signals, "signal", "signals"));
    let title = table::title(look, panel, "UNMAPPED", if signals == 0 { "0" } else { &count });
    let wide = panel.row_height == 1;
    let columns = if wide { &UNMAPPED[..] } else { &UNMAPPED[..4] };
    table::draw(buffer, look, panel, columns, &title, |row| gap_entry(look, row));
    let sentence = "Every signal belongs to a node. What none takes is listed here, with a matcher to paste into map/.";
    table::unreported(buffer, look, panel, sentence);
}

/// What a gap's row shows.
pub fn gap_entry(look: &Look, row: &Row) -> Entry {
    let Some(gap) = look.model.gaps().get(row.index) else { return Entry::default() };
    let name = gap.label.as_ref().map_or_else(
        || look.say("signals without labels", Meaning::Text),
        |(key, value)| look.say(format!("{key}="), Meaning::Dim).and(look, value.to_string(), Meaning::Strong),
    );
    let toml = gap.toml();
    let matcher = toml.lines().last().unwrap_or_default().to_owned();
    let world = look.world();
    let first = gap.signals.first().and_then(|at| world.signals.get(*at));
    let summary = first.map_or_else(String::new, |signal| signal.item.summary.to_string());
    let cells = vec![
        tone::badge(look, Tone::of(gap.worst), tone::word(gap.worst), true),
        name,
        look.say(gap.source.to_string(), Meaning::Dim),
        look.say(text::grouped(&gap.signals.len().to_string()), Meaning::Text),
        look.say(matcher.clone(), Meaning::Link),
    ];
    let below = vec![look.say(matcher, Meaning::Link), look.say(summary, Meaning::Dim)];
    Entry { cells, below, ..Entry::default() }
}

/// Leaves that alone make processes major or worse.
pub fn singles(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    const COLUMNS: [Column; 5] = [
        Column::left("", BADGE, 3),
        Column::flex("", 14, 2, 0),
        Column::right("processes", 9, 1),
        Column::right("at risk/h", 11, 1),
        Column::sentence("of", 20, 3, 4),
    ];
    let title = table::title(look, panel, "SINGLE POINTS OF FAILURE", &table::count(look, panel));
    let world = look.world();
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| {
        let single = look.model.singles().iter().find(|single| single.leaf == row.index);
        let (Some(single), Some(node)) = (single, world.map.nodes.get(row.index)) else { return Entry::default() };
        let names: Vec<&str> = single.processes.iter().map(|at| world.map.nodes[*at].name.as_str()).collect();
        let value = if single.value.is_zero() { look.glyphs.none.to_owned() } else { look.amount(single.value) };
        let cells = vec![
            tone::node_badge(look, row.index),
            look.say(node.name.clone(), Meaning::Strong),
            look.say(single.processes.len().to_string(), Meaning::Text),
            look.say(value, Meaning::Text),
            look.say(names.join(", "), Meaning::Dim),
        ];
        Entry { cells, ..Entry::default() }
    });
    table::empty(buffer, look, panel, "No single component makes a process major or worse: all is redundant.");
}

/// Processes that one more failure makes major or worse.
pub fn fragile(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    const COLUMNS: [Column; 4] = [
        Column::left("", BADGE, 3),
        Column::flex("", 14, 2, 0),
        Column::sentence("if one fails of", 18, 3, 1),
        Column::right("at risk/h", 11, 2),
    ];
    let title = table::title(look, panel, "ONE FAILURE AWAY", &table::count(look, panel));
    let world = look.world();
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| {
        let (Some(node), Some(state)) = (world.map.nodes.get(row.index), world.nodes.get(row.index)) else {
            return Entry::default();
        };
        let names: Vec<&str> = state.margin.iter().map(|leaf| world.map.nodes[*leaf].name.as_str()).collect();
        let value = state.money.map_or_else(|| look.glyphs.none.to_owned(), |money| look.amount(money.value_at_risk));
        let cells = vec![
            tone::node_badge(look, row.index),
            look.say(node.name.clone(), Meaning::Strong),
            look.say(names.join(", "), Meaning::Warning),
            look.say(value, Meaning::Text),
        ];
        Entry { cells, ..Entry::default() }
    });
    table::empty(buffer, look, panel, "No process is one failure away from trouble that redundancy would else absorb.");
}

/// Leaves that no signal has ever matched.
pub fn silent(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    const COLUMNS: [Column; 3] =
        [Column::flex("", 14, 2, 0), Column::left("source", 10, 2), Column::sentence("waits for", 20, 3, 1)];
    let title = table::title(look, panel, "SILENT", &table::count(look, panel));
    let world = look.world();
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| {
        let Some(node) = world.map.nodes.get(row.index) else { return Entry::default() };
        let first = node.matches.first();
        let source = first.map_or_else(String::new, |matcher| matcher.source.to_string());
        let cells = vec![
            look.say(node.name.clone(), Meaning::Strong),
            look.say(source, Meaning::Dim),
            first.map_or_else(Words::new, |matcher| look.say(wanted(matcher), Meaning::Dim)),
        ];
        Entry { cells, ..Entry::default() }
    });
    table::empty(buffer, look, panel, "Every leaf with a matcher has been heard of.");
}

/// What a matcher asks for, as it is written.
fn wanted(matcher: &Matcher) -> String {
    let tests = matcher.labels.iter().map(|test| {
        let not = if test.pattern.negated { "!" } else { "" };
        let value = match &test.pattern.test {
            Test::Exact(text) | Test::Glob(text) => text.clone(),
            Test::Regex(regex) => format!("/{}/", regex.as_str()),
        };
        format!("{}={not}{value}", test.key)
    });
    tests.collect::<Vec<_>>().join(" ")
}
