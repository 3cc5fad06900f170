//! Logins of the owner.

use std::time::Duration;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls::Framework;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::collectors::audit_log::AuditLog;
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

static WITHIN: Setting<Duration> = Setting {
    name: "within",
    default: days(30),
    limits: (days(1), days(3650)),
    help: "Report logins of the owner that are not older than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "root_login_recent",
    title: "The owner of the account logged in recently",
    severity: Severity::Medium,
    why: "No policy limits the owner, whose login is for emergencies.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities: work as a local user or by the \
                identity provider",
        api: None,
    },
    needs: &["audit_log"],
    controls: &[&[(Framework::CisAws3, "1.7")]],
    is_on: false,
    settings: &[WITHIN.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let within = context.get(&WITHIN);
    judge(&context.inventory.audit_log, |log| {
        let mut owner = log.logins.iter().filter(|logins| &*logins.kind == "ACCOUNT");
        match owner.find_map(|logins| logins.last) {
            Some(last) if !context.is_older(last, within) => {
                Violation::because(format!("last login {}", last.strftime("%F"))).into()
            }
            _ if log.unclear > 0 || !reaches_back(context, log, within) => Opinion::Unclear,
            _ => Opinion::Fine,
        }
    })
}

/// Whether the log proves that nobody logged in within this time: it has an older event.
pub(super) fn reaches_back(context: &Context<'_>, log: &AuditLog, within: Duration) -> bool {
    log.oldest.is_some_and(|oldest| context.is_older(oldest, within))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, at, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::audit_log::Logins;

    fn log(logins: Logins) -> Inventory {
        let log = AuditLog {
            oldest: Some(at("2025-01-01T00:00:00Z")),
            logins: vec![logins],
            ..AuditLog::default()
        };
        Inventory { audit_log: account(vec![log]), ..nothing() }
    }

    fn with(kind: &str, last: &str) -> String {
        let logins = Logins { kind: kind.into(), count: 1, last: Some(at(last)), ..<_>::default() };
        outcome(&CHECK, &log(logins))
    }

    #[test]
    fn a_login_of_the_owner_within_the_time_is_reported() {
        assert_eq!(with("ACCOUNT", "2026-10-22T00:00:00Z"), "fail: last login 2026-10-22");
        assert_eq!(with("ACCOUNT", "2026-10-21T23:59:59Z"), "pass");
        assert_eq!(with("USER", "2026-11-20T00:00:00Z"), "pass");
    }

    #[test]
    fn an_event_that_may_be_a_login_is_no_pass() {
        let unclear = AuditLog { unclear: 1, ..AuditLog::default() };
        let known = Inventory { audit_log: account(vec![unclear]), ..nothing() };
        assert_eq!(outcome(&CHECK, &known), "not evaluated: unclear");
        let young = AuditLog { oldest: Some(at("2026-11-01T00:00:00Z")), ..AuditLog::default() };
        for short in [young, AuditLog::default()] {
            let known = Inventory { audit_log: account(vec![short]), ..nothing() };
            assert_eq!(outcome(&CHECK, &known), "not evaluated: unclear");
        }
    }
}
