//! How the states of children become the state of a node: the rules and the edges, as configured.
//!
//! [`super::propagate`] is the only place that applies them.

use rust_decimal::Decimal;

use super::severity::Severity;

/// One node, one rule over all its needs.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Rule {
    /// The worst child.
    #[default]
    Worst,
    /// The n-th worst child, from 1, clamped to the last.
    NthWorst(u32),
    /// The n-th best child, from 1, clamped to the last.
    NthBest(u32),
    /// `need` or more children up is ok; else `warn` or more is a warning and fewer critical, or, without `warn`,
    /// the worst child.
    AtLeast {
        /// How many must be up.
        need: Quantity,
        /// How many make it a warning only.
        warn: Option<Quantity>,
        /// The first severity that is down.
        down: Severity,
    },
    /// The worst `gives` among the rows that are reached; else ok.
    Share(Vec<ShareRow>),
    /// So many children of a severity make one of the next: ⌊`log_b` Σ b^(level − warning)⌋ above warning.
    Exponential(u32),
    /// 100 − Σ points of the edges; at or below a bound gives that severity.
    Points(Vec<(Severity, Decimal)>),
    /// The worst child, mirrored on the scale. Not monotone.
    Not,
    /// Exactly so many children up is ok, else critical. Not monotone.
    Exactly(u32),
}

/// A number of children, or a share of them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Quantity {
    /// So many.
    Count(u32),
    /// So many in a hundred.
    Percent(Decimal),
}

/// One row of [`Rule::Share`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ShareRow {
    /// How much must be at or above `at`.
    pub reach: Reach,
    /// The severity that is looked for.
    pub at: Severity,
    /// The severity that results.
    pub gives: Severity,
}

/// How much of the children must be at or above a severity.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Reach {
    /// So many in a hundred of the weight.
    Percent(Decimal),
    /// So many children, whatever their weight.
    Count(u32),
    /// So much weight.
    Weight(Decimal),
}

/// How a child's state reaches the node that needs it.
#[derive(Clone, PartialEq, Debug)]
pub struct Edge {
    /// How much the child counts where weight decides.
    pub weight: Decimal,
    /// Shown, and counted nowhere.
    pub ignore: bool,
    /// What the node sees of each severity of the child, by level: shift, cap, set and map in that order.
    pub seen: [Severity; 7],
    /// What each severity costs under [`Rule::Points`], by level.
    pub points: [Decimal; 7],
}

impl Default for Edge {
    fn default() -> Self {
        Self { weight: Decimal::ONE, ignore: false, seen: Severity::ALL, points: [Decimal::ZERO; 7] }
    }
}

impl Edge {
    /// The table of [`Edge::seen`] for the edge keys, applied in this order. `shift` (within unclassified to
    /// critical) and `set` act on a child that is not ok; `cap` and `map` act on any.
    pub fn table(shift: i8, cap: Option<Severity>, set: Option<Severity>, map: Option<[Severity; 7]>) -> [Severity; 7] {
        Severity::ALL.map(|child| {
            let mut seen = child;
            if child != Severity::Ok {
                let shifted = i16::from(child.level()) + i16::from(shift);
                let (least, most) = (Severity::Unclassified.level(), Severity::Critical.level());
                seen = Severity::from_level(shifted.clamp(least.into(), most.into()) as u8);
            }
            if let Some(cap) = cap {
                seen = seen.min(cap);
            }
            if let (Some(set), true) = (set, child != Severity::Ok) {
                seen = set;
            }
            map.map_or(seen, |map| map[usize::from(seen.level())])
        })
    }

    /// The points of every level from the listed ones: what is not listed costs what the next lower listed one does.
    pub fn points_of(listed: &[(Severity, Decimal)]) -> [Decimal; 7] {
        let cost = |level: Severity| {
            listed
                .iter()
                .filter(|(at, _)| *at <= level)
                .max_by_key(|(at, _)| *at)
                .map_or(Decimal::ZERO, |(_, cost)| *cost)
        };
        Severity::ALL.map(cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_stays_a_condition_and_leaves_ok_alone() {
        let down = Edge::table(-5, None, None, None);
        assert_eq!(down[usize::from(Severity::Critical.level())], Severity::Unclassified);
        assert_eq!(down[0], Severity::Ok);
        assert_eq!(Edge::table(1, None, None, None)[0], Severity::Ok);
    }

    #[test]
    fn set_comes_after_cap() {
        let seen = Edge::table(0, Some(Severity::Minor), Some(Severity::Critical), None);
        assert_eq!(seen[usize::from(Severity::Warning.level())], Severity::Critical);
    }

    #[test]
    fn a_severity_without_points_costs_what_the_next_lower_one_does() {
        let points = Edge::points_of(&[(Severity::Major, 20.into()), (Severity::Critical, 40.into())]);
        assert_eq!(points[usize::from(Severity::Minor.level())], Decimal::ZERO);
        let points = Edge::points_of(&[(Severity::Warning, 10.into()), (Severity::Critical, 40.into())]);
        assert_eq!(points[usize::from(Severity::Major.level())], Decimal::from(10));
    }
}
