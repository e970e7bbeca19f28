//! SLA cycles of Jira Service Management as clocks.
//!
//! An SLA has at most one ongoing cycle, and completed ones; the ongoing one counts, else the last. Its name says what
//! it is about: names are a site's own, so a table of the configuration comes first, then the words in the name.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use serde::Deserialize;

use crate::domain::facts::NativeClock;
use crate::domain::map::Goal;
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

/// Where an SLA stands.
pub(super) struct State {
    pub clock: NativeClock,
    /// When it was met or given up.
    pub stopped: Option<Instant>,
    /// When it will be, or was, breached.
    pub breaches: Option<Instant>,
}

impl Sla {
    /// Where it stands; `None` before its first cycle.
    pub fn state(&self) -> Option<State> {
        let last = || self.completed_cycles.as_ref().and_then(|cycles| cycles.last());
        let cycle = self.ongoing_cycle.as_ref().or_else(last)?;
        let span = |length: &Option<Length>| TimeDelta::try_milliseconds(length.as_ref()?.millis);
        let at = |moment: &Option<Moment>| DateTime::from_timestamp_millis(moment.as_ref()?.epoch_millis);
        let remaining = span(&cycle.remaining_time)?;
        Some(State {
            clock: NativeClock {
                elapsed: span(&cycle.elapsed_time)?,
                remaining,
                paused: cycle.paused.unwrap_or(false),
                breached: cycle.breached.unwrap_or(remaining < TimeDelta::zero()),
            },
            stopped: at(&cycle.stop_time).filter(|_| self.ongoing_cycle.is_none()),
            breaches: at(&cycle.breach_time),
        })
    }
}

/// The table of the configuration, names in lower case.
pub(super) fn goals(own: Option<&toml::Value>) -> BTreeMap<String, Goal> {
    let table = own.and_then(toml::Value::as_table).into_iter().flatten();
    let all = [Goal::Respond, Goal::Update, Goal::Resolve];
    let goal = |word: &toml::Value| all.into_iter().find(|goal| word.as_str() == Some(goal.word()));
    table.filter_map(|(name, word)| Some((name.to_lowercase(), goal(word)?))).collect()
}

/// What an SLA of this name is about.
pub(super) fn goal(name: &str, own: &BTreeMap<String, Goal>) -> Option<Goal> {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    own.get(&name).copied().or_else(|| {
        if has(&["response", "respond", "acknowledge"]) {
            Some(Goal::Respond)
        } else if has(&["resolution", "resolve", "restore", "to done", "to close"]) {
            Some(Goal::Resolve)
        } else if has(&["update"]) {
            Some(Goal::Update)
        } else {
            None
        }
    })
}

/// Of several SLAs about the same goal, the one that is breached first counts.
pub(super) fn keep_nearest(native: &mut Vec<(Goal, NativeClock)>, goal: Goal, clock: NativeClock) {
    match native.iter_mut().find(|(known, _)| *known == goal) {
        Some((_, known)) if clock.remaining < known.remaining => *known = clock,
        Some(_) => {}
        None => native.push((goal, clock)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_an_sla_is_about_unless_the_configuration_does() {
        let own = BTreeMap::from([("time to wow".to_owned(), Goal::Resolve)]);
        let about = |name: &str| goal(name, &own);
        assert_eq!(about("Time to first response"), Some(Goal::Respond));
        assert_eq!(about("Time to resolution"), Some(Goal::Resolve));
        assert_eq!(about("Next update due"), Some(Goal::Update));
        assert_eq!(about("Time to WOW"), Some(Goal::Resolve));
        assert_eq!(about("Time to approve"), None);
    }

    #[test]
    fn a_breached_cycle_of_the_documents_is_read() {
        // The durations are those of an example in Atlassian's documents; they add up to a goal of 16 hours.
        let json = r#"{"completedCycles":[{"elapsedTime":{"millis":1},"remainingTime":{"millis":2}}],
            "ongoingCycle":{"breachTime":{"epochMillis":1796000000000},"breached":true,"paused":true,
            "elapsedTime":{"millis":1155101524},"remainingTime":{"millis":-1097501524}}}"#;
        let state = serde_json::from_str::<Sla>(json).expect("an SLA").state().expect("a cycle");
        assert_eq!((state.clock.elapsed + state.clock.remaining).num_hours(), 16);
        assert!(state.clock.breached && state.clock.paused && state.stopped.is_none());
        assert!(serde_json::from_str::<Sla>(r#"{"completedCycles":[]}"#).expect("an SLA").state().is_none());
    }
}
