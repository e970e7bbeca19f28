//! Reads facts: strict, so that a misspelt field is an error and not a silent nothing.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::domain::facts::{
    Change, Exclusion, Facts, Freshness, HistoryEntry, LabelList, MaintenanceFact, MeasuredSample, NativeClock,
    ObjectiveFacts, Series, Signal, SourceFact, Ticket,
};
use crate::domain::id::{NodeId, ObjectiveId, SourceName, SpendId};
use crate::domain::map::{Goal, Map};
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::{Instant, Span};

/// Why facts can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// It is no JSON of this shape.
    #[error(transparent)]
    Shape(#[from] serde_json::Error),
    /// A signal says neither how bad it is nor that it does not know.
    #[error("signals: number {0} has no severity; give one, or `unknown: true`")]
    NoSeverity(usize),
    /// Two things cannot be told apart.
    #[error("{place}: {id:?} comes twice; an id is one thing of its source")]
    Twice {
        /// Which field.
        place: &'static str,
        /// The name of both, as `source:id`.
        id: String,
    },
    /// It names something that the map does not have.
    #[error("{place}: the map has no {kind} {id:?}{hint}")]
    NoSuch {
        /// Which field.
        place: &'static str,
        /// What is missing.
        kind: &'static str,
        /// The name given.
        id: String,
        /// The nearest name that exists, if one is near.
        hint: String,
    },
}

/// Reads facts from JSON text and checks the names in them against a map.
pub fn read(text: &str, map: &Map) -> Result<Facts, FactsError> {
    checked(serde_json::from_str(text)?, map)
}

/// Reads facts from a JSON value and checks the names in them against a map.
pub fn from_value(value: serde_json::Value, map: &Map) -> Result<Facts, FactsError> {
    checked(serde_json::from_value(value)?, map)
}

fn checked(wire: FactsWire, map: &Map) -> Result<Facts, FactsError> {
    if let Some(number) = wire.signals.iter().position(|signal| signal.severity.is_none() && !signal.unknown) {
        return Err(FactsError::NoSeverity(number + 1));
    }
    let facts = Facts::from(wire);
    let node =
        |place, id: &NodeId| known(place, "node", id.as_str(), map.named_nodes().map(|(_, node)| node.id.as_str()));
    facts.history.iter().try_for_each(|entry| node("history", &entry.node))?;
    facts.measured.keys().try_for_each(|id| node("measured", id))?;
    facts.checks.keys().try_for_each(|id| node("checks", id))?;
    facts.assume.keys().try_for_each(|id| node("assume", id))?;
    facts.maintenance.iter().flat_map(|it| &it.nodes).try_for_each(|id| node("maintenance", id))?;
    facts.changes.iter().flat_map(|it| &it.nodes).try_for_each(|id| node("changes", id))?;
    let source = |place, name: &SourceName| {
        known(place, "source", name.as_str(), map.sources.iter().map(|source| source.name.as_str()))
    };
    facts.sources.keys().try_for_each(|name| source("sources", name))?;
    facts.signals.iter().try_for_each(|signal| source("signals", &signal.source))?;
    facts.tickets.iter().try_for_each(|ticket| source("tickets", &ticket.source))?;
    facts.changes.iter().try_for_each(|change| source("changes", &change.source))?;
    once("signals", facts.signals.iter().map(|signal| (&signal.source, &*signal.id)))?;
    once("tickets", facts.tickets.iter().map(|ticket| (&ticket.source, &*ticket.id)))?;
    let objectives = || map.objectives.iter().map(|objective| objective.id.as_str());
    facts.objectives.keys().try_for_each(|id| known("objectives", "objective", id.as_str(), objectives()))?;
    let spends = || map.spends.iter().map(|spend| spend.id.as_str());
    facts.spend.keys().try_for_each(|id| known("spend", "spend", id.as_str(), spends()))?;
    Ok(facts)
}

/// Each thing is there once: two of one name would be two causes that nobody can tell apart.
fn once<'a>(place: &'static str, names: impl Iterator<Item = (&'a SourceName, &'a str)>) -> Result<(), FactsError> {
    let mut seen = HashSet::new();
    for (source, id) in names {
        if !seen.insert((source, id)) {
            return Err(FactsError::Twice { place, id: format!("{source}:{id}") });
        }
    }
    Ok(())
}

fn known<'a>(
    place: &'static str,
    kind: &'static str,
    id: &str,
    mut names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), FactsError> {
    if names.clone().any(|name| name == id) {
        return Ok(());
    }
    let hint =
        names.find(|name| name.starts_with(id) || id.starts_with(name)).map(|name| format!("; did you mean {name:?}?"));
    Err(FactsError::NoSuch { place, kind, id: id.to_owned(), hint: hint.unwrap_or_default() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactsWire {
    at: Instant,
    #[serde(default)]
    sources: BTreeMap<String, SourceWire>,
    #[serde(default)]
    signals: Vec<SignalWire>,
    #[serde(default)]
    tickets: Vec<TicketWire>,
    #[serde(default)]
    checks: BTreeMap<String, Vec<SeriesWire>>,
    #[serde(default)]
    objectives: BTreeMap<String, ObjectiveWire>,
    #[serde(default)]
    measured: BTreeMap<String, MeasuredWire>,
    #[serde(default)]
    history: Vec<HistoryWire>,
    covered: Option<Vec<(Instant, Instant)>>,
    #[serde(default)]
    maintenance: Vec<MaintenanceWire>,
    #[serde(default)]
    changes: Vec<ChangeWire>,
    #[serde(default)]
    spend: BTreeMap<String, SpendWire>,
    #[serde(default)]
    assume: BTreeMap<String, AssumedWire>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceWire {
    #[serde(default = "fresh", deserialize_with = "freshness")]
    freshness: Freshness,
    age_s: Option<i64>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalWire {
    source: String,
    id: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "severity")]
    severity: Option<Severity>,
    #[serde(default)]
    unknown: bool,
    #[serde(default, deserialize_with = "handling")]
    handling: Handling,
    since: Option<Instant>,
    #[serde(default)]
    summary: String,
    link: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TicketWire {
    source: String,
    id: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    summary: String,
    owner: Option<String>,
    created: Option<Instant>,
    responded: Option<Instant>,
    updated: Option<Instant>,
    resolved: Option<Instant>,
    due: Option<Instant>,
    #[serde(default)]
    paused: Vec<(Instant, Option<Instant>)>,
    #[serde(default)]
    native: NativesWire,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct NativesWire {
    respond: Option<NativeWire>,
    update: Option<NativeWire>,
    resolve: Option<NativeWire>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NativeWire {
    elapsed_s: i64,
    remaining_s: i64,
    #[serde(default)]
    paused: bool,
    breached: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesWire {
    #[serde(default)]
    key: String,
    value: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectiveWire {
    errors: Option<Exact>,
    good: Option<Exact>,
    total: Option<Exact>,
    #[serde(default)]
    windows: BTreeMap<Duration, Exact>,
    #[serde(default)]
    window_totals: BTreeMap<Duration, Exact>,
    #[serde(default)]
    excluded: Vec<ExcludedWire>,
    #[serde(default)]
    slices: Vec<(Exact, Exact)>,
    coverage: Option<Exact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExcludedWire {
    start: Instant,
    end: Instant,
    errors: Exact,
    total: Exact,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasuredWire {
    actual: Exact,
    expected: Exact,
    at: Instant,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryWire {
    node: String,
    at: Instant,
    #[serde(deserialize_with = "severity")]
    severity: Option<Severity>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MaintenanceWire {
    nodes: Vec<String>,
    start: Instant,
    end: Instant,
    #[serde(default)]
    excluded: bool,
    summary: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeWire {
    source: String,
    id: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    nodes: Vec<String>,
    start: Instant,
    end: Instant,
    #[serde(default)]
    summary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpendWire {
    to_date: Exact,
}

/// A severity, or `unknown`.
struct AssumedWire(Option<Severity>);

impl<'de> Deserialize<'de> for AssumedWire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        if word == "unknown" { Ok(Self(None)) } else { severity_of(&word).map(|severity| Self(Some(severity))) }
    }
}

/// A decimal, as a string or, where a person wrote it, as a number.
#[derive(Clone, Copy)]
struct Exact(Decimal);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Number(serde_json::Number),
        }
        let text = match Either::deserialize(deserializer)? {
            Either::Text(text) => text,
            Either::Number(number) => number.to_string(),
        };
        let parsed = text.parse().or_else(|_| Decimal::from_scientific(&text));
        parsed.map(Self).map_err(|error| D::Error::custom(format!("{text:?} is no decimal: {error}")))
    }
}

/// `5m`, `1h`, `3d`: the key of a burn window.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Duration(TimeDelta);

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        duration(&text).map(Self).ok_or_else(|| D::Error::custom(format!("{text:?} is no duration such as \"5m\"")))
    }
}

/// The duration of a text such as `90s`, `5m`, `1h`, `3d`, `4w`.
pub fn duration(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    TimeDelta::try_seconds(number.parse::<i64>().ok().filter(|number| *number > 0)?.checked_mul(seconds)?)
}

const fn fresh() -> Freshness {
    Freshness::Fresh
}

fn freshness<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Freshness, D::Error> {
    let word = String::deserialize(deserializer)?;
    Freshness::parse(&word).ok_or_else(|| D::Error::custom(format!("{word:?} is none of fresh, pending, late, lost")))
}

fn severity_of<E: serde::de::Error>(word: &str) -> Result<Severity, E> {
    let words = || Severity::ALL.map(Severity::word).join(", ");
    Severity::parse(word).ok_or_else(|| E::custom(format!("{word:?} is no severity; the severities are {}", words())))
}

fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Severity>, D::Error> {
    Option::<String>::deserialize(deserializer)?.map(|word| severity_of(&word)).transpose()
}

fn handling<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Handling, D::Error> {
    let word = String::deserialize(deserializer)?;
    Handling::parse(&word)
        .ok_or_else(|| D::Error::custom(format!("{word:?} is none of none, acknowledged, maintenance")))
}

fn labels(labels: BTreeMap<String, String>) -> LabelList {
    labels.into_iter().map(|(key, value)| (Arc::from(key), Arc::from(value))).collect()
}

impl From<FactsWire> for Facts {
    fn from(wire: FactsWire) -> Self {
        let numbered = |(number, signal): (usize, SignalWire)| Arc::new(signal.into_signal(number));
        Self {
            at: wire.at,
            sources: wire.sources.into_iter().map(|(name, source)| (SourceName::from(name), source.into())).collect(),
            signals: wire.signals.into_iter().enumerate().map(numbered).collect(),
            tickets: wire.tickets.into_iter().map(|ticket| Arc::new(as_of(ticket.into(), wire.at))).collect(),
            changes: wire.changes.into_iter().map(|change| Arc::new(change.into())).collect(),
            checks: wire
                .checks
                .into_iter()
                .map(|(id, series)| (NodeId::from(id), series.into_iter().map(Into::into).collect()))
                .collect(),
            objectives: wire
                .objectives
                .into_iter()
                .map(|(id, counts)| (ObjectiveId::from(id), counts.into()))
                .collect(),
            measured: wire.measured.into_iter().map(|(id, sample)| (NodeId::from(id), sample.into())).collect(),
            history: wire.history.into_iter().map(Into::into).collect(),
            covered: wire.covered.map(|spans| spans.into_iter().map(|(start, end)| Span::new(start, end)).collect()),
            maintenance: wire.maintenance.into_iter().map(Into::into).collect(),
            spend: wire.spend.into_iter().map(|(id, spend)| (SpendId::from(id), spend.to_date.0)).collect(),
            assume: wire.assume.into_iter().map(|(id, assumed)| (NodeId::from(id), assumed.0)).collect(),
        }
    }
}

impl From<SourceWire> for SourceFact {
    fn from(wire: SourceWire) -> Self {
        Self { age: wire.age_s.map(TimeDelta::seconds), error: wire.error, ..Self::of(wire.freshness) }
    }
}

impl SignalWire {
    /// A signal without an id is named by its place in the list, from 1.
    fn into_signal(self, number: usize) -> Signal {
        Signal {
            source: SourceName::from(self.source),
            id: self.id.unwrap_or_else(|| format!("#{}", number + 1)).into(),
            labels: labels(self.labels),
            severity: self.severity.unwrap_or_default(),
            unknown: self.unknown,
            handling: self.handling,
            handled_by: None,
            since: self.since,
            summary: self.summary.into(),
            link: self.link.map(Into::into),
        }
    }
}

/// Who asks of an earlier instant is told what was so then.
fn as_of(ticket: Ticket, at: Instant) -> Ticket {
    Ticket { open: ticket.resolved.is_none_or(|resolved| resolved > at), ..ticket }
}

impl From<TicketWire> for Ticket {
    fn from(wire: TicketWire) -> Self {
        let natives = [
            (Goal::Respond, wire.native.respond),
            (Goal::Update, wire.native.update),
            (Goal::Resolve, wire.native.resolve),
        ];
        let native = |it: NativeWire| NativeClock {
            elapsed: TimeDelta::seconds(it.elapsed_s),
            remaining: TimeDelta::seconds(it.remaining_s),
            paused: it.paused,
            breached: it.breached.unwrap_or(it.remaining_s <= 0),
            ..NativeClock::default()
        };
        Self {
            source: SourceName::from(wire.source),
            id: wire.id.into(),
            labels: labels(wire.labels),
            summary: wire.summary.into(),
            status: wire.status.into(),
            open: wire.resolved.is_none(),
            owner: wire.owner.map(Into::into),
            created: wire.created,
            responded: wire.responded,
            updated: wire.updated,
            resolved: wire.resolved,
            due: wire.due,
            paused: wire.paused,
            native: natives.into_iter().filter_map(|(goal, wire)| wire.map(|wire| (goal, native(wire)))).collect(),
            link: None,
        }
    }
}

impl From<SeriesWire> for Series {
    fn from(wire: SeriesWire) -> Self {
        Self { key: wire.key.into(), value: wire.value.unwrap_or(f64::NAN) }
    }
}

impl From<ObjectiveWire> for ObjectiveFacts {
    fn from(wire: ObjectiveWire) -> Self {
        let exact = |it: Option<Exact>| it.map(|Exact(number)| number);
        let by_window =
            |map: BTreeMap<Duration, Exact>| map.into_iter().map(|(window, number)| (window.0, number.0)).collect();
        let excluded =
            |it: ExcludedWire| Exclusion { span: Span::new(it.start, it.end), errors: it.errors.0, total: it.total.0 };
        Self {
            errors: exact(wire.errors),
            good: exact(wire.good),
            total: exact(wire.total),
            windows: by_window(wire.windows),
            window_totals: by_window(wire.window_totals),
            excluded: wire.excluded.into_iter().map(excluded).collect(),
            slices: wire.slices.into_iter().map(|(errors, total)| (errors.0, total.0)).collect(),
            coverage: exact(wire.coverage),
            course: Vec::new(),
            recorded: None,
        }
    }
}

impl From<MeasuredWire> for MeasuredSample {
    fn from(wire: MeasuredWire) -> Self {
        Self { actual: wire.actual.0, expected: wire.expected.0, at: wire.at }
    }
}

impl From<HistoryWire> for HistoryEntry {
    fn from(wire: HistoryWire) -> Self {
        Self { node: NodeId::from(wire.node), at: wire.at, severity: wire.severity }
    }
}

impl From<MaintenanceWire> for MaintenanceFact {
    fn from(wire: MaintenanceWire) -> Self {
        let nodes = wire.nodes.into_iter().map(NodeId::from).collect();
        Self { nodes, span: Span::new(wire.start, wire.end), excluded: wire.excluded, summary: wire.summary }
    }
}

impl From<ChangeWire> for Change {
    fn from(wire: ChangeWire) -> Self {
        Self {
            source: SourceName::from(wire.source),
            id: wire.id.into(),
            labels: labels(wire.labels),
            nodes: wire.nodes.into_iter().map(NodeId::from).collect(),
            window: Span::new(wire.start, wire.end),
            summary: wire.summary.into(),
        }
    }
}
