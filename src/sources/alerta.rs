//! Alerta 8 and 9: alerts that are not closed, with acknowledgements and shelving as acknowledgement and blackouts as
//! maintenance. A key goes in as `auth = { header = "Authorization", value = … }` with the value `Key …`; it needs the
//! scope `read:alerts`.
//!
//! Labels: `environment`, `resource`, `event`, `service` (several joined by `, `), `group`, `origin`, `customer`,
//! `severity`, every attribute under its own name, and every tag `key=value`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::Deserialize;

use super::client::{Answer, Client};
use super::conditions::{Condition, Conditions, Memory};
use super::error::SourceError;
use super::filter::Filter;
use super::gather::{decoded, instant, json_error};
use super::kind::Capabilities;
use super::settings::Settings;
use super::text::Text;
use super::words::{Table, Words};
use super::{Clock, Source};
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::Instant;

/// Alerts a page.
const PAGE: usize = 1000;
/// The most pages of one poll.
const MOST_PAGES: usize = 100;
/// States in which an alert is a condition; the others are `closed` and `expired`.
const STATES: [&str; 6] = ["open", "assign", "ack", "shelved", "blackout", "unknown"];

/// Alerta's own scale.
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
];

#[derive(Deserialize)]
#[serde(expecting = "a page of alerts")]
struct Page<'a> {
    #[serde(borrow, default)]
    alerts: Option<Vec<Alert<'a>>>,
}

/// Whether there are further pages; the alerts are read once all are there.
#[derive(Deserialize)]
#[serde(expecting = "a page of alerts")]
struct Rest {
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

#[async_trait]
impl Source for Alerta {
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALERTS
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        self.reader.filter.as_ref().map_err(Clone::clone)?;
        let (mut pages, mut notes) = (Vec::new(), Vec::new());
        loop {
            let number = pages.len() + 1;
            let mut pairs: Vec<(&str, Cow<'_, str>)> = STATES.map(|state| ("status", state.into())).to_vec();
            pairs.push(("page", number.to_string().into()));
            pairs.push(("page-size", PAGE.to_string().into()));
            let answer = self.client.get_any("alerts", &pairs).await?;
            let same = pages.last().is_some_and(|last: &Answer| last.body == answer.body);
            let text = answer.text()?;
            let rest: Rest = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
            let more = rest.more;
            pages.push(answer);
            if same {
                notes.push(format!("page {number} only repeats alerts: the list may be incomplete"));
            }
            if !more || same {
                break;
            }
            if number == MOST_PAGES {
                notes.push(format!("more than {} alerts: the rest is not read", MOST_PAGES * PAGE));
                break;
            }
        }
        let (reader, bytes) = (Arc::clone(&self.reader), pages.iter().map(|page| page.body.len()).sum());
        decoded(bytes, move || reader.report(&pages, notes, now)).await
    }
}

fn page<'a>(answer: &Answer, text: &'a str) -> Result<Page<'a>, SourceError> {
    let page: Page = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
    if page.alerts.is_none() {
        return Err(SourceError::Json { place: answer.place.clone(), why: "`alerts` is missing".to_owned() });
    }
    Ok(page)
}

impl Reader {
    fn report(&self, pages: &[Answer], notes: Vec<String>, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.filter.as_ref().map_err(Clone::clone)?;
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Conditions::new(&self.source, filter, &mut memory, now);
        let mut unknown = BTreeSet::new();
        for answer in pages {
            for alert in page(answer, answer.text()?)?.alerts.iter().flatten() {
                found.add(self.condition(alert, &mut unknown));
            }
        }
        pages.iter().filter_map(Answer::clock_note).chain(notes).for_each(|note| found.note(note));
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
            "ack" | "assign" | "shelved" => Handling::Acknowledged,
            "blackout" => Handling::Maintenance,
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
