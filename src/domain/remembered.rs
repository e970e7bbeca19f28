//! A stretch of the past: everything that history holds about it, for a screen or a report.
//!
//! Invariant: nothing in it lies wholly outside of [`Remembered::span`]; what nobody covered is in no figure.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::facts::{Change, MaintenanceFact};
use super::history::{Accrual, AuditEntry, Incident, Recorded, Step};
use super::id::{CauseId, NodeId};
use super::money::CostRange;
use super::severity::{Severity, Shown};
use super::span::{Instant, Span, Spans};

/// Everything that history holds about a stretch of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remembered {
    /// The stretch.
    pub span: Span,
    /// When in it anybody looked.
    pub covered: Spans,
    /// Incidents of processes that were on in it, by their beginning.
    pub incidents: Vec<Incident>,
    /// The states of nodes, each from the step that held at the beginning on.
    pub steps: BTreeMap<NodeId, Vec<Step>>,
    /// Money lost by processes, cut at both ends.
    pub accruals: BTreeMap<NodeId, Vec<Accrual>>,
    /// Changes whose window reaches into it.
    pub changes: Vec<Recorded<Change>>,
    /// Maintenance that sources reported and whose window reaches into it.
    pub maintenance: Vec<Recorded<MaintenanceFact>>,
    /// What was done through the console.
    pub audit: Vec<AuditEntry>,
    /// Instants at which something happened that an operator would see, sorted: as of when it was seen.
    pub turns: Vec<Instant>,
    /// When it was first seen what signals told to have begun at an instant, where that was later.
    pub seen: BTreeMap<Instant, Instant>,
}

/// How long a node was how, within a stretch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Dwelt {
    /// Time at each severity, by level.
    pub at: [TimeDelta; 7],
    /// Time in which it was not known whether it was well, or in which nobody looked.
    pub unknown: TimeDelta,
}

impl Dwelt {
    /// Time of which the state is known.
    pub fn known(&self) -> TimeDelta {
        self.at.iter().fold(TimeDelta::zero(), |sum, time| sum + *time)
    }

    /// Time at or above a severity.
    pub fn from(&self, severity: Severity) -> TimeDelta {
        self.at[usize::from(severity.level())..].iter().fold(TimeDelta::zero(), |sum, time| sum + *time)
    }

    /// The share of the known time in which it was not major or critical; `None` where nothing is known.
    pub fn available(&self) -> Option<Decimal> {
        let known = super::exact::seconds(self.known());
        super::exact::over(known - super::exact::seconds(self.from(Severity::Major)), known)
    }

    /// The share of the time of which the state is known.
    pub fn coverage(&self) -> Decimal {
        let known = super::exact::seconds(self.known());
        super::exact::over(known, known + super::exact::seconds(self.unknown)).unwrap_or(Decimal::ONE)
    }

    /// The worst it was; `None` where nothing is known.
    pub fn worst(&self) -> Option<Severity> {
        Severity::ALL.into_iter().rev().find(|severity| self.at[usize::from(severity.level())] > TimeDelta::zero())
    }
}

impl Remembered {
    /// A stretch of which nothing is known.
    pub fn nothing(span: Span) -> Self {
        Self {
            span,
            covered: Spans::default(),
            incidents: Vec::new(),
            steps: BTreeMap::new(),
            accruals: BTreeMap::new(),
            changes: Vec::new(),
            maintenance: Vec::new(),
            audit: Vec::new(),
            turns: Vec::new(),
            seen: BTreeMap::new(),
        }
    }

    /// When it was seen what began at an instant.
    pub fn seen(&self, began: Instant) -> Instant {
        self.seen.get(&began).copied().unwrap_or(began)
    }

    /// The states of a node with how long each lasted, `None` where nobody looked; the whole stretch, in order.
    pub fn pieces(&self, node: &NodeId) -> Vec<(Span, Option<Step>)> {
        let steps = self.steps.get(node).map_or(&[][..], Vec::as_slice);
        let first = steps.first().map_or(self.span.end, |step| step.at.clamp(self.span.start, self.span.end));
        let mut pieces = vec![(Span::new(self.span.start, first), None)];
        for (at, step) in steps.iter().enumerate() {
            let end = steps.get(at + 1).map_or(self.span.end, |next| next.at);
            let span = Span::new(step.at.max(self.span.start), end.min(self.span.end));
            pieces.push((span, step.state.is_some().then(|| step.clone())));
        }
        pieces.retain(|(span, _)| !span.is_empty());
        pieces
    }

    /// How long a node was how.
    pub fn dwelt(&self, node: &NodeId) -> Dwelt {
        let mut dwelt = Dwelt::default();
        for (span, step) in self.pieces(node) {
            let slot = match step.and_then(|step| step.state).map(|state| state.interval.shown()) {
                Some(Shown::Severity(severity)) => &mut dwelt.at[usize::from(severity.level())],
                Some(Shown::Unknown) | None => &mut dwelt.unknown,
            };
            *slot += span.length();
        }
        dwelt
    }

    /// The money that a process lost.
    pub fn lost(&self, process: &NodeId) -> CostRange {
        self.accruals.get(process).map_or_else(CostRange::default, |accruals| Accrual::sum(accruals, self.span))
    }

    /// The money that all processes lost.
    pub fn lost_in_all(&self) -> CostRange {
        Accrual::sum(self.accruals.values().flatten(), self.span)
    }

    /// The money by cause, the dearest first: of each stretch an equal part for each of its causes.
    pub fn by_cause(&self) -> Vec<(CauseId, CostRange)> {
        let mut parts: BTreeMap<CauseId, CostRange> = BTreeMap::new();
        for accrual in self.accruals.values().flatten() {
            let (money, count) = (accrual.second_money(self.span), Decimal::from(accrual.causes.len().max(1)));
            for cause in accrual.causes.iter() {
                parts
                    .entry(cause.clone())
                    .or_default()
                    .add(CostRange { low: money.low / count, high: money.high / count });
            }
        }
        let hour = Decimal::from(3600);
        let mut found: Vec<(CauseId, CostRange)> = parts
            .into_iter()
            .map(|(cause, money)| (cause, CostRange { low: money.low / hour, high: money.high / hour }))
            .collect();
        found.sort_by(|(a, x), (b, y)| (y.low, y.high).cmp(&(x.low, x.high)).then_with(|| a.cmp(b)));
        found
    }

    /// When in the stretch nobody looked.
    pub fn unseen(&self) -> Spans {
        Spans::from(self.span).subtract(&self.covered)
    }

    /// When nobody looked, and signals told later of a problem that some node had: of that node it is known.
    pub fn told(&self) -> Spans {
        let unseen = self.unseen();
        if unseen.is_empty() {
            return unseen;
        }
        let pieces = self.steps.keys().flat_map(|node| self.pieces(node));
        Spans::of(pieces.filter_map(|(span, step)| step.map(|_| span)).collect()).intersect(&unseen)
    }

    /// The share of the stretch of which anything is known: somebody looked, or signals told later.
    pub fn coverage(&self) -> Decimal {
        let known = self.covered.length() + self.told().length();
        let whole = super::exact::seconds(self.span.length());
        super::exact::over(super::exact::seconds(known), whole).unwrap_or(Decimal::ONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::history::{Concluded, Revision};
    use crate::domain::severity::Interval;
    use crate::domain::testing::{at, dec, span};
    use crate::domain::world::CostMethod;

    fn step(time: &str, severity: Option<Severity>) -> Step {
        let state =
            severity.map(|severity| Concluded { interval: Interval::exactly(severity), ..Concluded::default() });
        Step { node: NodeId::from("a"), at: at(time), state, told: false, revision: Revision(1) }
    }

    #[test]
    fn time_is_divided_among_states_and_what_is_not_known() {
        let mut past = Remembered::nothing(span("2026-11-24T10:00:00Z", "2026-11-24T14:00:00Z"));
        let steps = vec![
            step("2026-11-24T09:00:00Z", Some(Severity::Ok)),
            step("2026-11-24T11:00:00Z", Some(Severity::Critical)),
            step("2026-11-24T11:15:00Z", Some(Severity::Warning)),
            step("2026-11-24T12:00:00Z", None),
            step("2026-11-24T13:00:00Z", Some(Severity::Ok)),
        ];
        past.steps.insert(NodeId::from("a"), steps);
        let dwelt = past.dwelt(&NodeId::from("a"));
        assert_eq!((dwelt.known(), dwelt.unknown), (TimeDelta::hours(3), TimeDelta::hours(1)));
        assert_eq!(dwelt.from(Severity::Major), TimeDelta::minutes(15));
        assert_eq!(dwelt.from(Severity::Warning), TimeDelta::hours(1));
        assert_eq!(dwelt.worst(), Some(Severity::Critical));
        assert_eq!(dwelt.available().map(|it| it.round_dp(4)), Some(dec("0.9167")));
        assert_eq!(past.dwelt(&NodeId::from("b")).available(), None, "of others nothing is known");
        assert_eq!(past.pieces(&NodeId::from("b")), vec![(past.span, None)]);
    }

    #[test]
    fn causes_share_the_money_of_their_stretches() {
        let mut past = Remembered::nothing(span("2026-11-24T10:00:00Z", "2026-11-24T14:00:00Z"));
        let accrual = |from, until, causes: &[&str]| Accrual {
            span: span(from, until),
            per_hour: CostRange { low: dec("60"), high: dec("90") },
            method: CostMethod::Model,
            causes: causes.iter().map(|cause| CauseId::from(*cause)).collect::<Vec<_>>().into(),
        };
        let list = vec![
            accrual("2026-11-24T09:00:00Z", "2026-11-24T11:00:00Z", &["x"]),
            accrual("2026-11-24T11:00:00Z", "2026-11-24T11:30:00Z", &["x", "y"]),
        ];
        past.accruals.insert(NodeId::from("a"), list);
        let by_cause: Vec<(String, Decimal)> =
            past.by_cause().into_iter().map(|(cause, money)| (cause.to_string(), money.low)).collect();
        assert_eq!(by_cause, [("x".to_owned(), dec("75")), ("y".to_owned(), dec("15"))]);
        assert_eq!(past.lost(&NodeId::from("a")), CostRange { low: dec("90"), high: dec("135") });
    }
}
