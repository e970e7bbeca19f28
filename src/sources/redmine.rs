//! Redmine 4 and 5: issues that are open, and those closed in the last days. An API key goes in as
//! `auth = { header = "X-Redmine-API-Key", value = … }`; its account needs "View issues" in the projects, and an
//! administrator must have switched the REST API on.
//!
//! Labels: `project`, `tracker`, `status`, `priority`, `author`, `owner`, `category`, `version`, and every custom field
//! under its own name (several values are joined by `, `). Redmine tells nobody when an issue was first answered, so a
//! respond clock runs until the issue is closed.

mod writes;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::Value;

pub use self::writes::KINDS;
use super::client::{Answer, Client, place};
use super::error::SourceError;
use super::filter::Filter;
use super::gather::{decoded, instant, json_error};
use super::kind::Capabilities;
use super::settings::Settings;
use super::text::{Interner, Text, link, summary};
use super::{Clock, Source};
use crate::domain::facts::Ticket;
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Outcome, Preview};

/// Redmine cuts larger pages to this, in silence.
const PAGE: usize = 100;
/// The most pages of one list.
const MOST_PAGES: usize = 200;
/// Issues closed before that are not asked for.
const RECENT: TimeDelta = TimeDelta::days(7);

#[derive(Deserialize)]
#[serde(expecting = "a page of issues")]
struct Page<'a> {
    #[serde(borrow, default)]
    issues: Option<Vec<Issue<'a>>>,
    #[serde(default)]
    total_count: usize,
}

#[derive(Deserialize)]
#[serde(expecting = "an issue")]
struct Issue<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, default)]
    project: Named<'a>,
    #[serde(borrow, default)]
    tracker: Named<'a>,
    #[serde(borrow, default)]
    status: Named<'a>,
    #[serde(borrow, default)]
    priority: Named<'a>,
    #[serde(borrow, default)]
    author: Named<'a>,
    #[serde(borrow, default)]
    assigned_to: Named<'a>,
    #[serde(borrow, default)]
    category: Named<'a>,
    #[serde(borrow, default)]
    fixed_version: Named<'a>,
    #[serde(borrow, default)]
    subject: Text<'a>,
    #[serde(borrow, default)]
    custom_fields: Option<Vec<CustomField<'a>>>,
    #[serde(borrow, default)]
    created_on: Text<'a>,
    #[serde(borrow, default)]
    updated_on: Text<'a>,
    #[serde(borrow, default)]
    closed_on: Text<'a>,
    /// A day, in the account's zone.
    #[serde(borrow, default)]
    due_date: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "an object with a name")]
struct Named<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Deserialize)]
#[serde(expecting = "a custom field")]
struct CustomField<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(default)]
    value: Value,
}

impl CustomField<'_> {
    fn value(&self) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match &self.value {
            Value::Null => String::new(),
            Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
            value => text(value),
        }
    }
}

/// The adapter.
pub struct Redmine {
    client: Client,
    has_key: bool,
    /// One list each; empty: one list of all.
    projects: Vec<String>,
    /// Fields of new issues.
    create: toml::Table,
    reader: Arc<Reader>,
}

struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    home: Option<String>,
    interner: Mutex<Interner>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    Box::new(Redmine {
        client: Client::new(settings, clock),
        has_key: settings.auth.is_some(),
        projects: settings
            .own
            .get("projects")
            .and_then(|value| value.as_array())
            .into_iter()
            .flatten()
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect(),
        create: settings.own.get("create").and_then(toml::Value::as_table).cloned().unwrap_or_default(),
        reader: Arc::new(Reader {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            home: settings.urls.first().map(|url| place(url).trim_end_matches('/').to_owned()),
            interner: Mutex::default(),
        }),
    })
}

impl Redmine {
    /// All issues of a status, of all wanted projects.
    async fn list(&self, status: &str, since: Option<String>, notes: &mut Vec<String>) -> Result<List, SourceError> {
        let mut all = List::default();
        let projects: Vec<Option<&str>> = self.projects.iter().map(|project| Some(project.as_str())).collect();
        for project in if projects.is_empty() { vec![None] } else { projects } {
            let list = self.pages(status, project, since.as_deref(), notes).await?;
            all.seen.extend(list.seen);
            all.tickets.extend(list.tickets);
        }
        Ok(all)
    }

    /// All pages of one list.
    async fn pages(
        &self,
        status: &str,
        project: Option<&str>,
        since: Option<&str>,
        notes: &mut Vec<String>,
    ) -> Result<List, SourceError> {
        let (open, mut list) = (status == "open", List::default());
        for page in 0..MOST_PAGES {
            let mut pairs: Vec<(&str, Cow<'_, str>)> = vec![
                ("status_id", status.into()),
                ("sort", "id".into()),
                ("limit", PAGE.to_string().into()),
                ("offset", (page * PAGE).to_string().into()),
            ];
            pairs.extend(project.map(|project| ("project_id", project.into())));
            pairs.extend(since.map(|since| ("closed_on", since.into())));
            let answer = self.client.get_any("issues.json", &pairs).await?;
            if page == 0 {
                notes.extend(answer.clock_note());
            }
            let reader = Arc::clone(&self.reader);
            let part = decoded(answer.body.len(), move || reader.page(&answer, open)).await?;
            let before = list.seen.len();
            list.seen.extend(part.ids);
            list.tickets.extend(part.tickets);
            if list.seen.len() >= part.total {
                return Ok(list);
            }
            if list.seen.len() == before {
                notes.push(format!("page {} brings no further issues: the list may be incomplete", page + 1));
                return Ok(list);
            }
        }
        notes.push(format!("more than {} issues match: the rest is not read", MOST_PAGES * PAGE));
        Ok(list)
    }
}

/// Issues gathered over pages.
#[derive(Default)]
struct List {
    tickets: Vec<Arc<Ticket>>,
    /// All that came, wanted or not.
    seen: BTreeSet<Arc<str>>,
}

/// One decoded page.
struct Part {
    tickets: Vec<Arc<Ticket>>,
    ids: Vec<Arc<str>>,
    total: usize,
}

#[async_trait]
impl Source for Redmine {
    fn capabilities(&self) -> Capabilities {
        Capabilities::TICKETS.and_writes(KINDS)
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        self.reader.filter.as_ref().map_err(Clone::clone)?;
        // A site that lets the public read answers a wrong key with what anybody may see: that would look complete.
        if self.has_key {
            self.client.get_any("users/current.json", &[]).await?;
        }
        let mut notes = Vec::new();
        let open = self.list("open", None, &mut notes).await?;
        let since = format!(">={}", (now - RECENT).format("%Y-%m-%d"));
        let closed = self.list("closed", Some(since), &mut notes).await?;
        let mut tickets = open.tickets;
        // An issue closed between both questions is in both; the later answer counts.
        tickets.retain(|ticket| !closed.seen.contains(&ticket.id));
        tickets.extend(closed.tickets);
        tickets.sort_by(|one, other| one.id.cmp(&other.id));
        let count = tickets.len();
        tickets.dedup_by(|one, other| one.id == other.id);
        if tickets.len() < count {
            notes.push(format!("{} issues came twice", count - tickets.len()));
        }
        self.reader.interner.lock().unwrap_or_else(PoisonError::into_inner).forget_unused();
        Ok(StateReport { tickets, notes, ..StateReport::default() })
    }

    async fn prepare(&self, intent: &Intent, _now: Instant) -> Result<Preview, SourceError> {
        self.preview(intent).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        self.carry_out(preview).await
    }
}

impl Reader {
    fn page(&self, answer: &Answer, open: bool) -> Result<Part, SourceError> {
        let filter = self.filter.as_ref().map_err(Clone::clone)?;
        let text = answer.text()?;
        let page: Page = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        let issues = page
            .issues
            .ok_or_else(|| SourceError::Json { place: answer.place.clone(), why: "`issues` is missing".to_owned() })?;
        let mut interner = self.interner.lock().unwrap_or_else(PoisonError::into_inner);
        let all: Vec<Ticket> = issues.iter().map(|issue| self.ticket(issue, open, &mut interner)).collect();
        let ids = all.iter().map(|ticket| Arc::clone(&ticket.id)).collect();
        let tickets = all.into_iter().filter(|ticket| filter.wants(&ticket.labels)).map(Arc::new).collect();
        Ok(Part { tickets, ids, total: page.total_count })
    }

    fn ticket(&self, issue: &Issue<'_>, open: bool, interner: &mut Interner) -> Ticket {
        let owner = issue.assigned_to.name.given();
        let own = [
            ("project", issue.project.name.as_str()),
            ("tracker", issue.tracker.name.as_str()),
            ("status", issue.status.name.as_str()),
            ("priority", issue.priority.name.as_str()),
            ("author", issue.author.name.as_str()),
            ("owner", owner.unwrap_or_default()),
            ("category", issue.category.name.as_str()),
            ("version", issue.fixed_version.name.as_str()),
        ];
        let mut labels: Vec<(Arc<str>, Arc<str>)> = Vec::with_capacity(own.len());
        let mut add = |name: &str, value: &str| {
            if !name.is_empty() && !value.is_empty() {
                labels.push((interner.share(name), interner.share(value)));
            }
        };
        for (name, value) in own {
            add(name, value);
        }
        for field in issue.custom_fields.iter().flatten() {
            add(field.name.as_str(), &field.value());
        }
        let address = self.home.as_ref().map(|home| format!("{home}/issues/{}", issue.id.as_str()));
        Ticket {
            source: self.source.clone(),
            id: interner.share(issue.id.as_str()),
            labels: labels.into(),
            summary: summary(issue.subject.as_str()),
            status: interner.share(issue.status.name.as_str()),
            open,
            owner: owner.map(|owner| interner.share(owner)),
            created: instant(issue.created_on.as_str()),
            responded: None,
            updated: instant(issue.updated_on.as_str()),
            resolved: instant(issue.closed_on.as_str()).filter(|_| !open),
            // The day is over with its last second; the account's zone is not told, so UTC stands for it.
            due: issue.due_date.given().and_then(|day| instant(&format!("{day}T23:59:59Z"))),
            paused: Vec::new(),
            native: Vec::new(),
            link: address.as_deref().and_then(link),
        }
    }
}
