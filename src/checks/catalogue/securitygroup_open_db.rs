//! Security groups that open the ports of databases to every address.

use crate::checks::check::{Check, Repair};
use crate::checks::context::Context;
use crate::checks::controls;
use crate::checks::verdict::Verdict;
use crate::config::severity::Severity;

use super::open_ports::judge_ports;

pub(super) static CHECK: Check = Check {
    id: "securitygroup_open_db",
    title: "Security group that opens a database to every address",
    severity: Severity::Critical,
    why: "A database that every address may reach is found within hours, and is often read or \
          encrypted through one weak password. Rules that open every port are found by \
          securitygroup_open_all. The instances of a group are not read: it may have none.",
    repair: Repair {
        panel: "Public Cloud > Project > Network > Security groups, or Horizon: limit the rules \
                for the databases' ports to the addresses of the applications",
        api: None,
    },
    needs: &["cloud_security_group"],
    controls: &[controls::NETWORK],
    is_on: true,
    settings: &[],
    evaluate,
    count: None,
};

/// The ports of databases and caches by default.
const PORTS: &[(u16, &str)] = &[
    (1433, "SQL Server"),
    (1521, "Oracle"),
    (3306, "MySQL"),
    (5432, "PostgreSQL"),
    (5984, "CouchDB"),
    (6379, "Redis"),
    (8123, "ClickHouse"),
    (9042, "Cassandra"),
    (9092, "Kafka"),
    (9200, "OpenSearch"),
    (11211, "Memcached"),
    (27017, "MongoDB"),
];

fn evaluate(context: &Context<'_>) -> Verdict {
    judge_ports(context, PORTS)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::checks::fixtures::cloud::security_group;
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    fn said(rules: Value) -> String {
        let groups = project(vec![security_group(json!({ "open_rules": rules }))]);
        outcome(&CHECK, &Inventory { cloud_security_group: groups, ..nothing() })
    }

    fn rule(protocol: &str, ports: &str) -> Value {
        json!([{ "protocol": protocol, "ports": ports, "ethertype": "IPV4" }])
    }

    #[test]
    fn each_port_of_a_database_in_a_range_is_named() {
        let one = "fail: 0.0.0.0/0 may reach port 5432 (PostgreSQL)";
        assert_eq!(said(rule("tcp", "5432")), one);
        let two = "fail: 0.0.0.0/0 may reach ports 3306 (MySQL), 5432 (PostgreSQL)";
        assert_eq!(said(rule("tcp", "3306-5432")), two);
        for (protocol, ports) in [("tcp", "443"), ("udp", "5432"), ("tcp", "5433")] {
            assert_eq!(said(rule(protocol, ports)), "pass", "{protocol} {ports}");
        }
    }

    #[test]
    fn a_group_whose_rules_are_not_known_is_unclear() {
        assert_eq!(said(json!(null)), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}
