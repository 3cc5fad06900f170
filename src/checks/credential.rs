//! Legacy API credentials that nobody uses: each is a key to the account that nobody would miss
//! until it is found by somebody else.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::collectors::Inventory;
use crate::collectors::api_credential::Credential;
use crate::config::checks::Checks;
use crate::family::{Desc, Family, number};

use super::{Check, Count, Finding, Opinion, Severity, Verdict, judge};

static STALE_COUNT: Desc = Desc::gauge(
    "ovhcloud_api_credentials_stale",
    "Validated legacy API credentials that are not in use, by reason: unused for too long, or \
     never_used (GET /me/api/credential/{credentialId})",
    &["reason"],
);

pub(crate) static STALE: Check = Check {
    id: "credential_stale",
    title: "API credential not used for a long time",
    severity: Severity::Medium,
    evaluate: stale,
    count: Some(Count { desc: &STALE_COUNT, samples: |_, findings| count("unused", findings) }),
};

pub(crate) static NEVER_USED: Check = Check {
    id: "credential_never_used",
    title: "API credential never used",
    severity: Severity::Medium,
    evaluate: never_used,
    count: Some(Count { desc: &STALE_COUNT, samples: |_, findings| count("never_used", findings) }),
};

fn stale(inventory: &Inventory, config: &Checks, now: Timestamp) -> Verdict {
    judge_valid(inventory, |credential| match credential.last_used {
        // One that was never used is the other check's.
        None => Some(false),
        Some(last_used) => Some(is_longer(now.duration_since(last_used), config.stale_after)),
    })
}

fn never_used(inventory: &Inventory, config: &Checks, now: Timestamp) -> Verdict {
    judge_valid(inventory, |credential| match (credential.last_used, credential.created) {
        (Some(_), _) => Some(false),
        (None, None) => None,
        (None, Some(created)) => {
            Some(is_longer(now.duration_since(created), config.never_used_grace))
        }
    })
}

/// Asks of each credential whether it violates the rule, or nothing where that is not clear.
/// Credentials that open nothing, because they expired or were refused, are not judged.
fn judge_valid(inventory: &Inventory, rule: impl Fn(&Credential) -> Option<bool>) -> Verdict {
    // A credential has no name of its own; its application's tells people whose it is.
    let applications = inventory.api_application.items();
    let names: HashMap<Option<i64>, &str> =
        applications.map(|(_, application)| (application.id, application.name.as_str())).collect();
    let text = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
    judge(&inventory.api_credential, |credential| {
        let violates = match &*credential.status {
            "validated" => rule(credential),
            "" => None,
            _ => Some(false),
        };
        match violates {
            None => Opinion::Unclear(text(credential.id)),
            Some(false) => Opinion::Fine,
            Some(true) => {
                let application = names.get(&credential.application).copied();
                let application =
                    application.map_or_else(|| text(credential.application), str::to_owned);
                Opinion::Violates(text(credential.id), format!("application {application}"))
            }
        }
    })
}

fn is_longer(elapsed: SignedDuration, limit: Duration) -> bool {
    elapsed > SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX)
}

fn count(reason: &str, findings: &[Finding]) -> Family {
    let mut family = STALE_COUNT.family();
    family.add([reason.into()], number(findings.len()));
    family
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::api_application::Application;
    use crate::inventory::{Account, Gap, Reading, Reason, Section, Unknown};

    const NOW: &str = "2026-11-21T00:00:00Z";

    fn credential(status: &str, created: &str, last_used: Option<&str>) -> Credential {
        Credential {
            id: Some(7),
            application: Some(3),
            status: status.into(),
            created: created.parse().ok(),
            last_used: last_used.map(|text| text.parse().unwrap()),
        }
    }

    fn inventory(credentials: Vec<Credential>) -> Inventory {
        let mut inventory = Inventory::default();
        let section =
            Section { read_at: NOW.parse().unwrap(), whole: true, items: credentials.into() };
        inventory.api_credential.by_scope.insert(Account, section);
        inventory.api_credential.reading =
            Some(Reading { duration: Duration::ZERO, gaps: Vec::new() });
        inventory
    }

    fn verdict(check: &Check, inventory: &Inventory) -> Verdict {
        (check.evaluate)(inventory, &Checks::default(), NOW.parse().unwrap())
    }

    #[test]
    fn ninety_days_are_not_yet_stale_and_a_second_more_is() {
        // 90 days before now
        let just = credential("validated", "", Some("2026-08-23T00:00:00Z"));
        assert_eq!(verdict(&STALE, &inventory(vec![just])), Verdict::Pass);
        let over = credential("validated", "", Some("2026-08-22T23:59:59Z"));
        let Verdict::Fail(findings) = verdict(&STALE, &inventory(vec![over])) else { panic!() };
        assert_eq!(findings[0].resource, "7");
        assert_eq!(findings[0].resource_name, "application 3");
    }

    #[test]
    fn a_finding_tells_the_applications_name_where_it_is_known() {
        let old = credential("validated", "", Some("2026-01-01T00:00:00Z"));
        let mut inventory = inventory(vec![old]);
        let application =
            Application { id: Some(3), name: "backup".to_owned(), status: "active".into() };
        let read_at = NOW.parse().unwrap();
        let section = Section { read_at, whole: true, items: [application].into() };
        inventory.api_application.by_scope.insert(Account, section);
        let Verdict::Fail(findings) = verdict(&STALE, &inventory) else { panic!() };
        assert_eq!(findings[0].resource_name, "application backup");
    }

    #[test]
    fn a_new_credential_has_thirty_days_for_its_first_use() {
        let just = credential("validated", "2026-10-22T00:00:00Z", None);
        let over = credential("validated", "2026-10-21T23:59:59Z", None);
        assert_eq!(verdict(&NEVER_USED, &inventory(vec![just])), Verdict::Pass);
        let Verdict::Fail(findings) = verdict(&NEVER_USED, &inventory(vec![over])) else {
            panic!()
        };
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn what_opens_nothing_is_not_judged() {
        let expired = credential("expired", "2020-01-01T00:00:00Z", Some("2020-02-01T00:00:00Z"));
        let inventory = inventory(vec![expired]);
        assert_eq!(verdict(&STALE, &inventory), Verdict::Pass);
        assert_eq!(verdict(&NEVER_USED, &inventory), Verdict::Pass);
    }

    #[test]
    fn nothing_passes_for_want_of_data() {
        let not_evaluated = |inventory: &Inventory| match verdict(&NEVER_USED, inventory) {
            Verdict::NotEvaluated(unknown, _) => unknown,
            other => panic!("{other:?}"),
        };
        assert_eq!(not_evaluated(&Inventory::default()), Unknown::NotCollected);

        let mut unread = inventory(vec![]);
        let gap = Gap {
            project_id: "".into(),
            reason: Reason::Forbidden,
            count: 1,
            detail: String::new(),
            actions: [].into(),
        };
        unread.api_credential.reading.as_mut().unwrap().gaps.push(gap);
        unread.api_credential.by_scope.clear();
        assert_eq!(not_evaluated(&unread), Unknown::NotRead);

        let mut partial = inventory(vec![]);
        partial.api_credential.by_scope.get_mut(&Account).unwrap().whole = false;
        assert_eq!(not_evaluated(&partial), Unknown::Incomplete);

        let unclear = inventory(vec![credential("validated", "", None)]);
        assert_eq!(not_evaluated(&unclear), Unknown::Unclear);
    }
}
