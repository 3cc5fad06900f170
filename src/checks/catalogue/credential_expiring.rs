//! Legacy API credentials in use that are about to expire.

use std::time::Duration;

use crate::checks::check::Check;
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::collectors::Nullable;
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::credentials::{ROTATION, judge_valid};

static SOONER: Setting<Duration> = Setting {
    name: "sooner",
    default: days(14),
    limits: (days(1), days(3650)),
    help: "Report credentials that end sooner than this",
    flag: None,
};

static USED: Setting<Duration> = Setting {
    name: "used",
    default: days(30),
    limits: (days(1), days(3650)),
    help: "Leave credentials alone that were not used for longer than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "credential_expiring",
    title: "API credential in use is about to expire",
    severity: Severity::Medium,
    why: "The program that uses it stops with its end.",
    repair: ROTATION,
    needs: &["api_credential", "exporter_credential"],
    controls: &[controls::CERTIFICATES],
    is_on: true,
    settings: &[SOONER.spec(), USED.spec()],
    evaluate,
    count: None,
};

/// An unused credential may end.
fn evaluate(context: &Context<'_>) -> Verdict {
    let (sooner, used_within) = (context.get(&SOONER), context.get(&USED));
    judge_valid(context, |credential| {
        let end = match credential.expires {
            Nullable::Value(end) => end,
            Nullable::Null => return Opinion::Fine,
            Nullable::Unknown => return Opinion::Unclear,
        };
        match credential.last_used {
            _ if !context.is_within(end, sooner) => Opinion::Fine,
            Nullable::Null => Opinion::Fine,
            Nullable::Value(used) if context.is_older(used, used_within) => Opinion::Fine,
            Nullable::Value(_) => Violation::because(format!("ends {}", end.strftime("%F"))).into(),
            Nullable::Unknown => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{at, credential, inventory, outcome};
    use crate::collectors::api_credential::Credential;

    fn with(end: &str, last_used: Nullable<&str>) -> String {
        let last_used = match last_used {
            Nullable::Value(date) => Nullable::Value(at(date)),
            Nullable::Null => Nullable::Null,
            Nullable::Unknown => Nullable::Unknown,
        };
        let expires = end.parse().map_or(Nullable::Unknown, Nullable::Value);
        let key = Credential { last_used, expires, ..credential("validated", "", None) };
        outcome(&CHECK, &inventory(vec![key]))
    }

    #[test]
    fn two_weeks_are_enough_and_a_second_less_is_not() {
        let used = Nullable::Value("2026-11-20T00:00:00Z");
        assert_eq!(with("2026-12-05T00:00:00Z", used), "pass");
        assert_eq!(with("2026-12-04T23:59:59Z", used), "fail: ends 2026-12-04");
    }

    #[test]
    fn an_unused_credential_may_end() {
        let soon = "2026-11-22T00:00:00Z";
        assert_eq!(with(soon, Nullable::Value("2026-10-22T00:00:00Z")), "fail: ends 2026-11-22");
        assert_eq!(with(soon, Nullable::Value("2026-10-21T23:59:59Z")), "pass");
        assert_eq!(with(soon, Nullable::Null), "pass");
    }

    #[test]
    fn unknown_dates_are_unclear() {
        let used = Nullable::Value("2026-11-20T00:00:00Z");
        assert_eq!(with("", used), "not evaluated: unclear");
        assert_eq!(with("2026-11-22T00:00:00Z", Nullable::Unknown), "not evaluated: unclear");
    }
}
