//! What a lost source said last: it stays in sight, and the time is not covered.

use bsmtop::domain::facts::{Freshness, Signal, SourceFact};
use bsmtop::domain::id::NodeId;
use bsmtop::domain::span::{Instant, Span, Spans};
use bsmtop::engine::concluded_again;
use chrono::TimeDelta;
use proptest::prelude::*;

use super::live::{MANY, differences, facts, minutes};
use super::*;

const BOTH: &str = r#"
[[process]]
id = "shop"
needs = ["db", "host"]
value = { per_hour = "600 EUR" }
[[process]]
id = "one"
needs = ["mixed"]
value = { per_hour = "600 EUR" }
[[component]]
id = "db"
match = [{ source = "prom", labels = { pod = "db" } }]
[[component]]
id = "host"
match = [{ source = "icinga", labels = { host = "h" } }]
[[component]]
id = "mixed"
match = [{ source = "prom", labels = { pod = "db" } }, { source = "icinga", labels = { host = "h" } }]
[[objective]]
id = "steady"
node = "shop"
target = "90%"
window = "7d"
state = "critical"
"#;

fn at(time: &str) -> Instant {
    format!("2026-11-24T{time}:00Z").parse().expect("an instant")
}

fn both() -> Value {
    json!([
        { "source": "prom", "id": "p", "labels": { "pod": "db" }, "severity": "critical", "since": "2026-11-24T09:00:00Z" },
        { "source": "icinga", "id": "i", "labels": { "host": "h" }, "severity": "minor", "since": "2026-11-24T09:30:00Z" },
    ])
}

#[test]
fn it_counts_up_to_the_last_answer_and_what_others_say_counts_on() {
    let lost = json!({ "prom": { "freshness": "lost", "age_s": 900 } });
    let world = world_of(BOTH, json!({ "signals": both(), "sources": lost }));
    for id in ["shop", "one"] {
        let node = &world["nodes"][id];
        assert_eq!((&node["severity"], &node["since"]), (&json!("critical"), &json!("2026-11-24T09:00:00Z")));
        // 45 minutes of all; then a tenth of a quarter of an hour for certain, and all of it possibly.
        assert_eq!(node["cost"]["incident"], json!({ "low": "465", "high": "600", "coverage": "1" }), "{id}");
    }
    let shop = SHOP.replace("42000", "600");
    let db = json!([signal("db", &json!({ "role": "db" }), "critical", "none"), scanner_works()]);
    let lost = json!({ "prom": { "freshness": "lost", "age_s": 540 } });
    let world = world_of(&shop, json!({ "signals": db, "sources": lost }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!((&checkout["severity"], &checkout["cost_per_hour"]["low"]), (&json!("critical"), &json!("600")));
    let incident = &checkout["cost"]["incident"];
    assert_eq!((&incident["low"], &incident["high"]), (&json!("100"), &json!("100")), "ten minutes, and no more");
    assert!(incident["coverage"].as_str().expect("text").starts_with("0.526"), "10 of 19 minutes: {incident}");
}

#[test]
fn nothing_is_certain_of_a_source_that_nobody_knows_to_have_answered() {
    let lost = json!({ "prom": { "freshness": "lost" } });
    let world = world_of(BOTH, json!({ "signals": both(), "sources": lost }));
    let incident = &world["nodes"]["shop"]["cost"]["incident"];
    // What icinga says: half an hour at a tenth.
    assert_eq!(incident["low"], "30");
    assert_eq!(world["nodes"]["shop"]["severity"], "critical");
}

/// Objectives over states: what is not covered is neither good nor bad.
#[test]
fn it_is_neither_good_nor_bad() {
    let lost = json!({ "prom": { "freshness": "lost", "age_s": 900 } });
    let covered = json!([["2026-11-24T08:00:00Z", "2026-11-24T10:00:00Z"]]);
    let world = world_of(BOTH, json!({ "signals": both(), "sources": lost, "covered": covered }));
    let burn = &world["objectives"]["steady"]["burn"];
    // Of the two hours of the window's cover, one is good, 45 minutes are bad, and a quarter is not known.
    let two: Decimal = burn["2h"].as_str().expect("a burn").parse().expect("a decimal");
    let expected = Decimal::from(45) / Decimal::from(105) * Decimal::TEN;
    assert!((two - expected).abs() < Decimal::new(1, 9), "{two} against {expected}");
}

/// A source that answers and lacks its heartbeat.
#[test]
fn the_running_engine_counts_nothing_while_a_heartbeat_is_missing() {
    let map = map_of(SHOP);
    let db = json!({ "source": "prom", "id": "db", "labels": { "role": "db" }, "severity": "critical", "since": "2026-11-24T09:00:00Z" });
    let signals = facts_of(&map, json!({ "signals": [db, scanner_works()] })).signals;
    let mut live = Live::new(map.clone(), at("09:00"));
    let run = |live: &mut Live, from: i64, to: i64, missing: &[&str]| {
        for minute in from..to {
            let now = at("09:00") + minutes(minute);
            for source in ["prom", "icinga"] {
                let mine: Vec<Arc<Signal>> =
                    signals.iter().filter(|signal| signal.source.as_str() == source).cloned().collect();
                let missing_heartbeats =
                    if source == "prom" { missing.iter().map(|text| (*text).to_owned()).collect() } else { Vec::new() };
                let report = StateReport { signals: mine, missing_heartbeats, ..StateReport::default() };
                live.take(Update { source: source.into(), at: now, observation: Observation::State(report) });
            }
            live.world(now);
        }
        let now = at("09:00") + minutes(to) - TimeDelta::seconds(30);
        let world = wire::world::to_json(&live.world(now));
        let full = wire::world::to_json(&live.full_pass(now));
        assert_eq!(differences("", &world, &full), Vec::<String>::new());
        world
    };
    run(&mut live, 0, 30, &[]);
    let world = run(&mut live, 30, 60, &["Watchdog"]);
    let checkout = &world["nodes"]["checkout"];
    assert_eq!((&checkout["severity"], &checkout["cost_per_hour"]["low"]), (&json!("critical"), &json!("42000")));
    assert_eq!(checkout["cost"]["incident"]["low"], "21000", "half an hour");
    let coverage: Decimal =
        checkout["cost"]["incident"]["coverage"].as_str().expect("text").parse().expect("a decimal");
    assert!(coverage < Decimal::new(51, 2), "{coverage}");
    // With another map it goes on as before.
    live.remap(map_of(&SHOP.replace("900 EUR", "901 EUR")), at("09:59"));
    let world = run(&mut live, 60, 70, &["Watchdog"]);
    assert_eq!(world["nodes"]["checkout"]["cost"]["incident"]["low"], "21000");
    let world = run(&mut live, 70, 100, &[]);
    let low: Decimal =
        world["nodes"]["checkout"]["cost"]["incident"]["low"].as_str().expect("text").parse().expect("a decimal");
    let expected = Decimal::from(21_000) + Decimal::from(42_000) * Decimal::new(295, 1) / Decimal::from(60);
    assert_eq!(low.round_dp(6), expected.round_dp(6));
}

/// What history would say today is what was said then.
#[test]
fn the_past_counted_again_leaves_it_out_as_well() {
    let model = Model::of(map_of(BOTH));
    let span = Span::new(at("09:00"), at("10:00"));
    let observed = |now: Instant| {
        let mut facts = facts_of(&model.map, json!({ "signals": both() }));
        facts.signals.retain(|signal| signal.since.is_some_and(|since| since <= now));
        facts.at = now;
        if now >= at("09:45") {
            facts.sources.insert("prom".into(), SourceFact::of(Freshness::Lost));
        }
        Ok::<_, std::convert::Infallible>(facts)
    };
    let turns = [at("09:00"), at("09:30"), at("09:45")];
    let again = concluded_again(&model, span, &Spans::from(span), turns, observed).expect("facts");
    for id in ["shop", "one"] {
        let lost = again.lost(&NodeId::from(id));
        assert_eq!((lost.low, lost.high), (Decimal::from(465), Decimal::from(600)), "{id}");
        let last = again.steps[&NodeId::from(id)].iter().rev().find_map(|step| step.state).expect("a state");
        assert_eq!(last.interval.low.word(), "critical", "it stays in sight");
    }
}

/// What only the end of a gap tells: shown as it was said, counted up to the last answer.
#[test]
fn a_gap_counted_again_counts_up_to_the_last_answer() {
    let model = Model::of(map_of(BOTH));
    let span = Span::new(at("08:00"), at("11:00"));
    let covered = Spans::of(vec![Span::new(at("08:00"), at("08:30")), Span::new(at("10:00"), at("11:00"))]);
    let observed = |now: Instant| {
        let mut facts = facts_of(&model.map, json!({ "signals": both() }));
        facts.signals.retain(|signal| signal.since.is_some_and(|since| since <= now));
        facts.at = now;
        if now == at("10:00") {
            let lost = SourceFact { age: Some(minutes(15)), ..SourceFact::of(Freshness::Lost) };
            facts.sources.insert("prom".into(), lost);
        }
        Ok::<_, std::convert::Infallible>(facts)
    };
    // It answers again half an hour later.
    let turns = [at("08:00"), at("10:00"), at("10:30")];
    let again = concluded_again(&model, span, &covered, turns, observed).expect("facts");
    for id in ["shop", "one"] {
        let lost = again.lost(&NodeId::from(id));
        // 45 minutes of all, 45 at a tenth for certain and at all possibly, 30 of all.
        assert_eq!((lost.low, lost.high), (Decimal::from(450 + 45 + 300), Decimal::from(1200)), "{id}");
        let first = again.steps[&NodeId::from(id)]
            .iter()
            .find(|step| step.state.is_some_and(|it| it.interval.low.is_problem()));
        let (first, state) = first.and_then(|step| Some((step.at, step.state?))).expect("a problem");
        assert_eq!((first, state.interval.low.word()), (at("09:00"), "critical"), "{id}: as it was said");
    }
}

/// Of a source of which no answer is known nothing is covered, whether its signals say anything or not.
#[test]
fn nothing_is_covered_of_a_source_that_nobody_knows_to_have_answered() {
    let host = json!({ "source": "icinga", "id": "i", "labels": { "host": "h" }, "severity": "ok", "since": "2026-11-24T09:30:00Z" });
    let db = |severity: &str, unknown: bool| json!({ "source": "prom", "id": "p", "labels": { "pod": "db" }, "severity": severity, "unknown": unknown, "since": "2026-11-24T09:00:00Z" });
    let each = [
        json!([host]),
        json!([host, db("ok", false)]),
        json!([host, db("info", false)]),
        json!([host, db("ok", true)]),
        json!([host, db("critical", false)]),
    ];
    for signals in each {
        let world = world_of(BOTH, json!({ "signals": signals, "sources": { "prom": { "freshness": "lost" } } }));
        for id in ["shop", "one"] {
            let cost = &world["nodes"][id]["cost"];
            let nothing = json!({ "low": "0", "high": "0", "coverage": "0" });
            assert_eq!((&cost["today"], &cost["month"]), (&nothing, &nothing), "{id}: {signals}");
        }
        let steady = &world["objectives"]["steady"];
        assert_eq!((&steady["state"], &steady["attained"]), (&json!("not-covered"), &Value::Null), "{signals}");
        // Since when it is unknown nobody knows.
        if world["nodes"]["shop"]["severity"] == "unknown" {
            assert_eq!(world["nodes"]["shop"]["since"], Value::Null, "{signals}");
        }
    }
    // What other sources say for certain counts, and what is recorded of the time before.
    let history = json!([
        { "node": "db", "at": "2026-11-24T07:00:00Z", "severity": "ok" },
        { "node": "db", "at": "2026-11-24T09:00:00Z", "severity": "ok" },
    ]);
    let world = world_of(
        BOTH,
        json!({ "signals": [host], "history": history, "sources": { "prom": { "freshness": "lost" } } }),
    );
    // Two of the eleven hours of the day in Berlin.
    let coverage = world["nodes"]["shop"]["cost"]["today"]["coverage"].as_str().expect("text");
    assert!(coverage.starts_with("0.1818"), "{coverage}");
    assert_eq!(world["nodes"]["shop"]["since"], "2026-11-24T09:00:00Z");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// The running engine lets go of what a silent source said, the evaluation of one instant keeps it in sight: the
    /// money is the same.
    #[test]
    fn silence_costs_as_much_as_evaluated(
        said in proptest::collection::vec((0..6_usize, 0..7_usize, 30..240_i64), 0..10),
        silent in 6..25_i64,
        which in 0..2_usize,
    ) {
        let map = map_of(MANY);
        let mut facts = facts(&map, &said, "2026-11-24T10:00:00Z".parse().expect("an instant"));
        let (now, quiet) = (facts.at, ["prom", "icinga"][which]);
        let started = now - minutes(30);
        let mut live = Live::new(map.clone(), started);
        for passed in 0..=30 {
            let at = started + minutes(passed);
            for source in ["prom", "icinga", "rt"] {
                if source != quiet || at <= now - minutes(silent) {
                    super::live::tell(&mut live, source, &facts.signals, at);
                }
            }
            live.world(at);
        }
        facts.covered = Some(vec![Span::new(started, now)]);
        facts.sources.insert(quiet.into(), SourceFact { age: Some(minutes(silent)), ..SourceFact::of(Freshness::Lost) });
        let evaluated = wire::world::to_json(&evaluate(&Model::of(map.clone()), facts));
        let lived = wire::world::to_json(&live.world(now));
        for (id, node) in evaluated["nodes"].as_object().expect("nodes") {
            let found = differences("", &lived["nodes"][id]["cost"], &node["cost"]);
            prop_assert_eq!(found, Vec::<String>::new(), "{}", id);
        }
        let found = differences("", &lived["cost"], &evaluated["cost"]);
        prop_assert_eq!(found, Vec::<String>::new());
    }
}
