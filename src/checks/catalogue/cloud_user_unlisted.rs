//! OpenStack users of projects on no allow list.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Missing, Opinion, Verdict, judge};
use crate::config::lists::ListName;
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "cloud_user_unlisted",
    title: "OpenStack user that is on no allow list",
    severity: Severity::Medium,
    why: "An OpenStack user has a password without end and acts outside the account's policies. \
          An attacker creates one to return.",
    repair: Repair {
        panel: "Public Cloud > Project > Users & Roles: delete the user, or add the user name to \
                lists.cloud_users",
        api: Some("DELETE /cloud/project/{serviceName}/user/{userId}"),
    },
    needs: &["cloud_user"],
    controls: &[controls::INVENTORY],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    let Some(allowed) = context.list(ListName::CloudUsers) else {
        return Verdict::missing(Missing::NotConfigured);
    };
    judge(&context.inventory.cloud_user, |user| match user.username.as_str() {
        _ if user.is_leaving() => Opinion::Fine,
        "" => Opinion::Unclear,
        name => allowed.opinion(&[name], &format!("user {name}")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::cloud_user;
    use crate::checks::fixtures::{nothing, outcome, outcome_listed, project};
    use crate::collectors::Inventory;

    fn users(members: Value) -> Inventory {
        Inventory { cloud_user: project(vec![cloud_user(members)]), ..nothing() }
    }

    #[test]
    fn a_user_is_listed_by_the_user_name() {
        let said =
            |members, entry| outcome_listed(&CHECK, &users(members), ListName::CloudUsers, entry);
        assert_eq!(said(json!({}), "user-abc"), "pass");
        assert_eq!(said(json!({}), "user-a"), "fail: user user-abc is on no allow list");
        assert_eq!(said(json!({ "status": "deleting" }), "user-a"), "pass");
        assert_eq!(said(json!({ "username": "" }), "user-a"), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &users(json!({}))), "not evaluated: not_configured");
    }
}
