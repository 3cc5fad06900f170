//! Legacy API credentials that may read everything.

use crate::checks::check::Check;
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::credentials::{ROTATION, judge_valid};

pub(super) static CHECK: Check = Check {
    id: "credential_full_read",
    title: "API credential may read everything, beside all policies",
    severity: Severity::Medium,
    why: "Its holder reads each resource of the account, secrets that the API shows included.",
    repair: ROTATION,
    needs: &["api_credential", "exporter_credential"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// The exporter's own credential reads much by its purpose; its writes are
/// `exporter_credential_writes`.
fn evaluate(context: &Context<'_>) -> Verdict {
    judge_valid(context, |credential| match &credential.rules {
        _ if context.own().is_credential(credential) => Opinion::Fine,
        None => Opinion::Unclear,
        Some(rules) => match rules.permitting_all(&["GET"]) {
            Some(rule) => Violation::because(format!("may {rule}")).into(),
            None => Opinion::Fine,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, credential, inventory, outcome, ruled, ruled_by};
    use crate::collectors::Inventory;
    use crate::collectors::api_credential::{Credential, Rules};
    use crate::collectors::exporter_credential::ExporterCredential;

    fn with(rules: &[(&str, &str)]) -> String {
        outcome(&CHECK, &ruled(rules))
    }

    #[test]
    fn the_whole_api_fails_and_a_part_of_it_does_not() {
        assert_eq!(with(&[("GET", "/*")]), "fail: may GET /*");
        assert_eq!(with(&[("GET", "/me/*"), ("PUT", "/*")]), "pass");
        assert_eq!(outcome(&CHECK, &ruled_by(None)), "not evaluated: unclear");
    }

    #[test]
    fn the_credential_of_the_exporter_is_left_alone() {
        let paths = [("GET".into(), ["/*".to_owned()].into())].into();
        let rules = Some(Rules { count: 1, paths });
        let key = Credential { rules, ..credential("validated", "", None) };
        let own = ExporterCredential { id: key.id, ..ExporterCredential::default() };
        let exporter_credential = account(vec![own]);
        let known = Inventory { exporter_credential, ..inventory(vec![key]) };
        assert_eq!(outcome(&CHECK, &known), "pass");
    }
}
