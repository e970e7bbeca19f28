//! A company with two customers, and its history, written as a running engine writes it.

use std::path::Path;
use std::sync::Arc;

use bsmtop::config;
use bsmtop::domain::facts::{Change, Signal};
use bsmtop::domain::observation::{Observation, StateReport, Update};
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::domain::span::{Instant, Span};
use bsmtop::domain::world::World;
use bsmtop::engine::live::Live;
use bsmtop::store::{Limits, Options, Writer};
use chrono::TimeDelta;

const CONFIG: &str = r#"
tz = "Europe/Berlin"
[money]
currency = "EUR"
[[source]]
name = "prom"
type = "prometheus"
url = "http://127.0.0.1:9"
[[source]]
name = "rt"
type = "rt"
url = "http://127.0.0.1:9"
"#;

const MAP: &str = r#"
[[process]]
id = "checkout"
name = "Online checkout"
needs = ["pay-db"]
value = { per_hour = "1200 EUR" }
[[process]]
id = "payroll"
name = "Payroll"
needs = ["pay-db"]
[[component]]
id = "pay-db"
name = "Payments DB"
owner = "Storage"
match = [{ source = "prom", labels = { pod = "db" } }]
[[customer]]
id = "acme"
name = "Acme"
needs = ["checkout"]
monthly = "18000 EUR"
[[customer]]
id = "globex"
name = "Globex"
needs = ["checkout", "payroll"]
monthly = "7000 EUR"
[[objective]]
id = "checkout-up"
node = "checkout"
target = "99.95%"
window = "month"
state = "major"
[objective.credit]
tiers = [{ below = "99.95%", share = "10%" }]
[[maintenance]]
nodes = ["checkout"]
start = 2024-05-18T22:30:00
tz = "Europe/Berlin"
duration = "30m"
excluded = true
summary = "Upgrade by ops"
"#;

/// A company while its story is told.
pub struct Story {
    live: Live,
    writer: Writer,
    now: Instant,
    signals: Vec<Signal>,
    changes: Vec<Change>,
    turns: usize,
}

/// Moments that may wait to be written.
const FEW: usize = 20;

impl Story {
    /// All is well, in a folder with configuration, map and history.
    pub fn begin(folder: &Path, now: Instant) -> Self {
        let mut story = Self::unseen(folder, now);
        story.turn();
        story
    }

    /// Nobody has looked yet.
    pub fn unseen(folder: &Path, now: Instant) -> Self {
        std::fs::create_dir(folder.join("map")).expect("a folder");
        std::fs::write(folder.join("config.toml"), CONFIG).expect("written");
        std::fs::write(folder.join("map/shop.toml"), MAP).expect("written");
        let map = Arc::new(config::load(folder).expect("a configuration").map);
        let place = folder.join("history.db");
        let tell = Box::new(|_: &_| ());
        let options = Options { place, who: "test".to_owned(), limits: Limits::default(), tell };
        let writer = Writer::start(options).expect("a thread");
        Self { live: Live::new(map, now), writer, now, signals: Vec::new(), changes: Vec::new(), turns: 0 }
    }

    /// Sources answer every half a minute, and nothing changes.
    pub fn quiet_until(&mut self, until: Instant) {
        while self.now < until {
            // The engine looks often enough that there is no gap; long quiet is covered in few turns.
            self.now = (self.now + TimeDelta::seconds(50)).min(until);
            self.turn();
        }
    }

    /// Nobody looks.
    pub fn gap_until(&mut self, until: Instant) {
        self.now = until;
        self.turn();
    }

    /// Something fails now.
    pub fn fails(&mut self, pod: &str, severity: Severity, summary: &str) {
        self.signals.push(signal(pod, severity, summary, self.now));
        self.turn();
    }

    /// Nobody looks for a while; then something is seen to have failed meanwhile.
    pub fn failed_unseen(&mut self, pod: &str, severity: Severity, since: Instant, seen: Instant) {
        self.now = seen;
        self.signals.push(signal(pod, severity, "failed unseen", since));
        self.turn();
    }

    /// Somebody has it.
    pub fn acknowledged(&mut self, pod: &str) {
        for signal in self.signals.iter_mut().filter(|signal| signal.id.starts_with(pod)) {
            signal.handling = Handling::Acknowledged;
        }
        self.turn();
    }

    /// Everything is well again.
    pub fn mended(&mut self) {
        self.signals.clear();
        self.turn();
    }

    /// A change is planned.
    pub fn plans(&mut self, id: &str, summary: &str, node: &str, start: Instant, end: Instant) {
        self.changes.push(Change {
            source: "rt".into(),
            id: id.into(),
            labels: Vec::new().into(),
            nodes: vec![node.into()],
            window: Span::new(start, end),
            summary: summary.into(),
        });
        self.turn();
    }

    /// All of it is in the file.
    pub fn flush(&self) {
        self.writer.flush();
    }

    /// The company as it is.
    pub fn world(&mut self) -> Arc<World> {
        Arc::new(self.live.world(self.now))
    }

    /// The map of the folder is in force.
    pub fn remap(&mut self, folder: &Path) {
        self.live.remap(Arc::new(config::load(folder).expect("a configuration").map), self.now);
        self.turn();
    }

    fn turn(&mut self) {
        let at = self.now;
        let signals = self.signals.iter().cloned().map(Arc::new).collect();
        let changes = self.changes.iter().cloned().map(Arc::new).collect();
        let reports = [
            ("prom", StateReport { signals, ..StateReport::default() }),
            ("rt", StateReport { changes, ..StateReport::default() }),
        ];
        for (source, report) in reports {
            self.live.take(Update { source: source.into(), at, observation: Observation::State(report) });
        }
        self.writer.note(self.live.moment(at));
        self.turns += 1;
        if self.turns.is_multiple_of(FEW) {
            // A story is told faster than a disk writes.
            self.writer.flush();
        }
    }
}

fn signal(pod: &str, severity: Severity, summary: &str, since: Instant) -> Signal {
    Signal {
        source: "prom".into(),
        id: format!("{pod}-{}", since.timestamp()).into(),
        labels: vec![(Arc::from("pod"), Arc::from(pod))].into(),
        severity,
        unknown: false,
        handling: Handling::None,
        handled_by: None,
        since: Some(since),
        summary: summary.into(),
        link: None,
    }
}
