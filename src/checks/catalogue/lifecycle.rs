//! The parts that the checks of ends of life share.

use std::fmt::Display;
use std::time::Duration;

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Violation};
use crate::config::severity::Severity;
use crate::end_of_life::End;

/// The opinion about a release: of the check's severity after its end of life, of
/// [`Severity::Medium`] from `soon` before it on.
pub(super) fn opinion(
    context: &Context<'_>,
    release: impl Display,
    end: End,
    soon: Duration,
) -> Opinion {
    let now = context.now;
    match (end, end.moment()) {
        (End::On(day), Some(moment)) if end.is_past(now) => {
            let evidence = format!("upstream end of life of {release} was {day}");
            Violation::because(evidence).since(Some(moment)).into()
        }
        (End::On(day), Some(moment)) if context.is_within(moment, soon) => {
            let evidence = format!("upstream end of life of {release} is {day}");
            let since = moment.checked_sub(soon).ok();
            Violation::because(evidence).since(since).severity(Severity::Medium).into()
        }
        (End::Past, _) => {
            Violation::because(format!("{release} is past its upstream end of life")).into()
        }
        (End::On(_) | End::Open, _) => Opinion::Fine,
    }
}
