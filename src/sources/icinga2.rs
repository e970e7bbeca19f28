//! Icinga 2 (2.11 and later, REST API): hosts and services as checks, with acknowledgements and downtimes. The account
//! needs `objects/query/Host`, `objects/query/Service`, `objects/query/Comment` and `objects/query/Downtime`.
//!
//! Labels: `host`, `service` (none for the host's own check), `hostgroup` and `servicegroup`, several joined by `, `,
//! and the custom variables that `vars` names, of the service or else of its host. Other variables stay where they
//! are: they may hold passwords. For writing it needs `actions/*` of what it may do. `web` is where Icinga Web is, for links.
//!
//! What is not fine and not bad either is unknown: a check that never ran, one that is overdue, an `UNKNOWN`, and what
//! is unreachable, because something that it depends on is down. Soft states count as what was hard before, unless
//! `soft = true`.

mod objects;
mod state;
mod writes;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use self::objects::results;
use self::state::Landscape;
pub use self::writes::KINDS;
use super::client::{Answer, Client};
use super::conditions::{CHECK_WORDS, Conditions, Memory};
use super::error::SourceError;
use super::filter::Filter;
use super::gather::decoded;
use super::kind::Capabilities;
use super::settings::Settings;
use super::words::Words;
use super::{Clock, Source};
use crate::domain::id::SourceName;
use crate::domain::matcher::{LabelTest, Test};
use crate::domain::observation::StateReport;
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Outcome, Preview};

/// What is asked of hosts and services alike.
const ATTRS: [&str; 17] = [
    "name",
    "state",
    "state_type",
    "last_hard_state",
    "last_state_change",
    "last_hard_state_change",
    "last_check_result",
    "last_reachable",
    "acknowledgement",
    "acknowledgement_expiry",
    "downtime_depth",
    "enable_active_checks",
    "check_interval",
    "check_period",
    "next_update",
    "groups",
    "notes_url",
];
const COMMENT_ATTRS: [&str; 6] = ["host_name", "service_name", "author", "text", "entry_type", "entry_time"];
const DOWNTIME_ATTRS: [&str; 10] = [
    "__name",
    "host_name",
    "service_name",
    "author",
    "comment",
    "start_time",
    "end_time",
    "fixed",
    "duration",
    "trigger_time",
];

/// The adapter.
pub struct Icinga {
    client: Client,
    reader: Arc<Reader>,
}

/// What answers are read with.
struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    words: Words,
    soft: bool,
    /// The custom variables that become labels.
    vars: Vec<String>,
    /// Where Icinga Web is.
    web: Option<String>,
    memory: Mutex<Memory>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    let vars = settings.own.get("vars").and_then(toml::Value::as_array).into_iter().flatten();
    let web = settings.own.get("web").and_then(toml::Value::as_str);
    Box::new(Icinga {
        client: Client::new(settings, clock),
        reader: Arc::new(Reader {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            words: Words::new(CHECK_WORDS, &settings.severity),
            soft: settings.soft,
            vars: vars.filter_map(toml::Value::as_str).map(str::to_owned).collect(),
            web: web.map(|web| web.trim_end_matches('/').to_owned()),
            memory: Mutex::default(),
        }),
    })
}

/// Everything that one poll brought.
struct Poll {
    hosts: Answer,
    services: Answer,
    comments: Result<Answer, SourceError>,
    downtimes: Result<Answer, SourceError>,
}

impl Icinga {
    async fn objects(&self, kind: &str, attrs: &[&'static str], filter: Option<String>) -> Result<Answer, SourceError> {
        let mut pairs: Vec<(&str, Cow<'_, str>)> = attrs.iter().map(|attr| ("attrs", (*attr).into())).collect();
        pairs.extend(filter.map(|filter| ("filter", filter.into())));
        let answer = self.client.get_any(&format!("v1/objects/{kind}"), &pairs).await;
        answer.map_err(|error| forbidden(error, kind))
    }
}

/// Icinga calls an object that the account may not see one that is not there.
fn forbidden(error: SourceError, kind: &str) -> SourceError {
    match error {
        SourceError::Status { status: 404, place, says, .. } if says.starts_with("No objects found") => {
            let mut kind = kind.trim_end_matches('s').to_owned();
            kind[..1].make_ascii_uppercase();
            SourceError::Says {
                place,
                says: format!("{says} Does the account have the permission objects/query/{kind}?"),
            }
        }
        other => other,
    }
}

#[async_trait]
impl Source for Icinga {
    fn capabilities(&self) -> Capabilities {
        Capabilities::CHECKS.and_writes(KINDS)
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.reader.filter.as_ref().map_err(Clone::clone)?;
        let mut attrs = ATTRS.to_vec();
        if !self.reader.vars.is_empty() {
            attrs.push("vars");
        }
        // A heartbeat may be anywhere.
        let only: &[LabelTest] = if filter.heartbeats.is_empty() { &filter.only } else { &[] };
        let hosts = self.objects("hosts", &attrs, expression(only, &["host"])).await?;
        attrs.push("host_name");
        let services = self.objects("services", &attrs, expression(only, &["host", "service"])).await?;
        let acknowledgements = Some("comment.entry_type==4".to_owned());
        let comments = self.objects("comments", &COMMENT_ATTRS, acknowledgements).await;
        let downtimes = self.objects("downtimes", &DOWNTIME_ATTRS, None).await;
        let bytes = hosts.body.len() + services.body.len();
        let poll = Poll { hosts, services, comments, downtimes };
        let reader = Arc::clone(&self.reader);
        decoded(bytes, move || reader.report(&poll, now)).await
    }

    async fn prepare(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        self.preview(intent, now).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        self.carry_out(preview).await
    }
}

impl Reader {
    fn report<'p>(&self, poll: &'p Poll, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.filter.as_ref().map_err(Clone::clone)?;
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Conditions::new(&self.source, filter, &mut memory, now);
        for answer in [&poll.hosts, &poll.services] {
            answer.clock_note().into_iter().for_each(|note| found.note(note));
        }
        let mut optional = |answer: &'p Result<Answer, SourceError>, what: &str| match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                found.note(format!("{what} not known: {error}"));
                None
            }
        };
        let comments = optional(&poll.comments, "who acknowledged what is");
        let downtimes = optional(&poll.downtimes, "whose downtimes there are is");
        let (hosts, services) = (results(&poll.hosts)?, results(&poll.services)?);
        let comments = comments.map(results).transpose()?.unwrap_or_default();
        let downtimes = downtimes.map(results).transpose()?.unwrap_or_default();
        let landscape = Landscape::new(&hosts, &services, &comments, &downtimes, now);
        landscape.tell(self, &mut found);
        Ok(found.finish())
    }
}

/// `only` as a filter of Icinga: tests of the names of these kinds of objects. What it has no word for, and values that
/// would need escaping, are left to the filter here.
fn expression(only: &[LabelTest], kinds: &[&str]) -> Option<String> {
    let plain = |value: &str| value.chars().all(|c| c.is_alphanumeric() || " _.,:@/+-*".contains(c));
    let parts: Vec<String> = only
        .iter()
        .filter(|test| kinds.contains(&test.key.as_str()))
        .filter_map(|test| {
            let negated = test.pattern.negated;
            // A host's own check has no service: it differs from every one.
            let absent = if test.key == "service" { "" } else { "!" };
            match &test.pattern.test {
                Test::Exact(value) if plain(value) => {
                    Some(format!("{}.name{}\"{value}\"", test.key, if negated { "!=" } else { "==" }))
                }
                Test::Glob(value) if plain(value) && !(negated && absent.is_empty()) => {
                    Some(format!("{}match(\"{value}\", {}.name)", if negated { "!" } else { "" }, test.key))
                }
                _ => None,
            }
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(" && "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matcher::Pattern;

    #[test]
    fn only_becomes_a_filter_without_a_way_out_of_its_quotes() {
        let only: Vec<LabelTest> = [("host", "web-*"), ("service", "!disk"), ("team", "web"), ("host", "!x")]
            .map(|(key, value)| LabelTest { key: key.into(), pattern: Pattern::parse(value).expect("a pattern") })
            .into();
        assert_eq!(expression(&only, &["host"]).as_deref(), Some(r#"match("web-*", host.name) && host.name!="x""#));
        let both = r#"match("web-*", host.name) && service.name!="disk" && host.name!="x""#;
        assert_eq!(expression(&only, &["host", "service"]).as_deref(), Some(both));
        for value in [r#"x" || true"#, r"x\", "/web-[0-9]/", "a\nb"] {
            let test = LabelTest { key: "host".into(), pattern: Pattern::parse(value).expect("a pattern") };
            assert_eq!(expression(&[test], &["host"]), None, "{value}");
        }
    }
}
