//! The input of an evaluation: the IAM of an account as plain data, borrowed from where it was read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::role::Role;

/// The IAM of an account.
#[derive(Debug, Clone, Default)]
pub struct Account<'a> {
    /// The URN of the account as a resource, `urn:v1:eu:resource:account:xx1-ovh`; `None` if it is
    /// unknown.
    pub urn: Option<Cow<'a, str>>,
    /// Its policies, those of OVHcloud included.
    pub policies: Vec<Policy<'a>>,
    /// Whether these are all policies. An unknown policy may deny, and may allow.
    pub has_all_policies: bool,
    /// Its permissions groups, those of OVHcloud included.
    pub permissions_groups: Vec<PermissionsGroup<'a>>,
    /// Its resource groups, those of OVHcloud included.
    pub resource_groups: Vec<ResourceGroup<'a>>,
    /// Its identities. Those that only a policy names are added by the evaluation.
    pub identities: Vec<Identity<'a>>,
    /// Its known resources: for their attributes, and as the places of rights that a pattern gives.
    pub resources: Vec<Resource<'a>>,
}

/// A policy.
#[derive(Debug, Clone, Default)]
pub struct Policy<'a> {
    /// Its id.
    pub id: &'a str,
    /// The owner's name for it.
    pub name: &'a str,
    /// Whether it is OVHcloud's own; `None` if unknown.
    pub is_ovhclouds: Option<bool>,
    /// The URNs of its identities; `None` if unknown.
    pub identities: Option<&'a [String]>,
    /// The URNs of its resources and resource groups, with wildcards; `None` if unknown.
    pub resources: Option<&'a [String]>,
    /// Its own permissions.
    pub permissions: Permissions<'a>,
    /// The URNs of its permissions groups; `None` if unknown.
    pub permissions_groups: Option<&'a [String]>,
    /// Its conditions.
    pub conditions: Conditions<'a>,
    /// Its end.
    pub expiry: Expiry,
}

/// The actions of a policy or of a permissions group. A list that is `None` is unknown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Permissions<'a> {
    /// The patterns of allowed actions.
    pub allow: Option<&'a [String]>,
    /// The exceptions from these, and from nothing else.
    pub except: Option<&'a [String]>,
    /// The patterns of denied actions, which override every policy.
    pub deny: Option<&'a [String]>,
}

/// The conditions of a policy.
#[derive(Debug, Clone, Copy, Default)]
pub enum Conditions<'a> {
    /// It has none.
    #[default]
    None,
    /// As OVHcloud reports them.
    Document(&'a Value),
    /// It has some that are unknown.
    Unknown,
}

/// The end of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expiry {
    /// It never expires.
    #[default]
    Never,
    /// It applies before this time.
    At(Timestamp),
    /// It is unknown.
    Unknown,
}

/// A permissions group.
#[derive(Debug, Clone, Copy)]
pub struct PermissionsGroup<'a> {
    /// Its URN, its name in policies.
    pub urn: &'a str,
    /// Its actions.
    pub permissions: Permissions<'a>,
}

/// A resource group.
#[derive(Debug, Clone, Copy)]
pub struct ResourceGroup<'a> {
    /// Its URN, its name in policies.
    pub urn: &'a str,
    /// The URNs of its resources; `None` if unknown.
    pub resources: Option<&'a [String]>,
}

/// An identity of the account.
#[derive(Debug, Clone)]
pub struct Identity<'a> {
    /// Its URN, its name in policies.
    pub urn: Cow<'a, str>,
    /// Its kind.
    pub kind: Kind,
    /// Its name for people: a login, the name of a group or of a client.
    pub name: Cow<'a, str>,
    /// The URNs of the groups it is known to belong to.
    pub groups: Vec<Cow<'a, str>>,
    /// Whether these are all its groups.
    pub has_all_groups: bool,
    /// The role of its members, if it is a group; `None` if unknown.
    pub role: Option<Role>,
}

/// The kind of an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The account itself, whom no policy limits.
    Account,
    /// A local user.
    User,
    /// A group of local users, and of users of an identity provider.
    Group,
    /// An OAuth2 client with an identity of its own.
    ServiceAccount,
    /// Another account.
    ForeignAccount,
    /// An identity that a policy names and the account does not list.
    Unlisted,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Account,
        Self::User,
        Self::Group,
        Self::ServiceAccount,
        Self::ForeignAccount,
        Self::Unlisted,
    ];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::User => "user",
            Self::Group => "group",
            Self::ServiceAccount => "service_account",
            Self::ForeignAccount => "foreign_account",
            Self::Unlisted => "unlisted",
        }
    }
}

/// A resource.
#[derive(Debug, Clone)]
pub struct Resource<'a> {
    /// Its URN.
    pub urn: Cow<'a, str>,
    /// Its display name; `None` if unknown.
    pub name: Option<&'a str>,
    /// Its tags; `None` if unknown.
    pub tags: Option<&'a BTreeMap<String, String>>,
}
