//! The keys of a KMS, in all states. Their material is not served.

use serde_json::{Value, json};

use super::kms;
use super::resource::Resource;
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

// Two queries are left out: the list's `iamTags`, whose encoding is unverified, and `format`, which
// asks for the material of a key.
const ROUTE: Route = Route {
    action: Some("okms:apiovh:serviceKey/get"),
    enums: &["state", "type", "curve"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "kms_key",
    routes: &[
        Route { template: "/v2/okms/resource/{okmsId}/serviceKey", kind: Kind::Pages, ..ROUTE },
        Route {
            template: "/v2/okms/resource/{okmsId}/serviceKey/{keyId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

/// Type, size, curve, operations.
type Sort = (&'static str, u64, Option<&'static str>, &'static [&'static str]);

const ENCRYPT: &[&str] = &["encrypt", "decrypt"];
const WRAP: &[&str] = &["wrapKey", "unwrapKey"];
const SIGN: &[&str] = &["sign", "verify"];

const AES_128: Sort = ("oct", 128, None, ENCRYPT);
const AES_192: Sort = ("oct", 192, None, ENCRYPT);
const AES_256: Sort = ("oct", 256, None, ENCRYPT);
const AES_256_WRAP: Sort = ("oct", 256, None, WRAP);
const P_256: Sort = ("EC", 256, Some("P-256"), SIGN);
const P_384: Sort = ("EC", 384, Some("P-384"), SIGN);
const P_521: Sort = ("EC", 521, Some("P-521"), SIGN);
const RSA_2048: Sort = ("RSA", 2048, None, SIGN);
const RSA_3072: Sort = ("RSA", 3072, None, SIGN);
const RSA_4096: Sort = ("RSA", 4096, None, SIGN);

/// `ALL`, which the schema has among the states, is a word of filters by its look: no key is in it.
fn reference(account: &mut Account, draw: &mut Draw) {
    let rich = [
        ("disk", "ACTIVE", AES_256),
        ("wrapping", "ACTIVE", AES_256_WRAP),
        ("tokens", "ACTIVE", P_256),
        ("release", "ACTIVE", RSA_4096),
        ("code", "ACTIVE", RSA_3072),
        ("next", "PRE_ACTIVE", P_521),
        ("old-disk", "DEACTIVATED", AES_128),
        ("leaked", "COMPROMISED", RSA_2048),
        ("gone", "DESTROYED", AES_192),
        ("leaked-and-gone", "DESTROYED_COMPROMISED", P_384),
    ];
    let poor = [("backup", "ACTIVE", AES_256)];
    for (service, keys) in kms::ids(account).iter().zip([&rich[..], &poor]) {
        fill(account, service, keys, draw);
    }
    count(account);
}

fn generate(account: &mut Account, _: &Size, draw: &mut Draw) {
    let keys = [
        ("disk", "ACTIVE", AES_256),
        ("wrapping", "ACTIVE", AES_256_WRAP),
        ("tokens", "ACTIVE", P_256),
        ("release", "ACTIVE", RSA_4096),
        ("old-disk", "DEACTIVATED", AES_256),
    ];
    for service in kms::ids(account) {
        fill(account, &service, &keys, draw);
    }
    count(account);
}

fn fill(account: &mut Account, service: &str, keys: &[(&str, &str, Sort)], draw: &mut Draw) {
    *account.list_mut(&path(service)) = keys.iter().map(|key| object(*key, draw)).collect();
}

/// Writes the number of keys into each service; that destroyed ones count is unverified.
fn count(account: &mut Account) {
    let counts: Vec<_> =
        kms::ids(account).iter().map(|service| account.list(&path(service)).len()).collect();
    let services = account.list_mut(kms::LIST).iter_mut().filter_map(Value::as_object_mut);
    for (service, count) in services.zip(counts) {
        service.insert("serviceKeyCount".to_owned(), json!(count));
    }
}

fn path(service: &str) -> String {
    format!("{}/{service}/serviceKey", kms::LIST)
}

fn object((name, state, sort): (&str, &str, Sort), draw: &mut Draw) -> Value {
    let (kind, size, curve, operations) = sort;
    let created = draw.ago(30, 600);
    let key = json!({
        "id": draw.uuid(), "name": name, "type": kind, "size": size, "curve": curve,
        "operations": operations, "state": state, "createdAt": Draw::v2(created), "keys": null,
        "keysPEM": null, "iam": null,
    });
    draw.vary_nulls(key)
}
