//! One lane of one source: ask, report, pause, for ever.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Notify, mpsc};
use tokio::time::{sleep, timeout};

use super::super::error::SourceError;
use super::super::kind;
use super::super::plan::Plan;
use super::super::retry::{chance, pause};
use super::super::settings::Settings;
use super::super::{Clock, Source};
use crate::domain::clean::clean_line;
use crate::domain::observation::{FiguresReport, Observation, Update};

/// The least time that a whole poll is given, however short the time-out of a request.
const LEAST_LIMIT: Duration = Duration::from_mins(1);

/// What a lane asks for.
pub(super) enum Feed {
    /// Alerts, checks, tickets, changes.
    State,
    /// Queries.
    Figures(Questions),
}

/// The plan of a lane of figures. A new map may bring another one while the lane runs, so that the slices it has are
/// kept.
#[derive(Clone, Debug)]
pub(super) struct Questions(Arc<Mutex<Arc<Plan>>>);

impl Questions {
    pub(super) fn new(plan: Plan) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(plan))))
    }

    pub(super) fn replace(&self, plan: Plan) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
    }

    fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

type Make = fn(&Settings, Clock) -> Result<Box<dyn Source>, SourceError>;

pub(super) struct Lane {
    make: Make,
    settings: Arc<Settings>,
    feed: Feed,
    nudge: Arc<Notify>,
    updates: mpsc::Sender<Update>,
    clock: Clock,
    failures: u32,
    /// The last figures, which older ones are added to.
    last: Option<FiguresReport>,
}

/// Nobody reads the updates any more.
struct Closed;

impl Lane {
    pub(super) fn new(
        settings: Arc<Settings>,
        feed: Feed,
        nudge: Arc<Notify>,
        updates: mpsc::Sender<Update>,
        clock: Clock,
    ) -> Self {
        Self { make: kind::build, settings, feed, nudge, updates, clock, failures: 0, last: None }
    }

    pub(super) async fn run(mut self) {
        // Sources start a moment apart, so that a configuration of many does not begin with a burst.
        sleep(self.settings.every.min(Duration::from_millis(200)).mul_f64(chance())).await;
        while self.live().await.is_ok() {}
    }

    /// One life of an adapter: until it panics, or nobody listens.
    async fn live(&mut self) -> Result<(), Closed> {
        let source = match (self.make)(&self.settings, self.clock) {
            Ok(source) => source,
            Err(error) => {
                self.report(Observation::Failed(error.to_string())).await?;
                // Nothing will change until the program or the configuration does.
                return std::future::pending().await;
            }
        };
        loop {
            let outcome = AssertUnwindSafe(self.poll(&*source)).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|panic| Err(SourceError::Panicked(panic_text(&*panic))));
            let (asked, panicked) = match outcome {
                Ok(observation) => {
                    self.failures = 0;
                    if let Observation::Figures(figures) = &observation {
                        self.last = Some(figures.clone());
                    }
                    self.report(observation).await?;
                    (None, false)
                }
                Err(error) => {
                    self.failures = self.failures.saturating_add(1);
                    tracing::warn!(source = %self.settings.name, %error, "poll failed");
                    self.report(Observation::Failed(error.to_string())).await?;
                    (error.wait(), matches!(error, SourceError::Panicked(_)))
                }
            };
            let pause = pause(self.settings.every, self.failures, asked);
            if self.failures == 0 {
                self.use_pause(&*source, pause).await?;
            } else if asked.is_some() {
                sleep(pause).await;
            } else {
                self.rest(pause).await;
            }
            if panicked {
                return Ok(());
            }
        }
    }

    async fn poll(&self, source: &dyn Source) -> Result<Observation, SourceError> {
        let now = (self.clock)();
        let limit = LEAST_LIMIT.max(self.settings.timeout * 10);
        let poll = async {
            match &self.feed {
                Feed::State => source.state(now).await.map(Observation::State),
                Feed::Figures(questions) => source.figures(&questions.plan(), now).await.map(Observation::Figures),
            }
        };
        timeout(limit, poll).await.unwrap_or(Err(SourceError::Stuck { after: limit }))
    }

    /// Pauses; a nudge ends it.
    async fn rest(&self, pause: Duration) {
        tokio::select! {
            () = sleep(pause) => {}
            () = self.nudge.notified() => {}
        }
    }

    /// Pauses, and asks for older figures meanwhile.
    async fn use_pause(&mut self, source: &dyn Source, pause: Duration) -> Result<(), Closed> {
        if let Feed::Figures(questions) = &self.feed {
            let (plan, nudge) = (questions.plan(), Arc::clone(&self.nudge));
            let end = sleep(pause);
            tokio::pin!(end);
            loop {
                let step = AssertUnwindSafe(source.backfill(&plan, (self.clock)())).catch_unwind();
                let step = tokio::select! {
                    biased;
                    () = &mut end => return Ok(()),
                    () = nudge.notified() => return Ok(()),
                    step = step => step,
                };
                match step {
                    Ok(Ok(Some(found))) => {
                        let mut report = self.last.take().unwrap_or_default();
                        report.objectives.extend(found);
                        self.last = Some(report.clone());
                        self.report(Observation::Figures(report)).await?;
                    }
                    // Nothing is missing, or it can't be had now: the next poll says why.
                    Ok(Ok(None) | Err(_)) | Err(_) => break,
                }
            }
            tokio::select! {
                () = &mut end => {}
                () = self.nudge.notified() => {}
            }
            return Ok(());
        }
        self.rest(pause).await;
        Ok(())
    }

    async fn report(&self, observation: Observation) -> Result<(), Closed> {
        let update = Update { source: self.settings.name.clone(), at: (self.clock)(), observation };
        self.updates.send(update).await.map_err(|_| Closed)
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    clean_line(text.unwrap_or("no message"), 200).into_owned()
}

#[cfg(test)]
mod tests;
