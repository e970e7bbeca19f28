//! The embedded company: what `bsmtop demo` shows, and what tests and benchmarks drive.
//!
//! It starts small servers on free ports of 127.0.0.1 that speak the wire formats of Prometheus, Alertmanager and
//! Request Tracker, so that the ordinary console can be pointed at them with its ordinary adapters. What they answer
//! is a pure function of the instant, the start and the seed: the script is a table, the story looks it up,
//! the traffic is a closed form. Nothing accumulates but what operators write, which is bounded, so the company can run
//! for weeks.
//!
//! Invariants: nothing beyond loopback is touched, the clock is only the one that was given, and dropping a [`Demo`]
//! ends its servers and their connections.

use std::io;
use std::sync::Arc;

use crate::domain::span::Instant;
use http::{Answer, Server};
use ledger::Ledger;
use script::System;
use story::Story;

mod alertmanager;
mod company;
mod http;
mod ledger;
mod prometheus;
mod promql;
mod script;
mod story;
mod ticketsql;
mod tracker;
mod traffic;

/// How the story is told.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Options {
    /// Decides the order and the delays of everything after the opening.
    pub seed: u64,
    /// How many times faster than the clock; above 0, at most 1,000. Sources that are lost need real minutes to be
    /// noticed, so above 1 that part of the story passes unseen.
    pub speed: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 7, speed: 1.0 }
    }
}

/// Why the company could not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The speed makes no sense.
    #[error("the demo cannot run at speed {0}: choose a number from 0.001 to 1000")]
    Speed(f64),
    /// No port could be taken.
    #[error("the demo could not listen on 127.0.0.1: {0}; is the loopback interface up, and are there free ports?")]
    Listen(#[from] io::Error),
}

/// A running company. Dropping it stops its servers.
#[derive(Debug)]
pub struct Demo {
    servers: Vec<(&'static str, Server)>,
    story: Arc<Story>,
}

/// The systems, by the names of their sources in the configuration.
const SYSTEMS: [(&str, System); 4] =
    [("prom", System::Prom), ("prom-edge", System::PromEdge), ("am", System::Alertmanager), ("rt", System::Tracker)];

/// Starts the company: its story begins now, and it answers when this returns.
///
/// # Errors
/// [`DemoError::Speed`] for a speed that makes no sense, [`DemoError::Listen`] where no port can be taken.
pub async fn start(options: Options, clock: fn() -> Instant) -> Result<Demo, DemoError> {
    if !(0.001..=1000.0).contains(&options.speed) {
        return Err(DemoError::Speed(options.speed));
    }
    let story = Arc::new(Story::beginning(clock(), options));
    let ledger = Arc::new(Ledger::default());
    let mut servers = Vec::new();
    for (name, system) in SYSTEMS {
        servers.push((name, Server::listen(answerer(system, &story, &ledger, clock), clock).await?));
    }
    Ok(Demo { servers, story })
}

impl Demo {
    /// The files of its configuration folder, by path, with the addresses of its servers filled in.
    pub fn config_texts(&self) -> Vec<(String, String)> {
        let addresses: Vec<_> = self.servers.iter().map(|(name, server)| (*name, server.url())).collect();
        company::texts(&addresses, self.story.maintenance_begins())
    }

    /// The address of a server, by the name of its source in the configuration.
    pub fn url(&self, source: &str) -> Option<String> {
        self.servers.iter().find(|(name, _)| *name == source).map(|(_, server)| server.url())
    }
}

/// The files of the configuration folder as of a story that began at an instant, for whoever reads what was recorded of
/// it: the servers are gone.
pub fn texts_of(began: Instant) -> Vec<(String, String)> {
    let gone = SYSTEMS.map(|(name, _)| (name, "http://127.0.0.1:9".to_owned()));
    company::texts(&gone, Story::beginning(began, Options::default()).maintenance_begins())
}

fn answerer(system: System, story: &Arc<Story>, ledger: &Arc<Ledger>, clock: fn() -> Instant) -> Answer {
    let (story, ledger) = (Arc::clone(story), Arc::clone(ledger));
    Arc::new(move |request| {
        let now = clock();
        if story.state(now).iter().any(|step| *step.effect == script::Effect::Gone(system)) {
            return http::Reply::HangUp;
        }
        match system {
            System::Prom | System::PromEdge => prometheus::answer(system, &story, now, request),
            System::Alertmanager => alertmanager::answer(&story, &ledger, now, request),
            System::Tracker => tracker::answer(&story, &ledger, now, request),
        }
    })
}
