//! Patterns of actions, as policies and permissions groups have them.
//!
//! `*` stands for any text, `:` and `/` included; everything else is literal. OVHcloud's own
//! groups have it at the beginning (`*get`) and at the end (`vps:apiovh:*`).

use super::known;
use super::truth::Truth;

/// The reach of a pattern, where it is more than single actions of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// Every action of every type: `*`, `*:*`, `*:apiovh:*`.
    Everything,
    /// Every action of one type: `vps:*`, `vps:apiovh:*`.
    Type,
    /// Actions that write, on every type: `*/delete`.
    Writes,
}

/// Whether the pattern stands for the text. Another pattern as the text asks whether it is covered
/// as a whole.
pub fn covers(pattern: &str, text: &str) -> bool {
    let Some((head, mut tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    while let Some((part, rest)) = tail.split_once('*') {
        let Some((_, after)) = text.split_once(part) else { return false };
        (text, tail) = (after, rest);
    }
    text.ends_with(tail)
}

/// Whether a pattern of a policy stands for the action. Some actions take a parameter
/// (`vSphere:assumeRole?role=x`): a pattern with one stands for a part of the action.
pub fn matches(pattern: &str, action: &str) -> Truth {
    if covers(pattern, action) {
        return Truth::Holds;
    }
    let (name, given) = action.split_once('?').map_or((action, None), |(a, b)| (a, Some(b)));
    match pattern.split_once('?') {
        None => covers(pattern, name).into(),
        Some((base, _)) if !covers(base, name) => Truth::Fails,
        Some((_, "*")) => Truth::Holds,
        // Another value, or a value of a request that is not known.
        Some(_) if given.is_some() => Truth::Fails,
        Some(_) => Truth::Unknown,
    }
}

/// Whether the action only reads: the last word of its path is or ends in `get`. In OVHcloud's
/// descriptions 1,942 of 1,951 actions of GET operations end so.
pub fn is_read(action: &str) -> bool {
    action.ends_with("get")
}

/// The breadth of a pattern; `None` if it stands for single actions, or for actions of every type
/// that only read.
pub fn breadth(pattern: &str) -> Option<Breadth> {
    let mut parts = pattern.splitn(3, ':');
    let (kind, interface, path) = (parts.next()?, parts.next(), parts.next());
    let is_any = |part: Option<&str>| part.is_none_or(|part| part == "*");
    // `vps:apiovh:*` is every action of the API, `*:vrack:*` those of one small interface.
    let is_all = is_any(path) && (is_any(interface) || interface == Some("apiovh"));
    if kind == "*" && is_all {
        return Some(Breadth::Everything);
    }
    if !kind.contains('*') && is_all && pattern.ends_with('*') {
        return Some(Breadth::Type);
    }
    // `account*` and `account:api*` stand for every action of the API, too.
    if let Some(head) = pattern.strip_suffix('*').filter(|head| !head.contains('*')) {
        let api = |action: &str| action.split_inclusive(':').take(2).collect::<String>();
        if !head.is_empty() && known::actions().any(|action| api(action).starts_with(head)) {
            return Some(Breadth::Type);
        }
    }
    let writes = || known::actions().any(|action| !is_read(action) && covers(pattern, action));
    (pattern.starts_with('*') && writes()).then_some(Breadth::Writes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, is_covered) in [
            ("*", "account:apiovh:me/get", true),
            ("*", "", true),
            ("*get", "account:apiovh:me/get", true),
            ("*:apiovh:*", "account:apiovh:me/get", true),
            ("account:*", "account:apiovh:me/get", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("account:apiovh:me/*", "account:apiovh:me", false),
            ("account:apiovh:me", "account:apiovh:me/get", false),
            ("vps:*", "account:apiovh:me/get", false),
            ("*:apiovh:*", "*:apiovh:*", true),
            ("vps:*", "vps:apiovh:*", true),
            ("vps:apiovh:*", "vps:*", false),
        ] {
            assert_eq!(covers(pattern, text), is_covered, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_pattern_with_a_parameter_stands_for_a_part_of_the_action() {
        let action = "pccVMware:vSphere:assumeRole";
        for (pattern, expected) in [
            ("pccVMware:vSphere:assumeRole", Truth::Holds),
            ("pccVMware:*", Truth::Holds),
            ("pccVMware:vSphere:assumeRole?*", Truth::Holds),
            ("pccVMware:vSphere:assumeRole?role=x", Truth::Unknown),
            ("pccVMware:vSphere:other?role=x", Truth::Fails),
        ] {
            assert_eq!(matches(pattern, action), expected, "{pattern}");
        }
        let given = "pccVMware:vSphere:assumeRole?role=x";
        assert_eq!(matches(action, given), Truth::Holds);
        assert_eq!(matches(given, given), Truth::Holds);
        assert_eq!(matches("pccVMware:vSphere:assumeRole?role=y", given), Truth::Fails);
    }

    #[test]
    fn the_breadth_of_a_pattern_is_everything_a_type_or_writes_of_every_type() {
        for (pattern, expected) in [
            ("*", Some(Breadth::Everything)),
            ("*:*", Some(Breadth::Everything)),
            ("*:apiovh:*", Some(Breadth::Everything)),
            ("*:*:*", Some(Breadth::Everything)),
            ("vps:*", Some(Breadth::Type)),
            ("account:apiovh:*", Some(Breadth::Type)),
            ("account:*:*", Some(Breadth::Type)),
            ("account*", Some(Breadth::Type)),
            ("account:api*", Some(Breadth::Type)),
            ("acc*", Some(Breadth::Type)),
            ("*delete", Some(Breadth::Writes)),
            ("*:apiovh:iam/policy/*", Some(Breadth::Writes)),
            ("*apiovh:*", Some(Breadth::Writes)),
            ("*get", None),
            ("*:vrack:*", None),
            ("*:vrack:attach", None),
            ("account:apiovh:me/*", None),
            ("account:apiovh:me/get", None),
            ("publicCloudProject:openstack:*", None),
            ("", None),
            ("account", None),
        ] {
            assert_eq!(breadth(pattern), expected, "{pattern}");
        }
    }
}
