//! Prometheus, and what speaks its API (Thanos, Mimir, VictoriaMetrics): firing alerts as signals, queries as
//! figures. Versions 2 and 3; the account needs to read `/api/v1`.
//!
//! Several addresses are the replicas of one HA pair: alerts are united by the fingerprint of their labels, queries
//! go to the replica that answered last.

mod alerts;
mod query;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::client::{Answer, Client};
use super::error::SourceError;
use super::figures::Figures;
use super::filter::Filter;
use super::gather::{Memory, decoded};
use super::kind::Capabilities;
use super::plan::Plan;
use super::settings::Settings;
use super::words::{PROMETHEUS, Words};
use super::{Clock, Source};
use crate::domain::facts::ObjectiveFacts;
use crate::domain::id::{ObjectiveId, SourceName};
use crate::domain::observation::{FiguresReport, StateReport};
use crate::domain::span::Instant;

pub(super) use self::alerts::Annotations;
pub use self::query::Api;

/// The adapter.
pub struct Prometheus {
    api: Api,
    alerts: Arc<Reader>,
    figures: Figures,
}

/// Reads answers without a network: what benchmarks measure.
pub struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    words: Words,
    soft: bool,
    memory: Mutex<Memory>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    Box::new(Prometheus::new(settings, Client::new(settings, clock)))
}

impl Prometheus {
    /// The adapter over a client.
    pub fn new(settings: &Settings, client: Client) -> Self {
        Self { api: Api::new(client), alerts: Arc::new(Reader::new(settings)), figures: Figures::default() }
    }
}

impl Reader {
    /// A reader as the settings want it.
    pub fn new(settings: &Settings) -> Self {
        Self {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            words: Words::new(PROMETHEUS, &settings.severity),
            soft: settings.soft,
            memory: Mutex::default(),
        }
    }

    /// The signals of the answers of all replicas; `failed` are those that did not answer.
    ///
    /// # Errors
    /// An answer is not what was expected.
    pub fn report(&self, good: &[Answer], failed: &[SourceError], now: Instant) -> Result<StateReport, SourceError> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        alerts::report(self, good, failed, &mut memory, now)
    }
}

#[async_trait]
impl Source for Prometheus {
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALERTS.and_figures()
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        if let Err(error) = &self.alerts.filter {
            return Err(error.clone());
        }
        let answers = self.api.client().get_all("api/v1/alerts", &[]).await;
        let (good, failed): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        let failed: Vec<SourceError> = failed.into_iter().filter_map(Result::err).collect();
        let good: Vec<_> = good.into_iter().flatten().collect();
        if good.is_empty() {
            let none = SourceError::Settings("this type of source needs a `url`".to_owned());
            return Err(failed.into_iter().next().unwrap_or(none));
        }
        let reader = Arc::clone(&self.alerts);
        let bytes = good.iter().map(|answer| answer.body.len()).sum();
        decoded(bytes, move || reader.report(&good, &failed, now)).await
    }

    async fn figures(&self, plan: &Plan, now: Instant) -> Result<FiguresReport, SourceError> {
        self.figures.report(&self.api, plan, now).await
    }

    async fn backfill(
        &self,
        plan: &Plan,
        now: Instant,
    ) -> Result<Option<BTreeMap<ObjectiveId, ObjectiveFacts>>, SourceError> {
        self.figures.backfill(&self.api, plan, now).await
    }
}
