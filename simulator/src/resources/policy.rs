//! IAM policies: OVHcloud's own read-only ones, and the customer's, some of which grant too much.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::project;
use super::resource::Resource;
use crate::account::{Account, NICHANDLE, Size};
use crate::auth::client_urn;
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Batch, Context, Kind, Route};
use crate::urn::urn;

const LIST: &str = "/v2/iam/policy";

const ROUTE: Route =
    Route { action: Some("account:apiovh:iam/policy/get"), view: detailed, ..Route::GET };

pub(super) const RESOURCE: Resource = Resource {
    name: "policy",
    routes: &[
        Route {
            template: LIST,
            query: &["action", "details", "identity", "readOnly", "resourceURN"],
            kind: Kind::Pages,
            keep,
            ..ROUTE
        },
        Route {
            template: "/v2/iam/policy/{policyId}",
            query: &["details"],
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

const EXPORTER: &[&str] = &[
    "account:apiovh:me/get",
    "account:apiovh:me/identity/user/get",
    "account:apiovh:me/identity/group/get",
    "account:apiovh:me/api/application/get",
    "account:apiovh:me/api/credential/get",
    "account:apiovh:me/api/oauth2/client/get",
    "account:apiovh:iam/policy/get",
    "publicCloudProject:apiovh:get",
    "publicCloudProject:apiovh:instance/get",
    "publicCloudProject:apiovh:sshkey/get",
];

/// The subject of a policy; the rest of its members is the same for all.
struct Policy<'a> {
    name: &'a str,
    allow: &'a [&'a str],
    resources: Vec<String>,
    identities: Vec<String>,
    /// Days ago.
    expired: Option<i64>,
    /// Permissions group instead of actions.
    group: Option<&'a str>,
}

fn reference(account: &mut Account, draw: &mut Draw) {
    let everything = vec!["urn:v1:eu:resource:*".to_owned()];
    let own = vec![urn("account", NICHANDLE)];
    let projects = vec![urn("publicCloudProject", "*")];
    let prod = vec![urn("publicCloudProject", &account.project("prod").unwrap_or_default())];
    let platform = vec![identity("group", "platform")];
    let mut add = |name, allow: &[&str], resources: &[String], identities: &[String]| {
        let (resources, identities) = (resources.to_vec(), identities.to_vec());
        let policy = Policy { name, allow, resources, identities, expired: None, group: None };
        push(account, &policy, draw);
    };
    add("ovh-default-admin", &["*"], &everything, &[identity("group", "ADMIN")]);
    add("ovh-default-account", &["account:*"], &own, &[identity("group", "DEFAULT")]);
    let both = [own.as_slice(), &projects].concat();
    add("exporter-read", EXPORTER, &both, &[client_urn()]);
    // The service account may do everything unless a test says otherwise.
    add("break-glass", &["*"], &everything, &[identity("user", "bob"), client_urn()]);
    add("cloud-all", &["publicCloudProject:*"], &projects, &platform);
    add("prod-read", &["publicCloudProject:apiovh:instance/get"], &prod, &platform);
    let dns = ["dnsZone:apiovh:record/*"];
    add("dns", &dns, &[urn("dnsZone", "example.com")], &[identity("user", "alice")]);
    let migration = Policy {
        name: "migration",
        allow: &["*"],
        resources: everything,
        identities: platform.clone(),
        expired: Some(30),
        group: None,
    };
    push(account, &migration, draw);
    let auditors = Policy {
        name: "auditors",
        allow: &[],
        resources: own,
        identities: vec![identity("group", "auditors")],
        expired: None,
        group: Some("urn:v1:eu:permissionsGroup:ovh:globalAdmin"),
    };
    push(account, &auditors, draw);
    restrict(account, "prod-read");
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    let projects = account.projects();
    for number in 0..size.policies {
        let project = projects.get(draw.below(projects.len())).map_or("*", String::as_str);
        let (name, allow): (_, &[_]) = match number % 15 {
            0 | 1 => (format!("ovh-default-{number}"), &["*"]),
            2 => (format!("exporter-read-{number}"), EXPORTER),
            3 | 4 => (format!("everything-{number}"), &["*"]),
            5 => (format!("cloud-all-{number}"), &["publicCloudProject:*"]),
            _ => (format!("team-{number}"), &["publicCloudProject:apiovh:instance/get"]),
        };
        let resource = if allow == ["*"] {
            "urn:v1:eu:resource:*"
        } else {
            &urn("publicCloudProject", project)
        };
        // The service account may do everything unless a test says otherwise.
        let service = (number % 15 == 3).then(client_urn);
        let policy = Policy {
            name: &name,
            allow,
            resources: vec![resource.to_owned()],
            identities: [identity("group", "platform")].into_iter().chain(service).collect(),
            expired: (number % 15 == 4).then_some(30),
            group: None,
        };
        push(account, &policy, draw);
    }
}

fn identity(kind: &str, name: &str) -> String {
    format!("urn:v1:eu:identity:{kind}:{NICHANDLE}/{name}")
}

fn push(account: &mut Account, policy: &Policy<'_>, draw: &mut Draw) {
    let Policy { name, allow, resources, identities, expired, group } = policy;
    let created = draw.ago(100, 900);
    let updated = draw.one_in(2).then(|| Draw::v2(created + 86_400));
    let actions: Vec<_> = allow.iter().map(|action| json!({ "action": action })).collect();
    let permissions = if actions.is_empty() { json!({}) } else { json!({ "allow": actions }) };
    let resources: Vec<_> = resources.iter().map(|urn| json!({ "urn": urn })).collect();
    let groups: Vec<_> = group.iter().map(|urn| json!({ "urn": urn })).collect();
    let policy = json!({
        "id": draw.uuid(), "name": name, "description": null, "owner": NICHANDLE,
        "readOnly": name.starts_with("ovh-"), "identities": identities, "resources": resources,
        "permissions": permissions, "permissionsGroups": groups, "conditions": null,
        "createdAt": Draw::v2(created), "updatedAt": updated,
        "expiredAt": expired.map(|days| Draw::v2(draw.days_ago(days))),
    });
    let policy = draw.vary_nulls(policy);
    account.list_mut(LIST).push(policy);
}

/// Gives a policy what few have: conditions, exceptions and refusals.
fn restrict(account: &mut Account, name: &str) {
    let Some(policy) = account.find_mut(LIST, "name", &json!(name)) else { return };
    if let Some(permissions) = policy.get_mut("permissions").and_then(Value::as_object_mut) {
        let except = json!([{ "action": "publicCloudProject:apiovh:instance/create" }]);
        permissions.insert("except".to_owned(), except);
        let deny = json!([{ "action": "publicCloudProject:apiovh:delete" }]);
        permissions.insert("deny".to_owned(), deny);
    }
    if let Some(members) = policy.as_object_mut() {
        let days = json!({ "date(Europe/Paris).WeekDay.In": "monday,tuesday" });
        let day = json!({ "operator": "MATCH", "values": days });
        let conditions = json!({ "operator": "AND", "conditions": [day] });
        members.insert("conditions".to_owned(), conditions);
    }
}

fn keep(policy: &Value, query: &Query) -> Result<bool, Refusal> {
    let texts = |list: &str, member: Option<&str>| -> Vec<&str> {
        let items = policy.get(list).and_then(Value::as_array).into_iter().flatten();
        let text = |item| member.map_or(Some(item), |member| Value::get(item, member));
        items.filter_map(text).filter_map(Value::as_str).collect()
    };
    let allow = policy.pointer("/permissions/allow").and_then(Value::as_array);
    let allowed = |wanted: &str| {
        allow.into_iter().flatten().any(|action| action.get("action") == Some(&json!(wanted)))
    };
    let read_only = match query.get("readOnly") {
        None => true,
        Some(flag) => {
            let flag: bool = flag.parse().map_err(|_| Refusal::bad_parameter())?;
            policy.get("readOnly") == Some(&json!(flag))
        }
    };
    let any = |name: &str, is_in: &dyn Fn(&str) -> bool| {
        query.get(name).is_none() || query.all(name).any(is_in)
    };
    Ok(read_only
        && any("action", &allowed)
        && any("identity", &|urn| texts("identities", None).contains(&urn))
        && any("resourceURN", &|wanted| texts("resources", Some("urn")).contains(&wanted)))
}

/// With `details=true` the resources that are known carry their description.
fn detailed<'a>(policy: &'a Value, context: &Context<'a>) -> Cow<'a, Value> {
    if context.query.get("details") != Some("true") {
        return Cow::Borrowed(policy);
    }
    let mut policy = policy.clone();
    let resources = policy.get_mut("resources").and_then(Value::as_array_mut);
    for resource in resources.into_iter().flatten() {
        let Some(described) = describe(resource, context.account) else { continue };
        if let Some(members) = resource.as_object_mut() {
            members.insert("resource".to_owned(), described);
        }
    }
    Cow::Owned(policy)
}

fn describe(resource: &Value, account: &Account) -> Option<Value> {
    let id = resource.get("urn")?.as_str()?.strip_prefix(&urn("publicCloudProject", ""))?;
    let project = account.find(project::LIST, "project_id", id)?;
    let iam = project.get("iam").filter(|iam| !iam.is_null())?;
    Some(json!({
        "id": iam.get("id"), "name": id, "displayName": iam.get("displayName"),
        "owner": NICHANDLE, "type": "publicCloudProject", "tags": iam.get("tags"),
    }))
}
