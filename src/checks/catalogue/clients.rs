//! The parts that the checks of service accounts share.

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::collectors::oauth2_client::Client;

/// Applies a rule to each service account. A client of another flow acts with the rights of the
/// person who consents, and has none of its own.
pub(super) fn judge_service_accounts(
    context: &Context<'_>,
    rule: impl Fn(&Client) -> Opinion,
) -> Verdict {
    judge(&context.inventory.oauth2_client, |client| match (&*client.flow, rule(client)) {
        ("CLIENT_CREDENTIALS", Opinion::Violates(violation)) if context.own().is_client(client) => {
            violation.named(format!("{} (this exporter)", client.name)).into()
        }
        ("CLIENT_CREDENTIALS", opinion) => opinion,
        ("", _) => Opinion::Unclear,
        _ => Opinion::Fine,
    })
}
