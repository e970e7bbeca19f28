//! From the alerts of an answer to signals: filtered, heartbeats taken out, words translated, duplicates united,
//! instants of the future cut. Shared by every alert source.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use rustc_hash::FxHashMap;
use serde::de::DeserializeOwned;

use super::error::SourceError;
use super::filter::{Filter, Pulse};
use super::text::{Interner, Text, TextPairs, link, summary};
use super::words::Words;
use crate::domain::clean::clean_line;
use crate::domain::facts::Signal;
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::severity::Handling;
use crate::domain::span::Instant;

/// A body that is larger is decoded on a thread of its own kind, so that no other poll waits for it.
const LARGE_BODY: usize = 64 << 10;
/// How far ahead an alert may begin before it is worth a remark.
const FUTURE_SLACK: TimeDelta = TimeDelta::seconds(60);

/// The most remarks of one answer.
const MOST_NOTES: usize = 20;

/// An alert as it came, before anything is decided.
pub struct RawAlert<'a> {
    /// Its id within the source.
    pub id: String,
    /// Its labels.
    pub labels: &'a TextPairs<'a>,
    /// Candidates for its summary; the first that is given is taken.
    pub summaries: [&'a str; 3],
    /// When it began, RFC 3339.
    pub since: &'a str,
    /// Where to look at it.
    pub link: &'a str,
    /// Whether somebody takes care of it.
    pub handling: Handling,
    /// Who and why.
    pub handled_by: Option<Arc<str>>,
}

/// Gathers the signals of one answer.
pub struct Gather<'a> {
    source: &'a SourceName,
    filter: &'a Filter,
    words: &'a Words,
    interner: &'a mut Interner,
    now: Instant,
    pulse: Pulse,
    unknown: BTreeSet<String>,
    places: FxHashMap<Arc<str>, usize>,
    signals: Vec<Arc<Signal>>,
    notes: Vec<String>,
    twice: usize,
    future: usize,
}

impl<'a> Gather<'a> {
    /// Nothing gathered yet.
    pub fn new(
        source: &'a SourceName,
        filter: &'a Filter,
        words: &'a Words,
        interner: &'a mut Interner,
        now: Instant,
    ) -> Self {
        Self {
            source,
            filter,
            words,
            interner,
            now,
            pulse: Pulse::new(filter),
            unknown: BTreeSet::new(),
            places: FxHashMap::default(),
            signals: Vec::new(),
            notes: Vec::new(),
            twice: 0,
            future: 0,
        }
    }

    /// Room for so many alerts.
    pub fn expect(&mut self, count: usize) {
        self.signals.reserve(count);
        self.places.reserve(count);
    }

    /// Takes an alert. Of two with the same id the handled one stands: acknowledgements reach the members of a
    /// cluster one after the other.
    pub fn add(&mut self, alert: RawAlert<'_>) {
        let labels = self.interner.labels(&alert.labels.0);
        if self.pulse.take(self.filter, &labels) || !self.filter.wants(&labels) {
            return;
        }
        let id: Arc<str> = self.interner.share(&alert.id);
        let severity = self.words.severity(alert.labels.get("severity"), &mut self.unknown);
        let given = alert.summaries.into_iter().find(|text| !text.trim().is_empty());
        let text = given.or_else(|| alert.labels.get("alertname")).unwrap_or_default();
        let signal = Signal {
            source: self.source.clone(),
            id: Arc::clone(&id),
            labels,
            severity,
            unknown: false,
            handling: alert.handling,
            handled_by: alert.handled_by,
            since: self.since(alert.since),
            summary: summary(text),
            link: link(alert.link),
        };
        if let Some(place) = self.places.get(&id) {
            self.twice += 1;
            let known = &mut self.signals[*place];
            if known.handling < signal.handling {
                *known = Arc::new(signal);
            }
        } else {
            self.places.insert(id, self.signals.len());
            self.signals.push(Arc::new(signal));
        }
    }

    /// Counts a firing heartbeat from elsewhere than the list of alerts.
    pub fn saw_heartbeat(&mut self, labels: &TextPairs<'_>) {
        let labels = self.interner.labels(&labels.0);
        self.pulse.take(self.filter, &labels);
    }

    /// Adds a remark, once, up to a handful.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.notes.len() < MOST_NOTES && !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// The report. Ids that came twice are a remark only where one server sent them.
    pub fn finish(mut self, cluster: bool) -> StateReport {
        if self.twice > 0 && !cluster {
            self.notes.push(format!("{} alerts came twice under the same id; the handled one counts", self.twice));
        }
        if self.future > 0 {
            self.notes
                .push(format!("{} alerts begin in the future: is its clock right? They count from now", self.future));
        }
        StateReport {
            signals: self.signals,
            missing_heartbeats: self.pulse.missing(self.filter),
            unknown_words: self.unknown.into_iter().collect(),
            notes: self.notes,
            ..StateReport::default()
        }
    }

    fn since(&mut self, text: &str) -> Option<Instant> {
        let since = instant(text)?;
        if since > self.now + FUTURE_SLACK {
            self.future += 1;
        }
        Some(since.min(self.now))
    }
}

/// An RFC 3339 instant; the zero dates that servers write for "never" are none.
pub fn instant(text: &str) -> Option<Instant> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (instant.timestamp() > 0).then_some(instant)
}

/// Why a body is not what was expected: what, where, and what stands there.
pub fn json_error(place: &str, text: &str, error: &serde_json::Error) -> SourceError {
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let start = floor_boundary(line, error.column().saturating_sub(30));
    let sample = clean_line(&line[start..], 40).into_owned();
    let near = if sample.is_empty() { String::new() } else { format!(", near `{sample}`") };
    let why = clean_line(&format!("{error}{near}"), 400).into_owned();
    SourceError::Json { place: place.to_owned(), why }
}

fn floor_boundary(text: &str, mut index: usize) -> usize {
    index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// Decodes a small body into owned values.
///
/// # Errors
/// [`SourceError::Json`].
pub fn decode<T: DeserializeOwned>(place: &str, text: &str) -> Result<T, SourceError> {
    serde_json::from_str(text).map_err(|error| json_error(place, text, &error))
}

/// Runs a decoding where it keeps no other poll waiting: large bodies on a blocking thread.
///
/// # Errors
/// [`SourceError::Panicked`] if the decoding itself fails by a defect.
pub async fn decoded<T: Send + 'static>(
    bytes: usize,
    decode: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    if bytes < LARGE_BODY {
        return decode();
    }
    match tokio::task::spawn_blocking(decode).await {
        Ok(result) => result,
        Err(error) => Err(SourceError::Panicked(error.to_string())),
    }
}

/// The fingerprint of a label set, as Prometheus and Alertmanager compute it: FNV-1a over the pairs sorted by name,
/// each name and value followed by a byte that UTF-8 never has.
pub fn fingerprint(sorted: &[(Text<'_>, Text<'_>)]) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = OFFSET;
    for part in sorted.iter().flat_map(|(name, value)| [name, value]) {
        for byte in part.as_str().bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_that_of_alertmanager() {
        // Recorded from Alertmanager 0.25.
        let json = r#"{"severity":"none","alertname":"Watchdog","site":"lab"}"#;
        let mut pairs: TextPairs = serde_json::from_str(json).expect("an object of texts");
        assert_eq!(fingerprint(pairs.sorted()), "ffafc9b61a842a7e");
    }

    #[test]
    fn zero_dates_are_none() {
        assert_eq!(instant("1970-01-01T00:00:00Z"), None);
        assert_eq!(instant("0001-01-01T00:00:00Z"), None);
        assert_eq!(instant("soon"), None);
        assert!(instant("2026-11-24T03:51:36.363753489Z").is_some());
    }
}
