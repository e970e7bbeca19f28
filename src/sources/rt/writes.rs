//! Writing to Request Tracker: take a ticket, comment on it, open one, have one refer to something.
//!
//! RT answers a change with 200 and a list of remarks even where it refuses, in the account's language. So after a
//! change the ticket is read again, and what is there decides.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{NOBODY, Named, RequestTracker};
use crate::domain::clean::clean_line;
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Method, Outcome, Preview, Reference, Request, Target, WriteKind};
use crate::sources::client::{Told, readable};
use crate::sources::error::SourceError;
use crate::sources::gather::json_error;
use crate::sources::text::{Text, link};

/// What can be done.
pub(super) const KINDS: &[WriteKind] =
    &[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Create, WriteKind::Link];

/// A ticket as it is now.
#[derive(Deserialize)]
#[serde(expecting = "a ticket")]
struct Now<'a> {
    #[serde(borrow, default, rename = "Subject")]
    subject: Text<'a>,
    #[serde(borrow, default, rename = "Status")]
    status: Text<'a>,
    #[serde(borrow, default, rename = "Owner")]
    owner: Option<Named<'a>>,
    #[serde(borrow, default, rename = "_hyperlinks")]
    links: Vec<Hyperlink<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "a link of a ticket")]
struct Hyperlink<'a> {
    #[serde(borrow, default, rename = "ref")]
    kind: Text<'a>,
    #[serde(borrow, default, rename = "_url")]
    url: Text<'a>,
}

/// What a ticket was when it was looked at.
struct Seen {
    line: String,
    owner: Option<String>,
    refers_to: Vec<String>,
}

impl RequestTracker {
    pub(super) async fn preview(&self, intent: &Intent, _now: Instant) -> Result<Preview, SourceError> {
        let mut remarks = Vec::new();
        let (object, request) = match (intent.kind, &intent.target) {
            (WriteKind::Create, _) => {
                let queue = self.queue(intent)?;
                remarks.push("requestor and watchers of the queue may get mail".to_owned());
                let object = format!("a new ticket in {}", clean_line(&queue, 100));
                let body = self.new_ticket(intent, &queue);
                (object, self.client.draft(Method::Post, "REST/2.0/ticket", readable(&body))?)
            }
            (kind, Target::Ticket(ticket)) => {
                let seen = self.look(&ticket.id).await?;
                if kind == WriteKind::Acknowledge
                    && let Some(owner) = &seen.owner
                {
                    let why = format!("{owner} has this ticket already, and RT lets nobody take it from them");
                    return Err(SourceError::Changed(why));
                }
                if kind == WriteKind::Link && !self.can_refer(intent) {
                    remarks.push("it has no address to point at: a comment names it".to_owned());
                }
                (seen.line, self.change(kind, &ticket.id, intent)?)
            }
            _ => return Err(SourceError::Changed("only tickets can be changed here".to_owned())),
        };
        let (covers, covers_count) = (Vec::new(), 0);
        Ok(Preview { intent: intent.clone(), object, request, covers, covers_count, remarks })
    }

    fn change(&self, kind: WriteKind, id: &str, intent: &Intent) -> Result<Request, SourceError> {
        let path = format!("REST/2.0/ticket/{id}");
        match kind {
            WriteKind::Acknowledge => self.client.draft(Method::Put, &format!("{path}/take"), readable(&json!({}))),
            WriteKind::Link if self.can_refer(intent) => {
                let to: Vec<&str> = intent.references.iter().filter_map(|to| self.address(to)).collect();
                self.client.draft(Method::Put, &path, readable(&json!({ "AddRefersTo": to })))
            }
            WriteKind::Link => {
                let named = intent.references.iter().map(|to| format!("It is about {} ({}).", to.title, to.id));
                self.comment(&path, &named.collect::<Vec<_>>().join("\n"))
            }
            _ => self.comment(&path, intent.text.trim()),
        }
    }

    fn comment(&self, path: &str, text: &str) -> Result<Request, SourceError> {
        let body = json!({ "Content": text, "ContentType": "text/plain" });
        self.client.draft(Method::Post, &format!("{path}/comment"), readable(&body))
    }

    /// Whether RT can point at it: what has no address can only be named in a comment.
    fn can_refer(&self, intent: &Intent) -> bool {
        intent.references.iter().any(|to| self.address(to).is_some())
    }

    /// How RT calls what a ticket refers to: its own tickets by number, everything else by address.
    fn address<'a>(&self, reference: &'a Reference) -> Option<&'a str> {
        let own = reference.id.split_once(':').filter(|(source, _)| *source == self.reader.source.as_str());
        own.map(|(_, id)| id).or(reference.link.as_deref())
    }

    /// Where new tickets go.
    fn queue(&self, intent: &Intent) -> Result<String, SourceError> {
        let node = intent.scope.iter().find(|(key, _)| key == "queue").map(|(_, value)| value.as_str());
        let own = self.create.get("queue").and_then(toml::Value::as_str);
        node.or(own).or(self.only_queue.as_deref()).map(str::to_owned).ok_or_else(|| {
            SourceError::Settings("say where new tickets go: create = { queue = \"NAME\" } at this source".to_owned())
        })
    }

    fn new_ticket(&self, intent: &Intent, queue: &str) -> Value {
        let mut ticket = Map::new();
        let mut custom = Map::new();
        let own = self.create.iter().filter_map(|(key, value)| Some((key, serde_json::to_value(value).ok()?)));
        // What makes the ticket one of its node comes last: it wins.
        for (key, value) in own.chain(intent.scope.iter().map(|(key, value)| (key, json!(value)))) {
            match key.as_str() {
                // A new ticket is new, whatever the node's matcher looks at.
                "queue" | "status" => {}
                "requestor" | "owner" | "priority" | "cc" => {
                    let (first, rest) = key.split_at(1);
                    ticket.insert(format!("{}{rest}", first.to_uppercase()), value);
                }
                _ => {
                    custom.insert(key.clone(), value);
                }
            }
        }
        ticket.insert("Queue".to_owned(), json!(queue));
        ticket.insert("Subject".to_owned(), json!(intent.title));
        ticket.insert("Content".to_owned(), json!(intent.text.trim()));
        ticket.insert("ContentType".to_owned(), json!("text/plain"));
        let refers: Vec<&str> = intent.references.iter().filter_map(|to| self.address(to)).collect();
        if !refers.is_empty() {
            ticket.insert("RefersTo".to_owned(), json!(refers));
        }
        if !custom.is_empty() {
            ticket.insert("CustomFields".to_owned(), Value::Object(custom));
        }
        Value::Object(ticket)
    }

    async fn look(&self, id: &str) -> Result<Seen, SourceError> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SourceError::Changed(format!("{id} is no number of a ticket")));
        }
        let fields = [("fields[Owner]", Cow::Borrowed("Name"))];
        let answer = self.client.get_any(&format!("REST/2.0/ticket/{id}"), &fields).await?;
        let text = answer.text()?;
        let now: Now = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        let owner = now.owner.as_ref().map(Named::text).filter(|name| !name.is_empty() && *name != NOBODY);
        let owner = owner.map(|name| clean_line(name, 100).into_owned());
        let who = owner.as_deref().unwrap_or("nobody");
        let line = format!("#{id} {} · {} · {who}", now.subject.as_str(), now.status.as_str());
        let refers = now.links.iter().filter(|link| link.kind.as_str() == "refers-to");
        let refers_to = refers.map(|link| link.url.as_str().to_owned()).collect();
        Ok(Seen { line: clean_line(&line, 300).into_owned(), owner, refers_to })
    }

    pub(super) async fn carry_out(&self, preview: &Preview) -> Outcome {
        let sent = self.client.send_once(&preview.request).await;
        let id = preview.intent.target.id();
        match (preview.intent.kind, id) {
            (WriteKind::Create, _) => sent.judged(|told| self.created(told)),
            (kind @ (WriteKind::Acknowledge | WriteKind::Link), Some(id))
                if kind == WriteKind::Acknowledge || self.can_refer(&preview.intent) =>
            {
                let mut said = None;
                let outcome = sent.judged(|told| {
                    said = Some(remarks(told));
                    told.done(None)
                });
                match said {
                    Some(says) => self.checked(kind, id, preview, says).await,
                    None => outcome,
                }
            }
            _ => sent.judged(|told| Outcome::Done { says: remarks(told), made: None }),
        }
    }

    /// Whether a change that RT said something about is really there.
    async fn checked(&self, kind: WriteKind, id: &str, preview: &Preview, says: String) -> Outcome {
        let seen = match self.look(id).await {
            Ok(seen) => seen,
            Err(error) => {
                return Outcome::Unknown { why: format!("RT says: {says}; the ticket can't be read again: {error}") };
            }
        };
        let is_there = match kind {
            // The remark of a success names the new owner; it may be in any language.
            WriteKind::Acknowledge => seen.owner.is_some_and(|owner| says.contains(&owner)),
            _ => preview
                .intent
                .references
                .iter()
                .filter_map(|reference| self.address(reference))
                .all(|to| seen.refers_to.iter().any(|url| url == to || url.ends_with(&format!("/ticket/{to}")))),
        };
        if is_there { Outcome::Done { says, made: None } } else { Outcome::Refused { says } }
    }

    fn created(&self, told: &Told) -> Outcome {
        #[derive(Deserialize)]
        struct Made<'a> {
            #[serde(borrow)]
            id: Text<'a>,
        }
        let text = told.text();
        let Ok(made) = serde_json::from_str::<Made>(&text) else {
            return Outcome::Unknown { why: format!("{}, without the number of a ticket", told.words()) };
        };
        let id = clean_line(made.id.as_str(), 40).into_owned();
        let home = self.reader.home.as_deref().unwrap_or_default();
        let made = Reference {
            id: Arc::from(format!("{}:{id}", self.reader.source)),
            title: Arc::from("ticket"),
            link: link(&format!("{home}/Ticket/Display.html?id={id}")),
        };
        Outcome::Done { says: format!("ticket {id}"), made: Some(made) }
    }
}

/// The remarks that RT answers with.
fn remarks(told: &Told) -> String {
    match serde_json::from_str::<Vec<String>>(&told.text()) {
        Ok(list) if !list.is_empty() => clean_line(&list.join("; "), 300).into_owned(),
        _ => told.words(),
    }
}
