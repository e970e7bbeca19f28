//! `bsmtop check --online`: what each source yields now. Counts, samples with the labels that matchers may name, what
//! belongs to no node, words without a severity, clocks that differ, rights that are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Result, bail};

use super::super::print;
use crate::config::Config;
use crate::domain::facts::{LabelList, Signal};
use crate::domain::id::SourceName;
use crate::domain::observation::{FiguresReport, Observation, StateReport, Update};
use crate::domain::severity::{Handling, Severity};
use crate::domain::world::World;
use crate::domain::write::WriteKind;
use crate::runtime::once::{self, Look};
use crate::sources::plan::Plan;
use crate::sources::settings::Settings;

/// The exit code where a source does not answer, or not with all of it.
const WRONG: u8 = 1;
/// The most samples of a kind.
const SAMPLES: usize = 3;
/// The most labels and values that are listed of what belongs to no node.
const LISTED: usize = 6;

/// What a source said.
#[derive(Default)]
struct Heard {
    state: Option<StateReport>,
    figures: Option<FiguresReport>,
    errors: Vec<String>,
}

pub(super) fn run(mut config: Config, only: Option<&str>, patience: Duration) -> Result<u8> {
    if let Some(name) = only {
        let known: Vec<&str> = config.sources.iter().map(|source| source.name.as_str()).collect();
        if !known.contains(&name) {
            bail!("no source is called {name:?}; there are {}", known.join(", "));
        }
        config.sources.retain(|source| source.name.as_str() == name);
    }
    let sources = config.sources.clone();
    let mut heard: BTreeMap<SourceName, Heard> = BTreeMap::new();
    let Look { world, silent, .. } = once::look(config, patience, None, |update| hear(&mut heard, update))?;
    let mut text = String::new();
    let mut all_well = true;
    for settings in &sources {
        let said = heard.remove(&settings.name).unwrap_or_default();
        let mut errors = said.errors.clone();
        if silent.contains(&settings.name) && errors.is_empty() {
            errors.push(format!("no answer within {} s", patience.as_secs()));
        }
        all_well &= errors.is_empty() && said.figures.as_ref().is_none_or(|figures| figures.failures.is_empty());
        text.push('\n');
        text.push_str(&told(settings, &said, &errors, &world));
    }
    print(&text)?;
    Ok(if all_well { 0 } else { WRONG })
}

fn hear(heard: &mut BTreeMap<SourceName, Heard>, update: &Update) {
    let said = heard.entry(update.source.clone()).or_default();
    match &update.observation {
        Observation::State(report) => said.state = Some(report.clone()),
        Observation::Figures(report) => said.figures = Some(report.clone()),
        Observation::Failed(error) if !said.errors.contains(error) => said.errors.push(error.clone()),
        Observation::Failed(_) => {}
    }
}

/// What a source yields, as text.
fn told(settings: &Settings, said: &Heard, errors: &[String], world: &World) -> String {
    let mut text = format!("{} ({})\n", settings.name, settings.type_word);
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "  {key:<10}{value}"); // writing to a String cannot fail
    };
    for error in errors {
        line("error", error);
    }
    if let Some(state) = &said.state {
        signals(&state.signals, &mut line);
        let open = state.tickets.iter().filter(|ticket| ticket.open).count();
        if !state.tickets.is_empty() {
            let clocked = state.tickets.iter().filter(|ticket| !ticket.native.is_empty()).count();
            let clocked = if clocked > 0 { format!(", {clocked} with clocks of their own") } else { String::new() };
            line(
                "tickets",
                &format!("{}: {open} open, {} done{clocked}", state.tickets.len(), state.tickets.len() - open),
            );
        }
        for ticket in state.tickets.iter().take(SAMPLES) {
            line("", &format!("{} {} · {}", ticket.id, ticket.summary, labels(&ticket.labels)));
        }
        if !state.changes.is_empty() {
            line("changes", &state.changes.len().to_string());
        }
        for change in state.changes.iter().take(SAMPLES) {
            let from = change.window.start.format("%Y-%m-%d %H:%M");
            line("", &format!("{} {} · {from} UTC · {}", change.id, change.summary, labels(&change.labels)));
        }
        if !state.maintenance.is_empty() {
            line("upkeep", &format!("{} windows of maintenance", state.maintenance.len()));
        }
        let nothing = state.signals.is_empty() && state.tickets.is_empty() && state.changes.is_empty();
        if nothing && said.figures.is_none() {
            line("nothing", "it answers and has nothing to say now");
        }
        unmapped(&settings.name, state, world, &mut line);
        for missing in &state.missing_heartbeats {
            line("heartbeat", &format!("{missing} is not firing: the source counts as lost"));
        }
        if !state.unknown_words.is_empty() {
            let words = state.unknown_words.join(", ");
            line(
                "words",
                &format!("count as warning, as no table has them: {words}; severity = {{ … }} says what they are"),
            );
        }
        state.notes.iter().for_each(|note| line("note", note));
    }
    if let Some(found) = &said.figures {
        figures(&settings.name, found, world, &mut line);
    }
    if settings.write {
        let kinds =
            world.map.sources.iter().find(|source| source.name == settings.name).map(|source| source.writes.kinds);
        let kinds: Vec<&str> = kinds.iter().flat_map(|kinds| kinds.iter()).map(WriteKind::word).collect();
        let kinds = if kinds.is_empty() { "nothing: this type can't".to_owned() } else { kinds.join(", ") };
        line("write", &format!("{kinds}; whether the account may is seen when it is done"));
    }
    text
}

fn signals(signals: &[std::sync::Arc<Signal>], line: &mut impl FnMut(&str, &str)) {
    if signals.is_empty() {
        return;
    }
    let mut counts: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| (severity, signals.iter().filter(|it| !it.unknown && it.severity == severity).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let unknown = signals.iter().filter(|signal| signal.unknown).count();
    if unknown > 0 {
        counts.push(format!("{unknown} unknown"));
    }
    for (handling, word) in [(Handling::Acknowledged, "acknowledged"), (Handling::Maintenance, "in maintenance")] {
        let count = signals.iter().filter(|signal| signal.handling == handling).count();
        if count > 0 {
            counts.push(format!("{count} {word}"));
        }
    }
    line("signals", &format!("{}: {}", signals.len(), counts.join(", ")));
    let mut worst: Vec<&Signal> = signals.iter().map(|signal| &**signal).collect();
    worst.sort_by_key(|signal| std::cmp::Reverse(signal.severity));
    for signal in worst.into_iter().take(SAMPLES) {
        let word = if signal.unknown { "unknown" } else { signal.severity.word() };
        line("", &format!("{word} {} · {}", signal.summary, labels(&signal.labels)));
    }
}

fn labels(labels: &LabelList) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
}

/// What of a source belongs to no node, and which labels a matcher could take it by.
fn unmapped(source: &SourceName, state: &StateReport, world: &World, line: &mut impl FnMut(&str, &str)) {
    let signals = world.signals.iter().filter(|it| it.item.source == *source && it.nodes.is_empty());
    let tickets = world.tickets.iter().filter(|it| it.item.source == *source && it.nodes.is_empty());
    let changes = world.changes.iter().filter(|it| it.item.source == *source && it.nodes.is_empty());
    let lists: Vec<(&str, usize, Vec<&LabelList>)> = vec![
        ("signals", state.signals.len(), signals.map(|it| &it.item.labels).collect()),
        ("tickets", state.tickets.len(), tickets.map(|it| &it.item.labels).collect()),
        ("changes", state.changes.len(), changes.map(|it| &it.item.labels).collect()),
    ];
    for (what, all, lists) in lists.into_iter().filter(|(_, _, lists)| !lists.is_empty()) {
        line("unmapped", &format!("{} of {all} {what} belong to no node of the map", lists.len()));
        let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (key, value) in lists.iter().flat_map(|labels| labels.iter()) {
            values.entry(key).or_default().insert(value);
        }
        for (key, values) in values.into_iter().take(2 * LISTED) {
            let more = values.len().saturating_sub(LISTED);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            let values = values.into_iter().take(LISTED).collect::<Vec<_>>().join(", ");
            line("", &format!("{key}: {values}{more}"));
        }
    }
}

fn figures(source: &SourceName, found: &FiguresReport, world: &World, line: &mut impl FnMut(&str, &str)) {
    let plan = Plan::of(&world.map, source);
    let counts = [
        ("checks", found.checks.len(), plan.checks.len()),
        ("measured", found.measured.len(), plan.measured.len()),
        ("objectives", found.objectives.len(), plan.objectives.len()),
        ("spend", found.spend.len(), plan.spends.len() + plan.bills.len()),
    ];
    let asked = counts.into_iter().filter(|(_, _, asked)| *asked > 0);
    let told = asked.map(|(what, answered, asked)| format!("{answered} of {asked} {what}")).collect::<Vec<_>>();
    line("figures", &format!("{} answered", told.join(", ")));
    for (id, money) in found.spend.iter().take(SAMPLES) {
        line("", &format!("spend {id}: {} {} since the month began", money.round_dp(2), world.map.currency));
    }
    found.failures.iter().for_each(|failure| line("failed", failure));
}
