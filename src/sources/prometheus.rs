//! Prometheus, and what speaks its API (Thanos, Mimir, VictoriaMetrics): firing alerts as signals, queries as
//! figures. Versions 2 and 3; the account needs to read `/api/v1`.
//!
//! Several addresses are the replicas of one HA pair: alerts are united by the fingerprint of their labels, queries
//! go to the replica that answered last.

mod alerts;
mod query;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use std::collections::BTreeMap;

use super::client::Client;
use super::error::SourceError;
use super::figures::Figures;
use super::filter::Filter;
use super::gather::decoded;
use super::kind::Capabilities;
use super::plan::Plan;
use super::settings::Settings;
use super::text::Interner;
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

/// What alerts are read with.
struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    words: Words,
    soft: bool,
    interner: Mutex<Interner>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    Box::new(Prometheus::new(settings, Client::new(settings, clock)))
}

impl Prometheus {
    /// The adapter over a client.
    pub fn new(settings: &Settings, client: Client) -> Self {
        let reader = Reader {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            words: Words::new(PROMETHEUS, &settings.severity),
            soft: settings.soft,
            interner: Mutex::new(Interner::default()),
        };
        Self { api: Api::new(client), alerts: Arc::new(reader), figures: Figures::default() }
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
        decoded(bytes, move || {
            let mut interner = reader.interner.lock().unwrap_or_else(PoisonError::into_inner);
            alerts::report(&reader, &good, &failed, &mut interner, now)
        })
        .await
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
