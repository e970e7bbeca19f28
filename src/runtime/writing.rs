//! Carrying out what the console wants written: previews and sendings as tasks, answers into the inbox, every write
//! into the log and the audit of history, before it is sent and after.
//!
//! Invariant: a line about every write is on disk, in the file of the audit, before it is sent. (History and log are
//! written by threads of their own, and later.)

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use tokio::runtime::Handle;

use super::clock;
use super::inbox::Inbox;
use crate::app::message::{Effect, Message};
use crate::domain::history::{AuditEntry, AuditOutcome};
use crate::domain::span::Instant;
use crate::domain::write::{Body, Outcome, Preview};
use crate::sources::gate::Gate;
use crate::sources::settings::Settings;
use crate::store::Writer;

/// The file of the audit.
const AUDIT: &str = "audit.log";

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
    history: Option<Arc<Writer>>,
    audit: Option<PathBuf>,
}

impl Desk {
    /// A desk for these sources. `audit` is the folder of the file that has every write before it is sent.
    pub(super) fn new(
        sources: &[Settings],
        network: &Handle,
        inbox: &Inbox,
        history: Option<Arc<Writer>>,
        audit: Option<PathBuf>,
    ) -> Self {
        let gate = gate(sources, history.clone(), audit.clone());
        Self { gate, network: network.clone(), inbox: inbox.clone(), history, audit }
    }

    /// Takes other sources. What was previewed before can't be sent any more.
    pub(super) fn renew(&mut self, sources: &[Settings]) {
        self.gate = gate(sources, self.history.clone(), self.audit.clone());
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

fn gate(sources: &[Settings], history: Option<Arc<Writer>>, audit: Option<PathBuf>) -> Arc<Gate> {
    let record = move |at, preview: &Preview, outcome: Option<&Outcome>| {
        let entry = entry(at, preview, outcome);
        let kept = match &audit {
            Some(folder) => keep(&folder.join(AUDIT), &entry),
            None => Err("there is no folder for the audit: set HOME or XDG_STATE_HOME".to_owned()),
        };
        log(&entry);
        if let Some(history) = &history {
            history.audit(entry);
        }
        kept
    };
    Arc::new(Gate::new(sources, Box::new(record), clock::now))
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

/// What came of a write, in a word, and what the system said.
fn words(outcome: &AuditOutcome) -> (&'static str, &str) {
    match outcome {
        AuditOutcome::Begun => ("about to be sent", ""),
        AuditOutcome::Done(answer) => ("done", answer.as_str()),
        AuditOutcome::Failed(answer) => ("not done", answer.as_str()),
        AuditOutcome::Unknown(answer) => ("unknown: check", answer.as_str()),
    }
}

/// Adds an entry to the file of the audit, a line of JSON, and returns when the disk has it.
fn keep(place: &Path, entry: &AuditEntry) -> Result<(), String> {
    let AuditEntry { at, who, source, action, target, request, outcome } = entry;
    let (word, answer) = words(outcome);
    let (at, source) = (at.to_rfc3339(), source.as_str());
    let mut line = json!({
        "at": at, "who": who, "source": source, "action": action, "target": target, "request": request,
        "outcome": word, "answer": answer,
    })
    .to_string();
    line.push('\n');
    let write = || -> std::io::Result<()> {
        // Of one piece and at the end, so that lines of several consoles do not mix; for nobody else to read.
        let mut file = File::options().create(true).append(true).mode(0o600).open(place)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| format!("{} can't be written, and nothing is sent unrecorded: {error}", place.display()))
}

/// Writes an entry into the log.
fn log(entry: &AuditEntry) {
    let (word, answer) = words(&entry.outcome);
    let AuditEntry { at, who, source, action, target, request, .. } = entry;
    tracing::info!(target: "bsmtop::audit", %at, who, %source, action, target, request, outcome = word, answer, "write");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::Facts;
    use crate::domain::history::Moment;
    use crate::domain::span::Span;
    use crate::domain::world::World;
    use crate::domain::write::{Intent, Method, Request, Target, WriteKind};
    use crate::store::{Limits, Options, Reader};

    fn preview() -> Preview {
        let intent = Intent {
            kind: WriteKind::Acknowledge,
            source: "am".into(),
            target: Target::New,
            author: "ines".into(),
            title: String::new(),
            text: "on it".into(),
            until: None,
            scope: Vec::new(),
            severity: None,
            references: Vec::new(),
        };
        let request = Request {
            method: Method::Post,
            address: 0,
            place: "https://am.example/api/v2/silences".into(),
            path: "api/v2/silences".into(),
            headers: Vec::new(),
            body: Body::Json("{\n  \"comment\": \"on it\"\n}".into()),
        };
        let (covers, remarks) = (Vec::new(), Vec::new());
        Preview { intent, object: "QueueLag active".into(), request, covers, covers_count: 0, remarks }
    }

    #[test]
    fn the_file_of_the_audit_has_a_line_before_and_one_after() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join(AUDIT);
        let at: Instant = "2026-11-24T10:00:00Z".parse().expect("an instant");
        keep(&place, &entry(at, &preview(), None)).expect("it can be written");
        let done = Outcome::Done { says: "silence 7".into(), made: None };
        keep(&place, &entry(at, &preview(), Some(&done))).expect("it can be written");
        let text = std::fs::read_to_string(&place).expect("it is there");
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let outcomes: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap_or_default()).collect();
        assert_eq!(outcomes, ["about to be sent", "done"]);
        assert_eq!((&lines[1]["who"], &lines[1]["answer"]), (&json!("ines"), &json!("silence 7")));
        assert!(keep(&folder.path().join("no/where"), &entry(at, &preview(), None)).is_err());
    }

    #[test]
    fn the_audit_has_a_write_once_with_what_came_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("history.sqlite");
        let tell = Box::new(|_: &_| ());
        let options = Options { place: place.clone(), who: "test".into(), limits: Limits::default(), tell };
        let writer = Writer::start(options).expect("a thread");
        let at: Instant = "2026-11-24T10:00:00Z".parse().expect("an instant");
        let day = Span::new(at - chrono::TimeDelta::hours(1), at + chrono::TimeDelta::hours(1));
        let read = || {
            writer.flush();
            Reader::open(&place).and_then(|reader| reader.audit(day)).expect("it can be read")
        };

        // The file is taken with the first moment of the engine, which comes before anybody could write.
        let (world, facts) = (Arc::new(World::empty(at)), Arc::new(Facts::none(at)));
        writer.note(Moment { since: at, world, facts, turned: Vec::new(), accruals: Vec::new() });
        writer.audit(entry(at, &preview(), None));
        let begun = read();
        assert_eq!(begun.len(), 1);
        assert_eq!(begun[0].outcome, AuditOutcome::Begun, "written before it is sent");

        let unknown = Outcome::Unknown { why: "no complete answer".into() };
        writer.audit(entry(at, &preview(), Some(&unknown)));
        let over = read();
        assert_eq!(over.len(), 1);
        assert_eq!(over[0].outcome, AuditOutcome::Unknown("no complete answer".into()));
        assert_eq!(
            (over[0].who.as_str(), over[0].source.as_str(), over[0].action.as_str()),
            ("ines", "am", "acknowledge")
        );
        assert_eq!(over[0].request, "POST https://am.example/api/v2/silences { \"comment\": \"on it\" }");
    }
}
