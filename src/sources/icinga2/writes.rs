//! Writing to Icinga 2: acknowledge a problem, comment on a check, set a downtime; a ticket is linked by a comment. The
//! account needs `actions/acknowledge-problem`, `actions/add-comment` and `actions/schedule-downtime`.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;

use super::objects::{Check, results};
use super::{Icinga, forbidden};
use crate::domain::clean::clean_line;
use crate::domain::span::Instant;
use crate::domain::write::{Body, Intent, Method, Outcome, Preview, Reference, Target, WriteKind};
use crate::sources::client::{Sent, Told};
use crate::sources::error::SourceError;
use crate::sources::remark;

/// What can be done.
pub const KINDS: &[WriteKind] = &[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Silence, WriteKind::Link];
/// How long an acknowledgement or a downtime lasts unless the intent says otherwise.
const LASTS: TimeDelta = TimeDelta::hours(2);

impl Icinga {
    pub(super) async fn preview(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        let Target::Signal(signal) = &intent.target else {
            return Err(SourceError::Changed("only checks can be changed here".to_owned()));
        };
        let kind = if signal.id.contains('!') { "Service" } else { "Host" };
        let word = kind.to_lowercase();
        let attrs = ["name", "state", "acknowledgement", "downtime_depth", "last_check_result"];
        let mut pairs: Vec<(&str, Cow<'_, str>)> = vec![(&word, Cow::Borrowed(&signal.id))];
        pairs.extend(attrs.map(|attr| ("attrs", attr.into())));
        let kinds = format!("{word}s");
        let answer = self.client.get_any(&format!("v1/objects/{kinds}"), &pairs).await;
        let answer = answer.map_err(|error| forbidden(error, &kinds))?;
        let found = results::<Check>(&answer)?;
        let check =
            found.first().ok_or_else(|| SourceError::Changed(format!("Icinga has no {} any more", signal.id)))?;
        let until = intent.until.unwrap_or(now + LASTS);
        let ends = || until.format("it ends by itself at %Y-%m-%d %H:%M UTC").to_string();
        let (mut call, mut remarks) = (json!({ "type": kind, word: &*signal.id, "author": intent.author }), Vec::new());
        let action = match intent.kind {
            WriteKind::Acknowledge => {
                if check.state == Some(0.0) {
                    return Err(SourceError::Changed(format!(
                        "{} is fine now: there is nothing to acknowledge",
                        signal.id
                    )));
                }
                if check.acknowledgement.is_some_and(|kind| kind > 0.0) {
                    remarks.push("it is acknowledged already: Icinga will refuse".to_owned());
                }
                remarks.push(ends() + ", or when the state changes; contacts are notified");
                call["comment"] = json!(remark::text(intent, "acknowledged"));
                call["expiry"] = json!(until.timestamp());
                call["sticky"] = json!(false);
                call["notify"] = json!(true);
                "acknowledge-problem"
            }
            WriteKind::Silence => {
                remarks.push(ends());
                if kind == "Host" {
                    remarks.push("the host alone: its services are not in this downtime".to_owned());
                }
                call["comment"] = json!(remark::text(intent, "downtime"));
                call["start_time"] = json!(now.timestamp());
                call["end_time"] = json!(until.timestamp());
                call["fixed"] = json!(true);
                "schedule-downtime"
            }
            _ => {
                call["comment"] = json!(remark::text(intent, "seen"));
                "add-comment"
            }
        };
        let body = Body::Json(format!("{call:#}"));
        Ok(Preview {
            intent: intent.clone(),
            object: line(&signal.id, kind, check),
            request: self.client.draft(Method::Post, &format!("v1/actions/{action}"), body)?,
            covers: Vec::new(),
            covers_count: 0,
            remarks,
        })
    }

    pub(super) async fn carry_out(&self, preview: &Preview) -> Outcome {
        match self.client.send_once(&preview.request).await {
            // The status of each result counts, and says more than that of the whole.
            Sent::Answered(told) => told_of(&told).unwrap_or_else(|| advised(Sent::Answered(told).outcome(), preview)),
            other => advised(other.outcome(), preview),
        }
    }
}

/// Icinga answers as if the object were gone also where the account may not do it.
fn advised(outcome: Outcome, preview: &Preview) -> Outcome {
    match outcome {
        Outcome::Refused { says } if says.contains("No objects found") => {
            let action = preview.request.path.rsplit('/').next().unwrap_or_default();
            Outcome::Refused { says: format!("{says} (or the account lacks actions/{action})") }
        }
        other => other,
    }
}

/// The check as it is now, in a line.
fn line(id: &str, kind: &str, check: &Check<'_>) -> String {
    let words = if kind == "Host" { ["up", "down", "down", "down"] } else { ["ok", "warning", "critical", "unknown"] };
    let word = words[check.state.unwrap_or(3.0).clamp(0.0, 3.0) as usize];
    let says = check.last_check_result.as_ref().map_or("never checked", |result| result.output.as_str());
    clean_line(&format!("{id} · {word} · {says}"), 300).into_owned()
}

#[derive(Deserialize)]
struct Results {
    results: Vec<Done>,
}

#[derive(Deserialize)]
struct Done {
    code: f64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    name: Option<String>,
}

/// What the results of an action say; `None` where there is none.
fn told_of(told: &Told) -> Option<Outcome> {
    let done = serde_json::from_str::<Results>(&told.text()).ok()?.results.into_iter().next()?;
    let says = clean_line(&done.status, 300).into_owned();
    if !(200.0..300.0).contains(&done.code) {
        return Some(Outcome::Refused { says: format!("{} {says}", done.code) });
    }
    let made = done.name.map(|name| Reference {
        id: Arc::from(clean_line(&name, 200)),
        title: Arc::from("made in Icinga"),
        link: None,
    });
    Some(Outcome::Done { says, made })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::intent;
    use crate::domain::write::Request;

    #[test]
    fn what_is_not_found_may_also_not_be_allowed() {
        let intent = intent("icinga", WriteKind::Acknowledge);
        let path = "v1/actions/acknowledge-problem".to_owned();
        let (headers, body) = (Vec::new(), Body::Text(String::new()));
        let request = Request { method: Method::Post, address: 0, place: String::new(), path, headers, body };
        let (covers, remarks) = (Vec::new(), Vec::new());
        let preview = Preview { intent, object: String::new(), request, covers, covers_count: 0, remarks };
        let advised = |says: &str| advised(Outcome::Refused { says: says.to_owned() }, &preview);
        let Outcome::Refused { says } = advised("404 No objects found.") else { panic!("it is refused") };
        assert_eq!(says, "404 No objects found. (or the account lacks actions/acknowledge-problem)");
        assert_eq!(advised("409 x"), Outcome::Refused { says: "409 x".to_owned() });
    }
}
