//! The exporter's own credential: it needs to read and nothing else.

use crate::collectors::exporter_credential::Reach;
use crate::config::severity::Severity;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};

use super::policies::some;

pub(super) static CHECK: Check = Check {
    id: "exporter_credential_writes",
    title: "The exporter's own credential can do more than read",
    severity: Severity::Medium,
    why: "The exporter only reads. A thief of a credential that writes changes the account.",
    repair: Repair {
        panel: "Grant the credential the policy that `ovhcloud-exporter permissions` prints, and \
                remove its other rights",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &["exporter_credential"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.exporter_credential, |credential| {
        let writes = credential.reach.writes();
        match &credential.reach {
            _ if !writes.is_empty() => Violation::because(format!("may {}", some(&writes))).into(),
            Reach::Unknown | Reach::Actions { whole: false, .. } => Opinion::Unclear,
            Reach::Rules(_) | Reach::Actions { .. } => Opinion::Fine,
        }
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::checks::fixtures::evaluated;
    use crate::checks::verdict::Status;
    use crate::collectors::Inventory;
    use crate::collectors::exporter_credential::ExporterCredential;
    use crate::inventory::{Account, Sections};

    fn verdict(reach: Reach) -> Verdict {
        let credential = ExporterCredential {
            id: Some(7),
            name: "exporter".to_owned(),
            reach,
            ..<_>::default()
        };
        let inventory = Inventory {
            exporter_credential: Sections::known(Account, Timestamp::UNIX_EPOCH, vec![credential]),
            ..Inventory::default()
        };
        evaluated(&CHECK, &inventory, "1970-01-01T00:00:00Z")
    }

    fn rules(rules: &[&str]) -> Reach {
        Reach::Rules(rules.iter().map(|&rule| rule.to_owned()).collect())
    }

    #[test]
    fn a_credential_that_only_reads_passes() {
        assert_eq!(verdict(rules(&["GET /*"])).status(), Status::Pass);
        let none = Reach::Actions { allowed: vec![], whole: true };
        assert_eq!(verdict(none).status(), Status::Pass);
    }

    #[test]
    fn a_credential_that_writes_is_found() {
        let create = vec!["publicCloudProject:apiovh:instance/create".to_owned()];
        let actions = Reach::Actions { allowed: create, whole: false };
        for reach in [rules(&["GET /*", "DELETE /me/*"]), actions] {
            let findings = verdict(reach).findings;
            assert_eq!((findings[0].resource.id.as_str(), findings.len()), ("7", 1));
        }
        let many = rules(&["PUT /a", "PUT /b", "PUT /c", "PUT /d"]);
        assert_eq!(verdict(many).findings[0].evidence, "may PUT /a, PUT /b, PUT /c and 1 more");
    }

    #[test]
    fn unknown_rights_are_unclear() {
        for reach in [Reach::Unknown, Reach::Actions { allowed: vec![], whole: false }] {
            let verdict = verdict(reach);
            assert_eq!(verdict.status(), Status::NotEvaluated);
            assert_eq!(verdict.unclear[0].id, "7");
        }
    }
}
