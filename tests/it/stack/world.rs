//! All that scenes act on: accounts, exporters, files and Prometheus.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan as _};
use ovhcloud_simulator::{Effect, Fault, Size};
use serde_json::{Value as Json, json};

use super::exporters::{Exporter, Watched};
use super::servers::Prometheus;
use super::webhook::Page;

/// One project with SSH keys, and users.
const SMALL: Size = Size { projects: 1, regions: 1, ssh_keys: 2, users: 2, ..Size::EMPTY };

/// The moment so many days from now, as OVHcloud writes it.
pub(super) fn in_days(days: i64) -> String {
    (Timestamp::now() + (24 * days).hours()).strftime("%FT%TZ").to_string()
}

/// The accounts, each read by the collectors that its scenes need: an exporter that is not
/// optimised is slow.
async fn accounts() -> Vec<Watched> {
    let mut accounts = vec![Watched::reference("findings").await];
    for name in ["ends-soon", "ends-later"] {
        let account = Watched::generated(name, Size::EMPTY).await.by_key();
        accounts.push(account.by(&["account", "exporter_credential"]));
    }
    for (name, collectors) in [
        ("rights", &["iam_user"][..]),
        ("broken", &["cloud_ssh_key"]),
        ("counts", &["cloud_ssh_key"]),
    ] {
        accounts.push(Watched::generated(name, SMALL).await.by(collectors));
    }
    for name in ["empty", "other", "refused", "reload", "slow", "spare"] {
        accounts.push(Watched::generated(name, Size::EMPTY).await.by(&["account"]));
    }
    let throttled = Watched::generated("throttled", Size::EMPTY).await;
    accounts.push(throttled.by(&["api_application"]));
    // Every collector of IAM, for the evaluation of the credential's rights.
    accounts.push(Watched::generated("writer", Size::EMPTY).await);
    accounts
}

/// All that scenes act on.
pub(super) struct World {
    directory: PathBuf,
    accounts: BTreeMap<&'static str, Watched>,
    pub(super) exporters: BTreeMap<&'static str, Exporter>,
    pub(super) page: Page,
    pub(super) prometheus: Prometheus,
}

impl World {
    /// The accounts, and exporters that do not run yet.
    pub(super) async fn new(directory: &Path, prometheus: Prometheus) -> Self {
        let accounts = accounts().await;
        let accounts = accounts.into_iter().map(|account| (account.name, account)).collect();
        let directory = directory.to_owned();
        let (exporters, page) = (BTreeMap::new(), Page::start().await);
        let mut world = Self { directory, accounts, exporters, page, prometheus };
        world.account("other").simulator.change(|account| {
            account.document_mut("/me").unwrap()["nichandle"] = json!("xx2222-ovh");
        });
        let keys = world.every_key();
        for (file, text) in [
            ("keys.yaml", keys.as_str()),
            ("counted-keys.yaml", &keys),
            ("users.yaml", "['*']"),
            ("ended.yaml", "[]"),
            ("ending.yaml", "[]"),
        ] {
            world.write(file, text);
        }
        world.directory("kept", true);
        world.configure();
        world
    }

    /// Configures the exporters.
    fn configure(&mut self) {
        let lists = json!({
            "lists": { "ssh_keys": { "files": ["keys.yaml"] }, "users": { "files": ["users.yaml"] } },
            "exemption_files": ["ended.yaml", "ending.yaml"],
        });
        let counts = json!({
            "detail": "counts", "lists": { "ssh_keys": { "files": ["counted-keys.yaml"] } },
        });
        let watched = [
            "findings",
            "ends-soon",
            "ends-later",
            "rights",
            "broken",
            "empty",
            "refused",
            "slow",
            "throttled",
            "writer",
        ];
        for (exporter, names, more) in [
            ("main", &watched[..], lists),
            ("counts", &["counts"], counts),
            ("other", &["other"], json!({})),
            ("spare", &["spare"], json!({})),
            ("reload", &["reload"], json!({ "state": { "file": "kept/state" } })),
        ] {
            let entries: Vec<_> = names.iter().map(|name| self.account(name).entry(name)).collect();
            let new = Exporter::new(&self.directory, exporter, &entries, more);
            self.exporters.insert(exporter, new);
        }
    }

    /// Starts the exporters.
    pub(super) async fn start(&mut self) {
        for exporter in self.exporters.values_mut() {
            exporter.start().await;
        }
    }

    pub(super) fn account(&self, name: &str) -> &Watched {
        &self.accounts[name]
    }

    pub(super) fn exporter(&mut self, name: &str) -> &mut Exporter {
        self.exporters.get_mut(name).expect(name)
    }

    /// Replaces a file of the exporters in one step.
    pub(super) fn write(&self, name: &str, text: &str) {
        let new = self.directory.join("new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, self.directory.join(name)).unwrap();
    }

    /// Makes a directory of the exporters, or gives it another name.
    pub(super) fn directory(&self, name: &str, is_there: bool) {
        let path = self.directory.join(name);
        if is_there {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::rename(&path, path.with_extension("gone")).unwrap();
        }
    }

    /// Has the account `findings` have the objects of the lists with this end, or none of them.
    pub(super) fn show(&self, end: &str, is_there: bool) {
        let account = self.account("findings");
        for path in account.paths(end) {
            let objects = if is_there { account.original.list(&path) } else { &[] };
            account.replace(&path, objects);
        }
    }

    /// Has calls of a route of an account fail, or none.
    pub(super) fn fail(&self, account: &str, route: &str, effect: Effect, is_broken: bool) {
        let fault = is_broken.then(|| Fault::new(route, effect));
        self.account(account).simulator.faults(fault.into_iter().collect());
    }

    /// The SSH keys of every account, as a list of allowed ones.
    pub(super) fn every_key(&self) -> String {
        let originals = self.accounts.values().map(|account| &account.original);
        let keys = originals.flat_map(|account| {
            let paths = account.paths().filter(|path| path.ends_with("/sshkey"));
            paths.flat_map(|path| account.list(path))
        });
        let entries: Json = keys.map(|key| json!({ "key": key["publicKey"] })).collect();
        entries.to_string()
    }
}
