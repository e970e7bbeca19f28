//! What operators do to tickets: open, take, link and comment on them.

use serde_json::{Value, json};

use super::super::http::{Reply, Request};
use super::super::ledger::{Ledger, WrittenTicket};
use super::{OPERATOR, QUEUE, Record, not_found, reply};
use crate::domain::span::Instant;

/// Opens, takes, links or comments on a ticket.
pub(super) fn write(
    url: &str,
    path: &str,
    records: &[Record],
    ledger: &Ledger,
    now: Instant,
    request: &Request,
) -> Reply {
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return reply(415, &json!({ "message": "Unsupported Media Type" }));
    };
    let mut written = ledger.open();
    let words: Vec<&str> = path.split('/').collect();
    let one = |id: &str| records.iter().find(|record| record.id.to_string() == id);
    match (request.method.as_str(), words.as_slice()) {
        ("POST", ["ticket"]) => {
            let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            if text("Queue") != QUEUE {
                let message = format!("No permission to create tickets in the queue '{}'", text("Queue"));
                return reply(403, &json!({ "message": message }));
            }
            let service = body.pointer("/CustomFields/service").and_then(Value::as_str).unwrap_or_default();
            let id = written.ticket(|id| WrittenTicket {
                id,
                subject: text("Subject"),
                service: service.to_owned(),
                created: now,
            });
            written.links.insert(id, texts(&body["RefersTo"]));
            let id = id.to_string();
            reply(201, &json!({ "id": id, "type": "ticket", "_url": format!("{url}/ticket/{id}") }))
        }
        ("POST", ["ticket", id, "comment" | "correspond"]) => match one(id) {
            Some(record) => {
                written.comments.entry(record.id).or_default().push(now);
                reply(201, &json!(["Comments added"]))
            }
            None => not_found(),
        },
        ("PUT", ["ticket", id, "take"]) => match one(id) {
            Some(record) if record.started.is_some() => {
                reply(200, &json!(["You can only take tickets that are unowned"]))
            }
            Some(record) => {
                written.taken.insert(record.id, now);
                reply(200, &json!([format!("Owner changed from Nobody to {OPERATOR}")]))
            }
            None => not_found(),
        },
        ("PUT", ["ticket", id]) => match one(id) {
            Some(record) => {
                let added = texts(&body["AddRefersTo"]);
                let said: Vec<String> = added.iter().map(|to| format!("Ticket {id} refers to {to}.")).collect();
                written.links.entry(record.id).or_default().extend(added);
                reply(200, &json!(said))
            }
            None => not_found(),
        },
        _ => reply(405, &json!({ "message": "Method Not Allowed" })),
    }
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
