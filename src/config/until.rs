//! The last day on which an entry of the configuration holds.

use std::fmt::{Display, Formatter, Result as FmtResult};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The length of a date, as `2027-01-31`.
const LENGTH: usize = 10;

/// The last day on which an entry holds. It holds until midnight UTC at the end of that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Until(Date);

impl Until {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let date = text.parse().ok().filter(|_| text.len() == LENGTH);
        date.map(Self).ok_or_else(|| "expected a date such as 2027-01-31".to_owned())
    }

    /// The first moment after it; `None` at the end of the calendar.
    pub fn end(self) -> Option<Timestamp> {
        let next = self.0.tomorrow().ok()?;
        Some(next.to_zoned(TimeZone::UTC).ok()?.timestamp())
    }

    /// Whether that day is over.
    pub fn is_over(self, now: Timestamp) -> bool {
        self.end().is_some_and(|end| now >= end)
    }
}

impl Display for Until {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let until = Until::parse("2027-01-31").unwrap();
        let is_over = |now: &str| until.is_over(now.parse().unwrap());
        assert!(!is_over("2027-01-31T00:00:00Z"));
        assert!(!is_over("2027-01-31T23:59:59Z"));
        assert!(is_over("2027-02-01T00:00:00Z"));
        assert_eq!(until.to_string(), "2027-01-31");
    }

    #[test]
    fn only_a_date_is_a_date() {
        for text in ["", "2027", "2027-02-30", "2027-01-31T00:00", "31.01.2027", "never"] {
            assert_eq!(Until::parse(text).unwrap_err(), "expected a date such as 2027-01-31");
        }
    }

    #[test]
    fn the_last_day_of_the_calendar_is_never_over() {
        let until = Until::parse("9999-12-31").unwrap();
        assert_eq!((until.end(), until.is_over(Timestamp::MAX)), (None, false));
    }
}
