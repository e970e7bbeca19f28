//! Writing to other systems, key by key: forms, previews, outcomes, and all that must not be sent.

use std::sync::Arc;

use bsmtop::app::message::{Effect, Message};
use bsmtop::app::{self, Model};
use bsmtop::domain::write::{Intent, Number, Outcome, Reference, Target, WriteKind};

use crate::company::{self, answer, press, writable};
use crate::{selected, shows, start};

/// The intents that were to be prepared.
fn intents(effects: &[Effect]) -> Vec<Intent> {
    let intent = |effect: &Effect| match effect {
        Effect::Prepare { intent, .. } => Some((**intent).clone()),
        _ => None,
    };
    effects.iter().filter_map(intent).collect()
}

/// Answers every sending.
fn finish(model: &mut Model, effects: &[Effect], outcome: &Outcome) -> Vec<Effect> {
    let now = model.now;
    let mut after = Vec::new();
    for effect in effects {
        if let Effect::Send { round, job, what, .. } = effect {
            let message = Message::Sent { round: *round, job: *job, what: what.clone(), outcome: outcome.clone() };
            after.extend(app::update(model, message, now));
        }
    }
    after
}

fn done(says: &str) -> Outcome {
    Outcome::Done { says: says.into(), made: None }
}

#[test]
fn from_the_start_to_acknowledged_with_a_ticket_in_four_keys() {
    let mut model = start(writable());
    let effects = press(&mut model, &["a"]);
    let wanted = intents(&effects);
    assert_eq!(wanted.len(), 1);
    assert_eq!((wanted[0].kind, wanted[0].source.as_str()), (WriteKind::Acknowledge, "prom"));
    assert_eq!(wanted[0].until, Some(model.now + chrono::TimeDelta::hours(2)));
    assert_eq!(wanted[0].text, "rt:42", "the ticket that is open for it");
    assert!(shows(&model, "looking at it, nothing was sent"));
    answer(&mut model, &effects);
    for text in [
        "ACKNOWLEDGE",
        "POST https://am.example/api/v2/silences",
        "\"comment\": \"x\"",
        "QueueLag of the other hub",
        "the object as it is now",
        "Enter sends 1 request, once",
    ] {
        assert!(shows(&model, text), "{text}");
    }
    let effects = press(&mut model, &["Enter"]);
    assert!(matches!(effects.as_slice(), [Effect::Send { number: Number(1), .. }]));
    assert!(press(&mut model, &["Enter"]).is_empty(), "sent once");
    let after = finish(&mut model, &effects, &done("silence 1234"));
    assert_eq!(after, [Effect::Poll(Some("prom".into()))]);
    assert!(shows(&model, "1 done") && shows(&model, "silence 1234"));

    let effects = press(&mut model, &["t"]);
    let wanted = intents(&effects);
    let [ticket] = wanted.as_slice() else { panic!("{} intents", wanted.len()) };
    assert_eq!((ticket.kind, ticket.source.as_str(), &ticket.target), (WriteKind::Create, "rt", &Target::New));
    assert_eq!(ticket.title, "Online checkout is critical: replication broken");
    for text in [
        "Impact: Online checkout is critical, since 2026-11-24 10:01 CET",
        "Cost: 42,000 EUR an hour",
        "SLA: checkout-availability: ",
        "Cause: replication broken (prom:a1)",
        "https://wiki.example/checkout",
        "Customers: Acme",
    ] {
        assert!(ticket.text.contains(text), "{text:?} in\n{}", ticket.text);
    }
    assert_eq!(ticket.references[0].link.as_deref(), Some("https://prom.example/a1"));
    assert_eq!(ticket.scope, [("component".to_owned(), "pay-db".to_owned())], "so that it belongs to its node");
    answer(&mut model, &effects);
    let effects = press(&mut model, &["Enter"]);
    let made = Reference { id: "rt:99".into(), title: "ticket".into(), link: None };
    finish(&mut model, &effects, &Outcome::Done { says: "ticket 99".into(), made: Some(made) });
    assert!(shows(&model, "ticket 99"));
    // An acknowledgement after it names it.
    let wanted = intents(&press(&mut model, &["a"]));
    assert_eq!(wanted[0].text, "rt:99");
}

#[test]
fn an_alert_to_the_customers_that_it_hurts_in_three_keys() {
    let mut model = start(writable());
    press(&mut model, &["5", "Enter"]);
    assert!(shows(&model, "signal on pay-db"));
    assert!(
        shows(&model, "Acme") || {
            press(&mut model, &["Enter"]);
            shows(&model, "Acme")
        }
    );
}

#[test]
fn on_a_process_it_fans_out_and_lists_each_outcome() {
    let world = writable();
    let mut world = (*world).clone();
    // A second cause, of another source, and one that is no signal.
    let checkout = world.map.index_of("checkout").expect("mapped");
    let queue = world.causes.iter().position(|cause| cause.id.as_str() == "am:b1").expect("a cause");
    Arc::make_mut(&mut world.causes[queue]).handling = bsmtop::domain::severity::Handling::None;
    let state = Arc::make_mut(&mut world.nodes[checkout]);
    state.causes = state.causes.iter().cloned().chain(["am:b1".into(), "source:zabbix".into()]).collect();
    let mut model = start(Arc::new(world));
    let effects = press(&mut model, &["a"]);
    let sources: Vec<String> = intents(&effects).iter().map(|intent| intent.source.to_string()).collect();
    assert_eq!(sources, ["prom", "am"]);
    assert!(shows(&model, "not included source:zabbix"));
    answer(&mut model, &effects);
    assert!(shows(&model, "Enter sends 2 requests, once"));
    let effects = press(&mut model, &["Enter"]);
    assert_eq!(effects.len(), 2);
    finish(&mut model, &effects[..1], &done("silence 1"));
    assert!(shows(&model, "sent, waiting for the answer"));
    finish(&mut model, &effects[1..], &Outcome::Refused { says: "403 Forbidden: read-only key".into() });
    assert!(shows(&model, "1 done, 1 NOT DONE") && shows(&model, "403 Forbidden: read-only key"));
    // What went wrong is not closed by a key that was meant for something else.
    press(&mut model, &["j"]);
    assert!(shows(&model, "403 Forbidden"));
    press(&mut model, &["Enter"]);
    assert!(!shows(&model, "403 Forbidden"));
}

#[test]
fn one_that_fails_to_prepare_does_not_hinder_the_others() {
    let mut model = start(writable());
    let effects = press(&mut model, &["a"]);
    let Effect::Prepare { round, job, .. } = &effects[0] else { panic!("{effects:?}") };
    let now = model.now;
    let gone = Err("Alertmanager does not have this alert any more".to_owned());
    app::update(&mut model, Message::Prepared { round: *round, job: *job, answer: gone }, now);
    assert!(shows(&model, "nothing can be sent") && shows(&model, "does not have this alert any more"));
    assert!(press(&mut model, &["Enter"]).is_empty());
}

#[test]
fn marked_rows_are_written_to_together() {
    let mut model = start(writable());
    press(&mut model, &["5", "v", "v"]);
    let wanted = intents(&press(&mut model, &["a"]));
    let ids: Vec<_> = wanted.iter().filter_map(|intent| intent.target.id()).map(|id| &**id).collect();
    assert_eq!(ids.len(), 2);
    assert!(shows(&model, "2 marked rows"));
}

#[test]
fn nothing_is_sent_from_the_wall() {
    let mut model = start(writable());
    let effects = press(&mut model, &["a"]);
    answer(&mut model, &effects);
    press(&mut model, &["Esc", "0"]);
    for key in ["a", "t", "m", "L", "c", "o"] {
        assert!(press(&mut model, &[key]).is_empty(), "{key}");
        assert!(model.writing.form.is_none());
    }
    assert_eq!(app::write::barred(&model), Some("nothing is written from the wall"));
}

#[test]
fn nothing_is_sent_while_frozen() {
    let mut model = start(writable());
    press(&mut model, &["space"]);
    for key in ["a", "t", "m", "L"] {
        assert!(press(&mut model, &[key]).is_empty());
        assert!(model.writing.form.is_none());
        assert!(shows(&model, "the screen is frozen, nothing is written"), "{key}");
    }
    // Not even what was prepared before.
    press(&mut model, &["space"]);
    let effects = press(&mut model, &["a"]);
    answer(&mut model, &effects);
    let (since, world) = (model.now, model.world.clone());
    model.look_through(app::lens::Lens::Frozen { since }, world);
    assert!(press(&mut model, &["Enter"]).is_empty());
}

#[test]
fn what_is_changed_is_looked_at_again_before_it_is_sent() {
    let mut model = start(writable());
    let first = press(&mut model, &["a"]);
    answer(&mut model, &first);
    press(&mut model, &["Ctrl-u", "o", "n", "space", "i", "t"]);
    let effects = press(&mut model, &["Enter"]);
    let wanted = intents(&effects);
    assert_eq!(wanted[0].text, "on it", "it is looked at, not sent");
    // An answer to what was asked before is no answer to this.
    answer(&mut model, &first);
    assert!(press(&mut model, &["Enter"]).is_empty());
    answer(&mut model, &effects);
    assert!(matches!(press(&mut model, &["Enter"]).as_slice(), [Effect::Send { .. }]));
}

#[test]
fn a_field_that_makes_no_sense_says_how_to_write_it() {
    let mut model = start(writable());
    let effects = press(&mut model, &["a"]);
    answer(&mut model, &effects);
    press(&mut model, &["Tab", "Ctrl-u", "s", "o", "o", "n"]);
    assert!(press(&mut model, &["Enter"]).is_empty());
    assert!(shows(&model, "write it like 30m, 2h or 1d"));
    press(&mut model, &["Ctrl-u", "3", "0", "m"]);
    let wanted = intents(&press(&mut model, &["Enter"]));
    assert_eq!(wanted[0].until, Some(model.now + chrono::TimeDelta::minutes(30)));
}

#[test]
fn a_silence_can_be_made_wider() {
    let mut model = start(writable());
    press(&mut model, &["5"]);
    assert_eq!(selected(&model), "prom:a1");
    press(&mut model, &["m", "Tab", "Tab", "Ctrl-u"]);
    let now = model.now;
    app::update(&mut model, Message::Paste("service=payments\nq".to_owned()), now);
    let wanted = intents(&press(&mut model, &["Enter"]));
    assert_eq!(
        (wanted[0].kind, wanted[0].scope.as_slice()),
        (WriteKind::Silence, &[("service".to_owned(), "payments".to_owned())][..])
    );
}

#[test]
fn a_ticket_is_commented_on_taken_and_linked() {
    let mut model = start(writable());
    press(&mut model, &["6"]);
    let ticket = selected(&model);
    assert!(press(&mut model, &["c"]).is_empty(), "an empty comment is not even looked at");
    assert!(shows(&model, "comment: it is empty"));
    let wanted = intents(&press(&mut model, &["h", "i", "Enter"]));
    assert_eq!((wanted[0].kind, wanted[0].text.as_str()), (WriteKind::Comment, "hi"));
    assert_eq!(format!("rt:{}", wanted[0].target.id().expect("a ticket")), ticket);
    press(&mut model, &["Esc"]);
    let wanted = intents(&press(&mut model, &["a"]));
    assert_eq!(wanted[0].kind, WriteKind::Acknowledge);
    press(&mut model, &["Esc", "1"]);
    // From the process: the ticket of its node comes first, others can be chosen.
    let wanted = intents(&press(&mut model, &["L"]));
    assert_eq!((wanted[0].kind, wanted[0].target.id().map(|id| &**id)), (WriteKind::Link, Some("42")));
    assert_eq!(wanted[0].references.iter().map(|to| &*to.id).collect::<Vec<_>>(), ["prom:a1"]);
    let wanted = intents(&press(&mut model, &["Right"]));
    assert_ne!(wanted[0].target.id().map(|id| &**id), Some("42"));
}

#[test]
fn what_is_read_only_says_what_would_allow_it() {
    let mut model = start(company::outage());
    assert!(press(&mut model, &["t"]).is_empty());
    assert!(shows(&model, "t: no ticketing source allows it"));
    let mut world = (*writable()).clone();
    let mut map = (*world.map).clone();
    map.sources.iter_mut().for_each(|source| source.writes.allowed = false);
    world.map = Arc::new(map);
    let mut model = start(Arc::new(world));
    assert!(press(&mut model, &["a"]).is_empty());
    assert!(shows(&model, "a: its source is read-only: `write = true`"));
    press(&mut model, &["9", "a"]);
    assert!(shows(&model, "a: nothing here can be written to"));
}

#[test]
fn a_time_out_reads_unknown_check() {
    let mut model = start(writable());
    let effects = press(&mut model, &["a"]);
    answer(&mut model, &effects);
    let effects = press(&mut model, &["Enter"]);
    let unknown = Outcome::Unknown { why: "no complete answer within 10 s".into() };
    assert!(finish(&mut model, &effects, &unknown).is_empty());
    assert!(shows(&model, "unknown: check") && shows(&model, "1 UNKNOWN: CHECK"));
    assert!(press(&mut model, &["Enter"]).is_empty(), "it is not sent again");
}

#[test]
fn an_outcome_is_told_even_where_its_form_was_left() {
    let mut model = start(writable());
    let effects = press(&mut model, &["a"]);
    answer(&mut model, &effects);
    let effects = press(&mut model, &["Enter", "Esc"]);
    finish(&mut model, &effects, &Outcome::Unknown { why: "no complete answer".into() });
    assert!(shows(&model, "unknown: check: no complete answer"));
}

#[test]
fn links_are_opened_chosen_and_shown() {
    let mut model = start(writable());
    press(&mut model, &["o"]);
    assert!(
        shows(&model, "OPEN")
            && shows(&model, "https://prom.example/a1")
            && shows(&model, "https://wiki.example/checkout")
    );
    assert_eq!(press(&mut model, &["Enter"]), [Effect::Open("https://prom.example/a1".to_owned())]);
    assert_eq!(press(&mut model, &["o", "j", "y"]), [Effect::Copy("https://wiki.example/pay-db".to_owned())]);
    let now = model.now;
    let no = Message::NoBrowser("https://prom.example/a1".into(), "there is no display here".into());
    app::update(&mut model, no, now);
    assert!(shows(&model, "there is no display here") && shows(&model, "https://prom.example/a1"));
    press(&mut model, &["Esc"]);
    assert!(!shows(&model, "there is no display here"));
    press(&mut model, &["Y"]);
    assert_eq!(press(&mut model, &["1"]), [Effect::Copy("checkout".to_owned())]);
    press(&mut model, &["9", "o"]);
    assert!(shows(&model, "o: no link is known"));
}

#[test]
fn on_a_small_screen_the_status_line_begins_with_what_to_do() {
    let model = company::model(writable(), (80, 24), &[]);
    assert!(shows(&model, "Enter open  w why  a ack  t ticket  ! what if"));
}

#[test]
fn a_second_ticket_for_the_same_cause_is_warned_of() {
    let mut model = start(writable());
    let effects = press(&mut model, &["t"]);
    answer(&mut model, &effects);
    assert!(shows(&model, "rt #42 is open about this already: Esc, then L links, c comments"));
}
