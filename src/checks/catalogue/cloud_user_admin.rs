//! OpenStack users with the role of an administrator.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "cloud_user_admin",
    title: "OpenStack user with the role administrator",
    severity: Severity::High,
    why: "The user may change everything in the project over OpenStack's own API. No policy of \
          IAM limits it, and its password has no end.",
    repair: Repair {
        panel: "Public Cloud > Project > Settings > Users & Roles: give the user the narrowest \
                roles that do, such as objectstore_operator",
        api: Some("PUT /cloud/project/{serviceName}/user/{userId}/role"),
    },
    needs: &["cloud_user"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.cloud_user, |user| match &user.roles {
        _ if user.is_leaving() => Opinion::Fine,
        None => Opinion::Unclear,
        Some(roles) if roles.iter().any(|role| &**role == "administrator") => {
            Violation::because("it has the role administrator").into()
        }
        Some(_) => Opinion::Fine,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::cloud_user;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(members: Value) -> String {
        let users = project(vec![cloud_user(members)]);
        outcome(&CHECK, &Inventory { cloud_user: users, ..nothing() })
    }

    #[test]
    fn the_role_of_an_administrator_fails_beside_others() {
        let roles = json!(["administrator", "compute_operator"]);
        assert_eq!(said(json!({ "roles": roles })), "fail: it has the role administrator");
        assert_eq!(said(json!({})), "pass");
        assert_eq!(said(json!({ "roles": [] })), "pass");
        assert_eq!(said(json!({ "roles": roles, "status": "deleting" })), "pass");
    }

    #[test]
    fn a_user_whose_roles_are_missing_is_unclear() {
        assert_eq!(said(json!({ "roles": null })), "not evaluated: unclear");
    }
}
