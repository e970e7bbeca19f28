//! Causes, what they share, and what is absorbed.

use std::fmt::Write as _;

use bsmtop::domain::explain::explain;
use bsmtop::domain::map::Kind;
use proptest::prelude::*;

use super::*;

/// A source that has yet to answer makes unknown, and is no cause that anybody should look at.
#[test]
fn a_pending_source_is_unknown_in_silence() {
    let world =
        world_of(SHOP, json!({ "sources": { "prom": { "freshness": "pending" } }, "signals": [scanner_works()] }));
    let checkout = &world["nodes"]["checkout"];
    assert_eq!((&checkout["severity"], &checkout["causes"]), (&json!("unknown"), &json!([])));
    assert_eq!(world["causes"], json!([]));
}

#[test]
fn what_is_absorbed_is_counted_by_the_line_of_the_rule() {
    let major = SHOP.replace("at_least = 1", "at_least = 1, down = \"major\"");
    let signals = json!([
        signal("a", &json!({ "pod": "1" }), "critical", "none"),
        signal("b", &json!({ "pod": "2" }), "warning", "none"),
        scanner_works(),
    ]);
    let world = world_of(&major, json!({ "signals": signals }));
    let absorbed = &world["nodes"]["payments"]["absorbed"];
    assert_eq!(absorbed[0], json!({ "id": "pay-api-1", "why": "redundancy", "up": 1, "of": 2, "left": 0 }));
    let ignored = SHOP
        .replace("of = [\"pay-api-1\", \"pay-api-2\"]", "of = [{ id = \"pay-api-1\", ignore = true }, \"pay-api-2\"]");
    let signals = json!([signal("a", &json!({ "pod": "1" }), "critical", "none"), scanner_works()]);
    let world = world_of(&ignored, json!({ "signals": signals }));
    assert_eq!(world["nodes"]["payments"]["absorbed"], json!([{ "id": "pay-api-1", "why": "outweighed" }]));
}

#[test]
fn a_shortfall_stands_beside_what_is_unknown() {
    let measured = SHOP.replace("[process.value]\nper_hour = \"42000 EUR\"", "[process.value]\nper_hour = \"42000 EUR\"\n[process.measured]\nsource = \"prom\"\nactual = \"a\"\nexpected = \"e\"\nper = \"minute\"\nunit_value = \"61.40 EUR\"\ntolerance = \"10%\"\n");
    let facts = json!({ "signals": [scanner_works()], "sources": { "prom": { "freshness": "lost" } }, "measured": { "checkout": { "actual": "4.9", "expected": "11.4", "at": "2026-11-24T09:59:50Z" } } });
    let world = world_of(&measured, facts);
    assert_eq!(world["nodes"]["checkout"]["causes"], json!(["unexplained:checkout", "source:prom"]));
}

/// Cost rates compare by band (21,000 and 20,000 an hour are alike), then the severity decides.
#[test]
fn causes_stand_in_the_order_of_attention() {
    let mut text = String::new();
    for (id, value) in [("p1", 20_000), ("p2", 21_000)] {
        let _ = write!(
            text,
            "[[component]]\nid = \"c{id}\"\nmatch = [{{ source = \"prom\", labels = {{ pod = \"{id}\" }} }}]\n"
        );
        let _ = write!(
            text,
            "[[process]]\nid = \"{id}\"\nneeds = [\"c{id}\"]\nvalue = {{ per_hour = \"{value} EUR\", loss = {{ major = 1 }} }}\n"
        );
    }
    text += "[[process]]\nid = \"both\"\nneeds = [\"cp1\", \"cp2\"]\nrule = { at_least = 2 }\n";
    let signals = [
        signal("a", &json!({ "pod": "p2" }), "major", "none"),
        signal("b", &json!({ "pod": "p1" }), "critical", "none"),
    ];
    let world = world_of(&text, json!({ "signals": signals }));
    let ids: Vec<&Value> = world["causes"].as_array().expect("a list").iter().map(|cause| &cause["id"]).collect();
    assert_eq!(ids, ["prom:b", "prom:a"]);
    assert_eq!(world["nodes"]["both"]["causes"], json!(["prom:b", "prom:a"]));
}

const WORDS: [&str; 7] = ["ok", "unclassified", "info", "warning", "minor", "major", "critical"];

fn signals() -> impl Strategy<Value = Vec<Value>> {
    let one = (0_usize..4, 0_usize..7, prop::sample::select(vec!["none", "acknowledged", "maintenance"]));
    prop::collection::vec(one, 0..7).prop_map(|list| {
        let labels = [json!({ "role": "db" }), json!({ "pod": "1" }), json!({ "pod": "2" })];
        let signal = |(number, (which, severity, handling)): (usize, (usize, usize, &str))| match labels.get(which) {
            Some(labels) => signal(&format!("s{number}"), labels, WORDS[severity], handling),
            None => json!({ "source": "icinga", "id": format!("s{number}"), "labels": { "host": "scan1" }, "severity": WORDS[severity], "handling": handling }),
        };
        list.into_iter().enumerate().map(signal).collect()
    })
}

fn shops() -> impl Strategy<Value = String> {
    let rules = [
        "at_least = 1",
        "at_least = 2",
        "nth_worst = 2",
        "exponential = 2",
        "exactly = 2",
        "share = [{ reach = \"50%\", at = \"minor\" }]",
    ];
    prop::sample::select(rules.to_vec()).prop_map(|rule| SHOP.replace("at_least = 1", rule))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shares_add_up_to_the_cost_rate(shop in shops(), signals in signals()) {
        let world = world_of(&shop, json!({ "signals": signals }));
        let decimal = |value: &Value| value.as_str().expect("text").parse::<Decimal>().expect("a decimal");
        let causes = world["causes"].as_array().expect("a list");
        for (share, rate) in [("share_per_hour", "low"), ("share_high_per_hour", "high")] {
            let sum: Decimal = causes.iter().map(|cause| decimal(&cause[share])).sum();
            prop_assert_eq!(sum, decimal(&world["cost_per_hour"][rate]));
        }
    }

    #[test]
    fn a_handled_node_has_no_cause_that_nobody_handles(shop in shops(), signals in signals()) {
        let world = world_of(&shop, json!({ "signals": signals }));
        let causes = world["causes"].as_array().expect("a list");
        let handling = |id: &Value| causes.iter().find(|cause| cause["id"] == *id).map(|cause| cause["handling"].clone());
        for (id, node) in world["nodes"].as_object().expect("a table") {
            for cause in node["causes"].as_array().expect("a list") {
                let handling = handling(cause);
                prop_assert!(node["handled"] != true || handling != Some(json!("none")), "{}: {}", id, cause);
                prop_assert!(node["planned"] != true || handling == Some(json!("maintenance")) || handling.is_none(), "{}: {}", id, cause);
            }
            prop_assert!(node["planned"] != true || node["handled"] == true);
        }
    }

    /// What the explanation names as deciding is what has an impact on the node: no other child, and no other end.
    #[test]
    fn the_explanation_names_the_contributing_children(shop in shops(), signals in signals()) {
        let map = map_of(&shop);
        let world = evaluate(&Model::of(map.clone()), facts_of(&map, json!({ "signals": signals })));
        for (index, _) in map.named_nodes() {
            let (mut deciding, mut group_decides) = (Vec::new(), true);
            let mut children = Vec::new();
            for child in explain(&world, index).children {
                if map.nodes[child.node].kind == Kind::Group {
                    group_decides = child.decides;
                    continue;
                }
                children.push(child.node);
                if child.decides && (child.depth == 0 || group_decides) {
                    deciding.push(child.node);
                }
            }
            let hits: Vec<usize> = children.into_iter().filter(|child| world.nodes[*child].impacts.contains(&index)).collect();
            prop_assert_eq!(deciding, hits, "{}", map.nodes[index].id);
        }
    }
}
