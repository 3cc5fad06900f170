//! When the inventory is read, and how long it stands.

use std::time::Duration;

use super::Mistakes;

/// How often an account is read, unless asked otherwise: the counts change by the hour, and a
/// pass costs OVHcloud's API tens of calls.
pub const INTERVAL: Duration = Duration::from_mins(5);

/// The shortest interval that is accepted.
pub const SHORTEST: Duration = Duration::from_secs(1);

/// What failed to be read again stands at least this long, so that a short interval does not
/// turn a short outage into holes.
const SHORTEST_AGE: Duration = Duration::from_hours(1);

/// When the inventory is read, and how long it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refresh {
    /// From the start of a pass to the start of the next (`--refresh.interval`, 5 minutes).
    pub interval: Duration,
    /// How old a section may get that can't be read again, before its series end
    /// (`--refresh.max-age`, 4 intervals and at least an hour).
    pub max_age: Duration,
}

impl Refresh {
    /// From what was typed.
    ///
    /// # Errors
    ///
    /// An interval under a second, or an age under the interval.
    pub fn new(interval: Option<Duration>, max_age: Option<Duration>) -> Result<Self, Mistakes> {
        let interval = interval.unwrap_or(INTERVAL);
        let max_age = max_age.unwrap_or_else(|| SHORTEST_AGE.max(interval.saturating_mul(4)));
        if interval < SHORTEST {
            return Err(Mistakes::from(
                "--refresh.interval: shorter than a second; give at least 1s".to_owned(),
            ));
        }
        if max_age < interval {
            return Err(Mistakes::from(
                "--refresh.max-age: shorter than --refresh.interval, so that every series would \
                 end before its next reading; give at least the interval"
                    .to_owned(),
            ));
        }
        Ok(Self { interval, max_age })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_follows_the_interval_and_is_never_under_an_hour() {
        let seconds = Duration::from_secs;
        let short = Refresh::new(Some(seconds(60)), None).unwrap();
        let long = Refresh::new(Some(seconds(7200)), None).unwrap();
        assert_eq!((short.max_age, long.max_age), (seconds(3600), seconds(28800)));
        assert!(Refresh::new(Some(seconds(0)), None).is_err());
        assert!(Refresh::new(Some(seconds(60)), Some(seconds(59))).is_err());
    }
}
