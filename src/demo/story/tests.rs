//! The story at instants of interest, without waiting for them.

use chrono::DateTime;

use super::*;
use crate::demo::script::{OPENING_ENDS, System, TRACKS};

fn at(text: &str) -> Instant {
    DateTime::parse_from_rfc3339(text).expect("a time").to_utc()
}

fn story(seed: u64, speed: f64) -> Story {
    Story::beginning(at("2026-11-24T10:00:00Z"), Options { seed, speed })
}

/// What plays so many seconds after the start, as words.
fn words(story: &Story, second: i64) -> Vec<String> {
    let word = |effect: &Effect| match effect {
        Effect::Fire(alert) => format!("fire {}", alert.name),
        Effect::Pend(alert) => format!("pend {}", alert.name),
        Effect::Silence(silence) => format!("silence {}", silence.author),
        Effect::Ticket(ticket) => format!("ticket {}", ticket.id),
        Effect::Gone(system) => format!("gone {system:?}"),
        Effect::NoHeartbeat(system) => format!("no heartbeat {system:?}"),
        Effect::Bad(stream, _) => format!("bad {stream:?}"),
        Effect::Down(instance) => format!("down {instance}"),
    };
    story.state(story.started + TimeDelta::seconds(second)).iter().map(|step| word(step.effect)).collect()
}

#[test]
fn the_opening_has_everything_at_its_time() {
    let story = story(7, 1.0);
    let table: &[(i64, &[&str], &[&str])] = &[
        (
            0,
            &["fire QueueLag", "silence mkoch", "ticket 57", "fire PodDown", "bad Shop", "fire SearchSlow"],
            &["fire ReplicationBroken", "ticket 42", "gone PromEdge", "no heartbeat Alertmanager"],
        ),
        (0, &["fire ReplicaRebuilding", "ticket 51", "ticket 49"], &["ticket 53"]),
        (20, &["fire ReplicationBroken", "bad Orders"], &["ticket 42"]),
        (40, &["ticket 42"], &["gone PromEdge"]),
        (90, &["gone PromEdge"], &[]),
        (299, &["gone PromEdge"], &["no heartbeat Alertmanager"]),
        (300, &[], &["gone PromEdge"]),
        (360, &["no heartbeat Alertmanager", "fire ReplicationBroken"], &["fire ScannerOffline"]),
        (480, &["ticket 42"], &["fire ReplicationBroken", "bad Orders"]),
        (540, &["fire ScannerOffline"], &["ticket 42", "no heartbeat Alertmanager"]),
        (13 * 60, &[], &["fire QueueLag", "fire PodDown", "fire SearchSlow", "fire ScannerOffline"]),
    ];
    for (second, playing, absent) in table {
        let words = words(&story, *second);
        for word in *playing {
            assert!(words.iter().any(|found| found == word), "{word} at {second}: {words:?}");
        }
        for word in *absent {
            assert!(!words.iter().any(|found| found == word), "no {word} at {second}: {words:?}");
        }
    }
}

#[test]
fn a_source_is_gone_for_long_enough_to_be_lost() {
    let longest = TimeDelta::minutes(2) + TimeDelta::seconds(10);
    let steps = script::OPENING.iter().chain(TRACKS.iter().flat_map(|track| track.episodes.iter().copied().flatten()));
    let gone: Vec<_> = steps.filter(|step| matches!(step.effect, Effect::Gone(_))).collect();
    assert!(gone.len() >= 2 && gone.iter().all(|step| step.lasts > longest));
}

#[test]
fn episodes_end_within_their_slots() {
    for track in TRACKS {
        for episode in track.episodes {
            assert!(script::length(episode) < track.slot, "{episode:?}");
        }
    }
}

#[test]
fn a_round_plays_every_episode_once_and_the_seed_decides_the_order() {
    let round = |seed, number: i32| {
        let story = story(seed, 1.0);
        let track = &TRACKS[0];
        let length = track.slot * i32::try_from(track.episodes.len()).expect("a few");
        let begin = story.started + OPENING_ENDS + length * number;
        let played = story.playing(Span::new(begin, begin + length));
        let inside = played.iter().filter(|step| step.slot > 0 && step.span.start >= begin);
        let fired = inside.filter_map(|step| match step.effect {
            Effect::Fire(alert) if alert.system == System::Prom => Some((step.span.start - begin, alert.summary)),
            _ => None,
        });
        let mut fired: Vec<_> = fired.collect();
        fired.sort_unstable();
        fired
    };
    let names = |round: &[(TimeDelta, &'static str)]| {
        let mut names: Vec<_> = round.iter().map(|(_, name)| *name).filter(|name| !name.contains("model")).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(round(7, 5), round(7, 5));
    assert_ne!(round(7, 5), round(8, 5));
    assert_ne!(round(7, 5), round(7, 6));
    assert_eq!(names(&round(7, 0)), names(&round(7, 1_000)));
    assert_eq!(names(&round(7, 0)).len(), 7);
}

#[test]
fn speed_shortens_what_comes_and_leaves_what_was() {
    let fast = story(7, 10.0);
    assert!(words(&fast, 2).contains(&"fire ReplicationBroken".to_owned()));
    assert!(!words(&fast, 48).contains(&"fire ReplicationBroken".to_owned()));
    let since = |story: &Story| {
        let steps = story.state(story.started);
        steps.iter().find(|step| matches!(step.effect, Effect::Silence(_))).map(|step| step.span.start)
    };
    assert_eq!(since(&fast), Some(fast.started - TimeDelta::minutes(118)));
    assert_eq!(since(&fast), since(&story(7, 1.0)));
}

#[test]
fn checkout_burns_sixteen_times_too_fast_and_has_little_left() {
    for start in ["2026-11-24T10:00:00Z", "2026-12-01T14:00:00Z", "2028-02-29T22:59:00Z", "2027-03-28T00:30:00Z"] {
        let started = at(start);
        let story = Story::beginning(started, Options::default());
        let ratio = |span| story.bad(Stream::Shop, span) / Stream::Shop.volume(span);
        for window in [TimeDelta::minutes(5), TimeDelta::hours(1)] {
            let burn = ratio(Span::new(started - window, started)) / CHECKOUT_BUDGET;
            assert!((15.9..16.1).contains(&burn), "{start}: {burn}");
        }
        let day = started.with_timezone(&ZONE).date_naive().with_day(1).expect("a first day");
        let next = day.checked_add_months(chrono::Months::new(1)).expect("a next month");
        let (begins, ends) = (local(day.and_time(NaiveTime::MIN)), local(next.and_time(NaiveTime::MIN)));
        let elapsed = (started - begins).as_seconds_f64() / (ends - begins).as_seconds_f64();
        let left = 1.0 - ratio(Span::new(begins, started)) / CHECKOUT_BUDGET * elapsed;
        // In the first hours of a month there was no room for more to go wrong.
        let most = if started - begins < TimeDelta::days(1) { 0.3 } else { 0.27 };
        assert!((0.05..most).contains(&left), "{start}: {left}");
    }
}

#[test]
fn a_month_that_has_just_begun_is_told_too() {
    for start in ["2026-10-31T23:00:00Z", "2026-11-01T00:10:00Z", "2026-11-01T07:00:00Z"] {
        let story = Story::beginning(at(start), Options::default());
        assert!(!story.state(at(start)).is_empty());
    }
}

#[test]
fn maintenance_has_its_alert_every_day_also_across_summer_time() {
    let started = at("2027-03-26T13:20:31Z");
    let story = Story::beginning(started, Options::default());
    let begins = story.maintenance_begins();
    assert_eq!(begins.to_string(), "2027-03-26 13:55:00");
    for day in [0, 1, 2, 3, 40] {
        let begin = local(begins + TimeDelta::days(day));
        let rebuilding = |at: Instant| {
            let steps = story.state(at);
            steps.iter().any(|step| matches!(step.effect, Effect::Fire(alert) if alert.name == "ReplicaRebuilding"))
        };
        assert!(rebuilding(begin + TimeDelta::minutes(5)) && rebuilding(begin + TimeDelta::minutes(109)), "{day}");
        assert!(!rebuilding(begin) && !rebuilding(begin + TimeDelta::minutes(111)), "{day}");
    }
}

#[test]
fn slices_add_up_to_the_whole_while_the_story_plays() {
    let story = story(7, 1.0);
    let (from, slice) = (story.started - TimeDelta::days(1), TimeDelta::minutes(5));
    let slices: f64 =
        (0..3 * 288).map(|n| story.bad(Stream::Shop, Span::new(from + slice * n, from + slice * (n + 1)))).sum();
    let whole = story.bad(Stream::Shop, Span::new(from, from + TimeDelta::days(3)));
    assert!((slices - whole).abs() < whole * 1e-9, "{slices} {whole}");
}

#[test]
fn weeks_ahead_the_company_is_as_lively() {
    let story = story(7, 1.0);
    let hour = |n: i32| {
        let begin = story.started + TimeDelta::days(60) + TimeDelta::hours(n.into());
        Span::new(begin, begin + TimeDelta::hours(1))
    };
    for n in 0..24 {
        let steps = story.playing(hour(n));
        assert!((10..60).contains(&steps.len()), "{}", steps.len());
    }
    let month = Span::new(hour(0).start - TimeDelta::days(30), hour(0).start);
    let bad = story.bad(Stream::Shop, month) / Stream::Shop.volume(month);
    assert!((0.0005..0.001).contains(&bad), "{bad}");
}

#[test]
fn the_promise_of_the_checkout_is_kept_however_long_the_story_is_told() {
    for start in ["2026-11-24T10:00:00Z", "2026-12-03T14:00:00Z"] {
        let story = Story::beginning(at(start), Options::default());
        let first = story.started.with_timezone(&ZONE).date_naive().with_day(1).expect("a first day");
        for month in 0..4 {
            let day = |months| {
                let day = first.checked_add_months(chrono::Months::new(months)).expect("a month");
                local(day.and_time(NaiveTime::MIN))
            };
            let month = Span::new(day(month), day(month + 1));
            let used = story.bad(Stream::Shop, month) / Stream::Shop.volume(month) / CHECKOUT_BUDGET;
            assert!((0.2..1.0).contains(&used), "{start}: {used}");
        }
    }
}
