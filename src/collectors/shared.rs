//! Documents that are part of others, and rules that several collectors follow.

pub(super) mod amounts;
pub(super) mod dates;
pub(super) mod known;
pub(super) mod nullable;
pub(super) mod public_keys;
pub(super) mod samples;
pub(super) mod snapshots;
pub(super) mod storage;

use serde::Deserialize;

use crate::api::{self, Kind};
use crate::family::Word;
/// The answer of a list. A list that OVHcloud does not find is not offered here: in this region, or
/// to this project.
pub(super) fn offered<T>(answer: Result<T, api::Error>) -> Result<T, api::Error> {
    answer.map_err(|error| match error.kind {
        Kind::NotFound(_) => api::Error { kind: Kind::NotOffered, ..error },
        _ => error,
    })
}

/// An account in OVHcloud's answers. It is a customer number (nichandle); of an e-mail address, which
/// names a person, `@` and the domain are kept. Empty if missing.
pub(super) fn customer(account: Option<String>) -> String {
    let account = account.unwrap_or_default();
    match account.rsplit_once('@') {
        Some((_, domain)) => format!("@{domain}"),
        None => account,
    }
}

/// Whether a block of addresses (`ipBlock` of OVHcloud's schemas) contains every address.
pub(crate) fn is_everywhere(block: &str) -> bool {
    block.trim().ends_with("/0")
}

/// The managers of IAM objects: the values of the label `managed_by`.
pub(super) const MANAGERS: [&str; 2] = ["ovh", "customer"];

/// The value of the label `managed_by`; empty if the manager is unknown.
pub(super) fn manager(is_ovhclouds: Option<bool>) -> Word {
    match is_ovhclouds {
        Some(true) => "ovh".into(),
        Some(false) => "customer".into(),
        None => Word::default(),
    }
}

/// The actions of a policy or a permissions group, each list in the order of the alphabet:
/// OVHcloud's own order has no meaning and may change. `None` if missing.
#[derive(Debug, PartialEq)]
pub(super) struct Actions {
    pub(super) allowed: Option<Vec<String>>,
    pub(super) denied: Option<Vec<String>>,
    pub(super) excepted: Option<Vec<String>>,
}

/// `iam.policy.Permissions`
#[derive(Deserialize)]
pub(super) struct Permissions {
    allow: Option<Vec<Action>>,
    deny: Option<Vec<Action>>,
    except: Option<Vec<Action>>,
}

/// `iam.policy.Action`
#[derive(Deserialize)]
struct Action {
    action: Option<String>,
}

impl From<Option<Permissions>> for Actions {
    /// A list is nullable and means no actions then; missing `permissions` are unknown, and so is a
    /// list with an action without a name.
    fn from(permissions: Option<Permissions>) -> Self {
        let Some(Permissions { allow, deny, except }) = permissions else {
            return Self { allowed: None, denied: None, excepted: None };
        };
        let names = |list: Option<Vec<Action>>| {
            sorted(list.unwrap_or_default().into_iter().map(|one| one.action))
        };
        Self { allowed: names(allow), denied: names(deny), excepted: names(except) }
    }
}

/// The texts in the order of the alphabet; `None` if one of them is unknown.
pub(super) fn sorted(texts: impl Iterator<Item = Option<String>>) -> Option<Vec<String>> {
    let mut texts = texts.collect::<Option<Vec<_>>>()?;
    texts.sort();
    Some(texts)
}

/// Whether a rule of an application key permits more than reading: a method other than GET, except
/// for the request of the allowed actions, which changes nothing.
pub(super) fn is_write(method: &str, path: &str) -> bool {
    method != "GET" && (method, path) != ("POST", "/v2/iam/authorization/check")
}

/// Whether a value known both times is the same: an unreadable value is no change.
pub(super) fn is_unchanged<T: PartialEq>(now: Option<&T>, before: Option<&T>) -> bool {
    now.zip(before).is_none_or(|(now, before)| now == before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(json: &str) -> Actions {
        serde_json::from_str::<Option<Permissions>>(json).unwrap().into()
    }

    #[test]
    fn a_null_list_is_empty_and_missing_permissions_are_unknown() {
        let told = actions(r#"{"allow":[{"action":"b"},{"action":"a"}],"deny":null}"#);
        assert_eq!(told.allowed, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!((told.denied, told.excepted), (Some(vec![]), Some(vec![])));
        assert_eq!(actions("null"), Actions { allowed: None, denied: None, excepted: None });
        let unclear = actions(r#"{"allow":[{"action":"a"},{"action":null}],"except":[{}]}"#);
        assert_eq!(unclear, Actions { allowed: None, denied: Some(vec![]), excepted: None });
    }

    #[test]
    fn only_values_known_both_times_can_differ() {
        assert!(is_unchanged(Some(&1), Some(&1)) && is_unchanged::<i64>(None, None));
        assert!(is_unchanged(Some(&1), None) && is_unchanged(None, Some(&1)));
        assert!(!is_unchanged(Some(&1), Some(&2)));
    }
}
