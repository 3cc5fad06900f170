//! A product, and the ends of life of its releases.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Product {
    /// The time at which its ends of life were stated.
    pub(super) stated: Timestamp,
    /// The ends of life by release, as `1.31`.
    pub(super) releases: BTreeMap<String, End>,
}

/// The end of life of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The last day of its life.
    On(Date),
    /// It is over; the date is unknown.
    Past,
    /// None is announced.
    Open,
}

impl End {
    /// The first moment after it, at midnight UTC; `None` if the date is unknown.
    pub fn moment(self) -> Option<Timestamp> {
        let Self::On(day) = self else { return None };
        Some(day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
    }

    /// Whether it is over.
    pub fn is_past(self, now: Timestamp) -> bool {
        match self {
            Self::On(_) => self.moment().is_some_and(|moment| now >= moment),
            Self::Past => true,
            Self::Open => false,
        }
    }
}
