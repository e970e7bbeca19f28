//! Writing to Zabbix: acknowledge a problem, leave a message, put its hosts into maintenance for what is like it; a
//! ticket is linked by a message. The account needs the right to update problems, and for maintenance to edit it.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::answers::{Problem, Tag, Trigger};
use super::{LEVELS, Zabbix};
use crate::domain::clean::clean_line;
use crate::domain::span::Instant;
use crate::domain::write::{Covered, Intent, Outcome, Preview, Reference, Target, WriteKind};
use crate::sources::error::SourceError;
use crate::sources::remark;
use crate::sources::text::summary;

/// What can be done.
pub const KINDS: &[WriteKind] = &[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Silence, WriteKind::Link];
/// How long a maintenance lasts unless the intent says otherwise.
const LASTS: TimeDelta = TimeDelta::hours(2);
/// Bits of an update: acknowledge, and say something.
const ACKNOWLEDGE: u32 = 2;
const MESSAGE: u32 = 4;
/// The longest name of a maintenance.
const LONGEST_NAME: usize = 128;
/// The most other problems that a preview names.
const MOST_NAMED: usize = 50;

impl Zabbix {
    pub(super) async fn preview(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        let Target::Signal(signal) = &intent.target else {
            return Err(SourceError::Changed("only problems can be changed here".to_owned()));
        };
        let params = json!({
            "eventids": [&*signal.id], "selectTags": "extend",
            "output": ["eventid", "objectid", "name", "severity", "acknowledged", "suppressed", "r_eventid"],
        });
        let problem = self.list::<Problem>("problem.get", &params).await?.into_iter().next();
        let gone = || SourceError::Changed("Zabbix does not have this problem any more: it may be resolved".to_owned());
        let problem = problem.ok_or_else(gone)?;
        let mut remarks = Vec::new();
        let mut covers = Vec::new();
        let (method, params) = match intent.kind {
            WriteKind::Silence => {
                let until = intent.until.unwrap_or(now + LASTS);
                remarks.push(
                    until.format("it ends by itself at %Y-%m-%d %H:%M UTC; it begins within a minute").to_string(),
                );
                let trigger = self.trigger(&problem).await?;
                remarks.push(also_quiet(&problem.tags, &trigger));
                covers = self.covered(&problem, &trigger).await?;
                ("maintenance.create", maintenance(intent, &problem, &trigger, now, until))
            }
            kind => {
                let bits = if kind == WriteKind::Acknowledge {
                    if problem.acknowledged == "1" {
                        remarks.push("it is acknowledged already: the message is added".to_owned());
                    }
                    remarks.push("it does not end before the problem does".to_owned());
                    ACKNOWLEDGE | MESSAGE
                } else {
                    MESSAGE
                };
                let message =
                    remark::text(intent, if kind == WriteKind::Acknowledge { "acknowledged" } else { "seen" });
                ("event.acknowledge", json!({ "eventids": [problem.eventid], "action": bits, "message": message }))
            }
        };
        Ok(Preview {
            intent: intent.clone(),
            object: line(&problem),
            request: self.session.draft(method, &params).await?,
            covers_count: covers.len(),
            covers: covers.into_iter().take(MOST_NAMED).collect(),
            remarks,
        })
    }

    async fn trigger(&self, problem: &Problem) -> Result<Trigger, SourceError> {
        let params = json!({
            "triggerids": [problem.objectid], "output": ["triggerid"], "selectHosts": ["hostid", "host", "name"],
        });
        let found = self.list::<Trigger>("trigger.get", &params).await?.into_iter().next();
        let found = found.filter(|trigger| !trigger.hosts.is_empty());
        found.ok_or_else(|| SourceError::Changed("the account sees no host of this problem".to_owned()))
    }

    /// The other problems of the hosts that the maintenance will take, too.
    async fn covered(&self, problem: &Problem, trigger: &Trigger) -> Result<Vec<Covered>, SourceError> {
        let hosts: Vec<&str> = trigger.hosts.iter().map(|host| host.hostid.as_str()).collect();
        let params = json!({
            "hostids": hosts, "selectTags": "extend", "output": ["eventid", "name", "severity"],
        });
        let others = self.list::<Problem>("problem.get", &params).await?;
        let like = others.iter().filter(|other| other.eventid != problem.eventid && is_covered(other, &problem.tags));
        Ok(like.map(|other| Covered { id: other.eventid.as_str().into(), summary: summary(&line(other)) }).collect())
    }

    pub(super) async fn carry_out(&self, preview: &Preview) -> Outcome {
        self.session.send(&preview.request, |result| done(preview.intent.kind, result)).await
    }
}

/// Whether a maintenance with these tags is of a problem. Of several tags with one name any will do, and every name
/// is needed: the way of Zabbix that is called And/Or.
fn is_covered(problem: &Problem, tags: &[Tag]) -> bool {
    let has = |tag: &Tag| problem.tags.iter().any(|its| (&its.tag, &its.value) == (&tag.tag, &tag.value));
    tags.iter().all(|named| tags.iter().filter(|tag| tag.tag == named.tag).any(has))
}

/// What else becomes quiet: what is not there yet.
fn also_quiet(tags: &[Tag], trigger: &Trigger) -> String {
    let hosts: Vec<&str> = trigger.hosts.iter().map(|host| host.name.as_str()).collect();
    let hosts = clean_line(&hosts.join(", "), 100).into_owned();
    if tags.is_empty() {
        return format!("the problem has no tags: everything of {hosts} is quiet, also what is yet to come");
    }
    format!("problems of {hosts} with these tags that are yet to come are quiet, too")
}

/// A maintenance with data collection of the hosts of a problem, for problems with its tags.
fn maintenance(intent: &Intent, problem: &Problem, trigger: &Trigger, now: Instant, until: Instant) -> Value {
    let tags: Vec<Value> =
        problem.tags.iter().map(|tag| json!({ "tag": tag.tag, "operator": 0, "value": tag.value })).collect();
    let hosts: Vec<Value> = trigger.hosts.iter().map(|host| json!({ "hostid": host.hostid })).collect();
    // Names are unique, and Zabbix counts in minutes.
    let unique = format!(" ({}, {})", problem.eventid, now.format("%Y-%m-%d %H:%M:%S UTC"));
    let room = LONGEST_NAME.saturating_sub(unique.chars().count());
    let name: String = problem.name.chars().take(room).chain(unique.chars()).collect();
    let start = now.timestamp() / 60 * 60;
    let period = (until.timestamp() - start).max(300);
    json!({
        "name": name,
        "description": format!("{}: {}", intent.author, remark::text(intent, "maintenance")),
        "active_since": start, "active_till": start + period,
        "maintenance_type": 0, "tags_evaltype": 0, "tags": tags, "hosts": hosts,
        "timeperiods": [{ "timeperiod_type": 0, "start_date": start, "period": period }],
    })
}

/// What a result says that was done.
fn done(kind: WriteKind, result: &Value) -> Outcome {
    let ids = |name: &str| -> Vec<String> {
        let ids = result[name].as_array().into_iter().flatten();
        ids.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).collect()
    };
    let (updated, made) = (ids("eventids"), ids("maintenanceids"));
    match (kind, made.first()) {
        (WriteKind::Silence, Some(id)) => {
            let id = clean_line(id, 40).into_owned();
            let made = Reference { id: Arc::from(id.as_str()), title: Arc::from("maintenance"), link: None };
            Outcome::Done { says: format!("maintenance {id}"), made: Some(made) }
        }
        (WriteKind::Silence, None) => Outcome::Unknown { why: "Zabbix names no maintenance that it made".to_owned() },
        _ if updated.is_empty() => Outcome::Unknown { why: "Zabbix names no problem that it updated".to_owned() },
        _ => Outcome::Done { says: format!("problem {} updated", clean_line(&updated.join(", "), 60)), made: None },
    }
}

/// A problem in a line.
fn line(problem: &Problem) -> String {
    let level = problem.severity.parse().ok().and_then(|level: usize| LEVELS.get(level).copied()).unwrap_or("problem");
    let more = if problem.acknowledged == "1" { " · acknowledged" } else { "" };
    clean_line(&format!("{} · {level}{more}", problem.name), 300).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::answers::Host;
    use super::*;
    use crate::domain::testing::intent;

    fn tags(pairs: &[(&str, &str)]) -> Vec<Tag> {
        pairs.iter().map(|(tag, value)| Tag { tag: (*tag).to_owned(), value: (*value).to_owned() }).collect()
    }

    #[test]
    fn tags_of_one_name_are_alternatives_and_all_names_are_needed() {
        let of = tags(&[("service", "pay"), ("service", "shop"), ("team", "web")]);
        let is = |pairs: &[(&str, &str)]| is_covered(&Problem { tags: tags(pairs), ..Problem::default() }, &of);
        assert!(
            is(&[("service", "shop"), ("team", "web"), ("more", "x")]) && is(&[("team", "web"), ("service", "pay")])
        );
        assert!(!is(&[("service", "pay"), ("service", "shop")]) && !is(&[("service", "mail"), ("team", "web")]));
        assert!(is_covered(&Problem::default(), &[]), "without tags it is of all");
    }

    #[test]
    fn a_long_name_stays_unique() {
        let intent = intent("zabbix", WriteKind::Silence);
        let problem = Problem { name: "x".repeat(300), eventid: "77".to_owned(), ..Problem::default() };
        let trigger = Trigger { hosts: vec![Host::default()], ..Trigger::default() };
        let now: Instant = "2026-11-24T10:00:00Z".parse().expect("an instant");
        let made = maintenance(&intent, &problem, &trigger, now, now + LASTS);
        let name = made["name"].as_str().expect("a name");
        assert!(name.chars().count() == LONGEST_NAME && name.ends_with("(77, 2026-11-24 10:00:00 UTC)"), "{name}");
        assert!(
            also_quiet(&[], &trigger).contains("everything")
                && !also_quiet(&tags(&[("a", "b")]), &trigger).contains("everything")
        );
    }
}
