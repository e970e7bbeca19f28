//! Why a source has no answer, in words that tell an operator what to do. No text here holds a secret: addresses
//! come without user and query, and what a server said is cleaned and searched for the secret that was sent.

use std::time::Duration;

use thiserror::Error;

use crate::domain::id::SourceName;
use crate::domain::write::WriteKind;

/// Why a source has no answer.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SourceError {
    /// The `type` word is known and its adapter is not part of this program.
    #[error("sources of type \"{0}\" are not built into this version")]
    NotBuilt(String),
    /// The configuration does not allow to write.
    #[error("{0} is read-only: say `write = true` at this source to allow it")]
    ReadOnly(SourceName),
    /// The type of source can't do it.
    #[error("sources of type \"{type_word}\" can't {}", kind.word())]
    CannotWrite {
        /// The `type` word.
        type_word: String,
        /// What was wanted.
        kind: WriteKind,
    },
    /// What a write is about is not there any more, or otherwise than the screen shows it.
    #[error("{0}")]
    Changed(String),
    /// The settings can't be used.
    #[error("{0}")]
    Settings(String),
    /// A secret could not be had.
    #[error("the secret {place} can't be used: {why}")]
    Secret {
        /// Where it should be: variable, file or command, never the secret.
        place: String,
        /// What is wrong, and how to mend it.
        why: String,
    },
    /// The TLS side of the connection failed.
    #[error("no secure connection to {place}: {why}")]
    Tls {
        /// Scheme, host, port and path.
        place: String,
        /// What failed, and how to mend it.
        why: String,
    },
    /// Nothing could be reached.
    #[error("can't reach {place}: {why}")]
    Unreachable {
        /// Scheme, host, port and path.
        place: String,
        /// What failed.
        why: String,
    },
    /// It took too long.
    #[error("no complete answer from {place} within {}: it hangs or is overloaded, or `timeout` is too short", seconds(*after))]
    TimedOut {
        /// Scheme, host, port and path.
        place: String,
        /// The time-out.
        after: Duration,
    },
    /// A status that is not a success.
    #[error("{}", status_text(*status, place, says, *wait))]
    Status {
        /// The HTTP status.
        status: u16,
        /// Scheme, host, port and path.
        place: String,
        /// What the server said about it, cleaned; may be empty.
        says: String,
        /// How long it asks to be left alone.
        wait: Option<Duration>,
    },
    /// A redirect, which is never followed: credentials would go along.
    #[error("{place} redirects to {to}: redirects are not followed; if that place is right, put it into `url`")]
    Redirect {
        /// Scheme, host, port and path.
        place: String,
        /// The new place, without user and query.
        to: String,
    },
    /// A web page in place of data.
    #[error(
        "{place} answered with a web page, not with data: is a login page or a proxy in front, is the path of `url` right?"
    )]
    Html {
        /// Scheme, host, port and path.
        place: String,
    },
    /// Success without content.
    #[error("{place} answered without content: is the path of `url` right?")]
    Empty {
        /// Scheme, host, port and path.
        place: String,
    },
    /// The connection ended within the answer.
    #[error("the answer of {place} was cut off after {got} bytes: the server or a proxy ended the connection")]
    Cut {
        /// Scheme, host, port and path.
        place: String,
        /// The bytes that came.
        got: u64,
    },
    /// More bytes than are taken.
    #[error("the answer of {place} is larger than {} MiB{}: ask for less with `only`", limit >> 20, if *decoded { " when decompressed" } else { "" })]
    TooLarge {
        /// Scheme, host, port and path.
        place: String,
        /// The most bytes taken.
        limit: u64,
        /// Whether decoded bytes were counted.
        decoded: bool,
    },
    /// A body that does not decompress.
    #[error("the answer of {place} does not decompress: {why}")]
    Encoding {
        /// Scheme, host, port and path.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// A body that is not the JSON expected.
    #[error("the answer of {place} is not what this type of source sends: {why}")]
    Json {
        /// Scheme, host, port and path.
        place: String,
        /// What is wrong, where, and what stands there.
        why: String,
    },
    /// The server answered, and says that it can't.
    #[error("{place} says: {says}")]
    Says {
        /// Scheme, host, port and path.
        place: String,
        /// What, cleaned.
        says: String,
    },
    /// A whole poll took too long, though each request did not.
    #[error("the poll was given up after {}: too many pages, or a server that drips", seconds(*after))]
    Stuck {
        /// The limit of a poll.
        after: Duration,
    },
    /// The adapter itself failed: a defect of this program, and of this source alone.
    #[error("reading this source failed by a defect of bsmtop ({0}); it was started anew, please report it")]
    Panicked(String),
}

impl SourceError {
    /// How long the server asks to be left alone.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Status { wait, .. } => *wait,
            _ => None,
        }
    }

    /// Whether the credentials were refused.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Status { status: 401, .. })
    }

    /// Whether the server understood and refuses this very request, so that another request may well succeed.
    pub fn is_of_the_request(&self) -> bool {
        matches!(self, Self::Says { .. } | Self::Json { .. } | Self::Status { status: 400 | 413 | 414 | 422, .. })
    }
}

fn seconds(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{} s", time.as_secs()) } else { format!("{:.1} s", time.as_secs_f64()) }
}

fn status_text(status: u16, place: &str, says: &str, wait: Option<Duration>) -> String {
    let advice = match status {
        401 => "the credentials are missing or wrong; check `auth` of this source",
        403 if wait.is_some() => "too many requests; polling is slowed down, raise `every` if it stays",
        403 => "these credentials may not read this; give their account the right to, or use others",
        404 => "there is nothing at this address; check the path of `url`",
        407 => "a proxy wants credentials; check the proxy variables of the environment",
        429 => "too many requests; polling is slowed down, raise `every` if it stays",
        500..=599 => "the server or a proxy in front of it is in trouble; its log says more",
        _ => "the request was refused",
    };
    let said = if says.is_empty() { String::new() } else { format!(" (it says: {says})") };
    let waits = wait.map_or_else(String::new, |wait| format!("; it asks to wait {}", seconds(wait)));
    format!("{status} from {place}: {advice}{waits}{said}")
}
