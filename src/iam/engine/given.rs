//! Accounts for the tests of the evaluation.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::Engine;
use crate::iam::account::{
    Account, Conditions, Expiry, Identity, Kind, Permissions, PermissionsGroup, Policy, Resource,
    ResourceGroup,
};
use crate::iam::answer::Decision;
use crate::iam::known;
use crate::iam::role::Role;

pub(super) const NOW: &str = "2026-11-21T00:00:00Z";
pub(super) const ACCOUNT: &str = "urn:v1:eu:resource:account:xx1-ovh";
pub(super) const OWNER: &str = "urn:v1:eu:identity:account:xx1-ovh";
pub(super) const ALICE: &str = "urn:v1:eu:identity:user:xx1-ovh/alice";
pub(super) const DEVS: &str = "urn:v1:eu:identity:group:xx1-ovh/devs";
pub(super) const PROJECT: &str = "urn:v1:eu:resource:publicCloudProject:p1";
pub(super) const OTHER_PROJECT: &str = "urn:v1:eu:resource:publicCloudProject:p2";
pub(super) const EVERYTHING: &str = "urn:v1:eu:resource:*";

/// An account that owns its texts.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) policies: Vec<GivenPolicy>,
    pub(super) has_all_policies: bool,
    pub(super) permissions_groups: Vec<(String, GivenPermissions)>,
    pub(super) resource_groups: Vec<(String, Option<Vec<String>>)>,
    /// The role of the group that alice belongs to.
    pub(super) role: Option<Role>,
    pub(super) has_all_groups: bool,
    pub(super) tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct GivenPolicy {
    pub(super) id: String,
    pub(super) identities: Option<Vec<String>>,
    pub(super) resources: Option<Vec<String>>,
    pub(super) permissions: GivenPermissions,
    pub(super) groups: Option<Vec<String>>,
    pub(super) conditions: Option<Value>,
    pub(super) expires: Option<Timestamp>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct GivenPermissions {
    pub(super) allow: Option<Vec<String>>,
    pub(super) except: Option<Vec<String>>,
    pub(super) deny: Option<Vec<String>>,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            policies: Vec::new(),
            has_all_policies: true,
            permissions_groups: managed(),
            resource_groups: Vec::new(),
            role: Some(Role::None),
            has_all_groups: true,
            tags: BTreeMap::from([("env".to_owned(), "prod".to_owned())]),
        }
    }
}

pub(super) fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

pub(super) fn permissions(allow: &[&str], except: &[&str], deny: &[&str]) -> GivenPermissions {
    let [allow, except, deny] = [allow, except, deny].map(|list| Some(texts(list)));
    GivenPermissions { allow, except, deny }
}

/// A policy for alice on everything.
pub(super) fn policy(allow: &[&str], except: &[&str], deny: &[&str]) -> GivenPolicy {
    GivenPolicy {
        id: "p".to_owned(),
        identities: Some(texts(&[ALICE])),
        resources: Some(texts(&[EVERYTHING])),
        permissions: permissions(allow, except, deny),
        groups: Some(Vec::new()),
        ..GivenPolicy::default()
    }
}

/// A policy for alice on everything, by these permissions groups.
pub(super) fn by_groups(names: &[&str]) -> GivenPolicy {
    let urns = names.iter().map(|name| format!("urn:v1:eu:permissionsGroup:ovh:{name}"));
    GivenPolicy { groups: Some(urns.collect()), ..policy(&[], &[], &[]) }
}

impl GivenPermissions {
    fn borrowed(&self) -> Permissions<'_> {
        Permissions {
            allow: self.allow.as_deref(),
            except: self.except.as_deref(),
            deny: self.deny.as_deref(),
        }
    }
}

impl GivenPolicy {
    fn borrowed(&self) -> Policy<'_> {
        Policy {
            id: &self.id,
            name: &self.id,
            is_ovhclouds: Some(false),
            identities: self.identities.as_deref(),
            resources: self.resources.as_deref(),
            permissions: self.permissions.borrowed(),
            permissions_groups: self.groups.as_deref(),
            conditions: self.conditions.as_ref().map_or(Conditions::None, Conditions::Document),
            expiry: self.expires.map_or(Expiry::Never, Expiry::At),
        }
    }
}

impl Given {
    pub(super) fn of(policies: impl IntoIterator<Item = GivenPolicy>) -> Self {
        Self { policies: policies.into_iter().collect(), ..Self::default() }
    }

    pub(super) fn engine(&self) -> Engine {
        Engine::new(&self.account(), NOW.parse().unwrap())
    }

    /// The decision about alice.
    pub(super) fn decision(&self, action: &str, resource: &str) -> Decision {
        let engine = self.engine();
        engine.decide(engine.identity(ALICE).unwrap(), action, resource).decision
    }

    fn account(&self) -> Account<'_> {
        let groups = self.permissions_groups.iter();
        let resource = |urn: &'static str| Resource {
            urn: urn.into(),
            name: Some("project"),
            tags: Some(&self.tags),
        };
        Account {
            urn: Some(ACCOUNT.into()),
            policies: self.policies.iter().map(GivenPolicy::borrowed).collect(),
            has_all_policies: self.has_all_policies,
            permissions_groups: groups
                .map(|(urn, given)| PermissionsGroup { urn, permissions: given.borrowed() })
                .collect(),
            resource_groups: self
                .resource_groups
                .iter()
                .map(|(urn, members)| ResourceGroup { urn, resources: members.as_deref() })
                .collect(),
            identities: vec![
                identity(OWNER, Kind::Account, &[]),
                Identity {
                    has_all_groups: self.has_all_groups,
                    ..identity(ALICE, Kind::User, &[DEVS])
                },
                Identity { role: self.role, ..identity(DEVS, Kind::Group, &[]) },
            ],
            resources: vec![resource(PROJECT), resource(OTHER_PROJECT)],
        }
    }
}

fn identity(urn: &'static str, kind: Kind, groups: &[&'static str]) -> Identity<'static> {
    Identity {
        urn: urn.into(),
        kind,
        name: urn.rsplit('/').next().unwrap().into(),
        groups: groups.iter().map(|&urn| urn.into()).collect(),
        has_all_groups: true,
        role: None,
    }
}

/// OVHcloud's own permissions groups, as its guide describes them.
fn managed() -> Vec<(String, GivenPermissions)> {
    let account = |paths: &[&str]| -> Vec<String> {
        paths.iter().map(|path| format!("account:apiovh:me/{path}")).collect()
    };
    let mut users = account(&["accessRestriction/ipDefaultRule/edit"]);
    for class in ["accessRestriction/ip", "identity/group", "identity/provider", "identity/user"] {
        for verb in ["create", "edit", "delete"] {
            users.extend(account(&[&format!("{class}/{verb}")]));
        }
    }
    users.extend(account(&["identity/user/disable", "identity/user/enable"]));
    assert_eq!(users.len(), 15);
    let mut factors = account(&["changePassword"]);
    for factor in ["totp", "sms", "u2f", "backupCode"] {
        factors.extend(account(&[&format!("accessRestriction/{factor}/*")]));
    }
    let types: BTreeSet<&str> =
        known::actions().filter_map(|action| action.split(':').next()).collect();
    let products = || types.iter().filter(|kind| !["account", "okms", "order"].contains(kind));
    let of_products =
        |path: &str| products().map(|kind| format!("{kind}:apiovh:{path}")).collect::<Vec<_>>();
    let ends = ["serviceInfos/edit", "terminate", "confirmTermination"].map(of_products).concat();
    let mut billing = texts(&["*get", "order:apiovh:*"]);
    billing.extend([of_products("changeContact"), of_products("serviceInfos/edit")].concat());
    let own = [("globalReadOnly", [texts(&["*get"]), factors].concat(), vec![])];
    let panel = account(&["get", "supportLevel/get", "certificates/get", "tag/get"]);
    let all = [
        ("globalAdmin", texts(&["*"]), vec![]),
        ("globalReadWrite", texts(&["*"]), users),
        ("globalTechnicalAccount", of_products("*"), ends),
        ("globalBillingAccoun", billing, vec![]),
        ("controlPanelAccess", panel, vec![]),
        ("vrackManagement", texts(&["*:vrack:attach"]), vec![]),
        ("openstackAdmin", texts(&["publicCloudProject:openstack:*"]), vec![]),
    ];
    all.into_iter()
        .chain(own)
        .map(|(name, allow, except)| {
            let except = Some(except);
            let permissions = GivenPermissions { allow: Some(allow), except, deny: Some(vec![]) };
            (format!("urn:v1:eu:permissionsGroup:ovh:{name}"), permissions)
        })
        .collect()
}

pub(super) const ACTIONS: [&str; 6] = [
    "account:apiovh:me/get",
    "account:apiovh:iam/policy/create",
    "publicCloudProject:apiovh:get",
    "publicCloudProject:apiovh:terminate",
    "publicCloudProject:openstack:administrator",
    "vps:apiovh:get",
];
pub(super) const RESOURCES: [&str; 4] =
    [ACCOUNT, PROJECT, OTHER_PROJECT, "urn:v1:eu:resource:vps:v1"];

/// A random policy for alice or her group.
pub(super) fn any_policy() -> impl Strategy<Value = GivenPolicy> {
    let pattern = || {
        let wildcards =
            ["*", "*get", "account:*", "publicCloudProject:apiovh:*", "*:apiovh:*", "vps*"];
        let all: Vec<&'static str> = ACTIONS.into_iter().chain(wildcards).collect();
        prop::sample::select(all).prop_map(str::to_owned)
    };
    let list = move |most| prop::collection::vec(pattern(), 0..=most);
    let own = (list(3), list(2), list(1));
    let patterns =
        ["urn:v1:eu:resource:publicCloudProject:*", EVERYTHING, "urn:v1:eu:resource:*:*"];
    let resources: Vec<&'static str> = RESOURCES.into_iter().chain(patterns).collect();
    let resources = prop::collection::vec(prop::sample::select(resources), 1..3);
    let identity = prop::sample::select(vec![ALICE, DEVS, "urn:v1:eu:identity:user:xx1-ovh/bob"]);
    let group = prop::sample::select(vec![None, Some("globalReadOnly"), Some("globalReadWrite")]);
    let conditions = prop::sample::select(vec![
        None,
        Some(r#"{"operator":"MATCH","values":{"resource.Tag(env)":"prod"}}"#),
        Some(r#"{"operator":"MATCH","values":{"resource.Tag(env)":"dev"}}"#),
        Some(r#"{"operator":"MATCH","values":{"request.IP":"192.0.2.1"}}"#),
    ]);
    (own, resources, identity, group, conditions).prop_map(
        |((allow, except, deny), resources, identity, group, conditions)| GivenPolicy {
            identities: Some(texts(&[identity])),
            resources: Some(texts(&resources)),
            permissions: GivenPermissions {
                allow: Some(allow),
                except: Some(except),
                deny: Some(deny),
            },
            groups: by_groups(&group.into_iter().collect::<Vec<_>>()).groups,
            conditions: conditions.map(|text| serde_json::from_str(text).unwrap()),
            ..policy(&[], &[], &[])
        },
    )
}
