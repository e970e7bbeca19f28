//! Writing to PagerDuty: acknowledge an incident, add a note, open one. It wants the mail address of a user of the
//! account with every write: the author's, if that is one, else `from` of the source.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::client::{Ask, Told};
use super::super::drafting::{
    create_lacks, create_text, json_body, made, made_nameless, preview, reference_lines, text_with_references, unset,
};
use super::super::error::SourceError;
use super::super::gather::json_error;
use super::{HEADERS, Incident, PagerDuty, name};
use crate::domain::clean::clean_line;
use crate::domain::severity::Severity;
use crate::domain::write::{Intent, Method, Outcome, Preview, WriteKind};

/// What can be done.
pub(in super::super) const KINDS: &[WriteKind] =
    &[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Create, WriteKind::Link];

#[derive(Deserialize)]
struct One<'a> {
    #[serde(borrow)]
    incident: Incident<'a>,
}

impl PagerDuty {
    pub(super) async fn preview(&self, intent: &Intent) -> Result<Preview, SourceError> {
        let from = self.from(intent)?;
        let mut remarks = Vec::new();
        let (object, path, method, body) = match (intent.kind, intent.target.id()) {
            (WriteKind::Create, _) => {
                remarks.push("it notifies who is on call for the service".to_owned());
                let (service, body) = self.new_incident(intent)?;
                remarks.extend(unset(
                    intent.scope.iter().filter(|(key, _)| !matches!(key.as_str(), "service" | "urgency")),
                ));
                if let Some((_, named)) = intent.scope.iter().find(|(key, _)| key == "service") {
                    let named = clean_line(named, 100);
                    remarks.push(format!("it belongs to its node only if the service {service} is called \"{named}\""));
                }
                (format!("a new incident of service {service}"), "incidents".to_owned(), Method::Post, body)
            }
            (kind, Some(id)) => {
                let object = self.look(id, &mut remarks).await?;
                let path = format!("incidents/{id}");
                if kind == WriteKind::Acknowledge {
                    remarks.push("it ends when the service's acknowledgement time-out says so".to_owned());
                    let body = json!({ "incident": { "type": "incident_reference", "status": "acknowledged" } });
                    (object, path, Method::Put, body)
                } else {
                    let text =
                        if kind == WriteKind::Link { reference_lines(intent)? } else { intent.text.trim().into() };
                    (object, format!("{path}/notes"), Method::Post, json!({ "note": { "content": text } }))
                }
            }
            (_, None) => return Err(SourceError::Changed("an incident is needed for it".to_owned())),
        };
        let mut request = self.client.draft(method, &path, json_body(&body))?;
        request.headers.push(("accept", HEADERS[0].1.to_owned()));
        request.headers.push(("from", from));
        Ok(preview(intent, object, request, remarks))
    }

    fn from(&self, intent: &Intent) -> Result<String, SourceError> {
        let author = Some(intent.author.as_str()).filter(|author| author.contains('@'));
        author.or(self.from.as_deref()).map(str::to_owned).ok_or_else(|| {
            let text = "PagerDuty wants the mail address of one of its users with a write: from = \"noc@example.com\" \
                at this source, or BSMTOP_AUTHOR";
            SourceError::Settings(text.to_owned())
        })
    }

    fn new_incident(&self, intent: &Intent) -> Result<(String, Value), SourceError> {
        let service = create_text(&self.create, "service").ok_or_else(|| create_lacks("service", "PXXXXXX"))?;
        let is_urgent = intent.severity.is_none_or(|severity| severity >= Severity::Major);
        let node = intent.scope.iter().find(|(key, _)| key == "urgency").map(|(_, value)| value.as_str());
        let urgency =
            node.or_else(|| create_text(&self.create, "urgency")).unwrap_or(if is_urgent { "high" } else { "low" });
        let mut incident = json!({
            "type": "incident",
            "title": clean_line(&intent.title, 250),
            "service": { "id": service, "type": "service_reference" },
            "urgency": urgency,
            "body": { "type": "incident_body", "details": text_with_references(intent) },
        });
        if let Some(policy) = create_text(&self.create, "escalation_policy") {
            incident["escalation_policy"] = json!({ "id": policy, "type": "escalation_policy_reference" });
        }
        Ok((clean_line(service, 60).into_owned(), json!({ "incident": incident })))
    }

    /// The incident as it is now, in a line.
    async fn look(&self, id: &str, remarks: &mut Vec<String>) -> Result<String, SourceError> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(SourceError::Changed(format!("{id} is no id of an incident")));
        }
        let path = format!("incidents/{id}");
        let answer = self.client.ask_any(&Ask::get(&path, &[]).with_headers(&HEADERS)).await?;
        let text = answer.text()?;
        let one: One = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        let incident = one.incident;
        if incident.status.as_str() == "resolved" {
            remarks.push("it is resolved already".to_owned());
        }
        let (service, status) = (name(incident.service.as_ref()), incident.status.as_str());
        Ok(clean_line(&format!("{id} {} · {service} · {status}", incident.title.as_str()), 300).into_owned())
    }

    pub(super) async fn carry_out(&self, preview: &Preview) -> Outcome {
        let sent = self.client.send_once(&preview.request).await;
        match preview.intent.kind {
            WriteKind::Create => sent.judged(|told| self.created(told)),
            WriteKind::Acknowledge => sent.judged(acknowledged),
            _ => sent.outcome(),
        }
    }

    fn created(&self, told: &Told) -> Outcome {
        match serde_json::from_str::<One>(&told.text()) {
            Ok(one) => made(&self.reader.source, one.incident.id.as_str(), one.incident.html_url.as_str()),
            Err(_) => made_nameless(told),
        }
    }
}

/// The answer holds the incident: a resolved one stays resolved, with 200.
fn acknowledged(told: &Told) -> Outcome {
    match serde_json::from_str::<One>(&told.text()) {
        Ok(one) if one.incident.status.as_str() != "acknowledged" => {
            let status = clean_line(one.incident.status.as_str(), 40).into_owned();
            Outcome::Refused { says: format!("{}, but the incident is {status}", told.words()) }
        }
        _ => told.done(None),
    }
}
