//! The question of a caller which actions it may do on which resources.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::Account;
use crate::refusal::Refusal;
use crate::route::{Call, Kind, Route};

/// The names that OVHcloud's API descriptions have, one in each line; comments start with `#`.
static ACTIONS: &str = include_str!("../../../data/iam-actions.txt");

/// Actions of newer routes of the schema, which the list does not have.
const NEWER: [&str; 1] = ["publicCloudProject:apiovh:securityGroup/get"];

/// All of them.
static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| ACTIONS.lines().chain(NEWER).collect());

/// A list at this path, of objects with `action`, stands in the place of [`KNOWN`].
const REFERENCE: &str = "/v2/iam/reference/action";

pub(super) const RESOURCE: Resource = Resource {
    name: "authorization",
    routes: &[Route {
        method: "POST",
        template: "/v2/iam/authorization/check",
        key: "resourceURN",
        kind: Kind::MadePages(check),
        ..Route::GET
    }],
    ..Resource::VIEW
};

fn check(call: &Call<'_>) -> Result<Value, Refusal> {
    let question: Value =
        serde_json::from_slice(call.body).map_err(|_| Refusal::bad_parameter())?;
    let urns = texts(&question, "resourceURNs")?;
    let actions = texts(&question, "actions")?;
    if let Some(unknown) = actions.iter().find(|action| !is_known(call.account, action)) {
        return Err(Refusal::unknown_action(unknown));
    }
    let verdict = |urn: &&str| {
        let (yes, no): (Vec<&str>, Vec<&str>) =
            actions.iter().partition(|action| call.caller.rights.allow(action, urn));
        json!({ "resourceURN": urn, "authorizedActions": yes, "unauthorizedActions": no })
    };
    Ok(urns.iter().map(verdict).collect())
}

fn is_known(account: &Account, action: &str) -> bool {
    if account.has_list(REFERENCE) {
        return account.list(REFERENCE).iter().any(|known| known["action"] == action);
    }
    KNOWN.contains(action)
}

fn texts<'a>(question: &'a Value, member: &str) -> Result<Vec<&'a str>, Refusal> {
    let list = question.get(member).and_then(Value::as_array).ok_or_else(Refusal::bad_parameter)?;
    list.iter().map(|text| text.as_str().ok_or_else(Refusal::bad_parameter)).collect()
}
