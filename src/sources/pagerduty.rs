//! PagerDuty (REST API 2): incidents, as signals while they are open and as tickets, resolved ones for some days.
//!
//! A read-only API key is enough: `auth = { header = "Authorization", value = … }` with the value `Token token=KEY`.
//! Without a `url` it is asked at `api.pagerduty.com` (EU accounts: `https://api.eu.pagerduty.com`).
//!
//! Labels: `service`, `status`, `priority`, `urgency`, `team`, `escalation_policy`, `key`, `owner`. The severity is
//! that of the priority, or where an incident has none, of its urgency. PagerDuty has no SLA clocks: declare them.

pub(super) mod writes;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{SecondsFormat, TimeDelta};
use serde::Deserialize;

use super::client::{Answer, Ask, Client};
use super::conditions::{Condition, Conditions, Memory};
use super::drafting::create_fields;
use super::error::SourceError;
use super::filter::Filter;
use super::gather::{decoded, instant, json_error};
use super::kind::Capabilities;
use super::records::{Labels, Pages};
use super::settings::Settings;
use super::text::{Interner, Text, link, summary};
use super::words::{Table, Words};
use super::{Clock, Source};
use crate::domain::facts::Ticket;
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Outcome, Preview};

/// Where PagerDuty is.
const HOME: &str = "https://api.pagerduty.com";
/// Incidents of a page: what the API has at most.
const PAGE: usize = 100;
/// The most pages: the API goes no further than the ten thousandth incident.
const MOST_PAGES: usize = 100;
/// How long resolved incidents are kept in view.
const RECENT: TimeDelta = TimeDelta::days(7);
/// How far back resolved ones were created: the API chooses by creation, and an incident may take months. It takes no
/// range longer than six months.
const CREATED: TimeDelta = TimeDelta::days(180);
/// The most pages of resolved ones, those resolved last first.
const MOST_RESOLVED: usize = 10;
/// What the API wants on every request, also on those without a body.
const HEADERS: [(&str, &str); 2] =
    [("accept", "application/vnd.pagerduty+json;version=2"), ("content-type", "application/json")];

/// Names of priorities as PagerDuty proposes them, and the two urgencies.
const WORDS: Table = &[
    ("p1", Severity::Critical),
    ("sev-1", Severity::Critical),
    ("sev1", Severity::Critical),
    ("p2", Severity::Major),
    ("sev-2", Severity::Major),
    ("sev2", Severity::Major),
    ("high", Severity::Major),
    ("p3", Severity::Minor),
    ("sev-3", Severity::Minor),
    ("sev3", Severity::Minor),
    ("p4", Severity::Warning),
    ("sev-4", Severity::Warning),
    ("sev4", Severity::Warning),
    ("low", Severity::Warning),
    ("p5", Severity::Info),
    ("sev-5", Severity::Info),
    ("sev5", Severity::Info),
];

#[derive(Deserialize)]
#[serde(expecting = "a page of incidents")]
struct Page<'a> {
    #[serde(borrow)]
    incidents: Vec<Incident<'a>>,
    #[serde(default)]
    more: Option<bool>,
}

#[derive(Deserialize)]
#[serde(expecting = "an incident")]
struct Incident<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, default)]
    title: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    urgency: Text<'a>,
    #[serde(borrow, default)]
    priority: Option<Reference<'a>>,
    #[serde(borrow, default)]
    service: Option<Reference<'a>>,
    #[serde(borrow, default)]
    escalation_policy: Option<Reference<'a>>,
    #[serde(borrow, default)]
    teams: Option<Vec<Reference<'a>>>,
    #[serde(borrow, default)]
    assignments: Option<Vec<Assignment<'a>>>,
    #[serde(borrow, default)]
    acknowledgements: Option<Vec<Acknowledgement<'a>>>,
    #[serde(borrow, default, rename = "incident_key")]
    key: Text<'a>,
    #[serde(borrow, default)]
    created_at: Text<'a>,
    #[serde(borrow, default)]
    last_status_change_at: Text<'a>,
    #[serde(borrow, default)]
    resolved_at: Text<'a>,
    #[serde(borrow, default)]
    html_url: Text<'a>,
}

impl Incident<'_> {
    /// When it was resolved, if it is.
    fn resolved_by(&self) -> Option<Instant> {
        instant(self.resolved_at.as_str()).or_else(|| instant(self.last_status_change_at.as_str()))
    }
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "a reference")]
struct Reference<'a> {
    #[serde(borrow)]
    summary: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "an assignment")]
struct Assignment<'a> {
    #[serde(borrow)]
    assignee: Option<Reference<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "an acknowledgement")]
struct Acknowledgement<'a> {
    #[serde(borrow)]
    at: Text<'a>,
    #[serde(borrow)]
    acknowledger: Option<Reference<'a>>,
}

fn name<'t>(reference: Option<&'t Reference<'_>>) -> &'t str {
    reference.map(|it| it.summary.as_str()).unwrap_or_default()
}

/// The adapter.
pub struct PagerDuty {
    client: Client,
    create: toml::Table,
    from: Option<String>,
    reader: Arc<Reader>,
}

struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    words: Words,
    memory: Mutex<Memory>,
    interner: Mutex<Interner>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    let settings = settings.at_home(HOME);
    Box::new(PagerDuty {
        client: Client::new(&settings, clock),
        create: create_fields(&settings),
        from: settings.own.get("from").and_then(toml::Value::as_str).map(str::to_owned),
        reader: Arc::new(Reader {
            source: settings.name.clone(),
            filter: Filter::of(&settings),
            words: Words::new(WORDS, &settings.severity),
            memory: Mutex::default(),
            interner: Mutex::default(),
        }),
    })
}

impl PagerDuty {
    /// The pages of a list of incidents, until one was resolved before `until`.
    async fn list(
        &self,
        choice: &[(&str, Cow<'_, str>)],
        most: usize,
        until: Option<Instant>,
    ) -> Result<(Vec<Answer>, Vec<String>), SourceError> {
        let (mut answers, mut pages, mut offset) = (Vec::new(), Pages::of(most), 0);
        loop {
            let mut query = choice.to_vec();
            query.push(("limit", Cow::Owned(PAGE.to_string())));
            query.push(("offset", Cow::Owned(offset.to_string())));
            let answer = self.client.ask_any(&Ask::get("incidents", &query).with_headers(&HEADERS)).await?;
            let page = read(&answer)?;
            for incident in &page.incidents {
                pages.saw(incident.id.as_str());
            }
            offset += page.incidents.len();
            let is_past = |it: &Incident<'_>| until.is_some_and(|until| it.resolved_by().is_some_and(|at| at < until));
            let is_enough = page.incidents.iter().any(is_past);
            let goes_on = page.more.unwrap_or(false) && !is_enough && pages.more(page.incidents.len());
            answers.push(answer);
            if !goes_on {
                return Ok((answers, pages.into_notes()));
            }
        }
    }
}

fn read(answer: &Answer) -> Result<Page<'_>, SourceError> {
    let text = answer.text()?;
    serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))
}

#[async_trait]
impl Source for PagerDuty {
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALERTS.and_tickets().and_writes(writes::KINDS)
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        self.reader.filter.as_ref().map_err(Clone::clone)?;
        // Without a range the API leaves out what is older than a month, however open it is.
        let open = [
            ("statuses[]", Cow::Borrowed("triggered")),
            ("statuses[]", Cow::Borrowed("acknowledged")),
            ("date_range", Cow::Borrowed("all")),
            ("sort_by", Cow::Borrowed("created_at")),
        ];
        let (open, mut notes) = self.list(&open, MOST_PAGES, None).await?;
        let text = |at: Instant| Cow::Owned(at.to_rfc3339_opts(SecondsFormat::Secs, true));
        let closed = [
            ("statuses[]", Cow::Borrowed("resolved")),
            ("since", text(now - CREATED)),
            ("until", text(now)),
            ("sort_by", Cow::Borrowed("resolved_at:desc")),
        ];
        let (closed, more) = self.list(&closed, MOST_RESOLVED, Some(now - RECENT)).await?;
        notes.extend(more);
        notes.extend(open.first().and_then(Answer::clock_note));
        let reader = Arc::clone(&self.reader);
        let bytes = open.iter().chain(&closed).map(|answer| answer.body.len()).sum();
        decoded(bytes, move || reader.report(&open, &closed, notes, now)).await
    }

    async fn prepare(&self, intent: &Intent, _now: Instant) -> Result<Preview, SourceError> {
        self.preview(intent).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        self.carry_out(preview).await
    }
}

impl Reader {
    fn report(
        &self,
        open: &[Answer],
        closed: &[Answer],
        notes: Vec<String>,
        now: Instant,
    ) -> Result<StateReport, SourceError> {
        let filter = self.filter.as_ref().map_err(Clone::clone)?;
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut interner = self.interner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut conditions = Conditions::new(&self.source, filter, &mut memory, now);
        let (mut unknown, mut seen, mut tickets) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        // The later answer first: an incident resolved between both questions is in both.
        for answer in closed.iter().chain(open) {
            for incident in read(answer)?.incidents {
                if !seen.insert(incident.id.as_str().to_owned()) {
                    continue;
                }
                let ticket = self.ticket(&incident, &mut interner);
                if ticket.resolved.is_some_and(|at| at < now - RECENT) {
                    continue;
                }
                if ticket.open {
                    conditions.add(self.condition(&incident, &ticket, &mut unknown));
                }
                if filter.wants(&ticket.labels) {
                    tickets.push(Arc::new(ticket));
                }
            }
        }
        interner.forget_unused();
        for note in notes {
            conditions.note(note);
        }
        Ok(StateReport { tickets, unknown_words: unknown.into_iter().collect(), ..conditions.finish() })
    }

    fn condition<'i>(
        &self,
        incident: &'i Incident<'_>,
        ticket: &'i Ticket,
        unknown: &mut BTreeSet<String>,
    ) -> Condition<'i> {
        let word = Some(name(incident.priority.as_ref())).filter(|word| !word.is_empty()).or(incident.urgency.given());
        let acknowledged = incident.status.as_str() == "acknowledged";
        let by = incident.acknowledgements.iter().flatten().last().map(|it| name(it.acknowledger.as_ref()).to_owned());
        let pairs = ticket.labels.iter().map(|(key, value)| (Cow::Borrowed(&**key), Cow::Borrowed(&**value)));
        Condition {
            id: Cow::Borrowed(incident.id.as_str()),
            labels: pairs.collect(),
            severity: self.words.severity(word, unknown),
            handling: if acknowledged { Handling::Acknowledged } else { Handling::None },
            handled_by: by.filter(|by| !by.is_empty()).or_else(|| Some("acknowledged in PagerDuty".to_owned())),
            since: instant(incident.created_at.as_str()),
            summary: Cow::Borrowed(incident.title.as_str()),
            link: Cow::Borrowed(incident.html_url.as_str()),
            ..Condition::default()
        }
    }

    fn ticket(&self, incident: &Incident<'_>, interner: &mut Interner) -> Ticket {
        let open = incident.status.as_str() != "resolved";
        let mut labels = Labels::new(interner);
        labels.add("service", name(incident.service.as_ref()));
        labels.add("status", incident.status.as_str());
        labels.add("priority", name(incident.priority.as_ref()));
        labels.add("urgency", incident.urgency.as_str());
        labels.add_all("team", incident.teams.iter().flatten().map(|team| team.summary.as_str()));
        labels.add("escalation_policy", name(incident.escalation_policy.as_ref()));
        labels.add("key", incident.key.as_str());
        let owners: Vec<&str> = incident.assignments.iter().flatten().map(|it| name(it.assignee.as_ref())).collect();
        labels.add_all("owner", owners.iter().copied());
        let labels = labels.finish();
        let answered = incident.acknowledgements.iter().flatten().filter_map(|it| instant(it.at.as_str())).min();
        let changed = instant(incident.last_status_change_at.as_str());
        let owner = owners.into_iter().find(|owner| !owner.is_empty());
        Ticket {
            source: self.source.clone(),
            id: interner.share(incident.id.as_str()),
            labels,
            summary: summary(incident.title.as_str()),
            status: interner.share(incident.status.as_str()),
            open,
            owner: owner.map(|owner| interner.share(owner)),
            created: instant(incident.created_at.as_str()),
            responded: answered.or(changed.filter(|_| incident.status.as_str() == "acknowledged")),
            updated: changed,
            resolved: incident.resolved_by().filter(|_| !open),
            due: None,
            paused: Vec::new(),
            native: Vec::new(),
            link: link(incident.html_url.as_str()),
        }
    }
}
