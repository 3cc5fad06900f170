//! Decisions about patterns: whether an identity may do some action of a pattern on some resource
//! of another.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Engine, Identity};
use crate::iam::answer::{Answer, Decision};
use crate::iam::bits::Bits;
use crate::iam::pattern::covers;
use crate::iam::policy::Policy;
use crate::iam::truth::Truth;
use crate::iam::universe::{ACCOUNT, instance, kind_of};

use super::reach::Rights;

/// The widest decision about the actions and resources of two patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widest {
    /// The decision, with all ways that lead to it.
    pub answer: Answer,
    /// An action and a resource of this decision; `None` if they have no name of OVHcloud's.
    pub example: Option<(String, String)>,
}

impl Engine {
    /// The widest decision about an action and a resource, each with or without wildcards: allow,
    /// conditional, unknown, deny, none, in this order. A pattern of actions and one of resources
    /// meet where the type of the action is the one of the resource.
    pub fn decide_any(&self, identity: &Identity, action: &str, resource: &str) -> Widest {
        let mut widest: Option<Widest> = None;
        for resource in self.named_by(action, resource) {
            for action in self.candidates(identity, action, &resource) {
                let answer = self.decide(identity, &action, &resource);
                let is_made = [&action, &resource].iter().any(|text| text.contains(' '));
                let example = (!is_made).then(|| (action, resource.clone()));
                let one = Widest { answer, example };
                widest = Some(match widest {
                    None => one,
                    Some(widest) => widest.or(one),
                });
            }
        }
        widest.unwrap_or_else(|| Widest {
            answer: self.decide(identity, &instance(action), &instance(resource)),
            example: None,
        })
    }

    /// The resources of a pattern that the action means something on.
    fn named_by(&self, action: &str, resource: &str) -> Vec<String> {
        if !resource.contains('*') {
            return vec![resource.to_owned()];
        }
        let kind = action.split(':').next().unwrap_or_default();
        let is_of_kind = |one: &str| {
            kind.contains('*') || one == "*" || one == kind || (one == ACCOUNT && kind == "order")
        };
        let probes = self.probes.iter().filter(|probe| is_of_kind(&probe.kind));
        let named = probes.filter(|probe| covers(resource, &probe.urn));
        let named: Vec<String> = named.map(|probe| probe.urn.clone()).collect();
        if named.is_empty() { vec![instance(resource)] } else { named }
    }

    /// Actions of a pattern with every decision that there is on the resource.
    fn candidates(&self, identity: &Identity, action: &str, resource: &str) -> BTreeSet<String> {
        if !action.contains('*') {
            return BTreeSet::from([action.to_owned()]);
        }
        let words: Vec<_> = self.universe.on(kind_of(resource)).collect();
        let cover = self.universe.covered(action).possible;
        let facts = self.facts(resource);
        let policies =
            self.policies_of(identity).map(|(policy, _)| (policy, policy.applies(&facts)));
        let (mut named, mut open) = (Vec::new(), Bits::default());
        for (policy, applies) in policies.filter(|(_, applies)| applies.may_hold()) {
            match policy.names(resource) {
                Truth::Holds => named.push((policy, applies)),
                Truth::Unknown => add_all(&mut open, policy, &words),
                Truth::Fails => {}
            }
        }
        let rights = Rights::of(named.into_iter(), &words);
        let Rights { sure, possible, denied, surely_denied } = rights;
        let within = |set: &Bits| {
            let mut all = Bits::default();
            for words in &words {
                all.add_words(set, words);
            }
            all.intersect(&cover);
            all
        };
        let all = within(&cover);
        let mut writes = all.clone();
        writes.remove(self.universe.reads());
        let mut reads = all.clone();
        reads.intersect(self.universe.reads());
        // Roles except the management of users and leave that of policies open.
        let mut others = writes.clone();
        others.remove(self.universe.management());
        // An unknown part of a policy counts where no policy denies the action for sure.
        let without = |set: &Bits, other: &Bits| {
            let mut rest = within(set);
            rest.remove(other);
            rest
        };
        let sets = [
            within(&sure),
            without(&sure, &open),
            within(&possible),
            without(&possible, &open),
            within(&denied),
            without(&open, &surely_denied),
            without(&all, &surely_denied),
            reads,
            writes,
            others,
            all,
        ];
        let first = sets.iter().filter_map(|set| self.universe.first(set)).map(str::to_owned);
        let found: BTreeSet<String> = first.collect();
        if found.is_empty() { BTreeSet::from([instance(action)]) } else { found }
    }
}

/// Adds the actions of these words that a policy allows or denies, possibly.
fn add_all(set: &mut Bits, policy: &Policy, words: &[Range<usize>]) {
    for part in &policy.parts {
        let actions = part.actions();
        for words in words {
            set.add_words(&actions.granted.possible, words);
            set.add_words(&actions.denied.possible, words);
        }
    }
}

impl Widest {
    fn or(self, other: Self) -> Self {
        let rank = |one: &Self| match one.answer.decision {
            Decision::Allow => 4,
            Decision::Conditional => 3,
            Decision::Unknown => 2,
            Decision::Deny => 1,
            Decision::None => 0,
        };
        let (mut wider, narrower) =
            if rank(&other) > rank(&self) { (other, self) } else { (self, other) };
        if rank(&wider) == rank(&narrower) {
            for way in narrower.answer.ways {
                if !wider.answer.ways.contains(&way) {
                    wider.answer.ways.push(way);
                }
            }
            for unresolved in narrower.answer.unresolved {
                if !wider.answer.unresolved.contains(&unresolved) {
                    wider.answer.unresolved.push(unresolved);
                }
            }
            wider.example = wider.example.or(narrower.example);
        }
        wider
    }
}
