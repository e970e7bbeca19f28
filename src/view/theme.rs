//! How meanings look: a palette, a style for each meaning, read from TOML, embedded or the operator's own.
//!
//! A theme speaks of meanings (`state.critical`), never of places on a screen. A meaning that a theme does not
//! style looks like the one before its last dot, and what a theme lacks altogether comes from the one it inherits.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use toml::{Table, Value};

macro_rules! meanings {
    ($($(#[$doc:meta])* $meaning:ident = $name:literal),* $(,)?) => {
        /// What is to be seen, apart from how it looks.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Meaning {
            $($(#[$doc])* $meaning),*
        }

        impl Meaning {
            /// All meanings.
            pub const ALL: &[Self] = &[$(Self::$meaning),*];

            /// Its name in theme files.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$meaning => $name),*
                }
            }
        }
    };
}

meanings! {
    /// Ordinary text, and the ground of everything.
    Text = "text",
    /// What is beside the point.
    Dim = "text.dim",
    /// What is the point.
    Strong = "text.strong",
    /// Lines between panes.
    Border = "border",
    /// Titles of panes.
    Title = "title",
    /// The ground of titles and of the heads of columns.
    Head = "head",
    /// The title of the pane with the focus.
    TitleFocus = "title.focus",
    /// The line on top.
    Header = "header",
    /// The line at the bottom.
    Status = "status",
    /// A key in the status line and the help.
    Key = "key",
    /// The selected row.
    Selection = "selection",
    /// The bar left of the selected row.
    Cursor = "cursor",
    /// What leads somewhere.
    Link = "link",
    /// The filter.
    Prompt = "prompt",
    /// Nothing is wrong.
    Ok = "state.ok",
    /// A warning.
    Warning = "state.warning",
    /// Seriously affected.
    Risk = "state.risk",
    /// Down.
    Critical = "state.critical",
    /// Not known.
    Unknown = "state.unknown",
    /// A filled tile of that state: nobody is on it.
    TileOk = "tile.ok",
    /// A filled tile of that state.
    TileWarning = "tile.warning",
    /// A filled tile of that state.
    TileRisk = "tile.risk",
    /// A filled tile of that state.
    TileCritical = "tile.critical",
    /// A filled tile of that state.
    TileUnknown = "tile.unknown",
    /// Somebody is on it.
    Ack = "badge.ack",
    /// A figure that is not fresh.
    Stale = "badge.stale",
    /// Began since somebody looked.
    New = "badge.new",
    /// Money that is being lost.
    Money = "money",
    /// Money where none is lost.
    MoneyNone = "money.none",
    /// What is left of something.
    Meter = "meter",
    /// The rest of the meter.
    MeterEmpty = "meter.empty",
    /// Bars over time.
    Chart = "chart",
    /// One line for the operator.
    Toast = "toast",
    /// The band while frozen.
    Frozen = "band.frozen",
    /// The band over the past.
    Past = "band.past",
    /// The band over what is assumed.
    WhatIf = "band.whatif",
    /// The band that says what is wrong with the configuration.
    Trouble = "band.trouble",
}

/// A theme, ready to draw with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Theme {
    /// Its name.
    pub name: String,
    styles: Vec<Style>,
    /// The same for a terminal with sixteen colours.
    few: Vec<Style>,
}

/// What is wrong with a theme.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ThemeError {
    /// No such theme.
    #[error("there is no theme \"{0}\": choose one of {names}", names = names().join(", "))]
    NoTheme(String),
    /// It is no TOML.
    #[error("theme {theme}: {message}")]
    Syntax {
        /// Which theme.
        theme: String,
        /// What and where.
        message: String,
    },
    /// A key or value that means nothing.
    #[error("theme {theme}: {place} is {found}; it should be {expected}")]
    Value {
        /// Which theme.
        theme: String,
        /// Which key.
        place: String,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// It inherits itself.
    #[error("theme {0} inherits itself")]
    Circle(String),
}

/// The themes that come with the program, in the order of `T`.
const EMBEDDED: [(&str, &str); 10] = [
    ("noc-dark", include_str!("../../themes/noc-dark.toml")),
    ("noc-light", include_str!("../../themes/noc-light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("deuteranopia", include_str!("../../themes/deuteranopia.toml")),
    ("tritanopia", include_str!("../../themes/tritanopia.toml")),
    ("nord", include_str!("../../themes/nord.toml")),
    ("gruvbox", include_str!("../../themes/gruvbox.toml")),
    ("solarized", include_str!("../../themes/solarized.toml")),
    ("ansi16", include_str!("../../themes/ansi16.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// The names of the themes that come with the program, the standard one first.
pub fn names() -> Vec<&'static str> {
    EMBEDDED.iter().map(|(name, _)| *name).collect()
}

/// The theme for a terminal with so few colours that others would lose what they say.
pub const FEW_COLOURS: &str = "ansi16";
/// The theme for a terminal without colours.
pub const NO_COLOUR: &str = "mono";

/// The text of a theme that comes with the program.
pub fn embedded(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[derive(Default)]
struct Parts {
    palette: BTreeMap<String, Color>,
    styles: BTreeMap<String, Style>,
}

impl Theme {
    /// A theme that comes with the program.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        let text = embedded(name).ok_or_else(|| ThemeError::NoTheme(name.to_owned()))?;
        Self::parse(name, text, |other| embedded(other).map(str::to_owned))
    }

    /// Reads a theme; `find` gives the text of one that it inherits.
    ///
    /// # Errors
    /// The first thing that is wrong with it, or with one it inherits.
    pub fn parse(name: &str, text: &str, find: impl Fn(&str) -> Option<String>) -> Result<Self, ThemeError> {
        let mut chain = vec![(name.to_owned(), table(name, text)?)];
        let mut texts = vec![text.to_owned()];
        while let Some(value) = chain[chain.len() - 1].1.get("inherits") {
            let (child, _) = &chain[chain.len() - 1];
            let other = value.as_str().ok_or_else(|| wrong(child, "inherits", value, "the name of a theme"))?;
            let text = find(other).ok_or_else(|| ThemeError::NoTheme(other.to_owned()))?;
            // An operator's own theme may inherit the one whose name it has, so the name alone is no circle.
            if texts.contains(&text) {
                return Err(ThemeError::Circle(other.to_owned()));
            }
            chain.push((other.to_owned(), table(other, &text)?));
            texts.push(text);
        }
        let full = styles(&chain, &["palette"])?;
        let few = styles(&chain, &["palette", "sixteen"])?;
        Ok(Self { name: name.to_owned(), styles: full, few })
    }

    /// The same theme for a terminal with sixteen colours.
    #[must_use]
    pub fn with_few_colours(&self) -> Self {
        Self { styles: self.few.clone(), ..self.clone() }
    }

    /// How a meaning looks, on the ground of ordinary text.
    pub fn style(&self, meaning: Meaning) -> Style {
        self.styles[meaning as usize]
    }
}

/// The styles of all meanings, with the colours of some tables, the later ones first.
fn styles(chain: &[(String, Table)], palettes: &[&str]) -> Result<Vec<Style>, ThemeError> {
    let mut parts = Parts::default();
    // Colours of the whole chain first, so that a palette alone can make a theme of another's styles.
    for palette in palettes {
        for (theme, table) in chain.iter().rev() {
            parts.read_palette(theme, table, palette)?;
        }
    }
    for (theme, table) in chain.iter().rev() {
        parts.read_styles(theme, table)?;
    }
    let ground = parts.styles.get("text").copied().unwrap_or_default();
    Ok(Meaning::ALL.iter().map(|meaning| ground.patch(parts.style(meaning.name()))).collect())
}

fn table(theme: &str, text: &str) -> Result<Table, ThemeError> {
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| ThemeError::Syntax { theme: theme.to_owned(), message: error.to_string() })?;
    match table.iter().find(|(key, _)| !["inherits", "palette", "sixteen", "style"].contains(&key.as_str())) {
        Some((key, value)) => Err(wrong(theme, key, value, "inherits, palette, sixteen or style")),
        None => Ok(table),
    }
}

fn wrong(theme: &str, place: &str, found: &Value, expected: &'static str) -> ThemeError {
    ThemeError::Value { theme: theme.to_owned(), place: place.to_owned(), found: found.to_string(), expected }
}

impl Parts {
    fn read_palette(&mut self, theme: &str, table: &Table, key: &str) -> Result<(), ThemeError> {
        for (name, value) in table.get(key).and_then(Value::as_table).into_iter().flatten() {
            let colour = colour(value);
            let colour = colour.ok_or_else(|| wrong(theme, &format!("{key}.{name}"), value, COLOUR))?;
            self.palette.insert(name.clone(), colour);
        }
        Ok(())
    }

    fn read_styles(&mut self, theme: &str, table: &Table) -> Result<(), ThemeError> {
        for (name, value) in table.get("style").and_then(Value::as_table).into_iter().flatten() {
            let place = format!("style.\"{name}\"");
            let known = Meaning::ALL.iter().any(|meaning| {
                meaning.name() == name || meaning.name().strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
            });
            if !known {
                return Err(wrong(theme, &place, value, "the name of a meaning, such as state.critical"));
            }
            self.styles.insert(name.clone(), self.read_style(theme, &place, value)?);
        }
        Ok(())
    }

    fn read_style(&self, theme: &str, place: &str, value: &Value) -> Result<Style, ThemeError> {
        let named = |value: &Value| value.as_str().and_then(|name| self.palette.get(name).copied());
        let colour =
            |value: &Value| named(value).or_else(|| colour(value)).ok_or_else(|| wrong(theme, place, value, COLOUR));
        let Some(keys) = value.as_table() else { return Ok(Style::new().fg(colour(value)?)) };
        let mut style = Style::new();
        for (key, value) in keys {
            style = match (key.as_str(), value) {
                ("fg", value) => style.fg(colour(value)?),
                ("bg", value) => style.bg(colour(value)?),
                ("modifiers", Value::Array(words)) => {
                    for word in words {
                        let known = MODIFIERS.iter().find(|(name, _)| word.as_str() == Some(name));
                        let (_, modifier) = known.ok_or_else(|| wrong(theme, place, word, MODIFIER))?;
                        style = style.add_modifier(*modifier);
                    }
                    style
                }
                (_, value) => return Err(wrong(theme, &format!("{place}.{key}"), value, "fg, bg or modifiers")),
            };
        }
        Ok(style)
    }

    /// The style of a name, or of what stands before its last dot.
    fn style(&self, name: &str) -> Style {
        let shorter = || name.rsplit_once('.').map_or(Style::new(), |(shorter, _)| self.style(shorter));
        self.styles.get(name).copied().unwrap_or_else(shorter)
    }
}

const COLOUR: &str = "#rrggbb, a name of the palette, a colour of the terminal such as light-red, 0 to 255, or default";
const MODIFIER: &str = "bold, dim, italic, underline or reverse";

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

const TERMINAL: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

fn colour(value: &Value) -> Option<Color> {
    match value {
        Value::Integer(index) => u8::try_from(*index).ok().map(Color::Indexed),
        Value::String(text) => match text.strip_prefix('#') {
            Some(hex) if hex.len() == 6 => {
                let number = u32::from_str_radix(hex, 16).ok()?;
                let [_, red, green, blue] = number.to_be_bytes();
                Some(Color::Rgb(red, green, blue))
            }
            Some(_) => None,
            None => TERMINAL.iter().find(|(name, _)| name == text).map(|(_, colour)| *colour),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Theme, ThemeError> {
        Theme::parse("mine", text, |name| embedded(name).map(str::to_owned))
    }

    #[test]
    fn every_embedded_theme_is_sound() {
        for name in names() {
            Theme::named(name).expect(name);
        }
    }

    #[test]
    fn a_palette_alone_makes_a_theme() {
        let theme = parse("inherits = \"noc-dark\"\n[palette]\ncritical = \"#010203\"").expect("a theme");
        assert_eq!(theme.style(Meaning::Critical).fg, Some(Color::Rgb(1, 2, 3)));
    }

    #[test]
    fn a_meaning_falls_back_to_what_is_before_its_dot() {
        let theme = parse("[style]\nstate = 7\n\"state.ok\" = { modifiers = [\"dim\"] }").expect("a theme");
        assert_eq!(theme.style(Meaning::Critical).fg, Some(Color::Indexed(7)));
        assert_eq!(theme.style(Meaning::Ok), Style::new().add_modifier(Modifier::DIM));
    }

    #[test]
    fn errors_name_theme_key_and_what_is_possible() {
        let message = |text: &str| parse(text).expect_err("an error").to_string();
        assert!(message("[palette]\nbg = \"#12\"").contains("palette.bg"));
        assert!(message("[style]\n\"state.oops\" = 1").contains("state.oops"));
        assert!(message("[style]\ntext = { fg = \"teal\" }").contains("teal"));
        assert!(message("[style]\ntext = { modifiers = [\"blink\"] }").contains("bold"));
        assert!(message("colour = 1").contains("inherits, palette, sixteen or style"));
        assert!(message("inherits = \"none-such\"").contains("noc-dark"));
        let own = "inherits = \"mine\"";
        let circle = Theme::parse("mine", own, |_| Some(own.to_owned())).expect_err("an error");
        assert!(circle.to_string().contains("itself"));
    }
}
