//! The accounts: the same again for the same seed, and rich enough.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ovhcloud_simulator::{Account, Size, routes};
use serde_json::{Value, json};

use crate::client::now;

fn values(account: &Account, path: &str, member: &str) -> BTreeSet<String> {
    let value = |object: &Value| object.get(member)?.as_str().map(str::to_owned);
    account.list(path).iter().filter_map(value).collect()
}

#[test]
fn the_same_seed_gives_the_same_account() {
    let text = |size, now| Account::generate(size, now).to_json().to_string();
    let size = Size::default();
    assert_eq!(text(size, now()), text(size, now()));
    assert_ne!(text(size, now()), text(Size { seed: 2, ..size }, now()));
    let later = now() + jiff::SignedDuration::from_hours(1);
    assert_ne!(text(size, now()), text(size, later));
    let reference = |now| Account::reference(now).to_json().to_string();
    assert_eq!(reference(now()), reference(now()));
}

#[test]
fn a_generated_account_has_the_size_asked_for() {
    let size = Size { projects: 7, instances: 3, users: 31, kms: 3, ..Size::default() };
    let account = Account::generate(size, now());
    assert_eq!(account.projects().len(), 7);
    for (path, count) in [
        ("/me/identity/user", 31),
        ("/me/api/credential", size.credentials),
        ("/me/api/application", size.applications),
        ("/v2/iam/policy", size.policies),
        ("/v2/okms/resource", size.kms),
    ] {
        assert_eq!(account.list(path).len(), count, "{path}");
    }
    for project in account.projects() {
        for (list, count) in [
            ("instance", 3),
            ("sshkey", size.ssh_keys),
            ("region", size.regions),
            ("storage", size.containers),
            ("database/service", size.databases),
            ("kube", size.clusters),
        ] {
            let path = format!("/cloud/project/{project}/{list}");
            assert_eq!(account.list(&path).len(), count, "{path}");
        }
        let regions = account.list(&format!("/cloud/project/{project}/region")).iter();
        let buckets = regions.map(|region| {
            let region = region["name"].as_str().unwrap();
            account.list(&format!("/cloud/project/{project}/region/{region}/storage")).len()
        });
        assert_eq!(buckets.sum::<usize>(), size.buckets);
    }
}

#[test]
fn identifiers_are_used_once() {
    let account = Account::generate(Size { projects: 9, ..Size::default() }, now());
    for path in account.paths() {
        let route = routes().find(|route| is_at(route.template, path)).unwrap();
        // An offer has no identifier, and neither has an event.
        if ["/database/availability", "/me/logs/audit"].iter().any(|end| path.ends_with(end)) {
            continue;
        }
        let id = |object: &Value| object.get(route.key).unwrap_or(object).to_string();
        let ids: Vec<_> = account.list(path).iter().map(id).collect();
        let once: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), once.len(), "{path} {}", route.key);
    }
}

/// Whether a list's path is one of the template; lists end in a literal segment.
fn is_at(template: &str, path: &str) -> bool {
    let fits = |(known, segment): (&str, &str)| known.starts_with('{') || known == segment;
    let same_length = template.split('/').count() == path.split('/').count();
    same_length && !template.ends_with('}') && template.split('/').zip(path.split('/')).all(fits)
}

#[test]
fn the_reference_account_has_the_states_of_instances_that_matter() {
    let account = Account::reference(now());
    let states: BTreeSet<_> = ["prod", "staging"]
        .iter()
        .map(|name| format!("/cloud/project/{}/instance", account.project(name).unwrap()))
        .flat_map(|path| values(&account, &path, "status"))
        .collect();
    let wanted = ["ACTIVE", "BUILD", "ERROR", "RESCUE", "SHUTOFF"].map(str::to_owned);
    assert_eq!(states, wanted.into());
}

#[test]
fn the_reference_account_has_stale_unused_and_young_credentials() {
    let days = |value: &Value| {
        let date: Timestamp = value.as_str()?.parse().ok()?;
        Some((now().as_second() - date.as_second()) / 86_400)
    };
    let account = Account::reference(now());
    let validated: Vec<_> = account
        .list("/me/api/credential")
        .iter()
        .filter(|credential| credential["status"] == "validated")
        .map(|credential| (days(&credential["creation"]).unwrap(), days(&credential["lastUse"])))
        .collect();
    assert!(validated.iter().any(|(_, used)| used.is_some_and(|days| days > 90)));
    assert!(validated.iter().any(|(made, used)| used.is_none() && *made > 30));
    assert!(validated.iter().any(|(made, used)| used.is_none() && *made < 30));
    assert!(validated.iter().any(|(_, used)| used.is_some_and(|days| days < 30)));
}

#[test]
fn nulls_are_sent_and_left_out_and_dates_come_in_three_spellings() {
    let account = Account::reference(now());
    let credentials = account.list("/me/api/credential");
    assert!(credentials.iter().any(|one| one.get("lastUse") == Some(&Value::Null)));
    assert!(credentials.iter().any(|one| one.get("lastUse").is_none()));
    let dates = values(&account, "/me/api/credential", "creation");
    assert!(dates.iter().any(|date| date.ends_with("+02:00")));
    assert!(dates.iter().any(|date| date.contains('.')));
    assert!(dates.iter().any(|date| date.ends_with(":00Z")));
}

#[test]
fn ssh_keys_are_real_ones() {
    let account = Account::generate(Size { ssh_keys: 30, ..Size::default() }, now());
    let mut algorithms = BTreeSet::new();
    for project in account.projects() {
        for key in account.list(&format!("/cloud/project/{project}/sshkey")) {
            let public = key["publicKey"].as_str().unwrap();
            let mut words = public.split(' ');
            let algorithm = words.next().unwrap();
            let blob = STANDARD.decode(words.next().unwrap()).unwrap();
            let parts = parts(&blob);
            assert_eq!(parts[0], algorithm.as_bytes(), "{public}");
            match algorithm {
                "ssh-ed25519" => assert_eq!(parts[1].len(), 32),
                "ssh-rsa" => assert_eq!((parts[1], parts[2][0]), (&[1, 0, 1][..], 0)),
                "ecdsa-sha2-nistp256" => {
                    assert_eq!((parts[1], parts[2].len()), (&b"nistp256"[..], 65));
                }
                other => panic!("{other}"),
            }
            algorithms.insert(algorithm.to_owned());
        }
    }
    assert_eq!(algorithms.len(), 3);
}

fn parts(mut blob: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some((length, rest)) = blob.split_first_chunk::<4>() {
        let (part, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        parts.push(part);
        blob = rest;
    }
    parts
}

#[test]
fn the_state_can_be_changed() {
    let mut account = Account::reference(now());
    let alice = account.find_mut("/me/identity/user", "login", &json!("alice")).unwrap();
    alice["status"] = json!("DISABLED");
    account.list_mut("/me/identity/user").retain(|user| user["login"] != "bob");
    let users = account.list("/me/identity/user");
    assert!(users.iter().any(|user| user["login"] == "alice" && user["status"] == "DISABLED"));
    assert!(!users.iter().any(|user| user["login"] == "bob"));
    account.document_mut("/me").unwrap()["state"] = json!("incomplete");
    assert_eq!(account.document("/me").unwrap()["state"], "incomplete");
}
