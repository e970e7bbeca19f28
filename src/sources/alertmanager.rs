//! Alertmanager (API v2): alerts, with silences and inhibition as acknowledgement. Versions 0.16 and later; the
//! account needs to read `/api/v2`, and to post silences where it may write.
//!
//! Several addresses are one HA cluster, asked at the same time: alerts are united by fingerprint, and one answer is
//! enough. `only` is sent as `filter=`, and asked again without it for the heartbeats that it would hide.

pub mod silence;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use async_trait::async_trait;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::client::{Answer, Client};
use super::error::SourceError;
use super::filter::{Filter, regex_text};
use super::gather::{Gather, Memory, RawAlert, decoded, instant, json_error};
use super::kind::Capabilities;
use super::prometheus::Annotations;
use super::settings::Settings;
use super::text::{Text, TextPairs};
use super::words::{PROMETHEUS, Words};
use super::{Clock, Source};
use crate::domain::clean::clean_line;
use crate::domain::id::SourceName;
use crate::domain::matcher::{LabelTest, Test};
use crate::domain::observation::StateReport;
use crate::domain::severity::Handling;
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Outcome, Preview, WriteKind};

#[derive(Deserialize)]
#[serde(expecting = "an alert", rename_all = "camelCase")]
struct Alert<'a> {
    #[serde(borrow, default)]
    fingerprint: Text<'a>,
    #[serde(borrow, default)]
    labels: TextPairs<'a>,
    #[serde(borrow, default)]
    annotations: Option<Annotations<'a>>,
    #[serde(borrow, default)]
    starts_at: Text<'a>,
    #[serde(borrow, default, rename = "generatorURL")]
    generator_url: Text<'a>,
    #[serde(borrow, default)]
    status: Option<Status<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(expecting = "the status of an alert", rename_all = "camelCase")]
struct Status<'a> {
    #[serde(borrow, default)]
    state: Text<'a>,
    #[serde(borrow, default)]
    silenced_by: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    inhibited_by: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a silence", rename_all = "camelCase")]
struct Silence<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    created_by: Text<'a>,
    #[serde(borrow, default)]
    comment: Text<'a>,
    #[serde(borrow, default)]
    ends_at: Text<'a>,
}

/// The adapter.
pub struct Alertmanager {
    client: Client,
    reader: Arc<Reader>,
}

/// Reads answers, without a network: what benchmarks measure.
pub struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    words: Words,
    memory: Mutex<Memory>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    Box::new(Alertmanager::new(settings, Client::new(settings, clock)))
}

impl Alertmanager {
    /// The adapter over a client.
    pub fn new(settings: &Settings, client: Client) -> Self {
        Self { client, reader: Arc::new(Reader::new(settings)) }
    }

    async fn alerts(&self, tests: &[LabelTest]) -> Result<(Vec<Answer>, Vec<SourceError>), SourceError> {
        let pairs: Vec<_> = tests.iter().map(|test| ("filter", Cow::Owned(matcher(test)))).collect();
        let (mut good, mut failed) = (Vec::new(), Vec::new());
        for answer in self.client.get_all("api/v2/alerts", &pairs).await {
            match answer {
                Ok(answer) => good.push(answer),
                Err(error) => failed.push(error),
            }
        }
        if good.is_empty() {
            let none = SourceError::Settings("this type of source needs a `url`".to_owned());
            return Err(failed.into_iter().next().unwrap_or(none));
        }
        Ok((good, failed))
    }
}

#[async_trait]
impl Source for Alertmanager {
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALERTS.and_writes(&[WriteKind::Acknowledge, WriteKind::Silence])
    }

    async fn prepare(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        silence::prepare(&self.client, intent, silence::Known::ByFingerprint, now).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        silence::send(&self.client, preview).await
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.reader.filter.as_ref().map_err(Clone::clone)?;
        let (answers, failed) = self.alerts(&filter.only).await?;
        let mut beats = Vec::new();
        if !filter.only.is_empty() {
            for heartbeat in &filter.heartbeats {
                beats.extend(self.alerts(heartbeat).await?.0);
            }
        }
        let silences = if answers.iter().any(names_silences) {
            self.client.get_any("api/v2/silences", &[]).await.map(Some)
        } else {
            Ok(None)
        };
        let reader = Arc::clone(&self.reader);
        let bytes = answers.iter().map(|answer| answer.body.len()).sum();
        decoded(bytes, move || reader.report(&Poll { alerts: answers, failed, beats, silences }, now)).await
    }
}

/// Everything that one poll brought.
pub struct Poll {
    /// Alerts, of each member of the cluster that answered.
    pub alerts: Vec<Answer>,
    /// Why the others did not.
    pub failed: Vec<SourceError>,
    /// Alerts that heartbeats were looked for in.
    pub beats: Vec<Answer>,
    /// The silences, if any alert names one.
    pub silences: Result<Option<Answer>, SourceError>,
}

impl Reader {
    /// A reader as the settings want it.
    pub fn new(settings: &Settings) -> Self {
        Self {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            words: Words::new(PROMETHEUS, &settings.severity),
            memory: Mutex::default(),
        }
    }

    /// The signals of everything that one poll brought.
    ///
    /// # Errors
    /// An answer is not what was expected.
    pub fn report(&self, all: &Poll, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.filter.as_ref().map_err(Clone::clone)?;
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gather = Gather::new(&self.source, filter, &self.words, &mut memory, now);
        for error in &all.failed {
            gather.note(format!("one of the cluster does not answer: {error}"));
        }
        let silences = match &all.silences {
            Ok(answer) => answer.as_ref().map(silences).transpose()?.unwrap_or_default(),
            Err(error) => {
                gather.note(format!("who silenced what is not known: {error}"));
                FxHashMap::default()
            }
        };
        for answer in &all.beats {
            for alert in alerts(answer)? {
                gather.saw_heartbeat(&alert.labels);
            }
        }
        for answer in &all.alerts {
            if let Some(note) = answer.clock_note() {
                gather.note(note);
            }
            add_all(&mut gather, alerts(answer)?, &silences);
        }
        Ok(gather.finish(all.alerts.len() > 1))
    }
}

fn add_all(gather: &mut Gather<'_>, alerts: Vec<Alert<'_>>, silences: &FxHashMap<String, Arc<str>>) {
    gather.expect(alerts.len());
    // An inhibiting alert is called by its name; names are few and borrowed.
    let inhibiting = alerts.iter().any(|alert| {
        alert.status.as_ref().is_some_and(|status| status.inhibited_by.as_ref().is_some_and(|by| !by.is_empty()))
    });
    let names: FxHashMap<String, String> = if inhibiting {
        let name = |alert: &Alert| alert.labels.get("alertname").unwrap_or_default().to_owned();
        alerts.iter().map(|alert| (alert.fingerprint.as_str().to_owned(), name(alert))).collect()
    } else {
        FxHashMap::default()
    };
    for alert in alerts {
        let handled_by = alert.status.as_ref().and_then(|status| handled_by(status, silences, &names));
        let annotations = alert.annotations.unwrap_or_default();
        gather.add(&RawAlert {
            id: alert.fingerprint.given(),
            labels: &alert.labels,
            summaries: annotations.summaries(),
            since: alert.starts_at.as_str(),
            link: alert.generator_url.as_str(),
            handling: if handled_by.is_some() { Handling::Acknowledged } else { Handling::None },
            handled_by,
        });
    }
}

fn alerts(answer: &Answer) -> Result<Vec<Alert<'_>>, SourceError> {
    let text = answer.text()?;
    serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))
}

/// What each silence says of itself, by id.
fn silences(answer: &Answer) -> Result<FxHashMap<String, Arc<str>>, SourceError> {
    let text = answer.text()?;
    let list: Vec<Silence> = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
    Ok(list
        .iter()
        .map(|silence| {
            (
                silence.id.as_str().to_owned(),
                said(&silence.created_by, silence.comment.as_str(), silence.ends_at.as_str()),
            )
        })
        .collect())
}

/// Who silenced, why and until when.
pub(super) fn said(author: &Text<'_>, comment: &str, ends_at: &str) -> Arc<str> {
    let who = author.given().unwrap_or("somebody");
    let until = match instant(ends_at) {
        Some(end) => end.format(" (until %Y-%m-%d %H:%M UTC)").to_string(),
        None => String::new(),
    };
    Arc::from(clean_line(&format!("{who}: {comment}{until}"), 300))
}

/// Who takes care of an alert; `None` where nobody does.
fn handled_by(
    status: &Status<'_>,
    silences: &FxHashMap<String, Arc<str>>,
    names: &FxHashMap<String, String>,
) -> Option<Arc<str>> {
    if let Some(id) = status.silenced_by.as_ref().and_then(|by| by.first()) {
        let known = silences.get(id.as_str()).cloned();
        return Some(known.unwrap_or_else(|| Arc::from(clean_line(&format!("silenced by {}", id.as_str()), 100))));
    }
    if let Some(id) = status.inhibited_by.as_ref().and_then(|by| by.first()) {
        let name = names.get(id.as_str()).filter(|name| !name.is_empty()).map_or(id.as_str(), String::as_str);
        return Some(Arc::from(clean_line(&format!("inhibited by {name}"), 100)));
    }
    // Muted by a time interval of the routing: no id is given.
    (status.state.as_str() == "suppressed").then(|| Arc::from("muted by Alertmanager"))
}

/// Whether an answer has a silenced alert, without parsing it: who silenced is asked only then.
fn names_silences(answer: &Answer) -> bool {
    static NAMED: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
        regex::bytes::Regex::new(r#""silencedBy"\s*:\s*\[\s*""#).expect("a constant that a test compiles")
    });
    NAMED.is_match(&answer.body)
}

/// A test as a matcher of the API.
fn matcher(test: &LabelTest) -> String {
    let (equal, value) = match &test.pattern.test {
        Test::Exact(text) => ("=", text.clone()),
        Test::Glob(glob) => ("=~", glob.split('*').map(regex::escape).collect::<Vec<_>>().join(".*")),
        Test::Regex(regex) => ("=~", regex_text(regex.as_str()).to_owned()),
    };
    let operator = match (test.pattern.negated, equal) {
        (false, equal) => equal,
        (true, "=") => "!=",
        (true, _) => "!~",
    };
    quoted(&test.key, operator, &value)
}

/// A whole value as a matcher of the API.
fn exact_matcher(key: &str, value: &str) -> String {
    quoted(key, "=", value)
}

fn quoted(key: &str, operator: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{key}{operator}\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matcher::Pattern;

    #[test]
    fn tests_become_matchers() {
        let text =
            |value: &str| matcher(&LabelTest { key: "env".into(), pattern: Pattern::parse(value).expect("a pattern") });
        assert_eq!(text("prod"), r#"env="prod""#);
        assert_eq!(text("!prod"), r#"env!="prod""#);
        assert_eq!(text("p*.x"), r#"env=~"p.*\\.x""#);
        assert_eq!(text("!/a|b/"), r#"env!~"a|b""#);
        assert_eq!(text("a\"b\\c"), r#"env="a\"b\\c""#);
    }

    #[test]
    fn silences_are_asked_only_where_an_alert_names_one() {
        let answer =
            |body: &str| Answer { place: String::new(), body: body.into(), ahead: None, next: None, total: None };
        assert!(!names_silences(&answer(r#"[{"status":{"silencedBy":[]}},{"status":{"silencedBy": null}}]"#)));
        assert!(names_silences(&answer(r#"[{"status":{"silencedBy":[]}},{"status":{"silencedBy" : [ "x"]}}]"#)));
    }
}
