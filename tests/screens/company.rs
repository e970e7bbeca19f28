//! Worlds for tests of the screens: a company described in TOML, evaluated by the engine itself.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use bsmtop::app::key::Key;
use bsmtop::app::message::{Effect, Message};
use bsmtop::app::{self, Model};
use bsmtop::config;
use bsmtop::domain::map::Map;
use bsmtop::domain::span::Instant;
use bsmtop::domain::world::World;
use bsmtop::domain::write::{Body, Covered, Intent, Method, Number, Preview, Request, WriteKind, WriteKinds, Writes};
use bsmtop::{engine, wire};

/// The instant of all worlds here.
pub const NOW: &str = "2026-11-24T09:42:17Z";

const CONFIG: &str = r#"
tz = "Europe/Berlin"
[money]
currency = "EUR"
[[source]]
name = "prom"
type = "prometheus"
url = "https://prometheus.example"
[[source]]
name = "am"
type = "alertmanager"
url = "https://alertmanager.example"
heartbeat = [{ alertname = "Watchdog" }]
[[source]]
name = "zabbix"
type = "zabbix"
url = "https://zabbix.example"
[[source]]
name = "rt"
type = "rt"
url = "https://rt.example"
"#;

/// The other processes of the company, which are well in every world.
const OTHERS: [(&str, &str, u32); 19] = [
    ("payroll", "Payroll", 12_000),
    ("store-tills", "Store tills", 55_000),
    ("click-collect", "Click & collect", 8_000),
    ("gift-cards", "Gift cards", 1_200),
    ("loyalty", "Loyalty points", 2_400),
    ("pricing", "Price updates", 6_000),
    ("replenish", "Replenishment", 14_000),
    ("invoicing", "Invoicing", 3_000),
    ("supplier-edi", "Supplier EDI", 4_000),
    ("marketplace", "Marketplace", 18_000),
    ("newsletter", "Newsletter", 300),
    ("fraud", "Fraud checks", 9_000),
    ("contact-centre", "Contact centre", 2_000),
    ("accounting", "Accounting", 900),
    ("time-tracking", "Time tracking", 200),
    ("recruiting", "Recruiting", 100),
    ("quality", "Quality control", 700),
    ("customs", "Customs papers", 1_500),
    ("fleet", "Fleet tracking", 2_600),
];

/// The instant of all worlds here.
pub fn now() -> Instant {
    NOW.parse().expect("an instant")
}

/// A map from TOML.
pub fn map(toml: &str) -> Arc<Map> {
    let files = [("config.toml".to_owned(), CONFIG.to_owned()), ("map/company.toml".to_owned(), toml.to_owned())];
    let config = config::load_texts(&files, Path::new("."));
    Arc::new(config.unwrap_or_else(|found| panic!("{found}")).map)
}

/// A world from a map and facts.
pub fn world(map: &Arc<Map>, facts: &str) -> Arc<World> {
    let facts = wire::facts::read(facts, map).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(engine::evaluate(&engine::Model::of(map.clone()), facts))
}

/// The map of the company.
pub fn company() -> Arc<Map> {
    let mut toml = include_str!("company.toml").to_owned();
    for (id, name, value) in OTHERS {
        writeln!(
            toml,
            "[[component]]\nid = \"{id}-app\"\nmatch = [{{ source = \"am\", labels = {{ app = \"{id}\" }} }}]\n\
             [[process]]\nid = \"{id}\"\nname = \"{name}\"\nneeds = [\"{id}-app\"]\nvalue = {{ per_hour = \"{value} EUR\" }}"
        )
        .expect("a string takes all");
    }
    map(&toml)
}

/// Everything is well.
pub fn calm() -> Arc<World> {
    world(
        &company(),
        &format!(
            r#"{{ "at": "{NOW}", "sources": {{ "prom": {{ "age_s": 4 }}, "am": {{ "age_s": 9 }}, "zabbix": {{ "age_s": 12 }}, "rt": {{ "age_s": 31 }} }},
            "signals": [{{ "source": "zabbix", "id": "z", "labels": {{ "host": "returns" }}, "severity": "ok" }}],
            "objectives": {{ "checkout-availability": {{ "errors": "120", "total": "6800000", "coverage": "1", "windows": {{ "5m": "0", "1h": "0.0001", "6h": "0.0002" }} }},
              "search-latency": {{ "errors": "2100", "total": "4400000", "coverage": "1", "windows": {{ "1h": "0", "6h": "0.001" }} }},
              "payroll-run": {{ "errors": "1", "total": "7100", "coverage": "1", "windows": {{ "1h": "0", "6h": "0" }} }} }},
            "spend": {{ "shop-cloud": {{ "to_date": "18300.00" }} }} }}"#
        ),
    )
}

/// One outage, one handled problem, one warning, one lost source.
pub fn outage() -> Arc<World> {
    let mut world = world(&company(), include_str!("outage.json"));
    // Facts from a file have no course of the budget: it comes from the slices of a store.
    let changed = Arc::make_mut(&mut world);
    for state in &mut changed.objectives {
        let Some(left) = state.budget_remaining else { continue };
        let used = rust_decimal::Decimal::ONE - left;
        let length = changed.at - state.window.start;
        let share = |part: i32| rust_decimal::Decimal::from(part * part) / rust_decimal::Decimal::from(48 * 48);
        state.course = (1..=48)
            .map(|part| (state.window.start + length * part / 48, rust_decimal::Decimal::ONE - used * share(part)))
            .collect();
    }
    world
}

/// The outage with what is assumed.
pub fn supposed(model: &Model, assumed: &bsmtop::domain::facts::Assumptions) -> Arc<World> {
    let mut facts: serde_json::Value = serde_json::from_str(include_str!("outage.json")).expect("JSON");
    let word = |state: &Option<bsmtop::domain::severity::Severity>| state.map_or("unknown", |state| state.word());
    let states = assumed.iter().map(|(id, state)| (id.to_string(), word(state).into()));
    facts["assume"] = serde_json::Value::Object(states.collect());
    world(&model.live.map, &facts.to_string())
}

/// No source has answered yet.
pub fn pending() -> Arc<World> {
    let sources = ["prom", "am", "zabbix", "rt"].map(|name| format!(r#""{name}": {{ "freshness": "pending" }}"#));
    world(&company(), &format!(r#"{{ "at": "{NOW}", "sources": {{ {} }} }}"#, sources.join(",")))
}

/// All sources are lost.
pub fn lost() -> Arc<World> {
    let error = "connection refused: is it running, and is the port right?";
    let sources = ["prom", "am", "zabbix", "rt"]
        .map(|name| format!(r#""{name}": {{ "freshness": "lost", "age_s": 312, "error": "{error}" }}"#));
    world(&company(), &format!(r#"{{ "at": "{NOW}", "sources": {{ {} }} }}"#, sources.join(",")))
}

/// 500 processes, each with a problem of its own.
pub fn flood() -> Arc<World> {
    let mut toml = String::new();
    let mut signals = Vec::new();
    for number in 0..500 {
        let severity = ["critical", "major", "minor", "warning"][number % 4];
        writeln!(
            toml,
            "[[component]]\nid = \"c{number}\"\nmatch = [{{ source = \"prom\", labels = {{ n = \"{number}\" }} }}]\n\
             [[process]]\nid = \"p{number}\"\nname = \"Process {number}\"\nneeds = [\"c{number}\"]\n\
             value = {{ per_hour = \"{} EUR\" }}",
            (number * 37) % 4_001
        )
        .expect("a string takes all");
        signals.push(format!(
            r#"{{ "source": "prom", "id": "s{number}", "labels": {{ "n": "{number}" }}, "severity": "{severity}",
                "since": "2026-11-24T09:{:02}:00Z", "summary": "instance {number} does not answer" }}"#,
            number % 40
        ));
    }
    let map = map(&toml);
    world(&map, &format!(r#"{{ "at": "{NOW}", "signals": [{}] }}"#, signals.join(",")))
}

/// Names of 80 characters, wide and right-to-left scripts, joined marks.
pub fn names() -> Arc<World> {
    let names = [
        ("long", "Very long process name that a committee of eleven departments agreed on in the end!"),
        ("wide", "オンライン注文の受付と決済および出荷指示の自動処理システム全国版第二世代"),
        ("rtl", "معالجة الطلبات عبر الإنترنت والدفع والشحن في جميع أنحاء البلاد"),
        ("mixed", "Café e\u{301}te\u{301} 注文 שלום naïve"),
    ];
    let mut toml = String::new();
    let (mut signals, mut tickets, mut objectives) = (Vec::new(), Vec::new(), Vec::new());
    for (id, name) in names {
        writeln!(
            toml,
            "[[component]]\nid = \"{id}-part\"\nname = \"{name} part\"\nmatch = [{{ source = \"prom\", labels = {{ id = \"{id}\" }} }}]\n\
             [[process]]\nid = \"{id}\"\nname = \"{name}\"\nowner = \"{name}\"\nneeds = [\"{id}-part\"]\nvalue = {{ per_hour = \"1234567.89 EUR\" }}"
        )
        .expect("a string takes all");
        signals.push(format!(
            r#"{{ "source": "prom", "id": "{id}", "labels": {{ "id": "{id}" }}, "severity": "critical",
                "since": "2026-11-24T09:01:00Z", "summary": "{name} fails" }}"#
        ));
        writeln!(
            toml,
            "[[objective]]\nid = \"share-of-orders-that-are-taken-in-less-than-two-seconds-by-{id}\"\nnode = \"{id}\"\n\
             target = \"99.9%\"\nwindow = \"month\"\nsource = \"prom\"\n\
             good = 'sum(increase(good[$window]))'\ntotal = 'sum(increase(all[$window]))'"
        )
        .expect("a string takes all");
        objectives.push(format!(
            r#""share-of-orders-that-are-taken-in-less-than-two-seconds-by-{id}": {{ "errors": "4300", "total": "6800000", "coverage": "1",
                "windows": {{ "5m": "0.04", "1h": "0.016", "6h": "0.0082" }} }}"#
        ));
        tickets.push(format!(
            r#"{{ "source": "rt", "id": "{id}-000000000000000001", "labels": {{ "component": "{id}" }}, "status": "waiting for the customer",
                "summary": "{name} fails", "owner": "{name}", "created": "2026-11-24T09:05:00Z" }}"#
        ));
    }
    toml += "[[component]]\nid = \"unheard\"\nname = \"A component that nobody has heard of in the eleven years since it was bought\"\n\
             match = [{ source = \"zabbix\", labels = { host = \"a-host-with-a-name-of-more-than-forty-characters.example\" } }]\n\
             [[customer]]\nid = \"buyer\"\nname = \"Gesellschaft für den Vertrieb von Gegenständen aller Art mbH & Co. KG\"\n\
             tier = \"platinum\"\nneeds = [\"long\", \"wide\"]\n\
             [[clock]]\nsource = \"rt\"\nresolve = \"4h\"\n";
    let map = map(&toml);
    let (signals, tickets, objectives) = (signals.join(","), tickets.join(","), objectives.join(","));
    let facts = format!(
        r#"{{ "at": "{NOW}", "signals": [{signals}], "tickets": [{tickets}], "objectives": {{ {objectives} }},
            "sources": {{ "zabbix": {{ "freshness": "late", "age_s": 50, "error": "{}" }} }} }}"#,
        "the server sent nothing that could be read: ".repeat(4)
    );
    world(&map, &facts)
}

/// An empty map.
pub fn empty() -> Arc<World> {
    Arc::new(World::empty(now()))
}

/// The console with a world, after keys.
pub fn model(world: Arc<World>, size: (u16, u16), keys: &[&str]) -> Model {
    let themes = bsmtop::view::theme::names().into_iter().map(str::to_owned).collect();
    let mut model = Model::new(world, themes, size, now());
    press(&mut model, keys);
    model
}

/// Presses keys at the instant of the worlds; what must be done outside is returned.
pub fn press(model: &mut Model, keys: &[&str]) -> Vec<Effect> {
    let now = model.now;
    let key = |text: &&str| Key::parse(text).unwrap_or_else(|| panic!("no key: {text}"));
    keys.iter().flat_map(|text| app::update(model, Message::Key(key(text)), now)).collect()
}

/// Lets an hour pass in which the cost rate went up and down, and ends with the same world.
pub fn let_time_pass(model: &mut Model) {
    let world = model.world.clone();
    let shares = [0, 0, 1, 1, 2, 4, 7, 3, 1, 1, 0, 0, 1, 5, 8, 10];
    for (at, tenths) in (0..).zip(shares) {
        let mut then = (*world).clone();
        let part =
            |amount: rust_decimal::Decimal| amount * rust_decimal::Decimal::from(tenths) / rust_decimal::Decimal::TEN;
        then.cost_per_hour.low = part(then.cost_per_hour.low);
        then.cost_per_hour.high = part(then.cost_per_hour.high);
        let when = now() + chrono::TimeDelta::seconds(150 * at);
        app::update(model, Message::World(Arc::new(then)), when);
    }
    app::update(model, Message::World(world), now() + chrono::TimeDelta::minutes(41));
    model.now = now();
    model.started = now() - chrono::TimeDelta::minutes(41);
    for (at, _) in &mut model.rates {
        *at -= chrono::TimeDelta::minutes(41);
    }
}

/// The outage, with sources that may be written to.
pub fn writable() -> Arc<World> {
    let mut world = (*outage()).clone();
    let mut map = (*world.map).clone();
    let silences = WriteKinds::of(&[WriteKind::Acknowledge, WriteKind::Silence]);
    let tickets = WriteKinds::of(&[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Create, WriteKind::Link]);
    for source in &mut map.sources {
        let kinds = match source.name.as_str() {
            "prom" | "am" => silences,
            "rt" => tickets,
            _ => WriteKinds::NONE,
        };
        source.writes = Writes { allowed: true, kinds };
    }
    world.map = Arc::new(map);
    Arc::new(world)
}

fn preview(intent: &Intent) -> Preview {
    Preview {
        intent: intent.clone(),
        object: "the object as it is now".into(),
        request: Request {
            method: Method::Post,
            address: 0,
            place: "https://am.example/api/v2/silences".into(),
            path: "api/v2/silences".into(),
            headers: Vec::new(),
            body: Body::Json("{\n  \"comment\": \"x\"\n}".into()),
        },
        covers: vec![Covered { id: "b9".into(), summary: "QueueLag of the other hub".into() }],
        covers_count: 1,
        remarks: vec!["it ends by itself".into()],
    }
}

/// Answers every preparation as its adapter would; numbers count from 1.
pub fn answer(model: &mut Model, effects: &[Effect]) {
    let now = model.now;
    for effect in effects {
        if let Effect::Prepare { round, job, intent } = effect {
            let answer = Ok((Number(*job as u64 + 1), Box::new(preview(intent))));
            app::update(model, Message::Prepared { round: *round, job: *job, answer }, now);
        }
    }
}
