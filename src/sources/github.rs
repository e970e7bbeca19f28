//! GitHub: issues of repositories as tickets; pull requests are left out. GitHub.com, and Enterprise Server with
//! `url = "https://HOST/api/v3"`. A fine-grained token with *Issues: read* on the repositories is enough:
//! `auth = { bearer = … }`.
//!
//! Labels: `repository`, `label` (all of them), `milestone`, `owner`, `author`, `status`, `type`. A label of a
//! repository such as `priority: P1` or `severity/major` is one of its own, too: `priority`, `severity`.

pub(super) mod writes;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{SecondsFormat, TimeDelta};
use serde::Deserialize;

use super::client::{Answer, Ask, Client};
use super::drafting::create_fields;
use super::error::SourceError;
use super::filter::Filter;
use super::gather::{decoded, instant, json_error};
use super::kind::Capabilities;
use super::records::{Labels, Pages};
use super::settings::Settings;
use super::text::{Interner, Text, link, summary};
use super::{Clock, Source};
use crate::domain::facts::Ticket;
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Outcome, Preview};

/// Where GitHub is.
const HOME: &str = "https://api.github.com";
/// Issues of a page: what the API has at most.
const PAGE: usize = 100;
/// The most pages of one list.
const MOST_PAGES: usize = 50;
/// How long closed issues are kept in view.
const RECENT: TimeDelta = TimeDelta::days(7);
/// What the API wants to be told.
pub(super) const HEADERS: [(&str, &str); 2] =
    [("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];

#[derive(Deserialize)]
#[serde(expecting = "an issue")]
struct Issue<'a> {
    #[serde(borrow)]
    number: Text<'a>,
    #[serde(borrow, default)]
    title: Text<'a>,
    #[serde(borrow, default)]
    state: Text<'a>,
    #[serde(borrow, default)]
    html_url: Text<'a>,
    #[serde(borrow, default)]
    labels: Option<Vec<Label<'a>>>,
    #[serde(borrow, default)]
    milestone: Option<Named<'a>>,
    #[serde(borrow, default)]
    assignees: Option<Vec<Named<'a>>>,
    #[serde(borrow, default)]
    user: Option<Named<'a>>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<Named<'a>>,
    #[serde(borrow, default)]
    created_at: Text<'a>,
    #[serde(borrow, default)]
    updated_at: Text<'a>,
    #[serde(borrow, default)]
    closed_at: Text<'a>,
    #[serde(default)]
    pull_request: Option<serde::de::IgnoredAny>,
}

/// A label: an object, or in old answers its name.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a label")]
enum Label<'a> {
    Object(#[serde(borrow)] Named<'a>),
    Name(#[serde(borrow)] Text<'a>),
}

#[derive(Deserialize, Default)]
#[serde(default, expecting = "an object with a name")]
struct Named<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    login: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
}

impl Named<'_> {
    fn text(&self) -> &str {
        [&self.name, &self.login, &self.title].into_iter().find_map(|text| text.given()).unwrap_or_default()
    }
}

impl Label<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Object(named) => named.text(),
            Self::Name(name) => name.as_str(),
        }
    }
}

/// The adapter.
pub struct GitHub {
    client: Client,
    repositories: Vec<String>,
    create: toml::Table,
    reader: Arc<Reader>,
}

struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    /// Whether ids need the name of the repository.
    many: bool,
    interner: Mutex<Interner>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    let settings = settings.at_home(HOME);
    let list = settings.own.get("repositories").and_then(toml::Value::as_array).into_iter().flatten();
    let repositories: Vec<String> = list.filter_map(toml::Value::as_str).map(str::to_owned).collect();
    Box::new(GitHub {
        client: Client::new(&settings, clock),
        create: create_fields(&settings),
        reader: Arc::new(Reader {
            source: settings.name.clone(),
            filter: Filter::of(&settings),
            many: repositories.len() > 1,
            interner: Mutex::default(),
        }),
        repositories,
    })
}

/// The path of a repository.
fn path_of(repository: &str) -> Result<String, SourceError> {
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && part != ".."
    };
    match repository.split_once('/') {
        Some((owner, name)) if plain(owner) && plain(name) => Ok(format!("repos/{owner}/{name}")),
        _ => Err(SourceError::Settings(format!("`repositories`: {repository:?} is not of the form owner/name"))),
    }
}

/// A page, and which repository it is of.
struct Part {
    repository: String,
    answer: Answer,
}

impl GitHub {
    async fn list(
        &self,
        repository: &str,
        choice: &[(&str, Cow<'_, str>)],
        parts: &mut Vec<Part>,
        notes: &mut Vec<String>,
    ) -> Result<(), SourceError> {
        let path = format!("{}/issues", path_of(repository)?);
        let (mut number, mut pages) = (1, Pages::of(MOST_PAGES));
        loop {
            let mut query = choice.to_vec();
            query.push(("per_page", Cow::Owned(PAGE.to_string())));
            query.push(("page", Cow::Owned(number.to_string())));
            let answer = self.client.ask_any(&Ask::get(&path, &query).with_headers(&HEADERS)).await?;
            let issues = read(&answer)?;
            for issue in &issues {
                pages.saw(issue.number.as_str());
            }
            let goes_on = answer.next.is_some() && pages.more(issues.len());
            drop(issues);
            parts.push(Part { repository: repository.to_owned(), answer });
            number += 1;
            if !goes_on {
                notes.extend(pages.into_notes());
                return Ok(());
            }
        }
    }
}

fn read(answer: &Answer) -> Result<Vec<Issue<'_>>, SourceError> {
    let text = answer.text()?;
    serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))
}

#[async_trait]
impl Source for GitHub {
    fn capabilities(&self) -> Capabilities {
        Capabilities::TICKETS.and_writes(writes::KINDS)
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        self.reader.filter.as_ref().map_err(Clone::clone)?;
        if self.repositories.is_empty() {
            return Err(SourceError::Settings("say which repositories: repositories = [\"owner/name\"]".to_owned()));
        }
        let since = (now - RECENT).to_rfc3339_opts(SecondsFormat::Secs, true);
        // The later answer first: an issue closed between both questions is in both.
        let (mut open, mut parts, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        for repository in &self.repositories {
            self.list(repository, &[("state", Cow::Borrowed("open"))], &mut open, &mut notes).await?;
            let closed = [("state", Cow::Borrowed("closed")), ("since", Cow::Borrowed(since.as_str()))];
            self.list(repository, &closed, &mut parts, &mut notes).await?;
        }
        parts.append(&mut open);
        notes.extend(parts.first().and_then(|part| part.answer.clock_note()));
        let reader = Arc::clone(&self.reader);
        let bytes = parts.iter().map(|part| part.answer.body.len()).sum();
        decoded(bytes, move || reader.report(&parts, notes, now)).await
    }

    async fn prepare(&self, intent: &Intent, _now: Instant) -> Result<Preview, SourceError> {
        self.preview(intent).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        self.carry_out(preview).await
    }
}

impl Reader {
    fn report(&self, parts: &[Part], notes: Vec<String>, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.filter.as_ref().map_err(Clone::clone)?;
        let mut interner = self.interner.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut tickets, mut seen) = (Vec::new(), BTreeSet::new());
        for part in parts {
            for issue in read(&part.answer)?.iter().filter(|issue| issue.pull_request.is_none()) {
                if !seen.insert((part.repository.as_str(), issue.number.as_str().to_owned())) {
                    continue;
                }
                let ticket = self.ticket(&part.repository, issue, &mut interner);
                // What was only touched lately, and closed long ago, is of no interest.
                let is_old = !ticket.open && ticket.resolved.is_some_and(|at| at < now - RECENT);
                if !is_old && filter.wants(&ticket.labels) {
                    tickets.push(Arc::new(ticket));
                }
            }
        }
        interner.forget_unused();
        Ok(StateReport { tickets, notes, ..StateReport::default() })
    }

    fn ticket(&self, repository: &str, issue: &Issue<'_>, interner: &mut Interner) -> Ticket {
        let open = issue.state.as_str() != "closed";
        let number = issue.number.as_str();
        let id = if self.many { format!("{repository}#{number}") } else { number.to_owned() };
        let people: Vec<&str> = issue.assignees.iter().flatten().map(Named::text).collect();
        let owner = people.first().copied().filter(|owner| !owner.is_empty());
        let mut labels = Labels::new(interner);
        labels.add("repository", repository);
        labels.add_all("label", issue.labels.iter().flatten().map(Label::text));
        let mut pairs: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (key, value) in issue.labels.iter().flatten().filter_map(|label| pair(label.text())) {
            pairs.entry(key).or_default().push(value);
        }
        for (key, values) in pairs {
            labels.add_all(&key, values);
        }
        for (key, named) in [("milestone", &issue.milestone), ("author", &issue.user), ("type", &issue.kind)] {
            labels.add(key, named.as_ref().map(Named::text).unwrap_or_default());
        }
        labels.add("status", issue.state.as_str());
        labels.add_all("owner", people.iter().copied());
        let labels = labels.finish();
        Ticket {
            source: self.source.clone(),
            id: interner.share(&id),
            labels,
            summary: summary(issue.title.as_str()),
            status: interner.share(issue.state.as_str()),
            open,
            owner: owner.map(|owner| interner.share(owner)),
            created: instant(issue.created_at.as_str()),
            responded: None,
            updated: instant(issue.updated_at.as_str()),
            resolved: instant(issue.closed_at.as_str()).filter(|_| !open),
            due: None,
            paused: Vec::new(),
            native: Vec::new(),
            link: link(issue.html_url.as_str()),
        }
    }
}

/// The key and value of a label such as `priority: P1`, `severity/major` or `area=web`.
fn pair(label: &str) -> Option<(String, &str)> {
    let (key, value) = label.split_once([':', '/', '='])?;
    let (key, value) = (key.trim(), value.trim());
    let is_word = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let taken = ["repository", "label", "milestone", "author", "status", "owner"];
    (is_word && !value.is_empty() && !taken.contains(&key)).then(|| (key.to_lowercase(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_are_pairs_have_a_name_of_their_own() {
        assert_eq!(pair("priority: P1"), Some(("priority".into(), "P1")));
        assert_eq!(pair("Severity/major"), Some(("severity".into(), "major")));
        assert_eq!(
            [pair("bug"), pair("good first issue"), pair("status: open"), pair("a b: c")],
            [None, None, None, None]
        );
    }

    #[test]
    fn a_repository_is_a_path_and_nothing_else() {
        assert_eq!(path_of("acme/shop").expect("a repository"), "repos/acme/shop");
        for bad in ["acme", "acme/shop/x", "acme/..", "a b/c", "/x", "a/b?c"] {
            assert!(path_of(bad).is_err(), "{bad}");
        }
    }
}
