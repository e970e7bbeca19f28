//! `/api/v1/alerts` as signals: firing alerts, and pending ones where the source says `soft`.

use serde::Deserialize;

use super::super::client::Answer;
use super::super::error::SourceError;
use super::super::gather::{Gather, Memory, RawAlert, json_error};
use super::super::text::{Text, TextPairs};
use super::Reader;
use super::muted::Muted;
use super::query::Envelope;
use crate::domain::clean::clean_line;
use crate::domain::observation::StateReport;
use crate::domain::severity::Handling;
use crate::domain::span::Instant;

#[derive(Deserialize)]
#[serde(expecting = "an object with `alerts`")]
struct Alerts<'a> {
    #[serde(borrow, default)]
    alerts: Option<Vec<Alert<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an alert")]
struct Alert<'a> {
    #[serde(borrow, default)]
    labels: TextPairs<'a>,
    #[serde(borrow, default)]
    annotations: Option<Annotations<'a>>,
    #[serde(borrow, default)]
    state: Text<'a>,
    #[serde(borrow, default, rename = "activeAt")]
    active_at: Text<'a>,
    /// Of vmalert; Prometheus has none here.
    #[serde(borrow, default)]
    source: Text<'a>,
}

/// The annotations that are read.
#[derive(Deserialize, Default)]
#[serde(expecting = "an object of annotations")]
pub(in crate::sources) struct Annotations<'a> {
    #[serde(borrow, default)]
    summary: Text<'a>,
    #[serde(borrow, default)]
    description: Text<'a>,
    #[serde(borrow, default)]
    message: Text<'a>,
}

impl Annotations<'_> {
    /// Candidates for a summary.
    pub(in crate::sources) fn summaries(&self) -> [&str; 3] {
        [self.summary.as_str(), self.description.as_str(), self.message.as_str()]
    }
}

pub(super) fn report(
    reader: &Reader,
    (answers, failed): (&[Answer], &[SourceError]),
    muted: &Muted,
    memory: &mut Memory,
    now: Instant,
) -> Result<StateReport, SourceError> {
    let filter = reader.filter.as_ref().map_err(Clone::clone)?;
    let mut gather = Gather::new(&reader.source, filter, &reader.words, memory, now);
    for error in failed {
        gather.note(format!("one of the cluster does not answer: {error}"));
    }
    for answer in answers {
        let text = answer.text()?;
        let envelope: Envelope<Alerts> =
            serde_json::from_str(text).map_err(|error| json_error(&answer.place, text, &error))?;
        let (data, warnings) = envelope.open(&answer.place)?;
        for note in warnings.into_iter().chain(answer.clock_note()) {
            gather.note(note);
        }
        let alerts = data.alerts.unwrap_or_default();
        gather.expect(alerts.len());
        for alert in alerts {
            match alert.state.as_str() {
                "pending" if !reader.soft => continue,
                "inactive" => continue,
                "pending" | "firing" | "" => {}
                other => {
                    gather.note(format!("the state {:?} of an alert is not known; it counts", clean_line(other, 40)));
                }
            }
            let annotations = alert.annotations.unwrap_or_default();
            let handled_by = muted.by(&alert.labels);
            gather.add(&RawAlert {
                id: None,
                labels: &alert.labels,
                summaries: annotations.summaries(),
                since: alert.active_at.as_str(),
                link: alert.source.as_str(),
                handling: if handled_by.is_some() { Handling::Acknowledged } else { Handling::None },
                handled_by,
            });
        }
    }
    Ok(gather.finish(answers.len() > 1))
}
