//! The table of source types: one row each. Adding a source adds its file and its row.

use std::fmt;

use super::error::SourceError;
use super::settings::Settings;
use super::{
    Clock, Source, alerta, alertmanager, focus, github, http_json, icinga2, jira, nagios, opencost, pagerduty,
    prometheus, redmine, rt, servicenow, zabbix,
};
use crate::domain::map::Silence;
use crate::domain::write::{WriteKind, WriteKinds};

/// What a type of source can report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capabilities {
    /// Alerts or checks, and what it means where a mapped leaf has none.
    pub signals: Option<Silence>,
    /// Tickets.
    pub tickets: bool,
    /// Changes or maintenance.
    pub changes: bool,
    /// Answers to queries: objectives, checks, measured figures, spend.
    pub figures: bool,
    /// What can be written, where the configuration allows it.
    pub writes: WriteKinds,
}

impl Capabilities {
    const NONE: Self = Self { signals: None, tickets: false, changes: false, figures: false, writes: WriteKinds::NONE };
    /// Alerts: silence is ok.
    pub const ALERTS: Self = Self { signals: Some(Silence::Ok), ..Self::NONE };
    /// Checks: a check that is not there is unknown.
    pub const CHECKS: Self = Self { signals: Some(Silence::Unknown), changes: true, ..Self::NONE };
    /// Tickets.
    pub const TICKETS: Self = Self { tickets: true, ..Self::NONE };
    /// Figures.
    pub const FIGURES: Self = Self { figures: true, ..Self::NONE };

    /// The same with figures, too.
    #[must_use]
    pub const fn and_figures(self) -> Self {
        Self { figures: true, ..self }
    }

    /// The same with changes, too.
    #[must_use]
    pub const fn and_changes(self) -> Self {
        Self { changes: true, ..self }
    }

    /// The same with these writes, too.
    #[must_use]
    pub const fn and_writes(self, kinds: &[WriteKind]) -> Self {
        Self { writes: WriteKinds::of(kinds), ..self }
    }

    /// The same with tickets, too.
    #[must_use]
    pub const fn and_tickets(self) -> Self {
        Self { tickets: true, ..self }
    }
}

/// How an adapter is made from its settings. Nothing is connected before the first poll.
pub type Build = fn(&Settings, Clock) -> Box<dyn Source>;

/// A row of the table of types.
#[derive(Clone, Copy)]
pub struct SourceType {
    /// The `type` word of the configuration.
    pub word: &'static str,
    /// What it can report.
    pub capabilities: Capabilities,
    /// Whether it is asked through a `url`.
    pub needs_url: bool,
    /// How often it is asked unless the configuration says otherwise, in seconds.
    pub every: u64,
    /// How long one request may take unless the configuration says otherwise, in seconds.
    pub timeout: u64,
    /// What it is, in a line.
    pub doc: &'static str,
    /// How it is made; `None` where this version has no adapter yet.
    pub build: Option<Build>,
}

impl fmt::Debug for SourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceType")
            .field("word", &self.word)
            .field("built", &self.build.is_some())
            .finish_non_exhaustive()
    }
}

const fn row(word: &'static str, capabilities: Capabilities, doc: &'static str, build: Option<Build>) -> SourceType {
    SourceType { word, capabilities, needs_url: true, every: 60, timeout: 10, doc, build }
}

const ALERTS: Capabilities = Capabilities::ALERTS;
const CHECKS: Capabilities = Capabilities::CHECKS;
const TICKETS: Capabilities = Capabilities::TICKETS;

use WriteKind::{Acknowledge, Comment, Create, Link};

/// All types.
#[rustfmt::skip]
pub const TYPES: &[SourceType] = &[
    SourceType { every: 15, ..row("prometheus", ALERTS.and_figures().and_writes(&[Acknowledge, WriteKind::Silence]), "Prometheus and what speaks its API (Thanos, Mimir, VictoriaMetrics): alerts and queries", Some(prometheus::build)) },
    SourceType { every: 15, ..row("alertmanager", ALERTS.and_writes(&[Acknowledge, WriteKind::Silence]), "Alertmanager v2: alerts with silences and inhibition", Some(alertmanager::build)) },
    row("rt", TICKETS.and_writes(&[Acknowledge, Comment, Create, Link]), "Request Tracker 5 (REST2): tickets", Some(rt::build)),
    row("icinga2", CHECKS.and_writes(icinga2::KINDS), "Icinga 2: checks, acknowledgements, downtimes", Some(icinga2::build)),
    row("zabbix", ALERTS.and_changes().and_writes(zabbix::KINDS), "Zabbix 6 and 7: problems, maintenance", Some(zabbix::build)),
    row("jira", TICKETS.and_changes().and_writes(jira::writes::KINDS), "Jira and Jira Service Management: issues, SLA cycles, changes", Some(jira::build)),
    row("servicenow", TICKETS.and_changes().and_writes(servicenow::writes::KINDS), "ServiceNow: incidents, task SLAs, changes", Some(servicenow::build)),
    SourceType { needs_url: false, ..row("pagerduty", ALERTS.and_tickets().and_writes(pagerduty::writes::KINDS), "PagerDuty: incidents", Some(pagerduty::build)) },
    row("http-json", ALERTS.and_tickets().and_changes(), "any JSON API, described in the configuration", Some(http_json::build)),
    row("nagios", CHECKS.and_writes(nagios::KINDS), "Nagios Core (JSON CGIs): checks", Some(nagios::build)),
    row("alerta", ALERTS.and_changes().and_writes(alerta::KINDS), "Alerta: alerts", Some(alerta::build)),
    row("redmine", TICKETS.and_writes(redmine::KINDS), "Redmine: issues", Some(redmine::build)),
    SourceType { needs_url: false, ..row("github", TICKETS.and_writes(github::writes::KINDS), "GitHub: issues", Some(github::build)) },
    // It adds up a month at every question.
    SourceType { every: 900, timeout: 60, ..row("opencost", Capabilities::FIGURES, "OpenCost: spend of a cluster", Some(opencost::build)) },
    SourceType { needs_url: false, ..row("focus", Capabilities::FIGURES, "FOCUS billing files: spend", Some(focus::build)) },
];

/// The words of all types.
pub static WORDS: [&str; TYPES.len()] = {
    let (mut words, mut at) = ([""; TYPES.len()], 0);
    while at < words.len() {
        words[at] = TYPES[at].word;
        at += 1;
    }
    words
};

/// The row of a `type` word.
pub fn find(word: &str) -> Option<&'static SourceType> {
    TYPES.iter().find(|kind| kind.word == word)
}

/// Makes the adapter of a source.
///
/// # Errors
/// [`SourceError::NotBuilt`] where this version has none for the type.
pub fn build(settings: &Settings, clock: Clock) -> Result<Box<dyn Source>, SourceError> {
    match find(&settings.type_word).and_then(|kind| kind.build) {
        Some(build) => Ok(build(settings, clock)),
        None => Err(SourceError::NotBuilt(settings.type_word.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_adapters_say() {
        for kind in TYPES {
            let Some(build) = kind.build else { continue };
            let settings = Settings {
                name: "src".into(),
                type_word: kind.word.to_owned(),
                urls: Vec::new(),
                every: std::time::Duration::from_secs(15),
                timeout: std::time::Duration::from_secs(10),
                auth: None,
                ca: None,
                cert: None,
                key: None,
                severity: std::collections::BTreeMap::new(),
                only: std::collections::BTreeMap::new(),
                never: std::collections::BTreeMap::new(),
                heartbeat: Vec::new(),
                soft: false,
                write: true,
                own: toml::Table::new(),
            };
            let adapter = build(&settings, || crate::domain::span::Instant::UNIX_EPOCH);
            assert_eq!(adapter.capabilities(), kind.capabilities, "{}", kind.word);
        }
    }

    #[test]
    fn words_are_unique() {
        for (index, kind) in TYPES.iter().enumerate() {
            assert!(TYPES[..index].iter().all(|other| other.word != kind.word), "{}", kind.word);
        }
    }
}
