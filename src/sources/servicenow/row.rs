//! Records of ServiceNow's tables: every field has a raw value and one for people.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use serde::Deserialize;

use super::super::goals;
use super::super::records::Labels;
use super::super::text::{Interner, Text, link, summary};
use crate::domain::facts::{Change, LabelList, NativeClock, Ticket};
use crate::domain::id::SourceName;
use crate::domain::map::Goal;
use crate::domain::span::{Instant, Span};

/// How long a change without an end is taken to last.
const UNENDING: TimeDelta = TimeDelta::hours(1);
/// States of an incident in which nobody works on it any more: resolved, closed, cancelled.
const DONE: [&str; 3] = ["6", "7", "8"];

/// A record.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Row<'a>(#[serde(borrow)] BTreeMap<Text<'a>, Cell<'a>>);

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a field with value and display_value")]
struct Cell<'a> {
    #[serde(borrow)]
    value: Text<'a>,
    #[serde(borrow)]
    display_value: Text<'a>,
}

impl Row<'_> {
    fn cell(&self, name: &str) -> Option<&Cell<'_>> {
        self.0.iter().find(|(key, _)| key.as_str() == name).map(|(_, cell)| cell)
    }

    /// The raw value.
    pub fn raw(&self, name: &str) -> &str {
        self.cell(name).map(|cell| cell.value.as_str()).unwrap_or_default()
    }

    /// The value as people see it.
    pub fn shown(&self, name: &str) -> &str {
        self.cell(name).and_then(|cell| cell.display_value.given().or_else(|| cell.value.given())).unwrap_or_default()
    }

    fn civil(&self, name: &str) -> Option<NaiveDateTime> {
        NaiveDateTime::parse_from_str(self.raw(name), "%Y-%m-%d %H:%M:%S").ok()
    }

    fn instant(&self, name: &str) -> Option<Instant> {
        self.civil(name).map(|civil| civil.and_utc()).filter(|at| at.timestamp() > 0)
    }

    /// A duration, which is written as a date that far from the beginning of 1970.
    fn duration(&self, name: &str) -> Option<TimeDelta> {
        Some(self.civil(name)?.and_utc() - DateTime::UNIX_EPOCH)
    }

    fn labels(&self, names: &[(&str, &str)], interner: &mut Interner) -> LabelList {
        let mut labels = Labels::new(interner);
        for (label, field) in names {
            labels.add(label, self.shown(field));
        }
        labels.finish()
    }

    /// The incident.
    pub fn ticket(&self, source: &SourceName, home: &str, slas: &Slas, interner: &mut Interner) -> Ticket {
        const LABELS: [(&str, &str); 11] = [
            ("priority", "priority"),
            ("status", "state"),
            ("urgency", "urgency"),
            ("impact", "impact"),
            ("category", "category"),
            ("cmdb_ci", "cmdb_ci"),
            ("business_service", "business_service"),
            ("service_offering", "service_offering"),
            ("assignment_group", "assignment_group"),
            ("owner", "assigned_to"),
            ("caller", "caller_id"),
        ];
        let open = self.raw("active") != "false" && !DONE.contains(&self.raw("state"));
        let own = slas.of.get(self.raw("number"));
        let owner = Some(self.shown("assigned_to")).filter(|owner| !owner.is_empty());
        let native = own.map(TaskSlas::clocks).unwrap_or_default();
        let (responded, due) = goals::milestones(&native);
        Ticket {
            source: source.clone(),
            id: interner.share(self.raw("number")),
            labels: self.labels(&LABELS, interner),
            summary: summary(self.shown("short_description")),
            status: interner.share(self.shown("state")),
            open,
            owner: owner.map(|owner| interner.share(owner)),
            created: self.instant("opened_at"),
            responded,
            updated: self.instant("sys_updated_on"),
            resolved: self.instant("resolved_at").or_else(|| self.instant("closed_at")).filter(|_| !open),
            due: due.or_else(|| self.instant("due_date")),
            paused: Vec::new(),
            native,
            link: self.link(home),
        }
    }

    /// Its `sys_id`, if that can stand in an address.
    pub fn id(&self) -> Option<&str> {
        let id = self.raw("sys_id");
        (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(id)
    }

    fn link(&self, home: &str) -> Option<Arc<str>> {
        link(&format!("{home}/incident.do?sys_id={}", self.id()?))
    }

    /// The change request; the time of the work where it has begun, else the plan. `None` where it does not say when.
    pub fn change(&self, source: &SourceName, interner: &mut Interner) -> Option<Change> {
        const LABELS: [(&str, &str); 8] = [
            ("type", "type"),
            ("risk", "risk"),
            ("status", "state"),
            ("cmdb_ci", "cmdb_ci"),
            ("business_service", "business_service"),
            ("service_offering", "service_offering"),
            ("assignment_group", "assignment_group"),
            ("owner", "assigned_to"),
        ];
        let planned = self.instant("start_date");
        let start = self.instant("work_start").or(planned)?;
        let ends = [self.instant("work_end"), self.instant("end_date")];
        let end = ends.into_iter().flatten().find(|end| *end > start).unwrap_or(start + UNENDING);
        Some(Change {
            source: source.clone(),
            id: interner.share(self.raw("number")),
            labels: self.labels(&LABELS, interner),
            nodes: Vec::new(),
            window: Span::new(start, end),
            summary: summary(self.shown("short_description")),
        })
    }
}

/// The SLAs of tasks.
#[derive(Default)]
pub(super) struct Slas {
    /// By the number of the task.
    of: BTreeMap<String, TaskSlas>,
    seen: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

#[derive(Default)]
struct TaskSlas {
    /// What the customer was promised.
    promised: Vec<(Goal, NativeClock)>,
    /// What groups and suppliers agreed among each other: it counts where nothing was promised.
    agreed: Vec<(Goal, NativeClock)>,
}

impl TaskSlas {
    fn clocks(&self) -> Vec<(Goal, NativeClock)> {
        let is_free = |(goal, _): &&(Goal, NativeClock)| self.promised.iter().all(|(known, _)| known != goal);
        self.promised.iter().chain(self.agreed.iter().filter(is_free)).copied().collect()
    }
}

impl Slas {
    /// Takes a record of `task_sla`.
    pub fn take(&mut self, row: &Row<'_>, own: &BTreeMap<String, Goal>, now: Instant) {
        let id = row.raw("sys_id");
        if !id.is_empty() && !self.seen.insert(id.to_owned()) {
            return;
        }
        let name = row.shown("sla.name");
        let goal = own.get(&name.to_lowercase()).copied();
        let goal = goal.or_else(|| goals::goal(row.raw("sla.target"), own)).or_else(|| goals::goal(name, own));
        let Some(goal) = goal else {
            self.unknown.insert(name.to_owned());
            return;
        };
        let Some(clock) = clock(row, now) else { return };
        let task = self.of.entry(row.raw("task.number").to_owned()).or_default();
        let is_promise = matches!(row.raw("sla.type"), "" | "SLA");
        goals::keep_nearest(if is_promise { &mut task.promised } else { &mut task.agreed }, goal, clock);
    }

    /// The SLAs that no goal is known for.
    pub fn remarks(&self) -> Vec<String> {
        let text = |name: &String| {
            format!("the SLA \"{name}\" is shown nowhere: say what it is about, sla = {{ \"{name}\" = \"resolve\" }}")
        };
        self.unknown.iter().take(10).map(text).collect()
    }
}

/// Where an SLA stands. What ServiceNow stored of the time left is as old as the record and only ever too much, so while
/// it runs no more is left than until the planned end.
fn clock(row: &Row<'_>, now: Instant) -> Option<NativeClock> {
    let stage = row.raw("stage");
    let stored = row.duration("business_time_left").or_else(|| row.duration("time_left"));
    let spent = row.duration("business_duration").or_else(|| row.duration("duration"));
    let until_end = row.instant("planned_end_time").map(|end| end - now);
    let remaining = match (stage, stored, until_end) {
        ("in_progress", Some(stored), Some(until)) => stored.min(until),
        ("in_progress", None, Some(until)) => until,
        (_, stored, until) => stored.or(until)?,
    };
    let elapsed = row.duration("sla.duration").map(|target| target - remaining).or(spent).unwrap_or_default();
    let breached = row.raw("has_breached") == "true" || stage == "in_progress" && remaining <= TimeDelta::zero();
    let ended = || row.instant("end_time").or_else(|| row.instant("sys_updated_on")).unwrap_or(now);
    Some(NativeClock {
        elapsed: elapsed.max(TimeDelta::zero()),
        remaining,
        paused: stage == "paused",
        breached,
        due: row.instant("planned_end_time").filter(|_| stage != "paused"),
        stopped: (stage == "completed").then(ended),
        open: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Row<'_> {
        serde_json::from_str(json).expect("a record")
    }

    #[test]
    fn what_is_stored_of_the_time_left_is_only_ever_too_much() {
        let now = "2026-11-24T10:00:00Z".parse().expect("an instant");
        let running = row(r#"{"stage":{"value":"in_progress"},"planned_end_time":{"value":"2026-11-24 11:00:00"},
            "business_time_left":{"value":"1970-01-01 03:00:00"},"sla.duration":{"value":"1970-01-01 04:00:00"}}"#);
        let state = clock(&running, now).expect("a clock");
        assert_eq!((state.remaining, state.elapsed, state.breached), (TimeDelta::hours(1), TimeDelta::hours(3), false));
        let breached = row(r#"{"stage":{"value":"in_progress"},"planned_end_time":{"value":"2026-11-24 10:00:00"},
            "business_time_left":{"value":"1970-01-01 03:00:00"}}"#);
        assert!(clock(&breached, now).expect("a clock").breached, "at the very instant");
        let paused = row(r#"{"stage":{"value":"paused"},"planned_end_time":{"value":"2026-11-24 09:00:00"},
            "business_time_left":{"value":"1970-01-01 03:00:00"},"has_breached":{"value":"false"}}"#);
        let state = clock(&paused, now).expect("a clock");
        assert!(state.paused && !state.breached && state.remaining == TimeDelta::hours(3));
    }

    #[test]
    fn what_was_promised_counts_before_what_groups_agreed() {
        let now = "2026-11-24T10:00:00Z".parse().expect("an instant");
        let sla = |id: &str, kind: &str, target: &str, end: &str| {
            format!(
                r#"{{"sys_id":{{"value":"{id}"}},"task.number":{{"value":"INC1"}},"sla.type":{{"value":"{kind}"}},
                "sla.target":{{"value":"{target}"}},"stage":{{"value":"in_progress"}},
                "planned_end_time":{{"value":"2026-11-24 {end}:00"}}}}"#
            )
        };
        let mut slas = Slas::default();
        for json in [
            sla("1", "OLA", "resolution", "10:30"),
            sla("2", "SLA", "resolution", "12:00"),
            sla("3", "Underpinning contract", "response", "11:00"),
        ] {
            slas.take(&row(&json), &BTreeMap::new(), now);
        }
        let clocks = slas.of["INC1"].clocks();
        let left: Vec<_> = clocks.iter().map(|(goal, clock)| (*goal, clock.remaining.num_minutes())).collect();
        assert_eq!(left, [(Goal::Resolve, 120), (Goal::Respond, 60)]);
        assert_eq!(goals::milestones(&clocks).1, "2026-11-24T12:00:00Z".parse().ok());
    }
}
