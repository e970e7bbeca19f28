//! Writing to Alertmanager: a silence. It is how an alert is acknowledged, too, since there is nothing else: on all
//! labels of the alert, so that it hits no other unless that one has them all.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{SecondsFormat, TimeDelta};
use serde::Deserialize;
use serde_json::json;

use super::{Alert, alerts, exact_matcher};
use crate::domain::clean::clean_line;
use crate::domain::facts::Signal;
use crate::domain::span::Instant;
use crate::domain::write::{Body, Covered, Intent, Method, Outcome, Preview, Reference, Target};
use crate::sources::client::{Client, Told, readable};
use crate::sources::error::SourceError;
use crate::sources::gather::fingerprint;
use crate::sources::text::{Text, link, summary};

/// How long a silence lasts unless the intent says otherwise.
const LASTS: TimeDelta = TimeDelta::hours(2);
/// The most other alerts that a preview names.
const MOST_NAMED: usize = 50;

/// How the alert of a signal is told from others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// By its fingerprint: the signal is Alertmanager's own.
    ByFingerprint,
    /// By having all labels of the signal: Prometheus adds labels on the way.
    ByLabels,
}

/// Looks at the alert and its like, and makes the request for a silence.
///
/// # Errors
/// Alertmanager does not answer, or the alert is not there any more.
pub async fn prepare(client: &Client, intent: &Intent, known: Known, now: Instant) -> Result<Preview, SourceError> {
    let Target::Signal(signal) = &intent.target else {
        return Err(SourceError::Changed("only an alert can be silenced".to_owned()));
    };
    let name = signal.labels.iter().find(|(key, _)| &**key == "alertname");
    let asked: Vec<(&str, &str)> = if intent.scope.is_empty() {
        name.iter().map(|(key, value)| (&**key, &**value)).collect()
    } else {
        intent.scope.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    };
    let filters: Vec<_> = asked.iter().map(|(key, value)| ("filter", Cow::Owned(exact_matcher(key, value)))).collect();
    let answer = client.get_any("api/v2/alerts", &filters).await?;
    let found = alerts(&answer)?;
    let target = found.iter().find(|alert| is_of(alert, signal, known)).ok_or_else(|| {
        SourceError::Changed(if intent.scope.is_empty() {
            "Alertmanager does not have this alert any more: it may be resolved".to_owned()
        } else {
            "these labels do not hit the alert: take some away, or begin anew".to_owned()
        })
    })?;
    let scope: Vec<(String, String)> = match known {
        _ if !intent.scope.is_empty() => intent.scope.clone(),
        Known::ByFingerprint => {
            target.labels.0.iter().map(|(key, value)| (key.as_str().to_owned(), value.as_str().to_owned())).collect()
        }
        Known::ByLabels => signal.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
    };
    let others = || found.iter().filter(|alert| !std::ptr::eq(*alert, target) && is_hit(alert, &scope));
    let until = intent.until.unwrap_or(now + LASTS);
    let mut remarks = vec![until.format("it ends by itself at %Y-%m-%d %H:%M UTC").to_string()];
    if target.status.as_ref().is_some_and(|status| status.silenced_by.as_ref().is_some_and(|by| !by.is_empty())) {
        remarks.push("it is silenced already: this silence is added".to_owned());
    }
    Ok(Preview {
        object: line(target),
        request: client.draft(Method::Post, "api/v2/silences", body(intent, &scope, now, until))?,
        covers: others().take(MOST_NAMED).map(covered).collect(),
        covers_count: others().count(),
        remarks,
        intent: intent.clone(),
    })
}

/// Sends the silence.
pub async fn send(client: &Client, preview: &Preview) -> Outcome {
    let sent = client.send_once(&preview.request).await;
    sent.judged(|told| silenced(told, client, preview))
}

#[derive(Deserialize)]
#[serde(expecting = "the id of a silence")]
struct Made<'a> {
    #[serde(borrow, rename = "silenceID")]
    id: Text<'a>,
}

fn silenced(told: &Told, client: &Client, preview: &Preview) -> Outcome {
    let text = told.text();
    let Ok(made) = serde_json::from_str::<Made>(&text) else {
        return Outcome::Unknown { why: format!("{}, without the id of a silence", told.words()) };
    };
    let id = clean_line(made.id.as_str(), 100).into_owned();
    let home = client.urls().get(preview.request.address).map(crate::sources::client::place).unwrap_or_default();
    let address = format!("{}/#/silences/{id}", home.trim_end_matches('/'));
    let made = Reference { id: Arc::from(id.as_str()), title: Arc::from("silence"), link: link(&address) };
    Outcome::Done { says: format!("silence {id}"), made: Some(made) }
}

fn body(intent: &Intent, scope: &[(String, String)], now: Instant, until: Instant) -> Body {
    let time = |at: Instant| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let matchers: Vec<_> =
        scope.iter().map(|(name, value)| json!({ "name": name, "value": value, "isRegex": false })).collect();
    let comment = if intent.text.trim().is_empty() { "acknowledged" } else { intent.text.trim() };
    readable(&json!({
        "matchers": matchers, "startsAt": time(now), "endsAt": time(until),
        "createdBy": intent.author, "comment": comment,
    }))
}

fn is_of(alert: &Alert<'_>, signal: &Signal, known: Known) -> bool {
    match known {
        Known::ByFingerprint => match alert.fingerprint.given() {
            Some(id) => id == &*signal.id,
            None => fingerprint(&alert.labels) == *signal.id,
        },
        Known::ByLabels => signal.labels.iter().all(|(key, value)| alert.labels.get(key) == Some(value)),
    }
}

/// Whether a silence of these labels hits an alert; an absent label is empty.
fn is_hit(alert: &Alert<'_>, scope: &[(String, String)]) -> bool {
    scope.iter().all(|(key, value)| alert.labels.get(key).unwrap_or_default() == value)
}

fn covered(alert: &Alert<'_>) -> Covered {
    let id = alert.fingerprint.given().map_or_else(|| fingerprint(&alert.labels), str::to_owned);
    Covered { id: Arc::from(clean_line(&id, 100)), summary: summary(&line(alert)) }
}

/// An alert in a line: its name, its other labels, its state.
fn line(alert: &Alert<'_>) -> String {
    let name = alert.labels.get("alertname").unwrap_or("alert");
    let labels = alert.labels.0.iter().filter(|(key, _)| key.as_str() != "alertname");
    let labels: Vec<String> = labels.map(|(key, value)| format!("{}={}", key.as_str(), value.as_str())).collect();
    let state = alert.status.as_ref().map(|status| status.state.as_str()).unwrap_or_default();
    clean_line(&format!("{name} {} {state}", labels.join(" ")), 300).trim_end().to_owned()
}
