//! Writing to Jira: take an issue, comment on it, open one, have one point at something.
//!
//! Comments are internal: in a service project customers would see, and be mailed, what an operator writes for
//! colleagues. Cloud takes texts as documents (ADF), Data Center as they are.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::client::Told;
use super::super::drafting::{
    create_lacks, create_text, json_body, made, made_nameless, preview, reference_lines, text_with_references, unset,
};
use super::super::error::SourceError;
use super::super::gather::json_error;
use super::super::text::Text;
use super::Jira;
use super::issue::Issue;
use crate::domain::clean::clean_line;
use crate::domain::write::{Intent, Method, Outcome, Preview, Target, WriteKind};

/// What can be done.
pub(in super::super) const KINDS: &[WriteKind] =
    &[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Create, WriteKind::Link];

/// Labels that a new issue can be given.
const SETTABLE: [&str; 5] = ["project", "type", "priority", "component", "label"];

/// Who we are.
#[derive(Deserialize)]
#[serde(expecting = "a user", rename_all = "camelCase")]
struct Me<'a> {
    #[serde(borrow, default)]
    account_id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
}

impl Jira {
    pub(super) async fn preview(&self, intent: &Intent) -> Result<Preview, SourceError> {
        if intent.kind == WriteKind::Create {
            let project = self.project(intent)?;
            let object = format!("a new issue in {}", clean_line(project, 100));
            let body = json_body(&json!({ "fields": self.new_issue(intent, project) }));
            let request = self.client.draft(Method::Post, &self.path("issue"), body)?;
            let mut remarks = vec!["who watches the project may get mail".to_owned()];
            remarks.extend(unset(intent.scope.iter().filter(|(key, _)| !SETTABLE.contains(&key.as_str()))));
            return Ok(preview(intent, object, request, remarks));
        }
        let Target::Ticket(ticket) = &intent.target else {
            return Err(SourceError::Changed("only issues can be changed here".to_owned()));
        };
        let key = key(&ticket.id)?;
        let (object, owner) = self.look(key).await?;
        let mut remarks = Vec::new();
        let path = self.path(&format!("issue/{key}"));
        let request = match intent.kind {
            WriteKind::Acknowledge => {
                if let Some(owner) = owner {
                    remarks.push(format!("{owner} has it now; it is taken from them"));
                }
                remarks.push("it does not end by itself".to_owned());
                // Of its own: an edit of the issue wants the right to edit, and the field on a screen.
                let body = json_body(&self.me().await?);
                self.client.draft(Method::Put, &format!("{path}/assignee"), body)?
            }
            WriteKind::Link => self.draft_link(key, intent, &mut remarks)?,
            _ => {
                remarks.push("internal: customers of a service project don't see it".to_owned());
                let body = json!({
                    "body": self.document(intent.text.trim()),
                    "properties": [{ "key": "sd.public.comment", "value": { "internal": true } }],
                });
                self.client.draft(Method::Post, &format!("{path}/comment"), json_body(&body))?
            }
        };
        Ok(preview(intent, object, request, remarks))
    }

    /// A link to another issue here, or to an address.
    fn draft_link(
        &self,
        key: &str,
        intent: &Intent,
        remarks: &mut Vec<String>,
    ) -> Result<crate::domain::write::Request, SourceError> {
        reference_lines(intent)?;
        let reference = &intent.references[0];
        if intent.references.len() > 1 {
            remarks.push(format!("Jira takes one at a time: only {} is linked", reference.title));
        }
        let own = reference.id.split_once(':').filter(|(source, _)| *source == self.reader.source.as_str());
        if let Some((_, other)) = own {
            let body = json!({ "type": { "name": "Relates" }, "inwardIssue": { "key": key }, "outwardIssue": { "key": other } });
            return self.client.draft(Method::Post, &self.path("issueLink"), json_body(&body));
        }
        let Some(url) = &reference.link else {
            return Err(SourceError::Changed(format!("{} has no address that Jira could point at", reference.id)));
        };
        let title = if reference.title.is_empty() { &reference.id } else { &reference.title };
        let body = json!({ "object": { "url": **url, "title": **title } });
        self.client.draft(Method::Post, &self.path(&format!("issue/{key}/remotelink")), json_body(&body))
    }

    fn project<'i>(&'i self, intent: &'i Intent) -> Result<&'i str, SourceError> {
        let node = intent.scope.iter().find(|(key, _)| key == "project").map(|(_, value)| value.as_str());
        node.or_else(|| create_text(&self.create, "project")).ok_or_else(|| create_lacks("project", "OPS"))
    }

    fn new_issue(&self, intent: &Intent, project: &str) -> Value {
        let mut fields = Map::new();
        fields.insert("project".to_owned(), json!({ "key": project }));
        fields.insert("issuetype".to_owned(), json!({ "name": create_text(&self.create, "type").unwrap_or("Task") }));
        fields.insert("summary".to_owned(), json!(clean_line(&intent.title, 250)));
        fields.insert("description".to_owned(), self.document(&text_with_references(intent)));
        for (key, value) in &self.create {
            let Ok(value) = serde_json::to_value(value) else { continue };
            let named = |value: &Value| json!({ "name": value });
            match (key.as_str(), &value) {
                ("project" | "type", _) => {}
                ("priority", Value::String(_)) => drop(fields.insert(key.clone(), named(&value))),
                ("component" | "components", Value::String(_)) => {
                    fields.insert("components".to_owned(), json!([named(&value)]));
                }
                ("components", Value::Array(names)) => {
                    fields.insert(key.clone(), names.iter().map(named).collect());
                }
                _ => drop(fields.insert(key.clone(), value)),
            }
        }
        // What makes the issue one of its node comes last: it wins.
        for (key, value) in &intent.scope {
            match key.as_str() {
                "type" => drop(fields.insert("issuetype".to_owned(), json!({ "name": value }))),
                "priority" => drop(fields.insert(key.clone(), json!({ "name": value }))),
                "component" => {
                    let names: Vec<Value> = value.split(", ").map(|name| json!({ "name": name })).collect();
                    fields.insert("components".to_owned(), Value::Array(names));
                }
                "label" => drop(fields.insert("labels".to_owned(), value.split(", ").map(Value::from).collect())),
                _ => {}
            }
        }
        Value::Object(fields)
    }

    /// A text as this version takes it.
    fn document(&self, text: &str) -> Value {
        if !self.cloud {
            return json!(text);
        }
        let paragraph = |line: &str| {
            let content = if line.trim().is_empty() { json!([]) } else { json!([{ "type": "text", "text": line }]) };
            json!({ "type": "paragraph", "content": content })
        };
        let content: Vec<Value> = text.lines().map(paragraph).collect();
        json!({ "type": "doc", "version": 1, "content": content })
    }

    /// Ourselves, as a field of an issue names a user.
    async fn me(&self) -> Result<Value, SourceError> {
        let answer = self.client.get_any(&self.path("myself"), &[]).await?;
        let text = answer.text()?;
        let me: Me = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        match (me.account_id.given(), me.name.given()) {
            (Some(id), _) if self.cloud => Ok(json!({ "accountId": id })),
            (_, Some(name)) => Ok(json!({ "name": name })),
            _ => Err(SourceError::Changed("Jira does not say who we are".to_owned())),
        }
    }

    /// The issue as it is now, in a line, and who has it.
    async fn look(&self, key: &str) -> Result<(String, Option<String>), SourceError> {
        let fields = [("fields", std::borrow::Cow::Borrowed("summary,status,assignee"))];
        let answer = self.client.get_any(&self.path(&format!("issue/{key}")), &fields).await?;
        let text = answer.text()?;
        let issue: Issue = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        let (summary, status, owner) = issue.essence();
        let line =
            format!("{key} {} · {} · {}", summary.as_str(), status.as_str(), owner.as_deref().unwrap_or("nobody"));
        Ok((clean_line(&line, 300).into_owned(), owner.map(|owner| clean_line(&owner, 100).into_owned())))
    }

    pub(super) async fn carry_out(&self, preview: &Preview) -> Outcome {
        let sent = self.client.send_once(&preview.request).await;
        if preview.intent.kind == WriteKind::Create { sent.judged(|told| self.created(told)) } else { sent.outcome() }
    }

    fn created(&self, told: &Told) -> Outcome {
        #[derive(Deserialize)]
        struct Made<'a> {
            #[serde(borrow)]
            key: Text<'a>,
        }
        match serde_json::from_str::<Made>(&told.text()) {
            Ok(issue) => {
                let key = issue.key.as_str();
                made(&self.reader.source, key, &format!("{}/browse/{key}", self.reader.home))
            }
            Err(_) => made_nameless(told),
        }
    }
}

/// A key that can stand in an address.
fn key(id: &str) -> Result<&str, SourceError> {
    let is_key = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_key { Ok(id) } else { Err(SourceError::Changed(format!("{id} is no key of an issue"))) }
}
