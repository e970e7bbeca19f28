//! What the facts remember of the past, and what it means for now.

use super::*;

fn entry(node: &str, at: &str, severity: &str) -> Value {
    json!({ "node": node, "at": at, "severity": severity })
}

/// As the design prints it: the record of a process stands beside the signal that explains it, and is no cause.
#[test]
fn a_remembered_state_that_the_leaves_explain_is_no_cause() {
    let signals = json!([signal("a1", &json!({ "role": "db" }), "critical", "acknowledged"), scanner_works()]);
    let history = json!([entry("checkout", "2026-11-24T09:41:00Z", "critical")]);
    let world = world_of(SHOP, json!({ "signals": signals, "history": history }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!((&checkout["causes"], &checkout["handled"]), (&json!(["prom:a1"]), &json!(true)));
    let causes = world["causes"].as_array().expect("a list");
    assert_eq!(causes.len(), 1);
    assert_eq!((&causes[0]["share_per_hour"], &causes[0]["fix_value_per_hour"]), (&json!("42000"), &json!("42000")));
}

#[test]
fn a_remembered_state_that_the_leaves_do_not_explain_counts() {
    let history = json!([entry("payments", "2026-11-24T09:00:00Z", "major")]);
    let world = world_of(SHOP, json!({ "signals": [scanner_works()], "history": history }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!((&checkout["severity"], &checkout["causes"]), (&json!("major"), &json!(["node:payments"])));
}

#[test]
fn what_is_remembered_of_a_leaf_is_knowledge_of_it() {
    let history = json!([entry("scanner", "2026-11-24T09:00:00Z", "ok")]);
    let world = world_of(SHOP, json!({ "history": history }));
    assert_eq!(
        (&world["nodes"]["returns"]["severity"], &world["nodes"]["returns"]["known"]),
        (&json!("ok"), &json!(true))
    );
    let history = json!([{ "node": "scanner", "at": "2026-11-24T09:00:00Z", "severity": null }]);
    let world = world_of(SHOP, json!({ "history": history }));
    assert_eq!(world["nodes"]["returns"]["severity"], "unknown");
    let lost = json!({ "icinga": { "freshness": "lost" } });
    let history = json!([entry("scanner", "2026-11-24T09:00:00Z", "ok")]);
    let world = world_of(SHOP, json!({ "history": history, "sources": lost }));
    assert_eq!(world["nodes"]["returns"]["severity"], "unknown", "a lost source takes it back");
}

#[test]
fn a_problem_present_when_first_seen_counts_from_its_own_beginning() {
    let signals = json!([signal("db", &json!({ "role": "db" }), "critical", "none"), scanner_works()]);
    let covered = json!([["2026-11-24T09:50:00Z", "2026-11-24T10:00:00Z"]]);
    let world = world_of(SHOP, json!({ "signals": signals, "covered": covered }));
    assert_eq!(
        world["nodes"]["checkout"]["cost"]["incident"],
        json!({ "low": "13300", "high": "13300", "coverage": "1" })
    );
}

#[test]
fn an_assumed_leaf_can_fail_like_any_other() {
    let assume = json!({ "pay-api-1": "critical", "pay-api-2": "ok" });
    let world = world_of(SHOP, json!({ "signals": [scanner_works()], "assume": assume }));
    assert_eq!(world["nodes"]["payments"]["margin"], json!(["pay-db", "pay-api-2"]));
}

#[test]
fn what_rests_on_a_lost_source_is_not_covered_since_its_last_answer() {
    let lost = json!({ "prom": { "freshness": "lost", "age_s": 3600 } });
    let world = world_of(SHOP, json!({ "signals": [scanner_works()], "sources": lost }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!((&checkout["severity"], &checkout["since"]), (&json!("unknown"), &json!("2026-11-24T09:00:00Z")));
    // Eleven hours of the day in Berlin, ten of them covered.
    assert_eq!(
        checkout["cost"]["today"],
        json!({ "low": "0", "high": "0", "coverage": "0.9090909090909090909090909091" })
    );
}

#[test]
fn a_clock_that_runs_ahead_makes_a_problem_begin_now() {
    let mut ahead = signal("db", &json!({ "role": "db" }), "critical", "none");
    ahead["since"] = json!("2026-11-24T10:05:00Z");
    let world = world_of(SHOP, json!({ "signals": [ahead, scanner_works()] }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!(
        (&checkout["since"], &checkout["cost"]["incident"]["low"]),
        (&json!("2026-11-24T10:00:00Z"), &json!("0"))
    );
}

#[test]
fn what_is_wrong_with_facts_is_said_once() {
    let map = map_of(SHOP);
    let error =
        wire::facts::from_value(json!({ "at": "2026-11-24T10:00:00Z", "foo": 1 }), &map).expect_err("wrong facts");
    let chain: String = std::iter::successors(Some(&error as &dyn std::error::Error), |it| it.source())
        .map(ToString::to_string)
        .collect();
    assert_eq!(chain.matches("unknown field").count(), 1, "{chain}");
}

/// A record says how a node was; what its leaves say after it counts too, over time as at the instant.
#[test]
fn what_happens_after_the_last_record_counts() {
    let history =
        json!([entry("checkout", "2026-11-24T08:00:00Z", "major"), entry("checkout", "2026-11-24T08:30:00Z", "ok"),]);
    let signals = json!([signal("db", &json!({ "role": "db" }), "critical", "none"), scanner_works()]);
    let world = world_of(SHOP, json!({ "signals": signals, "history": history }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!((&checkout["severity"], &checkout["since"]), (&json!("critical"), &json!("2026-11-24T09:41:00Z")));
    assert_eq!(checkout["cost"]["incident"], json!({ "low": "13300", "high": "13300", "coverage": "1" }));
    // Half an hour at half the loss as recorded, and nothing of the time between.
    assert_eq!(checkout["cost"]["today"]["low"], "23800");
    assert_eq!(checkout["tolerable_left_s"], 13_260);
    // A record that is worse than what the leaves say later still stands.
    let history = json!([entry("checkout", "2026-11-24T09:00:00Z", "critical")]);
    let minor = json!([signal("db", &json!({ "role": "db" }), "minor", "none"), scanner_works()]);
    let world = world_of(SHOP, json!({ "signals": minor, "history": history }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!((&checkout["severity"], &checkout["since"]), (&json!("critical"), &json!("2026-11-24T09:00:00Z")));
    assert_eq!(checkout["cost"]["today"]["low"], "42000");
    // Up to its last entry, the record is what was; what was there before it is seen from then on.
    let history = json!([entry("checkout", "2026-11-24T09:50:00Z", "ok")]);
    let world = world_of(SHOP, json!({ "signals": signals, "history": history }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!((&checkout["severity"], &checkout["since"]), (&json!("critical"), &json!("2026-11-24T09:50:00Z")));
    assert_eq!(checkout["cost"]["today"]["low"], "7000");
}

/// Nobody knows of the time of which a signal says that it does not know: neither good nor bad, as at the instant.
#[test]
fn what_a_signal_does_not_know_is_not_covered_since_it_began() {
    let shop = format!(
        "{SHOP}[[objective]]\nid = \"steady\"\nnode = \"checkout\"\ntarget = \"90%\"\nwindow = \"7d\"\nstate = \"critical\"\n"
    );
    let mut unknown = signal("db", &json!({ "role": "db" }), "ok", "none");
    unknown["unknown"] = json!(true);
    unknown["since"] = json!("2026-11-24T09:00:00Z");
    let covered = json!([["2026-11-24T08:00:00Z", "2026-11-24T10:00:00Z"]]);
    for severity in ["ok", "info"] {
        unknown["severity"] = json!(severity);
        let world = world_of(&shop, json!({ "signals": [unknown, scanner_works()] }));
        let checkout = &world["nodes"]["checkout"];
        assert_eq!((&checkout["severity"], &checkout["since"]), (&json!("unknown"), &json!("2026-11-24T09:00:00Z")));
        // Eleven hours of the day in Berlin, ten of them covered.
        let today = json!({ "low": "0", "high": "0", "coverage": "0.9090909090909090909090909091" });
        assert_eq!(checkout["cost"]["today"], today, "{severity}");
        let world = world_of(&shop, json!({ "signals": [unknown, scanner_works()], "covered": covered }));
        // One hour of the 168 of the window.
        let coverage = world["objectives"]["steady"]["coverage"].as_str().expect("text");
        assert!(coverage.starts_with("0.00595"), "{severity}: {coverage}");
    }
    // What is bad for certain is bad all the same, and may be worse.
    unknown["severity"] = json!("minor");
    let world = world_of(&shop, json!({ "signals": [unknown, scanner_works()] }));
    let incident = json!({ "low": "4200", "high": "42000", "coverage": "1" });
    assert_eq!(world["nodes"]["checkout"]["cost"]["incident"], incident);
}
