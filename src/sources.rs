//! One adapter a product behind one trait, with its own settings; the shared HTTP client; the poller.
//!
//! A source reports observations and capabilities; it never decides business meaning. Whatever a remote system does
//! (hang, flood, lie) ends here as a [`error::SourceError`] of that one source. Adding a source is a file with an
//! `impl Source` and a row of [`kind::TYPES`].
//!
//! Reading order: [`kind`] (which types there are), [`settings`], [`client`], [`poller`], [`gate`] (writing), then one
//! adapter.

pub mod alerta;
pub mod alertmanager;
pub mod body;
pub mod client;
pub mod conditions;
pub mod drafting;
pub mod error;
pub mod figures;
pub mod filter;
pub mod focus;
pub mod gate;
pub mod gather;
pub mod github;
pub mod goals;
pub mod http_json;
pub mod icinga2;
pub mod jira;
pub mod kind;
pub mod nagios;
pub mod opencost;
pub mod pagerduty;
pub mod plan;
pub mod poller;
pub mod prometheus;
pub mod records;
pub mod redmine;
pub mod remark;
pub mod retry;
pub mod rt;
pub mod secret;
pub mod servicenow;
pub mod settings;
pub mod slices;
pub mod text;
pub mod words;
pub mod zabbix;

use std::collections::BTreeMap;

use async_trait::async_trait;

use self::error::SourceError;
use self::kind::Capabilities;
use self::plan::Plan;
use crate::domain::facts::ObjectiveFacts;
use crate::domain::id::ObjectiveId;
use crate::domain::observation::{FiguresReport, StateReport};
use crate::domain::span::Instant;
use crate::domain::write::{Intent, Outcome, Preview};

/// Where the time of day comes from: the one clock of the program, or that of a test.
pub type Clock = fn() -> Instant;

/// One configured system that is asked.
#[async_trait]
pub trait Source: Send + Sync {
    /// What it can report.
    fn capabilities(&self) -> Capabilities;

    /// All that is so now: signals, tickets, changes.
    async fn state(&self, now: Instant) -> Result<StateReport, SourceError>;

    /// Numbers of queries. A query that fails alone is named in the report; the whole fails only where nothing
    /// could be reached.
    async fn figures(&self, plan: &Plan, now: Instant) -> Result<FiguresReport, SourceError> {
        let _ = (plan, now);
        Ok(FiguresReport::default())
    }

    /// One bounded step towards older figures that are still missing, newest first; `None` when none is. What it
    /// returns replaces those objectives in the last report.
    async fn backfill(
        &self,
        plan: &Plan,
        now: Instant,
    ) -> Result<Option<BTreeMap<ObjectiveId, ObjectiveFacts>>, SourceError> {
        let _ = (plan, now);
        Ok(None)
    }

    /// Looks at what a write is about as it is now, and gives the exact request. Only reads. Asked only for the
    /// kinds that [`Capabilities::writes`] names, and only where the configuration allows writing: see [`gate`].
    async fn prepare(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        let _ = now;
        Err(SourceError::CannotWrite { type_word: "this".to_owned(), kind: intent.kind })
    }

    /// Sends what was previewed, once ([`client::Client::send_once`]), and says what the server said.
    async fn send(&self, preview: &Preview) -> Outcome {
        Outcome::NotSent { why: format!("this type of source can't {}", preview.intent.kind.word()) }
    }
}
