//! What does not fit together in the description of an `http-json` source.

use super::reader::{Findings, Table};

/// The ways to page, of which there is one at most.
const WAYS: [&str; 4] = ["link", "page", "offset", "cursor"];

/// Checks the description: one way of paging, and the fields that such items need.
pub(super) fn check(source: Table<'_>, findings: &Findings<'_>) {
    if let Some(paging) = source.table("paging") {
        check_paging(paging, findings);
    }
    let Some(fields) = source.table("fields") else { return };
    let gives = source.text("gives").unwrap_or("alerts");
    let (needed, useless): (&[(&str, &str)], &[&str]) = match gives {
        "tickets" => (&[], &["severity", "since", "start", "end"]),
        "changes" => (&[("start", "start = \"/planned_start\"")], &["severity", "since", "status", "closed"]),
        _ => (
            &[("severity", "severity = \"/status\", or a word such as \"warning\" for all")],
            &["status", "closed", "start", "end"],
        ),
    };
    for (key, hint) in needed.iter().filter(|(key, _)| !fields.has(key)) {
        findings.error(fields.at, format!("`{key}` is missing in these fields: {gives} need it"), *hint);
    }
    for key in useless.iter().filter(|key| fields.has(key)) {
        findings.error(
            fields.at_key(key),
            format!("`{key}` means nothing for {gives}"),
            "`gives` says what the items are",
        );
    }
}

fn check_paging(paging: Table<'_>, findings: &Findings<'_>) {
    let ways: Vec<&str> = WAYS.into_iter().filter(|way| paging.has(way)).collect();
    if ways.len() != 1 {
        let hint =
            "link = \"header\", page = \"page\", offset = \"offset\", or cursor = \"cursor\" with at = \"/next\"";
        findings.error(paging.at, "`paging` is exactly one of link, page, offset and cursor", hint);
        return;
    }
    let goes_with = [("at", &["cursor"][..]), ("first", &["page"]), ("size", &["page", "offset"])];
    for (key, with) in goes_with {
        if paging.has(key) && !with.contains(&ways[0]) {
            findings.error(paging.at_key(key), format!("`{key}` goes with {} only", with.join(" and ")), "");
        }
    }
    if ways[0] == "cursor" && !paging.has("at") {
        findings.error(paging.at, "`cursor` without `at`", "at = \"/meta/next_cursor\": where the next cursor is");
    }
    if let Some(link) = paging.get("link")
        && link.text().is_some_and(|text| text != "header" && !text.starts_with('/'))
    {
        findings.error(link.at, "`link` is \"header\" or a JSON pointer", "link = \"/links/next\"");
    }
}
