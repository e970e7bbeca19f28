//! The fields that a Jira site has: which are SLAs, and which ids the named custom fields hide behind.

use serde::Deserialize;

use super::super::text::Text;

/// What every issue is asked for.
const BASIC: [&str; 13] = [
    "summary",
    "status",
    "issuetype",
    "priority",
    "project",
    "components",
    "labels",
    "assignee",
    "reporter",
    "created",
    "resolutiondate",
    "duedate",
    "updated",
];
/// The type of fields that hold an SLA, of Cloud and of Data Center.
const SLA: &str = "com.atlassian.servicedesk:sd-sla-field";

/// What is known of a site's fields.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// Ids and names of the SLA fields.
    pub slas: Vec<(String, String)>,
    /// Ids and names of the custom fields that become labels.
    pub custom: Vec<(String, String)>,
    /// Ids of the fields that hold start and end of a change.
    pub window: [Option<String>; 2],
    /// Names that were asked for and are not there.
    pub notes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a field")]
struct Field<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    schema: Option<Schema<'a>>,
}

#[derive(Deserialize)]
#[serde(expecting = "the schema of a field")]
struct Schema<'a> {
    #[serde(borrow, default)]
    custom: Text<'a>,
}

impl Fields {
    /// Reads the list of fields.
    pub fn read(text: &str, custom: &[String], window: &[String; 2]) -> Result<Self, serde_json::Error> {
        let list: Vec<Field> = serde_json::from_str(text)?;
        let mut fields = Self::default();
        for field in &list {
            if field.schema.as_ref().is_some_and(|schema| schema.custom.as_str() == SLA) {
                fields.slas.push((field.id.as_str().to_owned(), field.name.as_str().to_owned()));
            }
        }
        let id_of = |name: &str| {
            let found = list.iter().find(|field| field.name.as_str().eq_ignore_ascii_case(name));
            found.map(|field| field.id.as_str().to_owned())
        };
        for name in custom {
            match id_of(name) {
                Some(id) => fields.custom.push((id, name.clone())),
                None => fields.notes.push(format!("`custom`: this Jira shows us no field called {name:?}")),
            }
        }
        fields.window = [id_of(&window[0]), id_of(&window[1])];
        Ok(fields)
    }

    /// The ids to ask for.
    pub fn wanted(&self) -> Vec<&str> {
        let own = self.slas.iter().chain(&self.custom).map(|(id, _)| id.as_str());
        BASIC.into_iter().chain(own).chain(self.window.iter().flatten().map(String::as_str)).collect()
    }
}
