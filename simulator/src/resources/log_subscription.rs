//! Where the account's logs are sent to: the log of IAM's decisions, the audit log, and the log of
//! API calls. Which kinds of entries a log has is unverified: `audit` is the one that matters, `default`
//! the one that OVHcloud's schema names.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, NICHANDLE, Size};
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Batch, Kind, Route};

const IAM: &str = "/v2/iam/log/subscription";
const AUDIT: &str = "/me/logs/audit/log/subscription";
const API: &str = "/me/api/log/subscription";

const ROUTE: Route = Route { key: "subscriptionId", ..Route::GET };
const OF_IAM: Route = Route { action: Some("account:apiovh:iam/log/subscription/get"), ..ROUTE };
const OF_AUDIT: Route =
    Route { action: Some("account:apiovh:me/logs/audit/log/subscription/get"), ..ROUTE };
const OF_API: Route = Route { action: Some("account:apiovh:me/api/log/subscription/get"), ..ROUTE };

pub(super) const RESOURCE: Resource = Resource {
    name: "log_subscription",
    routes: &[
        Route { template: IAM, query: &["kind"], kind: Kind::PagedIds, keep, ..OF_IAM },
        Route {
            template: "/v2/iam/log/subscription/{subscriptionId}",
            kind: Kind::One(Batch::Never),
            ..OF_IAM
        },
        Route { template: AUDIT, query: &["kind"], kind: Kind::Ids, keep, ..OF_AUDIT },
        Route {
            template: "/me/logs/audit/log/subscription/{subscriptionId}",
            kind: Kind::One(Batch::Usual),
            ..OF_AUDIT
        },
        Route { template: API, query: &["kind"], kind: Kind::Ids, keep, ..OF_API },
        Route {
            template: "/me/api/log/subscription/{subscriptionId}",
            kind: Kind::One(Batch::Usual),
            ..OF_API
        },
    ],
    generate: |account, _: &Size, draw| push(account, IAM, "audit", draw),
    reference: |account, draw| {
        push(account, IAM, "audit", draw);
        push(account, IAM, "default", draw);
        push(account, AUDIT, "audit", draw);
        // The log of API calls is not forwarded.
    },
};

fn push(account: &mut Account, list: &str, kind: &str, draw: &mut Draw) {
    let created = draw.ago(100, 600);
    account.list_mut(list).push(json!({
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
