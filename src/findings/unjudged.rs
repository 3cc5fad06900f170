//! The reasons why a check did not judge everything, in words.

use super::evidence::{CheckState, Evidence, Unclear};
use super::printable::printable;
use super::state::Completeness;

/// At most this many unclear resources are named.
const NAMED: usize = 10;

/// The reason in words, with the collectors or resources that it concerns; `None` for a check that
/// judged everything.
pub fn explained(check: &CheckState<'_>, evidence: &Evidence<'_>) -> Option<String> {
    let reason = check.reason?;
    let needs = |is_it: fn(Completeness) -> bool| needs(check, evidence, is_it);
    let off = |state| state == Completeness::Off;
    let words = match reason {
        "disabled" => "the configuration switches the check off".to_owned(),
        "not_configured" => "the configuration lacks the list that it compares with".to_owned(),
        "not_evaluable" => {
            "OVHcloud does not answer its question for this account or credential".to_owned()
        }
        "not_collected" => format!("a collector that it needs is off{}", needs(off)),
        "not_read" => format!("data that it needs was not read{}", needs(Completeness::is_missing)),
        "incomplete" => {
            format!("data that it needs is incomplete{}", needs(Completeness::is_missing))
        }
        "unclear" => return Some(unclear(&check.unclear)),
        other => other.to_owned(),
    };
    let more = if check.unclear.is_empty() {
        String::new()
    } else {
        format!("; {}", unclear(&check.unclear))
    };
    Some(words + &more)
}

/// The needed collectors in such a state, after a colon.
fn needs(
    check: &CheckState<'_>,
    evidence: &Evidence<'_>,
    is_it: fn(Completeness) -> bool,
) -> String {
    let states = evidence.collectors.iter().filter(|one| check.needs.contains(&one.collector));
    let names: Vec<_> = states.filter(|one| is_it(one.state)).map(|one| one.collector).collect();
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}

fn unclear(resources: &[Unclear<'_>]) -> String {
    let shown = |one: &Unclear<'_>| {
        let name = if one.resource_name.is_empty() { one.resource } else { one.resource_name };
        printable(name)
    };
    let mut names: Vec<_> = resources.iter().take(NAMED).map(shown).collect();
    let more = resources.len().saturating_sub(NAMED);
    names.extend((more > 0).then(|| format!("{more} more")));
    format!("OVHcloud's answer lacks a property of {}", names.join(", "))
}
