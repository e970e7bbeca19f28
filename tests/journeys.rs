//! What an operator does, key by key, with a fixed clock: where it leads, what is selected, what must be done outside.

#[path = "screens/company.rs"]
#[allow(dead_code, reason = "the tests of the screens use the rest")]
mod company;
#[path = "journeys/writing.rs"]
mod writing;

use std::sync::Arc;

use bsmtop::app::keymap::{Change, Keymap};
use bsmtop::app::message::{Arranged, Effect, Message};
use bsmtop::app::mouse::{Mouse, Press};
use bsmtop::app::place::{Item, Pane, Place, Screen};
use bsmtop::app::{self, Model, navigate};
use bsmtop::domain::map::Alert;
use bsmtop::domain::severity::{Interval, Severity};
use bsmtop::domain::world::{NodeState, World};
use bsmtop::view;
use bsmtop::view::theme::Theme;
use chrono::TimeDelta;
use company::press;
use ratatui::layout::Rect;

fn start(world: Arc<World>) -> Model {
    company::model(world, (120, 40), &[])
}

fn selected(model: &Model) -> String {
    model.selected().map_or_else(String::new, |row| row.id.item.to_string())
}

fn shows(model: &Model, text: &str) -> bool {
    let area = Rect::new(0, 0, model.size.width, model.size.height);
    let scene = view::draw(model, &Theme::named("noc-dark").expect("embedded"), area);
    let lines = scene.buffer.content.chunks(usize::from(area.width));
    lines.map(|line| line.iter().map(ratatui::buffer::Cell::symbol).collect::<String>()).any(|line| line.contains(text))
}

/// A world that differs from another by a change.
fn changed(world: &Arc<World>, change: impl FnOnce(&mut World)) -> Message {
    let mut next = (**world).clone();
    change(&mut next);
    Message::World(Arc::new(next))
}

#[test]
fn from_an_outage_to_whom_it_hurts_in_three_keys() {
    let mut model = start(company::outage());
    assert_eq!(selected(&model), "checkout");
    press(&mut model, &["Enter"]);
    assert!(shows(&model, "Acme") && shows(&model, "https://wiki.example/checkout"));
    assert_eq!(navigate::crumbs(&model), ["Overview", "checkout"]);
    press(&mut model, &["Enter"]);
    assert_eq!(navigate::crumbs(&model), ["Overview", "checkout", "cause pay-db"]);
    press(&mut model, &["Esc"]);
    assert_eq!(navigate::crumbs(&model), ["Overview", "checkout"]);
    press(&mut model, &["Esc", "Esc"]);
    assert_eq!(model.here().place, Place::Screen(Screen::Overview));
}

#[test]
fn no_way_is_endless() {
    let mut model = start(company::outage());
    press(&mut model, &["Enter", "Enter"]);
    assert_eq!(model.here().place, Place::Item(Item::Cause("prom:a1".into())));
    press(&mut model, &["Enter"]);
    assert_eq!(navigate::crumbs(&model), ["Overview", "checkout"], "a place on the way is gone back to");
}

#[test]
fn screens_come_back_as_they_were_left() {
    let mut model = start(company::outage());
    press(&mut model, &["2", "j", "j", "1", "Tab"]);
    assert_eq!(model.here().pane(), Pane::Promises);
    press(&mut model, &["2"]);
    assert_eq!(selected(&model), "dispatch");
    press(&mut model, &["1"]);
    assert_eq!(model.here().pane(), Pane::Promises);
    press(&mut model, &["S-Tab", "S-Tab"]);
    assert_eq!(model.here().pane(), Pane::Fix);
}

#[test]
fn the_filter_holds_as_typed_stays_over_screens_and_goes_with_one_key() {
    let mut model = start(company::outage());
    press(&mut model, &["2", "/", "L", "O", "G"]);
    assert_eq!(model.list(Pane::Processes).expect("in view").rows.len(), 2, "both of Logistics");
    assert!(shows(&model, "/LOG") && shows(&model, "2 of 23"));
    press(&mut model, &["space", "!", "d", "i", "s", "p", "Enter"]);
    assert_eq!(selected(&model), "returns");
    assert!(shows(&model, "filter: LOG !disp"));
    press(&mut model, &["5"]);
    assert!(shows(&model, "filter: LOG !disp"), "the filter stays");
    press(&mut model, &["Esc", "2"]);
    assert_eq!(model.list(Pane::Processes).expect("in view").rows.len(), 23);
}

#[test]
fn leaving_the_prompt_with_esc_gives_back_the_filter_before() {
    let mut model = start(company::outage());
    press(&mut model, &["2", "/", "d", "i", "s", "Enter", "/", "x", "Esc"]);
    assert_eq!(model.filter.text, "dis");
    let now = model.now;
    app::update(&mut model, Message::Paste("q\nrm -rf".to_owned()), now);
    assert_eq!((model.filter.text.as_str(), model.here().pane()), ("dis", Pane::Processes), "pasted text is no key");
    press(&mut model, &["/", "End"]);
    app::update(&mut model, Message::Paste("patch\nq".to_owned()), now);
    assert_eq!(model.filter.text, "dispatch", "any key but a letter goes on with it");
    press(&mut model, &["Enter", "/", "r", "e"]);
    assert_eq!(model.filter.text, "re", "a letter begins anew");
}

#[test]
fn the_selected_row_never_jumps_and_the_order_rests_after_a_key() {
    let outage = company::outage();
    let mut model = start(outage.clone());
    press(&mut model, &["2", "j"]);
    assert_eq!(selected(&model), "search");
    let swap = |world: &mut World| {
        let (checkout, search) = (world.map.index_of("checkout"), world.map.index_of("search"));
        world.nodes.swap(checkout.expect("mapped"), search.expect("mapped"));
    };
    let order = |model: &Model| {
        let rows = &model.list(Pane::Processes).expect("in view").rows;
        rows.iter().take(2).map(|row| row.id.item.to_string()).collect::<Vec<_>>()
    };
    let start_of = model.now;
    app::update(&mut model, changed(&outage, swap), start_of + TimeDelta::seconds(1));
    assert_eq!(order(&model), ["checkout", "search"], "the order rests");
    assert_eq!(model.deadline(model.now), Some(start_of + TimeDelta::seconds(2)));
    app::update(&mut model, Message::Tick, start_of + TimeDelta::seconds(2));
    assert_eq!(order(&model), ["search", "checkout"]);
    assert_eq!((selected(&model).as_str(), model.here().list().cursor), ("search", 0), "the selection went along");
}

#[test]
fn while_frozen_nothing_moves_and_what_is_missed_is_counted() {
    let outage = company::outage();
    let mut model = start(outage.clone());
    press(&mut model, &["space"]);
    let then = model.now + TimeDelta::seconds(9);
    for _ in 0..3 {
        app::update(&mut model, Message::World(company::calm()), then);
    }
    assert!(shows(&model, "FROZEN at 10:42:17 · 3 changes missed"));
    assert!(shows(&model, "Online checkout") && shows(&model, "10:42:26"), "the clock goes on");
    press(&mut model, &["space"]);
    assert!(!shows(&model, "FROZEN") && shows(&model, "Nothing is wrong. 23 processes, 3 objectives"));
    press(&mut model, &["space", "Esc"]);
    assert!(model.lens.is_live(), "Esc is one step back here too");
}

#[test]
fn the_tree_opens_the_worst_path_and_closes_by_key() {
    let mut model = start(company::outage());
    press(&mut model, &["x"]);
    let rows = |model: &Model| {
        let rows = &model.list(Pane::Tree).expect("in view").rows;
        rows.iter().map(|row| format!("{}{}", "-".repeat(row.depth.into()), row.id.item)).collect::<Vec<_>>()
    };
    assert_eq!(rows(&model)[..4], ["checkout", "-payments", "--pay-db", "---prom:a1"]);
    press(&mut model, &["j", "h"]);
    assert_eq!(rows(&model)[..3], ["checkout", "-payments", "-recommendations"]);
    press(&mut model, &["l", "l", "h", "h", "h"]);
    assert_eq!(selected(&model), "payments", "h goes to what is above, and closes it");
    press(&mut model, &["/", "p", "a", "y", "-", "a", "p", "i", "Enter", "g", "l"]);
    press(&mut model, &["Esc", "x"]);
    assert_eq!(model.here().place, Place::Screen(Screen::Overview));
}

#[test]
fn why_says_rule_and_place_and_follows_the_selection() {
    let mut model = start(company::outage());
    press(&mut model, &["w"]);
    assert!(shows(&model, "WHY checkout") && shows(&model, "the worst of what it needs"));
    assert!(shows(&model, "replication broken") && shows(&model, "42,000 EUR/h x 1 (profile)"));
    press(&mut model, &["j"]);
    assert!(shows(&model, "WHY search"));
    assert!(shows(&model, "checkout, by cost rate") && shows(&model, "dispatch, by unhandled before handled"));
    press(&mut model, &["Esc"]);
    assert!(!shows(&model, "WHY"));
    press(&mut model, &["9", "w"]);
    assert!(!model.why);
    assert!(shows(&model, "w: a source has no rule"), "what does not work says why");
}

#[test]
fn what_must_be_done_outside_comes_back_as_effects() {
    let mut model = start(company::outage());
    assert_eq!(press(&mut model, &["y"]), [Effect::Copy("checkout".to_owned())]);
    assert_eq!(press(&mut model, &["r"]), [Effect::Poll(None)]);
    assert_eq!(press(&mut model, &["9", "j", "r"]), [Effect::Poll(Some("prom".into()))]);
    assert_eq!(press(&mut model, &["Ctrl-l", "Ctrl-z"]), [Effect::Repaint, Effect::Suspend]);
    assert_eq!(press(&mut model, &["q"]), [Effect::Quit]);
    press(&mut model, &["/"]);
    assert_eq!(press(&mut model, &["q"]), [], "a letter is a letter while something is typed");
}

#[test]
fn themes_sorting_and_help() {
    let mut model = start(company::outage());
    press(&mut model, &["T"]);
    assert!(shows(&model, "the theme that is on"));
    press(&mut model, &["Down"]);
    assert_eq!(model.theme_name(), "noc-light", "seen while it is chosen");
    press(&mut model, &["Esc"]);
    assert_eq!(model.theme_name(), "noc-dark");
    press(&mut model, &["T", "n", "o", "r", "d", "Enter"]);
    assert_eq!(model.theme_name(), "nord");
    press(&mut model, &["2", "s"]);
    assert!(shows(&model, "ORDER") && shows(&model, "value at risk"));
    press(&mut model, &["j", "j", "Enter"]);
    assert_eq!(selected(&model), "checkout", "the selection stays on its thing");
    assert_eq!(model.list(Pane::Processes).expect("in view").rows[0].id.item.to_string(), "store-tills");
    press(&mut model, &["?"]);
    assert!(shows(&model, "IN A LIST") && shows(&model, "what it rests on, as a tree"));
    press(&mut model, &["Esc"]);
    assert!(!shows(&model, "IN A LIST"));
}

fn line(model: &mut Model, text: &str) {
    press(model, &[":"]);
    text.chars().for_each(|char| {
        press(model, &[if char == ' ' { "space".to_owned() } else { char.to_string() }.as_str()]);
    });
}

fn palette_error(model: &Model) -> Option<&str> {
    model.palette.as_ref()?.error.as_deref()
}

#[test]
fn the_command_line_finds_actions_commands_and_things_by_fuzzy_name() {
    let mut model = start(company::outage());
    line(&mut model, "pydb");
    assert!(shows(&model, "pay-db") && shows(&model, "component"));
    press(&mut model, &["Enter"]);
    assert_eq!(navigate::crumbs(&model), ["Overview", "pay-db"]);
    line(&mut model, "sla");
    press(&mut model, &["Enter"]);
    assert_eq!(model.here().place, Place::Screen(Screen::Sla));
    line(&mut model, "go online check");
    press(&mut model, &["Enter"]);
    assert_eq!(navigate::crumbs(&model), ["SLA", "checkout"], "by its name as well");
    line(&mut model, "freeze");
    press(&mut model, &["Enter"]);
    assert!(!model.lens.is_live());
    line(&mut model, "quit");
    assert_eq!(press(&mut model, &["Enter"]), [Effect::Quit]);
}

#[test]
fn commands_take_their_argument_from_a_list_or_say_what_is_wrong() {
    let mut model = start(company::outage());
    press(&mut model, &["2"]);
    line(&mut model, "sort");
    press(&mut model, &["Enter"]);
    assert!(shows(&model, "by attention") && shows(&model, "the order it has"));
    press(&mut model, &["d", "e", "a", "Enter"]);
    assert!(model.palette.is_none() && shows(&model, "order: dearest"));
    line(&mut model, "poll am");
    assert_eq!(press(&mut model, &["Enter"]), [Effect::Poll(Some("am".into()))]);
    line(&mut model, "theme nonsense");
    press(&mut model, &["Enter"]);
    assert_eq!(palette_error(&model), Some("there is no theme \"nonsense\""));
    press(&mut model, &["Esc"]);
    line(&mut model, "qwxyz");
    press(&mut model, &["Enter"]);
    assert_eq!(palette_error(&model), Some("nothing is called \"qwxyz\""));
    press(&mut model, &["Esc"]);
    line(&mut model, "filter log !disp");
    press(&mut model, &["Enter"]);
    assert_eq!((model.filter.text.as_str(), selected(&model).as_str()), ("log !disp", "returns"));
    press(&mut model, &["Esc", "9"]);
    line(&mut model, "why");
    press(&mut model, &["Enter"]);
    assert_eq!(palette_error(&model), Some("a source has no rule"), "what does not work says why");
}

#[test]
fn lines_complete_and_come_back() {
    let mut model = start(company::outage());
    line(&mut model, "them");
    press(&mut model, &["Tab"]);
    assert_eq!(model.palette.as_ref().expect("open").line.text, "theme ");
    press(&mut model, &["m", "o", "Enter"]);
    assert_eq!(model.theme_name(), "mono");
    press(&mut model, &[":", "Up"]);
    assert_eq!(model.palette.as_ref().expect("open").line.text, "theme mono");
    press(&mut model, &["Ctrl-u", "Backspace"]);
    assert!(model.palette.is_none(), "nothing more to take away");
    press(&mut model, &[":", "Enter"]);
    assert!(model.palette.is_none(), "of nothing nothing is done");
    let now = model.now;
    press(&mut model, &[":"]);
    app::update(&mut model, Message::Paste("quit\nrm -rf".to_owned()), now);
    let palette = model.palette.as_ref().expect("pasted text runs nothing");
    assert_eq!(palette.line.text, "quit");
}

#[test]
fn filters_come_back_and_what_is_wrong_stands_beside_them() {
    let mut model = start(company::outage());
    press(&mut model, &["2", "/", "d", "i", "s", "Enter", "Esc", "/", "Up"]);
    assert_eq!(model.filter.text, "dis");
    press(&mut model, &["Down", "s", "e", "v", ">", "=", "x"]);
    assert!(shows(&model, "\"x\" is no severity"));
    press(&mut model, &["Backspace", "m", "a", "j"]);
    assert_eq!(model.list(Pane::Processes).expect("in view").rows.len(), 2, "checkout and dispatch");
    press(&mut model, &["Ctrl-u", "h", "s", "o", "t", ":", "a"]);
    assert!(shows(&model, "no field or label is called hsot"));
    press(&mut model, &["Ctrl-u", "c", "o", "s", "t", ">", "1", "k"]);
    assert_eq!(selected(&model), "checkout");
}

fn mouse(model: &mut Model, press: Press, x: u16, y: u16) {
    let now = model.now;
    app::update(model, Message::Mouse(Mouse { press, x, y }), now);
}

#[test]
fn a_click_selects_a_second_one_opens_and_the_wheel_scrolls() {
    let mut model = start(company::outage());
    press(&mut model, &["2"]);
    let panel = app::layout::panels(&model, model.size)[0];
    let row = panel.row(2);
    mouse(&mut model, Press::Click, row.x + 5, row.y);
    assert_eq!(model.here().list().cursor, 2);
    assert_eq!(navigate::crumbs(&model), ["Processes"]);
    let chosen = selected(&model);
    mouse(&mut model, Press::Click, row.x + 5, row.y);
    assert_eq!(navigate::crumbs(&model), ["Processes".to_owned(), chosen]);
    press(&mut model, &["Esc"]);
    mouse(&mut model, Press::WheelDown, row.x, row.y);
    assert_eq!(model.here().list().cursor, 5);
    mouse(&mut model, Press::WheelUp, row.x, row.y);
    mouse(&mut model, Press::Click, 500, 500);
    assert_eq!(model.here().list().cursor, 2);
    press(&mut model, &["1"]);
    let fix = app::layout::panels(&model, model.size).into_iter().find(|panel| panel.pane == Pane::Fix).expect("shown");
    mouse(&mut model, Press::Click, fix.list.x, fix.list.y);
    assert_eq!(model.here().pane(), Pane::Fix, "the pane under it has the focus");
}

#[test]
fn it_is_heard_once_when_the_business_is_newly_hit() {
    let calm = company::calm();
    let outage = company::outage();
    let mut model = start(calm.clone());
    let at = |seconds: i64| company::now() + TimeDelta::seconds(seconds);
    let mut take = |world: &Arc<World>, seconds: i64| {
        let effects = app::update(&mut model, Message::World(world.clone()), at(seconds));
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Notify { text, bell: true } => Some(text),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(take(&calm, 1), [""; 0]);
    let heard = take(&outage, 10);
    assert_eq!(heard.len(), 1);
    assert!(heard[0].contains("Online checkout critical") && heard[0].contains("EUR/h"), "{heard:?}");
    assert_eq!(take(&outage, 15), [""; 0], "once");
    assert_eq!(take(&calm, 60), [""; 0]);
    assert_eq!(take(&outage, 120), [""; 0], "what comes and goes is no news");
    assert_eq!(take(&calm, 130), [""; 0]);
    assert_eq!(take(&calm, 500), [""; 0]);
    assert_eq!(take(&outage, 510).len(), 1, "after a calm it is");
}

#[test]
fn it_is_silent_at_the_start_and_while_snoozed() {
    let (calm, outage) = (company::calm(), company::outage());
    let mut model = start(outage.clone());
    let at = |seconds: i64| company::now() + TimeDelta::seconds(seconds);
    assert_eq!(app::update(&mut model, Message::World(outage.clone()), at(1)), [], "what was so before is no news");
    let mut model = start(calm.clone());
    app::update(&mut model, Message::World(calm), at(1));
    press(&mut model, &["z"]);
    assert!(shows(&model, "no bell until"));
    assert_eq!(app::update(&mut model, Message::World(outage.clone()), at(2)), []);
    let effects = app::update(&mut model, Message::World(outage.clone()), at(16 * 60));
    assert!(matches!(effects.as_slice(), [Effect::Notify { .. }]), "what is still so is told afterwards: {effects:?}");
}

/// With as many in trouble as fill the list, the worst still has its three lines: nothing to scroll, no key to press.
#[test]
fn on_call_sees_what_broke_whom_it_hurts_what_it_costs_and_what_to_do_on_the_first_screen() {
    let outage = company::outage();
    for further in [&[][..], &["fraud"]] {
        let mut world = (*outage).clone();
        for name in further {
            let index = world.map.index_of(name).expect("mapped");
            Arc::make_mut(&mut world.nodes[index]).interval =
                Interval { low: Severity::Warning, high: Severity::Warning };
        }
        let model = company::model(Arc::new(world), (80, 24), &[]);
        assert_eq!(model.list(Pane::Impacted).expect("in view").rows.len(), 4 + further.len());
        for text in [
            "Online checkout",
            "Payments DB: replication broken",
            "42,000",
            "hurts Acme, Bolt & Sons, Cora",
            "#commerce-oncall",
            "wiki.example/checkout",
            "bearable for 3h18m",
            "rt #42",
        ] {
            assert!(shows(&model, text), "{text} with {further:?}");
        }
    }
}

#[test]
fn what_a_source_says_in_utc_is_on_the_clock_of_the_company() {
    let outage = company::outage();
    let mut world = (*outage).clone();
    let said = "anja (until 2026-11-24 12:00 UTC), then tom (until 2026-11-25 06:30 UTC), UTC is no zone here";
    let at = world.signals.iter().position(|signal| signal.item.source.as_str() == "am").expect("there is one");
    let mut signal = world.signals[at].clone();
    Arc::make_mut(&mut signal.item).handled_by = Some(said.into());
    world.signals.replace(at, signal);
    let model = company::model(Arc::new(world), (200, 50), &["5", "/", "q", "u", "e", "u", "e", "Enter", "Enter"]);
    assert!(shows(&model, "anja (until 13:00), then tom (until Wed 25 Nov 07:30)"));
    assert!(shows(&model, "zone here"));
}

/// A calm company, and what is heard as worlds come: at so many seconds after the start.
fn listening(wish: impl FnOnce(&mut app::attention::Wishes)) -> impl FnMut(&Arc<World>, i64) -> Vec<(String, bool)> {
    from_the_start(company::calm(), wish)
}

/// The same of a company as it is found.
fn from_the_start(
    found: Arc<World>,
    wish: impl FnOnce(&mut app::attention::Wishes),
) -> impl FnMut(&Arc<World>, i64) -> Vec<(String, bool)> {
    let mut model = start(found.clone());
    wish(&mut model.attention.wishes);
    app::update(&mut model, Message::World(found), company::now());
    move |world, seconds| {
        let effects =
            app::update(&mut model, Message::World(world.clone()), company::now() + TimeDelta::seconds(seconds));
        let heard = |effect| match effect {
            Effect::Notify { text, bell } => Some((text, bell)),
            _ => None,
        };
        effects.into_iter().filter_map(heard).collect()
    }
}

/// The calm company, with processes that are certainly of a severity.
fn hit(names: &[&str], severity: Severity) -> Arc<World> {
    let mut world = (*company::calm()).clone();
    for name in names {
        let index = world.map.index_of(name).expect("mapped");
        Arc::make_mut(&mut world.nodes[index]).interval = Interval { low: severity, high: severity };
    }
    Arc::new(world)
}

#[test]
fn in_quiet_hours_nothing_is_heard_and_what_is_still_so_is_told_when_they_end() {
    // It is a quarter to eleven on Tuesday in Berlin.
    let config = "[console]\nquiet = { tue = [\"10:00-11:00\"] }\nbell = false\n";
    let files = [(
        "config.toml".to_owned(),
        config.replacen('[', "tz = \"Europe/Berlin\"\nmoney = { currency = \"EUR\" }\n[", 1),
    )];
    let console = bsmtop::config::load_texts(&files, std::path::Path::new(".")).expect("a configuration").console;
    let mut take = listening(|wishes| (wishes.quiet, wishes.bell) = (console.quiet, console.bell));
    let (one, both) = (hit(&["payroll"], Severity::Major), hit(&["payroll", "fraud"], Severity::Critical));
    assert_eq!(take(&one, 10), []);
    assert_eq!(take(&both, 900), []);
    assert_eq!(take(&one, 1_000), [], "fraud is well again before anybody heard of it");
    let heard = take(&one, 17 * 60 + 44);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].0.starts_with("Payroll major") && !heard[0].1, "in words alone: {heard:?}");
}

#[test]
fn it_is_heard_at_most_every_half_minute_and_what_comes_together_is_told_together() {
    let mut take = listening(|_| ());
    let heard = take(&hit(&["payroll", "fraud"], Severity::Major), 10);
    assert!(heard.len() == 1 && heard[0].0.starts_with("2 newly hit: "), "{heard:?}");
    let third = hit(&["payroll", "fraud", "invoicing"], Severity::Major);
    assert_eq!(take(&third, 12), []);
    assert_eq!(take(&third, 39), []);
    let heard = take(&third, 40);
    assert!(heard.len() == 1 && heard[0].0.starts_with("Invoicing major") && heard[0].1, "{heard:?}");
    assert_eq!(take(&third, 80), [], "once");
    assert_eq!(
        take(&hit(&["payroll", "fraud", "invoicing", "loyalty"], Severity::Minor), 120),
        [],
        "minor is no breach"
    );
}

#[test]
fn what_the_first_figures_of_an_objective_say_is_no_news_and_what_they_say_later_is() {
    let paging = |coverage: &str, alert| {
        let mut world = (*company::calm()).clone();
        let at = world.map.objectives.iter().position(|it| it.id.as_str() == "search-latency").expect("mapped");
        world.objectives[at].coverage = coverage.parse().expect("a decimal");
        world.objectives[at].alert = alert;
        Arc::new(world)
    };
    // The console starts, and the days before come in.
    let mut take = from_the_start(paging("0.1", None), |_| ());
    assert_eq!(take(&paging("0.6", Some(Alert::Page)), 5), []);
    assert_eq!(take(&paging("1", Some(Alert::Page)), 200), []);
    // All was known, and then it paged.
    let mut take = from_the_start(paging("1", None), |_| ());
    assert_eq!(take(&paging("1", None), 5), []);
    assert_eq!(take(&paging("1", Some(Alert::Page)), 10).len(), 1);
    // Some objectives never know all of their window: they are heard all the same.
    let mut take = from_the_start(paging("0.6", None), |_| ());
    assert_eq!(take(&paging("0.6", Some(Alert::Page)), 130).len(), 1);
}

#[test]
fn what_somebody_is_on_or_has_planned_is_not_heard() {
    for care in [|state: &mut NodeState| state.handled = true, |state: &mut NodeState| state.planned = true] {
        let mut take = listening(|_| ());
        let mut world = (*hit(&["payroll"], Severity::Critical)).clone();
        let index = world.map.index_of("payroll").expect("mapped");
        care(Arc::make_mut(&mut world.nodes[index]));
        assert_eq!(take(&Arc::new(world), 10), []);
    }
}

#[test]
fn what_began_while_nobody_looked_is_marked_until_seen() {
    let outage = company::outage();
    let mut model = start(outage.clone());
    let new = |model: &Model| {
        let rows = &model.list(Pane::Impacted).expect("in view").rows;
        rows.iter()
            .filter(|row| model.attention.is_new(&row.id.item, app::rows::sort::since(&model.world, row)))
            .count()
    };
    assert_eq!(new(&model), 0);
    let later = model.now + TimeDelta::minutes(10);
    let began = |world: &mut World| {
        let index = world.map.index_of("checkout").expect("mapped");
        Arc::make_mut(&mut world.nodes[index]).since = Some(company::now() + TimeDelta::minutes(5));
    };
    app::update(&mut model, changed(&outage, began), later);
    assert_eq!(new(&model), 1);
    assert!(shows(&model, "*"));
    press(&mut model, &["j"]);
    assert_eq!(new(&model), 1, "the cursor is on another row");
    press(&mut model, &["k"]);
    assert_eq!(new(&model), 0, "seen");
}

#[test]
fn what_the_operator_arranged_is_taken_while_it_runs() {
    let mut model = start(company::outage());
    press(&mut model, &["T", "n", "o", "r", "d", "Enter"]);
    let change = Change { action: "why".to_owned(), keys: vec!["W".to_owned()] };
    let arranged = Arranged {
        keymap: Some(Arc::new(Keymap::with(&[change]).expect("no conflict"))),
        themes: Some(vec!["noc-dark".to_owned(), "mine".to_owned(), "nord".to_owned()]),
        wishes: None,
    };
    let now = model.now;
    app::update(&mut model, Message::Arranged(arranged), now);
    assert_eq!((model.theme_name(), model.theme), ("nord", 2), "the theme that is on stays on");
    press(&mut model, &["w"]);
    assert!(!model.why);
    press(&mut model, &["W"]);
    assert!(model.why && shows(&model, " W why"), "the status line has the key that works");
    assert_eq!(app::update(&mut model, Message::FilesChanged, now), [Effect::Reload]);
}

#[test]
fn an_empty_map_offers_only_what_works() {
    let mut model = start(company::empty());
    press(&mut model, &["Enter"]);
    assert!(shows(&model, "Enter: nothing is selected"));
    for key in ["w", "x", "y", "s", "r", "j", "G", "PgDn", "Tab", "h", "l", "?", "Esc", "Esc", "3", "4", "5", "6", "9"]
    {
        press(&mut model, &[key]);
        shows(&model, "");
    }
}

#[test]
fn a_thing_that_is_gone_says_so() {
    let mut model = start(company::outage());
    press(&mut model, &["Enter", "Enter"]);
    let now = model.now;
    app::update(&mut model, Message::World(company::calm()), now);
    assert!(shows(&model, "is gone"));
    press(&mut model, &["Enter", "w", "x", "y", "Esc", "Esc", "Esc"]);
}

#[test]
fn a_bad_reload_keeps_the_old_map_and_says_what_is_wrong() {
    let mut model = start(company::outage());
    let now = model.now;
    app::update(&mut model, Message::Reloaded(Err("map/shop.toml:3: no such key\nmore".to_owned())), now);
    assert!(shows(&model, "the old one holds: map/shop.toml:3: no such key"));
    app::update(&mut model, Message::Reloaded(Ok(())), now);
    assert!(!shows(&model, "the old one holds"));
}

#[test]
fn the_console_wakes_for_seconds_only_where_they_are_shown() {
    let model = start(company::calm());
    assert_eq!(model.deadline(model.now), Some(model.now + TimeDelta::seconds(1)));
    let small = company::model(company::calm(), (30, 8), &[]);
    assert_eq!(small.deadline(small.now), Some("2026-11-24T09:43:00Z".parse().expect("an instant")));
}

#[test]
fn a_long_list_scrolls_by_halves_and_keeps_the_cursor_in_view() {
    let mut model = start(company::flood());
    press(&mut model, &["2"]);
    let view = app::layout::panels(&model, model.size)[0].view();
    let mut moves = 0;
    for _ in 0..499 {
        let before = model.here().list().offset;
        press(&mut model, &["j"]);
        let list = model.here().list();
        assert!((list.offset..list.offset + view).contains(&list.cursor));
        moves += usize::from(list.offset != before);
    }
    assert!(moves <= 500 / (view / 2), "{moves} scrolls");
    press(&mut model, &["g"]);
    assert_eq!(model.here().list().offset, 0);
}

#[test]
fn what_if_is_looked_at_on_any_screen_and_left_with_one_key() {
    let mut model = start(company::outage());
    let effects = press(&mut model, &["j", "!", "w", "a", "r", "e", "h", "o", "u", "s", "e", "Enter"]);
    let [Effect::Assume(assumed)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(assumed.len(), 1, "{assumed:?}");
    assert!(shows(&model, "WHAT IF Warehouse DB is critical") && shows(&model, "Working out what follows"));
    let supposed = company::supposed(&model, assumed);
    let now = model.now;
    app::update(&mut model, Message::World(supposed.clone()), now);
    assert!(shows(&model, "42,310..43,210 to 42,620..43,520 EUR/h"), "the loss of both");
    assert!(shows(&model, "PROCESSES THAT CHANGE") && shows(&model, "Order dispatch"));
    press(&mut model, &["2"]);
    assert!(shows(&model, "WHAT IF") && shows(&model, "✖ CRIT       Order dispatch"));
    press(&mut model, &["a"]);
    assert!(shows(&model, "this is assumed"), "nothing is written from it");
    // Another world goes on under it.
    app::update(&mut model, Message::World(company::calm()), now);
    assert!(shows(&model, "WHAT IF"));
    assert_eq!(press(&mut model, &["Esc"]), [Effect::Assume(std::collections::BTreeMap::new())]);
    assert!(!shows(&model, "WHAT IF") && shows(&model, "ALL WELL"));
    // What the engine still had under way is not taken for how things are.
    app::update(&mut model, Message::World(supposed), now);
    assert!(!shows(&model, "WHAT IF") && shows(&model, "ALL WELL"));
}

#[test]
fn a_site_or_what_is_marked_is_assumed_at_once() {
    let mut model = start(company::outage());
    press(&mut model, &["2", "v", "v", "!"]);
    assert!(shows(&model, "all that is selected"));
    let effects = press(&mut model, &["Right", "Enter"]);
    let [Effect::Assume(assumed)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(assumed.len(), 2);
    assert!(assumed.values().all(|state| *state == Some(bsmtop::domain::severity::Severity::Major)));
    press(&mut model, &["Esc"]);
    assert!(model.lens.is_live(), "the comparison is left together with what is assumed");
    press(&mut model, &["9", "!", "Enter"]);
    assert!(shows(&model, "WHAT IF") && shows(&model, "unknown"), "a source that falls silent");
}

#[test]
fn columns_are_left_out_and_rows_are_marked() {
    let mut model = start(company::outage());
    press(&mut model, &["2", "C"]);
    assert!(shows(&model, "COLUMNS") && shows(&model, "per hour"));
    press(&mut model, &["space", "j", "space", "Esc"]);
    assert!(shows(&model, "by attention                   per hour"), "no strip of the day, no since");
    press(&mut model, &["v", "v"]);
    assert!(shows(&model, "2 marked"));
    let [Effect::Copy(ids)] = &press(&mut model, &["y"])[..] else { panic!("no copy") };
    assert_eq!(ids, "checkout\nsearch");
    press(&mut model, &["V"]);
    assert!(!shows(&model, "marked"));
}

#[test]
fn an_unmapped_signal_becomes_a_matcher_to_paste() {
    let mut model = start(company::outage());
    press(&mut model, &["8"]);
    assert!(shows(&model, "UNMAPPED") && shows(&model, "host=build-7"));
    let [Effect::Copy(text)] = &press(&mut model, &["y"])[..] else { panic!("no copy") };
    assert!(text.contains("id = \"build-7\"") && text.contains("labels = { host = \"build-7\" }"), "{text}");
    press(&mut model, &["Enter"]);
    assert!(shows(&model, "Put this into a file of map/") && shows(&model, "disk 97 %"));
    press(&mut model, &["Esc", "Tab", "Tab", "Tab"]);
    assert!(shows(&model, "SILENT"));
}

#[test]
fn the_log_has_what_sources_and_configuration_did() {
    let mut model = start(company::calm());
    let now = model.now;
    app::update(&mut model, Message::World(company::outage()), now);
    app::update(&mut model, Message::Reloaded(Err("map/a.toml:3: no such key".to_owned())), now);
    press(&mut model, &["E"]);
    assert!(shows(&model, "lost, what rests on it is unknown: timed out") && shows(&model, "no such key"));
    press(&mut model, &["j", "Enter"]);
    assert!(shows(&model, "note of the console") && shows(&model, "zabbix"));
}

#[test]
fn the_wall_turns_pages_and_jumps_to_a_new_breach_and_stays_there() {
    let mut model = company::model(company::calm(), (200, 50), &["0"]);
    assert!(model.wall.is_some());
    let begin = model.now;
    let page = |model: &mut Model, second: i64| {
        app::update(model, Message::Tick, begin + TimeDelta::seconds(second));
        let pages = app::wall::pages(model);
        pages[model.wall.as_ref().expect("up").page]
    };
    assert_eq!(page(&mut model, 2), app::wall::Page::Processes(0));
    assert_eq!(page(&mut model, 22), app::wall::Page::Sla);
    assert_eq!(page(&mut model, 44), app::wall::Page::Cost);
    app::update(&mut model, Message::World(company::outage()), begin + TimeDelta::seconds(45));
    assert_eq!(page(&mut model, 45), app::wall::Page::Cost, "at most every two seconds something changes");
    assert_eq!(page(&mut model, 46), app::wall::Page::Processes(0), "it jumps to the breach");
    assert!(shows(&model, "NEW BREACH"));
    assert_eq!(page(&mut model, 104), app::wall::Page::Processes(0), "and holds");
    assert_eq!(page(&mut model, 108), app::wall::Page::Processes(0));
    assert!(!shows(&model, "NEW BREACH"));
    assert_eq!(page(&mut model, 130), app::wall::Page::Sla, "then it turns again");
    press(&mut model, &["space"]);
    assert_eq!(page(&mut model, 190), app::wall::Page::Sla, "held by hand");
    press(&mut model, &["Esc"]);
    assert!(model.wall.is_none());
}

#[test]
fn a_kiosk_knows_only_the_keys_of_the_wall_and_hides_what_visitors_must_not_see() {
    let mut model = start(company::outage());
    let begin = app::wall::Begin { view: None, kiosk: true, private: true };
    model.begin_wall(&begin);
    model.ascii = true;
    assert_eq!(press(&mut model, &["q", "Ctrl-c", "Esc", "0", "1", ":", "a"]), []);
    assert!(model.wall.is_some());
    for text in ["checkout", "Checkout", "Payments", "42,0", "42,3", "Acme"] {
        assert!(!shows(&model, text), "{text}");
    }
    assert!(shows(&model, "CRIT"));
    // A source that is lost is seen from the door.
    assert!(shows(&model, "LOST"));
}

#[test]
fn in_a_flood_signals_stand_together_under_the_process_they_hit() {
    let mut model = start(company::outage());
    press(&mut model, &["5"]);
    assert!(!model.flood.is_grouped(), "a handful is no flood");
    let mut model = start(company::flood());
    press(&mut model, &["5"]);
    let rows = |model: &Model| model.list(Pane::Signals).expect("in view").rows.len();
    assert!(shows(&model, "FLOOD") && shows(&model, "1 signal"));
    assert!(matches!(model.selected().expect("a group").id.item, Item::Node(_)));
    let closed = rows(&model);
    press(&mut model, &["l", "j"]);
    assert_eq!(rows(&model), closed + 1);
    assert!(matches!(model.selected().expect("its signal").id.item, Item::Signal(_)));
    press(&mut model, &["h", "h"]);
    assert_eq!(rows(&model), closed);
    press(&mut model, &["u"]);
    assert_eq!(rows(&model), 500);
    press(&mut model, &["1", "u"]);
    assert!(shows(&model, "u: only signals are grouped"));
}

#[test]
fn a_screen_begins_at_the_first_pane_that_has_rows() {
    let mut model = start(company::outage());
    press(&mut model, &["8"]);
    assert!(model.selected().is_some(), "the first pane is empty");
}
