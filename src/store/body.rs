//! What was observed, as text in a row: JSON with short keys, in which absent fields take no room.
//!
//! It is read by later versions, so fields are only ever added, each with a default.

use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::times::{instant, stored};
use crate::domain::facts::{Change, Freshness, LabelList, MaintenanceFact, NativeClock, Signal, SourceFact, Ticket};
use crate::domain::id::{NodeId, SourceName};
use crate::domain::map::Goal;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::{Instant, Span};

/// A number in the text of JSON, exact.
#[derive(Clone, Copy)]
pub struct Exact(pub Decimal);

impl Serialize for Exact {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// What can stand in the row of an observation.
pub trait Body: Sized {
    /// The text of it.
    fn text(&self) -> String;

    /// It, from the source and the key of its row and that text.
    fn read(source: &SourceName, key: &str, text: &str) -> serde_json::Result<Self>;
}

fn text(body: &impl Serialize) -> String {
    // Strings, numbers and lists of them: there is nothing in them that JSON can't hold.
    serde_json::to_string(body).unwrap_or_default()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn labels_out(labels: &LabelList) -> Vec<(&str, &str)> {
    labels.iter().map(|(key, value)| (&**key, &**value)).collect()
}

fn labels_owned(labels: &LabelList) -> Vec<(String, String)> {
    labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

fn labels_in(labels: Vec<(String, String)>) -> LabelList {
    labels.into_iter().map(|(key, value)| (Arc::from(key), Arc::from(value))).collect()
}

#[derive(Serialize)]
struct SignalOut<'a> {
    l: Vec<(&'a str, &'a str)>,
    v: u8,
    #[serde(skip_serializing_if = "is_default")]
    u: bool,
    #[serde(skip_serializing_if = "is_default")]
    h: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<i64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    t: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<&'a str>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SignalIn {
    l: Vec<(String, String)>,
    v: u8,
    u: bool,
    h: u8,
    by: Option<String>,
    s: Option<i64>,
    t: String,
    a: Option<String>,
}

const HANDLINGS: [Handling; 3] = [Handling::None, Handling::Acknowledged, Handling::Maintenance];

impl Body for Signal {
    fn text(&self) -> String {
        text(&SignalOut {
            l: labels_out(&self.labels),
            v: self.severity.level(),
            u: self.unknown,
            h: HANDLINGS.iter().position(|it| *it == self.handling).unwrap_or_default() as u8,
            by: self.handled_by.as_deref(),
            s: self.since.map(stored),
            t: &self.summary,
            a: self.link.as_deref(),
        })
    }

    fn read(source: &SourceName, key: &str, text: &str) -> serde_json::Result<Self> {
        let body: SignalIn = serde_json::from_str(text)?;
        Ok(Self {
            source: source.clone(),
            id: key.into(),
            labels: labels_in(body.l),
            severity: Severity::from_level(body.v),
            unknown: body.u,
            handling: HANDLINGS.get(usize::from(body.h)).copied().unwrap_or_default(),
            handled_by: body.by.map(Into::into),
            since: body.s.map(instant),
            summary: body.t.into(),
            link: body.a.map(Into::into),
        })
    }
}

/// A native clock: goal, elapsed and remaining in milliseconds, paused, breached.
type Stored = (u8, i64, i64, bool, bool);
/// More of it: due, stopped, whether its hours are open.
type More = (Option<i64>, Option<i64>, bool);

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct TicketBody {
    l: Vec<(String, String)>,
    t: String,
    st: String,
    open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<String>,
    /// Created, responded, updated, resolved, due.
    at: [Option<i64>; 5],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    p: Vec<(i64, Option<i64>)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    n: Vec<Stored>,
    /// Of each of `n`; apart, as older recordings have none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    m: Vec<More>,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<String>,
}

const GOALS: [Goal; 3] = [Goal::Respond, Goal::Update, Goal::Resolve];

impl Body for Ticket {
    fn text(&self) -> String {
        let goal = |goal: Goal| GOALS.iter().position(|it| *it == goal).unwrap_or_default() as u8;
        let native = |(it, clock): &(Goal, NativeClock)| {
            let millis = (clock.elapsed.num_milliseconds(), clock.remaining.num_milliseconds());
            (goal(*it), millis.0, millis.1, clock.paused, clock.breached)
        };
        text(&TicketBody {
            l: labels_owned(&self.labels),
            t: self.summary.to_string(),
            st: self.status.to_string(),
            open: self.open,
            who: self.owner.as_deref().map(Into::into),
            at: [self.created, self.responded, self.updated, self.resolved, self.due].map(|at| at.map(stored)),
            p: self.paused.iter().map(|(from, until)| (stored(*from), until.map(stored))).collect(),
            n: self.native.iter().map(native).collect(),
            m: self.native.iter().map(|(_, it)| (it.due.map(stored), it.stopped.map(stored), it.open)).collect(),
            a: self.link.as_deref().map(Into::into),
        })
    }

    fn read(source: &SourceName, key: &str, text: &str) -> serde_json::Result<Self> {
        let body: TicketBody = serde_json::from_str(text)?;
        let [created, responded, updated, resolved, due] = body.at.map(|at| at.map(instant));
        let more = body.m.into_iter().map(Some).chain(std::iter::repeat(None));
        let native = |((goal, elapsed, remaining, paused, breached), more): (Stored, Option<More>)| {
            let (elapsed, remaining) = (TimeDelta::milliseconds(elapsed), TimeDelta::milliseconds(remaining));
            let goal = GOALS.get(usize::from(goal)).copied().unwrap_or(Goal::Resolve);
            let (due, stopped, open) = more.unwrap_or((None, None, true));
            let (due, stopped) = (due.map(instant), stopped.map(instant));
            (goal, NativeClock { elapsed, remaining, paused, breached, due, stopped, open })
        };
        Ok(Self {
            source: source.clone(),
            id: key.into(),
            labels: labels_in(body.l),
            summary: body.t.into(),
            status: body.st.into(),
            open: body.open,
            owner: body.who.map(Into::into),
            created,
            responded,
            updated,
            resolved,
            due,
            paused: body.p.into_iter().map(|(from, until)| (instant(from), until.map(instant))).collect(),
            native: body.n.into_iter().zip(more).map(native).collect(),
            link: body.a.map(Into::into),
        })
    }
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct ChangeBody {
    l: Vec<(String, String)>,
    n: Vec<String>,
    w: (i64, i64),
    t: String,
}

impl Body for Change {
    fn text(&self) -> String {
        text(&ChangeBody {
            l: labels_owned(&self.labels),
            n: self.nodes.iter().map(ToString::to_string).collect(),
            w: (stored(self.window.start), stored(self.window.end)),
            t: self.summary.to_string(),
        })
    }

    fn read(source: &SourceName, key: &str, text: &str) -> serde_json::Result<Self> {
        let body: ChangeBody = serde_json::from_str(text)?;
        Ok(Self {
            source: source.clone(),
            id: key.into(),
            labels: labels_in(body.l),
            nodes: body.n.into_iter().map(NodeId::from).collect(),
            window: Span::new(instant(body.w.0), instant(body.w.1)),
            summary: body.t.into(),
        })
    }
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct MaintenanceBody {
    n: Vec<String>,
    w: (i64, i64),
    x: bool,
    t: Option<String>,
}

impl Body for MaintenanceFact {
    fn text(&self) -> String {
        text(&MaintenanceBody {
            n: self.nodes.iter().map(ToString::to_string).collect(),
            w: (stored(self.span.start), stored(self.span.end)),
            x: self.excluded,
            t: self.summary.clone(),
        })
    }

    fn read(_: &SourceName, _: &str, text: &str) -> serde_json::Result<Self> {
        let body: MaintenanceBody = serde_json::from_str(text)?;
        Ok(Self {
            nodes: body.n.into_iter().map(NodeId::from).collect(),
            span: Span::new(instant(body.w.0), instant(body.w.1)),
            excluded: body.x,
            summary: body.t,
        })
    }
}

/// The state of a source. How old its last answer is changes all the time while it is fresh, so that is kept only
/// from when on it is overdue: as the instant of that answer.
#[derive(Clone, PartialEq, Debug)]
pub struct SourceBody {
    /// All but the age.
    pub fact: SourceFact,
    /// When it answered last.
    pub answered: Option<Instant>,
}

impl SourceBody {
    /// What is kept of a source's state at an instant.
    pub fn of(fact: &SourceFact, at: Instant) -> Self {
        let overdue = matches!(fact.freshness, Freshness::Late | Freshness::Lost);
        let answered = fact.age.filter(|_| overdue).map(|age| at - age);
        Self { fact: SourceFact { age: None, ..fact.clone() }, answered }
    }

    /// The state at a later instant.
    pub fn at(self, at: Instant) -> SourceFact {
        SourceFact { age: self.answered.map(|answered| at - answered), ..self.fact }
    }
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct SourceText {
    f: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    w: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    n: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<i64>,
}

impl Body for SourceBody {
    fn text(&self) -> String {
        text(&SourceText {
            f: self.fact.freshness.word().to_owned(),
            e: self.fact.error.clone(),
            w: self.fact.unknown_words.clone(),
            n: self.fact.notes.clone(),
            a: self.answered.map(stored),
        })
    }

    fn read(_: &SourceName, _: &str, text: &str) -> serde_json::Result<Self> {
        let body: SourceText = serde_json::from_str(text)?;
        let freshness = Freshness::parse(&body.f).unwrap_or(Freshness::Lost);
        let fact = SourceFact { error: body.e, unknown_words: body.w, notes: body.n, ..SourceFact::of(freshness) };
        Ok(Self { fact, answered: body.a.map(instant) })
    }
}

#[cfg(test)]
mod tests;
