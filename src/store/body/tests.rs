//! What is stored reads back as it was.

use super::*;
use crate::domain::testing::{at, span};

fn labels() -> LabelList {
    [("service", "payments"), ("role", "db")].map(|(key, value)| (Arc::from(key), Arc::from(value))).into()
}

fn again<T: Body + PartialEq + std::fmt::Debug>(item: &T, key: &str) {
    let read = T::read(&SourceName::from("prom"), key, &item.text()).expect("readable");
    assert_eq!(read, *item);
}

#[test]
fn what_is_written_is_read_again() {
    let signal = Signal {
        source: SourceName::from("prom"),
        id: "a1".into(),
        labels: labels(),
        severity: Severity::Major,
        unknown: true,
        handling: Handling::Maintenance,
        handled_by: Some("mkoch until 11:00".into()),
        since: Some(at("2026-11-24T09:41:00.5Z")),
        summary: "replication \"broken\"".into(),
        link: Some("https://x.example".into()),
    };
    again(&signal, "a1");
    again(&Signal { since: None, link: None, handled_by: None, summary: "".into(), ..signal }, "a1");
    let ticket = Ticket {
        source: SourceName::from("prom"),
        id: "42".into(),
        labels: labels(),
        summary: "down".into(),
        status: "open".into(),
        open: true,
        owner: Some("mkoch".into()),
        created: Some(at("2026-11-24T08:30:00Z")),
        responded: None,
        updated: None,
        resolved: None,
        due: Some(at("2026-11-25T08:30:00Z")),
        paused: vec![(at("2026-11-24T09:00:00Z"), None)],
        native: vec![(
            Goal::Update,
            NativeClock {
                elapsed: TimeDelta::milliseconds(1500),
                remaining: TimeDelta::minutes(-3),
                paused: false,
                breached: true,
                due: Some(at("2026-11-24T09:57:00Z")),
                stopped: None,
                open: false,
            },
        )],
        link: None,
    };
    again(&ticket, "42");
    let change = Change {
        source: SourceName::from("prom"),
        id: "c1".into(),
        labels: [(Arc::from("a"), Arc::from("b"))].into(),
        nodes: vec![NodeId::from("pay-db")],
        window: span("2026-11-24T22:00:00Z", "2026-11-24T23:00:00Z"),
        summary: "upgrade".into(),
    };
    again(&change, "c1");
    let maintenance = MaintenanceFact {
        nodes: vec![NodeId::from("pay-db")],
        span: span("2026-11-24T22:00:00Z", "2026-11-24T23:00:00Z"),
        excluded: true,
        summary: Some("disk".into()),
    };
    again(&maintenance, "");
    let fact = SourceFact { age: Some(TimeDelta::minutes(3)), ..SourceFact::of(Freshness::Lost) };
    let now = at("2026-11-24T10:00:00Z");
    let source = SourceBody::of(&fact, now);
    again(&source, "");
    assert_eq!(source.at(now + TimeDelta::minutes(1)).age, Some(TimeDelta::minutes(4)));
}
