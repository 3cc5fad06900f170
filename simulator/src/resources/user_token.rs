//! The access tokens of IAM users: limited, expired and permanent.

use serde_json::{Value, json};

use super::resource::Resource;
use super::user;
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route =
    Route { action: Some("account:apiovh:me/identity/user/token/get"), key: "name", ..Route::GET };

pub(super) const RESOURCE: Resource = Resource {
    name: "user_token",
    routes: &[
        Route { template: "/me/identity/user/{user}/token", kind: Kind::Ids, ..ROUTE },
        Route {
            template: "/me/identity/user/{user}/token/{name}",
            kind: Kind::One(Batch::Usual),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

/// A token's story, in days before now.
#[derive(Clone, Copy)]
struct Story {
    name: &'static str,
    created: i64,
    /// Negative: still to come.
    expires: Option<i64>,
    used: Option<i64>,
}

impl Story {
    const LIMITED: Self = Self { name: "laptop", created: 40, expires: Some(-50), used: Some(1) };
    const UNUSED: Self = Self { name: "trial", created: 35, expires: Some(-10), used: None };
    const ENDED: Self =
        Self { name: "old-laptop", created: 500, expires: Some(135), used: Some(140) };
    const ENDLESS: Self = Self { name: "deploy", created: 300, expires: None, used: Some(2) };
    const FORGOTTEN: Self = Self { name: "script", created: 700, expires: None, used: None };
}

fn reference(account: &mut Account, draw: &mut Draw) {
    // The others have none.
    for (login, stories) in [
        ("alice", &[Story::LIMITED, Story::UNUSED][..]),
        ("bob", &[Story::FORGOTTEN]),
        ("carol", &[Story::ENDED]),
        ("ci-bot", &[Story::ENDLESS, Story::FORGOTTEN]),
    ] {
        fill(account, login, stories, draw);
    }
}

fn generate(account: &mut Account, _: &Size, draw: &mut Draw) {
    const SETS: &[&[Story]] = &[
        &[Story::LIMITED],
        &[Story::ENDLESS, Story::UNUSED],
        &[Story::ENDED, Story::LIMITED],
        &[Story::FORGOTTEN],
    ];
    for login in user::logins(account).iter().step_by(3) {
        let stories = draw.choose(SETS);
        fill(account, login, stories, draw);
    }
}

fn fill(account: &mut Account, login: &str, stories: &[Story], draw: &mut Draw) {
    let tokens = stories.iter().map(|story| object(story, draw)).collect();
    *account.list_mut(&format!("/me/identity/user/{login}/token")) = tokens;
}

fn object(story: &Story, draw: &mut Draw) -> Value {
    let creation = draw.days_ago(story.created);
    let expiration = story.expires.map(|days| draw.days_ago(days));
    let last_use = story.used.map(|days| draw.days_ago(days));
    let token = json!({
        "name": story.name, "description": format!("{} of the example", story.name),
        "creation": draw.v1(creation), "expiresAt": expiration.map(|second| draw.v1(second)),
        "lastUsed": last_use.map(|second| draw.v1(second)),
    });
    draw.vary_nulls(token)
}
