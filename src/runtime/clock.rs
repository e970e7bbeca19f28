//! The clock of the program: the one file that reads it, so that everything else can be told any time.
#![allow(clippy::disallowed_methods, reason = "this is the file that the others are pointed to")]

use std::time::Instant as Monotonic;

use chrono::Utc;

use crate::domain::span::Instant;

/// The time of day.
pub fn now() -> Instant {
    Utc::now()
}

/// A clock that never jumps, for how long things take.
pub fn monotonic() -> Monotonic {
    Monotonic::now()
}
