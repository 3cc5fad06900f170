//! Where the account's logs are sent to. Which kinds of logs there are is unverified: `audit` is
//! the one that matters, `default` the one that OVHcloud's schema names.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, NICHANDLE, Size};
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Batch, Kind, Route};

const LIST: &str = "/v2/iam/log/subscription";

const ROUTE: Route = Route {
    action: Some("account:apiovh:iam/log/subscription/get"),
    key: "subscriptionId",
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "log_subscription",
    routes: &[
        Route { template: LIST, query: &["kind"], kind: Kind::PagedIds, keep, ..ROUTE },
        Route {
            template: "/v2/iam/log/subscription/{subscriptionId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate: |account, _: &Size, draw| push(account, "audit", draw),
    reference: |account, draw| {
        push(account, "audit", draw);
        push(account, "default", draw);
    },
};

fn push(account: &mut Account, kind: &str, draw: &mut Draw) {
    let created = draw.ago(100, 600);
    account.list_mut(LIST).push(json!({
        "subscriptionId": draw.uuid(), "kind": kind, "serviceName": "ldp-xx-00000",
        "streamId": draw.uuid(), "resource": { "name": NICHANDLE, "type": "account" },
        "createdAt": Draw::v2(created), "updatedAt": Draw::v2(created + 86_400),
    }));
}

#[expect(clippy::unnecessary_wraps, reason = "other routes refuse some queries")]
fn keep(subscription: &Value, query: &Query) -> Result<bool, Refusal> {
    let kind = subscription.get("kind").and_then(Value::as_str);
    Ok(query.get("kind").is_none_or(|wanted| kind == Some(wanted)))
}
