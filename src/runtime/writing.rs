//! Carrying out what the console wants written: previews and sendings as tasks, answers into the inbox, every write
//! into the audit before and after.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::clock;
use super::inbox::Inbox;
use crate::app::message::{Effect, Message};
use crate::domain::history::{AuditEntry, AuditOutcome};
use crate::domain::span::Instant;
use crate::domain::write::{Body, Outcome, Preview};
use crate::sources::gate::Gate;
use crate::sources::settings::Settings;

/// Who writes: as the environment calls the operator.
pub(super) fn author() -> String {
    let name = ["BSMTOP_AUTHOR", "USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()));
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
        let gate = Arc::new(Gate::new(
            sources,
            Box::new(|at, preview, outcome| log(&entry(at, preview, outcome))),
            clock::now,
        ));
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

/// What the audit keeps of a write: `None` for an outcome says that it is about to be sent.
fn entry(at: Instant, preview: &Preview, outcome: Option<&Outcome>) -> AuditEntry {
    let request = &preview.request;
    let body = match &request.body {
        Body::Json(text) | Body::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Body::Form(pairs) => pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&"),
    };
    AuditEntry {
        at,
        who: preview.intent.author.clone(),
        source: preview.intent.source.clone(),
        action: preview.intent.kind.word().to_owned(),
        target: preview.object.clone(),
        request: format!("{} {} {body}", request.method.word(), request.place),
        outcome: match outcome {
            None => AuditOutcome::Begun,
            Some(Outcome::Done { says, .. }) => AuditOutcome::Done(says.clone()),
            Some(Outcome::Refused { says }) => AuditOutcome::Failed(says.clone()),
            Some(Outcome::NotSent { why }) => AuditOutcome::Failed(format!("not sent: {why}")),
            Some(Outcome::Unknown { why }) => AuditOutcome::Unknown(why.clone()),
        },
    }
}

/// Writes an entry into the log.
fn log(entry: &AuditEntry) {
    let (word, answer) = match &entry.outcome {
        AuditOutcome::Begun => ("about to be sent", ""),
        AuditOutcome::Done(answer) => ("done", answer.as_str()),
        AuditOutcome::Failed(answer) => ("not done", answer.as_str()),
        AuditOutcome::Unknown(answer) => ("unknown: check", answer.as_str()),
    };
    let AuditEntry { at, who, source, action, target, request, .. } = entry;
    tracing::info!(target: "bsmtop::audit", %at, who, %source, action, target, request, outcome = word, answer, "write");
}
