//! The IAM of an account as it was read: the input of [`crate::iam::engine`], the metrics of its
//! result, and the comparison of the result with OVHcloud's own.

mod families;
mod input;
pub mod oracle;

use jiff::Timestamp;

use crate::collectors::Inventory;
use crate::iam::engine::Engine;
use crate::inventory::Unseen;

pub use families::{FAMILIES, families};

/// The evaluated IAM of an account, and the parts of the account that are missing in it.
#[derive(Debug)]
pub struct Access {
    /// The evaluation.
    pub engine: Engine,
    /// The collectors whose objects are not all known: identities, policies or resources may be
    /// missing. A decision that they could change is unknown.
    pub incomplete: Vec<Incomplete>,
}

/// A collector whose objects are not all known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incomplete {
    /// The collector.
    pub collector: &'static str,
    /// The reason.
    pub unseen: Unseen,
}

/// The collectors with the input of an evaluation. Without `iam_resource` the tags of resources are
/// unknown, and rights under conditions on tags stay conditional.
pub const COLLECTORS: [&str; 11] = [
    "account",
    "cloud_project",
    "exporter_credential",
    "iam_group",
    "iam_permissions_group",
    "iam_policy",
    "iam_resource",
    "iam_resource_group",
    "iam_user",
    "oauth2_client",
    "okms",
];

impl Access {
    /// Evaluates the IAM of an inventory at this time.
    pub fn of(inventory: &Inventory, now: Timestamp) -> Self {
        let engine = Engine::new(&input::account(inventory), now);
        Self { engine, incomplete: incomplete(inventory) }
    }

    /// Whether the objects of a collector are all known.
    fn knows(&self, collector: &str) -> bool {
        !self.incomplete.iter().any(|one| one.collector == collector)
    }
}

fn incomplete(inventory: &Inventory) -> Vec<Incomplete> {
    let Inventory {
        account,
        cloud_project,
        iam_group,
        iam_permissions_group,
        iam_policy,
        iam_resource_group,
        iam_user,
        oauth2_client,
        okms,
        ..
    } = inventory;
    let all = [
        ("iam_policy", iam_policy.unseen()),
        ("iam_permissions_group", iam_permissions_group.unseen()),
        ("iam_resource_group", iam_resource_group.unseen()),
        ("iam_user", iam_user.unseen()),
        ("iam_group", iam_group.unseen()),
        ("oauth2_client", oauth2_client.unseen()),
        ("account", account.unseen()),
        ("cloud_project", cloud_project.unseen()),
        ("okms", okms.unseen()),
    ];
    let one = |(collector, unseen)| Some(Incomplete { collector, unseen: unseen? });
    all.into_iter().filter_map(one).collect()
}
