//! Groups without members.

use std::collections::BTreeSet;

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Missing, Opinion, Verdict, Violation, judge};
use crate::collectors::iam_user::User;
use crate::config::severity::Severity;
use crate::family::Word;

pub(super) static CHECK: Check = Check {
    id: "group_empty",
    title: "Group of users without members",
    severity: Severity::Low,
    why: "Its policies and its role wait for the next person who is put into the group.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > User groups: delete the group and \
                its policies",
        api: Some("DELETE /me/identity/group/{group}"),
    },
    needs: &["iam_group", "iam_user", "identity_provider"],
    controls: &[controls::GROUPS],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// Members from an identity provider show up with each login only: with one, OVHcloud
/// does not answer whether a group is empty.
fn evaluate(context: &Context<'_>) -> Verdict {
    let providers = &context.inventory.identity_provider;
    if !providers.is_empty() {
        return Verdict::missing(Missing::NotEvaluable);
    }
    let users = || context.inventory.iam_user.items().map(|(_, user)| user);
    let is_known = users().all(|user| user.groups.is_some())
        && context.inventory.iam_user.unseen().is_none()
        && providers.unseen().is_none();
    let named: BTreeSet<_> = users().flat_map(User::memberships).collect();
    judge(&context.inventory.iam_group, |group| match group.is_default {
        _ if named.contains(&Word::from(group.name.as_str())) => Opinion::Fine,
        Some(true) => Opinion::Fine,
        Some(false) if is_known => Violation::because("no local user is a member").into(),
        Some(false) | None => Opinion::Unclear,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::{account, nothing, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_group::Group;
    use crate::collectors::identity_provider::Provider;

    fn with(groups: Option<&[&str]>, providers: Vec<Provider>) -> String {
        let group = |(name, is_default): (&str, bool)| Group {
            name: name.to_owned(),
            urn: String::new(),
            role: "NONE".into(),
            is_default: Some(is_default),
        };
        let user = User {
            login: "ann".to_owned(),
            group: "ops".into(),
            groups: groups.map(|names| names.iter().map(|&name| name.into()).collect()),
            ..User::default()
        };
        let inventory = Inventory {
            iam_group: account(
                [("ops", false), ("night", false), ("ADMIN", true)].map(group).into(),
            ),
            iam_user: account(vec![user]),
            identity_provider: account(providers),
            ..nothing()
        };
        outcome(&CHECK, &inventory)
    }

    #[test]
    fn a_group_without_members_fails_and_a_default_group_does_not() {
        assert_eq!(with(Some(&["ops"]), vec![]), "fail: no local user is a member");
        assert_eq!(with(Some(&["ops", "night"]), vec![]), "pass");
    }

    #[test]
    fn unknown_members_are_unclear() {
        assert_eq!(with(None, vec![]), "not evaluated: unclear");
        let provider =
            Provider { url: String::new(), local_users_disabled: None, certificates: vec![] };
        assert_eq!(with(Some(&["ops"]), vec![provider]), "not evaluated: not_evaluable");
    }
}
