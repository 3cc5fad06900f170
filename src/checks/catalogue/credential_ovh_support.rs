//! Legacy API credentials of OVHcloud's support.

use crate::checks::check::Check;
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::credentials::{REPAIR, judge_valid};

pub(super) static CHECK: Check = Check {
    id: "credential_ovh_support",
    title: "API credential was created by OVHcloud's support",
    severity: Severity::Info,
    why: "Somebody outside the team asked for it.",
    repair: REPAIR,
    needs: &["api_credential", "exporter_credential"],
    controls: &[&[(Framework::Iso27001, "A.5.19~")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_valid(context, |credential| match credential.ovh_support {
        Some(true) => Violation::because("created by OVHcloud's support").into(),
        Some(false) => Opinion::Fine,
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{credential, inventory, outcome};
    use crate::collectors::api_credential::Credential;

    #[test]
    fn a_credential_of_the_support_is_named() {
        let with = |ovh_support| {
            let key = Credential { ovh_support, ..credential("validated", "", None) };
            outcome(&CHECK, &inventory(vec![key]))
        };
        assert_eq!(with(Some(true)), "fail: created by OVHcloud's support");
        assert_eq!(with(Some(false)), "pass");
        assert_eq!(with(None), "not evaluated: unclear");
    }
}
