//! A policy as it is evaluated: resolved, with the places where it applies.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::account::{self, Conditions, Expiry};
use super::answer::UnknownPart;
use super::condition::{Condition, Facts};
use super::level::Reach;
use super::part::Part;
use super::pattern::covers;
use super::truth::Truth;
use super::urn;

/// A policy.
#[derive(Debug)]
pub struct Policy {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Whether it is OVHcloud's own; `None` if unknown.
    pub is_ovhclouds: Option<bool>,
    /// Its own permissions, and each permissions group that is known.
    pub parts: Vec<Part>,
    /// Its parts that are unknown: while there is one, the policy may allow and deny more.
    pub unresolved: Vec<UnknownPart>,
    /// Whether it has conditions.
    pub is_conditional: bool,
    /// The rights that it gives by itself, as if it were the only policy and had not expired.
    pub reach: Reach,
    pub(super) condition: Condition,
    pub(super) scope: Scope,
    /// Whether it has not expired.
    pub(super) is_live: Truth,
    /// The probes where it may apply.
    pub(super) on: Vec<(usize, Truth)>,
}

impl Policy {
    pub(super) fn new(
        policy: &account::Policy<'_>,
        parts: Vec<Part>,
        groups: &Groups<'_>,
        now: Timestamp,
    ) -> Self {
        let (is_conditional, condition) = match policy.conditions {
            Conditions::None => (false, Condition::Always),
            Conditions::Document(document) => (true, Condition::read(document)),
            Conditions::Unknown => (true, Condition::Unknown),
        };
        let (scope, mut unresolved) = Scope::new(policy.resources, groups);
        let mut own = parts.iter().filter(|part| !part.is_resolved());
        unresolved.extend(own.by_ref().map(|part| match &part.group {
            None => UnknownPart::Permissions,
            Some(urn) => UnknownPart::PermissionsGroup(urn.clone()),
        }));
        let listed = policy.permissions_groups.unwrap_or_default().iter();
        let lost = listed.filter(|urn| !parts.iter().any(|part| part.group.as_ref() == Some(urn)));
        unresolved.extend(lost.cloned().map(UnknownPart::PermissionsGroup));
        let lists = [
            (policy.permissions_groups.is_none(), UnknownPart::PermissionsGroups),
            (policy.identities.is_none(), UnknownPart::Identities),
        ];
        unresolved.extend(lists.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, part)| part));
        Self {
            id: policy.id.to_owned(),
            name: policy.name.to_owned(),
            is_ovhclouds: policy.is_ovhclouds,
            parts,
            unresolved,
            is_conditional,
            reach: Reach::default(),
            condition,
            scope,
            is_live: match policy.expiry {
                Expiry::Never => Truth::Holds,
                Expiry::At(end) => (now < end).into(),
                Expiry::Unknown => Truth::Unknown,
            },
            on: Vec::new(),
        }
    }

    /// Whether it has expired. An unknown expiry is none.
    pub fn is_expired(&self) -> bool {
        self.is_live == Truth::Fails
    }

    /// Its resources and patterns of them, those of its resource groups included.
    pub fn resources(&self) -> Vec<&str> {
        let mut all: Vec<&str> =
            self.scope.exact.iter().chain(&self.scope.patterns).map(String::as_str).collect();
        all.sort_unstable();
        all
    }

    /// Whether the resource is one of the policy's, whatever its conditions are.
    pub fn names(&self, resource: &str) -> Truth {
        self.scope.names(resource)
    }

    /// Whether it applies to a resource that it names.
    pub(super) fn applies(&self, facts: &Facts<'_>) -> Truth {
        self.is_live.and(self.condition.holds(facts))
    }

    /// An allowed pattern that is broad after the exceptions and denials of its part, and the part.
    pub fn broad(&self) -> Option<(&str, &Part)> {
        self.parts.iter().find_map(|part| Some((part.broad()?, part)))
    }
}

/// The resource groups by their URNs; `None` for one whose resources are unknown.
pub(super) type Groups<'a> = HashMap<&'a str, Option<&'a [String]>>;

/// The resources of a policy.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) exact: HashSet<String>,
    pub(super) patterns: Vec<String>,
    /// Whether these are all.
    is_whole: bool,
}

impl Scope {
    fn new(resources: Option<&[String]>, groups: &Groups<'_>) -> (Self, Vec<UnknownPart>) {
        let (mut scope, mut unresolved) = (Self::default(), Vec::new());
        if resources.is_none() {
            unresolved.push(UnknownPart::Resources);
        }
        for resource in resources.unwrap_or_default() {
            if !urn::is_resource_group(resource) {
                scope.add(resource);
                continue;
            }
            match groups.get(resource.as_str()).copied().flatten() {
                Some(members) => members.iter().for_each(|member| scope.add(member)),
                None => unresolved.push(UnknownPart::ResourceGroup(resource.clone())),
            }
        }
        scope.is_whole = unresolved.is_empty();
        (scope, unresolved)
    }

    fn add(&mut self, resource: &str) {
        if resource.contains('*') {
            self.patterns.push(resource.to_owned());
        } else {
            self.exact.insert(resource.to_owned());
        }
    }

    pub(super) fn names(&self, resource: &str) -> Truth {
        let is_named = self.exact.contains(resource)
            || self.patterns.iter().any(|pattern| covers(pattern, resource));
        match (is_named, self.is_whole) {
            (true, _) => Truth::Holds,
            (false, true) => Truth::Fails,
            (false, false) => Truth::Unknown,
        }
    }
}
