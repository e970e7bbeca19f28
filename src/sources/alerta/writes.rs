//! Writing to Alerta: acknowledge an alert, leave a note, shelve it for a time; a ticket is linked by a note. The key
//! needs the scope `write:alerts`.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Alerta;
use crate::domain::clean::clean_line;
use crate::domain::span::Instant;
use crate::domain::write::{Body, Intent, Method, Outcome, Preview, Target, WriteKind};
use crate::sources::error::SourceError;
use crate::sources::gather::json_error;
use crate::sources::remark;

/// What can be done.
pub const KINDS: &[WriteKind] = &[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Silence, WriteKind::Link];
/// How long an acknowledgement or shelving lasts unless the intent says otherwise.
const LASTS: TimeDelta = TimeDelta::hours(2);

impl Alerta {
    pub(super) async fn preview(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        let Target::Signal(signal) = &intent.target else {
            return Err(SourceError::Changed("only alerts can be changed here".to_owned()));
        };
        let path = format!("alert/{}", signal.id);
        let (status, object) = self.look(&path).await?;
        let until = intent.until.unwrap_or(now + LASTS);
        let seconds = (until - now).num_seconds().max(1);
        let mut remarks = Vec::new();
        let (path, body) = match intent.kind {
            kind @ (WriteKind::Acknowledge | WriteKind::Silence) => {
                let (action, fallback) =
                    if kind == WriteKind::Silence { ("shelve", "shelved") } else { ("ack", "acknowledged") };
                if matches!((kind, status.as_str()), (WriteKind::Silence, "shelved") | (WriteKind::Acknowledge, "ack"))
                {
                    remarks.push(format!("it is in this state already ({status}): Alerta will refuse"));
                }
                remarks.push(until.format("it ends by itself at %Y-%m-%d %H:%M UTC").to_string());
                let text = format!("{}: {}", intent.author, remark::line(intent, fallback));
                (format!("{path}/action"), json!({ "action": action, "text": text, "timeout": seconds }))
            }
            _ => {
                let text = format!("{}: {}", intent.author, remark::text(intent, "seen"));
                (format!("{path}/note"), json!({ "text": text }))
            }
        };
        Ok(Preview {
            intent: intent.clone(),
            object,
            request: self.client.draft(Method::Put, &path, Body::Json(format!("{body:#}")))?,
            covers: Vec::new(),
            covers_count: 0,
            remarks,
        })
    }

    /// The state of an alert as it is now, and the alert in a line.
    async fn look(&self, path: &str) -> Result<(String, String), SourceError> {
        let answer = self.client.get_any(path, &[]).await.map_err(|error| match error {
            SourceError::Status { status: 404, .. } => {
                SourceError::Changed("Alerta does not have this alert any more".to_owned())
            }
            other => other,
        })?;
        let text = answer.text()?;
        let alert: Value = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        let part = |name: &str| alert["alert"][name].as_str().unwrap_or_default();
        if matches!(part("status"), "closed" | "expired") {
            return Err(SourceError::Changed(format!("this alert is {} now", part("status"))));
        }
        let line = format!("{} on {} · {} · {}", part("event"), part("resource"), part("severity"), part("status"));
        Ok((part("status").to_owned(), clean_line(&line, 300).into_owned()))
    }

    pub(super) async fn carry_out(&self, preview: &Preview) -> Outcome {
        let sent = self.client.send_once(&preview.request).await;
        // A success without the word for it is none: Alerta answers 200 to actions that it does not know.
        sent.judged(|told| match serde_json::from_str::<Value>(&told.text()) {
            Ok(answer) if answer["status"] == "ok" => told.done(None),
            _ => Outcome::Unknown { why: told.words() },
        })
    }
}
