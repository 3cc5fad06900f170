//! Clients of `OAuth2`: service accounts, and applications that act for a person. The first is the
//! simulator's own.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, NICHANDLE};
use crate::auth::{CLIENT_ID, client_urn};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const LIST: &str = "/me/api/oauth2/client";

const ROUTE: Route = Route {
    action: Some("account:apiovh:me/api/oauth2/client/get"),
    key: "clientId",
    enums: &["flow"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "oauth2_client",
    routes: &[
        Route { template: LIST, kind: Kind::Ids, ..ROUTE },
        Route {
            template: "/me/api/oauth2/client/{clientId}",
            kind: Kind::One(Batch::Usual),
            ..ROUTE
        },
    ],
    generate: |account, _, draw| reference(account, draw),
    reference,
};

fn reference(account: &mut Account, draw: &mut Draw) {
    for (name, flow) in [
        ("exporter", "CLIENT_CREDENTIALS"),
        ("ci", "CLIENT_CREDENTIALS"),
        ("portal", "AUTHORIZATION_CODE"),
    ] {
        let client = object(name, flow, account.list(LIST).is_empty(), draw);
        account.list_mut(LIST).push(client);
    }
}

fn object(name: &str, flow: &str, is_own: bool, draw: &mut Draw) -> Value {
    let created = draw.ago(30, 500);
    let id = if is_own { CLIENT_ID.to_owned() } else { format!("EU.{}", draw.hex(16)) };
    let urn = format!("urn:v1:eu:identity:credential:{NICHANDLE}/oauth2-{id}");
    let is_account = flow == "CLIENT_CREDENTIALS";
    let client = json!({
        "clientId": id, "name": name, "description": format!("{name} of the example"),
        "flow": flow,
        "callbackUrls": if is_account { json!([]) } else { json!(["https://example.com/back"]) },
        "identity": if is_own { json!(client_urn()) } else if is_account { json!(urn) } else { Value::Null },
        "createdAt": draw.v1(created),
    });
    draw.vary_nulls(client)
}
