//! SLA cycles of Jira Service Management as clocks.
//!
//! An SLA has at most one ongoing cycle, and completed ones; the ongoing one counts, else the last.

use chrono::{DateTime, TimeDelta};
use serde::Deserialize;

use crate::domain::facts::NativeClock;
use crate::domain::span::Instant;

/// The value of an SLA field, and an entry of `request/…/sla`.
#[derive(Deserialize)]
#[serde(expecting = "an SLA", rename_all = "camelCase")]
pub(super) struct Sla {
    #[serde(default)]
    completed_cycles: Option<Vec<Cycle>>,
    #[serde(default)]
    ongoing_cycle: Option<Cycle>,
}

#[derive(Deserialize)]
#[serde(expecting = "a cycle of an SLA", rename_all = "camelCase")]
struct Cycle {
    #[serde(default)]
    stop_time: Option<Moment>,
    #[serde(default)]
    breach_time: Option<Moment>,
    #[serde(default)]
    breached: Option<bool>,
    #[serde(default)]
    paused: Option<bool>,
    #[serde(default)]
    within_calendar_hours: Option<bool>,
    #[serde(default)]
    elapsed_time: Option<Length>,
    #[serde(default)]
    remaining_time: Option<Length>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Moment {
    epoch_millis: i64,
}

#[derive(Deserialize)]
struct Length {
    millis: i64,
}

impl Sla {
    /// Where it stands; `None` before its first cycle.
    pub fn clock(&self) -> Option<NativeClock> {
        let last = || self.completed_cycles.as_ref().and_then(|cycles| cycles.last());
        let cycle = self.ongoing_cycle.as_ref().or_else(last)?;
        let span = |length: &Option<Length>| TimeDelta::try_milliseconds(length.as_ref()?.millis);
        let at = |moment: &Option<Moment>| -> Option<Instant> {
            DateTime::from_timestamp_millis(moment.as_ref()?.epoch_millis)
        };
        let remaining = span(&cycle.remaining_time)?;
        let is_over = self.ongoing_cycle.is_none();
        Some(NativeClock {
            elapsed: span(&cycle.elapsed_time)?,
            remaining,
            paused: cycle.paused.unwrap_or(false),
            breached: cycle.breached.unwrap_or(remaining < TimeDelta::zero()),
            due: at(&cycle.breach_time),
            stopped: at(&cycle.stop_time).filter(|_| is_over),
            open: is_over || cycle.within_calendar_hours.unwrap_or(true),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breached_cycle_of_the_documents_is_read() {
        // The durations are those of an example in Atlassian's documents; they add up to a goal of 16 hours.
        let json = r#"{"completedCycles":[{"elapsedTime":{"millis":1},"remainingTime":{"millis":2}}],
            "ongoingCycle":{"breachTime":{"epochMillis":1796000000000},"breached":true,"paused":true,"withinCalendarHours":false,
            "elapsedTime":{"millis":1155101524},"remainingTime":{"millis":-1097501524}}}"#;
        let clock = serde_json::from_str::<Sla>(json).expect("an SLA").clock().expect("a cycle");
        assert_eq!((clock.elapsed + clock.remaining).num_hours(), 16);
        assert!(clock.breached && clock.paused && clock.stopped.is_none() && !clock.open);
        assert_eq!(clock.due, DateTime::from_timestamp_millis(1_796_000_000_000));
        assert!(serde_json::from_str::<Sla>(r#"{"completedCycles":[]}"#).expect("an SLA").clock().is_none());
    }
}
