//! How long to leave a source alone: what it asks for, and what is decent after failures. Jitter is added on top,
//! so that many consoles that share a key do not come back at the same instant.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::DateTime;

use crate::domain::span::Instant;

/// The longest wait that a server may ask for; more is a mistake, or an attempt to keep us blind.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// The longest pause between attempts at a source that fails, if its interval is not longer.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The wait that a `Retry-After` header asks for: seconds, or an HTTP date counted from the server's own clock.
pub fn retry_after(header: &str, server_now: Instant) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)).min(LONGEST_WAIT));
    }
    let until = http_date(header)?;
    Some((until - server_now).to_std().unwrap_or_default().min(LONGEST_WAIT))
}

/// The instant of an HTTP date (RFC 9110, 5.6.7, the form that is still written).
pub fn http_date(text: &str) -> Option<Instant> {
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}

/// The pause before the next poll after `failures` failures in a row (0: the last one was good).
pub fn pause(every: Duration, failures: u32, asked: Option<Duration>) -> Duration {
    let plain = if failures < 2 {
        every
    } else {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(every)
            .with_max_delay(LONGEST_PAUSE.max(every))
            .without_max_times();
        backoff.build().nth(failures as usize - 1).unwrap_or(LONGEST_PAUSE).max(every)
    };
    let base = asked.map_or(plain, |asked| asked.max(plain));
    base + base.mul_f64(chance() * 0.1)
}

/// A number from 0 to 1 that differs from call to call and from process to process; the standard library seeds its
/// hash tables so.
pub fn chance() -> f64 {
    (RandomState::new().hash_one(0_u8) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        DateTime::parse_from_rfc3339(text).expect("a date").to_utc()
    }

    #[test]
    fn both_forms_of_retry_after_are_read_and_clamped() {
        let now = at("2026-11-24T10:00:00Z");
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Tue, 24 Nov 2026 10:01:30 GMT", now), Some(Duration::from_secs(90)));
        assert_eq!(retry_after("Tue, 24 Nov 2026 09:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("99999999999999999999999", now), Some(LONGEST_WAIT));
        assert_eq!(retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now), Some(LONGEST_WAIT));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("", now), None);
    }

    #[test]
    fn a_pause_is_never_below_what_was_asked_and_grows_to_a_bound() {
        let every = Duration::from_secs(15);
        assert!(pause(every, 0, None) >= every && pause(every, 0, None) < every.mul_f64(1.11));
        assert!(pause(every, 1, Some(Duration::from_secs(90))) >= Duration::from_secs(90));
        assert!(pause(every, 1, Some(Duration::from_secs(1))) >= every);
        assert!(pause(every, 2, None) >= Duration::from_secs(30));
        assert!(pause(every, 1000, None) <= Duration::from_secs(67));
        assert!(pause(Duration::from_mins(5), 50, None) >= Duration::from_mins(5));
    }
}
