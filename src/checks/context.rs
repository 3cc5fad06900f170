//! The input of a rule.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::collectors::Inventory;
use crate::config::checks::{CheckSettings, Checks};
use crate::config::setting::Setting;

/// Everything that a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The inventory.
    pub inventory: &'a Inventory,
    /// The start of the refresh.
    pub now: Timestamp,
    /// The configuration of the check itself.
    pub settings: &'a CheckSettings,
    /// The allow lists of the configuration.
    pub lists: &'a Checks,
    /// Results that several checks share.
    pub shared: &'a Shared,
}

/// Results that several checks share: the first check that needs one computes it.
#[derive(Debug, Default)]
pub struct Shared {
    applications: OnceCell<HashMap<i64, String>>,
}

impl Context<'_> {
    /// The value of one of the check's settings.
    pub(crate) fn get(&self, setting: &Setting<Duration>) -> Duration {
        self.settings.get(setting)
    }

    /// The name of a legacy API application, if it is known.
    pub(crate) fn application(&self, id: i64) -> Option<&str> {
        let names = self.shared.applications.get_or_init(|| {
            let known = self.inventory.api_application.items();
            known.filter_map(|(_, one)| Some((one.id?, one.name.clone()))).collect()
        });
        names.get(&id).map(String::as_str)
    }
}
