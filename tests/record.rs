//! The real binary with its history: what is recorded, by whom, and what the next start shows before anybody answers.
#![allow(clippy::disallowed_methods, reason = "real processes and servers live in real time")]

#[path = "support/pty.rs"]
mod pty;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
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

    // It is reported from there, with the map that comes with the program.
    let report = |arguments: &[&str]| {
        let mut report = Command::new(BSMTOP);
        report.arg("report").args(arguments).env("XDG_STATE_HOME", state.path()).env_remove("BSMTOP_CONFIG");
        let output = report.output().expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let (is_told, text, error) = report(&["--demo", "--since", "1h"]);
    assert!(is_told && text.contains("Order dispatch had a problem"), "{error}{text}");
    // Whoever has another map, or none, is told so.
    let folder = tempfile::tempdir().expect("a folder");
    let none = folder.path().display().to_string();
    let company = Company::new();
    let config = company.config();
    for file in fs::read_dir(config.join("map")).expect("listable").skip(1) {
        fs::remove_file(file.expect("readable").path()).expect("ours");
    }
    fs::write(
        fs::read_dir(config.join("map")).expect("listable").next().expect("one").expect("readable").path(),
        "[[process]]\nid = \"billing\"\nneeds = [\"ledger\"]\n[[component]]\nid = \"ledger\"\nmanual = \"ok\"\n",
    )
    .expect("written");
    for folder in [none, config.display().to_string()] {
        let (is_told, _, error) = report(&["--config", &folder]);
        assert!(!is_told && error.contains("report it with --demo"), "{folder}: {error}");
    }
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
fn a_limit_on_the_size_of_files_is_said_and_ends_nothing() {
    let company = Company::new();
    // Units of half a kibibyte, or of a whole one: it is enough for tables, and not for what happens.
    let child = Command::new("sh")
        .args(["-c", r#"ulimit -f 320; exec "$0" record "$@""#, BSMTOP])
        .args(company.arguments())
        .env("XDG_STATE_HOME", company.folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut recorder = Recorder { child };
    recorder.says("is not written");
    std::thread::sleep(Duration::from_secs(1));
    recorder.signal(Signal::TERM);
    assert!(recorder.ended().success(), "it ran on until it was ended");
    let db = Connection::open(company.history()).expect("opens");
    let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
    assert_eq!(whole, "ok");
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

impl Company {
    /// One look of `bsmtop status`, with its history.
    fn status(&self, arguments: &[&str]) -> String {
        let output = Command::new(BSMTOP)
            .arg("status")
            .args(self.arguments())
            .args(arguments)
            .env("XDG_STATE_HOME", self.folder.path())
            .output()
            .expect("it starts");
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn status_json(&self) -> serde_json::Value {
        serde_json::from_str(&self.status(&["--json"])).expect("JSON")
    }
}

#[test]
fn status_goes_on_from_history_and_adds_up_nothing_without() {
    let company = Company::new();
    let metrics = company.status(&["--prometheus"]);
    assert!(metrics.contains("bsmtop_cost_rate{") && metrics.contains("bsmtop_cost_coverage_ratio{"), "{metrics}");
    assert!(!metrics.contains("cost_accrued") && !metrics.contains("cost_since"), "{metrics}");
    assert!(company.status(&[]).contains("not known without history"));
    assert_eq!(company.status_json()["cost"]["since"], serde_json::Value::Null);
    assert!(!company.history().exists(), "nothing is written");

    let mut recorder = company.record();
    recorder.says("recording into");
    wait_for(&company.history(), "the process in trouble", knows_dispatch);
    std::thread::sleep(Duration::from_secs(3));
    let beside = company.status_json();
    recorder.signal(Signal::TERM);
    recorder.ended();
    let (file, reach) = (
        fs::read(company.history()).expect("readable"),
        Reader::open(&company.history()).expect("opens").reach().expect("readable").expect("covered"),
    );
    let began = reach.start.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    let after = company.status_json();
    for (world, when) in [(&beside, "beside its writer"), (&after, "after it")] {
        assert_eq!(world["cost"]["since"], began.as_str(), "{when}");
        let today = &world["cost"]["today"];
        let number = |key: &str| today[key].as_str().and_then(|it| it.parse::<f64>().ok()).expect("a number");
        assert!(number("low") > 100.0 && number("coverage") > 0.0, "{when}: {today}");
    }
    let metrics = company.status(&["--prometheus"]);
    for line in ["bsmtop_cost_accrued{", "bsmtop_process_cost_accrued{", "bsmtop_cost_since_timestamp_seconds "] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(company.status(&[]).contains("(known since "), "{}", company.status(&[]));
    assert!(fs::read(company.history()).expect("readable") == file, "it only reads");
}

/// Another user of the machine; the numbers are nobody's.
#[derive(Clone, Copy)]
struct User(u32, u32);

const RECORDER: User = User(61_001, 61_100);
const COLLEAGUE: User = User(61_002, 61_100);
const STRANGER: User = User(61_003, 61_103);

impl Company {
    /// It is recorded by a user of its own, in a folder with a mode.
    fn shared(mode: u32) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only the superuser can be somebody else");
            return None;
        }
        let company = Self::new();
        let state = company.folder.path().join("state");
        fs::create_dir(&state).expect("made");
        chown(&state, Some(RECORDER.0), Some(RECORDER.1)).expect("allowed");
        for (path, mode) in [(company.folder.path(), 0o755), (&state, mode)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
        }
        Some(company)
    }

    fn record_as(&self, user: User) -> Recorder {
        let child = Command::new(BSMTOP)
            .arg("record")
            .args(self.arguments())
            .env("XDG_STATE_HOME", "/nonexistent")
            .stderr(Stdio::piped())
            .uid(user.0)
            .gid(user.1)
            .spawn()
            .expect("others may run the program");
        Recorder { child }
    }

    /// The metrics of `bsmtop status`, and what it complains of.
    fn status_as(&self, user: User) -> (String, String) {
        let mut status = Command::new(BSMTOP);
        status.args(["status", "--prometheus"]).args(self.arguments()).uid(user.0).gid(user.1);
        let output = status.output().expect("others may run the program");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (text(output.stdout), text(output.stderr))
    }
}

#[test]
fn users_of_the_group_read_along_and_others_are_told_what_to_do() {
    let Some(company) = Company::shared(0o2750) else { return };
    let mut recorder = company.record_as(RECORDER);
    recorder.says("recording into");
    wait_for(&company.history(), "the process in trouble", knows_dispatch);
    std::thread::sleep(Duration::from_secs(2));
    let (metrics, complaint) = company.status_as(COLLEAGUE);
    assert!(metrics.contains("bsmtop_cost_accrued{") && complaint.is_empty(), "{complaint}{metrics}");
    let mut beside = company.record_as(COLLEAGUE);
    beside.says("bsmtop record, process");
    for (ended, how) in [(Signal::KILL, "killed"), (Signal::TERM, "ended")] {
        recorder.signal(ended);
        recorder.ended();
        // He can read on, and not take over.
        let (metrics, complaint) = company.status_as(COLLEAGUE);
        assert!(metrics.contains("bsmtop_cost_accrued{") && complaint.is_empty(), "{how}: {complaint}{metrics}");
        if how == "killed" {
            beside.says("is not for this user");
            recorder = company.record_as(RECORDER);
            recorder.says("recording into");
        }
    }
    let (metrics, complaint) = company.status_as(STRANGER);
    assert!(metrics.contains("bsmtop_cost_rate{") && !metrics.contains("cost_accrued"), "{metrics}");
    assert!(complaint.contains("is not for this user") && complaint.contains("chmod 2750"), "{complaint}");
}

#[test]
fn users_of_a_group_that_may_write_take_over() {
    let Some(company) = Company::shared(0o2770) else { return };
    let mut recorder = company.record_as(RECORDER);
    recorder.says("recording into");
    let mut beside = company.record_as(COLLEAGUE);
    beside.says("bsmtop record, process");
    recorder.signal(Signal::KILL);
    recorder.ended();
    let ended = Instant::now();
    beside.says("recording into");
    assert!(ended.elapsed() < Duration::from_secs(11), "{:?}", ended.elapsed());
    let mut again = company.record_as(RECORDER);
    again.says("bsmtop record, process");
    beside.signal(Signal::TERM);
    beside.ended();
    again.says("recording into");
}
