//! Application keys, whose rules apply beside IAM: a key has the rights of its rules as far as the
//! user has them who validated it, and OVHcloud does not report that user.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::collectors::Inventory;
use crate::collectors::api_credential::{Credential, Rules};

/// A valid application key that may do more than read, or whose rules are unknown.
#[derive(Debug, Serialize)]
pub(super) struct KeyView {
    pub(super) credential_id: Option<i64>,
    /// The name of its application; empty if unknown.
    pub(super) application: String,
    /// The rules, as `PUT /me/*`; `None` if unknown.
    pub(super) rules: Option<Vec<String>>,
    /// Whether a rule permits a call that gives rights; `None` if unknown.
    pub(super) escalates: Option<bool>,
}

/// The keys of an inventory that may do more than read; `None` if the list is not known.
pub(super) fn keys(inventory: &Inventory) -> Option<Vec<KeyView>> {
    if inventory.api_credential.unseen().is_some() {
        return None;
    }
    let applications = inventory.api_application.items();
    let names: BTreeMap<i64, &str> =
        applications.filter_map(|(_, one)| Some((one.id?, one.name.as_str()))).collect();
    let valid = inventory.api_credential.items().map(|(_, key)| key).filter(|key| key.is_valid());
    let wide = valid.filter(|key| key.rules.as_ref().is_none_or(Rules::is_write));
    let view = |key: &Credential| {
        let rules = key.rules.as_ref().map(|rules| {
            let each = rules.paths.iter().flat_map(|(method, paths)| {
                paths.iter().map(move |path| format!("{method} {path}"))
            });
            each.collect()
        });
        KeyView {
            credential_id: key.id,
            application: {
                let name = key.application.and_then(|id| names.get(&id).copied());
                name.unwrap_or_default().to_owned()
            },
            escalates: key.rules.as_ref().map(|rules| rules.escalating().is_some()),
            rules,
        }
    };
    Some(wide.map(view).collect())
}
