//! Every adapter that is built in, with the answers of its healthy server: what the shared tests of faults go over.
//!
//! A new type of source is one more row here; a type that is missing fails a test.

use std::sync::Arc;

use bsmtop::domain::map::{Map, Spend, SpendFrom};
use bsmtop::domain::observation::{FiguresReport, StateReport};
use bsmtop::sources::Source;
use bsmtop::sources::error::SourceError;
use bsmtop::sources::kind::{TYPES, build};
use bsmtop::sources::plan::Plan;
use bsmtop::sources::settings::Settings;

use crate::support::{Reply, Request, Server, clock, settings};
use crate::{alertmanager, github, http_json, jira, nagios, pagerduty, prometheus, redmine, rt, servicenow, spend};

/// An adapter under test.
#[derive(Clone, Copy)]
pub struct Adapter {
    /// Its `type` word.
    pub word: &'static str,
    /// What its healthy server answers.
    pub healthy: fn(&Request) -> Reply,
    /// Keys of the type's own that it needs, as TOML.
    pub own: &'static str,
    /// Which lane it is polled in.
    pub lane: Lane,
}

/// The lane that an adapter is polled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Signals, tickets, changes.
    State,
    /// Spend of a map with one spend record; see [`spending`].
    Figures,
}

const fn row(word: &'static str, healthy: fn(&Request) -> Reply) -> Adapter {
    Adapter { word, healthy, own: "", lane: Lane::State }
}

/// All of them, but those that ask no server.
pub const ADAPTERS: &[Adapter] = &[
    row("prometheus", prometheus::recorded),
    row("alertmanager", alertmanager::recorded),
    row("rt", rt::recorded),
    row("nagios", nagios::recorded),
    row("alerta", |_| Reply::recorded("alerta/alerts")),
    row("redmine", redmine::recorded),
    Adapter { own: "cloud = true\nchanges = 'issuetype = Change'", ..row("jira", jira::recorded) },
    row("pagerduty", pagerduty::recorded),
    row("servicenow", servicenow::recorded),
    Adapter { own: "repositories = ['acme/shop']", ..row("github", github::recorded) },
    Adapter { own: http_json::OWN, ..row("http-json", http_json::recorded) },
    Adapter { lane: Lane::Figures, ..row("opencost", spend::recorded) },
];

/// Types that read files and ask no server.
const FILES: &[&str] = &["focus"];

/// What a poll brought, of either lane.
#[derive(Debug)]
pub enum Brought {
    /// Of the state lane.
    State(StateReport),
    /// Of the figures lane.
    Figures(FiguresReport),
}

impl Brought {
    /// How many observations there are, and whether something is said to be missing.
    pub fn weight(&self) -> (usize, bool) {
        match self {
            Self::State(report) => {
                let all = report.signals.len() + report.tickets.len() + report.changes.len() + report.maintenance.len();
                (all, !report.notes.is_empty() || !report.unknown_words.is_empty())
            }
            Self::Figures(report) => (report.spend.len(), !report.failures.is_empty()),
        }
    }

    /// Every text in it that a person may see.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::State(report) => {
                let signals =
                    report.signals.iter().map(|it| format!("{} {:?} {:?}", it.summary, it.labels, it.handled_by));
                let tickets = report.tickets.iter().map(|it| format!("{} {} {:?}", it.summary, it.status, it.labels));
                let notes = report.notes.iter().chain(&report.unknown_words).cloned();
                signals.chain(tickets).chain(notes).collect()
            }
            Self::Figures(report) => report.failures.clone(),
        }
    }
}

impl Adapter {
    /// Its settings at an address.
    pub fn settings(&self, url: &str) -> Settings {
        Settings { own: self.own.parse().expect("TOML"), ..settings(self.word, url) }
    }

    /// The adapter, made anew.
    pub fn build(&self, settings: &Settings) -> Box<dyn Source> {
        build(settings, clock).expect("it is built in")
    }

    /// One poll.
    pub async fn poll(&self, source: &dyn Source) -> Result<Brought, SourceError> {
        match self.lane {
            Lane::State => source.state(clock()).await.map(Brought::State),
            Lane::Figures => {
                source.state(clock()).await?;
                source.figures(&spending(), clock()).await.map(Brought::Figures)
            }
        }
    }

    /// One poll of a server.
    pub async fn ask(&self, server: &Server) -> Result<Brought, SourceError> {
        self.poll(&*self.build(&self.settings(&server.url()))).await
    }
}

/// A plan that wants the spend of one record.
pub fn spending() -> Plan {
    let record = Spend {
        id: "shop".into(),
        node: 0,
        from: SpendFrom::Source("src".into()),
        select: vec![("namespace".to_owned(), "shop".to_owned())],
        limit: None,
    };
    Plan::of(&Arc::new(Map { spends: vec![record], ..Map::empty() }), &"src".into())
}

#[test]
fn every_type_that_is_built_in_is_here() {
    for kind in TYPES.iter().filter(|kind| kind.build.is_some()) {
        let here = ADAPTERS.iter().any(|adapter| adapter.word == kind.word) || FILES.contains(&kind.word);
        assert!(here, "\"{}\" needs a row in tests/sources/adapters.rs", kind.word);
    }
}

#[tokio::test]
async fn a_healthy_server_of_each_brings_something() {
    for adapter in ADAPTERS {
        let server = Server::start(adapter.healthy).await;
        let brought = adapter.ask(&server).await.unwrap_or_else(|error| panic!("{}: {error}", adapter.word));
        assert!(brought.weight().0 > 0, "{}: {brought:?}", adapter.word);
    }
}
