//! IAM users: people and service users, in all three states.

use serde_json::{Value, json};

use super::group;
use super::resource::Resource;
use crate::account::{Account, NICHANDLE, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

pub(super) const LIST: &str = "/me/identity/user";

const ROUTE: Route = Route {
    action: Some("account:apiovh:me/identity/user/get"),
    key: "login",
    enums: &["status", "type"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "user",
    routes: &[
        Route { template: LIST, kind: Kind::Ids, ..ROUTE },
        Route { template: "/me/identity/user/{user}", kind: Kind::One(Batch::Usual), ..ROUTE },
    ],
    generate,
    reference,
};

const NAMES: &[&str] = &[
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory",
    "niaj", "olivia", "peggy", "rupert", "sybil", "trent", "victor", "walter", "yolanda",
];

struct User<'a> {
    login: &'a str,
    status: &'a str,
    kind: Option<&'a str>,
    group: &'a str,
    groups: &'a [&'a str],
}

fn reference(account: &mut Account, draw: &mut Draw) {
    let person = Some("USER");
    for (login, status, kind, group, groups) in [
        ("alice", "OK", person, "DEFAULT", &["DEFAULT", "platform"][..]),
        ("bob", "OK", person, "ADMIN", &["ADMIN", "platform"]),
        ("carol", "DISABLED", person, "DEFAULT", &["DEFAULT"]),
        ("dave", "PASSWORD_CHANGE_REQUIRED", person, "DEFAULT", &["DEFAULT", "developers"]),
        // The list of all groups is a young member: some answers do not have it.
        ("erin", "OK", None, "auditors", &[]),
        ("frank", "OK", person, "UNPRIVILEGED", &["UNPRIVILEGED"]),
        ("ci-bot", "OK", Some("SERVICE"), "platform", &["platform"]),
    ] {
        let user = object(&User { login, status, kind, group, groups }, draw);
        account.list_mut(LIST).push(user);
    }
}

fn generate(account: &mut Account, size: &Size, draw: &mut Draw) {
    for number in 0..size.users {
        let name = NAMES.get(number % NAMES.len()).copied().unwrap_or_default();
        let login = if number < NAMES.len() { name.to_owned() } else { format!("{name}-{number}") };
        let status = match number % 12 {
            5 => "DISABLED",
            8 => "PASSWORD_CHANGE_REQUIRED",
            _ => "OK",
        };
        let kind = match number % 8 {
            3 => Some("SERVICE"),
            6 => None,
            _ => Some("USER"),
        };
        let main = if draw.one_in(10) { "ADMIN" } else { "DEFAULT" };
        let groups = [main, draw.choose(group::CUSTOM)];
        let groups = if kind.is_none() { &[][..] } else { &groups };
        let user = User { login: &login, status, kind, group: main, groups };
        let user = object(&user, draw);
        account.list_mut(LIST).push(user);
    }
}

/// The logins of all users.
pub(super) fn logins(account: &Account) -> Vec<String> {
    let login = |user: &Value| user.get("login")?.as_str().map(str::to_owned);
    account.list(LIST).iter().filter_map(login).collect()
}

fn object(user: &User<'_>, draw: &mut Draw) -> Value {
    let User { login, status, kind, group, groups } = user;
    let creation = draw.ago(200, 900);
    let update = draw.ago(1, 190);
    let is_service = *kind == Some("SERVICE");
    let email = if is_service { Value::Null } else { json!(format!("{login}@example.com")) };
    let mut object = json!({
        "login": login, "urn": format!("urn:v1:eu:identity:user:{NICHANDLE}/{login}"),
        "email": email, "description": format!("{login} of the example"), "group": group,
        "groups": groups, "status": status, "type": kind, "creation": draw.v1(creation),
        "lastUpdate": draw.v1(update),
        "passwordLastUpdate": if is_service { Value::Null } else { draw.v1(update) },
    });
    if groups.is_empty()
        && let Some(members) = object.as_object_mut()
    {
        members.remove("groups");
    }
    draw.vary_nulls(object)
}
