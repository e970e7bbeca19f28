//! Alerta 8 and 9: alerts that are not closed, with acknowledgements and shelving as acknowledgement and blackouts as
//! maintenance. A key goes in as `auth = { header = "Authorization", value = … }` with the value `Key …`; it needs the
//! scopes `read:alerts` and `read:blackouts`, and for writing `write:alerts`.
//!
//! Labels: `environment`, `resource`, `event`, `service` (several joined by `, `), `group`, `origin`, `customer`,
//! `severity`, every attribute under its own name, and every tag `key=value`.

mod writes;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::Deserialize;

pub use self::writes::KINDS;
use super::client::{Answer, Client};
use super::conditions::{Condition, Conditions, Memory, Planned};
use super::error::SourceError;
use super::filter::Filter;
use super::gather::{decoded, instant, json_error};
use super::kind::Capabilities;
use super::records::Pages;
use super::settings::Settings;
use super::text::Text;
use super::words::{Table, Words};
use super::{Clock, Source};
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::{Instant, Span};
use crate::domain::write::{Intent, Outcome, Preview};

/// Alerts a page.
const PAGE: usize = 1000;
/// The most pages of one poll.
const MOST_PAGES: usize = 100;
/// Alerts that nobody takes care of. Those that are `closed` or `expired` are no conditions.
/// Words in capitals are those of its other alarm model, ISA 18.2. Pages are cut from a list, which has an order that
/// nothing new disturbs.
const OPEN: [(&str, &str); 4] = [ORDER, ("status", "open"), ("status", "unknown"), ("status", "UNACK")];
/// The others, with who said what.
const HANDLED: [(&str, &str); 10] = [
    ORDER,
    ("status", "assign"),
    ("status", "ack"),
    ("status", "shelved"),
    ("status", "blackout"),
    ("status", "ACKED"),
    ("status", "SHLVD"),
    ("status", "DSUPR"),
    ("status", "OOSRV"),
    ("show-history", "true"),
];
const ORDER: (&str, &str) = ("sort-by", "createTime");

/// Alerta's own scale, and the words of its ISA 18.2 model (the default `SEVERITY_MAP` of each model in its server).
const WORDS: Table = &[
    ("security", Severity::Critical),
    ("critical", Severity::Critical),
    ("major", Severity::Major),
    ("minor", Severity::Minor),
    ("warning", Severity::Warning),
    ("indeterminate", Severity::Unclassified),
    ("informational", Severity::Info),
    ("debug", Severity::Info),
    ("trace", Severity::Info),
    ("normal", Severity::Ok),
    ("ok", Severity::Ok),
    ("cleared", Severity::Ok),
    ("high", Severity::Major),
    ("medium", Severity::Minor),
    ("low", Severity::Warning),
    ("advisory", Severity::Info),
];

#[derive(Deserialize)]
#[serde(expecting = "a page of alerts")]
struct Page<'a> {
    #[serde(borrow, default)]
    alerts: Option<Vec<Alert<'a>>>,
    #[serde(default)]
    more: bool,
}

#[derive(Deserialize)]
#[serde(expecting = "an alert", rename_all = "camelCase")]
struct Alert<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, default)]
    environment: Text<'a>,
    #[serde(borrow, default)]
    resource: Text<'a>,
    #[serde(borrow, default)]
    event: Text<'a>,
    #[serde(borrow, default)]
    service: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    group: Text<'a>,
    #[serde(borrow, default)]
    origin: Text<'a>,
    #[serde(borrow, default)]
    customer: Text<'a>,
    #[serde(borrow, default)]
    severity: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    tags: Option<Vec<Text<'a>>>,
    /// Whatever a plugin put there; only texts become labels.
    #[serde(default)]
    attributes: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    href: Text<'a>,
    #[serde(borrow, default)]
    create_time: Text<'a>,
    #[serde(borrow, default)]
    receive_time: Text<'a>,
    #[serde(borrow, default)]
    history: Option<Vec<Event<'a>>>,
}

/// An entry of an alert's history.
#[derive(Deserialize)]
#[serde(expecting = "an entry of an alert's history")]
struct Event<'a> {
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    user: Text<'a>,
}

#[derive(Deserialize)]
#[serde(expecting = "a page of blackouts")]
struct Blackouts<'a> {
    #[serde(borrow)]
    blackouts: Vec<Blackout<'a>>,
    #[serde(default)]
    more: bool,
}

/// A time in which alerts are expected.
#[derive(Deserialize)]
#[serde(expecting = "a blackout", rename_all = "camelCase")]
struct Blackout<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    environment: Text<'a>,
    #[serde(borrow, default)]
    resource: Text<'a>,
    #[serde(borrow, default)]
    event: Text<'a>,
    #[serde(borrow, default)]
    group: Text<'a>,
    #[serde(borrow, default)]
    service: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    start_time: Text<'a>,
    #[serde(borrow, default)]
    end_time: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    user: Text<'a>,
}

impl Blackout<'_> {
    fn planned(&self, now: Instant) -> Option<Planned<'_>> {
        let window = Span::new(instant(self.start_time.as_str())?, instant(self.end_time.as_str())?);
        let labels = [
            ("environment", &self.environment),
            ("resource", &self.resource),
            ("event", &self.event),
            ("group", &self.group),
        ];
        let services: Vec<&str> = self.service.iter().flatten().map(Text::as_str).collect();
        let labels = labels.into_iter().map(|(name, value)| (name.into(), value.as_str().into()));
        (window.end > now).then(|| Planned {
            id: self.id.as_str().into(),
            labels: labels.chain([("service".into(), services.join(", ").into())]).collect(),
            window,
            summary: format!("{}: {}", self.user.given().unwrap_or("somebody"), self.text.as_str()).into(),
        })
    }
}

/// The adapter.
pub struct Alerta {
    client: Client,
    reader: Arc<Reader>,
}

struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    words: Words,
    memory: Mutex<Memory>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    Box::new(Alerta {
        client: Client::new(settings, clock),
        reader: Arc::new(Reader {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            words: Words::new(WORDS, &settings.severity),
            memory: Mutex::default(),
        }),
    })
}

/// Everything that one poll brought.
struct Poll {
    alerts: Vec<Answer>,
    blackouts: Vec<Answer>,
    notes: Vec<String>,
}

/// The ids of a page, and whether there is another one.
type Ids = fn(&Answer) -> Result<(Vec<String>, bool), SourceError>;

impl Alerta {
    /// All pages of a list.
    async fn pages(
        &self,
        path: &str,
        wanted: &[(&'static str, &'static str)],
        notes: &mut Vec<String>,
        ids: Ids,
    ) -> Result<Vec<Answer>, SourceError> {
        let (mut answers, mut pages) = (Vec::new(), Pages::of(MOST_PAGES));
        loop {
            let mut pairs: Vec<(&str, Cow<'_, str>)> =
                wanted.iter().map(|(name, value)| (*name, Cow::Borrowed(*value))).collect();
            pairs.push(("page", (answers.len() + 1).to_string().into()));
            pairs.push(("page-size", PAGE.to_string().into()));
            let answer = self.client.get_any(path, &pairs).await?;
            let (found, more) = ids(&answer)?;
            for id in &found {
                pages.is_new(id);
            }
            answers.push(answer);
            if !more || !pages.more(found.len()) {
                // That an id came twice is found out again where signals are made.
                notes.append(&mut pages.notes);
                return Ok(answers);
            }
        }
    }
}

fn ids_of_alerts(answer: &Answer) -> Result<(Vec<String>, bool), SourceError> {
    let page = page(answer)?;
    Ok((page.alerts.iter().flatten().map(|alert| alert.id.as_str().to_owned()).collect(), page.more))
}

fn ids_of_blackouts(answer: &Answer) -> Result<(Vec<String>, bool), SourceError> {
    let page = blackouts(answer)?;
    Ok((page.blackouts.iter().map(|blackout| blackout.id.as_str().to_owned()).collect(), page.more))
}

#[async_trait]
impl Source for Alerta {
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALERTS.and_changes().and_writes(KINDS)
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        self.reader.filter.as_ref().map_err(Clone::clone)?;
        let mut notes = Vec::new();
        let mut alerts = self.pages("alerts", &OPEN, &mut notes, ids_of_alerts).await?;
        alerts.extend(self.pages("alerts", &HANDLED, &mut notes, ids_of_alerts).await?);
        let blackouts = self.pages("blackouts", &[], &mut notes, ids_of_blackouts).await.unwrap_or_else(|error| {
            notes.push(format!("blackouts are not known: {error}"));
            Vec::new()
        });
        let (reader, bytes) = (Arc::clone(&self.reader), alerts.iter().map(|page| page.body.len()).sum());
        decoded(bytes, move || reader.report(&Poll { alerts, blackouts, notes }, now)).await
    }

    async fn prepare(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        self.preview(intent, now).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        self.carry_out(preview).await
    }
}

fn page(answer: &Answer) -> Result<Page<'_>, SourceError> {
    let text = answer.text()?;
    let page: Page = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
    if page.alerts.is_none() {
        return Err(SourceError::Json { place: answer.place.clone(), why: "`alerts` is missing".to_owned() });
    }
    Ok(page)
}

fn blackouts(answer: &Answer) -> Result<Blackouts<'_>, SourceError> {
    let text = answer.text()?;
    serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))
}

impl Reader {
    fn report(&self, poll: &Poll, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.filter.as_ref().map_err(Clone::clone)?;
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Conditions::new(&self.source, filter, &mut memory, now);
        let mut unknown = BTreeSet::new();
        for answer in &poll.alerts {
            for alert in page(answer)?.alerts.iter().flatten() {
                found.add(self.condition(alert, &mut unknown));
            }
        }
        for answer in &poll.blackouts {
            for blackout in &blackouts(answer)?.blackouts {
                blackout.planned(now).iter().for_each(|planned| found.plan(planned));
            }
        }
        let notes = poll.notes.iter().cloned();
        poll.alerts.iter().filter_map(Answer::clock_note).chain(notes).for_each(|note| found.note(note));
        Ok(StateReport { unknown_words: unknown.into_iter().collect(), ..found.finish() })
    }

    fn condition<'a>(&self, alert: &'a Alert<'_>, unknown: &mut BTreeSet<String>) -> Condition<'a> {
        let services: Vec<&str> = alert.service.iter().flatten().map(Text::as_str).collect();
        let own = [
            ("environment", alert.environment.as_str()),
            ("resource", alert.resource.as_str()),
            ("event", alert.event.as_str()),
            ("group", alert.group.as_str()),
            ("origin", alert.origin.as_str()),
            ("customer", alert.customer.as_str()),
            ("severity", alert.severity.as_str()),
        ];
        let tags = alert.tags.iter().flatten().filter_map(|tag| tag.as_str().split_once('='));
        let attributes = alert.attributes.iter().flatten();
        let attributes = attributes.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        // What Alerta says itself is not overruled by a tag or an attribute of the same name.
        let mut labels: BTreeMap<Cow<'_, str>, Cow<'_, str>> =
            tags.chain(attributes).map(|(name, value)| (name.into(), value.into())).collect();
        labels.extend(own.into_iter().map(|(name, value)| (name.into(), value.into())));
        labels.insert("service".into(), services.join(", ").into());
        let handling = match alert.status.as_str() {
            "ack" | "assign" | "shelved" | "ACKED" | "SHLVD" => Handling::Acknowledged,
            "blackout" | "DSUPR" | "OOSRV" => Handling::Maintenance,
            _ => Handling::None,
        };
        let last = alert.history.iter().flatten().rev().find(|event| event.status == alert.status);
        let says = last.map(|event| format!("{}: {}", event.user.given().unwrap_or("somebody"), event.text.as_str()));
        let text = alert.text.given().unwrap_or(alert.event.as_str());
        Condition {
            id: alert.id.as_str().into(),
            labels: labels.into_iter().collect(),
            severity: self.words.severity(alert.severity.given(), unknown),
            unknown: false,
            handling,
            handled_by: says.or_else(|| Some(alert.status.as_str().to_owned())),
            since: instant(alert.receive_time.as_str()).or_else(|| instant(alert.create_time.as_str())),
            summary: format!("{}: {text}", alert.resource.as_str()).into(),
            link: alert.href.as_str().into(),
        }
    }
}
