//! Timeline and time travel over a real file of history: what the console asks for is answered as the runtime answers.

#[path = "report/company.rs"]
#[allow(dead_code, reason = "the tests of reports use the rest")]
mod company;

use std::path::Path;
use std::sync::Arc;

use bsmtop::app::key::Key;
use bsmtop::app::lens::Lens;
use bsmtop::app::message::{Effect, Message};
use bsmtop::app::place::{Item, Pane, Place, Screen};
use bsmtop::app::{self, Model};
use bsmtop::config;
use bsmtop::domain::severity::Severity;
use bsmtop::domain::span::Instant;
use bsmtop::engine;
use bsmtop::runtime::past;
use bsmtop::store::Reader;
use bsmtop::view;
use bsmtop::view::theme::Theme;
use chrono::TimeDelta;
use company::Story;
use ratatui::layout::Rect;

fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

const NOW: &str = "2024-05-07T16:00:00Z";

/// A day with a failure that somebody took, an hour that nobody saw, a failure that is on, a change after it, and
/// work that is planned.
fn day(folder: &Path) -> Story {
    let mut story = Story::begin(folder, at("2024-05-07T02:00:00Z"));
    story.quiet_until(at("2024-05-07T06:00:00Z"));
    story.fails("db", Severity::Critical, "disk full");
    story.quiet_until(at("2024-05-07T06:12:00Z"));
    story.acknowledged("db");
    story.quiet_until(at("2024-05-07T06:45:00Z"));
    story.mended();
    story.plans("CHG-6", "new index", "pay-db", at("2024-05-07T09:00:00Z"), at("2024-05-07T09:30:00Z"));
    story.quiet_until(at("2024-05-07T11:00:00Z"));
    story.gap_until(at("2024-05-07T12:00:00Z"));
    story.quiet_until(at("2024-05-07T15:20:00Z"));
    story.fails("db", Severity::Major, "replication broken");
    story.plans("CHG-7", "new firmware", "pay-db", at("2024-05-07T20:00:00Z"), at("2024-05-07T21:00:00Z"));
    story.quiet_until(at(NOW));
    story.flush();
    story
}

/// A console over a history.
struct Desk {
    model: Model,
    reader: Reader,
    engine: engine::Model,
}

impl Desk {
    fn open(folder: &Path, story: &mut Story, size: (u16, u16)) -> Self {
        let reader = Reader::open(&folder.join("history.db")).expect("it was written");
        let model = Model::new(story.world(), vec!["noc-dark".to_owned()], size, at(NOW));
        let map = Arc::new(config::load(folder).expect("a configuration").map);
        Self { model, reader, engine: engine::Model::of(map) }
    }

    /// Presses keys, and answers what is asked for at once.
    fn press(&mut self, keys: &[&str]) {
        for key in keys {
            let key = Key::parse(key).expect("a key");
            self.take(Message::Key(key));
        }
    }

    fn take(&mut self, message: Message) {
        let now = self.model.now;
        let mut effects = app::update(&mut self.model, message, now);
        while let Some(effect) = effects.pop() {
            let answer = match effect {
                Effect::Recall(span) => {
                    let answer = past::remembered(&self.reader, &self.engine.map, span);
                    Message::Remembered(answer.map(Arc::new).map_err(|error| error.to_string()))
                }
                Effect::LookBack(at) => {
                    let answer = past::look_back(&self.reader, &self.engine, at);
                    Message::LookedBack(at, answer.map(Box::new).map_err(|error| error.to_string()))
                }
                _ => continue,
            };
            effects.extend(app::update(&mut self.model, answer, now));
        }
    }

    fn screen(&self) -> String {
        let area = Rect::new(0, 0, self.model.size.width, self.model.size.height);
        let scene = view::draw(&self.model, &Theme::named("noc-dark").expect("embedded"), area);
        let lines = scene.buffer.content.chunks(usize::from(area.width));
        let line = |line: &[ratatui::buffer::Cell]| line.iter().map(ratatui::buffer::Cell::symbol).collect::<String>();
        lines.map(|cells| line(cells).trim_end().to_owned() + "\n").collect()
    }

    fn selected(&self) -> String {
        self.model.selected().map_or_else(String::new, |row| row.id.item.to_string())
    }
}

#[test]
fn the_timeline_at_several_sizes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut story = day(folder.path());
    for size in [(80, 24), (120, 40), (200, 50)] {
        let mut desk = Desk::open(folder.path(), &mut story, size);
        desk.press(&["7"]);
        insta::assert_snapshot!(format!("timeline_{}x{}", size.0, size.1), desk.screen());
        desk.press(&["j", "Enter"]);
        insta::assert_snapshot!(format!("timeline_event_{}x{}", size.0, size.1), desk.screen());
        desk.press(&["2"]);
        insta::assert_snapshot!(format!("timeline_strips_{}x{}", size.0, size.1), desk.screen());
        desk.press(&["[", "["]);
        insta::assert_snapshot!(format!("timeline_past_{}x{}", size.0, size.1), desk.screen());
    }
}

#[test]
fn what_happened_is_filtered_by_node_and_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut story = day(folder.path());
    let mut desk = Desk::open(folder.path(), &mut story, (120, 40));
    desk.press(&["7"]);
    let all = desk.model.list(Pane::Events).expect("a list").rows.len();
    assert!(desk.screen().contains("would make Online checkout critical"), "{}", desk.screen());
    assert!(desk.screen().contains("nobody looked"), "{}", desk.screen());
    desk.press(&["/", "p", "a", "y", "r", "o", "l", "l", "Enter"]);
    let of_payroll = desk.model.list(Pane::Events).expect("a list").rows.len();
    assert!(of_payroll > 0 && of_payroll < all, "{of_payroll} of {all}");
    desk.press(&["Esc"]);
    while !desk.selected().starts_with("incident:checkout") {
        desk.press(&["j"]);
    }
    desk.press(&["Enter"]);
    assert!(matches!(desk.model.here().place, Place::Item(Item::Event(_))));
    let screen = desk.screen();
    assert!(screen.contains("replication broken") && screen.contains("nobody took all of it"), "{screen}");
    desk.press(&["Esc"]);
    assert_eq!(desk.model.here().place, Place::Screen(Screen::Timeline));
    let before = desk.model.axis();
    desk.press(&["="]);
    assert!(desk.model.axis().length() < before.length());
    let shown = |desk: &Desk| desk.model.list(Pane::Events).expect("a list").rows.len();
    for (filter, expected) in
        [("kind:incident owner:storage", 2), ("kind:incident cost>300", 1), ("kind:planned sev>=major", 1)]
    {
        desk.press(&["/"]);
        desk.take(Message::Paste(filter.to_owned()));
        desk.press(&["Enter"]);
        assert_eq!(shown(&desk), expected, "{filter}:\n{}", desk.screen());
        desk.press(&["Esc"]);
    }
}

#[test]
fn stepping_back_shows_the_company_as_it_stood_and_esc_returns() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut story = day(folder.path());
    let mut desk = Desk::open(folder.path(), &mut story, (120, 40));
    desk.press(&["7", "1"]);
    assert!(desk.screen().contains("replication broken"));
    // Now, its beginning, the beginning of the change, the end and the beginning of the failure of the morning.
    let mut stops = Vec::new();
    while desk.model.as_of() > at("2024-05-07T06:00:00Z") {
        desk.press(&["["]);
        let Lens::Past { at } = desk.model.lens else { panic!("{:?}", desk.model.lens) };
        stops.push(at.format("%H:%M").to_string());
    }
    assert!(stops.ends_with(&["09:00".to_owned(), "06:45".to_owned(), "06:00".to_owned()]), "{stops:?}");
    let screen = desk.screen();
    assert!(screen.contains("PAST Tue 7 May 2024 08:00:00") && screen.contains("Esc leads back to now"), "{screen}");
    assert!(screen.contains("disk full") && !screen.contains("replication"), "{screen}");
    for screen in ["2", "3", "4", "5", "6", "9", "7"] {
        desk.press(&[screen]);
        assert!(desk.screen().contains("PAST Tue 7 May 2024 08:00:00"), "screen {screen} is not marked");
    }
    assert!(!desk.screen().contains("replication"), "what came later did not happen yet:\n{}", desk.screen());
    assert!(app::lens::can_write(&desk.model).is_err());
    // Live goes on meanwhile, unseen.
    let world = story.world();
    desk.take(Message::World(world));
    assert_eq!(desk.model.world.at, at("2024-05-07T06:00:00Z"));
    desk.press(&["]"]);
    assert_eq!(desk.model.as_of(), at("2024-05-07T06:45:00Z"));
    desk.press(&["1", "Esc"]);
    assert!(desk.model.lens.is_live());
    assert!(desk.screen().contains("replication broken") && !desk.screen().contains("PAST"));
}

#[test]
fn an_instant_is_typed_and_a_gap_is_unknown() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut story = day(folder.path());
    let mut desk = Desk::open(folder.path(), &mut story, (120, 40));
    let mut at = |text: &str| {
        desk.press(&[":"]);
        desk.take(Message::Paste(format!("at {text}")));
        desk.press(&["Enter"]);
        (desk.model.as_of(), desk.screen())
    };
    let (instant, screen) = at("-9h30m");
    assert_eq!(instant.to_rfc3339(), "2024-05-07T06:30:00+00:00");
    assert!(screen.contains("disk full") && screen.contains("PAST Tue 7 May 2024 08:30:00"), "{screen}");
    let (instant, screen) = at("2024-05-07 13:30");
    assert_eq!(instant.to_rfc3339(), "2024-05-07T11:30:00+00:00");
    assert!(screen.contains("2 UNKNOWN"), "nobody looked:\n{screen}");
    let (_, screen) = at("now");
    assert!(screen.contains("replication broken") && !screen.contains("PAST"), "{screen}");
    let (_, screen) = at("tomorrow");
    assert!(screen.contains("no instant"), "{screen}");
}

#[test]
fn an_event_is_looked_at_as_it_began_and_the_future_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut story = day(folder.path());
    let mut desk = Desk::open(folder.path(), &mut story, (120, 40));
    desk.press(&["7"]);
    assert!(desk.selected().starts_with("planned:"), "{}", desk.selected());
    desk.press(&["@"]);
    assert!(desk.model.lens.is_live());
    desk.press(&["G"]);
    while !desk.selected().starts_with("incident:checkout") {
        desk.press(&["k"]);
    }
    desk.press(&["@"]);
    assert_eq!(desk.model.as_of(), at("2024-05-07T06:00:00Z"));
    desk.press(&["]", "]", "]", "]", "]", "]", "]", "]", "]", "]"]);
    assert!(desk.model.lens.is_live(), "forward ends at now");
}

#[test]
fn after_a_change_of_the_map_what_was_concluded_stays_and_the_present_map_stands_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut story = day(folder.path());
    let file = folder.path().join("map/shop.toml");
    let map = std::fs::read_to_string(&file).expect("the map");
    let standby =
        "\n[[component]]\nid = \"standby\"\nmatch = [{ source = \"prom\", labels = { pod = \"standby\" } }]\n";
    let needs = r#"needs = [{ of = ["pay-db", "standby"], at_least = 1 }]"#;
    std::fs::write(&file, map.replacen(r#"needs = ["pay-db"]"#, needs, 1) + standby).expect("written");
    story.remap(folder.path());
    story.flush();
    let mut desk = Desk::open(folder.path(), &mut story, (120, 40));
    desk.press(&["2"]);
    while desk.model.as_of() > at("2024-05-07T06:00:00Z") {
        desk.press(&["["]);
    }
    let checkout = desk.engine.index_of("checkout").expect("it is in the map");
    assert_eq!(desk.model.world.nodes[checkout].interval.low, Severity::Critical, "as it was concluded");
    assert_eq!(desk.model.world.cost_per_hour.low.to_string(), "1200");
    let screen = desk.screen();
    assert!(screen.contains("the map is another now: 2 nodes would be otherwise"), "{screen}");
    while desk.selected() != "checkout" {
        desk.press(&["j"]);
    }
    desk.press(&["Enter"]);
    assert!(desk.screen().contains("by the present map"), "{}", desk.screen());
    // What is evaluated by the present map alone is still the same engine's answer.
    let world = past::world(&desk.reader, &desk.engine, at("2024-05-07T06:00:00Z")).expect("readable");
    assert_eq!(world.nodes[checkout].interval.low, Severity::Ok);
}

#[test]
fn without_history_the_screens_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut story = day(folder.path());
    let mut desk = Desk::open(folder.path(), &mut story, (80, 24));
    let now = desk.model.now;
    let effects = app::update(&mut desk.model, Message::Key(Key::parse("7").expect("a key")), now);
    assert!(matches!(effects[..], [Effect::Recall(_)]), "{effects:?}");
    assert!(desk.screen().contains("History is being asked"));
    let effects = app::update(&mut desk.model, Message::Tick, now);
    assert!(effects.is_empty(), "one question at a time: {effects:?}");
    app::update(&mut desk.model, Message::Remembered(Err("no history is kept".to_owned())), now);
    assert!(desk.screen().contains("no history is kept"));
    let later = now + TimeDelta::seconds(61);
    let effects = app::update(&mut desk.model, Message::Tick, later);
    assert!(matches!(effects[..], [Effect::Recall(_)]), "it is asked again: {effects:?}");
}
