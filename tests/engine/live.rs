//! The running engine against the evaluation of one instant: the same facts, the same answers.

use bsmtop::domain::facts::{Freshness, MeasuredSample, Signal, SourceFact};
use bsmtop::domain::observation::FiguresReport;
use bsmtop::domain::span::{Instant, Span};
use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

/// Every kind of rule, leaves of three sources, money, an objective over states.
pub const MANY: &str = r#"
[[process]]
id = "worst"
needs = ["pair", "c2", { id = "c5", cap = "minor" }]
tolerable = "4h"
value = { per_hour = "42000 EUR" }
[[process]]
id = "counted"
needs = ["c0", "c1", "c2", "c3"]
rule = { at_least = 2, warn = 1 }
value = { per_hour = "700 EUR", loss = { warning = 0.01 } }
[[process]]
id = "weighed"
needs = [{ id = "c0", weight = 3 }, "c3", "c4", "scanner"]
rule = { share = [{ reach = "50%", at = "minor", gives = "major" }, { reach = 1, at = "critical", gives = "minor" }] }
value = { per_hour = "90 EUR" }
[[process]]
id = "summed"
needs = ["c3", "c4", "c5", "aside"]
rule = { exponential = 3 }
value = { per_hour = "12 EUR" }
[[process]]
id = "pointed"
needs = [{ id = "c0", points = { warning = 10, critical = 40 } }, { id = "c4", points = { minor = 30 } }, "worst"]
rule = { points = { warning = 90, major = 60, critical = 40 } }
[[service]]
id = "pair"
needs = [{ of = ["c0", "c1"], at_least = 1 }, { of = ["c3", "c4"], nth_best = 2 }]
[[objective]]
id = "steady"
node = "worst"
target = "99%"
window = "7d"
state = "major"
[[component]]
id = "c0"
match = [{ source = "prom", labels = { pod = "0" } }]
[[component]]
id = "c1"
match = [{ source = "prom", labels = { pod = "1" } }]
[[component]]
id = "c2"
match = [{ source = "prom", labels = { pod = "2" } }]
[[component]]
id = "c3"
match = [{ source = "prom", labels = { pod = "3" } }]
[[component]]
id = "c4"
match = [{ source = "prom", labels = { pod = "4" } }]
[[component]]
id = "c5"
match = [{ source = "prom", labels = { pod = "5" } }]
[[component]]
id = "scanner"
match = [{ source = "icinga", labels = { host = "scan*" } }]
[[component]]
id = "aside"
match = [{ source = "rt", labels = { queue = "x" } }]
"#;

const SEVERITIES: [&str; 7] = ["ok", "unclassified", "info", "warning", "minor", "major", "critical"];

/// What the facts of one evaluation hold: pod, severity, minutes since it began.
pub type Said = (usize, usize, i64);

pub fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

pub fn facts(map: &Map, said: &[Said], now: Instant) -> Facts {
    let signals: Vec<Value> = said
        .iter()
        .enumerate()
        .map(|(number, (pod, severity, age))| {
            let since = (now - minutes(*age)).to_rfc3339();
            json!({ "source": "prom", "id": format!("s{number}"), "labels": { "pod": pod.to_string() },
                    "severity": SEVERITIES[*severity], "since": since })
        })
        .chain([scanner_works()])
        .collect();
    facts_of(map, json!({ "signals": signals }))
}

pub fn tell(live: &mut Live, source: &str, signals: &[Arc<Signal>], at: Instant) {
    let mine = signals.iter().filter(|signal| signal.source.as_str() == source).cloned().collect();
    let report = StateReport { signals: mine, ..StateReport::default() };
    live.take(Update { source: source.into(), at, observation: Observation::State(report) });
}

/// All that a world says but the ages of sources, and since when things are well or money is added up: an evaluation
/// that knows of no trouble does not know when the engine began to look.
fn answers(world: &World) -> Value {
    let mut json = wire::world::to_json(world);
    for node in json["nodes"].as_object_mut().expect("nodes").values_mut() {
        if SEVERITIES[..3].contains(&node["severity"].as_str().expect("a severity")) {
            node["since"] = Value::Null;
        }
    }
    json["sources"] = Value::Null;
    json["cost"]["since"] = Value::Null;
    json
}

/// Where two worlds differ, by path.
pub fn differences(path: &str, one: &Value, other: &Value) -> Vec<String> {
    if one == other {
        return Vec::new();
    }
    if let (Some(a), Some(b)) = (one.as_array(), other.as_array())
        && a.len() == b.len()
    {
        let pairs = a.iter().zip(b).enumerate();
        return pairs.flat_map(|(place, (a, b))| differences(&format!("{path}/{place}({})", a["id"]), a, b)).collect();
    }
    let (Some(a), Some(b)) = (one.as_object(), other.as_object()) else {
        return vec![format!("{path}: {one} against {other}")];
    };
    let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    keys.into_iter().flat_map(|key| differences(&format!("{path}/{key}"), &one[key], &other[key])).collect()
}

/// The same company, one process of which is measured.
fn measured() -> String {
    MANY.replace(
        "value = { per_hour = \"700 EUR\", loss = { warning = 0.01 } }",
        "value = { per_hour = \"700 EUR\", loss = { warning = 0.01 } }\n[process.measured]\nsource = \"prom\"\nactual = \"a\"\n\
         expected = \"e\"\nper = \"minute\"\nunit_value = \"61.40 EUR\"\ntolerance = \"10%\"",
    )
}

fn tell_sample(live: &mut Live, actual: u32, at: Instant) -> MeasuredSample {
    let sample = MeasuredSample { actual: actual.into(), expected: 11.into(), at };
    let report = FiguresReport { measured: [("counted".into(), sample)].into(), ..FiguresReport::default() };
    live.take(Update { source: "prom".into(), at, observation: Observation::Figures(report) });
    sample
}

/// What the running engine says otherwise than the evaluation, which cannot know that a node without any trouble was
/// looked at: its objectives are not covered.
fn otherwise(live: &World, evaluated: &World) -> Vec<String> {
    let mut found = differences("", &answers(live), &answers(evaluated));
    let not_covered = |id: &str| wire::world::to_json(evaluated)["objectives"][id]["state"] == "not-covered";
    found.retain(|path| !(path.starts_with("/objectives/steady") && not_covered("steady")));
    found
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Problems that are there when the engine first hears of them, before and after it began to look.
    #[test]
    fn what_is_first_seen_counts_as_evaluated(
        said in proptest::collection::vec((0..6_usize, 0..7_usize, 1..240_i64), 0..10),
        silent_at_first in 0..4_i64,
        seen in 1..90_i64,
    ) {
        let map = map_of(MANY);
        let mut facts = facts(&map, &said, "2026-11-24T10:00:00Z".parse().expect("an instant"));
        let now = facts.at;
        let heard = now - minutes(seen);
        let started = heard - minutes(silent_at_first);
        // What began after the engine first heard of it is not there yet.
        facts.signals.retain(|signal| signal.since.is_none_or(|since| since <= heard));
        let mut live = Live::new(map.clone(), started);
        live.world(started);
        for passed in 0..=seen {
            for source in ["prom", "icinga", "rt"] {
                tell(&mut live, source, &facts.signals, heard + minutes(passed));
            }
            live.world(heard + minutes(passed));
        }
        let world = live.world(now);
        facts.covered = Some(vec![Span::new(heard, now)]);
        let expected = evaluate(&Model::of(map.clone()), facts);
        let mut found = otherwise(&world, &expected);
        // The engine looked since its start; the evaluation is told of a look that began with the first answer.
        found.retain(|path| silent_at_first == 0 || !path.starts_with("/cost/since"));
        prop_assert_eq!(found, Vec::<String>::new());
    }

    /// A process is measured once: while the sample is believed it is what was lost, and the model is before and after.
    #[test]
    fn a_measured_sample_counts_as_evaluated(
        said in proptest::collection::vec((0..6_usize, 0..7_usize, 31..240_i64), 0..6),
        actual in 0..15_u32,
        age in 0..120_i64,
        polled in prop::collection::vec(0..120_i64, 0..6),
    ) {
        let map = map_of(&measured());
        let mut facts = facts(&map, &said, "2026-11-24T10:00:00Z".parse().expect("an instant"));
        let now = facts.at;
        let started = now - minutes(30);
        let taken = now - TimeDelta::seconds(age);
        let mut live = Live::new(map.clone(), started);
        // Minute by minute until the sample, and then at any seconds: when somebody looks changes nothing.
        let mut polls: Vec<Instant> = (0..=30).map(|passed| started + minutes(passed)).collect();
        polls.extend(polled.iter().map(|ago| now - TimeDelta::seconds(*ago)));
        polls.push(taken);
        polls.sort_unstable();
        for at in polls {
            for source in ["prom", "icinga", "rt"] {
                tell(&mut live, source, &facts.signals, at);
            }
            if at == taken {
                let sample = tell_sample(&mut live, actual, at);
                facts.measured.insert("counted".into(), sample);
            }
            live.world(at);
        }
        facts.covered = Some(vec![Span::new(started, now)]);
        let expected = evaluate(&Model::of(map.clone()), facts);
        prop_assert_eq!(otherwise(&live.world(now), &expected), Vec::<String>::new());
    }

    /// A source falls silent, beside problems of another.
    #[test]
    fn what_rests_on_a_lost_source_is_uncovered_as_evaluated(
        said in proptest::collection::vec((0..6_usize, 0..7_usize, 30..240_i64), 0..10),
        silent in 6..25_i64,
    ) {
        let map = map_of(MANY);
        let mut facts = facts(&map, &said, "2026-11-24T10:00:00Z".parse().expect("an instant"));
        let now = facts.at;
        let started = now - minutes(30);
        let mut live = Live::new(map.clone(), started);
        for passed in 0..=30 {
            let at = started + minutes(passed);
            for source in ["prom", "icinga", "rt"] {
                if source != "rt" || at <= now - minutes(silent) {
                    tell(&mut live, source, &facts.signals, at);
                }
            }
            live.world(at);
        }
        facts.covered = Some(vec![Span::new(started, now)]);
        let lost = SourceFact { age: Some(minutes(silent)), ..SourceFact::of(Freshness::Lost) };
        facts.sources.insert("rt".into(), lost);
        let expected = evaluate(&Model::of(map.clone()), facts);
        prop_assert_eq!(otherwise(&live.world(now), &expected), Vec::<String>::new());
    }
}

/// A source that comes back tells of a problem that began while it was silent: it counts from its own beginning, and
/// the silence before it from neither.
#[test]
fn a_problem_that_began_in_silence_counts_from_its_own_beginning() {
    let map = map_of(MANY);
    let now: Instant = "2026-11-24T10:00:00Z".parse().expect("an instant");
    let facts = facts(&map, &[(2, 6, 15)], now);
    let mut live = Live::new(map, now - minutes(60));
    for passed in 0..=60 {
        let at = now - minutes(60) + minutes(passed);
        tell(&mut live, "icinga", &facts.signals, at);
        tell(&mut live, "rt", &facts.signals, at);
        match passed {
            0..=20 => tell(&mut live, "prom", &[], at),
            50.. => tell(&mut live, "prom", &facts.signals, at),
            _ => {}
        }
        live.world(at);
    }
    let world = wire::world::to_json(&live.world(now));
    let worst = &world["nodes"]["worst"];
    assert_eq!((&worst["severity"], &worst["since"]), (&json!("critical"), &json!("2026-11-24T09:45:00Z")));
    assert_eq!(worst["cost"]["incident"], json!({ "low": "10500", "high": "10500", "coverage": "1" }));
    // Of the hour, the 25 minutes between the last answer and the beginning are not covered.
    let covered: Decimal = worst["cost"]["today"]["coverage"].as_str().expect("text").parse().expect("a decimal");
    let expected = Decimal::from(35) / Decimal::from(11 * 60);
    assert!((covered - expected).abs() < Decimal::new(1, 9), "{covered} against {expected}");
}

/// What lacks without a reason is not there since the process has been well: nobody knows since when.
#[test]
fn a_shortfall_has_no_beginning_of_another_thing() {
    let map = map_of(&measured());
    let started: Instant = "2026-11-24T09:00:00Z".parse().expect("an instant");
    let mut live = Live::new(map.clone(), started);
    let scanner = facts_of(&map, json!({ "signals": [scanner_works()] })).signals.remove(0);
    for passed in 0..4 {
        let at = started + TimeDelta::seconds(15 * passed);
        tell(&mut live, "prom", &[], at);
        tell(&mut live, "icinga", std::slice::from_ref(&scanner), at);
        tell(&mut live, "rt", &[], at);
        tell_sample(&mut live, if passed < 2 { 11 } else { 4 }, at);
        live.world(at);
    }
    let world = wire::world::to_json(&live.world(started + TimeDelta::seconds(45)));
    assert_eq!(world["nodes"]["counted"]["since"], "2026-11-24T09:00:00Z");
    assert_eq!(
        (&world["causes"][0]["id"], &world["causes"][0]["since"]),
        (&json!("unexplained:counted"), &Value::Null)
    );
}
