//! `kill -9` in a write loop: the file is whole each time, and nothing that was committed is lost.
//!
//! This program starts itself as the one that is killed: with [`PLACE`] set, [`write_loop`] writes for ever.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bsmtop::domain::severity::Severity;
use bsmtop::domain::span::Instant;
use bsmtop::engine::live::Live;
use bsmtop::store::Reader;
use chrono::TimeDelta;
use rusqlite::Connection;

use super::company::{Event, MAP, map_of};
use super::replay::writer;

/// Where the write loop writes.
const PLACE: &str = "BSMTOP_TEST_WRITE_LOOP";
/// From when on, in seconds.
const FROM: &str = "BSMTOP_TEST_WRITE_FROM";

const KILLS: i64 = 200;

/// The state of one node in the world of a second.
fn severity(second: i64) -> Severity {
    if second % 2 == 0 { Severity::Critical } else { Severity::Warning }
}

fn at(second: i64) -> Instant {
    Instant::from_timestamp(1_800_000_000 + second, 0).expect("in range")
}

/// Not a test of its own: what [`nothing_committed_is_lost`] kills.
#[test]
#[ignore = "the program that is killed"]
fn write_loop() {
    let Ok(place) = std::env::var(PLACE) else { return };
    let from: i64 = std::env::var(FROM).expect("set with the other").parse().expect("a number");
    let mut live = Live::new(map_of(MAP), at(from));
    let writer = writer(Path::new(&place));
    for second in from.. {
        let level = usize::from(severity(second).level());
        live.take(Event::Signals(vec![(2, level, 0, false, 0)]).update(at(second)).expect("an update"));
        writer.note(live.moment(at(second)));
        writer.flush();
        println!("committed {second}");
    }
}

fn start(place: &Path, from: i64) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--ignored", "--exact", "kill::write_loop", "--nocapture"])
        .env(PLACE, place)
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

#[test]
fn nothing_committed_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut second = 0;
    for kill in 0..KILLS {
        let mut child = start(&place, second);
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let said = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("committed ")?.parse::<i64>().ok());
        // From the very first commit on, and at another point of the loop each time.
        let mut said = said.skip(usize::try_from(kill % 7).expect("small"));
        let first = said.next().expect("it commits");
        std::thread::sleep(Duration::from_micros(u64::try_from(kill * 37 % 2_000).expect("small")));
        child.kill().expect("it lives");
        child.wait().expect("it ends");
        let last = said.last().unwrap_or(first);

        let db = Connection::open(&place).expect("opens");
        let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
        assert_eq!(whole, "ok", "after kill {kill}");
        drop(db);
        let reader = Reader::open(&place).expect("opens");
        let reach = reader.reach().expect("readable").expect("covered");
        assert!(reach.end >= at(last), "kill {kill}: committed until {last}, there until {reach:?}");
        for second in [first, last] {
            let state = reader.states_at(at(second)).expect("readable")["c2"].0.state.expect("a state");
            assert_eq!(state.interval.low, severity(second), "kill {kill}, second {second}");
        }
        // Another run begins an hour later, so that there is a gap between any two.
        second = last + 3600;
    }
    let reader = Reader::open(&place).expect("opens");
    let reach = reader.reach().expect("readable").expect("covered");
    let covered = reader.coverage(bsmtop::domain::span::Span::new(at(0), reach.end)).expect("readable");
    assert!(covered.length() < TimeDelta::hours(KILLS), "every gap is a gap: {covered:?}");
}
