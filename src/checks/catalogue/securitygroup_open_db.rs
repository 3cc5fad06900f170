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
    use serde_json::json;

    use super::*;
    use crate::checks::fixtures::cloud::{open_tcp, security_group};
    use crate::checks::fixtures::{nothing, outcome, project};
    use crate::collectors::Inventory;

    #[test]
    fn the_open_port_of_each_database_fails() {
        for (port, name) in PORTS {
            let expected = format!("fail: 0.0.0.0/0 may reach port {port} ({name})");
            assert_eq!(outcome(&CHECK, &open_tcp(&port.to_string())), expected);
        }
        let two = "fail: 0.0.0.0/0 may reach ports 3306 (MySQL), 5432 (PostgreSQL)";
        assert_eq!(outcome(&CHECK, &open_tcp("3306-5432")), two);
        assert_eq!(outcome(&CHECK, &open_tcp("443")), "pass");
    }

    #[test]
    fn a_group_whose_rules_are_not_known_is_unclear() {
        let groups = project(vec![security_group(json!({ "open_rules": null }))]);
        let inventory = Inventory { cloud_security_group: groups, ..nothing() };
        assert_eq!(outcome(&CHECK, &inventory), "not evaluated: unclear");
        assert_eq!(outcome(&CHECK, &Inventory::default()), "not evaluated: not_collected");
    }
}
