//! What a Prometheus knows that a map can begin with: its targets, its alerting rules, its Alertmanagers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Deserialize;

use crate::domain::map::{Kind, Map};
use crate::sources::Clock;
use crate::sources::client::Client;
use crate::sources::figures::Metrics;
use crate::sources::prometheus::Api;
use crate::sources::settings::Settings;

/// Labels that say which service something belongs to, the most telling first.
const SERVICE: [&str; 4] = ["service", "app", "application", "job"];
/// Labels that say whose it is.
const TEAM: [&str; 3] = ["team", "owner", "squad"];
/// Services that a first map shows; more would be a list to prune, not one to name.
const MOST_SERVICES: usize = 200;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Services by name.
    pub(super) services: BTreeMap<String, Service>,
    /// Names of alerts that always fire; those that are called so come first.
    pub(super) heartbeats: BTreeSet<(Meant, String)>,
    /// Addresses of the Alertmanagers that Prometheus notifies.
    pub(super) alertmanagers: BTreeSet<String>,
    /// Services that did not fit in.
    pub(super) left_out: usize,
    /// What could not be asked, and why.
    pub(super) notes: Vec<String>,
}

/// Whether an alert that always fires is meant to be a heartbeat: its name says so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Meant {
    ByName,
    Perhaps,
}

/// A service, as labels tell.
#[derive(Debug, Default)]
pub(super) struct Service {
    /// The label that names it.
    pub(super) label: String,
    /// Whose it is.
    pub(super) team: Option<String>,
    /// Its scrape jobs, with how many targets each has.
    pub(super) jobs: BTreeMap<String, usize>,
    /// Whether alerting rules or alerts carry its name in the label `service`.
    pub(super) has_alerts: bool,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rule {
    name: String,
    query: String,
    state: String,
    labels: BTreeMap<String, String>,
    alerts: Vec<Alert>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Alert {
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Alertmanagers {
    active_alertmanagers: Vec<Alertmanager>,
}

#[derive(Deserialize)]
struct Alertmanager {
    url: String,
}

/// Looks at a Prometheus. Rules and Alertmanagers are a bonus; without targets there is nothing to begin with.
pub(super) async fn look(settings: &Settings, clock: Clock) -> Result<Found> {
    let mut found = Found::default();
    let api = Api::new(Client::new(settings, clock));
    for row in api.instant("up", clock()).await?.rows {
        let labels = row.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        found.take_target(&labels);
    }
    let client = Client::new(settings, clock);
    match get::<Rules>(&client, "api/v1/rules").await {
        Ok(rules) => rules.groups.into_iter().flat_map(|group| group.rules).for_each(|rule| found.take_rule(&rule)),
        Err(error) => found.notes.push(format!("rules could not be read: {error:#}")),
    }
    match get::<Alertmanagers>(&client, "api/v1/alertmanagers").await {
        Ok(them) => found.alertmanagers.extend(them.active_alertmanagers.iter().filter_map(base)),
        Err(error) => found.notes.push(format!("Alertmanagers could not be read: {error:#}")),
    }
    while found.services.len() > MOST_SERVICES {
        found.services.pop_last();
        found.left_out += 1;
    }
    Ok(found)
}

async fn get<T: for<'de> Deserialize<'de>>(client: &Client, path: &str) -> Result<T> {
    let answer = client.get_any(path, &[]).await?;
    Ok(serde_json::from_str::<Envelope<T>>(answer.text()?)?.data)
}

/// The address below which an Alertmanager's API is.
fn base(alertmanager: &Alertmanager) -> Option<String> {
    let (base, _) = alertmanager.url.split_once("/api/")?;
    Some(base.to_owned())
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

impl Found {
    fn take_target(&mut self, labels: &BTreeMap<String, String>) {
        let given = |names: &[&'static str]| {
            names
                .iter()
                .find_map(|name| labels.get(*name).filter(|value| !value.is_empty()).map(|value| (*name, value)))
        };
        let Some((label, service)) = given(&SERVICE) else { return };
        let entry = self.services.entry(service.clone()).or_default();
        label.clone_into(&mut entry.label);
        entry.team = entry.team.take().or_else(|| given(&TEAM).map(|(_, team)| team.clone()));
        if let Some(job) = labels.get("job") {
            *entry.jobs.entry(job.clone()).or_default() += 1;
        }
    }

    fn take_rule(&mut self, rule: &Rule) {
        let always = rule.query.replace(' ', "");
        if always == "vector(1)" && rule.state == "firing" {
            let name = rule.name.to_lowercase();
            let is_meant = ["watchdog", "dead", "heartbeat", "alwaysfiring"].iter().any(|part| name.contains(part));
            let meant = if is_meant { Meant::ByName } else { Meant::Perhaps };
            self.heartbeats.insert((meant, rule.name.clone()));
        }
        for labels in rule.alerts.iter().map(|alert| &alert.labels).chain([&rule.labels]) {
            // A template is filled in by each alert.
            let Some(service) = labels.get("service").filter(|it| !it.is_empty() && !it.contains("{{")) else {
                continue;
            };
            let entry = self.services.entry(service.clone()).or_default();
            entry.has_alerts = true;
            if entry.label.is_empty() {
                "service".clone_into(&mut entry.label);
            }
            let team = TEAM.iter().find_map(|name| labels.get(*name)).filter(|it| !it.contains("{{"));
            entry.team = entry.team.take().or_else(|| team.cloned());
        }
    }

    /// What was found and what was made of it, for the person who asked.
    pub(super) fn summary(&self, map: &Map) -> String {
        let count = |kind: Kind| map.named_nodes().filter(|(_, node)| node.kind == kind).count();
        let mut lines = vec![format!(
            "found {}, {}, {}; proposed {}",
            counted(self.services.len(), "service", "services"),
            counted(self.services.values().map(|service| service.jobs.len()).sum(), "scrape job", "scrape jobs"),
            counted(self.alertmanagers.len(), "Alertmanager", "Alertmanagers"),
            counted(count(Kind::Process), "process", "processes"),
        )];
        if self.heartbeats.is_empty() {
            lines.push(
                "no alert that always fires: add the rule {alert: Watchdog, expr: vector(1)}, or silence proves nothing"
                    .to_owned(),
            );
        }
        if self.left_out > 0 {
            lines.push(format!("{} further services were left out", self.left_out));
        }
        lines.extend(self.notes.iter().cloned());
        lines.join("\n")
    }

    #[cfg(test)]
    pub(super) fn of_targets(targets: &[&[(&str, &str)]]) -> Self {
        let mut found = Self::default();
        for target in targets {
            found.take_target(&target.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        }
        found
    }
}
