//! History's speed: what a turn costs to write, what a quiet poll costs, how soon a year is on the screen.
//!
//! `cargo bench --bench history`. Floors are the same rows through the database alone, in the same run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bsmtop::app::Model;
use bsmtop::config;
use bsmtop::domain::facts::{LabelList, Signal};
use bsmtop::domain::map::Map;
use bsmtop::domain::observation::{Observation, StateReport, Update};
use bsmtop::domain::severity::{Handling, Severity};
use bsmtop::domain::span::Instant;
use bsmtop::engine::live::Live;
use bsmtop::runtime::history;
use bsmtop::store::{Limits, Options, Writer};
use bsmtop::view;
use bsmtop::view::theme::Theme;
use chrono::TimeDelta;
use divan::{Bencher, black_box};
use ratatui::layout::Rect;
use rusqlite::{Connection, params};

fn main() {
    divan::main();
}

const CONFIG: &str = "tz = \"Europe/Berlin\"\n[money]\ncurrency = \"EUR\"\n[[source]]\nname = \"prom\"\n\
                      type = \"prometheus\"\nurl = \"http://127.0.0.1:9\"\n";

/// So many leaves, a tenth as many processes over ten of them each.
fn map(leaves: usize) -> Arc<Map> {
    use std::fmt::Write as _;
    let mut text = String::new();
    for leaf in 0..leaves {
        let _ = write!(
            text,
            "[[component]]\nid = \"c{leaf}\"\nmatch = [{{ source = \"prom\", labels = {{ pod = \"{leaf}\" }} }}]\n"
        );
    }
    for process in 0..leaves / 10 {
        let needs: Vec<String> = (0..10).map(|leaf| format!("\"c{}\"", process * 10 + leaf)).collect();
        let needs = needs.join(", ");
        let _ =
            write!(text, "[[process]]\nid = \"p{process}\"\nneeds = [{needs}]\nvalue = {{ per_hour = \"100 EUR\" }}\n");
    }
    let files = [("config.toml".to_owned(), CONFIG.to_owned()), ("map/m.toml".to_owned(), text)];
    Arc::new(config::load_texts(&files, Path::new(".")).expect("a map").map)
}

fn signals(count: usize, severity: Severity, at: Instant) -> Update {
    let signal = |pod: usize| {
        let labels: LabelList = [(Arc::from("pod"), Arc::from(pod.to_string()))].into();
        Arc::new(Signal {
            source: "prom".into(),
            id: format!("s{pod}").into(),
            labels,
            severity,
            unknown: false,
            handling: Handling::None,
            handled_by: None,
            since: Some(at),
            summary: "it is not well, and says so in a line as long as such lines are".into(),
            link: None,
        })
    };
    let report = StateReport { signals: (0..count).map(signal).collect(), ..StateReport::default() };
    Update { source: "prom".into(), at, observation: Observation::State(report) }
}

fn start() -> Instant {
    "2026-11-24T10:00:00Z".parse().expect("an instant")
}

fn writer(place: &Path) -> Writer {
    let options =
        Options { place: place.to_owned(), who: "bench".to_owned(), limits: Limits::default(), tell: Box::new(|_| ()) };
    Writer::start(options).expect("a thread")
}

/// Moments of 500 leaves in which so many signals turn, each committed.
fn turns(bencher: Bencher<'_, '_>, count: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let writer = writer(&folder.path().join("history.db"));
    let (mut now, mut live) = (start(), Live::new(map(500), start()));
    bencher
        .with_inputs(|| {
            now += TimeDelta::seconds(1);
            let severity = if now.timestamp() % 2 == 0 { Severity::Critical } else { Severity::Minor };
            live.take(signals(count, severity, now));
            live.moment(now)
        })
        .bench_local_values(|moment| {
            writer.note(moment);
            writer.flush();
        });
}

/// A moment in which one leaf of 500 and its process turn, committed: about six rows.
#[divan::bench]
fn one_turn(bencher: Bencher<'_, '_>) {
    turns(bencher, 1);
}

/// The floor of a turn: a row in a transaction.
#[divan::bench]
fn one_row_of_the_database(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Connection::open(folder.path().join("floor.db")).expect("opens");
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE t (a INTEGER, b TEXT)")
        .expect("made");
    let mut number = 0;
    bencher.bench_local(|| {
        number += 1;
        db.prepare_cached("INSERT INTO t VALUES (?1, ?2)")
            .and_then(|mut insert| insert.execute(params![number, "a row"]))
            .expect("written")
    });
}

/// A moment in which 10,000 signals turn at once.
#[divan::bench(sample_count = 20)]
fn a_storm(bencher: Bencher<'_, '_>) {
    turns(bencher, 10_000);
}

/// A poll of 10,000 signals of which none is another: it is compared, and nothing is written.
#[divan::bench(sample_count = 50)]
fn a_quiet_poll(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a folder");
    let writer = writer(&folder.path().join("history.db"));
    let mut live = Live::new(map(500), start());
    live.take(signals(10_000, Severity::Minor, start()));
    writer.note(live.moment(start()));
    writer.flush();
    let mut now = start();
    bencher
        .with_inputs(|| {
            now += TimeDelta::milliseconds(100);
            let again = Update { at: now, ..signals(10_000, Severity::Minor, start()) };
            live.take(again);
            live.moment(now)
        })
        .bench_local_values(|moment| {
            writer.note(moment);
            writer.flush();
        });
}

/// A year of 500 nodes that turn four times a day: 730,000 steps, 90 days of signals, a stretch of money for each
/// trouble of a process.
fn year(place: &Path, map: &Arc<Map>) -> Instant {
    let now = start();
    let writer = writer(place);
    let mut live = Live::new(map.clone(), now);
    live.take(signals(20, Severity::Major, now));
    writer.note(live.moment(now));
    writer.close();
    let db = Connection::open(place).expect("opens");
    let nanos = |at: Instant| at.timestamp_nanos_opt().expect("in range");
    let all: Vec<i64> = {
        let mut names = db.prepare("SELECT DISTINCT node FROM step").expect("a question");
        let names = names.query_map([], |row| row.get(0)).expect("an answer");
        names.collect::<Result<_, _>>().expect("numbers")
    };
    db.execute_batch("BEGIN").expect("begun");
    {
        let mut step =
            db.prepare("INSERT OR IGNORE INTO step VALUES (?1, ?2, ?2, NULL, ?3, ?3, 0, 1, ?2)").expect("a statement");
        let mut seen = db
            .prepare("INSERT INTO observed (kind, source, key, began, until, body) VALUES (1, 1, ?1, ?2, ?3, ?4)")
            .expect("a statement");
        let mut lost = db
            .prepare("INSERT OR IGNORE INTO accrual VALUES (?1, ?2, ?2, NULL, ?3, '50', '50', 0, '[\"prom:s1\"]', 1)")
            .expect("a statement");
        for quarter in 1..365 * 4 {
            let at = now - TimeDelta::hours(6 * quarter);
            for (number, node) in all.iter().enumerate() {
                let at = at + TimeDelta::seconds(number as i64 * 7);
                let level = if (quarter + number as i64) % 2 == 0 { 5 } else { 0 };
                step.execute(params![node, nanos(at), level]).expect("written");
                if level == 5 && number % 11 == 0 {
                    lost.execute(params![node, nanos(at), nanos(at + TimeDelta::hours(6))]).expect("written");
                }
                if level == 5 && quarter < 360 {
                    let (from, until) = (nanos(at), nanos(at + TimeDelta::hours(6)));
                    seen.execute(params![
                        format!("s{number}"),
                        from,
                        until,
                        r#"{"l":[["pod","1"]],"v":5,"t":"broken"}"#
                    ])
                    .expect("written");
                }
            }
        }
        let run = "UPDATE run SET began = ?1";
        db.execute(run, params![nanos(now - TimeDelta::days(365))]).expect("written");
    }
    db.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").expect("written");
    now
}

/// From the file of a year to the cells of the first frame at 200x50, as a start does it.
#[divan::bench(sample_count = 20)]
fn first_frame_of_a_year(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a folder");
    let (place, map): (PathBuf, _) = (folder.path().join("history.db"), map(450));
    let now = year(&place, &map);
    let theme = Theme::named("noc-dark").expect("a theme");
    bencher.bench_local(|| {
        let remembered = history::remember(black_box(&place), &map, now);
        let world = remembered.world.expect("a world");
        let first = Live::remembering(map.clone(), &remembered.memory, now).world(now);
        let mut model = Model::new(Arc::new(first), vec!["noc-dark".to_owned()], (200, 50), now);
        model.remember(world);
        view::draw(&model, &theme, Rect::new(0, 0, 200, 50))
    });
}
