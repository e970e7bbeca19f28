//! The order of attention: what a person should look at first, and why a thing stands where it stands.
//!
//! A rank is compared by a table of criteria, each of which can say itself in words, so that the order that is
//! shown and the reason that is given for it cannot differ. Cost rates compare by band (1-2-5 a decade), so that
//! cents never make two rows change places. The last criterion is the id: the order is total.

use std::cmp::{Ordering, Reverse};

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::exact::times;
use super::id::CauseId;
use super::map::{Map, NodeIndex};
use super::money::{CostRange, grouped};
use super::severity::{Handling, Interval, Severity, Shown};
use super::span::Instant;
use super::world::{Cause, ClockState, ObjectiveState, World};

/// How sure it is that something is wrong; the first comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Certainty {
    /// A problem, certain.
    Certain,
    /// A problem that is possible.
    Possible,
    /// No problem.
    Fine,
}

impl Certainty {
    /// Where a state stands.
    pub fn of(state: Interval) -> Self {
        match state.shown() {
            Shown::Unknown => Self::Possible,
            Shown::Severity(severity) if severity.is_problem() => Self::Certain,
            Shown::Severity(_) => Self::Fine,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Certain => "a certain problem",
            Self::Possible => "possibly a problem",
            Self::Fine => "no problem",
        }
    }
}

/// What decides where a process, cause or signal stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rank<'a> {
    /// Certain before possible before fine.
    pub certainty: Certainty,
    /// Unhandled before handled.
    pub handled: bool,
    /// Money lost per hour: what is certain, or what is possible where no problem is certain. Compared by band.
    pub rate: Decimal,
    /// Worse first.
    pub severity: Severity,
    /// Money per hour that would be lost if it were down; more first.
    pub value_at_risk: Decimal,
    /// Time until an objective's budget is used up; sooner first, never last.
    pub breach: Option<TimeDelta>,
    /// Longer-standing first, so that a new row pushes no old one away.
    pub since: Option<Instant>,
    /// Settles what is left.
    pub id: &'a str,
}

/// One criterion of the order.
struct Criterion {
    name: &'static str,
    compare: fn(&Rank, &Rank) -> Ordering,
    /// What it says of a rank, with a currency for money.
    say: fn(&Rank, &str) -> String,
}

const CRITERIA: [Criterion; 8] = [
    Criterion {
        name: "certain problems first",
        compare: |a, b| a.certainty.cmp(&b.certainty),
        say: |rank, _| rank.certainty.words().to_owned(),
    },
    Criterion {
        name: "unhandled before handled",
        compare: |a, b| a.handled.cmp(&b.handled),
        say: |rank, _| if rank.handled { "handled" } else { "nobody is on it" }.to_owned(),
    },
    Criterion {
        name: "cost rate",
        compare: |a, b| Reverse(band(a.rate)).cmp(&Reverse(band(b.rate))),
        say: |rank, currency| format!("{} {currency}/h", grouped(&rank.rate.round_dp(0).to_string())),
    },
    Criterion {
        name: "severity",
        compare: |a, b| Reverse(a.severity).cmp(&Reverse(b.severity)),
        say: |rank, _| rank.severity.word().to_owned(),
    },
    Criterion {
        name: "value at risk",
        compare: |a, b| Reverse(a.value_at_risk).cmp(&Reverse(b.value_at_risk)),
        say: |rank, currency| format!("{} {currency}/h", grouped(&rank.value_at_risk.round_dp(0).to_string())),
    },
    Criterion {
        name: "time to breach",
        compare: |a, b| soonest(a.breach, b.breach),
        say: |rank, _| rank.breach.map_or("none in sight".to_owned(), |left| format!("{} min", left.num_minutes())),
    },
    Criterion {
        name: "age",
        compare: |a, b| soonest(a.since, b.since),
        say: |rank, _| rank.since.map_or("unknown".to_owned(), |since| since.format("since %F %R UTC").to_string()),
    },
    Criterion { name: "id", compare: |a, b| a.id.cmp(b.id), say: |rank, _| rank.id.to_owned() },
];

impl Rank<'_> {
    /// The criterion that puts this before or after another, in words; `None` only for the same id.
    pub fn why_against(&self, other: &Self, currency: &str) -> Option<String> {
        let decides = CRITERIA.iter().find(|criterion| (criterion.compare)(self, other) != Ordering::Equal)?;
        Some(format!("{}: {} against {}", decides.name, (decides.say)(self, currency), (decides.say)(other, currency)))
    }
}

impl Ord for Rank<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        CRITERIA.iter().fold(Ordering::Equal, |so_far, criterion| so_far.then_with(|| (criterion.compare)(self, other)))
    }
}

impl PartialOrd for Rank<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn soonest<T: Ord>(a: Option<T>, b: Option<T>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// The band of a rate: how many of 1, 2, 5, 10, 20, 50 … it reaches; 0 for less than 1.
pub fn band(rate: Decimal) -> u8 {
    let whole = rate.trunc().mantissa();
    let Some(decade) = whole.checked_ilog10() else { return 0 };
    let first = whole / 10_i128.pow(decade);
    let reached = [1, 2, 5].into_iter().filter(|step| first >= *step).count();
    3 * decade as u8 + reached as u8
}

/// The part of a cost range that counts for the order.
fn counted(certainty: Certainty, rate: CostRange) -> Decimal {
    if certainty == Certainty::Certain { rate.low } else { rate.high }
}

/// The soonest breach of each node's own objectives, by node index.
pub fn breaches(map: &Map, objectives: &[ObjectiveState]) -> Vec<Option<TimeDelta>> {
    let mut soonest: Vec<Option<TimeDelta>> = vec![None; map.nodes.len()];
    for (objective, state) in map.objectives.iter().zip(objectives) {
        let (Some(slot), Some(left)) = (soonest.get_mut(objective.node), breach_of(state)) else { continue };
        *slot = Some(slot.map_or(left, |known| known.min(left)));
    }
    soonest
}

/// Time until an objective is missed: zero once its budget is used up.
fn breach_of(state: &ObjectiveState) -> Option<TimeDelta> {
    match state.budget_remaining {
        Some(left) if left <= Decimal::ZERO => Some(TimeDelta::zero()),
        _ => state.exhausted_in,
    }
}

/// The rank of a node; `breach` as from [`breaches`].
pub fn node(world: &World, index: NodeIndex, breach: Option<TimeDelta>) -> Rank<'_> {
    let id = world.map.nodes.get(index).map_or("", |node| node.id.as_str());
    let Some(state) = world.nodes.get(index) else {
        return Rank {
            certainty: Certainty::Fine,
            handled: false,
            rate: Decimal::ZERO,
            severity: Severity::Ok,
            value_at_risk: Decimal::ZERO,
            breach,
            since: None,
            id,
        };
    };
    let certainty = Certainty::of(state.interval);
    Rank {
        certainty,
        handled: state.handled,
        rate: state.money.map_or(Decimal::ZERO, |money| counted(certainty, money.rate)),
        severity: if certainty == Certainty::Possible { state.interval.high } else { state.interval.low },
        value_at_risk: state.money.map_or(Decimal::ZERO, |money| money.value_at_risk),
        breach,
        since: state.since,
        id,
    }
}

/// The rank of a cause; `breaches` as from [`breaches`].
pub fn cause<'a>(world: &World, cause: &'a Cause, breaches: &[Option<TimeDelta>]) -> Rank<'a> {
    let at_risk = |index: NodeIndex| Some(world.nodes.get(index)?.money?.value_at_risk);
    cause_at(cause, at_risk, breaches, cause.id.as_str())
}

/// The rank of a cause whose processes would lose so much if they were down; `id` settles what is left.
pub fn cause_at<'a>(
    cause: &Cause,
    at_risk: impl Fn(NodeIndex) -> Option<Decimal>,
    breaches: &[Option<TimeDelta>],
    id: &'a str,
) -> Rank<'a> {
    let certainty = if cause.severity.is_some() { Certainty::Certain } else { Certainty::Possible };
    Rank {
        certainty,
        handled: cause.handling != Handling::None,
        rate: counted(certainty, cause.share),
        severity: cause.severity.unwrap_or(Severity::Critical),
        value_at_risk: cause.processes.iter().filter_map(|index| at_risk(*index)).sum(),
        breach: cause.processes.iter().filter_map(|index| breaches.get(*index).copied().flatten()).min(),
        since: cause.since,
        id,
    }
}

/// The rank of a signal, by index; `cause` is the cause that it is, if it is one, and `id` its id as
/// `source:id`.
pub fn signal<'a>(world: &World, index: usize, cause: Option<&Cause>, id: &'a str) -> Option<Rank<'a>> {
    let mapped = world.signals.get(index)?;
    let signal = &mapped.item;
    let certainty = match signal.severity {
        severity if severity.is_problem() => Certainty::Certain,
        _ if signal.unknown => Certainty::Possible,
        _ => Certainty::Fine,
    };
    let hit = mapped.nodes.iter().filter_map(|node| world.nodes.get(*node)).flat_map(|state| state.impacts.iter());
    let at_risk = hit.filter_map(|index| world.nodes.get(*index)?.money).map(|money| money.value_at_risk);
    Some(Rank {
        certainty,
        handled: signal.handling != Handling::None,
        rate: cause.map_or(Decimal::ZERO, |cause| counted(certainty, cause.share)),
        severity: signal.severity,
        value_at_risk: at_risk.max().unwrap_or_default(),
        breach: None,
        since: signal.since,
        id,
    })
}

/// The processes and what else of a kind is asked for, first what needs attention.
pub fn nodes(world: &World, of: impl Iterator<Item = NodeIndex>) -> Vec<NodeIndex> {
    let breaches = breaches(&world.map, &world.objectives);
    let mut ranked: Vec<(Rank, NodeIndex)> =
        of.map(|index| (node(world, index, breaches.get(index).copied().flatten()), index)).collect();
    ranked.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    ranked.into_iter().map(|(_, index)| index).collect()
}

/// The id that the cause of a signal has: `source:id`.
pub fn signal_id(world: &World, index: usize) -> Option<CauseId> {
    world.signals.get(index).map(|signal| CauseId::from(signal.name.clone()))
}

/// Where an objective or a clock stands among the promises; compared as it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Deadline {
    /// Running before standing still before kept.
    pub phase: Phase,
    /// Time left; what has none in sight comes after what has.
    pub left: Left,
    /// The more of the budget is used, the earlier, in millionths left.
    pub budget: i64,
}

/// Whether a deadline comes nearer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phase {
    /// It runs.
    Open,
    /// It stands still.
    Paused,
    /// It is kept; nothing can happen any more.
    Done,
}

/// Time left, or none in sight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Left {
    /// So much, negative after the breach.
    Time(TimeDelta),
    /// No breach in sight.
    Never,
}

/// Where an objective stands.
pub fn objective(state: &ObjectiveState) -> Deadline {
    let millionths = |left: Decimal| i64::try_from(times(left, Decimal::from(1_000_000))).unwrap_or(i64::MIN);
    Deadline {
        phase: Phase::Open,
        left: breach_of(state).map_or(Left::Never, Left::Time),
        budget: state.budget_remaining.map_or(i64::MAX, millionths),
    }
}

/// Where a ticket's clock stands.
pub fn clock(state: &ClockState) -> Deadline {
    let phase = match state {
        ClockState { done: Some(_), .. } => Phase::Done,
        ClockState { paused: true, .. } | ClockState { open: false, breached: false, .. } => Phase::Paused,
        _ => Phase::Open,
    };
    Deadline { phase, left: Left::Time(state.remaining), budget: 0 }
}

#[cfg(test)]
mod tests;
