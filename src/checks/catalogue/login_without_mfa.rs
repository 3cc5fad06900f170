//! Logins without a second factor.

use std::time::Duration;

use ecow::eco_format;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::checks::verdict::{Part, judge_parts};
use crate::collectors::audit_log::Logins;
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::root_login_recent::reaches_back;

static WITHIN: Setting<Duration> = Setting {
    name: "within",
    default: days(30),
    limits: (days(1), days(3650)),
    help: "Report logins without a second factor that are not older than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "login_without_mfa",
    title: "Somebody logged in without a second factor",
    severity: Severity::High,
    why: "A password alone opened the account: who steals it can do the same.",
    repair: Repair {
        panel: "Account name > Security for the owner, and Identity, Security & Operations > \
                Identities for a user: enable a second factor",
        api: None,
    },
    needs: &["audit_log"],
    controls: &[controls::MFA],
    is_on: true,
    settings: &[WITHIN.spec()],
    evaluate,
    count: None,
};

/// The second factor of a person of the identity provider is the provider's.
fn evaluate(context: &Context<'_>) -> Verdict {
    let within = context.get(&WITHIN);
    judge_parts(&context.inventory.audit_log, |log| {
        let identities = log.logins.iter().filter(|logins| &*logins.kind != "PROVIDER");
        let mut parts: Vec<_> =
            identities.map(|logins| (part(logins), opinion(context, logins, within))).collect();
        if log.unclear > 0 || !reaches_back(context, log, within) {
            let unclear =
                Part { id: "unclear".into(), name: "earlier or unreadable events".into() };
            parts.push((unclear, Opinion::Unclear));
        }
        parts
    })
}

fn part(logins: &Logins) -> Part {
    let name = if logins.login.is_empty() { "the owner" } else { &logins.login };
    Part { id: eco_format!("{}:{}", logins.kind, logins.login), name: name.into() }
}

fn opinion(context: &Context<'_>, logins: &Logins, within: Duration) -> Opinion {
    match logins.last_without_factor {
        Some(last) if !context.is_older(last, within) => {
            let evidence = format!("last login without a second factor {}", last.strftime("%F"));
            Violation::because(evidence).into()
        }
        _ if logins.unknown_factor > 0 => Opinion::Unclear,
        _ => Opinion::Fine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{NOW, account, at, evaluated, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::audit_log::AuditLog;

    fn log(logins: Logins) -> Inventory {
        let log = AuditLog {
            oldest: Some(at("2025-01-01T00:00:00Z")),
            logins: vec![logins],
            ..AuditLog::default()
        };
        Inventory { audit_log: account(vec![log]), ..nothing() }
    }

    fn with(logins: Logins) -> String {
        outcome(&CHECK, &log(logins))
    }

    fn logins(kind: &str, without_factor: &str) -> Logins {
        let last_without_factor = without_factor.parse().ok();
        Logins { kind: kind.into(), login: "ann".to_owned(), last_without_factor, ..<_>::default() }
    }

    #[test]
    fn a_login_by_password_alone_is_reported_for_a_month() {
        let recent = with(logins("USER", "2026-10-22T00:00:00Z"));
        assert_eq!(recent, "fail: last login without a second factor 2026-10-22");
        assert_eq!(with(logins("USER", "2026-10-21T23:59:59Z")), "pass");
        assert_eq!(with(logins("USER", "")), "pass");
        assert_eq!(with(logins("PROVIDER", "2026-11-20T00:00:00Z")), "pass");
        let owner = Logins { login: String::new(), ..logins("ACCOUNT", NOW) };
        let findings = evaluated(&CHECK, &log(owner), NOW).findings;
        assert_eq!(findings[0].resource.name, "the owner");
    }

    #[test]
    fn logins_of_an_unknown_kind_are_no_pass() {
        let unknown = Logins { unknown_factor: 1, ..logins("USER", "") };
        assert_eq!(with(unknown), "not evaluated: unclear");
        let unclear = AuditLog { unclear: 1, ..AuditLog::default() };
        let known = Inventory { audit_log: account(vec![unclear]), ..nothing() };
        assert_eq!(outcome(&CHECK, &known), "not evaluated: unclear");
    }
}
