//! From items to signals, tickets and changes, by the fields that the configuration names.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta};
use serde::Deserialize;
use serde_json::Value;

use super::super::conditions::{Condition, Conditions, Memory};
use super::super::error::SourceError;
use super::super::filter::Filter;
use super::super::gather;
use super::super::records::Labels;
use super::super::settings::Settings;
use super::super::settings::template::{Flag, Part, Pointer, Template};
use super::super::text::{Interner, link, summary};
use super::super::words::{Table, Words};
use super::find::{self, Entry, Found};
use super::words::{own, pointer};
use crate::domain::facts::{Change, LabelList, Ticket};
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::severity::{Handling, Severity};
use crate::domain::span::{Instant, Span};

/// Our own words, which need no table.
const WORDS: Table = &[
    ("ok", Severity::Ok),
    ("unclassified", Severity::Unclassified),
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("minor", Severity::Minor),
    ("major", Severity::Major),
    ("critical", Severity::Critical),
];
/// How long a change without an end is taken to last.
const UNENDING: TimeDelta = TimeDelta::hours(1);
/// Changes that ended before that are dropped.
const RECENT: TimeDelta = TimeDelta::days(7);

/// What the items are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Gives {
    #[default]
    Alerts,
    Checks,
    Tickets,
    Changes,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct FieldWords {
    labels: BTreeMap<String, String>,
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

/// The fields of an item.
struct Fields {
    id: Template,
    labels: Vec<(String, Template)>,
    texts: BTreeMap<String, Template>,
    flags: BTreeMap<String, Flag>,
}

/// The fields that are yes or no.
const FLAGS: [&str; 4] = ["acknowledged", "maintenance", "unknown", "closed"];

impl Fields {
    fn of(table: &toml::Table) -> Result<Self, SourceError> {
        let FieldWords { labels, mut others } = own(table, "fields")?;
        let wrong = |key: &str, why: String| SourceError::Settings(format!("`fields.{key}`: {why}"));
        let template = |key: &str, text: &str| Template::parse(text).map_err(|why| wrong(key, why));
        let id = others.remove("id").ok_or_else(|| wrong("id", "every item needs one".to_owned()))?;
        let mut flags = BTreeMap::new();
        for name in FLAGS {
            if let Some(text) = others.remove(name) {
                flags.insert(name.to_owned(), Flag::parse(&text).map_err(|why| wrong(name, why))?);
            }
        }
        let labels = labels.iter().map(|(key, text)| Ok((key.clone(), template(key, text)?)));
        let texts = others.iter().map(|(key, text)| Ok((key.clone(), template(key, text)?)));
        Ok(Self {
            id: template("id", &id)?,
            labels: labels.collect::<Result<_, SourceError>>()?,
            texts: texts.collect::<Result<_, SourceError>>()?,
            flags,
        })
    }

    /// A text of an item; empty where the field is not configured, or says nothing here.
    fn text(&self, name: &str, entry: &Entry<'_>) -> String {
        match self.texts.get(name).map(|template| find::value(entry, template)) {
            Some(Found::Text(text)) => text,
            _ => String::new(),
        }
    }

    fn instant(&self, name: &str, entry: &Entry<'_>) -> Option<Instant> {
        instant(&self.text(name, entry))
    }

    fn flag(&self, name: &str, entry: &Entry<'_>) -> bool {
        self.flags.get(name).is_some_and(|flag| find::flag(entry, flag))
    }

    /// Every template with the key it stands at.
    fn all(&self) -> impl Iterator<Item = (String, &Template)> {
        let labels = self.labels.iter().map(|(key, template)| (format!("labels.{key}"), template));
        let texts = self.texts.iter().map(|(key, template)| (key.clone(), template));
        let flags = self.flags.iter().map(|(key, flag)| (key.clone(), &flag.value));
        labels.chain(texts).chain(flags)
    }
}

/// What answers are read with.
pub(super) struct Reader {
    source: SourceName,
    filter: Filter,
    gives: Gives,
    items: Pointer,
    fields: Fields,
    words: Words,
    memory: Mutex<Memory>,
    interner: Mutex<Interner>,
}

impl Reader {
    pub fn of(settings: &Settings) -> Result<Self, SourceError> {
        let items = settings.own.get("items").and_then(toml::Value::as_str).unwrap_or_default();
        Ok(Self {
            source: settings.name.clone(),
            filter: Filter::of(settings)?,
            gives: own(&settings.own, "gives")?,
            items: pointer("items", items)?,
            fields: Fields::of(&settings.own)?,
            words: Words::new(WORDS, &settings.severity),
            memory: Mutex::default(),
            interner: Mutex::default(),
        })
    }

    /// The field that an item of this kind can't do without, beside its id.
    fn needed(&self) -> Option<&'static str> {
        match self.gives {
            Gives::Alerts | Gives::Checks => Some("severity"),
            Gives::Tickets => None,
            Gives::Changes => Some("start"),
        }
    }

    fn entries<'v>(&self, place: &str, answer: &'v Value) -> Result<Vec<Entry<'v>>, SourceError> {
        find::items(answer, &self.items).map_err(|why| SourceError::Json { place: place.to_owned(), why })
    }

    /// The ids of a page, and how many items it has, those without an id among them.
    ///
    /// # Errors
    /// The items are not where they should be, or none has an id.
    pub fn ids(&self, place: &str, answer: &Value) -> Result<(Vec<String>, usize), SourceError> {
        let entries = self.entries(place, answer)?;
        let ids: Vec<String> = entries.iter().filter_map(|entry| self.id(entry)).collect();
        match entries.first() {
            Some(first) if ids.is_empty() => Err(self.wrong(place, "id", &self.fields.id, first)),
            _ => Ok((ids, entries.len())),
        }
    }

    fn id(&self, entry: &Entry<'_>) -> Option<String> {
        match find::value(entry, &self.fields.id) {
            Found::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// That a field is not where the configuration says.
    fn wrong(&self, place: &str, key: &str, template: &Template, entry: &Entry<'_>) -> SourceError {
        let pointers =
            template.0.iter().filter_map(|part| if let Part::At(pointer) = part { Some(pointer) } else { None });
        let why = match pointers.into_iter().next() {
            Some(pointer) => find::nothing(entry.value, pointer),
            None => format!("it says nothing; an item begins with `{}`", find::sample(entry.value)),
        };
        let why = format!("`fields.{key}` of item `{}` below `{}`: {why}", entry.key, self.items);
        SourceError::Json { place: place.to_owned(), why }
    }

    /// The report of all pages: place and answer.
    ///
    /// # Errors
    /// A field that is needed is in no item.
    pub fn report(
        &self,
        answers: &[(String, Value)],
        notes: Vec<String>,
        now: Instant,
    ) -> Result<StateReport, SourceError> {
        let mut all = Vec::new();
        let mut seen = BTreeSet::new();
        let mut without_id = 0;
        for (place, answer) in answers {
            for entry in self.entries(place, answer)? {
                match self.id(&entry) {
                    Some(id) if seen.insert(id.clone()) => all.push((id, entry)),
                    Some(_) => {}
                    None => without_id += 1,
                }
            }
        }
        let mut notes = notes;
        if without_id > 0 {
            notes.push(format!("{without_id} items have no `id` and are left out"));
        }
        self.check_fields(answers.last().map_or("", |(place, _)| place), &all, &mut notes)?;
        let mut interner = self.interner.lock().unwrap_or_else(PoisonError::into_inner);
        let report = match self.gives {
            Gives::Alerts | Gives::Checks => self.signals(&all, notes, now),
            Gives::Tickets => {
                let tickets = all.iter().map(|(id, entry)| self.ticket(id, entry, &mut interner));
                let tickets = tickets.filter(|ticket| self.filter.wants(&ticket.labels)).map(Arc::new).collect();
                StateReport { tickets, notes, ..StateReport::default() }
            }
            Gives::Changes => {
                let changes: Vec<Change> =
                    all.iter().filter_map(|(id, entry)| self.change(id, entry, &mut interner)).collect();
                if changes.len() < all.len() {
                    notes.push(format!("{} changes have no `start` and are left out", all.len() - changes.len()));
                }
                let wanted = changes.into_iter().filter(|change| change.window.end > now - RECENT);
                let changes = wanted.filter(|change| self.filter.wants(&change.labels)).map(Arc::new).collect();
                StateReport { changes, notes, ..StateReport::default() }
            }
        };
        interner.forget_unused();
        Ok(report)
    }

    /// A field that is in no item at all is a mistake: of one that is needed an error, else a remark.
    fn check_fields(
        &self,
        place: &str,
        all: &[(String, Entry<'_>)],
        notes: &mut Vec<String>,
    ) -> Result<(), SourceError> {
        let Some((_, first)) = all.first() else { return Ok(()) };
        for (key, template) in self.fields.all() {
            let is_nowhere = all.iter().all(|(_, entry)| find::value(entry, template) == Found::Nothing);
            if !is_nowhere {
                continue;
            }
            let wrong = self.wrong(place, &key, template, first);
            if Some(key.as_str()) == self.needed() {
                return Err(wrong);
            }
            if let SourceError::Json { why, .. } = wrong {
                notes.push(format!("in no item: {why}"));
            }
        }
        Ok(())
    }

    fn labels(&self, entry: &Entry<'_>) -> Vec<(&str, String)> {
        let found = self.fields.labels.iter().filter_map(|(key, template)| match find::value(entry, template) {
            Found::Text(text) if !text.is_empty() => Some((key.as_str(), text)),
            _ => None,
        });
        found.collect()
    }

    fn signals(&self, all: &[(String, Entry<'_>)], notes: Vec<String>, now: Instant) -> StateReport {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut conditions = Conditions::new(&self.source, &self.filter, &mut memory, now);
        let mut unknown_words = BTreeSet::new();
        for note in notes {
            conditions.note(note);
        }
        for (id, entry) in all {
            let fields = &self.fields;
            let unknown = fields.flag("unknown", entry);
            let handling = if fields.flag("maintenance", entry) {
                Handling::Maintenance
            } else if fields.flag("acknowledged", entry) {
                Handling::Acknowledged
            } else {
                Handling::None
            };
            let word = fields.text("severity", entry);
            let severity = if unknown {
                Severity::Ok
            } else {
                self.words.severity(Some(word.as_str()).filter(|word| !word.is_empty()), &mut unknown_words)
            };
            let labels = self.labels(entry).into_iter().map(|(key, value)| (Cow::Borrowed(key), Cow::Owned(value)));
            let by = Some(fields.text("by", entry)).filter(|by| !by.is_empty());
            let text = fields.text("summary", entry);
            conditions.add(Condition {
                id: Cow::Borrowed(id),
                labels: labels.collect(),
                severity,
                unknown,
                handling,
                handled_by: by.or_else(|| Some(format!("said by {}", self.source))),
                since: fields.instant("since", entry),
                summary: if text.is_empty() { Cow::Borrowed(id) } else { Cow::Owned(text) },
                link: Cow::Owned(fields.text("link", entry)),
            });
        }
        StateReport { unknown_words: unknown_words.into_iter().collect(), ..conditions.finish() }
    }

    fn label_list(&self, entry: &Entry<'_>, interner: &mut Interner) -> LabelList {
        let mut labels = Labels::new(interner);
        self.labels(entry).into_iter().for_each(|(key, value)| labels.add(key, &value));
        labels.finish()
    }

    fn ticket(&self, id: &str, entry: &Entry<'_>, interner: &mut Interner) -> Ticket {
        let fields = &self.fields;
        let resolved = fields.instant("resolved", entry);
        let open = !fields.flag("closed", entry) && resolved.is_none();
        let owner = Some(fields.text("owner", entry)).filter(|owner| !owner.is_empty());
        Ticket {
            source: self.source.clone(),
            id: interner.share(id),
            labels: self.label_list(entry, interner),
            summary: summary(&fields.text("summary", entry)),
            status: interner.share(&fields.text("status", entry)),
            open,
            owner: owner.map(|owner| interner.share(&owner)),
            created: fields.instant("created", entry),
            responded: fields.instant("responded", entry),
            updated: fields.instant("updated", entry),
            resolved,
            due: fields.instant("due", entry),
            paused: Vec::new(),
            native: Vec::new(),
            link: link(&fields.text("link", entry)),
        }
    }

    fn change(&self, id: &str, entry: &Entry<'_>, interner: &mut Interner) -> Option<Change> {
        let start = self.fields.instant("start", entry)?;
        let end = self.fields.instant("end", entry).filter(|end| *end > start).unwrap_or(start + UNENDING);
        Some(Change {
            source: self.source.clone(),
            id: interner.share(id),
            labels: self.label_list(entry, interner),
            nodes: Vec::new(),
            window: Span::new(start, end),
            summary: summary(&self.fields.text("summary", entry)),
        })
    }
}

/// An instant as APIs write it: RFC 3339, a date and time without a zone (UTC), a date, or a number of seconds, milli-,
/// micro- or nanoseconds since 1970.
fn instant(text: &str) -> Option<Instant> {
    let text = text.trim();
    if let Some(instant) = gather::instant(text) {
        return Some(instant);
    }
    if let Ok(number) = text.parse::<f64>() {
        let seconds = match number.abs() {
            size if size < 1e11 => number,
            size if size < 1e14 => number / 1e3,
            size if size < 1e17 => number / 1e6,
            _ => number / 1e9,
        };
        return DateTime::from_timestamp_millis((seconds * 1e3) as i64).filter(|at| at.timestamp() > 0);
    }
    let civil = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let civil = civil.into_iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let day = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0);
    civil.or_else(day).map(|civil| civil.and_utc()).filter(|at| at.timestamp() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_as_apis_write_them() {
        let at = |text: &str| instant(text).map(|at| at.format("%m-%d %H:%M:%S").to_string());
        for text in [
            "2026-11-24T10:00:00Z",
            "2026-11-24T11:00:00+01:00",
            "2026-11-24 10:00:00",
            "2026-11-24T10:00:00.000",
            "1795514400",
            "1795514400.0",
            "1795514400000",
            "1795514400000000000",
        ] {
            assert_eq!(at(text).as_deref(), Some("11-24 10:00:00"), "{text}");
        }
        assert_eq!(at("2026-11-24").as_deref(), Some("11-24 00:00:00"));
        assert_eq!([at(""), at("never"), at("0"), at("NaN"), at("1e300")], [None, None, None, None, None]);
    }
}
