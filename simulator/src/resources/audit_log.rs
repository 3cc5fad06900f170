//! The account's audit log: logins of all kinds of identities with all second factors, and an event
//! of each other type. How far back OVHcloud's goes is unverified.

use serde_json::{Map, Value, json};

use super::resource::Resource;
use super::user;
use crate::account::{Account, NICHANDLE, Size};
use crate::draw::Draw;
use crate::route::{Kind, Route};

const LIST: &str = "/me/logs/audit";

pub(super) const RESOURCE: Resource = Resource {
    name: "audit_log",
    routes: &[Route {
        template: LIST,
        action: Some("account:apiovh:me/logs/audit/get"),
        // An event has no identifier.
        key: "type",
        enums: &["type", "authDetails.userDetails.type", "loginSuccessDetails.mfaType"],
        kind: Kind::Objects,
        ..Route::GET
    }],
    generate: |account, _: &Size, draw| {
        for login in user::logins(account) {
            let factor = draw.choose(&["TOTP", "TOTP", "U2F", "NONE"]);
            push_login(account, ("USER", Some(&login), factor), 20, draw);
        }
    },
    reference,
};

/// The types of events beside logins, and the member with their details.
const OTHERS: &[(&str, &str)] = &[
    ("ACCOUNT_PASSWORD_CHANGED", ""),
    ("GROUP_CREATED", "groupCreatedDetails"),
    ("GROUP_DELETED", "groupDeletedDetails"),
    ("GROUP_MODIFIED", "groupModifiedDetails"),
    ("POLICY_CREATED", "policyCreatedDetails"),
    ("POLICY_DELETED", "policyDeletedDetails"),
    ("POLICY_MODIFIED", "policyModifiedDetails"),
    ("PROVIDER_CREATED", "providerCreatedDetails"),
    ("PROVIDER_DELETED", "providerDeletedDetails"),
    ("PROVIDER_MODIFIED", "providerModifiedDetails"),
    ("RESOURCE_GROUP_CREATED", "resourceGroupCreatedDetails"),
    ("RESOURCE_GROUP_DELETED", "resourceGroupDeletedDetails"),
    ("RESOURCE_GROUP_MODIFIED", "resourceGroupModifiedDetails"),
    ("TOKEN_CREATED", "tokenCreatedDetails"),
    ("TOKEN_DELETED", "tokenDeletedDetails"),
    ("TOKEN_MODIFIED", "tokenModifiedDetails"),
    ("USER_CREATED", "userCreatedDetails"),
    ("USER_DELETED", "userDeletedDetails"),
    ("USER_MODIFIED", "userModifiedDetails"),
    ("USER_PASSWORD_CHANGED", "userPasswordChangedDetails"),
];

fn reference(account: &mut Account, draw: &mut Draw) {
    let full = format!("{NICHANDLE}/alice");
    for (days, identity) in [
        (1, ("USER", Some("alice"), "U2F")),
        // A user is written in two ways.
        (2, ("USER", Some(full.as_str()), "TOTP")),
        (3, ("USER", Some("bob"), "NONE")),
        (4, ("USER", Some("bob"), "SMS")),
        (5, ("ACCOUNT", None, "MAIL")),
        (6, ("ACCOUNT", None, "BACKUP_CODE")),
        (7, ("PROVIDER", Some("jane.doe@example.com"), "UNKNOWN")),
        (170, ("USER", Some("frank"), "TOTP")),
    ] {
        push_login(account, identity, days, draw);
    }
    for (number, (kind, details)) in (10..).zip(OTHERS) {
        let mut event = event(kind, ("USER", Some("bob")), number, draw);
        if !details.is_empty() {
            event.insert((*details).to_owned(), details_of(kind, draw));
        }
        push(account, event, draw);
    }
}

fn push_login(
    account: &mut Account,
    (kind, user, factor): (&str, Option<&str>, &str),
    days: i64,
    draw: &mut Draw,
) {
    let mut event = event("LOGIN_SUCCESS", (kind, user), days, draw);
    let details = json!({ "mfaType": factor, "userAgent": "Mozilla/5.0 (X11; Linux x86_64)" });
    event.insert("loginSuccessDetails".to_owned(), details);
    push(account, event, draw);
}

fn event(
    kind: &str,
    (who, user): (&str, Option<&str>),
    days: i64,
    draw: &mut Draw,
) -> Map<String, Value> {
    let date = draw.days_ago(days);
    let event = json!({
        "type": kind, "createdAt": draw.v1(date), "ip": "203.0.113.9",
        "authDetails": { "userDetails": { "type": who, "user": user } },
    });
    event.as_object().cloned().unwrap_or_default()
}

/// Details of an event, as little as the schema wants.
fn details_of(kind: &str, draw: &mut Draw) -> Value {
    match kind.rsplit_once('_').map_or(kind, |(subject, _)| subject) {
        "GROUP" => json!({ "group": "platform" }),
        "POLICY" => json!({ "policyId": draw.uuid(), "policyName": "break-glass" }),
        "PROVIDER" => json!({ "ssoServiceURL": "https://sso.example.com/login" }),
        "RESOURCE_GROUP" => {
            json!({ "resourceGroupId": draw.uuid(), "resourceGroupName": "production" })
        }
        "TOKEN" => json!({ "tokenName": "deploy", "user": "ci-bot" }),
        _ => json!({ "user": "dave" }),
    }
}

fn push(account: &mut Account, event: Map<String, Value>, draw: &mut Draw) {
    let event = draw.vary_nulls(Value::Object(event));
    account.list_mut(LIST).push(event);
}
