//! The least privileges of collectors, as an IAM policy, as the rules of a consumer key, and as the
//! link that creates such a key.
//!
//! Pure: it depends on the registry of collectors only. An unknown name is a placeholder in angle
//! brackets and is never built.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::collectors::{self, Collector};

/// The names in a policy that do not follow from the collectors.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The identity, as OVHcloud names it.
    pub identity: Option<String>,
    /// The region in URNs: `eu`, `ca` or `us`.
    pub region: Option<String>,
    /// The URNs of the resources, by the type that actions begin with (`account`,
    /// `publicCloudProject`, `okms`).
    pub resources: BTreeMap<&'static str, Vec<String>>,
}

/// The body of `POST /v2/iam/policy` (`iam.policy.Creation`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Its purpose.
    pub description: String,
    /// The identities.
    pub identities: Vec<String>,
    /// The resources.
    pub resources: Vec<Resource>,
    /// The allowed actions.
    pub permissions: Allowed,
}

/// A resource of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// Its URN.
    pub urn: String,
}

/// The permissions of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// The actions.
    pub allow: Vec<Action>,
}

/// An action of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Its name.
    pub action: &'static str,
}

/// The placeholder for the identity of a service account.
const IDENTITY: &str = "<the member identity of GET /me/api/oauth2/client/{clientId}>";

/// The least-privilege policy for the collectors of these names.
pub fn policy(names: &BTreeSet<&'static str>, known: &Names) -> Policy {
    let actions = actions(names);
    let region = known.region.as_deref().unwrap_or("<eu, ca or us>");
    let urns = kinds(names).into_iter().flat_map(|kind| match known.resources.get(kind) {
        Some(urns) if !urns.is_empty() => urns.clone(),
        _ => vec![format!("urn:v1:{region}:resource:{kind}:<{}>", name_of(kind))],
    });
    Policy {
        name: "ovhcloud-exporter".to_owned(),
        description: "Read access of ovhcloud-exporter".to_owned(),
        identities: vec![known.identity.clone().unwrap_or_else(|| IDENTITY.to_owned())],
        resources: urns.map(|urn| Resource { urn }).collect(),
        permissions: Allowed {
            allow: actions.into_iter().map(|action| Action { action }).collect(),
        },
    }
}

/// The last part of a resource's URN.
fn name_of(kind: &str) -> &'static str {
    match kind {
        "account" => "nichandle",
        "publicCloudProject" => "project id",
        "okms" => "okms id",
        _ => "name",
    }
}

/// The type of the resources that an action is about.
pub fn kind(action: &str) -> &str {
    action.split(':').next().unwrap_or_default()
}

/// The types of the resources that a policy for the collectors of these names has.
pub fn kinds(names: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    actions(names).into_iter().map(kind).collect()
}

/// The IAM actions that the collectors of these names need.
pub fn actions(names: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    chosen(names).flat_map(|collector| collector.routes).flat_map(|r| r.actions).copied().collect()
}

/// The paths that a consumer key must be allowed to GET for the collectors of these names, with
/// `*` for each parameter.
pub fn paths(names: &BTreeSet<&'static str>) -> BTreeSet<String> {
    chosen(names).flat_map(|c| c.routes).map(|route| path(route.template)).collect()
}

/// A route as a consumer key's rule spells it.
pub fn path(template: &str) -> String {
    let segment = |text: &str| if text.starts_with('{') { "*".to_owned() } else { text.to_owned() };
    template.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// OVHcloud's page that creates an application key, its secret and a consumer key at once,
/// filled in with these paths.
///
/// The official clients' own documentation names that page below the root of each region's API.
pub fn creation_link(root: &str, paths: &BTreeSet<String>) -> String {
    let rules: Vec<_> = paths.iter().map(|path| format!("GET={path}")).collect();
    format!("{root}/createToken/?{}", rules.join("&"))
}

fn chosen(names: &BTreeSet<&'static str>) -> impl Iterator<Item = &'static Collector> {
    collectors::ALL.iter().filter(|collector| names.contains(collector.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_chosen_collectors_count() {
        let users = BTreeSet::from(["iam_user"]);
        let policy = policy(&users, &Names::default());
        let allowed: Vec<_> = policy.permissions.allow.iter().map(|one| one.action).collect();
        assert_eq!(allowed, ["account:apiovh:me/identity/user/get"]);
        assert_eq!(policy.resources.len(), 1);
        assert_eq!(
            creation_link("https://eu.api.ovh.com", &paths(&users)),
            "https://eu.api.ovh.com/createToken/?GET=/me/identity/user&GET=/me/identity/user/*"
        );
    }

    #[test]
    fn what_is_known_is_named_and_what_is_not_is_in_brackets() {
        let names = BTreeSet::from(["iam_user", "cloud_ssh_key", "okms"]);
        let kms = "urn:v1:eu:resource:okms:1".to_owned();
        let account = "urn:v1:eu:resource:account:xx1-ovh".to_owned();
        let known = Names {
            identity: Some("urn:v1:eu:identity:credential:xx1-ovh/oauth2-EU.1".to_owned()),
            region: Some("eu".to_owned()),
            resources: [
                ("account", vec![account.clone()]),
                ("okms", vec![kms.clone()]),
                ("publicCloudProject", vec![]),
            ]
            .into(),
        };
        let policy = policy(&names, &known);
        let urns: Vec<_> = policy.resources.iter().map(|one| one.urn.as_str()).collect();
        let placeholder = "urn:v1:eu:resource:publicCloudProject:<project id>";
        assert_eq!(urns, [account.as_str(), kms.as_str(), placeholder]);
        assert_eq!(policy.identities, [known.identity.unwrap()]);
    }

    #[test]
    fn a_rule_has_a_star_for_each_parameter() {
        assert_eq!(path("/cloud/project/{serviceName}/sshkey"), "/cloud/project/*/sshkey");
        assert_eq!(path("/v2/iam/policy"), "/v2/iam/policy");
    }
}
