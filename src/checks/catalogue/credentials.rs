//! The parts that the checks of legacy API credentials share.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::collectors::api_credential::Credential;
use crate::family::{Desc, Family, number};

use crate::checks::check::Repair;
use crate::checks::context::Context;
use crate::checks::verdict::{Finding, Opinion, Verdict, Violation, judge};

/// The count of unused credentials, by reason.
pub(super) static COUNT: Desc = Desc::gauge(
    "ovhcloud_api_credentials_stale",
    "Validated legacy API credentials that are not in use, by reason: unused for too long, or \
     never_used (GET /me/api/credential/{credentialId})",
    &["reason"],
);

pub(super) const REPAIR: Repair = Repair {
    panel: "API keys: ask the owner of the application, then delete the key; a single credential \
            is deleted over the API",
    api: Some("DELETE /me/api/credential/{credentialId}"),
};

pub(super) fn count(reason: &str, findings: &[Finding]) -> Family {
    let mut family = COUNT.family();
    family.add([reason.into()], number(findings.len()));
    family
}

/// Applies a rule to each credential that is valid: expired and refused credentials
/// violate nothing, and a credential without a status is unclear.
pub(super) fn judge_valid(context: &Context<'_>, rule: impl Fn(&Credential) -> Opinion) -> Verdict {
    judge(&context.inventory.api_credential, |credential| match &*credential.status {
        "validated" => named(context, credential, rule(credential)),
        "" => Opinion::Unclear,
        _ => Opinion::Fine,
    })
}

/// A credential has no name of its own: the name of its application shows people its owner.
fn named(context: &Context<'_>, credential: &Credential, opinion: Opinion) -> Opinion {
    let application = credential.application.and_then(|id| context.application(id));
    match (opinion, application) {
        (Opinion::Violates(violation), Some(name)) => {
            violation.named(format!("application {name}")).into()
        }
        (opinion, _) => opinion,
    }
}

/// A violation from `limit` after this date on.
pub(super) fn overdue(
    context: &Context<'_>,
    evidence: &str,
    date: Timestamp,
    limit: Duration,
) -> Opinion {
    let signed = SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX);
    if context.now.duration_since(date) <= signed {
        return Opinion::Fine;
    }
    let day = date.strftime("%F");
    Violation::because(format!("{evidence} {day}")).since(date.checked_add(signed).ok()).into()
}
