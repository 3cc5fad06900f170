//! Resources of projects and of key management services.

use serde_json::{Value, json};

use super::copy::{copy, next};
use crate::account::Account;
use crate::draw::Draw;

pub(super) fn add(account: &mut Account, draw: &mut Draw) {
    if let Some(id) = account.project("prod") {
        limited_user(account, &id, draw);
        database_without_tls(account, &id, draw);
    }
    if let Some(id) = account.project("staging") {
        instances(account, &id, draw);
        public_snapshot(account, &id, draw);
        let key = json!({ "id": "c3BhcmUgImJsdWUi", "name": "spare \"blue\"" });
        copy(account, &format!("/cloud/project/{id}/sshkey"), ("name", "ci"), &key);
    }
    weak_key(account, draw);
    if let Some(id) = account.project("prod") {
        instance_without_key(account, &id, draw);
        access_keys(account, &id, draw);
    }
}

/// A user without the role of an administrator.
fn limited_user(account: &mut Account, project: &str, draw: &mut Draw) {
    let path = format!("/cloud/project/{project}/user");
    let created = draw.days_ago(3);
    let changes = json!({
        "id": next(account, &path, "id") + 1000, "username": format!("user-{}", draw.hex(12)),
        "openstackId": draw.hex(32), "creationDate": draw.v1(created),
        "roles": [{
            "id": "0cf1a1f4ee8f4b1ca9a6f1a4b7b2e0c5", "name": "compute_operator",
            "description": "Compute Operator", "permissions": ["compute"],
        }],
    });
    copy(account, &path, ("status", "ok"), &changes);
}

fn database_without_tls(account: &mut Account, project: &str, draw: &mut Draw) {
    let path = format!("/cloud/project/{project}/database/service");
    let id = draw.uuid();
    let endpoint = json!({
        "component": "redis", "domain": "redis-plain.database.cloud.ovh.net", "port": 20184,
        "path": null, "scheme": "redis", "ssl": false, "sslMode": null, "uri": null,
    });
    let changes = json!({
        "id": id, "description": "plain \"cache\"", "endpoints": [endpoint],
        "deletionProtection": true,
    });
    copy(account, &path, ("description", "sessions"), &changes);
}

/// One without a key and a public address, and one whose key the project no longer has.
fn instances(account: &mut Account, project: &str, draw: &mut Draw) {
    let private = json!([{
        "ip": "10.0.0.77", "type": "private", "version": 4, "networkId": draw.uuid(),
        "gatewayIp": null,
    }]);
    for (name, key, image) in [
        ("win-1", Value::Null, "Windows Server 2012 R2 Standard (Desktop)"),
        ("left-1", json!("bm8tbG9uZ2Vy"), "Debian 9"),
    ] {
        let (id, image_id) = (draw.uuid(), draw.uuid());
        let mut changes = json!({ "id": id, "name": name, "sshKeyId": key, "imageId": image_id });
        if let Some(members) = changes.as_object_mut()
            && key.is_null()
        {
            members.insert("ipAddresses".to_owned(), private.clone());
        }
        copy(account, &format!("/cloud/project/{project}/instance"), ("name", "web-1"), &changes);
        let kind = if image.starts_with("Windows") { "windows" } else { "linux" };
        let changes = json!({ "id": image_id, "name": image, "type": kind });
        let images = format!("/cloud/project/{project}/image");
        copy(account, &images, ("visibility", "public"), &changes);
    }
}

/// One in a region without a cluster, so that it is no node.
fn instance_without_key(account: &mut Account, project: &str, draw: &mut Draw) {
    let (id, image) = (draw.uuid(), draw.uuid());
    let changes = json!({ "id": id, "name": "db-2", "sshKeyId": null, "imageId": image });
    copy(account, &format!("/cloud/project/{project}/instance"), ("name", "db-1"), &changes);
    let changes =
        json!({ "id": image, "name": "Debian 12", "region": "EU-WEST-PAR", "type": "linux" });
    copy(account, &format!("/cloud/project/{project}/image"), ("visibility", "public"), &changes);
}

/// Three S3 access keys of the project's last user.
fn access_keys(account: &mut Account, project: &str, draw: &mut Draw) {
    let user = account.list(&format!("/cloud/project/{project}/user")).last();
    let Some(user) = user.and_then(|user| user.get("id")).map(ToString::to_string) else { return };
    let key = |_| json!({ "access": draw.hex(32), "tenantId": project, "userId": user });
    let keys = (0..3).map(key).collect();
    *account.list_mut(&format!("/cloud/project/{project}/user/{user}/s3Credentials")) = keys;
}

fn public_snapshot(account: &mut Account, project: &str, draw: &mut Draw) {
    let changes = json!({ "id": draw.uuid(), "name": "given \"away\"", "visibility": "public" });
    copy(account, &format!("/cloud/project/{project}/snapshot"), ("status", "active"), &changes);
}

/// An RSA key in use that is short.
fn weak_key(account: &mut Account, draw: &mut Draw) {
    let service = account.list("/v2/okms/resource").first();
    let Some(service) = service.and_then(|one| one.get("id")?.as_str()).map(str::to_owned) else {
        return;
    };
    let path = format!("/v2/okms/resource/{service}/serviceKey");
    let created = draw.days_ago(800);
    let changes = json!({
        "id": draw.uuid(), "name": "weak \"rsa\"", "size": 2048, "createdAt": Draw::v2(created),
    });
    copy(account, &path, ("name", "release"), &changes);
    let count = account.list(&path).len();
    let found = account.find_mut("/v2/okms/resource", "id", &json!(service));
    if let Some(members) = found.and_then(Value::as_object_mut) {
        members.insert("serviceKeyCount".to_owned(), json!(count));
    }
}
