//! The input of a rule.

use std::cell::OnceCell;
use std::collections::HashMap;

use jiff::Timestamp;

use crate::access::Access;
use crate::collectors::{Collect, Inventory, Visit};
use crate::config::checks::{CheckSettings, Checks};
use crate::config::lists::ListName;
use crate::config::setting::{Amount, Setting, Spec};
use crate::family::Word;
use crate::inventory::{Sections, Unseen};

use super::allowed::Allowed;
use super::own::Own;

/// Everything that a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The inventory.
    pub inventory: &'a Inventory,
    /// The evaluated IAM of the inventory.
    pub access: &'a Access,
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
    own: OnceCell<Own>,
    roles: OnceCell<HashMap<String, Word>>,
    unseen: OnceCell<HashMap<&'static str, Option<Unseen>>>,
}

impl Context<'_> {
    /// The value of one of the check's settings.
    pub(crate) fn get<T: Amount>(&self, setting: &Setting<T>) -> T {
        self.settings.get(setting)
    }

    /// The words of one of the check's settings; empty without any.
    pub(crate) fn names(&self, setting: &Spec) -> &[String] {
        self.settings.names(setting)
    }

    /// An allow list; `None` if the configuration does not have it.
    pub(crate) fn list(&self, name: ListName) -> Option<Allowed<'_>> {
        Some(Allowed { list: self.lists.lists.get(name)?, now: self.now })
    }

    /// The reason why objects of a collector are missing; `None` if every object is known.
    pub(super) fn unseen(&self, collector: &str) -> Option<Unseen> {
        let all = self.shared.unseen.get_or_init(|| {
            let mut each = Each::default();
            self.inventory.each(&mut each);
            each.0
        });
        all.get(collector).copied().flatten()
    }

    /// The nichandle of the account; `None` if it is unknown.
    pub(crate) fn nichandle(&self) -> Option<&str> {
        let mut known = self.inventory.account.items();
        let nichandle = known.next().map(|(_, profile)| profile.nichandle.as_str());
        nichandle.filter(|nichandle| !nichandle.is_empty())
    }

    /// The identities of the exporter itself.
    pub(crate) fn own(&self) -> &Own {
        self.shared.own.get_or_init(|| {
            let mut known = self.inventory.exporter_credential.items();
            known.next().map(|(_, credential)| Own::of(credential)).unwrap_or_default()
        })
    }

    /// The role of a group of users, as OVHcloud spells it; `None` if the group is unknown.
    pub(crate) fn role(&self, group: &str) -> Option<&str> {
        let roles = self.shared.roles.get_or_init(|| {
            let known = self.inventory.iam_group.items();
            let known = known.filter(|(_, group)| !group.role.is_empty());
            known.map(|(_, group)| (group.name.clone(), group.role.clone())).collect()
        });
        roles.get(group).map(|role| &**role)
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

/// Collects the missing objects of each collector.
#[derive(Default)]
struct Each(HashMap<&'static str, Option<Unseen>>);

impl<'a> Visit<'a> for Each {
    fn visit<C: Collect>(&mut self, sections: &'a Sections<C::Scope, C>) {
        self.0.insert(C::NAME, sections.unseen());
    }
}
