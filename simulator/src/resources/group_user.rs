//! The members of an IAM group, read from the users.

use serde_json::{Value, json};

use super::resource::Resource;
use super::user;
use crate::refusal::Refusal;
use crate::route::{Call, Kind, Route};

pub(super) const RESOURCE: Resource = Resource {
    name: "group_user",
    routes: &[Route {
        template: "/me/identity/group/{group}/user",
        action: Some("account:apiovh:me/identity/group/user/get"),
        key: "login",
        kind: Kind::Made(members),
        ..Route::GET
    }],
    ..Resource::VIEW
};

/// A user is in its main group too where the list of all its groups does not say so.
#[expect(clippy::unnecessary_wraps, reason = "the answers of other routes can be refusals")]
fn members(call: &Call<'_>) -> Result<Value, Refusal> {
    let group = json!(call.parameters.first());
    let is_member = |user: &&Value| {
        let groups = user.get("groups").and_then(Value::as_array);
        user.get("group") == Some(&group) || groups.is_some_and(|groups| groups.contains(&group))
    };
    let users = call.account.list(user::LIST).iter().filter(is_member);
    Ok(users.filter_map(|user| user.get("login").cloned()).collect())
}
