//! Answering a plan from a metrics store: checks, measured figures and spend by instant queries, objectives by
//! slices. At most four queries are in flight and five a second go out, whatever the map asks for.
//!
//! A report holds all that is known; a query that fails alone is left out and named. Where nothing can be reached
//! the report as a whole fails, so that what was known stands and ages.

mod asking;
mod objectives;
mod recorded;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::TimeDelta;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use tokio::sync::Mutex;

use self::asking::Asker;
use self::objectives::Counts;
use super::error::SourceError;
use super::plan::{CheckQuery, Plan};
use crate::domain::facts::{LabelList, MeasuredSample, ObjectiveFacts, Series};
use crate::domain::id::ObjectiveId;
use crate::domain::matcher::label;
use crate::domain::observation::FiguresReport;
use crate::domain::span::{Instant, Span};

/// What answers queries.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// The value of a query at an instant.
    async fn instant(&self, query: &str, at: Instant) -> Result<Rows, SourceError>;
    /// The values of a query from start to end, both included, a step apart.
    async fn range(&self, query: &str, span: Span, step: TimeDelta) -> Result<Rows, SourceError>;
}

/// The answer of a query.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Its series.
    pub rows: Vec<Row>,
    /// Warnings that came with it: it may be partial.
    pub notes: Vec<String>,
}

/// A series of an answer.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its labels.
    pub labels: LabelList,
    /// Its samples: seconds since the epoch, and the value.
    pub samples: Vec<(f64, f64)>,
}

impl Rows {
    /// The one number that the answer is; `None` without data.
    ///
    /// # Errors
    /// There are several series.
    fn number(&self) -> Result<Option<f64>, String> {
        match self.rows.as_slice() {
            [] => Ok(None),
            [row] => Ok(row.samples.last().map(|sample| sample.1)),
            rows => Err(format!(
                "it gives {} series where one number is expected; sum() or `each` makes it one",
                rows.len()
            )),
        }
    }

    /// Sums over all series, by time, for counts. A series without a number at a time adds nothing to it.
    fn sums(&self) -> BTreeMap<i64, f64> {
        let mut sums = BTreeMap::new();
        for (time, value) in self.rows.iter().flat_map(|row| &row.samples).filter(|sample| sample.1.is_finite()) {
            *sums.entry(time.round() as i64).or_insert(0.0) += value;
        }
        sums
    }

    /// The sum over all series of an instant answer; `None` without a number.
    fn sum(&self) -> Option<f64> {
        self.sums().into_values().reduce(|a, b| a + b)
    }
}

/// The figures lane of one source: what it knows, and how fast it may ask.
#[derive(Default)]
pub struct Figures {
    counts: Mutex<Counts>,
    pace: asking::Pace,
}

impl Figures {
    /// Without a bound on queries a second: tests have no server to spare.
    #[cfg(test)]
    fn unpaced() -> Self {
        Self { counts: Mutex::default(), pace: asking::Pace::none() }
    }

    /// Asks what the plan wants now.
    ///
    /// # Errors
    /// Nothing could be reached.
    pub async fn report(&self, metrics: &dyn Metrics, plan: &Plan, now: Instant) -> Result<FiguresReport, SourceError> {
        let mut counts = self.counts.lock().await;
        let asker = Asker::new(metrics, &self.pace);
        let mut report = FiguresReport::default();
        let answers = asker.instants(singles(plan), now).await;
        fill_singles(plan, &answers, now, &mut report);
        counts.update(&asker, plan, now, &mut report).await;
        asker.verdict()?;
        report.failures.extend(asker.into_notes());
        Ok(report)
    }

    /// One step towards older slices; the objectives that it changed, or `None` when none are missing.
    ///
    /// # Errors
    /// Nothing could be reached.
    pub async fn backfill(
        &self,
        metrics: &dyn Metrics,
        plan: &Plan,
        now: Instant,
    ) -> Result<Option<BTreeMap<ObjectiveId, ObjectiveFacts>>, SourceError> {
        let mut counts = self.counts.lock().await;
        let asker = Asker::new(metrics, &self.pace);
        let found = counts.backfill(&asker, plan, now).await;
        asker.verdict()?;
        Ok(found)
    }
}

/// Every instant query that is asked as it is written.
fn singles(plan: &Plan) -> BTreeSet<String> {
    let checks = plan.checks.iter().map(|check| check.query.clone());
    let measured = plan.measured.iter().flat_map(|measured| [measured.actual.clone(), measured.expected.clone()]);
    let spends = plan.spends.iter().map(|(_, query)| query.clone());
    checks.chain(measured).chain(spends).collect()
}

type Answers = FxHashMap<String, Result<Rows, SourceError>>;

fn fill_singles(plan: &Plan, answers: &Answers, now: Instant, report: &mut FiguresReport) {
    for check in &plan.checks {
        match series(check, answers) {
            Ok(series) => drop(report.checks.insert(check.node.clone(), series)),
            Err(why) => report.failures.push(format!("check of {}: {why}", check.node)),
        }
    }
    for measured in &plan.measured {
        match (decimal(&measured.actual, answers), decimal(&measured.expected, answers)) {
            (Ok(actual), Ok(expected)) => {
                report.measured.insert(measured.node.clone(), MeasuredSample { actual, expected, at: now });
            }
            (Err(why), _) => report.failures.push(format!("measured.actual of {}: {why}", measured.node)),
            (_, Err(why)) => report.failures.push(format!("measured.expected of {}: {why}", measured.node)),
        }
    }
    for id in plan.bills.iter().map(|index| &plan.map.spends[*index].id) {
        report.failures.push(format!("spend {id}: this type of source needs a `query` for it"));
    }
    for (id, query) in &plan.spends {
        match decimal(query, answers) {
            Ok(amount) => drop(report.spend.insert(id.clone(), amount)),
            Err(why) => report.failures.push(format!("spend {id}: {why}")),
        }
    }
}

fn answer<'a>(query: &str, answers: &'a Answers) -> Result<&'a Rows, String> {
    match answers.get(query) {
        Some(Ok(rows)) => Ok(rows),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("it was not asked".to_owned()),
    }
}

fn series(check: &CheckQuery, answers: &Answers) -> Result<Vec<Series>, String> {
    let rows = answer(&check.query, answers)?;
    let Some(each) = &check.each else {
        return Ok(rows.number()?.map(|value| Series { key: "".into(), value }).into_iter().collect());
    };
    let series = rows.rows.iter().filter_map(|row| {
        let key = label(&row.labels, each).unwrap_or_default().into();
        Some(Series { key, value: row.samples.last()?.1 })
    });
    Ok(series.collect())
}

fn decimal(query: &str, answers: &Answers) -> Result<Decimal, String> {
    let number = answer(query, answers)?.number()?.ok_or("it gives no data")?;
    exact(number).ok_or_else(|| format!("it gives {number}, which is no amount"))
}

/// The decimal of a sample, to its 15 significant digits; `None` for NaN and infinities.
fn exact(number: f64) -> Option<Decimal> {
    Decimal::try_from(number).ok().map(|decimal| decimal.normalize())
}

#[cfg(test)]
mod tests;
