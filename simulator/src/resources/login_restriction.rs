//! The restrictions of the account's own login: addresses, the rule for all others, and whether
//! development versions of the control panel are let in.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const LIST: &str = "/me/accessRestriction/ip";
const DEFAULT_RULE: &str = "/me/accessRestriction/ipDefaultRule";
const DEVELOPER_MODE: &str = "/me/accessRestriction/developerMode";

const ROUTE: Route = Route {
    action: Some("account:apiovh:me/accessRestriction/ip/get"),
    enums: &["rule"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "login_restriction",
    routes: &[
        Route { template: LIST, kind: Kind::Ids, ..ROUTE },
        Route { template: "/me/accessRestriction/ip/{id}", kind: Kind::One(Batch::Usual), ..ROUTE },
        Route {
            template: DEFAULT_RULE,
            action: Some("account:apiovh:me/accessRestriction/ipDefaultRule/get"),
            key: "rule",
            enums: &["rule"],
            ..Route::GET
        },
        Route {
            template: DEVELOPER_MODE,
            action: Some("account:apiovh:me/accessRestriction/developerMode/get"),
            key: "enabled",
            ..Route::GET
        },
    ],
    generate,
    reference,
};

/// Any account has the two documents: these are those of one in which nothing was ever set.
pub(crate) fn put_unrestricted(account: &mut Account) {
    put(account, "accept", false, false);
}

fn put(account: &mut Account, rule: &str, warning: bool, developer_mode: bool) {
    account.put(DEFAULT_RULE, json!({ "rule": rule, "warning": warning }));
    account.put(DEVELOPER_MODE, json!({ "enabled": developer_mode }));
}

fn reference(account: &mut Account, _: &mut Draw) {
    *account.list_mut(LIST) = vec![
        object(301, "192.0.2.0/24", "accept", true),
        object(302, "2001:db8::/32", "accept", false),
        object(303, "198.51.100.7/32", "deny", true),
    ];
    put(account, "deny", true, true);
}

fn generate(account: &mut Account, _: &Size, _: &mut Draw) {
    account.list_mut(LIST).push(object(301, "192.0.2.0/24", "accept", true));
}

fn object(id: u64, block: &str, rule: &str, warning: bool) -> Value {
    json!({ "id": id, "ip": block, "rule": rule, "warning": warning })
}
