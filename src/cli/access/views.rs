//! The answers of the command `access` as documents.

use serde::Serialize;

use crate::access::Access;
use crate::iam::account::Kind;
use crate::iam::answer::{self, Decision, Effect, Unresolved, Way};
use crate::iam::engine::{Engine, Identity};
use crate::iam::level::Level;
use crate::iam::part::Part;
use crate::iam::pattern::covers;
use crate::iam::policy::Policy;
use crate::iam::role::Role;

use super::keys::KeyView;

/// The answer of one account.
#[derive(Debug, Serialize)]
pub(super) struct AccountView {
    pub(super) account: String,
    /// The time of the data.
    pub(super) read_at: String,
    /// The age of data of the state file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age_seconds: Option<i64>,
    pub(super) incomplete: Vec<IncompleteView>,
    #[serde(flatten)]
    pub(super) answer: Answer,
    /// The keys that may write, beside IAM; null if they are unknown.
    pub(super) application_keys: Option<Vec<KeyView>>,
}

#[derive(Debug, Serialize)]
pub(super) struct IncompleteView {
    pub(super) collector: &'static str,
    pub(super) reason: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Identities(Vec<IdentityView>),
    Rights(Vec<RightView>),
    Escalations(Vec<RightView>),
}

/// The rights of an identity.
#[derive(Debug, Serialize)]
pub(super) struct IdentityView {
    pub(super) identity: String,
    pub(super) identity_kind: &'static str,
    pub(super) name: String,
    /// `unknown` if something is unknown that could change it.
    pub(super) level: &'static str,
    pub(super) level_without_conditions: &'static str,
    pub(super) roles: Vec<RoleView>,
    pub(super) policies: Vec<PolicyView>,
}

/// The role of a group of an identity.
#[derive(Debug, Serialize)]
pub(super) struct RoleView {
    pub(super) group: String,
    /// `unknown` if it is not known.
    pub(super) role: &'static str,
}

/// A policy of an identity.
#[derive(Debug, Serialize)]
pub(super) struct PolicyView {
    pub(super) policy_id: String,
    pub(super) policy_name: String,
    /// The identity that it names: this one or one of its groups.
    pub(super) by: String,
    /// The level that it gives by itself.
    pub(super) level: &'static str,
    pub(super) conditional: bool,
    pub(super) resources: Vec<String>,
    pub(super) parts: Vec<PartView>,
    pub(super) unresolved: Vec<String>,
}

/// The permissions of a policy itself, or of one of its permissions groups.
#[derive(Debug, Serialize)]
pub(super) struct PartView {
    pub(super) permissions_group: Option<String>,
    pub(super) allow: Vec<String>,
    pub(super) except: Vec<String>,
    pub(super) deny: Vec<String>,
}

/// A decision about an identity.
#[derive(Debug, Serialize)]
pub(super) struct RightView {
    pub(super) identity: String,
    pub(super) identity_kind: &'static str,
    pub(super) name: String,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) decision: &'static str,
    /// The policies, by their ids, and the roles.
    pub(super) by: Vec<String>,
    /// The unknown parts that could change the decision.
    pub(super) unresolved: Vec<String>,
    /// The same with the names of the policies.
    #[serde(skip)]
    pub(super) ways: Vec<String>,
    /// How the identity gets more rights by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<String>,
}

const UNKNOWN: &str = "unknown";

/// The reason of an unknown decision about an identity that no list and no policy has.
pub(super) const NOBODY: &str = "no known identity has this name or URN";

/// The identities that a text stands for: a URN, a name, or a pattern of either.
pub(super) fn named<'a>(engine: &'a Engine, text: &str) -> Vec<&'a Identity> {
    let is_so = |one: &&Identity| covers(text, &one.urn) || covers(text, &one.name);
    match engine.identity(text) {
        Some(identity) => vec![identity],
        None => engine.identities().iter().filter(is_so).collect(),
    }
}

/// The rights of an identity by its roles and policies.
pub(super) fn overview(engine: &Engine, identity: &Identity) -> IdentityView {
    let level = identity.reach.known_level().map_or(UNKNOWN, Level::label);
    let is_known = identity.reach.is_complete;
    let role = |group: &str, role: Option<&'static str>| RoleView {
        group: group.to_owned(),
        role: role.unwrap_or(UNKNOWN),
    };
    let memberships = identity.memberships.iter();
    let roles = memberships.map(|one| role(&one.group, one.role.map(Role::word)));
    IdentityView {
        identity: identity.urn.clone(),
        identity_kind: identity.kind.label(),
        name: identity.name.clone(),
        level,
        level_without_conditions: if is_known {
            identity.reach.unconditional.label()
        } else {
            UNKNOWN
        },
        roles: roles.collect(),
        policies: engine.policies_of(identity).map(|(policy, by)| view(policy, by)).collect(),
    }
}

fn view(policy: &Policy, by: &str) -> PolicyView {
    let parts = policy.parts.iter().filter(|part| !is_empty(part));
    PolicyView {
        policy_id: policy.id.clone(),
        policy_name: policy.name.clone(),
        by: by.to_owned(),
        level: policy.reach.known_level().map_or(UNKNOWN, Level::label),
        conditional: policy.is_conditional,
        resources: policy.resources().into_iter().map(str::to_owned).collect(),
        parts: parts
            .map(|part| PartView {
                permissions_group: part.group.clone(),
                allow: part.allow().to_vec(),
                except: part.except().to_vec(),
                deny: part.deny().to_vec(),
            })
            .collect(),
        unresolved: policy.unresolved.iter().map(ToString::to_string).collect(),
    }
}

fn is_empty(part: &Part) -> bool {
    [part.allow(), part.except(), part.deny()].iter().all(|list| list.is_empty())
}

/// The decision about an identity, for an action and a resource or patterns of them.
pub(super) fn right(engine: &Engine, one: &Identity, action: &str, resource: &str) -> RightView {
    shown(one, action, resource, &engine.decide_any(one, action, resource).answer)
}

fn shown(one: &Identity, action: &str, resource: &str, answer: &answer::Answer) -> RightView {
    let allows = |way: &&Way| way.allows() == (answer.decision != Decision::Deny);
    RightView {
        identity: one.urn.clone(),
        identity_kind: one.kind.label(),
        name: one.name.clone(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        decision: answer.decision.label(),
        by: answer.ways.iter().filter(allows).map(Way::label).collect(),
        ways: answer.ways.iter().filter(allows).map(|way| way_text(way, &one.urn)).collect(),
        unresolved: answer.unresolved.iter().map(Unresolved::to_string).collect(),
        step: None,
    }
}

/// A way for people; `own` is the URN of the identity.
fn way_text(way: &Way, own: &str) -> String {
    let Way::Policy { id, name, is_conditional, permissions_group, identity, .. } = way else {
        return way.label();
    };
    let group = permissions_group.as_ref().map_or(String::new(), |urn| format!(" by {urn}"));
    let of = if identity == own { String::new() } else { format!(" of {identity}") };
    let conditional = if *is_conditional { " under conditions" } else { "" };
    format!("policy {name} ({id}){of}{group}{conditional}")
}

/// The lists that have all identities with rights.
const LISTS: [&str; 4] = ["iam_policy", "iam_user", "iam_group", "oauth2_client"];

/// The answer about identities that are missing in an incomplete list; `None` if there are none.
pub(super) fn missing(
    access: &Access,
    identity: &str,
    action: &str,
    resource: &str,
) -> Option<RightView> {
    let lists = access.incomplete.iter().map(|one| one.collector);
    let lists: Vec<_> = lists.filter(|list| LISTS.contains(list)).collect();
    let unresolved =
        lists.into_iter().map(|list| format!("the objects of {list} are not all known")).collect();
    let right = stranger(identity, action, resource, unresolved);
    (!right.unresolved.is_empty()).then_some(right)
}

/// The answer about an identity that is not known.
pub(super) fn stranger(
    identity: &str,
    action: &str,
    resource: &str,
    unresolved: Vec<String>,
) -> RightView {
    RightView {
        identity: identity.to_owned(),
        identity_kind: UNKNOWN,
        name: identity.to_owned(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        decision: Decision::Unknown.label(),
        by: Vec::new(),
        ways: Vec::new(),
        unresolved,
        step: None,
    }
}

/// The steps by which identities give themselves more rights. The account itself has them all.
pub(super) fn escalations(engine: &Engine) -> Vec<RightView> {
    let others = engine.identities().iter().filter(|one| one.kind != Kind::Account);
    others.flat_map(|one| steps(engine, one)).collect()
}

fn steps(engine: &Engine, identity: &Identity) -> Vec<RightView> {
    let mut all = Vec::new();
    let mut open = None;
    for action in engine.escalating_actions() {
        let kind = action.split(':').next().unwrap_or_default();
        let own = engine.account().filter(|_| kind == "account");
        let resource = own.map_or_else(|| format!("*:resource:{kind}:*"), str::to_owned);
        let answer = engine.decide_any(identity, action, &resource).answer;
        let right = shown(identity, action, &resource, &answer);
        match answer.decision {
            Decision::Allow | Decision::Conditional => {
                let unverified = if is_described_only(&answer.ways) { NOT_VERIFIED } else { "" };
                all.push(RightView {
                    step: Some(format!("{}{unverified}", step(action))),
                    ..right
                });
            }
            Decision::Unknown if open.is_none() => open = Some(right),
            _ => {}
        }
    }
    // One line for all that is unknown: the reasons are the same.
    all.extend(open.map(|right| RightView { action: "*".to_owned(), ..right }));
    all
}

/// The remark on a step that no list of actions confirms.
const NOT_VERIFIED: &str = " (as OVHcloud describes the role REGULAR; not verified)";

/// Whether a right rests on the description of the role `REGULAR`, and not on policies or `ADMIN`.
fn is_described_only(ways: &[Way]) -> bool {
    let has = |role: Role| {
        ways.iter().any(|way| matches!(way, Way::Role { role: of, .. } if *of == role))
    };
    let is_sure =
        |way: &Way| matches!(way, Way::Policy { effect: Effect::Allow, is_conditional: false, .. });
    let by_policies = ways.iter().any(is_sure) && ways.iter().all(Way::allows);
    has(Role::Regular) && !has(Role::Admin) && !by_policies
}

/// How an action gives its holder more rights.
fn step(action: &str) -> &'static str {
    const STEPS: [(&str, &str); 15] = [
        ("iam/policy/delete", "deletes a policy that denies it something"),
        ("iam/policy/", "writes a policy that allows it everything"),
        ("iam/permissionsGroup/", "changes the actions of a permissions group of its policies"),
        ("iam/resourceGroup/", "changes the resources of a resource group of its policies"),
        ("iam/resource/", "changes tags that the conditions of policies compare"),
        ("me/identity/user/token/", "makes a token of another user"),
        ("me/identity/user/", "makes or changes a user of a group with more rights"),
        ("me/identity/group/user/", "changes the members of groups with more rights"),
        ("me/identity/group/", "makes or changes a group with more rights"),
        ("me/identity/provider/", "changes who logs in, and into which groups"),
        ("me/api/", "makes or widens another credential"),
        ("me/subAccount/", "makes an application key of a sub-account"),
        ("me/accessRestriction/", "lifts restrictions of the account's own login"),
        ("me/sshKey/", "adds an SSH key for new machines of the account"),
        ("me/", "takes over the account's own login or contacts"),
    ];
    let own = action.strip_prefix("account:apiovh:");
    let known = own.and_then(|path| STEPS.iter().find(|(prefix, _)| path.starts_with(prefix)));
    known
        .map_or("makes another account a contact of the product, with rights on it", |(_, step)| {
            step
        })
}
