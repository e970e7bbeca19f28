//! Nagios Core 4 (JSON CGIs): hosts and services as checks, with acknowledgements and downtimes. `url` is where the
//! CGIs are (`https://nagios.example/nagios4/cgi-bin`); the account needs to see all hosts and services
//! (`authorized_for_all_hosts`, `authorized_for_all_services`).
//!
//! Labels: `host`, `service` (none for the host's own check), and `hostgroup`, several joined by `, `. Soft states
//! count as what was hard before, unless `soft = true`. A check that never ran, an `UNKNOWN` and everything of a
//! daemon that no longer writes its status are unknown, not fine; so is a host that is out of reach behind another.

mod writes;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use self::writes::KINDS;
use super::client::{Answer, Client, place};
use super::conditions::{CHECK_WORDS, Condition, Conditions, Memory, Planned};
use super::error::SourceError;
use super::filter::Filter;
use super::gather::{decoded, json_error};
use super::kind::Capabilities;
use super::settings::Settings;
use super::words::Words;
use super::{Clock, Source};
use crate::domain::clean::clean_line;
use crate::domain::id::SourceName;
use crate::domain::observation::StateReport;
use crate::domain::severity::Handling;
use crate::domain::span::{Instant, Span};
use crate::domain::write::{Intent, Outcome, Preview};

/// A daemon writes its status every few seconds; older than that, it hangs or is gone.
const STALE: TimeDelta = TimeDelta::minutes(5);

#[derive(Deserialize)]
#[serde(expecting = "an answer of a JSON CGI: an object with `result` and `data`")]
struct Envelope {
    result: Verdict,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Verdict {
    #[serde(default)]
    query_time: i64,
    #[serde(default)]
    last_data_update: i64,
    type_code: i64,
    #[serde(default)]
    type_text: String,
    #[serde(default)]
    message: String,
}

/// A host or a service.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Check {
    plugin_output: String,
    status: String,
    has_been_checked: bool,
    state_type: String,
    last_hard_state: String,
    last_hard_state_change: i64,
    last_state_change: i64,
    problem_has_been_acknowledged: bool,
    scheduled_downtime_depth: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Comment {
    entry_type: String,
    host_name: String,
    service_description: String,
    author: String,
    #[serde(rename = "comment_data")]
    says: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Downtime {
    downtime_id: i64,
    start_time: i64,
    host_name: String,
    service_description: String,
    end_time: i64,
    is_in_effect: bool,
    author: String,
    comment: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Group {
    group_name: String,
    members: Vec<String>,
}

/// Host, and service where it is not the host's own check.
type Object = (String, String);

/// Everything that one poll brought.
struct Poll {
    hosts: BTreeMap<String, Check>,
    services: BTreeMap<String, BTreeMap<String, Check>>,
    groups: BTreeMap<String, Group>,
    /// Who says what about objects that are acknowledged, and about those in downtime.
    acknowledged: BTreeMap<Object, String>,
    in_effect: BTreeMap<Object, String>,
    downtimes: Vec<Downtime>,
    stale_for: TimeDelta,
    notes: Vec<String>,
}

/// The adapter.
pub struct Nagios {
    client: Client,
    reader: Arc<Reader>,
}

struct Reader {
    source: SourceName,
    filter: Result<Filter, SourceError>,
    home: Option<String>,
    words: Words,
    soft: bool,
    memory: Mutex<Memory>,
}

/// Makes the adapter.
pub fn build(settings: &Settings, clock: Clock) -> Box<dyn Source> {
    Box::new(Nagios {
        client: Client::new(settings, clock),
        reader: Arc::new(Reader {
            source: settings.name.clone(),
            filter: Filter::of(settings),
            home: settings.urls.first().map(|url| place(url).trim_end_matches('/').to_owned()),
            words: Words::new(CHECK_WORDS, &settings.severity),
            soft: settings.soft,
            memory: Mutex::default(),
        }),
    })
}

impl Nagios {
    /// One list, with the answer's own outcome.
    async fn list<T: DeserializeOwned + Default + Send + 'static>(
        &self,
        cgi: &str,
        query: &'static str,
    ) -> Result<(T, Verdict, Option<String>), SourceError> {
        let pairs = [
            ("query", Cow::Borrowed(query)),
            ("details", Cow::Borrowed("true")),
            ("formatoptions", Cow::Borrowed("enumerate")),
        ];
        let answer = self.client.get_any(cgi, &pairs).await?;
        let clock = answer.clock_note();
        let (list, outcome) = decoded(answer.body.len(), move || read(&answer, query)).await?;
        Ok((list, outcome, clock))
    }
}

/// The list of an answer that is a success. An empty list is sent as an empty object or left out.
fn read<T: DeserializeOwned + Default>(answer: &Answer, query: &str) -> Result<(T, Verdict), SourceError> {
    let text = answer.text()?;
    let mut envelope: Envelope = serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
    if envelope.result.type_code != 0 {
        let says = format!("{}: {}", envelope.result.type_text, envelope.result.message);
        return Err(SourceError::Says { place: answer.place.clone(), says: clean_line(&says, 300).into_owned() });
    }
    let wrong = |why: String| SourceError::Json { place: answer.place.clone(), why };
    let data = envelope.data.as_object_mut().ok_or_else(|| wrong("`data` is missing".to_owned()))?;
    let list = data.remove(query).ok_or_else(|| wrong(format!("`data.{query}` is missing")))?;
    let list = serde_json::from_value(list).map_err(|error| wrong(format!("in `data.{query}`: {error}")))?;
    Ok((list, envelope.result))
}

#[async_trait]
impl Source for Nagios {
    fn capabilities(&self) -> Capabilities {
        Capabilities::CHECKS.and_writes(KINDS)
    }

    async fn state(&self, now: Instant) -> Result<StateReport, SourceError> {
        const STATUS: &str = "statusjson.cgi";
        self.reader.filter.as_ref().map_err(Clone::clone)?;
        let (hosts, outcome, clock) = self.list(STATUS, "hostlist").await?;
        let (services, ..) = self.list(STATUS, "servicelist").await?;
        let (comments, ..) = self.list::<BTreeMap<String, Comment>>(STATUS, "commentlist").await?;
        let (downtimes, ..) = self.list::<BTreeMap<String, Downtime>>(STATUS, "downtimelist").await?;
        let mut notes: Vec<String> = clock.into_iter().collect();
        // Groups are a convenience: an account that may not see them still has its checks.
        let groups = match self.list("objectjson.cgi", "hostgrouplist").await {
            Ok((groups, ..)) => groups,
            Err(error) => {
                notes.push(format!("host groups are not known: {error}"));
                BTreeMap::new()
            }
        };
        let said = |author: &str, text: &str| format!("{author}: {text}");
        let acknowledged = comments.into_values().filter(|comment| comment.entry_type == "acknowledgement");
        let downtimes: Vec<Downtime> = downtimes.into_values().collect();
        let in_effect = downtimes.iter().filter(|downtime| downtime.is_in_effect);
        let poll = Poll {
            hosts,
            services,
            groups,
            acknowledged: acknowledged
                .map(|it| ((it.host_name, it.service_description), said(&it.author, &it.says)))
                .collect(),
            in_effect: in_effect
                .map(|it| {
                    let end = time(it.end_time).map(|end| end.format(" (until %Y-%m-%d %H:%M UTC)").to_string());
                    let text = said(&it.author, &it.comment) + &end.unwrap_or_default();
                    ((it.host_name.clone(), it.service_description.clone()), text)
                })
                .collect(),
            downtimes,
            stale_for: TimeDelta::milliseconds(outcome.query_time.saturating_sub(outcome.last_data_update)),
            notes,
        };
        self.reader.report(&poll, now)
    }

    async fn prepare(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        self.preview(intent, now).await
    }

    async fn send(&self, preview: &Preview) -> Outcome {
        self.carry_out(preview).await
    }
}

impl Reader {
    fn report(&self, poll: &Poll, now: Instant) -> Result<StateReport, SourceError> {
        let filter = self.filter.as_ref().map_err(Clone::clone)?;
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for group in poll.groups.values() {
            for host in &group.members {
                groups.entry(host).or_default().push(&group.group_name);
            }
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Conditions::new(&self.source, filter, &mut memory, now);
        let is_stale = poll.stale_for > STALE;
        if is_stale {
            let minutes = poll.stale_for.num_minutes();
            found.note(format!(
                "Nagios has not written its status for {minutes} min: is the daemon running? All is unknown"
            ));
        }
        poll.notes.iter().for_each(|note| found.note(note));
        let hosts = poll.hosts.iter().map(|(host, check)| (host, "", check));
        let services = poll
            .services
            .iter()
            .flat_map(|(host, services)| services.iter().map(move |(service, check)| (host, service.as_str(), check)));
        for (host, service, check) in hosts.chain(services) {
            let groups = groups.get(host.as_str()).map(|groups| groups.join(", ")).unwrap_or_default();
            found.add(self.condition(poll, host, service, &groups, check, is_stale));
        }
        for downtime in &poll.downtimes {
            if let (Some(start), Some(end)) = (time(downtime.start_time), time(downtime.end_time)) {
                let (host, service) = (downtime.host_name.as_str(), downtime.service_description.as_str());
                found.plan(Planned {
                    id: downtime.downtime_id.to_string().into(),
                    labels: vec![("host".into(), host.into()), ("service".into(), service.into())],
                    window: Span::new(start, end),
                    summary: format!("{}: {}", downtime.author, downtime.comment).into(),
                });
            }
        }
        Ok(found.finish())
    }

    fn condition<'a>(
        &self,
        poll: &Poll,
        host: &'a str,
        service: &'a str,
        groups: &str,
        check: &'a Check,
        is_stale: bool,
    ) -> Condition<'a> {
        let counted = if check.state_type == "soft" && !self.soft { &check.last_hard_state } else { &check.status };
        let known = self.words.known(counted).filter(|_| check.has_been_checked && !is_stale);
        let object = (host.to_owned(), service.to_owned());
        // A host's downtime and acknowledgement are not its services'; Nagios counts the depth of each by itself.
        let (handling, handled_by) = if check.scheduled_downtime_depth > 0 {
            (Handling::Maintenance, poll.in_effect.get(&object))
        } else if check.problem_has_been_acknowledged {
            (Handling::Acknowledged, poll.acknowledged.get(&object))
        } else {
            (Handling::None, None)
        };
        let since = [check.last_hard_state_change, check.last_state_change].into_iter().find_map(time);
        let mut labels: Vec<(Cow<'_, str>, Cow<'_, str>)> = vec![("host".into(), host.into())];
        labels.push(("service".into(), service.into()));
        labels.push(("hostgroup".into(), groups.to_owned().into()));
        let id = if service.is_empty() { Cow::Borrowed(host) } else { format!("{host}!{service}").into() };
        Condition {
            labels,
            severity: known.unwrap_or_default(),
            unknown: known.is_none(),
            handling,
            handled_by: handled_by.cloned(),
            since,
            summary: summary(host, service, check).into(),
            link: self.home.as_ref().map(|home| address(home, host, service)).unwrap_or_default().into(),
            id,
        }
    }
}

fn summary(host: &str, service: &str, check: &Check) -> String {
    let what = if service.is_empty() { host.to_owned() } else { format!("{service} on {host}") };
    let says = check.plugin_output.trim();
    match (says, check.has_been_checked) {
        (_, false) => format!("{what} was never checked"),
        ("", true) => format!("{what} is {}", check.status),
        _ => format!("{what}: {says}"),
    }
}

/// Milliseconds since the epoch; 0 is never.
fn time(millis: i64) -> Option<Instant> {
    if millis > 0 { DateTime::from_timestamp_millis(millis) } else { None }
}

fn address(home: &str, host: &str, service: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (kind, more) =
        if service.is_empty() { (1, String::new()) } else { (2, format!("&service={}", encode(service))) };
    format!("{home}/extinfo.cgi?type={kind}&host={}{more}", encode(host))
}
