//! The parts that the checks of security groups share.
//!
//! A rule that opens every port is one finding, of `securitygroup_open_all`, and none of the checks
//! of single ports.

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::collectors::cloud_security_group::OpenRule;

/// Finds the groups that open one of these ports of TCP, each with the name of its service, to
/// every address.
pub(super) fn judge_ports(context: &Context<'_>, ports: &[(u16, &str)]) -> Verdict {
    judge(&context.inventory.cloud_security_group, |group| {
        let Some(rules) = &group.open_rules else { return Opinion::Unclear };
        let opens = |rule: &OpenRule, port| {
            !opens_every_port(rule)
                && is_tcp(rule)
                && range(rule).is_some_and(|[first, last]| (first..=last).contains(&port))
        };
        let is_open = |port| rules.iter().any(|rule| opens(rule, port));
        let open: Vec<_> = ports.iter().filter(|(port, _)| is_open(*port)).collect();
        let guilty = rules.iter().filter(|rule| open.iter().any(|(port, _)| opens(rule, *port)));
        let Some(sources) = sources(guilty) else { return Opinion::Fine };
        let s = if open.len() == 1 { "" } else { "s" };
        let named: Vec<_> = open.iter().map(|(port, name)| format!("{port} ({name})")).collect();
        Violation::because(format!("{sources} may reach port{s} {}", named.join(", "))).into()
    })
}

/// Whether a rule opens every port of TCP or UDP.
pub(super) fn opens_every_port(rule: &OpenRule) -> bool {
    let has_ports = is_tcp(rule) || matches!(&*rule.protocol, "udp" | "17");
    has_ports && range(rule).is_some_and(|[first, last]| first <= 1 && last == u16::MAX)
}

/// The addresses that some rules let in; `None` without a rule.
pub(super) fn sources<'a>(rules: impl Iterator<Item = &'a OpenRule>) -> Option<&'static str> {
    let types: Vec<_> = rules.map(|rule| &*rule.ethertype).collect();
    let has = |name| types.contains(&name);
    match (has("IPV4"), has("IPV6")) {
        _ if types.is_empty() => None,
        (true, true) => Some("0.0.0.0/0 and ::/0"),
        (true, false) => Some("0.0.0.0/0"),
        (false, true) => Some("::/0"),
        (false, false) => Some("every address"),
    }
}

fn is_tcp(rule: &OpenRule) -> bool {
    matches!(&*rule.protocol, "tcp" | "6" | "any")
}

/// The first and the last port of a rule: all without a range.
fn range(rule: &OpenRule) -> Option<[u16; 2]> {
    let Some(ports) = &rule.ports else { return Some([0, u16::MAX]) };
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    Some([first.parse().ok()?, last.parse().ok()?])
}
