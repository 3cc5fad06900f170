//! The S3 access keys of a project's OpenStack users. The secret halves are shown nowhere.

use serde_json::{Value, json};

use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size, text};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:user/s3Credentials/get"),
    key: "access",
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "s3_credential",
    routes: &[
        Route {
            template: "/cloud/project/{serviceName}/user/{userId}/s3Credentials",
            kind: Kind::Objects,
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/user/{userId}/s3Credentials/{access}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate: |account, _: &Size, draw| fill(account, draw),
    reference: fill,
};

/// None, one or two for each user.
fn fill(account: &mut Account, draw: &mut Draw) {
    for_each_project(account, "user", |account, project, users| {
        let id = |user: &Value| Some(text(user.get("id")?).into_owned());
        let users: Vec<_> = account.list(users).iter().filter_map(id).collect();
        for (number, user) in users.iter().enumerate() {
            let credential = |_| {
                json!({
                    "access": draw.hex(32), "tenantId": project, "userId": user,
                })
            };
            let credentials = (0..number % 3).map(credential).collect();
            let path = format!("/cloud/project/{project}/user/{user}/s3Credentials");
            *account.list_mut(&path) = credentials;
        }
    });
}
