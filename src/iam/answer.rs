//! The decision about an action of an identity on a resource, and the ways that lead to it.

use std::fmt;

use super::role::Role;

/// Whether an identity may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// A policy or a role allows it.
    Allow,
    /// It may be allowed: under conditions that depend on the request, or that are unknown.
    Conditional,
    /// A policy denies it.
    Deny,
    /// Nothing allows it.
    None,
    /// Something is unknown that could allow or deny it.
    Unknown,
}

impl Decision {
    /// All decisions.
    pub const ALL: [Self; 5] =
        [Self::Allow, Self::Conditional, Self::Deny, Self::None, Self::Unknown];

    /// Its word in documents.
    pub fn label(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Conditional => "conditional",
            Self::Deny => "deny",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }
}

/// A decision with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The decision.
    pub decision: Decision,
    /// The ways that allow or deny it, whatever the decision is.
    pub ways: Vec<Way>,
    /// The unknown parts that could change it.
    pub unresolved: Vec<Unresolved>,
}

/// A reason to allow or to deny.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The account itself may do everything, and no policy limits it.
    Owner,
    /// The role of a group. No source says whether a denial of a policy limits it: here it does not.
    Role {
        /// The name of the group.
        group: String,
        /// Its role.
        role: Role,
    },
    /// A policy.
    Policy {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Whether it allows or denies.
        effect: Effect,
        /// Whether it may apply only: its conditions are unknown, or depend on the request.
        is_conditional: bool,
        /// The permissions group with the action, as a URN; `None` for the policy's own permissions.
        permissions_group: Option<String>,
        /// The identity that the policy names, as a URN: the caller or one of the caller's groups.
        identity: String,
    },
}

/// The effect of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

impl Way {
    /// Whether it allows, conditionally or not.
    pub fn allows(&self) -> bool {
        !matches!(self, Self::Policy { effect: Effect::Deny, .. })
    }

    /// The id of the policy, `role ADMIN of group NAME`, or `account`.
    pub fn label(&self) -> String {
        match self {
            Self::Owner => "account".to_owned(),
            Self::Role { group, role } => format!("role {} of group {group}", role.word()),
            Self::Policy { id, .. } => id.clone(),
        }
    }
}

/// Something unknown that could allow or deny.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unresolved {
    /// Some policies are unknown.
    Policies,
    /// Some groups of the identity are unknown.
    Groups,
    /// The role of a group is unknown, or whether it grants the action; by the name of the group.
    Role(String),
    /// A part of a policy is unknown.
    Policy {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// The unknown part.
        part: UnknownPart,
    },
}

/// An unknown part of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnknownPart {
    /// Its identities.
    Identities,
    /// Its resources.
    Resources,
    /// Its own permissions.
    Permissions,
    /// The list of its permissions groups.
    PermissionsGroups,
    /// A permissions group, as a URN.
    PermissionsGroup(String),
    /// A resource group, as a URN.
    ResourceGroup(String),
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policies => write!(f, "some policies are unknown"),
            Self::Groups => write!(f, "some groups of the identity are unknown"),
            Self::Role(group) => write!(f, "the rights by the role of group {group} are unknown"),
            Self::Policy { name, part, .. } => write!(f, "{part} of policy {name} {}", part.verb()),
        }
    }
}

impl UnknownPart {
    fn verb(&self) -> &'static str {
        match self {
            Self::PermissionsGroup(_) | Self::ResourceGroup(_) => "is unknown",
            _ => "are unknown",
        }
    }
}

impl fmt::Display for UnknownPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identities => write!(f, "the identities"),
            Self::Resources => write!(f, "the resources"),
            Self::Permissions => write!(f, "the permissions"),
            Self::PermissionsGroups => write!(f, "the permissions groups"),
            Self::PermissionsGroup(urn) => write!(f, "the permissions group {urn}"),
            Self::ResourceGroup(urn) => write!(f, "the resource group {urn}"),
        }
    }
}
