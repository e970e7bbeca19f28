//! A form that writes to another system: its fields, its requests as they will be sent, and what came of them.
//!
//! ```text
//! ACKNOWLEDGE   pay-db replication broken                                              nothing was sent yet
//!  comment  rt:42
//!  for      2h
//! ──────────────────────────────────────────────────────────────────────────────────────────────────────────
//!  ✓ am:6ea1… pay-db replication broken                                                               ready
//!    not included: node:edge does not answer: it is no signal of a source
//! ──────────────────────────────────────────────────────────────────────────────────────────────────────────
//!  now      ReplicationBroken service=payments role=db active
//!  touches  2 others: ReplicationBroken pay-db-2 active · …
//!  note     it ends by itself at 2026-11-24 12:00 UTC
//!  request  POST http://alertmanager.example/api/v2/silences
//!           { "comment": "rt:42", …
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::causes::ticket_name;
use crate::app::write::form::{Form, Purpose, State};
use crate::domain::span::Instant;
use crate::domain::write::{Body, Outcome, Preview, Request, WriteKind};
use crate::view::look::{Align, Look, Words, clear, fill, indent, line};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::widgets::table::wrap;

/// Cells of a name.
const NAMES: u16 = 11;
/// The most jobs that are listed at once, and the most of what is left out.
const MOST_JOBS: usize = 8;
const MOST_LEFT_OUT: usize = 3;

/// Draws the form over everything but the status line, while it is open. Returns where the cursor is.
pub fn draw(buffer: &mut Buffer, look: &Look, area: Rect) -> Option<Position> {
    let form = look.model.writing.form.as_ref()?;
    let panel = Rect { height: area.height.saturating_sub(1).max(1), ..area };
    clear(buffer, panel, look.style(Meaning::Text));
    let inner = Rect { x: panel.x + 1.min(panel.width), width: panel.width.saturating_sub(2), ..panel };
    let mut page = Page { buffer, look, area: inner, row: 0 };
    page.title(form);
    let cursor = page.fields(form);
    page.jobs(form);
    page.request(form);
    cursor
}

/// The keys of the form, for the status line.
pub fn keys(look: &Look, form: &Form) -> Words {
    let pairs: &[(&str, &str)] = if form.is_over() {
        &[("Enter", "close"), ("t", "ticket"), ("PgDn", "more")]
    } else if form.is_sent {
        &[("", "waiting for the answer"), ("Esc", "leave it running")]
    } else if form.is_edited || form.wrong.is_some() {
        &[("Enter", "look again"), ("Esc", "leave"), ("Tab", "next field")]
    } else {
        &[("Enter", "SEND"), ("Esc", "leave"), ("Tab", "next field"), ("PgDn", "more")]
    };
    let several = [("Up Down", "next request")];
    let mut words = Words::new();
    for (key, does) in pairs.iter().chain(several.iter().filter(|_| form.jobs.len() > 1)) {
        words = words.and(look, *key, Meaning::Key).and(look, format!(" {does}  "), Meaning::Status);
    }
    words
}

struct Page<'a, 'b> {
    buffer: &'a mut Buffer,
    look: &'a Look<'b>,
    area: Rect,
    row: u16,
}

impl Page<'_, '_> {
    fn next(&mut self) -> Rect {
        self.row += 1;
        line(self.area, self.row - 1)
    }

    fn rule(&mut self) {
        let row = self.next();
        fill(self.buffer, row, self.look.glyphs.line, self.look.style(Meaning::Border));
    }

    fn title(&mut self, form: &Form) {
        let look = self.look;
        let row = self.next();
        fill(self.buffer, row, " ", look.style(Meaning::Head));
        let (state, meaning) = standing(form);
        let state = look.say(state, meaning);
        // What would be done is said before how far it is; on a narrow screen the keys say that too.
        let has_room = state.width() + 16 <= row.width || form.is_sent;
        let state = if has_room { state } else { Words::new() };
        state.draw(self.buffer, look, row, Align::Right);
        let title = look.say(form.kind.word().to_uppercase(), Meaning::TitleFocus);
        let title = title.and(look, format!("   {}", form.about), Meaning::Strong);
        let room = Rect { width: row.width.saturating_sub(state.width() + 2), ..row };
        title.draw(self.buffer, look, room, Align::Line);
        if let Some(ticket) = form.already.as_deref().filter(|_| !form.is_sent) {
            let keys = &look.model.keymap;
            let (link, comment) = (keys.first("link"), keys.first("comment"));
            let text = format!("{} is open about this already: ", ticket_name(ticket));
            let words = look.say(text, Meaning::Warning).and(look, "Esc", Meaning::Key);
            let words = words.and(look, ", then ", Meaning::Text).and(look, link, Meaning::Key);
            let words = words.and(look, " links, ", Meaning::Text).and(look, comment, Meaning::Key);
            let row = self.next();
            words.and(look, " comments", Meaning::Text).draw(self.buffer, look, row, Align::Line);
        }
    }

    fn fields(&mut self, form: &Form) -> Option<Position> {
        let look = self.look;
        let mut cursor = None;
        for (at, field) in form.fields.iter().enumerate() {
            let row = self.next();
            let has_focus = at == form.focus && !form.is_sent;
            let name = if has_focus { Meaning::TitleFocus } else { Meaning::Dim };
            look.say(field.name, name).draw(self.buffer, look, row, Align::Left);
            let value = indent(row, NAMES);
            if has_focus {
                fill(self.buffer, value, " ", look.style(Meaning::Selection));
            }
            if field.purpose == Purpose::Choice {
                let count = format!("{} of {}", field.chosen + 1, field.choices.len());
                let words = look.say(field.line.text.clone(), Meaning::Strong);
                let count = look.say(format!("  {count}, Left Right"), Meaning::Dim);
                let room = Rect { width: value.width.saturating_sub(count.width()), ..value };
                words.draw(self.buffer, look, room, Align::Line);
                count.draw(self.buffer, look, value, Align::Right);
                continue;
            }
            let cells = usize::from(value.width);
            let before = text::width(field.line.before());
            // A long line is shown from where the cursor is in view.
            let skipped = if has_focus { (before + 1).saturating_sub(cells) } else { 0 };
            let shown = after(&field.line.text, skipped);
            look.say(shown, Meaning::Strong).draw(self.buffer, look, value, Align::Line);
            if skipped > 0 {
                let sign = Rect { width: 1.min(value.width), ..value };
                look.say(text::head(look.glyphs.cut, 1, ""), Meaning::Dim).draw(self.buffer, look, sign, Align::Line);
            }
            if has_focus && value.height > 0 && value.width > 0 {
                let x = ((before - skipped.min(before)) as u16).min(value.width - 1);
                cursor = Some(Position { x: value.x + x, y: value.y });
            }
        }
        if let Some(wrong) = &form.wrong {
            let row = self.next();
            look.say(wrong.clone(), Meaning::Warning).draw(self.buffer, look, indent(row, NAMES), Align::Line);
        }
        cursor
    }

    fn jobs(&mut self, form: &Form) {
        let look = self.look;
        self.rule();
        let first = form.shown.saturating_sub(MOST_JOBS - 1);
        for (at, job) in form.jobs.iter().enumerate().skip(first).take(MOST_JOBS) {
            let row = self.next();
            let (sign, meaning) = sign(look, &job.state);
            let marker = if at == form.shown && form.jobs.len() > 1 { look.glyphs.cursor } else { " " };
            let state = word(&job.state);
            let state = look.say(state, meaning);
            let words = look.say(marker, Meaning::Cursor).and(look, format!("{sign} "), meaning);
            let words = words.and(look, job.what.clone(), Meaning::Text);
            let room = Rect { width: row.width.saturating_sub(state.width() + 2), ..row };
            words.draw(self.buffer, look, room, Align::Line);
            state.draw(self.buffer, look, row, Align::Right);
            // What a server said is the point: never only a word.
            if let Some(said) = said(&job.state) {
                self.lines("", said, meaning, 3);
            }
        }
        if form.jobs.len() > first + MOST_JOBS {
            let row = self.next();
            let more = format!("  and {} more", form.jobs.len() - first - MOST_JOBS);
            look.say(more, Meaning::Dim).draw(self.buffer, look, row, Align::Left);
        }
        for (what, why) in form.left_out.iter().take(MOST_LEFT_OUT) {
            let row = self.next();
            let words = look.say("  not included ", Meaning::Dim).and(look, what.clone(), Meaning::Text);
            words.and(look, format!(": {why}"), Meaning::Dim).draw(self.buffer, look, row, Align::Left);
        }
        if form.left_out.len() > MOST_LEFT_OUT {
            let row = self.next();
            let more = format!("  and {} more not included", form.left_out.len() - MOST_LEFT_OUT);
            look.say(more, Meaning::Dim).draw(self.buffer, look, row, Align::Left);
        }
        self.rule();
    }

    /// The request that is shown, from the line that was scrolled to.
    fn request(&mut self, form: &Form) {
        let Some(preview) = form.jobs.get(form.shown).and_then(|job| job.state.preview()) else { return };
        let cells = usize::from(self.area.width.saturating_sub(NAMES)).max(1);
        let mut lines: Vec<(&str, String, Meaning)> = Vec::new();
        let mut add = |name: &'static str, text: &str, meaning: Meaning| {
            for (at, part) in wrap(text, cells).into_iter().enumerate() {
                lines.push((if at == 0 { name } else { "" }, part, meaning));
            }
        };
        add("now", &preview.object, Meaning::Text);
        add(
            "touches",
            &touches(form.kind, preview),
            if preview.covers_count > 0 { Meaning::Warning } else { Meaning::Dim },
        );
        for remark in &preview.remarks {
            add("note", &local(self.look, remark, preview.intent.until), Meaning::Text);
        }
        if preview.intent.text.contains('\n') {
            for (at, part) in preview.intent.text.lines().enumerate() {
                add(if at == 0 { "text" } else { "" }, part, Meaning::Text);
            }
        }
        let request = &preview.request;
        add("request", &format!("{} {}", request.method.word(), request.place), Meaning::Strong);
        for (name, value) in &request.headers {
            lines.push(("", format!("{name}: {value}"), Meaning::Dim));
        }
        for row in body(request) {
            let mut rest = row.as_str();
            while !rest.is_empty() {
                let (head, tail) = cut(rest, cells);
                lines.push(("", head.to_owned(), Meaning::Text));
                rest = tail;
            }
        }
        let room = usize::from(self.area.height.saturating_sub(self.row));
        let first = form.scroll.min(lines.len().saturating_sub(room));
        for (name, text, meaning) in lines.iter().skip(first).take(room) {
            let row = self.next();
            self.look.say(*name, Meaning::Dim).draw(self.buffer, self.look, row, Align::Left);
            self.look.say(text.clone(), *meaning).draw(self.buffer, self.look, indent(row, NAMES), Align::Line);
        }
        if lines.len() > first + room && room > 0 {
            let last = line(self.area, self.area.height - 1);
            let more = format!(" {} PgDn for more ", self.look.glyphs.down);
            self.look.say(more, Meaning::Key).draw(self.buffer, self.look, last, Align::Right);
        }
    }

    fn lines(&mut self, name: &str, text: &str, meaning: Meaning, most: usize) {
        let cells = usize::from(self.area.width.saturating_sub(NAMES)).max(1);
        for (at, part) in wrap(text, cells).into_iter().take(most).enumerate() {
            let row = self.next();
            let name = if at == 0 { name } else { "" };
            self.look.say(name, Meaning::Dim).draw(self.buffer, self.look, row, Align::Left);
            self.look.say(part, meaning).draw(self.buffer, self.look, indent(row, 4), Align::Line);
        }
    }
}

/// How far the whole form is.
fn standing(form: &Form) -> (String, Meaning) {
    let count = |of: fn(&State) -> bool| form.jobs.iter().filter(|job| of(&job.state)).count();
    if form.is_over() {
        let done = count(|state| matches!(state, State::Over(_, outcome) if outcome.is_done()));
        let unknown = count(|state| matches!(state, State::Over(_, Outcome::Unknown { .. })));
        let failed = form.jobs.len() - done - unknown;
        let parts = [(done, "done"), (unknown, "UNKNOWN: CHECK"), (failed, "NOT DONE")];
        let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        let meaning = if unknown > 0 {
            Meaning::Unknown
        } else if failed > 0 {
            Meaning::Critical
        } else {
            Meaning::Ok
        };
        return (parts.collect::<Vec<_>>().join(", "), meaning);
    }
    if form.is_sent {
        return ("sent, waiting for the answer".to_owned(), Meaning::Warning);
    }
    if form.is_waiting() {
        return ("looking at it, nothing was sent".to_owned(), Meaning::Dim);
    }
    match form.ready() {
        0 => ("nothing can be sent".to_owned(), Meaning::Warning),
        1 => ("Enter sends 1 request, once".to_owned(), Meaning::Strong),
        ready => (format!("Enter sends {ready} requests, once"), Meaning::Strong),
    }
}

fn sign(look: &Look, state: &State) -> (&'static str, Meaning) {
    match state {
        State::Preparing => (look.glyphs.pending, Meaning::Dim),
        State::Ready(..) => (look.glyphs.open, Meaning::Strong),
        State::Failed(_) => (look.glyphs.critical, Meaning::Warning),
        State::Sending(_) => (look.glyphs.pending, Meaning::Warning),
        State::Over(_, Outcome::Done { .. }) => (look.glyphs.ack, Meaning::Ok),
        State::Over(_, Outcome::Unknown { .. }) => (look.glyphs.unknown, Meaning::Unknown),
        State::Over(..) => (look.glyphs.critical, Meaning::Critical),
    }
}

fn word(state: &State) -> &'static str {
    match state {
        State::Preparing => "looking at it",
        State::Ready(..) => "ready",
        State::Failed(_) => "can't be sent",
        State::Sending(_) => "sent",
        State::Over(_, outcome) => outcome.word(),
    }
}

/// What was said about a job that is over, or can't be sent.
fn said(state: &State) -> Option<&str> {
    match state {
        State::Failed(why) => Some(why),
        State::Over(_, outcome) => Some(outcome.text()),
        State::Preparing | State::Ready(..) | State::Sending(_) => None,
    }
}

/// A remark with its end on the clock of the company: servers have it in UTC, people do not.
fn local(look: &Look, remark: &str, until: Option<Instant>) -> String {
    let Some(until) = until else { return look.said(remark) };
    let ends = format!("{} (in {})", look.clock(until, "%a %-d %b %H:%M"), text::age(until - look.model.now));
    look.said(&remark.replace(&until.format("%Y-%m-%d %H:%M UTC").to_string(), &ends))
}

/// What else a write touches.
fn touches(kind: WriteKind, preview: &Preview) -> String {
    if preview.covers_count == 0 {
        return match kind {
            WriteKind::Create => "nothing else".to_owned(),
            _ => "nothing but this".to_owned(),
        };
    }
    let named: Vec<&str> = preview.covers.iter().take(10).map(|covered| &*covered.summary).collect();
    let more = preview.covers_count.saturating_sub(named.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let others = text::count(preview.covers_count, "other", "others");
    format!("{others} as well: {}{more}", named.join(" / "))
}

fn body(request: &Request) -> Vec<String> {
    match &request.body {
        Body::Json(text) | Body::Text(text) => text.lines().map(shown).collect(),
        Body::Form(pairs) => pairs.iter().map(|(key, value)| shown(&format!("{key}={value}"))).collect(),
    }
}

/// A line of a body for the screen: what the operator typed or a server named may hold anything.
fn shown(line: &str) -> String {
    crate::domain::clean::clean(line).into_owned()
}

/// As much of a text as fits into so many cells, and the rest.
fn cut(line: &str, cells: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, char) in line.char_indices() {
        used += text::width(char.encode_utf8(&mut [0; 4]));
        if used > cells && at > 0 {
            return line.split_at(at);
        }
    }
    (line, "")
}

/// A text without its first so many cells.
fn after(line: &str, cells: usize) -> &str {
    if cells == 0 { line } else { cut(line, cells).1 }
}
