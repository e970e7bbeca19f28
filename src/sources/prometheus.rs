//! Prometheus, and what speaks its API (Thanos, Mimir, VictoriaMetrics): firing alerts as signals, queries as
//! figures. Versions 2 and 3; the account needs to read `/api/v1`.
//!
//! Several addresses are the replicas of one HA pair: alerts are united by the fingerprint of their labels, queries
//! go to the replica that answered last. With `alertmanager = "URL"` the silences of that Alertmanager acknowledge
//! alerts, and can be made; it is asked with the same credentials.

mod alerts;
mod muted;
mod query;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use url::Url;

use super::alertmanager::silence;
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
use crate::domain::write::{Intent, Outcome, Preview, WriteKind};

pub(super) use self::alerts::Annotations;
pub use self::muted::Muted;
pub use self::query::Api;

/// The adapter.
pub struct Prometheus {
    api: Api,
    alerts: Arc<Reader>,
    figures: Figures,
    /// The Alertmanager that its alerts go to, or why it can't be asked.
    alertmanager: Option<Result<Client, SourceError>>,
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
    let mut adapter = Prometheus::new(settings, Client::new(settings, clock));
    adapter.alertmanager = settings.own.get("alertmanager").map(|own| {
        let url = own.as_str().and_then(|text| Url::parse(text).ok());
        let url = url.ok_or_else(|| SourceError::Settings("`alertmanager` is no address".to_owned()))?;
        Ok(Client::new(&Settings { urls: vec![url], ..settings.clone() }, clock))
    });
    Box::new(adapter)
}

impl Prometheus {
    /// The adapter over a client.
    pub fn new(settings: &Settings, client: Client) -> Self {
        let alerts = Arc::new(Reader::new(settings));
        Self { api: Api::new(client), alerts, figures: Figures::default(), alertmanager: None }
    }

    fn alertmanager(&self) -> Result<&Client, SourceError> {
        let none = "its alerts are silenced at an Alertmanager: say `alertmanager = \"URL\"` at this source";
        match &self.alertmanager {
            Some(client) => client.as_ref().map_err(Clone::clone),
            None => Err(SourceError::Settings(none.to_owned())),
        }
    }

    /// The silences that hold now; without a word where no Alertmanager is configured.
    async fn muted(&self) -> Result<Muted, SourceError> {
        if self.alertmanager.is_none() {
            return Ok(Muted::default());
        }
        Muted::of(&self.alertmanager()?.get_any("api/v2/silences", &[]).await?)
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
        self.report_muted(good, failed, &Muted::default(), now)
    }

    /// The same, with what is silenced.
    ///
    /// # Errors
    /// An answer is not what was expected.
    pub fn report_muted(
        &self,
        good: &[Answer],
        failed: &[SourceError],
        muted: &Muted,
        now: Instant,
    ) -> Result<StateReport, SourceError> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        alerts::report(self, (good, failed), muted, &mut memory, now)
    }
}

#[async_trait]
impl Source for Prometheus {
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALERTS.and_figures().and_writes(&[WriteKind::Acknowledge, WriteKind::Silence])
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        if let Err(error) = &self.alerts.filter {
            return Err(error.clone());
        }
        let answers = self.api.client().get_all("api/v1/alerts", &[]);
        let (answers, muted) = futures_util::future::join(answers, self.muted()).await;
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
            let (muted, note) = match muted {
                Ok(muted) => (muted, None),
                Err(error) => (Muted::default(), Some(format!("what is silenced is not known: {error}"))),
            };
            let mut report = reader.report_muted(&good, &failed, &muted, now)?;
            report.notes.extend(note);
            Ok(report)
        })
        .await
    }

    async fn prepare(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        silence::prepare(self.alertmanager()?, intent, silence::Known::ByLabels, now).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        match self.alertmanager() {
            Ok(client) => silence::send(client, preview).await,
            Err(error) => Outcome::NotSent { why: error.to_string() },
        }
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
