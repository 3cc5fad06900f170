//! Decisions about single actions.

use super::{Engine, Identity};
use crate::iam::account::Kind;
use crate::iam::answer::{Answer, Decision, Effect, UnknownPart, Unresolved, Way};
use crate::iam::level::Level;
use crate::iam::part::Part;
use crate::iam::policy::Policy;
use crate::iam::truth::Truth;

impl Engine {
    /// Whether an identity may do an action on a resource, both without wildcards.
    pub fn decide(&self, identity: &Identity, action: &str, resource: &str) -> Answer {
        if identity.kind == Kind::Account {
            let ways = vec![Way::Owner];
            return Answer { decision: Decision::Allow, ways, unresolved: Vec::new() };
        }
        let by_policies = self.by_policies(identity, action, resource);
        with_roles(identity, action, by_policies)
    }

    /// Each identity that is not known to lack the right, or that a policy denies it.
    pub fn who<'a>(
        &'a self,
        action: &'a str,
        resource: &'a str,
    ) -> impl Iterator<Item = (&'a Identity, Answer)> {
        let answers = self
            .identities
            .iter()
            .map(move |identity| (identity, self.decide(identity, action, resource)));
        answers.filter(|(_, answer)| answer.decision != Decision::None)
    }

    /// The roles and policies of an identity that give a level by themselves.
    pub fn ways(&self, identity: &Identity, level: Level) -> Vec<Way> {
        if identity.kind == Kind::Account {
            return vec![Way::Owner];
        }
        let roles = identity.memberships.iter().filter_map(|membership| {
            let role = membership.role.filter(|role| role.level() >= level)?;
            Some(Way::Role { group: membership.group.clone(), role })
        });
        let policies = self.policies_of(identity).filter(|(policy, _)| policy.reach.level >= level);
        let policies = policies.map(|(policy, named)| Way::Policy {
            id: policy.id.clone(),
            name: policy.name.clone(),
            effect: Effect::Allow,
            is_conditional: policy.reach.unconditional < level || policy.is_live != Truth::Holds,
            permissions_group: None,
            identity: named.to_owned(),
        });
        roles.chain(policies).collect()
    }

    fn by_policies(&self, identity: &Identity, action: &str, resource: &str) -> Found {
        let mut found = Found::default();
        if !self.has_all_policies {
            found.unresolved.push(Unresolved::Policies);
        }
        if !identity.has_all_memberships {
            found.unresolved.push(Unresolved::Groups);
        }
        let facts = self.facts(resource);
        let one = |place: &usize| self.policies.get(*place);
        for policy in self.of_anyone.iter().filter_map(one) {
            if policy.names(resource).and(policy.applies(&facts)).may_hold() {
                found.unresolved.push(unresolved(policy, UnknownPart::Identities));
            }
        }
        for (policy, named) in self.policies_of(identity) {
            let applies = policy.applies(&facts);
            if applies.may_hold() {
                found.add_policy((policy, named), action, policy.names(resource), applies);
            }
        }
        found
    }
}

/// The ways that policies give.
#[derive(Default)]
struct Found {
    ways: Vec<Way>,
    unresolved: Vec<Unresolved>,
    allows: [bool; 2],
    denies: [bool; 2],
}

impl Found {
    fn add_policy(
        &mut self,
        (policy, identity): (&Policy, &str),
        action: &str,
        on: Truth,
        applies: Truth,
    ) {
        if on == Truth::Fails {
            return;
        }
        // Which parts of the policy are unknown matters where the policy may apply.
        let is_of_resources = |part: &&UnknownPart| {
            matches!(part, UnknownPart::Resources | UnknownPart::ResourceGroup(_))
        };
        let does_anything = |part: &Part| part.grants(action).or(part.denies(action)).may_hold();
        for part in &policy.unresolved {
            let matters = if is_of_resources(&part) {
                on == Truth::Unknown && policy.parts.iter().any(does_anything)
            } else {
                true
            };
            if matters {
                self.unresolved.push(unresolved(policy, part.clone()));
            }
        }
        if on != Truth::Holds {
            return;
        }
        for part in &policy.parts {
            for (effect, truth) in
                [(Effect::Allow, part.grants(action)), (Effect::Deny, part.denies(action))]
            {
                let truth = truth.and(applies);
                if truth.may_hold() {
                    self.add_way((policy, identity), part, effect, truth == Truth::Unknown);
                }
            }
        }
    }

    fn add_way(
        &mut self,
        (policy, identity): (&Policy, &str),
        part: &Part,
        effect: Effect,
        is_conditional: bool,
    ) {
        let [sure, possible] = match effect {
            Effect::Allow => &mut self.allows,
            Effect::Deny => &mut self.denies,
        };
        *sure |= !is_conditional;
        *possible = true;
        self.ways.push(Way::Policy {
            id: policy.id.clone(),
            name: policy.name.clone(),
            effect,
            is_conditional,
            permissions_group: part.group.clone(),
            identity: identity.to_owned(),
        });
    }

    fn decision(&self) -> Decision {
        let ([allows, may_allow], [denies, may_deny]) = (self.allows, self.denies);
        if denies {
            Decision::Deny
        } else if !self.unresolved.is_empty() {
            Decision::Unknown
        } else if allows && !may_deny {
            Decision::Allow
        } else if may_allow {
            Decision::Conditional
        } else {
            Decision::None
        }
    }
}

fn unresolved(policy: &Policy, part: UnknownPart) -> Unresolved {
    Unresolved::Policy { id: policy.id.clone(), name: policy.name.clone(), part }
}

/// Roles add to policies: the answer is the wider of the two.
fn with_roles(identity: &Identity, action: &str, found: Found) -> Answer {
    let mut decision = found.decision();
    let Found { mut ways, mut unresolved, .. } = found;
    let mut is_granted = false;
    for membership in &identity.memberships {
        let group = membership.group.clone();
        match membership.role.map_or(Truth::Unknown, |role| role.grants(action)) {
            Truth::Fails => {}
            Truth::Unknown => unresolved.push(Unresolved::Role(group)),
            Truth::Holds => {
                is_granted = true;
                ways.extend(membership.role.map(|role| Way::Role { group, role }));
            }
        }
    }
    let is_role = |one: &Unresolved| matches!(one, Unresolved::Role(_) | Unresolved::Groups);
    if is_granted {
        decision = Decision::Allow;
    } else if decision != Decision::Allow && unresolved.iter().any(is_role) {
        decision = Decision::Unknown;
    }
    if decision == Decision::Allow {
        unresolved.clear();
    }
    Answer { decision, ways, unresolved }
}
