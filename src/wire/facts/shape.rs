//! The shape of facts: every field, and how it becomes a value of the domain.
//!
//! Invariant: what is read here can be converted without a loss and without a panic; names, instants and stretches are
//! checked afterwards, together.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use serde::Deserialize;

use super::value::{
    Assumed, Duration, Exact, Pause, Seconds, fresh, freshness, handling, severity, severity_or_unknown, share, unique,
};
use crate::domain::facts::{
    Change, Exclusion, Facts, Freshness, HistoryEntry, LabelList, MaintenanceFact, MeasuredSample, NativeClock,
    ObjectiveFacts, Series, Signal, SourceFact, Ticket,
};
use crate::domain::id::{NodeId, ObjectiveId, SourceName, SpendId};
use crate::domain::map::Goal;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::{Instant, Span};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactsWire {
    at: Instant,
    #[serde(default, deserialize_with = "unique")]
    sources: BTreeMap<String, SourceWire>,
    #[serde(default)]
    pub(super) signals: Vec<SignalWire>,
    #[serde(default)]
    tickets: Vec<TicketWire>,
    #[serde(default, deserialize_with = "unique")]
    checks: BTreeMap<String, Vec<SeriesWire>>,
    #[serde(default, deserialize_with = "unique")]
    objectives: BTreeMap<String, ObjectiveWire>,
    #[serde(default, deserialize_with = "unique")]
    measured: BTreeMap<String, MeasuredWire>,
    #[serde(default)]
    history: Vec<HistoryWire>,
    covered: Option<Vec<(Instant, Instant)>>,
    #[serde(default)]
    maintenance: Vec<MaintenanceWire>,
    #[serde(default)]
    changes: Vec<ChangeWire>,
    #[serde(default, deserialize_with = "unique")]
    spend: BTreeMap<String, SpendWire>,
    #[serde(default, deserialize_with = "unique")]
    assume: BTreeMap<String, Assumed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceWire {
    #[serde(default = "fresh", deserialize_with = "freshness")]
    freshness: Freshness,
    age_s: Option<Seconds>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignalWire {
    source: String,
    id: Option<String>,
    #[serde(default, deserialize_with = "unique")]
    labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "severity")]
    pub(super) severity: Option<Severity>,
    #[serde(default)]
    pub(super) unknown: bool,
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
    #[serde(default, deserialize_with = "unique")]
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
    paused: Vec<Pause>,
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
    elapsed_s: Seconds,
    remaining_s: Seconds,
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
    #[serde(default, deserialize_with = "unique")]
    windows: BTreeMap<Duration, Exact>,
    #[serde(default, deserialize_with = "unique")]
    window_totals: BTreeMap<Duration, Exact>,
    #[serde(default)]
    excluded: Vec<ExcludedWire>,
    #[serde(default)]
    slices: Vec<(Exact, Exact)>,
    #[serde(default, deserialize_with = "share")]
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
    #[serde(deserialize_with = "severity_or_unknown")]
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
    #[serde(default, deserialize_with = "unique")]
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
        Self { age: wire.age_s.map(|age| age.0), error: wire.error, ..Self::of(wire.freshness) }
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
            elapsed: it.elapsed_s.0,
            remaining: it.remaining_s.0,
            paused: it.paused,
            breached: it.breached.unwrap_or(it.remaining_s.0 <= TimeDelta::zero()),
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
            paused: wire.paused.into_iter().map(|pause| pause.0).collect(),
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
