//! Conditions on tags that their own identities may set.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::{Opinion, Verdict, Violation};
use crate::config::severity::Severity;
use crate::iam::account::Kind;
use crate::iam::answer::Decision;
use crate::iam::engine::{Engine, Identity};
use crate::iam::urn::identity_name;

use super::policies::{judge_evaluated, mentions};

pub(super) static CHECK: Check = Check {
    id: "policy_tag_condition_bypass",
    title: "IAM policy is limited by tags that its identities may change",
    severity: Severity::High,
    why: "Who may tag a resource brings it under the policy, or takes it out of a denial.",
    repair: Repair {
        panel: "Identity, Security & Operations > Policies: deny \
                account:apiovh:iam/resource/tag/* and \
                account:apiovh:iam/resource/edit to the identities",
        api: Some("PUT /v2/iam/policy/{policyId}"),
    },
    needs: &[
        "iam_policy",
        "iam_permissions_group",
        "iam_resource_group",
        "account",
        "iam_user",
        "iam_group",
        "oauth2_client",
    ],
    controls: &[controls::ESCALATION],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// The actions that change tags.
const TAGGING: [&str; 3] = [
    "account:apiovh:iam/resource/tag/add",
    "account:apiovh:iam/resource/tag/remove",
    "account:apiovh:iam/resource/edit",
];

fn evaluate(context: &Context<'_>) -> Verdict {
    let engine = &context.access.engine;
    judge_evaluated(context, |policy, _| {
        if !policy.has_conditions {
            return Opinion::Fine;
        }
        let (Some(document), Some(identities), Some(account)) =
            (&policy.conditions, &policy.identities, engine.account())
        else {
            return Opinion::Unclear;
        };
        if !mentions(document, "resource.tag(") {
            return Opinion::Fine;
        }
        let mut is_known = true;
        for urn in identities {
            is_known &= is_whole(engine, urn);
            for identity in holders(engine, urn) {
                for action in TAGGING {
                    match engine.decide(identity, action, account).decision {
                        Decision::Allow | Decision::Conditional => {
                            let name = name(identity, urn);
                            return Violation::because(format!("{name} may {action}")).into();
                        }
                        Decision::Unknown => is_known = false,
                        Decision::Deny | Decision::None => {}
                    }
                }
            }
        }
        if is_known { Opinion::Fine } else { Opinion::Unclear }
    })
}

/// The identity of a URN, and the members of a group, who may tag by policies and roles of their
/// own.
fn holders<'a>(engine: &'a Engine, urn: &'a str) -> impl Iterator<Item = &'a Identity> {
    let members = engine.identities().iter().filter(move |one| one.urn != urn);
    engine.identity(urn).into_iter().chain(members.filter(move |one| is_member(one, urn)))
}

/// Whether the identity of a URN is known, and the members of a group: a user whose groups are not
/// all known may be one.
fn is_whole(engine: &Engine, urn: &str) -> bool {
    let may_be = |one: &Identity| one.kind == Kind::User && !one.has_all_memberships;
    engine.identity(urn).is_some_and(|identity| {
        identity.kind != Kind::Group
            || !engine.identities().iter().any(|one| may_be(one) && !is_member(one, urn))
    })
}

fn is_member(identity: &Identity, group: &str) -> bool {
    identity.memberships.iter().any(|membership| membership.urn == group)
}

/// The name of an identity that a policy names by this URN, its own or a group's.
fn name(identity: &Identity, named: &str) -> String {
    let name = |urn| identity_name(urn).unwrap_or(urn).to_owned();
    if identity.urn == named {
        return name(named);
    }
    format!("{}, a member of {},", name(&identity.urn), name(named))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::fixtures::policies::{ACCOUNT, inventory, policy};
    use crate::checks::fixtures::{account, outcome};
    use crate::collectors::Inventory;
    use crate::collectors::iam_policy::Policy;
    use crate::collectors::iam_user::User;
    use serde_json::{Value, json};

    fn with(conditions: Option<Value>, tagging: bool) -> String {
        let guarded = Policy {
            id: "p1".to_owned(),
            has_conditions: true,
            conditions,
            ..policy(&["vps:apiovh:reinstall"])
        };
        let resources = Some(vec![ACCOUNT.to_owned()]);
        let allowed = if tagging { TAGGING[0] } else { "account:apiovh:me/get" };
        let other = Policy { id: "p2".to_owned(), resources, ..policy(&[allowed]) };
        outcome(&CHECK, &inventory(vec![guarded, other]))
    }

    #[test]
    fn an_identity_under_a_tag_is_not_to_set_tags() {
        let tag = || {
            let values = json!({"resource.Tag(env)": "test"});
            let leaf = json!({"operator": "MATCH", "values": values});
            Some(json!({"operator": "AND", "conditions": [leaf]}))
        };
        let bypass = with(tag(), true);
        assert!(bypass.ends_with("may account:apiovh:iam/resource/tag/add"), "{bypass}");
        assert_eq!(with(tag(), false), "pass");
        let hours = json!({"operator": "MATCH", "values": {"date(UTC).Hour.LT": "18"}});
        assert_eq!(with(Some(hours), true), "pass");
        assert_eq!(with(None, true), "not evaluated: unclear");
    }

    #[test]
    fn a_member_of_a_named_group_is_not_to_set_tags() {
        const ANN: &str = "urn:v1:eu:identity:user:xx1-ovh/ann";
        let values = json!({"resource.Tag(env)": "test"});
        let guarded = || Policy {
            id: "p1".to_owned(),
            has_conditions: true,
            conditions: Some(json!({"operator": "MATCH", "values": values})),
            ..policy(&["vps:apiovh:reinstall"])
        };
        let of_ann = |action: &str| Policy {
            id: "p2".to_owned(),
            identities: Some(vec![ANN.to_owned()]),
            resources: Some(vec![ACCOUNT.to_owned()]),
            ..policy(&[action])
        };
        let with = |groups: Option<&[&str]>, action: &str| {
            let ann = User {
                login: "ann".to_owned(),
                urn: Some(ANN.to_owned()),
                groups: groups.map(|all| all.iter().map(|&group| group.into()).collect()),
                ..User::default()
            };
            let iam_user = account(vec![ann]);
            let inventory = Inventory { iam_user, ..inventory(vec![guarded(), of_ann(action)]) };
            outcome(&CHECK, &inventory)
        };
        let bypass = with(Some(&["ops"]), TAGGING[0]);
        let expected = format!("fail: ann, a member of ops, may {}", TAGGING[0]);
        assert_eq!(bypass, expected);
        assert_eq!(with(Some(&["ops"]), "account:apiovh:me/get"), "pass");
        assert_eq!(with(Some(&[]), TAGGING[0]), "pass", "no member");
        assert_eq!(with(None, TAGGING[0]), "not evaluated: unclear");
    }
}
