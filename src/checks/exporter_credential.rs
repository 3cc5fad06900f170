//! The exporter's own credential: it needs to read and nothing else, so that whoever steals it
//! can change nothing.

use jiff::Timestamp;

use crate::collectors::Inventory;
use crate::collectors::exporter_credential::Reach;
use crate::config::checks::Checks;

use super::{Check, Opinion, Severity, Verdict, judge};

pub(crate) static WRITES: Check = Check {
    id: "exporter_credential_writes",
    title: "The exporter's own credential can do more than read",
    severity: Severity::Medium,
    evaluate: writes,
    count: None,
};

fn writes(inventory: &Inventory, _: &Checks, _: Timestamp) -> Verdict {
    judge(&inventory.exporter_credential, |credential| match &credential.reach {
        reach if !reach.writes().is_empty() => {
            Opinion::Violates(credential.label(), credential.name.clone())
        }
        Reach::Unknown | Reach::Actions { whole: false, .. } => {
            Opinion::Unclear(credential.label())
        }
        Reach::Rules(_) | Reach::Actions { .. } => Opinion::Fine,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::collectors::exporter_credential::ExporterCredential;
    use crate::inventory::{Account, Reading, Section, Unknown};

    fn verdict(reach: Reach) -> Verdict {
        let credential = ExporterCredential {
            id: Some(7),
            name: "exporter".to_owned(),
            reach,
            ..<_>::default()
        };
        let section =
            Section { read_at: Timestamp::UNIX_EPOCH, whole: true, items: vec![credential].into() };
        let mut inventory = Inventory::default();
        inventory.exporter_credential.by_scope.insert(Account, section);
        inventory.exporter_credential.reading =
            Some(Reading { duration: Duration::ZERO, gaps: Vec::new() });
        writes(&inventory, &Checks::default(), Timestamp::UNIX_EPOCH)
    }

    fn rules(rules: &[&str]) -> Reach {
        Reach::Rules(rules.iter().map(|&rule| rule.to_owned()).collect())
    }

    #[test]
    fn a_credential_that_reads_only_is_well() {
        assert_eq!(verdict(rules(&["GET /*"])), Verdict::Pass);
        assert_eq!(verdict(Reach::Actions { allowed: vec![], whole: true }), Verdict::Pass);
    }

    #[test]
    fn a_credential_that_writes_is_found() {
        let create = vec!["publicCloudProject:apiovh:instance/create".to_owned()];
        let actions = Reach::Actions { allowed: create, whole: false };
        for reach in [rules(&["GET /*", "DELETE /me/*"]), actions] {
            let Verdict::Fail(findings) = verdict(reach) else { panic!("it passes") };
            assert_eq!((findings[0].resource.as_str(), findings.len()), ("7", 1));
        }
    }

    #[test]
    fn what_ovhcloud_does_not_tell_is_unclear() {
        for reach in [Reach::Unknown, Reach::Actions { allowed: vec![], whole: false }] {
            let unclear = Verdict::NotEvaluated(Unknown::Unclear, vec!["7".to_owned()]);
            assert_eq!(verdict(reach), unclear);
        }
    }
}
