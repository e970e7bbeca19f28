//! How a source's queries go out: never more than four at once, never more than five a second, and not at all once
//! the server has shown that it can't be reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::stream::{self, StreamExt};
use tokio::sync::Semaphore;

use super::super::error::SourceError;
use super::{Answers, Metrics, Rows};
use crate::domain::span::{Instant, Span};

/// Queries in flight.
const IN_FLIGHT: usize = 4;
/// Queries within any [`PERIOD`]: five a second, with room for a burst, so that the first figures come at once.
const BURST: usize = 60;
const PERIOD: Duration = Duration::from_secs(12);
/// Failures without a success, after which the rest of a report is not asked.
const HOPELESS: u32 = 4;

/// The bound on queries a second. A permit comes back a period after it was taken.
pub(super) struct Pace(Arc<Semaphore>);

impl Default for Pace {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BURST)))
    }
}

impl Pace {
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self(Arc::new(Semaphore::new(10_000)))
    }

    async fn wait(&self) {
        // The semaphore is never closed; were it, asking without pace is the lesser harm.
        if let Ok(permit) = Arc::clone(&self.0).acquire_owned().await {
            tokio::spawn(async move {
                tokio::time::sleep(PERIOD).await;
                drop(permit);
            });
        }
    }
}

/// Asks the queries of one report.
pub(super) struct Asker<'a> {
    metrics: &'a dyn Metrics,
    pace: &'a Pace,
    good: AtomicU32,
    failed: AtomicU32,
    first_failure: Mutex<Option<SourceError>>,
    notes: Mutex<BTreeSet<String>>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(metrics: &'a dyn Metrics, pace: &'a Pace) -> Self {
        Self {
            metrics,
            pace,
            good: AtomicU32::new(0),
            failed: AtomicU32::new(0),
            first_failure: Mutex::new(None),
            notes: Mutex::new(BTreeSet::new()),
        }
    }

    /// Answers of queries at one instant, each asked once.
    pub(super) async fn instants(&self, queries: BTreeSet<String>, at: Instant) -> Answers {
        let asked = stream::iter(queries).map(|query| async move {
            let answer = self.instant(&query, at).await;
            (query, answer)
        });
        asked.buffer_unordered(IN_FLIGHT).collect().await
    }

    /// Answers of several queries, each over its own span, by the key given.
    pub(super) async fn ranges<K: Ord>(
        &self,
        queries: Vec<(K, String, Span, TimeDelta)>,
    ) -> BTreeMap<K, (Span, Result<Rows, SourceError>)> {
        let asked = stream::iter(queries).map(|(key, query, span, step)| async move {
            // The sample of a slice stands at its end, so the first is a step in.
            let ends = Span::new(span.start + step, span.end);
            let answer = self.ask(async { self.metrics.range(&query, ends, step).await }).await;
            (key, (span, answer))
        });
        asked.buffer_unordered(IN_FLIGHT).collect().await
    }

    /// The answers of several queries at one instant, by the key given.
    pub(super) async fn keyed<K: Ord>(
        &self,
        queries: Vec<(K, String, Instant)>,
    ) -> BTreeMap<K, Result<Rows, SourceError>> {
        let asked = stream::iter(queries).map(|(key, query, at)| async move {
            let answer = self.instant(&query, at).await;
            (key, answer)
        });
        asked.buffer_unordered(IN_FLIGHT).collect().await
    }

    async fn instant(&self, query: &str, at: Instant) -> Result<Rows, SourceError> {
        self.ask(async { self.metrics.instant(query, at).await }).await
    }

    async fn ask(&self, query: impl Future<Output = Result<Rows, SourceError>>) -> Result<Rows, SourceError> {
        if let Some(error) = self.hopeless() {
            return Err(error);
        }
        self.pace.wait().await;
        let answer = query.await;
        match &answer {
            Ok(rows) => {
                self.good.fetch_add(1, Ordering::Relaxed);
                let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
                notes.extend(rows.notes.iter().cloned());
            }
            // The server works; this query does not.
            Err(error) if error.is_of_the_request() => drop(self.good.fetch_add(1, Ordering::Relaxed)),
            Err(error) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                let mut first = self.first_failure.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert_with(|| error.clone());
            }
        }
        answer
    }

    fn hopeless(&self) -> Option<SourceError> {
        let hopeless = self.failed.load(Ordering::Relaxed) >= HOPELESS && self.good.load(Ordering::Relaxed) == 0;
        if hopeless { self.first_failure.lock().unwrap_or_else(PoisonError::into_inner).clone() } else { None }
    }

    /// Whether the server answered at all.
    ///
    /// # Errors
    /// The first failure, where nothing but failures came.
    pub(super) fn verdict(&self) -> Result<(), SourceError> {
        if self.good.load(Ordering::Relaxed) > 0 {
            return Ok(());
        }
        match self.first_failure.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The warnings that came with answers.
    pub(super) fn into_notes(self) -> Vec<String> {
        let notes = self.notes.into_inner().unwrap_or_else(PoisonError::into_inner);
        notes.into_iter().take(10).collect()
    }
}
