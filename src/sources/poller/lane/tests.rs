use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use tokio::sync::mpsc::channel;

use super::super::super::kind::Capabilities;
use super::*;
use crate::domain::facts::ObjectiveFacts;
use crate::domain::id::ObjectiveId;
use crate::domain::map::Map;
use crate::domain::observation::StateReport;
use crate::domain::span::Instant;

/// Panics at its second state poll; has two steps of older figures.
struct Odd {
    polls: AtomicU32,
    steps: AtomicU32,
}

static MADE: AtomicU32 = AtomicU32::new(0);

#[expect(clippy::unnecessary_wraps, reason = "it stands for the table of types, which can fail")]
fn make(_: &Settings, _: Clock) -> Result<Box<dyn Source>, SourceError> {
    MADE.fetch_add(1, Ordering::Relaxed);
    Ok(Box::new(Odd { polls: AtomicU32::new(0), steps: AtomicU32::new(0) }))
}

#[async_trait]
impl Source for Odd {
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALERTS.and_figures()
    }

    async fn state(&self, _: Instant) -> Result<StateReport, SourceError> {
        assert!(self.polls.fetch_add(1, Ordering::Relaxed) == 0, "an index\u{1b}[2J out of bounds");
        Ok(StateReport::default())
    }

    async fn backfill(
        &self,
        _: &Plan,
        _: Instant,
    ) -> Result<Option<BTreeMap<ObjectiveId, ObjectiveFacts>>, SourceError> {
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        Ok((step < 2).then(|| [(ObjectiveId::from(format!("slo-{step}")), ObjectiveFacts::default())].into()))
    }
}

fn clock() -> Instant {
    Instant::UNIX_EPOCH
}

fn lane(feed: Feed, every: Duration, updates: mpsc::Sender<Update>) -> Lane {
    let settings = Settings {
        name: "odd".into(),
        type_word: "odd".to_owned(),
        urls: Vec::new(),
        every,
        timeout: Duration::from_secs(1),
        auth: None,
        ca: None,
        cert: None,
        key: None,
        severity: BTreeMap::new(),
        only: BTreeMap::new(),
        never: BTreeMap::new(),
        heartbeat: Vec::new(),
        soft: false,
        write: false,
        own: toml::Table::new(),
    };
    Lane { make, ..Lane::new(Arc::new(settings), feed, Arc::new(Notify::new()), updates, clock) }
}

#[tokio::test]
async fn a_panic_is_its_sources_failure_and_the_adapter_is_made_anew() {
    let (sender, mut updates) = channel(4);
    let task = tokio::spawn(lane(Feed::State, Duration::from_millis(5), sender).run());
    for round in 0..2 {
        let good = updates.recv().await.expect("the lane runs").observation;
        assert!(matches!(good, Observation::State(_)), "round {round}");
        let failed = updates.recv().await.expect("the lane runs").observation;
        assert!(
            matches!(&failed, Observation::Failed(text) if text.contains("defect") && text.contains("index␛[2J out")),
            "round {round}: {failed:?}"
        );
    }
    assert!(MADE.load(Ordering::Relaxed) >= 2);
    task.abort();
}

#[tokio::test]
async fn older_figures_are_added_while_it_waits() {
    let (sender, mut updates) = channel(4);
    let plan = Plan::of(&Arc::new(Map::empty()), &"odd".into());
    let task = tokio::spawn(lane(Feed::Figures(Questions::new(plan)), Duration::from_mins(1), sender).run());
    for expected in 0..3 {
        match updates.recv().await.expect("the lane runs").observation {
            Observation::Figures(figures) => assert_eq!(figures.objectives.len(), expected),
            other => panic!("{other:?}"),
        }
    }
    task.abort();
}
