//! The question of a caller which actions it may do on which resources.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::refusal::Refusal;
use crate::route::{Call, Kind, Route};

pub(super) const RESOURCE: Resource = Resource {
    name: "authorization",
    routes: &[Route {
        method: "POST",
        template: "/v2/iam/authorization/check",
        key: "resourceURN",
        kind: Kind::MadePages(check),
        ..Route::GET
    }],
    ..Resource::VIEW
};

fn check(call: &Call<'_>) -> Result<Value, Refusal> {
    let question: Value =
        serde_json::from_slice(call.body).map_err(|_| Refusal::bad_parameter())?;
    let urns = texts(&question, "resourceURNs")?;
    let actions = texts(&question, "actions")?;
    let verdict = |urn: &&str| {
        let (yes, no): (Vec<&str>, Vec<&str>) =
            actions.iter().partition(|action| call.caller.rights.allow(action, urn));
        json!({ "resourceURN": urn, "authorizedActions": yes, "unauthorizedActions": no })
    };
    Ok(urns.iter().map(verdict).collect())
}

fn texts<'a>(question: &'a Value, member: &str) -> Result<Vec<&'a str>, Refusal> {
    let list = question.get(member).and_then(Value::as_array).ok_or_else(Refusal::bad_parameter)?;
    list.iter().map(|text| text.as_str().ok_or_else(Refusal::bad_parameter)).collect()
}
