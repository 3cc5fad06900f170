//! Objects made of others.

use serde_json::{Map, Value, json};

use crate::account::Account;

/// Adds a copy of the first object whose member has this value, with other members.
pub(super) fn copy(
    account: &mut Account,
    list: &str,
    (member, value): (&str, &str),
    changes: &Value,
) {
    let model = account.list(list).iter().find(|object| object.get(member) == Some(&json!(value)));
    let mut members: Map<String, Value> =
        model.and_then(Value::as_object).cloned().unwrap_or_default();
    members.extend(changes.as_object().cloned().unwrap_or_default());
    account.list_mut(list).push(Value::Object(members));
}

/// The number after the highest one that a member has in a list.
pub(super) fn next(account: &Account, list: &str, member: &str) -> u64 {
    let numbers = account.list(list).iter().filter_map(|object| object.get(member)?.as_u64());
    numbers.max().unwrap_or_default() + 1
}
