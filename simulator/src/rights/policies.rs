//! The rights that the account's own policies give to a caller.

use jiff::Timestamp;
use serde_json::Value;

use super::{Grant, Rights};
use crate::account::Account;

impl Rights {
    /// The rights that the account's policies give to these identities at this time. Conditions are
    /// not simulated: a policy that has some gives nothing.
    pub fn of_policies(account: &Account, identities: &[&str], now: Timestamp) -> Self {
        let mut rights = Self::none();
        for policy in account.list("/v2/iam/policy") {
            let named = strings(policy, "/identities", None);
            let end = policy["expiredAt"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
            let is_over = end.is_some_and(|end| end <= now);
            if is_over
                || !policy["conditions"].is_null()
                || !named.iter().any(|urn| identities.contains(&urn.as_str()))
            {
                continue;
            }
            let resources = resources(account, policy);
            rights.add(&policy["permissions"], &resources);
            for urn in strings(policy, "/permissionsGroups", Some("urn")) {
                let groups = account.list("/v2/iam/permissionsGroup");
                if let Some(group) = groups.iter().find(|group| group["urn"] == urn.as_str()) {
                    rights.add(&group["permissions"], &resources);
                }
            }
        }
        rights
    }

    /// Adds one set of permissions, which is evaluated by itself.
    fn add(&mut self, permissions: &Value, resources: &[String]) {
        let actions = |list: &str| strings(permissions, list, Some("action"));
        let resources = resources.to_vec();
        let refused =
            Grant { actions: actions("/deny"), except: Vec::new(), resources: resources.clone() };
        self.grants.push(Grant {
            actions: actions("/allow"),
            except: actions("/except"),
            resources,
        });
        self.denials.push(refused);
    }
}

/// The URNs of a policy's resources, with those of its groups of resources.
fn resources(account: &Account, policy: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for urn in strings(policy, "/resources", Some("urn")) {
        let groups = account.list("/v2/iam/resourceGroup");
        match groups.iter().find(|group| group["urn"] == urn.as_str()) {
            Some(group) => all.extend(strings(group, "/resources", Some("urn"))),
            // Everything has two spellings.
            None => all.push(urn.replace(":resource:*:*", ":resource:*")),
        }
    }
    all
}

fn strings(object: &Value, list: &str, member: Option<&str>) -> Vec<String> {
    let items = object.pointer(list).and_then(Value::as_array).into_iter().flatten();
    let text =
        |item: &Value| member.map_or(item, |member| &item[member]).as_str().map(str::to_owned);
    items.filter_map(text).collect()
}
