//! The rights of identities, and the comparison with OVHcloud's evaluation, as metric families.

use crate::family::{Desc, Family, Word, number};
use crate::iam::account::Kind;
use crate::iam::level::Level;
use crate::inventory::Unseen;

use super::oracle::{Comparison, Outcome};
use super::{Access, Incomplete};

static IDENTITIES: Desc = Desc::gauge(
    "ovhcloud_iam_identity_access",
    "Identities by kind and level of rights on any resource, from policies, groups and roles: \
     none, read, write, admin (may give rights on the account) or unknown; rights under conditions \
     count, and so do disabled users; roles count as OVHcloud describes them: REGULAR is write; no \
     samples of a kind whose identities are not all known",
    &["identity_kind", "level"],
);

static INFO: Desc = Desc::of_each(
    "ovhcloud_iam_identity_access_info",
    "Always 1, for each identity with its level of rights on any resource: none, read, write, admin \
     (may give rights on the account) or unknown; roles count as OVHcloud describes them: REGULAR \
     is write; identity is its URN in policies",
    &["identity_kind", "identity", "level"],
);

static COMPARED: Desc = Desc::gauge(
    "ovhcloud_iam_evaluation_decisions",
    "Decisions about the exporter's own rights by result of the comparison of the exporter's \
     evaluation with OVHcloud's: agree, disagree or unknown (the exporter cannot decide); compared \
     in the refresh that reads OVHcloud's answers, until the next answers; no samples where OVHcloud \
     is not requested or its answers are unknown, and after a restart without a state file until \
     the next answers",
    &["result"],
);

/// Every family of this room.
pub static FAMILIES: &[&Desc] = &[&IDENTITIES, &INFO, &COMPARED];

/// The level of an identity whose rights are not all known.
const UNKNOWN: &str = "unknown";

/// The families of an account.
pub fn families(access: &Access, comparison: Option<&Comparison>) -> Vec<Family> {
    let mut compared = COMPARED.family();
    if let Some(comparison) = comparison {
        for outcome in Outcome::ALL {
            compared.set([outcome.label().into()], number(comparison.count(outcome)));
        }
    }
    let [identities, info] = rights(access);
    vec![identities, info, compared]
}

fn rights(access: &Access) -> [Family; 2] {
    let (mut counts, mut named) = (IDENTITIES.family(), INFO.family());
    for kind in Kind::ALL.into_iter().filter(|kind| access.has_levels(*kind)) {
        let levels = Level::ALL.map(Level::label).into_iter().chain([UNKNOWN]);
        for level in levels {
            counts.add([kind.label().into(), level.into()], 0.0);
        }
        for identity in access.engine.identities().iter().filter(|one| one.kind == kind) {
            let level = identity.reach.known_level().map_or(UNKNOWN, Level::label);
            counts.count([kind.label().into(), level.into()]);
            named.set([kind.label().into(), Word::from(identity.urn.as_str()), level.into()], 1.0);
        }
    }
    [counts, named]
}

impl Access {
    /// Whether all identities of a kind are known, with a policy at least: without any, every level
    /// would be unknown, and that says nothing of the account.
    pub fn has_levels(&self, kind: Kind) -> bool {
        let is_unread =
            |one: &Incomplete| one.collector == "iam_policy" && one.unseen != Unseen::Incomplete;
        !self.incomplete.iter().any(is_unread) && has_all(self, kind)
    }
}

/// Whether all identities of a kind are known.
fn has_all(access: &Access, kind: Kind) -> bool {
    let knows = |collectors: &[&str]| collectors.iter().all(|one| access.knows(one));
    let is_account_known = access.engine.account().is_some();
    match kind {
        Kind::Account => is_account_known,
        Kind::User => knows(&["iam_user"]),
        Kind::Group => knows(&["iam_group"]),
        Kind::ServiceAccount => knows(&["oauth2_client"]),
        Kind::ForeignAccount => is_account_known && knows(&["iam_policy"]),
        Kind::Unlisted => {
            is_account_known && knows(&["iam_policy", "iam_user", "iam_group", "oauth2_client"])
        }
    }
}
