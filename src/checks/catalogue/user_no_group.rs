//! Local users without rights.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;

use super::users::judge_active;

pub(super) static CHECK: Check = Check {
    id: "user_no_group",
    title: "User without a group or a policy",
    severity: Severity::Low,
    why: "A user who may do nothing is left over, or waits for rights that nobody reviews.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Local users: delete the user, or \
                add the user to a group",
        api: Some("DELETE /me/identity/user/{user}"),
    },
    needs: &["iam_user", "iam_group", "iam_policy"],
    controls: &[controls::GROUPS],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// A user has no rights if no group has a role other than NONE, and no policy names the user or one
/// of the groups.
fn evaluate(context: &Context<'_>) -> Verdict {
    let policies = || context.inventory.iam_policy.items().map(|(_, policy)| policy);
    let are_known = context.inventory.iam_policy.unseen().is_none()
        && policies().all(|policy| policy.identities.is_some());
    let named: BTreeSet<_> =
        policies().flat_map(|policy| policy.identities.iter().flatten()).collect();
    let groups: BTreeMap<_, _> = context
        .inventory
        .iam_group
        .items()
        .map(|(_, group)| (group.name.as_str(), &group.urn))
        .collect();
    judge_active(context, |user| {
        let memberships = user.memberships();
        let urns = memberships.iter().filter_map(|group| groups.get(&***group).copied());
        let mut urns = urns.chain(&user.urn);
        let is_named = urns.any(|urn| named.contains(urn));
        let roles: Option<Vec<_>> = memberships.iter().map(|group| context.role(group)).collect();
        match roles {
            _ if is_named => Opinion::Fine,
            Some(roles) if roles.iter().any(|role| *role != "NONE") => Opinion::Fine,
            Some(_) if are_known && user.urn.is_some() && user.groups.is_some() => {
                let evidence = if memberships.is_empty() {
                    "in no group, and no policy names the user"
                } else {
                    "only groups of role NONE, and no policy names the user or a group"
                };
                Violation::because(evidence).into()
            }
            _ => Opinion::Unclear,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_group::Group;
    use crate::collectors::iam_policy::Policy;
    use crate::collectors::iam_user::User;

    const URN: &str = "urn:v1:eu:identity:user:xx1-ovh/ann";
    const READERS: &str = "urn:v1:eu:identity:group:xx1-ovh/readers";

    fn with(groups: Option<&[&str]>, identities: Option<Vec<&str>>) -> String {
        let user = User {
            login: "ann".to_owned(),
            group: groups.and_then(<[_]>::first).copied().unwrap_or_default().into(),
            status: "OK".into(),
            groups: groups.map(|names| names.iter().map(|&name| name.into()).collect()),
            urn: Some(URN.to_owned()),
            ..User::default()
        };
        let group = |(name, urn, role): (&str, &str, &str)| Group {
            name: name.to_owned(),
            urn: urn.to_owned(),
            role: role.into(),
            is_default: Some(false),
        };
        let groups = [("readers", READERS, "NONE"), ("DEFAULT", "", "REGULAR")];
        let identities = identities.map(|all| all.into_iter().map(str::to_owned).collect());
        let inventory = Inventory {
            iam_user: account(vec![user]),
            iam_group: account(groups.map(group).into()),
            iam_policy: account(vec![Policy { identities, ..Policy::default() }]),
            ..nothing()
        };
        outcome(&CHECK, &inventory)
    }

    #[test]
    fn a_user_whom_no_group_and_no_policy_gives_rights_fails() {
        let alone = with(Some(&[]), Some(vec![]));
        assert_eq!(alone, "fail: in no group, and no policy names the user");
        let idle = with(Some(&["readers"]), Some(vec![]));
        assert_eq!(idle, "fail: only groups of role NONE, and no policy names the user or a group");
        assert_eq!(with(Some(&["DEFAULT"]), Some(vec![])), "pass");
        assert_eq!(with(Some(&["readers"]), Some(vec![READERS])), "pass");
        assert_eq!(with(Some(&[]), Some(vec![URN])), "pass");
    }

    #[test]
    fn unknown_groups_roles_or_identities_are_unclear() {
        let unclear = "not evaluated: unclear";
        assert_eq!(with(None, Some(vec![])), unclear);
        assert_eq!(with(Some(&["of tomorrow"]), Some(vec![])), unclear);
        assert_eq!(with(Some(&[]), None), unclear);
        assert_eq!(with(None, Some(vec![URN])), "pass");
    }
}
