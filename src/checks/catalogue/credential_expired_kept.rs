//! Legacy API credentials past their end.

use crate::checks::check::Check;
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::credentials::{REPAIR, judge_named};

pub(super) static CHECK: Check = Check {
    id: "credential_expired_kept",
    title: "Expired API credential is still listed",
    severity: Severity::Low,
    why: "It opens nothing, and hides those that do in a long list.",
    repair: REPAIR,
    needs: &["api_credential", "exporter_credential"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_named(context, |credential| {
        let end = credential.expires.value().filter(|end| **end <= context.now);
        match (&*credential.status, end) {
            (_, Some(end)) => Violation::because(format!("expired {}", end.strftime("%F"))).into(),
            ("expired", None) => Violation::because("its status is expired").into(),
            ("", None) => Opinion::Unclear,
            ("validated", None) if credential.expires.is_unknown() => Opinion::Unclear,
            _ => Opinion::Fine,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, at, credential, inventory, outcome};
    use crate::collectors::Nullable;
    use crate::collectors::api_credential::Credential;
    use jiff::Timestamp;

    fn with(status: &str, expires: Nullable<Timestamp>) -> String {
        let key = Credential { expires, ..credential(status, "", None) };
        outcome(&CHECK, &inventory(vec![key]))
    }

    #[test]
    fn a_credential_ends_at_its_expiry() {
        assert_eq!(with("validated", Nullable::Value(at(NOW))), "fail: expired 2026-11-21");
        assert_eq!(with("validated", Nullable::Value(at("2026-11-21T00:00:01Z"))), "pass");
        assert_eq!(with("expired", Nullable::Null), "fail: its status is expired");
        assert_eq!(with("refused", Nullable::Null), "pass");
    }

    #[test]
    fn an_unknown_status_or_end_is_unclear() {
        for status in ["", "validated"] {
            assert_eq!(with(status, Nullable::Unknown), "not evaluated: unclear");
        }
    }
}
