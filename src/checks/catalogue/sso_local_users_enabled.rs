//! Local users beside an identity provider.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "sso_local_users_enabled",
    title: "Local users may log in beside the identity provider",
    severity: Severity::Medium,
    why: "A password of a local user bypasses the rules of the identity provider.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > SSO: disable local users, once a \
                person of the identity provider can administrate the account",
        api: Some("PUT /me/identity/provider"),
    },
    needs: &["identity_provider"],
    controls: &[controls::FEDERATION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.identity_provider, |provider| match provider.local_users_disabled {
        Some(true) => Opinion::Fine,
        Some(false) => Violation::because("local users are enabled").into(),
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::identity_provider::Provider;

    fn with(local_users_disabled: Option<bool>) -> String {
        let provider = Provider { url: String::new(), local_users_disabled, certificates: vec![] };
        outcome(&CHECK, &Inventory { identity_provider: account(vec![provider]), ..nothing() })
    }

    #[test]
    fn local_users_beside_a_provider_fail() {
        assert_eq!(with(Some(true)), "pass");
        assert_eq!(with(Some(false)), "fail: local users are enabled");
        assert_eq!(with(None), "not evaluated: unclear");
    }

    #[test]
    fn an_account_without_a_provider_passes() {
        assert_eq!(outcome(&CHECK, &nothing()), "pass");
    }
}
