//! Clocks: what the tests of Request Tracker, Zammad and GLPI and the documents of `ServiceNow` say, and the edges.

use std::sync::Arc;

use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::domain::id::{CalendarId, SourceName};
use crate::domain::map::{Calendar, Holiday};
use crate::domain::matcher::{LabelTest, Pattern};
use crate::domain::testing::{at, daily, map, time};

/// Zone, days, hours of each, holidays.
type Hours = (&'static str, &'static str, &'static str, &'static str);

/// Instants at which a target of minutes is due.
const DUE: &[(&str, Hours, &str, i64, &str, &str)] = &[
    (
        "rt-tz-ru",
        ("Europe/Moscow", "mon-fri", "09:00-18:00", ""),
        "2007-01-01T22:00:00Z",
        120,
        "",
        "2007-01-02T08:00:00Z",
    ),
    (
        "rt-tz-ru-start",
        ("Europe/Moscow", "mon-fri", "09:00-18:00", ""),
        "2007-01-01T22:00:00Z",
        0,
        "",
        "2007-01-02T06:00:00Z",
    ),
    ("rt-starts-0", ("UTC", "mon-tue", "09:00-17:00", ""), "2007-01-01T13:15:00Z", 0, "", "2007-01-01T13:15:00Z"),
    ("rt-starts-2", ("UTC", "mon-tue", "09:00-17:00", ""), "2007-01-06T13:15:00Z", 0, "", "2007-01-08T09:00:00Z"),
    ("zm-update", ("UTC", "mon-fri", "08:00-18:00", ""), "2013-03-21T09:30:00Z", 120, "", "2013-03-21T11:30:00Z"),
    (
        "zm-holiday-update-edge-close",
        ("Europe/Berlin", "mon-fri", "08:00-20:00", "2016-11-01"),
        "2016-11-01T13:56:21Z",
        1200,
        "",
        "2016-11-03T15:00:00Z",
    ),
    (
        "zm-berlin-winter-120",
        ("Europe/Berlin", "mon-sun", "08:00-17:00", ""),
        "2013-03-21T09:30:00Z",
        120,
        "",
        "2013-03-21T11:30:00Z",
    ),
    (
        "zm-berlin-winter-180",
        ("Europe/Berlin", "mon-sun", "08:00-17:00", ""),
        "2013-03-21T09:30:00Z",
        180,
        "",
        "2013-03-21T12:30:00Z",
    ),
    (
        "zm-berlin-summer-early-180",
        ("Europe/Berlin", "mon-sun", "08:00-17:00", ""),
        "2013-10-21T05:30:00Z",
        180,
        "",
        "2013-10-21T09:00:00Z",
    ),
    (
        "zm-holiday-skip-120",
        ("Europe/Berlin", "mon-sun", "08:00-17:00", "2015-09-22"),
        "2015-09-21T14:30:00Z",
        120,
        "",
        "2015-09-23T07:30:00Z",
    ),
    (
        "zm-holiday-skip-240",
        ("Europe/Berlin", "mon-sun", "08:00-17:00", "2015-09-22"),
        "2015-09-21T14:30:00Z",
        240,
        "",
        "2015-09-23T09:30:00Z",
    ),
    (
        "sn-pacific-8h",
        ("America/Los_Angeles", "mon-thu", "12:00-17:00", ""),
        "2024-01-04T23:00:00Z",
        480,
        "",
        "2024-01-09T21:00:00Z",
    ),
    (
        "sn-1day-means-24h",
        ("UTC", "mon-fri", "08:00-17:00", ""),
        "2024-01-01T08:00:00Z",
        1440,
        "",
        "2024-01-03T14:00:00Z",
    ),
    (
        "lunch-split-weekend",
        ("UTC", "mon-fri", "09:00-12:00, 13:00-17:00", ""),
        "2024-01-05T16:30:00Z",
        60,
        "",
        "2024-01-08T09:30:00Z",
    ),
    (
        "pause-outside-hours-no-effect",
        ("Europe/Berlin", "mon-fri", "09:00-17:00", ""),
        "2024-01-08T08:00:00Z",
        120,
        "2024-01-08T20:00:00Z/2024-01-08T23:00:00Z",
        "2024-01-08T10:00:00Z",
    ),
];

/// Name, hours, from when to when with which pauses; target and elapsed in minutes; breached.
type Elapsed = (&'static str, Hours, [&'static str; 3], i64, i64, bool);

/// Minutes elapsed at an instant, and whether the target is breached.
const ELAPSED: &[Elapsed] = &[
    (
        "zm-fr-in-time",
        ("UTC", "mon-fri", "08:00-18:00", ""),
        ["2013-03-21T09:30:00Z", "2013-03-21T10:00:00Z", ""],
        60,
        30,
        false,
    ),
    (
        "zm-fr-late",
        ("UTC", "mon-fri", "08:00-18:00", ""),
        ["2013-03-21T09:30:00Z", "2013-03-21T14:00:00Z", ""],
        60,
        270,
        true,
    ),
    (
        "zm-close-in-time",
        ("UTC", "mon-fri", "08:00-18:00", ""),
        ["2013-03-21T09:30:00Z", "2013-03-21T11:30:00Z", ""],
        180,
        120,
        false,
    ),
    (
        "zm-fr-with-pause",
        ("Europe/Berlin", "mon-sun", "09:00-18:00", ""),
        ["2013-06-04T09:00:00Z", "2013-06-04T10:45:00Z", "2013-06-04T10:00:00Z/2013-06-04T10:30:00Z"],
        120,
        75,
        false,
    ),
    (
        "zm-close-with-pause",
        ("Europe/Berlin", "mon-sun", "09:00-18:00", ""),
        ["2013-06-04T09:00:00Z", "2013-06-04T12:00:00Z", "2013-06-04T10:00:00Z/2013-06-04T10:30:00Z"],
        250,
        150,
        false,
    ),
    (
        "zm-all-paused",
        ("Europe/Berlin", "mon-sun", "09:00-18:00", ""),
        ["2013-06-04T09:00:00Z", "2013-06-04T12:00:00Z", "2013-06-04T09:00:00Z/2013-06-04T12:00:00Z"],
        240,
        0,
        false,
    ),
    (
        "zm-open-60",
        ("Europe/Berlin", "mon-sun", "09:00-18:00", ""),
        [
            "2013-06-04T09:00:00Z",
            "2013-06-04T12:00:00Z",
            "2013-06-04T09:00:00Z/2013-06-04T10:30:00Z; 2013-06-04T11:00:00Z/2013-06-04T11:30:00Z",
        ],
        240,
        60,
        false,
    ),
    (
        "zm-overnight-zero",
        ("Europe/Berlin", "mon-fri", "09:00-17:00", ""),
        ["2013-03-28T23:49:00Z", "2013-03-29T07:00:03Z", ""],
        60,
        0,
        false,
    ),
    (
        "zm-24x7-life",
        ("UTC", "mon-sun", "00:00-24:00", ""),
        ["2024-01-01T00:00:00Z", "2024-01-01T02:00:00Z", "2024-01-01T01:30:00Z/2024-01-01T02:00:00Z"],
        1000,
        90,
        false,
    ),
    (
        "glpi-active-reversed",
        ("UTC", "mon-fri", "08:00-20:00", ""),
        ["2019-01-08T00:00:00Z", "2019-01-01T00:00:00Z", ""],
        60,
        0,
        false,
    ),
    (
        "sn-percentages",
        ("UTC", "mon-fri", "08:00-17:00", ""),
        ["2024-01-01T16:00:00Z", "2024-01-02T10:00:00Z", ""],
        480,
        180,
        false,
    ),
];

fn calendar((tz, days, hours, holidays): Hours) -> Calendar {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let day = |name: &str| names.iter().position(|day| *day == name).expect("a day");
    let (first, last) = days.split_once('-').expect("two days");
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':').expect("a time");
        hour.parse::<u32>().expect("a number") * 60 + minute.parse::<u32>().expect("a number")
    };
    let stretch = |text: &str| text.split_once('-').map(|(from, to)| (minute(from), minute(to))).expect("hours");
    let mut open: [Vec<_>; 7] = std::array::from_fn(|_| Vec::new());
    open[day(first)..=day(last)].fill(hours.split(", ").map(stretch).collect());
    let closed = holidays.split_whitespace().map(|date| Holiday::Date(date.parse().expect("a date")));
    Calendar {
        id: CalendarId::from("hours"),
        tz: tz.parse::<Tz>().expect("a zone"),
        hours: open,
        holidays: closed.collect(),
    }
}

fn clock(filter: &[(&str, &str)]) -> Clock {
    let test = |(key, value): &(&str, &str)| LabelTest {
        key: (*key).to_owned(),
        pattern: Pattern::parse(value).expect("a pattern"),
    };
    Clock {
        source: SourceName::from("desk"),
        filter: filter.iter().map(test).collect(),
        respond: None,
        update: None,
        resolve: None,
        calendar: None,
        paused_while: vec!["waiting".to_owned()],
    }
}

fn ticket(created: &str) -> Ticket {
    Ticket {
        source: SourceName::from("desk"),
        id: Arc::from("1"),
        labels: Arc::from(vec![(Arc::from("priority"), Arc::from("P1")), (Arc::from("team"), Arc::from("web"))]),
        summary: Arc::from("it is slow"),
        status: Arc::from("open"),
        open: true,
        owner: None,
        created: Some(at(created)),
        responded: None,
        updated: None,
        resolved: None,
        due: None,
        paused: Vec::new(),
        native: Vec::new(),
        link: None,
    }
}

fn paused(text: &str) -> Vec<(Instant, Option<Instant>)> {
    let pause = |text: &str| text.split_once('/').map(|(from, to)| (at(from), Some(at(to)))).expect("a pause");
    text.split("; ").filter(|text| !text.is_empty()).map(pause).collect()
}

fn run(clocks: Vec<Clock>, calendars: Vec<Calendar>, tickets: Vec<Ticket>, now: &str) -> Vec<ClockState> {
    let map = Map { clocks, calendars, ..map(Vec::new()) };
    let tickets: Vec<_> = tickets
        .into_iter()
        .map(|ticket| Mapped { item: Arc::new(ticket), name: "".into(), nodes: Arc::from([]) })
        .collect();
    let (clocks, problems) = evaluate(&map, &tickets, at(now));
    assert_eq!(problems, []);
    clocks
}

/// The clock that resolves one ticket.
fn resolve(calendar: Option<Calendar>, target: &str, ticket: Ticket, now: &str) -> ClockState {
    let clock = Clock { resolve: Some(time(target)), calendar: calendar.as_ref().map(|_| 0), ..clock(&[]) };
    run(vec![clock], calendar.into_iter().collect(), vec![ticket], now).remove(0)
}

#[test]
fn due_as_other_tools_have_it() {
    for (name, hours, start, minutes, pauses, wanted) in DUE {
        // A target of nothing is due when it starts; the peers' answer is where its first minute begins to run.
        let target = format!("{}m", (*minutes).max(1));
        let shift = TimeDelta::minutes(i64::from(*minutes == 0));
        for now in ["2000-01-01T00:00:00Z", "2025-01-01T00:00:00Z"] {
            if now < *start && !pauses.is_empty() {
                continue;
            }
            let ticket = Ticket { paused: paused(pauses), ..ticket(start) };
            let state = resolve(Some(calendar(*hours)), &target, ticket, now);
            assert_eq!(state.due, Some(at(wanted) + shift), "{name} at {now}");
        }
    }
}

#[test]
fn elapsed_as_other_tools_have_it() {
    const LATER: &str = "2025-01-01T00:00:00Z";
    for (name, hours, [start, end, pauses], target, minutes, breached) in ELAPSED {
        let target = format!("{target}m");
        let mut halted = paused(pauses);
        let now = resolve(Some(calendar(*hours)), &target, Ticket { paused: halted.clone(), ..ticket(start) }, end);
        halted.push((at(end), Some(at(LATER))));
        let later = resolve(Some(calendar(*hours)), &target, Ticket { paused: halted, ..ticket(start) }, LATER);
        for state in if end < start { vec![now] } else { vec![now, later] } {
            assert_eq!(state.elapsed.num_minutes(), *minutes, "{name}");
            assert_eq!(state.remaining, state.target - state.elapsed, "{name}");
            assert_eq!(state.breached, *breached, "{name}");
        }
    }
}

#[test]
fn a_goal_reached_exactly_at_its_target_is_met() {
    for (resolved, breached, left) in
        [("2024-01-08T12:00:00Z", false, 0), ("2024-01-08T12:00:01Z", true, -1), ("2024-01-08T11:59:59Z", false, 1)]
    {
        let ticket = Ticket { resolved: Some(at(resolved)), open: false, ..ticket("2024-01-08T08:00:00Z") };
        let state = resolve(None, "4h", ticket, "2024-01-09T00:00:00Z");
        assert_eq!((state.breached, state.remaining), (breached, TimeDelta::seconds(left)), "{resolved}");
        assert_eq!(state.done, Some(at(resolved)));
    }
}

#[test]
fn an_open_ticket_is_breached_at_the_instant_itself() {
    let of = |now| resolve(None, "4h", ticket("2024-01-08T08:00:00Z"), now);
    assert!(!of("2024-01-08T11:59:59Z").breached);
    let state = of("2024-01-08T12:00:00Z");
    assert!(state.breached && state.remaining == TimeDelta::zero() && state.due == Some(at("2024-01-08T12:00:00Z")));
}

#[test]
fn a_target_that_ends_with_the_hours_is_missed_by_whoever_comes_after_them() {
    let office = || Some(daily(Tz::UTC, 9 * 60, 17 * 60));
    let of = |resolved| {
        let ticket = Ticket { resolved: Some(at(resolved)), ..ticket("2024-01-08T13:00:00Z") };
        resolve(office(), "4h", ticket, "2024-01-10T00:00:00Z")
    };
    assert!(!of("2024-01-08T17:00:00Z").breached);
    let late = of("2024-01-08T20:00:00Z");
    assert!(late.breached && late.remaining == TimeDelta::zero() && late.due == Some(at("2024-01-08T17:00:00Z")));
}

#[test]
fn what_happens_later_is_not_known_yet() {
    let ticket = Ticket {
        resolved: Some(at("2024-01-08T11:00:00Z")),
        paused: paused("2024-01-08T10:30:00Z/2024-01-08T10:45:00Z"),
        ..ticket("2024-01-08T08:00:00Z")
    };
    let state = resolve(None, "4h", ticket, "2024-01-08T10:00:00Z");
    assert_eq!((state.done, state.elapsed), (None, time("2h")));
    assert_eq!(state.due, Some(at("2024-01-08T12:00:00Z")));
}

#[test]
fn a_pause_without_an_end_has_no_due_date_unless_it_came_after_it() {
    let halted = |from| Ticket { paused: vec![(at(from), None)], ..ticket("2024-01-08T08:00:00Z") };
    let state = resolve(None, "4h", halted("2024-01-08T09:00:00Z"), "2024-01-08T10:00:00Z");
    assert_eq!((state.due, state.paused, state.elapsed), (None, true, time("1h")));
    let state = resolve(None, "4h", halted("2024-01-08T13:00:00Z"), "2024-01-08T14:00:00Z");
    assert_eq!((state.due, state.paused, state.breached), (Some(at("2024-01-08T12:00:00Z")), true, true));
    let waiting = Ticket { status: Arc::from("waiting"), ..ticket("2024-01-08T08:00:00Z") };
    let state = resolve(None, "4h", waiting, "2024-01-08T10:00:00Z");
    assert_eq!((state.due, state.paused, state.elapsed), (None, true, time("2h")));
}

#[test]
fn a_calendar_that_never_opens_has_no_due_date() {
    let never = Calendar { hours: std::array::from_fn(|_| Vec::new()), ..daily(Tz::UTC, 0, 0) };
    let state = resolve(Some(never), "1h", ticket("2024-01-08T08:00:00Z"), "2024-01-08T10:00:00Z");
    assert_eq!((state.due, state.open, state.elapsed), (None, false, TimeDelta::zero()));
}

#[test]
fn hours_that_open_once_a_year_are_found() {
    let mut yearly = daily(Tz::UTC, 0, 24 * 60);
    let year = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).expect("a date");
    yearly.holidays = year.iter_days().take(366 * 3).map(Holiday::Date).collect();
    let state = resolve(Some(yearly), "1h", ticket("2024-01-08T08:00:00Z"), "2024-01-08T10:00:00Z");
    assert_eq!(state.due, Some(at("2027-01-03T01:00:00Z")));
}

#[test]
fn changes_of_clock_are_counted_as_the_wall_clock_runs() {
    let night = || Some(daily(Tz::Europe__Berlin, 60, 4 * 60));
    let spring = resolve(night(), "2h", ticket("2026-03-28T20:00:00Z"), "2026-03-29T12:00:00Z");
    assert_eq!((spring.due, spring.elapsed), (Some(at("2026-03-29T02:00:00Z")), time("2h")));
    let autumn = resolve(night(), "4h", ticket("2026-10-24T20:00:00Z"), "2026-10-25T12:00:00Z");
    assert_eq!((autumn.due, autumn.elapsed), (Some(at("2026-10-25T03:00:00Z")), time("4h")));
}

#[test]
fn respond_stops_at_the_first_response_and_stays_listed() {
    let clock = Clock { respond: Some(time("15m")), resolve: Some(time("4h")), ..clock(&[]) };
    let ticket = Ticket { responded: Some(at("2024-01-08T08:10:00Z")), ..ticket("2024-01-08T08:00:00Z") };
    let found = run(vec![clock], Vec::new(), vec![ticket], "2024-01-08T10:00:00Z");
    assert_eq!(found.iter().map(|clock| clock.goal).collect::<Vec<_>>(), [Goal::Resolve, Goal::Respond]);
    assert_eq!((found[1].elapsed, found[1].breached, found[1].remaining), (time("10m"), false, time("5m")));
}

#[test]
fn update_counts_from_the_last_one_while_the_ticket_is_open() {
    let update = || Clock { update: Some(time("1h")), ..clock(&[]) };
    let updated = Ticket { updated: Some(at("2024-01-08T09:30:00Z")), ..ticket("2024-01-08T08:00:00Z") };
    let found = run(vec![update()], Vec::new(), vec![updated.clone()], "2024-01-08T10:00:00Z");
    assert_eq!((found[0].elapsed, found[0].due), (time("30m"), Some(at("2024-01-08T10:30:00Z"))));
    let never = run(vec![update()], Vec::new(), vec![ticket("2024-01-08T08:00:00Z")], "2024-01-08T10:00:00Z");
    assert!(never[0].breached && never[0].elapsed == time("2h"));
    let resolved = Ticket { resolved: updated.updated, open: false, ..updated };
    assert!(run(vec![update()], Vec::new(), vec![resolved], "2024-01-08T10:00:00Z").is_empty());
}

#[test]
fn the_clock_with_most_keys_is_the_one_and_a_tie_is_said() {
    let of = |filter, target| Clock { resolve: Some(time(target)), ..clock(filter) };
    let (any, first) = (of(&[], "9h"), of(&[("priority", "P1")], "4h"));
    let (web, other) = (of(&[("team", "web")], "2h"), of(&[("priority", "P2"), ("team", "web")], "1h"));
    let created = "2024-01-08T08:00:00Z";
    let found = run(vec![any.clone(), first.clone(), other], Vec::new(), vec![ticket(created)], created);
    assert_eq!(found[0].target, time("4h"));
    let map = Map { clocks: vec![any, first, web], ..map(Vec::new()) };
    let tickets = [Mapped { item: Arc::new(ticket(created)), name: "".into(), nodes: Arc::from([]) }];
    let (clocks, problems) = evaluate(&map, &tickets, at(created));
    assert!(clocks.is_empty());
    let said = "ticket desk:1: 2 clocks match it equally well (where = { priority }; where = { team }): give one of \
                them a further key in `where`";
    assert_eq!(problems, [("desk".into(), said.to_owned())]);
}

#[test]
fn a_native_clock_wins_and_needs_no_declared_one() {
    let native = |elapsed, left, paused, breached| NativeClock {
        elapsed: TimeDelta::milliseconds(elapsed),
        remaining: TimeDelta::milliseconds(left),
        paused,
        breached,
        ..NativeClock::default()
    };
    for (clock, target) in [
        (native(600_000, 3_000_000, false, false), time("1h")),
        (native(4_200_000, -600_000, false, true), time("1h")),
        (native(1_155_101_524, -1_097_501_524, true, true), time("16h")),
    ] {
        let theirs = Ticket { native: vec![(Goal::Resolve, clock)], ..ticket("2024-01-15T09:00:00Z") };
        let ours = Clock { resolve: Some(time("1m")), respond: Some(time("1m")), ..super::tests::clock(&[]) };
        for declared in [Vec::new(), vec![ours]] {
            let count = 1 + declared.len();
            let found = run(declared, Vec::new(), vec![theirs.clone()], "2025-01-01T00:00:00Z");
            assert_eq!(found.len(), count);
            let state = found.iter().find(|state| state.goal == Goal::Resolve).expect("it is native");
            assert_eq!(state.origin, ClockOrigin::Native(SourceName::from("desk")));
            assert_eq!((state.elapsed, state.remaining, state.target), (clock.elapsed, clock.remaining, target));
            assert_eq!((state.paused, state.breached), (clock.paused, clock.breached));
        }
    }
}

#[test]
fn a_native_clock_tells_when_it_is_due_when_it_stopped_and_whether_its_hours_are_open() {
    let now = "2024-01-15T10:00:00Z";
    let of = |goal, clock| {
        let ticket = Ticket { native: vec![(goal, clock)], ..ticket("2024-01-15T09:00:00Z") };
        run(Vec::new(), Vec::new(), vec![ticket], now).remove(0)
    };
    let left = NativeClock { elapsed: time("1h"), remaining: time("1h"), ..NativeClock::default() };
    let running = of(Goal::Respond, left);
    assert_eq!((running.due, running.open, running.done), (Some(at("2024-01-15T11:00:00Z")), true, None));
    let tomorrow = Some(at("2024-01-16T08:00:00Z"));
    assert_eq!(of(Goal::Respond, NativeClock { due: tomorrow, ..left }).due, tomorrow);
    let closed = of(Goal::Respond, NativeClock { open: false, ..left });
    assert_eq!((closed.due, closed.open), (None, false), "an hour of its hours is no hour from now");
    let stopped = Some(at("2024-01-15T09:30:00Z"));
    for goal in [Goal::Update, Goal::Resolve] {
        assert_eq!(of(goal, NativeClock { stopped, ..left }).done, stopped, "it does not run for ever");
    }
}

#[test]
fn open_before_paused_before_done_and_time_to_breach_first() {
    let with = |id: &str, created: &str| Ticket { id: Arc::from(id), ..ticket(created) };
    let clock = Clock { resolve: Some(time("4h")), ..clock(&[]) };
    let tickets = vec![
        Ticket { resolved: Some(at("2024-01-08T09:00:00Z")), ..with("done", "2024-01-08T08:00:00Z") },
        Ticket { paused: vec![(at("2024-01-08T09:00:00Z"), None)], ..with("halted", "2024-01-08T01:00:00Z") },
        with("young", "2024-01-08T09:00:00Z"),
        with("late", "2024-01-08T02:00:00Z"),
    ];
    let found = run(vec![clock], Vec::new(), tickets, "2024-01-08T10:00:00Z");
    assert_eq!(found.iter().map(|clock| clock.ticket).collect::<Vec<_>>(), [3, 2, 1, 0]);
}

proptest! {
    /// At the due date exactly the target has elapsed, a second earlier less, wherever now is; and what is looked up
    /// is what the calendar says.
    #[test]
    fn due_and_elapsed_agree(
        start in 1_770_000_000_i64..1_800_000_000,
        target in 1_i64..9_000_000,
        pauses in prop::collection::vec((-100_000_i64..3_000_000, 1_i64..200_000), 0..4),
        now in -60_000_000_i64..60_000_000,
    ) {
        let instant = |second: i64| Instant::from_timestamp(second, 0).expect("in range");
        let office = calendar(("Europe/Berlin", "mon-fri", "08:00-12:00, 13:00-18:00", "2026-05-01 2026-12-25"));
        let pause = |(from, length): (i64, i64)| Span::new(instant(start + from), instant(start + from + length));
        let pauses = Spans::of(pauses.into_iter().map(pause).collect());
        let (now, start, target) = (instant(start + now), instant(start), TimeDelta::seconds(target));
        let hours = OpenTime::near(Some(&office), start, now);
        let due = hours.reached(start, target, &pauses, start + HORIZON).expect("it opens every week");
        let elapsed = |to| crate::domain::calendar::open(&office, Span::new(start, to)).subtract(&pauses).length();
        prop_assert_eq!(elapsed(due), target);
        prop_assert_eq!(elapsed(due - TimeDelta::seconds(1)), target - TimeDelta::seconds(1));
        prop_assert_eq!(hours.length(Span::new(start, due), &pauses), target);
        prop_assert_eq!(hours.is_open(now), crate::domain::calendar::is_open(&office, now));
    }
}
