//! The schedule of the refreshes, and the age limit of their data.

use std::collections::BTreeMap;
use std::time::Duration;

use super::errors::ConfigErrors;
use super::located::{Located, value_or};
use super::parse;
use super::setting::shown;
use super::table::Table;

/// The default interval of an account: the counts change by the hour, and a refresh costs
/// OVHcloud's API tens of calls.
pub const INTERVAL: Duration = Duration::from_mins(5);

/// The shortest interval that is accepted.
pub const SHORTEST: Duration = Duration::from_secs(1);

/// A value that is not refreshed is kept at least this long, so that a short interval does not
/// turn a short outage into holes.
const SHORTEST_AGE: Duration = Duration::from_hours(1);

/// The schedule of the refreshes, and the age limit of their data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refresh {
    /// From the start of a refresh to the start of the next (`--refresh.interval`,
    /// `refresh.interval`, 5 minutes).
    pub interval: Duration,
    /// The age at which a section that cannot be refreshed is dropped
    /// (`--refresh.max-age`, `refresh.max_age`, 4 intervals and at least an hour).
    pub max_age: Duration,
    /// The greatest random delay of a refresh, so that many accounts do not start at once
    /// (`refresh.jitter`, 0).
    pub jitter: Duration,
}

/// The collectors that are read less often than the account (`refresh.collectors`, and those that
/// are expensive); the others run in each refresh.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intervals(pub BTreeMap<&'static str, Duration>);

/// The options as given.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// See [`Refresh::interval`].
    pub interval: Option<Located<Duration>>,
    /// See [`Refresh::max_age`].
    pub max_age: Option<Located<Duration>>,
    /// See [`Refresh::jitter`].
    pub jitter: Option<Located<Duration>>,
    /// See [`Intervals`].
    pub collectors: BTreeMap<&'static str, Located<Duration>>,
}

impl Refresh {
    /// From what was typed.
    ///
    /// # Errors
    ///
    /// An interval under a second, or an age under the interval.
    pub fn new(
        interval: Option<Duration>,
        max_age: Option<Duration>,
    ) -> Result<Self, ConfigErrors> {
        let asked = Options {
            interval: interval.map(|value| Located::at("--refresh.interval", value)),
            max_age: max_age.map(|value| Located::at("--refresh.max-age", value)),
            ..Options::default()
        };
        let mut errors = ConfigErrors::default();
        asked.check(&mut errors);
        let (refresh, _) = asked.resolve(&BTreeMap::new(), &mut errors);
        if errors.0.is_empty() { Ok(refresh) } else { Err(errors) }
    }
}

impl Options {
    pub(super) fn read(table: &mut Table<'_>, collectors: &[&'static str]) -> Self {
        Self {
            interval: table.read("interval", parse::duration),
            max_age: table.read("max_age", parse::duration),
            jitter: table.read("jitter", parse::duration),
            collectors: table.table("collectors", |table| {
                let names = parse::named(table, "collector", collectors).into_iter();
                names
                    .filter_map(|(name, value)| Some((name, value.read(parse::duration)?)))
                    .collect()
            }),
        }
    }

    /// Notes what is wrong with each value by itself.
    pub(super) fn check(&self, errors: &mut ConfigErrors) {
        let long_enough = |interval: &Duration| {
            let got = shown(*interval);
            if *interval < SHORTEST {
                Err(format!("expected at least 1s, got {got}"))
            } else {
                Ok(())
            }
        };
        Located::obey(self.interval.as_ref(), long_enough, errors);
        for interval in self.collectors.values() {
            Located::obey(Some(interval), long_enough, errors);
        }
    }

    /// Returns these options over those of `below`, which has less precedence.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            interval: self.interval.or(below.interval),
            max_age: self.max_age.or(below.max_age),
            jitter: self.jitter.or(below.jitter),
            collectors: if self.collectors.is_empty() { below.collectors } else { self.collectors },
        }
    }

    /// Resolves the options, and notes those that do not fit together.
    pub(super) fn resolve(
        self,
        usual: &BTreeMap<&'static str, Duration>,
        errors: &mut ConfigErrors,
    ) -> (Refresh, Intervals) {
        let interval = value_or(self.interval, INTERVAL);
        let fits_the_interval = |age: &Duration| {
            let (least, got) = (shown(interval), shown(*age));
            let too_short = || {
                format!(
                    "expected at least the refresh interval ({least}), got {got}; values would be \
                     dropped before the next refresh"
                )
            };
            if *age < interval { Err(too_short()) } else { Ok(()) }
        };
        Located::obey(self.max_age.as_ref(), fits_the_interval, errors);
        let below_the_interval = |jitter: &Duration| {
            let (most, got) = (shown(interval), shown(*jitter));
            let too_long = || format!("expected at most the refresh interval ({most}), got {got}");
            if *jitter > interval { Err(too_long()) } else { Ok(()) }
        };
        Located::obey(self.jitter.as_ref(), below_the_interval, errors);
        let max_age = value_or(self.max_age, SHORTEST_AGE.max(interval.saturating_mul(4)));
        let refresh = Refresh { interval, max_age, jitter: value_or(self.jitter, Duration::ZERO) };
        let asked = self.collectors.into_iter().map(|(name, interval)| (name, interval.value));
        let each = usual.iter().map(|(name, interval)| (*name, *interval)).chain(asked);
        (refresh, Intervals(each.collect()))
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
