//! Sources: whom all this is known from, how fresh it is, what went wrong and what to do about it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::layout::Panel;
use crate::app::list::Row;
use crate::domain::facts::Freshness;
use crate::domain::history::{Keeping, Role};
use crate::view::look::{Align, Look, Words};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone;
use crate::view::widgets::table::{self, Column, Entry};

const COLUMNS: [Column; 8] = [
    Column::left("", 10, 0),
    Column::flex("", 10, 1, 0),
    Column::left("type", 13, 4),
    Column::right("answer", 7, 1),
    Column::right("signals", 8, 3),
    Column::right("tickets", 8, 5),
    Column::right("leaves", 7, 6),
    Column::sentence("note", 30, 3, 7),
];

/// Draws all sources.
pub fn draw(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let title = table::title(look, panel, "SOURCES", &table::count(look, panel));
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| entry(look, row));
    table::empty(
        buffer,
        look,
        panel,
        "No source is configured: [[source]] in config.toml with name, type and url; `bsmtop check --online` tries it.",
    );
    if let Some(keeping) = look.model.history.keeping.as_ref().filter(|_| panel.area.bottom() > panel.list.bottom()) {
        let foot = Rect { y: panel.area.bottom() - 1, height: 1, ..panel.list };
        let meaning = if keeping.trouble.is_some() { Meaning::Trouble } else { Meaning::Dim };
        look.say(format!(" {}", history(look, keeping)), meaning).draw(buffer, look, foot, Align::Line);
    }
}

/// How history is kept, in a few words.
fn history(look: &Look, keeping: &Keeping) -> String {
    let who = match &keeping.role {
        Role::Writing => "",
        Role::Reading(who) => &format!(", written by {who}"),
        Role::Off => ", not written",
    };
    let size = text::bytes(keeping.size);
    let since = keeping.since.map(|since| format!(" since {}", look.clock(since, "%-d %b %Y")));
    match &keeping.trouble {
        Some(trouble) => format!("history: {trouble}"),
        None => format!("history {size}{}{who}", since.unwrap_or_default()),
    }
}

/// What a source's row shows.
pub fn entry(look: &Look, row: &Row) -> Entry {
    let world = look.world();
    let Some(source) = world.sources.get(row.index) else { return Entry::default() };
    let (sign, meaning) = tone::freshness(look, source.freshness);
    let troubled = source.is_troubled();
    let info = world.map.source(source.name.as_str());
    let number = |number: usize| {
        let known = source.freshness != Freshness::Pending;
        let text = if known { text::grouped(&number.to_string()) } else { look.glyphs.none.to_owned() };
        match source.freshness {
            Freshness::Late | Freshness::Lost => look.say(format!("{}{text}", look.glyphs.stale), Meaning::Stale),
            _ => look.say(text, if number == 0 { Meaning::Dim } else { Meaning::Text }),
        }
    };
    let age = source.age.map_or_else(|| look.glyphs.none.to_owned(), text::age);
    let mut below: Vec<Words> = Vec::new();
    if let Some(error) = &source.error {
        below.push(
            look.say(error.clone(), if source.freshness == Freshness::Fresh { Meaning::Warning } else { meaning }),
        );
    }
    below.extend(source.notes.iter().map(|note| look.say(note.clone(), Meaning::Dim)));
    if below.is_empty() && source.freshness == Freshness::Pending {
        below.push(look.say("waiting for its first answer", Meaning::Dim));
    }
    if let Some(info) = info {
        let every = format!("asked every {}, given {} to answer", text::age(info.every), text::age(info.timeout));
        below.push(look.say(every, Meaning::Dim));
    }
    let cells = vec![
        look.say(format!(" {sign} {}", source.freshness.word().to_uppercase()), meaning),
        look.say(source.name.to_string(), Meaning::Strong),
        look.say(info.map_or("", |info| info.type_word.as_str()), Meaning::Dim),
        look.say(age, if source.freshness == Freshness::Fresh { Meaning::Text } else { meaning }),
        number(source.signals),
        number(source.tickets),
        number(source.leaves),
        // What is wrong has a line of its own.
        if troubled { Words::new() } else { below.first().cloned().unwrap_or_default() },
    ];
    Entry { cells, below: if troubled { below } else { Vec::new() }, ..Entry::default() }
}
