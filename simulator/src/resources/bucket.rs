//! S3 buckets, listed region by region.
//!
//! The list says less than the single object: neither encryption nor versioning nor locks.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::region;
use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Context, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:region/storage/get"),
    key: "name",
    // A region without S3 has no list; what OVHcloud answers there is unverified.
    needs_list: true,
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "bucket",
    routes: &[
        Route {
            template: "/cloud/project/{serviceName}/region/{regionName}/storage",
            kind: Kind::Objects,
            view: listed,
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/region/{regionName}/storage/{name}",
            enums: &[
                "encryption.sseAlgorithm",
                "versioning.status",
                "objectLock.status",
                "objectLock.rule.mode",
                "lifecycle.rules.status",
                "replication.rules.status",
                "objects.storageClass",
            ],
            query: &["limit", "marker", "noObjects", "prefix"],
            kind: Kind::One(Batch::Never),
            view: with_objects,
            ..ROUTE
        },
    ],
    generate,
    reference,
};

/// The members that the list does not have.
const SINGLE: &[&str] =
    &["encryption", "lifecycle", "objectLock", "replication", "tags", "versioning"];
const MOST_OBJECTS: usize = 1000;

/// How a bucket is protected: null where nothing is said.
#[derive(Default)]
struct Protection {
    encryption: Value,
    versioning: Value,
    lock: Value,
}

fn reference(account: &mut Account, draw: &mut Draw) {
    let algorithm = |name: &str| json!({ "sseAlgorithm": name });
    let status = |name: &str| json!({ "status": name });
    let protection = |encryption, versioning, lock| Protection { encryption, versioning, lock };
    for_each_project(account, "region", |account, project, _| add_lists(account, project));
    let unset = json!({ "sseAlgorithm": null });
    for (project, region, name, protection) in [
        (
            "prod",
            "GRA11",
            "backups",
            protection(algorithm("AES256"), status("enabled"), lock("compliance", "P30D")),
        ),
        (
            "prod",
            "GRA11",
            "logs",
            protection(algorithm("AES256"), status("suspended"), status("disabled")),
        ),
        ("prod", "GRA11", "scratch", Protection::default()),
        (
            "prod",
            "EU-WEST-PAR",
            "assets",
            protection(algorithm("plaintext"), status("disabled"), Value::Null),
        ),
        (
            "prod",
            "EU-WEST-PAR",
            "archive",
            protection(algorithm("AES256"), status("enabled"), lock("governance", "P1Y")),
        ),
        (
            "staging",
            "GRA11",
            "uploads",
            protection(algorithm("plaintext"), Value::Null, status("disabled")),
        ),
        (
            "staging",
            "EU-WEST-PAR",
            "tests",
            protection(
                unset,
                json!({ "status": null }),
                json!({ "status": "enabled", "rule": null }),
            ),
        ),
        (
            "legacy",
            "GRA11",
            "old-site",
            protection(algorithm("plaintext"), Value::Null, Value::Null),
        ),
    ] {
        let Some(id) = account.project(project) else { continue };
        push(account, &id, (region, name), &protection, draw);
    }
}

fn lock(mode: &str, period: &str) -> Value {
    json!({ "status": "enabled", "rule": { "mode": mode, "period": period } })
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    const STEMS: &[&str] = &["backups", "logs", "assets", "uploads", "archive"];
    for_each_project(account, "region", |account, project, _| {
        add_lists(account, project);
        let regions = region::with_s3_up(account, project);
        for (number, region) in regions.iter().cycle().take(size.buckets).enumerate() {
            let name = format!("{}-{number}-{}", draw.choose(STEMS), draw.hex(6));
            let encryption = draw.choose(&["AES256", "AES256", "plaintext"]);
            let versioning = draw.choose(&["enabled", "disabled", "disabled", "suspended"]);
            let locked = versioning == "enabled" && draw.one_in(2);
            let protection = Protection {
                encryption: json!({ "sseAlgorithm": encryption }),
                versioning: json!({ "status": versioning }),
                lock: if locked { lock("governance", "P30D") } else { Value::Null },
            };
            push(account, project, (region, &name), &protection, draw);
        }
    });
}

fn path(project: &str, region: &str) -> String {
    format!("/cloud/project/{project}/region/{region}/storage")
}

/// A region with S3 has a list, which may be empty.
fn add_lists(account: &mut Account, project: &str) {
    for region in region::with_s3(account, project) {
        account.list_mut(&path(project, &region));
    }
}

fn push(
    account: &mut Account,
    project: &str,
    (region, name): (&str, &str),
    protection: &Protection,
    draw: &mut Draw,
) {
    let users = account.list(&format!("/cloud/project/{project}/user"));
    let owner = users.get(draw.below(users.len())).and_then(|user| user.get("id")).cloned();
    let creation = draw.ago(1, 900);
    let count = draw.below(50_000);
    let host = format!("https://{name}.s3.{}.io.cloud.ovh.net/", region.to_lowercase());
    let lifecycle = if name.starts_with("logs") { lifecycle() } else { Value::Null };
    let is_copied = name.starts_with("archive");
    let replication = if is_copied { replication(draw) } else { Value::Null };
    let tags = if draw.one_in(2) { json!({ "team": "platform" }) } else { Value::Null };
    let bucket = json!({
        "name": name, "region": region, "virtualHost": host, "ownerId": owner.unwrap_or(json!(0)),
        "objectsCount": count, "objectsSize": count * (draw.below(90_000) + 1),
        "createdAt": draw.v1(creation), "encryption": protection.encryption,
        "versioning": protection.versioning, "objectLock": protection.lock,
        "lifecycle": lifecycle, "replication": replication, "tags": tags,
        // The first ones; more would only make the account heavy.
        "objects": objects(draw),
    });
    let bucket = draw.vary_nulls(bucket);
    account.list_mut(&path(project, region)).push(bucket);
}

fn objects(draw: &mut Draw) -> Vec<Value> {
    const CLASSES: &[&str] =
        &["STANDARD", "STANDARD_IA", "HIGH_PERF", "GLACIER_IR", "DEEP_ARCHIVE"];
    let object = |(number, class): (usize, &&str)| {
        let modified = draw.ago(1, 300);
        let object = json!({
            "key": format!("2026/{number:04}.bin"), "size": draw.below(4096),
            "storageClass": class, "etag": draw.hex(32), "lastModified": draw.v1(modified),
            "isLatest": true, "isDeleteMarker": null, "isCommonPrefix": null, "versionId": null,
            "restoreStatus": null,
        });
        draw.vary_nulls(object)
    };
    CLASSES.iter().enumerate().map(object).collect()
}

fn lifecycle() -> Value {
    json!({ "rules": [
        {
            "id": "tidy", "status": "enabled", "filter": { "prefix": "tmp/", "tags": null },
            "expiration": { "days": 30, "date": null, "expiredObjectDeleteMarker": null },
            "abortIncompleteMultipartUpload": { "daysAfterInitiation": 7 },
            "noncurrentVersionExpiration": null, "noncurrentVersionTransitions": null,
            "transitions": null,
        },
        {
            "id": "to-ice", "status": "disabled",
            "transitions": [{ "days": 90, "date": null, "storageClass": "STANDARD_IA" }],
        },
    ] })
}

fn replication(draw: &mut Draw) -> Value {
    let rule = |id: &str, status: &str, name: String| {
        json!({
            "id": id, "status": status, "priority": 1, "deleteMarkerReplication": "disabled",
            "destination": { "name": name, "region": null, "storageClass": "STANDARD" },
            "filter": null,
        })
    };
    let other = format!("replica-{}", draw.hex(6));
    json!({ "rules": [rule("all", "enabled", other.clone()), rule("old", "disabled", other)] })
}

fn listed<'a>(bucket: &'a Value, _: &Context<'a>) -> Cow<'a, Value> {
    let mut listed = bucket.clone();
    if let Some(members) = listed.as_object_mut() {
        members.retain(|name, _| !SINGLE.contains(&name.as_str()));
        members.insert("objects".to_owned(), json!([]));
    }
    Cow::Owned(listed)
}

/// The bucket with those of its objects that the query asks for; a limit that is no number counts
/// as none.
fn with_objects<'a>(bucket: &'a Value, context: &Context<'a>) -> Cow<'a, Value> {
    let query = context.query;
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(MOST_OBJECTS);
    let most = if query.get("noObjects") == Some("true") { 0 } else { limit.min(MOST_OBJECTS) };
    let asked = |object: &&Value| {
        let key = object.get("key").and_then(Value::as_str).unwrap_or_default();
        let begins = query.get("prefix").is_none_or(|prefix| key.starts_with(prefix));
        begins && query.get("marker").is_none_or(|marker| key >= marker)
    };
    let mut shown = bucket.clone();
    if let Some(objects) = shown.get_mut("objects").and_then(Value::as_array_mut) {
        objects.retain(|object| asked(&object));
        objects.truncate(most);
    }
    Cow::Owned(shown)
}
