//! The subscriptions that forward the logs of key management services.

use serde_json::{Value, json};

use super::kms;
use super::resource::Resource;
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route =
    Route { action: Some("okms:apiovh:log/subscription/get"), key: "subscriptionId", ..Route::GET };

pub(super) const RESOURCE: Resource = Resource {
    name: "kms_log_subscription",
    routes: &[
        Route {
            template: "/v2/okms/resource/{okmsId}/log/subscription",
            query: &["kind"],
            kind: Kind::Pages,
            keep,
            ..ROUTE
        },
        Route {
            template: "/v2/okms/resource/{okmsId}/log/subscription/{subscriptionId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate: |account, _: &Size, draw| fill(account, draw),
    reference: fill,
};

/// The first service forwards its logs, the others do not.
fn fill(account: &mut Account, draw: &mut Draw) {
    let Some(service) = kms::ids(account).into_iter().next() else { return };
    let created = draw.ago(100, 600);
    let subscription = json!({
        "subscriptionId": draw.uuid(), "kind": "default", "serviceName": "ldp-xx-00000",
        "streamId": draw.uuid(), "resource": { "name": service, "type": "okms" },
        "createdAt": Draw::v2(created), "updatedAt": Draw::v2(created + 86_400),
    });
    account.list_mut(&format!("{}/{service}/log/subscription", kms::LIST)).push(subscription);
}

#[expect(clippy::unnecessary_wraps, reason = "other routes refuse some queries")]
fn keep(subscription: &Value, query: &Query) -> Result<bool, Refusal> {
    let kind = subscription.get("kind").and_then(Value::as_str);
    Ok(query.get("kind").is_none_or(|wanted| kind == Some(wanted)))
}
