//! What must be fixed together: against every set of signals that could be cleared.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

const WORDS: [&str; 4] = ["warning", "minor", "major", "critical"];
const RULES: [&str; 7] = [
    "",
    "rule = { at_least = 1 }",
    "rule = { at_least = 2 }",
    "rule = { nth_worst = 2 }",
    "rule = { exponential = 2 }",
    "rule = { share = [{ reach = \"50%\", at = \"minor\" }] }",
    "rule = { points = { minor = 80, major = 50, critical = 20 } }",
];

fn component(id: &str) -> String {
    format!("[[component]]\nid = \"{id}\"\nmatch = [{{ source = \"prom\", labels = {{ pod = \"{id}\" }} }}]\n")
}

/// Two processes over two services over four leaves, each under one of the rules.
fn map_with(rules: [usize; 4]) -> String {
    let mut text: String = (0..4).map(|leaf| component(&format!("c{leaf}"))).collect();
    let points =
        |id: &str| format!("{{ id = \"{id}\", points = {{ warning = 10, minor = 25, major = 40, critical = 60 }} }}");
    let nodes = [
        ("service", "s0", ["c0", "c1", "c2"], ""),
        ("service", "s1", ["c1", "c2", "c3"], ""),
        ("process", "p0", ["s0", "s1", "c3"], "value = { per_hour = \"100 EUR\", loss = { warning = 0.02 } }\n"),
        ("process", "p1", ["s1", "c0", "c2"], "value = { per_hour = \"10 EUR\" }\n"),
    ];
    for ((kind, id, needs, value), rule) in nodes.into_iter().zip(rules) {
        let needs =
            if RULES[rule].contains("points") { needs.map(points) } else { needs.map(|id| format!("\"{id}\"")) };
        let _ = writeln!(text, "[[{kind}]]\nid = \"{id}\"\nneeds = [{}]\n{}\n{value}", needs.join(", "), RULES[rule]);
    }
    text
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().expect("text").parse().expect("a decimal")
}

fn lost(map: &Arc<Map>, model: &Model, signals: &[Value], without: &BTreeSet<String>) -> Decimal {
    let left: Vec<&Value> = signals
        .iter()
        .filter(|signal| !without.contains(&format!("prom:{}", signal["id"].as_str().expect("an id"))))
        .collect();
    evaluate(model, facts_of(map, json!({ "signals": left }))).cost_per_hour.low
}

/// A second failure that was outweighed comes to the fore when the first is fixed, and has to go with it.
#[test]
fn what_was_absorbed_comes_to_the_fore_and_is_offered() {
    let text = "[[process]]\nid = \"shop\"\nneeds = [\"s\"]\nvalue = { per_hour = \"1000 EUR\" }\n\
                [[service]]\nid = \"s\"\nneeds = [\"c0\", \"c1\"]\n"
        .to_owned()
        + &component("c0")
        + &component("c1");
    let signals = json!([
        signal("a", &json!({ "pod": "c0" }), "critical", "none"),
        signal("b", &json!({ "pod": "c1" }), "major", "none"),
        signal("c", &json!({ "pod": "c1" }), "minor", "none"),
    ]);
    let world = world_of(&text, json!({ "signals": signals }));
    assert_eq!(world["causes"].as_array().map(Vec::len), Some(1), "one makes it critical");
    let cause = &world["causes"][0];
    assert_eq!((&cause["share_per_hour"], &cause["fix_value_per_hour"]), (&json!("1000"), &json!("500")));
    assert_eq!(cause["together_with"], json!(["prom:b", "prom:c"]));
    assert_eq!(cause["together_value_per_hour"], "1000");
}

/// A flood on one leaf: nobody is told to fix hundreds at once, and looking for it is not what the time goes to.
#[test]
fn a_flood_on_one_leaf_has_no_together() {
    let text = "[[process]]\nid = \"shop\"\nneeds = [\"c0\"]\nvalue = { per_hour = \"1000 EUR\" }\n".to_owned()
        + &component("c0");
    let signals: Vec<Value> =
        (0..400).map(|number| signal(&format!("a{number}"), &json!({ "pod": "c0" }), "critical", "none")).collect();
    let world = world_of(&text, json!({ "signals": signals }));
    let causes = world["causes"].as_array().expect("a list");
    assert_eq!(causes.len(), 400);
    for cause in causes {
        assert_eq!((&cause["fix_value_per_hour"], &cause["together_with"]), (&json!("0"), &json!([])));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn a_cause_with_what_goes_with_it_returns_its_share(
        rules in [0..7_usize, 0..7, 0..7, 0..7],
        said in proptest::collection::vec((0..4_usize, 0..4_usize), 1..7),
    ) {
        let text = map_with(rules);
        let map = map_of(&text);
        let model = Model::of(map.clone());
        let signals: Vec<Value> = said
            .iter()
            .enumerate()
            .map(|(number, (pod, severity))| {
                signal(&format!("s{number}"), &json!({ "pod": format!("c{pod}") }), WORDS[*severity], "none")
            })
            .collect();
        let now = lost(&map, &model, &signals, &BTreeSet::new());
        let world = wire::world::to_json(&evaluate(&model, facts_of(&map, json!({ "signals": signals }))));
        for cause in world["causes"].as_array().expect("a list") {
            let id = cause["id"].as_str().expect("an id").to_owned();
            let mut cleared: BTreeSet<String> = BTreeSet::from([id.clone()]);
            prop_assert_eq!(decimal(&cause["fix_value_per_hour"]), now - lost(&map, &model, &signals, &cleared), "{}", &id);
            let with = cause["together_with"].as_array().expect("a list");
            cleared.extend(with.iter().map(|id| id.as_str().expect("an id").to_owned()));
            let (share, together) = (decimal(&cause["share_per_hour"]), decimal(&cause["together_value_per_hour"]));
            prop_assert_eq!(together, now - lost(&map, &model, &signals, &cleared), "{}", &id);
            // Clearing everything returns everything under these rules, so something always does.
            let best = (0..1_u32 << signals.len())
                .map(|set| {
                    let chosen = (0..signals.len()).filter(|number| set >> number & 1 == 1);
                    chosen.map(|number| format!("prom:s{number}")).chain([id.clone()]).collect()
                })
                .map(|cleared| now - lost(&map, &model, &signals, &cleared))
                .max();
            prop_assert!(best.is_some_and(|best| best < share) || together >= share, "{}: {} of {}\n{}", id, together, share, text);
            // None of them is there for nothing.
            for one in with {
                let mut fewer = cleared.clone();
                fewer.remove(one.as_str().expect("an id"));
                prop_assert!(now - lost(&map, &model, &signals, &fewer) < together, "{}: {} is not needed", id, one);
            }
        }
    }
}
