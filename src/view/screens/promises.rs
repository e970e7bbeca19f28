//! Promises: objectives and the clocks of tickets, in one list or apart, what will be missed first on top.

use chrono::TimeDelta;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rust_decimal::Decimal;

use super::causes::ticket_name;
use crate::app::layout::Panel;
use crate::app::list::Row;
use crate::app::place::Item;
use crate::app::rows::ticket_id;
use crate::domain::facts::Freshness;
use crate::domain::map::{Alert, Objective, Window};
use crate::domain::world::{ClockOrigin, ClockState, ObjectiveState, ObjectiveStatus};
use crate::view::look::{Align, Look, Words, line};
use crate::view::text;
use crate::view::theme::Meaning;
use crate::view::tone::{self, BADGE, Tone};
use crate::view::widgets::meter::meter;
use crate::view::widgets::table::{self, Column, Entry};

/// Cells of the meter.
const METER: u16 = 6;

const COLUMNS: [Column; 14] = [
    Column::left("", BADGE, 0),
    Column { align: Align::Brief, ..Column::flex("", 27, 4, 0) },
    Column::left("window", 7, 5),
    Column::left("", METER, 3),
    Column::right("left", 6, 1),
    Column::right("in", 6, 2),
    Column::right("burn 5m", 7, 10),
    Column::right("30m", 5, 11),
    Column::right("1h", 5, 6),
    Column::right("6h", 5, 7),
    Column::right("1d", 5, 9),
    Column::right("3d", 5, 8),
    Column::right("attained", 9, 12),
    Column::right("at risk", 10, 4),
];

/// The burn windows of the columns, in minutes.
const BURNS: [i64; 6] = [5, 30, 60, 360, 1_440, 4_320];

/// Objectives and clocks in one list.
pub fn both(buffer: &mut Buffer, look: &Look, panel: &Panel) {
    let world = look.world();
    let all = look.model.list(panel.pane).map_or(0, |list| list.unfiltered);
    let danger = world.objectives.iter().filter(|state| in_danger(state)).count()
        + world.clocks.iter().filter(|clock| clock.done.is_none() && (clock.breached || is_short(clock))).count();
    let count = match danger {
        0 => all.to_string(),
        danger => format!("{danger} of {all} in danger"),
    };
    let title = table::title(look, panel, "SLA", &format!("{count}{}", without_figures(look)));
    let shown = table::shown(look, panel, &COLUMNS);
    table::draw(buffer, look, panel, &COLUMNS, &title, |row| {
        let mut entry = entry(look, row);
        if let (Item::Objective(_), Some(state), [note]) =
            (&row.id.item, world.objectives.get(row.index), entry.below.as_mut_slice())
        {
            *note = objective_note(look, state, &shown);
        }
        if let (true, Item::Clock(..)) = (panel.row_height > 1, &row.id.item) {
            // The line below has the summary.
            entry.cells[1].truncate(2);
        }
        entry
    });
    table::empty(buffer, look, panel, "No objective and no ticket clock is configured.");
    let hidden =
        look.model.list(panel.pane).map_or(0, |list| list.rows.len().saturating_sub(list.offset + panel.view()));
    if hidden > 0 && panel.area.bottom() > panel.list.bottom() {
        let foot = Rect { y: panel.area.bottom() - 1, height: 1, ..panel.list };
        look.say(format!(" {} {hidden} more", look.glyphs.down), Meaning::Dim).draw(buffer, look, foot, Align::Left);
    }
}

/// What an objective's or a clock's row shows.
pub fn entry(look: &Look, row: &Row) -> Entry {
    let world = look.world();
    match row.id.item {
        Item::Objective(_) => match (world.map.objectives.get(row.index), world.objectives.get(row.index)) {
            (Some(objective), Some(state)) => objective_entry(look, objective, state),
            _ => Entry::default(),
        },
        _ => world.clocks.get(row.index).map_or_else(Entry::default, |clock| clock_entry(look, clock)),
    }
}

fn in_danger(state: &ObjectiveState) -> bool {
    state.alert.is_some() || state.budget_remaining.is_some_and(|left| left <= Decimal::ZERO)
}

/// How many objectives have no figures, and why: too little of their windows was observed.
fn without_figures(look: &Look) -> String {
    let none = |state: &&ObjectiveState| state.state == ObjectiveStatus::NotCovered;
    match look.world().objectives.iter().filter(none).count() {
        _ if look.model.is_waiting() => String::new(),
        0 => String::new(),
        count => format!(", {count} observed too little yet"),
    }
}

fn is_short(clock: &ClockState) -> bool {
    !clock.paused && clock.remaining * 4 < clock.target
}

/// Tone and word of an objective.
pub fn objective_tone(state: &ObjectiveState) -> (Tone, &'static str) {
    match (state.state, state.alert, state.budget_remaining) {
        (_, _, Some(left)) if left <= Decimal::ZERO => (Tone::Critical, "MISSED"),
        (_, Some(Alert::Page), _) => (Tone::Critical, "PAGE"),
        (_, Some(Alert::Ticket), _) => (Tone::Warning, "TICKET"),
        (ObjectiveStatus::NotCovered, ..) => (Tone::Unknown, "NO DATA"),
        (ObjectiveStatus::NoTraffic, ..) => (Tone::Ok, "IDLE"),
        _ => (Tone::Ok, "OK"),
    }
}

/// Tone and word of a clock.
pub fn clock_tone(clock: &ClockState) -> (Tone, &'static str) {
    match clock {
        ClockState { breached: true, .. } => (Tone::Critical, "MISSED"),
        ClockState { done: Some(_), .. } => (Tone::Ok, "MET"),
        ClockState { paused: true, .. } => (Tone::Ok, "PAUSED"),
        ClockState { open: false, .. } => (Tone::Ok, "CLOSED"),
        clock if is_short(clock) => (Tone::Risk, "CLOCK"),
        _ => (Tone::Ok, "CLOCK"),
    }
}

/// The word of a window.
pub fn window(window: Window) -> String {
    match window {
        Window::Rolling(length) if length.num_hours() % 24 == 0 => format!("{}d", length.num_days()),
        Window::Rolling(length) => text::age(length),
        Window::Week => "week".to_owned(),
        Window::Month => "month".to_owned(),
        Window::Quarter => "quarter".to_owned(),
        Window::Year => "year".to_owned(),
    }
}

fn objective_entry(look: &Look, objective: &Objective, state: &ObjectiveState) -> Entry {
    let (tone, word) = objective_tone(state);
    let trust = trust(look, objective);
    let stale = trust == Freshness::Late || state.coverage < Decimal::new(99, 2);
    let meaning = match (stale, tone) {
        (true, _) => Meaning::Stale,
        (_, Tone::Ok) => Meaning::Text,
        _ => tone.meaning(),
    };
    let mark = if stale { look.glyphs.stale } else { "" };
    let none = || look.say(look.glyphs.none, Meaning::Dim);
    let left = match (trust, state.budget_remaining) {
        (Freshness::Lost, _) => look.say(lost_for(look, objective), Meaning::Unknown),
        (_, Some(left)) => look.say(format!("{mark}{}", text::percent(left, 0)), meaning),
        (_, None) => none(),
    };
    let breach = match (state.budget_remaining, state.exhausted_in) {
        (Some(left), _) if left <= Decimal::ZERO => look.say("missed", Meaning::Critical),
        (_, Some(left)) => look.say(text::age(left), meaning),
        _ => none(),
    };
    let burn = |window: TimeDelta| {
        let rate = state.burn.iter().find(|(length, _)| *length == window).and_then(|(_, rate)| *rate);
        rate.map_or_else(none, |rate| look.say(format!("{:.1}", rate.round_dp(1)), meaning))
    };
    let gauge = match state.budget_remaining.filter(|_| trust != Freshness::Lost) {
        Some(left) => meter(look, left, METER, if tone == Tone::Ok { Meaning::Ok } else { tone.meaning() }),
        None => look.say(look.glyphs.line.repeat(METER.into()), Meaning::MeterEmpty),
    };
    let credit = state.credit.as_ref().map(|credit| credit.at_risk).filter(|at_risk| !at_risk.is_zero());
    let name = look.say(objective.id.to_string(), Meaning::Strong).and(
        look,
        format!(" {}", text::target(objective.target)),
        Meaning::Dim,
    );
    let credits = credit.map_or_else(none, |credit| look.say(look.amount(credit), Meaning::Money));
    let pending = trust == Freshness::Pending && tone == Tone::Unknown;
    let cells = vec![
        match (pending, tone) {
            (true, _) => tone::waiting(look),
            (_, Tone::Unknown) => look.say(format!(" {} {word}", look.glyphs.unknown), Meaning::Dim),
            _ => tone::badge(look, tone, word, false),
        },
        name,
        look.say(window(objective.window), Meaning::Dim),
        gauge,
        left,
        breach,
    ];
    let mut cells = cells;
    cells.extend(BURNS.map(|minutes| burn(TimeDelta::minutes(minutes))));
    let attained = state.attained.or(state.felt);
    cells.push(attained.map_or_else(none, |ratio| look.say(text::percent(ratio, 3), Meaning::Dim)));
    cells.push(credits);
    Entry {
        cells,
        below: if pending { Vec::new() } else { vec![objective_note(look, state, &[])] },
        ..Entry::default()
    }
}

fn trust(look: &Look, objective: &Objective) -> Freshness {
    match &objective.source {
        Some(source) => crate::app::atlas::source_freshness(look.world(), source),
        None => look.model.reading.trust(objective.node),
    }
}

/// How long the source of an objective has been lost: it stands where its figure would.
fn lost_for(look: &Look, objective: &Objective) -> String {
    let source =
        objective.source.as_ref().and_then(|name| look.world().sources.iter().find(|source| source.name == *name));
    source.and_then(|source| source.age).map_or_else(|| "lost".to_owned(), |age| format!("?{}", text::age(age)))
}

/// Credit at risk, burn rates and what was reached, as one sentence, without what the columns show.
fn objective_note(look: &Look, state: &ObjectiveState, shown: &[&str]) -> Words {
    let is_shown = |title: &str| shown.contains(&title);
    let mut words = Words::new();
    let credit = state.credit.as_ref().filter(|credit| !credit.at_risk.is_zero() && !is_shown("at risk"));
    if let Some(credit) = credit {
        words.join(look, "credits at risk ", Meaning::Dim);
        words.push(look, format!("{} {}", look.amount(credit.at_risk), look.currency()), Meaning::Money);
    }
    for (window, rate) in &state.burn {
        let wanted = match window.num_minutes() {
            60 => !is_shown("1h"),
            360 => !is_shown("6h"),
            _ => false,
        };
        if let (true, Some(rate)) = (wanted, rate) {
            words.join(look, format!("burn {} ", text::age(*window).trim_end_matches("00m")), Meaning::Dim);
            words.push(look, format!("{:.1}", rate.round_dp(1)), Meaning::Text);
        }
    }
    if let Some(attained) = state.attained.filter(|_| !is_shown("attained")) {
        words.join(look, format!("attained {}", text::percent(attained, 3)), Meaning::Dim);
    }
    match state.state {
        ObjectiveStatus::NoTraffic => words.join(look, "no traffic", Meaning::Dim),
        // Why there is no figure stands once, in the title.
        ObjectiveStatus::NotCovered | ObjectiveStatus::Measured => {}
    }
    words
}

fn clock_entry(look: &Look, clock: &ClockState) -> Entry {
    let world = look.world();
    let (tone, word) = clock_tone(clock);
    let Some(ticket) = world.tickets.get(clock.ticket) else { return Entry::default() };
    let id = ticket_id(world, clock.ticket);
    let meaning = if tone == Tone::Ok { Meaning::Text } else { tone.meaning() };
    let total = clock.target.num_seconds().max(1);
    let left = Decimal::from(clock.remaining.num_seconds()) / Decimal::from(total);
    let name = look.say(ticket_name(&id), Meaning::Strong).and(look, format!(" {}", clock.goal.word()), Meaning::Text);
    let is_done = clock.done.is_some();
    let none = || look.say(look.glyphs.none, Meaning::Dim);
    let remaining = if clock.remaining < TimeDelta::zero() {
        format!("-{}", text::age(-clock.remaining))
    } else {
        text::age(clock.remaining)
    };
    let cells = vec![
        tone::badge(look, tone, word, false),
        name.and(look, format!(" {}", ticket.item.summary), Meaning::Dim),
        look.say(text::age(clock.target).trim_end_matches("00m").trim_end_matches("00h"), Meaning::Dim),
        meter(
            look,
            if is_done { Decimal::ZERO } else { left },
            METER,
            if tone == Tone::Ok { Meaning::Ok } else { meaning },
        ),
        if is_done { none() } else { look.say(text::percent(left, 0), meaning) },
        if is_done { none() } else { look.say(remaining, meaning) },
    ];
    let mut below = look.say(ticket.item.summary.to_string(), Meaning::Text);
    below.join(look, ticket.item.status.to_string(), Meaning::Dim);
    match &ticket.item.owner {
        Some(owner) => below.join(look, owner.to_string(), Meaning::Dim),
        None => below.join(look, "nobody has it", Meaning::Warning),
    }
    if let ClockOrigin::Native(source) = &clock.origin {
        below.join(look, format!("clock of {source}"), Meaning::Dim);
    }
    Entry { cells, below: vec![below], ..Entry::default() }
}

/// A promise for the wall.
pub struct Promise {
    /// What it is called, the best name first.
    pub names: Vec<String>,
    /// How bad.
    pub tone: Tone,
    /// The word of that.
    pub word: &'static str,
    /// What is left, and of what.
    pub figure: (String, String),
    /// What to know of it.
    pub lines: Vec<String>,
}

/// What the wall shows of an objective or a clock.
pub fn promise(look: &Look, row: &Row) -> Option<Promise> {
    let world = look.world();
    if let Item::Objective(_) = row.id.item {
        let (objective, state) = (world.map.objectives.get(row.index)?, world.objectives.get(row.index)?);
        let (tone, word) = objective_tone(state);
        let node = world.map.nodes.get(objective.node).map_or("", |node| node.name.as_str());
        let left = state.budget_remaining.map_or_else(|| look.glyphs.none.to_owned(), |left| text::percent(left, 0));
        let breach = match (state.budget_remaining, state.exhausted_in) {
            (Some(left), _) if left <= Decimal::ZERO => "used up".to_owned(),
            (_, Some(left)) => format!("used up in {}", text::age(left)),
            _ => "no end in sight".to_owned(),
        };
        let mut words = objective_note(look, state, &[]).text();
        if words.is_empty() {
            words.push_str("not observed long enough");
        }
        return Some(Promise {
            names: vec![objective.id.to_string()],
            tone,
            word,
            figure: (left.replace(' ', ""), "of the budget left".to_owned()),
            lines: vec![
                format!(
                    "{node} {} a {}{}{breach}",
                    text::target(objective.target),
                    window(objective.window),
                    look.glyphs.dot
                ),
                words,
            ],
        });
    }
    let clock = world.clocks.get(row.index)?;
    let (tone, word) = clock_tone(clock);
    let ticket = world.tickets.get(clock.ticket)?;
    let name = ticket_name(&ticket_id(world, clock.ticket));
    let owner = ticket.item.owner.as_deref().unwrap_or("nobody has it");
    Some(Promise {
        // Of a number it is the end that tells it from others.
        names: vec![name.clone(), name.rsplit([' ', '-']).next().unwrap_or_default().to_owned()],
        tone,
        word,
        figure: (text::age(clock.remaining), format!("left to {}", clock.goal.word())),
        lines: vec![ticket.item.summary.to_string(), format!("{}{}{owner}", ticket.item.status, look.glyphs.dot)],
    })
}

/// The promise that will be missed first, as name and time left; for big digits.
pub fn first(look: &Look) -> Option<(String, String, Tone)> {
    let world = look.world();
    let objectives = world.map.objectives.iter().zip(&world.objectives).filter_map(|(objective, state)| {
        let left = match state.budget_remaining {
            Some(left) if left <= Decimal::ZERO => TimeDelta::zero(),
            _ => state.exhausted_in?,
        };
        let name = format!("{} {}", objective.id, text::target(objective.target));
        Some((left, name, objective_tone(state).0))
    });
    let clocks = world.clocks.iter().filter(|clock| clock.done.is_none() && !clock.paused).map(|clock| {
        let ticket = ticket_name(&ticket_id(world, clock.ticket));
        (clock.remaining, format!("{ticket} {}", clock.goal.word()), clock_tone(clock).0)
    });
    let (left, name, tone) = objectives.chain(clocks).min_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)))?;
    let left = if left <= TimeDelta::zero() { "MISSED".to_owned() } else { text::age(left) };
    Some((left, name, tone))
}

/// What is said where [`first`] finds none: of objectives without figures nobody knows.
pub fn none_in_sight(look: &Look) -> &'static str {
    let is_known = |state: &ObjectiveState| state.state != ObjectiveStatus::NotCovered;
    if look.world().objectives.iter().all(is_known) { "no breach in sight" } else { "breaches are not known" }
}

/// A line of a pane, for places that show one promise without a list.
pub fn first_line(buffer: &mut Buffer, look: &Look, area: Rect) {
    if let Some((left, name, tone)) = first(look) {
        let words = look.say("first breach ", Meaning::Dim).and(look, name, Meaning::Text);
        words.and(look, format!(" {left}"), tone.meaning()).draw(buffer, look, line(area, 0), Align::Brief);
    }
}
