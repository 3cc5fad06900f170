//! OpenStack users whose S3 policy allows everything.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "cloud_user_s3_wildcard",
    title: "OpenStack user whose S3 policy allows everything",
    severity: Severity::High,
    why: "One leaked S3 key of the user is enough to read, change and delete every object of \
          the project.",
    repair: Repair {
        panel: "Public Cloud > Project > Object Storage > Users: import a policy that names the \
                buckets and the actions that the user needs",
        api: Some("POST /cloud/project/{serviceName}/user/{userId}/policy"),
    },
    needs: &["cloud_s3_user_policy"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_s3_user_policy, |user| match &user.policy {
        None => Opinion::Unclear,
        Some(policy) if policy.allows_everything => {
            Violation::because("its S3 policy allows every action on every bucket").into()
        }
        Some(_) => Opinion::Fine,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;
    use crate::collectors::cloud_s3_user_policy::{Statements, UserPolicy};

    fn said(policy: Option<Statements>) -> String {
        let policies = project(vec![UserPolicy { user_id: 7, policy }]);
        outcome(&CHECK, &Inventory { cloud_s3_user_policy: policies, ..nothing() })
    }

    #[test]
    fn a_policy_that_allows_everything_fails() {
        let policy = |allows_everything| Some(Statements { count: 1, allows_everything });
        assert_eq!(said(policy(true)), "fail: its S3 policy allows every action on every bucket");
        assert_eq!(said(policy(false)), "pass");
    }

    #[test]
    fn an_unreadable_policy_is_unclear() {
        assert_eq!(said(None), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}
