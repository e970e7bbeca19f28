//! The same facts told in two ways: as JSON to an evaluation, and as a scenario in TOML.

use bsmtop::wire::scenario;
use proptest::prelude::*;

use super::*;

/// What scenarios are about: rules, a check, a measured process, a clock, an objective of each kind, spend.
const TOLD: &str = r#"
[[process]]
id = "checkout"
needs = ["pair", { id = "edge", cap = "minor" }]
tolerable = "4h"
value = { per_hour = "42000 EUR" }
[process.measured]
source = "prom"
actual = "a"
expected = "e"
per = "minute"
unit_value = "61.40 EUR"
tolerance = "10%"
[[service]]
id = "pair"
needs = [{ of = ["a", "b"], at_least = 1 }]
[[component]]
id = "a"
match = [{ source = "prom", labels = { pod = "0" } }]
tickets = [{ source = "rt", labels = { service = "a" } }]
[[component]]
id = "b"
match = [{ source = "prom", labels = { pod = "1" } }, { source = "icinga", labels = { host = "b" } }]
[[component]]
id = "edge"
check = { source = "prom", query = "up", each = "instance", critical = "< 1", warning = "< 2.5" }
rule = { at_least = "60%" }
[[customer]]
id = "acme"
needs = ["checkout"]
monthly = "18000 EUR"
[[clock]]
source = "rt"
respond = "15m"
resolve = "4h"
[[objective]]
id = "events"
node = "checkout"
target = "99.9%"
window = "month"
source = "prom"
errors = 'e[$window]'
total = 't[$window]'
[objective.credit]
tiers = [{ below = "99.9%", share = "10%" }, { below = "99%", share = "25%" }]
[[objective]]
id = "steady"
node = "checkout"
target = "99%"
window = "7d"
state = "major"
[[spend]]
id = "cloud"
node = "checkout"
source = "prom"
limit = "30000 EUR"
"#;

/// An instant so many minutes before that of the evaluation.
fn ago(minutes: i64) -> String {
    let at: chrono::DateTime<chrono::Utc> = "2026-11-24T10:00:00Z".parse().expect("an instant");
    (at - chrono::TimeDelta::minutes(minutes)).to_rfc3339()
}

fn words() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["ok", "unclassified", "info", "warning", "minor", "major", "critical"])
}

/// A part of the facts, or nothing of it.
fn some<T: std::fmt::Debug>(part: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.7, part)
}

/// Whose signal, how bad, how handled, how old, and whether it has words.
type Said = (usize, Option<&'static str>, &'static str, Option<i64>, bool);

fn signals() -> impl Strategy<Value = Value> {
    let handling = prop::sample::select(vec!["none", "acknowledged", "maintenance"]);
    let one = (0..3_usize, some(words()), handling, some(0..3_000_i64), any::<bool>());
    prop::collection::vec(one, 0..6).prop_map(|list| {
        let signal = |(number, (which, severity, handling, age, says)): (usize, Said)| {
            let labels = [json!({ "pod": "0" }), json!({ "pod": "1" }), json!({ "host": "b" })][which].clone();
            let source = if which == 2 { "icinga" } else { "prom" };
            json!({ "source": source, "id": format!("s{number}"), "labels": labels, "severity": severity, "handling": handling,
                    "unknown": severity.is_none(), "since": age.map(ago), "summary": if says { "a \"quoted\"\nline\\" } else { "" } })
        };
        list.into_iter().enumerate().map(signal).collect()
    })
}

fn ticket() -> impl Strategy<Value = Value> {
    (1..500_i64, some(0..1_i64), some(1..400_i64), any::<bool>(), prop::sample::select(vec!["open", "stalled"])).prop_map(
        |(created, responded, pause, is_open, status)| {
            let pauses: Vec<Value> = pause
                .filter(|pause| *pause < created)
                .map(|start| json!([ago(start), (!is_open).then(|| ago(start / 2))]))
                .into_iter()
                .collect();
            json!([{ "source": "rt", "id": "42", "labels": { "service": "a" }, "status": status, "created": ago(created),
                     "responded": responded.map(ago), "resolved": null, "paused": pauses,
                     "native": { "update": { "elapsed_s": 60, "remaining_s": -5, "paused": is_open } } }])
        },
    )
}

fn history() -> impl Strategy<Value = Value> {
    let entry = (prop::sample::select(vec!["a", "checkout"]), 0..5_000_i64, some(words()));
    prop::collection::vec(entry, 0..5).prop_map(|list| {
        list.into_iter()
            .map(|(node, at, severity)| json!({ "node": node, "at": ago(at), "severity": severity }))
            .collect()
    })
}

fn figures() -> impl Strategy<Value = Value> {
    (0..3_000_u32, 0..900_u32, 0..40_i64, any::<bool>()).prop_map(|(errors, ratio, age, as_text)| {
        let ratio = format!("0.{ratio:04}");
        json!({
            "objectives": { "events": { "errors": if as_text { json!(errors.to_string()) } else { json!(errors) }, "total": 1_000_000,
                                        "windows": { "5m": ratio, "1h": 0.25 },
                                        "excluded": [{ "start": ago(900), "end": ago(840), "errors": "3", "total": "900" }] } },
            "measured": { "checkout": { "actual": "4.9", "expected": 11.4, "at": ago(age) } },
            "checks": { "edge": [{ "key": "one", "value": f64::from(errors % 4) }, { "key": "two", "value": 1.5 }] },
            "spend": { "cloud": { "to_date": "14200.00" } },
        })
    })
}

fn facts() -> impl Strategy<Value = Value> {
    let lost = prop::sample::select(vec!["fresh", "late", "lost", "pending"]);
    let times = (some(0..3_000_i64), some(0..300_i64));
    (signals(), some(ticket()), some(history()), some(figures()), (lost, some(words()), any::<bool>(), times)).prop_map(
        |(signals, tickets, history, figures, (freshness, assumed, is_assumed, (covered, maintenance)))| {
            let mut facts = json!({
                "at": "2026-11-24T10:00:00Z",
                "sources": { "icinga": { "freshness": freshness, "age_s": 700, "error": null } },
                "signals": signals,
            });
            facts["tickets"] = tickets.unwrap_or_else(|| json!([]));
            facts["history"] = history.unwrap_or_else(|| json!([]));
            if let Some(Value::Object(figures)) = figures {
                facts.as_object_mut().expect("a table").extend(figures);
            }
            if let Some(covered) = covered {
                facts["covered"] = json!([[ago(covered + 500), ago(covered)], [ago(covered / 2), ago(0)]]);
            }
            if let Some(start) = maintenance {
                facts["maintenance"] =
                    json!([{ "nodes": ["a"], "start": ago(start), "end": ago(start - 120), "excluded": is_assumed }]);
                facts["changes"] = json!([{ "source": "rt", "id": "C1", "nodes": ["a"], "start": ago(start), "end": ago(start - 60) }]);
            }
            if is_assumed {
                facts["assume"] = json!({ "b": assumed.unwrap_or("unknown") });
            }
            facts
        },
    )
}

/// The same in TOML, as a person writes it: `null` is a word, a shorter list, or nothing at all.
fn in_toml(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(truth) => (*truth).into(),
        Value::String(text) => text.clone().into(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().expect("a number").into(),
        },
        Value::Array(list) => toml::Value::Array(list.iter().filter_map(in_toml).collect()),
        Value::Object(table) => {
            let is_entry = table.contains_key("node") && table.contains_key("severity");
            let unknown = |key: &str| (is_entry && key == "severity").then(|| "unknown".into());
            let entry = |(key, value): (&String, &Value)| Some((key.clone(), in_toml(value).or_else(|| unknown(key))?));
            toml::Value::Table(table.iter().filter_map(entry).collect())
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_scenario_makes_the_world_of_the_same_facts(facts in facts()) {
        let model = Model::of(map_of(TOLD));
        let world = |facts| wire::world::to_json(&evaluate(&model, facts));
        let evaluated = world(wire::facts::read(&facts.to_string(), &model.map).expect("facts as JSON"));
        let Some(toml::Value::Table(mut table)) = in_toml(&facts) else { panic!("facts are a table") };
        table.insert("name".to_owned(), "told".into());
        table.insert("expect".to_owned(), toml::Value::Table(toml::Table::new()));
        let file = toml::Table::from_iter([("scenario".to_owned(), toml::Value::Array(vec![table.into()]))]);
        let text = toml::to_string(&file).expect("TOML");
        let scenario = scenario::read(&text).expect("a scenario file").remove(0);
        let told = world(wire::facts::from_value(scenario.facts, &model.map).expect("facts as TOML"));
        prop_assert_eq!(super::live::differences("", &told, &evaluated), Vec::<String>::new(), "{}", text);
        // And the world is what the scenario may expect of itself.
        prop_assert_eq!(scenario::differences(&evaluated, &told), vec![]);
    }
}
