//! A recorded run evaluated from the store equals the live worlds, instant by instant, also across restarts.

use std::path::Path;
use std::sync::Arc;

use bsmtop::domain::map::Map;
use bsmtop::domain::span::Instant;
use bsmtop::domain::world::World;
use bsmtop::engine::live::Live;
use bsmtop::engine::{Model, Reach, recalled};
use bsmtop::store::{Limits, Options, Reader, Writer};
use bsmtop::wire;
use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::Value;

use super::company::{Event, MAP, event, map_of, pause};

pub fn writer(place: &Path) -> Writer {
    let tell = Box::new(|_: &_| ());
    Writer::start(Options { place: place.to_owned(), who: "test".to_owned(), limits: Limits::default(), tell })
        .expect("a thread")
}

/// What history gives an engine that begins, or a look back.
pub fn memory(reader: &Reader, map: &Map, at: Instant) -> bsmtop::domain::history::Memory {
    let reach = Reach::of(map, at);
    reader.memory_at(at, &reach.timed, &reach.priced, reach.windows, reach.month).expect("readable")
}

/// The world of an instant, from the store alone.
pub fn looked_back(reader: &Reader, map: &Arc<Map>, at: Instant) -> World {
    let facts = reader.facts_at(at).expect("readable");
    recalled(&Model::of(map.clone()), facts, &memory(reader, map, at))
}

/// All that a world says, but for what changes with every poll and is not kept: the age of answers that came in time.
pub fn said(world: &World) -> Value {
    let mut json = wire::world::to_json(world);
    for source in json["sources"].as_object_mut().expect("sources").values_mut() {
        if source["freshness"] == "fresh" || source["freshness"] == "pending" {
            source["age_s"] = Value::Null;
        }
    }
    if let Some(unmapped) = json["unmapped"].as_array_mut() {
        unmapped.sort_by_key(ToString::to_string);
    }
    json
}

fn start() -> Instant {
    "2026-11-24T18:30:00.25Z".parse().expect("an instant")
}

/// Plays a story and keeps every world.
pub fn play(place: &Path, map: &Arc<Map>, story: &[(i64, Event)]) -> Vec<(Instant, Value)> {
    let mut now = start();
    let mut live = Live::new(map.clone(), now);
    let mut writer = Some(self::writer(place));
    let mut worlds = Vec::new();
    for (pause, event) in story {
        now += TimeDelta::seconds(*pause);
        if matches!(event, Event::Restart) {
            drop(writer.take());
            let reader = Reader::open(place).ok();
            let end = reader.as_ref().and_then(|reader| Some(reader.reach().expect("readable")?.end));
            let memory = reader.zip(end).map(|(reader, end)| memory(&reader, map, end)).unwrap_or_default();
            live = Live::remembering(map.clone(), &memory, now);
            writer = Some(self::writer(place));
        }
        live.take_all(event.update(now));
        let moment = live.moment(now);
        worlds.push((now, said(&moment.world)));
        if let Some(writer) = &writer {
            writer.note(moment);
            writer.flush();
        }
    }
    worlds
}

trait TakeAll {
    fn take_all(&mut self, update: Option<bsmtop::domain::observation::Update>);
}

impl TakeAll for Live {
    fn take_all(&mut self, update: Option<bsmtop::domain::observation::Update>) {
        if let Some(update) = update {
            self.take(update);
        }
    }
}

/// Where two worlds differ, as paths.
fn differences(path: &str, left: &Value, right: &Value, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let nothing = Value::Null;
                let (a, b) = (a.get(key).unwrap_or(&nothing), b.get(key).unwrap_or(&nothing));
                differences(&format!("{path}/{key}"), a, b, found);
            }
        }
        _ if left == right => {}
        _ => found.push(format!("{path}: live {left}, from the store {right}")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_recorded_run_is_the_run(story in prop::collection::vec((pause(), event()), 1..40)) {
        let folder = tempfile::tempdir().expect("a folder");
        let (place, map) = (folder.path().join("history.db"), map_of(MAP));
        let worlds = play(&place, &map, &story);
        let reader = Reader::open(&place).expect("written");
        for (number, (at, live)) in worlds.iter().enumerate() {
            let mut found = Vec::new();
            differences("", live, &said(&looked_back(&reader, &map, *at)), &mut found);
            prop_assert!(found.is_empty(), "step {number} at {at}:\n{}", found.join("\n"));
        }
    }
}
