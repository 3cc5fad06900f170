//! Dates against the limits of checks.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::config::severity::Severity;

use super::context::Context;
use super::verdict::{Opinion, Violation};

impl Context<'_> {
    /// A violation from `limit` after this date on, with the day after the evidence.
    pub(crate) fn overdue(&self, evidence: &str, date: Timestamp, limit: Duration) -> Opinion {
        if !self.is_older(date, limit) {
            return Opinion::Fine;
        }
        let day = date.strftime("%F");
        let since = date.checked_add(signed(limit)).ok();
        Violation::because(format!("{evidence} {day}")).since(since).into()
    }

    /// Whether the date lies longer ago than the limit.
    pub(crate) fn is_older(&self, date: Timestamp, limit: Duration) -> bool {
        self.now.duration_since(date) > signed(limit)
    }

    /// Whether the date is past, or sooner than the limit from now.
    pub(crate) fn is_within(&self, date: Timestamp, limit: Duration) -> bool {
        date.duration_since(self.now) < signed(limit)
    }

    /// A violation from `soon` before this end on: of the check's severity where less than `urgent`
    /// remains, of [`Severity::Medium`] before.
    pub(crate) fn expiring(&self, end: Timestamp, [soon, urgent]: [Duration; 2]) -> Opinion {
        if !self.is_within(end, soon) {
            return Opinion::Fine;
        }
        let verb = if end <= self.now { "expired" } else { "expires" };
        let violation = Violation::because(format!("{verb} {}", end.strftime("%F")))
            .since(end.checked_sub(signed(soon)).ok());
        if self.is_within(end, urgent) {
            violation.into()
        } else {
            violation.severity(Severity::Medium).into()
        }
    }
}

fn signed(limit: Duration) -> SignedDuration {
    SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX)
}
