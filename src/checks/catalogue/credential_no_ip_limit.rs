//! Legacy API credentials that work from any address.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::credentials::judge_valid;

pub(super) static CHECK: Check = Check {
    id: "credential_no_ip_limit",
    title: "API credential works from any address",
    severity: Severity::Medium,
    why: "A stolen credential can be used from anywhere.",
    repair: Repair {
        panel: "API keys: create a key with a limit of addresses in its place; the limit of an \
                existing one is set over the API",
        api: Some("PUT /me/api/credential/{credentialId}"),
    },
    needs: &["api_credential", "exporter_credential"],
    controls: &[&[(Framework::Iso27001, "A.8.20~")]],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_valid(context, |credential| match credential.is_unrestricted() {
        Some(true) => Violation::because("no address is excluded").into(),
        Some(false) => Opinion::Fine,
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{credential, inventory, outcome};
    use crate::collectors::Nullable;
    use crate::collectors::api_credential::Credential;

    #[test]
    fn a_list_without_a_limit_is_no_limit() {
        let with = |allowed_ips| {
            let key = Credential { allowed_ips, ..credential("validated", "", None) };
            outcome(&CHECK, &inventory(vec![key]))
        };
        let blocks = |blocks: &[&str]| {
            Nullable::Value(blocks.iter().map(|&block| block.to_owned()).collect())
        };
        for open in [Nullable::Null, blocks(&[]), blocks(&["192.0.2.0/24", "0.0.0.0/0"])] {
            assert_eq!(with(open), "fail: no address is excluded");
        }
        assert_eq!(with(blocks(&["192.0.2.0/24"])), "pass");
        assert_eq!(with(Nullable::Unknown), "not evaluated: unclear");
    }
}
