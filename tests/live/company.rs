//! The company of the live tests: what rests on which server, in a folder of configuration.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::pty::BSMTOP;

/// Leaves that rest on Prometheus' alerts, with the labels of their matchers.
pub const FROM_PROMETHEUS: &[(&str, &[(&str, &str)])] = &[
    ("pay-api-1", &[("service", "payments"), ("pod", "pay-api-1")]),
    ("pay-api-2", &[("service", "payments"), ("pod", "pay-api-2")]),
    ("pay-db", &[("service", "payments"), ("role", "db")]),
    ("search-index", &[("service", "search"), ("role", "index")]),
];

/// Leaves that rest on Alertmanager, with the labels of their matchers.
pub const FROM_ALERTMANAGER: &[(&str, &[(&str, &str)])] = &[
    ("shop-db", &[("service", "shop"), ("role", "db")]),
    ("queue", &[("service", "warehouse"), ("role", "queue")]),
    ("legacy", &[("service", "legacy")]),
];

const SOURCES: &str = r#"
tz = "Europe/Berlin"

[money]
currency = "EUR"

[[source]]
name = "prom"
type = "prometheus"
url = "PROMETHEUS"
every = "5s"
timeout = "5s"
severity = { page = "critical", ticket = "warning" }
heartbeat = [{ alertname = "Watchdog" }]

[[source]]
name = "am"
type = "alertmanager"
url = "ALERTMANAGER"
every = "5s"
timeout = "5s"
severity = { page = "critical", ticket = "warning" }
heartbeat = [{ alertname = "Watchdog" }]
"#;

const TICKETS: &str = r#"
[[source]]
name = "rt"
type = "rt"
url = "TRACKER"
every = "5s"
timeout = "10s"
auth = { header = "Authorization", value = { env = "LIVE_RT_AUTHORIZATION" } }
"#;

const MAP: &str = r#"
[[process]]
id = "checkout"
name = "Online checkout"
needs = ["web-shop", "payments", { id = "finding", cap = "minor" }]
value = { per_hour = "42000 EUR" }

[[process]]
id = "finding"
name = "Customer search"
needs = ["search-index"]

[[process]]
id = "dispatch"
name = "Order dispatch"
needs = ["queue"]
value = { per_hour = "6000 EUR" }

[[process]]
id = "returns"
name = "Returns"
needs = ["legacy"]
value = { per_hour = "900 EUR" }

[[service]]
id = "web-shop"
needs = ["edge", "shop-db"]

[[service]]
id = "payments"
needs = ["pay-db", { of = ["pay-api-1", "pay-api-2"], at_least = 1 }]

[[component]]
id = "edge"
check = { source = "prom", query = 'up{job="prometheus"}', each = "instance", critical = "< 1" }

[[customer]]
id = "acme"
needs = ["checkout"]
monthly = "18000 EUR"

[[objective]]
id = "checkout-availability"
node = "checkout"
target = "99.9%"
window = "1d"
source = "prom"
good = 'sum(increase(shop_requests_total{service="checkout",code!~"5.."}[$window]))'
total = 'sum(increase(shop_requests_total{service="checkout"}[$window]))'
"#;

/// A folder of configuration. Dropped, it is gone.
pub struct Company {
    folder: TempDir,
}

impl Company {
    /// The company over the servers at these addresses.
    pub fn new(prometheus: &str, alertmanager: &str, tracker: Option<&str>) -> Self {
        let mut config = SOURCES.replace("PROMETHEUS", prometheus).replace("ALERTMANAGER", alertmanager);
        if let Some(tracker) = tracker {
            config += &TICKETS.replace("TRACKER", tracker);
        }
        let leaves = [("prom", FROM_PROMETHEUS), ("am", FROM_ALERTMANAGER)];
        let components =
            leaves.iter().flat_map(|(source, leaves)| leaves.iter().map(move |(node, labels)| (source, node, labels)));
        let map = components.fold(MAP.to_owned(), |map, (source, node, labels)| {
            let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
            let matcher = format!("match = [{{ source = {source:?}, labels = {{ {} }} }}]", labels.join(", "));
            let tickets = match *node {
                "search-index" if tracker.is_some() => {
                    "tickets = [{ source = \"rt\", labels = { Service = \"search\" } }]\n"
                }
                _ => "",
            };
            format!("{map}\n[[component]]\nid = {node:?}\n{matcher}\n{tickets}")
        });
        let folder = tempfile::tempdir().expect("a folder can be made");
        fs::create_dir(folder.path().join("map")).expect("a folder can be made in it");
        fs::write(folder.path().join("config.toml"), config).expect("the configuration can be written");
        fs::write(folder.path().join("map/shop.toml"), map).expect("the map can be written");
        Self { folder }
    }

    /// Where it is.
    pub fn folder(&self) -> &str {
        self.folder.path().to_str().expect("folders of tests have plain names")
    }
}

/// The world as `bsmtop status --json` prints it now.
pub fn status(company: &Company) -> Value {
    let mut command = Command::new(BSMTOP);
    command
        .args(["status", "--json", "--wait", "20s", "--config", company.folder()])
        .env("HOME", company.folder())
        .stdin(Stdio::null());
    if let Ok(token) = std::env::var("BSMTOP_LIVE_RT_TOKEN") {
        command.env("LIVE_RT_AUTHORIZATION", format!("token {token}"));
    }
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("status prints JSON, not {text:?}: {error}"))
}
