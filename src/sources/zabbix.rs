//! Zabbix 6.0 to 7 (JSON-RPC): problems of monitored triggers, with acknowledgements and maintenance. The account needs
//! to read the hosts, and of the API the methods `problem.get`, `trigger.get`, `maintenance.get` and `host.get`; as a
//! super admin it also sees whether the server behind the frontend runs (`hanode.get`) and who acknowledged (`user.get`).
//! A token goes in as `auth.bearer`, a user with a password as `auth.basic`: where the version wants it, is found out.
//!
//! Labels: `host` (the technical name), `name` (the visible one), `hostgroup`, `severity`, and every tag of the problem
//! under its own name (`true` where it has no value); several values are joined by `, `. `tz` is the zone of the Zabbix server, in which maintenance
//! comes again (default: UTC).
//!
//! Zabbix tells problems, so silence is good news, but only from a server that runs: one that does not is lost. A
//! problem whose trigger depends on another problem is unknown: it can't be seen behind the other.

mod answers;
mod periods;
mod problems;
mod session;
mod writes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::answers::{Host, Maintenance, Node, Problem, Trigger, User, time};
use self::session::Session;
pub use self::writes::KINDS;
use super::conditions::Memory;
use super::error::SourceError;
use super::filter::Filter;
use super::gather::decoded;
use super::kind::Capabilities;
use super::settings::Settings;
use super::words::{Table, Words};
use super::{Clock, Source};
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::severity::Severity;
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Outcome, Preview};

/// The most problems that are read.
const MOST_PROBLEMS: usize = 50_000;
/// About how many bytes a problem is: many are made to signals apart from other polls.
const SIZE_OF_PROBLEM: usize = 500;
/// A server says every five seconds that it is there; silent for longer, it hangs or is gone.
const STALE: TimeDelta = TimeDelta::minutes(2);

/// Zabbix' own scale, by number.
const LEVELS: [&str; 6] = ["not classified", "information", "warning", "average", "high", "disaster"];
const WORDS: Table = &[
    ("not classified", Severity::Unclassified),
    ("information", Severity::Info),
    ("warning", Severity::Warning),
    ("average", Severity::Minor),
    ("high", Severity::Major),
    ("disaster", Severity::Critical),
];

/// The adapter.
pub struct Zabbix {
    session: Session,
    reader: Arc<Reader>,
}

/// What answers are read with.
struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    words: Words,
    /// Where the frontend is.
    home: Option<String>,
    tz: Tz,
    memory: Mutex<Memory>,
    /// Names of users, by id.
    users: Mutex<BTreeMap<String, String>>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    let (session, home) = Session::new(settings, clock);
    let tz = settings.own.get("tz").and_then(toml::Value::as_str);
    Box::new(Zabbix {
        session,
        reader: Arc::new(Reader {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            words: Words::new(WORDS, &settings.severity),
            home,
            tz: tz.and_then(|tz| tz.parse().ok()).unwrap_or(Tz::UTC),
            memory: Mutex::default(),
            users: Mutex::default(),
        }),
    })
}

/// Everything that one poll brought.
struct Poll {
    problems: Vec<Problem>,
    /// Of the problems, by id, and monitored: others are left over from what nobody watches any more.
    triggers: BTreeMap<String, Trigger>,
    maintenances: Vec<Maintenance>,
    /// Hosts of the maintenances.
    hosts: Vec<Host>,
    /// When a server was last seen to run, where the account may know.
    server: Option<Instant>,
    notes: Vec<String>,
}

impl Zabbix {
    async fn list<T: DeserializeOwned + Send + 'static>(
        &self,
        method: &'static str,
        params: &Value,
    ) -> Result<Vec<T>, SourceError> {
        let answer = self.session.call(method, params).await?;
        decoded(answer.body.len(), move || answers::result(&answer)).await
    }

    /// The problems, newest first; how far the clock of the frontend is ahead of ours, and a remark on it.
    async fn problems(&self) -> Result<(Vec<Problem>, TimeDelta, Option<String>), SourceError> {
        let suppression = if self.session.is_at_least(6, 2).await? {
            json!(["maintenanceid", "suppress_until", "userid"])
        } else {
            json!(["maintenanceid", "suppress_until"])
        };
        let params = json!({
            "output": ["eventid", "objectid", "clock", "name", "severity", "acknowledged", "suppressed", "r_eventid", "opdata"],
            "selectTags": "extend",
            "selectAcknowledges": ["userid", "clock", "message", "action"],
            "selectSuppressionData": suppression,
            "source": 0, "object": 0,
            "sortfield": ["eventid"], "sortorder": "DESC",
            "limit": MOST_PROBLEMS + 1,
        });
        let answer = self.session.call("problem.get", &params).await?;
        let (ahead, note) = (answer.ahead.unwrap_or_default(), answer.clock_note());
        let problems = decoded(answer.body.len(), move || answers::result(&answer)).await?;
        Ok((problems, ahead, note))
    }

    /// The triggers of problems that are monitored, with their hosts and what they depend on.
    async fn triggers(&self, problems: &[Problem]) -> Result<BTreeMap<String, Trigger>, SourceError> {
        let mut ids: Vec<&str> = problems.iter().map(|problem| problem.objectid.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let groups = self.groups().await?;
        let params = json!({
            "triggerids": ids, "monitored": true,
            "output": ["triggerid", "url"],
            "selectHosts": ["hostid", "host", "name"],
            groups: ["name"],
            "selectDependencies": ["triggerid", "description", "value"],
        });
        let triggers = self.list::<Trigger>("trigger.get", &params).await?;
        Ok(triggers.into_iter().map(|trigger| (trigger.triggerid.clone(), trigger)).collect())
    }

    /// How this version calls the question for the host groups of something.
    async fn groups(&self) -> Result<&'static str, SourceError> {
        let renamed = self.session.is_at_least(6, 2).await?;
        Ok(if renamed { "selectHostGroups" } else { "selectGroups" })
    }

    async fn maintenances(&self, now: Instant) -> Result<(Vec<Maintenance>, Vec<Host>), SourceError> {
        let groups = self.groups().await?;
        let params = json!({
            "output": ["maintenanceid", "name", "active_since", "active_till"],
            "selectHosts": ["hostid"],
            groups: ["groupid"],
            "selectTimeperiods": "extend",
            "selectTags": "extend",
        });
        let mut maintenances = self.list::<Maintenance>("maintenance.get", &params).await?;
        // One with tags is of some problems, which say so themselves, and no change of the whole host.
        let is_whole = |maintenance: &Maintenance| maintenance.tags.is_empty();
        maintenances.retain(|it| time(&it.active_till).is_some_and(|end| end > now));
        let mut hosts = Vec::new();
        let whole = || maintenances.iter().filter(|it| is_whole(it));
        let hostids: Vec<&str> = whole().flat_map(Maintenance::host_ids).collect();
        let groupids: Vec<&str> = whole().flat_map(Maintenance::group_ids).collect();
        for (key, ids) in [("hostids", hostids), ("groupids", groupids)] {
            if !ids.is_empty() {
                let params = json!({
                    key: ids, "output": ["hostid", "host", "name"], "selectTags": "extend", groups: ["groupid", "name"],
                });
                hosts.extend(self.list::<Host>("host.get", &params).await?);
            }
        }
        hosts.sort_by(|one: &Host, other| one.hostid.cmp(&other.hostid));
        hosts.dedup_by(|one, other| one.hostid == other.hostid);
        Ok((maintenances, hosts))
    }

    /// When a server was last seen to run.
    async fn server(&self) -> Result<Option<Instant>, SourceError> {
        let nodes = self.list::<Node>("hanode.get", &json!({ "output": ["status", "lastaccess"] })).await?;
        Ok(nodes.iter().filter_map(|node| time(&node.lastaccess)).max())
    }

    /// Learns the names of those who said something, as far as the account may know them.
    async fn learn_users(&self, problems: &[Problem]) {
        let unknown: Vec<String> = {
            let users = self.reader.users.lock().unwrap_or_else(PoisonError::into_inner);
            let mut ids: Vec<String> = problems.iter().flat_map(Problem::speakers).map(str::to_owned).collect();
            ids.sort_unstable();
            ids.dedup();
            ids.into_iter().filter(|id| !users.contains_key(id)).collect()
        };
        if unknown.is_empty() {
            return;
        }
        let params = json!({ "userids": unknown, "output": ["userid", "username"] });
        let known = self.list::<User>("user.get", &params).await.unwrap_or_default();
        let mut users = self.reader.users.lock().unwrap_or_else(PoisonError::into_inner);
        for id in unknown {
            let user = known.iter().find(|user| user.userid == id && !user.username.is_empty());
            let called = user.map_or_else(|| format!("user {id}"), |user| user.username.clone());
            users.insert(id, called);
        }
    }
}

#[async_trait]
impl Source for Zabbix {
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALERTS.and_changes().and_writes(KINDS)
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        self.reader.filter.as_ref().map_err(Clone::clone)?;
        let problems = self.problems().await;
        if matches!(problems, Err(SourceError::Says { .. })) {
            // It may have been upgraded to a version that wants to be asked in another way.
            self.session.forget().await;
        }
        let (mut problems, ahead, note) = problems?;
        let mut notes: Vec<String> = note.into_iter().collect();
        if problems.len() > MOST_PROBLEMS {
            problems.truncate(MOST_PROBLEMS);
            notes.push(format!("more than {MOST_PROBLEMS} problems: the older ones are not read"));
        }
        let triggers = self.triggers(&problems).await?;
        let (maintenances, hosts) = self.maintenances(now).await.unwrap_or_else(|error| {
            notes.push(format!("maintenance is not known: {error}"));
            (Vec::new(), Vec::new())
        });
        self.learn_users(&problems).await;
        let server = self.server().await.unwrap_or_else(|error| {
            let advice = "a token of a super admin, or a `heartbeat`, tells";
            notes.push(format!("whether the Zabbix server runs is not known: {error}; {advice}"));
            None
        });
        // What the server said of itself is by its own clock.
        let server = server.map(|seen| seen - ahead);
        let poll = Poll { problems, triggers, maintenances, hosts, server, notes };
        let (reader, size) = (Arc::clone(&self.reader), poll.problems.len() * SIZE_OF_PROBLEM);
        decoded(size, move || reader.report(&poll, now)).await
    }

    async fn prepare(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        self.preview(intent, now).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        self.carry_out(preview).await
    }
}
