//! Dates against the limits of checks.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Violation};
use crate::config::severity::Severity;

/// A violation from `limit` after this date on.
pub(super) fn overdue(
    context: &Context<'_>,
    evidence: &str,
    date: Timestamp,
    limit: Duration,
) -> Opinion {
    if !is_older(context, date, limit) {
        return Opinion::Fine;
    }
    let day = date.strftime("%F");
    let since = date.checked_add(signed(limit)).ok();
    Violation::because(format!("{evidence} {day}")).since(since).into()
}

/// Whether a date is longer ago than the limit.
pub(super) fn is_older(context: &Context<'_>, date: Timestamp, limit: Duration) -> bool {
    context.now.duration_since(date) > signed(limit)
}

/// A violation from `soon` before this end on: of the check's severity where less than `urgent`
/// remains, of [`Severity::Medium`] before.
pub(super) fn expiring(
    context: &Context<'_>,
    end: Timestamp,
    [soon, urgent]: [Duration; 2],
) -> Opinion {
    let left = end.duration_since(context.now);
    if left >= signed(soon) {
        return Opinion::Fine;
    }
    let verb = if end <= context.now { "expired" } else { "expires" };
    let violation = Violation::because(format!("{verb} {}", end.strftime("%F")))
        .since(end.checked_sub(signed(soon)).ok());
    if left < signed(urgent) {
        violation.into()
    } else {
        violation.severity(Severity::Medium).into()
    }
}

fn signed(limit: Duration) -> SignedDuration {
    SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX)
}
