//! The parts that the checks of local users share.

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::collectors::iam_user::User;

/// Applies a rule to each local user who may log in. A user whose password is to be changed may.
pub(super) fn judge_active(context: &Context<'_>, rule: impl Fn(&User) -> Opinion) -> Verdict {
    judge(&context.inventory.iam_user, |user| match &*user.status {
        "DISABLED" => Opinion::Fine,
        "" => Opinion::Unclear,
        _ => match rule(user) {
            Opinion::Violates(violation) if context.own().is_user(user) => {
                violation.named(format!("{} (this exporter)", user.login)).into()
            }
            opinion => opinion,
        },
    })
}

/// Judges the users in a group of this role. A user whose groups or their roles are unknown is
/// unclear, unless a known one has it.
pub(super) fn judge_role(context: &Context<'_>, role: &str) -> Verdict {
    judge_active(context, |user| {
        let mut is_known = user.groups.is_some();
        for group in user.memberships() {
            match context.role(group) {
                Some(known) if known == role => {
                    return Violation::because(format!("member of the group {group}")).into();
                }
                Some(_) => {}
                None => is_known = false,
            }
        }
        if is_known { Opinion::Fine } else { Opinion::Unclear }
    })
}
