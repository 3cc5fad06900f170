//! Legacy API credentials that are valid and no longer used.

use std::time::Duration;

use crate::collectors::Nullable;
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::credentials::{COUNT, REPAIR, count, judge_valid};
use crate::checks::check::{Check, Count};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict};

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(90),
    limits: (days(1), days(3650)),
    help: "Report credentials unused for longer than this",
    flag: Some("check.credential-stale.after"),
};

pub(super) static CHECK: Check = Check {
    id: "credential_stale",
    title: "API credential not used for a long time",
    severity: Severity::Medium,
    why: "An unused credential is a key to the account. Its leak stays unnoticed, and nobody \
          misses the credential when it is deleted.",
    repair: REPAIR,
    needs: &["api_credential"],
    controls: &[controls::STALE],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: Some(Count { desc: &COUNT, samples: |_, findings| count("unused", findings) }),
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    judge_valid(context, |credential| match credential.last_used {
        Nullable::Value(used) => context.overdue("last used", used, limit),
        // `credential_never_used` judges it.
        Nullable::Null => Opinion::Fine,
        Nullable::Unknown => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, credential, evaluated, inventory};
    use crate::checks::verdict::{Missing, Status};
    use crate::collectors::Inventory;
    use crate::collectors::api_application::Application;
    use crate::inventory::{Account, Gap, Reason, Sections, Unseen};

    fn verdict(inventory: &Inventory) -> Verdict {
        evaluated(&CHECK, inventory, NOW)
    }

    #[test]
    fn ninety_days_are_not_yet_stale_and_a_second_more_is() {
        // 90 days before now
        let just = credential("validated", "", Some("2026-08-23T00:00:00Z"));
        assert_eq!(verdict(&inventory(vec![just])), Verdict::default());
        let over = credential("validated", "", Some("2026-08-22T23:59:59Z"));
        let verdict = verdict(&inventory(vec![over]));
        let finding = &verdict.findings[0];
        assert_eq!(finding.resource.id, "7");
        assert_eq!(finding.resource.name, "application 3");
        assert_eq!(finding.evidence, "last used 2026-08-22");
        assert_eq!(finding.since, "2026-11-20T23:59:59Z".parse().ok());
    }

    #[test]
    fn a_finding_has_the_applications_name_where_it_is_known() {
        let old = credential("validated", "", Some("2026-01-01T00:00:00Z"));
        let mut inventory = inventory(vec![old]);
        let application =
            Application { id: Some(3), name: "backup".to_owned(), status: "active".into() };
        inventory.api_application =
            Sections::known(Account, NOW.parse().unwrap(), vec![application]);
        assert_eq!(verdict(&inventory).findings[0].resource.name, "application backup");
    }

    #[test]
    fn expired_credentials_are_not_judged() {
        let expired = credential("expired", "2020-01-01T00:00:00Z", Some("2020-02-01T00:00:00Z"));
        assert_eq!(verdict(&inventory(vec![expired])).status(), Status::Pass);
    }

    #[test]
    fn nothing_passes_without_data() {
        let missing = |inventory: &Inventory| verdict(inventory).missing;
        let unseen = |unseen| Some(Missing::Data(unseen));
        assert_eq!(missing(&Inventory::default()), unseen(Unseen::NotCollected));

        let mut unread = inventory(vec![]);
        let gap = Gap {
            project_id: "".into(),
            reason: Reason::Forbidden,
            count: 1,
            detail: String::new(),
            actions: [].into(),
            optional: false,
        };
        unread.api_credential.reading.as_mut().unwrap().gaps.push(gap);
        unread.api_credential.by_scope.clear();
        assert_eq!(missing(&unread), unseen(Unseen::NotRead));

        let mut partial = inventory(vec![]);
        partial.api_credential.by_scope.get_mut(&Account).unwrap().whole = false;
        assert_eq!(missing(&partial), unseen(Unseen::Incomplete));

        let unclear = verdict(&inventory(vec![credential("", "", None)]));
        assert_eq!((unclear.status(), unclear.unclear.len()), (Status::NotEvaluated, 1));
    }
}
