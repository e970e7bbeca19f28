//! What the SLA of a ticketing system is about: response, update or resolution. Its name says it, in words that are a
//! company's own, so a table of the configuration comes first, then the words in the name.

use std::collections::BTreeMap;

use crate::domain::facts::NativeClock;
use crate::domain::map::Goal;

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

/// Of several SLAs about the same goal, the one that is breached first counts.
pub fn keep_nearest(native: &mut Vec<(Goal, NativeClock)>, goal: Goal, clock: NativeClock) {
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
}
