//! What is remembered: the words for what history holds, without how it is held.
//!
//! Two records are kept apart. *Observed* is what sources said: [`Recorded`] signals, tickets, changes, maintenance.
//! *Concluded* is what was made of it then, with the revision of the map that was in force: [`Step`], [`Incident`],
//! [`Accrual`]. Time in which nobody looked is covered by neither: it is unknown, never ok.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::exact::{over, seconds, times};
use super::facts::Facts;
use super::id::{CauseId, NodeId, SourceName};
use super::map::NodeIndex;
use super::money::CostRange;
use super::severity::{Interval, Severity, Shown};
use super::span::{Instant, Span, Spans};
use super::timeline::Timeline;
use super::world::{CostMethod, World};

/// Two worlds further apart than this have a gap between them: the machine slept, or the engine stood still.
pub const GAP: TimeDelta = TimeDelta::seconds(60);

/// What stands for the length of a single look: it covers no time, and yet ends the gap before it.
pub const A_LOOK: TimeDelta = TimeDelta::nanoseconds(1);

/// The last instant of a covered span at which somebody looked.
pub fn last_look(covered: Span) -> Instant {
    if covered.length() == A_LOOK { covered.start } else { covered.end }
}

/// An incident is over once there was no problem for so long.
pub const CALM: TimeDelta = TimeDelta::minutes(5);

/// A map as it was at a time; each change of the map is another one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Revision(pub u32);

/// The state of a node on all axes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Concluded {
    /// What is certain and what is possible.
    pub interval: Interval,
    /// A problem that somebody takes care of, all of it.
    pub handled: bool,
    /// A problem that is all planned.
    pub planned: bool,
}

/// From when on a node was how, as it was concluded then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Which node, by the id it had then; the present map may not have it.
    pub node: NodeId,
    /// From when.
    pub at: Instant,
    /// How; `None`: not covered, which is unknown.
    pub state: Option<Concluded>,
    /// Whether the instant is what signals said, rather than when it was noticed.
    pub told: bool,
    /// The map that said so.
    pub revision: Revision,
}

/// Something observed, and for how long it was so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded<T> {
    /// What.
    pub item: T,
    /// When it was first seen so.
    pub began: Instant,
    /// When it was first seen otherwise, or was gone; `None`: it still was when last looked.
    pub until: Option<Instant>,
}

/// A stretch over which a process lost money at one rate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accrual {
    /// When.
    pub span: Span,
    /// Money lost per hour.
    pub per_hour: CostRange,
    /// How the rate was found.
    pub method: CostMethod,
    /// Among which causes it divides, equally.
    pub causes: Arc<[CauseId]>,
}

impl Accrual {
    /// The money lost in the part of it that lies within a span, times an hour's seconds: to be summed, and divided
    /// by 3,600 once.
    pub fn second_money(&self, within: Span) -> CostRange {
        let length = self.span.intersection(within).map_or(Decimal::ZERO, |span| seconds(span.length()));
        CostRange { low: times(self.per_hour.low, length), high: times(self.per_hour.high, length) }
    }

    /// The money that stretches add up to within a span.
    pub fn sum<'a>(accruals: impl IntoIterator<Item = &'a Self>, within: Span) -> CostRange {
        let total = accruals.into_iter().fold(CostRange::default(), |sum, accrual| {
            let more = accrual.second_money(within);
            CostRange { low: sum.low.saturating_add(more.low), high: sum.high.saturating_add(more.high) }
        });
        let money = |sum| over(sum, Decimal::from(3600)).unwrap_or_default();
        CostRange { low: money(total.low), high: money(total.high) }
    }
}

/// A process with a problem, from the first certain one until there was none for [`CALM`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incident {
    /// Which process.
    pub process: NodeId,
    /// What the process was called.
    pub name: String,
    /// When its problem began.
    pub began: Instant,
    /// When there was no problem any more; `None`: it is still on.
    pub ended: Option<Instant>,
    /// Since when there is no problem any more, for an incident that is not over until that has lasted.
    pub quiet: Option<Instant>,
    /// How bad it became.
    pub peak: Severity,
    /// When it first was so bad.
    pub peaked: Instant,
    /// When all of it was first taken care of.
    pub acknowledged: Option<Instant>,
    /// Money lost in it, up to its end or the end of what is known.
    pub cost: CostRange,
    /// What made it, in the order in which they came.
    pub causes: Vec<IncidentCause>,
    /// The map that was in force when it began.
    pub revision: Revision,
}

/// A cause of an incident, with the words that were on the screen then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IncidentCause {
    /// Which.
    pub id: CauseId,
    /// The line that an operator saw.
    pub title: String,
    /// The node it acted on first.
    pub node: Option<NodeId>,
    /// What that node was called.
    pub name: String,
    /// Who answered for that node.
    pub owner: Option<String>,
    /// How bad it became; `None`: it was absence of knowledge.
    pub severity: Option<Severity>,
    /// When it was first a cause.
    pub began: Instant,
    /// When it was last seen to be one; `None`: it still is.
    pub until: Option<Instant>,
    /// Its part of the money lost.
    pub cost: CostRange,
}

/// One thing that was done to a source through the console: written before it is sent, and again when it is known
/// what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// When it was confirmed.
    pub at: Instant,
    /// Who did it: the name that the session has.
    pub who: String,
    /// Which system was asked.
    pub source: SourceName,
    /// What was asked for, in a word: `acknowledge`, `silence`, `comment`, `create`.
    pub action: String,
    /// The object as it was fetched then.
    pub target: String,
    /// What was sent, without secrets.
    pub request: String,
    /// What came of it.
    pub outcome: AuditOutcome,
}

/// What came of something that was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AuditOutcome {
    /// It was about to be sent; nothing more is known.
    Begun,
    /// The system said that it is done.
    Done(String),
    /// The system refused, or it never got there.
    Failed(String),
    /// It was sent and nothing came back: it has to be looked up.
    Unknown(String),
}

/// What the engine knew and made of it at one instant: what history is written from.
#[derive(Clone, Debug)]
pub struct Moment {
    /// From when on, until the world's instant, somebody looked without a gap. A moment of its own is one look; one that
    /// stands for several reaches from the first of them.
    pub since: Instant,
    /// What was concluded. Signals, tickets and changes are in it.
    pub world: Arc<World>,
    /// What was observed, but for signals, tickets and changes.
    pub facts: Arc<Facts>,
    /// Nodes whose states over time are remembered exactly, and changed.
    pub turned: Vec<Turned>,
    /// Processes whose cost rate changed. The last stretch of each goes on.
    pub accruals: Vec<Accruing>,
}

/// The states of a node from an instant on: they replace what was said of that time before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Turned {
    /// Which node, by index.
    pub node: NodeIndex,
    /// From when.
    pub from: Instant,
    /// The states since then.
    pub steps: Vec<(Instant, Option<Interval>)>,
}

/// What a process lost from an instant on: it replaces what was said of that time before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accruing {
    /// Which process, by index.
    pub process: NodeIndex,
    /// From when.
    pub from: Instant,
    /// The stretches since then, without those that cost nothing.
    pub stretches: Vec<Accrual>,
}

/// What an engine must remember to go on where another one stopped, or to be as it was at an instant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Memory {
    /// When anybody looked.
    pub covered: Spans,
    /// Since when each node shows what it shows, as of the last covered instant.
    pub since: BTreeMap<NodeId, (Instant, Shown)>,
    /// The states of nodes over time, as far back as windows reach.
    pub timelines: BTreeMap<NodeId, Timeline>,
    /// What of that counts for money and objectives, where it is another state: a lost source said so last.
    pub doubted: BTreeMap<NodeId, Timeline>,
    /// The money lost by processes, as far back as the month reaches.
    pub accruals: BTreeMap<NodeId, Vec<Accrual>>,
    /// Nodes that some signal has matched before.
    pub heard: BTreeSet<NodeId>,
    /// Instants of steps that signals told.
    pub told: BTreeSet<Instant>,
}

/// How history is kept at the moment, for an operator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keeping {
    /// Where.
    pub place: String,
    /// Who writes it.
    pub role: Role,
    /// How large it is, in bytes.
    pub size: u64,
    /// How far back it reaches.
    pub since: Option<Instant>,
    /// What is wrong with it and what to do, or what else there is to say.
    pub trouble: Option<String>,
}

/// Who writes history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Role {
    /// This process does.
    Writing,
    /// Another process does, as it says of itself; this one reads, and takes over when that one ends.
    Reading(String),
    /// Nobody does.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{at, dec};

    #[test]
    fn stretches_add_up_whatever_the_cuts() {
        let accrual = |start, end, low| Accrual {
            span: Span::new(at(start), at(end)),
            per_hour: CostRange { low: dec(low), high: dec(low) },
            method: CostMethod::Model,
            causes: Arc::from([]),
        };
        let all = [
            accrual("2026-11-24T10:00:00Z", "2026-11-24T10:20:00Z", "100"),
            accrual("2026-11-24T10:20:00Z", "2026-11-24T11:00:00Z", "7"),
        ];
        let within = |start, end| Accrual::sum(&all, Span::new(at(start), at(end))).low;
        let whole = within("2026-11-24T09:00:00Z", "2026-11-24T12:00:00Z");
        let cut = within("2026-11-24T09:00:00Z", "2026-11-24T10:07:12Z")
            + within("2026-11-24T10:07:12Z", "2026-11-24T12:00:00Z");
        assert_eq!(whole, dec("38"));
        assert_eq!(whole, cut);
    }
}
