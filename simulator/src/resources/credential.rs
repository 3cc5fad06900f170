//! Credentials, that is consumer keys: used, stale, never used, restricted or all-powerful. The
//! first is the simulator's own.

use serde_json::{Value, json};

use super::application;
use super::resource::Resource;
use crate::account::{Account, Size, text};
use crate::auth::{APPLICATION_ID, CREDENTIAL_ID};
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Batch, Kind, Route};

const LIST: &str = "/me/api/credential";
const STATUSES: &[&str] = &["expired", "pendingValidation", "refused", "validated"];

const ROUTE: Route = Route {
    action: Some("account:apiovh:me/api/credential/get"),
    key: "credentialId",
    enums: &["status"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "credential",
    routes: &[
        Route {
            template: LIST,
            query: &["applicationId", "status"],
            kind: Kind::Ids,
            keep,
            ..ROUTE
        },
        Route {
            template: "/me/api/credential/{credentialId}",
            kind: Kind::One(Batch::Usual),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

const READ: &[(&str, &str)] = &[("GET", "/*")];
const WRITE: &[(&str, &str)] =
    &[("GET", "/*"), ("POST", "/*"), ("PUT", "/*"), ("DELETE", "/*"), ("PATCH", "/*")];
const DNS: &[(&str, &str)] = &[("GET", "/domain/zone/*"), ("POST", "/domain/zone/*")];

/// A credential's story, in days before now.
struct Story {
    status: &'static str,
    created: i64,
    used: Option<i64>,
    /// Negative: still to come.
    expires: Option<i64>,
    rules: &'static [(&'static str, &'static str)],
}

impl Story {
    const USED: Self =
        Self { status: "validated", created: 400, used: Some(1), expires: None, rules: READ };
    const STALE: Self = Self { used: Some(120), ..Self::USED };
    const FORGOTTEN: Self = Self { created: 900, used: Some(420), rules: WRITE, ..Self::USED };
    const NEVER_USED: Self = Self { created: 60, used: None, ..Self::USED };
    const YOUNG: Self = Self { created: 3, used: None, rules: DNS, ..Self::USED };
    const LIMITED: Self = Self { created: 50, expires: Some(-20), rules: DNS, ..Self::USED };
    const EXPIRED: Self =
        Self { status: "expired", used: Some(40), expires: Some(35), ..Self::USED };
    const PENDING: Self =
        Self { status: "pendingValidation", created: 1, used: None, ..Self::USED };
    const REFUSED: Self = Self { status: "refused", created: 200, used: None, ..Self::USED };
}

fn reference(account: &mut Account, draw: &mut Draw) {
    let stories = [
        Story::USED,
        Story { rules: WRITE, ..Story::USED },
        Story::STALE,
        Story::FORGOTTEN,
        Story::NEVER_USED,
        Story::YOUNG,
        Story::LIMITED,
        Story::EXPIRED,
        Story::PENDING,
        Story::REFUSED,
    ];
    fill(account, stories, draw);
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    let stories = (0..size.credentials.max(1)).map(|number| match number % 20 {
        4 | 14 => Story::STALE,
        6 => Story::FORGOTTEN,
        8 => Story::NEVER_USED,
        10 => Story::YOUNG,
        12 => Story::LIMITED,
        16 => Story::EXPIRED,
        18 => Story::PENDING,
        19 => Story::REFUSED,
        _ => Story::USED,
    });
    fill(account, stories, draw);
}

fn fill(account: &mut Account, stories: impl IntoIterator<Item = Story>, draw: &mut Draw) {
    let applications = application::ids(account);
    for (number, story) in (0_u64..).zip(stories) {
        let application = if number == 0 { APPLICATION_ID } else { draw.choose(&applications) };
        let credential = object(&story, CREDENTIAL_ID + number, application, draw);
        account.list_mut(LIST).push(credential);
    }
}

fn object(story: &Story, id: u64, application: u64, draw: &mut Draw) -> Value {
    let is_own = id == CREDENTIAL_ID;
    let creation = draw.days_ago(story.created);
    let last_use = story.used.map(|days| draw.days_ago(days));
    let expiration = story.expires.map(|days| draw.days_ago(days));
    let rule = |&(method, path): &(&str, &str)| json!({ "method": method, "path": path });
    let blocks = if !is_own && draw.one_in(3) { json!(["192.0.2.0/24"]) } else { Value::Null };
    let credential = json!({
        "credentialId": id, "applicationId": application, "status": story.status,
        "creation": draw.v1(creation),
        "expiration": expiration.map(|second| draw.v1(second)),
        "lastUse": last_use.map(|second| draw.v1(second)),
        "ovhSupport": !is_own && draw.one_in(12), "allowedIPs": blocks,
        "rules": story.rules.iter().map(rule).collect::<Vec<_>>(),
    });
    draw.vary_nulls(credential)
}

fn keep(credential: &Value, query: &Query) -> Result<bool, Refusal> {
    let is = |member: &str, wanted: &str| {
        credential.get(member).is_some_and(|value| text(value) == wanted)
    };
    if let Some(status) = query.get("status")
        && !STATUSES.contains(&status)
    {
        return Err(Refusal::bad_parameter());
    }
    let mut wanted = ["applicationId", "status"].into_iter();
    Ok(wanted.all(|member| query.get(member).is_none_or(|value| is(member, value))))
}
