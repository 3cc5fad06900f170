//! Levels of rights over all resources.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::{Engine, Identity, Probe};
use crate::iam::account::Kind;
use crate::iam::bits::Bits;
use crate::iam::level::{Level, Reach};
use crate::iam::policy::Policy;
use crate::iam::truth::Truth;
use crate::iam::universe::ACCOUNT;

impl Engine {
    /// Determines the rights of all policies and identities. Identities with the same policies have
    /// the same rights by them.
    pub(super) fn determine_reaches(&mut self) {
        let of_policies: Vec<Reach> =
            (0..self.policies.len()).map(|place| self.reach(&[place])).collect();
        let mut known: HashMap<Vec<usize>, Reach> = HashMap::new();
        let of_identities: Vec<Reach> = self
            .identities
            .iter()
            .map(|identity| {
                let places: Vec<usize> =
                    identity.policies.iter().map(|(place, _)| *place).collect();
                let by_policies = known.get(&places).copied();
                let by_policies = by_policies.unwrap_or_else(|| self.reach(&places));
                known.insert(places, by_policies);
                self.with_roles(identity, by_policies)
            })
            .collect();
        for (policy, reach) in self.policies.iter_mut().zip(of_policies) {
            policy.reach = Reach { is_complete: policy.unresolved.is_empty(), ..reach };
        }
        for (identity, reach) in self.identities.iter_mut().zip(of_identities) {
            identity.reach = reach;
        }
    }

    fn with_roles(&self, identity: &Identity, by_policies: Reach) -> Reach {
        if identity.kind == Kind::Account {
            return Reach::ALL;
        }
        let roles = || identity.memberships.iter().map(|membership| membership.role);
        let knows_all = identity.has_all_memberships
            && roles().all(|role| role.is_some())
            && self.has_all_policies
            && self.of_anyone.is_empty()
            && self.account.is_some();
        let own = Reach { is_complete: by_policies.is_complete && knows_all, ..by_policies };
        roles().flatten().fold(own, |reach, role| reach.with_role(role.level()))
    }

    /// The rights that these policies give together.
    fn reach(&self, policies: &[usize]) -> Reach {
        let mut on: BTreeMap<usize, Vec<(usize, Truth)>> = BTreeMap::new();
        let mut reach = Reach { is_complete: true, ..Reach::default() };
        for place in policies {
            let Some(policy) = self.policies.get(*place) else { continue };
            reach.is_complete &= policy.unresolved.is_empty();
            for (probe, applies) in &policy.on {
                on.entry(*probe).or_default().push((*place, *applies));
            }
        }
        let mut seen = HashSet::new();
        for (probe, policies) in on {
            let Some(probe) = self.probes.get(probe) else { continue };
            if seen.insert((probe.kind.as_str(), probe.is_account, policies.clone())) {
                self.add_rights(&mut reach, probe, &policies);
            }
        }
        reach
    }

    /// Adds the rights of the policies on one resource.
    fn add_rights(&self, reach: &mut Reach, probe: &Probe, policies: &[(usize, Truth)]) {
        let words: Vec<Range<usize>> = self.universe.on(&probe.kind).collect();
        let policies = policies
            .iter()
            .filter_map(|(place, applies)| Some((self.policies.get(*place)?, *applies)));
        let Rights { sure, possible, .. } = Rights::of(policies, &words);
        let any = |set: &Bits, other: &Bits| words.iter().any(|words| set.meets(other, words));
        let escalates = any(&possible, self.universe.escalates());
        reach.escalates |= escalates;
        let level = |set: &Bits| self.level(set, probe, &words);
        let highest = level(&possible);
        reach.level = reach.level.max(highest);
        reach.unconditional = reach.unconditional.max(level(&sure));
        if probe.is_account {
            reach.on_account = reach.on_account.max(highest);
        }
    }

    fn level(&self, set: &Bits, probe: &Probe, words: &[Range<usize>]) -> Level {
        let mut account = self.universe.on(ACCOUNT).take(1);
        if probe.is_account && account.any(|words| set.meets(self.universe.escalates(), &words)) {
            return Level::Admin;
        }
        let mut relevant = Bits::default();
        for words in words {
            relevant.add_words(set, words);
        }
        let reads = words.iter().any(|words| relevant.meets(self.universe.reads(), words));
        relevant.remove(self.universe.reads());
        match (relevant.is_empty(), reads) {
            (false, _) => Level::Write,
            (true, true) => Level::Read,
            (true, false) => Level::None,
        }
    }
}

/// The actions that policies allow together on a resource.
pub(super) struct Rights {
    pub(super) sure: Bits,
    pub(super) possible: Bits,
    /// Those that a policy denies, possibly.
    pub(super) denied: Bits,
    /// Those that a policy denies for sure.
    pub(super) surely_denied: Bits,
}

impl Rights {
    pub(super) fn of<'a>(
        policies: impl Iterator<Item = (&'a Policy, Truth)>,
        words: &[Range<usize>],
    ) -> Self {
        let (mut sure, mut possible) = (Bits::default(), Bits::default());
        let (mut denied, mut possibly_denied) = (Bits::default(), Bits::default());
        for (policy, applies) in policies {
            for part in &policy.parts {
                let actions = part.actions();
                for words in words {
                    if applies == Truth::Holds {
                        sure.add_words(&actions.granted.sure, words);
                        denied.add_words(&actions.denied.sure, words);
                    }
                    possible.add_words(&actions.granted.possible, words);
                    possibly_denied.add_words(&actions.denied.possible, words);
                }
            }
        }
        possible.remove(&denied);
        sure.remove(&possibly_denied);
        Self { sure, possible, denied: possibly_denied, surely_denied: denied }
    }
}
