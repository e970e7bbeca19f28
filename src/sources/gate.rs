//! The only way to write to a source: what the configuration allows, previewed first, recorded before and after.
//!
//! Invariants: a source without `write = true` has no adapter here, so nothing can be sent to it; what is sent is
//! what was previewed, because the preview stays here and only its number comes back; a number is good for one
//! sending, for a few minutes.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt;
use tokio::time::timeout;

use super::error::SourceError;
use super::kind;
use super::settings::Settings;
use super::{Clock, Source};
use crate::domain::id::SourceName;
use crate::domain::span::Instant;
pub use crate::domain::write::Number;
use crate::domain::write::{Intent, Outcome, Preview};

/// How long a preview is good for: what it names may be otherwise later.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(5);
/// The most previews that wait; the oldest gives way.
const MOST_WAITING: usize = 256;

/// Who is told of every write, before it is sent (without an outcome) and after, with the instant of its
/// confirmation. When it returns, what it was told is on disk; where it says why that is not so, nothing is sent.
pub type Record = Box<dyn Fn(Instant, &Preview, Option<&Outcome>) -> Result<(), String> + Send + Sync>;

/// The gate to all sources.
pub struct Gate {
    desks: BTreeMap<SourceName, Desk>,
    waiting: Mutex<Waiting>,
    record: Record,
    clock: Clock,
}

struct Desk {
    settings: Settings,
    /// Of its own, so that polling and writing never wait for each other. `None`: the source is read-only.
    source: Option<Box<dyn Source>>,
}

#[derive(Default)]
struct Waiting {
    last: u64,
    previews: BTreeMap<Number, (Instant, Preview)>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("sources", &self.desks.keys()).finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate to these sources. Nothing is connected.
    pub fn new(sources: &[Settings], record: Record, clock: Clock) -> Self {
        let desk = |settings: &Settings| {
            let source = settings.write.then(|| kind::build(settings, clock).ok()).flatten();
            (settings.name.clone(), Desk { settings: settings.clone(), source })
        };
        Self { desks: sources.iter().map(desk).collect(), waiting: Mutex::default(), record, clock }
    }

    /// Looks at what a write is about as it is now, and keeps what would be sent. Changes nothing.
    ///
    /// # Errors
    /// The source is read-only, its type can't do it, it does not answer, or the object is gone.
    pub async fn prepare(&self, intent: &Intent) -> Result<(Number, Preview), SourceError> {
        let unknown = || SourceError::Settings(format!("no source is called {}", intent.source));
        let desk = self.desks.get(&intent.source).ok_or_else(unknown)?;
        let source = desk.source.as_deref().ok_or_else(|| SourceError::ReadOnly(intent.source.clone()))?;
        if !source.capabilities().writes.has(intent.kind) {
            let type_word = desk.settings.type_word.clone();
            return Err(SourceError::CannotWrite { type_word, kind: intent.kind });
        }
        let now = (self.clock)();
        let limit = desk.limit();
        let prepared = AssertUnwindSafe(source.prepare(intent, now)).catch_unwind();
        let preview = match timeout(limit, prepared).await {
            Ok(Ok(preview)) => preview?,
            Ok(Err(_)) => return Err(SourceError::Panicked("while a write was prepared".to_owned())),
            Err(_) => return Err(SourceError::Stuck { after: limit }),
        };
        Ok((self.keep(now, preview.clone()), preview))
    }

    /// Sends what was previewed under a number, once: a number that was used, or is too old, sends nothing.
    pub async fn send(&self, number: Number) -> Outcome {
        let Some(preview) = self.take(number) else {
            let why = "it was sent before, or the preview is older than five minutes: begin anew";
            return Outcome::NotSent { why: why.to_owned() };
        };
        let source = &preview.intent.source;
        let Some((desk, adapter)) = self.desks.get(source).and_then(|desk| Some((desk, desk.source.as_deref()?)))
        else {
            return Outcome::NotSent { why: SourceError::ReadOnly(source.clone()).to_string() };
        };
        // Both records carry the instant of the confirmation: that is how the second finds the first.
        let confirmed = (self.clock)();
        if let Err(why) = (self.record)(confirmed, &preview, None) {
            return Outcome::NotSent { why };
        }
        let sending = AssertUnwindSafe(adapter.send(&preview)).catch_unwind();
        let limit = desk.limit();
        let outcome = match timeout(limit, sending).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => {
                Outcome::Unknown { why: SourceError::Panicked("while a write was sent".to_owned()).to_string() }
            }
            Err(_) => Outcome::Unknown { why: format!("no complete answer within {} s", limit.as_secs()) },
        };
        if let Err(why) = (self.record)(confirmed, &preview, Some(&outcome)) {
            tracing::warn!(%source, why, "what came of a write is not recorded");
        }
        outcome
    }

    fn keep(&self, now: Instant, preview: Preview) -> Number {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.last += 1;
        let number = Number(waiting.last);
        waiting.previews.insert(number, (now, preview));
        if waiting.previews.len() > MOST_WAITING {
            waiting.previews.pop_first();
        }
        number
    }

    fn take(&self, number: Number) -> Option<Preview> {
        let now = (self.clock)();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, preview) = waiting.previews.remove(&number)?;
        (now - at <= GOOD_FOR).then_some(preview)
    }
}

impl Desk {
    /// The most that a whole exchange may take: an adapter may ask several times.
    fn limit(&self) -> Duration {
        self.settings.timeout * 4 + Duration::from_secs(5)
    }
}
