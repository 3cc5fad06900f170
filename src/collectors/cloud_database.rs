//! Managed databases of all engines, by engine, version, plan and status, and the end of life of
//! their versions, and their protection: backups, TLS, deletion.
//!
//! One route returns the databases of every engine. The end of life is part of the versions on
//! offer, a large list that is the same for all projects: it is requested from one project, once a
//! day. Users are not read, and of an endpoint only its component and whether it has TLS.

mod protection;
mod versions;

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{self, Route};
use crate::family::{Desc, Family, Word, amount};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::lists::databases::{self, LIST, ONE, Wire};
use super::pass::{Gathered, Pass};
use super::shared::amounts::Count;
use super::shared::is_everywhere;
use super::shared::known::Known;
use super::shared::nullable::Nullable;
use super::shared::samples::{info, times};
use super::shared::{is_unchanged, sorted};

pub(crate) use protection::Backups;
use protection::without_tls;
use versions::{Ends, Versions, versions};

static AVAILABILITY: Route = Route::new(
    "/cloud/project/{serviceName}/database/availability",
    &["publicCloudProject:apiovh:database/availability/get"],
)
.optional();

static DATABASES: Desc = Desc::count(
    "ovhcloud_cloud_databases",
    "Managed databases (GET /cloud/project/{serviceName}/database/service/{clusterId})",
    &["project_id", "engine", "version", "plan", "status"],
);
static NODES: Desc = Desc::count(
    "ovhcloud_cloud_database_nodes",
    "Nodes of managed databases (GET /cloud/project/{serviceName}/database/service/{clusterId})",
    &["project_id", "engine"],
);
static BY_NETWORK: Desc = Desc::count(
    "ovhcloud_cloud_databases_by_network",
    "Managed databases by network, public or private (GET \
     /cloud/project/{serviceName}/database/service/{clusterId})",
    &["project_id", "network"],
);
static OPEN: Desc = Desc::count(
    "ovhcloud_cloud_databases_open",
    "Managed databases whose IP restrictions contain 0.0.0.0/0 or ::/0 \
     (GET /cloud/project/{serviceName}/database/service/{clusterId})",
    &["project_id"],
);
static UNPROTECTED: Desc = Desc::gauge(
    "ovhcloud_cloud_databases_without_deletion_protection",
    "Managed databases that can be deleted without being unlocked first \
     (GET /cloud/project/{serviceName}/database/service/{clusterId})",
    &["project_id"],
);
static WITHOUT_TLS: Desc = Desc::gauge(
    "ovhcloud_cloud_databases_without_tls",
    "Managed databases with an endpoint that does not use TLS \
     (GET /cloud/project/{serviceName}/database/service/{clusterId})",
    &["project_id"],
);
static END_OF_LIFE: Desc = Desc::gauge(
    "ovhcloud_cloud_database_end_of_life_timestamp_seconds",
    "End of life of a version that managed databases run, in Unix time; the latest date of several \
     plans (GET /cloud/project/{serviceName}/database/availability)",
    &["project_id", "engine", "version"],
);
static INFO: Desc = Desc::of_each(
    "ovhcloud_cloud_database_info",
    "Always 1, for each managed database \
     (GET /cloud/project/{serviceName}/database/service/{clusterId})",
    &["project_id", "database_id", "database_name", "engine", "version", "plan", "status"],
);

static CREATION: Desc = Desc::of_each(
    "ovhcloud_cloud_database_creation_timestamp_seconds",
    "Creation time of each managed database \
     (GET /cloud/project/{serviceName}/database/service/{clusterId})",
    &["project_id", "database_id", "database_name"],
);
static RETENTION: Desc = Desc::of_each(
    "ovhcloud_cloud_database_backup_retention_seconds",
    "Retention of the backups of each managed database \
     (GET /cloud/project/{serviceName}/database/service/{clusterId}); no sample if its engine has no \
     backups",
    &["project_id", "database_id", "database_name"],
);
static PITR: Desc = Desc::of_each(
    "ovhcloud_cloud_database_pitr_timestamp_seconds",
    "Time until which each managed database can be restored to a point in time \
     (GET /cloud/project/{serviceName}/database/service/{clusterId}); no sample if it cannot",
    &["project_id", "database_id", "database_name"],
);

/// A managed database.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Database {
    /// Its id.
    pub id: String,
    /// The owner's name for it: `description` of `cloud.project.database.Service`.
    pub name: String,
    /// `postgresql`, `mysql`, `kafka`, …
    pub engine: Word,
    /// The engine's version.
    pub version: Word,
    /// `essential`, `business`, …
    pub plan: Word,
    /// `READY`, `CREATING`, `ERROR`, …
    pub status: Word,
    /// The number of nodes; `None` if missing.
    pub nodes: Option<i64>,
    /// The regions of its nodes.
    pub regions: BTreeSet<Word>,
    /// `public` or `private`.
    pub network: Word,
    /// The blocks of addresses that may connect; `None` if missing. The meaning of an empty list is
    /// undocumented.
    pub ip_restrictions: Option<Vec<String>>,
    /// The creation time; `None` if missing.
    pub created: Option<Timestamp>,
    /// The end of life of its version; `None` if unknown.
    pub end_of_life: Option<Timestamp>,
    /// Whether it must be unlocked before its deletion; `None` if missing.
    pub deletion_protection: Option<bool>,
    /// Its backups; null if its engine has none.
    #[serde(default, skip_serializing_if = "Nullable::is_unknown")]
    pub backups: Nullable<Backups>,
    /// The components of its endpoints that do not use TLS; `None` if unknown.
    #[serde(default)]
    pub without_tls: Option<BTreeSet<Word>>,
}

impl Database {
    /// Whether any address may connect, according to its IP restrictions; `None` if they are
    /// unknown.
    pub fn is_open(&self) -> Option<bool> {
        let blocks = self.ip_restrictions.as_ref()?;
        Some(blocks.iter().any(|block| is_everywhere(block)))
    }

    /// The labels of its own series.
    fn labels(&self, project: Word) -> [Word; 3] {
        [project, self.id.as_str().into(), self.name.as_str().into()]
    }

    /// Its backups without the time that moves by itself.
    fn settled_backups(&self) -> Nullable<Backups> {
        match self.backups.clone() {
            Nullable::Value(backups) => Nullable::Value(Backups { pitr: None, ..backups }),
            other => other,
        }
    }
}

impl Collect for Database {
    type Scope = Project;
    const NAME: &'static str = "cloud_database";
    const RESOURCES: &'static str = "managed databases of projects";
    const ROUTES: &'static [&'static Route] = &[&LIST, &ONE, &AVAILABILITY];
    const FAMILIES: &'static [&'static Desc] = &[
        &DATABASES,
        &NODES,
        &BY_NETWORK,
        &OPEN,
        &UNPROTECTED,
        &WITHOUT_TLS,
        &END_OF_LIFE,
        &INFO,
        &CREATION,
        &RETENTION,
        &PITR,
    ];

    fn id(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }

    fn region(&self) -> Word {
        let mut regions = self.regions.iter();
        regions.next().filter(|_| regions.next().is_none()).cloned().unwrap_or_default()
    }

    /// The end of life belongs to the version, not to the database.
    fn same_as(&self, before: &Self) -> bool {
        let other = |one: &Self| Self {
            end_of_life: None,
            ip_restrictions: None,
            backups: Nullable::Unknown,
            without_tls: None,
            ..one.clone()
        };
        is_unchanged(self.ip_restrictions.as_ref(), before.ip_restrictions.as_ref())
            && self.settled_backups().is_unchanged(&before.settled_backups())
            && is_unchanged(self.without_tls.as_ref(), before.without_tls.as_ref())
            && other(self) == other(before)
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let id = scope.project_id();
        let databases = databases::list(pass, scope).await?.as_ref().clone();
        if databases.items.is_empty() {
            return Ok(Gathered::new(Vec::new(), databases.lost));
        }
        // The databases count even without the versions; missing versions are a gap, a refused
        // right to them is an optional one.
        let versions = versions(pass, AVAILABILITY.at(&[&id])).await;
        let versions = versions.unwrap_or_else(|error| Versions::lost(error).into());
        let ends = &versions.ends;
        let items = databases.items.into_iter().map(|wire| wire.with_end(ends)).collect();
        let mut gathered = Gathered::new(items, databases.lost);
        gathered.partly.extend(versions.lost.iter().cloned());
        Ok(gathered)
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let (mut databases, mut nodes) = (DATABASES.family(), NODES.family());
        let (mut by_network, mut open) = (BY_NETWORK.family(), Known::of(&OPEN));
        let (mut unprotected, mut without_tls) = (Known::of(&UNPROTECTED), Known::of(&WITHOUT_TLS));
        let mut ends = END_OF_LIFE.family();
        for (project, section) in &sections.by_scope {
            let project = project.project_id();
            for none in [&mut open, &mut unprotected, &mut without_tls] {
                none.zero([project.clone()], section.whole);
            }
            for database in &*section.items {
                let Self { engine, version, plan, status, network, .. } = database.clone();
                by_network.count([project.clone(), network]);
                if let Some(count) = database.nodes {
                    nodes.add([project.clone(), engine.clone()], amount(count));
                }
                open.count([project.clone()], database.is_open(), section.whole);
                let is_unprotected = database.deletion_protection.map(|is| !is);
                unprotected.count([project.clone()], is_unprotected, section.whole);
                let is_plain = database.without_tls.as_ref().map(|plain| !plain.is_empty());
                without_tls.count([project.clone()], is_plain, section.whole);
                if let Some(end) = database.end_of_life {
                    let labels = [project.clone(), engine.clone(), version.clone()];
                    ends.set(labels, amount(end.as_second()));
                }
                databases.count([project.clone(), engine, version, plan, status]);
            }
        }
        let counts = [open, unprotected, without_tls].map(Known::family);
        [databases, nodes, by_network, ends].into_iter().chain(counts).collect()
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let databases = info(&INFO, sections, |project, database: &Self| {
            let [project, id, name] = database.labels(project);
            let Self { engine, version, plan, status, .. } = database.clone();
            [project, id, name, engine, version, plan, status]
        });
        let dates = |desc, date: fn(&Self) -> Option<Timestamp>| {
            times(desc, sections, date, |project, database| database.labels(project))
        };
        let creation = dates(&CREATION, |database| database.created);
        let pitr = dates(&PITR, |database| database.backups.value()?.pitr);
        let mut retention = RETENTION.family();
        for (project, database) in sections.items() {
            let days = database.backups.value().and_then(|backups| backups.retention_days);
            if let Some(days) = days {
                retention.set(database.labels(project.project_id()), amount(days) * DAY);
            }
        }
        vec![databases, creation, retention, pitr]
    }
}

/// The seconds of a day.
const DAY: f64 = 86_400.0;

impl Wire {
    fn with_end(self, ends: &Ends) -> Database {
        let (engine, version) = (self.engine.unwrap_or_default(), self.version.unwrap_or_default());
        let key = (engine, version);
        let end_of_life = ends.get(&key).copied();
        let listed = self.nodes.as_ref().and_then(|nodes| i64::try_from(nodes.len()).ok());
        let regions = self.nodes.into_iter().flatten().filter_map(|node| node.region);
        // A restriction without its block: the permitted addresses are unknown.
        let blocks = self.ip_restrictions;
        let blocks = blocks.and_then(|all| sorted(all.into_iter().map(|one| one.ip)));
        Database {
            id: self.id.unwrap_or_default(),
            name: self.description.unwrap_or_default(),
            engine: key.0.into(),
            version: key.1.into(),
            plan: self.plan.unwrap_or_default().into(),
            status: self.status.unwrap_or_default().into(),
            nodes: self.node_number.and_then(Count::known).or(listed),
            regions: regions.map(Word::from).collect(),
            network: self.network_type.unwrap_or_default().into(),
            ip_restrictions: blocks,
            created: self.created_at,
            end_of_life,
            deletion_protection: self.deletion_protection,
            backups: self.backups.map(Backups::from).into(),
            without_tls: self.endpoints.and_then(without_tls),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Listing;
    use crate::inventory::Section;

    fn database(json: &str, offers: &str) -> Database {
        let objects = serde_json::from_str(offers).unwrap();
        let versions = Versions::of(Listing { objects, lost: Vec::new() });
        serde_json::from_str::<Wire>(json).unwrap().with_end(&versions.ends)
    }

    #[test]
    fn nothing_that_may_be_missing_loses_the_database() {
        let bare = database(r#"{"id":"d","nodes":null,"ipRestrictions":null,"new":[1]}"#, "[]");
        assert_eq!((bare.id.as_str(), &*bare.engine), ("d", ""));
        assert_eq!((bare.nodes, bare.is_open(), bare.end_of_life), (None, None, None));
        assert_eq!(bare, database(r#"{"id":"d"}"#, "[]"));
    }

    #[test]
    fn a_new_end_of_life_is_no_change_of_the_database() {
        let json = r#"{"engine":"mysql","version":"8","ipRestrictions":[{"ip":"b"},{"ip":"a"}]}"#;
        let offer = r#"[{"engine":"mysql","version":"8","endOfLife":"2027-01-01"}]"#;
        assert!(database(json, offer).same_as(&database(json, "[]")));
        let turned = json.replace(r#"{"ip":"b"},{"ip":"a"}"#, r#"{"ip":"a"},{"ip":"b"}"#);
        assert_eq!(database(json, "[]"), database(&turned, "[]"));
        assert!(!database(json, "[]").same_as(&database(&json.replace("\"b", "\"c"), "[]")));
        assert!(!database(json, "[]").same_as(&database("{}", "[]")));
    }

    #[test]
    fn nodes_are_counted_if_their_number_is_missing() {
        let nodes = r#""nodes":[{"region":"SBG"},{"region":"GRA"},{"region":"SBG"},{}]"#;
        let counted = database(&format!("{{{nodes}}}"), "[]");
        assert_eq!(counted.nodes, Some(4));
        let regions: Vec<_> = counted.regions.iter().map(|region| &**region).collect();
        assert_eq!(regions, ["GRA", "SBG"]);
        assert_eq!(database(&format!(r#"{{"nodeNumber":2,{nodes}}}"#), "[]").nodes, Some(2));
        assert_eq!(database(r#"{"nodeNumber":-5}"#, "[]").nodes, None);
    }

    #[test]
    fn a_database_is_open_when_a_restriction_is_none() {
        let open = |blocks: &str| {
            let json = format!(r#"{{"ipRestrictions":[{blocks}]}}"#);
            database(&json, "[]").is_open()
        };
        let office = r#"{"ip":"192.0.2.0/24"}"#;
        assert_eq!(open(""), Some(false));
        assert_eq!(open(office), Some(false));
        for block in ["0.0.0.0/0", "::/0"] {
            assert_eq!(open(&format!(r#"{office},{{"ip":"{block}"}}"#)), Some(true), "{block}");
        }
        assert_eq!(open(&format!(r#"{office},{{"ip":null}}"#)), None);
    }

    #[test]
    fn zero_open_databases_are_reported_only_if_all_are_known() {
        let open = |databases: &[&str], whole: bool| {
            let items = databases.iter().map(|json| database(json, "[]")).collect();
            let section = Section::new(Timestamp::UNIX_EPOCH, whole, items);
            let mut sections = Sections::default();
            sections.by_scope.insert(Project("p".into()), section);
            let families = Database::families(&sections);
            let open = families.into_iter().find(|family| family.desc.name == OPEN.name).unwrap();
            open.samples.into_values().next()
        };
        let [closed, opened, unknown] = [
            r#"{"ipRestrictions":[]}"#,
            r#"{"ipRestrictions":[{"ip":"0.0.0.0/0"}]}"#,
            r#"{"ipRestrictions":null}"#,
        ];
        assert_eq!((open(&[], true), open(&[closed], true)), (Some(0.0), Some(0.0)));
        assert_eq!((open(&[closed], false), open(&[closed, unknown], true)), (None, None));
        assert_eq!(open(&[opened, unknown, closed], false), Some(1.0));
    }

    #[test]
    fn the_end_of_life_is_the_latest_of_the_plans() {
        let offer = |version: &str, end: &str| {
            format!(r#"{{"engine":"mysql","version":"{version}","endOfLife":{end}}}"#)
        };
        let newer = r#"{"engine":"mysql","version":"8","endOfLife":"2030-01-01",
            "lifecycle":{"endOfLife":"2027-06-30"}}"#;
        let offers = [
            &offer("8", r#""2027-01-01""#),
            newer,
            &offer("8", "null"),
            &offer("9", r#""2031-01-01""#),
            r#"{"engine":null,"version":"8","endOfLife":"2040-01-01"}"#,
        ];
        let offers = format!("[{}]", offers.join(","));
        let end = |json: &str| database(json, &offers).end_of_life.map(|end| end.to_string());
        let of_eight = end(r#"{"engine":"mysql","version":"8"}"#);
        assert_eq!(of_eight.as_deref(), Some("2027-06-30T00:00:00Z"), "the lifecycle goes first");
        assert_eq!(end(r#"{"engine":"mysql","version":"7"}"#), None);
        assert_eq!(end(r#"{"version":"8"}"#), None);
    }

    #[test]
    fn backups_are_kept_and_null_is_an_engine_without() {
        let backups = |json: &str| database(&format!(r#"{{"backups":{json}}}"#), "[]").backups;
        let read = backups(
            r#"{"retentionDays":14,"pitr":"2026-11-21T00:00:00Z","time":"02:00:00",
                "regions":["SBG","GRA"]}"#,
        );
        let kept = read.value().unwrap();
        assert_eq!((kept.retention_days, kept.time.as_deref()), (Some(14), Some("02:00:00")));
        assert_eq!(kept.regions, Some(["GRA".into(), "SBG".into()].into()));
        assert!(kept.pitr.is_some());
        assert_eq!(backups("null"), Nullable::Null);
        let bare = r#"{"retentionDays":-1,"regions":[null]}"#;
        assert_eq!(backups(bare), Nullable::Value(Backups::default()));
    }

    #[test]
    fn endpoints_without_tls_are_kept_if_all_report_it() {
        let plain =
            |json: &str| database(&format!(r#"{{"endpoints":[{json}]}}"#), "[]").without_tls;
        let [tls, open] =
            [r#"{"component":"mysqlx","ssl":true}"#, r#"{"component":"mysql","ssl":false}"#];
        assert_eq!(plain(tls), Some(BTreeSet::new()));
        assert_eq!(plain(&format!("{tls},{open}")), Some(["mysql".into()].into()));
        assert_eq!(plain(&format!("{tls},{open},{{}}")), None);
        assert_eq!(database("{}", "[]").without_tls, None);
    }

    #[test]
    fn members_that_an_old_state_lacks_and_the_time_of_restoration_are_no_change() {
        let json = r#"{"id":"d","backups":{"retentionDays":14,"pitr":"2026-11-21T00:00:00Z"},
            "endpoints":[{"component":"mysql","ssl":true}]}"#;
        let now = database(json, "[]");
        let mut old = serde_json::to_value(&now).unwrap();
        for member in ["backups", "without_tls"] {
            assert!(old.as_object_mut().unwrap().remove(member).is_some());
        }
        let old: Database = serde_json::from_value(old).unwrap();
        assert_eq!((&old.backups, &old.without_tls), (&Nullable::Unknown, &None));
        assert!(now.same_as(&old));
        assert!(database(&json.replace("-21T", "-22T"), "[]").same_as(&now));
        assert!(!database(&json.replace("14", "7"), "[]").same_as(&now));
        assert!(!database(&json.replace("true", "false"), "[]").same_as(&now));
    }
}
