//! What is planned: what it would break, and what that would cost.

use bsmtop::domain::ahead::{Planned, planned};
use bsmtop::domain::span::{Instant, Span};

use super::*;

/// A pair behind a shop, and a database that has no second.
const PAIR: &str = r#"
[[process]]
id = "shop"
needs = ["api", "db"]
value = { per_hour = "1000 EUR", profile = "day" }
[[process]]
id = "stock"
needs = ["db"]
value = { per_hour = "10 EUR", loss = { critical = 0.5 } }
[[service]]
id = "api"
needs = ["a", "b"]
rule = { at_least = 1 }
[[component]]
id = "a"
match = [{ source = "prom", labels = { pod = "a" } }]
[[component]]
id = "b"
match = [{ source = "prom", labels = { pod = "b" } }]
[[component]]
id = "db"
match = [{ source = "prom", labels = { pod = "db" } }]
[[profile]]
id = "day"
tz = "UTC"
hours = { mon-sun = { "00:00-22:00" = 1, "22:00-23:00" = 0.5, "23:00-24:00" = 0.1 } }
"#;

fn maintenance(nodes: &str, start: &str, duration: &str) -> String {
    format!(
        "[[maintenance]]\nnodes = [{nodes}]\nstart = 2026-11-24T{start}:00\ntz = \"UTC\"\nduration = \"{duration}\"\n"
    )
}

fn at(time: &str) -> Instant {
    format!("2026-11-{time}:00Z").parse().expect("an instant")
}

fn planned_with(declared: &str, facts: Value) -> (World, Vec<Planned>) {
    let map = map_of(&format!("{PAIR}{declared}"));
    let facts = facts_of(&map, facts);
    let world = evaluate(&Model::of(map), facts);
    let plans = planned(&world, &[], Span::new(at("24T10:00"), at("25T10:00")));
    (world, plans)
}

fn broken(world: &World, plan: &Planned) -> Vec<(String, &'static str)> {
    plan.breaks.iter().map(|(node, severity)| (world.map.nodes[*node].id.to_string(), severity.word())).collect()
}

fn shop_is_critical() -> Vec<(String, &'static str)> {
    vec![("shop".to_owned(), "critical")]
}

#[test]
fn one_of_a_pair_breaks_nothing_and_leaves_it_one_failure_away() {
    let (world, plans) = planned_with(&maintenance("\"a\"", "22:00", "2h"), json!({}));
    assert_eq!(plans.len(), 1);
    assert_eq!((broken(&world, &plans[0]), plans[0].loss), (Vec::new(), Decimal::ZERO));
    // With it down, as it will be, the pair bears no further failure.
    let down = world_of(PAIR, json!({ "assume": { "a": "critical" } }));
    assert_eq!(
        (&down["nodes"]["shop"]["severity"], &down["nodes"]["shop"]["one_failure_away"]),
        (&json!("ok"), &json!(true))
    );
}

#[test]
fn both_of_a_pair_break_what_rests_on_it_and_the_hours_weigh() {
    let (world, plans) = planned_with(&maintenance("\"a\", \"b\"", "21:30", "2h"), json!({}));
    assert_eq!(broken(&world, &plans[0]), shop_is_critical());
    // Half an hour at 1, one at a half, half an hour at a tenth.
    assert_eq!(plans[0].loss, Decimal::from(500 + 500 + 50));
}

#[test]
fn one_beside_a_failure_of_the_other_breaks_it() {
    let failed = json!({ "signals": [signal("b", &json!({ "pod": "b" }), "critical", "none")] });
    let (world, plans) = planned_with(&maintenance("\"a\"", "12:00", "1h"), failed);
    assert_eq!((broken(&world, &plans[0]), plans[0].loss), (shop_is_critical(), Decimal::from(1000)));
    // What is down already, a plan does not break.
    let failed = json!({ "signals": [signal("d", &json!({ "pod": "db" }), "critical", "none")] });
    let (world, plans) = planned_with(&maintenance("\"db\"", "12:00", "1h"), failed);
    assert_eq!((broken(&world, &plans[0]), plans[0].loss), (Vec::new(), Decimal::ZERO));
}

/// Each half of the pair is planned apart; for an hour both are down.
#[test]
fn two_plans_that_overlap_break_together_what_neither_breaks_alone() {
    let apart = maintenance("\"a\"", "12:00", "2h") + &maintenance("\"b\"", "14:00", "2h");
    let (world, plans) = planned_with(&apart, json!({}));
    assert!(plans.iter().all(|plan| broken(&world, plan).is_empty() && plan.loss.is_zero()), "{plans:?}");
    let both = maintenance("\"a\"", "12:00", "2h") + &maintenance("\"b\"", "13:00", "2h");
    let (world, plans) = planned_with(&both, json!({}));
    for plan in &plans {
        assert_eq!((broken(&world, plan), plan.loss), (shop_is_critical(), Decimal::from(1000)));
    }
    // What one breaks by itself is not put down to the other.
    let beside = maintenance("\"db\"", "12:00", "2h") + &maintenance("\"a\"", "12:00", "2h");
    let (world, plans) = planned_with(&beside, json!({}));
    let hit: Vec<usize> = plans.iter().map(|plan| broken(&world, plan).len()).collect();
    assert_eq!((hit, plans.len()), (vec![2, 0], 2));
    assert_eq!(plans[0].loss, Decimal::from(2000 + 10));
}

/// Of a window that has begun, what is to come counts; and what has no end is no bottomless loss.
#[test]
fn what_is_to_come_of_a_window_counts() {
    let (_, plans) = planned_with(&maintenance("\"a\", \"b\"", "09:00", "2h"), json!({}));
    assert_eq!(plans[0].loss, Decimal::from(1000), "of two hours, one is over");
    let long = json!({ "changes": [{ "source": "rt", "id": "C-1", "nodes": ["db"], "start": "2026-11-24T22:00:00Z", "end": "9999-01-01T00:00:00Z" }] });
    let (world, plans) = planned_with("", long);
    assert_eq!(broken(&world, &plans[0]).len(), 2);
    assert!(plans[0].loss < Decimal::from(1_010 * 24 * 31), "{}", plans[0].loss);
}
