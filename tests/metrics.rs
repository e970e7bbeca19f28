//! A world as metrics: accepted by Prometheus's own tool, and true.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

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

/// A recorder of the demo, ended when it is dropped.
struct Recorder {
    process: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Recorder {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut process = Command::new(env!("CARGO_BIN_EXE_bsmtop"))
            .args(["demo", "--record", "--listen", "127.0.0.1:0", "--history"])
            .arg(folder.path().join("history.db"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(process.stderr.take().expect("it was asked for")).lines();
        let address =
            lines.find_map(|line| Some(line.ok()?.split_once("metrics on http://")?.1.replace("/metrics", "")));
        // What else it says must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address: address.expect("it says where metrics are"), _folder: folder }
    }

    /// Sends a request as it is and returns all that comes.
    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("it can be set");
        // It may answer and close before it has read all.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_recorder_serves_metrics_and_nothing_else() {
    let recorder = Recorder::start();
    let ask = || recorder.ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut metrics = ask();
    for _ in 0..100 {
        // Until the first evaluation there is nothing to tell.
        if !metrics.starts_with("HTTP/1.1 503") {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
        metrics = ask();
    }
    let (head, body) = metrics.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("text/plain; version=0.0.4"), "{head}");
    assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
    assert!(body.contains("bsmtop_node_severity_possible{node=\"checkout\",kind=\"process\"}"), "{body}");
    let head_only = recorder.ask("HEAD /metrics HTTP/1.1\r\n\r\n");
    assert!(head_only.ends_with("\r\n\r\n") && head_only.starts_with("HTTP/1.1 200"), "{head_only}");
    assert!(recorder.ask("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    assert!(recorder.ask("POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
    let flood = format!("GET /metrics HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let answer = recorder.ask(&flood);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    // Whoever says nothing keeps nobody else waiting.
    let silent: Vec<TcpStream> = (0..6).map(|_| TcpStream::connect(&recorder.address).expect("it listens")).collect();
    assert!(recorder.ask("GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200"));
    drop(silent);
    let everybody = Command::new(env!("CARGO_BIN_EXE_bsmtop"))
        .args(["demo", "--record", "--listen", "0.0.0.0:0"])
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    assert!(String::from_utf8_lossy(&everybody.stderr).contains("--listen-to-all"), "{everybody:?}");
}

#[test]
fn a_real_prometheus_scrapes_a_recorder() {
    if Command::new("prometheus").arg("--version").output().is_err() {
        eprintln!("prometheus is not installed: not checked");
        return;
    }
    let recorder = Recorder::start();
    let folder = tempfile::tempdir().expect("a folder can be made");
    let config = format!(
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: bsmtop\n    static_configs:\n      - targets: [\"{}\"]\n",
        recorder.address
    );
    fs::write(folder.path().join("prometheus.yml"), config).expect("a file can be written");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let mut server = Command::new("prometheus")
        .arg("--config.file=prometheus.yml")
        .arg("--storage.tsdb.path=data")
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let query = |query: &str| -> Option<serde_json::Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        write!(stream, "GET /api/v1/query?query={query} HTTP/1.0\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let answer: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?;
        answer["data"]["result"].get(0).cloned()
    };
    let mut found = None;
    for _ in 0..120 {
        found = query("bsmtop_evaluated_timestamp_seconds").zip(query("up%7Bjob%3D%22bsmtop%22%7D"));
        if found.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    let _ = server.kill();
    let _ = server.wait();
    let (evaluated, up) = found.expect("it has scraped");
    assert_eq!(up["value"][1], "1");
    assert_eq!(evaluated["metric"]["__name__"], "bsmtop_evaluated_timestamp_seconds");
}
