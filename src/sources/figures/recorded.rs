//! Objectives that Sloth or Pyrra record: read as they are, and named so. One query an objective.
//!
//! Sloth: `slo:sli_error:ratio_rateW`, `slo:period_error_budget_remaining:ratio`. Pyrra: `…:burnrateW`, and with
//! `--generic-rules` `pyrra_availability` and `pyrra_objective`.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::super::plan::Plan;
use super::asking::Asker;
use super::{Rows, exact};
use crate::domain::facts::{ObjectiveFacts, Recorded};
use crate::domain::id::ObjectiveId;
use crate::domain::map::Indicator;
use crate::domain::matcher::label;
use crate::domain::observation::FiguresReport;
use crate::domain::span::Instant;

pub(super) async fn report(asker: &Asker<'_>, plan: &Plan, now: Instant, report: &mut FiguresReport) {
    let mut queries = Vec::new();
    let mut pyrra: BTreeMap<ObjectiveId, bool> = BTreeMap::new();
    for objective in plan.objectives.iter().map(|index| &plan.map.objectives[*index]) {
        let query = match &objective.indicator {
            Indicator::Sloth(id) => format!(r#"{{__name__=~"slo:.+",sloth_id="{}"}}"#, quoted(id)),
            Indicator::Pyrra(name) => {
                format!(r#"{{__name__=~"pyrra_availability|pyrra_objective|.+:burnrate.+",slo="{}"}}"#, quoted(name))
            }
            _ => continue,
        };
        pyrra.insert(objective.id.clone(), matches!(objective.indicator, Indicator::Pyrra(_)));
        queries.push((objective.id.clone(), query, now));
    }
    for (id, answer) in asker.keyed(queries).await {
        match answer {
            Ok(rows) if rows.rows.is_empty() => {
                report.failures.push(format!("objective {id}: the store has no recorded series of it"));
            }
            Ok(rows) => {
                let is_pyrra = pyrra.get(&id).copied().unwrap_or_default();
                report.objectives.insert(id, if is_pyrra { of_pyrra(&rows) } else { of_sloth(&rows) });
            }
            Err(error) => report.failures.push(format!("objective {id}: {error}")),
        }
    }
}

/// A text inside the quotes of a selector.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The last value of each recorded metric, by its name.
fn by_name(rows: &Rows) -> BTreeMap<&str, Decimal> {
    let value = |row: &super::Row| row.samples.last().and_then(|sample| exact(sample.1));
    rows.rows.iter().filter_map(|row| Some((label(&row.labels, "__name__")?, value(row)?))).collect()
}

fn windows(values: &BTreeMap<&str, Decimal>, marker: &str) -> BTreeMap<TimeDelta, Decimal> {
    let window = |(name, value): (&&str, &Decimal)| {
        let (_, length) = name.rsplit_once(marker)?;
        Some((duration(length)?, *value))
    };
    values.iter().filter_map(window).collect()
}

fn of_sloth(rows: &Rows) -> ObjectiveFacts {
    let values = by_name(rows);
    let mut windows = windows(&values, "slo:sli_error:ratio_rate");
    // The longest is the period itself.
    let period = windows.pop_last().map(|(_, ratio)| ratio);
    let recorded = Recorded {
        attained: period.map(|errors| Decimal::ONE - errors),
        remaining: values.get("slo:period_error_budget_remaining:ratio").copied(),
        method: "Sloth".to_owned(),
    };
    ObjectiveFacts { windows, recorded: Some(recorded), ..ObjectiveFacts::default() }
}

fn of_pyrra(rows: &Rows) -> ObjectiveFacts {
    let values = by_name(rows);
    let (attained, target) = (values.get("pyrra_availability").copied(), values.get("pyrra_objective").copied());
    let remaining = attained.zip(target).and_then(|(attained, target)| {
        let used = (Decimal::ONE - attained).checked_div(Decimal::ONE - target)?;
        Some(Decimal::ONE - used)
    });
    let recorded = Recorded { attained, remaining, method: "Pyrra".to_owned() };
    ObjectiveFacts { windows: windows(&values, ":burnrate"), recorded: Some(recorded), ..ObjectiveFacts::default() }
}

/// A Prometheus duration such as `5m`, `1h30m` or `4w`.
fn duration(text: &str) -> Option<TimeDelta> {
    let (mut total, mut number) = (TimeDelta::zero(), String::new());
    let mut units = 0;
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let seconds = match c {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        total += TimeDelta::try_seconds(number.parse::<i64>().ok()?.checked_mul(seconds)?)?;
        number.clear();
        units += 1;
    }
    (units > 0 && number.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::super::Row;
    use super::*;

    fn rows(values: &[(&str, f64)]) -> Rows {
        let row = |(name, value): &(&str, f64)| Row {
            labels: [("__name__".into(), (*name).into())].into(),
            samples: vec![(0.0, *value)],
        };
        Rows { rows: values.iter().map(row).collect(), notes: Vec::new() }
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn sloth_is_read_as_it_is() {
        let facts = of_sloth(&rows(&[
            ("slo:sli_error:ratio_rate5m", 0.002),
            ("slo:sli_error:ratio_rate1h", 0.001),
            ("slo:sli_error:ratio_rate30d", 0.0005),
            ("slo:period_error_budget_remaining:ratio", 0.5),
            ("slo:objective:ratio", 0.999),
            ("slo:current_burn_rate:ratio", f64::NAN),
        ]));
        let recorded = facts.recorded.expect("recorded");
        assert_eq!((recorded.attained, recorded.remaining), (Some(decimal("0.9995")), Some(decimal("0.5"))));
        assert_eq!(facts.windows.len(), 2);
        assert_eq!(facts.windows[&TimeDelta::hours(1)], decimal("0.001"));
    }

    #[test]
    fn pyrra_needs_its_generic_rules_for_more_than_burn_rates() {
        let all = [("pyrra_availability", 0.998), ("pyrra_objective", 0.99), ("http_requests:burnrate3m", 0.004)];
        let facts = of_pyrra(&rows(&all));
        assert_eq!(facts.recorded.and_then(|recorded| recorded.remaining), Some(decimal("0.8")));
        assert_eq!(facts.windows[&TimeDelta::minutes(3)], decimal("0.004"));
        assert_eq!(of_pyrra(&rows(&all[2..])).recorded.and_then(|recorded| recorded.attained), None);
    }

    #[test]
    fn durations_of_prometheus() {
        assert_eq!(duration("1h30m"), Some(TimeDelta::minutes(90)));
        assert_eq!(duration("4w"), Some(TimeDelta::weeks(4)));
        assert_eq!([duration(""), duration("5"), duration("x"), duration("5m3")], [None; 4]);
    }
}
