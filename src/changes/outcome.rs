//! The difference of a finding that one of two judgements lacks, the same for `diff` and the log.
//!
//! A finding that vanishes is resolved only where its check saw everything that it looks at. In
//! doubt it is unknown, and a finding that comes may be older.

use std::collections::{BTreeMap, BTreeSet};

use crate::collectors::Inventory;

use super::difference::Outcome;
use super::sight::{Sights, holders};

/// The identity of a finding: its check, and the collector, the project and the id of its resource.
pub type Key<'a> = [&'a str; 4];

/// The reason of a check that a judgement does not have.
pub(super) const ABSENT: &str = "absent";
/// The reason of a check that two judgements ask with other settings.
pub const OTHER_SETTINGS: &str = "other_settings";

/// The collector of projects, whose resources belong to the project that they are.
const PROJECTS: &str = "cloud_project";
/// The checks whose opinion about a resource depends on other projects.
const ACROSS_PROJECTS: [&str; 1] = ["sshkey_shared"];

/// The verdict of a check.
#[derive(Debug, Default)]
pub struct Judged<'a> {
    /// The reason why it did not see everything; `None` if it did.
    pub reason: Option<&'a str>,
    /// The resources that it could not judge: collector, project and id.
    pub unclear: Vec<[&'a str; 3]>,
    /// The collectors that it needs.
    pub needs: Vec<&'a str>,
}

/// One of two judgements of an account.
#[derive(Debug)]
pub struct Side<'a> {
    checks: BTreeMap<&'a str, Judged<'a>>,
    sights: Sights,
}

impl<'a> Side<'a> {
    /// The judgement by these checks. `findings` are those that only one of the two has.
    pub fn of(
        inventory: &Inventory,
        checks: BTreeMap<&'a str, Judged<'a>>,
        findings: &[Key<'_>],
    ) -> Self {
        let wanted = findings.iter().map(|[_, kind, project, id]| [*kind, *project, *id]);
        Self { checks, sights: Sights::of(inventory, wanted) }
    }

    /// The reason why the finding may be there and the judgement lacks it; `None` if it is not.
    fn doubt(&self, other: &Self, [check, kind, project, id]: Key<'a>) -> Option<&'a str> {
        let Some(judged) = self.checks.get(check) else { return Some(ABSENT) };
        let mut near =
            judged.unclear.iter().filter(|[of, place, _]| *of == kind && *place == project);
        // Without its object, any unclear one may be what it is a part of.
        let is_part_of_unknown = !self.sights.has([kind, project, id]);
        if near.any(|[.., unclear]| is_part_of_unknown || holders(id).any(|one| one == *unclear)) {
            return Some("unclear");
        }
        match judged.reason {
            None => {}
            Some("unclear") if !judged.unclear.is_empty() => {}
            // The gaps tell which resources it did not see.
            Some("incomplete" | "not_read")
                if judged.needs.iter().any(|need| self.sights.has_gaps(need)) => {}
            reason => return reason,
        }
        let project = if kind == PROJECTS { id } else { project };
        let mut kinds = judged.needs.iter().copied().chain([kind]);
        kinds.find_map(|kind| {
            let own = self.sights.loss(&other.sights, kind, project);
            own.or_else(|| {
                let new = || self.sights.new_loss(&other.sights, kind);
                ACROSS_PROJECTS.contains(&check).then(new).flatten()
            })
        })
    }
}

/// Two judgements of an account.
#[derive(Debug)]
pub struct Sides<'a> {
    /// The older one.
    pub old: Side<'a>,
    /// The newer one.
    pub new: Side<'a>,
    /// The checks that they ask with other settings.
    pub other_settings: BTreeSet<&'a str>,
}

impl<'a> Sides<'a> {
    /// The outcome of a finding that only the newer one has, and the reason of a doubt.
    pub fn came(&self, key: Key<'a>) -> (Outcome, Option<&'a str>) {
        match self.lacking(&self.old, &self.new, key) {
            Lacking::Doubt(reason) => (Outcome::MayBeOlder, Some(reason)),
            Lacking::Resource | Lacking::Violation => (Outcome::Appeared, None),
        }
    }

    /// The outcome of a finding that only the older one has, and the reason of a doubt.
    pub fn went(&self, key: Key<'a>) -> (Outcome, Option<&'a str>) {
        match self.lacking(&self.new, &self.old, key) {
            Lacking::Doubt(reason) => (Outcome::Unknown, Some(reason)),
            Lacking::Resource => (Outcome::ResourceRemoved, None),
            Lacking::Violation => (Outcome::Resolved, None),
        }
    }

    fn lacking(&self, side: &Side<'a>, other: &Side<'a>, key: Key<'a>) -> Lacking<'a> {
        let [check, kind, project, id] = key;
        let place = [kind, project, id];
        if other.sights.has(place) && !side.sights.has(place) {
            let loss = side.sights.loss(&other.sights, kind, project);
            return loss.map_or(Lacking::Resource, Lacking::Doubt);
        }
        if self.other_settings.contains(check) {
            return Lacking::Doubt(OTHER_SETTINGS);
        }
        side.doubt(other, key).map_or(Lacking::Violation, Lacking::Doubt)
    }
}

/// The thing that a judgement lacks which does not have a finding.
enum Lacking<'a> {
    /// The resource.
    Resource,
    /// The violation: the check saw everything that it looks at.
    Violation,
    /// Perhaps nothing but data.
    Doubt(&'a str),
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::collectors::cloud_ssh_key::SshKey;
    use crate::inventory::{Gap, Project, Reading, Reason, Section};

    /// Keys by project, and the gaps of their collector.
    fn inventory(keys: &[(&str, &[&str])], gaps: &[(&str, Reason)]) -> Inventory {
        let mut inventory = Inventory::default();
        for (project, ids) in keys {
            let key = |id: &&str| SshKey { id: (*id).to_owned(), ..SshKey::default() };
            let section = Section::new(Timestamp::UNIX_EPOCH, true, ids.iter().map(key).collect());
            inventory.cloud_ssh_key.by_scope.insert(Project((*project).into()), section);
        }
        let gap = |(project, reason): &(&str, Reason)| Gap {
            project_id: (*project).into(),
            reason: *reason,
            count: 1,
            detail: String::new(),
            actions: BTreeSet::new(),
            optional: false,
        };
        let gaps = gaps.iter().map(gap).collect();
        inventory.cloud_ssh_key.reading = Some(Reading { duration: Duration::ZERO, gaps });
        inventory
    }

    fn judged<'a>(
        check: &'a str,
        reason: Option<&'a str>,
        unclear: &[&'a str],
    ) -> BTreeMap<&'a str, Judged<'a>> {
        let unclear = unclear.iter().map(|id| ["cloud_ssh_key", "p1", *id]).collect();
        [(check, Judged { reason, unclear, needs: vec!["cloud_ssh_key"] })].into()
    }

    type Verdict<'a> = (Option<&'a str>, &'a [&'a str]);

    /// The outcomes of a finding that only OLD has, and of one that only NEW has.
    fn outcomes<'a>(
        check: &'a str,
        id: &'a str,
        (old, of_old): (&Inventory, Verdict<'a>),
        (new, of_new): (&Inventory, Verdict<'a>),
    ) -> [(Outcome, Option<&'a str>); 2] {
        let key = [check, "cloud_ssh_key", "p1", id];
        let side = |inventory, (reason, unclear): Verdict<'a>| {
            Side::of(inventory, judged(check, reason, unclear), &[key])
        };
        let (old, new) = (side(old, of_old), side(new, of_new));
        let sides = Sides { old, new, other_settings: BTreeSet::new() };
        [sides.went(key), sides.came(key)]
    }

    const FINE: Verdict<'_> = (None, &[]);
    const KEYS: [(&str, &[&str]); 2] = [("p1", &["a", "b"]), ("p2", &["a"])];

    #[test]
    fn a_project_out_of_service_resolves_nothing() {
        let (all, only) =
            (inventory(&KEYS, &[]), |reason| inventory(&KEYS[1..], &[("p1", reason)]));
        for reason in [Reason::Suspended, Reason::Expired, Reason::Maintenance] {
            let hidden = only(reason);
            let [went, _] = outcomes("weak", "a", (&all, FINE), (&hidden, FINE));
            assert_eq!(went, (Outcome::Unknown, Some("out_of_service")));
            let [_, came] = outcomes("weak", "a", (&hidden, FINE), (&all, FINE));
            assert_eq!(came, (Outcome::MayBeOlder, Some("out_of_service")));
        }
    }

    #[test]
    fn equal_reasons_are_not_equal_losses() {
        let incomplete: Verdict<'_> = (Some("incomplete"), &[]);
        let (lost, more) = (("p2", Reason::Forbidden), ("p1", Reason::Server));
        let old = inventory(&KEYS[..1], &[lost]);
        let new = inventory(&[("p3", &["x"])], &[lost, more]);
        let [went, _] = outcomes("weak", "a", (&old, incomplete), (&new, incomplete));
        assert_eq!(went, (Outcome::Unknown, Some("not_read")));
        let [went, came] = outcomes("weak", "a", (&old, incomplete), (&old, incomplete));
        assert_eq!((went.0, came.0), (Outcome::Resolved, Outcome::Appeared));
        // Other data than that of the collectors is missing.
        let all = inventory(&KEYS, &[]);
        let [went, came] = outcomes("weak", "a", (&all, incomplete), (&all, incomplete));
        assert_eq!(went, (Outcome::Unknown, Some("incomplete")));
        assert_eq!(came, (Outcome::MayBeOlder, Some("incomplete")));
    }

    #[test]
    fn an_unclear_resource_covers_its_parts_and_no_other() {
        let (all, unclear) = (inventory(&KEYS, &[]), (Some("unclear"), &["a"][..]));
        for (id, outcome) in [
            ("a", Outcome::Unknown),
            ("a/key", Outcome::Unknown),
            ("b", Outcome::Resolved),
            ("b/key", Outcome::Resolved),
            // Nobody knows whose part it is.
            ("user:b", Outcome::Unknown),
        ] {
            let [went, _] = outcomes("weak", id, (&all, FINE), (&all, unclear));
            assert_eq!(went.0, outcome, "{id}");
        }
        let [_, came] = outcomes("weak", "b", (&all, unclear), (&all, FINE));
        assert_eq!(came, (Outcome::Appeared, None));
    }

    #[test]
    fn a_finding_goes_and_comes_with_its_resource() {
        let (with, without) = (inventory(&KEYS, &[]), inventory(&[("p1", &["b"])], &[]));
        let off: Verdict<'_> = (Some("disabled"), &[]);
        let [went, _] = outcomes("weak", "a", (&with, FINE), (&without, off));
        assert_eq!(went, (Outcome::ResourceRemoved, None));
        let [_, came] = outcomes("weak", "a", (&without, off), (&with, FINE));
        assert_eq!(came, (Outcome::Appeared, None));
        let [went, _] = outcomes("weak", "a", (&with, FINE), (&with, off));
        assert_eq!(went, (Outcome::Unknown, Some("disabled")));
    }

    #[test]
    fn a_check_across_projects_needs_the_others() {
        let all = inventory(&KEYS, &[]);
        let hidden = inventory(&KEYS[..1], &[("p2", Reason::Suspended)]);
        let [went, _] = outcomes("sshkey_shared", "a", (&all, FINE), (&hidden, FINE));
        assert_eq!(went, (Outcome::Unknown, Some("out_of_service")));
        let [went, _] = outcomes("weak", "a", (&all, FINE), (&hidden, FINE));
        assert_eq!(went.0, Outcome::Resolved);
    }
}
