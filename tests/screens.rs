//! Every screen at several sizes, for worlds that the engine made: as text, and as styles where colour is the point.
//!
//! `BSMTOP_FRAMES=DIR cargo test --test screens -- --ignored frames` writes them as ANSI files, to be looked at;
//! `BSMTOP_FRAMES_ONLY` takes parts of file names.

#[path = "screens/ansi.rs"]
mod ansi;
#[path = "screens/company.rs"]
mod company;

use std::sync::Arc;

use bsmtop::app::message::Message;
use bsmtop::app::welcome::Welcome;
use bsmtop::app::{self, Model};
use bsmtop::domain::world::World;
use bsmtop::view::theme::Theme;
use bsmtop::view::{self, scene::Scene};
use ratatui::layout::Rect;

const SIZES: [(u16, u16); 5] = [(30, 8), (80, 24), (120, 40), (200, 50), (320, 90)];

fn draw(model: &Model, theme: &str) -> Scene {
    let theme = Theme::named(theme).expect("an embedded theme");
    view::draw(model, &theme, Rect::new(0, 0, model.size.width, model.size.height))
}

/// The cells as text, without blanks at the ends of lines.
fn text(scene: &Scene) -> String {
    let width = usize::from(scene.buffer.area.width);
    let mut out = String::new();
    for row in scene.buffer.content.chunks(width.max(1)) {
        let mut skip = 0;
        let mut line = String::new();
        for cell in row {
            if skip == 0 {
                line.push_str(cell.symbol());
                skip = view::text::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

/// Sizes at which worlds differ enough to be kept.
const SOME: [(u16, u16); 2] = [(80, 24), (120, 40)];

fn check(name: &str, world: &Arc<World>, keys: &[&str]) {
    check_at(&SIZES, name, world, keys);
}

fn check_at(sizes: &[(u16, u16)], name: &str, world: &Arc<World>, keys: &[&str]) {
    for size in sizes.iter().copied() {
        let model = company::model(world.clone(), size, keys);
        insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), text(&draw(&model, "noc-dark")));
    }
}

#[test]
fn overview() {
    for (name, world) in [
        ("calm", company::calm()),
        ("outage", company::outage()),
        ("flood", company::flood()),
        ("lost", company::lost()),
        ("pending", company::pending()),
        ("names", company::names()),
        ("empty", company::empty()),
    ] {
        check(&format!("overview_{name}"), &world, &["1"]);
    }
}

/// The screens with the keys that open them.
const SCREENS: [(&str, &str); 9] = [
    ("processes", "2"),
    ("sla", "3"),
    ("cost", "4"),
    ("signals", "5"),
    ("tickets", "6"),
    ("timeline", "7"),
    ("map", "8"),
    ("sources", "9"),
    ("log", "E"),
];

#[test]
fn lists() {
    let outage = company::outage();
    for (name, key) in SCREENS {
        check(&format!("{name}_outage"), &outage, &[key]);
        for (world_name, world) in [
            ("calm", company::calm()),
            ("flood", company::flood()),
            ("lost", company::lost()),
            ("names", company::names()),
            ("empty", company::empty()),
        ] {
            // The log says of no world more than of another; what else is alike is kept once.
            if name != "log" || world_name == "empty" {
                check(&format!("{name}_{world_name}"), &world, &[key]);
            }
        }
    }
    check_at(&SOME, "processes_flood_end", &company::flood(), &["2", "G"]);
    check_at(&SOME, "signals_flood_open", &company::flood(), &["5", "l"]);
    check_at(&SOME, "sla_clock", &outage, &["3", "j"]);
}

#[test]
fn wall() {
    const WALLS: [(u16, u16); 5] = [(30, 8), (80, 24), (120, 40), (200, 50), (320, 90)];
    for (name, world) in [
        ("calm", company::calm()),
        ("outage", company::outage()),
        ("flood", company::flood()),
        ("lost", company::lost()),
        ("pending", company::pending()),
        ("names", company::names()),
        ("empty", company::empty()),
    ] {
        check_at(&WALLS, &format!("wall_{name}"), &world, &["0"]);
    }
    let outage = company::outage();
    check_at(&WALLS, "wall_sla", &outage, &["0", "Right"]);
    check_at(&WALLS, "wall_cost", &outage, &["0", "Left"]);
    check_at(&WALLS[3..4], "wall_private", &outage, &["0", "p"]);
}

#[test]
fn what_if_and_choosing() {
    let outage = company::outage();
    check_at(&SOME, "menu_sort", &outage, &["2", "s"]);
    check_at(&SOME, "menu_columns", &outage, &["2", "C"]);
    check_at(&SOME, "menu_what_if", &outage, &["2", "!"]);
    check_at(&SOME, "menu_what_if_typed", &outage, &["2", "!", "d", "b"]);
    check_at(&SOME, "marked", &outage, &["2", "v", "v"]);
    for size in SIZES {
        let mut model = company::model(outage.clone(), size, &["!", "w", "a", "r", "e", "Enter"]);
        let bsmtop::app::lens::Lens::WhatIf(assumed) = model.lens.clone() else { panic!("{:?}", model.lens) };
        let supposed = company::supposed(&model, &assumed);
        let now = model.now;
        app::update(&mut model, Message::World(supposed), now);
        insta::assert_snapshot!(format!("what_if_{}x{}", size.0, size.1), text(&draw(&model, "noc-dark")));
        company::press(&mut model, &["1"]);
        if SOME.contains(&size) {
            insta::assert_snapshot!(format!("what_if_overview_{}x{}", size.0, size.1), text(&draw(&model, "noc-dark")));
        }
    }
}

#[test]
fn details_and_overlays() {
    let outage = company::outage();
    check_at(&SOME, "detail_process", &outage, &["Enter"]);
    check_at(&SOME, "detail_cause", &outage, &["Enter", "Enter"]);
    check_at(&SOME, "detail_objective", &outage, &["3", "Enter"]);
    check_at(&SOME, "detail_ticket", &outage, &["6", "Enter"]);
    check_at(&SOME, "detail_signal", &outage, &["5", "Enter"]);
    check_at(&SOME, "detail_source", &outage, &["9", "j", "j", "Enter"]);
    check_at(&SIZES[..4], "tree", &outage, &["x"]);
    check_at(&SIZES[..4], "why", &outage, &["w"]);
    check_at(&SIZES[..4], "why_second", &outage, &["j", "w"]);
    for (name, screen) in [("why_promise", "3"), ("why_cost", "4"), ("why_ticket", "6")] {
        check_at(&SIZES[1..4], name, &outage, &[screen, "w"]);
    }
    check_at(&SIZES[..4], "help", &outage, &["?"]);
    check_at(&SIZES[..4], "filter", &outage, &["2", "/", "p", "a", "y"]);
    check_at(&SIZES[..4], "frozen", &outage, &["space"]);
    check_at(&SIZES[..4], "filter_wrong", &outage, &["2", "/", "s", "e", "v", ">", "=", "x"]);
    check_at(&SIZES[..4], "palette", &outage, &[":", "p", "a", "y"]);
    check_at(&SIZES[..4], "palette_empty", &outage, &[":"]);
    check_at(&SIZES[..4], "palette_theme", &outage, &["T", "Down"]);
    check_at(&SIZES[..4], "palette_wrong", &outage, &[":", "q", "x", "Enter"]);
}

#[test]
fn welcome() {
    let welcome = Welcome { folder: "/home/ada/.config/bsmtop".to_owned(), ascii: false, choice: None };
    let theme = Theme::named("noc-dark").expect("an embedded theme");
    for size in SIZES {
        let scene = view::welcome::draw(&welcome, &theme, Rect::new(0, 0, size.0, size.1));
        insta::assert_snapshot!(format!("welcome_{}x{}", size.0, size.1), text(&scene));
    }
}

/// What is looked at without colour, and without signs: all that is drawn in ways of its own.
const PLAIN: [(&str, &[&str]); 10] = [
    ("overview", &[]),
    ("cost", &["4"]),
    ("sla", &["3"]),
    ("timeline", &["7"]),
    ("map", &["8"]),
    ("wall", &["0"]),
    ("tree", &["x"]),
    ("why", &["w"]),
    ("menu", &["2", "!"]),
    ("palette", &[":", "p", "a"]),
];

#[test]
fn without_colour_and_in_ascii() {
    for (world_name, world) in [("outage", company::outage()), ("names", company::names())] {
        for (name, keys) in PLAIN {
            for size in SIZES {
                let mut model = company::model(world.clone(), size, keys);
                model.ascii = true;
                let scene = draw(&model, "mono");
                let has_names = world_name == "names" || name == "menu";
                for cell in &scene.buffer.content {
                    assert!(has_names || cell.symbol().is_ascii(), "{:?} in {name}", cell.symbol());
                    assert!(
                        [cell.fg, cell.bg].iter().all(|colour| *colour == ratatui::style::Color::Reset),
                        "{cell:?}"
                    );
                }
                let is_kept = world_name == "outage" && size.0 < 200 || name == "overview";
                if is_kept {
                    insta::assert_snapshot!(format!("ascii_{name}_{world_name}_{}x{}", size.0, size.1), text(&scene));
                }
            }
        }
    }
}

/// Without colours a state is told by its sign, its word and its weight: bold and reversed what is critical,
/// underlined what warns.
#[test]
fn without_colour_with_all_signs() {
    for size in SIZES {
        for (name, keys) in PLAIN {
            let model = company::model(company::outage(), size, keys);
            for cell in &draw(&model, "mono").buffer.content {
                assert!(
                    [cell.fg, cell.bg].iter().all(|colour| *colour == ratatui::style::Color::Reset),
                    "{name}: {cell:?}"
                );
            }
        }
        let model = company::model(company::outage(), size, &[]);
        let scene = draw(&model, "mono");
        insta::assert_snapshot!(format!("mono_outage_{}x{}", size.0, size.1), ansi::described(&scene.buffer));
    }
}

#[test]
fn forms() {
    for (name, key) in [("acknowledge", "a"), ("ticket", "t"), ("link", "L"), ("silence", "m")] {
        for size in &SIZES[..3] {
            let mut model = company::model(company::writable(), *size, &["5"]);
            let effects = company::press(&mut model, &[key]);
            company::answer(&mut model, &effects);
            insta::assert_snapshot!(format!("form_{name}_{}x{}", size.0, size.1), text(&draw(&model, "noc-dark")));
        }
    }
}

#[test]
fn styles() {
    let model = company::model(company::outage(), (80, 24), &[]);
    for theme in ["noc-dark", "mono"] {
        insta::assert_snapshot!(format!("styles_{theme}"), ansi::described(&draw(&model, theme).buffer));
    }
}

#[test]
fn every_size_is_drawn_and_no_cell_holds_a_control_character() {
    let worlds = [company::outage(), company::flood(), company::names(), company::empty(), company::pending()];
    let places: [&[&str]; 18] = [
        &["0"],
        &["0", "Right"],
        &["0", "Left"],
        &["8"],
        &["2", "!"],
        &["2", "s"],
        &["1"],
        &["2"],
        &["3"],
        &["4"],
        &["9"],
        &["Enter"],
        &["x"],
        &["w"],
        &["?"],
        &["/", "a"],
        &[":", "a", "Down"],
        &["/", "a", "g", "e", ">", "x"],
    ];
    let theme = Theme::named("noc-dark").expect("an embedded theme");
    let mut frames = 0;
    for (at, keys) in places.iter().enumerate() {
        let mut model = company::model(worlds[at % worlds.len()].clone(), (120, 40), keys);
        for width in (1..=330).step_by(13) {
            for height in (1..=95).step_by(6) {
                let now = model.now;
                app::update(&mut model, Message::Resize(width, height), now);
                let area = Rect::new(0, 0, width, height);
                let scene = view::draw(&model, &theme, area);
                assert_eq!(scene.buffer.area, area);
                for cell in &scene.buffer.content {
                    assert!(!cell.symbol().chars().any(char::is_control), "{:?} at {area}", cell.symbol());
                }
                assert!(scene.cursor.is_none_or(|cursor| area.contains(cursor)), "{:?} at {area}", scene.cursor);
                assert!(scene.links.iter().all(|link| area.intersection(link.area) == link.area), "{:?}", scene.links);
                frames += 1;
            }
        }
    }
    assert!(frames > 4_000);
}

#[test]
#[ignore = "writes files to look at"]
fn frames() {
    let Some(folder) = std::env::var_os("BSMTOP_FRAMES") else { return };
    let only = std::env::var("BSMTOP_FRAMES_ONLY").unwrap_or_default();
    let sizes = [(30, 8), (50, 14), (80, 24), (120, 40), (200, 50), (320, 90)];
    let keys: [(&str, &[&str]); 25] = [
        ("map", &["8"]),
        ("log", &["E"]),
        ("wall", &["0"]),
        ("wallsla", &["0", "Right"]),
        ("wallcost", &["0", "Left"]),
        ("menu", &["2", "!"]),
        ("order", &["2", "s"]),
        ("columns", &["2", "c"]),
        ("overview", &[]),
        ("processes", &["2"]),
        ("sla", &["3"]),
        ("cost", &["4"]),
        ("signals", &["5"]),
        ("tickets", &["6"]),
        ("sources", &["9"]),
        ("detail", &["Enter"]),
        ("cause", &["Enter", "Enter"]),
        ("tree", &["x"]),
        ("why", &["w"]),
        ("help", &["?"]),
        ("filter", &["2", "/", "p", "a", "y"]),
        ("frozen", &["space"]),
        ("palette", &[":", "p", "a", "y"]),
        ("palette_theme", &["T", "Down"]),
        ("filter_wrong", &["2", "/", "s", "e", "v", ">", "=", "x"]),
    ];
    let worlds = [
        ("outage", company::outage()),
        ("calm", company::calm()),
        ("flood", company::flood()),
        ("lost", company::lost()),
        ("pending", company::pending()),
        ("names", company::names()),
        ("empty", company::empty()),
    ];
    for (world_name, world) in &worlds {
        for (name, keys) in keys {
            for size in sizes {
                for theme in view::theme::names() {
                    if theme != "noc-dark" && *world_name != "outage" {
                        continue;
                    }
                    let file = format!("{world_name}-{name}-{}x{}-{theme}.ans", size.0, size.1);
                    if !only.is_empty() && !only.split(' ').any(|part| file.contains(part)) {
                        continue;
                    }
                    let mut model = company::model(world.clone(), size, keys);
                    company::let_time_pass(&mut model);
                    let scene = draw(&model, theme);
                    let path = std::path::Path::new(&folder).join(file);
                    std::fs::write(path, ansi::escaped(&scene.buffer)).expect("the folder can be written");
                }
            }
        }
    }
}
