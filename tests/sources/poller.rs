//! The poller over real adapters: sources apart, nudges, pauses, the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bsmtop::domain::id::SourceName;
use bsmtop::domain::map::Map;
use bsmtop::domain::observation::{Observation, Update};
use bsmtop::sources::poller::{Poller, start};
use bsmtop::sources::settings::Settings;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

use crate::support::{Reply, Server, clock, settings};

fn run(sources: Vec<Settings>) -> (Poller, Receiver<Update>) {
    let (sender, receiver) = channel(16);
    (start(&Handle::current(), sources, &Arc::new(Map::empty()), &sender, clock), receiver)
}

fn named(name: &str, type_word: &str, url: &str, every: u64) -> Settings {
    let every = Duration::from_millis(every);
    Settings { name: name.into(), every, timeout: Duration::from_secs(5), ..settings(type_word, url) }
}

async fn next(updates: &mut Receiver<Update>) -> Update {
    timeout(Duration::from_secs(10), updates.recv()).await.expect("in time").expect("the poller runs")
}

#[tokio::test]
async fn a_hung_source_harms_only_itself() {
    let hung = Server::always(Reply::Hang).await;
    let good = Server::always(Reply::json("[]")).await;
    let sources = vec![
        named("hung", "alertmanager", &hung.url(), 20),
        named("good", "alertmanager", &good.url(), 20),
        named("later", "abacus", &good.url(), 20),
    ];
    let (_poller, mut updates) = run(sources);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    while seen.get("good").copied().unwrap_or(0) < 5 {
        let update = next(&mut updates).await;
        match (&update.observation, update.source.as_str()) {
            (Observation::State(_), "good") => {}
            (Observation::Failed(text), "later") => {
                assert!(text.contains("\"abacus\" are not built into this version"));
            }
            other => panic!("{other:?}"),
        }
        *seen.entry(update.source.to_string()).or_default() += 1;
    }
    assert_eq!(hung.requests().len(), 1, "one state request is in flight");
    assert_eq!(seen.get("later"), Some(&1));
}

#[tokio::test]
async fn a_failure_is_reported_and_healed_by_the_next_poll() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::of(503, "", ""),
        _ => Reply::json("[]"),
    });
    let server = server.await;
    let (_poller, mut updates) = run(vec![named("am", "alertmanager", &server.url(), 20)]);
    assert!(matches!(next(&mut updates).await.observation, Observation::Failed(text) if text.contains("503")));
    assert!(matches!(next(&mut updates).await.observation, Observation::State(_)));
}

#[tokio::test]
async fn a_nudge_ends_the_pause_but_not_one_that_the_server_asked_for() {
    let calm = Server::always(Reply::json("[]")).await;
    let busy = Server::always(Reply::of(429, "Retry-After: 600\r\n", "")).await;
    let sources =
        vec![named("calm", "alertmanager", &calm.url(), 600_000), named("busy", "alertmanager", &busy.url(), 20)];
    let (poller, mut updates) = run(sources);
    next(&mut updates).await;
    next(&mut updates).await;
    poller.poll_now(Some(&SourceName::from("calm")));
    assert_eq!(next(&mut updates).await.source.as_str(), "calm");
    poller.poll_now(None);
    assert_eq!(next(&mut updates).await.source.as_str(), "calm");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!((calm.requests().len(), busy.requests().len()), (3, 1));
}

#[tokio::test]
async fn it_ends_with_its_value_or_its_reader() {
    let server = Server::always(Reply::json("[]")).await;
    let (poller, updates) = run(vec![named("am", "alertmanager", &server.url(), 20)]);
    tokio::time::sleep(Duration::from_millis(400)).await;
    drop(poller);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = server.requests().len();
    assert!(before > 0);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.requests().len(), before);
    drop(updates);
    let (_poller, updates) = run(vec![named("am", "alertmanager", &server.url(), 20)]);
    drop(updates);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = server.requests().len();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.requests().len(), before);
}
