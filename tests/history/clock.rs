//! Clocks that were wrong, and what begins and ends while the file can't be written: history says what was.

use std::path::Path;
use std::sync::{Arc, Mutex};

use bsmtop::domain::history::Keeping;
use bsmtop::domain::severity::Severity;
use bsmtop::domain::span::{Instant, Span};
use bsmtop::engine::live::Live;
use bsmtop::store::{Limits, Options, Reader, Writer};
use rusqlite::Connection;

use super::company::{Event, MAP, edge_is_up, map_of};

struct Company {
    live: Live,
    writer: Writer,
    told: Arc<Mutex<Vec<Keeping>>>,
}

impl Company {
    fn of(place: &Path, now: Instant) -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = {
            let told = Arc::clone(&told);
            Box::new(move |keeping: &Keeping| told.lock().expect("unbroken").push(keeping.clone()))
        };
        let options = Options { place: place.to_owned(), who: "test".to_owned(), limits: Limits::default(), tell };
        Self { live: Live::new(map_of(MAP), now), writer: Writer::start(options).expect("a thread"), told }
    }

    fn at(&mut self, now: Instant, event: &Event) {
        if let Some(update) = event.update(now) {
            self.live.take(update);
        }
        self.writer.note(self.live.moment(now));
        self.writer.flush();
    }

    fn trouble(&self) -> String {
        self.told.lock().expect("unbroken").last().cloned().expect("told").trouble.unwrap_or_default()
    }
}

fn at(text: &str) -> Instant {
    format!("2026-11-24T{text}Z").parse().expect("an instant")
}

/// What is wrong with pod 2, which the checkout needs.
fn pod(severity: Severity) -> Event {
    let level = Severity::ALL.iter().position(|it| *it == severity).expect("one of all");
    Event::Signals(vec![(2, level, 0, false, 0)])
}

#[test]
fn a_clock_that_is_set_back_leaves_nothing_in_the_future() {
    for is_restarted in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("history.db");
        let mut company = Company::of(&place, at("10:00:00"));
        company.at(at("10:00:00"), &pod(Severity::Ok));
        company.at(at("10:00:20"), &pod(Severity::Ok));
        // The clock is three hours ahead.
        company.at(at("13:00:00"), &pod(Severity::Critical));
        company.at(at("13:00:30"), &pod(Severity::Critical));
        drop(company);
        let mut company = Company::of(&place, at("13:00:40"));
        if !is_restarted {
            company.at(at("13:00:40"), &pod(Severity::Critical));
        }
        company.live = Live::new(map_of(MAP), at("10:01:00"));
        company.at(at("10:01:00"), &pod(Severity::Ok));
        assert!(company.trouble().contains("the clock went back from 2026-11-24 13:00"), "{:?}", company.trouble());
        company.at(at("10:01:30"), &pod(Severity::Major));
        company.at(at("10:02:00"), &pod(Severity::Major));

        let reader = Reader::open(&place).expect("opens");
        let day = Span::new(at("09:00:00"), at("18:00:00"));
        assert_eq!(reader.reach().expect("readable").expect("covered").end, at("10:02:00"));
        assert!(reader.coverage(day).expect("readable").iter().all(|span| span.end <= at("10:02:30")));
        let steps = reader.steps(&["checkout".into()], day).expect("readable");
        assert!(steps.iter().all(|step| step.at <= at("10:02:30")), "{steps:#?}");
        let now = reader.states_at(at("10:02:00")).expect("readable").remove("checkout").expect("known").0;
        assert_eq!((now.at, now.state.expect("known").interval.low), (at("10:01:30"), Severity::Major));
        let lost = reader.accruals(&"checkout".into(), day).expect("readable");
        assert!(lost.iter().all(|it| it.span.end <= at("10:02:30")) && !lost.is_empty(), "{lost:#?}");
        assert!(reader.signals(day).expect("readable").iter().all(|signal| signal.began <= at("10:02:00")));
        for incident in reader.incidents(day).expect("readable") {
            assert!(incident.began <= at("10:02:00") && incident.ended.is_none_or(|ended| ended <= at("10:02:00")));
        }
    }
}

#[test]
fn a_clock_that_is_corrected_by_seconds_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut company = Company::of(&place, at("10:00:00"));
    company.at(at("10:00:10"), &pod(Severity::Critical));
    company.at(at("10:00:07"), &pod(Severity::Critical));
    company.at(at("10:00:40"), &pod(Severity::Critical));
    assert_eq!(company.trouble(), "");
    let runs = Connection::open(&place).expect("opens").query_row("SELECT count(*) FROM run", [], |row| row.get(0));
    assert_eq!(runs, Ok(1));
}

#[test]
fn an_outage_that_nobody_could_write_down_while_it_lasted_is_an_incident() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("history.db");
    let mut company = Company::of(&place, at("10:00:00"));
    company.live.take(edge_is_up(at("10:00:00")));
    company.at(at("10:00:00"), &pod(Severity::Ok));
    let other = Connection::open(&place).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("another one writes");
    company.at(at("10:00:01"), &pod(Severity::Major));
    assert!(company.trouble().contains("is not written"), "{:?}", company.trouble());
    company.at(at("10:00:02"), &pod(Severity::Critical));
    company.at(at("10:00:04"), &pod(Severity::Ok));
    other.execute_batch("ROLLBACK").expect("it is done");
    company.at(at("10:00:09"), &Event::Nothing);
    assert_eq!(company.trouble(), "");

    let incidents = || {
        let found = Reader::open(&place).expect("opens").incidents(Span::new(at("09:00:00"), at("12:00:00")));
        found.expect("readable").into_iter().filter(|it| it.process.as_str() == "checkout").collect::<Vec<_>>()
    };
    let all = incidents();
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!((all[0].began, all[0].quiet, all[0].ended), (at("10:00:01"), Some(at("10:00:04")), None));
    assert_eq!((all[0].peak, all[0].peaked), (Severity::Critical, at("10:00:02")));
    let causes: Vec<&str> = all[0].causes.iter().map(|cause| cause.id.as_str()).collect();
    assert_eq!(causes, ["prom:s0"]);
    assert_eq!((all[0].causes[0].began, all[0].causes[0].until), (at("10:00:01"), Some(at("10:00:04"))));
    // Five minutes later it is over, once.
    for minute in 1..7 {
        let now = at(&format!("10:0{minute}:00"));
        company.live.take(edge_is_up(now));
        company.at(now, &pod(Severity::Ok));
    }
    let all = incidents();
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!((all[0].quiet, all[0].ended), (Some(at("10:00:04")), Some(at("10:00:04"))));
    assert_eq!((all[0].peak, all[0].peaked), (Severity::Critical, at("10:00:02")));
}
