//! The log: what the console noted of itself and of its sources, the newest first.

use ratatui::buffer::Buffer;

use crate::app::layout::Panel;
use crate::app::list::Row;
use crate::app::log::{Grade, Note};
use crate::view::look::{Look, Words};
use crate::view::theme::Meaning;
use crate::view::widgets::table::{self, Column, Entry};

const COLUMNS: [Column; 5] = [
    Column::left("", 14, 0),
    Column::left("", 9, 0),
    Column::left("of", 14, 1),
    Column::right("times", 5, 3),
    Column::sentence("", 30, 1, 0),
];

/// Draws the log.
pub fn draw(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let title = table::title(look, panel, "LOG", &table::count(look, panel));
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| entry(look, row));
    table::empty(buffer, look, panel, "Nothing to note yet: every source is silent or well.");
}

/// What a note's row shows.
pub fn entry(look: &Look, row: &Row) -> Entry {
    let Some(note) = look.model.log.notes().get(row.index) else { return Entry::default() };
    let times = if note.times > 1 { look.say(note.times.to_string(), Meaning::Dim) } else { Words::new() };
    let first = note.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let cells = vec![
        look.say(look.clock(note.at, "%a %H:%M:%S"), Meaning::Dim),
        grade(look, note),
        look.say(note.of.clone(), Meaning::Strong),
        times,
        look.say(first, Meaning::Text),
    ];
    Entry { cells, ..Entry::default() }
}

/// Sign and word of how grave a note is.
pub fn grade(look: &Look, note: &Note) -> Words {
    let (sign, meaning) = match note.grade {
        Grade::Note => (look.glyphs.ok, Meaning::Dim),
        Grade::Warning => (look.glyphs.warning, Meaning::Warning),
        Grade::Error => (look.glyphs.critical, Meaning::Critical),
    };
    look.say(format!("{sign} {}", note.grade.word()), meaning)
}
