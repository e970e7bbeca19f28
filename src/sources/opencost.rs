//! OpenCost: what parts of a cluster have cost since the month began. `url` is where its API is (port 9003); it needs no
//! account. A spend record's `select` names what OpenCost aggregates by: `namespace`, `cluster`, `node`, `controller`,
//! `deployment`, `pod`, `service`, … and any other key as a label of the pods. Without `select` the whole cluster
//! counts, what is idle included.
//!
//! OpenCost tells no currency: `currency = "USD"` on the source says it; default: that of the totals. Its prices are list
//! prices unless it was given the cloud's bill, so the figures are estimates.

use std::borrow::Cow;
use std::collections::BTreeMap;

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::client::{Answer, Client};
use super::error::SourceError;
use super::gather::{decoded, json_error};
use super::kind::Capabilities;
use super::plan::Plan;
use super::settings::Settings;
use super::{Clock, Source};
use crate::domain::clean::clean_line;
use crate::domain::map::{Map, Spend, Window};
use crate::domain::matcher::Pattern;
use crate::domain::money::Currency;
use crate::domain::observation::{FiguresReport, StateReport};
use crate::domain::span::Instant;
use crate::domain::window;

/// What OpenCost aggregates by itself; other keys are labels.
const PROPERTIES: [&str; 12] = [
    "cluster",
    "node",
    "namespace",
    "controllerKind",
    "controller",
    "pod",
    "container",
    "service",
    "deployment",
    "statefulset",
    "daemonset",
    "job",
];
/// What belongs to nobody: only the whole cluster has it.
const UNSHARED: [&str; 2] = ["__idle__", "__unmounted__"];

#[derive(Deserialize)]
#[serde(expecting = "an object with `code` and `data`")]
struct Envelope {
    #[serde(default)]
    code: u16,
    #[serde(default)]
    message: String,
    /// One set of allocations a step.
    #[serde(default)]
    data: Option<Vec<Option<BTreeMap<String, Allocation>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an allocation with `totalCost`")]
struct Allocation {
    total_cost: f64,
}

/// The adapter.
pub struct OpenCost {
    client: Client,
    currency: Option<String>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    let currency = settings.own.get("currency").and_then(|value| value.as_str()).map(str::to_owned);
    Box::new(OpenCost { client: Client::new(settings, clock), currency })
}

impl OpenCost {
    /// Costs by name within a window.
    async fn costs(&self, window: String, by: &str) -> Result<BTreeMap<String, f64>, SourceError> {
        let pairs = [
            ("window", Cow::Owned(window)),
            ("aggregate", Cow::Borrowed(by)),
            ("accumulate", Cow::Borrowed("true")),
            ("includeIdle", Cow::Borrowed("true")),
        ];
        let answer = self.client.get_any("allocation", &pairs).await?;
        decoded(answer.body.len(), move || read(&answer)).await
    }

    /// What one unit of OpenCost's currency is worth in that of the totals.
    fn rate(&self, map: &Map) -> Result<Decimal, String> {
        let Some(code) = &self.currency else { return Ok(Decimal::ONE) };
        let currency = Currency::parse(code).ok_or_else(|| format!("`currency` {code:?} is no code like USD"))?;
        if currency == map.currency {
            return Ok(Decimal::ONE);
        }
        let rate = map.rates.get(&currency).copied();
        rate.ok_or_else(|| format!("there is no rate for {code}: [money] rates = {{ {code} = \"…\" }}"))
    }
}

fn read(answer: &Answer) -> Result<BTreeMap<String, f64>, SourceError> {
    let text = answer.text()?;
    let envelope: Envelope = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
    if envelope.code != 200 {
        let says = format!("code {}: {}", envelope.code, envelope.message);
        return Err(SourceError::Says { place: answer.place.clone(), says: clean_line(&says, 300).into_owned() });
    }
    let data = envelope
        .data
        .ok_or_else(|| SourceError::Json { place: answer.place.clone(), why: "`data` is missing".to_owned() })?;
    let mut costs = BTreeMap::new();
    for (name, allocation) in data.into_iter().flatten().flatten() {
        *costs.entry(name).or_default() += allocation.total_cost;
    }
    Ok(costs)
}

/// What a spend record aggregates by.
fn aggregate(spend: &Spend) -> String {
    let by = |(key, _): &(String, String)| {
        if PROPERTIES.contains(&key.as_str()) { key.clone() } else { format!("label:{key}") }
    };
    let keys: Vec<String> = spend.select.iter().map(by).collect();
    if keys.is_empty() { "cluster".to_owned() } else { keys.join(",") }
}

/// The cost of what a spend record selects, of costs by its keys, whose values a name joins by `/`.
fn selected(spend: &Spend, costs: &BTreeMap<String, f64>) -> Result<Decimal, String> {
    let parse = |(key, value): &(String, String)| {
        Pattern::parse(value).map_err(|why| format!("`select.{key}` is not a pattern: {why}"))
    };
    let patterns: Vec<Pattern> = spend.select.iter().map(parse).collect::<Result<_, _>>()?;
    let is_of = |name: &str| {
        let values: Vec<&str> = name.split('/').collect();
        patterns.is_empty()
            || (!UNSHARED.contains(&values[0])
                && values.len() == patterns.len()
                && patterns.iter().zip(values).all(|(pattern, value)| pattern.holds(Some(value))))
    };
    let mut sum = Decimal::ZERO;
    for (name, cost) in costs.iter().filter(|(name, _)| is_of(name)) {
        sum += Decimal::try_from(*cost).map_err(|_| format!("the cost of {name:?} is no amount: {cost}"))?;
    }
    Ok(sum)
}

#[async_trait]
impl Source for OpenCost {
    fn capabilities(&self) -> Capabilities {
        Capabilities::FIGURES
    }

    async fn state(&self, _now: Instant) -> Result<StateReport, SourceError> {
        self.costs("30m".to_owned(), "cluster").await.map(|_| StateReport::default())
    }

    async fn figures(&self, plan: &Plan, now: Instant) -> Result<FiguresReport, SourceError> {
        let (map, mut report) = (&plan.map, FiguresReport::default());
        let month = window::bounds(Window::Month, map.tz, chrono::Weekday::Mon, now);
        let time = |at: Instant| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let since = format!("{},{}", time(month.start), time(now));
        let mut asked: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
        for spend in plan.bills.iter().map(|index| &map.spends[*index]) {
            let by = aggregate(spend);
            if !asked.contains_key(&by) {
                let costs = self.costs(since.clone(), &by).await?;
                asked.insert(by.clone(), costs);
            }
            let money = self.rate(map).and_then(|rate| Ok(rate * selected(spend, &asked[&by])?));
            match money {
                Ok(money) => drop(report.spend.insert(spend.id.clone(), money)),
                Err(why) => report.failures.push(format!("spend {}: {why}", spend.id)),
            }
        }
        Ok(report)
    }
}
