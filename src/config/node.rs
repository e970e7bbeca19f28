//! Nodes: what all have, and what a process or customer has beside.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use toml::de::DeValue;

use super::names::Scope;
use super::reader::{Item, Table};
use super::{hours, nearest, rule, scalar};
use crate::domain::id::NodeId;
use crate::domain::map::{Check, Kind, Measured, Node, Profile, Value};
use crate::domain::matcher::{LabelTest, Matcher};
use crate::domain::money::Amount;
use crate::domain::rule::Rule;
use crate::domain::severity::Severity;

/// Hours of a mean year.
const HOURS_A_YEAR: i64 = 8766;

/// A node of which only its id and kind are known.
pub(super) fn unnamed(id: String, kind: Kind) -> Node {
    Node {
        name: id.clone(),
        id: NodeId::from(id),
        kind,
        owner: None,
        contact: None,
        runbook: None,
        links: Vec::new(),
        tags: Vec::new(),
        needs: Vec::new(),
        rule: Rule::Worst,
        matches: Vec::new(),
        tickets: Vec::new(),
        check: None,
        manual: false,
        value: None,
        measured: None,
        tolerable: None,
        includes: Vec::new(),
        tier: None,
        monthly: None,
    }
}

/// Reads a node, all but its needs.
pub(super) fn read<'a>(kind: Kind, table: Table<'a>, profiles: &[Profile], scope: &Scope<'a>) -> Node {
    let id = table.text("id").unwrap_or_default();
    let node = Node {
        name: table.text("name").unwrap_or(id).to_owned(),
        owner: table.string("owner"),
        contact: table.string("contact"),
        runbook: table.string("runbook"),
        links: table.get("links").map(links).unwrap_or_default(),
        tags: table.strings("tags"),
        rule: table.table("rule").map(|table| rule::read(table, true, scope)).unwrap_or_default(),
        matches: table.tables("match").filter_map(|table| matcher(table, scope)).collect(),
        tickets: table.tables("tickets").filter_map(|table| matcher(table, scope)).collect(),
        check: table.table("check").and_then(|table| check(table, scope)),
        manual: table.has("manual"),
        value: table.table("value").and_then(|table| value(table, profiles, scope)),
        measured: table.table("measured").and_then(|table| measured(table, scope)),
        tolerable: table.read("tolerable", scalar::duration),
        includes: table.list("includes").filter_map(|item| scope.process(item)).collect(),
        tier: table.string("tier"),
        monthly: scope.amount(table, "monthly"),
        ..unnamed(id.to_owned(), kind)
    };
    let has = |key: &str| table.get(key).is_some_and(|item| !item.value.is_array() || item.list().next().is_some());
    let stated = ["needs", "match", "check", "manual"].into_iter().any(has);
    if !stated && !table.entries().iter().any(|entry| may_mean_a_state(entry.key)) {
        let message = format!("`{id}` has neither `needs`, `match`, `check` nor `manual`: nothing says how it is");
        scope.findings.error(table.at, message, "say where its state comes from, or manual = \"ok\"");
    }
    if let (Some(item), false, false) = (table.get("rule"), has("needs"), table.has("check")) {
        let hint = "a rule is over what a node needs, or over the series of its check";
        scope.findings.error(item.at, "a rule without needs", hint);
    }
    node
}

/// Whether a key is a misspelt one that says where a state comes from; that is reported already.
fn may_mean_a_state(key: &str) -> bool {
    let keys = ["needs", "match", "check", "manual"];
    !keys.contains(&key) && !["name", "tags"].contains(&key) && nearest::nearest(key, keys).is_some()
}

fn links(item: Item<'_>) -> Vec<(String, String)> {
    match item.value {
        DeValue::Table(_) => item.table().map(Table::pairs).unwrap_or_default(),
        _ => item.list().filter_map(Item::text).map(|link| (link.to_owned(), link.to_owned())).collect(),
    }
}

fn matcher<'a>(table: Table<'a>, scope: &Scope<'a>) -> Option<Matcher> {
    let labels = table.table("labels").map(label_tests).unwrap_or_default();
    Some(Matcher { source: scope.source(table)?, labels, severity: table.read("severity", scalar::severity) })
}

/// The tests of a table of labels and patterns.
pub(super) fn label_tests(table: Table<'_>) -> Vec<LabelTest> {
    let test = |entry: super::reader::Entry<'_>| {
        Some(LabelTest { key: entry.key.to_owned(), pattern: entry.item.read(scalar::pattern)? })
    };
    table.entries().into_iter().filter_map(test).collect()
}

fn check<'a>(table: Table<'a>, scope: &Scope<'a>) -> Option<Check> {
    let conditions = Severity::ALL.into_iter().rev().filter(|severity| *severity != Severity::Ok);
    let bounds: Vec<_> =
        conditions.filter_map(|severity| Some((severity, table.read(severity.word(), scalar::bound)?))).collect();
    if Severity::ALL.iter().all(|severity| !table.has(severity.word())) {
        scope.findings.error(table.at, "this check has no condition", "say when it is bad, such as critical = \"< 1\"");
    }
    Some(Check { source: scope.source(table)?, query: table.string("query")?, each: table.string("each"), bounds })
}

fn value<'a>(table: Table<'a>, profiles: &[Profile], scope: &Scope<'a>) -> Option<Value> {
    let profile = scope.profile(table);
    let loss = loss(table, scope);
    if table.has("per_hour") == table.has("per_year") {
        let hint = "per_hour = \"42000 EUR\" at profile weight 1, or per_year";
        scope.findings.error(table.at, "a value has exactly one of `per_hour` and `per_year`", hint);
        return None;
    }
    let per_hour = match scope.amount(table, "per_year") {
        Some(per_year) => {
            let weight = profile.and_then(|index| profiles.get(index)).map_or(Decimal::ONE, hours::mean_weight);
            let Some(value) = per_year.value.checked_div(Decimal::from(HOURS_A_YEAR) * weight) else {
                let message = "this profile has no hours with weight, so a value a year has no hour to stand in";
                scope.findings.error(table.at_key("profile"), message, "give some hours a weight above 0");
                return None;
            };
            Amount { value, ..per_year }
        }
        None => scope.amount(table, "per_hour")?,
    };
    Some(Value { per_hour, profile, loss })
}

/// The share lost at each severity: what is listed over the default.
fn loss(table: Table<'_>, scope: &Scope<'_>) -> [Decimal; 7] {
    let mut loss = [Decimal::ZERO; 7];
    loss[4] = Decimal::new(1, 1);
    loss[5] = Decimal::new(5, 1);
    loss[6] = Decimal::ONE;
    let Some(listed) = table.table("loss") else { return loss };
    for entry in listed.entries() {
        if let (Some(severity), Some(share)) = (Severity::parse(entry.key), entry.item.read(scalar::share)) {
            loss[usize::from(severity.level())] = share;
        }
    }
    if let Some(level) = loss.windows(2).position(|pair| pair[0] > pair[1]) {
        let (lower, higher) = (Severity::ALL[level], Severity::ALL[level + 1]);
        let message = format!("this loss falls: {} at {lower}, and only {} at {higher}", loss[level], loss[level + 1]);
        let hint = "what is not listed keeps its default: minor 0.1, major 0.5, critical 1, lower 0";
        scope.findings.error(listed.at, message, hint);
    }
    loss
}

fn measured<'a>(table: Table<'a>, scope: &Scope<'a>) -> Option<Measured> {
    let per = match table.text("per")? {
        "second" => TimeDelta::seconds(1),
        "minute" => TimeDelta::minutes(1),
        "hour" => TimeDelta::hours(1),
        "day" => TimeDelta::days(1),
        _ => return None,
    };
    Some(Measured {
        source: scope.source(table)?,
        actual: table.string("actual")?,
        expected: table.string("expected")?,
        per,
        unit_value: scope.amount(table, "unit_value")?,
        tolerance: table.read("tolerance", scalar::ratio).unwrap_or(Decimal::ZERO),
    })
}
