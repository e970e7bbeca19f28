//! ServiceNow (Table API): incidents as tickets, task SLAs as clocks that win over declared ones, change requests.
//!
//! The account needs `rest_service` and to read `incident`, `task_sla` and `change_request` (role `itil`, or read ACLs on
//! the three tables). SLAs and changes that it may not read are a remark; incidents that it may not read are an error.
//!
//! Labels: `priority`, `status`, `urgency`, `impact`, `category`, `cmdb_ci`, `business_service`, `service_offering`,
//! `assignment_group`, `owner`, `caller` of incidents, and `type`, `risk` of changes, as people see them. Times are read
//! in their raw form, which is UTC; the displayed one is in the account's zone.

mod row;
pub(super) mod writes;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::Deserialize;

use self::row::{Row, Slas};
use super::client::{Answer, Client, place};
use super::drafting::create_fields;
use super::error::SourceError;
use super::filter::Filter;
use super::gather::{decoded, json_error};
use super::goals;
use super::kind::Capabilities;
use super::records::Pages;
use super::settings::Settings;
use super::text::Interner;
use super::{Clock, Source};
use crate::domain::facts::{Change, Ticket};
use crate::domain::id::SourceName;
use crate::domain::map::Goal;
use crate::domain::matcher::{LabelTest, Test};
use crate::domain::observation::StateReport;
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Outcome, Preview};

/// Records of a page.
const PAGE: usize = 500;
/// The most pages of one list.
const MOST_PAGES: usize = 40;
/// What was so within the last seven days, on a date field. Relative, as dates in queries are in the account's zone.
const RECENT: &str = "RELATIVEGE@dayofweek@ago@7";

const INCIDENT_FIELDS: &str = "sys_id,number,short_description,state,active,priority,urgency,impact,category,cmdb_ci,\
    business_service,service_offering,assignment_group,assigned_to,caller_id,opened_at,resolved_at,closed_at,due_date,\
    sys_updated_on";
const SLA_FIELDS: &str = "sys_id,task.number,sla.name,sla.type,sla.target,sla.duration,stage,has_breached,planned_end_time,end_time,\
    business_time_left,time_left,business_duration,duration,schedule,sys_updated_on";
const CHANGE_FIELDS: &str = "number,short_description,state,type,risk,cmdb_ci,business_service,service_offering,\
    assignment_group,assigned_to,start_date,end_date,work_start,work_end";

/// The adapter.
pub struct ServiceNow {
    client: Client,
    query: Option<String>,
    changes: Option<String>,
    create: toml::Table,
    reader: Arc<Reader>,
}

/// What answers are read with.
struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    home: String,
    goals: BTreeMap<String, Goal>,
    interner: Mutex<Interner>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    let text = |key: &str| settings.own.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let home = settings.urls.first().map(|url| place(url).trim_end_matches('/').to_owned());
    Box::new(ServiceNow {
        client: Client::new(settings, clock),
        query: text("query"),
        changes: text("changes"),
        create: create_fields(settings),
        reader: Arc::new(Reader {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            home: home.unwrap_or_default(),
            goals: goals::goals(settings.own.get("sla")),
            interner: Mutex::default(),
        }),
    })
}

#[derive(Deserialize)]
#[serde(expecting = "a list of records")]
struct Page<'a> {
    #[serde(borrow)]
    result: Vec<Row<'a>>,
}

fn read(answer: &Answer) -> Result<Vec<Row<'_>>, SourceError> {
    let text = answer.text()?;
    let page: Page = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
    Ok(page.result)
}

/// The pages of a list, and what was left out.
#[derive(Default)]
struct List {
    answers: Vec<Answer>,
    notes: Vec<String>,
}

impl ServiceNow {
    async fn list(&self, table: &str, query: &str, fields: &str, id: &'static str) -> Result<List, SourceError> {
        let (mut answers, mut pages, mut read_so_far) = (Vec::new(), Pages::of(MOST_PAGES), 0);
        loop {
            let offset = answers.len() * PAGE;
            let pairs = [
                ("sysparm_query", Cow::Borrowed(query)),
                ("sysparm_fields", Cow::Borrowed(fields)),
                ("sysparm_display_value", Cow::Borrowed("all")),
                ("sysparm_exclude_reference_link", Cow::Borrowed("true")),
                ("sysparm_limit", Cow::Owned(PAGE.to_string())),
                ("sysparm_offset", Cow::Owned(offset.to_string())),
            ];
            let answer = self.client.get_any(&format!("api/now/table/{table}"), &pairs).await?;
            let rows = read(&answer)?;
            let count = rows.len();
            for row in &rows {
                pages.saw(row.raw(id));
            }
            drop(rows);
            // A page may be short, or empty, because the account may not see all of its records.
            let (has_more, total) = (answer.next.is_some(), answer.total);
            read_so_far += count;
            answers.push(answer);
            if !has_more {
                let mut notes = pages.into_notes();
                if let Some(total) = total.filter(|total| *total > read_so_far) {
                    notes.push(format!(
                        "{} of {total} records of {table} are hidden from this account",
                        total - read_so_far
                    ));
                }
                return Ok(List { answers, notes });
            }
            if !pages.more_after_gaps(count) {
                return Ok(List { answers, notes: pages.into_notes() });
            }
        }
    }
}

/// A list that the report can do without: that it can't be read is a remark.
fn optional(what: &str, list: Result<List, SourceError>) -> Result<List, SourceError> {
    match list {
        Err(SourceError::Status { status: 403 | 404, place, says, .. }) => {
            let says = if says.is_empty() { String::new() } else { format!(" (it says: {says})") };
            let note = format!("{what} can't be read: the account may not see {place}{says}");
            Ok(List { answers: Vec::new(), notes: vec![note] })
        }
        other => other,
    }
}

#[async_trait]
impl Source for ServiceNow {
    fn capabilities(&self) -> Capabilities {
        Capabilities::TICKETS.and_changes().and_writes(writes::KINDS)
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.reader.filter.as_ref().map_err(Clone::clone)?;
        let query = incidents_query(self.query.as_deref(), &filter.only)?;
        let incidents = self.list("incident", &query, INCIDENT_FIELDS, "number").await?;
        let query = "task.active=true^stageINin_progress,paused,completed^ORDERBYsys_created_on";
        let slas = self.list("task_sla", query, SLA_FIELDS, "sys_id").await;
        let slas = optional("task SLAs", slas)?;
        let chosen = self.changes.as_deref().unwrap_or("state!=4");
        let query = format!("{chosen}^start_dateISNOTEMPTY^end_date{RECENT}^ORDERBYnumber");
        let changes = self.list("change_request", &query, CHANGE_FIELDS, "number").await;
        let changes = optional("changes", changes)?;
        let reader = Arc::clone(&self.reader);
        let all = [&incidents, &slas, &changes];
        let bytes = all.iter().flat_map(|list| &list.answers).map(|answer| answer.body.len()).sum();
        decoded(bytes, move || reader.report(&incidents, &slas, &changes, now)).await
    }

    async fn prepare(&self, intent: &Intent, _now: Instant) -> Result<Preview, SourceError> {
        self.preview(intent).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        self.carry_out(preview).await
    }
}

impl Reader {
    fn report(&self, incidents: &List, slas: &List, changes: &List, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.filter.as_ref().map_err(Clone::clone)?;
        let mut notes: Vec<String> =
            [incidents, slas, changes].into_iter().flat_map(|list| list.notes.iter().cloned()).collect();
        notes.extend(incidents.answers.first().and_then(Answer::clock_note));
        let mut clocks = Slas::default();
        for answer in &slas.answers {
            read(answer)?.iter().for_each(|row| clocks.take(row, &self.goals, now));
        }
        notes.extend(clocks.remarks());
        let mut interner = self.interner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tickets: BTreeMap<String, Arc<Ticket>> = BTreeMap::new();
        for answer in &incidents.answers {
            for row in read(answer)? {
                let ticket = row.ticket(&self.source, &self.home, &clocks, &mut interner);
                if filter.wants(&ticket.labels) {
                    tickets.entry(row.raw("number").to_owned()).or_insert_with(|| Arc::new(ticket));
                }
            }
        }
        let mut planned: BTreeMap<String, Arc<Change>> = BTreeMap::new();
        for answer in &changes.answers {
            for row in read(answer)? {
                let change = row.change(&self.source, &mut interner);
                if let Some(change) = change.filter(|change| filter.wants(&change.labels)) {
                    planned.entry(row.raw("number").to_owned()).or_insert_with(|| Arc::new(change));
                }
            }
        }
        interner.forget_unused();
        let (tickets, changes) = (tickets.into_values().collect(), planned.into_values().collect());
        Ok(StateReport { tickets, changes, notes, ..StateReport::default() })
    }
}

/// What is active, and what was resolved lately, of what is wanted.
fn incidents_query(own: Option<&str>, only: &[LabelTest]) -> Result<String, SourceError> {
    let mut wanted = String::new();
    if let Some(own) = own {
        if own.contains("^NQ") {
            let text = "`query`: ^NQ would let out what is not active; ask with ^OR, or with a source of its own";
            return Err(SourceError::Settings(text.to_owned()));
        }
        let end = own.find("^ORDERBY").unwrap_or(own.len());
        wanted = format!("{}^", &own[..end]);
    }
    for test in only {
        let Test::Exact(value) = &test.pattern.test else { continue };
        if !["assignment_group", "business_service", "service_offering", "cmdb_ci"].contains(&test.key.as_str()) {
            continue;
        }
        let operator = if test.pattern.negated { "!=" } else { "=" };
        wanted = format!("{wanted}{}.name{operator}{}^", test.key, value.replace('^', "^^"));
    }
    Ok(format!("{wanted}active=true^NQ{wanted}active=false^resolved_at{RECENT}^ORDERBYnumber"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matcher::Pattern;

    #[test]
    fn a_query_holds_for_what_is_active_and_for_what_is_done() {
        let only = [LabelTest { key: "cmdb_ci".into(), pattern: Pattern::parse("db^1").expect("a pattern") }];
        assert_eq!(
            incidents_query(Some("category=network^ORDERBYpriority"), &only).expect("a query"),
            "category=network^cmdb_ci.name=db^^1^active=true^NQcategory=network^cmdb_ci.name=db^^1^active=false\
             ^resolved_atRELATIVEGE@dayofweek@ago@7^ORDERBYnumber"
        );
        assert!(incidents_query(Some("a=1^NQb=2"), &[]).is_err());
    }
}
