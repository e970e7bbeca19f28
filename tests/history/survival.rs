//! What happens to files: a damaged one, a newer one, one that another process writes, a folder that can't be
//! written, a disk that is full. The writer goes on, and says what is wrong.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bsmtop::domain::history::{AuditEntry, AuditOutcome, Keeping, Role};
use bsmtop::domain::span::{Instant, Span};
use bsmtop::engine::live::Live;
use bsmtop::store::{Limits, Options, Reader, StoreError, Writer};
use chrono::TimeDelta;
use rusqlite::Connection;

use super::company::{Event, MAP, edge_is_up, map_of};

/// A company that goes on, and a writer with what it said of itself.
struct Company {
    live: Live,
    now: Instant,
    writer: Writer,
    told: Arc<Mutex<Vec<Keeping>>>,
}

impl Company {
    fn writing(place: &Path, who: &str, now: Instant) -> Self {
        Self::within(place, who, now, Limits::default())
    }

    fn within(place: &Path, who: &str, now: Instant, limits: Limits) -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = {
            let told = Arc::clone(&told);
            Box::new(move |keeping: &Keeping| told.lock().expect("unbroken").push(keeping.clone()))
        };
        let options = Options { place: place.to_owned(), who: who.to_owned(), limits, tell };
        let writer = Writer::start(options).expect("a thread");
        Self { live: Live::new(map_of(MAP), now), now, writer, told }
    }

    /// One moment later, at which a signal is otherwise than before.
    fn turn(&mut self, seconds: i64) -> &mut Self {
        self.now += TimeDelta::seconds(seconds);
        let level = if self.now.timestamp() % 2 == 0 { 6 } else { 3 };
        self.say(&Event::Signals(vec![(2, level, 0, false, 0), (0, level, 0, false, 5)]))
    }

    fn say(&mut self, event: &Event) -> &mut Self {
        if let Some(update) = event.update(self.now) {
            self.live.take(update);
        }
        self.writer.note(self.live.moment(self.now));
        self.writer.flush();
        self
    }

    fn keeping(&self) -> Keeping {
        self.told.lock().expect("unbroken").last().cloned().expect("told")
    }

    fn trouble(&self) -> String {
        self.keeping().trouble.unwrap_or_default()
    }
}

fn start() -> Instant {
    "2026-11-24T10:00:00Z".parse().expect("an instant")
}

fn steps(place: &Path) -> i64 {
    let db = Connection::open(place).expect("opens");
    db.query_row("SELECT count(*) FROM step", [], |row| row.get(0)).expect("a number")
}

#[test]
fn a_damaged_file_is_set_aside_and_history_begins_anew() {
    for damage in ["head", "middle"] {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("history.db");
        let mut company = Company::writing(&place, "test", start());
        for _ in 0..300 {
            company.turn(1);
        }
        company.writer.close();
        let mut bytes = fs::read(&place).expect("readable");
        let range = if damage == "head" { 0..64 } else { 4096..bytes.len() };
        bytes[range].fill(0x5a);
        fs::write(&place, &bytes).expect("writable");

        let mut company = Company::writing(&place, "test", start() + TimeDelta::hours(1));
        company.turn(1).turn(6).turn(1);
        assert!(company.trouble().contains("was damaged"), "{damage}: {:?}", company.trouble());
        assert_eq!(company.keeping().role, Role::Writing);
        let aside: Vec<_> = fs::read_dir(folder.path())
            .expect("listable")
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .filter(|name| name.contains("damaged") && !name.contains("-wal") && !name.contains("-shm"))
            .collect();
        assert_eq!(aside.len(), 1, "{aside:?}");
        assert_eq!(fs::read(folder.path().join(&aside[0])).expect("kept").len(), bytes.len());
        assert!(company.trouble().contains(&aside[0]));
        assert!(steps(&place) > 0);
    }
}

#[test]
fn a_newer_file_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    Company::writing(&place, "test", start()).turn(1).writer.close();
    Connection::open(&place).expect("opens").pragma_update(None, "user_version", 99).expect("written");
    let before = fs::read(&place).expect("readable");
    let mut company = Company::writing(&place, "test", start() + TimeDelta::hours(1));
    company.turn(1).turn(60).turn(60);
    assert_eq!(company.keeping().role, Role::Off);
    assert!(company.trouble().contains("newer bsmtop"), "{}", company.trouble());
    assert!(matches!(Reader::open(&place), Err(StoreError::Newer { found: 99, .. })));
    drop(company);
    assert_eq!(fs::read(&place).expect("readable"), before);
}

#[test]
fn one_writes_and_another_takes_over_within_ten_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut first = Company::writing(&place, "bsmtop record, process 1", start());
    first.turn(1);
    let mut second = Company::writing(&place, "the console, process 2", start());
    second.turn(1).turn(5);
    assert_eq!(second.keeping().role, Role::Reading("bsmtop record, process 1".to_owned()));
    assert_eq!(first.keeping().role, Role::Writing);
    // It reads along.
    assert!(Reader::open(&place).expect("opens").states_at(second.now).expect("readable").contains_key("checkout"));
    first.turn(5);
    drop(first);
    let free = second.now;
    while second.keeping().role != Role::Writing {
        second.turn(5);
        assert!(second.now - free <= TimeDelta::seconds(10), "{:?}", second.keeping());
    }
    let third = Company::writing(&place, "third", start()).turn(1).keeping();
    assert_eq!(third.role, Role::Reading("the console, process 2".to_owned()));
}

#[test]
fn a_file_is_free_as_soon_as_it_is_given_up_whatever_is_started_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let is_over = Arc::new(AtomicBool::new(false));
    // A program that is being started has the open files of this one for a moment.
    let starting = std::thread::spawn({
        let is_over = Arc::clone(&is_over);
        move || {
            while !is_over.load(Ordering::Relaxed) {
                Command::new("true").status().expect("it starts");
            }
        }
    });
    for minute in 0..100 {
        let mut company = Company::writing(&place, "test", start() + TimeDelta::minutes(minute));
        company.turn(1);
        assert_eq!(company.keeping().role, Role::Writing, "round {minute}");
        company.writer.close();
        let reader = Reader::open(&place).expect("opens");
        assert!(!reader.is_written(), "round {minute}");
    }
    is_over.store(true, Ordering::Relaxed);
    starting.join().expect("it ends");
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    // Not even the superuser makes folders there.
    let mut company = Company::writing(Path::new("/proc/bsmtop/history.db"), "test", start());
    company.turn(1);
    assert_eq!(company.keeping().role, Role::Off);
    assert!(company.trouble().contains("/proc/bsmtop/history.db"), "{}", company.trouble());
}

/// Everything in a folder, by name.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("listable").map(|entry| entry.expect("readable"));
    let read = |entry: fs::DirEntry| {
        (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("readable"))
    };
    entries.map(read).collect()
}

#[test]
fn what_is_another_programs_is_left_as_it_is() {
    let tables = "CREATE TABLE bookmark (id INTEGER PRIMARY KEY, url TEXT); INSERT INTO bookmark (url) VALUES ('x');";
    let others = [
        tables.to_owned(),
        format!("PRAGMA application_id = 7; {tables}"),
        format!("PRAGMA user_version = 1; CREATE TABLE run (id INTEGER); {tables}"),
        format!("PRAGMA user_version = 99; {tables}"),
        format!("PRAGMA journal_mode = WAL; {tables}"),
        "no database".to_owned(),
    ];
    for other in others {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("other.db");
        if other.starts_with("no ") {
            fs::write(&place, "Notes of an operator, who mistyped --history\n".repeat(99)).expect("writable");
        } else {
            Connection::open(&place).expect("made").execute_batch(&other).expect("theirs");
        }
        let before = contents(folder.path());
        for _ in 0..2 {
            let mut company = Company::writing(&place, "test", start());
            company.turn(1).turn(6).turn(6);
            assert_eq!(company.keeping().role, Role::Off, "{other}");
            let trouble = company.trouble();
            assert!(trouble.contains("another program's file") && trouble.contains("--history"), "{trouble}");
        }
        assert!(matches!(Reader::open(&place), Err(StoreError::Foreign(_))), "{other}");
        assert!(contents(folder.path()) == before, "{other}: {:?}", contents(folder.path()).keys());
    }
}

#[test]
fn an_empty_file_and_one_from_before_the_mark_become_history() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    fs::write(&place, "").expect("writable");
    let mut company = Company::writing(&place, "test", start());
    company.turn(1);
    assert_eq!((company.keeping().role, company.trouble().as_str()), (Role::Writing, ""));
    company.writer.close();
    let mark =
        |db: &Connection| -> i32 { db.pragma_query_value(None, "application_id", |row| row.get(0)).expect("a number") };
    let db = Connection::open(&place).expect("opens");
    assert_ne!(mark(&db), 0);
    db.pragma_update(None, "application_id", 0).expect("written");
    drop(db);
    assert!(Reader::open(&place).is_ok());
    let mut company = Company::writing(&place, "test", start() + TimeDelta::minutes(1));
    company.turn(1);
    assert_eq!(company.keeping().role, Role::Writing);
    assert_ne!(mark(&Connection::open(&place).expect("opens")), 0);
}

#[test]
fn files_are_as_open_to_a_group_as_their_folder_says_with_its_setgid_bit() {
    let modes = [
        (0o700, 0o600),
        (0o2750, 0o640),
        (0o2770, 0o660),
        // Many a home is like these, and what is made under a umask of 027 or 007: nobody meant to share history.
        (0o750, 0o600),
        (0o770, 0o600),
        // What is made in a folder that is shared has its bit; the group may not enter.
        (0o2700, 0o600),
        // Whoever may enter because everybody may is no group that was meant.
        (0o755, 0o600),
        (0o777, 0o600),
        (0o2755, 0o600),
        (0o2777, 0o600),
    ];
    for (folder_mode, mode) in modes {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("history.db");
        // What is there already follows.
        Company::writing(&place, "test", start()).turn(1).writer.close();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(folder_mode)).expect("ours");
        let mut company = Company::writing(&place, "test", start() + TimeDelta::minutes(1));
        company.turn(1).turn(1);
        for file in ["history.db", "history.db-wal", "history.db-shm", "history.db.lock"] {
            let found = fs::metadata(folder.path().join(file)).expect("there").mode() & 0o777;
            assert_eq!(format!("{found:o}"), format!("{mode:o}"), "{file} in {folder_mode:o}");
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    Company::writing(&folder.path().join("state/bsmtop/history.db"), "test", start()).turn(1);
    let made = fs::metadata(folder.path().join("state")).expect("made").mode() & 0o777;
    assert_eq!(made, 0o700, "folders that are made are the user's own");
}

#[test]
fn nothing_is_covered_beyond_what_a_dead_writer_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut company = Company::writing(&place, "test", start());
    company.say(&Event::Figures(true, 10, 0)).turn(2).turn(2);
    let end = company.now;
    let hour = Span::new(start(), start() + TimeDelta::hours(1));
    // A copy is as the file is when its writer is killed.
    let dead = tempfile::tempdir().expect("a folder");
    for (name, bytes) in contents(folder.path()) {
        fs::write(dead.path().join(name), bytes).expect("writable");
    }
    let all = |place: &Path| {
        let reader = Reader::open(place).expect("opens");
        let last = reader.accruals(&"checkout".into(), hour).expect("readable").last().expect("it costs").span.end;
        (reader.coverage(hour).expect("readable").iter().last().expect("covered").end, last)
    };
    let half_a_minute = TimeDelta::seconds(30);
    assert_eq!(all(&place), (end + half_a_minute, end + half_a_minute), "while it is written it goes on");
    assert_eq!(all(&dead.path().join("history.db")), (end, end));
}

/// A small disk of its own; none where this user may not have one.
struct Disk(tempfile::TempDir);

impl Disk {
    fn of(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(folder.path()).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }

    fn remount(&self, how: &str) {
        let done = Command::new("mount").args(["-o", how]).arg(self.0.path()).status().expect("there is mount");
        assert!(done.success(), "{how}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_said_and_what_turned_meanwhile_is_written_later() {
    let Some(disk) = Disk::of("size=2m") else {
        eprintln!("skipped: no disk of a certain size without privileges");
        return;
    };
    let place = disk.0.path().join("history.db");
    let mut company = Company::writing(&place, "test", start());
    company.turn(1);
    let ballast = disk.0.path().join("ballast");
    fs::write(&ballast, vec![0; 4 << 20]).expect_err("the disk is small");
    let mut turns = 0;
    while !company.trouble().contains("full") {
        company.turn(1);
        turns += 1;
        assert!(turns < 500, "it is never full");
    }
    let full = company.now;
    // Everything goes on, and it is tried again.
    for _ in 0..20 {
        company.turn(1);
    }
    assert!(company.trouble().contains("free some room"), "{}", company.trouble());
    fs::remove_file(&ballast).expect("there");
    for _ in 0..12 {
        company.turn(1);
    }
    assert_eq!(company.trouble(), "");
    let reader = Reader::open(&place).expect("opens");
    // The process is remembered exactly, so no turn of it is lost; its signals are known again from then on.
    let span = Span::new(full, company.now);
    let steps = reader.steps(&["checkout".into()], span).expect("readable");
    assert!(steps.len() >= 30, "{} steps of {span:?}", steps.len());
    assert!(steps.iter().all(|step| step.state.is_some()));
}

#[test]
fn a_disk_that_becomes_read_only_is_said_and_history_is_read_on() {
    let Some(disk) = Disk::of("size=8m") else {
        eprintln!("skipped: no disk of a certain kind without privileges");
        return;
    };
    let place = disk.0.path().join("history.db");
    Company::writing(&place, "test", start()).turn(1).turn(1).writer.close();
    disk.remount("remount,ro");
    let mut company = Company::writing(&place, "test", start() + TimeDelta::hours(1));
    company.turn(1);
    assert_eq!(company.keeping().role, Role::Off);
    assert!(company.trouble().contains("nothing is remembered"), "{}", company.trouble());
    let reader = Reader::open(&place).expect("it can still be read");
    assert!(!reader.states_at(start() + TimeDelta::seconds(2)).expect("readable").is_empty());
    disk.remount("remount,rw");
    company.turn(6);
    assert_eq!(company.keeping().role, Role::Writing);
}

#[test]
fn what_does_not_change_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut company = Company::writing(&place, "test", start());
    let same = Event::Signals(vec![(2, 6, 0, false, 0)]);
    let update = same.update(start()).expect("an update");
    let poll = |company: &mut Company, seconds: i64| {
        company.now += TimeDelta::seconds(seconds);
        let again = bsmtop::domain::observation::Update { at: company.now, ..update.clone() };
        company.live.take(again);
        company.say(&Event::Nothing);
    };
    poll(&mut company, 1);
    poll(&mut company, 1);
    let log = folder.path().join("history.db-wal");
    let size = || (fs::metadata(&log).expect("a log").size(), fs::metadata(&place).expect("a file").size());
    let version =
        |db: &Connection| db.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0)).expect("one");
    let db = Connection::open(&place).expect("opens");
    let (before, seen) = (size(), version(&db));
    (0..25).for_each(|_| poll(&mut company, 1));
    assert_eq!((size(), version(&db)), (before, seen), "25 polls within half a minute");
    (0..10).for_each(|_| poll(&mut company, 1));
    assert_ne!(version(&db), seen, "how far it reaches is said twice a minute");
}

#[test]
fn the_file_keeps_to_its_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let limits = Limits { bytes: 400 << 10, ..Limits::default() };
    let mut company = Company::within(&place, "test", start(), limits);
    for hour in 0..40 {
        for number in 0..60 {
            let event = Event::Figures(number % 2 == 0, number, hour * 60 + number);
            company.turn(45).say(&event);
        }
        company.turn(900);
    }
    assert!(company.trouble().contains("keeps the last"), "{:?}", company.keeping());
    company.writer.close();
    let size = fs::metadata(&place).expect("a file").size();
    // It is looked at once an hour.
    assert!(size < 2 * limits.bytes, "{size} bytes");
}

#[test]
fn what_is_too_old_goes_what_was_observed_before_what_was_concluded() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut company = Company::writing(&place, "test", start());
    let outage = |company: &mut Company| {
        company.live.take(edge_is_up(company.now));
        company.say(&Event::Signals(vec![(2, 6, 0, false, 0)]));
        company.now += TimeDelta::seconds(30);
        company.say(&Event::Signals(Vec::new()));
        for _ in 0..7 {
            company.now += TimeDelta::seconds(50);
            company.live.take(edge_is_up(company.now));
            company.say(&Event::Signals(Vec::new()));
        }
    };
    outage(&mut company);
    let first = Span::new(start(), company.now);
    let held = |within: Span| {
        let reader = Reader::open(&place).expect("opens");
        let leaf = reader.steps(&["c2".into()], within).expect("readable").len();
        let process = reader.steps(&["checkout".into()], within).expect("readable").len();
        let incidents = reader.incidents(within).expect("readable").len();
        let money = reader.accruals(&"checkout".into(), within).expect("readable").len();
        (reader.signals(within).expect("readable").len(), leaf, process, incidents, money)
    };
    let all = held(first);
    assert!(all.0 > 0 && all.1 > 1 && all.2 > 1 && all.3 > 0 && all.4 > 0, "{all:?}");
    company.now = start() + TimeDelta::days(91);
    outage(&mut company);
    let (signals, leaf, ..) = held(first);
    assert_eq!((signals, held(first).2, held(first).3, held(first).4), (0, all.2, all.3, all.4), "{all:?}");
    assert!(leaf < all.1, "{leaf} of {}", all.1);
    company.now = start() + TimeDelta::days(401);
    outage(&mut company);
    let left = held(first);
    assert_eq!((left.0, left.3, left.4), (0, 0, 0), "{all:?}");
    let reach = Reader::open(&place).expect("opens").reach().expect("readable").expect("covered");
    assert!(reach.start > start() + TimeDelta::days(90), "{reach:?}");
    // What came later stays.
    assert!(held(Span::new(start() + TimeDelta::days(91), company.now)).3 > 0);
}

#[test]
fn figures_thin_out_also_after_days_of_sleep() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut company = Company::writing(&place, "test", start());
    let figures = |company: &mut Company, seconds: i64| {
        company.now += TimeDelta::seconds(seconds);
        let errors = company.now.timestamp() % 500;
        company.say(&Event::Figures(true, 5, errors));
    };
    (0..360).for_each(|_| figures(&mut company, 20));
    let rows = || -> i64 {
        let db = Connection::open(&place).expect("opens");
        db.query_row("SELECT count(*) FROM figures", [], |row| row.get(0)).expect("a number")
    };
    let all = rows();
    assert!(all > 300, "{all}");
    // The machine sleeps.
    figures(&mut company, 3 * 86_400);
    // One in five minutes of two hours, those with which a state changed, and the newest.
    assert!((24..40).contains(&rows()), "{} of {all}", rows());
    figures(&mut company, 8 * 86_400);
    assert!((3..12).contains(&rows()), "one an hour: {} of {all}", rows());
}

#[test]
fn a_writer_that_breaks_says_so_and_gives_the_file_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let told: Arc<Mutex<Vec<Keeping>>> = Arc::default();
    let tell = {
        let told = Arc::clone(&told);
        Box::new(move |keeping: &Keeping| {
            assert!(keeping.role != Role::Writing, "an error in the program, as this test has it");
            told.lock().expect("unbroken").push(keeping.clone());
        })
    };
    let options = Options { place: place.clone(), who: "broken".to_owned(), limits: Limits::default(), tell };
    let mut broken = Company {
        live: Live::new(map_of(MAP), start()),
        now: start(),
        writer: Writer::start(options).expect("a thread"),
        told,
    };
    // Nobody waits for it.
    broken.turn(1).turn(1).turn(6);
    let keeping = broken.keeping();
    assert_eq!(keeping.role, Role::Off);
    let trouble = keeping.trouble.unwrap_or_default();
    assert!(trouble.contains("no longer written") && trouble.contains("Start again"), "{trouble}");
    let mut other = Company::writing(&place, "other", broken.now);
    other.turn(1);
    assert_eq!(other.keeping().role, Role::Writing, "the file is free");
    broken.writer.close();
}

#[test]
fn what_is_asked_in_one_state_is_of_one_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut company = Company::writing(&place, "test", start());
    company.turn(1).turn(2);
    let reader = Reader::open(&place).expect("opens");
    let hour = Span::new(start(), start() + TimeDelta::hours(1));
    let count = |reader: &Reader| reader.steps(&["checkout".into()], hour).map(|steps| steps.len());
    let (first, second) = reader
        .in_one_state(|reader| {
            let first = count(reader)?;
            company.turn(1).turn(2);
            Ok::<_, StoreError>((first, count(reader)?))
        })
        .expect("readable");
    assert_eq!(first, second);
    assert!(count(&reader).expect("readable") > first);
}

#[test]
fn what_is_done_is_recorded_before_and_after() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut company = Company::writing(&place, "test", start());
    company.turn(1);
    let entry = AuditEntry {
        at: company.now,
        who: "mkoch".to_owned(),
        source: "am".into(),
        action: "silence".to_owned(),
        target: "PayDbDown".to_owned(),
        request: "POST /api/v2/silences".to_owned(),
        outcome: AuditOutcome::Begun,
    };
    company.writer.audit(entry.clone());
    company.writer.flush();
    let all = || Reader::open(&place).expect("opens").audit(Span::new(start(), company.now + TimeDelta::hours(1)));
    assert_eq!(all().expect("readable"), std::slice::from_ref(&entry));
    let done = AuditEntry { outcome: AuditOutcome::Unknown("no answer: check".to_owned()), ..entry.clone() };
    company.writer.audit(done.clone());
    company.writer.flush();
    assert_eq!(all().expect("readable"), std::slice::from_ref(&done));
    // A console that only reads along records what is done through it all the same.
    let mut other = Company::writing(&place, "other", company.now);
    other.turn(1);
    let elsewhere = AuditEntry { who: "tariq".to_owned(), ..entry };
    other.writer.audit(elsewhere.clone());
    other.writer.flush();
    assert_eq!(all().expect("readable"), [done, elsewhere]);
}
