//! What Zabbix' problems mean for us.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use super::answers::{Group, Host, Problem, Suppression, Tag, Trigger, time};
use super::periods::windows;
use super::{LEVELS, Poll, Reader, STALE};
use crate::domain::observation::StateReport;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::Instant;
use crate::sources::conditions::{Condition, Conditions, Planned};
use crate::sources::error::SourceError;

/// The bits of an update that acknowledge, and that take it back.
const ACKNOWLEDGES: i64 = 2;
const TAKES_BACK: i64 = 16;

type Label<'a> = (Cow<'a, str>, Cow<'a, str>);

impl Reader {
    pub(super) fn report(&self, poll: &Poll, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.filter.as_ref().map_err(Clone::clone)?;
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Conditions::new(&self.source, filter, &mut memory, now);
        let mut unknown = BTreeSet::new();
        for problem in poll.problems.iter().filter(|problem| matches!(problem.r_eventid.as_str(), "" | "0")) {
            if let Some(trigger) = poll.triggers.get(&problem.objectid) {
                found.add(self.condition(poll, problem, trigger, &users, &mut unknown));
            }
        }
        for maintenance in poll.maintenances.iter().filter(|maintenance| maintenance.tags.is_empty()) {
            let spans = windows(maintenance, self.tz, now);
            for host in poll.hosts.iter().filter(|host| maintenance.is_of(host)) {
                for window in &spans {
                    found.plan(&Planned {
                        id: format!("{}-{}-{}", maintenance.maintenanceid, host.technical, window.start.timestamp())
                            .into(),
                        labels: labels(std::slice::from_ref(host), &host.groups, &host.tags, ""),
                        window: *window,
                        summary: maintenance.name.as_str().into(),
                    });
                }
            }
        }
        poll.notes.iter().for_each(|note| found.note(note));
        let mut report = StateReport { unknown_words: unknown.into_iter().collect(), ..found.finish() };
        if let Some(seen) = poll.server.filter(|seen| now - *seen > STALE) {
            let text = seen.format("a running Zabbix server (the last sign of it is of %Y-%m-%d %H:%M UTC)");
            report.missing_heartbeats.push(text.to_string());
        }
        Ok(report)
    }

    fn condition<'a>(
        &self,
        poll: &'a Poll,
        problem: &'a Problem,
        trigger: &'a Trigger,
        users: &BTreeMap<String, String>,
        unknown: &mut BTreeSet<String>,
    ) -> Condition<'a> {
        let level = problem.severity.parse().ok().and_then(|level: usize| LEVELS.get(level).copied());
        let severity = self.words.severity(Some(level.unwrap_or(&problem.severity)), unknown);
        let hidden_by = trigger.dependencies.iter().find(|dependency| dependency.value == "1");
        let (handling, handled_by) = handling(poll, problem, users);
        let hosts: Vec<&str> = trigger.hosts.iter().map(|host| host.name.as_str()).collect();
        let behind = hidden_by.map(|by| format!(" (behind: {})", by.description)).unwrap_or_default();
        let opdata = if problem.opdata.is_empty() { String::new() } else { format!(" ({})", problem.opdata) };
        let link = match &self.home {
            Some(home) => {
                format!("{home}/tr_events.php?triggerid={}&eventid={}", problem.objectid, problem.eventid).into()
            }
            None => Cow::Borrowed(trigger.url.as_str()),
        };
        Condition {
            id: problem.eventid.as_str().into(),
            labels: labels(&trigger.hosts, &trigger.groups, &problem.tags, level.unwrap_or_default()),
            severity: if hidden_by.is_some() { Severity::Ok } else { severity },
            unknown: hidden_by.is_some(),
            handling,
            handled_by,
            since: time(&problem.clock),
            summary: format!("{}: {}{opdata}{behind}", hosts.join(", "), problem.name).into(),
            link,
        }
    }
}

/// Tags under their own names, then what no tag overrules.
fn labels<'a>(hosts: &'a [Host], groups: &'a [Group], tags: &'a [Tag], level: &'a str) -> Vec<Label<'a>> {
    let join = |values: Vec<&'a str>| -> Cow<'a, str> {
        match values.as_slice() {
            [one] => Cow::Borrowed(one),
            several => several.join(", ").into(),
        }
    };
    let mut several: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for tag in tags {
        // A tag without a value says that it is so.
        let value = if tag.value.is_empty() { "true" } else { tag.value.as_str() };
        let values = several.entry(tag.tag.as_str()).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let own = [
        ("host", hosts.iter().map(|host| host.technical.as_str()).collect()),
        ("name", hosts.iter().map(|host| host.name.as_str()).collect()),
        ("hostgroup", groups.iter().map(|group| group.name.as_str()).collect()),
        ("severity", vec![level]),
    ];
    several.extend(own.into_iter().filter(|(_, values): &(_, Vec<&str>)| values.iter().any(|value| !value.is_empty())));
    several.into_iter().map(|(name, values)| (name.into(), join(values))).collect()
}

/// A maintenance is planned; what somebody suppressed or acknowledged by hand is seen to.
fn handling(poll: &Poll, problem: &Problem, users: &BTreeMap<String, String>) -> (Handling, Option<String>) {
    let who = |id: &str| users.get(id).cloned().unwrap_or_else(|| "somebody".to_owned());
    let until = |by: &Suppression| {
        time(&by.suppress_until).map(|end| end.format(" (until %Y-%m-%d %H:%M UTC)").to_string()).unwrap_or_default()
    };
    let by_hand = |by: &&Suppression| matches!(by.maintenanceid.as_str(), "" | "0");
    if problem.suppressed == "1" {
        let planned = problem.suppression_data.iter().find(|by| !by_hand(by));
        let manual = problem.suppression_data.iter().find(by_hand);
        return match (planned, manual) {
            (Some(by), _) => {
                let named = poll.maintenances.iter().find(|maintenance| maintenance.maintenanceid == by.maintenanceid);
                let name = named.map_or("maintenance", |maintenance| maintenance.name.as_str());
                (Handling::Maintenance, Some(format!("{name}{}", until(by))))
            }
            (None, Some(by)) => (Handling::Acknowledged, Some(format!("{}: suppressed{}", who(&by.userid), until(by)))),
            (None, None) => (Handling::Maintenance, None),
        };
    }
    if problem.acknowledged != "1" {
        return (Handling::None, None);
    }
    let bits = |action: &str| action.parse::<i64>().unwrap_or_default();
    let updates = problem.acknowledges.iter().filter(|update| bits(&update.action) & (ACKNOWLEDGES | TAKES_BACK) != 0);
    let last = updates.max_by_key(|update| update.clock.parse::<i64>().unwrap_or_default());
    (Handling::Acknowledged, last.map(|update| format!("{}: {}", who(&update.userid), update.message)))
}
