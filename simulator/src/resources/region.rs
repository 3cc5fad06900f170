//! The regions of a project, macro-regions and regions without S3 among them.

use serde_json::{Value, json};

use super::resource::{Resource, for_each_project};
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const ROUTE: Route = Route {
    action: Some("publicCloudProject:apiovh:region/get"),
    key: "name",
    enums: &["status", "services.status", "type", "continentCode", "countryCode"],
    ..Route::GET
};

pub(super) const RESOURCE: Resource = Resource {
    name: "region",
    routes: &[
        Route { template: "/cloud/project/{serviceName}/region", kind: Kind::Ids, ..ROUTE },
        Route {
            template: "/cloud/project/{serviceName}/region/{regionName}",
            kind: Kind::One(Batch::IfToldSo),
            ..ROUTE
        },
    ],
    generate: |account, size: &Size, _| fill(account, size.regions),
    reference,
};

const HIGH_PERF: &str = "storage-s3-high-perf";
const STANDARD: &str = "storage-s3-standard";

/// A region as this file knows it.
struct Known {
    name: &'static str,
    continent: &'static str,
    country: &'static str,
    kind: &'static str,
    status: &'static str,
    /// The services that offer S3, and their status.
    s3: (&'static [&'static str], &'static str),
}

impl Known {
    const IN_FRANCE: Self = Self {
        name: "",
        continent: "EU",
        country: "fr",
        kind: "region",
        status: "UP",
        s3: (&[], "UP"),
    };

    const fn new(name: &'static str, s3: &'static [&'static str]) -> Self {
        Self { name, s3: (s3, "UP"), ..Self::IN_FRANCE }
    }

    const fn at(self, continent: &'static str, country: &'static str) -> Self {
        Self { continent, country, ..self }
    }

    const fn of_kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }
}

/// The first ones hold instances; `GRA` is a macro-region, which holds none. Three of the
/// first five offer S3, which tests count on.
const REGIONS: &[Known] = &[
    Known::new("GRA11", &[HIGH_PERF, STANDARD]),
    Known::new("SBG5", &[]),
    Known::new("EU-WEST-PAR", &[STANDARD]).of_kind("region-3-az"),
    Known::new("GRA", &[]),
    Known::new("BHS5", &[HIGH_PERF]).at("NA", "ca"),
    Known::new("DE1", &[STANDARD]).at("EU", "de"),
    Known::new("UK1", &[HIGH_PERF]).at("EU", "uk"),
    Known::new("WAW1", &[HIGH_PERF, STANDARD]).at("EU", "pl"),
    Known::new("RBX-A", &[HIGH_PERF]),
    Known::new("GRA9", &[]),
    Known { s3: (&[STANDARD], "DOWN"), ..Known::new("SBG7", &[]) },
    Known::new("SGP1", &[HIGH_PERF]).at("ASIA", "sg"),
    // The closed set of continents has none of its own for Australia.
    Known::new("SYD1", &[HIGH_PERF]).at("ASIA", "au"),
    Known::new("EU-SOUTH-MIL", &[STANDARD]).at("EU", "it").of_kind("region-3-az"),
    Known::new("GRA7", &[]),
    Known::new("SBG", &[]),
    Known::new("BHS", &[]).at("NA", "ca"),
    Known::new("DE", &[]).at("EU", "de"),
    Known::new("UK", &[]).at("EU", "uk"),
    Known::new("WAW", &[]).at("EU", "pl"),
];
const MACRO: &[&str] = &["GRA", "SBG", "BHS", "DE", "UK", "WAW"];

/// Regions of the reference account's `prod` beside the first four: no instances, but each state
/// worth looking at.
const WITHOUT_INSTANCES: &[Known] = &[
    Known {
        s3: (&[HIGH_PERF], "DOWN"),
        ..Known::new("CA-EAST-TOR", &[]).at("NA", "ca").of_kind("region-3-az")
    },
    Known { status: "MAINTENANCE", ..Known::new("AP-SOUTH-MUM-1", &[STANDARD]).at("ASIA", "in") },
    Known::new("US-EAST-VA-1", &[]).at("US", "us"),
    Known {
        status: "DOWN",
        ..Known::new("AF-NORTH-LZ-RBA-A", &[]).at("AF", "ma").of_kind("localzone")
    },
];

/// The countries that failover addresses can be of.
const IP_COUNTRIES: &[&str] = &[
    "au", "be", "ca", "cz", "de", "es", "fi", "fr", "ie", "in", "it", "lt", "nl", "pl", "pt", "sg",
    "uk", "us",
];

fn fill(account: &mut Account, count: usize) {
    for_each_project(account, "region", |account, _, path| {
        *account.list_mut(path) = REGIONS.iter().take(count).map(object).collect();
    });
}

fn reference(account: &mut Account, _: &mut Draw) {
    fill(account, 4);
    if let Some(id) = account.project("prod") {
        let regions = account.list_mut(&format!("/cloud/project/{id}/region"));
        regions.extend(WITHOUT_INSTANCES.iter().map(object));
    }
}

fn object(region: &Known) -> Value {
    let Known { name, continent, country, kind, status, s3: (s3, s3_status) } = region;
    let place = name.to_lowercase();
    let zones = if *kind == "region-3-az" { &["a", "b", "c"][..] } else { &[] };
    let zones: Vec<_> = zones.iter().map(|zone| format!("{place}-{zone}")).collect();
    let usual = if is_macro(name) { &["network"][..] } else { &["instance", "volume"] };
    let usual = usual.iter().map(|service| {
        let endpoint = format!("https://{service}.{place}.cloud.ovh.net/");
        json!({ "name": service, "status": status_of_services(status), "endpoint": endpoint })
    });
    let s3 = s3.iter().map(|service| {
        let class = if *service == HIGH_PERF { "perf" } else { "io" };
        let endpoint = format!("https://s3.{place}.{class}.cloud.ovh.net/");
        json!({ "name": service, "status": s3_status, "endpoint": endpoint })
    });
    let services: Vec<_> = usual.chain(s3).collect();
    let ip_countries: Vec<_> = IP_COUNTRIES.iter().filter(|known| *known == country).collect();
    json!({
        "name": name, "type": kind, "status": status, "continentCode": continent,
        "countryCode": country, "datacenterLocation": name, "availabilityZones": zones,
        "ipCountries": ip_countries, "services": services,
    })
}

fn status_of_services(region: &str) -> &'static str {
    if region == "DOWN" { "DOWN" } else { "UP" }
}

pub(super) fn is_macro(name: &str) -> bool {
    MACRO.contains(&name)
}

/// The names of a project's regions.
pub(super) fn names(account: &Account, project: &str) -> Vec<String> {
    that(account, project, |_| true)
}

/// The regions of a project in which instances can be.
pub(super) fn with_instances(account: &Account, project: &str) -> Vec<String> {
    let without = |name: &str| WITHOUT_INSTANCES.iter().any(|known| known.name == name);
    let mut names = names(account, project);
    names.retain(|name| !is_macro(name) && !without(name));
    names
}

/// The regions of a project that know S3, which may be down.
pub(super) fn with_s3(account: &Account, project: &str) -> Vec<String> {
    that(account, project, |region| s3_statuses(region).next().is_some())
}

/// The regions of a project in which S3 works.
pub(super) fn with_s3_up(account: &Account, project: &str) -> Vec<String> {
    let up = |status: Option<&Value>| status.and_then(Value::as_str) == Some("UP");
    that(account, project, |region| up(region.get("status")) && s3_statuses(region).any(up))
}

fn s3_statuses(region: &Value) -> impl Iterator<Item = Option<&Value>> {
    let services = region.get("services").and_then(Value::as_array).into_iter().flatten();
    let is_s3 = |service: &&Value| {
        let name = service.get("name").and_then(Value::as_str);
        name.is_some_and(|name| [HIGH_PERF, STANDARD].contains(&name))
    };
    services.filter(is_s3).map(|service| service.get("status"))
}

fn that(account: &Account, project: &str, is_it: impl Fn(&Value) -> bool) -> Vec<String> {
    let regions = account.list(&format!("/cloud/project/{project}/region")).iter();
    let regions = regions.filter(|region| is_it(region));
    regions.filter_map(|region| Some(region.get("name")?.as_str()?.to_owned())).collect()
}
