//! The parts that the checks of IAM policies share.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Verdict, judge};
use crate::collectors::iam_policy::Policy;
use crate::iam::policy::Policy as Evaluated;
use crate::iam::urn;

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

/// Applies a rule to each policy of the account's own that still applies, and its evaluation.
pub(super) fn judge_evaluated(
    context: &Context<'_>,
    rule: impl Fn(&Policy, &Evaluated) -> Opinion,
) -> Verdict {
    let evaluated = context.access.engine.policies().iter();
    let evaluated: HashMap<_, _> = evaluated.map(|policy| (policy.id.as_str(), policy)).collect();
    judge_own(context, |policy| match evaluated.get(policy.id.as_str()) {
        Some(evaluated) => rule(policy, evaluated),
        None => Opinion::Unclear,
    })
}

/// Whether some comparison in a document of conditions is about this key, in lower case.
pub(super) fn mentions(document: &Value, key: &str) -> bool {
    compares(document, key) || nested(document).any(|condition| mentions(condition, key))
}

/// Whether conditions hold only if a comparison about this key does.
pub(super) fn requires(document: &Value, key: &str) -> bool {
    let operator = document.get("operator").and_then(Value::as_str).unwrap_or_default();
    match operator.to_ascii_uppercase().as_str() {
        "MATCH" => compares(document, key),
        "AND" => nested(document).any(|condition| requires(condition, key)),
        "OR" => {
            nested(document).next().is_some()
                && nested(document).all(|condition| requires(condition, key))
        }
        _ => false,
    }
}

fn compares(document: &Value, key: &str) -> bool {
    let values = document.get("values").and_then(Value::as_object);
    values
        .is_some_and(|values| values.keys().any(|name| name.to_ascii_lowercase().starts_with(key)))
}

fn nested(document: &Value) -> impl Iterator<Item = &Value> {
    document.get("conditions").and_then(Value::as_array).into_iter().flatten()
}

/// The kind, the account and the name of an identity: `urn:v1:eu:identity:user:xx1-ovh/ann` is
/// `user`, `xx1-ovh` and `ann`. The name is empty for an account.
pub(super) fn identity(urn: &str) -> Option<(&str, &str, &str)> {
    let name = urn::identity_name(urn).unwrap_or_default();
    Some((urn::identity_kind(urn)?, urn::identity_account(urn)?, name))
}

/// The names of some of them, as evidence: the first three, and the number of the others.
pub(super) fn some(names: &[&str]) -> String {
    const NAMED: usize = 3;
    let first: Vec<_> = names.iter().take(NAMED).copied().collect();
    let more = names.len().saturating_sub(NAMED);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{rest}", first.join(", "))
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
