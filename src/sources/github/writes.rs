//! Writing to GitHub: be assigned an issue, comment on it, open one. A link is a comment: GitHub shows it on both sides.
//! The token needs *Issues: read and write*.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::client::{Ask, Told};
use super::super::drafting::{
    create_lacks, create_text, json_body, made, made_nameless, preview, reference_lines, text_with_references, unset,
};
use super::super::error::SourceError;
use super::super::gather::json_error;
use super::super::text::Text;
use super::{GitHub, HEADERS, Issue, Named, path_of};
use crate::domain::clean::clean_line;
use crate::domain::write::{Intent, Method, Outcome, Preview, Target, WriteKind};

/// What can be done.
pub(in super::super) const KINDS: &[WriteKind] =
    &[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Create, WriteKind::Link];

/// Labels of an issue that a new one can't be given by their name.
const FIXED: [&str; 4] = ["milestone", "author", "owner", "status"];

impl GitHub {
    pub(super) async fn preview(&self, intent: &Intent) -> Result<Preview, SourceError> {
        let mut remarks = Vec::new();
        let (object, path, body) = if intent.kind == WriteKind::Create {
            let repository = self.repository(intent)?;
            remarks.extend(unset(intent.scope.iter().filter(|(key, _)| FIXED.contains(&key.as_str()))));
            remarks.push("who watches the repository is told; in a public one everybody reads it".to_owned());
            (format!("a new issue in {repository}"), format!("{}/issues", path_of(repository)?), self.new_issue(intent))
        } else {
            let Target::Ticket(ticket) = &intent.target else {
                return Err(SourceError::Changed("only issues can be changed here".to_owned()));
            };
            let path = self.issue_path(&ticket.id)?;
            let object = self.look(&path).await?;
            if intent.kind == WriteKind::Acknowledge {
                remarks.push("it does not end by itself".to_owned());
                (object, format!("{path}/assignees"), json!({ "assignees": [self.me().await?] }))
            } else {
                remarks.push("everybody who reads the repository reads it".to_owned());
                let text =
                    if intent.kind == WriteKind::Link { reference_lines(intent)? } else { intent.text.trim().into() };
                (object, format!("{path}/comments"), json!({ "body": text }))
            }
        };
        let mut request = self.client.draft(Method::Post, &path, json_body(&body))?;
        request.headers.extend(HEADERS.map(|(name, value)| (name, value.to_owned())));
        Ok(preview(intent, object, request, remarks))
    }

    /// Where new issues go.
    fn repository<'i>(&'i self, intent: &'i Intent) -> Result<&'i str, SourceError> {
        let node = intent.scope.iter().find(|(key, _)| key == "repository").map(|(_, value)| value.as_str());
        let node = node.filter(|node| self.repositories.iter().any(|known| known == node));
        let own = create_text(&self.create, "repository");
        let only = if let [one] = self.repositories.as_slice() { Some(one.as_str()) } else { None };
        node.or(own).or(only).ok_or_else(|| create_lacks("repository", "owner/name"))
    }

    fn new_issue(&self, intent: &Intent) -> Value {
        let mut issue = json!({ "title": clean_line(&intent.title, 250), "body": text_with_references(intent) });
        for key in ["labels", "assignees", "milestone", "type"] {
            if let Some(value) = self.create.get(key).and_then(|value| serde_json::to_value(value).ok()) {
                issue[key] = value;
            }
        }
        // What makes the issue one of its node comes beside it: labels as they are, and pairs that are read from labels.
        let mut labels: Vec<Value> = issue["labels"].as_array().cloned().unwrap_or_default();
        for (key, value) in &intent.scope {
            match key.as_str() {
                "repository" => {}
                "type" => issue["type"] = json!(value),
                "label" => labels.extend(value.split(", ").map(Value::from)),
                key if FIXED.contains(&key) => {}
                key => labels.extend(value.split(", ").map(|value| json!(format!("{key}: {value}")))),
            }
        }
        labels.dedup();
        if !labels.is_empty() {
            issue["labels"] = Value::Array(labels);
        }
        issue
    }

    /// The path of an issue: `12` of the one repository, or `owner/name#12`.
    fn issue_path(&self, id: &str) -> Result<String, SourceError> {
        let (repository, number) = match (id.split_once('#'), self.repositories.as_slice()) {
            (Some((repository, number)), all) if all.iter().any(|known| known == repository) => (repository, number),
            (None, [one]) => (one.as_str(), id),
            _ => return Err(SourceError::Changed(format!("{id} is in none of the repositories"))),
        };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SourceError::Changed(format!("{id} is no number of an issue")));
        }
        Ok(format!("{}/issues/{number}", path_of(repository)?))
    }

    async fn look(&self, path: &str) -> Result<String, SourceError> {
        let answer = self.client.ask_any(&Ask::get(path, &[]).with_headers(&HEADERS)).await?;
        let text = answer.text()?;
        let issue: Issue = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        let people: Vec<&str> = issue.assignees.iter().flatten().map(Named::text).collect();
        let who = if people.is_empty() { "nobody".to_owned() } else { people.join(", ") };
        let line = format!("#{} {} · {} · {who}", issue.number.as_str(), issue.title.as_str(), issue.state.as_str());
        Ok(clean_line(&line, 300).into_owned())
    }

    /// The name of our account.
    async fn me(&self) -> Result<String, SourceError> {
        let answer = self.client.ask_any(&Ask::get("user", &[]).with_headers(&HEADERS)).await?;
        let text = answer.text()?;
        let me: Named = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        me.login
            .given()
            .map(str::to_owned)
            .ok_or_else(|| SourceError::Changed("GitHub does not say who we are".to_owned()))
    }

    pub(super) async fn carry_out(&self, preview: &Preview) -> Outcome {
        let me = serde_json::from_str::<Value>(match &preview.request.body {
            crate::domain::write::Body::Json(text) => text,
            _ => "null",
        });
        let me = me.ok().and_then(|body| body["assignees"][0].as_str().map(str::to_owned));
        let sent = self.client.send_once(&preview.request).await;
        match preview.intent.kind {
            WriteKind::Create => sent.judged(|told| self.created(told)),
            WriteKind::Acknowledge => sent.judged(|told| assigned(told, me.as_deref())),
            _ => sent.outcome(),
        }
    }

    fn created(&self, told: &Told) -> Outcome {
        #[derive(Deserialize)]
        struct Made<'a> {
            #[serde(borrow)]
            number: Text<'a>,
            #[serde(borrow, default)]
            html_url: Text<'a>,
            #[serde(borrow, default)]
            repository_url: Text<'a>,
        }
        match serde_json::from_str::<Made>(&told.text()) {
            Ok(issue) => {
                let repository = issue.repository_url.as_str().split("/repos/").nth(1).unwrap_or_default();
                let number = issue.number.as_str();
                let many = self.reader.many && !repository.is_empty();
                let id = if many { format!("{repository}#{number}") } else { number.to_owned() };
                made(&self.reader.source, &id, issue.html_url.as_str())
            }
            Err(_) => made_nameless(told),
        }
    }
}

/// GitHub answers 201 also where the account may not be assigned, and leaves it out.
fn assigned(told: &Told, me: Option<&str>) -> Outcome {
    let text = told.text();
    let Ok(issue) = serde_json::from_str::<Issue>(&text) else { return told.done(None) };
    let is_there = issue.assignees.iter().flatten().any(|person| Some(person.login.as_str()) == me);
    if is_there {
        told.done(None)
    } else {
        Outcome::Refused { says: format!("{}, but the account can't be assigned issues there", told.words()) }
    }
}
