//! How bad a thing is, whether that is known, and whether somebody is on it: three axes that are never mixed.
//!
//! The scale is X.733's with two steps more, so that every peer's scale maps onto it without loss. "Unknown" is
//! not a severity: it is the absence of knowledge, and shows as an [`Interval`] whose ends differ.

use std::fmt;

/// The severity of a signal or the certain state of a node, from best to worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(u8)]
pub enum Severity {
    /// Nothing is wrong.
    #[default]
    Ok,
    /// The source has a condition and does not say how bad it is.
    Unclassified,
    /// Worth knowing, nothing to do.
    Info,
    /// The first severity that is a problem.
    Warning,
    /// A fault with little effect.
    Minor,
    /// A fault with serious effect.
    Major,
    /// Down, or as good as down.
    Critical,
}

impl Severity {
    /// All severities, from best to worst; the index is the level.
    pub const ALL: [Self; 7] =
        [Self::Ok, Self::Unclassified, Self::Info, Self::Warning, Self::Minor, Self::Major, Self::Critical];

    /// The word used in configuration, screens and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unclassified => "unclassified",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    /// The severity of a word of [`Severity::word`]; `None` for any other word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }

    /// The place on the scale, 0 (ok) to 6 (critical).
    pub const fn level(self) -> u8 {
        self as u8
    }

    /// The severity at a level, the worst one for a level beyond the scale.
    pub const fn from_level(level: u8) -> Self {
        match level {
            0 => Self::Ok,
            1 => Self::Unclassified,
            2 => Self::Info,
            3 => Self::Warning,
            4 => Self::Minor,
            5 => Self::Major,
            _ => Self::Critical,
        }
    }

    /// Warning or worse.
    pub const fn is_problem(self) -> bool {
        self.level() >= Self::Warning.level()
    }

    /// Not a problem.
    pub const fn is_up(self) -> bool {
        !self.is_problem()
    }

    /// The mirror on the scale: ok and critical, unclassified and major, info and minor change places.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        Self::from_level(Self::Critical.level() - self.level())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Whether somebody takes care of a signal. No handling takes anything out of a contract by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Handling {
    /// Nobody, as far as is known.
    #[default]
    None,
    /// Acknowledged or silenced.
    Acknowledged,
    /// In a downtime or a declared maintenance.
    Maintenance,
}

impl Handling {
    /// The word used in facts and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Acknowledged => "acknowledged",
            Self::Maintenance => "maintenance",
        }
    }

    /// The handling of a word of [`Handling::word`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::None, Self::Acknowledged, Self::Maintenance].into_iter().find(|handling| handling.word() == word)
    }
}

/// What is certain (`low`) and what is possible given what is not known (`high`); `low` is never worse than `high`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Interval {
    /// The certain state.
    pub low: Severity,
    /// The worst state that what is not known allows.
    pub high: Severity,
}

impl Interval {
    /// A state without doubt.
    pub const fn exactly(severity: Severity) -> Self {
        Self { low: severity, high: severity }
    }

    /// Whether nothing is in doubt.
    pub fn is_known(self) -> bool {
        self.low == self.high
    }

    /// The one word that is shown: the low end where it is a problem or certain, unknown where only the high end
    /// is a problem, else the low end.
    pub fn shown(self) -> Shown {
        if self.low.is_problem() || self.is_known() || !self.high.is_problem() {
            Shown::Severity(self.low)
        } else {
            Shown::Unknown
        }
    }

    /// The worse of both at each end.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.max(other.high) }
    }
}

/// The word shown for a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Shown {
    /// A severity, certain.
    Severity(Severity),
    /// No problem is certain, and one is possible.
    Unknown,
}

impl Shown {
    /// `unknown`, or the severity's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Severity(severity) => severity.word(),
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirror_swaps_the_ends_and_keeps_warning() {
        assert_eq!(Severity::Ok.mirrored(), Severity::Critical);
        assert_eq!(Severity::Unclassified.mirrored(), Severity::Major);
        assert_eq!(Severity::Info.mirrored(), Severity::Minor);
        assert_eq!(Severity::Warning.mirrored(), Severity::Warning);
    }

    #[test]
    fn shown_is_unknown_only_where_just_the_high_end_is_a_problem() {
        let shown = |low, high| Interval { low, high }.shown();
        assert_eq!(shown(Severity::Ok, Severity::Critical), Shown::Unknown);
        assert_eq!(shown(Severity::Warning, Severity::Critical), Shown::Severity(Severity::Warning));
        assert_eq!(shown(Severity::Ok, Severity::Info), Shown::Severity(Severity::Ok));
        assert_eq!(shown(Severity::Critical, Severity::Critical), Shown::Severity(Severity::Critical));
    }
}
