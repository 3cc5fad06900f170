//! Storage of the projects and access to it: OpenStack users and their keys, volumes, snapshots,
//! object storage.

use std::collections::BTreeMap;

use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::family::number;
use ovhcloud_simulator::{
    Account, Effect, Fault, Listing, Options, Rights, Simulator, SuspendedProjects, Unverified,
};
use serde_json::{Value, json};

use crate::exporter::{Exporter, NOW, Scrape, account, reference, simulator, time};

const SUCCESS: &str = "ovhcloud_collector_success";
const GAPS: &str = "ovhcloud_collector_gaps";
const MISSING: &str = "ovhcloud_permission_missing_info";
const GIB: f64 = 1_073_741_824.0;

const RESOURCES: &str = "ovhcloud_collector_resources";
const REGIONS: &str = "/cloud/project/{serviceName}/region";
const REGION: &str = "/cloud/project/{serviceName}/region/{regionName}";
const BUCKETS: &str = "/cloud/project/{serviceName}/region/{regionName}/storage";
const BUCKET: &str = "/cloud/project/{serviceName}/region/{regionName}/storage/{name}";
const USERS: &str = "/cloud/project/{serviceName}/user";
const KEYS: &str = "/cloud/project/{serviceName}/user/{userId}/s3Credentials";
const VOLUMES: &str = "/cloud/project/{serviceName}/volume";
const VOLUMES_V2: &str = "/v2/publicCloud/project/{projectId}/storage/block/volume";
const CONTAINERS: &str = "/cloud/project/{serviceName}/storage";

/// Each collector with its own route and the action that this needs.
const COLLECTORS: [(&str, &str, &str); 8] = [
    ("cloud_user", USERS, "user/get"),
    ("cloud_s3_credential", KEYS, "user/s3Credentials/get"),
    ("cloud_volume", VOLUMES, "volume/get"),
    (
        "cloud_volume_snapshot",
        "/cloud/project/{serviceName}/volume/snapshot",
        "volume/snapshot/get",
    ),
    ("cloud_instance_snapshot", "/cloud/project/{serviceName}/snapshot", "snapshot/get"),
    ("cloud_storage_s3", BUCKETS, "region/storage/get"),
    ("cloud_storage_s3_bucket", BUCKET, "region/storage/get"),
    ("cloud_storage_swift", CONTAINERS, "storage/get"),
];

/// A family for each of the collectors, in their order.
const FAMILIES: [(&str, &[(&str, &str)]); 8] = [
    ("ovhcloud_cloud_users", &[]),
    ("ovhcloud_cloud_s3_credentials", &[]),
    ("ovhcloud_cloud_volumes", &[]),
    ("ovhcloud_cloud_volume_snapshots", &[]),
    ("ovhcloud_cloud_instance_snapshots", &[]),
    ("ovhcloud_cloud_storage_containers", &[("kind", "s3")]),
    ("ovhcloud_cloud_storage_buckets", &[]),
    ("ovhcloud_cloud_storage_containers", &[("kind", "swift")]),
];

fn counts(scrape: &Scrape) -> [f64; 8] {
    FAMILIES.map(|(family, labels)| scrape.sum(family, labels))
}

fn id_of(simulator: &Simulator, project: &str) -> String {
    let mut id = String::new();
    simulator.change(|account| id = account.project(project).unwrap());
    id
}

/// The account's objects of one kind, by a pattern of paths below the projects in service.
fn held(simulator: &Simulator, is_it: impl Fn(&str) -> bool) -> Vec<(String, Value)> {
    let mut held = Vec::new();
    simulator.change(|account| {
        for project in ["prod", "staging"] {
            let id = account.project(project).unwrap();
            let root = format!("/cloud/project/{id}");
            let paths: Vec<_> = account.paths().map(str::to_owned).collect();
            for path in paths.iter().filter(|path| path.strip_prefix(&root).is_some_and(&is_it)) {
                held.extend(account.list(path).iter().map(|object| (id.clone(), object.clone())));
            }
        }
    });
    assert!(!held.is_empty());
    held
}

/// Adds up values by labels.
fn summed(
    objects: &[(String, Value)],
    names: [&'static str; 2],
    value: impl Fn(&Value) -> Option<f64>,
) -> BTreeMap<[(&'static str, String); 2], f64> {
    let mut sums = BTreeMap::new();
    for (project, object) in objects {
        let text = object[match names[1] {
            "volume_type" => "type",
            label => label.trim_start_matches("ovh_"),
        }]
        .as_str();
        let labels = [(names[0], project.clone()), (names[1], text.unwrap_or_default().to_owned())];
        if let Some(value) = value(object) {
            *sums.entry(labels).or_insert(0.0) += value;
        }
    }
    sums
}

#[track_caller]
fn assert_sums(
    scrape: &Scrape,
    family: &str,
    expected: &BTreeMap<[(&'static str, String); 2], f64>,
) {
    assert!(!expected.is_empty());
    for (labels, sum) in expected {
        let labels: Vec<_> = labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(scrape.sum(family, &labels), *sum, "{family}{labels:?}");
    }
    assert_eq!(scrape.sum(family, &[]), expected.values().sum::<f64>(), "{family}");
}

fn is_bucket_list(path: &str) -> bool {
    path.starts_with("/region/") && path.ends_with("/storage")
}

#[tokio::test]
async fn users_are_those_of_the_account_with_their_roles_and_keys() {
    let simulator = reference().await;
    let prod = id_of(&simulator, "prod");
    simulator.change(|account| {
        let users = account.list_mut(&format!("/cloud/project/{prod}/user"));
        let role = |name: &str| json!({"id": "1", "name": name, "permissions": []});
        users[0]["roles"] = json!([role("administrator"), role("objectstore_operator")]);
        users[1]["roles"] = json!([]);
    });
    let scrape = Exporter::new(&simulator).pass().await;
    let users = held(&simulator, |path| path == "/user");
    let names = ["project_id", "status"];
    assert_sums(&scrape, "ovhcloud_cloud_users", &summed(&users, names, |_| Some(1.0)));
    let of_prod = |role| [("project_id", prod.as_str()), ("role", role)];
    let roles = "ovhcloud_cloud_user_roles";
    let has = |user: &Value| {
        let mut roles = user["roles"].as_array().unwrap().iter();
        roles.any(|role| role["name"] == "administrator")
    };
    let administrators = users.iter().filter(|(project, user)| *project == prod && has(user));
    let administrators = administrators.count();
    assert_eq!(scrape.value(roles, &of_prod("administrator")), number(administrators));
    assert_eq!(scrape.value(roles, &of_prod("objectstore_operator")), 1.0);

    let keys = held(&simulator, |path| path.ends_with("/s3Credentials"));
    let of_prod = keys.iter().filter(|(project, _)| *project == prod).count();
    let value = scrape.value("ovhcloud_cloud_s3_credentials", &[("project_id", &prod)]);
    assert_eq!(value, number(of_prod));
    // The list of users serves both.
    assert_eq!(simulator.stats().by_route[USERS], 3);
}

#[tokio::test]
async fn volumes_are_those_of_the_account() {
    let simulator = reference().await;
    let scrape = Exporter::new(&simulator).pass().await;
    let volumes = held(&simulator, |path| path == "/volume");
    for name in ["ovh_region", "status", "volume_type"] {
        let names = ["project_id", name];
        assert_sums(&scrape, "ovhcloud_cloud_volumes", &summed(&volumes, names, |_| Some(1.0)));
        let bytes = |volume: &Value| volume["size"].as_f64().map(|size| size * GIB);
        assert_sums(&scrape, "ovhcloud_cloud_volumes_bytes", &summed(&volumes, names, bytes));
    }
    let names = ["project_id", "ovh_region"];
    let free = |volume: &Value| {
        Some(f64::from(u8::from(volume["attachedTo"].as_array().unwrap().is_empty())))
    };
    let free = summed(&volumes, names, free);
    assert_sums(&scrape, "ovhcloud_cloud_volumes_unattached", &free);
    let plain = |volume: &Value| {
        Some(f64::from(u8::from(!volume["type"].as_str().unwrap().ends_with("-luks"))))
    };
    let plain = summed(&volumes, names, plain);
    assert_sums(&scrape, "ovhcloud_cloud_volumes_unencrypted", &plain);
    // A region whose volumes are all in use says so, and so does one whose are all encrypted.
    for (family, none) in
        [("ovhcloud_cloud_volumes_unattached", free), ("ovhcloud_cloud_volumes_unencrypted", plain)]
    {
        let (labels, _) = none.into_iter().find(|(_, count)| *count == 0.0).unwrap();
        let labels: Vec<_> = labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(scrape.values(family, &labels), [0.0], "{family}");
    }
}

#[tokio::test]
async fn what_the_second_version_says_of_encryption_stands_over_the_type() {
    let simulator = reference().await;
    let prod = id_of(&simulator, "prod");
    let unencrypted = |scrape: &Scrape| {
        scrape.sum("ovhcloud_cloud_volumes_unencrypted", &[("project_id", &prod)])
    };
    let collector = ("collector", "cloud_volume");
    let by_type = unencrypted(&Exporter::new(&simulator).pass().await);
    assert!(by_type > 0.0);
    // No gap: the alpha version need not be there, nor stay as it is.
    let refusals = [403, 404, 400].map(Effect::Status);
    for effect in refusals.into_iter().chain([Effect::Garbage, Effect::WrongType]) {
        simulator.faults(vec![Fault::new(VOLUMES_V2, effect.clone())]);
        let scrape = Exporter::new(&simulator).pass().await;
        assert_eq!(unencrypted(&scrape), by_type, "{effect:?}");
        assert_eq!(scrape.value(SUCCESS, &[collector]), 1.0, "{effect:?}");
    }
    let volumes = held(&simulator, |path| path == "/volume");
    let told = |enabled: Value| {
        let object = |(_, volume): &(String, Value)| json!({"id": volume["id"], "currentState": {"encryption": enabled}});
        let body = Value::from(volumes.iter().map(object).collect::<Vec<_>>()).to_string();
        vec![Fault::new(VOLUMES_V2, Effect::Body { status: 200, body })]
    };
    let of_prod = number(volumes.iter().filter(|(project, _)| *project == prod).count());
    for (enabled, expected) in [
        (json!({"enabled": true}), 0.0),
        (json!({"enabled": false}), of_prod),
        (json!({"enabled": null}), by_type),
        (Value::Null, by_type),
    ] {
        simulator.faults(told(enabled.clone()));
        assert_eq!(unencrypted(&Exporter::new(&simulator).pass().await), expected, "{enabled}");
    }
    // A transient error is a gap, and the volumes stay.
    simulator.faults(vec![Fault::new(VOLUMES_V2, Effect::Reset)]);
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(unencrypted(&scrape), by_type);
    assert_eq!(scrape.value(GAPS, &[collector, ("reason", "unreachable")]), 2.0);
}

#[tokio::test]
async fn snapshots_are_those_of_the_account_and_so_are_their_ages() {
    let simulator = reference().await;
    let scrape = Exporter::new(&simulator).pass().await;
    for (path, family) in [
        ("/volume/snapshot", "ovhcloud_cloud_volume_snapshots"),
        ("/snapshot", "ovhcloud_cloud_instance_snapshots"),
    ] {
        let snapshots = held(&simulator, |below| below == path);
        let names = ["project_id", "ovh_region"];
        assert_sums(&scrape, family, &summed(&snapshots, names, |_| Some(1.0)));
        let bytes = |snapshot: &Value| snapshot["size"].as_f64().map(|size| (size * GIB).floor());
        assert_sums(&scrape, &format!("{family}_bytes"), &summed(&snapshots, names, bytes));
        let mut times: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (project, snapshot) in &snapshots {
            let created = time(snapshot["creationDate"].as_str().unwrap());
            let place = (project.as_str(), snapshot["region"].as_str().unwrap());
            times.entry(place).or_default().push(created.as_second());
        }
        assert!(times.values().any(|times| times.iter().min() != times.iter().max()));
        for ((project, region), times) in times {
            let labels = [("project_id", project), ("ovh_region", region)];
            let when =
                |which: &str| scrape.value(&format!("{family}_{which}_timestamp_seconds"), &labels);
            let exact = |time: Option<&i64>| f64::from(u32::try_from(*time.unwrap()).unwrap());
            assert_eq!(when("oldest"), exact(times.iter().min()));
            assert_eq!(when("newest"), exact(times.iter().max()));
        }
    }
}

#[tokio::test]
async fn object_storage_of_both_kinds_is_that_of_the_account() {
    let simulator = reference().await;
    let scrape = Exporter::new(&simulator).pass().await;
    let buckets = held(&simulator, is_bucket_list);
    let containers = held(&simulator, |path| path == "/storage");
    for (kind, objects, members) in [
        ("s3", &buckets, ["objectsCount", "objectsSize"]),
        ("swift", &containers, ["storedObjects", "storedBytes"]),
    ] {
        let expected = |value: &dyn Fn(&Value) -> Option<f64>| {
            summed(objects, ["project_id", "ovh_region"], value)
        };
        let [count, bytes] = members;
        for (family, expected) in [
            ("ovhcloud_cloud_storage_containers", expected(&|_| Some(1.0))),
            ("ovhcloud_cloud_storage_objects", expected(&|object| object[count].as_f64())),
            ("ovhcloud_cloud_storage_bytes", expected(&|object| object[bytes].as_f64())),
        ] {
            for (labels, sum) in &expected {
                let [(_, project), (_, region)] = labels;
                let labels =
                    [("project_id", project.as_str()), ("ovh_region", region), ("kind", kind)];
                assert_eq!(scrape.value(family, &labels), *sum, "{family}{labels:?}");
            }
            let sum: f64 = expected.values().sum();
            assert_eq!(scrape.sum(family, &[("kind", kind)]), sum, "{family} {kind}");
        }
    }
    let public = |container: &Value| {
        Some(f64::from(u8::from(container["containerType"].as_str().unwrap() != "private")))
    };
    let public = summed(&containers, ["project_id", "ovh_region"], public);
    assert_sums(&scrape, "ovhcloud_cloud_storage_public_containers", &public);
    assert!(public.values().any(|count| *count > 0.0));
}

#[tokio::test]
async fn each_bucket_says_how_it_is_protected_and_none_says_its_objects() {
    let simulator = reference().await;
    let prod = id_of(&simulator, "prod");
    simulator.change(|account| {
        let path = format!("/cloud/project/{prod}/region/GRA11/storage");
        // Too large to be read, were they asked for.
        account.list_mut(&path)[0]["objects"] =
            (0..1000).map(|number| json!({"key": format!("{number:0200}")})).collect();
    });
    let mut small = account(&simulator, ListMode::Auto);
    small.api.largest_answer = 100_000;
    let mut exporter = Exporter::of(small);
    exporter.detail = Detail::Full;
    let scrape = exporter.pass().await;
    let collector = ("collector", "cloud_storage_s3_bucket");
    assert_eq!(scrape.value(SUCCESS, &[collector]), 1.0);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let buckets = held(&simulator, is_bucket_list);
    for (project, bucket) in &buckets {
        let labels = [
            ("project_id", project.clone()),
            ("ovh_region", text(&bucket["region"])),
            ("encryption", text(&bucket["encryption"]["sseAlgorithm"])),
            ("versioning", text(&bucket["versioning"]["status"])),
            ("object_lock", text(&bucket["objectLock"]["status"])),
        ];
        let mut labels: Vec<_> = labels.iter().map(|(key, value)| (*key, value.as_str())).collect();
        assert!(scrape.value("ovhcloud_cloud_storage_buckets", &labels) >= 1.0);
        let name = text(&bucket["name"]);
        labels.push(("bucket", &name));
        assert_eq!(scrape.value("ovhcloud_cloud_storage_bucket_info", &labels), 1.0);
    }
    let all = number(buckets.len());
    assert_eq!(scrape.sum("ovhcloud_cloud_storage_buckets", &[]), all);
    for unsaid in ["encryption", "versioning", "object_lock"] {
        assert!(scrape.sum("ovhcloud_cloud_storage_buckets", &[(unsaid, "")]) > 0.0, "{unsaid}");
    }
    // The lists of buckets serve both collectors: two projects are in service, and each has two
    // regions whose S3 is up.
    assert_eq!(simulator.stats().by_route[BUCKETS], 2 * 2);
}

#[tokio::test]
async fn each_object_has_a_sample_that_names_it_and_no_secret_is_in_any() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.detail = Detail::Full;
    let scrape = exporter.pass().await;
    let counts = counts(&scrape);
    for (index, family, labels) in [
        (0, "ovhcloud_cloud_user_info", &[][..]),
        (2, "ovhcloud_cloud_volume_info", &[]),
        (3, "ovhcloud_cloud_volume_snapshot_info", &[]),
        (4, "ovhcloud_cloud_instance_snapshot_info", &[]),
        (5, "ovhcloud_cloud_storage_container_info", &[("kind", "s3")]),
        (6, "ovhcloud_cloud_storage_bucket_info", &[]),
        (7, "ovhcloud_cloud_storage_container_info", &[("kind", "swift")]),
    ] {
        assert!(counts[index] > 0.0);
        assert_eq!(scrape.sum(family, labels), counts[index], "{family}");
    }
    for (_, key) in held(&simulator, |path| path.ends_with("/s3Credentials")) {
        assert!(!scrape.0.contains(key["access"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn without_its_right_each_collector_is_a_gap_that_names_it() {
    let simulator = reference().await;
    simulator.rights(Rights::none().grant(&["publicCloudProject:apiovh:get"], &["*"]));
    let scrape = Exporter::new(&simulator).pass().await;
    for ((collector, _, _), (family, _)) in COLLECTORS.iter().zip(FAMILIES) {
        let collector = ("collector", *collector);
        assert_eq!(scrape.value(SUCCESS, &[collector]), 0.0, "{collector:?}");
        assert_eq!(scrape.value(GAPS, &[collector, ("reason", "forbidden")]), 2.0, "{collector:?}");
        scrape.lacks(family, &[]);
    }
    simulator.rights(Rights::all());
    for (collector, route, action) in COLLECTORS {
        simulator.faults(vec![Fault::new(route, Effect::Status(403))]);
        let scrape = Exporter::new(&simulator).pass().await;
        let action = format!("publicCloudProject:apiovh:{action}");
        let labels = [("collector", collector), ("action", action.as_str())];
        assert_eq!(scrape.value(MISSING, &labels), 1.0, "{collector}");
        assert!(scrape.value(GAPS, &[labels[0], ("reason", "forbidden")]) >= 2.0, "{collector}");
        let reached =
            COLLECTORS.iter().filter(|(_, other, _)| *other != route).map(|(name, _, _)| name);
        for other in reached {
            let needs = matches!(
                (collector, *other),
                ("cloud_user", "cloud_s3_credential")
                    | ("cloud_storage_s3", "cloud_storage_s3_bucket")
            );
            let success = scrape.value(SUCCESS, &[("collector", other)]);
            assert_eq!(success, f64::from(u8::from(!needs)), "{other} without {route}");
        }
    }
}

#[tokio::test]
async fn what_the_schema_allows_loses_nothing() {
    let simulator = reference().await;
    let expected = counts(&Exporter::new(&simulator).pass().await);
    assert!(expected.iter().all(|count| *count > 0.0));
    for effect in
        [Effect::MissingMembers, Effect::NullMembers, Effect::UnknownEnums, Effect::ExtraMembers]
    {
        let routes =
            COLLECTORS.map(|(_, route, _)| route).into_iter().chain([VOLUMES_V2, REGION, REGIONS]);
        simulator.faults(routes.map(|route| Fault::new(route, effect.clone())).collect());
        let scrape = Exporter::new(&simulator).pass().await;
        for (index, (collector, _, _)) in COLLECTORS.into_iter().enumerate() {
            assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{effect:?}");
            assert_eq!(counts(&scrape)[index], expected[index], "{collector} {effect:?}");
        }
        if matches!(effect, Effect::MissingMembers | Effect::NullMembers) {
            // An unknown value has no sample, and is no zero.
            for family in [
                "ovhcloud_cloud_user_roles",
                "ovhcloud_cloud_volumes_bytes",
                "ovhcloud_cloud_volumes_unattached",
                "ovhcloud_cloud_volumes_unencrypted",
                "ovhcloud_cloud_volume_snapshots_bytes",
                "ovhcloud_cloud_volume_snapshots_newest_timestamp_seconds",
                "ovhcloud_cloud_instance_snapshots_oldest_timestamp_seconds",
                "ovhcloud_cloud_storage_objects",
                "ovhcloud_cloud_storage_bytes",
                "ovhcloud_cloud_storage_public_containers",
            ] {
                scrape.lacks(family, &[]);
            }
        }
    }
}

#[tokio::test]
async fn an_object_that_can_not_be_read_loses_no_other() {
    let simulator = reference().await;
    let expected = counts(&Exporter::new(&simulator).pass().await);
    for index in [0, 2] {
        let (collector, route, _) = COLLECTORS[index];
        simulator.faults(vec![Fault::new(route, Effect::WrongType)]);
        let scrape = Exporter::new(&simulator).pass().await;
        let known = scrape.value(RESOURCES, &[("collector", collector)]);
        assert_eq!(known, expected[index] - 2.0, "one in each project");
        scrape.lacks(FAMILIES[index].0, &[]);
        let gap = [("collector", collector), ("reason", "undecodable")];
        assert_eq!(scrape.value(GAPS, &gap), 2.0, "{collector}");
    }
}

#[tokio::test]
async fn a_region_that_knows_no_buckets_is_passed_over_and_one_that_fails_is_lost() {
    let simulator = reference().await;
    let collector = ("collector", "cloud_storage_s3");
    let containers = "ovhcloud_cloud_storage_containers";
    let of = |scrape: &Scrape, region: &str| {
        scrape.sum(containers, &[("kind", "s3"), ("ovh_region", region)])
    };
    let before = Exporter::new(&simulator).pass().await;
    assert!(of(&before, "GRA11") > 0.0 && of(&before, "EU-WEST-PAR") > 0.0);
    // Regions out of service get no request.
    for region in ["CA-EAST-TOR", "AP-SOUTH-MUM-1", "SBG5", "GRA"] {
        simulator.fail(&format!("/cloud/project/*/region/{region}/storage"), Effect::Status(500));
    }
    simulator.fail("/cloud/project/*/region/GRA11/storage", Effect::Status(404));
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(of(&scrape, "GRA11"), 0.0);
    assert_eq!(of(&scrape, "EU-WEST-PAR"), of(&before, "EU-WEST-PAR"));
    assert_eq!(scrape.value(SUCCESS, &[collector]), 1.0);

    let broken = Fault::new("/cloud/project/*/region/GRA11/storage", Effect::Status(400));
    simulator.faults(vec![broken]);
    let scrape = Exporter::new(&simulator).pass().await;
    assert_eq!(of(&scrape, "EU-WEST-PAR"), of(&before, "EU-WEST-PAR"));
    assert_eq!(scrape.value(GAPS, &[collector, ("reason", "rejected")]), 2.0);
    let protected = ("collector", "cloud_storage_s3_bucket");
    assert_eq!(scrape.value(GAPS, &[protected, ("reason", "rejected")]), 2.0);
}

#[tokio::test]
async fn a_list_that_no_region_finds_is_no_count_of_zero() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    let gaps = |scrape: &Scrape, reason| {
        scrape.sum(GAPS, &[("collector", "cloud_storage_s3"), ("reason", reason)])
    };
    let (none, fails) = (Effect::Status(404), Effect::Status(500));
    let lists = Fault::new("/cloud/project/*/region/*/storage", none.clone());
    // The unread document of a region stays a failure beside them.
    let of_region = Fault::new("/cloud/project/*/region/EU-WEST-PAR", fails);
    for (faults, failures) in [(vec![lists.clone()], 0.0), (vec![of_region, lists], 2.0)] {
        simulator.faults(faults);
        let scrape = Exporter::new(&simulator).pass().await;
        scrape.lacks("ovhcloud_cloud_storage_containers", &[("kind", "s3")]);
        assert_eq!(gaps(&scrape, "server"), failures);
    }
}

#[tokio::test]
async fn regions_are_asked_for_once_a_day_unless_one_failed() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    let mut exporter = Exporter::new(&simulator);
    let collector = ("collector", "cloud_storage_s3");
    let asked = |simulator: &Simulator| simulator.stats().by_route.get(REGION).copied();
    simulator.fail("/cloud/project/*/region/GRA11", Effect::Status(500));
    let scrape = exporter.pass().await;
    assert_eq!(scrape.value(GAPS, &[collector, ("reason", "server")]), 2.0);
    let paris = [("kind", "s3"), ("ovh_region", "EU-WEST-PAR")];
    assert!(scrape.sum("ovhcloud_cloud_storage_containers", &paris) > 0.0, "the others stand");

    simulator.faults(Vec::new());
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    assert_eq!(scrape.value(SUCCESS, &[collector]), 1.0, "it is asked again");

    for (now, expected) in [
        // The two regions of `prod` that are out of service, and the one whose S3 is, may be back at
        // any time. The lists of all kinds share the answer.
        ("2026-11-21T00:10:00Z", Some(3)),
        ("2026-11-22T00:04:00Z", Some(3)),
        ("2026-11-22T00:05:00Z", Some(8 + 4)),
    ] {
        simulator.reset_stats();
        let scrape = exporter.pass_at(now).await;
        assert_eq!(asked(&simulator), expected, "{now}");
        assert_eq!(scrape.value(SUCCESS, &[collector]), 1.0, "{now}");
    }
}

#[tokio::test]
async fn what_is_gone_since_the_list_is_passed_over_and_what_is_still_there_is_lost() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    let prod = id_of(&simulator, "prod");
    let (users, buckets) = (
        format!("/cloud/project/{prod}/user"),
        format!("/cloud/project/{prod}/region/GRA11/storage"),
    );
    let expected = counts(&Exporter::new(&simulator).pass().await);
    // The lists still name something that the next ones do not.
    let mut faults = Vec::new();
    simulator.change(|account| {
        for (path, ghost) in
            [(&users, json!({"id": 1, "status": "ok"})), (&buckets, json!({"name": "ghost"}))]
        {
            let mut listed = account.list(path).to_vec();
            listed.push(ghost);
            let body = Value::from(listed).to_string();
            faults.push(Fault::new(path, Effect::Body { status: 200, body }).times(1));
        }
    });
    simulator.faults(faults);
    let scrape = Exporter::new(&simulator).pass().await;
    for (index, collector) in [(1, "cloud_s3_credential"), (6, "cloud_storage_s3_bucket")] {
        assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
        assert_eq!(counts(&scrape)[index], expected[index], "{collector}");
    }

    simulator.faults(vec![
        Fault::new(KEYS, Effect::Status(404)),
        Fault::new(BUCKET, Effect::Status(404)),
    ]);
    let scrape = Exporter::new(&simulator).pass().await;
    for (index, collector) in [(1, "cloud_s3_credential"), (6, "cloud_storage_s3_bucket")] {
        assert!(scrape.value(GAPS, &[("collector", collector), ("reason", "not_found")]) > 2.0);
        // No zero: the route may be unknown where the account lives.
        scrape.lacks(FAMILIES[index].0, &[]);
    }
}

#[tokio::test]
async fn one_bucket_that_fails_loses_no_other() {
    let simulator = reference().await;
    let expected = counts(&Exporter::new(&simulator).pass().await);
    simulator.fail("/cloud/project/*/storage/backups", Effect::Status(500));
    let scrape = Exporter::new(&simulator).pass().await;
    let collector = ("collector", "cloud_storage_s3_bucket");
    assert_eq!(scrape.value(GAPS, &[collector, ("reason", "server")]), 1.0);
    assert_eq!(scrape.value(RESOURCES, &[collector]), expected[6] - 1.0);
    assert!(counts(&scrape)[6] < expected[6] - 1.0, "no count of its project");
    assert_eq!(counts(&scrape)[5], expected[5]);
}

#[tokio::test]
async fn a_suspended_project_is_reported_and_fails_nothing_whatever_it_answers() {
    let mut options = Options::new(Account::reference(time(NOW)));
    let suspended = SuspendedProjects::Answer;
    options.unverified = Unverified { suspended, ..Unverified::default() };
    let answering = simulator(options).await;
    let legacy = id_of(&answering, "legacy");
    let scrape = Exporter::new(&answering).pass().await;
    for ((collector, _, _), (family, labels)) in COLLECTORS.into_iter().zip(FAMILIES) {
        let labels = [labels, &[("project_id", legacy.as_str())]].concat();
        assert!(scrape.sum(family, &labels) > 0.0, "{collector}");
        assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
    }
    for reason in ["expired", "suspended", "forbidden"] {
        scrape.lacks(GAPS, &[("reason", reason)]);
    }

    let refusing = reference().await;
    for (status, reason) in [(460, "expired"), (403, "suspended")] {
        refusing.faults(vec![
            Fault::new(&format!("/cloud/project/{legacy}/*"), Effect::Status(status)),
            Fault::new(&format!("/v2/publicCloud/project/{legacy}/*"), Effect::Status(status)),
        ]);
        let scrape = Exporter::new(&refusing).pass().await;
        for ((collector, _, _), (family, _)) in COLLECTORS.into_iter().zip(FAMILIES) {
            let collector = ("collector", collector);
            assert_eq!(scrape.value(SUCCESS, &[collector]), 1.0, "{collector:?}");
            assert!(scrape.value(GAPS, &[collector, ("reason", reason)]) >= 1.0, "{collector:?}");
            scrape.lacks(family, &[("project_id", &legacy)]);
        }
    }
}

#[tokio::test]
async fn a_project_that_holds_nothing_is_known_to_hold_no_keys() {
    let simulator = reference().await;
    let staging = id_of(&simulator, "staging");
    simulator.change(|account| {
        let below = format!("/cloud/project/{staging}/");
        let paths: Vec<_> = account.paths().map(str::to_owned).collect();
        for path in paths.iter().filter(|path| path.starts_with(&below)) {
            account.list_mut(path).clear();
        }
    });
    let scrape = Exporter::new(&simulator).pass().await;
    for (collector, _, _) in COLLECTORS {
        assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{collector}");
    }
    let of_staging = [("project_id", staging.as_str())];
    assert_eq!(scrape.value("ovhcloud_cloud_s3_credentials", &of_staging), 0.0);
    assert_eq!(scrape.values("ovhcloud_cloud_volumes", &of_staging), [0.0]);
    assert_eq!(scrape.values("ovhcloud_cloud_storage_containers", &of_staging), [0.0, 0.0]);
}

#[tokio::test]
async fn what_fills_is_no_change_and_what_is_opened_is() {
    let simulator = reference().await;
    let prod = id_of(&simulator, "prod");
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let containers = format!("/cloud/project/{prod}/storage");
    simulator.change(|account| {
        let bucket =
            &mut account.list_mut(&format!("/cloud/project/{prod}/region/GRA11/storage"))[0];
        bucket["objectsSize"] = json!(bucket["objectsSize"].as_i64().unwrap() + 1);
        let container = &mut account.list_mut(&containers)[0];
        container["storedBytes"] = json!(container["storedBytes"].as_i64().unwrap() + 1);
    });
    let changed = |scrape: &Scrape, collector: &str| {
        let labels = [("collector", collector), ("change", "changed")];
        scrape.value("ovhcloud_inventory_changes_total", &labels)
    };
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    for collector in ["cloud_storage_s3", "cloud_storage_swift"] {
        assert_eq!(changed(&scrape, collector), 0.0, "{collector}");
    }
    simulator.change(|account| {
        for container in account.list_mut(&containers) {
            container["containerType"] = json!("static");
        }
        let volumes = account.list_mut(&format!("/cloud/project/{prod}/volume"));
        volumes[0]["attachedTo"] = json!([]);
    });
    let scrape = exporter.pass_at("2026-11-21T00:10:00Z").await;
    assert_eq!(changed(&scrape, "cloud_storage_swift"), 3.0);
    assert_eq!(changed(&scrape, "cloud_volume"), 1.0);
}
