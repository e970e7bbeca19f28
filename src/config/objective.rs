//! `[[objective]]`: targets, windows, indicators, alert rows, credits.

use chrono::{TimeDelta, Weekday};
use rust_decimal::Decimal;

use super::names::Scope;
use super::reader::{Item, Table};
use super::{query, scalar};
use crate::domain::id::ObjectiveId;
use crate::domain::map::{Alert, AlertRow, Credit, Goal, Indicator, Method, Objective, Window};

/// The keys of which an objective has one; `total` goes with the first two.
const INDICATORS: [&str; 7] = ["good", "errors", "up", "state", "sloth", "pyrra", "tickets"];
/// The length of a slice where nothing else is said.
const SLICE: TimeDelta = TimeDelta::minutes(5);
/// Share of the budget in hundredths, hours of the long window, alert: the rows that hold where none are given.
const STANDARD_ROWS: [(i64, i64, Alert); 4] =
    [(2, 1, Alert::Page), (5, 6, Alert::Page), (10, 24, Alert::Ticket), (10, 72, Alert::Ticket)];

/// Reads an objective; without one where what it cannot do without is wrong.
pub(super) fn read<'a>(table: Table<'a>, scope: &Scope<'a>) -> Option<Objective> {
    let node = table.get("node").and_then(|item| scope.node(item));
    let (calendar, source) = (scope.calendar(table), scope.source(table));
    let (target, window) = (table.read("target", scalar::target), table.read("window", scalar::window));
    let indicator = indicator(table, scope);
    let (method, resolution) = method(table, scope);
    let alerts = table.get("alerts").map(|_| alerts(table, scope));
    if let (Some(target), Some(window)) = (target, window) {
        match &alerts {
            Some(rows) => warn_of_rows(table, rows, target, window, scope),
            None => warn_of_standard_rows(table, target, window, scope),
        }
    }
    let credit = table.table("credit").map(|credit| read_credit(credit, scope));
    if let (Some(item), Some(Window::Rolling(_))) = (table.get("credit"), window) {
        let hint = "window = \"month\", \"quarter\" or \"year\": a contract is settled at the end of one";
        scope.findings.error(item.at, "a credit needs a calendar window", hint);
    }
    Some(Objective {
        id: ObjectiveId::from(table.text("id").unwrap_or_default()),
        node: node?,
        target: target?,
        window: window?,
        tz: scope.zone(table),
        week_starts: table.read("week_starts", scalar::weekday).unwrap_or(Weekday::Mon),
        calendar,
        indicator: indicator?,
        source,
        method,
        resolution,
        alerts,
        min_events: table.read("min_events", scalar::decimal),
        credit,
    })
}

fn indicator(table: Table<'_>, scope: &Scope<'_>) -> Option<Indicator> {
    let findings = scope.findings;
    let here: Vec<&str> = INDICATORS.into_iter().filter(|key| table.has(key)).collect();
    let [key] = here.as_slice() else {
        let hint = "good + total, errors + total, up, state, sloth, pyrra or tickets";
        match here.as_slice() {
            [_, second, ..] => {
                let message = format!("`{}` and `{second}` are two indicators; an objective has one", here[0]);
                findings.error(table.at_key(second), message, hint);
            }
            _ => findings.error(table.at, "this objective has no indicator", hint),
        }
        return None;
    };
    let counts = matches!(*key, "good" | "errors");
    if counts != table.has("total") {
        let at = if counts { table.at_key(key) } else { table.at_key("total") };
        findings.error(
            at,
            format!("`{key}` {} `total`", if counts { "needs" } else { "has no" }),
            "good + total, or errors + total",
        );
    }
    let needs_source = !matches!(*key, "state" | "tickets");
    if needs_source && !table.has("source") {
        findings.error(
            table.at_key(key),
            format!("`{key}` needs a `source` that is asked"),
            "source = \"…\": the name of a source",
        );
    }
    if counts {
        [key, "total"]
            .into_iter()
            .filter_map(|key| table.get(key))
            .for_each(|item| query::check_count(item, scope.findings));
    }
    match *key {
        "good" => Some(Indicator::Good { good: table.string("good")?, total: table.string("total")? }),
        "errors" => Some(Indicator::Errors { errors: table.string("errors")?, total: table.string("total")? }),
        "up" => table.string("up").map(Indicator::Up),
        "state" => table.read("state", scalar::severity).map(Indicator::State),
        "sloth" => table.string("sloth").map(Indicator::Sloth),
        "pyrra" => table.string("pyrra").map(Indicator::Pyrra),
        _ => {
            let goals = [Goal::Respond, Goal::Update, Goal::Resolve];
            goals.into_iter().find(|goal| Some(goal.word()) == table.text("tickets")).map(Indicator::Tickets)
        }
    }
}

/// What is counted, and the length of the stretches that the store is asked for.
fn method(table: Table<'_>, scope: &Scope<'_>) -> (Method, TimeDelta) {
    let findings = scope.findings;
    let resolution = table.read("resolution", scalar::duration);
    if table.text("method") != Some("slices") {
        for item in ["slice", "slice_target"].iter().filter_map(|key| table.get(key)) {
            findings.error(
                item.at,
                "this goes with method = \"slices\" only",
                "an objective of events is cut by `resolution`",
            );
        }
        return (Method::Events, resolution.unwrap_or(SLICE));
    }
    for key in ["slice", "slice_target"].into_iter().filter(|key| !table.has(key)) {
        let hint = "slice = \"5m\", slice_target = \"95%\": a slice with that ratio of good events is good";
        findings.error(table.at_key("method"), format!("method slices needs `{key}`"), hint);
    }
    if !table.has("good") && !table.has("errors") {
        findings.error(table.at_key("method"), "method slices needs counts: good or errors, and total", "");
    }
    if let Some(item) = table.get("resolution") {
        findings.error(
            item.at,
            "`slice` and `resolution` are two lengths of the same slices",
            "with method slices, `slice` says it",
        );
    }
    let target = table.read("slice_target", scalar::target).unwrap_or(Decimal::ONE);
    (Method::Slices { target }, table.read("slice", scalar::duration).unwrap_or(SLICE))
}

fn alerts(table: Table<'_>, scope: &Scope<'_>) -> Vec<AlertRow> {
    let row = |row: Table<'_>| {
        let (long, short) = (row.read("long", scalar::duration)?, row.read("short", scalar::duration)?);
        if short > long {
            let hint = "the short window ends the alert soon after the burn ends: about a twelfth of the long one";
            scope.findings.error(row.at_key("short"), "the short window is longer than the long one", hint);
        }
        let alert =
            [Alert::Page, Alert::Ticket].into_iter().find(|alert| Some(alert.word()) == row.text("severity"))?;
        Some(AlertRow { share: row.read("share", scalar::share)?, long, short, alert })
    };
    table.tables("alerts").filter_map(row).collect()
}

/// Days that a window is long, for warnings: of a calendar window the usual length.
fn length(window: Window) -> TimeDelta {
    match window {
        Window::Rolling(span) => span,
        Window::Week => TimeDelta::days(7),
        Window::Month => TimeDelta::days(30),
        Window::Quarter => TimeDelta::days(90),
        Window::Year => TimeDelta::days(365),
    }
}

/// The burn above which a row fires, if the burn of a total outage, 1/B, does not reach it.
fn unreachable(share: Decimal, long: TimeDelta, target: Decimal, window: Window) -> Option<(Decimal, Decimal)> {
    let most = Decimal::ONE.checked_div(Decimal::ONE - target)?;
    let period = share * Decimal::from(length(window).num_seconds());
    let threshold = period.checked_div(Decimal::from(long.num_seconds()))?;
    (threshold > most).then_some((threshold, most))
}

/// What to say of a row that cannot fire.
fn never(threshold: Decimal, most: Decimal) -> String {
    let (threshold, most) = (threshold.round_dp(2).normalize(), most.round_dp(2).normalize());
    format!("can never fire: it needs a burn above {threshold}, and a total outage burns {most}")
}

fn warn_of_rows(table: Table<'_>, rows: &[AlertRow], target: Decimal, window: Window, scope: &Scope<'_>) {
    let places = table.tables("alerts").map(|row| row.at);
    for (row, at) in rows.iter().zip(places) {
        if let Some((threshold, most)) = unreachable(row.share, row.long, target, window) {
            scope.findings.warning(
                at,
                format!("this row {}", never(threshold, most)),
                "take a smaller share or a longer window",
            );
        }
    }
}

fn warn_of_standard_rows(table: Table<'_>, target: Decimal, window: Window, scope: &Scope<'_>) {
    let mut rows = Vec::new();
    for (hundredths, hours, alert) in STANDARD_ROWS {
        let (share, long) = (Decimal::new(hundredths, 2), TimeDelta::hours(hours));
        if let Some((threshold, most)) = unreachable(share, long, target, window) {
            rows.push((format!("{} over {hours}h", alert.word()), never(threshold, most)));
        }
    }
    let Some((_, why)) = rows.first().cloned() else { return };
    let names: Vec<String> = rows.into_iter().map(|(name, _)| name).collect();
    let message = format!("of the standard alerts, {} {why}", names.join(" and "));
    let hint = "alerts = [{ share = …, long = …, short = …, severity = … }] replaces the standard ones";
    scope.findings.warning(table.at_key("target"), message, hint);
}

fn read_credit(table: Table<'_>, scope: &Scope<'_>) -> Credit {
    let tier = |tier: Table<'_>| Some((tier.read("below", scalar::target)?, tier.read("share", scalar::share)?));
    if let (Some(item), None) = (table.get("tiers"), table.list("tiers").next()) {
        scope.findings.error(
            item.at,
            "a credit has at least one tier",
            "tiers = [{ below = \"99.9%\", share = \"10%\" }]",
        );
    }
    let amount = |key: &str| table.get(key).and_then(|item: Item<'_>| scope.money.amount(item, scope.findings));
    Credit { of: amount("of"), tiers: table.tables("tiers").filter_map(tier).collect(), minimum: amount("minimum") }
}
