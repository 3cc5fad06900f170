//! Legacy API credentials that were never used.

use std::time::Duration;

use crate::collectors::Nullable;
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::credentials::{COUNT, REPAIR, count, judge_valid};
use crate::checks::check::{Check, Count};
use crate::checks::context::Context;
use crate::checks::controls::{self, Framework};
use crate::checks::verdict::{Opinion, Verdict};

static GRACE: Setting<Duration> = Setting {
    name: "grace",
    default: days(30),
    limits: (days(1), days(3650)),
    help: "Report credentials without a first use for longer than this after their creation",
    flag: Some("check.credential-never-used.grace"),
};

pub(super) static CHECK: Check = Check {
    id: "credential_never_used",
    title: "API credential never used",
    severity: Severity::Medium,
    why: "A credential without a first use is a key to the account that nobody needs and that \
          nobody misses if it leaks.",
    repair: REPAIR,
    needs: &["api_credential"],
    controls: &[controls::STALE, &[(Framework::CisAws3, "1.11")]],
    is_on: true,
    settings: &[GRACE.spec()],
    evaluate,
    count: Some(Count { desc: &COUNT, samples: |_, findings| count("never_used", findings) }),
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&GRACE);
    judge_valid(context, |credential| match (credential.last_used, credential.created) {
        (Nullable::Value(_), _) => Opinion::Fine,
        (Nullable::Unknown, _) | (Nullable::Null, None) => Opinion::Unclear,
        (Nullable::Null, Some(created)) => {
            context.overdue("never used since its creation on", created, limit)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, credential, evaluated, inventory};
    use crate::checks::verdict::Status;
    use crate::collectors::api_credential::Credential;

    fn verdict(credential: Credential) -> Verdict {
        evaluated(&CHECK, &inventory(vec![credential]), NOW)
    }

    #[test]
    fn a_new_credential_has_thirty_days_for_its_first_use() {
        let just = credential("validated", "2026-10-22T00:00:00Z", None);
        assert_eq!(verdict(just).status(), Status::Pass);
        let finding = verdict(credential("validated", "2026-10-21T23:59:59Z", None)).findings;
        assert_eq!(finding[0].evidence, "never used since its creation on 2026-10-21");
        assert_eq!(finding[0].since, "2026-11-20T23:59:59Z".parse().ok());
    }

    #[test]
    fn a_credential_in_use_or_without_validity_is_not_judged() {
        let used = credential("validated", "2020-01-01T00:00:00Z", Some("2020-02-01T00:00:00Z"));
        let refused = credential("refused", "2020-01-01T00:00:00Z", None);
        assert_eq!(verdict(used).status(), Status::Pass);
        assert_eq!(verdict(refused).status(), Status::Pass);
    }

    #[test]
    fn a_credential_without_dates_is_unclear() {
        let verdict = verdict(credential("validated", "", None));
        assert_eq!((verdict.status(), verdict.unclear.len()), (Status::NotEvaluated, 1));
    }
}
