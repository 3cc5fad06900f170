//! The parts that the checks of IAM policies share.

use jiff::Timestamp;

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::collectors::iam_policy::Policy;

/// Applies a rule to each policy of the account's own that still applies. OVHcloud's own policies
/// can't be changed; `None` says that OVHcloud does not report whose it is, and is judged.
pub(super) fn judge_own(context: &Context<'_>, rule: impl Fn(&Policy) -> Opinion) -> Verdict {
    judge(&context.inventory.iam_policy, |policy| {
        if policy.is_ovhclouds == Some(true) || is_expired(policy, context.now) {
            return Opinion::Fine;
        }
        rule(policy)
    })
}

/// Whether the policy no longer applies.
pub(super) fn is_expired(policy: &Policy, now: Timestamp) -> bool {
    policy.expires.value().is_some_and(|end| *end <= now)
}

/// The kind, the account and the name of an identity: `urn:v1:eu:identity:user:xx1-ovh/ann` is
/// `user`, `xx1-ovh` and `ann`. The name is empty for an account.
pub(super) fn identity(urn: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = urn.split_once(":identity:")?;
    let (kind, rest) = rest.split_once(':')?;
    let (account, name) = rest.split_once('/').unwrap_or((rest, ""));
    Some((kind, account, name))
}

/// The names of some of them, as evidence: the first three, and the number of the others.
pub(super) fn some(names: &[&str]) -> String {
    const NAMED: usize = 3;
    let named: Vec<_> = names.iter().take(NAMED).copied().collect();
    let more = names.len().saturating_sub(NAMED);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{rest}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_has_a_kind_an_account_and_a_name() {
        let ann = "urn:v1:eu:identity:user:xx1-ovh/ann";
        assert_eq!(identity(ann), Some(("user", "xx1-ovh", "ann")));
        let owner = "urn:v1:ca:identity:account:xx1-ovh";
        assert_eq!(identity(owner), Some(("account", "xx1-ovh", "")));
        assert_eq!(identity("urn:v1:eu:resource:account:xx1-ovh"), None);
    }

    #[test]
    fn three_names_are_enough() {
        assert_eq!(some(&["a", "b", "c"]), "a, b, c");
        assert_eq!(some(&["a", "b", "c", "d"]), "a, b, c and 1 more");
    }
}
