//! The reference account as the measure of the catalogue: it violates each check and passes it.
//!
//! Many resources are there in both forms. An account has others once, such as its identity
//! provider: these take their other form in a variant of the account or of the allow lists.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::time::SystemTime;

use jiff::Timestamp;
use ovhcloud_exporter::checks::{self, Check};
use ovhcloud_exporter::collectors;
use ovhcloud_simulator::{Account, Auth, Effect, Options, Rights, Simulator};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::configuration::Directory;
use crate::exporter::simulator;
use crate::program::ended;

const RESTRICTION: &str = "/me/accessRestriction";
const PROVIDER: &str = "/me/identity/provider";
/// The fingerprint of no key.
const NO_KEY: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// One release of the account's clusters that is past its end, and one that is not.
const KUBERNETES: &str =
    r#"[{ "cycle": "1.31", "eol": "2025-11-11" }, { "cycle": "1.33", "eol": "2999-01-01" }]"#;

/// An account and the rules that it is held against.
struct Variant {
    /// The changes of the reference account.
    change: fn(&mut Account),
    /// The entries of each allow list of names.
    allowed: &'static [&'static str],
    /// The fingerprints of the allowed SSH keys.
    keys: Vec<String>,
    /// Whether the ends of life are those of a file that nobody updates.
    has_old_table: bool,
    /// Whether the exporter's credential may write.
    writes: bool,
    /// Whether the account has an identity provider.
    has_provider: bool,
}

impl Variant {
    /// The account as it is, with almost nothing on the allow lists.
    fn reference() -> Self {
        Self {
            change: |_| (),
            allowed: &["a*", "GRA*"],
            keys: vec![NO_KEY.to_owned()],
            has_old_table: true,
            writes: false,
            has_provider: true,
        }
    }

    /// An account whose owner is careless.
    fn neglected() -> Self {
        let change = |account: &mut Account| {
            // The second factors that stay are phones.
            account.list_mut(&format!("{RESTRICTION}/totp")).clear();
            account.list_mut(&format!("{RESTRICTION}/u2f")).clear();
            set(account, &format!("{RESTRICTION}/backupCode"), "remaining", json!(1));
            set(account, &format!("{RESTRICTION}/ipDefaultRule"), "rule", json!("accept"));
            // Its one certificate has ended.
            let certificates =
                json!([{ "subject": "CN=idp.example.com", "expiration": "2026-11-01T00:00:00Z" }]);
            set(account, PROVIDER, "idpSigningCertificates", certificates);
        };
        Self { change, writes: true, ..Self::reference() }
    }

    /// An account in which nobody set up a login.
    fn bare() -> Self {
        let change = |account: &mut Account| {
            for factors in ["totp", "u2f", "sms"] {
                account.list_mut(&format!("{RESTRICTION}/{factors}")).clear();
            }
            // A group is known to be empty where each user names their groups.
            account.list_mut("/me/identity/user").retain(|user| user.get("groups").is_some());
        };
        Self { change, has_provider: false, ..Self::reference() }
    }

    /// An account in order, with everything on the allow lists.
    fn settled(keys: Vec<String>) -> Self {
        let change = |account: &mut Account| {
            set(account, &format!("{RESTRICTION}/developerMode"), "enabled", json!(false));
            set(account, PROVIDER, "disableUsers", json!(true));
            let audit = "/me/logs/audit";
            let forwarded = account.list(&format!("{audit}/log/subscription")).to_vec();
            *account.list_mut("/me/api/log/subscription") = forwarded;
            // The logins of users with a second factor.
            account.list_mut(audit).retain(|event| {
                let is_user = event["authDetails"]["userDetails"]["type"] == "USER";
                is_user && event["loginSuccessDetails"]["mfaType"] != "NONE"
            });
            for project in account.projects() {
                account.list_mut(&format!("/cloud/project/{project}/acl")).clear();
            }
        };
        let reference = Self::reference();
        Self { change, allowed: &["*"], keys, has_old_table: false, ..reference }
    }

    /// The rules, with every check on.
    fn rules(&self) -> String {
        let mut text = "lists:\n".to_owned();
        for list in ["users", "projects", "regions", "applications", "cloud_users"] {
            writeln!(text, "  {list}:\n    allowed: {}", json!(self.allowed)).unwrap();
        }
        if self.has_old_table {
            text += "end_of_life:\n  files: [kubernetes.json]\n";
        }
        text += "checks:\n";
        for check in checks::ALL {
            writeln!(text, "  {}:\n    enabled: true", check.id).unwrap();
            match check.id {
                "resource_untagged" => text += "    tags: [env]\n",
                "sshkey_unlisted" => {
                    writeln!(text, "    fingerprints: {}", json!(self.keys)).unwrap();
                }
                // The exporter's own table is young enough, whenever the test runs.
                "end_of_life_table_old" => text += "    after: 3650d\n",
                _ => {}
            }
        }
        text
    }

    /// The document of `inventory` with every collector and every check on.
    #[expect(clippy::disallowed_methods, reason = "the program judges by the machine's clock")]
    async fn document(self) -> Value {
        let mut account = Account::reference(Timestamp::now());
        (self.change)(&mut account);
        let simulator = simulator(Options::new(account)).await;
        if self.writes {
            let rights = Rights::all().rule("GET", "/*").rule("POST", "/*");
            simulator.rights_of(Auth::ApplicationKey, rights);
        }
        if !self.has_provider {
            simulator.fail(PROVIDER, Effect::Status(404));
        }
        spawn_blocking(move || inventory(&simulator, &self.rules())).await.unwrap()
    }
}

/// Changes a member of a document.
fn set(account: &mut Account, path: &str, member: &str, value: Value) {
    account.document_mut(path).unwrap()[member] = value;
}

fn inventory(simulator: &Simulator, rules: &str) -> Value {
    let directory = Directory::new();
    directory.write("f.yaml", rules, 0o600).write("kubernetes.json", KUBERNETES, 0o600);
    let table = File::options().write(true).open(directory.0.join("kubernetes.json")).unwrap();
    table.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    let mut arguments = vec!["inventory", "--format=json", "--config.file=f.yaml"];
    let on: Vec<_> =
        collectors::ALL.iter().map(|one| format!("--collector.{}", one.name)).collect();
    arguments.extend(on.iter().map(String::as_str));
    let mut command = directory.program(&arguments);
    command.envs(simulator.environment(Auth::ApplicationKey));
    let (_, document, log) = ended(&mut command);
    let document: Value =
        serde_json::from_str(&document).unwrap_or_else(|error| panic!("{error}: {log}"));
    document["accounts"][0].clone()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The fingerprints of all SSH keys.
fn fingerprints(document: &Value) -> Vec<String> {
    let inventory = &document["inventory"];
    let keys =
        items(&inventory["cloud_ssh_key"]).iter().chain(items(&inventory["account_ssh_key"]));
    keys.filter_map(|key| key["fingerprints"]["sha256"].as_str().map(str::to_owned)).collect()
}

/// The number of objects of the first collector that a check judges.
fn objects(check: &Check, inventory: &Value) -> usize {
    let all = items(&inventory[check.needs[0]]);
    let parts = |member: &str| all.iter().map(|one| items(&one[member]).len()).sum();
    match check.id {
        "kms_credential_expiring" => parts("credentials"),
        "kms_key_deactivated" | "kms_key_old" | "kms_key_weak" => parts("keys"),
        // The second factors of the identity provider's people are not judged.
        "login_without_mfa" => {
            items(&all[0]["logins"]).iter().filter(|one| one["kind"] != "PROVIDER").count()
        }
        _ => all.len(),
    }
}

/// The kind of the resources that a check judges first.
fn kind(check: &Check) -> &'static str {
    match check.id {
        // It judges the products that the exporter knows, which no collector reads.
        "end_of_life_table_old" => "end_of_life",
        _ => check.needs[0],
    }
}

/// Whether a resource violates the check.
fn is_violated(check: &Check, document: &Value) -> bool {
    let mut findings = items(&document["findings"]).iter();
    findings.any(|one| one["check"] == check.id && one["kind"] == kind(check))
}

/// Whether the check judges a resource and finds nothing.
fn is_passed(check: &Check, document: &Value) -> bool {
    let states = items(&document["checks"]);
    let state = states.iter().find(|state| state["check"] == check.id).unwrap();
    match check.id {
        // Each share violates it: an account without one passes. The products of the other are not
        // in the document.
        "project_shared_acl" | "end_of_life_table_old" => state["status"] == "pass",
        // Objects without a finding are no evidence where the check lacks data.
        _ if state["status"] == "not_evaluated" && state["reason"] != "unclear" => false,
        _ => {
            let found = items(&document["findings"]).iter().filter(|one| one["check"] == check.id);
            let not_passed = found.chain(items(&state["unclear"]));
            let not_passed = not_passed.filter(|one| one["kind"] == kind(check));
            let distinct: BTreeSet<_> = not_passed
                .map(|one| (one["project_id"].as_str(), one["resource"].as_str()))
                .collect();
            objects(check, &document["inventory"]) > distinct.len()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_account_violates_each_check_and_passes_it() {
    let reference = Variant::reference().document().await;
    let settled = Variant::settled(fingerprints(&reference)).document().await;
    let (neglected, bare) =
        (Variant::neglected().document().await, Variant::bare().document().await);
    let documents = [reference, settled, neglected, bare];
    let lacking = |has: fn(&Check, &Value) -> bool| -> Vec<_> {
        let lacks = |check: &&&Check| !documents.iter().any(|document| has(check, document));
        checks::ALL.iter().filter(lacks).map(|check| check.id).collect()
    };
    let (unviolated, unpassed) = (lacking(is_violated), lacking(is_passed));
    assert!(unviolated.is_empty(), "not violated: {unviolated:#?}");
    assert!(unpassed.is_empty(), "not passed: {unpassed:#?}");
}
