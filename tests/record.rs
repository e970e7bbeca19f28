//! The real binary with its history: what is recorded, by whom, and what the next start shows before anybody answers.
#![allow(clippy::disallowed_methods, reason = "real processes and servers live in real time")]

#[path = "support/pty.rs"]
mod pty;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bsmtop::demo::{self, Demo};
use bsmtop::domain::span::Span;
use bsmtop::store::Reader;
use chrono::{TimeDelta, Utc};
use pty::{BSMTOP, Terminal};
use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use tokio::runtime::Runtime;

/// How long anything may take on a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// An embedded company in this process, its configuration in a folder, and a place for history.
struct Company {
    /// Its servers; gone with it.
    demo: Option<Demo>,
    network: Runtime,
    folder: tempfile::TempDir,
}

impl Company {
    fn new() -> Self {
        let network = Runtime::new().expect("threads");
        let demo = network.block_on(demo::start(demo::Options::default(), Utc::now)).expect("ports");
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in demo.config_texts() {
            let path = folder.path().join("config").join(path);
            fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        Self { demo: Some(demo), network, folder }
    }

    /// Its servers go away.
    fn fall_silent(&mut self) {
        let _inside = self.network.enter();
        self.demo = None;
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    fn history(&self) -> PathBuf {
        self.folder.path().join("state/history.db")
    }

    fn arguments(&self) -> [String; 4] {
        ["--config", &self.config().display().to_string(), "--history", &self.history().display().to_string()]
            .map(ToOwned::to_owned)
    }

    fn record(&self) -> Recorder {
        let mut arguments = vec!["record".to_owned()];
        arguments.extend(self.arguments());
        Recorder::start(&arguments, self.folder.path())
    }

    fn console(&self) -> Terminal {
        let arguments = self.arguments();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let state = self.folder.path().display().to_string();
        Terminal::start(120, 40, &arguments, &[("XDG_STATE_HOME", &state)])
    }
}

/// A running recorder; killed when dropped.
struct Recorder {
    child: Child,
}

impl Recorder {
    fn start(arguments: &[String], state: &Path) -> Self {
        let child = Command::new(BSMTOP)
            .args(arguments)
            .env("XDG_STATE_HOME", state)
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        Self { child }
    }

    /// Waits for a line of it.
    fn says(&mut self, what: &str) {
        let lines = BufReader::new(self.child.stderr.as_mut().expect("piped")).lines();
        let found = lines.map_while(Result::ok).find(|line| line.contains(what));
        assert!(found.is_some(), "it ended without saying {what:?}");
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("an id");
        kill_process(pid, signal).expect("it lives");
    }

    fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + SOON;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until history says so.
fn wait_for(place: &Path, what: &str, is_so: impl Fn(&Reader) -> bool) {
    let deadline = Instant::now() + SOON;
    while !Reader::open(place).is_ok_and(|reader| is_so(&reader)) {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn knows_dispatch(reader: &Reader) -> bool {
    let states = reader.states_at(Utc::now()).expect("readable");
    states.get("dispatch").and_then(|(step, _)| step.state).is_some_and(|state| state.interval.low.is_problem())
}

#[test]
fn a_recorder_records_and_ends_cleanly() {
    let company = Company::new();
    let mut recorder = company.record();
    recorder.says("recording into");
    wait_for(&company.history(), "the process in trouble", knows_dispatch);
    std::thread::sleep(Duration::from_secs(1));
    recorder.signal(Signal::TERM);
    assert!(recorder.ended().success(), "SIGTERM is the ordinary end");

    let reader = Reader::open(&company.history()).expect("opens");
    let reach = reader.reach().expect("readable").expect("covered");
    assert!(Utc::now() - reach.end < TimeDelta::seconds(20), "{reach:?}");
    let incidents = reader.incidents(reach).expect("readable");
    let dispatch = incidents.iter().find(|incident| incident.process.as_str() == "dispatch").expect("an incident");
    // It began two hours before anybody looked, as its signals say, and somebody had taken care of it.
    assert!(reach.start - dispatch.began > TimeDelta::hours(2), "{dispatch:?}");
    assert!(dispatch.acknowledged.is_some() && dispatch.ended.is_none());
    assert_eq!(dispatch.causes[0].name, "Dispatch queue");
    let today = reader.accrued(&dispatch.process, Span::new(dispatch.began, reach.end)).expect("readable");
    assert!(today.cost.low > rust_decimal::Decimal::from(100), "{today:?}");
}

#[test]
fn the_demo_is_recorded_in_the_ordinary_place() {
    let state = tempfile::tempdir().expect("a folder");
    let arguments = ["demo", "--record"].map(ToOwned::to_owned);
    let mut recorder = Recorder::start(&arguments, state.path());
    let place = state.path().join("bsmtop/history.db");
    recorder.says(&place.display().to_string());
    wait_for(&place, "the process in trouble", knows_dispatch);
    recorder.signal(Signal::INT);
    assert!(recorder.ended().success());
}

#[test]
fn it_survives_being_killed_as_often_as_it_is() {
    let company = Company::new();
    for round in 0..8 {
        let mut recorder = company.record();
        recorder.says("recording into");
        std::thread::sleep(Duration::from_millis(round * 70));
        recorder.child.kill().expect("it lives");
        recorder.child.wait().expect("it ends");
        let db = Connection::open(company.history()).expect("opens");
        let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
        assert_eq!(whole, "ok", "round {round}");
    }
}

#[test]
fn consoles_read_along_and_take_over_when_the_recorder_ends() {
    let company = Company::new();
    let mut recorder = company.record();
    recorder.says("recording into");
    let mut console = company.console();
    console.wait_for("Order dispatch", SOON);
    console.send("9");
    console.wait_for("written by bsmtop record", SOON);
    recorder.child.kill().expect("it lives");
    recorder.child.wait().expect("it ends");
    let ended = Instant::now();
    console.wait("the console as the one that writes", Duration::from_secs(11), |screen| {
        screen.contains("history") && !screen.contains("written by")
    });
    assert!(ended.elapsed() < Duration::from_secs(10) + Duration::from_millis(500));
}

#[test]
fn the_first_frame_is_the_last_known_company_with_its_age() {
    let mut company = Company::new();
    let mut recorder = company.record();
    recorder.says("recording into");
    wait_for(&company.history(), "the process in trouble", knows_dispatch);
    std::thread::sleep(Duration::from_secs(2));
    recorder.signal(Signal::TERM);
    recorder.ended();
    company.fall_silent();

    let mut console = company.console();
    let screen = console.wait_for("FROM MEMORY", SOON);
    assert!(screen.contains("ago") && screen.contains("no source has answered yet"), "{screen}");
    assert!(screen.contains("Order dispatch") && screen.contains("MAJOR"), "{screen}");
    console.send("q");
    console.wait_exit(SOON);
}
