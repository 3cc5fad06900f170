//! The differences of two documents: the objects, levels of rights and findings that came, went or
//! changed, and everything that the documents can't be compared in.
//!
//! No data is no difference: what one of the documents did not read has neither come nor gone.

mod difference;
mod judged;
mod known;
mod lines;
mod objects;
mod outcome;
mod rights;
mod sight;
mod written;

use std::collections::BTreeSet;

use crate::findings::Exporter;

pub use difference::{
    AccountChanges, Blind, CheckBlind, Comparison, FindingChange, LevelChange, Member,
    ObjectChange, Outcome, Source,
};
pub use lines::{Form, page};
pub use outcome::{Judged, Key, OTHER_SETTINGS, Side, Sides};
pub use written::{NotADocument, Written};

use known::Known;
use objects::Found;
use written::Account;

/// The differences of two documents.
///
/// # Errors
///
/// An object can't be written as JSON.
pub fn compare(old: &Written, new: &Written) -> serde_json::Result<Comparison> {
    let names = |of: &Written| -> BTreeSet<String> {
        of.accounts.iter().map(|account| account.name.clone()).collect()
    };
    let (of_old, of_new) = (names(old), names(new));
    let mut accounts = Vec::new();
    for before in &old.accounts {
        let now = new.accounts.iter().find(|now| now.name == before.name);
        accounts.extend(now.map(|now| changes(before, now)).transpose()?);
    }
    Ok(Comparison {
        exporter: Exporter::this(),
        old: old.source.clone(),
        new: new.source.clone(),
        accounts,
        only_in_old: of_old.difference(&of_new).cloned().collect(),
        only_in_new: of_new.difference(&of_old).cloned().collect(),
    })
}

/// The differences of an account.
fn changes(old: &Account, new: &Account) -> serde_json::Result<AccountChanges> {
    let (before, now) = (Known::of(old), Known::of(new));
    let Found { mut objects, mut blinds } = objects::compare(&before, &now)?;
    objects.sort_by(|one, other| one.key().cmp(&other.key()));
    blinds.sort_unstable();
    let (findings, checks_not_comparable) = judged::compare(&before, &now, &blinds);
    let (levels, levels_not_comparable) = rights::compare(&before, &now);
    Ok(AccountChanges {
        account: old.name.clone(),
        old_began: old.began,
        new_began: new.began,
        levels,
        objects,
        findings,
        not_comparable: blinds,
        checks_not_comparable,
        levels_not_comparable,
    })
}
