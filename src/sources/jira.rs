//! Jira and Jira Service Management: issues as tickets, SLA cycles as clocks that win over declared ones, changes.
//!
//! Cloud (REST 3, `search/jql`) and Data Center 8 and later (REST 2). The account needs Browse Projects on what is
//! asked for; the SLA fields are seen by agents. `auth = { basic = { user = "MAIL", password = TOKEN } }` on Cloud, a
//! bearer token on Data Center.
//!
//! Labels: `project`, `type`, `status`, `priority`, `component`, `label`, `owner`, `reporter`, and the fields that
//! `custom` names, under their own name. Jira lets anybody in as nobody where the site is public, so an empty list is
//! believed only after `myself` has said who asks.

mod fields;
mod issue;
mod sla;
pub(super) mod writes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use self::fields::Fields;
use self::issue::Issue;
use super::client::{Answer, Ask, Client, place};
use super::drafting::create_fields;
use super::error::SourceError;
use super::filter::Filter;
use super::gather::{decoded, json_error};
use super::goals;
use super::kind::Capabilities;
use super::records::Pages;
use super::settings::Settings;
use super::text::{Interner, Text};
use super::{Clock, Source};
use crate::domain::facts::{Change, Ticket};
use crate::domain::id::SourceName;
use crate::domain::map::Goal;
use crate::domain::matcher::{LabelTest, Test};
use crate::domain::observation::StateReport;
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Outcome, Preview};

/// Issues of a page.
const PAGE: usize = 100;
/// The most pages of one list.
const MOST_PAGES: usize = 50;
/// How long done issues and past changes are kept in view.
const RECENT: TimeDelta = TimeDelta::days(7);
/// How long what fields there are is believed.
const FIELDS_FOR: TimeDelta = TimeDelta::hours(1);

/// The adapter.
pub struct Jira {
    client: Client,
    reader: Arc<Reader>,
    cloud: bool,
    query: Option<String>,
    changes: Option<String>,
    create: toml::Table,
    fields: tokio::sync::Mutex<Option<(Instant, Arc<Fields>)>>,
}

/// What answers are read with.
struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    home: String,
    /// Names of SLAs, in lower case, with what they are about.
    goals: BTreeMap<String, Goal>,
    custom: Vec<String>,
    window: [String; 2],
    interner: Mutex<Interner>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    let own = |key: &str| settings.own.get(key);
    let text = |key: &str| own(key).and_then(toml::Value::as_str).map(str::to_owned);
    let texts = |key: &str| -> Vec<String> {
        let list = own(key).and_then(toml::Value::as_array).into_iter().flatten();
        list.filter_map(toml::Value::as_str).map(str::to_owned).collect()
    };
    let host = settings.urls.first().and_then(|url| url.host_str()).unwrap_or_default();
    let is_cloud = host.ends_with(".atlassian.net") || host == "api.atlassian.com";
    let window = <[String; 2]>::try_from(texts("change_window"));
    // An API that is asked at api.atlassian.com shows nothing to people.
    let home = text("web").or_else(|| settings.urls.first().map(place));
    let home = home.map(|home| home.trim_end_matches('/').to_owned());
    Box::new(Jira {
        client: Client::new(settings, clock),
        cloud: own("cloud").and_then(toml::Value::as_bool).unwrap_or(is_cloud),
        query: text("query"),
        changes: text("changes"),
        create: create_fields(settings),
        fields: tokio::sync::Mutex::default(),
        reader: Arc::new(Reader {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            home: home.unwrap_or_default(),
            goals: goals::goals(own("sla")),
            custom: texts("custom"),
            window: window.unwrap_or_else(|_| ["Planned start".to_owned(), "Planned end".to_owned()]),
            interner: Mutex::default(),
        }),
    })
}

/// A page of issues, of either version.
#[derive(Deserialize)]
#[serde(expecting = "a page of issues", rename_all = "camelCase")]
struct Page<'a> {
    #[serde(borrow)]
    issues: Vec<Issue<'a>>,
    #[serde(borrow, default)]
    next_page_token: Option<Text<'a>>,
    #[serde(default)]
    total: Option<u64>,
}

/// What becomes of the issues of a list.
trait Take: Send + 'static {
    fn take(&mut self, reader: &Reader, fields: &Fields, issue: &Issue<'_>, interner: &mut Interner);
}

struct Tickets {
    filter: Filter,
    list: Vec<Arc<Ticket>>,
    /// SLAs that no goal is known for.
    unknown_slas: Vec<String>,
}

struct Changes {
    filter: Filter,
    now: Instant,
    list: Vec<Arc<Change>>,
    without_window: usize,
}

impl Take for Tickets {
    fn take(&mut self, reader: &Reader, fields: &Fields, issue: &Issue<'_>, interner: &mut Interner) {
        let ticket = reader.ticket(fields, issue, interner, &mut self.unknown_slas);
        if self.filter.wants(&ticket.labels) {
            self.list.push(Arc::new(ticket));
        }
    }
}

impl Take for Changes {
    fn take(&mut self, reader: &Reader, fields: &Fields, issue: &Issue<'_>, interner: &mut Interner) {
        match reader.change(fields, issue, interner) {
            Some(change) if change.window.end > self.now - RECENT && self.filter.wants(&change.labels) => {
                self.list.push(Arc::new(change));
            }
            Some(_) => {}
            None => self.without_window += 1,
        }
    }
}

impl Jira {
    fn path(&self, rest: &str) -> String {
        format!("rest/api/{}/{rest}", if self.cloud { 3 } else { 2 })
    }

    /// The fields that this site has.
    async fn fields(&self, now: Instant) -> Result<Arc<Fields>, SourceError> {
        let mut kept = self.fields.lock().await;
        if let Some((at, fields)) = &*kept
            && now - *at < FIELDS_FOR
        {
            return Ok(Arc::clone(fields));
        }
        self.myself().await?;
        let answer = self.client.get_any(&self.path("field"), &[]).await?;
        let text = answer.text()?;
        let fields = Fields::read(text, &self.reader.custom, &self.reader.window);
        let fields = Arc::new(fields.map_err(|error| json_error(&answer.place, text, &error))?);
        *kept = Some((now, Arc::clone(&fields)));
        Ok(fields)
    }

    /// Whether Jira takes us for somebody: a wrong token reads a public site as nobody, without an error.
    async fn myself(&self) -> Result<(), SourceError> {
        self.client.get_any(&self.path("myself"), &[]).await.map(drop)
    }

    /// All issues of a query.
    async fn list<T: Take>(
        &self,
        jql: &str,
        fields: &Arc<Fields>,
        mut taker: T,
        notes: &mut Vec<String>,
    ) -> Result<T, SourceError> {
        let mut pages = Pages::of(MOST_PAGES);
        let mut token: Option<String> = None;
        loop {
            let answer = self.page(jql, fields, pages.len(), token.as_deref()).await?;
            notes.extend(answer.clock_note());
            let (reader, fields) = (Arc::clone(&self.reader), Arc::clone(fields));
            let size = answer.body.len();
            let read = move || {
                let next = reader.page(&answer, &fields, &mut pages, &mut taker)?;
                Ok((next, pages, taker))
            };
            let (next, pages_back, taker_back) = decoded(size, read).await?;
            (pages, taker) = (pages_back, taker_back);
            let Some((count, next)) = next else { break };
            token = next;
            if !pages.more(count) {
                break;
            }
        }
        notes.extend(pages.into_notes());
        Ok(taker)
    }

    async fn page(&self, jql: &str, fields: &Fields, start: usize, token: Option<&str>) -> Result<Answer, SourceError> {
        let mut body = json!({ "jql": jql, "fields": fields.wanted(), "maxResults": PAGE });
        let path = if self.cloud {
            if let Some(token) = token {
                body["nextPageToken"] = Value::from(token);
            }
            self.path("search/jql")
        } else {
            body["startAt"] = Value::from(start);
            self.path("search")
        };
        self.client.ask_any(&Ask::post(&path, &body.to_string())).await
    }
}

#[async_trait]
impl Source for Jira {
    fn capabilities(&self) -> Capabilities {
        Capabilities::TICKETS.and_changes().and_writes(writes::KINDS)
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.reader.filter.as_ref().map_err(Clone::clone)?.clone();
        let fields = self.fields(now).await?;
        let mut notes = fields.notes.clone();
        let jql = tickets_jql(self.query.as_deref(), &filter.only);
        let tickets = Tickets { filter: filter.clone(), list: Vec::new(), unknown_slas: Vec::new() };
        let tickets = self.list(&jql, &fields, tickets, &mut notes).await?;
        if tickets.list.is_empty() {
            self.myself().await?;
        }
        for name in &tickets.unknown_slas {
            let text = format!(
                "the SLA \"{name}\" is shown nowhere: say what it is about, sla = {{ \"{name}\" = \"resolve\" }}"
            );
            notes.push(text);
        }
        let mut report = StateReport { tickets: tickets.list, ..StateReport::default() };
        if let Some(jql) = &self.changes {
            let changes = Changes { filter, now, list: Vec::new(), without_window: 0 };
            let changes = self.list(jql, &fields, changes, &mut notes).await?;
            if changes.without_window > 0 {
                let [start, end] = &self.reader.window;
                let text = format!("{} changes have no {start:?} and are left out", changes.without_window);
                notes.push(format!("{text}; change_window = [{start:?}, {end:?}] names the fields"));
            }
            report.changes = changes.list;
        }
        notes.dedup();
        self.reader.interner.lock().unwrap_or_else(PoisonError::into_inner).forget_unused();
        Ok(StateReport { notes, ..report })
    }

    async fn prepare(&self, intent: &Intent, _now: Instant) -> Result<Preview, SourceError> {
        self.preview(intent).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        self.carry_out(preview).await
    }
}

impl Reader {
    /// Takes a page; how many issues it had and the token of the next, unless it is the last.
    #[allow(clippy::type_complexity, reason = "a page's length and what leads on from it")]
    fn page<T: Take>(
        &self,
        answer: &Answer,
        fields: &Fields,
        pages: &mut Pages,
        taker: &mut T,
    ) -> Result<Option<(usize, Option<String>)>, SourceError> {
        let text = answer.text()?;
        let page: Page = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        let mut interner = self.interner.lock().unwrap_or_else(PoisonError::into_inner);
        for issue in &page.issues {
            if pages.is_new(issue.key.as_str()) {
                taker.take(self, fields, issue, &mut interner);
            }
        }
        let token = page.next_page_token.as_ref().and_then(|token| token.given()).map(str::to_owned);
        let has_more = token.is_some() || page.total.is_some_and(|total| total > pages.len() as u64);
        Ok(has_more.then_some((page.issues.len(), token)))
    }
}

/// What is asked for: the query given or everything, what is done only if it was lately, and what `only` adds.
fn tickets_jql(query: Option<&str>, only: &[LabelTest]) -> String {
    let mut jql = format!("(statusCategory != Done OR resolved >= -{}d)", RECENT.num_days());
    if let Some(query) = query {
        // An order would have to stand at the end.
        let end = query.to_ascii_lowercase().find("order by").unwrap_or(query.len());
        let query = query[..end].trim();
        if !query.is_empty() {
            jql = format!("({query}) AND {jql}");
        }
    }
    for test in only {
        let Test::Exact(value) = &test.pattern.test else { continue };
        let field = match test.key.as_str() {
            "project" | "status" | "priority" | "component" => test.key.as_str(),
            "type" => "issuetype",
            _ => continue,
        };
        let operator = if test.pattern.negated { "!=" } else { "=" };
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        jql = format!("{jql} AND {field} {operator} \"{value}\"");
    }
    jql + " ORDER BY key"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matcher::Pattern;

    #[test]
    fn a_query_stays_whole_and_only_has_no_way_out_of_its_quotes() {
        let only = |key: &str, value: &str| {
            [LabelTest { key: key.into(), pattern: Pattern::parse(value).expect("a pattern") }]
        };
        let recent = "(statusCategory != Done OR resolved >= -7d)";
        assert_eq!(tickets_jql(None, &[]), format!("{recent} ORDER BY key"));
        assert_eq!(
            tickets_jql(Some("project = OPS OR project = IT Order By rank"), &only("type", "!Bug")),
            format!("(project = OPS OR project = IT) AND {recent} AND issuetype != \"Bug\" ORDER BY key")
        );
        assert_eq!(
            tickets_jql(None, &only("project", "x\" OR 1=1")),
            format!("{recent} AND project = \"x\\\" OR 1=1\" ORDER BY key")
        );
        assert_eq!(tickets_jql(None, &only("owner", "ann")), format!("{recent} ORDER BY key"));
    }
}
