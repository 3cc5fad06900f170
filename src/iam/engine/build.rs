//! The engine of an account.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Attributes, Engine, Identity, Membership, Probe};
use crate::iam::account::{self, Account, Kind, Permissions};
use crate::iam::level::Reach;
use crate::iam::part::{Actions, Part};
use crate::iam::policy::Policy;
use crate::iam::truth::Truth;
use crate::iam::universe::{Cover, Universe, instance, kind_of, made_resource};
use crate::iam::urn;

impl Engine {
    /// Evaluates an account at this time.
    pub fn new(account: &Account<'_>, now: Timestamp) -> Self {
        let universe = universe(account);
        let policies = policies(account, &universe, now);
        let resources = account.resources.iter().map(|one| {
            let (name, tags) = (one.name.map(str::to_owned), one.tags.cloned());
            (one.urn.clone().into_owned(), Attributes { name, tags })
        });
        let account_urn = account.urn.clone().map(Cow::into_owned);
        let mut engine = Self {
            probes: probes(account, &universe, &policies),
            universe,
            account: account_urn,
            policies,
            has_all_policies: account.has_all_policies,
            of_anyone: Vec::new(),
            identities: Vec::new(),
            by_urn: HashMap::new(),
            resources: resources.collect(),
        };
        engine.place_policies();
        engine.add_identities(account);
        engine.determine_reaches();
        engine
    }

    /// Finds the probes where each policy may apply.
    fn place_policies(&mut self) {
        let places: HashMap<&str, usize> = self
            .probes
            .iter()
            .enumerate()
            .map(|(place, probe)| (probe.urn.as_str(), place))
            .collect();
        let mut on = Vec::new();
        for policy in &self.policies {
            let probes: Vec<usize> = if policy.scope.patterns.is_empty() {
                let exact = policy.scope.exact.iter();
                exact.filter_map(|urn| places.get(urn.as_str()).copied()).collect()
            } else {
                (0..self.probes.len()).collect()
            };
            let probes =
                probes.into_iter().filter_map(|place| Some((place, self.probes.get(place)?)));
            let named = probes.filter(|(_, probe)| policy.scope.names(&probe.urn) == Truth::Holds);
            // An expired policy has its rights for itself; no identity has it.
            let applies = named.map(|(place, probe)| {
                let holds = policy.condition.holds(&self.facts(&probe.urn));
                (
                    place,
                    if policy.is_live == Truth::Unknown {
                        holds.and(Truth::Unknown)
                    } else {
                        holds
                    },
                )
            });
            on.push(applies.filter(|(_, applies)| applies.may_hold()).collect::<Vec<_>>());
        }
        for (policy, on) in self.policies.iter_mut().zip(on) {
            policy.on = on;
        }
    }

    fn add_identities(&mut self, account: &Account<'_>) {
        let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, policy) in account.policies.iter().enumerate() {
            if self.policies.get(place).is_some_and(Policy::is_expired) {
                continue;
            }
            match policy.identities {
                None => self.of_anyone.push(place),
                Some(urns) => {
                    for urn in urns {
                        named.entry(urn).or_default().push(place);
                    }
                }
            }
        }
        let listed: HashMap<&str, &account::Identity<'_>> =
            account.identities.iter().map(|one| (one.urn.as_ref(), one)).collect();
        for identity in &account.identities {
            self.add(listed_identity(identity, &listed, &named));
        }
        let own = account.urn.as_deref().and_then(urn::resource_name);
        let unlisted: BTreeSet<&&str> =
            named.keys().filter(|urn| !listed.contains_key(**urn)).collect();
        for urn in unlisted {
            self.add(named_identity(urn, own, &named));
        }
    }

    fn add(&mut self, identity: Identity) {
        self.by_urn.entry(identity.urn.clone()).or_insert(self.identities.len());
        self.identities.push(identity);
    }
}

/// The live policies of these URNs, each once.
fn held(urns: &[&str], named: &HashMap<&str, Vec<usize>>) -> Vec<(usize, String)> {
    let mut seen = HashSet::new();
    let each = urns.iter().flat_map(|urn| {
        let policies = named.get(urn).into_iter().flatten();
        policies.map(|place| (*place, (*urn).to_owned()))
    });
    let mut all: Vec<_> = each.filter(|(place, _)| seen.insert(*place)).collect();
    all.sort();
    all
}

fn listed_identity(
    identity: &account::Identity<'_>,
    listed: &HashMap<&str, &account::Identity<'_>>,
    named: &HashMap<&str, Vec<usize>>,
) -> Identity {
    let is_group = identity.kind == Kind::Group;
    let own = is_group.then_some(identity.urn.as_ref());
    let groups: Vec<&str> =
        own.into_iter().chain(identity.groups.iter().map(AsRef::as_ref)).collect();
    let membership = |urn: &&str| {
        let group = listed.get(urn).filter(|group| group.kind == Kind::Group);
        Membership {
            urn: (*urn).to_owned(),
            group: group.map_or_else(|| short(urn), |group| group.name.clone().into_owned()),
            role: group.and_then(|group| group.role),
        }
    };
    let mut urns = vec![identity.urn.as_ref()];
    urns.extend(&groups);
    Identity {
        urn: identity.urn.clone().into_owned(),
        kind: identity.kind,
        name: identity.name.clone().into_owned(),
        memberships: groups.iter().map(membership).collect(),
        has_all_memberships: identity.has_all_groups,
        reach: Reach::default(),
        policies: held(&urns, named),
    }
}

/// An identity that only policies name: another account, or one that is gone or of a kind that no
/// list has.
fn named_identity(urn: &str, own: Option<&str>, named: &HashMap<&str, Vec<usize>>) -> Identity {
    let owner = urn::identity_account(urn);
    let is_foreign = own.is_some() && owner.is_some() && owner != own;
    let is_account = urn::identity_kind(urn) == Some("account");
    Identity {
        urn: urn.to_owned(),
        kind: if is_foreign && is_account { Kind::ForeignAccount } else { Kind::Unlisted },
        name: short(urn),
        // A user that is not listed may have groups.
        memberships: Vec::new(),
        has_all_memberships: is_foreign || urn::identity_kind(urn) == Some("credential"),
        reach: Reach::default(),
        policies: held(&[urn], named),
    }
}

fn short(urn: &str) -> String {
    urn::identity_name(urn).or_else(|| urn::identity_account(urn)).unwrap_or(urn).to_owned()
}

fn universe(account: &Account<'_>) -> Universe {
    let own = account.policies.iter().map(|policy| &policy.permissions);
    let groups = account.permissions_groups.iter().map(|group| &group.permissions);
    let lists =
        own.chain(groups).flat_map(|Permissions { allow, except, deny }| [allow, except, deny]);
    let patterns: BTreeSet<&str> = lists.copied().flatten().flatten().map(String::as_str).collect();
    let types = urns(account).filter_map(urn::resource_type);
    Universe::new(&patterns, types)
}

/// The URNs of all resources, patterns included.
fn urns<'a>(account: &'a Account<'_>) -> impl Iterator<Item = &'a str> {
    let of_policies = account.policies.iter().filter_map(|policy| policy.resources);
    let of_groups = account.resource_groups.iter().filter_map(|group| group.resources);
    let named = of_policies.chain(of_groups).flatten().map(String::as_str);
    let known = account.resources.iter().map(|resource| resource.urn.as_ref());
    let all = account.urn.as_deref().into_iter().chain(known).chain(named);
    all.filter(|urn| !urn::is_resource_group(urn))
}

fn policies(account: &Account<'_>, universe: &Universe, now: Timestamp) -> Vec<Policy> {
    let mut memo: HashMap<&str, Cover> = HashMap::new();
    let groups: HashMap<&str, Arc<Actions>> = account
        .permissions_groups
        .iter()
        .map(|group| (group.urn, Arc::new(Actions::new(&group.permissions, universe, &mut memo))))
        .collect();
    let resources =
        account.resource_groups.iter().map(|group| (group.urn, group.resources)).collect();
    let policy = |policy: &account::Policy<'_>, own: Actions| {
        let mut parts = vec![Part::new(None, Arc::new(own))];
        for urn in policy.permissions_groups.unwrap_or_default() {
            let actions = groups.get(urn.as_str()).map(Arc::clone);
            parts.extend(actions.map(|actions| Part::new(Some(urn.clone()), actions)));
        }
        Policy::new(policy, parts, &resources, now)
    };
    let each = account.policies.iter();
    each.map(|one| policy(one, Actions::new(&one.permissions, universe, &mut memo))).collect()
}

/// The known resources, those that policies name, one unknown resource of each type, and one for
/// each pattern that no other stands for.
fn probes(account: &Account<'_>, universe: &Universe, policies: &[Policy]) -> Vec<Probe> {
    let region = account.urn.as_deref().and_then(urn::region).unwrap_or("eu");
    let made = universe.types().map(|kind| made_resource(region, kind));
    let real = urns(account).filter(|urn| !urn.contains('*')).map(str::to_owned);
    let mut all: BTreeSet<String> = real.chain(made).collect();
    let patterns: BTreeSet<&String> =
        policies.iter().flat_map(|policy| &policy.scope.patterns).collect();
    for pattern in patterns {
        all.insert(instance(pattern));
    }
    let probe = |urn: String| Probe {
        kind: kind_of(&urn).to_owned(),
        is_account: account.urn.as_deref() == Some(&urn),
        urn,
    };
    all.into_iter().map(probe).collect()
}
