//! The SSH keys of a project: real public keys, strong and weak ones.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::hex::hex;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Batch, Context, Kind, Route};

const ROUTE: Route = Route { action: Some("publicCloudProject:apiovh:sshkey/get"), ..Route::GET };

pub(super) const RESOURCE: Resource = Resource {
    name: "ssh_key",
    routes: &[
        Route {
            template: "/cloud/project/{serviceName}/sshkey",
            query: &["region"],
            kind: Kind::Objects,
            keep,
            view: without_fingerprint,
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/sshkey/{keyId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

/// Points on the curve cannot be drawn at random without arithmetic: these were made by ssh-keygen.
const ECDSA: &[&str] = &[
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGsfGMzMDNyu1egNkEbT68SoQEUEWG9Luay+2RJSjwwM8AChef0rhjcTXE8dMRJIy3YrywhHUdKXUkeRirfghrw=",
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEe1SW/sBkEsdhBND6twcZaRFBknFtF1aCgG4qbW4lDLLAS6gY+gL0qlW0ehRv9VnzcEjgftUyfSvWMwx91CEo4=",
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAc/W+q8fns20mC4P3JNi+TzLqH+NfSEYhYDHFV+optsykyntMYF2GyE61p7IaMyKGSCpG/MkucrfSxMnEwMBGo=",
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBLm1FKcp1OgkFWKYaw6QwWxD4iPduZVDXzg07u0AGs51zBZ2mJqJLI5r/whoWQWKIe5RouAd+CDDXIpi1bcHZzM=",
];

/// The sorts of keys.
#[derive(Clone, Copy, Default)]
pub(super) enum Sort {
    #[default]
    Ed25519,
    Rsa(usize),
    Ecdsa(usize),
}

fn reference(account: &mut Account, draw: &mut Draw) {
    let alice = key("alice", Sort::Ed25519, draw);
    let bob = key("bob", Sort::Rsa(4096), draw);
    let deploy = key("deploy", Sort::Ecdsa(0), draw);
    let old = key("old-laptop", Sort::Rsa(1024), draw);
    for (project, keys) in [
        // Somebody has a key in more than one project.
        ("prod", vec![alice.clone(), bob, deploy]),
        ("staging", vec![alice, key("ci", Sort::Ed25519, draw), old]),
        ("legacy", vec![key("carol", Sort::Rsa(2048), draw)]),
    ] {
        let Some(id) = account.project(project) else { continue };
        let regions = region::with_instances(account, &id);
        let placed = keys.into_iter().map(|key| with_regions(key, &regions));
        *account.list_mut(&format!("/cloud/project/{id}/sshkey")) = placed.collect();
    }
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    const PEOPLE: &[&str] = &["alice", "bob", "carol", "dave", "erin", "frank", "grace", "ci"];
    const SORTS: &[Sort] =
        &[Sort::Ed25519, Sort::Ed25519, Sort::Rsa(2048), Sort::Rsa(4096), Sort::Ecdsa(1)];
    for_each_project(account, "sshkey", |account, project, path| {
        let regions = region::with_instances(account, project);
        for number in 0..size.ssh_keys {
            let name = format!("{}-{number}", draw.choose(PEOPLE));
            let sort = match draw.choose(SORTS) {
                Sort::Ecdsa(_) => Sort::Ecdsa(draw.below(ECDSA.len())),
                sort => sort,
            };
            let key = key(&name, sort, draw);
            account.list_mut(path).push(with_regions(key, &regions));
        }
    });
}

fn with_regions(mut key: Value, regions: &[String]) -> Value {
    if let Some(members) = key.as_object_mut() {
        members.insert("regions".to_owned(), json!(regions));
    }
    key
}

fn key(name: &str, sort: Sort, draw: &mut Draw) -> Value {
    let (public, blob) = public_key(name, sort, draw);
    json!({
        "id": URL_SAFE_NO_PAD.encode(name), "name": name, "publicKey": public,
        "fingerPrint": fingerprint(&blob), "regions": [],
    })
}

/// A public key as it stands in a file, and its binary form.
pub(super) fn public_key(name: &str, sort: Sort, draw: &mut Draw) -> (String, Vec<u8>) {
    let (algorithm, blob) = match sort {
        Sort::Ed25519 => ("ssh-ed25519", blob(&[b"ssh-ed25519", &draw.bytes(32)])),
        Sort::Rsa(bits) => ("ssh-rsa", rsa(bits, draw)),
        Sort::Ecdsa(number) => {
            let known = ECDSA.get(number).copied().unwrap_or_default();
            ("ecdsa-sha2-nistp256", STANDARD.decode(known).unwrap_or_default())
        }
    };
    (format!("{algorithm} {} {name}@example.com", STANDARD.encode(&blob)), blob)
}

/// The modulus is odd and of full length, which is all that can be seen of it.
fn rsa(bits: usize, draw: &mut Draw) -> Vec<u8> {
    let mut modulus = vec![0];
    modulus.extend(draw.bytes(bits / 8));
    if let Some(first) = modulus.get_mut(1) {
        *first |= 0x80;
    }
    if let Some(last) = modulus.last_mut() {
        *last |= 1;
    }
    blob(&[b"ssh-rsa", &[1, 0, 1], &modulus])
}

/// Each part behind its length in four bytes.
fn blob(parts: &[&[u8]]) -> Vec<u8> {
    let mut blob = Vec::new();
    for part in parts {
        let length = u32::try_from(part.len()).unwrap_or_default();
        blob.extend(length.to_be_bytes());
        blob.extend(*part);
    }
    blob
}

fn fingerprint(blob: &[u8]) -> String {
    let pairs: Vec<_> = Md5::digest(blob).iter().map(|byte| hex(&[*byte])).collect();
    pairs.join(":")
}

#[expect(clippy::unnecessary_wraps, reason = "other routes refuse some queries")]
fn keep(key: &Value, query: &Query) -> Result<bool, Refusal> {
    let regions = key.get("regions").and_then(Value::as_array);
    let is_in = |region: &str| regions.is_some_and(|regions| regions.contains(&json!(region)));
    Ok(query.get("region").is_none_or(is_in))
}

/// The list does not show the fingerprint; the single object does.
fn without_fingerprint<'a>(key: &'a Value, _: &Context<'a>) -> Cow<'a, Value> {
    let mut key = key.clone();
    if let Some(members) = key.as_object_mut() {
        members.remove("fingerPrint");
    }
    Cow::Owned(key)
}
