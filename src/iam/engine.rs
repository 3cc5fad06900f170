//! The evaluation of an account's IAM: decisions about single actions, and levels of rights.
//!
//! ```text
//! account::Account -> Engine::new -> identities() with their reach
//!                                 -> policies() with their parts and reach
//!                                 -> decide(identity, action, resource)
//! ```
//!
//! An identity has the policies that name it or one of its groups, and the roles of its groups. A
//! policy applies before its expiry, to its resources, under its conditions. Each part of a policy
//! allows its actions but for its exceptions; a denial of any policy overrides all of them. A role
//! adds to the policies, and no denial takes it back.

mod any;
mod build;
mod decide;
#[cfg(test)]
mod given;
#[cfg(test)]
mod properties;
mod reach;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::account::Kind;
use super::condition::Facts;
use super::level::Reach;
use super::part::Part;
use super::policy::Policy;
use super::role::Role;
use super::universe::Universe;

pub use any::Widest;

/// The evaluated IAM of an account.
#[derive(Debug)]
pub struct Engine {
    universe: Universe,
    account: Option<String>,
    policies: Vec<Policy>,
    has_all_policies: bool,
    /// The policies whose identities are unknown, unless they have expired.
    of_anyone: Vec<usize>,
    identities: Vec<Identity>,
    by_urn: HashMap<String, usize>,
    resources: HashMap<String, Attributes>,
    /// The resources that levels are determined on.
    probes: Vec<Probe>,
}

/// An identity with its rights.
#[derive(Debug)]
pub struct Identity {
    /// Its URN.
    pub urn: String,
    /// Its kind.
    pub kind: Kind,
    /// Its name for people.
    pub name: String,
    /// The groups that give it their policies and their roles; a group is its own member.
    pub memberships: Vec<Membership>,
    /// Whether these are all.
    pub has_all_memberships: bool,
    /// Its rights.
    pub reach: Reach,
    /// The policies that name it or its groups and have not expired, with the URN that they name.
    policies: Vec<(usize, String)>,
}

/// The membership in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The URN of the group.
    pub urn: String,
    /// Its name.
    pub group: String,
    /// Its role; `None` if unknown.
    pub role: Option<Role>,
}

/// The known attributes of a resource.
#[derive(Debug, Default)]
struct Attributes {
    name: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

/// A resource, real or made, that levels are determined on.
#[derive(Debug)]
struct Probe {
    urn: String,
    /// Its type in the universe.
    kind: String,
    is_account: bool,
}

impl Engine {
    /// All identities: those of the account in the order of the input, then those that only
    /// policies name.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// An identity by its URN.
    pub fn identity(&self, urn: &str) -> Option<&Identity> {
        self.identities.get(*self.by_urn.get(urn)?)
    }

    /// All policies, in the order of the input, expired ones included.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// The policies of an identity that have not expired, with the URN of the identity or the group
    /// that each names.
    pub fn policies_of<'a>(
        &'a self,
        identity: &'a Identity,
    ) -> impl Iterator<Item = (&'a Policy, &'a str)> {
        identity
            .policies
            .iter()
            .filter_map(|(place, urn)| Some((self.policies.get(*place)?, urn.as_str())))
    }

    /// The URN of the account as a resource; `None` if it is unknown.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Whether all policies are known.
    pub fn has_all_policies(&self) -> bool {
        self.has_all_policies
    }

    /// The real resources that the account has or that its policies and resource groups name.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.probes.iter().map(|probe| probe.urn.as_str()).filter(|urn| !urn.contains(' '))
    }

    /// The named actions that remain of a part: those that it allows, possibly by a parameter, and
    /// that it neither excepts nor denies. Actions that OVHcloud adds later are not among them.
    pub fn remaining(&self, part: &Part) -> Vec<&str> {
        let mut set = part.actions().granted.possible.clone();
        set.remove(&part.actions().denied.sure);
        self.universe.names(&set).collect()
    }

    /// The actions that give rights on the account and remain of a policy that names the account;
    /// those of another policy's denial included.
    pub fn escalations<'a>(&'a self, policy: &'a Policy) -> Vec<&'a str> {
        let Some(account) = &self.account else { return Vec::new() };
        if !policy.names(account).may_hold() {
            return Vec::new();
        }
        let is_of_account = |action: &&str| action.starts_with("account:");
        let is_denied =
            |action: &str| policy.parts.iter().any(|part| part.denies(action).may_hold());
        let all = self.universe.names(self.universe.escalates()).filter(is_of_account);
        all.filter(|action| policy.parts.iter().any(|part| part.grants(action).may_hold()))
            .filter(|action| !is_denied(action))
            .collect()
    }

    /// All named actions that give rights.
    pub fn escalating_actions(&self) -> impl Iterator<Item = &str> {
        self.universe.names(self.universe.escalates())
    }

    /// All named actions: the known ones and those that policies name.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.universe.all_names()
    }

    fn facts<'a>(&'a self, urn: &'a str) -> Facts<'a> {
        let known = self.resources.get(urn);
        Facts {
            urn,
            name: known.and_then(|known| known.name.as_deref()),
            tags: known.and_then(|known| known.tags.as_ref()),
        }
    }
}
