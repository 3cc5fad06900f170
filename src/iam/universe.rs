//! The actions that rights are compared over: the known ones, those that the policies of an account
//! name beside them, and made ones that stand for the actions that nobody here knows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::bits::{Bits, WORD};
use super::truth::Truth;
use super::{danger, known, pattern, urn};

/// The text of a made action or name: no real one has a space.
const MADE: &str = "an unknown one";

/// The type of actions and resources whose type is a wildcard.
const ANY: &str = "*";

/// The type of the account's own actions.
pub(super) const ACCOUNT: &str = "account";

/// Actions with their places, those of a type side by side.
#[derive(Debug)]
pub(super) struct Universe {
    /// The actions by their places; empty between two types.
    names: Vec<Cow<'static, str>>,
    /// The words of each type.
    types: BTreeMap<Cow<'static, str>, Range<usize>>,
    places: HashMap<Cow<'static, str>, usize>,
    /// The actions that are no names of OVHcloud's.
    made: Bits,
    /// The actions that only read, and those that give rights.
    reads: Bits,
    escalates: Bits,
    /// The actions that manage users and policies.
    management: Bits,
}

/// The actions of each type, and whether each is made.
type ByType = BTreeMap<Cow<'static, str>, BTreeMap<Cow<'static, str>, bool>>;

/// The actions of a list of patterns: those that it has, and those of which it may have a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cover {
    pub(super) sure: Bits,
    /// Includes the sure ones.
    pub(super) possible: Bits,
}

impl Universe {
    /// The known actions with those of these patterns and these types of resources.
    pub(super) fn new<'a>(
        patterns: &BTreeSet<&'a str>,
        types: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut by_type = ByType::new();
        for action in known::actions() {
            by_type.entry(Cow::from(type_of(action))).or_default().insert(action.into(), false);
        }
        for action in patterns.iter().filter(|pattern| !pattern.contains('*')) {
            let name = action.split('?').next().unwrap_or_default();
            let kind = type_of(name).to_owned().into();
            by_type.entry(kind).or_default().insert(name.to_owned().into(), false);
        }
        for kind in types.filter(|kind| !kind.contains('*')) {
            by_type.entry(kind.to_owned().into()).or_default();
        }
        for (kind, actions) in &mut by_type {
            actions.insert(format!("{kind}:apiovh:{MADE}").into(), true);
            actions.insert(format!("{kind}:apiovh:{MADE}/get").into(), true);
        }
        for pattern in patterns.iter().filter(|pattern| pattern.contains('*')) {
            let name = pattern.split('?').next().unwrap_or_default();
            let mut all = by_type.iter().filter(|(kind, _)| may_have(name, kind));
            let is_covered = |action: &Cow<'_, str>| pattern::covers(name, action);
            if !all.any(|(_, actions)| actions.keys().any(is_covered)) {
                add_instances(&mut by_type, name);
            }
        }
        Self::placed(by_type)
    }

    fn placed(by_type: ByType) -> Self {
        let (mut names, mut types): (Vec<Cow<'static, str>>, _) = (Vec::new(), BTreeMap::new());
        let mut places = HashMap::new();
        let (mut made, mut reads) = (Bits::default(), Bits::default());
        let (mut escalates, mut management) = (Bits::default(), Bits::default());
        for (kind, actions) in by_type {
            let first = names.len() / WORD;
            for (action, is_made) in actions {
                let place = names.len();
                if is_made {
                    made.insert(place);
                }
                let own = action.strip_prefix("account:apiovh:").unwrap_or_default();
                if ["iam/", "me/identity/"].iter().any(|path| own.starts_with(path)) {
                    management.insert(place);
                }
                if pattern::is_read(&action) {
                    reads.insert(place);
                }
                // The known names are borrowed.
                let escalates_here = match &action {
                    Cow::Borrowed(known) => danger::known_escalates(known),
                    Cow::Owned(other) => danger::escalates(other),
                };
                if escalates_here {
                    escalates.insert(place);
                }
                places.insert(action.clone(), place);
                names.push(action);
            }
            names.resize(names.len().next_multiple_of(WORD), Cow::Borrowed(""));
            types.insert(kind, first..names.len() / WORD);
        }
        Self { names, types, places, made, reads, escalates, management }
    }

    /// The places of a pattern, and whether the pattern stands for the whole action at each.
    pub(super) fn covered(&self, pattern: &str) -> Cover {
        let mut cover = Cover::default();
        let name = pattern.split('?').next().unwrap_or_default();
        let mut add = |place: usize, action: &str| match pattern::matches(pattern, action) {
            Truth::Fails => {}
            Truth::Unknown => cover.possible.insert(place),
            Truth::Holds => {
                cover.sure.insert(place);
                cover.possible.insert(place);
            }
        };
        if !name.contains('*') {
            if let Some(place) = self.places.get(name) {
                add(*place, name);
            }
            return cover;
        }
        for (_, words) in self.types.iter().filter(|(kind, _)| may_have(name, kind)) {
            let all = words.start * WORD..words.end * WORD;
            let names = self.names.get(all.clone()).unwrap_or_default();
            for (place, action) in all.zip(names).filter(|(_, action)| !action.is_empty()) {
                add(place, action);
            }
        }
        cover
    }

    /// The actions of a list of patterns; `memo` has the patterns of earlier lists.
    pub(super) fn cover<'a>(
        &self,
        patterns: &'a [String],
        memo: &mut HashMap<&'a str, Cover>,
    ) -> Cover {
        let mut all = Cover::default();
        for pattern in patterns {
            let cover = memo.entry(pattern).or_insert_with(|| self.covered(pattern));
            all.sure.add(&cover.sure);
            all.possible.add(&cover.possible);
        }
        all
    }

    /// The words of the actions that mean something on a resource of this type.
    pub(super) fn on(&self, kind: &str) -> impl Iterator<Item = Range<usize>> {
        // No source names the resource of an order: an order counts as the account's.
        let orders = (kind == ACCOUNT).then_some("order");
        let words = |kind| self.types.get(kind).cloned();
        [Some(kind), Some(ANY), orders].into_iter().flatten().filter_map(words)
    }

    /// The types, but for the one of wildcards.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(AsRef::as_ref).filter(|kind| *kind != ANY)
    }

    /// The actions of a set that have a name of OVHcloud's.
    pub(super) fn names<'a, 'b>(
        &'a self,
        set: &'b Bits,
    ) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
        let places = (0..self.names.len()).filter(|place| set.has(*place));
        places.filter_map(|place| self.name(place))
    }

    /// All actions that have a name of OVHcloud's.
    pub(super) fn all_names(&self) -> impl Iterator<Item = &str> {
        (0..self.names.len()).filter_map(|place| self.name(place))
    }

    fn name(&self, place: usize) -> Option<&str> {
        let name = self.names.get(place).map(AsRef::as_ref)?;
        (!name.is_empty() && !self.made.has(place)).then_some(name)
    }

    /// The first action of a set, with a name of OVHcloud's or without.
    pub(super) fn first(&self, set: &Bits) -> Option<&str> {
        self.names.get(set.first()?).map(AsRef::as_ref).filter(|name| !name.is_empty())
    }

    /// The actions that manage users and policies.
    pub(super) fn management(&self) -> &Bits {
        &self.management
    }

    pub(super) fn reads(&self) -> &Bits {
        &self.reads
    }

    pub(super) fn escalates(&self) -> &Bits {
        &self.escalates
    }
}

/// A resource of this type that nobody knows.
pub(super) fn made_resource(region: &str, kind: &str) -> String {
    format!("urn:v1:{region}:resource:{kind}:{MADE}")
}

/// A resource that a pattern stands for.
pub(super) fn instance(pattern: &str) -> String {
    pattern.replace('*', MADE)
}

/// The type of a resource, or the one of wildcards.
pub(super) fn kind_of(resource: &str) -> &str {
    urn::resource_type(resource).filter(|kind| !kind.contains(MADE)).unwrap_or(ANY)
}

fn type_of(action: &str) -> &str {
    action.split(':').next().unwrap_or_default()
}

/// Adds an action for each type that a pattern without a known action stands for.
fn add_instances(by_type: &mut ByType, pattern: &str) {
    let (kind, rest) = pattern.split_once(':').unwrap_or((pattern, ""));
    let rest = rest.replace('*', MADE);
    let mut is_any = true;
    for (one, actions) in by_type.iter_mut().filter(|(one, _)| pattern::covers(kind, one)) {
        is_any = false;
        actions.entry(format!("{one}:{rest}").into()).or_insert(true);
    }
    if is_any {
        let name = pattern.replace('*', MADE);
        by_type.entry(ANY.into()).or_default().insert(name.into(), true);
    }
}

/// Whether a pattern may stand for an action of the type: its text in front of the wildcard says
/// so.
fn may_have(pattern: &str, kind: &str) -> bool {
    let head = pattern.split('*').next().unwrap_or_default();
    match head.split_once(':') {
        Some((own, _)) => own == kind,
        None => kind == ANY || kind.starts_with(head),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pattern: &str, others: &[&str]) -> Vec<String> {
        let patterns = others.iter().copied().chain([pattern]).collect();
        let universe = Universe::new(&patterns, ["newType"].into_iter());
        let cover = universe.covered(pattern);
        let names = universe.names.iter().enumerate();
        names
            .filter(|(place, _)| cover.sure.has(*place))
            .map(|(_, name)| name.to_string())
            .collect()
    }

    #[test]
    fn a_pattern_has_the_actions_that_it_covers() {
        for pattern in
            ["*", "*get", "vps:*", "vps*", "v*", "account:apiovh:me/*", "*:apiovh:*/delete"]
        {
            let patterns = BTreeSet::from([pattern]);
            let universe = Universe::new(&patterns, [].into_iter());
            let expected = universe.names.iter().filter(|name| !name.is_empty());
            let expected = expected.filter(|name| pattern::covers(pattern, name)).count();
            assert!(expected > 0 && names(pattern, &[]).len() >= expected, "{pattern}");
            let known = known::actions().filter(|name| pattern::covers(pattern, name)).count();
            let cover = universe.covered(pattern);
            assert_eq!(universe.names(&cover.sure).count(), known, "{pattern}");
        }
    }

    #[test]
    fn each_type_has_an_unknown_action_that_reads_and_one_that_writes() {
        let all = names("newType:*", &[]);
        assert_eq!(all.len(), 2);
        assert_eq!(all.iter().filter(|name| pattern::is_read(name)).count(), 1);
        assert_eq!(names("vps:apiovh:an*", &[]).len(), 2);
    }

    #[test]
    fn actions_that_only_a_policy_names_are_there() {
        let openstack = "publicCloudProject:openstack:computeOperator";
        assert_eq!(names(openstack, &[]), [openstack]);
        assert_eq!(names("publicCloudProject:openstack:*", &[openstack]), [openstack]);
        assert_eq!(names("publicCloudProject:openstack:*", &[]).len(), 1);
        let vrack = names("*:vrack:attach", &[]);
        assert!(vrack.contains(&"vps:vrack:attach".to_owned()) && vrack.len() > 70);
        assert_eq!(names("nothing*:a:b", &[]), ["nothingan unknown one:a:b"]);
        let universe = Universe::new(&["nothing*:a:b", "*:vrack:attach"].into(), [].into_iter());
        assert_eq!(universe.on("vps").count(), 2);
        assert_eq!(universe.on("unheard-of").count(), 1);
        let is_made = |name: &str| name.contains("vrack:attach") || name.contains("a:b");
        assert!(!universe.all_names().any(is_made));
    }
}
