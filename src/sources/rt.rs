//! Request Tracker 5 (REST 2): tickets that are active, and those resolved in the last days. The account needs
//! `SeeQueue`, `ShowTicket` and `SeeCustomField`, for writing also `TakeTicket`, `CommentOnTicket`, `CreateTicket` and
//! `ModifyTicket`; an auth token goes in as
//! `auth = { header = "Authorization", value = … }` with the value `token 1-14-…`, a password as `auth.basic`.
//!
//! Labels: `queue`, `status`, `owner`, `priority`, `requestor`, and every custom field under its own name (several
//! values are joined by `, `). `only` on these is sent as `TicketSQL`; pages are bounded, and a server that repeats a
//! page is found out.

mod writes;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::Deserialize;

use super::client::{Answer, Client, place};
use super::error::SourceError;
use super::filter::Filter;
use super::gather::{decoded, instant, json_error};
use super::kind::Capabilities;
use super::records::{Labels, Pages, Tickets};
use super::settings::Settings;
use super::text::{Interner, Text, link, summary};
use super::{Clock, Source};
use crate::domain::facts::Ticket;
use crate::domain::id::SourceName;
use crate::domain::matcher::{LabelTest, Test};
use crate::domain::observation::StateReport;
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Outcome, Preview};

/// RT cuts larger pages to this, in silence.
const PAGE: usize = 100;
/// The most pages of one list.
const MOST_PAGES: usize = 200;
/// Tickets resolved before that are not asked for. Relative, as RT reads absolute times in the account's zone.
const RECENT: &str = "7 days ago";
/// What is asked of a ticket.
const FIELDS: &str = "Subject,Status,Owner,Queue,Priority,Requestor,Created,Started,Told,Resolved,Due,CustomFields";
/// The user that owns what nobody owns.
const NOBODY: &str = "Nobody";

#[derive(Deserialize)]
#[serde(expecting = "a page of tickets")]
struct Page<'a> {
    #[serde(borrow, default)]
    items: Option<Vec<Item<'a>>>,
    #[serde(default)]
    pages: Option<f64>,
}

#[derive(Deserialize)]
#[serde(expecting = "a ticket", rename_all = "PascalCase")]
struct Item<'a> {
    #[serde(borrow, rename = "id")]
    id: Text<'a>,
    #[serde(borrow, default)]
    subject: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    owner: Option<Named<'a>>,
    #[serde(borrow, default)]
    queue: Option<Named<'a>>,
    #[serde(borrow, default)]
    priority: Text<'a>,
    #[serde(borrow, default)]
    requestor: Option<Vec<Named<'a>>>,
    #[serde(borrow, default)]
    created: Text<'a>,
    #[serde(borrow, default)]
    started: Text<'a>,
    #[serde(borrow, default)]
    told: Text<'a>,
    #[serde(borrow, default)]
    resolved: Text<'a>,
    #[serde(borrow, default)]
    due: Text<'a>,
    #[serde(borrow, default)]
    custom_fields: Option<Vec<CustomField<'a>>>,
}

/// A user or a queue.
#[derive(Deserialize)]
#[serde(expecting = "a user or a queue")]
struct Named<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default, rename = "Name")]
    name: Text<'a>,
}

impl Named<'_> {
    fn text(&self) -> &str {
        self.name.given().unwrap_or(self.id.as_str())
    }
}

#[derive(Deserialize)]
#[serde(expecting = "a custom field")]
struct CustomField<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    values: Option<Vec<Text<'a>>>,
}

/// The adapter.
pub struct RequestTracker {
    client: Client,
    reader: Arc<Reader>,
    /// Which tickets, in the configuration's own `TicketSQL`.
    wanted: Option<String>,
    /// Fields of new tickets.
    create: toml::Table,
    /// The one queue that is read, if it is one: where new tickets go unless `create` says otherwise.
    only_queue: Option<String>,
}

/// What answers are read with.
struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    home: Option<String>,
    interner: Mutex<Interner>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    Box::new(RequestTracker::new(settings, Client::new(settings, clock)))
}

impl RequestTracker {
    /// The adapter over a client.
    pub fn new(settings: &Settings, client: Client) -> Self {
        let reader = Reader {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            home: settings.urls.first().map(|url| place(url).trim_end_matches('/').to_owned()),
            interner: Mutex::new(Interner::default()),
        };
        let create = settings.own.get("create").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let only_queue = settings.only.get("queue").filter(|name| !name.contains(['*', '!', '/'])).cloned();
        let wanted = settings.own.get("query").and_then(toml::Value::as_str).map(str::to_owned);
        Self { client, reader: Arc::new(reader), wanted, create, only_queue }
    }

    /// All pages of a query.
    async fn list(
        &self,
        condition: &str,
        open: bool,
        found: &mut Tickets,
        notes: &mut Vec<String>,
    ) -> Result<(), SourceError> {
        let filter = self.reader.filter.as_ref().map_err(Clone::clone)?;
        let condition = match &self.wanted {
            Some(wanted) => format!("({wanted}) AND {condition}"),
            None => condition.to_owned(),
        };
        let query = ticket_sql(&condition, &filter.only);
        let mut pages = Pages::of(MOST_PAGES);
        loop {
            let pairs = [
                ("query", Cow::Borrowed(query.as_str())),
                ("fields", Cow::Borrowed(FIELDS)),
                ("fields[Owner]", Cow::Borrowed("Name")),
                ("fields[Queue]", Cow::Borrowed("Name")),
                ("fields[Requestor]", Cow::Borrowed("Name")),
                ("orderby", Cow::Borrowed("id")),
                ("per_page", Cow::Owned(PAGE.to_string())),
                ("page", Cow::Owned(pages.number().to_string())),
            ];
            let answer = self.client.get_any("REST/2.0/tickets", &pairs).await?;
            notes.extend(answer.clock_note());
            let reader = Arc::clone(&self.reader);
            let (tickets, of) = decoded(answer.body.len(), move || reader.page(&answer, open)).await?;
            let more = pages.number() < of;
            if !found.take(tickets, filter, &mut pages, more) {
                notes.extend(pages.into_notes());
                return Ok(());
            }
        }
    }
}

#[async_trait]
impl Source for RequestTracker {
    fn capabilities(&self) -> Capabilities {
        Capabilities::TICKETS.and_writes(writes::KINDS)
    }

    async fn prepare(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        self.preview(intent, now).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        self.carry_out(preview).await
    }

    async fn state(&self, _now: Instant) -> Result<StateReport, SourceError> {
        let (mut found, mut notes) = (Tickets::default(), Vec::new());
        self.list("Status = '__Active__'", true, &mut found, &mut notes).await?;
        let recent = format!("Status = '__Inactive__' AND Resolved > '{RECENT}'");
        self.list(&recent, false, &mut found, &mut notes).await?;
        // The clock of every page is that of the same server.
        notes.sort();
        notes.dedup();
        self.reader.interner.lock().unwrap_or_else(PoisonError::into_inner).forget_unused();
        Ok(StateReport { tickets: found.finish(), notes, ..StateReport::default() })
    }
}

impl Reader {
    /// The tickets of a page, wanted or not, and how many pages there are.
    fn page(&self, answer: &Answer, open: bool) -> Result<(Vec<Ticket>, usize), SourceError> {
        let text = answer.text()?;
        let page: Page = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        let items = page
            .items
            .ok_or_else(|| SourceError::Json { place: answer.place.clone(), why: "`items` is missing".to_owned() })?;
        let mut interner = self.interner.lock().unwrap_or_else(PoisonError::into_inner);
        let tickets = items.iter().map(|item| self.ticket(item, open, &mut interner)).collect();
        Ok((tickets, page.pages.unwrap_or(1.0).max(0.0) as usize))
    }

    fn ticket(&self, item: &Item<'_>, open: bool, interner: &mut Interner) -> Ticket {
        let owner = item.owner.as_ref().map(Named::text).filter(|name| !name.is_empty() && *name != NOBODY);
        let mut labels = Labels::new(interner);
        labels.add("queue", item.queue.as_ref().map(Named::text).unwrap_or_default());
        labels.add("status", item.status.as_str());
        labels.add("owner", owner.unwrap_or_default());
        labels.add("priority", item.priority.as_str());
        labels.add_all("requestor", item.requestor.iter().flatten().map(Named::text));
        for field in item.custom_fields.iter().flatten() {
            labels.add_all(field.name.as_str(), field.values.iter().flatten().map(Text::as_str));
        }
        let labels = labels.finish();
        let home = self.home.as_ref();
        let address = home.map(|home| format!("{home}/Ticket/Display.html?id={}", item.id.as_str()));
        Ticket {
            source: self.source.clone(),
            id: interner.share(item.id.as_str()),
            labels,
            summary: summary(item.subject.as_str()),
            status: interner.share(item.status.as_str()),
            open,
            owner: owner.map(|owner| interner.share(owner)),
            created: instant(item.created.as_str()),
            // RT starts a ticket with the first answer of staff.
            responded: instant(item.started.as_str()),
            updated: instant(item.told.as_str()),
            resolved: instant(item.resolved.as_str()).filter(|_| !open),
            due: instant(item.due.as_str()),
            paused: Vec::new(),
            native: Vec::new(),
            link: address.as_deref().and_then(link),
        }
    }
}

/// A condition with what `only` adds to it. Patterns that `TicketSQL` has no word for are left to the filter here.
fn ticket_sql(condition: &str, only: &[LabelTest]) -> String {
    let mut sql = condition.to_owned();
    for test in only {
        let Test::Exact(value) = &test.pattern.test else { continue };
        let field = match test.key.as_str() {
            "queue" => "Queue".to_owned(),
            "status" => "Status".to_owned(),
            "priority" => "Priority".to_owned(),
            // Names on our side, addresses on theirs.
            "owner" | "requestor" => continue,
            name if name.contains(['{', '}', '\'', '\\']) => continue,
            name => format!("'CF.{{{name}}}'"),
        };
        let operator = if test.pattern.negated { "!=" } else { "=" };
        let value = value.replace('\\', "\\\\").replace('\'', "\\'");
        sql = format!("{sql} AND {field} {operator} '{value}'");
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matcher::Pattern;

    #[test]
    fn only_becomes_ticket_sql_without_a_way_out_of_its_quotes() {
        let only = |key: &str, value: &str| {
            [LabelTest { key: key.into(), pattern: Pattern::parse(value).expect("a pattern") }]
        };
        assert_eq!(ticket_sql("A", &only("queue", "Ops")), "A AND Queue = 'Ops'");
        assert_eq!(ticket_sql("A", &only("Service", "!pay")), "A AND 'CF.{Service}' != 'pay'");
        assert_eq!(ticket_sql("A", &only("queue", "x' OR 1=1 \\")), "A AND Queue = 'x\\' OR 1=1 \\\\'");
        assert_eq!(ticket_sql("A", &only("a}' OR '", "x")), "A");
        assert_eq!(ticket_sql("A", &only("Service", "pay*")), "A");
    }
}
