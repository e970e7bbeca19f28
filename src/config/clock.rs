//! `[[clock]]`, `[[maintenance]]` and `[[spend]]`: what stands in a map beside nodes and objectives.

use std::path::Path;

use super::names::Scope;
use super::node::label_tests;
use super::reader::Table;
use super::scalar;
use crate::domain::id::SpendId;
use crate::domain::map::{Clock, Maintenance, Repeat, Spend, SpendFrom};

/// Reads a clock.
pub(super) fn clock<'a>(table: Table<'a>, scope: &Scope<'a>) -> Option<Clock> {
    let goals = ["respond", "update", "resolve"];
    if goals.iter().all(|goal| !table.has(goal)) {
        scope.findings.error(
            table.at,
            "this clock has no target",
            "respond = \"15m\", update = \"1h\" or resolve = \"4h\"",
        );
    }
    let [respond, update, resolve] = goals.map(|goal| table.read(goal, scalar::duration));
    let calendar = scope.calendar(table);
    Some(Clock {
        source: scope.source(table)?,
        filter: table.table("where").map(label_tests).unwrap_or_default(),
        respond,
        update,
        resolve,
        calendar,
        paused_while: table.strings("paused_while"),
    })
}

/// Reads a maintenance.
pub(super) fn maintenance<'a>(table: Table<'a>, scope: &Scope<'a>) -> Option<Maintenance> {
    let mut nodes: Vec<usize> = table.list("nodes").flat_map(|item| scope.nodes(item, None)).collect();
    nodes.sort_unstable();
    nodes.dedup();
    if let (Some(item), None) = (table.get("nodes"), table.list("nodes").next()) {
        scope.findings.error(item.at, "this maintenance is of no node", "nodes = [\"…\"]: ids or globs");
    }
    let repeat = table.read("repeat", scalar::repeat).unwrap_or(Repeat::Never);
    if let (Some(item), Repeat::Never, false) = (table.get("until"), repeat, table.has("repeat")) {
        scope.findings.error(item.at, "`until` goes with `repeat` only", "repeat = \"weekly sat\"");
    }
    Some(Maintenance {
        nodes,
        start: table.read("start", scalar::local_time)?,
        tz: scope.zone(table),
        duration: table.read("duration", scalar::duration)?,
        repeat,
        until: table.read("until", scalar::date),
        excluded: table.flag("excluded"),
        summary: table.string("summary"),
    })
}

/// Reads a spend record; files are relative to the configuration folder.
pub(super) fn spend<'a>(table: Table<'a>, base: &Path, scope: &Scope<'a>) -> Option<Spend> {
    let node = table.get("node").and_then(|item| scope.node(item));
    let (source, limit) = (scope.source(table), scope.amount(table, "limit"));
    let from = match (table.has("source"), table.text("files")) {
        (true, None) => match table.string("query") {
            Some(query) => source.map(|source| SpendFrom::Query(source, query)),
            None => source.map(SpendFrom::Source),
        },
        (false, Some(files)) => Some(SpendFrom::Files(base.join(files).to_string_lossy().into_owned())),
        _ => {
            let hint = "source = \"…\", with or without a query, or files = \"focus/*.csv\"";
            scope.findings.error(table.at, "a spend record has exactly one of `source` and `files`", hint);
            None
        }
    };
    Some(Spend {
        id: SpendId::from(table.text("id").unwrap_or_default()),
        node: node?,
        from: from?,
        select: table.labels("select"),
        limit,
    })
}
