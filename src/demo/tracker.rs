//! The REST2 API of Request Tracker, as far as a console uses it: tickets by query, one ticket, its history; opening,
//! taking, linking and commenting.

mod writes;

use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::http::{Reply, Request};
use super::ledger::{Ledger, Written, WrittenTicket};
use super::script::{Effect, Ticket};
use super::story::Story;
use super::ticketsql::Condition;
use crate::domain::span::{Instant, Span};

/// Resolved tickets stay listed for so long.
const LISTED_FOR: TimeDelta = TimeDelta::hours(8);
/// A page has at most so many tickets; more are not refused, but cut.
const PAGE_LIMIT: usize = 100;
const QUEUE: &str = "Operations";
/// Who the console is.
const OPERATOR: &str = "you";
/// Who opens tickets.
const REQUESTOR: &str = "desk";
const CUSTOM_FIELDS: [(&str, &str); 3] = [("2", "service"), ("3", "impact"), ("4", "urgency")];

/// A ticket as it stands at an instant.
pub(super) struct Record {
    id: u32,
    subject: String,
    service: String,
    urgency: &'static str,
    /// Who works on it, once it is started.
    person: String,
    refers: Vec<String>,
    comments: Vec<Instant>,
    created: Instant,
    started: Option<Instant>,
    stalled: Option<Instant>,
    resolved: Option<Instant>,
}

/// Answers as Request Tracker.
pub(super) fn answer(story: &Story, ledger: &Ledger, now: Instant, request: &Request) -> Reply {
    let Some(path) = request.path.strip_prefix("/REST/2.0/") else { return not_found() };
    let url = format!("http://{}/REST/2.0", request.host);
    let records = records(story, &ledger.open(), now);
    if request.method != "GET" {
        return writes::write(&url, path, &records, ledger, now, request);
    }
    let words: Vec<&str> = path.split('/').collect();
    let one = |id: &str| records.iter().find(|record| record.id.to_string() == id);
    match words.as_slice() {
        ["rt"] => reply(200, &json!({ "Plugins": [], "Version": "5.0.3" })),
        ["tickets"] => match list(&url, &records, now, request) {
            Ok(page) => reply(200, &page),
            Err(message) => {
                let message = format!("{message} at /usr/share/request-tracker5/lib/RT/Tickets.pm line 3187.\n");
                reply(400, &json!({ "message": message }))
            }
        },
        ["ticket", id] => one(id).map_or_else(not_found, |record| reply(200, &record.whole(&url))),
        ["ticket", id, "history"] => {
            one(id).map_or_else(not_found, |record| reply(200, &record.history(&url, request)))
        }
        _ => not_found(),
    }
}

fn reply(status: u16, body: &Value) -> Reply {
    Reply::Answer(status, "application/json; charset=\"utf-8\"", body.to_string().into_bytes())
}

fn not_found() -> Reply {
    reply(404, &json!({ "message": "Not Found" }))
}

/// All tickets that there are at an instant, by number.
fn records(story: &Story, written: &Written, now: Instant) -> Vec<Record> {
    let recent = story.playing(Span::new(now - LISTED_FOR, now + TimeDelta::microseconds(1)));
    let opened = recent.iter().filter_map(|step| match step.effect {
        Effect::Ticket(plan) if step.span.start <= now => Some((*plan, step)),
        _ => None,
    });
    let record = |(plan, step): (&'static Ticket, &super::story::Played<'_>)| {
        let done = |at: Instant| (at <= now).then_some(at);
        // The numbers below were given before the story began.
        let id = if step.slot == 0 { plan.id } else { 57 + step.slot };
        let planned = done(story.after(step.span.start, plan.taken_after).min(step.span.end));
        let taken = written.taken.get(&id).copied();
        let started = taken.into_iter().chain(planned).min();
        let person = if taken.is_some() && taken == started { OPERATOR } else { plan.owner };
        let stalled = started.filter(|_| plan.stalled).and_then(|at| done(at + TimeDelta::hours(3)));
        Record {
            id,
            subject: plan.subject.to_owned(),
            service: plan.service.to_owned(),
            urgency: plan.urgency,
            person: person.to_owned(),
            refers: written.links.get(&id).cloned().unwrap_or_default(),
            comments: written.comments.get(&id).cloned().unwrap_or_default(),
            created: step.span.start,
            started,
            stalled,
            resolved: done(step.span.end),
        }
    };
    let own = |ticket: &WrittenTicket| Record {
        id: ticket.id,
        subject: ticket.subject.clone(),
        service: ticket.service.clone(),
        urgency: "P2",
        person: OPERATOR.to_owned(),
        refers: written.links.get(&ticket.id).cloned().unwrap_or_default(),
        comments: written.comments.get(&ticket.id).cloned().unwrap_or_default(),
        created: ticket.created,
        started: written.taken.get(&ticket.id).copied(),
        stalled: None,
        resolved: None,
    };
    let mut records: Vec<Record> = opened.map(record).chain(written.tickets.iter().map(own)).collect();
    records.sort_by_key(|record| record.id);
    records
}

/// A page of the tickets that a query finds.
fn list(url: &str, records: &[Record], now: Instant, request: &Request) -> Result<Value, String> {
    let number = |name, default: usize| {
        request.parameter(name).and_then(|text| text.parse().ok()).filter(|number| *number > 0).unwrap_or(default)
    };
    let (page, per_page) = (number("page", 1), number("per_page", 20).min(PAGE_LIMIT));
    let mut found: Vec<&Record> = match request.parameter("query").filter(|query| !query.trim().is_empty()) {
        Some(query) => {
            let condition = Condition::parse(query, now)?;
            records.iter().filter(|record| condition.holds(&|field| record.text(field))).collect()
        }
        None => Vec::new(),
    };
    let orderby = request.parameter("orderby").unwrap_or("id");
    found.sort_by_key(|record| (record.sort_key(orderby), record.id));
    if request.parameter("order").is_some_and(|order| order.eq_ignore_ascii_case("desc")) {
        found.reverse();
    }
    let total = found.len();
    let items: Vec<Value> = found
        .into_iter()
        .skip((page - 1).saturating_mul(per_page))
        .take(per_page)
        .map(|record| record.item(url, request))
        .collect();
    let pages = total.div_ceil(per_page);
    let mut answer = json!({
        "page": page, "pages": pages, "per_page": per_page, "count": items.len(), "total": total, "items": items,
    });
    let mut link = |name: &str, page: usize| answer[name] = json!(page_link(url, request, page));
    if page < pages {
        link("next_page", page + 1);
    }
    if page > 1 {
        link("prev_page", page - 1);
    }
    Ok(answer)
}

fn page_link(url: &str, request: &Request, page: usize) -> String {
    let kept = request.parameters.iter().filter(|(name, _)| name != "page");
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(kept).append_pair("page", &page.to_string());
    format!("{url}/tickets?{}", encoded.finish())
}

impl Record {
    /// How an entry of a list looks: the fields that were asked for, and these three in any case.
    fn item(&self, url: &str, request: &Request) -> Value {
        let id = self.id.to_string();
        let mut item = Map::new();
        for name in request.parameter("fields").unwrap_or_default().split(',').map(str::trim) {
            let Some(mut value) = self.field(url, name) else { continue };
            for wanted in request.values(&format!("fields[{name}]")).flat_map(|names| names.split(',')) {
                let Some(inner) = self.text_of_object(name, wanted) else { continue };
                let objects = match &mut value {
                    Value::Array(list) => list.as_mut_slice(),
                    one => std::slice::from_mut(one),
                };
                for object in objects.iter_mut().filter_map(Value::as_object_mut) {
                    object.insert(wanted.to_owned(), json!(inner));
                }
            }
            item.insert(name.to_owned(), value);
        }
        item.extend([
            ("type".to_owned(), json!("ticket")),
            ("_url".to_owned(), json!(format!("{url}/ticket/{id}"))),
            ("id".to_owned(), json!(id)),
        ]);
        Value::Object(item)
    }

    /// The ticket as a document of its own: here its id is a number.
    fn whole(&self, url: &str) -> Value {
        const FIELDS: [&str; 17] = [
            "Queue",
            "LastUpdated",
            "Resolved",
            "Owner",
            "Creator",
            "Priority",
            "InitialPriority",
            "FinalPriority",
            "Starts",
            "Due",
            "CustomFields",
            "Started",
            "Status",
            "Subject",
            "Type",
            "Created",
            "Requestor",
        ];
        let mut whole: Map<String, Value> =
            FIELDS.iter().filter_map(|name| Some(((*name).to_owned(), self.field(url, name)?))).collect();
        whole.insert("id".to_owned(), json!(self.id));
        let links = self.refers.iter().map(|to| json!({ "ref": "refers-to", "type": "external", "_url": to }));
        whole.insert("_hyperlinks".to_owned(), links.collect());
        Value::Object(whole)
    }

    /// A field as JSON; `None` where there is no such field.
    fn field(&self, url: &str, name: &str) -> Option<Value> {
        let user = |id: &str| json!({ "type": "user", "id": id, "_url": format!("{url}/user/{id}") });
        Some(match name {
            "Queue" => json!({ "type": "queue", "id": "3", "_url": format!("{url}/queue/3") }),
            "Owner" => user(self.owner()),
            "Creator" | "LastUpdatedBy" => user("root"),
            "Requestor" => json!([user(REQUESTOR)]),
            "Cc" | "AdminCc" => json!([]),
            "CustomFields" => {
                let one = |(id, name): (&str, &str)| {
                    json!({
                        "type": "customfield", "id": id, "name": name, "values": [self.custom(name)],
                        "_url": format!("{url}/customfield/{id}"),
                    })
                };
                json!(CUSTOM_FIELDS.map(one))
            }
            "TimeWorked" | "TimeLeft" | "TimeEstimated" => json!("0"),
            _ => json!(self.text(name)?),
        })
    }

    /// What stands inside a field that is an object, for `fields[Owner]=Name`.
    fn text_of_object(&self, field: &str, name: &str) -> Option<String> {
        let text = match field {
            "Owner" => self.owner(),
            "Queue" => QUEUE,
            "Requestor" => REQUESTOR,
            "Creator" => "root",
            _ => return None,
        };
        (name == "Name").then(|| text.to_owned())
    }

    /// A field as text, as queries compare it; `None` where there is no such field.
    fn text(&self, name: &str) -> Option<String> {
        let time = |at: Option<Instant>| seconds(at.unwrap_or(DateTime::UNIX_EPOCH));
        if let Some(custom) = name.strip_prefix("CF.{").and_then(|rest| rest.strip_suffix('}')) {
            return CUSTOM_FIELDS.iter().any(|(_, known)| *known == custom).then(|| self.custom(custom).to_owned());
        }
        Some(match name {
            "id" => self.id.to_string(),
            "Queue" => QUEUE.to_owned(),
            "Status" => self.status().to_owned(),
            "Subject" => self.subject.clone(),
            "Owner" => self.owner().to_owned(),
            "Type" => "ticket".to_owned(),
            "Priority" | "InitialPriority" => self.priority().to_string(),
            "FinalPriority" => "0".to_owned(),
            "Created" => seconds(self.created),
            "Started" => time(self.started),
            "Resolved" => time(self.resolved),
            "LastUpdated" | "Told" => seconds(self.updated()),
            "Starts" | "Due" => time(None),
            _ => return None,
        })
    }

    /// Numbers are ordered as numbers, everything else as text.
    fn sort_key(&self, name: &str) -> (u32, String) {
        match name {
            "id" => (self.id, String::new()),
            "Priority" => (self.priority(), String::new()),
            _ => (0, self.text(name).unwrap_or_default()),
        }
    }

    fn custom(&self, name: &str) -> &str {
        match name {
            "service" => &self.service,
            "urgency" => self.urgency,
            _ => match self.urgency {
                "P1" => "critical",
                "P2" => "major",
                _ => "minor",
            },
        }
    }

    fn priority(&self) -> u32 {
        match self.urgency {
            "P1" => 90,
            "P2" => 50,
            _ => 20,
        }
    }

    fn owner(&self) -> &str {
        if self.started.is_some() { &self.person } else { "Nobody" }
    }

    fn status(&self) -> &'static str {
        match (self.resolved, self.stalled, self.started) {
            (Some(_), ..) => "resolved",
            (_, Some(_), _) => "stalled",
            (.., Some(_)) => "open",
            _ => "new",
        }
    }

    fn updated(&self) -> Instant {
        self.resolved.or(self.stalled).or(self.started).unwrap_or(self.created)
    }

    /// Its transactions, oldest first.
    fn history(&self, url: &str, request: &Request) -> Value {
        let mut done = vec![("Create", "", "", "", self.created, REQUESTOR)];
        let mut before = "new";
        if let Some(at) = self.started {
            done.push(("Correspond", "", "", "", at, self.owner()));
        }
        for (at, status) in [(self.started, "open"), (self.stalled, "stalled"), (self.resolved, "resolved")] {
            let Some(at) = at else { continue };
            done.push(("Status", "Status", before, status, at, self.owner()));
            before = status;
        }
        done.extend(self.comments.iter().map(|at| ("Comment", "", "", "", *at, OPERATOR)));
        let wanted: Vec<&str> = request.parameter("fields").unwrap_or_default().split(',').collect();
        let items = done.iter().zip(u64::from(self.id) * 16..).map(|((kind, field, old, new, at, who), number)| {
            let creator = json!({ "type": "user", "id": who, "_url": format!("{url}/user/{who}") });
            let fields = [
                ("Type", json!(kind)),
                ("Field", json!(field)),
                ("OldValue", json!(old)),
                ("NewValue", json!(new)),
                ("Created", json!(seconds(*at))),
                ("Creator", creator),
                ("Description", json!("")),
            ];
            let mut item = json!({
                "type": "transaction", "id": number.to_string(), "_url": format!("{url}/transaction/{number}"),
            });
            for (name, value) in fields.into_iter().filter(|(name, _)| wanted.contains(name)) {
                item[name] = value;
            }
            item
        });
        let items: Vec<Value> = items.collect();
        json!({ "page": 1, "pages": 1, "per_page": 20, "count": items.len(), "total": items.len(), "items": items })
    }
}

fn seconds(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
