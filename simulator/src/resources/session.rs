//! The session: server time, who calls, and with which credential.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::refusal::Refusal;
use crate::route::{Call, Kind, Route};

pub(super) const RESOURCE: Resource = Resource {
    name: "session",
    routes: &[
        Route { template: "/auth/time", kind: Kind::Open(time), ..Route::GET },
        Route {
            template: "/auth/details",
            key: "account",
            enums: &["method"],
            kind: Kind::Made(|call| Ok(call.caller.details())),
            ..Route::GET
        },
        Route {
            template: "/auth/currentCredential",
            key: "credentialId",
            enums: &["status"],
            kind: Kind::Made(current),
            ..Route::GET
        },
    ],
    ..Resource::VIEW
};

#[expect(clippy::unnecessary_wraps, reason = "the answers of other routes can be refusals")]
fn time(call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(json!(call.server_time))
}

/// OVHcloud's answer to callers without a consumer key is unverified.
fn current(call: &Call<'_>) -> Result<Value, Refusal> {
    let credential = call.caller.credential.clone();
    credential.ok_or_else(|| Refusal::service(403, "Client::Forbidden", "No credential in use"))
}
