//! Companies of any size, made by rule: the fixtures of the benchmarks.

use std::sync::Arc;

use bsmtop::domain::facts::{LabelList, Signal};
use bsmtop::domain::id::{NodeId, SourceName};
use bsmtop::domain::map::{Kind, Map, Need, Node, Silence, SourceInfo, Value};
use bsmtop::domain::matcher::{LabelTest, Matcher, Pattern};
use bsmtop::domain::money::Amount;
use bsmtop::domain::observation::{Observation, StateReport, Update};
use bsmtop::domain::rule::{Edge, Quantity, Reach, Rule, ShareRow};
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::domain::span::Instant;
use chrono::{DateTime, TimeDelta};
use rust_decimal::Decimal;

/// A fixed random sequence, so that every run measures the same.
pub struct Dice(u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

fn node(id: String, kind: Kind, needs: Vec<Need>, rule: Rule) -> Node {
    Node {
        name: id.clone(),
        id: NodeId::from(id),
        kind,
        owner: None,
        contact: None,
        runbook: None,
        links: Vec::new(),
        tags: Vec::new(),
        needs,
        rule,
        matches: Vec::new(),
        tickets: Vec::new(),
        check: None,
        manual: true,
        value: None,
        measured: None,
        tolerable: None,
        includes: Vec::new(),
        tier: None,
        monthly: None,
    }
}

/// The mixed rules: of ten nodes six take the worst, two count, one weighs and one is exponential.
fn rule(number: usize, children: usize) -> Rule {
    match number % 10 {
        0 | 1 => {
            Rule::AtLeast { need: Quantity::Count(children.div_ceil(2) as u32), warn: None, down: Severity::Warning }
        }
        2 => Rule::Share(vec![ShareRow {
            reach: Reach::Percent(50.into()),
            at: Severity::Major,
            gives: Severity::Critical,
        }]),
        3 => Rule::Exponential(2),
        _ => Rule::Worst,
    }
}

/// A map of so many nodes, a third of them leaves, with so many edges a node on average.
pub fn layered(count: usize, edges: usize) -> Map {
    let (leaves, mut dice) = (count / 3, Dice(7));
    let mut nodes: Vec<Node> =
        (0..leaves).map(|id| node(format!("leaf-{id}"), Kind::Component, Vec::new(), Rule::Worst)).collect();
    let each = edges * count / (count - leaves);
    for number in leaves..count {
        let mut needs: Vec<Need> = Vec::with_capacity(each);
        while needs.len() < each {
            // Near ones mostly, as in real maps: services use what stands just below them.
            let back = 1 + dice.roll(number.min(2_000));
            let child = number - back;
            if needs.iter().all(|need| need.node != child) {
                needs.push(Need { node: child, edge: Edge::default() });
            }
        }
        let children = needs.len();
        nodes.push(node(format!("node-{number}"), Kind::Service, needs, rule(number, children)));
    }
    Map { named: nodes.len(), nodes, ..Map::empty() }
}

/// A company with processes that cost money, and signals on its components.
pub struct Company {
    pub map: Map,
    pub signals: Vec<Arc<Signal>>,
    pub now: Instant,
    texts: Texts,
}

/// Texts of labels, each once: adapters share them between the signals of all polls.
struct Texts {
    keys: [Arc<str>; 5],
    alerts: Vec<Arc<str>>,
    hosts: Vec<Arc<str>>,
    job: Arc<str>,
    teams: Vec<Arc<str>>,
}

impl Texts {
    fn of(hosts: usize) -> Self {
        let numbered = |word: &str, count: usize| (0..count).map(|number| format!("{word}{number}").into()).collect();
        Self {
            keys: ["alertname", "host", "job", "severity", "team"].map(Arc::from),
            alerts: numbered("Alert", 40),
            hosts: numbered("host-", hosts),
            job: "node".into(),
            teams: numbered("team-", 20),
        }
    }

    fn labels(&self, number: usize, host: usize, severity: Severity) -> LabelList {
        let values = [
            self.alerts[number % 40].clone(),
            self.hosts[host].clone(),
            self.job.clone(),
            severity.word().into(),
            self.teams[host % 20].clone(),
        ];
        self.keys.iter().cloned().zip(values).collect()
    }
}

impl Company {
    /// Of ten nodes six are components with a matcher, three are services and one is a process.
    pub fn of(count: usize, signals: usize) -> Self {
        let mut dice = Dice(11);
        let source = SourceName::from("prom");
        let (components, services) = (count * 6 / 10, count * 3 / 10);
        let mut nodes = Vec::with_capacity(count);
        for number in 0..components {
            let host = LabelTest {
                key: "host".into(),
                pattern: Pattern::parse(&format!("host-{number}")).expect("an exact value is a pattern"),
            };
            let matches = vec![Matcher { source: source.clone(), labels: vec![host], severity: None }];
            nodes.push(Node { matches, ..node(format!("host-{number}"), Kind::Component, Vec::new(), Rule::Worst) });
        }
        for number in components..count {
            let (kind, below) = if number < components + services {
                (Kind::Service, 0..components)
            } else {
                (Kind::Process, components..components + services)
            };
            let mut needs: Vec<Need> = Vec::new();
            while needs.len() < 4 {
                let child = below.start + dice.roll(below.len());
                if needs.iter().all(|need| need.node != child) {
                    needs.push(Need { node: child, edge: Edge::default() });
                }
            }
            let value = Value {
                per_hour: Amount::stated(Decimal::from(1 + dice.roll(50_000))),
                profile: None,
                loss: [0, 0, 0, 0, 10, 50, 100].map(|percent| Decimal::new(percent, 2)),
            };
            let value = (kind == Kind::Process).then_some(value);
            nodes.push(Node { value, ..node(format!("n-{number}"), kind, needs, rule(number, 4)) });
        }
        let sources = vec![SourceInfo {
            name: source.clone(),
            type_word: "prometheus".into(),
            silence: Silence::Ok,
            has_heartbeat: true,
            has_signals: true,
            every: TimeDelta::seconds(15),
            timeout: TimeDelta::seconds(10),
            writes: bsmtop::domain::write::Writes::default(),
        }];
        let now = DateTime::from_timestamp(1_795_514_400, 0).expect("a valid instant");
        let texts = Texts::of(components);
        let signals = (0..signals)
            .map(|number| Arc::new(signal(&source, &texts, number, dice.roll(components), dice.roll(100), now)))
            .collect();
        Self { map: Map { named: nodes.len(), nodes, sources, ..Map::empty() }, signals, now, texts }
    }

    /// The signals of a poll in which each is another than in the poll before.
    pub fn moved(&self, turn: usize) -> Vec<Arc<Signal>> {
        let components = self.map.nodes.len() * 6 / 10;
        let mut dice = Dice(turn as u64 * 7 + 13);
        let source = SourceName::from("prom");
        (0..self.signals.len())
            .map(|number| {
                Arc::new(signal(&source, &self.texts, number, dice.roll(components), dice.roll(100), self.now))
            })
            .collect()
    }

    /// The signals of a poll in which one is another than in the poll before, as adapters give them: the others are
    /// the very same.
    pub fn one_moved(&self, turn: usize) -> Vec<Arc<Signal>> {
        let mut signals = self.signals.clone();
        let place = turn / 2 * 7_919 % signals.len();
        if turn % 2 == 1 {
            signals[place] = Arc::new(Signal { severity: Severity::Critical, ..(*signals[place]).clone() });
        }
        signals
    }

    /// What the source would report.
    pub fn update(signals: Vec<Arc<Signal>>, at: Instant) -> Update {
        Update {
            source: SourceName::from("prom"),
            at,
            observation: Observation::State(StateReport { signals, ..StateReport::default() }),
        }
    }
}

/// Most signals are information, as in real floods; one in fifty is a problem.
fn signal(source: &SourceName, texts: &Texts, number: usize, host: usize, luck: usize, now: Instant) -> Signal {
    let severity = match luck {
        0 => Severity::Critical,
        1 => Severity::Warning,
        _ => Severity::Info,
    };
    Signal {
        source: source.clone(),
        id: format!("{number:016x}").into(),
        labels: texts.labels(number, host, severity),
        severity,
        unknown: false,
        handling: Handling::None,
        handled_by: None,
        since: Some(now - TimeDelta::seconds(number as i64 % 5_000)),
        summary: "something is not as it should be".into(),
        link: None,
    }
}
