//! Rules of the evaluation over random policies.

use proptest::prelude::*;
use serde_json::json;

use super::given::{
    ACCOUNT, ACTIONS, ALICE, Given, GivenPermissions, GivenPolicy, PROJECT, RESOURCES, any_policy,
    permissions,
};
use crate::iam::answer::Decision::{self, Allow, Conditional, Deny, None, Unknown};
use crate::iam::level::{Level, Reach};

fn reach(given: &Given) -> Reach {
    given.engine().identity(ALICE).unwrap().reach
}

fn decisions(given: &Given) -> Vec<Decision> {
    let engine = given.engine();
    let alice = engine.identity(ALICE).unwrap();
    let each = ACTIONS.iter().flat_map(|action| RESOURCES.map(|resource| (*action, resource)));
    each.map(|(action, resource)| engine.decide(alice, action, resource).decision).collect()
}

fn under_conditions(policy: GivenPolicy) -> GivenPolicy {
    let address = json!({ "operator": "MATCH", "values": { "request.IP": "192.0.2.1" } });
    GivenPolicy { conditions: Some(address), ..policy }
}

/// More rights have a greater rank.
fn rank(decision: Decision) -> usize {
    [Deny, None, Conditional, Allow].iter().position(|one| *one == decision).unwrap()
}

/// The wider decision is the answer about a pattern.
fn width(decision: Decision) -> usize {
    [None, Deny, Unknown, Conditional, Allow].iter().position(|one| *one == decision).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_denial_never_grants_and_an_allow_never_takes_away(
        policies in prop::collection::vec(any_policy(), 0..4), more in any_policy(), at in 0usize..4,
    ) {
        let before = Given::of(policies.clone());
        let add = |permissions: GivenPermissions| {
            let mut policies = policies.clone();
            let groups = Some(vec![]);
            policies.insert(at.min(policies.len()), GivenPolicy { permissions, groups, ..more.clone() });
            Given::of(policies)
        };
        let patterns = more.permissions.allow.clone();
        let (given, empty) = (permissions(&[], &[], &[]), Some(vec![]));
        let allowing = add(GivenPermissions { allow: patterns.clone(), ..given.clone() });
        let denying = add(GivenPermissions { deny: patterns.clone(), ..given.clone() });
        let excepting = add(GivenPermissions { allow: empty, except: patterns, ..given });
        let [allowed, denied, excepted, old] =
            [&allowing, &denying, &excepting, &before].map(decisions);
        for (place, old) in old.iter().enumerate() {
            prop_assert!(rank(allowed[place]) >= rank(*old));
            prop_assert!(rank(denied[place]) <= rank(*old));
        }
        prop_assert_eq!(&excepted, &old, "an exception touches its own part only");
        prop_assert!(reach(&allowing).level >= reach(&before).level);
        prop_assert!(reach(&denying).level <= reach(&before).level);
    }

    #[test]
    fn the_order_of_policies_means_nothing(
        policies in prop::collection::vec(any_policy(), 0..5),
    ) {
        let turned = policies.iter().rev().cloned();
        let (one, other) = (Given::of(policies.clone()), Given::of(turned));
        prop_assert_eq!(decisions(&one), decisions(&other));
        prop_assert_eq!(reach(&one), reach(&other));
    }

    #[test]
    fn an_unknown_condition_never_allows_outright(policies in prop::collection::vec(any_policy(), 1..4)) {
        let given = Given::of(policies.into_iter().map(under_conditions));
        prop_assert!(decisions(&given).iter().all(|one| matches!(one, None | Conditional)));
        prop_assert_eq!(reach(&given).unconditional, Level::None);
    }

    #[test]
    fn a_pattern_is_decided_as_the_widest_of_its_actions_and_resources(
        mut policies in prop::collection::vec(any_policy(), 0..4), unread in 0usize..8,
    ) {
        if let Some(policy) = policies.get_mut(unread) {
            policy.resources = Some(vec!["urn:v1:eu:resourceGroup:unread".to_owned()]);
        }
        let given = Given::of(policies);
        let engine = given.engine();
        let alice = engine.identity(ALICE).unwrap();
        let any = |action: &str, resource: &str| {
            engine.decide_any(alice, action, resource).answer.decision
        };
        for (pattern, resource) in
            [("publicCloudProject:*", PROJECT), ("account:apiovh:*", ACCOUNT), ("*", ACCOUNT)]
        {
            let kind = pattern.split(':').next().unwrap();
            let kind = if kind == "*" { "account" } else { kind };
            let actions = engine.actions().filter(|action| action.split(':').next() == Some(kind));
            let each = actions.map(|action| engine.decide(alice, action, resource).decision);
            // Unknown actions and orders may be allowed beside those, and none may be denied.
            let widest = each.map(width).max().unwrap();
            prop_assert!(width(any(pattern, resource)) >= widest, "{} on {}", pattern, resource);
        }
        for action in ACTIONS {
            let kind = action.split(':').next().unwrap();
            let on = RESOURCES.iter().filter(|urn| urn.contains(&format!(":{kind}:")));
            for resource in on {
                let one = engine.decide(alice, action, resource).decision;
                prop_assert!(width(any(action, "*")) >= width(one));
                prop_assert_eq!(any(action, resource), one);
            }
        }
    }

    #[test]
    fn levels_follow_from_decisions(policies in prop::collection::vec(any_policy(), 0..4)) {
        let given = Given::of(policies);
        let engine = given.engine();
        let alice = engine.identity(ALICE).unwrap();
        let may = |action: &str, resource: &str| {
            matches!(engine.decide(alice, action, resource).decision, Allow | Conditional)
        };
        let is_admin = engine.escalating_actions()
            .any(|action| action.starts_with("account:") && may(action, ACCOUNT));
        prop_assert_eq!(alice.reach.level == Level::Admin, is_admin);
        let writes = || engine.actions().filter(|action| !action.ends_with("get"));
        if writes().any(|action| action.starts_with("publicCloudProject:") && may(action, PROJECT)) {
            prop_assert!(alice.reach.level >= Level::Write);
        }
        if alice.reach.level == Level::None {
            let all = engine.actions().filter(|action| action.starts_with("vps:"));
            prop_assert!(!all.into_iter().any(|action| may(action, RESOURCES[3])));
        }
    }
}
