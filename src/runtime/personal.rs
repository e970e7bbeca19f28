//! What an operator arranges for themselves: keys (`keys.toml`) and themes (`themes/*.toml`) of the configuration folder.
//!
//! A file that is wrong is said and left out: the rest holds, as at night a console with the usual keys is worth more
//! than none.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::app::action::ACTIONS;
use crate::app::keymap::{Change, Keymap, KeymapError};
use crate::config::{Bindings, Diagnostics, Wrong};
use crate::view::theme::{self, Theme};

/// The folder of the operator's own themes.
pub const THEMES: &str = "themes";

/// The keys that a configuration folder asks for.
///
/// # Errors
/// All that is wrong with its file of keys, each at its place.
pub fn keymap(folder: &Path) -> Result<Keymap, Diagnostics> {
    let bindings = Bindings::load(folder)?;
    let changes: Vec<Change> =
        bindings.list.iter().map(|it| Change { action: it.action.clone(), keys: it.keys.clone() }).collect();
    Keymap::with(&changes).map_err(|faults| {
        let wrong = faults.into_iter().map(|fault| Wrong {
            at: fault.at,
            message: fault.error.to_string(),
            word: match fault.error {
                KeymapError::NoAction(name) => Some(name),
                _ => None,
            },
        });
        let names: Vec<&str> = ACTIONS.iter().map(|action| action.name).collect();
        bindings.diagnostics(&wrong.collect::<Vec<_>>(), &names)
    })
}

/// The themes that can be chosen from; there is always one.
#[derive(Clone, Debug)]
pub struct Themes {
    all: Vec<(String, Arc<Theme>)>,
}

impl Themes {
    /// Those that come with the program and those of a configuration folder, and what is wrong with the latter. A
    /// file with the name of one that comes with the program stands for it, and may inherit it. With few colours, their
    /// states are kept apart by colours of their own.
    pub fn load(folder: Option<&Path>, few_colours: bool) -> (Self, Vec<String>) {
        let (own, mut wrong) = folder.map(texts).unwrap_or_default();
        let find = |name: &str| own.get(name).map(String::as_str).or_else(|| theme::embedded(name));
        let mut all = Vec::new();
        let names = theme::names();
        let further = own.keys().map(String::as_str).filter(|name| !names.contains(name));
        for name in names.iter().copied().chain(further) {
            let Some(text) = find(name) else { continue };
            let inherited = |other: &str| if other == name { theme::embedded(name) } else { find(other) };
            match Theme::parse(name, text, |other| inherited(other).map(str::to_owned)) {
                Ok(theme) => all.push((name.to_owned(), Arc::new(theme))),
                Err(error) => {
                    wrong.push(error.to_string());
                    let usual = theme::embedded(name).and_then(|_| Theme::named(name).ok());
                    all.extend(usual.map(|theme| (name.to_owned(), Arc::new(theme))));
                }
            }
        }
        if few_colours {
            all.iter_mut().for_each(|(_, theme)| *theme = Arc::new(theme.with_few_colours()));
        }
        (Self { all }, wrong)
    }

    /// Their names, the standard one first.
    pub fn names(&self) -> Vec<String> {
        self.all.iter().map(|(name, _)| name.clone()).collect()
    }

    /// One of them; the first where there is none of that number.
    pub fn at(&self, index: usize) -> Arc<Theme> {
        Arc::clone(&self.all.get(index).unwrap_or(&self.all[0]).1)
    }
}

/// The texts of the themes of a folder by name, and what could not be read.
fn texts(folder: &Path) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut texts, mut wrong) = (BTreeMap::new(), Vec::new());
    for entry in std::fs::read_dir(folder.join(THEMES)).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_none_or(|extension| extension != "toml") || name.starts_with('.') {
            continue;
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => drop(texts.insert(name, text)),
            Err(error) => wrong.push(format!("theme {name} cannot be read: {error}")),
        }
    }
    (texts, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder can be made");
        std::fs::create_dir(folder.path().join(THEMES)).expect("a folder can be made in it");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file can be written");
        }
        folder
    }

    #[test]
    fn own_keys_are_read_and_what_is_wrong_has_its_place() {
        let folder = folder(&[("keys.toml", "why = \"W\"\n")]);
        keymap(folder.path()).expect("they are right");
        std::fs::write(folder.path().join("keys.toml"), "# mine\nwhy = [\"space\"]\nfrezee = \"F\"\n")
            .expect("written");
        let wrong = keymap(folder.path()).expect_err("they are wrong").to_string();
        for part in ["keys.toml:2:8", "\"freeze\" and \"why\"", "keys.toml:3:1", "did you mean `freeze`?"] {
            assert!(wrong.contains(part), "{part} is not in\n{wrong}");
        }
    }

    #[test]
    fn own_themes_stand_beside_the_others_or_for_them() {
        let mine = "inherits = \"nord\"\n[palette]\naccent = \"#010203\"\n";
        let dark = "inherits = \"noc-dark\"\n[palette]\nok = \"#040506\"\n";
        let folder = folder(&[
            ("themes/mine.toml", mine),
            ("themes/noc-dark.toml", dark),
            ("themes/broken.toml", "[palette]\nok = 1.5\n"),
            ("themes/notes.txt", "no theme"),
        ]);
        let (themes, wrong) = Themes::load(Some(folder.path()), false);
        let names = themes.names();
        assert_eq!(
            (names.first().map(String::as_str), names.last().map(String::as_str)),
            (Some("noc-dark"), Some("mine"))
        );
        assert_eq!(names.len(), theme::names().len() + 1);
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].contains("broken") && wrong[0].contains("palette.ok"), "{wrong:?}");
        let ok = themes.at(0).style(crate::view::theme::Meaning::Ok).fg;
        assert_eq!(ok, Some(ratatui::style::Color::Rgb(4, 5, 6)));
    }
}
