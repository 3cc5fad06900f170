//! API applications, each with its key; the first is the simulator's own.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, Size};
use crate::auth::{APPLICATION_ID, APPLICATION_KEY};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

pub(super) const LIST: &str = "/me/api/application";

const ROUTE: Route = Route {
    action: Some("account:apiovh:me/api/application/get"),
    key: "applicationId",
    enums: &["status"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "application",
    routes: &[
        Route { template: LIST, kind: Kind::Ids, ..ROUTE },
        Route {
            template: "/me/api/application/{applicationId}",
            kind: Kind::One(Batch::Usual),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

fn reference(account: &mut Account, draw: &mut Draw) {
    for (name, status) in [
        ("exporter", "active"),
        ("terraform", "active"),
        ("old-backup", "inactive"),
        ("leaked", "blocked"),
        ("partner", "trusted"),
    ] {
        push(account, name, status, draw);
    }
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    push(account, "exporter", "active", draw);
    for number in 1..size.applications {
        let stem = draw.choose(&["terraform", "backup", "billing", "dns", "deploy", "webhook"]);
        let status = match number % 8 {
            3 => "inactive",
            5 => "blocked",
            7 => "trusted",
            _ => "active",
        };
        push(account, &format!("{stem}-{number}"), status, draw);
    }
}

fn push(account: &mut Account, name: &str, status: &str, draw: &mut Draw) {
    let list = account.list_mut(LIST);
    let is_own = list.is_empty();
    let key = if is_own { APPLICATION_KEY.to_owned() } else { draw.hex(16) };
    list.push(json!({
        "applicationId": APPLICATION_ID + list.len() as u64, "applicationKey": key,
        "name": name, "description": format!("{name} of the example"), "status": status,
    }));
}

/// The identifiers of all applications.
pub(super) fn ids(account: &Account) -> Vec<u64> {
    let id = |application: &Value| application.get("applicationId")?.as_u64();
    account.list(LIST).iter().filter_map(id).collect()
}
