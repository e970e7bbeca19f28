//! Reports from real files of history: what they say is what happened, and what is sent to a customer says no more.

#[path = "report/company.rs"]
#[allow(dead_code, reason = "the tests of the timeline use the rest")]
mod company;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use bsmtop::domain::severity::Severity;
use chrono::{DateTime, TimeDelta, Utc};
use company::Story;
use serde_json::Value;

fn bsmtop(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bsmtop"))
        .args(["report", "--config", ".", "--history", "history.db"])
        .args(arguments)
        .env_remove("BSMTOP_CONFIG")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&bsmtop(folder, &[&["--format", "json"], arguments].concat())).expect("JSON")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// Sixteen days of a May in which the database failed for half an hour, which nobody acknowledged for ten minutes, and once in a
/// maintenance that the contract leaves out.
fn may(folder: &Path) {
    static TOLD: OnceLock<tempfile::TempDir> = OnceLock::new();
    let told = TOLD.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        tell_may(folder.path());
        folder
    });
    std::fs::create_dir(folder.join("map")).expect("a folder");
    for file in ["config.toml", "map/shop.toml", "history.db"] {
        std::fs::copy(told.path().join(file), folder.join(file)).expect("copied");
    }
}

fn tell_may(folder: &Path) {
    let mut story = Story::begin(folder, at("2024-05-05T00:00:00Z"));
    story.quiet_until(at("2024-05-07T10:00:00Z"));
    story.fails("db", Severity::Critical, "=cmd|' /C calc'!A0 | disk *full*");
    story.quiet_until(at("2024-05-07T10:10:00Z"));
    story.acknowledged("db");
    story.quiet_until(at("2024-05-07T10:30:00Z"));
    story.mended();
    story.quiet_until(at("2024-05-18T20:30:00Z"));
    story.fails("db", Severity::Critical, "planned upgrade");
    story.quiet_until(at("2024-05-18T21:00:00Z"));
    story.mended();
    story.quiet_until(at("2024-05-21T00:00:00Z"));
    story.flush();
}

#[test]
fn a_month_is_told_with_its_promises_credits_and_exclusions() {
    let folder = tempfile::tempdir().expect("a folder");
    may(folder.path());
    let report = json(folder.path(), &["--month", "2024-05"]);
    let incidents = report["incidents"].as_array().expect("incidents");
    let of_checkout: Vec<&Value> = incidents.iter().filter(|it| it["process"] == "checkout").collect();
    assert_eq!(of_checkout.len(), 2, "{incidents:#?}");
    let first = of_checkout[0];
    assert_eq!(first["began"], "2024-05-07T10:00:00Z");
    assert_eq!(first["acknowledged"], "2024-05-07T10:10:00Z");
    assert_eq!((&first["lasted_s"], &first["peak"]), (&Value::from(1800), &Value::from("critical")));
    assert_eq!(first["cost"], "600", "half an hour of 1,200 an hour");
    assert_eq!(first["owner"], "Storage");

    let process = report["processes"].as_array().expect("processes").iter().find(|it| it["process"] == "checkout");
    let process = process.expect("it is one");
    assert_eq!(process["down_s"], 3600);
    assert_eq!(process["cost"], "1200");
    assert!(process["available"].as_str().expect("known").starts_with("0.99739"), "{process}");

    let objective = &report["objectives"][0];
    // 1,800 s of the 16 days that are covered, less half an hour that is left out.
    assert!(objective["attained"].as_str().expect("measured").starts_with("0.99869"), "{objective}");
    assert!(objective["felt"].as_str().expect("measured").starts_with("0.99739"), "{objective}");
    assert_eq!(objective["kept"], "missed");
    let credits: Vec<(&str, &str)> = report["credits"]
        .as_array()
        .expect("credits")
        .iter()
        .map(|it| (it["customer"].as_str().expect("one"), it["due"].as_str().expect("money")))
        .collect();
    assert_eq!(credits, [("acme", "1800"), ("globex", "700")]);
    let left_out = report["exclusions"][0]["what"].as_str().expect("one is left out");
    assert!(
        left_out.contains("Upgrade by ops") && left_out.contains("1800 s left out, 1800 s of them bad"),
        "{left_out}"
    );

    let text = bsmtop(folder.path(), &["--month", "2024-05"]);
    assert!(text.contains("# Business services in May 2024"), "{text}");
    assert!(
        text.contains("Online checkout had a problem for 30m (Tue 7 May 12:00 to 12:30), at its worst critical."),
        "{text}"
    );
    assert!(text.contains("Somebody had it after 10m. It cost 600 EUR."), "{text}");
    assert!(text.contains("Credits of 2,500 EUR are due"), "{text}");
    assert!(text.contains(r"\| disk \*full\*"), "Markdown's signs are escaped: {text}");
    // Sixteen days of thirty-one.
    assert!(text.contains("| ~99.739 % |") && text.contains(r"known it is marked \~"), "{text}");

    let sheet = bsmtop(folder.path(), &["--month", "2024-05", "--format", "csv"]);
    let mut lines = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(sheet.as_bytes());
    let mut cells = 0;
    for line in lines.records() {
        for cell in &line.expect("CSV") {
            cells += 1;
            let is_number = cell.parse::<f64>().is_ok();
            assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '\t']), "{cell:?} is a formula");
        }
    }
    assert!(cells > 100 && sheet.contains("'=cmd"), "{sheet}");
}

#[test]
fn what_is_sent_to_a_customer_names_nothing_internal_and_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    may(folder.path());
    for format in ["markdown", "csv", "json"] {
        let text = bsmtop(folder.path(), &["--month", "2024-05", "--customer", "acme", "--format", format]);
        assert!(text.contains("Online checkout"), "{text}");
        for inner in [
            "globex",
            "Globex",
            "Payroll",
            "payroll",
            "pay-db",
            "Payments DB",
            "disk",
            "cmd",
            "Storage",
            "ops",
            "Upgrade",
            "prom",
            "1200",
            "1,200",
        ] {
            assert!(!text.contains(inner), "{format} names {inner:?}:\n{text}");
        }
    }
    let report = json(folder.path(), &["--month", "2024-05", "--customer", "acme"]);
    assert_eq!(report["services"].as_array().expect("services").len(), 1);
    assert_eq!(report["interruptions"].as_array().expect("interruptions").len(), 2);
    assert_eq!(report["objectives"][0]["credit"], "1800");
}

#[test]
fn a_changed_map_leaves_what_was_concluded_and_is_told_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    may(folder.path());
    let map = folder.path().join("map/shop.toml");
    let before = std::fs::read_to_string(&map).expect("the map");
    // Since then there is a standby: one database down is no problem any more.
    let standby =
        "\n[[component]]\nid = \"standby\"\nmatch = [{ source = \"prom\", labels = { pod = \"standby\" } }]\n";
    let needs = r#"needs = [{ of = ["pay-db", "standby"], at_least = 1 }]"#;
    std::fs::write(&map, before.replacen(r#"needs = ["pay-db"]"#, needs, 1) + standby).expect("written");
    let report = json(folder.path(), &["--month", "2024-05", "--recompute"]);
    let row =
        report["recomputed"].as_array().expect("rows").iter().find(|it| it["process"] == "checkout").expect("one");
    assert_eq!((&row["down_s"], &row["down_present_s"]), (&Value::from(3600), &Value::from(0)), "{row}");
    assert_eq!((&row["cost"], &row["cost_present"]), (&Value::from("1200"), &Value::from("0")));
    assert_eq!(row["differs"], "yes");
    assert!(row["available_present"].as_str().expect("known").starts_with('1'));
    // The same map says the same.
    std::fs::write(&map, before).expect("written");
    let report = json(folder.path(), &["--month", "2024-05", "--recompute"]);
    let differs = report["recomputed"].as_array().expect("rows").iter().filter(|it| it["differs"] == "yes").count();
    assert_eq!(differs, 0, "{:#}", report["recomputed"]);
}

#[test]
fn a_shift_is_handed_over_with_what_is_open_what_was_not_seen_and_what_is_planned() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = bsmtop::runtime::clock::now();
    let ago = |minutes: i64| now - TimeDelta::minutes(minutes);
    let mut story = Story::begin(folder.path(), ago(420));
    story.quiet_until(ago(300));
    story.gap_until(ago(240));
    story.fails("db", Severity::Critical, "disk full");
    story.quiet_until(ago(180));
    story.mended();
    story.quiet_until(ago(30));
    story.fails("db", Severity::Major, "replication broken");
    story.plans("CHG-7", "new firmware", "pay-db", now + TimeDelta::hours(2), now + TimeDelta::hours(3));
    story.quiet_until(now);
    story.flush();
    let text = bsmtop(folder.path(), &["--since", "7h"]);
    let has = |part: &str| assert!(text.contains(part), "{part:?} is not in\n{text}");
    has("# Handover: the last 7h00m");
    has("2 are still open");
    has("nothing is known of 1h00m");
    has("Problems cost at least ");
    has("and still has, at its worst major");
    has("Online checkout is major since");
    has(
        "change rt:CHG-7, “new firmware”, on Payments DB. With that down, these would be hit: Online checkout (critical)",
    );
    has("; it would cost ");

    let output = Command::new(env!("CARGO_BIN_EXE_bsmtop"))
        .args(["report", "--config", ".", "--history", "other.db"])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no history in other.db yet"));
}

/// What a table says of a process.
fn of<'a>(report: &'a Value, table: &str, process: &str) -> &'a Value {
    let rows = report[table].as_array().expect("rows");
    rows.iter().find(|row| row["process"] == process).expect("one of the map")
}

#[test]
fn what_signals_told_of_time_that_nobody_saw_is_in_every_figure() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = bsmtop::runtime::clock::now();
    let ago = |minutes: i64| now - TimeDelta::minutes(minutes);
    // Nobody looked before; half an hour of that is told.
    let mut story = Story::unseen(folder.path(), ago(510));
    let half_a_minute = TimeDelta::seconds(30);
    story.failed_unseen("db", Severity::Major, ago(510) + half_a_minute, ago(480) + half_a_minute);
    story.quiet_until(ago(470));
    story.mended();
    story.quiet_until(ago(420));
    // An hour of these two is told.
    story.failed_unseen("db", Severity::Critical, ago(360), ago(300));
    story.quiet_until(ago(270));
    story.mended();
    story.quiet_until(ago(180));
    // And nothing of this one.
    story.gap_until(ago(120));
    story.quiet_until(now);
    story.flush();
    let report = json(folder.path(), &["--since", "9h", "--recompute"]);
    let near = |value: &Value, seconds: i64| {
        let found = value.as_i64().expect("seconds");
        // The report is made a little later than the story ends.
        assert!((found - seconds).abs() < 60, "{found} for {seconds}: {report:#}");
    };
    let checkout = of(&report, "processes", "checkout");
    near(&checkout["down_s"], (30 + 10 + 60 + 30) * 60);
    near(&checkout["unknown_s"], (30 + 60 + 60) * 60);
    // Its states over time are not what anything is counted over: it is as it was seen.
    near(&of(&report, "processes", "payroll")["unknown_s"], (60 + 120 + 60) * 60);
    for process in ["checkout", "payroll"] {
        let row = of(&report, "recomputed", process);
        assert_eq!((&row["differs"], &row["down_present_s"]), (&Value::from(""), &row["down_s"]), "{row}");
    }
    let summary = report["summary"].to_string();
    for part in [
        "History covers 72.",
        "nobody looked for 4h00m, the longest stretch being ",
        "problems in 1h30m of it, which count for what they hit; nothing is known of the other 2h30m",
        "Problems cost at least ",
    ] {
        assert!(summary.contains(part), "{part:?} is not in {summary}");
    }
    let sheet = bsmtop(folder.path(), &["--since", "9h", "--format", "csv"]);
    let coverage = sheet.lines().nth(1).and_then(|line| line.rsplit(',').next()?.parse::<f64>().ok()).expect("one");
    assert!((coverage - 6.5 / 9.0).abs() < 0.01, "{coverage}");
}

#[test]
fn of_what_is_hardly_known_there_is_no_percentage() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = bsmtop::runtime::clock::now();
    let mut story = Story::begin(folder.path(), now - TimeDelta::minutes(60));
    story.quiet_until(now);
    story.flush();
    let report = json(folder.path(), &["--since", "3h", "--recompute"]);
    assert_eq!(of(&report, "processes", "checkout")["available"], Value::Null);
    assert_eq!(of(&report, "recomputed", "checkout")["available_present"], Value::Null);
    assert!(bsmtop(folder.path(), &["--since", "3h"]).contains("| Online checkout | – |"));
    assert!(bsmtop(folder.path(), &["--since", "1h"]).contains("| Online checkout | 100.000 % |"));
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bsmtop"))
        .arg("report")
        .args(arguments)
        .env_remove("BSMTOP_CONFIG")
        .current_dir(folder)
        .output()
        .expect("the program starts");
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn what_cannot_be_reported_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = bsmtop::runtime::clock::now();
    let mut story = Story::begin(folder.path(), now - TimeDelta::minutes(2));
    story.quiet_until(now);
    story.flush();
    let of = ["--config", ".", "--history", "history.db"];
    for since in ["9999999w", "999999999w"] {
        let error = refused(folder.path(), &[&of[..], &["--since", since]].concat());
        assert!(error.contains("--since reaches back") && !error.contains("panicked"), "{error}");
    }
    let other = folder.path().join("other");
    std::fs::create_dir_all(other.join("map")).expect("a folder");
    std::fs::copy(folder.path().join("config.toml"), other.join("config.toml")).expect("copied");
    let map = "[[process]]\nid = \"billing\"\nneeds = [\"ledger\"]\n[[component]]\nid = \"ledger\"\nmanual = \"ok\"\n";
    std::fs::write(other.join("map/m.toml"), map).expect("written");
    let error = refused(folder.path(), &["--config", "other", "--history", "history.db"]);
    for part in [
        "is that of another map",
        "acme, checkout, globex, pay-db, payroll",
        "the map in other",
        "--config",
        "--history",
    ] {
        assert!(error.contains(part), "{part:?} is not in {error}");
    }
    assert!(!error.contains("--demo"), "{error}");
}
