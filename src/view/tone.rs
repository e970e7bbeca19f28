//! States as they are shown: always a sign, a word and a colour, so that none of the three is needed alone.

use super::look::{Look, Words};
use super::theme::Meaning;
use crate::domain::facts::Freshness;
use crate::domain::severity::{Interval, Severity, Shown};

/// How bad a thing looks: five tones for nine words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tone {
    /// Nothing is wrong.
    Ok,
    /// Not known.
    Unknown,
    /// Warning or minor.
    Warning,
    /// Major.
    Risk,
    /// Critical.
    Critical,
}

impl Tone {
    /// The tone of a severity.
    pub const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Ok | Severity::Unclassified | Severity::Info => Self::Ok,
            Severity::Warning | Severity::Minor => Self::Warning,
            Severity::Major => Self::Risk,
            Severity::Critical => Self::Critical,
        }
    }

    /// Its sign.
    pub const fn glyph(self, look: &Look) -> &'static str {
        match self {
            Self::Ok => look.glyphs.ok,
            Self::Unknown => look.glyphs.unknown,
            Self::Warning => look.glyphs.warning,
            Self::Risk => look.glyphs.risk,
            Self::Critical => look.glyphs.critical,
        }
    }

    /// How it looks as text.
    pub const fn meaning(self) -> Meaning {
        match self {
            Self::Ok => Meaning::Ok,
            Self::Unknown => Meaning::Unknown,
            Self::Warning => Meaning::Warning,
            Self::Risk => Meaning::Risk,
            Self::Critical => Meaning::Critical,
        }
    }

    /// How it looks as a filled tile.
    pub const fn tile(self) -> Meaning {
        match self {
            Self::Ok => Meaning::TileOk,
            Self::Unknown => Meaning::TileUnknown,
            Self::Warning => Meaning::TileWarning,
            Self::Risk => Meaning::TileRisk,
            Self::Critical => Meaning::TileCritical,
        }
    }
}

/// The short word of a severity, in capitals.
pub const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "OK",
        Severity::Unclassified => "UNCLASS",
        Severity::Info => "INFO",
        Severity::Warning => "WARN",
        Severity::Minor => "MINOR",
        Severity::Major => "MAJOR",
        Severity::Critical => "CRIT",
    }
}

/// Tone and word of what is shown for an interval.
pub fn shown(interval: Interval) -> (Tone, &'static str) {
    match interval.shown() {
        Shown::Unknown => (Tone::Unknown, "UNKNOWN"),
        Shown::Severity(severity) => (Tone::of(severity), word(severity)),
    }
}

/// Cells of a badge.
pub const BADGE: u16 = 11;

/// Sign and word of a state, [`BADGE`] cells wide: filled where it is serious and nobody is on it.
pub fn badge(look: &Look, tone: Tone, word: &str, handled: bool) -> Words {
    let filled = tone >= Tone::Risk && !handled;
    let meaning = if filled { tone.tile() } else { tone.meaning() };
    look.say(format!(" {} {word:<7} ", tone.glyph(look)), meaning)
}

/// The badge of a node.
pub fn node_badge(look: &Look, index: usize) -> Words {
    let Some(state) = look.world().nodes.get(index) else { return badge(look, Tone::Unknown, "UNKNOWN", false) };
    if look.model.is_waiting() {
        return look.say(format!(" {} {:<7} ", look.glyphs.pending, "waiting"), Meaning::Dim);
    }
    let (tone, word) = shown(state.interval);
    badge(look, tone, word, state.handled)
}

/// One cell that says whether somebody is on it.
pub fn care(look: &Look, handled: bool, planned: bool) -> Words {
    match (handled, planned) {
        (_, true) => look.say(look.glyphs.maintenance, Meaning::Ack),
        (true, false) => look.say(look.glyphs.ack, Meaning::Ack),
        _ => look.say(" ", Meaning::Text),
    }
}

/// Sign and look of a source's freshness.
pub const fn freshness(look: &Look, freshness: Freshness) -> (&'static str, Meaning) {
    match freshness {
        Freshness::Fresh => (look.glyphs.ok, Meaning::Ok),
        Freshness::Pending => (look.glyphs.pending, Meaning::Dim),
        Freshness::Late => (look.glyphs.stale, Meaning::Warning),
        Freshness::Lost => (look.glyphs.critical, Meaning::Critical),
    }
}
