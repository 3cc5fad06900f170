//! The identity provider that people log in by (SAML). An account without one answers 404.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::Account;
use crate::draw::Draw;
use crate::route::Route;

const PATH: &str = "/me/identity/provider";

pub(super) const RESOURCE: Resource = Resource {
    name: "provider",
    routes: &[Route {
        template: PATH,
        action: Some("account:apiovh:me/identity/provider/get"),
        key: "ssoServiceUrl",
        ..Route::GET
    }],
    generate: |account, _, draw| reference(account, draw),
    reference,
};

/// One of its certificates has ended, as after a change of certificates without a cleanup.
fn reference(account: &mut Account, draw: &mut Draw) {
    let creation = draw.ago(800, 1000);
    let update = draw.ago(20, 30);
    let (old, new) = (draw.days_ago(15), draw.days_ago(-700));
    let email = "urn:oid:0.9.2342.19200300.100.1.3";
    let provider = json!({
        "creation": draw.v1(creation), "lastUpdate": draw.v1(update),
        "disableUsers": false, "signRequests": Value::Null,
        "ssoServiceUrl": "https://idp.example.com/saml",
        "userAttributeName": "upn", "groupAttributeName": "groups",
        "idpSigningCertificates": [
            { "subject": "CN=idp.example.com", "expiration": draw.v1(old) },
            { "subject": "CN=idp.example.com,O=Example SAS", "expiration": draw.v1(new) },
        ],
        "extensions": { "requestedAttributes": [
            { "name": email, "isRequired": true, "nameFormat": null, "values": [] },
        ] },
    });
    account.put(PATH, provider);
}
