//! Instants as SQLite keeps them: nanoseconds since 1970, an integer that sorts.

use chrono::DateTime;

use crate::domain::span::Instant;

/// What stands for an instant. Beyond the years 1677 to 2262 it stays at the end of what there is.
pub fn stored(at: Instant) -> i64 {
    at.timestamp_nanos_opt().unwrap_or(if at.timestamp() < 0 { i64::MIN } else { i64::MAX })
}

/// The instant of what stands for it.
pub fn instant(stored: i64) -> Instant {
    DateTime::from_timestamp_nanos(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_come_back_to_the_nanosecond() {
        let at: Instant = "2026-11-24T10:00:00.123456789Z".parse().expect("an instant");
        assert_eq!(instant(stored(at)), at);
        assert!(stored(Instant::MIN_UTC) < stored(at) && stored(at) < stored(Instant::MAX_UTC));
    }
}
