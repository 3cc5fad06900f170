//! Key management services (KMS).

use std::borrow::Cow;

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Context, Kind, Route};
use crate::urn::urn;

pub(super) const LIST: &str = "/v2/okms/resource";

// The list's `iamTags` is left out: how it is encoded is unverified.
const ROUTE: Route =
    Route { action: Some("okms:apiovh:resource/get"), enums: &["region"], view, ..Route::GET };

pub(super) const RESOURCE: Resource = Resource {
    name: "kms",
    routes: &[
        Route { template: LIST, kind: Kind::Pages, ..ROUTE },
        Route {
            template: "/v2/okms/resource/{okmsId}",
            query: &["publicCA"],
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

/// Made by openssl; its key was thrown away.
const PUBLIC_CA: &str = "-----BEGIN CERTIFICATE-----
MIIBjjCCATOgAwIBAgIUIAPIgVkhLPPO9BqaX6fqs81idSkwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQU2ltdWxhdGVkIEtNUyBDQTAgFw0yNjExMjEwNTE5MTlaGA8y
MTI2MTAyODA1MTkxOVowGzEZMBcGA1UEAwwQU2ltdWxhdGVkIEtNUyBDQTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABGw6IW5gl+1m7y9YakpunUZGn8RCL9SBlLOA
VsnBQdmCTyeC1r5vQmdklCAcqiEn20BhDW7P6V9z7VI/7LdZECWjUzBRMB0GA1Ud
DgQWBBQ8mYWf475bAxSY0HI6ICUzsdictTAfBgNVHSMEGDAWgBQ8mYWf475bAxSY
0HI6ICUzsdictTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQD8
5UOitu3TRqCzLo3w6s81vV5CTrXIzgHwslZVXzu2XAIhAJfU05Xhs7ukTAkl7oj3
SOSOULaAGHhLn0ZSlS8BcfLx
-----END CERTIFICATE-----
";

fn reference(account: &mut Account, draw: &mut Draw) {
    push(account, "eu-west-rbx", Some("prod"), draw);
    push(account, "ca-east-bhs", None, draw);
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    for number in 0..size.kms {
        let region = draw.choose(&["eu-west-rbx", "eu-west-sbg", "eu-west-par", "ca-east-bhs"]);
        push(account, region, Some(&format!("kms-{number}")), draw);
    }
}

/// Without a name it is one that IAM does not know of.
fn push(account: &mut Account, region: &str, name: Option<&str>, draw: &mut Draw) {
    let id = draw.uuid();
    let iam = name.map(|name| {
        json!({
            "id": id, "urn": urn("okms", &id), "displayName": name, "state": "OK",
            "tags": { "env": name },
        })
    });
    let secrets = draw.below(20);
    let service = json!({
        "id": id, "region": region, "iam": iam,
        "restEndpoint": format!("https://{region}.okms.ovh.net"),
        "kmipEndpoint": format!("{region}.okms.ovh.net:5696"), "kmipRsaEndpoint": null,
        "swaggerEndpoint": format!("https://swagger-{region}.okms.ovh.net"),
        "publicCA": PUBLIC_CA, "publicRsaCA": null, "serviceKeyCount": 0,
        "kmipObjectCount": draw.below(10), "secretCount": secrets,
        "secretVersionCount": secrets * 2,
    });
    let service = draw.vary_nulls(service);
    account.list_mut(LIST).push(service);
}

/// The identifiers of all services.
pub(super) fn ids(account: &Account) -> Vec<String> {
    let id = |service: &Value| service.get("id")?.as_str().map(str::to_owned);
    account.list(LIST).iter().filter_map(id).collect()
}

/// Only `publicCA=true`, which the list does not know, shows the certificates.
fn view<'a>(service: &'a Value, context: &Context<'a>) -> Cow<'a, Value> {
    if context.query.get("publicCA") == Some("true") {
        return Cow::Borrowed(service);
    }
    let mut service = service.clone();
    for name in ["publicCA", "publicRsaCA"] {
        if let Some(certificate) = service.get_mut(name) {
            *certificate = Value::Null;
        }
    }
    Cow::Owned(service)
}
