//! The real binary, and the adapters where it writes, against real servers as `tests/run` starts them.
//!
//! What the servers have is asked of their own APIs in each test and never assumed, so that these tests cannot agree
//! with a seed that both sides misread. Tests that break something start a pair of servers of their own; the others
//! share the ones whose addresses are in the environment. Without those, a test says loudly that it did not run, and
//! with `CI=true` it fails.

#[path = "live/company.rs"]
mod company;
#[path = "live/monitors.rs"]
mod monitors;
#[path = "live/others.rs"]
mod others;
#[path = "support/pty.rs"]
mod pty;
#[path = "live/servers.rs"]
mod servers;
#[path = "live/updates.rs"]
mod updates;
#[path = "live/writing.rs"]
mod writing;

use std::time::Duration;

use company::{Company, status};
use pty::Terminal;
use serde_json::{Value, json};
use servers::{Stack, address, can_run, eventually, get};

/// How long a source may take to be lost (five intervals and at least two minutes) and a world to follow.
const UNTIL_LOST: Duration = Duration::from_secs(200);
/// How long anything else may take, on a busy machine.
const SOON: Duration = Duration::from_mins(1);

/// Our words for what the rules of the servers say.
fn level(word: &str) -> usize {
    ["ok", "unclassified", "info", "warning", "minor", "major", "critical"]
        .iter()
        .position(|known| *known == word)
        .expect("a severity")
}

fn severity_of(alert: &Value) -> &'static str {
    match alert["labels"]["severity"].as_str() {
        Some("page") => "critical",
        Some("ticket") => "warning",
        other => panic!("the rules of these tests know no severity {other:?}"),
    }
}

/// The worst severity among alerts whose labels are all of `labels`.
fn worst(alerts: &[Value], labels: &[(&str, &str)]) -> &'static str {
    let matching = alerts.iter().filter(|alert| labels.iter().all(|(name, value)| alert["labels"][name] == *value));
    matching.map(severity_of).max_by_key(|word| level(word)).unwrap_or("ok")
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().expect("a list").clone()
}

/// The alerts that Prometheus says are firing.
fn firing(prometheus: &str) -> Vec<Value> {
    let alerts = list(&get(&format!("{prometheus}/api/v1/alerts"))["data"]["alerts"]);
    alerts
        .into_iter()
        .filter(|alert| alert["state"] == "firing" && alert["labels"]["alertname"] != "Watchdog")
        .collect()
}

/// The alerts that Alertmanager has, suppressed ones too.
fn alerts(alertmanager: &str) -> Vec<Value> {
    let alerts = list(&get(&format!("{alertmanager}/api/v2/alerts")));
    alerts.into_iter().filter(|alert| alert["labels"]["alertname"] != "Watchdog").collect()
}

/// A number that the world writes as a decimal in a string.
fn number(value: &Value) -> f64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("a decimal as a string, not {value}"))
}

/// The one number that an instant query gives.
fn query(prometheus: &str, query: &str) -> f64 {
    let answer = servers::get_with(&format!("{prometheus}/api/v1/query"), &[("query", query)]);
    number(&answer["data"]["result"][0]["value"][1])
}

#[test]
fn status_agrees_with_what_fires() {
    if !can_run("status_agrees_with_what_fires", &["PROMETHEUS_URL", "ALERTMANAGER_URL"]) {
        return;
    }
    let (prometheus, alertmanager) = (address("PROMETHEUS_URL"), address("ALERTMANAGER_URL"));
    let company = Company::new(&prometheus, &alertmanager, None);
    let world = status(&company);
    let (firing, alerts) = (firing(&prometheus), alerts(&alertmanager));

    assert_eq!(world["version"], 1);
    for (name, source) in [("prom", &world["sources"]["prom"]), ("am", &world["sources"]["am"])] {
        assert_eq!(source["freshness"], "fresh", "{name}: {source}");
        assert_eq!(source["error"], Value::Null, "{name}: {source}");
    }
    let nodes = &world["nodes"];
    for (node, labels) in company::FROM_PROMETHEUS {
        assert_eq!(nodes[node]["severity"], worst(&firing, labels), "{node}: {}", nodes[node]);
        assert_eq!(nodes[node]["known"], true, "{node}");
    }
    for (node, labels) in company::FROM_ALERTMANAGER {
        assert_eq!(nodes[node]["severity"], worst(&alerts, labels), "{node}: {}", nodes[node]);
    }
    assert!(query(&prometheus, r#"up{job="prometheus"}"#) >= 1.0);
    assert_eq!(nodes["edge"]["severity"], "ok", "a check that is met: {}", nodes["edge"]);

    // The rules of the map over those leaves: one of two pods is absorbed, the queue stops dispatch, search is capped.
    assert_eq!(nodes["pay-api-1"]["severity"], "critical");
    assert_eq!(nodes["payments"]["severity"], "ok");
    assert_eq!(nodes["checkout"]["severity"], "warning");
    assert_eq!(nodes["dispatch"]["severity"], "critical");
    assert_eq!(nodes["pay-db"]["severity"], "ok", "a pending alert does not count");
    assert_eq!(world["worst"], "critical");
    assert_eq!(world["unknown"], 0);
    let cost = |value: &Value| (number(&value["low"]), number(&value["high"]));
    assert_eq!(cost(&nodes["dispatch"]["cost_per_hour"]), (6000.0, 6000.0));
    assert_eq!(cost(&world["cost_per_hour"]), (6900.0, 6900.0), "dispatch 6,000 and returns 900");
}

#[test]
fn an_objective_agrees_with_the_counters() {
    if !can_run("an_objective_agrees_with_the_counters", &["PROMETHEUS_URL", "ALERTMANAGER_URL"]) {
        return;
    }
    let prometheus = address("PROMETHEUS_URL");
    let company = Company::new(&prometheus, &address("ALERTMANAGER_URL"), None);
    let world = status(&company);
    let objective = &world["objectives"]["checkout-availability"];
    let ratio = |window: &str| {
        let of = |code: &str| format!(r#"sum(increase(shop_requests_total{{service="checkout"{code}}}[{window}]))"#);
        query(&prometheus, &format!("{}/{}", of(r#",code="500""#), of("")))
    };
    assert_eq!(objective["state"], "measured", "{objective}");
    // Slices are closed stretches of five minutes, so both windows may be apart by one.
    let close = |ours: f64, theirs: f64| (ours - theirs).abs() <= 0.1 * theirs.abs();
    assert!(close(1.0 - number(&objective["attained"]), ratio("1d")), "{objective}, the counters say {}", ratio("1d"));
    assert!(
        close(number(&objective["burn"]["1h"]), ratio("1h") / 0.001),
        "{objective}, the counters say {}",
        ratio("1h")
    );
    assert_eq!(objective["alert"], "page", "four percent of errors for 90 minutes: {objective}");
}

#[test]
fn a_stopped_prometheus_is_unknown_and_never_green() {
    if !can_run("a_stopped_prometheus_is_unknown_and_never_green", &["PROMETHEUS_URL"]) {
        return;
    }
    let stack = Stack::start();
    let company = Company::new(&stack.prometheus, &stack.alertmanager, None);
    let console = Terminal::start(120, 40, &["--config", company.folder()], &[("HOME", company.folder())]);
    // The process that only Prometheus can speak for, from warning to unknown and back.
    let search = |screen: &str| screen.lines().find(|line| line.contains("Customer search")).map(str::to_owned);
    let shows = |screen: &str, word: &str| search(screen).is_some_and(|line| line.contains(word));
    console.wait("a warning of search", SOON, |screen| shows(screen, "WARN"));

    stack.stop("prometheus");
    console.wait("search unknown", UNTIL_LOST, |screen| {
        assert!(!shows(screen, "OK"), "what Prometheus no longer says is green:\n{screen}");
        shows(screen, "UNKNOWN")
    });
    let world = status(&company);
    let source = &world["sources"]["prom"];
    assert!(source["freshness"] == "lost" || source["freshness"] == "pending", "{source}");
    assert!(source["error"].is_string(), "the reason is told: {source}");
    let leaves = company::FROM_PROMETHEUS.iter().map(|(node, _)| *node);
    for node in leaves.chain(["edge", "payments", "finding"]) {
        let state = &world["nodes"][node];
        assert_eq!(state["severity"], "unknown", "{node}: {state}");
        assert_eq!(state["known"], false, "{node}: {state}");
    }
    assert_ne!(world["nodes"]["checkout"]["severity"], "ok");

    stack.up("prometheus");
    console.wait("a warning of search again", SOON, |screen| shows(screen, "WARN"));
    eventually(SOON, || {
        let world = status(&company);
        (world["sources"]["prom"]["freshness"] == "fresh" && world["nodes"]["finding"]["severity"] == "warning")
            .then_some(())
            .ok_or(world["sources"]["prom"].to_string())
    });
}

#[test]
fn a_missing_heartbeat_loses_alertmanager() {
    if !can_run("a_missing_heartbeat_loses_alertmanager", &["PROMETHEUS_URL"]) {
        return;
    }
    let stack = Stack::start();
    let company = Company::new(&stack.prometheus, &stack.alertmanager, None);
    let before = status(&company);
    assert_eq!(before["sources"]["am"]["freshness"], "fresh", "{}", before["sources"]["am"]);
    assert_eq!(before["nodes"]["shop-db"]["severity"], "ok");

    let taken_away = stack.remove_rules("heartbeat.yml");
    let has_watchdog = || {
        let alerts = list(&get(&format!("{}/api/v2/alerts", stack.alertmanager)));
        alerts.iter().any(|alert| alert["labels"]["alertname"] == "Watchdog")
    };
    eventually(UNTIL_LOST, || if has_watchdog() { Err("Alertmanager still has its Watchdog") } else { Ok(()) });
    let without = status(&company);
    assert_eq!(without["sources"]["am"]["freshness"], "lost", "{}", without["sources"]["am"]);
    assert_eq!(without["nodes"]["shop-db"]["severity"], "unknown", "no alert of a dead source is no good news");
    assert_eq!(without["nodes"]["queue"]["severity"], "critical", "what it still says stands");
    let causes = list(&without["causes"]);
    assert!(causes.iter().any(|cause| cause["id"] == "source:am"), "{causes:?}");

    stack.restore_rules("heartbeat.yml", &taken_away);
    eventually(SOON, || if has_watchdog() { Ok(()) } else { Err("the Watchdog does not come back") });
    assert_eq!(status(&company)["sources"]["am"]["freshness"], "fresh");
}

#[test]
fn a_silence_shows_as_acknowledged() {
    if !can_run("a_silence_shows_as_acknowledged", &["PROMETHEUS_URL"]) {
        return;
    }
    let stack = Stack::start();
    let company = Company::new(&stack.prometheus, &stack.alertmanager, None);
    let world = status(&company);
    // Seeded: the retired system is silenced. Nobody has seen to the queue yet.
    assert_eq!(world["nodes"]["returns"]["severity"], "critical", "a silence hides nothing");
    assert_eq!(world["nodes"]["returns"]["handled"], true, "{}", world["nodes"]["returns"]);
    assert_eq!(world["nodes"]["dispatch"]["handled"], false, "{}", world["nodes"]["dispatch"]);

    let silence = stack.silence("warehouse");
    let world = eventually(SOON, || {
        let world = status(&company);
        if world["nodes"]["dispatch"]["handled"] == true {
            Ok(world)
        } else {
            Err(world["nodes"]["dispatch"].to_string())
        }
    });
    assert_eq!(world["nodes"]["dispatch"]["severity"], "critical");
    assert_eq!(world["nodes"]["dispatch"]["planned"], false, "a silence is no maintenance");
    let causes = list(&world["causes"]);
    let queue: Vec<&Value> = causes.iter().filter(|cause| cause["node"] == "queue").collect();
    assert!(!queue.is_empty() && queue.iter().all(|cause| cause["handling"] == "acknowledged"), "{causes:?}");

    stack.end_silence(&silence);
    eventually(SOON, || {
        let world = status(&company);
        if world["nodes"]["dispatch"]["handled"] == false {
            Ok(())
        } else {
            Err("the silence has ended and still counts")
        }
    });
}

#[test]
fn a_ticket_appears_on_its_node() {
    if !can_run("a_ticket_appears_on_its_node", &["PROMETHEUS_URL", "ALERTMANAGER_URL", "RT_URL"]) {
        return;
    }
    let company = Company::new(&address("PROMETHEUS_URL"), &address("ALERTMANAGER_URL"), Some(&address("RT_URL")));
    let tickets_of = |world: &Value, node: &str| -> Vec<Value> {
        list(&world["causes"])
            .iter()
            .filter(|cause| cause["node"] == node)
            .flat_map(|cause| list(&cause["tickets"]))
            .collect()
    };
    let world = status(&company);
    assert_eq!(world["sources"]["rt"]["freshness"], "fresh", "{}", world["sources"]["rt"]);
    let ticket = servers::create_ticket(&json!({
        "Queue": address("RT_QUEUE"),
        "Subject": "Search answers slowly, second report",
        "Content": "Opened by a live test.",
        "CustomFields": { "Service": "search", "Priority": "P2" },
    }));
    let id = json!(format!("rt:{ticket}"));
    assert!(!tickets_of(&world, "search-index").contains(&id), "it was not there before");
    let world = eventually(SOON, || {
        let world = status(&company);
        let tickets = tickets_of(&world, "search-index");
        if tickets.contains(&id) { Ok(world) } else { Err(format!("{tickets:?}, {}", world["sources"]["rt"])) }
    });
    assert!(!tickets_of(&world, "queue").contains(&id), "and on no other");

    servers::resolve_ticket(&ticket);
    eventually(SOON, || {
        let tickets = tickets_of(&status(&company), "search-index");
        if tickets.contains(&id) { Err(format!("a resolved ticket stays: {tickets:?}")) } else { Ok(()) }
    });
}

#[test]
fn init_draws_a_first_map_that_holds() {
    if !can_run("init_draws_a_first_map_that_holds", &["PROMETHEUS_URL"]) {
        return;
    }
    let prometheus = address("PROMETHEUS_URL");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let config = folder.path().join("first").display().to_string();
    let bsmtop = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bsmtop"));
        let output = command.args(arguments).args(["--config", &config]).output().expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    bsmtop(&["init", "--prometheus", &prometheus]);
    bsmtop(&["check"]);
    let world: Value = serde_json::from_slice(&bsmtop(&["status", "--json"])).expect("status prints JSON");
    assert_eq!(world["sources"]["prom"]["freshness"], "fresh", "its heartbeat was found: {}", world["sources"]);
    let firing = firing(&prometheus);
    for service in ["payments", "warehouse"] {
        assert_eq!(world["nodes"][service]["severity"], worst(&firing, &[("service", service)]), "{service}");
    }
}
