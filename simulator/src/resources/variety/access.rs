//! People, groups, keys and clients.

use serde_json::{Value, json};

use super::copy::{copy, next};
use crate::account::{Account, NICHANDLE};
use crate::draw::Draw;

const USERS: &str = "/me/identity/user";
const GROUPS: &str = "/me/identity/group";
const APPLICATIONS: &str = "/me/api/application";
const CREDENTIALS: &str = "/me/api/credential";
const CLIENTS: &str = "/me/api/oauth2/client";

pub(super) fn add(account: &mut Account, draw: &mut Draw) {
    users(account, draw);
    // The customer's own group of administrators, those of the policies, and one that nobody is in.
    for (name, role) in
        [("operators", "ADMIN"), ("pilots", "NONE"), ("crew", "NONE"), ("former", "NONE")]
    {
        let urn = format!("urn:v1:eu:identity:group:{NICHANDLE}/{name}");
        let changes = json!({ "name": name, "urn": urn, "role": role, "defaultGroup": false });
        copy(account, GROUPS, ("name", "platform"), &changes);
    }
    for name in ["orphan \"2024\"", "busy"] {
        let id = next(account, APPLICATIONS, "applicationId");
        let changes = json!({ "applicationId": id, "applicationKey": draw.hex(16), "name": name });
        copy(account, APPLICATIONS, ("name", "terraform"), &changes);
    }
    credentials(account, draw);
    clients(account, draw);
}

fn users(account: &mut Account, draw: &mut Draw) {
    // Login, status, main group, days since creation, since the last change, and since the last
    // change of the password.
    for (login, status, group, days) in [
        ("grace", "OK", "", [300, 20, 20]),
        ("henri", "OK", "crew", [900, 400, 500]),
        ("ivy", "PASSWORD_CHANGE_REQUIRED", "crew", [2, 2, 2]),
        ("jack", "DISABLED", "crew", [900, 400, 600]),
        ("kate", "DISABLED", "pilots", [200, 5, 100]),
        ("oscar", "OK", "operators", [100, 10, 10]),
        ("lea", "OK", "crew", [100, 10, 10]),
    ] {
        let [creation, update, password] = days.map(|days| draw.days_ago(days));
        let groups: Vec<_> = Some(group).filter(|group| !group.is_empty()).into_iter().collect();
        let domain = if login == "lea" { "partner.example" } else { "example.com" };
        let changes = json!({
            "login": login, "urn": format!("urn:v1:eu:identity:user:{NICHANDLE}/{login}"),
            "email": format!("{login}@{domain}"), "description": format!("{login} of the example"),
            "group": group, "groups": groups, "status": status, "type": "USER",
            "creation": draw.v1(creation), "lastUpdate": draw.v1(update),
            "passwordLastUpdate": draw.v1(password),
        });
        copy(account, USERS, ("login", "alice"), &changes);
    }
}

/// Rules, addresses, days to its end, whether OVHcloud's support has it, and its application.
type Credential<'a> = (Value, Value, Option<i64>, bool, u64);

fn credentials(account: &mut Account, draw: &mut Draw) {
    let rule = |method: &str, path: &str| json!([{ "method": method, "path": path }]);
    let office = json!(["192.0.2.0/24"]);
    let dns = rule("GET", "/domain/zone/*");
    let named = |name: &str| {
        let list = account.list(APPLICATIONS).iter();
        let mut found = list.filter(|one| one.get("name") == Some(&json!(name)));
        found.next().and_then(|one| one.get("applicationId")?.as_u64()).unwrap_or_default()
    };
    let (busy, terraform) = (named("busy"), named("terraform"));
    // An application of another customer.
    let foreign = 7_777_777;
    let all: [Credential<'_>; 8] = [
        (dns.clone(), office.clone(), Some(5), false, terraform),
        (rule("POST", "/me/api/credential"), office.clone(), Some(100), false, terraform),
        (rule("PUT", "/me/identity/*"), office.clone(), Some(100), false, terraform),
        (dns.clone(), json!(["192.0.2.0/24", "0.0.0.0/0"]), Some(100), false, busy),
        (dns.clone(), office.clone(), Some(100), true, busy),
        (dns.clone(), office.clone(), Some(100), false, busy),
        (dns.clone(), json!([]), Some(100), false, foreign),
        // It ended, whatever its status says.
        (dns, office, Some(-3), false, terraform),
    ];
    for (rules, blocks, end, is_support, application) in all {
        let (creation, last_use) = (draw.days_ago(100), draw.days_ago(2));
        let changes = json!({
            "credentialId": next(account, CREDENTIALS, "credentialId"),
            "applicationId": application, "status": "validated", "rules": rules,
            "allowedIPs": blocks, "ovhSupport": is_support, "creation": draw.v1(creation),
            "lastUse": draw.v1(last_use),
            "expiration": end.map(|days| draw.v1(draw.days_ago(-days))),
        });
        copy(account, CREDENTIALS, ("status", "validated"), &changes);
    }
}

fn clients(account: &mut Account, draw: &mut Draw) {
    for (name, days) in [("legacy-ci", 800), ("fresh", 10)] {
        let id = format!("EU.{}", draw.hex(16));
        let created = draw.days_ago(days);
        let changes = json!({
            "clientId": id, "name": name, "description": format!("{name} of the example"),
            "identity": format!("urn:v1:eu:identity:credential:{NICHANDLE}/oauth2-{id}"),
            "createdAt": draw.v1(created),
        });
        copy(account, CLIENTS, ("name", "ci"), &changes);
    }
    for (name, url) in [
        ("old-portal", "http://portal.example.com/back"),
        ("desktop", "http://127.0.0.1:8400/back"),
    ] {
        let created = draw.days_ago(50);
        let changes = json!({
            "clientId": format!("EU.{}", draw.hex(16)), "name": name,
            "description": format!("{name} of the example"), "callbackUrls": [url],
            "createdAt": draw.v1(created),
        });
        copy(account, CLIENTS, ("name", "portal"), &changes);
    }
}
