//! Cases of the evaluation, and their decisions and levels.

use serde_json::json;

use super::given::{
    ACCOUNT, ALICE, DEVS, Given, GivenPermissions, GivenPolicy, NOW, OTHER_PROJECT, OWNER, PROJECT,
    by_groups, policy, texts,
};
use crate::iam::account::Kind;
use crate::iam::answer::Decision::{Allow, Conditional, Deny, None, Unknown};
use crate::iam::answer::{UnknownPart, Unresolved};
use crate::iam::level::{Level, Reach};
use crate::iam::role::Role;
use crate::iam::truth::Truth;

const CREATE_POLICY: &str = "account:apiovh:iam/policy/create";
const GET_PROJECT: &str = "publicCloudProject:apiovh:get";
const TERMINATE: &str = "publicCloudProject:apiovh:terminate";

fn reach(given: &Given) -> Reach {
    given.engine().identity(ALICE).unwrap().reach
}

fn on(resources: &[&str], policy: GivenPolicy) -> GivenPolicy {
    GivenPolicy { resources: Some(texts(resources)), ..policy }
}

fn when(conditions: serde_json::Value, policy: GivenPolicy) -> GivenPolicy {
    GivenPolicy { conditions: Some(conditions), ..policy }
}

fn address() -> serde_json::Value {
    json!({ "operator": "MATCH", "values": { "request.IP": "192.0.2.1" } })
}

#[test]
fn ovhclouds_own_groups_have_their_levels() {
    for (group, level, on_account, escalates) in [
        ("globalAdmin", Level::Admin, Level::Admin, true),
        // Its exceptions leave policies, OAuth2 clients and tokens.
        ("globalReadWrite", Level::Admin, Level::Admin, true),
        // The second factors and the password of the caller are written, and all else is read.
        ("globalTechnicalAccount", Level::Write, Level::None, true),
        ("globalBillingAccoun", Level::Write, Level::Write, true),
        ("controlPanelAccess", Level::Read, Level::Read, false),
        ("vrackManagement", Level::Write, Level::Write, false),
        ("openstackAdmin", Level::Write, Level::None, false),
    ] {
        let reach = reach(&Given::of([by_groups(&[group])]));
        assert_eq!((reach.level, reach.on_account), (level, on_account), "{group}");
        assert_eq!((reach.escalates, reach.is_complete), (escalates, true), "{group}");
    }
    let given = Given::of([by_groups(&["globalReadWrite"])]);
    let engine = given.engine();
    let left = engine.escalations(&engine.policies()[0]);
    assert!(left.contains(&CREATE_POLICY) && left.contains(&"account:apiovh:me/changeEmail"));
    assert!(!left.contains(&"account:apiovh:me/identity/user/create"));
}

#[test]
fn reading_all_is_no_more_than_reading_but_for_the_callers_own_factors() {
    assert_eq!(reach(&Given::of([policy(&["*get"], &[], &[])])).level, Level::Read);
    let engine = Given::of([by_groups(&["globalReadOnly"])]).engine();
    let part = &engine.policies()[0].parts[1];
    let writes = engine.remaining(part).into_iter().filter(|action| !action.ends_with("get"));
    let is_own = |action: &str| {
        action == "account:apiovh:me/changePassword"
            || action.starts_with("account:apiovh:me/accessRestriction/")
    };
    assert!(writes.into_iter().all(is_own));
}

#[test]
fn decisions_follow_the_parts_of_policies() {
    let both = || policy(&["publicCloudProject:*"], &[TERMINATE], &[]);
    for (name, policies, terminate, get) in [
        ("nothing", vec![], None, None),
        ("an exception", vec![both()], None, Allow),
        (
            "an exception of another policy",
            vec![both(), policy(&[TERMINATE], &[], &[])],
            Allow,
            Allow,
        ),
        (
            "a denial",
            vec![policy(&["*"], &[], &[]), policy(&[], &[], &["*:apiovh:terminate"])],
            Deny,
            Allow,
        ),
        ("a denial alone", vec![policy(&[], &[], &["*"])], Deny, Deny),
        ("another resource", vec![on(&[OTHER_PROJECT], policy(&["*"], &[], &[]))], None, None),
        (
            "all projects",
            vec![on(&["urn:v1:eu:resource:publicCloudProject:*"], policy(&["*"], &[], &[]))],
            Allow,
            Allow,
        ),
        (
            "everything",
            vec![on(&["urn:v1:eu:resource:*:*"], policy(&["*"], &[], &[]))],
            Allow,
            Allow,
        ),
        ("a group", vec![by_groups(&["globalReadOnly"])], None, Allow),
        (
            "a group beside exceptions",
            vec![GivenPolicy {
                groups: by_groups(&["globalReadOnly"]).groups,
                ..policy(&["*"], &["*"], &[])
            }],
            None,
            Allow,
        ),
    ] {
        let given = Given::of(policies);
        assert_eq!(given.decision(TERMINATE, PROJECT), terminate, "{name}");
        assert_eq!(given.decision(GET_PROJECT, PROJECT), get, "{name}");
    }
}

#[test]
fn policies_of_groups_and_of_other_accounts_are_found() {
    let to =
        |urn: &str| GivenPolicy { identities: Some(texts(&[urn])), ..policy(&["*"], &[], &[]) };
    assert_eq!(Given::of([to(DEVS)]).decision(TERMINATE, PROJECT), Allow);
    let foreign = "urn:v1:eu:identity:account:yy2-ovh";
    let gone = "urn:v1:eu:identity:user:xx1-ovh/gone";
    let engine = Given::of([to(foreign), to(gone)]).engine();
    assert_eq!(engine.identity(foreign).unwrap().kind, Kind::ForeignAccount);
    assert_eq!(engine.identity(foreign).unwrap().reach.known_level(), Some(Level::Admin));
    let gone = engine.identity(gone).unwrap();
    assert_eq!((gone.kind, gone.name.as_str()), (Kind::Unlisted, "gone"));
    // The groups of an identity that no list has are unknown.
    assert_eq!(gone.reach.known_level(), Option::None);
    assert_eq!(engine.identity(ALICE).unwrap().reach.known_level(), Some(Level::None));
}

#[test]
fn no_policy_limits_the_owner_and_a_denial_does_not_touch_a_role() {
    let given = Given { role: Some(Role::Unprivileged), ..Given::of([policy(&[], &[], &["*"])]) };
    let engine = given.engine();
    let owner = engine.identity(OWNER).unwrap();
    assert_eq!(engine.decide(owner, CREATE_POLICY, ACCOUNT).decision, Allow);
    assert_eq!(owner.reach, Reach::ALL);
    let alice = engine.identity(ALICE).unwrap();
    let answer = engine.decide(alice, GET_PROJECT, PROJECT);
    assert_eq!(answer.decision, Allow);
    // The answer shows both.
    let labels: Vec<_> = answer.ways.iter().map(|way| (way.allows(), way.label())).collect();
    assert_eq!(
        labels,
        [(false, "p".to_owned()), (true, "role UNPRIVILEGED of group devs".to_owned())]
    );
    assert_eq!(engine.decide(alice, TERMINATE, PROJECT).decision, Deny);
    assert_eq!(alice.reach.known_level(), Some(Level::Read));
}

#[test]
fn roles_add_to_policies() {
    for (role, level, terminate, create_policy) in [
        (Role::None, Level::Read, None, None),
        (Role::Unprivileged, Level::Read, None, None),
        (Role::Regular, Level::Write, Allow, Unknown),
        (Role::Admin, Level::Admin, Allow, Allow),
    ] {
        let given = Given { role: Some(role), ..Given::of([policy(&["*get"], &[], &[])]) };
        assert_eq!(reach(&given).known_level(), Some(level), "{role:?}");
        assert_eq!(given.decision(TERMINATE, PROJECT), terminate, "{role:?}");
        assert_eq!(given.decision(CREATE_POLICY, ACCOUNT), create_policy, "{role:?}");
    }
}

#[test]
fn unknown_parts_leave_decisions_open() {
    let all = || policy(&["*"], &[], &[]);
    let resource_group = || on(&["urn:v1:eu:resourceGroup:1"], all());
    let lost = GivenPermissions::default();
    for (name, given, decision) in [
        ("group", Given::of([by_groups(&["gone"])]), Unknown),
        ("group beside an allow", Given::of([all(), by_groups(&["gone"])]), Unknown),
        (
            "group beside a denial",
            Given::of([policy(&[], &[], &["*"]), by_groups(&["gone"])]),
            Deny,
        ),
        ("group elsewhere", Given::of([all(), on(&[ACCOUNT], by_groups(&["gone"]))]), Allow),
        ("permissions", Given::of([GivenPolicy { permissions: lost.clone(), ..all() }]), Unknown),
        ("groups", Given::of([GivenPolicy { groups: Option::None, ..all() }]), Unknown),
        ("identities", Given::of([GivenPolicy { identities: Option::None, ..all() }]), Unknown),
        ("resources", Given::of([GivenPolicy { resources: Option::None, ..all() }]), Unknown),
        ("resource group", Given::of([resource_group()]), Unknown),
        ("policies", Given { has_all_policies: false, ..Given::default() }, Unknown),
        ("memberships", Given { has_all_groups: false, ..Given::default() }, Unknown),
        ("role", Given { role: Option::None, ..Given::default() }, Unknown),
        ("role beside an allow", Given { role: Option::None, ..Given::of([all()]) }, Allow),
    ] {
        assert_eq!(given.decision(TERMINATE, PROJECT), decision, "{name}");
        assert_eq!(reach(&given).known_level(), Option::None, "{name}");
    }
    let engine = Given::of([by_groups(&["gone"])]).engine();
    let urn = "urn:v1:eu:permissionsGroup:ovh:gone".to_owned();
    let part = UnknownPart::PermissionsGroup(urn);
    assert!(matches!(engine.policies()[0].unresolved.as_slice(), [only] if *only == part));
    let answer = engine.decide(engine.identity(ALICE).unwrap(), TERMINATE, PROJECT);
    let (id, name) = ("p".to_owned(), "p".to_owned());
    assert_eq!(answer.unresolved, [Unresolved::Policy { id, name, part }]);
}

#[test]
fn a_resource_group_stands_for_its_resources() {
    let urn = "urn:v1:eu:resourceGroup:1";
    let members = Some(texts(&[PROJECT]));
    let given = Given {
        resource_groups: vec![(urn.to_owned(), members)],
        ..Given::of([on(&[urn], policy(&["*"], &[], &[]))])
    };
    assert_eq!(given.decision(TERMINATE, PROJECT), Allow);
    assert_eq!(given.decision(TERMINATE, OTHER_PROJECT), None);
    assert_eq!(reach(&given), Reach { on_account: Level::None, ..reach(&given) });
    assert_eq!(reach(&given).known_level(), Some(Level::Write));
}

#[test]
fn a_policy_applies_before_its_end() {
    for (end, decision, is_expired) in [
        ("2026-11-20T23:59:59Z", None, true),
        (NOW, None, true),
        ("2026-11-21T00:00:01Z", Allow, false),
    ] {
        let expires = Some(end.parse().unwrap());
        let given = Given::of([GivenPolicy { expires, ..policy(&["*"], &[], &[]) }]);
        assert_eq!(given.decision(TERMINATE, PROJECT), decision, "{end}");
        let engine = given.engine();
        let policy = &engine.policies()[0];
        assert_eq!(policy.is_expired(), is_expired, "{end}");
        // Its own rights are those it has or had.
        assert_eq!(policy.reach.level, Level::Admin);
        let level = if is_expired { Level::None } else { Level::Admin };
        assert_eq!(engine.identity(ALICE).unwrap().reach.known_level(), Some(level));
    }
}

#[test]
fn conditions_are_evaluated_where_they_can_be() {
    let tag = |value: &str| json!({"operator": "MATCH", "values": {"resource.Tag(env)": value}});
    let all = || policy(&["*"], &[], &[]);
    let none = || policy(&[], &[], &["*"]);
    for (name, policies, decision) in [
        ("a tag", vec![when(tag("prod"), all())], Allow),
        ("another tag", vec![when(tag("dev"), all())], None),
        ("an address", vec![when(address(), all())], Conditional),
        ("beside a plain allow", vec![when(address(), all()), all()], Allow),
        ("a denial under conditions", vec![all(), when(address(), none())], Conditional),
        ("a denial by an unmet condition", vec![all(), when(tag("dev"), none())], Allow),
        ("a denial by a met condition", vec![all(), when(tag("prod"), none())], Deny),
        ("only a denial under conditions", vec![when(address(), none())], None),
    ] {
        assert_eq!(Given::of(policies).decision(TERMINATE, PROJECT), decision, "{name}");
    }
    let reach = reach(&Given::of([when(address(), all()), policy(&["*get"], &[], &[])]));
    assert_eq!((reach.level, reach.unconditional), (Level::Admin, Level::Read));
}

#[test]
fn a_parameter_of_an_action_restricts_it() {
    let given = Given::of([policy(&["pccVMware:vSphere:assumeRole?role=x"], &[], &[])]);
    let urn = "urn:v1:eu:resource:pccVMware:v";
    assert_eq!(given.decision("pccVMware:vSphere:assumeRole", urn), Conditional);
    assert_eq!(given.decision("pccVMware:vSphere:assumeRole?role=x", urn), Allow);
    assert_eq!(given.decision("pccVMware:vSphere:assumeRole?role=y", urn), None);
    assert_eq!((reach(&given).level, reach(&given).unconditional), (Level::Write, Level::None));
}

#[test]
fn rights_on_the_account_that_give_rights_make_an_admin() {
    for (name, given, level) in [
        ("on the account", on(&[ACCOUNT], policy(&[CREATE_POLICY], &[], &[])), Level::Admin),
        (
            "on accounts",
            on(&["urn:v1:eu:resource:account:*"], policy(&["*"], &[], &[])),
            Level::Admin,
        ),
        // It does not help its holder there.
        ("on a project", on(&[PROJECT], policy(&[CREATE_POLICY], &[], &[])), Level::None),
        ("all of a project", on(&[PROJECT], policy(&["*"], &[], &[])), Level::Write),
        (
            "nothing left",
            on(&[ACCOUNT], policy(&["*"], &["account:*", "order:*"], &[])),
            Level::None,
        ),
        (
            "actions of a type that nobody knows",
            on(&["urn:v1:eu:resource:new:1"], policy(&["*"], &[], &[])),
            Level::Write,
        ),
        (
            "an action that nobody knows",
            policy(&["new:apiovh:thing/create"], &[], &[]),
            Level::Write,
        ),
        ("a read that nobody knows", policy(&["new:apiovh:thing/get"], &[], &[]), Level::Read),
    ] {
        let given = Given::of([given]);
        assert_eq!(reach(&given).known_level(), Some(level), "{name}");
        assert_eq!(given.engine().policies()[0].reach.level, level, "{name}");
    }
}

#[test]
fn a_policy_shows_its_parts_and_its_breadth() {
    let given = Given::of([GivenPolicy {
        groups: by_groups(&["globalReadWrite"]).groups,
        ..policy(&["vps:apiovh:ips/*", GET_PROJECT], &["vps:apiovh:ips/delete"], &[])
    }]);
    let engine = given.engine();
    let policy = &engine.policies()[0];
    let own = engine.remaining(&policy.parts[0]);
    assert!(own.contains(&GET_PROJECT) && own.contains(&"vps:apiovh:ips/get"));
    assert!(!own.contains(&"vps:apiovh:ips/delete"));
    assert_eq!(policy.parts[0].broad(), Option::None);
    let (pattern, part) = policy.broad().unwrap();
    assert_eq!(
        (pattern, part.group.as_deref()),
        ("*", Some("urn:v1:eu:permissionsGroup:ovh:globalReadWrite"))
    );
    assert_eq!(policy.names(PROJECT), Truth::Holds);
}

#[test]
fn the_ways_to_a_level_are_roles_and_policies() {
    let given = Given {
        role: Some(Role::Regular),
        ..Given::of([by_groups(&["globalAdmin"]), policy(&["*get"], &[], &[])])
    };
    let engine = given.engine();
    let alice = engine.identity(ALICE).unwrap();
    let count = |level| engine.ways(alice, level).len();
    assert_eq!((count(Level::Read), count(Level::Write), count(Level::Admin)), (3, 2, 1));
    let who: Vec<_> =
        engine.who(TERMINATE, PROJECT).map(|(one, answer)| (one.kind, answer.decision)).collect();
    assert_eq!(who, [(Kind::Account, Allow), (Kind::User, Allow), (Kind::Group, Allow)]);
}

#[test]
fn patterns_without_a_known_action_or_resource_are_decided() {
    let engine =
        Given::of([on(&["urn:v1:eu:resource:vps:*"], policy(&["vps:*"], &[], &[]))]).engine();
    let alice = engine.identity(ALICE).unwrap();
    let any = |action: &str, resource: &str| {
        let widest = engine.decide_any(alice, action, resource);
        (widest.answer.decision, widest.example.is_some())
    };
    assert_eq!(any("vps:apiovh:terminate", "*"), (Allow, false));
    assert_eq!(any("vps:*", "urn:v1:eu:resource:vps:v1"), (Allow, true));
    assert_eq!(any("vps:unheard:*", "urn:v1:eu:resource:vps:v*"), (Allow, false));
    assert_eq!(any("*", "*"), (Allow, false));
    assert_eq!(any("*", PROJECT).0, None);
    assert_eq!(any("account:*", "*").0, None);
    assert_eq!(any("vps:*", ACCOUNT).0, None);
}

#[test]
fn an_unread_resource_group_leaves_patterns_open() {
    const VPS: &str = "urn:v1:eu:resource:vps:v1";
    let lost = |policy: GivenPolicy| on(&["urn:v1:eu:resourceGroup:unread"], policy);
    let any = |policies: Vec<GivenPolicy>, action: &str, resource: &str| {
        let engine = Given::of(policies).engine();
        engine.decide_any(engine.identity(ALICE).unwrap(), action, resource).answer.decision
    };
    let allowed = || lost(policy(&["vps:apiovh:terminate"], &[], &[]));
    for (action, resource) in
        [("vps:apiovh:terminate", VPS), ("vps:*", "*"), ("vps:*", VPS), ("*", VPS)]
    {
        assert_eq!(any(vec![allowed()], action, resource), Unknown, "{action} on {resource}");
    }
    assert_eq!(any(vec![allowed()], "publicCloudProject:*", PROJECT), None);
    // It says nothing of the actions that it does not name.
    let all = on(&[VPS], policy(&["vps:*"], &[], &[]));
    let first = lost(policy(&[], &[], &["vps:apiovh:abuse/*", "vps:apiovh:a*"]));
    assert_eq!(any(vec![all, first], "vps:*", VPS), Allow);
    // Another policy denies it in any case.
    let denial = policy(&[], &[], &["vps:apiovh:terminate"]);
    assert_eq!(any(vec![allowed(), denial], "vps:*", VPS), Deny);
}
