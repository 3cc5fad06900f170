//! The parts that the checks of local users share.

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::collectors::iam_user::User;

/// Applies a rule to each local user who may log in. A user whose password is to be changed may.
pub(super) fn judge_active(context: &Context<'_>, rule: impl Fn(&User) -> Opinion) -> Verdict {
    judge(&context.inventory.iam_user, |user| match &*user.status {
        "DISABLED" => Opinion::Fine,
        "" => Opinion::Unclear,
        _ => rule(user),
    })
}

/// A group of the user with this role; `None` if the user's groups or their roles are unknown and
/// no known one has it.
pub(super) fn holds_role<'a>(
    context: &Context<'_>,
    user: &'a User,
    role: &str,
) -> Option<Option<&'a str>> {
    let mut is_known = user.groups.is_some();
    for group in user.memberships() {
        match context.role(group) {
            Some(known) if known == role => return Some(Some(group)),
            Some(_) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(None)
}
