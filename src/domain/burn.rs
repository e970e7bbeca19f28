//! Burn rates and the alerts on them: how fast the budget goes, and who is to be told.
//!
//! Burn = error ratio ÷ budget (SRE Workbook, chapter 5). An alert row names a share f of the budget: it holds when
//! the long and the short window both burn faster than f·P/w, for a period P and a long window w. The comparison is
//! made without dividing, so that a burn exactly at its threshold never fires.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::exact::{over, seconds, times};
use super::map::{Alert, AlertRow, Objective};

/// The window whose burn is projected.
pub const HOUR: TimeDelta = TimeDelta::hours(1);

/// Error ratios by window.
pub type Ratios = BTreeMap<TimeDelta, Decimal>;

/// The rows of an objective: its own, or page at 2 % in 1 h and 5 % in 6 h, ticket at 10 % in 1 d and in 3 d.
pub fn rows(objective: &Objective) -> Vec<AlertRow> {
    let row = |percent: i64, long: i64, short: i64, alert| AlertRow {
        share: Decimal::new(percent, 2),
        long: TimeDelta::minutes(long),
        short: TimeDelta::minutes(short),
        alert,
    };
    objective.alerts.clone().unwrap_or_else(|| {
        vec![
            row(2, 60, 5, Alert::Page),
            row(5, 360, 30, Alert::Page),
            row(10, 1440, 120, Alert::Ticket),
            row(10, 4320, 360, Alert::Ticket),
        ]
    })
}

/// The windows that an objective's burn is wanted over, shortest first: those of its rows, and one hour.
pub fn windows(objective: &Objective) -> Vec<TimeDelta> {
    let mut windows: Vec<_> = rows(objective).iter().flat_map(|row| [row.long, row.short]).chain([HOUR]).collect();
    windows.sort_unstable();
    windows.dedup();
    windows
}

/// The burn of an error ratio. Without a budget it is 0 without errors, and without meaning with them.
pub fn rate(ratio: Decimal, budget: Decimal) -> Option<Decimal> {
    if ratio.is_zero() { Some(Decimal::ZERO) } else { over(ratio, budget) }
}

/// The loudest row that holds. `few` says whether a window had too few events to say anything.
pub fn alert(
    rows: &[AlertRow],
    ratios: &Ratios,
    period: TimeDelta,
    budget: Decimal,
    few: impl Fn(TimeDelta) -> bool,
) -> Option<Alert> {
    if budget.is_zero() {
        return None;
    }
    let exceeds = |row: &AlertRow, window| {
        let ratio = ratios.get(&window).copied().unwrap_or_default();
        times(ratio, seconds(row.long)) > times(times(row.share, seconds(period)), budget)
    };
    let holds = |row: &&AlertRow| exceeds(row, row.long) && exceeds(row, row.short) && !few(row.long);
    rows.iter().filter(holds).map(|row| row.alert).max()
}

/// Rows whose threshold no error ratio can exceed: f·P/w ≥ 1/B. In words, for an operator.
pub fn never_firing(rows: &[AlertRow], period: TimeDelta, budget: Decimal) -> Vec<String> {
    let silent = |row: &&AlertRow| times(times(row.share, seconds(period)), budget) >= seconds(row.long);
    let text = |row: &AlertRow| {
        let threshold = over(times(row.share, seconds(period)), seconds(row.long)).unwrap_or_default();
        let most = over(Decimal::ONE, budget).unwrap_or_default();
        format!(
            "the {} alert over {} min can never fire: it needs a burn above {}, and the target allows {} at most",
            row.alert.word(),
            row.long.num_minutes(),
            threshold.round_dp(2).normalize(),
            most.round_dp(2).normalize(),
        )
    };
    rows.iter().filter(silent).map(text).collect()
}

/// The windows of rows of which nothing is known: no alert can fire on them, which is no sign that all is well. In
/// words, for an operator.
pub fn uncovered(rows: &[AlertRow], is_covered: impl Fn(TimeDelta) -> bool) -> Option<String> {
    let mut windows: Vec<TimeDelta> = rows.iter().flat_map(|row| [row.long, row.short]).collect();
    windows.retain(|window| !is_covered(*window));
    windows.sort_unstable();
    windows.dedup();
    let minutes: Vec<String> = windows.iter().map(|window| window.num_minutes().to_string()).collect();
    let text = || format!("nothing is covered over {} min: no alert can fire on that", minutes.join(", "));
    (!windows.is_empty()).then(text)
}

#[cfg(test)]
mod tests;
