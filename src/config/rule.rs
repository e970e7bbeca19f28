//! Rules and edges: the keys of `rule`, of groups, and of entries in `needs`.

use rust_decimal::Decimal;

use super::names::Scope;
use super::reader::Table;
use super::scalar;
use crate::domain::rule::{Edge, Quantity, Reach, Rule, ShareRow};
use crate::domain::severity::Severity;

/// The keys of which a rule has one.
const RULES: [&str; 8] = ["nth_worst", "nth_best", "at_least", "share", "exponential", "points", "not", "exactly"];

/// Whether a table has a rule other than points.
pub(super) fn has_rule_beside_points(table: Table<'_>) -> bool {
    RULES.iter().any(|key| *key != "points" && table.has(key))
}

/// Reads the one rule of a table; `with_points` says whether its `points` are a rule's.
pub(super) fn read(table: Table<'_>, with_points: bool, scope: &Scope<'_>) -> Rule {
    let findings = scope.findings;
    let here: Vec<&str> = RULES.into_iter().filter(|key| table.has(key) && (*key != "points" || with_points)).collect();
    if let [first, second, ..] = here.as_slice() {
        let message = format!("`{first}` and `{second}` are two rules");
        findings.error(table.at_key(second), message, "one node, one rule: put the other into a group of its own");
    }
    for key in ["warn", "down"] {
        if let (Some(item), false) = (table.get(key), table.has("at_least")) {
            findings.error(item.at, format!("`{key}` goes with `at_least` only"), "");
        }
    }
    let count = |key: &str, least| table.read(key, |value| scalar::count(value, least));
    let rule = match here.first().copied() {
        Some("nth_worst") => count("nth_worst", 1).map(Rule::NthWorst),
        Some("nth_best") => count("nth_best", 1).map(Rule::NthBest),
        Some("at_least") => at_least(table, scope),
        Some("share") => Some(share(table, scope)),
        Some("exponential") => count("exponential", 2).map(Rule::Exponential),
        Some("points") => points(table, scope),
        Some("not") => table.flag("not").then_some(Rule::Not),
        Some("exactly") => count("exactly", 0).map(Rule::Exactly),
        _ => None,
    };
    rule.unwrap_or_default()
}

fn at_least(table: Table<'_>, scope: &Scope<'_>) -> Option<Rule> {
    let need = table.read("at_least", scalar::quantity)?;
    let warn = table.read("warn", scalar::quantity);
    let not_less = match (need, warn) {
        (Quantity::Count(need), Some(Quantity::Count(warn))) => warn >= need,
        (Quantity::Percent(need), Some(Quantity::Percent(warn))) => warn >= need,
        _ => false,
    };
    if not_less {
        let hint = "at_least says how many are ok, warn how many fewer are only a warning";
        scope.findings.error(table.at_key("warn"), "`warn` must be less than `at_least`", hint);
    }
    let down = table.read("down", scalar::severity).unwrap_or(Severity::Warning);
    Some(Rule::AtLeast { need, warn, down })
}

fn share(table: Table<'_>, scope: &Scope<'_>) -> Rule {
    let mut rows = Vec::new();
    for row in table.tables("share") {
        let reach = match (row.read("reach", scalar::quantity), row.read("weight", scalar::weight)) {
            (Some(Quantity::Percent(percent)), None) => Some(Reach::Percent(percent)),
            (Some(Quantity::Count(count)), None) => Some(Reach::Count(count)),
            (None, Some(weight)) => Some(Reach::Weight(weight)),
            _ if row.has("reach") != row.has("weight") => None, // malformed, and reported
            _ => {
                let hint = "reach = \"50%\" of the weight, reach = 2 children, or weight = 150 of the sum of weights";
                scope.findings.error(row.at, "a row of `share` has exactly one of `reach` and `weight`", hint);
                None
            }
        };
        let (Some(reach), Some(at)) = (reach, row.read("at", scalar::severity)) else { continue };
        rows.push(ShareRow { reach, at, gives: row.read("gives", scalar::severity).unwrap_or(at) });
    }
    if table.list("share").next().is_none() {
        let hint = "share = [{ reach = \"50%\", at = \"major\" }]";
        scope.findings.warning(table.at_key("share"), "`share` has no rows, so the result is always ok", hint);
    }
    Rule::Share(rows)
}

fn points(table: Table<'_>, scope: &Scope<'_>) -> Option<Rule> {
    let bounds = table.read("points", scalar::severity_points)?;
    if table.table("points").is_some_and(|bounds| bounds.entries().is_empty()) {
        scope.findings.error(
            table.at_key("points"),
            "`points` has no bounds",
            "points = { warning = 80, critical = 50 }",
        );
    }
    if let Some(pair) = bounds.windows(2).find(|pair| pair[0].1 <= pair[1].1) {
        let message =
            format!("the health that gives {} is not above that of {}, so it never shows", pair[0].0, pair[1].0);
        scope.findings.warning(table.at_key("points"), message, "bounds fall as severity rises");
    }
    Some(Rule::Points(bounds))
}

/// Reads the edge keys of a table; `with_points` says whether its `points` are the edge's.
pub(super) fn edge(table: Table<'_>, with_points: bool, scope: &Scope<'_>) -> Edge {
    let shift = table.read("shift", scalar::shift).unwrap_or(0);
    let (cap, set) = (table.read("cap", scalar::severity), table.read("set", scalar::severity));
    let map = table.table("map").map(|map| severity_map(map, scope));
    Edge {
        weight: table.read("weight", scalar::weight).unwrap_or(Decimal::ONE),
        ignore: table.flag("ignore"),
        seen: Edge::table(shift, cap, set, map),
        points: if with_points { edge_points(table, scope) } else { Edge::default().points },
    }
}

/// Every severity as another; what is not named stays.
fn severity_map(table: Table<'_>, scope: &Scope<'_>) -> [Severity; 7] {
    let mut map = Severity::ALL;
    for entry in table.entries() {
        if let (Some(from), Some(to)) = (Severity::parse(entry.key), entry.item.read(scalar::severity)) {
            map[usize::from(from.level())] = to;
        }
    }
    if let Some(level) = map.windows(2).position(|pair| pair[0] > pair[1]) {
        let (lower, higher) = (Severity::ALL[level], Severity::ALL[level + 1]);
        let message = format!("this map falls: {lower} becomes {}, and {higher} only {}", map[level], map[level + 1]);
        scope.findings.error(
            table.at,
            message,
            "a worse child must not look better; severities that are not named stay",
        );
    }
    map
}

fn edge_points(table: Table<'_>, scope: &Scope<'_>) -> [Decimal; 7] {
    let Some(listed) = table.read("points", scalar::severity_points) else { return Edge::default().points };
    let points = Edge::points_of(&listed);
    if let Some(level) = points.windows(2).position(|pair| pair[0] > pair[1]) {
        let (lower, higher) = (Severity::ALL[level], Severity::ALL[level + 1]);
        let message =
            format!("these points fall: {lower} costs {}, and {higher} only {}", points[level], points[level + 1]);
        scope.findings.error(table.at_key("points"), message, "a worse child must not cost less");
    }
    points
}
