//! Writing to ServiceNow: take an incident, add a work note, open one. Work notes are for colleagues; the caller does not
//! see them. The account needs to write `incident` (role `itil`).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::client::Told;
use super::super::drafting::{json_body, made, made_nameless, preview, reference_lines, text_with_references};
use super::super::error::SourceError;
use super::super::text::Text;
use super::row::Row;
use super::{ServiceNow, read};
use crate::domain::clean::clean_line;
use crate::domain::write::{Intent, Method, Outcome, Preview, Target, WriteKind};

/// What can be done.
pub(in super::super) const KINDS: &[WriteKind] =
    &[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Create, WriteKind::Link];
/// The table of tickets.
const TABLE: &str = "api/now/table/incident";
/// "In progress".
const IN_PROGRESS: &str = "2";

impl ServiceNow {
    pub(super) async fn preview(&self, intent: &Intent) -> Result<Preview, SourceError> {
        if intent.kind == WriteKind::Create {
            let request = self.client.draft(Method::Post, TABLE, json_body(&self.new_incident(intent)))?;
            let remarks = vec!["rules of the instance may assign it and send mail".to_owned()];
            return Ok(preview(intent, "a new incident".to_owned(), request, remarks));
        }
        let Target::Ticket(ticket) = &intent.target else {
            return Err(SourceError::Changed("only incidents can be changed here".to_owned()));
        };
        let (sys_id, object, owner) = self.look(&ticket.id).await?;
        let mut remarks = Vec::new();
        let body = match intent.kind {
            WriteKind::Acknowledge => {
                if !owner.is_empty() {
                    remarks.push(format!("{owner} has it now; it is taken from them"));
                }
                remarks.push("it does not end by itself".to_owned());
                let mut fields = json!({ "assigned_to": self.me().await?, "state": IN_PROGRESS });
                if !intent.text.trim().is_empty() {
                    fields["work_notes"] = json!(intent.text.trim());
                }
                fields
            }
            WriteKind::Link => {
                remarks.push("as a work note: an incident has no field for it".to_owned());
                json!({ "work_notes": reference_lines(intent)? })
            }
            _ => {
                remarks.push("as a work note: the caller does not see it".to_owned());
                json!({ "work_notes": intent.text.trim() })
            }
        };
        let request = self.client.draft(Method::Patch, &format!("{TABLE}/{sys_id}"), json_body(&body))?;
        Ok(preview(intent, object, request, remarks))
    }

    fn new_incident(&self, intent: &Intent) -> Value {
        let mut fields = Map::new();
        fields.insert("short_description".to_owned(), json!(clean_line(&intent.title, 160)));
        fields.insert("description".to_owned(), json!(text_with_references(intent)));
        for (key, value) in &self.create {
            if let Ok(value) = serde_json::to_value(value) {
                fields.insert(key.clone(), value);
            }
        }
        Value::Object(fields)
    }

    /// The one record of a query.
    async fn one<T>(
        &self,
        table: &str,
        query: &str,
        fields: &str,
        take: impl FnOnce(&Row<'_>) -> Option<T>,
    ) -> Result<T, SourceError> {
        let pairs = [
            ("sysparm_query", Cow::Borrowed(query)),
            ("sysparm_fields", Cow::Borrowed(fields)),
            ("sysparm_display_value", Cow::Borrowed("all")),
            ("sysparm_exclude_reference_link", Cow::Borrowed("true")),
            ("sysparm_limit", Cow::Borrowed("2")),
        ];
        let answer = self.client.get_any(&format!("api/now/table/{table}"), &pairs).await?;
        match read(&answer)?.as_slice() {
            [row] => take(row).ok_or_else(|| SourceError::Changed(format!("a record of {table} has no usable sys_id"))),
            [] => Err(SourceError::Changed(format!("{table} has none of that name any more, or hides it from us"))),
            _ => Err(SourceError::Changed(format!("{table} has several of that name"))),
        }
    }

    /// The id, the line and the owner of an incident as it is now.
    async fn look(&self, number: &str) -> Result<(String, String, String), SourceError> {
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(SourceError::Changed(format!("{number} is no number of an incident")));
        }
        let fields = "sys_id,number,short_description,state,assigned_to";
        self.one("incident", &format!("number={number}"), fields, |row| {
            let owner = row.shown("assigned_to");
            let who = if owner.is_empty() { "nobody" } else { owner };
            let line = format!("{number} {} · {} · {who}", row.shown("short_description"), row.shown("state"));
            Some((row.id()?.to_owned(), clean_line(&line, 300).into_owned(), clean_line(owner, 100).into_owned()))
        })
        .await
    }

    /// The id of our own account.
    async fn me(&self) -> Result<String, SourceError> {
        let query = "sys_id=javascript:gs.getUserID()";
        self.one("sys_user", query, "sys_id,name", |row| Some(row.id()?.to_owned())).await
    }

    pub(super) async fn carry_out(&self, preview: &Preview) -> Outcome {
        let sent = self.client.send_once(&preview.request).await;
        if preview.intent.kind == WriteKind::Create { sent.judged(|told| self.created(told)) } else { sent.outcome() }
    }

    fn created(&self, told: &Told) -> Outcome {
        #[derive(Deserialize)]
        struct Made<'a> {
            #[serde(borrow)]
            result: Record<'a>,
        }
        #[derive(Deserialize)]
        struct Record<'a> {
            #[serde(borrow)]
            number: Text<'a>,
            #[serde(borrow, default)]
            sys_id: Text<'a>,
        }
        match serde_json::from_str::<Made>(&told.text()) {
            Ok(Made { result }) => {
                let address = format!("{}/incident.do?sys_id={}", self.reader.home, result.sys_id.as_str());
                made(&self.reader.source, result.number.as_str(), &address)
            }
            Err(_) => made_nameless(told),
        }
    }
}
