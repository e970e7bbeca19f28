//! OpenCost (and Kubecost's API of that form): what the parts of a cluster cost since the month began. Port 9003, path
//! `allocation`; without credentials unless a proxy wants some. Prices are list prices unless OpenCost knows the bill.
//!
//! A spend record's `select` names parts: `namespace`, `cluster`, `node`, `controller`, `controllerKind`, `service`,
//! `pod`, `container`, `deployment`, `label:NAME`, `annotation:NAME`; values may hold `*`. Without `select` it is all.

use std::borrow::Cow;
use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{SecondsFormat, Weekday};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Number;

use super::client::{Answer, Client};
use super::error::SourceError;
use super::gather::{decoded, json_error};
use super::kind::Capabilities;
use super::plan::{Plan, SpendPart};
use super::settings::Settings;
use super::text::Text;
use super::{Clock, Source};
use crate::domain::clean::clean_line;
use crate::domain::map::Window;
use crate::domain::matcher::glob_matches;
use crate::domain::money::Currency;
use crate::domain::observation::{FiguresReport, StateReport};
use crate::domain::span::{Instant, Span};
use crate::domain::window;

/// What is aggregated by where nothing is selected.
const WHOLE: &str = "cluster";

/// The adapter.
pub struct OpenCost {
    client: Client,
    currency: Option<Currency>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    let currency = settings.own.get("currency").and_then(toml::Value::as_str).unwrap_or("USD");
    Box::new(OpenCost { client: Client::new(settings, clock), currency: Currency::parse(currency) })
}

#[derive(Deserialize)]
#[serde(expecting = "an answer of OpenCost")]
struct Reply<'a> {
    #[serde(default)]
    code: Option<u16>,
    #[serde(borrow, default)]
    message: Option<Text<'a>>,
    #[serde(borrow, default)]
    data: Option<Vec<Option<BTreeMap<Text<'a>, Allocation>>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an allocation", rename_all = "camelCase")]
struct Allocation {
    #[serde(default)]
    total_cost: Option<Number>,
}

#[async_trait]
impl Source for OpenCost {
    fn capabilities(&self) -> Capabilities {
        Capabilities::FIGURES
    }

    /// Asked only where no spend record wants anything: whether it answers.
    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        self.costs(WHOLE, Span::new(now - chrono::TimeDelta::hours(1), now)).await?;
        Ok(StateReport::default())
    }

    async fn figures(&self, plan: &Plan, now: Instant) -> Result<FiguresReport, SourceError> {
        let month = window::bounds(Window::Month, plan.map.tz, Weekday::Mon, now);
        let mut by_keys: BTreeMap<String, Vec<&SpendPart>> = BTreeMap::new();
        for part in &plan.parts {
            let keys: Vec<&str> = part.select.iter().map(|(key, _)| key.as_str()).collect();
            let keys = if keys.is_empty() { WHOLE.to_owned() } else { keys.join(",") };
            by_keys.entry(keys).or_default().push(part);
        }
        let mut report = FiguresReport::default();
        for (id, _) in &plan.spends {
            report.failures.push(format!("spend {id}: OpenCost takes no query; say which part with `select`"));
        }
        for (keys, parts) in by_keys {
            let costs = match self.costs(&keys, Span::new(month.start, now)).await {
                Ok(costs) => costs,
                Err(error) if error.is_of_the_request() && !matches!(error, SourceError::Json { .. }) => {
                    let failed = parts.iter().map(|part| format!("spend {}: {error}", part.id));
                    report.failures.extend(failed);
                    continue;
                }
                Err(error) => return Err(error),
            };
            for part in parts {
                match self.total(part, &costs, plan) {
                    Ok(total) => drop(report.spend.insert(part.id.clone(), total)),
                    Err(why) => report.failures.push(format!("spend {}: {why}", part.id)),
                }
            }
        }
        Ok(report)
    }
}

impl OpenCost {
    /// Costs of a stretch of time by the name of what they are of.
    async fn costs(&self, aggregate: &str, span: Span) -> Result<BTreeMap<String, Decimal>, SourceError> {
        let at = |instant: Instant| instant.to_rfc3339_opts(SecondsFormat::Secs, true);
        let pairs = [
            ("window", Cow::Owned(format!("{},{}", at(span.start), at(span.end)))),
            ("aggregate", Cow::Borrowed(aggregate)),
            ("accumulate", Cow::Borrowed("true")),
        ];
        let answer = self.client.get_any("allocation", &pairs).await?;
        decoded(answer.body.len(), move || read(&answer)).await
    }

    fn total(&self, part: &SpendPart, costs: &BTreeMap<String, Decimal>, plan: &Plan) -> Result<Decimal, String> {
        let glob: Vec<&str> = part.select.iter().map(|(_, value)| value.as_str()).collect();
        let glob = if glob.is_empty() { "*".to_owned() } else { glob.join("/") };
        let matching: Vec<&Decimal> =
            costs.iter().filter(|(name, _)| glob_matches(&glob, name)).map(|(_, cost)| cost).collect();
        if matching.is_empty() && !part.select.is_empty() {
            let near: Vec<&str> = costs.keys().take(5).map(String::as_str).collect();
            let what = part.select.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ");
            return Err(format!("nothing costs anything under {what}; there are {}", near.join(", ")));
        }
        let sum: Decimal = matching.into_iter().sum();
        let currency = self.currency.ok_or("`currency` is no code of a currency")?;
        let total = plan.map.in_totals(sum, currency);
        total.ok_or_else(|| format!("there is no rate for {currency}: [money] rates = {{ {currency} = \"…\" }}"))
    }
}

fn read(answer: &Answer) -> Result<BTreeMap<String, Decimal>, SourceError> {
    let text = answer.text()?;
    let reply: Reply = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
    if let Some(code) = reply.code.filter(|code| *code != 200) {
        let says = reply.message.as_ref().map(Text::as_str).unwrap_or_default();
        let says = clean_line(&format!("{code} {says}"), 300).into_owned();
        return Err(SourceError::Says { place: answer.place.clone(), says });
    }
    let missing = || SourceError::Json { place: answer.place.clone(), why: "`data` is missing".to_owned() };
    let mut costs: BTreeMap<String, Decimal> = BTreeMap::new();
    for (name, allocation) in reply.data.ok_or_else(missing)?.into_iter().flatten().flatten() {
        let cost = allocation.total_cost.as_ref().and_then(decimal).unwrap_or_default();
        *costs.entry(clean_line(name.as_str(), 200).into_owned()).or_default() += cost;
    }
    Ok(costs)
}

fn decimal(number: &Number) -> Option<Decimal> {
    let text = number.to_string();
    text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
}
