//! Credentials, and the verdict of a single check, for the tests of the checks.

use crate::collectors::Inventory;
use crate::collectors::api_credential::Credential;
use crate::config::checks::Checks;
use crate::inventory::{Account, Sections};

use super::check::Check;
use super::context::{Context, Shared};
use super::verdict::Verdict;

pub(super) const NOW: &str = "2026-11-21T00:00:00Z";

pub(super) fn credential(status: &str, created: &str, last_used: Option<&str>) -> Credential {
    Credential {
        id: Some(7),
        application: Some(3),
        status: status.into(),
        created: created.parse().ok(),
        last_used: last_used.map(|text| text.parse().unwrap()).into(),
        ..Credential::default()
    }
}

pub(super) fn inventory(credentials: Vec<Credential>) -> Inventory {
    Inventory {
        api_credential: Sections::known(Account, NOW.parse().unwrap(), credentials),
        ..Inventory::default()
    }
}

/// The verdict of one check in its default configuration.
pub(super) fn evaluated(check: &Check, inventory: &Inventory, now: &str) -> Verdict {
    evaluated_with(check, inventory, &Checks::default(), now)
}

/// The verdict of one check with this configuration.
pub(super) fn evaluated_with(
    check: &Check,
    inventory: &Inventory,
    checks: &Checks,
    now: &str,
) -> Verdict {
    let settings = &checks.each.get(check.id).cloned().unwrap_or_default();
    let (now, shared) = (now.parse().unwrap(), &Shared::default());
    (check.evaluate)(&Context { inventory, now, settings, lists: checks, shared })
}
