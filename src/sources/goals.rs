//! What the SLA of a ticketing system is about: response, update or resolution. Its name says it, in words that are a
//! company's own, so a table of the configuration comes first, then the words in the name.

use std::collections::BTreeMap;

use crate::domain::facts::NativeClock;
use crate::domain::map::Goal;
use crate::domain::span::Instant;

/// The table of the configuration, names in lower case.
pub fn goals(own: Option<&toml::Value>) -> BTreeMap<String, Goal> {
    let table = own.and_then(toml::Value::as_table).into_iter().flatten();
    let all = [Goal::Respond, Goal::Update, Goal::Resolve];
    let goal = |word: &toml::Value| all.into_iter().find(|goal| word.as_str() == Some(goal.word()));
    table.filter_map(|(name, word)| Some((name.to_lowercase(), goal(word)?))).collect()
}

/// What an SLA of this name is about.
pub fn goal(name: &str, own: &BTreeMap<String, Goal>) -> Option<Goal> {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    own.get(&name).copied().or_else(|| {
        if has(&["response", "respond", "acknowledge"]) {
            Some(Goal::Respond)
        } else if has(&["resolution", "resolve", "restore", "to done", "to close", "fix"]) {
            Some(Goal::Resolve)
        } else if has(&["update"]) {
            Some(Goal::Update)
        } else {
            None
        }
    })
}

/// Of several SLAs about the same goal, one that runs counts before one that is paused, and that before one that is
/// over; then the one that is breached first.
pub fn keep_nearest(native: &mut Vec<(Goal, NativeClock)>, goal: Goal, clock: NativeClock) {
    let rank = |clock: &NativeClock| (clock.stopped.is_some(), clock.paused, clock.remaining);
    match native.iter_mut().find(|(known, _)| *known == goal) {
        Some((_, known)) if rank(&clock) < rank(known) => *known = clock,
        Some(_) => {}
        None => native.push((goal, clock)),
    }
}

/// When somebody answered, and when the resolution is due, as the clocks that count have it.
pub fn milestones(native: &[(Goal, NativeClock)]) -> (Option<Instant>, Option<Instant>) {
    let of = |goal| native.iter().find(|(known, _)| *known == goal).map(|(_, clock)| clock);
    let responded = of(Goal::Respond).and_then(|clock| clock.stopped);
    (responded, of(Goal::Resolve).filter(|clock| clock.stopped.is_none()).and_then(|clock| clock.due))
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
    fn one_that_is_over_hides_none_that_runs() {
        let of = |minutes| NativeClock { remaining: chrono::TimeDelta::minutes(minutes), ..NativeClock::default() };
        let over = NativeClock { stopped: "2026-11-24T10:00:00Z".parse().ok(), ..of(-5) };
        let paused = NativeClock { paused: true, ..of(1) };
        let mut native = Vec::new();
        for (clock, counts) in
            [(over, over), (paused, paused), (over, paused), (of(9), of(9)), (paused, of(9)), (of(3), of(3))]
        {
            keep_nearest(&mut native, Goal::Resolve, clock);
            assert_eq!(native, [(Goal::Resolve, counts)]);
        }
    }
}
