//! Which key does what: the keys of the action table, with the operator's changes on top, checked for conflicts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::action::{ACTIONS, Action, Context};
use super::key::Key;

/// Which key does what, by context.
#[derive(Clone, Debug)]
pub struct Keymap {
    keys: BTreeMap<(Context, Key), &'static Action>,
    /// The keys of each action, by its name.
    of: BTreeMap<&'static str, Vec<Key>>,
}

/// Other keys for an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The action's name.
    pub action: String,
    /// All its keys, in place of those it has.
    pub keys: Vec<String>,
}

/// What is wrong with changes, and with which.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The number of the change, and of the key in it where one is meant; none where the keymap as a whole is meant.
    pub at: Option<(usize, Option<usize>)>,
    /// What it is.
    pub error: KeymapError,
}

/// What is wrong with a keymap.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeymapError {
    /// One key, two actions.
    #[error("the key {key} would do both \"{first}\" and \"{second}\": give one of them another key")]
    Conflict {
        /// The key.
        key: String,
        /// The action that has it.
        first: &'static str,
        /// The action that would have it too.
        second: &'static str,
    },
    /// No such key.
    #[error("\"{key}\" (for \"{action}\") is no key: write it like j, G, Ctrl-u, S-Tab, PgUp, space or F5")]
    NoKey {
        /// What stands there.
        key: String,
        /// The action that it is meant for.
        action: String,
    },
    /// No such action.
    #[error("there is no action \"{0}\"")]
    NoAction(String),
    /// The same action twice.
    #[error("\"{0}\" stands here twice")]
    Twice(String),
    /// Nobody could leave.
    #[error("neither \"quit\" nor \"command\" has a key: nobody could leave")]
    NoWayOut,
}

impl Keymap {
    /// The keymap of the action table with changes on top.
    ///
    /// # Errors
    /// All that is wrong with the changes.
    pub fn with(changes: &[Change]) -> Result<Self, Vec<Fault>> {
        Self::of(ACTIONS, changes)
    }

    fn of(actions: &'static [Action], changes: &[Change]) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut changed: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, change) in changes.iter().enumerate() {
            let name = change.action.as_str();
            let error = if !actions.iter().any(|action| action.name == name) {
                KeymapError::NoAction(name.to_owned())
            } else if changed.insert(name, number).is_some() {
                KeymapError::Twice(name.to_owned())
            } else {
                continue;
            };
            faults.push(Fault { at: Some((number, None)), error });
        }
        let mut keymap = Self { keys: BTreeMap::new(), of: BTreeMap::new() };
        // What was changed comes last, so that a conflict is reported where somebody wrote it.
        let (kept, moved): (Vec<_>, Vec<_>) = actions.iter().partition(|action| !changed.contains_key(action.name));
        for action in kept {
            keymap.bind(action, action.keys.iter().copied(), None, &mut faults);
        }
        for action in moved {
            let number = changed[action.name];
            keymap.bind(action, changes[number].keys.iter().map(String::as_str), Some(number), &mut faults);
        }
        let has_key = |name: &str| keymap.of.get(name).is_some_and(|keys| !keys.is_empty());
        if !has_key("quit") && !has_key("command") {
            let quit = changed.get("quit").or_else(|| changed.get("command"));
            faults.push(Fault { at: quit.map(|number| (*number, None)), error: KeymapError::NoWayOut });
        }
        if faults.is_empty() { Ok(keymap) } else { Err(faults) }
    }

    fn bind<'a>(
        &mut self,
        action: &'static Action,
        keys: impl Iterator<Item = &'a str>,
        change: Option<usize>,
        faults: &mut Vec<Fault>,
    ) {
        let mut bound = Vec::new();
        for (at, text) in keys.enumerate() {
            let error = match Key::parse(text) {
                None => KeymapError::NoKey { key: text.to_owned(), action: action.name.to_owned() },
                Some(key) => {
                    let meeting = Context::ALL.into_iter().filter(|other| action.context.meets(*other));
                    let first = meeting.filter_map(|context| self.keys.get(&(context, key))).next();
                    if let Some(first) = first {
                        KeymapError::Conflict { key: key.to_string(), first: first.name, second: action.name }
                    } else {
                        self.keys.insert((action.context, key), action);
                        bound.push(key);
                        continue;
                    }
                }
            };
            faults.push(Fault { at: change.map(|number| (number, Some(at))), error });
        }
        self.of.insert(action.name, bound);
    }

    /// The keys of an action.
    pub fn keys(&self, action: &Action) -> &[Key] {
        self.of.get(action.name).map_or(&[], Vec::as_slice)
    }

    /// The keys of an action as they are shown, apart by blanks.
    pub fn shown(&self, action: &Action) -> String {
        self.keys(action).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// What a key does where these contexts apply, the innermost first.
    pub fn action(&self, contexts: &[Context], key: Key) -> Option<&'static Action> {
        contexts.iter().find_map(|context| self.keys.get(&(*context, key))).copied()
    }

    /// As the file of the operator's own keys would have it, with a line about each action.
    pub fn text(&self) -> String {
        let mut text = "# Keys by action. A keys.toml beside config.toml needs only those that differ.\n".to_owned();
        for context in Context::ALL {
            let _ = writeln!(text, "\n# {}", context.title().to_lowercase());
            for action in ACTIONS.iter().filter(|action| action.context == context) {
                let keys = self.keys(action).iter().map(|key| toml::Value::from(key.to_string()).to_string());
                let line = format!("{} = [{}]", action.name, keys.collect::<Vec<_>>().join(", "));
                let _ = writeln!(text, "{line:<36} # {}", action.title);
            }
        }
        text
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with(&[]).expect("a test builds the keymap of the action table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(changes: &[(&str, &[&str])]) -> Result<Keymap, Vec<String>> {
        let change = |(action, keys): &(&str, &[&str])| Change {
            action: (*action).to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        let changes: Vec<Change> = changes.iter().map(change).collect();
        Keymap::with(&changes).map_err(|faults| faults.iter().map(|fault| fault.error.to_string()).collect())
    }

    #[test]
    fn the_table_has_no_conflicts_and_unique_names() {
        with(&[]).expect("no conflicts");
        let mut names: Vec<&str> = ACTIONS.iter().map(|action| action.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ACTIONS.len());
    }

    #[test]
    fn an_action_gets_other_keys_and_loses_those_it_had() {
        let keymap = with(&[("why", &["W", "F5"]), ("sort", &["w"])]).expect("no conflicts");
        let does = |key: &str| {
            let key = Key::parse(key).expect("a key");
            keymap.action(&[Context::List, Context::Global], key).map(|action| action.name)
        };
        assert_eq!((does("W"), does("F5"), does("w"), does("s")), (Some("why"), Some("why"), Some("sort"), None));
    }

    #[test]
    fn a_conflict_names_both_actions() {
        let wrong = with(&[("why", &["Enter"])]).expect_err("two actions on Enter");
        assert_eq!(wrong, ["the key Enter would do both \"open\" and \"why\": give one of them another key"]);
        let wrong = with(&[("why", &["space"])]).expect_err("a list's key hides that of everywhere");
        assert_eq!(wrong, ["the key space would do both \"freeze\" and \"why\": give one of them another key"]);
        with(&[("close", &["s"])]).expect("a tree's keys go before those of lists");
    }

    #[test]
    fn all_that_is_wrong_is_said() {
        let wrong = with(&[("why", &["Strg-x"]), ("no-such", &[]), ("quit", &[]), ("command", &[])]);
        let wrong = wrong.expect_err("wrong");
        for part in ["Strg-x", "no action \"no-such\"", "nobody could leave"] {
            assert!(wrong.iter().any(|error| error.contains(part)), "{part} is not in {wrong:?}");
        }
    }

    #[test]
    fn no_key_needs_alt_or_flow_control() {
        for key in ACTIONS.iter().flat_map(|action| action.keys) {
            assert!(!key.contains("Alt-") && !["Ctrl-s", "Ctrl-q", "Ctrl-b"].contains(key), "{key}");
        }
    }

    #[test]
    fn its_text_is_toml_that_changes_nothing() {
        let text = Keymap::default().text();
        let table: toml::Table = text.parse().expect("TOML");
        assert_eq!(table.len(), ACTIONS.len());
        for action in ACTIONS {
            let keys: Vec<&str> =
                table[action.name].as_array().expect("a list").iter().filter_map(toml::Value::as_str).collect();
            assert_eq!(keys, action.keys);
        }
    }
}
