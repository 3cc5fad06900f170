//! Policies with conditions of each kind, with rights that reach too far, and with names of things
//! that are gone; and the groups of permissions and of resources that they name.

use serde_json::{Value, json};

use super::copy::copy;
use crate::account::{Account, NICHANDLE};
use crate::draw::Draw;
use crate::urn::urn;

const POLICIES: &str = "/v2/iam/policy";
const PERMISSIONS: &str = "/v2/iam/permissionsGroup";
const RESOURCES: &str = "/v2/iam/resourceGroup";
const EVERYTHING: &str = "urn:v1:eu:resource:*";

/// The subject of a policy; the rest is empty.
#[derive(Default)]
struct Policy<'a> {
    name: &'a str,
    allow: &'a [&'a str],
    except: &'a [&'a str],
    deny: &'a [&'a str],
    groups: &'a [&'a str],
    resources: Vec<String>,
    identities: Vec<String>,
    conditions: Value,
    /// Days to its end.
    ends: Option<i64>,
}

pub(super) fn add(account: &mut Account, draw: &mut Draw) {
    permissions_groups(account, draw);
    let scene = Scene::of(account);
    let policies = [
        reaching_too_far(&scene),
        of_few(&scene),
        broken(&scene),
        of_products(&scene),
        conditional(&scene),
    ];
    for policy in policies.into_iter().flatten() {
        push(account, &policy, draw);
    }
}

/// The names of what policies are about.
struct Scene {
    own: Vec<String>,
    everything: Vec<String>,
    projects: Vec<String>,
    prod: Vec<String>,
    kms: Vec<String>,
    resource_group: Vec<String>,
    legacy_ci: Vec<String>,
    fresh: Vec<String>,
}

impl Scene {
    fn of(account: &Account) -> Self {
        let text = |list: &str, name: &str, member: &str| -> Vec<String> {
            let mut objects = account.list(list).iter();
            let found = objects.find(|object| object.get("name") == Some(&json!(name)));
            found
                .and_then(|object| object.get(member)?.as_str().map(str::to_owned))
                .into_iter()
                .collect()
        };
        let clients = "/me/api/oauth2/client";
        let kms = account.list("/v2/okms/resource").first();
        let kms = kms.and_then(|service| service.get("id")?.as_str());
        Self {
            own: vec![urn("account", NICHANDLE)],
            everything: vec![EVERYTHING.to_owned()],
            projects: vec![urn("publicCloudProject", "*")],
            prod: account.project("prod").iter().map(|id| urn("publicCloudProject", id)).collect(),
            kms: kms.iter().map(|id| urn("okms", id)).collect(),
            resource_group: text(RESOURCES, "production", "urn"),
            legacy_ci: text(clients, "legacy-ci", "identity"),
            fresh: text(clients, "fresh", "identity"),
        }
    }
}

fn of(kind: &str, name: &str) -> Vec<String> {
    vec![format!("urn:v1:eu:identity:{kind}:{NICHANDLE}/{name}")]
}

fn reaching_too_far(scene: &Scene) -> Vec<Policy<'static>> {
    let Scene { own, everything, projects, .. } = scene;
    let both = [everything.as_slice(), own].concat();
    vec![
        Policy {
            name: "escalation",
            allow: &[
                "account:apiovh:iam/policy/create",
                "account:apiovh:me/identity/user/token/create",
            ],
            resources: own.clone(),
            identities: of("group", "pilots"),
            ..Policy::default()
        },
        Policy {
            name: "read-write",
            groups: &["urn:v1:eu:permissionsGroup:ovh:globalReadWrite"],
            resources: both,
            identities: of("group", "crew"),
            ..Policy::default()
        },
        Policy {
            name: "read-all",
            groups: &["urn:v1:eu:permissionsGroup:ovh:globalReadOnly"],
            resources: everything.clone(),
            identities: of("group", "crew"),
            ..Policy::default()
        },
        // OVHcloud replaced the group; what a replaced one is named like is unverified.
        Policy {
            name: "deprecated-group",
            groups: &["urn:v1:eu:permissionsGroup:ovh:globalWriteAccess"],
            resources: projects.clone(),
            identities: of("group", "crew"),
            ..Policy::default()
        },
        Policy {
            name: "by-exception",
            allow: &["publicCloudProject:apiovh:*"],
            except: &["publicCloudProject:apiovh:terminate"],
            resources: projects.clone(),
            identities: of("group", "operators"),
            ..Policy::default()
        },
        Policy {
            name: "by-harmless-exception",
            allow: &["vps:apiovh:get", "vps:apiovh:ips/get"],
            except: &["vps:apiovh:ips/get"],
            resources: vec![urn("vps", "vps-1.example.com")],
            identities: of("group", "operators"),
            ..Policy::default()
        },
    ]
}

/// A denial, an administrator that is a program, and a right to hand a service over.
fn of_few(scene: &Scene) -> Vec<Policy<'static>> {
    let everything = &scene.everything;
    vec![
        Policy {
            name: "no-termination",
            deny: &["publicCloudProject:apiovh:terminate"],
            resources: everything.clone(),
            identities: of("group", "pilots"),
            ..Policy::default()
        },
        Policy {
            name: "robot-admin",
            allow: &["*"],
            resources: vec!["urn:v1:eu:resource:*:*".to_owned()],
            identities: scene.legacy_ci.clone(),
            ..Policy::default()
        },
        Policy {
            name: "hand-over",
            allow: &["vps:apiovh:changeContact/create"],
            resources: vec![urn("vps", "vps-2.example.com")],
            identities: of("user", "henri"),
            ..Policy::default()
        },
    ]
}

fn broken(scene: &Scene) -> Vec<Policy<'static>> {
    let Scene { own, projects, .. } = scene;
    let read: &[&str] = &["publicCloudProject:apiovh:get"];
    let partner = "urn:v1:eu:identity:account:yy2222-ovh".to_owned();
    let mallory = "urn:v1:eu:identity:user:yy2222-ovh/mallory".to_owned();
    let gone = [of("user", "gone"), of("group", "gone"), of("credential", "oauth2-EU.00")].concat();
    vec![
        Policy {
            name: "partner",
            allow: read,
            resources: projects.clone(),
            identities: vec![partner, mallory],
            ..Policy::default()
        },
        Policy { name: "nobody", allow: read, resources: projects.clone(), ..Policy::default() },
        Policy {
            name: "nowhere",
            allow: read,
            identities: of("group", "pilots"),
            ..Policy::default()
        },
        Policy {
            name: "left",
            allow: read,
            resources: projects.clone(),
            identities: gone,
            ..Policy::default()
        },
        Policy {
            name: "lost-groups",
            groups: &["urn:v1:eu:permissionsGroup:xx1111-ovh:gone"],
            resources: vec![
                "urn:v1:eu:resourceGroup:00000000-0000-4000-8000-000000000000".to_owned(),
            ],
            identities: of("group", "former"),
            ..Policy::default()
        },
        Policy {
            name: "by-resource-group",
            allow: read,
            resources: scene.resource_group.clone(),
            identities: of("group", "pilots"),
            ..Policy::default()
        },
        Policy {
            name: "for-a-while",
            allow: &["account:apiovh:me/get"],
            resources: own.clone(),
            identities: of("group", "crew"),
            ends: Some(200),
            ..Policy::default()
        },
    ]
}

fn of_products(scene: &Scene) -> Vec<Policy<'static>> {
    let Scene { prod, kms, .. } = scene;
    let admins = || of("group", "operators");
    vec![
        Policy {
            name: "kms-all",
            allow: &["okms:apiovh:*", "okms:apikms:*"],
            resources: vec![urn("okms", "*")],
            identities: admins(),
            ..Policy::default()
        },
        Policy {
            name: "kms-one",
            allow: &["okms:apiovh:serviceKey/get"],
            resources: kms.clone(),
            identities: admins(),
            ..Policy::default()
        },
        Policy {
            name: "openstack-admin",
            allow: &["publicCloudProject:openstack:*"],
            resources: prod.clone(),
            identities: admins(),
            ..Policy::default()
        },
        Policy {
            name: "openstack-network",
            allow: &["publicCloudProject:openstack:networkOperator"],
            resources: prod.clone(),
            identities: admins(),
            ..Policy::default()
        },
        Policy {
            name: "servers",
            allow: &["dedicatedServer:apiovh:*", "*:vrack:attach"],
            resources: vec![urn("dedicatedServer", "*")],
            identities: admins(),
            ..Policy::default()
        },
    ]
}

/// One key and operator, with its value.
fn matches(values: &Value) -> Value {
    json!({ "operator": "MATCH", "values": values })
}

fn conditional(scene: &Scene) -> Vec<Policy<'static>> {
    let Scene { own, projects, fresh, .. } = scene;
    let write: &[&str] = &["publicCloudProject:apiovh:instance/create"];
    let office = matches(&json!({ "request.IP.IN_RANGE": "192.0.2.0/24" }));
    let home = matches(&json!({ "request.IP": "203.0.113.7" }));
    let day = json!({ "date(Europe/Paris).Hour.GE": "8", "date(Europe/Paris).Hour.LT": "18" });
    let weekend = matches(&json!({ "date(Europe/Paris).WeekDay.IN": "saturday,Sunday" }));
    let nested = json!({ "operator": "AND", "conditions": [
        matches(&day),
        { "operator": "NOT", "conditions": [weekend] },
        { "operator": "OR", "conditions": [office, home] },
    ] });
    let developers = || of("group", "crew");
    let policy = |name, conditions| Policy {
        name,
        allow: write,
        resources: projects.clone(),
        identities: developers(),
        conditions,
        ..Policy::default()
    };
    let name = json!({ "resource.Name.STARTS_WITH": "web", "resource.Type": "publicCloudProject" });
    vec![
        policy("office-hours", nested),
        policy("until-date", matches(&json!({ "date(UTC).Date.BEFORE": "2027-01-01" }))),
        policy("by-name", matches(&name)),
        policy("by-moon", matches(&json!({ "planet.Phase": "full" }))),
        // Its tag guards nothing: the next policy lets the same people set tags.
        policy("by-tag", matches(&json!({ "resource.Tag(env)": "staging" }))),
        Policy {
            name: "taggers",
            allow: &["account:apiovh:iam/resource/tag/add"],
            resources: own.clone(),
            identities: developers(),
            ..Policy::default()
        },
        Policy {
            name: "robot-narrow",
            allow: &["vps:apiovh:reboot/create"],
            resources: vec![urn("vps", "vps-1.example.com")],
            identities: fresh.clone(),
            conditions: matches(&json!({ "request.IP.IN": "192.0.2.7,192.0.2.8" })),
            ..Policy::default()
        },
    ]
}

fn actions(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "action": name })).collect()
}

fn permissions_groups(account: &mut Account, draw: &mut Draw) {
    let account_wide = [
        "account:apiovh:me/accessRestriction/ip/create",
        "account:apiovh:me/identity/user/create",
        "account:apiovh:me/identity/user/delete",
    ];
    for (name, description, permissions) in [
        (
            "globalReadWrite",
            "all products",
            json!({ "allow": actions(&["*"]), "except": actions(&account_wide) }),
        ),
        ("globalReadOnly", "reads", json!({ "allow": actions(&["*get"]) })),
        (
            "globalWriteAccess",
            "deprecated",
            json!({ "allow": actions(&["publicCloudProject:apiovh:*"]) }),
        ),
        (
            "openstackAdmin",
            "OpenStack",
            json!({ "allow": actions(&["publicCloudProject:openstack:*"]) }),
        ),
    ] {
        let changes = json!({
            "id": draw.uuid(), "urn": format!("urn:v1:eu:permissionsGroup:ovh:{name}"),
            "name": name, "description": description, "permissions": permissions,
        });
        copy(account, PERMISSIONS, ("name", "globalAdmin"), &changes);
    }
}

fn push(account: &mut Account, policy: &Policy<'_>, draw: &mut Draw) {
    let mut permissions = json!({});
    for (member, names) in
        [("allow", policy.allow), ("except", policy.except), ("deny", policy.deny)]
    {
        if !names.is_empty()
            && let Some(members) = permissions.as_object_mut()
        {
            members.insert(member.to_owned(), actions(names));
        }
    }
    let urns = |all: &[String]| -> Value { all.iter().map(|urn| json!({ "urn": urn })).collect() };
    let groups: Vec<_> = policy.groups.iter().map(|&urn| urn.to_owned()).collect();
    let created = draw.ago(100, 300);
    let document = json!({
        "id": draw.uuid(), "name": policy.name, "description": null, "owner": NICHANDLE,
        "readOnly": false, "identities": policy.identities, "resources": urns(&policy.resources),
        "permissions": permissions, "permissionsGroups": urns(&groups),
        "conditions": policy.conditions, "createdAt": Draw::v2(created), "updatedAt": null,
        "expiredAt": policy.ends.map(|days| Draw::v2(draw.days_ago(-days))),
    });
    let document = draw.vary_nulls(document);
    account.list_mut(POLICIES).push(document);
}
