//! The input of an evaluation, from an inventory.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::collectors::Inventory;
use crate::collectors::Nullable;
use crate::collectors::iam_policy::Policy;
use crate::collectors::iam_user::User;
use crate::iam::account::{
    self, Account, Conditions, Expiry, Identity, Kind, Permissions, PermissionsGroup, Resource,
    ResourceGroup,
};
use crate::iam::role::Role;
use crate::iam::urn;

/// The flow of an OAuth2 client with an identity of its own.
const SERVICE_ACCOUNT: &str = "CLIENT_CREDENTIALS";

/// The tags of a resource without any.
static UNTAGGED: BTreeMap<String, String> = BTreeMap::new();

/// The IAM of an inventory as plain data.
pub(super) fn account(inventory: &Inventory) -> Account<'_> {
    let names = Names::of(inventory);
    let permissions_groups = inventory.iam_permissions_group.items();
    let resource_groups = inventory.iam_resource_group.items();
    Account {
        urn: names.resource("account", names.account.unwrap_or_default()).map(Cow::from),
        policies: inventory.iam_policy.items().map(|(_, one)| policy(one)).collect(),
        has_all_policies: inventory.iam_policy.unseen().is_none(),
        permissions_groups: permissions_groups
            .map(|(_, group)| PermissionsGroup {
                urn: &group.urn,
                permissions: Permissions {
                    allow: group.allowed.as_deref(),
                    except: group.excepted.as_deref(),
                    deny: group.denied.as_deref(),
                },
            })
            .collect(),
        resource_groups: resource_groups
            .map(|(_, group)| ResourceGroup {
                urn: &group.urn,
                resources: group.resources.as_deref(),
            })
            .collect(),
        identities: identities(inventory, &names),
        resources: resources(inventory, &names),
    }
}

/// The texts that URNs are made of where OVHcloud reports none.
struct Names<'a> {
    region: Option<&'a str>,
    /// The nichandle of the account.
    account: Option<&'a str>,
}

impl<'a> Names<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let credentials = || inventory.exporter_credential.items().map(|(_, one)| one);
        let profile = inventory.account.items().map(|(_, profile)| profile.nichandle.as_str());
        let own = credentials().filter_map(|one| one.account.as_deref());
        // The URNs of users and groups have the account and the region of the account.
        let listed = || {
            let users = inventory.iam_user.items().filter_map(|(_, user)| user.urn.as_deref());
            users.chain(inventory.iam_group.items().map(|(_, group)| group.urn.as_str()))
        };
        let callers = credentials().flat_map(|one| one.identities.iter().map(String::as_str));
        let nichandles = profile.chain(own).chain(listed().filter_map(urn::identity_account));
        Self {
            region: callers.chain(listed()).find_map(urn::region),
            account: { nichandles }.find(|name| !name.is_empty()),
        }
    }

    fn resource(&self, kind: &str, name: &str) -> Option<String> {
        let region = self.region.filter(|_| !name.is_empty())?;
        Some(format!("urn:v1:{region}:resource:{kind}:{name}"))
    }

    /// The URN of an identity; its bare name, which no policy has, where it cannot be known.
    fn identity(&self, kind: &str, name: &str) -> String {
        match (self.region, self.account) {
            (Some(region), Some(account)) => {
                format!("urn:v1:{region}:identity:{kind}:{account}/{name}")
            }
            _ => name.to_owned(),
        }
    }

    fn is_known(&self) -> bool {
        self.region.is_some() && self.account.is_some()
    }
}

fn policy(policy: &Policy) -> account::Policy<'_> {
    account::Policy {
        id: &policy.id,
        name: &policy.name,
        is_ovhclouds: policy.is_ovhclouds,
        identities: policy.identities.as_deref(),
        resources: policy.resources.as_deref(),
        permissions: Permissions {
            allow: policy.allowed.as_deref(),
            except: policy.excepted.as_deref(),
            deny: policy.denied.as_deref(),
        },
        permissions_groups: policy.groups.as_deref(),
        conditions: match (&policy.conditions, policy.has_conditions) {
            (Some(document), _) => Conditions::Document(document),
            (None, true) => Conditions::Unknown,
            (None, false) => Conditions::None,
        },
        expiry: match policy.expires {
            Nullable::Value(end) => Expiry::At(end),
            Nullable::Null => Expiry::Never,
            Nullable::Unknown => Expiry::Unknown,
        },
    }
}

fn identities<'a>(inventory: &'a Inventory, names: &Names<'a>) -> Vec<Identity<'a>> {
    let owner = names.region.zip(names.account).map(|(region, account)| Identity {
        urn: format!("urn:v1:{region}:identity:account:{account}").into(),
        kind: Kind::Account,
        name: account.into(),
        groups: Vec::new(),
        has_all_groups: true,
        role: None,
    });
    let users = inventory.iam_user.items().map(|(_, one)| user(one, inventory, names));
    let groups = inventory.iam_group.items().map(|(_, group)| Identity {
        urn: known_or(&group.urn, || names.identity("group", &group.name)),
        kind: Kind::Group,
        name: group.name.as_str().into(),
        groups: Vec::new(),
        has_all_groups: names.is_known() || !group.urn.is_empty(),
        role: Role::of(&group.role),
    });
    let clients = inventory.oauth2_client.items().map(|(_, client)| client);
    let clients = clients.filter(|client| &*client.flow == SERVICE_ACCOUNT).map(|client| {
        let identity = client.identity.as_deref().unwrap_or_default();
        Identity {
            urn: known_or(identity, || {
                names.identity("credential", &format!("oauth2-{}", client.id))
            }),
            kind: Kind::ServiceAccount,
            name: client.name.as_str().into(),
            groups: Vec::new(),
            has_all_groups: names.is_known() || !identity.is_empty(),
            role: None,
        }
    });
    owner.into_iter().chain(users).chain(groups).chain(clients).collect()
}

fn user<'a>(user: &'a User, inventory: &'a Inventory, names: &Names<'a>) -> Identity<'a> {
    let urn_of = |name: &str| -> Cow<'a, str> {
        let listed = inventory.iam_group.items().map(|(_, group)| group);
        let group = listed.into_iter().find(|group| group.name == name);
        let urn = group.map(|group| group.urn.as_str()).unwrap_or_default();
        known_or(urn, || names.identity("group", name))
    };
    let urn = user.urn.as_deref().unwrap_or_default();
    Identity {
        urn: known_or(urn, || names.identity("user", &user.login)),
        kind: Kind::User,
        name: user.login.as_str().into(),
        groups: user.memberships().into_iter().map(|group| urn_of(group)).collect(),
        has_all_groups: user.groups.is_some() && (names.is_known() || !urn.is_empty()),
        role: None,
    }
}

fn known_or(text: &str, otherwise: impl FnOnce() -> String) -> Cow<'_, str> {
    if text.is_empty() { otherwise().into() } else { text.into() }
}

fn resources<'a>(inventory: &'a Inventory, names: &Names<'a>) -> Vec<Resource<'a>> {
    let projects = inventory.cloud_project.items().filter_map(|(_, project)| {
        let urn = names.resource("publicCloudProject", &project.id)?.into();
        Some(Resource { urn, name: Some(project.name.as_str()), tags: None })
    });
    let services = inventory.okms.items().filter_map(|(_, service)| {
        let own = service.urn.as_deref().map(Cow::from);
        let urn = own.or_else(|| names.resource("okms", &service.id).map(Cow::from))?;
        Some(Resource { urn, name: Some(service.name.as_str()), tags: None })
    });
    // Last, since it alone has the tags.
    let all = inventory.iam_resource.items().map(|(_, one)| Resource {
        urn: one.urn.as_str().into(),
        name: Some(one.display_name.as_str()).filter(|name| !name.is_empty()),
        tags: match &one.tags {
            Nullable::Unknown => None,
            Nullable::Null => Some(&UNTAGGED),
            Nullable::Value(tags) => Some(tags),
        },
    });
    let all = all.filter(|one| !one.urn.is_empty());
    projects.chain(services).chain(all).collect()
}
