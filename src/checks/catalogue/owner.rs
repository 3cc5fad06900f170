//! The parts that the checks of the owner's own login share.

use crate::checks::context::Context;
use crate::checks::verdict::{Missing, Opinion, Verdict, judge};
use crate::collectors::account::Profile;
use crate::family::Word;

/// Applies a rule to the login of the account's owner. OVHcloud does not document whose factors and
/// codes a local user or a service account sees.
pub(super) fn judge_owner(context: &Context<'_>, rule: impl Fn(&Profile) -> Opinion) -> Verdict {
    let profiles = &context.inventory.account;
    match context.own().is_owner() {
        Some(true) => judge(profiles, rule),
        Some(false) => Verdict::missing(Missing::NotEvaluable),
        None => judge(profiles, |_| Opinion::Unclear),
    }
}

/// The number of enabled second factors; `None` unless OVHcloud reports each method.
pub(super) fn factors(profile: &Profile) -> Option<usize> {
    let count = |method| profile.second_factors.get(&Word::from(method)).copied();
    Some(count("totp")? + count("u2f")? + count("sms")?)
}
