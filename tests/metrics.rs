//! A world as metrics: accepted by Prometheus's own tool, and true.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A company that has some of everything, with a name that needs escaping and a source that is lost.
const CONFIG: &str = r#"
tz = "Europe/Berlin"
[money]
currency = "EUR"
[[source]]
name = "prom"
type = "prometheus"
url = "http://127.0.0.1:1"
[[source]]
name = "am"
type = "alertmanager"
url = "http://127.0.0.1:1"
[[source]]
name = "rt"
type = "rt"
url = "http://127.0.0.1:1"
auth = { header = "Authorization", value = { env = "NOBODY" } }
"#;

const MAP: &str = r#"
[[process]]
id = "checkout"
name = 'The "checkout" of C:\shops'
owner = "Commerce"
needs = ["pay-db", "edge"]
tolerable = "4h"
[process.value]
per_hour = "42000 EUR"
[[process]]
id = "search"
needs = ["edge"]
[[component]]
id = "pay-db"
match = [{ source = "prom", labels = { role = "db" } }]
tickets = [{ source = "rt", labels = { priority = "P1" } }]
[[component]]
id = "edge"
match = [{ source = "am", labels = { role = "edge" } }]
[[customer]]
id = "acme"
needs = ["checkout"]
monthly = "18000 EUR"
[[objective]]
id = "checkout-availability"
node = "checkout"
target = "99.9%"
window = "month"
good = 'sum(increase(good[$window]))'
total = 'sum(increase(all[$window]))'
source = "prom"
[objective.credit]
tiers = [{ below = "99.9%", share = "10%" }]
[[clock]]
source = "rt"
where = { priority = "P1" }
resolve = "4h"
[[spend]]
id = "cloud"
node = "pay-db"
files = "none/*.csv"
limit = "30000 EUR"
"#;

const FACTS: &str = r#"{ "at": "2026-11-24T10:00:00Z",
  "sources": { "am": { "freshness": "lost" } },
  "signals": [ { "source": "prom", "id": "a1", "labels": { "role": "db" }, "severity": "critical", "since": "2026-11-24T09:41:00Z" } ],
  "tickets": [ { "source": "rt", "id": "42", "labels": { "priority": "P1" }, "status": "open", "created": "2026-11-24T08:30:00Z" } ],
  "objectives": { "checkout-availability": { "errors": "120", "total": "1000000", "windows": { "5m": "0.02", "1h": "0.016" } } },
  "spend": { "cloud": { "to_date": "14200.00" } } }"#;

fn metrics() -> String {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("map")).expect("a folder can be made");
    for (name, text) in [("config.toml", CONFIG), ("map/shop.toml", MAP), ("facts.json", FACTS)] {
        fs::write(at(name), text).expect("a file can be written");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_bsmtop"))
        .args(["eval", "--prometheus", "--facts", "facts.json", "--config", "."])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn figures_are_those_of_the_world_and_what_is_unknown_has_none() {
    let text = metrics();
    let has = |line: &str| assert!(text.lines().any(|it| it == line), "{line} is not in\n{text}");
    has("bsmtop_worst_severity 6");
    has("bsmtop_cost_rate{currency=\"EUR\",bound=\"low\"} 42000");
    has("bsmtop_node_severity{node=\"checkout\",kind=\"process\"} 6");
    has("bsmtop_node_unknown{node=\"search\",kind=\"process\"} 1");
    has("bsmtop_node_severity_possible{node=\"search\",kind=\"process\"} 6");
    has(r#"bsmtop_node_info{node="checkout",kind="process",name="The \"checkout\" of C:\\shops",owner="Commerce"} 1"#);
    has("bsmtop_objective_attained_ratio{objective=\"checkout-availability\"} 0.99988");
    has("bsmtop_ticket_clock_next_breach_seconds{source=\"rt\",goal=\"resolve\"} 9000");
    has("bsmtop_spend{spend=\"cloud\",currency=\"EUR\",figure=\"to_date\"} 14200");
    has("bsmtop_source_freshness{source=\"am\",freshness=\"lost\"} 1");
    has("bsmtop_source_freshness{source=\"am\",freshness=\"fresh\"} 0");
    assert!(!text.contains("bsmtop_node_severity{node=\"search\""), "unknown is no severity");
    assert!(!text.contains("NaN"));
    let mut families: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    families.sort_unstable();
    let before = families.len();
    families.dedup();
    assert_eq!(families.len(), before, "each family stands once");
}

#[test]
fn prometheus_own_tool_finds_no_fault() {
    let Ok(mut tool) =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()
    else {
        eprintln!("promtool is not installed: not checked");
        return;
    };
    tool.stdin.take().expect("it was asked for").write_all(metrics().as_bytes()).expect("it reads");
    let output = tool.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
