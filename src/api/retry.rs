//! The wait before a call is retried.

use std::time::{Duration, SystemTime};

/// No call waits longer for its retry, or for a route that is closed; it fails instead, so that the
/// refresh ends and reports it.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The first retry waits up to this long, the next up to twice as long.
const FIRST_BACKOFF: Duration = Duration::from_millis(250);

/// `Retry-After` in seconds or as a date. OVHcloud is not known to send it; a gateway may.
pub(super) fn retry_after(text: &str) -> Option<Duration> {
    let hour = Duration::from_hours(1);
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds).min(hour));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    #[expect(clippy::disallowed_methods, reason = "an HTTP date means nothing without the clock")]
    let now = SystemTime::now();
    Some(date.duration_since(now).unwrap_or_default().min(hour))
}

/// Full jitter: anything from nothing to a bound that doubles with each attempt.
pub(super) fn backoff(attempt: u32) -> Duration {
    let bound = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(attempt)).min(LONGEST_WAIT);
    bound.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms_and_bounded() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("999999999"), Some(Duration::from_hours(1)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }

    #[test]
    fn the_backoff_grows_and_is_bounded() {
        for attempt in 0..40 {
            let bound = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(attempt));
            assert!(backoff(attempt) <= bound.min(LONGEST_WAIT));
        }
    }
}
