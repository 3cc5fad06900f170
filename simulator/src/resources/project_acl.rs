//! Other accounts with access to a project.

use serde_json::{Value, json};

use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:acl/get"),
    key: "accountId",
    enums: &["type"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "project_acl",
    routes: &[
        Route {
            template: "/cloud/project/{serviceName}/acl",
            query: &["type"],
            kind: Kind::Ids,
            keep,
            ..ROUTE
        },
        Route {
            template: "/cloud/project/{serviceName}/acl/{accountId}",
            kind: Kind::One(Batch::IfToldSo),
            ..ROUTE
        },
    ],
    generate: |account, size: &Size, draw: &mut Draw| {
        for_each_project(account, "acl", |account, _, path| {
            if size.instances > 0 && draw.one_in(4) {
                push(account, path, "yy2222-ovh", "readOnly");
            }
        });
    },
    reference: |account, _| {
        // `prod` shares with nobody.
        if let Some(id) = account.project("staging") {
            let path = format!("/cloud/project/{id}/acl");
            push(account, &path, "yy2222-ovh", "readOnly");
            push(account, &path, "zz3333-ovh", "readWrite");
        }
    },
};

fn push(account: &mut Account, path: &str, who: &str, access: &str) {
    account.list_mut(path).push(json!({ "accountId": who, "type": access }));
}

fn keep(entry: &Value, query: &Query) -> Result<bool, Refusal> {
    let Some(wanted) = query.get("type") else { return Ok(true) };
    if !["readOnly", "readWrite"].contains(&wanted) {
        return Err(Refusal::bad_parameter());
    }
    Ok(entry.get("type").and_then(Value::as_str) == Some(wanted))
}
