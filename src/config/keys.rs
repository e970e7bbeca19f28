//! The key tables: every key that a configuration may have, its form, and a sentence about it.
//!
//! They are the one list behind the strict check ([`super::shape`]) and the JSON Schema ([`mod@super::schema`]), so that
//! an editor completes exactly what the program accepts.

use super::scalar::Scalar;

mod files;
mod http_json;
mod node;
mod objective;
mod source;

pub(super) use files::{CONFIG_FILE, MAP_FILE};
pub(super) use source::own_keys;

/// The form of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A single value.
    One(Scalar),
    /// A table with known keys.
    Table(&'static Keys),
    /// A table with free keys of one form, and values of another.
    Free(Scalar, &'static Kind),
    /// A list.
    List(&'static Kind),
    /// One of several forms, told apart by the type of TOML.
    Either(&'static [Kind]),
    /// Whatever its owner makes of it.
    Any,
}

/// The keys of a table.
#[derive(Debug)]
pub(super) struct Keys {
    /// What the table is, as a name of the schema.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its keys, in the order of the documentation, in parts that tables share.
    pub parts: &'static [&'static [Key]],
    /// Further keys by the word of the key `type`.
    pub by_type: &'static [(&'static str, &'static [Key])],
    /// What to say to somebody who wrote something else in its place.
    pub instead: &'static str,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// Its name.
    pub name: &'static str,
    /// The form of its value.
    pub kind: Kind,
    /// Whether it must be there.
    pub needed: bool,
    /// What it says.
    pub doc: &'static str,
}

impl Keys {
    const fn new(name: &'static str, doc: &'static str, parts: &'static [&'static [Key]]) -> Self {
        Self { name, doc, parts, by_type: &[], instead: "" }
    }

    /// Where its keys are, for "… is missing in …".
    pub fn here(&self) -> String {
        match self.name {
            "config" => "config.toml".into(),
            "map" => "a file of the map".into(),
            "money" => "[money]".into(),
            "console" => "[console]".into(),
            name => format!("this {}", name.replace('_', " ")),
        }
    }

    /// All keys that do not depend on the type.
    pub fn common(&self) -> impl Iterator<Item = &'static Key> + Clone {
        self.parts.iter().flat_map(|part| part.iter())
    }

    /// The further keys of a type.
    pub fn of_type(&self, word: &str) -> &'static [Key] {
        self.by_type.iter().find(|(name, _)| *name == word).map_or(&[], |(_, keys)| keys)
    }
}

impl Kind {
    /// Whether a value of a type of TOML can have this form.
    pub fn fits(self, type_word: &str) -> bool {
        match self {
            Self::One(scalar) => scalar.types().contains(&type_word),
            Self::Table(_) | Self::Free(..) => type_word == "table",
            Self::List(_) => type_word == "array",
            Self::Either(forms) => forms.iter().any(|form| form.fits(type_word)),
            Self::Any => true,
        }
    }

    /// What it is, for "expected …".
    pub fn what(self) -> String {
        match self {
            Self::One(scalar) => scalar.what().into(),
            Self::Table(keys) => {
                let names: Vec<&str> = keys.common().map(|key| key.name).take(3).collect();
                format!("a table {{ {} … }}", names.join(", "))
            }
            Self::Free(..) => "a table".into(),
            Self::List(Self::One(scalar)) => format!("a list, each {}", scalar.what()),
            Self::List(Self::Table(_) | Self::Free(..)) => "a list of tables".into(),
            Self::List(_) => "a list".into(),
            Self::Either([first, Self::List(_)]) => format!("{}, or a list", first.what()),
            Self::Either(forms) => forms.iter().map(|form| form.what()).collect::<Vec<_>>().join(" or "),
            Self::Any => "a value".into(),
        }
    }
}

/// A key that may be absent.
const fn may(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, needed: false, doc }
}

/// A key that must be there.
const fn must(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, needed: true, doc }
}

const TEXT: Kind = Kind::One(Scalar::Text);
const TEXTS: Kind = Kind::List(&TEXT);
const ID: Kind = Kind::One(Scalar::Id);
const FLAG: Kind = Kind::One(Scalar::Flag);
const SEVERITY: Kind = Kind::One(Scalar::Severity);
const DURATION: Kind = Kind::One(Scalar::Duration);
const AMOUNT: Kind = Kind::One(Scalar::Amount);
const ZONE: Kind = Kind::One(Scalar::Zone);
const DATE: Kind = Kind::One(Scalar::Date);
/// Label and pattern.
const PATTERNS: Kind = Kind::Free(Scalar::Text, &Kind::One(Scalar::Pattern));
