use std::time::Duration;

use super::*;
use crate::domain::span::Instant;

fn settings(name: &str, every: u64) -> Settings {
    Settings {
        urls: vec!["http://127.0.0.1:1".parse().expect("an address")],
        every: Duration::from_secs(every),
        timeout: Duration::from_secs(1),
        ..Settings::plain(name.into(), "prometheus")
    }
}

fn clock() -> Instant {
    Instant::UNIX_EPOCH
}

#[tokio::test]
async fn a_source_that_did_not_change_goes_on_with_what_it_knows() {
    let (updates, mut received) = mpsc::channel(64);
    let map = Arc::new(Map::empty());
    let handle = Handle::current();
    let before = vec![settings("same", 60), settings("other", 60), settings("gone", 60)];
    let mut poller = start(&handle, before, &map, &updates, clock);
    let lanes = |poller: &Poller, name: &str| {
        let running = poller.sources.get(&SourceName::from(name))?;
        Some(running.lanes.iter().map(JoinHandle::id).collect::<Vec<_>>())
    };
    let (same, other) = (lanes(&poller, "same"), lanes(&poller, "other"));
    for _ in 0..3 {
        received.recv().await.expect("each lane reports that nobody answers");
    }
    let after = vec![settings("same", 60), settings("other", 30), settings("new", 60)];
    poller.go_on(&handle, after, &map, &updates, clock);
    assert_eq!(lanes(&poller, "same"), same);
    assert_ne!(lanes(&poller, "other"), other, "its settings changed");
    assert!(lanes(&poller, "gone").is_none() && lanes(&poller, "new").is_some());
}
