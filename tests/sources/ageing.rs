//! What a source said before it failed stands, ages, and is lost in the end; other sources are untouched. For every
//! adapter, through the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bsmtop::domain::facts::Freshness;
use bsmtop::domain::map::{Map, Silence, SourceInfo};
use bsmtop::domain::observation::{Observation, StateReport, Update};
use bsmtop::domain::world::{SourceState, World};
use bsmtop::engine::live::Live;
use chrono::TimeDelta;

use crate::adapters::{ADAPTERS, Adapter, Brought};
use crate::support::{Reply, Server, clock};

fn source(name: &str, type_word: &str) -> SourceInfo {
    SourceInfo {
        name: name.into(),
        type_word: type_word.to_owned(),
        silence: Silence::Ok,
        has_heartbeat: false,
        has_signals: true,
        every: TimeDelta::seconds(15),
        timeout: TimeDelta::seconds(10),
        writes: bsmtop::domain::write::Writes::default(),
    }
}

fn seen(world: &World, name: &str) -> usize {
    let of = |source: &str| source == name;
    let signals = world.signals.iter().filter(|it| of(it.item.source.as_str())).count();
    let tickets = world.tickets.iter().filter(|it| of(it.item.source.as_str())).count();
    signals + tickets + world.changes.iter().filter(|it| of(it.item.source.as_str())).count()
}

fn observed(brought: Brought) -> (Observation, usize) {
    match brought {
        Brought::State(report) => {
            let count = report.signals.len() + report.tickets.len() + report.changes.len();
            (Observation::State(report), count)
        }
        Brought::Figures(_) => (Observation::State(StateReport::default()), 0),
    }
}

async fn fails_after_a_good_answer(adapter: &Adapter, fault: Reply) {
    let broken = Arc::new(AtomicBool::new(false));
    let (is_broken, answer) = (Arc::clone(&broken), adapter.healthy);
    let server = Server::start(move |request| match is_broken.load(Ordering::Relaxed) {
        true => fault.clone(),
        false => answer(request),
    });
    let server = server.await;
    let built = adapter.build(&adapter.settings(&server.url()));
    let map = Map { sources: vec![source("src", adapter.word), source("calm", "alertmanager")], ..Map::empty() };
    let start = clock();
    let mut live = Live::new(Arc::new(map), start);
    // What has figures alone is known to be alive by its empty state.
    live.take(Update { source: "src".into(), at: start, observation: Observation::State(StateReport::default()) });
    let mut take = |name: &str, after: i64, observation: Observation| {
        live.take(Update { source: name.into(), at: start + TimeDelta::seconds(after), observation });
        live.world(start + TimeDelta::seconds(after))
    };

    let (good, count) = observed(adapter.poll(&*built).await.expect("healthy"));
    let world = take("src", 0, good);
    assert_eq!(seen(&world, "src"), count, "{}", adapter.word);

    broken.store(true, Ordering::Relaxed);
    let error = adapter.poll(&*built).await.expect_err(adapter.word).to_string();
    let world = take("src", 40, Observation::Failed(error.clone()));
    let fact = of(&world, "src");
    assert_eq!(fact.error.as_deref(), Some(error.as_str()), "{}", adapter.word);
    assert_eq!(seen(&world, "src"), count, "{}: what it said stands", adapter.word);
    let world = take("calm", 600, Observation::State(StateReport::default()));
    assert_eq!(seen(&world, "src"), count, "{}: also when it is lost", adapter.word);
    let (fact, calm) = (of(&world, "src"), of(&world, "calm"));
    assert_eq!(fact.freshness, Freshness::Lost, "{}", adapter.word);
    assert_eq!(fact.age, Some(TimeDelta::seconds(600)), "{}", adapter.word);
    assert_eq!((calm.freshness, &calm.error), (Freshness::Fresh, &None), "{}", adapter.word);

    broken.store(false, Ordering::Relaxed);
    let (good, _) = observed(adapter.poll(&*built).await.expect("healthy again"));
    let world = take("src", 610, good);
    assert_eq!(of(&world, "src").error, None, "{}", adapter.word);
    assert_eq!(seen(&world, "src"), count, "{}: once, not twice", adapter.word);
}

#[tokio::test]
async fn what_was_said_before_a_failure_stands_and_ages() {
    for adapter in ADAPTERS {
        fails_after_a_good_answer(adapter, Reply::of(503, "", "")).await;
        fails_after_a_good_answer(adapter, Reply::json("{\"cut\":")).await;
    }
}

/// What a world says of a source.
fn of<'a>(world: &'a World, name: &str) -> &'a SourceState {
    world.sources.iter().find(|source| source.name.as_str() == name).expect("it is configured")
}
