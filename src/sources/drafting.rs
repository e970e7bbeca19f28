//! What adapters that write share: bodies, the text of a ticket with what it refers to, the reference to what was made.

use std::sync::Arc;

use serde_json::Value;

use super::client::Told;
use super::error::SourceError;
use super::settings::Settings;
use super::text::link;
use crate::domain::clean::clean_line;
use crate::domain::id::SourceName;
use crate::domain::write::{Body, Intent, Outcome, Preview, Reference, Request};

/// A JSON body, indented for reading.
pub fn json_body(value: &Value) -> Body {
    Body::Json(format!("{value:#}"))
}

/// A preview that touches nothing else.
pub fn preview(intent: &Intent, object: String, request: Request, remarks: Vec<String>) -> Preview {
    let (covers, covers_count) = (Vec::new(), 0);
    Preview { intent: intent.clone(), object, request, covers, covers_count, remarks }
}

/// The text of the intent, followed by what it refers to and does not name yet.
pub fn text_with_references(intent: &Intent) -> String {
    let mut text = intent.text.trim().to_owned();
    for reference in &intent.references {
        let named = reference.link.as_deref().unwrap_or(&reference.id);
        if !named.is_empty() && !text.contains(named) {
            let gap = if text.is_empty() { "" } else { "\n" };
            text = format!("{text}{gap}{}", line(reference));
        }
    }
    text
}

/// A reference in a line: its title and where it is.
pub fn line(reference: &Reference) -> String {
    let place = reference.link.as_deref().unwrap_or(&reference.id);
    if reference.title.is_empty() { place.to_owned() } else { format!("{}: {place}", reference.title) }
}

/// The lines of what an intent refers to.
///
/// # Errors
/// It refers to nothing.
pub fn reference_lines(intent: &Intent) -> Result<String, SourceError> {
    if intent.references.is_empty() {
        return Err(SourceError::Changed("there is nothing to link with".to_owned()));
    }
    Ok(intent.references.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// That a ticket was made: its id, and where it is.
pub fn made(source: &SourceName, id: &str, address: &str) -> Outcome {
    let id = clean_line(id, 80).into_owned();
    let made = Reference { id: Arc::from(format!("{source}:{id}")), title: Arc::from("ticket"), link: link(address) };
    Outcome::Done { says: format!("ticket {id}"), made: Some(made) }
}

/// That something was made, and the answer does not say what.
pub fn made_nameless(told: &Told) -> Outcome {
    Outcome::Unknown { why: format!("{}, without the name of a ticket", told.words()) }
}

/// The fields of new tickets.
pub fn create_fields(settings: &Settings) -> toml::Table {
    settings.own.get("create").and_then(toml::Value::as_table).cloned().unwrap_or_default()
}

/// A remark on labels that make a ticket one of its node, and that a new one can't be given.
pub fn unset<'s>(pairs: impl IntoIterator<Item = &'s (String, String)>) -> Option<String> {
    // A new ticket is new, whatever the node's matcher looks at.
    let pairs = pairs.into_iter().filter(|(key, _)| key != "status");
    let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key} = {value:?}")).collect();
    let text = "can't be set here: without it the new ticket does not belong to its node";
    (!pairs.is_empty()).then(|| clean_line(&format!("{} {text}", pairs.join(", ")), 300).into_owned())
}

/// A field of new tickets that is a text.
pub fn create_text<'t>(create: &'t toml::Table, key: &str) -> Option<&'t str> {
    create.get(key).and_then(toml::Value::as_str).filter(|text| !text.is_empty())
}

/// That a field of new tickets is missing.
pub fn create_lacks(key: &str, example: &str) -> SourceError {
    SourceError::Settings(format!("say where new tickets go: create = {{ {key} = \"{example}\" }} at this source"))
}
