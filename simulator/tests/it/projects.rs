//! Resources below a project: queries, missing objects, and references between objects.

use std::collections::BTreeSet;

use ovhcloud_simulator::{Account, Effect, Options, Simulator, Size, Unverified};
use serde_json::{Value, json};

use crate::client::{get, now, start};

/// The simulator and the paths of `prod`, as v1 and v2 have them.
async fn prod() -> (Simulator, String, String) {
    let account = Account::reference(now());
    let id = account.project("prod").unwrap();
    let (v1, v2) = (format!("/1.0/cloud/project/{id}"), format!("/v2/publicCloud/project/{id}"));
    (start(Options::new(account)).await, v1, v2)
}

async fn list(simulator: &Simulator, target: &str) -> Vec<Value> {
    let answer = get(simulator, target, &[]).await;
    assert_eq!(answer.status, 200, "{target}: {:?}", answer.body);
    answer.json().as_array().unwrap().clone()
}

fn members(objects: &[Value], name: &str) -> BTreeSet<String> {
    objects.iter().filter_map(|object| object[name].as_str().map(str::to_owned)).collect()
}

/// The regions that a client should ask for buckets.
fn offering_s3(regions: &[Value]) -> Vec<&str> {
    let works = |service: &Value| {
        let name = service["name"].as_str().unwrap();
        service["status"] == "UP" && ["storage-s3-high-perf", "storage-s3-standard"].contains(&name)
    };
    let offers = |region: &&Value| {
        region["status"] == "UP" && region["services"].as_array().unwrap().iter().any(works)
    };
    regions.iter().filter(offers).map(|region| region["name"].as_str().unwrap()).collect()
}

#[test]
fn three_of_the_first_five_regions_offer_s3() {
    let size = Size { regions: 5, buckets: 7, ..Size::default() };
    let account = Account::generate(size, now());
    for project in account.projects() {
        let path = format!("/cloud/project/{project}/region");
        let offering = offering_s3(account.list(&path));
        assert_eq!(offering, ["GRA11", "EU-WEST-PAR", "BHS5"]);
        let count = |region: &&str| account.list(&format!("{path}/{region}/storage")).len();
        assert_eq!(offering.iter().map(count).collect::<Vec<_>>(), [3, 2, 2]);
    }
}

#[test]
fn the_reference_account_has_regions_in_which_s3_does_not_work() {
    let account = Account::reference(now());
    let path = format!("/cloud/project/{}/region", account.project("prod").unwrap());
    assert_eq!(offering_s3(account.list(&path)), ["GRA11", "EU-WEST-PAR"]);
    let region = |name| account.list(&path).iter().find(|region| region["name"] == name).unwrap();
    let (down, maintained) = (region("CA-EAST-TOR"), region("AP-SOUTH-MUM-1"));
    assert_eq!((&down["status"], &down["services"][2]["status"]), (&json!("UP"), &json!("DOWN")));
    assert_eq!(maintained["status"], "MAINTENANCE");
    assert_eq!(maintained["services"][2]["status"], "UP");
}

#[tokio::test]
async fn buckets_are_where_s3_is() {
    let (simulator, prod, _) = prod().await;
    for region in ["GRA", "SBG5", "NONE"] {
        let answer = get(&simulator, &format!("{prod}/region/{region}/storage"), &[]).await;
        assert_eq!(answer.code(), (404, "Client::NotFound".to_owned()), "{region}");
    }
    assert!(list(&simulator, &format!("{prod}/region/CA-EAST-TOR/storage")).await.is_empty());
    let path = format!("{prod}/region/GRA11/storage");
    let listed = list(&simulator, &path).await;
    assert_eq!(members(&listed, "name"), ["backups", "logs", "scratch"].map(str::to_owned).into());
    for bucket in &listed {
        for member in ["encryption", "versioning", "objectLock", "replication", "tags"] {
            assert!(bucket.get(member).is_none(), "{member}");
        }
        assert_eq!(bucket["objects"], json!([]));
    }
    let backups = get(&simulator, &format!("{path}/backups?noObjects=true"), &[]).await.json();
    assert_eq!(backups["encryption"]["sseAlgorithm"], "AES256");
    assert_eq!(backups["objectsCount"], listed[0]["objectsCount"]);
    assert_eq!(get(&simulator, &format!("{path}/nothing"), &[]).await.status, 404);
}

#[tokio::test]
async fn objects_of_buckets_are_shown_as_asked() {
    let (simulator, prod, _) = prod().await;
    let path = format!("{prod}/region/GRA11/storage/backups");
    for (query, count) in [
        ("", 5),
        ("?noObjects=false", 5),
        ("?noObjects=true", 0),
        ("?limit=2", 2),
        ("?prefix=2026/", 5),
        ("?prefix=2025/", 0),
        ("?marker=2026/0003.bin", 2),
        ("?marker=2026/0003.bin&limit=1", 1),
    ] {
        let bucket = get(&simulator, &format!("{path}{query}"), &[]).await.json();
        assert_eq!(bucket["objects"].as_array().unwrap().len(), count, "{query}");
    }
}

#[test]
fn the_reference_account_has_buckets_of_which_nothing_is_said() {
    let account = Account::reference(now());
    let bucket = |project, region, name| {
        let id = account.project(project).unwrap();
        let path = format!("/cloud/project/{id}/region/{region}/storage");
        account.list(&path).iter().find(|bucket| bucket["name"] == name).unwrap().clone()
    };
    let unset = bucket("staging", "EU-WEST-PAR", "tests");
    assert_eq!(unset["encryption"], json!({ "sseAlgorithm": null }));
    assert_eq!(unset["versioning"], json!({ "status": null }));
    let scratch = bucket("prod", "GRA11", "scratch");
    assert!(["encryption", "versioning", "objectLock"].iter().all(|name| scratch[name].is_null()));
}

#[tokio::test]
async fn containers_show_their_type_to_those_who_ask() {
    let (simulator, prod, _) = prod().await;
    let plain = list(&simulator, &format!("{prod}/storage")).await;
    assert!(plain.iter().all(|one| one["containerType"].is_null() && one["archive"].is_null()));
    let typed = list(&simulator, &format!("{prod}/storage?includeType=true")).await;
    assert_eq!(members(&typed, "containerType"), ["private", "public"].map(str::to_owned).into());
    assert_eq!(typed.iter().filter(|one| one["archive"] == true).count(), 1);
}

#[tokio::test]
async fn a_snapshot_is_no_volume() {
    let (simulator, prod, _) = prod().await;
    let volumes = members(&list(&simulator, &format!("{prod}/volume")).await, "id");
    let snapshots = list(&simulator, &format!("{prod}/volume/snapshot")).await;
    let of_known = |one: &&Value| volumes.contains(one["volumeId"].as_str().unwrap());
    assert_eq!(snapshots.iter().filter(of_known).count(), snapshots.len() - 1);
    let stats = simulator.stats();
    assert_eq!(stats.by_route["/cloud/project/{serviceName}/volume/snapshot"], 1);
    let here = list(&simulator, &format!("{prod}/volume/snapshot?region=SBG5")).await;
    assert_eq!(members(&here, "region"), ["SBG5".to_owned()].into());
}

#[test]
fn volumes_are_attached_to_instances() {
    let mut accounts = vec![Account::reference(now())];
    accounts.push(Account::generate(Size::default(), now()));
    for account in accounts {
        let (mut attached, mut loose) = (0, 0);
        for project in account.projects() {
            let path = |name| format!("/cloud/project/{project}/{name}");
            let instances = members(account.list(&path("instance")), "id");
            for volume in account.list(&path("volume")) {
                let ids = volume["attachedTo"].as_array().unwrap();
                assert!(ids.iter().all(|id| instances.contains(id.as_str().unwrap())));
                attached += usize::from(!ids.is_empty());
                loose += usize::from(ids.is_empty());
            }
        }
        assert!(attached > 2 && loose > 2, "{attached} {loose}");
    }
}

#[tokio::test]
async fn v2_shows_the_same_volumes() {
    let (simulator, prod, v2) = prod().await;
    let volumes = list(&simulator, &format!("{prod}/volume")).await;
    let path = format!("{v2}/storage/block/volume");
    let headers = [("x-pagination-size", "4")];
    let first = get(&simulator, &path, &headers).await;
    assert_eq!(first.json().as_array().unwrap().len(), 4);
    let next = first.header("x-pagination-cursor-next").unwrap();
    let rest = get(&simulator, &path, &[("x-pagination-cursor", next)]).await.json();
    let mut blocks = first.json().as_array().unwrap().clone();
    blocks.extend(rest.as_array().unwrap().clone());
    assert_eq!(blocks.len(), volumes.len());
    for (block, volume) in blocks.iter().zip(&volumes) {
        assert_eq!(block["id"], volume["id"]);
        let encrypted = volume["type"].as_str().unwrap().ends_with("-luks");
        assert_eq!(block["currentState"]["encryption"]["enabled"], encrypted);
    }
    let answer = get(&simulator, &format!("{path}/nothing"), &[]).await;
    assert_eq!(answer.code(), (404, "Client::NotFound::VolumeDoesNotExist".to_owned()));
}

#[tokio::test]
async fn databases_are_filtered_by_category() {
    let (simulator, prod, _) = prod().await;
    for (query, count) in [
        ("", 8),
        ("?category=streaming", 1),
        ("?category=analysis", 1),
        ("?category=operational", 6),
    ] {
        let found = list(&simulator, &format!("{prod}/database/service{query}")).await;
        assert_eq!(found.len(), count, "{query}");
    }
    let answer = get(&simulator, &format!("{prod}/database/service?category=none"), &[]).await;
    assert_eq!(answer.status, 400);
}

#[test]
fn all_databases_but_those_of_one_engine_are_on_offer() {
    let mut accounts = vec![Account::reference(now())];
    accounts.push(Account::generate(Size { databases: 20, ..Size::default() }, now()));
    let mut engines = BTreeSet::new();
    let mut restrictions = BTreeSet::new();
    for account in accounts {
        for project in account.projects() {
            let path = |name| format!("/cloud/project/{project}/database/{name}");
            let offer = |object: &Value| {
                ["engine", "version", "plan"].map(|name| object[name].as_str().unwrap().to_owned())
            };
            let offers: BTreeSet<_> =
                account.list(&path("availability")).iter().map(offer).collect();
            for database in account.list(&path("service")) {
                let known = offers.contains(&offer(database));
                assert_eq!(known, database["engine"] != "m3aggregator", "{database}");
                engines.insert(database["engine"].to_string());
                let blocks = database["ipRestrictions"].as_array().unwrap();
                restrictions.insert(members(blocks, "ip"));
            }
        }
    }
    assert_eq!(engines.len(), 14);
    assert_eq!(restrictions.len(), 3, "{restrictions:?}");
}

#[tokio::test]
async fn quotas_are_shown_by_category() {
    let (simulator, prod, _) = prod().await;
    let regions = list(&simulator, &format!("{prod}/region")).await;
    let quotas = list(&simulator, &format!("{prod}/quota")).await;
    let of_region: Vec<_> = quotas.iter().map(|quota| quota["region"].clone()).collect();
    assert_eq!(of_region, regions);
    assert_eq!(quotas[0]["instance"]["usedInstances"], 3);
    assert!(quotas[3]["instance"].is_null(), "a macro-region");
    for query in ["categories=instance&categories=keypair", "categories=instance,keypair"] {
        let quotas = list(&simulator, &format!("{prod}/quota?{query}")).await;
        assert_eq!(quotas[0]["keypair"]["maxCount"], 200);
        assert!(quotas[0]["instance"].is_object() && quotas[0]["volume"].is_null(), "{query}");
    }
}

#[tokio::test]
async fn what_is_below_an_unknown_object_is_not_there() {
    let (simulator, prod, v2) = prod().await;
    for path in [
        format!("{prod}/kube/nothing/ipRestrictions"),
        format!("{prod}/user/1/s3Credentials"),
        format!("{prod}/user/1"),
        format!("{prod}/region/NONE"),
        format!("{prod}/volume/nothing"),
        format!("{prod}/volume/snapshot/nothing"),
        format!("{prod}/database/service/nothing"),
        format!("{v2}/storage/block/volume/nothing"),
        "/v2/publicCloud/project/nothing/storage/block/volume".to_owned(),
    ] {
        assert_eq!(get(&simulator, &path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn all_below_a_suspended_project_is_expired() {
    let account = Account::reference(now());
    let id = account.project("legacy").unwrap();
    let simulator = start(Options::new(account)).await;
    let batch = Unverified { batch_projects: true, ..Unverified::default() };
    simulator.unverified(batch);
    for path in [
        format!("/1.0/cloud/project/{id}/volume/snapshot"),
        format!("/1.0/cloud/project/{id}/region/GRA11/storage"),
        format!("/1.0/cloud/project/{id}/region/GRA11,SBG5"),
        format!("/1.0/cloud/project/{id}/database/service"),
        format!("/1.0/cloud/project/{id}/kube/nothing/ipRestrictions"),
        format!("/v2/publicCloud/project/{id}/storage/block/volume"),
        format!("/v2/publicCloud/project/{id}/storage/block/volume/nothing"),
    ] {
        let answer = get(&simulator, &path, &[("x-ovh-batch", ",")]).await;
        assert_eq!(answer.status, 460, "{path}");
    }
}

#[tokio::test]
async fn below_a_project_batches_work_where_configured() {
    let (simulator, prod, _) = prod().await;
    let path = format!("{prod}/region/GRA11,SBG5,NONE");
    let headers = [("x-ovh-batch", ",")];
    assert_eq!(get(&simulator, &path, &headers).await.status, 404);
    simulator.unverified(Unverified { batch_projects: true, ..Unverified::default() });
    let items = get(&simulator, &path, &headers).await.json();
    let items = items.as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!(items.iter().filter(|item| item["error"].is_null()).count(), 2);
}

#[tokio::test]
async fn members_of_members_can_be_spoilt() {
    let (simulator, prod, _) = prod().await;
    simulator.fail("/cloud/project/{serviceName}/region/{regionName}", Effect::UnknownEnums);
    let region = get(&simulator, &format!("{prod}/region/GRA11"), &[]).await.json();
    assert_eq!(region["status"], "SIMULATED_UNKNOWN");
    for service in region["services"].as_array().unwrap() {
        assert_eq!(service["status"], "SIMULATED_UNKNOWN");
        assert_ne!(service["name"], "SIMULATED_UNKNOWN");
    }
    let template = "/cloud/project/{serviceName}/region/{regionName}/storage/{name}";
    simulator.fail(template, Effect::WrongType);
    let path = format!("{prod}/region/GRA11/storage/backups");
    let bucket = get(&simulator, &path, &[]).await.json();
    assert_eq!(bucket["encryption"], json!({ "simulated": true }));
}
