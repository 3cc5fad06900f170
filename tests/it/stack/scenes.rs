//! The scenes: a cause for each alert, and its repair.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan as _};
use ovhcloud_simulator::{Effect, Rights};
use serde_json::{Value as Json, json};

use super::exporters::{Exporter, Watched};
use super::servers::Prometheus;

/// The name of an unlisted SSH key: what anybody who may add a key can write into a notification.
pub(super) const HOSTILE: &str = "évil \"key\" <b>{{ $labels.account }}</b>\n`|\\x00";

/// A cause of an alert, its repair, and the notification in between.
pub(super) struct Scene {
    pub(super) alert: &'static str,
    pub(super) cause: &'static str,
    /// Labels of its alert, the severity among them; it lacks those without a value.
    pub(super) labels: &'static [(&'static str, &'static str)],
    /// Words that its annotations must have.
    pub(super) says: &'static [&'static str],
    /// Brings the cause about, or repairs it.
    pub(super) set: fn(&mut World, bool),
}

const WARNING: (&str, &str) = ("severity", "warning");
const CRITICAL: (&str, &str) = ("severity", "critical");
const INFO: (&str, &str) = ("severity", "info");
const TEAM: (&str, &str) = ("team", "platform");
const FINDINGS: (&str, &str) = ("account", "findings");

/// The scenes that are played at the same time.
pub(super) const TOGETHER: &[Scene] = &[
    Scene {
        alert: "OvhcloudExporterDown",
        cause: "the exporter is stopped",
        labels: &[WARNING, ("job", "ovhcloud")],
        says: &["127.0.0.1:", "job ovhcloud"],
        set: |world, is_broken| {
            if is_broken { world.exporter("spare").stop() } else { world.exporter("spare").resume() }
        },
    },
    Scene {
        alert: "OvhcloudAccountNotRefreshed",
        cause: "the secret is refused",
        labels: &[WARNING, TEAM, ("account", "refused")],
        says: &["account refused"],
        set: |world, is_broken| {
            let simulator = &world.account("refused").simulator;
            if is_broken {
                simulator.revoke();
                simulator.expire_tokens();
            } else {
                simulator.restore();
            }
        },
    },
    Scene {
        alert: "OvhcloudCollectorFailing",
        cause: "a route returns garbage",
        labels: &[WARNING, TEAM, ("account", "broken"), ("collector", "cloud_ssh_key")],
        says: &["cloud_ssh_key", "account broken"],
        set: garbage,
    },
    Scene {
        alert: "OvhcloudCheckNotEvaluated",
        cause: "a route returns garbage",
        labels: &[INFO, TEAM, ("account", "broken"), ("check", "sshkey_weak")],
        says: &["sshkey_weak", "account broken", "not_read"],
        set: garbage,
    },
    Scene {
        alert: "OvhcloudPermissionMissing",
        cause: "a right is taken",
        labels: &[WARNING, TEAM, ("account", "rights"), ("collector", "iam_user")],
        says: &["iam_user", "account rights", "needs: 1."],
        set: |world, is_broken| {
            let mut rights = Rights::all();
            if is_broken {
                rights.denials = Rights::none()
                    .grant(&["account:apiovh:me/identity/user/get"], &["*"])
                    .grants;
            }
            world.account("rights").simulator.rights(rights);
        },
    },
    Scene {
        alert: "OvhcloudAccountNameAmbiguous",
        cause: "two accounts have the same name",
        labels: &[WARNING, TEAM, ("account", "empty"), ("nichandle", "xx2222-ovh")],
        says: &["empty", "xx2222-ovh"],
        set: |world, is_broken| {
            let name = if is_broken { "empty" } else { "other" };
            let entry = world.account("other").entry(name);
            world.exporter("other").reconfigure("accounts", json!([entry]));
        },
    },
    Scene {
        alert: "OvhcloudCredentialsStale",
        cause: "API credentials unused for long",
        labels: &[WARNING, TEAM, FINDINGS, ("check", "credential_stale")],
        says: &["Stale API credentials", "account findings"],
        set: |world, is_broken| world.show("/me/api/credential", is_broken),
    },
    Scene {
        alert: "OvhcloudCredentialsStale",
        cause: "API credentials never used",
        labels: &[WARNING, TEAM, FINDINGS, ("check", "credential_never_used")],
        says: &["Never used API credentials", "account findings"],
        set: |world, is_broken| world.show("/me/api/credential", is_broken),
    },
    Scene {
        alert: "OvhcloudSshKeyUnlisted",
        cause: "an SSH key with a hostile name is added",
        labels: &[WARNING, TEAM, FINDINGS, ("resource_name", HOSTILE)],
        says: &[HOSTILE, "account findings", "(prod)"],
        set: |world, is_broken| {
            let account = world.account("findings");
            let path = account.in_prod("sshkey");
            let mut keys = account.original.list(&path).to_vec();
            if is_broken {
                keys.push(json!({
                    "id": "aG9zdGlsZQ", "name": HOSTILE, "regions": [],
                    "fingerPrint": "0f:a2:0a:d7:38:3e:65:45:08:6b:63:84:1c:ff:dc:ba",
                    "publicKey": "ssh-ed25519 \
                        AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f x",
                }));
            }
            account.simulator.change(|account| *account.list_mut(&path) = keys);
        },
    },
    Scene {
        alert: "OvhcloudSshKeyUnlisted",
        cause: "an SSH key is added, without details",
        labels: &[WARNING, TEAM, ("account", "counts")],
        says: &["Unlisted SSH keys", "account counts"],
        set: |world, is_broken| {
            let entries = if is_broken { "[]".to_owned() } else { world.every_key() };
            world.write("counted-keys.yaml", &entries);
        },
    },
    Scene {
        alert: "OvhcloudExporterCredentialWrites",
        cause: "the exporter's own credential may write",
        labels: &[WARNING, TEAM, FINDINGS],
        says: &["account findings"],
        set: |world, is_broken| {
            let reads = Rights::none().grant(&["*get"], &["*"]);
            let rights = if is_broken { Rights::all() } else { reads };
            world.account("findings").simulator.rights(rights);
        },
    },
    Scene {
        alert: "OvhcloudPolicyViolationHigh",
        cause: "policies grant every action",
        labels: &[CRITICAL, TEAM, FINDINGS, ("check", "policy_wildcard_action")],
        says: &["policy_wildcard_action", "account findings"],
        set: |world, is_broken| world.show("/v2/iam/policy", is_broken),
    },
    Scene {
        alert: "OvhcloudPolicyViolationHigh",
        cause: "IAM users are administrators",
        labels: &[WARNING, TEAM, FINDINGS, ("check", "user_admin")],
        says: &["user_admin", "account findings"],
        set: |world, is_broken| world.show("/me/identity/user", is_broken),
    },
    Scene {
        alert: "OvhcloudConfigReloadFailed",
        cause: "a misspelt key in the configuration",
        labels: &[WARNING, ("job", "ovhcloud")],
        says: &["127.0.0.1:"],
        set: |world, is_broken| world.exporter("reload").misspell(is_broken),
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
        alert: "OvhcloudExemptionExpired",
        cause: "an exemption ends",
        labels: &[INFO, TEAM, FINDINGS, ("check", "volume_unattached")],
        says: &["volume_unattached", "account findings"],
        set: |world, is_broken| {
            let days = if is_broken { -2 } else { 20 };
            let until = (Timestamp::now() + (24 * days).hours()).strftime("%F").to_string();
            let exemption = json!([{
                "check": "volume_unattached", "resource": { "glob": "nothing" },
                "reason": "a test", "owner": "the test", "until": until,
            }]);
            world.write("exemptions.yaml", &exemption.to_string());
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
        let all = world.exporters.values().map(Exporter::address);
        world.prometheus.scrape(&all.filter(|_| !is_broken).collect::<Vec<_>>());
    },
}];

fn garbage(world: &mut World, is_broken: bool) {
    let simulator = &world.account("broken").simulator;
    simulator.faults(Vec::new());
    if is_broken {
        simulator.fail("/cloud/project/{serviceName}/sshkey", Effect::Garbage);
    }
}

/// All that scenes act on.
pub(super) struct World {
    directory: PathBuf,
    accounts: BTreeMap<&'static str, Watched>,
    pub(super) exporters: BTreeMap<&'static str, Exporter>,
    pub(super) prometheus: Prometheus,
}

impl World {
    pub(super) async fn start(directory: &Path, prometheus: Prometheus) -> Self {
        let mut accounts = Vec::new();
        for name in ["findings", "refused", "rights", "broken", "counts"] {
            accounts.push(Watched::reference(name).await);
        }
        for name in ["empty", "other", "spare", "reload"] {
            accounts.push(Watched::empty(name).await);
        }
        let accounts = accounts.into_iter().map(|account| (account.name, account)).collect();
        let directory = directory.to_owned();
        let mut world = Self { directory, accounts, exporters: BTreeMap::new(), prometheus };
        world.account("other").simulator.change(|account| {
            account.document_mut("/me").unwrap()["nichandle"] = json!("xx2222-ovh");
        });
        let keys = world.every_key();
        for (file, text) in [
            ("keys.yaml", keys.as_str()),
            ("counted-keys.yaml", &keys),
            ("users.yaml", "['*']"),
            ("exemptions.yaml", "[]"),
        ] {
            world.write(file, text);
        }
        let lists = json!({
            "lists": { "ssh_keys": { "files": ["keys.yaml"] }, "users": { "files": ["users.yaml"] } },
            "exemption_files": ["exemptions.yaml"],
        });
        let counts = json!({
            "detail": "counts", "lists": { "ssh_keys": { "files": ["counted-keys.yaml"] } },
        });
        for (exporter, names, more) in [
            ("main", &["findings", "refused", "rights", "broken", "empty"][..], lists),
            ("counts", &["counts"], counts),
            ("other", &["other"], json!({})),
            ("spare", &["spare"], json!({})),
            ("reload", &["reload"], json!({})),
        ] {
            let entries: Vec<_> = names.iter().map(|name| world.account(name).entry(name)).collect();
            let started = Exporter::start(&world.directory, exporter, &entries, more);
            world.exporters.insert(exporter, started);
        }
        world
    }

    fn account(&self, name: &str) -> &Watched {
        &self.accounts[name]
    }

    fn exporter(&mut self, name: &str) -> &mut Exporter {
        self.exporters.get_mut(name).expect(name)
    }

    /// Replaces a file of the exporters in one step.
    fn write(&self, name: &str, text: &str) {
        let new = self.directory.join("new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, self.directory.join(name)).unwrap();
    }

    /// Has the account `findings` have the objects of a list, or none of them.
    fn show(&self, path: &str, is_there: bool) {
        let account = self.account("findings");
        let objects = if is_there { account.original.list(path) } else { &[] };
        account.simulator.change(|account| *account.list_mut(path) = objects.to_vec());
    }

    /// The SSH keys of every account, as a list of allowed ones.
    fn every_key(&self) -> String {
        let originals = self.accounts.values().map(|account| &account.original);
        let lists = originals.flat_map(|account| {
            let paths = account.paths().filter(|path| path.ends_with("/sshkey"));
            paths.flat_map(|path| account.list(path))
        });
        let entries: Json = lists.map(|key| json!({ "key": key["publicKey"] })).collect();
        entries.to_string()
    }
}
