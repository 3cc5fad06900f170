//! Old legacy API credentials.

use std::time::Duration;

use crate::checks::check::Check;
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict};
use crate::config::setting::{Setting, days};
use crate::config::severity::Severity;

use super::credentials::{ROTATION, judge_valid};

static AFTER: Setting<Duration> = Setting {
    name: "after",
    default: days(365),
    limits: (days(1), days(3650)),
    help: "Report credentials created longer ago than this",
    flag: None,
};

pub(super) static CHECK: Check = Check {
    id: "credential_old",
    title: "API credential not rotated",
    severity: Severity::Medium,
    why: "A credential that is never replaced stays valid for everybody who ever held a copy.",
    repair: ROTATION,
    needs: &["api_credential", "exporter_credential"],
    controls: &[controls::ROTATION],
    is_on: true,
    settings: &[AFTER.spec()],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let limit = context.get(&AFTER);
    judge_valid(context, |credential| match credential.created {
        Some(created) => context.overdue("created", created, limit),
        None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{credential, inventory, outcome};

    #[test]
    fn a_year_is_allowed_and_a_second_more_is_not() {
        let created = |date| outcome(&CHECK, &inventory(vec![credential("validated", date, None)]));
        assert_eq!(created("2025-11-21T00:00:00Z"), "pass");
        assert_eq!(created("2025-11-20T23:59:59Z"), "fail: created 2025-11-20");
        assert_eq!(created(""), "not evaluated: unclear");
    }
}
