//! Carrying out what the console wants written: previews and sendings as tasks, answers into the inbox, every write
//! into the audit before and after.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::clock;
use super::inbox::Inbox;
use crate::app::message::{Effect, Message};
use crate::domain::span::Instant;
use crate::domain::write::{Body, Outcome, Preview};
use crate::sources::gate::Gate;
use crate::sources::settings::Settings;

/// Who writes: as the environment calls the operator.
pub(super) fn author() -> String {
    let name = ["BSMTOP_AUTHOR", "USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| {
        std::env::var(name).ok().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
    });
    let name = name.unwrap_or_else(|| "bsmtop".to_owned());
    crate::domain::clean::clean_line(&name, 60).into_owned()
}

/// What carries out writes for one configuration.
pub(super) struct Desk {
    gate: Arc<Gate>,
    network: Handle,
    inbox: Inbox,
}

impl Desk {
    /// A desk for these sources.
    pub(super) fn new(sources: &[Settings], network: &Handle, inbox: &Inbox) -> Self {
        let gate = Arc::new(Gate::new(sources, Box::new(record), clock::now));
        Self { gate, network: network.clone(), inbox: inbox.clone() }
    }

    /// Runs what has to do with writing.
    pub(super) fn run(&self, effect: Effect) {
        let (gate, inbox) = (Arc::clone(&self.gate), self.inbox.clone());
        match effect {
            Effect::Prepare { round, job, intent } => {
                self.network.spawn(async move {
                    let answer = gate.prepare(&intent).await;
                    let answer = answer.map(|(number, preview)| (number, Box::new(preview)));
                    let answer = answer.map_err(|error| error.to_string());
                    inbox.answered(Message::Prepared { round, job, answer });
                });
            }
            Effect::Send { round, job, number, what } => {
                self.network.spawn(async move {
                    let outcome = gate.send(number).await;
                    inbox.answered(Message::Sent { round, job, what, outcome });
                });
            }
            _ => {}
        }
    }
}

/// A line of the audit: who, where, what, on what, the request, and what came of it (nothing yet: about to be sent).
fn record(at: Instant, preview: &Preview, outcome: Option<&Outcome>) {
    let intent = &preview.intent;
    let body = match &preview.request.body {
        Body::Json(text) | Body::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Body::Form(pairs) => {
            pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
        }
    };
    tracing::info!(
        target: "bsmtop::audit",
        %at,
        author = intent.author,
        source = %intent.source,
        kind = intent.kind.word(),
        object = preview.object,
        request = format!("{} {} {body}", preview.request.method.word(), preview.request.place),
        outcome = outcome.map_or("about to be sent", Outcome::word),
        answer = outcome.map_or("", Outcome::text),
        "write"
    );
}
