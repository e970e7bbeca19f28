//! What the running engine keeps from world to world against the full pass over the same facts.

use bsmtop::domain::facts::{Series, Signal};
use bsmtop::domain::observation::FiguresReport;
use bsmtop::domain::span::Instant;
use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

/// Shared leaves under every rule, a group, a customer, checks, a node without needs above it, two zones of money.
const MAP: &str = r#"
[[process]]
id = "worst"
needs = ["pair", "c2", { id = "c5", cap = "minor" }]
tolerable = "1h"
value = { per_hour = "100 EUR" }
[[process]]
id = "counted"
needs = ["c0", "c1", "c2", "c3", "spare"]
rule = { at_least = 3, warn = 2 }
value = { per_hour = "700 EUR", profile = "day" }
[[process]]
id = "weighed"
needs = [{ id = "c0", weight = 3 }, "c3", "c4", "scanner"]
rule = { share = [{ reach = "50%", at = "minor", gives = "major" }, { reach = 1, at = "critical", gives = "minor" }] }
value = { per_hour = "90 EUR" }
[[process]]
id = "inverted"
needs = ["spare"]
rule = { not = true }
[[process]]
id = "exact"
needs = ["c1", "c4", "edge"]
rule = { exactly = 3 }
value = { per_hour = "1 EUR" }
[[process]]
id = "pointed"
needs = [{ id = "c0", points = { warning = 10, critical = 40 } }, { id = "c4", points = { minor = 30 } }, "worst"]
rule = { points = { warning = 90, major = 60, critical = 40 } }
[[service]]
id = "pair"
needs = [{ of = ["c0", "c1"], at_least = 1 }, { of = ["c3", "c4"], nth_best = 2 }]
[[service]]
id = "alone"
needs = ["c3", "edge"]
rule = { exponential = 2 }
[[customer]]
id = "acme"
needs = ["worst", "weighed"]
[[component]]
id = "c0"
match = [{ source = "prom", labels = { pod = "0" } }]
tickets = [{ source = "rt", labels = { pod = "0" } }]
[[component]]
id = "c1"
match = [{ source = "prom", labels = { pod = "1" } }, { source = "icinga", labels = { host = "both" } }]
[[component]]
id = "c2"
match = [{ source = "prom", labels = { pod = "2" } }]
tickets = [{ source = "rt", labels = { pod = "2" } }]
[[component]]
id = "c3"
match = [{ source = "prom", labels = { pod = "/[34]/" } }]
[[component]]
id = "c4"
match = [{ source = "prom", labels = { pod = "4" }, severity = "major" }]
[[component]]
id = "c5"
match = [{ source = "prom", labels = { pod = "5" } }]
[[component]]
id = "spare"
match = [{ source = "prom", labels = { pod = "!6" , kind = "spare" } }]
[[component]]
id = "scanner"
match = [{ source = "icinga", labels = { host = "scan*" } }]
[[component]]
id = "edge"
check = { source = "prom", query = "up", critical = "< 1" }
[[profile]]
id = "day"
tz = "UTC"
hours = { mon-sun = { "00:00-10:05" = 1, "10:05-24:00" = 0.5 } }
[[maintenance]]
nodes = ["pair"]
start = 2026-11-24T10:20:00
tz = "UTC"
duration = "10m"
"#;

const SEVERITIES: [&str; 7] = ["ok", "unclassified", "info", "warning", "minor", "major", "critical"];
const HANDLING: [&str; 3] = ["none", "acknowledged", "maintenance"];

/// Something that happens between two worlds.
#[derive(Clone, Debug)]
enum Happening {
    /// A signal is so from now on: id, pod, severity, handling, minutes since it began.
    Signal(usize, usize, usize, usize, i64),
    /// A signal goes.
    Gone(usize),
    /// The order of the list turns around.
    Reversed,
    /// A check reads so, or has no data.
    Check(Option<i8>),
    /// A ticket is opened at a pod.
    Ticket(usize),
    /// A source says nothing for some minutes.
    Silence(usize, i64),
    /// Minutes pass.
    Time(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => (0..9_usize, 0..7_usize, 0..7_usize, 0..3_usize, 0..90_i64)
            .prop_map(|(id, pod, severity, handling, age)| Happening::Signal(id, pod, severity, handling, age)),
        3 => (0..9_usize).prop_map(Happening::Gone),
        1 => Just(Happening::Reversed),
        2 => prop::option::of(0..2_i8).prop_map(Happening::Check),
        1 => (0..3_usize).prop_map(Happening::Ticket),
        1 => (0..2_usize, 1..9_i64).prop_map(|(source, minutes)| Happening::Silence(source, minutes)),
        2 => (0..3_i64).prop_map(Happening::Time),
    ]
}

/// What the sources would say now.
#[derive(Default)]
struct Scene {
    signals: Vec<(usize, Value)>,
    tickets: Vec<Value>,
    check: Option<i8>,
    silent_until: [Option<Instant>; 2],
}

impl Scene {
    fn apply(&mut self, happening: &Happening, now: Instant) {
        match happening {
            Happening::Signal(id, pod, severity, handling, age) => {
                let kind = if pod % 2 == 0 { "spare" } else { "plain" };
                let signal = json!({
                    "source": "prom", "id": format!("s{id}"), "severity": SEVERITIES[*severity],
                    "labels": { "pod": pod.to_string(), "kind": kind }, "handling": HANDLING[*handling],
                    "since": (now - TimeDelta::minutes(*age)).to_rfc3339(), "summary": format!("{pod} is {severity}"),
                });
                match self.signals.iter_mut().find(|(known, _)| known == id) {
                    Some((_, known)) => *known = signal,
                    None => self.signals.push((*id, signal)),
                }
            }
            Happening::Gone(id) => self.signals.retain(|(known, _)| known != id),
            Happening::Reversed => self.signals.reverse(),
            Happening::Check(value) => self.check = *value,
            Happening::Ticket(pod) => {
                let id = self.tickets.len().to_string();
                self.tickets
                    .push(json!({ "source": "rt", "id": id, "labels": { "pod": pod.to_string() }, "status": "open" }));
            }
            Happening::Silence(source, minutes) => {
                self.silent_until[*source] = Some(now + TimeDelta::minutes(*minutes));
            }
            Happening::Time(_) => {}
        }
    }

    /// Each source that is not silent reports.
    fn tell(&self, live: &mut Live, map: &Map, now: Instant) {
        let signals: Vec<&Value> = self.signals.iter().map(|(_, signal)| signal).collect();
        let scanner = scanner_works();
        for (place, name, signals) in [(0, "prom", signals), (1, "icinga", vec![&scanner]), (2, "rt", Vec::new())] {
            if self.silent_until.get(place).is_some_and(|until| until.is_some_and(|until| now < until)) {
                continue;
            }
            let tickets = if name == "rt" { self.tickets.clone() } else { Vec::new() };
            let said = facts_of(map, json!({ "signals": signals, "tickets": tickets }));
            let report = StateReport { signals: said.signals, tickets: said.tickets, ..StateReport::default() };
            live.take(Update { source: name.into(), at: now, observation: Observation::State(report) });
            if name == "prom" {
                let series = |value: i8| vec![Series { key: "".into(), value: f64::from(value) }];
                let checks = self.check.map(|value| ("edge".into(), series(value))).into_iter().collect();
                let report = FiguresReport { checks, ..FiguresReport::default() };
                live.take(Update { source: name.into(), at: now, observation: Observation::Figures(report) });
            }
        }
    }
}

/// All that a world says.
fn said(world: &World) -> Value {
    wire::world::to_json(world)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_equals_the_full_pass(story in prop::collection::vec(happening(), 1..40)) {
        let map = map_of(MAP);
        let mut now: Instant = "2026-11-24T10:00:00Z".parse().expect("an instant");
        let (mut live, mut scene) = (Live::new(map.clone(), now), Scene::default());
        for (number, happening) in story.iter().enumerate() {
            scene.apply(happening, now);
            scene.tell(&mut live, &map, now);
            if let Happening::Time(passed) = happening {
                for _ in 0..2 * passed {
                    now += TimeDelta::seconds(30);
                    scene.tell(&mut live, &map, now);
                    live.world(now);
                }
            }
            now += TimeDelta::milliseconds(250);
            let world = said(&live.world(now));
            let found = super::live::differences("", &world, &said(&live.full_pass(now)));
            prop_assert!(found.is_empty(), "after happening {} of {:?}: {:#?}", number, story, found);
        }
    }
}

/// A map too large for every question at every turn: ten services over thirty leaves each, a process over three.
fn large() -> Arc<Map> {
    let mut text = String::new();
    for leaf in 0..2_400 {
        let _ = writeln!(
            text,
            "[[component]]\nid = \"c{leaf}\"\nmatch = [{{ source = \"prom\", labels = {{ pod = \"{leaf}\" }} }}]"
        );
    }
    for service in 0..80 {
        let needs: Vec<String> = (0..30).map(|leaf| format!("\"c{}\"", service * 30 + leaf)).collect();
        let rule = ["", "rule = { at_least = 28 }", "rule = { exponential = 4 }"][service % 3];
        let _ = writeln!(text, "[[service]]\nid = \"s{service}\"\nneeds = [{}]\n{rule}", needs.join(", "));
    }
    for process in 0..40 {
        let needs = format!("\"s{}\", \"s{}\", \"s{}\"", process, process + 20, process + 40);
        let _ = writeln!(
            text,
            "[[process]]\nid = \"p{process}\"\nneeds = [{needs}]\nvalue = {{ per_hour = \"{}.07 EUR\" }}",
            100 + 17 * process
        );
    }
    map_of(&text)
}

/// With more causes than are in view: fix values come and go with the order.
#[test]
fn what_is_kept_of_a_large_map_equals_the_full_pass() {
    let map = large();
    let now: Instant = "2026-11-24T10:00:00Z".parse().expect("an instant");
    let mut live = Live::new(map.clone(), now);
    let mut dice = 7_u64;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    let mut signals: Vec<Arc<Signal>> = Vec::new();
    let make = |number: usize, pod: usize, severity: usize| {
        let signal = signal(&format!("s{number}"), &json!({ "pod": pod.to_string() }), SEVERITIES[severity], "none");
        facts_of(&map, json!({ "signals": [signal] })).signals.remove(0)
    };
    for number in 0..300 {
        signals.push(make(number, roll(2_400), 3 + roll(4)));
    }
    for turn in 0..24 {
        let at = now + TimeDelta::milliseconds(250 * turn);
        match roll(4) {
            0 => drop(signals.remove(roll(signals.len()))),
            1 => signals.insert(roll(signals.len()), make(1_000 + turn as usize, roll(2_400), 3 + roll(4))),
            2 => {
                let place = roll(signals.len());
                let number = signals[place].id[1..].parse().expect("a number");
                signals[place] = make(number, roll(2_400), roll(7));
            }
            _ => {}
        }
        let report = StateReport { signals: signals.clone(), ..StateReport::default() };
        live.take(Update { source: "prom".into(), at, observation: Observation::State(report) });
        let world = live.world(at);
        assert!(world.causes.len() > 100, "more than are in view: {}", world.causes.len());
        let found = super::live::differences("", &said(&world), &said(&live.full_pass(at)));
        assert!(found.is_empty(), "turn {turn}: {found:#?}");
        if turn % 5 == 4 {
            live.look_ahead();
        }
    }
}
