//! Objects of Icinga's API, as far as they are asked for. Any attribute may be missing or `null`: an object is as old as
//! the release that wrote it.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;

use super::super::client::Answer;
use super::super::error::SourceError;
use super::super::gather::json_error;
use super::super::text::Text;
use crate::domain::span::Instant;

#[derive(Deserialize)]
#[serde(expecting = "an answer of Icinga's API: an object with `results`")]
struct Envelope<T> {
    results: Option<Vec<Object<T>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object of Icinga")]
struct Object<T> {
    attrs: T,
}

/// A host or a service.
#[derive(Deserialize, Default)]
#[serde(default, expecting = "the attributes of a host or a service")]
pub struct Check<'a> {
    /// The host of a service.
    #[serde(borrow)]
    pub host_name: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    pub state: Option<f64>,
    /// 1 is hard.
    pub state_type: Option<f64>,
    pub last_hard_state: Option<f64>,
    pub last_state_change: Option<f64>,
    pub last_hard_state_change: Option<f64>,
    /// None: it never ran.
    #[serde(borrow)]
    pub last_check_result: Option<CheckResult<'a>>,
    /// Whether all that it depends on was up when it ran last.
    pub last_reachable: Option<bool>,
    /// 0 is none.
    pub acknowledgement: Option<f64>,
    pub acknowledgement_expiry: Option<f64>,
    pub downtime_depth: Option<f64>,
    pub enable_active_checks: Option<bool>,
    pub check_interval: Option<f64>,
    #[serde(borrow)]
    pub check_period: Text<'a>,
    /// When the next result should be there.
    pub next_update: Option<f64>,
    #[serde(borrow)]
    pub groups: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub notes_url: Text<'a>,
    pub vars: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a check result")]
pub struct CheckResult<'a> {
    #[serde(borrow)]
    pub output: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "the attributes of a comment")]
pub struct Comment<'a> {
    #[serde(borrow)]
    pub host_name: Text<'a>,
    #[serde(borrow)]
    pub service_name: Text<'a>,
    #[serde(borrow)]
    pub author: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
    /// 4 is an acknowledgement.
    pub entry_type: Option<f64>,
    pub entry_time: Option<f64>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "the attributes of a downtime")]
pub struct Downtime<'a> {
    #[serde(borrow, rename = "__name")]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub host_name: Text<'a>,
    #[serde(borrow)]
    pub service_name: Text<'a>,
    #[serde(borrow)]
    pub author: Text<'a>,
    #[serde(borrow)]
    pub comment: Text<'a>,
    pub start_time: Option<f64>,
    pub end_time: Option<f64>,
    /// A flexible one begins with the first problem within its window, and lasts for `duration`.
    pub fixed: Option<bool>,
    pub duration: Option<f64>,
    pub trigger_time: Option<f64>,
}

/// The attributes of all objects of an answer.
pub fn results<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<Vec<T>, SourceError> {
    let text = answer.text()?;
    let envelope: Envelope<T> = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
    let missing = || SourceError::Json { place: answer.place.clone(), why: "`results` is missing".to_owned() };
    Ok(envelope.results.ok_or_else(missing)?.into_iter().map(|object| object.attrs).collect())
}

/// Seconds since the epoch; 0 is never.
pub fn time(seconds: Option<f64>) -> Option<Instant> {
    let seconds = seconds.filter(|seconds| *seconds > 0.0 && *seconds < 1e11)?;
    DateTime::from_timestamp_millis((seconds * 1000.0) as i64)
}
