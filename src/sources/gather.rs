//! From the alerts of an answer to signals: filtered, heartbeats taken out, words translated, duplicates united,
//! instants of the future cut. Shared by every alert source.
//!
//! An alert that is as it was in the last poll becomes the very same signal again, found by its place in the list and
//! compared text by text: most polls change little, and then cost little more than reading.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta};
use rustc_hash::FxHashMap;

use super::error::SourceError;
use super::filter::{Filter, Pulse};
use super::text::{Interner, TextPairs, link, summary};
use super::words::Words;
use crate::domain::clean::{clean, clean_line};
use crate::domain::facts::Signal;
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::Instant;

/// A body that is larger is decoded on a thread of its own kind, so that no other poll waits for it.
const LARGE_BODY: usize = 64 << 10;
/// How far ahead an alert may begin before it is worth a remark.
const FUTURE_SLACK: TimeDelta = TimeDelta::seconds(60);

/// The most remarks of one answer.
const MOST_NOTES: usize = 20;

/// An alert as it came, before anything is decided.
pub struct RawAlert<'a> {
    /// Its id within the source; without one the fingerprint of its labels is.
    pub id: Option<&'a str>,
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

impl RawAlert<'_> {
    fn summary(&self) -> &str {
        let given = self.summaries.into_iter().map(str::trim).find(|text| !text.is_empty());
        given.or_else(|| self.labels.get("alertname")).unwrap_or_default()
    }

    /// Whether it is a signal that is known already. Texts are compared as they came: one that had to be cleaned
    /// is never the same, and is read anew.
    fn is(&self, known: &Signal, severity: Severity, since: Option<Instant>) -> bool {
        self.labels.0.len() == known.labels.len()
            && known
                .labels
                .iter()
                .zip(&self.labels.0)
                .all(|(known, came)| *known.0 == *came.0.0 && *known.1 == *came.1.0)
            && self.id.is_none_or(|id| *id == *known.id)
            && known.severity == severity
            && known.since == since
            && known.handling == self.handling
            && known.handled_by == self.handled_by
            && *known.summary == *self.summary()
            && known.link.as_deref().unwrap_or_default() == self.link
    }
}

/// What outlives a poll: the signals of the last one, which most of the next are again, and the texts they share.
#[derive(Default)]
pub struct Memory {
    interner: Interner,
    signals: Vec<Arc<Signal>>,
    /// How many texts were left when the unused were forgotten last.
    texts: usize,
}

/// Gathers the signals of one answer.
pub struct Gather<'a> {
    source: &'a SourceName,
    filter: &'a Filter,
    words: &'a Words,
    memory: &'a mut Memory,
    now: Instant,
    pulse: Pulse,
    unknown: BTreeSet<String>,
    /// Where the last poll has what is likely to come next: servers keep their order.
    cursor: usize,
    /// Places in the last poll by id, made when the order was broken for the first time.
    known: Option<FxHashMap<Arc<str>, usize>>,
    /// Places in `signals` of the signals of the last poll that came again.
    again: Vec<Option<usize>>,
    /// Places in `signals` of the others.
    places: FxHashMap<Arc<str>, usize>,
    signals: Vec<Arc<Signal>>,
    notes: Vec<String>,
    twice: usize,
    future: usize,
    last_since: (String, Option<Instant>),
}

impl<'a> Gather<'a> {
    /// Nothing gathered yet.
    pub fn new(
        source: &'a SourceName,
        filter: &'a Filter,
        words: &'a Words,
        memory: &'a mut Memory,
        now: Instant,
    ) -> Self {
        Self {
            source,
            filter,
            words,
            now,
            pulse: Pulse::new(filter),
            unknown: BTreeSet::new(),
            cursor: 0,
            known: None,
            again: vec![None; memory.signals.len()],
            memory,
            places: FxHashMap::default(),
            signals: Vec::new(),
            notes: Vec::new(),
            twice: 0,
            future: 0,
            last_since: (String::new(), None),
        }
    }

    /// Room for so many alerts.
    pub fn expect(&mut self, count: usize) {
        self.signals.reserve(count);
    }

    /// Takes an alert. Of two with the same id the handled one stands: acknowledgements reach the members of a
    /// cluster one after the other.
    pub fn add(&mut self, alert: &RawAlert<'_>) {
        let severity = self.words.severity(alert.labels.get("severity"), &mut self.unknown);
        let since = self.since(alert.since);
        if let Some(known) = self.memory.signals.get(self.cursor)
            && self.again[self.cursor].is_none()
            && alert.is(known, severity, since)
        {
            self.again[self.cursor] = Some(self.signals.len());
            self.signals.push(Arc::clone(known));
            self.cursor += 1;
            return;
        }
        self.add_other(alert, severity, since);
    }

    /// Takes an alert that is not where the last poll had it.
    fn add_other(&mut self, alert: &RawAlert<'_>, severity: Severity, since: Option<Instant>) {
        let interner = &mut self.memory.interner;
        let labels = interner.labels(&alert.labels.0);
        if self.pulse.take(self.filter, &labels) || !self.filter.wants(&labels) {
            return;
        }
        let id = match alert.id {
            // Each is there once: there is nobody to share it with.
            Some(id) => Arc::from(clean(id)),
            None => Arc::from(fingerprint(alert.labels)),
        };
        let last = &self.memory.signals;
        let known = self.known.get_or_insert_with(|| {
            last.iter().enumerate().map(|(place, signal)| (Arc::clone(&signal.id), place)).collect()
        });
        let before = known.get(&id).copied();
        let came = before.and_then(|place| self.again[place]).or_else(|| self.places.get(&id).copied());
        let signal = || {
            if let Some(known) = before.map(|place| &last[place]).filter(|known| alert.is(known, severity, since)) {
                return Arc::clone(known);
            }
            Arc::new(Signal {
                source: self.source.clone(),
                id: Arc::clone(&id),
                labels,
                severity,
                unknown: false,
                handling: alert.handling,
                handled_by: alert.handled_by.clone(),
                since,
                summary: summary(alert.summary()),
                link: link(alert.link),
            })
        };
        if let Some(place) = came {
            self.twice += 1;
            if self.signals[place].handling < alert.handling {
                self.signals[place] = signal();
            }
            return;
        }
        let (place, signal) = (self.signals.len(), signal());
        match before {
            Some(before) => {
                self.again[before] = Some(place);
                self.cursor = before + 1;
            }
            None => drop(self.places.insert(id, place)),
        }
        self.signals.push(signal);
    }

    /// Counts a firing heartbeat from elsewhere than the list of alerts.
    pub fn saw_heartbeat(&mut self, labels: &TextPairs<'_>) {
        let labels = self.memory.interner.labels(&labels.0);
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
            let text = "alerts begin in the future: is its clock right? They count from now";
            self.notes.push(format!("{} {text}", self.future));
        }
        self.memory.signals.clone_from(&self.signals);
        if self.memory.interner.len() > 2 * self.memory.texts {
            self.memory.interner.forget_unused();
            self.memory.texts = self.memory.interner.len();
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
        // Alerts of one rule begin together.
        if self.last_since.0 != text {
            text.clone_into(&mut self.last_since.0);
            self.last_since.1 = instant(text);
        }
        let since = self.last_since.1?;
        if since > self.now + FUTURE_SLACK {
            self.future += 1;
        }
        Some(since.min(self.now))
    }
}

/// An RFC 3339 instant, also with an offset without a colon; the zero dates that servers write for "never" are none.
pub fn instant(text: &str) -> Option<Instant> {
    let instant = plain_instant(text).or_else(|| other_instant(text))?;
    (instant.timestamp() > 0).then_some(instant)
}

fn other_instant(text: &str) -> Option<Instant> {
    let parsed =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    Some(parsed.ok()?.to_utc())
}

/// An instant in the one form that most servers write, `2026-11-24T09:41:00.123Z`, without the way through a general
/// parser: every alert has two or three of them.
fn plain_instant(text: &str) -> Option<Instant> {
    let (main, rest) = text.as_bytes().split_at_checked(19)?;
    let digits = |digits: &[u8]| {
        let next = |sum: u32, digit: &u8| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'));
        digits.iter().try_fold(0, next)
    };
    if [main[4], main[7], main[10], main[13], main[16]] != *b"--T::" {
        return None;
    }
    let fraction = match rest {
        b"Z" => 0,
        [b'.', part @ .., b'Z'] if (1..=9).contains(&part.len()) => digits(part)? * 10_u32.pow(9 - part.len() as u32),
        _ => return None,
    };
    let number = |from: usize| digits(&main[from..from + 2]);
    let year = digits(&main[..4])?.cast_signed();
    let date = NaiveDate::from_ymd_opt(year, number(5)?, number(8)?)?;
    Some(date.and_hms_nano_opt(number(11)?, number(14)?, number(17)?, fraction)?.and_utc())
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
pub fn fingerprint(labels: &TextPairs<'_>) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut sorted: Vec<_> = labels.0.iter().collect();
    sorted.sort_unstable();
    let mut hash = OFFSET;
    for part in sorted.into_iter().flat_map(|(name, value)| [name, value]) {
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
        let pairs: TextPairs = serde_json::from_str(json).expect("an object of texts");
        assert_eq!(fingerprint(&pairs), "ffafc9b61a842a7e");
    }

    #[test]
    fn zero_dates_are_none() {
        assert_eq!(instant("1970-01-01T00:00:00Z"), None);
        assert_eq!(instant("0001-01-01T00:00:00Z"), None);
        assert_eq!(instant("soon"), None);
        assert_eq!(instant("2026-11-24T11:00:00.000+0100"), instant("2026-11-24T10:00:00Z"));
        assert!(instant("2026-11-24T03:51:36.363753489Z").is_some());
    }

    #[test]
    fn the_short_way_to_an_instant_agrees_with_the_long_one() {
        for text in [
            "2026-11-24T03:51:36.363753489Z",
            "2026-11-24T03:51:36Z",
            "2026-11-24T03:51:36.5Z",
            "2024-02-29T23:59:59.999Z",
            "2023-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T03:51:36.Z",
            "2026-11-24T03:51:36+01:00",
            "2026-11-24 03:51:36Z",
            "2026-11-24T03:51:3aZ",
            "2026-11-24T03:51:36.3637534891Z",
            "",
        ] {
            assert_eq!(instant(text), other_instant(text), "{text}");
        }
    }
}
