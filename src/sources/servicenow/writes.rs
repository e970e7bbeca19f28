//! Writing to ServiceNow: take an incident, add a work note, open one. Work notes are for colleagues; the caller does not
//! see them. The account needs to write `incident` (role `itil`).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::client::Told;
use super::super::drafting::{json_body, made, made_nameless, preview, reference_lines, text_with_references, unset};
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
/// States: new, in progress, and what is over (resolved, closed, cancelled).
const NEW: &str = "1";
const IN_PROGRESS: &str = "2";
const OVER: [&str; 3] = ["6", "7", "8"];
/// Labels that refer to a record of another table, which is called by its name.
const REFERENCES: [(&str, &str); 4] = [
    ("assignment_group", "sys_user_group"),
    ("business_service", "cmdb_ci_service"),
    ("service_offering", "service_offering"),
    ("cmdb_ci", "cmdb_ci"),
];

/// An incident as it is now.
struct Seen {
    sys_id: String,
    /// In a line.
    object: String,
    owner: String,
    state: String,
}

impl ServiceNow {
    pub(super) async fn preview(&self, intent: &Intent) -> Result<Preview, SourceError> {
        if intent.kind == WriteKind::Create {
            let mut remarks = vec!["rules of the instance may assign it and send mail".to_owned()];
            let fields = self.new_incident(intent, &mut remarks).await?;
            let request = self.client.draft(Method::Post, TABLE, json_body(&fields))?;
            return Ok(preview(intent, "a new incident".to_owned(), request, remarks));
        }
        let Target::Ticket(ticket) = &intent.target else {
            return Err(SourceError::Changed("only incidents can be changed here".to_owned()));
        };
        let Seen { sys_id, object, owner, state } = self.look(&ticket.id).await?;
        let mut remarks = Vec::new();
        let body = match intent.kind {
            WriteKind::Acknowledge => {
                if OVER.contains(&state.as_str()) {
                    let text = "is resolved, closed or cancelled: taking it would open it again";
                    return Err(SourceError::Changed(format!("{} {text}", ticket.id)));
                }
                if !owner.is_empty() {
                    remarks.push(format!("{owner} has it now; it is taken from them"));
                }
                remarks.push("it does not end by itself".to_owned());
                let mut fields = json!({ "assigned_to": self.me().await? });
                // One that is on hold, or further, stays so.
                if state == NEW {
                    fields["state"] = json!(IN_PROGRESS);
                }
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

    async fn new_incident(&self, intent: &Intent, remarks: &mut Vec<String>) -> Result<Value, SourceError> {
        let mut fields = Map::new();
        fields.insert("short_description".to_owned(), json!(clean_line(&intent.title, 160)));
        fields.insert("description".to_owned(), json!(text_with_references(intent)));
        for (key, value) in &self.create {
            if let Ok(value) = serde_json::to_value(value) {
                fields.insert(key.clone(), value);
            }
        }
        // What makes the incident one of its node comes last: it wins.
        let mut left = Vec::new();
        for pair in &intent.scope {
            let (key, value) = (pair.0.as_str(), pair.1.as_str());
            let table = REFERENCES.iter().find(|(label, _)| *label == key).map(|(_, table)| *table);
            let set = match (key, table) {
                (_, Some(table)) => {
                    let query = format!("name={}", value.replace('^', "^^"));
                    match self.one(table, &query, "sys_id,name", |row| Some(row.id()?.to_owned())).await {
                        Ok(id) => Some(id),
                        // None of that name, several, or none that we may see: the operator is told.
                        Err(SourceError::Changed(_) | SourceError::Status { status: 403 | 404, .. }) => None,
                        Err(error) => return Err(error),
                    }
                }
                // Shown as `1 - High`, kept as `1`.
                ("urgency" | "impact", _) => value.split(" - ").next().map(str::to_owned),
                _ => None,
            };
            match set {
                Some(set) => drop(fields.insert(key.to_owned(), json!(set))),
                None => left.push(pair),
            }
        }
        remarks.extend(unset(left));
        Ok(Value::Object(fields))
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

    /// An incident as it is now.
    async fn look(&self, number: &str) -> Result<Seen, SourceError> {
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(SourceError::Changed(format!("{number} is no number of an incident")));
        }
        let fields = "sys_id,number,short_description,state,assigned_to";
        self.one("incident", &format!("number={number}"), fields, |row| {
            let owner = row.shown("assigned_to");
            let who = if owner.is_empty() { "nobody" } else { owner };
            let line = format!("{number} {} · {} · {who}", row.shown("short_description"), row.shown("state"));
            Some(Seen {
                sys_id: row.id()?.to_owned(),
                object: clean_line(&line, 300).into_owned(),
                owner: clean_line(owner, 100).into_owned(),
                state: row.raw("state").to_owned(),
            })
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
