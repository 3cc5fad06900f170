//! The SSH keys of the account, for servers; those of projects are another resource.

use serde_json::json;

use super::resource::Resource;
use super::ssh_key::{Sort, public_key};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const LIST: &str = "/me/sshKey";

const ROUTE: Route =
    Route { action: Some("account:apiovh:me/sshKey/get"), key: "keyName", ..Route::GET };

pub(super) const RESOURCE: Resource = Resource {
    name: "account_ssh_key",
    routes: &[
        Route { template: LIST, kind: Kind::Ids, ..ROUTE },
        Route { template: "/me/sshKey/{keyName}", kind: Kind::One(Batch::Usual), ..ROUTE },
    ],
    generate: |account, size: &Size, draw| {
        for number in 0..size.ssh_keys.min(3) {
            push(account, &format!("key-{number}"), Sort::Ed25519, draw);
        }
    },
    reference: |account, draw| {
        push(account, "alice", Sort::Ed25519, draw);
        push(account, "rescue", Sort::Rsa(4096), draw);
        // A name that needs escapes in a path.
        push(account, "old \"server room\"", Sort::Rsa(1024), draw);
    },
};

fn push(account: &mut Account, name: &str, sort: Sort, draw: &mut Draw) {
    let (key, _) = public_key("admin", sort, draw);
    account.list_mut(LIST).push(json!({ "keyName": name, "key": key }));
}
