//! Failures affect only their own series, have a reason, and recover.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ovhcloud_exporter::collectors;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_simulator::{
    Account, Effect, Fault, Listing, Options, Rights, Size, SuspendedProjects, Unverified,
};
use serde_json::Value;

use crate::exporter::{Exporter, HIGHEST_RATE, NOW, Scrape, account, reference, simulator, time};

const SUCCESS: &str = "ovhcloud_collector_success";
const GAPS: &str = "ovhcloud_collector_gaps";

#[tokio::test]
async fn a_collector_without_rights_is_a_gap_not_an_outage() {
    let simulator = reference().await;
    simulator.rights(
        Rights::none()
            .grant(&["account:apiovh:me/identity/user/get"], &["*"])
            .grant(&["publicCloudProject:apiovh:*"], &["*"]),
    );
    let scrape = Exporter::new(&simulator).pass().await;

    let credential = [("collector", "api_credential")];
    assert_eq!(scrape.value(SUCCESS, &credential), 0.0);
    assert_eq!(scrape.value(GAPS, &[credential[0], ("reason", "forbidden")]), 1.0);
    let action = ("action", "account:apiovh:me/api/credential/get");
    assert_eq!(scrape.value("ovhcloud_permission_missing_info", &[credential[0], action]), 1.0);
    assert_eq!(scrape.value(SUCCESS, &[("collector", "iam_user")]), 1.0);
    assert_eq!(scrape.value(SUCCESS, &[("collector", "cloud_instance")]), 1.0);
    // No sample, rather than a zero that looks like good news.
    scrape.lacks("ovhcloud_api_credentials", &[]);
    scrape.lacks("ovhcloud_api_credentials_stale", &[]);
    scrape.lacks("ovhcloud_policy_violations", &[("check", "credential_stale")]);
    let unread = [("check", "credential_stale"), ("reason", "not_read")];
    assert_eq!(scrape.value("ovhcloud_policy_check_not_evaluated_info", &unread), 1.0);
}

#[tokio::test]
async fn one_projects_failure_touches_that_projects_sections_only() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let before = exporter.pass().await;

    let mut prod = String::new();
    simulator.change(|account| {
        prod = account.project("prod").unwrap();
        account.list_mut(&format!("/cloud/project/{prod}/instance")).clear();
        let staging = account.project("staging").unwrap();
        account.list_mut(&format!("/cloud/project/{staging}/instance")).clear();
    });
    simulator.fail(&format!("/cloud/project/{prod}/instance"), Effect::Status(500));
    let after = exporter.pass_at("2026-11-21T00:05:00Z").await;

    let instances =
        |scrape: &Scrape| scrape.sum("ovhcloud_cloud_instances", &[("project_id", &prod)]);
    assert!(instances(&before) > 0.0);
    assert_eq!(instances(&after), instances(&before), "the last good values stay");
    assert_eq!(after.sum("ovhcloud_cloud_instances", &[]), instances(&after), "staging was read");
    let collector = ("collector", "cloud_instance");
    assert_eq!(after.value(SUCCESS, &[collector]), 0.0);
    assert_eq!(after.value(GAPS, &[collector, ("reason", "server")]), 1.0);
    assert_eq!(after.value(SUCCESS, &[("collector", "cloud_ssh_key")]), 1.0);
    let last = "ovhcloud_collector_last_success_timestamp_seconds";
    assert_eq!(after.value(last, &[collector]), before.value(last, &[collector]));
}

#[tokio::test]
async fn a_section_that_could_only_partly_be_read_keeps_what_it_lacks() {
    let simulator = reference().await;
    simulator.listing(Listing::PLAIN);
    let mut exporter = Exporter::new(&simulator);
    let before = exporter.pass().await;
    let users = "ovhcloud_iam_users";
    simulator.fail("/me/identity/user/alice", Effect::Status(500));
    let after = exporter.pass_at("2026-11-21T00:05:00Z").await;
    assert_eq!(after.sum(users, &[]), before.sum(users, &[]), "it may pass");
    assert_eq!(after.value(GAPS, &[("collector", "iam_user"), ("reason", "server")]), 1.0);

    // So may one that looks permanent.
    simulator.faults(vec![Fault::new("/me/identity/user/alice", Effect::Status(403))]);
    let after = exporter.pass_at("2026-11-21T00:10:00Z").await;
    assert_eq!(after.sum(users, &[]), before.sum(users, &[]));

    // Nothing is not less than something.
    simulator.faults(vec![Fault::new("/me/identity/user/{user}", Effect::Status(403))]);
    let after = exporter.pass_at("2026-11-21T00:15:00Z").await;
    assert_eq!(after.sum(users, &[]), before.sum(users, &[]));
    Exporter::new(&simulator).pass().await.lacks(users, &[]);
}

#[tokio::test]
async fn an_account_whose_only_project_is_suspended_passes_no_check_on_it() {
    let simulator = reference().await;
    simulator.change(|account| {
        let legacy = account.project("legacy").unwrap();
        for list in ["/cloud/project", "/v2/publicCloud/project"] {
            account.list_mut(list).retain(|project| {
                [project.get("id"), project.get("project_id")]
                    .into_iter()
                    .flatten()
                    .any(|id| id.as_str() == Some(&legacy))
            });
        }
    });
    let mut exporter = Exporter::new(&simulator);
    exporter.allow_keys(&["SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]);
    let scrape = exporter.pass().await;
    assert_eq!(scrape.value("ovhcloud_cloud_projects", &[("status", "suspended")]), 1.0);
    let unread = [("check", "sshkey_unlisted"), ("reason", "not_read")];
    assert_eq!(scrape.value("ovhcloud_policy_check_not_evaluated_info", &unread), 1.0);
}

#[tokio::test]
async fn what_can_not_be_read_again_ends_when_it_is_too_old_and_comes_back() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let users = exporter.pass().await.sum("ovhcloud_iam_users", &[]);
    assert!(users > 0.0);

    simulator.fail("/me/identity/user", Effect::Status(404));
    let still = exporter.pass_at("2026-11-21T01:00:00Z").await;
    assert_eq!(still.sum("ovhcloud_iam_users", &[]), users, "an hour is not too old");
    let gone = exporter.pass_at("2026-11-21T01:00:01Z").await;
    gone.lacks("ovhcloud_iam_users", &[]);

    simulator.faults(vec![]);
    let healed = exporter.pass_at("2026-11-21T01:05:00Z").await;
    assert_eq!(healed.sum("ovhcloud_iam_users", &[]), users);
    assert_eq!(healed.value(SUCCESS, &[("collector", "iam_user")]), 1.0);
}

#[tokio::test]
async fn a_deleted_projects_series_end_and_a_new_ones_begin() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let mut gone = String::new();
    simulator.change(|account| {
        gone = account.project("prod").unwrap();
        let is_other = |object: &Value| {
            object.get("project_id").and_then(|id| id.as_str()) != Some(&gone)
                && object.get("id").and_then(|id| id.as_str()) != Some(&gone)
        };
        account.list_mut("/cloud/project").retain(is_other);
        account.list_mut("/publicCloud/project").retain(is_other);
        account.list_mut("/v2/publicCloud/project").retain(is_other);
    });
    let scrape = exporter.pass().await;
    for family in
        ["ovhcloud_cloud_instances", "ovhcloud_cloud_ssh_keys", "ovhcloud_cloud_project_info"]
    {
        scrape.lacks(family, &[("project_id", &gone)]);
        assert!(!scrape.values(family, &[]).is_empty(), "{family} of the others");
    }
}

#[tokio::test]
async fn when_the_list_of_projects_fails_the_known_ones_are_still_read() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    simulator.fail("/v2/publicCloud/project", Effect::Status(400));
    simulator.fail("/cloud/project", Effect::Status(400));
    let scrape = exporter.pass_at("2026-11-21T00:05:00Z").await;
    let instances = ("collector", "cloud_instance");
    assert_eq!(scrape.value(SUCCESS, &[("collector", "cloud_project")]), 0.0);
    // There may be projects that are not known.
    assert_eq!(scrape.value(GAPS, &[instances, ("reason", "rejected")]), 1.0);
    assert!(simulator.stats().by_route["/cloud/project/{serviceName}/instance"] > 3);

    let mut fresh = Exporter::new(&simulator);
    let scrape = fresh.pass().await;
    assert_eq!(scrape.value(SUCCESS, &[("collector", "cloud_instance")]), 0.0);
    scrape.lacks("ovhcloud_cloud_projects", &[]);
}

#[tokio::test]
async fn where_the_second_version_has_no_projects_the_first_is_asked() {
    let simulator = reference().await;
    let paged = Exporter::new(&simulator).pass().await;
    simulator.fail("/v2/publicCloud/project", Effect::Status(404));
    let listed = Exporter::new(&simulator).pass().await;
    for family in ["ovhcloud_cloud_projects", "ovhcloud_cloud_project_info"] {
        let of = |scrape: &str| -> Vec<String> {
            scrape.lines().filter(|line| line.starts_with(family)).map(str::to_owned).collect()
        };
        assert!(of(&paged.0).len() > 2);
        assert_eq!(of(&paged.0), of(&listed.0));
    }
}

#[tokio::test]
async fn a_suspended_project_is_reported_and_fails_nothing_whatever_it_answers() {
    let mut options = Options::new(Account::reference(time(NOW)));
    for (suspended, told) in
        [(SuspendedProjects::default(), Some("expired")), (SuspendedProjects::Answer, None)]
    {
        options.unverified = Unverified { suspended, ..Unverified::default() };
        let simulator = simulator(options.clone()).await;
        let scrape = Exporter::new(&simulator).pass().await;
        let collector = ("collector", "cloud_instance");
        assert_eq!(scrape.value(SUCCESS, &[collector]), 1.0);
        match told {
            Some(reason) => {
                assert_eq!(scrape.value(GAPS, &[collector, ("reason", reason)]), 1.0);
            }
            None => scrape.lacks(GAPS, &[collector]),
        }
    }
    let simulator = simulator(Options::new(Account::reference(time(NOW)))).await;
    let mut legacy = String::new();
    simulator.change(|account| legacy = account.project("legacy").unwrap());
    simulator.fail(&format!("/cloud/project/{legacy}/*"), Effect::Status(403));
    let scrape = Exporter::new(&simulator).pass().await;
    let keys = ("collector", "cloud_ssh_key");
    assert_eq!(scrape.value(SUCCESS, &[keys]), 1.0);
    assert_eq!(scrape.value(GAPS, &[keys, ("reason", "suspended")]), 1.0);
    scrape.lacks("ovhcloud_permission_missing_info", &[keys]);
}

#[tokio::test]
async fn an_object_that_can_not_be_read_loses_no_other() {
    let simulator = reference().await;
    let users = Exporter::new(&simulator).pass().await.sum("ovhcloud_iam_users", &[]);
    simulator.fail("/me/identity/user", Effect::WrongType);
    let mut exporter = Exporter::new(&simulator);
    let scrape = exporter.pass().await;
    assert_eq!(scrape.sum("ovhcloud_iam_users", &[]), users - 1.0);
    let collector = ("collector", "iam_user");
    assert_eq!(scrape.value(GAPS, &[collector, ("reason", "undecodable")]), 1.0);
    let page = exporter.landing();
    assert!(
        page.contains("`GET /me/identity/user`") && page.contains("can&#39;t be read at `["),
        "{page}"
    );
}

#[tokio::test]
async fn what_the_schema_allows_loses_nothing() {
    let simulator = reference().await;
    let objects = |scrape: &Scrape| {
        [
            "ovhcloud_iam_users",
            "ovhcloud_iam_policies",
            "ovhcloud_api_credentials",
            "ovhcloud_api_applications",
            "ovhcloud_cloud_instances",
            "ovhcloud_cloud_ssh_keys",
        ]
        .map(|family| scrape.sum(family, &[]))
    };
    let expected = objects(&Exporter::new(&simulator).pass().await);
    assert!(expected.iter().all(|count| *count > 0.0));
    for effect in
        [Effect::MissingMembers, Effect::NullMembers, Effect::UnknownEnums, Effect::ExtraMembers]
    {
        // Not the projects: without an id there is nothing to ask below them.
        simulator.faults(
            ["/me/*", "/v2/iam/*", "/cloud/project/*/instance", "/cloud/project/*/sshkey"]
                .map(|path| Fault::new(path, effect.clone()))
                .into(),
        );
        let scrape = Exporter::new(&simulator).pass().await;
        assert_eq!(objects(&scrape), expected, "{effect:?}");
        for collector in ["iam_user", "iam_policy", "api_credential", "cloud_instance"] {
            assert_eq!(scrape.value(SUCCESS, &[("collector", collector)]), 1.0, "{effect:?}");
        }
    }
}

#[tokio::test]
async fn each_way_to_fail_has_its_reason() {
    let simulator = reference().await;
    for (effect, reason) in [
        (Effect::Status(429), "throttled"),
        (Effect::Status(408), "throttled"),
        (Effect::Status(500), "server"),
        (Effect::Html(502), "server"),
        (Effect::Status(460), "expired"),
        (Effect::Status(404), "not_found"),
        (Effect::Status(400), "rejected"),
        (Effect::Garbage, "undecodable"),
        (Effect::Html(200), "undecodable"),
        (Effect::CutBody, "unreachable"),
        (Effect::Reset, "unreachable"),
        (Effect::Hang, "timeout"),
    ] {
        simulator.faults(vec![Fault::new("/v2/iam/policy", effect.clone())]);
        let mut hasty = account(&simulator, ListMode::Auto);
        if effect == Effect::Hang {
            hasty.api.call_timeout = Duration::from_millis(300);
        }
        let scrape = Exporter::of(hasty).pass().await;
        let gap = [("collector", "iam_policy"), ("reason", reason)];
        assert_eq!(scrape.values(GAPS, &gap), [1.0], "{effect:?}");
        scrape.lacks("ovhcloud_iam_policies", &[]);
        assert_eq!(scrape.value(SUCCESS, &[("collector", "cloud_instance")]), 1.0, "{effect:?}");
    }
}

#[tokio::test]
async fn what_passes_is_tried_again_and_counted() {
    let simulator = reference().await;
    simulator.faults(vec![Fault::new("/v2/iam/policy", Effect::Status(503)).times(2)]);
    // No other: every call that succeeds after it raises the rate again.
    let mut account = account(&simulator, ListMode::Auto);
    account.collectors = BTreeSet::from(["iam_policy"]);
    let scrape = Exporter::of(account).pass().await;
    assert_eq!(scrape.value(SUCCESS, &[("collector", "iam_policy")]), 1.0);
    assert_eq!(scrape.value("ovhcloud_exporter_api_retries_total", &[]), 2.0);
    assert_eq!(scrape.value("ovhcloud_exporter_api_throttled_total", &[]), 2.0);
    let requests = "ovhcloud_exporter_api_requests_total";
    let route = ("route", "/v2/iam/policy");
    assert_eq!(scrape.value(requests, &[route, ("code", "503")]), 2.0);
    assert_eq!(scrape.value(requests, &[route, ("code", "200")]), 1.0);
    let limit = scrape.value("ovhcloud_exporter_api_requests_per_second_limit", &[]);
    assert!(limit < HIGHEST_RATE, "{limit}");
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let simulator = reference().await;
    let effect = Effect::RetryAfter { status: 429, seconds: 1 };
    simulator.faults(vec![Fault::new("/v2/iam/policy", effect).times(1)]);
    let began = Instant::now();
    let scrape = Exporter::new(&simulator).pass().await;
    assert!(began.elapsed().as_secs_f64() >= 1.0);
    assert_eq!(scrape.value(SUCCESS, &[("collector", "iam_policy")]), 1.0);
}

#[tokio::test]
async fn the_calls_of_a_pass_together_are_repeated_a_hundred_times_at_most() {
    let size = Size { projects: 30, ..Size::default() };
    let simulator = simulator(Options::new(Account::generate(size, time(NOW)))).await;
    simulator.faults(
        ["/me/*", "/v2/iam/*", "/cloud/*"].map(|path| Fault::new(path, Effect::Status(500))).into(),
    );
    let mut account = account(&simulator, ListMode::Auto);
    account.collectors = BTreeSet::from([
        "cloud_project",
        "cloud_instance",
        "cloud_ssh_key",
        "iam_user",
        "iam_policy",
        "api_application",
        "api_credential",
    ]);
    let scrape = Exporter::of(account).pass().await;
    assert_eq!(scrape.sum(SUCCESS, &[]), 1.0, "the projects' own collector");
    assert_eq!(scrape.value("ovhcloud_exporter_api_retries_total", &[]), 100.0);
    // Projects and policies once, three lists with a helper and without, two lists a project.
    assert_eq!(simulator.stats().requests, 100 + 2 + 2 * 3 + 2 * 30);
}

#[tokio::test]
async fn an_answer_that_is_too_large_or_too_slow_is_given_up() {
    let simulator = reference().await;
    let mut small = account(&simulator, ListMode::Auto);
    small.api.largest_answer = 1024;
    let mut exporter = Exporter::of(small);
    let scrape = exporter.pass().await;
    let gap = [("collector", "iam_policy"), ("reason", "undecodable")];
    assert_eq!(scrape.value(GAPS, &gap), 1.0);
    assert!(exporter.landing().contains("larger than 1024 bytes, which is the limit"));

    simulator.fail("/v2/iam/policy", Effect::Hang);
    let mut hasty = account(&simulator, ListMode::Auto);
    hasty.api.read_timeout = Duration::from_millis(100);
    hasty.api.call_timeout = Duration::from_mins(1);
    let mut exporter = Exporter::of(hasty);
    let scrape = exporter.pass().await;
    let gap = [("collector", "iam_policy"), ("reason", "timeout")];
    assert_eq!(scrape.value(GAPS, &gap), 1.0);
    let page = exporter.landing();
    assert!(page.contains("no answer from 127.0.0.1 within 100ms"), "{page}");
}

#[tokio::test]
async fn a_route_that_ovhcloud_closed_is_not_requested_and_counts_no_retries() {
    let simulator = reference().await;
    let projects = "/v2/publicCloud/project";
    let effect = Effect::RetryAfter { status: 503, seconds: 300 };
    simulator.faults(vec![Fault::new(projects, effect).times(1)]);
    let mut exporter = Exporter::new(&simulator);
    let scrape = exporter.pass().await;
    let collector = ("collector", "cloud_project");
    assert_eq!(scrape.value(GAPS, &[collector, ("reason", "throttled")]), 1.0);
    assert_eq!(scrape.value("ovhcloud_exporter_api_retries_total", &[]), 0.0);
    simulator.reset_stats();
    let scrape = exporter.pass().await;
    assert_eq!(simulator.stats().by_route.get(projects), None);
    assert_eq!(scrape.value(SUCCESS, &[collector]), 0.0);
    assert_eq!(scrape.value(SUCCESS, &[("collector", "iam_policy")]), 1.0);
    assert!(exporter.landing().contains("for no more requests of this route until 20"));
}

/// An incomplete list may lack an unlisted key, so the check does not pass.
#[tokio::test]
async fn a_project_that_is_lost_from_the_list_keeps_its_sections_and_no_check_passes() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let before = exporter.pass().await;
    let keys = "ovhcloud_cloud_ssh_keys";
    for effect in [Effect::WrongType, Effect::Status(500)] {
        simulator.faults(vec![Fault::new("/v2/publicCloud/project", effect.clone())]);
        let after = exporter.pass_at("2026-11-21T00:05:00Z").await;
        assert_eq!(after.sum(keys, &[]), before.sum(keys, &[]), "{effect:?}");
        let collector = ("collector", "cloud_ssh_key");
        assert_eq!(after.value(SUCCESS, &[collector]), 0.0, "{effect:?}");
        assert_eq!(after.sum(GAPS, &[collector]), before.sum(GAPS, &[collector]) + 1.0);
    }
    simulator.faults(vec![Fault::new("/v2/publicCloud/project", Effect::WrongType)]);
    let mut fresh = Exporter::new(&simulator);
    fresh.allow_keys(&["SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]);
    simulator.change(|account| {
        for project in account.projects() {
            account.list_mut(&format!("/cloud/project/{project}/sshkey")).clear();
        }
    });
    let scrape = fresh.pass().await;
    let incomplete = [("check", "sshkey_unlisted"), ("reason", "incomplete")];
    assert_eq!(scrape.value("ovhcloud_policy_check_not_evaluated_info", &incomplete), 1.0);
}

#[tokio::test]
async fn an_empty_account_is_counted_as_empty() {
    let simulator = simulator(Options::new(Account::empty())).await;
    let scrape = Exporter::new(&simulator).pass().await;
    for collector in collectors::ALL {
        let success = scrape.value(SUCCESS, &[("collector", collector.name)]);
        assert_eq!(success, 1.0, "{}", collector.name);
    }
    assert_eq!(scrape.sum("ovhcloud_cloud_projects", &[]), 0.0);
    assert_eq!(scrape.value("ovhcloud_cloud_projects", &[("status", "ok")]), 0.0);
    assert_eq!(scrape.value("ovhcloud_api_credentials_stale", &[("reason", "unused")]), 0.0);
    let passed = [("check", "policy_wildcard_action"), ("status", "pass")];
    assert_eq!(scrape.value("ovhcloud_policy_check_status", &passed), 1.0);
}

#[tokio::test]
async fn no_more_calls_are_in_flight_than_the_budget_allows() {
    let mut options = Options::new(Account::reference(time(NOW)));
    options.latency = Duration::from_millis(20);
    let simulator = simulator(options).await;
    let mut account = account(&simulator, ListMode::Plain);
    account.api.in_flight = 3;
    Exporter::of(account).pass().await;
    assert_eq!(simulator.stats().max_in_flight, 3);
}
