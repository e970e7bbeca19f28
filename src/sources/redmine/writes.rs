//! Writing to Redmine: assign an issue to oneself, add a note, open one; what an issue is about is linked by a note.
//!
//! Redmine answers a change with 204 and no word, also to what it ignored. So after a change the issue is read again,
//! and what is there decides.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Redmine;
use crate::domain::clean::clean_line;
use crate::domain::write::{Body, Intent, Method, Outcome, Preview, Reference, Request, Target, WriteKind};
use crate::sources::client::Told;
use crate::sources::error::SourceError;
use crate::sources::gather::json_error;
use crate::sources::remark;
use crate::sources::text::link;

/// What can be done.
pub const KINDS: &[WriteKind] = &[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Create, WriteKind::Link];

#[derive(Deserialize)]
struct Me {
    user: Person,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Person {
    id: i64,
    login: String,
    name: String,
}

#[derive(Deserialize)]
struct Shown {
    issue: Now,
}

/// An issue as it is now.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Now {
    subject: String,
    status: Person,
    assigned_to: Option<Person>,
    journals: Vec<Journal>,
}

/// An entry of an issue's history.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Journal {
    notes: Option<String>,
}

/// A list of things with names: trackers, priorities.
#[derive(Deserialize)]
struct Choices {
    #[serde(alias = "trackers", alias = "issue_priorities", alias = "projects")]
    choices: Vec<Person>,
}

#[derive(Deserialize)]
struct Fields {
    issues: Vec<WithFields>,
}

#[derive(Deserialize)]
struct WithFields {
    #[serde(default)]
    custom_fields: Vec<Person>,
}

impl Redmine {
    pub(super) async fn preview(&self, intent: &Intent) -> Result<Preview, SourceError> {
        let mut remarks = Vec::new();
        let (object, request) = match (intent.kind, &intent.target) {
            (WriteKind::Create, _) => {
                let issue = self.new_issue(intent).await?;
                remarks.push("those who watch the project may get mail".to_owned());
                let project = clean_line(&issue["project_id"].to_string(), 100).replace('"', "");
                (format!("a new issue in project {project}"), self.draft(Method::Post, "issues.json", &issue)?)
            }
            (kind, Target::Ticket(ticket)) => {
                let now = self.look(&ticket.id).await?;
                let owner = now.assigned_to.as_ref().map_or("nobody", |owner| owner.name.as_str());
                let line = format!("#{} {} · {} · {owner}", ticket.id, now.subject, now.status.name);
                remarks.push("author, assignee and watchers may get mail".to_owned());
                let change = if kind == WriteKind::Acknowledge {
                    let me = self.me().await?;
                    if now.assigned_to.is_some() {
                        remarks.push(format!("{owner} has it now: it goes over to {}", me.login));
                    }
                    let mut change = json!({ "assigned_to_id": me.id });
                    if !intent.text.trim().is_empty() {
                        change["notes"] = json!(intent.text.trim());
                    }
                    change
                } else {
                    json!({ "notes": remark::text(intent, "seen") })
                };
                let path = format!("issues/{}.json", ticket.id);
                (clean_line(&line, 300).into_owned(), self.draft(Method::Put, &path, &change)?)
            }
            _ => return Err(SourceError::Changed("only issues can be changed here".to_owned())),
        };
        let (covers, covers_count) = (Vec::new(), 0);
        Ok(Preview { intent: intent.clone(), object, request, covers, covers_count, remarks })
    }

    fn draft(&self, method: Method, path: &str, issue: &Value) -> Result<Request, SourceError> {
        self.client.draft(method, path, Body::Json(format!("{:#}", json!({ "issue": issue }))))
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, query: &[(&str, Cow<'_, str>)]) -> Result<T, SourceError> {
        let answer = self.client.get_any(path, query).await?;
        let text = answer.text()?;
        serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))
    }

    async fn me(&self) -> Result<Person, SourceError> {
        Ok(self.ask::<Me>("users/current.json", &[]).await?.user)
    }

    async fn look(&self, id: &str) -> Result<Now, SourceError> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SourceError::Changed(format!("{id} is no number of an issue")));
        }
        let shown = self.ask::<Shown>(&format!("issues/{id}.json"), &[("include", "journals".into())]).await;
        shown.map(|shown| shown.issue).map_err(|error| match error {
            SourceError::Status { status: 404, .. } => {
                SourceError::Changed(format!("Redmine has no issue {id} any more"))
            }
            other => other,
        })
    }

    /// The fields of a new issue: those of `create`, and on top what makes it one of its node. Trackers, priorities and
    /// custom fields go by name, too.
    async fn new_issue(&self, intent: &Intent) -> Result<Value, SourceError> {
        let mut issue = Map::new();
        let mut custom: BTreeMap<i64, Value> = BTreeMap::new();
        let mut named = None;
        if let [project] = self.projects.as_slice() {
            issue.insert("project_id".to_owned(), json!(project));
        }
        let own = self.create.iter().filter_map(|(key, value)| Some((key.clone(), serde_json::to_value(value).ok()?)));
        let scope = intent.scope.iter().map(|(key, value)| (key.clone(), json!(value)));
        // Of the project the label has the name, the configuration the identifier.
        let scope = scope.map(|(key, value)| (if key == "project" { "project name".to_owned() } else { key }, value));
        for (key, value) in own.chain(scope) {
            match key.as_str() {
                // A new issue is new, and nobody's.
                "status" | "owner" | "author" | "version" | "category" => {}
                "project" => drop(issue.insert("project_id".to_owned(), value)),
                "project name" => {
                    drop(issue.insert("project_id".to_owned(), self.choice("projects.json", &value).await?))
                }
                "tracker" => drop(issue.insert("tracker_id".to_owned(), self.choice("trackers.json", &value).await?)),
                "priority" => {
                    let list = "enumerations/issue_priorities.json";
                    issue.insert("priority_id".to_owned(), self.choice(list, &value).await?);
                }
                key if key.ends_with("_id") => drop(issue.insert(key.to_owned(), value)),
                key => {
                    if named.is_none() {
                        named = Some(self.custom_fields().await?);
                    }
                    let id = named.as_ref().and_then(|named| named.get(key)).copied();
                    let why = || format!("no issue that this account sees has a field {key:?}: it can't be set");
                    custom.insert(id.ok_or_else(|| SourceError::Settings(why()))?, value);
                }
            }
        }
        if !issue.contains_key("project_id") {
            let text = "say where new issues go: create = { project = \"IDENTIFIER\" } at this source";
            return Err(SourceError::Settings(text.to_owned()));
        }
        issue.insert("subject".to_owned(), json!(intent.title.chars().take(255).collect::<String>()));
        issue.insert("description".to_owned(), json!(remark::text(intent, "")));
        if !custom.is_empty() {
            let custom: Vec<Value> = custom.iter().map(|(id, value)| json!({ "id": id, "value": value })).collect();
            issue.insert("custom_fields".to_owned(), json!(custom));
        }
        Ok(Value::Object(issue))
    }

    /// Ids of custom fields by name, as issues have them: only administrators may list them.
    async fn custom_fields(&self) -> Result<BTreeMap<String, i64>, SourceError> {
        let query = [("status_id", "*".into()), ("limit", "100".into()), ("sort", "updated_on:desc".into())];
        let page = self.ask::<Fields>("issues.json", &query).await?;
        Ok(page.issues.into_iter().flat_map(|issue| issue.custom_fields).map(|field| (field.name, field.id)).collect())
    }

    /// The id of something by its name; a number is one already.
    async fn choice(&self, list: &str, wanted: &Value) -> Result<Value, SourceError> {
        let Some(name) = wanted.as_str() else { return Ok(wanted.clone()) };
        let choices = self.ask::<Choices>(list, &[("limit", "100".into())]).await?.choices;
        let found = choices.iter().find(|choice| choice.name == name).map(|choice| json!(choice.id));
        found.ok_or_else(|| {
            let known: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
            let known = clean_line(&known.join(", "), 300).into_owned();
            SourceError::Settings(format!("Redmine has no {name:?} that a new issue could have; it has: {known}"))
        })
    }

    pub(super) async fn carry_out(&self, preview: &Preview) -> Outcome {
        let sent = self.client.send_once(&preview.request).await;
        let Some(id) = preview.intent.target.id() else {
            return sent.judged(|told| self.created(told));
        };
        let mut says = None;
        let outcome = sent.judged(|told| {
            says = Some(told.words());
            told.done(None)
        });
        match says {
            Some(says) => self.checked(id, preview, says).await,
            None => outcome,
        }
    }

    /// Whether a change that Redmine took is really there.
    async fn checked(&self, id: &str, preview: &Preview, says: String) -> Outcome {
        let now = match self.look(id).await {
            Ok(now) => now,
            Err(error) => {
                return Outcome::Unknown {
                    why: format!("Redmine says: {says}; the issue can't be read again: {error}"),
                };
            }
        };
        let Body::Json(text) = &preview.request.body else { return Outcome::Done { says, made: None } };
        let sent: Value = serde_json::from_str(text).unwrap_or_default();
        let (owner, notes) = (&sent["issue"]["assigned_to_id"], &sent["issue"]["notes"]);
        let mut missing = Vec::new();
        if !owner.is_null() && now.assigned_to.as_ref().map(|owner| owner.id) != owner.as_i64() {
            missing.push("it is not assigned to this account (it may not be assigned issues)");
        }
        let same = |note: &str| note.replace("\r\n", "\n").trim() == notes.as_str().unwrap_or_default().trim();
        if !notes.is_null() && !now.journals.iter().any(|entry| entry.notes.as_deref().is_some_and(same)) {
            missing.push("the note is not there (the account may not add notes)");
        }
        match missing.as_slice() {
            [] => Outcome::Done { says, made: None },
            missing => Outcome::Refused { says: format!("{says}, but {}", missing.join("; ")) },
        }
    }

    fn created(&self, told: &Told) -> Outcome {
        let made: Option<Value> = serde_json::from_str(&told.text()).ok();
        let id = made.as_ref().and_then(|made| made["issue"]["id"].as_u64());
        let Some(id) = id else {
            return Outcome::Unknown { why: format!("{}, without the number of an issue", told.words()) };
        };
        let home = self.reader.home.as_deref().unwrap_or_default();
        let made = Reference {
            id: Arc::from(format!("{}:{id}", self.reader.source)),
            title: Arc::from("issue"),
            link: link(&format!("{home}/issues/{id}")),
        };
        Outcome::Done { says: format!("issue {id}"), made: Some(made) }
    }
}
