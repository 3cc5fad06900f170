//! Causes of alerts that take more than a line, each with its repair.

use jiff::Timestamp;
use ovhcloud_simulator::Rights;
use serde_json::json;

use super::scenes::HOSTILE;
use super::world::{World, in_days};

/// A page that says nothing else is wrong, with or without an old reading, a start at each scrape and
/// another shard that is missing.
pub(super) fn old_reading_and_restarts(world: &mut World, is_broken: bool) {
    let now = Timestamp::now().as_second();
    let read = if is_broken { now - 3600 } else { now };
    let account = "account=\"page\",team=\"platform\"";
    let collector = format!("{account},collector=\"iam_user\"");
    let lines = [
        "ovhcloud_exporter_build_info 1".to_owned(),
        format!("ovhcloud_account_refresh_interval_seconds{{{account}}} 300"),
        format!("ovhcloud_account_last_refresh_timestamp_seconds{{{account}}} {now}"),
        format!("ovhcloud_collector_interval_seconds{{{collector}}} 300"),
        format!("ovhcloud_collector_success{{{collector}}} 1"),
        format!("ovhcloud_collector_last_success_timestamp_seconds{{{collector}}} {read}"),
    ];
    let broken = [
        "process_start_time_seconds NOW",
        "ovhcloud_exporter_shard_index 0",
        "ovhcloud_exporter_shards 2",
    ];
    let broken = broken.into_iter().filter(|_| is_broken).map(str::to_owned);
    let lines = lines.into_iter().chain(broken).map(|line| line + "\n");
    *world.page.text.lock().unwrap() = lines.collect();
}

pub(super) fn refused_secret(world: &mut World, is_broken: bool) {
    let simulator = &world.account("refused").simulator;
    if is_broken {
        simulator.revoke();
        simulator.expire_tokens();
    } else {
        simulator.restore();
    }
}

pub(super) fn missing_right(world: &mut World, is_broken: bool) {
    let mut rights = Rights::all();
    if is_broken {
        let read = Rights::none().grant(&["account:apiovh:me/identity/user/get"], &["*"]);
        rights.denials = read.grants;
    }
    world.account("rights").simulator.rights(rights);
}

pub(super) fn writing_credential(world: &mut World, is_broken: bool) {
    let reads = Rights::none().grant(&["*get"], &["*"]);
    let rights = if is_broken { Rights::all() } else { reads };
    world.account("writer").simulator.rights(rights);
}

pub(super) fn same_name(world: &mut World, is_broken: bool) {
    let name = if is_broken { "empty" } else { "other" };
    let entry = world.account("other").entry(name);
    world.exporter("other").reconfigure("accounts", json!([entry]));
}

/// The end of the credential of the exporter.
pub(super) fn own_credential(world: &World, account: &str, days: i64, is_broken: bool) {
    let end = if is_broken { days } else { 200 };
    world.account(account).simulator.change(|account| {
        let own = account.list_mut("/me/api/credential").first_mut().unwrap();
        own["expiration"] = json!(in_days(end));
    });
}

/// The users, among them administrators and one with a token that ends soon.
pub(super) fn users(world: &mut World, is_broken: bool) {
    world.show("/me/identity/user", is_broken);
    world.account("findings").simulator.change(|account| {
        let tokens = "/me/identity/user/alice/token";
        let token = account.find_mut(tokens, "name", &json!("trial")).unwrap();
        token["expiresAt"] = json!(in_days(2));
    });
}

pub(super) fn second_factor(world: &mut World, is_broken: bool) {
    let account = world.account("ends-soon");
    for path in account
        .paths("/me/accessRestriction/u2f")
        .iter()
        .chain(&account.paths("/me/accessRestriction/totp"))
    {
        let factors = if is_broken { &[] } else { account.original.list(path) };
        account.replace(path, factors);
    }
}

/// Certificates of the reference account, one of which ends a little later.
pub(super) fn certificates(world: &mut World, is_broken: bool) {
    let account = world.account("findings");
    for path in account.paths("/credential").iter().filter(|path| path.starts_with("/v2/okms")) {
        let mut certificates = account.original.list(path).to_vec();
        for certificate in certificates.iter_mut().filter(|one| one["name"] == "app") {
            certificate["expiredAt"] = json!(in_days(20));
        }
        account.replace(path, if is_broken { &certificates } else { &[] });
    }
}

/// The log of API calls, which the reference account does not forward.
pub(super) fn silent_log(world: &mut World, is_broken: bool) {
    let account = world.account("findings");
    let audit = account.original.list("/me/logs/audit/log/subscription");
    account.replace("/me/api/log/subscription", if is_broken { &[] } else { audit });
}

pub(super) fn unlisted_key(world: &mut World, is_broken: bool) {
    let account = world.account("findings");
    let path = format!("/cloud/project/{}/sshkey", account.original.project("prod").unwrap());
    let mut keys = account.original.list(&path).to_vec();
    if is_broken {
        keys.push(json!({
            "id": "aG9zdGlsZQ", "name": HOSTILE, "regions": [],
            "fingerPrint": "0f:a2:0a:d7:38:3e:65:45:08:6b:63:84:1c:ff:dc:ba",
            "publicKey": "ssh-ed25519 \
                AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f x",
        }));
    }
    account.replace(&path, &keys);
}

pub(super) fn empty_allow_list(world: &mut World, is_broken: bool) {
    let entries = if is_broken { "[]".to_owned() } else { world.every_key() };
    world.write("counted-keys.yaml", &entries);
}

/// An exemption of a check that ends in so many days, or much later.
pub(super) fn exemption(world: &World, (file, check): (&str, &str), days: i64, is_broken: bool) {
    let end = in_days(if is_broken { days } else { 200 });
    let exemption = json!([{
        "check": check, "resource": { "glob": "spare-*" }, "reason": "a test",
        "owner": "the test", "until": end.split('T').next(),
    }]);
    world.write(&format!("{file}.yaml"), &exemption.to_string());
}
