//! Measures the evaluation of a large account: 1,000 policies, 1,000 identities, 200 projects.
#![expect(clippy::print_stdout, reason = "the figures are the purpose")]

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;
use ovhcloud_exporter::iam::account::{
    Account, Conditions, Expiry, Identity, Kind, Permissions, Policy, Resource,
};
use ovhcloud_exporter::iam::answer::Way;
use ovhcloud_exporter::iam::engine::Engine;
use ovhcloud_exporter::iam::known;

const POLICIES: usize = 1000;
const IDENTITIES: usize = 1000;
const RESOURCES: usize = 200;
/// Policies of an identity.
const EACH: usize = 10;

struct Owned {
    id: String,
    identities: Vec<String>,
    resources: Vec<String>,
    allow: Vec<String>,
    except: Vec<String>,
}

fn user(number: usize) -> String {
    format!("urn:v1:eu:identity:user:xx1-ovh/user-{number}")
}

fn project(number: usize) -> String {
    format!("urn:v1:eu:resource:publicCloudProject:{number:032x}")
}

/// Each policy differs from the others in its identities, actions and resources.
fn policy(number: usize, actions: &[&str]) -> Owned {
    let pick = |many: usize, step: usize| {
        (0..many).filter_map(move |one| {
            actions.get((number * 31 + one * step) % actions.len().max(1)).copied()
        })
    };
    let mut allow: Vec<String> = pick(20, 7).map(str::to_owned).collect();
    if number.is_multiple_of(3) {
        allow.push("publicCloudProject:apiovh:*".to_owned());
    }
    allow.extend(pick(3, 13).map(|action| format!("{action}*")));
    let everything = number.is_multiple_of(5).then(|| "urn:v1:eu:resource:*".to_owned());
    let projects = (0..8).map(|one| project((number * 17 + one * 3) % RESOURCES));
    Owned {
        id: format!("policy-{number}"),
        identities: (0..IDENTITIES)
            .filter(|one| (one * 7 + number * 13).is_multiple_of(POLICIES / EACH))
            .map(user)
            .collect(),
        resources: everything.into_iter().chain(projects).collect(),
        allow,
        except: pick(5, 11).map(str::to_owned).collect(),
    }
}

fn main() {
    let actions: Vec<&str> = known::actions().collect();
    let owned: Vec<Owned> = (0..POLICIES).map(|number| policy(number, &actions)).collect();
    let none: Vec<String> = Vec::new();
    let policies = owned.iter().map(|one| Policy {
        id: &one.id,
        name: &one.id,
        is_ovhclouds: Some(false),
        identities: Some(&one.identities),
        resources: Some(&one.resources),
        permissions: Permissions {
            allow: Some(&one.allow),
            except: Some(&one.except),
            deny: Some(&none),
        },
        permissions_groups: Some(&none),
        conditions: Conditions::None,
        expiry: Expiry::Never,
    });
    let identities = (0..IDENTITIES).map(|number| Identity {
        urn: user(number).into(),
        kind: Kind::User,
        name: format!("user-{number}").into(),
        groups: Vec::new(),
        has_all_groups: true,
        role: None,
    });
    let resources = (0..RESOURCES).map(|number| Resource {
        urn: project(number).into(),
        name: None,
        tags: None,
    });
    let account = Account {
        urn: Some("urn:v1:eu:resource:account:xx1-ovh".into()),
        policies: policies.collect(),
        has_all_policies: true,
        identities: identities.collect(),
        resources: resources.collect(),
        ..Account::default()
    };
    let began = Instant::now();
    let engine = Engine::new(&account, Timestamp::UNIX_EPOCH);
    let duration = began.elapsed();
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    for identity in engine.identities() {
        *levels.entry(identity.reach.level.label()).or_default() += 1;
    }
    println!("{POLICIES} policies, {IDENTITIES} identities, {RESOURCES} resources: {duration:?}");
    println!("{levels:?}");
    let began = Instant::now();
    let action = "publicCloudProject:apiovh:terminate";
    let urn = project(1);
    let answers = engine.identities().iter().map(|one| engine.decide(one, action, &urn));
    let may = answers.filter(|answer| answer.ways.iter().any(Way::allows)).count();
    println!("who may {action} on one project: {may} identities in {:?}", began.elapsed());
}
