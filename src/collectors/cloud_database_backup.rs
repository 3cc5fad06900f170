//! Backups of managed databases: their number, and the newest of each database.
//!
//! Each engine has a list of its own below each database. The collector needs a call per database,
//! and one per backup where the list does not expand: it is disabled by default, and reads less often
//! than the rest. Databases of engines without such a list are left out.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::listing::fan_out;
use crate::api::{self, Identified, Listing, Route};
use crate::family::{Desc, Family, Word, amount, number};
use crate::inventory::{Project, Scope as _, Sections};

use super::collect::Collect;
use super::lists::databases;
use super::pass::{Gathered, Pass};
use super::shared::dates::date;

/// The routes of each engine: its list of backups, and one backup.
macro_rules! engines {
    ($($name:literal => $list:ident, $one:ident),+ $(,)?) => {
        $(
            static $list: Route = Route::new(
                concat!("/cloud/project/{serviceName}/database/", $name, "/{clusterId}/backup"),
                &[concat!("publicCloudProject:apiovh:database/", $name, "/backup/get")],
            );
            static $one: Route = Route::new(
                concat!(
                    "/cloud/project/{serviceName}/database/",
                    $name,
                    "/{clusterId}/backup/{backupId}"
                ),
                &[concat!("publicCloudProject:apiovh:database/", $name, "/backup/get")],
            );
        )+

        /// The engines with a list of backups.
        const ENGINES: &[Engine] =
            &[$(Engine { name: $name, list: &$list, one: &$one }),+];

        /// The routes of the collector.
        const ROUTES: &[&Route] = &[&databases::LIST, &databases::ONE, $(&$list, &$one),+];
    };
}

engines! {
    "cassandra" => CASSANDRA, ONE_CASSANDRA,
    "clickhouse" => CLICKHOUSE, ONE_CLICKHOUSE,
    "grafana" => GRAFANA, ONE_GRAFANA,
    "m3db" => M3DB, ONE_M3DB,
    "mongodb" => MONGODB, ONE_MONGODB,
    "mysql" => MYSQL, ONE_MYSQL,
    "opensearch" => OPENSEARCH, ONE_OPENSEARCH,
    "postgresql" => POSTGRESQL, ONE_POSTGRESQL,
    "redis" => REDIS, ONE_REDIS,
    "valkey" => VALKEY, ONE_VALKEY,
}

/// An engine, and the routes of its backups.
struct Engine {
    name: &'static str,
    list: &'static Route,
    one: &'static Route,
}

static BACKUPS: Desc = Desc::count(
    "ovhcloud_cloud_database_backups",
    "Backups of managed databases by engine, without those in deletion or in error \
     (GET /cloud/project/{serviceName}/database/mysql/{clusterId}/backup/{backupId}, and the same \
     for the other engines)",
    &["project_id", "engine"],
);

static NEWEST: Desc = Desc::of_each(
    "ovhcloud_cloud_database_newest_backup_timestamp_seconds",
    "Creation time of the newest backup of each managed database \
     (GET /cloud/project/{serviceName}/database/mysql/{clusterId}/backup/{backupId}, and the same \
     for the other engines); no sample without a backup",
    &["project_id", "database_id", "engine"],
);

/// The states of a backup that is of no use.
const LOST: [&str; 2] = ["DELETING", "ERROR"];

/// The backups of one managed database.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DatabaseBackups {
    /// The database's id.
    pub database_id: String,
    /// Its engine.
    pub engine: Word,
    /// The number of backups, without those in deletion or in error.
    pub count: usize,
    /// The creation time of the newest of them that has one; `None` if there is none.
    pub newest: Option<Timestamp>,
    /// Whether a backup has no creation time.
    pub has_undated: bool,
}

impl Collect for DatabaseBackups {
    type Scope = Project;
    const NAME: &'static str = "cloud_database_backup";
    const RESOURCES: &'static str = "backups of managed databases";
    const ROUTES: &'static [&'static Route] = ROUTES;
    const FAMILIES: &'static [&'static Desc] = &[&BACKUPS, &NEWEST];
    const IS_ON: bool = false;
    const INTERVAL: Option<Duration> = Some(Duration::from_hours(6));

    fn id(&self) -> Cow<'_, str> {
        self.database_id.as_str().into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.database_id.as_str().into()
    }

    /// Backups come and go by themselves.
    fn same_as(&self, before: &Self) -> bool {
        (&self.database_id, &self.engine) == (&before.database_id, &before.engine)
    }

    async fn fetch(pass: &Pass<'_>, scope: &Project) -> Result<Gathered<Self>, api::Error> {
        let databases = databases::list(pass, scope).await?;
        let places = databases.items.iter().filter_map(databases::Wire::place).collect();
        let ask = |(id, engine): (String, String)| async move {
            of_database(pass, scope, &id, &engine).await.of(&id)
        };
        let again = || databases::places(pass, scope);
        let mut gathered = Gathered::from(fan_out(places, ask, again).await);
        gathered.lost.extend(databases.lost.iter().cloned());
        Ok(gathered)
    }

    fn families(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut backups = BACKUPS.family();
        for (project, section) in &sections.by_scope {
            for database in &*section.items {
                // A database that was not read may have backups.
                if section.whole || database.count > 0 {
                    let labels = [project.project_id(), database.engine.clone()];
                    backups.add(labels, number(database.count));
                }
            }
        }
        vec![backups]
    }

    fn named(sections: &Sections<Project, Self>) -> Vec<Family> {
        let mut newest = NEWEST.family();
        for (project, database) in sections.items() {
            if let Some(date) = database.newest {
                let id = database.database_id.as_str().into();
                let labels = [project.project_id(), id, database.engine.clone()];
                newest.set(labels, amount(date.as_second()));
            }
        }
        vec![newest]
    }
}

/// The backups of a database; nothing for an engine without a list of them. A list with losses is
/// unknown as a whole: a lost backup may be the newest.
async fn of_database(
    pass: &Pass<'_>,
    project: &Project,
    id: &str,
    engine: &str,
) -> Listing<DatabaseBackups> {
    let Some(routes) = ENGINES.iter().find(|one| one.name == engine) else {
        return Listing::default();
    };
    let parameters = [&*project.project_id(), id];
    match pass.session.each::<Wire>(routes.list, routes.one, &parameters).await {
        Ok(Listing { objects, lost }) if lost.is_empty() => {
            Listing { objects: vec![backups(id, engine, objects)], lost }
        }
        Ok(Listing { lost, .. }) => Listing { objects: Vec::new(), lost },
        Err(error) => Err(error).into(),
    }
}

fn backups(id: &str, engine: &str, wires: Vec<Wire>) -> DatabaseBackups {
    let is_lost = |wire: &Wire| wire.status.as_deref().is_some_and(|word| LOST.contains(&word));
    let dates: Vec<_> =
        wires.into_iter().filter(|wire| !is_lost(wire)).map(|wire| wire.created_at).collect();
    DatabaseBackups {
        database_id: id.to_owned(),
        engine: engine.into(),
        count: dates.len(),
        newest: dates.iter().flatten().max().copied(),
        has_undated: dates.contains(&None),
    }
}

/// `cloud.project.database.Backup`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    status: Option<String>,
    #[serde(default, deserialize_with = "date")]
    created_at: Option<Timestamp>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("id");
    const SPARE: &'static [&'static str] = &["createdAt"];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Section;

    fn read(json: &str) -> DatabaseBackups {
        backups("d", "mysql", serde_json::from_str(json).unwrap())
    }

    #[test]
    fn the_newest_backup_is_one_of_use() {
        let told = read(
            r#"[{"id":"a","status":"READY","createdAt":"2026-11-19T00:00:00Z"},
                {"id":"b","status":"READY","createdAt":"2026-11-20T00:00:00Z"},
                {"id":"c","status":"ERROR","createdAt":"2026-11-21T00:00:00Z"},
                {"id":"d","status":"DELETING","createdAt":null}]"#,
        );
        assert_eq!((told.count, told.has_undated), (2, false));
        assert_eq!(told.newest.unwrap().to_string(), "2026-11-20T00:00:00Z");
        let none = read("[]");
        assert_eq!((none.count, none.newest, none.has_undated), (0, None, false));
        let undated = read(r#"[{"id":"a","status":null},{"id":"b","createdAt":"2026-11-20"}]"#);
        assert_eq!((undated.count, undated.has_undated), (2, true));
        assert!(undated.same_as(&none), "backups come and go");
    }

    #[test]
    fn no_backup_is_a_count_of_0_only_where_all_databases_are_known() {
        let mut sections = Sections::default();
        for (project, whole) in [("a", true), ("b", false)] {
            let section = Section::new(Timestamp::UNIX_EPOCH, whole, vec![read("[]")]);
            sections.by_scope.insert(Project(project.into()), section);
        }
        let samples = DatabaseBackups::families(&sections).remove(0).samples;
        let of =
            |project: &str| samples.get([project, "mysql"].map(Word::from).as_slice()).copied();
        assert_eq!((of("a"), of("b")), (Some(0.0), None));
        assert!(DatabaseBackups::named(&sections)[0].samples.is_empty());
    }
}
