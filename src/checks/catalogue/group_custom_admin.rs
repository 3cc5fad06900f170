//! Groups of the account's own with the role of an administrator.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "group_custom_admin",
    title: "Group of the account's own makes its members administrators",
    severity: Severity::High,
    why: "Each member may do everything. A name that says something else hides it.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > User groups: set the role to NONE \
                and grant a policy",
        api: Some("PUT /me/identity/group/{group}"),
    },
    needs: &["iam_group"],
    controls: &[controls::PRIVILEGE, controls::GROUPS],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge(&context.inventory.iam_group, |group| match (&*group.role, group.is_default) {
        ("ADMIN", Some(false)) => Violation::because("its role is ADMIN").into(),
        ("", _) | ("ADMIN", None) => Opinion::Unclear,
        _ => Opinion::Fine,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_group::Group;

    fn with(role: &str, is_default: Option<bool>) -> String {
        let (name, urn) = ("operators".to_owned(), String::new());
        let group = Group { name, urn, role: role.into(), is_default };
        outcome(&CHECK, &Inventory { iam_group: account(vec![group]), ..nothing() })
    }

    #[test]
    fn only_the_default_group_may_have_the_role() {
        assert_eq!(with("ADMIN", Some(false)), "fail: its role is ADMIN");
        assert_eq!(with("ADMIN", Some(true)), "pass");
        assert_eq!(with("REGULAR", Some(false)), "pass");
        for (role, is_default) in [("ADMIN", None), ("", Some(false))] {
            assert_eq!(with(role, is_default), "not evaluated: unclear");
        }
    }
}
