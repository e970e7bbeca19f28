//! What Icinga's objects mean for us: which of them are signals, how bad they are, and who takes care of them.

use std::borrow::Cow;

use chrono::TimeDelta;
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::super::conditions::{Condition, Conditions, Planned};
use super::super::text::Text;
use super::Reader;
use super::objects::{Check, Comment, Downtime, time};
use crate::domain::severity::Handling;
use crate::domain::span::{Instant, Span};

/// An entry of the type of acknowledgements.
const ACKNOWLEDGEMENT: f64 = 4.0;

/// Host, and service where it is not the host's own check.
type Object<'a> = (&'a str, &'a str);

/// Everything that one poll brought.
pub struct Landscape<'a> {
    hosts: FxHashMap<&'a str, &'a Check<'a>>,
    services: &'a [Check<'a>],
    /// The last one of each object.
    acknowledgements: FxHashMap<Object<'a>, &'a Comment<'a>>,
    downtimes: Vec<(&'a Downtime<'a>, Span)>,
    /// Places in `downtimes` of those that are in effect.
    in_effect: FxHashMap<Object<'a>, usize>,
    now: Instant,
}

/// What a check says, with what it depends on taken into account.
enum Verdict {
    /// A word of severity.
    Says(&'static str),
    /// It is no knowledge, and why.
    Unknown(&'static str),
}

impl<'a> Landscape<'a> {
    /// What the objects of a poll make together.
    pub fn new(
        hosts: &'a [Check<'a>],
        services: &'a [Check<'a>],
        comments: &'a [Comment<'a>],
        downtimes: &'a [Downtime<'a>],
        now: Instant,
    ) -> Self {
        let mut acknowledgements: FxHashMap<Object<'a>, &'a Comment<'a>> = FxHashMap::default();
        for comment in comments.iter().filter(|comment| comment.entry_type == Some(ACKNOWLEDGEMENT)) {
            let last =
                acknowledgements.entry((comment.host_name.as_str(), comment.service_name.as_str())).or_insert(comment);
            if last.entry_time < comment.entry_time {
                *last = comment;
            }
        }
        let downtimes: Vec<_> = downtimes.iter().filter_map(|it| Some((it, window(it)?))).collect();
        let in_effect = downtimes.iter().enumerate().filter(|(_, (it, window))| {
            window.contains(now) && (it.fixed != Some(false) || time(it.trigger_time).is_some())
        });
        let in_effect =
            in_effect.map(|(place, (it, _))| ((it.host_name.as_str(), it.service_name.as_str()), place)).collect();
        let hosts = hosts.iter().map(|host| (host.name.as_str(), host)).collect();
        Self { hosts, services, acknowledgements, downtimes, in_effect, now }
    }

    /// Gives all signals and planned downtimes to a gatherer.
    pub fn tell(&self, reader: &Reader, found: &mut Conditions<'_>) {
        let mut overdue = 0;
        for (check, host) in self.checks() {
            overdue += usize::from(self.is_overdue(check));
            found.add(self.condition(reader, check, host));
        }
        if overdue > 0 {
            found.note(format!("{overdue} checks did not run when they should have: they are unknown"));
        }
        for (downtime, window) in self.downtimes.iter().filter(|(_, window)| window.end > self.now) {
            let (host, service) = (downtime.host_name.as_str(), downtime.service_name.as_str());
            found.plan(Planned {
                id: downtime.id.as_str().into(),
                labels: vec![("host".into(), host.into()), ("service".into(), service.into())],
                window: *window,
                summary: said(&downtime.author, &downtime.comment).into(),
            });
        }
    }

    /// Hosts and services, each with its host.
    fn checks(&self) -> impl Iterator<Item = (&Check<'a>, Option<&Check<'a>>)> {
        let mut hosts: Vec<_> = self.hosts.values().copied().collect();
        hosts.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let hosts = hosts.into_iter().map(|host| (host, None));
        hosts.chain(self.services.iter().map(|service| (service, self.hosts.get(service.host_name.as_str()).copied())))
    }

    fn condition<'c>(&self, reader: &'c Reader, check: &'c Check<'a>, host: Option<&'c Check<'a>>) -> Condition<'c> {
        let is_service = !check.host_name.as_str().is_empty();
        let object =
            if is_service { (check.host_name.as_str(), check.name.as_str()) } else { (check.name.as_str(), "") };
        let verdict = self.verdict(reader, check, host, is_service);
        let word = match verdict {
            Verdict::Says(word) | Verdict::Unknown(word) => word,
        };
        let known = reader.words.known(word);
        let (handling, handled_by) = self.handling(check, object);
        let says = check.last_check_result.as_ref().map(|result| result.output.as_str()).unwrap_or_default();
        Condition {
            id: if is_service { format!("{}!{}", object.0, object.1).into() } else { object.0.into() },
            labels: labels(reader, check, host, object),
            severity: known.unwrap_or_default(),
            unknown: known.is_none(),
            handling,
            handled_by,
            since: time(check.last_hard_state_change).or_else(|| time(check.last_state_change)),
            summary: summary(object, says, &verdict).into(),
            link: address(reader, check, object),
        }
    }

    fn verdict(&self, reader: &Reader, check: &Check<'_>, host: Option<&Check<'_>>, is_service: bool) -> Verdict {
        if check.last_check_result.is_none() {
            return Verdict::Unknown("pending");
        }
        if self.is_overdue(check) {
            return Verdict::Unknown("overdue");
        }
        let is_soft = check.state_type == Some(0.0);
        let state = if is_soft && !reader.soft { check.last_hard_state } else { check.state };
        let fine = state == Some(0.0);
        // A service of a host that is down is as bad as it says. What is behind something else that is down, or on a
        // host that is itself out of reach, is not known to be bad.
        let out_of_reach = |check: &Check<'_>| check.last_reachable == Some(false);
        let host_is_down = host.is_some_and(|host| host.state.is_some_and(|state| state > 0.0) && !out_of_reach(host));
        if !fine && out_of_reach(check) && !host_is_down {
            return Verdict::Unknown("unreachable");
        }
        match (is_service, state.unwrap_or(3.0) as i64) {
            (true, 0) => Verdict::Says("ok"),
            (true, 1) => Verdict::Says("warning"),
            (true, 2) => Verdict::Says("critical"),
            (false, 0) => Verdict::Says("up"),
            (false, 1 | 2) => Verdict::Says("down"),
            _ => Verdict::Unknown("unknown"),
        }
    }

    /// Whether the result that should have come did not, one interval later still. Checks that only others feed, and
    /// those with hours of their own, come when they come.
    fn is_overdue(&self, check: &Check<'_>) -> bool {
        let interval = check.check_interval.unwrap_or_default().clamp(60.0, 1e7);
        let due = time(check.next_update).map(|due| due + TimeDelta::seconds(interval as i64));
        check.enable_active_checks != Some(false)
            && check.check_period.given().is_none()
            && due.is_some_and(|due| due < self.now)
    }

    fn handling(&self, check: &Check<'_>, object: Object<'_>) -> (Handling, Option<String>) {
        if check.downtime_depth.is_some_and(|depth| depth > 0.0) {
            let downtime = self.in_effect.get(&object).map(|place| &self.downtimes[*place]);
            let by = downtime.map(|(it, window)| said(&it.author, &it.comment) + &until(Some(window.end)));
            return (Handling::Maintenance, by);
        }
        if check.acknowledgement.is_some_and(|kind| kind > 0.0) {
            let comment = self.acknowledgements.get(&object);
            let end = until(time(check.acknowledgement_expiry));
            return (Handling::Acknowledged, comment.map(|it| said(&it.author, &it.text) + &end));
        }
        (Handling::None, None)
    }
}

/// When a downtime is in effect, or may be.
fn window(downtime: &Downtime<'_>) -> Option<Span> {
    if downtime.fixed == Some(false)
        && let Some(began) = time(downtime.trigger_time)
    {
        return Some(Span::new(began, began + TimeDelta::seconds(downtime.duration.unwrap_or_default() as i64)));
    }
    Some(Span::new(time(downtime.start_time)?, time(downtime.end_time)?))
}

fn labels<'c>(
    reader: &'c Reader,
    check: &'c Check<'_>,
    host: Option<&'c Check<'_>>,
    (host_name, service): Object<'c>,
) -> Vec<(Cow<'c, str>, Cow<'c, str>)> {
    let groups = |check: Option<&Check<'_>>| -> String {
        let names: Vec<&str> =
            check.and_then(|it| it.groups.as_ref()).into_iter().flatten().map(Text::as_str).collect();
        names.join(", ")
    };
    let is_service = !service.is_empty();
    let mut labels: Vec<(Cow<'_, str>, Cow<'_, str>)> = vec![("host".into(), host_name.into())];
    labels.push(("service".into(), service.into()));
    labels.push(("hostgroup".into(), groups(if is_service { host } else { Some(check) }).into()));
    labels.push(("servicegroup".into(), groups(Some(check).filter(|_| is_service)).into()));
    for name in &reader.vars {
        let value = [Some(check), host].into_iter().flatten().find_map(|it| it.vars.as_ref()?.get(name));
        if let Some(text) = value.and_then(plain) {
            labels.push((name.as_str().into(), text.into()));
        }
    }
    labels
}

/// A custom variable as text: words, numbers, switches, and lists of them.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Array(items) => Some(items.iter().filter_map(plain).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Object(_) => None,
    }
}

fn said(author: &Text<'_>, text: &Text<'_>) -> String {
    format!("{}: {}", author.given().unwrap_or("somebody"), text.as_str())
}

fn until(end: Option<Instant>) -> String {
    end.map(|end| end.format(" (until %Y-%m-%d %H:%M UTC)").to_string()).unwrap_or_default()
}

fn summary((host, service): Object<'_>, says: &str, verdict: &Verdict) -> String {
    let what = if service.is_empty() { host.to_owned() } else { format!("{service} on {host}") };
    let says = says.lines().next().unwrap_or_default().trim();
    match verdict {
        Verdict::Unknown("pending") => format!("{what} was never checked"),
        Verdict::Unknown("overdue") => format!("{what} was not checked in time; it said: {says}"),
        Verdict::Unknown("unreachable") => format!("{what} is out of reach: {says}"),
        Verdict::Says(word) | Verdict::Unknown(word) if says.is_empty() => format!("{what} is {word}"),
        _ => format!("{what}: {says}"),
    }
}

fn address<'c>(reader: &Reader, check: &'c Check<'_>, (host, service): Object<'_>) -> Cow<'c, str> {
    let Some(web) = &reader.web else { return check.notes_url.as_str().into() };
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    match service {
        "" => format!("{web}/icingadb/host?name={}", encode(host)).into(),
        _ => format!("{web}/icingadb/service?name={}&host.name={}", encode(service), encode(host)).into(),
    }
}
