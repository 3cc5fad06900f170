//! Legacy API credentials without an end.

use crate::checks::check::Check;
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::collectors::Nullable;
use crate::config::severity::Severity;

use super::credentials::{ROTATION, judge_valid};

pub(super) static CHECK: Check = Check {
    id: "credential_no_expiry",
    title: "API credential never expires",
    severity: Severity::High,
    why: "Who finds it acts with its rights forever.",
    repair: ROTATION,
    needs: &["api_credential", "exporter_credential"],
    controls: &[controls::ROTATION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_valid(context, |credential| match credential.expires {
        Nullable::Null => Violation::because("it has no expiry").into(),
        Nullable::Value(_) => Opinion::Fine,
        Nullable::Unknown => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, at, credential, inventory, outcome};
    use crate::collectors::api_credential::Credential;

    #[test]
    fn a_credential_is_to_have_an_end() {
        let with = |expires, status| {
            let key = Credential { expires, ..credential(status, "", None) };
            outcome(&CHECK, &inventory(vec![key]))
        };
        assert_eq!(with(Nullable::Null, "validated"), "fail: it has no expiry");
        assert_eq!(with(Nullable::Value(at(NOW)), "validated"), "pass");
        assert_eq!(with(Nullable::Null, "expired"), "pass");
        assert_eq!(with(Nullable::Unknown, "validated"), "not evaluated: unclear");
    }
}
