//! Security groups of Public Cloud projects, and the rules that accept traffic from any address.
//!
//! One call lists the groups of all regions with their rules. OVHcloud calls the route internal and
//! may change it or not open it to a project; the collector is therefore disabled by default. The
//! instances of a group are not read.

use std::borrow::Cow;
use std::ops::Not;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::api::{self, Identified, Route};
use crate::family::{Desc, Family, Word};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::pass::{Gathered, Pass};
use super::shared::is_everywhere;
use super::shared::known::Known;
use super::shared::samples::info;
use super::shared::{is_unchanged, offered};

static LIST: Route = Route::new(
    "/v2/publicCloud/project/{projectId}/securityGroup",
    &["publicCloudProject:apiovh:securityGroup/get"],
);

static GROUPS: Desc = Desc::count(
    "ovhcloud_cloud_security_groups",
    "Security groups of Public Cloud projects \
     (GET /v2/publicCloud/project/{projectId}/securityGroup)",
    &["project_id", "ovh_region"],
);
static OPEN: Desc = Desc::count(
    "ovhcloud_cloud_security_groups_open",
    "Security groups of Public Cloud projects with a rule that lets in from 0.0.0.0/0, from ::/0 \
     or from no named remote (GET /v2/publicCloud/project/{projectId}/securityGroup)",
    &["project_id", "ovh_region"],
);
static OPEN_RULES: Desc = Desc::count(
    "ovhcloud_cloud_security_group_open_rules",
    "Rules of security groups that let in from 0.0.0.0/0, from ::/0 or from no named remote; any \
     stands for all protocols (GET /v2/publicCloud/project/{projectId}/securityGroup)",
    &["project_id", "ovh_region", "protocol"],
);
static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_security_group_info",
    "Always 1, for each security group of a Public Cloud project \
     (GET /v2/publicCloud/project/{projectId}/securityGroup)",
    &["project_id", "ovh_region", "security_group_id", "security_group_name", "status"],
);

/// A security group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// Its id.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Its region.
    pub region: Word,
    /// `READY`, `CREATING`, `ERROR`, …
    pub status: Word,
    /// The known rules that accept traffic from any address; `None` if there is none among its known
    /// rules, and some are unknown.
    pub open_rules: Option<Vec<OpenRule>>,
    /// Whether there are rules beside them that are unknown, and may be open as well.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub has_unknown_rules: bool,
}

/// A rule that accepts traffic from any address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpenRule {
    /// `tcp`, `udp`, `icmp`, …; `any` for all.
    pub protocol: Word,
    /// `22` or `1024-2048`; `None` for all, and for a protocol without ports.
    pub ports: Option<String>,
    /// `IPV4` or `IPV6`.
    pub ethertype: Word,
}

impl Collect for SecurityGroup {
    type Scope = Project;
    const NAME: &'static str = "cloud_security_group";
    const RESOURCES: &'static str = "security groups of projects";
    const ROUTES: &'static [&'static Route] = &[&LIST];
    const FAMILIES: &'static [&'static Desc] = &[&GROUPS, &OPEN, &OPEN_RULES, &INFO];
    const IS_ON: bool = false;

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn region(&self) -> Word {
        self.region.clone()
    }

    fn same_as(&self, before: &Self) -> bool {
        let other =
            |group: &Self| Self { open_rules: None, has_unknown_rules: false, ..group.clone() };
        is_unchanged(self.open_rules.as_ref(), before.open_rules.as_ref())
            && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let groups = offered(pass.session.pages(&LIST.at(&[&scope.project_id()])).await)?;
        Ok(Gathered::from_listing(groups, |wire: Wire| wire.into()))
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let (mut groups, mut rules) = (GROUPS.family(), OPEN_RULES.family());
        let mut open = Known::of(&OPEN);
        for (project, section) in &sections.by_scope {
            for group in &*section.items {
                let place = || [project.project_id(), group.region.clone()];
                groups.count(place());
                let is_open = group.open_rules.as_ref().map(|rules| !rules.is_empty());
                open.count(place(), is_open, section.whole);
                for rule in group.open_rules.iter().flatten() {
                    let [project, region] = place();
                    rules.count([project, region, rule.protocol.clone()]);
                }
            }
            let is_closed = |group: &Self| group.open_rules.as_ref().is_some_and(Vec::is_empty);
            if section.whole && section.items.iter().all(is_closed) {
                rules.add([project.project_id(), Word::default(), Word::default()], 0.0);
            }
        }
        vec![groups, open.family(), rules]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let groups = info(&INFO, sections, |project, group: &Self| {
            let (id, name) = (group.id.as_str().into(), group.name.as_str().into());
            [project, group.region.clone(), id, name, group.status.clone()]
        });
        vec![groups]
    }
}

/// `publicCloud.securityGroup.SecurityGroup`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: Option<String>,
    resource_status: Option<String>,
    current_state: Option<State>,
    target_spec: Option<State>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
}

/// `publicCloud.securityGroup.SecurityGroupCurrentState`, and the target state, which also has a
/// name and a location.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    name: Option<String>,
    location: Option<Location>,
    rules: Option<Vec<Rule>>,
    default_rules: Option<Vec<Rule>>,
}

/// `publicCloud.common.Location`
#[derive(Deserialize)]
struct Location {
    region: Option<String>,
}

/// `publicCloud.securityGroup.SecurityGroupStateRule`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    direction: Option<String>,
    ethernet_type: Option<String>,
    protocol: Option<String>,
    port_range_min: Option<i64>,
    port_range_max: Option<i64>,
    remote_ip_prefix: Option<String>,
    remote_group: Option<IgnoredAny>,
}

impl Rule {
    /// Whether the rule accepts traffic from any address; `None` if its direction is unknown. The
    /// rules are OpenStack's, where a rule without a remote applies to any address; a rule for a
    /// group has no prefix either.
    fn is_open(&self) -> Option<bool> {
        let prefix = self.remote_ip_prefix.as_deref().unwrap_or_default();
        if self.remote_group.is_some() || !(prefix.is_empty() || is_everywhere(prefix)) {
            return Some(false);
        }
        match self.direction.as_deref() {
            Some("INGRESS") => Some(true),
            Some("EGRESS") => Some(false),
            _ => None,
        }
    }

    /// The open ports. A range with one missing end is the other end alone. The range of an ICMP
    /// rule has types and codes, not ports.
    fn ports(&self, protocol: &str) -> Option<String> {
        let first = self.port_range_min.or(self.port_range_max)?;
        let last = self.port_range_max.or(self.port_range_min)?;
        match protocol {
            "icmp" | "icmpv6" => None,
            _ if first == last => Some(first.to_string()),
            _ => Some(format!("{first}-{last}")),
        }
    }
}

impl From<Rule> for OpenRule {
    fn from(rule: Rule) -> Self {
        let named = rule.protocol.as_deref().filter(|protocol| !protocol.is_empty());
        let protocol = named.map_or("any".to_owned(), str::to_lowercase);
        Self {
            ports: rule.ports(&protocol),
            protocol: protocol.into(),
            ethertype: rule.ethernet_type.unwrap_or_default().into(),
        }
    }
}

impl From<Wire> for SecurityGroup {
    fn from(wire: Wire) -> Self {
        let current = wire.current_state.unwrap_or_default();
        let target = wire.target_spec.unwrap_or_default();
        let region = |location: Option<Location>| location.and_then(|location| location.region);
        let region = region(current.location).or_else(|| region(target.location));
        // The target state is not in force: only the current rules accept traffic.
        let others = current.default_rules.unwrap_or_default();
        let rules = current.rules.map(|rules| rules.into_iter().chain(others).collect::<Vec<_>>());
        let has_unknown_rules = rules.iter().flatten().any(|rule| rule.is_open().is_none());
        let open_rules = rules.and_then(|rules| {
            let open = rules.into_iter().filter(|rule| rule.is_open() == Some(true));
            let mut open: Vec<_> = open.map(OpenRule::from).collect();
            // The order of the rules has no meaning and may change.
            open.sort();
            // One open rule is enough to know; none is, if all rules are clear.
            (!open.is_empty() || !has_unknown_rules).then_some(open)
        });
        Self {
            id: wire.id.unwrap_or_default(),
            name: current.name.or(target.name).unwrap_or_default(),
            region: region.unwrap_or_default().into(),
            status: wire.resource_status.unwrap_or_default().into(),
            open_rules,
            has_unknown_rules,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(json: &str) -> SecurityGroup {
        serde_json::from_str::<Wire>(json).unwrap().into()
    }

    /// The open rules of a group with this one, as `protocol ports`.
    fn open(rule: &str) -> Vec<String> {
        let read = group(&format!(r#"{{"currentState":{{"rules":[{{{rule}}}]}}}}"#));
        let text = |rule: OpenRule| format!("{} {}", rule.protocol, rule.ports.unwrap_or_default());
        read.open_rules.unwrap().into_iter().map(text).collect()
    }

    #[test]
    fn a_rule_is_open_when_it_lets_in_and_names_no_remote() {
        let none: [&str; 0] = [];
        for prefix in ["null", r#""""#, r#""0.0.0.0/0""#, r#""::/0""#] {
            let rule = format!(r#""direction":"INGRESS","remoteIpPrefix":{prefix}"#);
            assert_eq!(open(&rule), ["any "], "{prefix}");
            let group = format!(r#"{rule},"remoteGroup":{{"id":null}}"#);
            assert_eq!(open(&group), none, "{prefix} and a group");
        }
        assert_eq!(open(r#""direction":"INGRESS""#), ["any "]);
        assert_eq!(open(r#""direction":"INGRESS","remoteIpPrefix":"192.0.2.0/24""#), none);
        assert_eq!(open(r#""direction":"EGRESS""#), none);
    }

    #[test]
    fn a_rule_without_a_known_direction_leaves_a_group_unknown_unless_another_is_open() {
        let read = |rules: &str| {
            let group = group(&format!(r#"{{"currentState":{{"rules":[{rules}]}}}}"#));
            group.open_rules.map(|rules| rules.len())
        };
        for unclear in ["{}", r#"{"direction":null}"#, r#"{"direction":"SIDEWAYS"}"#] {
            assert_eq!(read(unclear), None, "{unclear}");
            assert_eq!(read(&format!(r#"{unclear},{{"direction":"INGRESS"}}"#)), Some(1));
            assert_eq!(read(&format!(r#"{unclear},{{"direction":"EGRESS"}}"#)), None);
            let rules = format!(r#"{unclear},{{"direction":"INGRESS"}}"#);
            let both = group(&format!(r#"{{"currentState":{{"rules":[{rules}]}}}}"#));
            assert!(both.has_unknown_rules);
        }
        // It names its remote and is open in neither direction.
        assert_eq!(read(r#"{"remoteIpPrefix":"192.0.2.0/24"}"#), Some(0));
    }

    #[test]
    fn ports_are_as_people_write_them() {
        let rule = |protocol: &str, min: &str, max: &str| {
            let ports = format!(r#""portRangeMin":{min},"portRangeMax":{max}"#);
            open(&format!(r#""direction":"INGRESS","protocol":{protocol},{ports}"#))
        };
        assert_eq!(rule(r#""TCP""#, "22", "22"), ["tcp 22"]);
        assert_eq!(rule(r#""UDP""#, "1024", "2048"), ["udp 1024-2048"]);
        assert_eq!(rule(r#""TCP""#, "null", "443"), ["tcp 443"]);
        assert_eq!(rule(r#""""#, "null", "null"), ["any "]);
        assert_eq!(rule(r#""ICMP""#, "8", "0"), ["icmp "]);
    }

    #[test]
    fn a_target_state_opens_nothing() {
        let planned = group(
            r#"{"id":"g","currentState":null,"targetSpec":{"name":"n",
                "location":{"region":"GRA11"},"rules":[{"direction":"INGRESS"}]}}"#,
        );
        assert_eq!((planned.name.as_str(), &*planned.region), ("n", "GRA11"));
        assert_eq!(planned.open_rules, None);
        assert_eq!(group("{}").open_rules, None);
    }

    #[test]
    fn rules_of_both_kinds_count() {
        let open = r#"{"direction":"INGRESS","ethernetType":"IPV6"}"#;
        let both = format!(r#"{{"currentState":{{"rules":[],"defaultRules":[{open}]}}}}"#);
        let rules = group(&both).open_rules.unwrap();
        assert_eq!((rules.len(), &*rules[0].ethertype), (1, "IPV6"));
    }
}
