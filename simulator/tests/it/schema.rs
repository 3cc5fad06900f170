//! Every answer that the simulator can give, judged by OVHcloud's schemas.

use ovhcloud_simulator::{
    Account, Auth, Effect, Options, Served, Simulator, Size, SuspendedProjects, Unverified, routes,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::client::{call, get, now, reference, start, variable};
use crate::judge::{Judge, assert_valid};

const MODE: (&str, &str) = ("x-pagination-mode", "CachedObjectList-Pages");

/// Lists and documents that may not be there: not every region has S3, and what an account never
/// set is a 404, by all that is known.
const MAY_BE_MISSING: &[&str] = &[
    "/cloud/project/{serviceName}/region/{regionName}/floatingip",
    "/cloud/project/{serviceName}/region/{regionName}/storage",
    "/cloud/project/{serviceName}/region/{regionName}/volumeBackup",
    "/cloud/project/{serviceName}/user/{userId}/policy",
    "/me/accessRestriction/backupCode",
    "/me/identity/provider",
];

/// The whole target of a path as templates spell it.
pub(crate) fn target(path: &str) -> String {
    if path.starts_with("/v2/") { path.to_owned() } else { format!("/1.0{path}") }
}

pub(crate) async fn serve(account: Account) -> Simulator {
    let unverified = Unverified {
        batch_projects: true,
        suspended: SuspendedProjects::Answer,
        ..Unverified::default()
    };
    start(Options { unverified, ..Options::new(account) }).await
}

/// The concrete paths of a template: each object of the list before a parameter in its place.
pub(crate) async fn paths(simulator: &Simulator, template: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut walked = String::new();
    for segment in template.split('/').skip(1) {
        let mut longer = Vec::new();
        for path in &found {
            if !segment.starts_with('{') {
                longer.push(format!("{path}/{segment}"));
                continue;
            }
            let key = routes().find(|route| route.template == walked).unwrap().key;
            let list = get(simulator, &target(path), &[]).await;
            if list.status == 404 && MAY_BE_MISSING.contains(&walked.as_str()) {
                continue;
            }
            for object in list.json().as_array().unwrap() {
                let id = escaped(&text(object.get(key).unwrap_or(object)));
                longer.push(format!("{path}/{id}"));
            }
        }
        found = longer;
        walked = format!("{walked}/{segment}");
    }
    found
}

fn escaped(id: &str) -> String {
    utf8_percent_encode(id, NON_ALPHANUMERIC).to_string()
}

fn text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn child(list: &Served) -> Option<Served> {
    routes().find(|route| {
        route
            .template
            .rsplit_once("/{")
            .is_some_and(|(parent, rest)| parent == list.template && !rest.contains('/'))
    })
}

/// Walks all GET routes of an account; answers how many answers were judged.
async fn walk(account: Account) -> usize {
    let simulator = serve(account).await;
    let judge = Judge::new();
    let mut judged = 0;
    for route in routes().filter(|route| route.method == "GET") {
        if route.template == "/auth/currentCredential" {
            continue;
        }
        let validator = judge.of_answer(route.method, route.template);
        let of_error = judge.of_error(route.template);
        for path in paths(&simulator, route.template).await {
            let answer = get(&simulator, &target(&path), &[]).await;
            assert!(answer.header("x-ovh-queryid").is_some());
            if answer.status == 404 && MAY_BE_MISSING.contains(&route.template) {
                assert_valid(&of_error, &answer.json(), &path);
                continue;
            }
            assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
            assert_valid(&validator, &answer.json(), &path);
            judged += 1;
        }
    }
    judged + walk_lists(&simulator, &judge).await
}

async fn walk_lists(simulator: &Simulator, judge: &Judge) -> usize {
    let mut judged = 0;
    for list in routes().filter(|route| !route.template.contains('{')) {
        let Some(child) = child(&list).filter(|_| !list.template.starts_with("/v2")) else {
            continue;
        };
        let answer = get(simulator, &target(list.template), &[MODE]).await;
        let objects = answer.json();
        assert_valid(&judge.of_expanded(child.template), &objects, list.template);
        let ids =
            objects.as_array().unwrap().iter().map(|object| escaped(&text(&object[list.key])));
        let ids: Vec<_> = ids.chain(["999".to_owned()]).collect();
        for some in ids.chunks(50) {
            let path = format!("{}/{}", target(list.template), some.join(","));
            let answer = get(simulator, &path, &[("x-ovh-batch", ",")]).await;
            let items = answer.json();
            assert_eq!(items.as_array().unwrap().len(), some.len(), "{path}");
            assert_valid(&judge.of_batch(child.template), &items, &path);
            judged += 1;
        }
    }
    judged
}

#[tokio::test]
async fn every_answer_of_the_reference_account_is_as_the_schema_has_it() {
    let judged = walk(Account::reference(now()).with_every_project_status(now())).await;
    assert!(judged > 100, "only {judged} answers were judged");
}

#[tokio::test]
async fn every_answer_of_a_generated_account_is_as_the_schema_has_it() {
    let judged = walk(Account::generate(Size::default(), now())).await;
    assert!(judged > 200, "only {judged} answers were judged");
}

#[tokio::test]
async fn every_answer_of_an_empty_account_is_as_the_schema_has_it() {
    walk(Account::empty()).await;
}

#[tokio::test]
async fn policies_with_details_are_as_the_schema_has_them() {
    let simulator = serve(Account::reference(now())).await;
    let answer = get(&simulator, "/v2/iam/policy?details=true", &[]).await.json();
    assert_valid(&Judge::new().of_answer("GET", "/v2/iam/policy"), &answer, "details");
    let described = |policy: &Value| {
        policy["resources"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["resource"]["name"] != json!(null))
    };
    assert!(answer.as_array().unwrap().iter().any(described));
}

#[tokio::test]
async fn an_authorization_check_is_as_the_schema_has_it() {
    let simulator = serve(Account::reference(now())).await;
    let question =
        json!({ "resourceURNs": ["urn:v1:eu:resource:vps:a", "x"], "actions": ["vps:apiovh:get"] });
    let token = variable(&simulator, Auth::Token, "OVH_ACCESS_TOKEN");
    let token = format!("Bearer {token}");
    let path = "/v2/iam/authorization/check";
    let headers = [("authorization", token.as_str())];
    let answer = call(&simulator, "POST", path, &headers, &question.to_string()).await.unwrap();
    assert_valid(&Judge::new().of_answer("POST", path), &answer.json(), path);
    assert_eq!(answer.json()[1]["resourceURN"], "x");
    // One unknown name fails the whole question.
    let unknown = r#"{"resourceURNs":["x"],"actions":["vps:apiovh:get","a:b"]}"#;
    for bad in ["", "{}", r#"{"resourceURNs":[1],"actions":[]}"#, unknown] {
        let answer = call(&simulator, "POST", path, &headers, bad).await.unwrap();
        assert_eq!(answer.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn errors_are_as_the_schema_has_them() {
    let simulator = reference().await;
    let validator = Judge::new().of_error("/me");
    let legacy = Account::reference(now()).project("legacy").unwrap();
    let suspended = format!("/1.0/cloud/project/{legacy}/instance");
    for (target, status) in [
        ("/1.0/me/identity/user/nobody", 404),
        ("/1.0/nothing", 404),
        ("/me", 404),
        ("/1.0/me?x=1", 400),
        ("/1.0/me/api/credential?status=new", 400),
        ("/1.0/cloud/project/nothing/instance", 404),
        ("/1.0/auth/currentCredential", 403),
        (&suspended, 460),
    ] {
        let answer = get(&simulator, target, &[]).await;
        assert_eq!(answer.status, status, "{target}");
        assert_valid(&validator, &answer.json(), target);
        assert!(answer.header("x-ovh-queryid").is_some());
    }
    for status in [400, 401, 403, 404, 409, 429, 460, 500, 503] {
        simulator.fail("/me", Effect::Status(status));
        let answer = get(&simulator, "/1.0/me", &[]).await;
        assert_eq!(answer.status, status);
        assert_valid(&validator, &answer.json(), "fault");
    }
}
