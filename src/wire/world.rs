//! Writes a world as JSON: what `status --json` and `eval --json` print.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::{Map as JsonMap, Value, json};

use crate::domain::map::{Map, NodeIndex};
use crate::domain::money::{Accrued, CostRange};
use crate::domain::span::{Instant, short};
use crate::domain::world::{
    Absorbed, AbsorbedWhat, AbsorbedWhy, Cause, ClockOrigin, ClockState, CreditState, NodeState, ObjectiveState,
    ProcessMoney, World,
};

/// The version of the shape.
pub const VERSION: u32 = 1;

/// A world in the shape that other programs rely on.
pub fn to_json(world: &World) -> Value {
    let map = &*world.map;
    let nodes = map.named_nodes().map(|(index, node)| (node.id.to_string(), self::node(world, index)));
    let objectives = map.objectives.iter().zip(&world.objectives);
    let spend = map.spends.iter().zip(&world.spend).map(|(spend, state)| {
        let limit = spend.limit.map(|limit| limit.value);
        let value = json!({ "node": node_id(map, spend.node), "to_date": money(state.to_date), "limit": money(limit),
            "projected": money(state.projected.map(|it| map.currency.rounded(it))), "used": money(state.used), "exhausted_on": instant(state.exhausted_on) });
        (spend.id.to_string(), value)
    });
    let customers = world.customers.iter().map(|customer| {
        let (node, state) = (&map.nodes[customer.node], &world.nodes[customer.node]);
        let value = json!({ "severity": state.interval.shown().word(), "since": instant(state.since), "tier": node.tier,
            "monthly": money(node.monthly.map(|monthly| monthly.value)), "at_risk": decimal(customer.at_risk) });
        (node.id.to_string(), value)
    });
    let sources = world.sources.iter().map(|source| {
        let value = json!({ "freshness": source.freshness.word(), "age_s": source.age.map(|age| age.num_seconds()), "error": source.error,
            "notes": source.notes, "signals": source.signals, "tickets": source.tickets });
        (source.name.to_string(), value)
    });
    let currency = map.currency.code();
    json!({
        "version": VERSION,
        "at": instant(Some(world.at)),
        "worst": world.worst.word(),
        "unknown": world.unknown,
        "cost_per_hour": { "low": decimal(world.cost_per_hour.low), "high": decimal(world.cost_per_hour.high), "currency": currency },
        "cost": { "today": accrued(map, &world.cost_today), "month": accrued(map, &world.cost_month), "since": instant(world.cost_since) },
        "nodes": nodes.collect::<JsonMap<_, _>>(),
        "causes": world.causes.iter().map(|cause| self::cause(map, cause)).collect::<Vec<_>>(),
        "objectives": objectives.map(|(objective, state)| (objective.id.to_string(), self::objective(map, objective, state))).collect::<JsonMap<_, _>>(),
        "clocks": world.clocks.iter().map(|clock| self::clock(world, clock)).collect::<Vec<_>>(),
        "customers": customers.collect::<JsonMap<_, _>>(),
        "spend": spend.collect::<JsonMap<_, _>>(),
        "unmapped": world.unmapped().map(|signal| format!("{}:{}", signal.source, signal.id)).collect::<Vec<_>>(),
        "silent": ids(map, &world.silent),
        "sources": sources.collect::<JsonMap<_, _>>(),
    })
}

fn node(world: &World, index: NodeIndex) -> Value {
    let (map, node, state) = (&*world.map, &world.map.nodes[index], &world.nodes[index]);
    let mut value = json!({
        "kind": node.kind.word(),
        "name": node.name,
        "severity": state.interval.shown().word(),
        "low": state.interval.low.word(),
        "high": state.interval.high.word(),
        "known": state.interval.is_known(),
        "handled": state.handled,
        "planned": state.planned,
        "since": instant(state.since),
        "causes": state.causes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "absorbed": state.absorbed.iter().map(|it| absorbed(map, it)).collect::<Vec<_>>(),
        "impacts": ids(map, &state.impacts),
        "margin": ids(map, &state.margin),
        "one_failure_away": state.one_failure_away,
        "single_points": ids(map, &state.single_points),
        "health": money(state.health),
        "tickets": world.tickets_of(index).map(|ticket| format!("{}:{}", ticket.source, ticket.id)).collect::<Vec<_>>(),
    });
    add_money(&mut value, map, state);
    value
}

fn add_money(value: &mut Value, map: &Map, state: &NodeState) {
    value["value_at_risk_per_hour"] = money(state.money.map(|money| money.value_at_risk));
    value["cost_per_hour"] = state.money.map_or(Value::Null, |money| {
        json!({ "low": decimal(money.rate.low), "high": decimal(money.rate.high), "method": money.method.word() })
    });
    value["cost"] = state.money.map_or(Value::Null, |money| costs(map, &money));
    value["tolerable_left_s"] = seconds(state.tolerable_left);
}

fn costs(map: &Map, money: &ProcessMoney) -> Value {
    json!({ "incident": money.incident.as_ref().map(|it| accrued(map, it)), "today": accrued(map, &money.today), "month": accrued(map, &money.month) })
}

fn absorbed(map: &Map, absorbed: &Absorbed) -> Value {
    let what = match &absorbed.what {
        AbsorbedWhat::Child(node) => node_id(map, *node),
        AbsorbedWhat::Signal(signal) => signal.to_string(),
    };
    match absorbed.why {
        AbsorbedWhy::Redundancy { up, of, left } => {
            json!({ "id": what, "why": "redundancy", "up": up, "of": of, "left": left })
        }
        AbsorbedWhy::Outweighed => json!({ "id": what, "why": "outweighed" }),
    }
}

fn cause(map: &Map, cause: &Cause) -> Value {
    json!({
        "id": cause.id.as_str(),
        "node": cause.node.map(|node| node_id(map, node)),
        "severity": cause.severity.map_or("unknown", crate::domain::severity::Severity::word),
        "handling": cause.handling.word(),
        "since": instant(cause.since),
        "summary": &*cause.summary,
        "processes": ids(map, &cause.processes),
        "share_per_hour": decimal(cause.share.low),
        "share_high_per_hour": decimal(cause.share.high),
        "fix_value_per_hour": decimal(cause.fix_value),
        "together_with": cause.together_with.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "together_value_per_hour": decimal(cause.together_value),
        "tickets": cause.tickets.iter().map(|it| &**it).collect::<Vec<_>>(),
        "recent_changes": cause.recent_changes.iter().map(|it| &**it).collect::<Vec<_>>(),
    })
}

fn objective(map: &Map, objective: &crate::domain::map::Objective, state: &ObjectiveState) -> Value {
    let burn = state.burn.iter().map(|(window, rate)| (short(*window), money(*rate)));
    json!({
        "node": node_id(map, objective.node),
        "target": decimal(objective.target),
        "attained": money(state.attained),
        "felt": money(state.felt),
        "coverage": decimal(state.coverage),
        "budget_remaining": money(state.budget_remaining),
        "burn": burn.collect::<JsonMap<_, _>>(),
        "exhausted_in_s": seconds(state.exhausted_in),
        "alert": state.alert.map(crate::domain::map::Alert::word),
        "credit": state.credit.as_ref().map(|it| credit(map, it)),
        "window": { "start": instant(Some(state.window.start)), "end": instant(Some(state.window.end)) },
        "state": state.state.word(),
        "method": state.method,
        "exclusions": state.exclusions,
        "notes": state.notes,
    })
}

fn credit(map: &Map, credit: &CreditState) -> Value {
    let customers =
        credit.by_customer.iter().map(|(node, money)| (node_id(map, *node), Value::String(decimal(*money))));
    json!({ "certain": decimal(credit.certain), "now": decimal(credit.now), "projected": decimal(credit.projected),
        "at_risk": decimal(credit.at_risk), "next_tier_in_s": seconds(credit.next_tier_in), "customers": customers.collect::<JsonMap<_, _>>() })
}

fn clock(world: &World, clock: &ClockState) -> Value {
    let ticket = &world.tickets[clock.ticket].item;
    let origin = match &clock.origin {
        ClockOrigin::Local => "local",
        ClockOrigin::Native(source) => source.as_str(),
    };
    json!({
        "ticket": format!("{}:{}", ticket.source, ticket.id),
        "goal": clock.goal.word(),
        "target_s": clock.target.num_seconds(),
        "elapsed_s": clock.elapsed.num_seconds(),
        "remaining_s": clock.remaining.num_seconds(),
        "due": instant(clock.due),
        "paused": clock.paused,
        "open": clock.open,
        "breached": clock.breached,
        "done": instant(clock.done),
        "origin": origin,
    })
}

fn accrued(map: &Map, accrued: &Accrued) -> Value {
    let CostRange { low, high } = accrued.cost;
    json!({ "low": decimal(map.currency.rounded(low)), "high": decimal(map.currency.rounded(high)), "coverage": decimal(accrued.coverage) })
}

fn ids(map: &Map, nodes: &[NodeIndex]) -> Vec<String> {
    nodes.iter().map(|node| node_id(map, *node)).collect()
}

fn node_id(map: &Map, node: NodeIndex) -> String {
    map.nodes[node].id.to_string()
}

/// A decimal without an exponent and without zeros at its end.
fn decimal(number: Decimal) -> String {
    number.normalize().to_string()
}

fn money(number: Option<Decimal>) -> Value {
    number.map_or(Value::Null, |number| Value::String(decimal(number)))
}

fn seconds(span: Option<TimeDelta>) -> Value {
    span.map_or(Value::Null, |span| json!(span.num_seconds()))
}

fn instant(at: Option<Instant>) -> Value {
    at.map_or(Value::Null, |at| Value::String(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)))
}
