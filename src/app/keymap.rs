//! Which key does what: made from the action table, checked for conflicts.

use std::collections::BTreeMap;

use super::action::{ACTIONS, Action, Context};
use super::key::Key;

/// Which key does what, by context.
#[derive(Clone, Debug)]
pub struct Keymap {
    keys: BTreeMap<(Context, Key), usize>,
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
        action: &'static str,
    },
}

impl Keymap {
    /// The keymap of a table of actions.
    ///
    /// # Errors
    /// The first key that is none, or that two actions of one context have.
    pub fn of(actions: &[Action]) -> Result<Self, KeymapError> {
        let mut keys: BTreeMap<(Context, Key), usize> = BTreeMap::new();
        for (index, action) in actions.iter().enumerate() {
            for text in action.keys {
                let key = Key::parse(text)
                    .ok_or_else(|| KeymapError::NoKey { key: (*text).to_owned(), action: action.name })?;
                if let Some(first) = keys.insert((action.context, key), index) {
                    let first = actions[first].name;
                    return Err(KeymapError::Conflict { key: key.to_string(), first, second: action.name });
                }
            }
        }
        Ok(Self { keys })
    }

    /// What a key does where these contexts apply, the innermost first.
    pub fn action(&self, contexts: &[Context], key: Key) -> Option<&'static Action> {
        contexts.iter().find_map(|context| self.keys.get(&(*context, key))).and_then(|index| ACTIONS.get(*index))
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::of(ACTIONS).expect("a test builds the keymap of the action table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_no_conflicts_and_unique_names() {
        Keymap::of(ACTIONS).expect("no conflicts");
        let mut names: Vec<&str> = ACTIONS.iter().map(|action| action.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ACTIONS.len());
    }

    #[test]
    fn a_conflict_names_both_actions() {
        let mut actions = ACTIONS.to_vec();
        actions[1].keys = &["Enter"];
        let error = Keymap::of(&actions).expect_err("two actions on Enter");
        assert_eq!(error.to_string(), "the key Enter would do both \"open\" and \"why\": give one of them another key");
        actions[1].keys = &["Strg-x"];
        assert!(Keymap::of(&actions).expect_err("no key").to_string().contains("Strg-x"));
    }

    #[test]
    fn no_key_needs_alt_or_flow_control() {
        for key in ACTIONS.iter().flat_map(|action| action.keys) {
            assert!(!key.contains("Alt-") && !["Ctrl-s", "Ctrl-q", "Ctrl-b"].contains(key), "{key}");
        }
    }
}
