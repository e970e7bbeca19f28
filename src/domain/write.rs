//! What an operator changes in another system: an intent, the exact request that it becomes, and what came of it.
//!
//! It is here, below sources and console, because both speak of it: the console makes an [`Intent`], the source's
//! adapter looks at the object as it is now and answers with a [`Preview`], the operator confirms, and what the
//! preview says is sent once. [`Outcome`] is what the server said, or that nobody knows.
//!
//! Invariant: a preview holds the request as it will be sent, but for secrets, in whose place [`HIDDEN`] stands.

use std::fmt;
use std::sync::Arc;

use super::facts::{Signal, Ticket};
use super::id::SourceName;
use super::severity::Severity;
use super::span::Instant;

/// What stands where a secret will be sent.
pub const HIDDEN: &str = "•••";

/// What can be done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum WriteKind {
    /// Say that somebody takes care of a signal or a ticket.
    Acknowledge,
    /// Add a remark to a signal or a ticket.
    Comment,
    /// Keep signals quiet for a time: a silence, a downtime, a maintenance.
    Silence,
    /// Open a ticket.
    Create,
    /// Have a ticket point at what it is about, or a signal at its ticket.
    Link,
}

impl WriteKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Acknowledge, Self::Comment, Self::Silence, Self::Create, Self::Link];

    /// The word used on screen and in the audit.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Comment => "comment",
            Self::Silence => "silence",
            Self::Create => "create ticket",
            Self::Link => "link ticket",
        }
    }

    /// The kind of a word of [`WriteKind::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A set of kinds: what a type of source can do.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteKinds(u8);

impl WriteKinds {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// The set of these.
    pub const fn of(kinds: &[WriteKind]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < kinds.len() {
            bits |= 1 << kinds[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// Whether a kind is among them.
    pub const fn has(self, kind: WriteKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }

    /// The kinds, in the order of [`WriteKind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = WriteKind> {
        WriteKind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }
}

impl fmt::Debug for WriteKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What may be written to a configured source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Writes {
    /// Whether the configuration says `write = true`.
    pub allowed: bool,
    /// What its type can do.
    pub kinds: WriteKinds,
}

/// What it is done to, as the screen shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// Something new.
    New,
    /// A signal of the source.
    Signal(Arc<Signal>),
    /// A ticket of the source.
    Ticket(Arc<Ticket>),
}

impl Target {
    /// Its id within its source, unless it is new.
    pub fn id(&self) -> Option<&Arc<str>> {
        match self {
            Self::New => None,
            Self::Signal(signal) => Some(&signal.id),
            Self::Ticket(ticket) => Some(&ticket.id),
        }
    }
}

/// Something to point at: an alert, a ticket, a dashboard, a runbook.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// Its id, as `source:id`; empty for a mere address.
    pub id: Arc<str>,
    /// One line.
    pub title: Arc<str>,
    /// Where to look at it.
    pub link: Option<Arc<str>>,
}

/// What the operator wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Intent {
    /// What.
    pub kind: WriteKind,
    /// Where it is sent.
    pub source: SourceName,
    /// What it is done to.
    pub target: Target,
    /// Who does it.
    pub author: String,
    /// The subject of a new ticket, one line.
    pub title: String,
    /// The comment, the reason, or the description; may have several lines.
    pub text: String,
    /// When an acknowledgement or a silence ends, where the system can end it.
    pub until: Option<Instant>,
    /// The labels that a silence tests, each for its whole value; empty: all of the target's. Of a new ticket: the
    /// labels that make it a ticket of its node.
    pub scope: Vec<(String, String)>,
    /// How bad what a new ticket is about is.
    pub severity: Option<Severity>,
    /// What a ticket points at; for a link, what the target is linked with.
    pub references: Vec<Reference>,
}

/// The method of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
}

impl Method {
    /// As it is sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

/// The body of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// A JSON document, indented for reading; it is sent so.
    Json(String),
    /// Pairs, sent as `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// Plain text.
    Text(String),
}

/// A request as it will be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Which of the source's addresses it goes to, by index.
    pub address: usize,
    /// That address with the path, for people: scheme, host, port and path.
    pub place: String,
    /// The path below the address, without a query.
    pub path: String,
    /// Headers beside those of every request (credentials, type of the body).
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
}

/// Something else that a write touches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Covered {
    /// Its id within the source.
    pub id: Arc<str>,
    /// One line.
    pub summary: Arc<str>,
}

/// What will be done, for the operator to confirm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preview {
    /// What was wanted.
    pub intent: Intent,
    /// The object as the source has it now, in a line: what it is, how it is.
    pub object: String,
    /// The request.
    pub request: Request,
    /// What else it touches, the first of it.
    pub covers: Vec<Covered>,
    /// How much else it touches in all.
    pub covers_count: usize,
    /// What the operator should know: when it ends or that it does not, whom it notifies, what is left out.
    pub remarks: Vec<String>,
}

/// The number under which a preview waits to be confirmed; good for one sending.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Number(pub u64);

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The server did it.
    Done {
        /// What it said, cleaned.
        says: String,
        /// What it made: a silence, a ticket.
        made: Option<Reference>,
    },
    /// The server did not do it.
    Refused {
        /// What it said, cleaned.
        says: String,
    },
    /// Nothing left this machine.
    NotSent {
        /// Why, and what to do.
        why: String,
    },
    /// It was sent, and whether it was done is not known. It is never sent again by itself.
    Unknown {
        /// Why.
        why: String,
    },
}

impl Outcome {
    /// What it is, in words for screen and audit.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Refused { .. } => "refused",
            Self::NotSent { .. } => "not sent",
            Self::Unknown { .. } => "unknown: check",
        }
    }

    /// What was said about it.
    pub fn text(&self) -> &str {
        match self {
            Self::Done { says, .. } | Self::Refused { says } => says,
            Self::NotSent { why } | Self::Unknown { why } => why,
        }
    }

    /// The same with what was said about it changed.
    #[must_use]
    pub fn map_text(self, change: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Done { says, made } => Self::Done { says: change(says), made },
            Self::Refused { says } => Self::Refused { says: change(says) },
            Self::NotSent { why } => Self::NotSent { why: change(why) },
            Self::Unknown { why } => Self::Unknown { why: change(why) },
        }
    }

    /// Whether the server did it.
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_it_was_made_of() {
        let kinds = WriteKinds::of(&[WriteKind::Link, WriteKind::Comment]);
        assert_eq!(kinds.iter().collect::<Vec<_>>(), [WriteKind::Comment, WriteKind::Link]);
        assert!(kinds.has(WriteKind::Link) && !kinds.has(WriteKind::Create));
        assert!(WriteKind::ALL.into_iter().all(|kind| !WriteKinds::NONE.has(kind)));
        assert_eq!(format!("{kinds:?}"), "{Comment, Link}");
    }

    #[test]
    fn words_lead_back_to_their_kinds() {
        for kind in WriteKind::ALL {
            assert_eq!(WriteKind::parse(kind.word()), Some(kind));
        }
    }
}
