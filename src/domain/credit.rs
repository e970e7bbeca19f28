//! Credits: what a missed objective costs by contract, while its calendar window still runs.
//!
//! Tiers are strict less-than on the figure that nobody rounded, and the highest share wins. Every comparison is of
//! products (bad ÷ all against 1 − tier, multiplied out), so that a figure exactly at a tier pays nothing.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::exact::{duration, over, times};
use super::map::{Credit, Map, NodeIndex};
use super::objective::Tally;
use super::world::CreditState;

/// How a window goes on, in counted seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outlook {
    /// What was counted so far.
    pub so_far: Tally,
    /// Events a pace, or 1 where seconds are counted: the whole window holds `unit × whole ÷ pace` of them.
    pub unit: Decimal,
    /// Counted seconds that `unit` took, or 1 where seconds are counted.
    pub pace: Decimal,
    /// Counted seconds of the whole window.
    pub whole: Decimal,
    /// Counted seconds to come.
    pub rest: Decimal,
    /// Counted seconds of the next four hours, within the window.
    pub soon: Decimal,
    /// The error ratio of the last hour, where known.
    pub hour: Option<Decimal>,
}

impl Outlook {
    /// Whether the whole window ends below a figure, if so many seconds to come are bad and the rest is perfect.
    fn ends_below(&self, figure: Decimal, bad_seconds: Decimal) -> bool {
        let bad = times(self.so_far.bad, self.pace).saturating_add(times(bad_seconds, self.unit));
        bad > times(Decimal::ONE - figure, times(self.unit, self.whole))
    }

    /// Seconds of full outage until the whole window falls to a figure.
    fn outage_to(&self, figure: Decimal) -> Option<Decimal> {
        let room = times(Decimal::ONE - figure, self.whole);
        Some(room.saturating_sub(over(times(self.so_far.bad, self.pace), self.unit)?))
    }
}

/// What an objective costs by contract as its window stands. Formulas: DESIGN 4, Credits.
pub fn evaluate(map: &Map, credit: &Credit, outlook: &Outlook, customers: &[NodeIndex]) -> CreditState {
    let share = |is_below: &dyn Fn(Decimal) -> bool| {
        credit.tiers.iter().filter(|(below, _)| is_below(*below)).map(|(_, share)| *share).max().unwrap_or_default()
    };
    let burning = times(outlook.hour.unwrap_or_default().min(Decimal::ONE), outlook.soon);
    let certain = share(&|below| outlook.ends_below(below, Decimal::ZERO));
    let now = share(&|below| outlook.so_far.is_below(below));
    let projected = share(&|below| outlook.ends_below(below, burning));
    let at_risk = |charge| map.currency.rounded(owed(credit, charge, projected) - owed(credit, charge, certain));
    let monthly = |node: &NodeIndex| map.nodes.get(*node)?.monthly.map(|monthly| (*node, at_risk(monthly.value)));
    let by_customer: Vec<(NodeIndex, Decimal)> = match credit.of {
        Some(_) => Vec::new(),
        None => customers.iter().filter_map(monthly).collect(),
    };
    let all = by_customer.iter().fold(Decimal::ZERO, |sum, (_, money)| sum.saturating_add(*money));
    CreditState {
        certain,
        now,
        projected,
        at_risk: credit.of.map_or(all, |charge| at_risk(charge.value)),
        by_customer,
        next_tier_in: next_tier_in(credit, outlook, certain),
    }
}

/// What a share of a charge comes to; nothing where it is too small to be paid.
pub fn owed(credit: &Credit, charge: Decimal, share: Decimal) -> Decimal {
    let minimum = credit.minimum.map_or(Decimal::ZERO, |minimum| minimum.value);
    Some(times(charge, share)).filter(|owed| *owed >= minimum).unwrap_or_default()
}

/// Full outage until a tier with a higher share; `None` where there is none, or none within this window.
fn next_tier_in(credit: &Credit, outlook: &Outlook, certain: Decimal) -> Option<TimeDelta> {
    let dearer =
        credit.tiers.iter().filter(|(below, share)| *share > certain && !outlook.ends_below(*below, Decimal::ZERO));
    let next = dearer.map(|(below, _)| *below).max()?;
    let left = outlook.outage_to(next)?.max(Decimal::ZERO);
    if left > outlook.rest { None } else { duration(left) }
}

#[cfg(test)]
mod tests;
