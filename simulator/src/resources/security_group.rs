//! The security groups of a project, with their rules, over all regions.
//!
//! OVHcloud calls the routes internal. It is unverified that they list groups made by no
//! client of v2, and that `default` lists its own rules.

use serde_json::{Value, json};

use super::region;
use super::resource::Resource;
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:securityGroup/get"),
    enums: &[
        "resourceStatus",
        "currentState.rules.direction",
        "currentState.rules.ethernetType",
        "currentState.rules.protocol",
        "currentTasks.status",
    ],
    missing: "Client::NotFound::SecurityGroupDoesNotExist",
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "security_group",
    routes: &[
        Route {
            template: "/v2/publicCloud/project/{projectId}/securityGroup",
            kind: Kind::Pages,
            ..ROUTE
        },
        Route {
            template: "/v2/publicCloud/project/{projectId}/securityGroup/{securityGroupId}",
            kind: Kind::One(Batch::Never),
            ..ROUTE
        },
    ],
    generate,
    reference,
};

/// With whom a rule speaks.
#[derive(Clone, Copy)]
enum Remote {
    /// With anybody, by naming nobody.
    Nobody,
    Block(&'static str),
    /// With the members of the rule's own group.
    Own,
}

/// Direction, IP version, protocol, ports, remote.
type Rule = (&'static str, &'static str, Option<&'static str>, Option<(u16, u16)>, Remote);

const OFFICE: Remote = Remote::Block("192.0.2.0/24");
const WORLD: Remote = Remote::Block("0.0.0.0/0");
const WORLD_6: Remote = Remote::Block("::/0");

/// The rules that OpenStack adds to every group.
const OUT: &[Rule] = &[
    ("EGRESS", "IPV4", None, None, Remote::Nobody),
    ("EGRESS", "IPV6", None, None, Remote::Nobody),
];
/// As OVHcloud makes it: everything is allowed, in and out.
const DEFAULT: &[Rule] =
    &[("INGRESS", "IPV4", None, None, WORLD), ("INGRESS", "IPV6", None, None, WORLD_6)];
const WEB: &[Rule] = &[
    ("INGRESS", "IPV4", Some("TCP"), Some((443, 443)), Remote::Nobody),
    ("INGRESS", "IPV6", Some("TCP"), Some((443, 443)), WORLD_6),
    ("INGRESS", "IPV4", Some("TCP"), Some((22, 22)), OFFICE),
    ("INGRESS", "IPV4", None, None, Remote::Own),
];
const GAMES: &[Rule] = &[
    ("INGRESS", "IPV4", Some("UDP"), Some((27_000, 27_100)), WORLD),
    // Type and code.
    ("INGRESS", "IPV4", Some("ICMP"), Some((8, 0)), WORLD),
    ("EGRESS", "IPV4", Some("TCP"), Some((5432, 5432)), WORLD),
];
const CLOSED: &[Rule] = &[
    ("INGRESS", "IPV4", Some("TCP"), Some((5432, 5432)), Remote::Own),
    ("INGRESS", "IPV4", Some("TCP"), Some((22, 22)), OFFICE),
];
const SSH: &[Rule] = &[("INGRESS", "IPV4", Some("TCP"), Some((22, 22)), WORLD)];
/// Remote access and a database, open to every address.
const OPEN: &[Rule] = &[
    ("INGRESS", "IPV4", Some("TCP"), Some((22, 22)), WORLD),
    ("INGRESS", "IPV6", Some("TCP"), Some((3389, 3389)), WORLD_6),
    ("INGRESS", "IPV4", Some("TCP"), Some((5432, 5432)), Remote::Nobody),
];

/// The protocols that the other groups of the reference account do not name.
const OTHER_PROTOCOLS: &[&str] = &[
    "AH", "DCCP", "EGP", "ESP", "GRE", "ICMPV6", "IGMP", "OSPF", "PGM", "RSVP", "SCTP", "UDPLITE",
    "VRRP",
];

/// The states that the named groups of the reference account do not have, and the state of the task
/// that each has.
const OTHER_STATUSES: &[(&str, Option<&str>)] = &[
    ("CREATING", Some("RUNNING")),
    ("DELETING", Some("SCHEDULED")),
    ("ERROR", Some("ERROR")),
    ("OUT_OF_SYNC", None),
    ("SUSPENDED", Some("WAITING_USER_INPUT")),
    ("UNKNOWN", None),
    ("UPDATING", Some("PENDING")),
];

struct Group<'a> {
    name: &'a str,
    region: &'a str,
    status: &'a str,
    task: Option<&'a str>,
    rules: Vec<Rule>,
}

impl<'a> Group<'a> {
    fn new(name: &'a str, region: &'a str, rules: &[Rule]) -> Self {
        Self { name, region, status: "READY", task: None, rules: rules.to_vec() }
    }
}

fn reference(account: &mut Account, draw: &mut Draw) {
    let others = |protocol: &&'static str| ("INGRESS", "IPV4", Some(*protocol), None, OFFICE);
    let others: Vec<_> = OTHER_PROTOCOLS.iter().map(others).collect();
    for (project, group) in [
        ("prod", Group::new("default", "GRA11", DEFAULT)),
        ("prod", Group::new("web", "GRA11", WEB)),
        ("prod", Group::new("games", "SBG5", GAMES)),
        ("prod", Group::new("db", "SBG5", CLOSED)),
        ("prod", Group::new("sealed", "SBG5", &[])),
        ("prod", Group::new("tunnels", "EU-WEST-PAR", &others)),
        ("prod", Group { status: "CREATION_PLANNED", ..Group::new("next", "GRA11", SSH) }),
        ("staging", Group::new("default", "GRA11", DEFAULT)),
        ("legacy", Group::new("default", "GRA11", DEFAULT)),
    ] {
        let Some(id) = account.project(project) else { continue };
        push(account, &id, &group, draw);
    }
    let Some(staging) = account.project("staging") else { return };
    for (status, task) in OTHER_STATUSES {
        let name = status.to_lowercase();
        let group = Group { status, task: *task, ..Group::new(&name, "GRA11", CLOSED) };
        push(account, &staging, &group, draw);
    }
    push(account, &staging, &Group::new("try-out", "SBG5", OPEN), draw);
}

/// In each region that holds instances the default group, and in the first two one more.
fn generate(account: &mut Account, _: &Size, draw: &mut Draw) {
    for project in account.projects() {
        for (number, region) in region::with_instances(account, &project).iter().enumerate() {
            push(account, &project, &Group::new("default", region, DEFAULT), draw);
            let own = match number {
                0 => Group::new("web", region, WEB),
                1 => Group::new("db", region, CLOSED),
                _ => continue,
            };
            push(account, &project, &own, draw);
        }
    }
}

fn push(account: &mut Account, project: &str, group: &Group<'_>, draw: &mut Draw) {
    let Group { name, region, status, task, rules } = group;
    let id = draw.uuid();
    let (created, updated) = (draw.ago(30, 700), draw.ago(1, 29));
    let target: Vec<_> = rules.iter().map(|given| rule(*given, &id)).collect();
    // Planned objects have no state yet.
    let is_planned = matches!(*status, "CREATING" | "CREATION_PLANNED");
    let current = (!is_planned).then(|| {
        json!({
            "name": name, "description": null,
            "location": { "region": region, "availabilityZone": null },
            "rules": in_force(rules, &id, draw), "defaultRules": in_force(OUT, &id, draw),
        })
    });
    let task = task.map(|status| {
        let errors = (status == "ERROR").then(|| json!([{ "message": "Quota exceeded" }]));
        let id = draw.uuid();
        let link = format!("/v2/publicCloud/project/{project}/task/{id}");
        json!({ "id": id, "link": link, "type": "securityGroup", "status": status, "errors": errors })
    });
    let object = json!({
        "id": id, "checksum": draw.hex(32), "createdAt": Draw::v2(created),
        "updatedAt": Draw::v2(updated), "resourceStatus": status,
        "targetSpec": {
            "name": name, "description": null, "location": { "region": region }, "rules": target,
        },
        "currentState": current, "currentTasks": task.map(|task| json!([task])),
    });
    let object = draw.vary_nulls(object);
    account.list_mut(&format!("/v2/publicCloud/project/{project}/securityGroup")).push(object);
}

/// Rules with the identifiers that they have once they are there.
fn in_force(rules: &[Rule], group: &str, draw: &mut Draw) -> Vec<Value> {
    let mut with_id = |given: &Rule| {
        let mut rule = rule(*given, group);
        if let Some(members) = rule.as_object_mut() {
            members.insert("id".to_owned(), json!(draw.uuid()));
        }
        // How a remote or a protocol that is not there is written is unverified, too.
        draw.vary_nulls(rule)
    };
    rules.iter().map(&mut with_id).collect()
}

fn rule((direction, version, protocol, ports, remote): Rule, group: &str) -> Value {
    let (prefix, remote_group) = match remote {
        Remote::Nobody => (None, None),
        Remote::Block(block) => (Some(block), None),
        Remote::Own => (None, Some(json!({ "id": group }))),
    };
    json!({
        "direction": direction, "ethernetType": version, "protocol": protocol,
        "portRangeMin": ports.map(|(first, _)| first), "portRangeMax": ports.map(|(_, last)| last),
        "remoteIpPrefix": prefix, "remoteGroup": remote_group, "description": null,
    })
}
