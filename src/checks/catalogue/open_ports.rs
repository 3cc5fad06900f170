//! The parts that the checks of security groups share.
//!
//! A rule that opens every port is one finding, of `securitygroup_open_all`, and none of the checks
//! of single ports.

use crate::checks::context::Context;
use crate::checks::verdict::{Opinion, Verdict, Violation, judge};
use crate::collectors::cloud_security_group::{OpenRule, SecurityGroup};

/// Finds the groups that open one of these ports of TCP, each with the name of its service, to
/// every address.
pub(super) fn judge_ports(context: &Context<'_>, ports: &[(u16, &str)]) -> Verdict {
    judge(&context.inventory.cloud_security_group, |group| {
        let Some(rules) = &group.open_rules else { return Opinion::Unclear };
        match opening(rules, ports) {
            Some(evidence) => Violation::because(evidence).into(),
            None => closed(group),
        }
    })
}

/// The opinion about a group whose open rules violate nothing.
pub(super) fn closed(group: &SecurityGroup) -> Opinion {
    let is_unreadable = |rule: &OpenRule| (is_tcp(rule) || is_udp(rule)) && range(rule).is_none();
    let mut rules = group.open_rules.iter().flatten();
    if group.has_unknown_rules || rules.any(is_unreadable) {
        Opinion::Unclear
    } else {
        Opinion::Fine
    }
}

/// The addresses and the ports that rules open, in words; `None` if they open none of the ports.
fn opening(rules: &[OpenRule], ports: &[(u16, &str)]) -> Option<String> {
    let opens = |rule: &OpenRule, port| {
        !opens_every_port(rule)
            && is_tcp(rule)
            && range(rule).is_some_and(|[first, last]| (first..=last).contains(&port))
    };
    let is_open = |port| rules.iter().any(|rule| opens(rule, port));
    let open: Vec<_> = ports.iter().filter(|(port, _)| is_open(*port)).collect();
    let guilty = rules.iter().filter(|rule| open.iter().any(|(port, _)| opens(rule, *port)));
    let sources = sources(guilty)?;
    let s = if open.len() == 1 { "" } else { "s" };
    let named: Vec<_> = open.iter().map(|(port, name)| format!("{port} ({name})")).collect();
    Some(format!("{sources} may reach port{s} {}", named.join(", ")))
}

/// Whether a rule opens every port of TCP or UDP.
pub(super) fn opens_every_port(rule: &OpenRule) -> bool {
    (is_tcp(rule) || is_udp(rule))
        && range(rule).is_some_and(|[first, last]| first <= 1 && last == u16::MAX)
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

fn is_udp(rule: &OpenRule) -> bool {
    matches!(&*rule.protocol, "udp" | "17")
}

/// The first and the last port of a rule: all without a range.
fn range(rule: &OpenRule) -> Option<[u16; 2]> {
    let Some(ports) = &rule.ports else { return Some([0, u16::MAX]) };
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    Some([first.parse().ok()?, last.parse().ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(protocol: &str, ports: Option<&str>, ethertype: &str) -> OpenRule {
        let ports = ports.map(str::to_owned);
        OpenRule { protocol: protocol.into(), ports, ethertype: ethertype.into() }
    }

    const PORTS: &[(u16, &str)] = &[(22, "SSH"), (5432, "PostgreSQL")];

    #[test]
    fn a_range_opens_the_ports_from_its_first_to_its_last() {
        let open = |ports| opening(&[rule("tcp", Some(ports), "IPV4")], PORTS);
        let ssh = Some("0.0.0.0/0 may reach port 22 (SSH)".to_owned());
        for ports in ["22", "22-30", "1-22", "22-5431"] {
            assert_eq!(open(ports), ssh, "{ports}");
        }
        let both = "0.0.0.0/0 may reach ports 22 (SSH), 5432 (PostgreSQL)";
        assert_eq!(open("22-5432").as_deref(), Some(both));
        assert_eq!((open("1-21"), open("23-5431"), open("5433-9000")), (None, None, None));
        assert_eq!(open("1-65535"), None, "securitygroup_open_all finds it");
    }

    #[test]
    fn only_rules_of_tcp_open_ports_of_tcp() {
        let open = |protocol| opening(&[rule(protocol, Some("22"), "IPV4")], PORTS).is_some();
        let tcp = ["tcp", "6", "any"].map(open);
        assert_eq!((tcp, ["udp", "icmp", "gre"].map(open)), ([true; 3], [false; 3]));
        assert_eq!(opening(&[], PORTS), None);
    }

    #[test]
    fn the_addresses_are_those_of_the_rules_that_open() {
        let rules = [rule("tcp", Some("22"), "IPV6"), rule("tcp", Some("443"), "IPV4")];
        assert_eq!(opening(&rules, PORTS).as_deref(), Some("::/0 may reach port 22 (SSH)"));
        let rules = [rule("tcp", Some("22"), "IPV6"), rule("tcp", Some("22"), "IPV4")];
        let both = "0.0.0.0/0 and ::/0 may reach port 22 (SSH)";
        assert_eq!(opening(&rules, PORTS).as_deref(), Some(both));
        let rules = [rule("tcp", Some("22"), "")];
        assert_eq!(
            opening(&rules, PORTS).as_deref(),
            Some("every address may reach port 22 (SSH)")
        );
    }
}
