//! The S3 policies of a project's OpenStack users, each a text with JSON.

use serde_json::{Value, json};

use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size, text};
use crate::route::Route;

pub(super) const RESOURCE: Resource = Resource {
    name: "s3_policy",
    routes: &[Route {
        template: "/cloud/project/{serviceName}/user/{userId}/policy",
        action: Some("publicCloudProject:apiovh:user/policy/get"),
        key: "policy",
        ..Route::GET
    }],
    generate: |account, _: &Size, _| fill(account),
    reference: |account, _| fill(account),
};

/// Every third user may do everything, every third reads a bucket, and every third has no policy:
/// what OVHcloud answers then is unverified.
fn fill(account: &mut Account) {
    for_each_project(account, "user", |account, project, users| {
        let id = |user: &Value| Some(text(user.get("id")?).into_owned());
        let users: Vec<_> = account.list(users).iter().filter_map(id).collect();
        for (number, user) in users.iter().enumerate() {
            let (action, resource) = match number % 3 {
                0 => ("s3:GetObject", "arn:aws:s3:::assets/*"),
                1 => ("s3:*", "arn:aws:s3:::*"),
                _ => continue,
            };
            let statement = json!({
                "Sid": "AllowSome", "Effect": "Allow", "Action": [action], "Resource": [resource],
            });
            let policy = json!({ "Statement": [statement] }).to_string();
            let path = format!("/cloud/project/{project}/user/{user}/policy");
            account.put(&path, json!({ "policy": policy }));
        }
    });
}
