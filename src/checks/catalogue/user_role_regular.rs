//! Local users with the role that writes everywhere.

use super::users::judge_role;
use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::Verdict;
use crate::config::severity::Severity;

pub(super) static CHECK: Check = Check {
    id: "user_role_regular",
    title: "User may change everything but users, beside all policies",
    severity: Severity::High,
    why: "The role REGULAR of a group, as of the default group, writes on the whole account, and \
          no policy limits it.",
    repair: Repair {
        panel: "Identity, Security & Operations > Identities > Local users: move the user to a \
                group of role NONE and grant a policy",
        api: Some("PUT /me/identity/user/{user}"),
    },
    needs: &["iam_user", "iam_group"],
    controls: &[controls::PRIVILEGE],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_role(context, "REGULAR")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::outcome;
    use crate::checks::fixtures::users::{user, with_groups};
    use crate::collectors::iam_user::User;

    fn with(user: User) -> String {
        outcome(&CHECK, &with_groups(user))
    }

    #[test]
    fn a_member_of_a_group_with_the_role_fails() {
        assert_eq!(with(user("OK", &["readers", "DEFAULT"])), "fail: member of the group DEFAULT");
        assert_eq!(
            with(user("PASSWORD_CHANGE_REQUIRED", &["DEFAULT"])),
            "fail: member of the group DEFAULT"
        );
        assert_eq!(with(user("OK", &["readers"])), "pass");
        assert_eq!(with(user("DISABLED", &["DEFAULT"])), "pass");
    }

    #[test]
    fn an_unknown_group_list_of_groups_or_status_is_unclear() {
        let unclear = "not evaluated: unclear";
        assert_eq!(with(user("OK", &["readers", "of tomorrow"])), unclear);
        assert_eq!(with(user("", &["DEFAULT"])), unclear);
        assert_eq!(with(User { groups: None, ..user("OK", &["readers"]) }), unclear);
        let known = with(User { groups: None, ..user("OK", &["DEFAULT"]) });
        assert_eq!(known, "fail: member of the group DEFAULT");
    }
}
