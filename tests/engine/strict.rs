//! What facts may say and what they may not: every refusal names the place, and no number ends the program.

use bsmtop::domain::facts::Facts;
use bsmtop::wire::facts::FactsError;
use bsmtop::wire::scenario;
use proptest::prelude::*;

use super::*;

const ASKED: &str = r#"
[[process]]
id = "checkout"
needs = ["db", "edge"]
tolerable = "4h"
value = { per_hour = "42000 EUR" }
[process.measured]
source = "prom"
actual = "a"
expected = "e"
per = "minute"
unit_value = "61.40 EUR"
tolerance = "10%"
[[process]]
id = "returns"
needs = ["db"]
value = { per_hour = "1000000000000000 EUR" }
[process.measured]
source = "prom"
actual = "a"
expected = "e"
per = "second"
unit_value = "1000000000000000 EUR"
[[component]]
id = "db"
match = [{ source = "prom", labels = { role = "db" } }]
[[component]]
id = "edge"
check = { source = "prom", query = "up", each = "instance", critical = "< 1" }
[[customer]]
id = "acme"
needs = ["checkout"]
monthly = "1000000000000000 EUR"
[[calendar]]
id = "office"
tz = "Europe/Berlin"
hours = { mon-fri = ["08:00-12:00", "13:00-18:00"] }
[[clock]]
source = "rt"
respond = "1h"
resolve = "4h"
calendar = "office"
[[objective]]
id = "month"
node = "checkout"
target = "99.9%"
window = "month"
source = "prom"
errors = 'e[$window]'
total = 't[$window]'
[objective.credit]
tiers = [{ below = "99.9%", share = "10%" }]
[[objective]]
id = "slices"
node = "checkout"
target = "99.9%"
window = "30d"
source = "prom"
method = "slices"
slice = "5m"
slice_target = "95%"
errors = 'e[$window]'
total = 't[$window]'
[[objective]]
id = "steady"
node = "checkout"
target = "99%"
window = "year"
state = "major"
calendar = "office"
[[spend]]
id = "cloud"
node = "checkout"
source = "prom"
limit = "30000 EUR"
"#;

fn read(facts: &str) -> Result<Facts, FactsError> {
    wire::facts::read(facts, &map_of(ASKED))
}

fn refused(rest: &str) -> String {
    read(&format!("{{ \"at\": \"2026-11-24T10:00:00Z\", {rest} }}")).expect_err("wrong facts").to_string()
}

#[test]
fn a_name_stands_once_in_a_table() {
    let said = refused(r#""measured": {}, "measured": {}"#);
    assert!(said.contains("duplicate field `measured`"), "{said}");
    let said = refused(r#""assume": { "db": "ok", "edge": "ok", "db": "critical" }"#);
    assert!(said.starts_with("the key \"db\" comes twice in one table at line 1 column"), "{said}");
    let labels = refused(r#""signals": [{ "source": "prom", "severity": "ok", "labels": { "a": "1", "a": "2" } }]"#);
    assert!(labels.contains("the key \"a\" comes twice"), "{labels}");
    let windows = refused(r#""objectives": { "month": { "windows": { "1h": "0", "60m": "1" } } }"#);
    assert!(windows.contains("the key \"1h\" comes twice"), "one window in two spellings: {windows}");
}

#[test]
fn a_stretch_ends_after_it_begins() {
    let (early, late) = ("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z");
    let said = refused(&format!(r#""covered": [["{early}", "{late}"], ["{late}", "{early}"]]"#));
    assert_eq!(
        said,
        "covered: number 2: it ends at 2026-11-24 08:00:00 UTC, before it begins at 2026-11-24 09:00:00 UTC: swap the \
         two, or correct one"
    );
    let places = [
        (
            format!(r#""tickets": [{{ "source": "rt", "id": "4", "paused": [["{late}", "{early}"]] }}]"#),
            "tickets: rt:4 paused",
        ),
        (
            format!(r#""maintenance": [{{ "nodes": ["db"], "start": "{late}", "end": "{early}" }}]"#),
            "maintenance: number 1",
        ),
        (
            format!(r#""changes": [{{ "source": "rt", "id": "C1", "start": "{late}", "end": "{early}" }}]"#),
            "changes: rt:C1",
        ),
        (
            format!(
                r#""objectives": {{ "month": {{ "excluded": [{{ "start": "{late}", "end": "{early}", "errors": 1, "total": 2 }}] }} }}"#
            ),
            "objectives: month excluded",
        ),
    ];
    for (facts, place) in places {
        let said = refused(&facts);
        assert!(said.starts_with(&format!("{place}: it ends at ")), "{said}");
        assert!(
            read(&format!("{{ \"at\": \"{late}\", {} }}", facts.replace(late, early))).is_ok(),
            "an empty one is none"
        );
    }
}

#[test]
fn what_nothing_asks_is_no_answer() {
    let said = refused(r#""checks": { "db": [{ "value": 1 }] }"#);
    assert_eq!(said, "checks: node \"db\" has no `check` in the map: give it one, or take the entry out of the facts");
    let said = refused(r#""measured": { "edge": { "actual": 1, "expected": 1, "at": "2026-11-24T09:00:00Z" } }"#);
    assert!(said.starts_with("measured: node \"edge\" has no `measured`"), "{said}");
    let change = r#"{ "source": "rt", "id": "C1", "start": "2026-11-24T08:00:00Z", "end": "2026-11-24T09:00:00Z" }"#;
    let said = refused(&format!(r#""changes": [{change}, {change}]"#));
    assert_eq!(said, "changes: \"rt:C1\" comes twice; an id is one thing of its source");
}

#[test]
fn instants_and_lengths_are_those_of_this_world() {
    let said = refused(r#""sources": { "prom": { "age_s": 9223372036854775807 } }"#);
    assert!(said.contains("9223372036854775807 seconds are more than"), "{said}");
    let native = r#""tickets": [{ "source": "rt", "id": "4", "native": { "resolve": { "elapsed_s": -9223372036854775808, "remaining_s": 0 } } }]"#;
    assert!(refused(native).contains("seconds are more than"));
    let said = refused(r#""history": [{ "node": "db", "at": "+12026-11-24T09:00:00Z", "severity": "ok" }]"#);
    assert_eq!(said, "history: db at: the year 12026 is out of range: from 0 to 9999");
    assert!(refused(r#""objectives": { "month": { "coverage": "1.01" } }"#).contains("1.01 is no share"));
}

#[test]
fn a_scenario_says_unknown_and_open_without_null() {
    let text = r#"
        [[scenario]]
        name = "x"
        at = 2026-11-24T10:00:00Z
        history = [{ node = "db", at = 2026-11-24T09:00:00Z, severity = "unknown" }]
        tickets = [{ source = "rt", id = "4", created = 2026-11-24T08:00:00Z, paused = [["2026-11-24T09:00:00Z"]] }]
        expect = { nodes.db.severity = "unknown", nodes.db.health = "null", nodes.db.kind = "null" }
    "#;
    let map = map_of(ASKED);
    let scenario = scenario::read(text).expect("a scenario file").remove(0);
    let world = |facts: Value| {
        let facts = wire::facts::from_value(facts, &map).expect("facts");
        wire::world::to_json(&evaluate(&Model::of(map.clone()), facts))
    };
    let told = world(scenario.facts.clone());
    let as_json = json!({
        "at": "2026-11-24T10:00:00Z",
        "history": [{ "node": "db", "at": "2026-11-24T09:00:00Z", "severity": null }],
        "tickets": [{ "source": "rt", "id": "4", "created": "2026-11-24T08:00:00Z", "paused": [["2026-11-24T09:00:00Z", null]] }],
    });
    assert_eq!(told, world(as_json));
    assert_eq!(told["clocks"][0]["paused"], true);
    let otherwise: Vec<String> = scenario::differences(&scenario.expect, &told).into_iter().map(|it| it.path).collect();
    assert_eq!(otherwise, ["nodes.db.kind"], "what is not null is said");
}

/// What Sloth and Pyrra count is theirs: no contract figure follows, and the method has their name.
#[test]
fn recorded_objectives_are_recorded_in_facts_too() {
    for (key, method) in [("sloth", "recorded (Sloth)"), ("pyrra", "recorded (Pyrra)")] {
        let text = ASKED.replacen("errors = 'e[$window]'\ntotal = 't[$window]'", &format!("{key} = \"shop\""), 1);
        let text = text.replacen("window = \"month\"", "window = \"30d\"", 1);
        let text = text.replacen("[objective.credit]\ntiers = [{ below = \"99.9%\", share = \"10%\" }]", "", 1);
        let counts = json!({ "errors": 250, "total": 1_000_000, "windows": { "5m": "0.02", "1h": "0.016" } });
        let world = world_of(&text, json!({ "objectives": { "month": counts } }));
        let month = &world["objectives"]["month"];
        assert_eq!((&month["state"], &month["method"]), (&json!("measured"), &json!(method)));
        assert_eq!((&month["attained"], &month["felt"]), (&Value::Null, &json!("0.99975")));
        assert_eq!((&month["budget_remaining"], &month["burn"]["1h"]), (&json!("0.75"), &json!("16")));
        assert_eq!((&month["alert"], &month["exhausted_in_s"]), (&json!("page"), &json!(121_500)));
        let idle = world_of(&text, json!({ "objectives": { "month": { "errors": 0, "total": 0 } } }));
        assert_eq!(idle["objectives"]["month"]["state"], "no-traffic");
        let silent = world_of(&text, json!({}));
        let month = &silent["objectives"]["month"];
        assert_eq!((&month["state"], &month["method"]), (&json!("not-covered"), &json!(method)));
    }
}

fn numbers() -> impl Strategy<Value = Value> {
    let extremes = [
        "0",
        "-1",
        "1e-28",
        "0.0000000000000000000000000001",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "7.9228162514264337593543950335",
        "1000000000000000",
        "3",
    ];
    prop::sample::select(extremes.to_vec()).prop_map(|text| json!(text))
}

fn instants() -> impl Strategy<Value = String> {
    let extremes = [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999Z",
        "2026-11-01T00:00:00+14:00",
        "2026-11-24T09:59:59.5Z",
        "2026-11-24T10:00:00Z",
        "2027-01-01T00:00:00-12:00",
        "9999-12-31T23:59:59Z",
        "+10000-01-01T00:00:00Z",
    ];
    prop::sample::select(extremes.to_vec()).prop_map(str::to_owned)
}

fn lengths() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![
        0,
        -1,
        3_600,
        315_576_000_000,
        -315_576_000_000,
        i64::MAX,
        i64::MIN,
        9_223_372_036_854_775,
    ])
}

fn facts() -> impl Strategy<Value = Value> {
    let money = (numbers(), numbers(), numbers(), numbers(), instants());
    let counts = (numbers(), numbers(), numbers(), numbers(), (instants(), instants()));
    let ticket = (instants(), instants(), instants(), instants(), (lengths(), lengths()));
    (instants(), money, counts, ticket, (lengths(), instants(), instants(), instants(), any::<f64>())).prop_map(
        |(at, money, counts, ticket, rest)| {
            json!({
                "at": at,
                "sources": { "prom": { "freshness": "late", "age_s": rest.0 } },
                "signals": [{ "source": "prom", "labels": { "role": "db" }, "severity": "critical", "since": rest.1 }],
                "checks": { "edge": [{ "value": rest.4 }] },
                "measured": { "checkout": { "actual": money.0, "expected": money.1, "at": money.4 },
                              "returns": { "actual": money.2, "expected": money.1, "at": at } },
                "spend": { "cloud": { "to_date": money.3 } },
                "objectives": {
                    "month": { "errors": counts.0, "total": counts.1, "windows": { "5m": counts.2, "1h": counts.3, "30m": counts.0, "6h": counts.2 },
                               "excluded": [{ "start": counts.4.0, "end": counts.4.1, "errors": counts.2, "total": counts.3 }] },
                    "slices": { "slices": [[counts.0, counts.1], [counts.2, counts.3]], "windows": { "1h": counts.1 } },
                },
                "tickets": [{ "source": "rt", "id": "1", "created": ticket.0, "responded": ticket.1, "paused": [[ticket.2, ticket.3], [ticket.2, null]] },
                            { "source": "rt", "id": "2", "created": ticket.0, "resolved": ticket.2,
                              "native": { "resolve": { "elapsed_s": ticket.4.0, "remaining_s": ticket.4.1 } } }],
                "history": [{ "node": "db", "at": rest.2, "severity": "major" }, { "node": "checkout", "at": rest.3, "severity": "critical" }],
                "covered": [[rest.2, rest.3]],
                "maintenance": [{ "nodes": ["checkout"], "start": counts.4.0, "end": counts.4.1, "excluded": true }],
                "changes": [{ "source": "rt", "id": "c", "nodes": ["db"], "start": counts.4.0, "end": counts.4.1 }],
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 20, ..ProptestConfig::default() })]

    /// Facts are refused, or they make a world: nothing that they hold ends the program.
    #[test]
    fn no_number_and_no_date_ends_the_program(facts in facts()) {
        let map = map_of(ASKED);
        // What is refused may hide what would not be: each part is tried alone as well.
        let mut tries = vec![facts.clone()];
        let whole = facts.as_object().expect("a table");
        tries.extend(whole.keys().map(|key| json!({ "at": whole["at"], key: whole[key] })));
        for facts in tries {
            if let Ok(facts) = wire::facts::from_value(facts, &map) {
                let world = evaluate(&Model::of(map.clone()), facts);
                wire::world::to_json(&world);
                super::figures::all(&world);
            }
        }
    }
}
