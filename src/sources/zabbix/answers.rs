//! Answers of Zabbix' API. Nearly every number comes as a text; both are taken.

use chrono::DateTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::super::client::Answer;
use super::super::error::SourceError;
use super::super::gather::json_error;
use super::super::text::Text;
use crate::domain::clean::clean_line;
use crate::domain::span::Instant;

#[derive(Deserialize)]
#[serde(expecting = "an answer of JSON-RPC: an object with `result` or `error`")]
struct Envelope<T> {
    result: Option<T>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
#[serde(expecting = "an error of JSON-RPC")]
struct Refusal {
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: String,
}

/// A text, a number, or `null` for an empty text.
fn loose<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Text::deserialize(deserializer).map(|text| text.0.into_owned())
}

/// One problem.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "a problem")]
pub struct Problem {
    #[serde(deserialize_with = "loose")]
    pub eventid: String,
    /// Its trigger.
    #[serde(deserialize_with = "loose")]
    pub objectid: String,
    #[serde(deserialize_with = "loose")]
    pub clock: String,
    #[serde(deserialize_with = "loose")]
    pub name: String,
    #[serde(deserialize_with = "loose")]
    pub severity: String,
    #[serde(deserialize_with = "loose")]
    pub acknowledged: String,
    #[serde(deserialize_with = "loose")]
    pub suppressed: String,
    /// What ended it; 0 is nothing.
    #[serde(deserialize_with = "loose")]
    pub r_eventid: String,
    #[serde(deserialize_with = "loose")]
    pub opdata: String,
    pub tags: Vec<Tag>,
    pub acknowledges: Vec<Update>,
    pub suppression_data: Vec<Suppression>,
}

impl Problem {
    /// Ids of those who said something about it.
    pub fn speakers(&self) -> impl Iterator<Item = &str> {
        let said = self.acknowledges.iter().map(|update| update.userid.as_str());
        let suppressed = self.suppression_data.iter().map(|by| by.userid.as_str());
        said.chain(suppressed).filter(|id| !matches!(*id, "" | "0"))
    }
}

/// A tag of a problem or a host.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "a tag")]
pub struct Tag {
    #[serde(deserialize_with = "loose")]
    pub tag: String,
    #[serde(deserialize_with = "loose")]
    pub value: String,
}

/// What somebody did to a problem.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "an update of a problem")]
pub struct Update {
    #[serde(deserialize_with = "loose")]
    pub userid: String,
    #[serde(deserialize_with = "loose")]
    pub clock: String,
    #[serde(deserialize_with = "loose")]
    pub message: String,
    /// Bits: 2 is an acknowledgement, 16 takes it back.
    #[serde(deserialize_with = "loose")]
    pub action: String,
}

/// What suppresses a problem.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "what suppresses a problem")]
pub struct Suppression {
    /// 0: somebody did it by hand.
    #[serde(deserialize_with = "loose")]
    pub maintenanceid: String,
    #[serde(deserialize_with = "loose")]
    pub suppress_until: String,
    #[serde(deserialize_with = "loose")]
    pub userid: String,
}

/// A trigger of a problem.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "a trigger")]
pub struct Trigger {
    #[serde(deserialize_with = "loose")]
    pub triggerid: String,
    #[serde(deserialize_with = "loose")]
    pub url: String,
    pub hosts: Vec<Host>,
    #[serde(alias = "hostgroups")]
    pub groups: Vec<Group>,
    pub dependencies: Vec<Dependency>,
}

/// A trigger that another one depends on.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "a trigger that another one depends on")]
pub struct Dependency {
    #[serde(deserialize_with = "loose")]
    pub description: String,
    /// 1 is a problem.
    #[serde(deserialize_with = "loose")]
    pub value: String,
}

/// A host.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "a host")]
pub struct Host {
    #[serde(deserialize_with = "loose")]
    pub hostid: String,
    /// The technical name.
    #[serde(deserialize_with = "loose", rename = "host")]
    pub technical: String,
    #[serde(deserialize_with = "loose")]
    pub name: String,
    pub tags: Vec<Tag>,
    #[serde(alias = "hostgroups")]
    pub groups: Vec<Group>,
}

/// A host group.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "a host group")]
pub struct Group {
    #[serde(deserialize_with = "loose")]
    pub groupid: String,
    #[serde(deserialize_with = "loose")]
    pub name: String,
}

/// A maintenance.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "a maintenance")]
pub struct Maintenance {
    #[serde(deserialize_with = "loose")]
    pub maintenanceid: String,
    #[serde(deserialize_with = "loose")]
    pub name: String,
    #[serde(deserialize_with = "loose")]
    pub active_since: String,
    #[serde(deserialize_with = "loose")]
    pub active_till: String,
    pub hosts: Vec<Host>,
    #[serde(alias = "hostgroups")]
    pub groups: Vec<Group>,
    pub timeperiods: Vec<Period>,
    /// Of problems that it is about; none is all.
    pub tags: Vec<Tag>,
}

impl Maintenance {
    /// Hosts that it names.
    pub fn host_ids(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(|host| host.hostid.as_str())
    }

    /// Host groups that it names.
    pub fn group_ids(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|group| group.groupid.as_str())
    }

    /// Whether it is of this host, by name or by group.
    pub fn is_of(&self, host: &Host) -> bool {
        self.host_ids().any(|id| id == host.hostid)
            || self.group_ids().any(|id| host.groups.iter().any(|group| group.groupid == id))
    }
}

/// When a maintenance takes place.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "a time period")]
pub struct Period {
    /// 0 once, 2 daily, 3 weekly, 4 monthly.
    #[serde(deserialize_with = "loose")]
    pub timeperiod_type: String,
    #[serde(deserialize_with = "loose")]
    pub every: String,
    /// Months as bits, January first.
    #[serde(deserialize_with = "loose")]
    pub month: String,
    /// Weekdays as bits, Monday first.
    #[serde(deserialize_with = "loose")]
    pub dayofweek: String,
    /// The day of the month.
    #[serde(deserialize_with = "loose")]
    pub day: String,
    /// Seconds after local midnight.
    #[serde(deserialize_with = "loose")]
    pub start_time: String,
    /// Its length in seconds.
    #[serde(deserialize_with = "loose", rename = "period")]
    pub length: String,
    #[serde(deserialize_with = "loose")]
    pub start_date: String,
}

/// A member of the server's cluster; a single server is one, too.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "a node of the server's cluster")]
pub struct Node {
    #[serde(deserialize_with = "loose")]
    pub lastaccess: String,
}

/// Somebody.
#[derive(Deserialize, Debug, Default)]
#[serde(default, expecting = "a user")]
pub struct User {
    #[serde(deserialize_with = "loose")]
    pub userid: String,
    #[serde(deserialize_with = "loose")]
    pub username: String,
}

/// The result of a call.
pub fn result<T: DeserializeOwned>(answer: &Answer) -> Result<T, SourceError> {
    let text = answer.text()?;
    let envelope: Envelope<T> = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
    if let Some(refusal) = envelope.error {
        let says = clean_line(format!("{} {}", refusal.message, refusal.data).trim(), 300).into_owned();
        return Err(SourceError::Says { place: answer.place.clone(), says });
    }
    envelope
        .result
        .ok_or_else(|| SourceError::Json { place: answer.place.clone(), why: "`result` is missing".to_owned() })
}

/// Seconds since the epoch; 0 is never.
pub fn time(text: &str) -> Option<Instant> {
    let seconds = text.parse::<i64>().ok().filter(|seconds| *seconds > 0)?;
    DateTime::from_timestamp(seconds, 0)
}
