//! The parts that the checks of legacy API credentials share.

use std::collections::BTreeMap;

use crate::collectors::Collect as _;
use crate::collectors::api_credential::Credential;
use crate::family::{Desc, Family, number};

use crate::checks::check::Repair;
use crate::checks::context::Context;
use crate::checks::verdict::{Finding, Opinion, Verdict, judge};

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

/// The repair of a credential that is in use.
pub(super) const ROTATION: Repair = Repair {
    panel: "API keys: create a new key with the rights that the program needs and with an end, use it \
            in place of the old one, and delete the old one",
    api: None,
};

pub(super) fn count(reason: &str, findings: &[Finding]) -> Family {
    let mut family = COUNT.family();
    family.add([reason.into()], number(findings.len()));
    family
}

/// Applies a rule to each credential that is valid: expired and refused credentials
/// violate nothing, and a credential without a status is unclear.
pub(super) fn judge_valid(context: &Context<'_>, rule: impl Fn(&Credential) -> Opinion) -> Verdict {
    judge_named(context, |credential| match &*credential.status {
        "validated" => rule(credential),
        "" => Opinion::Unclear,
        _ => Opinion::Fine,
    })
}

/// Applies a rule to each credential.
pub(super) fn judge_named(context: &Context<'_>, rule: impl Fn(&Credential) -> Opinion) -> Verdict {
    judge(&context.inventory.api_credential, |credential| {
        named(context, credential, rule(credential))
    })
}

/// A credential has no name of its own: the name of its application shows people its owner.
fn named(context: &Context<'_>, credential: &Credential, opinion: Opinion) -> Opinion {
    let Opinion::Violates(violation) = opinion else { return opinion };
    let application = credential.application.and_then(|id| context.application(id));
    let name = application.map_or(credential.name(), |name| format!("application {name}").into());
    if context.own().is_credential(credential) {
        violation.named(format!("{name} (this exporter)")).into()
    } else {
        violation.named(name).into()
    }
}

/// The number of valid credentials of each application.
pub(super) struct ValidKeys {
    by_application: BTreeMap<i64, u64>,
    /// Whether each credential says its application and its status.
    pub(super) are_known: bool,
}

impl ValidKeys {
    pub(super) fn of(context: &Context<'_>) -> Self {
        let credentials = &context.inventory.api_credential;
        let mut by_application = BTreeMap::new();
        let mut are_known = credentials.unseen().is_none();
        for (_, credential) in credentials.items() {
            are_known &= !credential.status.is_empty();
            match credential.application {
                Some(id) if credential.is_valid() => *by_application.entry(id).or_default() += 1,
                Some(_) => {}
                None => are_known = false,
            }
        }
        Self { by_application, are_known }
    }

    /// The number of valid credentials of this application.
    pub(super) fn count(&self, application: i64) -> u64 {
        self.by_application.get(&application).copied().unwrap_or_default()
    }
}
