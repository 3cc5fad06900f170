//! Requests for a change of the contacts of a service, in all states.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, NICHANDLE, Size};
use crate::draw::Draw;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Batch, Kind, Route};

const LIST: &str = "/me/task/contactChange";

const ROUTE: Route = Route {
    action: Some("account:apiovh:me/task/contactChange/get"),
    enums: &["state"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "contact_change",
    routes: &[
        Route {
            template: LIST,
            query: &["askingAccount", "state", "toAccount"],
            kind: Kind::Ids,
            keep,
            ..ROUTE
        },
        Route { template: "/me/task/contactChange/{id}", kind: Kind::One(Batch::Usual), ..ROUTE },
    ],
    generate: |account, size: &Size, draw| {
        for number in 0..size.users.min(4) {
            let state = if number == 0 { "validatingByCustomers" } else { "done" };
            push(account, (state, "vps-0.example.com", &["contactTech"]), draw);
        }
    },
    reference,
};

/// Another customer.
const OTHER: &str = "yy2222-ovh";

fn reference(account: &mut Account, draw: &mut Draw) {
    const ALL: &[&str] = &["contactAdmin", "contactBilling", "contactTech"];
    for (state, service, contacts) in [
        // It takes the domain away once it is accepted.
        ("validatingByCustomers", "example.com", ALL),
        ("todo", "example.net", &["contactTech"]),
        ("checkValidity", "example.org", &["contactBilling"]),
        ("doing", "vps-1.example.com", &["contactTech"]),
        ("done", "vps-2.example.com", &["contactAdmin"]),
        ("refused", "vps-3.example.com", ALL),
        ("expired", "vps-4.example.com", &["contactBilling"]),
        ("aborted", "vps-5.example.com", &["contactTech"]),
        ("error", "", &["contactTech"]),
    ] {
        push(account, (state, service, contacts), draw);
    }
}

fn push(account: &mut Account, (state, service, contacts): (&str, &str, &[&str]), draw: &mut Draw) {
    let is_open = ["checkValidity", "doing", "todo", "validatingByCustomers"].contains(&state);
    let requested = draw.ago(1, if is_open { 2 } else { 300 });
    let id = 9_000_001 + account.list(LIST).len();
    let task = json!({
        "id": id, "state": state, "contactTypes": contacts, "fromAccount": NICHANDLE,
        "serviceDomain": if service.is_empty() { Value::Null } else { json!(service) },
        "toAccount": OTHER, "askingAccount": if draw.one_in(2) { json!(OTHER) } else { Value::Null },
        "dateRequest": draw.v1(requested),
        "dateDone": if is_open { Value::Null } else { draw.v1(requested + 3600) },
    });
    let task = draw.vary_nulls(task);
    account.list_mut(LIST).push(task);
}

#[expect(clippy::unnecessary_wraps, reason = "other routes refuse some queries")]
fn keep(task: &Value, query: &Query) -> Result<bool, Refusal> {
    let is_asked = |name: &str| {
        query.get(name).is_none_or(|wanted| task.get(name).and_then(Value::as_str) == Some(wanted))
    };
    Ok(["askingAccount", "state", "toAccount"].into_iter().all(is_asked))
}
