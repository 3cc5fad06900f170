//! The scenes: a cause for each alert, and its repair.

use ovhcloud_simulator::Effect;

use super::causes;
use super::exporters::Exporter;
use super::world::World;

/// The name of an unlisted SSH key: what anybody who may add a key can write into a notification.
pub(super) const HOSTILE: &str = "évil \"key\" <b>{{ $labels.account }}</b>\n`|\\x00";

/// A cause of an alert, its repair, and the notification in between.
pub(super) struct Scene {
    pub(super) alert: &'static str,
    pub(super) cause: &'static str,
    /// Labels of its alert, the severity among them; it lacks those without a value, and an instance
    /// is the name of an exporter.
    pub(super) labels: &'static [(&'static str, &'static str)],
    /// Words that its annotations must have.
    pub(super) says: &'static [&'static str],
    /// Brings the cause about, or repairs it. Scenes may share a cause.
    pub(super) set: fn(&mut World, bool),
}

const CRITICAL: (&str, &str) = ("severity", "critical");
const WARNING: (&str, &str) = ("severity", "warning");
const INFO: (&str, &str) = ("severity", "info");
const TEAM: (&str, &str) = ("team", "platform");
const FINDINGS: (&str, &str) = ("account", "findings");

/// The scenes that are played at the same time.
pub(super) const TOGETHER: &[Scene] = &[
    Scene {
        alert: "OvhcloudExporterDown",
        cause: "the exporter is stopped",
        labels: &[WARNING, ("job", "ovhcloud"), ("instance", "spare")],
        says: &["127.0.0.1:", "job ovhcloud"],
        set: |world, is_broken| {
            let exporter = world.exporter("spare");
            if is_broken { exporter.stop() } else { exporter.resume() }
        },
    },
    Scene {
        alert: "OvhcloudExporterRestarting",
        cause: "a page of the test has a new start each time",
        labels: &[WARNING, ("job", "ovhcloud")],
        says: &["127.0.0.1:", "job ovhcloud", "times"],
        set: causes::old_reading_and_restarts,
    },
    Scene {
        alert: "OvhcloudAccountNotRefreshed",
        cause: "the secret is refused",
        labels: &[WARNING, TEAM, ("account", "refused")],
        says: &["account refused"],
        set: causes::refused_secret,
    },
    Scene {
        alert: "OvhcloudCollectorFailing",
        cause: "a route returns garbage",
        labels: &[WARNING, TEAM, ("account", "broken"), ("collector", "cloud_ssh_key")],
        says: &["cloud_ssh_key", "account broken"],
        set: |world, is_broken| {
            world.fail("broken", "/cloud/project/{serviceName}/sshkey", Effect::Garbage, is_broken);
        },
    },
    Scene {
        alert: "OvhcloudCheckNotEvaluated",
        cause: "a route returns garbage",
        labels: &[INFO, TEAM, ("account", "broken"), ("check", "sshkey_weak")],
        says: &["sshkey_weak", "account broken", "not_read"],
        set: |world, is_broken| {
            world.fail("broken", "/cloud/project/{serviceName}/sshkey", Effect::Garbage, is_broken);
        },
    },
    Scene {
        alert: "OvhcloudPermissionMissing",
        cause: "a right is taken",
        labels: &[WARNING, TEAM, ("account", "rights"), ("collector", "iam_user")],
        says: &["iam_user", "account rights"],
        set: causes::missing_right,
    },
    Scene {
        alert: "OvhcloudAccountNameAmbiguous",
        cause: "two accounts have the same name",
        labels: &[WARNING, TEAM, ("account", "empty"), ("nichandle", "xx2222-ovh")],
        says: &["empty", "xx2222-ovh"],
        set: causes::same_name,
    },
    Scene {
        alert: "OvhcloudCollectorStale",
        cause: "a page of the test has an old reading",
        labels: &[WARNING, TEAM, ("account", "page"), ("collector", "iam_user")],
        says: &["iam_user", "account page", "1h 0m"],
        set: causes::old_reading_and_restarts,
    },
    Scene {
        alert: "OvhcloudRefreshSlow",
        cause: "a response takes longer than the interval",
        labels: &[WARNING, TEAM, ("account", "slow")],
        says: &["account slow"],
        set: |world, is_broken| world.fail("slow", "/me", Effect::Delay(5000), is_broken),
    },
    Scene {
        alert: "OvhcloudThrottled",
        cause: "OVHcloud answers 429",
        labels: &[INFO, TEAM, ("account", "throttled")],
        says: &["account throttled", "requests per second"],
        set: |world, is_broken| {
            world.fail("throttled", "/me/api/application", Effect::Status(429), is_broken);
        },
    },
    Scene {
        alert: "OvhcloudConfigReloadFailed",
        cause: "a misspelt key in the configuration",
        labels: &[WARNING, ("job", "ovhcloud"), ("instance", "reload")],
        says: &["127.0.0.1:"],
        set: |world, is_broken| world.exporter("reload").misspell(is_broken),
    },
    Scene {
        alert: "OvhcloudStateNotWritten",
        cause: "the directory of the state file is gone",
        labels: &[WARNING, ("job", "ovhcloud"), ("instance", "reload")],
        says: &["127.0.0.1:", "state file"],
        set: |world, is_broken| world.directory("kept", !is_broken),
    },
    Scene {
        alert: "OvhcloudExporterShardMissing",
        cause: "a page of the test is one of two shards",
        labels: &[WARNING, ("job", "ovhcloud"), ("instance", "")],
        says: &["Not all 2 shards", "job ovhcloud"],
        set: causes::old_reading_and_restarts,
    },
    Scene {
        alert: "OvhcloudPolicyFileUnreadable",
        cause: "an allow list becomes unreadable",
        labels: &[WARNING, TEAM, FINDINGS],
        says: &["users.yaml", "account findings"],
        set: |world, is_broken| {
            world.write("users.yaml", if is_broken { "- {nmae: a}" } else { "['*']" });
        },
    },
    Scene {
        alert: "OvhcloudExporterCredentialEnds",
        cause: "the exporter's credential ends in 2 days",
        labels: &[CRITICAL, TEAM, ("account", "ends-soon")],
        says: &["account ends-soon", "ends in 1d 23h"],
        set: |world, is_broken| causes::own_credential(world, "ends-soon", 2, is_broken),
    },
    Scene {
        alert: "OvhcloudExporterCredentialEnds",
        cause: "the exporter's credential ends in 10 days",
        labels: &[WARNING, TEAM, ("account", "ends-later")],
        says: &["account ends-later", "ends in 9d 23h"],
        set: |world, is_broken| causes::own_credential(world, "ends-later", 10, is_broken),
    },
    Scene {
        alert: "OvhcloudUserTokenEnds",
        cause: "a user's token ends in 2 days",
        labels: &[WARNING, TEAM, FINDINGS],
        says: &["account findings", "trial of alice", "ends in 1d 23h"],
        set: causes::users,
    },
    Scene {
        alert: "OvhcloudAdministratorAdded",
        cause: "users become administrators",
        labels: &[WARNING, TEAM, FINDINGS, ("identity_kind", "user")],
        says: &["account findings", "xx1111-ovh/bob"],
        set: causes::users,
    },
    Scene {
        alert: "OvhcloudInventoryHalved",
        cause: "all volumes are deleted",
        labels: &[CRITICAL, TEAM, FINDINGS, ("collector", "cloud_volume")],
        says: &["100%", "cloud_volume", "account findings"],
        set: |world, is_broken| world.show("/volume", !is_broken),
    },
    Scene {
        alert: "OvhcloudEvaluationDisagrees",
        cause: "OVHcloud grants more than the policies",
        labels: &[INFO, TEAM, ("account", "writer")],
        says: &["account writer"],
        set: causes::writing_credential,
    },
    Scene {
        alert: "OvhcloudSecondFactorMissing",
        cause: "the account has no second factor",
        labels: &[CRITICAL, TEAM, ("account", "ends-soon"), ("check", "account_mfa_missing")],
        says: &["account ends-soon", "Found: ", "Repair: "],
        set: causes::second_factor,
    },
    Scene {
        alert: "OvhcloudDatabaseOpen",
        cause: "databases are open to everybody",
        labels: &[CRITICAL, TEAM, FINDINGS, ("check", "database_open_to_world")],
        says: &["account findings", "Found: ", "Repair: "],
        set: |world, is_broken| world.show("/database/service", is_broken),
    },
    Scene {
        alert: "OvhcloudCertificateEnds",
        cause: "a certificate ends in 9 days",
        labels: &[CRITICAL, TEAM, FINDINGS, ("check", "kms_credential_expiring")],
        says: &["account findings", "ends-soon", "Repair: "],
        set: causes::certificates,
    },
    Scene {
        alert: "OvhcloudCertificateEnds",
        cause: "a certificate ends in 20 days",
        labels: &[WARNING, TEAM, FINDINGS, ("check", "kms_credential_expiring")],
        says: &["account findings", "app", "Repair: "],
        set: causes::certificates,
    },
    Scene {
        alert: "OvhcloudVersionEndOfLife",
        cause: "the versions of databases have ended",
        labels: &[WARNING, TEAM, FINDINGS, ("check", "database_engine_eol")],
        says: &["account findings", "Found: ", "Repair: "],
        set: |world, is_broken| world.show("/database/service", is_broken),
    },
    Scene {
        alert: "OvhcloudVersionEndOfLife",
        cause: "the versions of databases end soon",
        labels: &[INFO, TEAM, FINDINGS, ("check", "database_engine_eol")],
        says: &["account findings", "Found: ", "Repair: "],
        set: |world, is_broken| world.show("/database/service", is_broken),
    },
    Scene {
        alert: "OvhcloudLogsNotForwarded",
        cause: "a log loses its subscription",
        labels: &[WARNING, TEAM, FINDINGS, ("check", "account_no_audit_forwarding")],
        says: &["account findings", "Repair: "],
        set: causes::silent_log,
    },
    Scene {
        alert: "OvhcloudCredentialsStale",
        cause: "API credentials unused for long",
        labels: &[WARNING, TEAM, FINDINGS, ("check", "credential_stale")],
        says: &["account findings", "Found: ", "Repair: "],
        set: |world, is_broken| world.show("/me/api/credential", is_broken),
    },
    Scene {
        alert: "OvhcloudCredentialsStale",
        cause: "API credentials never used",
        labels: &[WARNING, TEAM, FINDINGS, ("check", "credential_never_used")],
        says: &["account findings", "Found: ", "Repair: "],
        set: |world, is_broken| world.show("/me/api/credential", is_broken),
    },
    Scene {
        alert: "OvhcloudExporterCredentialWrites",
        cause: "the exporter's own credential may write",
        labels: &[WARNING, TEAM, ("account", "writer")],
        says: &["account writer", "Found: inventory exporter", "Repair: "],
        set: causes::writing_credential,
    },
    Scene {
        alert: "OvhcloudSshKeyUnlisted",
        cause: "an SSH key with a hostile name is added",
        labels: &[WARNING, TEAM, FINDINGS, ("resource_name", HOSTILE)],
        says: &[HOSTILE, "account findings", "(prod)"],
        set: causes::unlisted_key,
    },
    Scene {
        alert: "OvhcloudSshKeyUnlisted",
        cause: "the SSH keys are not listed, counts only",
        labels: &[WARNING, TEAM, ("account", "counts"), ("resource", "")],
        says: &["Unlisted SSH keys", "account counts"],
        set: causes::empty_allow_list,
    },
    Scene {
        alert: "OvhcloudPolicyViolationCritical",
        cause: "policies grant every action",
        labels: &[CRITICAL, TEAM, FINDINGS, ("check", "policy_wildcard_action")],
        says: &["account findings", "Found: ", "Repair: "],
        set: |world, is_broken| world.show("/v2/iam/policy", is_broken),
    },
    Scene {
        alert: "OvhcloudPolicyViolationHigh",
        cause: "IAM users are administrators",
        labels: &[WARNING, TEAM, FINDINGS, ("check", "user_admin")],
        says: &["account findings", "bob", "Repair: "],
        set: causes::users,
    },
    Scene {
        alert: "OvhcloudPolicyViolationMedium",
        cause: "API credentials may read everything",
        labels: &[INFO, TEAM, FINDINGS, ("check", "credential_full_read")],
        says: &["account findings", "Found: ", "Repair: "],
        set: |world, is_broken| world.show("/me/api/credential", is_broken),
    },
    Scene {
        alert: "OvhcloudPolicyViolationLow",
        cause: "expired API credentials are kept",
        labels: &[INFO, TEAM, FINDINGS, ("check", "credential_expired_kept")],
        says: &["account findings", "Found: ", "Repair: "],
        set: |world, is_broken| world.show("/me/api/credential", is_broken),
    },
    Scene {
        alert: "OvhcloudExemptionEnding",
        cause: "an exemption ends in 5 days",
        labels: &[INFO, TEAM, FINDINGS, ("check", "snapshot_old")],
        says: &["snapshot_old", "account findings", "spare-*", "the test"],
        set: |world, is_broken| causes::exemption(world, ("ending", "snapshot_old"), 5, is_broken),
    },
    Scene {
        alert: "OvhcloudExemptionExpired",
        cause: "an exemption has ended",
        labels: &[INFO, TEAM, FINDINGS, ("check", "instance_rescue")],
        says: &["instance_rescue", "account findings"],
        set: |world, is_broken| {
            causes::exemption(world, ("ended", "instance_rescue"), -2, is_broken);
        },
    },
];

/// The scenes after which no exporter is left.
pub(super) const ALONE: &[Scene] = &[Scene {
    alert: "OvhcloudExporterDown",
    cause: "Prometheus has no exporter to scrape",
    labels: &[WARNING, ("job", ""), ("instance", "")],
    says: &["no ovhcloud-exporter to scrape", "service discovery"],
    set: |world, is_broken| {
        let exporters = world.exporters.values().map(Exporter::address);
        let all = exporters.chain([world.page.address.clone()]);
        world.prometheus.scrape(&all.filter(|_| !is_broken).collect::<Vec<_>>());
    },
}];
