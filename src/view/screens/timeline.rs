//! Timeline: what happened and what is planned, on one axis and as a list.
//!
//! ```text
//!  TIMELINE 24h       12:00      18:00      00:00      06:00      NOW        18:00
//!  Online checkout    ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁██▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁│     ◆
//!  changes                          ◆                              ◆
//!  maintenance                                                          mmm
//!  EVENTS 12      lasted                                                        cost
//!  02:14            42m  ✖ CRIT     Online checkout: replication broken       29,400
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::causes::ticket_name;
use crate::app::layout::{MARKS, Panel};
use crate::app::list::Row;
use crate::app::past::{Event, What};
use crate::domain::ahead::Planned;
use crate::domain::facts::Change;
use crate::domain::history::{AuditOutcome, Incident};
use crate::domain::id::NodeId;
use crate::domain::map::NodeIndex;
use crate::domain::money::CostRange;
use crate::domain::severity::{Severity, Shown};
use crate::domain::span::{Instant, short};
use crate::view::look::{Align, Look, Words};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, BADGE, Tone};
use crate::view::widgets::strip::{Scale, hours, strip};
use crate::view::widgets::table::{self, Column, Entry};

const AXIS: [Column; 2] = [Column::flex("", 16, 1, 0), Column::flex("", 20, 5, 0)];

/// The axis.
pub fn axis(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let Some(Some((x, cells))) = table::places(look, panel, &AXIS).get(1).copied() else { return };
    let scale = Scale { span: look.model.axis(), cells };
    let title = table::title(look, panel, "TIMELINE", &short(look.model.zoom()));
    table::draw(buffer, look, panel, &AXIS, &title, |row| line_of(look, row, scale));
    let over = Rect { x: panel.list.x + x, width: cells, height: 1, y: panel.area.y };
    let now = scale.cell(look.model.as_of());
    for (cell, time) in hours(look, scale) {
        let room = Rect { x: over.x + cell, width: over.width.saturating_sub(cell), ..over };
        // Beside the word for the instant that is looked at there is no room for another.
        let is_free = now.is_none_or(|now| !(now.saturating_sub(6)..now + 6).contains(&cell));
        if is_free && usize::from(room.width) > text::width(&time) {
            look.say(time, Meaning::Dim).draw(buffer, look, room, Align::Left);
        }
    }
    if let Some(now) = now {
        let word = if look.model.lens.is_live() { "NOW" } else { "THEN" };
        let room = Rect { x: over.x + now, width: 5.min(over.width.saturating_sub(now)), ..over };
        look.say(format!("{word} "), Meaning::Strong).draw(buffer, look, room, Align::Left);
        let height = panel.area.height.saturating_sub(1);
        for row in 0..height {
            let cell = Rect { x: over.x + now, y: panel.area.y + 1 + row, width: 1, height: 1 };
            look.say(look.glyphs.bar, Meaning::Border).draw(buffer, look, cell, Align::Left);
        }
    }
    marks(buffer, look, panel, scale, Rect { height: 0, ..over });
    table::empty(buffer, look, panel, "The map has no process.");
}

/// A node's line on the axis, with what planned work would make of it.
fn line_of(look: &Look, row: &Row, scale: Scale) -> Entry {
    let world = look.world();
    let Some(node) = world.map.nodes.get(row.index) else { return Entry::default() };
    let strip = match &look.model.past.remembered {
        Some(remembered) => {
            let marks: Vec<_> = breaks(look, row.index, scale)
                .into_iter()
                .map(|(cell, severity)| (cell, Tone::of(severity).glyph(look), Tone::of(severity).meaning()))
                .collect();
            strip(look, &remembered.pieces(&node.id), scale, look.model.as_of(), &marks)
        }
        None => Words::new(),
    };
    Entry { cells: vec![look.say(node.name.clone(), Meaning::Text), strip], ..Entry::default() }
}

/// Cells in which something planned begins that would make a node worse, and how bad.
fn breaks(look: &Look, index: NodeIndex, scale: Scale) -> Vec<(u16, Severity)> {
    let mine = |planned: &Planned| {
        let severity = planned.breaks.iter().find(|(node, _)| *node == index)?.1;
        Some((scale.cell(planned.span.start.max(look.model.as_of()))?, severity))
    };
    look.model.past.planned.iter().filter_map(mine).collect()
}

/// Changes and maintenance on the axis.
fn marks(buffer: &mut Buffer, look: &Look, panel: &Panel, scale: Scale, over: Rect) {
    if panel.area.bottom() < panel.list.bottom() + MARKS {
        return;
    }
    let rows = [("changes", false, look.glyphs.risk), ("maintenance", true, look.glyphs.maintenance)];
    for (row, (name, maintenance, sign)) in (0..).zip(rows) {
        let y = panel.list.bottom() + row;
        let left = Rect { x: panel.list.x, y, width: over.x.saturating_sub(panel.list.x), height: 1 };
        look.say(name, Meaning::Dim).draw(buffer, look, left, Align::Line);
        for event in &look.model.past.events {
            let is_mine = match &event.what {
                What::Change(_) => !maintenance,
                What::Maintenance(_) => maintenance,
                What::Planned(at) => {
                    let planned = look.model.past.planned.get(*at);
                    planned.is_some_and(|planned| planned.change.is_none() == maintenance)
                }
                _ => false,
            };
            let Some(span) = is_mine.then(|| event.span(look.model.now).intersection(scale.span)).flatten() else {
                continue;
            };
            let (Some(first), Some(last)) =
                (scale.cell(span.start), scale.cell(span.end - chrono::TimeDelta::milliseconds(1)))
            else {
                continue;
            };
            let is_to_come = event.began > look.model.as_of();
            let meaning = if is_to_come { Meaning::Strong } else { Meaning::Ack };
            for cell in first..=last.max(first) {
                let cell = Rect { x: over.x + cell, y, width: 1, height: 1 };
                look.say(sign, meaning).draw(buffer, look, cell, Align::Left);
            }
        }
    }
}

const EVENTS: [Column; 7] = [
    Column::left("", 13, 0),
    Column::right("", 6, 0),
    Column::left("", BADGE, 0),
    Column::left("", 1, 0),
    Column::sentence("", 24, 5, 0),
    Column::right("cost", 12, 2),
    Column::flex("owner", 12, 1, 4),
];

/// What happened, and what is planned.
pub fn events(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let mut title = table::title(look, panel, "EVENTS", &table::count(look, panel));
    let to_come = look.model.past.events.iter().filter(|event| matches!(event.what, What::Planned(_))).count();
    if to_come > 0 {
        title.push(look, format!("{}{to_come} planned", look.glyphs.dot), Meaning::Text);
    }
    table::draw(buffer, look, panel, &EVENTS, &title, |row| event_entry(look, row));
    let nothing = match (&look.model.past.trouble, &look.model.past.remembered) {
        (Some(trouble), _) => trouble.as_str(),
        (None, None) => "History is being asked.",
        (None, Some(_)) => "Nothing happened in this time that is known of.",
    };
    table::empty(buffer, look, panel, nothing);
}

/// What an event's row shows.
pub fn event_entry(look: &Look, row: &Row) -> Entry {
    let Some(event) = look.model.past.events.get(row.index) else { return Entry::default() };
    let Some(shown) = shown(look, event) else { return Entry::default() };
    let lasted = event.ended.map(|ended| ended - event.began);
    let lasted = match (&event.what, lasted) {
        (What::Incident(_), None) => look.say(look.since(Some(event.began)), Meaning::Warning),
        (_, Some(lasted)) => look.say(text::age(lasted), Meaning::Text),
        _ => Words::new(),
    };
    let cells = vec![
        look.say(
            time(look, event.began),
            if event.began > look.model.as_of() { Meaning::Strong } else { Meaning::Text },
        ),
        lasted,
        shown.badge,
        shown.care,
        shown.sentence.clone(),
        look.say(shown.cost, Meaning::Money),
        look.say(shown.owner, Meaning::Dim),
    ];
    Entry { cells, below: vec![shown.more], ..Entry::default() }
}

/// A time of day; with the day where it is another than that of the instant that is looked at.
pub fn time(look: &Look, at: Instant) -> String {
    let day = |at| look.clock(at, "%Y-%m-%d");
    let format = if day(at) == day(look.model.as_of()) { "%H:%M:%S" } else { "%a %-d %H:%M" };
    look.clock(at, format)
}

/// What an event is in a row.
struct EventWords {
    badge: Words,
    care: Words,
    sentence: Words,
    /// What there is room for on a line of its own.
    more: Words,
    cost: String,
    owner: String,
}

fn shown(look: &Look, event: &Event) -> Option<EventWords> {
    let remembered = look.model.past.remembered.as_deref()?;
    let plain = |word: &str, meaning: Meaning| look.say(format!("   {word:<8}"), meaning);
    let mut shown = EventWords {
        badge: Words::new(),
        care: look.say(" ", Meaning::Text),
        sentence: Words::new(),
        more: Words::new(),
        cost: String::new(),
        owner: String::new(),
    };
    match &event.what {
        What::Incident(at) => {
            let incident = remembered.incidents.get(*at)?;
            let (tone, word) = (Tone::of(incident.peak), tone::word(incident.peak));
            shown.badge = tone::badge(look, tone, word, incident.acknowledged.is_some() || incident.ended.is_some());
            shown.care = tone::care(look, incident.acknowledged.is_some(), false);
            shown.sentence = incident_words(look, incident);
            shown.more = incident_more(look, incident);
            if incident.cost != CostRange::default() {
                shown.cost = look.money(incident.cost, false);
            }
            shown.owner = incident.causes.first().and_then(|cause| cause.owner.clone()).unwrap_or_default();
        }
        What::Turn { was, is } => {
            let (tone, word) = turned(*is);
            shown.badge = look.say(format!(" {} {word:<7} ", tone.glyph(look)), tone.meaning());
            shown.sentence = look.say(name(look, event.nodes.first()?), Meaning::Text);
            let before = was.map_or_else(|| "nobody looked before".to_owned(), |was| format!("was {was}"));
            shown.sentence.join(look, before, Meaning::Dim);
        }
        What::Change(at) => {
            shown.badge = plain("change", Meaning::Ack);
            let change = &remembered.changes.get(*at)?.item;
            shown.sentence = change_words(look, change);
            touches(look, &mut shown.more, &event.nodes);
        }
        What::Maintenance(summary) => {
            shown.badge = plain("mainten.", Meaning::Ack);
            let word = if summary.is_empty() { "maintenance" } else { summary };
            shown.sentence = look.say(word, Meaning::Text);
            touches(look, &mut shown.more, &event.nodes);
        }
        What::Planned(at) => {
            shown.badge = plain("planned", Meaning::Strong);
            let planned = look.model.past.planned.get(*at)?;
            shown.sentence = planned_words(look, planned);
            shown.more = planned_more(look, planned);
        }
        What::Done(at) => {
            let entry = remembered.audit.get(*at)?;
            shown.badge = plain("done", Meaning::Dim);
            shown.sentence = look.say(format!("{} {} {}", entry.who, entry.action, entry.target), Meaning::Text);
            match &entry.outcome {
                AuditOutcome::Failed(why) => shown.sentence.join(look, format!("failed: {why}"), Meaning::Warning),
                AuditOutcome::Unknown(why) => shown.sentence.join(look, format!("unknown: {why}"), Meaning::Warning),
                AuditOutcome::Begun | AuditOutcome::Done(_) => {}
            }
        }
        What::Gap => {
            shown.badge = plain("gap", Meaning::Unknown);
            shown.sentence = look.say("nobody looked: what happened then is not known", Meaning::Dim);
        }
    }
    Some(shown)
}

fn turned(shown: Shown) -> (Tone, &'static str) {
    match shown {
        Shown::Severity(severity) => (Tone::of(severity), tone::word(severity)),
        Shown::Unknown => (Tone::Unknown, "UNKNOWN"),
    }
}

/// What a node is called; its id where the map no longer has it.
pub fn name(look: &Look, id: &NodeId) -> String {
    let world = look.world();
    world.map.index_of(id.as_str()).map_or_else(|| id.to_string(), |index| world.map.nodes[index].name.clone())
}

fn incident_words(look: &Look, incident: &Incident) -> Words {
    let mut words = look.say(incident.name.clone(), Meaning::Strong);
    let dearest = incident.causes.iter().max_by_key(|cause| (cause.cost.low, cause.severity));
    if let Some(cause) = dearest {
        let title = cause.title.as_str();
        let text = if title.contains(&cause.name) { title.to_owned() } else { format!("{}: {title}", cause.name) };
        words.join(look, text, Meaning::Text);
        if incident.causes.len() > 1 {
            words.push(look, format!(" +{} more", incident.causes.len() - 1), Meaning::Dim);
        }
    }
    words
}

/// Who had it when, how it became so bad, and who answers for it.
fn incident_more(look: &Look, incident: &Incident) -> Words {
    let mut words = Words::new();
    match incident.acknowledged {
        Some(at) => words.join(look, format!("taken after {}", text::age(at - incident.began)), Meaning::Ack),
        None if incident.ended.is_none() => words.join(look, "nobody is on it", Meaning::Warning),
        None => words.join(look, "nobody took it", Meaning::Dim),
    }
    if incident.peaked > incident.began {
        words.join(look, format!("worst from {}", time(look, incident.peaked)), Meaning::Dim);
    }
    for cause in incident.causes.iter().skip(1).take(3) {
        words.join(look, format!("{}: {}", cause.name, cause.title), Meaning::Dim);
    }
    words
}

fn change_words(look: &Look, change: &Change) -> Words {
    let id = format!("{}:{}", change.source, change.id);
    look.say(ticket_name(&id), Meaning::Link).and(look, format!(" {}", change.summary), Meaning::Text)
}

fn touches(look: &Look, words: &mut Words, nodes: &[NodeId]) {
    if let [first, rest @ ..] = nodes {
        let more = if rest.is_empty() { String::new() } else { format!(" +{}", rest.len()) };
        words.join(look, format!("on {}{more}", name(look, first)), Meaning::Dim);
    }
}

/// Something planned: first what it would break.
fn planned_words(look: &Look, planned: &Planned) -> Words {
    let mut words = planned.change.as_ref().map_or_else(Words::new, |id| look.say(ticket_name(id), Meaning::Link));
    match planned.breaks.as_slice() {
        [] => words.join(look, "breaks nothing", Meaning::Ok),
        [(process, severity), rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(" +{}", rest.len()) };
            let process = look.world().map.nodes.get(*process).map_or("", |node| node.name.as_str());
            words.join(look, format!("would make {process} {severity}{more}"), Tone::of(*severity).meaning());
        }
    }
    let summary = if planned.summary.is_empty() { "maintenance" } else { &planned.summary };
    words.join(look, summary, Meaning::Text);
    words
}

/// What it touches, and all that it would break.
fn planned_more(look: &Look, planned: &Planned) -> Words {
    let names = &look.world().map.nodes;
    let mut words = look.say(format!("in {}", text::age(planned.span.start - look.model.as_of())), Meaning::Dim);
    if let Some(first) = planned.nodes.first().and_then(|index| names.get(*index)) {
        words.join(look, format!("on {}", first.name), Meaning::Dim);
    }
    for (process, severity) in planned.breaks.iter().skip(1) {
        if let Some(process) = names.get(*process) {
            words.join(look, format!("{} {severity}", process.name), Tone::of(*severity).meaning());
        }
    }
    words
}
