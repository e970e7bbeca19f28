//! What the unit tests of this layer share: values from text, and parts of a map to start from.

pub(crate) mod random;

use chrono::{TimeDelta, Weekday};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::id::{CalendarId, NodeId, ObjectiveId};
use super::map::{Calendar, Indicator, Kind, Map, Method, Node, Objective, Window};
use super::rule::Rule;
use super::severity::{Interval, Severity};
use super::span::{Instant, Span};
use super::timeline::Timeline;
use super::write::{Intent, Target, WriteKind};

/// An instant from RFC 3339.
pub(crate) fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

/// A stretch of time from RFC 3339.
pub(crate) fn span(start: &str, end: &str) -> Span {
    Span::new(at(start), at(end))
}

/// A decimal from text.
pub(crate) fn dec(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

/// A duration as in configuration: a number and one of `s m h d`.
pub(crate) fn time(text: &str) -> TimeDelta {
    let (number, unit) = text.split_at(text.len() - 1);
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => panic!("no unit of time: {text}"),
    };
    TimeDelta::seconds(number.parse::<i64>().expect("a number") * factor)
}

/// A node with nothing but a name.
pub(crate) fn node(id: &str, kind: Kind) -> Node {
    Node {
        id: NodeId::from(id),
        kind,
        name: id.to_owned(),
        owner: None,
        contact: None,
        runbook: None,
        links: Vec::new(),
        tags: Vec::new(),
        needs: Vec::new(),
        rule: Rule::Worst,
        matches: Vec::new(),
        tickets: Vec::new(),
        check: None,
        manual: true,
        value: None,
        measured: None,
        tolerable: None,
        includes: Vec::new(),
        tier: None,
        monthly: None,
    }
}

/// A map of these nodes, in UTC and euros.
pub(crate) fn map(nodes: Vec<Node>) -> Map {
    Map { named: nodes.len(), nodes, ..Map::empty() }
}

/// A calendar that is open every day between two minutes of it.
pub(crate) fn daily(tz: Tz, start: u32, end: u32) -> Calendar {
    Calendar {
        id: CalendarId::from("hours"),
        tz,
        hours: std::array::from_fn(|_| vec![(start, end)]),
        holidays: Vec::new(),
    }
}

/// An objective of node 0 over events, rolling for 30 days.
pub(crate) fn objective(target: &str) -> Objective {
    Objective {
        id: ObjectiveId::from("o"),
        node: 0,
        target: dec(target),
        window: Window::Rolling(TimeDelta::days(30)),
        tz: Tz::UTC,
        week_starts: Weekday::Mon,
        calendar: None,
        indicator: Indicator::Errors { errors: String::new(), total: String::new() },
        source: None,
        method: Method::Events,
        resolution: TimeDelta::minutes(5),
        alerts: None,
        min_events: None,
        credit: None,
    }
}

/// A timeline from instants and words: a severity, `unknown` (ok at best, critical at worst), or `-` for no cover.
pub(crate) fn timeline(steps: &[(&str, &str)]) -> Timeline {
    let state = |word: &str| match word {
        "-" => None,
        "unknown" => Some(Interval { low: Severity::Ok, high: Severity::Critical }),
        word => Some(Interval::exactly(Severity::parse(word).expect("a severity"))),
    };
    Timeline { steps: steps.iter().map(|(from, word)| (at(from), state(word))).collect() }
}

/// A write about nothing in particular.
pub fn intent(source: &str, kind: WriteKind) -> Intent {
    Intent {
        kind,
        source: source.into(),
        target: Target::New,
        author: "ines".into(),
        title: String::new(),
        text: String::new(),
        until: None,
        scope: Vec::new(),
        severity: None,
        references: Vec::new(),
    }
}
