//! The parts that the checks of personal access tokens share.

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::collectors::Nullable;
use crate::collectors::iam_user_token::Token;

/// Applies a rule to each token that works: an expired one opens nothing.
pub(super) fn judge_valid(context: &Context<'_>, rule: impl Fn(&Token) -> Opinion) -> Verdict {
    judge(&context.inventory.iam_user_token, |token| match token.expires {
        Nullable::Value(end) if end <= context.now => Opinion::Fine,
        _ => rule(token),
    })
}
