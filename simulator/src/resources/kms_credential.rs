//! The credentials of a KMS: client certificates, in all states.

use serde_json::{Value, json};

use super::resource::Resource;
use super::{kms, user};
use crate::account::{Account, NICHANDLE, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("okms:apiovh:credential/get"),
    enums: &["status", "certificateType"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "kms_credential",
    routes: &[
        Route { template: "/v2/okms/resource/{okmsId}/credential", kind: Kind::Pages, ..ROUTE },
        Route {
            template: "/v2/okms/resource/{okmsId}/credential/{credentialId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

/// A credential's story, in days before now; a negative expiry is still to come.
struct Story {
    name: &'static str,
    status: &'static str,
    certificate: &'static str,
    expires: i64,
}

impl Story {
    const fn new(name: &'static str, status: &'static str, expires: i64) -> Self {
        Self { name, status, certificate: "ECDSA", expires }
    }
}

fn reference(account: &mut Account, draw: &mut Draw) {
    let stories = [
        Story::new("app", "READY", -165),
        Story::new("ends-soon", "READY", -9),
        // Over by its date, whatever the status says.
        Story::new("late", "READY", 2),
        Story { certificate: "RSA", ..Story::new("old-app", "EXPIRED", 40) },
        Story::new("new-app", "CREATING", -365),
        Story::new("leaving", "DELETING", -80),
        Story { certificate: "RSA", ..Story::new("broken", "ERROR", -300) },
    ];
    // The second service has none.
    let users = user::logins(account);
    if let Some(service) = kms::ids(account).first() {
        fill(account, service, (&stories, &users), draw);
    }
}

fn generate(account: &mut Account, _: &Size, draw: &mut Draw) {
    let stories = [
        Story::new("app", "READY", -200),
        Story::new("ends-soon", "READY", -12),
        Story { certificate: "RSA", ..Story::new("old-app", "EXPIRED", 60) },
    ];
    let users = user::logins(account);
    for service in kms::ids(account) {
        fill(account, &service, (&stories, &users), draw);
    }
}

fn fill(
    account: &mut Account,
    service: &str,
    (stories, users): (&[Story], &[String]),
    draw: &mut Draw,
) {
    let path = format!("{}/{service}/credential", kms::LIST);
    *account.list_mut(&path) = stories.iter().map(|story| object(story, users, draw)).collect();
}

/// A certificate is valid for a year.
fn object(story: &Story, users: &[String], draw: &mut Draw) -> Value {
    let user = users.get(draw.below(users.len()));
    let identity = |user: &String| format!("urn:v1:eu:identity:user:{NICHANDLE}/{user}");
    let identities: Vec<_> = user.map(identity).into_iter().collect();
    let description = draw.one_in(2).then(|| format!("{} of the example", story.name));
    let expiration = draw.days_ago(story.expires);
    let credential = json!({
        "id": draw.uuid(), "name": story.name, "description": description,
        "status": story.status, "certificateType": story.certificate, "certificatePEM": null,
        "fromCSR": draw.one_in(3),
        "identityURNs": identities,
        "createdAt": Draw::v2(draw.days_ago(story.expires + 365)),
        "expiredAt": Draw::v2(expiration),
    });
    draw.vary_nulls(credential)
}
