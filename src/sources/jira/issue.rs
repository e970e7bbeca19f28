//! An issue, as a ticket or as a change.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::gather::instant;
use super::super::goals;
use super::super::records::Labels;
use super::super::text::{Interner, Text, link, summary};
use super::Reader;
use super::fields::Fields;
use super::sla::Sla;
use crate::domain::facts::{Change, LabelList, Ticket};
use crate::domain::span::{Instant, Span};

/// How long a change without an end is taken to last.
const UNENDING: TimeDelta = TimeDelta::hours(1);

/// An issue. Its fields are read one by one: a site fills them as it likes.
#[derive(Deserialize)]
#[serde(expecting = "an issue")]
pub(super) struct Issue<'a> {
    #[serde(borrow)]
    pub key: Text<'a>,
    #[serde(borrow, default)]
    fields: BTreeMap<Text<'a>, &'a RawValue>,
}

/// A user, a status, a project, an option: whatever has a name.
#[derive(Deserialize, Default)]
#[serde(default, expecting = "an object with a name", rename_all = "camelCase")]
struct Named<'a> {
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    display_name: Text<'a>,
    #[serde(borrow)]
    status_category: Option<Category<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "the category of a status")]
struct Category<'a> {
    #[serde(borrow)]
    key: Text<'a>,
}

impl<'a> Issue<'a> {
    /// A field, unless it is missing, null, or of another form.
    fn field<T: Deserialize<'a>>(&self, id: &str) -> Option<T> {
        let raw = self.fields.iter().find(|(name, _)| name.as_str() == id)?.1;
        serde_json::from_str::<Option<T>>(raw.get()).ok().flatten()
    }

    fn text(&self, id: &str) -> Text<'a> {
        self.field(id).unwrap_or_default()
    }

    fn instant(&self, id: &str) -> Option<Instant> {
        instant(self.text(id).as_str())
    }

    fn named(&self, id: &str) -> Named<'a> {
        self.field(id).unwrap_or_default()
    }

    /// Its summary, its status, and who has it.
    pub fn essence(&self) -> (Text<'a>, Text<'a>, Option<String>) {
        let owner = self.named("assignee");
        let owner = owner.display_name.given().or_else(|| owner.name.given()).map(str::to_owned);
        (self.text("summary"), self.named("status").name, owner)
    }

    /// A day is meant to its end.
    fn due(&self) -> Option<Instant> {
        let day: NaiveDate = self.text("duedate").as_str().parse().ok()?;
        Some(day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(1))
    }
}

impl Reader {
    pub(super) fn ticket(
        &self,
        fields: &Fields,
        issue: &Issue<'_>,
        interner: &mut Interner,
        unknown_slas: &mut Vec<String>,
    ) -> Ticket {
        let status = issue.named("status");
        let open = status.status_category.as_ref().is_none_or(|category| category.key.as_str() != "done");
        let owner = issue.named("assignee");
        let owner = owner.display_name.given().or_else(|| owner.name.given());
        let mut native = Vec::new();
        for (id, name) in &fields.slas {
            let Some(clock) = issue.field::<Sla>(id).and_then(|sla| sla.clock()) else { continue };
            let Some(goal) = goals::goal(name, &self.goals) else {
                if unknown_slas.len() < 10 && !unknown_slas.contains(name) {
                    unknown_slas.push(name.clone());
                }
                continue;
            };
            goals::keep_nearest(&mut native, goal, clock);
        }
        let (responded, due) = goals::milestones(&native);
        Ticket {
            source: self.source.clone(),
            id: interner.share(issue.key.as_str()),
            labels: labels(fields, issue, interner),
            summary: summary(issue.text("summary").as_str()),
            status: interner.share(status.name.as_str()),
            open,
            owner: owner.map(|owner| interner.share(owner)),
            created: issue.instant("created"),
            responded,
            updated: issue.instant("updated"),
            resolved: issue.instant("resolutiondate").filter(|_| !open),
            due: due.or_else(|| issue.due()),
            paused: Vec::new(),
            native,
            link: self.link(issue),
        }
    }

    fn link(&self, issue: &Issue<'_>) -> Option<Arc<str>> {
        link(&format!("{}/browse/{}", self.home, issue.key.as_str()))
    }

    /// The issue as a change; `None` where it does not say when.
    pub(super) fn change(&self, fields: &Fields, issue: &Issue<'_>, interner: &mut Interner) -> Option<Change> {
        let at = |index: usize| fields.window[index].as_deref().and_then(|id| issue.instant(id));
        let start = at(0)?;
        let end = at(1).filter(|end| *end > start).unwrap_or(start + UNENDING);
        Some(Change {
            source: self.source.clone(),
            id: interner.share(issue.key.as_str()),
            labels: labels(fields, issue, interner),
            nodes: Vec::new(),
            window: Span::new(start, end),
            summary: summary(issue.text("summary").as_str()),
        })
    }
}

fn labels(fields: &Fields, issue: &Issue<'_>, interner: &mut Interner) -> LabelList {
    let mut labels = Labels::new(interner);
    labels.add("project", issue.named("project").key.as_str());
    for (label, field) in [("type", "issuetype"), ("status", "status"), ("priority", "priority")] {
        labels.add(label, issue.named(field).name.as_str());
    }
    let components: Vec<Named> = issue.field("components").unwrap_or_default();
    labels.add_all("component", components.iter().map(|component| component.name.as_str()));
    let words: Vec<Text> = issue.field("labels").unwrap_or_default();
    labels.add_all("label", words.iter().map(Text::as_str));
    for (label, field) in [("owner", "assignee"), ("reporter", "reporter")] {
        let person = issue.named(field);
        labels.add(label, person.display_name.given().unwrap_or(person.name.as_str()));
    }
    for (id, name) in &fields.custom {
        labels.add(name, &issue.field::<Value>(id).map(|value| plain(&value)).unwrap_or_default());
    }
    labels.finish()
}

/// A custom field's value as a text: an option's, a person's or an object's name, several joined.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let names = ["value", "name", "displayName", "label", "key"];
            names.iter().find_map(|name| fields.get(*name)).map(plain).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_values_of_every_form() {
        let text = |json: &str| plain(&serde_json::from_str(json).expect("JSON"));
        assert_eq!(text(r#"[{"value":"Payments","id":"1"},{"value":"Checkout"}]"#), "Payments, Checkout");
        assert_eq!(text(r#"{"displayName":"Ann"}"#), "Ann");
        assert_eq!(text(r#"{"unheard":"of"}"#), "");
        assert_eq!([text("null"), text("7.5"), text("true")], ["", "7.5", "true"]);
    }
}
