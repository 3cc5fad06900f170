//! The identities with another level of rights.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::access::Access;
use crate::iam::account::Kind;
use crate::iam::level::Level;

use super::difference::LevelChange;
use super::known::Known;

/// The level of an identity whose rights are not all known.
const UNKNOWN: &str = "unknown";

/// The identities whose level differs, and the new ones, of the kinds that both documents know whole,
/// and after them those whose level one document does not know. The kinds without are those of
/// collectors that can't be compared.
pub(super) fn compare(old: &Known<'_>, new: &Known<'_>) -> (Vec<LevelChange>, Vec<LevelChange>) {
    let [before, now] = [old, new].map(|known| {
        let time = known.written.began.unwrap_or(Timestamp::UNIX_EPOCH);
        Access::of(&known.inventory, time)
    });
    let is_known = |kind: &Kind| before.has_levels(*kind) && now.has_levels(*kind);
    let kinds = Kind::ALL.into_iter().filter(is_known);
    let is_known = |one: &LevelChange| one.old != Some(UNKNOWN) && one.new != UNKNOWN;
    kinds.flat_map(|kind| of_kind(&before, &now, kind)).partition(is_known)
}

fn of_kind(before: &Access, now: &Access, kind: Kind) -> Vec<LevelChange> {
    let (old, new) = (levels(before, kind), levels(now, kind));
    let change = |(urn, (name, level)): (&&str, &(&str, &'static str))| {
        let before = old.get(urn).map(|(_, level)| *level);
        // An unlisted identity that is new is one of a policy's whose object is gone.
        let is_news = before.is_some() || kind != Kind::Unlisted;
        (is_news && before != Some(*level)).then(|| LevelChange {
            identity_kind: kind.label(),
            identity: (*urn).to_owned(),
            name: (*name).to_owned(),
            old: before,
            new: level,
        })
    };
    new.iter().filter_map(change).collect()
}

/// The name and the level of each identity of a kind, by its URN.
fn levels(access: &Access, kind: Kind) -> BTreeMap<&str, (&str, &'static str)> {
    let its = access.engine.identities().iter().filter(|one| one.kind == kind);
    its.map(|one| {
        let level = one.reach.known_level().map_or(UNKNOWN, Level::label);
        (one.urn.as_str(), (one.name.as_str(), level))
    })
    .collect()
}
